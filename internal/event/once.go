package event

import (
	"context"
	"errors"
	"fmt"

	"github.com/gatepost/gatepost/internal/store"
)

// ErrSubscribed is returned by SubscribeOnce for an app that is subscribed.
var ErrSubscribed = errors.New("event: the app is subscribed in this way already")

// SubscribeOnce is Subscribe for an app that has no other subscription of the
// same way and origin; else it returns ErrSubscribed.
func (l *Log) SubscribeOnce(ctx context.Context, s Subscription) (Subscription, error) {
	s = l.fresh(s)
	_, err := store.Update(ctx, l.db, func(tx *store.Tx) (int, error) {
		n, err := store.One(tx, countOfOrigin, func(r store.Row) (n int, err error) { return n, r.Scan(&n) }, s.Corp, s.Agent, s.Way, s.Origin)
		if err != nil {
			return 0, err
		}
		if n > 0 {
			return 0, ErrSubscribed
		}
		return 0, l.subscribe(tx, s)
	})
	if err != nil {
		return s, fmt.Errorf("subscribe app %d of %s once: %w", s.Agent, s.Corp, err)
	}
	return s, nil
}

const countOfOrigin store.SQL = `SELECT count(*) FROM subscriptions WHERE corp = $1 AND agent = $2 AND way = $3 AND origin = $4`
