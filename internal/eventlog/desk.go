package eventlog

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"github.com/gatepost/gatepost/internal/event"
	"github.com/gatepost/gatepost/internal/id"
	"github.com/gatepost/gatepost/internal/op"
	"github.com/gatepost/gatepost/internal/store"
)

// AppNames tells how apps are called, and refuses one that the corp does not have.
type AppNames interface {
	AppName(ctx context.Context, corp id.Corp, agent id.Agent) (string, error)
}

// Desk is the log as people and applications use it. It is safe for concurrent
// use.
type Desk struct {
	// Apps, Payload and Show are set by whoever builds the platform, before the
	// first call.
	Apps AppNames
	// Payload is what a subscriber may see of an event; ok is false when he may not
	// know of it.
	Payload func(ctx context.Context, s *event.Subscription, h event.Happened) (payload string, ok bool, err error)
	// Show is what somebody at the console may see of an event's payload.
	Show func(ctx context.Context, who op.Caller, h event.Happened) (payload string, err error)
	// Keep bounds the log. It is set before Run.
	Keep Keep

	db     *store.DB
	events *event.Log
	ids    *id.Calls
	real   func() time.Time
	share  *store.Share
	logger *slog.Logger

	asked   chan struct{} // a replay was asked for here
	closing sync.Once
	closed  chan struct{}
}

// New returns the desk over the events in db. ids are the node's own; real is
// the real time.
func New(db *store.DB, events *event.Log, ids *id.Calls, real func() time.Time, logger *slog.Logger) *Desk {
	return &Desk{Keep: DefaultKeep(), db: db, events: events, ids: ids, real: real, share: db.Share("eventlog", 1), logger: logger,
		asked: make(chan struct{}, 1), closed: make(chan struct{})}
}

// Close ends the waits of those who fetch.
func (d *Desk) Close() { d.closing.Do(func() { close(d.closed) }) }

// name is how an app is called; empty for one that is gone.
func (d *Desk) name(ctx context.Context, corp id.Corp, agent id.Agent) string {
	name, err := d.Apps.AppName(ctx, corp, agent)
	if err != nil {
		return ""
	}
	return name
}

// firstAt is the lowest id that an event of t can have.
func firstAt(t time.Time) id.Event {
	ms := t.UnixMilli() - id.Call(0).Time().UnixMilli()
	return id.Event(max(ms, 0) << 22)
}

// madeAt is when an event happened, in real time.
func madeAt(e id.Event) time.Time { return id.Call(e).Time() }

const newest id.Event = 1<<63 - 1
