package event

import (
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/gatepost/gatepost/internal/op"
	"github.com/gatepost/gatepost/internal/scope"
)

func TestTable(t *testing.T) {
	t.Parallel()
	names := map[Name][]string{
		UserAdded:     {"timeStamp", "userId"},
		UserModified:  {"timeStamp", "userId", "diffInfo"},
		DeptRemoved:   {"deptId"},
		RoleAssigned:  {"userIdList", "labelIdList", "action"},
		RolesModified: {"labelIdList", "scope", "preLabelList", "postLabelList"},
		CorpChanged:   nil,
	}
	for n, want := range names {
		e, ok := Find(n)
		if !ok {
			t.Errorf("%s is not declared", n)
			continue
		}
		var got []string
		for _, f := range e.Payload.Fields {
			got = append(got, f.Name)
		}
		if !slices.Equal(got, want) {
			t.Errorf("%s has the fields %v, not %v", n, got, want)
		}
	}
	if _, ok := Find("user_add"); ok {
		t.Error("an event that is not declared was found")
	}
}

func TestWrongDeclarationPanics(t *testing.T) {
	t.Parallel()
	good := Spec{Title: "题", TitleEN: "title", Doc: "doc", Scope: scope.Member, Grade: scope.R1}
	with := func(change func(*Spec)) Spec { s := good; change(&s); return s }
	type ungraded struct {
		A string `json:"a"`
	}
	for name, tc := range map[string]struct {
		declare func()
		want    string
	}{
		"name":       {func() { Declare[None]("UserAdd", good) }, "lower-case words"},
		"no name":    {func() { Declare[None]("", good) }, "lower-case words"},
		"title":      {func() { Declare[None]("a", with(func(s *Spec) { s.Title = "" })) }, "Title, TitleEN and Doc"},
		"doc":        {func() { Declare[None]("a", with(func(s *Spec) { s.Doc = "" })) }, "Title, TitleEN and Doc"},
		"scope":      {func() { Declare[None]("a", with(func(s *Spec) { s.Scope = "x" })) }, "unknown scope x"},
		"grade":      {func() { Declare[None]("a", with(func(s *Spec) { s.Grade = scope.W1 })) }, "Grade must be R1 or R2"},
		"low grade":  {func() { Declare[PeopleModified]("a", good) }, "a field of the payload is R2"},
		"no object":  {func() { Declare[[]People]("a", good) }, "a payload is an object"},
		"field":      {func() { Declare[ungraded]("a", good) }, "has no grade"},
		"same names": {func() { unique([]Event{{Name: "a"}, {Name: "a"}}) }, "declared twice: a"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			defer func() {
				if p := fmt.Sprint(recover()); !strings.Contains(p, tc.want) || !strings.HasPrefix(p, "event: ") {
					t.Errorf("panicked with %q, not with %q", p, tc.want)
				}
			}()
			tc.declare()
		})
	}
}

// Every payload that can be recorded can be read again.
func TestPayloadsAreReadAgain(t *testing.T) {
	t.Parallel()
	for _, e := range All() {
		text, err := e.Encode(reflect.New(e.payload).Interface())
		if err != nil {
			t.Fatal(err)
		}
		v, err := e.Decode(text)
		if err != nil || reflect.TypeOf(v).Elem() != e.payload {
			t.Errorf("%s reads %s as %T: %v", e.Name, text, v, err)
		}
		if e.Told().Name() != "event "+string(e.Name) || e.Told().Grade != e.Grade {
			t.Errorf("%s is told as %s of grade %s, not %s", e.Name, e.Told().Name(), e.Told().Grade, e.Grade)
		}
	}
}

func TestGradesFollowTheFields(t *testing.T) {
	t.Parallel()
	e, _ := Find(UserModified)
	i := slices.IndexFunc(e.Payload.Fields, func(f op.Field) bool { return f.Name == "diffInfo" })
	if e.Grade != scope.R2 || !e.Payload.Fields[i].Omit {
		t.Errorf("%s is of grade %s; diffInfo omitted when empty: %v", e.Name, e.Grade, e.Payload.Fields[i].Omit)
	}
}
