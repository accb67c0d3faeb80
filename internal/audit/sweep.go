package audit

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math"
	"slices"
	"time"

	"github.com/gatepost/gatepost/internal/id"
	"github.com/gatepost/gatepost/internal/store"
)

const (
	sweepEvery = 10 * time.Minute
	sweepBatch = 100 // segments in one transaction, so that others get their turn
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
	l.sweeping.Lock()
	defer l.sweeping.Unlock()
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
	if err := l.remove(ctx, removeSegments, corp, bound); err != nil {
		return err
	}
	if err := l.trim(ctx, corp, bound); err != nil {
		return err
	}
	return l.pack(ctx, corp)
}

// remove removes what lies before an id, some at a time.
func (l *Log) remove(ctx context.Context, q store.SQL, corp id.Corp, before id.Call) error {
	for {
		removed, err := store.Update(ctx, l.db, func(tx *store.Tx) (int64, error) {
			return tx.Exec(q, corp, before, sweepBatch)
		})
		if err != nil || removed < sweepBatch {
			return err
		}
	}
}

// trim takes the calls before bound out of the segments that it falls into.
func (l *Log) trim(ctx context.Context, corp id.Corp, bound id.Call) error {
	if bound == 0 {
		return nil
	}
	_, err := store.Update(ctx, l.db, func(tx *store.Tx) (struct{}, error) {
		names, err := store.All(tx, segmentsAcross, scanCall, corp, bound, endOfMinute(bound))
		for _, last := range names {
			if err := rebind(tx, corp, []id.Call{last}, bound); err != nil {
				return struct{}{}, err
			}
		}
		return struct{}{}, err
	})
	return err
}

// rebind puts the calls of segments, from an id on, into as few as will hold them.
func rebind(tx *store.Tx, corp id.Corp, names []id.Call, from id.Call) error {
	var b binder
	for _, last := range names {
		o, err := body(tx, corp, last)
		if err != nil {
			return err
		}
		for i := range o.calls {
			if e := &o.calls[i]; e.id >= from {
				r := o.row(e)
				b.add(&r)
			}
		}
		if _, err := tx.Exec(removeSegment, corp, last); err != nil {
			return err
		}
	}
	for _, s := range b.end() {
		if err := insert(tx, &s); err != nil {
			return err
		}
	}
	return nil
}

// RemoveCorp removes every call of corp, those included that are not written yet.
func (l *Log) RemoveCorp(ctx context.Context, corp id.Corp) error {
	if err := l.Flush(ctx); err != nil {
		return err
	}
	for _, q := range []store.SQL{removeOld, removeSegments} {
		if err := l.remove(ctx, q, corp, math.MaxInt64); err != nil {
			return err
		}
	}
	return nil
}

// bound is the id before which calls of corp go.
func (l *Log) bound(ctx context.Context, corp id.Corp) (id.Call, error) {
	byAge := firstAt(l.clk.Real().Add(-l.Keep.Age))
	byCount, err := store.View(ctx, l.db, func(tx *store.Tx) (id.Call, error) {
		return nthNewest(tx, corp, int64(l.Keep.Rows))
	})
	return max(byAge, byCount), err
}

// nthNewest is the id of corp's n-th newest call; 0 when there are fewer.
func nthNewest(tx *store.Tx, corp id.Corp, n int64) (id.Call, error) {
	for top := id.Call(math.MaxInt64); ; {
		heads, err := store.All(tx, segmentCounts, scanCounts, corp, top, pageOfCounts)
		if err != nil {
			return 0, err
		}
		for _, h := range heads {
			if h.calls < n {
				n -= h.calls
				continue
			}
			o, err := body(tx, corp, h.last)
			if err != nil {
				return 0, err
			}
			slices.SortFunc(o.calls, func(a, b entry) int { return cmp.Compare(b.id, a.id) })
			return o.calls[n-1].id, nil
		}
		if len(heads) < pageOfCounts {
			return 0, nil
		}
		top = heads[len(heads)-1].last
	}
}

// pageOfCounts is how many segments are counted with one statement.
const pageOfCounts = 1000

// counted is a segment of which only the number of calls is asked.
type counted struct {
	last  id.Call
	calls int64
}

func scanCounts(r store.Row) (c counted, err error) { return c, r.Scan(&c.last, &c.calls) }

// firstAt is the lowest id that a call made at t can have.
func firstAt(t time.Time) id.Call {
	ms := t.UnixMilli() - id.Call(0).Time().UnixMilli()
	return id.Call(max(ms, 0) << 22)
}

func scanCorp(r store.Row) (c id.Corp, err error) { return c, r.Scan(&c) }

func scanCall(r store.Row) (c id.Call, err error) { return c, r.Scan(&c) }

const (
	nextCorp store.SQL = `/* all corps: the sweep visits one after the other */
		SELECT corp FROM call_segments WHERE corp > $1 ORDER BY corp LIMIT 1`
	segmentCounts  store.SQL = `SELECT last, calls FROM call_segments WHERE corp = $1 AND last < $2 ORDER BY last DESC LIMIT $3`
	segmentsAcross store.SQL = `SELECT last FROM call_segments WHERE corp = $1 AND last >= $2 AND last < $3 AND first < $2`
	removeSegment  store.SQL = `/* aside: the request log */ DELETE FROM call_segments WHERE corp = $1 AND last = $2`
	removeSegments store.SQL = `
		/* aside: the request log */ DELETE FROM call_segments WHERE corp = $1
			AND last IN (SELECT last FROM call_segments WHERE corp = $1 AND last < $2 ORDER BY last LIMIT $3)`
	removeOld store.SQL = `
		/* aside: the request log */ DELETE FROM calls WHERE corp = $1 AND id IN (SELECT id FROM calls WHERE corp = $1 AND id < $2 ORDER BY id LIMIT $3)`
)
