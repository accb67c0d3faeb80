package listener

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gatepost/gatepost/internal/nethttp"
	"github.com/gatepost/gatepost/internal/op"
)

// seen is what a carrier made of a request.
type seen struct {
	Method, Path, Query, Host, Body, IP, Head string
	Length                                    int64
	HasBody, Secure                           bool
}

// gate answers calls by their path and remembers what it saw.
type gate struct {
	mu   sync.Mutex
	seen []seen
}

func (g *gate) Serve(ctx context.Context, q *op.Request) op.Answer {
	s := seen{Method: q.Method, Path: q.Path, Query: q.Query, Host: q.Host, Length: q.Length, HasBody: q.Body != nil, Secure: q.Secure, IP: q.IP.String()}
	if q.Body != nil && !strings.Contains(q.Path, "unread") {
		b, err := io.ReadAll(q.Body)
		s.Body = string(b)
		if err != nil {
			s.Body += " broke off"
		}
	}
	for _, name := range []string{"X-Own", "User-Agent", op.TokenHeader, "Content-Type"} {
		s.Head += fmt.Sprintf("%q", q.Head.Values(name))
	}
	g.mu.Lock()
	g.seen = append(g.seen, s)
	g.mu.Unlock()
	return answerTo(ctx, q)
}

func answerTo(ctx context.Context, q *op.Request) op.Answer {
	a := op.Answer{Status: 200, Type: "application/json", Header: [][2]string{{"X-A", "1"}, {"X-A", "2"}}, Body: []byte(`{"path":"` + q.Path + `"}`)}
	stream := func(length int64, parts ...string) op.Answer {
		a.Body, a.Length = nil, length
		a.Stream = func(w op.Sink) (op.Passed, error) {
			for _, part := range parts {
				if part == "broken" {
					return op.Passed{}, errors.New("broken")
				}
				if _, err := io.WriteString(w, part); err != nil {
					return op.Passed{}, err
				}
				if err := w.Flush(); err != nil {
					return op.Passed{}, err
				}
			}
			return op.Passed{}, nil
		}
		return a
	}
	switch name := q.Path[strings.LastIndexByte(q.Path, '/')+1:]; {
	case name == "big":
		a.Body = []byte(strings.Repeat("0123456789", 50_000))
	case name == "empty":
		a.Body = nil
	case name == "204" || name == "304":
		a.Status, a.Body = map[string]int{"204": 204, "304": 304}[name], nil
	case name == "499":
		a.Status = 499
	case strings.HasPrefix(name, "refused"):
		a.Status = 413
	case name == "evil":
		a.Header = append(a.Header, [2]string{"X-Evil", "a\r\nSet-Cookie: b"})
	case name == "stream":
		return stream(-1, "one", "two", strings.Repeat("three", 20_000))
	case name == "sized":
		return stream(6, "one", "two")
	case name == "short":
		return stream(9, "one", "two")
	case name == "long":
		return stream(5, "one", "two")
	case name == "broken":
		return stream(-1, "one", "broken")
	case name == "brokensized":
		return stream(9, "one", "broken")
	}
	return a
}

// carriers are the two ways to carry a call, each with a gate of its own.
func carriers(t *testing.T, trusted nethttp.Proxies) map[string]*carrier {
	t.Helper()
	reference := &gate{}
	server := httptest.NewUnstartedServer(&nethttp.Handler{Server: reference, Trusted: trusted})
	server.Config.MaxHeaderBytes = 64 << 10
	server.Config.ErrorLog = slog.NewLogLogger(slog.DiscardHandler, slog.LevelDebug)
	server.Start()
	t.Cleanup(server.Close)
	own := &gate{}
	address := start(t, Config{Calls: own, Others: &nethttp.Handler{Server: own, Trusted: trusted}, Trusted: trusted})
	return map[string]*carrier{"net/http": {server.Listener.Addr().String(), reference}, "own": {address, own}}
}

type carrier struct {
	address string
	gate    *gate
}

// start serves c on a free port until the test ends.
func start(t testing.TB, c Config) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s := prepared(c)
	done := make(chan error, 1)
	go func() { done <- s.Serve(l) }()
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
		defer cancel()
		if err := s.Shutdown(ctx); err != nil {
			t.Error(err)
		}
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
	return l.Addr().String()
}

// prepared is a listener whose calls are all that is not below /page.
func prepared(c Config) *Listener {
	if c.IsCall == nil {
		c.IsCall = func(path string) bool { return !strings.HasPrefix(path, "/page") }
	}
	c.Context = context.Background
	if c.Logger == nil {
		c.Logger = slog.New(slog.DiscardHandler)
	}
	return New(c)
}

// exchange sends text on one connection and returns the answers to it, up to the
// number of methods, as they are to be compared.
func exchange(t *testing.T, address, text string, methods ...string) []string {
	t.Helper()
	c, err := net.Dial("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	_ = c.SetDeadline(time.Now().Add(20 * time.Second))
	go io.WriteString(c, text)
	var answers []string
	r := bufio.NewReader(c)
	for _, method := range methods {
		a, err := http.ReadResponse(r, &http.Request{Method: method})
		if err == nil && a.StatusCode == http.StatusContinue { // the answer itself comes after it
			answers = append(answers, told(a))
			a, err = http.ReadResponse(r, &http.Request{Method: method})
		}
		if err != nil {
			return append(answers, "no answer")
		}
		answers = append(answers, told(a))
		if a.Close {
			break
		}
	}
	return answers
}

// told is an answer in a form that does not depend on the time or the order of
// its header.
func told(a *http.Response) string {
	body, err := io.ReadAll(a.Body)
	text := string(body)
	if a.StatusCode == 400 || a.StatusCode == 431 || a.StatusCode >= 500 {
		text = "" // the words differ
		delete(a.Header, "Content-Type")
		a.ContentLength = -1
	}
	if len(text) > 100 {
		text = fmt.Sprintf("%d bytes", len(text))
	}
	if a.Header.Get("Date") != "" {
		a.Header.Set("Date", "some")
	}
	delete(a.Header, "Content-Length")
	var b strings.Builder
	fmt.Fprintf(&b, "%d length %d %v close %v", a.StatusCode, a.ContentLength, a.TransferEncoding, a.Close)
	for _, name := range slices.Sorted(maps.Keys(a.Header)) {
		fmt.Fprintf(&b, " %s=%q", name, a.Header[name])
	}
	fmt.Fprintf(&b, " body %q broke off %v", text, err != nil)
	return b.String()
}

const host = "Host: gate.example\r\n"

// conformant are requests that both carriers must understand and answer alike.
var conformant = map[string]struct {
	text    string
	methods []string
}{
	"a GET":                           {"GET /v1.0/x HTTP/1.1\r\n" + host + "\r\n", []string{"GET"}},
	"a query":                         {"GET /v1.0/x?a=%20&b=1+2&c HTTP/1.1\r\n" + host + "\r\n", []string{"GET"}},
	"an empty query":                  {"GET /v1.0/x? HTTP/1.1\r\n" + host + "\r\n", []string{"GET"}},
	"a query of question marks":       {"GET /v1.0/x??a?b HTTP/1.1\r\n" + host + "\r\n", []string{"GET"}},
	"a path with escapes":             {"GET /v1.0/a%2Fb/%E6%9D%8E HTTP/1.1\r\n" + host + "\r\n", []string{"GET"}},
	"a path that escapes needlessly":  {"GET /v1.0/%61 HTTP/1.1\r\n" + host + "\r\n", []string{"GET"}},
	"an escape in the first segment":  {"GET /%76/x HTTP/1.1\r\n" + host + "\r\n", []string{"GET"}},
	"an escape that is none":          {"GET /v1.0/%zz HTTP/1.1\r\n" + host + "\r\n", []string{"GET"}},
	"an escape that ends":             {"GET /v1.0/% HTTP/1.1\r\n" + host + "\r\n", []string{"GET"}},
	"a path of signs":                 {"GET /v1.0/-._~!$&'()*+,;=:@ HTTP/1.1\r\n" + host + "\r\n", []string{"GET"}},
	"a path of signs to be escaped":   {"GET /v1.0/\"<>^`{|}[]\\ HTTP/1.1\r\n" + host + "\r\n", []string{"GET"}},
	"a fragment":                      {"GET /v1.0/x#y HTTP/1.1\r\n" + host + "\r\n", []string{"GET"}},
	"a path in UTF-8":                 {"GET /v1.0/李 HTTP/1.1\r\n" + host + "\r\n", []string{"GET"}},
	"a query in UTF-8":                {"GET /v1.0/x?李 HTTP/1.1\r\n" + host + "\r\n", []string{"GET"}},
	"two slashes":                     {"GET //v1.0//x HTTP/1.1\r\n" + host + "\r\n", []string{"GET"}},
	"dots":                            {"GET /v1.0/../x/./y HTTP/1.1\r\n" + host + "\r\n", []string{"GET"}},
	"an absolute target":              {"GET http://other.example/v1.0/x?y HTTP/1.1\r\n" + host + "\r\n", []string{"GET"}},
	"an asterisk":                     {"OPTIONS * HTTP/1.1\r\n" + host + "\r\n", []string{"OPTIONS"}},
	"another method":                  {"BREW /v1.0/x HTTP/1.1\r\n" + host + "\r\n", []string{"BREW"}},
	"a method in lower case":          {"get /v1.0/x HTTP/1.1\r\n" + host + "\r\n", []string{"get"}},
	"a body":                          {"POST /v1.0/x HTTP/1.1\r\n" + host + "Content-Length: 5\r\n\r\nhello", []string{"POST"}},
	"a body of no bytes":              {"POST /v1.0/x HTTP/1.1\r\n" + host + "Content-Length: 0\r\n\r\n", []string{"POST"}},
	"no length":                       {"POST /v1.0/x HTTP/1.1\r\n" + host + "\r\n", []string{"POST"}},
	"a GET with a body":               {"GET /v1.0/x HTTP/1.1\r\n" + host + "Content-Length: 5\r\n\r\nhello", []string{"GET"}},
	"chunks":                          {"POST /v1.0/x HTTP/1.1\r\n" + host + "Transfer-Encoding: chunked\r\n\r\n3\r\nhel\r\n2\r\nlo\r\n0\r\n\r\n", []string{"POST"}},
	"chunks with a trailer":           {"POST /v1.0/x HTTP/1.1\r\n" + host + "Transfer-Encoding: chunked\r\nTrailer: X-T\r\n\r\n3\r\nhel\r\n0\r\nX-T: y\r\n\r\n", []string{"POST"}},
	"no chunks":                       {"POST /v1.0/x HTTP/1.1\r\n" + host + "Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n", []string{"POST"}},
	"headers":                         {"GET /v1.0/x HTTP/1.1\r\n" + host + "x-own: a\r\nX-OWN:   b\t\r\nX-Acs-Dingtalk-Access-Token: t\r\nUser-Agent:\r\n\r\n", []string{"GET"}},
	"a header not in ASCII":           {"GET /v1.0/x HTTP/1.1\r\n" + host + "X-Own: 李\xff\r\n\r\n", []string{"GET"}},
	"a proxy's lines":                 {"GET /v1.0/x HTTP/1.1\r\n" + host + "X-Forwarded-For: 203.0.113.9\r\nX-Forwarded-Proto: https\r\n\r\n", []string{"GET"}},
	"many calls on a connection":      {strings.Repeat("GET /v1.0/x HTTP/1.1\r\n"+host+"\r\n", 5), []string{"GET", "GET", "GET", "GET", "GET"}},
	"bodies, one after the other":     {strings.Repeat("POST /v1.0/x HTTP/1.1\r\n"+host+"Content-Length: 5\r\n\r\nhello", 3), []string{"POST", "POST", "POST"}},
	"bodies that are not read":        {strings.Repeat("POST /v1.0/unread HTTP/1.1\r\n"+host+"Content-Length: 5\r\n\r\nhello", 3), []string{"POST", "POST", "POST"}},
	"chunks that are not read":        {strings.Repeat("POST /v1.0/unread HTTP/1.1\r\n"+host+"Transfer-Encoding: chunked\r\n\r\n3\r\nhel\r\n0\r\n\r\n", 3), []string{"POST", "POST", "POST"}},
	"calls and pages":                 {"GET /v1.0/x HTTP/1.1\r\n" + host + "\r\nGET /page HTTP/1.1\r\n" + host + "\r\nGET /v1.0/y HTTP/1.1\r\n" + host + "\r\n", []string{"GET", "GET", "GET"}},
	"a body, then a page":             {"POST /v1.0/x HTTP/1.1\r\n" + host + "Content-Length: 5\r\n\r\nhelloPOST /page HTTP/1.1\r\n" + host + "Content-Length: 5\r\n\r\nhelloGET /v1.0/y HTTP/1.1\r\n" + host + "\r\n", []string{"POST", "POST", "GET"}},
	"a client that closes":            {"GET /v1.0/x HTTP/1.1\r\n" + host + "Connection: close\r\n\r\nGET /v1.0/y HTTP/1.1\r\n" + host + "\r\n", []string{"GET", "GET"}},
	"a connection of several words":   {"GET /v1.0/x HTTP/1.1\r\n" + host + "Connection: x, Close\r\n\r\n", []string{"GET", "GET"}},
	"HTTP/1.0":                        {"GET /v1.0/x HTTP/1.0\r\n\r\n", []string{"GET"}},
	"HTTP/1.0 that is kept":           {strings.Repeat("GET /v1.0/x HTTP/1.0\r\nConnection: keep-alive\r\n\r\n", 2), []string{"GET", "GET"}},
	"HTTP/1.0 with a body":            {"POST /v1.0/x HTTP/1.0\r\nContent-Length: 5\r\n\r\nhello", []string{"POST"}},
	"HTTP/1.0 and a stream":           {"GET /v1.0/stream HTTP/1.0\r\n\r\n", []string{"GET"}},
	"a HEAD":                          {"HEAD /v1.0/x HTTP/1.1\r\n" + host + "\r\nGET /v1.0/y HTTP/1.1\r\n" + host + "\r\n", []string{"HEAD", "GET"}},
	"a HEAD of much":                  {"HEAD /v1.0/sized HTTP/1.1\r\n" + host + "\r\nGET /v1.0/y HTTP/1.1\r\n" + host + "\r\n", []string{"HEAD", "GET"}},
	"an answer of much":               {"GET /v1.0/big HTTP/1.1\r\n" + host + "\r\nGET /v1.0/y HTTP/1.1\r\n" + host + "\r\n", []string{"GET", "GET"}},
	"an answer of nothing":            {"GET /v1.0/empty HTTP/1.1\r\n" + host + "\r\nGET /v1.0/y HTTP/1.1\r\n" + host + "\r\n", []string{"GET", "GET"}},
	"204":                             {"GET /v1.0/204 HTTP/1.1\r\n" + host + "\r\nGET /v1.0/y HTTP/1.1\r\n" + host + "\r\n", []string{"GET", "GET"}},
	"304":                             {"GET /v1.0/304 HTTP/1.1\r\n" + host + "\r\nGET /v1.0/y HTTP/1.1\r\n" + host + "\r\n", []string{"GET", "GET"}},
	"a status without a name":         {"GET /v1.0/499 HTTP/1.1\r\n" + host + "\r\n", []string{"GET"}},
	"a value that would end its line": {"GET /v1.0/evil HTTP/1.1\r\n" + host + "\r\n", []string{"GET"}},
	"a stream":                        {"GET /v1.0/stream HTTP/1.1\r\n" + host + "\r\nGET /v1.0/y HTTP/1.1\r\n" + host + "\r\n", []string{"GET", "GET"}},
	"a stream of known length":        {"GET /v1.0/sized HTTP/1.1\r\n" + host + "\r\nGET /v1.0/y HTTP/1.1\r\n" + host + "\r\n", []string{"GET", "GET"}},
	"a stream shorter than it said":   {"GET /v1.0/short HTTP/1.1\r\n" + host + "\r\n", []string{"GET"}},
	"a stream that breaks off":        {"GET /v1.0/broken HTTP/1.1\r\n" + host + "\r\n", []string{"GET"}},
	"a sized stream that breaks off":  {"GET /v1.0/brokensized HTTP/1.1\r\n" + host + "\r\n", []string{"GET"}},
	"Expect, and it is read":          {"POST /v1.0/x HTTP/1.1\r\n" + host + "Expect: 100-continue\r\nContent-Length: 5\r\n\r\nhello", []string{"POST"}},
	"Expect, and it is not read":      {"POST /v1.0/unread HTTP/1.1\r\n" + host + "Expect: 100-continue\r\nContent-Length: 5\r\n\r\nhello", []string{"POST"}},
	"another Expect":                  {"POST /v1.0/x HTTP/1.1\r\n" + host + "Expect: tea\r\nContent-Length: 5\r\n\r\nhello", []string{"POST"}},
	"an upgrade that nobody takes":    {"GET /v1.0/x HTTP/1.1\r\n" + host + "Connection: Upgrade\r\nUpgrade: websocket\r\n\r\n", []string{"GET"}},
	"a head too large":                {"GET /v1.0/x HTTP/1.1\r\n" + host + "X: " + strings.Repeat("y", 80_000) + "\r\n\r\n", []string{"GET"}},
	"a large head":                    {"GET /v1.0/x HTTP/1.1\r\n" + host + "X-Own: " + strings.Repeat("y", 50_000) + "\r\n\r\n", []string{"GET"}},
	"no Host":                         {"GET /v1.0/x HTTP/1.1\r\n\r\n", []string{"GET"}},
	"two Hosts":                       {"GET /v1.0/x HTTP/1.1\r\n" + host + host + "\r\n", []string{"GET"}},
	"nonsense":                        {"nonsense\r\n\r\n", []string{"GET"}},
	"length and chunks in HTTP/1.0":   {"POST /v1.0/x HTTP/1.0\r\nContent-Length: 5\r\n\r\nhello", []string{"POST"}},
}

func TestConformance(t *testing.T) {
	t.Parallel()
	for name, tc := range conformant {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			trusted := nethttp.Proxies{netip.MustParsePrefix("127.0.0.0/8")}
			got := map[string]string{}
			for carrier, c := range carriers(t, trusted) {
				answers := exchange(t, c.address, tc.text, tc.methods...)
				c.gate.mu.Lock()
				got[carrier] = fmt.Sprintf("%s\nserved %+v", strings.Join(answers, "\n"), c.gate.seen)
				c.gate.mu.Unlock()
			}
			if got["own"] != got["net/http"] {
				t.Errorf("net/http:\n%s\nown:\n%s", got["net/http"], got["own"])
			}
		})
	}
}
