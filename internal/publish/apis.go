package publish

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"reflect"
	"sync"
	"time"

	"github.com/gatepost/gatepost/internal/clock"
	"github.com/gatepost/gatepost/internal/id"
	"github.com/gatepost/gatepost/internal/op"
	"github.com/gatepost/gatepost/internal/store"
	"github.com/gatepost/gatepost/internal/upstream"
)

// topic is the revision of everything that is published.
const topic = "apis"

// Carrier carries calls to one upstream. *upstream.Pool is one.
type Carrier interface {
	Carry(ctx context.Context, who *op.Caller, o *op.Operation, target string, r *op.Request, body upstream.BodyMask) (op.Answer, error)
	Health() []upstream.Address
	Close()
}

// People knows for whom something can be published.
type People interface {
	HasCorp(ctx context.Context, corp id.Corp) (bool, error)
	// CorpOf returns the app's corp, and refuses with AgentUnknown.
	CorpOf(ctx context.Context, app id.App) (id.Corp, error)
}

// Masks knows what the caller's corp hides of an answer beyond its declaration.
type Masks interface {
	Hidden(ctx context.Context, who *op.Caller, o *op.Operation) ([]Hidden, error)
}

// Hidden is a rule of the caller's corp that holds for an answer.
type Hidden struct {
	ID                   int64
	Field                string // as op.Rule has it: mobile, or list[].mobile
	Kind                 op.Mask
	Pattern, Replacement string
}

// APIs are the APIs of other systems. It is safe for concurrent use. Whoever
// builds the platform sets the fields before the first call.
type APIs struct {
	Dial      func(upstream.Config) (Carrier, error)
	Catalogue func() *op.Catalogue
	People    People
	Masks     Masks

	db     *store.DB
	clk    *clock.Clock
	logger *slog.Logger
	moved  chan struct{} // something was published, here or elsewhere

	loading sync.Mutex // one load at a time

	mu      sync.RWMutex
	groups  map[string]*served // by name
	built   map[place]*built
	retired []retiree
}

// place is where a publication stands.
type place struct {
	corp         id.Corp
	api, version string
	number       int64
}

// served is a group as this node offers it.
type served struct {
	group  Group
	pool   Carrier // nil: it has no upstream, or one that cannot be
	broken map[string]string
}

// retiree is a pool that calls may have found before it was replaced.
type retiree struct {
	pool Carrier
	at   time.Time
}

// New returns the APIs in db. Load publishes them.
func New(db *store.DB, clk *clock.Clock, logger *slog.Logger) *APIs {
	a := &APIs{db: db, clk: clk, logger: logger, moved: make(chan struct{}, 1), groups: map[string]*served{}, built: map[place]*built{}}
	db.Watch(a.hear)
	return a
}

func (a *APIs) hear(moved string) {
	if moved != topic {
		return
	}
	select {
	case a.moved <- struct{}{}:
	default: // it will look anyway
	}
}

// retireAfter is how long a pool that was replaced stays open for calls that found
// it before.
const retireAfter = 10 * time.Second

// Run publishes what other nodes change, until ctx ends. A database that does not
// answer is asked again.
func (a *APIs) Run(ctx context.Context) error {
	tick := time.NewTicker(time.Second)
	defer tick.Stop()
	again := false
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-a.moved:
			again = true
		case <-tick.C:
			a.closeRetired()
		}
		if !again {
			continue
		}
		err := a.Load(ctx)
		if again = err != nil; again && ctx.Err() == nil {
			a.logger.WarnContext(ctx, "published APIs could not be read again", "err", err)
		}
	}
}

// Close ends every pool.
func (a *APIs) Close() {
	a.mu.Lock()
	defer a.mu.Unlock()
	for _, s := range a.groups {
		if s.pool != nil {
			s.pool.Close()
		}
	}
	for _, r := range a.retired {
		r.pool.Close()
	}
	a.retired = nil
}

func (a *APIs) closeRetired() {
	a.mu.Lock()
	defer a.mu.Unlock()
	now := a.clk.Real()
	kept := a.retired[:0]
	for _, r := range a.retired {
		if now.Sub(r.at) < retireAfter {
			kept = append(kept, r)
			continue
		}
		r.pool.Close()
	}
	a.retired = kept
}

// change runs f in a transaction of which every node will hear, and publishes here
// what it made.
func (a *APIs) change(ctx context.Context, f func(*store.Tx) error) error {
	_, err := store.Update(ctx, a.db, func(tx *store.Tx) (struct{}, error) {
		tx.Touch(topic)
		return struct{}{}, f(tx)
	})
	if err != nil {
		return err
	}
	return a.Load(context.WithoutCancel(ctx)) // it is stored: whoever asked may be gone
}

// Load reads what is live and replaces the operations that this node offers. What
// cannot be offered is left out, and told in the log and by Broken.
func (a *APIs) Load(ctx context.Context) error {
	a.loading.Lock()
	defer a.loading.Unlock()
	groups, err := a.Groups(ctx, "", true)
	if err != nil {
		return fmt.Errorf("read published APIs: %w", err)
	}
	live, err := store.View(ctx, a.db, func(tx *store.Tx) ([]place, error) { return store.All(tx, selectLive, scanPlace) })
	if err != nil {
		return fmt.Errorf("read published APIs: %w", err)
	}
	next, retired := a.connect(ctx, groups)
	var offered []op.Operation
	kept := map[place]*built{}
	for _, at := range live {
		s := next[at.api]
		if s == nil {
			continue
		}
		b, err := a.read(ctx, s.group, at)
		if err != nil {
			return err
		}
		kept[at] = b
		list, err := a.operations(s, at.version, b)
		if err != nil {
			s.broken[at.version] = err.Error()
			a.logger.ErrorContext(ctx, "a published API is not offered", "group", at.api, "version", at.version, "err", err)
			continue
		}
		offered = append(offered, list...)
	}
	if err := a.Catalogue().Publish(offered); err != nil {
		return fmt.Errorf("offer published APIs: %w", err)
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	a.groups, a.built = next, kept
	for _, pool := range retired {
		a.retired = append(a.retired, retiree{pool, a.clk.Real()})
	}
	return nil
}

// connect gives every group its pool: the one it has, where nothing was changed.
func (a *APIs) connect(ctx context.Context, groups []Group) (next map[string]*served, retired []Carrier) {
	a.mu.RLock()
	defer a.mu.RUnlock()
	next = make(map[string]*served, len(groups))
	for _, g := range groups {
		s := &served{group: g, broken: map[string]string{}}
		next[g.Name] = s
		old := a.groups[g.Name]
		switch {
		case old != nil && old.pool != nil && reflect.DeepEqual(old.group.Upstream, g.Upstream):
			s.pool = old.pool
			continue
		case old != nil && old.pool != nil:
			retired = append(retired, old.pool)
		}
		if len(g.Upstream.Addresses) == 0 {
			continue
		}
		pool, err := a.Dial(g.Upstream)
		if err != nil {
			s.broken[""] = err.Error()
			a.logger.ErrorContext(ctx, "an upstream cannot be used", "group", g.Name, "err", err)
			continue
		}
		s.pool = pool
	}
	for name, old := range a.groups {
		if next[name] == nil && old.pool != nil {
			retired = append(retired, old.pool)
		}
	}
	return next, retired
}

// read returns the publication, built once for each node.
func (a *APIs) read(ctx context.Context, g Group, at place) (*built, error) {
	a.mu.RLock()
	b := a.built[at]
	a.mu.RUnlock()
	if b != nil {
		return b, nil
	}
	p, err := a.Publication(ctx, g, at.version, at.number)
	if err != nil {
		return nil, fmt.Errorf("read %s %s: %w", at.api, at.version, err)
	}
	return build(g, at.version, p.Source), nil
}

// operations are what the version offers.
func (a *APIs) operations(s *served, version string, b *built) ([]op.Operation, error) {
	if s.pool == nil {
		return nil, errors.New("its upstream cannot be used: " + s.broken[""])
	}
	for _, f := range b.findings {
		if f.Severity == "error" {
			return nil, errors.New(f.String())
		}
	}
	list := make([]op.Operation, 0, len(b.operations))
	for _, o := range b.operations {
		if o.hidden {
			continue
		}
		made, err := a.offer(s, version, o)
		if err != nil {
			return nil, err
		}
		list = append(list, made)
	}
	return list, op.NewCatalogue().Publish(list)
}

// Offered reports whether there is a group of the name that is shown to the corp.
func (a *APIs) Offered(corp id.Corp, group string) bool {
	a.mu.RLock()
	defer a.mu.RUnlock()
	s := a.groups[group]
	return s != nil && s.group.audience().HasCorp(corp)
}

// Broken tells by version why it is not offered on this node; under "" what is
// wrong with the upstream.
func (a *APIs) Broken(group string) map[string]string {
	a.mu.RLock()
	defer a.mu.RUnlock()
	if s := a.groups[group]; s != nil {
		return s.broken
	}
	return nil
}

// Health tells how the upstream's addresses stand, as this node sees them.
func (a *APIs) Health(group string) []upstream.Address {
	a.mu.RLock()
	s := a.groups[group]
	a.mu.RUnlock()
	if s == nil || s.pool == nil {
		return nil
	}
	return s.pool.Health()
}

func scanPlace(r store.Row) (p place, err error) {
	return p, r.Scan(&p.corp, &p.api, &p.version, &p.number)
}

const selectLive store.SQL = `
	/* all corps: every node offers what all of them publish */ /* full scan: few versions are not live */
	SELECT corp, api, version, live FROM api_versions WHERE live > 0 ORDER BY api, version`
