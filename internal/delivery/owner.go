package delivery

import (
	"context"
	"hash/fnv"
	"log/slog"
	"math/rand/v2"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/gatepost/gatepost/internal/event"
	"github.com/gatepost/gatepost/internal/id"
	"github.com/gatepost/gatepost/internal/store"
)

// Owner delivers the events of the subscriptions that this node owns.
type Owner struct {
	// Ways carry deliveries. Whoever builds the platform sets them before Run.
	Ways map[event.Way]Way
	// Mask turns the payload of a delivery into what the subscriber may see of it;
	// ok is false when he may not know of the event at all. Whoever builds the
	// platform sets it before Run.
	Mask func(ctx context.Context, s *event.Subscription, h event.Happened) (payload string, ok bool, err error)

	// Waits reports whether nothing is to be delivered to a subscription for now,
	// because its application is switched off. Whoever builds the platform sets it
	// before Run, and calls Look when it may have become otherwise.
	Waits func(ctx context.Context, s *event.Subscription) (bool, error)

	log    *event.Log
	share  *store.Share
	now    func() time.Time
	logger *slog.Logger

	looking  chan struct{}
	settling chan event.Result
	global   chan struct{} // a place for each try under way, of all subscriptions together

	mu        sync.Mutex
	endpoints map[key]*endpoint
	ctx       context.Context //nolint:containedctx // of Run, for endpoints that news start
}

// key names a subscription.
type key struct {
	corp id.Corp
	sub  id.Subscription
}

const (
	parts      = 64
	maxTries   = 512                    // under way on this node
	settleMost = 256                    // results in one transaction
	settleWait = 3 * time.Millisecond   // that a result waits for others
	lookEvery  = 30 * time.Second       // an owner looks by itself, in case news was lost
	retryStore = 500 * time.Millisecond // when the database does not answer
)

// New returns an owner of what log holds. now is the real time: waiting is no
// data, so no corp's clock can move it.
func New(db *store.DB, log *event.Log, now func() time.Time, logger *slog.Logger) *Owner {
	o := &Owner{log: log, share: db.Share("events", parts), now: now, logger: logger, Waits: func(context.Context, *event.Subscription) (bool, error) { return false, nil },
		looking: make(chan struct{}, 1), settling: make(chan event.Result, settleMost), global: make(chan struct{}, maxTries), endpoints: map[key]*endpoint{}}
	log.Due = o.Due
	return o
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
	go func() { defer close(settled); o.settle(context.WithoutCancel(ctx)) }()

	o.mu.Lock()
	o.ctx = ctx
	o.mu.Unlock()
	look := time.NewTicker(lookEvery)
	defer look.Stop()
	for {
		select {
		case <-ctx.Done():
			o.stop(func(key) bool { return true })
			close(o.settling)
			<-settled
			return nil
		case <-o.share.Changed():
			o.stop(func(k key) bool { return !o.owns(k) })
			o.look(ctx)
		case what := <-o.share.Wakes():
			if k, ok := keyOf(what); ok {
				o.wake(k)
			}
		case <-look.C:
			o.look(ctx)
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

// look wakes every subscription that this node owns.
func (o *Owner) look(ctx context.Context) {
	known, err := o.log.Known(ctx)
	if err != nil {
		if ctx.Err() == nil {
			o.logger.WarnContext(ctx, "subscriptions could not be read; deliveries wait", "err", err)
			time.AfterFunc(retryStore, o.Look)
		}
		return
	}
	for _, s := range known {
		if k := (key{s.Corp, s.ID}); s.State == event.On && o.owns(k) {
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
	if e == nil {
		e = newEndpoint(o, k)
		o.endpoints[k] = e
		e.start(o.ctx)
	}
	e.wake()
}

// stop ends the endpoints that which names, and waits for what they have under
// way.
func (o *Owner) stop(which func(key) bool) {
	o.mu.Lock()
	var ending []*endpoint
	for k, e := range o.endpoints {
		if which(k) {
			ending = append(ending, e)
			delete(o.endpoints, k)
		}
	}
	o.mu.Unlock()
	for _, e := range ending {
		e.cancel()
	}
	for _, e := range ending {
		<-e.ended
	}
}

// settle records results, many in one transaction, and only then lets their
// endpoints forget them. It tries until the database takes them: a result that
// was lost would be a delivery made twice.
func (o *Owner) settle(ctx context.Context) {
	for first := range o.settling {
		batch := o.gather(first)
		for {
			err := o.log.Settle(ctx, batch)
			if err == nil {
				break
			}
			o.logger.WarnContext(ctx, "results of deliveries could not be recorded; trying again", "results", len(batch), "err", err)
			time.Sleep(retryStore)
		}
		for i := range batch {
			o.settled(&batch[i])
		}
	}
}

func (o *Owner) gather(first event.Result) []event.Result {
	batch := append(make([]event.Result, 0, settleMost), first)
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

func (o *Owner) settled(r *event.Result) {
	o.mu.Lock()
	e := o.endpoints[key{r.Corp, r.Subscription}]
	o.mu.Unlock()
	if e != nil {
		e.settled(r)
	}
}

func jitter() float64 { return rand.Float64() } //nolint:gosec // spreads tries, hides nothing
