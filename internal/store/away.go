package store

import (
	"context"
	"database/sql/driver"
	"errors"
	"io"
	"net"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
)

// ErrAway is what View and Update fail with, at once, while the database is known not to answer.
var ErrAway = errors.New("store: the database does not answer")

// How soon a connection that leads nowhere is noticed. A statement may take long; an acknowledgement of what was sent may not.
const (
	connectWait = 2 * time.Second
	silence     = 2 * time.Second // without an answer of the other machine's network
)

// Away says whether err means that the database could not be reached or went away meanwhile, so that the same call may
// succeed soon. For an Update it leaves open whether the change was made.
func Away(err error) bool {
	if errors.Is(err, ErrAway) {
		return true
	}
	if err == nil || errors.Is(err, context.Canceled) {
		return false
	}
	if errors.Is(err, driver.ErrBadConn) || errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return true
	}
	if e, ok := errors.AsType[*pgconn.PgError](err); ok {
		// 08: connection; 57P01…3: it stops, crashed, starts; 53300: it has no connection to give.
		return strings.HasPrefix(e.Code, "08") || strings.HasPrefix(e.Code, "57P0") || e.Code == "53300"
	}
	if _, ok := errors.AsType[*pgconn.ConnectError](err); ok {
		return true
	}
	if _, ok := errors.AsType[*net.OpError](err); ok {
		return true
	}
	return strings.Contains(err.Error(), "conn closed") // pgx has no value for it
}

// presence is whether PostgreSQL answers, as far as is known. Once it does not, every transaction ends: those that wait for
// an answer would wait for nothing, and those that wait for a connection for the same.
type presence struct {
	mu   sync.Mutex
	here context.Context //nolint:containedctx // it lives for as long as the database answers
	gone context.CancelFunc
}

func newPresence() *presence {
	p := &presence{}
	p.back()
	return p
}

// back says that the database answers.
func (p *presence) back() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.here == nil || p.here.Err() != nil {
		p.here, p.gone = context.WithCancel(context.Background())
	}
}

// lost says that it does not.
func (p *presence) lost() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.gone()
}

func (p *presence) away() bool { return p.now().Err() != nil }

func (p *presence) now() context.Context {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.here
}

// join returns a context that ends with ctx and when the database is lost. The caller owes end.
func (p *presence) join(ctx context.Context) (joined context.Context, end func()) {
	joined, cancel := context.WithCancelCause(ctx)
	stop := context.AfterFunc(p.now(), func() { cancel(ErrAway) })
	return joined, func() { stop(); cancel(nil) }
}

// dial connects to PostgreSQL over a network that may fail without a word, and notices when it did.
func (p *presence) dial(ctx context.Context, network, address string) (net.Conn, error) {
	c, err := dialer().DialContext(ctx, network, address)
	if err != nil {
		return nil, err
	}
	return &watched{c, p}, nil
}

// watched is a connection that tells when the other machine has fallen silent.
type watched struct {
	net.Conn
	presence *presence
}

func (c *watched) Read(b []byte) (int, error) {
	n, err := c.Conn.Read(b)
	if errors.Is(err, syscall.ETIMEDOUT) || errors.Is(err, syscall.EHOSTUNREACH) {
		c.presence.lost()
	}
	return n, err
}

func dialer() *net.Dialer {
	return &net.Dialer{Timeout: connectWait, Control: noticeSilence,
		KeepAliveConfig: net.KeepAliveConfig{Enable: true, Idle: time.Second, Interval: time.Second, Count: int(silence / time.Second)}}
}
