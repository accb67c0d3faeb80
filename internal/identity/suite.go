package identity

import (
	"context"

	"github.com/gatepost/gatepost/internal/apierror"
	"github.com/gatepost/gatepost/internal/app"
	"github.com/gatepost/gatepost/internal/id"
	"github.com/gatepost/gatepost/internal/op"
)

// Suites is what identity has to know of vendors' applications.
type Suites interface {
	// Ticket refuses a text that is no live ticket of the suite.
	Ticket(suite *app.App, text string) error
	// Opened returns what corp opened of a suite, or refuses where it may not be
	// used; a permanent code that is given has to be the right one.
	Opened(ctx context.Context, suite *app.App, corp id.Corp, permanent string) (*app.App, error)
}

// suiteParameter is where calls of vendors carry their token in the v1 dialect.
const suiteParameter = "suite_access_token"

// suiteCredential is the token of a call that vendors make.
func suiteCredential(o *op.Operation, r *op.Request) (string, error) {
	if o.Dialect != op.DialectV1 {
		return "", nil
	}
	query, form, _, err := r.Parts(o.MaxBody)
	if err != nil {
		return "", err
	}
	if t := value(query, suiteParameter); t != "" {
		return t, nil
	}
	return value(form, suiteParameter), nil
}

// vendor is the suite whose key, secret and ticket came.
func (i *Identity) vendor(ctx context.Context, who op.Caller, key id.App, secret, ticket string) (*app.App, error) {
	a, err := i.announced(ctx, who, key, apierror.SuiteSecretWrong)
	if err != nil {
		return nil, err
	}
	if !a.IsSuite() {
		return nil, apierror.SuiteSecretWrong.Want("a SuiteKey").Got("%s", key)
	}
	if !a.Accepts(secret, i.clk.At(a.Corp)) {
		return nil, apierror.SuiteSecretWrong.Got("suite_key 存在，suite_secret 不匹配（%d 个字符）", len(secret))
	}
	if err := i.Suites.Ticket(a, ticket); err != nil {
		return nil, err
	}
	return enabled(a)
}

// ofCorp issues a token of what corp opened of a suite. Each call returns a new one,
// and the ones before stay good until they end (auth.md §11).
func (i *Identity) ofCorp(ctx context.Context, suite *app.App, corp id.Corp, permanent string) (token, error) {
	a, err := i.Suites.Opened(ctx, suite, corp, permanent)
	if err != nil {
		return token{}, err
	}
	if _, err := enabled(a); err != nil {
		return token{}, err
	}
	now := i.clk.At(corp)
	return i.issue(ctx, token{corp: corp, kind: appToken, agent: a.Agent, app: a.Key, consent: allConsent, created: now, expires: now.Add(tokenLife)})
}

type suiteTokenRequest struct {
	Key    string `json:"suite_key"    required:"true" doc:"SuiteKey"`
	Secret string `json:"suite_secret" required:"true" doc:"SuiteSecret"`
	Ticket string `json:"suite_ticket" required:"true" doc:"最近的 suite_ticket"`
}

type suiteTokenResponse struct {
	Token     string `json:"suite_access_token" grade:"R2" mask:"hide"`
	ExpiresIn int64  `json:"expires_in"         grade:"R1"`
}

func (i *Identity) suiteToken(ctx context.Context, who op.Caller, q *suiteTokenRequest) (*suiteTokenResponse, error) {
	a, err := i.vendor(ctx, who, id.App(q.Key), q.Secret, q.Ticket)
	if err != nil {
		return nil, err
	}
	t, err := i.same(ctx, a, suiteToken, tokenLife, 0)
	if err != nil {
		return nil, err
	}
	return &suiteTokenResponse{i.text(t.kind, t.serial), i.left(t)}, nil
}

type suiteAccessTokenRequest struct {
	Key    string `json:"suiteKey"    required:"true" doc:"SuiteKey"`
	Secret string `json:"suiteSecret" required:"true" doc:"SuiteSecret"`
	Ticket string `json:"suiteTicket" required:"true" doc:"最近的 suite_ticket"`
}

func (i *Identity) suiteAccessToken(ctx context.Context, who op.Caller, q *suiteAccessTokenRequest) (*accessTokenResponse, error) {
	a, err := i.vendor(ctx, who, id.App(q.Key), q.Secret, q.Ticket)
	if err != nil {
		return nil, err
	}
	t, err := i.same(ctx, a, suiteToken, tokenLife, 0)
	if err != nil {
		return nil, err
	}
	return &accessTokenResponse{i.text(t.kind, t.serial), i.left(t)}, nil
}

type corpTokenRequest struct {
	Corp      id.Corp `json:"auth_corpid"    required:"true" doc:"开通的企业"`
	Permanent string  `json:"permanent_code" doc:"永久授权码；以 suite_access_token 调用时必填"`
}

// corpToken tells the two forms of the call apart: one that is signed proves the
// ticket, one with a token needs the permanent code.
func (i *Identity) corpToken(ctx context.Context, who op.Caller, q *corpTokenRequest) (*getTokenResponse, error) {
	suite, err := i.apps.ByKey(ctx, who.App)
	if err != nil {
		return nil, err
	}
	if q.Permanent == "" && who.Serial != "" {
		return nil, apierror.ParameterMissing.With("name", "permanent_code")
	}
	t, err := i.ofCorp(ctx, suite, q.Corp, q.Permanent)
	if err != nil {
		return nil, err
	}
	return &getTokenResponse{i.text(t.kind, t.serial), i.left(t)}, nil
}

type corpAccessTokenRequest struct {
	Key    string  `json:"suiteKey"    required:"true" doc:"SuiteKey"`
	Secret string  `json:"suiteSecret" required:"true" doc:"SuiteSecret"`
	Corp   id.Corp `json:"authCorpId"  required:"true" doc:"开通的企业"`
	Ticket string  `json:"suiteTicket" required:"true" doc:"最近的 suite_ticket"`
}

func (i *Identity) corpAccessToken(ctx context.Context, who op.Caller, q *corpAccessTokenRequest) (*accessTokenResponse, error) {
	suite, err := i.vendor(ctx, who, id.App(q.Key), q.Secret, q.Ticket)
	if err != nil {
		return nil, err
	}
	t, err := i.ofCorp(ctx, suite, q.Corp, "")
	if err != nil {
		return nil, err
	}
	return &accessTokenResponse{i.text(t.kind, t.serial), i.left(t)}, nil
}

// suiteClient answers client credentials that are a suite's: they need no ticket.
func (i *Identity) suiteClient(ctx context.Context, who op.Caller, suite *app.App, corp id.Corp, secret string) (*clientTokenResponse, error) {
	suite, err := i.announced(ctx, who, suite.Key, apierror.ClientInvalid)
	if err != nil {
		return nil, err
	}
	if !suite.Accepts(secret, i.clk.At(suite.Corp)) {
		return nil, apierror.ClientInvalid.Got("suite_key 存在，suite_secret 不匹配（%d 个字符）", len(secret))
	}
	if _, err := enabled(suite); err != nil {
		return nil, err
	}
	t, err := i.ofCorp(ctx, suite, corp, "")
	if err != nil {
		return nil, err
	}
	return &clientTokenResponse{i.text(t.kind, t.serial), i.left(t)}, nil
}
