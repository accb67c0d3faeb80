package op

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/gatepost/gatepost/internal/scope"
)

// good is a declaration with nothing wrong, for tests to spoil.
var good = Spec{Title: "题", TitleEN: "title", Doc: "doc", Verb: Read, Scope: scope.Member, Group: "test.read"}

func with(change func(*Spec)) Spec {
	s := good
	change(&s)
	return s
}

func handle[Req, Resp any](context.Context, Caller, *Req) (*Resp, error) { return new(Resp), nil }

// declares declares an operation with the request Req and the response Resp.
func declares[Req, Resp any](s Spec) func() {
	return func() { V1("/topapi/test", handle[Req, Resp], s) }
}

func ofRequest[Req any]() func()   { return declares[Req, None](good) }
func ofResponse[Resp any]() func() { return declares[None, Resp](good) }

type itself struct {
	Name string   `json:"name" doc:"d" grade:"R1"`
	More []itself `json:"more" doc:"d"`
}

func TestWrongDeclarationPanics(t *testing.T) {
	t.Parallel()
	spec := func(change func(*Spec)) func() { return declares[None, None](with(change)) }
	v2 := func(route string) func() { return func() { V2(route, handle[None, None], good) } }
	for want, declare := range map[string]func(){
		"no title: Title, TitleEN and Doc must be declared":         spec(func(s *Spec) { s.Title = "" }),
		"no English title: Title, TitleEN and Doc must be declared": spec(func(s *Spec) { s.TitleEN = "" }),
		"no doc: Title, TitleEN and Doc must be declared":           spec(func(s *Spec) { s.Doc = "" }),
		"no verb: Verb must be declared":                            spec(func(s *Spec) { s.Verb = 0 }),
		"no such verb: Verb must be declared":                       spec(func(s *Spec) { s.Verb = Manage + 1 }),
		"no group: Group must be declared":                          spec(func(s *Spec) { s.Group = "" }),
		"no scope: Scope must be declared":                          spec(func(s *Spec) { s.Scope = "" }),
		"no such scope: unknown scope qyapi_x":                      spec(func(s *Spec) { s.Scope = "qyapi_x" }),
		"scope for anyone: called as anyone has no Scope":           spec(func(s *Spec) { s.As = Anyone }),
		"path: the path must begin with /":                          func() { V1("topapi/x", handle[None, None], good) },
		"route: a v2 route is METHOD and path":                      v2("/v1.0/x"),

		"nameless field: A has no name on the wire": ofRequest[struct{ A string }](),
		"request field without doc: field a has no doc": ofRequest[struct {
			A string `json:"a"`
		}](),
		"doubled field: field a is declared twice": ofRequest[struct {
			A string `json:"a" doc:"d"`
			B string `query:"a" doc:"d"`
		}](),
		"type: uint8 cannot go over the wire": ofRequest[struct {
			A []byte `json:"a" doc:"d"`
		}](),
		"interface: interface {} cannot go over the wire": ofRequest[struct {
			A any `json:"a" doc:"d"`
		}](),
		"map key: map[int]string: the keys of a map are strings": ofRequest[struct {
			A map[int]string `json:"a" doc:"d"`
		}](),
		"recursion: op.itself contains itself":          ofRequest[itself](),
		"recursive response: op.itself contains itself": ofResponse[itself](),
		"not an object: a request is an object":         ofRequest[[]string](),
		"limit: a: max is not a number": ofRequest[struct {
			A int `json:"a" doc:"d" max:"ten"`
		}](),
		"max of a string: min and max are of numbers": ofRequest[struct {
			A string `json:"a" doc:"d" max:"3"`
		}](),
		"maxLen of a number: minLen and maxLen are of strings": ofRequest[struct {
			A int `json:"a" doc:"d" maxLen:"3"`
		}](),
		"maxItems of a string: maxItems is of lists": ofRequest[struct {
			A string `json:"a" doc:"d" maxItems:"3"`
		}](),
		"enum of a boolean: enum is of strings and integers": ofRequest[struct {
			A bool `json:"a" doc:"d" enum:"true"`
		}](),
		"default of another type: its own default is refused": ofRequest[struct {
			A int `json:"a" doc:"d" default:"many"`
		}](),
		"default beyond the limit: its own default is refused": ofRequest[struct {
			A int `json:"a" doc:"d" default:"9" max:"3"`
		}](),
		"rule: no refusal is named user.nobody": ofRequest[struct {
			A string `json:"a" doc:"d" rule:"user.nobody"`
		}](),
		"path field: field a is no variable of the path": ofRequest[struct {
			A string `path:"a" doc:"d"`
		}](),
		"path variable: variable id of the path is no path field":       v2("GET /v1.0/x/{id}"),
		"glued path variable: variable id of the path is no path field": v2("GET /v1.0/x/{id}s"),
		"grade: response field a has no grade R1 or R2": ofResponse[struct {
			A string `json:"a"`
		}](),
		"write grade in a response: response field a has no grade R1 or R2": ofResponse[struct {
			A string `json:"a" grade:"W1"`
		}](),
		"grade deep inside: response field a has no grade R1 or R2": ofResponse[struct {
			L []struct {
				A string `json:"a"`
			} `json:"l"`
		}](),
		"sensitive string: response field a is R2 and has no mask": ofResponse[struct {
			A string `json:"a" grade:"R2"`
		}](),
		"sensitive list: response field a is R2 and has no mask": ofResponse[struct {
			A []string `json:"a" grade:"R2"`
		}](),
		"sensitive text: response field a is R2 and has no mask": ofResponse[struct {
			A JSONText `json:"a" grade:"R2"`
		}](),
		"mask: response field a: unknown mask blur": ofResponse[struct {
			A string `json:"a" grade:"R2" mask:"blur"`
		}](),
		"mask of a list: response field a: only a string can be masked": ofResponse[struct {
			A []string `json:"a" grade:"R2" mask:"name"`
		}](),
		"mask of an object without grade: response field a has no grade": ofResponse[struct {
			A itemAnswer `json:"a" mask:"hide"`
		}](),
		"field scope: response field a needs the unknown scope x": ofResponse[struct {
			A string `json:"a" grade:"R1" needs:"x"`
		}](),
		"field scope of an object: response field a needs the unknown scope x": ofResponse[struct {
			A itemAnswer `json:"a" needs:"x"`
		}](),
		"ungraded response: what it holds would have no grade": ofResponse[[]string](),
		"flat list: a flat response is an object":              declares[None, []itemAnswer](with(func(s *Spec) { s.Flat = true })),
	} {
		name, want, _ := strings.Cut(want, ": ")
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			defer func() {
				if p := fmt.Sprint(recover()); !strings.Contains(p, want) || !strings.HasPrefix(p, "op: ") {
					t.Errorf("panicked with %q, not with %q", p, want)
				}
			}()
			declare()
		})
	}
}

type itemAnswer struct {
	A string `json:"a" grade:"R1"`
}

func TestTooManyFieldsPanic(t *testing.T) {
	t.Parallel()
	defer func() {
		if p := recover(); p != "more than 64 fields in one object" {
			t.Errorf("panicked with %v", p)
		}
	}()
	sh := &Shape{byName: map[string]int{}}
	for i := range 65 {
		sh.add(Field{Name: fmt.Sprint(i)})
	}
}

// feature: GW-018
func TestGradeFollowsVerbAndFields(t *testing.T) {
	t.Parallel()
	type open struct {
		A string `json:"a" doc:"d" grade:"R1"`
	}
	type sensitive struct {
		L map[string]open `json:"l" doc:"d"`
		S []struct {
			A string `json:"a" doc:"d" grade:"R2" mask:"name"`
		} `json:"s" doc:"d"`
	}
	verb := func(v Verb) Spec { return with(func(s *Spec) { s.Verb = v }) }
	for name, tc := range map[string]struct {
		op   Operation
		want scope.Grade
	}{
		"read":             {V1("/topapi/a", handle[None, open], verb(Read)), scope.R1},
		"sensitive read":   {V1("/topapi/a", handle[None, sensitive], verb(Read)), scope.R2},
		"sensitive search": {V1("/topapi/a", handle[sensitive, open], verb(Read)), scope.R1},
		"write":            {V1("/topapi/a", handle[open, sensitive], verb(Write)), scope.W1},
		"sensitive write":  {V1("/topapi/a", handle[sensitive, open], verb(Write)), scope.W2},
		"manage":           {V1("/topapi/a", handle[open, open], verb(Manage)), scope.W2},
	} {
		if tc.op.Grade != tc.want {
			t.Errorf("%s is %s, not %s", name, tc.op.Grade, tc.want)
		}
	}
}

func TestNames(t *testing.T) {
	t.Parallel()
	v1 := V1("/topapi/v2/user/get", handle[None, None], good)
	plain := V1("/sso/gettoken", handle[None, None], good)
	v2 := V2("GET /v1.0/contact/me", handle[None, None], good)
	console := Console("app.list", handle[None, None], with(func(s *Spec) { s.As, s.Scope, s.Group = Session, "", "" }))
	for want, got := range map[string]string{
		"dingtalk.oapi.v2.user.get":  v1.Name(),
		"dingtalk.oapi.sso.gettoken": plain.Name(),
		"GET /v1.0/contact/me":       v2.Name(),
		"app.list":                   console.Name(),
		"/console/api/app.list":      console.Path,
		"console":                    console.Group,
	} {
		if got != want {
			t.Errorf("%q is not %q", got, want)
		}
	}
	if v1.Flat || !plain.Flat {
		t.Error("only paths outside /topapi/ answer flat by themselves")
	}
}

func TestDoublesInTheCataloguePanic(t *testing.T) {
	t.Parallel()
	defer func() {
		if p := fmt.Sprint(recover()); !strings.Contains(p, "declared twice: GET /topapi/a") {
			t.Errorf("panicked with %q", p)
		}
	}()
	o := V1("/topapi/a", handle[None, None], good)
	NewCatalogue([]Operation{o}, []Operation{o})
}
