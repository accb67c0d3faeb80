package eventlog

import (
	"cmp"
	"context"
	"slices"
	"strconv"
	"time"

	"github.com/gatepost/gatepost/internal/apierror"
	"github.com/gatepost/gatepost/internal/event"
	"github.com/gatepost/gatepost/internal/id"
	"github.com/gatepost/gatepost/internal/op"
)

// Console returns the console's operations on events.
func (d *Desk) Console() []op.Operation {
	return slices.Concat(d.consoleSubscriptions(), d.consoleEvents(), d.consoleReplays(), d.consoleHealth())
}

func (d *Desk) consoleSubscriptions() []op.Operation {
	return []op.Operation{
		op.Console("event.subscriptions", d.listSubscriptions, op.Spec{Title: "查询事件订阅", TitleEN: "List event subscriptions", As: op.Admin, Verb: op.Read,
			Doc: "How applications are told of events, the newest subscription first, and how each fares: what waits (counted up to 10,000) since when, what was given up, what became of the tries of the last 24 hours by whole hours, the last success and the last failure. failingSince is there while the receiver fails as a whole; name is what event.subscription.remove takes as confirmation."}),
		op.Console("event.subscription.get", d.getSubscription, op.Spec{Title: "查询一个事件订阅", TitleEN: "Get an event subscription", As: op.Admin, Verb: op.Read,
			Doc: "One subscription, as in event.subscriptions."}),
		op.Console("event.subscription.create", d.createSubscription, op.Spec{Title: "创建拉取订阅", TitleEN: "Make a subscription to pull", As: op.Admin, Verb: op.Manage,
			Doc: "Makes a subscription from which the app fetches events by itself, with POST /v1.0/gatepost/events/fetch and confirm. Other ways have operations of their own."}),
		op.Console("event.subscription.update", d.updateSubscription, op.Spec{Title: "修改事件订阅", TitleEN: "Change an event subscription", As: op.Admin, Verb: op.Manage,
			Doc: "Changes which events a subscription takes, whether those of one object come one after another, how many deliveries are under way at once, for how long one is waited for, and its test group. What is not given stays."}),
		op.Console("event.subscription.pause", d.pauseSubscription, op.Spec{Title: "暂停事件订阅", TitleEN: "Pause an event subscription", As: op.Admin, Verb: op.Manage,
			Doc: "Nothing is delivered until it is resumed; what happens meanwhile is kept and delivered then."}),
		op.Console("event.subscription.resume", d.resumeSubscription, op.Spec{Title: "恢复事件订阅", TitleEN: "Resume an event subscription", As: op.Admin, Verb: op.Manage,
			Doc: "Delivers again after a pause, or after it was switched off by somebody or by the platform. What waits is delivered first."}),
		op.Console("event.subscription.switchoff", d.switchOffSubscription, op.Spec{Title: "关闭事件订阅", TitleEN: "Switch an event subscription off", As: op.Admin, Verb: op.Manage,
			Doc: "Nothing is delivered, and what happens from now on is not kept for it. What waits is delivered when it is resumed, unless the retention drops it before."}),
		op.Console("event.subscription.remove", d.removeSubscription, op.Spec{Title: "删除事件订阅", TitleEN: "Remove an event subscription", As: op.Admin, Verb: op.Manage,
			Doc: "Removes a subscription; what waits is noted as dropped. confirm is its name."}),
		op.Console("event.stats", d.getStats, op.Spec{Title: "查询事件投递统计", TitleEN: "Count deliveries", As: op.Admin, Verb: op.Read,
			Doc: "What became of a subscription's tries in each of the last minutes or hours, with the time within which half and 99 % of them were answered. The newest 200,000 tries are read; complete is false if there were more."}),
	}
}

func (d *Desk) consoleEvents() []op.Operation {
	return []op.Operation{
		op.Console("event.list", d.listEvents, op.Spec{Title: "查询事件日志", TitleEN: "List events", As: op.Admin, Verb: op.Read,
			Doc: "Pages through what happened, the newest first, with the number of subscriptions at which it waits, failed and is to be tried again, was delivered, was given up or dropped. agentId, subscriptionId and state keep to the events that such subscriptions were to be told of. since and until are in real time. traced is false where the company has more than 100 subscriptions and none is chosen: then only told is known."}),
		op.Console("event.get", d.getEvent, op.Spec{Title: "查询一个事件", TitleEN: "Get an event", As: op.Admin, Verb: op.Read,
			Doc: "One event with its payload as the administrator may see it, and what became of it at each subscription: its state, the next try, the tries with time, latency, outcome and answer, the newest first, at most 50. At most 100 subscriptions are shown; more is true if there are others, and subscriptionId asks for one. What the payload shows of people stands in the disclosure log."}),
		op.Console("event.repush", d.repush, op.Spec{Title: "重推一个事件", TitleEN: "Deliver an event again", As: op.Admin, Verb: op.Manage,
			Doc: "Has one event delivered to one subscription now: once more, out of what was given up, or at once where it waits for its next try."}),
		op.Console("event.dead", d.listDead, op.Spec{Title: "查询投递失败的事件", TitleEN: "List what was given up", As: op.Admin, Verb: op.Read,
			Doc: "Deliveries that were given up after about three days of failures or because the receiver was gone, the newest events first. They are kept for at least seven days."}),
		op.Console("event.dead.repush", d.repushDead, op.Spec{Title: "重推全部投递失败的事件", TitleEN: "Deliver again what was given up", As: op.Admin, Verb: op.Manage,
			Doc: "Has what was given up of a subscription delivered again, the oldest first, at most 10,000 at a time: hasMore tells whether there is more."}),
	}
}

func (d *Desk) consoleReplays() []op.Operation {
	return []op.Operation{
		op.Console("event.replay", d.startReplay, op.Spec{Title: "回放事件", TitleEN: "Replay events", As: op.Admin, Verb: op.Manage,
			Doc: "Has a part of the log told again, in its order: to one subscription, or to those of an app in production or in a test group. The part begins at a time or at an event, that included, and ends at until or now. Of each target it is what the target takes, and of that names. What waits already is left as it is, deliveries are marked replayed, and subscriptions that are no target see nothing. With dryRun nothing is done and the deliveries are counted, up to 100,000 for each target."}),
		op.Console("event.replay.get", d.getReplay, op.Spec{Title: "查询回放进度", TitleEN: "Get a replay", As: op.Admin, Verb: op.Read,
			Doc: "How far a replay came: the events that were looked at and the deliveries that were made."}),
		op.Console("event.replay.list", d.listReplays, op.Spec{Title: "查询回放列表", TitleEN: "List replays", As: op.Admin, Verb: op.Read,
			Doc: "The company's replays, the newest first."}),
		op.Console("event.replay.stop", d.stopReplay, op.Spec{Title: "停止回放", TitleEN: "Stop a replay", As: op.Admin, Verb: op.Manage,
			Doc: "Ends a replay. What it made due is delivered; what is done stays done."}),
	}
}

// subscriptionID and eventID read ids, which are texts on the wire: they are
// greater than the numbers that are exact in JavaScript.
func subscriptionID(field, text string) (id.Subscription, error) {
	n, err := number(field, text)
	return id.Subscription(n), err
}

func eventID(field, text string) (id.Event, error) {
	n, err := number(field, text)
	return id.Event(n), err
}

func number(field, text string) (int64, error) {
	if text == "" {
		return 0, nil
	}
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil || n <= 0 {
		return 0, apierror.ParameterInvalid.With("name", field).Want("十进制的编号").Got("%s", text)
	}
	return n, nil
}

func text[T ~int64](n T) string { return strconv.FormatInt(int64(n), 10) }

// moment is a time from the wire or a row; 0 is none.
func moment(ms int64) time.Time {
	if ms == 0 {
		return time.Time{}
	}
	return time.UnixMilli(ms)
}

// millis is the contrary of moment.
func millis(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixMilli()
}

type eventSubscription struct {
	SubscriptionID string       `json:"subscriptionId" grade:"R1"`
	AgentID        id.Agent     `json:"agentId" grade:"R1"`
	AppName        string       `json:"appName" grade:"R1"`
	Name           string       `json:"name" grade:"R1"`
	Way            event.Way    `json:"way" enum:"callback,stream,database,pull" grade:"R1"`
	Origin         string       `json:"origin" grade:"R1"`
	Group          string       `json:"group,omitzero" grade:"R1"`
	Target         string       `json:"target,omitzero" grade:"R1"`
	State          event.State  `json:"state" enum:"on,paused,off" grade:"R1"`
	Reason         string       `json:"reason,omitzero" grade:"R1"`
	FailingSince   int64        `json:"failingSince,omitzero" grade:"R1"`
	Names          []event.Name `json:"names" grade:"R1"`
	Ordered        bool         `json:"ordered" grade:"R1"`
	Most           int          `json:"most" grade:"R1"`
	TimeoutMS      int64        `json:"timeoutMs" grade:"R1"`
	CreatedAt      int64        `json:"createdAt" grade:"R1"`
	Backlog        int64        `json:"backlog" grade:"R1"`
	OldestAt       int64        `json:"oldestAt,omitzero" grade:"R1"` // when the oldest event of the backlog happened
	Dead           int64        `json:"dead" grade:"R1"`
	Accepted       int64        `json:"accepted" grade:"R1"` // of the last 24 hours, as the next three
	Failed         int64        `json:"failed" grade:"R1"`
	Later          int64        `json:"later" grade:"R1"`
	Dropped        int64        `json:"dropped" grade:"R1"`
	LastSuccessAt  int64        `json:"lastSuccessAt,omitzero" grade:"R1"`
	LastFailureAt  int64        `json:"lastFailureAt,omitzero" grade:"R1"`
	LastError      string       `json:"lastError,omitzero" grade:"R1"`
}

func (d *Desk) shown(ctx context.Context, s *Standing) eventSubscription {
	app := d.name(ctx, s.Corp, s.Agent)
	return eventSubscription{SubscriptionID: text(s.ID), AgentID: s.Agent, AppName: app, Name: called(&s.Subscription, app), Way: s.Way, Origin: s.Origin,
		Group: s.Group, Target: s.Target, State: s.State, Reason: s.Reason, FailingSince: millis(s.Failing), Names: s.Names, Ordered: s.Ordered, Most: s.Most,
		TimeoutMS: s.Timeout.Milliseconds(), CreatedAt: s.Created.UnixMilli(), Backlog: s.Waiting, OldestAt: s.Oldest, Dead: s.Dead,
		Accepted: s.Day.Accepted, Failed: s.Day.Failed, Later: s.Day.Later, Dropped: s.Day.Dropped,
		LastSuccessAt: s.LastSuccess, LastFailureAt: s.LastFailure, LastError: s.LastError}
}

// called is what people call a subscription: its address, or else its app with
// its way and group.
func called(s *event.Subscription, app string) string {
	if s.Target != "" {
		return s.Target
	}
	name := cmp.Or(app, text(s.Agent)) + " " + string(s.Way)
	if s.Group != "" {
		name += " " + s.Group
	}
	return name
}

type eventSubscriptionsRequest struct {
	AgentID id.Agent `json:"agentId" doc:"只列此应用"`
	Cursor  string   `json:"cursor" maxLen:"20" doc:"上一页的 nextCursor"`
	Size    int      `json:"size" min:"1" max:"100" default:"50" doc:"每页条数"`
}

type eventSubscriptionsResponse struct {
	List       []eventSubscription `json:"list"`
	NextCursor string              `json:"nextCursor,omitzero" grade:"R1"`
	HasMore    bool                `json:"hasMore" grade:"R1"`
}

func (d *Desk) listSubscriptions(ctx context.Context, who op.Caller, q *eventSubscriptionsRequest) (*eventSubscriptionsResponse, error) {
	before, err := subscriptionID("cursor", q.Cursor)
	if err != nil {
		return nil, err
	}
	list, err := d.standings(ctx, who.Corp, q.AgentID, cmp.Or(before, id.Subscription(newest)), q.Size+1)
	if err != nil {
		return nil, err
	}
	answer := &eventSubscriptionsResponse{HasMore: len(list) > q.Size}
	if answer.HasMore {
		list = list[:q.Size]
		answer.NextCursor = text(list[q.Size-1].ID)
	}
	for i := range list {
		answer.List = append(answer.List, d.shown(ctx, &list[i]))
	}
	return answer, nil
}

type eventSubscriptionRequest struct {
	SubscriptionID string `json:"subscriptionId" required:"true" maxLen:"20" doc:"订阅"`
}

func (d *Desk) getSubscription(ctx context.Context, who op.Caller, q *eventSubscriptionRequest) (*eventSubscription, error) {
	sub, err := subscriptionID("subscriptionId", q.SubscriptionID)
	if err != nil {
		return nil, err
	}
	return d.answer(ctx, who.Corp, sub)
}

func (d *Desk) answer(ctx context.Context, corp id.Corp, sub id.Subscription) (*eventSubscription, error) {
	s, err := d.standing(ctx, corp, sub)
	if err != nil {
		return nil, err
	}
	return new(d.shown(ctx, &s)), nil
}

type eventSubscriptionCreateRequest struct {
	AgentID id.Agent     `json:"agentId" required:"true" doc:"应用"`
	Way     event.Way    `json:"way" enum:"pull" default:"pull" doc:"投递方式；其他方式另有接口"`
	Names   []event.Name `json:"names" required:"true" maxItems:"200" doc:"事件名，* 为全部"`
	Group   string       `json:"group" maxLen:"64" doc:"测试组；不填为生产"`
}

func (d *Desk) createSubscription(ctx context.Context, who op.Caller, q *eventSubscriptionCreateRequest) (*eventSubscription, error) {
	s, err := d.SubscribePull(ctx, who.Corp, q.AgentID, q.Names, q.Group)
	if err != nil {
		return nil, err
	}
	return d.answer(ctx, who.Corp, s.ID)
}

type eventSubscriptionUpdateRequest struct {
	SubscriptionID string        `json:"subscriptionId" required:"true" maxLen:"20" doc:"订阅"`
	Names          *[]event.Name `json:"names" maxItems:"200" doc:"事件名，* 为全部"`
	Ordered        *bool         `json:"ordered" doc:"同一对象的事件按顺序逐个投递"`
	Most           *int          `json:"most" min:"1" max:"64" doc:"同时进行的投递数"`
	TimeoutMS      *int64        `json:"timeoutMs" min:"100" max:"30000" doc:"一次投递最多等待多久，毫秒"`
	Group          *string       `json:"group" maxLen:"64" doc:"测试组；空为生产"`
}

func (d *Desk) updateSubscription(ctx context.Context, who op.Caller, q *eventSubscriptionUpdateRequest) (*eventSubscription, error) {
	sub, err := subscriptionID("subscriptionId", q.SubscriptionID)
	if err != nil {
		return nil, err
	}
	edit := Edit{Names: q.Names, Ordered: q.Ordered, Most: q.Most, Group: q.Group}
	if q.TimeoutMS != nil {
		edit.Timeout = new(time.Duration(*q.TimeoutMS) * time.Millisecond)
	}
	if err := d.Edit(ctx, who.Corp, sub, edit); err != nil {
		return nil, err
	}
	return d.answer(ctx, who.Corp, sub)
}

type eventSubscriptionStateRequest struct {
	SubscriptionID string `json:"subscriptionId" required:"true" maxLen:"20" doc:"订阅"`
	Reason         string `json:"reason" maxLen:"200" doc:"原因"`
}

func (d *Desk) pauseSubscription(ctx context.Context, who op.Caller, q *eventSubscriptionStateRequest) (*eventSubscription, error) {
	return d.setState(ctx, who, q, event.Paused)
}

func (d *Desk) resumeSubscription(ctx context.Context, who op.Caller, q *eventSubscriptionRequest) (*eventSubscription, error) {
	return d.setState(ctx, who, &eventSubscriptionStateRequest{SubscriptionID: q.SubscriptionID}, event.On)
}

func (d *Desk) switchOffSubscription(ctx context.Context, who op.Caller, q *eventSubscriptionStateRequest) (*eventSubscription, error) {
	return d.setState(ctx, who, q, event.Off)
}

func (d *Desk) setState(ctx context.Context, who op.Caller, q *eventSubscriptionStateRequest, state event.State) (*eventSubscription, error) {
	sub, err := subscriptionID("subscriptionId", q.SubscriptionID)
	if err != nil {
		return nil, err
	}
	if err := d.SetState(ctx, who.Corp, sub, state, q.Reason); err != nil {
		return nil, err
	}
	return d.answer(ctx, who.Corp, sub)
}

type eventSubscriptionRemoveRequest struct {
	SubscriptionID string `json:"subscriptionId" required:"true" maxLen:"20" doc:"订阅"`
	Confirm        string `json:"confirm" required:"true" maxLen:"1024" doc:"订阅的名称（name），确认用"`
}

func (d *Desk) removeSubscription(ctx context.Context, who op.Caller, q *eventSubscriptionRemoveRequest) (*op.None, error) {
	sub, err := subscriptionID("subscriptionId", q.SubscriptionID)
	if err != nil {
		return nil, err
	}
	s, err := d.subscription(ctx, who.Corp, sub)
	if err != nil {
		return nil, err
	}
	if name := called(&s, d.name(ctx, who.Corp, s.Agent)); q.Confirm != name {
		return nil, apierror.ConfirmMismatch.With("name", name).Want("%s", name).Got("%s", q.Confirm)
	}
	return &op.None{}, d.events.Unsubscribe(ctx, who.Corp, sub)
}

type eventStatsRequest struct {
	SubscriptionID string `json:"subscriptionId" required:"true" maxLen:"20" doc:"订阅"`
	By             string `json:"by" enum:"minute,hour" default:"hour" doc:"每分钟或每小时一格"`
	Hours          int    `json:"hours" min:"1" max:"24" default:"24" doc:"最近多少小时"`
}

type eventBucket struct {
	At       int64 `json:"at" grade:"R1"`
	Sent     int64 `json:"sent" grade:"R1"`
	Accepted int64 `json:"accepted" grade:"R1"`
	Failed   int64 `json:"failed" grade:"R1"`
	P50US    int64 `json:"p50Us" grade:"R1"`
	P99US    int64 `json:"p99Us" grade:"R1"`
}

type eventStatsResponse struct {
	Buckets  []eventBucket `json:"buckets"`
	Complete bool          `json:"complete" grade:"R1"`
}

func (d *Desk) getStats(ctx context.Context, who op.Caller, q *eventStatsRequest) (*eventStatsResponse, error) {
	sub, err := subscriptionID("subscriptionId", q.SubscriptionID)
	if err != nil {
		return nil, err
	}
	if _, err := d.subscription(ctx, who.Corp, sub); err != nil {
		return nil, err
	}
	step := time.Hour
	if q.By == "minute" {
		step = time.Minute
	}
	list, complete, err := d.Stats(ctx, who.Corp, sub, d.real().Add(step-time.Duration(q.Hours)*time.Hour), step)
	answer := &eventStatsResponse{Complete: complete}
	for _, b := range list {
		answer.Buckets = append(answer.Buckets, eventBucket{b.At.UnixMilli(), b.Sent, b.Accepted, b.Failed, b.P50.Microseconds(), b.P99.Microseconds()})
	}
	return answer, err
}
