package main

import (
	"context"
	"crypto/ed25519"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"time"

	"github.com/gatepost/gatepost/internal/listener"
	"github.com/gatepost/gatepost/internal/nethttp"
	"github.com/gatepost/gatepost/internal/op"
	"github.com/gatepost/gatepost/internal/upstream"
)

// gate answers every call with the same bytes, or carries it to an upstream: what a transport costs, and nothing else.
type gate struct {
	body []byte
	pool *upstream.Pool
	who  op.Caller
}

// Serve implements nethttp.Server.
func (g *gate) Serve(ctx context.Context, q *op.Request) op.Answer {
	if g.pool == nil {
		return op.Answer{Status: 200, Type: "application/json;charset=UTF-8", Body: g.body}
	}
	a, err := g.pool.Carry(ctx, &g.who, &op.Operation{Method: q.Method}, q.Path, q, nil)
	if err != nil {
		return op.Answer{Status: 502, Type: "text/plain", Body: []byte(err.Error())}
	}
	return a
}

// serve answers on l through one of the platform's two transports.
func serve(l net.Listener, own bool, address string, body []byte) error {
	g := &gate{body: body, who: op.Caller{Corp: "ding0123456789", App: "dingapp0123456789", User: "u1", Scopes: op.Scopes{"Contact.User.Read"}, Call: 7}}
	if address != "" {
		_, key, err := ed25519.GenerateKey(nil)
		if err != nil {
			return err
		}
		g.pool, err = upstream.New(upstream.Config{Name: "bench", Addresses: []string{address}}, upstream.Deps{Key: key,
			Allow: []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}, Now: time.Now, Logger: slog.Default()})
		if err != nil {
			return err
		}
	}
	h := &nethttp.Handler{Server: g}
	if !own {
		return http.Serve(l, h)
	}
	return listener.New(listener.Config{Calls: g, Others: h, IsCall: func(string) bool { return true }, Context: context.Background, Logger: slog.Default()}).Serve(l)
}
