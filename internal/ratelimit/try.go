package ratelimit

import (
	"context"
	"fmt"
	"slices"
	"strconv"
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
	Days    []TriedDay    // on which it called, the oldest first
}

// TriedDay is what a rule would have refused within one of the corp's days.
type TriedDay struct {
	Start   time.Time // by the corp's clock
	Calls   int64     // that the rule concerns
	Refused int64
}

// addDay counts a call of the day that began at start.
func addDay(days []TriedDay, start time.Time, refused int64) []TriedDay {
	if n := len(days); n == 0 || !days[n-1].Start.Equal(start) {
		days = append(days, TriedDay{Start: start})
	}
	d := &days[len(days)-1]
	d.Calls++
	d.Refused += refused
	return days
}

// TriedWindow is what a rule would have refused to one app within one window.
type TriedWindow struct {
	Start   time.Time // by the corp's clock
	Refused int64
}

// Trial is what a rule would have done: to the apps that it would have refused,
// the one hit most first, and day by day to all together.
type Trial struct {
	Apps []Tried
	Days []TriedDay
}

// Try tells what a rule would have done since a time. The order of calls
// decides, as it would have: of apps that are counted together those who came
// late are refused.
func (l *Limits) Try(ctx context.Context, r Rule, since time.Time) (Trial, error) {
	if err := r.check(); err != nil {
		return Trial{}, err
	}
	var err error
	if r.Subject, err = l.resolve(ctx, r.Corp, r.Subject); err != nil {
		return Trial{}, err
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
		return Trial{}, fmt.Errorf("try a limit of %q: %w", r.Corp, err)
	}
	t := l.trial(r, p)
	if err := l.History.Past(ctx, r.Corp, since, t.call); err != nil {
		return Trial{}, fmt.Errorf("try a limit of %q: %w", r.Corp, err)
	}
	return Trial{t.result(), t.days}, nil
}

// trial plays calls against one rule.
type trial struct {
	rule  Rule
	book  *book
	ops   map[string]*op.Operation // by name
	ahead time.Duration
	apps  map[id.Agent]*Tried
	days  []TriedDay
}

func (l *Limits) trial(r Rule, p page) *trial {
	t := &trial{rule: r, ops: map[string]*op.Operation{}, ahead: l.clk.Offset(r.Corp), apps: map[id.Agent]*Tried{}}
	t.book = &book{corp: r.Corp, zone: p.zone, groups: p.groups}
	t.book.own = []*Rule{&t.rule}
	t.book.turnDefaults()
	for _, o := range l.Operations() {
		if o.As <= op.AppOrPerson { // others are not counted
			t.ops[o.Name()] = &o
		}
	}
	return t
}

func (t *trial) call(at time.Time, agent id.Agent, operation string) {
	o := t.ops[operation]
	if o == nil || !t.book.concerns(t.rule.Subject, agent, o) {
		return
	}
	m := t.book.eachMeter(&t.rule, id.App(strconv.FormatInt(int64(agent), 10)), o)
	a := t.apps[agent]
	if a == nil {
		a = &Tried{Agent: agent}
		t.apps[agent] = a
	}
	a.Calls++
	now := at.Add(t.ahead)
	day, _ := Day.at(now, m.book.zone)
	m.roll(now)
	if m.used() < t.rule.Max {
		m.counter.pending++
		a.Days, t.days = addDay(a.Days, day, 0), addDay(t.days, day, 0)
		return
	}
	a.Refused++
	a.Days, t.days = addDay(a.Days, day, 1), addDay(t.days, day, 1)
	start := time.UnixMilli(m.counter.start)
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
	AgentID   id.Agent `json:"agentId" doc:"应用；不填为所有应用合计，-1 为每个应用各自计数"`
	Operation string   `json:"operation" maxLen:"256" doc:"接口路径；不填为全部合计，* 为每个接口各自计数"`
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
	Days    []limitTriedDay    `json:"days"`
}

type limitTriedWindow struct {
	StartsAt int64 `json:"startsAt" grade:"R1"`
	Refused  int64 `json:"refused" grade:"R1"`
}

type limitTriedDay struct {
	StartsAt int64 `json:"startsAt" grade:"R1"`
	Calls    int64 `json:"calls" grade:"R1"`
	Refused  int64 `json:"refused" grade:"R1"`
}

func triedDays(days []TriedDay) []limitTriedDay {
	list := []limitTriedDay{}
	for _, d := range days {
		list = append(list, limitTriedDay{d.Start.UnixMilli(), d.Calls, d.Refused})
	}
	return list
}

type limitTryResponse struct {
	List []limitTriedApp `json:"list"`
	Days []limitTriedDay `json:"days"`
}

func (l *Limits) try(ctx context.Context, who op.Caller, q *limitTryRequest) (*limitTryResponse, error) {
	r := Rule{Corp: who.Corp, Window: q.Window, Max: q.Max, Subject: Subject{q.AgentID, q.Operation, q.Group}}
	trial, err := l.Try(ctx, r, l.clk.Real().Add(-time.Duration(q.Hours)*time.Hour))
	answer := &limitTryResponse{Days: triedDays(trial.Days)}
	for _, a := range trial.Apps {
		shown := limitTriedApp{AgentID: a.Agent, AppName: l.name(ctx, who.Corp, a.Agent), Calls: a.Calls, Refused: a.Refused, Days: triedDays(a.Days)}
		for _, w := range a.Windows {
			shown.Windows = append(shown.Windows, limitTriedWindow{w.Start.UnixMilli(), w.Refused})
		}
		answer.List = append(answer.List, shown)
	}
	return answer, err
}
