package identity

import (
	"errors"
	"fmt"
	"strconv"
	"testing"
	"time"

	"github.com/gatepost/gatepost/internal/apierror"
	"github.com/gatepost/gatepost/internal/app"
	"github.com/gatepost/gatepost/internal/op"
	"github.com/gatepost/gatepost/internal/signature"
)

type noHead struct{}

func (noHead) Get(string) string { return "" }

func (noHead) Values(string) []string { return nil }

// proven is a proof by our scheme of a call without anything in it.
func proven(a *app.App, at time.Time, nonce string) *proof {
	g := signature.GP{Method: "GET", Path: "/", Timestamp: strconv.FormatInt(at.UnixMilli(), 10), Nonce: nonce}
	return &proof{key: a.Key, scheme: app.GPHMACSHA256, at: at, window: gpWindow, nonce: nonce, sign: signature.SignGP,
		texts: []string{g.Canonical()}, came: signature.SignGP(a.Secrets[0].Plain, g.Canonical())}
}

// feature: GW-015
func TestReplayOnAnotherNode(t *testing.T) {
	t.Parallel()
	eachPair(t, func(t *testing.T, a, b *node, n *now) {
		held := a.settle(t)
		b.Nonces = a.Nonces
		at := n.real()
		wrong := proven(held, at, "nonce-one")
		wrong.came = "no signature"
		if _, err := a.signer(t.Context(), wrong); !errors.Is(err, apierror.SignatureInvalid) {
			t.Fatal(err)
		}
		if _, err := a.signer(t.Context(), proven(held, at, "nonce-one")); err != nil {
			t.Fatalf("a wrong signature used the nonce up: %v", err)
		}
		_, err := b.signer(t.Context(), proven(held, at, "nonce-one"))
		if refusal := apierror.From(err); refusal.Rule != apierror.SignatureReplayed || refusal.Values()["first"] == "" {
			t.Errorf("on another node: %v", err)
		}
		if replayed, _ := b.Replays(); replayed != 1 {
			t.Errorf("%d replays counted", replayed)
		}
	})
}

func TestNoncesAreBounded(t *testing.T) {
	t.Parallel()
	eachPair(t, func(t *testing.T, a, _ *node, n *now) {
		held := a.settle(t)
		a.nonces.most = 3
		for k := range 5 {
			_, err := a.signer(t.Context(), proven(held, n.real(), fmt.Sprintf("nonce-%d", k)))
			if full := errors.Is(err, apierror.SignatureFull); full != (k >= 3) || err != nil && !full {
				t.Errorf("nonce %d: %v", k, err)
			}
		}
		if _, full := a.Replays(); full != 2 {
			t.Errorf("%d refusals counted", full)
		}
	})
}

// FuzzFlatMembers reads bodies: what is read is an object's members, and never
// more than it has.
func FuzzFlatMembers(f *testing.F) {
	f.Add([]byte(`{"a":"b","c":1,"d":true}`))
	f.Add([]byte(`{"a":{}} x`))
	f.Fuzz(func(t *testing.T, raw []byte) {
		members, err := flatMembers(raw)
		if err != nil && apierror.From(err).Rule != apierror.SignatureAmbiguous {
			t.Errorf("%q: %v", raw, err)
		}
		if len(members) > len(raw) {
			t.Errorf("%q has %d members", raw, len(members))
		}
	})
}

// FuzzProof reads queries: whatever they say, a proof is whole or refused.
func FuzzProof(f *testing.F) {
	f.Add("app_key=a&sign=S&sign_method=hmac&timestamp=2026-01-01+00%3A00%3A00&method=x")
	f.Add("accessKey=k&timestamp=1700000000000&signature=s&suiteTicket=t")
	f.Fuzz(func(t *testing.T, query string) {
		o := &op.Operation{Path: "/topapi/x", Dialect: op.DialectV1}
		p, err := proofOf(o, &op.Request{Method: "GET", Path: o.Path, Query: query, Head: noHead{}})
		if err != nil {
			if apierror.From(err).Rule == apierror.Internal {
				t.Errorf("%q: %v", query, err)
			}
			return
		}
		if p != nil && (p.key == "" || p.came == "" || p.nonce == "" || len(p.texts) == 0 || p.window == 0) {
			t.Errorf("%q: %+v", query, p)
		}
	})
}
