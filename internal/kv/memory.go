package kv

import (
	"container/heap"
	"context"
	"fmt"
	"math"
	"strconv"
	"sync"
	"time"
)

const (
	// memoryMost is the number of entries that memory holds at most: some hundred megabytes of short ones.
	memoryMost = 1 << 20
	// sweepEvery is how often expired entries are removed when nobody comes across them.
	sweepEvery = 10 * time.Second
)

// Memory returns a Store in this process's memory, for one node. It holds about a million entries; when it is full the
// expired ones make room, and when there are none storing fails with ErrFull: dropping a live one could let a code be used
// twice.
func Memory() Store { return newMemory(memoryMost) }

// memory keeps the entries by key and, in a heap, by the time they expire.
type memory struct {
	most int
	quit chan struct{}
	gone chan struct{}

	mu      sync.Mutex
	closed  bool
	entries map[string]*entry
	expiry  expiry
}

type entry struct {
	key, val string
	expires  time.Time
	place    int // in the heap
}

func newMemory(most int) *memory {
	m := &memory{most: most, quit: make(chan struct{}), gone: make(chan struct{}), entries: map[string]*entry{}}
	go m.sweep()
	return m
}

func (m *memory) sweep() {
	defer close(m.gone)
	tick := time.NewTicker(sweepEvery)
	defer tick.Stop()
	for {
		select {
		case <-m.quit:
			return
		case <-tick.C:
			m.mu.Lock()
			m.expire(time.Now())
			m.mu.Unlock()
		}
	}
}

// do runs f under the lock with the present time.
func (m *memory) do(ctx context.Context, f func(now time.Time) error) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.closed {
		return ErrClosed
	}
	return f(time.Now())
}

// live returns the entry of key, or nil; an expired one is removed.
func (m *memory) live(key string, now time.Time) *entry {
	e := m.entries[key]
	if e != nil && !e.expires.After(now) {
		m.drop(e)
		return nil
	}
	return e
}

func (m *memory) drop(e *entry) {
	heap.Remove(&m.expiry, e.place)
	delete(m.entries, e.key)
}

func (m *memory) expire(now time.Time) {
	for len(m.expiry) > 0 && !m.expiry[0].expires.After(now) {
		m.drop(m.expiry[0])
	}
}

// store makes a new entry.
func (m *memory) store(key, val string, ttl time.Duration, now time.Time) error {
	if len(m.entries) >= m.most {
		m.expire(now)
	}
	if len(m.entries) >= m.most {
		return ErrFull
	}
	e := &entry{key: key, val: val, expires: now.Add(ttl)}
	m.entries[key] = e
	heap.Push(&m.expiry, e)
	return nil
}

// renew gives an entry another lifetime.
func (m *memory) renew(e *entry, ttl time.Duration, now time.Time) {
	e.expires = now.Add(ttl)
	heap.Fix(&m.expiry, e.place)
}

func (m *memory) Get(ctx context.Context, key string) (val string, err error) {
	err = m.do(ctx, func(now time.Time) error {
		e := m.live(key, now)
		if e == nil {
			return ErrNone
		}
		val = e.val
		return nil
	})
	return val, err
}

func (m *memory) Set(ctx context.Context, key, val string, ttl time.Duration) error {
	if ttl < time.Millisecond {
		return errTTL
	}
	return m.do(ctx, func(now time.Time) error {
		if e := m.live(key, now); e != nil {
			e.val = val
			m.renew(e, ttl, now)
			return nil
		}
		return m.store(key, val, ttl, now)
	})
}

func (m *memory) Add(ctx context.Context, key, val string, ttl time.Duration) (added bool, err error) {
	if ttl < time.Millisecond {
		return false, errTTL
	}
	err = m.do(ctx, func(now time.Time) error {
		if m.live(key, now) != nil {
			return nil
		}
		added = true
		return m.store(key, val, ttl, now)
	})
	return added && err == nil, err
}

func (m *memory) Take(ctx context.Context, key string) (val string, err error) {
	err = m.do(ctx, func(now time.Time) error {
		e := m.live(key, now)
		if e == nil {
			return ErrNone
		}
		val = e.val
		m.drop(e)
		return nil
	})
	return val, err
}

func (m *memory) Count(ctx context.Context, key string, by int64, ttl time.Duration) (n int64, err error) {
	if ttl < time.Millisecond {
		return 0, errTTL
	}
	err = m.do(ctx, func(now time.Time) error {
		e := m.live(key, now)
		if e == nil {
			n = by
			return m.store(key, strconv.FormatInt(by, 10), ttl, now)
		}
		old, err := strconv.ParseInt(e.val, 10, 64)
		if err != nil {
			return fmt.Errorf("kv: count %s: its value is not a number", key)
		}
		if by > 0 && old > math.MaxInt64-by || by < 0 && old < math.MinInt64-by {
			return fmt.Errorf("kv: count %s: overflow", key)
		}
		n = old + by
		e.val = strconv.FormatInt(n, 10)
		return nil
	})
	if err != nil {
		return 0, err
	}
	return n, nil
}

func (m *memory) Delete(ctx context.Context, key string) error {
	return m.do(ctx, func(time.Time) error {
		if e := m.entries[key]; e != nil {
			m.drop(e)
		}
		return nil
	})
}

func (m *memory) Lease(ctx context.Context, name string, ttl time.Duration) (*Lease, error) {
	return acquire(ctx, m, m, name, ttl)
}

func (m *memory) prolong(ctx context.Context, key, val string, ttl time.Duration) (ok bool, err error) {
	err = m.do(ctx, func(now time.Time) error {
		if e := m.live(key, now); e != nil && e.val == val {
			m.renew(e, ttl, now)
			ok = true
		}
		return nil
	})
	return ok, err
}

func (m *memory) remove(ctx context.Context, key, val string) (ok bool, err error) {
	err = m.do(ctx, func(now time.Time) error {
		if e := m.live(key, now); e != nil && e.val == val {
			m.drop(e)
			ok = true
		}
		return nil
	})
	return ok, err
}

// Close ends the sweeper and forgets everything.
func (m *memory) Close() error {
	m.mu.Lock()
	already := m.closed
	m.closed, m.entries, m.expiry = true, nil, nil
	m.mu.Unlock()
	if !already {
		close(m.quit)
	}
	<-m.gone
	return nil
}

// expiry is a heap of entries, the first to expire on top.
type expiry []*entry

func (x expiry) Len() int           { return len(x) }
func (x expiry) Less(i, j int) bool { return x[i].expires.Before(x[j].expires) }
func (x expiry) Swap(i, j int) {
	x[i], x[j] = x[j], x[i]
	x[i].place, x[j].place = i, j
}

func (x *expiry) Push(e any) {
	e.(*entry).place = len(*x)
	*x = append(*x, e.(*entry))
}

func (x *expiry) Pop() any {
	last := len(*x) - 1
	e := (*x)[last]
	(*x)[last] = nil
	*x = (*x)[:last]
	return e
}
