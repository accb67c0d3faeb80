package delivery

import (
	"context"
	"time"

	"github.com/gatepost/gatepost/internal/event"
)

// Way carries deliveries to applications: by HTTP, over a connection, into a
// database.
type Way interface {
	// Most is how many deliveries one Send takes.
	Most() int
	// Ready reports whether somebody is there to be told; if not, deliveries wait
	// until the way wakes the subscription, and no try is counted.
	Ready(s *event.Subscription) bool
	// Send tries once to deliver batch, which holds no two deliveries of one object
	// unless the way takes them in order, and returns what became of each, in the
	// order of batch. It ends by the subscription's time limit, which ctx carries.
	Send(ctx context.Context, s *event.Subscription, batch []event.Delivery) []Answer
}

// Answer is what a receiver said to a delivery.
type Answer struct {
	Outcome    event.Outcome
	Status     int           // as the way counts; 0: no answer came
	Text       string        // the answer's beginning, or what went wrong
	RetryAfter time.Duration // what the receiver asked for; 0: nothing
	Gone       bool          // the receiver wants nothing more of this subscription
	Nobody     bool          // there was nobody to be told: no try is counted
	Injected   string        // the fault that the platform caused on purpose; empty: none
	Hold       time.Duration // when the next try comes, whatever the schedule says; 0: as it says
}

// schedule is how long after a failed try the next one comes: first as the
// public platform does (10 s, 30 s; events.md §5), then longer, for three days
// in all.
func schedule(attempts int) (wait time.Duration, more bool) {
	steps := [...]time.Duration{10 * time.Second, 30 * time.Second, 2 * time.Minute, 10 * time.Minute, 30 * time.Minute,
		time.Hour, 2 * time.Hour, 4 * time.Hour, 8 * time.Hour, 8 * time.Hour, 12 * time.Hour, 12 * time.Hour, 24 * time.Hour}
	if attempts >= len(steps) {
		return 0, false
	}
	return steps[attempts], true
}

// after is when a delivery that failed attempts times before this try is tried
// again. What the receiver asks for counts between once and twice the step.
// jitter, from 0 to 1, spreads what failed together; the first two steps are
// exact, because receivers know them.
func after(attempts int, asked time.Duration, jitter float64) (wait time.Duration, more bool) {
	step, more := schedule(attempts)
	if !more {
		return 0, false
	}
	wait = min(max(step, asked), 2*step)
	if attempts >= 2 && asked == 0 {
		wait = time.Duration(float64(wait) * (0.8 + 0.4*jitter))
	}
	return wait, true
}
