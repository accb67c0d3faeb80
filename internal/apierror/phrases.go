package apierror

// phrase is one way to say what was expected or found, as a format string in
// both languages. Who refuses writes either side; the reader gets the one of
// the language that was asked for. Both sides have the same verbs for the same
// arguments; where their order differs, the verbs have explicit indexes.
type phrase struct{ ZH, EN string }

// phrases is the table of what refusals say beside their own text. A format
// without a word of its own, such as "%d", needs no row.
var phrases = []phrase{
	// Requests: kinds, sizes, encodings.
	{"UTF-8", "UTF-8"},
	{"不是 UTF-8 的字节", "bytes that are not UTF-8"},
	{"百分号编码的 UTF-8", "percent-encoded UTF-8"},
	{"不含字符 U+0000 的文本", "text without the character U+0000"},
	{"JSON 对象", "a JSON object"},
	{"UTF-8 编码的 JSON 对象", "a JSON object in UTF-8"},
	{"完整的 JSON 对象", "a whole JSON object"},
	{"一个 JSON 对象", "one JSON object"},
	{"一个 JSON 值", "one JSON value"},
	{"其后还有内容", "more text after it"},
	{"过早结束的请求体", "a body that ends too early"},
	{"每个名称只出现一次", "each name once"},
	{"最多嵌套 %d 层", "at most %d levels of nesting"},
	{"最多 %d 字节", "at most %d bytes"},
	{"%d 字节", "%d bytes"},
	{"最多 %d 项", "at most %d items"},
	{"更多", "more"},
	{"至少 %d", "at least %d"},
	{"最多 %d", "at most %d"},
	{"true 或 false", "true or false"},
	{"base64 文本", "text in base64"},
	{"%d 位整数", "a %d-bit integer"},
	{"字符串 %q", "string %q"},
	{"至少 %d 个字符", "at least %d characters"},
	{"至少 1 个字符", "at least 1 character"},
	{"最多 %d 个字符", "at most %d characters"},
	{"1–%d 个字符", "1 to %d characters"},
	{"%d 到 200 个字符", "%d to 200 characters"},
	{"1–%d 个可见字符", "1 to %d printable characters"},
	{"%d 个字符", "%d characters"},
	{"%s（%s）", "%s (%s)"},
	{"GET | POST", "GET | POST"},
	{"每秒最多 %d 次", "at most %d per second"},
	{"本秒的第 %d 次", "number %d within this second"},
	{"每分钟最多 %d 次", "at most %d per minute"},
	{"本分钟的第 %d 次", "number %d within this minute"},
	{"每天最多 %d 次", "at most %d per day"},
	{"今天的第 %d 次", "number %d of today"},
	{"有余量且在有效期内的流量包", "a valid package with calls left"},
	{"已用完或不在有效期内的流量包", "packages that are used up or not valid now"},
	{"上一页的 nextCursor", "the nextCursor of the page before"},
	{"requestId（UUID）或 request_id（13 个字符）", "a requestId (UUID) or a request_id (13 characters)"},

	// Ids.
	{"本应用的 %s", "a %s of this app"},

	// Mask rules and protected people.
	{"本企业的规则", "a rule of this company"},
	{"最多 %d 条规则", "at most %d rules"},
	{"字段名如 mobile，或路径如 list[].mobile", "a field such as mobile, or a path such as list[].mobile"},
	{"目录里的接口，写法同 operation.list", "an operation of the catalogue, as operation.list spells it"},
	{"接口的路径，或方法与路由", "an operation's path, or METHOD and route"},
	{"这些应答里有的字段", "a field that these answers have"},
	{"phone、idcard、email、name、bankcard、pattern 或 hide", "phone | idcard | email | name | bankcard | pattern | hide"},
	{"最多 256 字节、能匹配到文本的 RE2 表达式，仅用于 pattern", "an RE2 expression of at most 256 bytes that finds some text, for kind pattern alone"},
	{"应用可调用的读取类接口", "a reading operation that applications call"},
	{"可由员工调用的接口，如 GET /v1.0/contact/users/{unionId}", "an operation that a person may call, such as GET /v1.0/contact/users/{unionId}"},
	{"最多 %d 名受保护的人员", "at most %d protected people"},
	{"最多 %d 条豁免", "at most %d waivers"},
	{"晚于 %d", "after %d"},
	{"已豁免此人的应用", "an app with a waiver for this person"},
	{"受保护的人员", "a protected person"},

	// Published APIs.
	{"2–32 个 a–z 0–9 -，以字母开头", "2 to 32 of a–z 0–9 -, a letter first"},
	{"平台上其他分组没有的名称", "a name that no other group of the platform has"},
	{"最多 %d 个分组", "at most %d groups"},
	{"最多 %d 个版本", "at most %d versions"},
	{"最多 %d 次发布", "at most %d publications"},
	{"v1、v2 等", "v1, v2 and so on"},
	{"本平台的企业；企业自有的分组只能是本企业", "a company of this platform, and for a company's own group itself"},
	{"分组所属企业的应用", "an app of the group's company"},
	{"all | corps | apps", "all | corps | apps"},
	{"可以转发到的地址", "addresses that calls can be carried to"},
	{"文档中的接口，如 GET /people/{id}", "an operation of the document, such as GET /people/{id}"},
	{"R1 | R2 | W1 | W2", "R1 | R2 | W1 | W2"},
	{"最多 48 个 a–z 0–9 . -，以字母开头", "up to 48 of a–z 0–9 . -, a letter first"},
	{"如 $.list[*].mobile 的路径与脱敏方式", "paths such as $.list[*].mobile with a kind of mask"},
	{"%s，第 %d 行：%s", "%s, line %d: %s"},
	{"未压缩的应答，因为要脱敏", "an answer that is not compressed, for it has to be masked"},
	{"JSON 应答，因为要脱敏", "an answer in JSON, for it has to be masked"},
	{"第 %d 字节：%s", "byte %d: %s"},
	{"不含 / 与 \\，且不是 . 与 .. 的值", "a value without / and \\, and neither . nor .."},
	{"模式 %s 能匹配到的文本", "a text that the pattern %s finds"},
	{"至少 %d 项", "at least %d items"},
	{"至少 %v", "at least %v"},
	{"最多 %v", "at most %v"},
	{"大于 %v", "more than %v"},
	{"小于 %v", "less than %v"},
	{"schema 对 %s 的规定", "what its schema says of %s"},

	// Callbacks of events.
	{"字段 %s", "the field %s"},
	{"3–63 个可见字符", "3 to 63 visible characters"},
	{"%d 个字母或数字", "%d letters and digits"},
	{"whsec_ 与 %d–%d 字节的 base64", "whsec_ and %d to %d bytes in base64"},
	{"ASCII 的绝对 URL，如 https://example.com/callback", "an absolute URL in ASCII, such as https://example.com/callback"},
	{"http 或 https", "http or https"},
	{"不带用户名与密码的 URL", "a URL without user and password"},
	{"不带 # 的 URL", "a URL without fragment"},
	{"主机名或地址", "a name or an address"},
	{"端口 80、443 或 %d–65535", "port 80, 443, or one from %d to 65535"},
	{"明文的 webhook 用 https，除非地址在运营者允许的内网中", "https for the plain form, unless the address is one that the operator allowed"},

	// Tokens, codes, signatures.
	{"本平台签发的 token，34 个字符", "a token that this platform issued, 34 characters"},
	{"%s，已过期并清除", "%s, expired and swept away"},
	{"吊销于 %s", "revoked at %s"},
	{"过期于 %s，现在是 %s", "expired at %s, now it is %s"},
	{"签发或续期后 %d 秒内使用", "use within %d seconds of issue or renewal"},
	{"应用 token", "app access_token"},
	{"用户 token", "user accessToken"},
	{"应用的 access_token", "an app's access_token"},
	{"套件的签名", "a suite's signature"},
	{"查询参数 access_token", "access_token in the query"},
	{"请求头 %s", "the header %s"},
	{"应用 %s 已删除", "app %s was deleted"},
	{"员工 %s 已不在企业中", "person %s has left the company"},
	{"本平台签发的 refreshToken", "a refreshToken that this platform issued"},
	{"签发给应用 %s 的 refreshToken", "a refreshToken issued to app %s"},
	{"签发给 %s", "issued to %s"},
	{"签发给应用 %d 的授权码", "a code issued to app %d"},
	{"签发给应用 %d", "issued to app %d"},
	{"本企业的授权码", "a code of this company"},
	{"另一企业的授权码", "a code of another company"},
	{"已于 %s 使用", "used at %s"},
	{"没有 appKey 为 %s 的应用", "there is no app with appKey %s"},
	{"appKey 存在，appSecret 不匹配（%d 个字符）", "the appKey exists, the appSecret does not match (%d characters)"},
	{"企业 %s 没有应用使用该密钥", "no app of company %s has this secret"},
	{"企业 %s 的应用", "an app of company %s"},
	{"另一企业的应用", "an app of another company"},
	{"企业至少有一个启用的应用", "a company with at least one enabled app"},
	{"企业的 SSOSecret", "the company's SSOSecret"},
	{"不匹配的密钥（%d 个字符）", "a secret that does not match (%d characters)"},
	{"13 位毫秒数", "milliseconds in 13 digits"},
	{"%d 前后 60000", "%d, up to 60000 before or after"},
	{"base64(HMAC-SHA256(appSecret, %q))", "base64(HMAC-SHA256(appSecret, %q))"},
	{"%s，前后 %s", "%s, up to %s before or after"},
	{"1–128 个可见字符", "1 to 128 visible characters"},
	{"64 位小写十六进制", "64 digits of lower-case hex"},
	{"8–64 个 A–Z a–z 0–9 _ - .", "8 to 64 of A–Z a–z 0–9 _ - ."},
	{"AppKey %s", "AppKey %s"},
	{"带时区的 ISO 8601 时间", "ISO 8601 with zone"},
	{"只含文本、数字与真假值的 JSON 对象", "a JSON object of texts, numbers and truths"},
	{"一种方式的签名", "a signature of one scheme"},
	{"非空的值：空白不在签名之内", "a value: what is blank is not signed"},
	{"access_token", "access_token"},
	{"应用的签名", "an app's signature"},
	{"在请求头中", "in the headers"},
	{"在查询参数中", "in the query"},
	{"md5", "md5"},
	{"md5 | hmac | hmac-sha256", "md5 | hmac | hmac-sha256"},
	{"yyyy-MM-dd HH:mm:ss，GMT+8", "yyyy-MM-dd HH:mm:ss, GMT+8"},
	{"来自 %s 的页面", "a page from %s"},
	{"企业管理员", "an administrator of the company"},
	{"平台运营者", "the platform's operator"},

	// People, departments, roles, external contacts.
	{"userid", "userid"},
	{"unionid %s", "unionid %s"},
	{"手机号 %s", "mobile number %s"},
	{"员工 %s", "person %s"},
	{"本企业员工的 unionid", "the unionid of a person of this company"},
	{"本企业另一员工的 userid", "the userid of another person of this company"},
	{"11 位手机号，或 +xx-xxxxxxxx", "a mobile number of 11 digits, or +xx-xxxxxxxx"},
	{"国家码 86 时为 11 位手机号，否则为 5–14 位数字", "a mobile number of 11 digits with country code 86, else 5 to 14 digits"},
	{"1–64 个 A–Z a–z 0–9 _ - @ .", "1 to 64 of A–Z a–z 0–9 _ - @ ."},
	{`{"名称":"值"}`, `{"name":"value"}`},
	{"manager_userid", "manager_userid"},
	{"dept_manager_userid_list", "dept_manager_userid_list"},
	{"0、1 或 2", "0, 1 or 2"},
	{"持有该角色的员工", "a person who holds the role"},
	{"listlabelgroups 返回的标签", "a label that listlabelgroups returns"},
	{"部门 %d（%s）", "department %d (%s)"},
	{"%s（部门 %d）", "%s (department %d)"},
	{"部门 %d 的成员", "a member of department %d"},
	{"部门 %d 在部门 %d 之下", "department %d is below department %d"},
	{"%s：%d 名成员", "%s: %d members"},
	{"%s：%d 个子部门", "%s: %d sub-departments"},
	{"至少一个部门", "at least one department"},
	{"最多 %d 个部门", "at most %d departments"},
	{"1–%d 个部门", "1 to %d departments"},
	{"大于 0 的部门 id", "a department id above 0"},
	{"最多 %d 级", "at most %d levels"},
	{"不小于 0 的整数", "an integer not below 0"},
	{"不含 - , ，", "without - , or its full-width form"},
	{"name 与 parent_id 不变", "name and parent_id as they are"},
	{"name 或 parent_id 改变", "another name or parent_id"},
	{"部门 %d 项、员工 %d 项", "%d departments, %d people"},

	// Faults and tunnels.
	{"最多 %d 个故障", "at most %d faults"},
	{"本企业的故障", "a fault of this company"},
	{"不带时长：%s 没有时长", "no length: %s has none"},
	{"平台发布的事件", "events that the platform announces"},
	{"本应用的订阅", "a subscription of this app"},

	// Applications and the platform.
	{"本平台的 AppKey", "an AppKey of this platform"},
	{"经 https 的调用", "a call over https"},
	{"应用 %s 之一", "one of the apps %s"},
	{"由 %s 于 %s 关闭", "closed by %s at %s"},
	{"应用 %s；由 %s 于 %s 限定", "app %s; allow-listed by %s at %s"},
	{"allowed 时 1–%d 个 AppKey，否则不填", "with allowed 1 to %d AppKeys, otherwise none"},
	{"本企业应用的 AgentId", "an AgentId of this company"},
	{"本企业其他应用没有的名称", "a name that no other app of the company has"},
	{"最多 %d 个部门和人员", "at most %d departments and people"},
	{"0s 到 %s 的时长，如 24h", "a duration from 0s to %s, such as 24h"},
	{"IP、CIDR，或用一个 * 代替其中一个数的 IPv4 地址", "an IP address, a CIDR range, or an IPv4 address with one * for one of its numbers"},
	{"不带 # 的 http 或 https 绝对地址；https 的主机名首段可为 *，其后至少两段", "an absolute http or https URL without fragment; https may have * as its whole first label, above a domain of two"},
	{"不含 * 的 URL", "a URL without *"},
	{"企业 %s 的登录", "a session in the company %s"},
	{"S256 的摘要，43 个字符", "a digest by S256, 43 characters"},
	{"以 openid 开头，其后为 corpid 或应用已开通的权限点", "openid first, then corpid or permission points that the app has"},
	{"授权时所给摘要的原文", "the text whose digest came with the request for authorization"},
	{"请求授权时没有给出摘要", "no digest came with the request for authorization"},
	{"%s 的原文", "a text with the digest %s"},
	{"公开应用须用 PKCE", "a public app has to use PKCE"},
	{"演示或沙箱企业", "a demonstration or sandbox company"},
	{"全平台的规则须指明接口，或针对每个应用", "an operation or each app, for a rule of the whole platform"},
	{"针对每个应用时须指明接口，不能是分组", "an operation, not a group, for each app"},
	{"流量包须指明一个应用，及一个接口、一个分组或全部", "an app, and an operation, a group or all, for a package"},
	{"接口与分组二选一", "an operation or a group, not both"},
	{"应用，或接口，或应用与分组", "an app, an operation, or an app and a group"},
	{"应用的全部或一组接口只按分钟或天", "minute or day, for all or several operations of an app"},
	{"本平台接口的路径", "the path of an operation of this platform"},
	{"已有的分组", "a group that exists"},
	{"不与系统分组同名的名称", "a name that no declared group has"},
	{"IANA 时区，如 Asia/Shanghai", "an IANA time zone such as Asia/Shanghai"},
	{"晚于开始时间且未到期", "later than its start and than now"},
	{"1–%d 个接口", "1 to %d operations"},
	{"如 2h、-30m、12d 的时长，总共不超过一百年", "a duration such as 2h, -30m or 12d, a hundred years at most in all"},
}

// phraseOf finds the row of a format by either of its sides.
var phraseOf = func() map[string]phrase {
	m := make(map[string]phrase, 2*len(phrases))
	for _, p := range phrases {
		m[p.ZH], m[p.EN] = p, p
	}
	return m
}()

// Words is an argument of a refusal that is itself words: a title, a list of
// what is granted. It is told in the language that the refusal is told in.
type Words struct{ ZH, EN string }

// In returns the words in lang ("zh" or "en").
func (w Words) In(lang string) string {
	if lang == "en" {
		return w.EN
	}
	return w.ZH
}

// String returns the Chinese words, which stand where no language was asked for.
func (w Words) String() string { return w.ZH }
