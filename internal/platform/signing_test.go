package platform_test

import (
	"bytes"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/gatepost/gatepost/internal/app"
	"github.com/gatepost/gatepost/internal/id"
	"github.com/gatepost/gatepost/internal/platformtest"
	"github.com/gatepost/gatepost/internal/scope"
)

const formType = "application/x-www-form-urlencoded"

// signable is a call about one person that each scheme can sign.
func signable(s app.Scheme, who id.Union) platformtest.Call {
	switch s {
	case app.GovHMAC, app.GovMD5:
		return platformtest.Call{Method: "GET", Path: "/v1.0/contact/users/" + string(who)}
	case app.TOPMD5:
		return platformtest.Call{Path: "/topapi/v2/user/get", Type: formType, Body: "userid=lina"}
	default:
		return platformtest.Call{Path: "/topapi/v2/user/get", Body: `{"userid":"lina"}`}
	}
}

// Every scheme identifies its app, once: the same call again is a replay.
func TestSignedCalls(t *testing.T) {
	t.Parallel()
	platformtest.Each(t, func(t *testing.T, w *platformtest.World) {
		corp, _ := w.Corp("acme")
		lina := w.Person(corp, "lina", "李娜", 1).Union
		a := w.App(corp, "crm", scope.Member, "Contact.User.Read")
		schemes := app.Schemes()
		w.Change(a, app.Change{Signatures: &schemes})
		for _, s := range schemes[1:] {
			signed := w.Signer(a, s).Sign(signable(s, lina))
			first := w.Do(signed)
			if rule := first.Rule(t); rule != "" {
				t.Errorf("%s: refused by %s: %s", s, rule, first)
				continue
			}
			if rule := w.Do(signed).Rule(t); rule != "signature.replayed" {
				t.Errorf("%s again: %q", s, rule)
			}
		}
	})
}

// attack is what somebody does to a signed call, or how it was signed wrongly.
type attack struct {
	name   string
	scheme app.Scheme
	signer func(s *platformtest.Signer)
	change func(c *platformtest.Call)
	rule   string // that refuses it; empty: it is right
}

func attacks() []attack {
	const gp, top, md5, gov, sns = app.GPHMACSHA256, app.TOPHMACSHA256, app.TOPMD5, app.GovHMAC, app.SNS
	at := func(d time.Duration) func(*platformtest.Signer) {
		return func(s *platformtest.Signer) { s.At = s.At.Add(d) }
	}
	replace := func(old, to string) func(*platformtest.Call) {
		return func(c *platformtest.Call) { c.Path = strings.Replace(c.Path, old, to, 1) }
	}
	more := func(text string) func(*platformtest.Call) { return func(c *platformtest.Call) { c.Path += text } }
	head := func(name string, edit func(string) string) func(*platformtest.Call) {
		return func(c *platformtest.Call) { c.Head[name] = edit(c.Head[name]) }
	}
	to := func(text string) func(string) string { return func(string) string { return text } }
	body := func(text string) func(*platformtest.Call) { return func(c *platformtest.Call) { c.Body = text } }
	return []attack{
		{"path", gp, nil, replace("/user/get", "/user/list"), "signature.invalid"},
		{"method", gp, nil, func(c *platformtest.Call) { c.Method = "GET" }, "signature.invalid"},
		{"body", gp, nil, body(`{"userid":"lin1"}`), "signature.invalid"},
		{"added parameter", gp, nil, more("?x=1"), "signature.invalid"},
		{"doubled parameter", gp, nil, more("?x=1&x=1"), "signature.ambiguous"},
		{"another nonce", gp, nil, head("X-Gatepost-Nonce", func(s string) string { return s + "0" }), "signature.invalid"},
		{"capital signature", gp, nil, head("X-Gatepost-Signature", strings.ToUpper), "signature.parameter"},
		{"empty nonce", gp, nil, head("X-Gatepost-Nonce", to("")), "signature.parameter"},
		{"stripped signature", gp, nil, func(c *platformtest.Call) { delete(c.Head, "X-Gatepost-Signature") }, "signature.parameter"},
		{"another app's key", gp, nil, head("X-Gatepost-Key", to("OTHER")), "signature.invalid"},
		{"nobody's key", gp, nil, head("X-Gatepost-Key", to("dingnobody")), "signature.app_key"},
		{"late", gp, at(-6 * time.Minute), nil, "signature.time"},
		{"early", gp, at(6 * time.Minute), nil, "signature.time"},
		{"within the window", gp, at(-4 * time.Minute), nil, ""},
		{"two schemes", gp, nil, more("?app_key=k&sign=S"), "signature.ambiguous"},
		{"everything stripped", gp, nil, func(c *platformtest.Call) { c.Head = nil }, "token.missing"},

		{"body", top, nil, body(`{"userid":"lin1"}`), "signature.invalid"},
		{"path", top, nil, replace("/user/get?", "/user/list?"), "signature.parameter"},
		{"added parameter", top, nil, more("&x=1"), "signature.invalid"},
		{"doubled parameter", top, nil, more("&v=1&v=2"), "signature.ambiguous"},
		{"in query and body", md5, nil, more("&userid=lina"), "signature.ambiguous"},
		{"blank parameter", top, nil, more("&x="), "signature.ambiguous"},
		{"small signature", top, nil, func(c *platformtest.Call) {
			before, sign, _ := strings.Cut(c.Path, "sign=")
			c.Path = before + "sign=" + strings.ToLower(sign)
		}, "signature.invalid"},
		{"capital name", top, nil, replace("app_key", "APP_KEY"), "signature.parameter"},
		{"name encoded", top, nil, replace("app_key", "%61pp_key"), ""},
		{"weaker digest", top, nil, replace("hmac-sha256", "md5"), "signature.invalid"},
		{"unknown digest", top, nil, replace("hmac-sha256", "none"), "signature.parameter"},
		{"late", top, at(-11 * time.Minute), nil, "signature.time"},
		{"early", top, at(11 * time.Minute), nil, "signature.time"},

		{"path", gov, nil, replace("users/", "users/1"), "signature.invalid"},
		{"slash in the path", gov, nil, replace("users/", "users/a%2F"), "signature.ambiguous"},
		{"parameter in the path", gov, nil, replace("users/", "users/%0Aa=1"), "signature.ambiguous"},
		{"added parameter", gov, nil, more("?x=1"), "signature.invalid"},
		{"blank parameter", gov, nil, more("?x="), "signature.ambiguous"},
		{"doubled by case", gov, nil, more("?x=1&X=1"), "signature.ambiguous"},
		{"nested body", gov, nil, body(`{"a":[1]}`), "signature.ambiguous"},
		{"weaker digest", gov, nil, func(c *platformtest.Call) { c.Head["X-Hmac-Auth-Algorithm"] = "md5" }, "signature.invalid"},
		{"late", gov, at(-6 * time.Minute), nil, "signature.time"},
		{"header in small letters", gov, nil, func(c *platformtest.Call) {
			c.Head["x-hmac-auth-nonce"] = c.Head["X-Hmac-Auth-Nonce"]
			delete(c.Head, "X-Hmac-Auth-Nonce")
		}, ""},

		{"another time", sns, nil, replace("timestamp=1", "timestamp=2"), "signature.time"},
		{"a ticket added", sns, nil, more("&suiteTicket=t"), "signature.invalid"},
		{"late", sns, at(-2 * time.Minute), nil, "signature.time"},
	}
}

// feature: GW-015
func TestAttacksOnSignatures(t *testing.T) {
	t.Parallel()
	platformtest.Each(t, func(t *testing.T, w *platformtest.World) {
		corp, _ := w.Corp("acme")
		lina := w.Person(corp, "lina", "李娜", 1).Union
		a, other := w.App(corp, "crm", scope.Member, "Contact.User.Read"), w.App(corp, "other", scope.Member)
		schemes := app.Schemes()
		w.Change(a, app.Change{Signatures: &schemes})
		w.Change(other, app.Change{Signatures: &schemes})
		for n, tc := range attacks() {
			signer := w.Signer(a, tc.scheme)
			if signer.At = signer.At.Add(time.Duration(n) * time.Millisecond); tc.signer != nil {
				tc.signer(&signer)
			}
			c := signer.Sign(signable(tc.scheme, lina))
			if tc.change != nil {
				tc.change(&c)
			}
			if c.Head["X-Gatepost-Key"] == "OTHER" {
				c.Head["X-Gatepost-Key"] = string(other.Key)
			}
			answer := w.Do(c)
			if rule := answer.Rule(t); rule != tc.rule {
				t.Errorf("%s, %s: refused by %q, want %q: %s", tc.scheme, tc.name, rule, tc.rule, answer)
			}
			if bytes.Contains(answer.Body, []byte(a.Secret)) {
				t.Errorf("%s, %s: the answer tells the secret: %s", tc.scheme, tc.name, answer)
			}
		}
	})
}

// Whatever byte of the body is another, the signature is no longer one.
func TestEveryByteIsSigned(t *testing.T) {
	t.Parallel()
	w := platformtest.Start(t)
	corp, _ := w.Corp("acme")
	a := w.App(corp, "crm", scope.Member)
	signed := w.Signer(a, app.GPHMACSHA256).Sign(signable(app.GPHMACSHA256, ""))
	for i := range len(signed.Body) {
		c := signed
		c.Body = signed.Body[:i] + string(signed.Body[i]^1) + signed.Body[i+1:]
		if rule := w.Do(c).Rule(t); rule != "signature.invalid" {
			t.Errorf("byte %d: %q", i, rule)
		}
	}
}

// Which schemes count is the app's to say; a token beside a signature has to be
// right as well, and the same app's.
func TestDeclaredSchemes(t *testing.T) {
	t.Parallel()
	platformtest.Each(t, func(t *testing.T, w *platformtest.World) {
		corp, _ := w.Corp("acme")
		lina := w.Person(corp, "lina", "李娜", 1).Union
		a, other := w.App(corp, "crm", scope.Member), w.App(corp, "other", scope.Member)
		refused := func(c platformtest.Call, want string) {
			t.Helper()
			if answer := w.Do(c); answer.Rule(t) != want {
				t.Errorf("refused by %q, want %q: %s", answer.Rule(t), want, answer)
			}
		}
		refused(w.Signer(a, app.TOPMD5).Sign(signable(app.TOPMD5, lina)), "signature.undeclared")
		bare := signable(app.GPHMACSHA256, lina)
		bare.Token = w.Token(a)
		refused(bare, "")
		w.Change(a, app.Change{Signatures: &[]app.Scheme{app.GPHMACSHA256}})
		refused(bare, "signature.missing")

		both := func(token string) platformtest.Call {
			c := signable(app.GPHMACSHA256, lina)
			c.Path += "?access_token=" + token
			return w.Signer(a, app.GPHMACSHA256).Sign(c)
		}
		refused(both(w.Token(a)), "")
		refused(both(w.Token(other)), "signature.other_app")
		refused(both("forged"), "token.forged")
	})
}

// A caller in development is told what was signed; otherwise only the log is.
func TestCanonicalIsTold(t *testing.T) {
	t.Parallel()
	platformtest.Each(t, func(t *testing.T, w *platformtest.World) {
		corp, session := w.Corp("acme")
		a := w.App(corp, "crm", scope.Member)
		call := func() platformtest.Answer {
			c := signable(app.GPHMACSHA256, "")
			c.Path += "?secret=" + a.Secret
			signed := w.Signer(a, app.GPHMACSHA256).Sign(c)
			signed.Method = "GET"
			return w.Do(signed)
		}
		logged := func(request string) platformtest.Answer {
			w.Console(session, "call.list", "").OK(t) // writes what waits
			return w.Console(session, "call.get", `{"requestId":"`+request+`"}`)
		}
		for _, development := range []bool{true, false} {
			w.Change(a, app.Change{Development: &development})
			answer := call()
			kept := logged(answer.Head.Get("X-Gatepost-Request-Id"))
			if told := answer.Text(t, "canonical"); (told != "") != development || development && !strings.HasPrefix(told, "GP-HMAC-SHA256\nGET\n/topapi/v2/user/get\nsecret=***\n") {
				t.Errorf("development %t: %s", development, answer)
			}
			if !strings.HasPrefix(kept.Text(t, "canonical"), "GP-HMAC-SHA256\nGET\n") {
				t.Errorf("the log: %s", kept)
			}
			if bytes.Contains(append(answer.Body, kept.Body...), []byte(a.Secret)) {
				t.Errorf("the secret is told: %s %s", answer, kept)
			}
		}
	})
}

// Neither the secret of an app nor the signature that was expected is found in
// the database after a call whose signature differs, nor in its answer.
func TestNothingSecretIsKept(t *testing.T) {
	t.Parallel()
	w := platformtest.Start(t)
	corp, session := w.Corp("acme")
	a := w.App(corp, "crm", scope.Member)
	c := signable(app.GPHMACSHA256, "")
	c.Path += "?secret=" + a.Secret
	signed := w.Signer(a, app.GPHMACSHA256).Sign(c)
	expected := signed.Head["X-Gatepost-Signature"]
	signed.Head["X-Gatepost-Signature"] = strings.Repeat("0", 64)
	answer := w.Do(signed)
	if answer.Rule(t) != "signature.invalid" {
		t.Fatal(answer)
	}
	w.Console(session, "call.list", "").OK(t) // writes what waits
	w.Stop()
	kept := answer.Body
	err := filepath.WalkDir(w.Config.Data, func(path string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			return err
		}
		content, err := os.ReadFile(path)
		kept = append(kept, content...)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Contains(kept[len(answer.Body):], []byte("GP-HMAC-SHA256")) {
		t.Error("the canonical string is not in the database: the test looks at the wrong place")
	}
	for _, secret := range []string{a.Secret, expected, expected[:16]} {
		if bytes.Contains(kept, []byte(secret)) {
			t.Errorf("%q is kept", secret)
		}
	}
}
