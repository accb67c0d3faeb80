package audit

import (
	"cmp"
	"context"
	"iter"
	"math"
	"slices"
	"strings"
	"time"

	"github.com/gatepost/gatepost/internal/apierror"
	"github.com/gatepost/gatepost/internal/id"
	"github.com/gatepost/gatepost/internal/store"
)

// find returns the call with this id, in either form, if it is one of corp's or
// led to no corp. It refuses with CallUnknown.
func (l *Log) find(ctx context.Context, corp id.Corp, requestID string) (row, error) {
	call, ok := id.ParseCall(requestID)
	if !ok {
		return row{}, apierror.CallUnknown.Want("a requestId (UUID) or a request_id (13 characters)").Got("%s", requestID)
	}
	if err := l.Flush(ctx); err != nil {
		return row{}, err
	}
	return store.View(ctx, l.db, func(tx *store.Tx) (row, error) {
		for _, of := range []id.Corp{corp, ""} {
			r, err := findIn(tx, of, call)
			if err != nil || r != nil {
				return deref(r), err
			}
		}
		return row{}, apierror.CallUnknown.Got("%s", requestID)
	})
}

func deref(r *row) row {
	if r == nil {
		return row{}
	}
	return *r
}

// findIn returns the call of corp with this id; nil when there is none. Segments
// overlap where nodes or slow calls do, but no segment leaves its minute.
func findIn(tx *store.Tx, corp id.Corp, call id.Call) (*row, error) {
	names, err := store.All(tx, segmentsAround, scanCall, corp, call, endOfMinute(call))
	if err != nil {
		return nil, err
	}
	for _, last := range names {
		o, err := body(tx, corp, last)
		if err != nil {
			return nil, err
		}
		for i := range o.calls {
			if e := &o.calls[i]; e.id == call {
				r := o.row(e)
				return &r, nil
			}
		}
	}
	return nil, nil
}

// endOfMinute is the lowest id that can be made in the minute after that of c.
func endOfMinute(c id.Call) id.Call {
	return firstAt(time.UnixMilli((minute(c) + 1) * time.Minute.Milliseconds()))
}

// body reads what a segment holds.
func body(tx *store.Tx, corp id.Corp, last id.Call) (*opened, error) {
	b, err := store.One(tx, segmentBody, scanBytes, corp, last)
	if err != nil {
		return nil, err
	}
	return open(corp, b)
}

// filter says which calls of a corp are asked for. What is zero does not matter.
type filter struct {
	agent   id.Agent
	outcome Outcome
	path    string // a part of it
	search  string // a part of any of the words
	shadow  string // a limit that would have refused, or anyShadow
	since   time.Time
	until   time.Time // inclusive, to the millisecond
	before  id.Call   // older than this one
	size    int
}

// pageOfHeads is how many segments are looked at with one statement.
const pageOfHeads = 64

// anyShadow stands for whichever limit would have refused.
const anyShadow = "any"

// shadowPart is what the words of a call hold that the limits asked for would
// have refused; empty for all calls.
func (f *filter) shadowPart() string {
	switch f.shadow {
	case "":
		return ""
	case anyShadow:
		return shadowWord
	}
	return part(shadowWord + f.shadow)
}

// shadowed reports whether the limits asked for would have refused a call that
// ended so.
func (f *filter) shadowed(h *how) bool {
	return f.shadow == "" || f.shadow == anyShadow && len(h.Shadow) > 0 || slices.Contains(h.Shadow, f.shadow)
}

// page returns calls of corp, the newest first.
func (l *Log) page(ctx context.Context, corp id.Corp, f filter) ([]row, error) {
	p := pager{filter: f, from: 0, below: math.MaxInt64}
	p.path, p.search = part(f.path), part(f.search)
	if !f.since.IsZero() {
		p.from = firstAt(f.since)
	}
	if !f.until.IsZero() {
		p.below = firstAt(f.until.Add(time.Millisecond))
	}
	if f.before != 0 {
		p.below = min(p.below, f.before)
	}
	return store.View(ctx, l.db, func(tx *store.Tx) ([]row, error) {
		p := p // the function may run again
		err := p.fill(tx, corp)
		return p.list, err
	})
}

// part is what is looked for anywhere in a text; empty for all.
func part(s string) string {
	return strings.ReplaceAll(strings.ToLower(strings.TrimSpace(s)), "\x00", "")
}

// pager gathers the calls of a page from segments, the newest first.
type pager struct {
	filter
	from, below id.Call // of calls: from ≤ id < below
	list        []row   // the newest so far that match, at most size
}

// fill reads segments until no older one can hold a call of the page.
func (p *pager) fill(tx *store.Tx, corp id.Corp) error {
	q := segmentHeads
	if p.path != "" || p.search != "" || p.shadow != "" {
		q = segmentFilters
	}
	for top := p.top(); ; {
		heads, err := store.All(tx, q, scanHead, corp, p.from, top, p.below, pageOfHeads)
		if err != nil {
			return err
		}
		for _, h := range heads {
			if p.complete(h.last) {
				return nil
			}
			if !p.mayHold(&h) {
				continue
			}
			o, err := body(tx, corp, h.last)
			if err != nil {
				return err
			}
			p.take(o)
		}
		if len(heads) < pageOfHeads {
			return nil
		}
		top = heads[len(heads)-1].last
	}
}

// top is an id above those of all segments that may have a call of the page.
func (p *pager) top() id.Call {
	if p.below > math.MaxInt64>>1 { // no bound, and nothing to compute with
		return math.MaxInt64
	}
	return endOfMinute(p.below)
}

// complete reports whether the page holds only calls newer than those of segments
// that end at last or before.
func (p *pager) complete(last id.Call) bool {
	return len(p.list) == p.size && p.list[p.size-1].id > last
}

// mayHold reports whether a segment may have a call of the page.
func (p *pager) mayHold(h *head) bool {
	of := h.counts
	if p.agent != 0 {
		of = h.agent(p.agent)
	}
	return of.of(p.outcome) > 0 && mayFind(h.words, p.path) && mayFind(h.words, p.search) && mayFind(h.words, p.shadowPart())
}

// take takes a segment's calls that match into the list.
func (p *pager) take(o *opened) {
	search := func(*entry) bool { return true }
	if p.search != "" {
		search = o.searching(p.search).matches
	}
	paths := make([]bool, len(o.paths))
	for i, path := range o.paths {
		paths[i] = strings.Contains(strings.ToLower(path), p.path)
	}
	var matching []*entry
	for i := range o.calls {
		e := &o.calls[i]
		if e.id >= p.from && e.id < p.below && (p.agent == 0 || o.whos[e.who].agent == p.agent) &&
			(p.outcome == "" || o.hows[e.how].outcome == p.outcome) && p.shadowed(&o.hows[e.how].how) && paths[e.path] && search(e) {
			matching = append(matching, e)
		}
	}
	slices.SortFunc(matching, func(a, b *entry) int { return cmp.Compare(b.id, a.id) })
	for _, e := range matching[:min(len(matching), p.size)] {
		p.list = append(p.list, o.row(e))
	}
	slices.SortFunc(p.list, func(a, b row) int { return cmp.Compare(b.id, a.id) })
	p.list = p.list[:min(len(p.list), p.size)]
}

// head is what is known of a segment without its body.
type head struct {
	last, first id.Call
	counts      counts
	agents      []byte
	words       []byte // nil unless it was asked for
}

// agent is how many calls of the segment are the app's.
func (h *head) agent(a id.Agent) counts {
	for agent, c := range callers(h.agents) {
		if agent == a {
			return c
		}
	}
	return counts{}
}

// callers are the apps of a segment, with how many calls were theirs.
func callers(agents []byte) iter.Seq2[id.Agent, counts] {
	return func(yield func(id.Agent, counts) bool) {
		for r := (&reader{left: agents}); len(r.left) > 0; {
			agent := id.Agent(r.int())
			if !yield(agent, counts{int64(r.uint()), int64(r.uint()), int64(r.uint())}) {
				return
			}
		}
	}
}

func scanHead(r store.Row) (h head, err error) {
	return h, r.Scan(&h.last, &h.first, &h.counts.calls, &h.counts.refused, &h.counts.failed, &h.agents, &h.words)
}

func scanBytes(r store.Row) (b []byte, err error) { return b, r.Scan(&b) }

// bucket is how many calls there were in one minute.
type bucket struct {
	at time.Time
	counts
}

// buckets counts corp's calls since the beginning of a minute, minute by minute;
// minutes without calls are left out. With an agent it counts that app's alone.
func (l *Log) buckets(ctx context.Context, corp id.Corp, agent id.Agent, since time.Time) ([]bucket, error) {
	if agent != 0 {
		return l.bucketsOf(ctx, corp, agent, since)
	}
	epoch := id.Call(0).Time().UnixMilli()
	return store.View(ctx, l.db, func(tx *store.Tx) ([]bucket, error) {
		return store.All(tx, minutes, func(r store.Row) (b bucket, err error) {
			var minute int64
			err = r.Scan(&minute, &b.calls, &b.refused, &b.failed)
			b.at = time.UnixMilli(minute * time.Minute.Milliseconds())
			return b, err
		}, corp, firstAt(since), epoch)
	})
}

// bucketsOf counts one app's calls, which stand in the heads of segments. No
// segment leaves its minute.
func (l *Log) bucketsOf(ctx context.Context, corp id.Corp, agent id.Agent, since time.Time) ([]bucket, error) {
	return store.View(ctx, l.db, func(tx *store.Tx) ([]bucket, error) {
		var all []bucket
		for top := id.Call(math.MaxInt64); ; {
			heads, err := store.All(tx, segmentHeads, scanHead, corp, firstAt(since), top, id.Call(math.MaxInt64), pageOfHeads)
			if err != nil {
				return nil, err
			}
			for _, h := range heads {
				all = sum(all, bucket{at: h.last.Time().Truncate(time.Minute), counts: h.agent(agent)})
			}
			if len(heads) < pageOfHeads {
				return all, nil
			}
			top = heads[len(heads)-1].last
		}
	})
}

// sum adds a segment's bucket to those before it, which are of the same minute or
// later ones.
func sum(all []bucket, b bucket) []bucket {
	if n := len(all); n > 0 && all[n-1].at.Equal(b.at) {
		last := &all[n-1].counts
		last.calls, last.refused, last.failed = last.calls+b.calls, last.refused+b.refused, last.failed+b.failed
		return all
	}
	return append(all, b)
}

const (
	segmentsAround store.SQL = `
		SELECT last FROM call_segments WHERE corp = $1 AND last >= $2 AND last < $3 AND first <= $2 ORDER BY last`
	segmentsBetween store.SQL = `SELECT last FROM call_segments WHERE corp = $1 AND last >= $2 AND last < $3 ORDER BY last`
	segmentBody     store.SQL = `SELECT body FROM call_segments WHERE corp = $1 AND last = $2`

	segmentHeads   store.SQL = `SELECT last, first, calls, refused, failed, agents, NULL` + ofHeads
	segmentFilters store.SQL = `SELECT last, first, calls, refused, failed, agents, words` + ofHeads

	ofHeads = ` FROM call_segments WHERE corp = $1 AND last >= $2 AND last < $3 AND first < $4 ORDER BY last DESC LIMIT $5`

	// The minute is computed from the id, so that an index has all that is asked.
	minutes store.SQL = `
		SELECT ((last >> 22) + $3) / 60000, CAST(sum(calls) AS BIGINT), CAST(sum(refused) AS BIGINT), CAST(sum(failed) AS BIGINT)
		FROM call_segments WHERE corp = $1 AND last >= $2
		GROUP BY 1 ORDER BY 1`
)
