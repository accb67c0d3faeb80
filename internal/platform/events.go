package platform

import (
	"context"
	"errors"
	"slices"
	"strings"

	"github.com/gatepost/gatepost/internal/apierror"
	"github.com/gatepost/gatepost/internal/app"
	"github.com/gatepost/gatepost/internal/clock"
	"github.com/gatepost/gatepost/internal/dbpush"
	"github.com/gatepost/gatepost/internal/delivery"
	"github.com/gatepost/gatepost/internal/event"
	"github.com/gatepost/gatepost/internal/eventlog"
	"github.com/gatepost/gatepost/internal/fault"
	"github.com/gatepost/gatepost/internal/id"
	"github.com/gatepost/gatepost/internal/op"
	"github.com/gatepost/gatepost/internal/trail"
)

// told is how applications are told of events: the owner of this node's part of
// the subscriptions, and the ways.
func (p *Platform) told(context.Context) error {
	p.Delivery = delivery.New(p.DB, p.Events, p.real, p.logger.With("package", "delivery"))
	p.Delivery.Mask, p.Delivery.Waits = p.toldTo, p.waits
	p.DB.Watch(func(topic string) {
		if strings.HasPrefix(topic, clock.Topic("")) { // an application may be switched on again
			p.Delivery.Look()
		}
	})
	p.Databases = dbpush.New(p.DB, p.Events, p.real, p.logger.With("package", "dbpush"))
	p.Databases.Objects, p.Databases.Apps, p.Databases.Dial = rowObjects{p}, appNames{p.Apps}, p.dialDatabase
	p.Databases.Waits, p.Databases.Due = p.waits, p.Delivery.Due
	p.Delivery.Ways = map[event.Way]delivery.Way{
		event.Callback: p.calledBack(),
		event.Database: p.Databases,
	}
	p.streams()
	p.EventLog = eventlog.New(p.DB, p.Events, p.calls, p.real, p.logger.With("package", "eventlog"))
	p.EventLog.Apps, p.EventLog.Payload, p.EventLog.Show = appNames{p.Apps}, p.payload, p.show
	p.EventLog.Keep = eventlog.Keep{Events: p.Config.EventDays, Attempts: p.Config.TryDays, Dead: p.Config.DeadDays, Rows: p.Config.EventRows}
	p.tunnels()
	p.breakable() // last: it stands around every way
	return nil
}

// breakable has faults that sandbox corps set happen to what every way carries.
func (p *Platform) breakable() {
	p.Faults = fault.New(p.DB, p.real, p.logger.With("package", "fault"))
	p.Faults.Log, p.Faults.AppName = p.Events, appNames{p.Apps}.AppName
	p.Faults.Sandbox = func(ctx context.Context, corp id.Corp) (bool, string, error) {
		c, err := p.Directory.Corp(ctx, corp)
		return c.Sandbox || c.Demo, c.Name, err
	}
	for name, way := range p.Delivery.Ways {
		p.Delivery.Ways[name] = p.Faults.Around(way)
	}
}

// waits reports whether a subscription waits until its application is switched on
// again.
func (p *Platform) waits(ctx context.Context, s *event.Subscription) (bool, error) {
	a, err := p.Apps.ByAgent(ctx, s.Corp, s.Agent)
	if errors.Is(err, apierror.AgentUnknown) {
		return false, nil // its events are dropped
	}
	return err == nil && a.State == app.Disabled, err
}

// toldTo is an event as a subscriber is told it: its payload, and the corp's id as
// the application knows it from answers.
func (p *Platform) toldTo(ctx context.Context, s *event.Subscription, h event.Happened) (told event.Happened, ok bool, err error) {
	told = h
	if told.Payload, ok, err = p.payload(ctx, s, h); err != nil || !ok {
		return event.Happened{}, false, err
	}
	a, err := p.Apps.ByAgent(ctx, s.Corp, s.Agent)
	if errors.Is(err, apierror.AgentUnknown) { // it was removed meanwhile
		return event.Happened{}, false, nil
	}
	if err != nil {
		return event.Happened{}, false, err
	}
	told.KnownAs, err = p.IDs.Corp(ctx, a, h.Corp)
	return told, err == nil, err
}

// payload is what a subscriber may see of an event: of one that its application
// has no permission point for, or that names nobody inside its visible range,
// nothing. A field is masked as it is in answers, and what it still shows is
// noted as theirs.
func (p *Platform) payload(ctx context.Context, s *event.Subscription, h event.Happened) (payload string, ok bool, err error) {
	e := p.Events.Event(h.Name)
	a, err := p.Apps.ByAgent(ctx, s.Corp, s.Agent)
	switch {
	case errors.Is(err, apierror.AgentUnknown), err == nil && e == nil: // an event that this version does not know
		return "", false, nil
	case err != nil:
		return "", false, err
	case !a.ScopeNames().Has(e.Scope):
		return "", false, nil
	}
	content, err := e.Decode(h.Payload)
	if err != nil {
		return "", false, err
	}
	if of, owned := content.(event.Owned); owned && of.Owner() != a.Key {
		return "", false, nil
	}
	if s.Way != event.Database { // its rows say of who is outside that they are (rds-push.md §2)
		if ok, err := p.inRange(ctx, a, &h, content); err != nil || !ok {
			return "", false, err
		}
	}
	who := subscriber(a)
	policy, err := p.Masks.Policy(ctx, &who, e.Told())
	if err != nil {
		return "", false, err
	}
	e.Told().Mask(content, who, policy)
	if d := p.Catalogue.Disclosure(e.Told(), nil, content, &who, policy); !d.None() {
		if err := p.Trail.Note(ctx, trail.Record{Corp: a.Corp, At: p.real().UnixMilli(), Call: id.Call(h.ID).V2(), As: who.As.String(), App: a.Key,
			Agent: a.Agent, Op: e.Told().Name(), Fields: d.Fields, People: d.People}, d.Guarded); err != nil {
			return "", false, err
		}
	}
	if err := p.IDs.Write(ctx, &who, e.Told(), content); err != nil {
		return "", false, err
	}
	payload, err = e.Encode(content)
	return payload, true, err
}

// inRange takes out of an event who is outside a's visible range, and reports
// whether anything of it is left. The range and the directory are those of the
// moment of telling. Who was inside before the change, and was taken away by it,
// is told by id and without what changed: a's copy would keep them for ever.
func (p *Platform) inRange(ctx context.Context, a *app.App, h *event.Happened, content any) (ok bool, err error) {
	named, is := content.(event.Named)
	if !is || a.Range.All {
		return true, nil
	}
	users, depts := named.Named()
	var namedUsers []id.User
	var namedDepts []id.Dept
	if users != nil {
		namedUsers = *users
	}
	if depts != nil {
		for _, n := range *depts {
			namedDepts = append(namedDepts, id.Dept(n))
		}
	}
	if len(namedUsers)+len(namedDepts) == 0 {
		return true, nil
	}
	seenUsers, seenDepts, err := p.Directory.Within(ctx, a.Corp, a.Range, namedUsers, namedDepts)
	if err != nil {
		return false, err
	}
	gone := len(seenUsers)+len(seenDepts) == 0 && slices.ContainsFunc(h.Was, func(n id.Dept) bool { return slices.Contains(a.Range.Departments, n) })
	if gone {
		if m, is := content.(*event.PeopleModified); is {
			m.Diff = nil
		}
		return true, nil
	}
	if users != nil {
		*users = seenUsers
	}
	if depts != nil {
		*depts = nil
		for _, n := range seenDepts {
			*depts = append(*depts, int64(n))
		}
	}
	return len(seenUsers)+len(seenDepts) > 0, nil
}

// subscriber is an application as the caller whose answer a payload is.
func subscriber(a *app.App) op.Caller {
	return op.Caller{As: op.App, Corp: a.Corp, App: a.Key, Agent: a.Agent, Scopes: a.ScopeNames(), Grade: a.Grade, Range: a.Range, IDs: a.IDs}
}

// show is what an administrator may see of an event's payload, masked and noted
// as answers are. One that this version does not know shows nothing.
func (p *Platform) show(ctx context.Context, who op.Caller, h event.Happened) (string, error) {
	e := p.Events.Event(h.Name)
	if e == nil {
		return "{}", nil
	}
	content, err := e.Decode(h.Payload)
	if err != nil {
		return "", err
	}
	policy, err := p.Masks.Policy(ctx, &who, e.Told())
	if err != nil {
		return "", err
	}
	e.Told().Mask(content, who, policy)
	if d := p.Catalogue.Disclosure(e.Told(), nil, content, &who, policy); !d.None() {
		if err := p.Trail.Note(ctx, trail.Record{Corp: who.Corp, At: p.real().UnixMilli(), Call: id.Call(h.ID).V2(), As: who.As.String(), User: who.User,
			Op: "event.get", Fields: d.Fields, People: d.People}, true); err != nil {
			return "", err
		}
	}
	return e.Encode(content)
}
