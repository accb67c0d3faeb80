package audit

import (
	"github.com/gatepost/gatepost/internal/id"
	"github.com/gatepost/gatepost/internal/store"
)

// binder binds calls into segments. Its zero value is ready; it keeps the room it
// once needed.
type binder struct {
	row     row
	writers []*writer
	open    map[place]*writer
	done    []segment
}

// place is what the calls of a segment have in common.
type place struct {
	corp   id.Corp
	minute int64
}

// bind returns the segments of calls.
func (b *binder) bind(calls []Call) []segment {
	for i := range calls {
		b.row.fill(&calls[i])
		b.add(&b.row)
	}
	return b.end()
}

// add adds a call to the segment where it belongs.
func (b *binder) add(r *row) {
	at := place{r.corp, minute(r.id)}
	w := b.open[at]
	if w == nil {
		w = b.writer()
		w.begin(r.corp)
		if b.open == nil {
			b.open = map[place]*writer{}
		}
		b.open[at] = w
	}
	w.add(r)
	if w.counts.calls == segmentMost {
		b.done = append(b.done, w.end())
		b.writers = append(b.writers, w)
		delete(b.open, at)
	}
}

// mostWriters bounds those that are kept for the next calls.
const mostWriters = 64

func (b *binder) writer() *writer {
	n := len(b.writers)
	if n == 0 {
		return newWriter()
	}
	w := b.writers[n-1]
	b.writers = b.writers[:n-1]
	return w
}

// end returns all segments and begins anew.
func (b *binder) end() []segment {
	for _, w := range b.open {
		b.done = append(b.done, w.end())
		b.writers = append(b.writers, w)
	}
	clear(b.open)
	b.writers = b.writers[:min(len(b.writers), mostWriters)]
	done := b.done
	b.done = nil
	return done
}

func insert(tx *store.Tx, s *segment) error {
	_, err := tx.Exec(insertSegment, s.corp, s.last, s.first, s.counts.calls, s.counts.refused, s.counts.failed, s.agents, s.words, s.body)
	return err
}

// A segment is written again when it is not known whether it was written.
const insertSegment store.SQL = `
	/* aside: the request log */ INSERT INTO call_segments (corp, last, first, calls, refused, failed, agents, words, body)
	VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
	ON CONFLICT (corp, last) DO NOTHING`
