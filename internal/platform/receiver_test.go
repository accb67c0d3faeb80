package platform_test

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/gatepost/gatepost/internal/callback"
	"github.com/gatepost/gatepost/internal/event"
	"github.com/gatepost/gatepost/internal/id"
	"github.com/gatepost/gatepost/internal/platformtest"
)

// receiver takes callbacks as applications do: it verifies, decrypts, and answers
// as it was told to.
type receiver struct {
	url      string
	envelope *callback.Envelope
	webhook  *callback.Webhook // set: of the plain form

	mu   sync.Mutex
	mode string
	got  chan string // texts, without those of check_url
}

// newReceiver starts a receiver. Either key is an AES key with token and owner,
// or it is a webhook's secret.
func newReceiver(t testing.TB, token, key, owner string) *receiver {
	t.Helper()
	r := &receiver{got: make(chan string, 1000), mode: "success"}
	var err error
	if token == "" {
		r.webhook, err = callback.NewWebhook(key)
	} else {
		r.envelope, err = callback.NewEnvelope(token, key, owner)
	}
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(r)
	t.Cleanup(server.Close)
	r.url = server.URL + "/hook"
	return r
}

// answers has the receiver answer otherwise.
func (r *receiver) answers(mode string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.mode = mode
}

func (r *receiver) as() string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.mode
}

// ServeHTTP implements http.Handler.
func (r *receiver) ServeHTTP(w http.ResponseWriter, q *http.Request) {
	body, err := io.ReadAll(q.Body)
	text := string(body)
	if err == nil && r.envelope != nil {
		text, err = r.read(q, body)
	}
	if r.webhook != nil && r.webhook.Verify(q.Header, body, time.Now()) != nil {
		err = fmt.Errorf("signed %q", q.Header)
	}
	mode := r.as()
	if err != nil {
		mode = "500"
	}
	var named struct{ EventType, Type, Random string }
	_ = json.Unmarshal([]byte(text), &named)
	if named.EventType != "check_url" && named.Type != "check_url" && err == nil {
		r.got <- text
	}
	switch mode {
	case "success":
		r.succeed(w, r.envelope, "success")
	case "random": // as receivers of the first generation answer who checks a suite
		r.succeed(w, r.envelope, named.Random)
	case "another word":
		r.succeed(w, r.envelope, "received")
	default:
		var status int
		_, _ = fmt.Sscan(mode, &status)
		w.WriteHeader(status)
	}
}

func (r *receiver) read(q *http.Request, body []byte) (string, error) {
	var sent struct{ Encrypt string }
	if err := json.Unmarshal(body, &sent); err != nil {
		return "", err
	}
	v := q.URL.Query()
	if err := r.envelope.Verify(v.Get("signature"), v.Get("timestamp"), v.Get("nonce"), sent.Encrypt); err != nil {
		return "", err
	}
	text, err := r.envelope.Decrypt(sent.Encrypt)
	return string(text), err
}

func (*receiver) succeed(w http.ResponseWriter, e *callback.Envelope, word string) {
	if e == nil {
		w.WriteHeader(http.StatusNoContent)
		return
	}
	encrypted := e.Encrypt([]byte(word))
	_ = json.NewEncoder(w).Encode(map[string]string{"msg_signature": e.Sign("1700000000000", "n", encrypted), "timeStamp": "1700000000000", "nonce": "n", "encrypt": encrypted})
}

// next is the next event that came.
func (r *receiver) next(t testing.TB) string {
	t.Helper()
	select {
	case text := <-r.got:
		return text
	case <-time.After(time.Minute):
		t.Fatal("no event came")
	}
	panic("unreachable")
}

func (s *scene) receiver(ts *testscript.TestScript, args []string) {
	s.receivers[args[0]] = newReceiver(s.t, args[1], args[2], optional(args, 3))
	s.let(ts, args[0], s.receivers[args[0]].url)
}

func (s *scene) answers(ts *testscript.TestScript, args []string) {
	s.called(ts, args[0]).answers(args[1])
}

func (s *scene) received(ts *testscript.TestScript, args []string) {
	fmt.Fprintln(ts.Stdout(), s.called(ts, args[0]).next(s.t))
}

func (s *scene) called(ts *testscript.TestScript, name string) *receiver {
	r := s.receivers[name]
	if r == nil {
		ts.Fatalf("there is no receiver %s", name)
	}
	return r
}

func (s *scene) tried(ts *testscript.TestScript, args []string) {
	n := number[id.Agent](ts, args[0])
	wait(s.t, "tried in vain", func() bool { return anyOf(s.t, s.here(), s.corp, undelivered(int(n))) })
}

func (s *scene) settled(*testscript.TestScript, []string) {
	wait(s.t, "settled", func() bool { return !anyOf(s.t, s.here(), s.corp, pending) })
}

// anyOf reports whether one of the corp's subscriptions has such events.
func anyOf(t testing.TB, w *platformtest.World, corp id.Corp, has func(context.Context, *platformtest.World, event.Subscription) (int, error)) bool {
	t.Helper()
	list, err := w.Events.Subscriptions(t.Context(), corp, 0)
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range list {
		n, err := has(t.Context(), w, s)
		if err != nil {
			t.Fatal(err)
		}
		if n > 0 {
			return true
		}
	}
	return false
}

// undelivered counts events that were tried so often in vain.
func undelivered(tries int) func(context.Context, *platformtest.World, event.Subscription) (int, error) {
	return func(ctx context.Context, w *platformtest.World, s event.Subscription) (int, error) {
		list, err := w.Events.Undelivered(ctx, s.Corp, s.ID, tries, 1000)
		return len(list), err
	}
}

// pending counts events that are still to be delivered, now or later.
func pending(ctx context.Context, w *platformtest.World, s event.Subscription) (int, error) {
	list, err := w.Events.Pending(ctx, s.Corp, s.ID, w.Now().Add(30*24*time.Hour), 1000)
	return len(list), err
}

// wait polls until holds is true.
func wait(t testing.TB, what string, holds func() bool) {
	t.Helper()
	for deadline := time.Now().Add(time.Minute); !holds(); time.Sleep(2 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("not %s within a minute", what)
		}
	}
}
