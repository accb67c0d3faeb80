package event

import (
	"github.com/gatepost/gatepost/internal/id"
	"github.com/gatepost/gatepost/internal/scope"
)

// The events that a vendor is told of its suite. They happen in the vendor's corp,
// whichever corp opened the suite: that one stands in the payload.
const (
	SuiteTicket      Name = "suite_ticket"
	SuiteCode        Name = "tmp_auth_code"
	SuiteChanged     Name = "change_auth"
	SuiteRelieved    Name = "suite_relieve"
	MicroAppStopped  Name = "org_micro_app_stop"
	MicroAppRestored Name = "org_micro_app_restore"
	OrgSuiteAuth     Name = "org_suite_auth"
	OrgSuiteChanged  Name = "org_suite_change"
	OrgSuiteRelieved Name = "org_suite_relieve"
)

// VendorNames are the events that a vendor takes of its suite. Those of HTTP
// callbacks tell a temporary code, which is exchanged; those of the other ways tell
// the authorization itself (auth.md §9).
func VendorNames(w Way) []Name {
	if w == Callback {
		return []Name{SuiteTicket, SuiteCode, SuiteChanged, SuiteRelieved, MicroAppStopped, MicroAppRestored}
	}
	return []Name{SuiteTicket, OrgSuiteAuth, OrgSuiteChanged, OrgSuiteRelieved, MicroAppStopped, MicroAppRestored}
}

// Ticket is the payload of a new ticket.
type Ticket struct {
	Suite  id.App `json:"suiteKey" grade:"R1" doc:"套件的 SuiteKey"`
	At     int64  `json:"timeStamp" grade:"R1" doc:"发生时刻，毫秒"`
	Ticket string `json:"suiteTicket" grade:"R2" mask:"hide" doc:"票据"`
}

// TemporaryCode is the payload by which a vendor learns that a corp opened its
// suite.
type TemporaryCode struct {
	At    int64   `json:"timeStamp" grade:"R1" doc:"发生时刻，毫秒"`
	Code  string  `json:"authCode" grade:"R2" mask:"hide" doc:"临时授权码"`
	Corp  id.Corp `json:"authCorpId" grade:"R1" doc:"开通的企业"`
	Suite id.App  `json:"suiteKey" grade:"R1" doc:"套件的 SuiteKey"`
}

// AuthorizationChange names a corp whose authorization changed.
type AuthorizationChange struct {
	Suite id.App  `json:"suiteKey" grade:"R1" doc:"套件的 SuiteKey"`
	At    int64   `json:"timeStamp" grade:"R1" doc:"发生时刻，毫秒"`
	Corp  id.Corp `json:"authCorpId" grade:"R1" doc:"开通的企业"`
}

// AuthorizationEnd names a corp that ended its authorization. The time is text.
type AuthorizationEnd struct {
	Suite id.App  `json:"suiteKey" grade:"R1" doc:"套件的 SuiteKey"`
	At    string  `json:"timeStamp" grade:"R1" doc:"发生时刻，毫秒，文本"`
	Corp  id.Corp `json:"authCorpId" grade:"R1" doc:"解除授权的企业"`
}

// MicroApp names what a corp opened and switched off or on.
type MicroApp struct {
	Agent id.Agent `json:"agentId" grade:"R1" doc:"应用在开通企业里的 AgentId"`
	App   int64    `json:"appId" grade:"R1" doc:"应用的 appId"`
	Corp  id.Corp  `json:"authCorpId" grade:"R1" doc:"开通的企业"`
	Suite id.App   `json:"suiteKey" grade:"R1" doc:"套件的 SuiteKey"`
	At    int64    `json:"timeStamp" grade:"R1" doc:"发生时刻，毫秒"`
}

// Authorization is what a corp let a suite do.
type Authorization struct {
	CorpInfo  AuthCorp   `json:"authCorpInfo" doc:"开通的企业"`
	Permanent string     `json:"permanentCode" grade:"R2" mask:"hide" doc:"永久授权码"`
	UserInfo  AuthUser   `json:"authUserInfo" doc:"开通的管理员"`
	Scope     AuthScope  `json:"authScope" doc:"可见范围"`
	Info      AuthAgents `json:"authInfo" doc:"开通的应用"`
	Corp      id.Corp    `json:"authCorpId" grade:"R1" doc:"开通的企业"`
	Suite     id.App     `json:"suiteKey" grade:"R1" doc:"套件的 SuiteKey"`
}

// AuthCorp describes a corp to the vendor of a suite.
type AuthCorp struct {
	Corp          id.Corp `json:"corpid" grade:"R1" doc:"企业 corpId"`
	Name          string  `json:"corpName" grade:"R1" doc:"企业名称"`
	FullName      string  `json:"fullCorpName" grade:"R1" doc:"企业全称"`
	Industry      string  `json:"industry" grade:"R1" doc:"行业"`
	AuthLevel     int64   `json:"authLevel" grade:"R1" doc:"认证等级"`
	Authenticated bool    `json:"isAuthenticated" grade:"R1" doc:"是否认证"`
	LogoURL       string  `json:"corpLogoUrl" grade:"R1" doc:"企业 logo"`
	InviteURL     string  `json:"inviteUrl" grade:"R1" doc:"邀请链接"`
	InviteCode    string  `json:"inviteCode" grade:"R1" doc:"邀请码"`
	LicenseCode   string  `json:"licenseCode" grade:"R1" doc:"序列号"`
	Channel       string  `json:"authChannel" grade:"R1" doc:"渠道码"`
	ChannelType   string  `json:"authChannelType" grade:"R1" doc:"渠道类型"`
	Type          int64   `json:"corpType" grade:"R1" doc:"企业类型"`
	TypeV2        int64   `json:"corpTypeV2" grade:"R1" doc:"企业类型，新"`
	Ecological    bool    `json:"isEcologicalCorp" grade:"R1" doc:"是否生态企业"`
}

// AuthUser is the administrator who opened a suite.
type AuthUser struct {
	User id.User `json:"userId" person:"userid" grade:"R1" doc:"管理员的 userid"`
}

// AuthScope is what an opened suite sees.
type AuthScope struct {
	Errcode int64        `json:"errcode" grade:"R1" doc:"0"`
	Errmsg  string       `json:"errmsg" grade:"R1" doc:"ok"`
	Fields  []string     `json:"authUserField" grade:"R1" doc:"可见的人员字段"`
	Scopes  AuthOrgScope `json:"authOrgScopes" doc:"可见的部门与人员"`
}

// AuthOrgScope is the range of an opened suite.
type AuthOrgScope struct {
	Depts []id.Dept `json:"authedDept" grade:"R1" doc:"部门"`
	Users []id.User `json:"authedUser" grade:"R1" doc:"人员"`
}

// AuthAgents lists what was opened of a suite.
type AuthAgents struct {
	Agents []AuthAgent `json:"agent" doc:"应用"`
}

// AuthAgent is one opened app.
type AuthAgent struct {
	Agent   id.Agent  `json:"agentid" grade:"R1" doc:"AgentId"`
	App     int64     `json:"appid" grade:"R1" doc:"appId"`
	Name    string    `json:"agentName" grade:"R1" doc:"名称"`
	LogoURL string    `json:"logoUrl" grade:"R1" doc:"图标"`
	Admins  []id.User `json:"adminList" grade:"R1" doc:"可管理它的人"`
}

// Owned is a payload that concerns one suite alone. Whoever is told of it has to be
// that suite, however the event came to be sent to him.
type Owned interface{ Owner() id.App }

// Owner implements Owned.
func (p *Ticket) Owner() id.App { return p.Suite }

// Owner implements Owned.
func (p *TemporaryCode) Owner() id.App { return p.Suite }

// Owner implements Owned.
func (p *AuthorizationChange) Owner() id.App { return p.Suite }

// Owner implements Owned.
func (p *AuthorizationEnd) Owner() id.App { return p.Suite }

// Owner implements Owned.
func (p *MicroApp) Owner() id.App { return p.Suite }

// Owner implements Owned.
func (p *Authorization) Owner() id.App { return p.Suite }

// suiteEvents are the events of suites.
func suiteEvents() []Event {
	return []Event{
		Declare[Ticket](SuiteTicket, Spec{Title: "套件票据", TitleEN: "A suite's ticket",
			Doc:   "套件创建时发出，之后服务商企业的时钟每走过 20 分钟发出一次。投递到确认为止；每个票据自产生起 5 小时内有效，所以新的票据不会立即使旧的失效。",
			Scope: scope.Base, Grade: scope.R2}),
		Declare[TemporaryCode](SuiteCode, Spec{Title: "临时授权码", TitleEN: "A company opened the suite",
			Doc:   "企业开通以 HTTP 回调接收事件的套件后发出，重新授权时再次发出。授权码 5 分钟内有效，只能用一次。",
			Scope: scope.Base, Grade: scope.R2}),
		Declare[AuthorizationChange](SuiteChanged, Spec{Title: "企业变更授权", TitleEN: "A company changed what the suite may",
			Doc:   "企业改变应用的可见范围或权限点后发出；内容以 get_auth_info 为准。",
			Scope: scope.Base, Grade: scope.R1}),
		Declare[AuthorizationEnd](SuiteRelieved, Spec{Title: "企业解除授权", TitleEN: "A company ended its authorization",
			Doc:   "企业解除授权后发出；企业里的应用与它的 token 已不存在。",
			Scope: scope.Base, Grade: scope.R1}),
		Declare[MicroApp](MicroAppStopped, Spec{Title: "企业停用应用", TitleEN: "A company switched the opened app off",
			Doc:   "企业停用开通的应用后发出；停用期间 token 取不到，也不能用。",
			Scope: scope.Base, Grade: scope.R1}),
		Declare[MicroApp](MicroAppRestored, Spec{Title: "企业启用应用", TitleEN: "A company switched the opened app on again",
			Doc:   "企业重新启用开通的应用后发出。",
			Scope: scope.Base, Grade: scope.R1}),
		Declare[Authorization](OrgSuiteAuth, Spec{Title: "套件授权", TitleEN: "A company opened the suite, with all that it let it do",
			Doc:   "企业开通套件后发出；不以 HTTP 回调接收事件的服务商订阅它，无需换取授权码与激活。authCorpId 与 suiteKey 是本平台附加的字段。",
			Scope: scope.Base, Grade: scope.R2}),
		Declare[Authorization](OrgSuiteChanged, Spec{Title: "企业授权变更", TitleEN: "A company changed its authorization, with all that it is now",
			Doc:   "与 change_auth 同时发出，内容是变更后的授权。",
			Scope: scope.Base, Grade: scope.R2}),
		Declare[AuthorizationEnd](OrgSuiteRelieved, Spec{Title: "企业解除套件授权", TitleEN: "A company ended its authorization of the suite",
			Doc:   "与 suite_relieve 同时发出。来源的内容为空；企业因此由 authCorpId 说明。",
			Scope: scope.Base, Grade: scope.R1}),
	}
}
