package callback

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gatepost/gatepost/internal/delivery"
	"github.com/gatepost/gatepost/internal/event"
)

const (
	token = "123456"
	key   = "1234567890123456789012345678901234567890123"
	owner = "dingsnotzck6pm5veliw"
)

func envelope(t *testing.T, token, key, owner string) *Envelope {
	t.Helper()
	e, err := NewEnvelope(token, key, owner)
	if err != nil {
		t.Fatal(err)
	}
	return e
}

// answer is what a well-made receiver says with e.
func answer(e *Envelope, word string) string {
	encrypted := e.Encrypt([]byte(word))
	b, _ := json.Marshal(map[string]string{"msg_signature": e.Sign("1700000000000", "n", encrypted), "timeStamp": "1700000000000", "nonce": "n", "encrypt": encrypted})
	return string(b)
}

// received collects texts.
type received struct {
	mu    sync.Mutex
	texts []string
}

func (r *received) add(text string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.texts = append(r.texts, text)
}

func (r *received) all() []string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.Clone(r.texts)
}

// receiver answers as handle says and checks what every receiver checks.
func receiver(t *testing.T, handle http.HandlerFunc) (Receiver, *received) {
	t.Helper()
	e := envelope(t, token, key, owner)
	got := &received{}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var body struct{ Encrypt string }
		raw, _ := io.ReadAll(r.Body)
		q := r.URL.Query()
		if err := json.Unmarshal(raw, &body); err != nil || r.Method != "POST" || r.Header.Get("Content-Type") != "application/json" {
			t.Errorf("%s %v %s", r.Method, r.Header, raw)
		}
		for _, name := range []string{"signature", "msg_signature"} {
			if err := e.Verify(q.Get(name), q.Get("timestamp"), q.Get("nonce"), body.Encrypt); err != nil {
				t.Errorf("%s: %v", name, err)
			}
		}
		text, err := e.Decrypt(body.Encrypt)
		if err != nil {
			t.Error(err)
		}
		got.add(string(text))
		handle(w, r)
	}))
	t.Cleanup(server.Close)
	return Receiver{URL: server.URL + "/cb?tenant=7", Envelope: e}, got
}

func TestOutcomes(t *testing.T) {
	t.Parallel()
	say := func(status int, text string) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(status)
			_, _ = io.WriteString(w, text)
		}
	}
	head := func(status int, name, value string) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) { w.Header().Set(name, value); w.WriteHeader(status) }
	}
	right := envelope(t, token, key, owner)
	for name, tc := range map[string]struct {
		handle http.HandlerFunc
		want   event.Outcome
		text   string
	}{
		"success":           {say(200, answer(right, "success")), event.Accepted, "success"},
		"time as number":    {say(200, strings.Replace(answer(right, "success"), `"1700000000000"`, `1700000000000`, 1)), event.Accepted, "success"},
		"another word":      {say(200, answer(right, "ok")), event.Failed, "expected the word success, found ok"},
		"the plain word":    {say(200, "success"), event.Failed, "found no such JSON"},
		"nothing encrypted": {say(200, "{}"), event.Failed, "the field encrypt"},
		"wrong token":       {say(200, answer(envelope(t, "654321", key, owner), "success")), event.Failed, "the signature is not"},
		"wrong key":         {say(200, answer(envelope(t, token, strings.Repeat("a", 43), owner), "success")), event.Failed, "another key"},
		"wrong owner":       {say(200, answer(envelope(t, token, key, "dingother"), "success")), event.Failed, "another owner"},
		"500":               {say(500, "oops"), event.Failed, "expected 200, found 500: oops"},
		"302":               {head(302, "Location", "https://elsewhere.example/"), event.Failed, "a redirect, which is not followed"},
		"410":               {say(410, ""), event.Failed, "found 410"},
		"429":               {head(429, "Retry-After", "17"), event.Failed, "found 429"},
		"10 MB":             {say(200, strings.Repeat("x", 10<<20)), event.Failed, "at most 65536 bytes"},
		"late":              {func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() }, event.Failed, "within the time limit"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			to, got := receiver(t, tc.handle)
			c := New(http.DefaultTransport, time.Now)
			limit := 10 * time.Second
			if name == "late" {
				limit = 50 * time.Millisecond
			}
			ctx, cancel := context.WithTimeout(t.Context(), limit)
			defer cancel()
			a := c.CheckURL(ctx, to)
			if a.Outcome != tc.want || !strings.Contains(a.Text, tc.text) {
				t.Errorf("%+v", a)
			}
			if a.Gone != (name == "410") || (a.RetryAfter == 17*time.Second) != (name == "429") {
				t.Errorf("gone %v, again after %v", a.Gone, a.RetryAfter)
			}
			if all := got.all(); len(all) != 1 || all[0] != `{"EventType":"check_url"}` {
				t.Errorf("received %q", all)
			}
		})
	}
}

func TestNobodyThere(t *testing.T) {
	t.Parallel()
	c := New(http.DefaultTransport, time.Now)
	for name, target := range map[string]string{"closed port": "http://127.0.0.1:1/", "no URL": "http://%zz/"} {
		a := c.CheckURL(t.Context(), Receiver{URL: target, Envelope: envelope(t, token, key, owner)})
		if a.Outcome != event.Failed || a.Text == "" || a.Status != 0 {
			t.Errorf("%s: %+v", name, a)
		}
	}
}

func TestMessage(t *testing.T) {
	t.Parallel()
	h := event.Happened{Corp: "dingcorp", ID: 77, Name: event.UserModified, At: time.UnixMilli(1_700_000_000_123),
		Payload: `{"timeStamp":"1700000000123","userId":["lina"],"diffInfo":{"userid":"lina","prev":{"name":"李%😀"},"curr":{}}}`}
	text, err := Message(h)
	if err != nil {
		t.Fatal(err)
	}
	for _, b := range text {
		if b >= 0x80 || b == '%' {
			t.Fatalf("not plain ASCII: %s", text)
		}
	}
	var m map[string]any
	if err := json.Unmarshal(text, &m); err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]string{"EventType": "user_modify_org", "EventTime": "1.700000000123e+12", "CorpId": "dingcorp", "BizId": "77", "eventId": "77",
		"timeStamp": "1700000000123", "TimeStamp": "1700000000123", "userId": "[lina]", "UserId": "[lina]"} {
		if got := fmt.Sprint(m[name]); got != want {
			t.Errorf("%s is %s", name, got)
		}
	}
	if diff := m["diffInfo"].(map[string]any)["prev"].(map[string]any)["name"]; diff != "李%😀" {
		t.Errorf("the name became %q", diff)
	}
	h.KnownAs = "gpc_own"
	for form, write := range map[string]func(event.Happened) ([]byte, error){"compatible": Message, "webhook": plainMessage} {
		if text, err := write(h); err != nil || !strings.Contains(string(text), `"gpc_own"`) || strings.Contains(string(text), "dingcorp") {
			t.Errorf("%s: an app that knows the corp by another id is told %s, %v", form, text, err)
		}
	}
	for _, wrong := range []string{"", "[]", `{"a":`, `{"a":1`} {
		if _, err := Message(event.Happened{Payload: wrong}); err == nil {
			t.Errorf("the payload %q was taken", wrong)
		}
	}
}

func TestSendTellsEach(t *testing.T) {
	t.Parallel()
	to, got := receiver(t, func(w http.ResponseWriter, _ *http.Request) {
		_, _ = io.WriteString(w, answer(envelope(t, token, key, owner), "success"))
	})
	c := New(http.DefaultTransport, time.Now)
	c.Receiver = func(context.Context, *event.Subscription) (Receiver, error) { return to, nil }
	var way delivery.Way = c
	answers := way.Send(t.Context(), &event.Subscription{}, []event.Delivery{{Happened: event.Happened{Corp: "c", ID: 5, Name: event.UserAdded, Payload: `{}`}}})
	all := got.all()
	if len(answers) != 1 || answers[0].Outcome != event.Accepted || len(all) != 1 || !strings.Contains(all[0], `"eventId":"5"`) {
		t.Errorf("%+v, received %q", answers, all)
	}
}

// Why a name leads nowhere is told without the name server that was asked.
func TestNamesThatLeadNowhere(t *testing.T) {
	t.Parallel()
	for want, d := range map[string]net.DNSError{
		"no address is known for the name a.invalid":      {IsNotFound: true},
		"looking up took too long for the name a.invalid": {IsTimeout: true},
		"looking up failed for the name a.invalid":        {Err: "read udp 10.1.2.3:9->10.255.255.53:53: refused"},
	} {
		d.Name, d.Server = "a.invalid", "10.255.255.53:53"
		p := because(fmt.Errorf("resolve a.invalid: %w", &d))
		if p.Error() != want || strings.Contains(p.found.ZH, "10.") || !strings.HasSuffix(p.found.ZH, "：a.invalid") {
			t.Errorf("%v is told as %q and %q", &d, p.Error(), p.found.ZH)
		}
	}
}
