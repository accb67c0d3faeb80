package app

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/gatepost/gatepost/internal/apierror"
	"github.com/gatepost/gatepost/internal/clock"
	"github.com/gatepost/gatepost/internal/id"
	"github.com/gatepost/gatepost/internal/keyring"
	"github.com/gatepost/gatepost/internal/op"
	"github.com/gatepost/gatepost/internal/scope"
	"github.com/gatepost/gatepost/internal/store"
)

// Apps is every application of the platform. It is safe for concurrent use.
//
// What the console shows beside the applications themselves is asked of others.
// Whoever builds the platform sets it before the first call.
type Apps struct {
	Names      Names                      // of departments and people
	Activity   Activity                   // when an app last called
	Operations func() []op.Operation      // every operation of the platform
	Unoffered  func() []Known             // what the public catalogues know beside them
	Docs       func(*op.Operation) string // where an operation is documented
	// Published reports whether there is a group of published APIs that is shown to
	// the corp; nil: there is none.
	Published func(corp id.Corp, group string) bool
	// Events are told of each change inside its transaction; nobody is when it is nil.
	Events Announcer
	// Vendors is told of changes of suites and of what was opened from them; nil:
	// there are none.
	Vendors Vendors

	db    *store.DB
	clk   *clock.Clock
	keys  *keyring.Ring
	cache *cache
	uses  *uses

	policies *policies
}

// New returns the applications in db. Their secrets are sealed by keys and end
// by the clock of their corp.
func New(db *store.DB, clk *clock.Clock, keys *keyring.Ring) *Apps {
	a := &Apps{db: db, clk: clk, keys: keys, cache: newCache(maxCached), uses: newUses(), policies: &policies{corps: map[id.Corp]*policy{}}}
	db.Watch(a.cache.drop)
	db.Watch(a.policies.drop)
	return a
}

// State says whether an application may call at all.
type State string

// The states.
const (
	Enabled  State = "enabled"
	Disabled State = "disabled"
)

// App is one application as it stood when it was read. Callers share it: it is
// read-only.
type App struct {
	Corp         id.Corp
	Agent        id.Agent
	Key          id.App
	Suite        id.App // the suite that it is, or was opened from; empty: neither
	Name         string
	Description  string
	State        State
	Grade        scope.Grade // R1: sensitive answers are masked; R2: they are not
	Strict       bool        // refuse unknown fields
	IDs          op.IDs      // which ids of people and corps it has to do with
	Scopes       []Grant     // by name of the permission point
	Range        op.Range
	IPs          []string // empty: any address
	RedirectURLs []string
	Signatures   []Scheme // how it proves itself; without Token it has to sign
	Dialects     []Dialect
	Public       bool     // it can keep no secret: people sign in to it with a proof key
	Development  bool     // a signature that differs is answered with what was signed
	Secrets      []Secret // newest first, those that ended included until the next rotation
	CreatedAt    time.Time

	names  op.Scopes
	allow  []addressRule
	secret []digest // of Secrets, in their order
	uses   *uses
}

// ScopeNames returns the permission points that the app was granted. The caller
// must not change the list.
func (app *App) ScopeNames() op.Scopes { return app.names }

// ByKey returns the app with this key. It refuses with AgentUnknown when there
// is none; whoever checks credentials says it in its own words.
func (a *Apps) ByKey(ctx context.Context, key id.App) (*App, error) {
	if app := a.cache.byKey(key); app != nil {
		return app, nil
	}
	return a.read(ctx, func(tx *store.Tx) (*App, error) {
		at, err := store.One(tx, placeOfKey, scanPlace, key)
		if errors.Is(err, store.ErrNone) {
			return nil, apierror.AgentUnknown.Want("an AppKey of this platform").Got("%s", key)
		}
		if err != nil {
			return nil, err
		}
		return a.load(tx, at)
	})
}

// ByAgent returns the app with this number in corp, or refuses with AgentUnknown.
func (a *Apps) ByAgent(ctx context.Context, corp id.Corp, agent id.Agent) (*App, error) {
	at := place{corp, agent}
	if app := a.cache.at(at); app != nil {
		return app, nil
	}
	return a.read(ctx, func(tx *store.Tx) (*App, error) { return a.load(tx, at) })
}

// OfCorp returns corp's apps, the oldest first.
func (a *Apps) OfCorp(ctx context.Context, corp id.Corp) ([]*App, error) {
	apps, err := store.View(ctx, a.db, func(tx *store.Tx) ([]*App, error) {
		agents, err := store.All(tx, agentsOfCorp, scanAgent, corp)
		if err != nil {
			return nil, err
		}
		apps := make([]*App, 0, len(agents))
		for _, agent := range agents {
			app, err := a.load(tx, place{corp, agent})
			if err != nil {
				return nil, err
			}
			apps = append(apps, app)
		}
		return apps, nil
	})
	if err != nil {
		return nil, fmt.Errorf("read the apps of %s: %w", corp, err)
	}
	return apps, nil
}

// read loads an app in a transaction of its own and keeps it, unless its corp
// changed meanwhile.
func (a *Apps) read(ctx context.Context, find func(*store.Tx) (*App, error)) (*App, error) {
	before := a.cache.generation()
	app, err := store.View(ctx, a.db, find)
	if err != nil {
		return nil, fmt.Errorf("read an app: %w", err)
	}
	a.cache.keep(app, before)
	return app, nil
}

// load reads the app at one place with all that belongs to it.
func (a *Apps) load(tx *store.Tx, at place) (*App, error) {
	app, err := store.One(tx, appAt, scanApp, at.corp, at.agent)
	if errors.Is(err, store.ErrNone) {
		return nil, unknown(at.agent)
	}
	if err != nil {
		return nil, err
	}
	app.Corp, app.Agent, app.uses = at.corp, at.agent, a.uses
	if app.Scopes, err = store.All(tx, grantsOf, scanGrant, at.corp, at.agent); err != nil {
		return nil, err
	}
	for _, g := range app.Scopes {
		app.names = append(app.names, g.Scope)
	}
	if app.allow, err = addressRules(app.IPs); err != nil {
		return nil, err
	}
	if err := loadRange(tx, app); err != nil {
		return nil, err
	}
	return app, a.loadSecrets(tx, app)
}

// loadRange reads what the app may see unless that is everything.
func loadRange(tx *store.Tx, app *App) error {
	if app.Range.All {
		return nil
	}
	members, err := store.All(tx, rangeOf, scanMember, app.Corp, app.Agent)
	if err != nil {
		return err
	}
	for _, m := range members {
		if m.user != "" {
			app.Range.Users = append(app.Range.Users, m.user)
		} else {
			app.Range.Departments = append(app.Range.Departments, m.dept)
		}
	}
	return nil
}

func unknown(agent id.Agent) error {
	return apierror.AgentUnknown.Want("an AgentId of this company").Got("%d", agent)
}

// place is where an app is found.
type place struct {
	corp  id.Corp
	agent id.Agent
}

// member is one department or one person of a range.
type member struct {
	dept id.Dept
	user id.User
}

func scanPlace(r store.Row) (p place, err error) { return p, r.Scan(&p.corp, &p.agent) }

func scanAgent(r store.Row) (n id.Agent, err error) { return n, r.Scan(&n) }

func scanMember(r store.Row) (m member, err error) { return m, r.Scan(&m.dept, &m.user) }

func scanApp(r store.Row) (*App, error) {
	app := &App{}
	var ips, urls, schemes, dialects string
	var created int64
	if err := r.Scan(&app.Key, &app.Name, &app.Description, &app.State, &app.Grade, &app.Strict,
		&app.Range.All, &ips, &urls, &created, &schemes, &app.Development, &app.IDs, &dialects, &app.Public, &app.Suite); err != nil {
		return nil, err
	}
	app.CreatedAt = time.UnixMilli(created)
	var err error
	if app.IPs, err = listOf[string](ips); err != nil {
		return nil, err
	}
	if app.RedirectURLs, err = listOf[string](urls); err != nil {
		return nil, err
	}
	if app.Signatures, err = listOf[Scheme](schemes); err != nil {
		return nil, err
	}
	app.Dialects, err = listOf[Dialect](dialects)
	return app, err
}

const (
	placeOfKey store.SQL = `/* all corps: the key says of which corp it is */
		SELECT corp, agent FROM apps WHERE app_key = $1`
	appAt store.SQL = `
		SELECT app_key, name, description, state, grade, strict, range_all, ips, redirect_urls, created_at, signatures, development, ids, dialects, public, suite
		FROM apps WHERE corp = $1 AND agent = $2`
	agentsOfCorp store.SQL = `SELECT agent FROM apps WHERE corp = $1 ORDER BY created_at, agent`
	rangeOf      store.SQL = `
		SELECT department, userid FROM app_range WHERE corp = $1 AND agent = $2 ORDER BY department, userid`
)
