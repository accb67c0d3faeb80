package eventlog

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/gatepost/gatepost/internal/id"
	"github.com/gatepost/gatepost/internal/store"
)

// Keep bounds the log.
type Keep struct {
	Events   time.Duration // events; those that somebody has still to be told of stay for longer
	Attempts time.Duration // tries
	Dead     time.Duration // what was given up, with its events
	Rows     int64         // events of a company; the oldest go first
}

// LeastDead is how long what was given up is kept at least.
const LeastDead = 7 * 24 * time.Hour

// DefaultKeep is a week of everything, and ten million events of a company.
func DefaultKeep() Keep {
	const week = 7 * 24 * time.Hour
	return Keep{Events: week, Attempts: week, Dead: LeastDead, Rows: 10_000_000}
}

const (
	sweepStep = 500                  // rows in one transaction, so that deliveries get their turn
	sweepRest = 5 * time.Millisecond // between two
	keepHours = 8 * 24 * time.Hour   // counts of tries
	keepDone  = 30 * 24 * time.Hour  // replays that are done
)

// Sweep removes what is beyond the retention, in every corp: events that nobody
// has still to be told of, tries, and what was given up.
func (d *Desk) Sweep(ctx context.Context) error {
	return d.each(ctx, d.sweep)
}

// each calls f for every corp that has events, or had some.
func (d *Desk) each(ctx context.Context, f func(context.Context, id.Corp) error) error {
	for corp := id.Corp(""); ; {
		next, err := store.View(ctx, d.db, func(tx *store.Tx) (id.Corp, error) {
			return store.One(tx, nextCorp, func(r store.Row) (c id.Corp, err error) { return c, r.Scan(&c) }, corp)
		})
		if errors.Is(err, store.ErrNone) {
			return nil
		}
		if err != nil {
			return err
		}
		corp = next
		if err := f(ctx, corp); err != nil {
			return fmt.Errorf("events of %s: %w", corp, err)
		}
	}
}

func (d *Desk) sweep(ctx context.Context, corp id.Corp) error {
	now := d.real()
	beyond, err := store.View(ctx, d.db, func(tx *store.Tx) (id.Event, error) {
		n, err := store.One(tx, nthNewest, scanInt, corp, d.Keep.Rows)
		if errors.Is(err, store.ErrNone) {
			return 0, nil
		}
		return id.Event(n), err
	})
	if err != nil {
		return err
	}
	events := max(firstAt(now.Add(-d.Keep.Events))-1, beyond)
	attempts := max(firstAt(now.Add(-d.Keep.Attempts))-1, beyond)
	if err := d.dropOff(ctx, corp, events); err != nil {
		return err
	}
	dead := now.Add(-max(d.Keep.Dead, LeastDead)).UnixMilli()
	if err := d.repeat(ctx, func(tx *store.Tx) (int64, error) { return tx.Exec(sweepDead, corp, dead, sweepStep) }); err != nil {
		return err
	}
	if err := d.mark(ctx, corp, max(events, attempts)); err != nil { // before anything of them goes
		return err
	}
	if err := d.sweepAttempts(ctx, corp, attempts); err != nil {
		return err
	}
	if err := d.sweepEvents(ctx, corp, events); err != nil {
		return err
	}
	return d.sweepAside(ctx, corp, now)
}

// sweepAside removes old counts, and replays that are done for long.
func (d *Desk) sweepAside(ctx context.Context, corp id.Corp, now time.Time) error {
	hours, done := now.Add(-keepHours).UnixMilli(), now.Add(-keepDone).UnixMilli()
	if err := d.repeat(ctx, func(tx *store.Tx) (int64, error) { return tx.Exec(sweepHours, corp, hours, sweepStep) }); err != nil {
		return err
	}
	return d.repeat(ctx, func(tx *store.Tx) (int64, error) { return tx.Exec(sweepReplays, corp, done, sweepStep) })
}

// repeat makes steps until one finds less than it could take.
func (d *Desk) repeat(ctx context.Context, step func(*store.Tx) (int64, error)) error {
	for {
		n, err := store.Update(ctx, d.db, step)
		if err != nil || n < sweepStep {
			return err
		}
		if err := rest(ctx); err != nil {
			return err
		}
	}
}

// rest lets others have their turn.
func rest(ctx context.Context) error {
	turn := time.NewTimer(sweepRest)
	defer turn.Stop()
	select {
	case <-turn.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// requeue notes that events of the past are to be delivered again. The retention
// removes nothing that it chose before: a delivery of it may have been made since.
func requeue(tx *store.Tx, corp id.Corp) error {
	_, err := tx.Exec(noteRequeued, corp)
	return err
}

// mark notes that of events up to one rows may be gone.
func (d *Desk) mark(ctx context.Context, corp id.Corp, upTo id.Event) error {
	_, err := store.Update(ctx, d.db, func(tx *store.Tx) (int64, error) {
		return tx.Exec(markPurged, corp, upTo)
	})
	return err
}

// dropOff drops what waits for subscriptions that are off and is older than the
// retention: nobody else ends it, and it would keep its events for ever.
func (d *Desk) dropOff(ctx context.Context, corp id.Corp, upTo id.Event) error {
	off, err := d.subscriptionsOf(ctx, offIDs, corp)
	for _, sub := range off {
		if err != nil {
			return err
		}
		err = d.repeat(ctx, func(tx *store.Tx) (int64, error) {
			list, err := store.All(tx, oldWaiting, scanEvent, corp, sub, upTo, sweepStep)
			if err != nil || len(list) == 0 {
				return 0, err
			}
			if _, err := tx.Exec(noteDropped, corp, sub, store.List(list), d.ids.New(), d.real().UnixMilli(), "the subscription was off for longer than events are kept"); err != nil {
				return 0, err
			}
			return tx.Exec(dropWaiting, corp, sub, store.List(list))
		})
	}
	return err
}

func (d *Desk) subscriptionsOf(ctx context.Context, q store.SQL, corp id.Corp) ([]id.Subscription, error) {
	return store.View(ctx, d.db, func(tx *store.Tx) ([]id.Subscription, error) { return store.All(tx, q, scanSub, corp) })
}

func (d *Desk) sweepAttempts(ctx context.Context, corp id.Corp, upTo id.Event) error {
	subs, err := d.subscriptionsOf(ctx, subscriptionsTried, corp)
	for _, sub := range subs {
		if err != nil {
			return err
		}
		err = d.repeat(ctx, func(tx *store.Tx) (int64, error) { return tx.Exec(sweepTries, corp, sub, upTo, sweepStep) })
	}
	return err
}

// sweepEvents removes events up to one, but for those that somebody has still to
// be told of and those that were given up. What can go is looked for without a
// transaction that writes: the deletion reads no deliveries, so that nobody who
// makes or settles them meets it.
func (d *Desk) sweepEvents(ctx context.Context, corp id.Corp, upTo id.Event) error {
	for after := id.Event(0); ; {
		w, err := store.View(ctx, d.db, func(tx *store.Tx) (chosen, error) { return removable(tx, corp, after, upTo) })
		if err != nil || w.last == 0 {
			return err
		}
		if len(w.gone) > 0 {
			if err := d.removeEvents(ctx, corp, w); err != nil {
				return err
			}
			if err := rest(ctx); err != nil {
				return err
			}
		}
		after = w.last
	}
}

// removeEvents removes what was chosen, unless events were to be delivered again
// since: then it is for the next sweep.
func (d *Desk) removeEvents(ctx context.Context, corp id.Corp, w chosen) error {
	_, err := store.Update(ctx, d.db, func(tx *store.Tx) (int64, error) {
		same, err := tx.Exec(sameRequeued, corp, w.requeued)
		if err != nil || same == 0 {
			return 0, err
		}
		return tx.Exec(sweepGone, corp, store.List(w.gone))
	})
	return err
}

// chosen is what can go of some events.
type chosen struct {
	gone     []id.Event
	last     id.Event // that was looked at; 0: there was none
	requeued int64    // when it was looked
}

// removable chooses those of the next events that nobody has still to be told of.
func removable(tx *store.Tx, corp id.Corp, after, upTo id.Event) (w chosen, err error) {
	if w.requeued, err = store.One(tx, requeuedSoFar, scanInt, corp); err != nil {
		return w, err
	}
	all, err := store.All(tx, oldestEvents, scanEvent, corp, after, upTo, sweepStep)
	if err != nil || len(all) == 0 {
		return w, err
	}
	w.last = all[len(all)-1]
	needed := map[id.Event]bool{}
	for _, q := range []store.SQL{neededWaiting, neededDead} {
		list, err := store.All(tx, q, scanEvent, corp, after, w.last)
		if err != nil {
			return w, err
		}
		for _, e := range list {
			needed[e] = true
		}
	}
	w.gone = slices.DeleteFunc(all, func(e id.Event) bool { return needed[e] })
	return w, nil
}

func scanEvent(r store.Row) (e id.Event, err error) { return e, r.Scan(&e) }

const (
	nextCorp store.SQL = `/* all corps: the sweep visits one after the other */
		SELECT corp FROM (
			SELECT corp FROM (SELECT corp FROM events WHERE corp > $1 ORDER BY corp LIMIT 1) e
			UNION SELECT corp FROM (SELECT corp FROM event_audits WHERE corp > $1 ORDER BY corp LIMIT 1) a) c ORDER BY corp LIMIT 1`
	nthNewest    store.SQL = `SELECT id FROM events WHERE corp = $1 ORDER BY id DESC LIMIT 1 OFFSET $2`
	noteRequeued store.SQL = `
		INSERT INTO event_audits AS a (corp, purged_to, requeued, checked_at, checked, missing, examples) VALUES ($1, 0, 1, 0, 0, 0, '[]')
		ON CONFLICT (corp) DO UPDATE SET requeued = a.requeued + 1 /* aside: no answer that is remembered is made of it */`
	markPurged store.SQL = `
		INSERT INTO event_audits AS a (corp, purged_to, requeued, checked_at, checked, missing, examples) VALUES ($1, $2, 0, 0, 0, 0, '[]')
		ON CONFLICT (corp) DO UPDATE SET purged_to = CASE WHEN excluded.purged_to > a.purged_to THEN excluded.purged_to ELSE a.purged_to END
			/* aside: no answer that is remembered is made of it */`
	requeuedSoFar store.SQL = `SELECT requeued FROM event_audits WHERE corp = $1`
	sameRequeued  store.SQL = `
		UPDATE event_audits SET requeued = requeued WHERE corp = $1 AND requeued = $2 /* aside: no answer that is remembered is made of it */`
	sweepDead store.SQL = `
		DELETE FROM dead_deliveries WHERE corp = $1 AND (subscription, event) IN (
			SELECT subscription, event FROM dead_deliveries WHERE corp = $1 AND died_at < $2 ORDER BY event LIMIT $3) /* aside: no answer that is remembered is made of it */`
	sweepTries store.SQL = `
		DELETE FROM attempts WHERE corp = $1 AND subscription = $2 AND (event, id) IN (
			SELECT event, id FROM attempts WHERE corp = $1 AND subscription = $2 AND id <= $3 ORDER BY id LIMIT $4) /* aside: no answer that is remembered is made of it */`
	sweepGone  store.SQL = `DELETE FROM events WHERE corp = $1 AND id IN @ints($2) /* aside: no answer that is remembered is made of it */`
	sweepHours store.SQL = `
		DELETE FROM subscription_hours WHERE corp = $1 AND (subscription, hour) IN (
			SELECT subscription, hour FROM subscription_hours WHERE corp = $1 AND hour < $2 ORDER BY subscription, hour LIMIT $3) /* aside: no answer that is remembered is made of it */`
	sweepReplays store.SQL = `
		DELETE FROM event_replays WHERE corp = $1 AND id IN (
			SELECT id FROM event_replays WHERE corp = $1 AND changed_at < $2 AND state <> 'running' ORDER BY id LIMIT $3) /* aside: no answer that is remembered is made of it */`
	oldestEvents store.SQL = `SELECT id FROM events WHERE corp = $1 AND id > $2 AND id <= $3 ORDER BY id LIMIT $4`
	neededDead   store.SQL = `SELECT event FROM dead_deliveries WHERE corp = $1 AND event > $2 AND event <= $3`
	// The subscriptions are found one after the other in the key, so that it costs what there is in the window and not what there
	// is in the table.
	neededWaiting store.SQL = `
		WITH RECURSIVE subs(s) AS (
			SELECT (SELECT min(subscription) FROM deliveries WHERE corp = $1)
			UNION ALL SELECT (SELECT min(n.subscription) FROM deliveries n WHERE n.corp = $1 AND n.subscription > subs.s) FROM subs WHERE subs.s IS NOT NULL)
		SELECT d.event FROM subs JOIN deliveries d ON d.corp = $1 AND d.subscription = subs.s AND d.event > $2 AND d.event <= $3`
	subscriptionsTried store.SQL = `
		WITH RECURSIVE subs(s) AS (
			SELECT (SELECT min(subscription) FROM attempts WHERE corp = $1)
			UNION ALL SELECT (SELECT min(n.subscription) FROM attempts n WHERE n.corp = $1 AND n.subscription > subs.s) FROM subs WHERE subs.s IS NOT NULL)
		SELECT s FROM subs WHERE s IS NOT NULL`
	offIDs     store.SQL = `SELECT id FROM subscriptions WHERE corp = $1 AND state = 'off' ORDER BY id`
	oldWaiting store.SQL = `
		SELECT event FROM deliveries WHERE corp = $1 AND subscription = $2 AND event <= $3
			AND EXISTS (SELECT 1 FROM subscriptions s WHERE s.corp = $1 AND s.id = $2 AND s.state = 'off') ORDER BY event LIMIT $4`
	dropWaiting store.SQL = `DELETE FROM deliveries WHERE corp = $1 AND subscription = $2 AND event IN @ints($3) /* aside: no answer that is remembered is made of it */`
	noteDropped store.SQL = `
		INSERT INTO attempts (corp, subscription, event, id, at, took_us, outcome, status, answer, injected, replayed)
		SELECT $1, subscription, event, $4, $5, 0, 'dropped', 0, $6, '', replayed FROM deliveries
		WHERE corp = $1 AND subscription = $2 AND event IN @ints($3) /* aside: no answer that is remembered is made of it */`
)
