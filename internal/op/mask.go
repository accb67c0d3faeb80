package op

import (
	"reflect"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/gatepost/gatepost/internal/scope"
)

// Mask is how a sensitive string is made unrecognisable.
type Mask string

// The masks.
const (
	MaskPhone  Mask = "phone"  // 138****1234
	MaskEmail  Mask = "email"  // l***@example.com
	MaskName   Mask = "name"   // 李**
	MaskIDCard Mask = "idcard" // 3****************4
	MaskHide   Mask = "hide"   // left out
)

func (m Mask) known() bool {
	switch m {
	case MaskPhone, MaskEmail, MaskName, MaskIDCard, MaskHide:
		return true
	}
	return false
}

// Apply masks s. An empty string stays empty: that there is nothing to hide is
// not hidden.
func (m Mask) Apply(s string) string {
	if s == "" {
		return ""
	}
	switch m {
	case MaskPhone:
		r := []rune(s)
		if len(r) < 8 {
			return "****"
		}
		return string(r[:3]) + "****" + string(r[len(r)-4:])
	case MaskEmail:
		name, host, found := strings.Cut(s, "@")
		if !found {
			return "***"
		}
		_, n := utf8.DecodeRuneInString(name)
		return name[:n] + "***@" + host
	case MaskName:
		_, n := utf8.DecodeRuneInString(s)
		return s[:n] + "**"
	case MaskIDCard:
		r := []rune(s)
		if len(r) < 3 {
			return "***"
		}
		return string(r[0]) + strings.Repeat("*", len(r)-2) + string(r[len(r)-1])
	case MaskHide:
	}
	return ""
}

// Mask makes, in place, what resp holds beyond the caller's rights
// unrecognisable or absent, and returns the names of the fields it changed,
// each once.
//
// A field with a scope of its own is absent without that scope. A field of
// grade R2 is masked for a caller of grade R1. It fails closed: a caller
// without grade counts as R1.
func (o *Operation) Mask(resp any, who Caller) []string {
	if !o.Response.sensitive() && !o.Response.needs() {
		return nil
	}
	m := masking{who: who}
	m.value(o.Response, reflect.ValueOf(resp))
	return m.changed
}

// needs reports whether any field, however deep, has a scope of its own.
func (sh *Shape) needs() bool {
	for _, f := range sh.Fields {
		if f.Needs != "" || f.Shape.needs() {
			return true
		}
	}
	return sh.Elem != nil && sh.Elem.needs()
}

type masking struct {
	who     Caller
	changed []string
}

func (m *masking) value(sh *Shape, v reflect.Value) {
	if v.Kind() == reflect.Pointer {
		if v.IsNil() {
			return
		}
		v = v.Elem()
	}
	switch sh.Kind {
	case Object:
		for i := range sh.Fields {
			m.field(&sh.Fields[i], v.Field(sh.Fields[i].index))
		}
	case List:
		if sh.leaf().Kind == Object {
			for i := range v.Len() {
				m.value(sh.Elem, v.Index(i))
			}
		}
	case Map:
		if sh.leaf().Kind == Object {
			m.entries(sh, v)
		}
	default:
	}
}

// entries masks the values of a map, which cannot be changed where they are.
func (m *masking) entries(sh *Shape, v reflect.Value) {
	for _, k := range v.MapKeys() {
		item := reflect.New(v.Type().Elem()).Elem()
		item.Set(v.MapIndex(k))
		m.value(sh.Elem, item)
		v.SetMapIndex(k, item)
	}
}

func (m *masking) field(f *Field, v reflect.Value) {
	if v.IsZero() {
		return
	}
	switch {
	case f.Needs != "" && !m.who.Scopes.Has(f.Needs):
		v.SetZero()
	case f.Grade == scope.R2 && m.who.Grade != scope.R2 && f.Mask == MaskHide:
		v.SetZero()
	case f.Grade == scope.R2 && m.who.Grade != scope.R2 && f.Mask != "":
		if v.Kind() == reflect.Pointer {
			v = v.Elem()
		}
		v.SetString(f.Mask.Apply(v.String()))
	default:
		m.value(f.Shape, v)
		return
	}
	if !slices.Contains(m.changed, f.Name) {
		m.changed = append(m.changed, f.Name)
	}
}
