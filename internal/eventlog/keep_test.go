package eventlog

import (
	"slices"
	"testing"
	"time"

	"github.com/gatepost/gatepost/internal/event"
	"github.com/gatepost/gatepost/internal/id"
	"github.com/gatepost/gatepost/internal/store"
	"github.com/gatepost/gatepost/internal/store/storetest"
)

const day = 24 * time.Hour

// What is older than the retention goes, but for what somebody has still to be
// told of or what was given up lately; and nothing of it is then missed.
func TestRetention(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := newWorld(t, db)
		s := w.subscribe("")
		made := w.many(600)
		delivered, waits, failed, dead := made[:550], made[550], made[551], made[552]
		w.settle(s, event.Accepted, "", delivered...)
		w.settle(s, event.Failed, "", failed)
		w.settle(s, event.Accepted, "", made[553:]...)
		w.later(3 * day)
		w.settle(s, event.Failed, "failed too often", dead)
		w.later(5 * day)
		young := w.happen("young")
		w.must(w.Sweep(t.Context()))
		want := []id.Event{waits, failed, dead, young[0]}
		if got := w.kept(); !slices.Equal(got, want) {
			t.Errorf("%d are kept, not the %d that are needed", len(got), len(want))
		}
		waiting := w.waiting(s)
		slices.Sort(waiting)
		if want := []id.Event{waits, failed, young[0]}; !slices.Equal(waiting, want) {
			t.Errorf("%v wait, not %v", waiting, want)
		}
		w.later(2 * time.Minute)
		f, err := w.CompareCorp(t.Context(), acme)
		w.must(err)
		if f.Missing != 0 || f.Checked != 1 {
			t.Errorf("comparing finds %+v", f)
		}
		w.later(3 * day)
		w.must(w.Sweep(t.Context()))
		if got, want := w.kept(), []id.Event{waits, failed, young[0]}; !slices.Equal(got, want) {
			t.Errorf("ten days later %v are kept, not %v", got, want)
		}
	})
}

// Tries that are younger than their events go in their time, though nothing else
// of the company is left.
func TestRetentionOfTries(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := newWorld(t, db)
		s := w.subscribe("")
		made := w.happen("a")
		w.later(6 * day)
		w.settle(s, event.Accepted, "", made...)
		for _, want := range []int{1, 0} {
			w.later(2 * day)
			w.must(w.Sweep(t.Context()))
			if got := w.kept(); len(got) > 0 {
				t.Errorf("%v are kept", got)
			}
			tried, err := w.subscriptionsOf(t.Context(), subscriptionsTried, acme)
			w.must(err)
			if len(tried) != want {
				t.Errorf("tries of %v are kept", tried)
			}
			w.later(4 * day)
		}
	})
}

// Of too many events the oldest go, and their tries with them.
func TestRetentionBySize(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := newWorld(t, db)
		w.Keep.Rows = 100
		s := w.subscribe("")
		made := w.many(700)
		w.settle(s, event.Accepted, "", made[1:]...)
		w.must(w.Sweep(t.Context()))
		if got := w.kept(); len(got) != 101 || got[0] != made[0] || got[1] != made[600] {
			t.Errorf("%d events are kept", len(got))
		}
		w.later(2 * time.Minute)
		f, err := w.CompareCorp(t.Context(), acme)
		w.must(err)
		if f.Missing != 0 || f.Checked != 100 {
			t.Errorf("comparing finds %+v", f)
		}
	})
}

// An event that is to be delivered again after the retention chose it, and before
// it is removed, stays.
func TestRetentionLeavesWhatIsTakenUpLate(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := newWorld(t, db)
		s := w.subscribe("")
		for name, again := range map[string]func(e id.Event) error{
			"one":  func(e id.Event) error { return w.Repush(t.Context(), acme, e, s.ID) },
			"dead": func(id.Event) error { _, err := w.RepushDead(t.Context(), acme, s.ID, 10); return err },
			"replay": func(e id.Event) error {
				r, err := w.Replay(t.Context(), acme, Wanted{Subscription: s.ID, After: e - 1, Until: e}, "admin")
				if err != nil {
					return err
				}
				return w.step(t.Context(), acme, r.ID)
			},
		} {
			made := w.happen(name)[0]
			w.settle(s, event.Failed, "failed too often", made)
			if name != "dead" {
				w.must(w.Repush(t.Context(), acme, made, s.ID))
				w.settle(s, event.Accepted, "", made)
			}
			w.must(w.mark(t.Context(), acme, made))
			choice, err := store.View(t.Context(), db, func(tx *store.Tx) (chosen, error) { return removable(tx, acme, made-1, made) })
			w.must(err)
			if name == "dead" { // its time was up as well
				choice.gone = []id.Event{made}
			}
			if !slices.Equal(choice.gone, []id.Event{made}) {
				t.Fatalf("%s: %v was chosen", name, choice.gone)
			}
			w.must(again(made))
			w.must(w.removeEvents(t.Context(), acme, choice))
			if got := w.waiting(s); !slices.Equal(got, []id.Event{made}) {
				t.Errorf("%s: %v wait, not %v", name, got, made)
			}
			w.settle(s, event.Accepted, "", made)
			choice, err = store.View(t.Context(), db, func(tx *store.Tx) (chosen, error) { return removable(tx, acme, made-1, made) })
			w.must(err)
			w.must(w.removeEvents(t.Context(), acme, choice))
			if got := w.kept(); len(got) > 0 {
				t.Errorf("%s: %v is kept though nothing waits", name, got)
			}
		}
	})
}

// What waits for a subscription that is off for longer than events are kept is
// dropped, which is a trace; what waits for one that is paused is not.
func TestRetentionDropsWhatNobodyWillDeliver(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := newWorld(t, db)
		off, paused := w.subscribe(""), w.subscribe("")
		made := w.many(600)
		w.must(w.SetState(t.Context(), acme, off.ID, event.Off, ""))
		w.must(w.SetState(t.Context(), acme, paused.ID, event.Paused, ""))
		w.later(6 * day)
		w.must(w.Sweep(t.Context()))
		if n, m := len(w.waiting(off)), len(w.waiting(paused)); n != 600 || m != 600 {
			t.Errorf("after six days %d and %d wait", n, m)
		}
		w.later(2 * day)
		w.must(w.Sweep(t.Context()))
		if n, m := len(w.waiting(off)), len(w.waiting(paused)); n != 0 || m != 600 {
			t.Errorf("after eight days %d and %d wait", n, m)
		}
		k, err := w.find(t.Context(), acme, made[0], off.ID)
		w.must(err)
		if len(k.Traces) != 1 || k.Traces[0].Status != Dropped {
			t.Errorf("%+v", k.Traces)
		}
	})
}

// Comparing finds what left no trace, and only that.
func TestCompare(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := newWorld(t, db)
		first, second, qa := w.subscribe(""), w.subscribe(""), w.subscribe("qa")
		made := w.many(1_050)
		w.settle(first, event.Accepted, "", made...)
		w.settle(second, event.Failed, "failed too often", made[:500]...)
		w.must(w.events.Unsubscribe(t.Context(), acme, second.ID)) // the rest is noted as dropped
		w.later(2 * time.Minute)
		w.must(w.Compare(t.Context()))
		f, err := w.Found(t.Context(), acme)
		w.must(err)
		if f.Checked != 1_050 || f.Missing != 0 {
			t.Fatalf("it finds %+v", f)
		}

		lost := w.happen("lost")[0]
		w.forget(first, lost)
		r, err := w.Replay(t.Context(), acme, Wanted{Subscription: qa.ID, After: lost - 1, Until: lost}, "admin")
		w.must(err)
		w.must(w.step(t.Context(), acme, r.ID)) // a replay to somebody else is no trace
		w.must(w.Compare(t.Context()))
		if f, err = w.Found(t.Context(), acme); err != nil || f.Missing != 0 {
			t.Errorf("within the hour it is compared again: %+v, %v", f, err)
		}
		w.later(time.Hour)
		young := w.happen("young")
		w.forget(first, young[0]) // not looked at yet
		w.must(w.Compare(t.Context()))
		f, err = w.Found(t.Context(), acme)
		w.must(err)
		if f.Checked != 1_051 || f.Missing != 1 || len(f.Examples) != 1 || f.Examples[0].Event != lost || f.Examples[0].Told != 1 || f.Examples[0].Traced != 0 {
			t.Errorf("it finds %+v", f)
		}
		w.later(8 * day)
		w.must(w.Sweep(t.Context()))
		w.must(w.Compare(t.Context()))
		if f, err = w.Found(t.Context(), acme); err != nil || f.Missing != 0 || f.Checked != 0 {
			t.Errorf("beyond the retention it finds %+v, %v", f, err)
		}
	})
}

// forget loses a delivery, as no code does.
func (w *world) forget(s event.Subscription, e id.Event) {
	w.t.Helper()
	_, err := store.Update(w.t.Context(), w.db, func(tx *store.Tx) (int64, error) { return tx.Exec(loseDelivery, acme, s.ID, e) })
	w.must(err)
}

const loseDelivery store.SQL = `DELETE FROM deliveries WHERE corp = $1 AND subscription = $2 AND event = $3`
