package listener

import (
	"bufio"
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/gatepost/gatepost/internal/apierror"
	"github.com/gatepost/gatepost/internal/nethttp"
	"github.com/gatepost/gatepost/internal/op"
)

type serverFunc func(context.Context, *op.Request) op.Answer

func (f serverFunc) Serve(ctx context.Context, q *op.Request) op.Answer { return f(ctx, q) }

// both serves calls by f and everything else by a page that says so.
func both(f serverFunc) Config {
	return Config{Calls: f, Others: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		fmt.Fprintf(w, "page HTTP/%d.%d secure %v", r.ProtoMajor, r.ProtoMinor, r.TLS != nil)
	})}
}

func ok(context.Context, *op.Request) op.Answer {
	return op.Answer{Status: 200, Type: "text/plain", Body: []byte("call")}
}

func dial(t *testing.T, address string) net.Conn {
	t.Helper()
	c, err := net.Dial("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	_ = c.SetDeadline(time.Now().Add(20 * time.Second))
	return c
}

// answer reads the next answer.
func answer(t *testing.T, r *bufio.Reader) (*http.Response, string) {
	t.Helper()
	a, err := http.ReadResponse(r, nil)
	if err != nil {
		t.Fatal(err)
	}
	b, err := io.ReadAll(a.Body)
	if err != nil {
		t.Fatal(err)
	}
	return a, string(b)
}

// What could be understood in two ways is refused, the connection ends, and what
// was smuggled behind it is served to nobody.
func TestSmuggledRequestsAreNotServed(t *testing.T) {
	t.Parallel()
	var served atomic.Value
	address := start(t, both(func(ctx context.Context, q *op.Request) op.Answer {
		if q.Body != nil {
			if _, err := io.ReadAll(q.Body); err != nil {
				return op.Answer{Status: 400}
			}
		}
		if strings.Contains(q.Path, "smuggled") {
			served.Store(q.Path)
		}
		return ok(ctx, q)
	}))
	const behind = "GET /v1.0/smuggled HTTP/1.1\r\nHost: a\r\n\r\n"
	for name, text := range map[string]string{
		"length and chunks":     "POST /v1.0/x HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
		"chunks and length":     "POST /v1.0/x HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nContent-Length: 4\r\n\r\n0\r\n\r\n",
		"two lengths":           "POST /v1.0/x HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\nContent-Length: 44\r\n\r\n",
		"a signed length":       "POST /v1.0/x HTTP/1.1\r\nHost: a\r\nContent-Length: +0\r\n\r\n",
		"another coding":        "POST /v1.0/x HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: xchunked\r\n\r\n0\r\n\r\n",
		"a blank after a name":  "POST /v1.0/x HTTP/1.1\r\nHost: a\r\nTransfer-Encoding : chunked\r\n\r\n0\r\n\r\n",
		"a folded line":         "POST /v1.0/x HTTP/1.1\r\nHost: a\r\nX: y\r\n Content-Length: 44\r\n\r\n",
		"a bare LF":             "POST /v1.0/x HTTP/1.1\nHost: a\n\n",
		"a NUL":                 "POST /v1.0/x HTTP/1.1\r\nHost: a\r\nX: \x00\r\n\r\n",
		"a chunk of no length":  "POST /v1.0/x HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
		"a chunk extension":     "POST /v1.0/x HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0;a\r\n\r\n",
		"a forged trailer":      "POST /v1.0/x HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0\r\nX : y\r\n\r\n",
		"chunks in HTTP/1.0":    "POST /v1.0/x HTTP/1.0\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
		"a malformed page":      "POST /page HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\nContent-Length: 44\r\n\r\n",
		"a version of the past": "GET /v1.0/x\r\n\r\n",
	} {
		c := dial(t, address)
		go io.WriteString(c, text+behind)
		a, body := answer(t, bufio.NewReader(c))
		if a.StatusCode < 400 || !a.Close && a.StatusCode != 400 {
			t.Errorf("%s: %d %s", name, a.StatusCode, body)
		}
		if rest, err := io.ReadAll(c); len(rest) > 0 {
			t.Errorf("%s: then %q %v", name, rest, err)
		}
	}
	if p := served.Load(); p != nil {
		t.Errorf("%v was served", p)
	}
}

func TestBigRefusedBodyIsDrained(t *testing.T) {
	t.Parallel()
	const size = 40 << 20
	address := start(t, both(func(_ context.Context, q *op.Request) op.Answer {
		io.CopyN(io.Discard, q.Body, 1000)
		return op.DialectV2.Refuse(op.Refusal{Path: q.Path, Lang: "en"}, apierror.BodyTooLarge.With())
	}))
	for _, chunked := range []bool{false, true} {
		c := dial(t, address)
		length := fmt.Sprintf("Content-Length: %d", size)
		if chunked {
			length = "Transfer-Encoding: chunked"
		}
		fmt.Fprintf(c, "POST /v1.0/x HTTP/1.1\r\nHost: a\r\n%s\r\n\r\n", length)
		block := make([]byte, 1<<20)
		for range size >> 20 {
			if chunked {
				fmt.Fprintf(c, "%x\r\n", len(block))
			}
			if _, err := c.Write(block); err != nil {
				t.Fatal(err)
			}
			if chunked {
				io.WriteString(c, "\r\n")
			}
		}
		if chunked {
			io.WriteString(c, "0\r\n\r\n")
		}
		r := bufio.NewReader(c)
		if a, body := answer(t, r); a.StatusCode != 413 || !strings.Contains(body, "the body is too large") {
			t.Errorf("chunked %v: %d %s", chunked, a.StatusCode, body)
		}
		fmt.Fprintf(c, "POST /v1.0/x HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n")
	}
}

// A body that a successful call left unread ends the connection, unless it is little.
func TestUnreadBody(t *testing.T) {
	t.Parallel()
	address := start(t, both(func(_ context.Context, q *op.Request) op.Answer {
		q.Content(10) // loads, and fails beyond 10 bytes
		io.CopyN(io.Discard, q.Body, 1)
		return op.Answer{Status: 200, Stream: func(op.Sink) (op.Passed, error) { return op.Passed{}, nil }}
	}))
	c := dial(t, address)
	go fmt.Fprintf(c, "POST /v1.0/x HTTP/1.1\r\nHost: a\r\nContent-Length: 1000000\r\n\r\n%s", strings.Repeat("x", 1000))
	answer(t, bufio.NewReader(c))
	if rest, _ := io.ReadAll(c); len(rest) != 0 {
		t.Errorf("then %q", rest)
	}
}

func TestExpectIsAnsweredWhenTheBodyIsWanted(t *testing.T) {
	t.Parallel()
	address := start(t, both(func(ctx context.Context, q *op.Request) op.Answer {
		if q.Path == "/v1.0/read" {
			b, _ := io.ReadAll(q.Body)
			return op.Answer{Status: 200, Body: b}
		}
		return op.Answer{Status: 413}
	}))
	c := dial(t, address)
	r := bufio.NewReader(c)
	fmt.Fprint(c, "POST /v1.0/read HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\n")
	if line, _ := r.ReadString('\n'); line != "HTTP/1.1 100 Continue\r\n" {
		t.Fatalf("first %q", line)
	}
	r.ReadString('\n')
	fmt.Fprint(c, "hello")
	if a, body := answer(t, r); a.StatusCode != 200 || body != "hello" {
		t.Errorf("%d %q", a.StatusCode, body)
	}
	fmt.Fprint(c, "POST /v1.0/refused HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\n")
	if a, _ := answer(t, r); a.StatusCode != 413 || !a.Close {
		t.Errorf("%d, closes %v", a.StatusCode, a.Close)
	}
}

// certificate is one of a test server's.
func certificate(t *testing.T) (*tls.Config, *tls.Config) {
	t.Helper()
	s := httptest.NewUnstartedServer(nil)
	s.EnableHTTP2 = true
	s.StartTLS()
	t.Cleanup(s.Close)
	return &tls.Config{Certificates: s.TLS.Certificates, NextProtos: []string{"h2", "http/1.1"}, MinVersion: tls.VersionTLS12},
		s.Client().Transport.(*http.Transport).TLSClientConfig
}

func TestTLS(t *testing.T) {
	t.Parallel()
	theirs, ours := certificate(t)
	var secure atomic.Bool
	conf := both(func(ctx context.Context, q *op.Request) op.Answer {
		secure.Store(q.Secure)
		return ok(ctx, q)
	})
	conf.TLS = theirs
	address := start(t, conf)
	for proto, want := range map[string][2]string{"http/1.1": {"call", "page HTTP/1.1 secure true"}, "h2": {"page HTTP/2.0 secure true", "page HTTP/2.0 secure true"}} {
		client := &http.Client{Transport: &http.Transport{TLSClientConfig: ours.Clone(), ForceAttemptHTTP2: proto == "h2"}}
		client.Transport.(*http.Transport).TLSClientConfig.NextProtos = []string{proto}
		for i, path := range []string{"/v1.0/x", "/page", "/v1.0/x"} {
			a, err := client.Get("https://" + address + path)
			if err != nil {
				t.Fatal(err)
			}
			b, _ := io.ReadAll(a.Body)
			a.Body.Close()
			// After a page the connection is net/http's, and so are its calls.
			if i < 2 && string(b) != want[i] {
				t.Errorf("%s %s: %q", proto, path, b)
			}
		}
		client.CloseIdleConnections()
	}
	if !secure.Load() {
		t.Error("a call over TLS does not count as one")
	}
	c := dial(t, address)
	io.WriteString(c, "GET /v1.0/x HTTP/1.1\r\nHost: a\r\n\r\n")
	if b, _ := io.ReadAll(c); !bytes.HasPrefix(b, []byte("HTTP/1.1 400 ")) || !bytes.Contains(b, []byte("https")) {
		t.Errorf("without TLS: %q", b)
	}
}

func TestHandOverKeepsWhatWasRead(t *testing.T) {
	t.Parallel()
	g := &gate{}
	address := start(t, Config{Calls: g, Others: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		b, _ := io.ReadAll(r.Body)
		fmt.Fprintf(w, "%s %s", r.URL.Path, b)
	})})
	c := dial(t, address)
	r := bufio.NewReader(c)
	big := strings.Repeat("0123456789", 10_000)
	go fmt.Fprintf(c, "GET /v1.0/x HTTP/1.1\r\nHost: a\r\n\r\nPOST /page HTTP/1.1\r\nHost: a\r\nContent-Length: %d\r\n\r\n%sPOST /page/2 HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\nok", len(big), big)
	for _, want := range []string{`{"path":"/v1.0/x"}`, "/page " + big, "/page/2 ok"} {
		if _, body := answer(t, r); body != want {
			t.Errorf("%.60q, want %.60q", body, want)
		}
	}
}

func TestUpgradeIsHandedOver(t *testing.T) {
	t.Parallel()
	calls := serverFunc(func(_ context.Context, q *op.Request) op.Answer {
		return op.Answer{Status: 101, Header: [][2]string{{"Upgrade", "websocket"}, {"Connection", "Upgrade"}}, Stream: func(s op.Sink) (op.Passed, error) {
			c, err := s.Hijack()
			if err != nil {
				return op.Passed{}, err
			}
			defer c.Close()
			b := make([]byte, 4)
			io.ReadFull(c, b)
			fmt.Fprintf(c, "echo %s", b)
			return op.Passed{}, nil
		}}
	})
	address := start(t, Config{Calls: calls, Others: &nethttp.Handler{Server: calls}})
	c := dial(t, address)
	io.WriteString(c, "GET /v1.0/ws HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\nping")
	b, _ := io.ReadAll(c)
	if !bytes.HasPrefix(b, []byte("HTTP/1.1 101 ")) || !bytes.HasSuffix(b, []byte("\r\n\r\necho ping")) {
		t.Errorf("%q", b)
	}
}

func TestShutdown(t *testing.T) {
	t.Parallel()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	inside, release := make(chan struct{}), make(chan struct{})
	s := prepared(both(func(ctx context.Context, q *op.Request) op.Answer {
		if q.Path == "/v1.0/slow" {
			close(inside)
			<-release
		}
		return ok(ctx, q)
	}))
	served := make(chan error, 1)
	go func() { served <- s.Serve(l) }()
	slow, resting, page := dial(t, l.Addr().String()), dial(t, l.Addr().String()), dial(t, l.Addr().String())
	for c, path := range map[net.Conn]string{resting: "/v1.0/x", page: "/page"} {
		fmt.Fprintf(c, "GET %s HTTP/1.1\r\nHost: a\r\n\r\n", path)
		answer(t, bufio.NewReader(c))
	}
	fmt.Fprint(slow, "GET /v1.0/slow HTTP/1.1\r\nHost: a\r\n\r\n")
	<-inside
	down := make(chan error, 1)
	go func() { down <- s.Shutdown(context.Background()) }()
	for _, c := range []net.Conn{resting, page} {
		if rest, err := io.ReadAll(c); len(rest) > 0 || err != nil {
			t.Errorf("an idle connection: %q %v", rest, err)
		}
	}
	if err := <-served; err != nil {
		t.Error(err)
	}
	select {
	case err := <-down:
		t.Fatalf("it did not wait for the call: %v", err)
	default:
	}
	close(release)
	a, body := answer(t, bufio.NewReader(slow))
	if body != "call" || !a.Close {
		t.Errorf("%q, closes %v", body, a.Close)
	}
	if err := <-down; err != nil {
		t.Error(err)
	}
	if _, err := net.Dial("tcp", l.Addr().String()); err == nil {
		t.Error("it still accepts")
	}
}

func TestShutdownEndsWithItsGrace(t *testing.T) {
	t.Parallel()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	inside, gone := make(chan struct{}), make(chan struct{})
	s := prepared(both(func(ctx context.Context, _ *op.Request) op.Answer {
		close(inside)
		<-ctx.Done() // its connection was closed
		close(gone)
		return op.Answer{Status: 200}
	}))
	s.t.watch = time.Millisecond
	served := make(chan error, 1)
	go func() { served <- s.Serve(l) }()
	fmt.Fprint(dial(t, l.Addr().String()), "GET /v1.0/x HTTP/1.1\r\nHost: a\r\n\r\n")
	<-inside
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if err := s.Shutdown(ctx); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
	<-gone
	if err := <-served; err != nil {
		t.Error(err)
	}
}

func TestCallerGone(t *testing.T) {
	t.Parallel()
	inside, gone := make(chan struct{}), make(chan struct{})
	s := prepared(both(func(ctx context.Context, _ *op.Request) op.Answer {
		close(inside)
		<-ctx.Done()
		close(gone)
		return op.Answer{Status: 200}
	}))
	s.t.watch = time.Millisecond
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	go s.Serve(l)
	defer s.Shutdown(context.Background())
	c := dial(t, l.Addr().String())
	// What he sent beyond the call does not hide that he is gone.
	fmt.Fprint(c, "GET /v1.0/x HTTP/1.1\r\nHost: a\r\n\r\nGET /v1.0/y HTTP/1.1\r\n")
	<-inside
	c.Close()
	<-gone
}

// lines is a log of one line.
type lines chan string

func (l lines) Write(b []byte) (int, error) { l <- string(b); return len(b), nil }

func TestPanicEndsTheConnectionAlone(t *testing.T) {
	t.Parallel()
	logged := make(chan string, 1)
	conf := both(func(ctx context.Context, q *op.Request) op.Answer {
		if q.Path == "/v1.0/panic" {
			panic("oops")
		}
		return ok(ctx, q)
	})
	conf.Logger = slog.New(slog.NewTextHandler(lines(logged), nil))
	address := start(t, conf)
	c := dial(t, address)
	fmt.Fprint(c, "GET /v1.0/panic HTTP/1.1\r\nHost: a\r\n\r\n")
	if b, _ := io.ReadAll(c); len(b) > 0 {
		t.Errorf("%q", b)
	}
	if line := <-logged; !strings.Contains(line, "oops") {
		t.Errorf("logged %q", line)
	}
	c = dial(t, address)
	fmt.Fprint(c, "GET /v1.0/x HTTP/1.1\r\nHost: a\r\n\r\n")
	if _, body := answer(t, bufio.NewReader(c)); body != "call" {
		t.Error("the listener does not go on")
	}
}

// Peers who send slowly, or nothing, are waited for in bounded time.
func TestSlowPeers(t *testing.T) {
	t.Parallel()
	s := prepared(both(func(ctx context.Context, q *op.Request) op.Answer {
		if q.Body != nil {
			if _, err := io.ReadAll(q.Body); err == nil {
				return op.Answer{Status: 500}
			}
			return op.Answer{Status: 400}
		}
		return ok(ctx, q)
	}))
	s.t = times{head: time.Second / 2, idle: time.Second / 2, light: time.Second / 10, body: time.Second / 10,
		write: time.Second, drain: 20 * time.Millisecond, watch: time.Second}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	go s.Serve(l)
	defer s.Shutdown(context.Background())
	for text, want := range map[string]string{
		"":                           "",
		"GET /v1.0/x HTTP/1.1\r\nHo": "",
		"GET /v1.0/x HTTP/1.1\r\nHost: a\r\n\r\n":                                        "HTTP/1.1 200",
		"POST /v1.0/x HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\nhel":               "HTTP/1.1 400",
		"POST /v1.0/x HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhel": "HTTP/1.1 400",
	} {
		c := dial(t, l.Addr().String())
		io.WriteString(c, text)
		b, err := io.ReadAll(c)
		if err != nil && len(b) == 0 || !strings.HasPrefix(string(b), want) || want == "" && len(b) > 0 {
			t.Errorf("%q: %q %v", text, b, err)
		}
	}
}

// A connection that gave its buffer back serves on.
func TestIdleConnectionIsLight(t *testing.T) {
	t.Parallel()
	theirs, ours := net.Pipe()
	defer ours.Close()
	c := newConn(prepared(both(ok)), theirs)
	defer c.cancel()
	c.takeBuffer()
	const text = "GET /v1.0/x HTTP/1.1\r\nHost: a\r\n\r\n"
	go io.WriteString(ours, text)
	if err := c.lighter(time.Minute); err != nil || string(c.reader.Buffered()) != "G" {
		t.Fatalf("%q %v", c.reader.Buffered(), err)
	}
	if head, err := c.reader.Head(); err != nil || head != text {
		t.Errorf("%q %v", head, err)
	}
	c.giveBuffer()
	if err := c.lighter(time.Nanosecond); !errors.Is(err, os.ErrDeadlineExceeded) || c.buffer != nil {
		t.Errorf("with nothing to read: %v, and it has a buffer: %v", err, c.buffer != nil)
	}
}

// A client who does not read is written to in bounded time and memory.
func TestClientWhoDoesNotRead(t *testing.T) {
	t.Parallel()
	failed := make(chan error, 1)
	s := prepared(both(func(context.Context, *op.Request) op.Answer {
		return op.Answer{Status: 200, Length: -1, Stream: func(w op.Sink) (op.Passed, error) {
			for {
				if _, err := w.Write(make([]byte, 1<<20)); err != nil {
					failed <- err
					return op.Passed{}, err
				}
			}
		}}
	}))
	s.t.write = 50 * time.Millisecond
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	go s.Serve(l)
	defer s.Shutdown(context.Background())
	fmt.Fprint(dial(t, l.Addr().String()), "GET /v1.0/x HTTP/1.1\r\nHost: a\r\n\r\n")
	if err := <-failed; err == nil {
		t.Error("it was written to for ever")
	}
}

// FuzzTarget compares with net/http: a target that we take, it leaves as it is.
func FuzzTarget(f *testing.F) {
	for _, tc := range conformant {
		if _, rest, ok := strings.Cut(tc.text, " "); ok {
			target, _, _ := strings.Cut(rest, " ")
			f.Add(target)
		}
	}
	f.Fuzz(func(t *testing.T, target string) {
		if target == "" || target[0] != '/' || strings.ContainsAny(target, " \r\n") {
			return
		}
		path, query, _ := strings.Cut(target, "?")
		if !plain(target, len(path)) {
			return
		}
		q, err := http.ReadRequest(bufio.NewReader(strings.NewReader("GET " + target + " HTTP/1.1\r\nHost: a\r\n\r\n")))
		if err != nil {
			t.Fatal(err)
		}
		if q.URL.EscapedPath() != path || q.URL.RawQuery != query {
			t.Errorf("%q: %q and %q to net/http", target, q.URL.EscapedPath(), q.URL.RawQuery)
		}
		// By its first segment a page is told from a call: both must see the same.
		if first, _, _ := strings.Cut(path[1:], "/"); !strings.HasPrefix(q.URL.Path, "/"+first) {
			t.Errorf("%q begins as %q", target, q.URL.Path)
		}
	})
}
