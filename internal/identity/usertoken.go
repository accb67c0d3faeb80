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
	"github.com/gatepost/gatepost/internal/store"
)

type userTokenRequest struct {
	ClientID     string `json:"clientId"     required:"true" doc:"应用的 AppKey"`
	ClientSecret string `json:"clientSecret" doc:"应用的 AppSecret；公开应用不填"`
	GrantType    string `json:"grantType"    required:"true" enum:"authorization_code,refresh_token" rule:"credentials.grant_type" doc:"authorization_code 或 refresh_token"`
	Code         string `json:"code"         doc:"授权码，grantType 为 authorization_code 时必填"`
	CodeVerifier string `json:"codeVerifier" maxLen:"128" doc:"PKCE：请求授权时给出 code_challenge 的，必填"`
	RefreshToken string `json:"refreshToken" doc:"grantType 为 refresh_token 时必填"`
}

type userTokenResponse struct {
	AccessToken  string  `json:"accessToken"  grade:"R2" mask:"hide"`
	RefreshToken string  `json:"refreshToken" grade:"R2" mask:"hide"`
	ExpireIn     int64   `json:"expireIn"     grade:"R1"`
	CorpID       id.Corp `json:"corpId"       grade:"R1"`
}

// signed is who signed in to an application, and what the person agreed to.
type signed struct {
	user    id.User
	consent string
}

func (i *Identity) userAccessToken(ctx context.Context, who op.Caller, q *userTokenRequest) (*userTokenResponse, error) {
	a, err := i.client(ctx, who, q)
	if err != nil {
		return nil, err
	}
	find := func(tx *store.Tx) (signed, error) { return i.exchange(tx, a, q) }
	if q.GrantType == "refresh_token" {
		find = func(tx *store.Tx) (signed, error) { return i.refresh(tx, a, q.RefreshToken) }
	}
	access, refresh, err := i.userTokens(ctx, a, find)
	if err != nil {
		return nil, err
	}
	who.Trace.User = access.user
	// Of somebody who left, the tokens that nobody was told are worth nothing.
	if _, err = i.came(ctx, a.Corp, access.user); err != nil {
		return nil, err
	}
	return &userTokenResponse{i.text(access.kind, access.serial), i.text(refresh.kind, refresh.serial), i.left(access), a.Corp}, nil
}

// client is the application that asks for a person's token: by its secret, or
// without one where it is public.
func (i *Identity) client(ctx context.Context, who op.Caller, q *userTokenRequest) (*app.App, error) {
	if q.ClientSecret != "" {
		return i.credentials(ctx, who, id.App(q.ClientID), q.ClientSecret, apierror.AppSecretWrong)
	}
	a, err := i.named(ctx, who, id.App(q.ClientID), apierror.AppSecretWrong)
	if err != nil {
		return nil, err
	}
	if !a.Public {
		return nil, apierror.ParameterMissing.With("name", "clientSecret")
	}
	return a, nil
}

// exchange uses a code up. A public application has to prove that it asked for it.
func (i *Identity) exchange(tx *store.Tx, a *app.App, q *userTokenRequest) (signed, error) {
	switch {
	case q.Code == "":
		return signed{}, apierror.ParameterMissing.With("name", "code")
	case q.ClientSecret == "" && q.CodeVerifier == "":
		return signed{}, apierror.ParameterMissing.With("name", "codeVerifier").Want("公开应用须用 PKCE")
	}
	c, err := i.use(tx, a.Corp, a.Agent, loginCode, q.Code, q.CodeVerifier)
	return signed{c.user, c.consent}, err
}

// refreshGrace is how long a refresh token that was used stays good.
const refreshGrace = 60 * time.Second

// refresh returns whom a refresh token stands for, and lets it end soon.
func (i *Identity) refresh(tx *store.Tx, a *app.App, text string) (signed, error) {
	if text == "" {
		return signed{}, apierror.ParameterMissing.With("name", "refreshToken")
	}
	k, s, ok := i.parse(text)
	if !ok || k != refreshToken {
		return signed{}, apierror.RefreshUnknown.Want("本平台签发的 refreshToken").Got("%s", describe(text))
	}
	now := i.clk.At(a.Corp)
	row, err := store.One(tx, selectToken, scanToken, int64(s))
	switch {
	case errors.Is(err, store.ErrNone):
		return signed{}, apierror.RefreshExpired.With()
	case err != nil:
		return signed{}, fmt.Errorf("use a refresh token: %w", err)
	case row.corp != a.Corp || row.agent != a.Agent:
		return signed{}, apierror.RefreshUnknown.Want("签发给应用 %s 的 refreshToken", a.Key).Got("签发给 %s", row.app)
	case !row.ended.IsZero():
		return signed{}, apierror.RefreshUnknown.Got("吊销于 %s", stamp(row.ended))
	case !now.Before(row.expires):
		return signed{}, apierror.RefreshExpired.Got("过期于 %s，现在是 %s", stamp(row.expires), stamp(now))
	}
	if soon := now.Add(refreshGrace); soon.Before(row.expires) {
		_, err = tx.Exec(prolongToken, row.corp, int64(s), soon.UnixMilli())
	}
	return signed{row.user, row.consent}, err
}

// userTokens makes the two tokens of whom find finds. What they were got for is
// used in the same transaction, so a revocation comes before or after both.
func (i *Identity) userTokens(ctx context.Context, a *app.App, find func(*store.Tx) (signed, error)) (access, refresh token, err error) {
	now, age := i.clk.At(a.Corp), i.cache.now()
	pair, err := store.Update(ctx, i.db, func(tx *store.Tx) (pair [2]token, err error) {
		by, err := find(tx)
		if err != nil {
			return pair, err
		}
		row := token{corp: a.Corp, serial: newSerial(), kind: userToken, agent: a.Agent, app: a.Key, user: by.user, consent: by.consent,
			created: now, expires: now.Add(tokenLife)}
		pair[0] = row
		row.serial, row.kind, row.expires = newSerial(), refreshToken, now.Add(refreshLife)
		pair[1] = row
		if err := insert(tx, pair[0], false); err != nil {
			return pair, err
		}
		return pair, insert(tx, pair[1], false)
	})
	if err != nil {
		return access, refresh, err
	}
	for _, row := range pair {
		i.cache.keep(row, age)
	}
	return pair[0], pair[1], nil
}
