package delegation

import (
	"context"

	"github.com/gatepost/gatepost/internal/id"
	"github.com/gatepost/gatepost/internal/op"
)

// Console returns the console's operations on what programs may do for people.
func (d *Delegation) Console() []op.Operation {
	return []op.Operation{
		op.Console("delegation.policy.get", d.getPolicy, op.Spec{Title: "查询智能体策略", TitleEN: "Read what agents may do", As: op.Admin, Verb: op.Read,
			Doc: "What programs that act for people may call through an app. allowed is false until something was allowed."}),
		op.Console("delegation.policy.set", d.setPolicy, op.Spec{Title: "设置智能体策略", TitleEN: "Set what agents may do", As: op.Admin, Verb: op.Manage,
			Doc: "Takes the place of the app's policy. reads allows every operation that reads; operations allows those named, also such as write, each call of which its person has to confirm. Neither: nothing is allowed. The app's permission points, the person's consent, limits and masks hold besides."}),
		op.Console("delegation.request.list", d.requests, op.Spec{Title: "查询待确认的智能体请求", TitleEN: "List what agents ask to be confirmed", As: op.Session, Verb: op.Read,
			Doc: "The writing calls that programs want to make for whoever is signed in, the oldest first, with their arguments. A request ends ten minutes after it was made."}),
		op.Console("delegation.request.decide", d.decide, op.Spec{Title: "确认或拒绝智能体请求", TitleEN: "Confirm or reject what an agent asks", As: op.Session, Verb: op.Manage,
			Doc: "Only the person for whom the program acts can decide, an administrator cannot. An approval is for one call with just these arguments."}),
	}
}

type policyRequest struct {
	AgentID id.Agent `json:"agentId" required:"true" doc:"应用的 AgentId"`
}

type policyItem struct {
	AgentID    id.Agent `json:"agentId" grade:"R1"`
	Allowed    bool     `json:"allowed" grade:"R1"`
	Reads      bool     `json:"reads" grade:"R1"`
	Operations []string `json:"operations" grade:"R1"`
	By         id.User  `json:"by,omitzero" grade:"R1"`
	At         int64    `json:"at,omitzero" grade:"R1"`
}

func itemOf(p Policy) *policyItem {
	item := &policyItem{AgentID: p.Agent, Allowed: p.Allowed(), Reads: p.Reads, Operations: p.Operations, By: p.By}
	if p.Allowed() {
		item.At = p.At.UnixMilli()
	}
	return item
}

func (d *Delegation) getPolicy(ctx context.Context, who op.Caller, q *policyRequest) (*policyItem, error) {
	if _, err := d.apps.ByAgent(ctx, who.Corp, q.AgentID); err != nil {
		return nil, err
	}
	p, err := d.Policy(ctx, who.Corp, q.AgentID)
	return itemOf(p), err
}

type policySetRequest struct {
	AgentID    id.Agent `json:"agentId" required:"true" doc:"应用的 AgentId"`
	Reads      bool     `json:"reads" doc:"允许全部读接口"`
	Operations []string `json:"operations" maxItems:"200" maxLen:"300" doc:"允许的接口，如 GET /v1.0/contact/users/{unionId}；写接口须在此列出"`
}

func (d *Delegation) setPolicy(ctx context.Context, who op.Caller, q *policySetRequest) (*policyItem, error) {
	p := Policy{Agent: q.AgentID, Reads: q.Reads, Operations: q.Operations, By: who.User, At: d.clk.At(who.Corp)}
	return itemOf(p), d.SetPolicy(ctx, who.Corp, p)
}

type requestItem struct {
	ID        string   `json:"id" grade:"R1"`
	AgentID   id.Agent `json:"agentId" grade:"R1"`
	Delegate  string   `json:"delegate" grade:"R1"`
	Operation string   `json:"operation" grade:"R1"`
	Arguments string   `json:"arguments" grade:"R2" mask:"hide"`
	State     Answer   `json:"state" enum:"waiting,approved,rejected,used" grade:"R1"`
	At        int64    `json:"at" grade:"R1"`
	Until     int64    `json:"until" grade:"R1"`
}

type requestList struct {
	List []requestItem `json:"list"`
}

func (d *Delegation) requests(ctx context.Context, who op.Caller, _ *op.None) (*requestList, error) {
	list, err := d.Requests(ctx, who.Corp, who.User)
	answer := &requestList{}
	for _, r := range list {
		answer.List = append(answer.List, requestItem{r.ID, r.Agent, r.Delegate, r.Operation, r.Arguments, r.State, r.Created.UnixMilli(), r.Expires.UnixMilli()})
	}
	return answer, err
}

type decideRequest struct {
	ID      string `json:"id" required:"true" maxLen:"64" doc:"请求编号"`
	Approve bool   `json:"approve" doc:"确认；否则拒绝"`
}

func (d *Delegation) decide(ctx context.Context, who op.Caller, q *decideRequest) (*op.None, error) {
	answer := Rejected
	if q.Approve {
		answer = Approved
	}
	return &op.None{}, d.Decide(ctx, who.Corp, who.User, q.ID, answer)
}
