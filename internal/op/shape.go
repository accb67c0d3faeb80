package op

import (
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"github.com/gatepost/gatepost/internal/apierror"
	"github.com/gatepost/gatepost/internal/scope"
)

// CSV is a request field that clients send as "a,b,c" or as a JSON list.
type CSV []string

// CSVInt is a request field that clients send as "1,2,3" or as a JSON list.
type CSVInt []int64

// JSONText is a string that holds JSON; clients send the text, or the value
// itself (the official v1 client turns text that looks like JSON into JSON).
type JSONText string

// Kind is what a value is on the wire.
type Kind int

// The kinds.
const (
	String Kind = iota + 1
	Integer
	Number
	Boolean
	List
	Object
	Map
	Text // JSONText
)

var kindNames = [...]string{"", "string", "integer", "number", "boolean", "list", "object", "map", "JSON text"}

func (k Kind) String() string { return kindNames[k] }

var kindTitles = [...]string{"", "字符串", "整数", "数字", "布尔值", "列表", "对象", "映射", "JSON 文本"}

// Words names the kind to whoever sent another one.
func (k Kind) Words() apierror.Words { return apierror.Words{ZH: kindTitles[k], EN: kindNames[k]} }

// Where says which part of a request carries a field.
type Where int

// The parts of a request.
const (
	InBody Where = iota
	InQuery
	InPath
	InHeader // of published operations only
)

// PersonMark is what a field is to an object about a person, in which it stands. Of
// a protected person only fields with such a mark are answered.
type PersonMark string

// The marks.
const (
	PersonUser  PersonMark = "userid"  // the person's userid
	PersonUnion PersonMark = "unionid" // the person's unionid
	PersonKeep  PersonMark = "keep"    // another id, or what clients need to read the answer
	PersonOther PersonMark = "other"   // the id of somebody who is no person of the corp
)

func (p PersonMark) known() bool {
	switch p {
	case "", PersonUser, PersonUnion, PersonKeep, PersonOther:
		return true
	}
	return false
}

// Shape describes a request or response type, as decoding, masking and the
// documentation read it.
type Shape struct {
	Kind   Kind
	CSV    bool // List: may come as one comma-separated string
	Fields []Field
	Elem   *Shape
	Type   reflect.Type // without pointer

	byName map[string]int
}

// Field is one field of an object.
type Field struct {
	Name     string
	Doc      string
	In       Where
	Required bool
	Omit     bool // absent from an answer when empty
	Enum     []string
	Min, Max *int64
	MinLen   int // runes
	MaxLen   int // runes
	MaxItems int
	Default  string
	Grade    scope.Grade
	Mask     Mask
	Person   PersonMark      // what the field is to an object about a person
	Needs    scope.Name      // field scope without which an answer leaves the field out
	Rule     *apierror.Error // what a value beyond the limits is refused with
	ID       IDKind          // what the text, or each in a list, is the id of; empty: of nothing
	Shape    *Shape

	sep     string // between several ids in one text
	word    string // stands in the place of an id and is none
	index   int
	pointer bool
}

type side int

const (
	request side = iota
	response
)

var (
	csvType    = reflect.TypeFor[CSV]()
	csvIntType = reflect.TypeFor[CSVInt]()
	textType   = reflect.TypeFor[JSONText]()
)

// Describe returns the shape of T as the type of an answer, for what is
// declared like an answer and is none: the payload of an event. It panics with
// what is wrong with T.
func Describe[T any]() *Shape { return shapeOf(reflect.TypeFor[T](), response) }

// shapeOf reads t's fields and tags. It panics with what is wrong.
func shapeOf(t reflect.Type, s side) *Shape { return describer{side: s}.shape(t) }

// describer reads one type. around are the objects that hold the one it reads.
type describer struct {
	side   side
	around []reflect.Type
}

func (d describer) shape(t reflect.Type) *Shape {
	sh := &Shape{Type: t}
	switch t.Kind() {
	case reflect.String:
		sh.Kind = String
		if t == textType {
			sh.Kind = Text
		}
	case reflect.Int, reflect.Int32, reflect.Int64:
		sh.Kind = Integer
	case reflect.Float64:
		sh.Kind = Number
	case reflect.Bool:
		sh.Kind = Boolean
	case reflect.Slice:
		sh.Kind, sh.CSV = List, t == csvType || t == csvIntType
		sh.Elem = d.shape(deref(t.Elem()))
	case reflect.Map:
		if t.Key().Kind() != reflect.String {
			panic(fmt.Sprintf("%s: the keys of a map are strings", t))
		}
		sh.Kind, sh.Elem = Map, d.shape(deref(t.Elem()))
	case reflect.Struct:
		if slices.Contains(d.around, t) {
			panic(fmt.Sprintf("%s contains itself", t))
		}
		d.around = append(slices.Clone(d.around), t)
		sh.Kind, sh.byName = Object, map[string]int{}
		for i := range t.NumField() {
			if f := t.Field(i); f.IsExported() {
				sh.add(d.field(f, i))
			}
		}
	default:
		panic(fmt.Sprintf("%s cannot go over the wire", t))
	}
	return sh
}

func (sh *Shape) add(f Field) {
	if _, doubled := sh.byName[f.Name]; doubled {
		panic("field " + f.Name + " is declared twice")
	}
	if len(sh.Fields) == 64 {
		panic("more than 64 fields in one object")
	}
	sh.byName[f.Name] = len(sh.Fields)
	sh.Fields = append(sh.Fields, f)
}

func (d describer) field(sf reflect.StructField, index int) Field {
	tag := sf.Tag
	f := Field{index: index, Doc: tag.Get("doc"), Required: tag.Get("required") == "true", Default: tag.Get("default"),
		Grade: scope.Grade(tag.Get("grade")), Mask: Mask(tag.Get("mask")), Needs: scope.Name(tag.Get("needs")),
		Person: PersonMark(tag.Get("person"))}
	switch {
	case tag.Get("path") != "":
		f.Name, f.In, f.Required = tag.Get("path"), InPath, true
	case tag.Get("query") != "":
		f.Name, f.In = tag.Get("query"), InQuery
	default:
		var options string
		f.Name, options, _ = strings.Cut(tag.Get("json"), ",")
		f.Omit = strings.Contains(options, "omitempty") || strings.Contains(options, "omitzero")
	}
	if f.Name == "" {
		panic(sf.Name + " has no name on the wire")
	}
	t := sf.Type
	if t.Kind() == reflect.Pointer {
		f.pointer, t = true, t.Elem()
	}
	f.Shape = d.shape(t)
	f.identify(tag)
	f.limits(tag)
	f.Rule = ruleOf(tag.Get("rule"))
	if d.side == request && f.Doc == "" {
		panic("field " + f.Name + " has no doc")
	}
	f.checkLimits()
	if d.side == response {
		f.checkGrade()
	}
	return f
}

func (f *Field) limits(tag reflect.StructTag) {
	if e := tag.Get("enum"); e != "" {
		f.Enum = strings.Split(e, ",")
	}
	number := func(name string) *int64 {
		s := tag.Get(name)
		if s == "" {
			return nil
		}
		n, err := strconv.ParseInt(s, 10, 64)
		if err != nil {
			panic(f.Name + ": " + name + " is not a number")
		}
		return &n
	}
	count := func(name string) int {
		if n := number(name); n != nil {
			return int(*n)
		}
		return 0
	}
	f.Min, f.Max = number("min"), number("max")
	f.MinLen, f.MaxLen, f.MaxItems = count("minLen"), count("maxLen"), count("maxItems")
}

// ruleOf finds the refusal that a field's `rule` tag names. Without the tag a
// value beyond the limits is an invalid parameter.
func ruleOf(name string) *apierror.Error {
	if name == "" {
		return apierror.ParameterInvalid
	}
	for _, e := range apierror.All() {
		if e.Name == name {
			return e
		}
	}
	panic("no refusal is named " + name)
}

// checkLimits refuses limits that could never be checked, and a default that
// would be refused whenever it applied.
func (f *Field) checkLimits() {
	kind := f.Shape.leaf().Kind
	switch {
	case (f.Min != nil || f.Max != nil) && kind != Integer && kind != Number:
		panic("field " + f.Name + ": min and max are of numbers")
	case (f.MinLen > 0 || f.MaxLen > 0) && kind != String && kind != Text:
		panic("field " + f.Name + ": minLen and maxLen are of strings")
	case f.Enum != nil && kind != String && kind != Integer:
		panic("field " + f.Name + ": enum is of strings and integers")
	case f.MaxItems > 0 && f.Shape.Kind != List:
		panic("field " + f.Name + ": maxItems is of lists")
	case f.Default == "":
		return
	}
	v := reflect.New(f.Shape.Type).Elem()
	d := decoder{lenient: true}
	if err := errors.Join(d.setText(f, f.Shape, v, f.Default, f.Name, 0), f.check(v, f.Name)); err != nil {
		panic("field " + f.Name + ": its own default is refused: " + err.Error())
	}
}

// checkGrade holds response fields to their declaration: every leaf has a
// grade, and a sensitive string has a mask.
func (f *Field) checkGrade() {
	leaf := f.Shape.leaf()
	if f.Needs != "" {
		if _, ok := scope.Find(f.Needs); !ok {
			panic("response field " + f.Name + " needs the unknown scope " + string(f.Needs))
		}
	}
	if f.Mask != "" && !f.Mask.known() {
		panic("response field " + f.Name + ": unknown mask " + string(f.Mask))
	}
	if f.Mask != "" && f.Shape.Kind != String && f.Mask != MaskHide {
		panic("response field " + f.Name + ": only a string can be masked as " + string(f.Mask))
	}
	if !f.Person.known() || (f.Person == PersonUser || f.Person == PersonUnion) && (f.Shape.Kind != String || f.pointer) {
		panic("response field " + f.Name + " is no " + string(f.Person) + " of a person")
	}
	if leaf.Kind == Object && f.Grade == "" && f.Mask == "" {
		return // its fields have grades of their own
	}
	if f.Grade != scope.R1 && f.Grade != scope.R2 {
		panic("response field " + f.Name + " has no grade R1 or R2")
	}
	if f.Grade == scope.R2 && f.Mask == "" && (leaf.Kind == String || leaf.Kind == Text) {
		panic("response field " + f.Name + " is R2 and has no mask")
	}
}

// leaf is what lists and maps hold in the end.
func (sh *Shape) leaf() *Shape {
	for sh.Elem != nil {
		sh = sh.Elem
	}
	return sh
}

// sensitive reports whether any field, however deep, is of grade R2.
func (sh *Shape) sensitive() bool {
	for _, f := range sh.Fields {
		if f.Grade == scope.R2 || f.Shape.sensitive() {
			return true
		}
	}
	return sh.Elem != nil && sh.Elem.sensitive()
}

func deref(t reflect.Type) reflect.Type {
	if t.Kind() == reflect.Pointer {
		return t.Elem()
	}
	return t
}
