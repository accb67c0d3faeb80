package event

import (
	"context"
	"fmt"
	"time"

	"github.com/gatepost/gatepost/internal/id"
	"github.com/gatepost/gatepost/internal/store"
)

// Backlog has a subscription told of what happened since a time, at most the
// oldest size events of those that it takes, and returns how many there are.
// What it is still to be told of anyway is not told twice.
func (l *Log) Backlog(ctx context.Context, corp id.Corp, sub id.Subscription, since time.Time, size int) (int64, error) {
	n, err := store.Update(ctx, l.db, func(tx *store.Tx) (int64, error) {
		tx.After(func() { l.Due(corp, []id.Subscription{sub}) })
		return tx.Exec(insertBacklog, corp, sub, firstSince(since), l.clk.Real().UnixMilli(), size)
	})
	if err != nil {
		return 0, fmt.Errorf("tell subscription %d of %s again: %w", sub, corp, err)
	}
	return n, nil
}

// firstSince is the least id that an event of that time can have.
func firstSince(t time.Time) id.Event {
	return id.Event(max(t.UnixMilli()-id.Call(0).Time().UnixMilli(), 0) << 22)
}

const insertBacklog store.SQL = `
	INSERT INTO deliveries (corp, subscription, event, object, next_at, attempts, replayed)
	SELECT $1, $2, e.id, e.object, $4, 0, TRUE FROM events e
	WHERE e.corp = $1 AND e.id >= $3
		AND EXISTS (SELECT 1 FROM subscribed d WHERE d.corp = $1 AND d.subscription = $2 AND d.name IN (e.name, '*'))
	ORDER BY e.id LIMIT $5
	ON CONFLICT DO NOTHING /* aside: no answer is made of what is still to be told */`
