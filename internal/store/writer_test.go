package store

import (
	"context"
	"errors"
	"fmt"
	"os"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
)

// When SQLite drops the transaction under a batch, as it does when the disk is full, the others' work is done again.
func TestBatchLost(t *testing.T) {
	t.Parallel()
	db, err := Open(t.Context(), Config{})
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	const insert = `INSERT INTO settings (name, value) VALUES ($1, 'v')`
	var wg sync.WaitGroup
	for i := range 32 {
		wg.Go(func() {
			runs := 0
			err := db.engine.update(t.Context(), func(q querier) error {
				if runs++; i%8 == 0 && runs == 1 {
					_, err := q.exec(t.Context(), "ROLLBACK", nil)
					return errors.Join(err, errors.New("disk full"))
				}
				_, err := q.exec(t.Context(), insert, []any{fmt.Sprint(i)})
				return err
			})
			// A caller loses at most as many batches as there are culprits, which may be more than it is retried for.
			if err != nil && !errors.Is(err, errLost) {
				t.Errorf("caller %d: %v", i, err)
			}
			n := 1
			if err != nil {
				n = 0
			}
			lines, bad := db.Raw(t.Context(), fmt.Sprintf(`SELECT name FROM settings WHERE name = '%d'`, i))
			if bad != nil || len(lines) != n {
				t.Errorf("caller %d was told %v and has %d rows, %v", i, err, len(lines), bad)
			}
		})
	}
	wg.Wait()
}

// An idle writer copies the log into the file, so that the work is not in somebody's commit.
func TestIdleCheckpoint(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	db, err := Open(t.Context(), Config{Dir: dir, Volatile: true})
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	size := func() int64 {
		info, err := os.Stat(dir + "/" + sqliteFile)
		if err != nil {
			t.Fatal(err)
		}
		return info.Size()
	}
	before := size()
	if _, err := db.Raw(t.Context(), `INSERT INTO settings (name, value) VALUES ('big', hex(zeroblob(200000)))`, `SELECT 1`); err != nil {
		t.Fatal(err)
	}
	for deadline := time.Now().Add(10 * time.Second); size() < before+400000; time.Sleep(20 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("the file has %d bytes", size())
		}
	}
}

// An Update that never succeeds is given up, and an error that the function made of the failure does not hide it.
func TestRetryIsBounded(t *testing.T) {
	t.Parallel()
	base := os.Getenv("GATEPOST_TEST_POSTGRES")
	if base == "" {
		t.Skip("GATEPOST_TEST_POSTGRES is not set")
	}
	e, err := openPostgres(t.Context(), Config{Postgres: base})
	if err != nil {
		t.Fatal(err)
	}
	defer e.close()
	db := &DB{engine: e}
	for _, tc := range []struct {
		name, code string
		fails      int
		runs       int
		succeeds   bool
	}{
		{"serialization", stateSerialization, 3, 4, true},
		{"deadlock", stateDeadlock, 1, 2, true},
		{"for ever", stateSerialization, 1000, attempts, false},
		{"other", stateUnique, 1000, 1, false},
	} {
		t.Run(tc.name, func(t *testing.T) {
			runs := 0
			_, err := Update(t.Context(), db, func(tx *Tx) (int, error) {
				if runs++; runs <= tc.fails {
					_ = tx.fail("UPDATE", &pgconn.PgError{Code: tc.code})
					return 0, errors.New("a conclusion")
				}
				return 0, nil
			})
			if runs != tc.runs || (err == nil) != tc.succeeds {
				t.Errorf("%d runs, %v; want %d", runs, err, tc.runs)
			}
		})
	}
	short, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer cancel()
	_, err = Update(short, db, func(tx *Tx) (int, error) { return 0, &pgconn.PgError{Code: stateDeadlock} })
	if !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("err = %v, want deadline exceeded", err)
	}
}

// BenchmarkUpdate shows what group commit gains: more callers, more commits shared, with the disk waited for.
func BenchmarkUpdate(b *testing.B) {
	for _, callers := range []int{1, 16, 64} {
		b.Run(fmt.Sprint(callers), func(b *testing.B) {
			db, err := Open(b.Context(), Config{Dir: b.TempDir()})
			if err != nil {
				b.Fatal(err)
			}
			defer db.Close()
			work := make(chan int)
			var wg sync.WaitGroup
			for range callers {
				wg.Go(func() {
					for i := range work {
						_, err := Update(b.Context(), db, func(tx *Tx) (int64, error) {
							return tx.Exec(`INSERT INTO settings (name, value) VALUES ($1, 'v')`, fmt.Sprint(i))
						})
						if err != nil {
							b.Error(err)
						}
					}
				})
			}
			n := 0
			for b.Loop() {
				n++
				work <- n
			}
			close(work)
			wg.Wait()
		})
	}
}
