package delivery_test

import (
	"slices"
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
			list, err := w.log.Subscriptions(t.Context(), corp, s.Agent)
			if err != nil || len(list) != 1 {
				t.Fatal(list, err)
			}
			return list[0]
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

// What a receiver asks for with Retry-After counts between once and twice the
// step.
func TestRetryAfter(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := newWorld(t, db)
		asked := map[string]time.Duration{"person:sooner": time.Second, "person:within": 15 * time.Second, "person:later": time.Hour}
		w.to.answer = func(d event.Delivery) delivery.Answer {
			return delivery.Answer{Outcome: event.Failed, Status: 503, RetryAfter: asked[d.Object]}
		}
		s := w.subscribe(nil)
		w.own()
		for _, person := range []string{"sooner", "within", "later"} {
			w.happen(person)
		}
		var list []event.Delivery
		w.until("all were tried", func() bool {
			var err error
			list, err = w.log.Pending(t.Context(), corp, s.ID, w.time().Add(time.Hour), 10)
			if err != nil {
				t.Fatal(err)
			}
			return len(list) == 3 && !slices.ContainsFunc(list, func(d event.Delivery) bool { return d.Attempts == 0 })
		})
		want := map[string]time.Duration{"person:sooner": 10 * time.Second, "person:within": 15 * time.Second, "person:later": 20 * time.Second}
		for _, d := range list {
			if wait := d.Next.Sub(w.time()); wait != want[d.Object] {
				t.Errorf("%s is tried again after %s", d.Object, wait)
			}
		}
	})
}
