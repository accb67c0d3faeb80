package store_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gatepost/gatepost/internal/id"
	"github.com/gatepost/gatepost/internal/store"
	"github.com/gatepost/gatepost/internal/store/storetest"
)

// heard collects topics.
type heard struct {
	mu     sync.Mutex
	topics []string
}

func (h *heard) hear(topic string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.topics = append(h.topics, topic)
}

func (h *heard) all() []string {
	h.mu.Lock()
	defer h.mu.Unlock()
	return slices.Sorted(slices.Values(h.topics))
}

func touch(t *testing.T, db *store.DB, fail error, topics ...string) {
	t.Helper()
	_, err := store.Update(t.Context(), db, func(tx *store.Tx) (int, error) {
		for _, topic := range topics {
			tx.Touch(topic)
		}
		return 0, fail
	})
	if !errors.Is(err, fail) {
		t.Fatal(err)
	}
}

func TestWatchHere(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		var one, two heard
		db.Watch(one.hear)
		db.Watch(two.hear)
		touch(t, db, errFailed, "corp:never")
		touch(t, db, nil, "corp:b", "corp:a", "corp:b")
		want := []string{"corp:a", "corp:b"} // before Update has returned
		if got := one.all(); !slices.Equal(got, want) {
			t.Errorf("first watcher heard %v, want %v", got, want)
		}
		if got := two.all(); !slices.Equal(got, want) {
			t.Errorf("second watcher heard %v, want %v", got, want)
		}
	})
}

func TestWatchOtherNodes(t *testing.T) {
	t.Parallel()
	c := store.Config{Postgres: storetest.Postgres(t)}
	nodes := make([]*store.DB, 2)
	ears := make([]heard, 2)
	for i := range nodes {
		db, err := store.Open(t.Context(), c)
		if err != nil {
			t.Fatal(err)
		}
		defer db.Close()
		nodes[i] = db
		db.Watch(ears[i].hear)
	}
	for round, topic := range []string{"corp:a", "corp:b", "corp:a"} {
		touch(t, nodes[round%2], nil, topic)
		other := &ears[1-round%2]
		deadline := time.Now().Add(5 * time.Second) // a loaded machine; unloaded it is half a second
		for !slices.Equal(other.all(), slices.Sorted(slices.Values([]string{"corp:a", "corp:b", "corp:a"}[:round+1]))) {
			if time.Now().After(deadline) {
				t.Fatalf("round %d: the other node heard %v", round, other.all())
			}
			time.Sleep(10 * time.Millisecond)
		}
	}
}

const (
	moveClock   store.SQL = `INSERT INTO corp_clocks (corp, offset_ms) VALUES ($1, $2) ON CONFLICT (corp) DO UPDATE SET offset_ms = 2`
	countQuiet  store.SQL = ` /* first */ /* aside: a test */ UPDATE corp_clocks SET offset_ms = 3 WHERE corp = $1`
	moveTelling store.SQL = `UPDATE corp_clocks SET offset_ms = 4 WHERE corp = $1 RETURNING offset_ms`
	moveAll     store.SQL = `UPDATE corp_clocks SET offset_ms = $1`
	readClock   store.SQL = `/* reads */ SELECT offset_ms FROM corp_clocks WHERE corp = $1`
)

// Whoever remembers answers hears of every row that is written, and whose it was.
func TestWatchWrites(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		var got heard
		var topics []string
		db.Watch(func(topic string) { topics = append(topics, topic) })
		db.WatchWrites(func(corp id.Corp) { got.hear(fmt.Sprintf("%q after %d", corp, len(topics))) })
		update := func(fail error, f func(tx *store.Tx) error) {
			t.Helper()
			_, err := store.Update(t.Context(), db, func(tx *store.Tx) (int, error) {
				if err := f(tx); err != nil {
					return 0, err
				}
				return 0, fail
			})
			if !errors.Is(err, fail) {
				t.Fatal(err)
			}
		}
		for _, tc := range []struct {
			name string
			fail error
			f    func(tx *store.Tx) error
			want string
		}{
			{"two corps, with a topic", nil, func(tx *store.Tx) error {
				tx.Touch("corp:a")
				_, err := tx.Exec(moveClock, id.Corp("a"), 1)
				_, err2 := tx.Exec(moveClock, id.Corp("b"), 1)
				return errors.Join(err, err2)
			}, `["a" after 1] ["b" after 1]`},
			{"aside", nil, func(tx *store.Tx) error { _, err := tx.Exec(countQuiet, id.Corp("a")); return err }, ``},
			{"reading", nil, func(tx *store.Tx) error { _, err := store.One(tx, readClock, number, id.Corp("a")); return err }, ``},
			{"with an answer", nil, func(tx *store.Tx) error { _, err := store.One(tx, moveTelling, number, id.Corp("a")); return err }, `["a" after 1]`},
			{"of no corp", nil, func(tx *store.Tx) error { _, err := tx.Exec(moveAll, 5); return err }, `["" after 1]`},
			{"by a name that is no corp's", nil, func(tx *store.Tx) error { _, err := tx.Exec(addSetting, "a", "b"); return err }, `["" after 1]`},
			{"failed", errFailed, func(tx *store.Tx) error { _, err := tx.Exec(moveClock, id.Corp("a"), 1); return err }, `["a" after 1]`},
		} {
			got.topics = nil
			update(tc.fail, tc.f)
			text := ""
			for _, s := range got.all() {
				text += " [" + s + "]"
			}
			if strings.TrimSpace(text) != tc.want {
				t.Errorf("%s: heard%s, want %s", tc.name, text, tc.want)
			}
		}
	})
}
