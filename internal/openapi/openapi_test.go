package openapi

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/gatepost/gatepost/internal/apierror"
	"github.com/gatepost/gatepost/internal/op"
)

// of is a document with one operation, of which more is said in members and
// components.
func of(members, components string) string {
	return "openapi: 3.0.3\ninfo: {title: T, version: '1'}\npaths:\n  /a:\n    get:\n      operationId: a\n      summary: A\n" +
		"      responses: {'200': {description: d}}\n" + members + "\n" + components
}

// Every finding names its rule, pointer and line.
func TestFindings(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct{ document, want string }{
		"empty":              {"", "syntax  1"},
		"no YAML":            {"a: 1\n b: 2", "syntax  2"},
		"no JSON":            {"{\n\"openapi\": 3.1.0}", "syntax  2"},
		"doubled name, JSON": {"{\n\"openapi\": \"3.1.0\",\n\"openapi\": \"3.1.0\"}", "syntax  3"},
		"doubled name":       {"openapi: 3.1.0\nopenapi: 3.1.0", "syntax  2"},
		"two documents":      {"openapi: 3.1.0\n---\nopenapi: 3.1.0", "syntax  2"},
		"merge key":          {"openapi: 3.1.0\ninfo: &i {title: T}\npaths:\n  <<: *i", "syntax  4"},
		"alias in itself":    {"openapi: 3.1.0\npaths: &p\n  /a: *p", "syntax  3"},
		"swagger":            {"swagger: '2.0'", "version /openapi 1"},
		"3.2":                {"openapi: 3.2.0", "version /openapi 1"},
		"a list":             {"[1]", "version /openapi 1"},
		"no paths":           {"openapi: 3.1.0", "paths.empty /paths 1"},
		"path without slash": {"openapi: 3.1.0\npaths:\n  a: {get: {}}", "path.form /paths/a 3"},
		"dots in path":       {"openapi: 3.1.0\npaths:\n  /a/../b: {get: {}}", "path.form /paths/~1a~1..~1b 3"},
		"two variables":      {"openapi: 3.1.0\npaths:\n  '/{a}{b}': {get: {}}", "path.form /paths/~1{a}{b} 3"},
		"variable twice":     {"openapi: 3.1.0\npaths:\n  '/{a}/{a}': {get: {}}", "path.form /paths/~1{a}~1{a} 3"},
		"conflict": {of("  /{x}: {delete: {operationId: b, summary: B, responses: {}, parameters: [{name: x, in: path}]}}\n"+
			"  /{y}: {delete: {operationId: c, summary: C, responses: {}, parameters: [{name: y, in: path}]}}", ""), "path.conflict /paths/~1{y}/delete 10"},
		"variable undeclared":  {of("  /b/{x}: {get: {operationId: b, summary: B, responses: {}}}", ""), "path.variable /paths/~1b~1{x}/get 9"},
		"variable unknown":     {of("      parameters: [{name: x, in: path}]", ""), "path.variable /paths/~1a/get 6"},
		"TRACE":                {of("    trace: {}", ""), "unsupported /paths/~1a/trace 9"},
		"callbacks":            {of("      callbacks: {c: {}}", ""), "unsupported /paths/~1a/get/callbacks 9"},
		"cookie":               {of("      parameters: [{name: x, in: cookie}]", ""), "unsupported /paths/~1a/get/parameters/0 9"},
		"links":                {of("    put: {operationId: b, summary: B, responses: {'200': {links: {l: {}}}}}", ""), "unsupported /paths/~1a/put/responses/200/links 9"},
		"webhooks":             {of("", "webhooks: {w: {}}"), "unsupported /webhooks 10"},
		"external":             {of("      parameters: [{$ref: 'other.yaml#/p'}]", ""), "ref.external /paths/~1a/get/parameters/0/$ref 9"},
		"external schema":      {of("      parameters: [{name: x, in: query, schema: {$ref: 'http://169.254.169.254/'}}]", ""), "ref.external /paths/~1a/get/parameters/0/schema/$ref 9"},
		"dangling":             {of("      parameters: [{$ref: '#/components/parameters/P'}]", ""), "ref.missing /paths/~1a/get/parameters/0/$ref 9"},
		"dangling schema":      {of("      parameters: [{name: x, in: query, schema: {$ref: '#/components/schemas/S'}}]", ""), "ref.missing /paths/~1a/get/parameters/0/schema/$ref 9"},
		"circle of references": {of("      parameters: [{$ref: '#/components/parameters/P'}]", "components:\n  parameters: {P: {$ref: '#/components/parameters/Q'}, Q: {$ref: '#/components/parameters/P'}}"), "ref.missing /components/parameters/Q 11"},
		"type of a schema":     {of("      parameters: [{name: x, in: query, schema: {type: texts}}]", ""), "schema /paths/~1a/get/parameters/0/schema/type 9"},
		"pattern":              {of("      parameters: [{name: x, in: query, schema: {type: string, pattern: '(?=a)b'}}]", ""), "schema /paths/~1a/get/parameters/0/schema/pattern 9"},
		"$id":                  {of("      parameters: [{name: x, in: query, schema: {$id: 'http://x/'}}]", ""), "schema.keyword /paths/~1a/get/parameters/0/schema/$id 9"},
		"style":                {of("      parameters: [{name: x, in: query, style: deepObject, schema: {type: object}}]", ""), "parameter.style /paths/~1a/get/parameters/0 9"},
		"grade":                {of("      x-gatepost-grade: R9", ""), "grade.form /paths/~1a/get/x-gatepost-grade 9"},
		"mask":                 {of("      x-gatepost-masks: [{path: x, kind: phone}]", ""), "mask.form /paths/~1a/get/x-gatepost-masks/0 9"},
		"no id":                {of("    put: {summary: B, responses: {}}", ""), "operation.id /paths/~1a/put 9"},
		"id twice":             {of("    put: {operationId: a, summary: B, responses: {}}", ""), "operation.id /paths/~1a/put/operationId 9"},
		"no summary":           {of("    put: {operationId: b, responses: {}}", ""), "operation.summary /paths/~1a/put 9"},
		"security":             {of("", "security: [{k: []}]"), "security.replaced /security 10"},
		"servers":              {of("", "servers: [{url: 'http://x'}]"), "servers.ignored /servers 10"},
		"no responses":         {of("    put: {operationId: b, summary: B}", ""), "form /paths/~1a/put 9"},
		"body without content": {of("    put: {operationId: b, summary: B, responses: {}, requestBody: {}}", ""), "form /paths/~1a/put/requestBody 9"},
	} {
		_, found := Read([]byte(tc.document), Options{CheckMask: func(Mask) error { return errors.New("no mask") }})
		var got []string
		for _, f := range found {
			got = append(got, fmt.Sprintf("%s %s %d", f.Name, f.Pointer, f.Line))
			if f.Expected.ZH == "" || f.Expected.EN == "" || f.Fix.ZH == "" || f.Fix.EN == "" {
				t.Errorf("%s: %s does not say what to do", name, f.Name)
			}
		}
		if !slices.Contains(got, tc.want) {
			t.Errorf("%s: found %q, want %q", name, got, tc.want)
		}
	}
	if _, found := Read([]byte(of("", "")), Options{}); len(found) != 0 {
		t.Errorf("a document without fault has %v", found)
	}
}

// A document that would grow by being read is refused, and quickly: by the count
// of its values, whatever they are.
func TestBounds(t *testing.T) {
	t.Parallel()
	laughs := "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n"
	for i := 1; i < 10; i++ {
		laughs += fmt.Sprintf("a%d: &a%d [%s*a%d]\n", i, i, strings.Repeat(fmt.Sprintf("*a%d, ", i-1), 9), i-1)
	}
	references := "openapi: 3.1.0\npaths: {/a: {get: {operationId: a, summary: A, x-gatepost-grade: R1, responses: {'200': {description: d, content: {application/json: {schema: {$ref: '#/components/schemas/S0'}}}}}}}}\ncomponents:\n  schemas:\n"
	for i := range 40 {
		references += fmt.Sprintf("    S%d: {type: object, properties: {a: {$ref: '#/components/schemas/S%d'}, b: {$ref: '#/components/schemas/S%d'}, c: {$ref: '#/components/schemas/S%d'}}}\n", i, i+1, i+1, i+1)
	}
	references += "    S40: {type: string}\n"
	for name, tc := range map[string]struct {
		document string
		want     *Rule
	}{
		"aliases":     {laughs, TooLarge},
		"levels":      {strings.Repeat("[", 200) + strings.Repeat("]", 200), TooLarge},
		"JSON levels": {`{"a":` + strings.Repeat("[", 200) + strings.Repeat("]", 200) + "}", TooLarge},
		"values":      {"[" + strings.Repeat("1,", maxNodes) + "1]", TooLarge},
		"bytes":       {strings.Repeat(" ", MaxBytes+1), TooLarge},
		"references":  {references, nil},
	} {
		_, found := Read([]byte(tc.document), Options{})
		if tc.want == nil && Fatal(found) || tc.want != nil && (len(found) != 1 || found[0].Rule != tc.want) {
			t.Errorf("%s: %v", name, found)
		}
	}
}

func TestSchemaInsideItself(t *testing.T) {
	t.Parallel()
	doc, found := Read([]byte(of("    post:\n      operationId: b\n      summary: B\n      responses: {}\n      requestBody: {content: {application/json: {schema: {$ref: '#/components/schemas/Unit'}}}}",
		"components: {schemas: {Unit: {type: object, required: [id], properties: {id: {type: integer}, children: {type: array, items: {$ref: '#/components/schemas/Unit'}}}}}}")), Options{})
	if Fatal(found) {
		t.Fatal(found)
	}
	check := doc.Operations[1].Body.Check
	if err := check.Value(map[string]any{"id": 1, "children": []any{map[string]any{"id": 2}}}, ""); err != nil {
		t.Error(err)
	}
	err := check.Value(map[string]any{"id": 1, "children": []any{map[string]any{"id": 2, "children": []any{map[string]any{"id": "3"}}}}}, "")
	if r := apierror.From(err); r.Field != "children[0].children[0].id" || r.Rule != apierror.ParameterInvalid {
		t.Errorf("refused %+v", r)
	}
}

// What 3.0 says otherwise than 2020-12 means the same to callers.
func TestDialectsOfSchemas(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		version, schema string
		good, bad       []any
	}{
		"nullable":             {"3.0.3", "{type: string, nullable: true}", []any{"a", nil}, []any{1.0}},
		"nullable enum":        {"3.0.3", "{type: string, nullable: true, enum: [a]}", []any{"a", nil}, []any{"b"}},
		"type list":            {"3.1.0", "{type: [string, 'null']}", []any{"a", nil}, []any{1.0}},
		"nullable means none":  {"3.1.0", "{type: string, nullable: true}", []any{"a"}, []any{nil}},
		"exclusive in 3.0":     {"3.0.3", "{type: number, minimum: 1, exclusiveMinimum: true, maximum: 3}", []any{2.0, 3.0}, []any{1.0, 4.0}},
		"not exclusive in 3.0": {"3.0.3", "{type: number, minimum: 1, exclusiveMinimum: false}", []any{1.0}, []any{0.0}},
		"exclusive in 3.1":     {"3.1.0", "{type: number, exclusiveMaximum: 3}", []any{2.0}, []any{3.0}},
		"beside a reference":   {"3.1.0", "{$ref: '#/components/schemas/S', maxLength: 1}", []any{"a"}, []any{"ab"}},
		"not beside, in 3.0":   {"3.0.3", "{$ref: '#/components/schemas/S', maxLength: 1}", []any{"ab"}, []any{1.0}},
		"format":               {"3.0.3", "{type: string, format: date}", []any{"2026-02-28"}, []any{"2026-02-30", "x"}},
		"alternatives":         {"3.0.3", "{oneOf: [{type: string}, {type: integer}]}", []any{"a", 1.0}, []any{true}},
		"false":                {"3.1.0", "false", nil, []any{"a"}},
	} {
		document := strings.Replace(of("    post:\n      operationId: b\n      summary: B\n      responses: {}\n      requestBody: {content: {application/json: {schema: "+tc.schema+"}}}",
			"components: {schemas: {S: {type: string}}}"), "3.0.3", tc.version, 1)
		doc, found := Read([]byte(document), Options{})
		if Fatal(found) {
			t.Errorf("%s: %v", name, found)
			continue
		}
		check := doc.Operations[1].Body.Check
		for _, v := range tc.good {
			if err := check.Value(v, "v"); err != nil {
				t.Errorf("%s: %v: %v", name, v, err)
			}
		}
		for _, v := range tc.bad {
			if err := check.Value(v, "v"); err == nil {
				t.Errorf("%s: %v was taken", name, v)
			}
		}
	}
}

func TestParameters(t *testing.T) {
	t.Parallel()
	read := func(in, more string) *Parameter {
		doc, found := Read([]byte(of("      parameters: [{name: p, in: "+in+", "+more+"}]", "")), Options{})
		if Fatal(found) {
			t.Fatal(found)
		}
		return &doc.Operations[0].Parameters[0]
	}
	for name, tc := range map[string]struct {
		p     *Parameter
		given []string
		want  *apierror.Error // nil: taken
	}{
		"absent":           {read("query", "schema: {type: integer}"), nil, nil},
		"needed":           {read("query", "required: true, schema: {type: integer}"), nil, apierror.ParameterMissing},
		"integer":          {read("query", "schema: {type: integer, maximum: 5}"), []string{"5"}, nil},
		"too much":         {read("query", "schema: {type: integer, maximum: 5}"), []string{"6"}, apierror.ParameterInvalid},
		"no integer":       {read("query", "schema: {type: integer}"), []string{"1.5"}, apierror.ParameterInvalid},
		"number":           {read("query", "schema: {type: number}"), []string{"1.5"}, nil},
		"no number":        {read("query", "schema: {type: number}"), []string{"NaN"}, apierror.ParameterInvalid},
		"truth":            {read("query", "schema: {type: boolean}"), []string{"true"}, nil},
		"no truth":         {read("query", "schema: {type: boolean}"), []string{"yes"}, apierror.ParameterInvalid},
		"twice":            {read("query", "schema: {type: string}"), []string{"a", "b"}, apierror.ParameterInvalid},
		"exploded list":    {read("query", "schema: {type: array, items: {type: integer}}"), []string{"1", "2"}, nil},
		"in exploded list": {read("query", "schema: {type: array, items: {type: integer}}"), []string{"1", "x"}, apierror.ParameterInvalid},
		"list":             {read("query", "explode: false, schema: {type: array, items: {type: integer}}"), []string{"1,2"}, nil},
		"list twice":       {read("query", "explode: false, schema: {type: array, items: {type: integer}}"), []string{"1", "2"}, apierror.ParameterInvalid},
		"too many":         {read("query", "schema: {type: array, maxItems: 1, items: {type: integer}}"), []string{"1", "2"}, apierror.ParameterInvalid},
		"list in a header": {read("header", "schema: {type: array, items: {enum: [a, b]}}"), []string{"a, b", "a"}, nil},
		"free style":       {read("query", "style: deepObject, schema: {type: object}"), []string{"x", "y"}, nil},
		"no schema":        {read("query", "description: d"), []string{"x"}, nil},
	} {
		err := tc.p.Text(tc.given)
		if tc.want == nil && err != nil || tc.want != nil && !errors.Is(err, tc.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestSuggestions(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]op.Mask{
		"mobile": op.MaskPhone, "work_phone": op.MaskPhone, "idCard": op.MaskIDCard, "ID_CARD_NO": op.MaskIDCard, "e-mail": op.MaskEmail, "orgEmail": op.MaskEmail,
		"bank-account": op.MaskBankCard, "baseSalary": op.MaskHide, "dateOfBirth": op.MaskHide, "name": "", "orgUnit": "", "id": "",
	} {
		if got := Sensitive(name); got != want {
			t.Errorf("Sensitive(%s) = %q, not %q", name, got, want)
		}
	}
	answers := "responses: {'200': {description: d, content: {application/json: {schema: {type: object, properties: {list: {type: array, items: {type: object, properties: {mobile: {type: string}, 'e-mail': {type: array, items: {type: string}}}}}}}}}}}"
	takes := "requestBody: {content: {application/json: {schema: {type: object, properties: {salary: {type: number}}}}}}"
	doc, found := Read([]byte(of("  /b: {get: {operationId: b, summary: B, "+answers+"}, put: {operationId: c, summary: C, responses: {}, "+takes+"}, post: {operationId: d, summary: D, responses: {}}, delete: {operationId: e, summary: E, responses: {}}}\n"+
		"  /people/salaries: {get: {operationId: f, summary: F, responses: {}}}", "")), Options{})
	if Fatal(found) {
		t.Fatal(found)
	}
	var got []string
	for _, o := range doc.Operations {
		got = append(got, fmt.Sprintf("%s %s", o.Key(), o.Suggested))
		if o.Grade != "" {
			t.Errorf("%s got the grade %s that nobody stated", o.Key(), o.Grade)
		}
	}
	if want := "GET /a R1, GET /b R2, PUT /b W2, POST /b W1, DELETE /b W2, GET /people/salaries R2"; strings.Join(got, ", ") != want {
		t.Errorf("suggested %s", strings.Join(got, ", "))
	}
	if got, want := fmt.Sprint(doc.Operations[1].SuggestedMasks), "[{$.list[*].mobile phone   R2} {$.list[*]['e-mail'] hide   R2}]"; got != want {
		t.Errorf("suggested %s, not %s", got, want)
	}
}

func TestMediaTypes(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		declared, given string
		want            bool
	}{
		{"application/json", "Application/JSON; charset=utf-8", true}, {"image/*", "image/png", true}, {"*/*", "text/html", true},
		{"application/json", "", false}, {"application/json", "application/jsonp", false}, {"image/*", "images/png", false},
	} {
		if got := Accepts([]string{mediaType(tc.declared)}, tc.given); got != tc.want {
			t.Errorf("%s takes %s: %t", tc.declared, tc.given, got)
		}
	}
	if !IsJSON("application/problem+json; charset=utf-8") || IsJSON("text/json-like") {
		t.Error("JSON is not told from what is none")
	}
}

// breaks counts line breaks, of which YAML has more than one.
func breaks(document string) (n int) {
	for _, r := range document {
		if strings.ContainsRune("\n\r\u0085\u2028\u2029", r) {
			n++
		}
	}
	return n
}

// Whatever is sent, reading ends, findings point into the document, and what is
// without error has operations that can be described and called.
func FuzzRead(f *testing.F) {
	for _, seed := range []string{of("", ""), `{"openapi":"3.1.0","paths":{"/a/{b}":{"get":{"parameters":[{"name":"b","in":"path","schema":{"$ref":"#/x"}}]}}},"x":{"type":"integer"}}`,
		"openapi: 3.0.0\npaths: {/a: &a {get: {}}, /b: *a}", "a: &a [*a]", of("      parameters: [{name: x, in: query, schema: {$ref: '#/paths/~1a'}}]", "")} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, document string) {
		doc, found := Read([]byte(document), Options{})
		for _, one := range found {
			if one.Line < 1 || one.Line > breaks(document)+2 || one.Pointer != "" && !strings.HasPrefix(one.Pointer, "/") {
				t.Errorf("a finding at line %d, %q", one.Line, one.Pointer)
			}
		}
		if doc == nil || Fatal(found) {
			return
		}
		for _, o := range doc.Operations {
			if o.Title == "" || o.ID == "" || o.Request == nil || o.Response == nil || o.Suggested == "" {
				t.Errorf("%s is incomplete: %+v", o.Key(), o)
			}
			for i := range o.Parameters {
				_ = o.Parameters[i].Text([]string{"x"})
			}
			if o.Body != nil {
				_ = o.Body.Check.Value(map[string]any{"a": 1.0}, "")
			}
		}
	})
}
