package delivery

import (
	"slices"
	"testing"
	"time"

	"github.com/gatepost/gatepost/internal/event"
	"github.com/gatepost/gatepost/internal/id"
)

func row(n id.Event, object string) event.Delivery {
	return event.Delivery{Happened: event.Happened{ID: n, Object: object}}
}

// holding is a backlog that has read rows.
func holding(rows ...event.Delivery) *backlog {
	b := newBacklog()
	b.ask(time.Time{})
	b.found(&event.Found{Due: rows, Stuck: map[string]event.Stuck{}})
	return &b
}

func ids(batch []event.Delivery) (list []id.Event) {
	for _, d := range batch {
		list = append(list, d.ID)
	}
	return list
}

// Trap: what is recorded while a read runs still stands in what it brings. To
// forget it after the read would deliver it twice.
func TestTrapLatePurge(t *testing.T) {
	t.Parallel()
	b := holding(row(1, "a"), row(2, "b"))
	batch, _ := b.choose(true, 2)
	if !slices.Equal(ids(batch), []id.Event{1, 2}) {
		t.Fatalf("chose %v", ids(batch))
	}
	b.ask(time.Time{}) // a read begins …
	b.recorded(&event.Result{Delivery: batch[0], Outcome: event.Accepted})
	b.found(&event.Found{Due: []event.Delivery{row(1, "a"), row(2, "b"), row(3, "c")}}) // … and shows what was there before
	batch, _ = b.choose(true, 9)
	if !slices.Equal(ids(batch), []id.Event{3}) {
		t.Errorf("chose %v, not only what is new", ids(batch))
	}
	b.ask(time.Time{}) // the next read no longer can
	if b.under[1] || !b.under[2] {
		t.Errorf("of 1 and 2 it remembers %v", b.under)
	}
}

// While a request is under way nothing is read: the database has nothing new to
// say. The row of what is under way is still due.
func TestNothingIsReadWithoutReason(t *testing.T) {
	t.Parallel()
	now := time.UnixMilli(1_790_000_000_000)
	b := holding(row(1, "a"), row(2, "a"))
	if batch, _ := b.choose(true, 8); !slices.Equal(ids(batch), []id.Event{1}) {
		t.Fatalf("chose %v", ids(batch))
	}
	for name, tc := range map[string]struct {
		change func(*backlog)
		read   bool
		again  time.Time
	}{
		"nothing":          {func(*backlog) {}, false, time.Time{}},
		"something later":  {func(b *backlog) { b.due(now.Add(time.Second)) }, false, now.Add(time.Second)},
		"something now":    {func(b *backlog) { b.due(now) }, true, time.Time{}},
		"news":             {func(b *backlog) { b.news = true }, true, time.Time{}},
		"there was more":   {func(b *backlog) { b.more = true }, true, time.Time{}},
		"news a while ago": {func(b *backlog) { b.news, b.last = true, now }, false, now.Add(readPause)},
		"a full queue":     {func(b *backlog) { b.news, b.queue = true, make([]*event.Delivery, readMost) }, false, time.Time{}},
		"what was not tried": {func(b *backlog) {
			b.untried([]event.Delivery{row(1, "a")})
		}, true, time.Time{}},
	} {
		c := *b
		c.under, c.busy = map[id.Event]bool{1: true, 2: true}, map[string]bool{"a": true}
		tc.change(&c)
		if read, again := c.lacking(now); read != tc.read || !again.Equal(tc.again) {
			t.Errorf("%s: read %v, again %v", name, read, again)
		}
	}
}

// What could not be tried is due again, and what was read after it must not go
// first.
func TestWhatWasNotTriedIsNotOvertaken(t *testing.T) {
	t.Parallel()
	b := holding(row(1, "a"), row(2, "a"))
	batch, _ := b.choose(true, 8)
	b.untried(batch)
	if batch, _ := b.choose(true, 8); len(batch) > 0 {
		t.Fatalf("%v goes before what it follows", ids(batch))
	}
	b.ask(time.Time{})
	b.found(&event.Found{Due: []event.Delivery{row(1, "a"), row(2, "a")}})
	if batch, _ := b.choose(true, 8); !slices.Equal(ids(batch), []id.Event{1}) || b.open != 1 {
		t.Errorf("chose %v, %d open", ids(batch), b.open)
	}
}

// Of an object whose try fails while the next of it is queued, the next waits. A
// read that began before the failure was recorded does not know of it.
func TestFailureDuringARead(t *testing.T) {
	t.Parallel()
	later := time.UnixMilli(1_790_000_010_000)
	b := holding(row(1, "a"), row(2, "a"))
	batch, _ := b.choose(true, 8)
	b.ask(time.Time{})
	b.recorded(&event.Result{Delivery: batch[0], Outcome: event.Failed, Next: later})
	b.found(&event.Found{Due: []event.Delivery{row(1, "a"), row(2, "a")}, Stuck: map[string]event.Stuck{}})
	batch, waiting := b.choose(true, 8)
	if len(batch) > 0 || !slices.Equal(waiting[later], []id.Event{2}) {
		t.Errorf("chose %v, put off %v", ids(batch), waiting)
	}
	if read, again := b.lacking(later.Add(-time.Second)); read || !again.Equal(later) {
		t.Errorf("reads %v, looks again at %v", read, again)
	}
}

// A success that is recorded while a read runs is not undone by it.
func TestSuccessDuringARead(t *testing.T) {
	t.Parallel()
	b := holding(row(1, "a"))
	b.stuck["a"] = event.Stuck{Event: 1}
	batch, _ := b.choose(true, 8)
	b.ask(time.Time{})
	b.recorded(&event.Result{Delivery: batch[0], Outcome: event.Accepted})
	b.found(&event.Found{Due: []event.Delivery{row(2, "a")}, Stuck: map[string]event.Stuck{"a": {Event: 1}}})
	if batch, waiting := b.choose(true, 8); !slices.Equal(ids(batch), []id.Event{2}) {
		t.Errorf("chose %v, put off %v", ids(batch), waiting)
	}
}

// An event that is told again, older than one that is stuck, does not wait for it.
func TestReplayedEventDoesNotWaitForANewerOne(t *testing.T) {
	t.Parallel()
	b := holding(row(1, "a"), row(9, "a"))
	b.stuck["a"] = event.Stuck{Event: 5}
	batch, waiting := b.choose(true, 8)
	if !slices.Equal(ids(batch), []id.Event{1}) || len(waiting) > 0 {
		t.Errorf("chose %v, put off %v", ids(batch), waiting)
	}
}

func TestChoiceIsBounded(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		ordered    bool
		room       int
		want, left []id.Event
	}{
		"ordered":            {true, 8, []id.Event{1, 3}, []id.Event{2, 4}},
		"ordered, one place": {true, 1, []id.Event{1}, []id.Event{2, 3, 4}},
		"not ordered":        {false, 3, []id.Event{1, 2, 3}, []id.Event{4}},
	} {
		b := holding(row(1, "a"), row(2, "a"), row(3, "b"), row(4, "b"))
		batch, _ := b.choose(tc.ordered, tc.room)
		var left []id.Event
		for _, d := range b.queue {
			left = append(left, d.ID)
		}
		if !slices.Equal(ids(batch), tc.want) || !slices.Equal(left, tc.left) {
			t.Errorf("%s: chose %v, left %v", name, ids(batch), left)
		}
	}
}

func TestBreaker(t *testing.T) {
	t.Parallel()
	now := time.UnixMilli(1_790_000_000_000)
	var b breaker
	for i := range breakRow {
		if opened := b.note(now, true); opened != (i == breakRow-1) {
			t.Fatalf("after %d failures: opened %v", i+1, opened)
		}
	}
	if n, again := b.room(now, 8); n != 0 || !again.Equal(now.Add(breakFirst)) {
		t.Errorf("open: room for %d, again at %v", n, again)
	}
	now = now.Add(breakFirst)
	probes := func() int { n, _ := b.room(now, 8); return n }
	if probes() != 1 {
		t.Error("no try after its time")
	}
	b.began()
	if probes() != 0 {
		t.Error("a second try beside the first")
	}
	b.none() // the receiver never heard of it
	if probes() != 1 {
		t.Error("no more tries after one that came to nothing")
	}
	b.began()
	b.note(now, true)
	if _, again := b.room(now, 8); !again.Equal(now.Add(2 * breakFirst)) {
		t.Errorf("after a failed try again at %v", again)
	}
	now = now.Add(2 * breakFirst)
	b.began()
	b.note(now, false)
	if probes() != 8 {
		t.Error("still open after a success")
	}
}
