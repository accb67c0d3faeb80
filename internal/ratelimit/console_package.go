package ratelimit

import (
	"context"
	"time"

	"github.com/gatepost/gatepost/internal/id"
	"github.com/gatepost/gatepost/internal/op"
)

type limitPackage struct {
	ID        string   `json:"id" grade:"R1"`
	AgentID   id.Agent `json:"agentId" grade:"R1"`
	AppName   string   `json:"appName" grade:"R1"`
	Operation string   `json:"operation,omitzero" grade:"R1"`
	Group     string   `json:"group,omitzero" grade:"R1"`
	Amount    int64    `json:"amount" grade:"R1"`
	Remaining int64    `json:"remaining" grade:"R1"`
	StartsAt  int64    `json:"startsAt" grade:"R1"`
	EndsAt    int64    `json:"endsAt" grade:"R1"`
	CreatedAt int64    `json:"createdAt" grade:"R1"`
	CreatedBy id.User  `json:"createdBy" grade:"R1"`
}

func (l *Limits) wrapped(ctx context.Context, p Package) limitPackage {
	return limitPackage{ID: p.ID, AgentID: p.Agent, AppName: l.name(ctx, p.Corp, p.Agent), Operation: p.Operation, Group: p.Group,
		Amount: p.Amount, Remaining: max(0, p.Amount-p.Used), StartsAt: p.StartsAt.UnixMilli(), EndsAt: p.EndsAt.UnixMilli(),
		CreatedAt: p.CreatedAt.UnixMilli(), CreatedBy: p.CreatedBy}
}

type limitPackageListResponse struct {
	List []limitPackage `json:"list"`
}

func (l *Limits) packageList(ctx context.Context, who op.Caller, _ *op.None) (*limitPackageListResponse, error) {
	packages, err := l.Packages(ctx, who.Corp)
	answer := &limitPackageListResponse{}
	for _, p := range packages {
		answer.List = append(answer.List, l.wrapped(ctx, p))
	}
	return answer, err
}

type limitPackageGrantRequest struct {
	AgentID   id.Agent `json:"agentId" required:"true" doc:"应用"`
	Operation string   `json:"operation" maxLen:"256" doc:"接口路径；不填为全部"`
	Group     string   `json:"group" maxLen:"64" doc:"接口分组"`
	Amount    int64    `json:"amount" required:"true" min:"1" max:"1000000000000" doc:"调用次数"`
	Days      int      `json:"days" min:"0" max:"3660" default:"30" doc:"有效天数，未填 endsAt 时用"`
	StartsAt  int64    `json:"startsAt" min:"0" doc:"生效时间，毫秒；不填为现在"`
	EndsAt    int64    `json:"endsAt" min:"0" doc:"失效时间，毫秒"`
}

func (l *Limits) packageGrant(ctx context.Context, who op.Caller, q *limitPackageGrantRequest) (*limitPackage, error) {
	if err := l.exists(ctx, who.Corp, q.AgentID); err != nil {
		return nil, err
	}
	p := Package{Corp: who.Corp, Subject: Subject{q.AgentID, q.Operation, q.Group}, Amount: q.Amount,
		StartsAt: instant(q.StartsAt), EndsAt: instant(q.EndsAt), CreatedBy: who.User}
	if p.StartsAt.IsZero() {
		p.StartsAt = l.clk.At(who.Corp)
	}
	if p.EndsAt.IsZero() {
		p.EndsAt = p.StartsAt.Add(time.Duration(q.Days) * 24 * time.Hour)
	}
	made, err := l.Grant(ctx, p)
	if err != nil {
		return nil, err
	}
	return new(l.wrapped(ctx, made)), nil
}

type limitPackageRemoveRequest struct {
	ID string `json:"id" required:"true" maxLen:"64" doc:"流量包"`
}

func (l *Limits) packageRemove(ctx context.Context, who op.Caller, q *limitPackageRemoveRequest) (*op.None, error) {
	return &op.None{}, l.RemovePackage(ctx, who.Corp, q.ID)
}
