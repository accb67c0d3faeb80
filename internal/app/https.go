package app

import (
	"context"
	"fmt"
	"strings"

	"github.com/gatepost/gatepost/internal/apierror"
	"github.com/gatepost/gatepost/internal/clock"
	"github.com/gatepost/gatepost/internal/id"
	"github.com/gatepost/gatepost/internal/op"
	"github.com/gatepost/gatepost/internal/store"
)

// RequireHTTPS says whether the corp's calls have to come over https. On every
// node it holds within half a second.
func (a *Apps) RequireHTTPS(ctx context.Context, corp id.Corp, yes bool) error {
	_, err := store.Update(ctx, a.db, func(tx *store.Tx) (int64, error) {
		tx.Touch(clock.Topic(corp))
		return tx.Exec(upsertPolicy, corp, yes)
	})
	if err != nil {
		return fmt.Errorf("require https for %s: %w", corp, err)
	}
	return nil
}

// RequiresHTTPS reports whether the corp's calls have to come over https.
func (a *Apps) RequiresHTTPS(ctx context.Context, corp id.Corp) (bool, error) {
	p, err := a.policyOf(ctx, corp)
	if err != nil {
		return false, err
	}
	return p.https, nil
}

// PermitTransport refuses a call for corp that came as the corp does not want it
// (HTTPSRequired). Permit asks it for whoever has a token; whoever takes a
// secret for one asks it as soon as the corp is known.
func (a *Apps) PermitTransport(ctx context.Context, who *op.Caller, corp id.Corp) error {
	p, err := a.policyOf(ctx, corp)
	if err != nil {
		return err
	}
	return p.permitTransport(who)
}

func (p *policy) permitTransport(who *op.Caller) error {
	if p.https && !encrypted(who) {
		return httpsRequired(who)
	}
	return nil
}

// encrypted reports whether the call came over https, to us or to a trusted
// proxy before us.
func encrypted(who *op.Caller) bool { return strings.HasPrefix(who.Base, "https:") }

func httpsRequired(who *op.Caller) error {
	return apierror.HTTPSRequired.Want("a call over https").Got("%s", who.Base)
}

func scanTruth(r store.Row) (yes bool, err error) { return yes, r.Scan(&yes) }

const (
	httpsOf      store.SQL = `SELECT require_https FROM corp_policies WHERE corp = $1`
	removePolicy store.SQL = `DELETE FROM corp_policies WHERE corp = $1`
	upsertPolicy store.SQL = `
		INSERT INTO corp_policies (corp, require_https) VALUES ($1, $2)
		ON CONFLICT (corp) DO UPDATE SET require_https = excluded.require_https`
)
