package callback

import (
	"bytes"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/gatepost/gatepost/internal/event"
)

// Webhook signs what goes to one receiver of the plain form, as Standard
// Webhooks says: the id, the time in seconds and the body, by HMAC-SHA256.
type Webhook struct{ key []byte }

// secretPrefix marks the secrets of webhooks; base64 follows.
const secretPrefix = "whsec_"

// The length of such a secret's key in bytes, as Standard Webhooks bounds it.
const (
	LeastKey = 24
	MostKey  = 64
	newKey   = 32
)

// NewWebhook returns the signer for a secret: whsec_ and 24 to 64 bytes in
// base64.
func NewWebhook(secret string) (*Webhook, error) {
	text, ok := strings.CutPrefix(secret, secretPrefix)
	key, err := base64.StdEncoding.DecodeString(text)
	if !ok || err != nil || len(key) < LeastKey || len(key) > MostKey {
		return nil, fmt.Errorf("callback: a webhook's secret is %s and %d to %d bytes in base64", secretPrefix, LeastKey, MostKey)
	}
	return &Webhook{key}, nil
}

// NewSecret makes a secret for a webhook.
func NewSecret() string {
	key := make([]byte, newKey)
	_, _ = rand.Read(key) // documented never to fail
	return secretPrefix + base64.StdEncoding.EncodeToString(key)
}

// Sign returns the header webhook-signature for a message. at is told in seconds.
func (w *Webhook) Sign(id string, at time.Time, body []byte) string {
	mac := hmac.New(sha256.New, w.key)
	_, _ = fmt.Fprintf(mac, "%s.%d.", id, at.Unix()) // a hash never fails
	_, _ = mac.Write(body)
	return "v1," + base64.StdEncoding.EncodeToString(mac.Sum(nil))
}

// tolerance is how far the time of a webhook may be from the receiver's.
const tolerance = 5 * time.Minute

// Verify is what a receiver does with a webhook: it returns an error unless head
// carries the signature of body, made within five minutes of now.
func (w *Webhook) Verify(head http.Header, body []byte, now time.Time) error {
	seconds, err := strconv.ParseInt(head.Get("webhook-timestamp"), 10, 64)
	if err != nil {
		return fmt.Errorf("callback: webhook-timestamp is %q", head.Get("webhook-timestamp"))
	}
	at := time.Unix(seconds, 0)
	if at.Before(now.Add(-tolerance)) || at.After(now.Add(tolerance)) {
		return fmt.Errorf("callback: the webhook is of %s", at)
	}
	want := w.Sign(head.Get("webhook-id"), at, body)
	for given := range strings.FieldsSeq(head.Get("webhook-signature")) {
		if hmac.Equal([]byte(given), []byte(want)) {
			return nil
		}
	}
	return ErrSigning
}

// plainMessage is the body of a webhook: what happened, when, and the payload as
// it is declared, with the corp beside it.
func plainMessage(h event.Happened) ([]byte, error) {
	var b bytes.Buffer
	w := writer{e: jsontext.NewEncoder(&b), seen: map[string]bool{}}
	w.token(jsontext.BeginObject)
	w.text("type", string(h.Name))
	w.text("timestamp", h.At.UTC().Format(time.RFC3339Nano))
	w.token(jsontext.String("data"))
	w.token(jsontext.BeginObject)
	if corp := h.ToldCorp(); corp != "" {
		w.text("corpId", string(corp))
	}
	fields, err := fieldsOf(h.Payload)
	if err != nil {
		return nil, fmt.Errorf("callback: payload of %s: %w", h.Name, err)
	}
	for _, f := range fields {
		w.value(f.name, f.value)
	}
	w.token(jsontext.EndObject)
	w.token(jsontext.EndObject)
	if w.err != nil {
		return nil, fmt.Errorf("callback: write %s: %w", h.Name, w.err)
	}
	return bytes.TrimSpace(b.Bytes()), nil
}

// messageID is a webhook's id: that of the event, so that it is the same at every
// try.
func messageID(h event.Happened) string { return strconv.FormatInt(int64(h.ID), 10) }
