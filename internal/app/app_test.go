package app_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gatepost/gatepost/internal/apierror"
	"github.com/gatepost/gatepost/internal/app"
	"github.com/gatepost/gatepost/internal/clock"
	"github.com/gatepost/gatepost/internal/id"
	"github.com/gatepost/gatepost/internal/keyring/keyringtest"
	"github.com/gatepost/gatepost/internal/op"
	"github.com/gatepost/gatepost/internal/scope"
	"github.com/gatepost/gatepost/internal/store"
	"github.com/gatepost/gatepost/internal/store/storetest"
)

const corp id.Corp = "dingtest"

var start = time.Date(2026, 11, 22, 8, 0, 0, 0, time.UTC)

// apps opens the applications in db at a clock that stands still until moved.
func apps(t *testing.T, db *store.DB) (*app.Apps, *clock.Clock) {
	t.Helper()
	clk, err := clock.New(t.Context(), db, func() time.Time { return start })
	if err != nil {
		t.Fatal(err)
	}
	return app.New(db, clk, keyringtest.New(t, db)), clk
}

func create(t *testing.T, a *app.Apps, n app.NewApp) (*app.App, string) {
	t.Helper()
	made, secret, err := a.Create(t.Context(), corp, n)
	if err != nil {
		t.Fatal(err)
	}
	return made, secret
}

func byKey(t *testing.T, a *app.Apps, key id.App) *app.App {
	t.Helper()
	found, err := a.ByKey(t.Context(), key)
	if err != nil {
		t.Fatal(err)
	}
	return found
}

func TestCreate(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		a, _ := apps(t, db)
		made, secret := create(t, a, app.NewApp{Name: " hello ", By: "boss", Reason: "first"})
		if made.Name != "hello" || made.State != app.Enabled || made.Grade != scope.R2 || !made.Range.All || len(made.IPs) != 0 {
			t.Errorf("a new app is %+v", made)
		}
		for _, n := range scope.Common() {
			if !made.ScopeNames().Has(n) {
				t.Errorf("a new app lacks %s", n)
			}
		}
		if len(made.Scopes) != len(scope.Common()) || made.Scopes[0].By != "boss" || made.Scopes[0].Reason != "first" {
			t.Errorf("grants %+v", made.Scopes)
		}
		if !made.Accepts(secret, start) || made.Accepts("", start) || made.Accepts(secret[1:], start) {
			t.Error("a new app accepts other than its secret")
		}
		if s := fmt.Sprintf("%v %+v", made.Secrets[0], *made); strings.Contains(s, secret) {
			t.Error("printing an app prints its secret")
		}
		if made.Secrets[0].Hint != secret[len(secret)-4:] {
			t.Errorf("hint %q", made.Secrets[0].Hint)
		}
		found, err := a.ByAgent(t.Context(), corp, made.Agent)
		if err != nil || found.Key != made.Key {
			t.Errorf("by agent: %v, %v", found, err)
		}
		if first, second := byKey(t, a, made.Key), byKey(t, a, made.Key); first != second {
			t.Error("an app that did not change is read again")
		}
		if _, err := a.ByAgent(t.Context(), "dingother", made.Agent); !errors.Is(err, apierror.AgentUnknown) {
			t.Errorf("another corp finds the app: %v", err)
		}
		if _, err := a.ByKey(t.Context(), "dingnone"); !errors.Is(err, apierror.AgentUnknown) {
			t.Errorf("unknown key: %v", err)
		}
	})
}

func TestCreateRefuses(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		a, _ := apps(t, db)
		create(t, a, app.NewApp{Name: "taken"})
		for _, tc := range []struct {
			name string
			app  app.NewApp
			want *apierror.Error
			text string // in the message
		}{
			{"no name", app.NewApp{Name: "  "}, apierror.ParameterInvalid, "name"},
			{"long name", app.NewApp{Name: strings.Repeat("企", 65)}, apierror.ParameterInvalid, "64"},
			{"control characters", app.NewApp{Name: "a\nb"}, apierror.ParameterInvalid, "printable"},
			{"taken name", app.NewApp{Name: "taken"}, apierror.ParameterInvalid, "no other app"},
			{"grade", app.NewApp{Name: "x", Grade: scope.W1}, apierror.ParameterInvalid, "R1 | R2"},
			{"scope", app.NewApp{Name: "x", Scopes: []scope.Name{"fieldMobil"}}, apierror.ScopeUnknown, "fieldMobile"},
		} {
			_, _, err := a.Create(t.Context(), corp, tc.app)
			if !errors.Is(err, tc.want) || !strings.Contains(apierror.From(err).Message("en"), tc.text) {
				t.Errorf("%s: %v", tc.name, err)
			}
		}
		longest := strings.Repeat("企", 64)
		if made, _ := create(t, a, app.NewApp{Name: longest, Scopes: []scope.Name{}}); len(made.Scopes) != 0 {
			t.Errorf("asked for no scopes, got %v", made.ScopeNames())
		}
		if _, _, err := a.Create(t.Context(), "dingother", app.NewApp{Name: "taken"}); err != nil {
			t.Errorf("a name is taken in another corp: %v", err)
		}
	})
}

func TestUpdate(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		a, _ := apps(t, db)
		made, _ := create(t, a, app.NewApp{Name: "one"})
		create(t, a, app.NewApp{Name: "two"})
		for _, tc := range []struct {
			name   string
			change app.Change
			check  func(*app.App) bool
		}{
			{"name", app.Change{Name: new("renamed")}, func(x *app.App) bool { return x.Name == "renamed" && x.State == app.Enabled }},
			{"own name", app.Change{Name: new("renamed")}, func(x *app.App) bool { return x.Name == "renamed" }},
			{"state", app.Change{State: new(app.Disabled)}, func(x *app.App) bool { return x.State == app.Disabled && x.Name == "renamed" }},
			{"grade and strict", app.Change{Grade: new(scope.R1), Strict: new(true)}, func(x *app.App) bool { return x.Grade == scope.R1 && x.Strict }},
			{"ips", app.Change{IPs: &[]string{" 10.0.0.1", "10.0.0.1", ""}}, func(x *app.App) bool { return slices.Equal(x.IPs, []string{"10.0.0.1"}) }},
			{"no ips", app.Change{IPs: &[]string{}}, func(x *app.App) bool { return len(x.IPs) == 0 }},
			{"urls", app.Change{RedirectURLs: &[]string{"https://a.example/cb?x=1"}}, func(x *app.App) bool { return len(x.RedirectURLs) == 1 }},
			{"range", app.Change{Range: &op.Range{Departments: []id.Dept{7, 3}, Users: []id.User{"u"}}}, func(x *app.App) bool {
				return !x.Range.All && slices.Equal(x.Range.Departments, []id.Dept{3, 7}) && slices.Equal(x.Range.Users, []id.User{"u"})
			}},
			{"empty range", app.Change{Range: &op.Range{}}, func(x *app.App) bool { return !x.Range.All && x.Range.Departments == nil && x.Range.Users == nil }},
			{"whole range", app.Change{Range: &op.Everything}, func(x *app.App) bool { return x.Range.All }},
		} {
			if err := a.Update(t.Context(), corp, made.Agent, tc.change); err != nil {
				t.Fatalf("%s: %v", tc.name, err)
			}
			if got := byKey(t, a, made.Key); !tc.check(got) {
				t.Errorf("%s: %+v", tc.name, got)
			}
		}
		for _, tc := range []struct {
			name   string
			change app.Change
			text   string
		}{
			{"taken name", app.Change{Name: new("two")}, "two"},
			{"state", app.Change{State: new(app.State("asleep"))}, "asleep"},
			{"address", app.Change{Name: new("x"), IPs: &[]string{"10.0.0.1", "10.0.0"}}, "10.0.0"},
			{"fragment", app.Change{RedirectURLs: &[]string{"https://a.example/#x"}}, "fragment"},
			{"scheme", app.Change{RedirectURLs: &[]string{"javascript:alert(1)"}}, "javascript"},
			{"no host", app.Change{RedirectURLs: &[]string{"https:///cb"}}, "no host"},
			{"relative", app.Change{RedirectURLs: &[]string{"/cb"}}, "scheme"},
			{"user", app.Change{RedirectURLs: &[]string{"https://a.example@evil.example/"}}, "user"},
		} {
			err := a.Update(t.Context(), corp, made.Agent, tc.change)
			if !errors.Is(err, apierror.ParameterInvalid) || !strings.Contains(apierror.From(err).FoundIn("en"), tc.text) {
				t.Errorf("%s: %v", tc.name, err)
			}
		}
		if got := byKey(t, a, made.Key); got.Name != "renamed" {
			t.Errorf("a refused change left %q", got.Name)
		}
		if err := a.Update(t.Context(), corp, 1, app.Change{}); !errors.Is(err, apierror.AgentUnknown) {
			t.Errorf("unknown app: %v", err)
		}
	})
}

func TestDelete(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		a, _ := apps(t, db)
		gone, _ := create(t, a, app.NewApp{Name: "gone"})
		kept, _ := create(t, a, app.NewApp{Name: "kept"})
		byKey(t, a, gone.Key) // into the cache
		if err := a.Delete(t.Context(), corp, gone.Agent); err != nil {
			t.Fatal(err)
		}
		if _, err := a.ByKey(t.Context(), gone.Key); !errors.Is(err, apierror.AgentUnknown) {
			t.Errorf("a deleted app is found: %v", err)
		}
		if err := a.Delete(t.Context(), corp, gone.Agent); !errors.Is(err, apierror.AgentUnknown) {
			t.Errorf("deleted twice: %v", err)
		}
		all, err := a.OfCorp(t.Context(), corp)
		if err != nil || len(all) != 1 || all[0].Key != kept.Key {
			t.Errorf("of the corp: %v, %v", all, err)
		}
	})
}

func TestGrantAndRevoke(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		a, _ := apps(t, db)
		made, _ := create(t, a, app.NewApp{Name: "x", Scopes: []scope.Name{scope.Base}, Reason: "first"})
		if err := a.Grant(t.Context(), corp, made.Agent, []scope.Name{scope.Base, scope.FieldMobile}, "calls people", "boss"); err != nil {
			t.Fatal(err)
		}
		got := byKey(t, a, made.Key)
		if !got.ScopeNames().Has(scope.FieldMobile) || len(got.Scopes) != 2 {
			t.Fatalf("granted %v", got.Scopes)
		}
		for _, g := range got.Scopes {
			if want := map[scope.Name]string{scope.Base: "first", scope.FieldMobile: "calls people"}[g.Scope]; g.Reason != want || !g.At.Equal(start) {
				t.Errorf("grant %+v, want the reason %q", g, want)
			}
		}
		err := a.Grant(t.Context(), corp, made.Agent, []scope.Name{scope.FieldEmail, "nothing"}, "", "")
		if !errors.Is(err, apierror.ScopeUnknown) || byKey(t, a, made.Key).ScopeNames().Has(scope.FieldEmail) {
			t.Errorf("unknown scope: %v", err)
		}
		for range 2 { // revoking what is not granted is no error
			if err := a.Revoke(t.Context(), corp, made.Agent, scope.FieldMobile); err != nil {
				t.Fatal(err)
			}
		}
		if byKey(t, a, made.Key).ScopeNames().Has(scope.FieldMobile) {
			t.Error("revoked and still there")
		}
	})
}

func TestRotation(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		a, clk := apps(t, db)
		made, first := create(t, a, app.NewApp{Name: "x"})
		accepts := func(want map[string]bool) {
			t.Helper()
			now, got := clk.At(corp), byKey(t, a, made.Key)
			for secret, accepted := range want {
				if got.Accepts(secret, now) != accepted {
					t.Errorf("at %s …%s accepted = %v", now.Sub(start), secret[60:], !accepted)
				}
			}
		}
		move := func(by time.Duration) {
			t.Helper()
			if err := clk.Move(t.Context(), corp, by); err != nil {
				t.Fatal(err)
			}
		}
		second, ends, err := a.RotateSecret(t.Context(), corp, made.Agent, 24*time.Hour)
		if err != nil || !ends.Equal(start.Add(24*time.Hour)) {
			t.Fatalf("ends %s, %v", ends, err)
		}
		accepts(map[string]bool{first: true, second: true})
		move(23 * time.Hour)
		// A second rotation does not prolong what the first one ends.
		third, ends, err := a.RotateSecret(t.Context(), corp, made.Agent, 10*time.Hour)
		if err != nil || !ends.Equal(start.Add(33*time.Hour)) {
			t.Fatalf("ends %s, %v", ends, err)
		}
		accepts(map[string]bool{first: true, second: true, third: true})
		move(time.Hour)
		accepts(map[string]bool{first: false, second: true, third: true})
		fourth, ends, err := a.RotateSecret(t.Context(), corp, made.Agent, 0)
		if err != nil || !ends.IsZero() {
			t.Fatalf("ends %s, %v", ends, err)
		}
		accepts(map[string]bool{first: false, second: false, third: false, fourth: true})
		if n := len(byKey(t, a, made.Key).Secrets); n != 1 {
			t.Errorf("%d secrets are kept after all but one ended", n)
		}
	})
}

func TestRevokeSecret(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		a, _ := apps(t, db)
		made, first := create(t, a, app.NewApp{Name: "x"})
		revoke := func(secret string) error { return a.RevokeSecret(t.Context(), corp, made.Agent, secret) }
		if err := revoke(made.Secrets[0].ID); !errors.Is(err, apierror.SecretLast) {
			t.Errorf("the last one: %v", err)
		}
		if err := revoke("nothing"); !errors.Is(err, apierror.SecretUnknown) {
			t.Errorf("an unknown one: %v", err)
		}
		second, _, err := a.RotateSecret(t.Context(), corp, made.Agent, time.Hour)
		if err != nil {
			t.Fatal(err)
		}
		if err := revoke(made.Secrets[0].ID); err != nil {
			t.Fatal(err)
		}
		if got := byKey(t, a, made.Key); got.Accepts(first, start) || !got.Accepts(second, start) {
			t.Error("the revoked one lives, or the other one does not")
		}
	})
}

// Two nodes, or two caches over one database: a change by one is seen by the other.
func TestCachesFollowChanges(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		one, _ := apps(t, db)
		two, _ := apps(t, db)
		made, _ := create(t, one, app.NewApp{Name: "x"})
		for i := range 20 {
			name := fmt.Sprintf("name %d", i)
			byKey(t, two, made.Key)
			if err := one.Update(t.Context(), corp, made.Agent, app.Change{Name: &name}); err != nil {
				t.Fatal(err)
			}
			if got := byKey(t, two, made.Key).Name; got != name {
				t.Fatalf("the other cache has %q, not %q", got, name)
			}
		}
	})
}

// Readers that race with a change never leave the old state behind.
func TestCacheDoesNotKeepWhatWasReadBefore(t *testing.T) {
	t.Parallel()
	a, _ := apps(t, storetest.Open(t))
	made, _ := create(t, a, app.NewApp{Name: "x"})
	var readers sync.WaitGroup
	stop := make(chan struct{})
	for range 4 {
		readers.Go(func() {
			for {
				select {
				case <-stop:
					return
				default:
					if _, err := a.ByKey(t.Context(), made.Key); err != nil {
						t.Error(err)
						return
					}
				}
			}
		})
	}
	for i := range 100 {
		name := fmt.Sprint(i)
		if err := a.Update(t.Context(), corp, made.Agent, app.Change{Name: &name}); err != nil {
			t.Fatal(err)
		}
		if got := byKey(t, a, made.Key).Name; got != name {
			t.Fatalf("%q after it was changed to %q", got, name)
		}
	}
	close(stop)
	readers.Wait()
}
