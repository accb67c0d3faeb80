package jsonmask

import (
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/gatepost/gatepost/internal/op"
)

// value is JSON as a tree: members in order, doubled names kept, numbers as
// they are written.
type value struct {
	kind    jsontext.Kind
	literal string // a text's meaning, or a number, truth or null as written
	names   []string
	values  []*value
}

// tree reads a body. It knows nothing of this package.
func tree(t *testing.T, body []byte) *value {
	t.Helper()
	d := jsontext.NewDecoder(bytes.NewReader(body), jsontext.AllowDuplicateNames(true))
	v, err := readTree(d)
	if err == nil {
		_, err = d.ReadToken()
	}
	if !errors.Is(err, io.EOF) {
		t.Fatalf("%v in %s", err, body)
	}
	return v
}

func readTree(d *jsontext.Decoder) (*value, error) {
	token, err := d.ReadToken()
	if err != nil {
		return nil, err
	}
	v := &value{kind: token.Kind()}
	switch v.kind {
	case '{', '[':
		for d.PeekKind() != v.kind+2 { // ] and } are two after [ and {
			if v.kind == '{' {
				name, err := d.ReadToken()
				if err != nil {
					return nil, err
				}
				v.names = append(v.names, name.String())
			}
			inner, err := readTree(d)
			if err != nil {
				return nil, err
			}
			v.values = append(v.values, inner)
		}
		_, err = d.ReadToken()
		return v, err
	default:
		v.literal = token.String()
		return v, nil
	}
}

// step is a member or an element on the way to a value.
type step struct {
	list  bool
	index int
	name  string
}

// selects tells by trying all whether the path leads over these steps.
func selects(path []segment, steps []step) bool {
	if len(path) == 0 || len(steps) == 0 {
		return len(path) == len(steps)
	}
	if path[0].deep && selects(path, steps[1:]) {
		return true
	}
	s := steps[0]
	takes := path[0].kind == every ||
		path[0].kind == named && !s.list && path[0].name == s.name ||
		path[0].kind == indexed && s.list && path[0].index == s.index
	return takes && selects(path[1:], steps[1:])
}

// naive masks a tree as doc.go says.
type naive struct {
	t     *testing.T
	rules []Rule
	paths [][]segment
	at    []step
	// what of the selected texts nothing may be left of
	secrets []string
}

// mask returns what is left of v; nil, it is left out.
func (n *naive) mask(v *value) *value {
	var hide, null, selected bool
	for i, r := range n.rules {
		if selects(n.paths[i], n.at) {
			selected = true
			hide = hide || r.Kind == op.MaskHide
			null = null || r.Kind == KindNull
		}
	}
	if selected {
		n.note(v)
		switch {
		case hide:
			return nil
		case null:
			return &value{kind: 'n', literal: "null"}
		case v.kind == 'n':
			return v
		case v.kind != '"':
			return nil
		}
		return n.blur(v)
	}
	left := &value{kind: v.kind, literal: v.literal}
	for i, inner := range v.values {
		s := step{list: v.kind == '[', index: i}
		if !s.list {
			s.name = v.names[i]
		}
		n.at = append(n.at, s)
		inner = n.mask(inner)
		n.at = n.at[:len(n.at)-1]
		switch {
		case inner == nil && !s.list:
			continue
		case inner == nil:
			inner = &value{kind: 'n', literal: "null"}
		case !s.list:
			left.names = append(left.names, s.name)
		}
		left.values = append(left.values, inner)
	}
	return left
}

func (n *naive) blur(v *value) *value {
	text := v.literal
	for i, r := range n.rules {
		if !selects(n.paths[i], n.at) {
			continue
		}
		b, err := op.NewBlur(r.Kind, r.Pattern, r.Replacement)
		if err != nil {
			n.t.Fatal(err)
		}
		text = b.Apply(text)
	}
	return &value{kind: '"', literal: text}
}

// note remembers the marks of a selected value and of all within.
func (n *naive) note(v *value) {
	if at := strings.Index(v.literal, "MARK"); at >= 0 {
		n.secrets = append(n.secrets, v.literal[at:at+9])
	}
	for _, inner := range v.values {
		n.note(inner)
	}
}

func same(a, b *value) bool {
	if a.kind != b.kind || a.literal != b.literal || len(a.values) != len(b.values) || fmt.Sprint(a.names) != fmt.Sprint(b.names) {
		return false
	}
	for i := range a.values {
		if !same(a.values[i], b.values[i]) {
			return false
		}
	}
	return true
}

// author writes random bodies. Every text and every number has a mark in its
// middle that is in no other; kinds for texts leave nothing of it.
type author struct {
	*rand.Rand
	marks int
	out   []byte
}

func (a *author) mark() string {
	a.marks++
	return fmt.Sprintf("MARK%05d", a.marks)
}

func (a *author) one(of ...string) string { return of[a.IntN(len(of))] }

func (a *author) space() { a.out = append(a.out, a.one("", "", "", "", " ", "\n\t", "  \r\n")...) }

// text writes s, each character in one of the ways in which it can be written.
func (a *author) text(s string) {
	a.out = append(a.out, '"')
	for _, r := range s {
		switch {
		case r == '"' || r == '\\':
			a.out = append(a.out, '\\', byte(r))
		case r > 0xffff && a.IntN(2) == 0:
			r -= 0x10000
			a.out = fmt.Appendf(a.out, `\u%04x\u%04X`, 0xd800+r>>10, 0xdc00+r&0x3ff)
		case r < 0x20 || r <= 0xffff && a.IntN(12) == 0:
			a.out = fmt.Appendf(a.out, a.one(`\u%04x`, `\u%04X`), r)
		default:
			a.out = append(a.out, string(r)...)
		}
	}
	a.out = append(a.out, '"')
}

func (a *author) value(depth int) {
	a.space()
	switch k := a.IntN(10); {
	case k < 3 && depth > 0:
		a.list('{', '}', depth)
	case k < 5 && depth > 0:
		a.list('[', ']', depth)
	case k < 8:
		a.text(a.one("李", "x", "\U0001F600", "\"", "\\", "\n") + a.one("", "小龙", " ", "\x01") + a.mark() + a.one("0000@example.com", "结束了吧", "\U0001F600\\\\\\\\", "1234"))
	case k == 8:
		a.out = append(a.out, a.one("0", "-1.50e+3", "12345678901234567890", "1E-7", "-0")...)
	default:
		a.out = append(a.out, a.one("null", "true", "false")...)
	}
	a.space()
}

func (a *author) list(begin, end byte, depth int) {
	a.out = append(a.out, begin)
	for i := range a.IntN(5) {
		if i > 0 {
			a.out = append(a.out, ',')
		}
		if begin == '{' {
			a.space()
			a.text(a.one("a", "b", "c", "mobile", "list", "姓名", "", "Mobile", "a.b"))
			a.space()
			a.out = append(a.out, ':')
		}
		a.value(depth - 1)
	}
	a.space()
	a.out = append(a.out, end)
}

func (a *author) rules() (rules []Rule) {
	for range 1 + a.IntN(4) {
		path := "$"
		for range 1 + a.IntN(3) {
			path += a.one(".a", ".b", ".*", "[*]", "[0]", "[1]", "..mobile", "..a", ".list[*]", "['姓名']", "['']", "['a.b']", "..*", "..[0]", "..['c']")
		}
		r := Rule{Path: path, Kind: op.Mask(a.one(string(op.MaskPhone), string(op.MaskName), string(op.MaskIDCard), string(op.MaskBankCard),
			string(op.MaskHide), string(KindNull), string(op.MaskPattern)))}
		if r.Kind == op.MaskPattern {
			r.Pattern, r.Replacement = `MARK\d+`, "?"
		}
		rules = append(rules, r)
	}
	return rules
}

// check holds one random body to the naive masking, in pieces of n bytes, and to
// that no mark of a selected value is left.
func check(t *testing.T, seed uint64, n int) (secrets int) {
	t.Helper()
	a := &author{Rand: rand.New(rand.NewPCG(seed, 7))}
	a.list('{', '}', 7)
	rules := a.rules()
	reference := &naive{t: t, rules: rules}
	for _, r := range rules {
		path, err := parsePath(r.Path)
		if err != nil {
			t.Fatal(err)
		}
		reference.paths = append(reference.paths, path)
	}
	want := reference.mask(tree(t, a.out))
	if want == nil {
		want = &value{kind: 'n', literal: "null"}
	}
	got, _, err := masked(compiledFrom(t, rules...), string(a.out), n)
	if err != nil || !same(tree(t, []byte(got)), want) {
		t.Fatalf("seed %d, pieces of %d: %v\nrules %+v\nbody %s\ngot  %s", seed, n, err, rules, a.out, got)
	}
	for _, secret := range reference.secrets {
		if strings.Contains(string(unescape(nil, []byte(got))), secret) {
			t.Fatalf("seed %d: %s is left in %s", seed, secret, got)
		}
	}
	return len(reference.secrets)
}

// feature: GW-019
func TestRandomBodiesAreMaskedAsTreesAre(t *testing.T) {
	t.Parallel()
	secrets := 0
	for seed := range uint64(10_000) {
		secrets += check(t, seed, 1+int(seed%40))
	}
	if secrets < 10_000 {
		t.Errorf("only %d values were selected", secrets)
	}
}

// A body is cut into two at each byte.
func TestEveryCutGivesTheSame(t *testing.T) {
	t.Parallel()
	for seed := range uint64(300) {
		a := &author{Rand: rand.New(rand.NewPCG(seed, 11))}
		a.value(4)
		p := compiledFrom(t, a.rules()...)
		want, seen, err := masked(p, string(a.out), len(a.out))
		if err != nil {
			t.Fatal(err)
		}
		for cut := range a.out {
			var b strings.Builder
			w := p.Writer(&b)
			_, first := w.Write(a.out[:cut])
			_, second := w.Write(a.out[cut:])
			if err := errors.Join(first, second, w.Close()); err != nil || b.String() != want || w.Seen() != seen {
				t.Fatalf("seed %d cut at %d: %v\nbody %s\ngot  %s\nwant %s", seed, cut, err, a.out, b.String(), want)
			}
			w.Release()
		}
	}
}

// What was cut short or compressed is an error, and shows nothing selected.
func TestBrokenBodiesFailClosed(t *testing.T) {
	t.Parallel()
	p := compiledFrom(t, hide("$..secret"), name("$..name"))
	const body = `{"open":"visible","secret":{"a":["MARK"]},"name":"XMARK","list":[{"secret":"MARK","name":"XMARK"}]}`
	for cut := range len(body) {
		for _, n := range []int{1, 16, 1 << 20} {
			out, _, err := masked(p, body[:cut], n)
			if !errors.Is(err, ErrTruncated) || strings.Contains(out, "MARK") {
				t.Fatalf("cut at %d: %v, %s", cut, err, out)
			}
		}
		for _, c := range []byte{0, '"', '\\', 0xff, '{', '}', ',', ':', 'x'} {
			broken := body[:cut] + string([]byte{c}) + body[cut+1:]
			out, _, err := masked(p, broken, 16)
			if err != nil && strings.Contains(out, "MARK") {
				t.Fatalf("byte %d is %q: %v, %s", cut, c, err, out)
			}
		}
	}
	var packed bytes.Buffer
	z := gzip.NewWriter(&packed)
	z.Write([]byte(body))
	z.Close()
	if out, _, err := masked(p, packed.String(), 1<<20); !errors.Is(err, ErrSyntax) || out != "" {
		t.Errorf("compressed: %v, %q", err, out)
	}
}

// FuzzMask holds any body to two promises: what is refused or accepted is what
// another reader refuses or accepts, in whatever pieces; and what is left of
// what was accepted is JSON in which everything is as it was, but for the rules.
func FuzzMask(f *testing.F) {
	for _, body := range []string{`{"a":"b","mobile":[1,{}],"list":[{"name":"\u674e\ud83d\ude00"}]}`, `[1.5e+7,true,null]`, `"x"`, `{"a":{"a":1,"b":null},"a":2}`, "\x1f\x8b", `[[`} {
		f.Add([]byte(body), uint8(3))
	}
	rules := []Rule{phone("$..mobile"), name("$.list[*].name"), hide("$.a.*"), null("$..[1]")}
	p := compiledFrom(f, rules...)
	f.Fuzz(func(t *testing.T, body []byte, n uint8) {
		whole, seen, err := masked(p, string(body), len(body)+1)
		pieces, seenPieces, errPieces := masked(p, string(body), int(n)+1)
		if fmt.Sprint(err) != fmt.Sprint(errPieces) {
			t.Fatalf("whole: %v; in pieces of %d: %v", err, int(n)+1, errPieces)
		}
		d := jsontext.NewDecoder(bytes.NewReader(body), jsontext.AllowDuplicateNames(true))
		_, other := d.ReadValue()
		if other == nil {
			if _, other = d.ReadToken(); errors.Is(other, io.EOF) {
				other = nil
			} else if other == nil {
				other = ErrTrailing
			}
		}
		if (err == nil) != (other == nil) && !errors.Is(err, ErrDepth) && !errors.Is(err, ErrLongName) {
			t.Fatalf("%v, and another reader says %v", err, other)
		}
		if err != nil {
			return
		}
		if pieces != whole || seen != seenPieces {
			t.Fatalf("whole %s, in pieces %s", whole, pieces)
		}
		reference := &naive{t: t, rules: rules}
		for _, r := range rules {
			path, _ := parsePath(r.Path)
			reference.paths = append(reference.paths, path)
		}
		if want := reference.mask(tree(t, body)); !same(tree(t, []byte(whole)), want) {
			t.Fatalf("left %s of %s", whole, body)
		}
	})
}
