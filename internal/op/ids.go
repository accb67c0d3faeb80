package op

import (
	"reflect"
	"strings"

	"github.com/gatepost/gatepost/internal/id"
)

// IDs says which ids of people and corps an application has to do with.
type IDs string

// The choices. The empty one is IDsPlain.
const (
	IDsPlain IDs = "plain" // the platform's, which all applications share
	IDsOpen  IDs = "open"  // its own, and no others
	IDsBoth  IDs = "both"  // its own in answers; either in requests, while it changes over
)

// Own reports whether the application is told ids of its own.
func (i IDs) Own() bool { return i == IDsOpen || i == IDsBoth }

// IDKind is what an id is the id of. Its text is what the `id` tag says.
type IDKind string

// The kinds of ids that applications may have of their own.
const (
	IDUser  IDKind = "userid"
	IDUnion IDKind = "unionid"
	IDOpen  IDKind = "openid"
	IDCorp  IDKind = "corpid"
	IDChat  IDKind = "chatid"
)

func (k IDKind) known() bool {
	switch k {
	case IDUser, IDUnion, IDOpen, IDCorp, IDChat:
		return true
	}
	return false
}

// noID is the tag of a field whose type is an id's, but whose value is not one
// of an existing thing: the userid that somebody is to get.
const noID = "-"

// idOfType is the kind of an id that has a type of its own.
func idOfType(t reflect.Type) IDKind {
	switch t {
	case reflect.TypeFor[id.User]():
		return IDUser
	case reflect.TypeFor[id.Union]():
		return IDUnion
	case reflect.TypeFor[id.Open]():
		return IDOpen
	case reflect.TypeFor[id.Corp]():
		return IDCorp
	}
	return ""
}

// identify reads what the field is the id of: its `id` tag, its mark in an
// object about a person, or its type. The tag `sep` is what separates several ids in one text, and `word` a text that
// stands in the place of an id and is none.
func (f *Field) identify(tag reflect.StructTag) {
	leaf := f.Shape.leaf()
	f.ID, f.sep, f.word = IDKind(tag.Get("id")), tag.Get("sep"), tag.Get("word")
	switch {
	case f.ID == noID:
		f.ID = ""
	case f.ID == "" && (f.Person == PersonUser || f.Person == PersonUnion):
		f.ID = IDKind(f.Person)
	case f.ID == "":
		f.ID = idOfType(leaf.Type)
	case !f.ID.known() || leaf.Kind != String:
		panic("field " + f.Name + " is no " + string(f.ID))
	}
	if (f.sep != "" || f.word != "") && f.ID == "" {
		panic("field " + f.Name + ": sep and word are of ids")
	}
}

// Turn gives back another id of the same thing. Field names the field for a
// refusal.
type Turn func(kind IDKind, field, id string) (string, error)

// IDPlan is where values of a shape have ids; nil: nowhere. It is made once and
// read by every call.
type IDPlan struct {
	kind   Kind
	elem   *IDPlan   // of a list or map
	fields []idField // of an object
	of     *Field    // of a text: the field that says what it is
}

type idField struct {
	name  string
	index int
	inner *IDPlan
}

// IDPlan compiles where values of the shape have ids.
func (sh *Shape) IDPlan() *IDPlan { return sh.idPlan(nil) }

func (sh *Shape) idPlan(of *Field) *IDPlan {
	p := &IDPlan{kind: sh.Kind, of: of}
	switch sh.Kind {
	case Object:
		for i := range sh.Fields {
			f := &sh.Fields[i]
			if inner := f.Shape.idPlan(f); inner != nil {
				p.fields = append(p.fields, idField{f.Name, f.index, inner})
			}
		}
		if len(p.fields) > 0 {
			return p
		}
	case List, Map:
		if p.elem = sh.Elem.idPlan(of); p.elem != nil {
			return p
		}
	case String:
		if of != nil && of.ID != "" {
			return p
		}
	default:
	}
	return nil
}

// Turn turns, in place, every id that v holds; v is a pointer to a value of the
// plan's shape. Lists of ids are replaced by new ones: the old may be somebody
// else's too. It ends with the first error.
func (p *IDPlan) Turn(v any, turn Turn) error {
	if p == nil {
		return nil
	}
	return p.value(reflect.ValueOf(v), "", turn)
}

func (p *IDPlan) value(v reflect.Value, path string, turn Turn) error {
	if v.Kind() == reflect.Pointer {
		if v.IsNil() {
			return nil
		}
		v = v.Elem()
	}
	switch p.kind {
	case Object:
		for _, f := range p.fields {
			if err := f.inner.value(v.Field(f.index), join(path, f.name), turn); err != nil {
				return err
			}
		}
	case List:
		return p.list(v, path, turn)
	case Map:
		return p.entries(v, path, turn)
	case String:
		text, err := p.text(v.String(), path, turn)
		if err != nil {
			return err
		}
		v.SetString(text)
	default:
	}
	return nil
}

func (p *IDPlan) list(v reflect.Value, path string, turn Turn) error {
	if v.Len() == 0 {
		return nil
	}
	if p.elem.kind == String {
		list := reflect.MakeSlice(v.Type(), v.Len(), v.Len())
		reflect.Copy(list, v)
		v.Set(list)
	}
	for i := range v.Len() {
		if err := p.elem.value(v.Index(i), path, turn); err != nil {
			return err
		}
	}
	return nil
}

// entries turns the values of a map, which cannot be changed where they are.
func (p *IDPlan) entries(v reflect.Value, path string, turn Turn) error {
	if v.Len() == 0 {
		return nil
	}
	m := reflect.MakeMapWithSize(v.Type(), v.Len())
	for it := v.MapRange(); it.Next(); {
		item := reflect.New(v.Type().Elem()).Elem()
		item.Set(it.Value())
		if err := p.elem.value(item, path, turn); err != nil {
			return err
		}
		m.SetMapIndex(it.Key(), item)
	}
	v.Set(m)
	return nil
}

// text turns one id, or each of several in one text.
func (p *IDPlan) text(s, path string, turn Turn) (string, error) {
	if s == "" || s == p.of.word {
		return s, nil
	}
	if p.of.sep == "" {
		return turn(p.of.ID, path, s)
	}
	// As lists in one text are read: any of the separators, and what is empty between them is nothing.
	ids := strings.FieldsFunc(s, func(r rune) bool { return strings.ContainsRune(p.of.sep, r) })
	for i := range ids {
		var err error
		if ids[i], err = turn(p.of.ID, path, ids[i]); err != nil {
			return "", err
		}
	}
	return strings.Join(ids, p.of.sep[:1]), nil
}

// RequestIDs is where the operation's requests have ids; nil: nowhere.
func (o *Operation) RequestIDs() *IDPlan { return o.asked }

// ResponseIDs is where the operation's answers have ids; nil: nowhere.
func (o *Operation) ResponseIDs() *IDPlan { return o.told }

// Renamed is an id that a call brought: as its application calls the thing, and
// as the platform does.
type Renamed struct {
	Kind  IDKind
	Own   string
	Plain string
}
