package gateway

import (
	"bytes"
	"encoding/binary"
	"hash/maphash"
	"sync"
	"sync/atomic"
	"time"

	"github.com/gatepost/gatepost/internal/id"
	"github.com/gatepost/gatepost/internal/op"
)

// Answers remembers answers of operations that are declared stable: the same
// request of the same token has the same answer until something is written that
// it may be made of. Whoever builds the gateway has [Answers.Forget] called with
// every such write. Each call is still identified, permitted, limited and
// recorded; what is not done again is reading and masking.
//
// An answer that was begun before a write and is done after it is not kept, so
// what is remembered is never older than the last write of this node. Its zero
// value remembers nothing. It is safe for concurrent use.
type Answers struct {
	age   time.Duration // how old an answer may be; 0: any age
	most  int64         // bytes of one shard
	seed  maphash.Seed
	moves atomic.Uint64               // writes of all corps
	corps [corpCounters]atomic.Uint64 // writes by corp; several corps may share a counter
	parts [answerShards]answerShard
}

const (
	corpCounters = 4096
	answerShards = 64
	answerMost   = 256 << 10 // bytes of one body
	requestMost  = 4 << 10   // bytes of what a request says
	answerEntry  = 256       // bytes that an answer takes beside its texts
)

type answerShard struct {
	mu     sync.RWMutex
	kept   map[uint64]*answer
	bytes  int64
	hits   atomic.Int64
	misses atomic.Int64
	_      [24]byte // neighbours do not share a cache line
}

// answer is an answer that is remembered, with what the log wants to know of it.
type answer struct {
	key      []byte
	writes   *atomic.Uint64 // of the corp whose data it is made of
	at       uint64         // their number when it was made
	until    time.Time      // zero: it does not end by itself
	asked    atomic.Bool    // since the last search for room
	answer   op.Answer
	warnings []string
	masked   []op.Suppressed
	ids      []op.Renamed

	disclosure op.Disclosure
}

// NewAnswers remembers up to so many bytes of answers, none of them older than
// age; age 0 is no bound, and right only where all writes are this node's. With
// no bytes it remembers nothing.
func NewAnswers(size int64, age time.Duration) *Answers {
	a := &Answers{age: age, most: size / answerShards, seed: maphash.MakeSeed()}
	for i := range a.parts {
		a.parts[i].kept = map[uint64]*answer{}
	}
	return a
}

// Forget makes the answers to callers of a corp be made anew; with no corp those
// to all.
func (a *Answers) Forget(corp id.Corp) {
	a.moves.Add(1) // first: see keep
	if corp != "" {
		a.writesOf(corp).Add(1)
		return
	}
	for i := range a.corps {
		a.corps[i].Add(1)
	}
}

func (a *Answers) writesOf(corp id.Corp) *atomic.Uint64 {
	return &a.corps[maphash.String(a.seed, string(corp))%corpCounters]
}

// Stats are what was remembered so far.
type Stats struct {
	Hits, Misses int64 // calls that might have been, and were or were not
	Bytes        int64 // held now
}

// Stats returns what was remembered so far.
func (a *Answers) Stats() (s Stats) {
	for i := range a.parts {
		p := &a.parts[i]
		p.mu.RLock()
		s.Bytes += p.bytes
		p.mu.RUnlock()
		s.Hits += p.hits.Load()
		s.Misses += p.misses.Load()
	}
	return s
}

// memo is one call's dealing with the memory.
type memo struct {
	answers *Answers // nil: the call's answer is not to be remembered
	moves   uint64   // when the call began, before anything was read for it
	hash    uint64
	key     []byte
	room    [320]byte
}

// begin notes the moment before a call reads anything.
func (m *memo) begin(a *Answers) {
	if a != nil && a.most > 0 {
		m.moves = a.moves.Load()
	}
}

// find returns the remembered answer to a call, nil when there is none. Only what
// a token may ask is remembered: a signed call is never made twice.
func (m *memo) find(a *Answers, o *op.Operation, who *op.Caller, r *op.Request, now time.Time) *answer {
	if a == nil || a.most == 0 || !o.Stable || who.Serial == "" {
		return nil
	}
	body, err := r.Content(o.MaxBody)
	if err != nil || len(body)+len(r.Path)+len(r.Query) > requestMost {
		return nil // decoding tells what is wrong
	}
	m.answers = a
	m.key = appendKey(m.room[:0], who, r, body)
	m.hash = maphash.Bytes(a.seed, m.key)
	p := &a.parts[m.hash%answerShards]
	p.mu.RLock()
	kept := p.kept[m.hash]
	p.mu.RUnlock()
	if kept == nil || !kept.holds(now) || !bytes.Equal(kept.key, m.key) {
		p.misses.Add(1)
		return nil
	}
	p.hits.Add(1)
	if !kept.asked.Load() { // a shared write on every call would make cores wait for each other
		kept.asked.Store(true)
	}
	return kept
}

// holds reports whether an answer may still be given.
func (k *answer) holds(now time.Time) bool {
	return k.writes.Load() == k.at && (k.until.IsZero() || now.Before(k.until))
}

// appendKey appends all that an answer hangs on beside what is written: who
// asks, which stands for the rights, and what.
func appendKey(b []byte, who *op.Caller, r *op.Request, body []byte) []byte {
	kind := ""
	if len(body) > 0 {
		kind = r.Head.Get("Content-Type")
	}
	for _, s := range [...]string{who.Serial, string(who.Union), r.Method, r.Path, r.Query, kind} {
		b = append(binary.AppendUvarint(b, uint64(len(s))), s...)
	}
	return append(b, body...)
}

// keep remembers an answer that holds until a time of its own, unless anything
// was written since the call began. The number of the corp's writes is read first:
// if a write comes in between, the number of all writes tells.
func (m *memo) keep(c *Call, a op.Answer, d op.Disclosure, until, now time.Time) {
	all := m.answers
	if all == nil || a.Stream != nil || len(a.Body) > answerMost {
		return
	}
	k := &answer{key: bytes.Clone(m.key), writes: all.writesOf(c.Caller.Corp), until: until, answer: a, warnings: c.Warnings, masked: c.Masked, disclosure: d}
	if t := c.Caller.Trace; t != nil {
		k.ids = t.IDs
	}
	k.at = k.writes.Load()
	if all.moves.Load() != m.moves {
		return
	}
	if end := now.Add(all.age); all.age > 0 && (until.IsZero() || end.Before(until)) {
		k.until = end
	}
	all.parts[m.hash%answerShards].keep(m.hash, k, all.most)
}

// size is what an answer takes.
func (k *answer) size() int64 { return int64(len(k.key) + len(k.answer.Body) + answerEntry) }

func (p *answerShard) keep(hash uint64, k *answer, most int64) {
	if k.size() > most {
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if old := p.kept[hash]; old != nil {
		p.bytes -= old.size()
	}
	p.kept[hash] = k
	for p.bytes += k.size(); p.bytes > most; {
		p.makeRoom(k)
	}
}

// makeRoom removes one answer other than the new one. Go walks maps in random
// order, so the first that no longer holds, or that nobody asked for since the
// last walk, is a fair choice; those passed on the way have lost their claim for
// the next walk.
func (p *answerShard) makeRoom(but *answer) {
	var victim uint64
	for hash, k := range p.kept {
		if k == but {
			continue
		}
		victim = hash
		if k.writes.Load() != k.at || !k.asked.Swap(false) {
			break
		}
	}
	p.bytes -= p.kept[victim].size()
	delete(p.kept, victim)
}
