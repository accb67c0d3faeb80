package audit

import (
	"cmp"
	"context"
	"slices"
	"time"

	"github.com/gatepost/gatepost/internal/id"
	"github.com/gatepost/gatepost/internal/store"
)

// pastCall is what Past tells of a call.
type pastCall struct {
	id        id.Call
	at        time.Time
	agent     id.Agent
	operation string
}

// Past calls f with each call of corp's apps since a time that was permitted, the
// oldest first: when, by which app, and the operation's name.
func (l *Log) Past(ctx context.Context, corp id.Corp, since time.Time, f func(at time.Time, agent id.Agent, operation string)) error {
	if err := l.Flush(ctx); err != nil {
		return err
	}
	for from := firstAt(since); ; {
		calls, next, err := l.minuteFrom(ctx, corp, from)
		if err != nil || next == 0 {
			return err
		}
		for _, c := range calls {
			if !c.at.Before(since) {
				f(c.at, c.agent, c.operation)
			}
		}
		from = next
	}
}

// minuteFrom returns the calls of the first minute in which there are any from an
// id on, and where the next minute begins; 0: there are none. Segments overlap
// within a minute, so a minute is what can be put in order.
func (l *Log) minuteFrom(ctx context.Context, corp id.Corp, from id.Call) (list []pastCall, next id.Call, err error) {
	_, err = store.View(ctx, l.db, func(tx *store.Tx) (struct{}, error) {
		list, next = nil, 0
		first, err := store.All(tx, segmentFrom, scanCall, corp, from)
		if err != nil || len(first) == 0 {
			return struct{}{}, err
		}
		next = endOfMinute(first[0])
		names, err := store.All(tx, segmentsBetween, scanCall, corp, from, next)
		for _, last := range names {
			o, err := body(tx, corp, last)
			if err != nil {
				return struct{}{}, err
			}
			list = o.past(list, from)
		}
		return struct{}{}, err
	})
	slices.SortFunc(list, func(a, b pastCall) int { return cmp.Compare(a.id, b.id) })
	return list, next, err
}

// past appends the calls that Past tells of.
func (o *opened) past(list []pastCall, from id.Call) []pastCall {
	for i := range o.calls {
		e := &o.calls[i]
		switch o.hows[e.how].Last {
		case "find", "identify", "permit": // refused before it was counted
			continue
		}
		if agent := o.whos[e.who].agent; agent != 0 && e.id >= from {
			list = append(list, pastCall{e.id, time.UnixMilli(e.at), agent, o.whats[e.what].Operation})
		}
	}
	return list
}

const segmentFrom store.SQL = `SELECT last FROM call_segments WHERE corp = $1 AND last >= $2 ORDER BY last LIMIT 1`
