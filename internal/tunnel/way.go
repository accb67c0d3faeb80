package tunnel

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"

	"github.com/gatepost/gatepost/internal/callback"
	"github.com/gatepost/gatepost/internal/delivery"
	"github.com/gatepost/gatepost/internal/event"
)

// Most implements delivery.Way.
func (*Tunnels) Most() int { return 1 }

// Ready implements delivery.Way.
func (t *Tunnels) Ready(s *event.Subscription) bool { return t.pick(s) != nil }

// Send implements delivery.Way.
func (t *Tunnels) Send(ctx context.Context, s *event.Subscription, batch []event.Delivery) []delivery.Answer {
	answers := make([]delivery.Answer, len(batch))
	for i := range batch {
		answers[i] = t.send(ctx, s, &batch[i])
	}
	return answers
}

func (t *Tunnels) pick(s *event.Subscription) *socket {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.sockets[place{s.Corp, s.ID}]
}

// send has package callback make the request and judge the answer; between them
// it goes over the connection.
func (t *Tunnels) send(ctx context.Context, s *event.Subscription, d *event.Delivery) delivery.Answer {
	to := t.pick(s)
	if to == nil {
		return delivery.Answer{Nobody: true}
	}
	try, ok := to.begin()
	if !ok {
		return delivery.Answer{Nobody: true}
	}
	defer to.end()
	x := &exchange{to: to, try: try, of: d}
	by := callback.New(x, t.now)
	by.Receiver = x.receiver
	a := by.Send(ctx, s, []event.Delivery{*d})[0]
	switch {
	case x.lost:
		return delivery.Answer{Nobody: true} // the next connection gets it
	case x.seen:
		a = delivery.Answer{Outcome: event.Accepted, Text: "shown; nothing was to be forwarded"}
	}
	to.tell(ctx, delivered{Type: "verdict", ID: x.try, Outcome: string(a.Outcome), Text: a.Text})
	return a
}

// nowhere is the address of requests that are only shown.
const nowhere = "http://localhost/"

// receiver is whom the request is made for, in the form that its keys are for.
func (x *exchange) receiver(_ context.Context, s *event.Subscription) (to callback.Receiver, err error) {
	var k Keys
	if err := json.Unmarshal([]byte(s.Secret), &k); err != nil {
		return to, fmt.Errorf("tunnel: keys of %d: %w", s.ID, err)
	}
	if to.URL = s.Target; to.URL == "" {
		to.URL = nowhere
	}
	if x.plain = k.Form() == callback.Plain; x.plain {
		to.Webhook, err = callback.NewWebhook(k.Secret)
		return to, err
	}
	to.Envelope, err = callback.NewEnvelope(k.Token, k.AESKey, k.Owner)
	return to, err
}

// exchange carries one request over a connection and brings the answer back.
type exchange struct {
	to  *socket
	try string
	of  *event.Delivery

	plain bool // the body can be read as it is
	lost  bool // the connection died before it was answered
	seen  bool // it was shown and not forwarded
}

var errNoAnswer = errors.New("no answer came through the tunnel")

// RoundTrip implements http.RoundTripper.
func (x *exchange) RoundTrip(r *http.Request) (*http.Response, error) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return nil, err
	}
	inside := body
	if !x.plain {
		if inside, err = callback.Message(x.of.Happened); err != nil {
			return nil, err
		}
	}
	a, ok := x.to.ask(r.Context(), delivered{Type: "delivery", ID: x.try, Event: string(x.of.Name), EventID: strconv.FormatInt(int64(x.of.ID), 10), Object: x.of.Object,
		Attempt: x.of.Attempts + 1, Replayed: x.of.Replayed, Plain: string(inside), Query: r.URL.RawQuery, Header: r.Header, Body: body})
	switch {
	case !ok && r.Context().Err() != nil:
		return nil, r.Context().Err()
	case !ok:
		x.lost = true
		return nil, errNoAnswer
	case a.Seen:
		x.seen = true
		return nil, errNoAnswer
	case a.Error != "":
		return nil, errors.New(a.Error)
	}
	return &http.Response{StatusCode: a.Status, Header: a.Header, Body: io.NopCloser(bytes.NewReader(a.Body)), Request: r}, nil
}
