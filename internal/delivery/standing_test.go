package delivery_test

import (
	"testing"
	"time"

	"github.com/gatepost/gatepost/internal/delivery"
	"github.com/gatepost/gatepost/internal/event"
	"github.com/gatepost/gatepost/internal/id"
	"github.com/gatepost/gatepost/internal/store"
	"github.com/gatepost/gatepost/internal/store/storetest"
)

// Whoever looks at a subscription sees since when it fails and why, that it no
// longer does, and that the receiver ended it.
func TestStanding(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := newWorld(t, db)
		answer := delivery.Answer{Outcome: event.Failed, Status: 500, Text: "oops"}
		w.to.answer = func(event.Delivery) delivery.Answer { return answer } // under the receiver's lock
		say := func(a delivery.Answer) { w.to.mu.Lock(); answer = a; w.to.mu.Unlock() }
		s := w.subscribe(nil)
		w.own()
		standing := func() event.Subscription {
			now, err := w.log.Subscription(t.Context(), corp, s.ID)
			if err != nil {
				t.Fatal(err)
			}
			return now
		}
		w.happen("lina")
		w.until("it fails", func() bool { return !standing().Failing.IsZero() })
		if now := standing(); now.Reason != "oops" || now.State != event.On || !now.Failing.Equal(w.time()) {
			t.Errorf("failing: %+v", now)
		}
		since := standing().Failing
		w.later(10*time.Second, s)
		w.until("it fails again", func() bool { return len(w.to.seen()) == 2 })
		say(delivery.Answer{Outcome: event.Accepted, Status: 200})
		w.later(31*time.Second, s)
		w.until("it succeeds", func() bool { return w.pending(s) == 0 })
		if now := standing(); !now.Failing.IsZero() || now.Reason != "" {
			t.Errorf("succeeded: %+v", now)
		}

		say(delivery.Answer{Outcome: event.Failed, Status: 410, Gone: true, Text: "gone"})
		gone := w.happen("lina")
		w.until("it ended", func() bool { return standing().State == event.Off })
		if now := standing(); now.Reason != "the receiver said that it is gone" || !now.Failing.After(since) {
			t.Errorf("ended: %+v", now)
		}
		dead, err := w.log.Undelivered(t.Context(), corp, s.ID, 100, 10)
		if err != nil || len(dead) != 1 || dead[0].ID != gone {
			t.Errorf("kept: %+v, %v", dead, err)
		}
		w.happen("wang")
		if n := w.pending(s); n != 0 {
			t.Errorf("%d deliveries to a subscription that ended", n)
		}
	})
}

// What is fetched is handed out once, and tried further.
func TestFetched(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := newWorld(t, db)
		w.to.answer = func(event.Delivery) delivery.Answer { return delivery.Answer{Outcome: event.Failed, Status: 500} }
		s := w.subscribe(nil)
		w.own()
		made := w.happen("lina")
		few := func(tries int) []event.Happened {
			list, err := w.log.Undelivered(t.Context(), corp, s.ID, tries, 10)
			if err != nil {
				t.Fatal(err)
			}
			return list
		}
		w.until("it was tried", func() bool { return len(few(1)) == 1 })
		if len(few(2)) != 0 {
			t.Error("one try counts as two")
		}
		for want := range 2 {
			first, err := w.log.Fetch(t.Context(), corp, s.ID, []id.Event{made})
			if err != nil || first[made] != (want == 0) {
				t.Errorf("fetched %v, %v", first, err)
			}
		}
		if len(few(1)) != 0 {
			t.Error("it is handed out twice")
		}
		w.later(10*time.Second, s)
		w.until("it is tried further", func() bool { return len(w.to.seen()) == 2 })
	})
}
