package fault

import (
	"context"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/gatepost/gatepost/internal/event"
	"github.com/gatepost/gatepost/internal/id"
	"github.com/gatepost/gatepost/internal/store"
)

// Kind is what goes wrong.
type Kind string

// The kinds.
const (
	Drop      Kind = "drop"      // nothing is sent, and the try failed
	LostAck   Kind = "lost-ack"  // it is sent, and the acknowledgement is lost: it comes again
	Duplicate Kind = "duplicate" // it is sent twice
	Delay     Kind = "delay"     // its first try comes later
	Reorder   Kind = "reorder"   // it is held back until another one of its subscription was sent
	Slow      Kind = "slow"      // the answer comes late, perhaps after the time limit
	HalfDead  Kind = "half-dead" // the connection swallows what is sent
)

// length is how long a kind lasts that has a length: unless somebody says
// otherwise, and at most. A reorder keeps a place for a try busy.
func (k Kind) length() (usual, most time.Duration) {
	switch k {
	case Delay:
		return 5 * time.Second, 24 * time.Hour
	case Reorder:
		return 5 * time.Second, 10 * time.Second
	case Slow:
		return 5 * time.Second, event.MaxTimeout
	case Drop, LostAck, Duplicate, HalfDead:
	}
	return 0, 0
}

// Fault is one thing that goes wrong on purpose.
type Fault struct {
	Corp         id.Corp
	ID           int64
	Agent        id.Agent        // 0: of every app
	Subscription id.Subscription // 0: every one
	Names        []event.Name    // none: every event
	Kind         Kind
	By           time.Duration // how long, of the kinds that have a length
	Percent      int64         // of the tries that it is about
	Seed         int64         // from which follows which of them
	Remaining    int64         // tries that it may still hit; -1: any number
	Ends         time.Time
	SetAt        time.Time
	SetBy        id.User
}

// about reports whether a try is one that f may hit. A delay is for first tries:
// the one that comes later would be delayed again.
func (f *Fault) about(s *event.Subscription, d *event.Delivery, now time.Time) bool {
	return now.Before(f.Ends) && (f.Agent == 0 || f.Agent == s.Agent) && (f.Subscription == 0 || f.Subscription == s.ID) &&
		(len(f.Names) == 0 || slices.Contains(f.Names, d.Name)) && (f.Kind != Delay || d.Attempts == 0)
}

// Log is what is asked of events and subscriptions.
type Log interface {
	Event(n event.Name) *event.Event
	Subscription(ctx context.Context, corp id.Corp, sub id.Subscription) (event.Subscription, error)
}

// Faults is every fault of the platform. It is safe for concurrent use. What it
// asks of others is set before the first delivery.
type Faults struct {
	// Sandbox tells whether things may be broken in a corp, and how it is called.
	Sandbox func(ctx context.Context, corp id.Corp) (is bool, name string, err error)
	// AppName tells how an app is called, and refuses one that the corp does not have.
	AppName func(ctx context.Context, corp id.Corp, agent id.Agent) (string, error)
	Log     Log

	db     *store.DB
	now    func() time.Time
	logger *slog.Logger

	moves atomic.Int64 // how often faults were changed, as far as this node knows
	all   atomic.Pointer[sheet]
	load  sync.Mutex

	mu      sync.Mutex
	counts  map[countOf]int64
	held    map[place]chan struct{} // closed when the next one was sent
	leaving chan struct{}           // closed when the platform stops
}

// sheet is the faults of all corps, as they were after a number of moves.
type sheet struct {
	moves int64
	of    map[id.Corp][]Fault
}

// place is a subscription.
type place struct {
	corp id.Corp
	sub  id.Subscription
}

// countOf is what tries are counted for.
type countOf struct {
	place
	fault int64
}

// New returns the faults in db. now is the real time, by which they end.
func New(db *store.DB, now func() time.Time, logger *slog.Logger) *Faults {
	f := &Faults{db: db, now: now, logger: logger, counts: map[countOf]int64{}, held: map[place]chan struct{}{}, leaving: make(chan struct{})}
	f.all.Store(&sheet{moves: -1})
	db.Watch(func(topic string) {
		if strings.HasPrefix(topic, topicPrefix) {
			f.moves.Add(1)
		}
	})
	return f
}

// Run lets go of what is held back when ctx ends.
func (f *Faults) Run(ctx context.Context) error {
	<-ctx.Done()
	close(f.leaving)
	return nil
}

// of returns the faults of a corp. While the database does not answer the faults
// that were read before go on, until they end.
func (f *Faults) of(ctx context.Context, corp id.Corp) []Fault {
	all := f.all.Load()
	if all.moves != f.moves.Load() {
		all = f.read(ctx)
	}
	return all.of[corp]
}

func (f *Faults) read(ctx context.Context) *sheet {
	f.load.Lock()
	defer f.load.Unlock()
	ctx, cancel := own(ctx)
	defer cancel()
	before := f.moves.Load()
	if all := f.all.Load(); all.moves == before {
		return all
	}
	of, err := store.View(ctx, f.db, everything)
	if err != nil {
		f.logger.WarnContext(ctx, "faults cannot be read; the old ones go on", "err", err)
		return f.all.Load()
	}
	fresh := &sheet{moves: before, of: of}
	f.all.Store(fresh)
	f.forget(of)
	return fresh
}

// own is a context for what faults ask of the database: the time limit of a try
// is the receiver's.
func own(ctx context.Context) (context.Context, context.CancelFunc) {
	return context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
}

// forget drops the counts of faults that are gone.
func (f *Faults) forget(of map[id.Corp][]Fault) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for c := range f.counts {
		if !slices.ContainsFunc(of[c.corp], func(one Fault) bool { return one.ID == c.fault }) {
			delete(f.counts, c)
		}
	}
}
