package keyring

import (
	"context"

	"github.com/gatepost/gatepost/internal/id"
	"github.com/gatepost/gatepost/internal/store"
)

// ErrBusy is what a node that has not the lease is told.
var ErrBusy = errBusy

// Step seals some rows of corp.
func (r *Ring) Step(ctx context.Context, corp id.Corp) (int, error) {
	return store.Update(ctx, r.db, func(tx *store.Tx) (int, error) { return r.step(tx, corp) })
}
