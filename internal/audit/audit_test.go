package audit_test

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/netip"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/gatepost/gatepost/internal/apierror"
	"github.com/gatepost/gatepost/internal/app"
	"github.com/gatepost/gatepost/internal/audit"
	"github.com/gatepost/gatepost/internal/clock"
	"github.com/gatepost/gatepost/internal/id"
	"github.com/gatepost/gatepost/internal/keyring/keyringtest"
	"github.com/gatepost/gatepost/internal/op"
	"github.com/gatepost/gatepost/internal/scope"
	"github.com/gatepost/gatepost/internal/store"
	"github.com/gatepost/gatepost/internal/store/storetest"
)

const corp id.Corp = "dingtest"

var start = time.Date(2026, 11, 22, 8, 0, 30, 0, time.UTC)

// room is a request log with what it needs, one app, and an administrator.
type room struct {
	t     testing.TB
	log   *audit.Log
	apps  *app.Apps
	app   *app.App
	now   time.Time
	calls *id.Calls
	ops   map[string]op.Operation
	lang  string
}

func newRoom(t testing.TB, db *store.DB) *room {
	t.Helper()
	r := &room{t: t, now: start, ops: map[string]op.Operation{}, lang: "en"}
	now := func() time.Time { return r.now }
	r.calls = id.NewCalls(1, now)
	clk, err := clock.New(t.Context(), db, now)
	if err != nil {
		t.Fatal(err)
	}
	r.apps = app.New(db, clk, keyringtest.New(t, db))
	r.log = audit.New(db, clk, r.apps, slog.New(slog.DiscardHandler))
	r.app, _, err = r.apps.Create(t.Context(), corp, app.NewApp{Name: "hello", Scopes: []scope.Name{scope.Base}, Dialects: app.Dialects()})
	if err != nil {
		t.Fatal(err)
	}
	for _, o := range r.log.Console() {
		r.ops[o.Name()] = o
	}
	return r
}

var userGet = op.V1("/topapi/v2/user/get", func(context.Context, op.Caller, *op.None) (*op.None, error) { return nil, nil },
	op.Spec{Title: "查询用户详情", TitleEN: "Get a person", Doc: "for a test", Verb: op.Read, Group: "test", Scope: scope.Member})

// called is a call of the app that succeeded.
func (r *room) called() *audit.Call {
	return &audit.Call{ID: r.calls.New(), At: r.now, Took: 1500 * time.Microsecond, Last: "answer", Method: "POST", Path: userGet.Path,
		Dialect: op.DialectV1, Op: &userGet, Caller: op.Caller{As: op.App, Corp: corp, App: r.app.Key, Agent: r.app.Agent},
		IP: netip.MustParseAddr("203.0.113.7"), Status: 200, In: 12, Out: 345,
		Steps: audit.Steps{Names: []string{"find", "answer"}, Took: [audit.MaxSteps]time.Duration{3 * time.Microsecond, 7 * time.Microsecond}}}
}

// refused is a call of the app that err refused.
func (r *room) refused(err error) *audit.Call {
	c := r.called()
	c.Refusal, c.Last = apierror.From(err), "permit"
	return c
}

// scopeMissing is how the app's rule refuses a call of userGet.
func (r *room) scopeMissing() *audit.Call {
	who := op.Caller{As: op.App, Corp: corp, App: r.app.Key, Call: 7, Base: "http://here", Lang: "zh"}
	return r.refused(r.apps.Permit(r.t.Context(), &who, &userGet, netip.MustParseAddr("203.0.113.7")))
}

func (r *room) record(calls ...*audit.Call) {
	r.t.Helper()
	for _, c := range calls {
		r.log.Record(c)
	}
	if err := r.log.Flush(r.t.Context()); err != nil {
		r.t.Fatal(err)
	}
}

// call makes one console call for an administrator of corp.
func (r *room) call(of id.Corp, name, format string, args ...any) (map[string]any, error) {
	r.t.Helper()
	o := r.ops[name]
	who := op.Caller{As: op.Admin, Corp: of, User: "li", Grade: scope.R2, Lang: r.lang}
	body := fmt.Sprintf(format, args...)
	q, _, err := o.Decode(&op.Request{Method: "POST", Path: o.Path, Head: noHead{}, Body: strings.NewReader(body), Length: int64(len(body))}, op.Vars{}, who)
	if err != nil {
		return nil, err
	}
	resp, err := o.Invoke(r.t.Context(), who, q)
	if err != nil {
		return nil, err
	}
	a, err := o.Reply(1, resp)
	if err != nil {
		r.t.Fatal(err)
	}
	var out map[string]any
	return out, json.Unmarshal(a.Body, &out)
}

func (r *room) must(name, format string, args ...any) map[string]any {
	r.t.Helper()
	out, err := r.call(corp, name, format, args...)
	if err != nil {
		r.t.Fatalf("%s: %v", name, err)
	}
	return out
}

type noHead struct{}

func (noHead) Get(string) string { return "" }

func (noHead) Values(string) []string { return nil }

// feature: GW-028
func TestGet(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		r := newRoom(t, db)
		c := r.scopeMissing()
		c.Warnings, c.Masked = []string{"usrid", "lang"}, []op.Suppressed{{Field: "mobile", Why: op.WhyGrade}, {Field: "mobile", Why: op.WhyRule, Rule: 7}}
		r.log.Record(c) // get writes what is pending
		want := map[string]any{
			"id": c.ID.V2(), "shortId": c.ID.V1(), "at": float64(start.UnixMilli()), "dialect": "v1", "method": "POST", "path": userGet.Path,
			"title": "Get a person", "agentId": float64(r.app.Agent), "appKey": string(r.app.Key), "appName": "hello", "ip": "203.0.113.7",
			"status": 200.0, "code": "60011", "tookUs": 1500.0, "operation": userGet.Name(), "scope": "qyapi_get_member", "grade": "R1",
			"rule": "scope.missing", "step": "permit", "requiredScopes": []any{"qyapi_get_member"},
			"expected": "qyapi_get_member (Read people, R2)", "found": "qyapi_base", "hint": "gatepost explain " + id.Call(7).V2() + " --fix",
			"message": c.Refusal.Text("en"), "warning": "unknown fields: usrid, lang", "masked": []any{"mobile"},
			"suppressed":   []any{map[string]any{"field": "mobile", "why": "grade"}, map[string]any{"field": "mobile", "why": "rule", "ruleId": 7.0}},
			"requestBytes": 12.0, "answerBytes": 345.0,
			"fix": map[string]any{"kind": "scope", "description": "grant qyapi_get_member (Read people, R2) to the app “hello”",
				"command": "gatepost explain " + c.ID.V2() + " --fix", "allowed": true},
			"steps": []any{map[string]any{"name": "find", "tookUs": 3.0}, map[string]any{"name": "answer", "tookUs": 7.0}},
		}
		for _, face := range []string{c.ID.V1(), c.ID.V2(), strings.ToLower(c.ID.V2())} {
			if got := r.must("call.get", `{"requestId":"%s"}`, face); !reflect.DeepEqual(got, want) {
				t.Errorf("%s:\n%v, want\n%v", face, got, want)
			}
		}
		r.lang = "zh"
		got := r.must("call.get", `{"requestId":"%s"}`, c.ID.V1())
		if got["message"] != c.Refusal.Text("zh") || got["title"] != "查询用户详情" || got["warning"] != "未知参数：usrid, lang" ||
			got["expected"] != "qyapi_get_member（成员信息读权限，R2）" || got["found"] != "qyapi_base" {
			t.Errorf("in Chinese: %v", got)
		}
		for _, requestID := range []string{r.calls.New().V2(), "nonsense"} {
			if _, err := r.call(corp, "call.get", `{"requestId":"%s"}`, requestID); apierror.From(err).Rule != apierror.CallUnknown {
				t.Errorf("%s: %v", requestID, err)
			}
		}
		if _, err := r.call("dingother", "call.get", `{"requestId":"%s"}`, c.ID.V1()); apierror.From(err).Rule != apierror.CallUnknown {
			t.Errorf("another corp gets the call: %v", err)
		}
	})
}

// A call that led to no corp is found by whoever has its id, and listed for nobody.
func TestCallsWithoutCorp(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		r := newRoom(t, db)
		forged := r.refused(apierror.TokenForged.Got("abc"))
		forged.Op, forged.Caller = nil, op.Caller{}
		forged.Known = audit.Known{Name: "some.api", Title: "某接口"}
		traced := r.refused(apierror.AppSecretWrong)
		traced.Caller = op.Caller{Trace: &op.Trace{Corp: corp, App: r.app.Key, Agent: r.app.Agent}}
		r.record(forged, traced)
		got := r.must("call.list", `{"requestId":"%s"}`, forged.ID.V2())["list"].([]any)
		if len(got) != 1 || got[0].(map[string]any)["title"] != "某接口" {
			t.Errorf("by id: %v", got)
		}
		list := r.must("call.list", `{}`)["list"].([]any)
		if len(list) != 1 || list[0].(map[string]any)["appName"] != "hello" {
			t.Errorf("listed: %v", list)
		}
		if got := r.must("call.list", `{"requestId":"%s"}`, r.calls.New().V2()); !reflect.DeepEqual(got["list"], []any{}) {
			t.Errorf("an unknown id lists %v", got)
		}
	})
}

func TestListFilters(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		r := newRoom(t, db)
		ok, refused, failed := r.called(), r.scopeMissing(), r.refused(fmt.Errorf("disk full"))
		other := r.called()
		other.Caller.Agent, other.Caller.App, other.Path = 1, "dinggone", "/v1.0/100%/x"
		r.now = r.now.Add(time.Hour)
		late := r.called()
		late.Caller.User, late.IP = "ZhangSan", netip.MustParseAddr("2001:db8::1")
		names := map[string]string{ok.ID.V2(): "ok", refused.ID.V2(): "refused", failed.ID.V2(): "failed", other.ID.V2(): "other", late.ID.V2(): "late"}
		r.record(ok, refused, failed, other, late)
		for _, tc := range []struct {
			name, body string
			want       string
		}{
			{"all", `{}`, "late other failed refused ok"},
			{"ok", `{"outcome":"ok"}`, "late other ok"},
			{"refused", `{"outcome":"refused"}`, "refused"},
			{"error", `{"outcome":"error"}`, "failed"},
			{"agent", fmt.Sprintf(`{"agentId":%d}`, r.app.Agent), "late failed refused ok"},
			{"agent and outcome", fmt.Sprintf(`{"agentId":%d,"outcome":"ok"}`, r.app.Agent), "late ok"},
			{"unknown agent", `{"agentId":2}`, ""},
			{"path", `{"path":"USER/get"}`, "late failed refused ok"},
			{"path with a percent", `{"path":"0%/"}`, "other"},
			{"user", `{"search":"zhangsan"}`, "late"},
			{"address", `{"search":"2001:db8"}`, "late"},
			{"rule", `{"search":"scope.missing"}`, "refused"},
			{"code", `{"search":"60011"}`, "refused"},
			{"title", `{"search":"get a person"}`, "late other failed refused ok"},
			{"since", fmt.Sprintf(`{"since":%d}`, r.now.UnixMilli()), "late"},
			{"until", fmt.Sprintf(`{"until":%d}`, start.UnixMilli()), "other failed refused ok"},
			{"id", `{"requestId":"` + failed.ID.V1() + `"}`, "failed"},
		} {
			var got []string
			for _, item := range r.must("call.list", "%s", tc.body)["list"].([]any) {
				got = append(got, names[item.(map[string]any)["id"].(string)])
			}
			if strings.Join(got, " ") != tc.want {
				t.Errorf("%s: %v, want %s", tc.name, got, tc.want)
			}
		}
		if got, err := r.call("dingother", "call.list", `{}`); err != nil || !reflect.DeepEqual(got["list"], []any{}) {
			t.Errorf("another corp sees %v, %v", got, err)
		}
		last, err := r.log.LastCalls(t.Context(), corp, []id.Agent{r.app.Agent, 1, 2})
		if err != nil || len(last) != 2 || !last[r.app.Agent].Equal(r.now) || !last[1].Equal(start) {
			t.Errorf("last calls %v, %v", last, err)
		}
	})
}

func TestListPages(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		r := newRoom(t, db)
		var want, got []string
		for range 250 { // more than a batch
			c := r.called()
			want = append(want, c.ID.V2())
			r.log.Record(c)
		}
		r.record()
		slices.Reverse(want)
		for cursor := ""; ; {
			page := r.must("call.list", `{"size":100,"cursor":"%s"}`, cursor)
			for _, item := range page["list"].([]any) {
				got = append(got, item.(map[string]any)["id"].(string))
			}
			if page["hasMore"] == false {
				break
			}
			cursor = page["nextCursor"].(string)
		}
		if !slices.Equal(got, want) {
			t.Errorf("the pages have %d calls, or in another order", len(got))
		}
		if _, err := r.call(corp, "call.list", `{"cursor":"?"}`); apierror.From(err).Rule != apierror.ParameterInvalid {
			t.Errorf("a wrong cursor: %v", err)
		}
	})
}

func TestStats(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		r := newRoom(t, db)
		r.record(r.called(), r.called(), r.scopeMissing())
		r.now = r.now.Add(2 * time.Minute)
		r.record(r.refused(fmt.Errorf("disk full")))
		buckets := r.must("call.stats", `{"minutes":4}`)["buckets"].([]any)
		at := float64(start.Truncate(time.Minute).UnixMilli())
		bucket := func(minute, ok, refused, failed float64) map[string]any {
			return map[string]any{"at": at + minute*60000, "ok": ok, "refused": refused, "error": failed}
		}
		if want := []any{bucket(-1, 0, 0, 0), bucket(0, 2, 1, 0), bucket(1, 0, 0, 0), bucket(2, 0, 0, 1)}; !reflect.DeepEqual(buckets, want) {
			t.Errorf("buckets\n%v, want\n%v", buckets, want)
		}
		if n := len(r.must("call.stats", `{}`)["buckets"].([]any)); n != 60 {
			t.Errorf("%d buckets by default", n)
		}
		agent := r.must("call.list", `{"outcome":"ok"}`)["list"].([]any)[0].(map[string]any)["agentId"].(float64)
		sum := func(agentID float64) (n float64) {
			for _, b := range r.must("call.stats", `{"minutes":4,"agentId":%.0f}`, agentID)["buckets"].([]any) {
				n += b.(map[string]any)["ok"].(float64)
			}
			return n
		}
		if own, other := sum(agent), sum(agent+1); own != 2 || other != 0 {
			t.Errorf("of the app itself %v calls, of another %v", own, other)
		}
	})
}

// Calls are found by why fields of theirs were suppressed.
func TestListBySuppression(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		r := newRoom(t, db)
		by := func(list ...op.Suppressed) *audit.Call {
			c := r.called()
			c.Masked = list
			return c
		}
		r.record(by(op.Suppressed{Field: "mobile", Why: op.WhyRule, Rule: 1}, op.Suppressed{Field: "email", Why: op.WhyRule, Rule: 1}),
			by(op.Suppressed{Field: "mobile", Why: op.WhyRule, Rule: 12}, op.Suppressed{Field: "name", Why: op.WhyProtected}), by())
		for search, want := range map[string]int{"masked.": 2, "masked.rule.1.": 1, "masked.rule.12.": 1, "masked.protected": 1, "masked.grade": 0} {
			if got := len(r.must("call.list", `{"search":"%s"}`, search)["list"].([]any)); got != want {
				t.Errorf("%s finds %d calls, want %d", search, got, want)
			}
		}
	})
}

// Text that callers send is no danger to the database.
func TestHostileText(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		r := newRoom(t, db)
		c := r.refused(apierror.ParameterInvalid.With("name", "a\x00b").Got("bad \xff\x00 text"))
		c.Path = "/" + strings.Repeat("企", 10_000) + "\x00"
		c.Warnings = slices.Repeat([]string{"x\x00"}, 1000)
		r.record(c)
		got := r.must("call.get", `{"requestId":"%s"}`, c.ID.V2())
		if len(got["path"].(string)) > 600 || strings.Contains(got["message"].(string), "\x00") || len(got["warning"].(string)) > 200 {
			t.Errorf("kept as it came: %v", got)
		}
	})
}

func TestLookingLeavesNoTrace(t *testing.T) {
	t.Parallel()
	r := newRoom(t, storetest.Open(t))
	for _, name := range []string{"call.list", "call.get", "call.stats", "call.fix"} {
		o := r.ops[name]
		c := r.called()
		c.Op, c.Path, c.Dialect = &o, o.Path, o.Dialect
		refused := *c
		refused.ID, refused.Refusal = r.calls.New(), apierror.CallUnknown.With()
		r.record(c, &refused)
	}
	var got []string
	for _, item := range r.must("call.list", `{}`)["list"].([]any) {
		got = append(got, strings.TrimPrefix(item.(map[string]any)["path"].(string), "/console/api/"))
	}
	// A repair, and whatever was refused, is remembered.
	if want := []string{"call.fix", "call.fix", "call.stats", "call.get", "call.list"}; !slices.Equal(got, want) {
		t.Errorf("remembered %v, want %v", got, want)
	}
}
