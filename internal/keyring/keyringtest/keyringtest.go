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

// New returns the ring of db under Master, by real time.
func New(t testing.TB, db *store.DB) *keyring.Ring {
	t.Helper()
	r, err := keyring.New(t.Context(), db, Master(), time.Now)
	if err != nil {
		t.Fatal(err)
	}
	return r
}
