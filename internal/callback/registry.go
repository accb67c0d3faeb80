package callback

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/go-json-experiment/json"

	"github.com/gatepost/gatepost/internal/apierror"
	"github.com/gatepost/gatepost/internal/delivery"
	"github.com/gatepost/gatepost/internal/event"
	"github.com/gatepost/gatepost/internal/id"
	"github.com/gatepost/gatepost/internal/upstream"
)

// Registry keeps who is called back where. It is safe for concurrent use.
type Registry struct {
	// Key returns the key of an app, or refuses an app that its corp does not have.
	// Network returns what callbacks of a corp may reach. Mask turns the payload of
	// an event into what a subscriber may see of it; ok is false when he may not
	// know of it. Whoever builds the platform sets them before the first call.
	Key     func(ctx context.Context, corp id.Corp, agent id.Agent) (id.App, error)
	Network func(ctx context.Context, corp id.Corp) (*upstream.Guard, error)
	Mask    func(ctx context.Context, s *event.Subscription, h event.Happened) (payload string, ok bool, err error)

	log *event.Log
	way *Callback
}

// NewRegistry returns the registry of the subscriptions in log, and the way by
// which they are told. now is the real time.
func NewRegistry(log *event.Log, now func() time.Time) (*Registry, *Callback) {
	r := &Registry{log: log, way: New(http.DefaultTransport, now)}
	r.way.Receiver = r.receiver
	return r, r.way
}

// Origins of subscriptions, which say what stands as owner at the end of each
// encrypted text.
const (
	FromConsole = "console" // an administrator subscribed: the app's key
	FromAPI     = "api"     // the app did by register_call_back: the corp's id
	FromSuite   = "suite"   // the platform did for a suite: its key
)

// ownerKey is what a receiver expects at the end of each text (events.md §3). key
// is that of the subscription's app; of a suite's app it is the suite's.
func ownerKey(origin string, corp id.Corp, key id.App) string {
	switch origin {
	case FromAPI:
		return string(corp)
	case FromConsole, FromSuite:
	}
	return string(key)
}

// Form is how events are written for a receiver.
type Form string

// The forms.
const (
	Compatible Form = "compatible" // the encrypted envelope that clients of the wire protocol read
	Plain      Form = "webhook"    // JSON, signed as Standard Webhooks says
)

// settings are what a callback's subscription has beside its address.
type settings struct {
	Form Form `json:"form"`
}

// secrets are what a callback's subscription keeps sealed: those of both forms,
// so that switching between them loses none.
type secrets struct {
	Token  string `json:"token,omitzero"`
	Key    string `json:"aesKey,omitzero"`
	Secret string `json:"secret,omitzero"`
}

// subscribed is a subscription taken apart.
type subscribed struct {
	event.Subscription
	Form Form
	Kept secrets
}

func unpack(s *event.Subscription) (subscribed, error) {
	how := settings{Form: Compatible}
	u := subscribed{Subscription: *s}
	if err := errors.Join(read(s.Settings, &how), read(s.Secret, &u.Kept)); err != nil {
		return u, fmt.Errorf("callback: subscription %d of %s: %w", s.ID, s.Corp, err)
	}
	u.Form = how.Form
	return u, nil
}

func read(text string, into any) error {
	if text == "" {
		return nil
	}
	return json.Unmarshal([]byte(text), into)
}

// pack is the subscription as the log keeps it.
func (u *subscribed) pack() (event.Subscription, error) {
	s := u.Subscription
	how, err := json.Marshal(settings{u.Form})
	if err != nil {
		return s, err
	}
	kept, err := json.Marshal(u.Kept)
	s.Settings, s.Secret = string(how), string(kept)
	return s, err
}

// receiver implements Callback.Receiver.
func (r *Registry) receiver(ctx context.Context, s *event.Subscription) (Receiver, error) {
	u, err := unpack(s)
	if err != nil {
		return Receiver{}, err
	}
	return r.receiverOf(ctx, &u)
}

func (r *Registry) receiverOf(ctx context.Context, u *subscribed) (to Receiver, err error) {
	guard, err := r.Network(ctx, u.Corp)
	if err != nil {
		return to, err
	}
	to = Receiver{URL: u.Target, Transport: guard.Transport()}
	if u.Form == Plain {
		to.Webhook, err = NewWebhook(u.Kept.Secret)
		return to, err
	}
	key, err := r.Key(ctx, u.Corp, u.Agent)
	if err != nil {
		return to, err
	}
	to.Envelope, err = NewEnvelope(u.Kept.Token, u.Kept.Key, ownerKey(u.Origin, u.Corp, key))
	return to, err
}

// checkLimit is how long a receiver has for check_url (events.md §4).
const checkLimit = 1500 * time.Millisecond

// prove refuses a receiver that does not answer check_url.
func (r *Registry) prove(ctx context.Context, u *subscribed) error {
	to, err := r.receiverOf(ctx, u)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, checkLimit)
	defer cancel()
	a, wrong := r.way.check(ctx, to)
	return refused(a, wrong)
}

// refused is the refusal of a receiver that did not answer a check as it should;
// nil if nothing is wrong.
func refused(a delivery.Answer, wrong *problem) error {
	if wrong == nil {
		return nil
	}
	rule := apierror.CallbackUnreachable
	if a.Status == http.StatusOK {
		rule = apierror.CallbackAnswer
	}
	return rule.With().About("url").Want("%s", wrong.want).Got("%s", wrong.found).Because(wrong)
}
