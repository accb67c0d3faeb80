package eventlog

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/gatepost/gatepost/internal/clock"
	"github.com/gatepost/gatepost/internal/event"
	"github.com/gatepost/gatepost/internal/id"
	"github.com/gatepost/gatepost/internal/keyring/keyringtest"
	"github.com/gatepost/gatepost/internal/store"
	"github.com/gatepost/gatepost/internal/store/storetest"
)

const acme id.Corp = "ding0000000000000000000000000000acme"

// world is a log with a desk over it, and a time that the test moves.
type world struct {
	*Desk
	t  *testing.T
	db *store.DB

	mu  sync.Mutex
	now time.Time
}

type anyApp struct{}

func (anyApp) AppName(context.Context, id.Corp, id.Agent) (string, error) { return "crm", nil }

func newWorld(t *testing.T, db *store.DB) *world {
	t.Helper()
	w := &world{t: t, db: db, now: time.UnixMilli(1_790_000_000_000)}
	clk, err := clock.New(t.Context(), db, w.time)
	if err != nil {
		t.Fatal(err)
	}
	ids := id.NewCalls(1, w.time)
	w.Desk = New(db, event.New(db, clk, keyringtest.New(t, db), ids), ids, w.time, slog.New(slog.DiscardHandler))
	w.Apps = anyApp{}
	w.Payload = func(_ context.Context, _ *event.Subscription, h event.Happened) (string, bool, error) {
		return h.Payload, true, nil
	}
	return w
}

func (w *world) time() time.Time {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.now
}

func (w *world) later(d time.Duration) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.now = w.now.Add(d)
}

func (w *world) must(err error) {
	w.t.Helper()
	if err != nil {
		w.t.Fatal(err)
	}
}

func (w *world) subscribe(group string) event.Subscription {
	w.t.Helper()
	s, err := w.SubscribePull(w.t.Context(), acme, 1, []event.Name{event.UserAdded}, group)
	w.must(err)
	return s
}

// happen emits that people joined, in one change.
func (w *world) happen(people ...string) (made []id.Event) {
	w.t.Helper()
	made, err := store.Update(w.t.Context(), w.db, func(tx *store.Tx) ([]id.Event, error) {
		var made []id.Event
		for _, p := range people {
			e, err := w.events.Emit(tx, acme, event.UserAdded, "person:"+p, event.People{TimeStamp: "1", UserID: []id.User{id.User(p)}})
			if err != nil {
				return nil, err
			}
			made = append(made, e)
		}
		return made, nil
	})
	w.must(err)
	return made
}

// many emits n events of a few people, some in each change.
func (w *world) many(n int) (made []id.Event) {
	for len(made) < n {
		var people []string
		for i := range min(100, n-len(made)) {
			people = append(people, fmt.Sprint("p", i%7))
		}
		made = append(made, w.happen(people...)...)
		w.later(time.Second)
	}
	return made
}

// waiting returns what a subscription has still to be told, in the order in which
// it will be.
func (w *world) waiting(s event.Subscription) (ids []id.Event) {
	w.t.Helper()
	list, err := w.events.Pending(w.t.Context(), acme, s.ID, always(), 100_000)
	w.must(err)
	for _, d := range list {
		ids = append(ids, d.ID)
	}
	return ids
}

// settle notes what became of deliveries.
func (w *world) settle(s event.Subscription, outcome event.Outcome, dead string, ids ...id.Event) {
	w.t.Helper()
	var results []event.Result
	for _, e := range ids {
		results = append(results, event.Result{Delivery: event.Delivery{Happened: event.Happened{Corp: acme, ID: e, Object: "person:x"}, Subscription: s.ID},
			At: w.time(), Took: time.Millisecond, Outcome: outcome, Status: 200, Dead: dead})
	}
	w.must(w.events.Settle(w.t.Context(), results))
}

func (w *world) kept() (ids []id.Event) {
	w.t.Helper()
	for before := newest; ; {
		list, _, err := w.List(w.t.Context(), acme, Filter{Before: before}, 1000)
		w.must(err)
		for _, e := range list {
			ids = append(ids, e.ID)
			before = e.ID
		}
		if len(list) < 1000 {
			slices.Reverse(ids)
			return ids
		}
	}
}

// A consumer that was away for an hour has every event of that hour, in order and
// once, and so has another one of the same app.
//
// feature: EVT-005
func TestWhoWasAwayCatchesUp(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := newWorld(t, db)
		first, second := w.subscribe(""), w.subscribe("second")
		w.must(w.Edit(t.Context(), acme, second.ID, Edit{Group: new("")}))
		want := w.many(5_000)
		w.must(db.Analyze(t.Context()))
		w.later(time.Hour)
		for _, s := range []event.Subscription{first, second} {
			var got []id.Event
			for {
				ids := w.fetched(s, 500)
				if len(ids) == 0 {
					break
				}
				if got == nil && !slices.Equal(w.fetched(s, 500), ids) {
					t.Error("a second fetch without a confirmation shows others")
				}
				got = append(got, ids...)
				n, err := w.Confirm(t.Context(), &s, ids)
				w.must(err)
				if n != len(ids) {
					t.Fatalf("%d of %d were confirmed", n, len(ids))
				}
			}
			if !slices.Equal(got, want) {
				t.Errorf("fetched %d events, not the %d that happened in their order", len(got), len(want))
			}
		}
		f, err := w.CompareCorp(t.Context(), acme)
		w.must(err)
		if f.Checked != 5_000 || f.Missing != 0 {
			t.Errorf("comparing finds %+v", f)
		}
	})
}

// fetched is what a fetch shows.
func (w *world) fetched(s event.Subscription, size int) (ids []id.Event) {
	w.t.Helper()
	list, err := w.Fetch(w.t.Context(), &s, size, 0)
	w.must(err)
	for i := range list {
		ids = append(ids, list[i].ID)
	}
	return ids
}

// Confirming an event confirms none that is older: it may have become visible
// after the fetch.
func TestConfirmingIsByID(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := newWorld(t, db)
		s := w.subscribe("")
		made := w.happen("a", "b", "c")
		_, err := w.Confirm(t.Context(), &s, made[1:])
		w.must(err)
		if got := w.waiting(s); !slices.Equal(got, made[:1]) {
			t.Errorf("%v wait, not %v", got, made[:1])
		}
	})
}

// A fetch that waits has what happens meanwhile, and ends when the platform does.
func TestFetchWaits(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := newWorld(t, db)
		s := w.subscribe("")
		fetched := make(chan int)
		fetch := func() {
			list, err := w.Fetch(t.Context(), &s, 10, time.Hour)
			if err != nil {
				t.Error(err)
			}
			fetched <- len(list)
		}
		go fetch()
		w.happen("a")
		if n := <-fetched; n != 1 {
			t.Errorf("%d events came", n)
		}
		_, err := w.Confirm(t.Context(), &s, w.waiting(s))
		w.must(err)
		go fetch()
		w.Close()
		if n := <-fetched; n != 0 {
			t.Errorf("%d events came of nothing", n)
		}
	})
}

// A replay goes on where it was, on whichever node, a thousand deliveries at a
// time and in the order of the events though the clock steps back.
func TestReplayGoesOn(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := newWorld(t, db)
		prod, qa := w.subscribe(""), w.subscribe("qa")
		made := w.many(1_400)
		w.settle(prod, event.Accepted, "", made...)
		r, err := w.Replay(t.Context(), acme, Wanted{Agent: 1, Group: "qa", After: made[99] - 1, Until: made[1_299]}, "admin")
		w.must(err)
		for i, want := range []int64{1_000, 1_201} {
			w.must(w.step(t.Context(), acme, r.ID))
			r, err = w.replay(t.Context(), acme, r.ID)
			w.must(err)
			if r.Made != want || r.Seen != want || (r.State == Done) != (i == 1) {
				t.Errorf("after step %d: %+v", i+1, r)
			}
			w.later(-time.Minute)
		}
		w.must(w.step(t.Context(), acme, r.ID)) // there is nothing more to do
		if got := w.waiting(qa); !slices.Equal(got, made[99:1_300]) {
			t.Errorf("%d wait, not the %d that were asked for in their order", len(got), 1_201)
		}
		if got := w.waiting(prod); len(got) > 0 {
			t.Errorf("production is told %d events again", len(got))
		}
	})
}

// What is stopped makes nothing due any more; more replays than can go on are
// refused.
func TestReplaysAreBounded(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := newWorld(t, db)
		s := w.subscribe("")
		made := w.many(1_100)
		w.settle(s, event.Accepted, "", made...)
		var last Replay
		for i := range maxReplays + 1 {
			r, err := w.Replay(t.Context(), acme, Wanted{Subscription: s.ID, Until: made[len(made)-1]}, "admin")
			if (err != nil) != (i == maxReplays) {
				t.Errorf("replay %d: %v", i, err)
			}
			if err == nil {
				last = r
			}
		}
		w.must(w.step(t.Context(), acme, last.ID))
		stopped, err := w.Stop(t.Context(), acme, last.ID)
		w.must(err)
		w.must(w.step(t.Context(), acme, last.ID))
		if got := w.waiting(s); stopped.State != Stopped || len(got) != 1_000 {
			t.Errorf("%+v; %d wait", stopped, len(got))
		}
	})
}

// An event that cannot be masked is given up and holds nothing back.
func TestFetchPassesWhatCannotBeTold(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := newWorld(t, db)
		s := w.subscribe("")
		made := w.happen("a", "bad", "b")
		w.Payload = func(_ context.Context, _ *event.Subscription, h event.Happened) (string, bool, error) {
			if h.ID == made[1] {
				return "", false, errors.New("no rule for this")
			}
			return h.Payload, true, nil
		}
		if got, want := w.fetched(s, 10), []id.Event{made[0], made[2]}; !slices.Equal(got, want) {
			t.Errorf("fetched %v, not %v", got, want)
		}
		dead, err := w.dead(t.Context(), acme, 0, s.ID, Place{newest, 0}, 10)
		w.must(err)
		if len(dead) != 1 || dead[0].Event != made[1] {
			t.Errorf("%+v was given up", dead)
		}
	})
}

func TestQuantile(t *testing.T) {
	t.Parallel()
	hundred := make([]int64, 100)
	for i := range hundred {
		hundred[i] = int64(i + 1)
	}
	for name, tc := range map[string]struct {
		of      []int64
		percent int
		want    time.Duration
	}{
		"none": {nil, 50, 0}, "one": {[]int64{7}, 99, 7 * time.Microsecond}, "half": {hundred, 50, 50 * time.Microsecond},
		"most": {hundred, 99, 99 * time.Microsecond}, "of three": {[]int64{1, 2, 3}, 99, 3 * time.Microsecond},
	} {
		if got := quantile(tc.of, tc.percent); got != tc.want {
			t.Errorf("%s: %s, not %s", name, got, tc.want)
		}
	}
}

func TestStats(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := newWorld(t, db)
		s := w.subscribe("")
		before := w.happen("a")
		w.settle(s, event.Accepted, "", before...)
		w.later(3 * time.Hour)
		made := w.happen("a", "b", "c")
		w.settle(s, event.Accepted, "", made[:2]...)
		w.settle(s, event.Failed, "", made[2])
		w.settle(s, event.Dropped, "", made[2])
		list, complete, err := w.Stats(t.Context(), acme, s.ID, w.time().Add(-time.Hour), time.Hour)
		w.must(err)
		last := list[len(list)-1]
		if !complete || len(list) != 2 || last.Sent != 3 || last.Accepted != 2 || last.Failed != 1 || last.P50 != time.Millisecond || list[0].Sent != 0 {
			t.Errorf("%+v, %t", list, complete)
		}
		of, err := w.standing(t.Context(), acme, s.ID)
		w.must(err)
		if of.Day != (Counts{Accepted: 3, Failed: 1, Dropped: 1}) || of.LastSuccess != w.time().UnixMilli() {
			t.Errorf("%+v", of)
		}
	})
}
