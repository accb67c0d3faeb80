package app

import (
	"context"
	"errors"
	"fmt"

	"github.com/gatepost/gatepost/internal/apierror"
	"github.com/gatepost/gatepost/internal/id"
	"github.com/gatepost/gatepost/internal/op"
	"github.com/gatepost/gatepost/internal/scope"
	"github.com/gatepost/gatepost/internal/store"
)

// Vendors is told, in the transaction of the change, how a suite or what was
// opened from one stood before and stands now; after is nil when it was removed.
// An error undoes the change.
type Vendors interface {
	Changed(tx *store.Tx, before, after *App) error
}

// IsSuite reports whether the app is a vendor's, which other corps open.
func (app *App) IsSuite() bool { return app.Suite != "" && app.Suite == app.Key }

// Opened reports whether the app is what its corp opened of a vendor's suite. It
// has no secret: its vendor gets tokens for it as the suite.
func (app *App) Opened() bool { return app.Suite != "" && app.Suite != app.Key }

// CreateSuite makes a suite of its vendor's corp, in the caller's transaction. It
// proves itself with a token or with the time and its ticket. It refuses what
// Create refuses.
func (a *Apps) CreateSuite(tx *store.Tx, corp id.Corp, n NewApp, secret string) (*App, error) {
	key := id.NewSuite()
	n.suite, n.Signatures, n.Dialects = key, []Scheme{Token, ISV}, Dialects()
	app, err := a.create(tx, &App{Corp: corp, Key: key}, n, secret)
	return app, nameTaken(err, n.Name)
}

// Open makes what corp opens of a suite, in the caller's transaction: an app that
// sees the range and nobody holds a secret of. It refuses what Create refuses.
func (a *Apps) Open(tx *store.Tx, corp id.Corp, suite id.App, n NewApp, sees op.Range) (*App, error) {
	n.suite, n.sees, n.Signatures, n.Dialects = suite, &sees, []Scheme{Token}, Dialects()
	app, err := a.create(tx, &App{Corp: corp, Key: id.NewApp()}, n, "")
	return app, nameTaken(err, n.Name)
}

// FreeName returns name, or name with a number behind it, so that no other app of
// corp is called so.
func (a *Apps) FreeName(tx *store.Tx, corp id.Corp, name string) (string, error) {
	for n, free := 2, name; ; n++ {
		others, err := store.One(tx, appsNamed, scanCount, corp, free)
		if err != nil || others == 0 {
			return free, err
		}
		number := fmt.Sprintf(" %d", n)
		free = string([]rune(name)[:min(len([]rune(name)), maxName-len(number))]) + number
	}
}

// Reopen replaces what an app sees and what it was granted; what is nil stays. A
// permission point that it keeps keeps its first reason. It refuses as Update and
// Grant do.
func (a *Apps) Reopen(ctx context.Context, corp id.Corp, agent id.Agent, sees *op.Range, scopes *[]scope.Name, reason, by string) error {
	now := a.clk.At(corp)
	_, err := change(ctx, a, corp, agent, func(tx *store.Tx, app *App) (struct{}, error) {
		if sees != nil {
			if err := (&Change{Range: sees}).store(tx, app); err != nil {
				return struct{}{}, err
			}
		}
		if scopes == nil {
			return struct{}{}, nil
		}
		if err := a.knownScopes(corp, *scopes); err != nil {
			return struct{}{}, err
		}
		for _, g := range app.Scopes {
			if op.Scopes(*scopes).Has(g.Scope) {
				continue
			}
			if _, err := tx.Exec(deleteGrant, corp, agent, g.Scope); err != nil {
				return struct{}{}, err
			}
		}
		return struct{}{}, insertGrants(tx, app, *scopes, reason, by, now)
	})
	return err
}

// InCorp refuses a range with departments or people that corp does not have.
func (a *Apps) InCorp(ctx context.Context, corp id.Corp, r *op.Range) error {
	return console{a}.inCorp(ctx, corp, r)
}

// tellVendor tells the vendor of a suite how it is after a change.
func (a *Apps) tellVendor(tx *store.Tx, before *App) error {
	if before.Suite == "" || a.Vendors == nil {
		return nil
	}
	after, err := a.load(tx, place{before.Corp, before.Agent})
	if err != nil && !errors.Is(err, apierror.AgentUnknown) {
		return err
	}
	if err := a.Vendors.Changed(tx, before, after); err != nil {
		return fmt.Errorf("announce a change of %s: %w", before.Suite, err)
	}
	return nil
}

const appsNamed store.SQL = `SELECT count(*) FROM apps WHERE corp = $1 AND name = $2`
