package eventlog

import (
	"context"
	"time"

	"github.com/gatepost/gatepost/internal/event"
	"github.com/gatepost/gatepost/internal/id"
	"github.com/gatepost/gatepost/internal/op"
	"github.com/gatepost/gatepost/internal/scope"
)

// Operations returns what applications may ask: to fetch events, and to confirm
// them.
func (d *Desk) Operations() []op.Operation {
	return []op.Operation{
		op.V2("POST /v1.0/gatepost/events/fetch", d.fetchEvents, op.Spec{Title: "拉取事件", TitleEN: "Fetch events", As: op.App, Verb: op.Read, Scope: scope.Base, Group: "event.pull",
			Doc: "Returns the events that the app's pull subscription has still to be told of, in order, as they are delivered by other ways. Nothing is taken: until they are confirmed the next fetch returns the same. With waitMs it waits for as long where there is nothing. Without subscriptionId the app's only pull subscription outside test groups is meant."}),
		op.V2("POST /v1.0/gatepost/events/confirm", d.confirmEvents, op.Spec{Title: "确认已拉取的事件", TitleEN: "Confirm events", As: op.App, Verb: op.Write, Scope: scope.Base, Group: "event.pull",
			Doc: "Notes that the app has these events. They are confirmed one by one and not up to one of them, because an event can become visible after one with a greater id. Ids that do not wait are passed over."}),
	}
}

type eventsFetchRequest struct {
	SubscriptionID string `json:"subscriptionId" maxLen:"20" doc:"订阅；应用只有一个生产的拉取订阅时可不填"`
	Size           int    `json:"size" min:"1" max:"500" default:"100" doc:"最多多少个事件"`
	WaitMS         int64  `json:"waitMs" min:"0" max:"20000" doc:"没有事件时最多等待多久，毫秒"`
}

type fetchedEvent struct {
	EventID   string      `json:"eventId" grade:"R1"`
	EventType event.Name  `json:"eventType" grade:"R1"`
	EventTime int64       `json:"eventTime" grade:"R1"`
	Replayed  bool        `json:"replayed" grade:"R1"`
	Data      op.JSONText `json:"data" grade:"R1"` // masked already, as the event's declaration says
}

type eventsFetchResponse struct {
	SubscriptionID string         `json:"subscriptionId" grade:"R1"`
	Events         []fetchedEvent `json:"events"`
}

func (d *Desk) fetchEvents(ctx context.Context, who op.Caller, q *eventsFetchRequest) (*eventsFetchResponse, error) {
	s, err := d.own(ctx, who, q.SubscriptionID)
	if err != nil {
		return nil, err
	}
	list, err := d.Fetch(ctx, &s, q.Size, time.Duration(q.WaitMS)*time.Millisecond)
	if err != nil {
		return nil, err
	}
	answer := &eventsFetchResponse{SubscriptionID: text(s.ID)}
	for _, e := range list {
		answer.Events = append(answer.Events, fetchedEvent{text(e.ID), e.Name, e.At.UnixMilli(), e.Replayed, op.JSONText(e.Payload)})
	}
	return answer, nil
}

// own is the subscription of the calling app that a request names.
func (d *Desk) own(ctx context.Context, who op.Caller, named string) (event.Subscription, error) {
	sub, err := subscriptionID("subscriptionId", named)
	if err != nil {
		return event.Subscription{}, err
	}
	return d.pulled(ctx, who.Corp, who.Agent, sub)
}

type eventsConfirmRequest struct {
	SubscriptionID string   `json:"subscriptionId" maxLen:"20" doc:"订阅；应用只有一个生产的拉取订阅时可不填"`
	EventIDs       []string `json:"eventIds" required:"true" maxItems:"500" doc:"事件的 eventId"`
}

type eventsConfirmResponse struct {
	Confirmed int `json:"confirmed" grade:"R1"`
}

func (d *Desk) confirmEvents(ctx context.Context, who op.Caller, q *eventsConfirmRequest) (*eventsConfirmResponse, error) {
	s, err := d.own(ctx, who, q.SubscriptionID)
	if err != nil {
		return nil, err
	}
	ids := make([]id.Event, len(q.EventIDs))
	for i, given := range q.EventIDs {
		if ids[i], err = eventID("eventIds", given); err != nil {
			return nil, err
		}
	}
	n, err := d.Confirm(ctx, &s, ids)
	return &eventsConfirmResponse{n}, err
}
