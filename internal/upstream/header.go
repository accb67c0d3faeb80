package upstream

import (
	"fmt"
	"net/url"
	"slices"
	"strings"

	"github.com/gatepost/gatepost/internal/http1"
	"github.com/gatepost/gatepost/internal/op"
)

// Identity is a header by which an upstream learns who calls.
type Identity struct {
	Name  string
	Doc   string // zh
	DocEN string
	value func(*op.Caller) string
}

// Identities are the headers that every call carries, those without a value
// left out; IdentityToken comes beside them.
func Identities() []Identity {
	return []Identity{
		{"X-Gatepost-Corp", "企业的 corpId", "the company's corpId", func(w *op.Caller) string { return string(w.Corp) }},
		{"X-Gatepost-App", "应用的 AppKey", "the app's AppKey", func(w *op.Caller) string { return string(w.App) }},
		{"X-Gatepost-User", "员工的 userid；仅在代表员工调用时有", "the person's userid, where the app calls for a person", func(w *op.Caller) string { return string(w.User) }},
		{"X-Gatepost-Union", "员工的 unionId；仅在代表员工调用时有", "the person's unionId, where the app calls for a person", func(w *op.Caller) string { return string(w.Union) }},
		{"X-Gatepost-Scopes", "应用已开通的权限点，以逗号分隔", "the app's permission points, separated by commas", scopes},
		{"X-Gatepost-Request-Id", "本次调用的 requestId", "the call's requestId", func(w *op.Caller) string { return w.Call.V2() }},
	}
}

// IdentityToken carries the same, signed; see Vouch.
const IdentityToken = "X-Gatepost-Identity"

func scopes(w *op.Caller) string {
	switch len(w.Scopes) {
	case 0:
		return ""
	case 1:
		return string(w.Scopes[0])
	}
	var b strings.Builder
	for i, s := range w.Scopes {
		if i > 0 {
			b.WriteByte(',')
		}
		b.WriteString(string(s))
	}
	return b.String()
}

// fate is what becomes of a header line on its way.
type fate int

const (
	pass       fate = iota
	drop            // of this connection alone, or set anew, or only ever ours
	credential      // what the caller showed to the platform
	cookie
	bodily // asks for another form of the body than a mask can read
)

// fateOf is what becomes of a caller's header line. Names are compared as
// upstreams may fold them: without case, and with every other sign for a dash.
func fateOf(name string) fate {
	var room [40]byte
	b := room[:0]
	for i := range min(len(name), len(room)) {
		c := name[i]
		switch {
		case 'A' <= c && c <= 'Z':
			c |= 0x20
		case 'a' <= c && c <= 'z', '0' <= c && c <= '9':
		default:
			c = '-'
		}
		b = append(b, c)
	}
	switch string(b) {
	case "connection", "keep-alive", "proxy-connection", "proxy-authenticate", "proxy-authorization", "te", "trailer", "trailers",
		"transfer-encoding", "upgrade", "http2-settings", "content-length", "host", "expect":
		return drop
	case "x-forwarded-for", "x-forwarded-proto", "x-forwarded-host", "x-forwarded-port", "x-forwarded-prefix", "x-forwarded-server",
		"x-forwarded-by", "x-forwarded-scheme", "x-forwarded-ssl", "forwarded", "x-real-ip", "x-client-ip", "true-client-ip", "via":
		return drop
	case "x-original-url", "x-rewrite-url", "x-http-method", "x-http-method-override", "x-method-override", "proxy":
		return drop // say that the call is another than the one that was permitted
	case "authorization", op.TokenHeader, "apikey", "x-hmac-auth-signature", "x-hmac-auth-timestamp", "x-hmac-auth-nonce", "x-hmac-auth-version":
		return credential
	case "cookie", "cookie2":
		return cookie
	case "accept-encoding", "range", "if-range":
		return bodily
	}
	if len(b) > len("x-gatepost") && string(b[:len("x-gatepost-")]) == "x-gatepost-" {
		return drop
	}
	return pass
}

// answered is what becomes of an upstream's header line.
func answered(name string) fate {
	switch f := fateOf(name); f {
	case drop:
		return drop
	case pass, credential, cookie, bodily:
	}
	switch strings.ToLower(name) {
	case "content-type", // is the answer's own
		"date", "server", "x-powered-by", "x-aspnet-version", // ours, or nobody's matter
		"strict-transport-security", "alt-svc", "clear-site-data", "service-worker-allowed", "public-key-pins", // would hold for all of the platform's address
		"content-security-policy", "x-content-type-options": // set anew
		return drop
	case "set-cookie", "set-cookie2":
		return cookie
	}
	return pass
}

// sent are the header lines that the caller sent.
func sent(h op.Head) []http1.Line {
	switch h := h.(type) {
	case *http1.Head:
		return h.Lines
	case op.Lines:
		var lines []http1.Line
		for name, value := range h.All() {
			lines = append(lines, http1.Line{Name: name, Value: value})
		}
		return lines
	}
	return nil
}

// append adds the lines that go to the upstream: what passes of the caller's,
// then ours.
func (m *call) append(b []byte) ([]byte, error) {
	lines := sent(m.r.Head)
	named := connectionNames(lines)
	for _, l := range lines {
		if !m.passes(l.Name, &l.Value) || has(named, l.Name) {
			continue
		}
		if !http1.Sendable(l.Name, l.Value) {
			return b, fmt.Errorf("upstream: header %q cannot be sent", l.Name)
		}
		b = http1.AppendLine(b, l.Name, l.Value)
	}
	if m.mask != nil {
		b = http1.AppendLine(b, "Accept-Encoding", "identity")
	}
	return m.ours(b)
}

func has(names []string, name string) bool {
	return slices.ContainsFunc(names, func(n string) bool { return strings.EqualFold(n, name) })
}

// passes decides on one line; of cookies it leaves the console's away.
func (m *call) passes(name string, value *string) bool {
	switch fateOf(name) {
	case drop:
		return false
	case credential:
		return m.p.c.Credential
	case cookie:
		if m.p.c.Cookies {
			*value = withoutSession(*value)
		}
		return m.p.c.Cookies && *value != ""
	case bodily:
		return m.mask == nil
	case pass:
	}
	return true
}

func (m *call) ours(b []byte) ([]byte, error) {
	for i := range m.p.identities {
		h := &m.p.identities[i]
		value := h.value(m.who)
		if value == "" {
			continue
		}
		if !http1.Sendable(h.Name, value) {
			return b, fmt.Errorf("upstream: %s cannot be sent: %q", h.Name, value)
		}
		b = http1.AppendLine(b, h.Name, value)
	}
	if m.p.vouch != nil {
		token, err := m.p.vouch.token(m.who)
		if err != nil {
			return b, err
		}
		b = http1.AppendLine(b, IdentityToken, token)
	}
	if m.r.IP.IsValid() {
		b = append(b, "X-Forwarded-For: "...)
		b = append(m.r.IP.AppendTo(b), "\r\n"...)
	}
	proto := "http"
	if m.r.Secure {
		proto = "https"
	}
	b = http1.AppendLine(b, "X-Forwarded-Proto", proto)
	if m.r.Host != "" && http1.Sendable("X-Forwarded-Host", m.r.Host) {
		b = http1.AppendLine(b, "X-Forwarded-Host", m.r.Host)
	}
	return b, nil
}

// connectionNames are the headers that Connection lines name, which go no
// further either; nil for the usual lines, which name none.
func connectionNames(lines []http1.Line) []string {
	var named []string
	for _, l := range lines {
		if len(l.Name) != len("Connection") || !strings.EqualFold(l.Name, "Connection") {
			continue
		}
		for word := range strings.SplitSeq(l.Value, ",") {
			word = strings.TrimSpace(word)
			if word != "" && !strings.EqualFold(word, "keep-alive") && !strings.EqualFold(word, "close") && !strings.EqualFold(word, "upgrade") {
				named = append(named, word)
			}
		}
	}
	return named
}

// withoutSession takes the console's cookie out of a Cookie line.
func withoutSession(value string) string {
	parts := strings.Split(value, ";")
	parts = slices.DeleteFunc(parts, func(part string) bool { return cookieName(part) == op.SessionCookie })
	return strings.TrimSpace(strings.Join(parts, ";"))
}

func cookieName(s string) string {
	name, _, _ := strings.Cut(s, "=")
	return strings.Trim(strings.TrimSpace(name), `"`)
}

// clean takes the platform's token out of a query, however its name is escaped.
func clean(target string) string {
	path, query, ok := strings.Cut(target, "?")
	if !ok || query == "" {
		return target
	}
	parts := strings.Split(query, "&")
	kept := slices.DeleteFunc(parts, func(part string) bool {
		name, _, _ := strings.Cut(part, "=")
		plain, err := url.QueryUnescape(name)
		return err != nil || isTokenParameter(plain)
	})
	if len(kept) == 0 {
		return path
	}
	return path + "?" + strings.Join(kept, "&")
}

func isTokenParameter(name string) bool {
	name = strings.ToLower(strings.TrimSpace(name))
	return strings.Map(func(r rune) rune {
		if r == '-' || r == '.' || r == '_' || r == ' ' {
			return -1
		}
		return r
	}, name) == "accesstoken"
}

// climbs reports whether a path leads out of where it begins, once an upstream
// has decoded it.
func climbs(path string) bool {
	if strings.IndexByte(path, '%') < 0 && !strings.Contains(path, "/.") && strings.IndexByte(path, '\\') < 0 {
		return false
	}
	for range 2 { // some decode twice
		for seg := range strings.FieldsFuncSeq(path, func(r rune) bool { return r == '/' || r == '\\' }) {
			seg, _, _ = strings.Cut(seg, ";")
			if seg == "." || seg == ".." {
				return true
			}
		}
		plain, err := url.PathUnescape(path)
		if err != nil {
			return true
		}
		path = plain
	}
	for seg := range strings.FieldsFuncSeq(path, func(r rune) bool { return r == '/' || r == '\\' }) {
		seg, _, _ = strings.Cut(seg, ";")
		if seg == "." || seg == ".." {
			return true
		}
	}
	return false
}
