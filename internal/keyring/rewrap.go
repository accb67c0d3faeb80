package keyring

import (
	"context"
	"errors"
	"fmt"

	"github.com/gatepost/gatepost/internal/encryption"
	"github.com/gatepost/gatepost/internal/id"
	"github.com/gatepost/gatepost/internal/store"
)

// Check fails with ErrMaster unless master is the key under which db is sealed.
// A database without any key passes.
func Check(ctx context.Context, db *store.DB, master []byte) error {
	wrap, err := encryption.New(master)
	if err != nil {
		return err
	}
	sealed, err := store.View(ctx, db, func(tx *store.Tx) ([]byte, error) { return store.One(tx, selectRoot, scanBytes, id.Corp("")) })
	if errors.Is(err, store.ErrNone) {
		return nil
	}
	if err != nil {
		return err
	}
	_, err = openRoot(wrap, sealed)
	return err
}

// wrapped is a key with the corp whose it is.
type wrapped struct {
	corp id.Corp
	keyRow
}

// Rewrap wraps every key of db under the master key to instead of from, in one
// transaction, and returns how many there are. What is sealed under them is not
// touched. A key that is wrapped under to already stays, so it can be run again.
func Rewrap(ctx context.Context, db *store.DB, from, to []byte) (int, error) {
	old, err := encryption.New(from)
	if err != nil {
		return 0, err
	}
	next, err := encryption.New(to)
	if err != nil {
		return 0, err
	}
	return store.Update(ctx, db, func(tx *store.Tx) (int, error) {
		rows, err := store.All(tx, everyKey, func(row store.Row) (w wrapped, err error) {
			return w, row.Scan(&w.corp, &w.purpose, &w.id, &w.wrapped)
		})
		if err != nil {
			return 0, err
		}
		for _, w := range rows {
			owner := wrapOwner(w.corp, w.purpose, w.id)
			key, err := old.Open(w.wrapped, owner)
			if err != nil {
				if _, done := next.Open(w.wrapped, owner); done == nil {
					continue
				}
				return 0, fmt.Errorf("%w (key %s/%d of %q)", ErrMaster, w.purpose, w.id, w.corp)
			}
			if _, err := tx.Exec(putWrapped, w.corp, w.purpose, w.id, next.Seal(key, owner)); err != nil {
				return 0, err
			}
		}
		return len(rows), nil
	})
}

const (
	everyKey store.SQL = `SELECT corp, purpose, id, wrapped FROM data_keys WHERE wrapped IS NOT NULL ORDER BY corp, purpose, id
		/* all corps: all are wrapped under one master key */ /* full scan: every key is wanted */`
	putWrapped store.SQL = `UPDATE data_keys SET wrapped = $4 WHERE corp = $1 AND purpose = $2 AND id = $3`
)
