package ratelimit

import (
	"maps"
	"slices"
	"time"

	"github.com/gatepost/gatepost/internal/id"
	"github.com/gatepost/gatepost/internal/op"
)

// defaults are the rules of a book that count each app or each operation by
// itself, and their counts. They are under the book's lock.
type defaults struct {
	own        []*Rule  // of the book itself
	base       *[]*Rule // the platform's for each app, as last seen
	countsApps bool     // one of both counts each app
	each       map[eachKey]*meter
	saved      map[string]counted // what the database held when the rules were read
	sweepAt    int                // so many counts are looked through for what has ended
}

// eachKey is one of the counts of a default rule.
type eachKey struct {
	rule string
	app  id.App // empty: of all apps together
	op   string // empty: of all operations together
}

// leastSweep is how many counts are kept before any is thought of as too many.
const leastSweep = 4096

// rebase takes over the platform's defaults for each app, if they are others
// than before.
func (b *book) rebase(base *[]*Rule) {
	if b.base != base {
		b.base = base
		b.turnDefaults()
	}
}

// turnDefaults has the present default rules counted. What was counted for those
// that stay goes on.
func (b *book) turnDefaults() {
	b.plans, b.countsApps = map[planKey]plan{}, false
	inForce := map[string]*Rule{}
	for _, r := range b.defaultRules() {
		inForce[r.ID] = r
		b.countsApps = b.countsApps || r.Agent == EachApp
	}
	for k, m := range b.each {
		if m.rule = inForce[k.rule]; m.rule == nil {
			m.rule = &Rule{ID: k.rule} // who holds it still may look
			delete(b.each, k)
		}
		m.counter.end = 0 // the zone may be another
	}
}

func (b *book) defaultRules() []*Rule {
	if b.base == nil {
		return b.own
	}
	return append(b.own[:len(b.own):len(b.own)], *b.base...)
}

// defaultsFor are the default rules that concern calls of o by an app.
func (b *book) defaultsFor(agent id.Agent, o *op.Operation) (found []*Rule) {
	for _, r := range b.defaultRules() {
		if b.concerns(r.Subject, agent, o) {
			found = append(found, r)
		}
	}
	return found
}

// eachMeter is the count of a default rule for an app's calls of o; b is locked.
func (b *book) eachMeter(r *Rule, app id.App, o *op.Operation) *meter {
	k := eachKey{rule: r.ID}
	if r.Agent == EachApp {
		k.app = app
	}
	if r.Operation != "" {
		k.op = Key(o)
	}
	if m := b.each[k]; m != nil {
		return m
	}
	if b.each == nil {
		b.each = map[eachKey]*meter{}
	}
	m := &meter{book: b, key: r.ID + ":" + string(k.app) + ":" + k.op, rule: r, of: k}
	if c, ok := b.saved[m.key]; ok {
		m.counter.start, m.counter.known = c.start, c.used
	}
	b.each[k] = m
	return m
}

// sweep forgets the counts of windows that are long over and were told, so that
// what is kept is at most twice what the present windows need. It must not run
// while a plan is made.
func (b *book) sweep() {
	if len(b.each) < max(leastSweep, b.sweepAt) {
		return
	}
	var latest int64
	for _, m := range b.each {
		latest = max(latest, m.counter.start)
	}
	for k, m := range b.each {
		if !m.counter.dirty && m.counter.end < latest {
			delete(b.each, k)
		}
	}
	b.sweepAt = 2 * len(b.each)
	clear(b.plans) // which hold what was forgotten
}

// mostOfAll is most over the books of all corps, for a rule of the platform.
func (l *Limits) mostOfAll(rule string) (used, shadowed int64) {
	l.mu.RLock()
	books := slices.Collect(maps.Values(l.books))
	l.mu.RUnlock()
	for _, b := range books {
		b.mu.Lock()
		u, s := b.most(rule, l.clk.At(b.corp))
		b.mu.Unlock()
		used, shadowed = max(used, u), shadowed+s
	}
	return used, shadowed
}

// most is what the app or operation used that used most of a default rule in the
// window of now, and how many calls of all it would have refused this day; b is
// locked.
func (b *book) most(rule string, now time.Time) (used, shadowed int64) {
	for k, m := range b.each {
		if k.rule == rule {
			m.roll(now)
			used, shadowed = max(used, m.used()), shadowed+m.counter.shadowed
		}
	}
	return used, shadowed
}

// shadow reports whether m is of a rule that refuses nothing.
func (m *meter) shadow() bool { return m.rule != nil && m.rule.Shadow }
