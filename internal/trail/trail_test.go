package trail

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"errors"
	"fmt"
	"log/slog"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gatepost/gatepost/internal/id"
	"github.com/gatepost/gatepost/internal/store"
	"github.com/gatepost/gatepost/internal/store/storetest"
)

const corp id.Corp = "ding1"

var noon = time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)

// clock is a time that tests move.
type clock struct{ now time.Time }

func (c *clock) real() time.Time { return c.now }

func open(db *store.DB, c *clock) *Trail {
	return New(db, bytes.Repeat([]byte{1}, ed25519.SeedSize), c.real, slog.New(slog.DiscardHandler))
}

// note makes n records of corp, one a second.
func note(t *testing.T, tr *Trail, c *clock, n int) {
	t.Helper()
	for range n {
		c.now = c.now.Add(time.Second)
		r := Record{Corp: corp, At: c.now.UnixMilli(), Call: fmt.Sprintf("call-%d", c.now.Unix()), As: "app", Agent: 7,
			Op: "user.get", Fields: []string{"mobile", "email"}, People: []string{"wang", "lina"}}
		if err := tr.Note(t.Context(), r, true); err != nil {
			t.Fatal(err)
		}
	}
}

func verify(t *testing.T, tr *Trail, kept *Seal) Report {
	t.Helper()
	r, err := tr.Verify(t.Context(), corp, kept)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func tamper(t *testing.T, db *store.DB, f func(tx *store.Tx) error) {
	t.Helper()
	if _, err := store.Update(t.Context(), db, func(tx *store.Tx) (struct{}, error) { return struct{}{}, f(tx) }); err != nil {
		t.Fatal(err)
	}
}

// What somebody does who can write the database.
const (
	setContent  store.SQL = `UPDATE disclosures SET content = $3 WHERE corp = $1 AND seq = $2`
	setBoth     store.SQL = `UPDATE disclosures SET content = $3, hash = $4 WHERE corp = $1 AND seq = $2`
	setSeq      store.SQL = `UPDATE disclosures SET seq = $3 WHERE corp = $1 AND seq = $2`
	dropOne     store.SQL = `DELETE FROM disclosures WHERE corp = $1 AND seq = $2`
	dropFrom    store.SQL = `DELETE FROM disclosures WHERE corp = $1 AND seq >= $2`
	dropSeals   store.SQL = `DELETE FROM disclosure_seals WHERE corp = $1 AND seq >= $2`
	dropTomb    store.SQL = `DELETE FROM disclosure_tombstones WHERE corp = $1`
	setTomb     store.SQL = `UPDATE disclosure_tombstones SET removed = removed + 1, seq = seq + 1 WHERE corp = $1`
	contentOf   store.SQL = `SELECT seq, at, content, hash FROM disclosures WHERE corp = $1 AND seq = $2`
	contentsOf  store.SQL = `SELECT seq, at, content, hash FROM disclosures WHERE corp = $1 ORDER BY seq`
	forgeSeal   store.SQL = `UPDATE disclosure_seals SET hash = $3 WHERE corp = $1 AND seq = $2`
	moveOnePast store.SQL = `UPDATE disclosures SET seq = seq + 1000 WHERE corp = $1 AND seq >= $2`
	moveOneBack store.SQL = `UPDATE disclosures SET seq = seq - 999 WHERE corp = $1 AND seq >= 1000 AND seq >= $2`
)

// rewrite changes record seq and computes all after it anew, as whoever knows
// how the chain is made can.
func rewrite(tx *store.Tx, seq int64) error {
	rows, err := store.All(tx, contentsOf, scanNumbered, corp)
	if err != nil {
		return err
	}
	prev := ""
	for _, row := range rows {
		r, err := parse(row.text)
		if err != nil {
			return err
		}
		if r.Seq == seq {
			r.People = []string{"nobody"}
		}
		r.Prev = prev
		text, err := r.text()
		if err != nil {
			return err
		}
		prev = hashOf(text)
		if _, err := tx.Exec(setBoth, corp, row.seq, text, prev); err != nil {
			return err
		}
	}
	return nil
}

// Whatever was done to the database is found, with its place. A chain has
// records 1 to 20, a seal under 10 and one under 20; a seal under 20 was kept.
func TestTampering(t *testing.T) {
	t.Parallel()
	each := func(tx *store.Tx, steps ...func() (int64, error)) error {
		for _, step := range steps {
			if _, err := step(); err != nil {
				return err
			}
		}
		return nil
	}
	for _, tc := range []struct {
		name   string
		change func(tx *store.Tx) error
		seq    int64
		what   string
		kept   bool // found only with the seal that was kept
	}{
		{"change", func(tx *store.Tx) error {
			row, err := store.One(tx, contentOf, scanNumbered, corp, 5)
			if err != nil {
				return err
			}
			_, err = tx.Exec(setContent, corp, 5, strings.Replace(row.text, "lina", "zhao", 1))
			return err
		}, 5, "hash of the contents", false},
		{"change with its own hash", func(tx *store.Tx) error {
			row, err := store.One(tx, contentOf, scanNumbered, corp, 5)
			if err != nil {
				return err
			}
			text := strings.Replace(row.text, "lina", "zhao", 1)
			_, err = tx.Exec(setBoth, corp, 5, text, hashOf(text))
			return err
		}, 6, "hash of the record before", false},
		{"drop", func(tx *store.Tx) error { _, err := tx.Exec(dropOne, corp, 7); return err }, 7, "number", false},
		{"drop the first", func(tx *store.Tx) error { _, err := tx.Exec(dropOne, corp, 1); return err }, 1, "number", false},
		{"swap", func(tx *store.Tx) error {
			return each(tx, func() (int64, error) { return tx.Exec(setSeq, corp, 8, 99) },
				func() (int64, error) { return tx.Exec(setSeq, corp, 9, 8) }, func() (int64, error) { return tx.Exec(setSeq, corp, 99, 9) })
		}, 8, "number", false},
		{"insert", func(tx *store.Tx) error {
			row, err := store.One(tx, contentOf, scanNumbered, corp, 11)
			if err != nil {
				return err
			}
			text := strings.Replace(row.text, "lina", "zhao", 1)
			return each(tx, func() (int64, error) { return tx.Exec(moveOnePast, corp, 12) },
				func() (int64, error) { return tx.Exec(moveOneBack, corp, 12) },
				func() (int64, error) { return tx.Exec(insertRecord, corp, 12, 0, "x", text, hashOf(text)) })
		}, 12, "number", false},
		{"cut the end", func(tx *store.Tx) error { _, err := tx.Exec(dropFrom, corp, 15); return err }, 20, "record under a seal", false},
		{"cut the end with its seal", func(tx *store.Tx) error {
			return each(tx, func() (int64, error) { return tx.Exec(dropFrom, corp, 15) }, func() (int64, error) { return tx.Exec(dropSeals, corp, 15) })
		}, 20, "end of the chain", true},
		{"remove all", func(tx *store.Tx) error {
			return each(tx, func() (int64, error) { return tx.Exec(dropFrom, corp, 0) }, func() (int64, error) { return tx.Exec(dropSeals, corp, 0) })
		}, 20, "end of the chain", true},
		{"compute all anew", func(tx *store.Tx) error { return rewrite(tx, 3) }, 10, "hash under the seal", false},
		{"compute all anew without seals", func(tx *store.Tx) error {
			return each(tx, func() (int64, error) { return 0, rewrite(tx, 3) }, func() (int64, error) { return tx.Exec(dropSeals, corp, 0) })
		}, 20, "hash under the seal that was kept", true},
		{"forge a seal", func(tx *store.Tx) error {
			return each(tx, func() (int64, error) { return 0, rewrite(tx, 3) }, func() (int64, error) {
				row, err := store.One(tx, contentOf, scanNumbered, corp, 10)
				if err != nil {
					return 0, err
				}
				return tx.Exec(forgeSeal, corp, 10, row.hash)
			})
		}, 10, "signature of the seal", false},
		{"nothing of a record", func(tx *store.Tx) error { _, err := tx.Exec(setContent, corp, 4, "x"); return err }, 4, "contents", false},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			storetest.Each(t, func(t *testing.T, db *store.DB) {
				c := &clock{now: noon}
				tr := open(db, c)
				note(t, tr, c, 10)
				if _, err := tr.Seal(t.Context(), corp); err != nil {
					t.Fatal(err)
				}
				note(t, tr, c, 10)
				kept, err := tr.Seal(t.Context(), corp)
				if err != nil {
					t.Fatal(err)
				}
				if r := verify(t, tr, &kept); r.Problem != nil || r.Records != 20 || r.First != 1 || r.Last != 20 || r.Seals != 2 || r.Sealed != 20 {
					t.Fatalf("before: %+v, %v", r, r.Problem)
				}
				tamper(t, db, tc.change)
				if r := verify(t, tr, nil); (r.Problem == nil) != tc.kept {
					t.Errorf("without a seal that was kept: %v", r.Problem)
				}
				p := verify(t, tr, &kept).Problem
				if p == nil || p.Seq != tc.seq || p.What != tc.what || p.Expected == p.Found {
					t.Errorf("found %+v, want record %d: %s", p, tc.seq, tc.what)
				}
			})
		})
	}
}

// What does not fit is not signed.
func TestSealRefuses(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		c := &clock{now: noon}
		tr := open(db, c)
		note(t, tr, c, 3)
		tamper(t, db, func(tx *store.Tx) error { _, err := tx.Exec(dropOne, corp, 2); return err })
		_, err := tr.Seal(t.Context(), corp)
		if p, ok := errors.AsType[*Problem](err); !ok || p.Seq != 2 {
			t.Errorf("sealed: %v", err)
		}
	})
}

// The retention leaves evidence, and removes nothing that no seal is under.
func TestSweep(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		c := &clock{now: noon}
		tr := open(db, c)
		tr.Keep = time.Hour
		note(t, tr, c, 10)
		c.now = c.now.Add(2 * time.Hour)
		if err := tr.Sweep(t.Context()); err != nil {
			t.Fatal(err)
		}
		if r := verify(t, tr, nil); r.Records != 10 {
			t.Errorf("what is not sealed was removed: %+v", r)
		}
		early, err := tr.Seal(t.Context(), corp)
		if err != nil {
			t.Fatal(err)
		}
		for _, removed := range []int64{9, 14} {
			if err := tr.Sweep(t.Context()); err != nil {
				t.Fatal(err)
			}
			note(t, tr, c, 5)
			if _, err := tr.Seal(t.Context(), corp); err != nil {
				t.Fatal(err)
			}
			if r := verify(t, tr, &early); r.Problem != nil || r.Removed != removed || r.First != removed+1 {
				t.Errorf("%+v, %v; want %d removed", r, r.Problem, removed)
			}
			c.now = c.now.Add(2 * time.Hour)
		}
		tamper(t, db, func(tx *store.Tx) error { _, err := tx.Exec(setTomb, corp); return err })
		if p := verify(t, tr, nil).Problem; p == nil || p.What != "signature of the tombstone" {
			t.Errorf("a tombstone that was changed: %v", p)
		}
		tamper(t, db, func(tx *store.Tx) error { _, err := tx.Exec(dropTomb, corp); return err })
		if p := verify(t, tr, nil).Problem; p == nil || p.What != "number" || p.Seq != 1 {
			t.Errorf("a tombstone that was removed: %v", p)
		}
	})
}

// Several nodes write one chain, each in its turn.
func TestNodes(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		const each = 60
		c := &clock{now: noon}
		var wg sync.WaitGroup
		for node := range 3 {
			tr := open(db, c)
			wg.Go(func() {
				for i := range each {
					r := Record{Corp: corp, Call: fmt.Sprintf("%d-%d", node, i), As: "app", Op: "x", Fields: []string{"mobile"}, People: []string{fmt.Sprint("lina", i)}}
					if err := tr.Note(t.Context(), r, i%2 == 0); err != nil {
						t.Error(err)
					}
				}
				if err := tr.Flush(t.Context()); err != nil {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		if r := verify(t, open(db, c), nil); r.Problem != nil || r.Records != 3*each {
			t.Errorf("%+v, %v", r, r.Problem)
		}
	})
}

// What applications read waits in the queue, is written once though it is not
// known whether it was, and what has no room is written by the call.
func TestQueue(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		tr := open(db, &clock{now: noon})
		one := Record{Corp: corp, Call: "1", As: "app", Op: "x", Fields: []string{"mobile"}, People: []string{"lina"}}
		if err := tr.Note(t.Context(), one, false); err != nil || len(tr.queue) != 1 {
			t.Fatalf("%d wait, %v", len(tr.queue), err)
		}
		gone, cancel := context.WithCancel(t.Context())
		cancel()
		if err := tr.Flush(gone); err == nil || len(tr.queue) != 1 {
			t.Errorf("what could not be written is lost: %d wait, %v", len(tr.queue), err)
		}
		if err := tr.Flush(t.Context()); err != nil {
			t.Fatal(err)
		}
		if err := tr.write(t.Context(), []Record{one}, true); err != nil {
			t.Fatal(err)
		}
		tr.queue = make([]Record, queueRoom)
		two := one
		two.Call = "2"
		if err := tr.Note(t.Context(), two, false); err != nil {
			t.Fatal(err)
		}
		tr.queue = nil
		if r := verify(t, tr, nil); r.Records != 2 || r.Problem != nil {
			t.Errorf("%+v, %v", r, r.Problem)
		}
	})
}

// Calls that show the same to the same caller while they wait are one record;
// whatever differs in anything is another.
func TestSameIsCounted(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		tr := open(db, &clock{now: noon})
		base := Record{Corp: corp, As: "app", App: "a", Agent: 1, Op: "x", Fields: []string{"mobile"}, People: []string{"lina"}}
		differ := []func(*Record){func(*Record) {}, func(r *Record) { r.App = "b" }, func(r *Record) { r.Agent = 2 }, func(r *Record) { r.User = "li" },
			func(r *Record) { r.As = "person" }, func(r *Record) { r.Op = "y" }, func(r *Record) { r.Fields = []string{"email"} },
			func(r *Record) { r.People = []string{"wang"} }, func(r *Record) { r.Fields, r.People = []string{"mobile", "lina"}, []string{""} }}
		calls := 0
		for range 3 {
			for _, change := range differ {
				r := base
				change(&r)
				calls++
				r.Call = fmt.Sprint(calls)
				if err := tr.Note(t.Context(), r, false); err != nil {
					t.Fatal(err)
				}
			}
		}
		if err := tr.Flush(t.Context()); err != nil {
			t.Fatal(err)
		}
		if r := verify(t, tr, nil); r.Problem != nil || r.Records != int64(len(differ)) {
			t.Fatalf("%+v, %v", r, r.Problem)
		}
		list, _, err := tr.page(t.Context(), corp, filter{size: 100})
		if err != nil {
			t.Fatal(err)
		}
		for _, r := range list {
			if n, err := strconv.Atoi(r.Call); r.Times != 3 || err != nil || n > len(differ) {
				t.Errorf("call %s, %d times", r.Call, r.Times)
			}
		}
	})
}

// Calls that wait at once share a transaction, and each is answered.
func TestUrgent(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		tr := open(db, &clock{now: noon})
		r := Record{Corp: corp, As: "app", Op: "x", Fields: []string{"mobile"}, People: []string{"lina"}}
		others := []*waiting{{record: r}, {record: r}}
		tr.urgent = append(tr.urgent, others...)
		if err := tr.Note(t.Context(), r, true); err != nil {
			t.Fatal(err)
		}
		for i, w := range others {
			if !w.written || w.err != nil {
				t.Errorf("who waited as number %d was not answered: %v", i+1, w.err)
			}
		}
		if got := verify(t, tr, nil); got.Records != 3 || got.Problem != nil {
			t.Errorf("%+v, %v", got, got.Problem)
		}
		if err := db.Close(); err != nil {
			t.Fatal(err)
		}
		if err := tr.Note(t.Context(), r, true); err == nil {
			t.Error("what cannot be written is said to be committed")
		}
	})
}

// A record names so many, and has the digest of all.
func TestMany(t *testing.T) {
	t.Parallel()
	var people []string
	for i := range maxPeople + 20 {
		people = append(people, fmt.Sprintf("p%03d", (i*7)%(maxPeople+20)))
	}
	var r, again, other Record
	r.fill([]string{"mobile", "email"}, people)
	again.fill([]string{"email", "mobile"}, append(people[60:], people[:60]...))
	other.fill(nil, append([]string{"q"}, people[1:]...))
	if len(r.People) != maxPeople || r.Count != maxPeople+20 || r.Digest == "" || r.Digest != again.Digest || r.Digest == other.Digest || r.Fields[0] != "email" {
		t.Errorf("%d people of %d, digests %q, %q, %q", len(r.People), r.Count, r.Digest, again.Digest, other.Digest)
	}
}

// An export that was changed is found without the platform.
func TestExport(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		c := &clock{now: noon}
		tr := open(db, c)
		note(t, tr, c, 25)
		var lines []string
		for after := int64(0); ; {
			page, next, err := tr.export(t.Context(), corp, 0, 0, after, 10)
			if err != nil {
				t.Fatal(err)
			}
			if lines, after = append(lines, page...), next; next == 0 {
				break
			}
		}
		if len(lines) != 1+25+3 {
			t.Fatalf("%d lines", len(lines))
		}
		part, _, err := tr.export(t.Context(), corp, noon.Add(11*time.Second).UnixMilli(), noon.Add(20*time.Second).UnixMilli(), 0, 100)
		if err != nil || len(part) != 1+10+1 {
			t.Fatalf("%d lines of a part, %v", len(part), err)
		}
		without := func(lines []string, i int) []string { return append(append([]string{}, lines[:i]...), lines[i+1:]...) }
		key := Key(tr.public())
		for _, tc := range []struct {
			name  string
			lines []string
			key   string
			seq   int64
			what  string
		}{
			{"whole", lines, key, 0, ""},
			{"believed", lines, "", 0, ""},
			{"part", part, key, 0, ""},
			{"another platform's", lines, Key(make([]byte, 32)), 0, "key of the platform"},
			{"a record is missing", without(lines, 5), key, 5, "number"},
			{"a record of a part is missing", without(part, 5), key, 15, "number"},
			{"the end is cut", lines[:20], key, 18, "end of the export"},
			{"changed", strings.Split(strings.Replace(strings.Join(lines, "\n"), "lina", "zhao", 1), "\n"), key, 1, "hash of the contents"},
		} {
			r, err := VerifyExport(strings.NewReader(strings.Join(tc.lines, "\n")), tc.key)
			switch {
			case err != nil:
				t.Errorf("%s: %v", tc.name, err)
			case tc.what == "" && r.Problem != nil:
				t.Errorf("%s: %v", tc.name, r.Problem)
			case tc.what != "" && (r.Problem == nil || r.Problem.What != tc.what || r.Problem.Seq != tc.seq):
				t.Errorf("%s: %v, want record %d: %s", tc.name, r.Problem, tc.seq, tc.what)
			}
		}
		for name, text := range map[string]string{"nothing": "", "no header": lines[1], "no JSON": "x"} {
			if _, err := VerifyExport(strings.NewReader(text), ""); err == nil {
				t.Errorf("%s is an export", name)
			}
		}
	})
}

// FuzzVerifyExport reads anything as an export and does not panic.
func FuzzVerifyExport(f *testing.F) {
	f.Add(`{"trail":{"version":1,"corp":"d","key":"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=","from":1}}` + "\n" + `{"record":"{}","hash":""}`)
	f.Add("")
	f.Fuzz(func(t *testing.T, text string) {
		r, err := VerifyExport(strings.NewReader(text), "")
		if err == nil && r.Problem == nil && r.Records > 0 && r.Seals == 0 {
			t.Errorf("%q is whole without a seal", text)
		}
	})
}

// BenchmarkNote is what a record costs that is written with a hundred others.
func BenchmarkNote(b *testing.B) {
	tr := open(storetest.Open(b), &clock{now: noon})
	people := make([]string, 100)
	for i := range people {
		people[i] = fmt.Sprintf("user%06d", i)
	}
	for i := 0; b.Loop(); i++ {
		r := Record{Corp: corp, Call: fmt.Sprint(i), As: "app", Op: "user.list", Fields: []string{"mobile", "email"}, People: people}
		if err := tr.Note(b.Context(), r, false); err != nil {
			b.Fatal(err)
		}
		if i%100 == 99 {
			if err := tr.Flush(b.Context()); err != nil {
				b.Fatal(err)
			}
		}
	}
}
