package op

import (
	"reflect"
	"slices"

	"github.com/gatepost/gatepost/internal/scope"
)

// Disclosure is what a call showed or changed of grade R2, and about whom. The
// zero Disclosure is that of a call that did neither.
type Disclosure struct {
	Fields  []string // by the names that the answer or the request has for them
	People  []string // userids, unionids where there is no userid, ids of contacts
	Changed bool     // the request changed them
	Guarded bool     // a person among them is protected, and shown by a waiver
}

// None reports whether there is nothing to tell.
func (d *Disclosure) None() bool { return len(d.Fields) == 0 }

// Disclosure returns what of grade R2 an answer that was masked still shows to
// who, and what a request to change had. Only what is about somebody counts: a
// token is no one's number. It has to be asked before ids are replaced by those
// of an application.
//
// An answer without such fields, or to a caller of R1, is not looked at.
func (c *Catalogue) Disclosure(o *Operation, q, resp any, who *Caller, p Policy) Disclosure {
	if o.plan == nil { // of another system
		return Disclosure{}
	}
	if o.Verb != Read {
		return c.change(o, q, resp)
	}
	plan := p.Plan
	if plan == nil {
		plan = o.plan
	}
	if !plan.graded || who.Grade != scope.R2 {
		return Disclosure{}
	}
	return plan.shown(resp, p)
}

// shown is what of grade R2 an answer shows to a caller who may see it.
func (p *Plan) shown(resp any, policy Policy) Disclosure {
	s := sight{policy: &policy}
	s.value(p.root, reflect.ValueOf(resp), "")
	return Disclosure{Fields: s.fields, People: s.people, Guarded: policy.Waived != nil && slices.ContainsFunc(s.people, policy.Waived)}
}

// sight walks an answer as masking does.
type sight struct {
	policy *Policy
	fields []string
	people []string
	seen   map[*part]uint64 // which fields were noted
	all    bool             // everybody counts, whatever is shown of them
}

func (s *sight) value(n *part, v reflect.Value, about string) {
	if n == nil {
		return
	}
	if v.Kind() == reflect.Pointer {
		if v.IsNil() {
			return
		}
		v = v.Elem()
	}
	switch n.kind {
	case Object:
		s.object(n, v, about)
	case List:
		for i := range v.Len() {
			s.value(n.elem, v.Index(i), about)
		}
	case Map:
		for it := v.MapRange(); it.Next(); {
			s.value(n.elem, it.Value(), about)
		}
	default:
	}
}

func (s *sight) object(n *part, v reflect.Value, about string) {
	for _, index := range []int{n.other, n.union, n.user} { // the last that is there
		if is := n.id(v, index); is != "" {
			about = is
		}
	}
	shown := s.all && about != ""
	for i := range n.fields {
		f := &n.fields[i]
		at := v.Field(f.index)
		if at.IsZero() {
			continue
		}
		if f.Grade == scope.R2 && about != "" && !s.ruled(f) {
			shown = true
			s.note(n, i)
		}
		s.value(f.inner, at, about)
	}
	if shown && (len(s.people) == 0 || s.people[len(s.people)-1] != about) {
		s.people = append(s.people, about)
	}
}

// ruled reports whether a rule made the field unrecognisable.
func (s *sight) ruled(f *fieldPlan) bool {
	for _, r := range f.rules {
		if r.at < len(s.policy.Applies) && s.policy.Applies[r.at] {
			return true
		}
	}
	return false
}

// note notes field i of n, once.
func (s *sight) note(n *part, i int) {
	bit := uint64(1) << (i & 63)
	if s.seen[n]&bit != 0 {
		return
	}
	if s.seen == nil {
		s.seen = map[*part]uint64{}
	}
	s.seen[n] |= bit
	if name := n.fields[i].Name; !slices.Contains(s.fields, name) {
		s.fields = append(s.fields, name)
	}
}

// change is what a request changed: the fields of grade R2 that it had, and
// those that answers have as R2 under the same name.
func (c *Catalogue) change(o *Operation, q, resp any) Disclosure {
	d := Disclosure{Changed: true}
	c.given(&d, o.Request, reflect.ValueOf(q))
	if d.None() {
		return Disclosure{}
	}
	s := sight{policy: &Policy{}, all: true}
	s.value(o.plan.root, reflect.ValueOf(resp), "") // who was made
	for _, is := range s.people {
		d.about(is)
	}
	if len(d.People) == 0 { // a department's, or a secret
		return Disclosure{}
	}
	return d
}

// given walks a request.
func (c *Catalogue) given(d *Disclosure, sh *Shape, v reflect.Value) {
	if v.Kind() == reflect.Pointer {
		if v.IsNil() {
			return
		}
		v = v.Elem()
	}
	if sh.Kind == List {
		for i := range v.Len() {
			c.given(d, sh.Elem, v.Index(i))
		}
	}
	for i := range sh.Fields {
		f := &sh.Fields[i]
		at := v.Field(f.index)
		if at.IsZero() {
			continue
		}
		switch {
		case (f.Grade == scope.R2 || c.personal[f.Name]) && !slices.Contains(d.Fields, f.Name):
			d.Fields = append(d.Fields, f.Name)
		case slices.Contains(personNames, f.Name) && at.Kind() == reflect.String:
			d.about(at.String())
		case f.Shape.Kind == Object || f.Shape.Kind == List:
			c.given(d, f.Shape, at)
		}
	}
}

func (d *Disclosure) about(is string) {
	if is != "" && !slices.Contains(d.People, is) {
		d.People = append(d.People, is)
	}
}

// personNames are what requests call the person or contact that they change.
var personNames = []string{"userid", "userId", "user_id", "unionid", "unionId"}

// sensitive collects the names that a shape has for fields of grade R2 of a
// person.
func (n *part) sensitive(names map[string]bool, about bool) {
	if n == nil {
		return
	}
	about = about || n.person()
	n.elem.sensitive(names, about)
	for i := range n.fields {
		if f := &n.fields[i]; about && f.Grade == scope.R2 {
			names[f.Name] = true
		}
		n.fields[i].inner.sensitive(names, about)
	}
}
