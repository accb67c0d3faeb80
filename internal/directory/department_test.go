package directory_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/go-json-experiment/json"

	"github.com/gatepost/gatepost/internal/apierror"
	"github.com/gatepost/gatepost/internal/id"
)

const (
	deptCreate = "/topapi/v2/department/create"
	deptUpdate = "/topapi/v2/department/update"
	deptDelete = "/topapi/v2/department/delete"
	deptGet    = "/topapi/v2/department/get"
	deptUp     = "/topapi/v2/department/listparentbydept"
)

func parse(t testing.TB, text string, v any) {
	t.Helper()
	if err := json.Unmarshal([]byte(text), v); err != nil {
		t.Fatalf("%s: %v", text, err)
	}
}

func TestDepartmentRules(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, w *world) {
		w.tree()
		w.hire("a", "甲", 1, 34)
		w.hire("b", "乙", 2, 78)
		deepest := w.chain(15)
		for _, tc := range []struct {
			path, body string
			want       *apierror.Error
		}{
			{deptCreate, `{"parent_id":1}`, apierror.ParameterMissing},
			{deptCreate, `{"name":"x"}`, apierror.ParameterMissing},
			{deptCreate, `{"name":"  ","parent_id":1}`, apierror.DeptNameInvalid},
			{deptCreate, `{"name":"` + strings.Repeat("长", 65) + `","parent_id":1}`, apierror.DeptNameInvalid},
			{deptCreate, `{"name":"a-b","parent_id":1}`, apierror.DeptNameCharacters},
			{deptCreate, `{"name":"a,b","parent_id":1}`, apierror.DeptNameCharacters},
			{deptCreate, `{"name":"a，b","parent_id":1}`, apierror.DeptNameCharacters},
			{deptCreate, `{"name":"x","parent_id":404}`, apierror.ParentNotFound},
			{deptCreate, `{"name":"x","parent_id":0}`, apierror.ParentNotFound},
			{deptCreate, `{"name":"x","parent_id":"top"}`, apierror.DeptIDInvalid},
			{deptCreate, `{"name":"产品部","parent_id":1}`, apierror.DeptNameExists},
			{deptCreate, `{"name":"x","parent_id":1,"order":-1}`, apierror.DeptOrderInvalid},
			{deptCreate, fmt.Sprintf(`{"name":"x","parent_id":%d}`, deepest), apierror.DeptTooDeep},
			{deptCreate, `{"name":"x","parent_id":1,"hide_dept":true,"dept_permits":"` + sequence(51) + `"}`, apierror.DeptPermits},

			{deptUpdate, `{"dept_id":404,"name":"x"}`, apierror.DeptNotFound},
			{deptUpdate, `{"dept_id":-1,"name":"x"}`, apierror.DeptIDInvalid},
			{deptUpdate, `{"dept_id":12,"name":"市场部"}`, apierror.DeptNameExists},
			{deptUpdate, `{"dept_id":12,"name":""}`, apierror.DeptNameInvalid},
			{deptUpdate, `{"dept_id":12,"parent_id":12}`, apierror.DeptLoop},
			{deptUpdate, `{"dept_id":12,"parent_id":34}`, apierror.DeptLoop},
			{deptUpdate, `{"dept_id":12,"parent_id":404}`, apierror.ParentNotFound},
			{deptUpdate, fmt.Sprintf(`{"dept_id":12,"parent_id":%d}`, deepest), apierror.DeptTooDeep},
			{deptUpdate, `{"dept_id":1,"parent_id":12}`, apierror.RootFixed},
			{deptUpdate, `{"dept_id":1,"name":"x"}`, apierror.RootFixed},
			{deptUpdate, `{"dept_id":12,"order":-5}`, apierror.DeptOrderInvalid},
			{deptUpdate, `{"dept_id":12,"code":"` + strings.Repeat("c", 31) + `"}`, apierror.ParameterInvalid},
			{deptUpdate, `{"dept_id":78,"dept_manager_userid_list":"b,a"}`, apierror.DeptManagerUnknown},
			{deptUpdate, `{"dept_id":12,"dept_permits":"` + sequence(30) + `","user_permits":"` + sequence(21) + `"}`, apierror.DeptPermits},
			{deptUpdate, `{"dept_id":12,"force_update_fields":"name"}`, apierror.ParameterInvalid},

			{deptDelete, `{"dept_id":1}`, apierror.RootUndeletable},
			{deptDelete, `{"dept_id":12}`, apierror.DeptHasChildren},
			{deptDelete, `{"dept_id":34}`, apierror.DeptHasMembers},
			{deptDelete, `{"dept_id":404}`, apierror.DeptNotFound},
			{deptDelete, `{}`, apierror.ParameterMissing},
			{deptGet, `{"dept_id":404}`, apierror.DeptNotFound},
			{deptGet, `{"dept_id":"abc"}`, apierror.DeptIDInvalid},
		} {
			w.refused(tc.path, tc.body, tc.want)
		}
		w.want(deptDelete, `{"dept_id":56}`, `{}`)
		w.refused(deptGet, `{"dept_id":56}`, apierror.DeptNotFound)
	})
}

// chain founds departments one below the other down to level n and returns the
// lowest.
func (w *world) chain(n int) id.Dept {
	parent := id.RootDept
	for level := 2; level <= n; level++ {
		next := id.Dept(1000 + level)
		w.found(parent, next, fmt.Sprintf("第%d级", level))
		parent = next
	}
	return parent
}

func TestDepartmentLife(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, w *world) {
		w.tree()
		answer, err := w.call(deptCreate, `{"name":"法务部","parent_id":"1","order":"3","create_dept_group":"true","auto_approve_apply":true,"brief":"简介",
			"telephone":"010","source_identifier":"hr-7","extension":"{\"faculty\":1}","hide_dept":"true","dept_permits":"12,78","user_permits":"a,b",
			"outer_dept":true,"outer_permit_depts":[34],"outer_permit_users":"c","outer_dept_only_self":true}`)
		if err != nil {
			t.Fatal(err)
		}
		var made struct {
			ID int64 `json:"dept_id"`
		}
		parse(t, answer, &made)
		self := fmt.Sprintf(`{"dept_id":%d}`, made.ID)
		want := `{"dept_id":` + fmt.Sprint(made.ID) + `,"name":"法务部","parent_id":1,"order":3,"dept_manager_userid_list":[],"member_count":0,
			"owning_member_count":0,"create_dept_group":true,"auto_add_user":false,"auto_approve_apply":true,"group_contain_sub_dept":false,
			"hide_dept":true,"dept_permits":[12,78],"user_permits":["a","b"],"outer_dept":true,"outer_permit_depts":[34],"outer_permit_users":["c"],
			"brief":"简介","telephone":"010","source_identifier":"hr-7","extention":"{\"faculty\":1}","from_union_org":false}`
		w.want(deptGet, self, want)
		w.want(deptUpdate, self, `{}`)
		w.want(deptGet, self, want)
		w.want(deptUpdate, fmt.Sprintf(`{"dept_id":%d,"name":"法律部","code":"LAW","brief":"","auto_add_user":true,"hide_dept":false,"org_dept_owner":"a"}`, made.ID), `{}`)
		d, err := w.Department(t.Context(), corp, id.Dept(made.ID))
		if err != nil || d.Name != "法律部" || d.Code != "LAW" || d.Brief != "" || !d.AutoAddUser || d.Hidden || d.GroupOwner != "a" || len(d.DeptPermits) != 2 {
			t.Errorf("after the update %+v, %v", d, err)
		}
		// Without order a department comes last.
		w.want("/topapi/v2/department/listsubid", `{"dept_id":1}`, fmt.Sprintf(`{"dept_id_list":[12,78,%d]}`, made.ID))
		w.want(deptUpdate, fmt.Sprintf(`{"dept_id":%d,"order":0}`, made.ID), `{}`)
		w.want("/topapi/v2/department/listsubid", `{"dept_id":1}`, fmt.Sprintf(`{"dept_id_list":[%d,12,78]}`, made.ID))
		w.want("/topapi/v2/department/listsub", `{"dept_id":12}`, `[
			{"dept_id":34,"name":"设计组","parent_id":12,"create_dept_group":false,"auto_add_user":false,"from_union_org":false},
			{"dept_id":56,"name":"研究组","parent_id":12,"create_dept_group":false,"auto_add_user":false,"from_union_org":false}]`)
		w.want("/topapi/v2/department/listsub", `{"dept_id":34}`, `[]`)
		w.refused("/topapi/v2/department/listsub", `{"dept_id":404}`, apierror.DeptNotFound)
	})
}

func TestRootTellsNoParent(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, w *world) {
		w.tree()
		w.hire("a", "甲", 1, 12, 34)
		w.hire("b", "乙", 2, 78)
		got, err := w.call(deptGet, `{"dept_id":1}`)
		if err != nil || strings.Contains(got, "parent_id") || !strings.Contains(got, `"member_count":2`) || !strings.Contains(got, `"owning_member_count":0`) || !strings.Contains(got, "示例公司") {
			t.Errorf("%s, %v", got, err)
		}
		got, err = w.call(deptGet, `{"dept_id":12}`)
		if err != nil || !strings.Contains(got, `"member_count":1`) || !strings.Contains(got, `"owning_member_count":1`) {
			t.Errorf("who is in two departments of the tree: %s, %v", got, err)
		}
	})
}

func TestMoveTakesTheSubtree(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, w *world) {
		w.tree()
		w.found(34, 340, "界面")
		w.hire("a", "甲", 1, 340, 78)
		w.want(deptUp, `{"dept_id":340}`, `{"parent_id_list":[340,34,12,1]}`)
		w.want(deptUpdate, `{"dept_id":12,"parent_id":78}`, `{}`)
		w.want(deptUp, `{"dept_id":340}`, `{"parent_id_list":[340,34,12,78,1]}`)
		w.want(deptUp, `{"dept_id":1}`, `{"parent_id_list":[1]}`)
		w.want(deptUpdate, `{"dept_id":34,"parent_id":1,"name":"设计部"}`, `{}`)
		w.want(deptUp, `{"dept_id":340}`, `{"parent_id_list":[340,34,1]}`)
		list, err := w.Departments(t.Context(), corp, 1)
		if err != nil || len(list) != 6 {
			t.Fatalf("%d departments, %v", len(list), err)
		}
		for _, d := range list {
			if ids := d.IDs(); int64(len(ids)) != d.Depth || ids[len(ids)-1] != d.ID {
				t.Errorf("%s has path %s and depth %d", d.Name, d.Path, d.Depth)
			}
		}
	})
}

func TestLeaders(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, w *world) {
		w.tree()
		w.hire("a", "甲", 1, 12)
		w.hire("b", "乙", 2, 12, 78)
		leaders := func(want string) {
			t.Helper()
			got, err := w.call(deptGet, `{"dept_id":12}`)
			if err != nil || !strings.Contains(got, `"dept_manager_userid_list":`+want) {
				t.Errorf("want %s: %s, %v", want, got, err)
			}
		}
		w.want(deptUpdate, `{"dept_id":12,"dept_manager_userid_list":"a,b"}`, `{}`)
		leaders(`["a","b"]`)
		w.want(deptUpdate, `{"dept_id":12,"dept_manager_userid_list":"b"}`, `{}`)
		leaders(`["b"]`)
		w.want(userUpdate, `{"userid":"b","name":"乙乙"}`, `{}`)
		leaders(`["b"]`)
		w.want(userUpdate, `{"userid":"b","dept_id_list":"78"}`, `{}`)
		leaders(`[]`)
		w.want(deptUpdate, `{"dept_id":12,"dept_manager_userid_list":"a"}`, `{}`)
		w.want(deptUpdate, `{"dept_id":12,"force_update_fields":"dept_manager_userid_list"}`, `{}`)
		leaders(`[]`)
	})
}
