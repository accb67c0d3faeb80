package app

import (
	"context"
	"strconv"

	"github.com/gatepost/gatepost/internal/apierror"
	"github.com/gatepost/gatepost/internal/id"
	"github.com/gatepost/gatepost/internal/op"
)

// policyOperations are what administrators do with the company's policy.
func (c console) policyOperations() []op.Operation {
	return []op.Operation{
		op.Console("operation.list", c.operations, op.Spec{Title: "查询接口列表", TitleEN: "List operations", As: op.Admin, Verb: op.Read,
			Doc: "Pages through operations in order of declaration: those that apps call with their tokens, which are the ones that can be switched; with which also those that are called without (offered), those that the public catalogues know and this platform does not offer yet (known), or all. search matches path, titles and permission point. switches tells who closed or allow-listed an operation: this company, and with platform the operator for all companies. state is what holds in the end."}),
		op.Console("operation.get", c.operation, op.Spec{Title: "查询接口详情", TitleEN: "Get an operation", As: op.Session, Verb: op.Read,
			Doc: "One operation with the fields of its request and answer as they are declared: type, grade, mask, and the permission point that a field needs. docs is its place in the documentation. Of one that is known and not offered there are no fields."}),
		op.Console("operation.switch", c.turn, op.Spec{Title: "开关接口", TitleEN: "Switch an operation", As: op.Admin, Verb: op.Manage,
			Doc: "Opens or closes an operation for the company's apps, or opens it to listed apps alone; with platform the operator does so for every company. A new position takes the place of the old one. It holds on every node within a second."}),
		op.Console("corp.settings.get", c.settings, op.Spec{Title: "查询企业设置", TitleEN: "Read the company's settings", As: op.Session, Verb: op.Read,
			Doc: "What the company asks of every call."}),
		op.Console("corp.settings.set", c.set, op.Spec{Title: "修改企业设置", TitleEN: "Change the company's settings", As: op.Admin, Verb: op.Manage,
			Doc: "Changes only what is given. requireHttps has every call refused that did not come over https, those of apps and of the company's administrators; to ask for it one has to come over https oneself, so that nobody is shut out who could not come back."}),
	}
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
