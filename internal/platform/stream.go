package platform

import (
	"context"
	"slices"
	"strings"
	"sync"

	"github.com/gatepost/gatepost/internal/apierror"
	"github.com/gatepost/gatepost/internal/app"
	"github.com/gatepost/gatepost/internal/event"
	"github.com/gatepost/gatepost/internal/id"
	"github.com/gatepost/gatepost/internal/op"
	"github.com/gatepost/gatepost/internal/stream"
	"github.com/gatepost/gatepost/internal/suite"
	"github.com/gatepost/gatepost/internal/trust"
)

// streams are the connections that applications open.
func (p *Platform) streams() {
	p.Stream = stream.New(p.calls, p.real, p.logger.With("package", "stream"))
	p.Stream.Apps, p.Stream.Tickets, p.Stream.Node = streamApps{p}, p.kv, int64(p.Config.Node)
	p.Stream.Others = p.Config.Redis != ""
	p.Stream.Secure = func(host string) bool { return slices.Contains(trust.Names(), strings.ToLower(host)) }
	present := &presence{hub: p.Stream, events: p.Events, suites: p.Suites, apps: p.Apps, claims: p.Delivery, here: map[stream.App][]event.Place{}}
	p.Stream.Came, p.Stream.Gone = present.came, present.gone
	p.DB.Watch(func(topic string) {
		if corp, ok := strings.CutPrefix(topic, event.SubscriptionsTopic("")); ok {
			p.Stream.Again(id.Corp(corp))
		}
	})
	p.Delivery.Ways[event.Stream] = p.Stream
}

// streamApps tells the stream of applications.
type streamApps struct{ *Platform }

// Credentials implements stream.Apps.
func (s streamApps) Credentials(ctx context.Context, who op.Caller, key id.App, secret string) (stream.App, error) {
	a, err := s.Identity.Credentials(ctx, who, key, secret)
	if err != nil {
		return stream.App{}, err
	}
	return stream.App{Corp: a.Corp, Agent: a.Agent, Key: a.Key}, nil
}

// Connected implements stream.Apps.
func (s streamApps) Connected(ctx context.Context, corp id.Corp, agent id.Agent) (stream.App, error) {
	a, err := s.Apps.ByAgent(ctx, corp, agent)
	if err != nil {
		return stream.App{}, err
	}
	if a.State != app.Enabled {
		return stream.App{}, apierror.AppDisabled.Got("%s", a.Name)
	}
	return stream.App{Corp: a.Corp, Agent: a.Agent, Key: a.Key}, nil
}

// Sandbox implements stream.Apps.
func (s streamApps) Sandbox(ctx context.Context, corp id.Corp) (bool, error) {
	c, err := s.Directory.Corp(ctx, corp)
	return c.Sandbox || c.Demo, err
}

// claimer takes the subscriptions of apps that are connected to this node.
type claimer interface {
	Claim(corp id.Corp, sub id.Subscription)
	Unclaim(corp id.Corp, sub id.Subscription)
	Due(corp id.Corp, subs []id.Subscription)
}

// presence makes this node the one that delivers to apps that are connected to it.
// The hub calls came and gone for one app one after another, each after it looked
// whether connections are there.
type presence struct {
	hub    *stream.Hub
	events *event.Log
	suites *suite.Suites
	apps   *app.Apps
	claims claimer

	mu   sync.Mutex
	here map[stream.App][]event.Place // what is claimed
}

// came claims what is told over the connections of an app.
func (p *presence) came(ctx context.Context, a stream.App) error {
	subs, others, err := p.told(ctx, a)
	if err != nil {
		return err
	}
	p.hub.Stand(a, others)
	p.mu.Lock()
	before := p.here[a]
	p.here[a] = subs
	p.mu.Unlock()
	kept := make(map[event.Place]bool, len(subs))
	for _, sub := range subs {
		kept[sub] = true
	}
	for _, sub := range before {
		if !kept[sub] {
			p.claims.Unclaim(sub.Corp, sub.ID)
		}
	}
	for _, sub := range subs {
		p.claims.Claim(sub.Corp, sub.ID)
		p.claims.Due(sub.Corp, []id.Subscription{sub.ID}) // what waited for a connection
	}
	return nil
}

// told returns the subscriptions that are told over the connections of an app, and
// of which other apps they are. An app that has none gets one: of every event that
// it may know, since a client cannot say which (it subscribes to *), in the order
// of the changes.
//
// A suite has what was made with it, and what was made in the corps that opened it.
// Where its vendor is told by HTTP, there is none, and none is made: it would be
// told twice.
func (p *presence) told(ctx context.Context, a stream.App) (subs []event.Place, others []stream.Stands, err error) {
	known, err := p.apps.ByAgent(ctx, a.Corp, a.Agent)
	if err != nil {
		return nil, nil, err
	}
	if known.IsSuite() {
		return p.toldOfSuite(ctx, a)
	}
	own, err := p.events.Ensure(ctx, event.Subscription{Corp: a.Corp, Agent: a.Agent, Way: event.Stream, Origin: "stream",
		Names: []event.Name{event.Every}, Ordered: true, Most: stream.Most, Timeout: stream.AnswerWithin})
	for _, sub := range own {
		subs = append(subs, event.Place{Corp: a.Corp, ID: sub})
	}
	return subs, nil, err
}

func (p *presence) toldOfSuite(ctx context.Context, a stream.App) (subs []event.Place, others []stream.Stands, err error) {
	own, err := p.events.Subscriptions(ctx, a.Corp, a.Agent)
	if err != nil {
		return nil, nil, err
	}
	for i := range own {
		if own[i].Way == event.Stream && own[i].Group == "" {
			subs = append(subs, event.Place{Corp: a.Corp, ID: own[i].ID})
		}
	}
	opened, err := p.suites.Streamed(ctx, a.Key)
	for _, o := range opened {
		subs = append(subs, event.Place{Corp: o.Corp, ID: o.Subscription})
		others = append(others, stream.Stands{Corp: o.Corp, Agent: o.Agent})
	}
	return subs, others, err
}

// gone lets another node deliver.
func (p *presence) gone(a stream.App) {
	p.mu.Lock()
	before := p.here[a]
	delete(p.here, a)
	p.mu.Unlock()
	for _, sub := range before {
		p.claims.Unclaim(sub.Corp, sub.ID)
	}
	p.hub.Stand(a, nil)
}
