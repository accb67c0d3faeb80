package ratelimit

import (
	"sync"
	"sync/atomic"
	"testing"

	"github.com/gatepost/gatepost/internal/id"
	"github.com/gatepost/gatepost/internal/kv"
)

// A small limit is met exactly on several nodes, one call after the other.
func TestSmallLimitIsExact(t *testing.T) {
	t.Parallel()
	eachShared(t, func(t *testing.T, shared kv.Store) {
		all, _ := cluster(t, 3, shared)
		all[0].rule(Rule{Window: Minute, Max: 50, Subject: Subject{Agent: 1}})
		passed := 0
		for _, w := range all {
			w.moved(topic(corp))
		}
		for i := range 75 {
			passed += all[i%3].passes(1, 1, 0)
		}
		if passed != 50 {
			t.Errorf("%d pass of 50", passed)
		}
	})
}

// Room that was reserved for a call is given back when another rule refuses it:
// what is counted is what passed.
func TestReservedRoomIsGivenBack(t *testing.T) {
	t.Parallel()
	all, _ := cluster(t, 2, kv.Memory())
	app := all[0].rule(Rule{Window: Minute, Max: 6, Subject: Subject{Agent: 1}})
	all[0].rule(Rule{Window: Minute, Max: 4, Subject: Subject{Agent: 1, Operation: "/topapi/a"}})
	for _, w := range all {
		w.moved(topic(corp))
	}
	var passed atomic.Int64
	var crew sync.WaitGroup
	for i := range 8 {
		crew.Go(func() { passed.Add(int64(all[i%2].passes(3, 1, 0))) })
	}
	crew.Wait()
	if n := passed.Load(); n < 4 || n > 5 { // two calls at once, each of which pays a node's slack
		t.Fatalf("%d pass of 4", n)
	}
	for _, w := range all {
		if err := w.Flush(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	list, err := all[1].Usages(t.Context(), corp)
	if err != nil {
		t.Fatal(err)
	}
	for _, u := range list {
		if u.Rule.ID == app.ID && u.Used != passed.Load() {
			t.Errorf("%d are counted, %d passed", u.Used, passed.Load())
		}
	}
	if n := all[0].passes(9, id.Agent(1), 1) + all[1].passes(9, id.Agent(1), 1); int64(n) != 6-passed.Load() {
		t.Errorf("%d more pass of the app's 6", n)
	}
}
