package jsonmask

import (
	"errors"
	"fmt"
	"slices"
	"sync"

	"github.com/gatepost/gatepost/internal/op"
)

// KindNull puts null in the place of a value. The other kinds are those of op.
const KindNull op.Mask = "null"

// Bounds of a plan.
const (
	// MaxRules is how many rules a plan has at most.
	MaxRules  = 128
	maxStates = 1024
	maxFew    = 8
)

// Rule is what is selected, and how it is made unrecognisable. Pattern and
// Replacement are those of op.NewBlur, for op.MaskPattern alone.
type Rule struct {
	Path        string
	Kind        op.Mask
	Pattern     string
	Replacement string
}

// RuleError tells which rule cannot be used, counted from 0. What is wrong with
// it is a *PathError or an error of op.NewBlur.
type RuleError struct {
	Rule int
	Err  error
}

func (e *RuleError) Error() string { return fmt.Sprintf("rule %d: %v", e.Rule, e.Err) }

func (e *RuleError) Unwrap() error { return e.Err }

// The ways in which rules cannot make a plan together.
var (
	ErrTooMany = errors.New("jsonmask: a plan has at most 128 rules")
	ErrTangled = errors.New("jsonmask: the paths with .. and * allow too many combinations; name the members instead")
)

// Plan is rules made ready. It may be used by any number of goroutines.
type Plan struct {
	root    edge
	writers sync.Pool
}

// edge is where a member or an element leads.
type edge struct {
	to  *node   // what its own content is compared with; nil: nothing within is selected
	act *action // what is done with the value itself; nil: nothing
}

// node is what may be selected of an object or a list at one place.
type node struct {
	names   map[string]edge
	few     []namedEdge // the names, if they are few enough to be compared one by one
	lengths uint64      // bit n: some name has n bytes, or 63 and more
	indexes map[int]edge
	other   edge // any other member or element
	picks   bool // a member may be left out, so its comma has to wait
}

// namedEdge is where one member leads.
type namedEdge struct {
	name string
	edge edge
}

// action is what rules do with one value.
type action struct {
	rules []int // whose it is
	hide  bool
	null  bool
	blurs []op.Blur
}

// Compile returns the plan of rules. All errors but ErrTooMany and ErrTangled are
// a *RuleError.
func Compile(rules []Rule) (*Plan, error) {
	if len(rules) > MaxRules {
		return nil, ErrTooMany
	}
	c := &compiler{nodes: map[string]*node{}}
	var start []place
	for i, r := range rules {
		segments, err := parsePath(r.Path)
		if err != nil {
			return nil, &RuleError{i, err}
		}
		var blur op.Blur
		if r.Kind != KindNull {
			if blur, err = op.NewBlur(r.Kind, r.Pattern, r.Replacement); err != nil {
				return nil, &RuleError{i, err}
			}
		}
		c.rules = append(c.rules, compiled{segments, r.Kind, blur})
		start = append(start, place{i, 0})
	}
	p := &Plan{}
	var err error
	if p.root, err = c.edge(start); err != nil {
		return nil, err
	}
	p.writers.New = func() any { return &Writer{plan: p} }
	return p, nil
}

// Empty reports whether the plan selects nothing, so that a body may pass unread.
func (p *Plan) Empty() bool { return p.root == edge{} }

// compiled is a rule with its path read.
type compiled struct {
	segments []segment
	kind     op.Mask
	blur     op.Blur
}

// place is a rule and how many steps of its path were taken.
type place struct{ rule, taken int }

// compiler makes a deterministic machine of all paths together: a node is a set
// of places.
type compiler struct {
	rules []compiled
	nodes map[string]*node
}

// edge returns where a value leads that reached these places.
func (c *compiler) edge(places []place) (e edge, err error) {
	var open []place
	for _, p := range places {
		r := c.rules[p.rule]
		if p.taken < len(r.segments) {
			open = append(open, p)
			continue
		}
		if e.act == nil {
			e.act = &action{}
		}
		e.act.add(p.rule, r)
	}
	if len(open) == 0 || e.act != nil { // of a selected object or list nothing remains
		return e, nil
	}
	e.to, err = c.node(open)
	return e, err
}

func (a *action) add(rule int, r compiled) {
	a.rules = append(a.rules, rule)
	switch r.kind {
	case op.MaskHide:
		a.hide = true
	case KindNull:
		a.null = true
	default:
		a.blurs = append(a.blurs, r.blur)
	}
}

// node returns the node of these places, made once.
func (c *compiler) node(places []place) (*node, error) {
	slices.SortFunc(places, func(a, b place) int {
		if a.rule != b.rule {
			return a.rule - b.rule
		}
		return a.taken - b.taken
	})
	places = slices.Compact(places)
	key := fmt.Sprint(places)
	if n := c.nodes[key]; n != nil {
		return n, nil
	}
	if len(c.nodes) == maxStates {
		return nil, ErrTangled
	}
	n := &node{names: map[string]edge{}, indexes: map[int]edge{}}
	c.nodes[key] = n
	return n, c.fill(n, places)
}

func (c *compiler) fill(n *node, places []place) (err error) {
	for _, p := range places {
		switch s := c.rules[p.rule].segments[p.taken]; s.kind {
		case named:
			n.names[s.name] = edge{}
			n.lengths |= 1 << min(len(s.name), 63)
		case indexed:
			n.indexes[s.index] = edge{}
		case every:
		}
	}
	for name := range n.names {
		if n.names[name], err = c.follow(places, func(s segment) bool { return s.takesName(name) }); err != nil {
			return err
		}
		n.picks = n.picks || n.names[name].picks()
		n.few = append(n.few, namedEdge{name, n.names[name]})
	}
	if len(n.few) > maxFew {
		n.few = nil
	}
	for index := range n.indexes {
		if n.indexes[index], err = c.follow(places, func(s segment) bool { return s.takesIndex(index) }); err != nil {
			return err
		}
	}
	// No member that is named, and no element that is numbered, has these.
	n.other, err = c.follow(places, func(s segment) bool { return s.kind == every })
	n.picks = n.picks || n.other.picks()
	return err
}

// follow returns where a value leads for which the segments hold that takes tells.
func (c *compiler) follow(places []place, takes func(segment) bool) (edge, error) {
	var next []place
	for _, p := range places {
		s := c.rules[p.rule].segments[p.taken]
		if s.deep {
			next = append(next, p)
		}
		if takes(s) {
			next = append(next, place{p.rule, p.taken + 1})
		}
	}
	return c.edge(next)
}

// picks reports whether a member that leads here may be left out.
func (e edge) picks() bool { return e.act != nil && (e.act.hide || !e.act.null) }

// member returns where a member leads.
func (n *node) member(name []byte) edge {
	if n.lengths&(1<<min(len(name), 63)) != 0 {
		for i := range n.few {
			if n.few[i].name == string(name) {
				return n.few[i].edge
			}
		}
		if len(n.few) > 0 {
			return n.other
		}
		if e, ok := n.names[string(name)]; ok {
			return e
		}
	}
	return n.other
}

// element returns where an element leads.
func (n *node) element(index int) edge {
	if len(n.indexes) > 0 {
		if e, ok := n.indexes[index]; ok {
			return e
		}
	}
	return n.other
}
