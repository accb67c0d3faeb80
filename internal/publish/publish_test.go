package publish

import (
	"errors"
	"io"
	"strings"
	"testing"

	"github.com/gatepost/gatepost/internal/apierror"
	"github.com/gatepost/gatepost/internal/op"
	"github.com/gatepost/gatepost/internal/openapi"
	"github.com/gatepost/gatepost/internal/scope"
)

// people is a document in which marks are replaced to make another version of it.
const people = `openapi: 3.1.0
info: {title: People, version: "1"}
paths:
  /people:
    post:
      operationId: add
      summary: Add
      x-gatepost-grade: W1
      parameters: [{name: size, in: query, schema: {type: integer}}]
      requestBody: {content: {application/json: {schema: {type: object, required: [name], properties: {name: {type: string}, kind: {type: string, enum: [a, b]}}}}}}
      responses: {"200": {description: d, content: {application/json: {schema: {type: object, required: [id], properties: {id: {type: integer}, list: {type: array, items: {type: object, properties: {mobile: {type: string}}}}}}}}}}
    get: {operationId: list, summary: List, x-gatepost-grade: R1, responses: {}}
`

func TestCompare(t *testing.T) {
	t.Parallel()
	old := build(Group{Name: "hr"}, "v1", Source{Document: people})
	if openapi.Fatal(old.findings) {
		t.Fatal(old.findings)
	}
	for name, tc := range map[string]struct {
		from, to string
		want     string // changes, those that break with a mark
	}{
		"nothing":                 {"summary: Add", "summary: Append", ""},
		"an operation gone":       {"    get: {operationId: list, summary: List, x-gatepost-grade: R1, responses: {}}\n", "", "! GET /people is removed"},
		"another operation":       {"    get: {", "    put: {operationId: p, summary: P, x-gatepost-grade: W1, responses: {}}\n    get: {", "PUT /people is new"},
		"another grade":           {"x-gatepost-grade: R1", "x-gatepost-grade: R2", "! GET /people goes from R1 to R2: callers need another permission point"},
		"deprecated":              {"summary: List", "deprecated: true, summary: List", "GET /people is marked as deprecated"},
		"a parameter":             {"parameters: [", "parameters: [{name: x, in: query}, ", "POST /people takes the new parameter x"},
		"a parameter to give":     {"parameters: [", "parameters: [{name: x, in: header, required: true}, ", "! POST /people needs the new parameter x"},
		"a parameter needed":      {"in: query, schema", "in: query, required: true, schema", "! POST /people needs the parameter size now"},
		"a parameter's type":      {"schema: {type: integer}}]", "schema: {type: boolean}}]", "! POST /people has another type for the parameter size"},
		"a body needed":           {"requestBody: {content", "requestBody: {required: true, content", "! POST /people needs a body now"},
		"a body's type":           {"requestBody: {content: {application/json", "requestBody: {content: {text/xml", "! POST /people no longer takes a body of application/json"},
		"a field":                 {"properties: {name:", "properties: {x: {type: string}, name:", ""},
		"a field needed":          {"required: [name]", "required: [name, kind]", "! POST /people needs the field kind now"},
		"a field to give":         {"required: [name], properties: {", "required: [name, x], properties: {x: {type: string}, ", "! POST /people needs the new field x"},
		"a field's type":          {"name: {type: string}", "name: {type: integer}", "! POST /people name has another type"},
		"a value gone":            {"enum: [a, b]", "enum: [a]", "! POST /people no longer takes b for kind"},
		"a value more":            {"enum: [a, b]", "enum: [a, b, c]", ""},
		"told no longer":          {"mobile: {type: string}", "phone: {type: string}", "! POST /people no longer answers with list[].mobile"},
		"told perhaps":            {"required: [id]", "required: []", "! POST /people may answer without id"},
		"told in another type":    {"id: {type: integer}", "id: {type: string}", "! POST /people answers with another type of id"},
		"told in another media":   {`{"200": {description: d, content: {`, `{"200": {description: d, content: {text/csv: {}, `, "! POST /people answers in text/csv too"},
		"told more":               {"properties: {id:", "properties: {more: {type: string}, id:", ""},
		"an operation left aside": {"", "", ""},
	} {
		next := build(Group{Name: "hr"}, "v1", Source{Document: strings.Replace(people, tc.from, tc.to, 1)})
		var got []string
		for _, c := range compare(old, next) {
			mark := ""
			if c.Breaks {
				mark = "! "
			}
			got = append(got, mark+c.Operation+" "+c.What.EN)
			if c.What.ZH == "" {
				t.Errorf("%s: not told in Chinese", name)
			}
		}
		if strings.Join(got, ", ") != tc.want && !strings.HasPrefix(strings.Join(got, ", "), tc.want+", ") || tc.want == "" && len(got) > 0 {
			t.Errorf("%s: %q, want %q", name, got, tc.want)
		}
	}
	hidden := build(Group{Name: "hr"}, "v1", Source{Document: people, Settings: map[string]Setting{"GET /people": {Hidden: true}}})
	if got := breaks(old, hidden); len(got) != 1 || got[0].Operation != "GET /people" {
		t.Errorf("an operation that is hidden: %v", got)
	}
}

func TestSettingsGoBeforeTheDocument(t *testing.T) {
	t.Parallel()
	none := []openapi.Mask{}
	b := build(Group{Name: "hr"}, "v1", Source{Document: people, Settings: map[string]Setting{
		"GET /people": {Grade: scope.R2, Group: "slow", Deprecated: new(true), Masks: &none, MaxBody: 7}}})
	for _, o := range b.operations {
		got := o.item(Group{Name: "hr"})
		switch {
		case o.Method == "GET" && (got.Grade != scope.R2 || got.StatedBy != "setting" || got.LimitGroup != "slow" || !got.Deprecated || got.MaxBody != 7 || got.Scope != "Published.hr.R2"):
			t.Errorf("%+v", got)
		case o.Method == "POST" && (got.Grade != scope.W1 || got.StatedBy != "document" || got.LimitGroup != "apis.hr" || got.MaxBody != defaultBody):
			t.Errorf("%+v", got)
		}
	}
}

func TestMasksByGradeAndRules(t *testing.T) {
	t.Parallel()
	p, err := newMaskPlan([]openapi.Mask{{Path: "$.a", Kind: op.MaskHide}, {Path: "$.b", Kind: op.MaskHide, Below: scope.R2}}, scope.R1)
	if err != nil {
		t.Fatal(err)
	}
	rules := []Hidden{{ID: 9, Field: "list[].c", Kind: op.MaskHide}, {ID: 10, Field: "d", Kind: op.MaskHide}}
	for name, tc := range map[string]struct {
		who    op.Caller
		hidden []Hidden
		want   string
		masked int
	}{
		"R2":            {op.Caller{Grade: scope.R2}, nil, `{"b":2,"list":[{"c":3,"d":4}]}`, 1},
		"R1":            {op.Caller{Grade: scope.R1}, nil, `{"list":[{"c":3,"d":4}]}`, 2},
		"without grade": {op.Caller{}, nil, `{"list":[{"c":3,"d":4}]}`, 2},
		"with rules":    {op.Caller{Grade: scope.R2}, rules, `{"b":2,"list":[{}]}`, 3},
	} {
		m, err := p.of(&tc.who, tc.hidden)
		if err != nil {
			t.Fatal(err)
		}
		var out strings.Builder
		w := bodyMask{m, "x"}.Writer(&out)
		if _, err := io.WriteString(w, `{"a":1,"b":2,"list":[{"c":3,"d":4}]}`); err != nil {
			t.Fatal(err)
		}
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
		if out.String() != tc.want || len(w.Masked()) != tc.masked {
			t.Errorf("%s: %s, %v", name, out.String(), w.Masked())
		}
	}
	again, err := p.of(&op.Caller{Grade: scope.R2}, rules)
	first, err2 := p.of(&op.Caller{Grade: scope.R2}, rules)
	if again != first || errors.Join(err, err2) != nil {
		t.Error("a plan with rules is made for every call")
	}
	for range 3 * maxPlans {
		rules[0].ID++
		if _, err := p.of(&op.Caller{}, rules); err != nil {
			t.Fatal(err)
		}
	}
	if len(p.plans) > maxPlans {
		t.Errorf("%d plans are kept", len(p.plans))
	}
}

// What the trail is told of an answer: fields that a grade opens, and the whole of
// what is sensitive without telling fields.
func TestShown(t *testing.T) {
	t.Parallel()
	below := func(path string) openapi.Mask { return openapi.Mask{Path: path, Kind: op.MaskHide, Below: scope.R2} }
	all := func(path string) openapi.Mask { return openapi.Mask{Path: path, Kind: op.MaskHide} }
	r1, r2 := op.Caller{Grade: scope.R1}, op.Caller{Grade: scope.R2}
	for name, tc := range map[string]struct {
		masks  []openapi.Mask
		grade  scope.Grade
		who    op.Caller
		hidden []Hidden
		want   string
	}{
		"to R2":               {[]openapi.Mask{below("$.list[*].mobile"), below("$..email"), below("$.list[*].boss.mobile"), all("$.id")}, scope.R2, r2, nil, "email mobile"},
		"to R1":               {[]openapi.Mask{below("$.list[*].mobile")}, scope.R2, r1, nil, ""},
		"by a write":          {[]openapi.Mask{below("$['of birth'][*]")}, scope.W1, r2, nil, "of birth"},
		"the whole":           {[]openapi.Mask{all("$.id")}, scope.R2, r2, nil, "$"},
		"the whole to R1":     {nil, scope.R2, r1, nil, "$"},
		"nothing":             {[]openapi.Mask{all("$.id")}, scope.R1, r2, nil, ""},
		"nothing of a write":  {nil, scope.W2, r2, nil, ""},
		"masked for all":      {[]openapi.Mask{below("$.a"), all("$.a")}, scope.R1, r2, nil, ""},
		"by a rule on fields": {[]openapi.Mask{below("$.list[*].a"), below("$.b")}, scope.R1, r2, []Hidden{{ID: 1, Field: "a", Kind: op.MaskHide}}, "b"},
		"by a rule on paths":  {[]openapi.Mask{below("$.list[*].a"), below("$.a")}, scope.R1, r2, []Hidden{{ID: 1, Field: "list[].a", Kind: op.MaskHide}}, "a"},
	} {
		p, err := newMaskPlan(tc.masks, tc.grade)
		if err != nil {
			t.Fatal(err)
		}
		m, err := p.of(&tc.who, tc.hidden)
		if got := strings.Join(m.shown, " "); got != tc.want || err != nil {
			t.Errorf("%s: %q, not %q, %v", name, got, tc.want, err)
		}
	}
}

func TestWhatCannotBeMaskedIsRefused(t *testing.T) {
	t.Parallel()
	p, err := newMaskPlan([]openapi.Mask{{Path: "$.a", Kind: op.MaskHide}}, scope.R1)
	if err != nil {
		t.Fatal(err)
	}
	b := bodyMask{p.everybody, "GET /x"}
	for name, tc := range map[string]struct {
		status      int
		media, code string
		ok          bool
	}{
		"JSON": {200, "application/json; charset=utf-8", "", true}, "JSON of an error": {500, "application/problem+json", "identity", true},
		"compressed": {200, "application/json", "gzip", false}, "HTML": {200, "text/html", "", false}, "no type": {200, "", "", false}, "HTML of an error": {502, "text/html", "", false},
		"no content": {204, "", "", true}, "not modified": {304, "", "", true}, "events": {200, "text/event-stream", "", false},
	} {
		if err := b.Accept(tc.status, tc.media, tc.code); (err == nil) != tc.ok || err != nil && !errors.Is(err, apierror.AnswerUndeclared) {
			t.Errorf("%s: %v", name, err)
		}
	}
	w := b.Writer(io.Discard)
	if err := w.Close(); err != nil {
		t.Errorf("an empty body: %v", err)
	}
	if _, err := w.Write([]byte("{}")); !errors.Is(err, errMaskClosed) {
		t.Errorf("after the end: %v", err)
	}
}

// Who wrote a mask is told what is wrong with it, and not by which package.
func TestMasksThatAreNone(t *testing.T) {
	t.Parallel()
	for want, m := range map[string]openapi.Mask{
		"no such kind of mask":                 {Path: "$.a", Kind: "id_card"},
		"no usable pattern":                    {Path: "$.a", Kind: op.MaskPattern, Pattern: "("},
		"path a, byte 0: expected $, the body": {Path: "a", Kind: op.MaskHide},
		"below is R2 or nothing, not R1":       {Path: "$.a", Kind: op.MaskHide, Below: scope.R1},
	} {
		if err := checkMask(m); err == nil || !strings.HasPrefix(err.Error(), want) {
			t.Errorf("%v, not %s", err, want)
		}
	}
}

func TestPathsOfRules(t *testing.T) {
	t.Parallel()
	for field, want := range map[string]string{"mobile": "$..mobile", "list[].mobile": "$.list[*].mobile", "[].a": "$[*].a", "a.b": "$.a.b", "[][].a": "$[*][*].a"} {
		if got := pathOf(field); got != want || checkMask(openapi.Mask{Path: got, Kind: op.MaskHide}) != nil {
			t.Errorf("%s is %s, not %s", field, got, want)
		}
	}
}

func TestNamedAddressesAreMeant(t *testing.T) {
	t.Parallel()
	var got []string
	for _, p := range named([]string{"http://127.0.0.1:9000", "http://LOCALHOST", "https://[::1]:1/x", "http://10.0.0.1", "http://internal.example", "http://2130706433", "%"}) {
		got = append(got, p.String())
	}
	if want := "127.0.0.1/32 127.0.0.1/32 ::1/128 ::1/128 10.0.0.1/32"; strings.Join(got, " ") != want {
		t.Errorf("%v", got)
	}
}
