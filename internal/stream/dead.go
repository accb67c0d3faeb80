package stream

import (
	"context"

	"github.com/gatepost/gatepost/internal/event"
)

// halfDead is how the log of tries calls what Deaden does.
const halfDead = "half-dead"

// Deaden has one connection of an app swallow all that is sent over it from now
// on, as one does whose other end is gone without a word: until the platform
// notices. It reports whether there is one.
func (h *Hub) Deaden(sub *event.Subscription) bool {
	s := h.pick(h.home(sub))
	if s == nil {
		return false
	}
	s.dead.Store(true)
	return true
}

// ping asks for a sign of life, which a dead connection does not give.
func (s *socket) ping(ctx context.Context) error {
	if s.dead.Load() {
		<-ctx.Done()
		return ctx.Err()
	}
	return s.conn.Ping(ctx)
}

// silence is the fault by which no answer comes; empty if there is none.
func (s *socket) silence() string {
	if s.dead.Load() {
		return halfDead
	}
	return ""
}
