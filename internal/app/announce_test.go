package app_test

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/go-json-experiment/json"

	"github.com/gatepost/gatepost/internal/app"
	"github.com/gatepost/gatepost/internal/directory"
	"github.com/gatepost/gatepost/internal/event"
	"github.com/gatepost/gatepost/internal/id"
	"github.com/gatepost/gatepost/internal/keyring/keyringtest"
	"github.com/gatepost/gatepost/internal/op"
	"github.com/gatepost/gatepost/internal/store"
	"github.com/gatepost/gatepost/internal/store/storetest"
)

// told remembers what was announced in the run that was committed.
type told struct{ list []string }

func (a *told) Emit(tx *store.Tx, _ id.Corp, n event.Name, object string, payload any) (id.Event, error) {
	text, err := json.Marshal(payload)
	if err != nil {
		return 0, err
	}
	tx.After(func() { a.list = append(a.list, fmt.Sprintf("%s %s %s", n, object, text)) })
	return 1, nil
}

// unannounced are console operations that write and announce nothing, with the reason.
var unannounced = map[string]string{
	"app.delete":        "no known event tells of an internal app that is gone",
	"app.secret.rotate": "secrets are nobody else's matter",
	"app.secret.revoke": "secrets are nobody else's matter",
	"app.scope.grant":   "no known event tells the permission points of an internal app",
	"app.scope.revoke":  "no known event tells the permission points of an internal app",
	"operation.switch":  "what is open to apps is a setting, and no known event tells settings",
	"corp.settings.set": "no known event tells settings",
}

// Every console operation on applications that writes announces what it changed,
// or says why it does not.
func TestEveryWriteIsAnnounced(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		d := newDesk(t, db)
		heard := &told{}
		d.apps.Events = heard
		made := d.must("app.create", `{"name":"crm","description":"客户"}`)
		agent, key := fmt.Sprintf("%.0f", made["agentId"]), fmt.Sprint(made["appKey"])
		want := []string{`inner_app_release app:{agent} {"unifiedAppId":"{key}","name":"crm","desc":"客户","icon":"","operatorUnionId":""}`}
		check := func(what string, want []string) {
			t.Helper()
			for i := range want {
				want[i] = strings.NewReplacer("{agent}", agent, "{key}", key).Replace(want[i])
			}
			if !slices.Equal(heard.list, want) {
				t.Errorf("%s announces\n%s\nnot\n%s", what, strings.Join(heard.list, "\n"), strings.Join(want, "\n"))
			}
			heard.list = nil
		}
		check("app.create", want)
		for _, tc := range []struct {
			change string
			want   []string
		}{
			{`"state":"disabled"`, []string{`inner_app_status_change app:{agent} {"unifiedAppId":"{key}","status":"disabled","operatorUnionId":""}`}},
			{`"state":"disabled"`, nil},
			{`"name":"crm2","strict":true`, nil},
			{`"range":{"departments":[1,1],"users":["li"]}`, []string{`inner_app_scopes_change app:{agent} {"unifiedAppId":"{key}","deptIds":[1],"userIds":["li"],"roleIds":[],"operatorUnionId":""}`}},
			{`"range":{"departments":[1],"users":["li"]}`, nil},
			{`"state":"enabled","range":{"all":true}`, []string{`inner_app_status_change app:{agent} {"unifiedAppId":"{key}","status":"enabled","operatorUnionId":""}`,
				`inner_app_scopes_change app:{agent} {"unifiedAppId":"{key}","deptIds":[1],"userIds":[],"roleIds":[],"operatorUnionId":""}`}},
		} {
			d.must("app.update", `{"agentId":%s,%s}`, agent, tc.change)
			check(tc.change, tc.want)
		}
		for name, body := range map[string]string{
			"app.secret.rotate": `{"agentId":%s}`,
			"app.scope.grant":   `{"agentId":%s,"scopes":["qyapi_get_member"],"reason":"r"}`,
			"app.scope.revoke":  `{"agentId":%s,"scope":"qyapi_get_member"}`,
		} {
			d.must(name, body, agent)
		}
		d.must("app.delete", `{"agentId":%s,"confirm":"crm2"}`, agent)
		check("the rest", nil)

		announced := []string{"app.create", "app.update"}
		for name, o := range d.ops {
			if o.Verb != op.Read && !slices.Contains(announced, name) && unannounced[name] == "" {
				t.Errorf("%s announces nothing, for no reason", name)
			}
		}
		for name := range maps.Keys(unannounced) {
			if o, ok := d.ops[name]; !ok || o.Verb == op.Read {
				t.Errorf("%s does not write", name)
			}
		}
	})
}

// Who changed an application is told by unionid, if it was an employee.
func TestTheOperatorIsTold(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		a, clk := apps(t, db)
		heard := &told{}
		a.Events = heard
		people := directory.New(db, clk, keyringtest.New(t, db))
		if err := people.CreateCorp(t.Context(), directory.Corp{ID: corp, Name: "示例公司"}); err != nil {
			t.Fatal(err)
		}
		if _, err := people.CreatePerson(t.Context(), corp, directory.NewPerson{ID: "li", Union: "union-li", Departments: []id.Dept{1},
			Profile: directory.Profile{Name: "李", Mobile: "13800000001"}}); err != nil {
			t.Fatal(err)
		}
		made, _ := create(t, a, app.NewApp{Name: "crm", By: "li"})
		off := app.Disabled
		if err := a.Update(t.Context(), corp, made.Agent, app.Change{State: &off, By: "li"}); err != nil {
			t.Fatal(err)
		}
		for _, line := range heard.list {
			if !strings.Contains(line, `"operatorUnionId":"union-li"`) {
				t.Errorf("announced %s", line)
			}
		}
		if len(heard.list) != 2 {
			t.Errorf("announced %q", heard.list)
		}
	})
}
