package event

import (
	"context"
	"fmt"

	"github.com/gatepost/gatepost/internal/id"
	"github.com/gatepost/gatepost/internal/store"
)

// Ensure returns the subscriptions of an app by way that are no test groups, the
// oldest first, and records s if there is none. Of several callers at once one
// records.
func (l *Log) Ensure(ctx context.Context, s Subscription) ([]id.Subscription, error) {
	there := func(tx *store.Tx) ([]id.Subscription, error) {
		return store.All(tx, subscriptionsOfWay, scanSubscription, s.Corp, s.Agent, s.Way)
	}
	list, err := store.View(ctx, l.db, there) // nearly always there is one
	if err == nil && len(list) == 0 {
		s = l.fresh(s)
		list, err = store.Update(ctx, l.db, func(tx *store.Tx) ([]id.Subscription, error) {
			list, err := there(tx)
			if err != nil || len(list) > 0 {
				return list, err
			}
			return []id.Subscription{s.ID}, l.subscribe(tx, s)
		})
	}
	if err != nil {
		return nil, fmt.Errorf("find or make the %s subscription of app %d of %s: %w", s.Way, s.Agent, s.Corp, err)
	}
	return list, nil
}

const subscriptionsOfWay store.SQL = `
	SELECT id FROM subscriptions WHERE corp = $1 AND agent = $2 AND way = $3 AND test_group = '' ORDER BY id`
