package store

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"time"
)

// Bounds of one batch of the writer: how many functions share a commit, and after how long no further one is let in, so
// that the first does not wait for ever more that follow.
const (
	batchMost = 256
	batchLong = 100 * time.Millisecond
)

// idleAfter is how long nothing is written before the log is copied into the database file. Doing it here keeps the work,
// with its two waits for the disk, out of somebody's commit.
const idleAfter = 500 * time.Millisecond

// errLost tells a caller that its function's work went down with the batch through no fault of its own, and can be redone.
var errLost = errors.New("store: the batch was rolled back")

// writer is SQLite's only writing connection. Waiting for the disk is nearly all that a small transaction costs, so all
// functions that queue up during one commit share the next: measured 7 times the throughput for 16 callers, 23 for 64.
//
// One goroutine owns the connection and lends it to the callers in turn. Each function runs in its caller's goroutine, so
// that a panic has the caller's stack, between a savepoint and its release, so that it can fail alone.
type writer struct {
	session *session
	scrubs  chan chan error
	queue   chan *ticket // unbuffered: who gives up waiting was never in it
	quit    chan struct{}
	gone    chan struct{}
}

// ticket is one function's place in the queue.
type ticket struct {
	turn chan error // nil: the connection is yours until you write to back
	back chan bool  // whether the function's work stays
	done chan error // the fate of the batch
}

func newWriter(s *session) *writer {
	w := &writer{session: s, scrubs: make(chan chan error), queue: make(chan *ticket), quit: make(chan struct{}), gone: make(chan struct{})}
	go w.loop()
	return w
}

// close lets the running batch finish and ends the goroutine.
func (w *writer) close() {
	close(w.quit)
	<-w.gone
}

// update runs one function and returns when the commit it was part of is on the disk. An error of the function, too, waits
// for that: it may rest on what an earlier function of the batch wrote.
func (w *writer) update(ctx context.Context, run func(querier) error) error {
	t := &ticket{turn: make(chan error, 1), back: make(chan bool, 1), done: make(chan error, 1)}
	select {
	case w.queue <- t:
	case <-ctx.Done():
		return ctx.Err()
	case <-w.quit:
		return ErrClosed
	}
	if err := <-t.turn; err != nil {
		return err
	}
	err := w.turn(t, run)
	if fate := <-t.done; fate != nil {
		return fate
	}
	return err
}

// turn runs the function and gives the connection back, whatever happens.
func (w *writer) turn(t *ticket, run func(querier) error) error {
	keep := false
	defer func() { t.back <- keep }()
	err := run(writing{w.session})
	keep = err == nil
	return err
}

// scrub writes the file anew between two batches.
func (w *writer) scrub(ctx context.Context) error {
	done := make(chan error, 1)
	select {
	case w.scrubs <- done:
		return <-done
	case <-ctx.Done():
		return ctx.Err()
	case <-w.quit:
		return ErrClosed
	}
}

func (w *writer) loop() {
	defer close(w.gone)
	idle := time.NewTimer(idleAfter)
	defer idle.Stop()
	for {
		select {
		case <-w.quit:
			return
		case t := <-w.queue:
			w.batch(t)
			idle.Reset(idleAfter)
		case done := <-w.scrubs:
			err := w.control("VACUUM")
			if err == nil {
				err = w.control("PRAGMA wal_checkpoint(TRUNCATE)")
			}
			done <- err
		case <-idle.C:
			// Its failure costs nothing: SQLite tries again by itself when the log has grown.
			_, _ = w.session.exec(context.Background(), "PRAGMA wal_checkpoint(PASSIVE)", nil)
		}
	}
}

// batch runs the first function and all that are waiting, then commits.
func (w *writer) batch(first *ticket) {
	if err := w.control("BEGIN IMMEDIATE"); err != nil {
		first.turn <- fmt.Errorf("store: begin: %w", err)
		return
	}
	began := time.Now()
	var batch []*ticket
	var err error
	for t := first; t != nil; t = w.next(len(batch), began) {
		batch = append(batch, t)
		if err = w.lend(t); err != nil {
			break // before the next is taken off the queue: nobody would answer it
		}
	}
	if err == nil {
		if err = w.control("COMMIT"); err != nil {
			err = fmt.Errorf("store: commit: %w", err)
		}
	}
	if err != nil {
		_ = w.control("ROLLBACK") // fails when SQLite has rolled back by itself, which is what is wanted
	}
	for _, t := range batch {
		t.done <- err
	}
}

// next is the next function of the batch, nil when nobody waits or the batch is full.
func (w *writer) next(n int, began time.Time) *ticket {
	if n >= batchMost || time.Since(began) > batchLong {
		return nil
	}
	for range 2 {
		select {
		case t := <-w.queue:
			return t
		default:
			runtime.Gosched() // those just answered are on their way back with more
		}
	}
	return nil
}

// lend gives one caller the connection and waits for it. Its error means that the whole transaction is gone: SQLite drops
// it on a full disk, an I/O error or want of memory.
func (w *writer) lend(t *ticket) error {
	if err := w.control("SAVEPOINT one"); err != nil {
		t.turn <- lost(err)
		return lost(err)
	}
	t.turn <- nil
	if keep := <-t.back; !keep {
		if err := w.control("ROLLBACK TO one"); err != nil {
			return lost(err)
		}
	}
	if err := w.control("RELEASE one"); err != nil {
		return lost(err)
	}
	return nil
}

func lost(err error) error { return fmt.Errorf("%w: %w", errLost, err) }

// control runs a statement of the writer's own, which no caller's context can interrupt.
func (w *writer) control(q string) error {
	_, err := w.session.exec(context.Background(), q, nil)
	return err
}

// writing runs a caller's statements without the caller's context: interrupting a statement that writes makes SQLite roll
// back the transaction, which here is the work of everybody in the batch. Tx looks at the context between statements.
type writing struct{ session *session }

func (w writing) exec(ctx context.Context, q string, args []any) (int64, error) {
	return w.session.exec(context.WithoutCancel(ctx), q, args)
}

func (w writing) query(ctx context.Context, q string, args []any) (rows, error) {
	return w.session.query(context.WithoutCancel(ctx), q, args)
}
