// Package encryption seals secrets at rest under a master key.
package encryption

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// KeySize is the length of a master key in bytes.
const KeySize = 32

// Box seals and opens small secrets. What was sealed for one purpose and owner
// cannot be opened for another.
type Box struct {
	aead cipher.AEAD
	key  []byte
}

// New makes a box from a master key of KeySize bytes.
func New(master []byte) (*Box, error) {
	if len(master) != KeySize {
		return nil, fmt.Errorf("encryption: the master key has %d bytes, not %d", len(master), KeySize)
	}
	key, err := hkdf.Key(sha256.New, master, nil, "gatepost secrets v1", KeySize)
	if err != nil {
		return nil, fmt.Errorf("encryption: derive the key: %w", err)
	}
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, fmt.Errorf("encryption: %w", err)
	}
	aead, err := cipher.NewGCM(block)
	if err != nil {
		return nil, fmt.Errorf("encryption: %w", err)
	}
	return &Box{aead, append([]byte(nil), master...)}, nil
}

// Derive returns a key of KeySize bytes for purpose. It is the same for the
// same master key, so tokens survive a restart and are known to every node.
func (b *Box) Derive(purpose string) []byte {
	key, err := hkdf.Key(sha256.New, b.key, nil, "gatepost "+purpose, KeySize)
	if err != nil {
		panic(err) // the length is within HKDF's bound
	}
	return key
}

// Seal encrypts plain for owner.
func (b *Box) Seal(plain, owner string) []byte {
	nonce := make([]byte, b.aead.NonceSize())
	_, _ = rand.Read(nonce) // documented never to fail
	return b.aead.Seal(nonce, nonce, []byte(plain), []byte(owner))
}

// ErrSealed is returned for what cannot be opened: sealed under another key or
// for another owner, or damaged.
var ErrSealed = errors.New("encryption: cannot be opened: another master key, another owner, or damage")

// Open returns what Seal encrypted for owner.
func (b *Box) Open(sealed []byte, owner string) (string, error) {
	n := b.aead.NonceSize()
	if len(sealed) < n {
		return "", ErrSealed
	}
	plain, err := b.aead.Open(nil, sealed[:n], sealed[n:], []byte(owner))
	if err != nil {
		return "", ErrSealed
	}
	return string(plain), nil
}

// MAC returns a keyed digest of parts; what it returns for one list of parts it
// returns for no other list, however the same text is cut.
func MAC(key []byte, parts ...string) []byte {
	m := hmac.New(sha256.New, key)
	for _, p := range parts {
		fmt.Fprintf(m, "%d:%s", len(p), p)
	}
	return m.Sum(nil)
}

// LoadKey returns the master key: from text (base64) if it is not empty, else
// from the file master.key in dir, which is made on first use with mode 0600.
func LoadKey(text, dir string) ([]byte, error) {
	if text != "" {
		return decodeKey(text, "GATEPOST_MASTER_KEY")
	}
	return LoadFile(filepath.Join(dir, "master.key"))
}

// ReadKey is LoadKey that makes no key where there is none.
func ReadKey(text, dir string) ([]byte, error) {
	if text != "" {
		return decodeKey(text, "GATEPOST_MASTER_KEY")
	}
	path := filepath.Join(dir, "master.key")
	raw, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("read the master key: %w; set GATEPOST_MASTER_KEY, or bring the file along", err)
	}
	return decodeKey(string(raw), path)
}

// LoadFile returns the key in a file, which is made on first use with mode 0600.
func LoadFile(path string) ([]byte, error) {
	raw, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return makeKey(path)
	}
	if err != nil {
		return nil, fmt.Errorf("read the master key: %w", err)
	}
	return decodeKey(string(raw), path)
}

// ReplaceKey puts key into the file master.key in dir, instead of the one there.
// A crash leaves either whole.
func ReplaceKey(dir string, key []byte) error {
	tmp, err := writeKey(dir, key)
	if err == nil {
		err = os.Rename(tmp, filepath.Join(dir, "master.key"))
	}
	if err != nil {
		_ = os.Remove(tmp)
		return fmt.Errorf("replace the master key: %w", err)
	}
	return nil
}

func decodeKey(text, where string) ([]byte, error) {
	key, err := base64.StdEncoding.DecodeString(strings.TrimSpace(text))
	if err != nil || len(key) != KeySize {
		return nil, fmt.Errorf("encryption: %s has to hold %d bytes in base64", where, KeySize)
	}
	return key, nil
}

// makeKey writes a new key so that a crash leaves either no file or a whole one.
func makeKey(path string) ([]byte, error) {
	key := make([]byte, KeySize)
	_, _ = rand.Read(key)
	tmp, err := writeKey(filepath.Dir(path), key)
	if err == nil {
		err = os.Link(tmp, path) // fails if another process was first
	}
	_ = os.Remove(tmp)
	if errors.Is(err, fs.ErrExist) {
		return LoadFile(path)
	}
	if err != nil {
		return nil, fmt.Errorf("make the master key: %w", err)
	}
	return key, nil
}

// writeKey writes key into a new file in dir, down to the disk.
func writeKey(dir string, key []byte) (path string, err error) {
	tmp, err := os.CreateTemp(dir, ".master.key.*")
	if err != nil {
		return "", err
	}
	_, err = tmp.WriteString(base64.StdEncoding.EncodeToString(key) + "\n")
	return tmp.Name(), errors.Join(err, tmp.Sync(), tmp.Close())
}
