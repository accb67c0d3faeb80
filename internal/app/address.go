package app

import (
	"net/netip"
	"strconv"
	"strings"
)

// addressRule is one entry of an allow-list: an address, a range of addresses,
// or an IPv4 address in which one number is open.
type addressRule struct {
	prefix netip.Prefix // where it is valid
	open   int          // otherwise the place of the open number, 0 to 3
	bytes  [4]byte      // and the others
}

// parseAddress reads an entry: "203.0.113.7", "2001:db8::/32", "203.0.113.*".
// The star stands for one whole number of an IPv4 address, wherever it stands;
// the documents show it only at the end and allow only one.
func parseAddress(entry string) (addressRule, error) {
	switch {
	case strings.Contains(entry, "*"):
		return parseOpen(entry)
	case strings.Contains(entry, "/"):
		p, err := netip.ParsePrefix(entry)
		if err != nil {
			return addressRule{}, wrongAddress(entry)
		}
		if p.Addr().Is4In6() && p.Bits() >= 96 { // callers' addresses are compared as IPv4
			p = netip.PrefixFrom(p.Addr().Unmap(), p.Bits()-96)
		}
		return addressRule{prefix: p.Masked()}, nil
	}
	a, err := netip.ParseAddr(entry)
	if err != nil || a.Zone() != "" {
		return addressRule{}, wrongAddress(entry)
	}
	a = a.Unmap()
	return addressRule{prefix: netip.PrefixFrom(a, a.BitLen())}, nil
}

func parseOpen(entry string) (addressRule, error) {
	parts := strings.Split(entry, ".")
	rule := addressRule{open: -1}
	if len(parts) != 4 {
		return rule, wrongAddress(entry)
	}
	for i, part := range parts {
		if part == "*" && rule.open < 0 {
			rule.open = i
			continue
		}
		n, err := strconv.ParseUint(part, 10, 8)
		if err != nil || strconv.FormatUint(n, 10) != part {
			return rule, wrongAddress(entry)
		}
		rule.bytes[i] = byte(n)
	}
	return rule, nil
}

func wrongAddress(entry string) error {
	return invalid("ips").Want("an IP address, a CIDR range, or an IPv4 address with one * for one of its numbers").Got("%s", entry)
}

// allows reports whether a, an unmapped address without zone, is meant.
func (r addressRule) allows(a netip.Addr) bool {
	if r.prefix.IsValid() {
		return r.prefix.Contains(a)
	}
	if !a.Is4() {
		return false
	}
	b := a.As4()
	b[r.open] = r.bytes[r.open]
	return b == r.bytes
}

func addressRules(entries []string) ([]addressRule, error) {
	var rules []addressRule
	for _, e := range entries {
		r, err := parseAddress(e)
		if err != nil {
			return nil, err
		}
		rules = append(rules, r)
	}
	return rules, nil
}

// Allows reports whether the app may be used from address.
func (app *App) Allows(address netip.Addr) bool {
	if len(app.allow) == 0 {
		return true
	}
	address = address.Unmap().WithZone("")
	for _, r := range app.allow {
		if r.allows(address) {
			return true
		}
	}
	return false
}

func checkIPs(entries []string) error {
	if len(entries) > maxIPs {
		return invalid("ips").Want("at most %d items", maxIPs).Got("%d", len(entries))
	}
	_, err := addressRules(entries)
	return err
}
