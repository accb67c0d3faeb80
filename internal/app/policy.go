package app

import (
	"context"
	"fmt"
	"strings"
	"sync"

	"github.com/gatepost/gatepost/internal/clock"
	"github.com/gatepost/gatepost/internal/id"
	"github.com/gatepost/gatepost/internal/op"
	"github.com/gatepost/gatepost/internal/store"
)

// policy is what a corp asks of every call, as it stood when it was read: its
// own switches and the platform's, and whether it wants calls over https alone.
// It never changes.
type policy struct {
	https    bool
	switches map[Route][]Switch
}

// policyOf returns the corp's policy. While nothing changed it costs a map read.
func (a *Apps) policyOf(ctx context.Context, corp id.Corp) (*policy, error) {
	p, before := a.policies.of(corp)
	if p != nil {
		return p, nil
	}
	p, err := store.View(ctx, a.db, func(tx *store.Tx) (*policy, error) { return loadPolicy(tx, corp) })
	if err != nil {
		return nil, fmt.Errorf("read the policy of %s: %w", corp, err)
	}
	a.policies.keep(corp, p, before)
	return p, nil
}

func loadPolicy(tx *store.Tx, corp id.Corp) (*policy, error) {
	p := &policy{switches: map[Route][]Switch{}}
	for _, of := range []id.Corp{Platform, corp} {
		list, err := store.All(tx, switchesOf, scanSwitch, of)
		if err != nil {
			return nil, err
		}
		for _, s := range list {
			p.switches[s.Route] = append(p.switches[s.Route], s)
		}
	}
	https, err := store.All(tx, httpsOf, scanTruth, corp)
	p.https = len(https) > 0 && https[0]
	return p, err
}

// permit refuses an app to which o is not open.
func (p *policy) permit(app *App, o *op.Operation) error {
	for _, s := range p.switches[routeOf(o)] {
		if r := s.refuses(app); r != nil {
			return r
		}
	}
	return nil
}

// RemovePolicy forgets what the corp asked of its calls.
func (a *Apps) RemovePolicy(ctx context.Context, corp id.Corp) error {
	_, err := store.Update(ctx, a.db, func(tx *store.Tx) (int64, error) {
		tx.Touch(clock.Topic(corp))
		if _, err := tx.Exec(removeSwitches, corp); err != nil {
			return 0, err
		}
		return tx.Exec(removePolicy, corp)
	})
	if err != nil {
		return fmt.Errorf("remove the policy of %s: %w", corp, err)
	}
	return nil
}

// policies keeps the policy of each corp until that corp's or the platform's
// moves. A corp takes some hundred bytes while it switched nothing.
type policies struct {
	mu    sync.RWMutex
	moves uint64 // how often anything was dropped
	corps map[id.Corp]*policy
}

// of returns what is kept of corp, or nil and what keep wants to know of the
// moment before the read.
func (c *policies) of(corp id.Corp) (p *policy, before uint64) {
	c.mu.RLock()
	defer c.mu.RUnlock()
	return c.corps[corp], c.moves
}

// keep keeps p unless something was dropped since the moment before it was read.
func (c *policies) keep(corp id.Corp, p *policy, before uint64) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.moves != before {
		return
	}
	if len(c.corps) >= maxCached {
		for other := range c.corps { // in random order
			delete(c.corps, other)
			break
		}
	}
	c.corps[corp] = p
}

// drop forgets what depends on the corp that topic names; on the platform all does.
func (c *policies) drop(topic string) {
	corp, ok := strings.CutPrefix(topic, topicPrefix)
	if !ok {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.moves++
	if id.Corp(corp) == Platform {
		clear(c.corps)
		return
	}
	delete(c.corps, id.Corp(corp))
}
