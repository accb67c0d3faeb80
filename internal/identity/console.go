package identity

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/gatepost/gatepost/internal/apierror"
	"github.com/gatepost/gatepost/internal/clock"
	"github.com/gatepost/gatepost/internal/id"
	"github.com/gatepost/gatepost/internal/op"
	"github.com/gatepost/gatepost/internal/scope"
	"github.com/gatepost/gatepost/internal/signature"
	"github.com/gatepost/gatepost/internal/store"
)

type sessionOpenRequest struct {
	User     string `json:"user"     required:"true" maxLen:"64"  doc:"userid"`
	Password string `json:"password" required:"true" maxLen:"200" grade:"R2" doc:"密码"`
	CorpID   string `json:"corpId"   doc:"企业；同名账号在多个企业时指明"`
}

// sessionView is a session as its holder sees it.
type sessionView struct {
	UserID    id.User `json:"userId"    grade:"R1"`
	Name      string  `json:"name"      grade:"R1"`
	CorpID    id.Corp `json:"corpId"    grade:"R1"`
	CorpName  string  `json:"corpName"  grade:"R1"`
	Operator  bool    `json:"operator"  grade:"R1"`
	Sandbox   bool    `json:"sandbox"   grade:"R1"`
	ExpiresAt int64   `json:"expiresAt" grade:"R1"`
}

type sessionOpenResponse struct {
	Token     string  `json:"token"     grade:"R2" mask:"hide"`
	UserID    id.User `json:"userId"    grade:"R1"`
	Name      string  `json:"name"      grade:"R1"`
	CorpID    id.Corp `json:"corpId"    grade:"R1"`
	CorpName  string  `json:"corpName"  grade:"R1"`
	Operator  bool    `json:"operator"  grade:"R1"`
	Sandbox   bool    `json:"sandbox"   grade:"R1"`
	ExpiresAt int64   `json:"expiresAt" grade:"R1"`

	secure bool
}

// Header implements op.Headed: browsers keep the session in a cookie that
// scripts cannot read and other sites cannot cause to be sent.
func (s *sessionOpenResponse) Header() [][2]string {
	cookie := fmt.Sprintf("%s=%s; Path=/; Max-Age=%d; HttpOnly; SameSite=Strict", op.SessionCookie, s.Token, int(sessionLife.Seconds()))
	if s.secure {
		cookie += "; Secure"
	}
	return [][2]string{{"Set-Cookie", cookie}}
}

func (i *Identity) sessionOpen(ctx context.Context, who op.Caller, q *sessionOpenRequest) (*sessionOpenResponse, error) {
	a, err := i.signIn(ctx, who, id.Corp(q.CorpID), id.User(q.User), q.Password)
	if err != nil {
		return nil, err
	}
	who.Trace.Corp, who.Trace.User = a.corp, a.user
	if !a.operator { // who may have to end what shut the others out
		if err := i.apps.PermitTransport(ctx, &who, a.corp); err != nil {
			return nil, err
		}
	}
	return i.sessionIn(ctx, who, a.corp, a.user, a.operator)
}

// sessionIn opens a session of a person in corp.
func (i *Identity) sessionIn(ctx context.Context, who op.Caller, corp id.Corp, user id.User, operator bool) (*sessionOpenResponse, error) {
	t, err := i.openSession(ctx, corp, user, operator)
	if err != nil {
		return nil, err
	}
	// The operator acts in corps in which he is no employee.
	if _, err := i.came(ctx, corp, user); err != nil && !errors.Is(err, apierror.UserInvalid) && !errors.Is(err, apierror.UserKind) {
		return nil, err
	}
	v, err := i.view(ctx, t)
	if err != nil {
		return nil, err
	}
	return &sessionOpenResponse{Token: i.text(t.kind, t.serial), UserID: v.UserID, Name: v.Name, CorpID: v.CorpID, CorpName: v.CorpName,
		Operator: v.Operator, Sandbox: v.Sandbox, ExpiresAt: v.ExpiresAt, secure: strings.HasPrefix(who.Base, "https:")}, nil
}

func (i *Identity) view(ctx context.Context, t token) (*sessionView, error) {
	corp, err := i.dir.Corp(ctx, t.corp)
	if err != nil {
		return nil, err
	}
	v := &sessionView{UserID: t.user, Name: string(t.user), CorpID: corp.ID, CorpName: corp.Name,
		Operator: t.consent == operatorMark, Sandbox: corp.Sandbox || corp.Demo, ExpiresAt: t.expires.UnixMilli()}
	// The operator acts in corps in which he is no employee.
	if p, err := i.dir.Person(ctx, t.corp, t.user); err == nil {
		v.Name = p.Name
	}
	return v, nil
}

func (i *Identity) present(ctx context.Context, who op.Caller) (token, error) {
	s, err := parseSerial(who.Serial)
	if err != nil {
		return token{}, err
	}
	return i.read(ctx, s)
}

func (i *Identity) sessionGet(ctx context.Context, who op.Caller, _ *op.None) (*sessionView, error) {
	t, err := i.present(ctx, who)
	if err != nil {
		return nil, err
	}
	return i.view(ctx, t)
}

type sessionCloseResponse struct{}

// Header implements op.Headed: the browser forgets its cookie.
func (*sessionCloseResponse) Header() [][2]string {
	return [][2]string{{"Set-Cookie", op.SessionCookie + "=; Path=/; Max-Age=0; HttpOnly; SameSite=Strict"}}
}

func (i *Identity) sessionClose(ctx context.Context, who op.Caller, _ *op.None) (*sessionCloseResponse, error) {
	return &sessionCloseResponse{}, i.end(ctx, who)
}

// end ends the caller's own session.
func (i *Identity) end(ctx context.Context, who op.Caller) error {
	s, err := parseSerial(who.Serial)
	if err != nil {
		return err
	}
	_, err = store.Update(ctx, i.db, func(tx *store.Tx) (int64, error) {
		tx.Touch(clock.Topic(who.Corp))
		return tx.Exec(endToken, who.Corp, int64(s), i.clk.Real().UnixMilli())
	})
	return err
}

type corpSwitchRequest struct {
	CorpID string `json:"corpId" required:"true" doc:"要进入的企业"`
}

func (i *Identity) corpSwitch(ctx context.Context, who op.Caller, q *corpSwitchRequest) (*sessionOpenResponse, error) {
	if _, err := i.dir.Corp(ctx, id.Corp(q.CorpID)); err != nil {
		return nil, err
	}
	resp, err := i.sessionIn(ctx, who, id.Corp(q.CorpID), who.User, true)
	if err != nil {
		return nil, err
	}
	return resp, i.end(ctx, who)
}

type appCodeRequest struct {
	AgentID id.Agent `json:"agentId" required:"true" doc:"应用的 AgentId"`
	UserID  id.User  `json:"userId"  required:"true" doc:"登录的员工"`
	Purpose string   `json:"purpose" enum:"login,admin" default:"login" doc:"login：应用内免登；admin：管理后台免登"`
	Consent []string `json:"consent" doc:"员工同意的权限点；不填为应用拥有的全部"`
}

type appCodeResponse struct {
	Code      string `json:"code"      grade:"R2" mask:"hide"`
	ExpiresAt int64  `json:"expiresAt" grade:"R1"`
}

func (i *Identity) appCode(ctx context.Context, who op.Caller, q *appCodeRequest) (*appCodeResponse, error) {
	a, err := i.apps.ByAgent(ctx, who.Corp, q.AgentID)
	if err != nil {
		return nil, err
	}
	var c Code
	if q.Purpose == string(adminCode) {
		c, err = i.AdminCode(ctx, a, q.UserID)
	} else {
		c, err = i.LoginCode(ctx, a, q.UserID, names(q.Consent))
	}
	if err != nil {
		return nil, err
	}
	return &appCodeResponse{c.Text, c.Expires.UnixMilli()}, nil
}

func names(given []string) []scope.Name {
	if given == nil {
		return nil
	}
	ns := make([]scope.Name, len(given))
	for i, s := range given {
		ns[i] = scope.Name(s)
	}
	return ns
}

type agentRequest struct {
	AgentID id.Agent `json:"agentId" required:"true" doc:"应用的 AgentId"`
}

type tokenRevokeResponse struct {
	Revoked int64 `json:"revoked" grade:"R1"`
}

func (i *Identity) tokenRevoke(ctx context.Context, who op.Caller, q *agentRequest) (*tokenRevokeResponse, error) {
	if _, err := i.apps.ByAgent(ctx, who.Corp, q.AgentID); err != nil {
		return nil, err
	}
	n, err := i.RevokeApp(ctx, who.Corp, q.AgentID)
	return &tokenRevokeResponse{n}, err
}

type ssoSecretResponse struct {
	SSOSecret string `json:"ssoSecret" grade:"R2" mask:"hide"`
}

func (i *Identity) ssoSecret(ctx context.Context, who op.Caller, _ *op.None) (*ssoSecretResponse, error) {
	s, err := i.SSOSecret(ctx, who.Corp)
	return &ssoSecretResponse{s}, err
}

// SSOSecret returns corp's secret for admin-console sign-in, made on first use.
func (i *Identity) SSOSecret(ctx context.Context, corp id.Corp) (string, error) {
	if _, err := i.dir.Corp(ctx, corp); err != nil {
		return "", err
	}
	secret, err := store.Update(ctx, i.db, func(tx *store.Tx) (string, error) {
		s, err := store.One(tx, selectSecret, scanSealed, corp)
		if err == nil {
			return i.openSecret(tx, corp, s)
		}
		if !errors.Is(err, store.ErrNone) {
			return "", err
		}
		plain := id.NewSecret()
		return plain, i.sealSecret(tx, insertSecret, corp, plain)
	})
	if err != nil {
		return "", fmt.Errorf("the SSO secret of %s: %w", corp, err)
	}
	return secret, nil
}

type jsapiVerifyRequest struct {
	AgentID   id.Agent `json:"agentId"   required:"true" doc:"应用的 AgentId"`
	URL       string   `json:"url"       required:"true" maxLen:"4096" doc:"页面地址"`
	NonceStr  string   `json:"nonceStr"  required:"true" doc:"随机字符串"`
	TimeStamp string   `json:"timeStamp" required:"true" doc:"时间戳"`
	Signature string   `json:"signature" required:"true" doc:"待验证的签名，SHA-1 或 SHA-256"`
}

type jsapiVerifyResponse struct {
	Valid bool     `json:"valid" grade:"R1"`
	Texts []string `json:"texts" grade:"R2" mask:"hide"`
}

func (i *Identity) jsapiVerify(ctx context.Context, who op.Caller, q *jsapiVerifyRequest) (*jsapiVerifyResponse, error) {
	a, err := i.apps.ByAgent(ctx, who.Corp, q.AgentID)
	if err != nil {
		return nil, err
	}
	// An app without a ticket gets one, so that the answer can say what has to be signed.
	t, err := i.same(ctx, a, ticket, tokenLife, ticketCap)
	if err != nil {
		return nil, err
	}
	j := signature.JSAPI{Ticket: i.text(t.kind, t.serial), Nonce: q.NonceStr, Timestamp: q.TimeStamp, URL: q.URL}
	return &jsapiVerifyResponse{j.Verify(q.Signature), j.Texts()}, nil
}
