package event

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/go-json-experiment/json"

	"github.com/gatepost/gatepost/internal/id"
	"github.com/gatepost/gatepost/internal/keyring"
	"github.com/gatepost/gatepost/internal/store"
)

// storedEvent is an event as the database has it: the payload may hold fields of
// grade R2, so it is sealed.
type storedEvent struct {
	Happened
	key    int64
	sealed []byte
	record string // what is sealed
}

// storedSubscription is a subscription whose secret is still sealed.
type storedSubscription struct {
	Subscription
	key    int64
	sealed []byte
}

func secretOf(s id.Subscription) keyring.Place {
	return keyring.Place{Table: "subscriptions", Column: "sealed", Row: strconv.FormatInt(int64(s), 10)}
}

func placeOf(e id.Event) keyring.Place {
	return keyring.Place{Table: "events", Column: "sealed", Row: strconv.FormatInt(int64(e), 10)}
}

// open returns the event with its payload.
func (l *Log) open(tx *store.Tx, s *storedEvent) (Happened, error) {
	payload, err := l.keys.Open(tx, s.Corp, s.key, placeOf(s.ID), s.sealed)
	if err != nil {
		return Happened{}, fmt.Errorf("event: payload of %d: %w", s.ID, err)
	}
	s.record = payload
	s.Payload, s.Was, err = unrecord(payload)
	return s.Happened, err
}

// record is what is sealed: the payload, and on a second line the departments
// where those it names were before. JSON that Encode made has no line breaks.
func record(text string, payload any) string {
	if p, ok := payload.(placed); ok && len(p.places()) > 0 {
		return text + "\n" + store.List(p.places())
	}
	return text
}

// unrecord reads what record made.
func unrecord(record string) (payload string, was []id.Dept, err error) {
	payload, depts, found := strings.Cut(record, "\n")
	if found {
		err = json.Unmarshal([]byte(depts), &was)
	}
	return payload, was, err
}

// SealedTables are the tables of events and of subscriptions.
func (l *Log) SealedTables() []keyring.Table {
	return []keyring.Table{sealedEvents{l}, sealedSubscriptions{l}}
}

type sealedEvents struct{ l *Log }

func (sealedEvents) Name() string { return "events" }

func (t sealedEvents) Reseal(tx *store.Tx, corp id.Corp, key int64, most int) (int, error) {
	list, err := store.All(tx, olderEvents, scanHappened(corp), corp, key, most)
	if err != nil {
		return 0, err
	}
	keys, err := t.l.keys.In(tx, corp)
	if err != nil {
		return 0, err
	}
	for i := range list {
		h, err := t.l.open(tx, &list[i])
		if err != nil {
			return 0, err
		}
		now, sealed := keys.Seal(placeOf(h.ID), list[i].record)
		if _, err := tx.Exec(resealEvent, corp, h.ID, now, sealed); err != nil {
			return 0, err
		}
	}
	return len(list), nil
}

func (sealedEvents) Older(tx *store.Tx, corp id.Corp, key int64) (older, all int64, err error) {
	n, err := store.One(tx, countEventKeys, func(r store.Row) (n [2]int64, err error) { return n, r.Scan(&n[0], &n[1]) }, corp, key)
	return n[0], n[1], err
}

type sealedSubscriptions struct{ l *Log }

func (sealedSubscriptions) Name() string { return "subscriptions" }

func (t sealedSubscriptions) Reseal(tx *store.Tx, corp id.Corp, key int64, most int) (int, error) {
	list, err := store.All(tx, olderSubscriptions, scanSubscriptionOf(corp), corp, key, most)
	if err != nil {
		return 0, err
	}
	keys, err := t.l.keys.In(tx, corp)
	if err != nil {
		return 0, err
	}
	for i := range list {
		s := &list[i]
		secret, err := t.l.keys.Open(tx, corp, s.key, secretOf(s.ID), s.sealed)
		if err != nil {
			return 0, err
		}
		now, sealed := keys.Seal(secretOf(s.ID), secret)
		if _, err := tx.Exec(resealSubscription, corp, s.ID, now, sealed); err != nil {
			return 0, err
		}
	}
	return len(list), nil
}

func (sealedSubscriptions) Older(tx *store.Tx, corp id.Corp, key int64) (older, all int64, err error) {
	n, err := store.One(tx, countSubscriptionKeys, func(r store.Row) (n [2]int64, err error) { return n, r.Scan(&n[0], &n[1]) }, corp, key)
	return n[0], n[1], err
}

const (
	olderSubscriptions store.SQL = `
		SELECT id, agent, way, origin, test_group, target, settings, key_id, sealed, ordered, most, timeout_ms, state, reason, failing_since, created_at
		FROM subscriptions WHERE corp = $1 AND key_id < $2 ORDER BY key_id LIMIT $3`
	resealSubscription    store.SQL = `UPDATE subscriptions SET key_id = $3, sealed = $4 WHERE corp = $1 AND id = $2`
	countSubscriptionKeys store.SQL = `SELECT (SELECT count(*) FROM subscriptions WHERE corp = $1 AND key_id < $2),
		(SELECT count(*) FROM subscriptions WHERE corp = $1)`
	olderEvents store.SQL = `SELECT id, name, object, at, made_at, key_id, sealed FROM events
		WHERE corp = $1 AND key_id < $2 ORDER BY key_id LIMIT $3`
	resealEvent    store.SQL = `UPDATE events SET key_id = $3, sealed = $4 WHERE corp = $1 AND id = $2 /* aside: the payload stays what it was */`
	countEventKeys store.SQL = `SELECT (SELECT count(*) FROM events WHERE corp = $1 AND key_id < $2),
		(SELECT count(*) FROM events WHERE corp = $1)`
)
