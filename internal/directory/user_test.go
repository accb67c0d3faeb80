package directory_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/gatepost/gatepost/internal/apierror"
	"github.com/gatepost/gatepost/internal/directory"
	"github.com/gatepost/gatepost/internal/id"
	"github.com/gatepost/gatepost/internal/op"
	"github.com/gatepost/gatepost/internal/scope"
)

const (
	userCreate = "/topapi/v2/user/create"
	userUpdate = "/topapi/v2/user/update"
	userDelete = "/topapi/v2/user/delete"
	userGet    = "/topapi/v2/user/get"
	userList   = "/topapi/v2/user/list"
)

func TestUserRules(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, w *world) {
		w.hire("taken", "占位", 1, 1)
		w.want(userUpdate, `{"userid":"taken","email":"taken@example.com","telephone":"8001"}`, `{}`)
		base := map[string]string{"name": "李明", "mobile": mobile(2), "dept_id_list": "1"}
		cases := []struct {
			name, field, value string
			want               *apierror.Error
		}{
			{"no name", "name", "", apierror.ParameterMissing},
			{"blank name", "name", "  ", apierror.NameInvalid},
			{"long name", "name", strings.Repeat("长", 81), apierror.NameInvalid},
			{"no mobile", "mobile", "", apierror.ParameterMissing},
			{"short mobile", "mobile", "1380000", apierror.MobileInvalid},
			{"mainland mobile of wrong form", "mobile", "+86-2380000", apierror.MobileInvalid},
			{"country code without hyphen", "mobile", "+85261234567", apierror.MobileInvalid},
			{"mobile taken", "mobile", mobile(1), apierror.MobileExists},
			{"mobile taken, written otherwise", "mobile", "+86-" + mobile(1), apierror.MobileExists},
			{"email", "email", "nobody", apierror.EmailInvalid},
			{"long email", "email", strings.Repeat("a", 50) + "@b.cn", apierror.EmailInvalid},
			{"email taken", "email", "taken@example.com", apierror.EmailExists},
			{"org_email", "org_email", "a@b", apierror.EmailInvalid},
			{"telephone taken", "telephone", "8001", apierror.TelephoneExists},
			{"userid taken", "userid", "taken", apierror.UserExists},
			{"userid of other characters", "userid", "李", apierror.UserInvalid},
			{"long userid", "userid", strings.Repeat("a", 65), apierror.UserInvalid},
			{"manager", "manager_userid", "nobody", apierror.ManagerInvalid},
			{"own manager", "manager_userid", "me-myself", apierror.ManagerInvalid},
			{"no departments", "dept_id_list", "", apierror.ParameterMissing},
			{"unknown department", "dept_id_list", "1,404", apierror.DeptNotFound},
			{"department that is no number", "dept_id_list", "root", apierror.DeptIDInvalid},
			{"too many departments", "dept_id_list", sequence(101), apierror.TooManyDepartments},
			{"extension that is no object", "extension", "hobby", apierror.ExtensionInvalid},
			{"extension of numbers", "extension", `{"age":1}`, apierror.ExtensionInvalid},
			{"long title", "title", strings.Repeat("t", 201), apierror.ParameterInvalid},
		}
		for _, tc := range cases {
			fields := map[string]string{"userid": "me-myself"}
			for k, v := range base {
				fields[k] = v
			}
			fields[tc.field] = tc.value
			r := w.refused(userCreate, object(fields), tc.want)
			if t.Failed() {
				t.Fatalf("%s: %v", tc.name, r)
			}
		}
		// None of the refused calls left anything.
		w.want("/topapi/user/count", `{"only_active":false}`, `{"count":1}`)
	})
}

// object writes fields as the official client does: each a JSON string.
func object(fields map[string]string) string {
	var parts []string
	for k, v := range fields {
		parts = append(parts, fmt.Sprintf("%q:%q", k, v))
	}
	return "{" + strings.Join(parts, ",") + "}"
}

// sequence is "1,2,…,n".
func sequence(n int) string {
	parts := make([]string, n)
	for i := range parts {
		parts[i] = fmt.Sprint(i + 1)
	}
	return strings.Join(parts, ",")
}

func TestUserLife(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, w *world) {
		w.tree()
		w.hire("boss", "王总", 9, 1)
		got, err := w.call(userCreate, `{"userid":"zhangsan","name":"张三","mobile":"+852-61234567","dept_id_list":"12,78","email":"z@example.com",
			"title":"工程师","job_number":"A-4","hired_date":"1597573616828","manager_userid":"boss","extension":"{\"爱好\":\"旅游\",\"年龄\":\"24\"}",
			"work_place":"未来park","remark":"备注","telephone":"010-1",
			"dept_order_list":[{"dept_id":12,"order":1},{"dept_id":99,"order":5}],"dept_title_list":[{"dept_id":78,"title":"顾问"}],
			"dept_position_list":[{"dept_id":12,"is_main":true,"work_place":"三楼"}],"hide_mobile":"true","init_password":"x"}`)
		if err != nil || !strings.Contains(got, `"unionId":"`) {
			t.Fatalf("create: %s, %v", got, err)
		}
		p, err := w.Person(t.Context(), corp, "zhangsan")
		if err != nil {
			t.Fatal(err)
		}
		sort := fmt.Sprint(p.Memberships[1].Sort)
		want := `{"userid":"zhangsan","unionid":"` + string(p.Union) + `","name":"张三","state_code":"852","mobile":"61234567","hide_mobile":true,
			"telephone":"010-1","job_number":"A-4","title":"工程师","manager_userid":"boss","hired_date":1597573616828,"email":"z@example.com",
			"work_place":"未来park","remark":"备注","extension":"{\"年龄\":\"24\",\"爱好\":\"旅游\"}","exclusive_account":false,"real_authed":true,
			"active":true,"admin":false,"boss":false,"senior":false,"dept_id_list":[12,78],
			"dept_order_list":[{"dept_id":12,"order":1},{"dept_id":78,"order":` + sort + `}],
			"dept_position_list":[{"dept_id":12,"is_main":true,"work_place":"三楼"},{"dept_id":78,"is_main":false,"title":"顾问"}],
			"leader_in_dept":[{"dept_id":12,"leader":false},{"dept_id":78,"leader":false}]}`
		w.want(userGet, `{"userid":"zhangsan","language":"zh_CN"}`, want)

		// What is absent is unchanged; what is there changes.
		w.want(userUpdate, `{"userid":"zhangsan"}`, `{}`)
		w.want(userGet, `{"userid":"zhangsan"}`, want)
		w.want(userUpdate, `{"userid":"zhangsan","name":"张叁","mobile":"13800000077","title":"","manager_userid":"","dept_id_list":"78,34",
			"extension":{"年龄":"25"},"ext_attrs_update_mode":1,"hide_mobile":false}`, `{}`)
		p, err = w.Person(t.Context(), corp, "zhangsan")
		if err != nil || p.Name != "张叁" || p.StateCode != "86" || p.Mobile != "13800000077" || p.Title != "" || p.Manager != "boss" || p.HideMobile ||
			p.Extension["年龄"] != "25" || p.Extension["爱好"] != "旅游" {
			t.Errorf("after the update %+v, %v", p, err)
		}
		if ids := p.Departments(); len(ids) != 2 || ids[0] != 78 || ids[1] != 34 || p.Memberships[0].Title != "顾问" {
			t.Errorf("memberships %+v", p.Memberships)
		}
		w.want(userUpdate, `{"userid":"zhangsan","force_update_fields":"manager_userid","extension":"{\"年龄\":\"26\"}"}`, `{}`)
		if p, err = w.Person(t.Context(), corp, "zhangsan"); err != nil || p.Manager != "" || len(p.Extension) != 1 {
			t.Errorf("manager %q, extension %v, %v", p.Manager, p.Extension, err)
		}
		w.refused(userUpdate, `{"userid":"zhangsan","force_update_fields":"name"}`, apierror.ParameterInvalid)
		w.refused(userUpdate, `{"userid":"zhangsan","mobile":"`+mobile(9)+`"}`, apierror.MobileExists)
		w.refused(userUpdate, `{"userid":"zhangsan","name":""}`, apierror.NameInvalid)

		// Leaving frees number and userid; the unionid stays the person's.
		union := p.Union
		w.want(userDelete, `{"userid":"zhangsan"}`, `{}`)
		w.refused(userGet, `{"userid":"zhangsan"}`, apierror.UserInvalid)
		w.refused(userDelete, `{"userid":"zhangsan"}`, apierror.UserInvalid)
		w.refused("/topapi/v2/user/getbymobile", `{"mobile":"13800000077"}`, apierror.MobileUnknown)
		w.want("/topapi/user/listid", `{"dept_id":"78"}`, `{"userid_list":[]}`)
		w.want("POST /v1.0/contact/users/search", `{"queryWord":"张叁","offset":0,"size":10}`, `{"hasMore":false,"totalCount":0,"list":[]}`)
		w.want(userCreate, `{"userid":"zhangsan","name":"张三","mobile":"13800000077","dept_id_list":[1]}`, `{"userid":"zhangsan","unionId":"`+string(union)+`"}`)
	})
}

func TestUserKinds(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, w *world) {
		p := w.hire("a", "甲", 1, 1)
		for given, convert := range map[string]string{string(p.Union): "/topapi/user/getbyunionid", p.Mobile: "/topapi/v2/user/getbymobile", "+86-" + p.Mobile: "/topapi/v2/user/getbymobile"} {
			for _, path := range []string{userGet, userUpdate, userDelete, "/topapi/v2/department/listparentbyuser"} {
				if r := w.refused(path, `{"userid":"`+given+`"}`, apierror.UserKind); !strings.Contains(r.Message("zh"), convert) || !strings.Contains(r.Message("zh"), given) {
					t.Errorf("%s: %s", given, r.Message("zh"))
				}
			}
		}
		w.refused(userGet, `{"userid":"ThisIsNobodysUniiEiE"}`, apierror.UserInvalid)
		w.refused(userGet, `{"userid":"`+mobile(2)+`"}`, apierror.UserInvalid)
		w.want("/topapi/user/getbyunionid", `{"unionid":"`+string(p.Union)+`"}`, `{"contact_type":0,"userid":"a"}`)
		w.refused("/topapi/user/getbyunionid", `{"unionid":"nobody"}`, apierror.UserNotFound)
		w.want("/topapi/v2/user/getbymobile", `{"mobile":"`+p.Mobile+`"}`, `{"userid":"a","exclusive_account_userid_list":[]}`)
		w.refused("/topapi/v2/user/getbymobile", `{"mobile":"1380"}`, apierror.MobileInvalid)
	})
}

func TestUserSensitiveFields(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, w *world) {
		w.hire("a", "甲", 1, 1)
		w.want(userUpdate, `{"userid":"a","email":"someone@example.com","remark":"r","work_place":"w","extension":{"k":"v"}}`, `{}`)
		has := func(w *world, path, body string, wanted map[string]bool) {
			t.Helper()
			got, err := w.call(path, body)
			if err != nil {
				t.Fatal(err)
			}
			for text, want := range wanted {
				if strings.Contains(got, text) != want {
					t.Errorf("%s: %q is %v in %s", path, text, !want, got)
				}
			}
		}
		reads := map[string]string{userGet: `{"userid":"a"}`, userList: `{"dept_id":1,"cursor":0,"size":10}`}
		for path, body := range reads {
			bare := w.as(func(c *op.Caller) { c.Scopes = nil })
			has(bare, path, body, map[string]bool{`"mobile"`: false, "state_code": false, `"email"`: false, "work_place": false, "remark": false, "extension": false})
			has(w.as(func(c *op.Caller) { c.Scopes = op.Scopes{scope.FieldMobile} }), path, body, map[string]bool{`"mobile":"` + mobile(1): true, `"state_code":"86"`: true, "remark": false})
			has(w.as(func(c *op.Caller) { c.Grade = scope.R1 }), path, body, map[string]bool{`"mobile":"138****0001"`: true, "state_code": false, "s***@example.com": true, "remark": false})
			has(w, path, body, map[string]bool{`"remark":"r"`: true, `"work_place":"w"`: true, `"extension":"{\"k\":\"v\"}"`: true})
		}
	})
}

func TestUserList(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, w *world) {
		w.tree()
		for i, u := range []id.User{"c", "a", "b", "e", "d"} {
			w.hire(u, "员工"+string(u), i, 12)
		}
		w.hire("below", "下级", 10, 34)
		w.want(userUpdate, `{"userid":"e","dept_order_list":[{"dept_id":12,"order":99999999999999}]}`, `{}`)
		w.want(userUpdate, `{"userid":"b","title":"x"}`, `{}`)
		for order, want := range map[string]string{
			"": "e c a b d", "custom": "e c a b d", "entry_asc": "c a b e d", "entry_desc": "d e b a c",
			"modify_asc": "c a d e b", "modify_desc": "b e d a c",
		} {
			var got []string
			for cursor := int64(0); ; {
				answer, err := w.call("/topapi/user/listsimple", fmt.Sprintf(`{"dept_id":"12","cursor":%d,"size":"2","order_field":%q}`, cursor, order))
				if err != nil {
					t.Fatal(err)
				}
				var page struct {
					More bool  `json:"has_more"`
					Next int64 `json:"next_cursor"`
					List []struct {
						UserID string `json:"userid"`
					} `json:"list"`
				}
				parse(t, answer, &page)
				for _, one := range page.List {
					got = append(got, one.UserID)
				}
				if cursor = page.Next; !page.More {
					if page.Next != 0 {
						t.Errorf("the last page has a cursor: %s", answer)
					}
					break
				}
			}
			if got := strings.Join(got, " "); got != want {
				t.Errorf("order %q: %s, want %s", order, got, want)
			}
		}
		w.refused(userList, `{"dept_id":12,"cursor":-1,"size":10}`, apierror.OffsetInvalid)
		w.refused(userList, `{"dept_id":12,"cursor":100001,"size":10}`, apierror.OffsetInvalid)
		w.refused(userList, `{"dept_id":12,"cursor":0,"size":101}`, apierror.SizeInvalid)
		w.refused(userList, `{"dept_id":12,"cursor":0,"size":0}`, apierror.SizeInvalid)
		w.refused(userList, `{"dept_id":12,"cursor":0}`, apierror.ParameterMissing)
		w.refused(userList, `{"dept_id":404,"cursor":0,"size":10}`, apierror.DeptNotFound)
		w.refused(userList, `{"dept_id":0,"cursor":0,"size":10}`, apierror.DeptIDInvalid)
		w.want(userList, `{"dept_id":56,"cursor":0,"size":100}`, `{"has_more":false,"list":[]}`)
		w.want("/topapi/user/listid", `{"dept_id":12}`, `{"userid_list":["e","c","a","b","d"]}`)
	})
}

func TestUserListTellsTheDepartmentsView(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, w *world) {
		w.tree()
		p := w.hire("a", "甲", 1, 12, 78)
		w.want(userUpdate, `{"userid":"a","dept_order_list":[{"dept_id":78,"order":7}]}`, `{}`)
		w.want("/topapi/v2/department/update", `{"dept_id":78,"dept_manager_userid_list":"a"}`, `{}`)
		want := `{"has_more":false,"list":[{"userid":"a","unionid":"` + string(p.Union) + `","name":"甲","state_code":"86","mobile":"` + mobile(1) + `",
			"hide_mobile":false,"telephone":"","job_number":"","title":"","exclusive_account":false,"active":true,"admin":false,"boss":false,
			"dept_id_list":[12,78],"dept_order":7,"leader":true}]}`
		w.want(userList, `{"dept_id":78,"cursor":0,"size":10,"contain_access_limit":false,"language":"zh_CN"}`, want)
	})
}

func TestUserCount(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, w *world) {
		w.hire("a", "甲", 1, 1)
		sleeper := directory.NewPerson{ID: "b", Profile: directory.Profile{Name: "乙"}, Departments: []id.Dept{1}}
		sleeper.SetMobile(mobile(2))
		if _, err := w.CreatePerson(t.Context(), corp, sleeper); err != nil {
			t.Fatal(err)
		}
		w.want("/topapi/user/count", `{"only_active":"false"}`, `{"count":2}`)
		w.want("/topapi/user/count", `{"only_active":true}`, `{"count":1}`)
		w.refused("/topapi/user/count", `{}`, apierror.ParameterMissing)
	})
}

// Generated userids are free and of the platform's form.
func TestUserWithoutID(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, w *world) {
		p := w.hire("", "甲", 1, 1)
		if p.ID == "" {
			t.Fatal("no userid")
		}
		if _, err := w.Person(t.Context(), corp, p.ID); err != nil {
			t.Error(err)
		}
	})
}

func TestImportIsAllOrNothing(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, w *world) {
		depts := []directory.NewDepartment{{ID: 5, Parent: 1, Name: "甲部"}, {ID: 6, Parent: 5, Name: "乙部"}}
		person := func(u id.User, n int, dept id.Dept) directory.NewPerson {
			p := directory.NewPerson{ID: u, Profile: directory.Profile{Name: "人" + string(u)}, Departments: []id.Dept{dept}}
			p.SetMobile(mobile(n))
			return p
		}
		ctx := t.Context()
		if err := w.Import(ctx, corp, depts, []directory.NewPerson{person("a", 1, 6), person("b", 1, 5)}); err == nil || !strings.Contains(err.Error(), "mobile") {
			t.Errorf("a doubled number: %v", err)
		}
		if err := w.Import(ctx, corp, depts, []directory.NewPerson{person("a", 1, 7)}); !errors.Is(err, apierror.DeptNotFound) {
			t.Errorf("an unknown department: %v", err)
		}
		w.want("/topapi/user/count", `{"only_active":false}`, `{"count":0}`)
		if err := w.Import(ctx, corp, depts, []directory.NewPerson{person("a", 1, 6), person("b", 2, 5)}); err != nil {
			t.Fatal(err)
		}
		w.want("/topapi/v2/department/listparentbyuser", `{"userid":"a"}`, `{"parent_list":[{"parent_dept_id_list":[6,5,1]}]}`)
	})
}

// Of many who ask for one number at once, one gets it and all others are told
// who has it, on an engine with one writer as on one with many.
func TestOneNumberForMany(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, w *world) {
		results := make(chan error)
		const many = 8
		for i := range many {
			go func() {
				_, err := w.call(userCreate, fmt.Sprintf(`{"userid":"u%d","name":"同号","mobile":"13800000001","dept_id_list":"1"}`, i))
				results <- err
			}()
		}
		employed := 0
		for range many {
			if err := <-results; err == nil {
				employed++
			} else if !errors.Is(err, apierror.MobileExists) {
				t.Error(err)
			}
		}
		if employed != 1 {
			t.Errorf("%d have the number", employed)
		}
		w.want("/topapi/user/count", `{"only_active":false}`, `{"count":1}`)
	})
}
