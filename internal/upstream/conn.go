package upstream

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"syscall"
	"time"

	"github.com/gatepost/gatepost/internal/http1"
)

// conn is a connection to an upstream that speaks HTTP/1.1.
type conn struct {
	net.Conn
	to     *address
	reader *http1.Reader
	raw    syscall.RawConn
	reused bool
	since  time.Time // idle since
	head   http1.Head
}

// An idle connection is closed after maxIdleTime; one that was used within
// freshTime is taken without a look whether the upstream has closed it.
const (
	maxIdleTime = 55 * time.Second
	freshTime   = 5 * time.Millisecond
)

// usable reports whether an idle connection can be used: nothing has come on it,
// not even its end.
func (c *conn) usable() bool {
	idle := time.Since(c.since)
	return idle < freshTime || idle < maxIdleTime && len(c.reader.Buffered()) == 0 && c.raw != nil && quiet(c.raw)
}

// errNotHTTP1 says that an address speaks HTTP/2.
var errNotHTTP1 = errors.New("upstream: HTTP/2 was negotiated")

// dial connects to a. Protos are offered where it speaks TLS.
func (p *Pool) dial(ctx context.Context, a *address, protos ...string) (net.Conn, error) {
	ctx, cancel := context.WithTimeout(ctx, ms(p.c.Timeouts.Connect))
	defer cancel()
	ips, err := p.policy.addresses(ctx, a.host, a.port)
	if err != nil {
		return nil, err
	}
	c, err := dialFirst(ctx, ips, a.port)
	if err != nil {
		return nil, fmt.Errorf("connect: %w", err)
	}
	if !a.secure {
		return c, nil
	}
	config := a.tls.Clone()
	config.NextProtos = protos
	t := tls.Client(c, config)
	if err := t.HandshakeContext(ctx); err != nil {
		return nil, errors.Join(fmt.Errorf("TLS: %w", err), c.Close())
	}
	return t, nil
}

// connect returns a connection for one exchange: an idle one, unless fresh is
// asked for, or a new one. Switched protocols need HTTP/1.1; else an address that
// offers HTTP/2 is remembered to speak it, and errNotHTTP1 is returned.
func (p *Pool) connect(ctx context.Context, a *address, fresh, upgrade bool) (*conn, error) {
	if !fresh {
		if c := p.take(a); c != nil {
			return c, nil
		}
	}
	protos := []string{"h2", "http/1.1"}
	if upgrade {
		protos = protos[1:]
	}
	nc, err := p.dial(ctx, a, protos...)
	if err != nil {
		return nil, err
	}
	if t, ok := nc.(*tls.Conn); ok && t.ConnectionState().NegotiatedProtocol == "h2" {
		p.speaksHTTP2(a)
		return nil, errors.Join(errNotHTTP1, nc.Close())
	}
	return p.wrap(nc, a), nil
}

func (p *Pool) wrap(nc net.Conn, a *address) *conn {
	c := &conn{Conn: nc, to: a, reader: http1.NewReader(nc, make([]byte, 4<<10))}
	under := nc
	if t, ok := nc.(*tls.Conn); ok {
		under = t.NetConn()
	}
	if s, ok := under.(syscall.Conn); ok {
		if raw, err := s.SyscallConn(); err == nil {
			c.raw = raw
		}
	}
	return c
}
