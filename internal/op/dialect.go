package op

import (
	"bytes"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/gatepost/gatepost/internal/apierror"
	"github.com/gatepost/gatepost/internal/id"
)

// Dialect is a way to carry requests, results and refusals.
type Dialect int

// The dialects.
const (
	DialectV1      Dialect = iota + 1 // oapi: errcode and errmsg, always HTTP 200
	DialectV2                         // api: HTTP status, code and message
	DialectConsole                    // our console and command line: as v2, session instead of token
)

var dialectNames = [...]string{"", "v1", "v2", "console"}

func (d Dialect) String() string { return dialectNames[d] }

// DialectOf guesses from a path how its sender speaks, for refusals before the
// operation is known.
func DialectOf(path string) Dialect {
	switch {
	case strings.HasPrefix(path, ConsolePath):
		return DialectConsole
	case strings.HasPrefix(path, "/v1.0/"), strings.HasPrefix(path, "/v2.0/"), strings.HasPrefix(path, PublishedPath):
		return DialectV2
	}
	return DialectV1
}

// TokenHeader carries the token in the v2 dialect.
const TokenHeader = "x-acs-dingtalk-access-token"

// SessionCookie carries the session in the console dialect, for browsers.
const SessionCookie = "gatepost_session"

// Credential returns the token or session that r carries, in the places its
// dialect has for it; "" if there is none.
//
// v1 reads the query, and a form body's access_token, as the live server does;
// it does not read the v2 header. v2 reads its header; Authorization: Bearer is
// accepted as well, which the live server does not do, because its own overview
// page tells callers to send it (auth.md §4). The console reads its cookie or
// a bearer token.
func (d Dialect) Credential(r *Request) (string, error) {
	switch d {
	case DialectV1:
		return v1Token(r)
	case DialectV2:
		if t := r.Head.Get(TokenHeader); t != "" {
			return t, nil
		}
	case DialectConsole:
		if t := cookie(r.Head.Get("Cookie"), SessionCookie); t != "" {
			return t, nil
		}
	}
	if scheme, t, ok := strings.Cut(r.Head.Get("Authorization"), " "); ok && strings.EqualFold(scheme, "bearer") {
		return strings.TrimSpace(t), nil
	}
	return "", nil
}

func v1Token(r *Request) (string, error) {
	if t, ok := plainToken(r.Query); ok {
		return t, nil
	}
	values, err := parseText(r.Query)
	if err != nil {
		return "", err
	}
	for _, kv := range values {
		if kv[0] == "access_token" && kv[1] != "" {
			return kv[1], nil
		}
	}
	ct, _, _ := strings.Cut(strings.ToLower(r.Head.Get("Content-Type")), ";")
	if strings.TrimSpace(ct) != "application/x-www-form-urlencoded" || r.Body == nil {
		return "", nil
	}
	// A form has to be read before the caller is known; the bound is therefore
	// the common one, not an operation's own.
	raw, err := r.load(1 << 20)
	if err != nil {
		return "", err
	}
	if values, err = parseText(string(raw)); err != nil {
		return "", err
	}
	for _, kv := range values {
		if kv[0] == "access_token" {
			return kv[1], nil
		}
	}
	return "", nil
}

// plainToken is the token of a query that says nothing else, as nearly all do, and
// has nothing escaped; ok tells whether it is such a one.
func plainToken(query string) (token string, ok bool) {
	token, ok = strings.CutPrefix(query, "access_token=")
	return token, ok && token != "" && !strings.ContainsAny(token, "&%+=;") && utf8.ValidString(token)
}

// cookie returns one cookie of a Cookie header.
func cookie(header, name string) string {
	for part := range strings.SplitSeq(header, ";") {
		if k, v, ok := strings.Cut(strings.TrimSpace(part), "="); ok && k == name {
			return v
		}
	}
	return ""
}

// Headed is a response that also sets headers of the answer.
type Headed interface{ Header() [][2]string }

// Reply answers a call that succeeded.
func (o *Operation) Reply(call id.Call, resp any) (Answer, error) {
	a := Answer{Status: 200, Type: "application/json;charset=utf-8"}
	if h, ok := resp.(Headed); ok {
		a.Header = h.Header()
	}
	body, err := o.encode(resp)
	if err != nil {
		return Answer{}, fmt.Errorf("encode the answer of %s: %w", o.Name(), err)
	}
	if o.Dialect != DialectV1 {
		a.Body = body
		return a, nil
	}
	if !topapi(o.Path) {
		a.Type = "application/json"
	}
	a.Body = o.envelope(call, body)
	return a, nil
}

// Again is the answer to a call that was answered before, with another call's id
// in it. The body of a is not changed.
func (o *Operation) Again(call id.Call, a Answer) Answer {
	a.Header = slices.Clip(a.Header)
	if o.Dialect != DialectV1 || !topapi(o.Path) {
		return a
	}
	body := append(make([]byte, 0, len(a.Body)), a.Body[:len(a.Body)-len(`0123456789abc"}`)]...)
	a.Body = append(call.AppendV1(body), `"}`...)
	return a
}

// encode returns resp as JSON. A response that says nothing is {}, also when the
// handler returned no pointer to it; any other has to be there.
func (o *Operation) encode(resp any) ([]byte, error) {
	if o.Response.empty() {
		return []byte("{}"), nil
	}
	if v := reflect.ValueOf(resp); !v.IsValid() || v.IsNil() {
		return nil, errors.New("the handler returned neither a response nor an error")
	}
	return json.Marshal(resp)
}

// empty reports whether the shape is an object without fields.
func (sh *Shape) empty() bool { return sh.Kind == Object && len(sh.Fields) == 0 }

// envelope wraps a v1 response.
func (o *Operation) envelope(call id.Call, body []byte) []byte {
	var buf bytes.Buffer
	buf.Grow(len(body) + 96)
	buf.WriteString(`{"errcode":0,"errmsg":"ok"`)
	switch {
	case o.Response.empty():
	case !o.Flat:
		buf.WriteString(`,"result":`)
		buf.Write(body)
	case len(body) > len("{}"):
		buf.WriteByte(',')
		buf.Write(body[1 : len(body)-1])
	}
	if topapi(o.Path) {
		buf.WriteString(`,"request_id":"`) // the last field: see Again
		buf.WriteString(call.V1())
		buf.WriteByte('"')
	}
	buf.WriteByte('}')
	return buf.Bytes()
}

func topapi(path string) bool { return strings.HasPrefix(path, "/topapi/") }

// Refusal is how one refusal is told.
type Refusal struct {
	Call id.Call
	Path string
	Lang string
	// Gate marks a refusal of the gateway itself, which /topapi operations wrap
	// in errcode 88 (auth.md §3, shape 2).
	Gate bool
}

// Refuse answers a call that was refused. Beside the fields that clients parse,
// the answer carries the rule's name, what was expected and found, and the hint
// as fields of their own.
func (d Dialect) Refuse(how Refusal, r *apierror.Refusal) Answer {
	message := r.Message(how.Lang)
	var b []byte
	e := encoder{}
	a := Answer{Status: 200, Type: "application/json;charset=utf-8"}
	switch {
	case d != DialectV1:
		a.Status = r.Rule.Status
		if d == DialectConsole {
			message = r.Text(how.Lang) // the console shows the other parts apart
		}
		e.string("code", r.Rule.Code).string("message", message).string("requestid", how.Call.V2())
		if len(r.Scopes) > 0 {
			e.raw("accessdenieddetail", map[string][]string{"requiredScopes": r.Scopes})
		}
	case r.Rule == apierror.NoOperation || r.Rule == apierror.NotOffered:
		e.int("errcode", r.Rule.Errcode).string("sub_msg", message).string("errmsg", "Invalid method[submsg="+message+"]").string("request_id", how.Call.V1())
	case how.Gate && topapi(how.Path):
		code := strconv.Itoa(r.Rule.Errcode)
		e.int("errcode", 88).string("sub_code", code).string("sub_msg", message).
			string("errmsg", "ding talk error[subcode="+code+",submsg="+message+"]").string("request_id", how.Call.V1())
	default:
		e.int("errcode", r.Rule.Errcode).string("errmsg", message).string("request_id", how.Call.V1())
		if !topapi(how.Path) {
			a.Type = "application/json"
		}
	}
	e.string("rule", r.Rule.Name)
	for _, kv := range [][2]string{{"field", r.Field}, {"expected", r.ExpectedIn(how.Lang)}, {"found", r.FoundIn(how.Lang)}, {"hint", r.Hint(how.Lang)}} {
		if kv[1] != "" {
			e.string(kv[0], kv[1])
		}
	}
	if r.TellSigned {
		e.string("canonical", r.Signed)
	}
	b = append(e.buf, '}')
	a.Body = b
	return a
}

// encoder writes one flat JSON object with its members in the order given.
type encoder struct{ buf []byte }

func (e *encoder) name(k string) *encoder {
	sep := byte(',')
	if len(e.buf) == 0 {
		sep = '{'
	}
	e.buf = append(e.buf, sep)
	e.buf = append(strconv.AppendQuote(e.buf, k), ':')
	return e
}

func (e *encoder) string(k, v string) *encoder {
	e.name(k)
	// AppendQuote refuses only invalid UTF-8, which has been replaced.
	e.buf, _ = jsontext.AppendQuote(e.buf, strings.ToValidUTF8(v, "�"))
	return e
}

func (e *encoder) int(k string, v int) *encoder {
	e.buf = strconv.AppendInt(e.name(k).buf, int64(v), 10)
	return e
}

func (e *encoder) raw(k string, v any) *encoder {
	b, err := json.Marshal(v)
	if err != nil {
		b = []byte("null")
	}
	e.buf = append(e.name(k).buf, b...)
	return e
}
