package keyring

import (
	"encoding/base64"
	"fmt"
	"strconv"

	"github.com/gatepost/gatepost/internal/encryption"
	"github.com/gatepost/gatepost/internal/id"
)

// Place is where something sealed stands: moved elsewhere it does not open.
type Place struct{ Table, Column, Row string }

// owner is the associated data of a place in corp. No part holds U+0000, which
// requests may not have and PostgreSQL cannot keep.
func (p Place) owner(corp id.Corp) string {
	return string(corp) + "\x00" + p.Table + "\x00" + p.Column + "\x00" + p.Row
}

// Keys are the keys of one corp as they stood when they were read. They do not
// change and are safe for concurrent use.
type Keys struct {
	corp   id.Corp
	active int64
	data   map[int64]*encryption.Box
	index  []byte
}

// Active is the number of the key under which Seal seals.
func (k *Keys) Active() int64 { return k.active }

// Seal encrypts plain for a place under the active key, and says which that is.
func (k *Keys) Seal(at Place, plain string) (key int64, sealed []byte) {
	return k.active, k.data[k.active].Seal(plain, at.owner(k.corp))
}

// Index is by what an equal value is found: the same for the same value of the
// same column of the corp, empty for the empty value.
func (k *Keys) Index(column, value string) string {
	if value == "" {
		return ""
	}
	return digest(k.index, column, value)
}

// digest is 128 bits of a keyed digest: two of a billion values collide with a
// chance of one in 10^21.
func digest(key []byte, parts ...string) string {
	return base64.RawURLEncoding.EncodeToString(encryption.MAC(key, parts...)[:16])
}

// keyRow is a key as it is stored.
type keyRow struct {
	purpose string
	id      int64
	wrapped []byte
	state   string
}

// The purposes of keys, and their states.
const (
	purposeRoot  = "root"
	purposeData  = "data"
	purposeIndex = "index"

	stateActive   = "active"
	stateRetiring = "retiring" // rows may still be under it
	stateRetired  = "retired"  // no row was under it when that was looked at
)

// wrapOwner binds a wrapped key to its row.
func wrapOwner(corp id.Corp, purpose string, n int64) string {
	return "key\x00" + string(corp) + "\x00" + purpose + "\x00" + strconv.FormatInt(n, 10)
}

// unwrap opens the rows of one corp.
func unwrap(wrap *encryption.Box, corp id.Corp, rows []keyRow) (*Keys, error) {
	k := &Keys{corp: corp, data: map[int64]*encryption.Box{}}
	for _, r := range rows {
		if len(r.wrapped) == 0 {
			continue // what is not sealed yet
		}
		key, err := wrap.Open(r.wrapped, wrapOwner(corp, r.purpose, r.id))
		if err != nil {
			return nil, fmt.Errorf("keyring: key %s/%d of %s: %w", r.purpose, r.id, corp, err)
		}
		box, err := encryption.New([]byte(key))
		if err != nil {
			return nil, err
		}
		if r.purpose == purposeIndex {
			k.index = box.Derive("blind index v1")
			continue
		}
		k.data[r.id] = box
		if r.state == stateActive {
			k.active = r.id
		}
	}
	return k, nil
}
