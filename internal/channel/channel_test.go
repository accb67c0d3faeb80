package channel

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/coder/websocket"

	"github.com/gatepost/gatepost/internal/op"
)

// world is a platform's channel, and what lies between it and its clients.
type world struct {
	t      *testing.T
	server *Server
	url    string // of the recorder
	ahead  atomic.Int64
	serve  func(ctx context.Context, q *op.Request) op.Answer

	mu     sync.Mutex
	seen   bytes.Buffer // every byte that went over the wire
	tamper func(d direction, n int, frame []byte) [][]byte
}

func (w *world) Serve(ctx context.Context, q *op.Request) op.Answer { return w.serve(ctx, q) }

// echo answers with what it was asked.
func echo(_ context.Context, q *op.Request) op.Answer {
	var sent []byte
	if q.Body != nil {
		sent, _ = io.ReadAll(q.Body)
	}
	return op.Answer{Status: 200, Type: "text/plain", Header: [][2]string{{"X-Answer", "marked-answer-header"}},
		Body: fmt.Appendf(nil, "%s %s?%s %s %s", q.Method, q.Path, q.Query, q.Head.Get("X-Mark"), sent)}
}

func newWorld(t *testing.T, change func(*Limits)) *world {
	t.Helper()
	key, err := NewKey()
	if err != nil {
		t.Fatal(err)
	}
	w := &world{t: t, serve: echo}
	limits := DefaultLimits()
	if change != nil {
		change(&limits)
	}
	w.server = &Server{Gateway: w, Key: key, Limits: limits, Logger: slog.New(slog.DiscardHandler),
		Origin: func(*op.Request, *http.Request) {}, Now: func() time.Time { return time.Now().Add(time.Duration(w.ahead.Load())) }}
	platform := httptest.NewServer(w.server)
	t.Cleanup(platform.Close)
	between := httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) { w.relay(rw, r, platform.URL) }))
	t.Cleanup(between.Close)
	w.url = "ws" + strings.TrimPrefix(between.URL, "http")
	return w
}

// relay passes messages on, keeps what they hold, and lets tamper change them.
func (w *world) relay(rw http.ResponseWriter, r *http.Request, to string) {
	client, err := websocket.Accept(rw, r, nil)
	if err != nil {
		return
	}
	defer client.CloseNow()
	ctx := context.WithoutCancel(r.Context())
	platform, resp, err := websocket.Dial(ctx, "ws"+strings.TrimPrefix(to, "http")+Path, nil)
	if err != nil {
		return
	}
	if resp.Body != nil {
		_ = resp.Body.Close()
	}
	defer platform.CloseNow()
	var both sync.WaitGroup
	pass := func(d direction, from, to *websocket.Conn) {
		from.SetReadLimit(-1)
		for n := 0; ; n++ {
			typ, b, err := from.Read(ctx)
			if err != nil {
				var closed websocket.CloseError
				if errors.As(err, &closed) {
					_ = to.Close(closed.Code, closed.Reason)
				} else {
					_ = to.CloseNow()
				}
				return
			}
			w.mu.Lock()
			w.seen.Write(b)
			tamper := w.tamper
			w.mu.Unlock()
			frames := [][]byte{b}
			if tamper != nil {
				frames = tamper(d, n, b)
			}
			if frames == nil { // cut here
				_ = from.CloseNow()
				_ = to.CloseNow()
				return
			}
			for _, f := range frames {
				if to.Write(ctx, typ, f) != nil {
					return
				}
			}
		}
	}
	both.Go(func() { pass(up, client, platform) })
	both.Go(func() { pass(down, platform, client) })
	both.Wait()
}

func (w *world) dial() *Client {
	w.t.Helper()
	c, err := Dial(w.t.Context(), w.url+Path, w.server.Key.Public())
	if err != nil {
		w.t.Fatal(err)
	}
	w.t.Cleanup(func() { _ = c.Close() })
	return c
}

func (w *world) ok(c *Client, body string) {
	w.t.Helper()
	a, err := c.Do(w.t.Context(), Call{Method: "POST", Path: "/topapi/x", Body: []byte(body)})
	if err != nil || a.Status != 200 || !strings.HasSuffix(string(a.Body), body) {
		w.t.Fatalf("%d %.100s: %v", a.Status, a.Body, err)
	}
}

// endsWith makes a call that has to end the session for a reason.
func (w *world) endsWith(c *Client, want Reason) {
	w.t.Helper()
	_, err := c.Do(w.t.Context(), Call{Method: "GET", Path: "/x"})
	if reasonOf(err) != want || err == nil {
		w.t.Errorf("the session ended by %v, want %s", err, want)
	}
	<-c.done
	if _, err := c.Do(w.t.Context(), Call{Method: "GET", Path: "/x"}); err == nil {
		w.t.Error("a call after the end is answered")
	}
}

// feature: GW-017
func TestACaptureShowsNothing(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	c := w.dial()
	long := strings.Repeat("marked-body ", 80_000) // an answer of several parts
	a, err := c.Do(t.Context(), Call{Method: "POST", Path: "/marked-path", Query: "access_token=marked-token",
		Header: [][2]string{{"X-Mark", "marked-header"}, {"X-Acs-Dingtalk-Access-Token", "marked-token"}}, Body: []byte(long)})
	if err != nil || a.Status != 200 || string(a.Body) != "POST /marked-path?access_token=marked-token marked-header "+long || a.Header[1][1] != "marked-answer-header" {
		t.Fatalf("%d %v %.100s: %v", a.Status, a.Header, a.Body, err)
	}
	if err := c.Close(); err != nil {
		t.Error(err)
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.seen.Len() < 2*len(long) || !bytes.Contains(w.seen.Bytes(), []byte(Suite)) {
		t.Fatalf("only %d bytes were recorded", w.seen.Len())
	}
	for _, mark := range []string{"marked", "POST", "access", "token", "X-Mark", `"status"`} {
		if bytes.Contains(w.seen.Bytes(), []byte(mark)) {
			t.Errorf("the capture shows %q", mark)
		}
	}
}

// feature: GW-017
func TestTamperedFramesEndTheSession(t *testing.T) {
	t.Parallel()
	flip := func(at int) func([]byte) [][]byte {
		return func(b []byte) [][]byte {
			f := bytes.Clone(b)
			f[(at+len(f))%len(f)] ^= 1
			return [][]byte{f}
		}
	}
	for name, tc := range map[string]struct {
		tamper func([]byte) [][]byte // the second frame of a direction
		up     Reason                // what the session ends with when a frame to the platform is changed
		down   Reason                // or one to the client
	}{
		"first byte":          {flip(0), KeyNumber, KeyNumber},
		"the key's number":    {flip(3), KeyNumber, KeyNumber},
		"the sequence number": {flip(11), Sequence, Sequence},
		"the text":            {flip(headSize), Forged, Forged},
		"the last bit":        {flip(-1), Forged, Forged},
		"repeated":            {func(b []byte) [][]byte { return [][]byte{b, b} }, Sequence, Sequence},
		"cut short":           {func(b []byte) [][]byte { return [][]byte{b[:len(b)-1]} }, Forged, Forged},
		"nothing":             {func([]byte) [][]byte { return [][]byte{{}} }, Malformed, Malformed},
		"longer":              {func(b []byte) [][]byte { return [][]byte{append(bytes.Clone(b), 0)} }, Forged, Forged},
		"the stream cut":      {func([]byte) [][]byte { return nil }, Truncated, Truncated},
		"left out": {func() func(b []byte) [][]byte {
			return func([]byte) [][]byte { return [][]byte{} }
		}(), Sequence, Sequence},
	} {
		for d, want := range map[direction]Reason{up: tc.up, down: tc.down} {
			t.Run(name+" "+string(d), func(t *testing.T) {
				t.Parallel()
				w := newWorld(t, nil)
				w.tamper = func(on direction, n int, b []byte) [][]byte {
					if on != d || n != 2 { // after the hello and one frame
						return [][]byte{b}
					}
					return tc.tamper(b)
				}
				c := w.dial()
				w.ok(c, "one")
				if name == "left out" || name == "repeated" && d == down { // seen by what comes after it
					answered := make(chan error, 1)
					go func() { _, err := c.Do(t.Context(), Call{Method: "GET", Path: "/x"}); answered <- err }()
					if name == "repeated" {
						<-answered
					}
				}
				w.endsWith(c, want)
			})
		}
	}
}

func TestSwappedFrames(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	var held []byte
	w.tamper = func(on direction, n int, b []byte) [][]byte {
		switch {
		case on == up && n == 2:
			held = b
			return [][]byte{}
		case on == up && n == 3:
			return [][]byte{b, held}
		}
		return [][]byte{b}
	}
	c := w.dial()
	w.ok(c, "one")
	first := make(chan error, 1)
	go func() { _, err := c.Do(t.Context(), Call{Method: "GET", Path: "/x"}); first <- err }()
	w.endsWith(c, Sequence)
	if err := <-first; reasonOf(err) != Sequence || err == nil {
		t.Error(err)
	}
}

// A frame of another session, and one of the other direction, is forged.
func TestFramesBelongToOnePlace(t *testing.T) {
	t.Parallel()
	secret, session := make([]byte, keySize), make([]byte, 16)
	other := append(bytes.Clone(session[:15]), 1)
	for name, from := range map[string]*line{
		"another session":   newLine(secret, other, up, 1),
		"another direction": newLine(secret, session, down, 1),
		"another secret":    newLine(append(bytes.Clone(secret[:31]), 1), session, up, 1),
	} {
		if _, err := newLine(secret, session, up, 1).open(from.seal([]byte("x"))); reasonOf(err) != Forged || err == nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	if m, err := newLine(secret, session, up, 1).open(newLine(secret, session, up, 1).seal([]byte("x"))); err != nil || string(m) != "x" {
		t.Errorf("%q, %v", m, err)
	}
}

func TestHello(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	other, err := NewKey()
	if err != nil {
		t.Fatal(err)
	}
	good, err := greet(w.server.Key.Public())
	if err != nil {
		t.Fatal(err)
	}
	replaced := func(old, with string) string { return strings.Replace(string(good.sent), old, with, 1) }
	wrong, err := greet(other.Public())
	if err != nil {
		t.Fatal(err)
	}
	for name, tc := range map[string]struct {
		hello string
		want  Reason
	}{
		"another key":      {string(wrong.sent), OtherKey},
		"no JSON":          {"hello", BadHello},
		"another version":  {replaced(`"v":1`, `"v":2`), BadHello},
		"another suite":    {replaced("P256", "X448"), BadHello},
		"no point":         {replaced(`"pub":"B`, `"pub":"A`), BadHello},
		"no encapsulation": {replaced(`"enc":"B`, `"enc":"A`), BadHello},
		"doubled":          {replaced(`{`, `{"v":1,`), BadHello},
	} {
		ws, resp, err := websocket.Dial(t.Context(), w.url+Path, nil)
		if err != nil {
			t.Fatal(err)
		}
		if resp.Body != nil {
			_ = resp.Body.Close()
		}
		if err := ws.Write(t.Context(), websocket.MessageText, []byte(tc.hello)); err != nil {
			t.Fatal(err)
		}
		_, _, err = ws.Read(t.Context())
		var closed websocket.CloseError
		if !errors.As(err, &closed) || closed.Reason != string(tc.want) {
			t.Errorf("%s: %v, want %s", name, err, tc.want)
		}
	}
	// Who has another private key cannot read what the client says, even when it says it has the right one.
	w.tamper = func(d direction, n int, b []byte) [][]byte {
		if d == down && n == 0 {
			reply, _, _, err := answerHello(w.server.Key, good.sent, w.server.Limits)
			if err != nil {
				t.Error(err)
			}
			return [][]byte{reply} // of another session
		}
		return [][]byte{b}
	}
	if _, err := Dial(t.Context(), w.url+Path, w.server.Key.Public()); err != nil {
		return
	}
	w.endsWith(w.dial(), Forged)
}

// feature: GW-017
func TestKeysAreReplaced(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	c := w.dial()
	before := bytes.Clone(c.secret)
	const callers, hours = 8, 5
	var failed, answered atomic.Int64
	stop := make(chan struct{})
	var all sync.WaitGroup
	for range callers {
		all.Go(func() {
			for {
				select {
				case <-stop:
					return
				default:
				}
				a, err := c.Do(t.Context(), Call{Method: "POST", Path: "/x", Body: []byte("in flight")})
				if err != nil || a.Status != 200 {
					failed.Add(1)
					return
				}
				answered.Add(1)
			}
		})
	}
	for hour := range hours {
		w.ahead.Add(int64(time.Hour))
		for want := uint32(hour + 2); c.KeyNumber() < want; {
			w.ok(c, "and one more")
		}
	}
	close(stop)
	all.Wait()
	if failed.Load() > 0 || c.KeyNumber() != hours+1 || answered.Load() == 0 {
		t.Errorf("%d of %d calls failed over %d keys: %v", failed.Load(), answered.Load(), c.KeyNumber(), c.Err())
	}
	if bytes.Equal(before, c.secret) {
		t.Error("the secret is the first one still")
	}
}

// An old key is out of use once the next one is in.
func TestOldKeysAreRefused(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	c := w.dial()
	old := *c.up
	w.ahead.Add(int64(time.Hour))
	for c.KeyNumber() == 1 {
		w.ok(c, "x")
	}
	w.ok(c, "y")
	c.mu.Lock()
	old.next += 10
	err := c.ws.Write(t.Context(), websocket.MessageBinary, old.seal((&message{kind: kindCall, call: 9, head: spell(Call{Method: "GET", Path: "/"})}).encode()))
	c.mu.Unlock()
	if err != nil {
		t.Fatal(err)
	}
	<-c.done
	if reasonOf(c.Err()) != KeyNumber {
		t.Errorf("ended by %v", c.Err())
	}
}

func TestLives(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		ahead time.Duration
		want  Reason
	}{"idle": {15 * time.Minute, Idle}, "old": {12 * time.Hour, Old}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, nil)
			c := w.dial()
			w.ok(c, "x")
			w.ahead.Add(int64(tc.ahead))
			w.server.mu.Lock()
			for s := range w.server.sessions {
				go func() { s.end(reasonOf(s.look(t.Context()))) }() // as its own glance at the clock does
			}
			w.server.mu.Unlock()
			<-c.done
			if reasonOf(c.Err()) != tc.want {
				t.Errorf("ended by %v", c.Err())
			}
		})
	}
}

// A client that keeps silent when it is asked for a key is not waited for.
func TestAClientHasToTakePart(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	w.serve = func(ctx context.Context, q *op.Request) op.Answer { return echo(ctx, q) }
	c := w.dial()
	w.ok(c, "x")
	w.server.mu.Lock()
	for s := range w.server.sessions {
		s.mu.Lock()
		s.asked, s.asking = w.server.Key.private, w.server.Now()
		s.mu.Unlock()
	}
	w.server.mu.Unlock()
	w.ahead.Add(int64(time.Minute))
	w.endsWithin(c, NoNewKey)
}

func (w *world) endsWithin(c *Client, want Reason) {
	w.t.Helper()
	_, _ = c.Do(w.t.Context(), Call{Method: "GET", Path: "/x"}) // its answer and the end may come in either order
	<-c.done
	if reasonOf(c.Err()) != want {
		w.t.Errorf("ended by %v, want %s", c.Err(), want)
	}
}

// feature: GW-017
func TestASessionHasOneCredential(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	c := w.dial()
	status := func(token, path string) int {
		call := Call{Method: "GET", Path: path}
		if token != "" {
			call.Header = [][2]string{{op.TokenHeader, token}}
		}
		a, err := c.Do(t.Context(), call)
		if err != nil {
			t.Fatal(err)
		}
		return a.Status
	}
	for i, tc := range []struct {
		token string
		want  int
	}{{"", 200}, {"mine", 200}, {"", 200}, {"other", 403}, {"mine", 200}} {
		if got := status(tc.token, "/v1.0/x"); got != tc.want {
			t.Errorf("call %d with %q: %d", i, tc.token, got)
		}
	}
}

// No more calls are under way than a session may have, and none is lost.
func TestCallsAreBounded(t *testing.T) {
	t.Parallel()
	w := newWorld(t, func(l *Limits) { l.Calls = 3 })
	var now, most atomic.Int64
	gate := make(chan struct{})
	w.serve = func(ctx context.Context, q *op.Request) op.Answer {
		most.Store(max(most.Load(), now.Add(1)))
		<-gate
		now.Add(-1)
		return echo(ctx, q)
	}
	c := w.dial()
	var all sync.WaitGroup
	for range 12 {
		all.Go(func() {
			if a, err := c.Do(t.Context(), Call{Method: "GET", Path: "/x"}); err != nil || a.Status != 200 {
				t.Errorf("%d %v", a.Status, err)
			}
		})
	}
	for range 12 {
		gate <- struct{}{}
	}
	all.Wait()
	if most.Load() > 3 {
		t.Errorf("%d calls were under way at once", most.Load())
	}
}

func TestBounds(t *testing.T) {
	t.Parallel()
	w := newWorld(t, func(l *Limits) { l.Sessions, l.Frame = 1, 1000 })
	c := w.dial()
	if _, err := c.Do(t.Context(), Call{Method: "POST", Path: "/x", Body: make([]byte, 1000)}); err == nil || !strings.Contains(err.Error(), "at most 1000") {
		t.Errorf("a call that does not fit: %v", err)
	}
	if _, err := Dial(t.Context(), w.url+Path, w.server.Key.Public()); err == nil || !strings.Contains(err.Error(), string(Full)) {
		t.Errorf("a second session: %v", err)
	}
	c.frame = 1 << 20 // a client that does not keep to it
	_, err := c.Do(t.Context(), Call{Method: "POST", Path: "/x", Body: make([]byte, 2000)})
	if err == nil {
		t.Error("a frame beyond the limit was read")
	}
}

// A body that streams arrives in order, and one that breaks off is told as such
// without an end to the session.
func TestStreams(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	w.serve = func(_ context.Context, q *op.Request) op.Answer {
		return op.Answer{Status: 200, Type: "text/plain", Length: -1, Stream: func(to op.Sink) (op.Passed, error) {
			for i := range 3 {
				if _, err := to.Write(bytes.Repeat([]byte{byte('a' + i)}, part/2+i)); err != nil {
					return op.Passed{}, err
				}
				if err := to.Flush(); err != nil {
					return op.Passed{}, err
				}
			}
			if _, err := to.Hijack(); err == nil {
				t.Error("a call took the session's connection")
			}
			if q.Path == "/broken" {
				return op.Passed{}, errors.New("broken off")
			}
			return op.Passed{}, nil
		}}
	}
	c := w.dial()
	a, err := c.Do(t.Context(), Call{Method: "GET", Path: "/whole"})
	if err != nil || len(a.Body) != 3*(part/2)+3 || a.Body[0] != 'a' || a.Body[len(a.Body)-1] != 'c' {
		t.Errorf("%d bytes, %v", len(a.Body), err)
	}
	if _, err := c.Do(t.Context(), Call{Method: "GET", Path: "/broken"}); !errors.Is(err, ErrIncomplete) {
		t.Errorf("a body that broke off: %v", err)
	}
	if _, err := c.Do(t.Context(), Call{Method: "GET", Path: "/whole"}); err != nil {
		t.Errorf("after it: %v", err)
	}
}

func TestShutdown(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	came, gate := make(chan struct{}), make(chan struct{})
	w.serve = func(ctx context.Context, q *op.Request) op.Answer {
		close(came)
		<-gate
		return echo(ctx, q)
	}
	c := w.dial()
	answered := make(chan error, 1)
	go func() { _, err := c.Do(t.Context(), Call{Method: "GET", Path: "/x"}); answered <- err }()
	<-came
	closed := make(chan struct{})
	go func() { w.server.Close(t.Context()); close(closed) }()
	gate <- struct{}{}
	if err := <-answered; err != nil {
		t.Errorf("the call under way: %v", err)
	}
	<-closed
	<-c.done
	if reasonOf(c.Err()) != Shutdown {
		t.Errorf("ended by %v", c.Err())
	}
}

func TestKeyIsTold(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	rec := httptest.NewRecorder()
	w.server.ServeHTTP(rec, httptest.NewRequest("GET", KeyPath, nil))
	if !strings.Contains(rec.Body.String(), Fingerprint(w.server.Key.Public())) || !strings.Contains(rec.Body.String(), `"suite":"`+Suite) {
		t.Errorf("told %s", rec.Body)
	}
	b, err := w.server.Key.Bytes()
	if err != nil {
		t.Fatal(err)
	}
	again, err := ParseKey(b)
	if err != nil || !bytes.Equal(again.Public(), w.server.Key.Public()) {
		t.Error("a key that was kept is another")
	}
	if _, err := ParseKey(b[1:]); err == nil {
		t.Error("a key that was cut is one")
	}
}

// The same bytes are in web/src/channel/channel.test.ts: both ends compute alike.
func TestVectors(t *testing.T) {
	t.Parallel()
	secret, session := bytes.Repeat([]byte{1}, 32), bytes.Repeat([]byte{2}, 16)
	frame := newLine(secret, session, up, 7).seal((&message{kind: kindCall, call: 5, flags: last, head: []byte("{}"), body: []byte("body")}).encode())
	next := following(bytes.Repeat([]byte{1}, 32), bytes.Repeat([]byte{3}, 32))
	for want, got := range map[string][]byte{
		"000000070000000000000000657557481f62c7b31ed37a2c778b79715d61cbc8a2c1c8ff9318287151945aba": frame,
		"3e3c506472e49452b0b3c3ebad6e827f37d26bcb8d4d01637be27fb76556352d":                         next,
	} {
		if fmt.Sprintf("%x", got) != want {
			t.Errorf("%x, not %s", got, want)
		}
	}
}

func FuzzDecode(f *testing.F) {
	for _, m := range []message{{kind: kindCall, call: 1, head: []byte(`{"method":"GET","path":"/"}`), body: []byte("x")}, {kind: kindAnswer, flags: last}, {kind: kindClose}} {
		f.Add(m.encode())
	}
	f.Add([]byte{})
	f.Add(bytes.Repeat([]byte{1}, 64))
	f.Fuzz(func(t *testing.T, b []byte) {
		m, err := decode(b)
		if err != nil {
			return
		}
		if !bytes.Equal(m.encode(), b) {
			t.Errorf("%x reads as what is written %x", b, m.encode())
		}
	})
}

func FuzzOpen(f *testing.F) {
	secret, session := make([]byte, keySize), make([]byte, 16)
	good := newLine(secret, session, up, 1).seal([]byte("x"))
	f.Add(good)
	f.Add([]byte{})
	f.Add(binary.BigEndian.AppendUint32(nil, 1))
	f.Fuzz(func(t *testing.T, b []byte) {
		if m, err := newLine(secret, session, up, 1).open(b); err == nil && !bytes.Equal(b, good) {
			t.Errorf("%x was opened as %x", b, m)
		}
	})
}
