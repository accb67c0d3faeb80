package stream

import (
	"context"
	"encoding/json"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/coder/websocket"

	"github.com/gatepost/gatepost/internal/delivery"
	"github.com/gatepost/gatepost/internal/event"
	"github.com/gatepost/gatepost/internal/id"
)

var app = App{Corp: "dingcorp", Agent: 7, Key: "dingappkey"}

// world is a hub behind a server, and how often apps came and went.
type world struct {
	*Hub
	url        string
	came, went atomic.Int64
}

func newWorld(t *testing.T) *world {
	t.Helper()
	w := &world{Hub: New(id.NewCalls(1, time.Now), time.Now, slog.New(slog.DiscardHandler))}
	w.Apps = apps{}
	w.Came = func(context.Context, App) error { w.came.Add(1); return nil }
	w.Gone = func(App) { w.went.Add(1) }
	server := httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		conn, err := websocket.Accept(rw, r, nil)
		if err != nil {
			t.Error(err)
			return
		}
		go w.Serve(Client{App: app, Events: r.URL.Query().Get("events") != "no", Topics: r.URL.Query()["topic"]}, conn)
	}))
	t.Cleanup(server.Close)
	w.url = "ws" + strings.TrimPrefix(server.URL, "http")
	return w
}

// client connects, and hands each frame to handle, whose answer it sends unless
// it is empty; handle may end the connection by returning false.
func (w *world) client(t *testing.T, query string, handle func(Frame) (answer string, more bool)) *websocket.Conn {
	t.Helper()
	before := w.Count(app.Corp, app.Agent)
	conn, _, err := websocket.Dial(t.Context(), w.url+query, nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.CloseNow() })
	go func() {
		for {
			_, text, err := conn.Read(context.Background())
			if err != nil {
				return
			}
			var f Frame
			if err := json.Unmarshal(text, &f); err != nil {
				t.Errorf("%s: %v", text, err)
				return
			}
			answer, more := handle(f)
			if answer != "" {
				if err := conn.Write(context.Background(), websocket.MessageText, []byte(answer)); err != nil {
					return
				}
			}
			if !more {
				_ = conn.CloseNow()
				return
			}
		}
	}()
	if query == "" {
		until(t, "the connection is known", func() bool { return w.Count(app.Corp, app.Agent) == before+1 })
	}
	return conn
}

func until(t *testing.T, what string, holds func() bool) {
	t.Helper()
	for deadline := time.Now().Add(20 * time.Second); !holds(); time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("still not: %s", what)
		}
	}
}

func (w *world) tell(t *testing.T, limit time.Duration) delivery.Answer {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), limit)
	defer cancel()
	h := event.Happened{Corp: app.Corp, ID: 42, Name: event.UserAdded, At: time.UnixMilli(1_700_000_000_000), Payload: `{"userId":["lina"]}`}
	return w.Send(ctx, &event.Subscription{Corp: app.Corp, Agent: app.Agent}, []event.Delivery{{Happened: h}})[0]
}

// say answers a frame.
func say(f Frame, code int, data string) string {
	b, _ := json.Marshal(map[string]any{"code": code, "headers": map[string]string{"messageId": f.Headers["messageId"]}, "message": "m", "data": data})
	return string(b)
}

func TestAnswers(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		answer func(Frame) string
		want   event.Outcome
	}{
		"success":                  {func(f Frame) string { return say(f, 200, `{"status":"SUCCESS","message":"ok"}`) }, event.Accepted},
		"the event again (Python)": {func(f Frame) string { return say(f, 200, f.Data) }, event.Accepted},
		"data as an object": {func(f Frame) string {
			return `{"code":200,"headers":{"messageId":"` + f.Headers["messageId"] + `","time":1},"data":{"status":"SUCCESS"}}`
		}, event.Accepted},
		"later":                         {func(f Frame) string { return say(f, 200, `{"status":"LATER"}`) }, event.Later},
		"later with 500 (Go)":           {func(f Frame) string { return say(f, 500, `{"status":"LATER"}`) }, event.Later},
		"no handler":                    {func(f Frame) string { return say(f, 404, "") }, event.Failed},
		"an error":                      {func(f Frame) string { return say(f, 500, "oops") }, event.Failed},
		"nonsense first":                {func(f Frame) string { return say(f, 200, "") }, event.Accepted},
		"no answer within the time":     {func(Frame) string { return "" }, event.Failed},
		"an answer to something else":   {func(f Frame) string { f.Headers["messageId"] = "x"; return say(f, 200, "") }, event.Failed},
		"an answer that is not JSON":    {func(Frame) string { return "not JSON" }, event.Failed},
		"an answer without any headers": {func(Frame) string { return `{"code":200}` }, event.Failed},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			w.client(t, "", func(f Frame) (string, bool) {
				h := f.Headers
				if f.Version != "1.0" || f.Type != "EVENT" || h["topic"] != "*" || h["eventId"] != "42" || h["eventType"] != "user_add_org" ||
					h["eventCorpId"] != "dingcorp" || h["eventBornTime"] != "1700000000000" || h["eventUnifiedAppId"] != "dingappkey" || f.Data != `{"userId":["lina"]}` {
					t.Errorf("sent %+v", f)
				}
				return tc.answer(f), true
			})
			limit := 10 * time.Second
			if tc.want == event.Failed {
				limit = 200 * time.Millisecond
			}
			if a := w.tell(t, limit); a.Outcome != tc.want || a.Nobody {
				t.Errorf("%+v", a)
			}
		})
	}
}

func TestNobody(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	if a := w.tell(t, time.Second); !a.Nobody || w.Ready(&event.Subscription{Corp: app.Corp, Agent: app.Agent}) {
		t.Errorf("%+v", a)
	}
	w.client(t, "?events=no", func(f Frame) (string, bool) { t.Errorf("a client without events was sent %+v", f); return "", true })
	if a := w.tell(t, time.Second); !a.Nobody {
		t.Errorf("%+v", a)
	}
}

// What a connection did not answer before it died goes to the next one.
func TestConnectionDies(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.client(t, "", func(Frame) (string, bool) { return "", false })
	if a := w.tell(t, 10*time.Second); !a.Nobody {
		t.Fatalf("%+v", a)
	}
	until(t, "the app is gone", func() bool { return w.went.Load() == 1 })
	w.client(t, "", func(f Frame) (string, bool) { return say(f, 200, ""), true })
	if a := w.tell(t, 10*time.Second); a.Outcome != event.Accepted {
		t.Errorf("%+v", a)
	}
	if w.came.Load() != 2 {
		t.Errorf("the app came %d times", w.came.Load())
	}
}

// A client that is asked to go gets nothing more, and may take its time to answer
// what it has.
func TestLeaving(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	asked := make(chan Frame, 1)
	w.client(t, "", func(f Frame) (string, bool) { asked <- f; return "", false })
	w.Close(t.Context())
	f := <-asked
	if f.Type != "SYSTEM" || f.Headers["topic"] != "disconnect" || f.Data != `{"reason":"connection is expired"}` {
		t.Errorf("sent %+v", f)
	}
	if a := w.tell(t, time.Second); !a.Nobody {
		t.Errorf("after leaving: %+v", a)
	}
}

func FuzzReply(f *testing.F) {
	f.Add([]byte(`{"code":200,"headers":{"messageId":"a","time":1},"message":"OK","data":"{\"status\":\"LATER\"}"}`))
	f.Add([]byte(`{"data":{"status":1}}`))
	f.Add([]byte(`{"code":200,"data":"{\"response\":null}"}`))
	f.Fuzz(func(t *testing.T, text []byte) {
		r, err := parseReply(text)
		if err == nil {
			if a := r.verdict(); a.Outcome == "" || len(a.Text) > maxKept {
				t.Errorf("%q means %+v", text, a)
			}
			if said := r.response(); said != r.Data && !json.Valid([]byte(said)) {
				t.Errorf("%q says %q", text, said)
			}
		}
	})
}
