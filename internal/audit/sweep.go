package audit

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math"
	"time"

	"github.com/gatepost/gatepost/internal/id"
	"github.com/gatepost/gatepost/internal/store"
)

const (
	sweepEvery = 10 * time.Minute
	sweepBatch = 1000 // rows in one transaction, so that others get their turn
)

// sweeps removes old calls now and then until ctx ends.
func (l *Log) sweeps(ctx context.Context) {
	tick := time.NewTicker(sweepEvery)
	defer tick.Stop()
	for {
		if err := l.Sweep(ctx); err != nil && ctx.Err() == nil {
			l.logger.WarnContext(ctx, "old calls could not be removed from the request log", slog.Any("err", err))
		}
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

// Sweep removes the calls beyond the retention's age and count, in every corp.
// Several nodes may sweep at once.
func (l *Log) Sweep(ctx context.Context) error {
	// The calls without corp come first: no corp sorts before them.
	for corp := id.Corp(""); ; {
		if err := l.sweep(ctx, corp); err != nil {
			return fmt.Errorf("sweep the calls of %q: %w", corp, err)
		}
		next, err := store.View(ctx, l.db, func(tx *store.Tx) (id.Corp, error) {
			return store.One(tx, nextCorp, scanCorp, corp)
		})
		if errors.Is(err, store.ErrNone) {
			return nil
		}
		if err != nil {
			return err
		}
		corp = next
	}
}

func (l *Log) sweep(ctx context.Context, corp id.Corp) error {
	bound, err := l.bound(ctx, corp)
	if err != nil {
		return err
	}
	for {
		removed, err := store.Update(ctx, l.db, func(tx *store.Tx) (int64, error) {
			return tx.Exec(deleteBefore, corp, bound, sweepBatch)
		})
		if err != nil || removed < sweepBatch {
			return err
		}
	}
}

// RemoveCorp removes every call of corp, those included that are not written yet.
func (l *Log) RemoveCorp(ctx context.Context, corp id.Corp) error {
	if err := l.Flush(ctx); err != nil {
		return err
	}
	for {
		removed, err := store.Update(ctx, l.db, func(tx *store.Tx) (int64, error) {
			return tx.Exec(deleteBefore, corp, id.Call(math.MaxInt64), sweepBatch)
		})
		if err != nil || removed < sweepBatch {
			return err
		}
	}
}

// bound is the id before which calls of corp go.
func (l *Log) bound(ctx context.Context, corp id.Corp) (id.Call, error) {
	byAge := firstAt(l.clk.Real().Add(-l.Keep.Age))
	byCount, err := store.View(ctx, l.db, func(tx *store.Tx) (id.Call, error) {
		return store.One(tx, nthNewest, scanCall, corp, l.Keep.Rows-1)
	})
	if errors.Is(err, store.ErrNone) {
		return byAge, nil
	}
	return max(byAge, byCount), err
}

// firstAt is the lowest id that a call made at t can have.
func firstAt(t time.Time) id.Call {
	ms := t.UnixMilli() - id.Call(0).Time().UnixMilli()
	return id.Call(max(ms, 0) << 22)
}

func scanCorp(r store.Row) (c id.Corp, err error) { return c, r.Scan(&c) }

func scanCall(r store.Row) (c id.Call, err error) { return c, r.Scan(&c) }

const (
	nextCorp store.SQL = `/* all corps: the sweep visits one after the other */
		SELECT corp FROM calls WHERE corp > $1 ORDER BY corp LIMIT 1`
	nthNewest    store.SQL = `SELECT id FROM calls WHERE corp = $1 ORDER BY id DESC LIMIT 1 OFFSET $2`
	deleteBefore store.SQL = `
		DELETE FROM calls WHERE corp = $1
			AND id IN (SELECT id FROM calls WHERE corp = $1 AND id < $2 ORDER BY id LIMIT $3)`
)
