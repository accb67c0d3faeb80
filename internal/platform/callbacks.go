package platform

import (
	"cmp"
	"context"
	"errors"
	"net/netip"
	"slices"
	"strings"
	"sync"

	"github.com/gatepost/gatepost/internal/apierror"
	"github.com/gatepost/gatepost/internal/callback"
	"github.com/gatepost/gatepost/internal/clock"
	"github.com/gatepost/gatepost/internal/id"
	"github.com/gatepost/gatepost/internal/suite"
	"github.com/gatepost/gatepost/internal/upstream"
)

// calledBack is the way of HTTP callbacks, with what it has to know.
func (p *Platform) calledBack() *callback.Callback {
	var way *callback.Callback
	p.Callbacks, way = callback.NewRegistry(p.Events, p.real)
	p.Callbacks.Network, p.Callbacks.Mask = p.callbackGuard, p.payload
	p.Callbacks.Key = func(ctx context.Context, corp id.Corp, agent id.Agent) (id.App, error) {
		a, err := p.Apps.ByAgent(ctx, corp, agent)
		if err != nil {
			return "", err
		}
		return cmp.Or(a.Suite, a.Key), nil // what was opened of a suite is told as the suite
	}
	p.Suites.Prove = func(ctx context.Context, vendor id.Corp, key id.App, c suite.Callback) error {
		return p.Callbacks.ProveVendor(ctx, callback.Vendor{Corp: vendor, Suite: key, URL: c.URL, Token: c.Token, Key: c.AESKey})
	}
	p.guards.callbacks = p.guard(p.Config.Callbacks, "GATEPOST_CALLBACK_ALLOW")
	p.guards.databases = p.guard(p.Config.Databases, "GATEPOST_DATABASE_ALLOW")
	p.DB.Watch(p.guards.sandboxes.moved)
	return way
}

// guards say which addresses may be reached on behalf of a corp.
type guards struct {
	callbacks, databases pair
	sandboxes            sandboxes
}

// pair is two guards, which differ in connections that they keep as well, so that
// no corp uses one that another was let through to.
type pair struct {
	open    *upstream.Guard // for every corp
	sandbox *upstream.Guard // for sandboxes of a platform for development: loopback too
}

// sandboxes remembers which corps are sandboxes.
type sandboxes struct {
	mu   sync.Mutex
	kind map[id.Corp]bool
}

// moved forgets what may have changed of a corp.
func (s *sandboxes) moved(topic string) {
	if corp, ok := strings.CutPrefix(topic, clock.Topic("")); ok {
		s.mu.Lock()
		defer s.mu.Unlock()
		delete(s.kind, id.Corp(corp))
	}
}

// guard makes a pair for what the operator allowed by a setting.
func (p *Platform) guard(allow []netip.Prefix, setting string) pair {
	return pair{
		open:    upstream.NewGuard(upstream.Reach{Allow: allow, Setting: setting, Listeners: p.listeners}),
		sandbox: upstream.NewGuard(upstream.Reach{Allow: append(loopback(), allow...), Setting: setting, Listeners: p.listeners}),
	}
}

func (g *guards) close() {
	for _, guard := range []*upstream.Guard{g.callbacks.open, g.callbacks.sandbox, g.databases.open, g.databases.sandbox} {
		if guard != nil {
			guard.Close()
		}
	}
}

func (p *Platform) callbackGuard(ctx context.Context, corp id.Corp) (*upstream.Guard, error) {
	return p.guardOf(ctx, corp, p.guards.callbacks)
}

// guardOf is the guard for what is done on behalf of a corp. Who tries things on
// his own machine has his receiver there as well: for a sandbox loopback addresses
// may be reached where nobody but this machine reaches the platform, or where the
// operator started it for demonstration. The platform's own listeners stay closed
// to all.
func (p *Platform) guardOf(ctx context.Context, corp id.Corp, of pair) (*upstream.Guard, error) {
	if p.demoPassword == "" && !p.onLoopback() {
		return of.open, nil
	}
	sandbox, err := p.isSandbox(ctx, corp)
	if err != nil || !sandbox {
		return of.open, err
	}
	return of.sandbox, nil
}

func (p *Platform) isSandbox(ctx context.Context, corp id.Corp) (bool, error) {
	g := &p.guards.sandboxes
	g.mu.Lock()
	sandbox, known := g.kind[corp]
	g.mu.Unlock()
	if known {
		return sandbox, nil
	}
	c, err := p.Directory.Corp(ctx, corp)
	if err != nil {
		if errors.Is(err, apierror.CorpUnknown) {
			return false, nil
		}
		return false, err
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.kind == nil {
		g.kind = map[id.Corp]bool{}
	}
	g.kind[corp] = c.Sandbox || c.Demo
	return c.Sandbox || c.Demo, nil
}

// onLoopback reports whether the platform listens, and on loopback alone.
func (p *Platform) onLoopback() bool {
	own := p.listeners()
	return len(own) > 0 && !slices.ContainsFunc(own, func(a netip.AddrPort) bool { return !a.Addr().Unmap().IsLoopback() })
}

func loopback() []netip.Prefix {
	return []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8"), netip.MustParsePrefix("::1/128")}
}
