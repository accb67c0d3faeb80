package directory

import (
	"context"

	"github.com/gatepost/gatepost/internal/id"
	"github.com/gatepost/gatepost/internal/op"
)

type firstRoleAddRequest struct {
	Name    string       `json:"roleName" required:"true" doc:"角色名称，1 到 64 个字符，组内不重复"`
	GroupID id.RoleGroup `json:"groupId" required:"true" doc:"角色组 id"`
}

type firstRoleAddResult struct {
	RoleID id.Role `json:"roleId" grade:"R1" doc:"新角色的 id"`
}

func (d *Directory) firstRoleAdd(ctx context.Context, who op.Caller, q *firstRoleAddRequest) (*firstRoleAddResult, error) {
	n, err := d.AddRole(ctx, who.Corp, q.GroupID, q.Name)
	return &firstRoleAddResult{n}, err
}

type firstRoleUpdateRequest struct {
	RoleID id.Role `json:"roleId" required:"true" doc:"角色 id"`
	Name   string  `json:"roleName" required:"true" doc:"新名称，1 到 64 个字符，组内不重复"`
}

func (d *Directory) firstRoleUpdate(ctx context.Context, who op.Caller, q *firstRoleUpdateRequest) (*op.None, error) {
	return &op.None{}, d.RenameRole(ctx, who.Corp, q.RoleID, q.Name)
}

type firstRoleGroupAddRequest struct {
	Name string `json:"name" required:"true" doc:"角色组名称，1 到 64 个字符，不重复"`
}

type firstRoleGroupAddResult struct {
	GroupID id.RoleGroup `json:"groupId" grade:"R1" doc:"新角色组的 id"`
}

func (d *Directory) firstRoleGroupAdd(ctx context.Context, who op.Caller, q *firstRoleGroupAddRequest) (*firstRoleGroupAddResult, error) {
	n, err := d.AddRoleGroup(ctx, who.Corp, q.Name)
	return &firstRoleGroupAddResult{n}, err
}
