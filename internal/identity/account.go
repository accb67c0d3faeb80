package identity

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"encoding/base64"
	"errors"
	"fmt"
	"strings"
	"time"
	"unicode/utf8"

	"golang.org/x/crypto/argon2"

	"github.com/gatepost/gatepost/internal/apierror"
	"github.com/gatepost/gatepost/internal/directory"
	"github.com/gatepost/gatepost/internal/id"
	"github.com/gatepost/gatepost/internal/op"
	"github.com/gatepost/gatepost/internal/scope"
	"github.com/gatepost/gatepost/internal/store"
)

// account is the right to sign in to the console.
type account struct {
	corp     id.Corp
	user     id.User
	password string
	operator bool
}

// MinPassword is the least length of a password, in characters.
const MinPassword = 8

// SetAccount gives a person the right to sign in with password, or changes it.
// An operator may act on the platform and on every corp.
func (i *Identity) SetAccount(ctx context.Context, corp id.Corp, user id.User, password string, operator bool) error {
	if n := utf8.RuneCountInString(password); n < MinPassword || n > 200 {
		return apierror.PasswordWeak.Want("%d 到 200 个字符", MinPassword).Got("%d 个字符", n)
	}
	hash := hashPassword(password)
	_, err := store.Update(ctx, i.db, func(tx *store.Tx) (int64, error) {
		return tx.Exec(upsertAccount, corp, user, hash, operator, i.clk.Real().UnixMilli())
	})
	if err != nil {
		return fmt.Errorf("set the account of %s: %w", user, err)
	}
	return nil
}

// HasAccounts reports whether anybody can sign in at all: whether the platform
// was set up.
func (i *Identity) HasAccounts(ctx context.Context) (bool, error) {
	found, err := store.View(ctx, i.db, func(tx *store.Tx) ([]bool, error) {
		return store.All(tx, anyAccount, func(r store.Row) (b bool, err error) { err = r.Scan(&b); return b, err })
	})
	return len(found) > 0, err
}

// Sign-in attempts: at most so many failures in a window, per person and address.
const (
	attempts      = 10
	attemptWindow = 5 * time.Minute
)

// signIn checks a password. Without a corp the person is looked for in all.
func (i *Identity) signIn(ctx context.Context, who op.Caller, corp id.Corp, user id.User, password string) (account, error) {
	key := "signin:" + who.IP.String() + ":" + string(user)
	failed, err := i.kv.Count(ctx, key, 1, attemptWindow)
	if err != nil {
		return account{}, fmt.Errorf("count sign-in attempts: %w", err)
	}
	if failed > attempts {
		return account{}, apierror.SignInThrottled.With("wait", attemptWindow)
	}
	found, err := store.View(ctx, i.db, func(tx *store.Tx) ([]account, error) {
		return store.All(tx, selectAccounts, scanAccount, user)
	})
	if err != nil {
		return account{}, err
	}
	for _, a := range found {
		if (corp == "" || corp == a.corp) && checkPassword(a.password, password) {
			return a, i.kv.Delete(ctx, key)
		}
	}
	if len(found) == 0 {
		checkPassword(absentHash, password) // an unknown person takes as long as a wrong password
	}
	return account{}, apierror.SignInFailed.With()
}

// session is the caller whom a console session stands for. Whoever is no
// administrator any more keeps the session and can do nothing with it that
// takes one.
func (i *Identity) session(ctx context.Context, o *op.Operation, credential string, r *op.Request) (op.Caller, error) {
	if credential == "" {
		return op.Caller{}, apierror.SessionMissing.With()
	}
	if err := sameOrigin(r); err != nil {
		return op.Caller{}, err
	}
	row, err := i.verify(ctx, credential)
	if err != nil {
		refusal := apierror.From(err)
		if refusal.Rule == apierror.Internal {
			return op.Caller{}, err
		}
		return op.Caller{}, apierror.SessionMissing.Got("%s", apierror.Words{ZH: refusal.Text("zh"), EN: refusal.Text("en")})
	}
	if row.kind != sessionToken {
		return op.Caller{}, apierror.SessionMissing.Want("%s", sessionToken.title()).Got("%s", row.kind.title())
	}
	who := op.Caller{As: op.Session, Corp: row.corp, User: row.user, Grade: scope.R2, Range: op.Everything,
		Operator: row.consent == operatorMark, Serial: row.serial.String()}
	if o.As != op.Admin || who.Operator {
		return who, nil
	}
	level, err := i.dir.AdminLevel(ctx, row.corp, row.user)
	if err == nil && !administers(level) {
		err = notAdministrator(row.user)
	}
	return who, err
}

// administers reports whether a level of rights is an administrator's. A boss
// has a level and is none.
func administers(level int) bool { return level == directory.LevelMain || level == directory.LevelSub }

func notAdministrator(user id.User) error {
	return apierror.NotAdministrator.Want("企业管理员").Got("%s", user)
}

// operatorMark stands in a session's consent when it may act on the platform.
const operatorMark = "operator"

// sameOrigin refuses a browser's call that another site caused. Cookies are
// SameSite=Strict; this is the second lock.
func sameOrigin(r *op.Request) error {
	origin := r.Head.Get("Origin")
	if origin == "" || origin == "null" && r.Head.Get("Cookie") == "" {
		return nil
	}
	if _, host, ok := strings.Cut(origin, "://"); ok && host == r.Host {
		return nil
	}
	return apierror.SessionMissing.Want("来自 %s 的页面", r.Host).Got("%s", origin)
}

// openSession makes a session token for a person.
func (i *Identity) openSession(ctx context.Context, corp id.Corp, user id.User, operator bool) (token, error) {
	now, mark := i.clk.Real(), ""
	if operator {
		mark = operatorMark
	}
	return i.issue(ctx, token{corp: corp, kind: sessionToken, user: user, consent: mark, created: now, expires: now.Add(sessionLife)})
}

// argon2id parameters: the second of the two that OWASP recommends, 19 MiB.
const (
	argonTime, argonMemory, argonThreads = 2, 19 * 1024, 1
	argonSalt, argonKey                  = 16, 32
)

// absentHash is a hash that no password has.
const absentHash = "argon2id$2$19456$1$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"

func hashPassword(password string) string {
	salt := make([]byte, argonSalt)
	_, _ = rand.Read(salt) // documented never to fail
	key := argon2.IDKey([]byte(password), salt, argonTime, argonMemory, argonThreads, argonKey)
	return fmt.Sprintf("argon2id$%d$%d$%d$%s$%s", argonTime, argonMemory, argonThreads,
		base64.RawStdEncoding.EncodeToString(salt), base64.RawStdEncoding.EncodeToString(key))
}

func checkPassword(hash, password string) bool {
	parts := strings.Split(hash, "$")
	if len(parts) != 6 || parts[0] != "argon2id" {
		return false
	}
	var t, m uint32
	var p uint8
	if _, err := fmt.Sscanf(strings.Join(parts[1:4], " "), "%d %d %d", &t, &m, &p); err != nil {
		return false
	}
	salt, err1 := base64.RawStdEncoding.DecodeString(parts[4])
	want, err2 := base64.RawStdEncoding.DecodeString(parts[5])
	// A damaged hash is no password's; argon2 would panic on some.
	if errors.Join(err1, err2) != nil || t == 0 || p == 0 || len(want) < argonSalt {
		return false
	}
	got := argon2.IDKey([]byte(password), salt, t, m, p, uint32(len(want)))
	return subtle.ConstantTimeCompare(got, want) == 1
}

func scanAccount(r store.Row) (a account, err error) {
	err = r.Scan(&a.corp, &a.user, &a.password, &a.operator)
	return a, err
}

const (
	upsertAccount store.SQL = `INSERT INTO accounts (corp, userid, password, operator, created_at) VALUES ($1, $2, $3, $4, $5)
		ON CONFLICT (corp, userid) DO UPDATE SET password = excluded.password, operator = excluded.operator`
	selectAccounts store.SQL = `SELECT corp, userid, password, operator FROM accounts WHERE userid = $1
		ORDER BY operator DESC, created_at /* all corps: the person signs in without naming one */`
	anyAccount store.SQL = `SELECT operator FROM accounts LIMIT 1 /* all corps: is the platform set up */ /* full scan: one row */`
)
