package nethttp

import (
	"bufio"
	"context"
	"crypto/tls"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"runtime"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/gatepost/gatepost/internal/apierror"
	"github.com/gatepost/gatepost/internal/op"
)

type serverFunc func(context.Context, *op.Request) op.Answer

func (f serverFunc) Serve(ctx context.Context, r *op.Request) op.Answer { return f(ctx, r) }

func TestAddress(t *testing.T) {
	t.Parallel()
	trusted := []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8"), netip.MustParsePrefix("fd00::/8"), netip.MustParsePrefix("192.0.2.1/32")}
	for name, tc := range map[string]struct {
		peer      string
		forwarded []string
		proto     string
		want      string
		secure    bool
	}{
		"no proxy":                  {"203.0.113.9:5000", nil, "", "203.0.113.9", false},
		"a stranger who claims":     {"203.0.113.9:5000", []string{"198.51.100.1"}, "https", "203.0.113.9", false},
		"one proxy":                 {"10.0.0.1:5000", []string{"203.0.113.9"}, "", "203.0.113.9", false},
		"two proxies":               {"10.0.0.1:5000", []string{"203.0.113.9, 10.0.0.2"}, "", "203.0.113.9", false},
		"two proxies, two lines":    {"10.0.0.1:5000", []string{"203.0.113.9", "10.0.0.2"}, "", "203.0.113.9", false},
		"what the caller put there": {"10.0.0.1:5000", []string{"198.51.100.1, 203.0.113.9"}, "", "203.0.113.9", false},
		"all trusted":               {"10.0.0.1:5000", []string{"10.0.0.3,10.0.0.2"}, "", "10.0.0.3", false},
		"no entry":                  {"10.0.0.1:5000", nil, "", "10.0.0.1", false},
		"nonsense":                  {"10.0.0.1:5000", []string{"203.0.113.9, unknown"}, "", "10.0.0.1", false},
		"nonsense behind an entry":  {"10.0.0.1:5000", []string{"unknown, 10.0.0.2"}, "", "10.0.0.2", false},
		"empty entry":               {"10.0.0.1:5000", []string{""}, "", "10.0.0.1", false},
		"IPv6":                      {"[fd00::1]:5000", []string{"2001:db8::9"}, "", "2001:db8::9", false},
		"IPv4 in IPv6":              {"[::ffff:10.0.0.1]:5000", []string{"::ffff:203.0.113.9"}, "", "203.0.113.9", false},
		"TLS ends at the proxy":     {"10.0.0.1:5000", []string{"203.0.113.9"}, "https", "203.0.113.9", true},
		"plain to the proxy":        {"10.0.0.1:5000", []string{"203.0.113.9"}, "http", "203.0.113.9", false},
		"no address":                {"@", []string{"203.0.113.9"}, "https", "", false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := httptest.NewRequest("GET", "/", nil)
			r.RemoteAddr = tc.peer
			r.Header["X-Forwarded-For"] = tc.forwarded
			if tc.proto != "" {
				r.Header.Set("X-Forwarded-Proto", tc.proto)
			}
			var got op.Request
			h := Handler{Trusted: trusted, Server: serverFunc(func(_ context.Context, q *op.Request) op.Answer {
				got = *q
				return op.Answer{Status: 200}
			})}
			h.ServeHTTP(httptest.NewRecorder(), r)
			address := ""
			if got.IP.IsValid() {
				address = got.IP.String()
			}
			if address != tc.want || got.Secure != tc.secure {
				t.Errorf("called from %q, secure %v", address, got.Secure)
			}
		})
	}
}

func TestRequestAndAnswer(t *testing.T) {
	t.Parallel()
	r := httptest.NewRequest("PUT", "http://gate.example/v1.0/a%2Fb/%E6%9D%8E?x=%20&y", strings.NewReader("body"))
	r.Header.Set("X-Acs-Dingtalk-Access-Token", "t")
	r.TLS = &tls.ConnectionState{}
	var got op.Request
	var body string
	h := Handler{Server: serverFunc(func(_ context.Context, q *op.Request) op.Answer {
		got = *q
		if q.Body != nil {
			b, _ := io.ReadAll(q.Body)
			body = string(b)
		}
		return op.Answer{Status: 403, Type: "application/json", Body: []byte(`{"a":1}`), Header: [][2]string{{"Set-Cookie", "a"}, {"Set-Cookie", "b"}, {"X-Own", "1"}}}
	})}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	if got.Method != "PUT" || got.Path != "/v1.0/a%2Fb/%E6%9D%8E" || got.Query != "x=%20&y" || got.Host != "gate.example" || !got.Secure ||
		got.Length != 4 || got.Head.Get(op.TokenHeader) != "t" || body != "body" {
		t.Errorf("served %+v with the body %q", got, body)
	}
	head := w.Header()
	if w.Code != 403 || w.Body.String() != `{"a":1}` || head.Get("Content-Type") != "application/json" || head.Get("X-Content-Type-Options") != "nosniff" ||
		!slices.Equal(head.Values("Set-Cookie"), []string{"a", "b"}) || head.Get("X-Own") != "1" {
		t.Errorf("%d %v %s", w.Code, head, w.Body)
	}

	h.ServeHTTP(httptest.NewRecorder(), httptest.NewRequest("GET", "/", http.NoBody))
	if got.Body != nil {
		t.Error("a request without a body has one")
	}
}

// counting counts the bytes that a server was sent.
type counting struct {
	net.Conn
	read *atomic.Int64
}

func (c counting) Read(b []byte) (int, error) {
	n, err := c.Conn.Read(b)
	c.read.Add(int64(n))
	return n, err
}

type countingListener struct {
	net.Listener
	read *atomic.Int64
}

func (l countingListener) Accept() (net.Conn, error) {
	c, err := l.Listener.Accept()
	return counting{c, l.read}, err
}

// refuse answers as the gateway does when a body is over the limit: it has read
// nothing, or just beyond the limit.
func refuse(t *testing.T, dialect op.Dialect, reads int64) Server {
	t.Helper()
	return serverFunc(func(_ context.Context, q *op.Request) op.Answer {
		if _, err := io.CopyN(io.Discard, q.Body, reads); err != nil {
			t.Errorf("read the body: %v", err)
		}
		return dialect.Refuse(op.Refusal{Path: "/user/get", Lang: "en"}, apierror.BodyTooLarge.With())
	})
}

// A client that writes its whole body before it reads anything, as most do, must
// still find the refusal, and the body must not pile up in memory.
func TestBigRefusedBodyIsDrained(t *testing.T) {
	const size = 100 << 20
	for name, tc := range map[string]struct {
		dialect op.Dialect
		reads   int64
		chunked bool
		status  string
	}{
		"declared, v2":         {op.DialectV2, 0, false, "413"},
		"declared, v1":         {op.DialectV1, 0, false, "200"},
		"chunked, v2":          {op.DialectV2, 1<<20 + 1, true, "413"},
		"chunked, v1":          {op.DialectV1, 1<<20 + 1, true, "200"},
		"declared, in part v2": {op.DialectV2, 1<<20 + 1, false, "413"},
	} {
		t.Run(name, func(t *testing.T) {
			var read atomic.Int64
			server := httptest.NewUnstartedServer(&Handler{Server: refuse(t, tc.dialect, tc.reads)})
			server.Listener = countingListener{server.Listener, &read}
			server.Start()
			defer server.Close()

			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			status, body := writeAllThenRead(t, server.Listener.Addr().String(), size, tc.chunked)
			runtime.ReadMemStats(&after)
			if status != tc.status || !strings.Contains(body, "the body is too large") {
				t.Errorf("%s %s", status, body)
			}
			if n := read.Load(); n < size {
				t.Errorf("the server read %d bytes of %d", n, size)
			}
			if grown := after.TotalAlloc - before.TotalAlloc; grown > 16<<20 {
				t.Errorf("%d MiB were allocated for a body of %d MiB", grown>>20, size>>20)
			}
		})
	}
}

// writeAllThenRead sends a request of size bytes and only then reads the answer.
func writeAllThenRead(t *testing.T, address string, size int, chunked bool) (status, body string) {
	t.Helper()
	conn, err := net.Dial("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	_ = conn.SetDeadline(time.Now().Add(time.Minute))
	length := fmt.Sprintf("Content-Length: %d", size)
	if chunked {
		length = "Transfer-Encoding: chunked"
	}
	fmt.Fprintf(conn, "POST /user/get HTTP/1.1\r\nHost: x\r\n%s\r\n\r\n", length)
	block := make([]byte, 1<<20)
	for sent := 0; sent < size; sent += len(block) {
		if chunked {
			fmt.Fprintf(conn, "%x\r\n", len(block))
		}
		if _, err := conn.Write(block); err != nil {
			t.Fatalf("after %d bytes: %v", sent, err)
		}
		if chunked {
			fmt.Fprint(conn, "\r\n")
		}
	}
	if chunked {
		fmt.Fprint(conn, "0\r\n\r\n")
	}
	answer, err := http.ReadResponse(bufio.NewReader(conn), nil)
	if err != nil {
		t.Fatalf("the whole body was sent, and then: %v", err)
	}
	b, err := io.ReadAll(answer.Body)
	if err != nil {
		t.Fatal(err)
	}
	return answer.Status[:3], string(b)
}

// After a small refused body the connection serves the next call.
func TestConnectionIsKeptAfterSmallRefusal(t *testing.T) {
	t.Parallel()
	var calls atomic.Int64
	server := httptest.NewServer(&Handler{Server: serverFunc(func(context.Context, *op.Request) op.Answer {
		calls.Add(1)
		return op.DialectV2.Refuse(op.Refusal{Lang: "en"}, apierror.BodyMalformed.With())
	})})
	defer server.Close()
	conn, err := net.Dial("tcp", server.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	reader := bufio.NewReader(conn)
	for range 3 {
		fmt.Fprintf(conn, "POST /v1.0/x HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\n%s", strings.Repeat("x", 1000))
		answer, err := http.ReadResponse(reader, nil)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := io.Copy(io.Discard, answer.Body); err != nil || answer.StatusCode != 400 || answer.Close {
			t.Fatalf("%d, closes %v, %v", answer.StatusCode, answer.Close, err)
		}
	}
	if calls.Load() != 3 {
		t.Errorf("%d calls", calls.Load())
	}
}
