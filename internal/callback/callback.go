package callback

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/gatepost/gatepost/internal/delivery"
	"github.com/gatepost/gatepost/internal/event"
)

// Receiver is whom a subscription's callbacks go to.
type Receiver struct {
	URL      string
	Envelope *Envelope
}

// Callback is the way of HTTP callbacks.
type Callback struct {
	// Receiver returns whom a subscription's callbacks go to. Whoever builds the
	// platform sets it before the first delivery.
	Receiver func(ctx context.Context, s *event.Subscription) (Receiver, error)

	client *http.Client
	now    func() time.Time
}

// New returns the way. transport decides which addresses may be reached; now is
// the real time.
func New(transport http.RoundTripper, now func() time.Time) *Callback {
	return &Callback{now: now, client: &http.Client{Transport: transport,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}}
}

// Most implements delivery.Way.
func (*Callback) Most() int { return 1 }

// Ready implements delivery.Way: an address is always there to be tried.
func (*Callback) Ready(*event.Subscription) bool { return true }

// Send implements delivery.Way.
func (c *Callback) Send(ctx context.Context, s *event.Subscription, batch []event.Delivery) []delivery.Answer {
	answers := make([]delivery.Answer, len(batch))
	to, err := c.Receiver(ctx, s)
	for i := range batch {
		if err != nil {
			answers[i] = delivery.Answer{Outcome: event.Failed, Text: err.Error()}
			continue
		}
		answers[i] = c.send(ctx, to, batch[i].Happened)
	}
	return answers
}

func (c *Callback) send(ctx context.Context, to Receiver, h event.Happened) delivery.Answer {
	text, err := Message(h)
	if err != nil {
		return delivery.Answer{Outcome: event.Failed, Text: err.Error()}
	}
	return c.Post(ctx, to, text)
}

// CheckURL posts the event by which a receiver shows that it understands what it
// is sent, before its address is taken.
func (c *Callback) CheckURL(ctx context.Context, to Receiver) delivery.Answer {
	return c.Post(ctx, to, []byte(`{"EventType":"check_url"}`))
}

// maxAnswer bounds what is read of an answer. A right one has some 200 bytes.
const maxAnswer = 64 << 10

// Post sends text and reads the answer.
func (c *Callback) Post(ctx context.Context, to Receiver, text []byte) delivery.Answer {
	r, err := c.request(ctx, to, text)
	if err != nil {
		return delivery.Answer{Outcome: event.Failed, Text: err.Error()}
	}
	answer, err := c.client.Do(r)
	if err != nil {
		return delivery.Answer{Outcome: event.Failed, Text: reason(ctx, err)}
	}
	defer answer.Body.Close()
	body, err := io.ReadAll(io.LimitReader(answer.Body, maxAnswer+1))
	a := delivery.Answer{Outcome: event.Failed, Status: answer.StatusCode, RetryAfter: retryAfter(answer.Header.Get("Retry-After"), c.now()),
		Gone: answer.StatusCode == http.StatusGone}
	switch {
	case err != nil:
		a.Text = reason(ctx, err)
	case len(body) > maxAnswer:
		a.Text = fmt.Sprintf("expected an answer of at most %d bytes, found more", maxAnswer)
	case answer.StatusCode >= 300 && answer.StatusCode < 400:
		a.Text = "expected 200, found a redirect, which is not followed: register the address that it leads to, " + answer.Header.Get("Location")
	case answer.StatusCode != http.StatusOK:
		a.Text = fmt.Sprintf("expected 200, found %d: %s", answer.StatusCode, beginning(body))
	default:
		if err := to.Envelope.accepts(body); err != nil {
			a.Text = err.Error() + "; the answer begins " + beginning(body)
		} else {
			a.Outcome, a.Text = event.Accepted, "success"
		}
	}
	return a
}

// request is the POST with its signature. Receivers look for the signature under
// either name (events.md §1).
func (c *Callback) request(ctx context.Context, to Receiver, text []byte) (*http.Request, error) {
	target, err := url.Parse(to.URL)
	if err != nil {
		return nil, fmt.Errorf("the address %q is no URL", to.URL)
	}
	encrypted := to.Envelope.Encrypt(text)
	timestamp, nonce := strconv.FormatInt(c.now().UnixMilli(), 10), string(head()[:8])
	signature := to.Envelope.Sign(timestamp, nonce, encrypted)
	more := url.Values{"signature": {signature}, "msg_signature": {signature}, "timestamp": {timestamp}, "nonce": {nonce}}.Encode()
	if target.RawQuery != "" {
		more = target.RawQuery + "&" + more
	}
	target.RawQuery = more
	body, err := json.Marshal(map[string]string{"encrypt": encrypted})
	if err != nil {
		return nil, err
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, target.String(), bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("User-Agent", "Gatepost")
	return r, nil
}

// reply is what a receiver answers. Times are texts; some write numbers.
type reply struct {
	Signature string          `json:"msg_signature"`
	Time      json.RawMessage `json:"timeStamp"`
	Nonce     json.RawMessage `json:"nonce"`
	Encrypt   string          `json:"encrypt"`
}

// accepts reports whether body is the encrypted word success.
func (e *Envelope) accepts(body []byte) error {
	var r reply
	if err := json.Unmarshal(body, &r); err != nil {
		return errors.New(`expected {"msg_signature","timeStamp","nonce","encrypt"}, found no such JSON`)
	}
	if r.Encrypt == "" {
		return errors.New("expected the field encrypt, found none")
	}
	if err := e.Verify(r.Signature, plain(r.Time), plain(r.Nonce), r.Encrypt); err != nil {
		return err
	}
	text, err := e.Decrypt(r.Encrypt)
	if err != nil {
		return err
	}
	if string(text) != "success" {
		return fmt.Errorf("expected the word success, found %s", beginning(text))
	}
	return nil
}

// plain is a JSON text or number without its quotes.
func plain(raw json.RawMessage) string {
	var s string
	if json.Unmarshal(raw, &s) == nil {
		return s
	}
	return string(raw)
}

// reason says why there is no answer, without the address, which the subscription
// has.
func reason(ctx context.Context, err error) string {
	if errors.Is(ctx.Err(), context.DeadlineExceeded) {
		return "no answer within the time limit"
	}
	var of *url.Error
	if errors.As(err, &of) {
		err = of.Err
	}
	return err.Error()
}

// retryAfter reads the header as seconds or as a date; 0 for neither.
func retryAfter(text string, now time.Time) time.Duration {
	if seconds, err := strconv.Atoi(text); err == nil && seconds > 0 && seconds < 7*24*3600 {
		return time.Duration(seconds) * time.Second
	}
	if at, err := http.ParseTime(text); err == nil && at.After(now) {
		return at.Sub(now)
	}
	return 0
}

// maxKept is how much of an answer is kept.
const maxKept = 200

func beginning(b []byte) string {
	return strings.ToValidUTF8(strings.ReplaceAll(string(b[:min(len(b), maxKept)]), "\x00", "�"), "�")
}
