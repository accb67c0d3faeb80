package audit

import (
	"context"
	"errors"
	"fmt"
	"net/netip"

	"github.com/gatepost/gatepost/internal/apierror"
	"github.com/gatepost/gatepost/internal/app"
	"github.com/gatepost/gatepost/internal/id"
	"github.com/gatepost/gatepost/internal/op"
	"github.com/gatepost/gatepost/internal/scope"
)

// repair is what would have let a call through, as things stand now.
type repair struct {
	description string
	why         apierror.Words // it cannot be applied; none: it can
	apply       func(context.Context) error
}

// repair returns the repair of a call; nil when it has none.
func (l *Log) repair(ctx context.Context, who op.Caller, r row) (*repair, error) {
	fix := r.detail.Fix
	if fix == nil || r.corp == "" || r.corp != who.Corp {
		return nil, nil
	}
	target, err := l.apps.ByAgent(ctx, r.corp, id.Agent(fix.Agent))
	if errors.Is(err, apierror.AgentUnknown) {
		return &repair{description: fix.Kind + " " + fix.Value, why: apierror.Words{ZH: "应用已删除", EN: "the app was deleted"}}, nil
	}
	if err != nil {
		return nil, err
	}
	switch fix.Kind {
	case "scope":
		return l.grantScope(who, r, target), nil
	case "ip":
		return l.allowIP(who, fix.Value, target), nil
	case "redirectUrl":
		return l.allowRedirect(who, fix.Value, target), nil
	case "dialect":
		return l.allowDialect(who, app.Dialect(fix.Value), target), nil
	}
	return nil, nil
}

func (l *Log) grantScope(who op.Caller, r row, target *app.App) *repair {
	name := scope.Name(r.detail.Fix.Value)
	title := ""
	if s, ok := scope.Find(name); ok {
		title = fmt.Sprintf(" (%s, %s)", in(who.Lang, s.ZH, s.EN), s.Grade)
	}
	p := &repair{description: fmt.Sprintf(in(who.Lang, "为应用“%[2]s”开通权限点 %[1]s", "grant %s to the app “%s”"), string(name)+title, target.Name)}
	if target.ScopeNames().Has(name) {
		p.why = apierror.Words{ZH: "已经开通", EN: "it is granted already"}
	}
	p.apply = func(ctx context.Context) error {
		return l.apps.Grant(ctx, target.Corp, target.Agent, []scope.Name{name}, "explain "+r.id.V2(), string(who.User))
	}
	return p
}

func (l *Log) allowIP(who op.Caller, ip string, target *app.App) *repair {
	p := &repair{description: fmt.Sprintf(in(who.Lang, "把 %s 加入应用“%s”的 IP 白名单", "add %s to the allow-list of the app “%s”"), ip, target.Name)}
	if a, err := netip.ParseAddr(ip); err != nil || target.Allows(a) {
		p.why = apierror.Words{ZH: "该地址已经可以访问", EN: "the address is allowed already"}
	}
	p.apply = func(ctx context.Context) error {
		_, err := l.apps.AllowIP(ctx, target.Corp, target.Agent, ip)
		return err
	}
	return p
}

func (l *Log) allowDialect(who op.Caller, d app.Dialect, target *app.App) *repair {
	p := &repair{description: fmt.Sprintf(in(who.Lang, "为应用“%[2]s”启用 %[1]s 接口", "let the app “%[2]s” use the %[1]s dialect"), d, target.Name)}
	if target.Speaks(d) {
		p.why = apierror.Words{ZH: "已经启用", EN: "it is in use already"}
	}
	p.apply = func(ctx context.Context) error {
		return l.apps.AllowDialect(ctx, target.Corp, target.Agent, d)
	}
	return p
}

func (l *Log) allowRedirect(who op.Caller, url string, target *app.App) *repair {
	p := &repair{description: fmt.Sprintf(in(who.Lang, "把 %s 加入应用“%s”的回调地址", "add %s to the redirect URLs of the app “%s”"), url, target.Name)}
	if target.AllowsRedirect(url) {
		p.why = apierror.Words{ZH: "已经在回调地址里", EN: "it is among the redirect URLs already"}
	}
	p.apply = func(ctx context.Context) error {
		_, err := l.apps.AllowRedirect(ctx, target.Corp, target.Agent, url)
		return err
	}
	return p
}
