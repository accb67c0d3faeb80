package tunnel

import (
	"context"
	"net/url"
	"strconv"
	"time"

	"github.com/gatepost/gatepost/internal/callback"
	"github.com/gatepost/gatepost/internal/event"
	"github.com/gatepost/gatepost/internal/id"
	"github.com/gatepost/gatepost/internal/op"
)

// Path is where listeners connect, with corp, subscription and ticket in the
// query.
const Path = "/listen"

// Console returns the console's operations on tunnels.
func (t *Tunnels) Console() []op.Operation {
	return []op.Operation{
		op.Console("tunnel.open", t.open, op.Spec{Title: "打开本地转发", TitleEN: "Open a tunnel for callbacks", As: op.Admin, Verb: op.Manage,
			Doc: "Makes a subscription of its own for an app, whose callbacks go over a WebSocket to whoever connects to /listen with the ticket that is answered; gatepost listen does. A ticket lets one connection in within a minute; with subscription the tunnel of a listener who lost the connection goes on. Keys are those given, those of the app's own callback, or new ones; they say in which form callbacks come, unless form does. Without keep the subscription is removed when the listener leaves; since, in milliseconds of real time, begins with up to 10,000 past events."}),
		op.Console("tunnel.close", t.close, op.Spec{Title: "关闭本地转发", TitleEN: "Close a tunnel", As: op.Admin, Verb: op.Manage,
			Doc: "Removes the tunnel of a listener who leaves, unless it is kept."}),
	}
}

type openRequest struct {
	AgentID      id.Agent      `json:"agentId" required:"true" doc:"应用的 AgentId"`
	Subscription string        `json:"subscription" maxLen:"20" doc:"断线后继续的本地转发"`
	Events       []event.Name  `json:"events" maxItems:"100" doc:"哪些事件；不传为应用可知的全部"`
	Since        int64         `json:"since" min:"0" doc:"补发此时刻（毫秒）以来的事件"`
	Keep         bool          `json:"keep" doc:"离开后保留，期间的事件在回来时送达"`
	Forward      string        `json:"forward" maxLen:"1024" doc:"转发到的本地地址；不传则只显示"`
	Token        string        `json:"token" maxLen:"128" grade:"R2" doc:"签名 token；不传用应用的回调设置，没有则新生成"`
	AESKey       string        `json:"aesKey" maxLen:"43" grade:"R2" doc:"43 位 aes_key；与 token 一起传"`
	OwnerKey     string        `json:"ownerKey" maxLen:"128" doc:"与 token 一起传的 ownerKey；不传为 AppKey"`
	Form         callback.Form `json:"form" enum:"compatible,webhook" doc:"compatible：加密的回调；webhook：Standard Webhooks 形式的明文；不传用应用的回调设置，没有则为 compatible"`
	Secret       string        `json:"secret" maxLen:"128" grade:"R2" doc:"webhook 的密钥，whsec_ 与 24–64 字节的 base64；不传用应用的回调设置，没有则新生成"`
	TimeoutMS    int64         `json:"timeoutMs" min:"100" max:"30000" default:"2500" doc:"等待应答的毫秒数"`
}

type openResponse struct {
	Subscription string        `json:"subscription" grade:"R1"`
	AppName      string        `json:"appName" grade:"R1"`
	AppKey       id.App        `json:"appKey" grade:"R1"`
	CorpID       id.Corp       `json:"corpId" grade:"R1"`
	Ticket       string        `json:"ticket" grade:"R2" mask:"hide"`
	Token        string        `json:"token" grade:"R2" mask:"hide"`
	AESKey       string        `json:"aesKey" grade:"R2" mask:"hide"`
	OwnerKey     string        `json:"ownerKey" grade:"R1"`
	Made         bool          `json:"made" grade:"R1"`
	Past         int64         `json:"past" grade:"R1"`
	Form         callback.Form `json:"form" enum:"compatible,webhook" grade:"R1"`
	Secret       string        `json:"secret,omitzero" grade:"R2" mask:"hide"`
}

func (t *Tunnels) open(ctx context.Context, who op.Caller, q *openRequest) (*openResponse, error) {
	w := Wish{Corp: who.Corp, Agent: q.AgentID, By: who.User, Names: q.Events, Keep: q.Keep, Forward: q.Forward,
		Form: q.Form, Keys: Keys{q.Token, q.AESKey, q.OwnerKey, q.Secret}, Timeout: time.Duration(q.TimeoutMS) * time.Millisecond}
	if len(w.Names) == 0 {
		w.Names = []event.Name{event.Every}
	}
	if q.Since > 0 {
		w.Since = time.UnixMilli(q.Since)
	}
	for _, n := range q.Events {
		if n != event.Every && t.log.Event(n) == nil {
			return nil, invalid("events").Want("events that the platform announces").Got("%s", n)
		}
	}
	if u, err := url.Parse(q.Forward); q.Forward != "" && (err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https") {
		return nil, invalid("forward").Want("an http or https address").Got("%q", q.Forward)
	}
	var err error
	if w.Again, err = number(q.Subscription); err != nil {
		return nil, err
	}
	o, err := t.Open(ctx, w)
	if err != nil {
		return nil, err
	}
	return &openResponse{Subscription: strconv.FormatInt(int64(o.Subscription), 10), AppName: o.App.Name, AppKey: o.App.Key, CorpID: who.Corp, Ticket: o.Ticket,
		Token: o.Keys.Token, AESKey: o.Keys.AESKey, OwnerKey: o.Keys.Owner, Form: o.Keys.Form(), Secret: o.Keys.Secret, Made: o.Made, Past: o.Past}, nil
}

// number reads a subscription's number; empty is none.
func number(text string) (id.Subscription, error) {
	if text == "" {
		return 0, nil
	}
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil || n <= 0 {
		return 0, invalid("subscription").Want("a tunnel that is still there").Got("%q", text)
	}
	return id.Subscription(n), nil
}

type closeRequest struct {
	AgentID      id.Agent `json:"agentId" required:"true" doc:"应用的 AgentId"`
	Subscription string   `json:"subscription" required:"true" maxLen:"20" doc:"打开时得到的 subscription"`
}

func (t *Tunnels) close(ctx context.Context, who op.Caller, q *closeRequest) (*op.None, error) {
	sub, err := number(q.Subscription)
	if err != nil {
		return nil, err
	}
	return &op.None{}, t.Close(ctx, who.Corp, sub, q.AgentID, who.User)
}
