package op

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net/url"
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

// isForm tells a form from JSON by its Content-Type, and where that is neither,
// by its first byte.
func isForm(contentType string, raw []byte) bool {
	switch ct, _, _ := strings.Cut(strings.ToLower(contentType), ";"); strings.TrimSpace(ct) {
	case "application/x-www-form-urlencoded":
		return true
	case "application/json":
		return false
	}
	b := bytes.TrimSpace(raw)
	return b[0] != '{' && b[0] != '[' && bytes.IndexByte(b, '=') > 0
}

// texts fills o from name-value pairs of text.
func (d *decoder) texts(o *object, each func(func(name, value string) error) error, from Where) error {
	return each(func(name, value string) error {
		i, ok := o.sh.byName[name]
		if !ok {
			// Clients flatten lists in a query as name.1, name.2 (auth.md §5).
			if base, n, cut := strings.Cut(name, "."); cut && isDigits(n) {
				i, ok = o.sh.byName[base]
				ok = ok && o.sh.Fields[i].Shape.Kind == List
			}
		}
		if !ok {
			return d.unknown(o.sh, name)
		}
		f := &o.sh.Fields[i]
		if from == InPath || f.In != InPath {
			return d.text(o, i, value)
		}
		return nil
	})
}

// text gives field i of o a value that came as text. Empty text is absence for
// everything but a string.
func (d *decoder) text(o *object, i int, value string) error {
	f := &o.sh.Fields[i]
	if !utf8.ValidString(value) {
		return invalid(f, f.Name).Want("UTF-8").Got("bytes that are not UTF-8")
	}
	if value == "" && f.Shape.Kind != String {
		return nil
	}
	v := f.value(o.v)
	if f.Shape.Kind == List && o.seen&(1<<i) != 0 { // a repeated key
		more := reflect.New(v.Type()).Elem()
		if err := d.setText(f, f.Shape, more, value, f.Name, 0); err != nil {
			return err
		}
		v.Set(reflect.AppendSlice(v, more))
		return nil
	}
	o.seen |= 1 << i
	return d.setText(f, f.Shape, v, value, f.Name, 0)
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
	if _, err := dec.ReadToken(); err != io.EOF {
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
		o.seen |= 1 << i
		f := &o.sh.Fields[i]
		if err := d.setJSON(dec, f, f.Shape, f.value(o.v), join(path, name), depth); err != nil {
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
		return invalid(f, path).Want("%s", sh.Kind).Got("%s", jsonKind([]byte{byte(k)}))
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
			return nil
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
		return invalid(f, path).Want("%s", sh.Kind).Got("string %q", text)
	}
	return invalid(f, path).Want("%s", sh.Kind).Got("%s", text)
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
		item := reflect.New(v.Type().Elem()).Elem()
		target := item
		if target.Kind() == reflect.Pointer {
			target.Set(reflect.New(target.Type().Elem()))
			target = target.Elem()
		}
		if err := inner.setJSON(dec, f, sh.Elem, target, path+"["+strconv.Itoa(i)+"]", depth); err != nil {
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
		item := reflect.New(v.Type().Elem()).Elem()
		if err := d.setJSON(dec, f, sh.Elem, item, join(path, key), depth); err != nil {
			return err
		}
		v.SetMapIndex(reflect.ValueOf(key).Convert(v.Type().Key()), item)
	}
	_, err := dec.ReadToken()
	return malformed(err)
}

// setText stores what s spells.
func (d *decoder) setText(f *Field, sh *Shape, v reflect.Value, s, path string, depth int) error {
	switch sh.Kind {
	case String, Text:
		v.SetString(s)
		return nil
	case Integer:
		n, err := strconv.ParseInt(strings.TrimSpace(s), 10, 64)
		if err != nil {
			fl, ferr := strconv.ParseFloat(s, 64)
			if n = int64(fl); ferr != nil || float64(n) != fl {
				return invalid(f, path).Want("integer").Got("%q", s)
			}
		}
		if v.OverflowInt(n) {
			return invalid(f, path).Want("a %d-bit integer", v.Type().Bits()).Got("%s", s)
		}
		v.SetInt(n)
		return nil
	case Number:
		n, err := strconv.ParseFloat(strings.TrimSpace(s), 64)
		if err != nil {
			return invalid(f, path).Want("number").Got("%q", s)
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
	}
	return d.nested(f, sh, v, s, path, depth)
}

// split reads "a,b,c" into a list.
func (d *decoder) split(f *Field, sh *Shape, v reflect.Value, s, path string) error {
	v.SetLen(0)
	for part := range strings.SplitSeq(s, ",") {
		if part = strings.TrimSpace(part); part == "" {
			continue
		}
		item := reflect.New(v.Type().Elem()).Elem()
		if err := d.setText(f, sh.Elem, item, part, path+"["+strconv.Itoa(v.Len())+"]", 0); err != nil {
			return err
		}
		v.Set(reflect.Append(v, item))
	}
	return nil
}

// nested reads JSON that came inside a string.
func (d *decoder) nested(f *Field, sh *Shape, v reflect.Value, s, path string, depth int) error {
	dec := jsontext.NewDecoder(strings.NewReader(s))
	if k := dec.PeekKind(); k != '{' && k != '[' {
		return invalid(f, path).Want("%s", sh.Kind).Got("%q", s)
	}
	if err := d.setJSON(dec, f, sh, v, path, depth); err != nil {
		return err
	}
	if _, err := dec.ReadToken(); err != io.EOF {
		return invalid(f, path).Want("one JSON value").Got("more text after it")
	}
	return nil
}

// finish applies defaults and holds the object to its declaration.
func (d *decoder) finish(o *object, path string) error {
	for i := range o.sh.Fields {
		f := &o.sh.Fields[i]
		given := o.seen&(1<<i) != 0
		name := join(path, f.Name)
		if !given && f.Default != "" {
			if err := d.setText(f, f.Shape, f.value(o.v), f.Default, name, 0); err != nil {
				return err
			}
		}
		if f.Required && (!given || isEmpty(f, o.v)) {
			return apierror.ParameterMissing.With("name", name).Want("%s", f.wants())
		}
		if given {
			if err := f.check(f.value(o.v), name); err != nil {
				return err
			}
		}
	}
	return nil
}

// isEmpty: a required string or list that is there but empty is missing.
func isEmpty(f *Field, v reflect.Value) bool {
	switch fv := f.value(v); f.Shape.Kind {
	case String, Text, List, Map:
		return fv.Len() == 0
	}
	return false
}

func (f *Field) wants() string {
	s := f.Shape.Kind.String()
	if f.Doc != "" {
		s += "：" + f.Doc
	}
	return s
}

func (f *Field) check(v reflect.Value, name string) error {
	switch f.Shape.Kind {
	case String:
		s, n := v.String(), utf8.RuneCountInString(v.String())
		if f.Enum != nil && s != "" && !slices.Contains(f.Enum, s) {
			return invalid(f, name).Want("%s", strings.Join(f.Enum, " | ")).Got("%q", s)
		}
		if f.MaxLen > 0 && n > f.MaxLen {
			return invalid(f, name).Want("at most %d characters", f.MaxLen).Got("%d", n)
		}
		if s != "" && n < f.MinLen {
			return invalid(f, name).Want("at least %d characters", f.MinLen).Got("%d", n)
		}
	case Integer:
		n := v.Int()
		if f.Enum != nil && !slices.Contains(f.Enum, strconv.FormatInt(n, 10)) {
			return invalid(f, name).Want("%s", strings.Join(f.Enum, " | ")).Got("%d", n)
		}
		if f.Min != nil && n < *f.Min {
			return invalid(f, name).Want("at least %d", *f.Min).Got("%d", n)
		}
		if f.Max != nil && n > *f.Max {
			return invalid(f, name).Want("at most %d", *f.Max).Got("%d", n)
		}
	case List:
		if f.MaxItems > 0 && v.Len() > f.MaxItems {
			return invalid(f, name).Want("at most %d items", f.MaxItems).Got("%d", v.Len())
		}
	case Text:
		if n := utf8.RuneCountInString(v.String()); f.MaxLen > 0 && n > f.MaxLen {
			return invalid(f, name).Want("at most %d characters", f.MaxLen).Got("%d", n)
		}
	}
	return nil
}

// reserved are the names that belong to the transport, not to an operation.
var reserved = []string{"access_token", "accessKey", "timestamp", "signature", "suiteTicket", "corpId", "lang"}

// unknown warns about a field that the operation does not have, or refuses it.
func (d *decoder) unknown(sh *Shape, name string) error {
	if slices.Contains(reserved, name) {
		return nil
	}
	base := name[strings.LastIndexByte(name, '.')+1:]
	near, least := "", 1<<30
	for _, f := range sh.Fields {
		if n := scope.Distance(strings.ToLower(base), strings.ToLower(f.Name)); n < least {
			near, least = f.Name, n
		}
	}
	r := apierror.ParameterUnknown.With("name", name)
	if near != "" {
		r = r.Want("%s", near)
	}
	if d.strict {
		return r.Got("%s", name)
	}
	if len(d.warnings) < 8 {
		d.warnings = append(d.warnings, name)
	}
	return nil
}

func invalid(f *Field, path string) *apierror.Refusal {
	return f.Rule.With("name", path)
}

func malformed(err error) error {
	if err == nil {
		return nil
	}
	r := apierror.BodyMalformed.With()
	switch {
	case errors.Is(err, jsontext.ErrDuplicateName):
		return r.Want("each name once").Got("%s", trimJSON(err))
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return r.Want("a whole JSON object").Got("a body that ends too early")
	}
	return r.Want("a JSON object in UTF-8").Got("%s", trimJSON(err))
}

func trimJSON(err error) string { return strings.TrimPrefix(err.Error(), "jsontext: ") }

func tooDeep() error {
	return apierror.BodyMalformed.Want("at most %d levels of nesting", maxDepth).Got("more")
}

func tooLarge(limit, found int64) error {
	r := apierror.BodyTooLarge.Want("at most %d bytes", limit)
	if found >= 0 {
		return r.Got("%d bytes", found)
	}
	return r.Got("more")
}

func unreadable(err error) error { return apierror.BodyTimeout.With().Because(err) }

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

func jsonKind(raw []byte) string {
	switch raw = bytes.TrimSpace(raw); {
	case len(raw) == 0:
		return "nothing"
	case raw[0] == '[':
		return "a list"
	case raw[0] == '{':
		return "an object"
	case raw[0] == '"':
		return "a string"
	}
	return fmt.Sprintf("%.20q", raw)
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

// pairs are the name-value pairs of a query or form, in order.
type pairs [][2]string

func (p pairs) each(f func(name, value string) error) error {
	for _, kv := range p {
		if err := f(kv[0], kv[1]); err != nil {
			return err
		}
	}
	return nil
}

// parseText reads a query or form. A name given twice with different values is
// kept twice; what that means is the field's matter.
func parseText(s string) (pairs, error) {
	ps := make(pairs, 0, 4)
	for part := range strings.SplitSeq(s, "&") {
		if part == "" {
			continue
		}
		k, v, _ := strings.Cut(part, "=")
		name, err1 := url.QueryUnescape(k)
		value, err2 := url.QueryUnescape(v)
		if err := errors.Join(err1, err2); err != nil || !utf8.ValidString(name) {
			return nil, apierror.ParameterInvalid.With("name", strings.ToValidUTF8(k, "?")).Want("percent-encoded UTF-8").Got("%q", part)
		}
		ps = append(ps, [2]string{name, value})
	}
	return ps, nil
}
