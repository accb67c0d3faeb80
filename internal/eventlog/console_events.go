package eventlog

import (
	"context"
	"strings"

	"github.com/gatepost/gatepost/internal/apierror"
	"github.com/gatepost/gatepost/internal/event"
	"github.com/gatepost/gatepost/internal/id"
	"github.com/gatepost/gatepost/internal/op"
)

type eventListRequest struct {
	Name           event.Name `json:"name" maxLen:"64" doc:"只列此事件名"`
	Object         string     `json:"object" maxLen:"256" doc:"只列此对象，如 person:lina"`
	AgentID        id.Agent   `json:"agentId" doc:"只列应当通知此应用的"`
	SubscriptionID string     `json:"subscriptionId" maxLen:"20" doc:"只列应当通知此订阅的"`
	State          Status     `json:"state" enum:"waiting,failed,delivered,dead,dropped" doc:"只列有投递处于此状态的"`
	Since          int64      `json:"since" min:"0" doc:"不早于，毫秒"`
	Until          int64      `json:"until" min:"0" doc:"不晚于，毫秒"`
	Cursor         string     `json:"cursor" maxLen:"20" doc:"上一页的 nextCursor"`
	Size           int        `json:"size" min:"1" max:"200" default:"20" doc:"每页条数"`
}

type eventListItem struct {
	EventID   string     `json:"eventId" grade:"R1"`
	Name      event.Name `json:"name" grade:"R1"`
	Title     string     `json:"title" grade:"R1"`
	Object    string     `json:"object" grade:"R1"`
	At        int64      `json:"at" grade:"R1"`     // by the company's clock
	MadeAt    int64      `json:"madeAt" grade:"R1"` // in real time
	Told      int        `json:"told" grade:"R1"`
	Waiting   int        `json:"waiting" grade:"R1"`
	Failed    int        `json:"failed" grade:"R1"`
	Delivered int        `json:"delivered" grade:"R1"`
	Dead      int        `json:"dead" grade:"R1"`
	Dropped   int        `json:"dropped" grade:"R1"`
	Replayed  bool       `json:"replayed" grade:"R1"`
	Injected  bool       `json:"injected" grade:"R1"`
}

type eventListResponse struct {
	List       []eventListItem `json:"list"`
	Traced     bool            `json:"traced" grade:"R1"`
	NextCursor string          `json:"nextCursor,omitzero" grade:"R1"`
	HasMore    bool            `json:"hasMore" grade:"R1"`
}

func (d *Desk) listEvents(ctx context.Context, who op.Caller, q *eventListRequest) (*eventListResponse, error) {
	f := Filter{Name: q.Name, Object: q.Object, Agent: q.AgentID, Status: q.State}
	var err error
	if f.Subscription, err = subscriptionID("subscriptionId", q.SubscriptionID); err != nil {
		return nil, err
	}
	if f.Before, err = eventID("cursor", q.Cursor); err != nil {
		return nil, err
	}
	if q.Since > 0 {
		f.After = max(firstAt(moment(q.Since))-1, 0)
	}
	if end := firstAt(moment(q.Until + 1)); q.Until > 0 && (f.Before == 0 || end < f.Before) {
		f.Before = end
	}
	rows, traced, err := d.List(ctx, who.Corp, f, q.Size+1)
	if err != nil {
		return nil, err
	}
	answer := &eventListResponse{Traced: traced, HasMore: len(rows) > q.Size}
	if answer.HasMore {
		rows = rows[:q.Size]
		answer.NextCursor = text(rows[q.Size-1].ID)
	}
	for i := range rows {
		answer.List = append(answer.List, d.item(&rows[i], who.Lang))
	}
	return answer, nil
}

func (d *Desk) item(r *Row, lang string) eventListItem {
	item := eventListItem{EventID: text(r.ID), Name: r.Name, Title: d.title(r.Name, lang), Object: r.Object, At: r.At, MadeAt: madeAt(r.ID).UnixMilli(), Told: r.Told}
	for i := range r.Traces {
		t := &r.Traces[i]
		item.Replayed, item.Injected = item.Replayed || t.Replayed, item.Injected || t.Injected
		switch t.Status {
		case Waiting:
			item.Waiting++
		case Failing:
			item.Failed++
		case Delivered:
			item.Delivered++
		case Dead:
			item.Dead++
		case Dropped:
			item.Dropped++
		}
	}
	return item
}

// title is what an event is called; empty for one that this version does not know.
func (d *Desk) title(n event.Name, lang string) string {
	e := d.events.Event(n)
	switch {
	case e == nil:
		return ""
	case lang == "en":
		return e.TitleEN
	}
	return e.Title
}

type eventGetRequest struct {
	EventID        string `json:"eventId" required:"true" maxLen:"20" doc:"事件"`
	SubscriptionID string `json:"subscriptionId" maxLen:"20" doc:"只看此订阅的投递"`
}

type eventAttempt struct {
	At       int64         `json:"at" grade:"R1"`
	TookUS   int64         `json:"tookUs" grade:"R1"`
	Outcome  event.Outcome `json:"outcome" enum:"accepted,failed,later,dropped,fetched" grade:"R1"`
	Status   int           `json:"status" grade:"R1"`
	Answer   string        `json:"answer,omitzero" grade:"R1"`
	Injected string        `json:"injected,omitzero" grade:"R1"`
	Replayed bool          `json:"replayed" grade:"R1"`
}

type eventDelivery struct {
	SubscriptionID string         `json:"subscriptionId" grade:"R1"`
	AgentID        id.Agent       `json:"agentId,omitzero" grade:"R1"` // this and the next four are absent of a subscription that was removed
	AppName        string         `json:"appName,omitzero" grade:"R1"`
	Way            event.Way      `json:"way,omitzero" grade:"R1"`
	Group          string         `json:"group,omitzero" grade:"R1"`
	Target         string         `json:"target,omitzero" grade:"R1"`
	State          Status         `json:"state" enum:"waiting,failed,delivered,dead,dropped" grade:"R1"`
	Failed         int            `json:"failed" grade:"R1"` // tries that failed
	NextAt         int64          `json:"nextAt,omitzero" grade:"R1"`
	Reason         string         `json:"reason,omitzero" grade:"R1"`
	DiedAt         int64          `json:"diedAt,omitzero" grade:"R1"`
	Replayed       bool           `json:"replayed" grade:"R1"`
	Attempts       []eventAttempt `json:"attempts"`
}

type eventGetResponse struct {
	EventID    string          `json:"eventId" grade:"R1"`
	Name       event.Name      `json:"name" grade:"R1"`
	Title      string          `json:"title" grade:"R1"`
	Object     string          `json:"object" grade:"R1"`
	At         int64           `json:"at" grade:"R1"`
	MadeAt     int64           `json:"madeAt" grade:"R1"`
	Told       int             `json:"told" grade:"R1"`
	Body       op.JSONText     `json:"body" grade:"R2" mask:"hide"`
	Deliveries []eventDelivery `json:"deliveries"`
	More       bool            `json:"more" grade:"R1"`
}

func (d *Desk) getEvent(ctx context.Context, who op.Caller, q *eventGetRequest) (*eventGetResponse, error) {
	e, err := eventID("eventId", q.EventID)
	if err != nil {
		return nil, err
	}
	sub, err := subscriptionID("subscriptionId", q.SubscriptionID)
	if err != nil {
		return nil, err
	}
	k, err := d.find(ctx, who.Corp, e, sub)
	if err != nil {
		return nil, err
	}
	body, err := d.Show(ctx, who, k.Happened)
	if err != nil {
		return nil, err
	}
	answer := &eventGetResponse{EventID: text(k.ID), Name: k.Name, Title: d.title(k.Name, who.Lang), Object: k.Object, At: k.At.UnixMilli(),
		MadeAt: madeAt(k.ID).UnixMilli(), Told: k.Told, Body: op.JSONText(body), More: k.More}
	for i := range k.Traces {
		answer.Deliveries = append(answer.Deliveries, d.delivery(ctx, who.Corp, &k.Traces[i]))
	}
	return answer, nil
}

func (d *Desk) delivery(ctx context.Context, corp id.Corp, t *Trace) eventDelivery {
	shown := eventDelivery{SubscriptionID: text(t.Subscription), State: t.Status, Failed: t.Attempts, NextAt: millis(t.Next), Reason: t.Reason,
		DiedAt: millis(t.Died), Replayed: t.Replayed}
	if s, err := d.events.Subscription(ctx, corp, t.Subscription); err == nil { // it may be removed
		shown.AgentID, shown.AppName, shown.Way, shown.Group, shown.Target = s.Agent, d.name(ctx, corp, s.Agent), s.Way, s.Group, s.Target
	}
	for _, a := range t.Tries {
		shown.Attempts = append(shown.Attempts, eventAttempt{a.At.UnixMilli(), a.Took.Microseconds(), a.Outcome, a.Status, a.Answer, a.Injected, a.Replayed})
	}
	return shown
}

type eventRepushRequest struct {
	EventID        string `json:"eventId" required:"true" maxLen:"20" doc:"事件"`
	SubscriptionID string `json:"subscriptionId" required:"true" maxLen:"20" doc:"订阅"`
}

func (d *Desk) repush(ctx context.Context, who op.Caller, q *eventRepushRequest) (*op.None, error) {
	e, err := eventID("eventId", q.EventID)
	if err != nil {
		return nil, err
	}
	sub, err := subscriptionID("subscriptionId", q.SubscriptionID)
	if err != nil {
		return nil, err
	}
	return &op.None{}, d.Repush(ctx, who.Corp, e, sub)
}

type eventDeadRequest struct {
	AgentID        id.Agent `json:"agentId" doc:"只列此应用"`
	SubscriptionID string   `json:"subscriptionId" maxLen:"20" doc:"只列此订阅"`
	Cursor         string   `json:"cursor" maxLen:"41" doc:"上一页的 nextCursor"`
	Size           int      `json:"size" min:"1" max:"200" default:"20" doc:"每页条数"`
}

type eventDeadItem struct {
	EventID        string     `json:"eventId" grade:"R1"`
	Name           event.Name `json:"name" grade:"R1"`
	Title          string     `json:"title" grade:"R1"`
	Object         string     `json:"object" grade:"R1"`
	SubscriptionID string     `json:"subscriptionId" grade:"R1"`
	AgentID        id.Agent   `json:"agentId,omitzero" grade:"R1"`
	AppName        string     `json:"appName,omitzero" grade:"R1"`
	Failed         int        `json:"failed" grade:"R1"` // tries that failed
	Reason         string     `json:"reason" grade:"R1"`
	DiedAt         int64      `json:"diedAt" grade:"R1"`
}

type eventDeadResponse struct {
	List       []eventDeadItem `json:"list"`
	NextCursor string          `json:"nextCursor,omitzero" grade:"R1"`
	HasMore    bool            `json:"hasMore" grade:"R1"`
}

func (d *Desk) listDead(ctx context.Context, who op.Caller, q *eventDeadRequest) (*eventDeadResponse, error) {
	sub, err := subscriptionID("subscriptionId", q.SubscriptionID)
	if err != nil {
		return nil, err
	}
	before := Place{newest, 0}
	if q.Cursor != "" {
		if before, err = place(q.Cursor); err != nil {
			return nil, err
		}
	}
	list, err := d.dead(ctx, who.Corp, q.AgentID, sub, before, q.Size+1)
	if err != nil {
		return nil, err
	}
	answer := &eventDeadResponse{HasMore: len(list) > q.Size}
	if answer.HasMore {
		list = list[:q.Size]
		answer.NextCursor = text(list[q.Size-1].Event) + "-" + text(list[q.Size-1].Subscription)
	}
	for _, l := range list {
		item := eventDeadItem{EventID: text(l.Event), Name: l.Name, Title: d.title(l.Name, who.Lang), Object: l.Object, SubscriptionID: text(l.Subscription),
			AgentID: l.Agent, Failed: l.Attempts, Reason: l.Reason, DiedAt: l.Died.UnixMilli()}
		if l.Agent != 0 {
			item.AppName = d.name(ctx, who.Corp, l.Agent)
		}
		answer.List = append(answer.List, item)
	}
	return answer, nil
}

// place reads a cursor of event.dead.
func place(cursor string) (Place, error) {
	e, sub, ok := strings.Cut(cursor, "-")
	first, err := number("cursor", e)
	second, err2 := number("cursor", sub)
	if !ok || err != nil || err2 != nil || first == 0 || second == 0 {
		return Place{}, apierror.ParameterInvalid.With("name", "cursor").Want("上一页的 nextCursor").Got("%s", cursor)
	}
	return Place{id.Event(first), id.Subscription(second)}, nil
}

type eventDeadRepushRequest struct {
	SubscriptionID string `json:"subscriptionId" required:"true" maxLen:"20" doc:"订阅"`
}

type eventDeadRepushResponse struct {
	Repushed int  `json:"repushed" grade:"R1"`
	HasMore  bool `json:"hasMore" grade:"R1"`
}

// repushMost bounds one request to deliver the dead again.
const repushMost = 10_000

func (d *Desk) repushDead(ctx context.Context, who op.Caller, q *eventDeadRepushRequest) (*eventDeadRepushResponse, error) {
	sub, err := subscriptionID("subscriptionId", q.SubscriptionID)
	if err != nil {
		return nil, err
	}
	n, err := d.RepushDead(ctx, who.Corp, sub, repushMost)
	return &eventDeadRepushResponse{n, n == repushMost}, err
}
