package stream

import (
	"context"
	"encoding/json"
	"errors"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"github.com/coder/websocket"

	"github.com/gatepost/gatepost/internal/delivery"
	"github.com/gatepost/gatepost/internal/event"
)

const (
	pingEvery   = 5 * time.Second  // with pingTimeout the fifteen seconds that are promised
	pingTimeout = 10 * time.Second // for the answer
	writeLimit  = 10 * time.Second
	maxReply    = 1 << 20 // bytes of an answer
	leaveAfter  = 10 * time.Second
)

// socket is one connection.
type socket struct {
	hub  *Hub
	app  App
	conn *websocket.Conn
	gone chan struct{} // closed when the connection is over
	dead atomic.Bool   // swallows what is sent, on purpose

	mu      sync.Mutex
	waiting map[string]chan reply // by message id
}

// Serve speaks with a client that connected, until the connection ends. events
// says whether the client takes events.
func (h *Hub) Serve(ctx context.Context, a App, conn *websocket.Conn, events bool) {
	conn.SetReadLimit(maxReply)
	s := &socket{hub: h, app: a, conn: conn, gone: make(chan struct{}), waiting: map[string]chan reply{}}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	if events {
		h.add(s)
		defer h.remove(s)
	}
	defer close(s.gone)
	go s.keep(ctx)
	for {
		_, text, err := conn.Read(ctx)
		if err != nil {
			_ = conn.CloseNow()
			return
		}
		r, err := parseReply(text)
		if err != nil {
			h.logger.DebugContext(ctx, "a client sent what is no answer", "app", a.Key, "err", err)
			continue
		}
		s.answered(r)
	}
}

// keep asks now and then whether the other end is still there.
func (s *socket) keep(ctx context.Context) {
	tick := time.NewTicker(pingEvery)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		limited, cancel := context.WithTimeout(ctx, pingTimeout)
		err := s.ping(limited)
		cancel()
		if err != nil {
			_ = s.conn.CloseNow() // ends Serve
			return
		}
	}
}

func (s *socket) answered(r reply) {
	s.mu.Lock()
	ch := s.waiting[r.Headers["messageId"]]
	delete(s.waiting, r.Headers["messageId"])
	s.mu.Unlock()
	if ch != nil {
		ch <- r // it has room for one
	}
}

// ask sends an event and waits for the answer.
func (s *socket) ask(ctx context.Context, f Frame) delivery.Answer {
	message := f.Headers["messageId"]
	ch := make(chan reply, 1)
	s.mu.Lock()
	s.waiting[message] = ch
	s.mu.Unlock()
	defer func() {
		s.mu.Lock()
		delete(s.waiting, message)
		s.mu.Unlock()
	}()
	if err := s.write(ctx, f); err != nil {
		s.drop()
		return delivery.Answer{Nobody: true}
	}
	select {
	case r := <-ch:
		return r.verdict()
	case <-s.gone:
		return delivery.Answer{Nobody: true} // the next connection gets it
	case <-ctx.Done():
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
	message := strconv.FormatInt(int64(s.hub.ids.New()), 36)
	if err := s.write(ctx, newFrame(typeSystem, "disconnect", message, disconnectData(reason), s.hub.now())); err == nil {
		patience := time.NewTimer(leaveAfter)
		defer patience.Stop()
		select {
		case <-s.gone:
			return
		case <-patience.C:
		case <-ctx.Done():
		}
	}
	if err := s.conn.Close(websocket.StatusGoingAway, reason); err != nil && !errors.Is(err, context.Canceled) {
		_ = s.conn.CloseNow()
	}
}
