package store

import (
	"context"
	"sync"
	"time"
)

// Share divides numbered parts of some work among the nodes of the platform, so that each part has at most one owner at a
// time: on SQLite this process owns all, on PostgreSQL an owner holds a lock of its session, which ends with the session.
//
// An owner that is cut off from the database may believe for some seconds that it owns what another node has taken over.
// Work that is divided so must therefore be harmless when it is done twice.
type Share struct {
	// Leave is called, beside everything else, when this node stops to own parts or names that another node is to get: it
	// returns when the work on what this node does not own any more has ended, and only then they are let go. Whoever
	// divides the work sets it before Run.
	Leave func()

	parts   int
	keeper  keeper
	wakes   chan string
	changed chan struct{}

	mu      sync.Mutex
	mine    map[int]bool
	wanted  map[string]bool // names that this node would own
	claimed map[string]bool // names that it owns
	losses  int
}

// keeper is how an engine decides who owns what.
type keeper interface {
	// run keeps the share up to date until ctx ends, and gives up everything then.
	run(ctx context.Context, s *Share) error
	// wake tells the owner of part on another node what there is to do.
	wake(part int, what string)
	// claim decides at once who owns a name, where that can be; otherwise the next round does.
	claim(s *Share, name string)
}

// Share returns the division of parts numbered from 0 under a name that is the same on all nodes. Nothing is owned before
// Run.
func (db *DB) Share(name string, parts int) *Share {
	s := &Share{Leave: func() {}, parts: parts, wakes: make(chan string, wakeRoom), changed: make(chan struct{}, 1), mine: map[int]bool{}, wanted: map[string]bool{}, claimed: map[string]bool{}}
	s.keeper = db.engine.keeper(name, parts)
	return s
}

// Run takes parts, gives some up when another node comes, and takes those of a node that is gone, until ctx ends.
func (s *Share) Run(ctx context.Context) error {
	defer s.lose()
	return s.keeper.run(ctx, s)
}

// Claim asks for a name beside the parts, for work that only some nodes can do: among the nodes that ask, one owns it at a
// time. [Share.Changed] tells when that is this one.
func (s *Share) Claim(name string) {
	s.mu.Lock()
	s.wanted[name] = true
	s.mu.Unlock()
	s.keeper.claim(s, name)
}

// Unclaim gives a name up.
func (s *Share) Unclaim(name string) {
	s.mu.Lock()
	delete(s.wanted, name)
	delete(s.claimed, name)
	s.mu.Unlock()
	s.keeper.claim(s, name) // which looks at what is wanted now
}

// Claimed reports whether this node owns the name.
func (s *Share) Claimed(name string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.claimed[name]
}

// Owns reports whether this node owns the part.
func (s *Share) Owns(part int) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.mine[part]
}

// Changed is sent to when this node owns other parts than before, or may have missed news.
func (s *Share) Changed() <-chan struct{} { return s.changed }

// Losses is how often this node lost everything that it owned at once, without having been asked to let go: others may own
// it since.
func (s *Share) Losses() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.losses
}

// Wake tells other nodes what there is work for, a short text without line breaks, and reports whether this node owns the
// part, or the name that what is; then it is the caller's matter to begin. It does not block. News may be merged, and may
// be lost when the owner changes or is far behind, so an owner also looks by itself now and then.
func (s *Share) Wake(part int, what string) (here bool) {
	if s.Claimed(what) {
		return true
	}
	s.keeper.wake(part, what)
	return s.Owns(part)
}

// Wakes yields what other nodes told this one to do.
func (s *Share) Wakes() <-chan string { return s.wakes }

func (s *Share) woken(what string) {
	select {
	case s.wakes <- what:
	default:
		s.alter() // whoever is that far behind looks at everything
	}
}

// alter has the owner look at all that it owns.
func (s *Share) alter() {
	select {
	case s.changed <- struct{}{}:
	default:
	}
}

// own sets what this node owns.
func (s *Share) own(parts map[int]bool) {
	s.mu.Lock()
	s.mine = parts
	s.mu.Unlock()
	s.alter()
}

// lose gives up everything, as when the session that held it is gone.
func (s *Share) lose() {
	s.mu.Lock()
	clear(s.claimed)
	s.losses++
	s.mu.Unlock()
	s.own(map[int]bool{})
}

// got notes that this node owns names, as far as it still wants them.
func (s *Share) got(names ...string) {
	news := false
	s.mu.Lock()
	for _, name := range names {
		if s.wanted[name] && !s.claimed[name] {
			s.claimed[name], news = true, true
		}
	}
	s.mu.Unlock()
	if news {
		s.alter()
	}
}

// compare returns the names that are wanted and not held, and those that are held and not wanted. What is both is owned: it
// may have been given up and asked for again meanwhile.
func (s *Share) compare(held map[string]bool) (missing, unwanted []string) {
	var again []string
	s.mu.Lock()
	for name := range s.wanted {
		switch {
		case !held[name]:
			missing = append(missing, name)
		case !s.claimed[name]:
			again = append(again, name)
		}
	}
	for name := range held {
		if !s.wanted[name] {
			unwanted = append(unwanted, name)
		}
	}
	s.mu.Unlock()
	s.got(again...)
	return missing, unwanted
}

// alone owns everything: there is one process.
type alone struct{ parts int }

func (a alone) run(ctx context.Context, s *Share) error {
	all := make(map[int]bool, a.parts)
	for i := range a.parts {
		all[i] = true
	}
	s.own(all)
	<-ctx.Done()
	return nil
}

func (alone) wake(int, string) {}

func (alone) claim(s *Share, name string) {
	s.mu.Lock()
	wanted := s.wanted[name]
	s.mu.Unlock()
	if wanted {
		s.got(name)
	}
}

// How often a node looks after its share, how long it waits for the database, and how long news for other nodes is
// gathered: PostgreSQL lets one transaction with news commit at a time.
const (
	shareEvery   = time.Second
	shareTimeout = 3 * time.Second
	wakeDelay    = 5 * time.Millisecond
	wakeRoom     = 4096
)
