package eventlog

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/gatepost/gatepost/internal/apierror"
	"github.com/gatepost/gatepost/internal/event"
	"github.com/gatepost/gatepost/internal/id"
	"github.com/gatepost/gatepost/internal/store"
)

// counted bounds what is counted of a backlog, because a list counts many.
const counted = 10_000

// Standing is a subscription and how it fares.
type Standing struct {
	event.Subscription        // without its secret
	Waiting            int64  // deliveries still to be made, up to counted
	Oldest             int64  // ms; when the oldest event of these happened, 0: none
	Dead               int64  // given up, up to counted
	Day                Counts // of the last 24 hours, by whole hours
	LastSuccess        int64  // ms; 0: none that is remembered
	LastFailure        int64  // ms
	LastError          string // what was answered to that
}

// Counts is what became of tries.
type Counts struct{ Accepted, Failed, Later, Dropped int64 }

// subscription returns one of corp's subscriptions, or refuses.
func (d *Desk) subscription(ctx context.Context, corp id.Corp, sub id.Subscription) (event.Subscription, error) {
	s, err := d.events.Subscription(ctx, corp, sub)
	if errors.Is(err, event.ErrNoSubscription) {
		return s, apierror.SubscriptionUnknown.Got("%d", int64(sub))
	}
	return s, err
}

// standings returns subscriptions of corp, or of one app, newest first, those
// before an id.
func (d *Desk) standings(ctx context.Context, corp id.Corp, agent id.Agent, before id.Subscription, size int) ([]Standing, error) {
	return store.View(ctx, d.db, func(tx *store.Tx) ([]Standing, error) {
		q, args := standingsOfCorp, []any{corp, before, size}
		if agent != 0 {
			q, args = standingsOfApp, append(args, agent)
		}
		list, err := store.All(tx, q, scanStanding(corp), args...)
		for i := range list {
			if err == nil {
				err = d.fares(tx, &list[i])
			}
		}
		return list, err
	})
}

// standing returns one.
func (d *Desk) standing(ctx context.Context, corp id.Corp, sub id.Subscription) (Standing, error) {
	return store.View(ctx, d.db, func(tx *store.Tx) (Standing, error) {
		s, err := store.One(tx, standingByID, scanStanding(corp), corp, sub)
		if errors.Is(err, store.ErrNone) {
			return s, apierror.SubscriptionUnknown.Got("%d", int64(sub))
		}
		if err != nil {
			return s, err
		}
		return s, d.fares(tx, &s)
	})
}

// fares adds what is not in the subscription's own row.
func (d *Desk) fares(tx *store.Tx, s *Standing) (err error) {
	if s.Names, err = store.All(tx, namesTaken, func(r store.Row) (n event.Name, err error) { return n, r.Scan(&n) }, s.Corp, s.ID); err != nil {
		return err
	}
	if s.Waiting, err = store.One(tx, countWaiting, scanInt, s.Corp, s.ID, counted); err != nil {
		return err
	}
	if s.Waiting > 0 {
		first, err := store.One(tx, firstWaiting, scanInt, s.Corp, s.ID)
		if err != nil {
			return err
		}
		s.Oldest = madeAt(id.Event(first)).UnixMilli()
	}
	if s.Dead, err = store.One(tx, countDead, scanInt, s.Corp, s.ID, counted); err != nil {
		return err
	}
	hours, err := store.All(tx, hoursOf, scanHour, s.Corp, s.ID)
	if err != nil {
		return err
	}
	day := d.real().Add(-24 * time.Hour).UnixMilli()
	for _, h := range hours {
		if h.hour >= day {
			s.Day.Accepted, s.Day.Failed, s.Day.Later, s.Day.Dropped = s.Day.Accepted+h.Accepted, s.Day.Failed+h.Failed, s.Day.Later+h.Later, s.Day.Dropped+h.Dropped
		}
		s.LastSuccess = max(s.LastSuccess, h.acceptedAt)
		if h.failedAt > s.LastFailure {
			s.LastFailure, s.LastError = h.failedAt, h.answer
		}
	}
	return nil
}

// SetState pauses a subscription, resumes it or switches it off. What waits stays
// and is delivered when it is on again; what happens while it is off is not.
func (d *Desk) SetState(ctx context.Context, corp id.Corp, sub id.Subscription, state event.State, reason string) error {
	return d.change(ctx, corp, sub, func(tx *store.Tx) (int64, error) {
		n, err := tx.Exec(setState, corp, sub, state, reason)
		if err == nil && state == event.On {
			err = d.events.HastenIn(tx, corp, sub)
		}
		return n, err
	})
}

// change changes a subscription's row, and has it looked at.
func (d *Desk) change(ctx context.Context, corp id.Corp, sub id.Subscription, f func(*store.Tx) (int64, error)) error {
	_, err := store.Update(ctx, d.db, func(tx *store.Tx) (int64, error) {
		n, err := f(tx)
		if err != nil {
			return 0, err
		}
		if n == 0 {
			return 0, apierror.SubscriptionUnknown.Got("%d", int64(sub))
		}
		d.touch(tx, corp, []id.Subscription{sub})
		return n, nil
	})
	return err
}

// touch tells whoever delivers that subscriptions are otherwise, or have
// something to be delivered.
func (d *Desk) touch(tx *store.Tx, corp id.Corp, subs []id.Subscription) {
	tx.Touch(event.SubscriptionsTopic(corp))
	tx.After(func() { d.events.Due(corp, subs) })
}

// Edit says what is to be otherwise; nil leaves it.
type Edit struct {
	Names   *[]event.Name
	Ordered *bool
	Most    *int
	Timeout *time.Duration
	Group   *string
}

// Edit changes how a subscription is delivered to, and what it takes.
func (d *Desk) Edit(ctx context.Context, corp id.Corp, sub id.Subscription, e Edit) error {
	if e.Names != nil {
		if err := d.known(*e.Names); err != nil {
			return err
		}
	}
	return d.change(ctx, corp, sub, func(tx *store.Tx) (int64, error) {
		s, err := store.One(tx, standingByID, scanStanding(corp), corp, sub)
		if errors.Is(err, store.ErrNone) {
			return 0, nil
		}
		if err != nil {
			return 0, err
		}
		put(&s.Ordered, e.Ordered)
		put(&s.Most, e.Most)
		put(&s.Timeout, e.Timeout)
		put(&s.Group, e.Group)
		if e.Names != nil {
			if err := retake(tx, corp, sub, *e.Names); err != nil {
				return 0, err
			}
		}
		return tx.Exec(editSubscription, corp, sub, s.Group, s.Ordered, s.Most, s.Timeout.Milliseconds())
	})
}

func put[T any](to, from *T) {
	if from != nil {
		*to = *from
	}
}

func retake(tx *store.Tx, corp id.Corp, sub id.Subscription, names []event.Name) error {
	if _, err := tx.Exec(dropNames, corp, sub); err != nil {
		return err
	}
	for _, n := range names {
		if _, err := tx.Exec(addName, corp, n, sub); err != nil {
			return err
		}
	}
	return nil
}

// known refuses names of no event.
func (d *Desk) known(names []event.Name) error {
	for _, n := range names {
		if n != event.Every && d.events.Event(n) == nil {
			return apierror.ParameterInvalid.With("name", "names").Want("已声明的事件，或 *").Got("%s", n)
		}
	}
	if len(names) == 0 {
		return apierror.ParameterInvalid.With("name", "names").Want("至少一个事件名，或 *").Got("%d", 0)
	}
	return nil
}

// SubscribePull makes a subscription from which an app fetches by itself.
func (d *Desk) SubscribePull(ctx context.Context, corp id.Corp, agent id.Agent, names []event.Name, group string) (event.Subscription, error) {
	if _, err := d.Apps.AppName(ctx, corp, agent); err != nil {
		return event.Subscription{}, err
	}
	if err := d.known(names); err != nil {
		return event.Subscription{}, err
	}
	slices.Sort(names)
	s, err := d.events.Subscribe(ctx, event.Subscription{Corp: corp, Agent: agent, Way: event.Pull, Origin: "console", Group: group,
		Settings: "{}", Names: slices.Compact(names), Ordered: true})
	if err != nil {
		return s, fmt.Errorf("subscribe app %d to pull: %w", agent, err)
	}
	return s, nil
}

func scanInt(r store.Row) (n int64, err error) { return n, r.Scan(&n) }

func scanStanding(corp id.Corp) func(store.Row) (Standing, error) {
	return func(r store.Row) (Standing, error) {
		s := Standing{Subscription: event.Subscription{Corp: corp}}
		var timeout, failing, created int64
		err := r.Scan(&s.ID, &s.Agent, &s.Way, &s.Origin, &s.Group, &s.Target, &s.Ordered, &s.Most, &timeout, &s.State, &s.Reason, &failing, &created)
		s.Timeout = time.Duration(timeout) * time.Millisecond
		s.Failing, s.Created = moment(failing), time.UnixMilli(created)
		return s, err
	}
}

type hour struct {
	hour int64
	Counts
	acceptedAt, failedAt int64
	answer               string
}

func scanHour(r store.Row) (h hour, err error) {
	return h, r.Scan(&h.hour, &h.Accepted, &h.Failed, &h.Later, &h.Dropped, &h.acceptedAt, &h.failedAt, &h.answer)
}

const (
	standingsOfCorp store.SQL = `
		SELECT id, agent, way, origin, test_group, target, ordered, most, timeout_ms, state, reason, failing_since, created_at
		FROM subscriptions WHERE corp = $1 AND id < $2 ORDER BY id DESC LIMIT $3`
	standingsOfApp store.SQL = `
		SELECT id, agent, way, origin, test_group, target, ordered, most, timeout_ms, state, reason, failing_since, created_at
		FROM subscriptions WHERE corp = $1 AND id < $2 AND agent = $4 ORDER BY id DESC LIMIT $3`
	standingByID store.SQL = `
		SELECT id, agent, way, origin, test_group, target, ordered, most, timeout_ms, state, reason, failing_since, created_at
		FROM subscriptions WHERE corp = $1 AND id = $2`
	namesTaken   store.SQL = `SELECT name FROM subscribed WHERE corp = $1 AND subscription = $2 ORDER BY name`
	countWaiting store.SQL = `SELECT count(*) FROM (SELECT event FROM deliveries WHERE corp = $1 AND subscription = $2 LIMIT $3) d`
	firstWaiting store.SQL = `SELECT event FROM deliveries WHERE corp = $1 AND subscription = $2 ORDER BY event LIMIT 1`
	countDead    store.SQL = `SELECT count(*) FROM (SELECT event FROM dead_deliveries WHERE corp = $1 AND subscription = $2 LIMIT $3) d`
	hoursOf      store.SQL = `
		SELECT hour, accepted, failed, later, dropped, accepted_at, failed_at, answer FROM subscription_hours
		WHERE corp = $1 AND subscription = $2 ORDER BY hour`
	setState         store.SQL = `UPDATE subscriptions SET state = $3, reason = $4 WHERE corp = $1 AND id = $2`
	editSubscription store.SQL = `
		UPDATE subscriptions SET test_group = $3, ordered = $4, most = $5, timeout_ms = $6 WHERE corp = $1 AND id = $2`
	dropNames store.SQL = `DELETE FROM subscribed WHERE corp = $1 AND subscription = $2`
	addName   store.SQL = `INSERT INTO subscribed (corp, name, subscription) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING`
)
