package ratelimit

import (
	"context"
	"log/slog"
	"strings"
	"sync"
	"sync/atomic"
	"time"
	_ "time/tzdata" // days begin in a corp's time zone also where the machine knows none

	"github.com/gatepost/gatepost/internal/clock"
	"github.com/gatepost/gatepost/internal/id"
	"github.com/gatepost/gatepost/internal/kv"
	"github.com/gatepost/gatepost/internal/op"
	"github.com/gatepost/gatepost/internal/store"
)

// maxBooks bounds how many corps without rules are remembered to have none. What
// a corp with rules takes is bounded by its rules.
const maxBooks = 1 << 16

// Limits implements gateway.Limits. It is safe for concurrent use. What it asks
// of others is set before the first call.
type Limits struct {
	History    History               // past calls, for a dry run
	Apps       AppNames              // how apps are called
	Operations func() []op.Operation // every operation of the platform

	db     *store.DB
	clk    *clock.Clock
	shared kv.Store // nil: this is the only node
	logger *slog.Logger

	mu    sync.RWMutex
	books map[id.Corp]*book

	wait  time.Duration // how long shared state may take
	due   chan *meter   // used much of their slack
	nodes atomic.Int64  // as last seen, this one included
	down  atomic.Bool   // shared state failed when last asked
	beat  atomic.Int64  // the epoch in which this node was last counted
}

// New returns the flow control whose rules stand in db. Several nodes count
// together in shared; the only node passes nil.
func New(db *store.DB, clk *clock.Clock, shared kv.Store, logger *slog.Logger) *Limits {
	l := &Limits{db: db, clk: clk, shared: shared, logger: logger, wait: tellWait,
		books: map[id.Corp]*book{}, due: make(chan *meter, 4096)}
	l.nodes.Store(1)
	db.Watch(l.moved)
	return l
}

// moved makes the book stale that a topic names.
func (l *Limits) moved(topic string) {
	corp, ok := strings.CutPrefix(topic, topicPrefix)
	if !ok {
		return
	}
	l.mu.RLock()
	b := l.books[id.Corp(corp)]
	l.mu.RUnlock()
	if b != nil {
		b.moves.Add(1)
	}
}

// Take charges one call. Calls without an application (sign-in, console) are not
// counted. The headers tell the rule with the fewest calls left, or the one that
// refused; shadow is the ids of the shadow rules that would have refused.
func (l *Limits) Take(ctx context.Context, who *op.Caller, o *op.Operation) (head [][2]string, shadow []string, err error) {
	if who.App == "" {
		return nil, nil, nil
	}
	own, err := l.book(ctx, who.Corp)
	if err != nil {
		return nil, nil, err
	}
	all, err := l.book(ctx, "")
	if err != nil {
		return nil, nil, err
	}
	var held holds
	for ask := 0; ; ask++ {
		v := l.charge(own, all, who, o, held, ask == mostAsks)
		switch {
		case v.lacks == nil || v.refused != nil:
			head, err := v.answer(l.clk.Offset(who.Corp))
			if err != nil {
				held.giveBack()
			}
			return head, v.shadow, err
		case v.last:
			held = l.reserve(ctx, v.lacks, held)
		default:
			_ = l.tell(ctx, v.lacks, 0) // failing, it leaves each node with its part
		}
	}
}

// mostAsks is how often a call waits for shared state before its node goes on
// with its own part, as if shared state had failed.
const mostAsks = 8

// charge charges a call to everything that counts it, or to nothing.
func (l *Limits) charge(own, all *book, who *op.Caller, o *op.Operation, held holds, alone bool) verdict {
	real := l.clk.Real()
	v := verdict{now: real, rest: -1, held: held}
	var mine, everyones plan
	now := real.Add(l.clk.Offset(own.corp))
	if forApps := all.forApps.Load(); !own.empty.Load() || len(*forApps) > 0 {
		own.mu.Lock()
		defer own.mu.Unlock()
		own.rebase(forApps)
		mine = own.planFor(who.App, who.Agent, o)
		v.weighAll(l, mine.meters, now, alone)
		v.weighPurses(l, mine.purses, now, alone)
	}
	if !all.empty.Load() {
		all.mu.Lock()
		defer all.mu.Unlock()
		everyones = all.planFor("", 0, o)
		v.weighAll(l, everyones.meters, real, alone)
	}
	if v.refused != nil || v.prepaid != nil || v.lacks != nil {
		return v
	}
	for _, m := range mine.meters {
		l.spend(m, held)
	}
	for _, m := range everyones.meters {
		l.spend(m, held)
	}
	if v.purse != nil {
		l.spend(v.purse, nil)
	}
	return v
}

// spend counts one call, and asks for the shared state to be told when half of
// the slack is used. A call for which room is held was counted then.
func (l *Limits) spend(m *meter, held holds) {
	c := &m.counter
	if held.has(m) {
		return
	}
	c.pending++
	if m.pack != nil || m.rule.Window != Second {
		m.mark()
	}
	if l.shared == nil || c.queued || m.shadow() || c.pending < (l.slack(m, false)+1)/2 {
		return
	}
	select {
	case l.due <- m:
		c.queued = true
	default: // told when there is room, or with all others within a second
	}
}

// slack is how many calls m may count beyond what it has told.
func (l *Limits) slack(m *meter, alone bool) int64 {
	const unbounded = 1<<63 - 1
	if l.shared == nil {
		return unbounded
	}
	nodes := l.nodes.Load()
	if alone || l.down.Load() && m.rule != nil {
		return max(0, (m.limit()-m.counter.known+nodes-1)/nodes)
	}
	return max(1, m.limit()/(100*nodes))
}

// zone is where a corp's days begin unless it says otherwise.
const defaultZone = "Asia/Shanghai"

// at is the window that holds now: its first instant and the first after it.
func (w Window) at(now time.Time, zone *time.Location) (start, end time.Time) {
	switch w {
	case Second:
		start = now.Truncate(time.Second)
		return start, start.Add(time.Second)
	case Minute:
		start = now.Truncate(time.Minute)
		return start, start.Add(time.Minute)
	default:
		y, m, d := now.In(zone).Date()
		return time.Date(y, m, d, 0, 0, 0, 0, zone), time.Date(y, m, d+1, 0, 0, 0, 0, zone)
	}
}

// length is how long a window is, at most.
func (w Window) length() time.Duration {
	switch w {
	case Second:
		return time.Second
	case Minute:
		return time.Minute
	default:
		return 25 * time.Hour
	}
}
