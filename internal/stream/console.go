package stream

import (
	"context"
	"encoding/json"
	"maps"
	"slices"
	"time"

	"github.com/gatepost/gatepost/internal/apierror"
	"github.com/gatepost/gatepost/internal/id"
	"github.com/gatepost/gatepost/internal/op"
)

// Console is what developers may ask of connections.
func (h *Hub) Console() []op.Operation {
	return []op.Operation{
		op.Console("stream.connections", h.list, op.Spec{Title: "查询长连接", TitleEN: "List connections", As: op.Admin, Verb: op.Read,
			Doc: "The connections that the company's apps have open, with what each subscribed to and when it last answered: those of the node that answers first, then those of the other nodes as of some seconds ago, at most 500 of each."}),
		op.Console("stream.send", h.sendCallback, op.Spec{Title: "发送回调", TitleEN: "Send a callback", As: op.Admin, Verb: op.Manage,
			Doc: "Sends one CALLBACK frame to one connection of the app that subscribed to the topic, and waits for the answer. For trying a handler out: demo and sandbox companies only, and connections of the node that answers."}),
	}
}

type connectionsRequest struct {
	AgentID id.Agent `json:"agentId" doc:"应用的 AgentId；不填为全部应用"`
}

type connectionsResponse struct {
	List []connectionItem `json:"list"`
}

type connectionItem struct {
	ID       string   `json:"id"                 grade:"R1"`
	AgentID  id.Agent `json:"agentId"            grade:"R1"`
	AppKey   id.App   `json:"appKey"             grade:"R1"`
	Node     int64    `json:"node"               grade:"R1"`
	Since    int64    `json:"since"              grade:"R1"`
	Remote   string   `json:"remote"             grade:"R1"`
	Local    string   `json:"local,omitzero"     grade:"R1"`
	Agent    string   `json:"userAgent,omitzero" grade:"R1"`
	Events   bool     `json:"events"             grade:"R1"`
	Topics   []string `json:"topics,omitempty"   grade:"R1"`
	Answered int64    `json:"answeredAt,omitzero" grade:"R1"`
}

func (h *Hub) list(ctx context.Context, who op.Caller, q *connectionsRequest) (*connectionsResponse, error) {
	all, err := h.elsewhere(ctx, who.Corp)
	if err != nil {
		return nil, err
	}
	r := &connectionsResponse{List: []connectionItem{}}
	for _, c := range h.Connections(who.Corp, q.AgentID) {
		r.List = append(r.List, itemOf(c, h.Node))
	}
	for _, node := range slices.Sorted(maps.Keys(all)) {
		for _, c := range all[node] {
			if q.AgentID == 0 || c.App.Agent == q.AgentID {
				r.List = append(r.List, itemOf(c, node))
			}
		}
	}
	return r, nil
}

func itemOf(c Connection, node int64) connectionItem {
	item := connectionItem{ID: c.ID, AgentID: c.App.Agent, AppKey: c.App.Key, Node: node, Since: c.Since.UnixMilli(), Remote: c.Remote, Local: c.Local,
		Agent: c.Agent, Events: c.Events, Topics: c.Topics}
	if !c.Answered.IsZero() {
		item.Answered = c.Answered.UnixMilli()
	}
	return item
}

type sendRequest struct {
	AgentID id.Agent    `json:"agentId" required:"true" doc:"应用的 AgentId"`
	Topic   string      `json:"topic"   required:"true" maxLen:"256" doc:"回调的 topic，如 /v1.0/im/bot/messages/get"`
	Data    op.JSONText `json:"data"    default:"{}" maxLen:"200000" doc:"回调的内容，JSON"`
	Wait    int64       `json:"wait"    default:"5" min:"1" max:"20" doc:"等待应答的秒数"`
}

type sendResponse struct {
	Connection string `json:"connection" grade:"R1"`
	Code       int64  `json:"code"       grade:"R1"`
	Message    string `json:"message"    grade:"R1"`
	Data       string `json:"data"       grade:"R1"`
	TookMS     int64  `json:"tookMs"     grade:"R1"`
}

func (h *Hub) sendCallback(ctx context.Context, who op.Caller, q *sendRequest) (*sendResponse, error) {
	a, err := h.Apps.Connected(ctx, who.Corp, q.AgentID)
	if err != nil {
		return nil, err
	}
	sandbox, err := h.Apps.Sandbox(ctx, who.Corp)
	if err != nil {
		return nil, err
	}
	if !sandbox {
		return nil, apierror.StreamSandbox.With()
	}
	if !json.Valid([]byte(q.Data)) {
		return nil, apierror.ParameterInvalid.With("name", "data").About("data").Want("一个 JSON 值").Got("%s", string(q.Data[:min(len(q.Data), maxKept)]))
	}
	limited, cancel := context.WithTimeout(ctx, time.Duration(q.Wait)*time.Second)
	defer cancel()
	r, err := h.Call(limited, a, q.Topic, string(q.Data))
	if err != nil {
		return nil, err
	}
	return &sendResponse{r.Connection, int64(r.Code), r.Message, r.Data, r.Took.Milliseconds()}, nil
}
