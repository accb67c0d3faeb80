package op

import (
	"reflect"
	"slices"
	"strings"

	"github.com/gatepost/gatepost/internal/scope"
)

// Rule blurs fields beyond what the declaration says.
//
// Field is the name of a field, at whatever depth, or a path of names from the
// answer's root: "list[].mobile". The members of a list and the values of a map
// are marked by []. A path begins where the operation's own object begins, in
// v1 below "result".
type Rule struct {
	ID    int64
	Field string
	Blur  Blur
}

// Plan is the part of an operation's answer that masking may have to look at.
// It is made once and read by every call.
type Plan struct {
	// Found tells of each rule whether the answer has such a field.
	Found []bool

	root   *part
	needs  []scope.Name // of all fields
	graded bool         // some field is of grade R2
	people bool         // some object is about a person
}

// open reports whether the declaration leaves everything to this caller.
func (p *Plan) open(who *Caller) bool {
	if p.graded && who.Grade != scope.R2 {
		return false
	}
	for _, n := range p.needs {
		if !who.Scopes.Has(n) {
			return false
		}
	}
	return true
}

// part is a shape without the parts that are never masked; nil when nothing is
// left of it.
type part struct {
	kind   Kind
	elem   *part       // of a list or map
	fields []fieldPlan // of an object

	user, union int      // where an object about a person has the ids; -1: nowhere
	other       int      // where an object about somebody else has the id; -1: nowhere
	personal    []*Field // what is not told of a protected person
}

type fieldPlan struct {
	*Field
	inner *part
	rules []ruleAt
}

// ruleAt is a rule and its place among all of the plan.
type ruleAt struct {
	*Rule
	at int
}

func (n *part) person() bool { return n.user >= 0 || n.union >= 0 }

// id is the text of the id field at index, "" where there is none.
func (n *part) id(v reflect.Value, index int) string {
	if index < 0 {
		return ""
	}
	return v.Field(index).String()
}

// PlanWith compiles masking by the declaration and by rules. Policy.Applies has
// an entry for each of them, in this order.
func (o *Operation) PlanWith(rules []Rule) *Plan {
	c := compiler{plan: &Plan{Found: make([]bool, len(rules))}, rules: rules}
	c.plan.root = c.part(o.Response, "")
	return c.plan
}

type compiler struct {
	plan  *Plan
	rules []Rule
}

// part compiles the shape that stands at path.
func (c *compiler) part(sh *Shape, path string) *part {
	n := &part{kind: sh.Kind, user: -1, union: -1, other: -1}
	switch sh.Kind {
	case Object:
		for i := range sh.Fields {
			c.field(n, &sh.Fields[i], path)
		}
		if n.person() {
			c.plan.people = true
		} else {
			n.personal = nil
		}
		if len(n.fields) > 0 || n.person() {
			return n
		}
	case List, Map:
		if n.elem = c.part(sh.Elem, path+"[]"); n.elem != nil {
			return n
		}
	default:
	}
	return nil
}

func (c *compiler) field(n *part, f *Field, path string) {
	switch f.Person {
	case PersonUser:
		n.user = f.index
	case PersonUnion:
		n.union = f.index
	case PersonOther:
		n.other = f.index
	case PersonKeep: // stays
	case "":
		n.personal = append(n.personal, f)
	}
	if f.Needs != "" && !slices.Contains(c.plan.needs, f.Needs) {
		c.plan.needs = append(c.plan.needs, f.Needs)
	}
	sensitive := f.Grade == scope.R2
	c.plan.graded = c.plan.graded || sensitive
	at := f.Name
	if path != "" {
		at = path + "." + f.Name
	}
	plan := fieldPlan{Field: f, inner: c.part(f.Shape, at), rules: c.rulesOf(f.Name, at)}
	if plan.inner != nil || plan.rules != nil || f.Needs != "" || sensitive {
		n.fields = append(n.fields, plan)
	}
}

func (c *compiler) rulesOf(name, path string) (list []ruleAt) {
	for i := range c.rules {
		r := &c.rules[i]
		if bare := !strings.ContainsAny(r.Field, ".["); r.Field == path || bare && r.Field == name {
			c.plan.Found[i] = true
			list = append(list, ruleAt{r, i})
		}
	}
	return list
}
