package event

import (
	"cmp"
	"maps"
	"slices"
	"time"

	"github.com/gatepost/gatepost/internal/id"
	"github.com/gatepost/gatepost/internal/store"
)

// tallyKey is an hour of a subscription.
type tallyKey struct {
	corp id.Corp
	sub  id.Subscription
	hour int64
}

// tally is what became of tries within an hour.
type tally struct {
	accepted, failed, later, dropped int64
	acceptedAt, failedAt             int64
	answer                           string // to what failed last
}

// tallies counts results, so that an hour costs one statement for all of them.
type tallies map[tallyKey]*tally

func (t tallies) add(r *Result) {
	k := tallyKey{r.Corp, r.Subscription, r.At.Truncate(time.Hour).UnixMilli()}
	sum := t[k]
	if sum == nil {
		sum = &tally{}
		t[k] = sum
	}
	switch r.Outcome {
	case Accepted:
		sum.accepted, sum.acceptedAt = sum.accepted+1, max(sum.acceptedAt, r.At.UnixMilli())
	case Later:
		sum.later++
	case Dropped:
		sum.dropped++
	case Failed:
		sum.failed++
		if at := r.At.UnixMilli(); at >= sum.failedAt {
			sum.failedAt, sum.answer = at, clean(r.Answer)
		}
	case Fetched: // no try: it was counted when it failed
	}
}

// write adds the counts to those of the hour.
func (t tallies) write(tx *store.Tx) error {
	// In one order, so that nodes that write the same hours do not wait for each other in a circle.
	keys := slices.SortedFunc(maps.Keys(t), func(a, b tallyKey) int {
		return cmp.Or(cmp.Compare(a.corp, b.corp), cmp.Compare(a.sub, b.sub), cmp.Compare(a.hour, b.hour))
	})
	for _, k := range keys {
		sum := t[k]
		if _, err := tx.Exec(addHour, k.corp, k.sub, k.hour, sum.accepted, sum.failed, sum.later, sum.dropped, sum.acceptedAt, sum.failedAt, sum.answer); err != nil {
			return err
		}
	}
	return nil
}

const (
	addHour store.SQL = `
		INSERT INTO subscription_hours AS h (corp, subscription, hour, accepted, failed, later, dropped, accepted_at, failed_at, answer)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
		ON CONFLICT (corp, subscription, hour) DO UPDATE SET accepted = h.accepted + excluded.accepted, failed = h.failed + excluded.failed,
			later = h.later + excluded.later, dropped = h.dropped + excluded.dropped,
			accepted_at = CASE WHEN excluded.accepted_at > h.accepted_at THEN excluded.accepted_at ELSE h.accepted_at END,
			answer = CASE WHEN excluded.failed_at >= h.failed_at AND excluded.failed_at > 0 THEN excluded.answer ELSE h.answer END,
			failed_at = CASE WHEN excluded.failed_at > h.failed_at THEN excluded.failed_at ELSE h.failed_at END /* aside: no answer that is remembered is made of it */`
)
