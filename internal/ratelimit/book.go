package ratelimit

import (
	"context"
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/gatepost/gatepost/internal/id"
	"github.com/gatepost/gatepost/internal/op"
	"github.com/gatepost/gatepost/internal/store"
)

// maxPlans bounds the plans of one corp: which rules concern which call.
const maxPlans = 1 << 16

// book is what is counted of one corp, or with no corp of the whole platform.
type book struct {
	corp  id.Corp
	moves atomic.Int64 // how often the rules changed
	read  atomic.Int64 // moves when they were read; -1: never
	empty atomic.Bool  // no rule and no package of its own
	count atomic.Bool  // something was counted since it was told or written
	load  sync.Mutex   // reading

	// forApps are the platform's defaults that count each app by itself. They are
	// counted in the books of the apps' corps, under their locks.
	forApps atomic.Pointer[[]*Rule]

	mu     sync.Mutex
	zone   *time.Location
	groups map[string][]string
	meters map[string]*meter     // of rules and packages, by id
	byApp  map[id.Agent][]*meter // with 0 those of no single app
	plans  map[planKey]plan
	dirty  []*meter // counted since they were told or written

	defaults
}

type planKey struct {
	app id.App // empty: one for which there is nothing of its own
	op  *op.Operation
}

// plan is everything that counts a call.
type plan struct {
	meters []*meter
	purses []*meter // packages, in the order of consumption
}

// meter is a counter with what bounds it: a rule or a package.
type meter struct {
	book    *book
	key     string   // tells its count from others; begins with the id of rule or package
	rule    *Rule    // nil: of a package
	pack    *Package // nil: of a rule
	of      eachKey  // of a default rule; else empty
	telling sync.Mutex
	counter counter // under the book's lock
}

// counter counts the calls of one window.
type counter struct {
	start, end int64 // ms; the first instant after it
	known      int64 // of all nodes, as was last told here; what this node told is in it
	pending    int64 // counted here since
	shadowed   int64 // calls of this day that a shadow rule would have refused: a second's would be gone before anybody looks
	midnight   int64 // ms; when shadowed begins anew
	dirty      bool  // stands in the book's list
	queued     bool  // waits to be told
}

func (m *meter) limit() int64 {
	if m.pack != nil {
		return m.pack.Amount
	}
	return m.rule.Max
}

// current reports whether m still bounds calls; its book is locked.
func (m *meter) current() bool {
	return m.book.meters[m.key] == m || m.of.rule != "" && m.book.each[m.of] == m
}

// mark has m told or written with the next flush; its book is locked.
func (m *meter) mark() {
	if !m.counter.dirty {
		m.counter.dirty = true
		m.book.dirty = append(m.book.dirty, m)
		m.book.count.Store(true)
	}
}

func (m *meter) used() int64 { return m.counter.known + m.counter.pending }

// roll opens the window that holds now, if another is open.
func (m *meter) roll(now time.Time) {
	c := &m.counter
	ms := now.UnixMilli()
	if m.pack != nil || ms >= c.start && ms < c.end {
		return
	}
	start, end := m.rule.Window.at(now, m.book.zone)
	c.end = end.UnixMilli()
	if c.start != start.UnixMilli() {
		c.start, c.known, c.pending = start.UnixMilli(), 0, 0
	}
	if m.rule.Shadow && ms >= c.midnight {
		_, midnight := Day.at(now, m.book.zone)
		c.shadowed, c.midnight = 0, midnight.UnixMilli()
	}
}

// concerns reports whether s is about calls of o by an app.
func (b *book) concerns(s Subject, agent id.Agent, o *op.Operation) bool {
	return (s.Agent <= 0 || s.Agent == agent) && (s.Operation == "" || s.Operation == EachOperation || s.Operation == Key(o)) &&
		(s.Group == "" || s.Group == o.Group || slices.Contains(b.groups[s.Group], Key(o)))
}

// planFor is the plan of a call of o by an app; b is locked. In the platform's
// book there are no apps.
func (b *book) planFor(app id.App, agent id.Agent, o *op.Operation) plan {
	k := planKey{app, o}
	if !b.countsApps && b.byApp[agent] == nil {
		k.app, agent = "", 0
	}
	if p, ok := b.plans[k]; ok {
		return p
	}
	b.sweep()
	p := b.plan(app, agent, o)
	if len(b.plans) >= maxPlans {
		clear(b.plans)
	}
	b.plans[k] = p
	return p
}

func (b *book) plan(app id.App, agent id.Agent, o *op.Operation) (p plan) {
	found := b.defaultsFor(agent, o)
	filed := b.byApp[0]
	if agent != 0 {
		filed = slices.Concat(filed, b.byApp[agent])
	}
	for _, m := range filed {
		switch {
		case m.rule != nil && b.concerns(m.rule.Subject, agent, o):
			found = append(found, m.rule)
		case m.pack != nil && b.concerns(m.pack.Subject, agent, o):
			p.purses = append(p.purses, m)
		}
	}
	slices.SortFunc(p.purses, func(x, y *meter) int { return x.pack.before(y.pack) })
	for _, r := range found {
		switch {
		case r.overridden(found):
		case r.each():
			p.meters = append(p.meters, b.eachMeter(r, app, o))
		default:
			p.meters = append(p.meters, b.meters[r.ID])
		}
	}
	return p
}

// book returns the book of corp with the present rules. While the database does
// not answer the rules that were read before go on.
func (l *Limits) book(ctx context.Context, corp id.Corp) (*book, error) {
	l.mu.RLock()
	b := l.books[corp]
	l.mu.RUnlock()
	if b == nil {
		b = l.open(corp)
	}
	if b.read.Load() == b.moves.Load() {
		return b, nil
	}
	b.load.Lock()
	defer b.load.Unlock()
	before := b.moves.Load()
	if b.read.Load() == before {
		return b, nil
	}
	p, err := l.page(ctx, corp)
	if err != nil && b.read.Load() < 0 {
		return nil, fmt.Errorf("read the limits of %q: %w", corp, err)
	}
	if err != nil {
		l.logger.WarnContext(ctx, "limits cannot be read; the old ones go on", slog.String("corp", string(corp)), slog.Any("err", err))
		return b, nil
	}
	b.turn(p)
	b.read.Store(before)
	return b, nil
}

func (l *Limits) open(corp id.Corp) *book {
	l.mu.Lock()
	defer l.mu.Unlock()
	if b := l.books[corp]; b != nil {
		return b
	}
	if len(l.books) >= maxBooks {
		for c, b := range l.books {
			if c != "" && b.empty.Load() && !b.count.Load() {
				delete(l.books, c)
			}
		}
	}
	b := &book{corp: corp, meters: map[string]*meter{}}
	b.read.Store(-1)
	l.books[corp] = b
	return b
}

// page is what the database holds for a book.
type page struct {
	zone   *time.Location
	rules  []Rule
	groups map[string][]string
	packs  []Package
	counts map[string]counted
}

func (l *Limits) page(ctx context.Context, corp id.Corp) (page, error) {
	return store.View(ctx, l.db, func(tx *store.Tx) (p page, err error) {
		zone, err := zoneOf(tx, corp)
		if err != nil {
			return p, err
		}
		if p.zone, err = time.LoadLocation(zone); err != nil {
			return p, fmt.Errorf("the time zone of %q: %w", corp, err)
		}
		if p.rules, err = rulesOf(tx, corp); err != nil {
			return p, err
		}
		if p.groups, err = groupsOf(tx, corp); err != nil {
			return p, err
		}
		if p.packs, err = packagesOf(tx, corp); err != nil || l.shared != nil {
			return p, err
		}
		counts, err := countsOf(tx, corp)
		p.counts = make(map[string]counted, len(counts))
		for _, c := range counts {
			p.counts[c.rule] = c
		}
		return p, err
	})
}

// turn puts other rules in force. What was counted stays; a count is read from
// the page only for a rule that was not there.
func (b *book) turn(p page) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.zone, b.groups = p.zone, p.groups
	old := b.meters
	b.meters = make(map[string]*meter, len(p.rules)+len(p.packs))
	b.byApp = map[id.Agent][]*meter{}
	var own, forApps []*Rule // defaults
	for i := range p.rules {
		switch r := &p.rules[i]; {
		case r.Corp == "" && r.Agent == EachApp:
			forApps = append(forApps, r)
		case r.each():
			own = append(own, r)
		default:
			b.file(r, old[r.ID], p.counts[r.ID])
		}
	}
	for i := range p.packs {
		k := &p.packs[i]
		m := old[k.ID]
		if m == nil {
			m = &meter{book: b, key: k.ID}
		}
		m.counter.known = k.Used
		m.pack, b.meters[k.ID], b.byApp[k.Agent] = k, m, append(b.byApp[k.Agent], m)
	}
	b.own, b.saved = own, p.counts
	b.turnDefaults()
	b.forApps.Store(&forApps)
	b.empty.Store(len(b.meters)+len(own) == 0)
}

// file puts a rule in force that has one count: the one it had, or that of the page.
func (b *book) file(r *Rule, m *meter, c counted) {
	if m == nil {
		m = &meter{book: b, key: r.ID, counter: counter{start: c.start, known: c.used}}
	}
	m.counter.end = 0 // the zone may be another
	m.rule, b.meters[r.ID], b.byApp[r.Agent] = r, m, append(b.byApp[r.Agent], m)
}
