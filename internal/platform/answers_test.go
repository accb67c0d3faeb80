package platform_test

import (
	"encoding/base64"
	"fmt"
	"maps"
	"net/http"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/gatepost/gatepost/internal/config"
	"github.com/gatepost/gatepost/internal/gateway"
	"github.com/gatepost/gatepost/internal/id"
	"github.com/gatepost/gatepost/internal/nethttp"
	"github.com/gatepost/gatepost/internal/op"
	"github.com/gatepost/gatepost/internal/platformtest"
	"github.com/gatepost/gatepost/internal/scope"
	"github.com/gatepost/gatepost/internal/store/storetest"
)

// everyRead are reads of all that is remembered, at least one of each operation.
// ${NAME} stands for what a write before has answered.
var everyRead = []string{
	`/topapi/v2/user/get {"userid":"lina"}`, `/topapi/v2/user/get {"userid":"new"}`, `/user/get {"userid":"lina"}`,
	`/topapi/v2/user/list {"dept_id":10,"cursor":0,"size":100}`, `/topapi/user/listsimple {"dept_id":10,"cursor":0,"size":100}`,
	`/topapi/user/listid {"dept_id":10}`, `/topapi/user/getbyunionid {"unionid":"${union}"}`,
	`/topapi/v2/user/getbymobile {"mobile":"13811112222"}`, `/user/get_by_mobile {"mobile":"13811112222"}`,
	`/topapi/user/count {"only_active":false}`, `/user/get_org_user_count {"onlyActive":0}`,
	`/topapi/v2/department/get {"dept_id":10}`, `/department/get {"id":10}`, `/topapi/v2/department/listsub {"dept_id":1}`,
	`/topapi/v2/department/listsubid {"dept_id":1}`, `/department/list {"id":1}`, `/department/list_ids {"id":1}`,
	`/topapi/v2/department/listparentbyuser {"userid":"lina"}`, `/topapi/v2/department/listparentbydept {"dept_id":10}`,
	`/department/list_parent_depts {"userId":"lina"}`, `/department/list_parent_depts_by_dept {"id":10}`,
	`GET /v1.0/contact/users/${union}`, `POST /v1.0/contact/users/search {"queryWord":"李","offset":0,"size":20}`,
	`POST /v1.0/contact/departments/search {"queryWord":"研","offset":0,"size":20}`,
	`/topapi/role/list {"offset":0,"size":100}`, `/topapi/role/simplelist {"role_id":${role}}`, `/topapi/role/getrole {"roleId":${role}}`,
	`/topapi/role/getrolegroup {"group_id":${group}}`, `/topapi/user/listadmin {}`, `/user/get_admin {}`,
	`/topapi/user/get_admin_scope {"userid":"lina"}`, `/auth/scopes {}`, `/user/can_access_microapp {"appId":1,"userId":"lina"}`,
	`/topapi/extcontact/list {"offset":0,"size":20}`, `/topapi/extcontact/get {"user_id":"${contact}"}`,
	`/topapi/extcontact/listlabelgroups {"offset":0,"size":20}`, `/user/list {"department_id":10}`,
	`/user/listbypage {"department_id":10,"offset":0,"size":10}`, `/user/simplelist {"department_id":10}`, `/user/getDeptMember {"deptId":10}`,
	`/user/getUseridByUnionid {"unionid":"${union}"}`,
}

// everyWrite are writes in an order that works, at least one of each operation of
// the directory that writes, and those of administrators that decide what is
// answered. "name=field" before one keeps a field of its answer.
var everyWrite = []string{
	`/topapi/v2/user/create {"userid":"new","name":"李新","mobile":"13811112222","dept_id_list":"10"}`,
	`/topapi/v2/user/update {"userid":"lina","title":"架构师"}`,
	`/user/update {"userid":"lina","name":"李娜娜"}`,
	`/topapi/v2/user/delete {"userid":"new"}`,
	`/user/create {"userid":"new","name":"李旧","mobile":"13811112222","department":[10]}`,
	`/user/delete {"userid":"new"}`,
	`/user/create {"userid":"new","name":"李又","mobile":"13811112222","department":[10]}`,
	`/user/batchdelete {"useridlist":["new"]}`,
	`dept=dept_id /topapi/v2/department/create {"name":"研究","parent_id":1}`,
	`/topapi/v2/department/update {"dept_id":10,"name":"研发中心"}`,
	`/department/update {"id":10,"name":"研发"}`,
	`/topapi/v2/department/delete {"dept_id":${dept}}`,
	`old=id /department/create {"name":"研制","parentid":"1"}`,
	`/department/delete {"id":${old}}`,
	`group=groupId /role/add_role_group {"name":"岗位"}`,
	`role=roleId /role/add_role {"roleName":"工程师","groupId":${group}}`,
	`/role/update_role {"roleId":${role},"roleName":"研发工程师"}`,
	`/topapi/role/addrolesforemps {"roleIds":"${role}","userIds":"lina"}`,
	`/topapi/role/scope/update {"role_id":${role},"userid":"lina","dept_ids":"10"}`,
	`/topapi/role/removerolesforemps {"roleIds":"${role}","userIds":"lina"}`,
	`/topapi/role/deleterole {"role_id":${role}}`,
	`contact=userid /topapi/extcontact/create {"contact":{"name":"张总","mobile":"13700000001","state_code":"86","follower_user_id":"lina","label_ids":[${label}]}}`,
	`/topapi/extcontact/update {"contact":{"user_id":"${contact}","title":"总经理"}}`,
	`/topapi/extcontact/delete {"user_id":"${contact}"}`,

	`rule=id console mask.set {"field":"mobile","kind":"phone","reason":"a test"}`,
	`console mask.remove {"id":${rule}}`,
	`console person.protect {"userId":"lina","reason":"a test"}`,
	`console person.waiver.set {"userId":"lina","agentId":${agent},"until":${soon},"reason":"a test"}`,
	`console person.waiver.remove {"userId":"lina","agentId":${agent}}`,
	`console person.unprotect {"userId":"lina"}`,
	`console app.scope.revoke {"agentId":${agent},"scope":"fieldMobile"}`,
	`console app.scope.grant {"agentId":${agent},"scopes":["fieldMobile"],"reason":"a test"}`,
	`console app.update {"agentId":${agent},"dataGrade":"R1"}`,
	`console app.update {"agentId":${agent},"range":{"all":false,"users":["admin"]}}`,
}

// A remembered answer is the answer: after each kind of write all reads say what a
// platform says that remembers nothing, and they were remembered before.
func TestRememberedAnswersAreNeverStale(t *testing.T) {
	t.Parallel()
	w := newReads(t)
	w.covers()
	w.all("nothing was written yet")
	before := w.truths()
	for _, write := range everyWrite {
		w.write(write)
		w.all(write)
		after := w.truths()
		if maps.Equal(before, after) {
			t.Errorf("%s changed no answer, so it proves nothing", write)
		}
		before = after
	}
}

// reads is a platform, an app that may do everything, and what it has learned.
type reads struct {
	*platformtest.World
	t       *testing.T
	corp    id.Corp
	token   string
	session string
	values  map[string]string
	plain   http.Handler // of the same platform, remembering nothing
	handler http.Handler
}

func newReads(t *testing.T, options ...platformtest.Option) *reads {
	t.Helper()
	w := &reads{World: platformtest.Start(t, options...), t: t}
	w.Still() // what is about protected people holds for a second at most
	corp, session := w.Corp("acme")
	w.Department(corp, 10, 1, "研发")
	lina := w.Person(corp, "lina", "李娜", 10)
	w.Person(corp, "wang", "王芳", 10)
	a := w.App(corp, "all", scope.Base, scope.Member, scope.MemberByMobile, scope.DepartmentList, scope.DepartmentMember, scope.ManageAddresses,
		scope.ContactUserRead, "Contact.User.mobile", scope.AddressSearch, "qyapi_ext_read", "qyapi_ext_write", "fieldMobile", "fieldEmail")
	w.corp, w.token, w.session = corp, w.Token(a), session
	w.values = map[string]string{"union": string(lina.Union), "agent": fmt.Sprint(a.Agent), "role": "1", "group": "1", "contact": "nobody",
		"soon": fmt.Sprint(w.Now().Add(time.Hour).UnixMilli())}
	groups := w.V1(w.token, "/topapi/extcontact/listlabelgroups", `{"offset":0,"size":20}`)
	w.values["label"] = regexp.MustCompile(`"labels":\[\{[^}]*"id":(\d+)`).FindStringSubmatch(string(groups.Body))[1]
	g := w.Gateway
	w.handler, w.plain = w.Handler, &nethttp.Handler{Server: &gateway.Gateway{Catalogue: g.Catalogue, Known: g.Known, Identity: g.Identity,
		Grants: g.Grants, Limits: g.Limits, Masks: g.Masks, Delegates: g.Delegates, IDs: g.IDs, Seen: g.Seen, Log: g.Log, Away: g.Away,
		Calls: g.Calls, Now: g.Now, Logger: g.Logger}}
	return w
}

// covers holds the tables to the catalogue: every read of the directory that is
// remembered, and every write.
func (w *reads) covers() {
	for _, o := range w.Catalogue.Operations() {
		if o.Dialect == op.DialectConsole || o.Scope == "" {
			continue
		}
		in := func(list []string) bool {
			return slices.ContainsFunc(list, func(line string) bool { return operation(line) == o.Name() })
		}
		switch {
		case o.Stable && !in(everyRead):
			w.t.Errorf("%s is remembered, and not among the reads of this test", o.Name())
		case o.Group == "directory.write" && !in(everyWrite):
			w.t.Errorf("%s writes, and is not among the writes of this test", o.Name())
		}
	}
}

// operation is the name of what a line calls.
func operation(line string) string {
	words := strings.Fields(line)
	if strings.Contains(words[0], "=") {
		words = words[1:]
	}
	if strings.HasPrefix(words[0], "/") {
		return op.APIName(words[0])
	}
	return words[0] + " " + strings.Replace(words[1], "${union}", "{unionId}", 1)
}

var requestID = regexp.MustCompile(`"request_?id":"[^"]*"`)

// ask makes a call that is written METHOD PATH BODY, without a method for v1.
func (w *reads) ask(line string) platformtest.Answer {
	w.t.Helper()
	for name, value := range w.values {
		line = strings.ReplaceAll(line, "${"+name+"}", value)
	}
	if rest, ok := strings.CutPrefix(line, "console "); ok {
		operation, body, _ := strings.Cut(rest, " ")
		return w.Console(w.session, operation, body)
	}
	method := ""
	if !strings.HasPrefix(line, "/") {
		method, line, _ = strings.Cut(line, " ")
	}
	path, body, _ := strings.Cut(line, " ")
	if method == "" {
		return w.V1(w.token, path, body)
	}
	return w.V2(w.token, method, path, body)
}

// truth is the answer without a memory, and without the id of the call.
func (w *reads) truth(line string) string {
	w.Handler = w.plain
	defer func() { w.Handler = w.handler }()
	return requestID.ReplaceAllString(string(w.ask(line).Body), "")
}

func (w *reads) truths() map[string]string {
	all := map[string]string{}
	for _, line := range everyRead {
		all[line] = w.truth(line)
	}
	return all
}

// all asks everything twice: what comes back is the truth, and the second time it
// is remembered if it could be told at all.
func (w *reads) all(after string) {
	w.t.Helper()
	for _, line := range everyRead {
		truth := w.truth(line)
		for n := range 2 {
			hits := w.Answers.Stats().Hits
			got := w.ask(line)
			if text := requestID.ReplaceAllString(string(got.Body), ""); text != truth {
				w.t.Errorf("%s\nafter %s: time %d it is\n%s, want\n%s", line, after, n+1, text, truth)
			}
			if remembered := w.Answers.Stats().Hits > hits; n == 1 && remembered != (got.Rule(w.t) == "") {
				w.t.Errorf("%s\nafter %s: the second time remembered is %t: %s", line, after, remembered, got.Body)
			}
		}
	}
}

// write makes a call that has to succeed, and keeps what it is asked to.
func (w *reads) write(line string) {
	w.t.Helper()
	first, rest, _ := strings.Cut(line, " ")
	name, field, keeps := strings.Cut(first, "=")
	if !keeps {
		w.ask(line).OK(w.t)
		return
	}
	answer := w.ask(rest).OK(w.t)
	if result, ok := answer["result"].(map[string]any); ok {
		answer = result
	}
	switch value := answer[field].(type) {
	case float64:
		w.values[name] = fmt.Sprintf("%.0f", value)
	case string:
		w.values[name] = value
	default:
		w.t.Fatalf("%s has no %s: %v", line, field, answer)
	}
}

// A call whose answer is remembered is a call like any other: with an id of its
// own, counted by the limits, and in the log with what was masked.
func TestARememberedCallIsACall(t *testing.T) {
	t.Parallel()
	w := newReads(t)
	w.ask(`console app.update {"agentId":${agent},"dataGrade":"R1"}`).OK(t)
	w.ask(`console limit.set {"agentId":${agent},"window":"day","max":1000}`).OK(t)
	var ids, masked, remaining []string
	for range 3 {
		got := w.ask(`/topapi/v2/user/get {"userid":"lina","usrid":"x"}`)
		body := got.OK(t)
		ids = append(ids, body["request_id"].(string))
		remaining = append(remaining, got.Head.Get("X-RateLimit-Remaining"))
		if got.Head.Get("X-Gatepost-Warning") == "" || len(got.Head.Values("X-Gatepost-Request-Id")) != 1 {
			t.Errorf("headers %v", got.Head)
		}
		call := w.Console(w.session, "call.get", fmt.Sprintf(`{"requestId":%q}`, body["request_id"])).OK(t)
		masked = append(masked, fmt.Sprint(call["masked"], call["warning"], call["step"], call["answerBytes"]))
	}
	slices.Sort(ids)
	if len(slices.Compact(ids)) != 3 || len(slices.Compact(masked)) != 1 || !strings.Contains(masked[0], "mobile") {
		t.Errorf("ids %v, logged %v", ids, masked)
	}
	if hits := w.Answers.Stats().Hits; hits != 2 {
		t.Errorf("%d of 2 were remembered", hits)
	}
	if !slices.Equal(remaining, []string{"999", "998", "997"}) {
		t.Errorf("remaining %v", remaining)
	}
}

// Each command of an administrator opens a session and ends it. No answer is made
// of sessions, so none is made anew for that.
func TestSessionsEndNoRememberedAnswers(t *testing.T) {
	t.Parallel()
	w := newReads(t)
	const read = `/topapi/v2/user/get {"userid":"lina"}`
	w.ask(read).OK(t)
	before := w.Answers.Stats().Hits
	for range 3 {
		w.Console(w.SignIn(w.corp, "admin", platformtest.Password), "session.close", "{}").OK(t)
		w.ask(read).OK(t)
	}
	if hits := w.Answers.Stats().Hits - before; hits != 3 {
		t.Errorf("%d of 3 were remembered", hits)
	}
}

// What ends by itself ends for remembered answers too.
func TestAWaiverEndsForRememberedAnswers(t *testing.T) {
	t.Parallel()
	w := newReads(t)
	w.ask(`console person.protect {"userId":"lina","reason":"a test"}`).OK(t)
	w.ask(`console person.waiver.set {"userId":"lina","agentId":${agent},"until":${soon},"reason":"a test"}`).OK(t)
	w.Later(time.Hour - 300*time.Millisecond)
	w.all("an hour, almost")
	before := w.truths()
	w.Later(400 * time.Millisecond)
	w.all("the end of the waiver")
	if maps.Equal(before, w.truths()) {
		t.Error("the waiver did not end")
	}
}

// Another token of another person, of another consent, or with other rights is
// answered by itself.
func TestAnswersAreOfOneToken(t *testing.T) {
	t.Parallel()
	w := platformtest.Start(t)
	corp, _ := w.Corp("acme")
	w.Person(corp, "lina", "李娜", 1)
	w.Person(corp, "wang", "王芳", 1)
	a := w.App(corp, "crm", scope.ContactUserRead, "Contact.User.mobile")
	me := func(user id.User, consent ...scope.Name) string {
		token, _ := w.UserToken(a, user, consent...)
		var body string
		for range 2 {
			body = string(w.V2(token, "GET", "/v1.0/contact/users/me", "").Body)
		}
		return body
	}
	all, less, other := me("lina"), me("lina", scope.ContactUserRead), me("wang")
	if !strings.Contains(all, platformtest.Mobile("lina")) || strings.Contains(less, platformtest.Mobile("lina")) || !strings.Contains(other, platformtest.Mobile("wang")) {
		t.Errorf("%s\n%s\n%s", all, less, other)
	}
	if hits := w.Answers.Stats().Hits; hits != 3 {
		t.Errorf("%d remembered", hits)
	}
}

// On PostgreSQL other nodes may write: nothing is remembered, or nothing longer
// than the operator allows.
func TestAnswersOnPostgreSQL(t *testing.T) {
	t.Parallel()
	if os.Getenv(storetest.PostgresVariable) == "" {
		t.Skip("needs " + storetest.PostgresVariable)
	}
	for age, want := range map[time.Duration]int64{0: 0, time.Minute: 2} {
		url := storetest.Postgres(t)
		node := func(n int) platformtest.Option {
			return platformtest.WithConfig(func(c *config.Config) {
				c.Postgres, c.Node, c.AnswerAge = config.Secret(url), n, age
				c.MasterKey = config.Secret(base64.StdEncoding.EncodeToString(make([]byte, 32)))
			})
		}
		one := newReads(t, node(1))
		two := platformtest.Start(t, node(2))
		ask := func() string {
			return one.ask(`/topapi/v2/user/get {"userid":"lina"}`).OK(t)["result"].(map[string]any)["name"].(string)
		}
		for range 3 {
			ask()
		}
		if hits := one.Answers.Stats().Hits; hits != want {
			t.Errorf("age %s: %d remembered, want %d", age, hits, want)
		}
		two.V1(one.token, "/topapi/v2/user/update", `{"userid":"lina","name":"李四"}`).OK(t)
		if want > 0 {
			one.Later(age)
		}
		if got := ask(); got != "李四" {
			t.Errorf("age %s: %s", age, got)
		}
		one.ask(`/topapi/v2/user/update {"userid":"lina","name":"李五"}`).OK(t)
		if got := ask(); got != "李五" {
			t.Errorf("age %s: its own write is not seen: %s", age, got)
		}
	}
}
