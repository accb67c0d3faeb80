package publish

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/url"
	"strings"
	"unicode/utf8"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/gatepost/gatepost/internal/apierror"
	"github.com/gatepost/gatepost/internal/op"
	"github.com/gatepost/gatepost/internal/openapi"
	"github.com/gatepost/gatepost/internal/upstream"
)

// maxChecked is the largest body that is held to its schema. One that is larger
// streams on, and the upstream checks it.
const maxChecked = 64 << 10

// call carries calls of one operation.
type call struct {
	apis      *APIs
	pool      Carrier
	root      string
	operation *operation
	masks     *maskPlan
	op        *op.Operation
}

// forward implements op.Forward.
func (c *call) forward(ctx context.Context, who *op.Caller, vars op.Vars, r *op.Request) (op.Answer, error) {
	target, err := c.target(who, vars, r)
	if err != nil {
		return op.Answer{}, err
	}
	if err := c.body(r); err != nil {
		return op.Answer{}, err
	}
	hidden, err := c.apis.Masks.Hidden(ctx, who, c.op)
	if err != nil {
		return op.Answer{}, err
	}
	m, err := c.masks.of(who, hidden)
	if err != nil {
		return op.Answer{}, err
	}
	var mask upstream.BodyMask
	if m.plan != nil {
		mask = bodyMask{m, c.op.Name()}
	}
	a, err := c.pool.Carry(ctx, who, c.op, target, r, mask)
	if err == nil {
		err = c.declared(a)
	}
	if err != nil {
		return op.Answer{}, err
	}
	if a.Status < 300 && a.Status != 204 {
		a.Shown = m.shown
	}
	if c.operation.deprecated {
		a.Header = append(a.Header, [2]string{"Deprecation", "true"})
	}
	return a, nil
}

// target is path and query below the upstream's base address. Both are written
// anew from what was understood of them, so that the upstream cannot understand
// them otherwise.
func (c *call) target(who *op.Caller, vars op.Vars, r *op.Request) (string, error) {
	query, err := parseQuery(r.Query)
	if err != nil {
		return "", err
	}
	for i := range c.operation.Parameters {
		p := &c.operation.Parameters[i]
		var given []string
		switch p.In {
		case op.InPath:
			given = []string{vars.Value(p.Name)}
		case op.InQuery:
			given = query.values(p.Name)
		case op.InHeader:
			given = r.Head.Values(p.Name)
		case op.InBody:
		}
		if err := p.Text(given); err != nil {
			return "", err
		}
	}
	if err := c.unknown(who, query); err != nil {
		return "", err
	}
	path, err := c.path(vars)
	if q := query.encode(); q != "" {
		path += "?" + q
	}
	return path, err
}

func (c *call) path(vars op.Vars) (string, error) {
	var b strings.Builder
	for seg := range strings.SplitSeq(c.operation.Path[1:], "/") {
		b.WriteByte('/')
		open, end := strings.IndexByte(seg, '{'), strings.IndexByte(seg, '}')
		if open < 0 {
			b.WriteString(seg)
			continue
		}
		name := seg[open+1 : end]
		value := vars.Value(name)
		if value == "" || value == "." || value == ".." || strings.ContainsAny(value, "/\\") || strings.ContainsFunc(value, func(r rune) bool { return r < ' ' || r == 0x7f }) {
			return "", apierror.ParameterInvalid.With("name", name).About(name).Want("a value without / and \\, and neither . nor ..").Got("%q", value)
		}
		b.WriteString(seg[:open])
		b.WriteString(url.PathEscape(value))
		b.WriteString(seg[end+1:])
	}
	return b.String(), nil
}

// unknown refuses a strict caller's parameter that is not declared.
func (c *call) unknown(who *op.Caller, query pairs) error {
	if !who.Strict {
		return nil
	}
	for _, kv := range query {
		if _, declared := c.declares(kv[0]); !declared {
			return apierror.ParameterUnknown.With("name", kv[0]).Got("%s", kv[0])
		}
	}
	return nil
}

func (c *call) declares(name string) (*openapi.Parameter, bool) {
	for i := range c.operation.Parameters {
		if p := &c.operation.Parameters[i]; p.In == op.InQuery && p.Name == name {
			return p, true
		}
	}
	return nil, false
}

// body holds the request's body to its declaration, as far as that can be done
// without holding more than maxChecked of it.
func (c *call) body(r *op.Request) error {
	body := r.Reader()
	declared := c.operation.Body
	if body == nil || r.Length == 0 {
		if declared != nil && declared.Required {
			return apierror.ParameterMissing.With("name", "body").About("body").Want("%s", strings.Join(declared.Types, " | "))
		}
		return nil
	}
	if r.Length > c.operation.maxBody {
		return apierror.BodyTooLarge.Want("at most %d bytes", c.operation.maxBody).Got("%d bytes", r.Length)
	}
	if declared == nil { // some clients send {} with everything
		return nil
	}
	contentType := r.Head.Get("Content-Type")
	if !openapi.Accepts(declared.Types, contentType) {
		return apierror.BodyType.Want("%s", strings.Join(declared.Types, " | ")).Got("%s", contentType)
	}
	if declared.Check == nil || !openapi.IsJSON(contentType) || r.Length > maxChecked {
		return nil
	}
	head, err := io.ReadAll(io.LimitReader(body, maxChecked+1))
	if err != nil {
		return apierror.BodyTimeout.With().Because(err)
	}
	if len(head) > maxChecked { // of unknown length, and larger than is checked
		r.Body = io.MultiReader(bytes.NewReader(head), body)
		return nil
	}
	r.Body, r.Length = bytes.NewReader(head), int64(len(head))
	return check(declared, head)
}

func check(declared *openapi.Body, raw []byte) error {
	if len(bytes.TrimSpace(raw)) == 0 {
		if declared.Required {
			return apierror.ParameterMissing.With("name", "body").About("body")
		}
		return nil
	}
	var v any
	if err := json.Unmarshal(raw, &v); err != nil {
		r := apierror.BodyMalformed.Want("a JSON object in UTF-8").Because(err)
		if errors.Is(err, jsontext.ErrDuplicateName) {
			r = apierror.BodyMalformed.Want("each name once").Because(err)
		}
		return r
	}
	return declared.Check.Value(v, "")
}

// declared refuses an answer in a type that the document does not have.
func (c *call) declared(a op.Answer) error {
	types := c.operation.Types
	if a.Status < 200 || a.Status > 299 || a.Status == 204 || len(types) == 0 || openapi.Accepts(types, a.Type) || a.Type == "" && a.Length == 0 {
		return nil
	}
	a.Discard()
	return apierror.AnswerUndeclared.With("api", c.op.Name()).Want("%s", strings.Join(types, " | ")).Got("%d %s", a.Status, a.Type)
}

// pairs are the parameters of a query, in order.
type pairs [][2]string

// parseQuery reads a query. What is not percent-encoded UTF-8 is refused.
func parseQuery(s string) (pairs, error) {
	var ps pairs
	for part := range strings.SplitSeq(s, "&") {
		if part == "" {
			continue
		}
		k, v, _ := strings.Cut(part, "=")
		name, err1 := url.QueryUnescape(k)
		value, err2 := url.QueryUnescape(v)
		if errors.Join(err1, err2) != nil || !utf8.ValidString(name) || !utf8.ValidString(value) {
			return nil, apierror.ParameterInvalid.With("name", "query").About("query").Want("percent-encoded UTF-8").Got("%q", part)
		}
		ps = append(ps, [2]string{name, value})
	}
	return ps, nil
}

func (ps pairs) values(name string) (list []string) {
	for _, kv := range ps {
		if kv[0] == name {
			list = append(list, kv[1])
		}
	}
	return list
}

func (ps pairs) encode() string {
	var b strings.Builder
	for _, kv := range ps {
		if b.Len() > 0 {
			b.WriteByte('&')
		}
		b.WriteString(url.QueryEscape(kv[0]) + "=" + url.QueryEscape(kv[1]))
	}
	return b.String()
}
