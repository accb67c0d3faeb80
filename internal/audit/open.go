package audit

import (
	"strings"
	"time"

	"github.com/gatepost/gatepost/internal/id"
)

// opened is a segment that is read: what calls have in common once, and the
// calls, each with where its parts are.
type opened struct {
	corp  id.Corp
	whats []what
	whos  []whose
	paths []string
	hows  []ending
	calls []entry
	took  []int64 // of all steps of all calls, in µs
}

type whose struct {
	who
	agent id.Agent
}

type ending struct {
	how
	outcome Outcome
	steps   []string
}

// entry is a call of an opened segment.
type entry struct {
	id                   id.Call
	at                   int64 // ms
	what, who, path, how int
	took                 int64 // µs
	in, out              int
	steps                int // where in took those of its steps begin
}

// open reads a segment's body.
func open(corp id.Corp, body []byte) (*opened, error) {
	r := &reader{left: body}
	if len(body) == 0 || body[0] != segmentVersion {
		return nil, errSegment
	}
	r.left = body[1:]
	o := &opened{corp: corp}
	o.whats = make([]what, r.count())
	for i := range o.whats {
		o.whats[i].read(&reader{left: r.bytes()})
	}
	o.whos = make([]whose, r.count())
	for i := range o.whos {
		o.whos[i].agent = o.whos[i].read(&reader{left: r.bytes()})
	}
	o.paths = make([]string, r.count())
	for i := range o.paths {
		o.paths[i] = r.text()
	}
	o.hows = make([]ending, r.count())
	for i := range o.hows {
		h := &o.hows[i]
		h.outcome, h.steps = h.read(&reader{left: r.bytes()})
	}
	for before := id.Call(0); len(r.left) > 0; {
		before = o.entry(r, before)
	}
	return o, r.err
}

// entry reads the next call, which was written after the one called before.
func (o *opened) entry(r *reader, before id.Call) id.Call {
	e := entry{id: before + id.Call(r.int())}
	e.at = e.id.Time().UnixMilli() + r.int()
	e.what, e.who, e.path, e.how = placeOn(r, len(o.whats)), placeOn(r, len(o.whos)), placeOn(r, len(o.paths)), placeOn(r, len(o.hows))
	e.took, e.in, e.out, e.steps = int64(r.uint()), int(r.uint()), int(r.uint()), len(o.took)
	if r.err != nil {
		return before
	}
	for range o.hows[e.how].steps {
		o.took = append(o.took, int64(r.uint()))
	}
	o.calls = append(o.calls, e)
	return e.id
}

// placeOn reads a place on a shelf of n texts.
func placeOn(r *reader, n int) int {
	at := r.uint()
	if at >= uint64(n) {
		r.fail()
		return 0
	}
	return int(at)
}

// row is one of the calls, complete.
func (o *opened) row(e *entry) row {
	w, h := &o.whos[e.who], &o.hows[e.how]
	r := row{corp: o.corp, id: e.id, at: time.UnixMilli(e.at), agent: w.agent, outcome: h.outcome, path: o.paths[e.path],
		detail: detail{what: o.whats[e.what], who: w.who, how: h.how, TookUS: e.took, In: e.in, Out: e.out}}
	for i, name := range h.steps {
		r.detail.Steps = append(r.detail.Steps, stepDetail{name, o.took[e.steps+i]})
	}
	return r
}

// search looks for a part of the words of a segment's calls. What it found out
// about a part that many calls have it does not look up again.
type search struct {
	*opened
	part  string // in lower case
	words [4][]string
	found [4][]bool
	whole bool // a space in the part: it may stand in two of the texts
}

// searching returns a search for part, which is not empty.
func (o *opened) searching(part string) *search {
	s := &search{opened: o, part: part, whole: strings.Contains(part, " ")}
	for i := range o.whats {
		s.look(shelfWhat, o.whats[i].words())
	}
	for i := range o.whos {
		s.look(shelfWho, o.whos[i].words())
	}
	for i := range o.paths {
		s.look(shelfPath, words(o.paths[i]))
	}
	for i := range o.hows {
		s.look(shelfHow, o.hows[i].words())
	}
	return s
}

func (s *search) look(at int, words string) {
	s.words[at] = append(s.words[at], words)
	s.found[at] = append(s.found[at], strings.Contains(words, s.part))
}

// matches reports whether a call has the part among its words.
func (s *search) matches(e *entry) bool {
	if s.found[shelfPath][e.path] || s.found[shelfWhat][e.what] || s.found[shelfWho][e.who] || s.found[shelfHow][e.how] {
		return true
	}
	return s.whole && strings.Contains(strings.Join([]string{s.words[shelfPath][e.path], s.words[shelfWhat][e.what],
		s.words[shelfWho][e.who], s.words[shelfHow][e.how]}, " "), s.part)
}
