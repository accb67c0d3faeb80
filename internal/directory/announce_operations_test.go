package directory_test

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/go-json-experiment/json"

	"github.com/gatepost/gatepost/internal/directory"
	"github.com/gatepost/gatepost/internal/event"
	"github.com/gatepost/gatepost/internal/id"
	"github.com/gatepost/gatepost/internal/op"
	"github.com/gatepost/gatepost/internal/store"
)

// told remembers events with their payloads, times left out.
type told struct{ list []string }

var times = regexp.MustCompile(`"timeStamp":"\d+",?`)

func (a *told) Emit(tx *store.Tx, _ id.Corp, n event.Name, object string, payload any) (id.Event, error) {
	text, err := json.Marshal(payload)
	if err != nil {
		return 0, err
	}
	line := fmt.Sprintf("%s %s %s", n, object, times.ReplaceAll(text, nil))
	tx.After(func() { a.list = append(a.list, line) })
	return 1, nil
}

// step is a call that writes, and what it has to announce. What the answer has
// under a name is kept for the steps after it.
type step struct {
	path, body string
	keep       [2]string // name in the answer, name in braces
	want       []string
}

// writes calls every operation that writes, in an order in which each has
// something to do.
var writes = []step{
	{"/topapi/v2/department/create", `{"name":"研发部","parent_id":1}`, [2]string{"dept_id", "dept"}, []string{`org_dept_create dept:{dept} {"deptId":[{dept}]}`}},
	{"/department/create", `{"name":"测试部","parentid":1}`, [2]string{"id", "other"}, []string{`org_dept_create dept:{other} {"deptId":[{other}]}`}},
	{"/topapi/v2/user/create", `{"userid":"lina","name":"李娜","mobile":"13800000001","dept_id_list":"{dept}"}`, [2]string{},
		[]string{`user_add_org person:lina {"userId":["lina"]}`}},
	{"/user/create", `{"userid":"wang","name":"王伟","mobile":"13800000002","department":[1]}`, [2]string{}, []string{`user_add_org person:wang {"userId":["wang"]}`}},
	{"/topapi/v2/user/create", `{"userid":"zhao","name":"赵敏","mobile":"13800000003","dept_id_list":"{dept}","manager_userid":"lina"}`, [2]string{},
		[]string{`user_add_org person:zhao {"userId":["zhao"]}`}},
	{"/topapi/v2/user/update", `{"userid":"lina","name":"李丽娜"}`, [2]string{},
		[]string{`user_modify_org person:lina {"userId":["lina"],"diffInfo":{"userid":"lina","prev":{"name":"李娜"},"curr":{"name":"李丽娜"}}}`}},
	{"/user/update", `{"userid":"wang","department":[1,{dept}]}`, [2]string{}, []string{`user_modify_org person:wang {"userId":["wang"]}`}},
	{"/topapi/v2/department/update", `{"dept_id":{dept},"dept_manager_userid_list":"lina"}`, [2]string{},
		[]string{`org_dept_modify dept:{dept} {"deptId":[{dept}]}`, `user_modify_org person:lina {"userId":["lina"]}`}},
	{"/department/update", `{"id":{other},"parentid":{dept}}`, [2]string{}, []string{`org_dept_modify dept:{other} {"deptId":[{other}]}`}},
	{"/role/add_role_group", `{"name":"岗位"}`, [2]string{"groupId", "group"}, []string{`label_conf_add role:{group} {"labelIdList":[{group}],"scope":"1"}`}},
	{"/role/add_role", `{"roleName":"会计","groupId":{group}}`, [2]string{"roleId", "role"}, []string{`label_conf_add role:{role} {"labelIdList":[{role}],"scope":"1"}`}},
	{"/role/update_role", `{"roleId":{role},"roleName":"出纳"}`, [2]string{}, []string{`label_conf_modify role:{role} {"labelIdList":[{role}],"scope":"1",` +
		`"preLabelList":["{\"id\":{role},\"name\":\"会计\",\"level\":0,\"scope\":1,\"color\":0,\"hidden\":false,\"deleted\":false,\"parentId\":{group},\"extraInfo\":\"\"}"],` +
		`"postLabelList":["{\"id\":{role},\"name\":\"出纳\",\"level\":0,\"scope\":1,\"color\":0,\"hidden\":false,\"deleted\":false,\"parentId\":{group},\"extraInfo\":\"\"}"]}`}},
	{"/topapi/role/addrolesforemps", `{"roleIds":"{role}","userIds":"lina,wang"}`, [2]string{},
		[]string{`label_user_change role:{role} {"userIdList":["lina","wang"],"labelIdList":[{role}],"action":"add"}`}},
	{"/topapi/role/addrolesforemps", `{"roleIds":"{role}","userIds":"lina"}`, [2]string{}, nil}, // who holds it already
	{"/topapi/role/scope/update", `{"role_id":{role},"userid":"lina","dept_ids":"{dept}"}`, [2]string{}, nil},
	{"/topapi/role/removerolesforemps", `{"roleIds":"{role}","userIds":"wang,zhao"}`, [2]string{},
		[]string{`label_user_change role:{role} {"userIdList":["wang"],"labelIdList":[{role}],"action":"remove"}`}},
	{"/topapi/extcontact/listlabelgroups", `{}`, [2]string{"id", "label"}, nil},
	{"/topapi/extcontact/create", `{"contact":{"name":"客户","mobile":"13900000001","follower_user_id":"wang","label_ids":[{label}]}}`, [2]string{"userid", "contact"},
		[]string{`contact_add_org contact:{contact} {"userId":"{contact}","name":"客户","mobile":"13900000001","stateCode":"86","companyName":"","followerUserId":"wang","labelIds":[{label}],"shareUserIds":[],"shareDeptIds":[]}`}},
	{"/topapi/extcontact/update", `{"contact":{"user_id":"{contact}","share_dept_ids":[{dept}]}}`, [2]string{},
		[]string{`contact_modify_org contact:{contact} {"userId":"{contact}","name":"客户","mobile":"13900000001","stateCode":"86","companyName":"","followerUserId":"wang","labelIds":[{label}],"shareUserIds":[],"shareDeptIds":[{dept}]}`}},
	{"/topapi/extcontact/delete", `{"user_id":"{contact}"}`, [2]string{}, []string{`contact_leave_org contact:{contact} {"userId":"{contact}"}`}},
	// Who leaves ceases to hold roles, to lead, and to be somebody's manager.
	{"/topapi/v2/user/delete", `{"userid":"lina"}`, [2]string{}, []string{
		`label_user_change role:{role} {"userIdList":["lina"],"labelIdList":[{role}],"action":"remove"}`, `user_leave_org person:lina {"userId":["lina"]}`,
		`org_dept_modify dept:{dept} {"deptId":[{dept}]}`, `user_modify_org person:lina {"userId":["zhao"]}`}},
	{"/user/delete", `{"userid":"zhao"}`, [2]string{}, []string{`user_leave_org person:zhao {"userId":["zhao"]}`}},
	{"/user/batchdelete", `{"useridlist":"wang"}`, [2]string{}, []string{`user_leave_org person:wang {"userId":["wang"]}`}},
	{"/topapi/role/deleterole", `{"role_id":{role}}`, [2]string{}, []string{`label_conf_del role:{role} {"labelIdList":[{role}]}`}},
	{"/topapi/v2/department/delete", `{"dept_id":{other}}`, [2]string{}, []string{`org_dept_remove dept:{other} {"deptId":[{other}]}`}},
	{"/department/delete", `{"id":{dept}}`, [2]string{}, []string{`org_dept_remove dept:{dept} {"deptId":[{dept}]}`}},
}

// unannounced are operations that write and announce nothing, with the reason.
var unannounced = map[string]string{
	"/topapi/role/scope/update": "who holds the role stays the same, and no known event tells for which departments",
}

// Every operation that writes announces what it changed, or says why it does not.
func TestEveryWriteIsAnnounced(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, w *world) {
		heard := &told{}
		w.Events = heard
		silent := map[string]bool{}
		for _, o := range w.ops.Operations() {
			if o.Verb != op.Read {
				silent[o.Path] = true
			}
		}
		called, kept := maps.Clone(silent), []string{}
		for _, s := range writes {
			heard.list = nil
			answer, err := w.call(s.path, strings.NewReplacer(kept...).Replace(s.body))
			if err != nil {
				t.Fatalf("%s %s: %v", s.path, s.body, err)
			}
			if s.keep[0] != "" {
				kept = append(kept, "{"+s.keep[1]+"}", found(t, answer, s.keep[0]))
			}
			var want []string
			for _, line := range s.want {
				want = append(want, strings.NewReplacer(kept...).Replace(line))
			}
			if !slices.Equal(heard.list, want) {
				t.Errorf("%s announces\n%s\nnot\n%s", s.path, strings.Join(heard.list, "\n"), strings.Join(want, "\n"))
			}
			delete(called, s.path)
			if len(want) > 0 {
				delete(silent, s.path)
			}
		}
		if len(called) > 0 {
			t.Errorf("these write and are in no step: %v", slices.Sorted(maps.Keys(called)))
		}
		for path := range silent {
			if unannounced[path] == "" {
				t.Errorf("%s announces nothing, for no reason", path)
			}
		}
		for path := range unannounced {
			if !silent[path] {
				t.Errorf("%s is announced, or does not write", path)
			}
		}
	})
}

// found is the value that an answer has under a name, wherever it stands.
func found(t *testing.T, answer, name string) string {
	t.Helper()
	m := regexp.MustCompile(`(?i)"` + name + `":"?(\w+)`).FindStringSubmatch(answer)
	if m == nil {
		t.Fatalf("no %s in %s", name, answer)
	}
	return m[1]
}

// What no operation of applications does is announced as well.
func TestOtherChangesAreAnnounced(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, w *world) {
		heard := &told{}
		w.Events = heard
		ctx := t.Context()
		lead := true
		for _, tc := range []struct {
			name string
			do   func() error
			want []string
		}{
			{"import", func() error {
				person := func(u id.User, mobile string) directory.NewPerson {
					return directory.NewPerson{ID: u, Profile: directory.Profile{Name: "李", Mobile: mobile}, Departments: []id.Dept{7}}
				}
				return w.Import(ctx, corp, []directory.NewDepartment{{ID: 7, Parent: 1, Name: "七"}, {ID: 8, Parent: 7, Name: "八"}},
					[]directory.NewPerson{person("lina", "13800000001"), person("wang", "13800000002")})
			}, []string{`org_dept_create import {"deptId":[7,8]}`, `user_add_org import {"userId":["lina","wang"]}`}},
			{"first sign-in", func() error { return w.Activate(ctx, corp, "lina") }, []string{`user_active_org person:lina {"userId":["lina"]}`}},
			{"second sign-in", func() error { return w.Activate(ctx, corp, "lina") }, nil},
			{"sign-in of a stranger", func() error { return w.Activate(ctx, corp, "nobody") }, nil},
			{"rename", func() error { return w.RenameCorp(ctx, corp, " 新名 ") }, []string{`org_change corp {}`, `org_dept_modify dept:1 {"deptId":[1]}`}},
			{"rename to the same", func() error { return w.RenameCorp(ctx, corp, "新名") }, nil},
			{"lead by a person's change", func() error {
				_, err := w.UpdatePerson(ctx, corp, directory.PersonChange{ID: "wang", Posts: []directory.Post{{Dept: 7, Leader: &lead}}})
				return err
			}, []string{`user_modify_org person:wang {"userId":["wang"]}`, `org_dept_modify dept:7 {"deptId":[7]}`}},
			{"replace the leader", func() error {
				return w.UpdateDepartment(ctx, corp, directory.DepartmentChange{ID: 7, Leaders: &[]id.User{"lina"}})
			}, []string{`org_dept_modify dept:7 {"deptId":[7]}`, `user_modify_org person:wang {"userId":["wang"]}`, `user_modify_org person:lina {"userId":["lina"]}`}},
			{"appoint", func() error { return w.SetAdmin(ctx, corp, "wang", directory.LevelSub, []id.Dept{7}) }, []string{`org_admin_add person:wang {"userId":["wang"]}`}},
			{"appoint again", func() error { return w.SetAdmin(ctx, corp, "wang", directory.LevelSub, []id.Dept{8}) }, nil},
			{"leave as administrator", func() error { return w.RemovePerson(ctx, corp, "wang") },
				[]string{`org_admin_remove person:wang {"userId":["wang"]}`, `user_leave_org person:wang {"userId":["wang"]}`}},
			{"remove the company", func() error { return w.RemoveCorp(ctx, corp) }, nil},
		} {
			heard.list = nil
			if err := tc.do(); err != nil {
				t.Fatalf("%s: %v", tc.name, err)
			}
			if !slices.Equal(heard.list, tc.want) {
				t.Errorf("%s announces\n%s\nnot\n%s", tc.name, strings.Join(heard.list, "\n"), strings.Join(tc.want, "\n"))
			}
		}
	})
}

// A large import is announced in few events.
func TestImportIsAnnouncedInLists(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, w *world) {
		heard := &told{}
		w.Events = heard
		var people []directory.NewPerson
		for i := range 1201 {
			people = append(people, directory.NewPerson{ID: id.User(fmt.Sprintf("u%04d", i)), Departments: []id.Dept{1},
				Profile: directory.Profile{Name: "李", Mobile: fmt.Sprintf("138%08d", i)}})
		}
		if err := w.Import(t.Context(), corp, nil, people); err != nil {
			t.Fatal(err)
		}
		if len(heard.list) != 3 || !strings.HasSuffix(heard.list[2], `"u1200"]}`) {
			t.Errorf("%d events, the last %s", len(heard.list), heard.list[len(heard.list)-1])
		}
	})
}
