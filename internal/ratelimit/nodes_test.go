package ratelimit

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/alicebob/miniredis/v2"

	"github.com/gatepost/gatepost/internal/id"
	"github.com/gatepost/gatepost/internal/kv"
	"github.com/gatepost/gatepost/internal/store/storetest"
)

// faulty is shared state that can be made to fail, and counts what it is asked.
type faulty struct {
	kv.Store
	broken atomic.Bool
	asked  atomic.Int64
}

var errBroken = errors.New("no connection")

func (f *faulty) Count(ctx context.Context, key string, by int64, ttl time.Duration) (int64, error) {
	f.asked.Add(1)
	if f.broken.Load() {
		return 0, errBroken
	}
	return f.Store.Count(ctx, key, by, ttl)
}

// cluster is n nodes over one database and one shared state, each of which knows
// of all others.
func cluster(t testing.TB, n int, store kv.Store) ([]*world, *faulty) {
	t.Helper()
	db, shared := storetest.Open(t), &faulty{Store: store}
	t.Cleanup(func() { shared.Close() })
	var nodes []*world
	for range n {
		nodes = append(nodes, begin(t, db, shared))
	}
	for range 2 { // the first did not know of the last
		for _, w := range nodes {
			w.count(t.Context())
		}
	}
	for i, w := range nodes {
		if got := w.nodes.Load(); got != int64(n) {
			t.Fatalf("node %d knows of %d nodes", i, got)
		}
	}
	return nodes, shared
}

func eachShared(t *testing.T, f func(t *testing.T, s kv.Store)) {
	t.Run("memory", func(t *testing.T) {
		t.Parallel()
		f(t, kv.Memory())
	})
	t.Run("redis", func(t *testing.T) {
		t.Parallel()
		s, err := kv.Redis(t.Context(), "redis://"+miniredis.RunT(t).Addr())
		if err != nil {
			t.Fatal(err)
		}
		f(t, s)
	})
}

// However long telling fails, the log says twice that it does: when it begins and
// when it is over.
func TestAnOutageIsLoggedOnce(t *testing.T) {
	t.Parallel()
	w := begin(t, storetest.Open(t), nil)
	var out bytes.Buffer
	w.logger = slog.New(slog.NewTextHandler(&out, nil))
	var failing bool
	for _, err := range []error{nil, errBroken, errBroken, errBroken, nil, nil} {
		failing = w.report(t.Context(), failing, err)
	}
	if text := out.String(); strings.Count(text, "\n") != 2 || !strings.Contains(text, "WARN") || !strings.Contains(text, "again") {
		t.Errorf("the log says\n%s", text)
	}
}

// Nodes called in turn admit the limit, at most nodes × slack beyond it, and
// rarely ask shared state.
func TestNodesCountTogether(t *testing.T) {
	t.Parallel()
	eachShared(t, func(t *testing.T, s kv.Store) {
		const nodes, limit = 3, 3000
		all, shared := cluster(t, nodes, s)
		for _, r := range []Rule{{Window: Second, Max: limit, Subject: Subject{Operation: "/topapi/a"}}, {Window: Day, Max: limit, Subject: Subject{Agent: 1}}} {
			all[0].rule(r)
		}
		for _, w := range all { // which are told of the rules by the database, here one process
			w.moved(topic(corp))
		}
		before, passed := shared.asked.Load(), 0
		for i := range limit * 3 / 2 {
			passed += all[i%nodes].passes(1, 1, 0)
		}
		slack := limit / (100 * nodes)
		if passed < limit*98/100 || passed > limit+nodes*slack {
			t.Errorf("%d pass of a limit of %d", passed, limit)
		}
		t.Logf("%d of %d pass, shared state was asked %d times", passed, limit, shared.asked.Load()-before)
		if asked := shared.asked.Load() - before; asked > limit/4 {
			t.Errorf("shared state was asked %d times for %d calls", asked, limit*3/2)
		}
	})
}

// A limit below the number of nodes' slack is exceeded by one call a node at most.
func TestSmallLimitOnNodes(t *testing.T) {
	t.Parallel()
	all, _ := cluster(t, 2, kv.Memory())
	all[0].rule(Rule{Window: Day, Max: 5, Subject: Subject{Agent: 1}})
	all[1].moved(topic(corp))
	passed := 0
	for i := range 20 {
		passed += all[i%2].passes(1, 1, 0)
	}
	if passed < 5 || passed > 7 {
		t.Errorf("%d calls pass of a limit of 5 on two nodes", passed)
	}
}

// All nodes at once, with their workers.
func TestNodesAtOnce(t *testing.T) {
	t.Parallel()
	const nodes, limit = 3, 3000
	all, _ := cluster(t, nodes, kv.Memory())
	all[0].rule(Rule{Window: Minute, Max: limit, Subject: Subject{Agent: 1}})
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	var passed atomic.Int64
	var calls, runs sync.WaitGroup
	for _, w := range all {
		w.moved(topic(corp))
		runs.Go(func() {
			if err := w.Run(ctx); err != nil {
				t.Error(err)
			}
		})
		for range 4 {
			calls.Go(func() { passed.Add(int64(w.passes(limit/2, 1, 0))) })
		}
	}
	calls.Wait()
	cancel()
	runs.Wait()
	if n := passed.Load(); n < limit*98/100 || n > limit*102/100 {
		t.Errorf("%d pass of a limit of %d", n, limit)
	}
}

// While shared state fails each node goes on with its part, and no further.
func TestSharedStateFails(t *testing.T) {
	t.Parallel()
	all, shared := cluster(t, 2, kv.Memory())
	all[0].rule(Rule{Window: Day, Max: 1000, Subject: Subject{Agent: 1}})
	all[1].moved(topic(corp))
	for _, w := range all {
		if n := w.passes(200, 1, 0); n != 200 {
			t.Fatalf("%d of 200 pass", n)
		}
	}
	for _, w := range all {
		if err := w.Flush(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	shared.broken.Store(true)
	total := 400
	for i, w := range all {
		n := w.passes(2000, 1, 0)
		total += n
		if n < 250 {
			t.Errorf("node %d admits %d calls without shared state", i, n)
		}
	}
	if slack := 2 * 5; total > 1000+200+slack { // the first node last heard of the other before its calls
		t.Errorf("%d calls of 1000 pass", total)
	}
	asked := shared.asked.Load()
	for _, w := range all {
		if n := w.passes(100, 1, 0); n != 0 {
			t.Errorf("%d pass beyond the part", n)
		}
	}
	if more := shared.asked.Load() - asked; more > 0 {
		t.Errorf("a call waits for what is known to fail: asked %d times", more)
	}
	shared.broken.Store(false)
	for _, w := range all {
		if err := w.Flush(t.Context()); err != nil {
			t.Error(err)
		}
		if w.down.Load() {
			t.Error("it is not noticed that shared state is back")
		}
	}
}

// A package is one amount for all nodes.
func TestPackageOnNodes(t *testing.T) {
	t.Parallel()
	all, _ := cluster(t, 2, kv.Memory())
	grant := Package{Corp: corp, Subject: Subject{Agent: 1}, Amount: 100, EndsAt: start.Add(time.Hour)}
	if _, err := all[0].Grant(t.Context(), grant); err != nil {
		t.Fatal(err)
	}
	all[1].moved(topic(corp))
	passed := 0
	for i := range 300 {
		passed += all[i%2].passes(1, 1, 0)
	}
	if passed < 100 || passed > 102 {
		t.Errorf("%d calls pass of a package of 100", passed)
	}
	if list, err := all[0].Packages(t.Context(), corp); err != nil || list[0].Used < 100 {
		t.Errorf("%+v, %v", list, err)
	}
}

// The one that ends soonest is consumed first; one that has not begun is not.
func TestPackagesStack(t *testing.T) {
	t.Parallel()
	w := begin(t, storetest.Open(t), nil)
	for amount, from := range map[int64]time.Duration{5: 0, 3: 0, 7: time.Hour} {
		p := Package{Corp: corp, Subject: Subject{Agent: 1}, Amount: amount, StartsAt: start.Add(from), EndsAt: start.Add(time.Duration(amount) * time.Hour)}
		if _, err := w.Grant(t.Context(), p); err != nil {
			t.Fatal(err)
		}
	}
	used := func() (list [3]int64) {
		t.Helper()
		packages, err := w.Packages(t.Context(), corp)
		if err != nil {
			t.Fatal(err)
		}
		for i, p := range packages {
			list[i] = p.Used
		}
		return list
	}
	for _, step := range []struct {
		calls, pass int
		used        [3]int64
	}{{2, 2, [3]int64{2, 0, 0}}, {2, 2, [3]int64{3, 1, 0}}, {6, 4, [3]int64{3, 5, 0}}} {
		if n := w.passes(step.calls, 1, 0); n != step.pass || used() != step.used {
			t.Errorf("%d of %d pass, used %v, want %+v", n, step.calls, used(), step)
		}
	}
	w.later(time.Hour)
	if n := w.passes(9, id.Agent(1), 0); n != 7 {
		t.Errorf("%d of the package that begins later", n)
	}
}
