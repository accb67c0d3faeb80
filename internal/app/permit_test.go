package app_test

import (
	"context"
	"errors"
	"net/netip"
	"slices"
	"testing"

	"github.com/gatepost/gatepost/internal/apierror"
	"github.com/gatepost/gatepost/internal/app"
	"github.com/gatepost/gatepost/internal/id"
	"github.com/gatepost/gatepost/internal/op"
	"github.com/gatepost/gatepost/internal/scope"
	"github.com/gatepost/gatepost/internal/store"
	"github.com/gatepost/gatepost/internal/store/storetest"
)

func nothing(context.Context, op.Caller, *op.None) (*op.None, error) { return &op.None{}, nil }

func declared(as op.As, needs scope.Name) *op.Operation {
	o := op.V2("GET /v1.0/test", nothing, op.Spec{Title: "测试", TitleEN: "Test", Doc: "for a test", As: as, Verb: op.Read, Group: "test", Scope: needs})
	return &o
}

func TestPermit(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		a, _ := apps(t, db)
		open, _ := create(t, a, app.NewApp{Name: "open", Scopes: []scope.Name{scope.Base, scope.ContactUserRead}})
		fenced, _ := create(t, a, app.NewApp{Name: "fenced"})
		off, _ := create(t, a, app.NewApp{Name: "off"})
		for agent, c := range map[id.Agent]app.Change{fenced.Agent: {IPs: &[]string{"10.0.0.*"}}, off.Agent: {State: new(app.Disabled)}} {
			if err := a.Update(t.Context(), corp, agent, c); err != nil {
				t.Fatal(err)
			}
		}
		caller := func(as op.As, key id.App, user id.User, scopes ...scope.Name) op.Caller {
			return op.Caller{As: as, Corp: corp, App: key, User: user, Scopes: scopes, Call: 42, Lang: "en", Base: "http://here"}
		}
		for _, tc := range []struct {
			name string
			who  op.Caller
			o    *op.Operation
			from string
			want *apierror.Error // nil: permitted
		}{
			{"granted", caller(op.App, open.Key, "", scope.Base), declared(op.App, scope.Base), "203.0.113.7", nil},
			{"unknown app", caller(op.App, "dingnone", ""), declared(op.App, scope.Base), "203.0.113.7", apierror.AgentUnknown},
			{"disabled", caller(op.App, off.Key, ""), declared(op.App, scope.Base), "203.0.113.7", apierror.AppDisabled},
			{"from the list", caller(op.App, fenced.Key, ""), declared(op.App, scope.Base), "10.0.0.9", nil},
			{"from the list, mapped", caller(op.App, fenced.Key, ""), declared(op.App, scope.Base), "::ffff:10.0.0.9", nil},
			{"from elsewhere", caller(op.App, fenced.Key, ""), declared(op.App, scope.Base), "10.0.1.9", apierror.IPRefused},
			{"not granted", caller(op.App, open.Key, "", scope.Base), declared(op.App, scope.Member), "10.0.1.9", apierror.ScopeMissing},
			{"consented", caller(op.Person, open.Key, "u", scope.ContactUserRead), declared(op.Person, scope.ContactUserRead), "10.0.1.9", nil},
			{"not consented", caller(op.Person, open.Key, "u"), declared(op.AppOrPerson, scope.ContactUserRead), "10.0.1.9", apierror.ConsentMissing},
			{"neither granted nor consented", caller(op.Person, open.Key, "u"), declared(op.Person, scope.Member), "10.0.1.9", apierror.ScopeMissing},
			{"anyone", op.Caller{}, declared(op.Anyone, ""), "10.0.1.9", nil},
			{"administrator", op.Caller{As: op.Admin}, declared(op.Admin, ""), "10.0.1.9", nil},
			{"administrator for the operator", op.Caller{As: op.Admin}, declared(op.Operator, ""), "10.0.1.9", apierror.NotAdministrator},
			{"operator", op.Caller{As: op.Admin, Operator: true}, declared(op.Operator, ""), "10.0.1.9", nil},
			{"suite", caller(op.Suite, open.Key, ""), declared(op.Suite, ""), "10.0.1.9", nil},
			{"suite that is off", caller(op.Suite, off.Key, ""), declared(op.Suite, ""), "10.0.1.9", apierror.AppDisabled},
			{"suite from elsewhere", caller(op.Suite, fenced.Key, ""), declared(op.Suite, ""), "10.0.1.9", apierror.IPRefused},
			{"unknown suite", caller(op.Suite, "suitenone", ""), declared(op.Suite, ""), "10.0.1.9", apierror.AgentUnknown},
		} {
			err := a.Permit(t.Context(), &tc.who, tc.o, netip.MustParseAddr(tc.from))
			if tc.want == nil && err != nil || tc.want != nil && !errors.Is(err, tc.want) {
				t.Errorf("%s: %v, want %v", tc.name, err, tc.want)
			}
		}
	})
}

// What a refusal says is what repairs it.
func TestRefusalsRepairThemselves(t *testing.T) {
	t.Parallel()
	a, _ := apps(t, storetest.Open(t))
	made, _ := create(t, a, app.NewApp{Name: "x", Scopes: []scope.Name{scope.Base, scope.AddressSearch}})
	who := op.Caller{As: op.App, Corp: corp, App: made.Key, Call: 42, Lang: "en", Base: "http://here"}
	from := netip.MustParseAddr("::ffff:203.0.113.7")

	refusal := apierror.From(a.Permit(t.Context(), &who, declared(op.App, scope.Member), from))
	if got, want := refusal.ExpectedIn("en"), "qyapi_get_member (Read people, R2)"; got != want {
		t.Errorf("expected %q, want %q", got, want)
	}
	if want := "qyapi_addresslist_search, qyapi_base"; refusal.Found != want {
		t.Errorf("found %q, want %q", refusal.Found, want)
	}
	if !slices.Equal(refusal.Scopes, []string{"qyapi_get_member"}) {
		t.Errorf("required scopes %v", refusal.Scopes)
	}
	values := refusal.Values()
	if link := "http://here/console/apps/"; len(values["link"]) < len(link) || values["link"][:len(link)] != link || values["request"] != id.Call(42).V2() {
		t.Errorf("values %v", values)
	}
	if refusal.Fix == nil || *refusal.Fix != (apierror.Fix{Kind: "scope", Agent: int64(made.Agent), Value: "qyapi_get_member"}) {
		t.Errorf("fix %+v", refusal.Fix)
	}

	if err := a.Update(t.Context(), corp, made.Agent, app.Change{IPs: &[]string{"10.0.0.0/8"}}); err != nil {
		t.Fatal(err)
	}
	refusal = apierror.From(a.Permit(t.Context(), &who, declared(op.App, scope.Base), from))
	if refusal.Expected != "10.0.0.0/8" || refusal.Found != "203.0.113.7" {
		t.Errorf("expected %q, found %q", refusal.Expected, refusal.Found)
	}
	if added, err := a.AllowIP(t.Context(), corp, made.Agent, refusal.Fix.Value); err != nil || !added {
		t.Fatalf("the fix cannot be applied: %v, %v", added, err)
	}
	if err := a.Permit(t.Context(), &who, declared(op.App, scope.Base), from); err != nil {
		t.Errorf("after the fix: %v", err)
	}
}

func TestAllows(t *testing.T) {
	t.Parallel()
	a, _ := apps(t, storetest.Open(t))
	made, _ := create(t, a, app.NewApp{Name: "x"})
	for _, tc := range []struct {
		entry   string
		allowed []string
		refused []string
	}{
		{"203.0.113.7", []string{"203.0.113.7", "::ffff:203.0.113.7"}, []string{"203.0.113.8", "2001:db8::1"}},
		{"203.0.113.0/30", []string{"203.0.113.0", "203.0.113.3"}, []string{"203.0.113.4"}},
		{"203.0.113.77/24", []string{"203.0.113.1"}, []string{"203.0.112.1"}},
		{"203.0.113.*", []string{"203.0.113.0", "203.0.113.255"}, []string{"203.0.11.3", "::1"}},
		{"203.*.113.7", []string{"203.9.113.7"}, []string{"203.9.113.8", "204.9.113.7"}},
		{"*.0.113.7", []string{"8.0.113.7"}, []string{"8.1.113.7"}},
		{"2001:db8::/32", []string{"2001:db8::1"}, []string{"2001:db9::1", "203.0.113.7"}},
		{"::1", []string{"::1"}, []string{"127.0.0.1"}},
		{"::ffff:10.0.0.0/104", []string{"10.1.2.3"}, []string{"11.1.2.3"}},
		{"fe80::1", []string{"fe80::1%eth0"}, nil},
	} {
		if err := a.Update(t.Context(), corp, made.Agent, app.Change{IPs: &[]string{tc.entry}}); err != nil {
			t.Errorf("%s: %v", tc.entry, err)
			continue
		}
		got := byKey(t, a, made.Key)
		for _, ip := range tc.allowed {
			if !got.Allows(netip.MustParseAddr(ip)) {
				t.Errorf("%s refuses %s", tc.entry, ip)
			}
		}
		for _, ip := range tc.refused {
			if got.Allows(netip.MustParseAddr(ip)) {
				t.Errorf("%s allows %s", tc.entry, ip)
			}
		}
	}
	for _, entry := range []string{"*", "10.*", "10.*.*.1", "10.0.0.1*", "10.0.0.256", "10.0.0.01.*", "01.0.0.*", "2001:db8::*", "10.0.0.0/33", "host.example", "fe80::1%eth0", "10.0.0.1-9"} {
		err := a.Update(t.Context(), corp, made.Agent, app.Change{IPs: &[]string{entry}})
		if !errors.Is(err, apierror.ParameterInvalid) || apierror.From(err).Found != entry {
			t.Errorf("%s: %v", entry, err)
		}
	}
}

// An empty list allows all; adding to it would shut everybody else out.
func TestAllowIPDoesNotFence(t *testing.T) {
	t.Parallel()
	a, _ := apps(t, storetest.Open(t))
	made, _ := create(t, a, app.NewApp{Name: "x"})
	if added, err := a.AllowIP(t.Context(), corp, made.Agent, "10.0.0.1"); err != nil || added {
		t.Errorf("added = %v, %v", added, err)
	}
	if got := byKey(t, a, made.Key); len(got.IPs) != 0 {
		t.Errorf("the list is %v", got.IPs)
	}
}

// A policy that was read before a change is not kept after it.
func TestPolicyFollowsEveryChange(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		a, _ := apps(t, db)
		o := declared(op.App, scope.Base)
		a.Operations = func() []op.Operation { return []op.Operation{*o} }
		made, _ := create(t, a, app.NewApp{Name: "x"})
		other, _ := create(t, a, app.NewApp{Name: "y"})
		who := op.Caller{As: op.App, Corp: corp, App: made.Key, Base: "http://here"}
		turn := func(of id.Corp, p app.Position, keys ...id.App) {
			t.Helper()
			s := app.Switch{Corp: of, Route: app.Route{Method: "GET", Path: "/v1.0/test"}, Position: p, Apps: keys, Reason: " incident ", By: "li"}
			if err := a.SetSwitch(t.Context(), s); err != nil {
				t.Fatal(err)
			}
		}
		check := func(when string, want *apierror.Error) {
			t.Helper()
			err := a.Permit(t.Context(), &who, o, netip.MustParseAddr("10.0.0.1"))
			if want == nil && err != nil || want != nil && !errors.Is(err, want) {
				t.Errorf("%s: %v, want %v", when, err, want)
			}
		}
		check("at first", nil)
		turn(corp, app.Closed)
		check("closed", apierror.OperationClosed)
		turn(corp, app.Allowed, other.Key)
		check("for another", apierror.OperationClosed)
		turn(corp, app.Allowed, other.Key, made.Key)
		check("for both", nil)
		turn(app.Platform, app.Allowed, other.Key)
		check("on the platform for another", apierror.OperationClosedHere)
		turn(app.Platform, app.Open)
		check("open on the platform", nil)
		turn(corp, app.Closed)
		if err := a.RequireHTTPS(t.Context(), corp, true); err != nil {
			t.Fatal(err)
		}
		check("over http", apierror.HTTPSRequired)
		who.Base = "https://here"
		check("over https", apierror.OperationClosed)
		if err := a.RemovePolicy(t.Context(), corp); err != nil {
			t.Fatal(err)
		}
		who.Base = "http://here"
		check("without a policy", nil)
	})
}
