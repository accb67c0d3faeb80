package suite

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"sync/atomic"
	"time"

	"github.com/gatepost/gatepost/internal/apierror"
	"github.com/gatepost/gatepost/internal/app"
	"github.com/gatepost/gatepost/internal/clock"
	"github.com/gatepost/gatepost/internal/directory"
	"github.com/gatepost/gatepost/internal/encryption"
	"github.com/gatepost/gatepost/internal/event"
	"github.com/gatepost/gatepost/internal/id"
	"github.com/gatepost/gatepost/internal/scope"
	"github.com/gatepost/gatepost/internal/store"
)

// Suites is every suite of the platform. It is safe for concurrent use.
type Suites struct {
	// Prove refuses a callback whose receiver does not show that it understands what
	// it is sent; key is empty before the suite is made. Whoever builds the platform
	// sets it before the first call.
	Prove func(ctx context.Context, vendor id.Corp, key id.App, c Callback) error

	db     *store.DB
	clk    *clock.Clock
	key    []byte // of tickets and codes
	apps   *app.Apps
	events *event.Log
	dir    *directory.Directory

	stale atomic.Bool // the suites that Run knows are not those of the database
}

// New returns the suites in db. Tickets and codes are computed under root's keys.
func New(db *store.DB, clk *clock.Clock, root *encryption.Box, apps *app.Apps, events *event.Log, dir *directory.Directory) *Suites {
	s := &Suites{db: db, clk: clk, key: root.Derive("suites v1"), apps: apps, events: events, dir: dir}
	s.stale.Store(true)
	db.Watch(func(t string) {
		if t == topic {
			s.stale.Store(true)
		}
	})
	return s
}

// topic is the revision topic of the list of suites.
const topic = "suites"

// Suite is what a vendor's application is beside an application.
type Suite struct {
	Corp      id.Corp // the vendor
	Agent     id.Agent
	Key       id.App
	Number    int64        // suiteId
	App       int64        // appId of what is opened of it, the same in every corp
	Scopes    []scope.Name // that it asks for
	Activates bool         // what was opened has to be activated by the vendor before it works
	Created   time.Time

	ticket int64 // number of the one that was announced last
}

// NewSuite is what a suite is made from.
type NewSuite struct {
	Name        string
	Description string
	Scopes      []scope.Name // nil: scope.Common()
	By          string
	Callback    *Callback // nil: the vendor is told by stream
}

// Origin says of a subscription that it is a vendor's: what is sent is for the
// suite, whichever corp it happened in.
const Origin = "suite"

// Create makes a suite and returns it with its secret, which is told this once. Its
// first ticket is announced with it. It refuses what app.Create refuses, and a
// callback that cannot be.
func (s *Suites) Create(ctx context.Context, corp id.Corp, n NewSuite) (suite Suite, secret string, err error) {
	if n.Scopes == nil {
		n.Scopes = scope.Common()
	}
	if err := errors.Join(n.Callback.check(), knownScopes(n.Scopes)); err != nil {
		return Suite{}, "", err
	}
	secret = id.NewSecret()
	suite, err = store.Update(ctx, s.db, func(tx *store.Tx) (Suite, error) {
		made, err := s.apps.CreateSuite(tx, corp, app.NewApp{Name: n.Name, Description: n.Description, By: n.By,
			Scopes: []scope.Name{scope.Base}}, secret)
		if err != nil {
			return Suite{}, err
		}
		one := Suite{Corp: corp, Agent: made.Agent, Key: made.Key, Number: id.NewNumber(), App: id.NewNumber(), Scopes: n.Scopes,
			Activates: n.Callback != nil, Created: s.clk.At(corp)}
		if _, err := tx.Exec(insertSuite, corp, one.Agent, one.Key, one.Number, one.App, store.List(one.Scopes), one.Activates, one.Created.UnixMilli()); err != nil {
			return Suite{}, err
		}
		if err := s.subscribe(tx, one, n.Callback); err != nil {
			return Suite{}, err
		}
		return one, s.announceTicket(tx, one)
	})
	if err != nil {
		return Suite{}, "", fmt.Errorf("create a suite: %w", err)
	}
	return suite, secret, nil
}

// subscribe tells the vendor of what concerns its suite.
func (s *Suites) subscribe(tx *store.Tx, suite Suite, to *Callback) error {
	sub := event.Subscription{Corp: suite.Corp, Agent: suite.Agent, Way: event.Stream, Origin: Origin, Settings: "{}", Ordered: true, Timeout: event.MaxTimeout}
	if to != nil {
		secret, err := to.secret()
		if err != nil {
			return err
		}
		sub.Way, sub.Target, sub.Secret, sub.Timeout = event.Callback, to.URL, secret, event.DefaultTimeout
	}
	sub.Names = event.VendorNames(sub.Way)
	_, err := s.events.SubscribeIn(tx, sub)
	return err
}

// knownScopes refuses a permission point that no corp could grant to a suite: APIs
// that are published in one corp are not another's.
func knownScopes(names []scope.Name) error {
	for _, n := range names {
		_, ok := scope.Find(n)
		if _, _, published := n.GroupOf(); !ok || published {
			return apierror.ScopeUnknown.With("scope", n, "near", scope.Nearest(n))
		}
	}
	return nil
}

// OfCorp returns the suites of a vendor, the oldest first.
func (s *Suites) OfCorp(ctx context.Context, corp id.Corp) ([]Suite, error) {
	return store.View(ctx, s.db, func(tx *store.Tx) ([]Suite, error) { return store.All(tx, suitesOfCorp, scanSuite, corp) })
}

// Own returns a suite of the vendor corp, or refuses with SuiteUnknown.
func (s *Suites) Own(ctx context.Context, corp id.Corp, key id.App) (Suite, error) {
	suite, err := store.View(ctx, s.db, func(tx *store.Tx) (Suite, error) { return byKey(tx, key) })
	if err == nil && suite.Corp != corp {
		return Suite{}, unknown(key)
	}
	return suite, err
}

// Leave ends every authorization of the vendor corp's suites, before its
// applications are removed.
func (s *Suites) Leave(ctx context.Context, corp id.Corp) error {
	suites, err := s.OfCorp(ctx, corp)
	if err != nil {
		return err
	}
	for _, suite := range suites {
		all, err := s.Authorizations(ctx, suite.Key)
		if err != nil {
			return err
		}
		for _, a := range all {
			if err := s.apps.Delete(ctx, a.Corp, a.Agent); err != nil && !errors.Is(err, apierror.AgentUnknown) {
				return err
			}
		}
	}
	return nil
}

func byKey(tx *store.Tx, key id.App) (Suite, error) {
	suite, err := store.One(tx, suiteByKey, scanSuite, key)
	if errors.Is(err, store.ErrNone) {
		return Suite{}, unknown(key)
	}
	return suite, err
}

func unknown(key id.App) error { return apierror.SuiteUnknown.Got("%s", key) }

// remove forgets a suite whose application is being removed. It refuses with
// SuiteInUse while a corp has it open.
func (s *Suites) remove(tx *store.Tx, suite *app.App) error {
	open, err := store.All(tx, authorizationsOf, scanAuthorization, suite.Key)
	if err != nil {
		return err
	}
	if len(open) > 0 {
		return apierror.SuiteInUse.With("suite", suite.Key, "count", len(open))
	}
	if _, err := tx.Exec(deleteSuite, suite.Corp, suite.Agent); err != nil {
		return err
	}
	tx.Touch(topic)
	return s.events.UnsubscribeAppIn(tx, suite.Corp, suite.Agent)
}

func scanSuite(r store.Row) (s Suite, err error) {
	var scopes string
	var created int64
	if err := r.Scan(&s.Corp, &s.Agent, &s.Key, &s.Number, &s.App, &scopes, &s.Activates, &s.ticket, &created); err != nil {
		return s, err
	}
	s.Created = time.UnixMilli(created)
	return s, json.Unmarshal([]byte(scopes), &s.Scopes)
}

const (
	insertSuite store.SQL = `
		INSERT INTO suites (corp, agent, suite, number, app_number, scopes, activates, ticket, created_at)
		VALUES ($1, $2, $3, $4, $5, $6, $7, 0, $8)`
	suitesOfCorp store.SQL = `
		SELECT corp, agent, suite, number, app_number, scopes, activates, ticket, created_at
		FROM suites WHERE corp = $1 ORDER BY created_at, agent`
	suiteByKey store.SQL = `/* all corps: the key says whose it is */
		SELECT corp, agent, suite, number, app_number, scopes, activates, ticket, created_at
		FROM suites WHERE suite = $1`
	deleteSuite store.SQL = `DELETE FROM suites WHERE corp = $1 AND agent = $2`
)
