package listener

import (
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"os"
	"runtime/debug"
	"strings"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/gatepost/gatepost/internal/http1"
	"github.com/gatepost/gatepost/internal/op"
)

// readSize is the buffer of a connection, in bytes; a longer head makes it grow.
const readSize = 4 << 10

// conn is one connection. What a call needs is part of it and used again.
type conn struct {
	net.Conn
	s      *Listener
	raw    syscall.RawConn // nil if there is none; to see whether the caller is gone
	peer   netip.Addr
	secure bool
	ctx    context.Context
	cancel context.CancelFunc

	state atomic.Int32
	since atomic.Int64 // when the call began, in ms; 0 between calls

	buffer *[]byte // the reader's, of s.reads
	reader http1.Reader
	head   http1.Head
	q      op.Request
	body   body
	out    sink

	now             time.Time // when the present request came
	readBy, writeBy time.Time // deadlines that are set
}

// A connection is idle until the first byte of a request, and busy until its
// answer is written.
const (
	busy int32 = iota
	idle
	closed
)

func newConn(s *Listener, nc net.Conn) *conn {
	c := &conn{Conn: nc, s: s}
	if at, ok := nc.RemoteAddr().(*net.TCPAddr); ok {
		c.peer = at.AddrPort().Addr().Unmap()
	}
	if sc, ok := nc.(syscall.Conn); ok {
		if raw, err := sc.SyscallConn(); err == nil {
			c.raw = raw
		}
	}
	c.ctx, c.cancel = context.WithCancel(s.c.Context())
	return c
}

// closeIdle closes the connection unless a call is in progress.
func (c *conn) closeIdle() {
	if c.state.CompareAndSwap(idle, closed) {
		_ = c.Close()
	}
}

// serve answers request after request.
func (c *conn) serve() {
	given := false
	defer func() {
		if p := recover(); p != nil {
			c.s.c.Logger.Error("a connection failed", "err", fmt.Errorf("panic: %v\n%s", p, debug.Stack()))
		}
		c.cancel()
		if !given {
			_ = c.Close()
		}
		c.giveBuffer()
		c.s.end(c)
	}()
	if c.s.c.TLS != nil {
		if given = c.handshake(); given || !c.secure {
			return
		}
	}
	c.takeBuffer()
	for wait := c.s.t.head; c.await(wait); wait = c.s.t.idle {
		text, err := c.reader.Head()
		if err == nil {
			err = c.head.Request(text)
		}
		if err != nil {
			c.refuse(err)
			return
		}
		if !c.s.ours(&c.head) {
			given = true
			c.give(text)
			return
		}
		if !c.call() {
			return
		}
	}
}

// handshake makes the connection one over TLS. It reports whether it was handed
// over because it speaks HTTP/2.
func (c *conn) handshake() (given bool) {
	t := tls.Server(c.Conn, c.s.c.TLS)
	ctx, cancel := context.WithTimeout(c.ctx, c.s.t.head)
	defer cancel()
	if err := t.HandshakeContext(ctx); err != nil {
		c.s.c.Logger.DebugContext(ctx, "a handshake failed", "peer", c.peer, "err", err)
		if plain, ok := errors.AsType[tls.RecordHeaderError](err); ok && plain.Conn != nil && bytes.ContainsAny(plain.RecordHeader[:1], "GHPODC") {
			_, _ = c.Write([]byte("HTTP/1.1 400 Bad Request\r\nContent-Type: text/plain; charset=utf-8\r\nConnection: close\r\n\r\nthis is an https address\n"))
		}
		return false
	}
	c.secure = true
	if t.ConnectionState().NegotiatedProtocol == "h2" {
		c.s.secure.give(t)
		return true
	}
	c.Conn = t
	return false
}

// give hands the connection over to net/http, with all that was read of it.
func (c *conn) give(text string) {
	_ = c.SetDeadline(time.Time{})
	b := &begun{c.Conn, text + string(c.reader.Buffered())}
	if c.secure {
		c.s.secure.give(b)
		return
	}
	c.s.plain.give(b)
}

func (c *conn) takeBuffer() {
	c.buffer = c.s.reads.Get().(*[]byte)
	c.reader = *http1.NewReader(c.Conn, *c.buffer)
}

func (c *conn) giveBuffer() {
	if c.buffer != nil {
		c.s.reads.Put(c.buffer)
		c.buffer = nil
	}
}

// await waits for the first byte of the next request. It reports false when
// there will be none.
func (c *conn) await(wait time.Duration) bool {
	if len(c.reader.Buffered()) > 0 { // sent without waiting for the answer before
		c.now = time.Now()
		c.readUntil(c.s.t.head)
		return !c.s.closing.Load()
	}
	c.state.Store(idle)
	if c.s.closing.Load() {
		return false
	}
	c.now = time.Now()
	c.readUntil(min(wait, c.s.t.light))
	err := c.reader.Wait()
	if errors.Is(err, os.ErrDeadlineExceeded) {
		err = c.lighter(wait - c.s.t.light)
	}
	if err != nil || !c.state.CompareAndSwap(idle, busy) {
		return false
	}
	c.now = time.Now()
	if !bytes.Contains(c.reader.Buffered(), []byte("\r\n\r\n")) { // the rest of the head has its time from now on
		c.readUntil(c.s.t.head)
	}
	return true
}

// lighter goes on waiting without a buffer: most of many connections are idle.
func (c *conn) lighter(wait time.Duration) error {
	c.giveBuffer()
	c.reader = http1.Reader{}
	_ = c.SetReadDeadline(time.Now().Add(wait))
	c.readBy = time.Time{}
	var one [1]byte
	if _, err := io.ReadFull(c.Conn, one[:]); err != nil {
		return err
	}
	c.takeBuffer()
	c.reader.Push(one[0])
	return nil
}

// readUntil bounds the reads to come. The deadline may be off by an eighth: to
// set one costs as much as to parse a request.
func (c *conn) readUntil(d time.Duration) {
	by := c.now.Add(d)
	if off := by.Sub(c.readBy); off > d/8 || off < -d/8 {
		_ = c.SetReadDeadline(by)
		c.readBy = by
	}
}

// Write bounds the time that a block may take.
func (c *conn) Write(p []byte) (n int, err error) {
	for {
		block := p[n:min(len(p), n+256<<10)]
		if by := time.Now().Add(c.s.t.write); by.Sub(c.writeBy) > c.s.t.write/8 {
			_ = c.SetWriteDeadline(by)
			c.writeBy = by
		}
		k, err := c.Conn.Write(block)
		if n += k; err != nil || n == len(p) {
			return n, err
		}
	}
}

// refuse answers a request that cannot be understood, and leaves the rest unread.
func (c *conn) refuse(err error) {
	var m *http1.Malformed
	if !errors.As(err, &m) {
		return // it ended, or took too long
	}
	text := fmt.Sprintf("%d %s: %s\n", m.Status, http.StatusText(m.Status), m.What)
	b := fmt.Appendf(nil, "HTTP/1.1 %d %s\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Length: %d\r\nConnection: close\r\n\r\n%s",
		m.Status, http.StatusText(m.Status), len(text), text)
	if _, err := c.Write(b); err == nil {
		c.linger()
	}
}

// linger lets a peer read the last answer before the connection is reset for
// what he sent and nobody read.
func (c *conn) linger() {
	w, ok := c.Conn.(interface{ CloseWrite() error })
	if !ok || w.CloseWrite() != nil {
		return
	}
	_ = c.SetReadDeadline(time.Now().Add(time.Second / 2))
	_, _ = io.CopyN(io.Discard, c.Conn, 1<<20)
}

// call serves one call. It reports whether the connection is kept.
func (c *conn) call() bool {
	h, q := &c.head, &c.q
	path, query, _ := strings.Cut(h.Target, "?")
	*q = op.Request{Method: h.Method, Path: path, Query: query, Host: h.Host, Secure: c.secure, Head: h, IP: c.peer}
	c.s.c.Trusted.See(q)
	c.body = body{c: c, Body: c.reader.RequestBody(h), expects: h.Expect}
	if q.Length = c.body.Size(); q.Length != 0 {
		q.Body = &c.body
	}
	c.since.Store(c.now.UnixMilli())
	a := c.s.c.Calls.Serve(c.ctx, q)
	keep := c.answer(&a)
	c.since.Store(0)
	*q = op.Request{}
	return keep && !c.s.closing.Load()
}

// body is a request's body: it asks for it where the sender waits to be asked,
// and bounds the time between two reads.
type body struct {
	http1.Body
	c       *conn
	expects bool
}

// Read implements io.Reader.
func (b *body) Read(p []byte) (int, error) {
	if b.expects {
		b.expects = false
		if _, err := b.c.Write([]byte("HTTP/1.1 100 Continue\r\n\r\n")); err != nil {
			return 0, fmt.Errorf("listener: ask for the body: %w", err)
		}
	}
	if len(b.c.reader.Buffered()) == 0 {
		_ = b.c.SetReadDeadline(time.Now().Add(b.c.s.t.body))
		b.c.readBy = time.Time{}
	}
	return b.Body.Read(p)
}
