package delivery

import (
	"context"
	"errors"
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
	cancel context.CancelFunc
	ended  chan struct{}
	some   chan struct{}

	// Of the loop alone.
	loaded bool
	queue  []event.Delivery // read and not begun, in the order of the read

	mu    sync.Mutex
	under map[id.Event]bool      // under way, or recorded since the last read began
	count int                    // under way
	busy  map[string]bool        // objects of which a delivery is under way
	done  []id.Event             // of under, what is recorded
	stuck map[string]event.Stuck // what later deliveries of an object wait for
	brk   breaker
	tries sync.WaitGroup
}

// readAhead is how many rows are read at once, beyond those under way.
const readAhead = 512

func newEndpoint(o *Owner, k key) *endpoint {
	return &endpoint{owner: o, key: k, ended: make(chan struct{}), some: make(chan struct{}, 1),
		under: map[id.Event]bool{}, busy: map[string]bool{}, stuck: map[string]event.Stuck{}}
}

func (e *endpoint) start(ctx context.Context) {
	ctx, e.cancel = context.WithCancel(ctx)
	go func() {
		defer close(e.ended)
		defer e.tries.Wait()
		e.run(ctx)
	}()
}

// wake has the endpoint look again. Merged with an earlier wake it is not lost:
// the look it causes begins later.
func (e *endpoint) wake() {
	select {
	case e.some <- struct{}{}:
	default:
	}
}

// run looks whenever it is woken or something becomes due.
func (e *endpoint) run(ctx context.Context) {
	timer := time.NewTimer(0)
	defer timer.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-e.some:
		case <-timer.C:
		}
		next, err := e.round(ctx)
		if err != nil {
			if ctx.Err() != nil {
				return
			}
			if errors.Is(err, event.ErrNoSubscription) {
				continue // it was removed; what is woken for it finds nothing
			}
			e.owner.logger.WarnContext(ctx, "deliveries wait", "corp", e.key.corp, "subscription", e.key.sub, "err", err)
			next = e.owner.now().Add(retryStore)
		}
		if next.IsZero() {
			continue
		}
		timer.Reset(max(next.Sub(e.owner.now()), time.Millisecond))
	}
}

// round begins what can begin now, and returns when to look again without being
// woken; zero if only news or a result can change anything.
func (e *endpoint) round(ctx context.Context) (next time.Time, err error) {
	s, err := e.owner.log.Subscription(ctx, e.key.corp, e.key.sub)
	if err != nil || s.State != event.On {
		return time.Time{}, err
	}
	if waits, err := e.owner.Waits(ctx, &s); err != nil || waits {
		return time.Time{}, err
	}
	way := e.owner.Ways[s.Way]
	if way == nil || !way.Ready(&s) || !e.mine(&s) {
		e.queue, e.loaded = nil, false // another node may go on meanwhile
		return time.Time{}, nil
	}
	if err := e.load(ctx); err != nil {
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
		if len(e.queue) > 0 { // each waits for one of its object that is under way, whose result wakes
			return time.Time{}, nil
		}
		if err := e.read(ctx, now); err != nil {
			return time.Time{}, err
		}
		if len(e.queue) == 0 {
			return e.owner.log.Next(ctx, e.key.corp, e.key.sub)
		}
	}
}

// mine reports whether this node is the one to deliver: a stream has to be
// claimed by a node that has a connection.
func (e *endpoint) mine(s *event.Subscription) bool {
	if s.Way == event.Stream {
		return e.owner.share.Claimed(e.key.text())
	}
	return e.owner.share.Owns(e.key.part())
}

// load reads which objects are stuck: when ownership begins, and when one is not
// tried in its time, because it was taken away by other means than a try.
func (e *endpoint) load(ctx context.Context) error {
	if e.loaded && !e.overdue() {
		return nil
	}
	stuck, err := e.owner.log.Stuck(ctx, e.key.corp, e.key.sub)
	if err != nil {
		return err
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	for object, was := range e.stuck {
		if e.busy[object] { // its result is not recorded yet
			stuck[object] = was
		}
	}
	e.stuck, e.loaded = stuck, true
	return nil
}

// patience is how long after its time a try may begin without making anybody
// wonder.
const patience = 2 * time.Second

func (e *endpoint) overdue() bool {
	e.mu.Lock()
	defer e.mu.Unlock()
	before := e.owner.now().Add(-patience)
	for object, s := range e.stuck {
		if s.Next.Before(before) && !e.busy[object] {
			return true
		}
	}
	return false
}

// room is how many tries may begin.
func (e *endpoint) room(now time.Time, s *event.Subscription) (n int, again time.Time) {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.brk.room(now, max(s.Most-e.count, 0))
}

// read fills the queue with what is due and not under way. What was recorded
// before the read began is forgotten then and not later: a read that began
// earlier still shows it.
func (e *endpoint) read(ctx context.Context, now time.Time) error {
	e.mu.Lock()
	for _, ev := range e.done {
		delete(e.under, ev)
	}
	e.done = e.done[:0]
	size := len(e.under) + readAhead
	e.mu.Unlock()
	rows, err := e.owner.log.Pending(ctx, e.key.corp, e.key.sub, now, size)
	if err != nil {
		return err
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	for i := range rows {
		if !e.under[rows[i].ID] {
			e.queue = append(e.queue, rows[i])
		}
	}
	return nil
}

// choose takes at most room deliveries from the queue that may go now. Of an
// ordered subscription it leaves what follows another one of its object in the
// queue, and returns apart what waits for the next try of an older one.
func (e *endpoint) choose(s *event.Subscription, room int) (batch, waiting []event.Delivery) {
	e.mu.Lock()
	defer e.mu.Unlock()
	left := e.queue[:0]
	ahead := map[string]bool{} // objects of which an earlier delivery was seen
	for i := range e.queue {
		d := e.queue[i]
		stuck, isStuck := e.stuck[d.Object]
		switch {
		case len(batch) == room:
			left = append(left, d)
		case !s.Ordered:
			batch = append(batch, d)
		case e.busy[d.Object] || ahead[d.Object]:
			left = append(left, d)
		case isStuck && stuck.Event != d.ID:
			d.Next = stuck.Next // even if that has passed: it then comes behind the one it waits for
			waiting = append(waiting, d)
			continue
		default:
			batch = append(batch, d)
		}
		ahead[d.Object] = true
	}
	clear(e.queue[len(left):])
	e.queue = left
	return batch, waiting
}

// putOff moves what waits for an older delivery of its object out of the way of
// what does not.
func (e *endpoint) putOff(ctx context.Context, waiting []event.Delivery) error {
	if len(waiting) == 0 {
		return nil
	}
	return e.owner.log.Defer(ctx, waiting)
}

// begin starts tries, as many rows in each as the way takes.
func (e *endpoint) begin(ctx context.Context, s *event.Subscription, way Way, batch []event.Delivery) {
	if len(batch) == 0 {
		return
	}
	e.mu.Lock()
	for i := range batch {
		e.under[batch[i].ID] = true
		e.busy[batch[i].Object] = true
	}
	e.count += len(batch)
	e.brk.began()
	e.mu.Unlock()
	for most := max(way.Most(), 1); len(batch) > 0; {
		n := min(most, len(batch))
		part := batch[:n:n]
		batch = batch[n:]
		select {
		case e.owner.global <- struct{}{}:
		case <-ctx.Done():
			e.release(part)
			continue
		}
		e.tries.Go(func() {
			defer func() { <-e.owner.global }()
			e.try(context.WithoutCancel(ctx), s, way, part)
		})
	}
}

// release forgets rows that were not tried after all.
func (e *endpoint) release(part []event.Delivery) {
	e.mu.Lock()
	defer e.mu.Unlock()
	for i := range part {
		delete(e.under, part[i].ID)
		delete(e.busy, part[i].Object)
	}
	e.count -= len(part)
}

// try sends part and hands over what became of it.
func (e *endpoint) try(ctx context.Context, s *event.Subscription, way Way, part []event.Delivery) {
	began := e.owner.now()
	send, results, err := e.masked(ctx, s, part)
	if err != nil { // what the subscriber may see is not known; asked again soon, and no try is counted
		e.owner.logger.WarnContext(ctx, "deliveries wait", "corp", e.key.corp, "subscription", e.key.sub, "err", err)
		e.release(part)
		time.AfterFunc(retryStore, e.wake)
		return
	}
	if len(send) > 0 {
		limited, cancel := context.WithTimeout(ctx, s.Timeout)
		answers := way.Send(limited, s, send)
		cancel()
		now := e.owner.now()
		for i := range send {
			if answers[i].Nobody {
				e.release(send[i : i+1])
				continue
			}
			results = append(results, e.judge(s, send[i], answers[i], began, now))
		}
	}
	for _, r := range results {
		e.owner.settling <- r
	}
}

// masked replaces payloads by what the subscriber may see, and drops what he may
// not know of.
func (e *endpoint) masked(ctx context.Context, s *event.Subscription, part []event.Delivery) (send []event.Delivery, dropped []event.Result, err error) {
	for _, d := range part {
		payload, ok, err := e.owner.Mask(ctx, s, d.Happened)
		if err != nil {
			return nil, nil, err
		}
		if !ok {
			dropped = append(dropped, event.Result{Delivery: d, At: e.owner.now(), Outcome: event.Dropped, Answer: "the application may not know of this event"})
			continue
		}
		d.Payload = payload
		send = append(send, d)
	}
	return send, dropped, nil
}

// judge decides what follows from an answer.
func (e *endpoint) judge(s *event.Subscription, d event.Delivery, a Answer, began, now time.Time) event.Result {
	r := event.Result{Delivery: d, At: began, Took: now.Sub(began), Outcome: a.Outcome, Status: a.Status, Answer: a.Text}
	if a.Outcome == event.Accepted {
		return r
	}
	wait, more := after(d.Attempts, a.RetryAfter, jitter())
	switch {
	case a.Gone:
		r.Dead = "the receiver said that it is gone"
	case !more:
		r.Dead = "failed too often"
	default:
		r.Next = now.Add(wait)
	}
	return r
}

// settled takes note of a result that is recorded, and looks again.
func (e *endpoint) settled(r *event.Result) {
	e.mu.Lock()
	e.done = append(e.done, r.ID)
	delete(e.busy, r.Object)
	e.count--
	switch over := r.Outcome == event.Accepted || r.Outcome == event.Dropped || r.Dead != ""; {
	case over && e.stuck[r.Object].Event == r.ID:
		delete(e.stuck, r.Object)
	case !over:
		e.stuck[r.Object] = event.Stuck{Event: r.ID, Next: r.Next}
	}
	opened := r.Outcome != event.Dropped && e.brk.note(e.owner.now(), r.Outcome == event.Failed)
	e.mu.Unlock()
	if opened {
		e.owner.logger.Warn("a subscription fails; it is tried seldom until it succeeds", "corp", e.key.corp, "subscription", e.key.sub, "answer", r.Answer)
	}
	e.wake()
}
