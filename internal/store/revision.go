package store

import (
	"context"
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/gatepost/gatepost/internal/id"
)

// pollEvery is how often a node of many looks for changes of others. With the query's own time it keeps the promise of
// half a second.
const pollEvery = 400 * time.Millisecond

const (
	bumpRevision SQL = `
		/* aside: told by themselves */ INSERT INTO revisions (topic, version) VALUES ($1, 1)
		ON CONFLICT (topic) DO UPDATE SET version = revisions.version + 1
		RETURNING version`
	allRevisions SQL = `SELECT topic, version FROM revisions`
)

// Touch raises the topic's revision in this transaction: once it is committed, every watcher on every node is called with
// the topic. Touching twice is touching once. It panics in a View, where the mistake could not be told otherwise. The topic of everything cached about a corp is "corp:" and its id.
func (tx *Tx) Touch(topic string) {
	if tx.ended || !tx.write {
		panic(errView)
	}
	if tx.topics == nil {
		tx.topics = map[string]struct{}{}
	}
	tx.topics[topic] = struct{}{}
}

// bump writes the touched topics. It comes last, so that a topic many share is locked as short as can be, and in order, so
// that two transactions cannot wait for each other.
func (tx *Tx) bump() error {
	if len(tx.topics) == 0 {
		return nil
	}
	tx.bumped = make(map[string]int64, len(tx.topics))
	for _, topic := range slices.Sorted(maps.Keys(tx.topics)) {
		version, err := One(tx, bumpRevision, scanInt, topic)
		if err != nil {
			return err
		}
		tx.bumped[topic] = version
	}
	return nil
}

// Watch has f called with every topic that was touched: by this process after the commit and before Update returns, by
// other nodes within half a second. f may be called from several goroutines at once, more than once for one change, and
// must not call View or Update of this DB or block: it forgets what is cached, no more.
//
// A cache that is filled from a View takes note of its own generation before the View and stores the answer only if f was
// not called meanwhile; otherwise it would keep what the View saw before the change.
func (db *DB) Watch(f func(topic string)) {
	r := &db.revisions
	r.mu.Lock()
	defer r.mu.Unlock()
	r.watchers = append(r.watchers, f)
}

// revisions is what this process knows about versions of topics, and who wants to hear of them.
type revisions struct {
	mu       sync.Mutex
	watchers []func(string)
	writes   []func(id.Corp)
	known    map[string]int64 // as last told to the watchers; only kept where there can be other nodes

	cancel context.CancelFunc
	gone   chan struct{}
}

// start begins to look for other nodes' changes. On SQLite there is one process and nothing to look for.
func (r *revisions) start(ctx context.Context, db *DB) error {
	if db.Engine() == engineSQLite {
		return nil
	}
	known, err := View(ctx, db, readRevisions)
	if err != nil {
		return err
	}
	r.known = known
	polling, cancel := context.WithCancel(context.WithoutCancel(ctx))
	r.cancel, r.gone = cancel, make(chan struct{})
	go func() {
		defer close(r.gone)
		tick := time.NewTicker(pollEvery)
		defer tick.Stop()
		for {
			select {
			case <-polling.Done():
				return
			case <-tick.C:
				r.poll(polling, db)
			}
		}
	}()
	return nil
}

func (r *revisions) stop() {
	if r.cancel != nil {
		r.cancel()
		<-r.gone
	}
}

// poll reads all revisions, one small row for each corp that ever changed, and tells the watchers what moved. While the
// database does not answer nothing is told; the first answer afterwards brings it all.
func (r *revisions) poll(ctx context.Context, db *DB) {
	r.mu.Lock()
	idle := len(r.watchers) == 0
	r.mu.Unlock()
	if err := db.engine.probe(ctx); err != nil || idle {
		return
	}
	now, err := View(ctx, db, readRevisions)
	if err != nil {
		return
	}
	var moved []string
	r.mu.Lock()
	for topic, version := range now {
		if version > r.known[topic] {
			r.known[topic] = version
			moved = append(moved, topic)
		}
	}
	r.mu.Unlock()
	r.tell(moved)
}

// committed tells the watchers of a change made here. The version counts as known only if it follows the known one: else
// another node's change lies between, and the next poll tells of it, in case its news came before it was visible here.
func (r *revisions) committed(bumped map[string]int64) {
	if len(bumped) == 0 {
		return
	}
	r.mu.Lock()
	for topic, version := range bumped {
		if r.known != nil && version == r.known[topic]+1 {
			r.known[topic] = version
		}
	}
	r.mu.Unlock()
	r.tell(slices.Sorted(maps.Keys(bumped)))
}

func (r *revisions) tell(topics []string) {
	r.mu.Lock()
	watchers := slices.Clip(r.watchers)
	r.mu.Unlock()
	for _, topic := range topics {
		for _, f := range watchers {
			f(topic)
		}
	}
}

func readRevisions(tx *Tx) (map[string]int64, error) {
	type revision struct {
		topic   string
		version int64
	}
	list, err := All(tx, allRevisions, func(r Row) (v revision, err error) {
		return v, r.Scan(&v.topic, &v.version)
	})
	if err != nil {
		return nil, err
	}
	known := make(map[string]int64, len(list))
	for _, v := range list {
		known[v.topic] = v.version
	}
	return known, nil
}

func scanInt(r Row) (n int64, err error) { return n, r.Scan(&n) }
