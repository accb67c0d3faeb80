package app

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/gatepost/gatepost/internal/apierror"
	"github.com/gatepost/gatepost/internal/clock"
	"github.com/gatepost/gatepost/internal/id"
	"github.com/gatepost/gatepost/internal/op"
	"github.com/gatepost/gatepost/internal/scope"
	"github.com/gatepost/gatepost/internal/store"
)

// Bounds of what an app may hold, so that a snapshot stays small.
const (
	maxName        = 64  // runes
	maxDescription = 500 // runes
	maxIPs         = 200
	maxURLs        = 100
	maxRange       = 1000 // departments and people together
)

// NewApp is what an app is made from.
type NewApp struct {
	Name        string // 1 to 64 characters, no other app's in the corp
	Description string
	Scopes      []scope.Name // nil: scope.Common()
	Reason      string       // for the scopes; may be empty
	By          string       // who makes it: a userid, or who acts for the platform
	Grade       scope.Grade  // empty: R2
	Strict      bool
	Signatures  []Scheme  // nil: Token and GPHMACSHA256
	Dialects    []Dialect // nil: V2

	suite id.App    // what it is opened from
	sees  *op.Range // nil: everything
}

// Create makes an enabled app that sees the whole directory, and returns it
// with its secret, which is told this once. In a sandbox or demonstration corp
// it is in development. It refuses a name that is invalid
// or taken (ParameterInvalid) and unknown scopes (ScopeUnknown).
func (a *Apps) Create(ctx context.Context, corp id.Corp, n NewApp) (app *App, secret string, err error) {
	secret = id.NewSecret()
	app, err = store.Update(ctx, a.db, func(tx *store.Tx) (*App, error) {
		app, err := a.create(tx, &App{Corp: corp, Key: id.NewApp()}, n, secret)
		if err != nil {
			return nil, err
		}
		return app, a.announceRelease(tx, app, n.By)
	})
	if err != nil {
		return nil, "", fmt.Errorf("create an app: %w", nameTaken(err, n.Name))
	}
	return app, secret, nil
}

// create stores app, of which corp and key are known. Without a secret nobody can
// prove to be it.
func (a *Apps) create(tx *store.Tx, app *App, n NewApp, secret string) (*App, error) {
	if err := a.complete(app.Corp, &n); err != nil {
		return nil, err
	}
	now := a.clk.At(app.Corp)
	if err := insert(tx, app, n, now); err != nil {
		return nil, err
	}
	if err := insertGrants(tx, app, n.Scopes, n.Reason, n.By, now); err != nil {
		return nil, err
	}
	if n.sees != nil && !n.sees.All {
		app.Range = *n.sees
		if err := replaceRange(tx, app); err != nil {
			return nil, err
		}
	}
	if secret != "" {
		if err := a.insertSecret(tx, app, secret, now); err != nil {
			return nil, err
		}
	}
	tx.Touch(clock.Topic(app.Corp))
	return a.load(tx, place{app.Corp, app.Agent})
}

// complete fills in what was left out and refuses what cannot be.
func (a *Apps) complete(corp id.Corp, n *NewApp) error {
	if n.Scopes == nil {
		n.Scopes = scope.Common()
	}
	if n.Grade == "" {
		n.Grade = scope.R2
	}
	if n.Signatures == nil {
		n.Signatures = newSchemes()
	}
	if n.Dialects == nil {
		n.Dialects = []Dialect{V2}
	}
	n.Name, n.Description = strings.TrimSpace(n.Name), strings.TrimSpace(n.Description)
	return errors.Join(checkName(n.Name), checkDescription(n.Description), checkGrade(n.Grade), a.knownScopes(corp, n.Scopes), checkSchemes(n.Signatures), checkDialects(n.Dialects), checkRange(n.sees))
}

// insert stores the app itself under a number that no other app of the corp has.
func insert(tx *store.Tx, app *App, n NewApp, now time.Time) error {
	// A corp that the directory does not know yet is none for trying things.
	sandbox, err := store.One(tx, corpSandbox, scanSandbox, app.Corp)
	if err != nil && !errors.Is(err, store.ErrNone) {
		return err
	}
	for {
		app.Agent = id.Agent(id.NewNumber())
		rows, err := tx.Exec(insertApp, app.Corp, app.Agent, app.Key, n.Name, n.Description, Enabled, n.Grade,
			n.Strict, n.sees == nil || n.sees.All, "[]", "[]", now.UnixMilli(), store.List(ordered(n.Signatures)), sandbox, store.List(orderedDialects(n.Dialects)), n.suite)
		if err != nil || rows == 1 {
			return err
		}
	}
}

// Change says what is to be different; what is nil stays.
type Change struct {
	Name         *string
	Description  *string
	State        *State
	Grade        *scope.Grade
	Strict       *bool
	IDs          *op.IDs
	IPs          *[]string
	RedirectURLs *[]string
	Signatures   *[]Scheme  // replaces the whole list
	Dialects     *[]Dialect // replaces the whole list
	Development  *bool
	Public       *bool
	Range        *op.Range // replaces the whole range
	By           id.User   // who changes it; empty: the platform
}

// Update changes an app. It refuses with AgentUnknown, and with
// ParameterInvalid for a value that cannot be; then nothing is changed.
func (a *Apps) Update(ctx context.Context, corp id.Corp, agent id.Agent, c Change) error {
	_, err := change(ctx, a, corp, agent, func(tx *store.Tx, app *App) (struct{}, error) {
		if err := c.store(tx, app); err != nil {
			return struct{}{}, err
		}
		return struct{}{}, a.announceChange(tx, app, c)
	})
	if c.Name != nil {
		err = nameTaken(err, *c.Name)
	}
	return err
}

// AllowIP adds an entry to the app's allow-list and reports whether it did: not
// when the entry is there, nor when the list is empty, which allows every
// address and would then allow only this one. It refuses what names no address.
func (a *Apps) AllowIP(ctx context.Context, corp id.Corp, agent id.Agent, entry string) (added bool, err error) {
	return change(ctx, a, corp, agent, func(tx *store.Tx, app *App) (bool, error) {
		if len(app.IPs) == 0 || slices.Contains(app.IPs, entry) {
			return false, nil
		}
		ips := append(slices.Clone(app.IPs), entry)
		return true, (&Change{IPs: &ips}).store(tx, app)
	})
}

// AllowDialect lets the app call in a dialect as well.
func (a *Apps) AllowDialect(ctx context.Context, corp id.Corp, agent id.Agent, d Dialect) error {
	_, err := change(ctx, a, corp, agent, func(tx *store.Tx, app *App) (struct{}, error) {
		both := append(slices.Clone(app.Dialects), d)
		return struct{}{}, (&Change{Dialects: &both}).store(tx, app)
	})
	return err
}

// AllowRedirect adds a redirect URL to the app's list and reports whether it
// did: not when it is there. It refuses one that cannot be redirected to, and a
// wildcard: what is allowed so was found in a call and not thought of.
func (a *Apps) AllowRedirect(ctx context.Context, corp id.Corp, agent id.Agent, target string) (added bool, err error) {
	return change(ctx, a, corp, agent, func(tx *store.Tx, app *App) (bool, error) {
		if slices.Contains(app.RedirectURLs, target) {
			return false, nil
		}
		if strings.Contains(target, wildcard) {
			return false, invalid("redirectUrls").Want("a URL without *").Got("%s", target)
		}
		urls := append(slices.Clone(app.RedirectURLs), target)
		return true, (&Change{RedirectURLs: &urls}).store(tx, app)
	})
}

// Delete removes an app with its secrets and grants. What was issued to it is
// worthless from then on, because it is nobody's. It refuses with AgentUnknown.
func (a *Apps) Delete(ctx context.Context, corp id.Corp, agent id.Agent) error {
	_, err := change(ctx, a, corp, agent, func(tx *store.Tx, _ *App) (struct{}, error) {
		for _, q := range []store.SQL{deleteRange, deleteGrants, deleteSecrets, deleteApp} {
			if _, err := tx.Exec(q, corp, agent); err != nil {
				return struct{}{}, err
			}
		}
		return struct{}{}, nil
	})
	return err
}

// normalise trims what was given and refuses what cannot be.
func (c *Change) normalise() error {
	var wrong error
	if c.Name != nil {
		name := strings.TrimSpace(*c.Name)
		c.Name, wrong = &name, errors.Join(wrong, checkName(name))
	}
	if c.Description != nil {
		text := strings.TrimSpace(*c.Description)
		c.Description, wrong = &text, errors.Join(wrong, checkDescription(text))
	}
	if c.State != nil && *c.State != Enabled && *c.State != Disabled {
		wrong = errors.Join(wrong, invalid("state").Want("%s | %s", Enabled, Disabled).Got("%s", *c.State))
	}
	if c.Grade != nil {
		wrong = errors.Join(wrong, checkGrade(*c.Grade))
	}
	if c.IDs != nil && *c.IDs != op.IDsPlain && *c.IDs != op.IDsOpen && *c.IDs != op.IDsBoth {
		wrong = errors.Join(wrong, invalid("ids").Want("%s | %s | %s", op.IDsPlain, op.IDsOpen, op.IDsBoth).Got("%s", *c.IDs))
	}
	if c.IPs != nil {
		ips := distinct(*c.IPs)
		c.IPs, wrong = &ips, errors.Join(wrong, checkIPs(ips))
	}
	if c.RedirectURLs != nil {
		urls := distinct(*c.RedirectURLs)
		c.RedirectURLs, wrong = &urls, errors.Join(wrong, checkRedirects(urls))
	}
	if c.Signatures != nil {
		schemes := ordered(*c.Signatures)
		wrong = errors.Join(wrong, checkSchemes(*c.Signatures))
		c.Signatures = &schemes
	}
	if c.Dialects != nil {
		dialects := orderedDialects(*c.Dialects)
		wrong = errors.Join(wrong, checkDialects(*c.Dialects))
		c.Dialects = &dialects
	}
	return errors.Join(wrong, checkRange(c.Range))
}

// checkRange refuses a range that is too long; nil is none.
func checkRange(r *op.Range) error {
	if r == nil {
		return nil
	}
	if n := len(r.Departments) + len(r.Users); n > maxRange {
		return invalid("range").Want("at most %d departments and people", maxRange).Got("%d", n)
	}
	return nil
}

// store stores app as it is after the change.
func (c *Change) store(tx *store.Tx, app *App) error {
	if err := c.normalise(); err != nil {
		return err
	}
	next := *app
	set(&next.Name, c.Name)
	set(&next.Description, c.Description)
	set(&next.State, c.State)
	set(&next.Grade, c.Grade)
	set(&next.Strict, c.Strict)
	set(&next.IDs, c.IDs)
	set(&next.IPs, c.IPs)
	set(&next.RedirectURLs, c.RedirectURLs)
	set(&next.Signatures, c.Signatures)
	set(&next.Dialects, c.Dialects)
	set(&next.Development, c.Development)
	set(&next.Public, c.Public)
	set(&next.Range, c.Range)
	if _, err := tx.Exec(updateApp, app.Corp, app.Agent, next.Name, next.Description, next.State, next.Grade,
		next.Strict, next.Range.All, store.List(next.IPs), store.List(next.RedirectURLs),
		store.List(next.Signatures), next.Development, next.IDs, store.List(next.Dialects), next.Public); err != nil {
		return err
	}
	if c.Range == nil {
		return nil
	}
	return replaceRange(tx, &next)
}

func set[T any](to, from *T) {
	if from != nil {
		*to = *from
	}
}

func replaceRange(tx *store.Tx, app *App) error {
	if _, err := tx.Exec(deleteRange, app.Corp, app.Agent); err != nil || app.Range.All {
		return err
	}
	for _, d := range app.Range.Departments {
		if _, err := tx.Exec(insertRange, app.Corp, app.Agent, d, ""); err != nil {
			return err
		}
	}
	for _, u := range app.Range.Users {
		if _, err := tx.Exec(insertRange, app.Corp, app.Agent, 0, u); err != nil {
			return err
		}
	}
	return nil
}

func invalid(name string) *apierror.Refusal { return apierror.ParameterInvalid.With("name", name) }

func checkName(name string) error {
	if n := utf8.RuneCountInString(name); n < 1 || n > maxName || strings.ContainsFunc(name, unicode.IsControl) {
		return invalid("name").Want("1 to %d printable characters", maxName).Got("%q (%d)", name, n)
	}
	return nil
}

func checkDescription(text string) error {
	if n := utf8.RuneCountInString(text); n > maxDescription || strings.ContainsRune(text, 0) {
		return invalid("description").Want("at most %d characters", maxDescription).Got("%d", n)
	}
	return nil
}

func checkGrade(g scope.Grade) error {
	if g != scope.R1 && g != scope.R2 {
		return invalid("dataGrade").Want("%s | %s", scope.R1, scope.R2).Got("%s", g)
	}
	return nil
}

// nameTaken turns the conflict of two names into a refusal.
func nameTaken(err error, name string) error {
	if store.ConflictOn(err) != "apps(corp, name)" {
		return err
	}
	return invalid("name").Want("a name that no other app of the company has").Got("%s", name).Because(err)
}

// distinct returns the entries without blanks around and doubles, in order.
func distinct(list []string) []string {
	out := make([]string, 0, len(list))
	for _, s := range list {
		if s = strings.TrimSpace(s); s != "" && !slices.Contains(out, s) {
			out = append(out, s)
		}
	}
	return out
}

// listOf reads a column that store.List wrote.
func listOf[T ~string](text string) (list []T, err error) {
	if err := json.Unmarshal([]byte(text), &list); err != nil {
		return nil, fmt.Errorf("read a list: %w", err)
	}
	return list, nil
}

const (
	insertApp store.SQL = `
		INSERT INTO apps (corp, agent, app_key, name, description, state, grade, strict, range_all, ips, redirect_urls, created_at,
			signatures, development, dialects, suite)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16)
		ON CONFLICT (corp, agent) DO NOTHING`
	updateApp store.SQL = `
		UPDATE apps SET name = $3, description = $4, state = $5, grade = $6, strict = $7, range_all = $8, ips = $9, redirect_urls = $10,
			signatures = $11, development = $12, ids = $13, dialects = $14, public = $15
		WHERE corp = $1 AND agent = $2`
	deleteApp     store.SQL = `DELETE FROM apps WHERE corp = $1 AND agent = $2`
	deleteSecrets store.SQL = `DELETE FROM app_secrets WHERE corp = $1 AND agent = $2`
	deleteGrants  store.SQL = `DELETE FROM app_scopes WHERE corp = $1 AND agent = $2`
	deleteRange   store.SQL = `DELETE FROM app_range WHERE corp = $1 AND agent = $2`
	insertRange   store.SQL = `
		INSERT INTO app_range (corp, agent, department, userid) VALUES ($1, $2, $3, $4)
		ON CONFLICT (corp, agent, department, userid) DO NOTHING`
)
