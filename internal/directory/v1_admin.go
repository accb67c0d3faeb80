package directory

import (
	"context"

	"github.com/gatepost/gatepost/internal/id"
	"github.com/gatepost/gatepost/internal/op"
)

type adminListResult struct {
	Result []adminListItem `json:"result" doc:"管理员"`
}

type adminListItem struct {
	UserID id.User `json:"userid" grade:"R1" person:"userid" doc:"管理员的 userid"`
	Level  int64   `json:"sys_level" grade:"R1" person:"keep" doc:"1 主管理员，2 子管理员"`
}

func (d *Directory) adminList(ctx context.Context, who op.Caller, _ *op.None) (*adminListResult, error) {
	admins, err := d.Admins(ctx, who.Corp)
	res := &adminListResult{}
	for _, a := range admins {
		res.Result = append(res.Result, adminListItem{a.User, int64(a.Level)})
	}
	return res, err
}

type adminScopeRequest struct {
	UserID id.User `json:"userid" required:"true" maxLen:"64" doc:"管理员的 userid"`
}

type adminScopeResult struct {
	Depts []id.Dept `json:"dept_ids" grade:"R1" doc:"可管理的部门 id，含其下级"`
}

func (d *Directory) adminScope(ctx context.Context, who op.Caller, q *adminScopeRequest) (*adminScopeResult, error) {
	depts, err := d.AdminDepartments(ctx, who.Corp, q.UserID)
	return &adminScopeResult{depts}, err
}
