package upstream

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/gatepost/gatepost/internal/http1"
)

// exchange is a request that was sent to an address and the answer whose head
// has come.
type exchange struct {
	m  *call
	at *address

	status int
	lines  []http1.Line
	body   io.Reader
	length int64 // -1: unknown

	c      *conn      // nil with HTTP/2
	counts http1.Body // what body reads, with c
	sent   chan error // of a request whose body passes beside the answer; nil: sent before
	stop   func() bool
	close  func() error // ends what is underneath

	small []byte      // the whole body, where it is small enough to be here before the answer goes on
	named []string    // header lines that are of the connection alone
	clock *time.Timer // with HTTP/2: ends the exchange when it rings
	over  bool
}

// exchange sends the call to at and reads the head of the answer. A connection
// that was idle may have been closed by the upstream just now; then a call that
// may be sent twice is sent once more on a new one, which is no retry.
func (m *call) exchange(ctx context.Context, at *address) (*exchange, error) {
	if t := m.p.http2Of(at); t != nil && m.upgrade == "" {
		return m.overHTTP2(ctx, at, t)
	}
	x, err := m.once(ctx, at, false)
	if errors.Is(err, errStale) && m.again() {
		x, err = m.once(ctx, at, true)
	}
	if errors.Is(err, errNotHTTP1) {
		return m.overHTTP2(ctx, at, m.p.http2Of(at))
	}
	return x, err
}

// errStale is the error of a connection that had been idle and ended before the
// answer began.
var errStale = errors.New("upstream: the idle connection was closed")

func (m *call) once(ctx context.Context, at *address, fresh bool) (*exchange, error) {
	c, err := m.p.connect(ctx, at, fresh, m.upgrade != "")
	if err != nil {
		return nil, errDial{err}
	}
	x := &m.x
	*x = exchange{m: m, at: at, c: c, close: c.Close}
	// Closing is what a read and a write notice, whatever time they were given.
	x.stop = context.AfterFunc(ctx, func() { _ = c.Close() })
	if err = x.send(); err == nil {
		err = x.receive()
	}
	if err == nil {
		return x, nil
	}
	x.stop()
	if early := x.join(); early != nil && errors.As(early, new(errCaller)) {
		err = early
	}
	if ctx.Err() != nil {
		return nil, fmt.Errorf("the caller is gone: %w", context.Cause(ctx))
	}
	return nil, err
}

// deadline is when to stop waiting for something that may take d.
func (m *call) deadline(d int) time.Time {
	at, end := time.Now().Add(ms(d)), m.began.Add(ms(m.p.c.Timeouts.Whole))
	if end.Before(at) {
		return end
	}
	return at
}

// head makes the request's head.
func (x *exchange) head(b []byte) []byte {
	m := x.m
	b = append(b, m.method...)
	b = append(b, ' ')
	b = append(b, x.at.prefix...)
	b = append(b, m.target...)
	b = append(b, " HTTP/1.1\r\n"...)
	b = http1.AppendLine(b, "Host", m.host(x.at))
	b = append(b, m.lines...)
	switch {
	case m.upgrade != "":
		b = append(b, "Connection: Upgrade\r\nUpgrade: "...)
		b = append(append(b, m.upgrade...), "\r\n"...)
	case m.body == nil && (m.method == "POST" || m.method == "PUT" || m.method == "PATCH"):
		b = append(b, "Content-Length: 0\r\n"...)
	case m.body == nil:
	case m.length >= 0:
		b = http1.AppendNumber(b, "Content-Length", m.length)
	default:
		b = append(b, "Transfer-Encoding: chunked\r\n"...)
	}
	return append(b, "\r\n"...)
}

func (m *call) host(a *address) string {
	if m.p.c.Host != "" {
		return m.p.c.Host
	}
	return a.named
}

// send writes the request. A body that is not at hand is written beside the
// reading of the answer, which may begin before it ends.
func (x *exchange) send() error {
	m, c := x.m, x.c
	room := m.p.buffers.Get().(*[]byte)
	b := x.head((*room)[:0])
	if m.body != nil && m.whole == nil {
		_ = c.SetReadDeadline(m.began.Add(ms(m.p.c.Timeouts.Whole))) // a closed connection tells at the next read
		x.sent = make(chan error, 1)
		m.began2 = true
		go func() {
			x.sent <- x.pass(b)
			m.p.buffers.Put(room)
		}()
		return nil
	}
	b = append(b, m.whole...)
	m.in = int64(len(m.whole))
	_ = c.SetDeadline(m.deadline(m.p.c.Timeouts.Head))
	_, err := c.Write(b)
	if cap(b) == bufferSize {
		*room = b[:0]
	}
	m.p.buffers.Put(room)
	if err != nil {
		return x.unsent(err)
	}
	return nil
}

// unsent tells a connection that was closed while it was idle from others.
func (x *exchange) unsent(err error) error {
	if x.c.reused && !late(err) {
		return fmt.Errorf("%w: %w", errStale, err)
	}
	return fmt.Errorf("send the request: %w", err)
}

// pass writes the head in b and the body behind it, then allows the time for the
// answer's head.
func (x *exchange) pass(b []byte) error {
	m := x.m
	w, err := http1.NewWriter(paced{x}, b, m.length < 0)
	if err != nil {
		return err
	}
	room := m.p.buffers.Get().(*[]byte)
	defer m.p.buffers.Put(room)
	if err := m.copyBody(w, (*room)[:bufferSize]); err != nil {
		if errors.As(err, new(errCaller)) {
			_ = x.c.Close() // the upstream must not take a part for the whole
		}
		return err
	}
	if err := w.Close(); err != nil {
		return err
	}
	return x.c.SetReadDeadline(m.deadline(m.p.c.Timeouts.Head))
}

// copyBody passes the caller's body as it comes.
func (m *call) copyBody(w *http1.Writer, room []byte) error {
	for left := m.length; ; {
		if left >= 0 && int64(len(room)) > left {
			room = room[:max(left, 1)]
		}
		n, err := m.body.Read(room)
		if left >= 0 {
			if n = int(min(int64(n), left)); n > 0 {
				left -= int64(n)
			}
		}
		m.in += int64(n)
		if _, werr := w.Write(room[:n]); werr != nil {
			return werr
		}
		switch {
		case left == 0:
			return nil
		case errors.Is(err, io.EOF) && left < 0:
			return nil
		case err != nil:
			return errCaller{early(err)}
		}
		if werr := w.Flush(); werr != nil {
			return werr
		}
	}
}

func early(err error) error {
	if errors.Is(err, io.EOF) {
		return io.ErrUnexpectedEOF
	}
	return err
}

// paced gives every write the time that may pass between two.
type paced struct{ x *exchange }

func (w paced) Write(p []byte) (int, error) {
	m := w.x.m
	_ = w.x.c.SetWriteDeadline(m.deadline(m.p.c.Timeouts.Idle))
	return w.x.c.Write(p)
}

// receive reads the head of the answer; those that only say "go on" are passed
// over.
func (x *exchange) receive() error {
	c, h := x.c, &x.c.head
	for range 10 {
		if err := c.reader.Wait(); err != nil {
			return x.unanswered(err)
		}
		text, err := c.reader.Head()
		if err != nil {
			return errBroke{fmt.Errorf("read the answer's head: %w", err)}
		}
		if err := h.Answer(text); err != nil {
			return errBroke{err}
		}
		if h.Status >= 200 || h.Status == 101 {
			return x.begin()
		}
	}
	return errBroke{errors.New("upstream: too many interim answers")}
}

// unanswered is the error of a connection that ended before the answer began.
func (x *exchange) unanswered(err error) error {
	if x.c.reused && x.sent == nil && !late(err) {
		return fmt.Errorf("%w: %w", errStale, err)
	}
	if errors.Is(err, io.EOF) {
		err = errBroke{io.ErrUnexpectedEOF}
	}
	return fmt.Errorf("wait for the answer: %w", err)
}

func (x *exchange) begin() error {
	h := &x.c.head
	x.status, x.lines = h.Status, h.Lines
	if h.Status == 101 {
		if x.m.upgrade == "" || !strings.EqualFold(h.Get("Upgrade"), x.m.upgrade) {
			return errBroke{errors.New("upstream: it switched to a protocol that nobody asked for")}
		}
		return nil
	}
	x.counts = x.c.reader.AnswerBody(h, x.m.method)
	x.body, x.length = &x.counts, x.counts.Size()
	x.named = connectionNames(h.Lines)
	return x.prefetch()
}

// prefetch reads a small body whole, and gives the connection back before the
// answer goes on.
func (x *exchange) prefetch() error {
	if x.length < 0 || x.length > small {
		return nil
	}
	x.small = make([]byte, x.length)
	if x.length > 0 {
		x.wait(false)
		if _, err := io.ReadFull(x.body, x.small); err != nil {
			return errBroke{fmt.Errorf("read the answer's body: %w", err)}
		}
	}
	return nil
}

// join ends the sending of the request, if it goes on, and returns its error.
func (x *exchange) join() error {
	if x.sent == nil {
		_ = x.close()
		return nil
	}
	select {
	case err := <-x.sent:
		_ = x.close()
		return err
	default:
	}
	_ = x.close() // the next write fails; a read of the caller's body ends with the caller
	return <-x.sent
}

// end is called once, when nothing more is read of the answer.
func (x *exchange) end(how outcome, why error) {
	if x.over {
		return
	}
	x.over = true
	alive := x.stop == nil || x.stop()
	if x.c != nil && alive && how != unknown && x.status != 101 && x.counts.Done() && !x.c.head.Close && len(x.c.reader.Buffered()) == 0 && x.wasSent() {
		x.m.p.keep(x.c)
	} else {
		_ = x.join()
	}
	x.m.p.give(x.at, how, why)
}

// wasSent reports whether the whole request was sent, without waiting.
func (x *exchange) wasSent() bool {
	if x.sent == nil {
		return true
	}
	select {
	case err := <-x.sent:
		x.sent = nil
		return err == nil
	default:
		return false
	}
}
