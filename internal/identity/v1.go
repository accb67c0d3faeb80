package identity

import (
	"context"
	"errors"
	"strconv"
	"time"

	"github.com/gatepost/gatepost/internal/apierror"
	"github.com/gatepost/gatepost/internal/app"
	"github.com/gatepost/gatepost/internal/directory"
	"github.com/gatepost/gatepost/internal/id"
	"github.com/gatepost/gatepost/internal/op"
	"github.com/gatepost/gatepost/internal/signature"
)

type getTokenRequest struct {
	AppKey     string `json:"appkey"     doc:"应用的 AppKey"`
	AppSecret  string `json:"appsecret"  doc:"应用的 AppSecret"`
	CorpID     string `json:"corpid"     doc:"企业 corpId（旧式）"`
	CorpSecret string `json:"corpsecret" doc:"企业某个应用的密钥（旧式）"`
}

type getTokenResponse struct {
	AccessToken string `json:"access_token" grade:"R2" mask:"hide"`
	ExpiresIn   int64  `json:"expires_in"   grade:"R1"`
}

func (i *Identity) getToken(ctx context.Context, who op.Caller, q *getTokenRequest) (*getTokenResponse, error) {
	var a *app.App
	var err error
	switch {
	case q.AppKey != "":
		a, err = i.tokenCredentials(ctx, who, id.App(q.AppKey), q.AppSecret, apierror.AppSecretWrong)
	case q.CorpID != "":
		a, err = i.corpCredentials(ctx, who, id.Corp(q.CorpID), q.CorpSecret)
	default:
		return nil, apierror.ParameterMissing.With("name", "corpid or appkey")
	}
	if err != nil {
		return nil, err
	}
	t, err := i.same(ctx, a, appToken, tokenLife, 0)
	if err != nil {
		return nil, err
	}
	return &getTokenResponse{i.text(t.kind, t.serial), i.left(t)}, nil
}

// left is a token's remaining life in seconds.
func (i *Identity) left(t token) int64 {
	return int64(t.expires.Sub(i.now(t)).Round(time.Second).Seconds())
}

// credentials returns the application whose key and secret came.
func (i *Identity) credentials(ctx context.Context, who op.Caller, key id.App, secret string, wrong *apierror.Error) (*app.App, error) {
	a, err := i.announced(ctx, who, key, wrong)
	if err != nil {
		return nil, err
	}
	if !a.Accepts(secret, i.clk.At(a.Corp)) {
		return nil, wrong.Got("appKey 存在，appSecret 不匹配（%d 个字符）", len(secret))
	}
	return enabled(a)
}

// Credentials returns the enabled application whose secret came, or refuses as the
// operation does that gives tokens.
func (i *Identity) Credentials(ctx context.Context, who op.Caller, key id.App, secret string) (*app.App, error) {
	return i.credentials(ctx, who, key, secret, apierror.AppSecretWrong)
}

// tokenCredentials is credentials for who asks for a token with a secret alone: a
// suite gets one with its ticket, and what was opened of it through the suite.
func (i *Identity) tokenCredentials(ctx context.Context, who op.Caller, key id.App, secret string, wrong *apierror.Error) (*app.App, error) {
	a, err := i.credentials(ctx, who, key, secret, wrong)
	if err == nil && a.Suite != "" {
		return nil, wrong.Want("an app's key and secret").Got("those of the suite %s", a.Suite)
	}
	return a, err
}

// named is the enabled application with this key, whoever says so.
func (i *Identity) named(ctx context.Context, who op.Caller, key id.App, wrong *apierror.Error) (*app.App, error) {
	a, err := i.announced(ctx, who, key, wrong)
	if err != nil {
		return nil, err
	}
	return enabled(a)
}

// announced is the application with this key, of which the request log is told.
func (i *Identity) announced(ctx context.Context, who op.Caller, key id.App, wrong *apierror.Error) (*app.App, error) {
	a, err := i.apps.ByKey(ctx, key)
	if err != nil {
		if errors.Is(err, apierror.AgentUnknown) {
			return nil, wrong.Got("没有 appKey 为 %s 的应用", key)
		}
		return nil, err
	}
	if who.Trace != nil {
		who.Trace.Corp, who.Trace.App, who.Trace.Agent = a.Corp, a.Key, a.Agent
	}
	return a, i.apps.PermitTransport(ctx, &who, a.Corp)
}

func enabled(a *app.App) (*app.App, error) {
	if a.State != app.Enabled {
		return nil, apierror.AppDisabled.Got("%s", a.Name)
	}
	return a, nil
}

// corpCredentials returns the corp's application whose secret came.
func (i *Identity) corpCredentials(ctx context.Context, who op.Caller, corp id.Corp, secret string) (*app.App, error) {
	apps, err := i.apps.OfCorp(ctx, corp)
	if err != nil {
		return nil, err
	}
	for _, a := range apps {
		if a.Accepts(secret, i.clk.At(corp)) {
			return i.tokenCredentials(ctx, who, a.Key, secret, apierror.CorpSecretWrong)
		}
	}
	who.Trace.Corp = corp
	return nil, apierror.CorpSecretWrong.Got("企业 %s 没有应用使用该密钥", corp)
}

type getTicketRequest struct {
	Type string `json:"type" enum:"jsapi" doc:"票据类型，固定为 jsapi"`
}

type getTicketResponse struct {
	Ticket    string `json:"ticket"     grade:"R1"`
	ExpiresIn int64  `json:"expires_in" grade:"R1"`
}

func (i *Identity) getTicket(ctx context.Context, who op.Caller, _ *getTicketRequest) (*getTicketResponse, error) {
	t, err := i.ticket(ctx, who)
	if err != nil {
		return nil, err
	}
	return &getTicketResponse{i.text(t.kind, t.serial), i.left(t)}, nil
}

func (i *Identity) ticket(ctx context.Context, who op.Caller) (token, error) {
	a, err := i.apps.ByAgent(ctx, who.Corp, who.Agent)
	if err != nil {
		return token{}, err
	}
	return i.same(ctx, a, ticket, tokenLife, ticketCap)
}

type codeRequest struct {
	Code string `json:"code" required:"true" doc:"免登授权码"`
}

type userInfoResponse struct {
	UserID            id.User  `json:"userid"             grade:"R1" person:"userid"`
	DeviceID          string   `json:"device_id"          grade:"R1"`
	Sys               bool     `json:"sys"                grade:"R1"`
	SysLevel          int      `json:"sys_level"          grade:"R1"`
	AssociatedUnionID id.Union `json:"associated_unionid" grade:"R1" person:"keep"`
	UnionID           id.Union `json:"unionid"            grade:"R1" person:"unionid"`
	Name              string   `json:"name"               grade:"R1"`
}

func (i *Identity) userInfo(ctx context.Context, who op.Caller, q *codeRequest) (*userInfoResponse, error) {
	p, level, err := i.signedIn(ctx, who, q.Code)
	if err != nil {
		return nil, err
	}
	return &userInfoResponse{UserID: p.ID, DeviceID: i.device(who, p), Sys: level > 0, SysLevel: level,
		AssociatedUnionID: p.Union, UnionID: p.Union, Name: p.Name}, nil
}

// signedIn redeems an in-app code and returns the person and the administrator's
// level: 1 main, 2 sub, 100 boss, 0 none.
func (i *Identity) signedIn(ctx context.Context, who op.Caller, text string) (directory.Person, int, error) {
	c, err := i.redeem(ctx, who.Corp, who.Agent, loginCode, text)
	if err != nil {
		return directory.Person{}, 0, err
	}
	p, err := i.came(ctx, c.corp, c.user)
	if err != nil {
		return directory.Person{}, 0, err
	}
	level, err := i.dir.AdminLevel(ctx, c.corp, c.user)
	return p, level, err
}

// device is the id of the device that signed in. There is none until the client
// bridge asks; what stands for it is steady per app and person, and tells no
// other app who it is.
func (i *Identity) device(who op.Caller, p directory.Person) string {
	return "gatepost-" + string(i.OpenID(who.App, p.Union))
}

type userInfoOldResponse struct {
	UserID   id.User `json:"userid"    grade:"R1" person:"userid"`
	Name     string  `json:"name"      grade:"R1"`
	DeviceID string  `json:"deviceId"  grade:"R1"`
	IsSys    bool    `json:"is_sys"    grade:"R1"`
	SysLevel int     `json:"sys_level" grade:"R1"`
}

func (i *Identity) userInfoOld(ctx context.Context, who op.Caller, q *codeRequest) (*userInfoOldResponse, error) {
	p, level, err := i.signedIn(ctx, who, q.Code)
	if err != nil {
		return nil, err
	}
	return &userInfoOldResponse{p.ID, p.Name, i.device(who, p), level > 0, level}, nil
}

type snsRequest struct {
	AccessKey string `query:"accessKey" required:"true" doc:"应用的 appId（AppKey）"`
	Timestamp string `query:"timestamp" required:"true" doc:"当前时间，毫秒"`
	Signature string `query:"signature" required:"true" doc:"base64(HMAC-SHA256(appSecret, timestamp))，经 urlEncode"`
	Code      string `json:"tmp_auth_code" required:"true" doc:"临时授权码"`
}

type snsResponse struct {
	UserInfo snsUser `json:"user_info"`
}

type snsUser struct {
	Nick    string   `json:"nick"                    grade:"R1"`
	UnionID id.Union `json:"unionid"                 grade:"R1" person:"unionid"`
	OpenID  id.Open  `json:"openid"                  grade:"R1" person:"keep"`
	High    bool     `json:"main_org_auth_high_level" grade:"R1"`
}

func (i *Identity) snsUserInfo(ctx context.Context, who op.Caller, q *snsRequest) (*snsResponse, error) {
	a, err := i.signed(ctx, who, q)
	if err != nil {
		return nil, err
	}
	if err := a.PermitDialect(&who, op.DialectV1); err != nil {
		return nil, err
	}
	c, err := i.redeem(ctx, a.Corp, a.Agent, loginCode, q.Code)
	if err != nil {
		return nil, err
	}
	p, err := i.came(ctx, c.corp, c.user)
	if err != nil {
		return nil, err
	}
	return &snsResponse{snsUser{Nick: p.Name, UnionID: p.Union, OpenID: i.OpenID(a.Key, p.Union)}}, nil
}

// signed returns the application that signed q.
func (i *Identity) signed(ctx context.Context, who op.Caller, q *snsRequest) (*app.App, error) {
	a, err := i.apps.ByKey(ctx, id.App(q.AccessKey))
	if err != nil {
		if errors.Is(err, apierror.AgentUnknown) {
			return nil, apierror.AccessKeyUnknown.Got("%s", q.AccessKey)
		}
		return nil, err
	}
	who.Trace.Corp, who.Trace.App, who.Trace.Agent = a.Corp, a.Key, a.Agent
	if err := i.apps.PermitTransport(ctx, &who, a.Corp); err != nil {
		return nil, err
	}
	ms, err := strconv.ParseInt(q.Timestamp, 10, 64)
	if err != nil || len(q.Timestamp) != 13 {
		return nil, apierror.TimestampFormat.Want("13 位毫秒数").Got("%q", q.Timestamp)
	}
	now := i.clk.At(a.Corp)
	if off := now.Sub(time.UnixMilli(ms)); off.Abs() > time.Minute {
		return nil, apierror.TimestampSkew.Want("%d 前后 60000", now.UnixMilli()).Got("%d", ms)
	}
	for _, s := range a.Secrets {
		if s.Live(now) && signature.Equal(q.Signature, signature.SNS(s.Plain, q.Timestamp)) {
			return a, nil
		}
	}
	return nil, apierror.SignatureWrong.Want("base64(HMAC-SHA256(appSecret, %q))", q.Timestamp).Got("%d 个字符", len(q.Signature))
}

type ssoTokenRequest struct {
	CorpID     string `json:"corpid"     required:"true" doc:"企业 corpId"`
	CorpSecret string `json:"corpsecret" required:"true" doc:"企业的 SSOSecret"`
}

type ssoTokenResponse struct {
	AccessToken string `json:"access_token" grade:"R2" mask:"hide"`
}

func (i *Identity) ssoToken(ctx context.Context, who op.Caller, q *ssoTokenRequest) (*ssoTokenResponse, error) {
	t, err := i.sso(ctx, who, id.Corp(q.CorpID), q.CorpSecret)
	if err != nil {
		return nil, err
	}
	return &ssoTokenResponse{i.text(t.kind, t.serial)}, nil
}

// sso issues an admin-console token. Its application is any of the corp's that
// may use admin-console sign-in: the token belongs to the corp, and rights and
// request log need an application to stand for it.
func (i *Identity) sso(ctx context.Context, who op.Caller, corp id.Corp, secret string) (token, error) {
	who.Trace.Corp = corp
	if err := i.apps.PermitTransport(ctx, &who, corp); err != nil {
		return token{}, err
	}
	want, err := i.SSOSecret(ctx, corp)
	if err != nil {
		return token{}, err
	}
	if !signature.Equal(secret, want) {
		return token{}, apierror.CorpSecretWrong.Want("企业的 SSOSecret").Got("不匹配的密钥（%d 个字符）", len(secret))
	}
	apps, err := i.apps.OfCorp(ctx, corp)
	if err != nil {
		return token{}, err
	}
	a, err := ssoApp(apps)
	if err != nil {
		return token{}, err
	}
	now := i.clk.At(corp)
	return i.issue(ctx, token{corp: corp, kind: ssoToken, agent: a.Agent, app: a.Key, consent: allConsent, created: now, expires: now.Add(ssoLife)})
}

var errNoApp = errors.New("the corp has no application")

type ssoInfoResponse struct {
	IsSys    bool    `json:"is_sys" grade:"R1"`
	UserInfo ssoUser `json:"user_info"`
	CorpInfo ssoCorp `json:"corp_info"`
}

type ssoUser struct {
	Name   string  `json:"name"   grade:"R1"`
	Avatar string  `json:"avatar" grade:"R1"`
	UserID id.User `json:"userid" grade:"R1" person:"userid"`
	Email  string  `json:"email"  grade:"R2" mask:"email"`
}

type ssoCorp struct {
	CorpID   id.Corp `json:"corpid"    grade:"R1"`
	CorpName string  `json:"corp_name" grade:"R1"`
}

func (i *Identity) ssoUserInfo(ctx context.Context, who op.Caller, q *codeRequest) (*ssoInfoResponse, error) {
	p, corp, err := i.administrator(ctx, who, q.Code)
	if err != nil {
		return nil, err
	}
	return &ssoInfoResponse{true, ssoUser{p.Name, p.Avatar, p.ID, p.Email}, ssoCorp{corp.ID, corp.Name}}, nil
}

// administrator redeems an admin-console code.
func (i *Identity) administrator(ctx context.Context, who op.Caller, text string) (p directory.Person, corp directory.Corp, err error) {
	c, err := i.redeem(ctx, who.Corp, 0, adminCode, text)
	if err != nil {
		return p, corp, err
	}
	if p, err = i.came(ctx, c.corp, c.user); err != nil {
		return p, corp, err
	}
	corp, err = i.dir.Corp(ctx, c.corp)
	return p, corp, err
}
