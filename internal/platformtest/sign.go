package platformtest

import (
	"cmp"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/gatepost/gatepost/internal/app"
	"github.com/gatepost/gatepost/internal/id"
	"github.com/gatepost/gatepost/internal/op"
	"github.com/gatepost/gatepost/internal/signature"
)

// Signer signs calls as a client of an application does.
type Signer struct {
	App    App
	Scheme app.Scheme
	At     time.Time
	Nonce  string // of schemes that have one
	Ticket string // of the suite that signs; empty: of an app that is none
}

// Signer is an application that signs now, with a nonce of its own.
func (w *World) Signer(a App, s app.Scheme) Signer {
	return Signer{App: a, Scheme: s, At: w.Clock.At(a.Corp), Nonce: id.NewCode()[:20]}
}

// Sign returns c with its signature. Parameters of c stand in its query, and in
// its body where that is a form or, for the government's scheme, flat JSON.
func (s Signer) Sign(c Call) Call {
	if c.Method == "" {
		c.Method = http.MethodPost
	}
	switch s.Scheme {
	case app.TOPHMACSHA256, app.TOPHMACMD5, app.TOPMD5:
		return s.top(c)
	case app.SNS, app.ISV:
		return s.timed(c)
	case app.GovHMAC, app.GovMD5:
		return s.gov(c)
	default:
		return s.gp(c)
	}
}

func (s Signer) gp(c Call) Call {
	path, query, _ := strings.Cut(c.Path, "?")
	g := signature.GP{Method: c.Method, Path: path, Query: params(query), Timestamp: millis(s.At), Nonce: s.Nonce, Body: []byte(c.Body)}
	return headed(c, "X-Gatepost-Key", string(s.App.Key), "X-Gatepost-Timestamp", g.Timestamp, "X-Gatepost-Nonce", g.Nonce,
		"X-Gatepost-Signature", signature.SignGP(s.App.Secret, g.Canonical()))
}

func (s Signer) top(c Call) Call {
	method := map[app.Scheme]signature.Digest{app.TOPHMACSHA256: signature.TOPHMACSHA256, app.TOPHMACMD5: signature.TOPHMACMD5, app.TOPMD5: signature.TOPMD5}[s.Scheme]
	path, _, _ := strings.Cut(c.Path, "?")
	c = asked(c, "app_key", string(s.App.Key), "method", op.APIName(path), "sign_method", string(method),
		"timestamp", s.At.In(time.FixedZone("", 8*60*60)).Format(time.DateTime))
	_, query, _ := strings.Cut(c.Path, "?")
	all, body := params(query), c.Body
	if c.Type == "application/x-www-form-urlencoded" {
		all, body = append(all, params(body)...), ""
	}
	return asked(c, "sign", signature.SignTOP(method, s.App.Secret, signature.CanonicalTOP(all, body)))
}

func (s Signer) timed(c Call) Call {
	c = asked(c, "accessKey", string(s.App.Key), "timestamp", millis(s.At))
	if s.Scheme == app.SNS {
		return asked(c, "signature", signature.SNS(s.App.Secret, millis(s.At)))
	}
	ticket := cmp.Or(s.Ticket, "ticket")
	return asked(c, "suiteTicket", ticket, "signature", signature.ISV(s.App.Secret, millis(s.At), ticket))
}

// gov signs a call whose parameters stand in its query.
func (s Signer) gov(c Call) Call {
	path, query, _ := strings.Cut(c.Path, "?")
	g := signature.Gov{Method: c.Method, Timestamp: s.At.Format("2006-01-02T15:04:05.000Z07:00"), Nonce: s.Nonce, Path: path, Params: params(query)}
	c = headed(c, "apiKey", string(s.App.Key), "X-Hmac-Auth-Timestamp", g.Timestamp, "X-Hmac-Auth-Nonce", g.Nonce, "X-Hmac-Auth-Version", "1.0")
	if s.Scheme == app.GovMD5 {
		return headed(c, "X-Hmac-Auth-Algorithm", "md5", "X-Hmac-Auth-Signature", signature.SignGovMD5(s.App.Secret, g.Canonicals()[0]))
	}
	return headed(c, "X-Hmac-Auth-Signature", signature.SignGov(s.App.Secret, g.Canonicals()[0]))
}

// headed is c with more headers.
func headed(c Call, pairs ...string) Call {
	head := map[string]string{}
	for name, value := range c.Head {
		head[name] = value
	}
	for i := 0; i+1 < len(pairs); i += 2 {
		head[pairs[i]] = pairs[i+1]
	}
	c.Head = head
	return c
}

// asked is c with more parameters in its query.
func asked(c Call, pairs ...string) Call {
	for i := 0; i+1 < len(pairs); i += 2 {
		sep := "?"
		if strings.Contains(c.Path, "?") {
			sep = "&"
		}
		c.Path += sep + pairs[i] + "=" + url.QueryEscape(pairs[i+1])
	}
	return c
}

// params are the parameters of a query or form that a test wrote, each once.
func params(text string) [][2]string {
	values, _ := url.ParseQuery(text)
	list := make([][2]string, 0, len(values))
	for name, v := range values {
		list = append(list, [2]string{name, v[0]})
	}
	return list
}

func millis(t time.Time) string { return strconv.FormatInt(t.UnixMilli(), 10) }
