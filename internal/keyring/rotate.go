package keyring

import (
	"context"
	"errors"
	"time"

	"github.com/gatepost/gatepost/internal/id"
	"github.com/gatepost/gatepost/internal/store"
)

// Table is a table of a corp whose rows are sealed.
type Table interface {
	// Name is the table's name.
	Name() string
	// Reseal seals up to most rows of corp that stand under an older key than key
	// under the active one, and returns how many there were.
	Reseal(tx *store.Tx, corp id.Corp, key int64, most int) (int, error)
	// Older counts the rows of corp that stand under an older key than key, and
	// all its sealed rows.
	Older(tx *store.Tx, corp id.Corp, key int64) (older, all int64, err error)
}

// How the work is cut. A step is short, so that others get their turn.
const (
	stepRows  = 100
	leaseFor  = 3 * time.Second
	workEvery = time.Minute     // for what a node left that ended
	settle    = 2 * time.Second // until every node seals under a new key
)

// Rotate makes a new data key of corp the active one and returns its number.
// Rows under older keys are readable throughout; Run seals them anew.
func (r *Ring) Rotate(ctx context.Context, corp id.Corp) (int64, error) {
	return store.Update(ctx, r.db, func(tx *store.Tx) (int64, error) {
		k, err := r.load(tx, corp)
		if err != nil {
			return 0, err
		}
		if k.active == 0 {
			k, err = r.first(tx, corp)
			return k.active, err
		}
		if _, err := tx.Exec(retire, corp); err != nil {
			return 0, err
		}
		tx.Touch(topic(corp))
		return k.active + 1, r.insert(tx, corp, purposeData, k.active+1, fresh())
	})
}

// RotateAll rotates the data key of every corp, and returns how many there are.
func (r *Ring) RotateAll(ctx context.Context) (int, error) {
	corps, err := r.all(ctx, corpsWithKeys)
	for _, corp := range corps {
		if _, err := r.Rotate(ctx, corp); err != nil {
			return 0, err
		}
	}
	return len(corps), err
}

// all reads corps by a statement that gives those after one.
func (r *Ring) all(ctx context.Context, q store.SQL) ([]id.Corp, error) {
	return store.View(ctx, r.db, func(tx *store.Tx) ([]id.Corp, error) { return store.All(tx, q, scanCorp, id.Corp("")) })
}

// Run seals anew what stands under older keys, until ctx ends. Of several nodes
// one works at a time.
func (r *Ring) Run(ctx context.Context) error {
	tick := time.NewTicker(workEvery)
	defer tick.Stop()
	for {
		// What failed is tried again with the next tick.
		again, _ := r.round(ctx)
		wait := tick.C
		if again {
			wait = time.After(settle)
		}
		select {
		case <-ctx.Done():
			return nil
		case <-r.work:
		case <-wait:
		}
	}
}

// round works through every corp that has rows under older keys, and reports
// whether some have to be looked at again soon.
func (r *Ring) round(ctx context.Context) (again bool, err error) {
	corps, err := r.all(ctx, corpsRetiring)
	for _, corp := range corps {
		left, err := r.corp(ctx, corp, nil)
		if err != nil {
			return again, err
		}
		again = again || left
	}
	return again, err
}

// Drain seals, before any call is answered, what an older version left in clear,
// and reports how many rows it sealed. It continues where one that was killed
// stopped. progress is told the number of rows so far.
func (r *Ring) Drain(ctx context.Context, progress func(rows int64)) (rows int64, err error) {
	corps, err := r.all(ctx, corpsInClear)
	for _, corp := range corps {
		_, err := r.corp(ctx, corp, func(n int) {
			rows += int64(n)
			progress(rows)
		})
		if err != nil {
			return rows, err
		}
	}
	return rows, err
}

// errBusy says that another node has the lease.
var errBusy = errors.New("keyring: another node is at work")

// corp seals the rows of one corp, step by step, and reports whether its older
// keys have to be looked at again.
func (r *Ring) corp(ctx context.Context, corp id.Corp, told func(rows int)) (left bool, err error) {
	for {
		if err := r.Warm(ctx, corp); err != nil {
			return true, err
		}
		n, err := store.Update(ctx, r.db, func(tx *store.Tx) (int, error) { return r.step(tx, corp) })
		if errors.Is(err, errBusy) && told != nil { // who starts waits for what is in clear
			select {
			case <-ctx.Done():
				return true, ctx.Err()
			case <-time.After(settle):
			}
			continue
		}
		if errors.Is(err, errBusy) {
			return true, nil
		}
		if err != nil {
			return true, err
		}
		if told != nil {
			told(max(n, 0))
		}
		switch {
		case n < 0:
			return false, nil
		case n == 0:
			return told == nil, nil
		}
	}
}

// step seals some rows of corp and returns how many; 0 when there were none, and
// -1 when the older keys were retired thereby.
func (r *Ring) step(tx *store.Tx, corp id.Corp) (int, error) {
	now := r.real()
	held, err := tx.Exec(takeLease, "reseal", r.Node, now.Add(leaseFor).UnixMilli(), now.UnixMilli())
	if err != nil {
		return 0, err
	}
	if held == 0 {
		return 0, errBusy
	}
	k, err := r.load(tx, corp)
	if err != nil {
		return 0, err
	}
	if k.active == 0 {
		if k, err = r.first(tx, corp); err != nil {
			return 0, err
		}
	}
	for _, t := range r.Tables {
		if n, err := t.Reseal(tx, corp, k.active, stepRows); err != nil || n > 0 {
			return n, err
		}
	}
	done, err := tx.Exec(retired, corp, k.active, now.Add(-settle).UnixMilli())
	if err != nil || done == 0 {
		return 0, err
	}
	return -1, nil
}

// Status is how far the keys of a corp are.
type Status struct {
	Corp   id.Corp
	Key    int64 // the active one
	Since  time.Time
	Tables []TableStatus
}

// TableStatus is how many of a table's sealed rows stand under older keys.
type TableStatus struct {
	Table      string
	Older, All int64
}

// Status returns how far the keys of corp are.
func (r *Ring) Status(ctx context.Context, corp id.Corp) (Status, error) {
	return store.View(ctx, r.db, func(tx *store.Tx) (Status, error) {
		s := Status{Corp: corp}
		active, err := store.One(tx, activeKey, func(row store.Row) (at [2]int64, err error) { return at, row.Scan(&at[0], &at[1]) }, corp)
		if errors.Is(err, store.ErrNone) {
			return s, nil
		}
		if err != nil {
			return s, err
		}
		s.Key, s.Since = active[0], time.UnixMilli(active[1]).UTC()
		for _, t := range r.Tables {
			older, all, err := t.Older(tx, corp, s.Key)
			if err != nil {
				return s, err
			}
			s.Tables = append(s.Tables, TableStatus{t.Name(), older, all})
		}
		return s, nil
	})
}

const (
	retire store.SQL = `UPDATE data_keys SET state = 'retiring' WHERE corp = $1 AND purpose = 'data' AND state = 'active'`
	// A key is given up as retired only when every node has heard of its successor.
	retired store.SQL = `UPDATE data_keys SET state = 'retired' WHERE corp = $1 AND purpose = 'data' AND id < $2 AND state = 'retiring'
		AND (id = 0 OR EXISTS (SELECT 1 FROM data_keys k WHERE k.corp = $1 AND k.purpose = 'data' AND k.id = $2 AND k.created_at <= $3))`
	activeKey     store.SQL = `SELECT id, created_at FROM data_keys WHERE corp = $1 AND purpose = 'data' AND state = 'active'`
	corpsWithKeys store.SQL = `SELECT corp FROM data_keys WHERE corp > $1 AND purpose = 'data' AND state = 'active' ORDER BY corp
		/* all corps: the operator rotates all */ /* full scan: few keys for each corp */`
	corpsRetiring store.SQL = `SELECT DISTINCT corp FROM data_keys WHERE corp > $1 AND purpose = 'data' AND state = 'retiring' ORDER BY corp
		/* all corps: one after the other */ /* full scan: few keys for each corp */`
	corpsInClear store.SQL = `SELECT DISTINCT corp FROM data_keys WHERE corp > $1 AND purpose = 'data' AND id = 0 AND state = 'retiring' ORDER BY corp
		/* all corps: one after the other */ /* full scan: few keys for each corp */`
	takeLease store.SQL = `/* aside: who works */ INSERT INTO leases (name, holder, until) VALUES ($1, $2, $3)
		ON CONFLICT (name) DO UPDATE SET holder = excluded.holder, until = excluded.until
			WHERE leases.holder = excluded.holder OR leases.until < $4`
)
