package mask

import (
	"context"
	"time"

	"github.com/gatepost/gatepost/internal/id"
	"github.com/gatepost/gatepost/internal/op"
	"github.com/gatepost/gatepost/internal/scope"
)

// Console returns the console's operations on rules and protected people.
func (m *Masks) Console() []op.Operation {
	return []op.Operation{
		op.Console("mask.list", m.list, op.Spec{Title: "查询脱敏规则", TitleEN: "List mask rules", As: op.Admin, Verb: op.Read,
			Doc: "The company's rules, by number. Every rule that holds for a call applies, after what is declared: a rule never shows more."}),
		op.Console("mask.set", m.set, op.Spec{Title: "设置脱敏规则", TitleEN: "Set a mask rule", As: op.Admin, Verb: op.Manage,
			Doc: "Stores a rule, a new one without id; it holds within a second on every node. field is a name at any depth or a path from the answer's object, such as list[].mobile. operation, agentId, withoutScope and dataGrade narrow it. Refused where no answer to applications has the field. A kind for text hides what is no text."}),
		op.Console("mask.remove", m.remove, op.Spec{Title: "删除脱敏规则", TitleEN: "Remove a mask rule", As: op.Admin, Verb: op.Manage,
			Doc: "Removes a rule; within a second no answer is under it."}),
		op.Console("mask.preview", m.preview, op.Spec{Title: "预览脱敏规则", TitleEN: "Preview a mask rule", As: op.Admin, Verb: op.Read,
			Doc: "Answers one real call of a reading operation as before and as the app will see it with the rule beside those in force, and tells which fields changed and why. Nothing is stored. Without operation it is /topapi/v2/user/get; userId stands for a request with that userid; without any of them it is the administrator's own row. The call is made within the app's range."}),
		op.Console("person.protect", m.protect, op.Spec{Title: "保护人员", TitleEN: "Protect a person", As: op.Admin, Verb: op.Manage,
			Doc: "From then on applications see only the ids of this person, whatever was granted to them. The console still shows the person."}),
		op.Console("person.unprotect", m.unprotect, op.Spec{Title: "取消人员保护", TitleEN: "End the protection of a person", As: op.Admin, Verb: op.Manage,
			Doc: "Ends the protection and the person's waivers."}),
		op.Console("person.protected.list", m.protected, op.Spec{Title: "查询受保护的人员", TitleEN: "List protected people", As: op.Admin, Verb: op.Read,
			Doc: "The protected people with the apps that may see them nevertheless. A waiver that ended is still listed, as not active."}),
		op.Console("person.waiver.set", m.setWaiver, op.Spec{Title: "豁免人员保护", TitleEN: "Waive the protection of a person for an app", As: op.Admin, Verb: op.Manage,
			Doc: "Lets one app see a protected person, by its grants as anybody else, until a time of the company's clock. A second one for the same app replaces the first."}),
		op.Console("person.waiver.remove", m.removeWaiver, op.Spec{Title: "取消豁免", TitleEN: "End a waiver", As: op.Admin, Verb: op.Manage,
			Doc: "Ends a waiver before its time."}),
	}
}

type ruleItem struct {
	ID           int64       `json:"id" grade:"R1"`
	Field        string      `json:"field" grade:"R1"`
	Kind         op.Mask     `json:"kind" enum:"phone,idcard,email,name,bankcard,pattern,hide" grade:"R1"`
	Pattern      string      `json:"pattern,omitzero" grade:"R1"`
	Replacement  string      `json:"replacement,omitzero" grade:"R1"`
	Operation    string      `json:"operation,omitzero" grade:"R1"`
	AgentID      id.Agent    `json:"agentId,omitzero" grade:"R1"`
	AppName      string      `json:"appName,omitzero" grade:"R1"`
	WithoutScope scope.Name  `json:"withoutScope,omitzero" grade:"R1"`
	DataGrade    scope.Grade `json:"dataGrade,omitzero" grade:"R1"`
	Enabled      bool        `json:"enabled" grade:"R1"`
	Reason       string      `json:"reason" grade:"R1"`
	By           string      `json:"by" grade:"R1"`
	At           int64       `json:"at" grade:"R1"`
}

func (m *Masks) itemOf(ctx context.Context, corp id.Corp, r Rule) ruleItem {
	return ruleItem{ID: r.ID, Field: r.Field, Kind: r.Kind, Pattern: r.Pattern, Replacement: r.Replacement, Operation: r.Operation,
		AgentID: r.Agent, AppName: m.appName(ctx, corp, r.Agent), WithoutScope: r.Lacks, DataGrade: r.Grade, Enabled: r.Enabled, Reason: r.Reason, By: r.By, At: r.At.UnixMilli()}
}

// appName is how an app is called; empty for none, and for one that is gone.
func (m *Masks) appName(ctx context.Context, corp id.Corp, agent id.Agent) string {
	if agent == 0 {
		return ""
	}
	a, err := m.apps.ByAgent(ctx, corp, agent)
	if err != nil {
		return ""
	}
	return a.Name
}

type ruleList struct {
	List []ruleItem `json:"list"`
}

func (m *Masks) list(ctx context.Context, who op.Caller, _ *op.None) (*ruleList, error) {
	rules, err := m.Rules(ctx, who.Corp)
	answer := &ruleList{}
	for _, r := range rules {
		answer.List = append(answer.List, m.itemOf(ctx, who.Corp, r))
	}
	return answer, err
}

type ruleRequest struct {
	ID           int64       `json:"id" min:"0" doc:"规则编号；不传为新规则"`
	Field        string      `json:"field" required:"true" maxLen:"128" doc:"字段名，或以 [] 标记列表的路径"`
	Kind         op.Mask     `json:"kind" required:"true" enum:"phone,idcard,email,name,bankcard,pattern,hide" doc:"脱敏方式"`
	Pattern      string      `json:"pattern" maxLen:"256" doc:"kind 为 pattern 时的 RE2 表达式"`
	Replacement  string      `json:"replacement" maxLen:"64" doc:"替换为；$1 表示第一个分组"`
	Operation    string      `json:"operation" maxLen:"256" doc:"只用于此接口：路径，或方法与路由"`
	AgentID      id.Agent    `json:"agentId" doc:"只用于此应用"`
	WithoutScope scope.Name  `json:"withoutScope" maxLen:"64" doc:"只用于没有此权限点的调用者"`
	DataGrade    scope.Grade `json:"dataGrade" enum:"R1,R2" doc:"只用于此数据分级的调用者"`
	Enabled      bool        `json:"enabled" default:"true" doc:"是否启用"`
	Reason       string      `json:"reason" maxLen:"200" doc:"原因"`
}

func (q *ruleRequest) rule(by id.User, at time.Time) Rule {
	return Rule{ID: q.ID, Field: q.Field, Kind: q.Kind, Pattern: q.Pattern, Replacement: q.Replacement, Operation: q.Operation,
		Agent: q.AgentID, Lacks: q.WithoutScope, Grade: q.DataGrade, Enabled: q.Enabled, Reason: q.Reason, By: string(by), At: at}
}

func (m *Masks) set(ctx context.Context, who op.Caller, q *ruleRequest) (*ruleItem, error) {
	r, err := m.SetRule(ctx, who.Corp, q.rule(who.User, m.clk.At(who.Corp)))
	if err != nil {
		return nil, err
	}
	return new(m.itemOf(ctx, who.Corp, r)), nil
}

type ruleID struct {
	ID int64 `json:"id" required:"true" doc:"规则编号"`
}

func (m *Masks) remove(ctx context.Context, who op.Caller, q *ruleID) (*op.None, error) {
	return &op.None{}, m.RemoveRule(ctx, who.Corp, q.ID)
}

type protectRequest struct {
	UserID id.User `json:"userId" required:"true" maxLen:"64" doc:"员工的 userid"`
	Reason string  `json:"reason" maxLen:"200" doc:"原因"`
}

func (m *Masks) protect(ctx context.Context, who op.Caller, q *protectRequest) (*op.None, error) {
	return &op.None{}, m.Protect(ctx, who.Corp, Protected{User: q.UserID, Reason: q.Reason, By: string(who.User), At: m.clk.At(who.Corp)})
}

type unprotectRequest struct {
	UserID id.User `json:"userId" required:"true" maxLen:"64" doc:"员工的 userid"`
}

func (m *Masks) unprotect(ctx context.Context, who op.Caller, q *unprotectRequest) (*op.None, error) {
	return &op.None{}, m.Unprotect(ctx, who.Corp, q.UserID)
}

type protectedList struct {
	List []protectedItem `json:"list"`
}

type protectedItem struct {
	UserID  id.User      `json:"userId" grade:"R1"`
	Name    string       `json:"name,omitzero" grade:"R1"`
	Reason  string       `json:"reason" grade:"R1"`
	By      string       `json:"by" grade:"R1"`
	At      int64        `json:"at" grade:"R1"`
	Waivers []waiverItem `json:"waivers"`
}

type waiverItem struct {
	AgentID id.Agent `json:"agentId" grade:"R1"`
	AppName string   `json:"appName,omitzero" grade:"R1"`
	Until   int64    `json:"until" grade:"R1"`
	Active  bool     `json:"active" grade:"R1"`
	Reason  string   `json:"reason" grade:"R1"`
	By      string   `json:"by" grade:"R1"`
	At      int64    `json:"at" grade:"R1"`
}

func (m *Masks) protected(ctx context.Context, who op.Caller, _ *op.None) (*protectedList, error) {
	people, waivers, err := m.Protection(ctx, who.Corp)
	if err != nil {
		return nil, err
	}
	users := make([]id.User, len(people))
	for i, p := range people {
		users[i] = p.User
	}
	names, err := m.dir.PersonNames(ctx, who.Corp, users)
	if err != nil {
		return nil, err
	}
	now := m.clk.At(who.Corp)
	answer := &protectedList{}
	for _, p := range people {
		item := protectedItem{UserID: p.User, Name: names[p.User], Reason: p.Reason, By: p.By, At: p.At.UnixMilli()}
		for _, w := range waivers {
			if w.User == p.User {
				item.Waivers = append(item.Waivers, waiverItem{w.Agent, m.appName(ctx, who.Corp, w.Agent), w.Until.UnixMilli(),
					now.Before(w.Until), w.Reason, w.By, w.At.UnixMilli()})
			}
		}
		answer.List = append(answer.List, item)
	}
	return answer, nil
}

type waiverRequest struct {
	UserID  id.User  `json:"userId" required:"true" maxLen:"64" doc:"受保护员工的 userid"`
	AgentID id.Agent `json:"agentId" required:"true" doc:"应用的 AgentId"`
	Until   int64    `json:"until" required:"true" min:"1" doc:"豁免到何时，毫秒；按企业时钟"`
	Reason  string   `json:"reason" maxLen:"200" doc:"原因"`
}

func (m *Masks) setWaiver(ctx context.Context, who op.Caller, q *waiverRequest) (*op.None, error) {
	return &op.None{}, m.SetWaiver(ctx, who.Corp, Waiver{User: q.UserID, Agent: q.AgentID, Until: time.UnixMilli(q.Until),
		Reason: q.Reason, By: string(who.User), At: m.clk.At(who.Corp)})
}

type waiverEndRequest struct {
	UserID  id.User  `json:"userId" required:"true" maxLen:"64" doc:"受保护员工的 userid"`
	AgentID id.Agent `json:"agentId" required:"true" doc:"应用的 AgentId"`
}

func (m *Masks) removeWaiver(ctx context.Context, who op.Caller, q *waiverEndRequest) (*op.None, error) {
	return &op.None{}, m.RemoveWaiver(ctx, who.Corp, q.UserID, q.AgentID)
}
