package identity

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/gatepost/gatepost/internal/apierror"
	"github.com/gatepost/gatepost/internal/app"
	"github.com/gatepost/gatepost/internal/clock"
	"github.com/gatepost/gatepost/internal/encryption"
	"github.com/gatepost/gatepost/internal/id"
	"github.com/gatepost/gatepost/internal/store"
)

// Lifetimes (auth.md §2, §4, §7).
const (
	tokenLife   = 7200 * time.Second
	ssoLife     = 3600 * time.Second
	ticketCap   = 24 * time.Hour // a ticket is prolonged at most this far from its making
	refreshLife = 30 * 24 * time.Hour
	sessionLife = 7 * 24 * time.Hour // ours
	codeLife    = 5 * time.Minute
)

// kind is what a token may be used for. Its value stands in the token.
type kind byte

const (
	appToken     kind = 'a'
	userToken    kind = 'u'
	refreshToken kind = 'r'
	ssoToken     kind = 's'
	ticket       kind = 't'
	sessionToken kind = 'c'
	suiteToken   kind = 'v'
)

// title names a kind in refusals.
func (k kind) title() apierror.Words {
	switch k {
	case appToken:
		return apierror.Words{ZH: "应用 token", EN: "app access_token"}
	case userToken:
		return apierror.Words{ZH: "用户 token", EN: "user accessToken"}
	case refreshToken:
		return apierror.Words{ZH: "refreshToken", EN: "refreshToken"}
	case ssoToken:
		return apierror.Words{ZH: "管理后台免登 token", EN: "sso access_token"}
	case ticket:
		return apierror.Words{ZH: "jsapi ticket", EN: "jsapi ticket"}
	case sessionToken:
		return apierror.Words{ZH: "控制台会话", EN: "console session"}
	case suiteToken:
		return apierror.Words{ZH: "suite_access_token", EN: "suite_access_token"}
	}
	return apierror.Words{ZH: "?", EN: "?"}
}

// serial is a token's number: random, 63 bits.
type serial int64

func (s serial) String() string { return strconv.FormatInt(int64(s), 36) }

func parseSerial(s string) (serial, error) {
	n, err := strconv.ParseInt(s, 36, 64)
	return serial(n), err
}

func newSerial() serial {
	var b [8]byte
	_, _ = rand.Read(b[:]) // documented never to fail
	return serial(binary.BigEndian.Uint64(b[:]) >> 1)
}

// token is a token's row.
type token struct {
	corp    id.Corp
	serial  serial
	kind    kind
	agent   id.Agent
	app     id.App
	user    id.User
	consent string
	created time.Time
	expires time.Time
	ended   time.Time // zero: not revoked, not replaced
	name    string    // serial as text
}

func encode(b []byte) string { return base64.RawURLEncoding.EncodeToString(b) }

const macSize = 16

// text is the token as callers hold it: kind, serial and digest, 34 characters
// of [A-Za-z0-9_-].
func (i *Identity) text(k kind, s serial) string {
	b := append(make([]byte, 0, 9+macSize), byte(k))
	b = binary.BigEndian.AppendUint64(b, uint64(s))
	return encode(append(b, encryption.MAC(i.key, string(b))[:macSize]...))
}

// parse reads a token's text; it fails on everything that this platform did not
// make.
func (i *Identity) parse(text string) (k kind, s serial, ok bool) {
	if len(text) != base64.RawURLEncoding.EncodedLen(9+macSize) {
		return 0, 0, false
	}
	var room [9 + macSize]byte
	n, err := base64.RawURLEncoding.Strict().Decode(room[:], []byte(text))
	if err != nil || n != len(room) {
		return 0, 0, false
	}
	head, mac := room[:9], room[9:]
	if subtle.ConstantTimeCompare(mac, encryption.MAC(i.key, string(head))[:macSize]) != 1 {
		return 0, 0, false
	}
	return kind(head[0]), serial(binary.BigEndian.Uint64(head[1:])), true
}

// verify returns the row of a live token, or refuses with what is wrong with it.
func (i *Identity) verify(ctx context.Context, text string) (token, error) {
	row, cached := i.cache.verified(text)
	if cached && row.ended.IsZero() && i.now(row).Before(row.expires) {
		return row, nil
	}
	k, s, ok := i.parse(text)
	if !ok {
		return token{}, apierror.TokenForged.Want("本平台签发的 token，34 个字符").Got("%s", describe(text))
	}
	row, cached, age := i.cache.find(s)
	if !cached || !i.now(row).Before(row.expires) {
		var err error
		if row, err = i.read(ctx, s); err != nil {
			if errors.Is(err, store.ErrNone) {
				return token{}, apierror.TokenExpired.Got("%s，已过期并清除", k.title())
			}
			return token{}, err
		}
		i.cache.keep(row, age)
	}
	i.cache.name(text, s, age)
	switch {
	case !row.ended.IsZero():
		return token{}, apierror.TokenRevoked.Got("吊销于 %s", stamp(row.ended))
	case !i.now(row).Before(row.expires):
		rule := apierror.TokenExpired
		if row.kind == userToken {
			rule = apierror.UserTokenExpired
		}
		return token{}, rule.Want("签发或续期后 %d 秒内使用", int(tokenLife.Seconds())).Got("过期于 %s，现在是 %s", stamp(row.expires), stamp(i.now(row)))
	}
	return row, nil
}

// now is the time that counts for row: the corp's, and for a console session
// the real one.
func (i *Identity) now(row token) time.Time {
	if row.kind == sessionToken {
		return i.clk.Real()
	}
	return i.clk.At(row.corp)
}

func stamp(t time.Time) string { return t.Local().Format("2006-01-02 15:04:05") }

// describe tells a caller what came as a token, without repeating it.
func describe(text string) apierror.Words {
	n := len(text)
	if n < 8 {
		return apierror.Words{ZH: fmt.Sprintf("%d 个字符", n), EN: fmt.Sprintf("%d characters", n)}
	}
	return apierror.Words{ZH: fmt.Sprintf("%q…，%d 个字符", text[:4], n), EN: fmt.Sprintf("%q…, %d characters", text[:4], n)}
}

func (i *Identity) read(ctx context.Context, s serial) (token, error) {
	return store.View(ctx, i.db, func(tx *store.Tx) (token, error) {
		return store.One(tx, selectToken, scanToken, int64(s))
	})
}

// ahead is how far in the future a token may have been made and still be
// prolonged: callers at once have looked at the clock one after the other, and
// nodes differ. What was made further ahead was made before the corp's clock was
// moved back, and is replaced.
const ahead = time.Minute

// same returns the application's token of kind k: the one it has, prolonged, or
// a new one when that has expired. Many calls at once get one token.
//
// With limit > 0 a token is prolonged at most so far from its making.
func (i *Identity) same(ctx context.Context, a *app.App, k kind, life, limit time.Duration) (token, error) {
	now := i.clk.At(a.Corp)
	issue := func(tx *store.Tx) (token, error) {
		row, err := store.One(tx, selectLatest, scanToken, a.Corp, a.Agent, string(k))
		switch {
		case errors.Is(err, store.ErrNone):
		case err != nil:
			return token{}, err
		case row.ended.IsZero() && now.Before(row.expires) && row.created.Sub(now) < ahead:
			row.expires = until(row, now, life, limit)
			_, err = tx.Exec(prolongToken, a.Corp, int64(row.serial), row.expires.UnixMilli())
			return row, err
		default:
			if _, err := tx.Exec(replaceToken, a.Corp, int64(row.serial)); err != nil {
				return token{}, err
			}
		}
		row = token{corp: a.Corp, serial: newSerial(), kind: k, agent: a.Agent, app: a.Key, consent: allConsent, created: now, expires: now.Add(life)}
		return row, insert(tx, row, true)
	}
	age := i.cache.now()
	row, err := store.Update(ctx, i.db, issue)
	if store.Conflict(err) { // another node made one meanwhile: the second try finds it
		row, err = store.Update(ctx, i.db, issue)
	}
	if err != nil {
		return token{}, fmt.Errorf("issue a token: %w", err)
	}
	i.cache.keep(row, age)
	return row, nil
}

// until is when a token that is asked for again now ends.
func until(row token, now time.Time, life, limit time.Duration) time.Time {
	end := now.Add(life)
	if last := row.created.Add(limit); limit > 0 && end.After(last) {
		end = last
	}
	if end.Before(row.expires) {
		return row.expires
	}
	return end
}

// issue makes a token that no repeated request gets again.
func (i *Identity) issue(ctx context.Context, row token) (token, error) {
	row.serial = newSerial()
	age := i.cache.now()
	_, err := store.Update(ctx, i.db, func(tx *store.Tx) (struct{}, error) { return struct{}{}, insert(tx, row, false) })
	if err != nil {
		return token{}, fmt.Errorf("issue a token: %w", err)
	}
	i.cache.keep(row, age)
	return row, nil
}

func insert(tx *store.Tx, t token, latest bool) error {
	_, err := tx.Exec(insertToken, t.corp, int64(t.serial), string(t.kind), t.agent, t.app, t.user, t.consent,
		t.created.UnixMilli(), t.expires.UnixMilli(), latest)
	return err
}

// RevokeApp ends every token that corp's application agent holds, for itself
// and for people, on every node within a second. It returns how many lived.
func (i *Identity) RevokeApp(ctx context.Context, corp id.Corp, agent id.Agent) (int64, error) {
	return i.revoke(ctx, corp, revokeAgent, agent)
}

// RevokePerson ends every token of a person, console sessions included.
func (i *Identity) RevokePerson(ctx context.Context, corp id.Corp, user id.User) (int64, error) {
	return i.revoke(ctx, corp, revokePerson, user)
}

func (i *Identity) revoke(ctx context.Context, corp id.Corp, q store.SQL, of any) (int64, error) {
	now := i.clk.At(corp).UnixMilli()
	return store.Update(ctx, i.db, func(tx *store.Tx) (int64, error) {
		n, err := tx.Exec(q, corp, of, now)
		tx.Touch(clock.Topic(corp))
		return n, err
	})
}

// cacheSize bounds the rows that a node keeps, about 200 bytes each.
const cacheSize = 200_000

// cache keeps the rows of tokens that were verified here. The zero value is ready.
//
// A row is kept only if no corp was dropped since before it was read: a row that
// was read before a revocation must not come in after it.
type cache struct {
	mu     sync.RWMutex
	age    uint64 // grows with every drop
	rows   map[serial]token
	ofCorp map[id.Corp]map[serial]string // and the text, once it was verified
	texts  map[string]serial             // of texts that were verified
}

func (c *cache) now() uint64 {
	c.mu.RLock()
	defer c.mu.RUnlock()
	return c.age
}

// verified returns the row of a token whose text was verified here.
func (c *cache) verified(text string) (row token, ok bool) {
	c.mu.RLock()
	defer c.mu.RUnlock()
	s, ok := c.texts[text]
	if ok {
		row, ok = c.rows[s]
	}
	return row, ok
}

// name notes that a text was verified to be that of the row s, if that is kept.
func (c *cache) name(text string, s serial, age uint64) {
	c.mu.Lock()
	defer c.mu.Unlock()
	row, ok := c.rows[s]
	if age != c.age || !ok {
		return
	}
	text = strings.Clone(text) // which may be part of a request
	c.texts[text] = s
	c.ofCorp[row.corp][s] = text
}

func (c *cache) find(s serial) (row token, ok bool, age uint64) {
	c.mu.RLock()
	defer c.mu.RUnlock()
	row, ok = c.rows[s]
	return row, ok, c.age
}

func (c *cache) keep(t token, age uint64) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if age != c.age {
		return
	}
	if c.rows == nil || len(c.rows) >= cacheSize { // start anew: one read per token in use
		c.rows, c.ofCorp, c.texts = map[serial]token{}, map[id.Corp]map[serial]string{}, map[string]serial{}
	}
	t.name = t.serial.String()
	c.rows[t.serial] = t
	of := c.ofCorp[t.corp]
	if of == nil {
		of = map[serial]string{}
		c.ofCorp[t.corp] = of
	}
	if _, known := of[t.serial]; !known {
		of[t.serial] = ""
	}
}

func (c *cache) drop(corp id.Corp) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.age++
	for s, text := range c.ofCorp[corp] {
		delete(c.rows, s)
		delete(c.texts, text)
	}
	delete(c.ofCorp, corp)
}

func scanToken(r store.Row) (t token, err error) {
	var k string
	var created, expires, ended int64
	if err = r.Scan(&t.corp, (*int64)(&t.serial), &k, &t.agent, &t.app, &t.user, &t.consent, &created, &expires, &ended); err != nil {
		return t, err
	}
	t.kind, t.created, t.expires = kind(k[0]), time.UnixMilli(created), time.UnixMilli(expires)
	if ended != 0 {
		t.ended = time.UnixMilli(ended)
	}
	return t, nil
}

const (
	selectToken store.SQL = `SELECT corp, serial, kind, agent, app, userid, consent, created_at, expires_at, ended_at
		FROM tokens WHERE serial = $1 /* all corps: the token's digest was verified, and its row names the corp */`
	selectLatest store.SQL = `SELECT corp, serial, kind, agent, app, userid, consent, created_at, expires_at, ended_at
		FROM tokens WHERE corp = $1 AND agent = $2 AND kind = $3 AND latest`
	insertToken store.SQL = `/* aside: tokens */ INSERT INTO tokens (corp, serial, kind, agent, app, userid, consent, created_at, expires_at, ended_at, latest)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, 0, $10)`
	prolongToken store.SQL = `/* aside: tokens */ UPDATE tokens SET expires_at = $3 WHERE corp = $1 AND serial = $2`
	replaceToken store.SQL = `/* aside: tokens */ UPDATE tokens SET latest = FALSE WHERE corp = $1 AND serial = $2`
	endToken     store.SQL = `/* aside: tokens */ UPDATE tokens SET ended_at = $3, latest = FALSE WHERE corp = $1 AND serial = $2 AND ended_at = 0`
	revokeAgent  store.SQL = `UPDATE tokens SET ended_at = $3, latest = FALSE WHERE corp = $1 AND agent = $2 AND ended_at = 0 AND expires_at > $3`
	revokePerson store.SQL = `UPDATE tokens SET ended_at = $3, latest = FALSE WHERE corp = $1 AND userid = $2 AND ended_at = 0 AND expires_at > $3`
)
