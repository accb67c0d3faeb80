package app_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/gatepost/gatepost/internal/apierror"
	"github.com/gatepost/gatepost/internal/app"
	"github.com/gatepost/gatepost/internal/id"
	"github.com/gatepost/gatepost/internal/op"
	"github.com/gatepost/gatepost/internal/scope"
	"github.com/gatepost/gatepost/internal/store"
	"github.com/gatepost/gatepost/internal/store/storetest"
)

// company is a corp with department 1 and the person "li", whose app called once.
type company struct{ called id.Agent }

func (company) DepartmentNames(_ context.Context, _ id.Corp, depts []id.Dept) (map[id.Dept]string, error) {
	names := map[id.Dept]string{}
	for _, d := range depts {
		if d == id.RootDept {
			names[d] = "Demo Co"
		}
	}
	return names, nil
}

func (company) PersonNames(_ context.Context, _ id.Corp, users []id.User) (map[id.User]string, error) {
	names := map[id.User]string{}
	for _, u := range users {
		if u == "li" {
			names[u] = "李娜"
		}
	}
	return names, nil
}

func (c *company) LastCalls(context.Context, id.Corp, []id.Agent) (map[id.Agent]time.Time, error) {
	return map[id.Agent]time.Time{c.called: start}, nil
}

type answered struct {
	Name string `json:"name" grade:"R1"`
	Tel  string `json:"tel" grade:"R2" mask:"phone" needs:"fieldMobile"`
}

// desk is the console of one administrator.
type desk struct {
	t    *testing.T
	apps *app.Apps
	co   *company
	ops  map[string]op.Operation
}

func newDesk(t *testing.T, db *store.DB) *desk {
	t.Helper()
	a, _ := apps(t, db)
	d := &desk{t: t, apps: a, co: &company{}, ops: map[string]op.Operation{}}
	a.Names, a.Activity = d.co, d.co
	a.Operations = func() []op.Operation {
		return []op.Operation{op.V1("/topapi/v2/user/get", func(context.Context, op.Caller, *op.None) (*answered, error) { return nil, nil },
			op.Spec{Title: "查询用户详情", TitleEN: "Get a person", Doc: "for a test", Verb: op.Read, Group: "test", Scope: scope.Member}),
			op.V2("POST /v1.0/oauth2/accessToken", func(context.Context, op.Caller, *op.None) (*op.None, error) { return nil, nil },
				op.Spec{Title: "获取令牌", TitleEN: "Get a token", Doc: "for a test", As: op.Anyone, Verb: op.Read, Group: "test"})}
	}
	a.Unoffered = func() []app.Known {
		return []app.Known{{Dialect: op.DialectV2, Route: app.Route{Method: "POST", Path: "/v1.0/activity/meta"}, Title: "创建活动", Grade: scope.W1},
			{Dialect: op.DialectV1, Route: app.Route{Path: "/crm/contact/create"}, Title: "创建联系人"}}
	}
	a.Docs = func(o *op.Operation) string { return "/docs/" + o.Title }
	for _, o := range a.Console() {
		d.ops[o.Name()] = o
	}
	return d
}

// call makes one call and returns the answer as the console reads it.
func (d *desk) call(name, body string) (map[string]any, error) {
	d.t.Helper()
	o, ok := d.ops[name]
	if !ok {
		d.t.Fatalf("no operation %s", name)
	}
	who := op.Caller{As: op.Admin, Corp: corp, User: "li", Grade: scope.R2, Lang: "en"}
	q, _, err := o.Decode(&op.Request{Method: "POST", Path: o.Path, Head: noHead{}, Body: strings.NewReader(body), Length: int64(len(body))}, op.Vars{}, who)
	if err != nil {
		return nil, err
	}
	resp, err := o.Invoke(d.t.Context(), who, q)
	if err != nil {
		return nil, err
	}
	if masked := o.Mask(resp, who, op.Policy{}); len(masked) > 0 {
		d.t.Errorf("%s masks %v for an administrator", name, masked)
	}
	a, err := o.Reply(1, resp)
	if err != nil {
		d.t.Fatal(err)
	}
	var out map[string]any
	if err := json.Unmarshal(a.Body, &out); err != nil {
		d.t.Fatal(err)
	}
	return out, nil
}

// must is a call that succeeds.
func (d *desk) must(name, format string, args ...any) map[string]any {
	d.t.Helper()
	out, err := d.call(name, fmt.Sprintf(format, args...))
	if err != nil {
		d.t.Fatalf("%s: %v", name, err)
	}
	return out
}

type noHead struct{}

func (noHead) Get(string) string { return "" }

func (noHead) Values(string) []string { return nil }

func TestConsole(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		d := newDesk(t, db)
		made := d.must("app.create", `{"name":"hello","scopes":["qyapi_base"],"dataGrade":"R1"}`)
		agent, secret := int64(made["agentId"].(float64)), made["appSecret"].(string)
		d.co.called = id.Agent(agent)
		at := float64(start.UnixMilli())

		d.must("app.update", `{"agentId":%d,"description":"d","ips":["10.0.0.1"],"signatures":["gp-hmac-sha256"],"development":true,"public":true,"dialects":["v2","v1"],"redirectUrls":["http://127.0.0.1:3000/cb"],"range":{"departments":[1],"users":["li"]}}`, agent)
		d.must("app.scope.grant", `{"agentId":%d,"scopes":["fieldMobile"],"reason":"calls people"}`, agent)
		got := d.must("app.get", `{"agentId":%d}`, agent)
		want := map[string]any{
			"agentId": float64(agent), "appKey": made["appKey"], "name": "hello", "description": "d", "state": "enabled", "dataGrade": "R1",
			"strict": false, "ids": "plain", "createdAt": at, "ips": []any{"10.0.0.1"}, "redirectUrls": []any{"http://127.0.0.1:3000/cb"},
			"signatures": []any{"gp-hmac-sha256"}, "requireSignature": true, "development": true, "public": true, "dialects": []any{"v1", "v2"},
			"secrets": []any{map[string]any{"id": got["secrets"].([]any)[0].(map[string]any)["id"], "hint": secret[60:], "createdAt": at}},
			"scopes": []any{
				map[string]any{"scope": "fieldMobile", "title": "People's mobile numbers", "grade": "R2", "reason": "calls people", "grantedBy": "li", "grantedAt": at},
				map[string]any{"scope": "qyapi_base", "title": "Basic access to the company's operations", "grade": "R1", "reason": "granted when the app was created", "grantedBy": "li", "grantedAt": at},
			},
			"range": map[string]any{"all": false, "departments": []any{map[string]any{"deptId": 1.0, "name": "Demo Co"}}, "users": []any{map[string]any{"userId": "li", "name": "李娜"}}},
		}
		if !reflect.DeepEqual(got, want) {
			t.Errorf("app.get answers\n%v, want\n%v", got, want)
		}

		list := d.must("app.list", `{}`)
		want = map[string]any{"hasMore": false, "totalCount": 1.0, "list": []any{map[string]any{"agentId": float64(agent), "appKey": made["appKey"],
			"name": "hello", "description": "d", "state": "enabled", "dataGrade": "R1", "scopes": 2.0, "createdAt": at, "lastCallAt": at}}}
		if !reflect.DeepEqual(list, want) {
			t.Errorf("app.list answers\n%v, want\n%v", list, want)
		}

		rotated := d.must("app.secret.rotate", `{"agentId":%d}`, agent)
		if rotated["oldExpiresAt"] != at+24*3600*1000 || rotated["appSecret"] == secret {
			t.Errorf("app.secret.rotate answers %v", rotated)
		}
		if now := d.must("app.secret.rotate", `{"agentId":%d,"keepOldFor":"0s"}`, agent); len(now) != 1 {
			t.Errorf("app.secret.rotate without keeping answers %v", now)
		}
		d.must("app.scope.revoke", `{"agentId":%d,"scope":"fieldMobile"}`, agent)
		d.must("app.update", `{"agentId":%d,"state":"disabled","range":{"all":true,"users":["nobody"]}}`, agent)
		d.must("app.delete", `{"agentId":%d,"confirm":"hello"}`, agent)
		if left := d.must("app.list", `{}`); left["totalCount"] != 0.0 || !reflect.DeepEqual(left["list"], []any{}) {
			t.Errorf("after the end app.list answers %v", left)
		}
	})
}

func TestConsoleRefuses(t *testing.T) {
	t.Parallel()
	d := newDesk(t, storetest.Open(t))
	made := d.must("app.create", `{"name":"hello"}`)
	agent := int64(made["agentId"].(float64))
	only := d.must("app.get", `{"agentId":%d}`, agent)["secrets"].([]any)[0].(map[string]any)["id"]
	for _, tc := range []struct {
		name, op, body string
		want           *apierror.Error
	}{
		{"no name", "app.create", `{}`, apierror.ParameterMissing},
		{"taken name", "app.create", `{"name":"hello"}`, apierror.ParameterInvalid},
		{"unknown scope", "app.create", `{"name":"x","scopes":["qyapi_bas"]}`, apierror.ScopeUnknown},
		{"unknown state", "app.list", `{"state":"asleep"}`, apierror.ParameterInvalid},
		{"page too large", "app.list", `{"size":101}`, apierror.ParameterInvalid},
		{"cursor", "app.list", `{"cursor":"?"}`, apierror.ParameterInvalid},
		{"unknown app", "app.get", `{"agentId":1}`, apierror.AgentUnknown},
		{"unknown department", "app.update", `{"agentId":%d,"range":{"departments":[77]}}`, apierror.DeptNotFound},
		{"unknown person", "app.update", `{"agentId":%d,"range":{"users":["nobody"]}}`, apierror.UserNotFound},
		{"address", "app.update", `{"agentId":%d,"ips":["10.0.0.999"]}`, apierror.ParameterInvalid},
		{"other name", "app.delete", `{"agentId":%d,"confirm":"Hello"}`, apierror.ConfirmMismatch},
		{"keep for ever", "app.secret.rotate", `{"agentId":%d,"keepOldFor":"721h"}`, apierror.ParameterInvalid},
		{"keep what", "app.secret.rotate", `{"agentId":%d,"keepOldFor":"a day"}`, apierror.ParameterInvalid},
		{"unknown secret", "app.secret.revoke", `{"agentId":%d,"id":"x"}`, apierror.SecretUnknown},
		{"last secret", "app.secret.revoke", `{"agentId":%d,"id":"` + fmt.Sprint(only) + `"}`, apierror.SecretLast},
		{"no reason", "app.scope.grant", `{"agentId":%d,"scopes":["qyapi_base"]}`, apierror.ParameterMissing},
		{"no scopes", "app.scope.grant", `{"agentId":%d,"scopes":[],"reason":"r"}`, apierror.ParameterMissing},
		{"unknown scope to revoke", "app.scope.revoke", `{"agentId":%d,"scope":"x"}`, apierror.ScopeUnknown},
	} {
		body := strings.ReplaceAll(tc.body, "%d", fmt.Sprint(agent))
		if _, err := d.call(tc.op, body); !errors.Is(err, tc.want) {
			t.Errorf("%s: %v, want %v", tc.name, err, tc.want)
		}
	}
}

func TestListPagesAndSearches(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		d := newDesk(t, db)
		for i := range 7 {
			d.must("app.create", `{"name":"App %d"}`, i)
		}
		d.must("app.create", `{"name":"100%% 完成"}`)
		seen, cursor := map[any]bool{}, ""
		for pages := 0; ; pages++ {
			page := d.must("app.list", `{"size":3,"cursor":"%s"}`, cursor)
			for _, item := range page["list"].([]any) {
				seen[item.(map[string]any)["name"]] = true
			}
			if page["totalCount"] != 8.0 || pages > 2 {
				t.Fatalf("page %d: %v", pages, page)
			}
			if page["hasMore"] == false {
				break
			}
			cursor = page["nextCursor"].(string)
		}
		if len(seen) != 8 {
			t.Errorf("the pages have %v", seen)
		}
		for search, want := range map[string]float64{"app": 7, "APP 3": 1, "%": 1, "完成": 1, "_": 0, "nothing": 0} {
			if got := d.must("app.list", `{"search":"%s"}`, search)["totalCount"]; got != want {
				t.Errorf("search %q finds %v, want %v", search, got, want)
			}
		}
		if got := d.must("app.list", `{"state":"disabled"}`)["totalCount"]; got != 0.0 {
			t.Errorf("%v are disabled", got)
		}
	})
}

// What the catalogue has, narrowed in each way.
func TestOperationList(t *testing.T) {
	t.Parallel()
	d := newDesk(t, storetest.Open(t))
	const get, token, meta, crm = "/topapi/v2/user/get", "POST /v1.0/oauth2/accessToken", "POST /v1.0/activity/meta", "/crm/contact/create"
	d.must("operation.switch", `{"operation":"%s","state":"closed","reason":"x"}`, get)
	for _, tc := range []struct {
		ask  string
		want []any
	}{
		{`{}`, []any{get}},
		{`{"which":"offered"}`, []any{get, token}},
		{`{"which":"known"}`, []any{meta, crm}},
		{`{"which":"all"}`, []any{get, token, meta, crm}},
		{`{"which":"all","dialect":"v1"}`, []any{get, crm}},
		{`{"which":"all","grade":"R2"}`, []any{get}},
		{`{"which":"all","grade":"W1"}`, []any{meta}},
		{`{"which":"all","scope":"qyapi_get_member"}`, []any{get}},
		{`{"which":"all","search":"联系人"}`, []any{crm}},
		{`{"which":"all","state":"closed"}`, []any{get}},
		{`{"which":"all","state":"open"}`, []any{}},
	} {
		got := []any{}
		for _, item := range d.must("operation.list", "%s", tc.ask)["list"].([]any) {
			got = append(got, item.(map[string]any)["operation"])
		}
		if !reflect.DeepEqual(got, tc.want) {
			t.Errorf("%s lists %v, want %v", tc.ask, got, tc.want)
		}
	}
}

func TestOperationGet(t *testing.T) {
	t.Parallel()
	d := newDesk(t, storetest.Open(t))
	got := d.must("operation.get", `{"operation":"/topapi/v2/user/get"}`)
	if got["docs"] != "/docs/查询用户详情" || got["doc"] != "for a test" || got["caller"] != "app" {
		t.Errorf("operation.get answers %v", got)
	}
	field := map[string]any{}
	for _, f := range got["answer"].([]any) {
		if f := f.(map[string]any); f["field"] == "tel" {
			field = f
		}
	}
	want := map[string]any{"field": "tel", "type": "string", "required": false, "doc": "", "grade": "R2", "mask": "phone", "needs": "fieldMobile"}
	if !reflect.DeepEqual(field, want) {
		t.Errorf("the field is %v, want %v", field, want)
	}
	known := d.must("operation.get", `{"operation":"POST /v1.0/activity/meta"}`)
	if item := known["item"].(map[string]any); item["offered"] != false || item["title"] != "创建活动" {
		t.Errorf("what is not offered is answered as %v", known)
	}
	if _, err := d.call("operation.get", `{"operation":"/no/such"}`); apierror.From(err).Rule != apierror.ParameterInvalid {
		t.Errorf("what nobody knows: %v", err)
	}
}

func TestScopeList(t *testing.T) {
	t.Parallel()
	d := newDesk(t, storetest.Open(t))
	opened := []any{map[string]any{"method": "GET|POST", "path": "/topapi/v2/user/get", "title": "Get a person", "grade": "R2"}}
	list := d.must("scope.list", `{}`)["list"].([]any)
	if len(list) != len(scope.All()) {
		t.Errorf("%d permission points, not %d", len(list), len(scope.All()))
	}
	for _, entry := range list {
		e := entry.(map[string]any)
		want := []any{}
		if e["scope"] == "qyapi_get_member" || e["scope"] == "fieldMobile" {
			want = opened
		}
		if !reflect.DeepEqual(e["operations"], want) {
			t.Errorf("%s opens %v, want %v", e["scope"], e["operations"], want)
		}
	}
}

func TestLastUseOfASecret(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		d := newDesk(t, db)
		made := d.must("app.create", `{"name":"hello"}`)
		used := func() any {
			return d.must("app.get", `{"agentId":%v}`, made["agentId"])["secrets"].([]any)[0].(map[string]any)["lastUsedAt"]
		}
		if used() != nil {
			t.Errorf("used at %v before it was", used())
		}
		at := start.Add(time.Minute)
		byKey(t, d.apps, id.App(made["appKey"].(string))).Accepts(made["appSecret"].(string), at)
		if used() != float64(at.UnixMilli()) {
			t.Errorf("before it is written: used at %v", used())
		}
		ctx, cancel := context.WithCancel(t.Context())
		cancel() // Run writes once more when it ends
		if err := d.apps.Run(ctx); err != nil {
			t.Fatal(err)
		}
		if used() != float64(at.UnixMilli()) {
			t.Errorf("after it is written: used at %v", used())
		}
	})
}
