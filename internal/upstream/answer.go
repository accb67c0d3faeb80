package upstream

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/gatepost/gatepost/internal/op"
)

// answer is what goes back to the caller.
func (m *call) answer(x *exchange) (op.Answer, error) {
	a := op.Answer{Status: x.status, Length: x.length}
	bare := m.method == "HEAD" || x.status < 200 || x.status == 204 || x.status == 304
	switch {
	case m.method == "HEAD" && m.mask == nil && x.c != nil:
		a.Length = x.c.head.Length
	case bare || m.mask != nil:
		a.Length = -1
	}
	encoding := m.headers(&a, x)
	m.count(x.verdict())
	if x.status == 101 {
		a.Stream = m.tunnel(x)
		return a, nil
	}
	mask := m.mask
	if bare {
		mask = nil
	}
	if mask != nil {
		if err := mask.Accept(x.status, a.Type, encoding); err != nil {
			x.end(x.verdict(), x.unwellness())
			return a, errOwn{err}
		}
	}
	if x.small == nil {
		a.Stream = m.stream(x, mask, x.length < 0)
		return a, nil
	}
	return a, m.atOnce(&a, x, mask)
}

// verdict is what the answer's status says of the address.
func (x *exchange) verdict() outcome {
	if unwell(x.status) {
		return failed
	}
	return fine
}

func (x *exchange) unwellness() error {
	if unwell(x.status) {
		return fmt.Errorf("answered %d", x.status)
	}
	return nil
}

// atOnce answers with a body that is here already. A mask that fails refuses it.
func (m *call) atOnce(a *op.Answer, x *exchange, mask BodyMask) error {
	x.end(x.verdict(), x.unwellness())
	body := x.small
	passed := op.Passed{In: m.in}
	if mask != nil {
		var masked bytes.Buffer
		w := mask.Writer(&masked)
		_, err := w.Write(body)
		if err = errors.Join(err, w.Close()); err != nil {
			return errOwn{err}
		}
		body, passed.Masked = masked.Bytes(), w.Masked()
		a.Length = int64(len(body))
	}
	m.leave()
	a.Stream = func(s op.Sink) (op.Passed, error) {
		if len(body) == 0 {
			return passed, nil
		}
		n, err := s.Write(body)
		passed.Out = int64(n)
		return passed, err
	}
	return nil
}

// headers copies what passes of the answer's header and returns how its body is
// encoded.
func (m *call) headers(a *op.Answer, x *exchange) (encoding string) {
	a.Header = make([][2]string, 0, len(x.lines)+2)
	for _, l := range x.lines {
		switch {
		case strings.EqualFold(l.Name, "Content-Type"):
			a.Type = l.Value
			continue
		case strings.EqualFold(l.Name, "Content-Encoding"):
			encoding += l.Value
		case strings.EqualFold(l.Name, "Location") && m.inside(l.Value):
			continue
		}
		switch answered(l.Name) {
		case drop:
			continue
		case cookie:
			if !m.p.c.Cookies || cookieName(l.Value) == op.SessionCookie {
				continue
			}
		case pass, credential, bodily:
		}
		if has(x.named, l.Name) {
			continue
		}
		a.Header = append(a.Header, [2]string{l.Name, l.Value})
	}
	if x.status == 101 {
		a.Header = append(a.Header, [2]string{"Connection", "Upgrade"}, [2]string{"Upgrade", m.upgrade})
	} else if !strings.HasPrefix(a.Type, "application/json") {
		// A page of another system must not act in the name of whoever is signed in here.
		a.Header = append(a.Header, [2]string{"Content-Security-Policy", "sandbox"})
	}
	return encoding
}

// inside reports whether a redirect names an address of the pool, which is no
// matter of callers.
func (m *call) inside(location string) bool {
	u, err := url.Parse(location)
	if err != nil {
		return true
	}
	return u.Host != "" && slices.ContainsFunc(m.p.all, func(a *address) bool {
		return strings.EqualFold(u.Host, a.named) || strings.EqualFold(u.Hostname(), a.host)
	})
}

// stream passes a body as it comes. Live ones are flushed with every read.
func (m *call) stream(x *exchange, mask BodyMask, live bool) op.Stream {
	return func(s op.Sink) (passed op.Passed, err error) {
		defer m.leave()
		how, why := x.verdict(), x.unwellness()
		defer func() {
			x.end(how, why)
			passed.In = m.in
		}()
		var dst io.Writer = s
		var masked MaskWriter
		if mask != nil {
			masked = mask.Writer(s)
			dst = masked
		}
		room := m.p.buffers.Get().(*[]byte)
		defer m.p.buffers.Put(room)
		for b := (*room)[:bufferSize]; ; {
			x.wait(live)
			n, err := x.body.Read(b)
			if n > 0 {
				if _, err := dst.Write(b[:n]); err != nil {
					how = unknown
					return passed, fmt.Errorf("pass the answer on: %w", err)
				}
				passed.Out += int64(n)
			}
			if errors.Is(err, io.EOF) {
				break
			}
			if err != nil {
				how, why = failed, fmt.Errorf("the answer broke off: %w", err)
				return passed, why
			}
			if live {
				if err := s.Flush(); err != nil {
					how = unknown
					return passed, fmt.Errorf("pass the answer on: %w", err)
				}
			}
		}
		if masked != nil {
			err = masked.Close()
			passed.Masked = masked.Masked()
		}
		return passed, err
	}
}

// wait sets the time for the next read of the answer's body. A body without a
// declared length may go on for ever: it is bounded between two reads alone.
func (x *exchange) wait(live bool) {
	switch idle := ms(x.m.p.c.Timeouts.Idle); {
	case x.c == nil:
		x.clock.Reset(idle)
	case live:
		_ = x.c.SetReadDeadline(time.Now().Add(idle))
	default:
		_ = x.c.SetReadDeadline(x.m.deadline(x.m.p.c.Timeouts.Idle))
	}
}

// tunnel joins the caller's connection and the upstream's after a switch of
// protocols. It ends when either ends, or when nothing passed in either
// direction for the idle time.
func (m *call) tunnel(x *exchange) op.Stream {
	return func(s op.Sink) (passed op.Passed, err error) {
		defer m.leave()
		caller, err := s.Hijack()
		if err != nil {
			x.end(unknown, nil)
			return passed, err
		}
		back := make(chan int64, 1)
		go func() {
			n := m.pump(caller, io.MultiReader(bytes.NewReader(x.c.reader.Buffered()), x.c), x)
			_ = caller.Close()
			back <- n
		}()
		passed.In = m.pump(x.c, caller, x)
		_ = x.c.Close()
		passed.Out = <-back
		x.end(fine, nil)
		return passed, nil
	}
}

// pump copies until either side ends; whatever passes prolongs the wait of both.
func (m *call) pump(dst io.Writer, src io.Reader, x *exchange) (total int64) {
	room := m.p.buffers.Get().(*[]byte)
	defer m.p.buffers.Put(room)
	for b := (*room)[:bufferSize]; ; {
		_ = x.c.SetDeadline(time.Now().Add(ms(m.p.c.Timeouts.Idle)))
		n, err := src.Read(b)
		if n > 0 {
			if _, werr := dst.Write(b[:n]); werr != nil {
				return total
			}
			total += int64(n)
		}
		if err != nil {
			return total
		}
	}
}
