package app

import (
	"context"
	"fmt"
	"net/netip"
	"net/url"
	"slices"
	"strings"

	"github.com/gatepost/gatepost/internal/apierror"
	"github.com/gatepost/gatepost/internal/op"
	"github.com/gatepost/gatepost/internal/scope"
)

// Permit refuses a caller who may not call o from address at all: one whose app
// is gone (AgentUnknown), disabled (AppDisabled), called from elsewhere
// (IPRefused) or in a dialect that it does not use (DialectClosed), called what was closed to it (OperationClosed,
// OperationClosedHere) or without the permission (ScopeMissing), one whose
// person did not consent to it (ConsentMissing), and in the console one who is
// not the platform's operator where that is needed (NotAdministrator).
// A corp that wants https has all its calls refused that came without
// (HTTPSRequired), but not those of the operator, who may have to end that.
//
// That a console caller is a signed-in administrator is the session's matter.
func (a *Apps) Permit(ctx context.Context, who *op.Caller, o *op.Operation, address netip.Addr) error {
	switch o.As {
	case op.App, op.Person, op.AppOrPerson:
		app, err := a.ByKey(ctx, who.App)
		if err != nil {
			return err
		}
		rules, err := a.policyOf(ctx, app.Corp)
		if err != nil {
			return err
		}
		return app.permit(who, o, address, rules)
	case op.Session, op.Admin:
		if who.Operator {
			return nil
		}
		return a.PermitTransport(ctx, who, who.Corp)
	case op.Operator:
		if !who.Operator {
			return apierror.NotAdministrator.Want("the platform's operator").Got("%s", who.User)
		}
		return nil
	case op.Suite:
		app, err := a.ByKey(ctx, who.App)
		if err != nil {
			return err
		}
		rules, err := a.policyOf(ctx, app.Corp)
		if err != nil {
			return err
		}
		return app.reachable(who, address, rules)
	case op.Anyone: // of no corp yet; whoever finds out which asks PermitTransport
		return nil
	}
	return fmt.Errorf("permit %s: called as %d", o.Name(), o.As)
}

// reachable refuses whoever may not call as the app at all.
func (app *App) reachable(who *op.Caller, address netip.Addr, rules *policy) error {
	if err := rules.permitTransport(who); err != nil {
		return err
	}
	if app.State != Enabled {
		return apierror.AppDisabled.Want("%s", Enabled).Got("%s", app.State)
	}
	if !app.Allows(address) {
		return app.refuseIP(who, address)
	}
	return nil
}

func (app *App) permit(who *op.Caller, o *op.Operation, address netip.Addr, rules *policy) error {
	if err := app.reachable(who, address, rules); err != nil {
		return err
	}
	if !o.Audience.HasCorp(app.Corp) { // others do not learn that there is such an operation
		return apierror.NoOperation.With("api", o.Name())
	}
	if !o.Audience.HasApp(app.Key) {
		return apierror.OperationHidden.With("operation", o.Name()).Got("%s", app.Key)
	}
	if err := app.PermitDialect(who, o.Dialect); err != nil {
		return err
	}
	if err := rules.permit(app, o); err != nil { // before the permission point: applying for one would not help
		return err
	}
	if !app.names.Has(o.Scope) {
		return app.refuseScope(who, o)
	}
	if who.User != "" && !who.Scopes.Has(o.Scope) {
		return apierror.ConsentMissing.With("scope", o.Scope).Needs(string(o.Scope)).
			Want("%s", describe(o.Scope)).Got("%s", list(who.Scopes))
	}
	return nil
}

func (app *App) refuseIP(who *op.Caller, address netip.Addr) error {
	ip := address.Unmap().WithZone("").String()
	return apierror.IPRefused.With("ip", ip, "app", app.Key, "request", who.Call.V2()).
		Want("%s", strings.Join(app.IPs, ", ")).Got("%s", ip).
		Repair(apierror.Fix{Kind: "ip", Agent: int64(app.Agent), Value: ip})
}

func (app *App) refuseScope(who *op.Caller, o *op.Operation) error {
	link := fmt.Sprintf("%s/console/apps/%d/scopes?request=%s", who.Base, app.Agent, url.QueryEscape(string(o.Scope)))
	return apierror.ScopeMissing.With("scope", o.Scope, "link", link, "request", who.Call.V2()).
		Needs(string(o.Scope)).Want("%s", describe(o.Scope)).Got("%s", list(app.names)).
		Repair(apierror.Fix{Kind: "scope", Agent: int64(app.Agent), Value: string(o.Scope)})
}

// describe names a permission point with its title and grade.
func describe(n scope.Name) apierror.Words {
	s, ok := scope.Find(n)
	if !ok {
		return apierror.Words{ZH: string(n), EN: string(n)}
	}
	return apierror.Words{ZH: fmt.Sprintf("%s（%s，%s）", s.Name, s.ZH, s.Grade), EN: fmt.Sprintf("%s (%s, %s)", s.Name, s.EN, s.Grade)}
}

func title(s scope.Scope, lang string) string {
	if lang == "en" {
		return s.EN
	}
	return s.ZH
}

// list is the sorted names, or "-" for none.
func list(names op.Scopes) string {
	if len(names) == 0 {
		return "-"
	}
	var texts []string
	for _, n := range names {
		texts = append(texts, string(n))
	}
	slices.Sort(texts)
	return strings.Join(texts, ", ")
}
