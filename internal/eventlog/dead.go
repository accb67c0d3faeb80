package eventlog

import (
	"context"
	"errors"
	"time"

	"github.com/gatepost/gatepost/internal/apierror"
	"github.com/gatepost/gatepost/internal/event"
	"github.com/gatepost/gatepost/internal/id"
	"github.com/gatepost/gatepost/internal/store"
)

// Lost is a delivery that was given up.
type Lost struct {
	Subscription id.Subscription
	Agent        id.Agent // 0: the subscription was removed
	Event        id.Event
	Name         event.Name // empty: the event is forgotten
	Object       string
	Attempts     int
	Reason       string
	Died         time.Time
}

// Place is one delivery, to go on after in a list of them.
type Place struct {
	Event        id.Event
	Subscription id.Subscription
}

// dead returns what was given up, the newest events first: of one subscription,
// of an app, or of the company.
func (d *Desk) dead(ctx context.Context, corp id.Corp, agent id.Agent, sub id.Subscription, before Place, size int) ([]Lost, error) {
	return store.View(ctx, d.db, func(tx *store.Tx) ([]Lost, error) {
		return store.All(tx, deadList, func(r store.Row) (l Lost, err error) {
			var died int64
			err = r.Scan(&l.Subscription, &l.Agent, &l.Event, &l.Name, &l.Object, &l.Attempts, &l.Reason, &died)
			l.Died = time.UnixMilli(died)
			return l, err
		}, corp, before.Event, before.Subscription, agent, sub, size)
	})
}

// Repush has one event delivered to one subscription now: again, if it was
// delivered before; out of the dead, if it was given up; at once, if it waits for
// its next try.
func (d *Desk) Repush(ctx context.Context, corp id.Corp, e id.Event, sub id.Subscription) error {
	s, err := d.subscription(ctx, corp, sub)
	if err != nil {
		return err
	}
	if s.State == event.Off {
		return apierror.ReplayTarget.With("target", s.Target).Want("没有关闭的订阅").Got("%s", s.State)
	}
	_, err = store.Update(ctx, d.db, func(tx *store.Tx) (int, error) {
		if err := requeue(tx, corp); err != nil {
			return 0, err
		}
		object, err := store.One(tx, objectOf, func(r store.Row) (o string, err error) { return o, r.Scan(&o) }, corp, e)
		if errors.Is(err, store.ErrNone) {
			return 0, apierror.EventUnknown.Got("%d", int64(e))
		}
		if err != nil {
			return 0, err
		}
		if err := revive(tx, corp, e, sub, object, d.real().UnixMilli()); err != nil {
			return 0, err
		}
		d.touch(tx, corp, []id.Subscription{sub})
		return 0, nil
	})
	return err
}

// revive makes one delivery due now.
func revive(tx *store.Tx, corp id.Corp, e id.Event, sub id.Subscription, object string, now int64) error {
	if _, err := tx.Exec(makeDue, corp, sub, e, object, now); err != nil {
		return err
	}
	_, err := tx.Exec(forgetOneDead, corp, sub, e)
	return err
}

// RepushDead has what was given up of a subscription delivered again, the oldest
// first, at most most of it, and returns how many that were.
func (d *Desk) RepushDead(ctx context.Context, corp id.Corp, sub id.Subscription, most int) (repushed int, err error) {
	s, err := d.subscription(ctx, corp, sub)
	if err != nil {
		return 0, err
	}
	if s.State == event.Off {
		return 0, apierror.ReplayTarget.With("target", s.Target).Want("没有关闭的订阅").Got("%s", s.State)
	}
	due := d.real().UnixMilli()
	for repushed < most {
		n, err := store.Update(ctx, d.db, func(tx *store.Tx) (int, error) {
			if err := requeue(tx, corp); err != nil {
				return 0, err
			}
			list, err := store.All(tx, oldestDead, func(r store.Row) (l Lost, err error) { return l, r.Scan(&l.Event, &l.Object) },
				corp, sub, min(replayStep, most-repushed))
			for _, l := range list {
				if err == nil {
					err = revive(tx, corp, l.Event, sub, l.Object, due)
				}
			}
			if err == nil {
				d.touch(tx, corp, []id.Subscription{sub})
			}
			return len(list), err
		})
		if err != nil || n == 0 {
			return repushed, err
		}
		repushed += n
	}
	return repushed, nil
}

const (
	objectOf store.SQL = `SELECT object FROM events WHERE corp = $1 AND id = $2`
	makeDue  store.SQL = `
		INSERT INTO deliveries (corp, subscription, event, object, next_at, attempts, replayed) VALUES ($1, $2, $3, $4, $5, 0, TRUE)
		ON CONFLICT (corp, subscription, event) DO UPDATE SET next_at = $5 /* aside: no answer that is remembered is made of it */`
	forgetOneDead store.SQL = `DELETE FROM dead_deliveries WHERE corp = $1 AND subscription = $2 AND event = $3`
	oldestDead    store.SQL = `
		SELECT x.event, x.object FROM dead_deliveries x JOIN events e ON e.corp = $1 AND e.id = x.event
		WHERE x.corp = $1 AND x.subscription = $2 ORDER BY x.event LIMIT $3`
	deadList store.SQL = `
		SELECT x.subscription, COALESCE(s.agent, 0), x.event, COALESCE(e.name, ''), x.object, x.attempts, x.reason, x.died_at FROM dead_deliveries x
		LEFT JOIN subscriptions s ON s.corp = $1 AND s.id = x.subscription LEFT JOIN events e ON e.corp = $1 AND e.id = x.event
		WHERE x.corp = $1 AND (x.event < $2 OR x.event = $2 AND x.subscription < $3) AND (s.agent = $4 OR $4 = 0) AND (x.subscription = $5 OR $5 = 0)
		ORDER BY x.event DESC, x.subscription DESC LIMIT $6`
)
