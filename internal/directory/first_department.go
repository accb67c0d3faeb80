package directory

import (
	"context"
	"slices"
	"strconv"
	"strings"

	"github.com/gatepost/gatepost/internal/apierror"
	"github.com/gatepost/gatepost/internal/id"
	"github.com/gatepost/gatepost/internal/op"
	"github.com/gatepost/gatepost/internal/store"
)

// The first generation spells the permitted departments and people in two ways:
// deptPermits, and deptPerimits as its first documentation had it. Both are
// answered; where both are given, the right spelling counts.

type firstDeptCreateRequest struct {
	Name     string  `json:"name" required:"true" doc:"部门名称，1 到 64 个字符，不含 - , ，"`
	ParentID id.Dept `json:"parentid" required:"true" rule:"department.id" doc:"上级部门 id，根部门为 1"`
	ID       string  `json:"id" doc:"不起作用：部门 id 由平台给出"`
	Order    *int64  `json:"order" rule:"department.order" doc:"在上级部门中的次序，小的在前"`

	CreateGroup *bool   `json:"createDeptGroup" doc:"是否创建部门群"`
	AutoApprove *bool   `json:"autoApproveApply" doc:"是否自动同意加入部门的申请"`
	Source      *string `json:"sourceIdentifier" maxLen:"128" doc:"调用方自己的标识"`
	Extension   *string `json:"ext" maxLen:"2000" doc:"扩展字段，JSON 文本"`

	Hidden       *bool   `json:"deptHiding" doc:"是否隐藏部门"`
	DeptPermits  *string `json:"deptPermits" doc:"部门隐藏时可见它的部门，如 1|2"`
	DeptPerimits *string `json:"deptPerimits" doc:"同 deptPermits"`
	UserPermits  *string `json:"userPermits" id:"userid" sep:"|, " doc:"部门隐藏时可见它的员工，如 a|b"`
	UserPerimits *string `json:"userPerimits" id:"userid" sep:"|, " doc:"同 userPermits"`

	Outer         *bool   `json:"outerDept" doc:"是否限制本部门成员查看通讯录"`
	OuterOnlySelf *bool   `json:"outerDeptOnlySelf" doc:"outerDept 时成员是否只能看到本部门及下级"`
	OuterDepts    *string `json:"outerPermitDepts" doc:"outerDept 时成员另外可见的部门，如 1|2"`
	OuterUsers    *string `json:"outerPermitUsers" id:"userid" sep:"|, " doc:"outerDept 时成员另外可见的员工，如 a|b"`

	ParentBalanceFirst *bool `json:"parentBalanceFirst" doc:"不起作用：平台没有余额"`
	ShareBalance       *bool `json:"shareBalance" doc:"不起作用：平台没有余额"`
}

type firstDeptID struct {
	ID id.Dept `json:"id" grade:"R1" doc:"部门 id"`
}

func (d *Directory) firstDeptCreate(ctx context.Context, who op.Caller, q *firstDeptCreateRequest) (*firstDeptID, error) {
	edit, err := q.edit().settings(2 * mostPermits)
	if err != nil {
		return nil, err
	}
	n := NewDepartment{Parent: q.ParentID, Name: q.Name, Sort: q.Order}
	edit(&n.DepartmentSettings)
	created, err := d.found(ctx, who, n)
	return &firstDeptID{created}, err
}

func (q *firstDeptCreateRequest) edit() firstDeptEdit {
	return firstDeptEdit{
		CreateGroup: q.CreateGroup, AutoApprove: q.AutoApprove, Source: q.Source, Extension: q.Extension,
		Hidden: q.Hidden, Outer: q.Outer, OuterOnlySelf: q.OuterOnlySelf,
		DeptPermits: either(q.DeptPermits, q.DeptPerimits), UserPermits: either(q.UserPermits, q.UserPerimits),
		OuterDepts: q.OuterDepts, OuterUsers: q.OuterUsers,
	}
}

type firstDeptUpdateRequest struct {
	ID       id.Dept  `json:"id" required:"true" rule:"department.id" doc:"部门 id"`
	Name     *string  `json:"name" doc:"部门名称，1 到 64 个字符，不含 - , ，"`
	ParentID *id.Dept `json:"parentid" rule:"department.id" doc:"上级部门 id"`
	Order    *int64   `json:"order" rule:"department.order" doc:"在上级部门中的次序，小的在前"`
	Lang     string   `json:"lang" doc:"不起作用：名称只有一种"`
	Leaders  *string  `json:"deptManagerUseridList" id:"userid" sep:"|, " doc:"主管的 userid，如 a|b；须为部门成员，空文本清除"`

	CreateGroup *bool    `json:"createDeptGroup" doc:"是否创建部门群"`
	AutoAddUser *bool    `json:"autoAddUser" doc:"新成员是否自动加入部门群"`
	AutoApprove *bool    `json:"autoApproveApply" doc:"是否自动同意加入部门的申请"`
	SubDepts    *bool    `json:"groupContainSubDept" doc:"部门群是否包含子部门"`
	HiddenDepts *bool    `json:"groupContainHiddenDept" doc:"部门群是否包含隐藏部门"`
	OuterGroup  *bool    `json:"groupContainOuterDept" doc:"部门群是否包含外包部门"`
	GroupOwner  *id.User `json:"orgDeptOwner" maxLen:"64" doc:"部门群群主的 userid"`
	Source      *string  `json:"sourceIdentifier" maxLen:"128" doc:"调用方自己的标识"`
	Extension   *string  `json:"ext" maxLen:"2000" doc:"扩展字段，JSON 文本"`

	Hidden       *bool   `json:"deptHiding" doc:"是否隐藏部门"`
	DeptPermits  *string `json:"deptPermits" doc:"部门隐藏时可见它的部门，如 1|2"`
	DeptPerimits *string `json:"deptPerimits" doc:"同 deptPermits"`
	UserPermits  *string `json:"userPermits" id:"userid" sep:"|, " doc:"部门隐藏时可见它的员工，如 a|b"`
	UserPerimits *string `json:"userPerimits" id:"userid" sep:"|, " doc:"同 userPermits"`

	Outer         *bool   `json:"outerDept" doc:"是否限制本部门成员查看通讯录"`
	OuterOnlySelf *bool   `json:"outerDeptOnlySelf" doc:"outerDept 时成员是否只能看到本部门及下级"`
	OuterDepts    *string `json:"outerPermitDepts" doc:"outerDept 时成员另外可见的部门，如 1|2"`
	OuterUsers    *string `json:"outerPermitUsers" id:"userid" sep:"|, " doc:"outerDept 时成员另外可见的员工，如 a|b"`
}

func (d *Directory) firstDeptUpdate(ctx context.Context, who op.Caller, q *firstDeptUpdateRequest) (*firstDeptID, error) {
	edit, err := q.edit().settings(mostPermits)
	if err != nil {
		return nil, err
	}
	c := DepartmentChange{ID: q.ID, Parent: q.ParentID, Name: q.Name, Sort: q.Order, Edit: edit}
	if q.Leaders != nil {
		leaders := listOf[id.User](barred(q.Leaders))
		c.Leaders = &leaders
	}
	return &firstDeptID{q.ID}, d.reshape(ctx, who, c)
}

func (q *firstDeptUpdateRequest) edit() firstDeptEdit {
	return firstDeptEdit{
		CreateGroup: q.CreateGroup, AutoAddUser: q.AutoAddUser, AutoApprove: q.AutoApprove,
		SubDepts: q.SubDepts, HiddenDepts: q.HiddenDepts, OuterGroup: q.OuterGroup, GroupOwner: q.GroupOwner,
		Source: q.Source, Extension: q.Extension, Hidden: q.Hidden, Outer: q.Outer, OuterOnlySelf: q.OuterOnlySelf,
		DeptPermits: either(q.DeptPermits, q.DeptPerimits), UserPermits: either(q.UserPermits, q.UserPerimits),
		OuterDepts: q.OuterDepts, OuterUsers: q.OuterUsers,
	}
}

// firstDeptEdit is what create and update say of a department's settings.
type firstDeptEdit struct {
	CreateGroup, AutoAddUser, AutoApprove, SubDepts, HiddenDepts, OuterGroup *bool
	Hidden, Outer, OuterOnlySelf                                             *bool
	GroupOwner                                                               *id.User
	Source, Extension, DeptPermits, UserPermits, OuterDepts, OuterUsers      *string
}

// settings reads the lists, holds them to the limits that v1 has for them, pair
// being that of departments and people together, and returns what applies the
// edit.
func (e firstDeptEdit) settings(pair int) (func(*DepartmentSettings), error) {
	permits, err := barredNumbers(e.DeptPermits)
	if err != nil {
		return nil, err
	}
	outer, err := barredNumbers(e.OuterDepts)
	if err != nil {
		return nil, err
	}
	edit := func(s *DepartmentSettings) {
		e.apply(s)
		s.permit(permits, barred(e.UserPermits), outer, barred(e.OuterUsers))
	}
	var named DepartmentSettings
	edit(&named)
	return edit, named.checkPermits(mostPermits, pair)
}

// apply sets what is no list.
func (e firstDeptEdit) apply(s *DepartmentSettings) {
	set(&s.CreateGroup, e.CreateGroup)
	set(&s.AutoAddUser, e.AutoAddUser)
	set(&s.AutoApprove, e.AutoApprove)
	set(&s.GroupSubDepts, e.SubDepts)
	set(&s.GroupHiddenDepts, e.HiddenDepts)
	set(&s.GroupOuterDepts, e.OuterGroup)
	set(&s.GroupOwner, e.GroupOwner)
	set(&s.Source, e.Source)
	set(&s.Extension, e.Extension)
	set(&s.Hidden, e.Hidden)
	set(&s.Outer, e.Outer)
	set(&s.OuterOnlySelf, e.OuterOnlySelf)
}

// either is the first of two spellings of one field that was given.
func either[T any](right, wrong *T) *T {
	if right != nil {
		return right
	}
	return wrong
}

type firstDeptRequest struct {
	ID   id.Dept `json:"id" required:"true" rule:"department.id" doc:"部门 id，根部门为 1"`
	Lang string  `json:"lang" doc:"不起作用：名称只有一种"`
}

func (d *Directory) firstDeptDelete(ctx context.Context, who op.Caller, q *firstDeptRequest) (*op.None, error) {
	return &op.None{}, d.dissolve(ctx, who, q.ID)
}

type firstDept struct {
	ID       id.Dept `json:"id" grade:"R1" doc:"部门 id"`
	Name     string  `json:"name" grade:"R1" doc:"部门名称"`
	ParentID id.Dept `json:"parentid,omitzero" grade:"R1" doc:"上级部门 id；根部门没有"`
	Order    int64   `json:"order" grade:"R1" doc:"在上级部门中的次序"`
	Leaders  string  `json:"deptManagerUseridList" id:"userid" sep:"|, " grade:"R1" doc:"主管的 userid，如 a|b"`

	CreateGroup bool    `json:"createDeptGroup" grade:"R1" doc:"是否有部门群"`
	AutoAddUser bool    `json:"autoAddUser" grade:"R1" doc:"新成员是否自动加入部门群"`
	AutoApprove bool    `json:"autoApproveApply" grade:"R1" doc:"是否自动同意加入部门的申请"`
	SubDepts    bool    `json:"groupContainSubDept" grade:"R1" doc:"部门群是否包含子部门"`
	GroupOwner  id.User `json:"orgDeptOwner,omitempty" grade:"R1" doc:"部门群群主的 userid"`
	GroupChat   string  `json:"deptGroupChatId,omitempty" id:"chatid" grade:"R1" doc:"部门群 id"`
	Source      string  `json:"sourceIdentifier,omitempty" grade:"R1" doc:"调用方自己的标识"`
	FromUnion   bool    `json:"isFromUnionOrg" grade:"R1" doc:"是否来自关联组织；固定为 false"`

	Hidden       bool   `json:"deptHiding" grade:"R1" doc:"是否隐藏部门"`
	DeptPermits  string `json:"deptPermits" grade:"R1" doc:"部门隐藏时可见它的部门，如 1|2"`
	DeptPerimits string `json:"deptPerimits" grade:"R1" doc:"同 deptPermits"`
	UserPermits  string `json:"userPermits" id:"userid" sep:"|, " grade:"R1" doc:"部门隐藏时可见它的员工，如 a|b"`
	UserPerimits string `json:"userPerimits" id:"userid" sep:"|, " grade:"R1" doc:"同 userPermits"`

	Outer      bool   `json:"outerDept" grade:"R1" doc:"是否限制本部门成员查看通讯录"`
	OuterDepts string `json:"outerPermitDepts" grade:"R1" doc:"成员另外可见的部门，如 1|2"`
	OuterUsers string `json:"outerPermitUsers" id:"userid" sep:"|, " grade:"R1" doc:"成员另外可见的员工，如 a|b"`
}

func (d *Directory) firstDeptGet(ctx context.Context, who op.Caller, q *firstDeptRequest) (*firstDept, error) {
	return store.View(ctx, d.db, func(tx *store.Tx) (*firstDept, error) {
		one, err := departmentIn(tx, who, q.ID)
		if err != nil {
			return nil, err
		}
		leaders, err := leadersOf(tx, who.Corp, q.ID)
		return firstDeptOf(one, leaders), err
	})
}

func firstDeptOf(d Department, leaders []id.User) *firstDept {
	depts, users := barNumbers(d.DeptPermits), barText(d.UserPermits)
	return &firstDept{
		ID: d.ID, Name: d.Name, ParentID: d.Parent, Order: d.Sort, Leaders: barText(leaders),
		CreateGroup: d.CreateGroup, AutoAddUser: d.AutoAddUser, AutoApprove: d.AutoApprove, SubDepts: d.GroupSubDepts,
		GroupOwner: d.GroupOwner, GroupChat: d.GroupChat, Source: d.Source,
		Hidden: d.Hidden, DeptPermits: depts, DeptPerimits: depts, UserPermits: users, UserPerimits: users,
		Outer: d.Outer, OuterDepts: barNumbers(d.OuterDeptPermits), OuterUsers: barText(d.OuterUserPermits),
	}
}

type firstDeptListRequest struct {
	ID    id.Dept `json:"id" default:"1" rule:"department.id" doc:"部门 id，默认根部门"`
	Fetch *bool   `json:"fetch_child" doc:"true 整棵子树，false 只要直接下级；不给时整棵子树，并含该部门自己"`
	Lang  string  `json:"lang" doc:"不起作用：名称只有一种"`
}

type firstDeptListResult struct {
	Depts []firstDeptItem `json:"department" doc:"部门"`
}

type firstDeptItem struct {
	ID          id.Dept `json:"id" grade:"R1" doc:"部门 id"`
	Name        string  `json:"name" grade:"R1" doc:"部门名称"`
	ParentID    id.Dept `json:"parentid,omitzero" grade:"R1" doc:"上级部门 id；根部门没有"`
	CreateGroup bool    `json:"createDeptGroup" grade:"R1" doc:"是否有部门群"`
	AutoAddUser bool    `json:"autoAddUser" grade:"R1" doc:"新成员是否自动加入部门群"`
	FromUnion   bool    `json:"isFromUnionOrg" grade:"R1" doc:"是否来自关联组织；固定为 false"`
	Source      string  `json:"sourceIdentifier,omitempty" grade:"R1" doc:"调用方自己的标识"`
}

func (d *Directory) firstDeptList(ctx context.Context, who op.Caller, q *firstDeptListRequest) (*firstDeptListResult, error) {
	list, err := d.firstDepts(ctx, who, q.ID, q.Fetch)
	res := &firstDeptListResult{}
	for _, one := range list {
		res.Depts = append(res.Depts, firstDeptItem{ID: one.ID, Name: one.Name, ParentID: one.Parent,
			CreateGroup: one.CreateGroup, AutoAddUser: one.AutoAddUser, Source: one.Source})
	}
	return res, err
}

// firstDepts reads what department/list tells. Clients older than fetch_child
// do not send it and expect the whole subtree with the department itself.
func (d *Directory) firstDepts(ctx context.Context, who op.Caller, n id.Dept, fetch *bool) ([]Department, error) {
	return store.View(ctx, d.db, func(tx *store.Tx) ([]Department, error) {
		if n != id.RootDept {
			if _, err := departmentIn(tx, who, n); err != nil {
				return nil, err
			}
		}
		list, err := subtree(tx, who.Corp, n)
		return slices.DeleteFunc(list, func(one Department) bool {
			return fetch != nil && one.ID == n || fetch != nil && !*fetch && one.Parent != n || !seesPath(who.Range, one.Path)
		}), err
	})
}

type firstDeptIDsResult struct {
	IDs []id.Dept `json:"sub_dept_id_list" grade:"R1" doc:"直接下级部门的 id"`
}

func (d *Directory) firstDeptIDs(ctx context.Context, who op.Caller, q *firstDeptRequest) (*firstDeptIDsResult, error) {
	list, err := d.Children(ctx, who.Corp, q.ID)
	res := &firstDeptIDsResult{}
	for _, one := range list {
		res.IDs = append(res.IDs, one.ID)
	}
	return res, err
}

type firstDeptParentsResult struct {
	IDs []int64 `json:"parentIds" grade:"R1" doc:"从该部门自己到根部门"`
}

func (d *Directory) firstDeptParents(ctx context.Context, who op.Caller, q *firstDeptRequest) (*firstDeptParentsResult, error) {
	one, err := store.View(ctx, d.db, func(tx *store.Tx) (Department, error) { return departmentIn(tx, who, q.ID) })
	return &firstDeptParentsResult{upwards(one.Path)}, err
}

type firstUserParentsRequest struct {
	UserID id.User `json:"userId" required:"true" maxLen:"64" doc:"员工的 userid"`
}

type firstUserParentsResult struct {
	Chains [][]int64 `json:"department" grade:"R1" doc:"员工每个部门一条：从该部门到根部门"`
}

func (d *Directory) firstUserParents(ctx context.Context, who op.Caller, q *firstUserParentsRequest) (*firstUserParentsResult, error) {
	return store.View(ctx, d.db, func(tx *store.Tx) (*firstUserParentsResult, error) {
		p, err := d.personIn(tx, who, q.UserID)
		if err != nil {
			return nil, err
		}
		paths, err := store.All(tx, pathsOf, scanText, who.Corp, store.List(p.Departments()))
		res := &firstUserParentsResult{}
		for _, path := range paths {
			res.Chains = append(res.Chains, upwards(path))
		}
		return res, err
	})
}

// barText writes userids as the first generation does: "a|b".
func barText(users []id.User) string {
	parts := make([]string, len(users))
	for i, u := range users {
		parts[i] = string(u)
	}
	return strings.Join(parts, "|")
}

// barNumbers writes department ids as the first generation does: "1|2".
func barNumbers(depts []id.Dept) string {
	parts := make([]string, len(depts))
	for i, n := range depts {
		parts[i] = strconv.FormatInt(int64(n), 10)
	}
	return strings.Join(parts, "|")
}

// barred splits a list with bars, nil when none was given. Commas are taken as
// well: clients of the later form send them.
func barred(s *string) op.CSV {
	if s == nil {
		return nil
	}
	parts := strings.FieldsFunc(*s, func(r rune) bool { return r == '|' || r == ',' || r == ' ' })
	return slices.Concat(op.CSV{}, parts)
}

// barredNumbers is barred for numbers.
func barredNumbers(s *string) (op.CSVInt, error) {
	if s == nil {
		return nil, nil
	}
	list := op.CSVInt{}
	for _, part := range barred(s) {
		n, err := strconv.ParseInt(part, 10, 64)
		if err != nil {
			return nil, apierror.DeptPermits.Want("1|2").Got("%s", *s)
		}
		list = append(list, n)
	}
	return list, nil
}
