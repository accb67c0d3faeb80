package listener

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/gatepost/gatepost/internal/http1"
	"github.com/gatepost/gatepost/internal/nethttp"
)

// Config is what a listener serves.
type Config struct {
	Calls   nethttp.Server         // answers calls
	Others  http.Handler           // answers everything, calls too; it gets what is not ours
	IsCall  func(path string) bool // whether a path, as it was sent, is of a call
	Trusted nethttp.Proxies        // whose X-Forwarded-For is believed
	TLS     *tls.Config            // nil: plain
	Header  [][2]string            // lines of every answer to a call
	Context func() context.Context // what every call's context is made from
	Logger  *slog.Logger
}

// times are the bounds on waiting.
type times struct {
	head  time.Duration // for a request's head, and for a handshake
	idle  time.Duration // between two requests
	light time.Duration // after which an idle connection gives its buffer back; less than head
	body  time.Duration // between two reads of a body
	write time.Duration // for a block of an answer
	drain time.Duration // for what is left of a body that was refused
	watch time.Duration // between two looks whether callers are gone
}

func usual() times {
	return times{head: 10 * time.Second, idle: 2 * time.Minute, light: 5 * time.Second, body: time.Minute, write: time.Minute,
		drain: 20 * time.Second, watch: time.Second / 4}
}

// bufferSize is up to how much of an answer is written at once, in bytes.
const bufferSize = 32 << 10

// Listener serves connections.
type Listener struct {
	c       Config
	t       times
	plain   *handover
	secure  *handover
	servers [2]*http.Server
	buffers sync.Pool // of *[]byte, of bufferSize
	reads   sync.Pool // of *[]byte, of readSize
	date    atomic.Pointer[date]

	leaving atomic.Bool
	closing atomic.Bool
	mu      sync.Mutex
	l       net.Listener
	conns   map[*conn]struct{}
	empty   chan struct{} // closed when closing and the last connection ended
	over    chan struct{} // closed when Shutdown has ended
	ended   func()        // closes over, once
}

// New makes a listener.
func New(c Config) *Listener {
	s := &Listener{c: c, t: usual(), conns: map[*conn]struct{}{}, empty: make(chan struct{}), over: make(chan struct{})}
	s.ended = sync.OnceFunc(func() { close(s.over) })
	s.buffers.New = func() any { b := make([]byte, 0, bufferSize); return &b }
	s.reads.New = func() any { b := make([]byte, readSize); return &b }
	s.plain, s.secure = newHandover(), newHandover()
	s.servers = [2]*http.Server{s.server(c.Others), s.server(secured(c.Others))}
	return s
}

// server is net/http's, with the same bounds as ours.
func (s *Listener) server(h http.Handler) *http.Server {
	return &http.Server{Handler: h, ReadHeaderTimeout: s.t.head, IdleTimeout: s.t.idle, MaxHeaderBytes: http1.MaxHead,
		ErrorLog:    slog.NewLogLogger(s.c.Logger.Handler(), slog.LevelDebug),
		BaseContext: func(net.Listener) context.Context { return s.c.Context() }}
}

// secured tells h of requests whose connection came over TLS and was handed over
// with a part read: net/http cannot see that it did.
func secured(h http.Handler) http.Handler {
	over := &tls.ConnectionState{HandshakeComplete: true}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.TLS == nil {
			r.TLS = over
		}
		h.ServeHTTP(w, r)
	})
}

// Serve accepts connections until Shutdown, and then returns nil.
func (s *Listener) Serve(l net.Listener) error {
	s.mu.Lock()
	s.l = l
	s.mu.Unlock()
	for i, h := range []*handover{s.plain, s.secure} {
		h.addr = l.Addr()
		go func() { _ = s.servers[i].Serve(h) }() // ends with Shutdown
	}
	go s.watch()
	for pause := time.Duration(0); ; {
		c, err := l.Accept()
		switch {
		case err == nil:
			pause = 0
			s.begin(c)
		case s.closing.Load():
			return nil
		case temporary(err): // out of descriptors: those who are here go on
			pause = min(max(2*pause, 5*time.Millisecond), time.Second)
			s.c.Logger.Warn("a connection could not be accepted", "err", err)
			time.Sleep(pause)
		default:
			return fmt.Errorf("listener: accept: %w", err)
		}
	}
}

func temporary(err error) bool {
	var n net.Error
	return errors.As(err, &n) && n.Temporary() //nolint:staticcheck // there is no other way to tell; net/http does likewise
}

func (s *Listener) begin(nc net.Conn) {
	c := newConn(s, nc)
	s.mu.Lock()
	s.conns[c] = struct{}{}
	s.mu.Unlock()
	go c.serve()
}

func (s *Listener) end(c *conn) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.conns, c)
	if s.closing.Load() && len(s.conns) == 0 {
		s.emptied()
	}
}

// emptied tells Shutdown that nobody is left. It is called under the lock.
func (s *Listener) emptied() {
	select {
	case <-s.empty:
	default:
		close(s.empty)
	}
}

// Leave has every connection end with its next answer to a call, so that none is
// closed while a request is on its way. New ones are still accepted.
func (s *Listener) Leave() { s.leaving.Store(true) }

// Shutdown stops accepting, closes idle connections, and waits for calls in
// progress: their answers say that the connection closes. When ctx ends it
// closes what is left and returns ctx's error.
func (s *Listener) Shutdown(ctx context.Context) error {
	s.mu.Lock()
	s.closing.Store(true)
	var err error
	if s.l != nil {
		err = s.l.Close()
	}
	for c := range s.conns {
		c.closeIdle()
	}
	if len(s.conns) == 0 {
		s.emptied()
	}
	s.mu.Unlock()
	if errors.Is(err, net.ErrClosed) {
		err = nil
	}
	var wait sync.WaitGroup
	var others [2]error
	for i, server := range s.servers {
		wait.Go(func() { others[i] = server.Shutdown(ctx) })
	}
	select {
	case <-s.empty:
	case <-ctx.Done():
		err = errors.Join(err, ctx.Err())
		s.mu.Lock()
		for c := range s.conns {
			c.cancel()
			_ = c.Close()
		}
		s.mu.Unlock()
	}
	wait.Wait()
	s.ended()
	return errors.Join(err, others[0], others[1])
}

// watch cancels calls whose callers have gone while they waited, until Shutdown
// has ended.
func (s *Listener) watch() {
	tick := time.NewTicker(s.t.watch)
	defer tick.Stop()
	for {
		select {
		case <-s.over:
			return
		case now := <-tick.C:
			s.mu.Lock()
			for c := range s.conns {
				if since := c.since.Load(); since != 0 && now.UnixMilli()-since >= s.t.watch.Milliseconds() && gone(c.raw) {
					c.cancel()
				}
			}
			s.mu.Unlock()
		}
	}
}

// handover is a listener of connections that somebody else accepted.
type handover struct {
	conns chan net.Conn
	done  chan struct{}
	once  sync.Once
	addr  net.Addr
}

func newHandover() *handover { return &handover{conns: make(chan net.Conn), done: make(chan struct{})} }

// Accept implements net.Listener.
func (h *handover) Accept() (net.Conn, error) {
	select {
	case c := <-h.conns:
		return c, nil
	case <-h.done:
		return nil, net.ErrClosed
	}
}

// Close implements net.Listener.
func (h *handover) Close() error {
	h.once.Do(func() { close(h.done) })
	return nil
}

// Addr implements net.Listener.
func (h *handover) Addr() net.Addr { return h.addr }

// give hands c over, or closes it when nobody takes it any more.
func (h *handover) give(c net.Conn) {
	select {
	case h.conns <- c:
	case <-h.done:
		_ = c.Close()
	}
}

// begun is a connection of which a part was read already.
type begun struct {
	net.Conn
	read string
}

// Read implements io.Reader.
func (b *begun) Read(p []byte) (int, error) {
	if b.read == "" {
		return b.Conn.Read(p)
	}
	n := copy(p, b.read)
	b.read = b.read[n:]
	return n, nil
}

// CloseWrite lets net/http end an answer before it closes, as it does with TCP.
func (b *begun) CloseWrite() error {
	if w, ok := b.Conn.(interface{ CloseWrite() error }); ok {
		return w.CloseWrite()
	}
	return nil
}

// date is the line that every answer carries, for one second.
type date struct {
	second int64
	line   string
}

func (s *Listener) dated(now time.Time) string {
	d := s.date.Load()
	if sec := now.Unix(); d == nil || d.second != sec {
		d = &date{sec, "Date: " + now.UTC().Format(http.TimeFormat) + "\r\n"}
		s.date.Store(d)
	}
	return d.line
}

// ours reports whether a request is one that this package answers itself. Of
// whatever is unusual net/http is the judge.
func (s *Listener) ours(h *http1.Head) bool {
	if h.Minor != 1 || h.Upgrade || h.Target[0] != '/' || !h.Expect && h.Get("Expect") != "" {
		return false
	}
	path, _, _ := strings.Cut(h.Target, "?")
	return plain(h.Target, len(path)) && s.c.IsCall(path)
}

// plain reports that net/http would leave a target as it is: characters that
// need no escape, escapes that are whole, and none in the first segment, by
// which pages are told from calls.
func plain(target string, path int) bool {
	first := true
	for i := 1; i < len(target); i++ {
		switch c := target[i]; {
		case 'a' <= c && c <= 'z', 'A' <= c && c <= 'Z', '0' <= c && c <= '9':
		case i >= path:
			if c <= ' ' || c >= 0x7f || c == '#' {
				return false
			}
		case c == '/':
			first = false
		case c == '%':
			if first || i+2 >= path || !isHex(target[i+1]) || !isHex(target[i+2]) {
				return false
			}
			i += 2
		case strings.IndexByte("-._~!$&'()*+,;=:@", c) < 0:
			return false
		}
	}
	return true
}

func isHex(c byte) bool {
	return '0' <= c && c <= '9' || 'a' <= c && c <= 'f' || 'A' <= c && c <= 'F'
}
