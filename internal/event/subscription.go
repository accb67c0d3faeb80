package event

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/gatepost/gatepost/internal/id"
	"github.com/gatepost/gatepost/internal/store"
)

// Way is how an application is told.
type Way string

// The ways.
const (
	Callback Way = "callback" // HTTP to an address of the application
	Stream   Way = "stream"   // over connections that the application opened
	Database Way = "database" // rows in the application's own database
	Pull     Way = "pull"     // the application asks
	Tunnel   Way = "tunnel"   // callbacks over a connection that a developer's machine opened
)

// State says whether a subscription is delivered to.
type State string

// The states. What happens while a subscription is paused is delivered later;
// what happens while it is off is not.
const (
	On     State = "on"
	Paused State = "paused"
	Off    State = "off"
)

// Every stands for all events that the application may know.
const Every Name = "*"

// Subscription is one way in which one application is told of events.
type Subscription struct {
	Corp     id.Corp
	ID       id.Subscription
	Agent    id.Agent
	Way      Way
	Origin   string // what the way has to know of how the subscription came to be
	Group    string // '': production; else a test group, which gets what is replayed to it and nothing else
	Target   string // address, without secrets
	Settings string // JSON of the way
	Secret   string // of the way; it is kept sealed
	Names    []Name // which events; Every for all
	Ordered  bool   // events of one object one after another
	Most     int    // deliveries under way at once
	Timeout  time.Duration
	State    State
	Reason   string    // of a state that the platform chose, or why deliveries fail
	Failing  time.Time // since when; zero: the last delivery did not
	Created  time.Time
	Turn     int64 // grows when this node hears that one of the corp's subscriptions changed

	unreadable error // why the secret is not known
}

// Defaults of a subscription that does not say otherwise.
const (
	DefaultMost    = 8
	MaxMost        = 64
	DefaultTimeout = 2500 * time.Millisecond
	MaxTimeout     = 30 * time.Second
)

// ErrNoSubscription is returned for a subscription that does not exist.
var ErrNoSubscription = errors.New("event: no such subscription")

// Subscribe records s, whose ID and Created are given to it, and returns it.
func (l *Log) Subscribe(ctx context.Context, s Subscription) (Subscription, error) {
	s = l.fresh(s)
	_, err := store.Update(ctx, l.db, func(tx *store.Tx) (int, error) { return 0, l.subscribe(tx, s) })
	if err != nil {
		return s, fmt.Errorf("subscribe app %d of %s: %w", s.Agent, s.Corp, err)
	}
	return s, nil
}

// fresh is s with what it does not say itself.
func (l *Log) fresh(s Subscription) Subscription {
	s.ID, s.Created = id.Subscription(l.ids.New()), l.clk.Real()
	if s.Most == 0 {
		s.Most = DefaultMost
	}
	if s.Timeout == 0 {
		s.Timeout = DefaultTimeout
	}
	if s.State == "" {
		s.State = On
	}
	return s
}

func (l *Log) subscribe(tx *store.Tx, s Subscription) error {
	keys, err := l.keys.In(tx, s.Corp)
	if err != nil {
		return err
	}
	key, sealed := keys.Seal(secretOf(s.ID), s.Secret)
	if _, err := tx.Exec(insertSubscription, s.Corp, s.ID, s.Agent, s.Way, s.Origin, s.Group, s.Target, s.Settings, key, sealed,
		s.Ordered, s.Most, s.Timeout.Milliseconds(), s.State, s.Reason, s.Created.UnixMilli()); err != nil {
		return err
	}
	return l.take(tx, s)
}

// Change replaces what can be changed of a subscription: all but its app, way
// and origin. What waits for a later try is tried at once, unless the
// subscription is not on: whoever changed it may have mended what was wrong.
func (l *Log) Change(ctx context.Context, s Subscription) error {
	_, err := store.Update(ctx, l.db, func(tx *store.Tx) (int, error) { return 0, l.ChangeIn(tx, s) })
	if err != nil {
		return fmt.Errorf("change subscription %d of %s: %w", s.ID, s.Corp, err)
	}
	return nil
}

// ChangeIn is Change within the caller's transaction.
func (l *Log) ChangeIn(tx *store.Tx, s Subscription) error {
	if s.unreadable != nil { // its secret would be overwritten by nothing
		return s.unreadable
	}
	keys, err := l.keys.In(tx, s.Corp)
	if err != nil {
		return err
	}
	key, sealed := keys.Seal(secretOf(s.ID), s.Secret)
	n, err := tx.Exec(updateSubscription, s.Corp, s.ID, s.Group, s.Target, s.Settings, key, sealed, s.Ordered, s.Most,
		s.Timeout.Milliseconds(), s.State, s.Reason, millis(s.Failing))
	if err != nil {
		return err
	}
	if n == 0 {
		return ErrNoSubscription
	}
	if _, err := tx.Exec(deleteSubscribed, s.Corp, s.ID); err != nil {
		return err
	}
	if s.State == On {
		if err := l.HastenIn(tx, s.Corp, s.ID); err != nil {
			return err
		}
	}
	return l.take(tx, s)
}

// take records which events s takes, and tells whoever delivers.
func (l *Log) take(tx *store.Tx, s Subscription) error {
	for _, n := range s.Names {
		if _, err := tx.Exec(insertSubscribed, s.Corp, n, s.ID); err != nil {
			return err
		}
	}
	tx.Touch(SubscriptionsTopic(s.Corp))
	tx.After(func() { l.Due(s.Corp, []id.Subscription{s.ID}) })
	return nil
}

// SubscriptionsTopic is the revision topic of corp's subscriptions.
func SubscriptionsTopic(corp id.Corp) string { return "events:" + string(corp) }

// Unsubscribe removes a subscription. What was still to be delivered is noted as
// dropped; tries and what was given up stay until the events they are of are
// forgotten.
func (l *Log) Unsubscribe(ctx context.Context, corp id.Corp, sub id.Subscription) error {
	_, err := store.Update(ctx, l.db, func(tx *store.Tx) (int, error) { return 0, l.unsubscribe(tx, corp, sub) })
	if err != nil {
		return fmt.Errorf("remove subscription %d of %s: %w", sub, corp, err)
	}
	return nil
}

func (l *Log) unsubscribe(tx *store.Tx, corp id.Corp, sub id.Subscription) error {
	n, err := tx.Exec(deleteSubscription, corp, sub)
	if err != nil {
		return err
	}
	if n == 0 {
		return ErrNoSubscription
	}
	tx.Touch(SubscriptionsTopic(corp))
	if _, err := tx.Exec(dropDeliveries, corp, sub, l.ids.New(), l.clk.Real().UnixMilli(), "the subscription was removed"); err != nil {
		return err
	}
	for _, q := range []store.SQL{deleteSubscribed, deleteDeliveries} {
		if _, err := tx.Exec(q, corp, sub); err != nil {
			return err
		}
	}
	return nil
}

// RemoveCorp forgets every event and subscription of corp.
func (l *Log) RemoveCorp(ctx context.Context, corp id.Corp) error {
	_, err := store.Update(ctx, l.db, func(tx *store.Tx) (int, error) {
		for _, q := range []store.SQL{forgetDeliveries, forgetAttempts, forgetDead, forgetHours, forgetReplays, forgetAudit, forgetSubscribed, forgetSubscriptions, forgetEvents, forgetHeads} {
			if _, err := tx.Exec(q, corp); err != nil {
				return 0, err
			}
		}
		tx.Touch(SubscriptionsTopic(corp))
		return 0, nil
	})
	if err != nil {
		return fmt.Errorf("forget the events of %s: %w", corp, err)
	}
	return nil
}

// Subscriptions returns the subscriptions of an app, the oldest first; of every
// app of corp when agent is 0.
func (l *Log) Subscriptions(ctx context.Context, corp id.Corp, agent id.Agent) ([]Subscription, error) {
	return store.View(ctx, l.db, func(tx *store.Tx) ([]Subscription, error) { return l.SubscriptionsIn(tx, corp, agent) })
}

// SubscriptionsIn is Subscriptions within the caller's transaction.
func (l *Log) SubscriptionsIn(tx *store.Tx, corp id.Corp, agent id.Agent) ([]Subscription, error) {
	q, args := subscriptionsOfCorp, []any{corp}
	if agent != 0 {
		q, args = subscriptionsOfApp, []any{corp, agent}
	}
	list, err := store.All(tx, q, scanSubscriptionOf(corp), args...)
	if err != nil {
		return nil, err
	}
	return l.complete(tx, corp, list)
}

func millis(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixMilli()
}

func fromMillis(ms int64) time.Time {
	if ms == 0 {
		return time.Time{}
	}
	return time.UnixMilli(ms)
}

func scanSubscriptionOf(corp id.Corp) func(store.Row) (storedSubscription, error) {
	return func(r store.Row) (storedSubscription, error) {
		s := storedSubscription{Subscription: Subscription{Corp: corp}}
		var timeout, failing, created int64
		err := r.Scan(&s.ID, &s.Agent, &s.Way, &s.Origin, &s.Group, &s.Target, &s.Settings, &s.key, &s.sealed, &s.Ordered, &s.Most,
			&timeout, &s.State, &s.Reason, &failing, &created)
		s.Timeout = time.Duration(timeout) * time.Millisecond
		s.Failing, s.Created = fromMillis(failing), time.UnixMilli(created)
		return s, err
	}
}

const (
	insertSubscription store.SQL = `
		INSERT INTO subscriptions (corp, id, agent, way, origin, test_group, target, settings, key_id, sealed, ordered, most, timeout_ms, state, reason, failing_since, created_at)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, 0, $16)`
	updateSubscription store.SQL = `
		UPDATE subscriptions SET test_group = $3, target = $4, settings = $5, key_id = $6, sealed = $7, ordered = $8, most = $9,
			timeout_ms = $10, state = $11, reason = $12, failing_since = $13
		WHERE corp = $1 AND id = $2`
	deleteSubscription store.SQL = `DELETE FROM subscriptions WHERE corp = $1 AND id = $2`
	insertSubscribed   store.SQL = `INSERT INTO subscribed (corp, name, subscription) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING`
	deleteSubscribed   store.SQL = `DELETE FROM subscribed WHERE corp = $1 AND subscription = $2`
	deleteDeliveries   store.SQL = `DELETE FROM deliveries WHERE corp = $1 AND subscription = $2`
	dropDeliveries     store.SQL = `
		INSERT INTO attempts (corp, subscription, event, id, at, took_us, outcome, status, answer, injected, replayed)
		SELECT corp, subscription, event, $3, $4, 0, 'dropped', 0, $5, '', replayed FROM deliveries WHERE corp = $1 AND subscription = $2`
	forgetDeliveries    store.SQL = `DELETE FROM deliveries WHERE corp = $1`
	forgetAttempts      store.SQL = `DELETE FROM attempts WHERE corp = $1`
	forgetDead          store.SQL = `DELETE FROM dead_deliveries WHERE corp = $1`
	forgetHours         store.SQL = `DELETE FROM subscription_hours WHERE corp = $1`
	forgetReplays       store.SQL = `DELETE FROM event_replays WHERE corp = $1`
	forgetAudit         store.SQL = `DELETE FROM event_audits WHERE corp = $1`
	forgetSubscribed    store.SQL = `DELETE FROM subscribed WHERE corp = $1`
	forgetSubscriptions store.SQL = `DELETE FROM subscriptions WHERE corp = $1`
	forgetEvents        store.SQL = `DELETE FROM events WHERE corp = $1`
	forgetHeads         store.SQL = `DELETE FROM event_heads WHERE corp = $1`
	subscriptionsOfApp  store.SQL = `
		SELECT id, agent, way, origin, test_group, target, settings, key_id, sealed, ordered, most, timeout_ms, state, reason, failing_since, created_at
		FROM subscriptions WHERE corp = $1 AND agent = $2 ORDER BY id`
	subscriptionsOfCorp store.SQL = `
		SELECT id, agent, way, origin, test_group, target, settings, key_id, sealed, ordered, most, timeout_ms, state, reason, failing_since, created_at
		FROM subscriptions WHERE corp = $1 ORDER BY id`
)
