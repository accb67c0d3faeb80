package fault

import (
	"context"
	"math/rand/v2"

	"github.com/gatepost/gatepost/internal/event"
	"github.com/gatepost/gatepost/internal/store"
)

// hit returns the fault that hits a try: of those that are about it the one that
// was set first and whose turn it is; nil if there is none.
func (f *Faults) hit(ctx context.Context, list []Fault, s *event.Subscription, d *event.Delivery) *Fault {
	now := f.now()
	for i := range list {
		one := &list[i]
		if one.about(s, d, now) && f.turn(one, s) && f.reserve(one, s) {
			if f.take(ctx, one) {
				return one
			}
			f.release(one, s)
		}
	}
	return nil
}

// turn reports whether a fault hits the try that it is asked about now.
func (f *Faults) turn(one *Fault, s *event.Subscription) bool {
	if one.Percent >= 100 {
		return true
	}
	key := countOf{place{s.Corp, s.ID}, one.ID}
	f.mu.Lock()
	n := f.counts[key]
	f.counts[key] = n + 1
	f.mu.Unlock()
	return rand.New(rand.NewPCG(uint64(one.Seed), uint64(n))).Int64N(100) < one.Percent //nolint:gosec // has to be the same each time, and hides nothing
}

// take counts a hit of a fault that may hit so many tries. One that cannot be
// counted does not happen.
func (f *Faults) take(ctx context.Context, one *Fault) bool {
	if one.Remaining < 0 {
		return true
	}
	ctx, cancel := own(ctx)
	defer cancel()
	n, err := store.Update(ctx, f.db, func(tx *store.Tx) (int64, error) { return tx.Exec(countHit, one.Corp, one.ID) })
	if err != nil {
		f.logger.WarnContext(ctx, "a fault cannot be counted and does not happen", "corp", one.Corp, "fault", one.ID, "err", err)
	}
	return err == nil && n > 0
}

const countHit store.SQL = `UPDATE faults SET remaining = remaining - 1 WHERE corp = $1 AND id = $2 AND remaining > 0`

// reserve begins to hold a delivery back, if the fault is a reorder and no other
// one of the subscription is held.
func (f *Faults) reserve(one *Fault, s *event.Subscription) bool {
	if one.Kind != Reorder {
		return true
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	at := place{s.Corp, s.ID}
	if f.held[at] != nil {
		return false
	}
	f.held[at] = make(chan struct{})
	return true
}

// release ends what reserve began.
func (f *Faults) release(one *Fault, s *event.Subscription) {
	if one.Kind == Reorder {
		f.passed(s)
	}
}

// passed lets go of what a subscription holds back, because another one of its
// deliveries was sent.
func (f *Faults) passed(s *event.Subscription) {
	f.mu.Lock()
	defer f.mu.Unlock()
	at := place{s.Corp, s.ID}
	if held := f.held[at]; held != nil {
		close(held)
		delete(f.held, at)
	}
}
