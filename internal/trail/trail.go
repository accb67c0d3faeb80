package trail

import (
	"context"
	"crypto/ed25519"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/gatepost/gatepost/internal/id"
	"github.com/gatepost/gatepost/internal/store"
)

// How records are written, sealed and kept.
const (
	queueRoom  = 20_000
	batchDelay = 200 * time.Millisecond
	retryDelay = time.Second
	sealEvery  = 10 * time.Second
	sweepEvery = time.Hour
	lastFlush  = 5 * time.Second

	// DefaultKeep is how long a new trail keeps records.
	DefaultKeep = 400 * 24 * time.Hour
)

// Trail is the chains of all corps. It is safe for concurrent use.
type Trail struct {
	// Keep is how long records are kept. It is set before Run.
	Keep time.Duration

	db     *store.DB
	key    ed25519.PrivateKey
	real   func() time.Time
	logger *slog.Logger

	some chan struct{}

	writing sync.Mutex // one batch at a time, so that a corp's records keep their order

	mu       sync.Mutex
	queue    []Record
	same     map[string]int // where in queue a record with this key is
	urgent   []*waiting
	unsealed map[id.Corp]bool
}

// New returns the trail in db, whose seals are signed by the key that follows
// from seed, 32 bytes that every node has.
func New(db *store.DB, seed []byte, real func() time.Time, logger *slog.Logger) *Trail {
	return &Trail{Keep: DefaultKeep, db: db, key: ed25519.NewKeyFromSeed(seed), real: real, logger: logger,
		some: make(chan struct{}, 1), unsealed: map[id.Corp]bool{}}
}

// public is the key by which seals are checked.
func (t *Trail) public() ed25519.PublicKey { return t.key.Public().(ed25519.PublicKey) }

// Note remembers a record: of its fields Fields and People may be in any order,
// and Seq, Count, Digest and Prev are not read. With now it returns when the
// record is committed, without when that is sure to be tried; it then waits only
// when too many wait already.
func (t *Trail) Note(ctx context.Context, r Record, now bool) error {
	r.fill(r.Fields, r.People)
	if !now && t.push(r) {
		return nil
	}
	return t.urgently(ctx, &waiting{record: r})
}

// waiting is a record that a call waits for.
type waiting struct {
	record  Record
	written bool // or tried; guarded by writing
	err     error
}

// urgently returns when w is committed. Calls that wait at once share one
// transaction, and with it one wait for the disk.
func (t *Trail) urgently(ctx context.Context, w *waiting) error {
	t.mu.Lock()
	t.urgent = append(t.urgent, w)
	t.mu.Unlock()
	t.writing.Lock()
	defer t.writing.Unlock()
	if w.written {
		return w.err
	}
	t.mu.Lock()
	all := t.urgent
	t.urgent = nil
	t.mu.Unlock()
	batch := make([]Record, len(all))
	for i, one := range all {
		batch[i] = one.record
	}
	err := t.write(context.WithoutCancel(ctx), batch, false)
	for _, one := range all {
		one.written, one.err = true, err
	}
	return err
}

// push reports whether there was room. What shows once more the same to the same
// caller is counted where it stands.
func (t *Trail) push(r Record) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	key := r.key()
	if at, ok := t.same[key]; ok && !r.Change {
		t.queue[at].Times = max(t.queue[at].Times, 1) + 1
		return true
	}
	if len(t.queue) >= queueRoom {
		return false
	}
	if t.same == nil {
		t.same = map[string]int{}
	}
	t.same[key] = len(t.queue)
	t.queue = append(t.queue, r)
	select {
	case t.some <- struct{}{}:
	default:
	}
	return true
}

// Run writes, seals and removes records until ctx ends; then it writes and seals
// what is left.
func (t *Trail) Run(ctx context.Context) error {
	if err := t.left(ctx); err != nil && ctx.Err() == nil {
		t.logger.WarnContext(ctx, "the disclosures that are not sealed yet cannot be read", slog.Any("err", err))
	}
	seal, sweep := time.NewTicker(sealEvery), time.NewTicker(sweepEvery)
	defer seal.Stop()
	defer sweep.Stop()
	for {
		var err error
		select {
		case <-ctx.Done():
			return t.finish(ctx)
		case <-t.some:
			pause(ctx, batchDelay)
			if err = t.Flush(ctx); err != nil {
				pause(ctx, retryDelay)
				t.wake()
			}
		case <-seal.C:
			err = t.seal(ctx)
		case <-sweep.C:
			err = t.Sweep(ctx)
		}
		if err != nil && ctx.Err() == nil {
			t.logger.WarnContext(ctx, "disclosures are not written, sealed or removed as they should", slog.Any("err", err))
		}
	}
}

func (t *Trail) wake() {
	select {
	case t.some <- struct{}{}:
	default:
	}
}

func (t *Trail) finish(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), lastFlush)
	defer cancel()
	err := t.Flush(ctx)
	if unsealed := t.seal(ctx); unsealed != nil { // a chain that was tampered with does not keep the platform from ending
		t.logger.WarnContext(ctx, "disclosures are not sealed", slog.Any("err", unsealed))
	}
	return err
}

func pause(ctx context.Context, d time.Duration) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
	case <-timer.C:
	}
}

// Flush commits the records that were noted before it was called. What it could
// not write stays in the queue.
func (t *Trail) Flush(ctx context.Context) error {
	t.writing.Lock()
	defer t.writing.Unlock()
	t.mu.Lock()
	batch := t.queue
	t.queue, t.same = nil, nil
	t.mu.Unlock()
	if len(batch) == 0 {
		return nil
	}
	err := t.write(ctx, batch, false)
	if err != nil { // it may have been committed all the same
		err = t.write(ctx, batch, true)
	}
	if err != nil {
		t.mu.Lock()
		t.queue, t.same = append(batch, t.queue...), nil // places have moved
		t.mu.Unlock()
	}
	return err
}

// write appends records to the chains of their corps. With again it leaves out
// those that are there already.
func (t *Trail) write(ctx context.Context, batch []Record, again bool) error {
	_, err := store.Update(ctx, t.db, func(tx *store.Tx) (struct{}, error) {
		ends := map[id.Corp]end{}
		for _, r := range batch {
			e, known := ends[r.Corp]
			if !known {
				var err error
				if e, err = lastOf(tx, r.Corp); err != nil {
					return struct{}{}, err
				}
			}
			if again {
				n, err := store.One(tx, countCall, scanInt, r.Corp, r.Call)
				if err != nil {
					return struct{}{}, err
				}
				if n > 0 {
					continue
				}
			}
			next, err := appendTo(tx, e, r)
			if err != nil {
				return struct{}{}, err
			}
			ends[r.Corp] = next
		}
		return struct{}{}, nil
	})
	if err != nil {
		return fmt.Errorf("trail: write %d records: %w", len(batch), err)
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, r := range batch {
		t.unsealed[r.Corp] = true
	}
	return nil
}

// end is where a chain ends.
type end struct {
	seq  int64
	hash string
}

// lastOf is the end of corp's chain; the zero end if it has none.
func lastOf(tx *store.Tx, corp id.Corp) (end, error) {
	e, err := store.One(tx, lastRecord, scanEnd, corp)
	if !errors.Is(err, store.ErrNone) {
		return e, err
	}
	tomb, err := tombstoneOf(tx, corp)
	if errors.Is(err, store.ErrNone) {
		return end{}, nil
	}
	return end{tomb.Seq, tomb.Hash}, err
}

// appendTo writes r behind e.
func appendTo(tx *store.Tx, e end, r Record) (end, error) {
	r.Seq, r.Prev = e.seq+1, e.hash
	text, err := r.text()
	if err != nil {
		return e, err
	}
	e = end{r.Seq, hashOf(text)}
	_, err = tx.Exec(insertRecord, r.Corp, r.Seq, r.At, r.Call, text, e.hash)
	return e, err
}

func scanEnd(row store.Row) (e end, err error) { return e, row.Scan(&e.seq, &e.hash) }

func scanInt(row store.Row) (n int64, err error) { return n, row.Scan(&n) }

func scanCorp(row store.Row) (c id.Corp, err error) { return c, row.Scan(&c) }

const (
	lastRecord   store.SQL = `SELECT seq, hash FROM disclosures WHERE corp = $1 ORDER BY seq DESC LIMIT 1`
	countCall    store.SQL = `SELECT count(*) FROM disclosures WHERE corp = $1 AND call = $2`
	insertRecord store.SQL = `/* aside: the trail */ INSERT INTO disclosures (corp, seq, at, call, content, hash) VALUES ($1, $2, $3, $4, $5, $6)`
)
