package app

import (
	"errors"
	"slices"
	"strconv"

	"github.com/gatepost/gatepost/internal/event"
	"github.com/gatepost/gatepost/internal/id"
	"github.com/gatepost/gatepost/internal/op"
	"github.com/gatepost/gatepost/internal/store"
)

// Announcer keeps what happened, in the transaction of the change.
type Announcer interface {
	// Emit records that n happened to object. Payload is of the type that n was
	// declared with.
	Emit(tx *store.Tx, corp id.Corp, n event.Name, object string, payload any) (id.Event, error)
}

// announce tells that n happened to app.
func (a *Apps) announce(tx *store.Tx, app *App, n event.Name, payload any) error {
	if a.Events == nil {
		return nil
	}
	_, err := a.Events.Emit(tx, app.Corp, n, "app:"+strconv.FormatInt(int64(app.Agent), 10), payload)
	return err
}

// announceRelease tells that there is a new app, which is enabled.
func (a *Apps) announceRelease(tx *store.Tx, app *App, by string) error {
	operator, err := unionOf(tx, app.Corp, id.User(by))
	if err != nil {
		return err
	}
	return a.announce(tx, app, event.AppReleased, event.AppRelease{App: string(app.Key), Name: app.Name, Desc: app.Description, Operator: operator})
}

// announceChange tells what c makes different of app as it was. Of what a vendor
// makes or has opened its vendor is told instead.
func (a *Apps) announceChange(tx *store.Tx, app *App, c Change) error {
	if app.Suite != "" {
		return nil
	}
	switched := c.State != nil && *c.State != app.State
	ranged := c.Range != nil && !sameRange(*c.Range, app.Range)
	if !switched && !ranged {
		return nil
	}
	operator, err := unionOf(tx, app.Corp, c.By)
	if err != nil {
		return err
	}
	if switched {
		if err := a.announce(tx, app, event.AppSwitched, event.AppStatus{App: string(app.Key), Status: string(*c.State), Operator: operator}); err != nil {
			return err
		}
	}
	if !ranged {
		return nil
	}
	told := event.AppRange{App: string(app.Key), Departments: []int64{int64(id.RootDept)}, Operator: operator}
	if !c.Range.All {
		told.Departments, told.Users = nil, distinctUsers(c.Range.Users)
		for _, d := range c.Range.Departments {
			told.Departments = append(told.Departments, int64(d))
		}
		slices.Sort(told.Departments)
		told.Departments = slices.Compact(told.Departments)
	}
	return a.announce(tx, app, event.AppRangeChanged, told)
}

// sameRange reports whether two ranges have the same people and departments,
// whatever their order.
func sameRange(a, b op.Range) bool {
	if a.All || b.All {
		return a.All == b.All
	}
	set := func(list []id.Dept) []id.Dept { return slices.Compact(slices.Sorted(slices.Values(list))) }
	return slices.Equal(set(a.Departments), set(b.Departments)) && slices.Equal(distinctUsers(a.Users), distinctUsers(b.Users))
}

func distinctUsers(list []id.User) []id.User {
	return slices.Compact(slices.Sorted(slices.Values(list)))
}

// unionOf is the unionid of an employee; empty for who is none, as the operator
// who acts in a corp of others.
func unionOf(tx *store.Tx, corp id.Corp, user id.User) (id.Union, error) {
	union, err := store.One(tx, unionOfUser, func(r store.Row) (u id.Union, err error) { return u, r.Scan(&u) }, corp, user)
	if errors.Is(err, store.ErrNone) {
		return "", nil
	}
	return union, err
}

const unionOfUser store.SQL = `SELECT unionid FROM people WHERE corp = $1 AND userid = $2 AND state = 'employed'`
