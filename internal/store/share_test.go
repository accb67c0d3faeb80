package store_test

import (
	"context"
	"errors"
	"slices"
	"strconv"
	"testing"
	"time"

	"github.com/gatepost/gatepost/internal/store"
	"github.com/gatepost/gatepost/internal/store/storetest"
)

const parts = 8

// node is one node's share that runs until stop.
type node struct {
	*store.Share
	stop func()
}

func startNode(t *testing.T, db *store.DB) node {
	t.Helper()
	return startNodeWith(t, db, func() {})
}

func startNodeWith(t *testing.T, db *store.DB, leave func()) node {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	s := db.Share("work", parts)
	s.Leave = leave
	done := make(chan error, 1)
	go func() { done <- s.Run(ctx) }()
	stopped := false
	n := node{s, func() {
		if stopped {
			return
		}
		stopped = true
		cancel()
		if err := <-done; err != nil {
			t.Errorf("run: %v", err)
		}
	}}
	t.Cleanup(n.stop)
	return n
}

func (n node) owned() (count int) {
	for part := range parts {
		if n.Owns(part) {
			count++
		}
	}
	return count
}

// until waits for what another node will do by itself within seconds.
func until(t *testing.T, what string, holds func() bool) {
	t.Helper()
	for deadline := time.Now().Add(30 * time.Second); !holds(); time.Sleep(10 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("after 30 seconds still not: %s", what)
		}
	}
}

func TestShareOfOneNode(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		n := startNode(t, db)
		until(t, "one node owns everything", func() bool { return n.owned() == parts })
		<-n.Changed()
		if !n.Wake(3, "third") {
			t.Error("the owner is told that it is not")
		}
		n.stop()
		if n.owned() != 0 {
			t.Errorf("%d parts are owned after the end", n.owned())
		}
	})
}

func TestShareOfTwoNodes(t *testing.T) {
	t.Parallel()
	url := storetest.Postgres(t)
	open := func() *store.DB {
		db, err := store.Open(t.Context(), store.Config{Postgres: url})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = db.Close() })
		return db
	}
	first := startNode(t, open())
	until(t, "the first owns everything", func() bool { return first.owned() == parts })
	second := startNode(t, open())
	until(t, "each owns half", func() bool { return first.owned() == parts/2 && second.owned() == parts/2 })
	for part := range parts {
		if first.Owns(part) == second.Owns(part) {
			t.Errorf("part %d: owned by the first %v, by the second %v", part, first.Owns(part), second.Owns(part))
		}
	}

	theirs := 0
	for !second.Owns(theirs) {
		theirs++
	}
	// News for a node that does not listen yet is lost, as documented; so it is told again until it is heard.
	until(t, "the owner hears of work on another node", func() bool {
		first.Wake(theirs, "some work")
		select {
		case what := <-second.Wakes():
			return what == "some work"
		case <-time.After(100 * time.Millisecond):
			return false
		}
	})

	first.stop()
	until(t, "the second has taken over", func() bool { return second.owned() == parts })
}

func TestAfter(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		called := 0
		change := func(fail error) error {
			_, err := store.Update(t.Context(), db, func(tx *store.Tx) (int, error) {
				tx.After(func() { called++ })
				return 0, fail
			})
			return err
		}
		if err := change(nil); err != nil || called != 1 {
			t.Errorf("called %d times after a commit, %v", called, err)
		}
		failure := errors.New("no")
		if err := change(failure); !errors.Is(err, failure) || called != 1 {
			t.Errorf("called %d times after a change that was not made, %v", called, err)
		}
	})
}

// Of the nodes that ask for a name one owns it; when it gives it up, another does.
func TestClaim(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		first := startNode(t, db)
		until(t, "one node owns everything", func() bool { return first.owned() == parts })
		first.Claim("sockets of one app")
		until(t, "the first owns the name", func() bool { return first.Claimed("sockets of one app") })
		if db.Engine() == "sqlite" {
			return // no other node
		}
		second := startNode(t, db)
		second.Claim("sockets of one app")
		until(t, "the second takes part", func() bool { return second.owned() > 0 })
		if second.Claimed("sockets of one app") {
			t.Error("two nodes own one name")
		}
		first.Unclaim("sockets of one app")
		until(t, "the second owns the name", func() bool { return second.Claimed("sockets of one app") })
		second.stop()
		first.Claim("sockets of one app")
		until(t, "the first owns it again", func() bool { return first.Claimed("sockets of one app") })
	})
}

// What a node gives up another gets only when the work on it has ended.
func TestPartsAreLetGoWhenTheirWorkHasEnded(t *testing.T) {
	t.Parallel()
	url := storetest.Postgres(t)
	open := func() *store.DB {
		db, err := store.Open(t.Context(), store.Config{Postgres: url})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = db.Close() })
		return db
	}
	leaving, ended := make(chan struct{}, 8), make(chan struct{})
	first := startNodeWith(t, open(), func() { leaving <- struct{}{}; <-ended })
	until(t, "the first owns everything", func() bool { return first.owned() == parts })
	first.Claim("sockets")
	until(t, "the first owns the name", func() bool { return first.Claimed("sockets") })
	second := startNode(t, open())
	<-leaving
	if first.owned() != parts/2 {
		t.Errorf("the first works on %d parts while it leaves the others", first.owned())
	}
	first.Unclaim("sockets")
	second.Claim("sockets")
	<-leaving
	if second.owned() != 0 || second.Claimed("sockets") {
		t.Error("the second owns what the first still works on")
	}
	close(ended)
	until(t, "the second owns its half and the name", func() bool { return second.owned() == parts/2 && second.Claimed("sockets") })
	if first.Losses() != 0 {
		t.Error("what was let go counts as lost")
	}
	first.stop()
	if first.Losses() == 0 {
		t.Error("what a node that ends owned does not count as lost")
	}
}

// Ten thousand names are owned, given up and taken over in a few rounds.
func TestManyNames(t *testing.T) {
	t.Parallel()
	url := storetest.Postgres(t)
	open := func() *store.DB {
		db, err := store.Open(t.Context(), store.Config{Postgres: url})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = db.Close() })
		return db
	}
	names := make([]string, 10_000)
	for i := range names {
		names[i] = "sockets of " + strconv.Itoa(i)
	}
	all := func(n node, of []string) func() bool {
		return func() bool {
			return !slices.ContainsFunc(of, func(name string) bool { return !n.Claimed(name) })
		}
	}
	step := time.Now()
	took := func(what string) {
		t.Logf("%s: %v", what, time.Since(step).Round(time.Millisecond))
		step = time.Now()
	}
	first := startNode(t, open())
	for _, name := range names {
		first.Claim(name)
	}
	until(t, "the first owns all names", all(first, names))
	took("claimed")
	second := startNode(t, open())
	for _, name := range names {
		second.Claim(name)
	}
	until(t, "the second takes part", func() bool { return second.owned() == parts/2 })
	took("asked for by another node")
	half := names[:len(names)/2]
	for _, name := range half {
		first.Unclaim(name)
	}
	until(t, "the second owns half the names", all(second, half))
	took("half of them handed over")
	if !all(first, names[len(half):])() {
		t.Error("the first lost names that it did not give up")
	}
	for _, name := range names[len(half):] {
		if second.Claimed(name) {
			t.Fatalf("two nodes own %q", name)
		}
	}
	first.Claim("one more")
	until(t, "one more is owned", func() bool { return first.Claimed("one more") })
	took("one more")
	if first.Losses() != 0 || second.Losses() != 0 {
		t.Errorf("everything was lost %d and %d times", first.Losses(), second.Losses())
	}
}
