package event

import (
	"github.com/gatepost/gatepost/internal/id"
	"github.com/gatepost/gatepost/internal/store"
)

// SubscribeIn is Subscribe within the caller's transaction.
func (l *Log) SubscribeIn(tx *store.Tx, s Subscription) (Subscription, error) {
	s = l.fresh(s)
	return s, l.subscribe(tx, s)
}

// EmitTo is Emit of what concerns one app alone, such as a suite's ticket: nobody
// else in the corp is told, whatever he subscribed to.
func (l *Log) EmitTo(tx *store.Tx, corp id.Corp, agent id.Agent, n Name, object string, payload any) (id.Event, error) {
	return l.emit(tx, corp, agent, n, object, payload)
}

// UnsubscribeAppIn removes every subscription of an app, in the caller's
// transaction.
func (l *Log) UnsubscribeAppIn(tx *store.Tx, corp id.Corp, agent id.Agent) error {
	list, err := store.All(tx, subscriptionsOfAgent, scanSubscription, corp, agent)
	if err != nil {
		return err
	}
	for _, sub := range list {
		if err := l.unsubscribe(tx, corp, sub); err != nil {
			return err
		}
	}
	return nil
}

const subscriptionsOfAgent store.SQL = `SELECT id FROM subscriptions WHERE corp = $1 AND agent = $2 ORDER BY id`
