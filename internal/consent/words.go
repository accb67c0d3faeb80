package consent

// words are what the page says.
type words struct {
	SignIn, SignInTo, User, Password, Enter        string
	Sandbox, SandboxHelp, Person, EnterAs          string
	Consent, Wants, Developer, Company, SignedIn   string
	Other, MayDo, Nothing, Required, Allow, Deny   string
	Leave, Refused, Expected, Found, Repair, Call  string
	Parameter, Malformed, Doubled, Foreign, Broken string
	Going, Go                                      string
}

func zh() words {
	return words{
		SignIn: "登录", SignInTo: "登录后使用", User: "账号", Password: "密码", Enter: "登录",
		Sandbox: "开发环境", SandboxHelp: "这是演示或沙箱企业：可直接以任一员工的身份登录，无需密码。正式企业没有此项。", Person: "员工", EnterAs: "以此身份登录",
		Consent: "授权", Wants: "申请使用你的信息", Developer: "开发者", Company: "企业", SignedIn: "登录者",
		Other: "换一个账号", MayDo: "授权后，应用可以：", Nothing: "应用没有申请任何权限，只会知道你是谁。", Required: "必需", Allow: "同意", Deny: "拒绝",
		Leave: "可随时撤销：gatepost consent revoke，或请管理员操作。", Refused: "无法授权", Expected: "期望", Found: "实际", Repair: "处理", Call: "请求编号",
		Parameter: "参数", Malformed: "请求格式不正确", Doubled: "参数出现了多次", Foreign: "表单来自其他网站，已拒绝", Broken: "系统繁忙，请稍后重试",
		Going: "正在继续", Go: "继续",
	}
}

func en() words {
	return words{
		SignIn: "Sign in", SignInTo: "Sign in to use", User: "User", Password: "Password", Enter: "Sign in",
		Sandbox: "Development", SandboxHelp: "This is a demonstration or sandbox company: sign in as any of its people without a password. Other companies do not have this.", Person: "Person", EnterAs: "Sign in as this person",
		Consent: "Consent", Wants: "asks to use your data", Developer: "Developer", Company: "Company", SignedIn: "Signed in as",
		Other: "Use another account", MayDo: "If you agree, the app may:", Nothing: "The app asks for no permission; it will know who you are.", Required: "required", Allow: "Allow", Deny: "Deny",
		Leave: "You can take this back at any time: gatepost consent revoke, or ask an administrator.", Refused: "This cannot be allowed", Expected: "Expected", Found: "Found", Repair: "To fix", Call: "Call",
		Parameter: "Parameter", Malformed: "The request is malformed", Doubled: "The parameter came more than once", Foreign: "The form came from another site and was refused", Broken: "System busy, please try again later",
		Going: "One moment", Go: "Continue",
	}
}
