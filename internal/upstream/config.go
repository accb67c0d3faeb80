package upstream

import (
	"context"
	"crypto/ed25519"
	"crypto/x509"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/netip"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/gatepost/gatepost/internal/http1"
)

// Config describes a pool, as whoever publishes keeps it. Durations are in
// milliseconds. What is zero has its default.
type Config struct {
	Name      string   `json:"name"`           // what refusals, the console and the identity token's aud call it
	Addresses []string `json:"addresses"`      // http or https, without credentials, query and fragment; a path is put before every target
	Host      string   `json:"host,omitempty"` // the Host that upstreams get; empty: that of the address
	CA        string   `json:"ca,omitempty"`   // authorities in PEM that sign the addresses' certificates; empty: the system's

	// Allow are private and loopback prefixes that the operator opened for this
	// pool. Whoever stores a pool sees to it that only the operator sets them.
	Allow []netip.Prefix `json:"allow,omitempty"`

	Health   Health   `json:"health"`
	Timeouts Timeouts `json:"timeouts"`

	Retries     int `json:"retries,omitempty"`     // times an idempotent call is tried again; default 1, -1 for none, at most 3
	MaxInFlight int `json:"maxInFlight,omitempty"` // calls at one time; default 1024
	MaxIdle     int `json:"maxIdle,omitempty"`     // connections kept for each address; default 128

	Credential bool `json:"credential,omitempty"` // send what the caller identified himself with
	Cookies    bool `json:"cookies,omitempty"`    // let cookies pass, both ways; the console's never do
}

// Health says when an address is left alone.
type Health struct {
	Path     string `json:"path,omitempty"`     // asked with GET, answers 200 to 399; empty: calls alone tell
	Interval int    `json:"interval,omitempty"` // ms; default 5000
	Up       int    `json:"up,omitempty"`       // good checks in a row after which an address is used again; default 2
	Down     int    `json:"down,omitempty"`     // bad checks in a row after which it is not; default 3
	Failures int    `json:"failures,omitempty"` // failed calls in a row that eject it; default 5
}

// Timeouts bound how long is waited, in milliseconds.
type Timeouts struct {
	Connect int `json:"connect,omitempty"` // default 3000
	Head    int `json:"head,omitempty"`    // from the request's end to the answer's head; default 15000
	Whole   int `json:"whole,omitempty"`   // the whole call, event streams and switched protocols apart; default 60000
	Idle    int `json:"idle,omitempty"`    // between two reads of a body; default 60000
}

// Deps is what a pool needs of the platform.
type Deps struct {
	Key       ed25519.PrivateKey      // signs who calls; nil: no identity token
	Issuer    func() string           // the platform's own address, iss of the identity token
	Allow     []netip.Prefix          // private and loopback prefixes that every pool may reach
	Listeners func() []netip.AddrPort // the platform's own; a call must not go round in circles
	Now       func() time.Time
	Logger    *slog.Logger

	// Resolve finds the addresses of a name; nil: as the system does.
	Resolve func(ctx context.Context, host string) ([]netip.Addr, error)
}

// place is an address of the configuration, taken apart.
type place struct {
	url    string // as configured
	secure bool
	host   string // to be resolved
	port   uint16
	named  string // host and port as Host says them
	prefix string // of every path
}

// complete checks c and fills in what is left open.
func (c *Config) complete() ([]place, *x509.CertPool, error) {
	if c.Name == "" || len(c.Name) > 64 || !http1.Sendable(c.Name, "") {
		return nil, nil, fmt.Errorf("name: want 1 to 64 letters, digits or dashes, got %q", c.Name)
	}
	if len(c.Addresses) == 0 || len(c.Addresses) > 64 {
		return nil, nil, fmt.Errorf("addresses: want 1 to 64, got %d", len(c.Addresses))
	}
	if c.Host != "" && strings.Trim(c.Host, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-_:[]") != "" {
		return nil, nil, fmt.Errorf("host: want a host, with a port if it is needed, got %q", c.Host)
	}
	if c.Health.Path != "" && (c.Health.Path[0] != '/' || strings.ContainsFunc(c.Health.Path, unsendable)) {
		return nil, nil, fmt.Errorf("health.path: want a path that begins with /, got %q", c.Health.Path)
	}
	var places []place
	for i, s := range c.Addresses {
		p, err := placeOf(s)
		if err != nil {
			return nil, nil, fmt.Errorf("addresses[%d]: %w", i, err)
		}
		places = append(places, p)
	}
	var roots *x509.CertPool
	if c.CA != "" {
		if roots = x509.NewCertPool(); !roots.AppendCertsFromPEM([]byte(c.CA)) {
			return nil, nil, errors.New("ca: want certificates in PEM")
		}
	}
	return places, roots, c.numbers()
}

// numbers holds every number to its range; 0 becomes the default.
func (c *Config) numbers() error {
	const day = 24 * 60 * 60 * 1000
	for _, n := range []struct {
		field                string
		value                *int
		least, most, missing int
	}{
		{"health.interval", &c.Health.Interval, 100, day, 5000},
		{"health.up", &c.Health.Up, 1, 100, 2},
		{"health.down", &c.Health.Down, 1, 100, 3},
		{"health.failures", &c.Health.Failures, 1, 10_000, 5},
		{"timeouts.connect", &c.Timeouts.Connect, 1, day, 3000},
		{"timeouts.head", &c.Timeouts.Head, 1, day, 15_000},
		{"timeouts.whole", &c.Timeouts.Whole, 1, day, 60_000},
		{"timeouts.idle", &c.Timeouts.Idle, 1, day, 60_000},
		{"retries", &c.Retries, -1, 3, 1},
		{"maxInFlight", &c.MaxInFlight, 1, 100_000, 1024},
		{"maxIdle", &c.MaxIdle, 1, 10_000, 128},
	} {
		if *n.value == 0 {
			*n.value = n.missing
		}
		if *n.value < n.least || *n.value > n.most {
			return fmt.Errorf("%s: want %d to %d, got %d", n.field, n.least, n.most, *n.value)
		}
	}
	return nil
}

func placeOf(s string) (p place, err error) {
	u, err := url.Parse(s)
	switch {
	case err != nil:
		return p, errors.New("want a URL such as http://10.0.0.7:9000") // the error would quote a password
	case u.Scheme != "http" && u.Scheme != "https":
		return p, fmt.Errorf("want http or https, got %q", u.Scheme)
	case u.User != nil:
		return p, errors.New("want no credentials in the URL")
	case u.RawQuery != "" || u.ForceQuery || u.Fragment != "" || strings.HasSuffix(s, "#"):
		return p, errors.New("want neither query nor fragment")
	case u.Hostname() == "":
		return p, errors.New("want a host")
	case endsInNumber(u.Hostname()) && net.ParseIP(u.Hostname()) == nil:
		return p, fmt.Errorf("%q %s", u.Hostname(), whyNumber)
	}
	p = place{url: s, secure: u.Scheme == "https", host: u.Hostname(), named: u.Host, prefix: strings.TrimSuffix(u.EscapedPath(), "/"), port: 80}
	if p.secure {
		p.port = 443
	}
	if port := u.Port(); port != "" {
		n, err := strconv.ParseUint(port, 10, 16)
		if err != nil || n == 0 {
			return p, fmt.Errorf("want a port from 1 to 65535, got %q", port)
		}
		p.port = uint16(n)
	}
	if strings.ContainsFunc(p.named+p.prefix, unsendable) || climbs(p.prefix) {
		return p, errors.New("want a host and a path in ASCII that does not climb")
	}
	return p, nil
}

func unsendable(r rune) bool { return r <= ' ' || r >= 0x7f }

func ms(n int) time.Duration { return time.Duration(n) * time.Millisecond }
