package suite

import "github.com/gatepost/gatepost/internal/op"

// Operations is what vendors may ask about the corps that opened their suites.
// Tokens are package identity's.
func (s *Suites) Operations() []op.Operation {
	return []op.Operation{
		op.V1("/service/get_permanent_code", s.permanentCode, op.Spec{Title: "获取企业永久授权码", TitleEN: "Exchange a temporary code for the permanent one",
			Doc: "tmp_auth_code is the authCode of a tmp_auth_code event. It lives 5 minutes by the clock of the company that opened the suite, and works once. A later one makes it worthless. " +
				"Decision: ch_permanent_code, of the service window that is no more, is always empty.",
			As: op.Suite, Verb: op.Write, Group: "suite"}),
		op.V1("/service/activate_suite", s.activate, op.Spec{Title: "激活应用", TitleEN: "Activate what a company opened",
			Doc: "Until then there is no token for the company. Activating twice changes nothing. A suite that is told by stream or database has nothing to activate.",
			As:  op.Suite, Verb: op.Write, Group: "suite"}),
		op.V1("/service/get_auth_info", s.authInfo, op.Spec{Title: "获取企业授权信息", TitleEN: "What a company let the suite do",
			Doc: "With suite_access_token, or signed. What the platform does not know of a company is empty.",
			As:  op.Suite, Verb: op.Read, Group: "suite"}),
		op.V1("/service/get_agent", s.agent, op.Spec{Title: "获取授权应用的基本信息", TitleEN: "Get an app that a company opened",
			Doc: "close is 0 while the company has it switched off, 2 until it is activated, else 1.",
			As:  op.Suite, Verb: op.Read, Group: "suite"}),
		op.V1("/service/get_unactive_corp", s.waiting, op.Spec{Title: "获取应用未激活的企业列表", TitleEN: "List companies whose app is not activated",
			Doc: "All of them at once; has_more is always false.",
			As:  op.Suite, Verb: op.Read, Group: "suite"}),
		op.V1("/service/reauth_corp", s.reauthorize, op.Spec{Title: "重新授权未激活应用的企业", TitleEN: "Have temporary codes sent again",
			Doc: "Announces a new tmp_auth_code for each company whose app is not activated; those that are active are passed over.",
			As:  op.Suite, Verb: op.Write, Group: "suite"}),
		op.V1("/service/set_corp_ipwhitelist", s.allowAddresses, op.Spec{Title: "设置授权企业的 IP 白名单", TitleEN: "Set from where tokens of a company may be used",
			Doc: "Replaces the allow-list of the opened app. Only the company itself can empty it, in its console.",
			As:  op.Suite, Verb: op.Write, Group: "suite"}),

		op.V2("GET /v1.0/oauth2/apps/authInfo", s.authInfoV2, op.Spec{Title: "获取企业开通应用后的授权信息", TitleEN: "What a company let the suite do",
			Doc: "As /service/get_auth_info. The token is that of /v1.0/oauth2/suiteAccessToken.",
			As:  op.Suite, Verb: op.Read, Group: "suite"}),
	}
}

// Console returns the console's operations on suites.
func (s *Suites) Console() []op.Operation {
	return []op.Operation{
		op.Console("suite.create", s.create, op.Spec{Title: "创建套件", TitleEN: "Create a suite", As: op.Admin, Verb: op.Manage,
			Doc: "Creates an application of this company that others open. scopes are what it asks for, the common ones unless given. With callbackUrl, token and aesKey its vendor is told by HTTP, and activates what was opened; the receiver has to answer check_create_suite_url with success, or with its Random, within 1.5 seconds, unless check is false. It is encrypted for the key suite4xxxxxxxxxxxxxxx, because the suite has none yet; without them by stream, and what is opened works at once. suiteSecret is told this once; it is rotated as any app's."}),
		op.Console("suite.callback", s.callback, op.Spec{Title: "更改套件的回调", TitleEN: "Change where a suite's callbacks go", As: op.Admin, Verb: op.Manage,
			Doc: "Changes address, token or aesKey of a suite that is told by HTTP, for this company and those that opened it; what is not given stays. The receiver at the address has to answer check_update_suite_url with success, or with its Random, within 1.5 seconds, unless check is false. A suite that is told over connections has no callback."}),
		op.Console("suite.list", s.list, op.Spec{Title: "查询套件列表", TitleEN: "List suites", As: op.Admin, Verb: op.Read,
			Doc: "The company's own suites, and those of others that it opened, the oldest first."}),
		op.Console("suite.get", s.get, op.Spec{Title: "查询套件详情", TitleEN: "Get a suite", As: op.Admin, Verb: op.Read,
			Doc: "One of the company's own suites, with the companies that opened it."}),
		op.Console("suite.ticket", s.present, op.Spec{Title: "查看套件票据", TitleEN: "Show a suite's ticket", As: op.Admin, Verb: op.Manage,
			Doc: "The ticket that is present by this company's clock. There is a new one every 20 minutes; each is accepted for 5 hours."}),
		op.Console("suite.authorize", s.authorize, op.Spec{Title: "开通套件", TitleEN: "Open a suite", As: op.Admin, Verb: op.Manage,
			Doc: "Opens another company's suite, or an own one, in this company: makes its app here with the permission points and range given, those that it asks for and everything unless given, and tells the vendor."}),
		op.Console("suite.change", s.change, op.Spec{Title: "变更套件授权", TitleEN: "Change what an opened suite may", As: op.Admin, Verb: op.Manage,
			Doc: "Replaces permission points, range or both, and tells the vendor if that makes a difference."}),
		op.Console("suite.relieve", s.end, op.Spec{Title: "解除套件授权", TitleEN: "End the authorization of a suite", As: op.Admin, Verb: op.Manage,
			Doc: "Removes the suite's app from this company; its tokens are refused at once, and the vendor is told. confirm has to be the app's name."}),
		op.Console("suite.stop", s.stop, op.Spec{Title: "停用开通的套件", TitleEN: "Switch an opened suite off", As: op.Admin, Verb: op.Manage,
			Doc: "Its app gets no token and may not call, events for it wait, and the vendor is told."}),
		op.Console("suite.restore", s.restore, op.Spec{Title: "启用开通的套件", TitleEN: "Switch an opened suite on again", As: op.Admin, Verb: op.Manage,
			Doc: "Ends a stop, and tells the vendor."}),
	}
}
