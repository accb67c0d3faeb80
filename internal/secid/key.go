package secid

import (
	"context"
	"crypto/hkdf"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"strconv"
	"sync"

	"github.com/tink-crypto/tink-go/v2/daead/subtle"

	"github.com/gatepost/gatepost/internal/encryption"
	"github.com/gatepost/gatepost/internal/id"
	"github.com/gatepost/gatepost/internal/op"
	"github.com/gatepost/gatepost/internal/store"
)

const (
	rootSize = 32
	sivKey   = 64 // two keys of AES-256: one for the digest, one for the text
	// maxKeys bounds how many keys of applications a node keeps made.
	maxKeys = 4096
)

// RootSetting is the setting that holds the root key, sealed for RootOwner by
// the master key. Whoever changes the master key seals it anew.
const (
	RootSetting = "secid.root"
	RootOwner   = "security id root"
)

// keys are all keys of ids. They follow from one root key.
type keys struct {
	root  []byte
	check []byte // of the check in every id
	long  []byte // of the digests of ids that do not fit into one

	mu   sync.RWMutex
	made map[owner]*subtle.AESSIV
}

// owner is whose a key is.
type owner struct {
	app  id.App
	kind op.IDKind
}

// loadKeys reads the root key, and draws it when there is none.
func loadKeys(ctx context.Context, db *store.DB, box *encryption.Box) (*keys, error) {
	text, err := store.Update(ctx, db, func(tx *store.Tx) (string, error) {
		text, err := store.One(tx, selectRoot, scanText, RootSetting)
		if !errors.Is(err, store.ErrNone) {
			return text, err
		}
		root := make([]byte, rootSize)
		_, _ = rand.Read(root) // documented never to fail
		sealed := box.Seal(base64.StdEncoding.EncodeToString(root), RootOwner)
		if _, err := tx.Exec(insertRoot, RootSetting, base64.StdEncoding.EncodeToString(sealed)); err != nil {
			return "", err
		}
		return store.One(tx, selectRoot, scanText, RootSetting) // another node may have been first
	})
	if err != nil {
		return nil, fmt.Errorf("read the root key of security ids: %w", err)
	}
	root, err := open(box, text)
	if err != nil {
		return nil, fmt.Errorf("open the root key of security ids: %w", err)
	}
	return newKeys(root), nil
}

func open(box *encryption.Box, text string) ([]byte, error) {
	sealed, err := base64.StdEncoding.DecodeString(text)
	if err != nil {
		return nil, err
	}
	plain, err := box.Open(sealed, RootOwner)
	if err != nil {
		return nil, err
	}
	return base64.StdEncoding.DecodeString(plain)
}

func newKeys(root []byte) *keys {
	return &keys{root: root, check: derive(root, "check", rootSize), long: derive(root, "long", rootSize), made: map[owner]*subtle.AESSIV{}}
}

// derive is HKDF-SHA256 of the root key for a list of words, and for no other list.
func derive(root []byte, purpose string, size int, words ...string) []byte {
	info := "gatepost security id v1 " + purpose
	for _, w := range words {
		info += " " + strconv.Itoa(len(w)) + ":" + w
	}
	key, err := hkdf.Key(sha256.New, root, nil, info, size)
	if err != nil {
		panic(err) // the size is within HKDF's bound
	}
	return key
}

// of is the cipher of an application and a kind.
func (k *keys) of(o owner) *subtle.AESSIV {
	k.mu.RLock()
	siv := k.made[o]
	k.mu.RUnlock()
	if siv != nil {
		return siv
	}
	siv, err := subtle.NewAESSIV(derive(k.root, "app", sivKey, string(o.app), string(o.kind)))
	if err != nil {
		panic(err) // the size is the cipher's
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	if len(k.made) >= maxKeys {
		for other := range k.made { // any: Go walks maps in random order
			delete(k.made, other)
			break
		}
	}
	k.made[o] = siv
	return siv
}

// checkOf is the check of an id: genuine or not, and nothing more.
func (k *keys) checkOf(kind op.IDKind, sealed []byte) []byte {
	return encryption.MAC(k.check, string(kind), string(sealed))[:checkSize]
}

// seal makes the id that o's application has for what is inside.
func (k *keys) seal(o owner, inside string) (string, error) {
	sealed, err := k.of(o).EncryptDeterministically([]byte(inside), nil)
	if err != nil {
		return "", fmt.Errorf("make a security id: %w", err)
	}
	return format(o.kind, sealed, k.checkOf(o.kind, sealed)), nil
}

// errForeign says that an id is genuine and another application's.
var errForeign = errors.New("secid: another application's id")

// unseal returns what is inside an id of o's application. It fails with errForm
// or errForeign; a genuine id costs the same whosever it is.
func (k *keys) unseal(o owner, text string) (string, error) {
	kind, sealed, check, err := parse(text)
	if err != nil {
		return "", err
	}
	if kind != o.kind || !hmac.Equal(check, k.checkOf(kind, sealed)) {
		return "", errForm
	}
	inside, err := k.of(o).DecryptDeterministically(sealed, nil)
	if err != nil {
		return "", errForeign
	}
	return string(inside), nil
}

func scanText(r store.Row) (s string, err error) { return s, r.Scan(&s) }

const (
	selectRoot store.SQL = `SELECT value FROM settings WHERE name = $1`
	insertRoot store.SQL = `INSERT INTO settings (name, value) VALUES ($1, $2) ON CONFLICT (name) DO NOTHING`
)
