package upstream

import (
	"bufio"
	"bytes"
	"context"
	"crypto/ed25519"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"iter"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/textproto"
	"runtime"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/gatepost/gatepost/internal/apierror"
	"github.com/gatepost/gatepost/internal/op"
	"github.com/gatepost/gatepost/internal/scope"
)

// loopback lets tests call servers of their own.
var loopback = []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}

func deps() Deps {
	return Deps{Allow: loopback, Now: time.Now, Logger: slog.New(slog.DiscardHandler)}
}

func newPool(t *testing.T, c Config, d Deps) *Pool {
	t.Helper()
	if c.Name == "" {
		c.Name = "hr"
	}
	p, err := New(c, d)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(p.Close)
	return p
}

// head is a request's header in a test.
type head [][2]string

func (h head) Get(name string) string {
	if vs := h.Values(name); len(vs) > 0 {
		return vs[0]
	}
	return ""
}

func (h head) Values(name string) (vs []string) {
	for _, l := range h {
		if strings.EqualFold(l[0], name) {
			vs = append(vs, l[1])
		}
	}
	return vs
}

func (h head) All() iter.Seq2[string, string] {
	return func(yield func(string, string) bool) {
		for _, l := range h {
			if !yield(l[0], l[1]) {
				return
			}
		}
	}
}

func request(method, body string, lines ...[2]string) *op.Request {
	r := &op.Request{Method: method, Host: "gate.example", IP: netip.MustParseAddr("203.0.113.9"), Head: head(lines), Length: int64(len(body))}
	if body != "" {
		r.Body = strings.NewReader(body)
	}
	return r
}

func operation(method string) *op.Operation {
	return &op.Operation{Method: method, Path: "/apis/hr/v1/people"}
}

func person() *op.Caller {
	return &op.Caller{Corp: "ding1", App: "dingapp", User: "u1", Union: "un1", Scopes: op.Scopes{scope.Member}, Call: 7}
}

// sink keeps what is streamed.
type sink struct {
	bytes.Buffer
	flushed  int
	hijacked io.ReadWriteCloser
	full     error
}

func (s *sink) Write(b []byte) (int, error) {
	if s.full != nil {
		return 0, s.full
	}
	return s.Buffer.Write(b)
}
func (s *sink) Flush() error { s.flushed++; return nil }
func (s *sink) Hijack() (io.ReadWriteCloser, error) {
	if s.hijacked == nil {
		return nil, errors.New("no connection")
	}
	return s.hijacked, nil
}

// carry makes a call and reads its answer whole.
func carry(t *testing.T, p *Pool, r *op.Request, target string, mask BodyMask) (op.Answer, string, op.Passed, error) {
	t.Helper()
	a, err := p.Carry(t.Context(), person(), operation(r.Method), target, r, mask)
	if err != nil {
		return a, "", op.Passed{}, err
	}
	var s sink
	passed, err := a.Stream(&s)
	return a, s.String(), passed, err
}

func header(a op.Answer, name string) (vs []string) {
	for _, l := range a.Header {
		if strings.EqualFold(l[0], name) {
			vs = append(vs, l[1])
		}
	}
	return vs
}

// serve answers with f over http.
func serve(t *testing.T, f http.HandlerFunc) string {
	t.Helper()
	s := httptest.NewServer(f)
	t.Cleanup(s.Close)
	return s.URL
}

// script answers every connection with the next text, and closes it.
func script(t *testing.T, answers ...string) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	go func() {
		for i := 0; ; i++ {
			c, err := l.Accept()
			if err != nil {
				return
			}
			text := answers[min(i, len(answers)-1)]
			go func() {
				defer c.Close()
				if _, err := http.ReadRequest(bufio.NewReader(c)); err != nil {
					return
				}
				io.WriteString(c, text)
			}()
		}
	}()
	return "http://" + l.Addr().String()
}

func TestCarryPassesTheCall(t *testing.T) {
	t.Parallel()
	var got *http.Request
	var body string
	url := serve(t, func(w http.ResponseWriter, r *http.Request) {
		b, _ := io.ReadAll(r.Body)
		got, body = r, string(b)
		w.Header().Set("Content-Type", "application/json")
		w.Header().Set("X-Own", "1")
		w.Header().Set("Server", "secret/1.2")
		w.Header().Set("Set-Cookie", "gatepost_session=evil")
		w.Header().Set("X-Gatepost-Request-Id", "forged")
		w.WriteHeader(201)
		io.WriteString(w, `{"a":1}`)
	})
	p := newPool(t, Config{Addresses: []string{url + "/base/"}}, deps())
	a, out, passed, err := carry(t, p, request("POST", `{"b":2}`, [2]string{"Content-Type", "application/json"}, [2]string{"X-Client", "c"}), "/people%2F7?x=1&y=%20", nil)
	if err != nil {
		t.Fatal(err)
	}
	if got.Method != "POST" || got.RequestURI != "/base/people%2F7?x=1&y=%20" || body != `{"b":2}` || got.ContentLength != 7 || got.Header.Get("X-Client") != "c" {
		t.Errorf("%s %s %q %v", got.Method, got.RequestURI, body, got.Header)
	}
	if a.Status != 201 || a.Type != "application/json" || out != `{"a":1}` || a.Length != 7 || passed.In != 7 || passed.Out != 7 {
		t.Errorf("%+v %q %+v", a, out, passed)
	}
	if len(header(a, "X-Own")) != 1 || len(a.Header) != 1 {
		t.Errorf("the answer's header: %v", a.Header)
	}
}

// feature: GW-023
func TestIdentityIsOurs(t *testing.T) {
	t.Parallel()
	var got http.Header
	url := serve(t, func(_ http.ResponseWriter, r *http.Request) { got = r.Header })
	public, private, _ := ed25519.GenerateKey(nil)
	d := deps()
	d.Key, d.Issuer = private, func() string { return "https://gate.example" }
	p := newPool(t, Config{Addresses: []string{url}}, d)
	var lines [][2]string
	for _, name := range []string{"X-Gatepost-User", "x-gatepost-user", "X_Gatepost_User", "x-Gatepost_Corp", "X.Gatepost.User", "X-GATEPOST-IDENTITY", "X-Gatepost-Anything",
		"Authorization", "x-acs-dingtalk-access-token", "X_Acs_Dingtalk_Access_Token", "Cookie", "X-Forwarded-For", "X_Forwarded_For", "Forwarded", "X-Real-IP",
		"X-HTTP-Method-Override", "X-Original-URL", "Transfer_Encoding", "Content_Length", "Proxy-Authorization", "TE", "Expect"} {
		lines = append(lines, [2]string{name, "forged"})
	}
	lines = append(lines, [2]string{"Connection", "close, X-Secret"}, [2]string{"connection", "keep-alive"}, [2]string{"X-Secret", "forged"}, [2]string{"X-Kept", "yes"})
	if _, _, _, err := carry(t, p, request("GET", "", lines...), "/a?access_token=t&%61ccess%5ftoken=t&AccessToken=t&b=1", nil); err != nil {
		t.Fatal(err)
	}
	for name, values := range got {
		if slices.Contains(values, "forged") {
			t.Errorf("%s: %v passed", name, values)
		}
	}
	for name, want := range map[string]string{"X-Gatepost-Corp": "ding1", "X-Gatepost-App": "dingapp", "X-Gatepost-User": "u1", "X-Gatepost-Union": "un1",
		"X-Gatepost-Scopes": string(scope.Member), "X-Gatepost-Request-Id": person().Call.V2(), "X-Forwarded-For": "203.0.113.9", "X-Forwarded-Proto": "http",
		"X-Forwarded-Host": "gate.example", "X-Kept": "yes"} {
		if vs := got.Values(name); len(vs) != 1 || vs[0] != want {
			t.Errorf("%s: %v, want %q", name, vs, want)
		}
	}
	checkToken(t, public, got.Get(IdentityToken))
}

func checkToken(t *testing.T, key ed25519.PublicKey, token string) {
	t.Helper()
	parts := strings.Split(token, ".")
	if len(parts) != 3 {
		t.Fatalf("no token: %q", token)
	}
	signature, _ := base64.RawURLEncoding.DecodeString(parts[2])
	if !ed25519.Verify(key, []byte(parts[0]+"."+parts[1]), signature) {
		t.Error("the signature does not verify")
	}
	payload, _ := base64.RawURLEncoding.DecodeString(parts[1])
	var c claims
	if err := json.Unmarshal(payload, &c); err != nil {
		t.Fatal(err)
	}
	if c.Audience != "hr" || c.Subject != "u1" || c.Corp != "ding1" || c.Issuer != "https://gate.example" || c.Expires-c.Issued != 120 {
		t.Errorf("%+v", c)
	}
	head, _ := base64.RawURLEncoding.DecodeString(parts[0])
	if !strings.Contains(string(KeySet(key)), `"kid":"`+KeyID(key)+`"`) || !strings.Contains(string(head), KeyID(key)) {
		t.Error("the key set does not have the token's key")
	}
}

func TestQueryIsCleaned(t *testing.T) {
	t.Parallel()
	var got string
	url := serve(t, func(_ http.ResponseWriter, r *http.Request) { got = r.RequestURI })
	p := newPool(t, Config{Addresses: []string{url}}, deps())
	told := newPool(t, Config{Addresses: []string{url}, Credential: true}, deps())
	for target, want := range map[string]string{
		"/a":                               "/a",
		"/a?b=1":                           "/a?b=1",
		"/a?access_token=t":                "/a",
		"/a?b=1&access_token=t&c=2":        "/a?b=1&c=2",
		"/a?%61ccess_token=t&b=1":          "/a?b=1",
		"/a?access%5Ftoken=t&Access-Token": "/a",
		"/a?token=mine":                    "/a?token=mine",
	} {
		if _, _, _, err := carry(t, p, request("GET", ""), target, nil); err != nil || got != want {
			t.Errorf("%s went as %s, %v", target, got, err)
		}
		if _, _, _, err := carry(t, told, request("GET", ""), target, nil); err != nil || got != target {
			t.Errorf("%s went as %s where the pool is told it, %v", target, got, err)
		}
	}
}

func TestPathsThatClimbAreRefused(t *testing.T) {
	t.Parallel()
	p := newPool(t, Config{Addresses: []string{serve(t, func(http.ResponseWriter, *http.Request) {})}}, deps())
	for _, target := range []string{"/a/../b", "/..", "/a/%2e%2e/b", "/a/%2E./b", "/a/..%2fb", "/a/..%5cb", `/a/..\b`, "/a/%252e%252e/b", "/a/.;x/b", "/./a"} {
		if _, _, _, err := carry(t, p, request("GET", ""), target, nil); !errors.Is(err, apierror.ParameterInvalid) {
			t.Errorf("%s: %v", target, err)
		}
	}
	for _, target := range []string{"", "a", "/a b", "/a\r\nX: y", "/李"} {
		if _, _, _, err := carry(t, p, request("GET", ""), target, nil); err == nil {
			t.Errorf("%q was sent", target)
		}
	}
	for _, target := range []string{"/a..b", "/...", "/a.b/.c", "/a%2Fb"} {
		if _, _, _, err := carry(t, p, request("GET", ""), target, nil); err != nil {
			t.Errorf("%q: %v", target, err)
		}
	}
}

// plain is a reader of which nothing is known.
type plain struct{ io.Reader }

func TestBigBodiesStreamBothWays(t *testing.T) {
	t.Parallel()
	const size = 8 << 20
	url := serve(t, func(w http.ResponseWriter, r *http.Request) {
		http.NewResponseController(w).EnableFullDuplex()
		if r.URL.Query().Get("sized") != "" {
			w.Header().Set("Content-Length", fmt.Sprint(size))
		}
		io.Copy(w, r.Body)
	})
	p := newPool(t, Config{Addresses: []string{url}}, deps())
	content := bytes.Repeat([]byte("0123456789abcdef"), size/16)
	for name, tc := range map[string]struct {
		length int64
		target string
	}{"declared": {size, "/?sized=1"}, "chunked": {-1, "/"}, "chunked, answer declared": {-1, "/?sized=1"}} {
		for range 3 {
			r := request("POST", "")
			r.Body, r.Length = plain{bytes.NewReader(content)}, tc.length
			_, out, passed, err := carry(t, p, r, tc.target, nil)
			if err != nil || out != string(content) || passed.In != size || passed.Out != size {
				t.Errorf("%s: %d bytes back, %+v, %v", name, len(out), passed, err)
			}
		}
	}
	if n := len(p.all[0].idle); n != 1 {
		t.Errorf("%d connections are kept", n)
	}
}

func TestConnectionsAreReused(t *testing.T) {
	t.Parallel()
	var conns atomic.Int64
	s := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { io.WriteString(w, "x") }))
	s.Config.ConnState = func(_ net.Conn, st http.ConnState) {
		if st == http.StateNew {
			conns.Add(1)
		}
	}
	s.Start()
	defer s.Close()
	p := newPool(t, Config{Addresses: []string{s.URL}}, deps())
	for range 20 {
		if _, _, _, err := carry(t, p, request("POST", "body"), "/", nil); err != nil {
			t.Fatal(err)
		}
	}
	if conns.Load() != 1 {
		t.Errorf("%d connections for 20 calls, one after the other", conns.Load())
	}
	// The upstream closes what is idle: the next call, which may not be sent twice, meets no dead connection.
	p.all[0].idle[0].since = time.Time{}.Add(time.Hour)
	s.CloseClientConnections()
	if _, _, _, err := carry(t, p, request("POST", "body"), "/", nil); err != nil || conns.Load() != 2 {
		t.Errorf("after the idle connection was closed: %v, %d connections", err, conns.Load())
	}
}

func TestRetries(t *testing.T) {
	t.Parallel()
	ok := "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
	for name, tc := range map[string]struct {
		method  string
		body    string
		stream  bool
		retries int
		answers []string
		want    *apierror.Error // nil: it succeeds
	}{
		"closed before an answer":                  {"GET", "", false, 0, []string{"", ok}, nil},
		"closed, a write":                          {"POST", "x", false, 0, []string{"", ok}, apierror.UpstreamBroken},
		"closed, PATCH":                            {"PATCH", "x", false, 0, []string{"", ok}, apierror.UpstreamBroken},
		"closed, PUT with its body at hand":        {"PUT", "x", false, 0, []string{"", ok}, nil},
		"closed, PUT whose body is gone":           {"PUT", "x", true, 0, []string{"", ok}, apierror.UpstreamBroken},
		"closed twice":                             {"GET", "", false, 0, []string{"", "", ok}, apierror.UpstreamBroken},
		"closed twice, two retries":                {"GET", "", false, 2, []string{"", "", ok}, nil},
		"no retries":                               {"GET", "", false, -1, []string{"", ok}, apierror.UpstreamBroken},
		"a small body that broke off":              {"GET", "", false, 0, []string{"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nok", ok}, nil},
		"a small body that broke off, for a write": {"POST", "x", false, 0, []string{"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nok", ok}, apierror.UpstreamBroken},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := newPool(t, Config{Addresses: []string{script(t, tc.answers...)}, Retries: tc.retries}, deps())
			r := request(tc.method, tc.body)
			if tc.stream {
				r.Body, r.Length = plain{strings.NewReader(tc.body)}, -1
			}
			_, out, _, err := carry(t, p, r, "/", nil)
			if tc.want == nil && (err != nil || out != "ok") || tc.want != nil && !errors.Is(err, tc.want) {
				t.Errorf("%q, %v", out, err)
			}
			if n := p.Health()[0].InFlight; n != 0 || p.inFlight != 0 {
				t.Errorf("%d and %d calls are left in flight", n, p.inFlight)
			}
		})
	}
}

// No connection was had: nothing was sent, and any call may go to the other address.
func TestDeadAddressIsPassedOver(t *testing.T) {
	t.Parallel()
	dead := closedPort(t)
	live := serve(t, func(w http.ResponseWriter, r *http.Request) { io.Copy(w, r.Body) })
	p := newPool(t, Config{Addresses: []string{dead, live}, Health: Health{Failures: 2}}, deps())
	for range 30 {
		r := request("POST", "")
		r.Body, r.Length = plain{strings.NewReader("streamed")}, -1
		if _, out, _, err := carry(t, p, r, "/", nil); err != nil || out != "streamed" {
			t.Fatalf("%q %v", out, err)
		}
	}
	h := p.Health()
	if h[0].State != Ejected || h[1].State != Up || h[0].Until.IsZero() || h[0].Last == "" {
		t.Errorf("%+v", h)
	}
}

func closedPort(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	l.Close()
	return "http://" + l.Addr().String()
}

func TestRetriesHaveABudget(t *testing.T) {
	t.Parallel()
	p := newPool(t, Config{Addresses: []string{closedPort(t)}}, deps())
	given := 0
	for range 1000 {
		p.budget = min(p.budget+retryShare, minRetries) // as enter does
		if p.mayRetry() {
			given++
		}
	}
	if given < 200 || given > 200+minRetries {
		t.Errorf("%d retries of 1000 calls", given)
	}
}

func TestBreakers(t *testing.T) {
	t.Parallel()
	p := newPool(t, Config{Addresses: []string{closedPort(t)}, Retries: -1, Health: Health{Failures: 3}}, deps())
	for i := range 3 {
		if _, _, _, err := carry(t, p, request("GET", ""), "/", nil); !errors.Is(err, apierror.UpstreamUnreachable) {
			t.Fatalf("call %d: %v", i, err)
		}
	}
	_, _, _, err := carry(t, p, request("GET", ""), "/", nil)
	var r *apierror.Refusal
	if !errors.As(err, &r) || r.Rule != apierror.UpstreamOpen || r.RetryAfter < time.Second {
		t.Fatalf("with every address ejected: %v", err)
	}
	if strings.Contains(r.Message("en"), "127.0.0.1") || !strings.Contains(r.Message("en"), "hr") {
		t.Errorf("the caller is told %q", r.Message("en"))
	}
	p.mu.Lock()
	p.all[0].until = time.Now().Add(-time.Second)
	p.mu.Unlock()
	if _, _, _, err := carry(t, p, request("GET", ""), "/", nil); !errors.Is(err, apierror.UpstreamUnreachable) {
		t.Fatalf("the try: %v", err)
	}
	if h := p.Health()[0]; h.State != Ejected || time.Until(h.Until) < 1500*time.Millisecond {
		t.Errorf("after the try failed: %+v", h)
	}
}

func TestPoolBreaker(t *testing.T) {
	t.Parallel()
	fail := true
	p := newPool(t, Config{Addresses: []string{serve(t, func(w http.ResponseWriter, _ *http.Request) {
		if fail {
			w.WriteHeader(503)
		}
	})}, Health: Health{Failures: 10_000}}, deps())
	for range windowLeast {
		if a, _, _, err := carry(t, p, request("GET", ""), "/", nil); err != nil || a.Status != 503 {
			t.Fatalf("%d %v", a.Status, err)
		}
	}
	if _, _, _, err := carry(t, p, request("GET", ""), "/", nil); !errors.Is(err, apierror.UpstreamOpen) {
		t.Fatalf("after %d failures: %v", windowLeast, err)
	}
	fail = false
	p.breaker.until = time.Now().Add(-time.Second)
	for range 3 {
		if a, _, _, err := carry(t, p, request("GET", ""), "/", nil); err != nil || a.Status != 200 {
			t.Fatalf("after the try: %d %v", a.Status, err)
		}
	}
}

func TestInFlightIsBounded(t *testing.T) {
	t.Parallel()
	release := make(chan struct{})
	url := serve(t, func(http.ResponseWriter, *http.Request) { <-release })
	p := newPool(t, Config{Addresses: []string{url}, MaxInFlight: 1}, deps())
	done := make(chan error)
	go func() {
		_, _, _, err := carry(t, p, request("GET", ""), "/", nil)
		done <- err
	}()
	for {
		p.mu.Lock()
		n := p.inFlight
		p.mu.Unlock()
		if n == 1 {
			break
		}
		runtime.Gosched()
	}
	if _, _, _, err := carry(t, p, request("GET", ""), "/", nil); !errors.Is(err, apierror.UpstreamBusy) {
		t.Errorf("a second call: %v", err)
	}
	close(release)
	if err := <-done; err != nil {
		t.Error(err)
	}
}

func TestTimes(t *testing.T) {
	t.Parallel()
	stuck := make(chan struct{})
	defer close(stuck)
	url := serve(t, func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/body" {
			w.Header().Set("Content-Length", "1000000")
			io.WriteString(w, "x")
			http.NewResponseController(w).Flush()
		}
		select {
		case <-stuck:
		case <-r.Context().Done():
		}
	})
	p := newPool(t, Config{Addresses: []string{url}, Timeouts: Timeouts{Head: 500, Idle: 100}}, deps())
	if _, _, _, err := carry(t, p, request("POST", "x"), "/", nil); !errors.Is(err, apierror.UpstreamTimeout) {
		t.Errorf("no head: %v", err)
	}
	if a, out, _, err := carry(t, p, request("POST", "x"), "/body", nil); a.Status != 200 || out != "x" || !late(err) {
		t.Errorf("a body that stands still: %d %q %v", a.Status, out, err)
	}
}

func TestCallerGone(t *testing.T) {
	t.Parallel()
	arrived, gone := make(chan struct{}), make(chan struct{})
	url := serve(t, func(_ http.ResponseWriter, r *http.Request) {
		close(arrived)
		<-r.Context().Done()
		close(gone)
	})
	p := newPool(t, Config{Addresses: []string{url}, Health: Health{Failures: 1}}, deps())
	ctx, cancel := context.WithCancel(t.Context())
	go func() { <-arrived; cancel() }()
	if _, err := p.Carry(ctx, person(), operation("GET"), "/", request("GET", ""), nil); !errors.Is(err, apierror.CallerGone) {
		t.Error(err)
	}
	<-gone
	if h := p.Health()[0]; h.State != Up || h.InFlight != 0 {
		t.Errorf("it counts against the address: %+v", h)
	}
}

// broken is a body that a caller breaks off.
type broken struct{}

func (broken) Read([]byte) (int, error) { return 0, errors.New("reset") }

func TestCallersBodyBreaksOff(t *testing.T) {
	t.Parallel()
	var whole atomic.Bool
	url := serve(t, func(_ http.ResponseWriter, r *http.Request) {
		_, err := io.ReadAll(r.Body)
		whole.Store(err == nil)
	})
	p := newPool(t, Config{Addresses: []string{url}, Health: Health{Failures: 1}}, deps())
	for name, length := range map[string]int64{"small": 10, "big": 1 << 20, "unknown": -1} {
		r := request("POST", "")
		r.Body, r.Length = io.MultiReader(strings.NewReader("part"), broken{}), length
		if _, _, _, err := carry(t, p, r, "/", nil); !errors.Is(err, apierror.BodyTimeout) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if whole.Load() {
		t.Error("the upstream took a part for the whole")
	}
	if h := p.Health()[0]; h.State != Up || h.Failures != 0 {
		t.Errorf("it counts against the address: %+v", h)
	}
}

// An upstream that refuses a big body answers before it was read.
func TestEarlyAnswer(t *testing.T) {
	t.Parallel()
	url := script(t, "HTTP/1.1 413 Too Large\r\nContent-Length: 5\r\nConnection: close\r\n\r\nlarge")
	p := newPool(t, Config{Addresses: []string{url}}, deps())
	r := request("POST", "")
	r.Body, r.Length = plain{io.LimitReader(zeros{}, 64<<20)}, 64<<20
	a, out, _, err := carry(t, p, r, "/", nil)
	if err == nil && (a.Status != 413 || out != "large") {
		t.Errorf("%d %q", a.Status, out)
	}
	if err != nil && !errors.Is(err, apierror.UpstreamBroken) && !errors.Is(err, apierror.UpstreamUnreachable) {
		t.Error(err) // the connection may be reset before the answer was read
	}
}

type zeros struct{}

func (zeros) Read(p []byte) (int, error) { clear(p); return len(p), nil }

// upper is a mask that shouts.
type upper struct {
	w      io.Writer
	accept error
	close  error
}

func (u upper) Accept(int, string, string) error { return u.accept }
func (u upper) Writer(w io.Writer) MaskWriter    { u.w = w; return u }
func (u upper) Write(p []byte) (int, error) {
	_, err := u.w.Write(bytes.ToUpper(p))
	return len(p), err
}
func (u upper) Close() error            { return u.close }
func (u upper) Masked() []op.Suppressed { return []op.Suppressed{{Field: "all"}} }

func TestMask(t *testing.T) {
	t.Parallel()
	var got http.Header
	big := strings.Repeat("b", 100_000)
	url := serve(t, func(w http.ResponseWriter, r *http.Request) {
		got = r.Header
		if r.URL.Path == "/big" {
			io.WriteString(w, big)
			return
		}
		io.WriteString(w, "small")
	})
	p := newPool(t, Config{Addresses: []string{url}}, deps())
	asks := request("GET", "", [2]string{"Accept-Encoding", "gzip"}, [2]string{"Range", "bytes=1-2"}, [2]string{"Upgrade", "websocket"}, [2]string{"Connection", "upgrade"})
	a, out, passed, err := carry(t, p, asks, "/", upper{})
	if err != nil || out != "SMALL" || a.Length != 5 || len(passed.Masked) != 1 {
		t.Errorf("%q %+v %v", out, passed, err)
	}
	if vs := got.Values("Accept-Encoding"); len(vs) != 1 || vs[0] != "identity" || got.Get("Range") != "" || got.Get("Upgrade") != "" {
		t.Errorf("asked with %v", got)
	}
	a, out, passed, err = carry(t, p, request("GET", ""), "/big", upper{})
	if err != nil || out != strings.ToUpper(big) || a.Length != -1 || len(passed.Masked) != 1 {
		t.Errorf("%d bytes, %+v %v", len(out), passed, err)
	}
	no := apierror.Internal.With()
	if _, _, _, err = carry(t, p, request("GET", ""), "/big", upper{accept: no}); !errors.Is(err, no) {
		t.Errorf("a body that cannot be masked: %v", err)
	}
	if _, _, _, err = carry(t, p, request("GET", ""), "/", upper{close: no}); !errors.Is(err, no) {
		t.Errorf("a small body that is not what was declared: %v", err)
	}
	if _, _, _, err = carry(t, p, request("GET", ""), "/big", upper{close: no}); !errors.Is(err, no) {
		t.Errorf("a big body that is not what was declared: %v", err)
	}
	if p.inFlight != 0 || p.Health()[0].InFlight != 0 {
		t.Error("calls are left in flight")
	}
}

func TestEventStreamIsFlushedAsItComes(t *testing.T) {
	t.Parallel()
	step := make(chan struct{})
	url := serve(t, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/event-stream")
		for i := range 3 {
			fmt.Fprintf(w, "data: %d\n\n", i)
			http.NewResponseController(w).Flush()
			<-step
		}
	})
	p := newPool(t, Config{Addresses: []string{url}}, deps())
	a, err := p.Carry(t.Context(), person(), operation("GET"), "/", request("GET", ""), nil)
	if err != nil {
		t.Fatal(err)
	}
	s := &stepping{step: step}
	if _, err := a.Stream(s); err != nil || s.String() != "data: 0\n\ndata: 1\n\ndata: 2\n\n" || s.flushed != 3 {
		t.Errorf("%q, flushed %d times, %v", s, s.flushed, err)
	}
}

// stepping lets the server go on when it was flushed.
type stepping struct {
	sink
	step chan struct{}
}

func (s *stepping) Flush() error { s.step <- struct{}{}; return s.sink.Flush() }

func TestWebSocketPasses(t *testing.T) {
	t.Parallel()
	url := serve(t, func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Upgrade") != "websocket" || r.Header.Get("Connection") != "Upgrade" || r.Header.Get("Sec-Websocket-Key") != "k" {
			w.WriteHeader(400)
			return
		}
		c, b, _ := http.NewResponseController(w).Hijack()
		defer c.Close()
		io.WriteString(c, "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: a\r\n\r\nhello")
		line, _ := b.ReadString('\n')
		io.WriteString(c, "echo "+line)
	})
	p := newPool(t, Config{Addresses: []string{url}}, deps())
	r := request("GET", "", [2]string{"Upgrade", "websocket"}, [2]string{"Connection", "Upgrade"}, [2]string{"Sec-WebSocket-Key", "k"})
	a, err := p.Carry(t.Context(), person(), operation("GET"), "/ws", r, nil)
	if err != nil || a.Status != 101 || header(a, "Upgrade")[0] != "websocket" || header(a, "Sec-WebSocket-Accept")[0] != "a" {
		t.Fatalf("%+v %v", a, err)
	}
	ours, theirs := net.Pipe()
	go func() { io.WriteString(theirs, "ping\n") }()
	type read struct{ text string }
	back := make(chan read)
	go func() {
		b, _ := io.ReadAll(theirs)
		back <- read{string(b)}
	}()
	passed, err := a.Stream(&sink{hijacked: ours})
	if got := <-back; err != nil || got.text != "helloecho ping\n" || passed.In != 5 || passed.Out != 15 {
		t.Errorf("%q %+v %v", got.text, passed, err)
	}
	if p.inFlight != 0 {
		t.Error("the call is left in flight")
	}
}

func TestUnaskedSwitchIsRefused(t *testing.T) {
	t.Parallel()
	p := newPool(t, Config{Addresses: []string{script(t, "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n")}}, deps())
	if _, _, _, err := carry(t, p, request("GET", ""), "/", nil); !errors.Is(err, apierror.UpstreamBroken) {
		t.Error(err)
	}
}

// What an upstream could smuggle into the answers of others is refused, and its
// connection is not used again.
func TestMalformedAnswers(t *testing.T) {
	t.Parallel()
	for name, text := range map[string]string{
		"two lengths":              "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\nokk",
		"a length twice":           "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 2\r\n\r\nok",
		"a list of lengths":        "HTTP/1.1 200 OK\r\nContent-Length: 2, 2\r\n\r\nok",
		"a signed length":          "HTTP/1.1 200 OK\r\nContent-Length: +2\r\n\r\nok",
		"length and chunks":        "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
		"chunks and length":        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nContent-Length: 2\r\n\r\n0\r\n\r\n",
		"another coding":           "HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n",
		"a folded line":            "HTTP/1.1 200 OK\r\nX: a\r\n b\r\nContent-Length: 0\r\n\r\n",
		"a bare LF":                "HTTP/1.1 200 OK\nContent-Length: 2\n\nok",
		"a NUL":                    "HTTP/1.1 200 OK\r\nX: a\x00b\r\nContent-Length: 0\r\n\r\n",
		"a bare CR":                "HTTP/1.1 200 OK\r\nX: a\rSet-Cookie: b\r\nContent-Length: 0\r\n\r\n",
		"a blank before the colon": "HTTP/1.1 200 OK\r\nContent-Length : 2\r\n\r\nok",
		"no status":                "HTTP/1.1 OK\r\n\r\n",
		"another protocol":         "SSH-2.0-OpenSSH\r\n\r\n",
		"another version":          "HTTP/2.0 200 OK\r\n\r\n",
		"a head that ends":         "HTTP/1.1 200 OK\r\nContent-Le",
		"a head too large":         "HTTP/1.1 200 OK\r\nX: " + strings.Repeat("x", 70_000) + "\r\n\r\n",
		"too many lines":           "HTTP/1.1 200 OK\r\n" + strings.Repeat("X: y\r\n", 300) + "\r\n",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := newPool(t, Config{Addresses: []string{script(t, text)}, Retries: -1}, deps())
			_, out, _, err := carry(t, p, request("GET", ""), "/", nil)
			if !errors.Is(err, apierror.UpstreamBroken) {
				t.Errorf("%q %v", out, err)
			}
			if len(p.all[0].idle) != 0 {
				t.Error("the connection is kept")
			}
		})
	}
	for name, text := range map[string]string{
		"chunk that is no number":   "zz\r\nok\r\n0\r\n\r\n",
		"chunk with an extension":   "2;a=b\r\nok\r\n0\r\n\r\n",
		"chunk with a bare LF":      "2\nok\r\n0\r\n\r\n",
		"chunk longer than it says": "2\r\nokk\r\n0\r\n\r\n",
		"chunks that end":           "2\r\nok\r\n",
		"a forged trailer":          "2\r\nok\r\n0\r\nX : y\r\n\r\n",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := newPool(t, Config{Addresses: []string{script(t, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"+text)}, Retries: -1}, deps())
			if _, _, _, err := carry(t, p, request("GET", ""), "/", nil); err == nil {
				t.Error("the body was passed as whole")
			}
			if len(p.all[0].idle) != 0 {
				t.Error("the connection is kept")
			}
		})
	}
}

// What an upstream sends after its answer belongs to no one.
func TestSmuggledAnswerIsNotKept(t *testing.T) {
	t.Parallel()
	p := newPool(t, Config{Addresses: []string{script(t, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nokHTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil")}}, deps())
	for range 3 {
		if _, out, _, err := carry(t, p, request("GET", ""), "/", nil); err != nil || out != "ok" {
			t.Errorf("%q %v", out, err)
		}
	}
}

func TestAnswersWithoutBody(t *testing.T) {
	t.Parallel()
	url := serve(t, func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/204":
			w.WriteHeader(204)
		case "/304":
			w.Header().Set("Etag", `"x"`)
			w.WriteHeader(304)
		default:
			w.Header().Set("Content-Length", "7")
		}
	})
	p := newPool(t, Config{Addresses: []string{url}}, deps())
	for target, want := range map[string]struct {
		method string
		status int
		length int64
	}{"/204": {"GET", 204, -1}, "/304": {"GET", 304, -1}, "/": {"HEAD", 200, 7}} {
		a, out, _, err := carry(t, p, request(want.method, ""), target, nil)
		if err != nil || a.Status != want.status || a.Length != want.length || out != "" {
			t.Errorf("%s: %d, length %d, %q, %v", target, a.Status, a.Length, out, err)
		}
	}
	if len(p.all[0].idle) != 1 {
		t.Errorf("%d connections are kept", len(p.all[0].idle))
	}
}

func TestRedirectsAreNotFollowed(t *testing.T) {
	t.Parallel()
	var asked atomic.Int64
	inner := serve(t, func(http.ResponseWriter, *http.Request) { asked.Add(1) })
	var own string
	url := serve(t, func(w http.ResponseWriter, r *http.Request) {
		to := inner
		if r.URL.Path == "/own" {
			to = own + "/next"
		}
		w.Header().Set("Location", to)
		w.WriteHeader(302)
	})
	own = url
	p := newPool(t, Config{Addresses: []string{url}}, deps())
	if a, _, _, err := carry(t, p, request("GET", ""), "/", nil); err != nil || a.Status != 302 || asked.Load() != 0 {
		t.Errorf("%d %v, asked %d times", a.Status, err, asked.Load())
	}
	if a, _, _, err := carry(t, p, request("GET", ""), "/own", nil); err != nil || len(header(a, "Location")) != 0 {
		t.Errorf("an inner address is told: %v %v", a.Header, err)
	}
}

func TestHTTP2(t *testing.T) {
	t.Parallel()
	for name, h2 := range map[string]bool{"HTTP/2": true, "HTTP/1.1 over TLS": false} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				http.NewResponseController(w).EnableFullDuplex()
				w.Header().Set("X-Major", fmt.Sprint(r.ProtoMajor))
				w.Header().Set("X-Uri", r.RequestURI)
				w.Header().Set("X-User", r.Header.Get("X-Gatepost-User"))
				io.Copy(w, r.Body)
			}))
			s.EnableHTTP2 = h2
			s.Config.ErrorLog = slog.NewLogLogger(slog.DiscardHandler, slog.LevelDebug)
			s.StartTLS()
			defer s.Close()
			ca := string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: s.Certificate().Raw}))
			p := newPool(t, Config{Addresses: []string{s.URL}, CA: ca}, deps())
			big := strings.Repeat("0123456789", 100_000)
			for _, body := range []string{"small", big, "", "again"} {
				r := request("POST", body)
				if body == big {
					r.Body, r.Length = plain{strings.NewReader(big)}, -1
				}
				a, out, passed, err := carry(t, p, r, "/a%2Fb?q=1", nil)
				want := "1"
				if h2 {
					want = "2"
				}
				if err != nil || out != body || header(a, "X-Major")[0] != want || header(a, "X-Uri")[0] != "/a%2Fb?q=1" || header(a, "X-User")[0] != "u1" || passed.In != int64(len(body)) {
					t.Errorf("%d of %d bytes, %v, %+v, %v", len(out), len(body), a.Header, passed, err)
				}
			}
			without := newPool(t, Config{Addresses: []string{s.URL}}, deps())
			if _, _, _, err := carry(t, without, request("GET", ""), "/", nil); !errors.Is(err, apierror.UpstreamUnreachable) {
				t.Errorf("a certificate of nobody: %v", err)
			}
		})
	}
}

func TestHealthChecks(t *testing.T) {
	t.Parallel()
	var sick atomic.Bool
	var got atomic.Value
	url := serve(t, func(w http.ResponseWriter, r *http.Request) {
		got.Store(r.URL.Path + " " + r.UserAgent())
		if sick.Load() {
			w.WriteHeader(500)
		}
	})
	p := newPool(t, Config{Addresses: []string{url + "/base"}, Health: Health{Down: 2, Up: 2}}, deps())
	p.c.Health.Path = "/healthy"
	a := p.all[0]
	step := func(want State) {
		t.Helper()
		p.checked(a, p.check(t.Context(), a))
		if s := p.Health()[0].State; s != want {
			t.Errorf("%s, want %s", s, want)
		}
	}
	step(Up)
	if got.Load() != "/base/healthy gatepost-health" {
		t.Errorf("asked %v", got.Load())
	}
	sick.Store(true)
	step(Up)
	step(Down)
	if _, _, _, err := carry(t, p, request("GET", ""), "/", nil); !errors.Is(err, apierror.UpstreamOpen) {
		t.Errorf("with its address down: %v", err)
	}
	sick.Store(false)
	step(Down)
	step(Up)
	if _, _, _, err := carry(t, p, request("GET", ""), "/", nil); err != nil {
		t.Error(err)
	}
}

func TestLeastOfTwo(t *testing.T) {
	t.Parallel()
	p := newPool(t, Config{Addresses: []string{"http://127.0.0.1:1", "http://127.0.0.1:2", "http://127.0.0.1:3"}}, deps())
	for range 300 {
		if _, _, err := p.pick(nil); err != nil {
			t.Fatal(err)
		}
	}
	for _, a := range p.all {
		if a.inFlight < 95 || a.inFlight > 105 {
			t.Errorf("%s has %d of 300 calls", a.url, a.inFlight)
		}
	}
	a, _, _ := p.pick([]*address{p.all[0], p.all[1]})
	if a != p.all[2] {
		t.Errorf("%s was picked, which was tried before", a.url)
	}
}

func TestConfigNamesWhatIsWrong(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		c    Config
		want string
	}{
		{Config{Addresses: []string{"http://127.0.0.1"}}, "name"},
		{Config{Name: "a"}, "addresses"},
		{Config{Name: "a", Addresses: []string{"ftp://x"}}, "addresses[0]"},
		{Config{Name: "a", Addresses: []string{"http://127.0.0.1", "http://u:p@x"}}, "addresses[1]: want no credentials"},
		{Config{Name: "a", Addresses: []string{"http://x?y"}}, "addresses[0]"},
		{Config{Name: "a", Addresses: []string{"http://x#"}}, "addresses[0]"},
		{Config{Name: "a", Addresses: []string{"http://:80"}}, "addresses[0]"},
		{Config{Name: "a", Addresses: []string{"http://x:99999"}}, "addresses[0]"},
		{Config{Name: "a", Addresses: []string{"http://x/a/../b"}}, "addresses[0]"},
		{Config{Name: "a", Addresses: []string{"http://10.0.0.1"}}, "GATEPOST_UPSTREAM_ALLOW"},
		{Config{Name: "a", Addresses: []string{"http://2130706433"}}, "neither a name nor an address"},
		{Config{Name: "a", Addresses: []string{"http://x"}, Retries: 9}, "retries"},
		{Config{Name: "a", Addresses: []string{"http://x"}, Timeouts: Timeouts{Head: -1}}, "timeouts.head"},
		{Config{Name: "a", Addresses: []string{"http://x"}, Health: Health{Path: "x"}}, "health.path"},
		{Config{Name: "a", Addresses: []string{"http://x"}, Host: "a b"}, "host"},
		{Config{Name: "a", Addresses: []string{"http://x"}, CA: "x"}, "ca"},
	} {
		if _, err := New(tc.c, deps()); err == nil || !strings.Contains(err.Error(), tc.want) || strings.Contains(err.Error(), "u:p") {
			t.Errorf("%+v: %v, want %s", tc.c, err, tc.want)
		}
	}
}

func TestHeaderNamesFold(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]fate{"X-Own": pass, "X-Gatepost": pass, "X-GatepostUser": pass, "x_gatepost-User": drop, "CONTENT_LENGTH": drop,
		"authorization": credential, "COOKIE": cookie, "Accept-encoding": bodily, textproto.CanonicalMIMEHeaderKey(op.TokenHeader): credential} {
		if got := fateOf(name); got != want {
			t.Errorf("%s: %d, want %d", name, got, want)
		}
	}
	for in, want := range map[string]string{"gatepost_session=s": "", "a=1; gatepost_session=s; b=2": "a=1; b=2", "a=1": "a=1"} {
		if got := withoutSession(in); got != want {
			t.Errorf("%q became %q", in, got)
		}
	}
}
