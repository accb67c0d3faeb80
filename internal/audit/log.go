package audit

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/gatepost/gatepost/internal/app"
	"github.com/gatepost/gatepost/internal/clock"
	"github.com/gatepost/gatepost/internal/id"
	"github.com/gatepost/gatepost/internal/store"
)

// How calls are written. A batch that is complete does not wait.
const (
	queueRoom  = 16384 // calls; some 10 MB
	batchSize  = 200
	batchDelay = 200 * time.Millisecond
	retryDelay = time.Second
	lastFlush  = 5 * time.Second // how long the end of the platform may wait for the log
)

// Retention says how long calls are kept: until they are older than Age, or
// their corp has Rows newer ones.
type Retention struct {
	Age  time.Duration
	Rows int
}

// The retention of a new log.
const (
	DefaultAge  = 7 * 24 * time.Hour
	DefaultRows = 200_000
)

// Log is the request log. It is safe for concurrent use.
type Log struct {
	// Keep is how long calls are kept. It is set before Run.
	Keep Retention

	db     *store.DB
	clk    *clock.Clock
	apps   *app.Apps
	logger *slog.Logger
	queue  *queue

	writing sync.Mutex
	warned  int64 // of how many lost calls; guarded by writing
}

// New returns the log in db. Calls are told with the names of apps, and
// repaired through them.
func New(db *store.DB, clk *clock.Clock, apps *app.Apps, logger *slog.Logger) *Log {
	return &Log{Keep: Retention{DefaultAge, DefaultRows}, db: db, clk: clk, apps: apps, logger: logger, queue: newQueue(queueRoom)}
}

// Record remembers a call. It does not wait; when calls come faster than they
// can be written, the oldest that is not written yet is given up.
func (l *Log) Record(c *Call) {
	if !c.reads() {
		l.queue.push(c)
	}
}

// Lost is how many calls were given up since the start.
func (l *Log) Lost() int64 { return l.queue.given() }

// Run writes calls and removes old ones until ctx ends; then it writes what is
// left. A database that fails is no reason to end: calls wait for it as long as
// there is room.
func (l *Log) Run(ctx context.Context) error {
	var sweeping sync.WaitGroup
	sweeping.Go(func() { l.sweeps(ctx) })
	defer sweeping.Wait()
	for {
		select {
		case <-ctx.Done():
			return l.finish(ctx)
		case <-l.queue.some:
		}
		l.gather(ctx)
		if err := l.Flush(ctx); err != nil && ctx.Err() == nil {
			l.logger.WarnContext(ctx, "the request log cannot be written", slog.Any("err", err), slog.Int("pending", l.queue.len()))
			pause(ctx, retryDelay)
			wake(l.queue.some)
		}
	}
}

// gather waits until a batch is complete or the first call has waited enough.
func (l *Log) gather(ctx context.Context) {
	delay := time.NewTimer(batchDelay)
	defer delay.Stop()
	select {
	case <-ctx.Done():
	case <-delay.C:
	case <-l.queue.many:
	}
}

func (l *Log) finish(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), lastFlush)
	defer cancel()
	return l.Flush(ctx)
}

func pause(ctx context.Context, d time.Duration) {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
	case <-t.C:
	}
}

// Flush writes the calls that were recorded before it was called. What it could
// not write stays in the queue.
func (l *Log) Flush(ctx context.Context) error {
	l.writing.Lock()
	defer l.writing.Unlock()
	defer l.warn(ctx)
	for pending := l.queue.len(); pending > 0; pending -= batchSize {
		batch := l.queue.take(batchSize)
		if err := l.write(ctx, batch); err != nil {
			l.queue.putBack(batch)
			return err
		}
	}
	return nil
}

func (l *Log) write(ctx context.Context, batch []*Call) error {
	rows := make([]row, len(batch))
	for i, c := range batch {
		rows[i] = rowOf(c)
	}
	_, err := store.Update(ctx, l.db, func(tx *store.Tx) (struct{}, error) {
		for _, r := range rows {
			if err := insert(tx, r); err != nil {
				return struct{}{}, err
			}
		}
		return struct{}{}, nil
	})
	if err != nil {
		return fmt.Errorf("write %d calls: %w", len(batch), err)
	}
	return nil
}

// warn tells the operator once of every loss.
func (l *Log) warn(ctx context.Context) {
	if lost := l.Lost(); lost > l.warned {
		l.logger.WarnContext(ctx, "calls are missing from the request log: they came faster than they could be written",
			slog.Int64("lost", lost-l.warned))
		l.warned = lost
	}
}

// LastCalls tells when apps last called, for those of which a call is kept.
func (l *Log) LastCalls(ctx context.Context, corp id.Corp, agents []id.Agent) (map[id.Agent]time.Time, error) {
	return store.View(ctx, l.db, func(tx *store.Tx) (map[id.Agent]time.Time, error) {
		last := make(map[id.Agent]time.Time, len(agents))
		for _, agent := range agents {
			at, err := store.One(tx, lastCallOf, scanMillis, corp, agent)
			switch {
			case err == nil:
				last[agent] = time.UnixMilli(at)
			case !errors.Is(err, store.ErrNone):
				return nil, err
			}
		}
		return last, nil
	})
}

func scanMillis(r store.Row) (n int64, err error) { return n, r.Scan(&n) }

const lastCallOf store.SQL = `SELECT at FROM calls WHERE corp = $1 AND agent = $2 ORDER BY id DESC LIMIT 1`
