package upstream

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"slices"
	"strings"
)

// policy says which addresses may be dialled. It is asked with what a name
// resolved to, at the time of the dial, so that a name cannot pass with one
// address and be called at another.
type policy struct {
	allow     []netip.Prefix
	listeners func() []netip.AddrPort
	resolve   func(ctx context.Context, host string) ([]netip.Addr, error)
	private   string // why a private address is refused; empty: whyPrivate
}

// Forbidden is the error of an address that may not be called.
type Forbidden struct {
	Address string
	Why     string
}

func (f *Forbidden) Error() string {
	return f.Address + " " + f.Why
}

// Why an address is refused. The first two could be allowed by the operator.
const (
	whyPrivate = "is a private or loopback address: the operator may allow it for one pool, or for all with GATEPOST_UPSTREAM_ALLOW"
	whyInner   = "is a private or loopback address: the operator may allow it with "
	whyNever   = "is no address of a service: unspecified, link-local, multicast, metadata or reserved"
	whySelf    = "is the platform's own listener"
	whyNumber  = "is neither a name nor an address: write an IPv4 address as four decimal numbers"
)

// addresses returns what host stands for. All of it has to be allowed: a name
// that resolves to a public and to a private address is a way in, not a service.
func (p *policy) addresses(ctx context.Context, host string, port uint16) ([]netip.Addr, error) {
	found, err := p.lookup(ctx, host)
	if err != nil {
		return nil, err
	}
	for i, ip := range found {
		found[i] = ip.Unmap()
		if why := p.forbids(found[i], port); why != "" {
			return nil, &Forbidden{netip.AddrPortFrom(found[i], port).String(), why}
		}
	}
	return found, nil
}

func (p *policy) lookup(ctx context.Context, host string) ([]netip.Addr, error) {
	if ip, err := netip.ParseAddr(host); err == nil {
		return []netip.Addr{ip}, nil
	}
	if endsInNumber(host) {
		return nil, &Forbidden{host, whyNumber}
	}
	found, err := p.resolve(ctx, host)
	if err != nil {
		return nil, fmt.Errorf("resolve %s: %w", host, err)
	}
	if len(found) == 0 {
		return nil, fmt.Errorf("resolve %s: %w", host, errors.New("no addresses"))
	}
	return slices.Clone(found), nil
}

// endsInNumber finds what resolvers may take for an IPv4 address though it is
// written in another way: 2130706433, 0x7f.1, 127.1.
func endsInNumber(host string) bool {
	host = strings.TrimSuffix(host, ".")
	last := host[strings.LastIndexByte(host, '.')+1:]
	if last == "" {
		return true
	}
	if len(last) > 1 && last[0] == '0' && (last[1] == 'x' || last[1] == 'X') {
		last = strings.TrimLeft(last[2:], "0123456789abcdefABCDEF")
		return last == ""
	}
	return strings.Trim(last, "0123456789") == ""
}

// never are ranges in which no service of anybody is, or the one of the machine
// that no caller may reach.
func never() []netip.Prefix {
	return []netip.Prefix{
		prefix("0.0.0.0/8"), prefix("169.254.0.0/16"), prefix("192.0.0.0/24"), prefix("224.0.0.0/4"), prefix("240.0.0.0/4"),
		prefix("100.100.100.200/32"), // metadata
		prefix("168.63.129.16/32"),   // metadata
		prefix("fd00:ec2::/32"),      // metadata
		prefix("::/128"), prefix("fe80::/10"), prefix("fec0::/10"), prefix("ff00::/8"), prefix("2001::/32"), prefix("100::/64"),
	}
}

// private are ranges that belong to somebody's own network.
func private() []netip.Prefix {
	return []netip.Prefix{
		prefix("127.0.0.0/8"), prefix("10.0.0.0/8"), prefix("172.16.0.0/12"), prefix("192.168.0.0/16"), prefix("100.64.0.0/10"),
		prefix("198.18.0.0/15"), prefix("192.0.2.0/24"), prefix("198.51.100.0/24"), prefix("203.0.113.0/24"),
		prefix("::1/128"), prefix("fc00::/7"), prefix("2001:db8::/32"),
	}
}

func prefix(s string) netip.Prefix { return netip.MustParsePrefix(s) }

// forbids says why ip may not be called; "" if it may.
func (p *policy) forbids(ip netip.Addr, port uint16) string {
	ip = ip.Unmap().WithZone("")
	if inner, ok := embedded(ip); ok {
		if why := p.forbids(inner, port); why != "" {
			return why
		}
	}
	switch {
	case !ip.IsValid() || within(never(), ip):
		return whyNever
	case p.self(ip, port):
		return whySelf
	case within(private(), ip) && !within(p.allow, ip):
		return cmp.Or(p.private, whyPrivate)
	}
	return ""
}

func within(list []netip.Prefix, ip netip.Addr) bool {
	return slices.ContainsFunc(list, func(p netip.Prefix) bool { return p.Contains(ip) })
}

// embedded is the IPv4 address that an IPv6 address leads to through a
// translator or tunnel: NAT64, 6to4, and the old IPv4-compatible form.
func embedded(ip netip.Addr) (netip.Addr, bool) {
	if !ip.Is6() {
		return ip, false
	}
	b := ip.As16()
	switch {
	case prefix("64:ff9b::/96").Contains(ip), prefix("::/96").Contains(ip) && !ip.IsLoopback() && !ip.IsUnspecified():
		return netip.AddrFrom4([4]byte(b[12:16])), true
	case prefix("64:ff9b:1::/48").Contains(ip):
		return netip.AddrFrom4([4]byte(b[12:16])), true
	case prefix("2002::/16").Contains(ip):
		return netip.AddrFrom4([4]byte(b[2:6])), true
	}
	return ip, false
}

// self reports whether a dial would end at the platform itself.
func (p *policy) self(ip netip.Addr, port uint16) bool {
	if p.listeners == nil {
		return false
	}
	for _, l := range p.listeners() {
		if l.Port() != port {
			continue
		}
		if at := l.Addr().Unmap(); at == ip || (at.IsUnspecified() && (ip.IsLoopback() || ofThisMachine(ip))) {
			return true
		}
	}
	return false
}

func ofThisMachine(ip netip.Addr) bool {
	list, err := net.InterfaceAddrs()
	if err != nil {
		return true // not to be told apart
	}
	return slices.ContainsFunc(list, func(a net.Addr) bool {
		n, ok := a.(*net.IPNet)
		if !ok {
			return false
		}
		own, ok := netip.AddrFromSlice(n.IP)
		return ok && own.Unmap() == ip
	})
}
