package identity

import (
	"context"
	"crypto/sha256"
	"crypto/subtle"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/gatepost/gatepost/internal/apierror"
	"github.com/gatepost/gatepost/internal/app"
	"github.com/gatepost/gatepost/internal/clock"
	"github.com/gatepost/gatepost/internal/id"
	"github.com/gatepost/gatepost/internal/scope"
	"github.com/gatepost/gatepost/internal/store"
)

// Consent is what a person decided about an application.
type Consent struct {
	User   id.User
	Agent  id.Agent
	Asked  []scope.Name // what the person was asked for
	Scopes []scope.Name // what of it the person agreed to
	At     time.Time    // by the corp's clock
}

// consentable reports whether a person is asked about a permission point: what
// opens the person's own data, and what other systems let apps do for people.
// Those of the app alone are no use to a token of a person.
func consentable(s scope.Scope) bool {
	_, _, published := s.Name.GroupOf()
	return s.Kind != scope.OfApp || published
}

// askable are the app's permission points that people are asked about.
func askable(a *app.App) []scope.Name {
	var names []scope.Name
	for _, n := range a.ScopeNames() {
		if s, ok := scope.Find(n); ok && consentable(s) {
			names = append(names, n)
		}
	}
	return names
}

// covers reports whether everything that is asked now was asked then.
func (c Consent) covers(asked []scope.Name) bool {
	return !slices.ContainsFunc(asked, func(n scope.Name) bool { return !slices.Contains(c.Asked, n) })
}

// Consents returns what a person decided, by application.
func (i *Identity) Consents(ctx context.Context, corp id.Corp, user id.User) ([]Consent, error) {
	return i.consents(ctx, consentsOfPerson, corp, user)
}

// ConsentsTo returns what people decided about an application.
func (i *Identity) ConsentsTo(ctx context.Context, corp id.Corp, agent id.Agent) ([]Consent, error) {
	return i.consents(ctx, consentsOfApp, corp, agent)
}

func (i *Identity) consents(ctx context.Context, q store.SQL, corp id.Corp, of any) ([]Consent, error) {
	return store.View(ctx, i.db, func(tx *store.Tx) ([]Consent, error) { return store.All(tx, q, scanConsent, corp, of) })
}

// consentOf is what a person decided about an application; the zero Consent
// where that was nothing yet.
func (i *Identity) consentOf(ctx context.Context, corp id.Corp, user id.User, agent id.Agent) (Consent, error) {
	c, err := store.View(ctx, i.db, func(tx *store.Tx) (Consent, error) {
		return store.One(tx, consentOfBoth, scanConsent, corp, user, agent)
	})
	if errors.Is(err, store.ErrNone) {
		return Consent{}, nil
	}
	return c, err
}

// decide remembers a decision.
func (i *Identity) decide(ctx context.Context, corp id.Corp, c Consent) error {
	_, err := store.Update(ctx, i.db, func(tx *store.Tx) (int64, error) {
		return tx.Exec(upsertConsent, corp, c.User, c.Agent, joined(c.Asked), joined(c.Scopes), c.At.UnixMilli())
	})
	if err != nil {
		return fmt.Errorf("remember a consent: %w", err)
	}
	return nil
}

// RevokeConsent forgets what a person decided about an application, and ends the
// person's tokens and codes of it on every node within a second. It returns how
// many tokens lived, and refuses with ConsentUnknown where there was nothing.
func (i *Identity) RevokeConsent(ctx context.Context, corp id.Corp, user id.User, agent id.Agent) (int64, error) {
	now := i.clk.At(corp).UnixMilli()
	return store.Update(ctx, i.db, func(tx *store.Tx) (int64, error) {
		tx.Touch(clock.Topic(corp))
		known, err := tx.Exec(deleteConsent, corp, user, agent)
		if err != nil {
			return 0, err
		}
		if _, err := tx.Exec(endCodes, corp, user, agent, now); err != nil {
			return 0, err
		}
		ended, err := tx.Exec(revokeBoth, corp, user, agent, now)
		if err == nil && known == 0 && ended == 0 {
			err = apierror.ConsentUnknown.With("user", user)
		}
		return ended, err
	})
}

// proves refuses a proof that does not have the digest, and one that nobody asked
// for: then it is not the code of whoever brings it (RFC 7636, RFC 9700 §2.1.1).
func proves(proof, digest string) error {
	switch {
	case digest == "" && proof == "":
		return nil
	case digest == "":
		return apierror.CodeProof.Want("请求授权时没有给出摘要").Got("%s", "codeVerifier")
	case proof == "":
		return apierror.ParameterMissing.With("name", "codeVerifier").Want("授权时所给摘要的原文")
	}
	sum := sha256.Sum256([]byte(proof))
	if subtle.ConstantTimeCompare([]byte(encode(sum[:])), []byte(digest)) != 1 {
		return apierror.CodeProof.Want("%s 的原文", digest).Got("%s", encode(sum[:]))
	}
	return nil
}

func joined(list []scope.Name) string {
	texts := make([]string, len(list))
	for n, s := range list {
		texts[n] = string(s)
	}
	return strings.Join(texts, ",")
}

func split(text string) (list []scope.Name) {
	for part := range strings.SplitSeq(text, ",") {
		if part != "" {
			list = append(list, scope.Name(part))
		}
	}
	return list
}

func scanConsent(r store.Row) (c Consent, err error) {
	var asked, scopes string
	var at int64
	err = r.Scan(&c.User, &c.Agent, &asked, &scopes, &at)
	c.Asked, c.Scopes, c.At = split(asked), split(scopes), time.UnixMilli(at)
	return c, err
}

const (
	consentsOfPerson store.SQL = `SELECT userid, agent, asked, scopes, given_at FROM consents WHERE corp = $1 AND userid = $2 ORDER BY agent`
	consentsOfApp    store.SQL = `SELECT userid, agent, asked, scopes, given_at FROM consents WHERE corp = $1 AND agent = $2 ORDER BY userid`
	consentOfBoth    store.SQL = `SELECT userid, agent, asked, scopes, given_at FROM consents WHERE corp = $1 AND userid = $2 AND agent = $3`
	upsertConsent    store.SQL = `/* aside: a token says itself what was agreed to */
		INSERT INTO consents (corp, userid, agent, asked, scopes, given_at) VALUES ($1, $2, $3, $4, $5, $6)
		ON CONFLICT (corp, userid, agent) DO UPDATE SET asked = excluded.asked, scopes = excluded.scopes, given_at = excluded.given_at`
	deleteConsent store.SQL = `DELETE FROM consents WHERE corp = $1 AND userid = $2 AND agent = $3`
	endCodes      store.SQL = `UPDATE login_codes SET used_at = $4 WHERE corp = $1 AND userid = $2 AND agent = $3 AND used_at = 0`
	revokeBoth    store.SQL = `UPDATE tokens SET ended_at = $4, latest = FALSE
		WHERE corp = $1 AND userid = $2 AND agent = $3 AND ended_at = 0 AND expires_at > $4`
	removeConsents store.SQL = `DELETE FROM consents WHERE corp = $1`
)
