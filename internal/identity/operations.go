package identity

import (
	"github.com/gatepost/gatepost/internal/op"
	"github.com/gatepost/gatepost/internal/scope"
)

// Operations is what callers may ask about who they are.
func (i *Identity) Operations() []op.Operation {
	return append([]op.Operation{
		op.V1("/gettoken", i.getToken, op.Spec{Title: "获取企业内部应用的access_token", TitleEN: "Get the access_token of an internal app",
			Doc: "Takes appkey and appsecret, or corpid and corpsecret (the secret of one of the corp's apps). Within its 7200 seconds a repeated call returns the same token and prolongs it; afterwards a new one. The token is good in both dialects. " +
				"Decision: v1 and v2 of one app are the same token, and an app that calls in v2 alone is given it here as well: clients of v2 ask here.",
			As: op.Anyone, Verb: op.Read, Group: "identity.token"}),
		op.V1("/get_jsapi_ticket", i.getTicket, op.Spec{Title: "获取jsapi_ticket", TitleEN: "Get the ticket that signs JSAPI calls",
			Doc:  "One ticket per app. A repeated call within 7200 seconds returns the same ticket and prolongs it, at most to 24 hours from its making.",
			Verb: op.Read, Scope: scope.Base, Group: "identity.ticket"}),
		op.V1("/topapi/v2/user/getuserinfo", i.userInfo, op.Spec{Title: "通过免登码获取用户信息", TitleEN: "Who signed in, by in-app code",
			Doc:  "The code lives 5 minutes, works once, and only for the app and corp it was issued to. A spent code and one that never was are both 40078, told apart in the text; an expired one is 40102.",
			Verb: op.Read, Scope: scope.Base, Group: "identity.code"}),
		op.V1("/user/getuserinfo", i.userInfoOld, op.Spec{Title: "通过免登码获取用户userid", TitleEN: "Who signed in, by in-app code (first generation)",
			Doc:  "As /topapi/v2/user/getuserinfo with the first generation's field names.",
			Verb: op.Read, Scope: scope.Member, Group: "identity.code"}),
		op.V1("/sns/getuserinfo_bycode", i.snsUserInfo, op.Spec{Title: "根据sns临时授权码获取用户信息", TitleEN: "Who signed in, by code and signature",
			Doc: "Signed: signature = base64(HMAC-SHA256(appSecret, timestamp)), timestamp in milliseconds within a minute of the corp's clock. " +
				"Decision: the documentation and the official client disagree on the signed text; the client's, the timestamp alone, is taken.",
			As: op.Anyone, Verb: op.Read, Group: "identity.code"}),
		op.V1("/sso/gettoken", i.ssoToken, op.Spec{Title: "获取管理后台免登的access_token", TitleEN: "Get the token for admin-console sign-in",
			Doc: "corpsecret is the corp's SSO secret, not an app's (gatepost org sso). Decision: it lives 3600 seconds as the v2 twin documents; each call returns a new one.",
			As:  op.Anyone, Verb: op.Read, Group: "identity.token"}),
		op.V1("/sso/getuserinfo", i.ssoUserInfo, op.Spec{Title: "获取应用管理员的身份信息", TitleEN: "Who signed in to the admin console, by code",
			Doc:  "Takes the token of /sso/gettoken. The code comes from the admin console and is given to administrators only.",
			Verb: op.Read, Scope: scope.SSOUserInfo, Group: "identity.code"}),

		op.V2("POST /v1.0/oauth2/accessToken", i.accessToken, op.Spec{Title: "获取企业内部应用的accessToken", TitleEN: "Get the accessToken of an internal app",
			Doc: "As /gettoken: the same token, the same rules.",
			As:  op.Anyone, Verb: op.Read, Group: "identity.token"}),
		op.V2("POST /v1.0/oauth2/{corpId}/token", i.clientToken, op.Spec{Title: "获取应用的 Access Token", TitleEN: "Get an app's access token by client credentials",
			Doc: "grant_type is client_credentials; fields are snake_case, unlike those of the other calls. Decision: an unknown corp is refused as invalidCorpId (400) and names it; the live server answers 500 unknownError.",
			As:  op.Anyone, Verb: op.Read, Group: "identity.token"}),
		op.V2("POST /v1.0/oauth2/userAccessToken", i.userAccessToken, op.Spec{Title: "获取用户token", TitleEN: "Get a person's token by code or refresh token",
			Doc: "authorization_code takes an in-app code; refresh_token takes the refreshToken, which lives 30 days. Decision: a refresh gives a new refreshToken and the old one stays good for 60 seconds, so that a lost answer can be asked for again. corpId is always returned: codes are bound to a corp. Decision: a code that was asked for with a PKCE challenge needs its codeVerifier, and a public app needs that instead of clientSecret; the public platform has neither.",
			As:  op.Anyone, Verb: op.Read, Group: "identity.token"}),
		op.V2("POST /v1.0/oauth2/jsapiTickets", i.jsapiTickets, op.Spec{Title: "获取jsapiTicket", TitleEN: "Get the ticket that signs JSAPI calls",
			Doc:  "As /get_jsapi_ticket: the same ticket, the same rules. The body is empty.",
			Verb: op.Read, Scope: scope.Base, Group: "identity.ticket"}),
		op.V2("POST /v1.0/oauth2/ssoAccessToken", i.ssoAccessToken, op.Spec{Title: "获取微应用后台免登的accessToken", TitleEN: "Get the token for admin-console sign-in",
			Doc: "As /sso/gettoken. corpid is spelt in lower case here.",
			As:  op.Anyone, Verb: op.Read, Group: "identity.token"}),
		op.V2("GET /v1.0/oauth2/ssoUserInfo", i.ssoUser, op.Spec{Title: "获取应用管理后台免登的用户信息", TitleEN: "Who signed in to the admin console, by code",
			Doc:  "As /sso/getuserinfo, flat.",
			Verb: op.Read, Scope: scope.SSOUserInfo, Group: "identity.code"}),

		op.Console("session.open", i.sessionOpen, op.Spec{Title: "登录控制台", TitleEN: "Sign in to the console",
			Doc: "Sets a cookie for browsers and returns the session for other clients. Ten failures per person and address in five minutes are refused until the window ends.",
			As:  op.Anyone, Verb: op.Write}),
		op.Console("session.get", i.sessionGet, op.Spec{Title: "当前登录", TitleEN: "Who is signed in",
			Doc: "The person and corp of the session.", As: op.Session, Verb: op.Read}),
		op.Console("session.close", i.sessionClose, op.Spec{Title: "退出登录", TitleEN: "Sign out",
			Doc: "Ends the session on every node.", As: op.Session, Verb: op.Write}),
		op.Console("corp.switch", i.corpSwitch, op.Spec{Title: "切换企业", TitleEN: "Act in another corp",
			Doc: "For the operator: opens a session in another corp and ends the present one.", As: op.Operator, Verb: op.Write}),
		op.Console("app.code", i.appCode, op.Spec{Title: "签发免登授权码", TitleEN: "Issue a sign-in code for a person",
			Doc: "What the client bridge does in production: a single-use code of five minutes for one app and person. purpose admin makes an admin-console code.",
			As:  op.Admin, Verb: op.Manage}),
		op.Console("app.token.revoke", i.tokenRevoke, op.Spec{Title: "吊销应用的全部 token", TitleEN: "Revoke all tokens of an app",
			Doc: "Ends the app's own token, its tickets and the tokens of people who signed in through it, on every node within a second.",
			As:  op.Admin, Verb: op.Manage}),
		op.Console("corp.sso.secret", i.ssoSecret, op.Spec{Title: "查看企业 SSOSecret", TitleEN: "Show the corp's SSO secret",
			Doc: "Made on first use.", As: op.Admin, Verb: op.Manage}),
		op.Console("jsapi.verify", i.jsapiVerify, op.Spec{Title: "验证 JSAPI 签名", TitleEN: "Check a JSAPI signature",
			Doc: "Checks a page's dd.config signature against the app's present ticket and returns the text that has to be signed, so that the difference can be seen.",
			As:  op.Admin, Verb: op.Read}),
	}, i.authorizationOperations()...)
}
