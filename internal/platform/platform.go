package platform

import (
	"cmp"
	"context"
	"crypto/ed25519"
	"crypto/tls"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"os"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/gatepost/gatepost/internal/app"
	"github.com/gatepost/gatepost/internal/audit"
	"github.com/gatepost/gatepost/internal/callback"
	"github.com/gatepost/gatepost/internal/channel"
	"github.com/gatepost/gatepost/internal/clock"
	"github.com/gatepost/gatepost/internal/config"
	"github.com/gatepost/gatepost/internal/dbpush"
	"github.com/gatepost/gatepost/internal/delegation"
	"github.com/gatepost/gatepost/internal/delivery"
	"github.com/gatepost/gatepost/internal/describe"
	"github.com/gatepost/gatepost/internal/directory"
	"github.com/gatepost/gatepost/internal/encryption"
	"github.com/gatepost/gatepost/internal/event"
	"github.com/gatepost/gatepost/internal/eventlog"
	"github.com/gatepost/gatepost/internal/fault"
	"github.com/gatepost/gatepost/internal/gateway"
	"github.com/gatepost/gatepost/internal/id"
	"github.com/gatepost/gatepost/internal/identity"
	"github.com/gatepost/gatepost/internal/keyring"
	"github.com/gatepost/gatepost/internal/known"
	"github.com/gatepost/gatepost/internal/kv"
	"github.com/gatepost/gatepost/internal/listener"
	"github.com/gatepost/gatepost/internal/mask"
	"github.com/gatepost/gatepost/internal/mcp"
	"github.com/gatepost/gatepost/internal/op"
	"github.com/gatepost/gatepost/internal/publish"
	"github.com/gatepost/gatepost/internal/ratelimit"
	"github.com/gatepost/gatepost/internal/secid"
	"github.com/gatepost/gatepost/internal/store"
	"github.com/gatepost/gatepost/internal/stream"
	"github.com/gatepost/gatepost/internal/suite"
	"github.com/gatepost/gatepost/internal/trail"
	"github.com/gatepost/gatepost/internal/tunnel"
	"github.com/gatepost/gatepost/internal/upstream"
)

// Platform is a whole platform on one node.
type Platform struct {
	Config    config.Config
	Version   string
	SetupCode string // what the first-run page asks for; new at every start

	DB        *store.DB
	Clock     *clock.Clock
	Keys      *keyring.Ring
	Directory *directory.Directory
	Apps      *app.Apps
	Identity  *identity.Identity
	Suites    *suite.Suites
	Log       *audit.Log
	Trail     *trail.Trail
	Limits    *ratelimit.Limits
	Masks     *mask.Masks
	Delegates *delegation.Delegation
	IDs       *secid.IDs
	APIs      *publish.APIs
	Events    *event.Log
	Delivery  *delivery.Owner
	Callbacks *callback.Registry
	Stream    *stream.Hub
	EventLog  *eventlog.Desk
	Faults    *fault.Faults
	Tunnels   *tunnel.Tunnels
	Databases *dbpush.Push
	Catalogue *op.Catalogue
	Known     *known.Catalogue
	Answers   *gateway.Answers
	Gateway   *gateway.Gateway
	Agents    *mcp.Door
	Channel   *channel.Server
	Upstreams upstream.Deps // what pools of published systems need of the platform
	Handler   http.Handler

	// DemoMade, if set, is told what a developer needs of the demonstration company
	// whenever that was made anew while the platform runs.
	DemoMade func(Demo) error

	demoPassword string

	tls      *tls.Config // what the listener speaks; nil: http
	real     func() time.Time
	vouching ed25519.PrivateKey // signs who calls, for upstreams

	calls  *id.Calls // whose ids are this node's
	kv     kv.Store
	nonces kv.Store // nil: in kv
	logger *slog.Logger
	names  names443
	guards guards

	stopping atomic.Bool  // no longer ready; others should be asked
	warned   atomic.Int64 // Unix second in which it was last logged that the ground does not answer
	mu       sync.Mutex
	url      string
	own      []netip.AddrPort // listeners
}

// Open builds a platform: database, shared state, subjects, gateway. Nothing
// listens and nothing runs yet. Real is the real time.
func Open(ctx context.Context, c config.Config, version string, real func() time.Time, logger *slog.Logger) (*Platform, error) {
	if err := os.MkdirAll(c.Data, 0o700); err != nil {
		return nil, fmt.Errorf("make the data directory: %w", err)
	}
	master, err := encryption.LoadKey(string(c.MasterKey), c.Data)
	if err != nil {
		return nil, err
	}
	db, err := store.Open(ctx, store.Config{Dir: c.Data, Postgres: string(c.Postgres), Volatile: c.Volatile})
	if err != nil {
		return nil, err
	}
	p := &Platform{Config: c, Version: version, SetupCode: id.NewCode()[:12], DB: db, Known: known.Load(), logger: logger}
	if err := p.build(ctx, master, real); err != nil {
		return nil, errors.Join(err, p.Close())
	}
	return p, nil
}

// answers is the memory of answers. All writes are this node's where the database
// is SQLite, so there an answer holds until one of them. Where there may be other
// nodes one is remembered only if the operator says for how long.
func (p *Platform) answers() *gateway.Answers {
	size, age := p.Config.Answers, time.Duration(0)
	if p.Config.Postgres != "" {
		if age = p.Config.AnswerAge; age <= 0 {
			size = 0
		}
	}
	a := gateway.NewAnswers(size, age)
	p.DB.WatchWrites(a.Forget)
	return a
}

// chapters are the operations of every subject.
func (p *Platform) chapters() [][]op.Operation {
	return [][]op.Operation{
		p.Identity.Operations(), p.Directory.Operations(), p.Directory.Console(), p.Apps.Console(), p.Suites.Operations(), p.Suites.Console(),
		p.Log.Console(), p.Limits.Console(),
		p.Masks.Console(), p.Trail.Console(), p.Delegates.Console(), p.IDs.Operations(), p.APIs.Console(),
		p.Callbacks.Operations(), p.Callbacks.Console(),
		p.Stream.Operations(), p.Stream.Console(),
		p.Databases.Console(),
		p.EventLog.Operations(), p.EventLog.Console(),
		p.Faults.Console(), p.Tunnels.Console(),
		p.console(), p.keyOperations(), p.eventOperations(),
	}
}

// operations is the catalogue of a platform that was not opened, for
// generating documentation.
func operations() []op.Operation {
	p := &Platform{
		Identity: &identity.Identity{}, Directory: &directory.Directory{}, Apps: &app.Apps{}, Suites: &suite.Suites{}, Log: &audit.Log{}, Limits: &ratelimit.Limits{},
		Masks: &mask.Masks{}, Trail: &trail.Trail{}, Delegates: &delegation.Delegation{}, IDs: &secid.IDs{}, APIs: &publish.APIs{},
		Callbacks: &callback.Registry{},
		Stream:    &stream.Hub{},
		Databases: &dbpush.Push{},
		EventLog:  &eventlog.Desk{},
		Faults:    &fault.Faults{},
		Tunnels:   &tunnel.Tunnels{},
	}
	return op.NewCatalogue(p.chapters()...).Operations()
}

// Generated returns every file that is generated from the catalogue, or from the
// marks in the tests of the source tree, by its path in the tree.
func Generated(tree fs.FS) (map[string][]byte, error) {
	files, err := describe.Files(operations(), known.Load(), shownEvent)
	if err != nil {
		return nil, err
	}
	files["docs/coverage-features.md"], err = describe.Features(tree)
	return files, err
}

// ready reports whether calls can be answered.
func (p *Platform) ready(ctx context.Context) error {
	if p.stopping.Load() {
		return errors.New("stopping")
	}
	_, err := p.Identity.HasAccounts(ctx)
	return err
}

// Listen opens the platform's listener and returns its URL. Run speaks TLS on it
// where the configuration says so.
func (p *Platform) Listen(ctx context.Context) (net.Listener, string, error) {
	l, err := (&net.ListenConfig{}).Listen(ctx, "tcp", p.Config.Listen)
	if err != nil {
		return nil, "", fmt.Errorf("listen on %s: %w", p.Config.Listen, err)
	}
	secure, err := p.tlsConfig(ctx)
	if err != nil {
		return nil, "", errors.Join(err, l.Close())
	}
	url := "http://" + reachable(l.Addr().(*net.TCPAddr))
	if secure != nil {
		url = "https" + strings.TrimPrefix(url, "http")
		l = plainTolerant{l}
	}
	url = cmp.Or(p.Config.PublicURL, url)
	p.mu.Lock()
	p.url, p.tls = url, secure
	p.own = append(p.own, l.Addr().(*net.TCPAddr).AddrPort())
	p.mu.Unlock()
	return l, url, nil
}

// listeners are the addresses at which the platform itself answers.
func (p *Platform) listeners() []netip.AddrPort {
	p.mu.Lock()
	own := slices.Clone(p.own)
	p.mu.Unlock()
	if named, ok := p.names.listens(); ok {
		own = append(own, named)
	}
	return own
}

// URL is how the platform is reached, once it listens.
func (p *Platform) URL() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.url
}

// reachable is an address that a client on this machine can use: a listener on
// all addresses is reached by loopback.
func reachable(a *net.TCPAddr) string {
	if a.IP.IsUnspecified() {
		return fmt.Sprintf("127.0.0.1:%d", a.Port)
	}
	return a.String()
}

// Run answers calls on l until ctx ends, then closes in four breaths: it says
// that it is not ready and goes on for as long as the configuration wants, so that
// a balancer sends nothing more; no new
// calls, and those inside finish within the grace; then the workers, which write
// what they hold; then the ground (by Close, which the caller owes). A worker
// that fails ends the platform with its cause; the platform does not limp.
func (p *Platform) Run(ctx context.Context, l net.Listener) error {
	server := listener.New(p.listenerConfig(context.WithoutCancel(ctx)))
	workers, stop := context.WithCancel(context.WithoutCancel(ctx))
	defer stop()
	crew, failed := errgroup.WithContext(workers)
	for _, run := range []func(context.Context) error{
		p.Clock.Run, p.Log.Run, p.Apps.Run, p.Identity.Run, p.Limits.Run, p.Keys.Run, p.Trail.Run, p.APIs.Run,
		p.Delivery.Run, p.Stream.Run, p.Databases.Run, p.EventLog.Run, p.Faults.Run, p.Tunnels.Run, p.Suites.Run,
	} {
		crew.Go(func() error { return run(failed) })
	}
	if err := p.names.restore(ctx, p); err != nil {
		p.logger.WarnContext(ctx, "the listener for the known host names stays closed", "err", err)
	}

	served := make(chan error, 1)
	go func() { served <- server.Serve(l) }()
	var err error
	select {
	case <-ctx.Done():
		server.Leave()
		p.drain(failed)
	case <-failed.Done():
	case err = <-served:
	}
	grace, cancel := context.WithTimeout(context.WithoutCancel(ctx), p.Config.GraceLimit)
	defer cancel()
	p.hangUp(grace, p.Config.GraceLimit/5*4)
	p.EventLog.Close()
	p.Tunnels.Leave()
	p.Agents.Close() // their connections stay open for as long as they live
	err = errors.Join(err, server.Shutdown(grace), p.names.shut(grace))
	stop()
	return errors.Join(err, crew.Wait())
}

// hangUp ends connections that stay open for as long as their clients like. Clients
// are told first, while new ones still reach the other nodes. One that does not go
// is cut off at last: the rest of the grace is for calls.
func (p *Platform) hangUp(ctx context.Context, atLast time.Duration) {
	grace, cancel := context.WithTimeout(ctx, atLast)
	defer cancel()
	var all sync.WaitGroup
	all.Go(func() { p.Channel.Close(grace) })
	all.Go(func() { p.Stream.Close(grace) })
	all.Wait()
}

// Close closes shared state and database.
func (p *Platform) Close() error {
	var err error
	if p.APIs != nil {
		p.APIs.Close()
	}
	p.guards.close()
	if p.kv != nil {
		err = p.kv.Close()
	}
	if p.nonces != nil {
		err = errors.Join(err, p.nonces.Close())
	}
	return errors.Join(err, p.DB.Close())
}
