package ratelimit

import (
	"context"
	"errors"
	"log/slog"
	"math/rand/v2"
	"sync/atomic"
	"testing"
	"time"

	"github.com/gatepost/gatepost/internal/apierror"
	"github.com/gatepost/gatepost/internal/clock"
	"github.com/gatepost/gatepost/internal/id"
	"github.com/gatepost/gatepost/internal/kv"
	"github.com/gatepost/gatepost/internal/op"
	"github.com/gatepost/gatepost/internal/scope"
	"github.com/gatepost/gatepost/internal/store"
	"github.com/gatepost/gatepost/internal/store/storetest"
)

const corp id.Corp = "ding1"

// start is 20:00 in Shanghai.
var start = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

// world is flow control with a clock that stands still.
type world struct {
	testing.TB
	*Limits
	now *atomic.Int64
	clk *clock.Clock
	ops []op.Operation
}

func nothing(context.Context, op.Caller, *op.None) (*op.None, error) { return &op.None{}, nil }

func operations() []op.Operation {
	spec := func(group string) op.Spec {
		return op.Spec{Title: "甲", TitleEN: "A", Doc: "d", Verb: op.Read, Scope: scope.Member, Group: group}
	}
	return []op.Operation{op.V1("/topapi/a", nothing, spec("one")), op.V1("/topapi/b", nothing, spec("one")), op.V2("GET /v1.0/c", nothing, spec("two"))}
}

func begin(t testing.TB, db *store.DB, shared kv.Store) *world {
	t.Helper()
	w := &world{TB: t, now: &atomic.Int64{}, ops: operations()}
	w.now.Store(start.UnixNano())
	var err error
	if w.clk, err = clock.New(t.Context(), db, func() time.Time { return time.Unix(0, w.now.Load()) }); err != nil {
		t.Fatal(err)
	}
	w.Limits = New(db, w.clk, shared, slog.New(slog.DiscardHandler))
	w.wait = time.Minute // no test depends on how fast the machine is
	w.Operations = func() []op.Operation { return w.ops }
	return w
}

func (w *world) later(d time.Duration) { w.now.Add(int64(d)) }

func (w *world) rule(r Rule) Rule {
	w.Helper()
	r.Corp = corp
	made, err := w.Set(context.Background(), r)
	if err != nil {
		w.Fatal(err)
	}
	return made
}

// platformRule sets a rule of the whole platform.
func (w *world) platformRule(r Rule) Rule {
	w.Helper()
	made, err := w.Set(context.Background(), r)
	if err != nil {
		w.Fatal(err)
	}
	return made
}

func (w *world) call(agent id.Agent, o int) error {
	_, _, err := w.Take(context.Background(), &op.Caller{Corp: corp, App: id.App(rune('a' + agent)), Agent: agent}, &w.ops[o])
	return err
}

// passes is how many of n calls pass.
func (w *world) passes(n int, agent id.Agent, o int) (passed int) {
	w.Helper()
	for range n {
		switch err := w.call(agent, o); {
		case err == nil:
			passed++
		case apierror.From(err).Rule == apierror.Internal:
			w.Fatal(err)
		}
	}
	return passed
}

// A group is just its operations, so it cannot have the name of those that are declared.
func TestDeclaredGroupsAreNotNamedAnew(t *testing.T) {
	t.Parallel()
	w := begin(t, storetest.Open(t), nil)
	_, err := w.SetGroup(t.Context(), corp, "one", []string{"/v1.0/c"})
	if !errors.Is(err, apierror.ParameterInvalid) {
		t.Errorf("a declared group's name: %v", err)
	}
}

func TestRules(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		rule   Rule
		counts [][2]int // app and operation of each call; the rule admits two of them
		free   [][2]int // calls that it does not concern
		row    *apierror.Error
	}{
		"app by day":          {Rule{Window: Day, Subject: Subject{Agent: 1}}, [][2]int{{1, 0}, {1, 2}, {1, 1}}, [][2]int{{2, 0}}, apierror.QuotaUsed},
		"app by minute":       {Rule{Window: Minute, Subject: Subject{Agent: 1}}, [][2]int{{1, 0}, {1, 2}, {1, 1}}, [][2]int{{2, 0}}, apierror.AppMinuteLimited},
		"operation by second": {Rule{Window: Second, Subject: Subject{Operation: "/topapi/a"}}, [][2]int{{1, 0}, {2, 0}, {3, 0}}, [][2]int{{1, 1}}, apierror.CorpOperationLimited},
		"operation by path":   {Rule{Window: Day, Subject: Subject{Operation: "/v1.0/c"}}, [][2]int{{1, 2}, {2, 2}, {3, 2}}, [][2]int{{1, 1}}, apierror.CorpOperationLimited},
		"app and operation":   {Rule{Window: Second, Subject: Subject{Agent: 1, Operation: "/topapi/a"}}, [][2]int{{1, 0}, {1, 0}, {1, 0}}, [][2]int{{2, 0}, {1, 1}}, apierror.Throttled},
		"app and its group":   {Rule{Window: Minute, Subject: Subject{Agent: 1, Group: "own"}}, [][2]int{{1, 0}, {1, 2}, {1, 0}}, [][2]int{{1, 1}, {2, 0}}, apierror.AppMinuteLimited},
		"app, declared group": {Rule{Window: Day, Subject: Subject{Agent: 1, Group: "one"}}, [][2]int{{1, 0}, {1, 1}, {1, 0}}, [][2]int{{1, 2}}, apierror.QuotaUsed},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := begin(t, storetest.Open(t), nil)
			if _, err := w.SetGroup(t.Context(), corp, "own", []string{"/topapi/a", "/v1.0/c"}); err != nil {
				t.Fatal(err)
			}
			tc.rule.Max = 2
			w.rule(tc.rule)
			for i, c := range tc.counts {
				err := w.call(id.Agent(c[0]), c[1])
				if i < 2 && err != nil || i == 2 && !errors.Is(err, tc.row) {
					t.Errorf("call %d: %v", i, err)
				}
				if i == 2 && apierror.From(err).RetryAfter <= 0 {
					t.Errorf("no word of when to try again: %+v", apierror.From(err))
				}
			}
			for _, c := range tc.free {
				if err := w.call(id.Agent(c[0]), c[1]); err != nil {
					t.Errorf("app %d, operation %d: %v", c[0], c[1], err)
				}
			}
		})
	}
}

func TestNoSuchKindOfRule(t *testing.T) {
	t.Parallel()
	w := begin(t, storetest.Open(t), nil)
	for _, r := range []Rule{
		{Corp: corp, Window: Day},
		{Corp: corp, Window: Day, Subject: Subject{Group: "one"}},
		{Corp: corp, Window: Day, Subject: Subject{Agent: 1, Operation: "/topapi/a", Group: "one"}},
		{Corp: corp, Window: Second, Subject: Subject{Agent: 1}},
		{Window: Day, Subject: Subject{Agent: 1}},
		{Corp: corp, Window: Second, Subject: Subject{Agent: EachApp}},
		{Corp: corp, Window: Day, Subject: Subject{Agent: EachApp, Group: "one"}},
	} {
		if _, err := w.Set(t.Context(), r); !errors.Is(err, apierror.LimitSubject) {
			t.Errorf("%+v: %v", r, err)
		}
	}
}

// A day ends at midnight where the corp is, by the corp's clock.
func TestDays(t *testing.T) {
	t.Parallel()
	w := begin(t, storetest.Open(t), nil)
	w.rule(Rule{Window: Day, Max: 2, Subject: Subject{Agent: 1}})
	step := func(name string, want int) {
		t.Helper()
		if got := w.passes(3, 1, 0); got != want {
			t.Errorf("%s: %d calls pass, want %d", name, got, want)
		}
	}
	step("the first day", 2)
	w.later(4*time.Hour - time.Second)
	step("before midnight in Shanghai", 0)
	w.later(time.Second)
	step("after it", 2)
	if err := w.SetZone(t.Context(), corp, "America/New_York"); err != nil {
		t.Fatal(err)
	}
	step("in New York it is another day", 2)
	step("which counts on", 0)
	if err := w.clk.Move(t.Context(), corp, 24*time.Hour); err != nil {
		t.Fatal(err)
	}
	step("the clock was moved to the next", 2)
}

// A refused call is charged nowhere, whatever the rules.
func TestAllOrNothing(t *testing.T) {
	t.Parallel()
	for seed := range uint64(30) {
		random := rand.New(rand.NewPCG(seed, 1))
		w := begin(t, storetest.Open(t), nil)
		var rules []Rule
		for _, r := range []Rule{
			{Window: Second, Subject: Subject{Operation: "/topapi/a"}}, {Window: Minute, Subject: Subject{Operation: "/topapi/a"}},
			{Window: Day, Subject: Subject{Agent: 1}}, {Window: Minute, Subject: Subject{Agent: 1}},
			{Window: Minute, Subject: Subject{Agent: 2, Group: "one"}}, {Window: Second, Subject: Subject{Agent: 1, Operation: "/topapi/b"}},
		} {
			r.Max, r.Shadow = random.Int64N(12), random.IntN(6) == 0
			rules = append(rules, w.rule(r))
		}
		type cell struct {
			rule  int
			start int64
		}
		counted := map[cell]int64{}
		for i := range 300 {
			w.later(time.Duration(random.IntN(900)) * time.Millisecond)
			agent, o := id.Agent(1+random.IntN(3)), random.IntN(3)
			var cells []cell
			admitted := true
			for n, r := range rules {
				b := book{}
				if !b.concerns(r.Subject, agent, &w.ops[o]) {
					continue
				}
				zone, _ := time.LoadLocation(defaultZone)
				from, _ := r.Window.at(time.Unix(0, w.now.Load()), zone)
				c := cell{n, from.UnixMilli()}
				cells = append(cells, c)
				admitted = admitted && (r.Shadow || counted[c] < r.Max)
			}
			if err := w.call(agent, o); (err == nil) != admitted {
				t.Fatalf("seed %d, call %d of app %d: %v, the model says %t", seed, i, agent, err, admitted)
			}
			if admitted {
				for _, c := range cells {
					counted[c]++
				}
			}
		}
	}
}

// At one and a half times the limit the accepted rate is the limit, within two percent.
func TestAccuracy(t *testing.T) {
	t.Parallel()
	for window, length := range map[Window]time.Duration{Second: time.Second, Minute: time.Minute} {
		w := begin(t, storetest.Open(t), nil)
		w.later(137 * time.Millisecond)
		const limit, windows = 200, 20
		w.rule(Rule{Window: window, Max: limit, Subject: Subject{Operation: "/topapi/a"}})
		passed := 0
		for range limit * windows * 3 / 2 {
			passed += w.passes(1, 1, 0)
			w.later(length * 2 / (3 * limit))
		}
		if off := float64(passed)/(limit*windows) - 1; off < -0.02 || off > 0.02 {
			t.Errorf("%s: %d of %d, %.1f %% off", window, passed, limit*windows, 100*off)
		}
	}
}

func TestRaisingKeepsTheCount(t *testing.T) {
	t.Parallel()
	w := begin(t, storetest.Open(t), nil)
	r := w.rule(Rule{Window: Day, Max: 3, Subject: Subject{Agent: 1}})
	if n := w.passes(5, 1, 0); n != 3 {
		t.Errorf("%d pass", n)
	}
	if again := w.rule(Rule{Window: Day, Max: 5, Subject: Subject{Agent: 1}}); again.ID != r.ID {
		t.Error("the same subject and window became another rule")
	}
	if n := w.passes(5, 1, 0); n != 2 {
		t.Errorf("%d pass after raising 3 to 5", n)
	}
}

// Counts of minutes, days and packages go on after a restart.
func TestRestart(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := begin(t, db, nil)
		w.rule(Rule{Window: Day, Max: 5, Subject: Subject{Agent: 1}})
		w.rule(Rule{Window: Minute, Max: 4, Subject: Subject{Agent: 2}})
		if _, err := w.Grant(t.Context(), Package{Corp: corp, Subject: Subject{Agent: 3}, Amount: 3, EndsAt: start.Add(time.Hour)}); err != nil {
			t.Fatal(err)
		}
		for agent := range id.Agent(3) {
			if n := w.passes(2, agent+1, 0); n != 2 {
				t.Fatalf("app %d: %d pass", agent+1, n)
			}
		}
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		if err := w.Run(ctx); err != nil { // which writes at its end
			t.Fatal(err)
		}
		again := begin(t, db, nil)
		for agent, want := range map[id.Agent]int{1: 3, 2: 2, 3: 1} {
			if n := again.passes(5, agent, 0); n != want {
				t.Errorf("app %d: %d more pass, want %d", agent, n, want)
			}
		}
	})
}
