package stream

import (
	"cmp"
	"context"
	"hash/fnv"
	"log/slog"
	"math/rand/v2"
	"slices"
	"strconv"
	"sync"
	"time"

	"github.com/gatepost/gatepost/internal/delivery"
	"github.com/gatepost/gatepost/internal/event"
	"github.com/gatepost/gatepost/internal/id"
	"github.com/gatepost/gatepost/internal/kv"
	"github.com/gatepost/gatepost/internal/op"
)

// What a subscription has that is made when an app connects.
const (
	// Most is how many events are under way at once. Clients answer one after
	// another; the official one of Go takes no more than a hundred.
	Most = 16
	// AnswerWithin is how long a client may take. What was not answered is told
	// again ten seconds later, so within the sixty seconds that clients expect
	// (stream.md §6).
	AnswerWithin = 30 * time.Second
)

// App is an application that connects.
type App struct {
	Corp  id.Corp
	Agent id.Agent
	Key   id.App
}

// Apps is what has to be known of applications.
type Apps interface {
	// Credentials returns the enabled application whose secret came, or refuses as
	// the operations do that give tokens.
	Credentials(ctx context.Context, who op.Caller, key id.App, secret string) (App, error)
	// Connected returns an application that may be connected, or refuses.
	Connected(ctx context.Context, corp id.Corp, agent id.Agent) (App, error)
	// Sandbox reports whether corp is for trying things.
	Sandbox(ctx context.Context, corp id.Corp) (bool, error)
}

// Hub is the connections of this node, and the way of events over them. It is
// safe for concurrent use.
type Hub struct {
	// Apps, Tickets, Node, Others, Came and Gone are set by whoever builds the platform, before
	// the first connection.
	Apps    Apps
	Tickets kv.Store // shared by the nodes
	Node    int64    // this node's number
	Others  bool     // whether there may be other nodes

	// Came is told that connections of an app are on this node that take events,
	// whenever a first one comes, and again after it failed; Gone, that none is
	// left. Calls for one app follow each other, and the last one is right.
	Came func(context.Context, App) error
	Gone func(App)

	// Secure reports whether clients reach a host by TLS whatever the last part of
	// their way was: the platform's part of it may be in plain. New sets one that
	// knows no such host.
	Secure func(host string) bool

	// Pings says how connections are watched.
	Pings Pings

	ids    *id.Calls
	now    func() time.Time
	logger *slog.Logger
	turns  [64]sync.Mutex // of Came and Gone, by app

	mu     sync.Mutex
	apps   map[place]*crowd
	homes  map[place]place   // where those are connected who are told of another app's events
	stands map[place][]place // the same the other way round
	late   map[App]struct{}  // whose owner has to be told again
	wheel  [spokes]map[*socket]struct{}
	turn   int // the spoke that was looked at last
	closed bool
	telling,
	serving sync.WaitGroup
}

// place is an app as subscriptions know it.
type place struct {
	corp  id.Corp
	agent id.Agent
}

// crowd is the connections of one app that are not about to close.
type crowd struct {
	all    []*socket
	events []*socket // of them, those that take events
}

// New returns a hub without connections. now is the real time.
func New(ids *id.Calls, now func() time.Time, logger *slog.Logger) *Hub {
	h := &Hub{Came: func(context.Context, App) error { return nil }, Gone: func(App) {}, Secure: func(string) bool { return false },
		Pings: Pings{Every: 8 * time.Second, Timeout: 5 * time.Second},
		ids:   ids, now: now, logger: logger, apps: map[place]*crowd{}, homes: map[place]place{}, stands: map[place][]place{}, late: map[App]struct{}{}}
	for i := range h.wheel {
		h.wheel[i] = map[*socket]struct{}{}
	}
	return h
}

// Most implements delivery.Way.
func (*Hub) Most() int { return 1 }

// Ready implements delivery.Way. What is replayed to a test group is no matter of
// the app's connections.
func (h *Hub) Ready(s *event.Subscription) bool {
	if s.Group != "" {
		return false
	}
	at := h.home(s)
	return h.Count(at.corp, at.agent) > 0
}

// Stands is an app whose events are told over the connections of another one.
type Stands struct {
	Corp  id.Corp
	Agent id.Agent
}

// Stand has a told of the events of other apps too, and of no more than these: a
// vendor's suite is told of what happens in the corps that opened it. Came and
// Gone call it, so that what is said of one app comes in order.
func (h *Hub) Stand(a App, others []Stands) {
	at := place{a.Corp, a.Agent}
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, other := range h.stands[at] {
		delete(h.homes, other)
	}
	delete(h.stands, at)
	for _, other := range others {
		p := place{other.Corp, other.Agent}
		h.homes[p] = at
		h.stands[at] = append(h.stands[at], p)
	}
}

// home is the app over whose connections a subscription is told.
func (h *Hub) home(s *event.Subscription) place {
	h.mu.Lock()
	defer h.mu.Unlock()
	at := place{s.Corp, s.Agent}
	if home, ok := h.homes[at]; ok {
		return home
	}
	return at
}

// Send implements delivery.Way.
func (h *Hub) Send(ctx context.Context, s *event.Subscription, batch []event.Delivery) []delivery.Answer {
	answers, at := make([]delivery.Answer, len(batch)), h.home(s)
	for i := range batch {
		answers[i] = h.send(ctx, at, batch[i].Happened)
	}
	return answers
}

// send asks one connection after another until one lives to answer.
func (h *Hub) send(ctx context.Context, at place, e event.Happened) delivery.Answer {
	for {
		s := h.pick(at)
		if s == nil {
			return delivery.Answer{Nobody: true}
		}
		// A new id for each try: a client that answered LATER would answer a known id
		// from memory.
		a := s.ask(ctx, eventFrame(e, s.App.Key, h.message(), h.now()))
		if !a.Nobody {
			return a
		}
	}
}

// message is a new message id.
func (h *Hub) message() string { return strconv.FormatInt(int64(h.ids.New()), 36) }

// pick returns a connection of an app that takes events, at random; nil if there
// is none.
func (h *Hub) pick(at place) *socket {
	h.mu.Lock()
	defer h.mu.Unlock()
	if c := h.apps[at]; c != nil {
		return oneOf(c.events)
	}
	return nil
}

func oneOf(all []*socket) *socket {
	if len(all) == 0 {
		return nil
	}
	return all[rand.IntN(len(all))] //nolint:gosec // spreads load, hides nothing
}

// Count is how many connections that take events an app has on this node.
func (h *Hub) Count(corp id.Corp, agent id.Agent) int {
	h.mu.Lock()
	defer h.mu.Unlock()
	if c := h.apps[place{corp, agent}]; c != nil {
		return len(c.events)
	}
	return 0
}

// add takes a connection in, unless the hub is closed.
func (h *Hub) add(s *socket) bool {
	at := place{s.App.Corp, s.App.Agent}
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.closed {
		return false
	}
	c := h.apps[at]
	if c == nil {
		c = &crowd{}
		h.apps[at] = c
	}
	s.spoke = h.turn // what was looked at last is looked at again after a whole round
	h.wheel[s.spoke][s] = struct{}{}
	c.all = append(c.all, s)
	if s.Events {
		if c.events = append(c.events, s); len(c.events) == 1 {
			h.telling.Go(func() { h.tell(s.App) })
		}
	}
	h.serving.Add(1)
	return true
}

// remove takes a connection out of use; it does nothing when it is out already.
func (h *Hub) remove(s *socket) {
	at := place{s.App.Corp, s.App.Agent}
	h.mu.Lock()
	defer h.mu.Unlock()
	if _, in := h.wheel[s.spoke][s]; !in {
		return
	}
	delete(h.wheel[s.spoke], s)
	c := h.apps[at]
	c.all = without(c.all, s)
	if len(c.all) == 0 {
		delete(h.apps, at)
	}
	if s.Events {
		if c.events = without(c.events, s); len(c.events) == 0 {
			h.telling.Go(func() { h.tell(s.App) })
		}
	}
}

func without(all []*socket, s *socket) []*socket {
	return slices.DeleteFunc(all, func(other *socket) bool { return other == s })
}

const (
	tellTimeout = 10 * time.Second // of one Came
	tellEvery   = time.Second      // between two of an app
)

// tell tells whether an app is here. Who tells looks when it is its turn, so
// whoever comes last tells how it is in the end.
func (h *Hub) tell(a App) {
	f := fnv.New32a()
	_, _ = f.Write([]byte(string(a.Corp) + " " + strconv.FormatInt(int64(a.Agent), 10))) // never fails
	turn := &h.turns[f.Sum32()%uint32(len(h.turns))]
	turn.Lock()
	defer turn.Unlock()
	if h.Count(a.Corp, a.Agent) == 0 {
		h.Gone(a)
		return
	}
	ctx, cancel := context.WithTimeout(context.Background(), tellTimeout)
	defer cancel()
	if err := h.Came(ctx, a); err != nil {
		h.logger.Warn("an app that connected is not told of events yet; trying again", "app", a.Key, "err", err)
		h.mu.Lock()
		h.late[a] = struct{}{}
		h.mu.Unlock()
	}
}

// Again has the apps of corp that are connected told of anew, because what they
// subscribe to may have changed. It does not block.
func (h *Hub) Again(corp id.Corp) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for at, c := range h.apps {
		if at.corp == corp && len(c.events) > 0 {
			h.late[c.events[0].App] = struct{}{}
		}
	}
}

// again tells of those who have to be told of again.
func (h *Hub) again() {
	h.mu.Lock()
	defer h.mu.Unlock()
	for a := range h.late {
		delete(h.late, a)
		if !h.closed {
			h.telling.Go(func() { h.tell(a) })
		}
	}
}

// Closing reports whether the hub takes no more connections.
func (h *Hub) Closing() bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.closed
}

// Close takes no more connections, asks every client to connect elsewhere, sends
// nothing more, and closes what is left after ten seconds or when ctx ends.
func (h *Hub) Close(ctx context.Context) {
	h.mu.Lock()
	h.closed = true
	var all []*socket
	for _, c := range h.apps {
		all = append(all, c.all...)
	}
	h.mu.Unlock()
	var leaving sync.WaitGroup
	for _, s := range all {
		leaving.Go(func() { s.leave(ctx, "connection is expired") })
	}
	leaving.Wait()
	h.serving.Wait()
	h.telling.Wait()
}

// Connections returns the connections of corp on this node, of one app unless
// agent is 0, the newest first.
func (h *Hub) Connections(corp id.Corp, agent id.Agent) []Connection {
	h.mu.Lock()
	defer h.mu.Unlock()
	var list []Connection
	for at, c := range h.apps {
		if at.corp != corp || agent != 0 && at.agent != agent {
			continue
		}
		for _, s := range c.all {
			list = append(list, s.seen())
		}
	}
	slices.SortFunc(list, func(a, b Connection) int {
		return cmp.Or(b.Since.Compare(a.Since), cmp.Compare(b.ID, a.ID))
	})
	return list
}
