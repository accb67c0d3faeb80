package eventlog

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"time"

	"github.com/gatepost/gatepost/internal/event"
	"github.com/gatepost/gatepost/internal/id"
	"github.com/gatepost/gatepost/internal/store"
)

// Found is what comparing the log with itself found last.
type Found struct {
	At       time.Time // zero: it was never compared
	Since    id.Event  // events up to this one are no longer compared
	Checked  int64     // events
	Missing  int64     // of these, without a trace for each subscription that was to be told
	Examples []Untraced
}

// Untraced is an event of which fewer subscriptions have a trace than were to be
// told when it happened.
type Untraced struct {
	Event  id.Event   `json:"event"`
	Name   event.Name `json:"name"`
	Object string     `json:"object"`
	Told   int64      `json:"told"`
	Traced int64      `json:"traced"`
}

const (
	compareEvery  = time.Hour
	compareEvents = 1000        // of one transaction
	compareTraces = 100_000     // of one transaction, if its first event does not have more
	compareYoung  = time.Minute // an event of another node may be committed after younger ones
	mostExamples  = 20
)

// Compare compares what happened with what became of it, in every corp of which
// that was not done within the hour: of each event as many subscriptions as were
// to be told have a delivery that waits or a try, replays aside. What was given up
// has tries.
func (d *Desk) Compare(ctx context.Context) error {
	var all Found
	corps := 0
	err := d.each(ctx, func(ctx context.Context, corp id.Corp) error {
		last, err := d.Found(ctx, corp)
		if err != nil || d.real().Sub(last.At) < compareEvery {
			return err
		}
		f, err := d.CompareCorp(ctx, corp)
		corps, all.Checked, all.Missing = corps+1, all.Checked+f.Checked, all.Missing+f.Missing
		return err
	})
	if corps > 0 {
		d.logger.InfoContext(ctx, "events were compared with their traces", slog.Int("corps", corps), slog.Int64("events", all.Checked), slog.Int64("missing", all.Missing))
	}
	return err
}

// CompareCorp compares one corp's log now.
func (d *Desk) CompareCorp(ctx context.Context, corp id.Corp) (Found, error) {
	before, err := d.Found(ctx, corp)
	if err != nil {
		return before, err
	}
	now := d.real()
	f := Found{At: now, Since: before.Since}
	for after, upTo := f.Since, firstAt(now.Add(-compareYoung)); ; {
		last, err := d.compare(ctx, corp, &f, after, upTo)
		if err != nil {
			return f, err
		}
		if last == 0 {
			break
		}
		after = last
	}
	if f.Missing > 0 {
		d.logger.ErrorContext(ctx, "events without any trace", slog.String("corp", string(corp)), slog.Int64("events", f.Missing), slog.Any("examples", f.Examples))
	}
	return f, d.note(ctx, corp, &f)
}

// compare compares the next events, and returns the last of them; 0 if there was
// none.
func (d *Desk) compare(ctx context.Context, corp id.Corp, f *Found, after, upTo id.Event) (last id.Event, err error) {
	untraced, err := store.View(ctx, d.db, func(tx *store.Tx) ([]Untraced, error) {
		floor, err := store.All(tx, purgedTo, scanInt, corp)
		if err != nil {
			return nil, err
		}
		if len(floor) > 0 && id.Event(floor[0]) > after { // the retention came by meanwhile
			after = id.Event(floor[0])
		}
		return window(tx, corp, after, upTo)
	})
	if err != nil || len(untraced) == 0 {
		return 0, err
	}
	for _, u := range untraced {
		f.Checked++
		if u.Traced >= u.Told {
			continue
		}
		f.Missing++
		if len(f.Examples) < mostExamples {
			f.Examples = append(f.Examples, u)
		}
	}
	return untraced[len(untraced)-1].Event, nil
}

// window reads the next events with the number of their traces.
func window(tx *store.Tx, corp id.Corp, after, upTo id.Event) ([]Untraced, error) {
	list, err := store.All(tx, toldEvents, func(r store.Row) (u Untraced, err error) {
		return u, r.Scan(&u.Event, &u.Name, &u.Object, &u.Told)
	}, corp, after, upTo, compareEvents)
	if err != nil || len(list) == 0 {
		return nil, err
	}
	sum := int64(0)
	for i := range list {
		if sum += list[i].Told; sum > compareTraces {
			list = list[:max(i, 1)]
			break
		}
	}
	type count struct {
		event id.Event
		n     int64
	}
	counts, err := store.All(tx, countTraces, func(r store.Row) (c count, err error) { return c, r.Scan(&c.event, &c.n) },
		corp, after, list[len(list)-1].Event)
	of := make(map[id.Event]int64, len(counts))
	for _, c := range counts {
		of[c.event] = c.n
	}
	for i := range list {
		list[i].Traced = of[list[i].Event]
	}
	return list, err
}

// note keeps what was found.
func (d *Desk) note(ctx context.Context, corp id.Corp, f *Found) error {
	examples, err := json.Marshal(f.Examples)
	if err != nil {
		return err
	}
	_, err = store.Update(ctx, d.db, func(tx *store.Tx) (int64, error) {
		return tx.Exec(noteFound, corp, f.At.UnixMilli(), f.Checked, f.Missing, string(examples))
	})
	return err
}

// Found returns what was found last.
func (d *Desk) Found(ctx context.Context, corp id.Corp) (Found, error) {
	f, err := store.View(ctx, d.db, func(tx *store.Tx) (Found, error) {
		return store.One(tx, foundLast, func(r store.Row) (f Found, err error) {
			var at int64
			var examples string
			if err := r.Scan(&f.Since, &at, &f.Checked, &f.Missing, &examples); err != nil {
				return f, err
			}
			f.At = moment(at)
			return f, json.Unmarshal([]byte(examples), &f.Examples)
		}, corp)
	})
	if errors.Is(err, store.ErrNone) {
		return Found{}, nil
	}
	return f, err
}

const (
	purgedTo   store.SQL = `SELECT purged_to FROM event_audits WHERE corp = $1`
	toldEvents store.SQL = `
		SELECT id, name, object, told FROM events WHERE corp = $1 AND id > $2 AND id < $3 ORDER BY id LIMIT $4`
	countTraces store.SQL = `
		WITH RECURSIVE tried(s) AS (
			SELECT (SELECT min(subscription) FROM attempts WHERE corp = $1)
			UNION ALL SELECT (SELECT min(n.subscription) FROM attempts n WHERE n.corp = $1 AND n.subscription > tried.s) FROM tried WHERE tried.s IS NOT NULL),
		waiting(s) AS (
			SELECT (SELECT min(subscription) FROM deliveries WHERE corp = $1)
			UNION ALL SELECT (SELECT min(n.subscription) FROM deliveries n WHERE n.corp = $1 AND n.subscription > waiting.s) FROM waiting WHERE waiting.s IS NOT NULL)
		SELECT t.event, count(*) FROM (
			SELECT a.event, a.subscription FROM tried JOIN attempts a ON a.corp = $1 AND a.subscription = tried.s AND a.event > $2 AND a.event <= $3 AND a.replayed = FALSE
			UNION
			SELECT d.event, d.subscription FROM waiting JOIN deliveries d ON d.corp = $1 AND d.subscription = waiting.s AND d.event > $2 AND d.event <= $3 AND d.replayed = FALSE
		) t GROUP BY t.event`
	noteFound store.SQL = `
		INSERT INTO event_audits (corp, purged_to, requeued, checked_at, checked, missing, examples) VALUES ($1, 0, 0, $2, $3, $4, $5)
		ON CONFLICT (corp) DO UPDATE SET checked_at = $2, checked = $3, missing = $4, examples = $5 /* aside: no answer that is remembered is made of it */`
	foundLast store.SQL = `SELECT purged_to, checked_at, checked, missing, examples FROM event_audits WHERE corp = $1`
)
