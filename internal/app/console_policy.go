package app

import (
	"context"
	"slices"
	"strconv"
	"strings"

	"github.com/gatepost/gatepost/internal/apierror"
	"github.com/gatepost/gatepost/internal/id"
	"github.com/gatepost/gatepost/internal/op"
	"github.com/gatepost/gatepost/internal/scope"
	"github.com/gatepost/gatepost/internal/store"
)

// policyOperations are what administrators do with the company's policy.
func (c console) policyOperations() []op.Operation {
	return []op.Operation{
		op.Console("operation.list", c.operations, op.Spec{Title: "查询接口列表", TitleEN: "List operations", As: op.Admin, Verb: op.Read,
			Doc: "Pages through the operations that apps call with their tokens, in order of declaration; search matches path, titles and permission point. switches tells who closed or allow-listed an operation: this company, and with platform the operator for all companies. state is what holds in the end."}),
		op.Console("operation.switch", c.turn, op.Spec{Title: "开关接口", TitleEN: "Switch an operation", As: op.Admin, Verb: op.Manage,
			Doc: "Opens or closes an operation for the company's apps, or opens it to listed apps alone; with platform the operator does so for every company. A new position takes the place of the old one. It holds on every node within a second."}),
		op.Console("corp.settings.get", c.settings, op.Spec{Title: "查询企业设置", TitleEN: "Read the company's settings", As: op.Session, Verb: op.Read,
			Doc: "What the company asks of every call."}),
		op.Console("corp.settings.set", c.set, op.Spec{Title: "修改企业设置", TitleEN: "Change the company's settings", As: op.Admin, Verb: op.Manage,
			Doc: "Changes only what is given. requireHttps has every call refused that did not come over https, those of apps and of the company's administrators; to ask for it one has to come over https oneself, so that nobody is shut out who could not come back."}),
	}
}

type operationListRequest struct {
	Search string   `json:"search" maxLen:"64" doc:"路径、标题或权限点的一部分"`
	State  Position `json:"state" enum:"open,closed,allowed" doc:"只列此状态"`
	Cursor string   `json:"cursor" maxLen:"64" doc:"上一页的 nextCursor"`
	Size   int      `json:"size" min:"1" max:"100" default:"20" doc:"每页条数"`
}

type operationListResponse struct {
	List       []operationItem `json:"list"`
	NextCursor string          `json:"nextCursor,omitzero" grade:"R1"`
	HasMore    bool            `json:"hasMore" grade:"R1"`
	TotalCount int             `json:"totalCount" grade:"R1"`
}

type operationItem struct {
	Operation string       `json:"operation" grade:"R1"`
	Title     string       `json:"title" grade:"R1"`
	TitleEN   string       `json:"titleEn" grade:"R1"`
	Grade     scope.Grade  `json:"grade" grade:"R1"`
	Scope     scope.Name   `json:"scope" grade:"R1"`
	State     Position     `json:"state" enum:"open,closed,allowed" grade:"R1"`
	Switches  []switchItem `json:"switches"`
}

type switchItem struct {
	Platform bool     `json:"platform" grade:"R1"`
	State    Position `json:"state" enum:"closed,allowed" grade:"R1"`
	Apps     []id.App `json:"apps" grade:"R1"`
	Reason   string   `json:"reason" grade:"R1"`
	By       id.User  `json:"by" grade:"R1"`
	At       int64    `json:"at" grade:"R1"`
}

// operations reads past the cache: a list that follows a switch on another node
// shows it.
func (c console) operations(ctx context.Context, who op.Caller, q *operationListRequest) (*operationListResponse, error) {
	from, err := offset(q.Cursor)
	if err != nil {
		return nil, err
	}
	p, err := store.View(ctx, c.apps.db, func(tx *store.Tx) (*policy, error) { return loadPolicy(tx, who.Corp) })
	if err != nil {
		return nil, err
	}
	all := c.apps.switched(p, q)
	answer := &operationListResponse{TotalCount: len(all)}
	answer.List = all[min(from, len(all)):min(from+q.Size, len(all))]
	if answer.HasMore = from+q.Size < len(all); answer.HasMore {
		answer.NextCursor = strconv.Itoa(from + q.Size)
	}
	return answer, nil
}

// switched is every switchable operation that matches q, with its switches in p.
func (a *Apps) switched(p *policy, q *operationListRequest) []operationItem {
	part := strings.ToLower(strings.TrimSpace(q.Search))
	list := []operationItem{}
	offered := a.Operations()
	for i := range offered {
		o := &offered[i]
		if !switchable(o) || !mentions(o, part) {
			continue
		}
		item := operationItem{Operation: routeOf(o).String(), Title: o.Title, TitleEN: o.TitleEN, Grade: o.Grade, Scope: o.Scope, State: Open}
		for _, s := range p.switches[routeOf(o)] {
			item.Switches = append(item.Switches, switchItem{s.Corp == Platform, s.Position, s.Apps, s.Reason, s.By, s.At.UnixMilli()})
			if item.State != Closed {
				item.State = s.Position
			}
		}
		if q.State == "" || q.State == item.State {
			list = append(list, item)
		}
	}
	return list
}

func mentions(o *op.Operation, part string) bool {
	return slices.ContainsFunc([]string{routeOf(o).String(), o.Title, o.TitleEN, string(o.Scope)},
		func(text string) bool { return strings.Contains(strings.ToLower(text), part) })
}

// offset reads a cursor of a list that stands in memory.
func offset(cursor string) (int, error) {
	if cursor == "" {
		return 0, nil
	}
	n, err := strconv.Atoi(cursor)
	if err != nil || n < 0 || n > 1<<20 {
		return 0, invalid("cursor").Want("the nextCursor of the page before").Got("%s", cursor)
	}
	return n, nil
}

type operationSwitchRequest struct {
	Operation string   `json:"operation" required:"true" maxLen:"300" doc:"v1 的路径，或 v2 的方法与路径，如 GET /v1.0/contact/users/{unionId}"`
	State     Position `json:"state" required:"true" enum:"open,closed,allowed" doc:"打开、关闭，或只对所列应用打开"`
	Apps      []id.App `json:"apps" maxItems:"100" doc:"所列应用的 AppKey"`
	Reason    string   `json:"reason" maxLen:"200" doc:"理由；关闭或限定时必填，会告诉被拒的调用方"`
	Platform  bool     `json:"platform" doc:"对所有企业；仅限平台运营者"`
}

func (c console) turn(ctx context.Context, who op.Caller, q *operationSwitchRequest) (*op.None, error) {
	s := Switch{Corp: who.Corp, Route: parseRoute(q.Operation), Position: q.State, Apps: q.Apps, Reason: q.Reason, By: who.User}
	if q.Platform {
		if !who.Operator {
			return nil, apierror.NotAdministrator.Want("the platform's operator").Got("%s", who.User)
		}
		s.Corp = Platform
	}
	return done(c.apps.SetSwitch(ctx, s))
}

type corpSettings struct {
	RequireHTTPS bool `json:"requireHttps" grade:"R1"`
}

func (c console) settings(ctx context.Context, who op.Caller, _ *op.None) (*corpSettings, error) {
	https, err := c.apps.RequiresHTTPS(ctx, who.Corp)
	return &corpSettings{https}, err
}

type corpSettingsSetRequest struct {
	RequireHTTPS *bool `json:"requireHttps" doc:"拒绝不经 https 的调用"`
}

func (c console) set(ctx context.Context, who op.Caller, q *corpSettingsSetRequest) (*corpSettings, error) {
	if q.RequireHTTPS == nil {
		return c.settings(ctx, who, nil)
	}
	if *q.RequireHTTPS && !encrypted(&who) {
		return nil, httpsRequired(&who)
	}
	if err := c.apps.RequireHTTPS(ctx, who.Corp, *q.RequireHTTPS); err != nil {
		return nil, err
	}
	return &corpSettings{*q.RequireHTTPS}, nil
}
