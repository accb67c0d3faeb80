package identity

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/gatepost/gatepost/internal/apierror"
	"github.com/gatepost/gatepost/internal/app"
	"github.com/gatepost/gatepost/internal/id"
	"github.com/gatepost/gatepost/internal/op"
	"github.com/gatepost/gatepost/internal/scope"
	"github.com/gatepost/gatepost/internal/store"
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
	a, err := i.credentials(ctx, who, id.App(q.AppKey), q.AppSecret, apierror.AppSecretWrong)
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

type userTokenRequest struct {
	ClientID     string `json:"clientId"     required:"true" doc:"应用的 AppKey"`
	ClientSecret string `json:"clientSecret" required:"true" doc:"应用的 AppSecret"`
	GrantType    string `json:"grantType"    required:"true" enum:"authorization_code,refresh_token" rule:"credentials.grant_type" doc:"authorization_code 或 refresh_token"`
	Code         string `json:"code"         doc:"授权码，grantType 为 authorization_code 时必填"`
	RefreshToken string `json:"refreshToken" doc:"grantType 为 refresh_token 时必填"`
}

type userTokenResponse struct {
	AccessToken  string  `json:"accessToken"  grade:"R2" mask:"hide"`
	RefreshToken string  `json:"refreshToken" grade:"R2" mask:"hide"`
	ExpireIn     int64   `json:"expireIn"     grade:"R1"`
	CorpID       id.Corp `json:"corpId"       grade:"R1"`
}

func (i *Identity) userAccessToken(ctx context.Context, who op.Caller, q *userTokenRequest) (*userTokenResponse, error) {
	a, err := i.credentials(ctx, who, id.App(q.ClientID), q.ClientSecret, apierror.AppSecretWrong)
	if err != nil {
		return nil, err
	}
	var user id.User
	var consent string
	if q.GrantType == "refresh_token" {
		user, consent, err = i.refresh(ctx, a, q.RefreshToken)
	} else {
		user, consent, err = i.exchange(ctx, a, q.Code)
	}
	if err != nil {
		return nil, err
	}
	who.Trace.User = user
	if _, err = i.dir.Person(ctx, a.Corp, user); err != nil {
		return nil, err
	}
	return i.userTokens(ctx, a, user, consent)
}

func (i *Identity) exchange(ctx context.Context, a *app.App, text string) (id.User, string, error) {
	if text == "" {
		return "", "", apierror.ParameterMissing.With("name", "code")
	}
	c, err := i.redeem(ctx, a.Corp, a.Agent, loginCode, text)
	return c.user, c.consent, err
}

// refreshGrace is how long a refresh token that was used stays good.
const refreshGrace = 60 * time.Second

// refresh returns whom a refresh token stands for, and lets it end soon.
func (i *Identity) refresh(ctx context.Context, a *app.App, text string) (id.User, string, error) {
	if text == "" {
		return "", "", apierror.ParameterMissing.With("name", "refreshToken")
	}
	k, s, ok := i.parse(text)
	if !ok || k != refreshToken {
		return "", "", apierror.RefreshUnknown.Want("本平台签发的 refreshToken").Got("%s", describe(text))
	}
	now := i.clk.At(a.Corp)
	row, err := store.Update(ctx, i.db, func(tx *store.Tx) (token, error) {
		row, err := store.One(tx, selectToken, scanToken, int64(s))
		if err != nil {
			return row, err
		}
		if soon := now.Add(refreshGrace); row.corp == a.Corp && row.agent == a.Agent && soon.Before(row.expires) {
			_, err = tx.Exec(prolongToken, row.corp, int64(s), soon.UnixMilli())
		}
		return row, err
	})
	switch {
	case errors.Is(err, store.ErrNone):
		return "", "", apierror.RefreshExpired.With()
	case err != nil:
		return "", "", fmt.Errorf("use a refresh token: %w", err)
	case row.corp != a.Corp || row.agent != a.Agent:
		return "", "", apierror.RefreshUnknown.Want("签发给应用 %s 的 refreshToken", a.Key).Got("签发给 %s", row.app)
	case !row.ended.IsZero():
		return "", "", apierror.RefreshUnknown.Got("吊销于 %s", stamp(row.ended))
	case !now.Before(row.expires):
		return "", "", apierror.RefreshExpired.Got("过期于 %s，现在是 %s", stamp(row.expires), stamp(now))
	}
	return row.user, row.consent, nil
}

func (i *Identity) userTokens(ctx context.Context, a *app.App, user id.User, consent string) (*userTokenResponse, error) {
	now := i.clk.At(a.Corp)
	row := token{corp: a.Corp, kind: userToken, agent: a.Agent, app: a.Key, user: user, consent: consent, created: now, expires: now.Add(tokenLife)}
	access, err := i.issue(ctx, row)
	if err != nil {
		return nil, err
	}
	row.kind, row.expires = refreshToken, now.Add(refreshLife)
	refresh, err := i.issue(ctx, row)
	if err != nil {
		return nil, err
	}
	return &userTokenResponse{i.text(access.kind, access.serial), i.text(refresh.kind, refresh.serial), i.left(access), a.Corp}, nil
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
