package stream

import (
	"context"
	"errors"
	"time"

	"github.com/gatepost/gatepost/internal/apierror"
)

// Reply is what a client answered to a callback.
type Reply struct {
	Connection string
	Code       int    // 200: done
	Message    string // free text
	Data       string // without the wrapper that most clients put around it
	Took       time.Duration
}

// Call sends a callback of a topic to one connection of an app that takes it, at
// random, and returns the answer. data is JSON. What is not answered before ctx
// ends, or by a connection that ends, is not sent again: callbacks are told once
// (stream.md §6).
func (h *Hub) Call(ctx context.Context, a App, topic, data string) (Reply, error) {
	s := h.taking(a, topic)
	if s == nil {
		return Reply{}, apierror.StreamNobody.With("app", a.Key, "topic", topic)
	}
	began := h.now()
	r, err := s.exchange(ctx, callbackFrame(a.Key, topic, data, s.id, h.message(), began))
	took := h.now().Sub(began)
	switch {
	case errors.Is(err, errGone):
		return Reply{}, apierror.StreamUnanswered.With("app", a.Key).Got("连接 %s 中途断开", s.id)
	case err != nil:
		return Reply{}, apierror.StreamUnanswered.With("app", a.Key).Got("等待了 %d 毫秒", took.Milliseconds())
	}
	return Reply{Connection: s.id, Code: r.Code, Message: r.Message, Data: r.response(), Took: took}, nil
}

// taking returns a connection that takes callbacks of topic, at random; nil if
// there is none.
func (h *Hub) taking(a App, topic string) *socket {
	h.mu.Lock()
	defer h.mu.Unlock()
	c := h.apps[place{a.Corp, a.Agent}]
	if c == nil {
		return nil
	}
	var some []*socket
	for _, s := range c.all {
		if s.takes(topic) {
			some = append(some, s)
		}
	}
	return oneOf(some)
}
