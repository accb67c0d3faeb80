package eventlog

import (
	"cmp"
	"context"
	"slices"

	"github.com/gatepost/gatepost/internal/apierror"
	"github.com/gatepost/gatepost/internal/event"
	"github.com/gatepost/gatepost/internal/id"
	"github.com/gatepost/gatepost/internal/store"
)

// Filter says which events are meant. The zero value means all.
type Filter struct {
	Name         event.Name
	Object       string
	After        id.Event // only newer ones
	Before       id.Event // only older ones; 0: all
	Agent        id.Agent // only those that the app's subscriptions were to be told of
	Subscription id.Subscription
	Status       Status // only those of which a delivery is so
}

// Row is an event without its payload.
type Row struct {
	ID     id.Event
	Name   event.Name
	Object string
	At     int64 // ms, by the corp's clock
	Told   int
	Traces []Trace
}

// List returns events, the newest first, at most size. traced is false where the
// company has too many subscriptions to say what became of an event at each.
func (d *Desk) List(ctx context.Context, corp id.Corp, f Filter, size int) (list []Row, traced bool, err error) {
	if f.Before == 0 {
		f.Before = newest
	}
	rows, err := store.View(ctx, d.db, func(tx *store.Tx) ([]Row, error) {
		subs, err := d.of(tx, corp, f.Agent, f.Subscription)
		if err != nil {
			return nil, err
		}
		traced = len(subs) <= maxSubscriptions
		some := f.Agent != 0 || f.Subscription != 0 || f.Status != ""
		if some && !traced {
			return nil, apierror.ParameterInvalid.With("name", "subscriptionId").Want("最多 %d 个订阅", maxSubscriptions).Got("更多")
		}
		var rows []Row
		if some {
			rows, err = told(tx, corp, f, subs, size)
		} else {
			rows, err = happened(tx, corp, f, size)
		}
		if err != nil || !traced {
			return rows, err
		}
		ids := make([]id.Event, len(rows))
		for i := range rows {
			ids[i] = rows[i].ID
		}
		of, err := traces(tx, corp, ids, subs)
		for i := range rows {
			rows[i].Traces = of[rows[i].ID]
		}
		return rows, err
	})
	return rows, traced, err
}

// happened lists events whoever was told of them.
func happened(tx *store.Tx, corp id.Corp, f Filter, size int) ([]Row, error) {
	q, args := rowsOfCorp, []any{corp, f.After, f.Before, size}
	switch {
	case f.Object != "":
		q, args = rowsOfObject, append(args, f.Object, f.Name)
	case f.Name != "":
		q, args = rowsOfName, append(args, f.Name)
	}
	return store.All(tx, q, scanRow, args...)
}

// told lists events that subscriptions were to be told of: for each, those with a
// trace of the wanted status, and of all these the newest.
func told(tx *store.Tx, corp id.Corp, f Filter, subs []id.Subscription, size int) ([]Row, error) {
	var all []Row
	for _, f.Subscription = range subs {
		rows, err := toldOne(tx, corp, f, size)
		if err != nil {
			return nil, err
		}
		all = append(all, rows...)
	}
	slices.SortFunc(all, func(a, b Row) int { return cmp.Compare(b.ID, a.ID) })
	all = slices.CompactFunc(all, func(a, b Row) bool { return a.ID == b.ID })
	return all[:min(len(all), size)], nil
}

func toldOne(tx *store.Tx, corp id.Corp, f Filter, size int) ([]Row, error) {
	switch f.Status {
	case Waiting:
		return traced(tx, untriedEvents, corp, f, size)
	case Failing:
		return traced(tx, failedEvents, corp, f, size)
	case Delivered:
		return traced(tx, deliveredEvents, corp, f, size)
	case Dead:
		return traced(tx, deadEvents, corp, f, size)
	case Dropped:
		return traced(tx, droppedEvents, corp, f, size)
	}
	var all []Row
	for _, q := range []store.SQL{waitingEvents, triedEvents, deadEvents} {
		rows, err := traced(tx, q, corp, f, size)
		if err != nil {
			return nil, err
		}
		all = append(all, rows...)
	}
	return all, nil
}

func traced(tx *store.Tx, q store.SQL, corp id.Corp, f Filter, size int) ([]Row, error) {
	return store.All(tx, q, scanRow, corp, f.After, f.Before, size, f.Subscription, f.Name, f.Object)
}

func scanRow(r store.Row) (e Row, err error) {
	return e, r.Scan(&e.ID, &e.Name, &e.Object, &e.At, &e.Told)
}

const (
	rowsOfCorp store.SQL = `
		SELECT id, name, object, at, told FROM events WHERE corp = $1 AND id > $2 AND id < $3 ORDER BY id DESC LIMIT $4`
	rowsOfName store.SQL = `
		SELECT id, name, object, at, told FROM events WHERE corp = $1 AND id > $2 AND id < $3 AND name = $5 ORDER BY id DESC LIMIT $4`
	rowsOfObject store.SQL = `
		SELECT id, name, object, at, told FROM events
		WHERE corp = $1 AND id > $2 AND id < $3 AND object = $5 AND ($6 = '' OR name = $6) ORDER BY id DESC LIMIT $4`

	waitingEvents store.SQL = `
		SELECT e.id, e.name, e.object, e.at, e.told FROM deliveries d JOIN events e ON e.corp = $1 AND e.id = d.event
		WHERE d.corp = $1 AND d.event > $2 AND d.event < $3 AND d.subscription = $5 AND ($6 = '' OR e.name = $6) AND ($7 = '' OR e.object = $7)
		ORDER BY d.event DESC LIMIT $4`
	untriedEvents store.SQL = `
		SELECT e.id, e.name, e.object, e.at, e.told FROM deliveries d JOIN events e ON e.corp = $1 AND e.id = d.event
		WHERE d.corp = $1 AND d.event > $2 AND d.event < $3 AND d.subscription = $5 AND d.attempts = 0
			AND ($6 = '' OR e.name = $6) AND ($7 = '' OR e.object = $7)
		ORDER BY d.event DESC LIMIT $4`
	failedEvents store.SQL = `
		SELECT e.id, e.name, e.object, e.at, e.told FROM deliveries d JOIN events e ON e.corp = $1 AND e.id = d.event
		WHERE d.corp = $1 AND d.event > $2 AND d.event < $3 AND d.subscription = $5 AND d.attempts > 0
			AND ($6 = '' OR e.name = $6) AND ($7 = '' OR e.object = $7)
		ORDER BY d.event DESC LIMIT $4`
	deadEvents store.SQL = `
		SELECT e.id, e.name, e.object, e.at, e.told FROM dead_deliveries d JOIN events e ON e.corp = $1 AND e.id = d.event
		WHERE d.corp = $1 AND d.event > $2 AND d.event < $3 AND d.subscription = $5 AND ($6 = '' OR e.name = $6) AND ($7 = '' OR e.object = $7)
		ORDER BY d.event DESC LIMIT $4`
	triedEvents store.SQL = `
		SELECT DISTINCT e.id, e.name, e.object, e.at, e.told FROM attempts a JOIN events e ON e.corp = $1 AND e.id = a.event
		WHERE a.corp = $1 AND a.event > $2 AND a.event < $3 AND a.subscription = $5 AND ($6 = '' OR e.name = $6) AND ($7 = '' OR e.object = $7)
		ORDER BY e.id DESC LIMIT $4`
	deliveredEvents store.SQL = `
		SELECT DISTINCT e.id, e.name, e.object, e.at, e.told FROM attempts a JOIN events e ON e.corp = $1 AND e.id = a.event
		WHERE a.corp = $1 AND a.event > $2 AND a.event < $3 AND a.subscription = $5 AND a.outcome = 'accepted'
			AND ($6 = '' OR e.name = $6) AND ($7 = '' OR e.object = $7)
			AND NOT EXISTS (SELECT 1 FROM deliveries d WHERE d.corp = $1 AND d.subscription = $5 AND d.event = a.event)
			AND NOT EXISTS (SELECT 1 FROM dead_deliveries x WHERE x.corp = $1 AND x.subscription = $5 AND x.event = a.event)
		ORDER BY e.id DESC LIMIT $4`
	droppedEvents store.SQL = `
		SELECT DISTINCT e.id, e.name, e.object, e.at, e.told FROM attempts a JOIN events e ON e.corp = $1 AND e.id = a.event
		WHERE a.corp = $1 AND a.event > $2 AND a.event < $3 AND a.subscription = $5 AND a.outcome = 'dropped'
			AND ($6 = '' OR e.name = $6) AND ($7 = '' OR e.object = $7)
			AND NOT EXISTS (SELECT 1 FROM deliveries d WHERE d.corp = $1 AND d.subscription = $5 AND d.event = a.event)
			AND NOT EXISTS (SELECT 1 FROM dead_deliveries x WHERE x.corp = $1 AND x.subscription = $5 AND x.event = a.event)
			AND NOT EXISTS (SELECT 1 FROM attempts y WHERE y.corp = $1 AND y.subscription = $5 AND y.event = a.event AND y.outcome = 'accepted')
		ORDER BY e.id DESC LIMIT $4`
)
