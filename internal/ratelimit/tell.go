package ratelimit

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strconv"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/gatepost/gatepost/internal/store"
)

const (
	tellers   = 8                      // how many meters are told at once
	tellWait  = 250 * time.Millisecond // how long shared state may take
	tellEvery = time.Second            // all of them are told, where there are many nodes
	saveEvery = 5 * time.Second        // counts are written, where there is one
	lastSave  = 5 * time.Second        // how long that may take at the end
	epoch     = 2 * time.Second        // in each every node counts itself once
)

// Run tells what was counted until ctx ends, and then once more. What fails is
// tried again; counting goes on meanwhile.
func (l *Limits) Run(ctx context.Context) error {
	var crew sync.WaitGroup
	defer crew.Wait()
	every := saveEvery
	if l.shared != nil {
		every = tellEvery
		for range tellers {
			crew.Go(func() { l.tellDue(ctx) })
		}
	}
	tick := time.NewTicker(every)
	defer tick.Stop()
	var failing bool
	for {
		l.count(ctx)
		select {
		case <-ctx.Done():
			last, cancel := context.WithTimeout(context.WithoutCancel(ctx), lastSave)
			defer cancel()
			return l.Flush(last)
		case <-tick.C:
		}
		if err := l.Flush(ctx); ctx.Err() == nil {
			failing = l.report(ctx, failing, err)
		}
	}
}

// report logs that telling began to fail, or that it is over, and nothing while
// either goes on. It returns whether telling fails now.
func (l *Limits) report(ctx context.Context, failing bool, err error) bool {
	switch {
	case err != nil && !failing:
		l.logger.WarnContext(ctx, "what was counted cannot be told; each node goes on with its part", slog.Any("err", err))
	case err == nil && failing:
		l.logger.InfoContext(ctx, "what was counted is told again")
	}
	return err != nil
}

func (l *Limits) tellDue(ctx context.Context) {
	for {
		select {
		case <-ctx.Done():
			return
		case m := <-l.due:
			_ = l.tell(ctx, m, 0) // Run tries again, and says what fails
		}
	}
}

// count counts this node among the living, once in each epoch, and learns how
// many they are. Those of the epoch before count too: the present one has just begun.
func (l *Limits) count(ctx context.Context) {
	if l.shared == nil {
		return
	}
	now := l.clk.Real().UnixMilli() / epoch.Milliseconds()
	key := func(e int64) string { return "limit:nodes:" + strconv.FormatInt(e, 10) }
	by := int64(0)
	if l.beat.Swap(now) != now {
		by = 1
	}
	ctx, cancel := context.WithTimeout(ctx, l.wait)
	defer cancel()
	n, err := l.shared.Count(ctx, key(now), by, 5*epoch)
	if ctx.Err() == nil || err == nil {
		l.down.Store(err != nil)
	}
	if err != nil {
		return // as many as before
	}
	before, err := l.shared.Count(ctx, key(now-1), 0, 5*epoch)
	if err != nil {
		return
	}
	l.nodes.Store(max(1, n, before))
}

// Flush tells everything that was counted and not told: rules to shared state or,
// on the only node, to the database; packages to the database.
func (l *Limits) Flush(ctx context.Context) error {
	l.mu.RLock()
	books := make([]*book, 0, len(l.books))
	for _, b := range l.books {
		if b.count.Load() {
			books = append(books, b)
		}
	}
	l.mu.RUnlock()
	var errs []error
	for _, b := range books {
		errs = append(errs, l.flush(ctx, b))
	}
	return errors.Join(errs...)
}

func (l *Limits) flush(ctx context.Context, b *book) error {
	var save, tell []*meter
	b.mu.Lock()
	for _, m := range b.dirty {
		m.counter.dirty = false
		switch {
		case !m.current():
		case m.pack == nil && l.shared == nil:
			save = append(save, m)
		default:
			tell = append(tell, m)
		}
	}
	b.dirty = nil
	b.count.Store(false)
	b.mu.Unlock()
	var errs []error
	if err := l.tellAll(ctx, b, tell); err != nil {
		errs = append(errs, err)
	}
	if len(save) > 0 {
		if err := l.save(ctx, b, save); err != nil {
			errs = append(errs, err)
			b.again(save...)
		}
	}
	return errors.Join(errs...)
}

// tellAll tells meters of b, several at once. What could not be told is tried
// again with the next flush.
func (l *Limits) tellAll(ctx context.Context, b *book, meters []*meter) error {
	crew, inner := errgroup.WithContext(ctx)
	crew.SetLimit(tellers)
	for _, m := range meters {
		crew.Go(func() error {
			err := inner.Err()
			if err == nil {
				err = l.tell(inner, m, 0)
			}
			if err != nil {
				b.again(m)
			}
			return err
		})
	}
	return crew.Wait()
}

// again has meters told or written with the next flush.
func (b *book) again(meters ...*meter) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, m := range meters {
		m.mark()
	}
}

// save writes the counts of rules.
func (l *Limits) save(ctx context.Context, b *book, meters []*meter) error {
	counts := make([]counted, len(meters))
	b.mu.Lock()
	for i, m := range meters {
		counts[i] = counted{m.key, m.counter.start, m.used()}
	}
	b.mu.Unlock()
	_, err := store.Update(ctx, l.db, func(tx *store.Tx) (struct{}, error) {
		for _, c := range counts {
			if _, err := tx.Exec(putCount, b.corp, c.rule, c.start, c.used); err != nil {
				return struct{}{}, err
			}
		}
		return struct{}{}, nil
	})
	if err != nil {
		return fmt.Errorf("write the counts of %q: %w", b.corp, err)
	}
	return nil
}

// tell tells what m counted, and learns what all nodes did. When it cannot be
// known whether it was told it is told again: a call may be counted twice, never
// admitted twice. More is what is told beside what was counted; it is in what is
// then known.
func (l *Limits) tell(ctx context.Context, m *meter, more int64) error {
	m.telling.Lock()
	defer m.telling.Unlock()
	b, c := m.book, &m.counter
	b.mu.Lock()
	c.queued = false
	start, by := c.start, c.pending
	rule, pack := m.rule, m.pack
	b.mu.Unlock()

	var total int64
	var err error
	if pack != nil {
		total, err = l.tellDatabase(ctx, pack, by+more)
	} else {
		total, err = l.tellShared(ctx, m.key, rule.Window, start, by+more)
	}
	if err != nil {
		return err
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	if c.start == start {
		c.known, c.pending = total, c.pending-by
	}
	return nil
}

func (l *Limits) tellShared(ctx context.Context, meter string, w Window, start, by int64) (int64, error) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), l.wait) // a caller who leaves is no failure
	defer cancel()
	key := "limit:" + meter + ":" + strconv.FormatInt(start, 10)
	n, err := l.shared.Count(ctx, key, by, 2*w.length())
	l.down.Store(err != nil)
	if err != nil {
		return 0, fmt.Errorf("count %s: %w", key, err)
	}
	return n, nil
}

func (l *Limits) tellDatabase(ctx context.Context, p *Package, by int64) (int64, error) {
	total, err := store.Update(ctx, l.db, func(tx *store.Tx) (int64, error) {
		return store.One(tx, chargePackage, func(r store.Row) (n int64, err error) { return n, r.Scan(&n) }, p.Corp, p.ID, by)
	})
	if errors.Is(err, store.ErrNone) { // removed meanwhile
		return p.Amount, nil
	}
	if err != nil {
		return 0, fmt.Errorf("charge package %s: %w", p.ID, err)
	}
	return total, nil
}
