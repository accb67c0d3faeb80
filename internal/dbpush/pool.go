package dbpush

import (
	"context"
	"database/sql"
	"net"
	"sync"
	"time"

	"github.com/gatepost/gatepost/internal/event"
	"github.com/gatepost/gatepost/internal/id"
)

// pool holds the connections to databases of applications: few for each
// subscription, none for those that have nothing to write.
type pool struct {
	mu     sync.Mutex
	open   map[place]*target
	closed bool
}

// target is one application's database while something is written to it.
type target struct {
	dialect  dialect
	settings Settings
	db       *sql.DB

	pool   *pool
	secret string
	text   string // of the settings
	users  int
	stale  bool // replaced or closed: the last user closes it
	used   time.Time
	now    func() time.Time
}

const (
	mostConnections = 2 // one writes while the other waits for the lock
	idleConnection  = 30 * time.Second
	idleTarget      = 10 * time.Minute
)

// target is the database of a subscription. Whoever gets it releases it.
func (p *Push) target(s *event.Subscription) (*target, error) {
	at := place{s.Corp, s.ID}
	p.pool.mu.Lock()
	defer p.pool.mu.Unlock()
	if t := p.pool.open[at]; t != nil {
		if t.text == s.Settings && t.secret == s.Secret {
			t.users++
			return t, nil
		}
		p.pool.drop(at, t)
	}
	c, err := settingsOf(s)
	if err != nil {
		return nil, err
	}
	t, err := p.connect(s.Corp, c, s.Secret)
	if err != nil {
		return nil, err
	}
	t.pool, t.secret, t.text, t.users, t.stale = &p.pool, s.Secret, s.Settings, 1, p.pool.closed
	if !p.pool.closed {
		p.pool.open[at] = t
	}
	return t, nil
}

// connect returns a database that is in no pool.
func (p *Push) connect(corp id.Corp, c Settings, password string) (*target, error) {
	d := dialectOf(c.Engine)
	db, err := d.open(&c, password, func(ctx context.Context, network, address string) (net.Conn, error) {
		return p.Dial(ctx, corp, network, address)
	})
	if err != nil {
		return nil, err
	}
	db.SetMaxOpenConns(mostConnections)
	db.SetMaxIdleConns(mostConnections)
	db.SetConnMaxIdleTime(idleConnection)
	return &target{dialect: d, settings: c, db: db, now: p.now}, nil
}

func (t *target) release() {
	t.pool.mu.Lock()
	defer t.pool.mu.Unlock()
	t.users--
	t.used = t.now()
	if t.stale && t.users == 0 {
		_ = t.db.Close() // nobody asks it anything any more
	}
}

// drop forgets a target. The caller holds the lock.
func (p *pool) drop(at place, t *target) {
	delete(p.open, at)
	t.stale = true
	if t.users == 0 {
		_ = t.db.Close() // nobody asks it anything any more
	}
}

// sweep forgets targets that nobody used for long.
func (p *pool) sweep(now time.Time) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for at, t := range p.open {
		if t.users == 0 && now.Sub(t.used) > idleTarget {
			p.drop(at, t)
		}
	}
}

// close forgets all.
func (p *pool) close() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.closed = true
	for at, t := range p.open {
		p.drop(at, t)
	}
}
