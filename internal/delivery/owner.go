package delivery

import (
	"context"
	"hash/fnv"
	"log/slog"
	"math/rand/v2"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/gatepost/gatepost/internal/event"
	"github.com/gatepost/gatepost/internal/id"
	"github.com/gatepost/gatepost/internal/store"
)

// Owner delivers the events of the subscriptions that this node owns.
type Owner struct {
	// Ways carry deliveries. Whoever builds the platform sets them before Run.
	Ways map[event.Way]Way
	// Mask turns an event into what the subscriber is told: of its payload what he
	// may see, and the corp's id as his application knows it. ok is false when he
	// may not know of the event at all. Whoever builds the platform sets it before
	// Run.
	Mask func(ctx context.Context, s *event.Subscription, h event.Happened) (told event.Happened, ok bool, err error)

	// Waits reports whether nothing is to be delivered to a subscription for now,
	// because its application is switched off. Whoever builds the platform sets it
	// before Run, and calls Look when it may have become otherwise.
	Waits func(ctx context.Context, s *event.Subscription) (bool, error)

	log    *event.Log
	share  *store.Share
	now    func() time.Time
	logger *slog.Logger

	looking  chan struct{}
	changed  chan struct{}
	settling chan settling
	global   chan struct{} // a place for each try under way, of all subscriptions together
	reading  chan struct{} // a place for each read, so that others get at the database too

	stuck atomic.Bool // results cannot be recorded, so nothing begins: what is sent now would be sent again

	mu        sync.Mutex
	endpoints map[key]*endpoint
	corps     map[id.Corp]bool // whose subscriptions changed
	ctx       context.Context  //nolint:containedctx // of Run, for endpoints that news start
}

// key names a subscription.
type key struct {
	corp id.Corp
	sub  id.Subscription
}

const (
	parts       = 64
	maxTries    = 1024                   // under way on this node
	maxReads    = 3                      // at once, of this node
	settleMost  = 512                    // results in one transaction
	settleWait  = 3 * time.Millisecond   // that a result waits for others
	glanceEvery = 3 * time.Second        // an owner looks for what nobody told it of
	glanceOld   = 2 * time.Second        // what has been due for so long was not told of
	retryStore  = 500 * time.Millisecond // when the database does not answer
	farewell    = 10 * time.Second       // for what is to be recorded at the end
)

// New returns an owner of what log holds. now is the real time: waiting is no
// data, so no corp's clock can move it.
func New(db *store.DB, log *event.Log, now func() time.Time, logger *slog.Logger) *Owner {
	o := &Owner{log: log, share: db.Share("events", parts), now: now, logger: logger, Waits: func(context.Context, *event.Subscription) (bool, error) { return false, nil },
		looking: make(chan struct{}, 1), changed: make(chan struct{}, 1), settling: make(chan settling, settleMost), global: make(chan struct{}, maxTries),
		reading: make(chan struct{}, maxReads), endpoints: map[key]*endpoint{}, corps: map[id.Corp]bool{}}
	log.Due = o.Due
	o.share.Leave = o.leave
	db.Watch(o.hear)
	return o
}

// hear takes note of corps whose subscriptions changed: what this node knew of
// them when it was told of something to deliver may have been older.
func (o *Owner) hear(topic string) {
	corp, ok := strings.CutPrefix(topic, event.SubscriptionsTopic(""))
	if !ok {
		return
	}
	o.mu.Lock()
	o.corps[id.Corp(corp)] = true
	o.mu.Unlock()
	select {
	case o.changed <- struct{}{}:
	default:
	}
}

// Due tells the owner of each subscription, on whichever node, that it has
// something to deliver.
func (o *Owner) Due(corp id.Corp, subscriptions []id.Subscription) {
	for _, sub := range subscriptions {
		if k := (key{corp, sub}); o.share.Wake(k.part(), k.text()) {
			o.wake(k)
		}
	}
}

func (k key) text() string { return string(k.corp) + " " + strconv.FormatInt(int64(k.sub), 10) }

func keyOf(text string) (key, bool) {
	corp, number, _ := strings.Cut(text, " ")
	sub, err := strconv.ParseInt(number, 10, 64)
	return key{id.Corp(corp), id.Subscription(sub)}, err == nil
}

// part is the same on every node.
func (k key) part() int {
	h := fnv.New32a()
	_, _ = h.Write([]byte(k.text())) // never fails
	return int(h.Sum32() % parts)
}

// Run delivers until ctx ends. What is under way then is waited for and
// recorded.
func (o *Owner) Run(ctx context.Context) error {
	var crew sync.WaitGroup
	defer crew.Wait()
	sharing, stopSharing := context.WithCancel(context.WithoutCancel(ctx))
	defer stopSharing() // last: what is under way stays owned until it is recorded
	crew.Go(func() { _ = o.share.Run(sharing) })

	settled := make(chan struct{})
	go func() { defer close(settled); o.settle(ctx) }()

	o.mu.Lock()
	o.ctx = ctx
	o.mu.Unlock()
	glance := time.NewTicker(glanceEvery)
	defer glance.Stop()
	for {
		select {
		case <-ctx.Done():
			wait(o.stop(func(*endpoint) bool { return true }))
			close(o.settling)
			<-settled
			return nil
		case <-o.share.Changed():
			o.stop(func(e *endpoint) bool { return !o.owns(e.key) || e.lost() })
			o.look(ctx)
		case what := <-o.share.Wakes():
			if k, ok := keyOf(what); ok {
				o.wake(k)
			}
		case <-glance.C:
			o.owed(ctx, func() ([]event.Place, error) { return o.log.Owed(ctx, o.now().Add(-glanceOld)) })
		case <-o.changed:
			o.lookAtChanged(ctx)
		case <-o.looking:
			o.look(ctx)
		}
	}
}

// owns reports whether this node may deliver to k, as far as it is known without
// its way.
func (o *Owner) owns(k key) bool { return o.share.Owns(k.part()) || o.share.Claimed(k.text()) }

// Claim makes this node the owner of a subscription that only a node can serve
// to which its receiver is connected: of the nodes that ask, one is.
func (o *Owner) Claim(corp id.Corp, sub id.Subscription) { o.share.Claim(key{corp, sub}.text()) }

// Unclaim ends what Claim began.
func (o *Owner) Unclaim(corp id.Corp, sub id.Subscription) { o.share.Unclaim(key{corp, sub}.text()) }

// look wakes every subscription that this node owns and that has something to
// be delivered.
func (o *Owner) look(ctx context.Context) {
	o.owed(ctx, func() ([]event.Place, error) { return o.log.Owed(ctx, time.Time{}) })
}

// lookAtChanged is look in the corps whose subscriptions changed.
func (o *Owner) lookAtChanged(ctx context.Context) {
	o.mu.Lock()
	corps := o.corps
	o.corps = map[id.Corp]bool{}
	o.mu.Unlock()
	for corp := range corps {
		o.owed(ctx, func() ([]event.Place, error) { return o.log.OwedIn(ctx, corp) })
	}
}

func (o *Owner) owed(ctx context.Context, find func() ([]event.Place, error)) {
	list, err := find()
	if err != nil {
		if ctx.Err() == nil {
			o.logger.WarnContext(ctx, "subscriptions could not be read; deliveries wait", "err", err)
			time.AfterFunc(retryStore, o.Look)
		}
		return
	}
	for _, p := range list {
		if k := (key{p.Corp, p.ID}); o.owns(k) {
			o.wake(k)
		}
	}
}

// Look has every subscription of this node looked at soon. It does not block.
func (o *Owner) Look() {
	select {
	case o.looking <- struct{}{}:
	default:
	}
}

// wake has a subscription look for what is due.
func (o *Owner) wake(k key) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.ctx == nil || o.ctx.Err() != nil {
		return // Run will look at everything
	}
	e := o.endpoints[k]
	if e == nil || e.over {
		var before <-chan struct{}
		if e != nil {
			before = e.ended
		}
		next := newEndpoint(o, k, before)
		o.endpoints[k], e = next, next
		e.start(o.ctx, func() { o.gone(next) })
	}
	e.wake()
}

// gone forgets an endpoint that has ended.
func (o *Owner) gone(e *endpoint) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.endpoints[e.key] == e {
		delete(o.endpoints, e.key)
	}
}

// retire lets an endpoint end, unless it was woken meanwhile.
func (o *Owner) retire(e *endpoint) bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	if len(e.some) > 0 {
		return false
	}
	e.over = true
	return true
}

// stop ends the endpoints that which names, and returns those that are ending.
func (o *Owner) stop(which func(*endpoint) bool) (ending []*endpoint) {
	o.mu.Lock()
	defer o.mu.Unlock()
	for _, e := range o.endpoints {
		if which(e) {
			e.over = true
			e.cancel()
			ending = append(ending, e)
		}
	}
	return ending
}

// wait waits until what endpoints have under way is recorded.
func wait(ending []*endpoint) {
	for _, e := range ending {
		<-e.ended
	}
}

// leave ends the work on what this node does not own any more.
func (o *Owner) leave() { wait(o.stop(func(e *endpoint) bool { return !o.owns(e.key) })) }

// settling is a result on its way into the database.
type settling struct {
	event.Result
	of *endpoint
}

// settle records results, many in one transaction, and only then lets their
// endpoints forget them. It tries until the database takes them, or until some
// time after the end: a result that is lost is a delivery made twice.
func (o *Owner) settle(ctx context.Context) {
	for first := range o.settling {
		batch := o.gather(first)
		if results := o.valid(batch); len(results) > 0 {
			o.record(ctx, results)
		}
		for i := range batch {
			batch[i].of.settled(&batch[i].Result)
		}
	}
}

// valid leaves out failures of what another node may have taken over while the
// database did not answer: it tries for itself, and our news of a failure would
// upset its order.
func (o *Owner) valid(batch []settling) []event.Result {
	results := make([]event.Result, 0, len(batch))
	for i := range batch {
		if r := &batch[i]; r.Over() || !r.of.lost() {
			results = append(results, r.Result)
		}
	}
	return results
}

func (o *Owner) record(ctx context.Context, results []event.Result) {
	var ended time.Time
	for {
		err := o.log.Settle(context.WithoutCancel(ctx), results)
		if err == nil {
			o.goOn()
			return
		}
		o.stuck.Store(true)
		o.logger.WarnContext(ctx, "results of deliveries could not be recorded; trying again", "results", len(results), "err", err)
		switch {
		case ctx.Err() == nil:
		case ended.IsZero():
			ended = o.now()
		case o.now().Sub(ended) > farewell:
			return
		}
		time.Sleep(retryStore)
	}
}

// goOn lets tries begin again.
func (o *Owner) goOn() {
	if !o.stuck.Swap(false) {
		return
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	for _, e := range o.endpoints {
		e.stir()
	}
}

func (o *Owner) gather(first settling) []settling {
	batch := append(make([]settling, 0, settleMost), first)
	patience := time.NewTimer(settleWait)
	defer patience.Stop()
	for len(batch) < settleMost {
		select {
		case r, more := <-o.settling:
			if !more {
				return batch
			}
			batch = append(batch, r)
		case <-patience.C:
			return batch
		}
	}
	return batch
}

func jitter() float64 { return rand.Float64() } //nolint:gosec // spreads tries, hides nothing
