package event

import (
	"context"
	"fmt"
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
	Replayed     bool // told again because somebody asked for it
}

// Pending returns deliveries of a subscription that are due at now, the longest
// due first, at most size of them.
func (l *Log) Pending(ctx context.Context, corp id.Corp, sub id.Subscription, now time.Time, size int) ([]Delivery, error) {
	list, err := store.View(ctx, l.db, func(tx *store.Tx) ([]Delivery, error) {
		stored, err := store.All(tx, dueDeliveries, scanDelivery(corp, sub), corp, sub, now.UnixMilli(), size)
		if err != nil {
			return nil, err
		}
		list := make([]Delivery, len(stored))
		for i := range stored {
			list[i] = stored[i].Delivery
			if list[i].Happened, err = l.open(tx, &stored[i].storedEvent); err != nil {
				return nil, err
			}
		}
		return list, nil
	})
	if err != nil {
		return nil, fmt.Errorf("read what is due for subscription %d of %s: %w", sub, corp, err)
	}
	return list, nil
}

// Stuck is the delivery that the later ones of its object wait for.
type Stuck struct {
	Event id.Event
	Next  time.Time // when it is tried again
}

// Stuck returns, for each object of a subscription of which a delivery failed,
// the oldest such delivery.
func (l *Log) Stuck(ctx context.Context, corp id.Corp, sub id.Subscription) (map[string]Stuck, error) {
	type failed struct {
		object string
		Stuck
	}
	list, err := store.View(ctx, l.db, func(tx *store.Tx) ([]failed, error) {
		return store.All(tx, failedDeliveries, func(r store.Row) (f failed, err error) {
			var next int64
			err = r.Scan(&f.object, &f.Event, &next)
			f.Next = time.UnixMilli(next)
			return f, err
		}, corp, sub)
	})
	if err != nil {
		return nil, fmt.Errorf("read what failed of subscription %d of %s: %w", sub, corp, err)
	}
	stuck := make(map[string]Stuck, len(list))
	for _, f := range list { // the oldest comes last
		stuck[f.object] = f.Stuck
	}
	return stuck, nil
}

// Next is when the next delivery of a subscription is due; zero if there is none.
func (l *Log) Next(ctx context.Context, corp id.Corp, sub id.Subscription) (time.Time, error) {
	next, err := store.View(ctx, l.db, func(tx *store.Tx) ([]int64, error) {
		return store.All(tx, firstDue, func(r store.Row) (n int64, err error) { return n, r.Scan(&n) }, corp, sub)
	})
	if err != nil || len(next) == 0 {
		return time.Time{}, err
	}
	return time.UnixMilli(next[0]), nil
}

// Defer puts deliveries off until their Next, without a try: they wait for an
// older one of their object.
func (l *Log) Defer(ctx context.Context, list []Delivery) error {
	_, err := store.Update(ctx, l.db, func(tx *store.Tx) (int, error) {
		for _, d := range list {
			if _, err := tx.Exec(deferDelivery, d.Corp, d.Subscription, d.ID, d.Next.UnixMilli()); err != nil {
				return 0, err
			}
		}
		return 0, nil
	})
	if err != nil {
		return fmt.Errorf("put off %d deliveries: %w", len(list), err)
	}
	return nil
}

// Outcome is what became of a try.
type Outcome string

// The outcomes.
const (
	Accepted Outcome = "accepted"
	Failed   Outcome = "failed"
	Later    Outcome = "later"   // the application asked to be told again
	Dropped  Outcome = "dropped" // not the application's to know any more
)

// Result is a try, and what follows from it.
type Result struct {
	Delivery
	At       time.Time
	Took     time.Duration
	Outcome  Outcome
	Status   int    // of the answer; 0: none came
	Answer   string // its beginning, or what went wrong
	Injected string // fault that the platform caused on purpose
	Next     time.Time
	Dead     string // why there is no next try; empty if there is one
}

// Settle records what became of deliveries: what was accepted or dropped is to
// be delivered no more, what failed has its next time or is given up, and every
// try is kept. It is one transaction.
func (l *Log) Settle(ctx context.Context, results []Result) error {
	_, err := store.Update(ctx, l.db, func(tx *store.Tx) (int, error) {
		for i := range results {
			if err := l.settle(tx, &results[i]); err != nil {
				return 0, err
			}
		}
		return 0, nil
	})
	if err != nil {
		return fmt.Errorf("record %d deliveries: %w", len(results), err)
	}
	return nil
}

func (l *Log) settle(tx *store.Tx, r *Result) error {
	// A delivery that is gone was removed with its subscription, or settled by
	// another node that took over: there is nothing left to say.
	var there int64
	var err error
	switch {
	case r.Outcome == Accepted || r.Outcome == Dropped || r.Dead != "":
		there, err = tx.Exec(deleteDelivery, r.Corp, r.Subscription, r.ID)
	default:
		there, err = tx.Exec(postponeDelivery, r.Corp, r.Subscription, r.ID, r.Next.UnixMilli(), r.Attempts+1)
	}
	if err != nil || there == 0 {
		return err
	}
	if _, err := tx.Exec(insertAttempt, r.Corp, r.Subscription, r.ID, l.ids.New(), r.At.UnixMilli(), r.Took.Microseconds(), r.Outcome, r.Status, r.Answer,
		r.Injected, r.Replayed); err != nil {
		return err
	}
	if r.Dead == "" || r.Outcome == Accepted || r.Outcome == Dropped {
		return nil
	}
	_, err = tx.Exec(insertDead, r.Corp, r.Subscription, r.ID, r.Object, r.Attempts+1, r.Dead, l.clk.Real().UnixMilli())
	return err
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

const (
	dueDeliveries store.SQL = `
		SELECT e.id, e.name, e.object, e.at, e.made_at, e.key_id, e.sealed, d.next_at, d.attempts, d.replayed
		FROM deliveries d JOIN events e ON e.corp = $1 AND e.id = d.event
		WHERE d.corp = $1 AND d.subscription = $2 AND d.next_at <= $3
		ORDER BY d.next_at, d.event LIMIT $4`
	failedDeliveries store.SQL = `
		SELECT object, event, next_at FROM deliveries WHERE corp = $1 AND subscription = $2 AND attempts > 0 ORDER BY event DESC`
	deferDelivery    store.SQL = `UPDATE deliveries SET next_at = $4 WHERE corp = $1 AND subscription = $2 AND event = $3 /* aside: no answer is made of it */`
	firstDue         store.SQL = `SELECT next_at FROM deliveries WHERE corp = $1 AND subscription = $2 ORDER BY next_at LIMIT 1`
	deleteDelivery   store.SQL = `DELETE FROM deliveries WHERE corp = $1 AND subscription = $2 AND event = $3 /* aside: no answer is made of it */`
	postponeDelivery store.SQL = `
		UPDATE deliveries SET next_at = $4, attempts = $5 WHERE corp = $1 AND subscription = $2 AND event = $3 /* aside: no answer is made of it */`
	insertAttempt store.SQL = `
		INSERT INTO attempts (corp, subscription, event, id, at, took_us, outcome, status, answer, injected, replayed)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11) /* aside: no answer is made of it */`
	insertDead store.SQL = `
		INSERT INTO dead_deliveries (corp, subscription, event, object, attempts, reason, died_at)
		VALUES ($1, $2, $3, $4, $5, $6, $7)
		ON CONFLICT (corp, subscription, event) DO UPDATE SET attempts = $5, reason = $6, died_at = $7 /* aside: no answer is made of it */`
)
