package directory_test

import (
	"strings"
	"testing"

	"github.com/gatepost/gatepost/internal/apierror"
	"github.com/gatepost/gatepost/internal/id"
	"github.com/gatepost/gatepost/internal/op"
	"github.com/gatepost/gatepost/internal/scope"
)

// partial is a world with people inside and outside of what an application with
// department 12 and the person "lone" sees.
func partial(w *world) (inside *world) {
	w.tree()
	w.found(1, 120, "产品部二") // its number begins with 12, and it is not below it
	w.hire("in", "王里", 1, 12)
	w.hire("below", "王下", 2, 34)
	w.hire("both", "王双", 3, 78, 56)
	w.hire("lone", "王单", 4, 78)
	w.hire("out", "王外", 5, 78)
	w.hire("near", "王近", 6, 120)
	w.hire("top", "王顶", 7, 1)
	return w.within(op.Range{Departments: []id.Dept{12}, Users: []id.User{"lone"}})
}

func TestRange(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, w *world) {
		in := partial(w)
		for _, u := range []string{"in", "below", "both", "lone"} {
			if _, err := in.call(userGet, `{"userid":"`+u+`"}`); err != nil {
				t.Errorf("%s: %v", u, err)
			}
		}
		for _, u := range []string{"out", "near", "top"} {
			body := `{"userid":"` + u + `"}`
			for _, path := range []string{userGet, userUpdate, userDelete, "/topapi/v2/department/listparentbyuser"} {
				r := in.refused(path, body, apierror.UserOutOfRange)
				if r.Expected != "部门 12 及其下级；员工 lone" || r.Found != "员工 "+u {
					t.Errorf("%s: wants %q, found %q", path, r.Expected, r.Found)
				}
				if want, got := r.ExpectedIn("en"), r.FoundIn("en"); want != "departments 12 and below; people lone" || got != "person "+u {
					t.Errorf("%s: wants %q, found %q", path, want, got)
				}
			}
		}
		p, err := w.Person(t.Context(), corp, "out")
		if err != nil {
			t.Fatal(err)
		}
		in.refused("/topapi/user/getbyunionid", `{"unionid":"`+string(p.Union)+`"}`, apierror.UserOutOfRange)
		in.refused("/topapi/v2/user/getbymobile", `{"mobile":"`+p.Mobile+`"}`, apierror.UserOutOfRange)

		for _, path := range []string{deptGet, deptUp, "/topapi/v2/department/listsub", deptUpdate, deptDelete} {
			for _, n := range []string{"1", "78", "120"} {
				r := in.refused(path, `{"dept_id":`+n+`}`, apierror.DeptOutOfRange)
				if !strings.HasPrefix(r.Found, "部门 "+n) || !strings.HasPrefix(r.Expected, "部门 12 ") {
					t.Errorf("%s: wants %q, found %q", path, r.Expected, r.Found)
				}
			}
		}
		for _, path := range []string{userList, "/topapi/user/listsimple"} {
			in.refused(path, `{"dept_id":78,"cursor":0,"size":10}`, apierror.DeptOutOfRange)
			if _, err := in.call(path, `{"dept_id":34,"cursor":0,"size":10}`); err != nil {
				t.Error(err)
			}
		}
		in.refused(userCreate, `{"name":"x","mobile":"`+mobile(50)+`","dept_id_list":"12,78"}`, apierror.DeptOutOfRange)
		in.refused(userUpdate, `{"userid":"in","dept_id_list":"12,78"}`, apierror.DeptOutOfRange)
		in.refused(deptCreate, `{"name":"x","parent_id":78}`, apierror.DeptOutOfRange)
		in.refused(deptUpdate, `{"dept_id":34,"parent_id":1}`, apierror.DeptOutOfRange)
		in.want(deptUpdate, `{"dept_id":34,"parent_id":56}`, `{}`)

		// What the range does not limit.
		in.want("/topapi/user/listid", `{"dept_id":120}`, `{"userid_list":["near"]}`)
		in.want("/topapi/v2/department/listsubid", `{"dept_id":1}`, `{"dept_id_list":[12,78,120]}`)
		in.want("/topapi/user/count", `{"only_active":false}`, `{"count":7}`)

		nothing := w.within(op.Range{})
		if r := nothing.refused(userGet, `{"userid":"in"}`, apierror.UserOutOfRange); r.Expected == "" {
			t.Error("an empty range is not told")
		}
	})
}

func TestSearchKeepsToTheRange(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, w *world) {
		in := partial(w)
		const users, depts = "POST /v1.0/contact/users/search", "POST /v1.0/contact/departments/search"
		in.want(users, `{"queryWord":"wang","offset":0,"size":3}`, `{"hasMore":true,"totalCount":4,"list":["below","both","in"]}`)
		in.want(users, `{"queryWord":"wang","offset":3,"size":3}`, `{"hasMore":false,"totalCount":4,"list":["lone"]}`)
		in.want(users, `{"queryWord":"王外","offset":0,"size":3}`, `{"hasMore":false,"totalCount":0,"list":[]}`)
		w.want(users, `{"queryWord":"wang","offset":6,"size":3}`, `{"hasMore":false,"totalCount":7,"list":["top"]}`)
		w.within(op.Range{}).want(users, `{"queryWord":"wang","offset":0,"size":3}`, `{"hasMore":false,"totalCount":0,"list":[]}`)
		in.want(depts, `{"queryWord":"产品","offset":0,"size":10}`, `{"hasMore":false,"totalCount":1,"list":[12]}`)
		w.want(depts, `{"queryWord":"chanpin","offset":0,"size":10}`, `{"hasMore":false,"totalCount":2,"list":[12,120]}`)
		w.refused(users, `{"queryWord":"wang","offset":-1,"size":3}`, apierror.OffsetInvalid)
		w.refused(users, `{"queryWord":"wang","offset":0,"size":101}`, apierror.SizeInvalid)
		w.refused(users, `{"queryWord":"","offset":0,"size":10}`, apierror.ParameterMissing)
	})
}

func TestProfile(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, w *world) {
		in := partial(w)
		out, err := w.Person(t.Context(), corp, "out")
		if err != nil {
			t.Fatal(err)
		}
		person := in.as(func(c *op.Caller) {
			c.As, c.User, c.Union, c.Scopes = op.Person, out.ID, out.Union, op.Scopes{scope.ContactUserRead}
		})
		w.OpenID = func(app id.App, union id.Union) id.Open { return id.Open("open-" + string(app) + "-" + string(union)) }
		union := string(out.Union)
		want := `{"nick":"王外","stateCode":"86","openId":"open-dingapp-` + union + `","unionId":"` + union + `","visitor":false}`
		person.want("GET /v1.0/contact/users/me", "", want)
		person.want("GET /v1.0/contact/users/"+union, "", want)
		person.as(func(c *op.Caller) { c.Scopes = append(c.Scopes, scope.ContactMobile) }).
			want("GET /v1.0/contact/users/me", "", strings.Replace(want, `{`, `{"mobile":"`+mobile(5)+`",`, 1))

		near, err := w.Person(t.Context(), corp, "near")
		if err != nil {
			t.Fatal(err)
		}
		person.refused("GET /v1.0/contact/users/"+string(near.Union), "", apierror.UserOutOfRange)
		in.refused("GET /v1.0/contact/users/"+union, "", apierror.UserOutOfRange)
		in.refused("GET /v1.0/contact/users/me", "", apierror.TokenKind)
		in.refused("GET /v1.0/contact/users/nobody", "", apierror.UserNotFound)
		if _, err := w.call("GET /v1.0/contact/users/"+union, ""); err != nil {
			t.Error(err)
		}
	})
}

func TestSearch(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, w *world) {
		w.hire("u1", "张小明", 1, 1)
		w.hire("u2", "小张", 2, 1)
		w.hire("u3", "单雄信", 3, 1)
		w.hire("u4", "Alice Zhang", 4, 1)
		w.want(userUpdate, `{"userid":"u4","job_number":"GP-007"}`, `{}`)
		for word, want := range map[string]string{
			"张":           `["u1","u2"]`,
			"小明":          `["u1"]`,
			"zhang":       `["u1","u2","u4"]`,
			"ZHANGXIAO":   `["u1"]`,
			"xm":          `["u1"]`,
			"zxm":         `["u1"]`,
			"小":           `["u2","u1"]`,
			"shan":        `["u3"]`, // the surname
			"danx":        `["u3"]`, // the usual reading
			"alice z":     `["u4"]`,
			"gp-0":        `["u4"]`,
			"hang":        `[]`, // not from the beginning of a syllable
			"张 小 明":       `["u1"]`,
			"\U0010ffff张": `[]`,
		} {
			var got struct {
				List []string `json:"list"`
			}
			answer, err := w.call("POST /v1.0/contact/users/search", `{"queryWord":"`+word+`","offset":0,"size":10}`)
			if err != nil {
				t.Fatal(err)
			}
			parse(t, answer, &got)
			if list := `["` + strings.Join(got.List, `","`) + `"]`; list != want && (want != `[]` || len(got.List) > 0) {
				t.Errorf("%q finds %s, want %s", word, list, want)
			}
		}
		const exact = `{"queryWord":"%s","offset":0,"size":10,"fullMatchField":1}`
		w.want("POST /v1.0/contact/users/search", strings.Replace(exact, "%s", "小张", 1), `{"hasMore":false,"totalCount":1,"list":["u2"]}`)
		w.want("POST /v1.0/contact/users/search", strings.Replace(exact, "%s", "张小", 1), `{"hasMore":false,"totalCount":0,"list":[]}`)
		w.want("POST /v1.0/contact/users/search", strings.Replace(exact, "%s", "xiaozhang", 1), `{"hasMore":false,"totalCount":0,"list":[]}`)
		w.want("POST /v1.0/contact/users/search", strings.Replace(exact, "%s", "alice zhang", 1), `{"hasMore":false,"totalCount":1,"list":["u4"]}`)
	})
}
