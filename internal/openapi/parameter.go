package openapi

import (
	"slices"
	"strings"

	"github.com/gatepost/gatepost/internal/op"
)

// Parameter is a value that a request carries beside its body.
type Parameter struct {
	Name     string
	In       op.Where // InPath, InQuery or InHeader
	Required bool
	List     bool // several values
	Explode  bool // of a list in the query: the name is repeated
	Free     bool // its style is not read; it passes unchecked
	Kind     op.Kind
	Check    *Check
}

// Body is what a request may carry.
type Body struct {
	Required bool
	Types    []string // media types and ranges, lower case, without parameters
	Check    *Check   // of JSON; nil: it has no schema
}

// parameters adds what is declared in a list. What stands nearer to the
// operation takes the place of what stands at the path.
func (r *reader) parameters(o *Operation, n *node, pointer string) {
	if n == nil {
		return
	}
	if n.kind != list {
		r.find(Form, n, pointer, "%s", n.kind)
		return
	}
	for i, item := range n.items {
		declared, at := r.resolve(item, below(pointer, itoa(i)))
		if declared == nil {
			continue
		}
		p, ok := r.parameter(declared, at)
		if !ok {
			continue
		}
		same := func(other Parameter) bool { return other.Name == p.Name && other.In == p.In }
		o.Parameters = slices.DeleteFunc(o.Parameters, same)
		o.Parameters = append(o.Parameters, p)
		o.Request.Fields = slices.DeleteFunc(o.Request.Fields, func(f op.Field) bool { return f.Name == p.Name && f.In == p.In })
		f := r.schemas.field(p.Name, schemaOf(declared), below(at, "schema"))
		f.In, f.Required, f.Doc = p.In, p.Required, declared.str("description")
		o.Request.Fields = append(o.Request.Fields, f)
	}
}

// schemaOf is a parameter's schema, which may be absent.
func schemaOf(n *node) *node {
	if s := n.get("schema"); s != nil {
		return s
	}
	return &node{kind: object, line: n.line}
}

func (r *reader) parameter(n *node, pointer string) (Parameter, bool) {
	p := Parameter{Name: n.str("name"), Required: n.yes("required"), Kind: op.String}
	switch n.str("in") {
	case "path":
		p.In, p.Required = op.InPath, true
	case "query":
		p.In = op.InQuery
	case "header":
		p.In = op.InHeader
		if reserved(p.Name) {
			return p, false // the specification has such parameters ignored
		}
	case "cookie":
		r.find(Unsupported, n, pointer, "cookie %s", p.Name)
		return p, false
	default:
		r.find(Form, n, pointer, "in: %s", n.str("in"))
		return p, false
	}
	if p.Name == "" {
		r.find(Form, n, pointer, "no name")
		return p, false
	}
	r.style(&p, n, pointer)
	return p, true
}

// reserved are headers that are no parameters: OpenAPI 3.1, §4.8.12.1.
func reserved(name string) bool {
	switch strings.ToLower(name) {
	case "accept", "content-type", "authorization":
		return true
	}
	return false
}

// style reads how the value is written, as far as it is checked.
func (r *reader) style(p *Parameter, n *node, pointer string) {
	usual := "simple"
	if p.In == op.InQuery {
		usual = "form"
	}
	p.Explode = p.In == op.InQuery
	if e := n.get("explode"); e != nil {
		p.Explode = e.text == "true"
	}
	if style := n.str("style"); n.get("content") != nil || style != "" && style != usual {
		p.Free = true
		r.find(ParameterStyle, n, pointer, "%s", p.Name)
		return
	}
	schema, at := schemaOf(n), below(pointer, "schema")
	p.Check = r.schemas.check(schema, at)
	sh := r.schemas.shape(schema, at)
	switch sh.Kind {
	case op.List:
		p.List, p.Kind = true, sh.Elem.Kind
		p.Free = sh.Elem.Kind >= op.List
	case op.Object, op.Map:
		p.Free = schema.get("type") != nil || schema.get("properties") != nil || schema.get("$ref") != nil
		p.Kind = op.String
	default:
		p.Kind = sh.Kind
	}
	if p.Free {
		p.Check = nil
		r.find(ParameterStyle, n, pointer, "%s", p.Name)
	}
}

func (r *reader) body(o *Operation, n *node, pointer string) {
	n, pointer = r.resolve(n, pointer)
	if n == nil {
		return
	}
	content := n.get("content")
	if content == nil || content.kind != object || len(content.items) == 0 {
		r.find(Form, n, pointer, "a requestBody without content")
		return
	}
	o.Body = &Body{Required: n.yes("required")}
	for i, name := range content.names {
		media := mediaType(name)
		o.Body.Types = append(o.Body.Types, media)
		if schema := content.items[i].get("schema"); schema != nil && IsJSON(media) && o.Body.Check == nil {
			at := below(pointer, "content", name, "schema")
			o.Body.Check = r.schemas.check(schema, at)
			if sh := r.schemas.shape(schema, at); sh.Kind == op.Object {
				o.Request.Fields = append(o.Request.Fields, sh.Fields...)
			}
		}
	}
}

// responses reads what a call is answered with when it succeeds.
func (r *reader) responses(o *Operation, n *node, pointer string) {
	o.Response = &op.Shape{Kind: op.Object, Type: emptyType}
	all := n.get("responses")
	if all == nil || all.kind != object {
		r.find(Form, n, pointer, "no responses")
		return
	}
	shaped := false
	for i, status := range all.names {
		answer, at := r.resolve(all.items[i], below(pointer, "responses", status))
		if answer == nil {
			continue
		}
		if links := answer.get("links"); links != nil && len(links.items) > 0 {
			r.find(Unsupported, links, below(at, "links"), "links")
		}
		content := answer.get("content")
		if !strings.HasPrefix(status, "2") || content == nil || content.kind != object {
			continue
		}
		for j, name := range content.names {
			media := mediaType(name)
			if !slices.Contains(o.Types, media) {
				o.Types = append(o.Types, media)
			}
			if schema := content.items[j].get("schema"); schema != nil && IsJSON(media) && !shaped {
				shaped, o.Response = true, r.schemas.shape(schema, below(at, "content", name, "schema"))
				r.schemas.check(schema, below(at, "content", name, "schema"))
			}
		}
	}
}

// mediaType is a content type without parameters, in lower case.
func mediaType(s string) string {
	media, _, _ := strings.Cut(strings.ToLower(s), ";")
	return strings.TrimSpace(media)
}

// IsJSON reports whether a media type is JSON: application/json, or one that ends
// in +json.
func IsJSON(media string) bool {
	media = mediaType(media)
	return media == "application/json" || strings.HasSuffix(media, "+json")
}

// Accepts reports whether one of the media types or ranges takes a content type.
func Accepts(types []string, contentType string) bool {
	media := mediaType(contentType)
	main, _, _ := strings.Cut(media, "/")
	return slices.ContainsFunc(types, func(t string) bool { return t == media || t == "*/*" || t == main+"/*" })
}
