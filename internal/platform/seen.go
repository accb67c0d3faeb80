package platform

import (
	"cmp"
	"context"
	"io"

	"github.com/go-json-experiment/json"

	"github.com/gatepost/gatepost/internal/gateway"
	"github.com/gatepost/gatepost/internal/op"
	"github.com/gatepost/gatepost/internal/trail"
)

// seen hands what calls showed to the trail: neither the gateway nor the trail
// knows the other.
type seen struct{ trail *trail.Trail }

// Note implements gateway.Disclosures. People of the console wait until it is
// written, and so does whoever changed something or saw a protected person.
func (s seen) Note(ctx context.Context, c *gateway.Call, d op.Disclosure) error {
	who := &c.Caller
	r := trail.Record{Corp: who.Corp, At: c.At.UnixMilli(), Call: c.ID.V2(), As: who.As.String(), App: who.App, Agent: who.Agent, User: who.User,
		Op: c.Op.Name(), Change: d.Changed, Fields: d.Fields, People: d.People}
	if t := who.Trace; t != nil && r.Corp == "" {
		r.Corp, r.App, r.Agent, r.User = t.Corp, t.App, t.Agent, cmp.Or(r.User, t.User)
	}
	if r.Corp == "" {
		return nil // nobody's
	}
	return s.trail.Note(ctx, r, d.Changed || d.Guarded || who.As >= op.Session)
}

// VerifyExport checks an export of disclosures against the platform's public key
// as text, and returns what it saw as the JSON that disclosure.verify answers.
func VerifyExport(r io.Reader, key string) ([]byte, error) {
	report, err := trail.VerifyExport(r, key)
	if err != nil {
		return nil, err
	}
	return json.Marshal(report.View())
}
