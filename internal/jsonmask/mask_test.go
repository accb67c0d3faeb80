package jsonmask

import (
	"errors"
	"io"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/gatepost/gatepost/internal/op"
)

func compiledFrom(t testing.TB, rules ...Rule) *Plan {
	t.Helper()
	p, err := Compile(rules)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// masked masks a body in pieces of n bytes.
func masked(p *Plan, body string, n int) (out string, seen Seen, err error) {
	var b strings.Builder
	w := p.Writer(&b)
	defer w.Release()
	for rest := body; rest != ""; {
		piece := rest[:min(n, len(rest))]
		rest = rest[len(piece):]
		if _, err := w.Write([]byte(piece)); err != nil {
			return b.String(), w.Seen(), err
		}
	}
	return b.String(), w.Seen(), w.Close()
}

func hide(path string) Rule  { return Rule{Path: path, Kind: op.MaskHide} }
func null(path string) Rule  { return Rule{Path: path, Kind: KindNull} }
func phone(path string) Rule { return Rule{Path: path, Kind: op.MaskPhone} }
func name(path string) Rule  { return Rule{Path: path, Kind: op.MaskName} }

func TestMask(t *testing.T) {
	t.Parallel()
	digits := Rule{Path: "$.a", Kind: op.MaskPattern, Pattern: "[0-9]+", Replacement: "#"}
	for about, tc := range map[string]struct {
		rules    []Rule
		in, want string
		count    int // of the first rule
	}{
		"no rule":                    {nil, ` { "a" : [ 1.50 , -0e+7, true,null ,"\u0041\/" ] , "b":{} } `, ` { "a" : [ 1.50 , -0e+7, true,null ,"\u0041\/" ] , "b":{} } `, 0},
		"a text":                     {[]Rule{phone("$.a")}, `{"a":"13812341234","b":"13812341234"}`, `{"a":"138****1234","b":"13812341234"}`, 1},
		"an empty text":              {[]Rule{phone("$.a")}, `{"a":""}`, `{"a":""}`, 0},
		"spaces stay":                {[]Rule{phone("$.a")}, "{ \"a\"\t:\r\n\"13812341234\" , \"b\" : 1 }\n", "{ \"a\"\t:\r\n\"138****1234\" , \"b\" : 1 }\n", 1},
		"an escaped name":            {[]Rule{phone("$.mobile")}, `{"\u006dobile":"13812341234","mob\u0069le":"13912341234"}`, `{"\u006dobile":"138****1234","mob\u0069le":"139****1234"}`, 2},
		"a name's case":              {[]Rule{phone("$.mobile")}, `{"Mobile":"13812341234"}`, `{"Mobile":"13812341234"}`, 0},
		"a name beyond ASCII":        {[]Rule{name("$.姓名")}, `{"姓名":"李小龙","\u59d3\u540d":"\u674e\u5c0f"}`, `{"姓名":"李**","\u59d3\u540d":"李**"}`, 2},
		"a name in quotes":           {[]Rule{hide(`$['a.b']`), hide(`$["it's"]`), hide(`$['\u0063\'"']`)}, `{"a.b":1,"it's":2,"c'\"":3,"a":{"b":4}}`, `{"a":{"b":4}}`, 1},
		"the empty name":             {[]Rule{hide(`$['']`)}, `{"":1,"a":2}`, `{"a":2}`, 1},
		"a pair of escapes":          {[]Rule{name("$.a")}, `{"a":"\ud83d\ude00 smiles"}`, `{"a":"😀**"}`, 1},
		"what must be escaped":       {[]Rule{name("$.a")}, `{"a":"\"x"}`, `{"a":"\"**"}`, 1},
		"controls are escaped":       {[]Rule{name("$.a")}, `{"a":"\u001fx"}`, `{"a":"\u001f**"}`, 1},
		"twice":                      {[]Rule{phone("$.a")}, `{"a":"13812341234","a":"13912341234"}`, `{"a":"138****1234","a":"139****1234"}`, 2},
		"a pattern":                  {[]Rule{digits}, `{"a":"room 12, bed 3"}`, `{"a":"room #, bed #"}`, 1},
		"a pattern that is not":      {[]Rule{digits}, `{"a":"\u0061\n"}`, `{"a":"\u0061\n"}`, 0},
		"two rules, one text":        {[]Rule{digits, name("$.a")}, `{"a":"123 Main"}`, `{"a":"#**"}`, 1},
		"elements":                   {[]Rule{phone("$.list[*].mobile")}, `{"list":[{"mobile":"13812341234"},{"x":1},{"mobile":"13912341234"}],"mobile":"1"}`, `{"list":[{"mobile":"138****1234"},{"x":1},{"mobile":"139****1234"}],"mobile":"1"}`, 2},
		"one element":                {[]Rule{hide("$.l[1]")}, `{"l":["a","b","c"]}`, `{"l":["a",null,"c"]}`, 1},
		"an index of an object":      {[]Rule{hide("$.l[1]"), hide("$[0]")}, `{"l":{"1":2},"0":3}`, `{"l":{"1":2},"0":3}`, 0},
		"a name of a list":           {[]Rule{hide("$.l.a")}, `{"l":[{"a":1}]}`, `{"l":[{"a":1}]}`, 0},
		"every":                      {[]Rule{name("$.*")}, `{"a":"Ann","b":"Bob","c":{"d":"Dan"}}`, `{"a":"A**","b":"B**"}`, 3},
		"every of a list":            {[]Rule{name("$.*")}, `["Ann",["Bob"],null,7]`, `["A**",null,null,null]`, 3},
		"every, twice down":          {[]Rule{name("$.*.*")}, `{"a":"Ann","b":["Bob"],"c":{"d":"Dan"}}`, `{"a":"Ann","b":["B**"],"c":{"d":"D**"}}`, 2},
		"any depth":                  {[]Rule{phone("$..mobile")}, `{"mobile":"13812341234","a":[[{"b":{"mobile":"13912341234"}}]],"mobiles":"13812341234"}`, `{"mobile":"138****1234","a":[[{"b":{"mobile":"139****1234"}}]],"mobiles":"13812341234"}`, 2},
		"any depth below":            {[]Rule{hide("$.a..b")}, `{"b":1,"a":{"b":2,"c":[{"b":3}]}}`, `{"b":1,"a":{"c":[{}]}}`, 2},
		"two depths":                 {[]Rule{hide("$..a..b")}, `{"b":1,"c":{"a":{"a":{"b":2}},"b":3}}`, `{"b":1,"c":{"a":{"a":{}},"b":3}}`, 1},
		"everything below":           {[]Rule{hide("$.a..*")}, `{"a":{"b":[1,2]},"c":3}`, `{"a":{},"c":3}`, 1},
		"the first at any depth":     {[]Rule{hide("$..[0]")}, `[[1,2],{"a":[3,4]}]`, `[null,{"a":[null,4]}]`, 2},
		"hide the first":             {[]Rule{hide("$.a")}, `{"a":1,"b":2,"c":3}`, `{"b":2,"c":3}`, 1},
		"hide the middle":            {[]Rule{hide("$.b")}, `{"a":1 , "b":2 , "c":3}`, `{"a":1  , "c":3}`, 1},
		"hide the last":              {[]Rule{hide("$.c")}, `{"a":1,"b":2,"c":3}`, `{"a":1,"b":2}`, 1},
		"hide two at first":          {[]Rule{hide("$.a"), hide("$.b")}, `{"a":1,"b":2,"c":3,"d":4}`, `{"c":3,"d":4}`, 1},
		"hide all but the middle":    {[]Rule{hide("$.a"), hide("$.c")}, `{"a":1,"b":2,"c":3}`, `{"b":2}`, 1},
		"hide all":                   {[]Rule{hide("$.*")}, `{"a":1, "b":[{}], "c":"x"}`, `{  }`, 3},
		"hide a subtree":             {[]Rule{hide("$.a")}, `{"a":{"x":[1,{"y":"z"}],"a":2},"b":1}`, `{"b":1}`, 1},
		"hide null":                  {[]Rule{hide("$.a")}, `{"a":null,"b":1}`, `{"b":1}`, 1},
		"hide the body":              {[]Rule{hide("$")}, ` {"a":1} `, ` null `, 1},
		"blur the body":              {[]Rule{name("$")}, `"Somebody"`, `"S**"`, 1},
		"blur a body of numbers":     {[]Rule{name("$")}, `12`, `null`, 1},
		"null":                       {[]Rule{null("$.a"), null("$.l[*]")}, `{"a":{"b":1},"l":[1,"x"]}`, `{"a":null,"l":[null,null]}`, 1},
		"null of null":               {[]Rule{null("$.a")}, `{"a":null}`, `{"a":null}`, 0},
		"hide wins over null":        {[]Rule{null("$.a"), hide("$.a")}, `{"a":1,"b":2}`, `{"b":2}`, 1},
		"null wins over a blur":      {[]Rule{null("$.a"), name("$.a")}, `{"a":"x"}`, `{"a":null}`, 1},
		"a number of a member":       {[]Rule{phone("$.a")}, `{"a":13812341234,"b":1}`, `{"b":1}`, 1},
		"a truth, an object, a list": {[]Rule{phone("$..x")}, `{"l":[{"x":true},{"x":{"x":"13812341234"}},{"y":1,"x":["13812341234"]}]}`, `{"l":[{},{},{"y":1}]}`, 3},
		"null of a member":           {[]Rule{phone("$.a")}, `{"z":0,"a":null,"b":1}`, `{"z":0,"a":null,"b":1}`, 0},
		"the outer one counts":       {[]Rule{name("$.a"), name("$..b")}, `{"a":{"b":"Bob"},"b":"Bob"}`, `{"b":"B**"}`, 1},
		"a later rule is kept":       {[]Rule{name("$.a.b"), name("$.a.c")}, `{"a":{"c":"Carl","d":"Dan","b":"Bob"}}`, `{"a":{"c":"C**","d":"Dan","b":"B**"}}`, 1},
		"long text":                  {[]Rule{phone("$.a")}, `{"a":"` + strings.Repeat("1", maxHeld) + `","b":1}`, `{"a":"","b":1}`, 1},
		"the longest text":           {[]Rule{name("$.a")}, `{"a":"` + strings.Repeat("1", maxHeld-2) + `","b":1}`, `{"a":"1**","b":1}`, 1},
		"long text beside":           {[]Rule{name("$.a")}, `{"b":"` + strings.Repeat("1", 3*maxHeld) + `","a":"Ann"}`, `{"b":"` + strings.Repeat("1", 3*maxHeld) + `","a":"A**"}`, 1},
		"a long number beside":       {[]Rule{name("$.a")}, `{"b":` + strings.Repeat("1", 3*maxHeld) + `,"a":"Ann"}`, `{"b":` + strings.Repeat("1", 3*maxHeld) + `,"a":"A**"}`, 1},
	} {
		t.Run(about, func(t *testing.T) {
			t.Parallel()
			p := compiledFrom(t, tc.rules...)
			for _, n := range []int{1, 2, 3, 5, 7, 64, 1 << 20} {
				got, seen, err := masked(p, tc.in, n)
				if err != nil || got != tc.want {
					t.Fatalf("in pieces of %d: %v\ngot  %.200s\nwant %.200s", n, err, got, tc.want)
				}
				if len(tc.rules) > 0 && seen.Count(0) != tc.count {
					t.Fatalf("in pieces of %d: counted %d, not %d", n, seen.Count(0), tc.count)
				}
			}
		})
	}
}

func TestWhatIsNoBodyIsRefused(t *testing.T) {
	t.Parallel()
	p := compiledFrom(t, phone("$..mobile"), hide("$.hidden"))
	deep := strings.Repeat("[", maxDepth+1)
	for body, tc := range map[string]struct {
		at   int64
		want error
	}{
		"":                        {0, ErrTruncated},
		"  ":                      {2, ErrTruncated},
		`{"mobile":"13812341234"`: {23, ErrTruncated},
		`{"mobile":"13812341`:     {19, ErrTruncated},
		`{"a":12`:                 {7, ErrTruncated},
		`-`:                       {1, ErrTruncated},
		`{"a":tru`:                {5, ErrTruncated},
		`{"a":"\ud83d`:            {6, ErrTruncated},
		"\"\xe6\x9d":              {1, ErrTruncated},
		`{} {}`:                   {3, ErrTrailing},
		`nullx`:                   {4, ErrTrailing},
		`{"a":1}]`:                {7, ErrTrailing},
		"\xef\xbb\xbf{}":          {0, ErrSyntax},
		"\x1f\x8b\x08\x00":        {0, ErrSyntax},
		"<html>":                  {0, ErrSyntax},
		`{"a":1,}`:                {7, ErrSyntax},
		`[1,]`:                    {3, ErrSyntax},
		`[,1]`:                    {1, ErrSyntax},
		`{"a" 1}`:                 {5, ErrSyntax},
		`{a:1}`:                   {1, ErrSyntax},
		`{"a":1 "b":2}`:           {7, ErrSyntax},
		`[1}`:                     {2, ErrSyntax},
		`{"a":1]`:                 {6, ErrSyntax},
		`[01]`:                    {2, ErrSyntax},
		`[1.]`:                    {3, ErrSyntax},
		`[.5]`:                    {1, ErrSyntax},
		`[+1]`:                    {1, ErrSyntax},
		`[1e]`:                    {3, ErrSyntax},
		`[--1]`:                   {2, ErrSyntax},
		`[1e5e5]`:                 {4, ErrSyntax},
		`[1.5.5]`:                 {4, ErrSyntax},
		`[NaN]`:                   {1, ErrSyntax},
		`[nulx]`:                  {1, ErrSyntax},
		`['a']`:                   {1, ErrSyntax},
		"[\"a\nb\"]":              {3, ErrSyntax},
		`["\x"]`:                  {2, ErrSyntax},
		`["\u12g4"]`:              {2, ErrSyntax},
		`["\ud800"]`:              {2, ErrSyntax},
		`["\ud800\u0041"]`:        {2, ErrSyntax},
		`["\udc00"]`:              {2, ErrSyntax},
		"[\"\xff\"]":              {2, ErrEncoding},
		"[\"\xe6\x9dx\"]":         {2, ErrEncoding},
		"[\"\xed\xa0\x80\"]":      {2, ErrEncoding},
		"[\"\xc0\x80\"]":          {2, ErrEncoding},
		"[\"\xe0\x80\x80\"]":      {2, ErrEncoding},
		"[\"\xf5\x80\x80\x80\"]":  {2, ErrEncoding},
		"{\"\xff\":1}":            {2, ErrEncoding},
		"{\"hidden\":\"\xff\"}":   {11, ErrEncoding},
		`{"hidden":[1,}`:          {13, ErrSyntax},
		deep:                      {maxDepth, ErrDepth},
		`{"hidden":` + deep:       {10 + maxDepth - 1, ErrDepth},
		`/* */{}`:                 {0, ErrSyntax},
	} {
		for _, n := range []int{1, 4, 1 << 20} {
			_, _, err := masked(p, body, n)
			var where *BodyError
			if !errors.Is(err, tc.want) || !errors.As(err, &where) {
				t.Errorf("%.40q in pieces of %d: %v, not %v", body, n, err, tc.want)
			} else if where.At != tc.at {
				t.Errorf("%.40q in pieces of %d: %v, not at %d", body, n, err, tc.at)
			}
		}
	}
}

// What stands after the place of an error was not written, and nothing is after
// it was told.
func TestNothingIsWrittenAfterAnError(t *testing.T) {
	t.Parallel()
	p := compiledFrom(t, phone("$..mobile"))
	const body = `{"mobile":"13812341234","a":[1,2}],"mobile":"13912341234"}`
	for n := range len(body) {
		out, _, err := masked(p, body, n+1)
		if !errors.Is(err, ErrSyntax) || !strings.HasPrefix(`{"mobile":"138****1234","a":[1,2`, out) {
			t.Fatalf("in pieces of %d: %v after %s", n+1, err, out)
		}
	}
	var b strings.Builder
	w := p.Writer(&b)
	defer w.Release()
	_, first := w.Write([]byte(`[1}`))
	_, second := w.Write([]byte(`[1]`))
	if first == nil || !errors.Is(second, first) || !errors.Is(w.Close(), first) || b.Len() > 0 {
		t.Errorf("first %v, second %v, close %v, written %q", first, second, w.Close(), b.String())
	}
}

func TestLongNames(t *testing.T) {
	t.Parallel()
	p := compiledFrom(t, phone("$.a.mobile"))
	long := `"` + strings.Repeat("n", maxHeld) + `":1}`
	for _, n := range []int{1000, 1 << 20} {
		if _, _, err := masked(p, "{"+long, n); !errors.Is(err, ErrLongName) {
			t.Errorf("in pieces of %d: %v", n, err)
		}
		if out, _, err := masked(p, `{"b":{`+long+"}", n); err != nil || len(out) != 7+len(long) {
			t.Errorf("where nothing is selected, in pieces of %d: %v", n, err)
		}
	}
}

func TestErrorsOfOthersAreReturned(t *testing.T) {
	t.Parallel()
	p := compiledFrom(t, phone("$..mobile"))
	broken := errors.New("broken")
	if _, err := p.Mask(io.Discard, io.MultiReader(strings.NewReader(`{"a":1`), iotest.ErrReader(broken))); !errors.Is(err, broken) {
		t.Errorf("the source's error became %v", err)
	}
	if _, err := p.Mask(failing{broken}, strings.NewReader(`{"a":1}`)); !errors.Is(err, broken) {
		t.Errorf("the target's error became %v", err)
	}
}

type failing struct{ err error }

func (f failing) Write([]byte) (int, error) { return 0, f.err }

// Pieces are passed on as soon as they are decided.
func TestNothingWaitsThatIsDecided(t *testing.T) {
	t.Parallel()
	var b strings.Builder
	w := compiledFrom(t, phone("$..mobile")).Writer(&b)
	defer w.Release()
	for _, step := range []struct{ in, out string }{
		{`{"text":"hel`, `{"text":"hel`},
		{`lo","mob`, `lo"`},
		{`ile":"13812`, `,"mobile":`},
		{`341234"`, `"138****1234"`},
		{`,"mob`, ``},
		{`iles":1`, `,"mobiles":1`},
		{`2}`, `2}`},
	} {
		b.Reset()
		if _, err := w.Write([]byte(step.in)); err != nil || b.String() != step.out {
			t.Errorf("%s: %s, %v", step.in, b.String(), err)
		}
	}
	if err := w.Close(); err != nil {
		t.Error(err)
	}
}
