// Package clock tells the time: the real one, and each corp's own, which can be
// moved in demonstration and sandbox corps.
//
// Whatever is data about time (token expiry, code lifetimes, nonce windows,
// dates that callers see) is told by the corp's clock. Waiting (time limits,
// retries) is not data about time and uses package time.
package clock

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/gatepost/gatepost/internal/id"
	"github.com/gatepost/gatepost/internal/store"
)

// Topic is the revision topic of everything that nodes cache about corp.
func Topic(corp id.Corp) string { return "corp:" + string(corp) }

// Clock is safe for concurrent use.
type Clock struct {
	real func() time.Time
	db   *store.DB

	mu      sync.RWMutex
	offsets map[id.Corp]time.Duration
}

// New returns a clock over real. Offsets stand in db and follow its revisions,
// so a clock moved on one node is moved on all within a second.
func New(ctx context.Context, db *store.DB, real func() time.Time) (*Clock, error) {
	c := &Clock{real: real, db: db, offsets: map[id.Corp]time.Duration{}}
	db.Watch(func(topic string) {
		if corp, ok := strings.CutPrefix(topic, "corp:"); ok {
			// A failed read keeps the offset known so far; the next revision tries again.
			_ = c.load(context.Background(), id.Corp(corp))
		}
	})
	all, err := store.View(ctx, db, func(tx *store.Tx) ([]moved, error) { return store.All(tx, listOffsets, scanMoved) })
	if err != nil {
		return nil, fmt.Errorf("load the corps' clocks: %w", err)
	}
	for _, m := range all {
		c.offsets[m.corp] = m.by
	}
	return c, nil
}

// Real is the real time.
func (c *Clock) Real() time.Time { return c.real() }

// At is the time in corp.
func (c *Clock) At(corp id.Corp) time.Time { return c.real().Add(c.Offset(corp)) }

// Offset is how far corp's clock was moved.
func (c *Clock) Offset(corp id.Corp) time.Duration {
	c.mu.RLock()
	defer c.mu.RUnlock()
	return c.offsets[corp]
}

// Move moves corp's clock by d from where it stands, back if d is negative.
// Whether corp's clock may be moved is the caller's matter.
func (c *Clock) Move(ctx context.Context, corp id.Corp, d time.Duration) error {
	return c.set(ctx, corp, func(now int64) int64 { return now + d.Milliseconds() })
}

// Reset puts corp's clock back to the real time.
func (c *Clock) Reset(ctx context.Context, corp id.Corp) error {
	return c.set(ctx, corp, func(int64) int64 { return 0 })
}

func (c *Clock) set(ctx context.Context, corp id.Corp, to func(int64) int64) error {
	_, err := store.Update(ctx, c.db, func(tx *store.Tx) (struct{}, error) {
		m, err := one(tx, corp)
		if err != nil {
			return struct{}{}, err
		}
		if _, err := tx.Exec(upsertOffset, corp, to(m.by.Milliseconds())); err != nil {
			return struct{}{}, err
		}
		tx.Touch(Topic(corp))
		return struct{}{}, nil
	})
	if err != nil {
		return fmt.Errorf("move the clock of %s: %w", corp, err)
	}
	return nil
}

func (c *Clock) load(ctx context.Context, corp id.Corp) error {
	m, err := store.View(ctx, c.db, func(tx *store.Tx) (moved, error) { return one(tx, corp) })
	if err != nil {
		return err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if m.by == 0 {
		delete(c.offsets, corp)
	} else {
		c.offsets[corp] = m.by
	}
	return nil
}

type moved struct {
	corp id.Corp
	by   time.Duration
}

func scanMoved(r store.Row) (m moved, err error) {
	var ms int64
	err = r.Scan(&m.corp, &ms)
	m.by = time.Duration(ms) * time.Millisecond
	return m, err
}

// one reads a corp's offset; a corp whose clock was never moved has none.
func one(tx *store.Tx, corp id.Corp) (moved, error) {
	rows, err := store.All(tx, selectOffset, scanMoved, corp)
	if err != nil || len(rows) == 0 {
		return moved{corp: corp}, err
	}
	return rows[0], nil
}

const (
	listOffsets  store.SQL = `SELECT corp, offset_ms FROM corp_clocks /* all corps: loaded at start */ /* full scan: loaded at start */`
	selectOffset store.SQL = `SELECT corp, offset_ms FROM corp_clocks WHERE corp = $1`
	upsertOffset store.SQL = `INSERT INTO corp_clocks (corp, offset_ms) VALUES ($1, $2)
		ON CONFLICT (corp) DO UPDATE SET offset_ms = excluded.offset_ms`
)
