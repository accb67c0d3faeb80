package gateway

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gatepost/gatepost/internal/apierror"
	"github.com/gatepost/gatepost/internal/id"
	"github.com/gatepost/gatepost/internal/known"
	"github.com/gatepost/gatepost/internal/op"
	"github.com/gatepost/gatepost/internal/scope"
)

// world is a gateway whose every neighbour is a fake that notes when it was
// asked, and may be told what to answer.
type world struct {
	Gateway
	steps []string
	calls []*Call
	log   bytes.Buffer

	identify, permit, limit, invoke, mask error
	unseen                                error // what cannot be remembered
	seen                                  []op.Disclosure
	panics                                string // the step that panics
	hooks                                 map[string]func()
	caller                                op.Caller
	asked                                 op.Caller // as the handler saw the caller
	credential                            string
}

func (w *world) Identify(_ context.Context, _ *op.Operation, credential string, _ *op.Request) (op.Caller, error) {
	w.note("identify")
	w.credential = credential
	return w.caller, w.identify
}

func (w *world) Permit(_ context.Context, _ *op.Caller, _ *op.Operation, _ netip.Addr) error {
	w.note("permit")
	return w.permit
}

func (w *world) Take(_ context.Context, _ *op.Caller, _ *op.Operation) ([][2]string, []string, error) {
	w.note("limit")
	return [][2]string{{"X-Remaining", "19"}}, []string{"shadow"}, w.limit
}

func (w *world) Policy(_ context.Context, _ *op.Caller, _ *op.Operation) (op.Policy, error) {
	w.note("mask")
	return op.Policy{}, w.mask
}

// Read and Write are a caller whose ids have a mark before them.
func (w *world) Read(_ context.Context, who *op.Caller, o *op.Operation, q any) error {
	return w.turn(who, o.RequestIDs(), q, func(own string) (string, error) {
		plain, ok := strings.CutPrefix(own, "own-")
		if !ok {
			return "", apierror.SecurityIDPlain.With("name", "userid")
		}
		return plain, nil
	})
}

func (w *world) Write(_ context.Context, who *op.Caller, o *op.Operation, resp any) error {
	return w.turn(who, o.ResponseIDs(), resp, func(plain string) (string, error) { return "own-" + plain, nil })
}

func (w *world) turn(who *op.Caller, plan *op.IDPlan, v any, turn func(string) (string, error)) error {
	if !who.IDs.Own() {
		return nil
	}
	w.note("ids")
	return plan.Turn(v, func(_ op.IDKind, _, text string) (string, error) { return turn(text) })
}

func (w *world) Refusal(_ context.Context, who *op.Caller, r *apierror.Refusal) *apierror.Refusal {
	if !who.IDs.Own() {
		return r
	}
	return r.Renamed(func(value any) any {
		if v, ok := value.(string); ok && v == "u1" {
			return "own-u1"
		}
		return value
	})
}

func (w *world) Note(_ context.Context, _ *Call, d op.Disclosure) error {
	w.note("seen")
	w.seen = append(w.seen, d)
	return w.unseen
}

func (w *world) Record(c *Call) {
	w.note("record")
	kept := *c
	w.calls = append(w.calls, &kept)
}

func (w *world) note(step string) {
	w.steps = append(w.steps, step)
	if f := w.hooks[step]; f != nil {
		f()
	}
	if w.panics == step {
		panic("the " + step + " step is broken")
	}
}

type askUser struct {
	ID string `json:"userid" id:"userid" required:"true" doc:"员工的 userid"`
}

type askPath struct {
	ID string `path:"userid" id:"userid" doc:"员工的 userid"`
}

type user struct {
	ID     string `json:"userid" id:"userid" grade:"R1" person:"userid"`
	Mobile string `json:"mobile" grade:"R2" mask:"phone"`
}

// catalogue is read once: it is never changed, and not small.
var catalogue = sync.OnceValue(known.Load)

func newWorld(t testing.TB) *world {
	t.Helper()
	w := &world{}
	answer := func(who op.Caller, id string) (*user, error) {
		w.asked = who
		w.note("invoke")
		return &user{id, "13812341234"}, w.invoke
	}
	byBody := func(_ context.Context, who op.Caller, q *askUser) (*user, error) { return answer(who, q.ID) }
	byPath := func(_ context.Context, who op.Caller, q *askPath) (*user, error) { return answer(who, q.ID) }
	spec := op.Spec{Title: "题", TitleEN: "title", Doc: "doc", Verb: op.Read, Scope: scope.Member, Group: "test"}
	console := spec
	console.As, console.Scope = op.Session, ""
	// A clock that moves by a millisecond whenever it is read.
	now := time.Date(2026, 11, 22, 8, 0, 0, 0, time.UTC)
	clock := func() time.Time { now = now.Add(time.Millisecond); return now }
	w.Gateway = Gateway{
		Catalogue: op.NewCatalogue([]op.Operation{
			op.V1("/topapi/v2/user/get", byBody, spec),
			op.V1("/user/get", byBody, spec),
			op.V2("GET /v1.0/contact/users/{userid}", byPath, spec),
			op.V2("POST /v1.0/contact/users", byBody, spec),
			op.Console("user.get", byBody, console),
		}),
		Known: catalogue(), Identity: w, Grants: w, Limits: w, Masks: w, IDs: w, Seen: w, Log: w, Away: away,
		Calls: id.NewCalls(1, clock), Now: clock, Logger: slog.New(slog.NewTextHandler(&w.log, nil)),
	}
	return w
}

var errAway = errors.New("the ground is away")

func away(_ context.Context, err error) *apierror.Refusal {
	if errors.Is(err, errAway) {
		return apierror.DatabaseAway.With().Retry(time.Second).Because(err)
	}
	return nil
}

// What is no refusal, and means that the platform's ground is away, is told as
// such, in each dialect, and is not logged for every call.
func TestGroundAway(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.invoke = fmt.Errorf("read a person: %w", errAway)
	for path, status := range map[string]int{"/topapi/v2/user/get": 200, "/v1.0/contact/users": 503} {
		a := w.serve(request("POST", path, `{"userid":"u1"}`))
		if a.Status != status || !strings.Contains(string(a.Body), `"rule":"platform.database"`) || header(a, "Retry-After") != "1" || w.log.Len() > 0 {
			t.Errorf("%s: %d %s %v, log %q", path, a.Status, a.Body, a.Header, w.log.String())
		}
	}
}

func request(method, path, body string) *op.Request {
	path, query, _ := strings.Cut(path, "?")
	r := &op.Request{Method: method, Path: path, Query: query, Host: "gate.example", IP: netip.MustParseAddr("192.0.2.7"), Length: -1,
		Head: http.Header{"Content-Type": {"application/json"}}}
	if body != "" {
		r.Body = strings.NewReader(body)
	}
	return r
}

// dialects are one good call in each dialect.
func dialects() map[string]*op.Request {
	return map[string]*op.Request{
		"topapi":  request("POST", "/topapi/v2/user/get?access_token=t", `{"userid":"u1"}`),
		"plain":   request("GET", "/user/get?access_token=t&userid=u1", ""),
		"v2":      request("GET", "/v1.0/contact/users/u1", ""),
		"console": request("POST", "/console/api/user.get", `{"userid":"u1"}`),
	}
}

func (w *world) serve(r *op.Request) op.Answer { return w.Serve(context.Background(), r) }

func header(a op.Answer, name string) string {
	for _, kv := range a.Header {
		if kv[0] == name {
			return kv[1]
		}
	}
	return ""
}

func TestStepsInOrder(t *testing.T) {
	t.Parallel()
	for name, r := range dialects() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			a := w.serve(r)
			if want := []string{"identify", "permit", "limit", "invoke", "mask", "record"}; !slices.Equal(w.steps, want) {
				t.Errorf("steps %v", w.steps)
			}
			if a.Status != 200 || !strings.Contains(string(a.Body), `"userid":"u1","mobile":"138****1234"`) {
				t.Errorf("%d %s", a.Status, a.Body)
			}
			c := w.calls[0]
			if c.Last != Reply || c.Refusal != nil || c.Op == nil || c.Status != 200 || c.Out != len(a.Body) || !slices.Equal(c.Masked, []op.Suppressed{{Field: "mobile", Why: op.WhyGrade}}) {
				t.Errorf("recorded %+v", c)
			}
			for s := Find; s < steps; s++ {
				if c.Steps[s] <= 0 {
					t.Errorf("the %s step took %v", s, c.Steps[s])
				}
			}
			if header(a, "X-Gatepost-Request-Id") != c.ID.V2() || header(a, "X-Remaining") != "19" {
				t.Errorf("headers %v", a.Header)
			}
		})
	}
}

// A caller with ids of its own sends and is told those, and the handler sees
// the platform's; also where it is refused.
func TestOwnIDs(t *testing.T) {
	t.Parallel()
	for name, own := range map[string]string{"GET": "/v1.0/contact/users/own-u1", "v1": "/user/get?userid=own-u1"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			w.caller.IDs = op.IDsOpen
			a := w.serve(request("GET", own, ""))
			if want := []string{"identify", "permit", "limit", "ids", "invoke", "mask", "ids", "record"}; !slices.Equal(w.steps, want) {
				t.Errorf("steps %v", w.steps)
			}
			if !strings.Contains(string(a.Body), `"userid":"own-u1"`) {
				t.Errorf("%s", a.Body)
			}
			w.invoke = apierror.UserNotFound.Got("%s", "u1")
			if a = w.serve(request("GET", own, "")); !strings.Contains(string(a.Body), `"found":"own-u1"`) {
				t.Errorf("%s", a.Body)
			}
			if found := w.calls[1].Refusal.FoundIn("zh"); found != "u1" {
				t.Errorf("the log is told %s", found)
			}
			a = w.serve(request("GET", strings.Replace(own, "own-", "", 1), ""))
			if w.calls[2].Last != Decode || !strings.Contains(string(a.Body), "securityid.plain") {
				t.Errorf("%s: %s", w.calls[2].Last, a.Body)
			}
		})
	}
}

func TestCallerIsCompleted(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.caller = op.Caller{Corp: "dingcorp", Grade: scope.R2}
	r := request("POST", "/topapi/v2/user/get?access_token=tok%2Ben", `{"userid":"u1"}`)
	r.Secure, r.Head = true, http.Header{"Accept-Language": {"en-US,en;q=0.9"}}
	w.serve(r)
	who := w.asked
	if who.Corp != "dingcorp" || who.Call != w.calls[0].ID || who.Base != "https://gate.example" || who.Lang != "en" || who.IP != r.IP || who.Trace != nil {
		t.Errorf("the handler saw %+v", who)
	}
	if w.credential != "tok+en" {
		t.Errorf("the credential is %q", w.credential)
	}
	if r.Secure = false; base(r) != "http://gate.example" {
		t.Errorf("base %s", base(r))
	}
}

// Each step refuses in each dialect: what comes later does not happen, the call
// is recorded once, and the answer has its dialect's shape.
func TestEachStepRefuses(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name  string
		spoil func(*world)
		last  Step
		steps []string
		body  map[string]string // how the answer begins
	}{
		{"identify", func(w *world) { w.identify = apierror.TokenForged.With() }, Identify, []string{"identify", "record"}, map[string]string{
			"topapi":  `{"errcode":88,"sub_code":"40014","sub_msg":"不合法的access_token`,
			"plain":   `{"errcode":40014,"errmsg":"不合法的access_token`,
			"v2":      `{"code":"InvalidAuthentication","message":"不合法的access_token`,
			"console": `{"code":"InvalidAuthentication","message":"不合法的access_token"`,
		}},
		{"permit", func(w *world) { w.permit = apierror.ScopeMissing.With("scope", "s").Needs("s") }, Permit, []string{"identify", "permit", "record"}, map[string]string{
			"topapi":  `{"errcode":88,"sub_code":"60011","sub_msg":"应用尚未开通所需的权限：[s]`,
			"plain":   `{"errcode":60011,"errmsg":"应用尚未开通所需的权限：[s]`,
			"v2":      `{"code":"Forbidden.AccessDenied.AccessTokenPermissionDenied","message":"应用尚未开通所需的权限：[s]`,
			"console": `{"code":"Forbidden.AccessDenied.AccessTokenPermissionDenied",`,
		}},
		{"limit", func(w *world) { w.limit = apierror.Throttled.With("limit", 20) }, Limit, []string{"identify", "permit", "limit", "record"}, map[string]string{
			"topapi":  `{"errcode":88,"sub_code":"90018","sub_msg":"您的应用调用当前接口过于频繁`,
			"plain":   `{"errcode":90018,"errmsg":"您的应用调用当前接口过于频繁`,
			"v2":      `{"code":"Forbidden.AccessDenied.QpsLimitForAppkeyAndApi",`,
			"console": `{"code":"Forbidden.AccessDenied.QpsLimitForAppkeyAndApi",`,
		}},
		{"invoke", func(w *world) { w.invoke = apierror.UserNotFound.Got("u1") }, Invoke, []string{"identify", "permit", "limit", "invoke", "record"}, map[string]string{
			"topapi":  `{"errcode":60121,"errmsg":"找不到该用户；实际：u1","request_id":`,
			"plain":   `{"errcode":60121,"errmsg":"找不到该用户；实际：u1","request_id":`,
			"v2":      `{"code":"invalidParameter.user.notFound","message":"找不到该用户；实际：u1",`,
			"console": `{"code":"invalidParameter.user.notFound","message":"找不到该用户",`,
		}},
		{"mask", func(w *world) { w.mask = apierror.UserNotFound.Got("u1") }, Mask, []string{"identify", "permit", "limit", "invoke", "mask", "record"}, map[string]string{
			"topapi":  `{"errcode":60121,"errmsg":"找不到该用户；实际：u1","request_id":`,
			"plain":   `{"errcode":60121,"errmsg":"找不到该用户；实际：u1","request_id":`,
			"v2":      `{"code":"invalidParameter.user.notFound","message":"找不到该用户；实际：u1",`,
			"console": `{"code":"invalidParameter.user.notFound","message":"找不到该用户",`,
		}},
	} {
		for dialect, r := range dialects() {
			t.Run(tc.name+"/"+dialect, func(t *testing.T) {
				t.Parallel()
				w := newWorld(t)
				tc.spoil(w)
				a := w.serve(r)
				if !slices.Equal(w.steps, tc.steps) {
					t.Errorf("steps %v, not %v", w.steps, tc.steps)
				}
				if !strings.HasPrefix(string(a.Body), tc.body[dialect]) {
					t.Errorf("answered %s", a.Body)
				}
				c := w.calls[0]
				status := 200
				if dialect == "v2" || dialect == "console" {
					status = c.Refusal.Rule.Status
				}
				if a.Status != status || c.Status != status || c.Last != tc.last || c.Refusal == nil {
					t.Errorf("%d at %s: %+v", a.Status, c.Last, c.Refusal)
				}
				if counted := tc.last >= Limit; header(a, "X-Gatepost-Request-Id") != c.ID.V2() || (header(a, "X-Remaining") == "19") != counted || (len(c.Shadow) == 1) != counted {
					t.Errorf("headers %v, shadow %v", a.Header, c.Shadow)
				}
				if w.log.Len() > 0 {
					t.Errorf("a refusal was logged: %s", w.log.String())
				}
			})
		}
	}
}

func TestDecodingRefuses(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		r    *op.Request
		last Step
		want string
	}{
		{request("POST", "/topapi/v2/user/get", `{}`), Decode, `{"errcode":40035,"errmsg":"缺少参数 userid`},
		{request("POST", "/topapi/v2/user/get", `{"userid":`), Decode, `{"errcode":47001,"errmsg":"解析JSON内容错误`},
		{request("POST", "/user/get", ``), Decode, `{"errcode":40035,"errmsg":"缺少参数 userid`},
		{request("POST", "/v1.0/contact/users", `{"userid":7}`), Decode, `{"code":"InvalidParameter","message":"不合法的参数 userid；期望：字符串；实际：7"`},
		{request("POST", "/console/api/user.get", `[]`), Decode, `{"code":"InvalidJSON","message":"the body is not valid JSON"`},
		{request("GET", "/topapi/v2/user/get?access_token=%zz", ``), Identify, `{"errcode":88,"sub_code":"40035","sub_msg":"不合法的参数 access_token`},
	} {
		w := newWorld(t)
		if strings.HasPrefix(tc.r.Path, op.ConsolePath) {
			tc.r.Head = http.Header{"Accept-Language": {"en"}}
		}
		a := w.serve(tc.r)
		if !strings.HasPrefix(string(a.Body), tc.want) || w.calls[0].Last != tc.last || len(w.calls) != 1 {
			t.Errorf("%s %s: at %s answered %s", tc.r.Path, tc.want, w.calls[0].Last, a.Body)
		}
	}
}

func TestUnknownOperations(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		r      *op.Request
		status int
		want   string
	}{
		"v1, known":           {request("POST", "/topapi/message/corpconversation/asyncsend_v2", ""), 200, `{"errcode":22,"sub_msg":"接口「TITLE」（dingtalk.oapi.message.corpconversation.asyncsend_v2）已收录，尚未提供`},
		"plain path, known":   {request("POST", "/robot/send", `{"msgtype":"text"}`), 200, `{"errcode":22,"sub_msg":"接口「TITLE」（dingtalk.oapi.robot.send）已收录，尚未提供`},
		"v2, known":           {request("POST", "/v1.0/activity/meta", ""), 501, `{"code":"NotOffered","message":"接口「TITLE」（CreateActivity）已收录，尚未提供`},
		"named in the query":  {request("POST", "/router/rest?method=dingtalk.corp.report.list", ""), 200, `{"errcode":22,"sub_msg":"接口「TITLE」（dingtalk.corp.report.list）已收录，尚未提供`},
		"known beside ours":   {request("POST", "/v1.0/contact/users/sort", "{}"), 501, `{"code":"NotOffered","message":"接口「TITLE」`},
		"named nowhere":       {request("POST", "/router/rest", "{"), 200, `{"errcode":404,`},
		"v1, unknown":         {request("POST", "/topapi/v2/user/notexist", ""), 200, `{"errcode":22,"sub_msg":"不合法ApiName，ApiName = dingtalk.oapi.v2.user.notexist`},
		"plain path, unknown": {request("GET", "/nowhere", ""), 200, `{"errcode":404,"errmsg":"请求的URI地址不存在；实际：GET /nowhere`},
		"v2, unknown":         {request("GET", "/v1.0/nowhere/at/all/7", ""), 404, `{"code":"InvalidAction.NotFound","message":"不合法ApiName，ApiName = GET /v1.0/nowhere/at/all/7`},
		"console, unknown":    {request("POST", "/console/api/no.such", ""), 404, `{"code":"InvalidAction.NotFound","message":"不合法ApiName，ApiName = POST /console/api/no.such"`},
		"v1, wrong method":    {request("PUT", "/topapi/v2/user/get", ""), 200, `{"errcode":88,"sub_code":"43002","sub_msg":"需要POST请求；期望：GET | POST；实际：PUT"`},
		"plain, wrong method": {request("DELETE", "/user/get", ""), 200, `{"errcode":43002,"errmsg":"需要POST请求；期望：GET | POST；实际：DELETE"`},
		"v2, wrong method":    {request("PUT", "/v1.0/contact/users", ""), 404, `{"code":"InvalidAction.NotFound","message":"不合法ApiName，ApiName = PUT /v1.0/contact/users；期望：POST；实际：PUT`},
		"console, GET":        {request("GET", "/console/api/user.get", ""), 404, `{"code":"InvalidAction.NotFound"`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			a := w.serve(tc.r)
			c := w.calls[0]
			want := tc.want
			if c.Known != nil {
				want = strings.ReplaceAll(want, "TITLE", c.Known.Title)
			}
			if a.Status != tc.status || !strings.HasPrefix(string(a.Body), want) {
				t.Errorf("%d %s", a.Status, a.Body)
			}
			if !slices.Equal(w.steps, []string{"record"}) || c.Op != nil || c.Last != Find || c.Refusal == nil {
				t.Errorf("steps %v, recorded %+v", w.steps, c)
			}
		})
	}
}

func TestPanicsAndOtherErrorsAreInternal(t *testing.T) {
	t.Parallel()
	spoils := map[string]func(*world){
		"handler panics":  func(w *world) { w.panics = "invoke" },
		"identity panics": func(w *world) { w.panics = "identify" },
		"limits panic":    func(w *world) { w.panics = "limit" },
		"handler fails":   func(w *world) { w.invoke = errors.New("dial tcp 10.0.0.1: the invoke step is broken") },
		"identity fails":  func(w *world) { w.identify = errors.New("dial tcp 10.0.0.1: the identify step is broken") },
	}
	for name, spoil := range spoils {
		for dialect, r := range dialects() {
			t.Run(name+"/"+dialect, func(t *testing.T) {
				t.Parallel()
				w := newWorld(t)
				spoil(w)
				a := w.serve(r)
				if len(w.calls) != 1 || w.calls[0].Refusal.Rule != apierror.Internal {
					t.Fatalf("recorded %+v", w.calls)
				}
				if strings.Contains(string(a.Body), "broken") || strings.Contains(string(a.Body), "10.0.0.1") || !strings.Contains(string(a.Body), "系统繁忙") {
					t.Errorf("answered %s", a.Body)
				}
				log := w.log.String()
				if strings.Count(log, "call failed") != 1 || !strings.Contains(log, "step is broken") || !strings.Contains(log, w.calls[0].ID.V2()) {
					t.Errorf("logged %s", log)
				}
				if strings.HasSuffix(name, "panics") && !strings.Contains(log, "gateway_test.go") {
					t.Errorf("logged without the place: %s", log)
				}
			})
		}
	}
}

func TestWarningsAreToldAndRecorded(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	a := w.serve(request("POST", "/topapi/v2/user/get?lnag=zh", `{"userid":"u1","名字":1}`))
	if got := header(a, "X-Gatepost-Warning"); got != "unknown fields: lnag, ??" {
		t.Errorf("warned %q", got)
	}
	if want := []string{"lnag", "名字"}; !slices.Equal(w.calls[0].Warnings, want) {
		t.Errorf("recorded %q", w.calls[0].Warnings)
	}

	w = newWorld(t)
	w.caller.Strict = true
	a = w.serve(request("POST", "/topapi/v2/user/get", `{"usrid":"u1"}`))
	if !strings.HasPrefix(string(a.Body), `{"errcode":40035,"errmsg":"未知的参数 usrid；期望：userid；实际：usrid`) || header(a, "X-Gatepost-Warning") != "" {
		t.Errorf("%s, %v", a.Body, a.Header)
	}
}

func TestRetryAfterIsRoundedUp(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	r := apierror.Throttled.With("limit", 20)
	r.RetryAfter = 1200 * time.Millisecond
	w.limit = r
	if got := header(w.serve(dialects()["v2"]), "Retry-After"); got != "2" {
		t.Errorf("Retry-After %q", got)
	}
}

func TestRecordedSizes(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	body := `{"userid":"u1"}`
	a := w.serve(request("POST", "/topapi/v2/user/get", body))
	c := w.calls[0]
	if c.In != len(body) || c.Out != len(a.Body) || c.Took <= 0 || c.Method != "POST" || c.Path != "/topapi/v2/user/get" || c.IP.String() != "192.0.2.7" {
		t.Errorf("recorded %+v", c)
	}
}

func TestLanguage(t *testing.T) {
	t.Parallel()
	for accept, want := range map[string]string{"": "zh", "e": "zh", "en": "en", "EN-us": "en", "zh-CN,en": "zh", "fr": "zh"} {
		if got := language(accept); got != want {
			t.Errorf("%q is %s", accept, got)
		}
	}
}

// quiet is a neighbour that does nothing, so that only the gateway is measured.
type quiet struct{ caller op.Caller }

func (q *quiet) Identify(context.Context, *op.Operation, string, *op.Request) (op.Caller, error) {
	return q.caller, nil
}
func (*quiet) Permit(context.Context, *op.Caller, *op.Operation, netip.Addr) error { return nil }
func (*quiet) Take(context.Context, *op.Caller, *op.Operation) ([][2]string, []string, error) {
	return nil, nil, nil
}
func (*quiet) Note(context.Context, *Call, op.Disclosure) error { return nil }
func (*quiet) Record(*Call)                                     {}

func BenchmarkServe(b *testing.B) {
	w := newWorld(b)
	q := &quiet{op.Caller{Trace: &op.Trace{}}}
	w.Identity, w.Grants, w.Limits, w.Seen, w.Log = q, q, q, q, q
	w.Now = time.Now
	w.Calls = id.NewCalls(1, time.Now)
	for name, body := range map[string]string{"v1": `{"userid":"u1"}`, "v2": "", "v2 to R2": ""} {
		b.Run(name, func(b *testing.B) {
			q.caller.Grade = scope.R1
			if name == "v2 to R2" { // whose answers are remembered
				q.caller.Grade = scope.R2
			}
			head := http.Header{"Content-Type": {"application/json"}}
			b.ReportAllocs()
			for b.Loop() {
				r := &op.Request{Method: "GET", Path: "/v1.0/contact/users/u1", Head: head, Length: -1}
				if name == "v1" {
					r = &op.Request{Method: "POST", Path: "/topapi/v2/user/get", Query: "access_token=t", Head: head, Body: strings.NewReader(body), Length: int64(len(body))}
				}
				if a := w.Serve(context.Background(), r); a.Status != 200 {
					b.Fatalf("%s", a.Body)
				}
			}
		})
	}
}

// nowhere takes a body for a client that has gone.
type nowhere struct{ written int }

func (n *nowhere) Write(b []byte) (int, error)       { n.written += len(b); return len(b), nil }
func (*nowhere) Flush() error                        { return nil }
func (*nowhere) Hijack() (io.ReadWriteCloser, error) { return nil, io.ErrClosedPipe }

func TestForwardedCallIsRecordedWhenItsBodyHasPassed(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	carry := func(_ context.Context, who *op.Caller, vars op.Vars, _ *op.Request) (op.Answer, error) {
		w.note("carry " + vars.Value("id") + " for " + string(who.App))
		return op.Answer{Status: 200, Stream: func(s op.Sink) (op.Passed, error) {
			n, err := s.Write([]byte("body"))
			return op.Passed{In: 3, Out: int64(n), Masked: []op.Suppressed{{Field: "mobile"}}}, err
		}}, nil
	}
	shape := &op.Shape{Kind: op.Object}
	o, err := op.NewForward("GET", "/apis/hr/v1/people/{id}", op.Spec{Title: "题", Verb: op.Read, Scope: scope.Member, Group: "hr"}, scope.R1, shape, shape, carry)
	if err != nil {
		t.Fatal(err)
	}
	if err := w.Catalogue.Publish([]op.Operation{o}); err != nil {
		t.Fatal(err)
	}
	a := w.serve(request("GET", "/apis/hr/v1/people/7", ""))
	if len(w.calls) != 0 || a.Stream == nil || header(a, "X-Gatepost-Request-Id") == "" {
		t.Fatalf("recorded %d calls before the body passed; %+v", len(w.calls), a)
	}
	var body nowhere
	if _, err := a.Stream(&body); err != nil || body.written != 4 {
		t.Fatalf("%d bytes, %v", body.written, err)
	}
	c := w.calls[0]
	if c.In != 3 || c.Out != 4 || len(c.Masked) != 1 || c.Last != Invoke || c.Op.Path != o.Path || c.Took <= 0 {
		t.Errorf("recorded %+v", c)
	}
	if got := strings.Join(w.steps, ", "); !strings.HasPrefix(got, "identify, permit, limit, carry 7 for ") {
		t.Errorf("steps: %s", got)
	}
}

// BenchmarkOperations is what a call costs where there are so many operations.
func BenchmarkOperations(b *testing.B) {
	for _, operations := range []int{10, 5000} {
		b.Run(strconv.Itoa(operations), func(b *testing.B) {
			w := newWorld(b)
			q := &quiet{}
			w.Identity, w.Grants, w.Limits, w.Log, w.Now, w.Calls = q, q, q, q, time.Now, id.NewCalls(1, time.Now)
			spec := op.Spec{Title: "题", TitleEN: "title", Doc: "doc", Verb: op.Read, Scope: scope.Member, Group: "test"}
			var list []op.Operation
			for n := range operations {
				list = append(list, op.V2(fmt.Sprintf("GET /v1.0/area%d/things%d/{userid}", n%50, n),
					func(_ context.Context, _ op.Caller, p *askPath) (*user, error) { return &user{ID: p.ID}, nil }, spec))
			}
			w.Catalogue = op.NewCatalogue(list)
			b.ReportAllocs()
			for n := 0; b.Loop(); n++ {
				i := n * 7919 % operations
				r := &op.Request{Method: "GET", Path: fmt.Sprintf("/v1.0/area%d/things%d/u1", i%50, i), Head: http.Header{}, Length: -1}
				if a := w.Serve(context.Background(), r); a.Status != 200 {
					b.Fatalf("%s", a.Body)
				}
			}
		})
	}
}

// refusing are delegates that are refused what is not confirmed.
type refusing struct{ w *world }

func (r refusing) Permit(_ context.Context, who *op.Caller, _ *op.Operation) error {
	r.w.note("delegate " + who.Delegate.Name)
	if who.Delegate.Confirmed == "" {
		return apierror.DelegateUnconfirmed.With("id", who.Delegate.Asked)
	}
	return nil
}

func TestDelegatesArePermittedAfterTheirApp(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.Delegates = refusing{w}
	ask := func(confirmed string) *op.Request {
		r := request("GET", "/v1.0/contact/users/u1", "")
		r.Delegate = &op.Delegate{Name: "Assistant", Confirmed: confirmed}
		return r
	}
	if a := w.serve(ask("")); a.Status != 403 || w.calls[0].Last != Permit || w.calls[0].Caller.Delegate.Name != "Assistant" {
		t.Errorf("unconfirmed: %d, recorded %+v", a.Status, w.calls[0])
	}
	if a := w.serve(ask("console 1")); a.Status != 200 || w.asked.Delegate.Confirmed != "console 1" {
		t.Errorf("confirmed: %d, asked by %+v", a.Status, w.asked.Delegate)
	}
	w.steps = nil
	o, _ := w.Catalogue.Find("GET", "/v1.0/contact/users/u1")
	if _, err := w.May(t.Context(), o, ask("console 1")); err != nil || len(w.calls) != 2 || strings.Join(w.steps, ", ") != "identify, permit, delegate Assistant" {
		t.Errorf("May: %v; steps %v", err, w.steps)
	}
	w.permit = apierror.AppDisabled.With()
	if _, err := w.May(t.Context(), o, ask("console 1")); !errors.Is(err, apierror.AppDisabled) {
		t.Errorf("May of a disabled app: %v", err)
	}
}
