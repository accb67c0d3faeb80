package app

import (
	"context"
	"crypto/sha256"
	"crypto/subtle"
	"fmt"
	"log/slog"
	"slices"
	"time"

	"github.com/gatepost/gatepost/internal/apierror"
	"github.com/gatepost/gatepost/internal/clock"
	"github.com/gatepost/gatepost/internal/id"
	"github.com/gatepost/gatepost/internal/store"
)

// Secret is one of the secrets with which an app proves itself.
type Secret struct {
	ID         string
	Plain      string // what the app sends; for signatures too
	Hint       string // its last four characters, for display
	CreatedAt  time.Time
	ExpiresAt  time.Time // zero: never
	LastUsedAt time.Time // zero: never; to half a minute
}

// String keeps the secret out of texts.
func (s Secret) String() string { return "secret " + s.ID + " …" + s.Hint }

// LogValue keeps the secret out of logs.
func (s Secret) LogValue() slog.Value { return slog.StringValue(s.String()) }

// Live reports whether the secret is accepted at now.
func (s Secret) Live(now time.Time) bool { return s.ExpiresAt.IsZero() || now.Before(s.ExpiresAt) }

// digest is what secrets are compared by: it has one length for all.
type digest = [sha256.Size]byte

// Accepts reports whether secret is one of the app's secrets and live at now,
// the time in the app's corp. It takes the same time whichever it is, and
// however many of its characters are right.
func (app *App) Accepts(secret string, now time.Time) bool {
	given := sha256.Sum256([]byte(secret))
	match := -1
	for i := range app.Secrets {
		equal := subtle.ConstantTimeCompare(given[:], app.secret[i][:])
		if !app.Secrets[i].Live(now) {
			equal = 0
		}
		match = subtle.ConstantTimeSelect(equal, i, match)
	}
	if match < 0 {
		return false
	}
	app.uses.note(use{app.Corp, app.Agent, app.Secrets[match].ID}, now)
	return true
}

// Signed reports whether one of the app's secrets that are live at now, the
// time in the app's corp, satisfies check. All of them are tried, whichever it
// is, so that the time it takes does not tell.
func (app *App) Signed(now time.Time, check func(secret string) bool) bool {
	match := -1
	for i, s := range app.Secrets {
		if ok := check(s.Plain); ok && s.Live(now) {
			match = i
		}
	}
	if match < 0 {
		return false
	}
	app.uses.note(use{app.Corp, app.Agent, app.Secrets[match].ID}, now)
	return true
}

// RotateSecret gives the app a new secret and returns it. The secrets that are
// live end after keepOldFor, or when they would have ended anyway if that is
// sooner; zero ends them at once. ends is when the last of them does; zero when
// none is left.
func (a *Apps) RotateSecret(ctx context.Context, corp id.Corp, agent id.Agent, keepOldFor time.Duration) (secret string, ends time.Time, err error) {
	now := a.clk.At(corp)
	secret = id.NewSecret()
	end := now.Add(max(keepOldFor, 0))
	ends, err = change(ctx, a, corp, agent, func(tx *store.Tx, app *App) (last time.Time, err error) {
		if _, err := tx.Exec(endSecrets, corp, agent, end.UnixMilli()); err != nil {
			return last, err
		}
		if _, err := tx.Exec(deleteEnded, corp, agent, now.UnixMilli()); err != nil {
			return last, err
		}
		for _, s := range app.Secrets {
			if s.Live(now) && end.After(now) {
				last = later(last, sooner(s.ExpiresAt, end))
			}
		}
		return last, a.insertSecret(tx, app, secret, now)
	})
	if err != nil {
		return "", time.Time{}, err
	}
	return secret, ends, nil
}

// RevokeSecret ends one secret at once. It refuses with SecretUnknown when the
// app has no such secret, and with SecretLast when no other live one would be
// left: an app that should stop is disabled instead.
func (a *Apps) RevokeSecret(ctx context.Context, corp id.Corp, agent id.Agent, secret string) error {
	now := a.clk.At(corp)
	_, err := change(ctx, a, corp, agent, func(tx *store.Tx, app *App) (int64, error) {
		i := slices.IndexFunc(app.Secrets, func(s Secret) bool { return s.ID == secret })
		if i < 0 {
			return 0, apierror.SecretUnknown.Got("%s", secret)
		}
		others := slices.ContainsFunc(app.Secrets, func(s Secret) bool { return s.ID != secret && s.Live(now) })
		if app.Secrets[i].Live(now) && !others {
			return 0, apierror.SecretLast.With()
		}
		return tx.Exec(deleteSecret, corp, agent, secret)
	})
	return err
}

// insertSecret stores a new secret of app, which may itself be new.
func (a *Apps) insertSecret(tx *store.Tx, app *App, plain string, now time.Time) error {
	name := id.NewCode()[:12]
	_, err := tx.Exec(insertSecret, app.Corp, app.Agent, name, a.box.Seal(plain, owner(app, name)),
		plain[len(plain)-4:], now.UnixMilli())
	return err
}

// owner binds a sealed secret to its place: moved to another row it does not open.
func owner(app *App, secret string) string {
	return "app secret/" + string(app.Corp) + "/" + string(app.Key) + "/" + secret
}

// loadSecrets reads and opens the app's secrets.
func (a *Apps) loadSecrets(tx *store.Tx, app *App) error {
	rows, err := store.All(tx, secretsOf, scanSecret, app.Corp, app.Agent)
	if err != nil {
		return err
	}
	for _, row := range rows {
		row.Plain, err = a.box.Open(row.sealed, owner(app, row.ID))
		if err != nil {
			return fmt.Errorf("open secret %s of app %s: %w", row.ID, app.Key, err)
		}
		app.Secrets = append(app.Secrets, row.Secret)
		app.secret = append(app.secret, sha256.Sum256([]byte(row.Plain)))
	}
	return nil
}

// change runs f on the app as it stands in the transaction, and tells every
// node that its corp changed.
func change[T any](ctx context.Context, a *Apps, corp id.Corp, agent id.Agent, f func(*store.Tx, *App) (T, error)) (T, error) {
	out, err := store.Update(ctx, a.db, func(tx *store.Tx) (T, error) {
		app, err := a.load(tx, place{corp, agent})
		if err != nil {
			var none T
			return none, err
		}
		tx.Touch(clock.Topic(corp))
		return f(tx, app)
	})
	if err != nil {
		return out, fmt.Errorf("change app %d: %w", agent, err)
	}
	return out, nil
}

// sooner is the earlier end; zero is never.
func sooner(a, b time.Time) time.Time {
	if !a.IsZero() && a.Before(b) {
		return a
	}
	return b
}

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

type sealedSecret struct {
	Secret
	sealed []byte
}

func scanSecret(r store.Row) (s sealedSecret, err error) {
	var created, expires, used int64
	err = r.Scan(&s.ID, &s.sealed, &s.Hint, &created, &expires, &used)
	s.CreatedAt, s.ExpiresAt, s.LastUsedAt = time.UnixMilli(created), moment(expires), moment(used)
	return s, err
}

// moment is the time of a column in which 0 stands for none.
func moment(ms int64) time.Time {
	if ms == 0 {
		return time.Time{}
	}
	return time.UnixMilli(ms)
}

const (
	secretsOf store.SQL = `
		SELECT id, sealed, hint, created_at, expires_at, used_at
		FROM app_secrets WHERE corp = $1 AND agent = $2 ORDER BY created_at DESC, id`
	insertSecret store.SQL = `
		INSERT INTO app_secrets (corp, agent, id, sealed, hint, created_at, expires_at, used_at)
		VALUES ($1, $2, $3, $4, $5, $6, 0, 0)`
	endSecrets store.SQL = `
		UPDATE app_secrets SET expires_at = $3
		WHERE corp = $1 AND agent = $2 AND (expires_at = 0 OR expires_at > $3)`
	deleteEnded store.SQL = `
		DELETE FROM app_secrets WHERE corp = $1 AND agent = $2 AND expires_at <> 0 AND expires_at <= $3`
	deleteSecret store.SQL = `DELETE FROM app_secrets WHERE corp = $1 AND agent = $2 AND id = $3`
)
