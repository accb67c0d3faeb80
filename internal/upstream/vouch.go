package upstream

import (
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/gatepost/gatepost/internal/id"
	"github.com/gatepost/gatepost/internal/op"
)

// An identity token is a JWT (RFC 7519) signed with Ed25519 (RFC 8037). It lives
// for tokenLife; the same caller gets the same one for tokenReuse, because making
// one costs as much as carrying the whole call.
const (
	tokenLife  = 2 * time.Minute
	tokenReuse = time.Minute
	maxTokens  = 10_000 // kept of one pool
)

// vouch signs who calls.
type vouch struct {
	key      ed25519.PrivateKey
	issuer   func() string
	audience string
	now      func() time.Time

	mu   sync.Mutex
	born time.Time
	kept map[identity]string
}

// identity is what a token says of a caller.
type identity struct {
	corp   id.Corp
	app    id.App
	user   id.User
	union  id.Union
	scopes string
}

// claims of a token. Sub is the person, and the app where there is none.
type claims struct {
	Issuer   string   `json:"iss"`
	Audience string   `json:"aud"`
	Subject  string   `json:"sub"`
	Issued   int64    `json:"iat"`
	Expires  int64    `json:"exp"`
	Corp     id.Corp  `json:"corp,omitempty"`
	App      id.App   `json:"app,omitempty"`
	User     id.User  `json:"user,omitempty"`
	Union    id.Union `json:"union,omitempty"`
	Scopes   string   `json:"scope,omitempty"` // separated by blanks, as RFC 8693 has it
}

func (v *vouch) token(who *op.Caller) (string, error) {
	k := identity{who.Corp, who.App, who.User, who.Union, scopes(who)}
	now := v.now()
	v.mu.Lock()
	if v.kept == nil || now.Sub(v.born) >= tokenReuse || now.Before(v.born) || len(v.kept) >= maxTokens {
		v.kept, v.born = map[identity]string{}, now
	}
	t, ok := v.kept[k]
	v.mu.Unlock()
	if ok {
		return t, nil
	}
	t, err := v.sign(k, now)
	if err != nil {
		return "", err
	}
	v.mu.Lock()
	v.kept[k] = t
	v.mu.Unlock()
	return t, nil
}

func (v *vouch) sign(k identity, now time.Time) (string, error) {
	c := claims{Audience: v.audience, Subject: string(k.app), Issued: now.Unix(), Expires: now.Add(tokenLife).Unix(),
		Corp: k.corp, App: k.app, User: k.user, Union: k.union, Scopes: strings.ReplaceAll(k.scopes, ",", " ")}
	if k.user != "" {
		c.Subject = string(k.user)
	}
	if v.issuer != nil {
		c.Issuer = v.issuer()
	}
	payload, err := json.Marshal(c)
	if err != nil {
		return "", fmt.Errorf("upstream: make the identity token: %w", err)
	}
	head := `{"alg":"EdDSA","typ":"JWT","kid":"` + KeyID(v.key.Public().(ed25519.PublicKey)) + `"}`
	text := base64.RawURLEncoding.EncodeToString([]byte(head)) + "." + base64.RawURLEncoding.EncodeToString(payload)
	return text + "." + base64.RawURLEncoding.EncodeToString(ed25519.Sign(v.key, []byte(text))), nil
}

// KeyID is the name of a key: the thumbprint of RFC 7638.
func KeyID(key ed25519.PublicKey) string {
	sum := sha256.Sum256([]byte(`{"crv":"Ed25519","kty":"OKP","x":"` + base64.RawURLEncoding.EncodeToString(key) + `"}`))
	return base64.RawURLEncoding.EncodeToString(sum[:])
}

// KeySet is the document by which upstreams verify identity tokens (RFC 7517).
func KeySet(key ed25519.PublicKey) []byte {
	return []byte(`{"keys":[{"kty":"OKP","crv":"Ed25519","use":"sig","alg":"EdDSA","kid":"` + KeyID(key) + `","x":"` +
		base64.RawURLEncoding.EncodeToString(key) + `"}]}` + "\n")
}
