package secid

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"

	"github.com/gatepost/gatepost/internal/clock"
	"github.com/gatepost/gatepost/internal/encryption"
	"github.com/gatepost/gatepost/internal/id"
	"github.com/gatepost/gatepost/internal/op"
	"github.com/gatepost/gatepost/internal/store"
)

// An id of more than maxInside bytes does not fit into an id of 64 characters.
// In its place goes a digest, and the database keeps what it is the digest of.
const (
	// longMark begins a digest and no text in UTF-8.
	longMark = 0xff
	longSize = 20 // bytes of the digest
	// maxLong bounds how many of them a node remembers.
	maxLong = 1 << 16
)

// longs are the long ids of every corp.
type longs struct {
	db *store.DB

	mu    sync.RWMutex
	known map[longKey]string
}

type longKey struct {
	corp   id.Corp
	kind   op.IDKind
	digest string
}

func (k *keys) digest(corp id.Corp, kind op.IDKind, plain string) longKey {
	return longKey{corp, kind, string(encryption.MAC(k.long, string(corp), string(kind), plain)[:longSize])}
}

// keep stores what a digest is of, once.
func (l *longs) keep(ctx context.Context, key longKey, plain string) error {
	if _, err := l.plain(ctx, key); !errors.Is(err, errForm) {
		return err
	}
	_, err := store.Update(ctx, l.db, func(tx *store.Tx) (struct{}, error) {
		_, err := tx.Exec(insertLong, key.corp, key.kind, []byte(key.digest), plain)
		return struct{}{}, err
	})
	if err != nil {
		return fmt.Errorf("keep a long id: %w", err)
	}
	l.put(key, plain)
	return nil
}

// plain is what key is the digest of. It fails with errForm when nothing is.
func (l *longs) plain(ctx context.Context, key longKey) (string, error) {
	if plain, ok := l.get(key); ok {
		return plain, nil
	}
	plain, err := store.View(ctx, l.db, func(tx *store.Tx) (string, error) {
		return store.One(tx, selectLong, scanText, key.corp, key.kind, []byte(key.digest))
	})
	if errors.Is(err, store.ErrNone) {
		return "", errForm // of a corp that was reset
	}
	if err != nil {
		return "", fmt.Errorf("read a long id: %w", err)
	}
	l.put(key, plain)
	return plain, nil
}

func (l *longs) get(key longKey) (string, bool) {
	l.mu.RLock()
	defer l.mu.RUnlock()
	plain, ok := l.known[key]
	return plain, ok
}

func (l *longs) put(key longKey, plain string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.known) >= maxLong {
		for other := range l.known {
			delete(l.known, other)
			break
		}
	}
	l.known[key] = plain
}

// drop forgets what is remembered of the corp that topic names: it may have
// been reset.
func (l *longs) drop(topic string) {
	corp, ok := strings.CutPrefix(topic, clock.Topic(""))
	if !ok {
		return
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	for key := range l.known {
		if key.corp == id.Corp(corp) {
			delete(l.known, key)
		}
	}
}

const (
	insertLong store.SQL = `
		/* aside: an id has one digest for ever */ INSERT INTO long_ids (corp, kind, digest, plain) VALUES ($1, $2, $3, $4)
		ON CONFLICT (corp, kind, digest) DO NOTHING`
	selectLong  store.SQL = `SELECT plain FROM long_ids WHERE corp = $1 AND kind = $2 AND digest = $3`
	deleteLongs store.SQL = `DELETE FROM long_ids WHERE corp = $1`
)
