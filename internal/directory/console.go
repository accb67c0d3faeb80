package directory

import (
	"context"
	"errors"
	"slices"
	"strconv"
	"strings"

	"github.com/gatepost/gatepost/internal/apierror"
	"github.com/gatepost/gatepost/internal/id"
	"github.com/gatepost/gatepost/internal/op"
	"github.com/gatepost/gatepost/internal/store"
)

// Console is what the console asks of the directory to let people be picked.
func (d *Directory) Console() []op.Operation {
	return []op.Operation{
		op.Console("person.search", d.personSearch, op.Spec{Title: "查找员工", TitleEN: "Find people",
			Doc: "By name, pinyin, initials or job number; a userid finds its person. An empty query lists the root department's people first.", As: op.Admin, Verb: op.Read}),
		op.Console("department.children", d.departmentChildren, op.Spec{Title: "下级部门", TitleEN: "Sub-departments",
			Doc: "One level, in the order of the tree; without deptId the root itself.", As: op.Admin, Verb: op.Read}),
	}
}

type personSearchRequest struct {
	Query  string `json:"query"  maxLen:"64" doc:"姓名、拼音、首字母、工号、userid，或完整的手机号、邮箱"`
	Cursor string `json:"cursor" doc:"上一页的 nextCursor"`
	Size   int64  `json:"size"   min:"1" max:"100" default:"20" doc:"每页条数"`
}

type personSearchResponse struct {
	List       []personItem `json:"list"`
	HasMore    bool         `json:"hasMore"              grade:"R1"`
	NextCursor string       `json:"nextCursor,omitempty" grade:"R1"`
}

type personItem struct {
	UserID      id.User  `json:"userId"           grade:"R1"`
	Name        string   `json:"name"             grade:"R1"`
	Title       string   `json:"title,omitempty"  grade:"R1"`
	Departments []string `json:"departments"      grade:"R1"`
	Avatar      string   `json:"avatar,omitempty" grade:"R1"`
}

func (d *Directory) personSearch(ctx context.Context, who op.Caller, q *personSearchRequest) (*personSearchResponse, error) {
	offset := int64(0)
	if q.Cursor != "" {
		n, err := strconv.ParseInt(q.Cursor, 10, 64)
		if err != nil || n < 0 {
			return nil, apierror.OffsetInvalid.Want("上一页的 nextCursor").Got("%q", q.Cursor)
		}
		offset = n
	}
	return store.View(ctx, d.db, func(tx *store.Tx) (*personSearchResponse, error) {
		s := Search{Word: q.Query, Offset: offset, Size: q.Size}
		users, more, err := d.pick(tx, who.Corp, s)
		if err != nil {
			return nil, err
		}
		r := &personSearchResponse{HasMore: more}
		if more {
			r.NextCursor = strconv.FormatInt(offset+int64(len(users)), 10)
		}
		for _, u := range users {
			item, err := d.pickItem(tx, who.Corp, u)
			if err != nil {
				return nil, err
			}
			r.List = append(r.List, item)
		}
		return r, nil
	})
}

// pick finds people for a picker: by what was typed, by userid where that is
// one, and everybody while nothing was typed.
func (d *Directory) pick(tx *store.Tx, corp id.Corp, s Search) (users []id.User, more bool, err error) {
	if s.Word == "" {
		users, err = store.All(tx, pickAll, scanUser, corp, s.Size+1, s.Offset)
		if int64(len(users)) > s.Size {
			return users[:s.Size], true, err
		}
		return users, false, err
	}
	found, err := searchPeople(tx, corp, op.Everything, s)
	if err != nil {
		return nil, false, err
	}
	if len(found.List) == 0 && s.Offset == 0 {
		user, err := d.known(tx, corp, s.Word)
		if errors.Is(err, store.ErrNone) {
			return nil, false, nil
		}
		return []id.User{user}, false, err
	}
	return found.List, found.More(s), nil
}

// FirstPeople returns the first n employees by userid, for a picker.
func (d *Directory) FirstPeople(ctx context.Context, corp id.Corp, n int64) ([]Person, error) {
	people, err := store.View(ctx, d.db, func(tx *store.Tx) ([]Person, error) {
		users, _, err := d.pick(tx, corp, Search{Size: n})
		if err != nil {
			return nil, err
		}
		return d.employees(tx, corp, users)
	})
	slices.SortFunc(people, func(a, b Person) int { return strings.Compare(string(a.ID), string(b.ID)) })
	return people, err
}

// known is the employee whose userid, mobile number or e-mail address word is.
func (d *Directory) known(tx *store.Tx, corp id.Corp, word string) (id.User, error) {
	user, err := store.One(tx, employed, scanUser, corp, word)
	if !errors.Is(err, store.ErrNone) {
		return user, err
	}
	if code, mobile, ok := splitMobile(word); ok {
		return d.userOfMobile(tx, corp, code, mobile)
	}
	at, err := d.indexed(tx, corp, indexEmail, word)
	if err != nil {
		return "", err
	}
	return store.One(tx, emailHolder, scanUser, corp, at)
}

func (d *Directory) pickItem(tx *store.Tx, corp id.Corp, u id.User) (personItem, error) {
	p, err := d.person(tx, corp, u)
	if err != nil {
		return personItem{}, err
	}
	item := personItem{UserID: p.ID, Name: p.Name, Title: p.Title, Avatar: p.Avatar, Departments: []string{}}
	names, err := deptNames(tx, corp, p.Departments())
	for _, n := range p.Departments() {
		item.Departments = append(item.Departments, names[n])
	}
	return item, err
}

type departmentChildrenRequest struct {
	DeptID *id.Dept `json:"deptId" doc:"上级部门；不填返回根部门"`
}

type departmentChildrenResponse struct {
	List []departmentItem `json:"list"`
}

type departmentItem struct {
	DeptID      id.Dept `json:"deptId"      grade:"R1"`
	Name        string  `json:"name"        grade:"R1"`
	HasChildren bool    `json:"hasChildren" grade:"R1"`
	People      int64   `json:"people"      grade:"R1"`
}

func (d *Directory) departmentChildren(ctx context.Context, who op.Caller, q *departmentChildrenRequest) (*departmentChildrenResponse, error) {
	return store.View(ctx, d.db, func(tx *store.Tx) (*departmentChildrenResponse, error) {
		var depts []Department
		var err error
		if q.DeptID == nil {
			var root Department
			root, err = department(tx, who.Corp, id.RootDept)
			depts = []Department{root}
		} else {
			depts, err = childrenOf(tx, who.Corp, *q.DeptID)
		}
		if err != nil {
			return nil, err
		}
		r := &departmentChildrenResponse{List: []departmentItem{}}
		for _, one := range depts {
			item, err := departmentItemOf(tx, who.Corp, one)
			if err != nil {
				return nil, err
			}
			r.List = append(r.List, item)
		}
		return r, nil
	})
}

func departmentItemOf(tx *store.Tx, corp id.Corp, one Department) (departmentItem, error) {
	below, err := childrenOf(tx, corp, one.ID)
	if err != nil {
		return departmentItem{}, err
	}
	people, err := store.One(tx, countPeopleBelow, scanCount, corp, one.Path, pathEnd(one.Path))
	return departmentItem{one.ID, one.Name, len(below) > 0, people}, err
}

// DepartmentNames and PersonNames tell how things are called, for lists that
// other packages show. What is not in the corp is left out.

// DepartmentNames returns the names of departments.
func (d *Directory) DepartmentNames(ctx context.Context, corp id.Corp, depts []id.Dept) (map[id.Dept]string, error) {
	return store.View(ctx, d.db, func(tx *store.Tx) (map[id.Dept]string, error) { return deptNames(tx, corp, depts) })
}

// PersonNames returns the names of people, also of those who left.
func (d *Directory) PersonNames(ctx context.Context, corp id.Corp, users []id.User) (map[id.User]string, error) {
	type named struct {
		user id.User
		name string
	}
	list, err := store.View(ctx, d.db, func(tx *store.Tx) ([]named, error) {
		return store.All(tx, namesOfPeople, func(r store.Row) (n named, err error) { err = r.Scan(&n.user, &n.name); return n, err }, corp, store.List(users))
	})
	names := make(map[id.User]string, len(list))
	for _, n := range list {
		names[n.user] = n.name
	}
	return names, err
}

func deptNames(tx *store.Tx, corp id.Corp, depts []id.Dept) (map[id.Dept]string, error) {
	type named struct {
		dept id.Dept
		name string
	}
	list, err := store.All(tx, namesOfDepts, func(r store.Row) (n named, err error) { err = r.Scan(&n.dept, &n.name); return n, err }, corp, store.List(depts))
	names := make(map[id.Dept]string, len(list))
	for _, n := range list {
		names[n.dept] = n.name
	}
	return names, err
}

const (
	pickAll          store.SQL = `SELECT userid FROM people WHERE corp = $1 AND state = 'employed' ORDER BY userid LIMIT $2 OFFSET $3`
	employed         store.SQL = `SELECT userid FROM people WHERE corp = $1 AND userid = $2 AND state = 'employed'`
	namesOfDepts     store.SQL = `SELECT id, name FROM departments WHERE corp = $1 AND id IN @ints($2)`
	namesOfPeople    store.SQL = `SELECT userid, name FROM people WHERE corp = $1 AND userid IN @strings($2)`
	countPeopleBelow store.SQL = `SELECT COUNT(DISTINCT m.userid) FROM departments d JOIN memberships m ON m.corp = d.corp AND m.dept = d.id
		WHERE d.corp = $1 AND d.path >= $2 AND d.path < $3`
)
