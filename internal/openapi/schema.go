package openapi

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/santhosh-tekuri/jsonschema/v6"
)

// Check holds a value to a schema.
type Check struct {
	pointer  string
	compiled *jsonschema.Schema
}

// base is the address under which the validator knows the document's schemas.
const base = "gatepost:document"

// schemas turns the schemas of one document into one that the validator reads:
// each under the pointer at which it stands, so that references stay references.
type schemas struct {
	r      *reader
	defs   map[string]any // pointer → schema
	wanted []string       // pointers that are referred to and not turned yet
	checks []*Check
	shapes shapes
}

func (s *schemas) open(r *reader) {
	s.r, s.defs = r, map[string]any{}
	s.shapes = shapes{r: r}
}

// check returns the check of the schema at pointer, ready after compile.
func (s *schemas) check(n *node, pointer string) *Check {
	s.define(n, pointer)
	c := &Check{pointer: pointer}
	s.checks = append(s.checks, c)
	return c
}

// define turns the schema, and whatever it refers to.
func (s *schemas) define(n *node, pointer string) {
	if _, done := s.defs[pointer]; done {
		return
	}
	s.defs[pointer] = nil // so that recursion ends
	s.defs[pointer] = s.turn(n, pointer)
	for len(s.wanted) > 0 {
		next := s.wanted[0]
		s.wanted = s.wanted[1:]
		if _, done := s.defs[next]; !done {
			s.defs[next] = nil
			s.defs[next] = s.turn(s.r.root.at(next), next)
		}
	}
}

// location is where the turned schema of a pointer stands.
func location(pointer string) string { return "#/$defs/" + escapeFragment(escape(pointer)) }

// escapeFragment spells a JSON pointer as the fragment of an address.
func escapeFragment(s string) string {
	var b strings.Builder
	for i := range len(s) {
		c := s[i]
		if 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9' || strings.IndexByte("-._~/$", c) >= 0 {
			b.WriteByte(c)
		} else {
			fmt.Fprintf(&b, "%%%02X", c)
		}
	}
	return b.String()
}

// Keywords of a schema, by what they hold.
var (
	oneSchema    = []string{"items", "additionalProperties", "not", "contains", "propertyNames", "if", "then", "else", "unevaluatedProperties", "unevaluatedItems"}
	manySchemas  = []string{"allOf", "anyOf", "oneOf", "prefixItems"}
	namedSchemas = []string{"properties", "patternProperties", "dependentSchemas"}
	plainWords   = []string{"type", "enum", "const", "multipleOf", "maximum", "exclusiveMaximum", "minimum", "exclusiveMinimum", "maxLength", "minLength", "pattern",
		"maxItems", "minItems", "uniqueItems", "maxContains", "minContains", "maxProperties", "minProperties", "required", "dependentRequired", "format"}
	refused = []string{"$id", "$anchor", "$dynamicRef", "$dynamicAnchor", "$recursiveRef", "$schema", "$vocabulary"}
)

// turn makes of one schema what the validator reads: JSON Schema 2020-12, without
// annotations.
func (s *schemas) turn(n *node, pointer string) any {
	if n == nil {
		return true
	}
	if n.kind == truth {
		return n.text == "true"
	}
	if n.kind != object {
		s.r.find(Schema, n, pointer, "%s", n.kind)
		return true
	}
	out := map[string]any{}
	if ref := n.get("$ref"); ref != nil {
		s.refer(out, ref, below(pointer, "$ref"))
		if s.r.old { // beside a reference nothing counts in 3.0
			return out
		}
	}
	for i, name := range n.names {
		item, at := n.items[i], below(pointer, name)
		switch {
		case slices.Contains(refused, name):
			s.r.find(SchemaKeyword, item, at, "%s", name)
		case slices.Contains(oneSchema, name):
			out[name] = s.turn(item, at)
		case slices.Contains(manySchemas, name):
			out[name] = s.turnList(item, at)
		case slices.Contains(namedSchemas, name):
			out[name] = s.turnMembers(item, at, name == "patternProperties")
		case slices.Contains(plainWords, name):
			out[name] = item.value()
		}
	}
	if pattern := n.get("pattern"); pattern != nil {
		s.pattern(pattern.text, pattern, below(pointer, "pattern"))
	}
	s.writable(out, n)
	if s.r.old {
		modernise(out, n)
	}
	return out
}

func (s *schemas) refer(out map[string]any, ref *node, pointer string) {
	target, ok := strings.CutPrefix(ref.text, "#")
	switch {
	case !ok:
		s.r.find(External, ref, pointer, "%s", ref.text)
	case s.r.root.at(target) == nil || target == "":
		s.r.find(Reference, ref, pointer, "%s", ref.text)
	default:
		out["$ref"] = location(target)
		s.wanted = append(s.wanted, target)
	}
}

func (s *schemas) turnList(n *node, pointer string) any {
	if n.kind != list {
		s.r.find(Schema, n, pointer, "%s", n.kind)
		return []any{true}
	}
	all := make([]any, len(n.items))
	for i, item := range n.items {
		all[i] = s.turn(item, below(pointer, itoa(i)))
	}
	return all
}

func (s *schemas) turnMembers(n *node, pointer string, patterns bool) any {
	all := map[string]any{}
	if n.kind != object {
		s.r.find(Schema, n, pointer, "%s", n.kind)
		return all
	}
	for i, name := range n.names {
		if patterns {
			s.pattern(name, n.items[i], below(pointer, name))
		}
		all[name] = s.turn(n.items[i], below(pointer, name))
	}
	return all
}

// pattern refuses what the validator cannot read: ECMA's look-around and back
// references.
func (s *schemas) pattern(text string, n *node, pointer string) {
	if _, err := regexp.Compile(text); err != nil {
		s.r.find(Schema, n, pointer, "%s", err.Error())
	}
}

// writable drops from what is required the properties that only answers have:
// what is checked are requests.
func (s *schemas) writable(out map[string]any, n *node) {
	required, ok := out["required"].([]any)
	if !ok {
		return
	}
	properties := n.get("properties")
	out["required"] = slices.DeleteFunc(required, func(name any) bool {
		text, ok := name.(string)
		return ok && properties.get(text).yes("readOnly")
	})
}

// modernise says in 2020-12 what 3.0 says otherwise.
func modernise(out map[string]any, n *node) {
	for _, name := range []string{"Minimum", "Maximum"} {
		bound := strings.ToLower(name)
		if exclusive, isBool := out["exclusive"+name].(bool); isBool {
			delete(out, "exclusive"+name)
			if limit, given := out[bound]; given && exclusive {
				out["exclusive"+name] = limit
				delete(out, bound)
			}
		}
	}
	if !n.yes("nullable") {
		return
	}
	if one, ok := out["type"].(string); ok {
		out["type"] = []any{one, "null"}
	}
	if enum, ok := out["enum"].([]any); ok && !slices.Contains(enum, any(nil)) {
		out["enum"] = append(enum, nil)
	}
}

// compile makes every check ready. A schema that the validator does not take is
// found at the place where it stands.
func (s *schemas) compile() {
	c := jsonschema.NewCompiler()
	c.DefaultDraft(jsonschema.Draft2020)
	c.AssertFormat()
	c.UseLoader(nowhere{})
	if err := c.AddResource(base, map[string]any{"$defs": s.rooted()}); err != nil {
		s.r.find(Schema, s.r.root, "", "%v", err)
		return
	}
	told := map[string]bool{}
	for _, check := range s.checks {
		compiled, err := c.Compile(base + location(check.pointer))
		check.compiled = compiled
		if err == nil {
			continue
		}
		pointer, text := check.pointer, err.Error()
		if bad, ok := errors.AsType[*jsonschema.SchemaValidationError](err); ok {
			pointer, text = s.place(bad, pointer)
		}
		if !told[pointer] {
			told[pointer] = true
			s.r.find(Schema, s.r.root.at(pointer), pointer, "%s", text)
		}
	}
}

// rooted are the definitions as values of a document.
func (s *schemas) rooted() map[string]any {
	all := make(map[string]any, len(s.defs))
	for pointer, schema := range s.defs {
		all[pointer] = schema
	}
	return all
}

// place finds in the document what the validator does not take.
func (s *schemas) place(bad *jsonschema.SchemaValidationError, pointer string) (at, text string) {
	v, ok := errors.AsType[*jsonschema.ValidationError](bad.Err)
	if !ok {
		return pointer, bad.Err.Error()
	}
	v = deepest(v)
	steps := v.InstanceLocation
	if len(steps) >= 2 && steps[0] == "$defs" {
		pointer = below(steps[1], steps[2:]...)
	} else {
		pointer = below(pointer, steps...)
	}
	for s.r.root.at(pointer) == nil && pointer != "" {
		pointer = pointer[:max(0, strings.LastIndexByte(pointer, '/'))]
	}
	return pointer, strings.Join(v.ErrorKind.KeywordPath(), "/")
}

// deepest is the first cause of a failure.
func deepest(v *jsonschema.ValidationError) *jsonschema.ValidationError {
	for len(v.Causes) > 0 {
		v = v.Causes[0]
	}
	return v
}

// nowhere loads nothing: a document is whole.
type nowhere struct{}

func (nowhere) Load(url string) (any, error) {
	return nil, fmt.Errorf("openapi: %s is outside the document", url)
}

func itoa(i int) string { return strconv.Itoa(i) }
