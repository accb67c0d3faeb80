package directory

import (
	"context"
	"slices"

	"github.com/gatepost/gatepost/internal/id"
	"github.com/gatepost/gatepost/internal/op"
	"github.com/gatepost/gatepost/internal/store"
)

type deptGetRequest struct {
	DeptID   int64  `json:"dept_id" required:"true" min:"1" rule:"department.id" doc:"部门 id，根部门为 1"`
	Language string `json:"language" enum:"zh_CN,en_US" doc:"通讯录语言；资料只有一种语言"`
}

type deptResult struct {
	DeptID   int64    `json:"dept_id" grade:"R1" doc:"部门 id"`
	Name     string   `json:"name" grade:"R1" doc:"部门名称"`
	ParentID int64    `json:"parent_id,omitzero" grade:"R1" doc:"上级部门 id；根部门不返回"`
	Order    int64    `json:"order" grade:"R1" doc:"在上级部门中的次序，小的在前"`
	Managers []string `json:"dept_manager_userid_list" id:"userid" grade:"R1" doc:"部门主管"`
	Members  int64    `json:"member_count" grade:"R1" doc:"部门及其下级的人数，一人在多个部门只计一次"`
	Direct   int64    `json:"owning_member_count" grade:"R1" doc:"部门直属成员的人数"`

	CreateGroup bool   `json:"create_dept_group" grade:"R1" doc:"是否创建部门群"`
	AutoAddUser bool   `json:"auto_add_user" grade:"R1" doc:"加入部门的人是否自动进群"`
	AutoApprove bool   `json:"auto_approve_apply" grade:"R1" doc:"是否自动同意加入部门的申请"`
	GroupSub    bool   `json:"group_contain_sub_dept" grade:"R1" doc:"部门群是否包含子部门"`
	GroupOwner  string `json:"org_dept_owner,omitempty" id:"userid" grade:"R1" doc:"部门群群主"`
	GroupChat   string `json:"dept_group_chat_id,omitempty" id:"chatid" grade:"R1" doc:"部门群的 chatid"`

	Hidden      bool     `json:"hide_dept" grade:"R1" doc:"是否隐藏部门"`
	DeptPermits []int64  `json:"dept_permits" grade:"R1" doc:"隐藏时可见本部门的部门"`
	UserPermits []string `json:"user_permits" id:"userid" grade:"R1" doc:"隐藏时可见本部门的员工"`
	Outer       bool     `json:"outer_dept" grade:"R1" doc:"是否限制本部门成员查看通讯录"`
	OuterDepts  []int64  `json:"outer_permit_depts" grade:"R1" doc:"受限时成员另外可见的部门"`
	OuterUsers  []string `json:"outer_permit_users" id:"userid" grade:"R1" doc:"受限时成员另外可见的员工"`

	Brief     string         `json:"brief,omitempty" grade:"R1" doc:"部门简介"`
	Telephone string         `json:"telephone,omitempty" grade:"R1" doc:"部门电话"`
	Code      string         `json:"code,omitempty" grade:"R1" doc:"部门编码"`
	Source    string         `json:"source_identifier,omitempty" grade:"R1" doc:"调用方自己的标识"`
	Extension string         `json:"extention,omitempty" grade:"R1" doc:"扩展字段；名称的拼写如此"`
	Tags      string         `json:"tags,omitempty" grade:"R1" doc:"教育类部门的标记；平台没有，不返回"`
	FromUnion bool           `json:"from_union_org" grade:"R1" doc:"是否来自关联组织；平台没有关联组织，恒为 false"`
	Union     *deptUnionDept `json:"union_dept_ext,omitempty" doc:"关联组织的部门；平台没有关联组织，不返回"`
}

type deptUnionDept struct {
	DeptID int64  `json:"deptId" grade:"R1" doc:"部门 id"`
	CorpID string `json:"corpId" id:"corpid" grade:"R1" doc:"企业"`
}

func (d *Directory) deptGet(ctx context.Context, who op.Caller, q *deptGetRequest) (*deptResult, error) {
	return store.View(ctx, d.db, func(tx *store.Tx) (*deptResult, error) {
		dept, err := departmentIn(tx, who, id.Dept(q.DeptID))
		if err != nil {
			return nil, err
		}
		leaders, err := leadersOf(tx, who.Corp, dept.ID)
		if err != nil {
			return nil, err
		}
		r := deptResultOf(dept, leaders)
		r.Direct, r.Members, err = deptCounts(tx, who.Corp, dept)
		return r, err
	})
}

func deptResultOf(d Department, leaders []id.User) *deptResult {
	return &deptResult{
		DeptID: int64(d.ID), Name: d.Name, ParentID: int64(d.Parent), Order: d.Sort, Managers: listOf[string](leaders),
		CreateGroup: d.CreateGroup, AutoAddUser: d.AutoAddUser, AutoApprove: d.AutoApprove, GroupSub: d.GroupSubDepts,
		GroupOwner: string(d.GroupOwner), GroupChat: d.GroupChat, Hidden: d.Hidden, DeptPermits: listOf[int64](d.DeptPermits),
		UserPermits: listOf[string](d.UserPermits), Outer: d.Outer, OuterDepts: listOf[int64](d.OuterDeptPermits),
		OuterUsers: listOf[string](d.OuterUserPermits), Brief: d.Brief, Telephone: d.Telephone, Code: d.Code, Source: d.Source,
		Extension: d.Extension,
	}
}

type deptListSubRequest struct {
	DeptID   int64  `json:"dept_id" min:"1" default:"1" rule:"department.id" doc:"部门 id；不传为根部门"`
	Language string `json:"language" enum:"zh_CN,en_US" doc:"通讯录语言；资料只有一种语言"`
}

type deptItem struct {
	DeptID      int64  `json:"dept_id" grade:"R1" doc:"部门 id"`
	Name        string `json:"name" grade:"R1" doc:"部门名称"`
	ParentID    int64  `json:"parent_id" grade:"R1" doc:"上级部门 id"`
	CreateGroup bool   `json:"create_dept_group" grade:"R1" doc:"是否创建部门群"`
	AutoAddUser bool   `json:"auto_add_user" grade:"R1" doc:"加入部门的人是否自动进群"`
	Source      string `json:"source_identifier,omitempty" grade:"R1" doc:"调用方自己的标识"`
	Extension   string `json:"ext,omitempty" grade:"R1" doc:"扩展字段"`
	Tags        string `json:"tags,omitempty" grade:"R1" doc:"教育类部门的标记；平台没有，不返回"`
	FromUnion   bool   `json:"from_union_org" grade:"R1" doc:"是否来自关联组织；平台没有关联组织，恒为 false"`
}

func (d *Directory) deptListSub(ctx context.Context, who op.Caller, q *deptListSubRequest) (*[]deptItem, error) {
	return store.View(ctx, d.db, func(tx *store.Tx) (*[]deptItem, error) {
		dept, err := departmentIn(tx, who, id.Dept(q.DeptID))
		if err != nil {
			return nil, err
		}
		list, err := childrenOf(tx, who.Corp, dept.ID)
		items := make([]deptItem, len(list))
		for i, sub := range list {
			items[i] = deptItem{DeptID: int64(sub.ID), Name: sub.Name, ParentID: int64(sub.Parent), CreateGroup: sub.CreateGroup,
				AutoAddUser: sub.AutoAddUser, Source: sub.Source, Extension: sub.Extension}
		}
		return &items, err
	})
}

type deptIDList struct {
	DeptIDs []int64 `json:"dept_id_list" grade:"R1" doc:"直接下级部门的 id"`
}

func (d *Directory) deptListSubID(ctx context.Context, who op.Caller, q *deptRequest) (*deptIDList, error) {
	list, err := d.Children(ctx, who.Corp, id.Dept(q.DeptID))
	res := &deptIDList{DeptIDs: make([]int64, len(list))}
	for i, sub := range list {
		res.DeptIDs[i] = int64(sub.ID)
	}
	return res, err
}

type deptParents struct {
	IDs []int64 `json:"parent_id_list" grade:"R1" doc:"从部门自身到根部门"`
}

func (d *Directory) deptParentsByDept(ctx context.Context, who op.Caller, q *deptRequest) (*deptParents, error) {
	dept, err := store.View(ctx, d.db, func(tx *store.Tx) (Department, error) {
		return departmentIn(tx, who, id.Dept(q.DeptID))
	})
	return &deptParents{IDs: upwards(dept.Path)}, err
}

// upwards are the ids of a path from the department up to the root.
func upwards(path string) []int64 {
	ids := listOf[int64](pathIDs(path))
	slices.Reverse(ids)
	return ids
}

type userParents struct {
	List []userParentChain `json:"parent_list" doc:"员工所属的每个部门一项"`
}

type userParentChain struct {
	IDs []int64 `json:"parent_dept_id_list" grade:"R1" doc:"从所属部门到根部门"`
}

func (d *Directory) deptParentsByUser(ctx context.Context, who op.Caller, q *userRequest) (*userParents, error) {
	return store.View(ctx, d.db, func(tx *store.Tx) (*userParents, error) {
		p, err := d.personIn(tx, who, id.User(q.UserID))
		if err != nil {
			return nil, err
		}
		paths, err := store.All(tx, pathsOf, scanText, who.Corp, store.List(p.Departments()))
		res := &userParents{}
		for _, path := range paths {
			res.List = append(res.List, userParentChain{IDs: upwards(path)})
		}
		return res, err
	})
}
