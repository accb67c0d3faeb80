package ratelimit

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/gatepost/gatepost/internal/id"
	"github.com/gatepost/gatepost/internal/op"
	"github.com/gatepost/gatepost/internal/store"
)

// maxTried bounds the windows that a dry run tells of one app.
const maxTried = 20

// History knows past calls. Past calls f with each call of corp's apps since a
// time that reached the limits, the oldest first; at is real time and operation
// the name (op.Operation.Name).
type History interface {
	Past(ctx context.Context, corp id.Corp, since time.Time, f func(at time.Time, agent id.Agent, operation string)) error
}

// Tried is what a rule would have done to one app.
type Tried struct {
	Agent   id.Agent
	Calls   int64 // that the rule concerns
	Refused int64
	Windows []TriedWindow // in which it would have refused, the oldest first
}

// TriedWindow is what a rule would have refused to one app within one window.
type TriedWindow struct {
	Start   time.Time // by the corp's clock
	Refused int64
}

// Try tells which apps a rule would have refused since a time. The order of
// calls decides, as it would have: of apps that are counted together those who
// came late are refused.
func (l *Limits) Try(ctx context.Context, r Rule, since time.Time) ([]Tried, error) {
	if err := r.check(); err != nil {
		return nil, err
	}
	var err error
	if r.Subject, err = l.resolve(ctx, r.Corp, r.Subject); err != nil {
		return nil, err
	}
	p, err := store.View(ctx, l.db, func(tx *store.Tx) (p page, err error) {
		if p.groups, err = groupsOf(tx, r.Corp); err != nil {
			return p, err
		}
		zone, err := zoneOf(tx, r.Corp)
		if err == nil {
			p.zone, err = time.LoadLocation(zone)
		}
		return p, err
	})
	if err != nil {
		return nil, fmt.Errorf("try a limit of %q: %w", r.Corp, err)
	}
	t := l.trial(r, p)
	if err := l.History.Past(ctx, r.Corp, since, t.call); err != nil {
		return nil, fmt.Errorf("try a limit of %q: %w", r.Corp, err)
	}
	return t.result(), nil
}

// trial plays calls against one rule.
type trial struct {
	rule  Rule
	meter *meter
	ops   map[string]*op.Operation // by name
	ahead time.Duration
	apps  map[id.Agent]*Tried
}

func (l *Limits) trial(r Rule, p page) *trial {
	t := &trial{rule: r, ops: map[string]*op.Operation{}, ahead: l.clk.Offset(r.Corp), apps: map[id.Agent]*Tried{}}
	t.meter = &meter{book: &book{corp: r.Corp, zone: p.zone, groups: p.groups}, rule: &t.rule}
	for _, o := range l.Operations() {
		if o.Dialect != op.DialectConsole {
			t.ops[o.Name()] = &o
		}
	}
	return t
}

func (t *trial) call(at time.Time, agent id.Agent, operation string) {
	o := t.ops[operation]
	if o == nil || !t.meter.book.concerns(t.rule.Subject, agent, o) {
		return
	}
	a := t.apps[agent]
	if a == nil {
		a = &Tried{Agent: agent}
		t.apps[agent] = a
	}
	a.Calls++
	t.meter.roll(at.Add(t.ahead))
	if t.meter.used() < t.rule.Max {
		t.meter.counter.pending++
		return
	}
	a.Refused++
	start := time.UnixMilli(t.meter.counter.start)
	if n := len(a.Windows); n > 0 && a.Windows[n-1].Start.Equal(start) {
		a.Windows[n-1].Refused++
	} else if n < maxTried {
		a.Windows = append(a.Windows, TriedWindow{start, 1})
	}
}

// result is every app that would have been refused, the one hit most first.
func (t *trial) result() []Tried {
	var list []Tried
	for _, a := range t.apps {
		if a.Refused > 0 {
			list = append(list, *a)
		}
	}
	slices.SortFunc(list, func(x, y Tried) int {
		if x.Refused != y.Refused {
			return int(y.Refused - x.Refused)
		}
		return int(x.Agent - y.Agent)
	})
	return list
}

type limitTryRequest struct {
	AgentID   id.Agent `json:"agentId" doc:"应用；不填为所有应用合计"`
	Operation string   `json:"operation" maxLen:"256" doc:"接口路径；不填为全部"`
	Group     string   `json:"group" maxLen:"64" doc:"接口分组"`
	Window    Window   `json:"window" required:"true" enum:"second,minute,day" doc:"窗口"`
	Max       int64    `json:"max" min:"0" max:"1000000000000" doc:"每个窗口最多调用次数"`
	Hours     int      `json:"hours" min:"1" max:"720" default:"24" doc:"最近多少小时"`
}

type limitTriedApp struct {
	AgentID id.Agent           `json:"agentId" grade:"R1"`
	AppName string             `json:"appName" grade:"R1"`
	Calls   int64              `json:"calls" grade:"R1"`
	Refused int64              `json:"refused" grade:"R1"`
	Windows []limitTriedWindow `json:"windows"`
}

type limitTriedWindow struct {
	StartsAt int64 `json:"startsAt" grade:"R1"`
	Refused  int64 `json:"refused" grade:"R1"`
}

type limitTryResponse struct {
	List []limitTriedApp `json:"list"`
}

func (l *Limits) try(ctx context.Context, who op.Caller, q *limitTryRequest) (*limitTryResponse, error) {
	r := Rule{Corp: who.Corp, Window: q.Window, Max: q.Max, Subject: Subject{q.AgentID, q.Operation, q.Group}}
	list, err := l.Try(ctx, r, l.clk.Real().Add(-time.Duration(q.Hours)*time.Hour))
	answer := &limitTryResponse{}
	for _, a := range list {
		shown := limitTriedApp{AgentID: a.Agent, AppName: l.name(ctx, who.Corp, a.Agent), Calls: a.Calls, Refused: a.Refused}
		for _, w := range a.Windows {
			shown.Windows = append(shown.Windows, limitTriedWindow{w.Start.UnixMilli(), w.Refused})
		}
		answer.List = append(answer.List, shown)
	}
	return answer, err
}
