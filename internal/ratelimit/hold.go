package ratelimit

import "context"

// hold is room in a window that is counted in shared state before the call it is
// for was admitted.
type hold struct {
	meter *meter
	start int64 // of the window
}

type holds []hold

// has reports whether there is room in m's present window; its book is locked.
func (hs holds) has(m *meter) bool {
	for _, h := range hs {
		if h.meter == m && h.start == m.counter.start {
			return true
		}
	}
	return false
}

// giveBack has what is held told as not used after all.
func (hs holds) giveBack() {
	for _, h := range hs {
		b := h.meter.book
		b.mu.Lock()
		if c := &h.meter.counter; c.start == h.start {
			c.pending--
			h.meter.mark()
		}
		b.mu.Unlock()
	}
}

// exact is how many calls a node a limit has to admit for its slack to be small:
// of a smaller one the second half is counted call by call.
const exact = 100

// closing reports whether so few calls are left in m's window that other nodes
// may be at the same ones; its book is locked.
func (l *Limits) closing(m *meter, alone bool) bool {
	if l.shared == nil || alone || l.down.Load() {
		return false
	}
	nodes, most := l.nodes.Load(), m.limit()
	zone := nodes * l.slack(m, false)
	if most < exact*nodes {
		zone = max(zone, most/2)
	}
	return nodes > 1 && most-m.used() <= zone
}

// reserve counts one more call of m in shared state and holds it, unless that is
// one too many.
func (l *Limits) reserve(ctx context.Context, m *meter, held holds) holds {
	b := m.book
	b.mu.Lock()
	start := m.counter.start
	b.mu.Unlock()
	if err := l.tell(ctx, m, 1); err != nil {
		return held // each node is left with its part
	}
	b.mu.Lock()
	h := hold{m, start}
	if m.counter.start != start {
		b.mu.Unlock()
		return held // of a window that is over
	}
	fits := m.used() <= m.limit()
	b.mu.Unlock()
	if !fits {
		holds{h}.giveBack()
		return held
	}
	return append(held, h)
}
