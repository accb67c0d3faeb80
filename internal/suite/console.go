package suite

import (
	"context"
	"errors"

	"github.com/gatepost/gatepost/internal/apierror"
	"github.com/gatepost/gatepost/internal/app"
	"github.com/gatepost/gatepost/internal/id"
	"github.com/gatepost/gatepost/internal/op"
	"github.com/gatepost/gatepost/internal/scope"
)

type suiteCreateRequest struct {
	Name        string        `json:"name" required:"true" maxLen:"64" doc:"名称，企业内唯一"`
	Description string        `json:"description" maxLen:"500" doc:"说明"`
	Scopes      *[]scope.Name `json:"scopes" maxItems:"200" doc:"申请的权限点；不给时为常用权限点"`
	CallbackURL string        `json:"callbackUrl" maxLen:"2000" doc:"接收事件的地址；不给时以长连接推送"`
	Token       string        `json:"token" maxLen:"64" grade:"R2" doc:"回调的签名 token，3 到 64 个字母或数字"`
	AESKey      string        `json:"aesKey" maxLen:"43" grade:"R2" doc:"回调的加密密钥，43 个字母或数字"`
	Check       bool          `json:"check" default:"true" doc:"创建前先以 check_create_suite_url 验证接收方"`
}

type suiteCreateResponse struct {
	AgentID     id.Agent `json:"agentId"     grade:"R1"`
	SuiteKey    id.App   `json:"suiteKey"    grade:"R1"`
	SuiteSecret string   `json:"suiteSecret" grade:"R2" mask:"hide"`
	SuiteID     int64    `json:"suiteId"     grade:"R1"`
	AppID       int64    `json:"appId"       grade:"R1"`
}

func (s *Suites) create(ctx context.Context, who op.Caller, q *suiteCreateRequest) (*suiteCreateResponse, error) {
	n := NewSuite{Name: q.Name, Description: q.Description, By: string(who.User)}
	if q.Scopes != nil {
		n.Scopes = append([]scope.Name{}, *q.Scopes...)
	}
	if q.CallbackURL != "" || q.Token != "" || q.AESKey != "" {
		n.Callback = &Callback{q.CallbackURL, q.Token, q.AESKey}
	}
	if err := s.prove(ctx, who.Corp, "", n.Callback, q.Check); err != nil {
		return nil, err
	}
	suite, secret, err := s.Create(ctx, who.Corp, n)
	if err != nil {
		return nil, err
	}
	return &suiteCreateResponse{suite.Agent, suite.Key, secret, suite.Number, suite.App}, nil
}

// prove refuses a callback that cannot be, and one whose receiver does not answer
// when it is asked.
func (s *Suites) prove(ctx context.Context, vendor id.Corp, key id.App, c *Callback, ask bool) error {
	if err := c.check(); err != nil || c == nil || !ask {
		return err
	}
	return s.Prove(ctx, vendor, key, *c)
}

type suiteCallbackRequest struct {
	SuiteKey    id.App  `json:"suiteKey" required:"true" maxLen:"64" doc:"SuiteKey"`
	CallbackURL *string `json:"callbackUrl" maxLen:"2000" doc:"接收事件的地址；不给时不变"`
	Token       *string `json:"token" maxLen:"64" grade:"R2" doc:"回调的签名 token，3 到 64 个字母或数字；不给时不变"`
	AESKey      *string `json:"aesKey" maxLen:"43" grade:"R2" doc:"回调的加密密钥，43 个字母或数字；不给时不变"`
	Check       bool    `json:"check" default:"true" doc:"保存前先以 check_update_suite_url 验证接收方"`
}

func (s *Suites) callback(ctx context.Context, who op.Caller, q *suiteCallbackRequest) (*op.None, error) {
	c, err := s.Callback(ctx, who.Corp, q.SuiteKey)
	if err != nil {
		return nil, err
	}
	for _, change := range []struct{ from, to *string }{{q.CallbackURL, &c.URL}, {q.Token, &c.Token}, {q.AESKey, &c.AESKey}} {
		if change.from != nil {
			*change.to = *change.from
		}
	}
	if err := s.prove(ctx, who.Corp, q.SuiteKey, &c, q.Check); err != nil {
		return nil, err
	}
	return done(s.SetCallback(ctx, who.Corp, q.SuiteKey, c))
}

type suiteListResponse struct {
	Suites []ownSuite    `json:"suites"`
	Opened []openedSuite `json:"opened"`
}

type ownSuite struct {
	AgentID   id.Agent     `json:"agentId"   grade:"R1"`
	SuiteKey  id.App       `json:"suiteKey"  grade:"R1"`
	SuiteID   int64        `json:"suiteId"   grade:"R1"`
	AppID     int64        `json:"appId"     grade:"R1"`
	Name      string       `json:"name"      grade:"R1"`
	State     app.State    `json:"state"     grade:"R1"`
	Scopes    []scope.Name `json:"scopes"    grade:"R1"`
	Activates bool         `json:"activates" grade:"R1"`
	Companies int          `json:"companies" grade:"R1"`
	CreatedAt int64        `json:"createdAt" grade:"R1"`
}

type openedSuite struct {
	AgentID       id.Agent     `json:"agentId"       grade:"R1"`
	SuiteKey      id.App       `json:"suiteKey"      grade:"R1"`
	Name          string       `json:"name"          grade:"R1"`
	Authorization State        `json:"authorization" enum:"waiting,exchanged,active" grade:"R1"`
	State         app.State    `json:"state"         grade:"R1"`
	Scopes        []scope.Name `json:"scopes"        grade:"R1"`
	OpenedBy      id.User      `json:"openedBy"      grade:"R1"`
	OpenedAt      int64        `json:"openedAt"      grade:"R1"`
}

func (s *Suites) list(ctx context.Context, who op.Caller, _ *op.None) (*suiteListResponse, error) {
	own, err := s.OfCorp(ctx, who.Corp)
	if err != nil {
		return nil, err
	}
	answer := &suiteListResponse{}
	for _, suite := range own {
		all, err := s.Authorizations(ctx, suite.Key)
		if err != nil {
			return nil, err
		}
		item, err := s.ownSuite(ctx, suite, len(all))
		if err != nil {
			return nil, err
		}
		answer.Suites = append(answer.Suites, item)
	}
	opened, err := s.OpenedIn(ctx, who.Corp)
	if err != nil {
		return nil, err
	}
	for _, a := range opened {
		item, err := s.openedSuite(ctx, a)
		if err != nil {
			return nil, err
		}
		answer.Opened = append(answer.Opened, item)
	}
	return answer, nil
}

func (s *Suites) ownSuite(ctx context.Context, suite Suite, companies int) (ownSuite, error) {
	a, err := s.apps.ByAgent(ctx, suite.Corp, suite.Agent)
	if err != nil {
		return ownSuite{}, err
	}
	return ownSuite{suite.Agent, suite.Key, suite.Number, suite.App, a.Name, a.State, suite.Scopes, suite.Activates, companies, suite.Created.UnixMilli()}, nil
}

func (s *Suites) openedSuite(ctx context.Context, a Authorization) (openedSuite, error) {
	opened, err := s.apps.ByAgent(ctx, a.Corp, a.Agent)
	if err != nil {
		return openedSuite{}, err
	}
	return openedSuite{a.Agent, a.Suite, opened.Name, a.State, opened.State, opened.ScopeNames(), a.Admin, a.Created.UnixMilli()}, nil
}

type suiteKeyRequest struct {
	SuiteKey id.App `json:"suiteKey" required:"true" maxLen:"64" doc:"SuiteKey"`
}

type suiteResponse struct {
	Suite     ownSuite   `json:"suite"`
	Companies []openedBy `json:"companies"`
}

type openedBy struct {
	CorpID        id.Corp  `json:"corpId"        grade:"R1"`
	CorpName      string   `json:"corpName"      grade:"R1"`
	AgentID       id.Agent `json:"agentId"       grade:"R1"`
	Authorization State    `json:"authorization" enum:"waiting,exchanged,active" grade:"R1"`
	OpenedAt      int64    `json:"openedAt"      grade:"R1"`
}

func (s *Suites) get(ctx context.Context, who op.Caller, q *suiteKeyRequest) (*suiteResponse, error) {
	suite, err := s.Own(ctx, who.Corp, q.SuiteKey)
	if err != nil {
		return nil, err
	}
	all, err := s.Authorizations(ctx, suite.Key)
	if err != nil {
		return nil, err
	}
	answer := &suiteResponse{}
	if answer.Suite, err = s.ownSuite(ctx, suite, len(all)); err != nil {
		return nil, err
	}
	for _, a := range all {
		corp, err := s.dir.Corp(ctx, a.Corp)
		if err != nil && !errors.Is(err, apierror.CorpUnknown) {
			return nil, err
		}
		answer.Companies = append(answer.Companies, openedBy{a.Corp, corp.Name, a.Agent, a.State, a.Created.UnixMilli()})
	}
	return answer, nil
}

type suiteTicketResponse struct {
	SuiteTicket string `json:"suiteTicket" grade:"R2" mask:"hide"`
	ExpiresAt   int64  `json:"expiresAt"   grade:"R1"`
}

func (s *Suites) present(ctx context.Context, who op.Caller, q *suiteKeyRequest) (*suiteTicketResponse, error) {
	suite, err := s.Own(ctx, who.Corp, q.SuiteKey)
	if err != nil {
		return nil, err
	}
	text, ends := s.Present(suite)
	return &suiteTicketResponse{text, ends.UnixMilli()}, nil
}

type suiteRange struct {
	All         bool      `json:"all" doc:"看到全部"`
	Departments []id.Dept `json:"departments" maxItems:"1000" doc:"部门，含下级"`
	Users       []id.User `json:"users" maxItems:"1000" doc:"人员"`
}

func (r *suiteRange) sees() *op.Range {
	if r == nil {
		return nil
	}
	if r.All {
		return &op.Range{All: true}
	}
	return &op.Range{Departments: r.Departments, Users: r.Users}
}

type suiteAuthorizeRequest struct {
	SuiteKey id.App        `json:"suiteKey" required:"true" maxLen:"64" doc:"SuiteKey"`
	Name     string        `json:"name" maxLen:"64" doc:"应用在本企业的名称；不给时与套件同名"`
	Scopes   *[]scope.Name `json:"scopes" maxItems:"200" doc:"授予的权限点；不给时为套件申请的全部"`
	Range    *suiteRange   `json:"range" doc:"可见范围；不给时看到全部"`
}

type suiteAuthorizeResponse struct {
	AgentID       id.Agent `json:"agentId"       grade:"R1"`
	Authorization State    `json:"authorization" enum:"waiting,exchanged,active" grade:"R1"`
}

func (s *Suites) authorize(ctx context.Context, who op.Caller, q *suiteAuthorizeRequest) (*suiteAuthorizeResponse, error) {
	o := Opening{Name: q.Name, Scopes: q.Scopes, Range: op.Everything, Reason: reason(who), By: who.User}
	if r := q.Range.sees(); r != nil {
		o.Range = *r
	}
	a, err := s.Authorize(ctx, who.Corp, q.SuiteKey, o)
	if err != nil {
		return nil, err
	}
	return &suiteAuthorizeResponse{a.Agent, a.State}, nil
}

// reason is the reason of what is granted with an authorization.
func reason(who op.Caller) string {
	if who.Lang == "en" {
		return "granted when the suite was opened"
	}
	return "开通套件时授予"
}

type suiteChangeRequest struct {
	SuiteKey id.App        `json:"suiteKey" required:"true" maxLen:"64" doc:"SuiteKey"`
	Scopes   *[]scope.Name `json:"scopes" maxItems:"200" doc:"权限点；替换全部"`
	Range    *suiteRange   `json:"range" doc:"可见范围；替换全部"`
}

func (s *Suites) change(ctx context.Context, who op.Caller, q *suiteChangeRequest) (*op.None, error) {
	a, err := s.Of(ctx, who.Corp, q.SuiteKey)
	if err != nil {
		return nil, err
	}
	sees := q.Range.sees()
	if sees != nil {
		if err := s.apps.InCorp(ctx, a.Corp, sees); err != nil {
			return nil, err
		}
	}
	return done(s.apps.Reopen(ctx, a.Corp, a.Agent, sees, q.Scopes, reason(who), string(who.User)))
}

type suiteRelieveRequest struct {
	SuiteKey id.App `json:"suiteKey" required:"true" maxLen:"64" doc:"SuiteKey"`
	Confirm  string `json:"confirm" required:"true" doc:"应用在本企业的名称，以示确认"`
}

func (s *Suites) end(ctx context.Context, who op.Caller, q *suiteRelieveRequest) (*op.None, error) {
	a, err := s.Of(ctx, who.Corp, q.SuiteKey)
	if err != nil {
		return nil, err
	}
	opened, err := s.apps.ByAgent(ctx, a.Corp, a.Agent)
	if err != nil {
		return nil, err
	}
	if q.Confirm != opened.Name {
		return nil, apierror.ConfirmMismatch.With("name", opened.Name).Want("%s", opened.Name).Got("%s", q.Confirm)
	}
	return done(s.apps.Delete(ctx, a.Corp, a.Agent))
}

func (s *Suites) stop(ctx context.Context, who op.Caller, q *suiteKeyRequest) (*op.None, error) {
	return s.switched(ctx, who, q.SuiteKey, app.Disabled)
}

func (s *Suites) restore(ctx context.Context, who op.Caller, q *suiteKeyRequest) (*op.None, error) {
	return s.switched(ctx, who, q.SuiteKey, app.Enabled)
}

func (s *Suites) switched(ctx context.Context, who op.Caller, key id.App, to app.State) (*op.None, error) {
	a, err := s.Of(ctx, who.Corp, key)
	if err != nil {
		return nil, err
	}
	return done(s.apps.Update(ctx, a.Corp, a.Agent, app.Change{State: &to}))
}
