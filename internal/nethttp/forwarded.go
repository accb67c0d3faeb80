package nethttp

import (
	"net/netip"
	"slices"
	"strings"

	"github.com/gatepost/gatepost/internal/op"
)

// Proxies are the addresses of proxies whose X-Forwarded-For and
// X-Forwarded-Proto are believed.
type Proxies []netip.Prefix

// See finds the caller's own address behind trusted proxies: the rightmost entry
// of X-Forwarded-For that no trusted proxy added. Q has the address of who
// connected, if that is known.
func (p Proxies) See(q *op.Request) {
	if len(p) == 0 || !q.IP.IsValid() || !p.trust(q.IP) {
		return
	}
	if q.Head.Get("X-Forwarded-Proto") == "https" {
		q.Secure = true
	}
	for _, hop := range backwards(q.Head.Values("X-Forwarded-For")) {
		ip, err := netip.ParseAddr(hop)
		if err != nil {
			return
		}
		if q.IP = ip.Unmap(); !p.trust(q.IP) {
			return
		}
	}
}

func (p Proxies) trust(ip netip.Addr) bool {
	return slices.ContainsFunc(p, func(n netip.Prefix) bool { return n.Contains(ip) })
}

// backwards returns the entries of the X-Forwarded-For lines, the last first.
func backwards(lines []string) []string {
	var hops []string
	for _, line := range lines {
		for hop := range strings.SplitSeq(line, ",") {
			hops = append(hops, strings.TrimSpace(hop))
		}
	}
	slices.Reverse(hops)
	return hops
}
