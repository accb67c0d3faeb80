// Package gateway is the life of one call. Everything that happens to every
// call is a line of one function, handle; nothing wraps it.
package gateway

import (
	"context"
	"fmt"
	"log/slog"
	"math"
	"net/netip"
	"runtime/debug"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/gatepost/gatepost/internal/apierror"
	"github.com/gatepost/gatepost/internal/id"
	"github.com/gatepost/gatepost/internal/known"
	"github.com/gatepost/gatepost/internal/op"
)

// Gateway is the path that every call takes, and those who decide along it.
type Gateway struct {
	Catalogue *op.Catalogue
	Known     *known.Catalogue
	Identity  Identity
	Grants    Grants
	Limits    Limits
	Masks     Masks
	Delegates Delegates
	IDs       IDs
	Seen      Disclosures
	Log       Log
	Answers   *Answers // nil: none are remembered
	// Away is the refusal for an error that means that the platform's own ground
	// does not answer; nil for any other error.
	Away func(ctx context.Context, err error) *apierror.Refusal

	Calls  *id.Calls
	Now    func() time.Time
	Logger *slog.Logger

	used sync.Pool // of *Call
}

// Identity knows who is calling.
type Identity interface {
	// Identify returns the caller whom credential stands for. It refuses a
	// credential that is missing, forged, expired, revoked or of a kind that
	// o does not take.
	Identify(ctx context.Context, o *op.Operation, credential string, r *op.Request) (op.Caller, error)
}

// Grants knows what was granted to whom.
type Grants interface {
	// Permit refuses a caller who may not call o from address at all.
	Permit(ctx context.Context, who *op.Caller, o *op.Operation, address netip.Addr) error
}

// Limits knows how much a caller may still do.
type Limits interface {
	// Take charges one call of o, or refuses it and charges nothing. The
	// returned headers tell the caller what remains, also of a refusal; shadow
	// is the rules that would have refused, were they more than counted.
	Take(ctx context.Context, who *op.Caller, o *op.Operation) (head [][2]string, shadow []string, err error)
}

// Masks knows what a corp has decided to show beyond what is declared.
type Masks interface {
	// Policy returns what holds for an answer of o to who. An error refuses the
	// call: what may be shown is then not known.
	Policy(ctx context.Context, who *op.Caller, o *op.Operation) (op.Policy, error)
}

// Delegates knows what programs may do for people.
type Delegates interface {
	// Permit refuses what who's delegate may not do, or may not do without the
	// person's confirmation.
	Permit(ctx context.Context, who *op.Caller, o *op.Operation) error
}

// IDs knows by which ids an application has to do with people and corps.
type IDs interface {
	// Read turns, in place, the caller's ids in a request of o into the
	// platform's. It refuses those that are not the caller's.
	Read(ctx context.Context, who *op.Caller, o *op.Operation, q any) error
	// Write turns, in place, the platform's ids in an answer into the caller's.
	Write(ctx context.Context, who *op.Caller, o *op.Operation, resp any) error
	// Refusal returns r as it may be told to the caller.
	Refusal(ctx context.Context, who *op.Caller, r *apierror.Refusal) *apierror.Refusal
}

// Disclosures remembers who saw, or changed, which graded fields of whom.
type Disclosures interface {
	// Note returns when it is remembered, or sure to be. An error refuses the
	// answer: nobody sees what cannot be told afterwards.
	Note(ctx context.Context, c *Call, d op.Disclosure) error
}

// Log remembers calls. Record must not block, and does not keep c.
type Log interface{ Record(c *Call) }

// Step is one step of a call's life.
type Step int

// The steps, in order.
const (
	Find Step = iota
	Identify
	Permit
	Limit
	Decode
	Invoke
	Mask
	Reply
	steps
)

var stepNames = [...]string{"find", "identify", "permit", "limit", "decode", "invoke", "mask", "answer"}

func (s Step) String() string { return stepNames[s] }

// StepNames are the names of all steps, in order. They must not be changed.
func StepNames() []string { return stepNames[:] }

// Call is one call, as the request log remembers it.
type Call struct {
	ID       id.Call
	At       time.Time
	Took     time.Duration
	Steps    [steps]time.Duration // how long each step took
	Last     Step                 // the step that answered or refused
	Method   string
	Path     string
	Dialect  op.Dialect
	Op       *op.Operation // nil when none was found
	Known    *known.Operation
	Caller   op.Caller
	IP       netip.Addr
	Lang     string
	Status   int
	Refusal  *apierror.Refusal // nil when the call succeeded
	Warnings []string          // unknown fields
	Masked   []op.Suppressed   // fields that were masked or left out
	Shadow   []string          // limits that only count and would have refused
	In, Out  int               // bytes of the bodies
}

// Serve answers one request.
func (g *Gateway) Serve(ctx context.Context, r *op.Request) op.Answer {
	c := g.call()
	now := g.Now()
	*c = Call{ID: g.Calls.At(now), At: now, Method: r.Method, Path: r.Path, IP: r.IP,
		Dialect: op.DialectOf(r.Path), Lang: language(r.Head.Get("Accept-Language"))}
	a, err := g.handle(ctx, r, c)
	if err != nil {
		c.Refusal = g.refusal(ctx, err)
		told := a.Header
		a = c.Dialect.Refuse(op.Refusal{Call: c.ID, Path: r.Path, Lang: c.Lang, Gate: c.Last < Decode},
			g.IDs.Refusal(ctx, &c.Caller, c.Refusal))
		a.Header = append(a.Header, told...)
		if after := c.Refusal.RetryAfter; after > 0 {
			a.Header = append(a.Header, [2]string{"Retry-After", strconv.Itoa(int(math.Ceil(after.Seconds())))})
		}
		if c.Refusal.Rule == apierror.Internal {
			g.Logger.ErrorContext(ctx, "call failed", "call", c.ID.V2(), "path", r.Path, "err", err)
		}
	}
	a.Header = append(a.Header, [2]string{"X-Gatepost-Request-Id", c.ID.V2()})
	if c.Dialect == op.DialectV1 && c.Caller.App != "" {
		a.Header = append(a.Header, [2]string{"Deprecation", deprecated})
	}
	if len(c.Warnings) > 0 {
		a.Header = append(a.Header, [2]string{"X-Gatepost-Warning", "unknown fields: " + ascii(strings.Join(c.Warnings, ", "))})
	}
	c.Status, c.In, c.Out = a.Status, r.Bytes(), len(a.Body)
	if a.Stream != nil {
		a.Stream = g.streamed(c, a.Stream)
		return a
	}
	c.Took = g.Now().Sub(c.At)
	g.Log.Record(c)
	g.used.Put(c)
	return a
}

// call is a Call to be overwritten: one that was used before, as a rule.
func (g *Gateway) call() *Call {
	if c, ok := g.used.Get().(*Call); ok {
		return c
	}
	return &Call{}
}

// streamed records the call once its body has gone by: only then is known how
// long it took, how much it was and what was masked in it.
func (g *Gateway) streamed(c *Call, body op.Stream) op.Stream {
	return func(w op.Sink) (passed op.Passed, err error) {
		defer func() {
			c.In, c.Out, c.Masked = int(passed.In), int(passed.Out), passed.Masked
			c.Took = g.Now().Sub(c.At)
			g.Log.Record(c)
		}()
		return body(w)
	}
}

// refusal is what the caller is told of err.
func (g *Gateway) refusal(ctx context.Context, err error) *apierror.Refusal {
	r := apierror.From(err)
	if r.Rule != apierror.Internal || ctx.Err() != nil {
		return r
	}
	if away := g.Away(ctx, err); away != nil {
		return away
	}
	return r
}

// handle is the life of a call. A step refuses by returning an error, and
// nothing after it happens.
func (g *Gateway) handle(ctx context.Context, r *op.Request, c *Call) (a op.Answer, err error) {
	var m memo
	m.begin(g.Answers)
	began := c.At
	next := func(s Step) {
		now := g.Now()
		c.Steps[c.Last], c.Last, began = now.Sub(began), s, now
	}
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("panic in %s: %v\n%s", c.Last, p, debug.Stack())
		}
		c.Steps[c.Last] = g.Now().Sub(began)
	}()

	o, vars := g.Catalogue.Find(r.Method, r.Path) // which operation
	if o == nil {
		return a, g.unknown(r, c)
	}
	c.Op, c.Dialect = o, o.Dialect

	next(Identify) // who
	if err = g.identify(ctx, o, r, c); err != nil {
		return a, err
	}

	next(Permit) // may he
	if err = g.permit(ctx, o, r, c); err != nil {
		return a, err
	}

	next(Limit) // not too much
	remaining, shadow, err := g.Limits.Take(ctx, &c.Caller, o)
	a.Header, c.Shadow = remaining, shadow
	if err != nil {
		return a, err
	}

	if o.Forward != nil { // another system decodes, does and answers it
		next(Invoke)
		return g.forward(ctx, o, vars, r, c, remaining)
	}

	if kept := m.find(g.Answers, o, &c.Caller, r, began); kept != nil { // asked and answered
		next(Reply)
		c.Warnings, c.Masked = kept.warnings, kept.masked
		if kept.ids != nil {
			c.Caller.Trace = &op.Trace{IDs: kept.ids}
		}
		if !kept.disclosure.None() { // he sees it once more
			if err = g.Seen.Note(ctx, c, kept.disclosure); err != nil {
				return a, err
			}
		}
		a = o.Again(c.ID, kept.answer)
		a.Header = append(remaining, a.Header...)
		return a, nil
	}

	next(Decode) // what exactly
	q, warnings, err := o.Decode(r, vars, c.Caller)
	c.Warnings = warnings
	if err != nil {
		return a, err
	}
	if err = g.IDs.Read(ctx, &c.Caller, o, q); err != nil {
		return a, err
	}

	next(Invoke) // do it
	resp, err := o.Invoke(ctx, c.asked(), q)
	if err != nil {
		return a, err
	}

	next(Mask) // what he may see of it
	policy, err := g.Masks.Policy(ctx, &c.Caller, o)
	if err != nil {
		return a, err
	}
	c.Masked = o.Mask(resp, c.Caller, policy)
	d := g.Catalogue.Disclosure(o, q, resp, &c.Caller, policy)
	if !d.None() {
		if err = g.Seen.Note(ctx, c, d); err != nil {
			return a, err
		}
	}
	if err = g.IDs.Write(ctx, &c.Caller, o, resp); err != nil {
		return a, err
	}

	next(Reply) // answer; Serve records
	if a, err = o.Reply(c.ID, resp); err == nil {
		m.keep(c, a, d, policy.Until, began)
	}
	a.Header = append(a.Header, remaining...)
	return a, err
}

// forward has another system answer. What of its answer is sensitive is known by
// name only, and about nobody; the call is remembered all the same.
func (g *Gateway) forward(ctx context.Context, o *op.Operation, vars op.Vars, r *op.Request, c *Call, remaining [][2]string) (op.Answer, error) {
	a, err := o.Forward(ctx, &c.Caller, vars, r)
	if err == nil && len(a.Shown) > 0 {
		if err = g.Seen.Note(ctx, c, op.Disclosure{Fields: a.Shown}); err != nil {
			a.Discard()
			a = op.Answer{}
		}
	}
	a.Header = append(a.Header, remaining...)
	return a, err
}

// deprecated says in the form of RFC 9745 since when the first dialect is not
// for new apps: 2026-11-22.
const deprecated = "@1795305600"

// asked is the caller as the operation sees it. One whose answers are remembered
// is not told what differs between calls of the same token, so that no answer can
// depend on it.
func (c *Call) asked() op.Caller {
	who := c.Caller
	if c.Op.Stable {
		who.Call, who.IP, who.Lang, who.Base, who.Delegate = 0, netip.Addr{}, "", "", nil
	}
	return who
}

func (g *Gateway) identify(ctx context.Context, o *op.Operation, r *op.Request, c *Call) error {
	credential, err := o.Dialect.Credential(r)
	if err != nil {
		return err
	}
	c.Caller, err = g.Identity.Identify(ctx, o, credential, r)
	c.Caller.Delegate = r.Delegate // who is refused is recorded as well
	if err != nil {
		return err
	}
	c.Caller.Call, c.Caller.IP, c.Caller.Lang, c.Caller.Base = c.ID, r.IP, c.Lang, base(r)
	if c.Caller.Trace == nil && o.As == op.Anyone {
		c.Caller.Trace = &op.Trace{}
	}
	return nil
}

func (g *Gateway) permit(ctx context.Context, o *op.Operation, r *op.Request, c *Call) error {
	if err := g.Grants.Permit(ctx, &c.Caller, o, r.IP); err != nil || r.Delegate == nil {
		return err
	}
	return g.Delegates.Permit(ctx, &c.Caller, o)
}

// May returns who sent r, and an error where he may not call o. Nothing is
// charged, done or recorded.
func (g *Gateway) May(ctx context.Context, o *op.Operation, r *op.Request) (op.Caller, error) {
	c := &Call{Lang: language(r.Head.Get("Accept-Language"))}
	if err := g.identify(ctx, o, r, c); err != nil {
		return c.Caller, err
	}
	return c.Caller, g.permit(ctx, o, r, c)
}

// unknown refuses a call that no operation answers, by what is known of it.
func (g *Gateway) unknown(r *op.Request, c *Call) error {
	c.Known = g.Known.Find(r.Method, knownPath(r))
	methods := g.Catalogue.Methods(r.Path)
	switch {
	case c.Known != nil && c.Known.Dialect == op.DialectV1:
		api := op.APIName(r.Path)
		if _, named, ok := strings.Cut(c.Known.Path, "?method="); ok {
			api = named
		}
		return apierror.NotOffered.With("title", c.Known.Title, "api", api)
	case c.Known != nil:
		return apierror.NotOffered.With("title", c.Known.Title, "api", c.Known.Name)
	case len(methods) > 0 && c.Dialect == op.DialectV1:
		return apierror.NeedPOST.Want("GET | POST").Got("%s", r.Method)
	case len(methods) > 0:
		return apierror.NoOperation.With("api", r.Method+" "+r.Path).Want("%s", strings.Join(methods, " | ")).Got("%s", r.Method)
	case c.Dialect == op.DialectV1 && !strings.HasPrefix(r.Path, "/topapi/"):
		return apierror.NoPath.Got("%s %s", r.Method, r.Path)
	case c.Dialect == op.DialectV1:
		return apierror.NoOperation.With("api", op.APIName(r.Path))
	}
	return apierror.NoOperation.With("api", r.Method+" "+r.Path)
}

// topPath is where the oldest clients send every call, and name the operation by
// a parameter (topsign.md).
const topPath = "/router/rest"

// knownPath is the path under which the public catalogues list a call.
func knownPath(r *op.Request) string {
	if r.Path != topPath {
		return r.Path
	}
	query, form, _, err := r.Parts(1 << 20)
	if err != nil {
		return r.Path
	}
	for _, kv := range append(query, form...) {
		if kv[0] == "method" {
			return topPath + "?method=" + kv[1]
		}
	}
	return r.Path
}

// language is "en" where the caller prefers English to Chinese; the platform's
// first language is Chinese.
func language(accept string) string {
	if len(accept) >= 2 && strings.EqualFold(accept[:2], "en") {
		return "en"
	}
	return "zh"
}

func base(r *op.Request) string {
	if r.Secure {
		return "https://" + r.Host
	}
	return "http://" + r.Host
}

// ascii keeps a header's value to printable ASCII.
func ascii(s string) string {
	return strings.Map(func(r rune) rune {
		if r < ' ' || r > '~' {
			return '?'
		}
		return r
	}, s)
}
