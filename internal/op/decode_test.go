package op

import (
	"bytes"
	"errors"
	"io"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/go-json-experiment/json"

	"github.com/gatepost/gatepost/internal/apierror"
)

// kinds is a request with a field of every kind.
type kinds struct {
	S    string            `json:"s" doc:"d"`
	N    int64             `json:"n" doc:"d"`
	Tiny int32             `json:"tiny" doc:"d"`
	F    float64           `json:"f" doc:"d"`
	B    bool              `json:"b" doc:"d"`
	P    *int64            `json:"p" doc:"d"`
	CSV  CSV               `json:"csv" doc:"d"`
	Nums CSVInt            `json:"nums" doc:"d"`
	L    []string          `json:"l" doc:"d"`
	LP   []*string         `json:"lp" doc:"d"`
	O    inner             `json:"o" doc:"d"`
	OP   *inner            `json:"op" doc:"d"`
	OL   []inner           `json:"ol" doc:"d"`
	M    map[string]string `json:"m" doc:"d"`
	MP   map[string]*inner `json:"mp" doc:"d"`
	T    JSONText          `json:"t" doc:"d"`
	Lang string            `json:"language" doc:"d" enum:"zh_CN,en_US" default:"zh_CN"`
}

type inner struct {
	Name string   `json:"name" doc:"d" maxLen:"3"`
	Deep []inner2 `json:"deep" doc:"d"`
}

type inner2 struct {
	N int64 `json:"n" doc:"d"`
}

// ask is one request as a test writes it.
type ask struct {
	v2     bool
	query  string
	body   string
	form   bool
	strict bool
	vars   Vars
	length int64
}

func decode[Req any](a ask) (*Req, []string, error) {
	o := V1("/topapi/test", handle[Req, None], good)
	if a.v2 {
		o.Dialect = DialectV2
	}
	return decodeWith[Req](&o, a)
}

func decodeWith[Req any](o *Operation, a ask) (*Req, []string, error) {
	r := &Request{Method: "POST", Query: a.query, Head: http.Header{"Content-Type": {"application/json"}}, Length: -1}
	if a.form {
		r.Head = http.Header{"Content-Type": {"application/x-www-form-urlencoded; charset=utf-8"}}
	}
	if a.length != 0 {
		r.Length = a.length
	}
	if a.body != "" {
		r.Body = strings.NewReader(a.body)
	}
	q, warnings, err := o.Decode(r, a.vars, Caller{Strict: a.strict})
	if err != nil {
		return nil, nil, err
	}
	return q.(*Req), warnings, nil
}

func TestDecode(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		ask
		want string // the fields that differ from what an empty request gives
	}{
		"nothing":                      {ask{}, ``},
		"blank body":                   {ask{body: " \n"}, ``},
		"no members":                   {ask{body: `{}`}, ``},
		"JSON values":                  {ask{body: `{"s":"x","n":7,"f":1.5,"b":true,"p":8}`}, `"s":"x","n":7,"f":1.5,"b":true,"p":8`},
		"every scalar as text":         {ask{body: `{"s":"x","n":"7","f":"1.5","b":"true","p":"8"}`}, `"s":"x","n":7,"f":1.5,"b":true,"p":8`},
		"text with space around":       {ask{body: `{"n":" 7 ","f":" 1.5 ","b":" TRUE "}`}, `"n":7,"f":1.5,"b":true`},
		"number as text field":         {ask{body: `{"s":12}`}, `"s":"12"`},
		"truth as text field":          {ask{body: `{"s":false}`}, `"s":"false"`},
		"number as truth":              {ask{body: `{"b":1}`}, `"b":true`},
		"integer written as a float":   {ask{body: `{"n":"7.0"}`}, `"n":7`},
		"integer with an exponent":     {ask{body: `{"n":1e3}`}, `"n":1000`},
		"greatest integer":             {ask{body: `{"n":9223372036854775807}`}, `"n":9223372036854775807`},
		"empty text is absence":        {ask{body: `{"s":"","n":"","b":"","nums":"","o":"","p":""}`}, ``},
		"empty text in a list":         {ask{body: `{"nums":["1","","2"]}`}, `"nums":[1,2]`},
		"null is absence":              {ask{body: `{"s":null,"n":null,"ol":null,"language":null}`}, ``},
		"list as a,b":                  {ask{body: `{"csv":"a, b,,c","nums":"1,2","l":"x,y"}`}, `"csv":["a","b","c"],"nums":[1,2],"l":["x","y"]`},
		"list as JSON":                 {ask{body: `{"csv":["a","b"],"nums":[1,2],"l":["x"],"lp":["p"]}`}, `"csv":["a","b"],"nums":[1,2],"l":["x"],"lp":["p"]`},
		"list as text of JSON":         {ask{body: `{"csv":"[\"a\",\"b\"]","nums":"[1,\"2\"]"}`}, `"csv":["a","b"],"nums":[1,2]`},
		"list of pointers as a,b":      {ask{body: `{"lp":"p,q"}`}, `"lp":["p","q"]`},
		"number for a list of numbers": {ask{body: `{"nums":7}`}, `"nums":[7]`},
		"object":                       {ask{body: `{"o":{"name":"x","deep":[{"n":"1"}]}}`}, `"o":{"name":"x","deep":[{"n":1}]}`},
		"object as text":               {ask{body: `{"op":"{\"name\":\"x\"}"}`}, `"op":{"name":"x","deep":[]}`},
		"list of objects as text":      {ask{body: `{"ol":"[{\"name\":\"x\"}]"}`}, `"ol":[{"name":"x","deep":[]}]`},
		"map":                          {ask{body: `{"m":{"a":"1","b":2}}`}, `"m":{"a":"1","b":"2"}`},
		"map of objects":               {ask{body: `{"mp":{"a":{"name":"x"}}}`}, `"mp":{"a":{"name":"x","deep":[]}}`},
		"map as text":                  {ask{body: `{"m":"{\"a\":\"1\"}"}`}, `"m":{"a":"1"}`},
		"JSON text as text":            {ask{body: `{"t":"{\"a\":1}"}`}, `"t":"{\"a\":1}"`},
		"JSON text as JSON":            {ask{body: `{"t":{"a":[1, 2]}}`}, `"t":"{\"a\":[1, 2]}"`},
		"default":                      {ask{body: `{"language":"en_US"}`}, `"language":"en_US"`},
		"query":                        {ask{query: "s=x%20y&n=7&b=1&csv=a,b&access_token=t"}, `"s":"x y","n":7,"b":true,"csv":["a","b"]`},
		"query with JSON":              {ask{query: `o=%7B%22name%22:%22x%22%7D&l=%5B%22a%22%5D`}, `"l":["a"],"o":{"name":"x","deep":[]}`},
		"flattened list":               {ask{query: "l.1=a,b&l.2=c"}, `"l":["a,b","c"]`},
		"repeated key":                 {ask{query: "l=a&l=b&nums=1&nums=2,3"}, `"nums":[1,2,3],"l":["a","b"]`},
		"form":                         {ask{body: "s=x&n=7&ol=%5B%7B%22name%22%3A%22x%22%7D%5D", form: true}, `"s":"x","n":7,"ol":[{"name":"x","deep":[]}]`},
		"body over query":              {ask{query: "n=1", body: `{"n":2}`}, `"n":2`},
		"list of the body over query":  {ask{query: "l=a", body: `{"l":["b"]}`}, `"l":["b"]`},
		"v2 JSON values":               {ask{v2: true, body: `{"s":"x","n":7,"f":1,"b":false,"csv":"a,b","nums":["1",2]}`}, `"s":"x","n":7,"f":1,"csv":["a","b"],"nums":[1,2]`},
		"v2 query is text":             {ask{v2: true, query: "n=7&b=true&f=1.5"}, `"n":7,"f":1.5,"b":true`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, warnings, err := decode[kinds](tc.ask)
			if err != nil || len(warnings) > 0 {
				t.Fatalf("refused: %v; warnings: %v", err, warnings)
			}
			want := kinds{Lang: "zh_CN"}
			if err := json.Unmarshal([]byte("{"+tc.want+"}"), &want); err != nil {
				t.Fatal(err)
			}
			if g, w := encoded(t, got), encoded(t, &want); g != w {
				t.Errorf("got  %s\nwant %s", g, w)
			}
		})
	}
}

func encoded(t testing.TB, v any) string {
	t.Helper()
	b, err := json.Marshal(v, json.Deterministic(true))
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func TestDecodeRefuses(t *testing.T) {
	t.Parallel()
	big := strings.Repeat("x", 1<<20)
	for name, tc := range map[string]struct {
		ask
		want string // rule; expected; found; what the text names
	}{
		"not JSON":                 {ask{body: `{"s":}`}, "body.malformed; a JSON object in UTF-8;"},
		"list":                     {ask{body: `[1]`}, "body.malformed; a JSON object; a list"},
		"scalar":                   {ask{v2: true, body: `7`}, "body.malformed; a JSON object; \"7\""},
		"string":                   {ask{body: `"x"`}, "body.malformed; a JSON object; a string"},
		"cut off":                  {ask{body: `{"s":"x"`}, "body.malformed; a whole JSON object; a body that ends too early"},
		"cut off in a list":        {ask{body: `{"l":["x"`}, "body.malformed; a whole JSON object; a body that ends too early"},
		"more after it":            {ask{body: `{} {}`}, "body.malformed; one JSON object; more text after it"},
		"doubled name":             {ask{body: `{"s":"x","s":"y"}`}, "body.malformed; each name once; duplicate"},
		"doubled unknown name":     {ask{body: `{"x":{"a":1,"a":2}}`}, "body.malformed; each name once; duplicate"},
		"doubled name in a map":    {ask{body: `{"m":{"a":"1","a":"2"}}`}, "body.malformed; each name once; duplicate"},
		"doubled name in text":     {ask{body: `{"o":"{\"name\":\"1\",\"name\":\"2\"}"}`}, "body.malformed; each name once; duplicate"},
		"not UTF-8":                {ask{body: "{\"s\":\"\xff\"}"}, "body.malformed; a JSON object in UTF-8; invalid UTF-8"},
		"not UTF-8 in an unknown":  {ask{body: "{\"x\":\"\xff\"}"}, "body.malformed; a JSON object in UTF-8; invalid UTF-8"},
		"query not UTF-8":          {ask{query: "s=%ff"}, "parameter.invalid; UTF-8; bytes that are not UTF-8; s"},
		"query name not UTF-8":     {ask{query: "%ff=1"}, "parameter.invalid; percent-encoded UTF-8; \"%ff=1\"; %ff"},
		"query badly escaped":      {ask{query: "s=%zz"}, "parameter.invalid; percent-encoded UTF-8; \"s=%zz\"; s"},
		"form badly escaped":       {ask{body: "s=%zz", form: true}, "parameter.invalid; percent-encoded UTF-8; \"s=%zz\"; s"},
		"declared too large":       {ask{body: `{}`, length: 2 << 20}, "body.too_large; at most 1048576 bytes; 2097152 bytes"},
		"found too large":          {ask{body: `{"s":"` + big + `"}`}, "body.too_large; at most 1048576 bytes; more"},
		"deep":                     {ask{body: `{"ol":` + strings.Repeat("[", 65) + strings.Repeat("]", 65) + `}`}, "parameter.invalid; object; a list; ol[0]"},
		"deep unknown":             {ask{body: `{"x":` + strings.Repeat("[", 64) + strings.Repeat("]", 64) + `}`}, "body.malformed; at most 64 levels of nesting; more"},
		"deep JSON text":           {ask{body: `{"t":` + strings.Repeat("[", 64) + strings.Repeat("]", 64) + `}`}, "body.malformed; at most 64 levels of nesting; more"},
		"a MiB of nesting":         {ask{body: `{"x":` + strings.Repeat("[", 1<<19)}, "body.malformed; at most 64 levels of nesting; more"},
		"a MiB of nested text":     {ask{body: `{"t":` + strings.Repeat("[", 1<<19)}, "body.malformed; "},
		"text for a number":        {ask{body: `{"n":"seven"}`}, "parameter.invalid; integer; \"seven\"; n"},
		"fraction":                 {ask{body: `{"n":1.5}`}, "parameter.invalid; integer; \"1.5\"; n"},
		"beyond 64 bits":           {ask{body: `{"n":9223372036854775808}`}, "parameter.invalid; integer; \"9223372036854775808\"; n"},
		"beyond 32 bits":           {ask{body: `{"tiny":2147483648}`}, "parameter.invalid; a 32-bit integer; 2147483648; tiny"},
		"no number at all":         {ask{body: `{"f":"NaN"}`}, "parameter.invalid; number; \"NaN\"; f"},
		"infinite":                 {ask{query: "f=-Inf"}, "parameter.invalid; number; \"-Inf\"; f"},
		"beyond any float":         {ask{body: `{"f":1e999}`}, "parameter.invalid; number; \"1e999\"; f"},
		"no truth":                 {ask{body: `{"b":"maybe"}`}, "parameter.invalid; true or false; \"maybe\"; b"},
		"truth for a number":       {ask{body: `{"n":true}`}, "parameter.invalid; integer; true; n"},
		"object for a string":      {ask{body: `{"s":{}}`}, "parameter.invalid; string; an object; s"},
		"list for an object":       {ask{body: `{"o":[]}`}, "parameter.invalid; object; a list; o"},
		"null in a list":           {ask{body: `{"l":["a",null]}`}, "parameter.invalid; string; null; l[1]"},
		"text for an object":       {ask{body: `{"o":"x"}`}, "parameter.invalid; object; \"x\"; o"},
		"more text after the JSON": {ask{body: `{"o":"{} {}"}`}, "parameter.invalid; one JSON value; more text after it; o"},
		"deep inside":              {ask{body: `{"ol":[{"deep":[{"n":1},{"n":"x"}]}]}`}, "parameter.invalid; integer; \"x\"; ol[0].deep[1].n"},
		"limit deep inside":        {ask{body: `{"ol":[{"name":"four"}]}`}, "parameter.invalid; at most 3 characters; 4; ol[0].name"},
		"enum":                     {ask{body: `{"language":"fr_FR"}`}, "parameter.invalid; zh_CN | en_US; \"fr_FR\"; language"},
		"v2 text for a number":     {ask{v2: true, body: `{"n":"7"}`}, "parameter.invalid; integer; string \"7\"; n"},
		"v2 text for a truth":      {ask{v2: true, body: `{"b":"true"}`}, "parameter.invalid; boolean; string \"true\"; b"},
		"v2 number for text":       {ask{v2: true, body: `{"s":7}`}, "parameter.invalid; string; 7; s"},
		"v2 text for a list":       {ask{v2: true, body: `{"l":"a,b"}`}, "parameter.invalid; list; string \"a,b\"; l"},
		"v2 text for an object":    {ask{v2: true, body: `{"o":"{}"}`}, "parameter.invalid; object; string \"{}\"; o"},
		"NUL":                      {ask{body: `{"s":"a\u0000b"}`}, "parameter.invalid; text without the character U+0000; \"a\\x00b\"; s"},
		"NUL in a query":           {ask{query: "s=a%00b"}, "parameter.invalid; text without the character U+0000;"},
		"v2 form":                  {ask{v2: true, body: `s=x`, form: true}, "body.malformed; a JSON object in UTF-8;"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, _, err := decode[kinds](tc.ask)
			wantRefusal(t, err, tc.want)
		})
	}
}

// wantRefusal compares err with "rule; expected; found; name" in English. What stands last
// needs only be the beginning.
func wantRefusal(t *testing.T, err error, want string) {
	t.Helper()
	r, ok := errors.AsType[*apierror.Refusal](err)
	if !ok {
		t.Fatalf("not refused, but %v", err)
	}
	got := strings.Join([]string{r.Rule.Name, r.ExpectedIn("en"), r.FoundIn("en"), r.Values()["name"]}, "; ")
	if !strings.HasPrefix(got, want) {
		t.Errorf("refused as %q, not as %q", got, want)
	}
}

type limited struct {
	ID     string   `json:"userid" doc:"员工的 userid" required:"true" maxLen:"4" minLen:"2"`
	Order  []string `json:"order" doc:"d" required:"true" maxItems:"2" enum:"up,down"`
	Size   int64    `json:"size" doc:"d" min:"1" max:"100" rule:"page.size" default:"10"`
	Ratio  float64  `json:"ratio" doc:"d" min:"0" max:"1"`
	Level  int      `json:"level" doc:"d" enum:"1,2"`
	Extra  JSONText `json:"extra" doc:"d" maxLen:"8"`
	Levels CSVInt   `json:"levels" doc:"d" max:"5"`
}

// Fields are described in Chinese only: an English reader is told the kind.
func TestAMissingFieldIsDescribed(t *testing.T) {
	t.Parallel()
	_, _, err := decode[limited](ask{body: `{}`})
	r := apierror.From(err)
	if zh, en := r.ExpectedIn("zh"), r.ExpectedIn("en"); zh != "字符串：员工的 userid" || en != "string" {
		t.Errorf("%q, %q", zh, en)
	}
}

func TestLimits(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct{ body, want string }{
		"missing":           {`{}`, "parameter.missing; string; ; userid"},
		"empty is missing":  {`{"userid":""}`, "parameter.missing; string; ; userid"},
		"null is missing":   {`{"userid":null}`, "parameter.missing; string; ; userid"},
		"empty list":        {`{"userid":"ab","order":[]}`, "parameter.missing; list; ; order"},
		"too long in runes": {`{"userid":"一二三四五"}`, "parameter.invalid; at most 4 characters; 5; userid"},
		"too short":         {`{"userid":"一"}`, "parameter.invalid; at least 2 characters; 1; userid"},
		"too many":          {`{"userid":"ab","order":["up","up","up"]}`, "parameter.invalid; at most 2 items; more; order"},
		"too many as text":  {`{"userid":"ab","order":"up,up,up"}`, "parameter.invalid; at most 2 items; more; order"},
		"item not in enum":  {`{"userid":"ab","order":["up","left"]}`, "parameter.invalid; up | down; \"left\"; order[1]"},
		"own rule":          {`{"userid":"ab","order":"up","size":101}`, "page.size; at most 100; 101; size"},
		"own rule below":    {`{"userid":"ab","order":"up","size":"0"}`, "page.size; at least 1; 0; size"},
		"own rule of type":  {`{"userid":"ab","order":"up","size":"x"}`, "page.size; integer; \"x\"; size"},
		"float":             {`{"userid":"ab","order":"up","ratio":1.5}`, "parameter.invalid; at most 1; 1.5; ratio"},
		"number enum":       {`{"userid":"ab","order":"up","level":3}`, "parameter.invalid; 1 | 2; 3; level"},
		"long JSON text":    {`{"userid":"ab","order":"up","extra":[1,2,3,4]}`, "parameter.invalid; at most 8 characters; 9; extra"},
		"item beyond max":   {`{"userid":"ab","order":"up","levels":"1,6"}`, "parameter.invalid; at most 5; 6; levels[1]"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, _, err := decode[limited](ask{body: tc.body})
			wantRefusal(t, err, tc.want)
		})
	}
	q, _, err := decode[limited](ask{body: `{"userid":"一二三四","order":"up,down","size":"","level":""}`})
	if err != nil || q.Size != 10 || q.Level != 0 {
		t.Errorf("%+v, %v", q, err)
	}
}

func TestUnknownFields(t *testing.T) {
	t.Parallel()
	body := `{"lnguage":"x","o":{"nam":"y"},"s":"z","corpId":"c"}`
	q, warnings, err := decode[kinds](ask{body: body, query: "page=1&access_token=t"})
	if err != nil || q.S != "z" || !slices.Equal(warnings, []string{"page", "lnguage", "o.nam"}) {
		t.Errorf("%+v, warnings %v, %v", q, warnings, err)
	}
	for name, tc := range map[string]struct {
		ask
		want string
	}{
		"in the body":  {ask{body: `{"lnguage":"x"}`, strict: true}, "parameter.unknown; language; lnguage; lnguage"},
		"deep inside":  {ask{body: `{"o":{"nam":"y"}}`, strict: true}, "parameter.unknown; name; o.nam; o.nam"},
		"in the query": {ask{query: "Languag=x", strict: true}, "parameter.unknown; language; Languag; Languag"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, _, err := decode[kinds](tc.ask)
			wantRefusal(t, err, tc.want)
		})
	}
}

// A body of nothing but unknown names must cost neither time nor a header of a
// megabyte.
func TestUnknownFieldsAreBounded(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("长", 300_000)
	_, warnings, err := decode[kinds](ask{body: `{"` + long + `":1}`})
	if err != nil || len(warnings) != 1 || len(warnings[0]) > 70 {
		t.Errorf("%d warnings, the first of %d bytes, %v", len(warnings), len(warnings[0]), err)
	}
	var many strings.Builder
	for i := range 5000 {
		many.WriteString(`,"x` + strconv.Itoa(i) + `":1`)
	}
	if _, warnings, err = decode[kinds](ask{body: `{"s":"x"` + many.String() + `}`}); err != nil || len(warnings) != 8 {
		t.Errorf("%d warnings, %v", len(warnings), err)
	}
	_, _, err = decode[kinds](ask{body: `{"` + long + `":1}`, strict: true})
	if r, ok := errors.AsType[*apierror.Refusal](err); !ok || len(r.Message("zh")) > 600 {
		t.Errorf("refused with a text of the request's length: %.100v", err)
	}
}

func TestPathVariables(t *testing.T) {
	t.Parallel()
	type userOf struct {
		ID   string `path:"unionId" doc:"d" maxLen:"40"`
		Dept int64  `path:"dept" doc:"d"`
		Lang string `query:"lang" doc:"d"`
	}
	o := V2("GET /v1.0/x/{unionId}/depts/{dept}", handle[userOf, None], good)
	find := func(path string) Vars {
		found, vars := NewCatalogue([]Operation{o}).Find("GET", path)
		if found == nil {
			t.Fatalf("%s is not found", path)
		}
		return vars
	}
	q, warnings, err := decodeWith[userOf](&o, ask{vars: find("/v1.0/x/a%2Fb%20%E6%9D%8E+c/depts/7"), query: "unionId=other&lang=en", body: `{"dept":9}`})
	if err != nil || q.ID != "a/b 李+c" || q.Dept != 7 || q.Lang != "en" || !slices.Equal(warnings, []string{"dept"}) {
		t.Errorf("%+v, warnings %v, %v", q, warnings, err)
	}
	_, _, err = decodeWith[userOf](&o, ask{vars: find("/v1.0/x/a/depts/b")})
	wantRefusal(t, err, `parameter.invalid; integer; "b"; dept`)
	_, _, err = decodeWith[userOf](&o, ask{vars: find("/v1.0/x/%ff/depts/1")})
	wantRefusal(t, err, `parameter.invalid; UTF-8; bytes that are not UTF-8; unionId`)
}

// slow is a body whose transport fails or refuses.
type slow struct{ err error }

func (s slow) Read([]byte) (int, error) { return 0, s.err }

func TestBodies(t *testing.T) {
	t.Parallel()
	o := V1("/topapi/test", handle[kinds, None], with(func(s *Spec) { s.MaxBody = 16 }))
	head := http.Header{}
	for name, tc := range map[string]struct {
		body io.Reader
		want string
	}{
		"limit of the operation": {strings.NewReader(`{"s":"0123456789"}`), "body.too_large; at most 16 bytes; more"},
		"limit of the transport": {slow{ErrBodyTooLarge}, "body.too_large; at most 16 bytes; more"},
		"connection lost":        {slow{io.ErrUnexpectedEOF}, "body.unreadable"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, _, err := o.Decode(&Request{Head: head, Body: tc.body, Length: -1}, Vars{}, Caller{})
			wantRefusal(t, err, tc.want)
		})
	}

	// Where nobody says what it is, the first byte tells.
	for body, want := range map[string]string{`{"s":"a=b"}`: "a=b", `s=x%3Dy`: "x=y"} {
		q, _, err := o.Decode(&Request{Head: head, Body: strings.NewReader(body), Length: -1}, Vars{}, Caller{})
		if err != nil || q.(*kinds).S != want {
			t.Errorf("%s: %+v, %v", body, q, err)
		}
	}

	// A form that was read for its token is still held to the operation's limit.
	r := &Request{Head: http.Header{"Content-Type": {"application/x-www-form-urlencoded"}}, Length: -1,
		Body: bytes.NewReader([]byte("access_token=t&s=0123456789"))}
	if token, err := DialectV1.Credential(r); err != nil || token != "t" {
		t.Fatalf("token %q, %v", token, err)
	}
	_, _, err := o.Decode(r, Vars{}, Caller{})
	wantRefusal(t, err, "body.too_large; at most 16 bytes; 27 bytes")
}
