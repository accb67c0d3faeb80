package suite

import (
	"strconv"

	"github.com/gatepost/gatepost/internal/app"
	"github.com/gatepost/gatepost/internal/directory"
	"github.com/gatepost/gatepost/internal/event"
	"github.com/gatepost/gatepost/internal/id"
	"github.com/gatepost/gatepost/internal/store"
)

// object is what events about an authorization happen to: a vendor is told of one
// corp's changes in their order.
func object(a Authorization) string { return "authorization:" + string(a.Suite) + "/" + string(a.Corp) }

// announceOpened tells the vendor that its suite was opened: by a code to those who
// exchange one, by the authorization itself to the others.
func (s *Suites) announceOpened(tx *store.Tx, suite Suite, a Authorization, opened *app.App, about directory.About) error {
	if suite.Activates {
		if err := s.announceCode(tx, suite, a); err != nil {
			return err
		}
	}
	_, err := s.events.EmitTo(tx, suite.Corp, suite.Agent, event.OrgSuiteAuth, object(a), s.payload(suite, a, opened, about))
	return err
}

func (s *Suites) announceCode(tx *store.Tx, suite Suite, a Authorization) error {
	code, err := s.newCode(tx, a)
	if err != nil {
		return err
	}
	_, err = s.events.EmitTo(tx, suite.Corp, suite.Agent, event.SuiteCode, object(a),
		&event.TemporaryCode{At: s.now(suite), Code: code, Corp: a.Corp, Suite: suite.Key})
	return err
}

func (s *Suites) announceChanged(tx *store.Tx, suite Suite, a Authorization, opened *app.App) error {
	if _, err := s.events.EmitTo(tx, suite.Corp, suite.Agent, event.SuiteChanged, object(a),
		&event.AuthorizationChange{Suite: suite.Key, At: s.now(suite), Corp: a.Corp}); err != nil {
		return err
	}
	about, err := s.dir.About(tx, a.Corp)
	if err != nil {
		return err
	}
	_, err = s.events.EmitTo(tx, suite.Corp, suite.Agent, event.OrgSuiteChanged, object(a), s.payload(suite, a, opened, about))
	return err
}

func (s *Suites) announceRelieved(tx *store.Tx, suite Suite, a Authorization) error {
	for _, n := range []event.Name{event.SuiteRelieved, event.OrgSuiteRelieved} {
		if _, err := s.events.EmitTo(tx, suite.Corp, suite.Agent, n, object(a),
			&event.AuthorizationEnd{Suite: suite.Key, At: strconv.FormatInt(s.now(suite), 10), Corp: a.Corp}); err != nil {
			return err
		}
	}
	return nil
}

func (s *Suites) announceSwitched(tx *store.Tx, suite Suite, a Authorization, on bool) error {
	n := event.MicroAppStopped
	if on {
		n = event.MicroAppRestored
	}
	_, err := s.events.EmitTo(tx, suite.Corp, suite.Agent, n, object(a),
		&event.MicroApp{Agent: a.Agent, App: suite.App, Corp: a.Corp, Suite: suite.Key, At: s.now(suite)})
	return err
}

func (s *Suites) now(suite Suite) int64 { return s.clk.At(suite.Corp).UnixMilli() }

// payload is an authorization as events tell it. What the platform does not know of
// a corp is empty.
func (s *Suites) payload(suite Suite, a Authorization, opened *app.App, about directory.About) *event.Authorization {
	c := about.Corp
	return &event.Authorization{
		CorpInfo:  event.AuthCorp{Corp: c.ID, Name: c.Name, FullName: c.Name, Industry: c.Industry, AuthLevel: c.AuthLevel, Authenticated: c.AuthLevel > 0},
		Permanent: s.Permanent(a), UserInfo: event.AuthUser{User: a.Admin},
		Scope: event.AuthScope{Errmsg: "ok", Scopes: scopeOf(opened)},
		Info:  event.AuthAgents{Agents: []event.AuthAgent{{Agent: a.Agent, App: suite.App, Name: opened.Name, Admins: about.Admins}}},
		Corp:  a.Corp, Suite: suite.Key,
	}
}

// scopeOf is what an opened application sees, the root department standing for all.
func scopeOf(opened *app.App) event.AuthOrgScope {
	if opened.Range.All {
		return event.AuthOrgScope{Depts: []id.Dept{id.RootDept}}
	}
	return event.AuthOrgScope{Depts: opened.Range.Departments, Users: opened.Range.Users}
}
