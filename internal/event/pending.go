package event

import (
	"context"
	"fmt"
	"math"
	"time"

	"github.com/gatepost/gatepost/internal/id"
	"github.com/gatepost/gatepost/internal/store"
)

// Delivery is an event that a subscription has still to be told of.
type Delivery struct {
	Happened
	Subscription id.Subscription
	Attempts     int // that failed so far
	Next         time.Time
	Replayed     bool  // told again because somebody asked for it
	Unreadable   error // why there is no payload; nil if there is one
}

// Pending returns deliveries of a subscription that are due at now, the longest
// due first, at most size of them.
func (l *Log) Pending(ctx context.Context, corp id.Corp, sub id.Subscription, now time.Time, size int) ([]Delivery, error) {
	found, err := l.Look(ctx, corp, sub, now, size, false)
	return found.Due, err
}

// Found is what a look at the deliveries of a subscription found, all at one
// moment.
type Found struct {
	Due   []Delivery       // the longest due first
	More  bool             // there may be more of them than were asked for
	Next  time.Time        // when the first of the others is due; zero if there is none
	Stuck map[string]Stuck // by object; only if it was asked for
}

// Stuck is a delivery that failed, for which the later ones of its object wait.
type Stuck struct {
	Event id.Event
	Next  time.Time // when it is tried again
}

// Look finds what of a subscription is due at now, at most size deliveries, and
// when there is to be looked again; with stuck, also what failed, for each object
// the oldest.
//
// What one bad payload says is that delivery's trouble alone: it is Unreadable.
func (l *Log) Look(ctx context.Context, corp id.Corp, sub id.Subscription, now time.Time, size int, stuck bool) (Found, error) {
	found, err := store.View(ctx, l.db, func(tx *store.Tx) (f Found, err error) {
		if f.Due, err = l.due(tx, corp, sub, now, size); err != nil {
			return f, err
		}
		f.More = len(f.Due) == size
		next, err := store.All(tx, nextDue, scanMillis, corp, sub, now.UnixMilli())
		if err != nil {
			return f, err
		}
		if len(next) > 0 {
			f.Next = next[0]
		}
		if stuck {
			f.Stuck, err = failed(tx, corp, sub)
		}
		return f, err
	})
	if err != nil {
		return Found{}, fmt.Errorf("read what is due for subscription %d of %s: %w", sub, corp, err)
	}
	return found, nil
}

func (l *Log) due(tx *store.Tx, corp id.Corp, sub id.Subscription, now time.Time, size int) ([]Delivery, error) {
	stored, err := store.All(tx, dueDeliveries, scanDelivery(corp, sub), corp, sub, now.UnixMilli(), size)
	if err != nil {
		return nil, err
	}
	list := make([]Delivery, len(stored))
	for i := range stored {
		s := &stored[i]
		list[i] = s.Delivery
		list[i].Happened = s.storedEvent.Happened
		opened, err := l.open(tx, &s.storedEvent)
		if err != nil { // a statement that failed fails the View as well
			list[i].Unreadable = err
			continue
		}
		list[i].Happened = opened
	}
	return list, nil
}

// failed returns, for each object of which a delivery failed, the oldest such.
func failed(tx *store.Tx, corp id.Corp, sub id.Subscription) (map[string]Stuck, error) {
	type row struct {
		object string
		Stuck
	}
	list, err := store.All(tx, failedDeliveries, func(r store.Row) (f row, err error) {
		var next int64
		err = r.Scan(&f.object, &f.Event, &next)
		f.Next = time.UnixMilli(next)
		return f, err
	}, corp, sub)
	if err != nil {
		return nil, err
	}
	stuck := make(map[string]Stuck, len(list))
	for _, f := range list { // the oldest comes last
		stuck[f.object] = f.Stuck
	}
	return stuck, nil
}

// Defer puts deliveries of one subscription off until next, without a try: they
// wait for an older one of their object.
func (l *Log) Defer(ctx context.Context, corp id.Corp, sub id.Subscription, events []id.Event, next time.Time) error {
	_, err := store.Update(ctx, l.db, func(tx *store.Tx) (int64, error) {
		return tx.Exec(deferDeliveries, corp, sub, store.List(events), next.UnixMilli())
	})
	if err != nil {
		return fmt.Errorf("put off %d deliveries: %w", len(events), err)
	}
	return nil
}

// Owed returns the subscriptions of the platform that are on and have a delivery
// that was due before a time. The zero time means any delivery.
func (l *Log) Owed(ctx context.Context, before time.Time) ([]Place, error) {
	due := int64(math.MaxInt64)
	if !before.IsZero() {
		due = before.UnixMilli()
	}
	return store.View(ctx, l.db, func(tx *store.Tx) ([]Place, error) {
		return store.All(tx, owedSubscriptions, scanPlace, due)
	})
}

// OwedIn returns the subscriptions of corp that are on and have a delivery,
// whenever it is due.
func (l *Log) OwedIn(ctx context.Context, corp id.Corp) ([]Place, error) {
	return store.View(ctx, l.db, func(tx *store.Tx) ([]Place, error) { return store.All(tx, owedInCorp, scanPlace, corp) })
}

// storedDelivery is a delivery whose event is still sealed.
type storedDelivery struct {
	Delivery
	storedEvent
}

func scanDelivery(corp id.Corp, sub id.Subscription) func(store.Row) (storedDelivery, error) {
	return func(r store.Row) (storedDelivery, error) {
		s := storedDelivery{Delivery: Delivery{Subscription: sub}}
		e := &s.storedEvent
		e.Corp = corp
		var at, made, next int64
		err := r.Scan(&e.ID, &e.Name, &e.Object, &at, &made, &e.key, &e.sealed, &next, &s.Attempts, &s.Replayed)
		e.At, e.MadeAt, s.Next = time.UnixMilli(at), time.UnixMilli(made), time.UnixMilli(next)
		return s, err
	}
}

func scanMillis(r store.Row) (time.Time, error) {
	var ms int64
	err := r.Scan(&ms)
	return time.UnixMilli(ms), err
}

const (
	dueDeliveries store.SQL = `
		SELECT e.id, e.name, e.object, e.at, e.made_at, e.key_id, e.sealed, d.next_at, d.attempts, d.replayed
		FROM deliveries d JOIN events e ON e.corp = $1 AND e.id = d.event
		WHERE d.corp = $1 AND d.subscription = $2 AND d.next_at <= $3
		ORDER BY d.next_at, d.event LIMIT $4`
	nextDue          store.SQL = `SELECT next_at FROM deliveries WHERE corp = $1 AND subscription = $2 AND next_at > $3 ORDER BY next_at LIMIT 1`
	failedDeliveries store.SQL = `
		SELECT object, event, next_at FROM deliveries WHERE corp = $1 AND subscription = $2 AND attempts > 0 ORDER BY event DESC`
	deferDeliveries store.SQL = `
		UPDATE deliveries SET next_at = $4 WHERE corp = $1 AND subscription = $2 AND event IN @ints($3) /* aside: no answer is made of it */`
	// The oldest delivery of each, by an index. PostgreSQL might answer EXISTS by reading all deliveries.
	owedSubscriptions store.SQL = `/* all corps: an owner takes subscriptions by number, whosever they are */ /* full scan: each is asked for its oldest delivery */
		SELECT s.corp, s.id FROM subscriptions s WHERE s.state = 'on'
			AND (SELECT d.next_at FROM deliveries d WHERE d.corp = s.corp AND d.subscription = s.id ORDER BY d.next_at LIMIT 1) <= $1`
	owedInCorp store.SQL = `
		SELECT s.corp, s.id FROM subscriptions s WHERE s.corp = $1 AND s.state = 'on'
			AND (SELECT d.next_at FROM deliveries d WHERE d.corp = $1 AND d.subscription = s.id ORDER BY d.next_at LIMIT 1) IS NOT NULL`
)
