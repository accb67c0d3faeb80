package eventlog

import (
	"cmp"
	"context"
	"fmt"
	"log/slog"
	"time"

	"github.com/gatepost/gatepost/internal/apierror"
	"github.com/gatepost/gatepost/internal/event"
	"github.com/gatepost/gatepost/internal/id"
	"github.com/gatepost/gatepost/internal/store"
)

// always is later than anything is due: nobody puts off what an app fetches, and a
// clock that stepped back must not hide it.
func always() time.Time { return time.UnixMilli(1 << 53) }

// pullEvery is how often somebody who waits is looked for.
const pullEvery = 100 * time.Millisecond

// pulled returns the subscription from which an app fetches: the one that is
// named, or the only one that it has in production.
func (d *Desk) pulled(ctx context.Context, corp id.Corp, agent id.Agent, sub id.Subscription) (event.Subscription, error) {
	all, err := d.events.Subscriptions(ctx, corp, agent)
	if err != nil {
		return event.Subscription{}, err
	}
	var meant []event.Subscription
	for _, s := range all {
		if s.Way == event.Pull && (s.ID == sub || sub == 0 && s.Group == "") {
			meant = append(meant, s)
		}
	}
	switch {
	case sub != 0 && len(meant) == 0:
		return event.Subscription{}, apierror.SubscriptionUnknown.Got("%d", int64(sub))
	case len(meant) != 1:
		return event.Subscription{}, apierror.ParameterInvalid.With("name", "subscriptionId").About("subscriptionId").
			Want("gatepost events subscribe 给出的编号").Got("生产环境有 %d 个拉取订阅", len(meant))
	case meant[0].State != event.On:
		return event.Subscription{}, apierror.SubscriptionHeld.With("state", string(meant[0].State)).Got("%s", meant[0].State)
	}
	return meant[0], nil
}

// Fetch returns what a subscription has still to be told, masked for its app, in
// order, at most size events. Nothing is taken: without [Desk.Confirm] the next
// fetch shows the same. If there is nothing it waits for at most wait.
func (d *Desk) Fetch(ctx context.Context, s *event.Subscription, size int, wait time.Duration) ([]event.Delivery, error) {
	patience := time.NewTimer(wait)
	defer patience.Stop()
	again := time.NewTicker(pullEvery)
	defer again.Stop()
	for {
		list, err := d.fetch(ctx, s, size)
		if err != nil || len(list) > 0 {
			return list, err
		}
		select {
		case <-again.C:
		case <-patience.C:
			return nil, nil
		case <-d.closed:
			return nil, nil
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
}

// fetch reads once. What cannot be told is settled, so that it stands in nobody's
// way.
func (d *Desk) fetch(ctx context.Context, s *event.Subscription, size int) ([]event.Delivery, error) {
	for {
		pending, err := d.events.Pending(ctx, s.Corp, s.ID, always(), size)
		if err != nil || len(pending) == 0 {
			return nil, err
		}
		shown, settled, err := d.told(ctx, s, pending)
		if err != nil {
			return nil, err
		}
		if len(settled) > 0 {
			if err := d.events.Settle(ctx, settled); err != nil {
				return nil, err
			}
		}
		if len(shown) > 0 {
			return shown, nil
		}
	}
}

// told masks deliveries. What the app may not know of is dropped; what cannot be
// read or masked is given up, because nobody would see that it is tried again. It
// fails only while the database does not answer.
func (d *Desk) told(ctx context.Context, s *event.Subscription, pending []event.Delivery) (shown []event.Delivery, settled []event.Result, err error) {
	for _, p := range pending {
		payload, ok, err := "", false, p.Unreadable
		if err == nil {
			payload, ok, err = d.Payload(ctx, s, p.Happened)
		}
		switch {
		case store.Away(err) || ctx.Err() != nil:
			return nil, nil, fmt.Errorf("what app %d may see of event %d: %w", s.Agent, p.ID, cmp.Or(err, ctx.Err()))
		case err != nil:
			d.logger.WarnContext(ctx, "an event cannot be told", slog.String("corp", string(s.Corp)), slog.Int64("event", int64(p.ID)), slog.Any("err", err))
			settled = append(settled, event.Result{Delivery: p, At: d.real(), Outcome: event.Failed, Answer: err.Error(), Dead: "the platform cannot read or mask this event"})
		case !ok:
			settled = append(settled, event.Result{Delivery: p, At: d.real(), Outcome: event.Dropped, Answer: "the application may not know of this event"})
		default:
			p.Payload = payload
			shown = append(shown, p)
		}
	}
	return shown, settled, nil
}

// Confirm notes that the app has these events: they are fetched no more. Ids that
// do not wait are passed over; it returns how many did.
func (d *Desk) Confirm(ctx context.Context, s *event.Subscription, events []id.Event) (int, error) {
	waiting, err := store.View(ctx, d.db, func(tx *store.Tx) ([]event.Result, error) {
		return store.All(tx, waitingToConfirm, func(r store.Row) (x event.Result, err error) {
			err = r.Scan(&x.ID, &x.Object, &x.Attempts, &x.Replayed)
			return x, err
		}, s.Corp, s.ID, store.List(events))
	})
	if err != nil || len(waiting) == 0 {
		return 0, err
	}
	now := d.real()
	for i := range waiting {
		r := &waiting[i]
		r.Corp, r.Subscription, r.At, r.Outcome = s.Corp, s.ID, now, event.Accepted
	}
	return len(waiting), d.events.Settle(ctx, waiting)
}

const waitingToConfirm store.SQL = `
	SELECT event, object, attempts, replayed FROM deliveries WHERE corp = $1 AND subscription = $2 AND event IN @ints($3) ORDER BY event`
