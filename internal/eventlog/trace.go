package eventlog

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/gatepost/gatepost/internal/apierror"
	"github.com/gatepost/gatepost/internal/event"
	"github.com/gatepost/gatepost/internal/id"
	"github.com/gatepost/gatepost/internal/store"
)

// Status is what became of the delivery of one event to one subscription.
type Status string

// The statuses.
const (
	Waiting   Status = "waiting"   // not tried yet
	Failing   Status = "failed"    // tried, and to be tried again
	Delivered Status = "delivered" // accepted
	Dead      Status = "dead"      // given up
	Dropped   Status = "dropped"   // not the application's to know, or the subscription was removed
)

// Try is one try to deliver.
type Try struct {
	At       time.Time
	Took     time.Duration
	Outcome  event.Outcome
	Status   int
	Answer   string
	Injected string
	Replayed bool
}

// Trace is what is known of the delivery of one event to one subscription.
type Trace struct {
	Subscription id.Subscription
	Event        id.Event
	Status       Status
	Attempts     int       // that failed
	Next         time.Time // of the next try; zero if there is none
	Replayed     bool
	Injected     bool
	Reason       string // of what was given up
	Died         time.Time
	Tries        []Try // newest first, at most maxTries
}

const (
	maxSubscriptions = 100 // of which the traces of an event are read
	maxTries         = 50
)

// traces returns what is known of events' deliveries to subscriptions, by event
// and subscription.
func traces(tx *store.Tx, corp id.Corp, events []id.Event, subs []id.Subscription) (map[id.Event][]Trace, error) {
	found := map[id.Event][]Trace{}
	if len(events) == 0 {
		return found, nil
	}
	list := store.List(events)
	for _, sub := range subs {
		of, err := tracesOf(tx, corp, list, sub)
		if err != nil {
			return nil, err
		}
		for e, t := range of {
			found[e] = append(found[e], *t)
		}
	}
	return found, nil
}

// tracesOf reads those of one subscription. events is a JSON list.
func tracesOf(tx *store.Tx, corp id.Corp, events string, sub id.Subscription) (map[id.Event]*Trace, error) {
	found := map[id.Event]*Trace{}
	of := func(e id.Event) *Trace {
		if found[e] == nil {
			found[e] = &Trace{Subscription: sub, Event: e}
		}
		return found[e]
	}
	if err := readTries(tx, corp, events, sub, of); err != nil {
		return nil, err
	}
	dead, err := store.All(tx, deadOf, func(r store.Row) (t Trace, err error) {
		var died int64
		err = r.Scan(&t.Event, &t.Attempts, &t.Reason, &died)
		t.Died = time.UnixMilli(died)
		return t, err
	}, corp, sub, events)
	if err != nil {
		return nil, err
	}
	for _, x := range dead {
		t := of(x.Event)
		t.Status, t.Attempts, t.Reason, t.Died = Dead, x.Attempts, x.Reason, x.Died
	}
	waiting, err := store.All(tx, waitingOf, func(r store.Row) (t Trace, err error) {
		var next int64
		err = r.Scan(&t.Event, &next, &t.Attempts, &t.Replayed)
		t.Next = time.UnixMilli(next)
		return t, err
	}, corp, sub, events)
	if err != nil {
		return nil, err
	}
	for _, x := range waiting { // last: what is still to be delivered counts for more than what became of it before
		t := of(x.Event)
		t.Status, t.Attempts, t.Next, t.Replayed, t.Reason = Waiting, x.Attempts, x.Next, t.Replayed || x.Replayed, ""
		if x.Attempts > 0 {
			t.Status = Failing
		}
	}
	return found, nil
}

func readTries(tx *store.Tx, corp id.Corp, events string, sub id.Subscription, of func(id.Event) *Trace) error {
	type tried struct {
		event id.Event
		Try
	}
	list, err := store.All(tx, triesOf, func(r store.Row) (t tried, err error) {
		var at, took int64
		err = r.Scan(&t.event, &at, &took, &t.Outcome, &t.Status, &t.Answer, &t.Injected, &t.Replayed)
		t.At, t.Took = time.UnixMilli(at), time.Duration(took)*time.Microsecond
		return t, err
	}, corp, sub, events)
	for _, x := range list { // oldest first
		t := of(x.event)
		t.Tries = append(t.Tries, x.Try)
		t.Replayed, t.Injected = t.Replayed || x.Replayed, t.Injected || x.Injected != ""
		switch {
		case x.Outcome == event.Accepted:
			t.Status = Delivered
		case x.Outcome == event.Dropped && t.Status != Delivered:
			t.Status = Dropped
		case x.Outcome == event.Failed || x.Outcome == event.Later:
			t.Attempts++
			if t.Status == "" {
				t.Status = Failing
			}
		}
	}
	return err
}

// everywhere returns the ids of all subscriptions of which corp's log has
// anything, removed ones too, at most maxSubscriptions and one more.
func everywhere(tx *store.Tx, corp id.Corp) ([]id.Subscription, error) {
	var all []id.Subscription
	for _, q := range []store.SQL{subscriptionIDs, triedIDs, deadIDs} {
		for after := id.Subscription(0); len(all) <= 3*maxSubscriptions; {
			next, err := store.One(tx, q, scanSub, corp, after)
			if errors.Is(err, store.ErrNone) {
				break
			}
			if err != nil {
				return nil, err
			}
			all, after = append(all, next), next
		}
	}
	slices.Sort(all)
	all = slices.Compact(all)
	return all[:min(len(all), maxSubscriptions+1)], nil
}

// of returns the subscriptions that a question is about: one, those of an app,
// or all.
func (d *Desk) of(tx *store.Tx, corp id.Corp, agent id.Agent, sub id.Subscription) ([]id.Subscription, error) {
	switch {
	case sub != 0:
		return []id.Subscription{sub}, nil
	case agent != 0:
		return store.All(tx, idsOfApp, scanSub, corp, agent, maxSubscriptions+1)
	}
	return everywhere(tx, corp)
}

// Kept is an event with what became of it.
type Kept struct {
	event.Happened
	Told   int
	Traces []Trace
	More   bool // there are traces beyond those
}

// find returns one event with its traces, or refuses.
func (d *Desk) find(ctx context.Context, corp id.Corp, e id.Event, sub id.Subscription) (Kept, error) {
	list, err := d.events.List(ctx, corp, event.Filter{After: e - 1, Before: e + 1}, 1)
	if err != nil {
		return Kept{}, err
	}
	if len(list) == 0 {
		return Kept{}, apierror.EventUnknown.Got("%d", int64(e))
	}
	return store.View(ctx, d.db, func(tx *store.Tx) (Kept, error) {
		k := Kept{Happened: list[0]}
		told, err := store.One(tx, toldOf, scanInt, corp, e)
		if err != nil && !errors.Is(err, store.ErrNone) {
			return k, err
		}
		k.Told = int(told)
		subs, err := d.of(tx, corp, 0, sub)
		if err != nil {
			return k, err
		}
		if k.More = len(subs) > maxSubscriptions; k.More {
			subs = subs[:maxSubscriptions]
		}
		of, err := traces(tx, corp, []id.Event{e}, subs)
		k.Traces = of[e]
		for i := range k.Traces {
			t := &k.Traces[i]
			slices.Reverse(t.Tries)
			t.Tries = t.Tries[:min(len(t.Tries), maxTries)]
		}
		return k, err
	})
}

func scanSub(r store.Row) (s id.Subscription, err error) { return s, r.Scan(&s) }

const (
	triesOf store.SQL = `
		SELECT event, at, took_us, outcome, status, answer, injected, replayed FROM attempts
		WHERE corp = $1 AND subscription = $2 AND event IN @ints($3) ORDER BY event, id`
	deadOf    store.SQL = `SELECT event, attempts, reason, died_at FROM dead_deliveries WHERE corp = $1 AND subscription = $2 AND event IN @ints($3)`
	waitingOf store.SQL = `SELECT event, next_at, attempts, replayed FROM deliveries WHERE corp = $1 AND subscription = $2 AND event IN @ints($3)`
	toldOf    store.SQL = `SELECT told FROM events WHERE corp = $1 AND id = $2`

	subscriptionIDs store.SQL = `SELECT id FROM subscriptions WHERE corp = $1 AND id > $2 ORDER BY id LIMIT 1`
	triedIDs        store.SQL = `SELECT subscription FROM attempts WHERE corp = $1 AND subscription > $2 ORDER BY subscription LIMIT 1`
	deadIDs         store.SQL = `SELECT subscription FROM dead_deliveries WHERE corp = $1 AND subscription > $2 ORDER BY subscription LIMIT 1`
	idsOfApp        store.SQL = `SELECT id FROM subscriptions WHERE corp = $1 AND agent = $2 ORDER BY id LIMIT $3`
)
