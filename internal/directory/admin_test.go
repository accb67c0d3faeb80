package directory_test

import (
	"errors"
	"testing"

	"github.com/gatepost/gatepost/internal/apierror"
	"github.com/gatepost/gatepost/internal/directory"
	"github.com/gatepost/gatepost/internal/id"
	"github.com/gatepost/gatepost/internal/op"
	"github.com/gatepost/gatepost/internal/scope"
)

// admin sets somebody's level of rights.
func (w *world) admin(user id.User, level int, depts ...id.Dept) {
	w.t.Helper()
	if err := w.SetAdmin(w.t.Context(), corp, user, level, depts); err != nil {
		w.t.Fatal(err)
	}
}

func TestAdmins(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, w *world) {
		ctx := t.Context()
		w.tree()
		w.hire("a", "甲", 1, 1)
		w.hire("b", "乙", 2, 1)
		w.hire("c", "丙", 3, 1)
		w.want("/topapi/user/listadmin", `{}`, `{"result":[]}`)
		w.admin("b", directory.LevelMain)
		w.admin("a", directory.LevelSub, 34, 12, 12)
		w.want("/topapi/user/listadmin", `{}`, `{"result":[{"userid":"b","sys_level":1},{"userid":"a","sys_level":2}]}`)
		w.want("/user/get_admin", `{}`, `{"admin_list":[{"userid":"b","sys_level":1},{"userid":"a","sys_level":2}],
			"adminList":[{"userid":"b","sys_level":1},{"userid":"a","sys_level":2}]}`)
		w.want("/topapi/user/get_admin_scope", `{"userid":"b"}`, `{"dept_ids":[1]}`)
		w.want("/topapi/user/get_admin_scope", `{"userid":"a"}`, `{"dept_ids":[12,34]}`)
		w.want("/topapi/user/get_admin_scope", `{"userid":"c"}`, `{"dept_ids":[]}`)
		w.refused("/topapi/user/get_admin_scope", `{"userid":"nobody"}`, apierror.UserNotFound)
		w.want("/user/can_access_microapp", `{"appId":1,"userId":"b"}`, `{"canAccess":true}`)
		w.want("/user/can_access_microapp", `{"appId":1,"userId":"a"}`, `{"canAccess":false}`)

		w.want("/topapi/v2/department/delete", `{"dept_id":34}`, `{}`)
		w.want("/topapi/user/get_admin_scope", `{"userid":"a"}`, `{"dept_ids":[12]}`)

		for user, want := range map[id.User]int{"a": 2, "b": 1, "c": 0, "nobody": 0} {
			if got, err := w.AdminLevel(ctx, corp, user); err != nil || got != want {
				t.Errorf("level of %s: %d, %v, want %d", user, got, err, want)
			}
		}
		boss := func(p *directory.Profile) { p.Boss = true }
		for user, want := range map[id.User]int{"b": 1, "c": directory.LevelBoss} {
			if _, err := w.UpdatePerson(ctx, corp, directory.PersonChange{ID: user, Edit: boss}); err != nil {
				t.Fatal(err)
			}
			if got, err := w.AdminLevel(ctx, corp, user); err != nil || got != want {
				t.Errorf("level of the boss %s: %d, %v, want %d", user, got, err, want)
			}
		}
		if err := w.SetAdmin(ctx, corp, "nobody", directory.LevelMain, nil); !errors.Is(err, apierror.UserInvalid) {
			t.Errorf("an unknown administrator: %v", err)
		}
		if err := w.SetAdmin(ctx, corp, "c", directory.LevelSub, []id.Dept{99}); !errors.Is(err, apierror.DeptNotFound) {
			t.Errorf("of an unknown department: %v", err)
		}
		if err := w.SetAdmin(ctx, corp, "c", directory.LevelBoss, nil); !errors.Is(err, apierror.ParameterInvalid) {
			t.Errorf("a level that is none: %v", err)
		}
	})
}

func TestLastMainAdminStays(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, w *world) {
		ctx := t.Context()
		w.hire("a", "甲", 1, 1)
		w.hire("b", "乙", 2, 1)
		w.admin("a", directory.LevelMain)
		w.admin("a", directory.LevelMain)
		for _, level := range []int{directory.LevelNone, directory.LevelSub} {
			if err := w.SetAdmin(ctx, corp, "a", level, nil); !errors.Is(err, apierror.AdminLast) {
				t.Errorf("the last one to level %d: %v", level, err)
			}
		}
		w.refused("/topapi/v2/user/delete", `{"userid":"a"}`, apierror.AdminLast)
		w.refused("/user/batchdelete", `{"useridlist":["b","a"]}`, apierror.AdminLast)
		if _, err := w.Person(ctx, corp, "b"); err != nil {
			t.Errorf("a refused removal removed somebody: %v", err)
		}
		w.admin("b", directory.LevelMain)
		w.want("/topapi/v2/user/delete", `{"userid":"a"}`, `{}`)
		w.want("/topapi/user/listadmin", `{}`, `{"result":[{"userid":"b","sys_level":1}]}`)
	})
}

func TestAuthScopes(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, w *world) {
		type answer struct {
			Fields     []string `json:"auth_user_field"`
			Conditions []string `json:"condition_field"`
			Org        struct {
				Depts []id.Dept `json:"authed_dept"`
				Users []id.User `json:"authed_user"`
			} `json:"auth_org_scopes"`
		}
		all := ask[answer](w, "GET /auth/scopes", "")
		if len(all.Org.Depts) != 1 || all.Org.Depts[0] != id.RootDept || all.Org.Users == nil || all.Conditions == nil {
			t.Errorf("an app that sees everything: %+v", all)
		}
		part := w.within(op.Range{Departments: []id.Dept{12, 34}, Users: []id.User{"a"}}).as(func(c *op.Caller) { c.Scopes = op.Scopes{scope.FieldMobile} })
		got := ask[answer](part, "/auth/scopes", "{}")
		if len(got.Org.Depts) != 2 || len(got.Org.Users) != 1 {
			t.Errorf("an app that sees a part: %+v", got.Org)
		}
		has := map[string]bool{}
		for _, f := range got.Fields {
			has[f] = true
		}
		if !has["name"] || !has["mobile"] || has["email"] {
			t.Errorf("fields %v", got.Fields)
		}
	})
}
