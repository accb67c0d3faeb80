package stream

import (
	"context"
	"encoding/json"
	"log/slog"
	"math/rand/v2"
	"slices"
	"strconv"
	"sync"
	"time"

	"github.com/gatepost/gatepost/internal/delivery"
	"github.com/gatepost/gatepost/internal/event"
	"github.com/gatepost/gatepost/internal/id"
)

// App is an application that connects.
type App struct {
	Corp  id.Corp
	Agent id.Agent
	Key   id.App
}

// Hub is the connections of this node, and the way of events over them. It is
// safe for concurrent use.
type Hub struct {
	// Came and Gone are told when the first connection of an app that takes events
	// came to this node, and when the last one went. Whoever builds the platform
	// sets them before the first connection.
	Came, Gone func(App)

	ids    *id.Calls
	now    func() time.Time
	logger *slog.Logger

	mu      sync.Mutex
	sockets map[place][]*socket
}

// place is an app as subscriptions know it.
type place struct {
	corp  id.Corp
	agent id.Agent
}

// New returns a hub without connections. now is the real time.
func New(ids *id.Calls, now func() time.Time, logger *slog.Logger) *Hub {
	return &Hub{Came: func(App) {}, Gone: func(App) {}, ids: ids, now: now, logger: logger, sockets: map[place][]*socket{}}
}

// Most implements delivery.Way.
func (*Hub) Most() int { return 1 }

// Ready implements delivery.Way.
func (h *Hub) Ready(s *event.Subscription) bool { return h.pick(place{s.Corp, s.Agent}) != nil }

// Send implements delivery.Way.
func (h *Hub) Send(ctx context.Context, s *event.Subscription, batch []event.Delivery) []delivery.Answer {
	answers := make([]delivery.Answer, len(batch))
	for i := range batch {
		answers[i] = h.send(ctx, place{s.Corp, s.Agent}, batch[i].Happened)
	}
	return answers
}

func (h *Hub) send(ctx context.Context, at place, e event.Happened) delivery.Answer {
	s := h.pick(at)
	if s == nil {
		return delivery.Answer{Nobody: true}
	}
	// A new id for each try: a client that answered LATER would answer a known id
	// from memory.
	return s.ask(ctx, eventFrame(e, s.app.Key, strconv.FormatInt(int64(h.ids.New()), 36), h.now()))
}

// pick returns a connection of an app that takes events, at random; nil if there
// is none.
func (h *Hub) pick(at place) *socket {
	h.mu.Lock()
	defer h.mu.Unlock()
	all := h.sockets[at]
	if len(all) == 0 {
		return nil
	}
	return all[rand.IntN(len(all))] //nolint:gosec // spreads load, hides nothing
}

// Count is how many connections that take events an app has on this node.
func (h *Hub) Count(corp id.Corp, agent id.Agent) int {
	h.mu.Lock()
	defer h.mu.Unlock()
	return len(h.sockets[place{corp, agent}])
}

func (h *Hub) add(s *socket) {
	at := place{s.app.Corp, s.app.Agent}
	h.mu.Lock()
	h.sockets[at] = append(h.sockets[at], s)
	first := len(h.sockets[at]) == 1
	h.mu.Unlock()
	if first {
		h.Came(s.app)
	}
}

// remove takes a connection out; it does nothing when it is out already.
func (h *Hub) remove(s *socket) {
	at := place{s.app.Corp, s.app.Agent}
	h.mu.Lock()
	before := len(h.sockets[at])
	h.sockets[at] = slices.DeleteFunc(h.sockets[at], func(other *socket) bool { return other == s })
	last := before == 1 && len(h.sockets[at]) == 0
	if len(h.sockets[at]) == 0 {
		delete(h.sockets, at)
	}
	h.mu.Unlock()
	if last {
		h.Gone(s.app)
	}
}

// Close asks every client to connect elsewhere, sends nothing more, and closes
// what is left when ctx ends.
func (h *Hub) Close(ctx context.Context) {
	h.mu.Lock()
	var all []*socket
	for _, list := range h.sockets {
		all = append(all, list...)
	}
	h.mu.Unlock()
	var leaving sync.WaitGroup
	for _, s := range all {
		leaving.Go(func() { s.leave(ctx, "connection is expired") })
	}
	leaving.Wait()
}

func disconnectData(reason string) string {
	b, err := json.Marshal(map[string]string{"reason": reason})
	if err != nil {
		return "{}"
	}
	return string(b)
}
