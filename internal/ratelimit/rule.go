package ratelimit

import (
	"time"

	"github.com/gatepost/gatepost/internal/apierror"
	"github.com/gatepost/gatepost/internal/id"
	"github.com/gatepost/gatepost/internal/op"
)

// Window is the length of the time in which calls are counted.
type Window string

// The windows.
const (
	Second Window = "second"
	Minute Window = "minute"
	Day    Window = "day"
)

// Levels of rules.
const (
	General = 1 // of an app by day, of an operation across apps
	Special = 2 // of one app: all it calls, an operation, a group
)

// Subject says whose calls of what are counted together.
type Subject struct {
	Agent     id.Agent // 0: of all apps together; EachApp: of each by itself
	Operation string   // as Key spells it; empty: whichever, together; EachOperation: each by itself
	Group     string   // of operations; empty: none
}

// What a default rule says instead of an app or an operation: each has a count
// of its own.
const (
	EachApp       id.Agent = -1
	EachOperation          = "*"
)

// each reports whether s stands for many counts: it is of a default rule.
func (s Subject) each() bool { return s.Agent == EachApp || s.Operation == EachOperation }

// Key is how rules and groups spell an operation: the path in v1, method and
// path in v2.
func Key(o *op.Operation) string {
	if o.Method == "" {
		return o.Path
	}
	return o.Method + " " + o.Path
}

// Rule bounds the calls of a subject within a window.
type Rule struct {
	Corp   id.Corp // empty: of the whole platform
	ID     string
	Level  int
	Window Window
	Max    int64  // calls in one window; 0 admits none
	Shadow bool   // counts and does not refuse
	Source string // where the number is from, of a rule that came with the platform; empty once somebody set it
	Subject

	CreatedAt, ChangedAt time.Time
	CreatedBy, ChangedBy id.User
}

// check refuses a rule that is none of those the levels know. It sets the level
// where the subject leaves no choice.
func (r *Rule) check() error {
	several := r.Operation != "" && r.Group != ""
	switch {
	case r.Corp == "" && (r.Agent > 0 || r.Group != "" || r.Agent == 0 && r.Operation == ""):
		return apierror.LimitSubject.Want("an operation or each app, for a rule of the whole platform")
	case r.Agent == EachApp && r.Group != "":
		return apierror.LimitSubject.Want("an operation, not a group, for each app")
	case several:
		return apierror.LimitSubject.Want("an operation or a group, not both")
	case r.Agent == 0 && r.Operation == "":
		return apierror.LimitSubject.Want("an app, an operation, or an app and a group")
	case r.Agent == 0:
		r.Level = General
	case r.Operation != "" || r.Group != "" || r.Window == Minute:
		r.Level = Special
	case r.Level == 0:
		r.Level = General
	}
	if r.Agent != 0 && r.Operation == "" && r.Window == Second {
		return apierror.LimitSubject.Want("minute or day, for all or several operations of an app")
	}
	return nil
}

// shape is what two rules have in common of which one can override the other.
type shape struct {
	level         int
	window        Window
	group         string
	byApp, byOp   bool
	wholePlatform bool // counts the calls of all corps together
}

func (r *Rule) shape() shape {
	return shape{r.Level, r.Window, r.Group, r.Agent != 0, r.Operation != "", r.Agent == 0 && r.Corp == ""}
}

// distance grows from the rule of one app and one operation to the default of
// the platform.
func (r *Rule) distance() int {
	d := 0
	if r.Operation == EachOperation {
		d++
	}
	if r.Agent == EachApp {
		d += 2
		if r.Corp == "" {
			d += 2
		}
	}
	return d
}

// overridden reports whether one of the rules that concern the same call says
// more exactly what r says. A shadow rule overrides nothing.
func (r *Rule) overridden(by []*Rule) bool {
	for _, other := range by {
		if !other.Shadow && other.distance() < r.distance() && other.shape() == r.shape() {
			return true
		}
	}
	return false
}

// Package is an amount of calls granted to an app for a time.
type Package struct {
	Corp id.Corp
	ID   string
	Subject
	Amount, Used     int64
	StartsAt, EndsAt time.Time // by the corp's clock; EndsAt is the first instant after it
	CreatedAt        time.Time
	CreatedBy        id.User
}

// before is the order in which packages are consumed: the one that ends soonest,
// then the narrower one, then the older.
func (p *Package) before(q *Package) int {
	if c := p.EndsAt.Compare(q.EndsAt); c != 0 {
		return c
	}
	if c := p.width() - q.width(); c != 0 {
		return c
	}
	return p.CreatedAt.Compare(q.CreatedAt)
}

func (p *Package) width() int {
	switch {
	case p.Operation != "":
		return 0
	case p.Group != "":
		return 1
	}
	return 2
}
