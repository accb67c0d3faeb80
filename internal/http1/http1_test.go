package http1

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"
	"testing/iotest"
)

// ask is a request line and a Host, before what a case adds.
const ask = "POST / HTTP/1.1\r\nHost: a\r\n"

// attacks are requests that two programs on the way could understand
// differently, after the public collections of request smuggling: RFC 9112 §11,
// the CL.TE, TE.CL, TE.TE and CL.0 families, and what is known of parsers.
var attacks = map[string]string{
	"length and chunks":                      ask + "Content-Length: 6\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\nG",
	"chunks and length":                      ask + "Transfer-Encoding: chunked\r\nContent-Length: 6\r\n\r\n0\r\n\r\nG",
	"two lengths":                            ask + "Content-Length: 5\r\nContent-Length: 6\r\n\r\nhello!",
	"a length twice":                         ask + "Content-Length: 5\r\nContent-Length: 5\r\n\r\nhello",
	"a length and none":                      ask + "Content-Length: 5\r\nContent-Length:\r\n\r\nhello",
	"a list of lengths":                      ask + "Content-Length: 5, 5\r\n\r\nhello",
	"a signed length":                        ask + "Content-Length: +5\r\n\r\nhello",
	"a negative length":                      ask + "Content-Length: -1\r\n\r\n",
	"a hexadecimal length":                   ask + "Content-Length: 0x5\r\n\r\nhello",
	"a length with a separator":              ask + "Content-Length: 1_0\r\n\r\n0123456789",
	"a length beyond all numbers":            ask + "Content-Length: 18446744073709551617\r\n\r\n",
	"a length with a blank within":           ask + "Content-Length: 1 0\r\n\r\n0123456789",
	"an empty length":                        ask + "Content-Length: \r\n\r\n",
	"a length of other digits":               ask + "Content-Length: ５\r\n\r\nhello",
	"a vertical tab before the length":       ask + "Content-Length: \v5\r\n\r\nhello",
	"chunked twice":                          ask + "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
	"a list of codings":                      ask + "Transfer-Encoding: chunked, chunked\r\n\r\n0\r\n\r\n",
	"identity and chunked":                   ask + "Transfer-Encoding: identity, chunked\r\n\r\n0\r\n\r\n",
	"chunked and identity":                   ask + "Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n\r\n0\r\n\r\n",
	"xchunked":                               ask + "Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n",
	"chunked in quotes":                      ask + "Transfer-Encoding: \"chunked\"\r\n\r\n0\r\n\r\n",
	"a vertical tab before chunked":          ask + "Transfer-Encoding: \vchunked\r\n\r\n0\r\n\r\n",
	"an empty coding":                        ask + "Transfer-Encoding:\r\n\r\n",
	"chunked with a parameter":               ask + "Transfer-Encoding: chunked;a=b\r\n\r\n0\r\n\r\n",
	"a blank before the colon":               ask + "Transfer-Encoding : chunked\r\n\r\n0\r\n\r\n",
	"a tab before the colon":                 ask + "Content-Length\t: 5\r\n\r\nhello",
	"a blank before the name":                ask + " Content-Length: 5\r\n\r\nhello",
	"a line folded by a blank":               ask + "X: y\r\n Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
	"a line folded by a tab":                 ask + "Transfer-Encoding:\r\n\tchunked\r\n\r\n0\r\n\r\n",
	"a folded first line":                    "POST / HTTP/1.1\r\n Host: a\r\nHost: a\r\n\r\n",
	"a bare LF after the first line":         "POST / HTTP/1.1\nHost: a\r\n\r\n",
	"a bare LF after a header":               ask + "X: y\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
	"a bare LF as the blank line":            ask + "X: y\r\n\n",
	"two bare LFs":                           "POST / HTTP/1.1\nHost: a\n\n",
	"a bare CR in a value":                   ask + "X: y\rTransfer-Encoding: chunked\r\n\r\n",
	"a bare CR in the first line":            "POST / HTTP/1.1\rHost: b\r\nHost: a\r\n\r\n",
	"CR CR LF":                               ask + "X: y\r\r\n\r\n",
	"a NUL in a value":                       ask + "X: y\x00z\r\n\r\n",
	"a NUL in a name":                        ask + "X\x00: y\r\n\r\n",
	"a NUL in the target":                    "GET /\x00 HTTP/1.1\r\nHost: a\r\n\r\n",
	"a DEL in a value":                       ask + "X: \x7f\r\n\r\n",
	"a name that is no token":                ask + "X(y): z\r\n\r\n",
	"a name that is empty":                   ask + ": z\r\n\r\n",
	"a line without a colon":                 ask + "Transfer-Encoding\r\n\r\n",
	"a name of other letters":                ask + "Content-Length\xc2\xa0: 5\r\n\r\nhello",
	"no Host":                                "GET / HTTP/1.1\r\n\r\n",
	"two Hosts":                              "GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n",
	"a Host twice":                           "GET / HTTP/1.1\r\nHost: a\r\nhost: a\r\n\r\n",
	"a Host with a path":                     "GET / HTTP/1.1\r\nHost: a/b\r\n\r\n",
	"a Host with a user":                     "GET / HTTP/1.1\r\nHost: u@a\r\n\r\n",
	"a Host with a blank":                    "GET / HTTP/1.1\r\nHost: a b\r\n\r\n",
	"a list of Hosts":                        "GET / HTTP/1.1\r\nHost: a, b\r\n\r\n",
	"chunks in HTTP/1.0":                     "POST / HTTP/1.0\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
	"HTTP/0.9":                               "GET /\r\n\r\n",
	"HTTP/1.2":                               "GET / HTTP/1.2\r\nHost: a\r\n\r\n",
	"HTTP/2.0":                               "GET / HTTP/2.0\r\nHost: a\r\n\r\n",
	"HTTP/1.10":                              "GET / HTTP/1.10\r\nHost: a\r\n\r\n",
	"http/1.1":                               "GET / http/1.1\r\nHost: a\r\n\r\n",
	"two blanks before the target":           "GET  / HTTP/1.1\r\nHost: a\r\n\r\n",
	"two blanks before the version":          "GET /  HTTP/1.1\r\nHost: a\r\n\r\n",
	"a blank in the target":                  "GET /a b HTTP/1.1\r\nHost: a\r\n\r\n",
	"a tab for a blank":                      "GET\t/ HTTP/1.1\r\nHost: a\r\n\r\n",
	"a blank before the method":              " GET / HTTP/1.1\r\nHost: a\r\n\r\n",
	"a blank after the version":              "GET / HTTP/1.1 \r\nHost: a\r\n\r\n",
	"a method that is no token":              "GE,T / HTTP/1.1\r\nHost: a\r\n\r\n",
	"no target":                              "GET HTTP/1.1\r\nHost: a\r\n\r\n",
	"a blank first line":                     "\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n",
	"a chunk of no length":                   ask + "Transfer-Encoding: chunked\r\n\r\n\r\n0\r\n\r\n",
	"a chunk with an extension":              ask + "Transfer-Encoding: chunked\r\n\r\n1;a\r\nx\r\n0\r\n\r\n",
	"a chunk extension with a bare LF":       ask + "Transfer-Encoding: chunked\r\n\r\n1;\nx\r\n0\r\n\r\n",
	"a chunk line with a bare LF":            ask + "Transfer-Encoding: chunked\r\n\r\n1\nx\r\n0\r\n\r\n",
	"a chunk of hexadecimal mark":            ask + "Transfer-Encoding: chunked\r\n\r\n0x1\r\nx\r\n0\r\n\r\n",
	"a negative chunk":                       ask + "Transfer-Encoding: chunked\r\n\r\n-1\r\nx\r\n0\r\n\r\n",
	"a chunk with a blank":                   ask + "Transfer-Encoding: chunked\r\n\r\n1 \r\nx\r\n0\r\n\r\n",
	"a chunk beyond all numbers":             ask + "Transfer-Encoding: chunked\r\n\r\n10000000000000001\r\nx\r\n0\r\n\r\n",
	"a chunk longer than it says":            ask + "Transfer-Encoding: chunked\r\n\r\n1\r\nxy\r\n0\r\n\r\n",
	"a chunk without its CRLF":               ask + "Transfer-Encoding: chunked\r\n\r\n1\r\nx0\r\n\r\n",
	"a chunk that ends with a bare LF":       ask + "Transfer-Encoding: chunked\r\n\r\n1\r\nx\n0\r\n\r\n",
	"a last chunk with a bare LF":            ask + "Transfer-Encoding: chunked\r\n\r\n0\r\n\n",
	"a trailer that is no header":            ask + "Transfer-Encoding: chunked\r\n\r\n0\r\nGET / HTTP/1.1\r\n\r\n",
	"a trailer without end":                  ask + "Transfer-Encoding: chunked\r\n\r\n0\r\n" + strings.Repeat("X: y\r\n", 3000) + "\r\n",
	"a body that ends too early":             ask + "Content-Length: 9\r\n\r\nhello",
	"chunks that end too early":              ask + "Transfer-Encoding: chunked\r\n\r\n5\r\nhel",
	"a head that ends too early":             ask + "X: y\r\n",
	"a head too large":                       ask + "X: " + strings.Repeat("y", MaxHead) + "\r\n\r\n",
	"a head that never ends":                 strings.Repeat("y", 2*MaxHead),
	"too many lines":                         ask + strings.Repeat("X: y\r\n", MaxLines) + "\r\n",
	"an answer":                              "HTTP/1.1 200 OK\r\nHost: a\r\n\r\n",
	"the first bytes of TLS":                 "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n",
	"a length hidden behind chunked by case": ask + "transfer-ENCODING: CHUNKED\r\ncontent-LENGTH: 3\r\n\r\n0\r\n\r\n",
}

// read reads one request as a server does.
func read(src io.Reader) (h Head, body []byte, rest []byte, err error) {
	r := NewReader(src, make([]byte, 64))
	text, err := r.Head()
	if err != nil {
		return h, nil, nil, err
	}
	if err := h.Request(text); err != nil {
		return h, nil, nil, err
	}
	b := r.RequestBody(&h)
	body, err = io.ReadAll(&b)
	if err == nil && !b.Done() {
		err = errors.New("the body was read, and is not done")
	}
	return h, body, r.Buffered(), err
}

func TestAttacksAreRefused(t *testing.T) {
	t.Parallel()
	for name, text := range attacks {
		if h, body, rest, err := read(strings.NewReader(text)); err == nil {
			t.Errorf("%s: understood as %+v with %q, then %q", name, h, body, rest)
		}
		if _, _, _, err := read(iotest.OneByteReader(strings.NewReader(text))); err == nil {
			t.Errorf("%s: understood when it comes byte by byte", name)
		}
	}
}

func TestRequests(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]struct {
		h    Head
		body string
	}{
		"GET /a?b HTTP/1.1\r\nHost: a:80\r\n\r\n": {
			Head{Method: "GET", Target: "/a?b", Minor: 1, Host: "a:80", Length: -1, Lines: []Line{{"Host", "a:80"}}}, ""},
		"POST / HTTP/1.1\r\nhost:a\r\ncontent-length:\t5 \r\nexpect: 100-Continue\r\n\r\nhello": {
			Head{Method: "POST", Target: "/", Minor: 1, Host: "a", Length: 5, Expect: true, Lines: []Line{{"host", "a"}, {"content-length", "5"}, {"expect", "100-Continue"}}}, "hello"},
		"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: Chunked\r\n\r\n3\r\nabc\r\nA\r\n0123456789\r\n0\r\nX: y\r\n\r\n": {
			Head{Method: "POST", Target: "/", Minor: 1, Host: "a", Length: -1, Chunked: true, Lines: []Line{{"Host", "a"}, {"Transfer-Encoding", "Chunked"}}}, "abc0123456789"},
		"GET / HTTP/1.0\r\n\r\n": {Head{Method: "GET", Target: "/", Length: -1, Close: true}, ""},
		"GET / HTTP/1.0\r\nConnection: Keep-Alive\r\n\r\n": {
			Head{Method: "GET", Target: "/", Length: -1, keep: true, Lines: []Line{{"Connection", "Keep-Alive"}}}, ""},
		"GET / HTTP/1.1\r\nHost:\r\nConnection: close, Upgrade\r\n\r\n": {
			Head{Method: "GET", Target: "/", Minor: 1, Length: -1, Close: true, Upgrade: true, Lines: []Line{{"Host", ""}, {"Connection", "close, Upgrade"}}}, ""},
	} {
		for _, src := range []io.Reader{strings.NewReader(text + "next"), iotest.OneByteReader(strings.NewReader(text)), iotest.DataErrReader(strings.NewReader(text))} {
			h, body, _, err := read(src)
			if err != nil || string(body) != want.body || !sameHead(h, want.h) {
				t.Errorf("%q: %+v %q %v", text, h, body, err)
			}
		}
	}
}

func sameHead(a, b Head) bool {
	lines := slices.Equal(a.Lines, b.Lines)
	return lines && a.Method == b.Method && a.Target == b.Target && a.Minor == b.Minor && a.Host == b.Host && a.Length == b.Length &&
		a.Chunked == b.Chunked && a.Close == b.Close && a.Upgrade == b.Upgrade && a.Expect == b.Expect && a.keep == b.keep
}

func TestPipelinedRequests(t *testing.T) {
	t.Parallel()
	text := "POST /1 HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\noneGET /2 HTTP/1.1\r\nHost: a\r\n\r\nPOST /3 HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nthree\r\n0\r\n\r\n"
	r := NewReader(strings.NewReader(text), make([]byte, 16))
	var h Head
	for _, want := range []struct{ target, body string }{{"/1", "one"}, {"/2", ""}, {"/3", "three"}} {
		if err := r.Wait(); err != nil {
			t.Fatal(err)
		}
		head, err := r.Head()
		if err != nil {
			t.Fatal(err)
		}
		if err := h.Request(head); err != nil {
			t.Fatal(err)
		}
		b := r.RequestBody(&h)
		if body, err := io.ReadAll(&b); err != nil || h.Target != want.target || string(body) != want.body {
			t.Errorf("%s %q %v", h.Target, body, err)
		}
	}
	if err := r.Wait(); !errors.Is(err, io.EOF) {
		t.Errorf("at the end: %v", err)
	}
}

func TestAnswerBodies(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]struct {
		method, body string
		done         bool
	}{
		"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok":                            {"GET", "ok", true},
		"HTTP/1.1 200\r\nContent-Length: 2\r\n\r\nok":                               {"GET", "ok", true},
		"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n":                              {"HEAD", "", true},
		"HTTP/1.1 204 None\r\n\r\n":                                                 {"GET", "", true},
		"HTTP/1.1 304 Same\r\nContent-Length: 9\r\n\r\n":                            {"GET", "", true},
		"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n": {"GET", "ok", true},
		"HTTP/1.0 200 OK\r\n\r\nuntil the end":                                      {"GET", "until the end", false},
	} {
		r := NewReader(strings.NewReader(text), make([]byte, 32))
		head, err := r.Head()
		if err != nil {
			t.Fatal(err)
		}
		var h Head
		if err := h.Answer(head); err != nil {
			t.Fatalf("%q: %v", text, err)
		}
		b := r.AnswerBody(&h, want.method)
		if body, err := io.ReadAll(&b); err != nil || string(body) != want.body || b.Done() != want.done {
			t.Errorf("%q: %q, done %v, %v", text, body, b.Done(), err)
		}
	}
}

func TestWriter(t *testing.T) {
	t.Parallel()
	for _, chunked := range []bool{true, false} {
		for _, size := range []int{0, 1, 700, 1000, 100_000} {
			var out bytes.Buffer
			w, err := NewWriter(&out, append(make([]byte, 0, 1024), "HTTP/1.1 200 OK\r\n"...), chunked)
			if err != nil {
				t.Fatal(err)
			}
			content := strings.Repeat("x", size)
			if n, err := io.WriteString(w, content); n != size || err != nil || w.Count != int64(size) {
				t.Fatal(n, err, w.Count)
			}
			if err := w.Close(); err != nil {
				t.Fatal(err)
			}
			body, ok := strings.CutPrefix(out.String(), "HTTP/1.1 200 OK\r\n")
			if chunked {
				b := NewReader(strings.NewReader(body), make([]byte, 64)).RequestBody(&Head{Chunked: true})
				read, err := io.ReadAll(&b)
				if body = string(read); err != nil || !b.Done() {
					t.Error(err)
				}
			}
			if !ok || body != content {
				t.Errorf("%d bytes became %d, chunked %v", size, len(body), chunked)
			}
		}
	}
}

// FuzzRequest compares with net/http: what we take, it takes, and understands
// alike. We may refuse more.
func FuzzRequest(f *testing.F) {
	for _, text := range attacks {
		f.Add([]byte(text))
	}
	f.Add([]byte("GET /a?b HTTP/1.1\r\nHost: a\r\nX: y\r\n\r\n"))
	f.Add([]byte("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\nX: y\r\n\r\nrest"))
	f.Add([]byte("POST / HTTP/1.0\r\nHost: a\r\nContent-Length: 3\r\nConnection: keep-alive\r\n\r\nabcd"))
	f.Fuzz(func(t *testing.T, text []byte) {
		src := bytes.NewReader(text)
		h, body, rest, err := read(src)
		if err != nil || h.Target[0] != '/' && h.Target != "*" {
			return // other targets are net/http's to read
		}
		buffered := bufio.NewReader(bytes.NewReader(text))
		q, err := http.ReadRequest(buffered)
		if err != nil {
			if strings.Contains(err.Error(), "URL") || strings.Contains(err.Error(), "invalid URI") {
				return // escapes in the target; the listener leaves such targets to net/http
			}
			t.Fatalf("taken as %+v, and net/http says %v", h, err)
		}
		theirs, err := io.ReadAll(q.Body)
		if err != nil || !bytes.Equal(theirs, body) {
			t.Fatalf("a body of %q, and of %q to net/http, %v", body, theirs, err)
		}
		left, _ := io.ReadAll(buffered)
		ours, _ := io.ReadAll(src)
		if ours = append(slices.Clone(rest), ours...); !bytes.Equal(left, ours) {
			t.Fatalf("%q is left, and %q to net/http", ours, left)
		}
		compare(t, &h, q)
	})
}

func compare(t *testing.T, h *Head, q *http.Request) {
	t.Helper()
	if q.Method != h.Method || q.RequestURI != h.Target || q.Host != h.Host || q.ProtoMinor != h.Minor {
		t.Errorf("%+v, and to net/http %+v", h, q)
	}
	if h.Chunked != (len(q.TransferEncoding) > 0) || !h.Chunked && max(h.Length, 0) != q.ContentLength {
		t.Errorf("%d bytes, chunked %v; to net/http %d, %v", h.Length, h.Chunked, q.ContentLength, q.TransferEncoding)
	}
	if h.Close != q.Close {
		t.Errorf("closes %v, to net/http %v: %+v", h.Close, q.Close, h)
	}
	for name := range q.Header {
		if !slices.Equal(q.Header[name], h.Values(name)) {
			t.Errorf("%s: %q, to net/http %q", name, h.Values(name), q.Header[name])
		}
	}
}

// FuzzAnswer looks for panics, and for bodies that end elsewhere than net/http's.
func FuzzAnswer(f *testing.F) {
	f.Add([]byte("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"))
	f.Add([]byte("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n"))
	f.Add([]byte("HTTP/1.0 200 OK\r\n\r\nuntil the end"))
	f.Fuzz(func(t *testing.T, text []byte) {
		r := NewReader(bytes.NewReader(text), make([]byte, 64))
		head, err := r.Head()
		if err != nil {
			return
		}
		var h Head
		if h.Answer(head) != nil || h.Status < 200 {
			return
		}
		b := r.AnswerBody(&h, "GET")
		body, err := io.ReadAll(&b)
		if err != nil {
			return
		}
		a, err := http.ReadResponse(bufio.NewReader(bytes.NewReader(text)), nil)
		if err != nil {
			t.Fatalf("taken as %+v, and net/http says %v", h, err)
		}
		theirs, err := io.ReadAll(a.Body)
		if err != nil || !bytes.Equal(theirs, body) || a.StatusCode != h.Status {
			t.Fatalf("%d with %q, and to net/http %d with %q, %v", h.Status, body, a.StatusCode, theirs, err)
		}
	})
}

func BenchmarkRequest(b *testing.B) {
	text := "POST /v1.0/contact/users/me?x=1 HTTP/1.1\r\nHost: gate.example:8700\r\nUser-Agent: client/1.0\r\nAccept: */*\r\nContent-Type: application/json\r\nX-Acs-Dingtalk-Access-Token: 0123456789abcdef0123456789abcdef\r\nContent-Length: 16\r\n\r\n"
	var h Head
	b.ReportAllocs()
	for b.Loop() {
		if err := h.Request(text); err != nil {
			b.Fatal(err)
		}
	}
}
