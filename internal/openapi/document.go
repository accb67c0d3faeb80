package openapi

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/gatepost/gatepost/internal/op"
	"github.com/gatepost/gatepost/internal/scope"
)

// maxOperations bounds one document.
const maxOperations = 1000

// Options say how a document is read.
type Options struct {
	GradeFrom string           // extension that states grades; empty: x-gatepost-grade
	CheckMask func(Mask) error // refuses a mask that cannot be
}

// Document is what a description says of an API.
type Document struct {
	Version    string // of OpenAPI, as written
	Title      string
	About      string
	Operations []*Operation // in the document's order
}

// Operation is one operation of an API.
type Operation struct {
	Method, Path   string
	ID             string
	Title, Doc     string
	Deprecated     bool
	Parameters     []Parameter
	Body           *Body       // nil: takes none
	Types          []string    // media types of its 2xx answers; nil: nothing is declared
	Request        *op.Shape   // for documentation and comparison
	Response       *op.Shape   // likewise, of the first 2xx answer in JSON
	Grade          scope.Grade // as the document states it; empty: not at all
	Suggested      scope.Grade
	Because        string // what the suggestion comes from
	Masks          []Mask // as the document states them
	SuggestedMasks []Mask
	Group          string // rate-limit group; empty: that of the API
	Pointer        string
	Line           int
}

// Key names an operation within its document: "GET /people/{id}".
func (o *Operation) Key() string { return o.Method + " " + o.Path }

// Mask is a part of an answer that is made unrecognisable.
type Mask struct {
	Path        string  `json:"path"` // JSONPath
	Kind        op.Mask `json:"kind"`
	Pattern     string  `json:"pattern,omitzero"`
	Replacement string  `json:"replacement,omitzero"`
	// Below is the data grade of callers whom it is for: R2 means callers of R1
	// alone. Empty: everybody.
	Below scope.Grade `json:"below,omitzero"`
}

// Read reads a document. What is returned is nil if it cannot be read at all;
// then, and whenever an Error is among the findings, it cannot be published.
func Read(source []byte, opts Options) (*Document, []Finding) {
	if len(source) > MaxBytes {
		return nil, []Finding{TooLarge.Find("", 1, "%d bytes", len(source))}
	}
	root, err := parse(source)
	if err != nil {
		if at, ok := errors.AsType[*syntaxError](err); ok {
			return nil, []Finding{Syntax.Find("", at.line, "%s", at.text)}
		}
		return nil, []Finding{TooLarge.Find("", 1, "%s", strings.TrimPrefix(err.Error(), "openapi: "))}
	}
	if opts.GradeFrom == "" {
		opts.GradeFrom = "x-gatepost-grade"
	}
	r := &reader{root: root, opts: opts, doc: &Document{}, routes: map[string]string{}, ids: map[string]bool{}}
	r.document()
	slices.SortStableFunc(r.findings, func(a, b Finding) int { return a.Line - b.Line })
	return r.doc, r.findings
}

// reader reads one document.
type reader struct {
	root     *node
	opts     Options
	doc      *Document
	old      bool // 3.0
	findings []Finding
	routes   map[string]string // method and path without names of variables → pointer
	ids      map[string]bool
	schemas  schemas
}

func (r *reader) find(rule *Rule, n *node, pointer, format string, args ...any) {
	line := 1
	if n != nil {
		line = n.line
	}
	r.findings = append(r.findings, rule.Find(pointer, line, format, args...))
}

func (r *reader) document() {
	version := r.root.get("openapi")
	if version == nil || !strings.HasPrefix(version.text, "3.0.") && !strings.HasPrefix(version.text, "3.1.") {
		found := "swagger " + r.root.str("swagger")
		if version != nil {
			found = version.text
		}
		r.find(Version, version, "/openapi", "%s", strings.TrimSpace(found))
		return
	}
	r.doc.Version, r.old = version.text, strings.HasPrefix(version.text, "3.0.")
	info := r.root.get("info")
	r.doc.Title, r.doc.About = info.str("title"), info.str("description")
	r.schemas.open(r)
	if n := r.root.get("servers"); n != nil {
		r.find(ServersIgnored, n, "/servers", "%d servers", len(n.items))
	}
	if n := r.root.get("security"); n != nil {
		r.find(SecurityReplaced, n, "/security", "security")
	} else if n := r.root.get("components").get("securitySchemes"); n != nil {
		r.find(SecurityReplaced, n, "/components/securitySchemes", "%s", strings.Join(n.names, ", "))
	}
	if n := r.root.get("webhooks"); n != nil && len(n.items) > 0 {
		r.find(Unsupported, n, "/webhooks", "webhooks")
	}
	paths := r.root.get("paths")
	if paths == nil || paths.kind != object || len(paths.items) == 0 {
		r.find(Empty, paths, "/paths", "none")
		return
	}
	for i, name := range paths.names {
		if !strings.HasPrefix(name, "x-") {
			r.path(name, paths.items[i], below("/paths", name))
		}
	}
	if len(r.doc.Operations) == 0 {
		r.find(Empty, paths, "/paths", "none")
	}
	r.schemas.compile()
}

// resolve follows references, and returns where it came to; nil if nowhere.
func (r *reader) resolve(n *node, pointer string) (*node, string) {
	for range 16 {
		ref := n.get("$ref")
		if ref == nil {
			return n, pointer
		}
		target, ok := strings.CutPrefix(ref.text, "#")
		if !ok {
			r.find(External, ref, below(pointer, "$ref"), "%s", ref.text)
			return nil, ""
		}
		next := r.root.at(target)
		if next == nil || next == n {
			r.find(Reference, ref, below(pointer, "$ref"), "%s", ref.text)
			return nil, ""
		}
		n, pointer = next, target
	}
	r.find(Reference, n, pointer, "a chain of more than 16 references")
	return nil, ""
}

// methods are what a path item may offer.
var methods = []string{"get", "put", "post", "delete", "options", "head", "patch"}

func (r *reader) path(name string, item *node, pointer string) {
	item, pointer = r.resolve(item, pointer)
	if item == nil {
		return
	}
	if item.kind != object {
		r.find(Form, item, pointer, "%s", item.kind)
		return
	}
	if !r.pathForm(name, item, pointer) {
		return
	}
	for i, member := range item.names {
		switch {
		case slices.Contains(methods, member):
			if len(r.doc.Operations) == maxOperations {
				r.find(TooMany, item, pointer, "more")
				return
			}
			r.operation(strings.ToUpper(member), name, item, item.items[i], below(pointer, member))
		case member == "trace":
			r.find(Unsupported, item.items[i], below(pointer, member), "TRACE")
		case member == "servers":
			r.find(ServersIgnored, item.items[i], below(pointer, member), "servers")
		}
	}
}

// pathForm reports whether the path can be a route.
func (r *reader) pathForm(name string, item *node, pointer string) bool {
	bad := func(found string) bool {
		r.find(PathForm, item, pointer, "%s", found)
		return false
	}
	if !strings.HasPrefix(name, "/") || len(name) > 500 || strings.ContainsAny(name, "?#%\\ ") {
		return bad(name)
	}
	var names []string
	for seg := range strings.SplitSeq(name[1:], "/") {
		open, end := strings.IndexByte(seg, '{'), strings.IndexByte(seg, '}')
		switch {
		case open < 0 && end < 0:
			if seg == "." || seg == ".." {
				return bad(name)
			}
		case open < 0 || end < open+2 || strings.Count(seg, "{") != 1 || strings.Count(seg, "}") != 1:
			return bad(seg)
		case slices.Contains(names, seg[open+1:end]):
			return bad("twice " + seg[open:end+1])
		default:
			names = append(names, seg[open+1:end])
		}
	}
	return true
}

// anonymous is a path without the names of its variables.
func anonymous(path string) string {
	segments := strings.Split(path, "/")
	for i, seg := range segments {
		if open, end := strings.IndexByte(seg, '{'), strings.IndexByte(seg, '}'); open >= 0 && end > open {
			segments[i] = seg[:open+1] + seg[end:]
		}
	}
	return strings.Join(segments, "/")
}

func (r *reader) operation(method, path string, item, n *node, pointer string) {
	if n.kind != object {
		r.find(Form, n, pointer, "%s", n.kind)
		return
	}
	route := method + " " + anonymous(path)
	if first, taken := r.routes[route]; taken {
		r.find(PathConflict, n, pointer, "%s and %s", first, pointer)
		return
	}
	r.routes[route] = pointer
	o := &Operation{Method: method, Path: path, Doc: n.str("description"), Deprecated: n.yes("deprecated"), Pointer: pointer, Line: n.line,
		Group: n.str("x-gatepost-limit-group")}
	r.names(o, n)
	if callbacks := n.get("callbacks"); callbacks != nil && len(callbacks.items) > 0 {
		r.find(Unsupported, callbacks, below(pointer, "callbacks"), "callbacks")
	}
	if servers := n.get("servers"); servers != nil {
		r.find(ServersIgnored, servers, below(pointer, "servers"), "servers")
	}
	o.Request = &op.Shape{Kind: op.Object, Type: emptyType}
	itemPointer := pointer[:strings.LastIndexByte(pointer, '/')]
	r.parameters(o, item.get("parameters"), below(itemPointer, "parameters"))
	r.parameters(o, n.get("parameters"), below(pointer, "parameters"))
	r.variables(o, n, pointer)
	if body := n.get("requestBody"); body != nil {
		r.body(o, body, below(pointer, "requestBody"))
	}
	r.responses(o, n, pointer)
	r.suggest(o)
	r.grade(o, n, pointer)
	r.masks(o, n, pointer)
	r.doc.Operations = append(r.doc.Operations, o)
}

// names gives the operation an id and a title.
func (r *reader) names(o *Operation, n *node) {
	o.ID, o.Title = n.str("operationId"), n.str("summary")
	if o.ID == "" {
		o.ID = strings.ToLower(o.Method)
		for _, word := range strings.FieldsFunc(o.Path, func(c rune) bool { return strings.ContainsRune("/{}._-", c) }) {
			o.ID += strings.ToUpper(word[:1]) + word[1:]
		}
		r.find(OperationID, n, o.Pointer, "none; %s", o.ID)
	} else if r.ids[o.ID] {
		r.find(OperationID, n, below(o.Pointer, "operationId"), "%s a second time", o.ID)
	}
	r.ids[o.ID] = true
	if o.Title == "" {
		o.Title = o.ID
		r.find(Summary, n, o.Pointer, "none")
	}
}

// variables holds the path to its parameters.
func (r *reader) variables(o *Operation, n *node, pointer string) {
	for seg := range strings.SplitSeq(o.Path, "/") {
		open, end := strings.IndexByte(seg, '{'), strings.IndexByte(seg, '}')
		if open < 0 || end < open {
			continue
		}
		name := seg[open+1 : end]
		if !slices.ContainsFunc(o.Parameters, func(p Parameter) bool { return p.In == op.InPath && p.Name == name }) {
			r.find(PathVariable, n, pointer, "{%s}", name)
		}
	}
	for _, p := range o.Parameters {
		if p.In == op.InPath && !strings.Contains(o.Path, "{"+p.Name+"}") {
			r.find(PathVariable, n, pointer, "parameter %s, path %s", p.Name, o.Path)
		}
	}
}

func (r *reader) grade(o *Operation, n *node, pointer string) {
	stated := n.get(r.opts.GradeFrom)
	if stated == nil {
		return // a setting may state it
	}
	switch g := scope.Grade(stated.text); g {
	case scope.R1, scope.R2, scope.W1, scope.W2:
		o.Grade = g
	default:
		r.find(GradeForm, stated, below(pointer, r.opts.GradeFrom), "%s", stated.text)
	}
}

func (r *reader) masks(o *Operation, n *node, pointer string) {
	stated := n.get("x-gatepost-masks")
	if stated == nil {
		return
	}
	pointer = below(pointer, "x-gatepost-masks")
	for i, item := range stated.items {
		at := below(pointer, fmt.Sprint(i))
		m := Mask{Path: item.str("path"), Kind: op.Mask(item.str("kind")), Pattern: item.str("pattern"), Replacement: item.str("replacement"),
			Below: scope.Grade(item.str("below"))}
		if r.opts.CheckMask != nil {
			if err := r.opts.CheckMask(m); err != nil {
				r.find(MaskForm, item, at, "%v", err)
				continue
			}
		}
		o.Masks = append(o.Masks, m)
	}
}
