package mask

import (
	"sync"
	"time"

	"github.com/gatepost/gatepost/internal/id"
	"github.com/gatepost/gatepost/internal/op"
	"github.com/gatepost/gatepost/internal/store"
)

// sheet is what one corp decided, as calls read it. Apart from the plans, which
// are made when first needed, it does not change.
type sheet struct {
	read      time.Time
	rules     []Rule // those that are enabled, by number
	protected map[id.User]bool
	unions    map[id.Union]id.User
	waivers   map[waived]time.Time

	mu    sync.RWMutex
	plans map[*op.Operation]*ruled
}

type waived struct {
	user  id.User
	agent id.Agent
}

// ruled is an operation with those of the rules that its answers are under.
type ruled struct {
	rules []Rule // nil: none, and no plan
	plan  *op.Plan
}

func load(tx *store.Tx, corp id.Corp) (*sheet, error) {
	all, err := store.All(tx, selectRules, scanRule, corp)
	if err != nil {
		return nil, err
	}
	people, err := store.All(tx, selectPeople, scanProtected, corp)
	if err != nil {
		return nil, err
	}
	waivers, err := store.All(tx, selectWaivers, scanWaiver, corp)
	s := newSheet(all)
	for _, p := range people {
		s.protected[p.User] = true
	}
	for _, w := range waivers {
		s.waivers[waived{w.User, w.Agent}] = w.Until
	}
	return s, err
}

// newSheet is a sheet of rules alone.
func newSheet(rules []Rule) *sheet {
	s := &sheet{protected: map[id.User]bool{}, unions: map[id.Union]id.User{}, waivers: map[waived]time.Time{}, plans: map[*op.Operation]*ruled{}}
	for _, r := range rules {
		if r.Enabled {
			s.rules = append(s.rules, r)
		}
	}
	return s
}

func (s *sheet) users() []id.User {
	users := make([]id.User, 0, len(s.protected))
	for u := range s.protected {
		users = append(users, u)
	}
	return users
}

// policy is what the rules say of an answer of o to c.
func (s *sheet) policy(o *op.Operation, c caller) op.Policy {
	if len(s.rules) == 0 {
		return op.Policy{}
	}
	r := s.ruled(o)
	if len(r.rules) == 0 {
		return op.Policy{}
	}
	p := op.Policy{Plan: r.plan, Applies: make([]bool, len(r.rules))}
	for i := range r.rules {
		p.Applies[i] = r.rules[i].holds(c)
	}
	return p
}

// ruled compiles o when it is first called under these rules.
func (s *sheet) ruled(o *op.Operation) *ruled {
	s.mu.RLock()
	r := s.plans[o]
	s.mu.RUnlock()
	if r != nil {
		return r
	}
	r = compile(o, s.rules)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.plans[o] = r
	return r
}

// compile keeps of the rules those whose field o answers with.
func compile(o *op.Operation, rules []Rule) *ruled {
	r := &ruled{}
	var fields []op.Rule
	for _, rule := range rules {
		if rule.Operation == "" || rule.Operation == nameOf(o) {
			one := rule.of()
			if o.PlanWith([]op.Rule{one}).Found[0] {
				r.rules, fields = append(r.rules, rule), append(fields, one)
			}
		}
	}
	if len(fields) > 0 {
		r.plan = o.PlanWith(fields)
	}
	return r
}

// protects reports whether the person is protected from agent at a time of the
// corp. Either name is enough; a waiver is for the userid.
func (s *sheet) protects(user id.User, union id.Union, agent id.Agent, now time.Time) bool {
	if !s.protected[user] {
		if user = s.unions[union]; !s.protected[user] {
			return false
		}
	}
	return !now.Before(s.waivers[waived{user, agent}])
}

// until is the real time at which protects may answer otherwise for agent though
// nothing was changed: when the unionids are read again, or a waiver ends. now is
// the corp's time.
func (s *sheet) until(agent id.Agent, now, real time.Time) time.Time {
	first := s.read.Add(peopleLife)
	for w, end := range s.waivers {
		if left := end.Sub(now); w.agent == agent && left > 0 && real.Add(left).Before(first) {
			first = real.Add(left)
		}
	}
	return first
}
