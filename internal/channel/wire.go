package channel

import (
	"context"
	"errors"
	"io"
	"iter"
	"strings"
)

// lines is the head of a call; it implements op.Lines.
type lines [][2]string

func (l lines) Get(name string) string {
	for _, kv := range l {
		if strings.EqualFold(kv[0], name) {
			return kv[1]
		}
	}
	return ""
}

func (l lines) Values(name string) (values []string) {
	for _, kv := range l {
		if strings.EqualFold(kv[0], name) {
			values = append(values, kv[1])
		}
	}
	return values
}

func (l lines) All() iter.Seq2[string, string] {
	return func(yield func(string, string) bool) {
		for _, kv := range l {
			if !yield(kv[0], kv[1]) {
				return
			}
		}
	}
}

// sink sends one answer in parts. It implements op.Sink.
type sink struct {
	session *session
	ctx     context.Context
	call    uint32
	head    []byte // of the first part
	body    []byte // not sent yet
}

// Write implements io.Writer.
func (s *sink) Write(p []byte) (int, error) {
	for n := len(p); ; {
		room := part - len(s.body)
		if len(p) <= room {
			s.body = append(s.body, p...)
			return n, nil
		}
		s.body, p = append(s.body, p[:room]...), p[room:]
		if err := s.send(0); err != nil {
			return n - len(p), err
		}
	}
}

// Flush sends what was written so far.
func (s *sink) Flush() error {
	if len(s.body) == 0 {
		return nil
	}
	return s.send(0)
}

// Hijack fails: the connection is the session's, not the call's.
func (s *sink) Hijack() (io.ReadWriteCloser, error) {
	return nil, errors.New("channel: a call has no connection of its own")
}

func (s *sink) send(flags byte) error {
	m := message{kind: kindAnswer, call: s.call, flags: flags, head: s.head, body: s.body}
	s.head, s.body = nil, s.body[:0] // a message is copied when it is sealed
	return s.session.send(s.ctx, m)
}
