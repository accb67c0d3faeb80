// Package op declares operations: what a caller may ask of the platform, each
// stated once. Routing, permission, limits, decoding, masking, documentation
// and the console's types are read from the declaration.
//
// A wrong declaration panics when it is made, which any test of the tree meets:
// no title or doc; no scope unless the operation needs none; a field without
// name; a response field without grade; a sensitive string without a mask.
package op

import (
	"context"
	"fmt"
	"reflect"
	"slices"
	"strings"

	"github.com/gatepost/gatepost/internal/scope"
)

// Verb is what an operation does to the platform's data.
type Verb int

// The verbs.
const (
	Read   Verb = iota + 1 // changes nothing a caller can observe
	Write                  // W1, or W2 when a request field is sensitive
	Manage                 // changes people's records or rights: always W2
)

// Spec is what a declaration says beside its path and its types.
type Spec struct {
	Title   string     // zh
	TitleEN string     // en
	Doc     string     // what is promised; decisions where the source facts are open
	As      As         // who may call
	Verb    Verb       // Read, Write or Manage
	Scope   scope.Name // permission point; empty for Anyone and console operations
	Group   string     // rate-limit group
	Flat    bool       // v1: fields of the response beside errcode instead of in result
	MaxBody int64      // bytes; 0 means 1 MiB

	// Stable promises of a Read that its answer is made of nothing but the request,
	// the caller's rights and rows of the caller's corp: not of the time, of what
	// other systems say, or of what is written aside (store.DB.WatchWrites). Such
	// an answer may be remembered.
	Stable bool
}

// None is the request that asks nothing and the response that says nothing.
type None struct{}

// Func is the shape of every operation's handler. A handler returns refusals of
// apierror; other errors are shown as Internal.
type Func[Req, Resp any] func(ctx context.Context, who Caller, q *Req) (*Resp, error)

// Operation is one declared operation.
type Operation struct {
	Method string // empty for v1: GET and POST
	Path   string
	Spec
	Grade    scope.Grade
	Dialect  Dialect
	Request  *Shape
	Response *Shape

	// Forward, if set, carries the call to the system that answers it: the
	// operation has no handler, and its answer passes without being decoded.
	Forward Forward
	// Audience is to whom a published operation is shown; nil: everybody.
	Audience   *Audience
	Deprecated bool // published: to be replaced by another version

	name       string
	plan       *Plan // masking by the declaration alone
	asked      *IDPlan
	told       *IDPlan
	newRequest func() any
	invoke     func(context.Context, Caller, any) (any, error)
}

// V1 declares an operation of the v1 dialect: token in the query, GET or POST,
// form or JSON, lenient scalars, {"errcode":0,"errmsg":"ok",…}. Operations
// outside /topapi/ answer flat and without request_id, as the first generation
// does (auth.md §1).
func V1[Req, Resp any](path string, f Func[Req, Resp], s Spec) Operation {
	if !strings.HasPrefix(path, "/topapi/") {
		s.Flat = true
	}
	return declare("", path, DialectV1, f, s)
}

// V2 declares an operation of the v2 dialect. The route is "METHOD /path/{id}".
func V2[Req, Resp any](route string, f Func[Req, Resp], s Spec) Operation {
	method, path, ok := strings.Cut(route, " ")
	if !ok {
		panic("op: " + route + ": a v2 route is METHOD and path")
	}
	return declare(method, path, DialectV2, f, s)
}

// ConsolePath is where the console's operations live.
const ConsolePath = "/console/api/"

// Console declares an operation of the console: POST /console/api/NAME with
// JSON both ways. The console has no back end of its own; it is one more caller.
func Console[Req, Resp any](name string, f Func[Req, Resp], s Spec) Operation {
	if s.Group == "" {
		s.Group = "console"
	}
	return declare("POST", ConsolePath+name, DialectConsole, f, s)
}

func declare[Req, Resp any](method, path string, d Dialect, f Func[Req, Resp], s Spec) Operation {
	o := Operation{
		Method: method, Path: path, Spec: s, Dialect: d,
		newRequest: func() any { return new(Req) },
		invoke: func(ctx context.Context, who Caller, q any) (any, error) {
			resp, err := f(ctx, who, q.(*Req))
			if err != nil {
				return nil, err
			}
			return resp, nil
		},
	}
	defer func() {
		if p := recover(); p != nil {
			panic(fmt.Sprintf("op: %s %s: %v", method, path, p))
		}
	}()
	o.check()
	o.name = o.spelled()
	o.Request = shapeOf(reflect.TypeFor[Req](), request)
	o.Response = shapeOf(reflect.TypeFor[Resp](), response)
	o.checkShapes()
	o.Grade = o.grade()
	o.plan = o.PlanWith(nil)
	o.asked, o.told = o.Request.IDPlan(), o.Response.IDPlan()
	if o.MaxBody == 0 {
		o.MaxBody = 1 << 20
	}
	return o
}

func (o *Operation) check() {
	switch needsScope := o.As <= AppOrPerson; {
	case o.Title == "" || o.TitleEN == "" || o.Doc == "":
		panic("Title, TitleEN and Doc must be declared")
	case o.Verb < Read || o.Verb > Manage:
		panic("Verb must be declared")
	case o.Group == "":
		panic("Group must be declared")
	case needsScope && o.Scope == "":
		panic("Scope must be declared unless the operation is for anyone")
	case !needsScope && o.Scope != "":
		panic("an operation called as " + o.As.String() + " has no Scope")
	case !strings.HasPrefix(o.Path, "/"):
		panic("the path must begin with /")
	}
	if o.Scope != "" {
		if _, ok := scope.Find(o.Scope); !ok {
			panic("unknown scope " + string(o.Scope))
		}
	}
}

// checkShapes holds the types to the path and to the dialect.
func (o *Operation) checkShapes() {
	if o.Request.Kind != Object {
		panic("a request is an object")
	}
	if o.Response.leaf().Kind != Object {
		panic("a response is an object, or a list or map of objects: what it holds would have no grade")
	}
	if o.Flat && o.Response.Kind != Object {
		panic("a flat response is an object")
	}
	variables := o.variables()
	for _, f := range o.Request.Fields {
		if f.In == InPath && !slices.Contains(variables, f.Name) {
			panic("field " + f.Name + " is no variable of the path")
		}
	}
	for _, v := range variables {
		if i, ok := o.Request.byName[v]; !ok || o.Request.Fields[i].In != InPath {
			panic("variable " + v + " of the path is no path field of the request")
		}
	}
}

// variables are the names in braces in the path.
func (o *Operation) variables() []string {
	var names []string
	for seg := range strings.SplitSeq(o.Path, "/") {
		open, end := strings.IndexByte(seg, '{'), strings.IndexByte(seg, '}')
		if open >= 0 && end > open {
			names = append(names, seg[open+1:end])
		}
	}
	return names
}

// grade derives the operation's grade from its fields and its verb.
func (o *Operation) grade() scope.Grade {
	switch {
	case o.Verb == Manage, o.Verb == Write && o.Request.sensitive():
		return scope.W2
	case o.Verb == Write:
		return scope.W1
	case o.Response.sensitive():
		return scope.R2
	}
	return scope.R1
}

// Name is the operation's API name: dotted path for v1 ("dingtalk.oapi.v2.user.get"
// is how clients know it, here without the vendor's prefix), METHOD and path for
// v2, the bare name for the console.
func (o *Operation) Name() string {
	if o.name != "" {
		return o.name
	}
	return o.spelled()
}

func (o *Operation) spelled() string {
	switch o.Dialect {
	case DialectV1:
		return APIName(o.Path)
	case DialectConsole:
		return strings.TrimPrefix(o.Path, ConsolePath)
	default:
		return o.Method + " " + o.Path
	}
}

// APIName is the name that v1 refusals give to a path: segments joined by dots
// under "dingtalk.oapi." with a leading "topapi" dropped (auth.md §1).
func APIName(path string) string {
	return "dingtalk.oapi." + strings.ReplaceAll(strings.TrimPrefix(strings.TrimPrefix(path, "/"), "topapi/"), "/", ".")
}

// Encode returns resp as the JSON that an answer carries, without the dialect's
// envelope.
func (o *Operation) Encode(resp any) ([]byte, error) { return o.encode(resp) }

// Invoke runs the operation on a request that Decode made.
func (o *Operation) Invoke(ctx context.Context, who Caller, q any) (any, error) {
	return o.invoke(ctx, who, q)
}
