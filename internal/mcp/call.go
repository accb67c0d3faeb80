package mcp

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"

	sdk "github.com/modelcontextprotocol/go-sdk/mcp"

	"github.com/gatepost/gatepost/internal/op"
)

// question names the one question that a call asks.
const question = "confirm"

// call answers a call of a tool.
func (d *Door) call(ctx context.Context, req *sdk.CallToolRequest) (*sdk.CallToolResult, error) {
	t, ok := d.tool(req.Params.Name)
	if !ok {
		return nil, fmt.Errorf("there is no tool %s any more", req.Params.Name)
	}
	from, err := visitor(req)
	if err != nil {
		return nil, err
	}
	arguments, err := canonical(req.Params.Arguments)
	if err != nil {
		return failed(err.Error()), nil
	}
	r := from.request(t.op, program(req))
	if err := fill(r, t.op, arguments); err != nil {
		return failed(err.Error()), nil
	}
	if t.op.Verb != op.Read {
		if answer, err := d.confirm(ctx, req, t, from, r, arguments); answer != nil || err != nil {
			return answer, err
		}
	}
	return result(d.Gateway.Serve(ctx, r))
}

// confirm has the person confirm a call that changes something: r then says how.
// An answer other than nil ends the call instead. A call that is not permitted
// anyhow goes on as it is and is refused by the gateway.
func (d *Door) confirm(ctx context.Context, req *sdk.CallToolRequest, t tool, from guest, r *op.Request, arguments []byte) (*sdk.CallToolResult, error) {
	probe := from.request(t.op, r.Delegate.Name)
	probe.Delegate.Confirmed = "to be asked"
	who, err := d.Gateway.May(ctx, t.op, probe)
	if err != nil {
		return nil, nil //nolint:nilerr // the gateway refuses the call itself with the same error, and records it
	}
	if answer, ok := req.Params.InputResponses[question].(*sdk.ElicitResult); ok {
		return d.answered(ctx, &who, t, r, arguments, answer, req.Params.RequestState)
	}
	id, err := d.Confirmations.Use(ctx, &who, t.op, arguments)
	if err != nil {
		return nil, err
	}
	if id != "" {
		r.Delegate.Confirmed = "console " + id
		return nil, nil
	}
	if id, err = d.Confirmations.Ask(ctx, &who, t.op, arguments); err != nil {
		return nil, err
	}
	if !elicits(req) {
		r.Delegate.Asked = id // the refusal tells how to confirm it
		return nil, nil
	}
	return &sdk.CallToolResult{RequestState: id, InputRequests: sdk.InputRequestMap{question: &sdk.ElicitParams{
		Mode: "form", Message: ask(t.op, arguments), RequestedSchema: json.RawMessage(`{"type":"object","properties":{}}`)}}}, nil
}

// answered goes on after the client asked the person.
func (d *Door) answered(ctx context.Context, who *op.Caller, t tool, r *op.Request, arguments []byte, answer *sdk.ElicitResult, asked string) (*sdk.CallToolResult, error) {
	if answer.Action != "accept" {
		if err := d.Confirmations.Decline(ctx, who, asked); err != nil {
			return nil, err
		}
		return failed("The person did not confirm the call (" + answer.Action + "). Nothing was done; do not ask again unless told to."), nil
	}
	id, err := d.Confirmations.Answered(ctx, who, t.op, arguments, asked)
	if err != nil {
		return nil, err
	}
	if id == "" {
		return failed("The confirmation is not for this call, was used, or came after ten minutes. Nothing was done."), nil
	}
	r.Delegate.Confirmed = "elicitation " + id
	return nil, nil
}

// maxShown bounds what of the arguments a question shows, in bytes.
const maxShown = 2000

// ask is the question that the person reads.
func ask(o *op.Operation, arguments []byte) string {
	shown := string(arguments)
	if len(shown) > maxShown {
		shown = strings.ToValidUTF8(shown[:maxShown], "") + "…"
	}
	return fmt.Sprintf("%s · %s\n%s\n%s", o.Title, o.TitleEN, o.Name(), shown)
}

// elicits reports whether the client can ask its person.
func elicits(req *sdk.CallToolRequest) bool {
	p := req.Session.InitializeParams()
	if p == nil || p.Capabilities == nil || p.Capabilities.Elicitation == nil {
		return false
	}
	e := p.Capabilities.Elicitation
	return e.Form != nil || e.URL == nil
}

// program is how the program that makes a request calls itself.
func program(req sdk.Request) string {
	name := "MCP client"
	if s, ok := req.GetSession().(*sdk.ServerSession); ok {
		if p := s.InitializeParams(); p != nil && p.ClientInfo != nil {
			name = strings.TrimSpace(p.ClientInfo.Name + " " + p.ClientInfo.Version)
		}
	}
	if len(name) > 100 {
		name = strings.ToValidUTF8(name[:100], "")
	}
	return name
}

// maxResult bounds what a tool answers: more does not help a model.
const maxResult = 1 << 20

// result is the gateway's answer as a tool's.
func result(a op.Answer) (*sdk.CallToolResult, error) {
	body := a.Body
	if a.Stream != nil {
		var held sink
		if _, err := a.Stream(&held); errors.Is(err, errLarge) {
			return failed("The answer is larger than 1 MiB. Ask for less, such as a smaller page."), nil
		} else if err != nil {
			return failed("The answer broke off before its end; it may be that the call was made."), nil
		}
		body = held.Bytes()
	}
	answer := &sdk.CallToolResult{Content: []sdk.Content{&sdk.TextContent{Text: string(body)}}, IsError: a.Status >= http.StatusBadRequest}
	if trimmed := bytes.TrimSpace(body); len(trimmed) > 0 && trimmed[0] == '{' && json.Valid(trimmed) {
		answer.StructuredContent = json.RawMessage(trimmed)
	}
	return answer, nil
}

// failed is an answer that says what went wrong before there was a call.
func failed(text string) *sdk.CallToolResult {
	return &sdk.CallToolResult{Content: []sdk.Content{&sdk.TextContent{Text: text}}, IsError: true}
}

var errLarge = errors.New("mcp: the answer is too large")

// sink holds an answer that is streamed.
type sink struct{ bytes.Buffer }

// Write refuses what would be too large.
func (s *sink) Write(b []byte) (int, error) {
	if s.Len()+len(b) > maxResult {
		return 0, errLarge
	}
	return s.Buffer.Write(b)
}

// Flush does nothing: a tool answers as a whole.
func (*sink) Flush() error { return nil }

// Hijack fails: a tool has no connection.
func (*sink) Hijack() (io.ReadWriteCloser, error) { return nil, errors.ErrUnsupported }
