// Package keyringtest makes rings for tests.
package keyringtest

import (
	"testing"
	"time"

	"github.com/gatepost/gatepost/internal/encryption"
	"github.com/gatepost/gatepost/internal/keyring"
	"github.com/gatepost/gatepost/internal/store"
)

// Master is the master key of the rings.
func Master() []byte { return make([]byte, encryption.KeySize) }

// New returns the ring of db under Master, for whose time nothing waits.
func New(t testing.TB, db *store.DB) *keyring.Ring {
	t.Helper()
	r, err := keyring.New(t.Context(), db, Master(), func() time.Time { return time.UnixMilli(1_800_000_000_000) })
	if err != nil {
		t.Fatal(err)
	}
	return r
}
