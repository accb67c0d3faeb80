package identity

import (
	"context"
	"crypto/subtle"
	"encoding/base64"
	"encoding/json"
	"errors"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/gatepost/gatepost/internal/apierror"
	"github.com/gatepost/gatepost/internal/app"
	"github.com/gatepost/gatepost/internal/directory"
	"github.com/gatepost/gatepost/internal/encryption"
	"github.com/gatepost/gatepost/internal/id"
	"github.com/gatepost/gatepost/internal/op"
	"github.com/gatepost/gatepost/internal/scope"
	"github.com/gatepost/gatepost/internal/store"
)

// authorization is what an application asks of a person who came to the consent
// page, checked, and whom it asks. It travels through the page, sealed by a digest.
type authorization struct {
	Corp      id.Corp      `json:"c"`
	Agent     id.Agent     `json:"g"`
	App       id.App       `json:"a"`
	Redirect  string       `json:"r"`
	State     string       `json:"s"`
	Challenge string       `json:"d"`
	Asked     []scope.Name `json:"q"`
	Required  []scope.Name `json:"n"` // those of Asked that cannot be unticked
	User      id.User      `json:"u"`
	Session   serial       `json:"i"` // the person's; 0: picked in a sandbox
	Until     int64        `json:"t"` // real time
}

// askLife is how long a consent page is good.
const askLife = 10 * time.Minute

// challengeSize is how long a digest by S256 is: 32 bytes in base64url (RFC 7636 §4.2).
const challengeSize = 43

// authorizing checks what an application asks before anybody signs in. A redirect
// URL that is not the app's is refused first of all, so that nothing else that is
// wrong can send a browser there.
func (i *Identity) authorizing(ctx context.Context, who op.Caller, q *authorizeRequest) (*app.App, *authorization, error) {
	a, err := i.named(ctx, who, id.App(q.ClientID), apierror.ClientInvalid)
	if err != nil {
		return nil, nil, err
	}
	if !a.AllowsRedirect(q.RedirectURI) {
		return nil, nil, a.RefuseRedirect(q.RedirectURI, who.Call.V2())
	}
	if err := challenged(a, q); err != nil {
		return nil, nil, err
	}
	asked, required, err := wanted(a, q.Scope)
	if err != nil {
		return nil, nil, err
	}
	return a, &authorization{Corp: a.Corp, Agent: a.Agent, App: a.Key, Redirect: q.RedirectURI, State: q.State, Challenge: q.CodeChallenge,
		Asked: asked, Required: required, Until: i.clk.Real().Add(askLife).UnixMilli()}, nil
}

// challenged checks the digest of a proof. A public application has to have one.
func challenged(a *app.App, q *authorizeRequest) error {
	switch {
	case q.CodeChallenge == "" && a.Public:
		return apierror.ParameterMissing.With("name", "code_challenge").Want("公开应用须用 PKCE")
	case q.CodeChallenge == "":
		return nil
	case q.Method != "S256": // without one it would be the proof itself (RFC 7636 §4.3)
		return apierror.ParameterInvalid.With("name", "code_challenge_method").Want("%s", "S256").Got("%s", q.Method)
	}
	if b, err := base64.RawURLEncoding.Strict().DecodeString(q.CodeChallenge); err != nil || len(q.CodeChallenge) != challengeSize || len(b) != 32 {
		return apierror.ParameterInvalid.With("name", "code_challenge").Want("S256 的摘要，43 个字符").Got("%d 个字符", len(q.CodeChallenge))
	}
	return nil
}

// wanted reads scope: openid, corpid, and permission points of the app, which are
// then all that is asked and cannot be unticked. Where none is named, all that
// the app has is asked, and who signs in alone is required.
func wanted(a *app.App, text string) (asked, required []scope.Name, err error) {
	words := strings.Fields(text)
	has := askable(a)
	wrong := func() ([]scope.Name, []scope.Name, error) {
		return nil, nil, apierror.ParameterInvalid.With("name", "scope").Want("以 openid 开头，其后为 corpid 或应用已开通的权限点").Got("%s", text)
	}
	if !slices.Contains(words, "openid") {
		return wrong()
	}
	for _, w := range words {
		switch name := scope.Name(w); {
		case w == "openid", w == "corpid", slices.Contains(required, name):
		case slices.Contains(has, name):
			required = append(required, name)
		default:
			return wrong()
		}
	}
	if required != nil {
		return required, required, nil
	}
	if slices.Contains(has, scope.ContactUserRead) {
		required = []scope.Name{scope.ContactUserRead}
	}
	return has, required, nil
}

// pickable refuses to let people in without a password where that is no play.
func (i *Identity) pickable(ctx context.Context, corp id.Corp) (directory.Corp, error) {
	c, err := i.dir.Corp(ctx, corp)
	if err == nil && !c.Sandbox && !c.Demo {
		err = apierror.AuthorizationPick.Want("演示或沙箱企业").Got("%s", c.Name)
	}
	return c, err
}

// seal is the page's text for an authorization: whoever reads it can change nothing.
func (i *Identity) seal(z *authorization) (string, error) {
	b, err := json.Marshal(z)
	if err != nil {
		return "", err
	}
	text := encode(b)
	return text + "." + encode(encryption.MAC(i.key, "authorization", text)[:macSize]), nil
}

// unseal returns what seal was given, while the page and its session are good.
func (i *Identity) unseal(ctx context.Context, ticket string) (*authorization, error) {
	text, mac, _ := strings.Cut(ticket, ".")
	over := apierror.AuthorizationOver.With()
	if subtle.ConstantTimeCompare([]byte(mac), []byte(encode(encryption.MAC(i.key, "authorization", text)[:macSize]))) != 1 {
		return nil, over
	}
	b, err := base64.RawURLEncoding.DecodeString(text)
	if err != nil {
		return nil, over
	}
	var z authorization
	if err := json.Unmarshal(b, &z); err != nil || i.clk.Real().UnixMilli() >= z.Until {
		return nil, over
	}
	if z.Session == 0 {
		_, err := i.pickable(ctx, z.Corp)
		return &z, err
	}
	row, err := i.read(ctx, z.Session)
	if errors.Is(err, store.ErrNone) || err == nil && (!row.ended.IsZero() || !i.clk.Real().Before(row.expires)) {
		return nil, over
	}
	return &z, err
}

// agree gives the application a code for what the person agreed to, and returns
// where the browser goes with it. Both names of the code are told: the public
// platform has authCode, and clients of OAuth read code.
func (i *Identity) agree(ctx context.Context, a *app.App, z *authorization, agreed []scope.Name) (string, error) {
	if _, err := i.dir.Person(ctx, z.Corp, z.User); err != nil {
		return "", err
	}
	c, err := i.newCode(ctx, code{corp: z.Corp, kind: loginCode, agent: a.Agent, user: z.User, consent: joined(agreed), digest: z.Challenge})
	if err != nil {
		return "", err
	}
	return z.back("authCode", c.Text, "code", c.Text), nil
}

// back is the redirect URL with the pairs given, and with the state as it came.
func (z *authorization) back(pairs ...string) string {
	var b strings.Builder
	b.WriteString(z.Redirect)
	sep := "?"
	if strings.Contains(z.Redirect, "?") {
		sep = "&"
	}
	if z.State != "" {
		pairs = append(pairs, "state", z.State)
	}
	for n := 0; n+1 < len(pairs); n += 2 {
		b.WriteString(sep + pairs[n] + "=" + url.QueryEscape(pairs[n+1]))
		sep = "&"
	}
	return b.String()
}
