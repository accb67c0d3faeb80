package event

import (
	"context"
	"strings"
	"sync"

	"github.com/gatepost/gatepost/internal/id"
	"github.com/gatepost/gatepost/internal/store"
)

// Place is where a subscription is.
type Place struct {
	Corp id.Corp
	ID   id.Subscription
}

// known is what this node has read of subscriptions, corp by corp, until one of
// the corp's changes. Their secrets are open in it: a delivery needs them.
type known struct {
	mu    sync.Mutex
	corps map[id.Corp]map[id.Subscription]*Subscription
	turn  map[id.Corp]int64 // how often they were forgotten
	busy  map[id.Corp]chan struct{}
}

func newKnown() *known {
	return &known{corps: map[id.Corp]map[id.Subscription]*Subscription{}, turn: map[id.Corp]int64{}, busy: map[id.Corp]chan struct{}{}}
}

// forget is told of topics that moved.
func (k *known) forget(topic string) {
	corp, ok := strings.CutPrefix(topic, SubscriptionsTopic(""))
	if !ok {
		return
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	delete(k.corps, id.Corp(corp))
	k.turn[id.Corp(corp)]++
}

// of returns the subscriptions of corp. Of those who ask at once, one reads.
func (k *known) of(ctx context.Context, corp id.Corp, read func() (map[id.Subscription]*Subscription, error)) (map[id.Subscription]*Subscription, error) {
	for {
		k.mu.Lock()
		if all := k.corps[corp]; all != nil {
			k.mu.Unlock()
			return all, nil
		}
		reading := k.busy[corp]
		if reading == nil {
			break
		}
		k.mu.Unlock()
		select {
		case <-reading:
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
	done, turn := make(chan struct{}), k.turn[corp]
	k.busy[corp] = done
	k.mu.Unlock()
	defer func() {
		k.mu.Lock()
		delete(k.busy, corp)
		k.mu.Unlock()
		close(done)
	}()
	all, err := read()
	if err != nil {
		return nil, err
	}
	for _, s := range all {
		s.Turn = turn
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.turn[corp] == turn { // else one may have changed since it was read
		k.corps[corp] = all
	}
	return all, nil
}

// Subscription returns one subscription as this node knows it, or
// ErrNoSubscription. A change of another node is known within half a second.
// Its Names are shared: they are not to be written to.
func (l *Log) Subscription(ctx context.Context, corp id.Corp, sub id.Subscription) (Subscription, error) {
	all, err := l.known.of(ctx, corp, func() (map[id.Subscription]*Subscription, error) {
		list, err := l.Subscriptions(ctx, corp, 0)
		all := make(map[id.Subscription]*Subscription, len(list))
		for i := range list {
			all[list[i].ID] = &list[i]
		}
		return all, err
	})
	if err != nil {
		return Subscription{}, err
	}
	if s := all[sub]; s != nil {
		return *s, s.unreadable
	}
	return Subscription{}, ErrNoSubscription
}

// complete adds what is not in the subscriptions' own rows, and opens their
// secrets. One that does not open is the trouble of its subscription alone.
func (l *Log) complete(tx *store.Tx, corp id.Corp, list []storedSubscription) ([]Subscription, error) {
	type named struct {
		sub  id.Subscription
		name Name
	}
	ids := make([]id.Subscription, len(list))
	for i := range list {
		ids[i] = list[i].ID
	}
	rows, err := store.All(tx, namesOf, func(r store.Row) (n named, err error) { return n, r.Scan(&n.sub, &n.name) }, corp, store.List(ids))
	if err != nil {
		return nil, err
	}
	names := map[id.Subscription][]Name{}
	for _, n := range rows {
		names[n.sub] = append(names[n.sub], n.name)
	}
	opened := make([]Subscription, len(list))
	for i := range list {
		s := &list[i]
		s.Names = names[s.ID]
		s.Secret, s.unreadable = l.keys.Open(tx, corp, s.key, secretOf(s.ID), s.sealed)
		opened[i] = s.Subscription
	}
	return opened, nil
}

func scanPlace(r store.Row) (p Place, err error) { return p, r.Scan(&p.Corp, &p.ID) }

const namesOf store.SQL = `SELECT subscription, name FROM subscribed WHERE corp = $1 AND subscription IN @ints($2) ORDER BY subscription, name`
