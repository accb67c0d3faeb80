package upstream

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"
)

// get asks for a URL through a guard.
func get(t *testing.T, g *Guard, target string) (int, error) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, target, http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	answer, err := g.Transport().RoundTrip(r)
	if err != nil {
		return 0, err
	}
	return answer.StatusCode, answer.Body.Close()
}

func TestGuardChecksEachDial(t *testing.T) {
	t.Parallel()
	var called atomic.Int64
	inner := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { called.Add(1) }))
	defer inner.Close()
	at, err := url.Parse(inner.URL)
	if err != nil {
		t.Fatal(err)
	}
	port := at.Port()

	// Whoever owns a name may let it lead elsewhere once it was looked at.
	rebound := netip.MustParseAddr("93.184.216.34")
	resolve := func(context.Context, string) ([]netip.Addr, error) { return []netip.Addr{rebound}, nil }
	g := NewGuard(Reach{Setting: "THE_SETTING", Resolve: resolve})
	defer g.Close()
	if inside, err := g.Check(t.Context(), "rebound.example", at80); inside || err != nil {
		t.Fatalf("before: %v, %v", inside, err)
	}
	rebound = netip.MustParseAddr("127.0.0.1")
	for _, host := range []string{"rebound.example", "127.0.0.1", "[::ffff:127.0.0.1]", "2130706433", "0x7f.1", "0177.0.0.1", "127.1", "[::127.0.0.1]", "[64:ff9b::7f00:1]", "169.254.169.254", "0.0.0.0"} {
		_, err := get(t, g, "http://"+host+":"+port+"/")
		var f *Forbidden
		if !errors.As(err, &f) {
			t.Errorf("%s: %v", host, err)
			continue
		}
		if w := f.Words(); !strings.Contains(w.EN, f.Why) || w.ZH == w.EN || w.ZH == "" {
			t.Errorf("%s is refused with %q, %q", host, w.ZH, w.EN)
		}
		if strings.HasPrefix(f.Why, whyInner) && !strings.Contains(f.Words().ZH, "THE_SETTING") {
			t.Errorf("%s: the setting is not named: %q", host, f.Words().ZH)
		}
	}
	if called.Load() != 0 {
		t.Error("somebody came through")
	}
}

const at80 = 80

func TestGuardLetsThroughWhatIsAllowed(t *testing.T) {
	t.Parallel()
	var called atomic.Int64
	inner := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		called.Add(1)
		w.Header().Set("Location", "/again")
		w.WriteHeader(http.StatusFound)
	}))
	defer inner.Close()
	self := netip.MustParseAddrPort(strings.TrimPrefix(inner.URL, "http://"))
	g := NewGuard(Reach{Allow: loopback})
	defer g.Close()
	if status, err := get(t, g, inner.URL); err != nil || status != http.StatusFound || called.Load() != 1 {
		t.Errorf("%d, %v, called %d times", status, err, called.Load())
	}
	if inside, err := g.Check(t.Context(), "127.0.0.1", at80); !inside || err != nil {
		t.Errorf("loopback is inside: %v, %v", inside, err)
	}
	if inside, err := g.Check(t.Context(), "93.184.216.34", at80); inside || err != nil {
		t.Errorf("a public address is inside: %v, %v", inside, err)
	}
	own := NewGuard(Reach{Allow: loopback, Listeners: func() []netip.AddrPort { return []netip.AddrPort{self} }})
	defer own.Close()
	_, err := get(t, own, inner.URL)
	if f, ok := errors.AsType[*Forbidden](err); !ok || f.Why != whySelf {
		t.Errorf("the platform's own listener: %v", err)
	}
}
