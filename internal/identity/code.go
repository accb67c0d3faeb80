package identity

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/gatepost/gatepost/internal/apierror"
	"github.com/gatepost/gatepost/internal/app"
	"github.com/gatepost/gatepost/internal/directory"
	"github.com/gatepost/gatepost/internal/encryption"
	"github.com/gatepost/gatepost/internal/id"
	"github.com/gatepost/gatepost/internal/scope"
	"github.com/gatepost/gatepost/internal/store"
)

// codeKind is where a code came from, and so where it can be redeemed.
type codeKind string

const (
	loginCode codeKind = "login" // in-app sign-in of a person
	adminCode codeKind = "admin" // admin-console sign-in of an administrator
)

// code is what a single-use code stands for.
type code struct {
	corp    id.Corp
	kind    codeKind
	agent   id.Agent
	user    id.User
	consent string
	digest  string // of the proof that its redeemer owes; empty: none
	created time.Time
	expires time.Time
	used    time.Time // zero: not yet
}

// Code is a code that was issued.
type Code struct {
	Text    string
	Expires time.Time
}

// LoginCode makes an in-app sign-in code for a person and an application of the
// same corp. consent names the permission points that the person agrees to; nil
// is all that the application has. The person has to exist.
func (i *Identity) LoginCode(ctx context.Context, a *app.App, user id.User, consent []scope.Name) (Code, error) {
	if _, err := i.dir.Person(ctx, a.Corp, user); err != nil {
		return Code{}, err
	}
	agreed := allConsent
	if consent != nil {
		names := make([]string, len(consent))
		for n, s := range consent {
			if _, ok := scope.Find(s); !ok {
				return Code{}, apierror.ScopeUnknown.With("scope", s, "near", scope.Nearest(s))
			}
			names[n] = string(s)
		}
		agreed = strings.Join(names, ",")
	}
	return i.newCode(ctx, code{corp: a.Corp, kind: loginCode, agent: a.Agent, user: user, consent: agreed})
}

// AdminCode makes an admin-console sign-in code. Only administrators get one.
func (i *Identity) AdminCode(ctx context.Context, a *app.App, user id.User) (Code, error) {
	level, err := i.dir.AdminLevel(ctx, a.Corp, user)
	if err != nil {
		return Code{}, err
	}
	if !administers(level) {
		return Code{}, notAdministrator(user)
	}
	return i.newCode(ctx, code{corp: a.Corp, kind: adminCode, agent: a.Agent, user: user, consent: allConsent})
}

func (i *Identity) newCode(ctx context.Context, c code) (Code, error) {
	text := id.NewCode()
	c.created = i.clk.At(c.corp)
	c.expires = c.created.Add(codeLife)
	_, err := store.Update(ctx, i.db, func(tx *store.Tx) (int64, error) {
		return tx.Exec(insertCode, c.corp, i.digest(text), string(c.kind), c.agent, c.user, c.consent, c.created.UnixMilli(), c.expires.UnixMilli(), c.digest)
	})
	if err != nil {
		return Code{}, fmt.Errorf("issue a code: %w", err)
	}
	return Code{text, c.expires}, nil
}

// digest is what is stored of a code: who reads the database cannot redeem it.
func (i *Identity) digest(text string) string {
	return encode(encryption.MAC(i.key, "code", text)[:macSize])
}

// redeem uses a code up. Of several callers at once one succeeds. agent is the
// application that redeems it; 0 accepts a code of any application of the corp,
// which the admin-console calls need, whose token is the corp's own.
func (i *Identity) redeem(ctx context.Context, corp id.Corp, agent id.Agent, k codeKind, text string) (code, error) {
	return store.Update(ctx, i.db, func(tx *store.Tx) (code, error) { return i.use(tx, corp, agent, k, text, "") })
}

// came returns the person who signed in just now, whose first time is noted.
func (i *Identity) came(ctx context.Context, corp id.Corp, user id.User) (directory.Person, error) {
	p, err := i.dir.Person(ctx, corp, user)
	if err != nil || p.Active {
		return p, err
	}
	p.Active = true
	return p, i.dir.Activate(ctx, corp, user)
}

// use is redeem within a transaction, by somebody who has a proof.
func (i *Identity) use(tx *store.Tx, corp id.Corp, agent id.Agent, k codeKind, text, proof string) (code, error) {
	now := i.clk.At(corp)
	c, err := store.One(tx, selectCode, scanCode, corp, i.digest(text))
	if errors.Is(err, store.ErrNone) {
		return code{}, i.elsewhere(tx, text, k)
	}
	if err != nil {
		return code{}, err
	}
	switch {
	case c.kind != k:
		return code{}, k.unknown().Want("%s", k.title()).Got("%s", c.kind.title())
	case agent != 0 && c.agent != agent:
		return code{}, apierror.CodeUnknown.Want("签发给应用 %d 的授权码", agent).Got("签发给应用 %d", c.agent)
	case !c.used.IsZero():
		return code{}, apierror.CodeUsed.Got("已于 %s 使用", stamp(c.used))
	case !now.Before(c.expires):
		return code{}, apierror.CodeExpired.Got("过期于 %s，现在是 %s", stamp(c.expires), stamp(now))
	}
	if err := proves(proof, c.digest); err != nil { // a code that was stolen is not used up by trying
		return code{}, err
	}
	_, err = tx.Exec(useCode, corp, i.digest(text), now.UnixMilli())
	return c, err
}

// elsewhere refuses a code that this corp does not have: it may be another's.
func (i *Identity) elsewhere(tx *store.Tx, text string, k codeKind) error {
	found, err := store.All(tx, selectCodeAnywhere, scanCode, i.digest(text))
	if err != nil {
		return err
	}
	if len(found) > 0 {
		return k.unknown().Want("本企业的授权码").Got("另一企业的授权码")
	}
	return k.unknown().Got("%s", describe(text))
}

func (k codeKind) unknown() *apierror.Error {
	if k == adminCode {
		return apierror.SSOCodeUnknown
	}
	return apierror.CodeUnknown
}

// title names a kind in refusals.
func (k codeKind) title() apierror.Words {
	if k == adminCode {
		return apierror.Words{ZH: "管理后台免登码", EN: "admin-console code"}
	}
	return apierror.Words{ZH: "免登授权码", EN: "in-app sign-in code"}
}

func scanCode(r store.Row) (c code, err error) {
	var created, expires, used int64
	if err = r.Scan(&c.corp, (*string)(&c.kind), &c.agent, &c.user, &c.consent, &created, &expires, &used, &c.digest); err != nil {
		return c, err
	}
	c.created, c.expires = time.UnixMilli(created), time.UnixMilli(expires)
	if used != 0 {
		c.used = time.UnixMilli(used)
	}
	return c, nil
}

const (
	insertCode store.SQL = `/* aside: codes */ INSERT INTO login_codes (corp, digest, kind, agent, userid, consent, created_at, expires_at, used_at, challenge)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, 0, $9)`
	selectCode store.SQL = `SELECT corp, kind, agent, userid, consent, created_at, expires_at, used_at, challenge
		FROM login_codes WHERE corp = $1 AND digest = $2`
	selectCodeAnywhere store.SQL = `SELECT corp, kind, agent, userid, consent, created_at, expires_at, used_at, challenge
		FROM login_codes WHERE digest = $1 /* all corps: to tell a code of another corp from one that never was */`
	useCode store.SQL = `/* aside: codes */ UPDATE login_codes SET used_at = $3 WHERE corp = $1 AND digest = $2`
)
