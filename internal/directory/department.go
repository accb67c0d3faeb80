package directory

import (
	"context"
	"errors"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/go-json-experiment/json"

	"github.com/gatepost/gatepost/internal/apierror"
	"github.com/gatepost/gatepost/internal/event"
	"github.com/gatepost/gatepost/internal/id"
	"github.com/gatepost/gatepost/internal/store"
)

// deepest is how many levels of departments there can be, the root included.
// The documentation knows the refusal and not the number; this is ours.
const deepest = 15

// Department is one department.
type Department struct {
	ID        id.Dept
	Parent    id.Dept // 0 for the root
	Name      string
	Sort      int64  // among the parent's departments, small first
	Path      string // ids from the root down to this one: "/1/12/34/"
	Depth     int64  // 1 for the root
	GroupChat string // chatid of the department's group, if it has one
	DepartmentSettings
	CreatedAt, ModifiedAt time.Time
}

// DepartmentSettings is what can be said of a department beside its name and place.
type DepartmentSettings struct {
	Hidden        bool // seen only by those permitted
	Outer         bool // its members see only what is permitted
	OuterOnlySelf bool // and of that only themselves

	CreateGroup      bool    // a group chat belongs to it
	AutoAddUser      bool    // who joins the department joins the chat
	AutoApprove      bool    // who asks to join is let in
	GroupSubDepts    bool    // the chat has the members of sub-departments
	GroupHiddenDepts bool    // and those of hidden ones
	GroupOuterDepts  bool    // and those of outer ones
	GroupOwner       id.User // of the chat

	Brief, Telephone, Code, Source, Extension string

	DeptPermits      []id.Dept // who sees it although it is hidden
	UserPermits      []id.User
	OuterDeptPermits []id.Dept // what its members see although it is outer
	OuterUserPermits []id.User
}

// NewDepartment is a department to be created.
type NewDepartment struct {
	ID     id.Dept // 0: a number is drawn
	Parent id.Dept
	Name   string
	Sort   *int64 // nil: after its siblings
	DepartmentSettings
}

// DepartmentChange is what is to change of one department. Nil leaves as is.
type DepartmentChange struct {
	ID      id.Dept
	Parent  *id.Dept
	Name    *string
	Sort    *int64
	Leaders *[]id.User                // each a member; empty clears
	Edit    func(*DepartmentSettings) // may run more than once
}

// Department returns one department, or apierror.DeptNotFound.
func (d *Directory) Department(ctx context.Context, corp id.Corp, n id.Dept) (Department, error) {
	return store.View(ctx, d.db, func(tx *store.Tx) (Department, error) { return department(tx, corp, n) })
}

// Children returns the departments directly below n in their order.
func (d *Directory) Children(ctx context.Context, corp id.Corp, n id.Dept) ([]Department, error) {
	return store.View(ctx, d.db, func(tx *store.Tx) ([]Department, error) { return childrenOf(tx, corp, n) })
}

// Departments returns n and everything below it, each parent before its children.
func (d *Directory) Departments(ctx context.Context, corp id.Corp, n id.Dept) ([]Department, error) {
	return store.View(ctx, d.db, func(tx *store.Tx) ([]Department, error) { return subtree(tx, corp, n) })
}

// CreateDepartment creates a department and returns its number. It refuses with
// the rules of the department's name and place.
func (d *Directory) CreateDepartment(ctx context.Context, corp id.Corp, n NewDepartment) (id.Dept, error) {
	now := d.clock.At(corp)
	return change(ctx, d, corp, func(tx *store.Tx) (id.Dept, error) { return d.createDept(tx, corp, n, now) })
}

// UpdateDepartment changes a department. Moving it moves everything below it.
func (d *Directory) UpdateDepartment(ctx context.Context, corp id.Corp, c DepartmentChange) error {
	now := d.clock.At(corp)
	return do(ctx, d, corp, func(tx *store.Tx) error { return d.updateDept(tx, corp, c, now) })
}

// RemoveDepartment removes a department that has neither members nor
// sub-departments. The root stays.
func (d *Directory) RemoveDepartment(ctx context.Context, corp id.Corp, n id.Dept) error {
	return do(ctx, d, corp, func(tx *store.Tx) error { return d.removeDept(tx, corp, n) })
}

// IDs are the department and its ancestors, from the root down.
func (d Department) IDs() []id.Dept { return pathIDs(d.Path) }

// pathIDs reads the ids in a path, from the root down.
func pathIDs(path string) []id.Dept {
	var ids []id.Dept
	for part := range strings.SplitSeq(strings.Trim(path, "/"), "/") {
		n, err := strconv.ParseInt(part, 10, 64)
		if err != nil {
			return nil // paths are made by pathBelow alone
		}
		ids = append(ids, id.Dept(n))
	}
	return ids
}

// pathBelow is the path of department n under the department whose path is parent.
func pathBelow(parent string, n id.Dept) string {
	return parent + strconv.FormatInt(int64(n), 10) + "/"
}

// pathEnd is the first text after all paths that begin with path: ':' follows
// the digits and the slash.
func pathEnd(path string) string { return path + ":" }

func department(tx *store.Tx, corp id.Corp, n id.Dept) (Department, error) {
	if n <= 0 {
		return Department{}, apierror.DeptIDInvalid.Want("大于 0 的部门 id").Got("%d", n)
	}
	one, err := store.One(tx, selectDept, scanDept, corp, n)
	if errors.Is(err, store.ErrNone) {
		return Department{}, apierror.DeptNotFound.Got("%d", n)
	}
	return one, err
}

func childrenOf(tx *store.Tx, corp id.Corp, n id.Dept) ([]Department, error) {
	if _, err := department(tx, corp, n); err != nil {
		return nil, err
	}
	return store.All(tx, selectChildren, scanDept, corp, n)
}

func subtree(tx *store.Tx, corp id.Corp, n id.Dept) ([]Department, error) {
	top, err := department(tx, corp, n)
	if err != nil {
		return nil, err
	}
	return store.All(tx, selectSubtree, scanDept, corp, top.Path, pathEnd(top.Path))
}

func (d *Directory) createDept(tx *store.Tx, corp id.Corp, n NewDepartment, now time.Time) (id.Dept, error) {
	parent, err := parentDept(tx, corp, n.Parent)
	if err != nil {
		return 0, err
	}
	if parent.Depth >= deepest {
		return 0, apierror.DeptTooDeep.Want("最多 %d 级", deepest).Got("%d", parent.Depth+1)
	}
	one := Department{ID: n.ID, Parent: parent.ID, Name: n.Name, Depth: parent.Depth + 1, DepartmentSettings: n.DepartmentSettings, CreatedAt: now, ModifiedAt: now}
	if err := checkDeptName(tx, corp, one); err != nil {
		return 0, err
	}
	if one.Sort, err = sortFor(tx, corp, parent.ID, n.Sort); err != nil {
		return 0, err
	}
	if one.ID == 0 {
		if one.ID, err = freeDept(tx, corp); err != nil {
			return 0, err
		}
	}
	one.Path = pathBelow(parent.Path, one.ID)
	if err := insertDept(tx, corp, one); err != nil {
		return 0, err
	}
	return one.ID, d.announceDept(tx, corp, event.DeptCreated, one.ID, nil)
}

// parentDept is department, but what is missing is a parent.
func parentDept(tx *store.Tx, corp id.Corp, n id.Dept) (Department, error) {
	parent, err := department(tx, corp, n)
	if errors.Is(err, apierror.DeptNotFound) || errors.Is(err, apierror.DeptIDInvalid) {
		return Department{}, apierror.ParentNotFound.Got("%d", n)
	}
	return parent, err
}

// freeDept draws a number that no department of the corp has. A number drawn by
// two transactions at once makes one of them run again.
func freeDept(tx *store.Tx, corp id.Corp) (id.Dept, error) {
	for {
		n := id.Dept(id.NewNumber())
		if used, err := store.One(tx, countDept, scanCount, corp, n); err != nil || used == 0 {
			return n, err
		}
	}
}

// sortFor is the place asked for, or that after the parent's last department.
func sortFor(tx *store.Tx, corp id.Corp, parent id.Dept, asked *int64) (int64, error) {
	if asked == nil {
		return store.One(tx, nextSort, scanCount, corp, parent)
	}
	if *asked < 0 {
		return 0, apierror.DeptOrderInvalid.Want("不小于 0 的整数").Got("%d", *asked)
	}
	return *asked, nil
}

// checkDeptName holds a name to the rules, and to being the only such one under
// its parent.
func checkDeptName(tx *store.Tx, corp id.Corp, d Department) error {
	if err := validDeptName(d.Name); err != nil {
		return err
	}
	other, err := store.One(tx, deptNamed, scanCount, corp, d.Parent, d.Name)
	switch {
	case errors.Is(err, store.ErrNone) || err == nil && id.Dept(other) == d.ID:
		return nil
	case err != nil:
		return err
	}
	return apierror.DeptNameExists.Got("%s（部门 %d）", d.Name, other)
}

func validDeptName(name string) error {
	if n := len([]rune(name)); n > 64 || strings.TrimSpace(name) == "" {
		return apierror.DeptNameInvalid.Want("1–%d 个字符", 64).Got("%d", n)
	}
	if i := strings.IndexAny(name, "-,，"); i >= 0 {
		return apierror.DeptNameCharacters.Want("不含 - , ，").Got("%s", name)
	}
	return nil
}

func (d *Directory) updateDept(tx *store.Tx, corp id.Corp, c DepartmentChange, now time.Time) error {
	one, err := department(tx, corp, c.ID)
	if err != nil {
		return err
	}
	before := one
	one.ModifiedAt = now
	if err := c.place(tx, corp, &one); err != nil {
		return err
	}
	if one.Name != before.Name || one.Parent != before.Parent {
		if err := checkDeptName(tx, corp, one); err != nil {
			return err
		}
	}
	if c.Edit != nil {
		c.Edit(&one.DepartmentSettings)
	}
	var touched []id.User
	if c.Leaders != nil {
		if touched, err = changeLeaders(tx, corp, one.ID, *c.Leaders); err != nil {
			return err
		}
	}
	if _, err := tx.Exec(updateDeptRow, one.row(corp)...); err != nil {
		return err
	}
	if one.Path != before.Path {
		if err := moveBelow(tx, corp, before, one); err != nil {
			return err
		}
	}
	if one.Name != before.Name {
		if err := nameDept(tx, corp, one); err != nil {
			return err
		}
	}
	if err := d.announceDept(tx, corp, event.DeptModified, one.ID, except(before.IDs(), one.IDs())); err != nil {
		return err
	}
	for _, u := range touched {
		if err := d.announceTouched(tx, corp, objectOf(u), []id.User{u}, now); err != nil {
			return err
		}
	}
	return nil
}

// changeLeaders is setLeaders, and tells who leads the department now and did
// not before, or the other way round.
func changeLeaders(tx *store.Tx, corp id.Corp, n id.Dept, users []id.User) ([]id.User, error) {
	before, err := leadersOf(tx, corp, n)
	if err != nil {
		return nil, err
	}
	return differing(before, users), setLeaders(tx, corp, n, users)
}

// place applies what changes the department's name and place in the tree.
func (c DepartmentChange) place(tx *store.Tx, corp id.Corp, one *Department) (err error) {
	renamed := c.Name != nil && *c.Name != one.Name
	moved := c.Parent != nil && *c.Parent != one.Parent
	if one.ID == id.RootDept && (renamed || moved) {
		return apierror.RootFixed.Want("name 与 parent_id 不变").Got("name 或 parent_id 改变")
	}
	set(&one.Name, c.Name)
	if c.Sort != nil {
		if one.Sort, err = sortFor(tx, corp, one.Parent, c.Sort); err != nil {
			return err
		}
	}
	if !moved {
		return nil
	}
	parent, err := parentDept(tx, corp, *c.Parent)
	if err != nil {
		return err
	}
	if strings.HasPrefix(parent.Path, one.Path) {
		return apierror.DeptLoop.Got("部门 %d 在部门 %d 之下", parent.ID, one.ID)
	}
	lowest, err := store.One(tx, deepestBelow, scanCount, corp, one.Path, pathEnd(one.Path))
	if err != nil {
		return err
	}
	if depth := parent.Depth + 1 + lowest - one.Depth; depth > deepest {
		return apierror.DeptTooDeep.Want("最多 %d 级", deepest).Got("%d", depth)
	}
	one.Parent, one.Depth, one.Path = parent.ID, parent.Depth+1, pathBelow(parent.Path, one.ID)
	return nil
}

// moveBelow follows a department's move with everything below it.
func moveBelow(tx *store.Tx, corp id.Corp, before, after Department) error {
	_, err := tx.Exec(movePaths, corp, before.Path, pathEnd(before.Path), after.Path, len(before.Path)+1, after.Depth-before.Depth)
	return err
}

func (d *Directory) removeDept(tx *store.Tx, corp id.Corp, n id.Dept) error {
	one, err := department(tx, corp, n)
	if err != nil {
		return err
	}
	if n == id.RootDept {
		return apierror.RootUndeletable
	}
	members, err := store.One(tx, countMembers, scanCount, corp, n)
	if err != nil {
		return err
	}
	if members > 0 {
		return apierror.DeptHasMembers.Got("%s：%d 名成员", one.Name, members)
	}
	children, err := store.One(tx, countChildren, scanCount, corp, n)
	if err != nil {
		return err
	}
	if children > 0 {
		return apierror.DeptHasChildren.Got("%s：%d 个子部门", one.Name, children)
	}
	if err := closeRoles(tx, corp, n); err != nil {
		return err
	}
	for _, q := range []store.SQL{deleteDeptTerms, deleteDept} {
		if _, err := tx.Exec(q, corp, n); err != nil {
			return err
		}
	}
	return d.announceDept(tx, corp, event.DeptRemoved, n, one.IDs())
}

// leadersOf returns the leaders of a department.
func leadersOf(tx *store.Tx, corp id.Corp, n id.Dept) ([]id.User, error) {
	return store.All(tx, selectLeaders, scanUser, corp, n)
}

// setLeaders makes the users, each a member of the department, its only leaders.
func setLeaders(tx *store.Tx, corp id.Corp, n id.Dept, users []id.User) error {
	if _, err := tx.Exec(clearLeaders, corp, n); err != nil {
		return err
	}
	for _, u := range users {
		changed, err := tx.Exec(setLeader, corp, n, u)
		if err != nil {
			return err
		}
		if changed == 0 {
			return apierror.DeptManagerUnknown.Want("部门 %d 的成员", n).Got("%s", u)
		}
	}
	return nil
}

// deptCounts returns how many members the department has itself, and with
// everything below it; who is in several of those counts once.
func deptCounts(tx *store.Tx, corp id.Corp, d Department) (direct, below int64, err error) {
	if direct, err = store.One(tx, countMembers, scanCount, corp, d.ID); err != nil {
		return 0, 0, err
	}
	if d.ID == id.RootDept { // everybody is in some department
		below, err = countPeople(tx, corp, false)
		return direct, below, err
	}
	below, err = store.One(tx, countBelow, scanCount, corp, d.Path, pathEnd(d.Path))
	return direct, below, err
}

func insertDept(tx *store.Tx, corp id.Corp, d Department) error {
	if _, err := tx.Exec(insertDeptRow, d.row(corp)...); err != nil {
		return err
	}
	return nameDept(tx, corp, d)
}

// row is the department as the arguments of insertDeptRow and updateDeptRow.
func (d Department) row(corp id.Corp) []any {
	return []any{corp, d.ID, d.Parent, d.Name, d.Path, d.Depth, d.Sort, d.Hidden, d.Outer, d.OuterOnlySelf, d.CreateGroup,
		d.AutoAddUser, d.AutoApprove, d.GroupSubDepts, d.GroupHiddenDepts, d.GroupOuterDepts, d.GroupOwner, d.GroupChat,
		d.Brief, d.Telephone, d.Code, d.Source, d.Extension, store.List(d.DeptPermits), store.List(d.UserPermits),
		store.List(d.OuterDeptPermits), store.List(d.OuterUserPermits), millis(d.CreatedAt), millis(d.ModifiedAt)}
}

func scanDept(r store.Row) (d Department, err error) {
	var created, modified int64
	var lists [4]string
	err = r.Scan(&d.ID, &d.Parent, &d.Name, &d.Path, &d.Depth, &d.Sort, &d.Hidden, &d.Outer, &d.OuterOnlySelf, &d.CreateGroup,
		&d.AutoAddUser, &d.AutoApprove, &d.GroupSubDepts, &d.GroupHiddenDepts, &d.GroupOuterDepts, &d.GroupOwner, &d.GroupChat,
		&d.Brief, &d.Telephone, &d.Code, &d.Source, &d.Extension, &lists[0], &lists[1], &lists[2], &lists[3], &created, &modified)
	if err != nil {
		return d, err
	}
	d.CreatedAt, d.ModifiedAt = instant(created), instant(modified)
	return d, errors.Join(
		json.Unmarshal([]byte(lists[0]), &d.DeptPermits), json.Unmarshal([]byte(lists[1]), &d.UserPermits),
		json.Unmarshal([]byte(lists[2]), &d.OuterDeptPermits), json.Unmarshal([]byte(lists[3]), &d.OuterUserPermits))
}

func scanCount(r store.Row) (n int64, err error) {
	err = r.Scan(&n)
	return n, err
}

func scanUser(r store.Row) (u id.User, err error) {
	err = r.Scan(&u)
	return u, err
}

func scanDeptID(r store.Row) (n id.Dept, err error) {
	err = r.Scan(&n)
	return n, err
}

// missingDepts returns those of the ids that no department has.
func missingDepts(tx *store.Tx, corp id.Corp, ids []id.Dept) ([]id.Dept, error) {
	there, err := store.All(tx, deptsThere, scanDeptID, corp, store.List(ids))
	if err != nil {
		return nil, err
	}
	return slices.DeleteFunc(slices.Clone(ids), func(n id.Dept) bool { return slices.Contains(there, n) }), nil
}

const deptColumns = `id, parent, name, path, depth, sort, hidden, outer_dept, outer_only_self, create_group,
	auto_add_user, auto_approve, group_sub_depts, group_hidden_depts, group_outer_depts, group_owner, group_chat,
	brief, telephone, code, source, extension, dept_permits, user_permits, outer_dept_permits, outer_user_permits, created_at, modified_at`

const (
	insertDeptRow store.SQL = `INSERT INTO departments (corp, ` + deptColumns + `) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9,
		$10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $23, $24, $25, $26, $27, $28, $29)`
	updateDeptRow store.SQL = `UPDATE departments SET parent = $3, name = $4, path = $5, depth = $6, sort = $7, hidden = $8,
			outer_dept = $9, outer_only_self = $10, create_group = $11, auto_add_user = $12, auto_approve = $13, group_sub_depts = $14,
			group_hidden_depts = $15, group_outer_depts = $16, group_owner = $17, group_chat = $18, brief = $19, telephone = $20,
			code = $21, source = $22, extension = $23, dept_permits = $24, user_permits = $25, outer_dept_permits = $26,
			outer_user_permits = $27, created_at = $28, modified_at = $29
		WHERE corp = $1 AND id = $2`
	selectDept     store.SQL = `SELECT ` + deptColumns + ` FROM departments WHERE corp = $1 AND id = $2`
	selectChildren store.SQL = `SELECT ` + deptColumns + ` FROM departments WHERE corp = $1 AND parent = $2 ORDER BY sort, id`
	selectSubtree  store.SQL = `SELECT ` + deptColumns + ` FROM departments WHERE corp = $1 AND path >= $2 AND path < $3
		ORDER BY depth, parent, sort, id`
	countDept     store.SQL = `SELECT count(*) FROM departments WHERE corp = $1 AND id = $2`
	countChildren store.SQL = `SELECT count(*) FROM departments WHERE corp = $1 AND parent = $2`
	nextSort      store.SQL = `SELECT coalesce(max(sort), 0) + 1 FROM departments WHERE corp = $1 AND parent = $2`
	deptNamed     store.SQL = `SELECT id FROM departments WHERE corp = $1 AND parent = $2 AND name = $3`
	deptsThere    store.SQL = `SELECT id FROM departments WHERE corp = $1 AND id IN @ints($2)`
	deepestBelow  store.SQL = `SELECT max(depth) FROM departments WHERE corp = $1 AND path >= $2 AND path < $3`
	movePaths     store.SQL = `UPDATE departments SET path = $4 || substr(path, $5), depth = depth + $6
		WHERE corp = $1 AND path >= $2 AND path < $3`
	deleteDept store.SQL = `DELETE FROM departments WHERE corp = $1 AND id = $2`

	countMembers store.SQL = `SELECT count(*) FROM memberships WHERE corp = $1 AND dept = $2`
	// CROSS JOIN keeps SQLite from walking all memberships in the order of people because distinct ones are counted.
	countBelow store.SQL = `SELECT count(DISTINCT m.userid) FROM departments d CROSS JOIN memberships m
		WHERE d.corp = $1 AND d.path >= $2 AND d.path < $3 AND m.corp = $1 AND m.dept = d.id`
	selectLeaders store.SQL = `SELECT userid FROM memberships WHERE corp = $1 AND dept = $2 AND leader ORDER BY userid`
	clearLeaders  store.SQL = `UPDATE memberships SET leader = FALSE WHERE corp = $1 AND dept = $2 AND leader`
	setLeader     store.SQL = `UPDATE memberships SET leader = TRUE WHERE corp = $1 AND dept = $2 AND userid = $3`
)
