package tunnel_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/coder/websocket"

	"github.com/gatepost/gatepost/internal/apierror"
	"github.com/gatepost/gatepost/internal/callback"
	"github.com/gatepost/gatepost/internal/clock"
	"github.com/gatepost/gatepost/internal/delivery"
	"github.com/gatepost/gatepost/internal/event"
	"github.com/gatepost/gatepost/internal/id"
	"github.com/gatepost/gatepost/internal/keyring/keyringtest"
	"github.com/gatepost/gatepost/internal/store"
	"github.com/gatepost/gatepost/internal/store/storetest"
	"github.com/gatepost/gatepost/internal/tunnel"
)

const corp id.Corp = "ding0000000000000000000000000000acme"

// world is the tunnels of one node behind a server, and a time that the test
// moves.
type world struct {
	*tunnel.Tunnels
	log  *event.Log
	url  string
	own  tunnel.Keys // of the app's own callback; empty: it has none
	here atomic.Int64

	ahead atomic.Int64
}

func newWorld(t *testing.T, db *store.DB) *world {
	t.Helper()
	w := &world{}
	now := func() time.Time { return time.UnixMilli(1_790_000_000_000).Add(time.Duration(w.ahead.Load())) }
	clk, err := clock.New(t.Context(), db, now)
	if err != nil {
		t.Fatal(err)
	}
	w.log = event.New(db, clk, keyringtest.New(t, db), id.NewCalls(1, now))
	w.Tunnels = tunnel.New(db, w.log, now, slog.New(slog.DiscardHandler))
	w.App = func(_ context.Context, _ id.Corp, agent id.Agent) (tunnel.App, error) {
		if agent != 7 {
			return tunnel.App{}, apierror.AgentUnknown.With()
		}
		return tunnel.App{Name: "crm", Key: "dingcrm"}, nil
	}
	w.Callback = func(context.Context, id.Corp, id.Agent, callback.Form) (tunnel.Keys, bool, error) {
		return w.own, w.own.Token != "", nil
	}
	w.Came = func(id.Corp, id.Subscription) { w.here.Store(1) }
	w.Gone = func(id.Corp, id.Subscription) { w.here.Store(0) }
	server := httptest.NewServer(w)
	t.Cleanup(server.Close)
	t.Cleanup(w.Leave)
	w.url = "ws" + strings.TrimPrefix(server.URL, "http")
	return w
}

func wish(change func(*tunnel.Wish)) tunnel.Wish {
	w := tunnel.Wish{Corp: corp, Agent: 7, By: "admin", Names: []event.Name{event.UserAdded}, Forward: "http://127.0.0.1:3000/cb?own=1", Timeout: time.Second}
	if change != nil {
		change(&w)
	}
	return w
}

func (w *world) opened(t *testing.T, change func(*tunnel.Wish)) tunnel.Opened {
	t.Helper()
	o, err := w.Open(t.Context(), wish(change))
	if err != nil {
		t.Fatal(err)
	}
	return o
}

// dial connects with a ticket; the answer's status tells whether it was taken.
func (w *world) dial(t *testing.T, o tunnel.Opened) (*websocket.Conn, int) {
	t.Helper()
	conn, answer, err := websocket.Dial(t.Context(), fmt.Sprintf("%s?corp=%s&subscription=%d&ticket=%s", w.url, corp, o.Subscription, o.Ticket), nil)
	if err != nil && answer == nil {
		t.Fatal(err)
	}
	if conn != nil {
		t.Cleanup(func() { _ = conn.CloseNow() })
	}
	return conn, answer.StatusCode
}

type frame struct {
	Type, ID, Event, EventID, Object, Plain, Query, Outcome, Text string
	Header                                                        http.Header
	Body                                                          []byte
	Attempt                                                       int
}

func next(t *testing.T, conn *websocket.Conn) frame {
	t.Helper()
	_, text, err := conn.Read(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	var f frame
	if err := json.Unmarshal(text, &f); err != nil {
		t.Fatal(err)
	}
	return f
}

// send tries one delivery through the tunnel.
func (w *world) send(t *testing.T, o tunnel.Opened, limit time.Duration) chan delivery.Answer {
	t.Helper()
	s, err := w.log.Subscription(t.Context(), corp, o.Subscription)
	if err != nil {
		t.Fatal(err)
	}
	d := event.Delivery{Attempts: 1, Happened: event.Happened{Corp: corp, ID: 42, Name: event.UserAdded, Object: "person:lina", At: time.UnixMilli(1), Payload: `{"userId":["lina"]}`}}
	answer := make(chan delivery.Answer, 1)
	go func() {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(t.Context()), limit)
		defer cancel()
		answer <- w.Send(ctx, &s, []event.Delivery{d})[0]
	}()
	return answer
}

func until(t *testing.T, what string, holds func() bool) {
	t.Helper()
	for deadline := time.Now().Add(20 * time.Second); !holds(); time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("still not: %s", what)
		}
	}
}

// A ticket lets one connection in, soon after it was given.
func TestTicket(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := newWorld(t, db)
		o := w.opened(t, nil)
		for name, change := range map[string]func(*tunnel.Opened){
			"another ticket":       func(o *tunnel.Opened) { o.Ticket = id.NewCode() },
			"none":                 func(o *tunnel.Opened) { o.Ticket = "" },
			"another subscription": func(o *tunnel.Opened) { o.Subscription++ },
			"no subscription":      func(o *tunnel.Opened) { o.Subscription = 0 },
		} {
			wrong := o
			change(&wrong)
			if _, status := w.dial(t, wrong); status != http.StatusUnauthorized {
				t.Errorf("%s: %d", name, status)
			}
		}
		if _, status := w.dial(t, o); status != http.StatusSwitchingProtocols {
			t.Errorf("the ticket: %d", status)
		}
		if _, status := w.dial(t, o); status != http.StatusUnauthorized {
			t.Errorf("the ticket again: %d", status)
		}
		late := w.opened(t, nil)
		w.ahead.Add(int64(61 * time.Second))
		if _, status := w.dial(t, late); status != http.StatusUnauthorized {
			t.Errorf("an old ticket: %d", status)
		}
	})
}

// What the listener says is judged as a callback's answer.
func TestAnswers(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		answer string // with ID for the try's id
		want   event.Outcome
		text   string
	}{
		"shown":                    {`{"id":"ID","seen":true}`, event.Accepted, "shown"},
		"no success":               {`{"id":"ID","status":200,"body":"e30="}`, event.Failed, "encrypt"},
		"an error":                 {`{"id":"ID","status":500,"body":"b29wcw=="}`, event.Failed, "oops"},
		"refused":                  {`{"id":"ID","error":"connection refused"}`, event.Failed, "connection refused"},
		"nonsense":                 {`nonsense`, event.Failed, "time limit"},
		"an answer to another try": {`{"id":"x","status":200}`, event.Failed, "time limit"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, storetest.Open(t))
			o := w.opened(t, nil)
			conn, _ := w.dial(t, o)
			until(t, "the listener is known", func() bool { return w.here.Load() == 1 })
			limit := 10 * time.Second
			if tc.text == "time limit" {
				limit = 200 * time.Millisecond
			}
			answer := w.send(t, o, limit)
			f := next(t, conn)
			if f.Type != "delivery" || f.Event != "user_add_org" || f.EventID != "42" || f.Object != "person:lina" || f.Attempt != 2 ||
				!strings.HasPrefix(f.Query, "own=1&") || !strings.Contains(string(f.Body), `"encrypt"`) || f.Header.Get("Content-Type") != "application/json" ||
				!strings.Contains(f.Plain, `"EventType":"user_add_org"`) {
				t.Errorf("sent %+v", f)
			}
			if err := conn.Write(t.Context(), websocket.MessageText, []byte(strings.ReplaceAll(tc.answer, "ID", f.ID))); err != nil {
				t.Fatal(err)
			}
			a := <-answer
			if a.Outcome != tc.want || !strings.Contains(a.Text, tc.text) {
				t.Errorf("%+v", a)
			}
			if v := next(t, conn); v.Type != "verdict" || v.ID != f.ID || v.Outcome != string(tc.want) || v.Text != a.Text {
				t.Errorf("the listener is told %+v", v)
			}
		})
	}
}

// While nobody listens, and when the listener goes away in the middle, no try is
// counted.
func TestNobody(t *testing.T) {
	t.Parallel()
	w := newWorld(t, storetest.Open(t))
	o := w.opened(t, nil)
	if a := <-w.send(t, o, time.Second); !a.Nobody {
		t.Errorf("nobody listens: %+v", a)
	}
	conn, _ := w.dial(t, o)
	until(t, "the listener is known", func() bool { return w.here.Load() == 1 })
	answer := w.send(t, o, time.Minute)
	next(t, conn)
	_ = conn.CloseNow()
	if a := <-answer; !a.Nobody {
		t.Errorf("the listener went away: %+v", a)
	}
	until(t, "it is known that nobody listens", func() bool { return w.here.Load() == 0 })
}

// A newer connection takes the place of an older one.
func TestTakenOver(t *testing.T) {
	t.Parallel()
	w := newWorld(t, storetest.Open(t))
	o := w.opened(t, nil)
	older, _ := w.dial(t, o)
	until(t, "the first listens", func() bool { return w.here.Load() == 1 })
	again := w.opened(t, func(q *tunnel.Wish) { q.Again = o.Subscription })
	if again.Subscription != o.Subscription || again.Keys != o.Keys || again.Made {
		t.Errorf("it goes on as %+v after %+v", again, o)
	}
	newer, _ := w.dial(t, again)
	if _, _, err := older.Read(t.Context()); websocket.CloseStatus(err) != tunnel.TakenOver {
		t.Errorf("the older one ends with %v", err)
	}
	answer := w.send(t, o, time.Minute)
	f := next(t, newer)
	if err := newer.Write(t.Context(), websocket.MessageText, []byte(`{"id":"`+f.ID+`","seen":true}`)); err != nil {
		t.Fatal(err)
	}
	if a := <-answer; a.Outcome != event.Accepted {
		t.Errorf("%+v", a)
	}
}

// A tunnel of the plain form carries what Standard Webhooks' receivers verify, and
// any 2xx is a yes.
func TestPlain(t *testing.T) {
	t.Parallel()
	w := newWorld(t, storetest.Open(t))
	o := w.opened(t, func(q *tunnel.Wish) { q.Form = callback.Plain })
	signer, err := callback.NewWebhook(o.Keys.Secret)
	if err != nil || !o.Made {
		t.Fatalf("%+v, %v", o, err)
	}
	conn, _ := w.dial(t, o)
	until(t, "it is connected", func() bool { return w.here.Load() == 1 })
	answer := w.send(t, o, 10*time.Second)
	f := next(t, conn)
	if err := signer.Verify(f.Header, f.Body, time.UnixMilli(1_790_000_000_000)); err != nil {
		t.Error(err)
	}
	if f.Plain != string(f.Body) || !strings.Contains(f.Plain, `"type":"user_add_org"`) || f.Query != "own=1" {
		t.Errorf("carried %+v", f)
	}
	if err := conn.Write(t.Context(), websocket.MessageText, []byte(`{"id":"`+f.ID+`","status":204}`)); err != nil {
		t.Fatal(err)
	}
	if a := <-answer; a.Outcome != event.Accepted || a.Status != http.StatusNoContent {
		t.Errorf("%+v", a)
	}
}

// Keys are those that were brought, those of the app's callback, or new ones.
func TestKeys(t *testing.T) {
	t.Parallel()
	w := newWorld(t, storetest.Open(t))
	long := strings.Repeat("a", 43)
	if o := w.opened(t, nil); !o.Made || o.Keys.Owner != "dingcrm" || len(o.Keys.AESKey) != 43 || o.Keys.Token == "" {
		t.Errorf("made: %+v", o)
	}
	brought := tunnel.Keys{Token: "t", AESKey: long, Owner: "own"}
	if o := w.opened(t, func(q *tunnel.Wish) { q.Keys = brought }); o.Made || o.Keys != brought {
		t.Errorf("brought: %+v", o)
	}
	kept := w.opened(t, func(q *tunnel.Wish) { q.Keep = true })
	if o := w.opened(t, func(q *tunnel.Wish) { q.Keep = true }); o.Subscription != kept.Subscription || o.Keys != kept.Keys || o.Made {
		t.Errorf("kept: %+v", o)
	}
	if o := w.opened(t, func(q *tunnel.Wish) { q.Keep, q.Keys = true, brought }); o.Subscription != kept.Subscription || o.Keys != brought {
		t.Errorf("kept, and others brought: %+v", o)
	}
	plain := w.opened(t, func(q *tunnel.Wish) { q.Keep, q.Form = true, callback.Plain })
	if !strings.HasPrefix(plain.Keys.Secret, "whsec_") || plain.Keys.Token != "" || plain.Subscription != kept.Subscription {
		t.Errorf("kept, and in the other form: %+v", plain)
	}
	if o := w.opened(t, func(q *tunnel.Wish) { q.Keys.Secret = plain.Keys.Secret }); o.Made || o.Keys != plain.Keys || o.Keys.Form() != callback.Plain {
		t.Errorf("a secret that was brought: %+v", o)
	}
	w.own = tunnel.Keys{Token: "mine", AESKey: long, Owner: "dingcorp"}
	if o := w.opened(t, nil); o.Made || o.Keys != w.own {
		t.Errorf("of the callback: %+v", o)
	}
}

func TestOpenRefused(t *testing.T) {
	t.Parallel()
	w := newWorld(t, storetest.Open(t))
	o := w.opened(t, nil)
	for name, tc := range map[string]struct {
		change func(*tunnel.Wish)
		want   error
	}{
		"no such app":         {func(q *tunnel.Wish) { q.Agent = 8 }, apierror.AgentUnknown},
		"no such tunnel":      {func(q *tunnel.Wish) { q.Again = o.Subscription + 1 }, apierror.ParameterInvalid},
		"somebody else's":     {func(q *tunnel.Wish) { q.Again, q.By = o.Subscription, "lina" }, apierror.ParameterInvalid},
		"a key of no form":    {func(q *tunnel.Wish) { q.Keys = tunnel.Keys{Token: "t", AESKey: "k"} }, apierror.ParameterInvalid},
		"a secret of no form": {func(q *tunnel.Wish) { q.Keys = tunnel.Keys{Secret: "whsec_x"} }, apierror.ParameterInvalid},
		"keys of both forms":  {func(q *tunnel.Wish) { q.Keys = tunnel.Keys{Token: "t", Secret: callback.NewSecret()} }, apierror.ParameterInvalid},
		"another form":        {func(q *tunnel.Wish) { q.Form, q.Keys = callback.Compatible, tunnel.Keys{Secret: callback.NewSecret()} }, apierror.ParameterInvalid},
	} {
		if _, err := w.Open(t.Context(), wish(tc.change)); !errors.Is(err, tc.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if err := w.Close(t.Context(), corp, o.Subscription, 7, "lina"); err != nil {
		t.Error(err)
	}
	if _, err := w.log.Subscription(t.Context(), corp, o.Subscription); err != nil {
		t.Errorf("somebody else closed it: %v", err)
	}
}

// A corp has so many tunnels at once and no more.
func TestTooMany(t *testing.T) {
	t.Parallel()
	w := newWorld(t, storetest.Open(t))
	for range 100 {
		w.opened(t, nil)
	}
	if _, err := w.Open(t.Context(), wish(nil)); !errors.Is(err, apierror.ParameterInvalid) {
		t.Errorf("one too many: %v", err)
	}
}

// A tunnel is told of the past since a time, each event of its names once.
func TestPast(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := newWorld(t, db)
		happen := func(n event.Name, user id.User) id.Event {
			t.Helper()
			made, err := store.Update(t.Context(), db, func(tx *store.Tx) (id.Event, error) {
				return w.log.Emit(tx, corp, n, "person:"+string(user), event.People{TimeStamp: "1", UserID: []id.User{user}})
			})
			if err != nil {
				t.Fatal(err)
			}
			return made
		}
		happen(event.UserAdded, "before")
		w.ahead.Add(int64(time.Hour))
		since := time.UnixMilli(1_790_000_000_000).Add(time.Hour)
		want := happen(event.UserAdded, "since")
		happen(event.UserLeft, "other")
		o := w.opened(t, func(q *tunnel.Wish) { q.Since, q.Keep = since, true })
		due, err := w.log.Pending(t.Context(), corp, o.Subscription, since.Add(time.Hour), 10)
		if err != nil || o.Past != 1 || len(due) != 1 || due[0].ID != want || !due[0].Replayed {
			t.Errorf("told of %d: %+v, %v", o.Past, due, err)
		}
		if again := w.opened(t, func(q *tunnel.Wish) { q.Since, q.Keep = since, true }); again.Past != 0 {
			t.Errorf("told again of %d", again.Past)
		}
		every := w.opened(t, func(q *tunnel.Wish) { q.Since, q.Names = since.Add(-2*time.Hour), []event.Name{event.Every} })
		if every.Past != 3 {
			t.Errorf("told of %d of 3", every.Past)
		}
	})
}

// Tunnels to which nobody comes back are removed: soon, or after days where they
// are kept. Those in use are not.
func TestSweep(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := newWorld(t, db)
		plain := w.opened(t, nil)
		kept := w.opened(t, func(q *tunnel.Wish) { q.Keep = true })
		half, err := w.log.Subscribe(t.Context(), event.Subscription{Corp: corp, Agent: 7, Way: event.Tunnel, Settings: "{}"}) // opening failed half way
		if err != nil {
			t.Fatal(err)
		}
		other, err := w.log.Subscribe(t.Context(), event.Subscription{Corp: corp, Agent: 7, Way: event.Callback, Settings: "{}"})
		if err != nil {
			t.Fatal(err)
		}
		left := func() (list []id.Subscription) {
			t.Helper()
			if err := w.Sweep(t.Context()); err != nil {
				t.Fatal(err)
			}
			all, err := w.log.Subscriptions(t.Context(), corp, 7)
			if err != nil {
				t.Fatal(err)
			}
			for _, s := range all {
				list = append(list, s.ID)
			}
			return list
		}
		if got := left(); len(got) != 4 {
			t.Errorf("at once: %v", got)
		}
		w.ahead.Add(int64(11 * time.Minute))
		if got := left(); len(got) != 2 || got[0] != kept.Subscription || got[1] != other.ID {
			t.Errorf("after eleven minutes: %v; plain %d, half %d", got, plain.Subscription, half.ID)
		}
		again := w.opened(t, func(q *tunnel.Wish) { q.Keep, q.Names = true, []event.Name{event.UserLeft} })
		s, err := w.log.Subscription(t.Context(), corp, again.Subscription)
		if err != nil || again.Subscription != kept.Subscription || len(s.Names) != 1 || s.Names[0] != event.UserLeft {
			t.Errorf("whoever listens again gets %+v, %v", s, err)
		}
		w.ahead.Add(int64(6 * 24 * time.Hour))
		if got := left(); len(got) != 2 {
			t.Errorf("six days after it was left again: %v", got)
		}
		w.ahead.Add(int64(25 * time.Hour))
		if got := left(); len(got) != 1 {
			t.Errorf("after seven days: %v", got)
		}
	})
}
