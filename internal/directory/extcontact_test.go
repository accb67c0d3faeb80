package directory_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/gatepost/gatepost/internal/apierror"
	"github.com/gatepost/gatepost/internal/op"
	"github.com/gatepost/gatepost/internal/scope"
)

func TestContacts(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, w *world) {
		w.tree()
		w.hire("a", "甲", 1, 1)
		w.hire("b", "乙", 2, 1)
		groups := ask[struct {
			Results []struct {
				Name   string
				Labels []struct{ ID int64 }
			}
		}](w, "/topapi/extcontact/listlabelgroups", `{"offset":0,"size":100}`).Results
		if len(groups) != 2 || len(groups[0].Labels) != 3 {
			t.Fatalf("label groups %+v", groups)
		}
		label := groups[0].Labels[1].ID
		create := fmt.Sprintf(`{"contact":{"name":"小明","mobile":"13434343434","label_ids":[%d],"follower_user_id":"a",
			"state_code":"86","company_name":"客户公司","address":"江边路 1 号","share_dept_ids":[12],"share_user_ids":["b"]}}`, label)
		user := ask[struct{ UserID string }](w, "/topapi/extcontact/create", create).UserID
		w.refused("/topapi/extcontact/create", create, apierror.ContactExists)
		told := func(name, remark, depts string) string {
			return fmt.Sprintf(`{"userid":%q,"name":%q,"state_code":"86","mobile":"13434343434","company_name":"客户公司","title":"",
				"address":"江边路 1 号","remark":%q,"follower_user_id":"a","label_ids":[%d],"share_dept_ids":[%s],"share_user_ids":["b"]}`,
				user, name, remark, label, depts)
		}
		get := fmt.Sprintf(`{"user_id":%q}`, user)
		w.want("/topapi/extcontact/get", get, told("小明", "", "12"))
		w.want("GET /topapi/extcontact/list", ``, `{"results":[`+told("小明", "", "12")+`]}`)
		w.want("/topapi/extcontact/list", `{"offset":1,"size":20}`, `{"results":[]}`)

		// The official v1 client sends objects as text.
		update := strings.ReplaceAll(fmt.Sprintf(`{"user_id":%q,"name":"小明明","remark":"老朋友","share_dept_ids":[]}`, user), `"`, `\"`)
		w.want("/topapi/extcontact/update", `{"contact":"`+update+`"}`, `{}`)
		w.want("/topapi/extcontact/get", get, told("小明明", "老朋友", ""))

		for _, tc := range []struct {
			change, to string
			want       *apierror.Error
		}{
			{`"follower_user_id":"a"`, `"follower_user_id":"nobody"`, apierror.UserInvalid},
			{`"share_user_ids":["b"]`, `"share_user_ids":["nobody"]`, apierror.UserInvalid},
			{`"share_dept_ids":[12]`, `"share_dept_ids":[99]`, apierror.DeptNotFound},
			{fmt.Sprintf(`[%d]`, label), `[7]`, apierror.ParameterInvalid},
			{`13434343434`, `1343434`, apierror.MobileInvalid},
			{`"name":"小明",`, ``, apierror.ParameterMissing},
		} {
			w.refused("/topapi/extcontact/create", strings.Replace(create, tc.change, tc.to, 1), tc.want)
		}
		w.refused("/topapi/extcontact/list", `{"size":101}`, apierror.SizeInvalid)
		w.refused("/topapi/extcontact/list", `{"offset":-1}`, apierror.OffsetInvalid)

		// Who a contact names may leave; what a change leaves alone stays.
		w.want("/topapi/v2/user/delete", `{"userid":"a"}`, `{}`)
		w.want("/topapi/extcontact/update", fmt.Sprintf(`{"contact":{"user_id":%q,"title":"经理"}}`, user), `{}`)
		w.refused("/topapi/extcontact/update", fmt.Sprintf(`{"contact":{"user_id":%q,"follower_user_id":"a"}}`, user), apierror.UserInvalid)

		w.want("/topapi/extcontact/delete", get, `{}`)
		w.refused("/topapi/extcontact/delete", get, apierror.ContactNotFound)
		w.refused("/topapi/extcontact/get", get, apierror.ContactNotFound)
		w.refused("/topapi/extcontact/update", fmt.Sprintf(`{"contact":{"user_id":%q}}`, user), apierror.ContactNotFound)
	})
}

func TestContactIsMasked(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, w *world) {
		w.hire("a", "甲", 1, 1)
		user := ask[struct{ UserID string }](w, "/topapi/extcontact/create", fmt.Sprintf(
			`{"contact":{"name":"小明","mobile":"13434343434","label_ids":[%d],"follower_user_id":"a","address":"江边路 1 号"}}`, w.label())).UserID
		got, err := w.as(func(c *op.Caller) { c.Grade = scope.R1 }).call("/topapi/extcontact/get", fmt.Sprintf(`{"user_id":%q}`, user))
		if err != nil || strings.Contains(got, "13434343434") || strings.Contains(got, "小明") || strings.Contains(got, "江边路") {
			t.Errorf("an app of grade R1 is told %s, %v", got, err)
		}
	})
}

// label returns one of the labels that a corp begins with.
func (w *world) label() int64 {
	w.t.Helper()
	return ask[struct {
		Results []struct{ Labels []struct{ ID int64 } }
	}](w, "/topapi/extcontact/listlabelgroups", `{}`).Results[0].Labels[0].ID
}
