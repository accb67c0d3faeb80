package fault_test

import (
	"context"
	"errors"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gatepost/gatepost/internal/apierror"
	"github.com/gatepost/gatepost/internal/delivery"
	"github.com/gatepost/gatepost/internal/event"
	"github.com/gatepost/gatepost/internal/fault"
	"github.com/gatepost/gatepost/internal/id"
	"github.com/gatepost/gatepost/internal/store"
	"github.com/gatepost/gatepost/internal/store/storetest"
)

const corp id.Corp = "ding0000000000000000000000000000acme"

var subscription = event.Subscription{Corp: corp, ID: 70, Agent: 7, Timeout: time.Minute}

// receiver is a way that remembers what it was given and answers as it is told.
type receiver struct {
	answer delivery.Answer

	mu  sync.Mutex
	got []id.Event
}

func (*receiver) Most() int                      { return 100 }
func (*receiver) Ready(*event.Subscription) bool { return true }

func (r *receiver) Send(_ context.Context, _ *event.Subscription, batch []event.Delivery) []delivery.Answer {
	r.mu.Lock()
	defer r.mu.Unlock()
	var answers []delivery.Answer
	for _, d := range batch {
		r.got = append(r.got, d.ID)
		answers = append(answers, r.answer)
	}
	return answers
}

func (r *receiver) seen() []id.Event {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.Clone(r.got)
}

// mortal is a receiver with connections.
type mortal struct {
	receiver
	deadened int
}

func (m *mortal) Deaden(*event.Subscription) bool { m.deadened++; return true }

// log knows one event and one subscription.
type log struct{}

func (log) Event(n event.Name) *event.Event {
	if e, ok := event.Find(n); ok {
		return &e
	}
	return nil
}

func (log) Subscription(_ context.Context, c id.Corp, sub id.Subscription) (event.Subscription, error) {
	if c != corp || sub != subscription.ID {
		return event.Subscription{}, event.ErrNoSubscription
	}
	return subscription, nil
}

var now = time.UnixMilli(1_790_000_000_000)

// node is the faults of one node.
func node(db *store.DB) *fault.Faults {
	f := fault.New(db, func() time.Time { return now }, slog.New(slog.DiscardHandler))
	f.Log = log{}
	f.Sandbox = func(_ context.Context, c id.Corp) (bool, string, error) { return c == corp, string(c), nil }
	f.AppName = func(_ context.Context, _ id.Corp, agent id.Agent) (string, error) {
		if agent != subscription.Agent {
			return "", apierror.AgentUnknown.With()
		}
		return "crm", nil
	}
	return f
}

// every is a fault that hits every delivery of the corp for an hour.
func every(kind fault.Kind, by time.Duration) fault.Fault {
	return fault.Fault{Corp: corp, Kind: kind, By: by, Percent: 100, Remaining: -1, Ends: now.Add(time.Hour), SetAt: now, SetBy: "admin"}
}

func set(t *testing.T, f *fault.Faults, one fault.Fault) fault.Fault {
	t.Helper()
	one, err := f.Set(t.Context(), one)
	if err != nil {
		t.Fatal(err)
	}
	return one
}

func happened(n id.Event) event.Delivery {
	return event.Delivery{Happened: event.Happened{Corp: corp, ID: n, Name: event.UserAdded}}
}

// send tries one delivery through the faults.
func send(t *testing.T, f *fault.Faults, way delivery.Way, limit time.Duration, d event.Delivery) delivery.Answer {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), limit)
	defer cancel()
	return f.Around(way).Send(ctx, &subscription, []event.Delivery{d})[0]
}

func TestKinds(t *testing.T) {
	t.Parallel()
	yes, no := delivery.Answer{Outcome: event.Accepted, Status: 200, Text: "success"}, delivery.Answer{Outcome: event.Failed, Status: 500, Text: "oops"}
	const short = 20 * time.Millisecond
	for name, tc := range map[string]struct {
		kind   fault.Kind
		by     time.Duration
		limit  time.Duration
		answer delivery.Answer
		sent   int
		want   delivery.Answer // of its text the beginning
	}{
		"drop":                    {fault.Drop, 0, time.Minute, yes, 0, delivery.Answer{Outcome: event.Failed, Text: "dropped on purpose"}},
		"lost-ack":                {fault.LostAck, 0, time.Minute, yes, 1, delivery.Answer{Outcome: event.Failed, Status: 200, Text: "sent and accepted"}},
		"lost-ack of a failure":   {fault.LostAck, 0, time.Minute, no, 1, no},
		"lost-ack of nobody":      {fault.LostAck, 0, time.Minute, delivery.Answer{Nobody: true}, 1, delivery.Answer{Nobody: true}},
		"duplicate":               {fault.Duplicate, 0, time.Minute, yes, 2, yes},
		"duplicate to nobody":     {fault.Duplicate, 0, time.Minute, delivery.Answer{Nobody: true}, 1, delivery.Answer{Nobody: true}},
		"delay":                   {fault.Delay, 3 * time.Second, time.Minute, yes, 0, delivery.Answer{Outcome: event.Later, Hold: 3 * time.Second, Text: "put off on purpose, for 3s"}},
		"slow, in time":           {fault.Slow, time.Millisecond, time.Minute, yes, 1, yes},
		"slow, too late":          {fault.Slow, 20 * time.Second, short, yes, 1, delivery.Answer{Outcome: event.Failed, Text: "no answer within the time limit"}},
		"half-dead":               {fault.HalfDead, 0, short, yes, 0, delivery.Answer{Outcome: event.Failed, Text: "no answer within the time limit"}},
		"reorder, and none comes": {fault.Reorder, time.Millisecond, time.Minute, yes, 1, yes},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			storetest.Each(t, func(t *testing.T, db *store.DB) {
				f, way := node(db), &receiver{answer: tc.answer}
				if a := send(t, f, way, time.Minute, happened(1)); a.Injected != "" {
					t.Errorf("without a fault: %+v", a)
				}
				one := set(t, f, every(tc.kind, tc.by))
				a := send(t, f, way, tc.limit, happened(2))
				if a.Injected != string(tc.kind) || len(way.seen()) != 1+tc.sent {
					t.Errorf("injected %q, sent %d times", a.Injected, len(way.seen())-1)
				}
				if !strings.HasPrefix(a.Text, tc.want.Text) {
					t.Errorf("text %q", a.Text)
				}
				a.Injected, a.Text = "", tc.want.Text
				if a != tc.want {
					t.Errorf("%+v, want %+v", a, tc.want)
				}
				if err := f.Remove(t.Context(), corp, one.ID); err != nil {
					t.Fatal(err)
				}
				if a := send(t, f, way, time.Minute, happened(3)); a.Injected != "" {
					t.Errorf("after the fault was removed: %+v", a)
				}
			})
		})
	}
}

// A fault hits no try that it is not about.
func TestOnlyWhatItIsAbout(t *testing.T) {
	t.Parallel()
	again := happened(1)
	again.Attempts = 1
	for name, tc := range map[string]struct {
		change func(*fault.Fault)
		d      event.Delivery
		hit    bool
	}{
		"its app":                  {func(f *fault.Fault) { f.Agent = 7 }, happened(1), true},
		"its subscription":         {func(f *fault.Fault) { f.Subscription = 70 }, happened(1), true},
		"its event":                {func(f *fault.Fault) { f.Names = []event.Name{event.UserLeft, event.UserAdded} }, happened(1), true},
		"another event":            {func(f *fault.Fault) { f.Names = []event.Name{event.UserLeft} }, happened(1), false},
		"ended":                    {func(f *fault.Fault) { f.Ends = now }, happened(1), false},
		"the second try":           {func(*fault.Fault) {}, again, true},
		"the second try, of delay": {func(f *fault.Fault) { f.Kind = fault.Delay }, again, false},
		"no more":                  {func(f *fault.Fault) { f.Remaining = 0 }, happened(1), false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := node(storetest.Open(t))
			one := every(fault.Drop, 0)
			tc.change(&one)
			set(t, f, one)
			if a := send(t, f, &receiver{}, time.Minute, tc.d); (a.Injected != "") != tc.hit {
				t.Errorf("%+v", a)
			}
		})
	}
	f := node(storetest.Open(t))
	one := every(fault.Drop, 0)
	one.Agent = 7
	set(t, f, one)
	other := event.Subscription{Corp: corp, ID: 71, Agent: 8}
	if a := f.Around(&receiver{}).Send(t.Context(), &other, []event.Delivery{happened(1)})[0]; a.Injected != "" {
		t.Errorf("another app: %+v", a)
	}
	other = event.Subscription{Corp: "dingother", ID: 70, Agent: 7}
	if a := f.Around(&receiver{}).Send(t.Context(), &other, []event.Delivery{happened(1)})[0]; a.Injected != "" {
		t.Errorf("another corp: %+v", a)
	}
}

// Of a batch that is hit in parts the answers stand where their deliveries do.
func TestPartOfABatch(t *testing.T) {
	t.Parallel()
	f, way := node(storetest.Open(t)), &receiver{answer: delivery.Answer{Outcome: event.Accepted}}
	one := every(fault.Drop, 0)
	one.Names = []event.Name{event.UserLeft}
	set(t, f, one)
	left := happened(2)
	left.Name = event.UserLeft
	answers := f.Around(way).Send(t.Context(), &subscription, []event.Delivery{happened(1), left, happened(3)})
	for i, want := range []string{"", "drop", ""} {
		if answers[i].Injected != want {
			t.Errorf("%d: %+v", i, answers[i])
		}
	}
	if !slices.Equal(way.seen(), []id.Event{1, 3}) {
		t.Errorf("sent %v", way.seen())
	}
}

// Whether a try is hit does not hang on how much time it has left.
func TestHitOutOfTime(t *testing.T) {
	t.Parallel()
	f := node(storetest.Open(t))
	one := every(fault.Drop, 0)
	one.Remaining = 1
	set(t, f, one)
	if a := send(t, f, &receiver{}, time.Nanosecond, happened(1)); a.Injected != "drop" {
		t.Errorf("%+v", a)
	}
}

// A connection that is deadened is asked to carry the delivery nevertheless.
func TestHalfDeadConnection(t *testing.T) {
	t.Parallel()
	f, way := node(storetest.Open(t)), &mortal{}
	set(t, f, every(fault.HalfDead, 0))
	if send(t, f, way, time.Minute, happened(1)); way.deadened != 1 || len(way.seen()) != 1 {
		t.Errorf("deadened %d, sent %v", way.deadened, way.seen())
	}
}

// What is held back is sent behind the next one; one is held at a time.
func TestReorder(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		f, way := node(db), &receiver{answer: delivery.Answer{Outcome: event.Accepted}}
		set(t, f, every(fault.Reorder, 10*time.Second))
		first := make(chan delivery.Answer, 1)
		go func() { first <- send(t, f, way, time.Minute, happened(1)) }()
		for deadline := time.Now().Add(10 * time.Second); !f.Holds(corp, subscription.ID); time.Sleep(time.Millisecond) {
			if time.Now().After(deadline) {
				t.Fatal("it is not held back")
			}
		}
		if a := send(t, f, way, time.Minute, happened(2)); a.Injected != "" {
			t.Errorf("the second: %+v", a)
		}
		if a := <-first; a.Injected != "reorder" || a.Outcome != event.Accepted {
			t.Errorf("the first: %+v", a)
		}
		if !slices.Equal(way.seen(), []id.Event{2, 1}) {
			t.Errorf("sent %v", way.seen())
		}
	})
}

// A platform that stops waits for nothing that is held back, and counts no try.
func TestLeaving(t *testing.T) {
	t.Parallel()
	f, way := node(storetest.Open(t)), &receiver{}
	set(t, f, every(fault.Reorder, 10*time.Second))
	ctx, stop := context.WithCancel(t.Context())
	stop()
	if err := f.Run(ctx); err != nil {
		t.Fatal(err)
	}
	if a := send(t, f, way, time.Minute, happened(1)); !a.Nobody || len(way.seen()) != 0 || f.Holds(corp, subscription.ID) {
		t.Errorf("%+v, sent %v", a, way.seen())
	}
}

// Nodes count the next n together.
func TestNext(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		nodes := []*fault.Faults{node(db), node(db)}
		one := every(fault.Drop, 0)
		one.Remaining = 5
		set(t, nodes[0], one)
		hits := 0
		for i := range 20 {
			if a := send(t, nodes[i%2], &receiver{}, time.Minute, happened(1)); a.Injected != "" {
				hits++
			}
		}
		left, err := nodes[1].List(t.Context(), corp)
		if err != nil || hits != 5 || len(left) != 1 || left[0].Remaining != 0 {
			t.Errorf("%d hits, left %+v, %v", hits, left, err)
		}
	})
}

// Which tries are hit follows from the seed.
func TestSeed(t *testing.T) {
	t.Parallel()
	hits := func(seed int64) (n int, pattern string) {
		f := node(storetest.Open(t))
		one := every(fault.Drop, 0)
		one.Percent, one.Seed = 30, seed
		set(t, f, one)
		for range 1000 {
			if a := send(t, f, &receiver{}, time.Minute, happened(1)); a.Injected != "" {
				n++
				pattern += "x"
			} else {
				pattern += "."
			}
		}
		return n, pattern
	}
	n, first := hits(7)
	_, again := hits(7)
	_, other := hits(8)
	if n < 250 || n > 350 {
		t.Errorf("%d of 1000 are hit by a fault of 30 percent", n)
	}
	if first != again || first == other {
		t.Error("the seed does not decide")
	}
}

func TestRefused(t *testing.T) {
	t.Parallel()
	f := node(storetest.Open(t))
	for name, tc := range map[string]struct {
		change func(*fault.Fault)
		want   error
	}{
		"no sandbox":           {func(f *fault.Fault) { f.Corp = "dingreal" }, apierror.FaultForbidden},
		"a length for drop":    {func(f *fault.Fault) { f.By = time.Second }, apierror.ParameterInvalid},
		"too long":             {func(f *fault.Fault) { f.Kind, f.By = fault.Reorder, time.Minute }, apierror.ParameterInvalid},
		"no such event":        {func(f *fault.Fault) { f.Names = []event.Name{"user_flew"} }, apierror.ParameterInvalid},
		"no such app":          {func(f *fault.Fault) { f.Agent = 8 }, apierror.AgentUnknown},
		"no such subscription": {func(f *fault.Fault) { f.Subscription = 71 }, apierror.ParameterInvalid},
	} {
		one := every(fault.Drop, 0)
		tc.change(&one)
		if _, err := f.Set(t.Context(), one); !errors.Is(err, tc.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if err := f.Remove(t.Context(), corp, 12345); !errors.Is(err, apierror.ParameterInvalid) {
		t.Errorf("remove what is not there: %v", err)
	}
	for range 100 {
		set(t, f, every(fault.Drop, 0))
	}
	if _, err := f.Set(t.Context(), every(fault.Drop, 0)); !errors.Is(err, apierror.ParameterInvalid) {
		t.Errorf("one too many: %v", err)
	}
	late := every(fault.Drop, 0)
	late.SetAt = now.Add(2 * time.Hour)
	late.Ends = now.Add(3 * time.Hour)
	set(t, f, late) // by then the others have ended
	if err := f.Remove(t.Context(), corp, 0); err != nil {
		t.Fatal(err)
	}
	if left, err := f.List(t.Context(), corp); err != nil || len(left) != 0 {
		t.Errorf("after all were removed: %+v, %v", left, err)
	}
}

// BenchmarkSend is what faults cost a delivery where none is set.
func BenchmarkSend(b *testing.B) {
	f, way := node(storetest.Open(b)), still{}
	batch := []event.Delivery{happened(1)}
	for name, w := range map[string]delivery.Way{"bare": way, "around": f.Around(way)} {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				w.Send(b.Context(), &subscription, batch)
			}
		})
	}
}

type still struct{}

func (still) Most() int                      { return 1 }
func (still) Ready(*event.Subscription) bool { return true }

func (still) Send(context.Context, *event.Subscription, []event.Delivery) []delivery.Answer {
	return nil
}
