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
	"github.com/gatepost/gatepost/internal/trust"
)

// streams are the connections that applications open.
func (p *Platform) streams() {
	p.Stream = stream.New(p.calls, p.real, p.logger.With("package", "stream"))
	p.Stream.Apps, p.Stream.Tickets, p.Stream.Node = streamApps{p}, p.kv, int64(p.Config.Node)
	p.Stream.Others = p.Config.Redis != ""
	p.Stream.Secure = func(host string) bool { return slices.Contains(trust.Names(), strings.ToLower(host)) }
	present := &presence{events: p.Events, claims: p.Delivery, here: map[stream.App][]id.Subscription{}}
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
type presence struct {
	events *event.Log
	claims claimer

	mu   sync.Mutex
	here map[stream.App][]id.Subscription // what is claimed
}

// came claims the stream subscriptions of an app, and makes one when it has none:
// of every event that the app may know, since a client cannot say which (it
// subscribes to *), in the order of the changes.
func (p *presence) came(ctx context.Context, a stream.App) error {
	subs, err := p.events.Ensure(ctx, event.Subscription{Corp: a.Corp, Agent: a.Agent, Way: event.Stream, Origin: "stream",
		Names: []event.Name{event.Every}, Ordered: true, Most: stream.Most, Timeout: stream.AnswerWithin})
	if err != nil {
		return err
	}
	p.mu.Lock()
	before := p.here[a]
	p.here[a] = subs
	p.mu.Unlock()
	for _, sub := range before {
		if !slices.Contains(subs, sub) {
			p.claims.Unclaim(a.Corp, sub)
		}
	}
	for _, sub := range subs {
		p.claims.Claim(a.Corp, sub)
	}
	p.claims.Due(a.Corp, subs) // what waited for a connection
	return nil
}

// gone lets another node deliver.
func (p *presence) gone(a stream.App) {
	p.mu.Lock()
	before := p.here[a]
	delete(p.here, a)
	p.mu.Unlock()
	for _, sub := range before {
		p.claims.Unclaim(a.Corp, sub)
	}
}
