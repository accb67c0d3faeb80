package event

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"
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
	found, err := l.Look(ctx, corp, sub, now, size, nil, false)
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

// Look finds what of a subscription is due at now, among the size longest due
// what is not in known, and when there is to be looked again; with stuck, also
// what failed, for each object the oldest.
//
// A payload that does not open is its delivery's trouble alone: it is Unreadable.
func (l *Log) Look(ctx context.Context, corp id.Corp, sub id.Subscription, now time.Time, size int, known map[id.Event]bool, stuck bool) (Found, error) {
	found, err := store.View(ctx, l.db, func(tx *store.Tx) (f Found, err error) {
		rows, err := store.All(tx, dueDeliveries, scanDelivery(corp, sub), corp, sub, now.UnixMilli(), size)
		if err != nil {
			return f, err
		}
		f.More = len(rows) == size
		f.Due = slices.DeleteFunc(rows, func(d Delivery) bool { return known[d.ID] })
		if err := l.fill(tx, corp, f.Due); err != nil {
			return f, err
		}
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

// errNoEvent is what is wrong with a delivery whose event is not in the log.
var errNoEvent = errors.New("event: the log does not have it any more")

// fill reads the events of deliveries.
func (l *Log) fill(tx *store.Tx, corp id.Corp, list []Delivery) error {
	if len(list) == 0 {
		return nil
	}
	ids := make([]id.Event, len(list))
	for i := range list {
		ids[i] = list[i].ID
	}
	rows, err := store.All(tx, eventsByID, scanHappened(corp), corp, store.List(ids))
	if err != nil {
		return err
	}
	stored := make(map[id.Event]*storedEvent, len(rows))
	for i := range rows {
		stored[rows[i].ID] = &rows[i]
	}
	for i := range list {
		d := &list[i]
		s := stored[d.ID]
		if s == nil {
			d.Unreadable = errNoEvent
			continue
		}
		d.Happened = s.Happened
		opened, err := l.open(tx, s)
		if err != nil { // a statement that failed fails the View as well
			d.Unreadable = err
			continue
		}
		d.Happened = opened
	}
	return nil
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

// scanDelivery reads a delivery without its event.
func scanDelivery(corp id.Corp, sub id.Subscription) func(store.Row) (Delivery, error) {
	return func(r store.Row) (Delivery, error) {
		d := Delivery{Happened: Happened{Corp: corp}, Subscription: sub}
		var next int64
		err := r.Scan(&d.ID, &d.Object, &next, &d.Attempts, &d.Replayed)
		d.Next = time.UnixMilli(next)
		return d, err
	}
}

func scanMillis(r store.Row) (time.Time, error) {
	var ms int64
	err := r.Scan(&ms)
	return time.UnixMilli(ms), err
}

// hastenMost bounds what one change of a subscription brings forward.
const hastenMost = 10_000

// HastenIn has deliveries that wait for a later try tried now, in the caller's
// transaction: those that would be tried first, at most 10,000 of them. Their
// order stays.
func (l *Log) HastenIn(tx *store.Tx, corp id.Corp, sub id.Subscription) error {
	_, err := tx.Exec(hastenSubscription, corp, sub, l.clk.Real().UnixMilli(), hastenMost)
	return err
}

const (
	hastenSubscription store.SQL = `
		UPDATE deliveries SET next_at = $3 WHERE corp = $1 AND subscription = $2 AND event IN (
			SELECT event FROM deliveries WHERE corp = $1 AND subscription = $2 AND next_at > $3 ORDER BY next_at LIMIT $4) /* aside: no answer is made of it */`
	// Not joined with the events: without knowing how few rows are wanted, PostgreSQL would read all of both.
	dueDeliveries store.SQL = `
		SELECT event, object, next_at, attempts, replayed FROM deliveries
		WHERE corp = $1 AND subscription = $2 AND next_at <= $3 ORDER BY next_at, event LIMIT $4`
	eventsByID       store.SQL = `SELECT id, name, object, at, made_at, key_id, sealed FROM events WHERE corp = $1 AND id IN @ints($2)`
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
