package dbpush

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"sync"
	"time"

	"github.com/gatepost/gatepost/internal/delivery"
	"github.com/gatepost/gatepost/internal/event"
	"github.com/gatepost/gatepost/internal/id"
	"github.com/gatepost/gatepost/internal/store"
)

// Objects tells what of a corp an application may know.
type Objects interface {
	// State is what is so of an object now, as the application of s is answered;
	// name is how the application knows it.
	State(ctx context.Context, s *event.Subscription, o Object, name string) (State, error)
	// Next returns objects of a kind behind the one called after, in their order, at
	// most most of them, as the application knows them, and the name of the last to
	// go on behind; none when there is no more. What the application may not see may
	// be among them.
	Next(ctx context.Context, s *event.Subscription, o Object, after string, most int) (names []string, last string, err error)
	// Count is how many there are.
	Count(ctx context.Context, s *event.Subscription, o Object) (int64, error)
}

// Push writes into databases of applications. It is the way event.Database, and
// safe for concurrent use. Whoever builds the platform sets the exported fields
// before Run.
type Push struct {
	Objects Objects
	Apps    Apps
	// Dial connects to an address for a corp, if the corp may have it called; if
	// not, the error is a [ForbiddenError].
	Dial func(ctx context.Context, corp id.Corp, network, address string) (net.Conn, error)
	// Waits reports whether nothing is to be written for now.
	Waits func(ctx context.Context, s *event.Subscription) (bool, error)
	// Due has a subscription's deliveries looked at.
	Due func(corp id.Corp, subscriptions []id.Subscription)

	db     *store.DB
	events *event.Log
	now    func() time.Time
	logger *slog.Logger
	share  *store.Share
	pool   pool

	looking chan struct{}
	mu      sync.Mutex
	copying map[place]*copying
}

// place names a subscription.
type place struct {
	corp id.Corp
	sub  id.Subscription
}

// New returns a push of what events holds. now is the real time.
func New(db *store.DB, events *event.Log, now func() time.Time, logger *slog.Logger) *Push {
	p := &Push{db: db, events: events, now: now, logger: logger, share: db.Share("database", parts), looking: make(chan struct{}, 1),
		copying: map[place]*copying{}, pool: pool{open: map[place]*target{}}}
	db.Watch(func(topic string) {
		if isTopic(topic) { // a copy was asked for, or a subscription may be on again
			p.look()
		}
	})
	return p
}

// Most implements delivery.Way.
func (p *Push) Most() int { return event.MaxMost }

// Ready implements delivery.Way: a database has always to be asked itself.
func (p *Push) Ready(*event.Subscription) bool { return true }

// waitStore is how long deliveries wait when the platform could not say what is
// to be written.
const waitStore = 500 * time.Millisecond

// mostChanges bounds a transaction, but for a single event about more objects.
const mostChanges = 500

// Send implements delivery.Way. What there is no time for is left for the next
// batch, without a try counted.
func (p *Push) Send(ctx context.Context, s *event.Subscription, batch []event.Delivery) []delivery.Answer {
	answers := make([]delivery.Answer, len(batch))
	t, err := p.target(s)
	if err != nil {
		return fill(answers, failed(troubleOther, err))
	}
	defer t.release()
	enough := p.now().Add(s.Timeout / 2)
	g := group{changes: make([][]change, len(batch))}
	for i := range batch {
		g.changes[i], err = changesOf(&batch[i])
		switch {
		case err != nil:
			answers[i] = failed(troubleOther, err)
			continue
		case len(g.changes[i]) == 0:
			answers[i] = delivery.Answer{Outcome: event.Accepted, Text: "no row is documented for this event"}
			continue
		case g.size > 0 && g.size+len(g.changes[i]) > mostChanges:
			p.sendGroup(ctx, s, t, &g, enough, answers)
		}
		g.take(i)
	}
	p.sendGroup(ctx, s, t, &g, enough, answers)
	for i := range answers {
		if answers[i].Nobody {
			time.AfterFunc(waitStore, func() { p.Due(s.Corp, []id.Subscription{s.ID}) })
			break
		}
	}
	return answers
}

// group is what of a batch is written in one transaction.
type group struct {
	changes [][]change // of each delivery of the batch
	members []int      // the deliveries of the group
	size    int
}

func (g *group) take(i int) {
	g.members, g.size = append(g.members, i), g.size+len(g.changes[i])
}

// sendGroup writes a group, unless it is too late to begin, and empties it.
func (p *Push) sendGroup(ctx context.Context, s *event.Subscription, t *target, g *group, enough time.Time, answers []delivery.Answer) {
	members := g.members
	g.members, g.size = nil, 0
	if len(members) == 0 {
		return
	}
	all := make([]change, 0, mostChanges)
	for _, i := range members {
		all = append(all, g.changes[i]...)
	}
	one, why := delivery.Answer{Outcome: event.Failed, Nobody: true}, troubleNone
	if !p.now().After(enough) {
		one, why = p.written(ctx, s, t, all)
	}
	for _, i := range members {
		answers[i] = one
		if why.ofRow() && len(members) > 1 { // one of them cannot be written: which, is found out
			answers[i], _ = p.written(ctx, s, t, g.changes[i])
		}
	}
}

func fill(answers []delivery.Answer, with delivery.Answer) []delivery.Answer {
	for i := range answers {
		answers[i] = with
	}
	return answers
}

func failed(t trouble, err error) delivery.Answer {
	return delivery.Answer{Outcome: event.Failed, Text: t.text(err)}
}

// written writes and says what became of it.
func (p *Push) written(ctx context.Context, s *event.Subscription, t *target, changes []change) (delivery.Answer, trouble) {
	err := p.write(ctx, s, t, changes)
	if err == nil {
		return delivery.Answer{Outcome: event.Accepted}, troubleNone
	}
	if own, ok := errors.AsType[*ownError](err); ok {
		p.logger.WarnContext(ctx, "rows wait", "corp", s.Corp, "subscription", s.ID, "err", own.error)
		return delivery.Answer{Outcome: event.Failed, Nobody: true}, troubleNone
	}
	why := explained(t.dialect, err)
	return failed(why, err), why
}
