package platform

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/gatepost/gatepost/internal/callback"
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
func (p *Platform) callbackKeys(ctx context.Context, corp id.Corp, agent id.Agent, form callback.Form) (tunnel.Keys, bool, error) {
	subs, err := p.Events.Subscriptions(ctx, corp, agent)
	for i := range subs {
		s := &subs[i]
		if s.Way != event.Callback || s.Group != "" || s.Secret == "" {
			continue
		}
		k, err := keysOf(s)
		if err != nil {
			return k, false, fmt.Errorf("the keys of subscription %d of %s: %w", s.ID, corp, err)
		}
		if k != (tunnel.Keys{}) && (form == "" || form == k.Form()) {
			return k, true, nil
		}
	}
	return tunnel.Keys{}, false, err
}

// keysOf are the keys of the form in which a callback is told; none if they are
// not all there. A callback keeps those of both forms.
func keysOf(s *event.Subscription) (k tunnel.Keys, err error) {
	how := struct{ Form callback.Form }{callback.Compatible}
	if s.Settings != "" {
		err = json.Unmarshal([]byte(s.Settings), &how)
	}
	if err := errors.Join(err, json.Unmarshal([]byte(s.Secret), &k)); err != nil {
		return k, err
	}
	if how.Form == callback.Plain {
		return tunnel.Keys{Secret: k.Secret}, nil
	}
	if k.Token == "" || k.AESKey == "" {
		return tunnel.Keys{}, nil
	}
	k.Secret = ""
	if s.Origin == callback.FromAPI {
		k.Owner = string(s.Corp)
	}
	return k, nil
}
