package keyring_test

import (
	"bytes"
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/gatepost/gatepost/internal/encryption"
	"github.com/gatepost/gatepost/internal/id"
	"github.com/gatepost/gatepost/internal/keyring"
	"github.com/gatepost/gatepost/internal/keyring/keyringtest"
	"github.com/gatepost/gatepost/internal/store"
	"github.com/gatepost/gatepost/internal/store/storetest"
)

const (
	corp  id.Corp = "ding1"
	other id.Corp = "ding2"
)

var place = keyring.Place{Table: "people", Column: "sealed", Row: "lina"}

// stored is something sealed, as a row has it.
type stored struct {
	key    int64
	sealed []byte
}

func seal(t *testing.T, db *store.DB, r *keyring.Ring, c id.Corp, at keyring.Place, plain string) stored {
	t.Helper()
	s, err := store.Update(t.Context(), db, func(tx *store.Tx) (s stored, err error) {
		k, err := r.In(tx, c)
		if err == nil {
			s.key, s.sealed = k.Seal(at, plain)
		}
		return s, err
	})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func open(t *testing.T, db *store.DB, r *keyring.Ring, c id.Corp, at keyring.Place, s stored) (string, error) {
	t.Helper()
	return store.View(t.Context(), db, func(tx *store.Tx) (string, error) { return r.Open(tx, c, s.key, at, s.sealed) })
}

// What is sealed opens only where it was, and only undamaged.
func TestPlace(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		r := keyringtest.New(t, db)
		s := seal(t, db, r, corp, place, "secret")
		seal(t, db, r, other, place, "theirs")
		if got, err := open(t, db, r, corp, place, s); err != nil || got != "secret" {
			t.Fatalf("%q, %v", got, err)
		}
		damaged := stored{s.key, bytes.Clone(s.sealed)}
		damaged.sealed[len(damaged.sealed)/2] ^= 1
		for _, tc := range []struct {
			name string
			corp id.Corp
			at   keyring.Place
			s    stored
		}{
			{"another corp", other, place, s},
			{"another table", corp, keyring.Place{Table: "ext_contacts", Column: place.Column, Row: place.Row}, s},
			{"another column", corp, keyring.Place{Table: place.Table, Column: "email", Row: place.Row}, s},
			{"another row", corp, keyring.Place{Table: place.Table, Column: place.Column, Row: "wang"}, s},
			{"parts cut otherwise", corp, keyring.Place{Table: "people\x00sealed", Column: "lina"}, s},
			{"damage", corp, place, damaged},
			{"nothing", corp, place, stored{s.key, nil}},
		} {
			if got, err := open(t, db, r, tc.corp, tc.at, tc.s); !errors.Is(err, encryption.ErrSealed) {
				t.Errorf("%s: %q, %v", tc.name, got, err)
			}
		}
		if got, err := open(t, db, r, corp, place, stored{7, s.sealed}); err == nil || !strings.Contains(err.Error(), "key 7") {
			t.Errorf("an unknown key: %q, %v", got, err)
		}
	})
}

// An index is the same for the same value of one corp and column alone.
func TestIndex(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		r := keyringtest.New(t, db)
		keys := func(c id.Corp) *keyring.Keys {
			k, err := store.Update(t.Context(), db, func(tx *store.Tx) (*keyring.Keys, error) { return r.In(tx, c) })
			if err != nil {
				t.Fatal(err)
			}
			return k
		}
		k := keys(corp)
		same := k.Index("people.mobile", "86-13812345678")
		if same == "" || same != keys(corp).Index("people.mobile", "86-13812345678") {
			t.Errorf("%q is not the index of the same value", same)
		}
		for what, index := range map[string]string{
			"another value": k.Index("people.mobile", "86-13812345679"), "another column": k.Index("people.email", "86-13812345678"),
			"another corp": keys(other).Index("people.mobile", "86-13812345678"), "all corps": r.IndexOfAll("people.mobile", "86-13812345678"),
		} {
			if index == same || index == "" {
				t.Errorf("%s has the index %q", what, index)
			}
		}
		if k.Index("people.mobile", "") != "" || r.IndexOfAll("person", "") != "" {
			t.Error("the empty value has an index: all rows without one would be equal")
		}
	})
}

// shelf is a table of texts, in memory: what stands under which key.
type shelf struct {
	ring *keyring.Ring
	rows map[string]stored
	fail error
}

func (*shelf) Name() string { return "shelf" }

func (s *shelf) Reseal(tx *store.Tx, c id.Corp, key int64, most int) (int, error) {
	if c != corp {
		return 0, nil
	}
	if s.fail != nil {
		return 0, s.fail
	}
	n := 0
	for row, old := range s.rows {
		if old.key >= key || n == most {
			continue
		}
		at := keyring.Place{Table: "shelf", Column: "sealed", Row: row}
		plain, err := s.ring.Open(tx, c, old.key, at, old.sealed)
		if err != nil {
			return n, err
		}
		k, err := s.ring.In(tx, c)
		if err != nil {
			return n, err
		}
		var next stored
		next.key, next.sealed = k.Seal(at, plain)
		s.rows[row] = next
		n++
	}
	return n, nil
}

func (s *shelf) Older(_ *store.Tx, c id.Corp, key int64) (older, all int64, err error) {
	for _, r := range s.rows {
		if c == corp && r.key < key {
			older++
		}
	}
	return older, int64(len(s.rows)), nil
}

// Rows stay readable through a rotation, on a node that has not heard of it too,
// and end under the new key.
func TestRotate(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		r, elsewhere := keyringtest.New(t, db), keyringtest.New(t, db)
		s := &shelf{ring: r, rows: map[string]stored{}}
		r.Tables = []keyring.Table{s}
		for row := range 250 {
			name := strings.Repeat("x", row)
			s.rows[name] = seal(t, db, r, corp, keyring.Place{Table: "shelf", Column: "sealed", Row: name}, "plain "+name)
		}
		first := s.rows["x"]
		if n, err := r.Rotate(t.Context(), corp); err != nil || n != 2 {
			t.Fatalf("key %d, %v", n, err)
		}
		if st, err := r.Status(t.Context(), corp); err != nil || st.Key != 2 || st.Tables[0].Older != 250 {
			t.Errorf("status %+v, %v", st, err)
		}
		fresh := seal(t, db, r, corp, place, "new")
		if got, err := open(t, db, elsewhere, corp, place, fresh); fresh.key != 2 || err != nil || got != "new" {
			t.Errorf("a node that has not heard reads %q of key %d, %v", got, fresh.key, err)
		}
		for _, left := range []int64{150, 50, 0} {
			if n, err := r.Step(t.Context(), corp); err != nil || n == 0 {
				t.Fatalf("a step of %d rows, %v", n, err)
			}
			if st, err := r.Status(t.Context(), corp); err != nil || st.Tables[0].Older != left {
				t.Errorf("status %+v, %v; want %d left", st, err, left)
			}
			for name, row := range s.rows {
				if got, err := open(t, db, elsewhere, corp, keyring.Place{Table: "shelf", Column: "sealed", Row: name}, row); err != nil || got != "plain "+name {
					t.Fatalf("%q, %v", got, err)
				}
			}
		}
		if got, err := open(t, db, r, corp, keyring.Place{Table: "shelf", Column: "sealed", Row: "x"}, first); err != nil || got != "plain x" {
			t.Errorf("what an old backup has reads %q, %v", got, err)
		}
		if n, err := r.RotateAll(t.Context()); err != nil || n != 1 {
			t.Errorf("%d corps, %v", n, err)
		}
	})
}

// Of two nodes one works, until its lease ends.
func TestLease(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		now := time.Now()
		ring := func() *keyring.Ring {
			r, err := keyring.New(t.Context(), db, keyringtest.Master(), func() time.Time { return now })
			if err != nil {
				t.Fatal(err)
			}
			return r
		}
		a, b := ring(), ring()
		seal(t, db, a, corp, place, "x")
		for _, tc := range []struct {
			who  *keyring.Ring
			busy bool
		}{{a, false}, {b, true}, {a, false}} {
			if _, err := tc.who.Step(t.Context(), corp); errors.Is(err, keyring.ErrBusy) != tc.busy || !tc.busy && err != nil {
				t.Errorf("busy %t, want %t: %v", err != nil, tc.busy, err)
			}
		}
		now = now.Add(time.Minute)
		if _, err := b.Step(t.Context(), corp); err != nil {
			t.Errorf("after the lease: %v", err)
		}
		if _, err := a.Step(t.Context(), corp); !errors.Is(err, keyring.ErrBusy) {
			t.Errorf("who lost the lease: %v", err)
		}
	})
}

// A database opens under its own master key alone, and under a new one once its
// keys were wrapped under it.
func TestMaster(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		ctx := context.WithoutCancel(t.Context())
		next := bytes.Repeat([]byte{9}, encryption.KeySize)
		if err := keyring.Check(ctx, db, next); err != nil {
			t.Errorf("an empty database is of any key: %v", err)
		}
		r := keyringtest.New(t, db)
		s := seal(t, db, r, corp, place, "secret")
		token := r.Root().Derive("tokens v1")
		if _, err := keyring.New(ctx, db, next, time.Now); !errors.Is(err, keyring.ErrMaster) {
			t.Errorf("another key: %v", err)
		}
		if err := keyring.Check(ctx, db, next); !errors.Is(err, keyring.ErrMaster) {
			t.Errorf("another key: %v", err)
		}
		if _, err := keyring.Rewrap(ctx, db, next, next); !errors.Is(err, keyring.ErrMaster) {
			t.Errorf("rewrapped from a wrong key: %v", err)
		}
		for range 2 { // who is interrupted does it again
			if n, err := keyring.Rewrap(ctx, db, keyringtest.Master(), next); err != nil || n != 3 {
				t.Errorf("%d keys, %v", n, err)
			}
		}
		if _, err := keyring.New(ctx, db, keyringtest.Master(), time.Now); !errors.Is(err, keyring.ErrMaster) {
			t.Errorf("the old key: %v", err)
		}
		again, err := keyring.New(ctx, db, next, time.Now)
		if err != nil {
			t.Fatal(err)
		}
		if got, err := open(t, db, again, corp, place, s); err != nil || got != "secret" {
			t.Errorf("%q, %v", got, err)
		}
		if !bytes.Equal(again.Root().Derive("tokens v1"), token) {
			t.Error("tokens change with the master key")
		}
		if bytes.Equal(again.Root().Derive("tokens v1"), master(t, keyringtest.Master()).Derive("tokens v1")) {
			t.Error("the root key of a new platform is its master key")
		}
	})
}

func master(t *testing.T, key []byte) *encryption.Box {
	t.Helper()
	b, err := encryption.New(key)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// A platform from before there were root keys keeps its tokens.
func TestOldRoot(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		const old store.SQL = `INSERT INTO corps (corp, name, sandbox, demo, state, industry, auth_level, created_at)
			VALUES ($1, 'x', FALSE, FALSE, 'active', '', 0, 0)`
		if _, err := store.Update(t.Context(), db, func(tx *store.Tx) (int64, error) { return tx.Exec(old, corp) }); err != nil {
			t.Fatal(err)
		}
		r := keyringtest.New(t, db)
		if !bytes.Equal(r.Root().Derive("tokens v1"), master(t, keyringtest.Master()).Derive("tokens v1")) {
			t.Error("tokens that were issued before are worth nothing")
		}
	})
}

func TestPack(t *testing.T) {
	t.Parallel()
	for _, texts := range [][]string{{}, {""}, {"", ""}, {"a", strings.Repeat("长", 1000), "", "\x01\x00"}} {
		got, err := keyring.Unpack(keyring.Pack(texts...), len(texts))
		if err != nil || !slices.Equal(got, texts) && len(texts) > 0 {
			t.Errorf("%q: %q, %v", texts, got, err)
		}
		if _, err := keyring.Unpack(keyring.Pack(texts...), len(texts)+1); err == nil {
			t.Errorf("%q has fewer texts than asked for", texts)
		}
	}
}

// FuzzUnpack reads anything as a record: it does not panic, and what it accepts
// is what Pack writes of it.
func FuzzUnpack(f *testing.F) {
	f.Add(keyring.Pack("a", "", "长"))
	f.Add("")
	f.Add("\x01\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01")
	f.Add("\x02")
	f.Fuzz(func(t *testing.T, record string) {
		texts, err := keyring.Unpack(record, 0)
		if err != nil {
			return
		}
		again, err := keyring.Unpack(keyring.Pack(texts...), len(texts))
		if err != nil || !slices.Equal(again, texts) {
			t.Errorf("%q is %q and then %q, %v", record, texts, again, err)
		}
	})
}

// BenchmarkOpen is what reading one sealed record costs.
func BenchmarkOpen(b *testing.B) {
	db := storetest.Open(b)
	r := keyringtest.New(b, db)
	record := keyring.Pack("13812345678", "86", "lina@example.com", "lina@corp.example", "杭州", "", "", "", "", "")
	s, err := store.Update(b.Context(), db, func(tx *store.Tx) (s stored, err error) {
		k, err := r.In(tx, corp)
		if err == nil {
			s.key, s.sealed = k.Seal(place, record)
		}
		return s, err
	})
	if err != nil {
		b.Fatal(err)
	}
	_, err = store.View(b.Context(), db, func(tx *store.Tx) (struct{}, error) {
		b.ReportAllocs()
		for b.Loop() {
			plain, err := r.Open(tx, corp, s.key, place, s.sealed)
			if err == nil {
				_, err = keyring.Unpack(plain, 10)
			}
			if err != nil {
				return struct{}{}, err
			}
		}
		return struct{}{}, nil
	})
	if err != nil {
		b.Fatal(err)
	}
}
