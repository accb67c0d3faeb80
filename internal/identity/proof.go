package identity

import (
	"context"
	"errors"
	"strings"
	"time"

	"github.com/gatepost/gatepost/internal/apierror"
	"github.com/gatepost/gatepost/internal/app"
	"github.com/gatepost/gatepost/internal/id"
	"github.com/gatepost/gatepost/internal/op"
	"github.com/gatepost/gatepost/internal/signature"
)

// proof is a signature that came with a call, read but not verified.
type proof struct {
	key    id.App
	scheme app.Scheme
	at     time.Time
	window time.Duration // how far at may be from the company's time
	nonce  string        // what may be used once
	came   string        // the signature
	texts  []string      // the canonical strings that a correct client may have signed
	sign   func(secret, text string) string
	hide   []string // values within texts that are credentials themselves
	ticket string   // of a suite, which the signature covers
}

// proofOf returns the signature that r carries; nil when there is none. Whoever
// sends any part of a signature has to send all of it, and only one: a call
// whose meaning or signer could be understood in two ways is refused.
func proofOf(o *op.Operation, r *op.Request) (*proof, error) {
	ours := hasAny(r.Head, gpKey, gpTimestamp, gpNonceHeader, gpSignature)
	government := o.Dialect == op.DialectV2 && hasAny(r.Head, govTimestamp, govNonceHeader, govSignature, govAlgorithm)
	var query [][2]string
	if o.Dialect == op.DialectV1 && mayBeSigned(r.Query) {
		var err error
		if query, _, _, err = r.Parts(o.MaxBody); err != nil {
			return nil, err
		}
	}
	top, timed := named(query, "app_key", "sign"), named(query, "accessKey", "signature")
	n := 0
	for _, is := range []bool{ours, government, top, timed} {
		if is {
			n++
		}
	}
	switch {
	case n == 0:
		return nil, nil
	case n > 1:
		return nil, apierror.SignatureAmbiguous.With("name", "signature").Want("a signature of one scheme").Got("%d", n)
	case ours:
		return gpProof(o, r)
	case government:
		return govProof(o, r)
	case top:
		return topProof(o, r)
	}
	return timedProof(o, r)
}

// mayBeSigned tells cheaply that a query carries no signature, as those of
// ordinary calls do not.
func mayBeSigned(query string) bool {
	return strings.Contains(query, "app_key") || strings.Contains(query, "sign") || strings.Contains(query, "accessKey") ||
		strings.Contains(query, "%") // which may spell any of them
}

func hasAny(h op.Head, names ...string) bool {
	for _, name := range names {
		if len(h.Values(name)) > 0 {
			return true
		}
	}
	return false
}

func named(params [][2]string, names ...string) bool {
	for _, p := range params {
		for _, name := range names {
			if p[0] == name {
				return true
			}
		}
	}
	return false
}

// signedBy identifies a call that carries a signature, and perhaps a token as
// well: then both have to be right, and of one application.
func (i *Identity) signedBy(ctx context.Context, o *op.Operation, p *proof, credential string) (op.Caller, error) {
	var row token
	if credential != "" {
		var err error
		if row, err = i.verify(ctx, credential); err != nil {
			return op.Caller{}, err
		}
		p.hide = append(p.hide, credential)
	}
	a, err := i.signer(ctx, p)
	if err != nil {
		return traced(a), err
	}
	if credential != "" {
		return i.caller(ctx, o, row, a)
	}
	who := callerOf(a)
	if a.IsSuite() {
		if want, ok := takes(o, suiteToken); !ok {
			return traced(a), apierror.TokenKind.Want("%s", want).Got("a suite's signature")
		}
		who.As = op.Suite
		return who, nil
	}
	if want, ok := takes(o, appToken); !ok {
		return traced(a), apierror.TokenKind.Want("%s", want).Got("an app's signature")
	}
	return who, nil
}

// signer verifies p and returns the application that made it; also when p is
// refused, as soon as it is known. A nonce is remembered last: before its
// signature was verified, anybody could use it up.
func (i *Identity) signer(ctx context.Context, p *proof) (*app.App, error) {
	a, err := i.apps.ByKey(ctx, p.key)
	if errors.Is(err, apierror.AgentUnknown) {
		return nil, apierror.SignatureAppKey.Got("%s", p.key)
	}
	if err != nil {
		return nil, err
	}
	if !a.Declares(p.scheme) {
		return a, apierror.SignatureUndeclared.With("scheme", p.scheme).Want("%v", a.Signatures).Got("%s", p.scheme)
	}
	now := i.clk.At(a.Corp)
	if off := now.Sub(p.at); off.Abs() > p.window {
		return a, apierror.SignatureTime.Want("%s，前后 %s", stamp(now), p.window).Got("%s（%s）", stamp(p.at), -off.Round(time.Second))
	}
	if !a.Signed(now, p.verify) {
		return a, p.mismatch(a)
	}
	if a.IsSuite() && p.scheme == app.ISV {
		if err := i.Suites.Ticket(a, p.ticket); err != nil {
			return a, err
		}
	}
	return a, i.once(ctx, p, now)
}

// verify reports whether secret made the signature. Every text is tried,
// whichever is right.
func (p *proof) verify(secret string) bool {
	ok := false
	for _, text := range p.texts {
		if signature.Equal(p.came, p.sign(secret, text)) {
			ok = true
		}
	}
	return ok
}

// mismatch refuses the signature and attaches what was signed, without what is
// secret in it: the app's own secrets, should a client have sent one, and the
// token. The expected signature is told nowhere.
func (p *proof) mismatch(a *app.App) error {
	refusal := apierror.SignatureInvalid.Want("%s", p.scheme).Got("%d 个字符", len(p.came))
	if len(p.texts) == 0 {
		return refusal
	}
	text := p.texts[0]
	for _, s := range a.Secrets {
		text = strings.ReplaceAll(text, s.Plain, hidden)
	}
	for _, value := range p.hide {
		if value != "" {
			text = strings.ReplaceAll(text, value, hidden)
		}
	}
	return refusal.Canonical(text, a.Development)
}

// hidden stands in a canonical string for what may not be told.
const hidden = "***"

// traced is a refused caller of whom only the application is known, for the
// request log.
func traced(a *app.App) op.Caller {
	if a == nil {
		return op.Caller{}
	}
	return op.Caller{Trace: &op.Trace{Corp: a.Corp, App: a.Key, Agent: a.Agent}}
}
