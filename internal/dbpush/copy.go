package dbpush

import (
	"context"
	"errors"
	"fmt"
	"hash/fnv"
	"strings"
	"sync"
	"time"

	"github.com/gatepost/gatepost/internal/event"
	"github.com/gatepost/gatepost/internal/id"
	"github.com/gatepost/gatepost/internal/store"
)

// Copy is the copy of a corp's directory into an application's database: every
// department and person that the application may see, as a row.
type Copy struct {
	Run     int64
	State   CopyState
	Object  Object // what is looked at now: departments first, then people
	Last    string // it goes on behind this one
	Looked  int64  // of Total, which was counted when it began
	Total   int64
	Problem string // why it does not go on at present; empty: it does
	Started time.Time
	Changed time.Time
}

// CopyState is how far a copy is.
type CopyState string

// The states.
const (
	Running CopyState = "running"
	Done    CopyState = "done"
)

const (
	parts      = 16
	lookEvery  = 30 * time.Second
	copyPage   = 200
	copyFirst  = time.Second // the wait after a failure, doubled with each
	copyMost   = time.Minute
	topic      = "database:"
	eventTopic = "events:"
)

// topicOf is the revision topic of corp's copies.
func topicOf(corp id.Corp) string { return topic + string(corp) }

func isTopic(t string) bool { return strings.HasPrefix(t, topic) || strings.HasPrefix(t, eventTopic) }

func (p *Push) look() {
	select {
	case p.looking <- struct{}{}:
	default:
	}
}

// Start begins the copy of a subscription from its beginning, also when one is
// running.
func (p *Push) Start(ctx context.Context, s *event.Subscription) error {
	var total int64
	for _, o := range copied() {
		n, err := p.Objects.Count(ctx, s, o)
		if err != nil {
			return err
		}
		total += n
	}
	_, err := store.Update(ctx, p.db, func(tx *store.Tx) (int64, error) {
		tx.Touch(topicOf(s.Corp))
		return tx.Exec(startCopy, s.Corp, s.ID, Running, copied()[0], total, p.now().UnixMilli())
	})
	if err != nil {
		return fmt.Errorf("begin the copy for subscription %d of %s: %w", s.ID, s.Corp, err)
	}
	return nil
}

// copied are the kinds that are copied, in their order: a person's departments
// are there before the person.
func copied() []Object { return []Object{Department, Person} }

// errNoCopy is returned where none was ever begun.
var errNoCopy = errors.New("dbpush: no copy")

// Copy returns how far the copy of a subscription is.
func (p *Push) copyOf(ctx context.Context, at place) (Copy, error) {
	c, err := store.View(ctx, p.db, func(tx *store.Tx) (Copy, error) { return store.One(tx, selectCopy, scanCopy, at.corp, at.sub) })
	if errors.Is(err, store.ErrNone) {
		return c, errNoCopy
	}
	return c, err
}

// RemoveCorp forgets the copies of corp.
func (p *Push) RemoveCorp(ctx context.Context, corp id.Corp) error {
	_, err := store.Update(ctx, p.db, func(tx *store.Tx) (int64, error) { return tx.Exec(forgetCopies, corp) })
	if err != nil {
		return fmt.Errorf("forget the copies of %s: %w", corp, err)
	}
	return nil
}

// Run copies what this node is to copy until ctx ends, and lets go of databases
// that nobody writes to.
func (p *Push) Run(ctx context.Context) error {
	var crew sync.WaitGroup
	defer p.pool.close()
	defer crew.Wait()
	sharing, stop := context.WithCancel(context.WithoutCancel(ctx))
	defer stop()
	crew.Go(func() { _ = p.share.Run(sharing) })
	var copies sync.WaitGroup
	defer stop() // before the crew is waited for
	defer copies.Wait()
	tick := time.NewTicker(lookEvery)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-p.share.Changed():
		case <-p.share.Wakes():
		case <-p.looking:
		case <-tick.C:
			p.pool.sweep(p.now())
		}
		p.round(ctx, &copies)
	}
}

// round begins the copies that are this node's, and ends those that are not any
// more.
func (p *Push) round(ctx context.Context, crew *sync.WaitGroup) {
	list, err := store.View(ctx, p.db, func(tx *store.Tx) ([]place, error) {
		return store.All(tx, runningCopies, func(r store.Row) (at place, err error) { return at, r.Scan(&at.corp, &at.sub) })
	})
	if err != nil {
		if ctx.Err() == nil {
			p.logger.WarnContext(ctx, "copies could not be read; they wait", "err", err)
		}
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	for at, c := range p.copying {
		if !p.share.Owns(at.part()) {
			c.cancel()
		}
	}
	for _, at := range list {
		if c := p.copying[at]; c != nil {
			c.again = true // it may just have ended
		} else if p.share.Owns(at.part()) {
			p.begin(ctx, at, crew)
		}
	}
}

// copying is a copy while this node goes on with it.
type copying struct {
	cancel context.CancelFunc
	again  bool // somebody asked meanwhile that it goes on
}

// begin goes on with a copy. The caller holds the lock.
func (p *Push) begin(ctx context.Context, at place, crew *sync.WaitGroup) {
	ctx, cancel := context.WithCancel(ctx)
	c := &copying{cancel: cancel}
	p.copying[at] = c
	crew.Go(func() {
		defer cancel()
		p.copy(ctx, at)
		p.mu.Lock()
		defer p.mu.Unlock()
		delete(p.copying, at)
		if c.again {
			p.look()
		}
	})
}

// part is the same on every node.
func (at place) part() int {
	h := fnv.New32a()
	_, _ = fmt.Fprintf(h, "%s %d", at.corp, at.sub) // never fails
	return int(h.Sum32() % parts)
}

// copy goes on with a copy until it is done, or has to wait for somebody to say
// that it may go on. After a failure it waits and goes on.
func (p *Push) copy(ctx context.Context, at place) {
	wait := copyFirst
	for ctx.Err() == nil {
		more, err := p.copyOn(ctx, at)
		switch {
		case err == nil && !more:
			return
		case err == nil:
			wait = copyFirst
			continue
		case ctx.Err() != nil:
			return
		}
		p.logger.WarnContext(ctx, "a copy waits", "corp", at.corp, "subscription", at.sub, "err", err)
		pause := time.NewTimer(wait)
		select {
		case <-ctx.Done():
		case <-pause.C:
		}
		pause.Stop()
		wait = min(2*wait, copyMost)
	}
}

// copyOn writes the next page of a copy. The rows are committed before the note
// of it is: a page that was interrupted between is written twice, to no harm.
func (p *Push) copyOn(ctx context.Context, at place) (more bool, err error) {
	c, err := p.copyOf(ctx, at)
	if err != nil || c.State != Running {
		if errors.Is(err, errNoCopy) {
			err = nil
		}
		return false, err
	}
	s, err := p.events.Subscription(ctx, at.corp, at.sub)
	if errors.Is(err, event.ErrNoSubscription) {
		return false, p.forget(ctx, at)
	}
	if err != nil || s.State != event.On {
		return false, err
	}
	if waits, err := p.Waits(ctx, &s); err != nil || waits {
		return false, err
	}
	names, last, err := p.Objects.Next(ctx, &s, c.Object, c.Last, copyPage)
	if err != nil {
		return false, err
	}
	if len(names) > 0 {
		if err := p.copyPage(ctx, &s, &c, names); err != nil {
			return false, errors.Join(err, p.note(ctx, at, &c, false))
		}
	}
	c.Looked, c.Last, c.Problem = c.Looked+int64(len(names)), last, ""
	if len(names) == 0 {
		p.turn(&c)
	}
	return c.State == Running, p.note(ctx, at, &c, true)
}

// turn goes on with the next kind; after the last the copy is done.
func (p *Push) turn(c *Copy) {
	list := copied()
	c.Last = ""
	for i, o := range list {
		if o == c.Object && i+1 < len(list) {
			c.Object = list[i+1]
			return
		}
	}
	c.State = Done
}

func (p *Push) copyPage(ctx context.Context, s *event.Subscription, c *Copy, names []string) error {
	t, err := p.target(s)
	if err != nil {
		return err
	}
	defer t.release()
	k := kindOf(c.Object)
	changes := make([]change, len(names))
	for i, name := range names {
		changes[i] = change{kind: k, id: name, action: k.created}
	}
	limited, cancel := context.WithTimeout(ctx, s.Timeout)
	defer cancel()
	err = p.write(limited, s, t, changes)
	if err == nil {
		return nil
	}
	if _, own := errors.AsType[*ownError](err); own {
		return err
	}
	why := explained(t.dialect, err)
	if why.ofRow() && len(changes) > 1 {
		return p.copyEach(ctx, s, t, c, changes)
	}
	c.Problem = why.text(err)
	return err
}

// copyEach writes row by row what cannot be written at once. A row that cannot be
// written at all is left out and told of.
func (p *Push) copyEach(ctx context.Context, s *event.Subscription, t *target, c *Copy, changes []change) error {
	for i := range changes {
		limited, cancel := context.WithTimeout(ctx, s.Timeout)
		err := p.write(limited, s, t, changes[i:i+1])
		cancel()
		if err == nil {
			continue
		}
		why := explained(t.dialect, err)
		if _, own := errors.AsType[*ownError](err); own || !why.ofRow() {
			return err
		}
		p.logger.WarnContext(ctx, "a row of a copy was left out", "corp", s.Corp, "subscription", s.ID, "type", changes[i].kind.bizType, "id", changes[i].id, "err", err)
	}
	return nil
}

// note records how far a copy is; where it has not moved only what keeps it from
// going on.
func (p *Push) note(ctx context.Context, at place, c *Copy, moved bool) error {
	_, err := store.Update(ctx, p.db, func(tx *store.Tx) (int64, error) {
		if !moved {
			return tx.Exec(noteProblem, at.corp, at.sub, c.Run, c.Problem, p.now().UnixMilli())
		}
		return tx.Exec(noteCopy, at.corp, at.sub, c.Run, c.State, c.Object, c.Last, c.Looked, c.Problem, p.now().UnixMilli())
	})
	return err
}

func (p *Push) forget(ctx context.Context, at place) error {
	_, err := store.Update(ctx, p.db, func(tx *store.Tx) (int64, error) { return tx.Exec(forgetCopy, at.corp, at.sub) })
	return err
}

func scanCopy(r store.Row) (c Copy, err error) {
	var started, changed int64
	err = r.Scan(&c.Run, &c.State, &c.Object, &c.Last, &c.Looked, &c.Total, &c.Problem, &started, &changed)
	c.Started, c.Changed = time.UnixMilli(started), time.UnixMilli(changed)
	return c, err
}

const (
	startCopy store.SQL = `
		INSERT INTO database_copies (corp, subscription, run, state, object, last, looked, total, problem, started_at, changed_at)
		VALUES ($1, $2, 1, $3, $4, '', 0, $5, '', $6, $6)
		ON CONFLICT (corp, subscription) DO UPDATE SET run = database_copies.run + 1, state = $3, object = $4, last = '', looked = 0,
			total = $5, problem = '', started_at = $6, changed_at = $6 /* aside: no answer is made of it */`
	selectCopy store.SQL = `
		SELECT run, state, object, last, looked, total, problem, started_at, changed_at FROM database_copies WHERE corp = $1 AND subscription = $2`
	noteCopy store.SQL = `
		UPDATE database_copies SET state = $4, object = $5, last = $6, looked = $7, problem = $8, changed_at = $9
		WHERE corp = $1 AND subscription = $2 AND run = $3 /* aside: no answer is made of it */`
	noteProblem store.SQL = `
		UPDATE database_copies SET problem = $4, changed_at = $5 WHERE corp = $1 AND subscription = $2 AND run = $3 /* aside: no answer is made of it */`
	forgetCopy    store.SQL = `DELETE FROM database_copies WHERE corp = $1 AND subscription = $2`
	forgetCopies  store.SQL = `DELETE FROM database_copies WHERE corp = $1`
	runningCopies store.SQL = `/* all corps: an owner takes copies by number, whosever they are */ /* full scan: a row for each database, most of them done */
		SELECT corp, subscription FROM database_copies WHERE state = 'running'`
)
