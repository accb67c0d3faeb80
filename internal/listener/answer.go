package listener

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/gatepost/gatepost/internal/http1"
	"github.com/gatepost/gatepost/internal/op"
)

// Bounds on what is read and thrown away of a body that the call left: the
// little that costs less than a new connection, and what a client insists to
// write before he reads that it was refused.
const (
	little    = 256 << 10
	drainMost = 256 << 20
)

// answer writes what the call is answered. It reports whether the connection can
// serve another.
func (c *conn) answer(a *op.Answer) bool {
	keep := !c.head.Close && !c.s.leaving.Load()
	if a.Stream == nil {
		keep = c.drain(a) && keep
	}
	room := c.s.buffers.Get().(*[]byte)
	defer c.s.buffers.Put(room)
	b := c.start((*room)[:0], a, keep && !c.s.closing.Load())
	if a.Stream != nil {
		whole := c.stream(a, b)
		if whole && !c.body.Done() {
			c.linger()
			return false
		}
		return whole && keep
	}
	if c.bodiless(a) {
		a.Body = nil
	}
	if len(b)+len(a.Body) <= cap(b) {
		b = append(b, a.Body...)
		a.Body = nil
	}
	if _, err := c.Write(b); err != nil {
		return false // the client is gone; the call is recorded all the same
	}
	if len(a.Body) > 0 {
		if _, err := c.Write(a.Body); err != nil {
			return false
		}
	}
	if !keep && !c.body.Done() {
		c.linger()
	}
	return keep
}

// bodiless reports that no body follows the answer's head.
func (c *conn) bodiless(a *op.Answer) bool {
	return c.head.Method == http.MethodHead || a.Status == http.StatusNoContent || a.Status == http.StatusNotModified
}

// drain reads what is left of the body before the answer is written, where that
// is worth it. It reports whether all of it was read.
func (c *conn) drain(a *op.Answer) bool {
	if c.body.Done() {
		return true
	}
	left := c.body.Size()
	refused := a.Status >= 400 || c.q.Bytes() == 0
	if c.body.expects || (left < 0 || left >= little) && !refused {
		return false
	}
	_ = c.SetReadDeadline(time.Now().Add(c.s.t.drain))
	c.readBy = time.Time{}
	_, err := io.CopyN(io.Discard, &c.body.Body, drainMost)
	return errors.Is(err, io.EOF) && c.body.Done()
}

// start makes the answer's head.
func (c *conn) start(b []byte, a *op.Answer, keep bool) []byte {
	b = append(b, "HTTP/1.1 "...)
	b = strconv.AppendInt(b, int64(a.Status), 10)
	b = append(b, ' ')
	if text := http.StatusText(a.Status); text != "" {
		b = append(b, text...)
	} else {
		b = fmt.Appendf(b, "status code %d", a.Status)
	}
	b = append(b, "\r\n"...)
	if a.Type != "" && a.Status != http.StatusNotModified {
		b = appendLine(b, "Content-Type", a.Type)
	}
	b = append(b, "X-Content-Type-Options: nosniff\r\n"...)
	for _, l := range a.Header {
		b = appendLine(b, l[0], l[1])
	}
	for _, l := range c.s.c.Header {
		b = appendLine(b, l[0], l[1])
	}
	b = append(b, c.s.dated(c.now)...)
	switch {
	case a.Status == http.StatusNoContent || a.Status == http.StatusNotModified:
	case a.Stream == nil:
		b = http1.AppendNumber(b, "Content-Length", int64(len(a.Body)))
	case a.Length >= 0:
		b = http1.AppendNumber(b, "Content-Length", a.Length)
	case c.head.Method != http.MethodHead:
		b = append(b, "Transfer-Encoding: chunked\r\n"...)
	}
	if !keep {
		b = append(b, "Connection: close\r\n"...)
	}
	return append(b, "\r\n"...)
}

// appendLine adds a header line. What would end it early becomes a blank, as
// with net/http.
func appendLine(b []byte, name, value string) []byte {
	if !http1.Sendable(name, value) {
		if !http1.Sendable(name, "") {
			return b
		}
		value = strings.Map(func(r rune) rune {
			if r < ' ' || r == 0x7f {
				return ' '
			}
			return r
		}, value)
	}
	return http1.AppendLine(b, name, value)
}

// stream writes a body as it comes. It reports whether it was whole.
func (c *conn) stream(a *op.Answer, head []byte) bool {
	c.out = sink{c: c, left: a.Length, none: c.bodiless(a)}
	w, err := http1.NewWriter(c, head, a.Length < 0 && !c.out.none)
	if err != nil {
		c.out.broken = err // its Stream is called all the same, and its writes fail
	}
	c.out.w = w
	_, err = a.Stream(&c.out)
	if err != nil || c.out.broken != nil {
		return false
	}
	if a.Length >= 0 && c.out.left != 0 && !c.out.none {
		return false // less than was declared: the end of the connection tells
	}
	return w.Close() == nil
}

// sink is an answer's body on its way.
type sink struct {
	c      *conn
	w      *http1.Writer
	left   int64 // of the declared length; -1: none was declared
	none   bool  // no body follows the head
	broken error
}

// Write implements io.Writer.
func (s *sink) Write(p []byte) (int, error) {
	switch {
	case s.broken != nil:
		return 0, s.broken
	case s.none:
		return len(p), nil
	case s.left >= 0 && int64(len(p)) > s.left:
		return 0, http.ErrContentLength
	}
	if s.left >= 0 {
		s.left -= int64(len(p))
	}
	n, err := s.w.Write(p)
	s.broken = err
	return n, err
}

// Flush implements op.Sink.
func (s *sink) Flush() error {
	if s.broken == nil {
		s.broken = s.w.Flush()
	}
	return s.broken
}

// Hijack implements op.Sink. Requests for a switch of protocols were handed over
// before they came here.
func (s *sink) Hijack() (io.ReadWriteCloser, error) {
	return nil, errors.New("listener: this request did not ask for another protocol")
}
