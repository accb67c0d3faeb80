package suite

import (
	"context"
	"crypto/subtle"
	"encoding/base64"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"time"

	"github.com/gatepost/gatepost/internal/apierror"
	"github.com/gatepost/gatepost/internal/app"
	"github.com/gatepost/gatepost/internal/clock"
	"github.com/gatepost/gatepost/internal/encryption"
	"github.com/gatepost/gatepost/internal/event"
	"github.com/gatepost/gatepost/internal/id"
	"github.com/gatepost/gatepost/internal/op"
	"github.com/gatepost/gatepost/internal/scope"
	"github.com/gatepost/gatepost/internal/store"
)

// State is how far an authorization has come.
type State string

// The states. A vendor who is told by HTTP callbacks takes an authorization from
// one to the next; for others it is active at once.
const (
	Waiting   State = "waiting"   // for the temporary code to be exchanged
	Exchanged State = "exchanged" // for the vendor to activate it
	Active    State = "active"
)

// codeLife is how long a temporary code is good (auth.md §3, code 40078).
const codeLife = 5 * time.Minute

// Authorization is what one corp let one suite do: there is an application of the
// suite in it.
type Authorization struct {
	Corp    id.Corp // that opened the suite
	Agent   id.Agent
	Suite   id.App
	Vendor  id.Corp
	Admin   id.User // who opened it
	State   State
	Created time.Time

	code     string // digest of the temporary code
	codeEnds time.Time
	codeUsed time.Time
}

// Opening is what a corp decides when it opens a suite.
type Opening struct {
	Name   string        // of the application in the corp; empty: the suite's, or like it
	Scopes *[]scope.Name // nil: those that the suite asks for
	Range  op.Range
	Reason string // for the scopes
	By     id.User
}

// Authorize opens a suite in corp. It refuses with SuiteUnknown and SuiteOpened, and
// what cannot be granted or seen.
func (s *Suites) Authorize(ctx context.Context, corp id.Corp, key id.App, o Opening) (Authorization, error) {
	if err := s.apps.InCorp(ctx, corp, &o.Range); err != nil {
		return Authorization{}, err
	}
	of, err := s.apps.ByKey(ctx, key)
	if errors.Is(err, apierror.AgentUnknown) || err == nil && !of.IsSuite() {
		return Authorization{}, unknown(key)
	}
	if err != nil {
		return Authorization{}, err
	}
	a, err := store.Update(ctx, s.db, func(tx *store.Tx) (Authorization, error) { return s.open(tx, corp, of, o) })
	if err != nil {
		return Authorization{}, fmt.Errorf("open the suite %s in %s: %w", key, corp, err)
	}
	return a, nil
}

func (s *Suites) open(tx *store.Tx, corp id.Corp, of *app.App, o Opening) (Authorization, error) {
	suite, err := byKey(tx, of.Key)
	if err != nil {
		return Authorization{}, err
	}
	switch _, err := authorized(tx, corp, suite.Key); {
	case err == nil:
		return Authorization{}, apierror.SuiteOpened.With("suite", suite.Key)
	case !errors.Is(err, apierror.SuiteUnauthorized):
		return Authorization{}, err
	}
	n := app.NewApp{Name: o.Name, Description: of.Description, Scopes: suite.Scopes, Reason: o.Reason, By: string(o.By)}
	if n.Name == "" {
		if n.Name, err = s.apps.FreeName(tx, corp, of.Name); err != nil {
			return Authorization{}, err
		}
	}
	if o.Scopes != nil {
		n.Scopes = *o.Scopes
	}
	opened, err := s.apps.Open(tx, corp, suite.Key, n, o.Range)
	if err != nil {
		return Authorization{}, err
	}
	about, err := s.dir.About(tx, corp)
	if err != nil {
		return Authorization{}, err
	}
	a := Authorization{Corp: corp, Agent: opened.Agent, Suite: suite.Key, Vendor: suite.Corp, Admin: about.Chief(o.By), State: Active, Created: s.clk.At(corp)}
	if suite.Activates {
		a.State = Waiting
	}
	if _, err := tx.Exec(insertAuthorization, corp, a.Agent, a.Suite, a.Vendor, a.Admin, a.State, a.Created.UnixMilli()); err != nil {
		return a, err
	}
	if err := s.listen(tx, suite, opened); err != nil {
		return a, err
	}
	return a, s.announceOpened(tx, suite, a, opened, about)
}

// listen tells the vendor of what happens in the corp of an opened application, by
// the ways in which it is told of its suite.
func (s *Suites) listen(tx *store.Tx, suite Suite, opened *app.App) error {
	own, err := s.events.SubscriptionsIn(tx, suite.Corp, suite.Agent)
	if err != nil {
		return err
	}
	for _, sub := range own {
		if sub.Origin != Origin || sub.Group != "" {
			continue
		}
		sub.Corp, sub.Agent, sub.Names, sub.State, sub.Reason, sub.Failing = opened.Corp, opened.Agent, []event.Name{event.Every}, event.On, "", time.Time{}
		if _, err := s.events.SubscribeIn(tx, sub); err != nil {
			return err
		}
	}
	tx.Touch(event.SubscriptionsTopic(suite.Corp)) // whoever holds the vendor's connections looks who opened it
	return nil
}

// Streamed is a subscription in a corp that opened a suite, told over the
// connections of the suite's vendor.
type Streamed struct {
	Corp         id.Corp
	Agent        id.Agent
	Subscription id.Subscription
}

// Streamed returns what a suite's vendor is told over its connections of the corps
// that opened it. The list changes with the revision of the vendor's subscriptions.
func (s *Suites) Streamed(ctx context.Context, key id.App) ([]Streamed, error) {
	return store.View(ctx, s.db, func(tx *store.Tx) ([]Streamed, error) {
		return store.All(tx, streamedOf, func(r store.Row) (t Streamed, err error) { return t, r.Scan(&t.Corp, &t.Agent, &t.Subscription) }, key)
	})
}

// Of returns corp's authorization of a suite, or refuses with SuiteUnauthorized.
func (s *Suites) Of(ctx context.Context, corp id.Corp, key id.App) (Authorization, error) {
	return store.View(ctx, s.db, func(tx *store.Tx) (Authorization, error) { return authorized(tx, corp, key) })
}

// Authorizations returns who opened a suite, the oldest first.
func (s *Suites) Authorizations(ctx context.Context, key id.App) ([]Authorization, error) {
	return store.View(ctx, s.db, func(tx *store.Tx) ([]Authorization, error) {
		return store.All(tx, authorizationsOf, scanAuthorization, key)
	})
}

// OpenedIn returns what corp opened, the oldest first.
func (s *Suites) OpenedIn(ctx context.Context, corp id.Corp) ([]Authorization, error) {
	return store.View(ctx, s.db, func(tx *store.Tx) ([]Authorization, error) {
		return store.All(tx, authorizationsIn, scanAuthorization, corp)
	})
}

func authorized(tx *store.Tx, corp id.Corp, key id.App) (Authorization, error) {
	a, err := store.One(tx, authorizationOf, scanAuthorization, corp, key)
	if errors.Is(err, store.ErrNone) {
		return a, apierror.SuiteUnauthorized.With("suite", key, "corp", corp).Got("%s", corp)
	}
	return a, err
}

// Permanent is the code that an authorization is proved by until it ends. Another
// authorization of the same corp, later, has another one.
func (s *Suites) Permanent(a Authorization) string {
	return base64.RawURLEncoding.EncodeToString(encryption.MAC(s.key, "permanent", string(a.Suite), string(a.Corp), strconv.FormatInt(int64(a.Agent), 10)))
}

// proves refuses a code that is not the permanent code of a.
func (s *Suites) proves(a Authorization, code string) error {
	if subtle.ConstantTimeCompare([]byte(code), []byte(s.Permanent(a))) != 1 {
		return apierror.SuitePermanentCode.Want("the permanent_code of %s", a.Corp).Got("%d 个字符", len(code))
	}
	return nil
}

// newCode makes the temporary code of an authorization; the one before is worthless
// from then on.
func (s *Suites) newCode(tx *store.Tx, a Authorization) (string, error) {
	code := id.NewCode()
	_, err := tx.Exec(replaceCode, a.Corp, a.Agent, s.digest(code), s.clk.At(a.Corp).Add(codeLife).UnixMilli())
	return code, err
}

// digest is what is stored of a code.
func (s *Suites) digest(code string) string {
	return base64.RawURLEncoding.EncodeToString(encryption.MAC(s.key, "code", code)[:16])
}

// Exchange uses a temporary code up and returns the authorization with its permanent
// code. It refuses with CodeUnknown, CodeUsed and CodeExpired.
func (s *Suites) Exchange(ctx context.Context, key id.App, code string) (Authorization, string, error) {
	a, err := store.Update(ctx, s.db, func(tx *store.Tx) (Authorization, error) {
		a, err := store.One(tx, authorizationOfCode, scanAuthorization, key, s.digest(code))
		if errors.Is(err, store.ErrNone) {
			return a, apierror.CodeUnknown.Want("the authCode of the last tmp_auth_code").Got("%d 个字符", len(code))
		}
		if err != nil {
			return a, err
		}
		now := s.clk.At(a.Corp)
		switch {
		case !a.codeUsed.IsZero():
			return a, apierror.CodeUsed.Got("已于 %s 使用", stamp(a.codeUsed))
		case !now.Before(a.codeEnds):
			return a, apierror.CodeExpired.Got("过期于 %s，现在是 %s", stamp(a.codeEnds), stamp(now))
		}
		if a.State == Waiting {
			a.State = Exchanged
		}
		_, err = tx.Exec(useCode, a.Corp, a.Agent, now.UnixMilli(), a.State)
		tx.Touch(clock.Topic(a.Corp))
		return a, err
	})
	if err != nil {
		return a, "", err
	}
	return a, s.Permanent(a), nil
}

// Activate makes an authorization work. It refuses with SuiteUnauthorized,
// SuitePermanentCode, and SuiteInactive while the temporary code was not exchanged;
// activating twice changes nothing.
func (s *Suites) Activate(ctx context.Context, key id.App, corp id.Corp, permanent string) error {
	_, err := store.Update(ctx, s.db, func(tx *store.Tx) (struct{}, error) {
		a, err := authorized(tx, corp, key)
		if err != nil {
			return struct{}{}, err
		}
		if err := s.proves(a, permanent); err != nil {
			return struct{}{}, err
		}
		switch a.State {
		case Active:
			return struct{}{}, nil
		case Waiting:
			return struct{}{}, inactive(a)
		case Exchanged:
		}
		tx.Touch(clock.Topic(corp))
		_, err = tx.Exec(setState, corp, a.Agent, Active)
		return struct{}{}, err
	})
	return err
}

// Reauthorize makes a new temporary code for a corp whose authorization is not
// active, and tells the vendor.
func (s *Suites) Reauthorize(ctx context.Context, key id.App, corps []id.Corp) error {
	_, err := store.Update(ctx, s.db, func(tx *store.Tx) (struct{}, error) {
		suite, err := byKey(tx, key)
		if err != nil {
			return struct{}{}, err
		}
		for _, corp := range corps {
			a, err := authorized(tx, corp, key)
			if err != nil {
				return struct{}{}, err
			}
			if a.State == Active {
				continue
			}
			if err := s.announceCode(tx, suite, a); err != nil {
				return struct{}{}, err
			}
		}
		return struct{}{}, nil
	})
	return err
}

// Opened returns the application that corp opened of a suite, for a token of it. It
// refuses with SuiteUnauthorized and SuiteInactive, and with SuitePermanentCode if a
// permanent code is given that is not the right one.
func (s *Suites) Opened(ctx context.Context, suite *app.App, corp id.Corp, permanent string) (*app.App, error) {
	a, err := s.Of(ctx, corp, suite.Key)
	if err != nil {
		return nil, err
	}
	if permanent != "" {
		if err := s.proves(a, permanent); err != nil {
			return nil, err
		}
	}
	if a.State != Active {
		return nil, inactive(a)
	}
	return s.apps.ByAgent(ctx, corp, a.Agent)
}

func inactive(a Authorization) error {
	return apierror.SuiteInactive.Want("%s", Active).Got("%s", a.State)
}

// Changed implements app.Vendors.
func (s *Suites) Changed(tx *store.Tx, before, after *app.App) error {
	if before.IsSuite() {
		if after == nil {
			return s.remove(tx, before)
		}
		return nil
	}
	a, err := store.One(tx, authorizationAt, scanAuthorization, before.Corp, before.Agent)
	if errors.Is(err, store.ErrNone) {
		return nil
	}
	if err != nil {
		return err
	}
	suite, err := byKey(tx, a.Suite)
	if err != nil {
		return err
	}
	if after == nil {
		return s.relieve(tx, suite, a)
	}
	if before.State != after.State {
		if err := s.announceSwitched(tx, suite, a, after.State == app.Enabled); err != nil {
			return err
		}
	}
	if !sameRange(before.Range, after.Range) || !slices.Equal(before.ScopeNames(), after.ScopeNames()) {
		return s.announceChanged(tx, suite, a, after)
	}
	return nil
}

func (s *Suites) relieve(tx *store.Tx, suite Suite, a Authorization) error {
	if _, err := tx.Exec(deleteAuthorization, a.Corp, a.Agent); err != nil {
		return err
	}
	if err := s.events.UnsubscribeAppIn(tx, a.Corp, a.Agent); err != nil {
		return err
	}
	tx.Touch(event.SubscriptionsTopic(suite.Corp)) // as when it was opened
	return s.announceRelieved(tx, suite, a)
}

func sameRange(a, b op.Range) bool {
	return a.All == b.All && slices.Equal(a.Departments, b.Departments) && slices.Equal(a.Users, b.Users)
}

func stamp(t time.Time) string { return t.Local().Format(time.DateTime) }

func moment(ms int64) time.Time {
	if ms == 0 {
		return time.Time{}
	}
	return time.UnixMilli(ms)
}

func scanAuthorization(r store.Row) (a Authorization, err error) {
	var ends, used, created int64
	err = r.Scan(&a.Corp, &a.Agent, &a.Suite, &a.Vendor, &a.Admin, &a.State, &a.code, &ends, &used, &created)
	a.codeEnds, a.codeUsed, a.Created = moment(ends), moment(used), time.UnixMilli(created)
	return a, err
}

var _ app.Vendors = (*Suites)(nil)

const (
	insertAuthorization store.SQL = `
		INSERT INTO authorizations (corp, agent, suite, vendor, admin, state, code, code_ends, code_used, created_at)
		VALUES ($1, $2, $3, $4, $5, $6, '', 0, 0, $7)`
	authorizationOf store.SQL = `
		SELECT corp, agent, suite, vendor, admin, state, code, code_ends, code_used, created_at
		FROM authorizations WHERE corp = $1 AND suite = $2`
	authorizationAt store.SQL = `
		SELECT corp, agent, suite, vendor, admin, state, code, code_ends, code_used, created_at
		FROM authorizations WHERE corp = $1 AND agent = $2`
	authorizationsIn store.SQL = `
		SELECT corp, agent, suite, vendor, admin, state, code, code_ends, code_used, created_at
		FROM authorizations WHERE corp = $1 ORDER BY created_at, agent`
	authorizationsOf store.SQL = `/* all corps: a vendor asks who opened its suite */
		SELECT corp, agent, suite, vendor, admin, state, code, code_ends, code_used, created_at
		FROM authorizations WHERE suite = $1 ORDER BY created_at, corp`
	streamedOf store.SQL = `/* all corps: a vendor is told of those that opened its suite */
		SELECT s.corp, s.agent, s.id
		FROM authorizations a JOIN subscriptions s ON s.corp = a.corp AND s.agent = a.agent
		WHERE a.suite = $1 AND s.way = 'stream' AND s.test_group = '' ORDER BY s.corp, s.id`
	authorizationOfCode store.SQL = `/* all corps: the code says which of those that opened the suite */
		SELECT corp, agent, suite, vendor, admin, state, code, code_ends, code_used, created_at
		FROM authorizations WHERE suite = $1 AND code = $2`
	replaceCode store.SQL = `
		UPDATE authorizations SET code = $3, code_ends = $4, code_used = 0 WHERE corp = $1 AND agent = $2`
	useCode             store.SQL = `UPDATE authorizations SET code_used = $3, state = $4 WHERE corp = $1 AND agent = $2`
	setState            store.SQL = `UPDATE authorizations SET state = $3 WHERE corp = $1 AND agent = $2`
	deleteAuthorization store.SQL = `DELETE FROM authorizations WHERE corp = $1 AND agent = $2`
)
