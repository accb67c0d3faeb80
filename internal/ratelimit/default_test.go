package ratelimit

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/gatepost/gatepost/internal/apierror"
	"github.com/gatepost/gatepost/internal/id"
	"github.com/gatepost/gatepost/internal/kv"
	"github.com/gatepost/gatepost/internal/op"
	"github.com/gatepost/gatepost/internal/store"
	"github.com/gatepost/gatepost/internal/store/storetest"
)

// A default rule is one rule with a count for each app, each operation, or both.
func TestDefaults(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		platform bool
		rule     Rule
		together [][2]int // app and operation of three calls that are counted together; two pass
		apart    [][2]int // then one call of each passes
		row      *apierror.Error
	}{
		"each app, each operation": {true, Rule{Window: Second, Subject: Subject{Agent: EachApp, Operation: EachOperation}}, [][2]int{{1, 0}, {1, 0}, {1, 0}}, [][2]int{{1, 1}, {2, 0}}, apierror.Throttled},
		"each app, one operation":  {true, Rule{Window: Minute, Subject: Subject{Agent: EachApp, Operation: "/topapi/a"}}, [][2]int{{1, 0}, {1, 0}, {1, 0}}, [][2]int{{1, 1}, {2, 0}}, apierror.AppMinuteLimited},
		"each app":                 {true, Rule{Window: Day, Subject: Subject{Agent: EachApp}}, [][2]int{{1, 0}, {1, 1}, {1, 2}}, [][2]int{{2, 0}}, apierror.QuotaUsed},
		"each operation":           {true, Rule{Window: Second, Subject: Subject{Operation: EachOperation}}, [][2]int{{1, 0}, {2, 0}, {3, 0}}, [][2]int{{1, 1}}, apierror.OperationLimited},
		"a corp's each operation":  {false, Rule{Window: Day, Subject: Subject{Operation: EachOperation}}, [][2]int{{1, 0}, {2, 0}, {3, 0}}, [][2]int{{1, 1}}, apierror.CorpOperationLimited},
		"an app's each operation":  {false, Rule{Window: Day, Subject: Subject{Agent: 1, Operation: EachOperation}}, [][2]int{{1, 0}, {1, 0}, {1, 0}}, [][2]int{{1, 1}, {2, 0}}, apierror.QuotaUsed},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := begin(t, storetest.Open(t), nil)
			tc.rule.Max = 2
			if tc.platform {
				tc.rule = w.platformRule(tc.rule)
			} else {
				tc.rule = w.rule(tc.rule)
			}
			for i, c := range tc.together {
				if err := w.call(id.Agent(c[0]), c[1]); i < 2 && err != nil || i == 2 && !errors.Is(err, tc.row) {
					t.Errorf("call %d: %v", i, err)
				}
			}
			for _, c := range tc.apart {
				if err := w.call(id.Agent(c[0]), c[1]); err != nil {
					t.Errorf("app %d, operation %d: %v", c[0], c[1], err)
				}
			}
			list, err := w.Usages(t.Context(), tc.rule.Corp)
			if err != nil {
				t.Fatal(err)
			}
			for _, u := range list {
				if u.Rule.ID == tc.rule.ID && u.Used != 2 {
					t.Errorf("the one that used most used %d", u.Used)
				}
			}
		})
	}
}

// What is said more exactly holds instead: of an app and an operation, of an
// app, of a corp, of the platform. What a shadow rule says overrides nothing.
func TestOverriding(t *testing.T) {
	t.Parallel()
	w := begin(t, storetest.Open(t), nil)
	each := Subject{Agent: EachApp, Operation: EachOperation}
	w.platformRule(Rule{Window: Second, Max: 1, Subject: each})
	pass := func(want map[id.Agent]int) {
		t.Helper()
		w.later(time.Second)
		for agent, n := range want {
			if got := w.passes(9, agent, 0); got != n {
				t.Errorf("app %d: %d pass, want %d", agent, got, n)
			}
		}
	}
	pass(map[id.Agent]int{1: 1, 2: 1})
	w.platformRule(Rule{Window: Second, Max: 2, Subject: Subject{Agent: EachApp, Operation: "/topapi/a"}})
	pass(map[id.Agent]int{1: 2, 2: 2})
	own := w.rule(Rule{Window: Second, Max: 3, Subject: each})
	pass(map[id.Agent]int{1: 3, 2: 3})
	w.rule(Rule{Window: Second, Max: 4, Subject: Subject{Agent: 1, Operation: EachOperation}})
	pass(map[id.Agent]int{1: 4, 2: 3})
	exact := w.rule(Rule{Window: Second, Max: 5, Subject: Subject{Agent: 1, Operation: "/topapi/a"}})
	pass(map[id.Agent]int{1: 5, 2: 3})
	w.rule(Rule{Window: Second, Max: 5, Shadow: true, Subject: exact.Subject})
	pass(map[id.Agent]int{1: 4, 2: 3})
	if err := w.Remove(t.Context(), corp, own.ID); err != nil {
		t.Fatal(err)
	}
	pass(map[id.Agent]int{1: 4, 2: 2})
	if n := w.passes(9, 2, 1); n != 1 {
		t.Errorf("of another operation %d pass", n)
	}
}

// The number that comes with the platform counts, tells and refuses nothing,
// until somebody says that it should.
func TestNumberOfThePublicPlatform(t *testing.T) {
	t.Parallel()
	w := begin(t, storetest.Open(t), nil)
	rules, err := w.InForce(t.Context(), corp)
	if err != nil || len(rules) != 1 {
		t.Fatalf("%+v, %v", rules, err)
	}
	r := rules[0]
	if r.Max != 20 || r.Window != Second || !r.Shadow || r.Source == "" {
		t.Errorf("%+v", r)
	}
	for i := range 21 {
		head, shadow, err := w.Take(t.Context(), &op.Caller{Corp: corp, App: "b", Agent: 1}, &w.ops[0])
		if err != nil || (len(shadow) == 1) != (i == 20) || (len(head) == 1) != (i == 20) {
			t.Fatalf("call %d: %v, %v, %v", i, head, shadow, err)
		}
	}
	set := w.platformRule(Rule{Window: Second, Max: 20, Subject: r.Subject})
	if set.ID != r.ID || set.Source != "" {
		t.Errorf("%+v", set)
	}
	if n := w.passes(9, 1, 0); n != 0 { // the count goes on
		t.Errorf("%d pass", n)
	}
}

// A refusal has the headers that success has.
func TestHeaders(t *testing.T) {
	t.Parallel()
	w := begin(t, storetest.Open(t), nil)
	r := w.rule(Rule{Window: Minute, Max: 1, Subject: Subject{Agent: 1}})
	for i, left := range []string{"0", "0"} {
		head, _, err := w.Take(t.Context(), &op.Caller{Corp: corp, App: "x", Agent: 1}, &w.ops[0])
		want := [][2]string{{"X-RateLimit-Limit", "1"}, {"X-RateLimit-Remaining", left}, {"X-RateLimit-Reset", fmt.Sprint(start.Add(time.Minute).Unix())}, {"X-RateLimit-Rule", r.ID}}
		if (err != nil) != (i == 1) || fmt.Sprint(head) != fmt.Sprint(want) {
			t.Errorf("call %d: %v, %v, want %v", i, head, err, want)
		}
	}
	if head, _, err := w.Take(t.Context(), &op.Caller{}, &w.ops[0]); head != nil || err != nil {
		t.Errorf("a call without an app is counted: %v, %v", head, err)
	}
}

// The counts of a default go on after a restart, and end with it.
func TestDefaultRestarts(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := begin(t, db, nil)
		r := w.platformRule(Rule{Window: Day, Max: 5, Subject: Subject{Agent: EachApp}})
		w.passes(3, 1, 0)
		if err := w.Flush(t.Context()); err != nil {
			t.Fatal(err)
		}
		w = begin(t, db, nil)
		if n := w.passes(9, 1, 1); n != 2 {
			t.Errorf("%d more pass", n)
		}
		if err := w.Remove(t.Context(), "", r.ID); err != nil {
			t.Fatal(err)
		}
		if n := w.passes(9, 1, 1); n != 9 {
			t.Errorf("%d pass without the rule", n)
		}
	})
}

// However many apps call, a default keeps the counts of the present window.
func TestDefaultsAreSwept(t *testing.T) {
	t.Parallel()
	w := begin(t, storetest.Open(t), nil)
	w.platformRule(Rule{Window: Second, Max: 1, Subject: Subject{Agent: EachApp, Operation: EachOperation}})
	take := func(app int) error {
		_, _, err := w.Take(context.Background(), &op.Caller{Corp: corp, App: id.App(fmt.Sprint(app)), Agent: 1}, &w.ops[0])
		return err
	}
	for app := range 5 * leastSweep {
		if app%1000 == 0 {
			w.later(time.Second)
		}
		if err := take(app); err != nil {
			t.Fatal(err)
		}
		if take(app) == nil {
			t.Fatalf("app %d: its second call passes", app)
		}
	}
	if n := len(w.books[corp].each); n > leastSweep {
		t.Errorf("%d counts are kept", n)
	}
}

// Many nodes count a default together.
func TestDefaultOnNodes(t *testing.T) {
	t.Parallel()
	eachShared(t, func(t *testing.T, shared kv.Store) {
		all, _ := cluster(t, 3, shared)
		all[0].platformRule(Rule{Window: Minute, Max: 600, Subject: Subject{Agent: EachApp, Operation: EachOperation}})
		passed := 0
		for _, w := range all {
			w.moved(topic(""))
		}
		for i := range 900 {
			passed += all[i%3].passes(1, 1, 0)
		}
		if passed < 600 || passed > 606 {
			t.Errorf("%d pass of 600", passed)
		}
	})
}
