package fault

import (
	"context"
	"strconv"
	"time"

	"github.com/gatepost/gatepost/internal/event"
	"github.com/gatepost/gatepost/internal/id"
	"github.com/gatepost/gatepost/internal/op"
)

// Console returns the console's operations on faults.
func (f *Faults) Console() []op.Operation {
	return []op.Operation{
		op.Console("fault.set", f.set, op.Spec{Title: "注入投递故障", TitleEN: "Break deliveries on purpose", As: op.Admin, Verb: op.Manage,
			Doc: "Has deliveries of events go wrong until the fault ends: drop (not sent, the try fails), lost-ack (sent, the acknowledgement is lost), duplicate (sent twice), delay (the first try comes later), reorder (held back until another one was sent), slow (the answer comes late), half-dead (the connection swallows what is sent). Demonstration and sandbox companies only. Each try that was hit says so in the log. With percent which ones are hit follows from seed. Holds within a second on every node."}),
		op.Console("fault.list", f.list, op.Spec{Title: "查询投递故障", TitleEN: "List faults", As: op.Admin, Verb: op.Read,
			Doc: "The company's faults that have not ended, in the order in which they were set, which is the order in which they are tried. remaining is how many tries a fault may still hit; -1 is any number."}),
		op.Console("fault.remove", f.remove, op.Spec{Title: "结束投递故障", TitleEN: "End a fault", As: op.Admin, Verb: op.Manage,
			Doc: "Ends one fault, or without id all of the company."}),
	}
}

type faultItem struct {
	ID           int64        `json:"id" grade:"R1"`
	AgentID      id.Agent     `json:"agentId,omitzero" grade:"R1"`
	AppName      string       `json:"appName,omitzero" grade:"R1"`
	Subscription string       `json:"subscription,omitzero" grade:"R1"`
	Events       []event.Name `json:"events,omitempty" grade:"R1"`
	Kind         Kind         `json:"kind" enum:"drop,lost-ack,duplicate,delay,reorder,slow,half-dead" grade:"R1"`
	ByMS         int64        `json:"byMs,omitzero" grade:"R1"`
	Percent      int64        `json:"percent" grade:"R1"`
	Seed         int64        `json:"seed" grade:"R1"`
	Remaining    int64        `json:"remaining" grade:"R1"`
	EndsAt       int64        `json:"endsAt" grade:"R1"`
	SetAt        int64        `json:"setAt" grade:"R1"`
	SetBy        id.User      `json:"setBy" grade:"R1"`
}

func (f *Faults) shown(ctx context.Context, one Fault) faultItem {
	item := faultItem{ID: one.ID, AgentID: one.Agent, Events: one.Names, Kind: one.Kind, ByMS: one.By.Milliseconds(), Percent: one.Percent, Seed: one.Seed,
		Remaining: one.Remaining, EndsAt: one.Ends.UnixMilli(), SetAt: one.SetAt.UnixMilli(), SetBy: one.SetBy}
	if one.Subscription != 0 {
		item.Subscription = strconv.FormatInt(int64(one.Subscription), 10)
	}
	if one.Agent != 0 {
		item.AppName, _ = f.AppName(ctx, one.Corp, one.Agent) // of one that is gone there is no name
	}
	return item
}

type faultRequest struct {
	Kind         Kind         `json:"kind" required:"true" enum:"drop,lost-ack,duplicate,delay,reorder,slow,half-dead" doc:"故障种类"`
	AgentID      id.Agent     `json:"agentId" doc:"只对此应用；不传为全部"`
	Subscription string       `json:"subscription" maxLen:"20" doc:"只对此订阅；不传为全部"`
	Events       []event.Name `json:"events" maxItems:"50" doc:"只对这些事件；不传为全部"`
	ByMS         int64        `json:"byMs" min:"0" doc:"delay、reorder、slow 的毫秒数；不传为 5000"`
	Percent      int64        `json:"percent" min:"1" max:"100" default:"100" doc:"命中的百分比"`
	Seed         int64        `json:"seed" doc:"决定命中哪些；相同则相同"`
	Next         int64        `json:"next" min:"0" max:"1000000" doc:"最多命中几次；不传不限"`
	ForMS        int64        `json:"forMs" min:"1000" max:"86400000" default:"600000" doc:"多久后结束，毫秒"`
}

func (f *Faults) set(ctx context.Context, who op.Caller, q *faultRequest) (*faultItem, error) {
	now := f.now()
	one := Fault{Corp: who.Corp, Agent: q.AgentID, Names: q.Events, Kind: q.Kind, By: time.Duration(q.ByMS) * time.Millisecond, Percent: q.Percent, Seed: q.Seed,
		Remaining: q.Next, Ends: now.Add(time.Duration(q.ForMS) * time.Millisecond), SetAt: now, SetBy: who.User}
	if q.Next == 0 {
		one.Remaining = -1
	}
	if q.Subscription != "" {
		n, err := strconv.ParseInt(q.Subscription, 10, 64)
		if err != nil || n <= 0 {
			return nil, invalid("subscription").Want("a subscription of this app").Got("%q", q.Subscription)
		}
		one.Subscription = id.Subscription(n)
	}
	one, err := f.Set(ctx, one)
	if err != nil {
		return nil, err
	}
	return new(f.shown(ctx, one)), nil
}

type faultList struct {
	List []faultItem `json:"list"`
}

func (f *Faults) list(ctx context.Context, who op.Caller, _ *op.None) (*faultList, error) {
	all, err := f.List(ctx, who.Corp)
	answer := &faultList{List: []faultItem{}}
	for _, one := range all {
		answer.List = append(answer.List, f.shown(ctx, one))
	}
	return answer, err
}

type faultID struct {
	ID int64 `json:"id" min:"0" doc:"故障编号；不传为本企业全部"`
}

func (f *Faults) remove(ctx context.Context, who op.Caller, q *faultID) (*op.None, error) {
	return &op.None{}, f.Remove(ctx, who.Corp, q.ID)
}
