package keyring

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/gatepost/gatepost/internal/encryption"
	"github.com/gatepost/gatepost/internal/id"
	"github.com/gatepost/gatepost/internal/store"
)

// topic is the revision topic of a corp's keys.
func topic(corp id.Corp) string { return "keys:" + string(corp) }

// ErrMaster says that the database was sealed under another master key.
var ErrMaster = errors.New("keyring: the database was sealed under another master key than the one that was given: " +
	"set GATEPOST_MASTER_KEY, or bring the master.key of the data directory, that it was made with; `gatepost key rewrap` changes it")

// Ring is the keys of a platform. It is safe for concurrent use.
type Ring struct {
	// Tables are all that is sealed. They are set before the first call of
	// Drain, Run or Status.
	Tables []Table

	// Node names this node in the lease of the work.
	Node string

	db   *store.DB
	real func() time.Time
	wrap *encryption.Box // under the master key
	root *encryption.Box
	far  []byte // the index key of what is found in all corps

	mu    sync.RWMutex
	corps map[id.Corp]*Keys
	floor map[id.Corp]int64 // active keys no younger than this were read before the last change

	work chan struct{} // something was rotated
}

// New returns the ring of db under the master key of encryption.KeySize bytes.
// The first time it makes the root key. It fails with ErrMaster where the
// database was sealed under another master key.
func New(ctx context.Context, db *store.DB, master []byte, real func() time.Time) (*Ring, error) {
	wrap, err := encryption.New(master)
	if err != nil {
		return nil, err
	}
	r := &Ring{db: db, real: real, wrap: wrap, Node: rand.Text(), corps: map[id.Corp]*Keys{}, floor: map[id.Corp]int64{}, work: make(chan struct{}, 1)}
	sealed, err := store.View(ctx, db, func(tx *store.Tx) ([]byte, error) { return store.One(tx, selectRoot, scanBytes, id.Corp("")) })
	if errors.Is(err, store.ErrNone) {
		sealed, err = store.Update(ctx, db, func(tx *store.Tx) ([]byte, error) { return r.makeRoot(tx, master) })
	}
	if err != nil {
		return nil, fmt.Errorf("keyring: read the root key: %w", err)
	}
	if r.root, err = openRoot(wrap, sealed); err != nil {
		return nil, err
	}
	r.far = r.root.Derive("index of all corps v1")
	db.Watch(r.changed)
	return r, nil
}

func openRoot(wrap *encryption.Box, sealed []byte) (*encryption.Box, error) {
	key, err := wrap.Open(sealed, wrapOwner("", purposeRoot, 1))
	if err != nil {
		return nil, ErrMaster
	}
	return encryption.New([]byte(key))
}

// makeRoot stores a root key. That of a platform that has corps is the master
// key it began with, from which its tokens and open ids were derived.
func (r *Ring) makeRoot(tx *store.Tx, master []byte) ([]byte, error) {
	key := fresh()
	switch _, err := store.One(tx, firstCorp, scanCorp, id.Corp("")); {
	case err == nil:
		key = string(master)
	case !errors.Is(err, store.ErrNone):
		return nil, err
	}
	if err := r.insert(tx, "", purposeRoot, 1, key); err != nil {
		return nil, err
	}
	return store.One(tx, selectRoot, scanBytes, id.Corp(""))
}

// fresh is a new key.
func fresh() string {
	key := make([]byte, encryption.KeySize)
	_, _ = rand.Read(key) // documented never to fail
	return string(key)
}

// insert stores a key that becomes the active one of its purpose.
func (r *Ring) insert(tx *store.Tx, corp id.Corp, purpose string, n int64, key string) error {
	_, err := tx.Exec(insertKey, corp, purpose, n, r.wrap.Seal(key, wrapOwner(corp, purpose, n)), stateActive, r.real().UnixMilli())
	return err
}

// Root is the box of the root key.
func (r *Ring) Root() *encryption.Box { return r.root }

// IndexOfAll is by what an equal value is found in all corps together; empty for
// the empty value.
func (r *Ring) IndexOfAll(column, value string) string {
	if value == "" {
		return ""
	}
	return digest(r.far, column, value)
}

// changed forgets the keys of a corp that were read before a change of them.
func (r *Ring) changed(t string) {
	corp, ok := strings.CutPrefix(t, topic(""))
	if !ok {
		return
	}
	r.mu.Lock()
	if k := r.corps[id.Corp(corp)]; k != nil {
		r.floor[id.Corp(corp)] = k.active
		delete(r.corps, id.Corp(corp))
	}
	r.mu.Unlock()
	select {
	case r.work <- struct{}{}:
	default:
	}
}

// In returns the keys of corp. In a transaction that writes they are made if
// there are none.
func (r *Ring) In(tx *store.Tx, corp id.Corp) (*Keys, error) {
	r.mu.RLock()
	k := r.corps[corp]
	r.mu.RUnlock()
	if k != nil {
		return k, nil
	}
	return r.read(tx, corp)
}

// Warm reads the keys of corp before a transaction that writes and will need
// them many times: such a one keeps nothing for the next. A corp may have none.
func (r *Ring) Warm(ctx context.Context, corp id.Corp) error {
	r.mu.RLock()
	k := r.corps[corp]
	r.mu.RUnlock()
	if k != nil {
		return nil
	}
	_, err := store.View(ctx, r.db, func(tx *store.Tx) (struct{}, error) {
		k, err := r.load(tx, corp)
		if err == nil && k.active != 0 {
			r.keep(k)
		}
		return struct{}{}, err
	})
	return err
}

// read reads the keys of corp, and keeps them if they are sure to last: what a
// transaction that writes sees may never be committed.
func (r *Ring) read(tx *store.Tx, corp id.Corp) (*Keys, error) {
	k, err := r.load(tx, corp)
	if err != nil {
		return nil, err
	}
	if k.active == 0 && tx.Writes() {
		return r.first(tx, corp)
	}
	if k.active == 0 {
		return nil, fmt.Errorf("keyring: the corp %s has no keys", corp)
	}
	if !tx.Writes() {
		r.keep(k)
	}
	return k, nil
}

func (r *Ring) load(tx *store.Tx, corp id.Corp) (*Keys, error) {
	rows, err := store.All(tx, keysOf, scanKey, corp)
	if err != nil {
		return nil, err
	}
	return unwrap(r.wrap, corp, rows)
}

func (r *Ring) keep(k *Keys) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if k.active > r.floor[k.corp] {
		r.corps[k.corp] = k
	}
}

// first makes the first keys of corp.
func (r *Ring) first(tx *store.Tx, corp id.Corp) (*Keys, error) {
	for _, purpose := range []string{purposeData, purposeIndex} {
		if err := r.insert(tx, corp, purpose, 1, fresh()); err != nil {
			return nil, err
		}
	}
	tx.Touch(topic(corp))
	return r.load(tx, corp)
}

// Open returns what Seal encrypted for a place of corp under a key. It fails
// with encryption.ErrSealed for what was sealed elsewhere, or is damaged.
func (r *Ring) Open(tx *store.Tx, corp id.Corp, key int64, at Place, sealed []byte) (string, error) {
	k, err := r.In(tx, corp)
	if err != nil {
		return "", err
	}
	if k.data[key] == nil { // made on another node a moment ago
		if k, err = r.read(tx, corp); err != nil {
			return "", err
		}
	}
	box := k.data[key]
	if box == nil {
		return "", fmt.Errorf("keyring: %s of %s is sealed under key %d, which the corp does not have", at.Table, corp, key)
	}
	plain, err := box.Open(sealed, at.owner(corp))
	if err != nil {
		return "", fmt.Errorf("keyring: %s.%s of %s: %w", at.Table, at.Column, corp, err)
	}
	return plain, nil
}

func scanKey(row store.Row) (k keyRow, err error) {
	err = row.Scan(&k.purpose, &k.id, &k.wrapped, &k.state)
	return k, err
}

func scanBytes(row store.Row) (b []byte, err error) { return b, row.Scan(&b) }

func scanCorp(row store.Row) (c id.Corp, err error) { return c, row.Scan(&c) }

const (
	selectRoot store.SQL = `SELECT wrapped FROM data_keys WHERE corp = $1 AND purpose = 'root'`
	keysOf     store.SQL = `SELECT purpose, id, wrapped, state FROM data_keys WHERE corp = $1 ORDER BY purpose, id`
	// Another node may have made it meanwhile.
	insertKey store.SQL = `INSERT INTO data_keys (corp, purpose, id, wrapped, state, created_at) VALUES ($1, $2, $3, $4, $5, $6)
		ON CONFLICT (corp, purpose, id) DO NOTHING`
	firstCorp store.SQL = `SELECT corp FROM corps WHERE corp > $1 ORDER BY corp LIMIT 1 /* all corps: is there any */`
)
