package upstream

import (
	"context"
	"fmt"
	"net"
	"net/netip"
	"strconv"
)

// Dial connects to an address, host:port, that speaks something else than HTTP,
// under the same rules as pools: what its name stands for is checked at the time
// of the dial, and what was checked is what is dialled. allow are private and
// loopback addresses that may be called. What may not is refused with a
// [Forbidden].
func Dial(ctx context.Context, d Deps, allow []netip.Prefix, address string) (net.Conn, error) {
	host, text, err := net.SplitHostPort(address)
	if err != nil {
		return nil, err
	}
	port, err := strconv.ParseUint(text, 10, 16)
	if err != nil {
		return nil, fmt.Errorf("port of %s: %w", address, err)
	}
	rules := policy{allow: allow, listeners: d.Listeners, resolve: d.Resolve}
	if rules.resolve == nil {
		rules.resolve = func(ctx context.Context, host string) ([]netip.Addr, error) {
			return net.DefaultResolver.LookupNetIP(ctx, "ip", host)
		}
	}
	ips, err := rules.addresses(ctx, host, uint16(port))
	if err != nil {
		return nil, err
	}
	var dialer net.Dialer
	var c net.Conn
	for _, ip := range ips {
		if c, err = dialer.DialContext(ctx, "tcp", netip.AddrPortFrom(ip, uint16(port)).String()); err == nil {
			return c, nil
		}
	}
	return nil, err
}
