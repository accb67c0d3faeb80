package apierror

// The path of a call: what the gateway itself refuses. Numbers and texts are
// those of the documented tables and of captured answers; where the platform's
// own text is not known, the decision stands beside the row.
var (
	Internal = define(Error{Name: "internal", Errcode: -1, Status: 500, Code: "unknownError",
		ZH: "系统繁忙", EN: "system busy",
		HintZH: "用本次请求的 requestId 执行 gatepost explain <requestId>，或稍后重试", HintEN: "run gatepost explain <requestId> with this call's id, or try again later"})
	DatabaseAway = define(Error{Name: "platform.database", Errcode: 10, Status: 503, Code: "ServiceUnavailable.Database",
		ZH: "平台的数据库暂时不可用", EN: "the platform's database does not answer at present",
		HintZH: "稍后重试；写操作重试前先查询是否已生效", HintEN: "try again shortly; look whether a write took place before you repeat it"})
	SharedStateAway = define(Error{Name: "platform.shared_state", Errcode: 10, Status: 503, Code: "ServiceUnavailable.SharedState",
		ZH: "平台的共享状态（Redis）暂时不可用，本次请求必须用到它", EN: "the platform's shared state (Redis) does not answer at present, and this call needs it",
		HintZH: "稍后重试；仅凭 access_token 的请求不受影响", HintEN: "try again shortly; calls with an access token alone do not need it"})

	NoOperation = define(Error{Name: "operation.unknown", Errcode: 22, Status: 404, Code: "InvalidAction.NotFound",
		ZH: "不合法ApiName，ApiName = {api}", EN: "unknown operation {api}",
		HintZH: "检查方法与路径", HintEN: "check method and path"})
	NoPath = define(Error{Name: "path.unknown", Errcode: 404, Status: 404, Code: "NotFound",
		ZH: "请求的URI地址不存在", EN: "no such address",
		HintZH: "检查方法与路径", HintEN: "check method and path"})
	NotOffered = define(Error{Name: "operation.not_offered", Errcode: 22, Status: 501, Code: "NotOffered",
		ZH: "接口「{title}」（{api}）已收录，尚未提供", EN: "operation “{title}” ({api}) is known but not offered yet",
		HintZH: "已提供的接口见 /docs/coverage", HintEN: "what is offered stands at /docs/coverage"})
	NeedPOST = define(Error{Name: "method.post", Errcode: 43002, Status: 405, Code: "MethodNotAllowed",
		ZH: "需要POST请求", EN: "POST is needed"})

	HTTPSRequired = define(Error{Name: "transport.https", Errcode: 43003, Status: 403, Code: "Forbidden.HTTPSRequired",
		ZH: "需要HTTPS", EN: "HTTPS is needed",
		HintZH: "用 https 地址调用；本企业的要求可由运营者以 gatepost org set --require-https=false 取消", HintEN: "call by the https address; the operator can end the company's demand with gatepost org set --require-https=false"})

	TokenMissing = define(Error{Name: "token.missing", Errcode: 40000, Status: 400, Code: "accessTokenBlank",
		ZH: "access_token is blank", EN: "access_token is blank",
		HintZH: "放在查询参数 access_token 里", HintEN: "send it in the query as access_token"})
	HeaderMissing = define(Error{Name: "token.header_missing", Errcode: 41001, Status: 400, Code: "AuthenticationFailed.MissingParameter",
		ZH: "缺少参数：x-acs-dingtalk-access-token", EN: "missing parameter: x-acs-dingtalk-access-token",
		HintZH: "放在请求头 x-acs-dingtalk-access-token 里", HintEN: "send it in the header x-acs-dingtalk-access-token"})
	TokenForged = define(Error{Name: "token.forged", Errcode: 40014, Status: 400, Code: "InvalidAuthentication",
		ZH: "不合法的access_token", EN: "invalid access_token",
		HintZH: "不是本平台签发的 token：检查请求地址与取 token 的地址是否相同、是否被截断", HintEN: "this platform did not issue it: check that token and call go to the same platform and that it was not cut"})
	TokenExpired = define(Error{Name: "token.expired", Errcode: 42001, Status: 400, Code: "InvalidAuthentication",
		ZH: "access_token超时", EN: "access_token has expired",
		HintZH: "重新获取 access_token", HintEN: "get a new access_token"})
	TokenRevoked = define(Error{Name: "token.revoked", Errcode: 40001, Status: 400, Code: "InvalidAuthentication",
		ZH: "access_token已被吊销", EN: "access_token was revoked",
		HintZH: "重新获取 access_token；若应用已停用，先启用", HintEN: "get a new access_token; if the app is disabled, enable it first"})
	TokenKind = define(Error{Name: "token.kind", Errcode: 40002, Status: 400, Code: "InvalidAuthentication.Kind",
		ZH: "不合法的凭证类型", EN: "wrong kind of token",
		HintZH: "换用接口所要求的凭证", HintEN: "use the kind of token that the operation asks for"})
	SessionMissing = define(Error{Name: "session.missing", Errcode: 40029, Status: 401, Code: "Unauthenticated",
		ZH: "尚未登录或登录已过期", EN: "not signed in, or the session has ended",
		HintZH: "重新登录控制台，或执行 gatepost login", HintEN: "sign in again, or run gatepost login"})
	SignInFailed = define(Error{Name: "session.credentials", Errcode: 40030, Status: 401, Code: "invalidCredentials",
		ZH: "账号或密码不正确", EN: "wrong user or password"})
	SignInThrottled = define(Error{Name: "session.throttled", Errcode: 40036, Status: 429, Code: "tooManyAttempts",
		ZH: "尝试次数过多，请在 {wait} 后再试", EN: "too many attempts, try again in {wait}"})
	NotAdministrator = define(Error{Name: "session.rights", Errcode: 43007, Status: 403, Code: "Forbidden.AdministratorOnly",
		ZH: "需要授权", EN: "an administrator's right is needed",
		HintZH: "请本企业的管理员，或平台运营者操作", HintEN: "ask an administrator of this company, or the platform's operator"})

	AppDisabled = define(Error{Name: "app.disabled", Errcode: 50003, Status: 403, Code: "Forbidden.AppDisabled",
		ZH: "应用已停用", EN: "the app is disabled",
		HintZH: "在控制台的应用页启用它", HintEN: "enable it on its console page"})
	CorpDisabled = define(Error{Name: "corp.disabled", Errcode: 50005, Status: 403, Code: "orgNotExist",
		ZH: "企业已禁用", EN: "the company is disabled"})
	ScopeMissing = define(Error{Name: "scope.missing", Errcode: 60011, Status: 403, Code: "Forbidden.AccessDenied.AccessTokenPermissionDenied",
		ZH: "应用尚未开通所需的权限：[{scope}]，点击链接申请并开通即可：{link}, {requiredScopes=[{scope}]}", EN: "the app lacks the permission [{scope}]; apply for it at {link}, {requiredScopes=[{scope}]}",
		HintZH: "gatepost explain {request} --fix", HintEN: "gatepost explain {request} --fix"})
	ConsentMissing = define(Error{Name: "scope.consent", Errcode: 60012, Status: 403, Code: "Forbidden.AccessDenied.UserConsentMissing",
		ZH: "用户未授权该权限：[{scope}]", EN: "the person did not consent to [{scope}]",
		HintZH: "让用户重新授权，同意的权限里包含 {scope}", HintEN: "let the person sign in again with {scope} among what is consented to"})
	IPRefused = define(Error{Name: "ip.refused", Errcode: 60020, Status: 403, Code: "Forbidden.AccessDenied.IpNotInWhiteList",
		ZH: "访问ip不在白名单之中,request ip={ip} appKey({app})", EN: "address not in the allow-list, request ip={ip} appKey({app})",
		HintZH: "gatepost explain {request} --fix", HintEN: "gatepost explain {request} --fix"})

	DialectClosed = define(Error{Name: "app.dialect", Errcode: 48002, Status: 403, Code: "Forbidden.AccessDenied.DialectClosed",
		ZH: "Api禁用：应用 {app} 未启用 {dialect} 接口", EN: "operation disabled: the app {app} does not use the {dialect} dialect",
		HintZH: "gatepost app set {app} --dialects {dialects}，或 gatepost explain {request} --fix", HintEN: "gatepost app set {app} --dialects {dialects}, or gatepost explain {request} --fix"})

	OperationClosed = define(Error{Name: "operation.closed", Errcode: 48002, Status: 403, Code: "Forbidden.AccessDenied.OperationClosed",
		ZH: "Api禁用：本企业未对该应用开放 {operation}，原因：{reason}", EN: "operation disabled: this company does not open {operation} to the app, because: {reason}",
		HintZH: "请本企业管理员执行 gatepost operation open '{operation}'，或把应用列入 operation allow", HintEN: "ask an administrator of the company for gatepost operation open '{operation}', or to list the app with operation allow"})
	OperationClosedHere = define(Error{Name: "operation.closed_by_platform", Errcode: 48002, Status: 403, Code: "Forbidden.AccessDenied.OperationClosedByPlatform",
		ZH: "Api禁用：平台未对该应用开放 {operation}，原因：{reason}", EN: "operation disabled: the platform does not open {operation} to the app, because: {reason}",
		HintZH: "请平台运营者执行 gatepost operation open --platform '{operation}'", HintEN: "ask the platform's operator for gatepost operation open --platform '{operation}'"})
	OperationHidden = define(Error{Name: "operation.hidden", Errcode: 48002, Status: 403, Code: "Forbidden.AccessDenied.OperationHidden",
		ZH: "接口 {operation} 未对本应用开放", EN: "operation {operation} is not open to this app",
		HintZH: "请发布该 API 的管理员把应用加入可见范围", HintEN: "ask the administrator who publishes this API to add the app to its audience"})
	OperationFixed = define(Error{Name: "operation.fixed", Errcode: 40035, Status: 400, Code: "InvalidParameter.operation",
		ZH: "接口 {operation} 没有开关", EN: "operation {operation} has no switch",
		HintZH: "可开关的是应用凭 token 调用的接口，gatepost operation list 列出它们", HintEN: "what apps call with their tokens has one; gatepost operation list shows them"})

	// Programs that act for people have no counterpart in the documents; the numbers are those of their neighbours.
	DelegateClosed = define(Error{Name: "delegate.closed", Errcode: 48002, Status: 403, Code: "Forbidden.AccessDenied.AgentNotAllowed",
		ZH: "应用未允许智能体调用 {operation}", EN: "the app does not allow agents to call {operation}",
		HintZH: "请本企业管理员执行 gatepost agent allow --app {agent} --op '{operation}'", HintEN: "ask an administrator of the company for gatepost agent allow --app {agent} --op '{operation}'"})
	DelegateUnconfirmed = define(Error{Name: "delegate.unconfirmed", Errcode: 48002, Status: 403, Code: "Forbidden.AccessDenied.ConfirmationNeeded",
		ZH: "{operation} 会修改数据，须由 {user} 本人确认", EN: "{operation} changes data and has to be confirmed by {user} in person",
		HintZH: "请本人在十分钟内执行 gatepost agent approve {id}，之后以同样的参数重试", HintEN: "let the person run gatepost agent approve {id} within ten minutes, then call again with the same arguments"})
	DelegateRequestUnknown = define(Error{Name: "delegate.request_unknown", Errcode: 40035, Status: 404, Code: "InvalidParameter.id",
		ZH: "没有待你确认的请求 {id}", EN: "no request {id} waits for your confirmation",
		HintZH: "请求十分钟后失效，只能由本人确认一次；gatepost agent requests 列出待确认的请求", HintEN: "a request ends after ten minutes and can be decided once, by its person alone; gatepost agent requests lists those that wait"})

	// The text for 90018 is not known from a captured answer; ours names the rule.
	Throttled = define(Error{Name: "limit.app_operation", Errcode: 90018, Status: 403, Code: "Forbidden.AccessDenied.QpsLimitForAppkeyAndApi",
		ZH: "您的应用调用当前接口过于频繁，每秒最多 {limit} 次", EN: "the app calls this operation too often, at most {limit} per second",
		HintZH: "{after} 毫秒后重试，或错开请求", HintEN: "try again after {after} ms, or spread the calls"})

	// Which documented number stands for a rule of ours is our choice where the documents name none; the rule is told beside it.
	OperationLimited = define(Error{Name: "limit.operation", Errcode: 90002, Status: 403, Code: "Forbidden.AccessDenied.QpsLimitForApi",
		ZH: "当前接口的调用次数过多，请求被暂时限制（规则 {rule}）", EN: "this operation is called too often by all together (rule {rule})",
		HintZH: "{after} 毫秒后（{reset}）重试，或错开请求", HintEN: "try again after {after} ms ({reset}), or spread the calls"})
	CorpOperationLimited = define(Error{Name: "limit.corp_operation", Errcode: 90005, Status: 403, Code: "Forbidden.AccessDenied.QpsLimitForApi",
		ZH: "您的企业调用当前接口次数过多，请求被暂时限制（规则 {rule}）", EN: "the company calls this operation too often (rule {rule})",
		HintZH: "{after} 毫秒后（{reset}）重试，或错开请求", HintEN: "try again after {after} ms ({reset}), or spread the calls"})
	AppMinuteLimited = define(Error{Name: "limit.app_minute", Errcode: 90018, Status: 403, Code: "Forbidden.AccessDenied.QpmLimitForAppkeyAndApi",
		ZH: "您的应用每分钟调用次数过多，请求被暂时限制（规则 {rule}）", EN: "the app calls too often within a minute (rule {rule})",
		HintZH: "{after} 毫秒后（{reset}）重试，或错开请求", HintEN: "try again after {after} ms ({reset}), or spread the calls"})
	QuotaUsed = define(Error{Name: "limit.quota", Errcode: 90020, Status: 403, Code: "Forbidden.AccessDenied.ApiCountLimitForOrg",
		ZH: "应用今天的调用额度已用完（规则 {rule}）", EN: "the app's calls of today are used up (rule {rule})",
		HintZH: "{reset} 重置；或请管理员提高额度：gatepost limit set", HintEN: "reset at {reset}; or ask an administrator to raise it with gatepost limit set"})
	PackageUsed = define(Error{Name: "limit.package", Errcode: 90020, Status: 403, Code: "Forbidden.AccessDenied.ApiCountLimitForOrg",
		ZH: "应用的流量包已用完或已过期（流量包 {rule}，共 {limit} 次）", EN: "the app's traffic packages are used up or have ended (package {rule} of {limit} calls)",
		HintZH: "请管理员开通新的流量包：gatepost limit package grant", HintEN: "ask an administrator for another with gatepost limit package grant"})

	BodyTooLarge = define(Error{Name: "body.too_large", Errcode: 41101, Status: 413, Code: "RequestEntityTooLarge",
		ZH: "数据内容过长", EN: "the body is too large",
		HintZH: "拆成多次请求", HintEN: "split it over several calls"})
	BodyTimeout = define(Error{Name: "body.unreadable", Errcode: 40038, Status: 400, Code: "RequestBodyUnreadable",
		ZH: "不合法的请求格式", EN: "the body could not be read"})
	BodyMalformed = define(Error{Name: "body.malformed", Errcode: 47001, Status: 400, Code: "InvalidJSON",
		ZH: "解析JSON内容错误", EN: "the body is not valid JSON"})
	BodyType = define(Error{Name: "body.type", Errcode: 40035, Status: 415, Code: "UnsupportedMediaType",
		ZH: "不支持的请求体类型", EN: "the operation takes no body of this type",
		HintZH: "检查请求头 Content-Type", HintEN: "check the header Content-Type"})
	ParameterMissing = define(Error{Name: "parameter.missing", Errcode: 40035, Status: 400, Code: "MissingParameter",
		ZH: "缺少参数 {name}", EN: "missing parameter {name}"})
	ParameterInvalid = define(Error{Name: "parameter.invalid", Errcode: 40035, Status: 400, Code: "InvalidParameter",
		ZH: "不合法的参数 {name}", EN: "invalid parameter {name}"})
	ParameterUnknown = define(Error{Name: "parameter.unknown", Errcode: 40035, Status: 400, Code: "UnknownParameter",
		ZH: "未知的参数 {name}", EN: "unknown parameter {name}",
		HintZH: "更正名称；应用关闭“严格”后未知参数只警告", HintEN: "correct the name; with the app's “strict” off an unknown parameter only warns"})

	ChannelOtherCredential = define(Error{Name: "channel.other_credential", Errcode: 40014, Status: 403, Code: "ChannelOfAnotherCredential",
		ZH: "本通道会话属于另一个凭证", EN: "this channel session belongs to another credential",
		HintZH: "一个凭证一个会话：为新的凭证另开一个通道会话", HintEN: "one session serves one credential: open another session for the new one"})

	SecurityIDInvalid = define(Error{Name: "securityid.invalid", Errcode: 40035, Status: 400, Code: "InvalidSecurityId",
		ZH: "参数 {name} 不是安全 ID", EN: "parameter {name} is no security ID",
		HintZH: "原样使用接口返回的 ID，不要截断或改写", HintEN: "use an id as an answer told it, whole and unchanged"})
	SecurityIDForeign = define(Error{Name: "securityid.foreign", Errcode: 40035, Status: 403, Code: "SecurityIdOfAnotherApp",
		ZH: "参数 {name} 是另一个应用的安全 ID", EN: "parameter {name} is another app's security ID",
		HintZH: "使用本应用查到的 ID；或由给出此 ID 的应用经授权用 /v1.0/gatepost/securityIds/convert 转换", HintEN: "use an id that this app was told; or have the app that was told this one convert it, if it is granted to, with /v1.0/gatepost/securityIds/convert"})
	SecurityIDPlain = define(Error{Name: "securityid.plain", Errcode: 40035, Status: 400, Code: "PlainIdRefused",
		ZH: "应用使用安全 ID，参数 {name} 是平台的 ID", EN: "the app uses security IDs, and parameter {name} is an id of the platform",
		HintZH: "使用接口返回给本应用的 ID；迁移期间可让应用两种都收：gatepost app set APPKEY --ids both", HintEN: "use the id that answers tell this app; while it changes over, it may use both: gatepost app set APPKEY --ids both"})
)

// Operations of other systems. Callers are told the pool and never its addresses;
// what happened in full is in the node's log and, as detail, in the request log. The numbers are TOP's
// for a remote service: 15 where it failed, 10 where it is not asked.
var (
	UpstreamUnreachable = define(Error{Name: "upstream.unreachable", Errcode: 15, Status: 502, Code: "UpstreamUnreachable",
		ZH: "后端系统 {pool} 无法连接", EN: "the system {pool} behind this operation cannot be reached",
		HintZH: "稍后重试；平台运营者可按 requestId 在节点日志里找到原因", HintEN: "try again later; the platform's operator finds the cause in the node's log under the requestId"})
	UpstreamTimeout = define(Error{Name: "upstream.timeout", Errcode: 15, Status: 504, Code: "UpstreamTimeout",
		ZH: "后端系统 {pool} 未在时限内应答", EN: "the system {pool} behind this operation did not answer in time",
		HintZH: "稍后重试；写操作可能已生效，重试前先查询", HintEN: "try again later; a write may have been done, so look before it is tried again"})
	UpstreamBroken = define(Error{Name: "upstream.broken", Errcode: 15, Status: 502, Code: "UpstreamBroken",
		ZH: "后端系统 {pool} 的应答不完整或不合法", EN: "the answer of the system {pool} behind this operation broke off or is malformed",
		HintZH: "平台运营者可按 requestId 在节点日志里找到原因；写操作可能已生效", HintEN: "the platform's operator finds the cause in the node's log under the requestId; a write may have been done"})
	UpstreamAddress = define(Error{Name: "upstream.address", Errcode: 15, Status: 502, Code: "UpstreamAddressRefused",
		ZH: "后端系统 {pool} 的地址不允许访问", EN: "the address of the system {pool} behind this operation may not be called",
		HintZH: "请平台运营者核对地址；内网与回环地址须在 GATEPOST_UPSTREAM_ALLOW 或该后端的 allow 中列出", HintEN: "the platform's operator checks the address; private and loopback ones have to be in GATEPOST_UPSTREAM_ALLOW or in the pool's allow"})
	UpstreamOpen = define(Error{Name: "upstream.open", Errcode: 10, Status: 503, Code: "UpstreamUnavailable",
		ZH: "后端系统 {pool} 连续失败，暂停访问", EN: "the system {pool} behind this operation kept failing and is left alone for now",
		HintZH: "按 Retry-After 重试", HintEN: "try again after Retry-After"})
	UpstreamBusy = define(Error{Name: "upstream.busy", Errcode: 10, Status: 503, Code: "UpstreamBusy",
		ZH: "后端系统 {pool} 的并发调用已满", EN: "there are too many calls in the system {pool} behind this operation",
		HintZH: "按 Retry-After 重试，或降低并发", HintEN: "try again after Retry-After, or make fewer calls at a time"})
	CallerGone = define(Error{Name: "caller.gone", Errcode: 40038, Status: 499, Code: "CallerGone",
		ZH: "调用方已断开", EN: "the caller is gone"})
)

// Credentials and codes.
var (
	AppSecretWrong = define(Error{Name: "credentials.app", Errcode: 40096, Status: 400, Code: "invalidClientIdOrSecret",
		ZH: "不合法的appKey或appSecret", EN: "wrong appKey or appSecret",
		HintZH: "在控制台核对凭证；密钥轮换后旧密钥会到期", HintEN: "compare with the console; after a rotation the old secret ends"})
	CorpSecretWrong = define(Error{Name: "credentials.corp", Errcode: 40089, Status: 400, Code: "invalidCorpIdOrSecret",
		ZH: "不合法的corpId或corpSecret", EN: "wrong corpId or corpSecret",
		HintZH: "corpsecret 是本企业某个应用的 appSecret", HintEN: "corpsecret is the appSecret of one of the company's apps"})
	ClientInvalid = define(Error{Name: "credentials.client", Errcode: 40097, Status: 400, Code: "invalid.client",
		ZH: "invalid.client", EN: "invalid.client",
		HintZH: "核对 client_id 与 client_secret", HintEN: "check client_id and client_secret"})
	ClientUnauthorized = define(Error{Name: "credentials.client_corp", Errcode: 40098, Status: 401, Code: "unauthorized.client",
		ZH: "unauthorized.client", EN: "unauthorized.client",
		HintZH: "该应用不属于此企业", HintEN: "the app does not belong to this company"})
	GrantUnsupported = define(Error{Name: "credentials.grant_type", Errcode: 40099, Status: 400, Code: "unsupported.grant.type",
		ZH: "unsupported.grant.type", EN: "unsupported.grant.type"})
	CorpUnknown = define(Error{Name: "corp.unknown", Errcode: 40013, Status: 400, Code: "invalidCorpId",
		ZH: "不合法的corpid", EN: "no such company"})
	CodeUnknown = define(Error{Name: "code.unknown", Errcode: 40078, Status: 400, Code: "invalidCode",
		ZH: "不存在的临时授权码", EN: "no such code",
		HintZH: "授权码只能用一次，且只能由签发给它的应用使用；请重新获取", HintEN: "a code works once and only for the app it was issued to; get a new one"})
	CodeUsed = define(Error{Name: "code.used", Errcode: 40078, Status: 400, Code: "invalidCode",
		ZH: "不存在的临时授权码", EN: "the code was used before",
		HintZH: "授权码只能用一次；请重新获取", HintEN: "a code works once; get a new one"})
	CodeProof = define(Error{Name: "code.proof", Errcode: 40078, Status: 400, Code: "invalidCode.proof",
		ZH: "PKCE 验证失败", EN: "the proof key does not fit the code",
		HintZH: "codeVerifier 与请求授权时的 code_challenge 成对：BASE64URL(SHA256(codeVerifier))", HintEN: "codeVerifier belongs to the code_challenge of the request: BASE64URL(SHA256(codeVerifier))"})
	RedirectUnregistered = define(Error{Name: "redirect.unregistered", Errcode: 40110, Status: 400, Code: "invalidRedirectUri",
		ZH: "应用 {app} 未登记该回调地址", EN: "the app {app} has not registered this redirect URL",
		HintZH: "在控制台的应用页登记，或 gatepost explain {request} --fix", HintEN: "register it on the app's console page, or gatepost explain {request} --fix"})
	AuthorizationOver = define(Error{Name: "authorization.over", Errcode: 40111, Status: 400, Code: "authorizationOver",
		ZH: "授权页面已失效", EN: "this consent page is no longer good",
		HintZH: "授权页面十分钟内有效，且以打开时的登录为准；请从应用重新开始", HintEN: "it is good for ten minutes and for the session it was opened in; begin again at the app"})
	AuthorizationPick = define(Error{Name: "authorization.pick", Errcode: 40112, Status: 403, Code: "Forbidden.SandboxOnly",
		ZH: "不能免密码登录", EN: "nobody can sign in here without a password",
		HintZH: "只有演示与沙箱企业可以选人登录", HintEN: "people can be picked in demonstration and sandbox companies alone"})
	ConsentUnknown = define(Error{Name: "consent.unknown", Errcode: 40113, Status: 404, Code: "consentNotExist",
		ZH: "{user} 没有授权该应用", EN: "{user} has not let this app in",
		HintZH: "gatepost consent list 列出授权", HintEN: "gatepost consent list shows who let what in"})
	CodeExpired = define(Error{Name: "code.expired", Errcode: 40102, Status: 400, Code: "invalidCode",
		ZH: "过期的临时授权码", EN: "the code has expired",
		HintZH: "授权码 5 分钟内有效；请重新获取", HintEN: "a code lives for 5 minutes; get a new one"})
	RefreshUnknown = define(Error{Name: "refresh.unknown", Errcode: 41003, Status: 400, Code: "invalidRefreshToken",
		ZH: "无效的refreshToken", EN: "invalid refreshToken",
		HintZH: "让用户重新登录", HintEN: "let the person sign in again"})
	RefreshExpired = define(Error{Name: "refresh.expired", Errcode: 42002, Status: 400, Code: "refreshToken.expired",
		ZH: "refresh_token超时", EN: "refreshToken has expired",
		HintZH: "让用户重新登录", HintEN: "let the person sign in again"})
	UserTokenExpired = define(Error{Name: "token.user_expired", Errcode: 42001, Status: 400, Code: "accesstoken.expired",
		ZH: "用户accessToken过期", EN: "the user accessToken has expired",
		HintZH: "用 refreshToken 换新的 accessToken", HintEN: "use the refreshToken"})
	SSOCodeUnknown = define(Error{Name: "code.sso", Errcode: 41007, Status: 400, Code: "invalidCode.sso",
		ZH: "无效的ssocode", EN: "no such admin-console code",
		HintZH: "从管理后台重新打开应用以取得新的 code", HintEN: "open the app from the admin console again for a new code"})
	TimestampFormat = define(Error{Name: "signature.timestamp_format", Errcode: 853001, Status: 400, Code: "invalidTimestamp",
		ZH: "timestamp参数格式不正确，必须是当前时间的毫秒数", EN: "timestamp has to be the present time in milliseconds"})
	TimestampSkew = define(Error{Name: "signature.timestamp_skew", Errcode: 853002, Status: 400, Code: "invalidTimestamp.skew",
		ZH: "timestamp参数不合法，该参数值与服务器当前时间相差超过1分钟", EN: "timestamp differs from the server's time by more than a minute",
		HintZH: "校准时钟；若平台时钟被移动，执行 gatepost clock", HintEN: "set the clock right; if the platform's clock was moved, see gatepost clock"})
	AccessKeyUnknown = define(Error{Name: "signature.access_key", Errcode: 853003, Status: 400, Code: "invalidAccessKey",
		ZH: "accessKey参数不合法，必须是开放平台存在的appId", EN: "accessKey is no known appId"})
	SignatureWrong = define(Error{Name: "signature.mismatch", Errcode: 853004, Status: 400, Code: "invalidSignature",
		ZH: "signature参数不正确，与服务端计算出来的签名不一致，注意该参数传递时必须urlEncode", EN: "signature does not match; it has to be url-encoded in the query"})
	// Calls that are signed; the numbers are TOP's (topsign.md §7).
	SignatureMissing = define(Error{Name: "signature.missing", Errcode: 24, Status: 401, Code: "MissingSignature",
		ZH: "应用要求签名，仅有 access_token 不够", EN: "the app requires a signature, a token alone is not enough",
		HintZH: "用应用声明的方式之一签名，或执行 gatepost app sign --schemes token,…", HintEN: "sign in one of the ways that the app declares, or run gatepost app sign --schemes token,…"})
	SignatureInvalid = define(Error{Name: "signature.invalid", Errcode: 25, Status: 401, Code: "InvalidSignature",
		ZH: "签名不一致", EN: "the signature does not match",
		HintZH: "与平台所签的原文比较：开发中的应用见应答的 canonical，其余见调用日志", HintEN: "compare with what the platform signed: canonical in the answer for apps in development, else in the call's log"})
	SignatureAppKey = define(Error{Name: "signature.app_key", Errcode: 29, Status: 401, Code: "InvalidAppKey",
		ZH: "签名所用的AppKey不存在", EN: "the signature names an AppKey that does not exist"})
	SignatureOtherApp = define(Error{Name: "signature.other_app", Errcode: 29, Status: 401, Code: "InvalidAppKey.OtherApp",
		ZH: "签名与access_token属于不同的应用", EN: "signature and token are of two apps"})
	SignatureTime = define(Error{Name: "signature.time", Errcode: 31, Status: 401, Code: "InvalidTimestamp",
		ZH: "签名的时间不在允许的范围内", EN: "the time of the signature is outside of the window",
		HintZH: "校准时钟；若平台时钟被移动，执行 gatepost clock", HintEN: "set the clock right; if the platform's clock was moved, see gatepost clock"})
	SignatureParameter = define(Error{Name: "signature.parameter", Errcode: 40, Status: 400, Code: "InvalidSignatureParameter",
		ZH: "签名参数 {name} 缺失或不合法", EN: "{name} of the signature is missing or invalid"})
	SignatureAmbiguous = define(Error{Name: "signature.ambiguous", Errcode: 41, Status: 400, Code: "AmbiguousSignature",
		ZH: "{name} 有歧义，签名无法确定其含义", EN: "{name} could be understood in two ways, and the signature does not say which"})
	SignatureUndeclared = define(Error{Name: "signature.undeclared", Errcode: 42, Status: 403, Code: "Forbidden.SignatureScheme",
		ZH: "应用没有声明签名方式 {scheme}", EN: "the app does not declare the signature scheme {scheme}",
		HintZH: "gatepost app sign --schemes …", HintEN: "gatepost app sign --schemes …"})
	SignatureReplayed = define(Error{Name: "signature.replayed", Errcode: 43, Status: 401, Code: "ReplayedSignature",
		ZH: "重放的请求：nonce 首次出现于 {first}", EN: "replayed nonce, first seen {first}",
		HintZH: "每次请求用新的 nonce 与时间签名", HintEN: "sign every call with a new nonce and the present time"})
	SignatureFull = define(Error{Name: "signature.full", Errcode: 10, Status: 503, Code: "TooManyNonces",
		ZH: "已签名的请求过多，无法再记录 nonce", EN: "too many signed calls: there is no room to remember another nonce"})
)

// Applications of vendors, which other companies open. Numbers and texts are the
// documented ones; where there is none, the number is that of a neighbour.
var (
	SuiteSecretWrong = define(Error{Name: "suite.credentials", Errcode: 40088, Status: 400, Code: "invalidSuiteKey",
		ZH: "不合法的套件key或secret", EN: "wrong suite key or secret",
		HintZH: "在控制台核对 SuiteKey 与 SuiteSecret；密钥轮换后旧密钥会到期", HintEN: "compare with the console; after a rotation the old secret ends"})
	SuiteTicketWrong = define(Error{Name: "suite.ticket", Errcode: 40085, Status: 400, Code: "invalidSuiteTicket",
		ZH: "不存在的suiteticket", EN: "no such suiteTicket, or it has ended",
		HintZH: "用最近一次 suite_ticket 事件里的票据；gatepost suites ticket {suite} 也能读到", HintEN: "use the ticket of the last suite_ticket event; gatepost suites ticket {suite} tells it as well"})
	SuiteUnknown = define(Error{Name: "suite.unknown", Errcode: 40090, Status: 404, Code: "suiteNotExist",
		ZH: "套件已经不存在", EN: "no such suite",
		HintZH: "gatepost suites list 列出本企业的套件与已开通的套件", HintEN: "gatepost suites list shows the company's suites and those that it opened"})
	SuiteOther = define(Error{Name: "suite.other", Errcode: 40083, Status: 400, Code: "invalidSuiteKey.other",
		ZH: "不合法的suiteid", EN: "the suite key is not that of the caller",
		HintZH: "suite_key 是取 suite_access_token 所用的那一个", HintEN: "suite_key is the one that the suite_access_token was asked for with"})
	SuiteAppWrong = define(Error{Name: "suite.app_id", Errcode: 40086, Status: 400, Code: "invalidAppId",
		ZH: "不合法的第三方应用appid", EN: "the appId is not that of the suite",
		HintZH: "gatepost suites show {suite} 给出它的 appId", HintEN: "gatepost suites show {suite} tells its appId"})
	SuiteUnauthorized = define(Error{Name: "suite.unauthorized", Errcode: 41030, Status: 400, Code: "invalidAuthInfo",
		ZH: "企业未对该套件授权", EN: "the company has not opened this suite",
		HintZH: "请企业管理员开通：gatepost suites authorize --suite {suite} --corp {corp}", HintEN: "ask an administrator of the company: gatepost suites authorize --suite {suite} --corp {corp}"})
	SuiteInactive = define(Error{Name: "suite.inactive", Errcode: 40079, Status: 400, Code: "orgNotAuthApp",
		ZH: "不存在的授权信息：应用尚未激活", EN: "the app is not activated yet",
		HintZH: "先用临时授权码调用 /service/get_permanent_code，再调用 /service/activate_suite", HintEN: "call /service/get_permanent_code with the temporary code first, then /service/activate_suite"})
	SuitePermanentCode = define(Error{Name: "suite.permanent_code", Errcode: 41031, Status: 400, Code: "invalidPermanentCode",
		ZH: "auth_corpid和permanent_code不匹配", EN: "permanent_code is not that of auth_corpid",
		HintZH: "企业重新开通后永久授权码会变；用新的临时授权码换取", HintEN: "it is another one after the company opened the suite anew: exchange the new temporary code"})
	SuiteOpened = define(Error{Name: "suite.opened", Errcode: 40114, Status: 409, Code: "suiteOpened",
		ZH: "企业已开通套件 {suite}", EN: "the company has opened the suite {suite} already",
		HintZH: "改变可见范围或权限：gatepost suites change", HintEN: "gatepost suites change changes what it sees and may"})
	SuiteInUse = define(Error{Name: "suite.in_use", Errcode: 40115, Status: 409, Code: "suiteInUse",
		ZH: "还有 {count} 家企业开通着套件 {suite}，不能删除", EN: "{count} companies have the suite {suite} open, so it cannot be removed",
		HintZH: "gatepost suites show {suite} 列出它们；请它们先解除授权", HintEN: "gatepost suites show {suite} lists them; they have to end it first"})
	AppOpened = define(Error{Name: "app.opened", Errcode: 40116, Status: 409, Code: "app.opened",
		ZH: "这个应用由套件 {suite} 开通，没有自己的密钥", EN: "this app was opened from the suite {suite} and has no secret of its own",
		HintZH: "服务商用套件的凭证取得它的 token", HintEN: "its vendor gets tokens for it with the suite's credentials"})
)

// Directory.
var (
	UserNotFound = define(Error{Name: "user.unknown", Errcode: 60121, Status: 404, Code: "invalidParameter.user.notFound",
		ZH: "找不到该用户", EN: "no such person"})
	UserInvalid = define(Error{Name: "user.invalid", Errcode: 33012, Status: 404, Code: "invalidParameter.userId",
		ZH: "无效的USERID", EN: "no such userid"})
	UserKind = define(Error{Name: "user.id_kind", Errcode: 33012, Status: 400, Code: "invalidParameter.userId.kind",
		ZH: "无效的USERID", EN: "no such userid",
		HintZH: "{found} 不是 userid：用 {convert} 换成 userid", HintEN: "{found} is not a userid: convert it with {convert}"})
	UserExists = define(Error{Name: "user.exists", Errcode: 60102, Status: 409, Code: "userId.exists",
		ZH: "UserID在公司中已存在", EN: "the userid exists in this company"})
	MobileInvalid = define(Error{Name: "user.mobile", Errcode: 60103, Status: 400, Code: "invalidMobile",
		ZH: "手机号码不合法", EN: "invalid mobile number"})
	MobileExists = define(Error{Name: "user.mobile_exists", Errcode: 60104, Status: 409, Code: "mobile.exists",
		ZH: "手机号码在公司中已存在", EN: "the mobile number exists in this company"})
	MobileUnknown = define(Error{Name: "user.mobile_unknown", Errcode: 60121, Status: 404, Code: "mobile.notFound",
		ZH: "找不到该用户", EN: "no employee has this mobile number"})
	EmailInvalid = define(Error{Name: "user.email", Errcode: 60105, Status: 400, Code: "invalidEmail",
		ZH: "邮箱不合法", EN: "invalid e-mail address"})
	EmailExists = define(Error{Name: "user.email_exists", Errcode: 60106, Status: 409, Code: "email.exists",
		ZH: "邮箱已存在", EN: "the e-mail address exists in this company"})
	TelephoneExists = define(Error{Name: "user.telephone_exists", Errcode: 40100, Status: 409, Code: "telephone.exists",
		ZH: "分机号已经存在", EN: "the extension number exists in this company"})
	NameInvalid = define(Error{Name: "user.name", Errcode: 60112, Status: 400, Code: "invalidName",
		ZH: "用户name不合法", EN: "invalid name"})
	ManagerInvalid = define(Error{Name: "user.manager", Errcode: 60128, Status: 400, Code: "invalidManager",
		ZH: "无效的主管id", EN: "no such manager"})
	TooManyDepartments = define(Error{Name: "user.departments", Errcode: 60110, Status: 400, Code: "departments.tooMany",
		ZH: "部门个数超出限制", EN: "too many departments"})
	ExtensionInvalid = define(Error{Name: "user.extension", Errcode: 60122, Status: 400, Code: "invalidExtension",
		ZH: "不合法的extattr", EN: "extension has to be a JSON object of strings"})
	UserOutOfRange = define(Error{Name: "range.user", Errcode: 50002, Status: 403, Code: "Forbidden.OutOfRange.User",
		ZH: "请求的员工userid不在授权范围内", EN: "the person is outside what the app may see",
		HintZH: "在应用的“可见范围”里加入此人或其部门", HintEN: "add the person or a department to the app's range"})
	DeptOutOfRange = define(Error{Name: "range.department", Errcode: 50004, Status: 403, Code: "Forbidden.OutOfRange.Department",
		ZH: "请求的部门id不在授权范围内", EN: "the department is outside what the app may see",
		HintZH: "在应用的“可见范围”里加入此部门", HintEN: "add the department to the app's range"})

	DeptNotFound = define(Error{Name: "department.unknown", Errcode: 60003, Status: 404, Code: "departmentNotExist",
		ZH: "部门不存在", EN: "no such department"})
	ParentNotFound = define(Error{Name: "department.parent_unknown", Errcode: 60004, Status: 404, Code: "departmentNotExist.parent",
		ZH: "父亲部门不存在", EN: "no such parent department"})
	DeptIDInvalid = define(Error{Name: "department.id", Errcode: 40009, Status: 400, Code: "invalidDept",
		ZH: "不合法的部门id", EN: "invalid department id"})
	DeptOrderInvalid = define(Error{Name: "department.order", Errcode: 40011, Status: 400, Code: "invalidDept.order",
		ZH: "不合法的排序order", EN: "invalid order"})
	DeptNameInvalid = define(Error{Name: "department.name", Errcode: 60001, Status: 400, Code: "invalidDept.name",
		ZH: "不合法的部门名称", EN: "invalid department name"})
	DeptNameCharacters = define(Error{Name: "department.name_characters", Errcode: 60009, Status: 400, Code: "invalidDept.nameCharacters",
		ZH: "部门名称含有非法字符", EN: "the department name has characters that are not allowed"})
	DeptTooDeep = define(Error{Name: "department.depth", Errcode: 60002, Status: 400, Code: "invalidDept.depth",
		ZH: "部门层级深度超过限制", EN: "the department tree is too deep"})
	DeptLoop = define(Error{Name: "department.loop", Errcode: 60010, Status: 400, Code: "invalidDept.loop",
		ZH: "部门存在循环关系", EN: "the department would be below itself"})
	DeptHasMembers = define(Error{Name: "department.members", Errcode: 60005, Status: 409, Code: "department.hasMembers",
		ZH: "不允许删除有成员的部门", EN: "a department with members cannot be removed",
		HintZH: "先移走或删除其成员", HintEN: "move or remove its members first"})
	DeptHasChildren = define(Error{Name: "department.children", Errcode: 60006, Status: 409, Code: "department.hasChildren",
		ZH: "不允许删除有子部门的部门", EN: "a department with sub-departments cannot be removed",
		HintZH: "先移走或删除其子部门", HintEN: "move or remove its sub-departments first"})
	RootUndeletable = define(Error{Name: "department.root_delete", Errcode: 60007, Status: 400, Code: "department.root",
		ZH: "不允许删除根部门", EN: "the root department cannot be removed"})
	RootFixed = define(Error{Name: "department.root_update", Errcode: 60018, Status: 400, Code: "department.rootFixed",
		ZH: "不允许更新根部门", EN: "the root department cannot be moved"})
	DeptNameExists = define(Error{Name: "department.name_exists", Errcode: 60021, Status: 409, Code: "department.nameExists",
		ZH: "父部门下该部门名称已存在", EN: "the parent has a department of this name"})
	DeptManagerUnknown = define(Error{Name: "department.manager", Errcode: 60068, Status: 400, Code: "invalidDept.manager",
		ZH: "部门的管理员不存在", EN: "the department's leader has to be one of its members"})
	DeptPermits = define(Error{Name: "department.permits", Errcode: 60109, Status: 400, Code: "invalidDept.permits",
		ZH: "部门可见性列表不合法", EN: "invalid visibility list"})

	RoleInvalid = define(Error{Name: "role.unknown", Errcode: 33011, Status: 404, Code: "dataNotExist.role.roleNotExist",
		ZH: "角色id无效", EN: "no such role"})
	RoleGroupInvalid = define(Error{Name: "role.group_unknown", Errcode: 34020, Status: 404, Code: "dataNotExist.role.groupNotExist",
		ZH: "角色组不存在", EN: "no such role group"})
	RoleNameExists = define(Error{Name: "role.name_exists", Errcode: 34021, Status: 409, Code: "role.nameExists",
		ZH: "角色名称已存在", EN: "the role name is taken"})
	RoleNameInvalid = define(Error{Name: "role.name", Errcode: 34018, Status: 400, Code: "role.name",
		ZH: "角色信息不能为空", EN: "invalid role name"})
	RoleSystem = define(Error{Name: "role.system", Errcode: 23004, Status: 403, Code: "role.system",
		ZH: "系统角色不允许修改", EN: "a system role cannot be changed, assigned or removed"})
	RoleHasMembers = define(Error{Name: "role.members", Errcode: 34022, Status: 409, Code: "role.hasMembers",
		ZH: "角色下还有员工，不允许删除", EN: "a role with members cannot be removed",
		HintZH: "先用 removerolesforemps 移除成员", HintEN: "take the role away from its members first"})
	RoleScopeInvalid = define(Error{Name: "role.scope", Errcode: 60301, Status: 404, Code: "dataNotExist.role.scopeRole",
		ZH: "无效的角色id", EN: "no such role to hold for departments"})
	EmployeeUnknown = define(Error{Name: "role.employee", Errcode: 46004, Status: 404, Code: "dataNotExist.user.userNotExist",
		ZH: "不存在的员工", EN: "no such employee"})

	// No documented number says this; the platform keeps it in its admin console.
	AdminLast = define(Error{Name: "admin.last", Errcode: 60130, Status: 409, Code: "admin.last",
		ZH: "企业至少要有一名主管理员", EN: "a company keeps at least one main administrator",
		HintZH: "先指定另一名主管理员", HintEN: "appoint another main administrator first"})

	ContactNotFound = define(Error{Name: "contact.unknown", Errcode: 49017, Status: 404, Code: "contactNotExist",
		ZH: "查询企业外部联系人不存在", EN: "no such external contact"})
	ContactExists = define(Error{Name: "contact.exists", Errcode: 40104, Status: 409, Code: "contact.exists",
		ZH: "外部联系人的手机号已存在", EN: "an external contact with this mobile number exists"})

	OffsetInvalid = define(Error{Name: "page.offset", Errcode: 40068, Status: 400, Code: "pageIndex.invalid",
		ZH: "不合法的偏移量", EN: "invalid offset"})
	SizeInvalid = define(Error{Name: "page.size", Errcode: 40069, Status: 400, Code: "pageSize.invalid",
		ZH: "不合法的分页大小", EN: "invalid page size"})
)

// Published APIs of other systems.
var (
	AnswerUndeclared = define(Error{Name: "upstream.undeclared", Errcode: 50200, Status: 502, Code: "UpstreamAnswerUndeclared",
		ZH: "{api} 的上游应答与声明不符，未予转发", EN: "the upstream of {api} answered otherwise than is declared; the answer was not passed on",
		HintZH: "请发布者修正上游，或在文档中声明这种应答后重新发布", HintEN: "the publisher has to correct the upstream, or to declare such answers in the document and publish again"})
	APIUnknown = define(Error{Name: "api.unknown", Errcode: 40059, Status: 404, Code: "apiNotExist",
		ZH: "没有这个 API：{group}", EN: "no such API: {group}",
		HintZH: "gatepost api list 列出全部", HintEN: "gatepost api list shows all"})
	APIFindings = define(Error{Name: "api.findings", Errcode: 40061, Status: 409, Code: "api.findings",
		ZH: "{group} 有 {count} 处错误，不能发布", EN: "{group} has {count} errors and cannot be published",
		HintZH: "gatepost api lint 列出全部及其修复办法", HintEN: "gatepost api lint shows all of them with their repairs"})
	APIUpstream = define(Error{Name: "api.upstream", Errcode: 40062, Status: 409, Code: "api.upstreamMissing",
		ZH: "{group} 还没有上游地址", EN: "{group} has no upstream address yet",
		HintZH: "gatepost api upstream add {group} http://主机:端口", HintEN: "gatepost api upstream add {group} http://host:port"})
	APIBreaking = define(Error{Name: "api.breaking", Errcode: 40063, Status: 409, Code: "api.breaking",
		ZH: "这次发布会破坏现有调用：{changes}", EN: "this publication breaks calls that are made today: {changes}",
		HintZH: "发布为 {next}，或以名称 {group} 确认（--force {group}）", HintEN: "publish it as {next}, or confirm by the name {group} (--force {group})"})
)

// Applications and the console.
var (
	AgentUnknown = define(Error{Name: "app.unknown", Errcode: 40056, Status: 404, Code: "applicationNotExist",
		ZH: "不合法的agentid", EN: "no such app"})
	DatabaseUnknown = define(Error{Name: "database.unknown", Errcode: 40120, Status: 404, Code: "database.notExist",
		ZH: "应用没有推送库", EN: "the app has no database that rows are written to",
		HintZH: "gatepost events database set", HintEN: "gatepost events database set"})
	DatabaseUnusable = define(Error{Name: "database.unusable", Errcode: 40121, Status: 400, Code: "database.unusable",
		ZH: "不能写入该数据库", EN: "rows cannot be written to this database",
		HintZH: "gatepost events database check 给出全部检查结果和修复的语句", HintEN: "gatepost events database check prints all findings and the statements that repair them"})
	LimitUnknown = define(Error{Name: "limit.unknown", Errcode: 40057, Status: 404, Code: "limitNotExist",
		ZH: "没有这条流控规则、分组或流量包", EN: "no such rule, group or package of flow control",
		HintZH: "gatepost limit list 列出全部", HintEN: "gatepost limit list shows all"})
	LimitSubject = define(Error{Name: "limit.subject", Errcode: 40058, Status: 400, Code: "limitSubjectInvalid",
		ZH: "没有这种流控规则", EN: "there is no such kind of rule"})
	SubscriptionUnknown = define(Error{Name: "event.subscription.unknown", Errcode: 40064, Status: 404, Code: "subscriptionNotExist",
		ZH: "没有这个事件订阅", EN: "no such event subscription",
		HintZH: "gatepost events subscriptions 列出全部", HintEN: "gatepost events subscriptions shows all"})
	SubscriptionHeld = define(Error{Name: "event.subscription.held", Errcode: 40065, Status: 409, Code: "subscriptionHeld",
		ZH: "这个事件订阅已暂停或关闭：{state}", EN: "this event subscription is paused or off: {state}",
		HintZH: "请管理员执行 gatepost events resume", HintEN: "ask an administrator for gatepost events resume"})
	EventUnknown = define(Error{Name: "event.unknown", Errcode: 40066, Status: 404, Code: "eventNotExist",
		ZH: "没有这个事件", EN: "no such event",
		HintZH: "事件按保留期清除；gatepost events list 列出现有的", HintEN: "retention removes events; gatepost events list shows those that are kept"})
	ReplayUnknown = define(Error{Name: "event.replay.unknown", Errcode: 40067, Status: 404, Code: "replayNotExist",
		ZH: "没有这次回放", EN: "no such replay"})
	ReplayTarget = define(Error{Name: "event.replay.target", Errcode: 40070, Status: 409, Code: "replayTargetInvalid",
		ZH: "不能向 {target} 回放或重推事件", EN: "events cannot be told again to {target}",
		HintZH: "gatepost events subscriptions 列出订阅、其状态与测试组", HintEN: "gatepost events subscriptions shows subscriptions with their states and test groups"})
	ReplayBusy = define(Error{Name: "event.replay.busy", Errcode: 40071, Status: 409, Code: "replayBusy",
		ZH: "进行中的回放过多", EN: "too many replays are going on",
		HintZH: "等待其完成，或停止其中之一", HintEN: "wait until one is done, or stop one"})
	ConfirmMismatch = define(Error{Name: "confirm.mismatch", Errcode: 40037, Status: 400, Code: "confirmationMismatch",
		ZH: "确认的名称与“{name}”不一致", EN: "the confirmation is not “{name}”",
		HintZH: "要继续，请原样给出这个名称，如命令行的 --confirm", HintEN: "to go on, give that name as it stands, with --confirm on the command line"})
	SecretUnknown = define(Error{Name: "secret.unknown", Errcode: 40041, Status: 404, Code: "secretNotExist",
		ZH: "没有这个密钥", EN: "no such secret"})
	SecretLast = define(Error{Name: "secret.last", Errcode: 40042, Status: 409, Code: "secret.last",
		ZH: "这是唯一有效的密钥，不能吊销", EN: "the only live secret cannot be revoked",
		HintZH: "先轮换出新密钥", HintEN: "rotate to a new one first"})
	ScopeUnknown = define(Error{Name: "scope.unknown", Errcode: 40043, Status: 400, Code: "scopeNotExist",
		ZH: "没有这个权限点：{scope}", EN: "no such permission point: {scope}",
		HintZH: "你是想要 {near} 吗？gatepost scope list 列出全部", HintEN: "did you mean {near}? gatepost scope list shows all"})
	DisclosuresBroken = define(Error{Name: "disclosure.broken", Errcode: 40054, Status: 409, Code: "invalidParameter.disclosure.broken",
		ZH: "查看记录第 {seq} 条与链不符：{what}", EN: "Disclosure {seq} does not fit into the chain: {what}",
		HintZH: "不会为被改动的链签名。用 gatepost audit verify --live 查看，并与此前导出的文件对照",
		HintEN: "A chain that was tampered with is not signed. Look with gatepost audit verify --live, and compare with an export from before"})
	CallUnknown = define(Error{Name: "call.unknown", Errcode: 40044, Status: 404, Code: "callNotFound",
		ZH: "没有找到这次调用", EN: "no such call",
		HintZH: "调用记录在产生后约一秒内可查，并按保留期清除", HintEN: "a call can be found about a second after it was made, until retention removes it"})
	FixNone = define(Error{Name: "fix.none", Errcode: 40045, Status: 409, Code: "nothingToFix",
		ZH: "这次调用没有可自动应用的修复", EN: "there is no repair to apply for this call"})
	ClockFixed = define(Error{Name: "clock.fixed", Errcode: 40046, Status: 403, Code: "clockNotMovable",
		ZH: "只有演示或沙箱企业的时钟可以移动", EN: "only the clock of a demo or sandbox company can be moved",
		HintZH: "用 gatepost org create --sandbox 建一个沙箱企业", HintEN: "make a sandbox company with gatepost org create --sandbox"})
	EventNameUnknown = define(Error{Name: "event.name", Errcode: 40084, Status: 400, Code: "eventNameNotExist",
		ZH: "没有这种事件：{event}", EN: "no such kind of event: {event}",
		HintZH: "你是想要 {near} 吗？gatepost events types 列出全部", HintEN: "did you mean {near}? gatepost events types shows all"})
	EventUndeclared = define(Error{Name: "event.undeclared", Errcode: 40085, Status: 409, Code: "eventNotDeclared",
		ZH: "平台还不发出 {event}，不知其内容", EN: "{event} is not emitted yet, and its payload is not declared",
		HintZH: "gatepost events types --state emitted 列出会发出的", HintEN: "gatepost events types --state emitted shows those that are"})
	EventSandbox = define(Error{Name: "event.sandbox", Errcode: 40086, Status: 403, Code: "eventNotTriggerable",
		ZH: "只有演示或沙箱企业可以触发事件", EN: "events can be caused in a demo or sandbox company only",
		HintZH: "用 gatepost org create --sandbox 建一个沙箱企业", HintEN: "make a sandbox company with gatepost org create --sandbox"})
	FaultForbidden = define(Error{Name: "fault.sandbox", Errcode: 40130, Status: 403, Code: "faultNotAllowed",
		ZH: "只有演示或沙箱企业可以注入故障", EN: "deliveries can be broken on purpose in demo and sandbox companies alone",
		HintZH: "用 gatepost org create --sandbox 建一个沙箱企业，在其中试验", HintEN: "make a sandbox company with gatepost org create --sandbox, and try it there"})
	SetupClosed = define(Error{Name: "setup.closed", Errcode: 40047, Status: 409, Code: "setupDone",
		ZH: "平台已完成初始化", EN: "the platform is set up already"})
	SetupCodeWrong = define(Error{Name: "setup.code", Errcode: 40049, Status: 403, Code: "setupCodeWrong",
		ZH: "初始化口令不正确", EN: "wrong set-up code",
		HintZH: "口令打印在启动平台的终端里", HintEN: "the code is printed in the terminal that started the platform"})
	PasswordWeak = define(Error{Name: "password.weak", Errcode: 40051, Status: 400, Code: "passwordTooWeak",
		ZH: "密码太弱", EN: "the password is too weak"})
	CorpFixed = define(Error{Name: "corp.fixed", Errcode: 40052, Status: 403, Code: "corpNotResettable",
		ZH: "只有演示或沙箱企业可以重置", EN: "only a demo or sandbox company can be reset"})
	ListenFailed = define(Error{Name: "trust.listen", Errcode: 40053, Status: 409, Code: "listenFailed",
		ZH: "无法监听 {address}", EN: "cannot listen on {address}",
		HintZH: "用 root 启动平台，或执行 setcap cap_net_bind_service=+ep，或改用 gatepost exec", HintEN: "start the platform as root, or give it cap_net_bind_service, or use gatepost exec instead"})

	StreamTicket = define(Error{Name: "stream.ticket", Errcode: 40120, Status: 401, Code: "invalidTicket",
		ZH: "连接用的 ticket 无效：从未签发、已用过或已过期", EN: "the ticket is not valid: it was never issued, was used, or is too old",
		HintZH: "每次连接前调用 POST /v1.0/gateway/connections/open 取一个新的 ticket", HintEN: "ask POST /v1.0/gateway/connections/open for a new ticket before each connection"})
	StreamClosing = define(Error{Name: "stream.closing", Errcode: 10, Status: 503, Code: "ServiceUnavailable.Closing",
		ZH: "本节点即将停止，不再接受长连接", EN: "this node is about to stop and takes no more connections",
		HintZH: "稍后重试", HintEN: "try again shortly"})
	StreamNobody = define(Error{Name: "stream.nobody", Errcode: 40121, Status: 409, Code: "streamNotConnected",
		ZH: "应用 {app} 在本节点没有订阅 {topic} 的连接", EN: "the app {app} has no connection on this node that subscribed to {topic}",
		HintZH: "gatepost events connections 列出各连接与它们订阅的 topic", HintEN: "gatepost events connections shows the connections and what they subscribed to"})
	StreamUnanswered = define(Error{Name: "stream.unanswered", Errcode: 40122, Status: 504, Code: "streamUnanswered",
		ZH: "应用 {app} 没有应答回调", EN: "the app {app} did not answer the callback",
		HintZH: "回调只发送一次；检查应用的处理逻辑后重新发送", HintEN: "a callback is sent once; look at the app's handler and send it again"})
	StreamSandbox = define(Error{Name: "stream.sandbox", Errcode: 40123, Status: 403, Code: "streamSandboxOnly",
		ZH: "只有演示或沙箱企业可以手动发送回调", EN: "callbacks can be sent by hand in a demo or sandbox company alone",
		HintZH: "用 gatepost org create --sandbox 建一个沙箱企业", HintEN: "make a sandbox company with gatepost org create --sandbox"})
)

// Callbacks of events. The texts of the public documents stand before what was
// found.
var (
	CallbackExists = define(Error{Name: "callback.exists", Errcode: 71006, Status: 409, Code: "callback.exists",
		ZH: "回调地址已经存在", EN: "the app has registered a callback address already",
		HintZH: "用 /call_back/update_call_back 修改，或先用 /call_back/delete_call_back 删除", HintEN: "change it with /call_back/update_call_back, or remove it first with /call_back/delete_call_back"})
	CallbackUnknown = define(Error{Name: "callback.unknown", Errcode: 71007, Status: 404, Code: "callback.notExist",
		ZH: "回调地址已不存在", EN: "there is no such callback",
		HintZH: "应用用 /call_back/register_call_back 注册；控制台的用 gatepost events webhook list 列出", HintEN: "an app registers one with /call_back/register_call_back; gatepost events webhook list shows those of the console"})
	CallbackTag = define(Error{Name: "callback.tag", Errcode: 71008, Status: 400, Code: "callback.tag",
		ZH: "回调call_back_tag必须在指定的call_back_tag列表中", EN: "there is no such call_back_tag",
		HintZH: "可用的事件见 /docs", HintEN: "the events stand in /docs"})
	CallbackAnswer = define(Error{Name: "callback.answer", Errcode: 71009, Status: 400, Code: "callback.answer",
		ZH: "返回文本非success", EN: "the receiver did not answer check_url with success",
		HintZH: "核对 token、aes_key 与 ownerKey（经接口注册的为 corpId，控制台的为 appKey），并在时限内返回加密的 success", HintEN: "compare token, aes_key and owner key (the corpId of what is registered by the API, the appKey of the console's), and answer the encrypted word success in time"})
	CallbackBody = define(Error{Name: "callback.body", Errcode: 71010, Status: 400, Code: "callback.body",
		ZH: "POST的JSON数据不包含所需要的参数字段或包含的参数格式非法", EN: "a field of the callback is missing or has a wrong form"})
	CallbackURL = define(Error{Name: "callback.url", Errcode: 71011, Status: 400, Code: "callback.url",
		ZH: "传入的url参数不是合法的url格式", EN: "url is no address that can be called back"})
	CallbackUnreachable = define(Error{Name: "callback.unreachable", Errcode: 71012, Status: 400, Code: "callback.unreachable",
		ZH: "url地址访问异常", EN: "the address could not be called",
		HintZH: "确认服务已启动、平台可以访问它，并在时限内以 200 应答", HintEN: "see that the service runs, that the platform can reach it, and that it answers 200 in time"})
	CallbackAddress = define(Error{Name: "callback.address", Errcode: 71013, Status: 400, Code: "callback.address",
		ZH: "此域名或IP不能注册或者接收回调事件", EN: "this name or address cannot be registered for callbacks",
		HintZH: "换用公网地址", HintEN: "use a public address"})
)
