package upstream

import (
	"context"
	"crypto/tls"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"strconv"
	"strings"
	"time"

	"github.com/gatepost/gatepost/internal/apierror"
)

// Reach says which addresses may be called.
type Reach struct {
	Allow     []netip.Prefix          // private and loopback prefixes that may be reached
	Setting   string                  // the setting in which the operator lists them, for refusals
	Listeners func() []netip.AddrPort // the platform's own; a call must not go round in circles

	// Resolve finds the addresses of a name; nil: as the system does.
	Resolve func(ctx context.Context, host string) ([]netip.Addr, error)
}

// Guard holds callers that need no pool to the same rules on addresses: what a
// name stands for is checked at each dial, and what was checked is what is
// dialled. It is safe for concurrent use.
type Guard struct {
	policy    policy
	transport *http.Transport
}

// Bounds of a guard's connections. Idle ones are closed before the usual
// minute after which receivers close theirs.
const (
	guardConnect  = 3 * time.Second
	guardIdle     = 55 * time.Second
	guardMostIdle = 1024
	guardHostIdle = 64
	guardHead     = 64 << 10
)

// NewGuard returns a guard. Proxies that the process's environment names are
// not asked: they would dial what was not checked.
func NewGuard(r Reach) *Guard {
	if r.Resolve == nil {
		r.Resolve = resolve
	}
	g := &Guard{policy: policy{allow: r.Allow, listeners: r.Listeners, resolve: r.Resolve, private: whyInner + r.Setting}}
	g.transport = &http.Transport{DialContext: g.Dial, TLSClientConfig: &tls.Config{MinVersion: tls.VersionTLS12}, TLSHandshakeTimeout: guardConnect,
		ForceAttemptHTTP2: true, DisableCompression: true, IdleConnTimeout: guardIdle, MaxIdleConns: guardMostIdle, MaxIdleConnsPerHost: guardHostIdle,
		MaxResponseHeaderBytes: guardHead}
	return g
}

// Transport carries requests to addresses that may be called; to others it
// fails with a [Forbidden].
func (g *Guard) Transport() http.RoundTripper { return g.transport }

// Close closes connections that are idle.
func (g *Guard) Close() { g.transport.CloseIdleConnections() }

// Check reports whether host may be called now, and whether it is inside: all its
// addresses are private or loopback ones that the operator allowed. The error is
// a [Forbidden], or that of the look-up.
func (g *Guard) Check(ctx context.Context, host string, port uint16) (inside bool, err error) {
	found, err := g.policy.addresses(ctx, host, port)
	if err != nil {
		return false, err
	}
	for _, ip := range found {
		if !within(private(), ip) {
			return false, nil
		}
	}
	return true, nil
}

// Dial connects to host:port if that may be called; else it fails with a
// [Forbidden].
func (g *Guard) Dial(ctx context.Context, _, address string) (net.Conn, error) {
	ctx, cancel := context.WithTimeout(ctx, guardConnect)
	defer cancel()
	host, text, err := net.SplitHostPort(address)
	if err != nil {
		return nil, err
	}
	port, err := strconv.ParseUint(text, 10, 16)
	if err != nil {
		return nil, fmt.Errorf("port %q: %w", text, err)
	}
	ips, err := g.policy.addresses(ctx, host, uint16(port))
	if err != nil {
		return nil, err
	}
	return dialFirst(ctx, ips, uint16(port))
}

// dialFirst connects to the first of ips that answers: to the number, not the
// name, so that what was checked is what is called.
func dialFirst(ctx context.Context, ips []netip.Addr, port uint16) (c net.Conn, err error) {
	var d net.Dialer
	for _, ip := range ips {
		if c, err = d.DialContext(ctx, "tcp", netip.AddrPortFrom(ip, port).String()); err == nil {
			return c, nil
		}
	}
	return nil, err
}

func resolve(ctx context.Context, host string) ([]netip.Addr, error) {
	return net.DefaultResolver.LookupNetIP(ctx, "ip", host)
}

// Words says why the address may not be called, in both languages.
func (f *Forbidden) Words() apierror.Words {
	zh := f.Why
	switch {
	case f.Why == whyNever:
		zh = "不是任何服务的地址：未指定、链路本地、组播、元数据或保留地址"
	case f.Why == whySelf:
		zh = "是平台自身的监听地址"
	case f.Why == whyNumber:
		zh = "既不是域名也不是地址：IPv4 地址请写成四个十进制数"
	case f.Why == whyPrivate:
		zh = "是内网或回环地址：运营者可为单个后端允许，或用 GATEPOST_UPSTREAM_ALLOW 为全部允许"
	case strings.HasPrefix(f.Why, whyInner):
		zh = "是内网或回环地址：运营者可用 " + strings.TrimPrefix(f.Why, whyInner) + " 允许"
	}
	return apierror.Words{ZH: f.Address + " " + zh, EN: f.Error()}
}
