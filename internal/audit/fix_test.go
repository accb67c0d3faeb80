package audit_test

import (
	"net/netip"
	"strings"
	"testing"

	"github.com/gatepost/gatepost/internal/apierror"
	"github.com/gatepost/gatepost/internal/app"
	"github.com/gatepost/gatepost/internal/id"
	"github.com/gatepost/gatepost/internal/op"
	"github.com/gatepost/gatepost/internal/scope"
	"github.com/gatepost/gatepost/internal/store"
	"github.com/gatepost/gatepost/internal/store/storetest"
)

// now is the app as it stands.
func (r *room) target() *app.App {
	r.t.Helper()
	found, err := r.apps.ByAgent(r.t.Context(), corp, r.app.Agent)
	if err != nil {
		r.t.Fatal(err)
	}
	return found
}

// fixOf is what call.get says of a call's repair.
func (r *room) fixOf(call id.Call) map[string]any {
	r.t.Helper()
	fix, _ := r.must("call.get", `{"requestId":"%s"}`, call.V2())["fix"].(map[string]any)
	return fix
}

func TestFixGrantsAScope(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		r := newRoom(t, db)
		c := r.scopeMissing()
		r.record(c)
		applied := r.must("call.fix", `{"requestId":"%s"}`, c.ID.V1())["applied"]
		if applied != "grant qyapi_get_member (Read people, R2) to the app “hello”" {
			t.Errorf("applied %q", applied)
		}
		granted := r.target()
		if !granted.ScopeNames().Has(scope.Member) {
			t.Fatal("nothing was granted")
		}
		for _, g := range granted.Scopes {
			if g.Scope == scope.Member && (g.Reason != "explain "+c.ID.V2() || g.By != "li") {
				t.Errorf("granted %+v", g)
			}
		}
		who := op.Caller{As: op.App, Corp: corp, App: r.app.Key}
		if err := r.apps.Permit(t.Context(), &who, &userGet, netip.MustParseAddr("203.0.113.7")); err != nil {
			t.Errorf("after the repair: %v", err)
		}
		if fix := r.fixOf(c.ID); fix["allowed"] != false || fix["why"] != "it is granted already" {
			t.Errorf("afterwards the repair is %v", fix)
		}
		if _, err := r.call(corp, "call.fix", `{"requestId":"%s"}`, c.ID.V1()); apierror.From(err).Rule != apierror.FixNone {
			t.Errorf("applied twice: %v", err)
		}
	})
}

func TestFixAllowsAnAddress(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		r := newRoom(t, db)
		if err := r.apps.Update(t.Context(), corp, r.app.Agent, app.Change{IPs: &[]string{"10.0.0.1"}}); err != nil {
			t.Fatal(err)
		}
		c := r.scopeMissing() // refused earlier: by address
		if c.Refusal.Rule != apierror.IPRefused {
			t.Fatalf("refused by %s", c.Refusal.Rule.Name)
		}
		r.record(c)
		r.must("call.fix", `{"requestId":"%s"}`, c.ID.V2())
		if got := strings.Join(r.target().IPs, " "); got != "10.0.0.1 203.0.113.7" {
			t.Errorf("the list is %s", got)
		}
		if fix := r.fixOf(c.ID); fix["allowed"] != false {
			t.Errorf("afterwards the repair is %v", fix)
		}
	})
}

func TestFixAllowsARedirect(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		r := newRoom(t, db)
		c := r.refused(apierror.ParameterInvalid.With("name", "redirect_uri").
			Repair(apierror.Fix{Kind: "redirectUrl", Agent: int64(r.app.Agent), Value: "https://a.example/cb"}))
		bad := r.refused(apierror.ParameterInvalid.With("name", "redirect_uri").
			Repair(apierror.Fix{Kind: "redirectUrl", Agent: int64(r.app.Agent), Value: "javascript:alert(1)"}))
		r.record(c, bad)
		r.must("call.fix", `{"requestId":"%s"}`, c.ID.V2())
		if got := strings.Join(r.target().RedirectURLs, " "); got != "https://a.example/cb" {
			t.Errorf("the list is %s", got)
		}
		if fix := r.fixOf(c.ID); fix["allowed"] != false {
			t.Errorf("afterwards the repair is %v", fix)
		}
		if _, err := r.call(corp, "call.fix", `{"requestId":"%s"}`, bad.ID.V2()); apierror.From(err).Rule != apierror.ParameterInvalid {
			t.Errorf("a repair that the app's rules refuse: %v", err)
		}
	})
}

func TestFixRefuses(t *testing.T) {
	t.Parallel()
	r := newRoom(t, storetest.Open(t))
	fine, unknown, elsewhere, gone := r.called(), r.refused(apierror.UserNotFound), r.scopeMissing(), r.scopeMissing()
	strange := r.refused(apierror.Internal.With().Repair(apierror.Fix{Kind: "clock", Agent: int64(r.app.Agent)}))
	r.record(fine, unknown, strange, elsewhere, gone)
	for name, c := range map[string]id.Call{"a call that succeeded": fine.ID, "a refusal without repair": unknown.ID, "a repair of an unknown kind": strange.ID} {
		if _, err := r.call(corp, "call.fix", `{"requestId":"%s"}`, c.V2()); apierror.From(err).Rule != apierror.FixNone {
			t.Errorf("%s: %v", name, err)
		}
		if fix := r.fixOf(c); fix != nil {
			t.Errorf("%s has the repair %v", name, fix)
		}
	}
	if _, err := r.call("dingother", "call.fix", `{"requestId":"%s"}`, elsewhere.ID.V2()); apierror.From(err).Rule != apierror.CallUnknown {
		t.Errorf("another corp's call: %v", err)
	}
	if err := r.apps.Delete(t.Context(), corp, r.app.Agent); err != nil {
		t.Fatal(err)
	}
	if fix := r.fixOf(gone.ID); fix["allowed"] != false || fix["why"] != "the app was deleted" {
		t.Errorf("of a deleted app: %v", fix)
	}
	if _, err := r.call(corp, "call.fix", `{"requestId":"%s"}`, gone.ID.V2()); apierror.From(err).Rule != apierror.FixNone {
		t.Errorf("of a deleted app: %v", err)
	}
}
