package op

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"math"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/gatepost/gatepost/internal/apierror"
	"github.com/gatepost/gatepost/internal/scope"
)

// maxDepth bounds the nesting of a JSON body. The deepest documented request
// nests five levels.
const maxDepth = 64

// Decode reads the operation's request from r and the route's variables. The
// warnings name fields that the operation does not have; a strict caller is
// refused instead.
//
// The v1 dialect is lenient on purpose: the official v1 clients send every
// scalar as a JSON string, send lists as "a,b,c", and turn text that looks like
// JSON into JSON (semantics.md §1.1). In the v2 dialect JSON values have to be
// of their type; what stands in the path or the query is text in both.
func (o *Operation) Decode(r *Request, vars Vars, who Caller) (q any, warnings []string, err error) {
	q = o.newRequest()
	d := decoder{lenient: o.Dialect == DialectV1, strict: who.Strict}
	top := object{sh: o.Request, v: reflect.ValueOf(q).Elem()}
	if err := d.texts(&top, vars.each, InPath); err != nil {
		return nil, nil, err
	}
	if r.Query != "" {
		values, err := parseText(r.Query)
		if err != nil {
			return nil, nil, err
		}
		if err := d.texts(&top, values.each, InQuery); err != nil {
			return nil, nil, err
		}
	}
	if err := d.body(o, r, &top); err != nil {
		return nil, nil, err
	}
	if err := d.finish(&top, ""); err != nil {
		return nil, nil, err
	}
	return q, d.warnings, nil
}

type decoder struct {
	lenient  bool
	strict   bool
	warnings []string
}

// object is one object being filled, and which of its fields were given.
type object struct {
	sh   *Shape
	v    reflect.Value
	seen uint64
}

// body reads the request's body: a form where it says so or looks so, else JSON.
func (d *decoder) body(o *Operation, r *Request, top *object) error {
	if r.Body == nil {
		return nil
	}
	raw, err := r.load(o.MaxBody)
	if err != nil {
		return err
	}
	if len(bytes.TrimSpace(raw)) == 0 {
		return nil
	}
	if o.Dialect == DialectV1 && isForm(r.Head.Get("Content-Type"), raw) {
		values, err := parseText(string(raw))
		if err != nil {
			return err
		}
		return d.texts(top, values.each, InBody)
	}
	return d.json(top, raw)
}

// texts fills o from name-value pairs of text.
func (d *decoder) texts(o *object, each func(func(name, value string) error) error, from Where) error {
	return each(func(name, value string) error {
		i, ok := o.sh.byName[name]
		item := false
		if !ok {
			// Clients flatten lists in a query as name.1, name.2 (auth.md §5).
			if base, n, cut := strings.Cut(name, "."); cut && isDigits(n) {
				i, ok = o.sh.byName[base]
				item = ok && o.sh.Fields[i].Shape.Kind == List
				ok = item
			}
		}
		if !ok {
			return d.unknown(o.sh, name)
		}
		if from != InPath && o.sh.Fields[i].In == InPath {
			return nil // the path has said it
		}
		return d.text(o, i, value, item)
	})
}

// text gives field i of o a value that came as text: the whole of it, or one
// item of a list. Empty text is absence for everything but a string.
func (d *decoder) text(o *object, i int, value string, item bool) error {
	f := &o.sh.Fields[i]
	if !utf8.ValidString(value) {
		return mistyped(f.Name).Want("UTF-8").Got("bytes that are not UTF-8")
	}
	if value == "" && f.Shape.Kind != String {
		return nil
	}
	v, again := f.value(o.v), o.seen&(1<<i) != 0
	o.seen |= 1 << i
	if f.Shape.Kind != List {
		return d.setText(f, f.Shape, v, value, f.Name, 0)
	}
	more := reflect.New(v.Type()).Elem()
	var err error
	if item {
		err = d.addText(f, f.Shape, more, value, f.Name) // a comma in it is its own
	} else {
		err = d.setText(f, f.Shape, more, value, f.Name, 0)
	}
	if again { // a repeated key
		more = reflect.AppendSlice(v, more)
	}
	v.Set(more)
	return err
}

// value is where f's value goes in the struct v, made if it is behind a pointer.
func (f *Field) value(v reflect.Value) reflect.Value {
	fv := v.Field(f.index)
	if f.pointer {
		if fv.IsNil() {
			fv.Set(reflect.New(fv.Type().Elem()))
		}
		return fv.Elem()
	}
	return fv
}

func (d *decoder) json(top *object, raw []byte) error {
	dec := jsontext.NewDecoder(bytes.NewReader(raw))
	if dec.PeekKind() != '{' {
		if _, err := dec.ReadToken(); err != nil {
			return malformed(err)
		}
		return apierror.BodyMalformed.Want("a JSON object").Got("%s", jsonKind(raw))
	}
	if err := d.members(dec, top, "", 1); err != nil {
		return err
	}
	if _, err := dec.ReadToken(); !errors.Is(err, io.EOF) {
		return apierror.BodyMalformed.Want("one JSON object").Got("more text after it")
	}
	return nil
}

// members reads an object's members into o, up to and with the closing brace.
func (d *decoder) members(dec *jsontext.Decoder, o *object, path string, depth int) error {
	if depth > maxDepth {
		return tooDeep()
	}
	if _, err := dec.ReadToken(); err != nil {
		return malformed(err)
	}
	for dec.PeekKind() != '}' {
		tok, err := dec.ReadToken()
		if err != nil {
			return malformed(err)
		}
		name := tok.String()
		i, ok := o.sh.byName[name]
		if !ok || o.sh.Fields[i].In == InPath {
			if err := d.unknown(o.sh, join(path, name)); err != nil {
				return err
			}
			if err := skip(dec, depth); err != nil {
				return err
			}
			continue
		}
		if dec.PeekKind() == 'n' { // null is absence
			if _, err := dec.ReadToken(); err != nil {
				return malformed(err)
			}
			continue
		}
		if err := d.member(dec, o, i, join(path, name), depth); err != nil {
			return err
		}
	}
	if _, err := dec.ReadToken(); err != nil {
		return malformed(err)
	}
	if path == "" {
		return nil // Decode finishes the top, which the path and query also fill
	}
	return d.finish(o, path)
}

// errAbsent says that what was read counts as if it had not been there.
var errAbsent = errors.New("op: absent")

// member gives field i of o the next JSON value.
func (d *decoder) member(dec *jsontext.Decoder, o *object, i int, path string, depth int) error {
	f := &o.sh.Fields[i]
	before := o.v.Field(f.index).IsZero()
	switch err := d.setJSON(dec, f, f.Shape, f.value(o.v), path, depth); {
	case err == nil:
		o.seen |= 1 << i
	case !errors.Is(err, errAbsent):
		return err
	case before:
		o.v.Field(f.index).SetZero()
	}
	return nil
}

// setJSON stores the next JSON value in v.
func (d *decoder) setJSON(dec *jsontext.Decoder, f *Field, sh *Shape, v reflect.Value, path string, depth int) error {
	k := dec.PeekKind()
	switch {
	case k == '{' && sh.Kind == Object:
		return d.members(dec, &object{sh: sh, v: v}, path, depth+1)
	case k == '{' && sh.Kind == Map:
		return d.entries(dec, f, sh, v, path, depth+1)
	case k == '[' && sh.Kind == List:
		return d.items(dec, f, sh, v, path, depth+1)
	case (k == '{' || k == '[') && sh.Kind == Text:
		raw, err := rawValue(dec, depth)
		if err != nil {
			return err
		}
		v.SetString(raw)
		return nil
	case k == '{' || k == '[':
		return mistyped(path).Want("%s", sh.Kind.Words()).Got("%s", jsonKind([]byte{byte(k)}))
	}
	tok, err := dec.ReadToken()
	if err != nil {
		return malformed(err)
	}
	return d.scalar(f, sh, v, tok, path, depth)
}

func (d *decoder) scalar(f *Field, sh *Shape, v reflect.Value, tok jsontext.Token, path string, depth int) error {
	text := tok.String()
	switch k := tok.Kind(); {
	case k == '"' && (sh.Kind == String || sh.Kind == Text || d.lenient || sh.CSV):
		if text == "" && sh.Kind != String && sh.Kind != Text {
			return errAbsent
		}
		return d.setText(f, sh, v, text, path, depth)
	case k == '0' && (sh.Kind == Integer || sh.Kind == Number):
		return d.setText(f, sh, v, text, path, depth)
	case (k == 't' || k == 'f') && sh.Kind == Boolean:
		v.SetBool(k == 't')
		return nil
	case k == '0' && d.lenient && (sh.Kind == String || sh.Kind == Boolean || sh.CSV), k == '0' && sh.CSV,
		(k == 't' || k == 'f') && d.lenient && sh.Kind == String:
		return d.setText(f, sh, v, text, path, depth)
	case k == '"':
		return invalid(f, path).Want("%s", sh.Kind.Words()).Got("string %q", text)
	}
	return invalid(f, path).Want("%s", sh.Kind.Words()).Got("%s", text)
}

func (d *decoder) items(dec *jsontext.Decoder, f *Field, sh *Shape, v reflect.Value, path string, depth int) error {
	if depth > maxDepth {
		return tooDeep()
	}
	if _, err := dec.ReadToken(); err != nil {
		return malformed(err)
	}
	v.SetLen(0)
	inner := d
	if sh.CSV { // members of such a list may be strings or numbers in both dialects
		inner = &decoder{lenient: true, strict: d.strict}
	}
	for i := 0; dec.PeekKind() != ']'; i++ {
		if f.MaxItems > 0 && i >= f.MaxItems {
			return invalid(f, path).Want("at most %d items", f.MaxItems).Got("more")
		}
		item, target := made(v.Type().Elem())
		switch err := inner.setJSON(dec, f, sh.Elem, target, path+"["+strconv.Itoa(i)+"]", depth); {
		case errors.Is(err, errAbsent):
			continue
		case err != nil:
			return err
		}
		v.Set(reflect.Append(v, item))
	}
	if inner != d {
		d.warnings = append(d.warnings, inner.warnings...)
	}
	_, err := dec.ReadToken()
	return malformed(err)
}

func (d *decoder) entries(dec *jsontext.Decoder, f *Field, sh *Shape, v reflect.Value, path string, depth int) error {
	if depth > maxDepth {
		return tooDeep()
	}
	if _, err := dec.ReadToken(); err != nil {
		return malformed(err)
	}
	v.Set(reflect.MakeMap(v.Type()))
	for dec.PeekKind() != '}' {
		name, err := dec.ReadToken()
		if err != nil {
			return malformed(err)
		}
		key := name.String()
		item, target := made(v.Type().Elem())
		switch err := d.setJSON(dec, f, sh.Elem, target, join(path, clip(key)), depth); {
		case errors.Is(err, errAbsent):
			continue
		case err != nil:
			return err
		}
		v.SetMapIndex(reflect.ValueOf(key).Convert(v.Type().Key()), item)
	}
	_, err := dec.ReadToken()
	return malformed(err)
}

// made makes a value of t. What it holds goes into target, which is behind item
// where t is a pointer.
func made(t reflect.Type) (item, target reflect.Value) {
	item = reflect.New(t).Elem()
	if t.Kind() != reflect.Pointer {
		return item, item
	}
	item.Set(reflect.New(t.Elem()))
	return item, item.Elem()
}

// setText stores what s spells.
func (d *decoder) setText(f *Field, sh *Shape, v reflect.Value, s, path string, depth int) error {
	switch sh.Kind {
	case String, Text:
		if strings.IndexByte(s, 0) >= 0 { // PostgreSQL cannot keep it, and no name has it
			return invalid(f, path).Want("text without the character U+0000").Got("%q", s).Personal()
		}
		v.SetString(s)
		return nil
	case Integer:
		n, ok := parseInteger(strings.TrimSpace(s))
		if !ok {
			return invalid(f, path).Want("%s", sh.Kind.Words()).Got("%q", s)
		}
		if v.OverflowInt(n) {
			return invalid(f, path).Want("a %d-bit integer", v.Type().Bits()).Got("%s", s)
		}
		v.SetInt(n)
		return nil
	case Number:
		n, err := strconv.ParseFloat(strings.TrimSpace(s), 64)
		if err != nil || math.IsNaN(n) || math.IsInf(n, 0) { // JSON has neither
			return invalid(f, path).Want("%s", sh.Kind.Words()).Got("%q", s)
		}
		v.SetFloat(n)
		return nil
	case Boolean:
		b, err := strconv.ParseBool(strings.ToLower(strings.TrimSpace(s)))
		if err != nil {
			return invalid(f, path).Want("true or false").Got("%q", s)
		}
		v.SetBool(b)
		return nil
	case List:
		if !strings.HasPrefix(strings.TrimSpace(s), "[") {
			return d.split(f, sh, v, s, path)
		}
	case Object, Map:
	}
	return d.nested(f, sh, v, s, path, depth)
}

// parseInteger reads an integer, also one written as 1.0 or 1e3.
func parseInteger(s string) (int64, bool) {
	if n, err := strconv.ParseInt(s, 10, 64); err == nil {
		return n, true
	}
	f, err := strconv.ParseFloat(s, 64)
	// Beyond the bounds the conversion means something else on every processor.
	if err != nil || f != math.Trunc(f) || f < math.MinInt64 || f >= math.MaxInt64 {
		return 0, false
	}
	return int64(f), true
}

// split reads "a,b,c" into a list.
func (d *decoder) split(f *Field, sh *Shape, v reflect.Value, s, path string) error {
	v.SetLen(0)
	for part := range strings.SplitSeq(s, ",") {
		if part = strings.TrimSpace(part); part == "" {
			continue
		}
		if err := d.addText(f, sh, v, part, path); err != nil {
			return err
		}
	}
	return nil
}

// addText appends to a list the item that s spells.
func (d *decoder) addText(f *Field, sh *Shape, v reflect.Value, s, path string) error {
	if f.MaxItems > 0 && v.Len() >= f.MaxItems {
		return invalid(f, path).Want("at most %d items", f.MaxItems).Got("more")
	}
	item, target := made(v.Type().Elem())
	if err := d.setText(f, sh.Elem, target, s, path+"["+strconv.Itoa(v.Len())+"]", 0); err != nil {
		return err
	}
	v.Set(reflect.Append(v, item))
	return nil
}

// nested reads JSON that came inside a string.
func (d *decoder) nested(f *Field, sh *Shape, v reflect.Value, s, path string, depth int) error {
	dec := jsontext.NewDecoder(strings.NewReader(s))
	if k := dec.PeekKind(); k != '{' && k != '[' {
		return mistyped(path).Want("%s", sh.Kind.Words()).Got("%q", s)
	}
	if err := d.setJSON(dec, f, sh, v, path, depth); err != nil {
		return err
	}
	if _, err := dec.ReadToken(); !errors.Is(err, io.EOF) {
		return mistyped(path).Want("one JSON value").Got("more text after it")
	}
	return nil
}

// reserved are the names that belong to the transport, not to an operation:
// tokens and signatures (auth.md §1.1), and TOP's system parameters.
var reserved = []string{"access_token", "suite_access_token", "accessKey", "timestamp", "signature", "suiteTicket", "corpId", "lang",
	"app_key", "sign", "sign_method", "method", "session", "format", "v", "simplify", "partner_id", "target_app_key"}

// unknown warns about a field that the operation does not have, or refuses it.
func (d *decoder) unknown(sh *Shape, name string) error {
	if slices.Contains(reserved, name) {
		return nil
	}
	name = clip(name)
	if !d.strict {
		if len(d.warnings) < 8 {
			d.warnings = append(d.warnings, name)
		}
		return nil
	}
	r := apierror.ParameterUnknown.With("name", name)
	if near := sh.nearest(name[strings.LastIndexByte(name, '.')+1:]); near != "" {
		r = r.Want("%s", near)
	}
	return r.Got("%s", name)
}

// nearest returns the field's name that differs least from name.
func (sh *Shape) nearest(name string) string {
	near, least := "", 1<<30
	for _, f := range sh.Fields {
		if n := scope.Distance(strings.ToLower(name), strings.ToLower(f.Name)); n < least {
			near, least = f.Name, n
		}
	}
	return near
}

// clip shortens a name that a request brought, before it goes into a text or a
// header: a body may consist of one.
func clip(name string) string {
	const most = 64
	if len(name) <= most {
		return name
	}
	return strings.ToValidUTF8(name[:most], "") + "…"
}

// skip reads past a value of a field that nobody knows, with the same bounds.
func skip(dec *jsontext.Decoder, depth int) error {
	for open := 0; ; {
		tok, err := dec.ReadToken()
		if err != nil {
			return malformed(err)
		}
		switch tok.Kind() {
		case '{', '[':
			if open++; depth+open > maxDepth {
				return tooDeep()
			}
		case '}', ']':
			open--
		}
		if open == 0 {
			return nil
		}
	}
}

func rawValue(dec *jsontext.Decoder, depth int) (string, error) {
	v, err := dec.ReadValue()
	if err != nil {
		return "", malformed(err)
	}
	open, deepest, inString := 0, 0, false
	for i := 0; i < len(v); i++ {
		switch c := v[i]; {
		case c == '\\' && inString:
			i++
		case c == '"':
			inString = !inString
		case !inString && (c == '{' || c == '['):
			open++
			deepest = max(deepest, open)
		case !inString && (c == '}' || c == ']'):
			open--
		}
	}
	if depth+deepest > maxDepth {
		return "", tooDeep()
	}
	return string(v), nil
}

// jsonKind names what raw begins with; a scalar other than a string names itself.
func jsonKind(raw []byte) apierror.Words {
	switch raw = bytes.TrimSpace(raw); {
	case len(raw) == 0:
		return apierror.Words{ZH: "空", EN: "nothing"}
	case raw[0] == '[':
		return apierror.Words{ZH: "列表", EN: "a list"}
	case raw[0] == '{':
		return apierror.Words{ZH: "对象", EN: "an object"}
	case raw[0] == '"':
		return apierror.Words{ZH: "字符串", EN: "a string"}
	}
	s := fmt.Sprintf("%.20q", raw)
	return apierror.Words{ZH: s, EN: s}
}

func join(path, name string) string {
	if path == "" {
		return name
	}
	return path + "." + name
}

func isDigits(s string) bool {
	return s != "" && strings.Trim(s, "0123456789") == ""
}
