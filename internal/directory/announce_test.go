package directory_test

import (
	"encoding/json"
	"errors"
	"slices"
	"testing"

	"github.com/gatepost/gatepost/internal/directory"
	"github.com/gatepost/gatepost/internal/event"
	"github.com/gatepost/gatepost/internal/id"
	"github.com/gatepost/gatepost/internal/store"
)

// announced remembers what it is told in the run that was committed.
type announced struct {
	list []string
	err  error
}

func (a *announced) Emit(tx *store.Tx, _ id.Corp, n event.Name, object string, payload any) (id.Event, error) {
	if a.err != nil {
		return 0, a.err
	}
	text, err := json.Marshal(payload)
	if err != nil {
		return 0, err
	}
	line := string(n) + " " + object
	if n == event.UserModified {
		var m event.PeopleModified
		if err := json.Unmarshal(text, &m); err != nil {
			return 0, err
		}
		if m.Diff != nil {
			line += " " + m.Diff.Before.Name + "→" + m.Diff.After.Name + m.Diff.Before.Email + m.Diff.After.Email
		}
	}
	tx.After(func() { a.list = append(a.list, line) })
	return 1, nil
}

// Each change is announced once, inside its transaction.
func TestChangesAreAnnounced(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, w *world) {
		told := &announced{}
		w.Events = told
		ctx, name := t.Context(), "财务部"
		do := func(err error) {
			t.Helper()
			if err != nil {
				t.Fatal(err)
			}
		}
		_, err := w.CreateDepartment(ctx, corp, directory.NewDepartment{ID: 7, Parent: id.RootDept, Name: "财务"})
		do(err)
		do(w.UpdateDepartment(ctx, corp, directory.DepartmentChange{ID: 7, Name: &name}))
		for i, user := range []id.User{"lina", "wang"} {
			mobile := "1380000000" + string(rune('1'+i))
			_, err = w.CreatePerson(ctx, corp, directory.NewPerson{ID: user, Profile: directory.Profile{Name: "李", Mobile: mobile}, Departments: []id.Dept{id.RootDept}})
			do(err)
		}
		_, err = w.UpdatePerson(ctx, corp, directory.PersonChange{ID: "lina", Edit: func(p *directory.Profile) { p.Name = "李娜" }})
		do(err)
		do(w.SetAdmin(ctx, corp, "wang", directory.LevelMain, nil))
		do(w.SetAdmin(ctx, corp, "lina", directory.LevelMain, nil))
		do(w.SetAdmin(ctx, corp, "lina", directory.LevelSub, nil)) // still an administrator
		do(w.RemovePerson(ctx, corp, "lina"))
		do(w.RemoveDepartment(ctx, corp, 7))
		want := []string{"org_dept_create dept:7", "org_dept_modify dept:7", "user_add_org person:lina", "user_add_org person:wang",
			"user_modify_org person:lina 李→李娜", "org_admin_add person:wang", "org_admin_add person:lina", "org_admin_remove person:lina",
			"user_leave_org person:lina", "org_dept_remove dept:7"}
		if !slices.Equal(told.list, want) {
			t.Errorf("announced\n%q\nnot\n%q", told.list, want)
		}
	})
}

// A change that cannot be announced is not made.
func TestUnannouncedChangeIsNone(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, w *world) {
		w.Events = &announced{err: errors.New("no")}
		if _, err := w.CreateDepartment(t.Context(), corp, directory.NewDepartment{ID: 7, Parent: id.RootDept, Name: "财务"}); err == nil {
			t.Fatal("made")
		}
		if _, err := w.Department(t.Context(), corp, 7); err == nil {
			t.Error("the department is there")
		}
	})
}
