package delivery

import (
	"context"
	"fmt"
	"runtime/debug"
	"time"

	"github.com/gatepost/gatepost/internal/event"
	"github.com/gatepost/gatepost/internal/store"
)

// try sends part and hands over what became of it.
func (e *endpoint) try(ctx context.Context, s *event.Subscription, way Way, part []event.Delivery) {
	began := e.owner.now()
	send, results, err := e.masked(ctx, s, part)
	if err != nil { // what the subscriber may see is not known; asked again soon, and no try is counted
		e.owner.logger.WarnContext(ctx, "deliveries wait", "corp", e.key.corp, "subscription", e.key.sub, "err", err)
		e.answered(len(part), nil)
		e.release(part)
		e.hold()
		return
	}
	var failed []bool
	var nobody []event.Delivery
	if len(send) > 0 {
		answers := e.send(ctx, s, way, send)
		now := e.owner.now()
		for i, a := range answers {
			if a.Nobody {
				nobody = append(nobody, send[i])
				continue
			}
			failed = append(failed, a.Outcome == event.Failed)
			results = append(results, e.judge(send[i], a, began, now))
		}
	}
	e.answered(len(part), failed)
	if len(nobody) > 0 {
		e.release(nobody)
		e.absent()
	}
	for _, r := range results {
		e.owner.settling <- settling{r, e}
	}
}

// send has the way send, within the subscription's time limit. Whatever the way
// does, there is an answer for each delivery.
func (e *endpoint) send(ctx context.Context, s *event.Subscription, way Way, batch []event.Delivery) (answers []Answer) {
	ctx, cancel := context.WithTimeout(ctx, s.Timeout)
	defer cancel()
	defer func() {
		if p := recover(); p != nil {
			e.owner.logger.ErrorContext(ctx, "a way panicked", "way", s.Way, "corp", e.key.corp, "subscription", e.key.sub, "panic", p, "stack", string(debug.Stack()))
			answers = nil
		}
		for len(answers) < len(batch) {
			answers = append(answers, Answer{Outcome: event.Failed, Text: "the platform failed to send this"})
		}
		answers = answers[:len(batch)]
	}()
	return way.Send(ctx, s, batch)
}

// masked replaces payloads by what the subscriber may see, and drops what he may
// not know of. A payload that cannot be told is a failed try of its event. It
// fails only while the database does not answer.
func (e *endpoint) masked(ctx context.Context, s *event.Subscription, part []event.Delivery) (send []event.Delivery, done []event.Result, err error) {
	for _, d := range part {
		told, ok, err := e.mask(ctx, s, d)
		now := e.owner.now()
		switch {
		case store.Away(err):
			return nil, nil, err
		case err != nil:
			e.owner.logger.WarnContext(ctx, "an event cannot be told", "corp", e.key.corp, "subscription", e.key.sub, "event", d.ID, "err", err)
			done = append(done, e.judge(d, Answer{Outcome: event.Failed, Text: "the platform cannot read or mask this event: " + err.Error()}, now, now))
		case !ok:
			done = append(done, event.Result{Delivery: d, At: now, Outcome: event.Dropped, Answer: "the application may not know of this event"})
		default:
			d.Happened = told
			send = append(send, d)
		}
	}
	return send, done, nil
}

func (e *endpoint) mask(ctx context.Context, s *event.Subscription, d event.Delivery) (told event.Happened, ok bool, err error) {
	if d.Unreadable != nil {
		return told, false, d.Unreadable
	}
	defer func() {
		if p := recover(); p != nil {
			e.owner.logger.ErrorContext(ctx, "masking an event panicked", "event", d.ID, "panic", p, "stack", string(debug.Stack()))
			err = fmt.Errorf("panic: %v", p)
		}
	}()
	return e.owner.Mask(ctx, s, d.Happened)
}

// judge decides what follows from an answer.
func (e *endpoint) judge(d event.Delivery, a Answer, began, now time.Time) event.Result {
	r := event.Result{Delivery: d, At: began, Took: now.Sub(began), Outcome: a.Outcome, Status: a.Status, Answer: a.Text, Turns: e.turns(a.Outcome == event.Failed),
		Injected: a.Injected}
	if a.Outcome == event.Accepted {
		return r
	}
	wait, more := after(d.Attempts, a.RetryAfter, jitter())
	if a.Hold > 0 {
		wait, more = a.Hold, true
	}
	switch {
	case a.Gone:
		r.Dead = "the receiver said that it is gone"
		r.Ends = r.Dead
	case !more:
		r.Dead = "failed too often"
	default:
		r.Next = now.Add(wait)
	}
	return r
}

// standing is what an endpoint knows of how its last try went.
type standing int

const (
	unknown standing = iota
	succeeding
	failing
)

// turns reports whether a try that failed, or did not, may differ from the one
// before.
func (e *endpoint) turns(failed bool) bool {
	e.mu.Lock()
	defer e.mu.Unlock()
	before := e.standing
	if e.standing = succeeding; failed {
		e.standing = failing
	}
	return before != e.standing
}
