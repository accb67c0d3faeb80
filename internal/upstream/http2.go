package upstream

import (
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"strings"
	"sync"
	"time"

	"github.com/gatepost/gatepost/internal/http1"
)

// HTTP/2 is net/http's matter: many streams in one connection, its own flow
// control, and a parser that cannot disagree about where a message ends.

// errNotHTTP2 says that an address speaks HTTP/2 no longer.
var errNotHTTP2 = errors.New("upstream: HTTP/2 is not negotiated any more")

func (p *Pool) http2Of(a *address) *http.Transport {
	p.mu.Lock()
	defer p.mu.Unlock()
	return a.h2
}

// speaksHTTP2 remembers that a negotiated HTTP/2.
func (p *Pool) speaksHTTP2(a *address) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if a.h2 != nil {
		return
	}
	protocols := new(http.Protocols)
	protocols.SetHTTP2(true)
	a.h2 = &http.Transport{
		Protocols: protocols, DisableCompression: true, MaxResponseHeaderBytes: http1.MaxHead, IdleConnTimeout: maxIdleTime,
		DialTLSContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
			c, err := p.dial(ctx, a, "h2", "http/1.1")
			if err != nil {
				return nil, errDial{err}
			}
			if t, ok := c.(*tls.Conn); !ok || t.ConnectionState().NegotiatedProtocol != "h2" {
				p.mu.Lock()
				a.h2 = nil
				p.mu.Unlock()
				return nil, errDial{errors.Join(errNotHTTP2, c.Close())}
			}
			return c, nil
		},
	}
}

// overHTTP2 is once, over HTTP/2.
func (m *call) overHTTP2(ctx context.Context, at *address, t *http.Transport) (*exchange, error) {
	ctx, cancel := context.WithCancelCause(ctx)
	q, err := m.request(ctx, at)
	if err != nil {
		cancel(err)
		return nil, err
	}
	x := &m.x
	*x = exchange{m: m, at: at}
	x.clock = time.AfterFunc(time.Until(m.deadline(m.p.c.Timeouts.Head)), func() { cancel(os.ErrDeadlineExceeded) })
	var lent *lentBody
	if q.Body != nil {
		lent, _ = q.Body.(*lentBody)
	}
	a, err := t.RoundTrip(q) //nolint:bodyclose // end closes it
	if err != nil {
		x.clock.Stop()
		cause := context.Cause(ctx)
		cancel(err)
		lent.wait()
		return nil, errors.Join(fmt.Errorf("over HTTP/2: %w", err), cause)
	}
	x.status, x.body, x.length = a.StatusCode, a.Body, a.ContentLength
	for name, values := range a.Header {
		for _, v := range values {
			x.lines = append(x.lines, http1.Line{Name: name, Value: v})
		}
	}
	x.close = func() error {
		x.clock.Stop()
		cancel(context.Canceled)
		err := a.Body.Close()
		lent.wait()
		return err
	}
	return x, x.prefetch()
}

// request is the call as net/http's client takes it.
func (m *call) request(ctx context.Context, at *address) (*http.Request, error) {
	u, err := url.ParseRequestURI(at.prefix + m.target)
	if err != nil {
		return nil, fmt.Errorf("upstream: the target: %w", err)
	}
	u.Scheme, u.Host = "https", at.named
	q := (&http.Request{Method: m.method, URL: u, Host: m.host(at), Header: http.Header{}, ContentLength: m.length}).WithContext(ctx)
	for line := range strings.SplitSeq(strings.TrimSuffix(string(m.lines), "\r\n"), "\r\n") {
		name, value, _ := strings.Cut(line, ": ")
		q.Header.Add(name, value)
	}
	switch {
	case m.whole != nil:
		m.in = m.length
		q.Body = io.NopCloser(bytes.NewReader(m.whole))
	case m.body != nil:
		m.began2 = true
		q.Body = &lentBody{m: m, done: make(chan struct{})}
	}
	return q, nil
}

// lentBody is the caller's body while net/http's client reads it, beside the
// answer and beyond it. Its Close waits for a read that goes on.
type lentBody struct {
	m      *call
	mu     sync.Mutex
	closed bool
	done   chan struct{}
}

// Read implements io.Reader.
func (l *lentBody) Read(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.closed {
		return 0, os.ErrClosed
	}
	n, err := l.m.body.Read(p)
	l.m.in += int64(n)
	if err != nil && !errors.Is(err, io.EOF) {
		err = errCaller{err}
	}
	return n, err
}

// Close implements io.Closer.
func (l *lentBody) Close() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if !l.closed {
		l.closed = true
		close(l.done)
	}
	return nil
}

// wait returns when the body is given back.
func (l *lentBody) wait() {
	if l != nil {
		<-l.done
	}
}
