package delivery

import (
	"context"
	"errors"
	"maps"
	"sync"
	"time"

	"github.com/gatepost/gatepost/internal/event"
	"github.com/gatepost/gatepost/internal/id"
)

// endpoint is one subscription while this node owns it. Its loop is the only
// one that reads rows and begins tries.
type endpoint struct {
	owner  *Owner
	key    key
	before <-chan struct{} // closed when an earlier endpoint of the subscription ended; nil if there was none
	cancel context.CancelFunc
	ended  chan struct{}
	some   chan struct{}
	losses int  // of the share, when it began
	over   bool // under the owner's lock: it ends, and another takes its place

	mu sync.Mutex
	backlog
	sending  int   // tries that the receiver has not answered
	heard    int64 // the turn of the subscription that the breaker knows
	nobody   bool  // was there at the last try
	held     bool  // nothing begins for now
	brk      breaker
	standing standing
	tries    sync.WaitGroup // those begun and not recorded
}

func newEndpoint(o *Owner, k key, before <-chan struct{}) *endpoint {
	return &endpoint{owner: o, key: k, losses: o.share.Losses(), before: before, ended: make(chan struct{}), some: make(chan struct{}, 1), backlog: newBacklog()}
}

// lost reports whether another node may have taken the subscription over while
// this one has deliveries under way.
func (e *endpoint) lost() bool { return e.owner.share.Losses() != e.losses }

// start begins the loop, which calls gone when it has ended by itself or was
// cancelled, and nothing is under way any more.
func (e *endpoint) start(ctx context.Context, gone func()) {
	ctx, e.cancel = context.WithCancel(ctx)
	go func() {
		defer e.cancel()
		if e.before != nil {
			<-e.before
		}
		e.run(ctx)
		e.tries.Wait()
		close(e.ended)
		gone()
	}()
}

// wake has the endpoint look at the database again. Merged with an earlier wake
// it is not lost: the look it causes begins later.
func (e *endpoint) wake() {
	e.mu.Lock()
	e.news = true
	e.mu.Unlock()
	e.stir()
}

// stir has the endpoint see what can begin.
func (e *endpoint) stir() {
	select {
	case e.some <- struct{}{}:
	default:
	}
}

// idleAfter is how long nothing is to be delivered before an endpoint ends.
const idleAfter = 10 * time.Minute

// run sees what can begin whenever it is woken or something becomes due, until
// ctx ends or there is nothing left to do.
func (e *endpoint) run(ctx context.Context) {
	timer := time.NewTimer(0)
	defer timer.Stop()
	idle := false
	for {
		select {
		case <-ctx.Done():
			return
		case <-e.some:
			idle = false
		case <-timer.C:
			if idle && e.owner.retire(e) {
				return
			}
		}
		next, err := e.round(ctx)
		switch {
		case err == nil:
		case ctx.Err() != nil:
			return
		case errors.Is(err, event.ErrNoSubscription): // it was removed
			if e.owner.retire(e) {
				return
			}
			continue // and woken since
		default:
			e.owner.logger.WarnContext(ctx, "deliveries wait", "corp", e.key.corp, "subscription", e.key.sub, "err", err)
			next = e.owner.now().Add(retryStore)
		}
		if idle = next.IsZero() && e.rests(); idle {
			timer.Reset(idleAfter)
		} else if !next.IsZero() {
			timer.Reset(max(next.Sub(e.owner.now()), time.Millisecond))
		}
	}
}

// rests reports whether an endpoint that ends now forgets nothing.
func (e *endpoint) rests() bool {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.open == 0 && len(e.queue) == 0 && len(e.stuck) == 0 && e.brk.row == 0 && e.brk.wait == 0
}

// round begins what can begin now, and returns when to look again without being
// woken; zero if only news or a result can change anything.
func (e *endpoint) round(ctx context.Context) (next time.Time, err error) {
	s, err := e.owner.log.Subscription(ctx, e.key.corp, e.key.sub)
	if err != nil {
		return time.Time{}, err
	}
	way, err := e.way(ctx, &s)
	if way == nil || err != nil {
		return time.Time{}, err
	}
	for {
		now := e.owner.now()
		room, again := e.room(now, &s)
		if room == 0 {
			return again, nil
		}
		batch, waiting := e.choose(&s, room)
		if err := e.putOff(ctx, waiting); err != nil {
			return time.Time{}, err
		}
		if len(batch) > 0 {
			e.begin(ctx, &s, way, batch)
			continue
		}
		read, again := e.lacking(now)
		if !read {
			return again, nil
		}
		if err := e.read(ctx, now); err != nil {
			return time.Time{}, err
		}
	}
}

// way is what carries deliveries to s now; nil if none are to be.
func (e *endpoint) way(ctx context.Context, s *event.Subscription) (Way, error) {
	e.turn(s)
	if s.State != event.On {
		e.forget()
		return nil, nil
	}
	if waits, err := e.owner.Waits(ctx, s); err != nil || waits {
		return nil, err
	}
	way := e.owner.Ways[s.Way]
	if way == nil || !way.Ready(s) || !e.mine(s) {
		e.forget() // another node may go on meanwhile
		return nil, nil
	}
	return way, nil
}

// turn forgets that the receiver failed when somebody changed subscriptions of
// the corp: it may be mended.
func (e *endpoint) turn(s *event.Subscription) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.heard != s.Turn {
		e.heard, e.brk = s.Turn, breaker{}
	}
}

func (e *endpoint) forget() {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.reset()
}

// mine reports whether this node is the one to deliver: a stream or tunnel has
// to be claimed by a node that has a connection.
func (e *endpoint) mine(s *event.Subscription) bool {
	if s.Way == event.Stream || s.Way == event.Tunnel {
		return e.owner.share.Claimed(e.key.text())
	}
	return e.owner.share.Owns(e.key.part())
}

// room is how many tries may begin: of a receiver that failed, each time half as
// many, so that one that hangs holds few of the node's places.
func (e *endpoint) room(now time.Time, s *event.Subscription) (n int, again time.Time) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.held || e.open >= maxOpen || e.owner.stuck.Load() {
		return 0, time.Time{} // the end of the hold wakes, or what is recorded
	}
	return e.brk.room(now, max(max(s.Most>>min(e.brk.row, 8), 1)-e.sending, 0))
}

// maxOpen bounds how much of one subscription is sent and not yet recorded.
const maxOpen = 1024

func (e *endpoint) choose(s *event.Subscription, room int) (batch []event.Delivery, waiting map[time.Time][]id.Event) {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.backlog.choose(s.Ordered, room)
}

// lacking reports whether there is something to be read, and if not, when there
// will be.
func (e *endpoint) lacking(now time.Time) (read bool, again time.Time) {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.backlog.lacking(now)
}

// read takes up what is due and not under way.
func (e *endpoint) read(ctx context.Context, now time.Time) error {
	select {
	case e.owner.reading <- struct{}{}:
		defer func() { <-e.owner.reading }()
	case <-ctx.Done():
		return ctx.Err()
	}
	e.mu.Lock()
	size, stuck := e.ask(now)
	known := maps.Clone(e.under)
	e.mu.Unlock()
	found, err := e.owner.log.Look(ctx, e.key.corp, e.key.sub, now, size, known, stuck)
	e.mu.Lock()
	defer e.mu.Unlock()
	if err != nil {
		e.news = true
		return err
	}
	e.found(&found)
	return nil
}

// putOff moves what waits for an older delivery of its object out of the way of
// what does not.
func (e *endpoint) putOff(ctx context.Context, waiting map[time.Time][]id.Event) error {
	for next, events := range waiting {
		if err := e.owner.log.Defer(ctx, e.key.corp, e.key.sub, events, next); err != nil {
			e.forget()
			return err
		}
	}
	return nil
}

// begin starts tries, as many rows in each as the way takes.
func (e *endpoint) begin(ctx context.Context, s *event.Subscription, way Way, batch []event.Delivery) {
	e.mu.Lock()
	e.sending += len(batch)
	e.tries.Add(len(batch))
	e.brk.began()
	e.mu.Unlock()
	for most := max(way.Most(), 1); len(batch) > 0; {
		n := min(most, len(batch))
		part := batch[:n:n]
		batch = batch[n:]
		select {
		case e.owner.global <- struct{}{}:
		case <-ctx.Done():
			e.answered(len(part), nil)
			e.release(part)
			continue
		}
		go func() {
			defer func() { <-e.owner.global }()
			e.try(context.WithoutCancel(ctx), s, way, part)
		}()
	}
}

// answered takes note that the receiver answered to n deliveries, or never will,
// and which of its answers were failures.
func (e *endpoint) answered(n int, failed []bool) {
	e.mu.Lock()
	e.sending -= n
	e.brk.none()
	opened := false
	for _, f := range failed {
		e.nobody = false
		opened = e.brk.note(e.owner.now(), f) || opened
	}
	e.mu.Unlock()
	if opened {
		e.owner.logger.Warn("a subscription fails; it is tried seldom until it succeeds", "corp", e.key.corp, "subscription", e.key.sub)
	}
	e.stir()
}

// absent looks for somebody else at once, because of several connections one may
// have gone, and after that only now and then.
func (e *endpoint) absent() {
	e.mu.Lock()
	again := e.nobody
	e.nobody = true
	e.mu.Unlock()
	if again {
		e.hold()
		return
	}
	e.wake()
}

// hold lets nothing begin for a while.
func (e *endpoint) hold() {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.held {
		return
	}
	e.held = true
	time.AfterFunc(retryStore, func() {
		e.mu.Lock()
		e.held = false
		e.mu.Unlock()
		e.wake()
	})
}

// release forgets rows that were not tried after all. They are still due.
func (e *endpoint) release(part []event.Delivery) {
	e.mu.Lock()
	e.untried(part)
	e.mu.Unlock()
	e.tries.Add(-len(part))
}

// settled takes note of a result that is recorded.
func (e *endpoint) settled(r *event.Result) {
	e.mu.Lock()
	e.recorded(r)
	e.mu.Unlock()
	if r.Dead != "" {
		e.owner.logger.Warn("an event was given up", "corp", e.key.corp, "subscription", e.key.sub, "event", r.ID, "why", r.Dead, "answer", r.Answer)
	}
	e.tries.Done()
	e.stir()
}
