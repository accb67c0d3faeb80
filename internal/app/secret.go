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
	"github.com/gatepost/gatepost/internal/keyring"
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
		if app.Opened() {
			return last, apierror.AppOpened.With("suite", app.Suite)
		}
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
	k, err := a.keys.In(tx, app.Corp)
	if err != nil {
		return err
	}
	key, sealed := k.Seal(placeOf(app.Key, name), plain)
	_, err = tx.Exec(insertSecret, app.Corp, app.Agent, name, sealed, plain[len(plain)-4:], now.UnixMilli(), key)
	return err
}

// placeOf is where a secret stands: moved to another row it does not open.
func placeOf(key id.App, secret string) keyring.Place {
	return keyring.Place{Table: "app_secrets", Column: "sealed", Row: string(key) + "/" + secret}
}

// openSecret opens a stored secret of the app key of corp.
func (a *Apps) openSecret(tx *store.Tx, corp id.Corp, key id.App, s sealedSecret) (string, error) {
	if s.key == 0 { // written by an older version, under the root key
		return a.keys.Root().Open(s.sealed, "app secret/"+string(corp)+"/"+string(key)+"/"+s.ID)
	}
	return a.keys.Open(tx, corp, s.key, placeOf(key, s.ID), s.sealed)
}

// SealedTable is the table of secrets.
func (a *Apps) SealedTable() keyring.Table { return sealedSecrets{a} }

type sealedSecrets struct{ a *Apps }

func (sealedSecrets) Name() string { return "app_secrets" }

func (s sealedSecrets) Reseal(tx *store.Tx, corp id.Corp, key int64, most int) (int, error) {
	list, err := store.All(tx, olderSecrets, scanOlderSecret, corp, key, most)
	if err != nil {
		return 0, err
	}
	k, err := s.a.keys.In(tx, corp)
	if err != nil {
		return 0, err
	}
	for _, o := range list {
		plain, err := s.a.openSecret(tx, corp, o.app, o.sealedSecret)
		if err != nil {
			return 0, fmt.Errorf("open secret %s of app %s: %w", o.ID, o.app, err)
		}
		now, sealed := k.Seal(placeOf(o.app, o.ID), plain)
		if _, err := tx.Exec(resealSecret, corp, o.agent, o.ID, now, sealed); err != nil {
			return 0, err
		}
	}
	return len(list), nil
}

func (sealedSecrets) Older(tx *store.Tx, corp id.Corp, key int64) (older, all int64, err error) {
	n, err := store.One(tx, countSecretKeys, func(r store.Row) (n [2]int64, err error) { return n, r.Scan(&n[0], &n[1]) }, corp, key)
	return n[0], n[1], err
}

// olderSecret is a secret under an older key, with the app whose it is.
type olderSecret struct {
	sealedSecret
	agent id.Agent
	app   id.App
}

func scanOlderSecret(r store.Row) (o olderSecret, err error) {
	err = r.Scan(&o.agent, &o.app, &o.ID, &o.sealed, &o.key)
	return o, err
}

// loadSecrets reads and opens the app's secrets.
func (a *Apps) loadSecrets(tx *store.Tx, app *App) error {
	rows, err := store.All(tx, secretsOf, scanSecret, app.Corp, app.Agent)
	if err != nil {
		return err
	}
	for _, row := range rows {
		row.Plain, err = a.openSecret(tx, app.Corp, app.Key, row)
		if err != nil {
			return fmt.Errorf("open secret %s of app %s: %w", row.ID, app.Key, err)
		}
		app.Secrets = append(app.Secrets, row.Secret)
		app.secret = append(app.secret, sha256.Sum256([]byte(row.Plain)))
	}
	return nil
}

// change runs f on the app as it stands in the transaction, and tells every
// node that its corp changed, and of a suite its vendor.
func change[T any](ctx context.Context, a *Apps, corp id.Corp, agent id.Agent, f func(*store.Tx, *App) (T, error)) (T, error) {
	out, err := store.Update(ctx, a.db, func(tx *store.Tx) (T, error) {
		app, err := a.load(tx, place{corp, agent})
		if err != nil {
			var none T
			return none, err
		}
		tx.Touch(clock.Topic(corp))
		out, err := f(tx, app)
		if err != nil {
			return out, err
		}
		return out, a.tellVendor(tx, app)
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
	key    int64
}

func scanSecret(r store.Row) (s sealedSecret, err error) {
	var created, expires, used int64
	err = r.Scan(&s.ID, &s.sealed, &s.Hint, &created, &expires, &used, &s.key)
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
		SELECT id, sealed, hint, created_at, expires_at, used_at, key_id
		FROM app_secrets WHERE corp = $1 AND agent = $2 ORDER BY created_at DESC, id`
	insertSecret store.SQL = `
		INSERT INTO app_secrets (corp, agent, id, sealed, hint, created_at, expires_at, used_at, key_id)
		VALUES ($1, $2, $3, $4, $5, $6, 0, 0, $7)`
	olderSecrets store.SQL = `
		SELECT s.agent, a.app_key, s.id, s.sealed, s.key_id FROM app_secrets s JOIN apps a ON a.corp = s.corp AND a.agent = s.agent
		WHERE s.corp = $1 AND s.key_id < $2 ORDER BY s.key_id LIMIT $3`
	resealSecret store.SQL = `
		UPDATE app_secrets SET key_id = $4, sealed = $5 WHERE corp = $1 AND agent = $2 AND id = $3`
	countSecretKeys store.SQL = `
		SELECT (SELECT count(*) FROM app_secrets WHERE corp = $1 AND key_id < $2), (SELECT count(*) FROM app_secrets WHERE corp = $1)`
	endSecrets store.SQL = `
		UPDATE app_secrets SET expires_at = $3
		WHERE corp = $1 AND agent = $2 AND (expires_at = 0 OR expires_at > $3)`
	deleteEnded store.SQL = `
		DELETE FROM app_secrets WHERE corp = $1 AND agent = $2 AND expires_at <> 0 AND expires_at <= $3`
	deleteSecret store.SQL = `DELETE FROM app_secrets WHERE corp = $1 AND agent = $2 AND id = $3`
)
