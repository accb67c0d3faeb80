package eventlog

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/gatepost/gatepost/internal/apierror"
	"github.com/gatepost/gatepost/internal/event"
	"github.com/gatepost/gatepost/internal/id"
	"github.com/gatepost/gatepost/internal/store"
)

// ReplayState says how a replay stands.
type ReplayState string

// The states of a replay.
const (
	Running ReplayState = "running"
	Done    ReplayState = "done"
	Stopped ReplayState = "stopped"
)

// Replay is a part of the log that is told again.
type Replay struct {
	Corp    id.Corp
	ID      int64
	Agent   id.Agent
	Group   string
	Targets []id.Subscription
	Names   []event.Name // none: all that a target takes
	After   id.Event
	Until   id.Event // the last
	Done    id.Event // how far it came
	Due     int64    // ms; of the deliveries that were made last
	Seen    int64
	Made    int64
	State   ReplayState
	By      id.User
	Created time.Time
	Changed time.Time
}

// Wanted says what is to be told again, and to whom: to one subscription, or to
// those of an app that are in a group, ” for production.
type Wanted struct {
	Subscription id.Subscription
	Agent        id.Agent
	Group        string
	Names        []event.Name
	After, Until id.Event
}

// TargetCount is what a replay would do to one of its targets.
type TargetCount struct {
	event.Subscription
	Deliveries int64 // that would be made, with those that wait up to countedReplay
	Pending    int64 // that wait already and are left as they are
}

// replayStep is how many deliveries one transaction of a replay makes at most.
const replayStep = 1000

// countedReplay bounds what is counted of a replay for each target.
const countedReplay = 100_000

// maxTargets bounds the subscriptions of one replay.
const maxTargets = 100

// targets returns the subscriptions that a replay is for, or refuses.
func (d *Desk) targets(ctx context.Context, corp id.Corp, w Wanted) ([]event.Subscription, error) {
	if w.Subscription != 0 {
		s, err := d.subscription(ctx, corp, w.Subscription)
		if err != nil {
			return nil, err
		}
		if s.State == event.Off {
			return nil, apierror.ReplayTarget.With("target", fmt.Sprint(int64(w.Subscription))).Want("没有关闭的订阅").Got("%s", s.State)
		}
		return []event.Subscription{s}, nil
	}
	if _, err := d.Apps.AppName(ctx, corp, w.Agent); err != nil {
		return nil, err
	}
	all, err := d.events.Subscriptions(ctx, corp, w.Agent)
	if err != nil {
		return nil, err
	}
	var meant []event.Subscription
	for _, s := range all {
		if s.Group == w.Group && s.State != event.Off {
			meant = append(meant, s)
		}
	}
	switch {
	case len(meant) == 0 && w.Group != "":
		return nil, apierror.ReplayTarget.With("target", w.Group).Want("本应用的测试组").Got("%s", w.Group)
	case len(meant) == 0:
		return nil, apierror.ReplayTarget.With("target", fmt.Sprint(int64(w.Agent))).Want("没有关闭的订阅").Got("%d", 0)
	case len(meant) > maxTargets:
		return nil, apierror.ReplayTarget.With("target", fmt.Sprint(int64(w.Agent))).Want("最多 %d 个订阅", maxTargets).Got("%d", len(meant))
	}
	return meant, nil
}

// Count tells what a replay would do, without doing it.
func (d *Desk) Count(ctx context.Context, corp id.Corp, w Wanted) ([]TargetCount, error) {
	meant, err := d.targets(ctx, corp, w)
	if err != nil {
		return nil, err
	}
	names := store.List(w.Names)
	return store.View(ctx, d.db, func(tx *store.Tx) ([]TargetCount, error) {
		list := make([]TargetCount, len(meant))
		for i, s := range meant {
			s.Secret = ""
			list[i].Subscription = s
			pairs, err := store.One(tx, countReplayed, func(r store.Row) (n [2]int64, err error) { return n, r.Scan(&n[0], &n[1]) },
				corp, w.After, w.Until, s.ID, names, len(w.Names), countedReplay)
			if err != nil {
				return nil, err
			}
			list[i].Pending, list[i].Deliveries = pairs[1], pairs[0]-pairs[1]
		}
		return list, nil
	})
}

// Replay begins to tell again what w says. It returns at once; the replay goes on
// on one node until it is done or stopped.
func (d *Desk) Replay(ctx context.Context, corp id.Corp, w Wanted, by id.User) (Replay, error) {
	meant, err := d.targets(ctx, corp, w)
	if err != nil {
		return Replay{}, err
	}
	r := Replay{Corp: corp, ID: int64(d.ids.New()), Agent: meant[0].Agent, Group: meant[0].Group, Names: w.Names, After: w.After, Until: w.Until,
		Done: w.After, State: Running, By: by, Created: d.real()}
	for _, s := range meant {
		r.Targets = append(r.Targets, s.ID)
	}
	r.Changed = r.Created
	_, err = store.Update(ctx, d.db, func(tx *store.Tx) (int64, error) {
		running, err := store.One(tx, countReplays, scanInt, corp)
		if err != nil {
			return 0, err
		}
		if running >= maxReplays {
			return 0, apierror.ReplayBusy.Want("最多 %d", maxReplays).Got("%d", running)
		}
		tx.After(d.ask)
		return tx.Exec(insertReplay, corp, r.ID, r.Agent, r.Group, store.List(r.Targets), store.List(r.Names), r.After, r.Until, by, r.Created.UnixMilli())
	})
	return r, err
}

// maxReplays bounds the replays of a company that go on at once.
const maxReplays = 8

// ask has replays looked for soon. It does not block.
func (d *Desk) ask() {
	select {
	case d.asked <- struct{}{}:
	default:
	}
}

// Stop ends a replay; what it made due stays due.
func (d *Desk) Stop(ctx context.Context, corp id.Corp, replay int64) (Replay, error) {
	_, err := store.Update(ctx, d.db, func(tx *store.Tx) (int64, error) {
		return tx.Exec(stopReplay, corp, replay, d.real().UnixMilli())
	})
	if err != nil {
		return Replay{}, err
	}
	return d.replay(ctx, corp, replay)
}

// replay returns one, or refuses.
func (d *Desk) replay(ctx context.Context, corp id.Corp, replay int64) (Replay, error) {
	return store.View(ctx, d.db, func(tx *store.Tx) (Replay, error) {
		r, err := store.One(tx, replayByID, scanReplay, corp, replay)
		if errors.Is(err, store.ErrNone) {
			return r, apierror.ReplayUnknown.Got("%d", replay)
		}
		return r, err
	})
}

// replays returns those of corp, newest first.
func (d *Desk) replays(ctx context.Context, corp id.Corp, before int64, size int) ([]Replay, error) {
	return store.View(ctx, d.db, func(tx *store.Tx) ([]Replay, error) {
		return store.All(tx, replaysOfCorp, scanReplay, corp, before, size)
	})
}

// goOn works on every replay that is not done, a step of each in turn.
func (d *Desk) goOn(ctx context.Context) error {
	for {
		open, err := store.View(ctx, d.db, func(tx *store.Tx) ([]Replay, error) {
			return store.All(tx, openReplays, scanReplay, Running, maxOpen)
		})
		if err != nil || len(open) == 0 {
			return err
		}
		for _, r := range open {
			if !d.share.Owns(0) {
				return nil
			}
			if err := d.step(ctx, r.Corp, r.ID); err != nil {
				return fmt.Errorf("replay %d of %s: %w", r.ID, r.Corp, err)
			}
		}
	}
}

// maxOpen is of how many replays a round makes a step.
const maxOpen = 100

// step makes the next deliveries of a replay, and notes in the same transaction
// how far it came: whoever goes on begins there.
func (d *Desk) step(ctx context.Context, corp id.Corp, replay int64) error {
	_, err := store.Update(ctx, d.db, func(tx *store.Tx) (int, error) {
		r, err := store.One(tx, replayByID, scanReplay, corp, replay)
		if errors.Is(err, store.ErrNone) || err == nil && r.State != Running {
			return 0, nil // it was stopped, or went with its corp
		}
		if err != nil {
			return 0, err
		}
		return 0, d.advance(tx, &r)
	})
	return err
}

func (d *Desk) advance(tx *store.Tx, r *Replay) error {
	if err := requeue(tx, r.Corp); err != nil {
		return err
	}
	now := d.real().UnixMilli()
	r.Due = max(r.Due, now)
	size := max(replayStep/len(r.Targets), 1)
	window, err := store.All(tx, replayWindow, scanInt, r.Corp, r.Done, r.Until, size)
	if err != nil {
		return err
	}
	upTo := r.Until
	if len(window) == size {
		upTo = id.Event(window[size-1])
	}
	names := store.List(r.Names)
	for _, sub := range r.Targets {
		made, err := tx.Exec(makeReplayed, r.Corp, r.Done, upTo, sub, r.Due, names, len(r.Names))
		if err != nil {
			return err
		}
		if made == 0 {
			continue
		}
		r.Made += made
		if _, err := tx.Exec(reviveDead, r.Corp, r.Done, upTo, sub); err != nil {
			return err
		}
		tx.After(func() { d.events.Due(r.Corp, []id.Subscription{sub}) })
	}
	r.Seen, r.Done = r.Seen+int64(len(window)), upTo
	if upTo >= r.Until {
		r.State = Done
	}
	_, err = tx.Exec(noteReplay, r.Corp, r.ID, r.Done, r.Due, r.Seen, r.Made, r.State, now)
	return err
}

func scanReplay(row store.Row) (r Replay, err error) {
	var targets, names string
	var created, changed int64
	if err := row.Scan(&r.Corp, &r.ID, &r.Agent, &r.Group, &targets, &names, &r.After, &r.Until, &r.Done, &r.Due, &r.Seen, &r.Made, &r.State, &r.By,
		&created, &changed); err != nil {
		return r, err
	}
	r.Created, r.Changed = time.UnixMilli(created), time.UnixMilli(changed)
	return r, errors.Join(json.Unmarshal([]byte(targets), &r.Targets), json.Unmarshal([]byte(names), &r.Names))
}

const (
	insertReplay store.SQL = `
		INSERT INTO event_replays (corp, id, agent, test_group, targets, names, after_id, until_id, done_id, due_at, seen, made, state, created_by, created_at, changed_at)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $7, 0, 0, 0, 'running', $9, $10, $10)`
	countReplays store.SQL = `SELECT count(*) FROM event_replays WHERE corp = $1 AND state = 'running'`
	stopReplay   store.SQL = `UPDATE event_replays SET state = 'stopped', changed_at = $3 WHERE corp = $1 AND id = $2 AND state = 'running'`
	noteReplay   store.SQL = `
		UPDATE event_replays SET done_id = $3, due_at = $4, seen = $5, made = $6, state = $7, changed_at = $8
		WHERE corp = $1 AND id = $2 /* aside: no answer that is remembered is made of it */`
	replayByID store.SQL = `
		SELECT corp, id, agent, test_group, targets, names, after_id, until_id, done_id, due_at, seen, made, state, created_by, created_at, changed_at
		FROM event_replays WHERE corp = $1 AND id = $2`
	replaysOfCorp store.SQL = `
		SELECT corp, id, agent, test_group, targets, names, after_id, until_id, done_id, due_at, seen, made, state, created_by, created_at, changed_at
		FROM event_replays WHERE corp = $1 AND id < $2 ORDER BY id DESC LIMIT $3`
	openReplays store.SQL = `/* all corps: one node works on the replays of all */
		SELECT corp, id, agent, test_group, targets, names, after_id, until_id, done_id, due_at, seen, made, state, created_by, created_at, changed_at
		FROM event_replays WHERE state = $1 ORDER BY corp, id LIMIT $2`
	replayWindow store.SQL = `SELECT id FROM events WHERE corp = $1 AND id > $2 AND id <= $3 ORDER BY id LIMIT $4`
	makeReplayed store.SQL = `
		INSERT INTO deliveries (corp, subscription, event, object, next_at, attempts, replayed)
		SELECT $1, s.id, e.id, e.object, $5, 0, TRUE FROM events e JOIN subscriptions s ON s.corp = $1 AND s.id = $4
		WHERE e.corp = $1 AND e.id > $2 AND e.id <= $3 AND s.state <> 'off' AND ($7 = 0 OR e.name IN @strings($6))
			AND EXISTS (SELECT 1 FROM subscribed d WHERE d.corp = $1 AND d.subscription = $4 AND d.name IN (e.name, '*'))
		ON CONFLICT DO NOTHING /* aside: no answer that is remembered is made of it */`
	reviveDead store.SQL = `
		DELETE FROM dead_deliveries WHERE corp = $1 AND subscription = $4 AND event > $2 AND event <= $3
			AND event IN (SELECT d.event FROM deliveries d WHERE d.corp = $1 AND d.subscription = $4 AND d.event > $2 AND d.event <= $3) /* aside: no answer that is remembered is made of it */`
	countReplayed store.SQL = `
		SELECT count(*), count(p) FROM (
			SELECT (SELECT w.event FROM deliveries w WHERE w.corp = $1 AND w.subscription = $4 AND w.event = e.id) AS p FROM events e
			WHERE e.corp = $1 AND e.id > $2 AND e.id <= $3 AND ($6 = 0 OR e.name IN @strings($5))
				AND EXISTS (SELECT 1 FROM subscribed d WHERE d.corp = $1 AND d.subscription = $4 AND d.name IN (e.name, '*'))
			LIMIT $7) c`
)
