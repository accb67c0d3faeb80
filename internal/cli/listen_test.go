package cli_test

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gatepost/gatepost/internal/callback"
	"github.com/gatepost/gatepost/internal/cli"
	"github.com/gatepost/gatepost/internal/config"
	"github.com/gatepost/gatepost/internal/event"
	"github.com/gatepost/gatepost/internal/id"
	"github.com/gatepost/gatepost/internal/platformtest"
	"github.com/gatepost/gatepost/internal/store/storetest"
)

// running is a command that goes on.
type running struct {
	t     *testing.T
	lines chan string
	stop  context.CancelFunc
	code  chan int
	errs  *lockedBuffer
}

type lockedBuffer struct {
	mu   sync.Mutex
	text strings.Builder
}

func (b *lockedBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.text.Write(p)
}

func (b *lockedBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.text.String()
}

// start runs a command until it ends or is told to.
func (c *terminal) start(in io.Reader, args ...string) *running {
	c.t.Helper()
	ctx, stop := context.WithCancel(context.WithoutCancel(c.t.Context()))
	r := &running{t: c.t, lines: make(chan string, 1000), stop: stop, code: make(chan int, 1), errs: &lockedBuffer{}}
	from, to := io.Pipe()
	go func() {
		defer close(r.lines)
		for in := bufio.NewReader(from); ; {
			line, err := in.ReadString('\n')
			if err != nil {
				return
			}
			r.lines <- strings.TrimSuffix(line, "\n")
		}
	}()
	p := c.process(to, r.errs, args)
	if in != nil {
		p.In = in
	}
	go func() {
		r.code <- cli.Run(ctx, p)
		_ = to.Close()
	}()
	c.t.Cleanup(func() { stop(); r.drain() })
	return r
}

func (r *running) drain() {
	for range r.lines { // until the command has ended
	}
}

// next is the next line that has all of these.
func (r *running) next(say ...string) string {
	r.t.Helper()
	var seen []string
	deadline := time.After(30 * time.Second)
	for {
		select {
		case line, more := <-r.lines:
			if !more {
				r.t.Fatalf("it ended without a line with %q; it said %q and\n%s", say, seen, r.errs)
			}
			if !slices.ContainsFunc(say, func(s string) bool { return !strings.Contains(line, s) }) {
				return line
			}
			seen = append(seen, line)
		case <-deadline:
			r.t.Fatalf("no line has %q; it said %q and\n%s", say, seen, r.errs)
		}
	}
}

// ended is the code with which it ended.
func (r *running) ended() int {
	r.t.Helper()
	select {
	case code := <-r.code:
		return code
	case <-time.After(30 * time.Second):
		r.t.Fatal("it does not end")
		return 0
	}
}

func (r *running) end() {
	r.t.Helper()
	r.stop()
	if code := r.ended(); code != 0 {
		r.t.Errorf("it ended with %d:\n%s", code, r.errs)
	}
}

// receiver is a local server that answers callbacks as it should, with the keys
// that a listener was greeted with.
type receiver struct {
	*httptest.Server
	envelope chan *callback.Envelope
	got      chan map[string]any
	fail     sync.Map // objects for which it answers 500, once
}

func newReceiver(t *testing.T) *receiver {
	t.Helper()
	r := &receiver{envelope: make(chan *callback.Envelope, 1), got: make(chan map[string]any, 1000)}
	r.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, q *http.Request) {
		e := <-r.envelope
		r.envelope <- e
		if err := r.answer(w, q, e); err != nil {
			t.Error(err)
		}
	}))
	t.Cleanup(r.Close)
	return r
}

func (r *receiver) answer(w http.ResponseWriter, q *http.Request, e *callback.Envelope) error {
	var body struct {
		Encrypt string `json:"encrypt"`
	}
	if err := json.NewDecoder(q.Body).Decode(&body); err != nil {
		return err
	}
	query := q.URL.Query()
	if q.URL.Path != "/cb" || query.Get("own") != "1" || q.Method != http.MethodPost || q.Header.Get("Content-Type") != "application/json" {
		return fmt.Errorf("%s %s with %v", q.Method, q.URL, q.Header)
	}
	if err := e.Verify(query.Get("msg_signature"), query.Get("timestamp"), query.Get("nonce"), body.Encrypt); err != nil {
		return err
	}
	text, err := e.Decrypt(body.Encrypt)
	if err != nil {
		return err
	}
	var said map[string]any
	if err := json.Unmarshal(text, &said); err != nil {
		return err
	}
	user := fmt.Sprint(said["userId"].([]any)[0])
	if _, failing := r.fail.LoadAndDelete(user); failing {
		http.Error(w, "oops\nand more", http.StatusInternalServerError)
		return nil
	}
	r.got <- said
	success := e.Encrypt([]byte("success"))
	return json.NewEncoder(w).Encode(map[string]string{"msg_signature": e.Sign("1", "n", success), "timeStamp": "1", "nonce": "n", "encrypt": success})
}

// greeted reads the keys from a listener's first line.
func (r *receiver) greeted(t *testing.T, line string) {
	t.Helper()
	var said struct{ Token, AESKey, OwnerKey string }
	if err := json.Unmarshal([]byte(line), &said); err != nil {
		t.Fatal(err)
	}
	e, err := callback.NewEnvelope(said.Token, said.AESKey, said.OwnerKey)
	if err != nil {
		t.Fatal(err)
	}
	r.envelope <- e
}

func (r *receiver) next(t *testing.T) string {
	t.Helper()
	select {
	case said := <-r.got:
		return fmt.Sprint(said["EventType"], " ", said["userId"].([]any)[0])
	case <-time.After(30 * time.Second):
		t.Fatal("nothing came")
		return ""
	}
}

// What happens reaches the local server as a callback, and its answer counts.
func TestListen(t *testing.T) {
	t.Parallel()
	w := platformtest.Start(t, platformtest.WithDemo())
	c := at(t, w)
	to := newReceiver(t)
	l := c.start(nil, "listen", "--app", "demo", "--forward", to.URL+"/cb?own=1", "--event", "user_add_org", "--json")
	to.greeted(t, l.next("listening"))

	w.Person(w.Demo.Corp, "ada", "艾达", id.RootDept)
	if got := to.next(t); got != "user_add_org ada" {
		t.Errorf("the server got %s", got)
	}
	l.next(`"object":"person:ada"`, `"status":200`, `"outcome":"accepted"`)

	// An answer that is none is tried again, as of any callback.
	to.fail.Store("bob", true)
	w.Person(w.Demo.Corp, "bob", "鲍勃", id.RootDept)
	l.next(`"object":"person:bob"`, `"attempt":1`, `"status":500`, `"outcome":"failed"`, "found 500", "oops")
	w.Later(11 * time.Second)
	w.Delivery.Look()
	l.next(`"object":"person:bob"`, `"attempt":2`, `"outcome":"accepted"`)

	to.Close()
	w.Person(w.Demo.Corp, "cleo", "克莉", id.RootDept)
	l.next(`"object":"person:cleo"`, `"status":0`, `"outcome":"failed"`, "refused")

	l.end()
	if left := tunnels(t, w); len(left) != 0 {
		t.Errorf("left behind: %+v", left)
	}
}

// A listener of the other form carries webhooks.
func TestListenToWebhooks(t *testing.T) {
	t.Parallel()
	w := platformtest.Start(t, platformtest.WithDemo())
	secret := callback.NewSecret()
	signer, err := callback.NewWebhook(secret)
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil || signer.Verify(r.Header, body, time.Now()) != nil {
			rw.WriteHeader(http.StatusBadRequest)
			return
		}
		rw.WriteHeader(http.StatusNoContent)
	}))
	defer server.Close()
	c := at(t, w)
	l := c.start(nil, "listen", "--app", "demo", "--forward", server.URL, "--event", "user_add_org", "--secret", secret, "--json")
	l.next("listening", `"form":"webhook"`)
	w.Person(w.Demo.Corp, "ada", "艾达", id.RootDept)
	l.next(`"object":"person:ada"`, `"status":204`, `"outcome":"accepted"`)
	l.end()
	made := c.start(nil, "listen", "--app", "demo", "--print", "--form", "webhook")
	made.next("SECRET=whsec_")
	made.end()
}

// tunnels are the subscriptions of listeners.
func tunnels(t *testing.T, w *platformtest.World) (list []event.Subscription) {
	t.Helper()
	all, err := w.Events.Subscriptions(t.Context(), w.Demo.Corp, 0)
	if err != nil {
		t.Fatal(err)
	}
	return slices.DeleteFunc(all, func(s event.Subscription) bool { return s.Way != event.Tunnel })
}

func TestListenRefused(t *testing.T) {
	t.Parallel()
	w := platformtest.Start(t, platformtest.WithDemo())
	c := at(t, w)
	c.fails(1, words("listen --app nothing --print"), "nothing", "app list")
	c.fails(2, words("listen --app demo"), "--forward")
	c.fails(2, words("listen --app demo --print --forward http://127.0.0.1:1/"), "--forward")
	c.fails(2, words("listen --forward 127.0.0.1:3000"), "no address")
	c.fails(2, words("listen --print --token t"), "--aes-key")
	c.fails(1, words("listen --print --event user_flew"), "user_flew")
	c.fails(1, words("listen --print --token t --aes-key short"), "43")
	if left := tunnels(t, w); len(left) != 0 {
		t.Errorf("left behind: %+v", left)
	}
}

// Each listener is told everything, in the terminal's form too.
func TestTwoListeners(t *testing.T) {
	t.Parallel()
	w := platformtest.Start(t, platformtest.WithDemo())
	c := at(t, w)
	w.Person(w.Demo.Corp, "early", "早早", id.RootDept)
	one := c.start(nil, words("listen --app demo --print --plain --since 1h --event user_add_org")...)
	if line := one.next("callbacks of demo"); !strings.Contains(line, "are shown here") {
		t.Errorf("greeted by %s", line)
	}
	one.next("events of the past come first")
	one.next("TOKEN=")
	one.next("person:early")
	other := c.start(nil, words("listen --app demo --print --event user_add_org --token own --aes-key "+strings.Repeat("a", 43))...)
	other.next("callbacks of demo")
	w.Person(w.Demo.Corp, "ada", "艾达", id.RootDept)
	one.next("user_add_org", "person:ada")
	one.next(`"EventType":"user_add_org"`, `"userId":["ada"]`)
	if line := other.next("person:"); !strings.Contains(line, "person:ada") {
		t.Errorf("without --since it is told of the past: %s", line)
	}
	one.end()
	other.end()
}

// With --keep what happens while nobody listens comes later; a second listener
// of it takes it over.
func TestListenKept(t *testing.T) {
	t.Parallel()
	w := platformtest.Start(t, platformtest.WithDemo())
	c := at(t, w)
	first := c.start(nil, words("listen --app demo --print --keep --event user_add_org")...)
	first.next("callbacks of demo")
	first.end()
	w.Person(w.Demo.Corp, "ada", "艾达", id.RootDept)
	second := c.start(nil, words("listen --app demo --print --keep --event user_add_org")...)
	second.next("person:ada")
	third := c.start(nil, words("listen --app demo --print --keep --event user_add_org")...)
	third.next("callbacks of demo")
	if code := second.ended(); code != 1 || !strings.Contains(second.errs.String(), "somebody else") {
		t.Errorf("the second ended with %d:\n%s", code, second.errs)
	}
	w.Person(w.Demo.Corp, "bob", "鲍勃", id.RootDept)
	third.next("person:bob")
	third.end()
	if left := tunnels(t, w); len(left) != 1 {
		t.Errorf("kept: %+v", left)
	}
}

// A listener comes back after the platform was started again, and misses nothing.
func TestListenAcrossRestart(t *testing.T) {
	t.Parallel()
	platformtest.EachEngine(t, func(t *testing.T, engine platformtest.Option) {
		data := storetest.Dir(t)
		same := platformtest.WithConfig(func(c *config.Config) { c.Data = data })
		w := platformtest.Start(t, engine, same, platformtest.WithDemo())
		c := at(t, w)
		l := c.start(nil, words("listen --app demo --print --event user_add_org --json")...)
		l.next("listening")
		w.Person(w.Demo.Corp, "ada", "艾达", id.RootDept)
		l.next("person:ada")
		w.Stop()

		address := strings.TrimPrefix(w.URL, "http://")
		again := platformtest.Start(t, engine, same, platformtest.WithConfig(func(c *config.Config) { c.Listen = address }))
		for i := range 20 {
			again.Person(w.Demo.Corp, id.User(fmt.Sprint("p", i)), "人", id.RootDept)
		}
		seen := map[string]bool{}
		for len(seen) < 20 {
			line := l.next(`"outcome":"accepted"`)
			var s struct{ Object string }
			if err := json.Unmarshal([]byte(line), &s); err != nil || seen[s.Object] {
				t.Errorf("%s, %v, or twice", line, err)
			}
			seen[s.Object] = true
		}
		l.end()
	})
}

// Removing the subscription ends whoever listens to it.
func TestListenRemoved(t *testing.T) {
	t.Parallel()
	w := platformtest.Start(t, platformtest.WithDemo())
	l := at(t, w).start(nil, words("listen --app demo --print")...)
	l.next("callbacks of demo")
	if err := w.Events.Unsubscribe(t.Context(), w.Demo.Corp, tunnels(t, w)[0].ID); err != nil {
		t.Fatal(err)
	}
	if code := l.ended(); code != 1 || !strings.Contains(l.errs.String(), "was removed") {
		t.Errorf("it ended with %d:\n%s", code, l.errs)
	}
}

// Faults hit what goes to a listener as they hit every way.
func TestFaultsReachListeners(t *testing.T) {
	t.Parallel()
	w := platformtest.Start(t, platformtest.WithDemo())
	c := at(t, w)
	l := c.start(nil, words("listen --app demo --print --event user_add_org --json")...)
	l.next("listening")
	c.ok(words("faults set --app demo --kind duplicate --next 1")...)
	w.Person(w.Demo.Corp, "ada", "艾达", id.RootDept)
	l.next("person:ada", `"outcome":"accepted"`)
	l.next("person:ada", `"outcome":"accepted"`)
	w.Person(w.Demo.Corp, "bob", "鲍勃", id.RootDept)
	if line := l.next("person:"); !strings.Contains(line, "person:bob") {
		t.Errorf("after the fault was used up: %s", line)
	}
	l.end()
}
