package callback

import (
	"context"
	"strconv"
	"time"

	"github.com/gatepost/gatepost/internal/apierror"
	"github.com/gatepost/gatepost/internal/event"
	"github.com/gatepost/gatepost/internal/id"
	"github.com/gatepost/gatepost/internal/op"
)

// Console returns the console's operations on callbacks.
func (r *Registry) Console() []op.Operation {
	return []op.Operation{
		op.Console("callback.set", r.set, op.Spec{Title: "设置事件回调", TitleEN: "Set a callback for events", As: op.Admin, Verb: op.Manage,
			Doc: "Subscribes an app by HTTP callback, or with id changes only what is given. form compatible is the encrypted envelope, whose owner key is the appKey, or the corpId for what the app registered itself; webhook is plain JSON signed as Standard Webhooks says, over https. token, aesKey and secret are made where none is given; callback.reveal shows them. The receiver has to answer check_url in time, unless check is false or its secrets were made just now. Without events the app is told of all that it may know. With testGroup it gets what is replayed to that group and nothing else."}),
		op.Console("callback.list", r.list, op.Spec{Title: "查询事件回调", TitleEN: "List callbacks", As: op.Admin, Verb: op.Read,
			Doc: "An app's callbacks, the oldest first, also the one that it registered itself. failingSince is there while the last delivery failed, with the reason."}),
		op.Console("callback.check", r.checkNow, op.Spec{Title: "验证事件回调", TitleEN: "Check a callback", As: op.Admin, Verb: op.Write,
			Doc: "Posts check_url within the callback's own time limit and tells what came. Nothing is changed."}),
		op.Console("callback.reveal", r.reveal, op.Spec{Title: "查看事件回调的密钥", TitleEN: "Show a callback's secrets", As: op.Admin, Verb: op.Manage,
			Doc: "What the receiver needs: token, aesKey and owner key of the envelope, or the secret of a webhook. The request log keeps who asked."}),
	}
}

type callbackSetRequest struct {
	ID        string        `json:"id" maxLen:"32" doc:"回调的编号；不传为新建"`
	AgentID   id.Agent      `json:"agentId" required:"true" doc:"应用的 AgentId"`
	URL       *string       `json:"url" doc:"接收事件的地址；新建时必填"`
	Form      *Form         `json:"form" enum:"compatible,webhook" doc:"compatible：加密的回调；webhook：Standard Webhooks 形式的明文"`
	Token     *string       `json:"token" doc:"compatible 的 token，3–63 个可见的 ASCII 字符；不传则生成"`
	AESKey    *string       `json:"aesKey" doc:"compatible 的密钥，43 个字母或数字；不传则生成"`
	Secret    *string       `json:"secret" doc:"webhook 的密钥，whsec_ 与 24–64 字节的 base64；不传则生成"`
	Events    *[]event.Name `json:"events" maxItems:"500" doc:"要接收的事件；空为应用可知的全部"`
	Ordered   *bool         `json:"ordered" doc:"同一对象的事件依次投递，新建时为 true"`
	Most      *int          `json:"most" min:"1" max:"64" doc:"同时进行的投递数，新建时为 8"`
	TimeoutMS *int64        `json:"timeoutMs" min:"500" max:"30000" doc:"应答时限，毫秒，新建时为 1500"`
	TestGroup *string       `json:"testGroup" maxLen:"64" doc:"测试组的名称；空为生产"`
	State     *event.State  `json:"state" enum:"on,paused,off" doc:"on 投递；paused 暂存；off 不投递"`
	Check     bool          `json:"check" default:"true" doc:"保存前先验证接收方"`
}

type callbackItem struct {
	ID           string       `json:"id" grade:"R1"`
	AgentID      id.Agent     `json:"agentId" grade:"R1"`
	Origin       string       `json:"origin" enum:"console,api,suite" grade:"R1"`
	URL          string       `json:"url" grade:"R1"`
	Form         Form         `json:"form" enum:"compatible,webhook" grade:"R1"`
	Events       []event.Name `json:"events" grade:"R1"`
	Ordered      bool         `json:"ordered" grade:"R1"`
	Most         int          `json:"most" grade:"R1"`
	TimeoutMS    int64        `json:"timeoutMs" grade:"R1"`
	TestGroup    string       `json:"testGroup,omitzero" grade:"R1"`
	State        event.State  `json:"state" enum:"on,paused,off" grade:"R1"`
	Reason       string       `json:"reason,omitzero" grade:"R1"`
	FailingSince int64        `json:"failingSince,omitzero" grade:"R1"`
	CreatedAt    int64        `json:"createdAt" grade:"R1"`
}

func itemOf(u *subscribed) callbackItem {
	i := callbackItem{ID: strconv.FormatInt(int64(u.ID), 10), AgentID: u.Agent, Origin: u.Origin, URL: u.Target, Form: u.Form, Events: u.Names, Ordered: u.Ordered, Most: u.Most,
		TimeoutMS: u.Timeout.Milliseconds(), TestGroup: u.Group, State: u.State, Reason: u.Reason, CreatedAt: u.Created.UnixMilli()}
	if !u.Failing.IsZero() {
		i.FailingSince = u.Failing.UnixMilli()
	}
	return i
}

func (r *Registry) set(ctx context.Context, who op.Caller, q *callbackSetRequest) (*callbackItem, error) {
	u, err := r.begin(ctx, who.Corp, q)
	if err != nil {
		return nil, err
	}
	q.change(&u)
	made := u.complete()
	if err := u.valid(); err != nil {
		return nil, err
	}
	if err := r.reachable(ctx, u.Corp, u.Form, u.Target); err != nil {
		return nil, err
	}
	if q.Check && !made { // what was made just now no receiver can know
		if err := r.prove(ctx, &u); err != nil {
			return nil, err
		}
	}
	s, err := u.pack()
	if err != nil {
		return nil, err
	}
	if s.ID == 0 {
		s, err = r.log.Subscribe(ctx, s)
	} else {
		err = gone(r.log.Change(ctx, s))
	}
	if err != nil {
		return nil, err
	}
	u.Subscription = s
	return new(itemOf(&u)), nil
}

// begin is the callback that q is about: the one with its number, or a new one.
func (r *Registry) begin(ctx context.Context, corp id.Corp, q *callbackSetRequest) (subscribed, error) {
	if q.ID != "" {
		return r.ofApp(ctx, corp, q.AgentID, q.ID)
	}
	if _, err := r.Key(ctx, corp, q.AgentID); err != nil {
		return subscribed{}, err
	}
	if q.URL == nil {
		return subscribed{}, apierror.ParameterMissing.With("name", "url").Want("http 或 https")
	}
	return subscribed{Form: Compatible, Subscription: event.Subscription{Corp: corp, Agent: q.AgentID, Way: event.Callback, Origin: FromConsole,
		Names: []event.Name{event.Every}, Ordered: true, Most: event.DefaultMost, Timeout: checkLimit, State: event.On}}, nil
}

// ofApp is the callback of an app with a number; empty is the oldest one of the
// app.
func (r *Registry) ofApp(ctx context.Context, corp id.Corp, agent id.Agent, number string) (subscribed, error) {
	if _, err := r.Key(ctx, corp, agent); err != nil {
		return subscribed{}, err
	}
	list, err := r.callbacks(ctx, corp, agent)
	if err != nil {
		return subscribed{}, err
	}
	for _, u := range list {
		if number == "" || strconv.FormatInt(int64(u.ID), 10) == number {
			return u, nil
		}
	}
	return subscribed{}, apierror.CallbackUnknown.Got("%s", number)
}

func (r *Registry) callbacks(ctx context.Context, corp id.Corp, agent id.Agent) ([]subscribed, error) {
	list, err := r.log.Subscriptions(ctx, corp, agent)
	if err != nil {
		return nil, err
	}
	var callbacks []subscribed
	for i := range list {
		if list[i].Way != event.Callback {
			continue
		}
		u, err := unpack(&list[i])
		if err != nil {
			return nil, err
		}
		callbacks = append(callbacks, u)
	}
	return callbacks, nil
}

// change puts what is given into u.
func (q *callbackSetRequest) change(u *subscribed) {
	replace(&u.Target, q.URL)
	replace(&u.Form, q.Form)
	replace(&u.Kept.Token, q.Token)
	replace(&u.Kept.Key, q.AESKey)
	replace(&u.Kept.Secret, q.Secret)
	replace(&u.Ordered, q.Ordered)
	replace(&u.Most, q.Most)
	replace(&u.Group, q.TestGroup)
	if q.TimeoutMS != nil {
		u.Timeout = time.Duration(*q.TimeoutMS) * time.Millisecond
	}
	if q.State != nil {
		u.State, u.Reason = *q.State, ""
	}
	if q.Events != nil {
		u.Names = *q.Events
		if len(u.Names) == 0 {
			u.Names = []event.Name{event.Every}
		}
	}
}

func replace[T any](old, given *T) {
	if given != nil {
		*old = *given
	}
}

// complete makes the secrets that the form needs and nobody gave. It reports
// whether there were any.
func (u *subscribed) complete() (made bool) {
	if u.Form == Plain {
		if u.Kept.Secret == "" {
			u.Kept.Secret, made = NewSecret(), true
		}
		return made
	}
	if u.Kept.Token == "" {
		u.Kept.Token, made = string(letters(newToken)), true
	}
	if u.Kept.Key == "" {
		u.Kept.Key, made = NewKey(), true
	}
	return made
}

// newToken is the length of tokens that are made; receivers may take at most 32.
const newToken = 24

// valid refuses secrets and events of a wrong form.
func (u *subscribed) valid() error {
	if u.Form == Plain {
		if _, err := NewWebhook(u.Kept.Secret); err != nil {
			return apierror.CallbackBody.With().About("secret").Want("whsec_ 与 %d–%d 字节的 base64", LeastKey, MostKey).Got("%d 个字符", len(u.Kept.Secret))
		}
	} else {
		if !tokenForm.MatchString(u.Kept.Token) {
			return apierror.CallbackBody.With().About("token").Want("3–63 个可见字符").Got("%d 个字符", len(u.Kept.Token))
		}
		if !keyForm.MatchString(u.Kept.Key) {
			return apierror.CallbackBody.With().About("aesKey").Want("%d 个字母或数字", KeyLength).Got("%d 个字符", len(u.Kept.Key))
		}
	}
	if len(u.Names) == 1 && u.Names[0] == event.Every {
		return nil
	}
	return allKnown(u.Names, "events")
}

type callbackListRequest struct {
	AgentID id.Agent `json:"agentId" required:"true" doc:"应用的 AgentId"`
}

type callbackList struct {
	List []callbackItem `json:"list"`
}

func (r *Registry) list(ctx context.Context, who op.Caller, q *callbackListRequest) (*callbackList, error) {
	if _, err := r.Key(ctx, who.Corp, q.AgentID); err != nil {
		return nil, err
	}
	list, err := r.callbacks(ctx, who.Corp, q.AgentID)
	answer := &callbackList{}
	for i := range list {
		answer.List = append(answer.List, itemOf(&list[i]))
	}
	return answer, err
}

type callbackRequest struct {
	AgentID id.Agent `json:"agentId" required:"true" doc:"应用的 AgentId"`
	ID      string   `json:"id" maxLen:"32" doc:"回调的编号；不传为应用最早的一个"`
}

type callbackCheck struct {
	Accepted bool   `json:"accepted" grade:"R1"`
	Status   int    `json:"status,omitzero" grade:"R1"`
	TookMS   int64  `json:"tookMs" grade:"R1"`
	Expected string `json:"expected,omitzero" grade:"R1"`
	Found    string `json:"found" grade:"R1"`
}

func (r *Registry) checkNow(ctx context.Context, who op.Caller, q *callbackRequest) (*callbackCheck, error) {
	u, err := r.ofApp(ctx, who.Corp, q.AgentID, q.ID)
	if err != nil {
		return nil, err
	}
	to, err := r.receiverOf(ctx, &u)
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(ctx, u.Timeout)
	defer cancel()
	began := r.way.now()
	a, wrong := r.way.check(ctx, to)
	answer := &callbackCheck{Accepted: wrong == nil, Status: a.Status, TookMS: r.way.now().Sub(began).Milliseconds(), Found: a.Text}
	if wrong != nil {
		answer.Expected, answer.Found = wrong.want.In(who.Lang), wrong.found.In(who.Lang)
	}
	return answer, nil
}

type callbackSecrets struct {
	Form   Form   `json:"form" enum:"compatible,webhook" grade:"R1"`
	Token  string `json:"token,omitzero" grade:"R2" mask:"hide"`
	AESKey string `json:"aesKey,omitzero" grade:"R2" mask:"hide"`
	Owner  string `json:"ownerKey,omitzero" grade:"R1"`
	Secret string `json:"secret,omitzero" grade:"R2" mask:"hide"`
}

func (r *Registry) reveal(ctx context.Context, who op.Caller, q *callbackRequest) (*callbackSecrets, error) {
	u, err := r.ofApp(ctx, who.Corp, q.AgentID, q.ID)
	if err != nil {
		return nil, err
	}
	if u.Form == Plain {
		return &callbackSecrets{Form: u.Form, Secret: u.Kept.Secret}, nil
	}
	key, err := r.Key(ctx, u.Corp, u.Agent)
	if err != nil {
		return nil, err
	}
	return &callbackSecrets{Form: u.Form, Token: u.Kept.Token, AESKey: u.Kept.Key, Owner: ownerKey(u.Origin, u.Corp, key)}, nil
}
