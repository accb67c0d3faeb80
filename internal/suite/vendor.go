package suite

import (
	"context"

	"github.com/gatepost/gatepost/internal/apierror"
	"github.com/gatepost/gatepost/internal/app"
	"github.com/gatepost/gatepost/internal/directory"
	"github.com/gatepost/gatepost/internal/id"
	"github.com/gatepost/gatepost/internal/op"
	"github.com/gatepost/gatepost/internal/store"
)

type permanentCodeRequest struct {
	Code string `json:"tmp_auth_code" required:"true" doc:"临时授权码"`
}

type permanentCodeResponse struct {
	Permanent string       `json:"permanent_code"    grade:"R2" mask:"hide"`
	Channel   string       `json:"ch_permanent_code" grade:"R1"`
	Corp      permanentFor `json:"auth_corp_info"`
}

type permanentFor struct {
	CorpID   id.Corp `json:"corpid"    grade:"R1"`
	CorpName string  `json:"corp_name" grade:"R1"`
}

func (s *Suites) permanentCode(ctx context.Context, who op.Caller, q *permanentCodeRequest) (*permanentCodeResponse, error) {
	a, permanent, err := s.Exchange(ctx, who.App, q.Code)
	if err != nil {
		return nil, err
	}
	corp, err := s.dir.Corp(ctx, a.Corp)
	return &permanentCodeResponse{Permanent: permanent, Corp: permanentFor{corp.ID, corp.Name}}, err
}

type activateRequest struct {
	Suite     id.App  `json:"suite_key"      required:"true" doc:"SuiteKey"`
	Corp      id.Corp `json:"auth_corpid"    required:"true" doc:"开通的企业"`
	Permanent string  `json:"permanent_code" required:"true" doc:"永久授权码"`
}

func (s *Suites) activate(ctx context.Context, who op.Caller, q *activateRequest) (*op.None, error) {
	if err := itself(who, q.Suite); err != nil {
		return nil, err
	}
	return done(s.Activate(ctx, who.App, q.Corp, q.Permanent))
}

// itself refuses the key of another suite than the caller; without a key it is the
// caller that is meant.
func itself(who op.Caller, key id.App) error {
	if key != "" && key != who.App {
		return apierror.SuiteOther.Want("%s", who.App).Got("%s", key)
	}
	return nil
}

func done(err error) (*op.None, error) {
	if err != nil {
		return nil, err
	}
	return &op.None{}, nil
}

// authorization is what a vendor may know of one authorization of its suite.
type authorization struct {
	Authorization
	suite  Suite
	opened *app.App
	about  directory.About
}

// authorization reads corp's authorization of the calling suite.
func (s *Suites) authorization(ctx context.Context, who op.Caller, corp id.Corp, key id.App) (v authorization, err error) {
	if err := itself(who, key); err != nil {
		return v, err
	}
	v, err = store.View(ctx, s.db, func(tx *store.Tx) (v authorization, err error) {
		if v.suite, err = byKey(tx, who.App); err != nil {
			return v, err
		}
		if v.Authorization, err = authorized(tx, corp, who.App); err != nil {
			return v, err
		}
		v.about, err = s.dir.About(tx, corp)
		return v, err
	})
	if err != nil {
		return v, err
	}
	v.opened, err = s.apps.ByAgent(ctx, corp, v.Agent)
	return v, err
}

type authInfoRequest struct {
	Corp  id.Corp `json:"auth_corpid" required:"true" doc:"开通的企业"`
	Suite id.App  `json:"suite_key" doc:"SuiteKey"`
}

type authInfoResponse struct {
	Corp    authInfoCorp    `json:"auth_corp_info"`
	User    authInfoUser    `json:"auth_user_info"`
	Info    authInfoAgents  `json:"auth_info"`
	Channel authInfoChannel `json:"channel_auth_info"`
}

type authInfoCorp struct {
	CorpID        id.Corp `json:"corpid"              grade:"R1"`
	CorpName      string  `json:"corp_name"           grade:"R1"`
	FullName      string  `json:"full_corp_name"      grade:"R1"`
	Type          int64   `json:"corp_type"           grade:"R1"`
	Industry      string  `json:"industry"            grade:"R1"`
	InviteCode    string  `json:"invite_code"         grade:"R1"`
	InviteURL     string  `json:"invite_url"          grade:"R1"`
	LicenseCode   string  `json:"license_code"        grade:"R1"`
	Channel       string  `json:"auth_channel"        grade:"R1"`
	ChannelType   string  `json:"auth_channel_type"   grade:"R1"`
	AuthLevel     int64   `json:"auth_level"          grade:"R1"`
	Authenticated bool    `json:"is_authenticated"    grade:"R1"`
	LogoURL       string  `json:"corp_logo_url"       grade:"R1"`
	BelongsTo     id.Corp `json:"belong_corp_id"      grade:"R1"`
	SocialCredit  string  `json:"unifiedSocialCredit" grade:"R1"`
}

type authInfoUser struct {
	UserID id.User `json:"userId" person:"userid" grade:"R1"`
}

type authInfoAgents struct {
	Agents []authInfoAgent `json:"agent"`
}

type authInfoAgent struct {
	Agent   id.Agent  `json:"agentid"    grade:"R1"`
	Name    string    `json:"agent_name" grade:"R1"`
	LogoURL string    `json:"logo_url"   grade:"R1"`
	App     int64     `json:"appid"      grade:"R1"`
	Admins  []id.User `json:"admin_list" grade:"R1"`
}

type authInfoChannel struct {
	Agents []channelAgent `json:"channelAgent"`
}

type channelAgent struct {
	Name    string   `json:"agent_name" grade:"R1"`
	Agent   id.Agent `json:"agentid"    grade:"R1"`
	LogoURL string   `json:"logo_url"   grade:"R1"`
	App     int64    `json:"appid"      grade:"R1"`
}

func (s *Suites) authInfo(ctx context.Context, who op.Caller, q *authInfoRequest) (*authInfoResponse, error) {
	v, err := s.authorization(ctx, who, q.Corp, q.Suite)
	if err != nil {
		return nil, err
	}
	c := v.about.Corp
	return &authInfoResponse{
		Corp: authInfoCorp{CorpID: c.ID, CorpName: c.Name, FullName: c.Name, Industry: c.Industry, AuthLevel: c.AuthLevel, Authenticated: c.AuthLevel > 0},
		User: authInfoUser{v.Admin},
		Info: authInfoAgents{[]authInfoAgent{{Agent: v.Agent, Name: v.opened.Name, App: v.suite.App, Admins: v.about.Admins}}},
	}, nil
}

type authInfoV2Request struct {
	Corp id.Corp `query:"authCorpId" required:"true" doc:"开通的企业"`
}

type authInfoV2Response struct {
	App  authAppInfoV2  `json:"authAppInfo"`
	Corp authCorpInfoV2 `json:"authCorpInfo"`
	User authInfoUser   `json:"authUserInfo"`
}

type authAppInfoV2 struct {
	Agents []authAgentV2 `json:"agentList"`
}

type authAgentV2 struct {
	Admins []id.User `json:"adminList" grade:"R1"`
	Agent  id.Agent  `json:"agentId"   grade:"R1"`
	Name   string    `json:"agentName" grade:"R1"`
	App    int64     `json:"appId"     grade:"R1"`
}

type authCorpInfoV2 struct {
	Channel     string `json:"authChannel"     grade:"R1"`
	ChannelType string `json:"authChannelType" grade:"R1"`
	AuthLevel   int64  `json:"authLevel"       grade:"R1"`
	LogoURL     string `json:"corpLogoUrl"     grade:"R1"`
	CorpName    string `json:"corpName"        grade:"R1"`
	Industry    string `json:"industry"        grade:"R1"`
	InviteCode  string `json:"inviteCode"      grade:"R1"`
	InviteURL   string `json:"inviteUrl"       grade:"R1"`
	LicenseCode string `json:"licenseCode"     grade:"R1"`
}

func (s *Suites) authInfoV2(ctx context.Context, who op.Caller, q *authInfoV2Request) (*authInfoV2Response, error) {
	v, err := s.authorization(ctx, who, q.Corp, who.App)
	if err != nil {
		return nil, err
	}
	c := v.about.Corp
	return &authInfoV2Response{
		App:  authAppInfoV2{[]authAgentV2{{v.about.Admins, v.Agent, v.opened.Name, v.suite.App}}},
		Corp: authCorpInfoV2{AuthLevel: c.AuthLevel, CorpName: c.Name, Industry: c.Industry},
		User: authInfoUser{v.Admin},
	}, nil
}

type agentRequest struct {
	Suite     id.App   `json:"suite_key"      required:"true" doc:"SuiteKey"`
	Corp      id.Corp  `json:"auth_corpid"    required:"true" doc:"开通的企业"`
	Agent     id.Agent `json:"agentid"        required:"true" doc:"应用在企业里的 AgentId"`
	Permanent string   `json:"permanent_code" doc:"永久授权码；旧式调用附带"`
}

type agentResponse struct {
	Agent       id.Agent `json:"agentid"     grade:"R1"`
	Name        string   `json:"name"        grade:"R1"`
	LogoURL     string   `json:"logo_url"    grade:"R1"`
	Description string   `json:"description" grade:"R1"`
	Close       int64    `json:"close"       grade:"R1"`
}

// The states of an opened app as /service/get_agent tells them.
const (
	closeOff     = 0
	closeNormal  = 1
	closeWaiting = 2
)

func (s *Suites) agent(ctx context.Context, who op.Caller, q *agentRequest) (*agentResponse, error) {
	v, err := s.authorization(ctx, who, q.Corp, q.Suite)
	if err != nil {
		return nil, err
	}
	if q.Permanent != "" {
		if err := s.proves(v.Authorization, q.Permanent); err != nil {
			return nil, err
		}
	}
	if q.Agent != v.Agent {
		return nil, apierror.AgentUnknown.Want("%d", v.Agent).Got("%d", q.Agent)
	}
	answer := &agentResponse{Agent: v.Agent, Name: v.opened.Name, Description: v.opened.Description, Close: closeNormal}
	switch {
	case v.State != Active:
		answer.Close = closeWaiting
	case v.opened.State != app.Enabled:
		answer.Close = closeOff
	}
	return answer, nil
}

type waitingRequest struct {
	App int64 `json:"app_id" required:"true" doc:"套件的 appId"`
}

type waitingResponse struct {
	App     int64     `json:"app_id"    grade:"R1"`
	Corps   []id.Corp `json:"corp_list" grade:"R1"`
	HasMore bool      `json:"has_more"  grade:"R1"`
}

func (s *Suites) waiting(ctx context.Context, who op.Caller, q *waitingRequest) (*waitingResponse, error) {
	if err := s.ownApp(ctx, who, q.App); err != nil {
		return nil, err
	}
	all, err := s.Authorizations(ctx, who.App)
	answer := &waitingResponse{App: q.App}
	for _, a := range all {
		if a.State != Active {
			answer.Corps = append(answer.Corps, a.Corp)
		}
	}
	return answer, err
}

// ownApp refuses the appId of another suite than the caller.
func (s *Suites) ownApp(ctx context.Context, who op.Caller, number int64) error {
	suite, err := s.Own(ctx, who.Corp, who.App)
	if err != nil {
		return err
	}
	if suite.App != number {
		return apierror.SuiteAppWrong.With("suite", suite.Key).Want("%d", suite.App).Got("%d", number)
	}
	return nil
}

type reauthorizeRequest struct {
	App   int64     `json:"app_id"      required:"true" doc:"套件的 appId"`
	Corps []id.Corp `json:"corpid_list" required:"true" maxItems:"100" doc:"未激活的企业"`
}

func (s *Suites) reauthorize(ctx context.Context, who op.Caller, q *reauthorizeRequest) (*op.None, error) {
	if err := s.ownApp(ctx, who, q.App); err != nil {
		return nil, err
	}
	return done(s.Reauthorize(ctx, who.App, q.Corps))
}

type allowAddressesRequest struct {
	Corp      id.Corp  `json:"auth_corpid"  required:"true" doc:"开通的企业"`
	Addresses []string `json:"ip_whitelist" required:"true" maxItems:"200" doc:"IP、CIDR，或带一个 * 的 IPv4；替换全部"`
}

func (s *Suites) allowAddresses(ctx context.Context, who op.Caller, q *allowAddressesRequest) (*op.None, error) {
	a, err := s.Of(ctx, q.Corp, who.App)
	if err != nil {
		return nil, err
	}
	return done(s.apps.Update(ctx, a.Corp, a.Agent, app.Change{IPs: &q.Addresses}))
}
