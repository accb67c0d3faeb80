package identity

import (
	"context"
	"errors"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/gatepost/gatepost/internal/apierror"
	"github.com/gatepost/gatepost/internal/app"
	"github.com/gatepost/gatepost/internal/clock"
	"github.com/gatepost/gatepost/internal/directory"
	"github.com/gatepost/gatepost/internal/encryption"
	"github.com/gatepost/gatepost/internal/id"
	"github.com/gatepost/gatepost/internal/keyring/keyringtest"
	"github.com/gatepost/gatepost/internal/kv"
	"github.com/gatepost/gatepost/internal/op"
	"github.com/gatepost/gatepost/internal/scope"
	"github.com/gatepost/gatepost/internal/store"
	"github.com/gatepost/gatepost/internal/store/storetest"
)

const corp = id.Corp("dingacme")

// node is one node of a platform: nodes on one database share nothing else, and
// the time, which is the same everywhere.
type node struct {
	*Identity
	apps *app.Apps
	dir  *directory.Directory
}

// now is a time that tests move.
type now struct{ ahead atomic.Int64 }

func (n *now) real() time.Time       { return time.Now().Add(time.Duration(n.ahead.Load())) }
func (n *now) later(d time.Duration) { n.ahead.Add(int64(d)) }

func newNode(t testing.TB, db *store.DB, n *now) *node {
	t.Helper()
	keys := keyringtest.New(t, db)
	clk, err := clock.New(t.Context(), db, n.real)
	if err != nil {
		t.Fatal(err)
	}
	dir, apps, shared := directory.New(db, clk, keys), app.New(db, clk, keys), kv.Memory()
	t.Cleanup(func() { _ = shared.Close() })
	return &node{New(db, clk, shared, keys, apps, dir), apps, dir}
}

// settle makes a company with the person lina and an application.
func (n *node) settle(t testing.TB) *app.App {
	t.Helper()
	if err := n.dir.CreateCorp(t.Context(), directory.Corp{ID: corp, Name: "Acme", Sandbox: true}); err != nil {
		t.Fatal(err)
	}
	p := directory.NewPerson{ID: "lina", Departments: []id.Dept{id.RootDept}}
	p.Name = "李娜"
	p.SetMobile("13800000001")
	if _, err := n.dir.CreatePerson(t.Context(), corp, p); err != nil {
		t.Fatal(err)
	}
	a, _, err := n.apps.Create(t.Context(), corp, app.NewApp{Name: "crm"})
	if err != nil {
		t.Fatal(err)
	}
	return a
}

func (n *node) token(t testing.TB, a *app.App) string {
	t.Helper()
	row, err := n.same(t.Context(), a, appToken, tokenLife, 0)
	if err != nil {
		t.Fatal(err)
	}
	return n.text(row.kind, row.serial)
}

// eachPair runs f with two nodes of one platform: on SQLite both in one process,
// on PostgreSQL with a connection pool of their own, as on two machines.
func eachPair(t *testing.T, f func(t *testing.T, a, b *node, n *now)) {
	t.Helper()
	t.Run("sqlite", func(t *testing.T) {
		t.Parallel()
		db, n := storetest.Open(t), &now{}
		f(t, newNode(t, db, n), newNode(t, db, n), n)
	})
	t.Run("postgres", func(t *testing.T) {
		t.Parallel()
		conf, n := store.Config{Postgres: storetest.Postgres(t)}, &now{}
		var nodes [2]*node
		for i := range nodes {
			db, err := store.Open(t.Context(), conf)
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { _ = db.Close() })
			nodes[i] = newNode(t, db, n)
		}
		f(t, nodes[0], nodes[1], n)
	})
}

// However many ask at once, and wherever, there is one token.
func TestParallelRequestsGetOneToken(t *testing.T) {
	t.Parallel()
	eachPair(t, func(t *testing.T, a, b *node, _ *now) {
		held := a.settle(t)
		var tokens sync.Map
		var wg sync.WaitGroup
		for i := range 50 {
			asked := a
			if i%2 == 1 {
				asked = b
			}
			wg.Go(func() {
				row, err := asked.same(t.Context(), held, appToken, tokenLife, 0)
				if err != nil {
					t.Error(err)
				}
				tokens.Store(row.serial, true)
			})
		}
		wg.Wait()
		count := 0
		tokens.Range(func(any, any) bool { count++; return true })
		if count != 1 {
			t.Errorf("50 calls got %d tokens", count)
		}
	})
}

// A token that was prolonged on one node is good on another, which has seen it
// only with its earlier end.
func TestRenewalIsSeenElsewhere(t *testing.T) {
	t.Parallel()
	eachPair(t, func(t *testing.T, a, b *node, n *now) {
		held := a.settle(t)
		text := a.token(t, held)
		if _, err := b.verify(t.Context(), text); err != nil {
			t.Fatal(err)
		}
		n.later(time.Hour)
		if again := a.token(t, held); again != text {
			t.Fatal("another token")
		}
		n.later(90 * time.Minute)
		if _, err := b.verify(t.Context(), text); err != nil {
			t.Errorf("two and a half hours after its making, one and a half after its renewal: %v", err)
		}
		n.later(31 * time.Minute)
		if _, err := b.verify(t.Context(), text); !errors.Is(err, apierror.TokenExpired) {
			t.Errorf("two hours after its renewal: %v", err)
		}
	})
}

// What was revoked on one node is refused on another within a second.
func TestRevocationReachesEveryNode(t *testing.T) {
	t.Parallel()
	eachPair(t, func(t *testing.T, a, b *node, _ *now) {
		held := a.settle(t)
		text := a.token(t, held)
		if _, err := b.verify(t.Context(), text); err != nil {
			t.Fatal(err)
		}
		if n, err := a.RevokeApp(t.Context(), corp, held.Agent); n != 1 || err != nil {
			t.Fatalf("%d tokens, %v", n, err)
		}
		began := time.Now()
		if _, err := a.verify(t.Context(), text); !errors.Is(err, apierror.TokenRevoked) {
			t.Errorf("where it was revoked: %v", err)
		}
		for {
			_, err := b.verify(t.Context(), text)
			if errors.Is(err, apierror.TokenRevoked) {
				break
			}
			if took := time.Since(began); took > time.Second+loaded {
				t.Fatalf("good for %s after its end: %v", took, err)
			}
			time.Sleep(5 * time.Millisecond) // another process is asked; there is nothing to wait on
		}
		if again := b.token(t, held); again == text {
			t.Error("who asks again gets the revoked token")
		}
	})
}

// loaded is what a machine busy with other tests may add to a second.
const loaded = time.Second

// A row that was read before a revocation does not come back after it.
func TestCacheKeepsNothingFromBeforeADrop(t *testing.T) {
	t.Parallel()
	var c cache
	row := token{corp: corp, serial: 7}
	_, _, age := c.find(7)
	c.drop(corp) // the revocation, while the row is on its way from the database
	c.keep(row, age)
	if _, found, _ := c.find(7); found {
		t.Error("kept")
	}
	c.keep(row, c.now())
	if _, found, _ := c.find(7); !found {
		t.Error("not kept")
	}
	c.drop("dingother")
	if _, found, _ := c.find(7); !found {
		t.Error("another company's change dropped it")
	}
	c.drop(corp)
	if _, found, _ := c.find(7); found {
		t.Error("kept after a drop")
	}
}

// Once a node has seen a token, checking it takes no database: a closed one
// does not matter.
func TestVerificationReadsNoDatabase(t *testing.T) {
	t.Parallel()
	test := func(t *testing.T, conf store.Config) {
		t.Parallel()
		db, err := store.Open(t.Context(), conf)
		if err != nil {
			t.Fatal(err)
		}
		n := newNode(t, db, &now{})
		held := n.settle(t)
		text := n.token(t, held)
		second, err := n.issue(t.Context(), token{corp: corp, kind: appToken, agent: held.Agent, app: held.Key, created: time.Now(), expires: time.Now().Add(time.Hour)})
		if err != nil {
			t.Fatal(err)
		}
		o := &op.Operation{Dialect: op.DialectV1, Path: "/topapi/x", Spec: op.Spec{As: op.App, Scope: scope.Base}}
		identify := func(text string) error {
			who, err := n.Identify(t.Context(), o, text, &op.Request{Head: noHead{}})
			if err == nil && who.App != held.Key {
				t.Errorf("it is %s", who.App)
			}
			return err
		}
		if err := identify(text); err != nil { // the app itself is read once
			t.Fatal(err)
		}
		unseen := newNode(t, db, &now{})
		if err := db.Close(); err != nil {
			t.Fatal(err)
		}
		if err := identify(text); err != nil {
			t.Errorf("reads the database: %v", err)
		}
		if err := identify("forged" + text[6:]); !errors.Is(err, apierror.TokenForged) {
			t.Errorf("a forged token costs a read: %v", err)
		}
		if _, err := unseen.verify(t.Context(), n.text(second.kind, second.serial)); err == nil {
			t.Error("a token that was never seen is accepted without a read: this test shows nothing")
		}
	}
	t.Run("sqlite", func(t *testing.T) { test(t, store.Config{Dir: storetest.Dir(t), Volatile: true}) })
	t.Run("postgres", func(t *testing.T) { test(t, store.Config{Postgres: storetest.Postgres(t)}) })
}

// Of many who redeem one code at once, one succeeds.
func TestCodeIsRedeemedOnce(t *testing.T) {
	t.Parallel()
	eachPair(t, func(t *testing.T, a, b *node, _ *now) {
		held := a.settle(t)
		c, err := a.LoginCode(t.Context(), held, "lina", nil)
		if err != nil {
			t.Fatal(err)
		}
		var won, used atomic.Int64
		var wg sync.WaitGroup
		for i := range 20 {
			at := a
			if i%2 == 1 {
				at = b
			}
			wg.Go(func() {
				switch got, err := at.redeem(t.Context(), corp, held.Agent, loginCode, c.Text); {
				case err == nil && got.user == "lina":
					won.Add(1)
				case errors.Is(err, apierror.CodeUsed):
					used.Add(1)
				default:
					t.Errorf("%+v, %v", got, err)
				}
			})
		}
		wg.Wait()
		if won.Load() != 1 || used.Load() != 19 {
			t.Errorf("%d redeemed it, %d were told that it was used", won.Load(), used.Load())
		}
	})
}

// Nobody who reads the database can redeem a code or sign in.
func TestSecretsAreNotStored(t *testing.T) {
	t.Parallel()
	n := newNode(t, storetest.Open(t), &now{})
	held := n.settle(t)
	c, err := n.LoginCode(t.Context(), held, "lina", nil)
	if err != nil {
		t.Fatal(err)
	}
	if strings.Contains(n.digest(c.Text), c.Text) {
		t.Error("a code's digest holds the code")
	}
	first, second := hashPassword("correct horse"), hashPassword("correct horse")
	if first == second || strings.Contains(first, "horse") {
		t.Errorf("%s, %s", first, second)
	}
	if !checkPassword(first, "correct horse") || !checkPassword(second, "correct horse") || checkPassword(first, "correct horsE") {
		t.Error("a hash does not tell its password from another")
	}
	for _, broken := range []string{"", "argon2id", "argon2id$2$19456$1$$", "argon2id$2$19456$1$AAAA$%%", strings.Replace(first, "$2$", "$0$", 1), strings.Replace(first, "$1$", "$0$", 1), "bcrypt$2$19456$1$AAAA$AAAA", absentHash} {
		if checkPassword(broken, "") || checkPassword(broken, "correct horse") {
			t.Errorf("%q accepts a password", broken)
		}
	}
}

// Codes and tokens that ended long ago are forgotten; those that live, and those
// of which a late caller should still be told why, are kept.
func TestSweep(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		clk := &now{}
		n := newNode(t, db, clk)
		held := n.settle(t)
		old := n.token(t, held)
		clk.later(29 * 24 * time.Hour)
		sweep := func() error {
			if err := n.sweep(t.Context()); err != nil {
				t.Fatal(err)
			}
			_, err := newNode(t, db, clk).verify(t.Context(), old)
			return err
		}
		if r := apierror.From(sweep()); r.Rule != apierror.TokenExpired || strings.Contains(r.Found, "清除") {
			t.Errorf("a month after its end it is told as %v", r)
		}
		clk.later(2 * 24 * time.Hour)
		if r := apierror.From(sweep()); r.Rule != apierror.TokenExpired || !strings.Contains(r.Found, "清除") {
			t.Errorf("afterwards as %v", r)
		}
	})
}

// FuzzParseToken reads anything as a token: nothing that was not issued is
// accepted, and nothing panics.
func FuzzParseToken(f *testing.F) {
	box, err := encryption.New(make([]byte, encryption.KeySize))
	if err != nil {
		f.Fatal(err)
	}
	other, err := encryption.New([]byte(strings.Repeat("k", encryption.KeySize)))
	if err != nil {
		f.Fatal(err)
	}
	i, stranger := &Identity{key: box.Derive("tokens v1")}, &Identity{key: other.Derive("tokens v1")}
	issued := map[string]bool{}
	for n, k := range []kind{appToken, userToken, refreshToken, ssoToken, ticket, sessionToken} {
		text := i.text(k, serial(n))
		issued[text] = true
		if got, s, ok := i.parse(text); !ok || got != k || s != serial(n) {
			f.Fatalf("%q is read as %c %d, %t", text, got, s, ok)
		}
		f.Add(text)
		f.Add(stranger.text(k, serial(n)))
		f.Add(text[:len(text)-1])
		f.Add(text + "=")
	}
	for _, text := range []string{"", "x", strings.Repeat("A", 34), strings.Repeat("_", 34), strings.Repeat("é", 17)} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		if k, s, ok := i.parse(text); ok && !issued[text] {
			t.Errorf("accepts %q as %c %d", text, k, s)
		}
	})
}

// BenchmarkVerify is what every call pays to be known.
func BenchmarkVerify(b *testing.B) {
	n := newNode(b, storetest.Open(b), &now{})
	held := n.settle(b)
	text, ctx := n.token(b, held), context.Background()
	for b.Loop() {
		if _, err := n.verify(ctx, text); err != nil {
			b.Fatal(err)
		}
	}
}
