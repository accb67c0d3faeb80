// Package nethttp carries calls over net/http: it turns a request into the
// gateway's own view and writes the answer. The gateway knows nothing of
// net/http, so that the transport can be replaced by one that measures better.
package nethttp

import (
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"net"
	"net/http"
	"net/netip"
	"strconv"
	"time"

	"github.com/gatepost/gatepost/internal/op"
)

// Server answers requests; gateway.Gateway is one.
type Server interface {
	Serve(ctx context.Context, r *op.Request) op.Answer
}

// Handler carries calls to s.
type Handler struct {
	Server  Server
	Trusted Proxies
}

// drainLimit bounds what is read and thrown away of a body that was refused for
// its size. A client that writes its whole body before it reads would otherwise
// see a broken connection instead of the refusal.
const (
	drainLimit = 256 << 20
	drainTime  = 20 * time.Second
)

// Request is a request in the gateway's own view.
func (h *Handler) Request(r *http.Request) *op.Request {
	q := &op.Request{
		Method: r.Method, Path: r.URL.EscapedPath(), Query: r.URL.RawQuery, Host: r.Host,
		Secure: r.TLS != nil, Head: lines(r.Header), Length: r.ContentLength,
	}
	if r.Body != http.NoBody {
		q.Body = r.Body
	}
	h.Origin(q, r)
	return q
}

func (h *Handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	q := h.Request(r)
	a := h.Server.Serve(r.Context(), q)
	if a.Stream == nil && (a.Status >= 400 || q.Bytes() == 0) {
		drain(w, r)
	}
	head := w.Header()
	head["Content-Type"] = nil // without one, net/http would guess
	if a.Type != "" {
		head.Set("Content-Type", a.Type)
	}
	head.Set("X-Content-Type-Options", "nosniff")
	for _, kv := range a.Header {
		head.Add(kv[0], kv[1])
	}
	if a.Stream == nil {
		if a.Status != http.StatusNoContent && a.Status != http.StatusNotModified {
			head.Set("Content-Length", strconv.Itoa(len(a.Body)))
		}
		w.WriteHeader(a.Status)
		_, _ = w.Write(a.Body) // the client is gone; the call is recorded all the same
		return
	}
	if a.Status != http.StatusSwitchingProtocols { // its head is written by who takes the connection over
		if a.Length >= 0 {
			head.Set("Content-Length", strconv.FormatInt(a.Length, 10))
		}
		w.WriteHeader(a.Status)
	}
	if _, err := a.Stream(sink{w, http.NewResponseController(w)}); err != nil {
		panic(http.ErrAbortHandler) // net/http's way to break off an answer
	}
}

// lines is a request's header as op.Lines wants it.
type lines http.Header

func (h lines) Get(name string) string      { return http.Header(h).Get(name) }
func (h lines) Values(name string) []string { return http.Header(h).Values(name) }

// All yields every line; lines of one name stay in order.
func (h lines) All() iter.Seq2[string, string] {
	return func(yield func(string, string) bool) {
		for name, values := range h {
			for _, v := range values {
				if !yield(name, v) {
					return
				}
			}
		}
	}
}

// sink is an answer's body on its way.
type sink struct {
	http.ResponseWriter
	control *http.ResponseController
}

func (s sink) Flush() error { return s.control.Flush() }

func (s sink) Hijack() (io.ReadWriteCloser, error) {
	conn, buffered, err := s.control.Hijack()
	if err != nil {
		return nil, fmt.Errorf("take over the connection: %w", err)
	}
	fmt.Fprintf(buffered, "HTTP/1.1 101 Switching Protocols\r\n")
	_ = s.Header().Write(buffered) // Flush tells of every error before it
	fmt.Fprintf(buffered, "\r\n")
	if err := buffered.Flush(); err != nil {
		return nil, errors.Join(fmt.Errorf("answer the switch of protocols: %w", err), conn.Close())
	}
	return taken{conn, buffered.Reader}, nil
}

// taken is a connection of which a part was read already.
type taken struct {
	net.Conn
	reader io.Reader
}

func (t taken) Read(b []byte) (int, error) { return t.reader.Read(b) }

func drain(w http.ResponseWriter, r *http.Request) {
	if r.Body == http.NoBody || (r.ContentLength >= 0 && r.ContentLength < 256<<10) {
		return // the server itself reads this much
	}
	if r.Header.Get("Expect") != "" {
		return // the client waits to hear whether to send it at all; reading would say yes
	}
	_ = http.NewResponseController(w).SetReadDeadline(time.Now().Add(drainTime))
	_, _ = io.CopyN(io.Discard, r.Body, drainLimit)
}

// Origin puts the caller's own address into q.
func (h *Handler) Origin(q *op.Request, r *http.Request) {
	if peer, err := netip.ParseAddrPort(r.RemoteAddr); err == nil {
		q.IP = peer.Addr().Unmap()
	}
	h.Trusted.See(q)
}
