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
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/gatepost/gatepost/internal/apierror"
	"github.com/gatepost/gatepost/internal/delivery"
	"github.com/gatepost/gatepost/internal/event"
	"github.com/gatepost/gatepost/internal/id"
)

// Receiver is whom a subscription's callbacks go to.
type Receiver struct {
	URL       string
	Envelope  *Envelope
	Webhook   *Webhook          // set: the plain form, and Envelope is not used
	Transport http.RoundTripper // decides which addresses may be reached; nil: the way's
}

// Callback is the way of HTTP callbacks.
type Callback struct {
	// Receiver returns whom a subscription's callbacks go to. Whoever builds the
	// platform sets it before the first delivery.
	Receiver func(ctx context.Context, s *event.Subscription) (Receiver, error)

	transport http.RoundTripper
	now       func() time.Time
}

// New returns the way. transport decides which addresses may be reached by
// receivers that bring none of their own; now is the real time.
func New(transport http.RoundTripper, now func() time.Time) *Callback {
	return &Callback{transport: transport, now: now}
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
	a, _ := c.tell(ctx, to, h)
	return a
}

// tell sends an event in the receiver's form. The problem says in words what the
// answer says in English; nil if there is none.
func (c *Callback) tell(ctx context.Context, to Receiver, h event.Happened) (delivery.Answer, *problem) {
	if to.Webhook != nil {
		return c.plain(ctx, to, h)
	}
	text, err := Message(h)
	if err != nil {
		return failed(because(err))
	}
	return c.encrypted(ctx, to, text)
}

// checkURL is the name of the event by which a receiver shows that it understands
// what it is sent.
const checkURL event.Name = "check_url"

// CheckURL posts the event by which a receiver shows that it understands what it
// is sent, before its address is taken.
func (c *Callback) CheckURL(ctx context.Context, to Receiver) delivery.Answer {
	a, _ := c.check(ctx, to)
	return a
}

func (c *Callback) check(ctx context.Context, to Receiver) (delivery.Answer, *problem) {
	if to.Webhook != nil {
		return c.plain(ctx, to, event.Happened{ID: id.Event(c.now().UnixMilli()), Name: checkURL, At: c.now(), Payload: "{}"})
	}
	return c.encrypted(ctx, to, []byte(`{"EventType":"check_url"}`))
}

// Post encrypts text, sends it and reads the answer.
func (c *Callback) Post(ctx context.Context, to Receiver, text []byte) delivery.Answer {
	a, _ := c.encrypted(ctx, to, text)
	return a
}

// success is the word by which a receiver says that it understood.
const success = "success"

// encrypted sends text in the envelope, and takes the word success for a yes, or
// one of the others. Receivers look for the signature under either name (events.md
// §1).
func (c *Callback) encrypted(ctx context.Context, to Receiver, text []byte, others ...string) (delivery.Answer, *problem) {
	words := append([]string{success}, others...)
	target, err := url.Parse(to.URL)
	if err != nil {
		return failed(&problem{found: said("不是 URL 的地址：", "the address is no URL: ", to.URL)})
	}
	encrypt := to.Envelope.Encrypt(text)
	timestamp, nonce := strconv.FormatInt(c.now().UnixMilli(), 10), string(head()[:8])
	signature := to.Envelope.Sign(timestamp, nonce, encrypt)
	more := url.Values{"signature": {signature}, "msg_signature": {signature}, "timestamp": {timestamp}, "nonce": {nonce}}.Encode()
	if target.RawQuery != "" {
		more = target.RawQuery + "&" + more
	}
	target.RawQuery = more
	body, err := json.Marshal(map[string]string{"encrypt": encrypt})
	if err != nil {
		return failed(because(err))
	}
	return c.do(ctx, to, target.String(), nil, body, func(status int, answer []byte) (string, *problem) {
		return to.Envelope.judge(status, answer, words)
	})
}

// plain sends an event in the form of Standard Webhooks.
func (c *Callback) plain(ctx context.Context, to Receiver, h event.Happened) (delivery.Answer, *problem) {
	body, err := plainMessage(h)
	if err != nil {
		return failed(because(err))
	}
	id, now := messageID(h), c.now()
	return c.do(ctx, to, to.URL, map[string]string{"webhook-id": id, "webhook-timestamp": strconv.FormatInt(now.Unix(), 10),
		"webhook-signature": to.Webhook.Sign(id, now, body)}, body, judgePlain)
}

// judgePlain takes any 2xx for success, whatever stands in the answer.
func judgePlain(status int, body []byte) (text string, wrong *problem) {
	if status < 200 || status > 299 {
		return "", notThis("2xx", status, body)
	}
	return strconv.Itoa(status), nil
}

// maxAnswer bounds what is read of an answer. A right one has some 200 bytes.
const maxAnswer = 64 << 10

// do makes one POST. judge says what an answer of a receiver that is there means.
func (c *Callback) do(ctx context.Context, to Receiver, target string, head map[string]string, body []byte,
	judge func(status int, body []byte) (text string, wrong *problem)) (delivery.Answer, *problem) {
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, target, bytes.NewReader(body))
	if err != nil {
		return failed(because(err))
	}
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("User-Agent", "Gatepost")
	for name, value := range head {
		r.Header.Set(name, value)
	}
	transport := to.Transport
	if transport == nil {
		transport = c.transport
	}
	// A transport by itself follows no redirects, keeps no cookies and sends no
	// credentials.
	answer, err := transport.RoundTrip(r)
	if err != nil {
		return failed(reason(ctx, err))
	}
	defer answer.Body.Close()
	a := delivery.Answer{Outcome: event.Failed, Status: answer.StatusCode, RetryAfter: retryAfter(answer.Header.Get("Retry-After"), c.now()),
		Gone: answer.StatusCode == http.StatusGone}
	got, err := io.ReadAll(io.LimitReader(answer.Body, maxAnswer+1))
	var wrong *problem
	switch {
	case answer.StatusCode >= 300 && answer.StatusCode < 400:
		wrong = &problem{want: same("200"), found: said("不会跟随的重定向，请登记它指向的地址：", "a redirect, which is not followed: register the address that it leads to, ", shortened(answer.Header.Get("Location")))}
	case err != nil && to.Webhook == nil: // of a webhook the status says all
		wrong = reason(ctx, err)
	default:
		a.Text, wrong = judge(answer.StatusCode, got)
	}
	if wrong != nil {
		a.Text = wrong.Error()
		return a, wrong
	}
	a.Outcome = event.Accepted
	return a, nil
}

// failed is the answer where none came.
func failed(wrong *problem) (delivery.Answer, *problem) {
	return delivery.Answer{Outcome: event.Failed, Text: wrong.Error()}, wrong
}

// reply is what a receiver answers. Times are texts; some write numbers.
type reply struct {
	Signature string          `json:"msg_signature"`
	Time      json.RawMessage `json:"timeStamp"`
	Nonce     json.RawMessage `json:"nonce"`
	Encrypt   string          `json:"encrypt"`
}

// judge takes 200 with one of the words, encrypted.
func (e *Envelope) judge(status int, body []byte, words []string) (text string, wrong *problem) {
	if status != http.StatusOK {
		return "", notThis("200", status, body)
	}
	if len(body) > maxAnswer {
		return "", &problem{want: apierror.Words{ZH: fmt.Sprintf("最多 %d 字节的应答", maxAnswer), EN: fmt.Sprintf("an answer of at most %d bytes", maxAnswer)},
			found: apierror.Words{ZH: "更多", EN: "more"}}
	}
	if wrong := e.accepts(body, words); wrong != nil {
		wrong.found.ZH += "；应答的开头：" + beginning(body)
		wrong.found.EN += "; the answer begins " + beginning(body)
		return "", wrong
	}
	return success, nil
}

// accepts reports whether body is one of the words, encrypted.
func (e *Envelope) accepts(body []byte, words []string) *problem {
	var r reply
	if err := json.Unmarshal(body, &r); err != nil {
		return &problem{want: same(replyForm), found: apierror.Words{ZH: "不是这样的 JSON", EN: "no such JSON"}}
	}
	if r.Encrypt == "" {
		return &problem{want: apierror.Words{ZH: "字段 encrypt", EN: "the field encrypt"}, found: apierror.Words{ZH: "没有", EN: "none"}}
	}
	if err := e.Verify(r.Signature, textOf(r.Time), textOf(r.Nonce), r.Encrypt); err != nil {
		return because(err)
	}
	text, err := e.Decrypt(r.Encrypt)
	if err != nil {
		return because(err)
	}
	if !slices.Contains(words, string(text)) {
		return &problem{want: apierror.Words{ZH: "加密的 " + strings.Join(words, " 或 "), EN: "the word " + strings.Join(words, " or ")}, found: same(beginning(text))}
	}
	return nil
}

const replyForm = `{"msg_signature","timeStamp","nonce","encrypt"}`

// textOf is a JSON text or number without its quotes.
func textOf(raw json.RawMessage) string {
	var s string
	if json.Unmarshal(raw, &s) == nil {
		return s
	}
	return string(raw)
}

// reason says why there is no answer.
func reason(ctx context.Context, err error) *problem {
	if errors.Is(ctx.Err(), context.DeadlineExceeded) {
		return &problem{found: apierror.Words{ZH: "时限内没有应答", EN: "no answer within the time limit"}}
	}
	return because(err)
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

func shortened(s string) string { return beginning([]byte(s)) }
