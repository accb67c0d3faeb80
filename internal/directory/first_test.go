package directory_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/gatepost/gatepost/internal/apierror"
	"github.com/gatepost/gatepost/internal/directory"
	"github.com/gatepost/gatepost/internal/id"
	"github.com/gatepost/gatepost/internal/op"
	"github.com/gatepost/gatepost/internal/scope"
)

// get runs an operation as clients of the first generation do: all in the query.
func get[T any](w *world, path, query string) (out T, err error) {
	w.t.Helper()
	o, vars := w.ops.Find("GET", path)
	if o == nil {
		w.t.Fatalf("no operation GET %s", path)
	}
	q, warnings, err := o.Decode(&op.Request{Method: "GET", Path: path, Query: query, Head: head{}}, vars, w.who)
	if err != nil {
		return out, err
	}
	if len(warnings) > 0 {
		w.t.Errorf("%s: unknown fields %v", path, warnings)
	}
	resp, err := o.Invoke(w.t.Context(), w.who, q)
	if err != nil {
		return out, err
	}
	text, err := json.Marshal(resp)
	if err != nil {
		w.t.Fatal(err)
	}
	return out, json.Unmarshal(text, &out, json.MatchCaseInsensitiveNames(true), jsontext.AllowDuplicateNames(true)) // managerUserid, managerUserId
}

// must is get for what has to succeed.
func must[T any](w *world, path, query string) T {
	w.t.Helper()
	out, err := get[T](w, path, query)
	if err != nil {
		w.t.Fatalf("%s?%s: %v", path, query, err)
	}
	return out
}

func TestFirstUser(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, w *world) {
		w.tree()
		w.hire("boss", "老板", 9, 1)
		ask[struct{}](w, "/user/create", `{"userid":"zhang","name":"张三","mobile":"13900000001","department":[34,12],
			"orderInDepts":"{34:176356448799959512, 12:20}","positionInDepts":"{\"12\":\"经理, 副\"}","position":"工程师","jobnumber":"007",
			"tel":"010-1","workPlace":"杭州","remark":"备注","email":"z@example.com","isHide":false,"isSenior":true,
			"extattr":{"爱好":"旅游"},"hiredDate":1520265600000,"managerUserid":"boss"}`)
		w.want("/topapi/v2/department/update", `{"dept_id":12,"dept_manager_userid_list":"zhang"}`, `{}`)
		union := ask[struct{ UnionID string }](w, "/user/get", `{"userid":"zhang"}`).UnionID
		roles, _ := w.system()
		type role struct {
			ID        int64
			Name      string
			GroupName string
			Type      int64
		}
		u := must[struct {
			OpenID, Mobile, OrderInDepts, IsLeaderInDepts, ManagerUserid string
			HiredDate                                                    int64
			IsAdmin, IsSenior, Active                                    bool
			Department                                                   []id.Dept
			Extattr                                                      map[string]string
			Roles                                                        []role
		}](w, "/user/get", "userid=zhang&lang=zh_CN")
		if u.OpenID != union || u.Mobile != "13900000001" || u.OrderInDepts != "{12:20,34:176356448799959512}" || u.IsLeaderInDepts != "{12:true,34:false}" {
			t.Errorf("%+v", u)
		}
		if u.HiredDate != 1520265600000 || u.IsAdmin || !u.IsSenior || !u.Active || len(u.Department) != 2 || u.Extattr["爱好"] != "旅游" || u.ManagerUserid != "boss" {
			t.Errorf("%+v", u)
		}
		if len(u.Roles) != 1 || u.Roles[0] != (role{roles["主管"], "主管", "默认", 104}) {
			t.Errorf("roles %+v", u.Roles)
		}
		if p, err := w.Person(t.Context(), corp, "zhang"); err != nil || p.Memberships[0].Title != "经理, 副" {
			t.Errorf("%+v, %v", p.Memberships, err)
		}

		w.want("/user/update", `{"userid":"zhang","name":"张三丰","department":"[12]","orderInDepts":{"12":5},"managerUserid":"","extattr":"{}"}`, `{}`)
		if p, err := w.Person(t.Context(), corp, "zhang"); err != nil || p.Name != "张三丰" || len(p.Memberships) != 1 || p.Memberships[0].Sort != 5 ||
			!p.Memberships[0].Leader || p.Manager != "" || p.Extension != nil || p.Title != "工程师" {
			t.Errorf("%+v, %v", p, err)
		}
		w.refused("/user/update", `{"userid":"zhang","orderInDepts":"x:5"}`, apierror.ParameterInvalid)
	})
}

func TestFirstUserRefusals(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, w *world) {
		w.tree()
		w.hire("a", "甲", 1, 34)
		w.hire("b", "乙", 2, 78)
		within := w.within(op.Range{Departments: []id.Dept{12}})
		within.refused("/user/get", `{"userid":"b"}`, apierror.UserOutOfRange)
		within.refused("/user/update", `{"userid":"b","name":"丁"}`, apierror.UserOutOfRange)
		within.refused("/user/delete", `{"userid":"b"}`, apierror.UserOutOfRange)
		within.refused("/user/batchdelete", `{"useridlist":["a","b"]}`, apierror.UserOutOfRange)
		within.refused("/user/simplelist", `{"department_id":78}`, apierror.DeptOutOfRange)
		within.refused("/user/create", `{"name":"丙","mobile":"13900000003","department":"[78]"}`, apierror.DeptOutOfRange)
		w.refused("/user/get", `{"userid":"nobody"}`, apierror.UserInvalid)
		w.refused("/user/create", `{"name":"丙","mobile":"13800000001","department":[1]}`, apierror.MobileExists)
		w.refused("/user/create", `{"name":"丙","mobile":"13900000003","department":[1],"extattr":"[1]"}`, apierror.ExtensionInvalid)
		w.refused("/user/create", `{"name":"丙","mobile":"13900000003","department":[1],"positionInDepts":"{x:y}"}`, apierror.ParameterInvalid)
		w.refused("/user/get_by_mobile", `{"mobile":"13900000003"}`, apierror.MobileUnknown)
		w.want("/user/get_by_mobile", `{"mobile":"13800000001"}`, `{"userid":"a"}`)
		w.want("/user/batchdelete", `{"useridlist":["a","b"]}`, `{}`)
		w.want("/user/get_org_user_count", `{"onlyActive":0}`, `{"count":0}`)
	})
}

func TestFirstLists(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, w *world) {
		w.tree()
		a := w.hire("a", "甲", 1, 12)
		w.hire("b", "乙", 2, 12)
		w.hire("c", "丙", 3, 34)
		w.admin("b", directory.LevelMain)
		w.want("/user/simplelist", `{"department_id":12}`, `{"userlist":[{"userid":"a","name":"甲"},{"userid":"b","name":"乙"}]}`)
		w.want("/user/simplelist", `{"department_id":12,"offset":0}`, `{"userlist":[{"userid":"a","name":"甲"},{"userid":"b","name":"乙"}]}`)
		w.want("/user/simplelist", `{"department_id":"12","offset":"0","size":"1"}`, `{"hasMore":true,"userlist":[{"userid":"a","name":"甲"}]}`)
		w.want("/user/simplelist", `{"department_id":12,"offset":1,"size":1}`, `{"hasMore":false,"userlist":[{"userid":"b","name":"乙"}]}`)
		w.refused("/user/simplelist", `{"department_id":12,"offset":0,"size":101}`, apierror.SizeInvalid)
		w.refused("/user/listbypage", `{"department_id":12}`, apierror.ParameterMissing)
		w.refused("/user/list", `{"department_id":99}`, apierror.DeptNotFound)
		w.want("/user/getDeptMember", `{"deptId":12}`, `{"userIds":["a","b"]}`)
		w.want("/user/getUseridByUnionid", `{"unionid":"`+string(a.Union)+`"}`, `{"contactType":0,"userid":"a"}`)

		type item struct {
			UserID, Mobile string
			IsAdmin        bool
			Department     []id.Dept
		}
		for path, query := range map[string]string{"/user/list": "department_id=12", "/user/listbypage": "department_id=12&offset=0&size=100&order=custom"} {
			list := must[struct{ UserList []item }](w, path, query).UserList
			if len(list) != 2 || list[0].IsAdmin || !list[1].IsAdmin || list[0].Mobile != mobile(1) || len(list[0].Department) != 1 {
				t.Errorf("%s: %+v", path, list)
			}
		}
		narrow := w.as(func(c *op.Caller) { c.Grade = scope.R1 })
		if got, err := narrow.call("/user/get", `{"userid":"a"}`); err != nil || !strings.Contains(got, `"mobile":"138****0001"`) {
			t.Errorf("an app of grade R1 is told %s, %v", got, err)
		}
	})
}

func TestFirstDepartment(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, w *world) {
		w.tree()
		w.hire("a", "甲", 1, 34)
		n := ask[struct{ ID id.Dept }](w, "/department/create", `{"name":"钉钉事业部","parentid":"1","order":"7","createDeptGroup":true,
			"deptHiding":true,"deptPermits":"12|34","userPerimits":"a|b","outerDept":"false","sourceIdentifier":"own"}`).ID
		query := "id=" + fmt.Sprint(n)
		type dept struct {
			Name, DeptPermits, DeptPerimits, UserPermits, UserPerimits, DeptManagerUseridList, SourceIdentifier string
			Order                                                                                               int64
			ParentID                                                                                            *id.Dept
			DeptHiding, CreateDeptGroup, AutoAddUser                                                            bool
		}
		got := must[dept](w, "/department/get", query)
		if got.Name != "钉钉事业部" || got.DeptPermits != "12|34" || got.DeptPerimits != "12|34" || got.UserPermits != "a|b" || got.UserPerimits != "a|b" ||
			*got.ParentID != 1 || got.Order != 7 || !got.DeptHiding || !got.CreateDeptGroup || got.SourceIdentifier != "own" {
			t.Errorf("%+v", got)
		}
		if root := must[dept](w, "/department/get", "id=1"); root.ParentID != nil {
			t.Errorf("the root has a parent: %+v", root)
		}
		w.hire("b", "乙", 2, n)
		w.want("/department/update", `{"id":`+fmt.Sprint(n)+`,"parentid":12,"deptManagerUseridList":"b","autoAddUser":true,"deptPermits":""}`, `{"id":`+fmt.Sprint(n)+`}`)
		got = must[dept](w, "/department/get", query)
		if *got.ParentID != 12 || got.DeptManagerUseridList != "b" || !got.AutoAddUser || got.DeptPermits != "" || got.UserPermits != "a|b" {
			t.Errorf("%+v", got)
		}
		w.refused("/department/update", `{"id":`+fmt.Sprint(n)+`,"deptManagerUseridList":"a"}`, apierror.DeptManagerUnknown)
		w.refused("/department/update", `{"id":`+fmt.Sprint(n)+`,"deptPermits":"x"}`, apierror.DeptPermits)
		w.refused("/department/create", `{"name":"设计组","parentid":12}`, apierror.DeptNameExists)
		w.refused("/department/get", `{"id":"x"}`, apierror.DeptIDInvalid)
		w.refused("/department/delete", `{"id":`+fmt.Sprint(n)+`}`, apierror.DeptHasMembers)
		must[struct{}](w, "/user/delete", "userid=b")
		must[struct{}](w, "/department/delete", query)
		w.refused("/department/get", `{"id":`+fmt.Sprint(n)+`}`, apierror.DeptNotFound)
	})
}

func TestFirstDepartmentLists(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, w *world) {
		w.tree()
		w.hire("a", "甲", 1, 34, 78)
		ids := func(w *world, query string) (list []id.Dept) {
			for _, d := range must[struct{ Department []struct{ ID id.Dept } }](w, "/department/list", query).Department {
				list = append(list, d.ID)
			}
			return list
		}
		products := w.within(op.Range{Departments: []id.Dept{12}})
		for _, tc := range []struct {
			w     *world
			query string
			want  string
		}{
			{w, "", "1 12 78 34 56"},
			{w, "id=1&fetch_child=true", "12 78 34 56"},
			{w, "fetch_child=false", "12 78"},
			{w, "id=12", "12 34 56"},
			{w, "id=34&fetch_child=true", ""},
			{products, "", "12 34 56"},
			{products, "id=1&fetch_child=false", "12"},
		} {
			if got := joined(ids(tc.w, tc.query)); got != tc.want {
				t.Errorf("list?%s: %s, want %s", tc.query, got, tc.want)
			}
		}
		products.refused("/department/list", `{"id":78}`, apierror.DeptOutOfRange)
		w.want("/department/list_ids", `{"id":12}`, `{"sub_dept_id_list":[34,56]}`)
		w.want("/department/list_parent_depts_by_dept", `{"id":"34"}`, `{"parentIds":[34,12,1]}`)
		chains := must[struct{ Department [][]id.Dept }](w, "/department/list_parent_depts", "userId=a").Department
		if len(chains) != 2 || joined(chains[0]) != "34 12 1" || joined(chains[1]) != "78 1" {
			t.Errorf("chains %v", chains)
		}
	})
}

// joined is a list without its brackets.
func joined(list []id.Dept) string { return strings.Trim(fmt.Sprint(list), "[]") }
