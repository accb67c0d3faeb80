package upstream

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"time"
)

// watch asks an address for its health until ctx ends.
func (p *Pool) watch(ctx context.Context, a *address) {
	tick := time.NewTicker(ms(p.c.Health.Interval))
	defer tick.Stop()
	for {
		p.checked(a, p.check(ctx, a))
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

// check asks once, over a connection of its own.
func (p *Pool) check(ctx context.Context, a *address) error {
	ctx, cancel := context.WithTimeout(ctx, ms(p.c.Timeouts.Connect+p.c.Timeouts.Head))
	defer cancel()
	q, err := http.NewRequestWithContext(ctx, http.MethodGet, a.url, http.NoBody)
	if err != nil {
		return fmt.Errorf("health check: %w", err)
	}
	q.URL.Path, q.URL.RawPath = a.prefix+p.c.Health.Path, ""
	if p.c.Host != "" {
		q.Host = p.c.Host
	}
	q.Header.Set("User-Agent", "gatepost-health")
	t := &http.Transport{DisableKeepAlives: true, ForceAttemptHTTP2: true, MaxResponseHeaderBytes: 64 << 10,
		DialContext:    func(ctx context.Context, _, _ string) (net.Conn, error) { return p.dial(ctx, a) },
		DialTLSContext: func(ctx context.Context, _, _ string) (net.Conn, error) { return p.dial(ctx, a, "h2", "http/1.1") }}
	r, err := t.RoundTrip(q) // follows no redirect
	if err != nil {
		return fmt.Errorf("health check: %w", err)
	}
	if err := r.Body.Close(); err != nil {
		return fmt.Errorf("health check: %w", err)
	}
	if r.StatusCode < 200 || r.StatusCode > 399 {
		return fmt.Errorf("health check: answered %d", r.StatusCode)
	}
	return nil
}

// checked takes note of a check. It turns an address down or up; up again, it is
// not ejected either.
func (p *Pool) checked(a *address, err error) {
	if errors.Is(err, context.Canceled) {
		return
	}
	now := time.Now()
	p.mu.Lock()
	defer p.mu.Unlock()
	if err != nil {
		a.good = 0
		a.bad++
		a.last = err.Error()
		if a.bad == p.c.Health.Down && a.state != Down {
			a.turn(Down, now)
			p.deps.Logger.Warn("an upstream address is down", "pool", p.c.Name, "address", a.url, "err", err)
		}
		return
	}
	a.bad = 0
	a.good++
	if a.good >= p.c.Health.Up && (a.state == Down || a.state == Ejected) {
		a.failures, a.ejections = 0, 0
		a.turn(Up, now)
		p.deps.Logger.Info("an upstream address is up again", "pool", p.c.Name, "address", a.url)
	}
}
