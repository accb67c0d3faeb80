// Package platformtest is a whole platform in a test: the packages as package
// platform builds them, a database of its own, a listener, and a clock that a
// test moves. Nothing is replaced by something simpler, so what a test sees is
// what a client sees.
//
// People and applications who act in a test are made by the methods in
// actors.go; what they ask goes through the platform's handler, in the wire
// forms of scenes and clients, by those in call.go.
package platformtest

import (
	"context"
	"io"
	"log/slog"
	"net/url"
	"os"
	"sync/atomic"
	"testing"
	"time"

	"github.com/gatepost/gatepost/internal/config"
	"github.com/gatepost/gatepost/internal/platform"
	"github.com/gatepost/gatepost/internal/store/storetest"
)

// Version is the version that platforms in tests say they are.
const Version = "test"

// World is one running platform. Its methods end the test when what they were
// asked for cannot be had; refusals of the wire are answers, not failures.
type World struct {
	*platform.Platform
	URL  string        // of its listener
	Demo platform.Demo // the demonstration company, if the world was started with one

	t     testing.TB
	ahead atomic.Int64 // how far the real time was moved
	held  atomic.Int64 // where it stands, in nanoseconds; 0: it runs
	stop  func()
}

// Option says what differs from a plain world: SQLite, no company, no limits.
type Option func(*options)

type options struct {
	config.Config
	demo   bool
	logger *slog.Logger
}

// WithDemo makes the demonstration company.
func WithDemo() Option { return func(o *options) { o.demo = true } }

// WithConfig changes the configuration before the platform opens. A world with
// another data directory and database is another node of the same platform, or
// the same platform started again.
func WithConfig(change func(*config.Config)) Option {
	return func(o *options) { change(&o.Config) }
}

// WithLog has the platform's own log written to w.
func WithLog(w io.Writer) Option {
	return func(o *options) { o.logger = slog.New(slog.NewTextHandler(w, nil)) }
}

// Start starts a platform that ends with the test.
func Start(t testing.TB, opts ...Option) *World {
	t.Helper()
	conf, err := config.Read()
	if err != nil {
		t.Fatal(err)
	}
	conf.Listen, conf.Data, conf.Volatile = "127.0.0.1:0", "", true
	o := options{Config: conf, logger: slog.New(slog.DiscardHandler)}
	for _, option := range opts {
		option(&o)
	}
	if o.Data == "" {
		o.Data = storetest.Dir(t)
	}
	w := &World{t: t}
	if w.Platform, err = platform.Open(t.Context(), o.Config, Version, w.Now, o.logger); err != nil {
		t.Fatal(err)
	}
	if o.demo {
		if w.Demo, err = w.Platform.Demo(t.Context(), "demo-password"); err != nil {
			t.Fatal(err)
		}
	}
	w.run(t)
	return w
}

// run answers calls until the test ends.
func (w *World) run(t testing.TB) {
	t.Helper()
	l, address, err := w.Listen(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	w.URL = address
	ctx, cancel := context.WithCancel(context.WithoutCancel(t.Context()))
	ended := make(chan error, 1)
	go func() { ended <- w.Run(ctx, l) }()
	stopped := false
	w.stop = func() {
		if stopped {
			return
		}
		stopped = true
		cancel()
		if err := <-ended; err != nil {
			t.Errorf("the platform ended with: %v", err)
		}
		if err := w.Close(); err != nil {
			t.Errorf("close the platform: %v", err)
		}
	}
	t.Cleanup(w.stop)
}

// Stop ends the platform before the test ends, so that it can be started again
// from the same data.
func (w *World) Stop() { w.stop() }

// Now is the real time as the platform knows it.
func (w *World) Now() time.Time {
	now := time.Now()
	if held := w.held.Load(); held != 0 {
		now = time.Unix(0, held)
	}
	return now.Add(time.Duration(w.ahead.Load()))
}

// Later moves the real time: for every company, every session, the limits, and
// what waits to be delivered.
func (w *World) Later(d time.Duration) {
	w.ahead.Add(int64(d))
	w.Delivery.Look()
}

// Still stops the real time at the beginning of a second: from now on it moves
// only by Later.
func (w *World) Still() { w.held.Store(time.Now().Truncate(time.Second).UnixNano()) }

// Each runs f on a world of its own on SQLite and, when GATEPOST_TEST_POSTGRES
// is set, on PostgreSQL.
func Each(t *testing.T, f func(t *testing.T, w *World), opts ...Option) {
	t.Helper()
	EachEngine(t, func(t *testing.T, engine Option) { f(t, Start(t, append([]Option{engine}, opts...)...)) })
}

// EachEngine is Each for tests that start their worlds themselves: engine is
// the option that selects the engine, with a fresh database.
func EachEngine(t *testing.T, f func(t *testing.T, engine Option)) {
	t.Helper()
	t.Run("sqlite", func(t *testing.T) {
		t.Parallel()
		f(t, func(*options) {})
	})
	if os.Getenv(storetest.PostgresVariable) == "" {
		return
	}
	t.Run("postgres", func(t *testing.T) {
		t.Parallel()
		f(t, Postgres(t))
	})
}

// Postgres selects PostgreSQL with a fresh schema. It skips the test when
// GATEPOST_TEST_POSTGRES is not set.
func Postgres(t testing.TB) Option {
	t.Helper()
	u, err := url.Parse(storetest.Postgres(t))
	if err != nil {
		t.Fatal(err)
	}
	q := u.Query()
	q.Set("synchronous_commit", "off") // no test here pulls the plug
	u.RawQuery = q.Encode()
	return WithConfig(func(c *config.Config) { c.Postgres = config.Secret(u.String()) })
}
