package upstream

import (
	"context"
	"errors"
	"net/netip"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/gatepost/gatepost/internal/apierror"
)

// names resolves from a table.
func names(table map[string][]string) func(context.Context, string) ([]netip.Addr, error) {
	return func(_ context.Context, host string) (found []netip.Addr, err error) {
		for _, s := range table[host] {
			found = append(found, netip.MustParseAddr(s))
		}
		if found == nil {
			err = errors.New("no such host")
		}
		return found, err
	}
}

func TestAttacksOnTheAddressPolicy(t *testing.T) {
	t.Parallel()
	resolve := names(map[string][]string{
		"public.example": {"93.184.216.34", "2606:2800:220:1::1"}, "mixed.example": {"93.184.216.34", "127.0.0.1"}, "mixed6.example": {"93.184.216.34", "::1"},
		"inner.example": {"10.0.0.7"}, "localhost": {"127.0.0.1"}, "localhost.": {"127.0.0.1"}, "metadata.example": {"169.254.169.254"},
		"translated.example": {"64:ff9b::7f00:1"}, "sixtofour.example": {"2002:7f00:1::"}, "ownport.example": {"192.168.1.2"},
	})
	for _, tc := range []struct {
		host  string
		allow string
		why   string // "" for one that may be called
	}{
		{"public.example", "", ""},
		{"93.184.216.34", "", ""},
		{"127.0.0.1", "", whyPrivate},
		{"127.8.9.10", "", whyPrivate},
		{"127.0.0.1", "127.0.0.0/8", ""},
		{"::1", "127.0.0.0/8", whyPrivate},
		{"::1", "::1/128", ""},
		{"10.1.2.3", "", whyPrivate},
		{"10.1.2.3", "10.1.0.0/16", ""},
		{"10.2.2.3", "10.1.0.0/16", whyPrivate},
		{"172.31.0.1", "", whyPrivate},
		{"172.32.0.1", "", ""},
		{"192.168.0.1", "", whyPrivate},
		{"100.64.0.1", "", whyPrivate},
		{"fd00::1", "", whyPrivate},
		{"0.0.0.0", "0.0.0.0/0", whyNever},
		{"0.1.2.3", "0.0.0.0/0", whyNever},
		{"::", "::/0", whyNever},
		{"169.254.169.254", "0.0.0.0/0", whyNever},
		{"100.100.100.200", "100.64.0.0/10", whyNever},
		{"168.63.129.16", "0.0.0.0/0", whyNever},
		{"fd00:ec2::254", "fd00::/8", whyNever},
		{"fe80::1", "::/0", whyNever},
		{"224.0.0.1", "0.0.0.0/0", whyNever},
		{"255.255.255.255", "0.0.0.0/0", whyNever},
		{"ff02::1", "::/0", whyNever},
		{"::ffff:127.0.0.1", "", whyPrivate},
		{"::ffff:169.254.169.254", "::/0", whyNever},
		{"::127.0.0.1", "", whyPrivate},
		{"64:ff9b::a9fe:a9fe", "::/0", whyNever},
		{"2130706433", "0.0.0.0/0", whyNumber},
		{"0x7f000001", "0.0.0.0/0", whyNumber},
		{"0x7f.1", "0.0.0.0/0", whyNumber},
		{"127.1", "0.0.0.0/0", whyNumber},
		{"0177.0.0.1", "0.0.0.0/0", whyNumber},
		{"127.0.0.1.", "0.0.0.0/0", whyNumber},
		{"a.b.0x", "0.0.0.0/0", whyNumber},
		{"localhost", "", whyPrivate},
		{"localhost.", "", whyPrivate},
		{"mixed.example", "", whyPrivate},
		{"mixed6.example", "127.0.0.0/8", whyPrivate},
		{"inner.example", "", whyPrivate},
		{"metadata.example", "0.0.0.0/0", whyNever},
		{"translated.example", "", whyPrivate},
		{"sixtofour.example", "", whyPrivate},
		{"ownport.example", "192.168.0.0/16", whySelf},
	} {
		p := policy{resolve: resolve, listeners: func() []netip.AddrPort { return []netip.AddrPort{netip.MustParseAddrPort("192.168.1.2:80")} }}
		if tc.allow != "" {
			p.allow = []netip.Prefix{netip.MustParsePrefix(tc.allow)}
		}
		_, err := p.addresses(t.Context(), tc.host, 80)
		var f *Forbidden
		switch {
		case tc.why == "" && err != nil:
			t.Errorf("%s allowing %q: %v", tc.host, tc.allow, err)
		case tc.why != "" && (!errors.As(err, &f) || f.Why != tc.why):
			t.Errorf("%s allowing %q: %v, want %q", tc.host, tc.allow, err, tc.why)
		}
	}
}

func TestOwnListener(t *testing.T) {
	t.Parallel()
	for listener, callee := range map[string]string{"127.0.0.1:8700": "127.0.0.1", "0.0.0.0:8700": "127.0.0.1", "[::]:8700": "127.0.0.1"} {
		p := policy{allow: loopback, listeners: func() []netip.AddrPort { return []netip.AddrPort{netip.MustParseAddrPort(listener)} }}
		if why := p.forbids(netip.MustParseAddr(callee), 8700); why != whySelf {
			t.Errorf("%s from %s: %q", callee, listener, why)
		}
		if why := p.forbids(netip.MustParseAddr(callee), 8701); why != "" {
			t.Errorf("another port: %q", why)
		}
	}
}

// A name that changes what it stands for after it was first seen gains nothing.
func TestRebinding(t *testing.T) {
	t.Parallel()
	var asked atomic.Int64
	d := deps()
	d.Allow = nil
	d.Resolve = func(context.Context, string) ([]netip.Addr, error) {
		asked.Add(1)
		return []netip.Addr{netip.MustParseAddr("127.0.0.1")}, nil
	}
	p := newPool(t, Config{Addresses: []string{"http://rebound.example:9000"}}, d)
	_, _, _, err := carry(t, p, request("GET", ""), "/", nil)
	var r *apierror.Refusal
	if !errors.As(err, &r) || r.Rule != apierror.UpstreamAddress || asked.Load() != 1 {
		t.Fatalf("%v, asked %d times", err, asked.Load())
	}
	if strings.Contains(r.Message("zh"), "127.0.0.1") || strings.Contains(r.Message("en"), "9000") {
		t.Errorf("the caller is told %q", r.Message("en"))
	}
	if !strings.Contains(r.Values()["detail"], "127.0.0.1:9000") {
		t.Errorf("the log is not told: %v", r.Values())
	}
}
