package op

import (
	"reflect"
	"slices"
	"time"

	"github.com/gatepost/gatepost/internal/id"
	"github.com/gatepost/gatepost/internal/scope"
)

// Why says what made a field unrecognisable or absent.
type Why string

// The reasons.
const (
	WhyGrade     Why = "grade"     // the field is R2 and the caller is not
	WhyScope     Why = "scope"     // the caller lacks the field's own permission point
	WhyRule      Why = "rule"      // the corp has a rule
	WhyProtected Why = "protected" // the object is about a protected person
	WhyDeclared  Why = "declared"  // the published operation masks it for everybody
)

// Suppressed is a field of an answer that the caller did not get as it is.
type Suppressed struct {
	Field string
	Why   Why
	Scope scope.Name // the permission point that was lacking
	Rule  int64      // the rule that applied
}

// Policy is what a corp has decided beyond the declarations, for one operation
// and one caller. The zero Policy decides nothing.
type Policy struct {
	Plan      *Plan                                   // the operation's, with the corp's rules; nil: without any
	Applies   []bool                                  // which of the plan's rules hold for this caller
	Protected func(user id.User, union id.Union) bool // who is protected from this caller; nil: nobody
	Until     time.Time                               // real: when it may become another by itself; zero: never
	Waived    func(is string) bool                    // whose protection was waived for this caller, by userid or unionid; nil: nobody's
}

// rules reports whether any rule holds.
func (p *Policy) rules() bool { return slices.Contains(p.Applies, true) }

// Mask makes, in place, what resp holds beyond the caller's rights
// unrecognisable or absent, and returns what it changed, each field once for
// each reason.
//
// Of an object about a protected person nothing remains but ids. A field with a
// scope of its own is absent without that scope. A field of grade R2 is masked
// for a caller of grade R1. The rules that hold come last, in their order, and
// see what is left: a rule never shows more than the declaration. It fails
// closed: a caller without grade counts as R1.
//
// An answer in which nothing can be masked for this caller is not looked at.
func (o *Operation) Mask(resp any, who Caller, p Policy) []Suppressed {
	plan := p.Plan
	if plan == nil {
		plan = o.plan
	}
	if plan.open(&who) && !p.rules() && (p.Protected == nil || !plan.people) {
		return nil
	}
	return plan.mask(resp, who, p)
}

func (p *Plan) mask(resp any, who Caller, policy Policy) []Suppressed {
	m := masking{who: &who, policy: &policy}
	m.value(p.root, reflect.ValueOf(resp))
	return m.changed
}

type masking struct {
	who     *Caller
	policy  *Policy
	changed []Suppressed
}

func (m *masking) value(n *part, v reflect.Value) {
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
		m.object(n, v)
	case List:
		for i := range v.Len() {
			m.value(n.elem, v.Index(i))
		}
	case Map:
		m.entries(n, v)
	default:
	}
}

// entries masks the values of a map, which cannot be changed where they are.
func (m *masking) entries(n *part, v reflect.Value) {
	for _, k := range v.MapKeys() {
		item := reflect.New(v.Type().Elem()).Elem()
		item.Set(v.MapIndex(k))
		m.value(n.elem, item)
		v.SetMapIndex(k, item)
	}
}

func (m *masking) object(n *part, v reflect.Value) {
	if m.protects(n, v) {
		for _, f := range n.personal {
			m.clear(v.Field(f.index), Suppressed{Field: f.Name, Why: WhyProtected})
		}
	}
	for i := range n.fields {
		m.field(&n.fields[i], v.Field(n.fields[i].index))
	}
}

// protects reports whether the object is about somebody protected.
func (m *masking) protects(n *part, v reflect.Value) bool {
	if m.policy.Protected == nil || !n.person() {
		return false
	}
	return m.policy.Protected(id.User(n.id(v, n.user)), id.Union(n.id(v, n.union)))
}

func (m *masking) clear(v reflect.Value, s Suppressed) {
	if !v.IsZero() {
		v.SetZero()
		m.note(s)
	}
}

func (m *masking) note(s Suppressed) {
	if !slices.Contains(m.changed, s) {
		m.changed = append(m.changed, s)
	}
}

func (m *masking) field(f *fieldPlan, v reflect.Value) {
	if v.IsZero() {
		return
	}
	switch {
	case f.Needs != "" && !m.who.Scopes.Has(f.Needs):
		m.clear(v, Suppressed{Field: f.Name, Why: WhyScope, Scope: f.Needs})
	case f.Grade == scope.R2 && m.who.Grade != scope.R2 && f.Mask == MaskHide:
		m.clear(v, Suppressed{Field: f.Name, Why: WhyGrade})
	case f.Grade == scope.R2 && m.who.Grade != scope.R2 && f.Mask != "":
		text := v
		if v.Kind() == reflect.Pointer {
			text = v.Elem()
		}
		text.SetString(f.Mask.Apply(text.String()))
		m.note(Suppressed{Field: f.Name, Why: WhyGrade})
	default:
		m.value(f.inner, v)
	}
	for _, r := range f.rules {
		if r.at < len(m.policy.Applies) && m.policy.Applies[r.at] && r.Blur.set(v) {
			m.note(Suppressed{Field: f.Name, Why: WhyRule, Rule: r.ID})
		}
	}
}
