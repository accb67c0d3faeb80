// Package kv is short-lived state that all nodes share: one-time codes, counters of flow control, nonces seen, leases of
// leader work. It is memory on one node and Redis on many, and configuring Redis is the only switch that makes many nodes
// one platform.
//
// Nothing here survives for long or has to: every entry ends, and losing all of them at once costs callers a new sign-in
// or a fresh count, never data.
package kv

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"time"
)

// prefix keeps our keys apart from those of others in the same Redis.
const prefix = "gatepost:"

var (
	// ErrNone is returned by Get and Take when the key is absent or has expired.
	ErrNone = errors.New("kv: no such key")
	// ErrFull is returned when memory holds as many entries as it may and none of them has expired.
	ErrFull = errors.New("kv: full")
	// ErrHeld is returned by Lease when somebody else holds it.
	ErrHeld = errors.New("kv: the lease is held by another")
	// ErrLost is returned by Renew and Release when the lease has expired, and so may be held by another.
	ErrLost = errors.New("kv: the lease was lost")
	// ErrAway is returned when Redis does not answer, or not in time, or refuses.
	ErrAway = errors.New("kv: the shared state does not answer")
	// ErrClosed is returned after Close.
	ErrClosed = errors.New("kv: closed")

	errTTL = errors.New("kv: a lifetime is at least a millisecond")
)

// Store holds entries that expire. Lifetimes count in real time and are at least one millisecond. All methods are atomic
// and safe for concurrent use. With Redis an error of the network leaves open whether the operation took place.
type Store interface {
	// Get returns the value of key, or ErrNone. A counter's value is its number in decimal.
	Get(ctx context.Context, key string) (string, error)
	// Set stores val for ttl, whatever was there before.
	Set(ctx context.Context, key, val string, ttl time.Duration) error
	// Add stores val for ttl if key is absent and says whether it did.
	Add(ctx context.Context, key, val string, ttl time.Duration) (bool, error)
	// Take returns the value of key and deletes it, or ErrNone. Of several callers one gets it.
	Take(ctx context.Context, key string) (string, error)
	// Count adds by to the counter and returns its new value. The first Count makes the counter and sets its lifetime;
	// later ones do not prolong it. It is an error if key holds something that is not a number.
	Count(ctx context.Context, key string, by int64, ttl time.Duration) (int64, error)
	// Delete removes key; an absent one is no error.
	Delete(ctx context.Context, key string) error
	// Lease takes the lease called name for ttl, or fails with ErrHeld. The holder renews it well before ttl has passed,
	// and stops its work when Renew fails.
	Lease(ctx context.Context, name string, ttl time.Duration) (*Lease, error)
	// Close frees what the store holds. Entries in memory are gone.
	Close() error
}

// Lease is the right to do a piece of work alone, until it expires.
type Lease struct {
	holder holder
	key    string
	token  string // tells this holder from a later one
	ttl    time.Duration
}

// holder changes an entry only while it has the given value.
type holder interface {
	prolong(ctx context.Context, key, val string, ttl time.Duration) (bool, error)
	remove(ctx context.Context, key, val string) (bool, error)
}

// acquire takes a lease by means of Add.
func acquire(ctx context.Context, s Store, h holder, name string, ttl time.Duration) (*Lease, error) {
	l := &Lease{holder: h, key: "lease:" + name, token: rand.Text(), ttl: ttl}
	switch taken, err := s.Add(ctx, l.key, l.token, ttl); {
	case err != nil:
		return nil, err
	case !taken:
		return nil, fmt.Errorf("%w: %s", ErrHeld, name)
	}
	return l, nil
}

// Renew prolongs the lease to its full lifetime from now, or fails with ErrLost.
func (l *Lease) Renew(ctx context.Context) error {
	return l.kept(l.holder.prolong(ctx, l.key, l.token, l.ttl))
}

// Release ends the lease, so that another can take it at once, or fails with ErrLost.
func (l *Lease) Release(ctx context.Context) error {
	return l.kept(l.holder.remove(ctx, l.key, l.token))
}

func (l *Lease) kept(ok bool, err error) error {
	if err == nil && !ok {
		return ErrLost
	}
	return err
}
