package op

import (
	"errors"
	"fmt"
	"reflect"
	"regexp"
	"unicode/utf8"
)

// MaskPattern replaces what a regular expression finds. Only a Blur has it: it
// needs an expression.
const MaskPattern Mask = "pattern"

// Bounds of a pattern, so that no rule can make an answer slow or large.
const (
	maxPattern     = 256 // bytes
	maxReplacement = 64  // characters
	maxBlurred     = 64 << 10
)

// Blur is how a rule makes a value unrecognisable. The zero Blur leaves nothing
// of it.
type Blur struct {
	kind        Mask
	pattern     *regexp.Regexp
	replacement string
}

// The ways in which a Blur cannot be made.
var (
	ErrBlurKind    = errors.New("op: no such kind of mask")
	ErrBlurPattern = errors.New("op: no usable pattern")
	ErrBlurText    = errors.New("op: a replacement of more than 64 characters")
)

// NewBlur returns the blur of a kind; pattern and replacement are those of
// MaskPattern and empty for any other. In the replacement $1 is the first group.
// A pattern that finds nothing at all would do so everywhere, and is refused.
func NewBlur(kind Mask, pattern, replacement string) (Blur, error) {
	if kind != MaskPattern {
		if !kind.known() {
			return Blur{}, fmt.Errorf("%w: %s", ErrBlurKind, kind)
		}
		if pattern != "" || replacement != "" {
			return Blur{}, fmt.Errorf("%w: %s has none", ErrBlurPattern, kind)
		}
		return Blur{kind: kind}, nil
	}
	if pattern == "" || len(pattern) > maxPattern {
		return Blur{}, fmt.Errorf("%w: 1 to %d bytes", ErrBlurPattern, maxPattern)
	}
	if !utf8.ValidString(replacement) || utf8.RuneCountInString(replacement) > maxReplacement {
		return Blur{}, ErrBlurText
	}
	re, err := regexp.Compile(pattern)
	if err != nil {
		return Blur{}, fmt.Errorf("%w: %w", ErrBlurPattern, err)
	}
	if re.MatchString("") {
		return Blur{}, fmt.Errorf("%w: it finds the empty text", ErrBlurPattern)
	}
	return Blur{kind: kind, pattern: re, replacement: replacement}, nil
}

// Apply blurs a text. What is too long to be searched is left out as a whole.
func (b Blur) Apply(s string) string {
	if b.kind != MaskPattern {
		return b.kind.Apply(s)
	}
	if b.pattern == nil || len(s) > maxBlurred {
		return ""
	}
	out := b.pattern.ReplaceAllString(s, b.replacement)
	if len(out) > maxBlurred {
		return ""
	}
	return out
}

// Append appends what Apply makes of s, which is UTF-8, to dst. Only a pattern
// allocates for it.
func (b Blur) Append(dst, s []byte) []byte {
	if b.kind != MaskPattern {
		return b.kind.Append(dst, s)
	}
	return append(dst, b.Apply(string(s))...)
}

// set blurs the value of a field and reports whether that changed it. Texts are
// blurred one by one; what is no text has no likeness and is left out.
func (b Blur) set(v reflect.Value) bool {
	if v.IsZero() {
		return false
	}
	text := v
	if v.Kind() == reflect.Pointer {
		text = v.Elem()
	}
	if b.kind == MaskHide || !textual(text.Type()) {
		v.SetZero()
		return true
	}
	switch text.Kind() {
	case reflect.Slice:
		return b.list(text)
	case reflect.Map:
		return b.entries(text)
	default:
		before := text.String()
		text.SetString(b.Apply(before))
		return text.String() != before
	}
}

// list blurs a list of texts. The list is a new one: the old may be somebody
// else's too.
func (b Blur) list(v reflect.Value) (changed bool) {
	list := reflect.MakeSlice(v.Type(), v.Len(), v.Len())
	for i := range v.Len() {
		before := v.Index(i).String()
		after := b.Apply(before)
		list.Index(i).SetString(after)
		changed = changed || after != before
	}
	v.Set(list)
	return changed
}

// entries blurs the values of a map of texts, likewise in a new one.
func (b Blur) entries(v reflect.Value) (changed bool) {
	m := reflect.MakeMapWithSize(v.Type(), v.Len())
	for it := v.MapRange(); it.Next(); {
		after := b.Apply(it.Value().String())
		changed = changed || after != it.Value().String()
		m.SetMapIndex(it.Key(), reflect.ValueOf(after).Convert(v.Type().Elem()))
	}
	v.Set(m)
	return changed
}

// textual reports whether values of t can be blurred as text: a text, or a list
// or map of them. Text that holds JSON cannot: what is left would be no JSON.
func textual(t reflect.Type) bool {
	if t.Kind() == reflect.Slice || t.Kind() == reflect.Map {
		t = t.Elem()
	}
	return t.Kind() == reflect.String && t != textType
}
