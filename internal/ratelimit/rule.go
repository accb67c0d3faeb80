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
	Agent     id.Agent // 0: of all apps together
	Operation string   // as Key spells it; empty: whichever
	Group     string   // of operations; empty: none
}

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
	Max    int64 // calls in one window; 0 admits none
	Shadow bool  // counts and does not refuse
	Subject

	CreatedAt, ChangedAt time.Time
	CreatedBy, ChangedBy id.User
}

// check refuses a rule that is none of those the levels know. It sets the level
// where the subject leaves no choice.
func (r *Rule) check() error {
	several := r.Operation != "" && r.Group != ""
	switch {
	case r.Corp == "" && (r.Agent != 0 || r.Group != "" || r.Operation == ""):
		return apierror.LimitSubject.Want("an operation, for a rule of the whole platform")
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
