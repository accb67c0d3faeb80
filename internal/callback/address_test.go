package callback

import (
	"errors"
	"strings"
	"testing"

	"github.com/gatepost/gatepost/internal/apierror"
)

func TestAddresses(t *testing.T) {
	t.Parallel()
	for address, port := range map[string]uint16{
		"http://example.com": 80, "https://example.com/cb?x=1": 443, "https://example.com:8443/": 8443, "http://example.com:1024/": 1024,
		"https://[2606:2800:220:1::1]:65535/": 65535, "HTTPS://EXAMPLE.com/": 443,
	} {
		if _, got, err := parsed(address); err != nil || got != port {
			t.Errorf("%s: %d, %v", address, got, err)
		}
	}
	for _, address := range []string{"", "example.com", "//example.com", "ftp://example.com/", "http://", "http:///x", "http://:80/", "http://a b/", "http://me@example.com/",
		"http://me:secret@example.com/", "http://example.com/#", "http://example.com/#a", "http://example.com:0/", "http://example.com:/", "http://example.com:22/",
		"http://example.com:65536/", "http://example.com:-1/", "http://例子.example/", "http://example.com/\n", "http://%zz/", "http://example.com/" + strings.Repeat("x", 1024)} {
		_, _, err := parsed(address)
		r := apierror.From(err)
		if !errors.Is(err, apierror.CallbackURL) || r.Field != "url" || r.Expected == "" {
			t.Errorf("%q: %v", address, err)
			continue
		}
		if strings.Contains(r.Message("en"), "secret") {
			t.Errorf("%q: the password is told: %s", address, r.Message("en"))
		}
	}
}

func FuzzAddress(f *testing.F) {
	for _, seed := range []string{"http://example.com/cb?x=1#y", "https://me:pw@[::1]:8443/", "http://127.1:80", "//x", "http://%41:1/"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, address string) {
		u, port, err := parsed(address)
		if err != nil {
			return
		}
		if u.User != nil || u.Fragment != "" || u.Hostname() == "" || port == 0 || u.Scheme != "http" && u.Scheme != "https" {
			t.Errorf("%q was taken as %v, port %d", address, u, port)
		}
	})
}
