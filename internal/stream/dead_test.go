package stream

import (
	"context"
	"testing"
	"time"

	"github.com/gatepost/gatepost/internal/event"
)

// A connection that is dead on purpose swallows events and gives no sign of life;
// its app's others go on.
func TestDeaden(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	sub := &event.Subscription{Corp: app.Corp, Agent: app.Agent}
	if w.Deaden(sub) {
		t.Error("an app without connections has one")
	}
	w.client(t, "", func(f Frame) (string, bool) { return say(f, 200, ""), true })
	one := w.pick(place{app.Corp, app.Agent})
	limited, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	if err := one.ping(limited); err != nil {
		t.Errorf("alive: %v", err)
	}
	if !w.Deaden(sub) {
		t.Fatal("there is a connection")
	}
	if a := w.tell(t, 200*time.Millisecond); a.Outcome != event.Failed || a.Injected != "half-dead" {
		t.Errorf("%+v", a)
	}
	short, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer cancel()
	if err := one.ping(short); err == nil {
		t.Error("a dead connection gives a sign of life")
	}
	one.drop()
	w.client(t, "", func(f Frame) (string, bool) { return say(f, 200, ""), true })
	if a := w.tell(t, 10*time.Second); a.Outcome != event.Accepted || a.Injected != "" {
		t.Errorf("the next connection: %+v", a)
	}
}
