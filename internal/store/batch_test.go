package store_test

import (
	"context"
	"errors"
	"slices"
	"testing"

	"github.com/gatepost/gatepost/internal/store"
	"github.com/gatepost/gatepost/internal/store/storetest"
)

const raise store.SQL = `INSERT INTO revisions (topic, version) VALUES ($1, $2) ON CONFLICT (topic) DO UPDATE SET version = $2 RETURNING version`

const versionsOf store.SQL = `SELECT version FROM revisions WHERE topic IN @strings($1) ORDER BY topic`

func version(r store.Row) (n int64, err error) { return n, r.Scan(&n) }

func TestBatch(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		versions := func() []int64 {
			t.Helper()
			list, err := store.View(t.Context(), db, func(tx *store.Tx) ([]int64, error) {
				return store.All(tx, versionsOf, version, store.List([]string{"a", "b"}))
			})
			if err != nil {
				t.Fatal(err)
			}
			return list
		}
		answers, err := store.Update(t.Context(), db, func(tx *store.Tx) ([][]int64, error) {
			b := tx.Batch()
			b.Exec(raise, "a", 1)
			b.Exec(raise, "b", 2)
			return b.Run()
		})
		if err != nil || len(answers) != 2 || !slices.Equal(answers[0], []int64{1}) || !slices.Equal(answers[1], []int64{2}) {
			t.Errorf("answers %v, %v", answers, err)
		}
		_, err = store.Update(t.Context(), db, func(tx *store.Tx) (int, error) {
			b := tx.Batch()
			b.Exec(raise, "a", 8)
			b.Exec(raise, "b", nil) // which may not be empty
			_, _ = b.Run()
			return 0, nil // swallowed, which does not help
		})
		if err == nil || !slices.Equal(versions(), []int64{1, 2}) {
			t.Errorf("after a batch that failed: %v, %v", versions(), err)
		}
		_, err = store.View(t.Context(), db, func(tx *store.Tx) ([][]int64, error) {
			b := tx.Batch()
			b.Exec(raise, "a", 9)
			return b.Run()
		})
		if err == nil || versions()[0] != 1 {
			t.Error("a View changed something")
		}
	})
}

// A function that asks to be run again is, and what it did before is gone.
func TestAgain(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		runs := 0
		n, err := store.Update(t.Context(), db, func(tx *store.Tx) (int64, error) {
			runs++
			if runs == 1 {
				if _, err := tx.Exec(raise, "first", 1); err != nil {
					return 0, err
				}
				return 0, errors.Join(errors.New("in vain"), tx.Again())
			}
			list, err := store.All(tx, versionsOf, version, store.List([]string{"first"}))
			return int64(len(list)), err
		})
		if err != nil || runs != 2 || n != 0 {
			t.Errorf("ran %d times, found %d of the first run: %v", runs, n, err)
		}
		_, err = store.Update(t.Context(), db, func(tx *store.Tx) (int64, error) { return 0, tx.Again() })
		if err == nil || errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("a function that never ends asking: %v", err)
		}
	})
}
