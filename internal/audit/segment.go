package audit

import (
	"encoding/binary"
	"math/bits"
	"slices"
	"time"

	"github.com/gatepost/gatepost/internal/id"
)

// segmentMost bounds the calls of one segment, some 200 kB at most as a rule.
const segmentMost = 8192

// segment is the calls of one corp within one minute, or some of them, as they
// are stored: one row for many calls. A call is in one segment only.
type segment struct {
	corp        id.Corp
	first, last id.Call // the lowest and the highest id; last names the segment in its corp
	counts      counts
	agents      []byte // who called, with counts: see appendAgents
	words       []byte // what a search may find: see trigrams; empty: it has to look
	body        []byte
}

// counts is how many calls there are, and how many of them were refused and
// failed.
type counts struct{ calls, refused, failed int64 }

func (c *counts) add(o Outcome) {
	c.calls++
	switch o {
	case Refused:
		c.refused++
	case Failed:
		c.failed++
	case OK:
	}
}

// of is how many calls ended like this.
func (c *counts) of(o Outcome) int64 {
	switch o {
	case Refused:
		return c.refused
	case Failed:
		return c.failed
	case OK:
		return c.calls - c.refused - c.failed
	}
	return c.calls
}

// minute is the minute in which a call's id was made, since 1970.
func minute(c id.Call) int64 { return c.Time().UnixMilli() / time.Minute.Milliseconds() }

// shelf keeps each text once, in the order in which they came, and says where.
type shelf struct {
	places map[string]int
	bytes  []byte // the texts, each after its length
}

func (s *shelf) place(text []byte) int {
	if n, ok := s.places[string(text)]; ok {
		return n
	}
	n := len(s.places)
	s.places[string(text)] = n
	s.bytes = binary.AppendUvarint(s.bytes, uint64(len(text)))
	s.bytes = append(s.bytes, text...)
	return n
}

func (s *shelf) clear() {
	clear(s.places)
	s.bytes = s.bytes[:0]
}

// writer makes a segment of calls. It is used again and again.
type writer struct {
	corp        id.Corp
	first, last id.Call
	counts      counts
	agents      map[id.Agent]*counts
	shelves     [4]shelf // what, who, path, how
	calls       []byte
	before      id.Call // the id written last
	texts       trigrams
	scratch     []byte
}

// Places of the shelves in a segment.
const (
	shelfWhat = iota
	shelfWho
	shelfPath
	shelfHow
)

func newWriter() *writer {
	w := &writer{agents: map[id.Agent]*counts{}}
	for i := range w.shelves {
		w.shelves[i].places = map[string]int{}
	}
	return w
}

// begin empties w for calls of corp.
func (w *writer) begin(corp id.Corp) {
	w.corp, w.first, w.last, w.before, w.counts = corp, 0, 0, 0, counts{}
	clear(w.agents)
	for i := range w.shelves {
		w.shelves[i].clear()
	}
	w.calls, w.texts = w.calls[:0], w.texts[:0]
}

// add adds a call of the corp, made in the same minute as those before it.
func (w *writer) add(r *row) {
	if w.counts.calls == 0 {
		w.first, w.last = r.id, r.id
	}
	w.first, w.last = min(w.first, r.id), max(w.last, r.id)
	w.counts.add(r.outcome)
	of := w.agents[r.agent]
	if of == nil {
		of = &counts{}
		w.agents[r.agent] = of
	}
	of.add(r.outcome)

	b := binary.AppendVarint(w.calls, int64(r.id-w.before))
	b = binary.AppendVarint(b, r.at.UnixMilli()-r.id.Time().UnixMilli())
	d := &r.detail
	w.scratch = d.what.append(w.scratch[:0])
	b = w.put(b, shelfWhat, d.what.words)
	w.scratch = d.who.append(w.scratch[:0], r.agent)
	b = w.put(b, shelfWho, d.who.words)
	w.scratch = append(w.scratch[:0], r.path...)
	b = w.put(b, shelfPath, func() string { return words(r.path) })
	w.scratch = d.how.append(w.scratch[:0], r.outcome, d.Steps)
	b = w.put(b, shelfHow, d.how.words)
	for _, n := range [...]int64{d.TookUS, int64(d.In), int64(d.Out)} {
		b = binary.AppendUvarint(b, uint64(n))
	}
	for _, s := range d.Steps {
		b = binary.AppendUvarint(b, uint64(s.TookUS))
	}
	w.calls, w.before = b, r.id
}

// put appends to b where on a shelf the text in scratch stands. The words of a
// text that was not there before are added to those that a search may find.
func (w *writer) put(b []byte, at int, words func() string) []byte {
	s := &w.shelves[at]
	n := len(s.places)
	place := s.place(w.scratch)
	if place == n {
		w.texts = w.texts.collect(words())
	}
	return binary.AppendUvarint(b, uint64(place))
}

// segmentVersion is the first byte of a body.
const segmentVersion = 1

// end returns the segment. What it holds is its own.
func (w *writer) end() segment {
	s := segment{corp: w.corp, first: w.first, last: w.last, counts: w.counts, agents: w.appendAgents(nil), words: []byte{}}
	size := len(w.calls) + 64
	for i := range w.shelves {
		size += len(w.shelves[i].bytes)
	}
	b := append(make([]byte, 0, size), segmentVersion)
	for i := range w.shelves {
		b = binary.AppendUvarint(b, uint64(len(w.shelves[i].places)))
		b = append(b, w.shelves[i].bytes...)
	}
	s.body = append(b, w.calls...)
	if len(s.body) >= filterFrom {
		s.words = w.texts.filter()
	}
	return s
}

// appendAgents appends each app with its counts, in the order of their numbers.
func (w *writer) appendAgents(b []byte) []byte {
	agents := make([]id.Agent, 0, len(w.agents))
	for a := range w.agents {
		agents = append(agents, a)
	}
	slices.Sort(agents)
	for _, a := range agents {
		c := w.agents[a]
		b = binary.AppendVarint(b, int64(a))
		for _, n := range [...]int64{c.calls, c.refused, c.failed} {
			b = binary.AppendUvarint(b, uint64(n))
		}
	}
	return b
}

// filterFrom is the size of a body from which on a filter is smaller than what
// it saves reading.
const filterFrom = 2048

// filterMost bounds a filter, in bytes.
const filterMost = 8192

// trigrams are what a filter is made of: every three bytes of the texts that can
// be searched. None holds a space, so that texts may be searched as if they were
// one, joined by spaces.
type trigrams []uint32

// collect adds the trigrams of a text.
func (f trigrams) collect(text string) trigrams {
	for i := 0; i+3 <= len(text); i++ {
		if t, ok := trigram(text[i:]); ok {
			f = append(f, t)
		}
	}
	return f
}

func trigram(s string) (uint32, bool) {
	if s[0] == ' ' || s[1] == ' ' || s[2] == ' ' {
		return 0, false
	}
	return uint32(s[0]) | uint32(s[1])<<8 | uint32(s[2])<<16, true
}

// filter returns a Bloom filter of two bits for each trigram, of which it has
// eight times as many.
func (f trigrams) filter() []byte {
	size := 1 << bits.Len(uint(max(len(f), 64)-1))
	b := make([]byte, min(size, filterMost))
	for _, t := range f {
		one, two := bloom(t, len(b))
		b[one/8] |= 1 << (one % 8)
		b[two/8] |= 1 << (two % 8)
	}
	return b
}

// bloom is where a trigram's two bits are in a filter of size bytes, a power of two.
func bloom(t uint32, size int) (one, two uint32) {
	h := uint64(t) * 0x9e3779b97f4a7c15
	mask := uint32(size)*8 - 1
	return uint32(h>>40) & mask, uint32(h>>16) & mask
}

// mayFind reports whether texts of the filter can hold the part, which is in
// lower case.
func mayFind(filter []byte, part string) bool {
	if len(filter) == 0 {
		return true
	}
	for i := 0; i+3 <= len(part); i++ {
		t, ok := trigram(part[i:])
		if !ok {
			continue
		}
		one, two := bloom(t, len(filter))
		if filter[one/8]&(1<<(one%8)) == 0 || filter[two/8]&(1<<(two%8)) == 0 {
			return false
		}
	}
	return true
}
