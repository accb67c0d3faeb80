package mask

import (
	"context"
	"fmt"
	"time"

	"github.com/gatepost/gatepost/internal/app"
	"github.com/gatepost/gatepost/internal/clock"
	"github.com/gatepost/gatepost/internal/directory"
	"github.com/gatepost/gatepost/internal/id"
	"github.com/gatepost/gatepost/internal/op"
	"github.com/gatepost/gatepost/internal/scope"
	"github.com/gatepost/gatepost/internal/store"
)

// Masks is what every corp hides. It is safe for concurrent use.
type Masks struct {
	// Catalogue is every operation of the platform. Whoever builds the platform
	// sets it before the first call.
	Catalogue func() *op.Catalogue

	db    *store.DB
	clk   *clock.Clock
	apps  *app.Apps
	dir   *directory.Directory
	cache *cache
}

// New returns the decisions in db. Waivers end by the clock of their corp.
func New(db *store.DB, clk *clock.Clock, apps *app.Apps, dir *directory.Directory) *Masks {
	m := &Masks{db: db, clk: clk, apps: apps, dir: dir, cache: newCache(maxCached)}
	db.Watch(m.cache.drop)
	return m
}

// Policy implements gateway.Masks.
func (m *Masks) Policy(ctx context.Context, who *op.Caller, o *op.Operation) (op.Policy, error) {
	if o.Dialect == op.DialectConsole {
		return op.Policy{}, nil
	}
	at := callerOf(who)
	if at.corp == "" {
		return op.Policy{}, nil // nobody's answer, such as a list of what there is
	}
	s, err := m.sheet(ctx, at.corp)
	if err != nil {
		return op.Policy{}, err
	}
	p := s.policy(o, at)
	if len(s.protected) > 0 {
		p.Until = s.until(at.agent, m.clk.At(at.corp), m.clk.Real())
		p.Protected = func(user id.User, union id.Union) bool { return s.protects(user, union, at.agent, m.clk.At(at.corp)) }
		p.Waived = func(is string) bool { return s.protected[id.User(is)] || s.unions[id.Union(is)] != "" }
	}
	return p, nil
}

// RulesFor returns the corp's rules that hold for an answer of a published
// operation to who, in their order. Protected people are not known in such answers.
func (m *Masks) RulesFor(ctx context.Context, who *op.Caller, o *op.Operation) ([]Rule, error) {
	s, err := m.sheet(ctx, who.Corp)
	if err != nil || len(s.rules) == 0 {
		return nil, err
	}
	var hold []Rule
	at := callerOf(who)
	for _, r := range s.ruled(o).rules {
		if r.holds(at) {
			hold = append(hold, r)
		}
	}
	return hold, nil
}

// caller is what decisions depend on.
type caller struct {
	corp   id.Corp
	agent  id.Agent
	scopes op.Scopes
	grade  scope.Grade
}

// callerOf is who asks; of an operation for anyone, whom it found out.
func callerOf(who *op.Caller) caller {
	c := caller{who.Corp, who.Agent, who.Scopes, who.Grade}
	if c.corp == "" && who.Trace != nil {
		c.corp, c.agent = who.Trace.Corp, who.Trace.Agent
	}
	return c
}

// peopleLife is how long the unionids of protected people are believed: who is
// employed again under the same userid may have another.
const peopleLife = time.Second

// sheet is what corp decided.
func (m *Masks) sheet(ctx context.Context, corp id.Corp) (*sheet, error) {
	now := m.clk.Real()
	if s := m.cache.get(corp); s != nil && (len(s.protected) == 0 || now.Sub(s.read).Abs() < peopleLife) {
		return s, nil
	}
	before := m.cache.generation()
	s, err := store.View(ctx, m.db, func(tx *store.Tx) (*sheet, error) { return load(tx, corp) })
	if err == nil {
		s.read, err = now, m.addUnions(ctx, corp, s)
	}
	if err != nil {
		return nil, fmt.Errorf("read what %s masks: %w", corp, err)
	}
	m.cache.keep(corp, s, before)
	return s, nil
}

// addUnions completes the protected people by what answers may call them instead.
func (m *Masks) addUnions(ctx context.Context, corp id.Corp, s *sheet) error {
	if len(s.protected) == 0 {
		return nil
	}
	people, err := m.dir.Employees(ctx, corp, s.users())
	for _, p := range people {
		s.unions[p.Union] = p.ID
	}
	return err
}

// RemoveCorp forgets everything that corp decided.
func (m *Masks) RemoveCorp(ctx context.Context, corp id.Corp) error {
	return m.change(ctx, corp, func(tx *store.Tx) error {
		for _, q := range []store.SQL{deleteRules, deletePeople, deleteWaivers} {
			if _, err := tx.Exec(q, corp); err != nil {
				return err
			}
		}
		return nil
	})
}

// change runs f in a transaction of which every node will hear.
func (m *Masks) change(ctx context.Context, corp id.Corp, f func(*store.Tx) error) error {
	_, err := store.Update(ctx, m.db, func(tx *store.Tx) (struct{}, error) {
		tx.Touch(clock.Topic(corp))
		return struct{}{}, f(tx)
	})
	return err
}

const (
	deleteRules   store.SQL = `DELETE FROM mask_rules WHERE corp = $1`
	deletePeople  store.SQL = `DELETE FROM protected_people WHERE corp = $1`
	deleteWaivers store.SQL = `DELETE FROM protection_waivers WHERE corp = $1`
)
