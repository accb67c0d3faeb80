package store_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/gatepost/gatepost/internal/store"
	"github.com/gatepost/gatepost/internal/store/storetest"
)

const (
	addSetting   store.SQL = `INSERT INTO settings (name, value) VALUES ($1, $2)`
	setSetting   store.SQL = `UPDATE settings SET value = $2 WHERE name = $1`
	settingValue store.SQL = `SELECT value FROM settings WHERE name = $1`
	countAll     store.SQL = `SELECT count(*) FROM settings`
	namesIn      store.SQL = `SELECT name FROM settings WHERE name IN @strings($1) ORDER BY name`
	revisionsIn  store.SQL = `SELECT topic FROM revisions WHERE version IN @ints($1) ORDER BY topic`
	broken       store.SQL = `SELECT nothing FROM nowhere`
)

var errFailed = errors.New("failed on purpose")

func text(r store.Row) (s string, err error)  { return s, r.Scan(&s) }
func number(r store.Row) (n int64, err error) { return n, r.Scan(&n) }

// put stores one setting in an Update of its own.
func put(ctx context.Context, db *store.DB, name, value string) error {
	_, err := store.Update(ctx, db, func(tx *store.Tx) (int64, error) { return tx.Exec(addSetting, name, value) })
	return err
}

// value reads one setting.
func value(t *testing.T, db *store.DB, name string) string {
	t.Helper()
	v, err := store.View(t.Context(), db, func(tx *store.Tx) (string, error) {
		return store.One(tx, settingValue, text, name)
	})
	if errors.Is(err, store.ErrNone) {
		return ""
	}
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func count(t *testing.T, db *store.DB) int64 {
	t.Helper()
	n, err := store.View(t.Context(), db, func(tx *store.Tx) (int64, error) { return store.One(tx, countAll, number) })
	if err != nil {
		t.Fatal(err)
	}
	return n
}

func TestReadAndWrite(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		if err := put(t.Context(), db, "a", "1"); err != nil {
			t.Fatal(err)
		}
		if got := value(t, db, "a"); got != "1" {
			t.Errorf("value = %q, want 1", got)
		}
		_, err := store.View(t.Context(), db, func(tx *store.Tx) (string, error) {
			return store.One(tx, settingValue, text, "absent")
		})
		if !errors.Is(err, store.ErrNone) {
			t.Errorf("err = %v, want ErrNone", err)
		}
	})
}

func TestConflict(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		if err := put(t.Context(), db, "a", "1"); err != nil {
			t.Fatal(err)
		}
		err := put(t.Context(), db, "a", "2")
		if !store.Conflict(err) {
			t.Errorf("Conflict(%v) = false", err)
		}
		if got := store.ConflictOn(fmt.Errorf("wrapped: %w", err)); got != "settings(name)" {
			t.Errorf("ConflictOn = %q", got)
		}
		if store.Conflict(errFailed) || store.ConflictOn(errFailed) != "" {
			t.Error("an error that is no conflict is taken for one")
		}
	})
}

func TestLists(t *testing.T) {
	t.Parallel()
	type name string
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		for _, n := range []string{"a", `b"`, "丙"} {
			if err := put(t.Context(), db, n, ""); err != nil {
				t.Fatal(err)
			}
		}
		_, err := store.Update(t.Context(), db, func(tx *store.Tx) (int, error) { tx.Touch("t"); return 0, nil })
		if err != nil {
			t.Fatal(err)
		}
		_, err = store.View(t.Context(), db, func(tx *store.Tx) (int, error) {
			found, err := store.All(tx, namesIn, text, store.List([]name{"丙", `b"`, "x"}))
			if err != nil || fmt.Sprint(found) != `[b" 丙]` {
				t.Errorf("strings: %v, %v", found, err)
			}
			found, err = store.All(tx, namesIn, text, store.List[string](nil))
			if err != nil || found != nil {
				t.Errorf("empty list: %v, %v", found, err)
			}
			found, err = store.All(tx, revisionsIn, text, store.List([]int64{1, 1 << 62}))
			if err != nil || fmt.Sprint(found) != "[t]" {
				t.Errorf("ints: %v, %v", found, err)
			}
			return 0, nil
		})
		if err != nil {
			t.Fatal(err)
		}
	})
}

// A failed statement ends the transaction on both engines, even when the function carries on.
func TestFailedStatementEndsTransaction(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		_, err := store.Update(t.Context(), db, func(tx *store.Tx) (int, error) {
			if _, err := tx.Exec(addSetting, "a", "1"); err != nil {
				return 0, err
			}
			if _, err := tx.Exec(broken); err == nil {
				t.Error("a broken statement succeeded")
			}
			if _, err := tx.Exec(addSetting, "b", "1"); err == nil {
				t.Error("a statement after a failed one succeeded")
			}
			return 0, nil
		})
		if err == nil {
			t.Error("the failure was swallowed")
		}
		if n := count(t, db); n != 0 {
			t.Errorf("%d rows remained", n)
		}
	})
}

func TestTxOutlived(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		tx, err := store.Update(t.Context(), db, func(tx *store.Tx) (*store.Tx, error) { return tx, nil })
		if err != nil {
			t.Fatal(err)
		}
		if _, err := tx.Exec(addSetting, "a", "1"); err == nil {
			t.Error("a statement after the end succeeded")
		}
		_, err = store.View(t.Context(), db, func(tx *store.Tx) (int64, error) { return tx.Exec(addSetting, "a", "1") })
		if err == nil {
			t.Error("Exec in a View succeeded")
		}
	})
}

func TestConcurrentUpdates(t *testing.T) {
	t.Parallel()
	const callers, each = 64, 10
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		var wg sync.WaitGroup
		var failed atomic.Int64
		for c := range callers {
			wg.Go(func() {
				for i := range each {
					fail := i%5 == 4 // good and bad ones share a commit
					_, err := store.Update(t.Context(), db, func(tx *store.Tx) (int64, error) {
						n, err := tx.Exec(addSetting, fmt.Sprintf("%d-%d", c, i), "v")
						tx.Touch("corp:one") // all of them want this row
						if fail && err == nil {
							return 0, errFailed
						}
						return n, err
					})
					switch {
					case errors.Is(err, errFailed):
						failed.Add(1)
					case err != nil:
						t.Errorf("update: %v", err)
					}
				}
			})
		}
		wg.Wait()
		if n := failed.Load(); n != callers*each/5 {
			t.Errorf("%d failed, want %d", n, callers*each/5)
		}
		if n := count(t, db); n != callers*each*4/5 {
			t.Errorf("%d rows, want %d", n, callers*each*4/5)
		}
	})
}

// Two increments that both read before they write: neither may be lost, on either engine.
func TestNoLostUpdate(t *testing.T) {
	t.Parallel()
	const callers, each = 8, 10
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		if err := put(t.Context(), db, "n", "0"); err != nil {
			t.Fatal(err)
		}
		var wg sync.WaitGroup
		for range callers {
			wg.Go(func() {
				for range each {
					_, err := store.Update(t.Context(), db, func(tx *store.Tx) (int64, error) {
						s, err := store.One(tx, settingValue, text, "n")
						if err != nil {
							return 0, err
						}
						var n int
						fmt.Sscan(s, &n)
						return tx.Exec(setSetting, "n", fmt.Sprint(n+1))
					})
					if err != nil {
						t.Errorf("update: %v", err)
					}
				}
			})
		}
		wg.Wait()
		if got := value(t, db, "n"); got != fmt.Sprint(callers*each) {
			t.Errorf("n = %s, want %d", got, callers*each)
		}
	})
}

func TestPanicIsTheCallersAndLeavesNothing(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		var wg sync.WaitGroup
		for i := range 16 {
			wg.Go(func() {
				defer func() {
					if got := recover(); (got != nil) != (i%4 == 0) {
						t.Errorf("caller %d: recover() = %v", i, got)
					}
				}()
				_, err := store.Update(t.Context(), db, func(tx *store.Tx) (int64, error) {
					n, err := tx.Exec(addSetting, fmt.Sprint(i), "v")
					if err == nil && i%4 == 0 {
						panic("on purpose")
					}
					return n, err
				})
				if err != nil {
					t.Errorf("caller %d: %v", i, err)
				}
			})
		}
		wg.Wait()
		if n := count(t, db); n != 12 {
			t.Errorf("%d rows, want 12", n)
		}
	})
}

func TestContextEndsInTheQueueAndInTheFunction(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		inside, leave := make(chan struct{}), make(chan struct{})
		slow := make(chan error, 1)
		ctx, cancel := context.WithCancel(t.Context())
		go func() {
			_, err := store.Update(ctx, db, func(tx *store.Tx) (int64, error) {
				if _, err := tx.Exec(addSetting, "slow", "v"); err != nil {
					return 0, err
				}
				close(inside)
				<-leave
				return tx.Exec(addSetting, "slow too", "v")
			})
			slow <- err
		}()
		<-inside
		if db.Engine() == "sqlite" { // PostgreSQL has no queue
			short, stop := context.WithTimeout(t.Context(), 20*time.Millisecond)
			defer stop()
			if err := put(short, db, "queued", "v"); !errors.Is(err, context.DeadlineExceeded) {
				t.Errorf("queued: %v, want deadline exceeded", err)
			}
		}
		good := make(chan error, 1)
		go func() { good <- put(t.Context(), db, "good", "v") }()
		cancel()
		close(leave)
		if err := <-slow; !errors.Is(err, context.Canceled) {
			t.Errorf("slow: %v, want canceled", err)
		}
		if err := <-good; err != nil {
			t.Errorf("good: %v", err)
		}
		if n := count(t, db); n != 1 {
			t.Errorf("%d rows, want 1", n)
		}
	})
}

func TestClosed(t *testing.T) {
	t.Parallel()
	configs := map[string]func(t *testing.T) store.Config{
		"memory":   func(*testing.T) store.Config { return store.Config{} },
		"file":     func(t *testing.T) store.Config { return store.Config{Dir: storetest.Dir(t), Volatile: true} },
		"postgres": func(t *testing.T) store.Config { return store.Config{Postgres: storetest.Postgres(t)} },
	}
	for name, config := range configs {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			db, err := store.Open(t.Context(), config(t))
			if err != nil {
				t.Fatal(err)
			}
			if err := put(t.Context(), db, "a", "1"); err != nil {
				t.Fatal(err)
			}
			if err := db.Close(); err != nil {
				t.Fatal(err)
			}
			if err := put(t.Context(), db, "b", "1"); !errors.Is(err, store.ErrClosed) {
				t.Errorf("Update: %v, want ErrClosed", err)
			}
			_, err = store.View(t.Context(), db, func(tx *store.Tx) (int64, error) { return store.One(tx, countAll, number) })
			if !errors.Is(err, store.ErrClosed) {
				t.Errorf("View: %v, want ErrClosed", err)
			}
		})
	}
}

func TestOneProcessPerFile(t *testing.T) {
	t.Parallel()
	dir := storetest.Dir(t)
	first, err := store.Open(t.Context(), store.Config{Dir: dir})
	if err != nil {
		t.Fatal(err)
	}
	if second, err := store.Open(t.Context(), store.Config{Dir: dir}); err == nil {
		second.Close()
		t.Fatal("the same directory was opened twice")
	} else if want := fmt.Sprintf("in use by process %d", os.Getpid()); !strings.Contains(err.Error(), want) {
		t.Errorf("err = %v, want it to say %q", err, want)
	}
	if err := first.Close(); err != nil {
		t.Fatal(err)
	}
	again, err := store.Open(t.Context(), store.Config{Dir: dir})
	if err != nil {
		t.Fatal(err)
	}
	again.Close()
}

func TestCloseTwice(t *testing.T) {
	t.Parallel()
	db, err := store.Open(t.Context(), store.Config{})
	if err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	}
}
