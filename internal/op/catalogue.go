package op

import (
	"fmt"
	"net/url"
	"slices"
	"strings"
	"sync/atomic"
)

// Catalogue is every operation the platform offers, found by method and path.
//
// What is declared in code never changes. What other systems publish through the
// platform is replaced as a whole while it runs.
type Catalogue struct {
	ops       []Operation
	routes    Tree[*Operation]
	published atomic.Pointer[published]
	watching  []func()
	personal  map[string]bool // names of fields that are R2 where an answer is about a person
}

// Watch has f called after every change of what other systems publish. f must
// not block. It is called before the first Publish.
func (c *Catalogue) Watch(f func()) { c.watching = append(c.watching, f) }

// published are the operations of other systems at one time.
type published struct {
	all    []Operation // the declared ones first
	routes Tree[*Operation]
}

// NewCatalogue files operations. It panics if two answer the same request.
func NewCatalogue(chapters ...[]Operation) *Catalogue {
	c := &Catalogue{ops: slices.Concat(chapters...), personal: map[string]bool{}}
	for i := range c.ops {
		o := &c.ops[i]
		if o.Stable && (o.Verb != Read || o.As > AppOrPerson) {
			panic("op: " + o.Name() + ": only what an app or a person reads can be Stable")
		}
		methods := []string{o.Method}
		if o.Method == "" {
			methods = []string{"GET", "POST"}
		}
		for _, m := range methods {
			c.routes.Add(m, o.Path, o)
		}
		o.plan.root.sensitive(c.personal, false)
	}
	return c
}

// Publish replaces the operations of other systems. Each was made by NewForward.
// It returns an error, and replaces nothing, if two answer the same request.
func (c *Catalogue) Publish(list []Operation) error {
	p := &published{all: slices.Concat(c.ops, list)}
	for i := len(c.ops); i < len(p.all); i++ {
		o := &p.all[i]
		if err := p.routes.add(o.Method, o.Path, o); err != nil {
			return err
		}
	}
	c.published.Store(p)
	for _, changed := range c.watching {
		changed()
	}
	return nil
}

// Operations returns every operation: in order of declaration, then what other
// systems publish now. The list is not changed afterwards.
func (c *Catalogue) Operations() []Operation {
	if p := c.published.Load(); p != nil {
		return p.all
	}
	return c.ops
}

// Find returns the operation that answers method and path and the values of its
// path variables; nil if there is none.
func (c *Catalogue) Find(method, path string) (*Operation, Vars) {
	o, vars, _ := c.at(path).Find(method, path)
	return o, vars
}

// Methods returns the methods that path answers, sorted.
func (c *Catalogue) Methods(path string) []string { return c.at(path).Methods(path) }

// at is the tree in which path is to be found.
func (c *Catalogue) at(path string) *Tree[*Operation] {
	if p := c.published.Load(); p != nil && strings.HasPrefix(path, PublishedPath) {
		return &p.routes
	}
	return &c.routes
}

// Tree finds values by method and path. A path is segments; a segment in braces
// is a variable, a segment that holds braces somewhere is a literal and a
// variable glued together. A literal is preferred to a variable, but a variable
// is tried when the literal leads nowhere: the public catalogue has paths for
// which no order of preference alone is right (semantics.md §18). Where no
// spelling fits, the path is tried without regard to case, because official
// clients disagree on the case of some paths (semantics.md §17).
type Tree[T any] struct {
	root node[T]
}

type node[T any] struct {
	words  map[string]*node[T]
	folded map[string][]*node[T] // by lower-case word
	any    *node[T]
	glued  []glue[T]
	here   map[string]*entry[T] // by method
}

// glue is a segment such as "{id}suffix".
type glue[T any] struct {
	prefix, suffix string
	node           *node[T]
}

type entry[T any] struct {
	value T
	names []string // of the variable segments on the way here
}

// Vars are the values of a route's variables, by name.
type Vars struct {
	names  []string
	values []string
}

// Value returns the variable called name, unescaped, or "".
func (v Vars) Value(name string) string {
	for i, n := range v.names {
		if n == name {
			return v.values[i]
		}
	}
	return ""
}

func (v Vars) each(f func(name, value string) error) error {
	for i, n := range v.names {
		if err := f(n, v.values[i]); err != nil {
			return err
		}
	}
	return nil
}

// Add files value under method and path. It panics if the place is taken.
func (t *Tree[T]) Add(method, path string, value T) {
	if err := t.add(method, path, value); err != nil {
		panic(err)
	}
}

func (t *Tree[T]) add(method, path string, value T) error {
	n, names := &t.root, []string(nil)
	for seg := range strings.SplitSeq(strings.TrimPrefix(path, "/"), "/") {
		open, end := strings.IndexByte(seg, '{'), strings.IndexByte(seg, '}')
		switch {
		case open < 0 || end < open:
			n = n.word(seg)
		case open == 0 && end == len(seg)-1:
			names = append(names, seg[1:end])
			if n.any == nil {
				n.any = &node[T]{}
			}
			n = n.any
		default:
			names = append(names, seg[open+1:end])
			n = n.glue(seg[:open], seg[end+1:])
		}
	}
	if n.here == nil {
		n.here = map[string]*entry[T]{}
	}
	if n.here[method] != nil {
		return fmt.Errorf("op: declared twice: %s %s", method, path)
	}
	n.here[method] = &entry[T]{value, names}
	return nil
}

func (n *node[T]) word(seg string) *node[T] {
	if n.words == nil {
		n.words, n.folded = map[string]*node[T]{}, map[string][]*node[T]{}
	}
	w := n.words[seg]
	if w == nil {
		w = &node[T]{}
		n.words[seg] = w
		low := strings.ToLower(seg)
		n.folded[low] = append(n.folded[low], w)
	}
	return w
}

func (n *node[T]) glue(prefix, suffix string) *node[T] {
	for _, g := range n.glued {
		if g.prefix == prefix && g.suffix == suffix {
			return g.node
		}
	}
	g := glue[T]{prefix, suffix, &node[T]{}}
	n.glued = append(n.glued, g)
	return g.node
}

// maxSegments bounds the work that one path can cause.
const maxSegments = 24

// Find returns the value filed under method and path.
func (t *Tree[T]) Find(method, path string) (value T, vars Vars, ok bool) {
	path = strings.TrimSuffix(strings.TrimPrefix(path, "/"), "/")
	if strings.Count(path, "/") >= maxSegments {
		return value, vars, false
	}
	match := func(n *node[T]) *entry[T] { return n.here[method] }
	var room [8]string
	e, values := t.root.find(path, match, room[:0], false)
	if e == nil {
		e, values = t.root.find(path, match, room[:0], true)
	}
	if e == nil {
		return value, vars, false
	}
	if len(values) > 0 {
		vars = Vars{e.names, make([]string, len(values))}
		for i, s := range values {
			plain, err := url.PathUnescape(s)
			if err != nil {
				plain = s
			}
			vars.values[i] = plain
		}
	}
	return e.value, vars, true
}

// Methods returns the methods under which path is filed, sorted.
func (t *Tree[T]) Methods(path string) []string {
	path = strings.TrimSuffix(strings.TrimPrefix(path, "/"), "/")
	var methods []string
	if strings.Count(path, "/") >= maxSegments {
		return nil
	}
	// Asking for an entry that never comes walks every way the path can be read.
	t.root.find(path, func(n *node[T]) *entry[T] {
		for m := range n.here {
			if !slices.Contains(methods, m) {
				methods = append(methods, m)
			}
		}
		return nil
	}, nil, true)
	slices.Sort(methods)
	return methods
}

func (n *node[T]) find(path string, match func(*node[T]) *entry[T], values []string, fold bool) (*entry[T], []string) {
	seg, rest, more := strings.Cut(path, "/")
	step := func(next *node[T], values []string) (*entry[T], []string) {
		if more {
			return next.find(rest, match, values, fold)
		}
		return match(next), values
	}
	exact := n.words[seg]
	if exact != nil {
		if e, vs := step(exact, values); e != nil {
			return e, vs
		}
	}
	if fold {
		for _, w := range n.folded[strings.ToLower(seg)] {
			if w == exact {
				continue // twice on every level would be 2ⁿ times
			}
			if e, vs := step(w, values); e != nil {
				return e, vs
			}
		}
	}
	for _, g := range n.glued {
		if len(seg) > len(g.prefix)+len(g.suffix) && strings.HasPrefix(seg, g.prefix) && strings.HasSuffix(seg, g.suffix) {
			if e, vs := step(g.node, append(values, seg[len(g.prefix):len(seg)-len(g.suffix)])); e != nil {
				return e, vs
			}
		}
	}
	if n.any != nil && seg != "" {
		return step(n.any, append(values, seg))
	}
	return nil, values
}
