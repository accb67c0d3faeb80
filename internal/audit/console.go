package audit

import (
	"context"
	"errors"
	"strings"
	"time"

	"github.com/gatepost/gatepost/internal/apierror"
	"github.com/gatepost/gatepost/internal/id"
	"github.com/gatepost/gatepost/internal/op"
	"github.com/gatepost/gatepost/internal/scope"
)

// Console returns the console's operations on the request log.
func (l *Log) Console() []op.Operation {
	return []op.Operation{
		op.Console("call.list", l.list, op.Spec{Title: "查询调用日志", TitleEN: "List calls", As: op.Admin, Verb: op.Read,
			Doc: "Pages through the company's calls, the newest first; a call is there about a second after it was made. search matches path, operation, AppKey, userId, delegate, IP, rule, error code, what was found and why fields were masked (masked.grade, masked.scope, masked.protected, masked.rule.ID.); shadow finds the calls that a limit would have refused, were it more than counted; requestId finds one call, also one that led to no company. Calls that read the log are not logged."}),
		op.Console("call.get", l.get, op.Spec{Title: "查询一次调用", TitleEN: "Get a call", As: op.Admin, Verb: op.Read,
			Doc: "One call by its requestId, in either form: the time each step took, the rule that refused it, what was expected and found, what to do, which program made it for the person and how the person confirmed it, which fields were masked or left out and why (grade, scope, rule, protected), of which of the platform's ids the app used ids of its own, and the repair that can be applied."}),
		op.Console("call.fix", l.fix, op.Spec{Title: "修复一次被拒绝的调用", TitleEN: "Repair a refused call", As: op.Admin, Verb: op.Manage,
			Doc: "Applies the call's repair: grants the permission point, adds to the IP allow-list or the redirect URLs, or lets the app use the dialect. Works on the company's own calls; refused where there is no repair to apply."}),
		op.Console("call.stats", l.stats, op.Spec{Title: "查询调用统计", TitleEN: "Count calls", As: op.Admin, Verb: op.Read,
			Doc: "How many calls of each of the last minutes, of the company or of one app, were answered, refused and failed, minutes without calls included; the last one is the present minute."}),
	}
}

type callListRequest struct {
	Search    string   `json:"search" maxLen:"128" doc:"任一关键词的一部分"`
	RequestID string   `json:"requestId" maxLen:"64" doc:"requestId 或 request_id"`
	AgentID   id.Agent `json:"agentId" doc:"只列此应用"`
	Outcome   Outcome  `json:"outcome" enum:"ok,refused,error" doc:"只列此结果"`
	Path      string   `json:"path" maxLen:"256" doc:"路径的一部分"`
	Shadow    string   `json:"shadow" maxLen:"64" doc:"只列此影子规则本会拒绝的调用；any 为任一影子规则"`
	Since     int64    `json:"since" min:"0" doc:"不早于，毫秒"`
	Until     int64    `json:"until" min:"0" doc:"不晚于，毫秒"`
	Cursor    string   `json:"cursor" maxLen:"64" doc:"上一页的 nextCursor"`
	Size      int      `json:"size" min:"1" max:"100" default:"20" doc:"每页条数"`
}

type callListItem struct {
	ID       string   `json:"id" grade:"R1"`
	ShortID  string   `json:"shortId" grade:"R1"`
	At       int64    `json:"at" grade:"R1"`
	Dialect  string   `json:"dialect" grade:"R1"`
	Method   string   `json:"method" grade:"R1"`
	Path     string   `json:"path" grade:"R1"`
	Title    string   `json:"title" grade:"R1"`
	AgentID  id.Agent `json:"agentId,omitzero" grade:"R1"`
	AppKey   id.App   `json:"appKey,omitzero" grade:"R1"`
	AppName  string   `json:"appName,omitzero" grade:"R1"`
	UserID   id.User  `json:"userId,omitzero" grade:"R1"`
	Delegate string   `json:"delegate,omitzero" grade:"R1"`
	IP       string   `json:"ip" grade:"R1"`
	Status   int      `json:"status" grade:"R1"`
	Code     string   `json:"code" grade:"R1"`
	Message  string   `json:"message" grade:"R1"`
	TookUS   int64    `json:"tookUs" grade:"R1"`
	Shadow   []string `json:"shadow,omitempty" grade:"R1"`
}

type callListResponse struct {
	List       []callListItem `json:"list"`
	NextCursor string         `json:"nextCursor,omitzero" grade:"R1"`
	HasMore    bool           `json:"hasMore" grade:"R1"`
}

func (l *Log) list(ctx context.Context, who op.Caller, q *callListRequest) (*callListResponse, error) {
	if q.RequestID != "" {
		return l.listOne(ctx, who, q.RequestID)
	}
	f := filter{agent: q.AgentID, outcome: q.Outcome, path: q.Path, search: q.Search, shadow: q.Shadow, since: moment(q.Since), until: moment(q.Until), size: q.Size + 1}
	if q.Cursor != "" {
		var ok bool
		if f.before, ok = id.ParseCall(q.Cursor); !ok {
			return nil, apierror.ParameterInvalid.With("name", "cursor").Want("the nextCursor of the page before").Got("%s", q.Cursor)
		}
	} else if err := l.Flush(ctx); err != nil { // who looks has just called, and looks for that call
		return nil, err
	}
	rows, err := l.page(ctx, who.Corp, f)
	if err != nil {
		return nil, err
	}
	answer := &callListResponse{HasMore: len(rows) > q.Size}
	if answer.HasMore {
		rows = rows[:q.Size]
		answer.NextCursor = rows[q.Size-1].id.V1()
	}
	for _, r := range rows {
		item, err := l.item(ctx, r, who.Lang)
		if err != nil {
			return nil, err
		}
		answer.List = append(answer.List, item)
	}
	return answer, nil
}

// listOne is the list of the call with this id; empty when there is none.
func (l *Log) listOne(ctx context.Context, who op.Caller, requestID string) (*callListResponse, error) {
	r, err := l.find(ctx, who.Corp, requestID)
	if errors.Is(err, apierror.CallUnknown) {
		return &callListResponse{}, nil
	}
	if err != nil {
		return nil, err
	}
	item, err := l.item(ctx, r, who.Lang)
	return &callListResponse{List: []callListItem{item}}, err
}

func (l *Log) item(ctx context.Context, r row, lang string) (callListItem, error) {
	d := &r.detail
	item := callListItem{ID: r.id.V2(), ShortID: r.id.V1(), At: r.at.UnixMilli(), Dialect: d.Dialect, Method: d.Method, Path: r.path,
		Title: d.title(lang), AgentID: r.agent, AppKey: d.App, UserID: d.User, Delegate: d.Delegate, IP: d.IP, Status: d.Status, Code: d.Code, TookUS: d.TookUS, Shadow: d.Shadow}
	if refusal := d.refusal(); refusal != nil {
		item.Message = refusal.Text(lang)
	}
	if r.agent == 0 {
		return item, nil
	}
	app, err := l.apps.ByAgent(ctx, r.corp, r.agent)
	switch {
	case err == nil:
		item.AppName = app.Name
	case !errors.Is(err, apierror.AgentUnknown): // deleted since
		return item, err
	}
	return item, nil
}

type callGetRequest struct {
	RequestID string `json:"requestId" required:"true" maxLen:"64" doc:"requestId 或 request_id"`
}

// callID is an id of the app's own that the call used, and the platform's id of
// the same.
type callID struct {
	Kind  op.IDKind `json:"kind" grade:"R1"`
	Own   string    `json:"own" grade:"R1"`
	Plain string    `json:"plain" grade:"R1"`
}

type callFix struct {
	Kind        string `json:"kind" grade:"R1"`
	Description string `json:"description" grade:"R1"`
	Command     string `json:"command" grade:"R1"`
	Allowed     bool   `json:"allowed" grade:"R1"`
	Why         string `json:"why,omitzero" grade:"R1"`
}

type callStep struct {
	Name   string `json:"name" grade:"R1"`
	TookUS int64  `json:"tookUs" grade:"R1"`
}

// callField is a field that was masked or left out, and why.
type callField struct {
	Field string     `json:"field" grade:"R1"`
	Why   op.Why     `json:"why" grade:"R1"`
	Scope scope.Name `json:"scope,omitzero" grade:"R1"`
	Rule  int64      `json:"ruleId,omitzero" grade:"R1"`
}

// callGetResponse is a callListItem and more; written out, because it is on the wire.
type callGetResponse struct {
	ID             string      `json:"id" grade:"R1"`
	ShortID        string      `json:"shortId" grade:"R1"`
	At             int64       `json:"at" grade:"R1"`
	Dialect        string      `json:"dialect" grade:"R1"`
	Method         string      `json:"method" grade:"R1"`
	Path           string      `json:"path" grade:"R1"`
	Title          string      `json:"title" grade:"R1"`
	AgentID        id.Agent    `json:"agentId,omitzero" grade:"R1"`
	AppKey         id.App      `json:"appKey,omitzero" grade:"R1"`
	AppName        string      `json:"appName,omitzero" grade:"R1"`
	UserID         id.User     `json:"userId,omitzero" grade:"R1"`
	Delegate       string      `json:"delegate,omitzero" grade:"R1"`
	Confirmed      string      `json:"confirmed,omitzero" grade:"R1"`
	IP             string      `json:"ip" grade:"R1"`
	Status         int         `json:"status" grade:"R1"`
	Code           string      `json:"code" grade:"R1"`
	Message        string      `json:"message" grade:"R1"`
	TookUS         int64       `json:"tookUs" grade:"R1"`
	Operation      string      `json:"operation" grade:"R1"`
	Scope          scope.Name  `json:"scope,omitzero" grade:"R1"`
	Grade          scope.Grade `json:"grade,omitzero" grade:"R1"`
	Rule           string      `json:"rule" grade:"R1"`
	Step           string      `json:"step" grade:"R1"`
	Expected       string      `json:"expected,omitzero" grade:"R1"`
	Found          string      `json:"found,omitzero" grade:"R1"`
	Canonical      string      `json:"canonical,omitzero" grade:"R1"`
	Hint           string      `json:"hint,omitzero" grade:"R1"`
	RequiredScopes []string    `json:"requiredScopes,omitempty" grade:"R1"`
	Warning        string      `json:"warning,omitzero" grade:"R1"`
	Masked         []string    `json:"masked,omitempty" grade:"R1"`
	Suppressed     []callField `json:"suppressed,omitempty"`
	IDs            []callID    `json:"ids,omitempty"`
	Shadow         []string    `json:"shadow,omitempty" grade:"R1"`
	RequestBytes   int         `json:"requestBytes" grade:"R1"`
	AnswerBytes    int         `json:"answerBytes" grade:"R1"`
	Fix            *callFix    `json:"fix,omitzero"`
	Steps          []callStep  `json:"steps"`
}

func (l *Log) get(ctx context.Context, who op.Caller, q *callGetRequest) (*callGetResponse, error) {
	r, err := l.find(ctx, who.Corp, q.RequestID)
	if err != nil {
		return nil, err
	}
	i, err := l.item(ctx, r, who.Lang)
	if err != nil {
		return nil, err
	}
	d := &r.detail
	answer := &callGetResponse{ID: i.ID, ShortID: i.ShortID, At: i.At, Dialect: i.Dialect, Method: i.Method, Path: i.Path, Title: i.Title,
		AgentID: i.AgentID, AppKey: i.AppKey, AppName: i.AppName, UserID: i.UserID, Delegate: i.Delegate, Confirmed: r.detail.Confirmed, IP: i.IP, Status: i.Status, Code: i.Code,
		Message: i.Message, TookUS: i.TookUS, Operation: d.Operation, Scope: d.Scope, Grade: d.Grade, Rule: d.Rule, Step: d.Last,
		Expected: d.expected(who.Lang), Found: d.found(who.Lang), RequiredScopes: d.Scopes, Warning: d.warning(who.Lang), Masked: d.Masked,
		Canonical: d.Canonical, Shadow: d.Shadow, RequestBytes: d.In, AnswerBytes: d.Out}
	if refusal := d.refusal(); refusal != nil {
		answer.Hint = refusal.Hint(who.Lang)
	}
	for _, s := range d.Steps {
		answer.Steps = append(answer.Steps, callStep(s))
	}
	for _, i := range d.IDs {
		answer.IDs = append(answer.IDs, callID(i))
	}
	for _, s := range d.Suppressed {
		answer.Suppressed = append(answer.Suppressed, callField(s))
	}
	repair, err := l.repair(ctx, who, r)
	if err != nil || repair == nil {
		return answer, err
	}
	answer.Fix = &callFix{Kind: d.Fix.Kind, Description: repair.description, Command: "gatepost explain " + r.id.V2() + " --fix",
		Allowed: repair.why == apierror.Words{}, Why: repair.why.In(who.Lang)}
	return answer, nil
}

func (d *detail) warning(lang string) string {
	if len(d.Warnings) == 0 {
		return ""
	}
	return in(lang, "未知参数：", "unknown fields: ") + strings.Join(d.Warnings, ", ")
}

type callFixResponse struct {
	Applied string `json:"applied" grade:"R1"`
}

func (l *Log) fix(ctx context.Context, who op.Caller, q *callGetRequest) (*callFixResponse, error) {
	r, err := l.find(ctx, who.Corp, q.RequestID)
	if err != nil {
		return nil, err
	}
	repair, err := l.repair(ctx, who, r)
	switch {
	case err != nil:
		return nil, err
	case repair == nil:
		return nil, apierror.FixNone.With()
	case repair.why != apierror.Words{}:
		return nil, apierror.FixNone.Got("%s", repair.why)
	}
	if err := repair.apply(ctx); err != nil {
		return nil, err
	}
	return &callFixResponse{repair.description}, nil
}

type callStatsRequest struct {
	Minutes int      `json:"minutes" min:"1" max:"1440" default:"60" doc:"最近多少分钟"`
	AgentID id.Agent `json:"agentId" doc:"只数此应用"`
}

type callBucket struct {
	At      int64 `json:"at" grade:"R1"`
	OK      int64 `json:"ok" grade:"R1"`
	Refused int64 `json:"refused" grade:"R1"`
	Error   int64 `json:"error" grade:"R1"`
}

type callStatsResponse struct {
	Buckets []callBucket `json:"buckets"`
}

func (l *Log) stats(ctx context.Context, who op.Caller, q *callStatsRequest) (*callStatsResponse, error) {
	since := l.clk.Real().Truncate(time.Minute).Add(-time.Duration(q.Minutes-1) * time.Minute)
	answer := &callStatsResponse{Buckets: make([]callBucket, q.Minutes)}
	for i := range answer.Buckets {
		answer.Buckets[i].At = since.Add(time.Duration(i) * time.Minute).UnixMilli()
	}
	found, err := l.buckets(ctx, who.Corp, q.AgentID, since)
	if err != nil {
		return nil, err
	}
	for _, b := range found {
		// A call that arrived since now was read lies beyond the last minute.
		if i := int(b.at.Sub(since) / time.Minute); i >= 0 && i < q.Minutes {
			at := &answer.Buckets[i]
			at.OK, at.Refused, at.Error = b.of(OK), b.of(Refused), b.of(Failed)
		}
	}
	return answer, nil
}

// moment is a time from the wire; 0 is none.
func moment(ms int64) time.Time {
	if ms == 0 {
		return time.Time{}
	}
	return time.UnixMilli(ms)
}

// in is the text in lang.
func in(lang, zh, en string) string {
	if lang == "en" {
		return en
	}
	return zh
}
