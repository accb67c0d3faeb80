package audit

import (
	"context"
	"errors"
	"time"

	"github.com/gatepost/gatepost/internal/id"
	"github.com/gatepost/gatepost/internal/store"
)

// packAfter is how old a minute is before its segments are put together: later
// than any node, or call, writes into it as a rule.
const packAfter = 2 * time.Minute

// packWorth is how many calls a segment has on average where packing is not worth
// its work.
const packWorth = 1024

// pack puts the segments of each minute together, so that a search over days looks
// at as few as it can. Every batch that was written left one.
func (l *Log) pack(ctx context.Context, corp id.Corp) error {
	until := firstAt(l.clk.Real().Add(-packAfter).Truncate(time.Minute))
	for from := l.packed[corp]; ; {
		next, err := store.Update(ctx, l.db, func(tx *store.Tx) (id.Call, error) { return packMinute(tx, corp, from, until) })
		if errors.Is(err, store.ErrNone) {
			l.packed[corp] = until
			return nil
		}
		if err != nil {
			return err
		}
		from = next
	}
}

// packMinute packs the first minute between two ids that has more than one
// segment, and returns where the next begins. It returns ErrNone when there is
// no such minute.
func packMinute(tx *store.Tx, corp id.Corp, from, until id.Call) (next id.Call, err error) {
	epoch := id.Call(0).Time().UnixMilli()
	first, err := store.One(tx, minuteOfMany, scanCall, corp, from, until, epoch, packWorth)
	if err != nil {
		return 0, err
	}
	next = endOfMinute(first)
	names, err := store.All(tx, segmentsBetween, scanCall, corp, first, next)
	if err != nil {
		return 0, err
	}
	return next, rebind(tx, corp, names, 0)
}

const minuteOfMany store.SQL = `
	SELECT min(last) FROM call_segments WHERE corp = $1 AND last >= $2 AND last < $3
	GROUP BY ((last >> 22) + $4) / 60000 HAVING count(*) > 1 + sum(calls) / $5
	ORDER BY 1 LIMIT 1`
