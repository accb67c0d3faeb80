package op

import (
	"errors"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/gatepost/gatepost/internal/apierror"
)

// everything is kinds and limited together, so that a fuzzer meets every branch.
type everything struct {
	Kinds   kinds              `json:"kinds" doc:"d"`
	Limited limited            `json:"limited" doc:"d"`
	Map     map[string]limited `json:"map" doc:"d"`
	S       string             `json:"s" doc:"d" required:"true"`
	N       *int32             `json:"n" doc:"d" min:"-5" max:"5"`
	F       float64            `json:"f" doc:"d"`
	B       bool               `json:"b" doc:"d"`
	CSV     CSV                `json:"csv" doc:"d" maxItems:"3"`
	Nums    CSVInt             `json:"nums" doc:"d"`
	LP      []*inner           `json:"lp" doc:"d"`
	T       JSONText           `json:"t" doc:"d"`
}

func FuzzDecodeV1(f *testing.F) { fuzzDecode(f, DialectV1) }
func FuzzDecodeV2(f *testing.F) { fuzzDecode(f, DialectV2) }

// fuzzDecode holds every request to two promises: what is refused is refused by
// a row of the table that can be told, and what is accepted can be encoded.
func fuzzDecode(f *testing.F, d Dialect) {
	o := V1("/topapi/test", handle[everything, None], good)
	o.Dialect = d
	for _, body := range []string{
		``, `{}`, `{"s":"x","n":"3","f":1e3,"b":"true","csv":"a,b","nums":[1,"2"],"t":{"a":[]}}`,
		`{"kinds":"{\"ol\":[{\"deep\":[{\"n\":1}]}]}","lp":[{"name":"x"}],"map":{"a":{"userid":"ab","order":"up"}}}`,
		`s=x&n=3&kinds=%7B%7D&lp.1=%7B%7D`, `{"s":"x","s":"y"}`, "{\"s\":\"\xff\"}", `{"x":` + strings.Repeat("[", 70), `{"f":"NaN"}`, `{"n":""}`,
	} {
		f.Add(body, "s=x&l.1=a&csv=a,b&csv=c", true)
		f.Add(body, "", false)
	}
	f.Fuzz(func(t *testing.T, body, query string, strict bool) {
		for _, contentType := range []string{"", "application/json", "application/x-www-form-urlencoded"} {
			r := &Request{Method: "POST", Query: query, Body: strings.NewReader(body), Length: -1, Head: http.Header{"Content-Type": {contentType}}}
			q, warnings, err := o.Decode(r, Vars{}, Caller{Strict: strict})
			if err != nil {
				refusal, ok := errors.AsType[*apierror.Refusal](err)
				if !ok {
					t.Fatalf("not a refusal: %v", err)
				}
				if a := d.Refuse(Refusal{Path: "/topapi/test", Lang: "zh"}, refusal); !jsontext.Value(a.Body).IsValid() || len(a.Body) > 4096 {
					t.Fatalf("refused with %d bytes: %.300q", len(a.Body), a.Body)
				}
				continue
			}
			if strict && len(warnings) > 0 || len(warnings) > 8 {
				t.Fatalf("accepted with the warnings %q", warnings)
			}
			if b, err := json.Marshal(q); err != nil {
				t.Fatalf("accepted and cannot be encoded: %v\n%s", err, b)
			}
		}
	})
}

func FuzzTreeFind(f *testing.F) {
	var tree Tree[string]
	routes := []string{"/", "/a", "/a/{x}", "/a/b/c", "/A/B/{y}/z", "/{any}/b", "/a/{id}s/b", "/v{n}/{m}", "/a/b/{x}/{y}/{z}"}
	for _, route := range routes {
		tree.Add("GET", route, route)
		f.Add(route)
	}
	f.Add("/A//b/%2F/%zz")
	f.Fuzz(func(t *testing.T, path string) {
		route, vars, ok := tree.Find("GET", path)
		if !ok {
			return
		}
		// What was found, filled with what it was found with, is the path again.
		for i, name := range vars.names {
			open := strings.Index(route, "{"+name+"}")
			if open < 0 {
				t.Fatalf("%q found %s with a variable %s that it has not", path, route, name)
			}
			value := vars.values[i]
			if value == "" {
				t.Fatalf("%q found %s with an empty %s", path, route, name)
			}
			route = route[:open] + url.PathEscape(value) + route[open+len(name)+2:]
		}
		again, _, ok := tree.Find("GET", route)
		if !ok {
			t.Fatalf("%q is found, %q made of it is not (%s)", path, route, again)
		}
		if len(tree.Methods(path)) == 0 {
			t.Fatalf("%q is found and answers no method", path)
		}
	})
}

func FuzzParseQuery(f *testing.F) {
	for _, q := range []string{"", "a=b", "a=b&a=c&&d", "a=%20+%2B", "%zz", "=", "a=%ff", "%ff=a", "a;b=c"} {
		f.Add(q)
	}
	f.Fuzz(func(t *testing.T, query string) {
		got, err := parseText(query)
		if err != nil {
			if _, ok := errors.AsType[*apierror.Refusal](err); !ok {
				t.Fatalf("not a refusal: %v", err)
			}
			return
		}
		for _, kv := range got {
			if !utf8.ValidString(kv[0]) {
				t.Fatalf("the name %q is not UTF-8", kv[0])
			}
		}
		// The standard library refuses semicolons; where both read, both read the same.
		want, err := url.ParseQuery(query)
		if err != nil {
			return
		}
		mine := url.Values{}
		for _, kv := range got {
			mine.Add(kv[0], kv[1])
		}
		if mine.Encode() != want.Encode() {
			t.Fatalf("%q reads as %v, not as %v", query, mine, want)
		}
	})
}
