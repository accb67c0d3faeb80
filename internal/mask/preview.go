package mask

import (
	"context"
	"encoding/json"
	"slices"
	"strings"

	"github.com/gatepost/gatepost/internal/app"
	"github.com/gatepost/gatepost/internal/id"
	"github.com/gatepost/gatepost/internal/op"
	"github.com/gatepost/gatepost/internal/scope"
)

// usualOperation is previewed where none is named.
const usualOperation = "/topapi/v2/user/get"

type previewRequest struct {
	Rule      *ruleRequest `json:"rule" doc:"要预览的规则；不传则预览现有规则"`
	AgentID   id.Agent     `json:"agentId" required:"true" doc:"以此应用的身份"`
	Operation string       `json:"operation" maxLen:"512" doc:"读取类接口：路径，或方法与带变量值的路径"`
	Request   op.JSONText  `json:"request" maxLen:"65536" doc:"请求体，JSON 对象"`
	UserID    id.User      `json:"userId" maxLen:"64" doc:"代替 request：查询此员工"`
}

type previewResponse struct {
	Before  op.JSONText    `json:"before" grade:"R2" mask:"hide"`
	After   op.JSONText    `json:"after" grade:"R2" mask:"hide"`
	Changed []previewField `json:"changed"`
}

type previewField struct {
	Field string     `json:"field" grade:"R1"`
	Why   op.Why     `json:"why" grade:"R1"`
	Scope scope.Name `json:"scope,omitzero" grade:"R1"`
	Rule  int64      `json:"ruleId,omitzero" grade:"R1"`
}

func (m *Masks) preview(ctx context.Context, who op.Caller, q *previewRequest) (*previewResponse, error) {
	o, r, vars, err := m.asked(q, who.User)
	if err != nil {
		return nil, err
	}
	a, err := m.apps.ByAgent(ctx, who.Corp, q.AgentID)
	if err != nil {
		return nil, err
	}
	as := seen(a, who)
	request, _, err := o.Decode(r, vars, as)
	if err != nil {
		return nil, err
	}
	policy, err := m.policyWith(ctx, as, o, q, who)
	if err != nil {
		return nil, err
	}
	resp, err := o.Invoke(ctx, as, request)
	if err != nil {
		return nil, err
	}
	before, err := o.Encode(resp)
	if err != nil {
		return nil, err
	}
	answer := &previewResponse{Before: op.JSONText(before)}
	for _, s := range o.Mask(resp, as, policy) {
		answer.Changed = append(answer.Changed, previewField(s))
	}
	after, err := o.Encode(resp)
	answer.After = op.JSONText(after)
	return answer, err
}

// seen is the caller as which a answers an administrator's preview.
func seen(a *app.App, who op.Caller) op.Caller {
	return op.Caller{As: op.App, Corp: a.Corp, App: a.Key, Agent: a.Agent, Scopes: a.ScopeNames(), Grade: a.Grade, Range: a.Range,
		Strict: a.Strict, IDs: a.IDs, Call: who.Call, IP: who.IP, Lang: who.Lang, Base: who.Base, Trace: &op.Trace{}}
}

// asked is the operation that is previewed and the request to it.
func (m *Masks) asked(q *previewRequest, self id.User) (*op.Operation, *op.Request, op.Vars, error) {
	name, body, user := q.Operation, string(q.Request), q.UserID
	if name == "" {
		name = usualOperation
		if body == "" && user == "" {
			user = self
		}
	}
	method, path, ok := strings.Cut(name, " ")
	if !ok {
		method, path = "POST", name
	}
	if user != "" {
		b, err := json.Marshal(map[string]id.User{"userid": user})
		if err != nil {
			return nil, nil, op.Vars{}, err
		}
		body = string(b)
	}
	path, query, _ := strings.Cut(path, "?")
	o, vars := m.Catalogue().Find(method, path)
	if o == nil || o.Verb != op.Read || o.As != op.App && o.As != op.AppOrPerson {
		return nil, nil, vars, invalid("operation").Want("a reading operation that applications call").Got("%s", name)
	}
	r := &op.Request{Method: method, Path: path, Query: query, Head: jsonHead{}}
	if body != "" && method != "GET" {
		r.Body, r.Length = strings.NewReader(body), int64(len(body))
	}
	return o, r, vars, nil
}

// policyWith is the policy in force with the rule that is tried in its place.
func (m *Masks) policyWith(ctx context.Context, as op.Caller, o *op.Operation, q *previewRequest, who op.Caller) (op.Policy, error) {
	p, err := m.Policy(ctx, &as, o)
	if err != nil || q.Rule == nil {
		return p, err
	}
	r := q.Rule.rule(who.User, m.clk.At(who.Corp))
	if err := m.check(ctx, who.Corp, &r); err != nil {
		return p, err
	}
	rules, err := m.Rules(ctx, who.Corp)
	if err != nil {
		return p, err
	}
	if i := slices.IndexFunc(rules, func(old Rule) bool { return old.ID == r.ID }); i >= 0 {
		rules[i] = r
	} else {
		rules = append(rules, r)
	}
	tried := newSheet(rules).policy(o, callerOf(&as))
	tried.Protected = p.Protected
	return tried, nil
}

// jsonHead is the head of a request that carries JSON.
type jsonHead struct{}

// Get implements op.Head.
func (jsonHead) Get(name string) string {
	if strings.EqualFold(name, "Content-Type") {
		return "application/json"
	}
	return ""
}

// Values implements op.Head.
func (h jsonHead) Values(name string) []string {
	if v := h.Get(name); v != "" {
		return []string{v}
	}
	return nil
}
