package platform_test

import (
	"fmt"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gatepost/gatepost/internal/callback"
	"github.com/gatepost/gatepost/internal/event"
	"github.com/gatepost/gatepost/internal/id"
	"github.com/gatepost/gatepost/internal/platformtest"
	"github.com/gatepost/gatepost/internal/scope"
)

const (
	hookToken = "abcdef"
	hookKey   = "1234567890123456789012345678901234567890123"
)

// outcome is what a receiver does, and what follows.
type outcome struct {
	name   string
	handle func(w http.ResponseWriter, r *http.Request, e *callback.Envelope)
	url    string // instead of a receiver
	secure bool   // behind a certificate of nobody
	says   string // part of the reason
	status int    // 0: no answer
	ends   bool   // the subscription, not the try
}

func outcomes(t *testing.T, corp id.Corp, key id.App) []outcome {
	t.Helper()
	envelope := func(token, key, owner string) *callback.Envelope {
		e, err := callback.NewEnvelope(token, key, owner)
		if err != nil {
			t.Fatal(err)
		}
		return e
	}
	with := func(e *callback.Envelope, word string) func(http.ResponseWriter, *http.Request, *callback.Envelope) {
		return func(w http.ResponseWriter, _ *http.Request, _ *callback.Envelope) {
			(*receiver)(nil).succeed(w, e, word)
		}
	}
	status := func(n int, body string) func(http.ResponseWriter, *http.Request, *callback.Envelope) {
		return func(w http.ResponseWriter, _ *http.Request, _ *callback.Envelope) {
			w.Header().Set("Location", "http://127.0.0.1:1/")
			w.WriteHeader(n)
			_, _ = w.Write([]byte(body))
		}
	}
	return []outcome{
		{name: "wrong token", handle: with(envelope("fedcba", hookKey, string(corp)), "success"), status: 200, says: "the signature is not that of this token"},
		{name: "wrong key", handle: with(envelope(hookToken, strings.Repeat("a", 43), string(corp)), "success"), status: 200, says: "encrypted with another key"},
		{name: "wrong owner key", handle: with(envelope(hookToken, hookKey, string(key)), "success"), status: 200, says: "ends with another owner: expected \"" + string(corp)},
		{name: "another word", handle: with(envelope(hookToken, hookKey, string(corp)), "received"), status: 200, says: "expected the word success, found received"},
		{name: "the plain word", handle: status(200, "success"), status: 200, says: "found no such JSON; the answer begins success"},
		{name: "JSON without encrypt", handle: status(200, "{}"), status: 200, says: "expected the field encrypt, found none"},
		{name: "nothing", handle: status(200, ""), status: 200, says: "found no such JSON"},
		{name: "201", handle: status(201, ""), status: 201, says: "expected 200, found 201"},
		{name: "302", handle: status(302, ""), status: 302, says: "a redirect, which is not followed"},
		{name: "404", handle: status(404, "nobody"), status: 404, says: "expected 200, found 404: nobody"},
		{name: "410", handle: status(410, ""), status: 410, says: "the receiver said that it is gone", ends: true},
		{name: "500", handle: status(500, "oops"), status: 500, says: "expected 200, found 500: oops"},
		{name: "10 MB", handle: status(200, strings.Repeat("x", 10<<20)), status: 200, says: "at most 65536 bytes, found more"},
		{name: "late", handle: func(_ http.ResponseWriter, r *http.Request, _ *callback.Envelope) { <-r.Context().Done() }, says: "no answer within the time limit"},
		{name: "broken off", handle: func(w http.ResponseWriter, _ *http.Request, _ *callback.Envelope) {
			w.Header().Set("Content-Length", "100")
			_, _ = w.Write([]byte("{"))
			_ = http.NewResponseController(w).Flush()
			panic(http.ErrAbortHandler)
		}, status: 200, says: "unexpected EOF"},
		{name: "no connection", url: "http://127.0.0.1:1/", says: "connection refused"},
		{name: "no such name", url: "http://nobody.invalid/", says: "nobody.invalid"},
		{name: "unknown certificate", handle: status(200, ""), secure: true, says: "certificate"},
		{name: "private address", url: "http://10.0.0.1/", says: "10.0.0.1:80 is a private or loopback address"},
		{name: "metadata", url: "http://169.254.169.254/", says: "is no address of a service"},
		{name: "the platform itself", url: "itself", says: "is the platform's own listener"},
	}
}

// What a receiver does wrong is said, is tried again after 10 and 30 seconds and
// then more seldom, and in the end is kept.
//
// feature: EVT-002
func TestCallbackOutcomes(t *testing.T) {
	t.Parallel()
	platformtest.Each(t, func(t *testing.T, w *platformtest.World) {
		corp, session := w.Corp("Acme")
		a := w.App(corp, "crm", scope.Member, scope.Base)
		for _, o := range outcomes(t, corp, a.Key) {
			t.Run(o.name, func(t *testing.T) { o.happens(t, w, a, session) })
		}
	})
}

func (o *outcome) happens(t *testing.T, w *platformtest.World, a platformtest.App, session string) {
	e, err := callback.NewEnvelope(hookToken, hookKey, string(a.Corp))
	if err != nil {
		t.Fatal(err)
	}
	target := o.url
	if target == "itself" {
		target = w.URL
	}
	if target == "" {
		server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			_, _ = io.Copy(io.Discard, r.Body) // else the server does not see that the platform left
			o.handle(w, r, e)
		}))
		server.Config.ErrorLog = log.New(io.Discard, "", 0)
		if o.secure {
			server.StartTLS()
		} else {
			server.Start()
		}
		defer server.Close()
		target = server.URL
	}
	timeout := 30 * time.Second
	if o.name == "late" {
		timeout = 50 * time.Millisecond
	}
	s, err := w.Events.Subscribe(t.Context(), event.Subscription{Corp: a.Corp, Agent: a.Agent, Way: event.Callback, Origin: callback.FromAPI, Target: target,
		Secret: fmt.Sprintf(`{"token":%q,"aesKey":%q}`, hookToken, hookKey), Names: []event.Name{event.UserAdded}, Timeout: timeout})
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := w.Events.Unsubscribe(t.Context(), a.Corp, s.ID); err != nil {
			t.Error(err)
		}
	}()

	// check_url says what is wrong as well.
	check := w.Console(session, "callback.check", fmt.Sprintf(`{"agentId":%d,"id":"%d"}`, a.Agent, s.ID)).OK(t)
	if status, _ := check["status"].(float64); check["accepted"] != false || int(status) != o.status || check["found"] == "" {
		t.Errorf("check answers %v", check)
	}

	w.Person(a.Corp, id.User(strings.Map(asID, o.name)), "李娜", id.RootDept)
	tries := 1
	tried := func() bool {
		n, err := undelivered(tries)(t.Context(), w, s)
		if err != nil {
			t.Fatal(err)
		}
		return n == 1
	}
	wait(t, "tried", tried)
	now := standing(t, w, s)
	if !strings.Contains(now.Reason, o.says) || now.Failing.IsZero() || (now.State == event.Off) != o.ends {
		t.Errorf("the subscription says %q, %s, failing since %s", now.Reason, now.State, now.Failing)
	}
	if o.ends {
		return
	}
	for _, after := range []time.Duration{10 * time.Second, 30 * time.Second, 3 * time.Minute} {
		w.Later(after)
		tries++
		wait(t, fmt.Sprintf("tried %d times", tries), tried)
	}
}

func asID(r rune) rune {
	if r == ' ' {
		return '-'
	}
	return r
}

func standing(t *testing.T, w *platformtest.World, s event.Subscription) event.Subscription {
	t.Helper()
	list, err := w.Events.Subscriptions(t.Context(), s.Corp, s.Agent)
	if err != nil {
		t.Fatal(err)
	}
	i := slices.IndexFunc(list, func(now event.Subscription) bool { return now.ID == s.ID })
	if i < 0 {
		t.Fatal("the subscription is gone")
	}
	return list[i]
}

// What fails for three days is given up, said so in the log, and kept: a week
// later the app can still fetch it.
//
// feature: EVT-006
func TestGivenUpIsKept(t *testing.T) {
	t.Parallel()
	platformtest.EachEngine(t, func(t *testing.T, engine platformtest.Option) {
		var said lines
		w := platformtest.Start(t, engine, platformtest.WithLog(&said))
		w.Still()
		corp, _ := w.Corp("Acme")
		a := w.App(corp, "crm", scope.Member, scope.Base)
		r := newReceiver(t, hookToken, hookKey, string(corp))
		w.V1(w.Token(a), "/call_back/register_call_back", fmt.Sprintf(`{"call_back_tag":["user_add_org"],"token":%q,"aes_key":%q,"url":%q}`, hookToken, hookKey, r.url)).OK(t)
		r.answers("500")
		w.Person(corp, "lina", "李娜", id.RootDept)

		list, err := w.Events.Subscriptions(t.Context(), corp, a.Agent)
		if err != nil {
			t.Fatal(err)
		}
		s, tries := list[0], 0
		for began := w.Now(); ; tries++ {
			if r.next(t); tries > 20 {
				t.Fatal("it is never given up")
			}
			wait(t, "recorded", func() bool {
				n, err := undelivered(tries+1)(t.Context(), w, s)
				if err != nil {
					t.Fatal(err)
				}
				return n == 1
			})
			left, err := w.Events.Pending(t.Context(), corp, s.ID, w.Now().Add(30*24*time.Hour), 1)
			if err != nil {
				t.Fatal(err)
			}
			if len(left) == 0 {
				if took := w.Now().Sub(began); took < 48*time.Hour || took > 96*time.Hour { // 72 hours, and a fifth of each step more or less
					t.Errorf("given up after %s", took)
				}
				break
			}
			w.Later(left[0].Next.Sub(w.Now()))
		}
		if tries < 12 || !strings.Contains(said.String(), "an event was given up") {
			t.Errorf("given up after %d tries; the log says:\n%s", tries, said.String())
		}
		w.Later(7 * 24 * time.Hour)
		failed := w.V1(w.Token(a), "/call_back/get_call_back_failed_result", "").OK(t)["failed_list"].([]any)
		if len(failed) != 1 || failed[0].(map[string]any)["call_back_tag"] != "user_add_org" {
			t.Errorf("a week later: %v", failed)
		}
		if left := w.V1(w.Token(a), "/call_back/get_call_back_failed_result", "").OK(t)["failed_list"].([]any); len(left) != 0 {
			t.Errorf("handed out twice: %v", left)
		}
	})
}

// lines is a log that can be read while it is written.
type lines struct {
	mu   sync.Mutex
	text strings.Builder
}

// Write implements io.Writer.
func (l *lines) Write(b []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(b)
}

func (l *lines) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}

// More than one call can hand out is handed out by several, each event once.
func TestFailedResultInPages(t *testing.T) {
	t.Parallel()
	platformtest.Each(t, func(t *testing.T, w *platformtest.World) {
		corp, _ := w.Corp("Acme")
		a := w.App(corp, "crm", scope.Member, scope.Base)
		s, err := w.Events.Subscribe(t.Context(), event.Subscription{Corp: corp, Agent: a.Agent, Way: event.Callback, Origin: callback.FromAPI, Target: "http://127.0.0.1:1/",
			Secret: fmt.Sprintf(`{"token":%q,"aesKey":%q}`, hookToken, hookKey), Names: []event.Name{event.UserAdded}, State: event.Paused})
		if err != nil {
			t.Fatal(err)
		}
		const people = 230
		for i := range people {
			w.Person(corp, id.User(fmt.Sprint("p", i)), "员工", id.RootDept)
		}
		due, err := w.Events.Pending(t.Context(), corp, s.ID, w.Now(), people)
		if err != nil || len(due) != people {
			t.Fatal(len(due), err)
		}
		results := make([]event.Result, len(due))
		for i, d := range due {
			results[i] = event.Result{Delivery: d, Outcome: event.Failed, Dead: "for the test"}
		}
		if err := w.Events.Settle(t.Context(), results); err != nil {
			t.Fatal(err)
		}
		seen := map[string]bool{}
		for _, want := range []int{200, 30, 0} {
			page := w.V1(w.Token(a), "/call_back/get_call_back_failed_result", "").OK(t)
			list := page["failed_list"].([]any)
			if len(list) != want || page["has_more"] != (want == 200) {
				t.Errorf("%d events, has_more %v; want %d", len(list), page["has_more"], want)
			}
			for _, item := range list {
				seen[item.(map[string]any)["user_add_org"].(map[string]any)["userid"].([]any)[0].(string)] = true
			}
		}
		if len(seen) != people {
			t.Errorf("%d people", len(seen))
		}
	})
}
