//go:build scale

package scale

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net"
	"net/http"
	"slices"
	"strconv"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"crypto/rand"

	"github.com/gatepost/gatepost/internal/signature"
)

// outcome is one call as its maker saw it.
type outcome struct {
	at   time.Time // when it began
	took time.Duration
	kind string // ok, the rule that refused it, or what became of the connection
	node int
}

// caller makes calls and keeps what became of them.
type caller struct {
	bases  []string // addresses, taken in turn
	app    *client
	signed bool // by our scheme, without a token
	retry  bool // once, at the next address, where the first try was not answered or refused with 503

	http  *http.Client
	next  atomic.Int64
	mu    sync.Mutex
	calls []outcome
}

func newCaller(app *client, bases ...string) *caller {
	return &caller{bases: bases, app: app, http: &http.Client{Timeout: 10 * time.Second,
		Transport: &http.Transport{MaxIdleConnsPerHost: 64, MaxConnsPerHost: 64, DialContext: (&net.Dialer{Timeout: time.Second}).DialContext}}}
}

// call makes one call.
func (c *caller) call(ctx context.Context) {
	n := int(c.next.Add(1)) % len(c.bases)
	o := outcome{at: time.Now(), node: n}
	o.kind = c.try(ctx, c.bases[n])
	if c.retry && lost(o.kind) {
		o.kind = c.try(ctx, c.bases[(n+1)%len(c.bases)])
	}
	o.took = time.Since(o.at)
	c.mu.Lock()
	defer c.mu.Unlock()
	c.calls = append(c.calls, o)
}

// lost reports whether a call that reads may be made again elsewhere.
func lost(kind string) bool {
	switch kind {
	case "platform.database", "platform.shared_state", "no connection", "connection broke", "time limit", "HTTP 503", "HTTP 502", "HTTP 504":
		return true
	}
	return false
}

func (c *caller) try(ctx context.Context, base string) string {
	head := []string{"x-acs-dingtalk-access-token", c.app.token}
	if c.signed {
		g := signature.GP{Method: "GET", Path: c.app.read(), Timestamp: strconv.FormatInt(time.Now().UnixMilli(), 10), Nonce: rand.Text()}
		head = []string{"X-Gatepost-Key", c.app.Key, "X-Gatepost-Timestamp", g.Timestamp, "X-Gatepost-Nonce", g.Nonce,
			"X-Gatepost-Signature", signature.SignGP(c.app.Secret, g.Canonical())}
	}
	r, err := request(ctx, http.MethodGet, base+c.app.read(), "", head...)
	if err != nil {
		return err.Error()
	}
	a, err := c.http.Do(r)
	if err != nil {
		return broken(err)
	}
	defer a.Body.Close()
	body, err := io.ReadAll(a.Body)
	if err != nil {
		return broken(err)
	}
	if a.StatusCode == http.StatusOK {
		return "ok"
	}
	var refusal struct{ Rule string }
	if json.Unmarshal(body, &refusal) != nil || refusal.Rule == "" {
		return "HTTP " + strconv.Itoa(a.StatusCode)
	}
	return refusal.Rule
}

func broken(err error) string {
	var timeout net.Error
	switch {
	case errors.Is(err, syscall.ECONNREFUSED), errors.Is(err, syscall.EHOSTUNREACH):
		return "no connection"
	case errors.As(err, &timeout) && timeout.Timeout():
		return "time limit"
	}
	return "connection broke"
}

// times makes calls in several lines until so many were made, and calls halfway
// when that many began.
func (c *caller) times(ctx context.Context, total, lines int, halfway func()) {
	var began atomic.Int64
	var once sync.Once
	var crew sync.WaitGroup
	for range lines {
		crew.Go(func() {
			for {
				n := began.Add(1)
				if n > int64(total) {
					return
				}
				if n >= int64(total/2) && halfway != nil {
					once.Do(func() { crew.Go(halfway) })
				}
				c.call(ctx)
			}
		})
	}
	crew.Wait()
}

// steadily makes so many calls a second until ctx ends, whatever becomes of them.
func (c *caller) steadily(ctx context.Context, perSecond int) {
	var crew sync.WaitGroup
	defer crew.Wait()
	tick := time.NewTicker(time.Second / time.Duration(perSecond))
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
			crew.Go(func() { c.call(context.WithoutCancel(ctx)) })
		}
	}
}

// between is what began in a span of time.
func (c *caller) between(from, to time.Time) []outcome {
	c.mu.Lock()
	defer c.mu.Unlock()
	var list []outcome
	for _, o := range c.calls {
		if !o.at.Before(from) && o.at.Before(to) {
			list = append(list, o)
		}
	}
	return list
}

// kinds counts outcomes by kind.
func kinds(list []outcome) map[string]int {
	count := map[string]int{}
	for _, o := range list {
		count[o.kind]++
	}
	return count
}

// p99 is the time that one call in a hundred takes longer than, of all calls.
func p99(list []outcome) time.Duration {
	if len(list) == 0 {
		return 0
	}
	var took []time.Duration
	for _, o := range list {
		took = append(took, o.took)
	}
	slices.Sort(took)
	return took[len(took)*99/100].Round(100 * time.Microsecond)
}
