package directory

import (
	"context"
	"slices"

	"github.com/gatepost/gatepost/internal/apierror"
	"github.com/gatepost/gatepost/internal/id"
	"github.com/gatepost/gatepost/internal/op"
	"github.com/gatepost/gatepost/internal/store"
)

// mostPermits is how many entries a list of permits can have; in a change, a
// list of departments and its list of people together.
const mostPermits = 50

type deptCreateRequest struct {
	Name     string `json:"name" required:"true" maxLen:"64" rule:"department.name" doc:"部门名称，不含 - , ，，同一上级下不重名"`
	ParentID *int64 `json:"parent_id" required:"true" rule:"department.id" doc:"上级部门 id，根部门为 1"`
	Order    *int64 `json:"order" min:"0" rule:"department.order" doc:"在上级部门中的次序，小的在前；不传则排在最后"`

	CreateGroup   *bool   `json:"create_dept_group" doc:"是否创建部门群"`
	AutoApprove   *bool   `json:"auto_approve_apply" doc:"是否自动同意加入部门的申请"`
	Brief         *string `json:"brief" maxLen:"255" doc:"部门简介"`
	Telephone     *string `json:"telephone" maxLen:"50" doc:"部门电话"`
	Source        *string `json:"source_identifier" maxLen:"128" doc:"调用方自己的标识"`
	Extension     *string `json:"extension" maxLen:"2000" doc:"扩展字段"`
	Hidden        *bool   `json:"hide_dept" doc:"是否隐藏部门"`
	Outer         *bool   `json:"outer_dept" doc:"是否限制本部门成员查看通讯录"`
	OuterOnlySelf *bool   `json:"outer_dept_only_self" doc:"outer_dept 时成员是否只能看到本部门及下级"`

	DeptPermits op.CSVInt `json:"dept_permits" maxItems:"200" rule:"department.permits" doc:"hide_dept 时可见本部门的部门，最多 50 个"`
	UserPermits op.CSV    `json:"user_permits" id:"userid" maxItems:"200" rule:"department.permits" doc:"hide_dept 时可见本部门的员工，最多 50 个"`
	OuterDepts  op.CSVInt `json:"outer_permit_depts" maxItems:"200" rule:"department.permits" doc:"outer_dept 时成员另外可见的部门，最多 50 个"`
	OuterUsers  op.CSV    `json:"outer_permit_users" id:"userid" maxItems:"200" rule:"department.permits" doc:"outer_dept 时成员另外可见的员工，最多 50 个"`
}

type deptCreated struct {
	DeptID int64 `json:"dept_id" grade:"R1" doc:"部门 id"`
}

func (d *Directory) deptCreate(ctx context.Context, who op.Caller, q *deptCreateRequest) (*deptCreated, error) {
	n := NewDepartment{Parent: id.Dept(*q.ParentID), Name: q.Name, Sort: q.Order}
	q.settings(&n.DepartmentSettings)
	if err := n.checkPermits(mostPermits, 2*mostPermits); err != nil {
		return nil, err
	}
	created, err := d.found(ctx, who, n)
	return &deptCreated{DeptID: int64(created)}, err
}

// found is CreateDepartment for a caller, who has to see the parent.
func (d *Directory) found(ctx context.Context, who op.Caller, n NewDepartment) (id.Dept, error) {
	now := d.clock.At(who.Corp)
	return change(ctx, d, who.Corp, func(tx *store.Tx) (id.Dept, error) {
		if err := seesDepts(tx, who.Corp, who.Range, []id.Dept{n.Parent}); err != nil {
			return 0, err
		}
		return d.createDept(tx, who.Corp, n, now)
	})
}

func (q *deptCreateRequest) settings(s *DepartmentSettings) {
	set(&s.CreateGroup, q.CreateGroup)
	set(&s.AutoApprove, q.AutoApprove)
	set(&s.Brief, q.Brief)
	set(&s.Telephone, q.Telephone)
	set(&s.Source, q.Source)
	set(&s.Extension, q.Extension)
	set(&s.Hidden, q.Hidden)
	set(&s.Outer, q.Outer)
	set(&s.OuterOnlySelf, q.OuterOnlySelf)
	s.permit(q.DeptPermits, q.UserPermits, q.OuterDepts, q.OuterUsers)
}

// permit sets the lists that were given.
func (s *DepartmentSettings) permit(depts op.CSVInt, users op.CSV, outerDepts op.CSVInt, outerUsers op.CSV) {
	if depts != nil {
		s.DeptPermits = listOf[id.Dept](depts)
	}
	if users != nil {
		s.UserPermits = listOf[id.User](users)
	}
	if outerDepts != nil {
		s.OuterDeptPermits = listOf[id.Dept](outerDepts)
	}
	if outerUsers != nil {
		s.OuterUserPermits = listOf[id.User](outerUsers)
	}
}

// checkPermits holds each list of permits to one limit and each pair to another.
func (s *DepartmentSettings) checkPermits(each, pair int) error {
	for _, n := range [][2]int{{len(s.DeptPermits), len(s.UserPermits)}, {len(s.OuterDeptPermits), len(s.OuterUserPermits)}} {
		if n[0] > each || n[1] > each || n[0]+n[1] > pair {
			return apierror.DeptPermits.Want("最多 %d 项", each).Got("部门 %d 项、员工 %d 项", n[0], n[1])
		}
	}
	return nil
}

type deptUpdateRequest struct {
	DeptID   int64   `json:"dept_id" required:"true" min:"1" rule:"department.id" doc:"部门 id"`
	ParentID *int64  `json:"parent_id" rule:"department.id" doc:"新的上级部门 id"`
	Name     *string `json:"name" maxLen:"64" rule:"department.name" doc:"部门名称，不含 - , ，，同一上级下不重名"`
	Order    *int64  `json:"order" min:"0" rule:"department.order" doc:"在上级部门中的次序，小的在前"`
	Code     *string `json:"code" maxLen:"30" doc:"部门编码"`
	Language string  `json:"language" enum:"zh_CN,en_US" doc:"通讯录语言；资料只有一种语言"`

	Managers op.CSV `json:"dept_manager_userid_list" id:"userid" maxItems:"999" doc:"部门主管，须为部门成员；代替原有的主管"`
	Force    op.CSV `json:"force_update_fields" doc:"要清空的字段：dept_manager_userid_list"`

	CreateGroup      *bool   `json:"create_dept_group" doc:"是否创建部门群"`
	AutoAddUser      *bool   `json:"auto_add_user" doc:"加入部门的人是否自动进群"`
	AutoApprove      *bool   `json:"auto_approve_apply" doc:"是否自动同意加入部门的申请"`
	GroupOwner       *string `json:"org_dept_owner" id:"userid" doc:"部门群群主的 userid"`
	GroupSubDepts    *bool   `json:"group_contain_sub_dept" doc:"部门群是否包含子部门"`
	GroupHiddenDepts *bool   `json:"group_contain_hidden_dept" doc:"部门群是否包含隐藏部门"`
	GroupOuterDepts  *bool   `json:"group_contain_outer_dept" doc:"部门群是否包含外包部门"`
	Brief            *string `json:"brief" maxLen:"255" doc:"部门简介"`
	Telephone        *string `json:"telephone" maxLen:"50" doc:"部门电话"`
	Source           *string `json:"source_identifier" maxLen:"128" doc:"调用方自己的标识"`
	Extension        *string `json:"extension" maxLen:"2000" doc:"扩展字段"`
	Hidden           *bool   `json:"hide_dept" doc:"是否隐藏部门"`
	Outer            *bool   `json:"outer_dept" doc:"是否限制本部门成员查看通讯录"`
	OuterOnlySelf    *bool   `json:"outer_dept_only_self" doc:"outer_dept 时成员是否只能看到本部门及下级"`

	DeptPermits op.CSVInt `json:"dept_permits" maxItems:"200" rule:"department.permits" doc:"hide_dept 时可见本部门的部门；与 user_permits 共最多 50 个"`
	UserPermits op.CSV    `json:"user_permits" id:"userid" maxItems:"200" rule:"department.permits" doc:"hide_dept 时可见本部门的员工"`
	OuterDepts  op.CSVInt `json:"outer_permit_depts" maxItems:"200" rule:"department.permits" doc:"outer_dept 时成员另外可见的部门；与 outer_permit_users 共最多 50 个"`
	OuterUsers  op.CSV    `json:"outer_permit_users" id:"userid" maxItems:"200" rule:"department.permits" doc:"outer_dept 时成员另外可见的员工"`
}

func (d *Directory) deptUpdate(ctx context.Context, who op.Caller, q *deptUpdateRequest) (*op.None, error) {
	c, err := q.change()
	if err != nil {
		return nil, err
	}
	return &op.None{}, d.reshape(ctx, who, c)
}

// reshape is UpdateDepartment for a caller, who has to see the department and
// its new parent.
func (d *Directory) reshape(ctx context.Context, who op.Caller, c DepartmentChange) error {
	now := d.clock.At(who.Corp)
	return do(ctx, d, who.Corp, func(tx *store.Tx) error {
		before, err := departmentIn(tx, who, c.ID)
		if err != nil {
			return err
		}
		if c.Parent != nil && *c.Parent != before.Parent {
			if err := seesDepts(tx, who.Corp, who.Range, []id.Dept{*c.Parent}); err != nil {
				return err
			}
		}
		return d.updateDept(tx, who.Corp, c, now)
	})
}

func (q *deptUpdateRequest) change() (DepartmentChange, error) {
	c := DepartmentChange{ID: id.Dept(q.DeptID), Name: q.Name, Sort: q.Order, Edit: q.edit}
	if q.ParentID != nil {
		parent := id.Dept(*q.ParentID)
		c.Parent = &parent
	}
	for _, f := range q.Force {
		if f != "dept_manager_userid_list" {
			return c, apierror.ParameterInvalid.With("name", "force_update_fields").Want("dept_manager_userid_list").Got("%s", f)
		}
	}
	if len(q.Managers) > 0 || len(q.Force) > 0 {
		managers := listOf[id.User](slices.Clone(q.Managers))
		c.Leaders = &managers
	}
	var given DepartmentSettings
	given.permit(q.DeptPermits, q.UserPermits, q.OuterDepts, q.OuterUsers)
	return c, given.checkPermits(mostPermits, mostPermits)
}

func (q *deptUpdateRequest) edit(s *DepartmentSettings) {
	set(&s.CreateGroup, q.CreateGroup)
	set(&s.AutoAddUser, q.AutoAddUser)
	set(&s.AutoApprove, q.AutoApprove)
	set(&s.GroupSubDepts, q.GroupSubDepts)
	set(&s.GroupHiddenDepts, q.GroupHiddenDepts)
	set(&s.GroupOuterDepts, q.GroupOuterDepts)
	set(&s.Code, q.Code)
	set(&s.Brief, q.Brief)
	set(&s.Telephone, q.Telephone)
	set(&s.Source, q.Source)
	set(&s.Extension, q.Extension)
	set(&s.Hidden, q.Hidden)
	set(&s.Outer, q.Outer)
	set(&s.OuterOnlySelf, q.OuterOnlySelf)
	if q.GroupOwner != nil {
		s.GroupOwner = id.User(*q.GroupOwner)
	}
	s.permit(q.DeptPermits, q.UserPermits, q.OuterDepts, q.OuterUsers)
}

type deptRequest struct {
	DeptID int64 `json:"dept_id" required:"true" min:"1" rule:"department.id" doc:"部门 id"`
}

func (d *Directory) deptDelete(ctx context.Context, who op.Caller, q *deptRequest) (*op.None, error) {
	return &op.None{}, d.dissolve(ctx, who, id.Dept(q.DeptID))
}

// dissolve is RemoveDepartment for a caller, who has to see the department.
func (d *Directory) dissolve(ctx context.Context, who op.Caller, n id.Dept) error {
	return do(ctx, d, who.Corp, func(tx *store.Tx) error {
		if _, err := departmentIn(tx, who, n); err != nil {
			return err
		}
		return d.removeDept(tx, who.Corp, n)
	})
}
