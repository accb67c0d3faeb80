package platform

import (
	"context"
	"crypto/ed25519"
	"slices"
	"sync"
	"time"

	"github.com/gatepost/gatepost/internal/app"
	"github.com/gatepost/gatepost/internal/audit"
	"github.com/gatepost/gatepost/internal/channel"
	"github.com/gatepost/gatepost/internal/clock"
	"github.com/gatepost/gatepost/internal/consent"
	"github.com/gatepost/gatepost/internal/delegation"
	"github.com/gatepost/gatepost/internal/describe"
	"github.com/gatepost/gatepost/internal/directory"
	"github.com/gatepost/gatepost/internal/event"
	"github.com/gatepost/gatepost/internal/gateway"
	"github.com/gatepost/gatepost/internal/id"
	"github.com/gatepost/gatepost/internal/identity"
	"github.com/gatepost/gatepost/internal/keyring"
	"github.com/gatepost/gatepost/internal/kv"
	"github.com/gatepost/gatepost/internal/mask"
	"github.com/gatepost/gatepost/internal/mcp"
	"github.com/gatepost/gatepost/internal/nethttp"
	"github.com/gatepost/gatepost/internal/op"
	"github.com/gatepost/gatepost/internal/publish"
	"github.com/gatepost/gatepost/internal/ratelimit"
	"github.com/gatepost/gatepost/internal/secid"
	"github.com/gatepost/gatepost/internal/site"
	"github.com/gatepost/gatepost/internal/stream"
	"github.com/gatepost/gatepost/internal/suite"
	"github.com/gatepost/gatepost/internal/trail"
	"github.com/gatepost/gatepost/internal/upstream"
	assets "github.com/gatepost/gatepost/web"
)

// build makes everything in order, from the ground up.
func (p *Platform) build(ctx context.Context, master []byte, real func() time.Time) error {
	p.real = real
	for _, part := range []func(context.Context) error{
		func(ctx context.Context) error { return p.ground(ctx, master) }, p.records, p.decisions, p.told, p.published, p.path, p.doors,
	} {
		if err := part(ctx); err != nil {
			return err
		}
	}
	return p.APIs.Load(ctx) // last: what listens for operations that come and go does so by now
}

// ground is what no subject matter stands in.
func (p *Platform) ground(ctx context.Context, master []byte) (err error) {
	p.calls = id.NewCalls(p.Config.Node, p.real)
	if p.kv = kv.Memory(); p.Config.Redis != "" {
		if p.kv, err = kv.Redis(ctx, string(p.Config.Redis)); err != nil {
			return err
		}
	}
	if p.Clock, err = clock.New(ctx, p.DB, p.real); err != nil {
		return err
	}
	p.Keys, err = keyring.New(ctx, p.DB, master, p.real)
	return err
}

// records are the subjects that keep people, applications and who they are.
func (p *Platform) records(ctx context.Context) error {
	p.Directory = directory.New(p.DB, p.Clock, p.Keys)
	p.Apps = app.New(p.DB, p.Clock, p.Keys)
	p.Events = event.New(p.DB, p.Clock, p.Keys, p.calls)
	p.Directory.Events, p.Apps.Events = p.Events, p.Events
	p.Identity = identity.New(p.DB, p.Clock, p.kv, p.Keys, p.Apps, p.Directory)
	p.Suites = suite.New(p.DB, p.Clock, p.Keys.Root(), p.Apps, p.Events, p.Directory)
	p.Apps.Vendors, p.Identity.Suites = p.Suites, p.Suites
	p.Keys.Tables = slices.Concat(p.Directory.SealedTables(), []keyring.Table{p.Apps.SealedTable(), p.Identity.SealedTable()}, p.Events.SealedTables())
	if err := p.seal(ctx); err != nil {
		return err
	}
	if p.Config.Redis == "" {
		// Beside p.kv, not in it: signed calls may not crowd out sign-in codes.
		p.nonces = kv.Memory()
		p.Identity.Nonces = p.nonces
	}
	p.Log = audit.New(p.DB, p.Clock, p.Apps, p.logger.With("package", "audit"))
	p.Log.Keep.Age = p.Config.CallDays
	p.Directory.OpenID = p.Identity.OpenID
	p.Apps.Names, p.Apps.Activity, p.Apps.Operations = p.Directory, p.Log, p.offered
	p.Apps.Unoffered, p.Apps.Docs = sync.OnceValue(p.unoffered), func(o *op.Operation) string { return "/docs/" + describe.Place(o) }
	return nil
}

// offered are the operations that can be called now.
func (p *Platform) offered() []op.Operation { return p.Catalogue.Operations() }

// decisions are the subjects that decide on calls beside rights: how many, what is
// shown, by which ids, for whom, and what is remembered of it.
func (p *Platform) decisions(ctx context.Context) (err error) {
	p.Trail = trail.New(p.DB, p.Keys.Root().Derive("disclosure seals v1"), p.real, p.logger.With("package", "trail"))
	p.Masks = mask.New(p.DB, p.Clock, p.Apps, p.Directory)
	p.Masks.Catalogue = func() *op.Catalogue { return p.Catalogue }
	p.Delegates = delegation.New(p.DB, p.Clock, p.Keys.Root(), p.Apps)
	p.Delegates.Operations = p.offered
	shared := p.kv
	if p.Config.Redis == "" {
		shared = nil // the only node counts by itself
	}
	p.Limits = ratelimit.New(p.DB, p.Clock, shared, p.logger.With("package", "ratelimit"))
	p.Limits.History, p.Limits.Apps, p.Limits.Operations = p.Log, appNames{p.Apps}, p.offered
	p.IDs, err = secid.New(ctx, p.DB, p.Keys.Root(), p.Apps)
	return err
}

// published is what other systems offer through the platform, and how they are
// reached.
func (p *Platform) published(context.Context) error {
	p.vouching = ed25519.NewKeyFromSeed(p.Keys.Root().Derive("upstream identity"))
	p.Upstreams = upstream.Deps{Key: p.vouching, Issuer: p.URL, Allow: p.Config.Upstreams, Listeners: p.listeners, Now: p.real,
		Logger: p.logger.With("package", "upstream")}
	p.APIs = publish.New(p.DB, p.Clock, p.logger.With("package", "publish"))
	p.APIs.Dial, p.APIs.Catalogue, p.APIs.People, p.APIs.Masks = p.dial, p.Masks.Catalogue, publishedTo{p}, hidden{p.Masks}
	p.Apps.Published = p.APIs.Offered
	return nil
}

// path is what every call takes.
func (p *Platform) path(context.Context) error {
	p.Catalogue = op.NewCatalogue(p.chapters()...)
	p.Answers = p.answers()
	p.Gateway = &gateway.Gateway{Catalogue: p.Catalogue, Known: p.Known, Identity: p.Identity, Grants: p.Apps,
		Limits: p.Limits, Masks: p.Masks, Delegates: p.Delegates, Seen: seen{p.Trail}, IDs: p.IDs, Log: callLog{p.Log}, Answers: p.Answers, Away: p.away,
		Calls: p.calls, Now: p.real, Logger: p.logger.With("package", "gateway")}
	return nil
}

// doors are where calls come in.
func (p *Platform) doors(ctx context.Context) (err error) {
	calls := &nethttp.Handler{Server: p.Gateway, Trusted: p.Config.Proxies}
	p.Agents, err = mcp.New(mcp.Config{Gateway: p.Gateway, Confirmations: p.Delegates, Person: p.Identity.Person, Request: calls.Request,
		Catalogue: p.Catalogue, Offered: delegation.Callable, Version: p.Version, Logger: p.logger.With("package", "mcp")})
	if err != nil {
		return err
	}
	key, err := p.channelKey(ctx, p.Keys.Root())
	if err != nil {
		return err
	}
	p.Channel = &channel.Server{Gateway: p.Gateway, Key: key, Limits: p.channelLimits(), Origin: calls.Origin, Now: p.real,
		Logger: p.logger.With("package", "channel")}
	p.Handler = &site.Site{Calls: calls, Consent: consent.New(p.Gateway, calls.Request), Agents: p.Agents, Channel: p.Channel,
		Tunnels: p.Tunnels, Stream: &stream.Door{Hub: p.Stream, Calls: p.calls, Origin: calls.Origin},
		Console: assets.Assets(), Docs: &docs{platform: p}, Ready: p.ready, Keys: upstream.KeySet(p.vouching.Public().(ed25519.PublicKey))}
	return nil
}
