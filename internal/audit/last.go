package audit

import (
	"context"
	"math"
	"slices"
	"time"

	"github.com/gatepost/gatepost/internal/id"
	"github.com/gatepost/gatepost/internal/store"
)

// LastCalls tells when apps last called, for those of which a call is kept.
func (l *Log) LastCalls(ctx context.Context, corp id.Corp, agents []id.Agent) (map[id.Agent]time.Time, error) {
	return store.View(ctx, l.db, func(tx *store.Tx) (map[id.Agent]time.Time, error) {
		s := lastCalls{agents: agents, found: map[id.Agent]entry{}}
		err := s.look(tx, corp)
		times := make(map[id.Agent]time.Time, len(s.found))
		for agent, e := range s.found {
			times[agent] = time.UnixMilli(e.at)
		}
		return times, err
	})
}

// lastCalls looks for the newest call of each of the agents.
type lastCalls struct {
	agents []id.Agent
	found  map[id.Agent]entry
}

func (s *lastCalls) look(tx *store.Tx, corp id.Corp) error {
	for top := id.Call(math.MaxInt64); ; {
		heads, err := store.All(tx, segmentHeads, scanHead, corp, 0, top, top, pageOfHeads)
		if err != nil {
			return err
		}
		for i := range heads {
			if s.complete(heads[i].last) {
				return nil
			}
			if err := s.lookIn(tx, corp, &heads[i]); err != nil {
				return err
			}
		}
		if len(heads) < pageOfHeads {
			return nil
		}
		top = heads[len(heads)-1].last
	}
}

// complete reports whether segments that end at last or before have nothing newer.
func (s *lastCalls) complete(last id.Call) bool {
	for _, e := range s.found {
		if e.id < last {
			return false
		}
	}
	return len(s.found) == len(s.agents)
}

// lookIn reads a segment if one of the agents may have a newer call there.
func (s *lastCalls) lookIn(tx *store.Tx, corp id.Corp, h *head) error {
	var newer []id.Agent
	for agent := range callers(h.agents) {
		if slices.Contains(s.agents, agent) && s.found[agent].id < h.last {
			newer = append(newer, agent)
		}
	}
	if len(newer) == 0 {
		return nil
	}
	o, err := body(tx, corp, h.last)
	if err != nil {
		return err
	}
	for _, e := range o.calls {
		if agent := o.whos[e.who].agent; e.id > s.found[agent].id && slices.Contains(newer, agent) {
			s.found[agent] = e
		}
	}
	return nil
}
