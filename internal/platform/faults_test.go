package platform_test

import (
	"slices"
	"testing"
	"time"

	"github.com/gatepost/gatepost/internal/event"
	"github.com/gatepost/gatepost/internal/fault"
	"github.com/gatepost/gatepost/internal/id"
	"github.com/gatepost/gatepost/internal/platformtest"
	"github.com/gatepost/gatepost/internal/scope"
	"github.com/gatepost/gatepost/internal/store"
)

// tries are what the log of tries says of an event, in order.
func tries(t *testing.T, w *platformtest.World, corp id.Corp, ev id.Event) []string {
	t.Helper()
	list, err := store.View(t.Context(), w.DB, func(tx *store.Tx) ([]string, error) {
		return store.All(tx, triesOfEvent, func(r store.Row) (string, error) {
			var outcome, injected string
			err := r.Scan(&outcome, &injected)
			return outcome + " " + injected, err
		}, corp, ev)
	})
	if err != nil {
		t.Fatal(err)
	}
	return list
}

const triesOfEvent store.SQL = `SELECT outcome, injected FROM attempts WHERE corp = $1 AND event = $2 ORDER BY id` // of all subscriptions

// What faults do to deliveries, from the change to the log of tries.
func TestFaults(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		fault fault.Fault
		late  bool          // no answer comes in time
		again time.Duration // after which it is tried again; 0: it is not
		got   int           // times that it arrives
		tries []string
	}{
		"drop":      {fault.Fault{Kind: fault.Drop}, false, 11 * time.Second, 1, []string{"failed drop", "accepted "}},
		"lost-ack":  {fault.Fault{Kind: fault.LostAck}, false, 11 * time.Second, 2, []string{"failed lost-ack", "accepted "}},
		"duplicate": {fault.Fault{Kind: fault.Duplicate}, false, 0, 2, []string{"accepted duplicate"}},
		"delay":     {fault.Fault{Kind: fault.Delay, By: 3 * time.Second}, false, 4 * time.Second, 1, []string{"later delay", "accepted "}},
		"slow":      {fault.Fault{Kind: fault.Slow, By: 20 * time.Second}, true, 11 * time.Second, 2, []string{"failed slow", "accepted "}},
		"half-dead": {fault.Fault{Kind: fault.HalfDead}, true, 11 * time.Second, 1, []string{"failed half-dead", "accepted "}},
		"reorder":   {fault.Fault{Kind: fault.Reorder, By: time.Millisecond}, false, 0, 1, []string{"accepted reorder"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			platformtest.Each(t, func(t *testing.T, w *platformtest.World) {
				in, corp, a := faulty(t, w, func(s *event.Subscription) {
					if s.Timeout = time.Minute; tc.late {
						s.Timeout = 50 * time.Millisecond
					}
				})
				one := tc.fault
				one.Corp, one.Agent, one.Percent, one.Remaining, one.Ends, one.SetAt = corp, a.Agent, 100, 1, w.Now().Add(time.Hour), w.Now()
				if _, err := w.Faults.Set(t.Context(), one); err != nil {
					t.Fatal(err)
				}
				w.Person(corp, "lina", "李娜", id.RootDept)
				happened, err := w.Events.List(t.Context(), corp, event.Filter{Name: event.UserAdded, Object: "person:lina"}, 1)
				if err != nil || len(happened) != 1 {
					t.Fatalf("%+v, %v", happened, err)
				}
				ev := happened[0].ID
				eventually(t, "the first try is recorded", func() bool { return len(tries(t, w, corp, ev)) > 0 })
				if tc.again > 0 {
					w.Later(tc.again)
					w.Delivery.Look()
				}
				eventually(t, "all tries are recorded", func() bool { return len(tries(t, w, corp, ev)) == len(tc.tries) })
				if got := tries(t, w, corp, ev); !slices.Equal(got, tc.tries) {
					t.Errorf("tries %q, want %q", got, tc.tries)
				}
				if len(in) != tc.got {
					t.Errorf("it arrived %d times", len(in))
				}
			})
		})
	}
}

// Two events change places; those of one object do not.
func TestReordered(t *testing.T) {
	t.Parallel()
	platformtest.Each(t, func(t *testing.T, w *platformtest.World) {
		in, corp, a := faulty(t, w, nil)
		one := fault.Fault{Corp: corp, Agent: a.Agent, Kind: fault.Reorder, By: 10 * time.Second, Percent: 100, Remaining: 1, Ends: w.Now().Add(time.Hour), SetAt: w.Now()}
		if _, err := w.Faults.Set(t.Context(), one); err != nil {
			t.Fatal(err)
		}
		w.Person(corp, "lina", "李娜", id.RootDept)
		eventually(t, "the first is held back", func() bool {
			list, err := w.Faults.List(t.Context(), corp)
			return err == nil && len(list) == 1 && list[0].Remaining == 0
		})
		w.Person(corp, "wang", "王伟", id.RootDept)
		first, _ := in.next(t)
		second, _ := in.next(t)
		if first.Object != "person:wang" || second.Object != "person:lina" {
			t.Errorf("%s came before %s", first.Object, second.Object)
		}
	})
}

// faulty is an app of a sandbox that is told of new people, with faults around
// its way.
func faulty(t *testing.T, w *platformtest.World, change func(*event.Subscription)) (inbox, id.Corp, platformtest.App) {
	t.Helper()
	corp, _ := w.Corp("Acme")
	a := w.App(corp, "crm", scope.Member)
	in := make(inbox, 16)
	w.Delivery.Ways[event.Callback] = w.Faults.Around(in)
	s := event.Subscription{Corp: corp, Agent: a.Agent, Way: event.Callback, Names: []event.Name{event.UserAdded}, Ordered: true}
	if change != nil {
		change(&s)
	}
	if _, err := w.Events.Subscribe(t.Context(), s); err != nil {
		t.Fatal(err)
	}
	return in, corp, a
}

func eventually(t *testing.T, what string, holds func() bool) {
	t.Helper()
	for deadline := time.Now().Add(time.Minute); !holds(); time.Sleep(2 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("still not: %s", what)
		}
	}
}
