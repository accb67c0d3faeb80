package stream

import (
	"context"
	"encoding/json"
	"errors"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/coder/websocket"

	"github.com/gatepost/gatepost/internal/apierror"
	"github.com/gatepost/gatepost/internal/id"
)

// watch runs the hub's watch until the test ends, with short times.
func (w *world) watch(t *testing.T) {
	t.Helper()
	w.Pings = Pings{Every: 64 * time.Millisecond, Timeout: 300 * time.Millisecond}
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- w.Run(ctx) }()
	t.Cleanup(func() {
		cancel()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	})
}

// A peer that takes what it is sent and says nothing is noticed; one that answers
// stays, whoever asks.
func TestHalfDead(t *testing.T) {
	t.Parallel()
	if p := New(nil, nil, nil).Pings; p.Every+p.Timeout > 15*time.Second {
		t.Errorf("%+v: a dead connection is noticed too late", p)
	}
	w := newWorld(t)
	w.watch(t)
	var pings atomic.Int64
	alive, _, err := websocket.Dial(t.Context(), w.url, &websocket.DialOptions{OnPingReceived: func(context.Context, []byte) bool { pings.Add(1); return true }})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = alive.CloseNow() }()
	alive.CloseRead(t.Context())
	dead, _, err := websocket.Dial(t.Context(), w.url, nil) // nobody reads, so no ping is answered
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = dead.CloseNow() }()
	until(t, "both are known", func() bool { return w.Count(app.Corp, app.Agent) == 2 })
	until(t, "the dead one is gone", func() bool { return w.Count(app.Corp, app.Agent) == 1 })
	if err := alive.Ping(t.Context()); err != nil {
		t.Errorf("the platform does not answer a ping: %v", err)
	}
	seen := pings.Load()
	until(t, "it is asked again", func() bool { return pings.Load() > seen+2 })
	if n := w.Count(app.Corp, app.Agent); n != 1 {
		t.Errorf("%d connections are left", n)
	}
}

// off is apps of which none may be connected any more.
type off struct{ apps }

func (off) Connected(context.Context, id.Corp, id.Agent) (App, error) {
	return App{}, apierror.AppDisabled.With()
}

func TestSwitchedOff(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.Apps = off{}
	w.watch(t)
	asked := make(chan Frame, 1)
	w.client(t, "?events=no", func(f Frame) (string, bool) { asked <- f; return "", false })
	if f := <-asked; f.Headers["topic"] != "disconnect" || !strings.Contains(f.Data, apierror.AppDisabled.EN) {
		t.Errorf("told %+v", f)
	}
	until(t, "it is gone", func() bool { return len(w.Connections(app.Corp, 0)) == 0 })
}

// Whoever could not be told that an app came is told again.
func TestCameFails(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	told := make(chan bool, 16)
	fail := true
	w.Came = func(context.Context, App) error {
		told <- !fail
		if fail {
			fail = false // calls for one app follow each other
			return errors.New("the database does not answer")
		}
		return nil
	}
	w.watch(t)
	w.client(t, "", func(Frame) (string, bool) { return "", true })
	if first, second := <-told, <-told; first || !second {
		t.Errorf("told %v, %v", first, second)
	}
	w.Again("another corp")
	w.Again(app.Corp)
	if !<-told {
		t.Error("not told again")
	}
}

// A callback goes to a client that takes its topic, and its answer comes back
// without the wrapper.
func TestCall(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.client(t, "", func(f Frame) (string, bool) { t.Errorf("told %+v", f); return "", true })
	call := func(limit time.Duration) (Reply, error) {
		ctx, cancel := context.WithTimeout(t.Context(), limit)
		defer cancel()
		return w.Call(ctx, app, "/t", `{"a":1}`)
	}
	if _, err := call(time.Second); !errors.Is(err, apierror.StreamNobody) {
		t.Errorf("nobody takes it: %v", err)
	}
	answers := make(chan func(Frame) string, 3)
	answers <- func(f Frame) string { return say(f, 200, `{"response":{"b":2}}`) }
	answers <- func(Frame) string { return "" }
	answers <- func(Frame) string { return "end" }
	w.client(t, "?events=no&topic=/t", func(f Frame) (string, bool) {
		if f.Type != "CALLBACK" || f.Headers["topic"] != "/t" || f.Headers["appId"] != string(app.Key) || f.Headers["connectionId"] == "" || f.Data != `{"a":1}` {
			t.Errorf("told %+v", f)
		}
		text := (<-answers)(f)
		return text, text != "end"
	})
	until(t, "it is known", func() bool { return len(w.Connections(app.Corp, app.Agent)) == 2 })
	if r, err := call(10 * time.Second); err != nil || r.Code != 200 || r.Data != `{"b":2}` || r.Message != "m" {
		t.Errorf("%+v, %v", r, err)
	}
	if _, err := call(50 * time.Millisecond); !errors.Is(err, apierror.StreamUnanswered) {
		t.Errorf("without an answer: %v", err)
	}
	if _, err := call(10 * time.Second); !errors.Is(err, apierror.StreamUnanswered) {
		t.Errorf("it went away: %v", err)
	}
}

// What the official clients answer, as they were recorded or as their sources have
// it, to events (E), callbacks (C) and system frames (S).
func TestAnswersOfOfficialClients(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		text     string
		outcome  string
		response string
	}{
		"Python E":             {`{"code": 200, "headers": {"contentType": "application/json", "messageId": "m1"}, "message": "OK", "data": "{\"userId\": [\"lina\"]}"}`, "accepted", `{"userId": ["lina"]}`},
		"Python E, no handler": {`{"code": 404, "headers": {"contentType": "application/json", "messageId": "m1"}, "message": "not implement", "data": "{\"userId\": [\"lina\"]}"}`, "failed", `{"userId": ["lina"]}`},
		"Python E, an error":   {`{"code": 500, "headers": {"contentType": "application/json", "messageId": "m1"}, "message": "boom", "data": "{\"userId\": [\"lina\"]}"}`, "failed", `{"userId": ["lina"]}`},
		"Python C":             {`{"code": 200, "headers": {"contentType": "application/json", "messageId": "m1"}, "message": "", "data": "{\"response\": \"ok\"}"}`, "accepted", `"ok"`},
		"Python S disconnect":  {`{"code": 200, "headers": {"contentType": "application/json", "messageId": "m1"}, "message": "OK", "data": "{\"reason\": \"connection is expired\"}"}`, "accepted", `{"reason": "connection is expired"}`},
		"Node E":               {`{"code":200,"headers":{"contentType":"application/json","messageId":"m1"},"message":"OK","data":"{\"status\":\"SUCCESS\"}"}`, "accepted", `{"status":"SUCCESS"}`},
		"Node E, later":        {`{"code":200,"headers":{"contentType":"application/json","messageId":"m1"},"message":"OK","data":"{\"status\":\"LATER\"}"}`, "later", `{"status":"LATER"}`},
		"Node E, a promise":    {`{"code":200,"headers":{"contentType":"application/json","messageId":"m1"},"message":"OK","data":"{}"}`, "accepted", `{}`},
		"Node E, no result":    {`{"code":200,"headers":{"contentType":"application/json","messageId":"m1"},"message":"OK"}`, "accepted", ``},
		"Node C":               {`{"code":200,"headers":{"contentType":"application/json","messageId":"m1"},"message":"OK","data":"{\"response\":{\"a\":1}}"}`, "accepted", `{"a":1}`},
		"Node S ping":          {`{"code":200,"headers":{"topic":"ping","messageId":"m1","time":"1700000000000"},"message":"OK","data":"{\"opaque\":\"1\"}"}`, "accepted", `{"opaque":"1"}`},
		"Go E, later":          {`{"code":500,"headers":{"contentType":"application/json","messageId":"m1"},"message":"ok","data":"{\"status\":\"LATER\",\"message\":\"busy\"}"}`, "later", `{"status":"LATER","message":"busy"}`},
		"Go, no handler":       {`{"code":404,"headers":{"contentType":"application/json","messageId":"m1"},"message":"no handler","data":""}`, "failed", ``},
		"Go C, nothing":        {`{"code":200,"headers":{"contentType":"application/json","messageId":"m1"},"message":"ok","data":"{\"response\":null}"}`, "accepted", `null`},
		"Java E":               {`{"code":200,"headers":{"contentType":"application/json","messageId":"m1","time":1700000000000},"message":"OK","data":"{\"status\":\"SUCCESS\",\"message\":\"success\"}"}`, "accepted", `{"status":"SUCCESS","message":"success"}`},
		"Java C, not wrapped":  {`{"code":200,"headers":{"contentType":"application/json","messageId":"m1"},"message":"OK","data":"{\"cardData\":{}}"}`, "accepted", `{"cardData":{}}`},
		"Java, no topic":       {`{"code":404,"headers":{"contentType":"application/json","messageId":"m1"},"message":"topic not exist"}`, "failed", ``},
		"Java, an error":       {`{"code":500,"headers":{"contentType":"application/json","messageId":"m1"},"message":"client internal error"}`, "failed", ``},
	} {
		r, err := parseReply([]byte(tc.text))
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if got := r.verdict().Outcome; string(got) != tc.outcome || r.Headers["messageId"] != "m1" {
			t.Errorf("%s: %s, %+v", name, got, r)
		}
		if got := r.response(); got != tc.response {
			t.Errorf("%s: its answer is %q", name, got)
		}
	}
}

func TestEndpoint(t *testing.T) {
	t.Parallel()
	h := New(nil, nil, nil)
	h.Secure = func(host string) bool { return host == "api.dingtalk.com" }
	for base, want := range map[string]string{
		"http://127.0.0.1:8700":      "ws://127.0.0.1:8700/connect",
		"https://gate.example":       "wss://gate.example:443/connect",
		"https://gate.example:8443":  "wss://gate.example:8443/connect",
		"http://gate.example":        "ws://gate.example:80/connect",
		"http://api.dingtalk.com":    "wss://api.dingtalk.com:443/connect",
		"https://api.dingtalk.com":   "wss://api.dingtalk.com:443/connect",
		"http://api.dingtalk.com:81": "ws://api.dingtalk.com:81/connect",
		"http://[::1]:8700":          "ws://[::1]:8700/connect",
		"https://[fe80::1]":          "wss://[fe80::1]:443/connect",
	} {
		if got, err := h.endpoint(base); err != nil || got != want {
			t.Errorf("%s: %s, %v", base, got, err)
		}
	}
	if _, err := h.endpoint("http://a b"); err == nil {
		t.Error("an address that is none is taken")
	}
}

// What a client said when it asked for a ticket comes back with it, once.
func TestTicket(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.Tickets = &lives{}
	c := Client{App: app, Events: true, Topics: []string{"/t"}, Agent: "ua"}
	ticket, err := w.issue(t.Context(), c)
	if err != nil || strings.Trim(ticket, "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567") != "" || len(ticket) < 26 {
		t.Fatalf("%q, %v", ticket, err)
	}
	if life := w.Tickets.(*lives).life; life != 90*time.Second {
		t.Errorf("it lives %v", life)
	}
	got, err := w.admit(t.Context(), ticket)
	a, _ := json.Marshal(got)
	b, _ := json.Marshal(c)
	if err != nil || string(a) != string(b) {
		t.Errorf("%s, %v", a, err)
	}
	for _, bad := range []string{ticket, "", "nonsense"} {
		if _, err := w.admit(t.Context(), bad); !errors.Is(err, apierror.StreamTicket) {
			t.Errorf("%q: %v", bad, err)
		}
	}
}

// However connections come and go, what was said last of an app is so at the end:
// that it is here while a connection is there, and that it is gone otherwise.
func TestStorm(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	var here, within atomic.Bool
	alone := func(is bool) {
		if within.Swap(true) {
			t.Error("two calls for one app at once")
		}
		runtime.Gosched()
		here.Store(is)
		within.Store(false)
	}
	w.Came = func(context.Context, App) error { alone(true); return nil }
	w.Gone = func(App) { alone(false) }
	w.watch(t)
	for round := range 8 {
		var storm sync.WaitGroup
		for i := range 16 {
			storm.Go(func() {
				for range 4 {
					conn, _, err := websocket.Dial(t.Context(), w.url, nil)
					if err != nil {
						t.Error(err)
						return
					}
					if i%2 == 0 {
						w.Again(app.Corp)
					}
					_ = conn.CloseNow()
				}
			})
		}
		var last *websocket.Conn
		if round%2 == 0 { // comes while others go
			var err error
			if last, _, err = websocket.Dial(t.Context(), w.url, nil); err != nil {
				t.Fatal(err)
			}
			last.CloseRead(t.Context())
		}
		storm.Wait()
		left := 0
		if last != nil {
			left = 1
		}
		until(t, "as many are there as are left", func() bool { return w.Count(app.Corp, app.Agent) == left })
		until(t, "the last word is right", func() bool { return here.Load() == (left == 1) })
		if last != nil {
			_ = last.CloseNow()
			until(t, "it is gone", func() bool { return w.Count(app.Corp, app.Agent) == 0 })
		}
	}
}
