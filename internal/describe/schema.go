package describe

import (
	"strconv"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/gatepost/gatepost/internal/op"
	"github.com/gatepost/gatepost/internal/scope"
)

// ordered is a JSON object whose members keep the order they were given in.
type ordered []member

type member struct {
	name  string
	value any
}

// MarshalJSONTo writes o in its order.
func (o ordered) MarshalJSONTo(enc *jsontext.Encoder) error {
	if err := enc.WriteToken(jsontext.BeginObject); err != nil {
		return err
	}
	for _, m := range o {
		if err := enc.WriteToken(jsontext.String(m.name)); err != nil {
			return err
		}
		if err := json.MarshalEncode(enc, m.value); err != nil {
			return err
		}
	}
	return enc.WriteToken(jsontext.EndObject)
}

// schema is a JSON schema, with what OpenAPI has no word for as extensions.
type schema struct {
	Ref         string      `json:"$ref,omitzero"`
	Type        string      `json:"type,omitzero"`
	Format      string      `json:"format,omitzero"`
	Description string      `json:"description,omitzero"`
	Enum        []any       `json:"enum,omitempty"`
	Default     any         `json:"default,omitzero"`
	Minimum     *int64      `json:"minimum,omitzero"`
	Maximum     *int64      `json:"maximum,omitzero"`
	MinLength   int         `json:"minLength,omitzero"`
	MaxLength   int         `json:"maxLength,omitzero"`
	MaxItems    int         `json:"maxItems,omitzero"`
	MediaType   string      `json:"contentMediaType,omitzero"`
	Items       *schema     `json:"items,omitzero"`
	Properties  ordered     `json:"properties,omitempty"`
	Required    []string    `json:"required,omitempty"`
	Values      *schema     `json:"additionalProperties,omitzero"`
	Grade       scope.Grade `json:"x-grade,omitzero"`
	Mask        op.Mask     `json:"x-mask,omitzero"`
	Needs       scope.Name  `json:"x-needs,omitzero"`
}

// components collects the schemas of named types, in the order of first use.
type components struct {
	names   names
	schemas ordered
	done    map[string]bool
}

func newComponents(ops []op.Operation) *components {
	return &components{names: nameTypes(ops, qualify), done: map[string]bool{}}
}

// of returns the schema of sh: a reference where its type has a name.
func (c *components) of(sh *op.Shape, request bool) *schema {
	switch sh.Kind {
	case op.Integer:
		if sh.Type == nil { // of another system, which did not say
			return &schema{Type: "integer"}
		}
		return &schema{Type: "integer", Format: "int" + strconv.Itoa(sh.Type.Bits())}
	case op.Number:
		return &schema{Type: "number", Format: "double"}
	case op.Boolean:
		return &schema{Type: "boolean"}
	case op.Text:
		return &schema{Type: "string", MediaType: "application/json"}
	case op.List:
		return &schema{Type: "array", Items: c.of(sh.Elem, request)}
	case op.Map:
		return &schema{Type: "object", Values: c.of(sh.Elem, request)}
	case op.Object:
		name := c.names[typeKey{sh.Type, request}]
		if name == "" {
			return c.object(sh, request)
		}
		if !c.done[name] {
			c.done[name] = true
			at := len(c.schemas)
			c.schemas = append(c.schemas, member{name: name})
			c.schemas[at].value = c.object(sh, request)
		}
		return &schema{Ref: "#/components/schemas/" + name}
	default:
		return &schema{Type: "string"}
	}
}

// object is the schema of an object's fields. In a request only those of the
// body count.
func (c *components) object(sh *op.Shape, request bool) *schema {
	s := &schema{Type: "object"}
	for i := range sh.Fields {
		f := &sh.Fields[i]
		if f.In != op.InBody {
			continue
		}
		s.Properties = append(s.Properties, member{f.Name, c.field(f, request)})
		if request && f.Required || !request && !f.Omit && f.Needs == "" {
			s.Required = append(s.Required, f.Name)
		}
	}
	return s
}

// field is the schema of a field: that of its type with the field's limits.
// Limits of a list's items stand on its items.
func (c *components) field(f *op.Field, request bool) *schema {
	s := c.of(f.Shape, request)
	s.Description, s.Grade, s.Mask, s.Needs = f.Doc, f.Grade, f.Mask, f.Needs
	s.MaxItems = f.MaxItems
	if f.Default != "" {
		s.Default = literal(f.Shape, f.Default)
	}
	leaf, of := s, f.Shape
	for leaf.Items != nil {
		leaf, of = leaf.Items, of.Elem
	}
	leaf.Minimum, leaf.Maximum, leaf.MinLength, leaf.MaxLength = f.Min, f.Max, f.MinLen, f.MaxLen
	for _, e := range f.Enum {
		leaf.Enum = append(leaf.Enum, literal(of, e))
	}
	return s
}

// literal is the JSON value that text spells in a field of shape sh. A tag that
// spells none does not build, so there is nothing to refuse here.
func literal(sh *op.Shape, text string) any {
	switch sh.Kind {
	case op.Integer, op.Number:
		return jsontext.Value(text)
	case op.Boolean:
		return text == "true"
	default:
		return text
	}
}
