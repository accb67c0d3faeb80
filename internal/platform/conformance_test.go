package platform_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/gatepost/gatepost/internal/app"
	"github.com/gatepost/gatepost/internal/callback"
	"github.com/gatepost/gatepost/internal/directory"
	"github.com/gatepost/gatepost/internal/event"
	"github.com/gatepost/gatepost/internal/id"
	"github.com/gatepost/gatepost/internal/op"
	"github.com/gatepost/gatepost/internal/platformtest"
	"github.com/gatepost/gatepost/internal/scope"
	"github.com/gatepost/gatepost/internal/signature"
)

// What an operation declares holds on the wire: who may call it, which fields
// it needs and of which type they are, what it answers, and what of that is
// masked. The checks read the declaration, so an operation that is added is
// checked without a line here; one whose plain request needs a value of its own
// gets it in values.
func TestConformance(t *testing.T) {
	t.Parallel()
	platformtest.Each(t, func(t *testing.T, w *platformtest.World) {
		full, masked, bare := newCompany(t, w, "full", scope.R2), newCompany(t, w, "masked", scope.R1), newCompany(t, w, "bare", scope.R2)
		for _, g := range scope.All() {
			if err := w.Apps.Revoke(t.Context(), bare.app.Corp, bare.app.Agent, g.Name); err != nil {
				t.Fatal(err)
			}
		}
		compared := 0
		for _, o := range w.Catalogue.Operations() {
			for _, c := range checks() {
				c.run(&examination{t: t, op: &o, do: w.Do, full: full, masked: masked, bare: bare, compared: &compared,
					complain: func(format string, args ...any) {
						t.Errorf("%s: %s: %s", o.Name(), c.name, fmt.Sprintf(format, args...))
					}})
			}
		}
		if compared < 10 {
			t.Errorf("only %d masked fields were seen: the company of this test has too little to hide", compared)
		}
	})
}

// A platform that lets everybody do everything, takes every request, and
// answers something else than it declares, fails every check.
func TestConformanceCanFail(t *testing.T) {
	t.Parallel()
	type request struct {
		UserID string `json:"userid" required:"true" doc:"who"`
		Size   int64  `json:"size" required:"true" doc:"how many"`
	}
	type response struct {
		Name   string `json:"name" grade:"R1"`
		Mobile string `json:"mobile" grade:"R2" mask:"phone"`
	}
	handler := func(context.Context, op.Caller, *request) (*response, error) { return &response{}, nil }
	spec := op.Spec{Title: "坏", TitleEN: "Broken", Doc: "Broken.", Verb: op.Read, Scope: scope.Member, Group: "broken"}
	w := platformtest.Start(t)
	of := newCompany(t, w, "any", scope.R2)
	for _, o := range []op.Operation{op.V1("/topapi/broken", handler, spec), op.V2("POST /v1.0/broken", handler, spec)} {
		body := `{"nick":"x","mobile":"13800000001"}`
		if o.Dialect == op.DialectV1 {
			body = `{"errcode":0,"errmsg":"ok","result":` + body + `,"request_id":"x"}`
		}
		broken := func(platformtest.Call) platformtest.Answer {
			return platformtest.Answer{Status: http.StatusOK, Body: []byte(body)}
		}
		for _, c := range checks() {
			complaints, compared := 0, 0
			c.run(&examination{t: t, op: &o, do: broken, full: of, masked: of, bare: of, compared: &compared,
				complain: func(string, ...any) { complaints++ }})
			if complaints == 0 {
				t.Errorf("%s: %s finds nothing wrong", o.Name(), c.name)
			}
		}
	}
}

// examination is of one operation. Calls are made with do, and what is wrong is
// told to complain.
type examination struct {
	t        *testing.T
	op       *op.Operation
	do       func(platformtest.Call) platformtest.Answer
	complain func(format string, args ...any)

	full     *company // whose app may and sees everything
	masked   *company // whose app may everything, and sees sensitive fields masked
	bare     *company // whose app may nothing
	compared *int     // masked fields that were seen
}

type check struct {
	name string
	run  func(*examination)
}

func checks() []check {
	return []check{
		{"without a token", (*examination).withoutToken},
		{"with a forged token", (*examination).forged},
		{"without the permission point", (*examination).withoutScope},
		{"without a required field", (*examination).withoutField},
		{"with a field of the wrong type", (*examination).wrongType},
		{"the answer", (*examination).answers},
		{"masks", (*examination).masks},
	}
}

// company is a company with one of everything, and an application in it.
type company struct {
	app     platformtest.App
	suite   platformtest.App // which the company opened itself
	session string
	values  map[string]func() any // of fields, by name; "operation field" comes first
	token   func(*op.Operation) string
}

func newCompany(t *testing.T, w *platformtest.World, name string, grade scope.Grade) *company {
	t.Helper()
	corp, session := w.Corp(name)
	w.Department(corp, 10, id.RootDept, "研发")
	n := directory.NewPerson{ID: "lina", Departments: []id.Dept{10}}
	n.Profile = directory.Profile{Name: "李娜", Email: "lina@example.com", OrgEmail: "lina@corp.example", LoginEmail: "li@example.com", WorkPlace: "杭州",
		Remark: "秘密", JobNumber: "A1", Active: true, Manager: "admin", LoginID: "lina01", Extension: map[string]string{"爱好": "旅游"}}
	n.SetMobile(platformtest.Mobile("lina"))
	lina, err := w.Directory.CreatePerson(t.Context(), corp, n)
	if err != nil {
		t.Fatal(err)
	}
	group, err := w.Directory.AddRoleGroup(t.Context(), corp, "岗位")
	if err != nil {
		t.Fatal(err)
	}
	role, err := w.Directory.AddRole(t.Context(), corp, group, "工程师")
	if err != nil {
		t.Fatal(err)
	}
	if err := w.Directory.GiveRoles(t.Context(), op.Caller{Corp: corp, Range: op.Everything}, []id.Role{role}, []id.User{"lina"}); err != nil {
		t.Fatal(err)
	}
	labels, err := w.Directory.LabelGroups(t.Context(), corp, directory.Page{Size: 1})
	if err != nil {
		t.Fatal(err)
	}
	contact, err := w.Directory.AddContact(t.Context(), corp, directory.Contact{Name: "张三丰", Mobile: "13700000001", StateCode: "86", Follower: "lina",
		Email: "zhang@example.com", Address: "武当山", Remark: "秘密", Labels: []int64{int64(labels[0].Labels[0].ID)}})
	if err != nil {
		t.Fatal(err)
	}
	var all []scope.Name
	for _, s := range scope.All() {
		all = append(all, s.Name)
	}
	a := w.App(corp, name, all...)
	w.Change(a, app.Change{Grade: &grade})
	if _, err := w.Events.Subscribe(t.Context(), event.Subscription{Corp: corp, Agent: a.Agent, Way: event.Database, State: event.Off,
		Settings: `{"engine":"mysql","address":"127.0.0.1:3306","database":"d","user":"u","tls":"off","subscriber":"1_0"}`}); err != nil {
		t.Fatal(err)
	}
	sso, err := w.Identity.SSOSecret(t.Context(), corp)
	if err != nil {
		t.Fatal(err)
	}

	if _, err := w.Events.Subscribe(t.Context(), event.Subscription{Corp: corp, Agent: a.Agent, Way: event.Callback, Origin: callback.FromAPI, Target: "https://crm.example/hook",
		Secret: `{"token":"123456","aesKey":"1234567890123456789012345678901234567890123"}`, Names: []event.Name{event.UserAdded}, State: event.Paused}); err != nil {
		t.Fatal(err)
	}

	const redirectURL = "https://crm.example/cb"
	w.Change(a, app.Change{RedirectURLs: &[]string{redirectURL}})

	vendor, of := w.Suite(corp, name+" suite", nil, scope.Base)
	opened := w.Opened(corp, vendor)
	ticket, _ := w.Suites.Present(of)
	suiteToken := w.SuiteToken(vendor, of)
	permanent := w.Suites.Permanent(opened)

	c := &company{app: a, suite: vendor, session: session}
	now := strconv.FormatInt(w.Now().UnixMilli(), 10)
	c.values = map[string]func() any{
		"GET /v1.0/oauth2/ssoUserInfo code":       func() any { return adminCode(t, w, a) },
		"dingtalk.oapi.sso.getuserinfo code":      func() any { return adminCode(t, w, a) },
		"dingtalk.oapi.sso.gettoken corpsecret":   func() any { return sso },
		"dingtalk.oapi.extcontact.get user_id":    func() any { return contact },
		"POST /v1.0/oauth2/{corpId}/token corpId": func() any { return corp },
		"app.secret.revoke id":                    func() any { return "a secret's id" },
		"operation.get operation":                 func() any { return "/topapi/v2/user/get" },
		"limit.remove id":                         func() any { return "a rule's id" },
		"limit.try window":                        func() any { return "day" },
		"limit.package.remove id":                 func() any { return "a package's id" },
		"dingtalk.oapi.service.get_agent agentid": func() any { return opened.Agent },
		"code":          func() any { return w.Code(a, "lina") },
		"tmp_auth_code": func() any { return w.Code(a, "lina") },
		"requestId":     func() any { return w.V1(w.Token(a), "/get_jsapi_ticket", "").Head.Get("X-Gatepost-Request-Id") },
	}
	for names, value := range map[string]any{
		"appkey appKey client_id clientId accessKey": a.Key, "appsecret appSecret client_secret clientSecret corpsecret": a.Secret,
		"corpid corpId": corp, "ssoSecret": sso, "grant_type": "client_credentials", "grantType": "authorization_code",
		"timestamp timeStamp": now, "signature": signature.SNS(a.Secret, now), "url": "https://example.com/", "nonceStr": "n",
		"suite_key suiteKey": vendor.Key, "suite_secret suiteSecret": vendor.Secret, "suite_ticket suiteTicket": ticket,
		"auth_corpid authCorpId": corp, "permanent_code": permanent, "app_id": of.App,
		"redirect_uri": redirectURL, "response_type": "code", "scope": "openid",
		"user": "admin", "password": platformtest.Password, "userid userId user_id": "lina", "unionid unionId": lina.Union, "mobile": lina.Mobile,
		"dept_id deptId department_id id parent_id parentid": 10, "role_id roleId": role, "group_id groupId": group, "agentId appId": a.Agent,
		"cursor offset": 0, "size": 10, "queryWord": "李娜", "only_active": false, "onlyActive": 0,
		"roleIds": []id.Role{role}, "userIds useridlist": []string{"lina"}, "dept_id_list department": []int{10}, "label_ids": []int{1},
	} {
		for field := range strings.FieldsSeq(names) {
			c.values[field] = func() any { return value }
		}
	}
	c.drafts(t, w, name)
	c.events(t, w)
	c.token = func(o *op.Operation) string {
		switch {
		case o.As >= op.Session:
			return session
		case o.Scope == scope.SSOUserInfo:
			body := fmt.Sprintf(`{"corpid":%q,"ssoSecret":%q}`, corp, sso)
			return w.V2("", "POST", "/v1.0/oauth2/ssoAccessToken", body).OK(t)["accessToken"].(string)
		case o.As == op.Suite:
			return suiteToken
		case o.As == op.Person:
			access, _ := w.UserToken(a, "lina")
			return access
		case o.As == op.Anyone:
			return ""
		}
		return w.Token(a)
	}
	return c
}

// drafts gives the company an API with two publications.
func (c *company) drafts(t *testing.T, w *platformtest.World, group string) {
	t.Helper()
	document, err := os.ReadFile("testdata/apis/hr.yaml")
	if err != nil {
		t.Fatal(err)
	}
	for _, o := range w.APIs.Console() {
		c.values[o.Name()+" group"] = func() any { return group }
		c.values[o.Name()+" version"] = func() any { return "v1" }
	}
	w.Console(c.session, "api.import", encoded(map[string]any{"group": group, "document": string(document), "upstream": []string{"http://192.0.2.1"}})).OK(t)
}

// events gives the company's app a subscription, of which an event waits, and
// what was told again.
func (c *company) events(t *testing.T, w *platformtest.World) {
	t.Helper()
	sub := w.Console(c.session, "event.subscription.create", fmt.Sprintf(`{"agentId":%d,"names":["*"]}`, c.app.Agent)).OK(t)["subscriptionId"]
	w.Person(c.app.Corp, "wang", "王伟", id.RootDept)
	happened := w.Console(c.session, "event.list", `{"size":1}`).OK(t)["list"].([]any)[0].(map[string]any)["eventId"]
	again := w.Console(c.session, "event.replay", fmt.Sprintf(`{"subscriptionId":%q,"fromEventId":%q}`, sub, happened)).OK(t)["replay"].(map[string]any)["replayId"]
	for field, value := range map[string]any{"subscriptionId": sub, "eventId": happened, "eventIds": []any{happened}, "replayId": again, "names": []string{"*"}} {
		c.values[field] = func() any { return value }
	}
	c.values["event.replay fromEventId"] = func() any { return happened }
}

func adminCode(t *testing.T, w *platformtest.World, a platformtest.App) string {
	t.Helper()
	held, err := w.Apps.ByAgent(t.Context(), a.Corp, a.Agent)
	if err != nil {
		t.Fatal(err)
	}
	c, err := w.Identity.AdminCode(t.Context(), held, "admin")
	if err != nil {
		t.Fatal(err)
	}
	return c.Text
}

// alternatives are optional fields without which an operation cannot be called:
// it needs one of several.
var alternatives = map[string][]string{
	"dingtalk.oapi.gettoken":               {"appkey", "appsecret"},
	"dingtalk.oapi.service.get_corp_token": {"permanent_code"},
	"POST /v1.0/oauth2/userAccessToken":    {"code", "clientSecret"},
	"limit.try":                            {"agentId"},
	"api.lint":                             {"group"},
	"event.replay":                         {"subscriptionId", "fromEventId"},
}

// plain is the shortest request of o that c's people and things make sense of.
func (c *company) plain(o *op.Operation) map[string]any {
	return c.object(o.Request, func(f *op.Field) bool { return f.Required || slices.Contains(alternatives[o.Name()], f.Name) }, o.Name())
}

func (c *company) object(sh *op.Shape, wanted func(*op.Field) bool, name string) map[string]any {
	m := map[string]any{}
	for i := range sh.Fields {
		if f := &sh.Fields[i]; wanted(f) {
			m[f.Name] = c.value(f, name)
		}
	}
	return m
}

func (c *company) value(f *op.Field, operation string) any {
	for _, name := range []string{operation + " " + f.Name, f.Name} {
		if v := c.values[name]; v != nil {
			return v()
		}
	}
	switch {
	case len(f.Enum) > 0:
		return f.Enum[0]
	case f.Min != nil:
		return *f.Min
	}
	switch f.Shape.Kind {
	case op.Object:
		return c.object(f.Shape, func(f *op.Field) bool { return f.Required }, operation)
	case op.List:
		return []string{"1"}
	case op.Integer, op.Number:
		return 1
	case op.Boolean:
		return true
	case op.Map:
		return map[string]any{}
	case op.String, op.Text:
	}
	return "some text"
}

// request spells a request as clients of its dialect do.
func request(o *op.Operation, fields map[string]any, token string) platformtest.Call {
	body, query, path := map[string]any{}, url.Values{}, o.Path
	for name, v := range fields {
		i := slices.IndexFunc(o.Request.Fields, func(f op.Field) bool { return f.Name == name })
		switch o.Request.Fields[i].In {
		case op.InPath:
			path = strings.ReplaceAll(path, "{"+name+"}", url.PathEscape(fmt.Sprint(v)))
		case op.InQuery:
			query.Set(name, fmt.Sprint(v))
		default:
			body[name] = v
		}
	}
	if len(query) > 0 {
		path += "?" + query.Encode()
	}
	c := platformtest.Call{Method: o.Method, Path: path, Token: token}
	if c.Method != http.MethodGet {
		b, err := json.Marshal(body)
		if err != nil {
			panic(err) // of values made here
		}
		c.Body = string(b)
	}
	return c
}

// refused reports whether the answer refuses by one of the rules, or by any.
func (e *examination) refused(a platformtest.Answer, rules ...string) bool {
	rule := a.Rule(e.t)
	return rule != "" && (len(rules) == 0 || slices.Contains(rules, rule))
}

func (e *examination) withoutToken() {
	if e.op.As == op.Anyone {
		return
	}
	a := e.do(request(e.op, e.full.plain(e.op), ""))
	if !e.refused(a, "token.missing", "token.header_missing", "parameter.missing", "session.missing") {
		e.complain("%s", a)
	}
}

func (e *examination) forged() {
	if e.op.As == op.Anyone {
		return
	}
	for _, token := range []string{"x", strings.Repeat("A", 34), e.full.token(e.op) + "A"} {
		if a := e.do(request(e.op, e.full.plain(e.op), token)); !e.refused(a, "token.forged", "session.missing") {
			e.complain("%q: %s", token, a)
		}
	}
}

func (e *examination) withoutScope() {
	if e.op.Scope == "" {
		return
	}
	a := e.do(request(e.op, e.bare.plain(e.op), e.bare.token(e.op)))
	if !e.refused(a, "scope.missing") {
		e.complain("%s", a)
		return
	}
	told := strings.Contains(string(a.Body), "requiredScopes=["+string(e.op.Scope)+"]")
	if e.op.Dialect == op.DialectV2 {
		told = a.Text(e.t, "accessdenieddetail.requiredScopes") == `["`+string(e.op.Scope)+`"]`
	}
	if !told {
		e.complain("does not tell which: %s", a)
	}
}

// each calls f with every field of the request that a body or query carries, at
// any depth that the plain request has, and with the object that holds it.
func (e *examination) each(fields map[string]any, f func(f *op.Field, holder map[string]any)) {
	var walk func(sh *op.Shape, holder map[string]any)
	walk = func(sh *op.Shape, holder map[string]any) {
		for i := range sh.Fields {
			field := &sh.Fields[i]
			if field.In == op.InPath {
				continue
			}
			f(field, holder)
			if inner, ok := holder[field.Name].(map[string]any); ok && field.Shape.Kind == op.Object {
				walk(field.Shape, inner)
			}
		}
	}
	walk(e.op.Request, fields)
}

// names reports whether a refusal says which field it is about.
func (e *examination) names(a platformtest.Answer, f *op.Field) bool {
	at := a.Text(e.t, "field")
	if at == "" {
		at = a.Text(e.t, "errmsg") + a.Text(e.t, "message")
	}
	return strings.Contains(at, f.Name)
}

func (e *examination) withoutField() {
	fields, token := e.full.plain(e.op), e.full.token(e.op)
	e.each(fields, func(f *op.Field, holder map[string]any) {
		if !f.Required {
			return
		}
		was := holder[f.Name]
		delete(holder, f.Name)
		if a := e.do(request(e.op, fields, token)); !e.refused(a) || !e.names(a, f) {
			e.complain("%s: %s", f.Name, a)
		}
		holder[f.Name] = was
	})
}

// wrong are values that a field of sh does not take, whatever the dialect.
func wrong(f *op.Field) []any {
	object := map[string]any{"wrong": 1}
	switch f.Shape.Kind {
	case op.String:
		return []any{object, []int{1}}
	case op.Integer, op.Number, op.Boolean:
		return []any{object, "wrong"}
	case op.List:
		return []any{object}
	case op.Object, op.Map:
		return []any{"wrong", []int{1}}
	case op.Text: // takes anything
	}
	return nil
}

func (e *examination) wrongType() {
	token := e.full.token(e.op)
	fields := e.full.plain(e.op)
	e.each(fields, func(f *op.Field, holder map[string]any) {
		was, had := holder[f.Name]
		for _, v := range wrong(f) {
			if f.In == op.InQuery {
				if f.Shape.Kind == op.String {
					continue // any text is one
				}
				v = "wrong"
			}
			holder[f.Name] = v
			if a := e.do(request(e.op, fields, token)); !e.refused(a) || !e.names(a, f) {
				e.complain("%s=%v: %s", f.Name, v, a)
			}
		}
		if delete(holder, f.Name); had {
			holder[f.Name] = was
		}
	})
}

func (e *examination) answers() {
	if e.op.Verb != op.Read {
		return
	}
	a := e.do(request(e.op, e.full.plain(e.op), e.full.token(e.op)))
	if got, ok := e.result(a); ok {
		e.matches(e.op.Response, got, "answer")
	}
}

// result is what an answer answers, without the envelope of its dialect.
func (e *examination) result(a platformtest.Answer) (any, bool) {
	d := json.NewDecoder(bytes.NewReader(a.Body))
	d.UseNumber()
	var body any
	if err := d.Decode(&body); err != nil {
		e.complain("no JSON: %v: %s", err, a)
		return nil, false
	}
	if a.Status != http.StatusOK {
		e.complain("%s", a)
		return nil, false
	}
	if e.op.Dialect != op.DialectV1 {
		return body, true
	}
	m, ok := body.(map[string]any)
	if !ok || m["errcode"] != json.Number("0") || m["errmsg"] != "ok" {
		e.complain("%s", a)
		return nil, false
	}
	if _, ok := m["request_id"]; ok != strings.HasPrefix(e.op.Path, "/topapi/") {
		e.complain("request_id: %t: %s", ok, a)
	}
	for _, name := range []string{"errcode", "errmsg", "request_id"} {
		delete(m, name)
	}
	if e.op.Flat || len(e.op.Response.Fields) == 0 && e.op.Response.Kind == op.Object {
		return m, true
	}
	got, ok := m["result"]
	if !ok || len(m) != 1 {
		e.complain("not a result alone: %s", a)
	}
	return got, ok
}

// matches compares a value with its declaration.
func (e *examination) matches(sh *op.Shape, got any, path string) {
	var ok bool
	switch sh.Kind {
	case op.Object:
		m, is := got.(map[string]any)
		if ok = is; is {
			e.matchesFields(sh, m, path)
		}
	case op.Map:
		m, is := got.(map[string]any)
		ok = is
		for name, v := range m {
			e.matches(sh.Elem, v, path+"."+name)
		}
	case op.List:
		l, is := got.([]any)
		ok = is
		for i, v := range l {
			e.matches(sh.Elem, v, fmt.Sprintf("%s[%d]", path, i))
		}
	case op.Integer:
		n, is := got.(json.Number)
		_, err := n.Int64()
		ok = is && err == nil
	case op.Number:
		_, ok = got.(json.Number)
	case op.Boolean:
		_, ok = got.(bool)
	case op.String, op.Text:
		_, ok = got.(string)
	}
	if !ok {
		e.complain("%s is %v, want %s", path, got, sh.Kind)
	}
}

func (e *examination) matchesFields(sh *op.Shape, m map[string]any, path string) {
	m = maps.Clone(m)
	for i := range sh.Fields {
		f := &sh.Fields[i]
		v, there := m[f.Name]
		delete(m, f.Name)
		switch {
		case there:
			e.matches(f.Shape, v, path+"."+f.Name)
		case !f.Omit:
			e.complain("%s has no %s", path, f.Name)
		}
	}
	for name := range m {
		e.complain("%s has %s, which is not declared", path, name)
	}
}

func (e *examination) masks() {
	if e.op.Verb != op.Read || e.op.As > op.AppOrPerson {
		return
	}
	seen, ok1 := e.result(e.do(request(e.op, e.full.plain(e.op), e.full.token(e.op))))
	hidden, ok2 := e.result(e.do(request(e.op, e.masked.plain(e.op), e.masked.token(e.op))))
	if ok1 && ok2 {
		e.hides(e.op.Response, seen, hidden, "answer")
	}
}

// hides compares what one caller saw with what another, of the lower grade, saw
// of the same thing.
func (e *examination) hides(sh *op.Shape, seen, hidden any, path string) {
	switch sh.Kind {
	case op.Object:
		a, _ := seen.(map[string]any)
		b, _ := hidden.(map[string]any)
		for i := range sh.Fields {
			f := &sh.Fields[i]
			at := path + "." + f.Name
			if f.Grade != scope.R2 || f.Mask == "" {
				e.hides(f.Shape, a[f.Name], b[f.Name], at)
				continue
			}
			if a[f.Name] == nil || a[f.Name] == "" {
				continue
			}
			*e.compared++
			text, isText := a[f.Name].(string)
			want := ""
			if isText {
				want = f.Mask.Apply(text)
			}
			if got := b[f.Name]; got != want && (want != "" || !empty(got)) {
				e.complain("%s is %v, want %q", at, got, want)
			}
		}
	case op.List:
		a, _ := seen.([]any)
		b, _ := hidden.([]any)
		for i := range min(len(a), len(b)) {
			e.hides(sh.Elem, a[i], b[i], fmt.Sprintf("%s[%d]", path, i))
		}
	case op.Map:
		a, _ := seen.(map[string]any)
		b, _ := hidden.(map[string]any)
		for name := range a {
			e.hides(sh.Elem, a[name], b[name], path+"."+name)
		}
	case op.String, op.Integer, op.Number, op.Boolean, op.Text: // masked by the field that holds it
	}
}

// empty reports whether a value shows nothing.
func empty(v any) bool {
	switch v := v.(type) {
	case nil:
		return true
	case string:
		return v == ""
	case []any:
		return len(v) == 0
	case map[string]any:
		return len(v) == 0
	}
	return false
}
