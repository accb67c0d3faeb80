package event

import "github.com/gatepost/gatepost/internal/store"

// stand records what a result says of its subscription, so that whoever looks at
// it sees since when it fails, why, and that it ended. What nodes know of the
// subscription does not hang on its failing, so that topic stays where it is.
func (l *Log) stand(tx *store.Tx, r *Result) (err error) {
	now := l.clk.Real().UnixMilli()
	switch {
	case r.Ends != "":
		_, err = tx.Exec(endSubscription, r.Corp, r.Subscription, r.Ends, now)
		tx.Touch(SubscriptionsTopic(r.Corp))
	case r.Turns && r.Outcome == Failed:
		_, err = tx.Exec(failSubscription, r.Corp, r.Subscription, clean(r.Answer), now)
	case r.Turns:
		_, err = tx.Exec(recoverSubscription, r.Corp, r.Subscription)
	}
	return err
}

const (
	endSubscription store.SQL = `
		UPDATE subscriptions SET state = 'off', reason = $3, failing_since = CASE WHEN failing_since = 0 THEN $4 ELSE failing_since END
		WHERE corp = $1 AND id = $2`
	failSubscription store.SQL = `
		UPDATE subscriptions SET reason = $3, failing_since = $4
		WHERE corp = $1 AND id = $2 AND failing_since = 0 /* aside: no answer that is remembered tells of it */`
	recoverSubscription store.SQL = `
		UPDATE subscriptions SET reason = '', failing_since = 0
		WHERE corp = $1 AND id = $2 AND failing_since <> 0 /* aside: no answer that is remembered tells of it */`
)
