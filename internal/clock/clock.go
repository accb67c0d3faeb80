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

	stale chan id.Corp // corps whose offset may have moved on another node
}

// New returns a clock over real. Offsets stand in db. A clock moved through this
// Clock tells its new time at once; one moved on another node follows within a
// second while Run runs.
func New(ctx context.Context, db *store.DB, real func() time.Time) (*Clock, error) {
	c := &Clock{real: real, db: db, stale: make(chan id.Corp, 1024)}
	db.Watch(func(topic string) {
		if corp, ok := strings.CutPrefix(topic, Topic("")); ok {
			select {
			case c.stale <- id.Corp(corp):
			default: // Run is behind by a thousand corps and reads all of them
				select {
				case <-c.stale:
				default:
				}
				select {
				case c.stale <- everyCorp:
				default:
				}
			}
		}
	})
	return c, c.loadAll(ctx)
}

// everyCorp stands for all corps in the queue of those to be read again.
const everyCorp id.Corp = ""

// Run follows clocks that are moved on other nodes, until ctx ends.
func (c *Clock) Run(ctx context.Context) error {
	for {
		select {
		case <-ctx.Done():
			return nil
		case corp := <-c.stale:
			// A failed read keeps the offset known so far; the next revision tries again.
			if corp == everyCorp {
				_ = c.loadAll(ctx)
			} else {
				_ = c.load(ctx, corp)
			}
		}
	}
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
	by, err := store.Update(ctx, c.db, func(tx *store.Tx) (int64, error) {
		m, err := one(tx, corp)
		if err != nil {
			return 0, err
		}
		by := to(m.by.Milliseconds())
		tx.Touch(Topic(corp))
		_, err = tx.Exec(upsertOffset, corp, by)
		return by, err
	})
	if err != nil {
		return fmt.Errorf("move the clock of %s: %w", corp, err)
	}
	c.keep(moved{corp, time.Duration(by) * time.Millisecond})
	return nil
}

func (c *Clock) loadAll(ctx context.Context) error {
	all, err := store.View(ctx, c.db, func(tx *store.Tx) ([]moved, error) { return store.All(tx, listOffsets, scanMoved) })
	if err != nil {
		return fmt.Errorf("load the corps' clocks: %w", err)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.offsets = make(map[id.Corp]time.Duration, len(all))
	for _, m := range all {
		c.offsets[m.corp] = m.by
	}
	return nil
}

func (c *Clock) load(ctx context.Context, corp id.Corp) error {
	m, err := store.View(ctx, c.db, func(tx *store.Tx) (moved, error) { return one(tx, corp) })
	if err != nil {
		return err
	}
	c.keep(m)
	return nil
}

func (c *Clock) keep(m moved) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if m.by == 0 {
		delete(c.offsets, m.corp)
	} else {
		c.offsets[m.corp] = m.by
	}
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
