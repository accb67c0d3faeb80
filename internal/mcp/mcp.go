package mcp

import (
	"context"
	"log/slog"
	"net/http"
	"reflect"
	"sync"
	"time"

	sdk "github.com/modelcontextprotocol/go-sdk/mcp"

	"github.com/gatepost/gatepost/internal/op"
)

// Path is where the door is.
const Path = "/mcp"

// Gateway is what calls go through.
type Gateway interface {
	Serve(ctx context.Context, r *op.Request) op.Answer
	// May returns who sent r, and an error where he may not call o.
	May(ctx context.Context, o *op.Operation, r *op.Request) (op.Caller, error)
}

// Confirmations are what people agreed to. Arguments are in a form that is the
// same for the same arguments.
type Confirmations interface {
	// Ask notes what a program wants to do and returns the number of the request.
	Ask(ctx context.Context, who *op.Caller, o *op.Operation, arguments []byte) (string, error)
	// Use returns the request in which the person confirmed just this call, and
	// uses it up; empty if there is none.
	Use(ctx context.Context, who *op.Caller, o *op.Operation, arguments []byte) (string, error)
	// Answered is Use for a request that the person has just confirmed to the
	// program's client.
	Answered(ctx context.Context, who *op.Caller, o *op.Operation, arguments []byte, asked string) (string, error)
	// Decline notes that the person declined a request.
	Decline(ctx context.Context, who *op.Caller, asked string) error
}

// Config is what the door needs. All of it has to be set.
type Config struct {
	Gateway       Gateway
	Confirmations Confirmations
	// Person returns who is behind a user token; it refuses any other credential.
	Person func(ctx context.Context, r *op.Request) (op.Caller, error)
	// Request turns what came over HTTP into the gateway's view of it.
	Request   func(*http.Request) *op.Request
	Catalogue *op.Catalogue
	// Offered reports whether an operation is for programs at all.
	Offered func(*op.Operation) bool
	Version string
	Logger  *slog.Logger
}

// Door serves assistants. It is safe for concurrent use.
type Door struct {
	Config
	server *sdk.Server
	http   http.Handler

	mu    sync.RWMutex
	tools map[string]tool
}

// sessionLife is how long a session lives that nobody uses.
const sessionLife = 30 * time.Minute

// New returns the door.
func New(c Config) (*Door, error) {
	d := &Door{Config: c, tools: map[string]tool{}}
	d.server = sdk.NewServer(&sdk.Implementation{Name: "gatepost", Version: c.Version}, &sdk.ServerOptions{
		Capabilities: &sdk.ServerCapabilities{Tools: &sdk.ToolCapabilities{ListChanged: true}},
		Instructions: "Tools are operations of the company's open platform. You act for the person whose token you carry; what you do is recorded. Masked values (138****1234) cannot be had in full.",
		Logger:       c.Logger,
	})
	d.server.AddReceivingMiddleware(d.listed)
	d.http = sdk.NewStreamableHTTPHandler(func(*http.Request) *sdk.Server { return d.server }, &sdk.StreamableHTTPOptions{
		SessionTimeout: sessionLife, Logger: c.Logger,
		// Whoever rebinds a name has no token; and a proxy before the platform keeps its own host name.
		DisableLocalhostProtection: true,
	})
	if err := d.refresh(); err != nil {
		return nil, err
	}
	c.Catalogue.Watch(func() {
		if err := d.refresh(); err != nil {
			c.Logger.Error("tools are not up to date", "err", err)
		}
	})
	return d, nil
}

// Close ends every session, so that the listener can close.
func (d *Door) Close() {
	for s := range d.server.Sessions() {
		_ = s.Close() // the client sees the connection end either way
	}
}

// refresh makes the tools anew from the catalogue; clients are told if that
// changed any.
func (d *Door) refresh() error {
	now := map[string]tool{}
	all := d.Catalogue.Operations()
	for i := range all {
		if !d.Offered(&all[i]) {
			continue
		}
		t, err := toolOf(&all[i])
		if err != nil {
			return err
		}
		now[t.Name] = t
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	var gone []string
	for name := range d.tools {
		if _, stays := now[name]; !stays {
			gone = append(gone, name)
		}
	}
	d.server.RemoveTools(gone...)
	for name, t := range now {
		if before, ok := d.tools[name]; !ok || !reflect.DeepEqual(before.Tool, t.Tool) {
			d.server.AddTool(t.Tool, d.call)
		}
	}
	d.tools = now
	return nil
}

func (d *Door) tool(name string) (tool, bool) {
	d.mu.RLock()
	defer d.mu.RUnlock()
	t, ok := d.tools[name]
	return t, ok
}

// listed leaves of a list of tools those that its reader may call.
func (d *Door) listed(next sdk.MethodHandler) sdk.MethodHandler {
	return func(ctx context.Context, method string, req sdk.Request) (sdk.Result, error) {
		res, err := next(ctx, method, req)
		list, ok := res.(*sdk.ListToolsResult)
		if err != nil || !ok {
			return res, err
		}
		from, err := visitor(req)
		if err != nil {
			return nil, err
		}
		open := []*sdk.Tool{}
		for _, shown := range list.Tools {
			t, ok := d.tool(shown.Name)
			if !ok {
				continue
			}
			r := from.request(t.op, program(req))
			r.Delegate.Confirmed = "to be listed" // whether it can be called at all; not charged, not done
			if _, err := d.Gateway.May(ctx, t.op, r); err == nil {
				open = append(open, shown)
			}
		}
		list.Tools = open
		return list, nil
	}
}
