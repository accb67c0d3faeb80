package event

import (
	"cmp"
	"context"
	"fmt"
	"time"

	"github.com/gatepost/gatepost/internal/clock"
	"github.com/gatepost/gatepost/internal/id"
	"github.com/gatepost/gatepost/internal/keyring"
	"github.com/gatepost/gatepost/internal/store"
)

// Log is what happened, and who is still to be told. It is safe for concurrent
// use.
type Log struct {
	// Due is told, once the change is committed, which subscriptions have
	// something to be delivered. It must not block. Whoever delivers sets it
	// before the first change.
	Due func(corp id.Corp, subscriptions []id.Subscription)

	db    *store.DB
	clk   *clock.Clock
	keys  *keyring.Ring
	ids   *id.Calls
	table map[Name]*Event
	known *known
}

// New returns the log in db, whose payloads are sealed by keys. ids are the
// node's own, so that two nodes never make the same.
func New(db *store.DB, clk *clock.Clock, keys *keyring.Ring, ids *id.Calls) *Log {
	l := &Log{Due: func(id.Corp, []id.Subscription) {}, db: db, clk: clk, keys: keys, ids: ids, table: map[Name]*Event{}, known: newKnown()}
	db.Watch(l.known.forget)
	all := All()
	for i := range all {
		l.table[all[i].Name] = &all[i]
	}
	return l
}

// Emit records, in the transaction of the change, that n happened to object, and
// for each subscription that takes n that it is still to be told. Payload is of
// the type that n was declared with; anything else panics.
//
// Events of one object are delivered to a subscription in the order of the
// changes, so object names what the change has locked: "person:lina".
func (l *Log) Emit(tx *store.Tx, corp id.Corp, n Name, object string, payload any) (id.Event, error) {
	return l.emit(tx, corp, 0, n, object, payload)
}

// emit is Emit for the subscriptions of one app alone, if agent names one.
func (l *Log) emit(tx *store.Tx, corp id.Corp, agent id.Agent, n Name, object string, payload any) (id.Event, error) {
	e := l.table[n]
	if e == nil || e.payload != typeOf(payload) {
		panic(fmt.Sprintf("event: %s was not declared with %T", n, payload))
	}
	text, err := e.Encode(payload)
	if err != nil {
		return 0, err
	}
	keys, err := l.keys.In(tx, corp)
	if err != nil {
		return 0, err
	}
	made := id.Event(l.ids.New())
	key, sealed := keys.Seal(placeOf(made), record(text, payload))
	now := id.Call(made).Time().UnixMilli() // not the clock's: among events of one object it grows as ids do
	b := tx.Batch()
	b.Exec(raiseHead, corp, object, made)
	b.Exec(insertDeliveries, corp, made, n, agent, object, now)
	b.Exec(insertEvent, corp, made, n, agent, object, l.clk.At(corp).UnixMilli(), now, key, sealed)
	answers, err := b.Run()
	if err != nil {
		return 0, err
	}
	if newest := answers[0][0]; newest != int64(made) { // made on a node whose clock is ahead
		l.ids.After(newest)
		return 0, tx.Again()
	}
	if due := answers[1]; len(due) > 0 {
		subs := make([]id.Subscription, len(due))
		for i, n := range due {
			subs[i] = id.Subscription(n)
		}
		tx.After(func() { l.Due(corp, subs) })
	}
	return made, nil
}

// Happened is an event that happened.
type Happened struct {
	Corp    id.Corp
	ID      id.Event
	Name    Name
	Object  string
	At      time.Time // by the corp's clock
	MadeAt  time.Time // in real time
	Payload string    // JSON
	Was     []id.Dept // departments where those it names were before, for whom else it concerns

	// KnownAs is the corp's id as the subscriber's application knows it, where that
	// is not Corp but one of its own. It is not kept.
	KnownAs id.Corp
}

// ToldCorp is the corp's id as the subscriber is told it.
func (h *Happened) ToldCorp() id.Corp { return cmp.Or(h.KnownAs, h.Corp) }

// Filter says which events are meant. The zero value means all.
type Filter struct {
	Name   Name
	Object string
	After  id.Event // only newer ones
	Before id.Event // only older ones
}

// Event returns the declaration of n; nil if there is none.
func (l *Log) Event(n Name) *Event { return l.table[n] }

// maxPage bounds a page of events.
const maxPage = 200

// List returns events of corp, the newest first, at most size of them.
func (l *Log) List(ctx context.Context, corp id.Corp, f Filter, size int) ([]Happened, error) {
	size = min(max(size, 1), maxPage)
	if f.Before == 0 {
		f.Before = 1<<63 - 1
	}
	list, err := store.View(ctx, l.db, func(tx *store.Tx) ([]Happened, error) { return l.list(tx, corp, f, size) })
	if err != nil {
		return nil, fmt.Errorf("list events of %s: %w", corp, err)
	}
	return list, nil
}

func (l *Log) list(tx *store.Tx, corp id.Corp, f Filter, size int) ([]Happened, error) {
	q, args := eventsOfCorp, []any{corp, f.After, f.Before, size}
	switch {
	case f.Object != "":
		q, args = eventsOfObject, append(args, f.Object)
	case f.Name != "":
		q, args = eventsOfName, append(args, f.Name)
	}
	stored, err := store.All(tx, q, scanHappened(corp), args...)
	if err != nil {
		return nil, err
	}
	list := make([]Happened, len(stored))
	for i := range stored {
		if list[i], err = l.open(tx, &stored[i]); err != nil {
			return nil, err
		}
	}
	return list, nil
}

func scanSubscription(r store.Row) (s id.Subscription, err error) { return s, r.Scan(&s) }

func scanHappened(corp id.Corp) func(store.Row) (storedEvent, error) {
	return func(r store.Row) (storedEvent, error) {
		s := storedEvent{Happened: Happened{Corp: corp}}
		var at, made int64
		err := r.Scan(&s.ID, &s.Name, &s.Object, &at, &made, &s.key, &s.sealed)
		s.At, s.MadeAt = time.UnixMilli(at), time.UnixMilli(made)
		return s, err
	}
}

const (
	raiseHead store.SQL = `
		INSERT INTO event_heads (corp, object, newest) VALUES ($1, $2, $3)
		ON CONFLICT (corp, object) DO UPDATE SET newest = CASE WHEN event_heads.newest < $3 THEN $3 ELSE event_heads.newest END
		RETURNING newest /* aside: no answer is made of it */`
	// A subscription that is off gets nothing; one that is paused gets it later.
	takers = `FROM subscriptions s WHERE s.corp = $1 AND s.state <> 'off' AND s.test_group = '' AND ($4 = 0 OR s.agent = $4)
			AND s.id IN (SELECT d.subscription FROM subscribed d WHERE d.corp = $1 AND d.name IN ($3, '*'))`
	insertDeliveries store.SQL = `
		INSERT INTO deliveries (corp, subscription, event, object, next_at, attempts, replayed)
		SELECT $1, s.id, $2, $5, $6, 0, FALSE ` + takers + `
		RETURNING subscription /* aside: no answer is made of what is still to be told */`
	insertEvent store.SQL = `
		INSERT INTO events (corp, id, name, object, at, made_at, key_id, sealed, told)
		VALUES ($1, $2, $3, $5, $6, $7, $8, $9, (SELECT count(*) ` + takers + `)) /* aside: no answer is made of what is still to be told */`
	eventsOfCorp store.SQL = `
		SELECT id, name, object, at, made_at, key_id, sealed FROM events
		WHERE corp = $1 AND id > $2 AND id < $3 ORDER BY id DESC LIMIT $4`
	eventsOfName store.SQL = `
		SELECT id, name, object, at, made_at, key_id, sealed FROM events
		WHERE corp = $1 AND id > $2 AND id < $3 AND name = $5 ORDER BY id DESC LIMIT $4`
	eventsOfObject store.SQL = `
		SELECT id, name, object, at, made_at, key_id, sealed FROM events
		WHERE corp = $1 AND id > $2 AND id < $3 AND object = $5 ORDER BY id DESC LIMIT $4`
)
