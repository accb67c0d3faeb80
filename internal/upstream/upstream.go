package upstream

import (
	"context"
	"crypto/tls"
	"fmt"
	"io"
	"net/netip"
	"sync"
	"time"

	"github.com/gatepost/gatepost/internal/op"
)

// Pool is one system, reached at several addresses.
type Pool struct {
	c          Config
	deps       Deps
	policy     policy
	vouch      *vouch
	identities []Identity
	buffers    sync.Pool // of *[]byte, bufferSize long
	checks     sync.WaitGroup
	stop       context.CancelFunc

	mu       sync.Mutex
	all      []*address
	inFlight int
	closed   bool
	budget   float64 // retries that may be made now
	breaker  breaker
}

// bufferSize is what a body takes of memory in each direction, in bytes.
const bufferSize = 32 << 10

// New makes a pool. It returns an error that names the field that is wrong.
func New(c Config, deps Deps) (*Pool, error) {
	places, roots, err := c.complete()
	if err != nil {
		return nil, fmt.Errorf("upstream: %w", err)
	}
	if deps.Resolve == nil {
		deps.Resolve = resolve
	}
	p := &Pool{c: c, deps: deps, identities: Identities(), budget: minRetries}
	p.policy = policy{allow: append(append([]netip.Prefix(nil), deps.Allow...), c.Allow...), listeners: deps.Listeners, resolve: deps.Resolve}
	p.buffers.New = func() any { b := make([]byte, 0, bufferSize); return &b }
	if deps.Key != nil {
		p.vouch = &vouch{key: deps.Key, issuer: deps.Issuer, audience: c.Name, now: deps.Now}
	}
	for i, at := range places {
		// What is written as a number can be told now; names are asked at the dial.
		if ip, err := netip.ParseAddr(at.host); err == nil {
			if why := p.policy.forbids(ip, at.port); why != "" {
				return nil, fmt.Errorf("upstream: addresses[%d]: %w", i, &Forbidden{at.host, why})
			}
		}
		a := &address{place: at, state: Up, since: deps.Now()}
		a.tls = &tls.Config{RootCAs: roots, ServerName: at.host, MinVersion: tls.VersionTLS12}
		p.all = append(p.all, a)
	}
	ctx, stop := context.WithCancel(context.Background())
	p.stop = stop
	if c.Health.Path != "" {
		for _, a := range p.all {
			p.checks.Go(func() { p.watch(ctx, a) })
		}
	}
	return p, nil
}

// Carry carries a call to an address of the pool: o's method, and target, which
// is the path as it is sent and the query below the base address. Refusals are
// of apierror; what they do not tell the caller is in the log.
func (p *Pool) Carry(ctx context.Context, who *op.Caller, o *op.Operation, target string, r *op.Request, body BodyMask) (op.Answer, error) {
	m := &call{p: p, who: who, r: r, method: o.Method, mask: body, began: time.Now()}
	if err := m.aim(target); err != nil {
		return op.Answer{}, err
	}
	if err := p.enter(); err != nil {
		return op.Answer{}, err
	}
	a, err := m.carry(ctx)
	if err != nil {
		m.leave()
		return op.Answer{}, m.refusal(ctx, err)
	}
	return a, nil
}

// Address is how it stands with one address of a pool.
type Address struct {
	URL      string
	State    State
	Since    time.Time // when it came to this state
	InFlight int
	Failures int       // calls in a row that failed
	Until    time.Time // when an ejected address is tried again
	Last     string    // why it failed last
}

// State is whether an address is used.
type State string

// The states.
const (
	Up      State = "up"
	Down    State = "down"    // its health checks fail
	Ejected State = "ejected" // its breaker is open: calls failed in a row; left alone until Until
	Trying  State = "trying"  // ejected before; one call tries whether it is back
)

// Health tells of every address, in the order of the configuration.
func (p *Pool) Health() []Address {
	p.mu.Lock()
	defer p.mu.Unlock()
	list := make([]Address, 0, len(p.all))
	for _, a := range p.all {
		list = append(list, Address{a.url, a.state, a.since, a.inFlight, a.failures, a.until, a.last})
	}
	return list
}

// Close lets the calls in flight finish, takes no more, and closes what is idle.
func (p *Pool) Close() {
	p.stop()
	p.checks.Wait()
	p.mu.Lock()
	p.closed = true
	var idle []*conn
	for _, a := range p.all {
		idle = append(idle, a.idle...)
		a.idle = nil
		if a.h2 != nil {
			a.h2.CloseIdleConnections()
		}
	}
	p.mu.Unlock()
	for _, c := range idle {
		_ = c.Close()
	}
}

// BodyMask masks the answers of one operation for one caller.
type BodyMask interface {
	// Accept says whether a body of this status, content type and encoding can
	// be masked; an error fails the call closed.
	Accept(status int, contentType, encoding string) error
	// Writer masks what is written to it on to w; Close tells that the body is
	// complete.
	Writer(w io.Writer) MaskWriter
}

// MaskWriter is one body on its way through a mask.
type MaskWriter interface {
	io.WriteCloser
	// Masked is what was hidden in what was written so far.
	Masked() []op.Suppressed
}
