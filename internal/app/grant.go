package app

import (
	"context"
	"fmt"
	"time"

	"github.com/gatepost/gatepost/internal/apierror"
	"github.com/gatepost/gatepost/internal/id"
	"github.com/gatepost/gatepost/internal/scope"
	"github.com/gatepost/gatepost/internal/store"
)

// Grant is a permission point that an app was granted.
type Grant struct {
	Scope  scope.Name
	Reason string
	By     string // a userid, or who acted for the platform
	At     time.Time
}

// Grant grants the app scopes. One that it has keeps its first reason. It
// refuses with ScopeUnknown, and then grants none.
func (a *Apps) Grant(ctx context.Context, corp id.Corp, agent id.Agent, scopes []scope.Name, reason, by string) error {
	if err := a.knownScopes(corp, scopes); err != nil {
		return err
	}
	now := a.clk.At(corp)
	_, err := change(ctx, a, corp, agent, func(tx *store.Tx, app *App) (struct{}, error) {
		return struct{}{}, insertGrants(tx, app, scopes, reason, by, now)
	})
	return err
}

// Revoke takes a permission point from the app. It refuses with ScopeUnknown
// when there is no such point; one that the app does not have is no error.
func (a *Apps) Revoke(ctx context.Context, corp id.Corp, agent id.Agent, name scope.Name) error {
	if _, ok := scope.Find(name); !ok { // of a group that is gone it can still be taken away
		return apierror.ScopeUnknown.With("scope", name, "near", scope.Nearest(name))
	}
	_, err := change(ctx, a, corp, agent, func(tx *store.Tx, _ *App) (int64, error) {
		return tx.Exec(deleteGrant, corp, agent, name)
	})
	return err
}

func insertGrants(tx *store.Tx, app *App, scopes []scope.Name, reason, by string, now time.Time) error {
	for _, name := range scopes {
		if _, err := tx.Exec(insertGrant, app.Corp, app.Agent, name, reason, by, now.UnixMilli()); err != nil {
			return fmt.Errorf("grant %s: %w", name, err)
		}
	}
	return nil
}

// knownScopes refuses the first name that is no permission point for apps of corp.
func (a *Apps) knownScopes(corp id.Corp, names []scope.Name) error {
	for _, n := range names {
		_, ok := scope.Find(n)
		if group, _, published := n.GroupOf(); published {
			ok = a.Published != nil && a.Published(corp, group)
		}
		if !ok {
			return apierror.ScopeUnknown.With("scope", n, "near", scope.Nearest(n))
		}
	}
	return nil
}

func scanGrant(r store.Row) (g Grant, err error) {
	var at int64
	err = r.Scan(&g.Scope, &g.Reason, &g.By, &at)
	g.At = time.UnixMilli(at)
	return g, err
}

const (
	grantsOf store.SQL = `
		SELECT scope, reason, granted_by, granted_at
		FROM app_scopes WHERE corp = $1 AND agent = $2 ORDER BY scope`
	insertGrant store.SQL = `
		INSERT INTO app_scopes (corp, agent, scope, reason, granted_by, granted_at) VALUES ($1, $2, $3, $4, $5, $6)
		ON CONFLICT (corp, agent, scope) DO NOTHING`
	deleteGrant store.SQL = `DELETE FROM app_scopes WHERE corp = $1 AND agent = $2 AND scope = $3`
)
