package store_test

import (
	"errors"
	"slices"
	"sync"
	"testing"
	"time"

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
