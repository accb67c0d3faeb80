package ratelimit

import (
	"context"
	"maps"
	"slices"
	"time"

	"github.com/gatepost/gatepost/internal/apierror"
	"github.com/gatepost/gatepost/internal/id"
	"github.com/gatepost/gatepost/internal/op"
)

// AppNames tells how apps are called, and refuses one that the corp does not have.
type AppNames interface {
	AppName(ctx context.Context, corp id.Corp, agent id.Agent) (string, error)
}

// Console returns the console's operations on flow control.
func (l *Limits) Console() []op.Operation {
	return []op.Operation{
		op.Console("limit.list", l.list, op.Spec{Title: "查询流控规则", TitleEN: "List rate limits", As: op.Admin, Verb: op.Read,
			Doc: "The company's rules, the platform's defaults for each of its apps, and the time zone in which its days begin; with platform the rules of the whole platform, for its operator. A default counts each app (agentId -1), each operation (operation *), or both by itself; one that came with the platform says where its number is from."}),
		op.Console("limit.set", l.set, op.Spec{Title: "设置流控规则", TitleEN: "Set a rate limit", As: op.Admin, Verb: op.Manage,
			Doc: "Makes a rule, or changes the one with the same subject and window, whose count goes on. Level 1: an app by day, an operation by second, minute or day. Level 2: an app's operation by second, minute or day, its group or all it calls by minute or day. A shadow rule counts and refuses nothing. agentId -1 is each app and operation * each operation, with a count of its own: a default, which holds where no rule says it more exactly. With platform the operator bounds an operation for all companies together, or sets a default for the apps of all."}),
		op.Console("limit.remove", l.remove, op.Spec{Title: "删除流控规则", TitleEN: "Remove a rate limit", As: op.Admin, Verb: op.Manage,
			Doc: "Removes a rule with its count."}),
		op.Console("limit.zone.set", l.setZone, op.Spec{Title: "设置流控时区", TitleEN: "Set the time zone of days", As: op.Admin, Verb: op.Manage,
			Doc: "Where the company's days begin, as an IANA time zone."}),
		op.Console("limit.group.list", l.groupList, op.Spec{Title: "查询接口分组", TitleEN: "List groups of operations", As: op.Admin, Verb: op.Read,
			Doc: "The company's own groups, and the names of those that operations declare."}),
		op.Console("limit.group.set", l.groupSet, op.Spec{Title: "设置接口分组", TitleEN: "Set a group of operations", As: op.Admin, Verb: op.Manage,
			Doc: "Makes the group just these operations; one may be in several groups. A group with the name of a declared one adds to it."}),
		op.Console("limit.group.remove", l.groupRemove, op.Spec{Title: "删除接口分组", TitleEN: "Remove a group of operations", As: op.Admin, Verb: op.Manage,
			Doc: "Rules and packages of the group stay and concern nothing until there is one of its name again."}),
		op.Console("limit.package.list", l.packageList, op.Spec{Title: "查询流量包", TitleEN: "List traffic packages", As: op.Admin, Verb: op.Read,
			Doc: "The company's packages, the one that ends soonest first, which is the order in which they are consumed."}),
		op.Console("limit.package.grant", l.packageGrant, op.Spec{Title: "开通流量包", TitleEN: "Grant a traffic package", As: op.Admin, Verb: op.Manage,
			Doc: "Grants an app an amount of calls for a time: of all operations, of one, or of a group. From then on the app is prepaid for these: without a package that has calls left they are refused."}),
		op.Console("limit.package.remove", l.packageRemove, op.Spec{Title: "收回流量包", TitleEN: "Take a traffic package back", As: op.Admin, Verb: op.Manage,
			Doc: "Removes a package; an app without packages is bounded by rules only."}),
		op.Console("limit.usage", l.usage, op.Spec{Title: "查询流控用量", TitleEN: "Show what limits have left", As: op.Admin, Verb: op.Read,
			Doc: "For each rule what its present window has left and when it ends; for a default, of the app or operation that used most. wouldRefuse counts the calls of this day on the node that answers."}),
		op.Console("limit.try", l.try, op.Spec{Title: "试算流控规则", TitleEN: "Try a rate limit on past calls", As: op.Admin, Verb: op.Read,
			Doc: "Which apps a rule would have refused, and when, by the request log of the last hours; days tells of each of the company's days how many calls the rule concerns and would have refused. Nothing is changed. Calls that a limit did refuse count as asked for."}),
	}
}

// scopeOf is the corp whose rules are meant: empty for the platform's, which are
// its operator's matter.
func scopeOf(who op.Caller, platform bool) (id.Corp, error) {
	if !platform {
		return who.Corp, nil
	}
	if !who.Operator {
		return "", apierror.NotAdministrator.Want("the platform's operator").Got("%s", who.User)
	}
	return "", nil
}

type limitRule struct {
	ID        string   `json:"id" grade:"R1"`
	Platform  bool     `json:"platform" grade:"R1"`
	Default   bool     `json:"default" grade:"R1"`
	Source    string   `json:"source,omitzero" grade:"R1"`
	Level     int      `json:"level" grade:"R1"`
	AgentID   id.Agent `json:"agentId,omitzero" grade:"R1"`
	AppName   string   `json:"appName,omitzero" grade:"R1"`
	Operation string   `json:"operation,omitzero" grade:"R1"`
	Group     string   `json:"group,omitzero" grade:"R1"`
	Window    Window   `json:"window" grade:"R1"`
	Max       int64    `json:"max" grade:"R1"`
	Shadow    bool     `json:"shadow" grade:"R1"`
	CreatedAt int64    `json:"createdAt" grade:"R1"`
	CreatedBy id.User  `json:"createdBy" grade:"R1"`
	ChangedAt int64    `json:"changedAt" grade:"R1"`
	ChangedBy id.User  `json:"changedBy" grade:"R1"`
}

func (l *Limits) shown(ctx context.Context, r Rule) limitRule {
	return limitRule{ID: r.ID, Platform: r.Corp == "", Default: r.each(), Source: r.Source, Level: r.Level, AgentID: r.Agent, AppName: l.name(ctx, r.Corp, r.Agent),
		Operation: r.Operation, Group: r.Group, Window: r.Window, Max: r.Max, Shadow: r.Shadow,
		CreatedAt: r.CreatedAt.UnixMilli(), CreatedBy: r.CreatedBy, ChangedAt: r.ChangedAt.UnixMilli(), ChangedBy: r.ChangedBy}
}

// name is how an app is called; empty for one that is gone.
func (l *Limits) name(ctx context.Context, corp id.Corp, agent id.Agent) string {
	if agent <= 0 {
		return ""
	}
	name, err := l.Apps.AppName(ctx, corp, agent)
	if err != nil {
		return ""
	}
	return name
}

type limitListRequest struct {
	Platform bool `json:"platform" doc:"全平台的规则，限运营者"`
}

type limitListResponse struct {
	List     []limitRule `json:"list"`
	TimeZone string      `json:"timeZone" grade:"R1"`
}

func (l *Limits) list(ctx context.Context, who op.Caller, q *limitListRequest) (*limitListResponse, error) {
	corp, err := scopeOf(who, q.Platform)
	if err != nil {
		return nil, err
	}
	rules, err := l.InForce(ctx, corp)
	if err != nil {
		return nil, err
	}
	zone, err := l.Zone(ctx, corp)
	answer := &limitListResponse{TimeZone: zone}
	for _, r := range rules {
		answer.List = append(answer.List, l.shown(ctx, r))
	}
	return answer, err
}

type limitSetRequest struct {
	Platform  bool     `json:"platform" doc:"全平台的规则，限运营者"`
	Level     int      `json:"level" min:"0" max:"2" doc:"应用按天时可选 1 或 2；0 由规则决定"`
	AgentID   id.Agent `json:"agentId" doc:"应用；不填为所有应用合计，-1 为每个应用各自计数"`
	Operation string   `json:"operation" maxLen:"256" doc:"接口路径；不填为全部合计，* 为每个接口各自计数"`
	Group     string   `json:"group" maxLen:"64" doc:"接口分组"`
	Window    Window   `json:"window" required:"true" enum:"second,minute,day" doc:"窗口"`
	Max       int64    `json:"max" min:"0" max:"1000000000000" doc:"每个窗口最多调用次数；0 全部拒绝"`
	Shadow    bool     `json:"shadow" doc:"只计数，不拒绝"`
}

func (l *Limits) set(ctx context.Context, who op.Caller, q *limitSetRequest) (*limitRule, error) {
	corp, err := scopeOf(who, q.Platform)
	if err != nil {
		return nil, err
	}
	if err := l.exists(ctx, corp, q.AgentID); err != nil {
		return nil, err
	}
	made, err := l.Set(ctx, Rule{Corp: corp, Level: q.Level, Window: q.Window, Max: q.Max, Shadow: q.Shadow, CreatedBy: who.User,
		Subject: Subject{q.AgentID, q.Operation, q.Group}})
	if err != nil {
		return nil, err
	}
	return new(l.shown(ctx, made)), nil
}

// exists refuses an app that corp does not have.
func (l *Limits) exists(ctx context.Context, corp id.Corp, agent id.Agent) error {
	if corp == "" || agent == 0 || agent == EachApp {
		return nil
	}
	_, err := l.Apps.AppName(ctx, corp, agent)
	return err
}

type limitRemoveRequest struct {
	Platform bool   `json:"platform" doc:"全平台的规则，限运营者"`
	ID       string `json:"id" required:"true" maxLen:"64" doc:"规则"`
}

func (l *Limits) remove(ctx context.Context, who op.Caller, q *limitRemoveRequest) (*op.None, error) {
	corp, err := scopeOf(who, q.Platform)
	if err != nil {
		return nil, err
	}
	return &op.None{}, l.Remove(ctx, corp, q.ID)
}

type limitZoneRequest struct {
	TimeZone string `json:"timeZone" required:"true" maxLen:"64" doc:"IANA 时区，如 Asia/Shanghai"`
}

func (l *Limits) setZone(ctx context.Context, who op.Caller, q *limitZoneRequest) (*op.None, error) {
	return &op.None{}, l.SetZone(ctx, who.Corp, q.TimeZone)
}

type limitGroup struct {
	Name       string   `json:"name" grade:"R1"`
	Operations []string `json:"operations" grade:"R1"`
}

type limitGroupListResponse struct {
	List     []limitGroup `json:"list"`
	Declared []string     `json:"declared" grade:"R1"`
}

func (l *Limits) groupList(ctx context.Context, who op.Caller, _ *op.None) (*limitGroupListResponse, error) {
	groups, err := l.Groups(ctx, who.Corp)
	if err != nil {
		return nil, err
	}
	answer := &limitGroupListResponse{}
	for _, name := range slices.Sorted(maps.Keys(groups)) {
		answer.List = append(answer.List, limitGroup{name, groups[name]})
	}
	for _, o := range l.Operations() {
		if o.Dialect != op.DialectConsole {
			answer.Declared = append(answer.Declared, o.Group)
		}
	}
	slices.Sort(answer.Declared)
	answer.Declared = slices.Compact(answer.Declared)
	return answer, nil
}

type limitGroupSetRequest struct {
	Name       string   `json:"name" required:"true" maxLen:"64" doc:"分组名称"`
	Operations []string `json:"operations" required:"true" doc:"接口路径"`
}

func (l *Limits) groupSet(ctx context.Context, who op.Caller, q *limitGroupSetRequest) (*limitGroup, error) {
	keys, err := l.SetGroup(ctx, who.Corp, q.Name, q.Operations)
	return &limitGroup{q.Name, keys}, err
}

type limitGroupRemoveRequest struct {
	Name string `json:"name" required:"true" maxLen:"64" doc:"分组名称"`
}

func (l *Limits) groupRemove(ctx context.Context, who op.Caller, q *limitGroupRemoveRequest) (*op.None, error) {
	return &op.None{}, l.RemoveGroup(ctx, who.Corp, q.Name)
}

type limitUsage struct {
	Rule        limitRule `json:"rule"`
	Used        int64     `json:"used" grade:"R1"`
	Remaining   int64     `json:"remaining" grade:"R1"`
	ResetAt     int64     `json:"resetAt" grade:"R1"`
	WouldRefuse int64     `json:"wouldRefuse" grade:"R1"`
}

type limitUsageResponse struct {
	List []limitUsage `json:"list"`
}

func (l *Limits) usage(ctx context.Context, who op.Caller, q *limitListRequest) (*limitUsageResponse, error) {
	corp, err := scopeOf(who, q.Platform)
	if err != nil {
		return nil, err
	}
	list, err := l.Usages(ctx, corp)
	answer := &limitUsageResponse{}
	for _, u := range list {
		answer.List = append(answer.List, limitUsage{l.shown(ctx, u.Rule), u.Used, max(0, u.Rule.Max-u.Used), u.Reset.UnixMilli(), u.Shadowed})
	}
	return answer, err
}

// instant is a time from the wire; 0 is none.
func instant(ms int64) time.Time {
	if ms == 0 {
		return time.Time{}
	}
	return time.UnixMilli(ms)
}
