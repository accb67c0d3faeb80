package upstream

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"strings"
	"time"

	"github.com/gatepost/gatepost/internal/apierror"
	"github.com/gatepost/gatepost/internal/op"
)

// call is one call on its way.
type call struct {
	p      *Pool
	who    *op.Caller
	r      *op.Request
	method string
	target string
	mask   BodyMask
	began  time.Time

	upgrade string // the protocol that the caller asks to switch to
	lines   []byte // the header lines that go to any address

	body   io.Reader // nil: none
	length int64     // -1: unknown
	whole  []byte    // all of body, where it was small enough to be read before
	began2 bool      // some of body was read on the way to an upstream
	in     int64     // bytes of it that were sent

	x    exchange   // the present one
	room [1024]byte // for lines
}

// small is up to how many bytes a body is read whole before it is passed on: it
// can be sent again, and one that breaks off is refused instead of broken off.
const small = 16 << 10

// aim checks where the call goes.
func (m *call) aim(target string) error {
	path, _, _ := strings.Cut(target, "?")
	if path == "" || path[0] != '/' || strings.ContainsFunc(target, unsendable) {
		return fmt.Errorf("upstream: %q is no path to call", target)
	}
	if climbs(path) {
		return apierror.ParameterInvalid.With("name", "path").About("path")
	}
	if m.target = target; !m.p.c.Credential {
		m.target = clean(target)
	}
	return nil
}

// errCaller wraps an error of reading what the caller sends.
type errCaller struct{ error }

func (e errCaller) Unwrap() error { return e.error }

// prepare reads what is the same for every address.
func (m *call) prepare() error {
	m.body, m.length = m.r.Reader(), m.r.Length
	if m.body == nil {
		m.length = 0
	}
	if sized, ok := m.body.(interface{ Len() int }); ok {
		m.length = int64(sized.Len())
	}
	if m.body != nil && 0 <= m.length && m.length <= small {
		m.whole = make([]byte, m.length)
		if _, err := io.ReadFull(m.body, m.whole); err != nil {
			return errCaller{err}
		}
	}
	if m.mask == nil && strings.EqualFold(m.r.Head.Get("Upgrade"), "websocket") && m.method == "GET" && m.body == nil {
		m.upgrade = "websocket"
	}
	var err error
	if m.lines, err = m.append(m.room[:0]); err != nil {
		return errOwn{err}
	}
	return nil
}

// again reports whether what was sent may be sent once more.
func (m *call) again() bool {
	switch m.method {
	case "GET", "HEAD", "OPTIONS", "PUT", "DELETE", "TRACE":
		return m.body == nil || m.whole != nil
	}
	return false
}

// untouched reports that no byte of the body is lost.
func (m *call) untouched() bool { return m.body == nil || m.whole != nil || !m.began2 }

// carry tries addresses until one answers. What it returns leaves the pool when
// its body has passed.
func (m *call) carry(ctx context.Context) (a op.Answer, err error) {
	if err := m.prepare(); err != nil {
		return a, err
	}
	var room [4]*address
	tried := room[:0]
	for {
		at, after, err := m.p.pick(tried)
		if err != nil {
			return a, errors.Join(err, retryAfter(after))
		}
		x, err := m.exchange(ctx, at)
		if err == nil && (!unwell(x.status) || !m.retries(len(tried), at)) {
			return m.answer(x)
		}
		if err == nil {
			x.end(x.verdict(), x.unwellness())
		} else {
			m.p.give(at, m.says(ctx, err), err)
			if errors.As(err, new(errCaller)) || ctx.Err() != nil || !m.mayFollow(len(tried), err) {
				return a, err
			}
		}
		tried = append(tried, at)
	}
}

// unwell are the statuses by which an address says that it cannot answer now.
func unwell(status int) bool { return status == 502 || status == 503 || status == 504 }

// retries reports whether an answer is given up for one of another address.
func (m *call) retries(tried int, at *address) bool {
	return len(m.p.all) > 1 && tried < m.p.c.Retries && m.again() && m.elseUp(at) && m.p.mayRetry()
}

func (m *call) elseUp(at *address) bool {
	now := time.Now()
	m.p.mu.Lock()
	defer m.p.mu.Unlock()
	for _, a := range m.p.all {
		if a != at && a.usable(now) {
			return true
		}
	}
	return false
}

// mayFollow reports whether another attempt may follow one that failed. Where no
// connection was had, nothing was sent: any call may go elsewhere.
func (m *call) mayFollow(tried int, err error) bool {
	if tried >= m.p.c.Retries || errors.As(err, new(*Forbidden)) || time.Since(m.began) > ms(m.p.c.Timeouts.Whole) {
		return false
	}
	sent := !errors.As(err, new(errDial))
	return (sent && m.again() || !sent && m.untouched()) && m.p.mayRetry()
}

// errDial wraps an error from before anything was sent.
type errDial struct{ error }

func (e errDial) Unwrap() error { return e.error }

// says is what a failed attempt says of the address.
func (m *call) says(ctx context.Context, err error) outcome {
	if ctx.Err() != nil || errors.As(err, new(errCaller)) {
		return unknown
	}
	return failed
}

// leave gives up the place among the calls in flight.
func (m *call) leave() {
	m.p.mu.Lock()
	m.p.inFlight--
	m.p.mu.Unlock()
}

// retryAfter says when an address is tried again.
type retryAfter time.Duration

func (r retryAfter) Error() string { return "the next try is in " + time.Duration(r).String() }

// errOwn wraps an error that is no matter of the upstream.
type errOwn struct{ error }

func (e errOwn) Unwrap() error { return e.error }

// refusal is what the caller is told of err; the rest is for the log.
func (m *call) refusal(ctx context.Context, err error) error {
	var own errOwn
	if errors.As(err, &own) {
		return own.error
	}
	how, rule, after := m.why(ctx, err)
	m.count(how)
	if rule == apierror.BodyTooLarge || rule == apierror.BodyTimeout {
		return rule.With().Because(err)
	}
	m.p.deps.Logger.WarnContext(ctx, "a call could not be carried", "call", m.who.Call.V2(), "pool", m.p.c.Name, "err", err)
	return rule.With("pool", m.p.c.Name, "detail", err.Error()).Because(err).Retry(after)
}

// why finds the row for err, and what err says of the pool.
func (m *call) why(ctx context.Context, err error) (outcome, *apierror.Error, time.Duration) {
	var after retryAfter
	switch {
	case errors.Is(err, op.ErrBodyTooLarge):
		return unknown, apierror.BodyTooLarge, 0
	case errors.As(err, new(errCaller)):
		return unknown, apierror.BodyTimeout, 0
	case ctx.Err() != nil:
		return unknown, apierror.CallerGone, 0
	case errors.As(err, &after): // it was not tried
		return unknown, apierror.UpstreamOpen, time.Duration(after)
	case errors.As(err, new(*Forbidden)):
		return failed, apierror.UpstreamAddress, 0
	case late(err):
		return failed, apierror.UpstreamTimeout, 0
	case errors.As(err, new(errBroke)):
		return failed, apierror.UpstreamBroken, 0
	}
	return failed, apierror.UpstreamUnreachable, 0
}

// count tells the pool's breaker how the call ended.
func (m *call) count(how outcome) {
	now := time.Now()
	m.p.mu.Lock()
	m.p.counted(how, now)
	m.p.mu.Unlock()
}

// errBroke wraps an error of reading an answer that had begun.
type errBroke struct{ error }

func (e errBroke) Unwrap() error { return e.error }

// late reports that the time for something was up.
func late(err error) bool {
	var n net.Error
	return errors.Is(err, os.ErrDeadlineExceeded) || errors.Is(err, context.DeadlineExceeded) || errors.As(err, &n) && n.Timeout()
}
