package openapi

import (
	"reflect"
	"slices"
	"strconv"
	"strings"

	"github.com/gatepost/gatepost/internal/apierror"
	"github.com/gatepost/gatepost/internal/op"
)

// Bounds of what documentation tells of a schema.
const (
	maxShapeDepth  = 8
	maxShapeFields = 2000 // of one operation's side
)

// emptyType is the Go type of shapes that no Go type stands behind.
var emptyType = reflect.TypeFor[struct{}]()

// shapes reads schemas for people: documentation, suggestions, comparison. What a
// schema says beyond that, such as alternatives, only the check knows.
type shapes struct {
	r      *reader
	fields int
	around []string // pointers of the schemas that hold the one being read
}

func (s *schemas) shape(n *node, pointer string) *op.Shape {
	s.shapes.fields, s.shapes.around = 0, nil
	return s.shapes.shape(n, pointer)
}

func (s *schemas) field(name string, n *node, pointer string) op.Field {
	s.shapes.fields, s.shapes.around = 0, nil
	return s.shapes.field(name, n, pointer)
}

// shape reads a schema. A schema inside itself, and one too deep, is an object of
// which nothing more is told.
func (s *shapes) shape(n *node, pointer string) *op.Shape {
	n, pointer = s.follow(n, pointer)
	if n == nil || slices.Contains(s.around, pointer) || len(s.around) == maxShapeDepth {
		return &op.Shape{Kind: op.Object, Type: emptyType}
	}
	s.around = append(s.around, pointer)
	defer func() { s.around = s.around[:len(s.around)-1] }()
	switch typeOf(n) {
	case "string":
		return &op.Shape{Kind: op.String, Type: reflect.TypeFor[string]()}
	case "integer":
		return &op.Shape{Kind: op.Integer, Type: reflect.TypeFor[int64]()}
	case "number":
		return &op.Shape{Kind: op.Number, Type: reflect.TypeFor[float64]()}
	case "boolean":
		return &op.Shape{Kind: op.Boolean, Type: reflect.TypeFor[bool]()}
	case "array":
		return &op.Shape{Kind: op.List, Type: reflect.TypeFor[[]any](), Elem: s.shape(n.get("items"), below(pointer, "items"))}
	}
	return s.object(n, pointer)
}

// follow is resolve without findings: the check has told them.
func (s *shapes) follow(n *node, pointer string) (*node, string) {
	for range 16 {
		ref := n.get("$ref")
		if ref == nil {
			return n, pointer
		}
		target, ok := strings.CutPrefix(ref.text, "#")
		if !ok {
			return nil, ""
		}
		if n, pointer = s.r.root.at(target), target; n == nil {
			return nil, ""
		}
	}
	return nil, ""
}

// typeOf is the schema's type beside null; what it looks like where none is
// stated.
func typeOf(n *node) string {
	switch t := n.get("type"); {
	case t != nil && t.kind == text:
		return t.text
	case t != nil && t.kind == list:
		for _, one := range t.items {
			if one.text != "null" {
				return one.text
			}
		}
	case n.get("items") != nil:
		return "array"
	case n.get("enum") != nil && len(n.get("enum").items) > 0 && n.get("enum").items[0].kind == text:
		return "string"
	}
	return "object"
}

func (s *shapes) object(n *node, pointer string) *op.Shape {
	sh := &op.Shape{Kind: op.Object, Type: emptyType}
	s.members(sh, n, pointer)
	if values := n.get("additionalProperties"); len(sh.Fields) == 0 && values != nil && values.kind == object {
		return &op.Shape{Kind: op.Map, Type: reflect.TypeFor[map[string]any](), Elem: s.shape(values, below(pointer, "additionalProperties"))}
	}
	return sh
}

// members adds the properties of a schema and of every schema that it is composed
// of.
func (s *shapes) members(sh *op.Shape, n *node, pointer string) {
	required := n.get("required")
	if properties := n.get("properties"); properties != nil && properties.kind == object {
		for i, name := range properties.names {
			if s.fields++; s.fields > maxShapeFields || slices.ContainsFunc(sh.Fields, func(f op.Field) bool { return f.Name == name }) {
				continue
			}
			f := s.field(name, properties.items[i], below(pointer, "properties", name))
			f.Required = required != nil && slices.ContainsFunc(required.items, func(one *node) bool { return one.text == name })
			f.Omit = !f.Required
			sh.Fields = append(sh.Fields, f)
		}
	}
	for _, composed := range []string{"allOf", "oneOf", "anyOf"} {
		parts := n.get(composed)
		if parts == nil {
			continue
		}
		for i, part := range parts.items {
			inner, at := s.follow(part, below(pointer, composed, strconv.Itoa(i)))
			if inner == nil || slices.Contains(s.around, at) || len(s.around) == maxShapeDepth {
				continue
			}
			s.around = append(s.around, at)
			s.members(sh, inner, at)
			s.around = s.around[:len(s.around)-1]
		}
	}
}

func (s *shapes) field(name string, n *node, pointer string) op.Field {
	f := op.Field{Name: name, Rule: apierror.ParameterInvalid, Shape: s.shape(n, pointer)}
	at, _ := s.follow(n, pointer)
	if at == nil {
		return f
	}
	if f.Doc = n.str("description"); f.Doc == "" {
		f.Doc = at.str("description")
	}
	if enum := at.get("enum"); enum != nil && (f.Shape.Kind == op.String || f.Shape.Kind == op.Integer) {
		for _, one := range enum.items {
			if one.kind != null {
				f.Enum = append(f.Enum, one.text)
			}
		}
	}
	if f.Shape.Kind == op.Integer || f.Shape.Kind == op.Number {
		f.Min, f.Max = whole(at.get("minimum")), whole(at.get("maximum"))
	}
	f.MinLen, f.MaxLen, f.MaxItems = count(at.get("minLength")), count(at.get("maxLength")), count(at.get("maxItems"))
	if d := at.get("default"); d != nil && f.Shape.Kind <= op.Boolean {
		f.Default = d.text
	}
	return f
}

// whole is an integer bound, nil where there is none.
func whole(n *node) *int64 {
	if n == nil {
		return nil
	}
	v, err := strconv.ParseInt(n.text, 10, 64)
	if err != nil {
		return nil
	}
	return &v
}

func count(n *node) int {
	if v := whole(n); v != nil && *v > 0 && *v < 1<<31 {
		return int(*v)
	}
	return 0
}
