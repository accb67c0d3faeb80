package platform

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/gatepost/gatepost/internal/event"
	"github.com/gatepost/gatepost/internal/id"
	"github.com/gatepost/gatepost/internal/tunnel"
)

// tunnels are how callbacks come to developers' machines.
func (p *Platform) tunnels() {
	p.Tunnels = tunnel.New(p.DB, p.Events, p.real, p.logger.With("package", "tunnel"))
	p.Tunnels.App = func(ctx context.Context, corp id.Corp, agent id.Agent) (tunnel.App, error) {
		a, err := p.Apps.ByAgent(ctx, corp, agent)
		if err != nil {
			return tunnel.App{}, err
		}
		return tunnel.App{Name: a.Name, Key: a.Key}, nil
	}
	p.Tunnels.Callback = p.callbackKeys
	p.Tunnels.Came = func(corp id.Corp, sub id.Subscription) {
		p.Delivery.Claim(corp, sub)
		p.Delivery.Due(corp, []id.Subscription{sub}) // what waited for a listener
	}
	p.Tunnels.Gone = p.Delivery.Unclaim
	p.Delivery.Ways[event.Tunnel] = p.Tunnels
}

// callbackKeys are what the receiver of an app's own callback has. Who calls the
// app's address for the corp, and not for the app, does so under the corp's id.
func (p *Platform) callbackKeys(ctx context.Context, corp id.Corp, agent id.Agent) (k tunnel.Keys, ok bool, err error) {
	subs, err := p.Events.Subscriptions(ctx, corp, agent)
	for i := range subs {
		s := &subs[i]
		if s.Way != event.Callback || s.Group != "" || s.Secret == "" {
			continue
		}
		if err := json.Unmarshal([]byte(s.Secret), &k); err != nil {
			return k, false, fmt.Errorf("the keys of subscription %d of %s: %w", s.ID, corp, err)
		}
		if s.Origin == "api" {
			k.Owner = string(corp)
		}
		if k.Token != "" && k.AESKey != "" {
			return k, true, nil
		}
	}
	return tunnel.Keys{}, false, err
}
