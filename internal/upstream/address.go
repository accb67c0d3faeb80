package upstream

import (
	"crypto/tls"
	"errors"
	"math/rand/v2"
	"net/http"
	"time"

	"github.com/gatepost/gatepost/internal/apierror"
)

// address is one address of a pool. All but place and tls is under the pool's lock.
type address struct {
	place
	tls *tls.Config

	h2       *http.Transport // of an address that speaks HTTP/2
	idle     []*conn         // the one used last is at the end
	inFlight int

	state     State
	since     time.Time
	until     time.Time // Ejected: when it is tried again
	ejections int       // in a row, for the back-off
	failures  int       // calls in a row
	good, bad int       // checks in a row
	last      string
}

func (a *address) turn(s State, now time.Time) {
	if a.state != s {
		a.state, a.since = s, now
	}
}

// breaker opens the whole pool when most calls fail, whichever address they meet.
type breaker struct {
	began         time.Time // of the window that is counted
	calls, failed int
	until         time.Time // open until then
	trying        bool      // one call tries whether the pool is back
}

// Bounds of the breakers and of retries.
const (
	window      = 10 * time.Second
	windowLeast = 20 // calls within a window before the pool's breaker may open
	openFor     = 5 * time.Second
	ejectFirst  = time.Second // doubled for every ejection in a row
	ejectMost   = time.Minute
	retryShare  = 0.2 // of the calls may be retries
	minRetries  = 10
)

// enter takes a place among the calls in flight.
func (p *Pool) enter() error {
	now := time.Now()
	p.mu.Lock()
	defer p.mu.Unlock()
	b := &p.breaker
	switch {
	case p.closed:
		return p.open("the pool is closed", time.Second)
	case p.inFlight >= p.c.MaxInFlight:
		return apierror.UpstreamBusy.With("pool", p.c.Name).Want("at most %d", p.c.MaxInFlight).Retry(time.Second)
	case b.until.After(now):
		return p.open("the pool's breaker is open", b.until.Sub(now))
	case !b.until.IsZero() && b.trying:
		return p.open("one call tries whether the pool is back", time.Second)
	}
	if !b.until.IsZero() {
		b.trying = true
	}
	p.inFlight++
	p.budget = min(p.budget+retryShare, minRetries)
	return nil
}

func (p *Pool) open(why string, after time.Duration) error {
	return apierror.UpstreamOpen.With("pool", p.c.Name, "detail", why).Retry(after)
}

// counted tells the pool's breaker how a call ended.
func (p *Pool) counted(how outcome, now time.Time) {
	b := &p.breaker
	if !b.until.IsZero() { // this call was the try, or began before the breaker opened
		if !b.trying {
			return
		}
		switch how {
		case fine:
			*b = breaker{}
		case failed:
			*b = breaker{until: now.Add(openFor)}
		case unknown:
			b.trying = false // the next call tries
		}
		return
	}
	if how == unknown {
		return
	}
	if now.Sub(b.began) > window {
		b.began, b.calls, b.failed = now, 0, 0
	}
	b.calls++
	if how == failed {
		b.failed++
	}
	if b.calls >= windowLeast && b.failed*2 >= b.calls {
		b.until = now.Add(openFor)
	}
}

// errNone is the error of a pool none of whose addresses is to be used.
var errNone = errors.New("no address is up")

// pick takes the less busy of two addresses that are up, not among tried if that
// can be. It counts a call there; give ends it. After says when to come back.
func (p *Pool) pick(tried []*address) (a *address, after time.Duration, err error) {
	now := time.Now()
	p.mu.Lock()
	defer p.mu.Unlock()
	var one, two, again *address
	seen := 0
	for _, a := range p.all {
		if !a.usable(now) {
			after = sooner(after, a.until.Sub(now))
			continue
		}
		if among(tried, a) {
			again = a
			continue
		}
		// Two of many by chance, each with equal odds, in one pass.
		seen++
		switch {
		case one == nil:
			one = a
		case two == nil:
			two = a
		default:
			if i := rand.IntN(seen); i == 0 { //nolint:gosec // spreads load
				one = a
			} else if i == 1 {
				two = a
			}
		}
	}
	switch {
	case one == nil && again == nil:
		return nil, max(after, time.Second), errNone
	case one == nil:
		one = again
	case two != nil && (two.inFlight < one.inFlight || two.inFlight == one.inFlight && rand.IntN(2) == 0): //nolint:gosec // spreads load
		one = two
	}
	if one.state == Ejected {
		one.turn(Trying, now)
	}
	one.inFlight++
	return one, 0, nil
}

func (a *address) usable(now time.Time) bool {
	switch a.state {
	case Up:
		return true
	case Ejected:
		return !a.until.After(now)
	case Down, Trying:
	}
	return false
}

func among(list []*address, a *address) bool {
	for _, b := range list {
		if a == b {
			return true
		}
	}
	return false
}

func sooner(a, b time.Duration) time.Duration {
	if b <= 0 || a > 0 && a < b {
		return a
	}
	return b
}

// give ends what pick began. A call that the caller broke off says nothing of
// the address.
func (p *Pool) give(a *address, how outcome, why error) {
	now := time.Now()
	p.mu.Lock()
	defer p.mu.Unlock()
	a.inFlight--
	switch how {
	case fine:
		a.failures, a.ejections = 0, 0
		if a.state == Trying {
			a.turn(Up, now)
		}
	case failed:
		a.failures++
		a.last = why.Error()
		if a.state == Trying || a.state == Up && a.failures >= p.c.Health.Failures {
			p.eject(a, now)
		}
	case unknown:
		if a.state == Trying {
			a.turn(Ejected, now) // its time is over: the next call tries
		}
	}
}

func (p *Pool) eject(a *address, now time.Time) {
	pause := min(ejectFirst<<min(a.ejections, 10), ejectMost)
	a.ejections++
	a.until = now.Add(pause)
	a.turn(Ejected, now)
	p.deps.Logger.Warn("an upstream address failed and is left alone", "pool", p.c.Name, "address", a.url, "pause", pause, "err", a.last)
}

// outcome is what a call says of the address it was carried to.
type outcome int

const (
	fine outcome = iota
	failed
	unknown
)

// mayRetry takes a retry out of the budget.
func (p *Pool) mayRetry() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.budget < 1 {
		return false
	}
	p.budget--
	return true
}

// take returns an idle connection of a that is still open; nil if there is none.
func (p *Pool) take(a *address) *conn {
	for {
		p.mu.Lock()
		n := len(a.idle)
		if n == 0 {
			p.mu.Unlock()
			return nil
		}
		c := a.idle[n-1]
		a.idle[n-1] = nil
		a.idle = a.idle[:n-1]
		p.mu.Unlock()
		if c.usable() {
			c.reused = true
			return c
		}
		_ = c.Close()
	}
}

// keep lays a connection aside for the next call.
func (p *Pool) keep(c *conn) {
	c.since = time.Now()
	p.mu.Lock()
	a := c.to
	full := p.closed || len(a.idle) >= p.c.MaxIdle
	if !full {
		a.idle = append(a.idle, c)
	}
	var old *conn
	if len(a.idle) > 1 && c.since.Sub(a.idle[0].since) > maxIdleTime {
		old = a.idle[0]
		a.idle = append(a.idle[:0], a.idle[1:]...)
	}
	p.mu.Unlock()
	if full {
		_ = c.Close()
	}
	if old != nil {
		_ = old.Close()
	}
}
