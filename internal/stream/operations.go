package stream

import (
	"context"
	"fmt"
	"net"
	"net/url"

	"github.com/gatepost/gatepost/internal/apierror"
	"github.com/gatepost/gatepost/internal/id"
	"github.com/gatepost/gatepost/internal/op"
)

// Operations is what clients may ask.
func (h *Hub) Operations() []op.Operation {
	return []op.Operation{
		op.V2("POST /v1.0/gateway/connections/open", h.open, op.Spec{Title: "云上网关注册长连接", TitleEN: "Open a connection for events and callbacks",
			Doc: "Returns an address and a ticket: GET the address as a WebSocket, with the ticket in the query. A ticket is good for one connection, within 90 seconds. " +
				"A subscription of type EVENT, whose topic is *, takes every event that the app may know; of type CALLBACK, callbacks of its topic. " +
				"Decision: EVENT with another topic is refused, because frames of events carry the topic * and the official clients look for their handler by it; other types are taken and ignored. A client without subscriptions is connected and told nothing.",
			As: op.Anyone, Verb: op.Read, Group: "stream"}),
	}
}

type openRequest struct {
	ClientID      string         `json:"clientId"      required:"true" maxLen:"128" doc:"应用的 AppKey"`
	ClientSecret  string         `json:"clientSecret"  required:"true" maxLen:"256" doc:"应用的 AppSecret"`
	Subscriptions []subscription `json:"subscriptions" maxItems:"64"   doc:"订阅：EVENT 的 topic 固定为 *，CALLBACK 为回调的 topic"`
	UA            string         `json:"ua"            maxLen:"256"    doc:"客户端自称，如 dingtalk-sdk-go/v0.9.2"`
	LocalIP       string         `json:"localIp"       maxLen:"1024"   doc:"客户端自己的地址，可为逗号分隔的多个"`
	Extras        op.JSONText    `json:"extras"        doc:"客户端的附加信息，被忽略"`
}

type subscription struct {
	Type  string `json:"type"  maxLen:"32"  doc:"EVENT 或 CALLBACK；SYSTEM 及其它类型被忽略"`
	Topic string `json:"topic" maxLen:"256" doc:"EVENT 为 *，CALLBACK 为回调的 topic"`
}

type openResponse struct {
	Endpoint string `json:"endpoint" grade:"R1"`
	Ticket   string `json:"ticket"   grade:"R2" mask:"hide"`
}

func (h *Hub) open(ctx context.Context, who op.Caller, q *openRequest) (*openResponse, error) {
	if h.Closing() {
		return nil, apierror.StreamClosing.With()
	}
	c, err := clientOf(q)
	if err != nil {
		return nil, err
	}
	if c.App, err = h.Apps.Credentials(ctx, who, id.App(q.ClientID), q.ClientSecret); err != nil {
		return nil, err
	}
	endpoint, err := h.endpoint(who.Base)
	if err != nil {
		return nil, err
	}
	ticket, err := h.issue(ctx, c)
	return &openResponse{endpoint, ticket}, err
}

// clientOf is a client with what it subscribes to.
func clientOf(q *openRequest) (Client, error) {
	c := Client{Agent: q.UA, Local: q.LocalIP}
	for i, s := range q.Subscriptions {
		switch s.Type {
		case typeEvent:
			if s.Topic != everyEvent {
				field := fmt.Sprintf("subscriptions[%d].topic", i)
				return c, apierror.ParameterInvalid.With("name", field).About(field).Want("%q", everyEvent).Got("%q", s.Topic)
			}
			c.Events = true
		case typeCallback:
			c.Topics = append(c.Topics, s.Topic)
		}
	}
	return c, nil
}

// endpoint is where a caller connects who reached the platform at base: the same
// name and certificate, with the port always written (stream.md §2).
func (h *Hub) endpoint(base string) (string, error) {
	u, err := url.Parse(base)
	if err != nil {
		return "", fmt.Errorf("read the address of the call: %w", err)
	}
	scheme, port := "ws", "80"
	if u.Scheme == "https" || h.Secure(u.Hostname()) && u.Port() == "" {
		scheme, port = "wss", "443"
	}
	if u.Port() != "" {
		port = u.Port()
	}
	return scheme + "://" + net.JoinHostPort(u.Hostname(), port) + Path, nil
}
