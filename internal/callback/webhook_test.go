package callback

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/gatepost/gatepost/internal/event"
)

// The vector is that of the authors of Standard Webhooks.
func TestWebhookVector(t *testing.T) {
	t.Parallel()
	w, err := NewWebhook("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")
	if err != nil {
		t.Fatal(err)
	}
	at, body := time.Unix(1614265330, 0), []byte(`{"test": 2432232314}`)
	if got := w.Sign("msg_p5jXN8AQM9LWM0D4loKWxJek", at, body); got != "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=" {
		t.Errorf("signed %s", got)
	}
	head := http.Header{}
	head.Set("webhook-id", "msg_p5jXN8AQM9LWM0D4loKWxJek")
	head.Set("webhook-timestamp", "1614265330")
	head.Set("webhook-signature", "v1,other v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=")
	if err := w.Verify(head, body, at.Add(time.Minute)); err != nil {
		t.Error(err)
	}
	if w.Verify(head, []byte("{}"), at) == nil || w.Verify(head, body, at.Add(6*time.Minute)) == nil || w.Verify(http.Header{}, body, at) == nil {
		t.Error("another body, an old one, or one without signature is taken")
	}
}

func TestWebhookSecrets(t *testing.T) {
	t.Parallel()
	if _, err := NewWebhook(NewSecret()); err != nil {
		t.Error(err)
	}
	for _, secret := range []string{"", "whsec_", "whsec_AAAA", "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "whsec_" + strings.Repeat("A", 88), "whsec_%%%"} {
		if _, err := NewWebhook(secret); err == nil {
			t.Errorf("%q is taken", secret)
		}
	}
}

// Of a webhook the status says all.
func TestPlainOutcomes(t *testing.T) {
	t.Parallel()
	w, err := NewWebhook(NewSecret())
	if err != nil {
		t.Fatal(err)
	}
	for _, tc := range []struct {
		status int
		body   string
		want   event.Outcome
		gone   bool
	}{
		{200, "", event.Accepted, false}, {204, "", event.Accepted, false}, {299, "", event.Accepted, false}, {200, strings.Repeat("x", 1<<20), event.Accepted, false},
		{302, "", event.Failed, false}, {400, "no", event.Failed, false}, {410, "", event.Failed, true}, {500, "", event.Failed, false},
	} {
		t.Run(strconv.Itoa(tc.status), func(t *testing.T) {
			t.Parallel()
			server := httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
				body, err := io.ReadAll(r.Body)
				if err := w.Verify(r.Header, body, time.Now()); err != nil {
					t.Error(err)
				}
				var m struct {
					Type, Timestamp string
					Data            map[string]any
				}
				if err != nil || json.Unmarshal(body, &m) != nil || m.Type != "user_add_org" || m.Data["corpId"] != "dingcorp" || r.Header.Get("webhook-id") != "77" {
					t.Errorf("sent %s, %v", body, err)
				}
				rw.WriteHeader(tc.status)
				_, _ = io.WriteString(rw, tc.body)
			}))
			defer server.Close()
			c := New(http.DefaultTransport, time.Now)
			c.Receiver = func(context.Context, *event.Subscription) (Receiver, error) {
				return Receiver{URL: server.URL, Webhook: w}, nil
			}
			h := event.Happened{Corp: "dingcorp", ID: 77, Name: event.UserAdded, At: time.Now(), Payload: `{"userId":["lina"]}`}
			a := c.Send(t.Context(), &event.Subscription{}, []event.Delivery{{Happened: h}})[0]
			if a.Outcome != tc.want || a.Gone != tc.gone || a.Text == "" {
				t.Errorf("%+v", a)
			}
		})
	}
}
