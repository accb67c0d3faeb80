package upstream

import (
	"context"
	"crypto/ed25519"
	"log/slog"
	"net/netip"
	"time"
)

// Config describes a pool, as whoever publishes keeps it. Durations are in
// milliseconds. What is zero has its default.
type Config struct {
	Name      string   `json:"name"`      // what refusals, the console and the identity token's aud call it
	Addresses []string `json:"addresses"` // http or https, without credentials, query and fragment; a path is put before every target
	Host      string   `json:"host"`      // the Host that upstreams get; empty: that of the address

	// Allow are private and loopback prefixes that the operator opened for this
	// pool. Whoever stores a pool sees to it that only the operator sets them.
	Allow []netip.Prefix `json:"allow"`

	Health   Health   `json:"health"`
	Timeouts Timeouts `json:"timeouts"`

	Retries     int `json:"retries"`     // times an idempotent call is tried again; default 1, -1 for none, at most 3
	MaxInFlight int `json:"maxInFlight"` // calls at one time; default 1024
	MaxIdle     int `json:"maxIdle"`     // connections kept for each address; default 128

	Credential bool `json:"credential"` // send what the caller identified himself with
	Cookies    bool `json:"cookies"`    // let cookies pass, both ways; the console's never do
}

// Health says when an address is left alone.
type Health struct {
	Path     string `json:"path"`     // asked with GET, answers 200 to 399; empty: calls alone tell
	Interval int    `json:"interval"` // ms; default 5000
	Up       int    `json:"up"`       // good checks in a row after which an address is used again; default 2
	Down     int    `json:"down"`     // bad checks in a row after which it is not; default 3
	Failures int    `json:"failures"` // failed calls in a row that eject it; default 5
}

// Timeouts bound how long is waited, in milliseconds.
type Timeouts struct {
	Connect int `json:"connect"` // default 3000
	Head    int `json:"head"`    // from the request's end to the answer's head; default 15000
	Whole   int `json:"whole"`   // the whole call, event streams and switched protocols apart; default 60000
	Idle    int `json:"idle"`    // between two reads of a body; default 60000
}

// Deps is what a pool needs of the platform.
type Deps struct {
	Key       ed25519.PrivateKey      // signs who calls; nil: no identity token
	Issuer    func() string           // the platform's own address, iss of the identity token
	Allow     []netip.Prefix          // private and loopback prefixes that every pool may reach
	Listeners func() []netip.AddrPort // the platform's own; a call must not go round in circles
	Resolve   func(ctx context.Context, host string) ([]netip.Addr, error)
	Now       func() time.Time
	Logger    *slog.Logger
}
