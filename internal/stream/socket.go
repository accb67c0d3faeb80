package stream

import (
	"context"
	"encoding/json"
	"errors"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/coder/websocket"

	"github.com/gatepost/gatepost/internal/delivery"
	"github.com/gatepost/gatepost/internal/event"
)

const (
	writeLimit = 10 * time.Second
	maxReply   = 1 << 20 // bytes of an answer
	leaveAfter = 10 * time.Second
)

// Client is whoever opens a connection, as it said when it asked for a ticket.
type Client struct {
	App    App
	Events bool     // it takes events
	Topics []string // of callbacks that it takes
	Agent  string   // what it calls itself
	Local  string   // its own address, as it knows it
	Remote string   // where it connected from
}

// Connection is one connection, as administrators see it.
type Connection struct {
	Client
	ID       string
	Since    time.Time
	Answered time.Time // when it last answered a frame; zero: not yet
}

// socket is one connection.
type socket struct {
	Client
	hub   *Hub
	conn  *websocket.Conn
	id    string
	since time.Time
	spoke int
	gone  chan struct{} // closed when the connection is over

	answeredAt atomic.Int64 // in milliseconds
	dead       atomic.Bool  // swallows what is sent, on purpose

	mu      sync.Mutex
	waiting map[string]chan reply // by message id; nil while nothing is asked
}

// Serve speaks with a client that connected, until the connection ends.
func (h *Hub) Serve(c Client, conn *websocket.Conn) {
	conn.SetReadLimit(maxReply)
	s := &socket{Client: c, hub: h, conn: conn, id: h.message(), since: h.now(), gone: make(chan struct{})}
	if !h.add(s) {
		_ = conn.Close(websocket.StatusGoingAway, "this node is about to stop")
		return
	}
	defer h.serving.Done()
	defer close(s.gone)
	defer h.remove(s) // before it is known to be over, so that nobody picks it again
	ctx := context.Background()
	for {
		_, text, err := conn.Read(ctx) // ends when somebody closes the connection
		if err != nil {
			_ = conn.CloseNow()
			return
		}
		r, err := parseReply(text)
		if err != nil {
			h.logger.Debug("a client sent what is no answer", "app", c.App.Key, "err", err)
			continue
		}
		s.answered(r)
	}
}

// answered hands an answer to whoever waits for it. What nobody waits for, as the
// answer to a frame that is no question, says nothing.
func (s *socket) answered(r reply) {
	s.mu.Lock()
	ch := s.waiting[r.Headers["messageId"]]
	delete(s.waiting, r.Headers["messageId"])
	s.mu.Unlock()
	if ch != nil {
		s.answeredAt.Store(s.hub.now().UnixMilli())
		ch <- r // it has room for one
	}
}

// errGone is returned when a connection ended before the answer came.
var errGone = errors.New("stream: the connection is gone")

// exchange sends a frame and waits for the answer, until ctx ends.
func (s *socket) exchange(ctx context.Context, f Frame) (reply, error) {
	message := f.Headers["messageId"]
	ch := make(chan reply, 1)
	s.mu.Lock()
	if s.waiting == nil {
		s.waiting = map[string]chan reply{}
	}
	s.waiting[message] = ch
	s.mu.Unlock()
	defer func() {
		s.mu.Lock()
		if delete(s.waiting, message); len(s.waiting) == 0 {
			s.waiting = nil
		}
		s.mu.Unlock()
	}()
	if err := s.write(ctx, f); err != nil {
		s.drop()
		return reply{}, errGone
	}
	select {
	case r := <-ch:
		return r, nil
	case <-s.gone:
		return reply{}, errGone
	case <-ctx.Done():
		return reply{}, ctx.Err()
	}
}

// ask sends an event and waits for the answer.
func (s *socket) ask(ctx context.Context, f Frame) delivery.Answer {
	switch r, err := s.exchange(ctx, f); {
	case err == nil:
		return r.verdict()
	case errors.Is(err, errGone):
		return delivery.Answer{Nobody: true} // the next connection gets it
	default:
		return delivery.Answer{Outcome: event.Failed, Text: "no answer within the time limit", Injected: s.silence()}
	}
}

// write sends a frame. A frame that could not be sent whole ends the connection,
// so its own time limit is longer than that of one event.
func (s *socket) write(ctx context.Context, f Frame) error {
	if s.dead.Load() {
		return nil
	}
	text, err := json.Marshal(f)
	if err != nil {
		return err
	}
	limited, cancel := context.WithTimeout(context.WithoutCancel(ctx), writeLimit)
	defer cancel()
	return s.conn.Write(limited, websocket.MessageText, text)
}

// drop takes the connection out of use at once.
func (s *socket) drop() {
	s.hub.remove(s)
	_ = s.conn.CloseNow()
}

// leave asks the client to go, and closes when it did, after ten seconds, or when
// ctx ends.
func (s *socket) leave(ctx context.Context, reason string) {
	s.hub.remove(s)
	if err := s.write(ctx, disconnectFrame(reason, s.id, s.hub.message(), s.hub.now())); err == nil {
		patience := time.NewTimer(leaveAfter)
		defer patience.Stop()
		select {
		case <-s.gone:
			return
		case <-patience.C:
		case <-ctx.Done():
		}
	}
	_ = s.conn.CloseNow() // ends Serve; the client was told
}

// takes reports whether the client takes callbacks of a topic.
func (s *socket) takes(topic string) bool { return slices.Contains(s.Topics, topic) }

// seen is the connection as administrators see it.
func (s *socket) seen() Connection {
	c := Connection{Client: s.Client, ID: s.id, Since: s.since}
	if at := s.answeredAt.Load(); at != 0 {
		c.Answered = time.UnixMilli(at)
	}
	return c
}
