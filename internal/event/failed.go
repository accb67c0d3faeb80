package event

import (
	"context"
	"fmt"

	"github.com/gatepost/gatepost/internal/id"
	"github.com/gatepost/gatepost/internal/store"
)

// Fetched is the outcome of a delivery that failed and that the application then
// asked for. It is noted beside the tries, changes nothing of what follows from
// them, and is what tells that the event was handed out.
const Fetched Outcome = "fetched"

// Undelivered returns the events, the oldest first and at most size, that a
// subscription did not accept in tries tries or that were given up, without those
// that were fetched.
func (l *Log) Undelivered(ctx context.Context, corp id.Corp, sub id.Subscription, tries, size int) ([]Happened, error) {
	list, err := store.View(ctx, l.db, func(tx *store.Tx) ([]Happened, error) {
		stored, err := store.All(tx, undelivered, scanHappened(corp), corp, sub, tries, size)
		if err != nil {
			return nil, err
		}
		list := make([]Happened, len(stored))
		for i := range stored {
			if list[i], err = l.open(tx, &stored[i]); err != nil {
				return nil, err
			}
		}
		return list, nil
	})
	if err != nil {
		return nil, fmt.Errorf("read what subscription %d of %s did not accept: %w", sub, corp, err)
	}
	return list, nil
}

// Fetch notes that an application fetched events, and returns those among them
// that were not fetched before: of two who ask at once, one gets each.
func (l *Log) Fetch(ctx context.Context, corp id.Corp, sub id.Subscription, events []id.Event) (map[id.Event]bool, error) {
	first, err := store.Update(ctx, l.db, func(tx *store.Tx) (map[id.Event]bool, error) {
		first := map[id.Event]bool{}
		for _, e := range events {
			n, err := tx.Exec(insertFetched, corp, sub, e, l.ids.New(), l.clk.Real().UnixMilli())
			if err != nil {
				return nil, err
			}
			if n > 0 {
				first[e] = true
			}
		}
		return first, nil
	})
	if err != nil {
		return nil, fmt.Errorf("note what subscription %d of %s fetched: %w", sub, corp, err)
	}
	return first, nil
}

const (
	undelivered store.SQL = `
		SELECT e.id, e.name, e.object, e.at, e.made_at, e.key_id, e.sealed
		FROM (SELECT event FROM deliveries WHERE corp = $1 AND subscription = $2 AND attempts >= $3
			UNION SELECT event FROM dead_deliveries WHERE corp = $1 AND subscription = $2) f
		JOIN events e ON e.corp = $1 AND e.id = f.event
		WHERE NOT EXISTS (SELECT 1 FROM attempts a WHERE a.corp = $1 AND a.subscription = $2 AND a.event = f.event AND a.outcome = 'fetched')
		ORDER BY e.id LIMIT $4`
	insertFetched store.SQL = `
		INSERT INTO attempts (corp, subscription, event, id, at, took_us, outcome, status, answer, injected, replayed)
		SELECT $1, $2, $3, $4, $5, 0, 'fetched', 0, '', '', FALSE
		WHERE NOT EXISTS (SELECT 1 FROM attempts WHERE corp = $1 AND subscription = $2 AND event = $3 AND outcome = 'fetched') /* aside: no answer that is remembered tells of it */`
)
