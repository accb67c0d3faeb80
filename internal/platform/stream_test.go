package platform_test

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/coder/websocket"

	"github.com/gatepost/gatepost/internal/app"
	"github.com/gatepost/gatepost/internal/config"
	"github.com/gatepost/gatepost/internal/event"
	"github.com/gatepost/gatepost/internal/id"
	"github.com/gatepost/gatepost/internal/op"
	"github.com/gatepost/gatepost/internal/platformtest"
	"github.com/gatepost/gatepost/internal/scope"
	"github.com/gatepost/gatepost/internal/stream"
)

const everyEvent = `[{"type":"EVENT","topic":"*"}]`

// opened asks for a ticket over the wire, and returns where to connect with it.
func opened(t *testing.T, url string, a platformtest.App, subscriptions string) string {
	t.Helper()
	body := `{"clientId":"` + string(a.Key) + `","clientSecret":"` + a.Secret + `","ua":"test/1","localIp":"10.0.0.7","subscriptions":` + subscriptions + `}`
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, url+"/v1.0/gateway/connections/open", strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/json")
	got, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer got.Body.Close()
	var answer struct{ Endpoint, Ticket string }
	if err := json.NewDecoder(got.Body).Decode(&answer); err != nil || got.StatusCode != http.StatusOK {
		t.Fatalf("HTTP %d, %v", got.StatusCode, err)
	}
	if want := "ws" + strings.TrimPrefix(url, "http") + "/connect"; answer.Endpoint != want {
		t.Fatalf("the endpoint is %q instead of %q", answer.Endpoint, want)
	}
	return answer.Endpoint + "?ticket=" + answer.Ticket
}

// client is a client of the stream: frames come to it, and it answers them.
type client struct {
	t      *testing.T
	conn   *websocket.Conn
	frames chan stream.Frame
	closed chan struct{}
}

func connected(t *testing.T, w *platformtest.World, a platformtest.App, subscriptions string) *client {
	t.Helper()
	return connectedTo(t, w.URL, a, subscriptions)
}

func connectedTo(t *testing.T, url string, a platformtest.App, subscriptions string) *client {
	t.Helper()
	conn, _, err := websocket.Dial(t.Context(), opened(t, url, a, subscriptions), nil)
	if err != nil {
		t.Fatal(err)
	}
	c := &client{t, conn, make(chan stream.Frame, 1024), make(chan struct{})}
	t.Cleanup(c.end)
	go func() {
		defer close(c.closed)
		for {
			_, text, err := conn.Read(context.Background())
			if err != nil {
				return
			}
			var f stream.Frame
			if err := json.Unmarshal(text, &f); err != nil {
				t.Errorf("%s: %v", text, err)
				return
			}
			c.frames <- f
		}
	}()
	return c
}

func (c *client) end() { _ = c.conn.CloseNow() }

func (c *client) next() stream.Frame {
	c.t.Helper()
	select {
	case f := <-c.frames:
		return f
	case <-time.After(time.Minute):
		c.t.Fatal("nothing came")
	}
	panic("unreachable")
}

func (c *client) answer(f stream.Frame, data string) {
	c.t.Helper()
	text, err := json.Marshal(map[string]any{"code": 200, "headers": map[string]string{"messageId": f.Headers["messageId"]}, "message": "OK", "data": data})
	if err != nil {
		c.t.Fatal(err)
	}
	if err := c.conn.Write(c.t.Context(), websocket.MessageText, text); err != nil {
		c.t.Fatal(err)
	}
}

// silent fails if anything has come.
func (c *client) silent() {
	c.t.Helper()
	select {
	case f := <-c.frames:
		c.t.Errorf("told %+v", f)
	default:
	}
}

const success = `{"status":"SUCCESS"}`

// subscribed waits for the app's stream subscription to be there.
func subscribed(t *testing.T, w *platformtest.World, a platformtest.App) event.Subscription {
	t.Helper()
	for deadline := time.Now().Add(30 * time.Second); ; time.Sleep(5 * time.Millisecond) {
		list, err := w.Events.Subscriptions(t.Context(), a.Corp, a.Agent)
		if err != nil {
			t.Fatal(err)
		}
		if len(list) == 1 {
			return list[0]
		}
		if len(list) > 1 || time.Now().After(deadline) {
			t.Fatalf("subscriptions: %+v", list)
		}
	}
}

// until waits for what happens by itself.
func until(t *testing.T, what string, holds func() bool) {
	t.Helper()
	for deadline := time.Now().Add(30 * time.Second); !holds(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("still not: %s", what)
		}
	}
}

func waitingFor(t *testing.T, w *platformtest.World, s event.Subscription) int {
	t.Helper()
	list, err := w.Events.Pending(t.Context(), s.Corp, s.ID, time.Now().Add(24*time.Hour), 10_000)
	if err != nil {
		t.Fatal(err)
	}
	return len(list)
}

// A client that asked for events is told of a change, in the frame that clients
// expect, and told again what it puts off.
func TestStreamTellsOfChanges(t *testing.T) {
	t.Parallel()
	platformtest.Each(t, func(t *testing.T, w *platformtest.World) {
		corp, _ := w.Corp("Acme")
		a := w.App(corp, "crm", scope.Member)
		c := connected(t, w, a, everyEvent)
		s := subscribed(t, w, a)
		if s.Way != event.Stream || !s.Ordered || len(s.Names) != 1 || s.Names[0] != event.Every || s.Timeout != stream.AnswerWithin {
			t.Errorf("the subscription is %+v", s)
		}
		w.Person(corp, "lina", "李娜", id.RootDept)
		f := c.next()
		if f.Type != "EVENT" || f.Headers["topic"] != "*" || f.Headers["eventType"] != "user_add_org" || f.Headers["eventCorpId"] != string(corp) || !strings.Contains(f.Data, `"lina"`) {
			t.Errorf("told %+v", f)
		}
		c.answer(f, `{"status":"LATER"}`)
		until(t, "it is put off", func() bool { return firstAttempts(t, w, s) == 1 })
		w.Later(11 * time.Second)
		w.Delivery.Look()
		again := c.next()
		if again.Headers["eventId"] != f.Headers["eventId"] || again.Headers["messageId"] == f.Headers["messageId"] {
			t.Errorf("told again %+v", again)
		}
		c.answer(again, success)
		until(t, "it is delivered", func() bool { return waitingFor(t, w, s) == 0 })
		c.silent()
		own := op.IDsOpen
		w.Change(a, app.Change{IDs: &own})
		w.Person(corp, "wang", "王芳", id.RootDept)
		f = c.next()
		if !strings.HasPrefix(f.Headers["eventCorpId"], "gpc_") || !strings.Contains(f.Data, `"gpu_`) {
			t.Errorf("an app with ids of its own is told %+v", f)
		}
		c.answer(f, success)
	})
}

func firstAttempts(t *testing.T, w *platformtest.World, s event.Subscription) int {
	t.Helper()
	list, err := w.Events.Pending(t.Context(), s.Corp, s.ID, time.Now().Add(24*time.Hour), 1)
	if err != nil {
		t.Fatal(err)
	}
	if len(list) == 0 {
		return -1
	}
	return list[0].Attempts
}

// What happens while no client is connected is told to the next one, and so is
// what a client did not answer before its connection ended.
func TestStreamKeepsWhatNobodyAnswered(t *testing.T) {
	t.Parallel()
	platformtest.Each(t, func(t *testing.T, w *platformtest.World) {
		corp, _ := w.Corp("Acme")
		a := w.App(corp, "crm", scope.Member)
		first := connected(t, w, a, everyEvent)
		s := subscribed(t, w, a)
		first.end()
		until(t, "nobody is connected", func() bool { return w.Stream.Count(corp, a.Agent) == 0 })
		w.Person(corp, "lina", "李娜", id.RootDept)

		second := connected(t, w, a, everyEvent)
		unanswered := second.next()
		third := connected(t, w, a, everyEvent)
		until(t, "both are connected", func() bool { return w.Stream.Count(corp, a.Agent) == 2 })
		second.end()
		again := third.next()
		if again.Headers["eventId"] != unanswered.Headers["eventId"] {
			t.Errorf("told %+v, then %+v", unanswered, again)
		}
		third.answer(again, success)
		until(t, "it is delivered", func() bool { return waitingFor(t, w, s) == 0 })
	})
}

// Several connections of an app share its events, each to one of them; another
// subscription of the app is told of all of them at its own pace, and begins when
// the first has ended.
//
// feature: EVT-013
func TestStreamIsBalanced(t *testing.T) {
	t.Parallel()
	w := platformtest.Start(t)
	corp, _ := w.Corp("Acme")
	a := w.App(corp, "crm", scope.Member)
	const people = 1000
	in := make(inbox, people)
	w.Delivery.Ways[event.Callback] = in
	clients := []*client{connected(t, w, a, everyEvent), connected(t, w, a, everyEvent)}
	s := subscribed(t, w, a)
	until(t, "both are connected", func() bool { return w.Stream.Count(corp, a.Agent) == 2 })
	other, err := w.Events.Subscribe(t.Context(), event.Subscription{Corp: corp, Agent: a.Agent, Way: event.Callback, Names: []event.Name{event.Every}, State: event.Paused})
	if err != nil {
		t.Fatal(err)
	}
	type seen struct {
		client int
		event  string
	}
	told := make(chan seen, people)
	for i, c := range clients {
		go func() {
			for {
				select {
				case f := <-c.frames:
					c.answer(f, success)
					told <- seen{i, f.Headers["eventId"]}
				case <-t.Context().Done():
					return
				}
			}
		}()
	}
	for i := range people {
		w.Person(corp, id.User("p"+strconv.Itoa(i)), "某人", id.RootDept)
	}
	var shares [2]int
	events := map[string]int{}
	for range people {
		one := <-told
		shares[one.client]++
		events[one.event]++
	}
	if len(events) != people || shares[0] < people/4 || shares[1] < people/4 { // by chance once in 10^59
		t.Errorf("told of %d events, %v to each client", len(events), shares)
	}
	until(t, "all is delivered", func() bool { return waitingFor(t, w, s) == 0 })

	if n := waitingFor(t, w, other); n != people {
		t.Errorf("for the other wait %d", n)
	}
	other.State = event.On
	if err := w.Events.Change(t.Context(), other); err != nil {
		t.Fatal(err)
	}
	for range people {
		d, _ := in.next(t)
		events[strconv.FormatInt(int64(d.ID), 10)]++
	}
	for e, n := range events {
		if n != 2 {
			t.Errorf("event %s was told %d times by both", e, n)
		}
	}
}

// A client that asked for callbacks alone subscribes to no events.
func TestStreamOfCallbacksAlone(t *testing.T) {
	t.Parallel()
	platformtest.Each(t, func(t *testing.T, w *platformtest.World) {
		corp, session := w.Corp("Acme")
		a := w.App(corp, "crm", scope.Member)
		const topic = "/v1.0/im/bot/messages/get"
		c := connected(t, w, a, `[{"type":"CALLBACK","topic":"`+topic+`"},{"type":"SYSTEM","topic":"ping"}]`)
		until(t, "it is connected", func() bool { return len(w.Stream.Connections(corp, a.Agent)) == 1 })
		w.Person(corp, "lina", "李娜", id.RootDept)
		if list, err := w.Events.Subscriptions(t.Context(), corp, a.Agent); err != nil || len(list) != 0 {
			t.Errorf("subscriptions: %v, %v", list, err)
		}
		agent, err := json.Marshal(a.Agent)
		if err != nil {
			t.Fatal(err)
		}
		answered := make(chan platformtest.Answer, 1)
		go func() {
			answered <- w.Console(session, "stream.send", `{"agentId":`+string(agent)+`,"topic":"`+topic+`","data":{"text":{"content":"hi"}}}`)
		}()
		f := c.next()
		if f.Type != "CALLBACK" || f.Headers["topic"] != topic || f.Data != `{"text":{"content":"hi"}}` || f.Headers["appId"] != string(a.Key) {
			t.Errorf("told %+v", f)
		}
		c.answer(f, `{"response":{"ok":true}}`)
		got := <-answered
		if got.OK(t); got.Text(t, "data") != `{"ok":true}` || got.Text(t, "code") != "200" {
			t.Errorf("answered %s", got)
		}
		list := w.Console(session, "stream.connections", "").OK(t)["list"].([]any)
		item := list[0].(map[string]any)
		if item["userAgent"] != "test/1" || item["local"] != "10.0.0.7" || item["remote"] != "127.0.0.1" || item["events"] != false || item["answeredAt"] == nil {
			t.Errorf("listed as %v", item)
		}
		c.silent()
	})
}

// A platform that stops asks its clients to go, and ends when they went.
func TestStreamBeforeAStop(t *testing.T) {
	t.Parallel()
	w := platformtest.Start(t)
	corp, _ := w.Corp("Acme")
	a := w.App(corp, "crm", scope.Member)
	c := connected(t, w, a, everyEvent)
	subscribed(t, w, a)
	stopped := make(chan struct{})
	go func() { defer close(stopped); w.Stop() }()
	if f := c.next(); f.Type != "SYSTEM" || f.Headers["topic"] != "disconnect" || !strings.Contains(f.Data, "reason") {
		t.Errorf("told %+v", f)
	}
	if got := w.Do(platformtest.Call{Path: "/v1.0/gateway/connections/open", Body: `{"clientId":"` + string(a.Key) + `","clientSecret":"` + a.Secret + `"}`}); got.Rule(t) != "stream.closing" {
		t.Errorf("a client that comes meanwhile is answered %s", got)
	}
	c.end()
	<-stopped
}

// A client that does not go, as the official one of Node, is cut off, and the
// platform ends in time and without an error.
func TestStreamBeforeAStopWhoStays(t *testing.T) {
	t.Parallel()
	w := platformtest.Start(t, platformtest.WithConfig(func(c *config.Config) { c.GraceLimit = 2 * time.Second }))
	corp, _ := w.Corp("Acme")
	c := connected(t, w, w.App(corp, "crm", scope.Member), everyEvent)
	stopped := make(chan struct{})
	go func() { defer close(stopped); w.Stop() }()
	if f := c.next(); f.Headers["topic"] != "disconnect" {
		t.Errorf("told %+v", f)
	}
	<-stopped
}

// The client is connected to one node, and the change is made on the other; when
// the first stops, the other one goes on.
func TestStreamOfTheOtherNode(t *testing.T) {
	t.Parallel()
	one, other := twoNodes(t)
	corp, session := one.Corp("acme")
	a := one.App(corp, "crm", scope.Member)
	c := connected(t, other, a, everyEvent)
	s := subscribed(t, other, a)
	until(t, "the first node lists the connection of the second", func() bool {
		list := one.Console(session, "stream.connections", "").OK(t)["list"].([]any)
		return len(list) == 1 && list[0].(map[string]any)["node"] == 2.0
	})
	one.Person(corp, "lina", "李娜", id.RootDept)
	c.answer(c.next(), success)
	until(t, "it is delivered", func() bool { return waitingFor(t, one, s) == 0 })

	// From now on the owner is known and listens: no look is waited for.
	began := time.Now()
	one.Person(corp, "wang", "王伟", id.RootDept)
	f := c.next()
	t.Logf("told %v after the change began on the other node", time.Since(began))
	c.answer(f, success)
	until(t, "that is delivered", func() bool { return waitingFor(t, one, s) == 0 })

	// A ticket of one node is good on the other.
	text := opened(t, other.URL, a, everyEvent)
	_, ticket, _ := strings.Cut(text, "?")
	conn, _, err := websocket.Dial(t.Context(), "ws"+strings.TrimPrefix(one.URL, "http")+"/connect?"+ticket, nil)
	if err != nil {
		t.Fatal(err)
	}
	_ = conn.CloseNow()

	d := connected(t, one, a, everyEvent)
	go func() {
		for range c.frames { // asked to go
			c.end()
			return
		}
	}()
	other.Stop()
	one.Person(corp, "zhao", "赵敏", id.RootDept)
	d.answer(d.next(), success)
	until(t, "the node that is left delivers", func() bool { return waitingFor(t, one, s) == 0 })
}

// A client of an app that is switched off is asked to go, and does not come in
// again until it is on.
func TestStreamOfAnAppThatIsOff(t *testing.T) {
	t.Parallel()
	w := platformtest.Start(t)
	corp, _ := w.Corp("Acme")
	a := w.App(corp, "crm", scope.Member)
	address := opened(t, w.URL, a, everyEvent)
	off, on := app.Disabled, app.Enabled
	w.Change(a, app.Change{State: &off})
	_, refused, err := websocket.Dial(t.Context(), address, nil)
	if err == nil || refused == nil || refused.StatusCode != http.StatusForbidden {
		t.Errorf("let in with a ticket from before: %v, %v", refused, err)
	}
	w.Change(a, app.Change{State: &on})
	connected(t, w, a, everyEvent)
	until(t, "it is connected again", func() bool { return w.Stream.Count(corp, a.Agent) == 1 })
}

// A client that sends its first frame before it is let in is heard.
func TestStreamHearsWhoIsEarly(t *testing.T) {
	t.Parallel()
	w := platformtest.Start(t)
	corp, _ := w.Corp("Acme")
	address, err := url.Parse(opened(t, w.URL, w.App(corp, "crm", scope.Member), `[]`))
	if err != nil {
		t.Fatal(err)
	}
	conn, err := (&net.Dialer{}).DialContext(t.Context(), "tcp", address.Host)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	ping := append([]byte{0x89, 0x80 | 125, 0, 0, 0, 0}, bytes.Repeat([]byte("p"), 125)...) // the mask is 0
	request := "GET " + address.RequestURI() + " HTTP/1.1\r\nHost: " + address.Host + "\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n" +
		"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n"
	if _, err := conn.Write(append([]byte(request), bytes.Repeat(ping, 8)...)); err != nil {
		t.Fatal(err)
	}
	from := bufio.NewReader(conn)
	answer, err := http.ReadResponse(from, nil)
	if err != nil || answer.StatusCode != http.StatusSwitchingProtocols {
		t.Fatalf("%v, %v", answer, err)
	}
	for range 8 {
		pong := make([]byte, 2+125)
		if _, err := io.ReadFull(from, pong); err != nil || pong[0] != 0x8a || string(pong[2:]) != strings.Repeat("p", 125) {
			t.Fatalf("%x, %v", pong, err)
		}
	}
}

// A ticket lets in once; whoever has none, or no WebSocket, is told so.
func TestStreamDoor(t *testing.T) {
	t.Parallel()
	w := platformtest.Start(t)
	corp, _ := w.Corp("Acme")
	address := opened(t, w.URL, w.App(corp, "crm", scope.Member), `[]`)
	plain := "http" + strings.TrimPrefix(address, "ws")
	if r, err := get(t, http.DefaultClient, plain); err != nil || r.StatusCode != http.StatusUpgradeRequired {
		t.Errorf("without an upgrade: %v, %v", r, err)
	}
	conn, _, err := websocket.Dial(t.Context(), address, nil)
	if err != nil {
		t.Fatalf("the ticket was lost by that: %v", err)
	}
	defer func() { _ = conn.CloseNow() }()
	for name, url := range map[string]string{"used": address, "unknown": address + "x", "none": strings.TrimSuffix(address, address[strings.Index(address, "?"):])} {
		_, refused, err := websocket.Dial(t.Context(), url, &websocket.DialOptions{HTTPHeader: http.Header{"Accept-Language": {"en"}}})
		if err == nil || refused == nil {
			t.Errorf("%s: let in, %v", name, err)
			continue
		}
		var answer struct{ Code, Rule, Found, Hint, RequestID string }
		if err := json.NewDecoder(refused.Body).Decode(&answer); err != nil || refused.StatusCode != http.StatusUnauthorized || answer.Rule != "stream.ticket" ||
			answer.Found == "" || !strings.Contains(answer.Hint, "connections/open") {
			t.Errorf("%s: HTTP %d %+v, %v", name, refused.StatusCode, answer, err)
		}
	}
}

// After a storm of connections that come and go, the one that is left is told of
// everything.
func TestStreamAfterAStorm(t *testing.T) {
	t.Parallel()
	platformtest.Each(t, func(t *testing.T, w *platformtest.World) {
		corp, _ := w.Corp("Acme")
		a := w.App(corp, "crm", scope.Member)
		for round := range 4 {
			var storm sync.WaitGroup
			for range 8 {
				address := opened(t, w.URL, a, everyEvent)
				storm.Go(func() {
					conn, _, err := websocket.Dial(t.Context(), address, nil)
					if err != nil {
						t.Error(err)
						return
					}
					_ = conn.CloseNow()
				})
			}
			c := connected(t, w, a, everyEvent)
			storm.Wait()
			until(t, "one is left", func() bool { return w.Stream.Count(corp, a.Agent) == 1 })
			name := "p" + strconv.Itoa(round)
			w.Person(corp, id.User(name), "某人", id.RootDept)
			f := c.next()
			if !strings.Contains(f.Data, name) {
				t.Errorf("told %+v instead of %s", f, name)
			}
			c.answer(f, success)
			s := subscribed(t, w, a)
			until(t, "it is delivered", func() bool { return waitingFor(t, w, s) == 0 })
			c.end()
			until(t, "none is left", func() bool { return w.Stream.Count(corp, a.Agent) == 0 })
		}
	})
}
