package delivery

import (
	"time"

	"github.com/gatepost/gatepost/internal/event"
	"github.com/gatepost/gatepost/internal/id"
)

// backlog is what an endpoint knows of its rows. It is used under the
// endpoint's lock.
type backlog struct {
	queue []*event.Delivery // read and not begun, in the order of the read
	under map[id.Event]bool // in the queue, under way, or recorded since the last read began
	done  []recorded        // of under, what is recorded
	open  int               // under way
	busy  map[string]bool   // objects of which a delivery is under way
	stuck map[string]event.Stuck

	news   bool      // something may be due that was not read
	more   bool      // the last read did not take all that was due
	stale  bool      // what was read is not to be trusted: something older is due again
	loaded bool      // stuck was read
	next   time.Time // when something will be due that is not in the queue; zero: nothing is known of
	last   time.Time // read
}

type recorded struct {
	event  id.Event
	object string
}

// readAhead is how many rows are read beyond those that are known; with so many
// in the queue no more are read, though all of them wait for others.
const (
	readAhead = 512
	readMost  = 4096
	readPause = 20 * time.Millisecond // between reads past a queue that waits
)

func newBacklog() backlog {
	return backlog{under: map[id.Event]bool{}, busy: map[string]bool{}, stuck: map[string]event.Stuck{}, news: true}
}

// reset forgets what was read and not begun.
func (b *backlog) reset() {
	for _, d := range b.queue {
		delete(b.under, d.ID)
	}
	b.queue, b.news, b.stale, b.loaded, b.next = nil, true, false, false, time.Time{}
}

// choose takes at most room deliveries from the queue that may go now. Of an
// ordered subscription it leaves what follows another one of its object in the
// queue, and takes out what waits for the next try of an older one, by when that
// is.
func (b *backlog) choose(ordered bool, room int) (batch []event.Delivery, waiting map[time.Time][]id.Event) {
	if b.stale {
		return nil, nil
	}
	left, ahead := b.queue[:0], map[string]bool{} // objects of which an earlier delivery was seen
	for i, d := range b.queue {
		if len(batch) == room {
			left = append(left, b.queue[i:]...)
			break
		}
		stuck, isStuck := b.stuck[d.Object]
		switch {
		case ordered && (b.busy[d.Object] || ahead[d.Object]):
			left = append(left, d)
			ahead[d.Object] = true
		case ordered && isStuck && stuck.Event < d.ID:
			if waiting == nil {
				waiting = map[time.Time][]id.Event{}
			}
			waiting[stuck.Next] = append(waiting[stuck.Next], d.ID) // even if that has passed: it then comes behind the one it waits for
			delete(b.under, d.ID)
			b.due(stuck.Next)
		default:
			batch = append(batch, *d)
			b.busy[d.Object] = true
			b.open++
		}
	}
	clear(b.queue[len(left):])
	b.queue = left
	return batch, waiting
}

// due notes when something will be due.
func (b *backlog) due(at time.Time) {
	if b.next.IsZero() || at.Before(b.next) {
		b.next = at
	}
}

// lacking reports whether there is something to be read that could begin, and if
// not, when there will be; zero: when there is news or a result.
func (b *backlog) lacking(now time.Time) (read bool, again time.Time) {
	due := !b.next.IsZero() && !now.Before(b.next)
	switch {
	case b.stale:
		return true, time.Time{}
	case !b.news && !b.more && !due:
		return false, b.next
	case len(b.queue) == 0:
		return true, time.Time{}
	case len(b.queue) >= readMost:
		return false, time.Time{}
	}
	if again = b.last.Add(readPause); now.Before(again) {
		return false, again
	}
	return true, time.Time{}
}

// ask begins a read: how many rows, and whether to ask for what is stuck. What
// was recorded before the read began is forgotten then and not later: a read that
// began earlier still shows it.
func (b *backlog) ask(now time.Time) (size int, stuck bool) {
	for _, d := range b.done {
		delete(b.under, d.event)
	}
	b.done = b.done[:0]
	if b.stale {
		b.reset()
	}
	b.news, b.more, b.next, b.last = false, false, time.Time{}, now
	return len(b.under) + readAhead, !b.loaded || len(b.stuck) > 0
}

// found takes up what a read brought.
func (b *backlog) found(f *event.Found) {
	for i := range f.Due {
		if d := &f.Due[i]; !b.under[d.ID] {
			b.under[d.ID] = true
			b.queue = append(b.queue, d)
		}
	}
	b.more = f.More
	if !f.Next.IsZero() {
		b.due(f.Next)
	}
	if f.Stuck == nil {
		return
	}
	newer := map[string]bool{} // objects of which memory knows better, by results that came meanwhile
	for object := range b.busy {
		newer[object] = true
	}
	for _, d := range b.done {
		newer[d.object] = true
	}
	for object := range newer {
		delete(f.Stuck, object)
		if was, ok := b.stuck[object]; ok {
			f.Stuck[object] = was
		}
	}
	b.stuck, b.loaded = f.Stuck, true
}

// untried forgets that rows are under way. They are due, and older than what may
// have been read after them.
func (b *backlog) untried(part []event.Delivery) {
	for i := range part {
		delete(b.under, part[i].ID)
		delete(b.busy, part[i].Object)
	}
	b.open -= len(part)
	b.stale = true
}

// recorded takes note of a result that is recorded.
func (b *backlog) recorded(r *event.Result) {
	b.done = append(b.done, recorded{r.ID, r.Object})
	b.open--
	delete(b.busy, r.Object)
	stuck, isStuck := b.stuck[r.Object]
	switch {
	case !r.Over():
		b.due(r.Next)
		if !isStuck || r.ID <= stuck.Event {
			b.stuck[r.Object] = event.Stuck{Event: r.ID, Next: r.Next}
		}
	case isStuck && stuck.Event == r.ID:
		delete(b.stuck, r.Object)
		b.news, b.loaded = true, false // what was put off behind it is due now
	}
}
