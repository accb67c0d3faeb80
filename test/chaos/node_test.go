//go:build chaos

package chaos

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/coder/websocket"

	"github.com/gatepost/gatepost/internal/callback"
	"github.com/gatepost/gatepost/internal/clock"
	"github.com/gatepost/gatepost/internal/delivery"
	"github.com/gatepost/gatepost/internal/event"
	"github.com/gatepost/gatepost/internal/id"
	"github.com/gatepost/gatepost/internal/keyring"
	"github.com/gatepost/gatepost/internal/op"
	"github.com/gatepost/gatepost/internal/store"
	"github.com/gatepost/gatepost/internal/stream"
)

// corp is whose events they are.
const corp id.Corp = "dingchaos000000000000000000000chaos"

// nodeConfig is what a node is told, in its environment.
type nodeConfig struct {
	Number   int
	Dir      string // of SQLite
	Postgres string
	Listen   string
}

const (
	nodeVariable   = "GATEPOST_CHAOS_NODE"
	victimVariable = "GATEPOST_CHAOS_VICTIM" // directory of a process whose writes are recorded
)

// TestMain makes this binary a node, too: what is killed is a process of its own.
func TestMain(m *testing.M) {
	if text := os.Getenv(nodeVariable); text != "" {
		if err := node(text); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		return
	}
	if dir := os.Getenv(victimVariable); dir != "" {
		if err := victim(dir); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		return
	}
	os.Exit(m.Run())
}

// changeObject is the change: the n-th of an object. It is made again where the caller does not know whether it was made.
const changeObject store.SQL = `INSERT INTO chaos_changes (object, n) VALUES ($1, $2) ON CONFLICT (object) DO UPDATE SET n = $2`

// part is the log and its owner, as a platform has them.
type part struct {
	db    *store.DB
	log   *event.Log
	owner *delivery.Owner
	hub   *stream.Hub

	claiming sync.Mutex
}

func openPart(ctx context.Context, c store.Config, number int, logger *slog.Logger) (*part, error) {
	db, err := store.Open(ctx, c)
	if err != nil {
		return nil, err
	}
	clk, err := clock.New(ctx, db, time.Now)
	if err != nil {
		return nil, err
	}
	keys, err := keyring.New(ctx, db, make([]byte, 32), time.Now)
	if err != nil {
		return nil, err
	}
	ids := id.NewCalls(number, time.Now)
	p := &part{db: db, log: event.New(db, clk, keys, ids)}
	p.owner = delivery.New(db, p.log, time.Now, logger)
	p.hub = stream.New(ids, time.Now, logger)
	transport := http.DefaultTransport.(*http.Transport).Clone()
	transport.MaxIdleConnsPerHost = 256
	way := callback.New(transport, time.Now)
	way.Receiver = func(_ context.Context, s *event.Subscription) (callback.Receiver, error) {
		envelope, err := callback.NewEnvelope(chaosToken, s.Secret, string(corp))
		return callback.Receiver{URL: s.Target, Envelope: envelope}, err
	}
	p.owner.Ways = map[event.Way]delivery.Way{event.Callback: way, event.Stream: p.hub}
	p.owner.Mask = func(_ context.Context, _ *event.Subscription, h event.Happened) (event.Happened, bool, error) {
		return h, true, nil
	}
	p.hub.Apps = everyApp{}
	p.hub.Came = func(_ context.Context, a stream.App) error {
		p.claim(a)
		return nil
	}
	p.hub.Gone = p.claim
	return p, nil
}

// everyApp lets every application connect.
type everyApp struct{}

func (everyApp) Credentials(_ context.Context, _ op.Caller, key id.App, _ string) (stream.App, error) {
	return stream.App{Corp: corp, Agent: streamAgent, Key: key}, nil
}

func (everyApp) Connected(_ context.Context, corp id.Corp, agent id.Agent) (stream.App, error) {
	return stream.App{Corp: corp, Agent: agent, Key: "chaos"}, nil
}

func (everyApp) Sandbox(context.Context, id.Corp) (bool, error) { return true, nil }

// claim takes what an app is told over connections if it has any here, and gives it up otherwise. One connection may come
// while another one's end is still being dealt with, so what counts is what is there at the end.
func (p *part) claim(a stream.App) {
	p.claiming.Lock()
	defer p.claiming.Unlock()
	list, err := p.log.Subscriptions(context.Background(), a.Corp, a.Agent)
	for err != nil { // the database is away
		time.Sleep(100 * time.Millisecond)
		list, err = p.log.Subscriptions(context.Background(), a.Corp, a.Agent)
	}
	for _, s := range list {
		switch {
		case s.Way != event.Stream:
		case p.hub.Count(a.Corp, a.Agent) > 0:
			p.owner.Claim(s.Corp, s.ID)
			p.log.Due(s.Corp, []id.Subscription{s.ID})
		default:
			p.owner.Unclaim(s.Corp, s.ID)
		}
	}
}

// change makes the n-th change of an object and records the event of it.
func (p *part) change(ctx context.Context, object string, n int) (id.Event, error) {
	return store.Update(ctx, p.db, func(tx *store.Tx) (id.Event, error) {
		if _, err := tx.Exec(changeObject, object, n); err != nil {
			return 0, err
		}
		return p.log.Emit(tx, corp, event.UserAdded, object, event.People{TimeStamp: fmt.Sprint(n), UserID: []id.User{id.User(object)}})
	})
}

// node serves changes and streams, and delivers, until it is killed.
func node(text string) error {
	var c nodeConfig
	if err := json.Unmarshal([]byte(text), &c); err != nil {
		return err
	}
	ctx := context.Background()
	logger := slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: slog.LevelWarn}))
	p, err := openPart(ctx, store.Config{Dir: c.Dir, Postgres: c.Postgres}, c.Number, logger)
	if err != nil {
		return err
	}
	go func() { // a node ends with its parent
		_, _ = io.Copy(io.Discard, os.Stdin)
		os.Exit(0)
	}()
	go func() { _ = p.owner.Run(ctx) }()
	go func() { _ = p.hub.Run(ctx) }()
	mux := http.NewServeMux()
	mux.HandleFunc("POST /change", func(w http.ResponseWriter, r *http.Request) {
		var n int
		_, _ = fmt.Sscan(r.URL.Query().Get("n"), &n)
		made, err := p.change(r.Context(), r.URL.Query().Get("object"), n)
		if err != nil {
			http.Error(w, err.Error(), http.StatusServiceUnavailable)
			return
		}
		fmt.Fprint(w, int64(made))
	})
	mux.HandleFunc("GET /ready", func(http.ResponseWriter, *http.Request) {})
	mux.HandleFunc("GET /connect", func(w http.ResponseWriter, r *http.Request) {
		conn, err := websocket.Accept(w, r, nil)
		if err != nil {
			return
		}
		p.hub.Serve(stream.Client{App: stream.App{Corp: corp, Agent: streamAgent, Key: "chaos"}, Events: true}, conn)
	})
	err = http.ListenAndServe(c.Listen, mux)
	if errors.Is(err, http.ErrServerClosed) || strings.Contains(fmt.Sprint(err), "use of closed") {
		return nil
	}
	return err
}
