package directory

import (
	"context"
	"time"

	"github.com/gatepost/gatepost/internal/clock"
	"github.com/gatepost/gatepost/internal/event"
	"github.com/gatepost/gatepost/internal/id"
	"github.com/gatepost/gatepost/internal/keyring"
	"github.com/gatepost/gatepost/internal/store"
)

// Directory is safe for concurrent use.
type Directory struct {
	// OpenID tells a person's id as one application sees it. It is set once,
	// before the first call; profiles are answered without openId when it is nil.
	OpenID func(id.App, id.Union) id.Open

	// Events are told of each change inside its transaction. It is set once, before
	// the first change; nobody is told when it is nil.
	Events Announcer

	db    *store.DB
	clock *clock.Clock
	keys  *keyring.Ring
}

// Announcer keeps what happened, in the transaction of the change.
type Announcer interface {
	// Emit records that n happened to object. Payload is of the type that n was
	// declared with.
	Emit(tx *store.Tx, corp id.Corp, n event.Name, object string, payload any) (id.Event, error)
}

// New returns the directory kept in db, whose dates are those of clk. What is of
// grade R2 of people and contacts is sealed by keys.
func New(db *store.DB, clk *clock.Clock, keys *keyring.Ring) *Directory {
	return &Directory{db: db, clock: clk, keys: keys}
}

// change runs f as one change of corp's directory. All changes go through here,
// so this is the place that sees each of them once before its transaction.
func change[T any](ctx context.Context, d *Directory, corp id.Corp, f func(*store.Tx) (T, error)) (T, error) {
	if err := d.keys.Warm(ctx, corp); err != nil {
		var none T
		return none, err
	}
	return store.Update(ctx, d.db, f)
}

// do is change for what returns nothing.
func do(ctx context.Context, d *Directory, corp id.Corp, f func(*store.Tx) error) error {
	_, err := change(ctx, d, corp, func(tx *store.Tx) (struct{}, error) { return struct{}{}, f(tx) })
	return err
}

// millis is t as it is stored: milliseconds, 0 for the zero time.
func millis(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixMilli()
}

// instant is the time stored as ms.
func instant(ms int64) time.Time {
	if ms == 0 {
		return time.Time{}
	}
	return time.UnixMilli(ms).UTC()
}

// set gives dst the value that src points to, if any: an absent field of a
// request leaves what it names as it is.
func set[T any](dst, src *T) {
	if src != nil {
		*dst = *src
	}
}
