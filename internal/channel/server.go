package channel

import (
	"context"
	"log/slog"
	"net/http"
	"sync"
	"time"

	"github.com/coder/websocket"

	"github.com/gatepost/gatepost/internal/op"
)

// Path is where sessions are opened, and KeyPath where the channel key is told.
const (
	Path    = "/channel"
	KeyPath = "/.well-known/gatepost-channel"
)

// Gateway answers calls.
type Gateway interface {
	Serve(ctx context.Context, r *op.Request) op.Answer
}

// Limits bound a session. Times are real times.
type Limits struct {
	Rekey    time.Duration // the age at which keys are replaced
	Grace    time.Duration // how long the client may take for it
	Idle     time.Duration // without a frame from the client
	Life     time.Duration // of a session
	Calls    int           // under way at once; the next frame is read when one is answered
	Frame    int           // bytes that the platform reads at once
	Sessions int           // on this node
}

// DefaultLimits are those of a platform.
func DefaultLimits() Limits {
	return Limits{Rekey: time.Hour, Grace: time.Minute, Idle: 15 * time.Minute, Life: 12 * time.Hour,
		Calls: 32, Frame: 1<<20 + 64<<10, Sessions: 4096}
}

// Server takes sessions. It is an http.Handler for Path and KeyPath.
type Server struct {
	Gateway Gateway
	Key     *Key
	Limits  Limits
	// Origin fills in where a request came from: address, and whether by TLS.
	Origin func(q *op.Request, r *http.Request)
	Now    func() time.Time
	Logger *slog.Logger

	mu       sync.Mutex
	sessions map[*session]struct{}
	closed   bool
}

// ServeHTTP implements http.Handler.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.URL.Path == KeyPath {
		s.tellKey(w)
		return
	}
	// The default origin check stays: a page of another host is refused.
	ws, err := websocket.Accept(w, r, nil)
	if err != nil {
		return // Accept has answered
	}
	defer func() { _ = ws.CloseNow() }()
	ws.SetReadLimit(int64(s.Limits.Frame))
	from := op.Request{Host: r.Host, Secure: r.TLS != nil}
	s.Origin(&from, r)
	// A session lives as long as its own reasons let it, not as the request that opened it.
	session := newSession(context.WithoutCancel(r.Context()), s, ws, from)
	if !s.add(session) {
		_ = ws.Close(Full.status(), string(Full))
		return
	}
	defer s.remove(session)
	reason := session.run()
	s.Logger.DebugContext(r.Context(), "a channel session ended", "reason", string(reason), "calls", session.answered.Load())
}

// published is the channel key as clients read it.
type published struct {
	Version     int    `json:"v"`
	Suite       string `json:"suite"`
	Path        string `json:"path"`
	PublicKey   []byte `json:"publicKey"`
	Fingerprint string `json:"fingerprint"`
}

func (s *Server) tellKey(w http.ResponseWriter) {
	public := s.Key.Public()
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-cache")
	_, _ = w.Write(spell(published{version, Suite, Path, public, Fingerprint(public)})) // the client is gone
}

func (s *Server) add(one *session) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed || len(s.sessions) >= s.Limits.Sessions {
		return false
	}
	if s.sessions == nil {
		s.sessions = map[*session]struct{}{}
	}
	s.sessions[one] = struct{}{}
	return true
}

func (s *Server) remove(one *session) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.sessions, one)
}

// Close takes no more sessions, lets the calls under way finish while ctx lasts,
// and ends every session.
func (s *Server) Close(ctx context.Context) {
	s.mu.Lock()
	s.closed = true
	var open []*session
	for one := range s.sessions {
		open = append(open, one)
	}
	s.mu.Unlock()
	var all sync.WaitGroup
	for _, one := range open {
		all.Go(func() { one.drain(ctx) })
	}
	all.Wait()
}
