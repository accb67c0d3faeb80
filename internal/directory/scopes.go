package directory

import (
	"context"
	"slices"

	"github.com/gatepost/gatepost/internal/id"
	"github.com/gatepost/gatepost/internal/op"
	"github.com/gatepost/gatepost/internal/scope"
)

type scopesResult struct {
	Fields     []string  `json:"auth_user_field" grade:"R1" doc:"可读取的员工字段"`
	Conditions []string  `json:"condition_field" grade:"R1" doc:"按条件授权的字段；固定为空"`
	Org        scopesOrg `json:"auth_org_scopes" doc:"可见范围"`
}

type scopesOrg struct {
	Depts []id.Dept `json:"authed_dept" grade:"R1" doc:"可见的部门，含其下级；全部可见时为根部门 1"`
	Users []id.User `json:"authed_user" grade:"R1" doc:"单独可见的员工"`
}

// The fields of people as the first generation names them, by the permission
// point that opens them.
var (
	fieldsOpen   = []string{"userid", "unionid", "name", "avatar", "active", "department", "orderInDepts", "isLeader", "isAdmin", "isBoss", "isHide", "isSenior", "position", "jobnumber", "tel", "hiredDate"}
	fieldsMobile = []string{"mobile", "stateCode"}
	fieldsEmail  = []string{"email", "orgEmail", "workPlace", "remark", "extattr"}
)

func (d *Directory) authScopes(_ context.Context, who op.Caller, _ *op.None) (*scopesResult, error) {
	res := &scopesResult{Fields: fieldsOpen, Org: scopesOrg{
		Depts: who.Range.Departments, Users: who.Range.Users,
	}}
	if who.Range.All {
		res.Org = scopesOrg{Depts: []id.Dept{id.RootDept}}
	}
	if who.Scopes.Has(scope.FieldMobile) {
		res.Fields = slices.Concat(res.Fields, fieldsMobile)
	}
	if who.Scopes.Has(scope.FieldEmail) {
		res.Fields = slices.Concat(res.Fields, fieldsEmail)
	}
	return res, nil
}
