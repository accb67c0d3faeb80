package delivery_test

import (
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/gatepost/gatepost/internal/delivery"
	"github.com/gatepost/gatepost/internal/event"
	"github.com/gatepost/gatepost/internal/id"
	"github.com/gatepost/gatepost/internal/store"
	"github.com/gatepost/gatepost/internal/store/storetest"
)

func (w *world) setMask(mask func(h event.Happened) (string, bool, error)) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.mask = mask
}

// attempts are what is still to be delivered, by object, with how often it failed.
func (w *world) attempts(s event.Subscription) map[string]int {
	w.t.Helper()
	list, err := w.log.Pending(w.t.Context(), corp, s.ID, w.time().Add(100*24*time.Hour), 10_000)
	if err != nil {
		w.t.Fatal(err)
	}
	of := map[string]int{}
	for _, d := range list {
		of[d.Object] = d.Attempts
	}
	return of
}

const damage store.SQL = `UPDATE events SET sealed = $3 WHERE corp = $1 AND id = $2`

// What one event does to the platform is that event's failed try, and delays no
// other.
func TestOneBadEventDelaysNoOther(t *testing.T) {
	t.Parallel()
	for name, spoil := range map[string]func(w *world, bad id.Event){
		"payload does not open": func(w *world, bad id.Event) {
			if _, err := store.Update(w.t.Context(), w.db, func(tx *store.Tx) (int64, error) { return tx.Exec(damage, corp, bad, []byte("damaged")) }); err != nil {
				w.t.Fatal(err)
			}
		},
		"mask fails": func(w *world, bad id.Event) {
			w.setMask(func(h event.Happened) (string, bool, error) {
				if h.ID == bad {
					return "", false, errors.New("no such field")
				}
				return h.Payload, true, nil
			})
		},
		"mask panics": func(w *world, bad id.Event) {
			w.setMask(func(h event.Happened) (string, bool, error) {
				if h.ID == bad {
					panic("no such field")
				}
				return h.Payload, true, nil
			})
		},
		"way panics": func(w *world, bad id.Event) {
			w.to.answer = func(d event.Delivery) delivery.Answer {
				if d.ID == bad {
					panic("no such field")
				}
				return delivery.Answer{Outcome: event.Accepted}
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			storetest.Each(t, func(t *testing.T, db *store.DB) {
				w := newWorld(t, db)
				s := w.subscribe(nil)
				bad := w.happen("bad")
				spoil(w, bad)
				for i := range 20 {
					w.happen(fmt.Sprint("p", i))
				}
				w.own()
				w.until("only the bad one is left, after a try", func() bool {
					left := w.attempts(s)
					return len(left) == 1 && left["person:bad"] == 1
				})
			})
		})
	}
}

// While the database does not answer to the mask, events wait and no try is
// counted.
func TestNoTryIsCountedWhileTheDatabaseIsAway(t *testing.T) {
	t.Parallel()
	w := newWorld(t, storetest.Open(t))
	s := w.subscribe(nil)
	asked := make(chan struct{}, 100)
	w.setMask(func(event.Happened) (string, bool, error) {
		asked <- struct{}{}
		return "", false, store.ErrAway
	})
	w.own()
	w.happen("lina")
	<-asked
	<-asked // asked again by itself
	if left := w.attempts(s); left["person:lina"] != 0 || len(w.to.seen()) > 0 {
		t.Errorf("left %v, sent %d", left, len(w.to.seen()))
	}
	w.setMask(nil)
	w.until("it is delivered", func() bool { return w.pending(s) == 0 })
}

// A delivery for which nobody was there is not overtaken by a later one of its
// object, costs no try, and is tried again without being asked for.
func TestNobodyThere(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := newWorld(t, db)
		absences := 3
		var order []id.Event
		w.to.answer = func(d event.Delivery) delivery.Answer {
			if absences > 0 {
				absences--
				return delivery.Answer{Nobody: true}
			}
			if d.Attempts != 0 {
				t.Errorf("%d counts %d tries", d.ID, d.Attempts)
			}
			order = append(order, d.ID)
			return delivery.Answer{Outcome: event.Accepted}
		}
		s := w.subscribe(nil)
		want := []id.Event{w.happen("lina"), w.happen("lina"), w.happen("lina")}
		_, stop := w.own()
		w.until("all is delivered", func() bool { return w.pending(s) == 0 })
		stop()
		if !slices.Equal(order, want) {
			t.Errorf("delivered %v, not %v", order, want)
		}
	})
}

// A receiver that failed is tried once after a while, also when that try comes to
// nothing because the event is not its to know any more.
func TestBreakerGoesOnAfterAnEventThatIsDropped(t *testing.T) {
	t.Parallel()
	w := newWorld(t, storetest.Open(t))
	var failing sync.Map
	failing.Store("yes", true)
	w.to.answer = func(event.Delivery) delivery.Answer {
		if _, yes := failing.Load("yes"); yes {
			return delivery.Answer{Outcome: event.Failed, Status: 500}
		}
		return delivery.Answer{Outcome: event.Accepted}
	}
	s := w.subscribe(func(s *event.Subscription) { s.Most = 1 })
	w.own()
	for i := range 14 {
		w.happen(fmt.Sprint("p", i))
	}
	w.until("ten have failed", func() bool { return len(w.to.seen()) == 10 })
	failing.Delete("yes")
	dropped := false
	w.setMask(func(h event.Happened) (string, bool, error) {
		first := !dropped
		dropped = true
		return h.Payload, !first, nil
	})
	w.later(6*time.Second, s)
	w.until("all that did not fail is delivered", func() bool { return w.pending(s) == 10 })
	if n := len(w.to.seen()); n != 13 {
		t.Errorf("sent %d times", n)
	}
}

// What waits for an older event of its object goes as soon as that one is over,
// however long it was put off.
func TestWhatWaitsGoesWhenItMay(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := newWorld(t, db)
		fails := 3
		w.to.answer = func(event.Delivery) delivery.Answer {
			if fails > 0 {
				fails--
				return delivery.Answer{Outcome: event.Failed, Status: 500}
			}
			return delivery.Answer{Outcome: event.Accepted}
		}
		s := w.subscribe(nil)
		w.own()
		first, second := w.happen("lina"), w.happen("lina")
		w.until("the first try failed", func() bool { return w.attempts(s)["person:lina"] >= 0 && len(w.to.seen()) == 1 })
		w.later(10*time.Second, s)
		w.until("the second try failed", func() bool { return len(w.to.seen()) == 2 })
		w.later(30*time.Second, s)
		w.until("the third try failed", func() bool { return len(w.to.seen()) == 3 })
		w.until("the later one is put off by minutes", func() bool {
			list, err := w.log.Pending(t.Context(), corp, s.ID, w.time().Add(time.Minute), 10)
			return err == nil && len(list) == 0
		})
		// Somebody has the failed one tried at once.
		if err := w.log.Defer(t.Context(), corp, s.ID, []id.Event{first}, w.time()); err != nil {
			t.Fatal(err)
		}
		w.later(0, s)
		w.until("both are delivered", func() bool { return w.pending(s) == 0 })
		var order []id.Event
		for _, d := range w.to.seen() {
			order = append(order, d.ID)
		}
		if want := []id.Event{first, first, first, first, second}; !slices.Equal(order, want) {
			t.Errorf("sent %v, not %v", order, want)
		}
	})
}

// An endpoint ends with its subscription.
func TestEndpointEndsWithItsSubscription(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := newWorld(t, db)
		s := w.subscribe(nil)
		o, _ := w.own()
		w.happen("lina")
		w.until("it is delivered", func() bool { return w.pending(s) == 0 && o.Endpoints() == 1 })
		if err := w.log.Unsubscribe(t.Context(), corp, s.ID); err != nil {
			t.Fatal(err)
		}
		w.log.Due(corp, []id.Subscription{s.ID})
		w.until("nothing of it is left", func() bool { return o.Endpoints() == 0 })
	})
}

// Trap: an id does not tell when its transaction was committed. One that was made
// earlier may become visible later, and is delivered all the same.
func TestTrapCursorOverIDs(t *testing.T) {
	t.Parallel()
	url := storetest.Postgres(t) // on SQLite writers follow each other
	db, err := store.Open(t.Context(), store.Config{Postgres: url})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	w := newWorld(t, db)
	s := w.subscribe(nil)
	w.happen("first") // makes what the corp's first event makes
	w.own()
	w.until("the first is delivered", func() bool { return w.pending(s) == 0 })
	emitted, commit := make(chan id.Event, 1), make(chan struct{})
	done := make(chan error, 1)
	go func() {
		_, err := store.Update(t.Context(), db, func(tx *store.Tx) (id.Event, error) {
			made, err := w.log.Emit(tx, corp, event.UserAdded, "person:early", event.People{TimeStamp: "1", UserID: []id.User{"early"}})
			emitted <- made
			<-commit
			return made, err
		})
		done <- err
	}()
	early := <-emitted
	late := w.happen("late")
	w.until("the later one is delivered", func() bool { return len(w.to.seen()) == 2 && w.pending(s) == 0 })
	close(commit)
	if err := <-done; err != nil || early >= late {
		t.Fatalf("%d was made before %d: %v", early, late, err)
	}
	w.until("the earlier one is delivered", func() bool { return len(w.to.seen()) == 3 && w.pending(s) == 0 })
	if last := w.to.seen()[2]; last.ID != early {
		t.Errorf("delivered %d, not %d", last.ID, early)
	}
}

// Trap: numbers that the database gives to rows begin anew when a table has run
// empty. Deliveries are known by numbers that never come again.
func TestTrapReusedRowNumbers(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := newWorld(t, db)
		s := w.subscribe(nil)
		_, stop := w.own()
		var want, got []id.Event
		for i := range 100 {
			want = append(want, w.happen(fmt.Sprint("p", i%3)))
			w.until("the table is empty", func() bool { return w.pending(s) == 0 })
		}
		stop()
		for _, d := range w.to.seen() {
			got = append(got, d.ID)
		}
		if !slices.Equal(got, want) || !slices.IsSorted(want) {
			t.Errorf("delivered %d of %d, or some twice", len(got), len(want))
		}
	})
}

// When a node joins, it gets subscriptions whose deliveries another has under
// way. Nothing is sent twice for that.
func TestJoiningNodeMakesNothingTwice(t *testing.T) {
	t.Parallel()
	url := storetest.Postgres(t)
	open := func() *world {
		db, err := store.Open(t.Context(), store.Config{Postgres: url})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = db.Close() })
		return newWorld(t, db)
	}
	first, second := open(), open()
	second.to = first.to
	begun, goOn := make(chan struct{}, 1000), make(chan struct{})
	slow := &held{receiver: first.to, begun: begun, goOn: goOn}
	var subs []event.Subscription
	for range 16 { // some of which are the second's to be
		subs = append(subs, first.subscribe(nil))
	}
	first.way, second.way = slow, slow
	first.own()
	first.happen("lina")
	for range subs {
		<-begun
	}
	o, _ := second.own()
	first.happen("wang")
	for range 3 { // what the second owns already it sends
		select {
		case <-begun:
		case <-time.After(2 * time.Second):
		}
	}
	close(goOn)
	first.until("all is delivered", func() bool {
		left := 0
		for _, s := range subs {
			left += first.pending(s)
		}
		return left == 0
	})
	first.until("the second has its part", func() bool {
		first.happen("more")
		time.Sleep(100 * time.Millisecond)
		return o.Endpoints() > 0
	})
	twice := map[string]int{}
	for _, d := range first.to.seen() {
		twice[fmt.Sprint(d.Subscription, d.ID)]++
	}
	for what, n := range twice {
		if n > 1 {
			t.Errorf("%s was sent %d times", what, n)
		}
	}
}

// Who resumes a subscription, or changes where it is told, does not wait for the
// next try of what failed before.
func TestMendedIsTriedAtOnce(t *testing.T) {
	t.Parallel()
	for name, mend := range map[string]func(w *world, s event.Subscription) error{
		"resumed": func(w *world, s event.Subscription) error {
			s.State = event.Paused
			if err := w.log.Change(t.Context(), s); err != nil {
				return err
			}
			s.State = event.On
			return w.log.Change(t.Context(), s)
		},
		"elsewhere": func(w *world, s event.Subscription) error {
			s.Target = "https://other.example/cb"
			return w.log.Change(t.Context(), s)
		},
	} {
		storetest.Each(t, func(t *testing.T, db *store.DB) {
			w := newWorld(t, db)
			s := w.subscribe(nil)
			w.to.mu.Lock()
			w.to.answer = func(event.Delivery) delivery.Answer { return delivery.Answer{Outcome: event.Failed, Status: 500} }
			w.to.mu.Unlock()
			w.own()
			for i := range 12 { // more than the breaker bears
				w.happen(fmt.Sprint("p", i))
				w.happen(fmt.Sprint("p", i))
			}
			w.until("it failed, and all of that is recorded", func() bool {
				list, err := w.log.Pending(t.Context(), corp, s.ID, w.time().Add(time.Hour), 100)
				if err != nil {
					t.Fatal(err)
				}
				tries := 0
				for _, d := range list {
					tries += d.Attempts
				}
				return tries >= 10 && tries == len(w.to.seen())
			})
			w.to.mu.Lock()
			w.to.answer = nil
			w.to.mu.Unlock()
			if err := mend(w, s); err != nil {
				t.Fatal(err)
			}
			w.until(name+", it is delivered while the time stands", func() bool { return w.pending(s) == 0 })
		})
	}
}
