package directory

import (
	"context"
	"reflect"

	"github.com/gatepost/gatepost/internal/id"
	"github.com/gatepost/gatepost/internal/op"
)

type roleListRequest struct {
	Offset *int64 `json:"offset" min:"0" rule:"page.offset" doc:"偏移量，从 0 开始；与 size 同时给出才生效"`
	Size   *int64 `json:"size" min:"1" max:"200" rule:"page.size" doc:"每页角色组数，默认 20；与 offset 同时给出才生效"`
}

type roleListResult struct {
	HasMore bool            `json:"hasMore" grade:"R1" doc:"是否还有更多"`
	List    []roleListGroup `json:"list" doc:"角色组"`
}

type roleListGroup struct {
	GroupID id.RoleGroup   `json:"groupId" grade:"R1" doc:"角色组 id"`
	Name    string         `json:"name" grade:"R1" doc:"角色组名称"`
	Roles   []roleListRole `json:"roles" doc:"组内角色"`
}

type roleListRole struct {
	ID   id.Role `json:"id" grade:"R1" doc:"角色 id"`
	Name string  `json:"name" grade:"R1" doc:"角色名称"`
}

func (d *Directory) roleList(ctx context.Context, who op.Caller, q *roleListRequest) (*roleListResult, error) {
	groups, more, err := d.RoleGroups(ctx, who.Corp, pageOf(q.Offset, q.Size, 20))
	res := &roleListResult{HasMore: more}
	for _, g := range groups {
		item := roleListGroup{GroupID: g.ID, Name: g.Name}
		for _, r := range g.Roles {
			item.Roles = append(item.Roles, roleListRole{r.ID, r.Name})
		}
		res.List = append(res.List, item)
	}
	return res, err
}

// pageOf is the page of a request whose two numbers count only together, or the
// first usual entries.
func pageOf(offset, size *int64, usual int64) Page {
	if offset == nil || size == nil {
		return Page{Size: usual}
	}
	return Page{*offset, *size}
}

type roleMembersRequest struct {
	RoleID id.Role `json:"role_id" required:"true" doc:"角色 id"`
	Offset *int64  `json:"offset" min:"0" rule:"page.offset" doc:"偏移量，从 0 开始；与 size 同时给出才生效"`
	Size   *int64  `json:"size" min:"1" max:"100" rule:"page.size" doc:"每页人数，默认 20；与 offset 同时给出才生效"`
}

type roleMembersResult struct {
	HasMore bool             `json:"hasMore" grade:"R1" doc:"是否还有更多"`
	List    []roleMemberItem `json:"list" doc:"持有该角色的员工"`
}

type roleMemberItem struct {
	UserID id.User           `json:"userid" grade:"R1" person:"userid" doc:"员工的 userid"`
	Name   string            `json:"name" grade:"R1" doc:"姓名"`
	Scopes []roleManageScope `json:"manageScopes" doc:"管理范围；空列表表示全部"`
}

type roleManageScope struct {
	DeptID id.Dept `json:"dept_id" grade:"R1" doc:"部门 id"`
	Name   string  `json:"name" grade:"R1" doc:"部门名称"`
}

func (d *Directory) roleMembers(ctx context.Context, who op.Caller, q *roleMembersRequest) (*roleMembersResult, error) {
	members, more, err := d.RoleMembers(ctx, who, q.RoleID, pageOf(q.Offset, q.Size, 20))
	res := &roleMembersResult{HasMore: more}
	for _, m := range members {
		item := roleMemberItem{UserID: m.User, Name: m.Name}
		for _, s := range m.Scopes {
			item.Scopes = append(item.Scopes, roleManageScope{s.Dept, s.Name})
		}
		res.List = append(res.List, item)
	}
	return res, err
}

type roleGetRequest struct {
	RoleID id.Role `json:"roleId" required:"true" doc:"角色 id"`
}

type roleGetResult struct {
	Role roleGetRole `json:"role" doc:"角色"`
}

type roleGetRole struct {
	Name    string       `json:"name" grade:"R1" doc:"角色名称"`
	GroupID id.RoleGroup `json:"groupId" grade:"R1" doc:"所属角色组 id"`
}

func (d *Directory) roleGet(ctx context.Context, who op.Caller, q *roleGetRequest) (*roleGetResult, error) {
	r, err := d.Role(ctx, who.Corp, q.RoleID)
	return &roleGetResult{roleGetRole{r.Name, r.Group}}, err
}

type roleGroupGetRequest struct {
	GroupID id.RoleGroup `json:"group_id" required:"true" doc:"角色组 id"`
}

type roleGroupGetResult struct {
	Group roleGroupGetGroup `json:"role_group" doc:"角色组"`
}

type roleGroupGetGroup struct {
	Name  string             `json:"group_name" grade:"R1" doc:"角色组名称"`
	Roles []roleGroupGetRole `json:"roles" doc:"组内角色"`
}

type roleGroupGetRole struct {
	ID   id.Role `json:"role_id" grade:"R1" doc:"角色 id"`
	Name string  `json:"role_name" grade:"R1" doc:"角色名称"`
}

func (d *Directory) roleGroupGet(ctx context.Context, who op.Caller, q *roleGroupGetRequest) (*roleGroupGetResult, error) {
	g, err := d.RoleGroup(ctx, who.Corp, q.GroupID)
	res := &roleGroupGetResult{roleGroupGetGroup{Name: g.Name}}
	for _, r := range g.Roles {
		res.Group.Roles = append(res.Group.Roles, roleGroupGetRole{r.ID, r.Name})
	}
	return res, err
}

type rolesGiveRequest struct {
	Roles op.CSVInt `json:"roleIds" required:"true" maxItems:"20" doc:"角色 id 列表，最多 20 个"`
	Users op.CSV    `json:"userIds" id:"userid" required:"true" maxItems:"20" doc:"员工 userid 列表，最多 20 个"`
}

func (d *Directory) rolesGive(ctx context.Context, who op.Caller, q *rolesGiveRequest) (*op.None, error) {
	return &op.None{}, d.GiveRoles(ctx, who, listOf[id.Role](q.Roles), listOf[id.User](q.Users))
}

type rolesTakeRequest struct {
	Roles op.CSVInt `json:"roleIds" required:"true" maxItems:"20" doc:"角色 id 列表，最多 20 个"`
	Users op.CSV    `json:"userIds" id:"userid" required:"true" maxItems:"100" doc:"员工 userid 列表，最多 100 个"`
}

func (d *Directory) rolesTake(ctx context.Context, who op.Caller, q *rolesTakeRequest) (*op.None, error) {
	return &op.None{}, d.TakeRoles(ctx, who, listOf[id.Role](q.Roles), listOf[id.User](q.Users))
}

type roleDeleteRequest struct {
	RoleID id.Role `json:"role_id" required:"true" doc:"角色 id；角色下不能有员工"`
}

func (d *Directory) roleDelete(ctx context.Context, who op.Caller, q *roleDeleteRequest) (*op.None, error) {
	return &op.None{}, d.DeleteRole(ctx, who.Corp, q.RoleID)
}

type roleScopeRequest struct {
	RoleID id.Role   `json:"role_id" required:"true" doc:"角色 id"`
	UserID id.User   `json:"userid" required:"true" maxLen:"64" doc:"持有该角色的员工的 userid"`
	Depts  op.CSVInt `json:"dept_ids" maxItems:"200" doc:"管理范围内的部门 id，最多 200 个；不给表示全部"`
}

func (d *Directory) roleScope(ctx context.Context, who op.Caller, q *roleScopeRequest) (*op.None, error) {
	return &op.None{}, d.SetRoleScope(ctx, who, q.RoleID, q.UserID, listOf[id.Dept](q.Depts))
}

// listOf gives the members of a list another type of the same kind: numbers what
// they number, texts what they name, or back. Go has no constraint that says
// "the same kind", hence reflection.
func listOf[T, S ~string | ~int64](list []S) []T {
	other, to := make([]T, len(list)), reflect.TypeFor[T]()
	for i, x := range list {
		reflect.ValueOf(&other[i]).Elem().Set(reflect.ValueOf(x).Convert(to))
	}
	return other
}
