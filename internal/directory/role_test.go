package directory_test

import (
	"fmt"
	"testing"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/gatepost/gatepost/internal/apierror"
	"github.com/gatepost/gatepost/internal/directory"
	"github.com/gatepost/gatepost/internal/id"
	"github.com/gatepost/gatepost/internal/op"
)

// ask runs an operation and returns the answer's fields.
func ask[T any](w *world, path, body string) (out T) {
	w.t.Helper()
	got, err := w.call(path, body)
	if err != nil {
		w.t.Fatalf("%s %s: %v", path, body, err)
	}
	if err := json.Unmarshal([]byte(got), &out, json.MatchCaseInsensitiveNames(true), jsontext.AllowDuplicateNames(true)); err != nil {
		w.t.Fatal(err)
	}
	return out
}

// role makes a role in a group of its own.
func (w *world) role(name string) int64 {
	w.t.Helper()
	g := ask[struct{ GroupID int64 }](w, "/role/add_role_group", fmt.Sprintf(`{"name":"%s组"}`, name))
	return ask[struct{ RoleID int64 }](w, "/role/add_role", fmt.Sprintf(`{"roleName":%q,"groupId":%d}`, name, g.GroupID)).RoleID
}

// system returns the numbers of the system's roles by name, and of their group.
func (w *world) system() (roles map[string]int64, group int64) {
	w.t.Helper()
	list := ask[struct {
		List []struct {
			GroupID int64
			Name    string
			Roles   []struct {
				ID   int64
				Name string
			}
		}
	}](w, "/topapi/role/list", `{}`)
	roles = map[string]int64{}
	for _, r := range list.List[0].Roles {
		roles[r.Name] = r.ID
	}
	return roles, list.List[0].GroupID
}

func TestRoles(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, w *world) {
		g := ask[struct{ GroupID int64 }](w, "/role/add_role_group", `{"name":"岗位"}`).GroupID
		r := ask[struct{ RoleID int64 }](w, "/role/add_role", fmt.Sprintf(`{"roleName":" 会计 ","groupId":"%d"}`, g)).RoleID
		w.want("/topapi/role/getrole", fmt.Sprintf(`{"roleId":%d}`, r), fmt.Sprintf(`{"role":{"name":"会计","groupId":%d}}`, g))
		w.want("/topapi/role/getrolegroup", fmt.Sprintf(`{"group_id":%d}`, g),
			fmt.Sprintf(`{"role_group":{"group_name":"岗位","roles":[{"role_id":%d,"role_name":"会计"}]}}`, r))

		w.refused("/role/add_role_group", `{"name":"岗位"}`, apierror.RoleNameExists)
		w.refused("/role/add_role_group", `{"name":"  "}`, apierror.RoleNameInvalid)
		w.refused("/role/add_role", fmt.Sprintf(`{"roleName":"会计","groupId":%d}`, g), apierror.RoleNameExists)
		w.refused("/role/add_role", `{"roleName":"会计","groupId":7}`, apierror.RoleGroupInvalid)
		w.refused("/role/update_role", `{"roleName":"会计","roleId":7}`, apierror.RoleInvalid)
		w.refused("/topapi/role/getrole", `{"roleId":7}`, apierror.RoleInvalid)

		w.want("/role/update_role", fmt.Sprintf(`{"roleName":"出纳","roleId":%d}`, r), `{}`)
		w.want("/role/update_role", fmt.Sprintf(`{"roleName":"出纳","roleId":%d}`, r), `{}`)
		w.want("/topapi/role/getrole", fmt.Sprintf(`{"roleId":%d}`, r), fmt.Sprintf(`{"role":{"name":"出纳","groupId":%d}}`, g))

		ask[struct{}](w, "/role/add_role", fmt.Sprintf(`{"roleName":"司机","groupId":%d}`, g))
		w.refused("/role/update_role", fmt.Sprintf(`{"roleName":"司机","roleId":%d}`, r), apierror.RoleNameExists)

		w.hire("a", "甲", 1, 1)
		w.want("/topapi/role/addrolesforemps", fmt.Sprintf(`{"roleIds":"%d","userIds":"a"}`, r), `{}`)
		w.refused("/topapi/role/deleterole", fmt.Sprintf(`{"role_id":%d}`, r), apierror.RoleHasMembers)
		w.want("/topapi/role/removerolesforemps", fmt.Sprintf(`{"roleIds":[%d],"userIds":["a"]}`, r), `{}`)
		w.want("/topapi/role/deleterole", fmt.Sprintf(`{"role_id":%d}`, r), `{}`)
		w.refused("/topapi/role/getrole", fmt.Sprintf(`{"roleId":%d}`, r), apierror.RoleInvalid)
	})
}

// Pages of role/list count groups; offset and size count only together.
func TestRolePages(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, w *world) {
		for i := range 21 {
			ask[struct{}](w, "/role/add_role_group", fmt.Sprintf(`{"name":"组%02d"}`, i))
		}
		type page struct {
			HasMore bool
			List    []struct{ Name string }
		}
		if p := ask[page](w, "/topapi/role/list", `{"offset":5}`); !p.HasMore || len(p.List) != 20 || p.List[0].Name != "默认" {
			t.Errorf("without size: %+v", p)
		}
		if p := ask[page](w, "/topapi/role/list", `{"offset":"20","size":"2"}`); p.HasMore || len(p.List) != 2 || p.List[1].Name != "组20" {
			t.Errorf("last page: %+v", p)
		}
		w.refused("/topapi/role/list", `{"offset":-1,"size":1}`, apierror.OffsetInvalid)
		w.refused("/topapi/role/list", `{"offset":0,"size":201}`, apierror.SizeInvalid)
		roles, _ := w.system()
		w.refused("/topapi/role/simplelist", fmt.Sprintf(`{"role_id":%d,"offset":0,"size":101}`, roles["主管"]), apierror.SizeInvalid)
	})
}

// The system's roles are held by fact, and by nothing else.
func TestSystemRoles(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, w *world) {
		roles, group := w.system()
		if len(roles) != 4 {
			t.Fatalf("roles %v", roles)
		}
		if err := w.EnsureSystemRoles(t.Context(), corp); err != nil {
			t.Fatal(err)
		}
		if again, _ := w.system(); len(again) != 4 || again["主管"] != roles["主管"] {
			t.Errorf("after ensuring: %v", again)
		}
		w.tree()
		w.hire("main", "主", 1, 1)
		w.hire("sub", "子", 2, 1)
		w.hire("lead", "管", 3, 12)
		boss := directory.NewPerson{ID: "boss", Profile: directory.Profile{Name: "老板", Boss: true}, Departments: []id.Dept{1}}
		boss.SetMobile(mobile(4))
		if _, err := w.CreatePerson(t.Context(), corp, boss); err != nil {
			t.Fatal(err)
		}
		w.admin("main", directory.LevelMain)
		w.admin("sub", directory.LevelSub, 12)
		w.want("/topapi/v2/department/update", `{"dept_id":12,"dept_manager_userid_list":"lead"}`, `{}`)
		for name, user := range map[string]string{"主管理员": "main", "子管理员": "sub", "负责人": "boss", "主管": "lead"} {
			list := ask[struct{ List []struct{ UserID string } }](w, "/topapi/role/simplelist", fmt.Sprintf(`{"role_id":%d}`, roles[name]))
			if len(list.List) != 1 || list.List[0].UserID != user {
				t.Errorf("%s is held by %+v, want %s", name, list.List, user)
			}
			u := ask[struct {
				Roles []struct{ Name string } `json:"role_list"`
			}](w, "/topapi/v2/user/get", fmt.Sprintf(`{"userid":%q}`, user))
			if len(u.Roles) != 1 || u.Roles[0].Name != name {
				t.Errorf("%s holds %+v, want %s", user, u.Roles, name)
			}
		}

		n := roles["主管"]
		w.refused("/role/update_role", fmt.Sprintf(`{"roleName":"组长","roleId":%d}`, n), apierror.RoleSystem)
		w.refused("/role/add_role", fmt.Sprintf(`{"roleName":"组长","groupId":%d}`, group), apierror.RoleSystem)
		w.refused("/topapi/role/deleterole", fmt.Sprintf(`{"role_id":%d}`, n), apierror.RoleSystem)
		w.refused("/topapi/role/addrolesforemps", fmt.Sprintf(`{"roleIds":"%d","userIds":"sub"}`, n), apierror.RoleSystem)
		w.refused("/topapi/role/removerolesforemps", fmt.Sprintf(`{"roleIds":"%d","userIds":"lead"}`, n), apierror.RoleSystem)
		w.refused("/topapi/role/scope/update", fmt.Sprintf(`{"role_id":%d,"userid":"lead"}`, n), apierror.RoleSystem)
	})
}

func TestGiveRoles(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, w *world) {
		w.tree()
		w.hire("a", "甲", 1, 34)
		w.hire("b", "乙", 2, 78)
		r, s := w.role("会计"), w.role("出纳")
		give := func(users string) string { return fmt.Sprintf(`{"roleIds":"%d,%d","userIds":%q}`, r, s, users) }
		holders := func(w *world, role int64) (users string) {
			list := ask[struct{ List []struct{ UserID string } }](w, "/topapi/role/simplelist", fmt.Sprintf(`{"role_id":%d}`, role))
			for _, m := range list.List {
				users += m.UserID
			}
			return users
		}

		w.refused("/topapi/role/addrolesforemps", give("a,nobody"), apierror.EmployeeUnknown)
		w.refused("/topapi/role/addrolesforemps", fmt.Sprintf(`{"roleIds":"%d,7","userIds":"a"}`, r), apierror.RoleInvalid)
		if got := holders(w, r); got != "" {
			t.Errorf("a refused call gave the role to %s", got)
		}
		w.want("/topapi/role/addrolesforemps", give("a,b"), `{}`)
		w.want("/topapi/role/addrolesforemps", give("a"), `{}`)
		if got := holders(w, s); got != "ab" {
			t.Errorf("held by %s", got)
		}

		products := w.within(op.Range{Departments: []id.Dept{12}})
		if got := holders(products, r); got != "a" {
			t.Errorf("an app that sees 12 is told %q", got)
		}
		if got := holders(w.within(op.Range{Users: []id.User{"b"}}), r); got != "b" {
			t.Errorf("an app that sees b is told %q", got)
		}
		if got := holders(w.within(op.Range{}), r); got != "" {
			t.Errorf("an app that sees nobody is told %q", got)
		}
		products.refused("/topapi/role/removerolesforemps", give("a,b"), apierror.UserOutOfRange)
		p := ask[struct {
			HasMore bool
			List    []struct{ UserID string }
		}](w, "/topapi/role/simplelist", fmt.Sprintf(`{"role_id":%d,"offset":0,"size":1}`, r))
		if !p.HasMore || len(p.List) != 1 || p.List[0].UserID != "a" {
			t.Errorf("first page %+v", p)
		}

		w.want("/topapi/v2/user/delete", `{"userid":"a"}`, `{}`)
		w.hire("a", "甲", 1, 34)
		if got := holders(w, r); got != "b" {
			t.Errorf("after a left and came back: held by %s", got)
		}
	})
}

func TestRoleScopes(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, w *world) {
		w.tree()
		w.hire("a", "甲", 1, 1)
		w.hire("b", "乙", 2, 1)
		r := w.role("会计")
		w.want("/topapi/role/addrolesforemps", fmt.Sprintf(`{"roleIds":"%d","userIds":"a"}`, r), `{}`)
		set := func(user, depts string) string {
			return fmt.Sprintf(`{"role_id":%d,"userid":%q,"dept_ids":%q}`, r, user, depts)
		}
		list := fmt.Sprintf(`{"role_id":%d}`, r)
		told := func(scopes string) string {
			return fmt.Sprintf(`{"hasMore":false,"list":[{"userid":"a","name":"甲","manageScopes":[%s]}]}`, scopes)
		}
		w.want("/topapi/role/simplelist", list, told(""))
		w.want("/topapi/role/scope/update", set("a", "34,78"), `{}`)
		w.want("/topapi/role/simplelist", list, told(`{"dept_id":34,"name":"设计组"},{"dept_id":78,"name":"市场部"}`))
		w.want("/topapi/v2/department/delete", `{"dept_id":78}`, `{}`)
		w.want("/topapi/role/simplelist", list, told(`{"dept_id":34,"name":"设计组"}`))

		w.refused("/topapi/role/scope/update", set("a", "34,99"), apierror.DeptNotFound)
		w.refused("/topapi/role/scope/update", set("b", "34"), apierror.EmployeeUnknown)
		w.refused("/topapi/role/scope/update", `{"role_id":7,"userid":"a"}`, apierror.RoleScopeInvalid)
		w.want("/topapi/role/simplelist", list, told(`{"dept_id":34,"name":"设计组"}`))
		w.want("/topapi/role/scope/update", fmt.Sprintf(`{"role_id":%d,"userid":"a"}`, r), `{}`)
		w.want("/topapi/role/simplelist", list, told(""))
	})
}
