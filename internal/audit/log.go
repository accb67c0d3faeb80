package audit

import (
	"context"
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
	queueRoom  = 16384 // calls; some 10 MB when it is full
	batchSize  = 4096
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
	DefaultRows = 5_000_000
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

	writing sync.Mutex // guards what follows
	warned  int64      // of how many lost calls
	batch   []Call     // used again and again
	binder  binder
	pending []segment // could not be written yet

	sweeping sync.Mutex
	packed   map[id.Corp]id.Call // up to where segments are packed; guarded by sweeping
}

// New returns the log in db. Calls are told with the names of apps, and
// repaired through them.
func New(db *store.DB, clk *clock.Clock, apps *app.Apps, logger *slog.Logger) *Log {
	return &Log{Keep: Retention{DefaultAge, DefaultRows}, db: db, clk: clk, apps: apps, logger: logger, queue: newQueue(queueRoom), packed: map[id.Corp]id.Call{}}
}

// Record remembers a call, and does not keep c. It does not wait; when calls come
// faster than they can be written, the oldest that is not written yet is given up.
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
	sweeping.Go(func() {
		l.convert(ctx)
		l.sweeps(ctx)
	})
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
// not write waits for the next Flush.
func (l *Log) Flush(ctx context.Context) error {
	l.writing.Lock()
	defer l.writing.Unlock()
	defer l.warn(ctx)
	if err := l.write(ctx); err != nil {
		return err
	}
	for waiting := l.queue.len(); waiting > 0; waiting -= batchSize {
		l.batch = l.queue.take(l.batch[:0], batchSize)
		l.pending = l.binder.bind(l.batch)
		clear(l.batch)
		if err := l.write(ctx); err != nil {
			return err
		}
	}
	return nil
}

// write writes the pending segments, all or none. They stay as they are until
// they are written: then it does no harm to write one that was written already,
// when nobody could tell.
func (l *Log) write(ctx context.Context) error {
	if len(l.pending) == 0 {
		return nil
	}
	_, err := store.Update(ctx, l.db, func(tx *store.Tx) (struct{}, error) {
		for i := range l.pending {
			if err := insert(tx, &l.pending[i]); err != nil {
				return struct{}{}, err
			}
		}
		return struct{}{}, nil
	})
	if err != nil {
		return fmt.Errorf("write %d segments of calls: %w", len(l.pending), err)
	}
	l.pending = nil
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
