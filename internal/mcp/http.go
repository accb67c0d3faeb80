package mcp

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"net/http"
	"strings"

	"github.com/modelcontextprotocol/go-sdk/auth"
	sdk "github.com/modelcontextprotocol/go-sdk/mcp"
	"github.com/modelcontextprotocol/go-sdk/oauthex"

	"github.com/gatepost/gatepost/internal/apierror"
	"github.com/gatepost/gatepost/internal/op"
)

// MetadataPath is where clients learn how the door is guarded (RFC 9728).
const MetadataPath = "/.well-known/oauth-protected-resource"

// maxBody bounds one message of a client.
const maxBody = 2 << 20

// ServeHTTP serves the door and its metadata.
func (d *Door) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	seen := d.Request(r)
	base := "http://" + seen.Host
	if seen.Secure {
		base = "https://" + seen.Host
	}
	if strings.HasPrefix(r.URL.Path, MetadataPath) {
		auth.ProtectedResourceMetadataHandler(&oauthex.ProtectedResourceMetadata{
			Resource: base + Path, BearerMethodsSupported: []string{"header"}, ResourceName: "Gatepost",
		}).ServeHTTP(w, r)
		return
	}
	r.Body = http.MaxBytesReader(w, r.Body, maxBody)
	guard := auth.RequireBearerToken(
		func(ctx context.Context, token string, _ *http.Request) (*auth.TokenInfo, error) {
			return d.verify(ctx, token, seen)
		}, &auth.RequireBearerTokenOptions{ResourceMetadataURL: base + MetadataPath + Path, AllowMissingExpiration: true})
	guard(d.http).ServeHTTP(w, r)
}

// guest is who came through the door, with what came over HTTP.
type guest struct {
	seen  *op.Request
	token string
}

// guestKey is where a guest stands in what the library knows of a token.
const guestKey = "guest"

// verify lets in who brings a person's token. The session belongs to that person
// and application: the library refuses it to anybody else.
func (d *Door) verify(ctx context.Context, token string, seen *op.Request) (*auth.TokenInfo, error) {
	g := guest{seen, token}
	who, err := d.Person(ctx, g.carry("", ""))
	if err != nil {
		refusal := apierror.From(err)
		if refusal.Rule == apierror.Internal {
			return nil, err
		}
		return nil, fmt.Errorf("%w: %s; %s", auth.ErrInvalidToken, refusal.Text("en"), refusal.Hint("en"))
	}
	return &auth.TokenInfo{UserID: fmt.Sprintf("%s/%s/%s", who.Corp, who.App, who.User), Extra: map[string]any{guestKey: g}}, nil
}

// visitor is who sent a request.
func visitor(req sdk.Request) (guest, error) {
	if x := req.GetExtra(); x != nil && x.TokenInfo != nil {
		if g, ok := x.TokenInfo.Extra[guestKey].(guest); ok {
			return g, nil
		}
	}
	return guest{}, errors.New("mcp: a request that did not come through the door")
}

// request is the call of an operation that a program makes for its person.
func (g guest) request(o *op.Operation, program string) *op.Request {
	r := g.carry(o.Method, o.Path)
	r.Delegate = &op.Delegate{Name: program}
	return r
}

// carry is a request with the guest's token, from where the guest came from.
func (g guest) carry(method, path string) *op.Request {
	head := header{}
	set := http.Header(head).Set
	set(op.TokenHeader, g.token)
	set("Content-Type", "application/json")
	set("Accept", "application/json")
	if lang := g.seen.Head.Get("Accept-Language"); lang != "" {
		set("Accept-Language", lang)
	} else {
		set("Accept-Language", "en") // what programs are written in
	}
	return &op.Request{Method: method, Path: path, Host: g.seen.Host, Secure: g.seen.Secure, IP: g.seen.IP, Head: head}
}

// header is the head of a call; see op.Lines.
type header http.Header

func (h header) Get(name string) string      { return http.Header(h).Get(name) }
func (h header) Values(name string) []string { return http.Header(h).Values(name) }

// All yields every line.
func (h header) All() iter.Seq2[string, string] {
	return func(yield func(string, string) bool) {
		for name, values := range h {
			for _, v := range values {
				if !yield(name, v) {
					return
				}
			}
		}
	}
}
