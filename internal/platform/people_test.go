package platform_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/gatepost/gatepost/internal/op"
	"github.com/gatepost/gatepost/internal/platformtest"
	"github.com/gatepost/gatepost/internal/scope"
)

// Every object in an answer to applications that names a person says so, or the
// protection of that person would not reach it.
func TestObjectsAboutPeopleSaySo(t *testing.T) {
	t.Parallel()
	w := platformtest.Start(t)
	marked := 0
	for _, o := range w.Catalogue.Operations() {
		if o.Dialect == op.DialectConsole {
			continue
		}
		for _, wrong := range unmarked(o.Response, &marked) {
			t.Errorf("%s answers with %s, which has no tag person", o.Name(), wrong)
		}
	}
	if marked < 20 {
		t.Errorf("only %d objects are about a person: the test looks in the wrong place", marked)
	}
}

// The test finds what it looks for.
func TestUnmarkedPeopleAreFound(t *testing.T) {
	t.Parallel()
	type person struct {
		UserID string `json:"userId" grade:"R1"`
		Mobile string `json:"mobile" grade:"R2" mask:"phone"`
	}
	type page struct {
		List []person `json:"list"`
	}
	marked := 0
	if got := unmarked(op.Describe[page](), &marked); !slices.Equal(got, []string{"userId"}) || marked != 0 {
		t.Errorf("found %v", got)
	}
}

// unmarked are the fields of sh, at any depth, that are the id of a person and
// do not say so.
func unmarked(sh *op.Shape, marked *int) (fields []string) {
	for _, f := range sh.Fields {
		name := strings.ToLower(f.Name)
		switch isID := f.Shape.Kind == op.String && (name == "userid" || name == "unionid"); {
		case f.Person == op.PersonUser || f.Person == op.PersonUnion:
			*marked++
		case isID && f.Person == "":
			fields = append(fields, f.Name)
		case f.Person != "" && f.Grade == scope.R2:
			fields = append(fields, f.Name+" (kept, and of grade R2)")
		}
		fields = append(fields, unmarked(f.Shape, marked)...)
	}
	if sh.Elem != nil {
		fields = append(fields, unmarked(sh.Elem, marked)...)
	}
	return fields
}
