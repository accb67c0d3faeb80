package delivery_test

import (
	"context"
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/gatepost/gatepost/internal/clock"
	"github.com/gatepost/gatepost/internal/delivery"
	"github.com/gatepost/gatepost/internal/event"
	"github.com/gatepost/gatepost/internal/id"
	"github.com/gatepost/gatepost/internal/keyring/keyringtest"
	"github.com/gatepost/gatepost/internal/store"
	"github.com/gatepost/gatepost/internal/store/storetest"
)

const corp id.Corp = "ding0000000000000000000000000000acme"

// receiver is a way whose receiver says what the test wants, and remembers.
type receiver struct {
	mu     sync.Mutex
	got    []event.Delivery
	answer func(d event.Delivery) delivery.Answer
	absent bool
}

func (*receiver) Most() int { return 1 }

func (r *receiver) Ready(*event.Subscription) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return !r.absent
}

func (r *receiver) Send(_ context.Context, _ *event.Subscription, batch []event.Delivery) []delivery.Answer {
	r.mu.Lock()
	defer r.mu.Unlock()
	answers := make([]delivery.Answer, len(batch))
	for i, d := range batch {
		r.got = append(r.got, d)
		answers[i] = delivery.Answer{Outcome: event.Accepted, Status: 200}
		if r.answer != nil {
			answers[i] = r.answer(d)
		}
	}
	return answers
}

func (r *receiver) seen() []event.Delivery {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.Clone(r.got)
}

// held is a receiver that answers when the test lets it.
type held struct {
	*receiver
	begun chan<- struct{}
	goOn  <-chan struct{}
}

func (h *held) Send(ctx context.Context, s *event.Subscription, batch []event.Delivery) []delivery.Answer {
	select {
	case h.begun <- struct{}{}:
	default: // the test has seen enough
	}
	<-h.goOn
	return h.receiver.Send(ctx, s, batch)
}

// world is a log with one owner and a time that the test moves.
type world struct {
	t   *testing.T
	db  *store.DB
	log *event.Log
	to  *receiver
	way delivery.Way // nil: to

	mu  sync.Mutex
	now time.Time

	// mask is Owner.Mask; nil for one that shows everything.
	mask func(h event.Happened) (payload string, ok bool, err error)
}

func newWorld(t *testing.T, db *store.DB) *world {
	t.Helper()
	w := &world{t: t, db: db, to: &receiver{}, now: time.UnixMilli(1_790_000_000_000)}
	clk, err := clock.New(t.Context(), db, w.time)
	if err != nil {
		t.Fatal(err)
	}
	w.log = event.New(db, clk, keyringtest.New(t, db), id.NewCalls(1, w.time))
	return w
}

func (w *world) time() time.Time {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.now
}

// own starts an owner that ends with stop.
func (w *world) own() (o *delivery.Owner, stop func()) {
	w.t.Helper()
	o = delivery.New(w.db, w.log, w.time, slog.New(slog.DiscardHandler))
	o.Ways = map[event.Way]delivery.Way{event.Callback: w.to}
	if w.way != nil {
		o.Ways[event.Callback] = w.way
	}
	o.Mask = func(_ context.Context, _ *event.Subscription, h event.Happened) (_ event.Happened, ok bool, err error) {
		w.mu.Lock()
		mask := w.mask
		w.mu.Unlock()
		if mask == nil {
			return h, true, nil
		}
		h.Payload, ok, err = mask(h)
		return h, ok, err
	}
	ctx, cancel := context.WithCancel(w.t.Context())
	done := make(chan error, 1)
	go func() { done <- o.Run(ctx) }()
	var once sync.Once
	stop = func() {
		once.Do(func() {
			cancel()
			if err := <-done; err != nil {
				w.t.Errorf("run: %v", err)
			}
		})
	}
	w.t.Cleanup(stop)
	return o, stop
}

func (w *world) subscribe(change func(*event.Subscription)) event.Subscription {
	w.t.Helper()
	s := event.Subscription{Corp: corp, Agent: 1, Way: event.Callback, Names: []event.Name{event.UserAdded}, Ordered: true, Settings: "{}"}
	if change != nil {
		change(&s)
	}
	s, err := w.log.Subscribe(w.t.Context(), s)
	if err != nil {
		w.t.Fatal(err)
	}
	return s
}

// happen emits that person joined, in a change of its own.
func (w *world) happen(person string) id.Event {
	w.t.Helper()
	made, err := store.Update(w.t.Context(), w.db, func(tx *store.Tx) (id.Event, error) {
		return w.log.Emit(tx, corp, event.UserAdded, "person:"+person, event.People{TimeStamp: "1", UserID: []id.User{id.User(person)}})
	})
	if err != nil {
		w.t.Fatal(err)
	}
	return made
}

func (w *world) until(what string, holds func() bool) {
	w.t.Helper()
	for deadline := time.Now().Add(20 * time.Second); !holds(); time.Sleep(2 * time.Millisecond) {
		if time.Now().After(deadline) {
			w.t.Fatalf("still not: %s; seen %d", what, len(w.to.seen()))
		}
	}
}

// later moves the time, and has the owner look.
func (w *world) later(d time.Duration, s event.Subscription) {
	w.mu.Lock()
	w.now = w.now.Add(d)
	w.mu.Unlock()
	w.log.Due(corp, []id.Subscription{s.ID})
}

func (w *world) pending(s event.Subscription) int {
	list, err := w.log.Pending(w.t.Context(), corp, s.ID, w.time().Add(100*24*time.Hour), 10_000)
	if err != nil {
		w.t.Fatal(err)
	}
	return len(list)
}

func TestDelivered(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := newWorld(t, db)
		s := w.subscribe(nil)
		_, stop := w.own()
		var want []id.Event
		for i := range 300 {
			want = append(want, w.happen(fmt.Sprint("p", i%7)))
		}
		w.until("all is delivered and settled", func() bool { return w.pending(s) == 0 && len(w.to.seen()) >= len(want) })
		stop()
		var got []id.Event
		last := map[string]id.Event{}
		for _, d := range w.to.seen() {
			if d.ID < last[d.Object] {
				t.Errorf("%s: %d after %d", d.Object, d.ID, last[d.Object])
			}
			last[d.Object] = d.ID
			got = append(got, d.ID)
		}
		slices.Sort(got)
		if !slices.Equal(got, want) {
			t.Errorf("delivered %d events of %d, or some twice", len(got), len(want))
		}
	})
}

func TestOnlyWhatIsSubscribed(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := newWorld(t, db)
		mine := w.subscribe(nil)
		other := w.subscribe(func(s *event.Subscription) { s.Names = []event.Name{event.DeptCreated} })
		all := w.subscribe(func(s *event.Subscription) { s.Names = []event.Name{event.Every} })
		off := w.subscribe(func(s *event.Subscription) { s.State = event.Off })
		group := w.subscribe(func(s *event.Subscription) { s.Group = "staging" })
		w.happen("lina")
		for name, tc := range map[string]struct {
			s    event.Subscription
			want int
		}{"its name": {mine, 1}, "another name": {other, 0}, "every name": {all, 1}, "off": {off, 0}, "test group": {group, 0}} {
			if n := w.pending(tc.s); n != tc.want {
				t.Errorf("%s: %d deliveries", name, n)
			}
		}
	})
}

func TestFailureHoldsBackItsObjectAlone(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := newWorld(t, db)
		var failing sync.Map
		failing.Store("person:bad", true)
		w.to.answer = func(d event.Delivery) delivery.Answer {
			if _, bad := failing.Load(d.Object); bad {
				return delivery.Answer{Outcome: event.Failed, Status: 500}
			}
			return delivery.Answer{Outcome: event.Accepted, Status: 200}
		}
		s := w.subscribe(nil)
		w.own()
		first := w.happen("bad")
		w.until("the first try failed", func() bool { return len(w.to.seen()) == 1 })
		second := w.happen("bad")
		for range 20 {
			w.happen("good")
		}
		w.until("the others are delivered", func() bool { return w.pending(s) == 2 })
		for _, d := range w.to.seen() {
			if d.ID == second {
				t.Error("the second event of an object was sent before the first was accepted")
			}
		}
		w.later(11*time.Second, s)
		w.until("the second try failed", func() bool { return len(w.to.seen()) == 22 })
		failing.Delete("person:bad")
		w.later(31*time.Second, s)
		w.until("all is delivered", func() bool { return w.pending(s) == 0 })
		var order []id.Event
		for _, d := range w.to.seen() {
			if d.Object == "person:bad" {
				order = append(order, d.ID)
			}
		}
		if want := []id.Event{first, first, first, second}; !slices.Equal(order, want) {
			t.Errorf("sent %v, not %v", order, want)
		}
	})
}

// What was not delivered when an owner ended is delivered by the next one, in
// order.
func TestNextOwnerGoesOn(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := newWorld(t, db)
		w.to.absent = true
		s := w.subscribe(nil)
		_, stop := w.own()
		var want []id.Event
		for range 50 {
			want = append(want, w.happen("lina"))
		}
		stop()
		w.to.absent = false
		w.own()
		w.until("all is delivered", func() bool { return w.pending(s) == 0 })
		var got []id.Event
		for _, d := range w.to.seen() {
			got = append(got, d.ID)
		}
		if !slices.Equal(got, want) {
			t.Errorf("delivered %v, not %v", got, want)
		}
	})
}
