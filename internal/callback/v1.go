package callback

import (
	"context"
	"errors"
	"regexp"

	"github.com/gatepost/gatepost/internal/apierror"
	"github.com/gatepost/gatepost/internal/event"
	"github.com/gatepost/gatepost/internal/op"
)

// registration is the body of register_call_back and update_call_back. What is
// missing or has another form is 71010 by the documents, so that no field is
// declared as required.
type registration struct {
	Tags  []event.Name `json:"call_back_tag" maxItems:"200" rule:"callback.body" doc:"必填，要接收的事件"`
	Token string       `json:"token" maxLen:"63" rule:"callback.body" doc:"必填，签名用的 token，3–63 个可见的 ASCII 字符"`
	Key   string       `json:"aes_key" rule:"callback.body" doc:"必填，加密用的密钥，43 个字母或数字"`
	URL   string       `json:"url" doc:"必填，接收事件的地址，http 或 https"`
}

// tokenForm takes what either documented rule does: 6 to 63 characters by the
// operation, 3 to 32 letters and digits by the console.
var tokenForm = regexp.MustCompile(`^[!-~]{3,63}$`)

func (q *registration) check() error {
	switch {
	case q.URL == "":
		return apierror.CallbackBody.With().About("url").Want("字段 %s", "url")
	case !tokenForm.MatchString(q.Token):
		return apierror.CallbackBody.With().About("token").Want("3–63 个可见字符").Got("%d 个字符", len(q.Token))
	case !keyForm.MatchString(q.Key):
		return apierror.CallbackBody.With().About("aes_key").Want("%d 个字母或数字", KeyLength).Got("%d 个字符", len(q.Key))
	case len(q.Tags) == 0:
		return apierror.CallbackBody.With().About("call_back_tag").Want("至少 %d 项", 1)
	}
	return allKnown(q.Tags, "call_back_tag")
}

// subscription is what the caller's app registered by the API, or refuses with
// CallbackUnknown.
func (r *Registry) subscription(ctx context.Context, who op.Caller) (subscribed, error) {
	list, err := r.log.Subscriptions(ctx, who.Corp, who.Agent)
	if err != nil {
		return subscribed{}, err
	}
	for i := range list {
		if list[i].Way == event.Callback && list[i].Origin == FromAPI {
			return unpack(&list[i])
		}
	}
	return subscribed{}, apierror.CallbackUnknown
}

// take puts q into u and refuses it unless its receiver answers.
func (r *Registry) take(ctx context.Context, u *subscribed, q *registration) (event.Subscription, error) {
	if err := q.check(); err != nil {
		return event.Subscription{}, err
	}
	if err := r.reachable(ctx, u.Corp, Compatible, q.URL); err != nil {
		return event.Subscription{}, err
	}
	u.Form, u.Target, u.Names = Compatible, q.URL, q.Tags
	u.Kept.Token, u.Kept.Key = q.Token, q.Key
	if err := r.prove(ctx, u); err != nil {
		return event.Subscription{}, err
	}
	return u.pack()
}

func (r *Registry) register(ctx context.Context, who op.Caller, q *registration) (*op.None, error) {
	switch _, err := r.subscription(ctx, who); {
	case err == nil:
		return nil, apierror.CallbackExists
	case !errors.Is(err, apierror.CallbackUnknown):
		return nil, err
	}
	u := subscribed{Subscription: event.Subscription{Corp: who.Corp, Agent: who.Agent, Way: event.Callback, Origin: FromAPI, Ordered: true, Timeout: checkLimit}}
	s, err := r.take(ctx, &u, q)
	if err != nil {
		return nil, err
	}
	switch _, err := r.log.SubscribeOnce(ctx, s); {
	case errors.Is(err, event.ErrSubscribed):
		return nil, apierror.CallbackExists
	case err != nil:
		return nil, err
	}
	return &op.None{}, nil
}

func (r *Registry) update(ctx context.Context, who op.Caller, q *registration) (*op.None, error) {
	u, err := r.subscription(ctx, who)
	if err != nil {
		return nil, err
	}
	s, err := r.take(ctx, &u, q)
	if err != nil {
		return nil, err
	}
	if s.State == event.Off {
		s.State, s.Reason = event.On, ""
	}
	if err := r.log.Change(ctx, s); err != nil {
		return nil, gone(err)
	}
	return &op.None{}, nil
}

type registered struct {
	Tags  []event.Name `json:"call_back_tag" grade:"R1" doc:"接收的事件"`
	Token string       `json:"token" grade:"R1" doc:"签名用的 token"`
	Key   string       `json:"aes_key" grade:"R1" doc:"加密用的密钥"`
	URL   string       `json:"url" grade:"R1" doc:"接收事件的地址"`
}

func (r *Registry) get(ctx context.Context, who op.Caller, _ *op.None) (*registered, error) {
	u, err := r.subscription(ctx, who)
	if err != nil {
		return nil, err
	}
	return &registered{u.Names, u.Kept.Token, u.Kept.Key, u.Target}, nil
}

func (r *Registry) remove(ctx context.Context, who op.Caller, _ *op.None) (*op.None, error) {
	u, err := r.subscription(ctx, who)
	if err != nil {
		return nil, err
	}
	if err := r.log.Unsubscribe(ctx, u.Corp, u.ID); err != nil {
		return nil, gone(err)
	}
	return &op.None{}, nil
}

// gone refuses with CallbackUnknown where a subscription is not there any more.
func gone(err error) error {
	if errors.Is(err, event.ErrNoSubscription) {
		return apierror.CallbackUnknown
	}
	return err
}
