package eventlog

import (
	"cmp"
	"context"
	"time"

	"github.com/gatepost/gatepost/internal/apierror"
	"github.com/gatepost/gatepost/internal/event"
	"github.com/gatepost/gatepost/internal/id"
	"github.com/gatepost/gatepost/internal/op"
)

type eventReplayRequest struct {
	SubscriptionID string       `json:"subscriptionId" maxLen:"20" doc:"回放给此订阅；与 agentId 二选一"`
	AgentID        id.Agent     `json:"agentId" doc:"回放给此应用"`
	Group          string       `json:"group" maxLen:"64" doc:"只给应用的此测试组；不填为生产"`
	Since          int64        `json:"since" min:"0" doc:"从此时刻起，毫秒；与 fromEventId 二选一"`
	FromEventID    string       `json:"fromEventId" maxLen:"20" doc:"从此事件起，含此事件"`
	Until          int64        `json:"until" min:"0" doc:"到此时刻，毫秒；不填为现在"`
	Names          []event.Name `json:"names" maxItems:"200" doc:"只回放这些事件名"`
	DryRun         bool         `json:"dryRun" doc:"只计数，不回放"`
}

type eventReplayTarget struct {
	SubscriptionID string    `json:"subscriptionId" grade:"R1"`
	Name           string    `json:"name" grade:"R1"`
	Way            event.Way `json:"way" grade:"R1"`
	Deliveries     int64     `json:"deliveries" grade:"R1"` // that would be made
	Pending        int64     `json:"pending" grade:"R1"`    // that wait already
}

type eventReplay struct {
	ReplayID        string       `json:"replayId" grade:"R1"`
	AgentID         id.Agent     `json:"agentId" grade:"R1"`
	AppName         string       `json:"appName" grade:"R1"`
	Group           string       `json:"group,omitzero" grade:"R1"`
	SubscriptionIDs []string     `json:"subscriptionIds" grade:"R1"`
	Names           []event.Name `json:"names,omitempty" grade:"R1"`
	Since           int64        `json:"since" grade:"R1"`
	Until           int64        `json:"until" grade:"R1"`
	DoneAt          int64        `json:"doneAt" grade:"R1"` // events up to this time are done
	Seen            int64        `json:"seen" grade:"R1"`
	Made            int64        `json:"made" grade:"R1"`
	State           ReplayState  `json:"state" enum:"running,done,stopped" grade:"R1"`
	CreatedBy       id.User      `json:"createdBy" grade:"R1"`
	CreatedAt       int64        `json:"createdAt" grade:"R1"`
	ChangedAt       int64        `json:"changedAt" grade:"R1"`
}

type eventReplayResponse struct {
	Replay     *eventReplay        `json:"replay,omitzero"` // absent with dryRun
	Targets    []eventReplayTarget `json:"targets"`
	Deliveries int64               `json:"deliveries" grade:"R1"`
}

func (d *Desk) startReplay(ctx context.Context, who op.Caller, q *eventReplayRequest) (*eventReplayResponse, error) {
	w, err := d.wanted(q)
	if err != nil {
		return nil, err
	}
	counts, err := d.Count(ctx, who.Corp, w)
	if err != nil {
		return nil, err
	}
	answer := &eventReplayResponse{}
	for i := range counts {
		c := &counts[i]
		answer.Deliveries += c.Deliveries
		answer.Targets = append(answer.Targets, eventReplayTarget{text(c.ID), called(&c.Subscription, d.name(ctx, who.Corp, c.Agent)), c.Way, c.Deliveries, c.Pending})
	}
	if q.DryRun {
		return answer, nil
	}
	r, err := d.Replay(ctx, who.Corp, w, who.User)
	if err != nil {
		return nil, err
	}
	answer.Replay = new(d.replayed(ctx, &r))
	return answer, nil
}

// wanted reads what is to be told again, and to whom.
func (d *Desk) wanted(q *eventReplayRequest) (w Wanted, err error) {
	if w.Subscription, err = subscriptionID("subscriptionId", q.SubscriptionID); err != nil {
		return w, err
	}
	from, err := eventID("fromEventId", q.FromEventID)
	if err != nil {
		return w, err
	}
	if len(q.Names) > 0 {
		if err := d.known(q.Names); err != nil {
			return w, err
		}
	}
	switch {
	case (w.Subscription == 0) == (q.AgentID == 0):
		return w, apierror.ParameterInvalid.With("name", "subscriptionId").Want("%s", "subscriptionId | agentId").Got("%s", cmp.Or(q.SubscriptionID, "-"))
	case (from == 0) == (q.Since == 0):
		return w, apierror.ParameterInvalid.With("name", "since").Want("%s", "since | fromEventId").Got("%d", q.Since)
	case w.Subscription != 0 && q.Group != "":
		return w, apierror.ParameterInvalid.With("name", "group").Want("%s", "agentId").Got("%s", q.Group)
	}
	w.Agent, w.Group, w.Names = q.AgentID, q.Group, q.Names
	if w.After = from - 1; from == 0 {
		w.After = max(firstAt(moment(q.Since))-1, 0)
	}
	until := d.real()
	if q.Since > until.UnixMilli() {
		return w, apierror.ParameterInvalid.With("name", "since").About("since").Want("不晚于现在").Got("%d", q.Since)
	}
	if q.Until > 0 && q.Until < until.UnixMilli() {
		until = moment(q.Until)
	}
	w.Until = firstAt(until.Add(time.Millisecond)) - 1
	if w.Until <= w.After {
		return w, apierror.ParameterInvalid.With("name", "until").Want("晚于开始").Got("%d", q.Until)
	}
	return w, nil
}

func (d *Desk) replayed(ctx context.Context, r *Replay) eventReplay {
	shown := eventReplay{ReplayID: text(r.ID), AgentID: r.Agent, AppName: d.name(ctx, r.Corp, r.Agent), Group: r.Group, Names: r.Names,
		Since: madeAt(r.After + 1).UnixMilli(), Until: madeAt(r.Until).UnixMilli(), DoneAt: madeAt(r.Done).UnixMilli(), Seen: r.Seen, Made: r.Made, State: r.State,
		CreatedBy: r.By, CreatedAt: r.Created.UnixMilli(), ChangedAt: r.Changed.UnixMilli()}
	for _, s := range r.Targets {
		shown.SubscriptionIDs = append(shown.SubscriptionIDs, text(s))
	}
	return shown
}

type eventReplayIDRequest struct {
	ReplayID string `json:"replayId" required:"true" maxLen:"20" doc:"回放"`
}

func (d *Desk) getReplay(ctx context.Context, who op.Caller, q *eventReplayIDRequest) (*eventReplay, error) {
	n, err := number("replayId", q.ReplayID)
	if err != nil {
		return nil, err
	}
	r, err := d.replay(ctx, who.Corp, n)
	if err != nil {
		return nil, err
	}
	return new(d.replayed(ctx, &r)), nil
}

func (d *Desk) stopReplay(ctx context.Context, who op.Caller, q *eventReplayIDRequest) (*eventReplay, error) {
	n, err := number("replayId", q.ReplayID)
	if err != nil {
		return nil, err
	}
	r, err := d.Stop(ctx, who.Corp, n)
	if err != nil {
		return nil, err
	}
	return new(d.replayed(ctx, &r)), nil
}

type eventReplayListRequest struct {
	Cursor string `json:"cursor" maxLen:"20" doc:"上一页的 nextCursor"`
	Size   int    `json:"size" min:"1" max:"100" default:"20" doc:"每页条数"`
}

type eventReplayListResponse struct {
	List       []eventReplay `json:"list"`
	NextCursor string        `json:"nextCursor,omitzero" grade:"R1"`
	HasMore    bool          `json:"hasMore" grade:"R1"`
}

func (d *Desk) listReplays(ctx context.Context, who op.Caller, q *eventReplayListRequest) (*eventReplayListResponse, error) {
	before, err := number("cursor", q.Cursor)
	if err != nil {
		return nil, err
	}
	list, err := d.replays(ctx, who.Corp, cmp.Or(before, int64(newest)), q.Size+1)
	if err != nil {
		return nil, err
	}
	answer := &eventReplayListResponse{HasMore: len(list) > q.Size}
	if answer.HasMore {
		list = list[:q.Size]
		answer.NextCursor = text(list[q.Size-1].ID)
	}
	for i := range list {
		answer.List = append(answer.List, d.replayed(ctx, &list[i]))
	}
	return answer, nil
}
