package identity

import (
	"context"

	"github.com/gatepost/gatepost/internal/apierror"
	"github.com/gatepost/gatepost/internal/app"
	"github.com/gatepost/gatepost/internal/id"
	"github.com/gatepost/gatepost/internal/op"
	"github.com/gatepost/gatepost/internal/scope"
)

type accessTokenRequest struct {
	AppKey    string `json:"appKey"    required:"true" doc:"应用的 AppKey"`
	AppSecret string `json:"appSecret" required:"true" doc:"应用的 AppSecret"`
}

type accessTokenResponse struct {
	AccessToken string `json:"accessToken" grade:"R2" mask:"hide"`
	ExpireIn    int64  `json:"expireIn"    grade:"R1"`
}

func (i *Identity) accessToken(ctx context.Context, who op.Caller, q *accessTokenRequest) (*accessTokenResponse, error) {
	a, err := i.tokenCredentials(ctx, who, id.App(q.AppKey), q.AppSecret, apierror.AppSecretWrong)
	if err != nil {
		return nil, err
	}
	t, err := i.same(ctx, a, appToken, tokenLife, 0)
	if err != nil {
		return nil, err
	}
	return &accessTokenResponse{i.text(t.kind, t.serial), i.left(t)}, nil
}

type clientTokenRequest struct {
	CorpID    string `path:"corpId"        doc:"企业 corpId"`
	ClientID  string `json:"client_id"     required:"true" doc:"应用的 AppKey"`
	Secret    string `json:"client_secret" required:"true" doc:"应用的 AppSecret"`
	GrantType string `json:"grant_type"    required:"true" enum:"client_credentials" rule:"credentials.grant_type" doc:"固定为 client_credentials"`
}

type clientTokenResponse struct {
	AccessToken string `json:"access_token" grade:"R2" mask:"hide"`
	ExpiresIn   int64  `json:"expires_in"   grade:"R1"`
}

func (i *Identity) clientToken(ctx context.Context, who op.Caller, q *clientTokenRequest) (*clientTokenResponse, error) {
	if _, err := i.dir.Corp(ctx, id.Corp(q.CorpID)); err != nil {
		return nil, err
	}
	if held, err := i.apps.ByKey(ctx, id.App(q.ClientID)); err == nil && held.IsSuite() {
		return i.suiteClient(ctx, who, held, id.Corp(q.CorpID), q.Secret)
	}
	a, err := i.credentials(ctx, who, id.App(q.ClientID), q.Secret, apierror.ClientInvalid)
	if err != nil {
		return nil, err
	}
	if a.Corp != id.Corp(q.CorpID) {
		return nil, apierror.ClientUnauthorized.Want("企业 %s 的应用", q.CorpID).Got("另一企业的应用")
	}
	t, err := i.same(ctx, a, appToken, tokenLife, 0)
	if err != nil {
		return nil, err
	}
	return &clientTokenResponse{i.text(t.kind, t.serial), i.left(t)}, nil
}

type ticketsResponse struct {
	JSAPITicket string `json:"jsapiTicket" grade:"R1"`
	ExpireIn    int64  `json:"expireIn"    grade:"R1"`
}

func (i *Identity) jsapiTickets(ctx context.Context, who op.Caller, _ *op.None) (*ticketsResponse, error) {
	t, err := i.ticket(ctx, who)
	if err != nil {
		return nil, err
	}
	return &ticketsResponse{i.text(t.kind, t.serial), i.left(t)}, nil
}

type ssoAccessTokenRequest struct {
	CorpID    string `json:"corpid"    required:"true" doc:"企业 corpId"`
	SSOSecret string `json:"ssoSecret" required:"true" doc:"企业的 SSOSecret"`
}

func (i *Identity) ssoAccessToken(ctx context.Context, who op.Caller, q *ssoAccessTokenRequest) (*accessTokenResponse, error) {
	t, err := i.sso(ctx, who, id.Corp(q.CorpID), q.SSOSecret)
	if err != nil {
		return nil, err
	}
	return &accessTokenResponse{i.text(t.kind, t.serial), i.left(t)}, nil
}

type ssoUserRequest struct {
	Code string `query:"code" required:"true" doc:"管理后台免登码"`
}

type ssoUserResponse struct {
	CorpID   id.Corp `json:"corpId"   grade:"R1" person:"keep"`
	CorpName string  `json:"corpName" grade:"R1" person:"keep"`
	UserID   id.User `json:"userId"   grade:"R1" person:"userid"`
	Email    string  `json:"email"    grade:"R2" mask:"email"`
	UserName string  `json:"userName" grade:"R1"`
	Avatar   string  `json:"avatar"   grade:"R1"`
	IsAdmin  bool    `json:"isAdmin"  grade:"R1"`
}

func (i *Identity) ssoUser(ctx context.Context, who op.Caller, q *ssoUserRequest) (*ssoUserResponse, error) {
	p, corp, err := i.administrator(ctx, who, q.Code)
	if err != nil {
		return nil, err
	}
	return &ssoUserResponse{corp.ID, corp.Name, p.ID, p.Email, p.Name, p.Avatar, true}, nil
}

// ssoApp is the application that stands for a corp in admin-console calls: the
// first that is enabled and has the permission point, else the first enabled.
func ssoApp(apps []*app.App) (*app.App, error) {
	var first *app.App
	for _, a := range apps {
		if a.State != app.Enabled {
			continue
		}
		if a.ScopeNames().Has(scope.SSOUserInfo) {
			return a, nil
		}
		if first == nil {
			first = a
		}
	}
	if first == nil {
		return nil, apierror.CorpUnknown.Want("企业至少有一个启用的应用").Because(errNoApp)
	}
	return first, nil
}
