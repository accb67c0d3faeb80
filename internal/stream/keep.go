package stream

import (
	"context"
	"errors"
	"time"

	"github.com/gatepost/gatepost/internal/apierror"
)

// Pings says how connections are watched: each is asked for a sign of life every
// so often, and closed when none comes in time. A dead one is noticed within the
// sum of both.
type Pings struct {
	Every   time.Duration
	Timeout time.Duration
}

// spokes is into how many parts the connections of a node are divided, so that
// they are asked one part after another and not all at once. A connection costs
// no timer and no goroutine for it.
const spokes = 64

// Run watches the connections until ctx ends.
func (h *Hub) Run(ctx context.Context) error {
	tick := time.NewTicker(max(h.Pings.Every/spokes, time.Millisecond))
	defer tick.Stop()
	sharing := time.NewTicker(shareEvery)
	defer sharing.Stop()
	telling := time.NewTicker(tellEvery)
	defer telling.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-sharing.C:
			if h.Others {
				go h.told(ctx)
			}
		case <-telling.C:
			h.again()
		case <-tick.C:
			for _, s := range h.due() {
				go s.alive(ctx)
			}
		}
	}
}

// told tells the other nodes of this one.
func (h *Hub) told(ctx context.Context) {
	limited, cancel := context.WithTimeout(ctx, shareEvery)
	defer cancel()
	if err := h.share(limited); err != nil && ctx.Err() == nil {
		h.logger.WarnContext(ctx, "other nodes do not list the connections of this one", "err", err)
	}
}

// due turns the wheel, and returns the connections whose turn it is.
func (h *Hub) due() []*socket {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.turn = (h.turn + 1) % spokes
	list := make([]*socket, 0, len(h.wheel[h.turn]))
	for s := range h.wheel[h.turn] {
		list = append(list, s)
	}
	return list
}

// alive ends the connection if the other end is gone, or has no business here any
// more.
func (s *socket) alive(ctx context.Context) {
	limited, cancel := context.WithTimeout(ctx, s.hub.Pings.Timeout)
	defer cancel()
	if err := s.ping(limited); err != nil {
		if ctx.Err() == nil {
			s.drop()
		}
		return
	}
	var refusal *apierror.Refusal
	if _, err := s.hub.Apps.Connected(limited, s.App.Corp, s.App.Agent); errors.As(err, &refusal) {
		s.leave(ctx, refusal.Text("en"))
	}
}
