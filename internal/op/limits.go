package op

import (
	"reflect"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/gatepost/gatepost/internal/apierror"
)

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
	default:
		return false
	}
}

// wants tells what a missing field holds. Fields are described in Chinese only;
// an English reader is told the kind.
func (f *Field) wants() apierror.Words {
	w := f.Shape.Kind.Words()
	if f.Doc != "" {
		w.ZH += "：" + f.Doc
	}
	return w
}

// check holds a value that was given to its field's limits.
func (f *Field) check(v reflect.Value, name string) error {
	if f.Shape.Kind == List && f.MaxItems > 0 && v.Len() > f.MaxItems {
		return invalid(f, name).Want("at most %d items", f.MaxItems).Got("%d", v.Len())
	}
	return f.checkValue(f.Shape, v, name)
}

// checkValue checks a scalar, or every scalar of a list: the limits of a list's
// field are those of its items.
func (f *Field) checkValue(sh *Shape, v reflect.Value, name string) error {
	if v.Kind() == reflect.Pointer {
		v = v.Elem()
	}
	switch sh.Kind {
	case String, Text:
		return f.checkString(v.String(), name)
	case Integer:
		n := v.Int()
		if f.Enum != nil && !slices.Contains(f.Enum, strconv.FormatInt(n, 10)) {
			return invalid(f, name).Want("%s", strings.Join(f.Enum, " | ")).Got("%d", n)
		}
		return checkRange(f, n, f.Min, f.Max, name)
	case Number:
		return checkRange(f, v.Float(), f.Min, f.Max, name)
	case List:
		for i := range v.Len() {
			if err := f.checkValue(sh.Elem, v.Index(i), name+"["+strconv.Itoa(i)+"]"); err != nil {
				return err
			}
		}
	case Boolean, Object, Map: // an object's fields are checked by themselves
	}
	return nil
}

func (f *Field) checkString(s, name string) error {
	n := utf8.RuneCountInString(s)
	switch {
	case s == "":
		return nil // what is required was found missing before
	case f.Enum != nil && !slices.Contains(f.Enum, s):
		return invalid(f, name).Want("%s", strings.Join(f.Enum, " | ")).Got("%q", s)
	case f.MaxLen > 0 && n > f.MaxLen:
		return invalid(f, name).Want("at most %d characters", f.MaxLen).Got("%d", n)
	case n < f.MinLen:
		return invalid(f, name).Want("at least %d characters", f.MinLen).Got("%d", n)
	}
	return nil
}

func checkRange[N int64 | float64](f *Field, n N, least, most *int64, name string) error {
	if least != nil && n < N(*least) {
		return invalid(f, name).Want("at least %d", *least).Got("%v", n)
	}
	if most != nil && n > N(*most) {
		return invalid(f, name).Want("at most %d", *most).Got("%v", n)
	}
	return nil
}
