package platformtest

import (
	"bytes"
	"crypto/tls"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strconv"
	"strings"
	"testing"

	"github.com/gatepost/gatepost/internal/op"
)

// Loopback is the address that calls come from unless they say otherwise.
const Loopback = "127.0.0.1"

// Call is one request in the form it has on the wire.
type Call struct {
	Method string // empty: POST
	Path   string // with its query
	Token  string // put where the dialect has it
	Type   string // content type; empty: JSON where there is a body
	Body   string
	From   string // client address; empty: Loopback
	Secure bool   // over TLS
	Head   map[string]string
}

// Answer is what came back.
type Answer struct {
	Status int
	Head   http.Header
	Body   []byte
}

// Do makes a call through the platform's handler, without a connection between.
func (w *World) Do(c Call) Answer {
	w.t.Helper()
	if c.Method == "" {
		c.Method = http.MethodPost
	}
	dialect := op.DialectOf(c.Path)
	if c.Token != "" && dialect == op.DialectV1 {
		sep := "?"
		if strings.Contains(c.Path, "?") {
			sep = "&"
		}
		c.Path += sep + "access_token=" + url.QueryEscape(c.Token)
	}
	// http.NewRequest and not httptest's, which panics on what a client can send.
	r, err := http.NewRequestWithContext(w.t.Context(), c.Method, "http://gatepost.test"+c.Path, strings.NewReader(c.Body))
	if err != nil {
		w.t.Fatalf("%s %s: %v", c.Method, c.Path, err)
	}
	if c.Type == "" && c.Body != "" {
		c.Type = "application/json"
	}
	for name, value := range map[string]string{"Content-Type": c.Type, "Accept-Language": "zh-CN"} {
		if value != "" {
			r.Header.Set(name, value)
		}
	}
	switch {
	case c.Token == "" || dialect == op.DialectV1:
	case dialect == op.DialectV2:
		r.Header.Set(op.TokenHeader, c.Token)
	default:
		r.Header.Set("Authorization", "Bearer "+c.Token)
	}
	for name, value := range c.Head {
		r.Header.Set(name, value)
	}
	if c.From == "" {
		c.From = Loopback
	}
	r.RemoteAddr = c.From + ":40000"
	if strings.Contains(c.From, ":") {
		r.RemoteAddr = "[" + c.From + "]:40000"
	}
	if c.Secure {
		r.TLS = &tls.ConnectionState{HandshakeComplete: true}
	}
	rec := httptest.NewRecorder()
	w.Handler.ServeHTTP(rec, r)
	return Answer{rec.Code, rec.Header(), rec.Body.Bytes()}
}

// V1 calls an operation of the v1 dialect with a JSON body.
func (w *World) V1(token, path, body string) Answer {
	w.t.Helper()
	return w.Do(Call{Path: path, Token: token, Body: body})
}

// V2 calls an operation of the v2 dialect with a JSON body.
func (w *World) V2(token, method, path, body string) Answer {
	w.t.Helper()
	return w.Do(Call{Method: method, Path: path, Token: token, Body: body})
}

// Console calls an operation of the console.
func (w *World) Console(session, operation, body string) Answer {
	w.t.Helper()
	if body == "" {
		body = "{}"
	}
	return w.Do(Call{Path: op.ConsolePath + operation, Token: session, Body: body})
}

// OK is the answer's body; it ends the test if the call was refused, in
// whichever dialect.
func (a Answer) OK(t testing.TB) map[string]any {
	t.Helper()
	body := a.JSON(t)
	if code, v1 := body["errcode"]; a.Status != http.StatusOK || v1 && code != 0.0 {
		t.Fatalf("refused: HTTP %d %s", a.Status, a.Body)
	}
	return body
}

// JSON is the answer's body, whatever it says.
func (a Answer) JSON(t testing.TB) map[string]any {
	t.Helper()
	var body map[string]any
	if err := json.Unmarshal(a.Body, &body); err != nil {
		t.Fatalf("HTTP %d with a body that is no JSON object: %v: %q", a.Status, err, a.Body)
	}
	return body
}

// Rule is the name of the rule that refused the call; empty if none did.
func (a Answer) Rule(t testing.TB) string {
	t.Helper()
	rule, _ := a.JSON(t)["rule"].(string)
	return rule
}

// Text is a field of the answer, reached through objects and lists by dots, as in
// list.0.id; empty if it is absent.
func (a Answer) Text(t testing.TB, path string) string {
	t.Helper()
	var at any = a.JSON(t)
	for name := range strings.SplitSeq(path, ".") {
		switch held := at.(type) {
		case map[string]any:
			at = held[name]
		case []any:
			i, err := strconv.Atoi(name)
			if err != nil || i < 0 || i >= len(held) {
				return ""
			}
			at = held[i]
		default:
			return ""
		}
	}
	switch v := at.(type) {
	case nil:
		return ""
	case string:
		return v
	}
	text, err := json.Marshal(at)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// String shows an answer in failures.
func (a Answer) String() string {
	return http.StatusText(a.Status) + " " + string(bytes.TrimSpace(a.Body))
}
