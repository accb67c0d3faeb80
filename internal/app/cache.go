package app

import (
	"strings"
	"sync"
	"sync/atomic"

	"github.com/gatepost/gatepost/internal/id"
)

// maxCached bounds the snapshots of one node: some 10 MB with scopes and ranges
// of usual size.
const maxCached = 4096

// topicPrefix is what the revision topics of corps begin with (clock.Topic).
const topicPrefix = "corp:"

// cache keeps snapshots until their corp changes. When it is full it gives up
// one that was not asked for lately.
type cache struct {
	limit int

	mu     sync.RWMutex
	moves  uint64 // how often anything was dropped
	keys   map[id.App]*cached
	places map[place]*cached
	corps  map[id.Corp]map[id.App]*cached
}

type cached struct {
	app   *App
	asked atomic.Bool // since the last search for room
}

func newCache(limit int) *cache {
	return &cache{limit: limit, keys: map[id.App]*cached{}, places: map[place]*cached{}, corps: map[id.Corp]map[id.App]*cached{}}
}

// byKey returns the snapshot of key, or nil.
func (c *cache) byKey(key id.App) *App {
	c.mu.RLock()
	defer c.mu.RUnlock()
	return c.keys[key].ask()
}

// at returns the snapshot of the app at p, or nil.
func (c *cache) at(p place) *App {
	c.mu.RLock()
	defer c.mu.RUnlock()
	return c.places[p].ask()
}

func (e *cached) ask() *App {
	if e == nil {
		return nil
	}
	if !e.asked.Load() { // a shared write on every call would make cores wait for each other
		e.asked.Store(true)
	}
	return e.app
}

// generation is what keep wants to know of the moment before the read.
func (c *cache) generation() uint64 {
	c.mu.RLock()
	defer c.mu.RUnlock()
	return c.moves
}

// keep keeps app unless something was dropped since the generation before it
// was read: then it may be older than that change. That another corp's change
// counts as well costs a second read at worst.
func (c *cache) keep(app *App, before uint64) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.moves != before {
		return
	}
	if c.keys[app.Key] == nil && len(c.keys) >= c.limit {
		c.makeRoom()
	}
	e := &cached{app: app}
	c.keys[app.Key] = e
	c.places[place{app.Corp, app.Agent}] = e
	if c.corps[app.Corp] == nil {
		c.corps[app.Corp] = map[id.App]*cached{}
	}
	c.corps[app.Corp][app.Key] = e
}

// makeRoom removes one snapshot. Go walks maps in random order, so the first
// that nobody asked for since the last walk is a fair choice; all passed on the
// way have lost their claim for the next walk.
func (c *cache) makeRoom() {
	var last *cached
	for _, e := range c.keys {
		last = e
		if !e.asked.Swap(false) {
			break
		}
	}
	if last == nil {
		return
	}
	app := last.app
	delete(c.keys, app.Key)
	delete(c.places, place{app.Corp, app.Agent})
	delete(c.corps[app.Corp], app.Key)
	if len(c.corps[app.Corp]) == 0 {
		delete(c.corps, app.Corp)
	}
}

// drop forgets what is kept of the corp that topic names.
func (c *cache) drop(topic string) {
	corp, ok := strings.CutPrefix(topic, topicPrefix)
	if !ok {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.moves++
	for key, e := range c.corps[id.Corp(corp)] {
		delete(c.keys, key)
		delete(c.places, place{e.app.Corp, e.app.Agent})
	}
	delete(c.corps, id.Corp(corp))
}
