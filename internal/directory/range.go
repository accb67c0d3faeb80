package directory

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/gatepost/gatepost/internal/apierror"
	"github.com/gatepost/gatepost/internal/id"
	"github.com/gatepost/gatepost/internal/op"
	"github.com/gatepost/gatepost/internal/store"
)

// seesPath reports whether a range has the department with this path: itself or
// one of its ancestors is granted.
func seesPath(r op.Range, path string) bool {
	if r.All {
		return true
	}
	return slices.ContainsFunc(pathIDs(path), func(n id.Dept) bool { return slices.Contains(r.Departments, n) })
}

// seesDept refuses a department outside r.
func seesDept(r op.Range, d Department) error {
	if seesPath(r, d.Path) {
		return nil
	}
	return apierror.DeptOutOfRange.Want("%s", granted(r)).Got("部门 %d（%s）", d.ID, d.Name)
}

// seesPerson refuses a person outside r: one who is neither granted alone nor a
// member of a department that is.
func seesPerson(tx *store.Tx, corp id.Corp, r op.Range, p Person) error {
	if r.All || slices.Contains(r.Users, p.ID) {
		return nil
	}
	if len(r.Departments) > 0 {
		paths, err := store.All(tx, pathsOf, scanText, corp, store.List(p.Departments()))
		if err != nil {
			return err
		}
		if slices.ContainsFunc(paths, func(path string) bool { return seesPath(r, path) }) {
			return nil
		}
	}
	return apierror.UserOutOfRange.Want("%s", granted(r)).Got("员工 %s", p.ID)
}

// seesDepts refuses the first of the departments that r does not have. Numbers
// that no department has are passed: they are refused as such.
func seesDepts(tx *store.Tx, corp id.Corp, r op.Range, ids []id.Dept) error {
	if r.All || len(ids) == 0 {
		return nil
	}
	list, err := store.All(tx, deptsOf, scanDept, corp, store.List(ids))
	if err != nil {
		return err
	}
	for _, d := range list {
		if err := seesDept(r, d); err != nil {
			return err
		}
	}
	return nil
}

// personIn is person for a caller: an employee inside who's range.
func (d *Directory) personIn(tx *store.Tx, who op.Caller, user id.User) (Person, error) {
	p, err := d.person(tx, who.Corp, user)
	if err != nil {
		return Person{}, err
	}
	return p, seesPerson(tx, who.Corp, who.Range, p)
}

// departmentIn is department for a caller: one inside who's range.
func departmentIn(tx *store.Tx, who op.Caller, n id.Dept) (Department, error) {
	d, err := department(tx, who.Corp, n)
	if err != nil {
		return Department{}, err
	}
	return d, seesDept(who.Range, d)
}

// granted tells what a range has, for a refusal.
func granted(r op.Range) apierror.Words {
	var zh, en []string
	if len(r.Departments) > 0 {
		depts := numbers(r.Departments)
		zh, en = append(zh, "部门 "+depts.ZH+" 及其下级"), append(en, "departments "+depts.EN+" and below")
	}
	if len(r.Users) > 0 {
		users := some(r.Users, func(u id.User) string { return string(u) })
		zh, en = append(zh, "员工 "+users.ZH), append(en, "people "+users.EN)
	}
	if len(zh) == 0 {
		return apierror.Words{ZH: "可见范围为空", EN: "the range is empty"}
	}
	return apierror.Words{ZH: strings.Join(zh, "；"), EN: strings.Join(en, "; ")}
}

// numbers tells department ids.
func numbers(ids []id.Dept) apierror.Words {
	return some(ids, func(n id.Dept) string { return strconv.FormatInt(int64(n), 10) })
}

// some tells the first of many.
func some[T any](list []T, text func(T) string) apierror.Words {
	const most = 20
	var words []string
	for _, one := range list[:min(len(list), most)] {
		words = append(words, text(one))
	}
	w := apierror.Words{ZH: strings.Join(words, "、"), EN: strings.Join(words, ", ")}
	if len(list) > most {
		w.ZH += fmt.Sprintf(" 等 %d 个", len(list))
		w.EN += fmt.Sprintf(" and others, %d in all", len(list))
	}
	return w
}

func scanText(r store.Row) (s string, err error) {
	err = r.Scan(&s)
	return s, err
}

// A statement that is limited to a range takes the granted departments as $2
// and the granted users as $3. Departments below the granted ones are found once
// for the statement, by ranges of paths, however many rows it looks at.
const grantedDepts = `(SELECT below.id FROM departments granted
	JOIN departments below ON below.corp = $1 AND below.path >= granted.path AND below.path < granted.path || ':'
	WHERE granted.corp = $1 AND granted.id IN @ints($2))`

const (
	pathsOf store.SQL = `SELECT path FROM departments WHERE corp = $1 AND id IN @ints($2)`
	deptsOf store.SQL = `SELECT ` + deptColumns + ` FROM departments WHERE corp = $1 AND id IN @ints($2)`
)
