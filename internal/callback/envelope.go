package callback

import (
	"bytes"
	"crypto/aes"
	"crypto/cipher"
	"crypto/rand"
	"crypto/sha1" //nolint:gosec // what the clients of the wire protocol verify
	"crypto/subtle"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
)

// Envelope encrypts and signs what goes to one receiver, and reads what comes
// back.
type Envelope struct {
	token string
	owner string
	block cipher.Block
	iv    []byte
}

// KeyLength is the length of an AES key as receivers write it: 43 characters of
// base64 that stand for 32 bytes.
const KeyLength = 43

var keyForm = regexp.MustCompile(`^[A-Za-z0-9]{43}$`)

// NewEnvelope returns the envelope for a receiver's token and AES key. Owner is
// what the receiver expects at the end of each text: its AppKey, its corp's id,
// or its suite's key, by how it subscribed (events.md §3).
func NewEnvelope(token, key, owner string) (*Envelope, error) {
	if !keyForm.MatchString(key) {
		return nil, fmt.Errorf("callback: an AES key is %d letters and digits, not %d characters", KeyLength, len(key))
	}
	// Receivers' own tools make keys whose last character has bits beyond the 32
	// bytes; they are ignored, as theirs ignore them.
	raw, err := base64.StdEncoding.DecodeString(key + "=")
	if err != nil || len(raw) != 32 {
		return nil, errors.New("callback: the AES key is not base64 of 32 bytes")
	}
	block, err := aes.NewCipher(raw)
	if err != nil {
		return nil, err
	}
	return &Envelope{token: token, owner: owner, block: block, iv: raw[:aes.BlockSize]}, nil
}

// NewKey makes an AES key. Its last character has no bits beyond the 32 bytes, so
// that a receiver whose base64 is strict takes it.
func NewKey() string {
	const last = "AEIMQUYcgkosw048"
	key := letters(KeyLength)
	key[KeyLength-1] = last[key[KeyLength-1]&15]
	return string(key)
}

// The padding goes to blocks of 32 bytes, though the cipher's have 16; a random
// head and the text's length come before the text.
const (
	padTo      = 32
	headLength = 16
	sizeLength = 4
)

// Encrypt returns text as it stands in the field encrypt.
func (e *Envelope) Encrypt(text []byte) string { return e.encrypt(head(), text) }

func (e *Envelope) encrypt(head, text []byte) string {
	plain := make([]byte, 0, len(head)+sizeLength+len(text)+len(e.owner)+padTo)
	plain = append(plain, head...)
	plain = binary.BigEndian.AppendUint32(plain, uint32(len(text))) //nolint:gosec // a text is far below 4 GiB
	plain = append(append(plain, text...), e.owner...)
	pad := padTo - len(plain)%padTo
	plain = append(plain, bytes.Repeat([]byte{byte(pad)}, pad)...)
	cipher.NewCBCEncrypter(e.block, e.iv).CryptBlocks(plain, plain)
	return base64.StdEncoding.EncodeToString(plain)
}

// head is 16 random letters: receivers print what they decrypted.
func head() []byte { return letters(headLength) }

// letters are n random letters and digits.
func letters(n int) []byte {
	const signs = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
	b := make([]byte, 0, n)
	for len(b) < n {
		var drawn [64]byte
		_, _ = rand.Read(drawn[:]) // documented never to fail
		for _, d := range drawn {
			if d &= 63; int(d) < len(signs) && len(b) < n { // the rest is thrown away, so that none is likelier
				b = append(b, signs[d])
			}
		}
	}
	return b
}

// What is wrong with something encrypted, each by its name, so that whoever
// wrote the receiver sees which step went wrong.
var (
	ErrBase64  = errors.New("encrypt is not base64 of whole blocks")
	ErrKey     = errors.New("encrypt does not decrypt to padded text: it was encrypted with another key")
	ErrLength  = errors.New("the length inside the decrypted text is wrong")
	ErrOwner   = errors.New("the decrypted text ends with another owner")
	ErrSigning = errors.New("the signature is not that of this token, time and nonce")
)

// Decrypt returns the text that stands in the field encrypt.
func (e *Envelope) Decrypt(encrypted string) ([]byte, error) {
	raw, err := base64.StdEncoding.DecodeString(encrypted)
	if err != nil || len(raw) == 0 || len(raw)%aes.BlockSize != 0 {
		return nil, ErrBase64
	}
	cipher.NewCBCDecrypter(e.block, e.iv).CryptBlocks(raw, raw)
	pad := int(raw[len(raw)-1])
	if pad < 1 || pad > padTo || pad > len(raw) || !padded(raw, pad) {
		return nil, ErrKey
	}
	raw = raw[:len(raw)-pad]
	if len(raw) < headLength+sizeLength {
		return nil, ErrLength
	}
	size := binary.BigEndian.Uint32(raw[headLength:])
	raw = raw[headLength+sizeLength:]
	if uint64(size) > uint64(len(raw)) {
		return nil, ErrLength
	}
	if owner := raw[size:]; string(owner) != e.owner {
		return nil, fmt.Errorf("%w: expected %q, found %q", ErrOwner, e.owner, owner)
	}
	return raw[:size], nil
}

func padded(raw []byte, pad int) bool {
	for _, b := range raw[len(raw)-pad:] {
		if int(b) != pad {
			return false
		}
	}
	return true
}

// Sign returns the signature over the other three: SHA-1 of the four texts in
// the order of their bytes, in lower-case hex.
func (e *Envelope) Sign(timestamp, nonce, encrypted string) string {
	texts := []string{e.token, timestamp, nonce, encrypted}
	slices.Sort(texts)
	sum := sha1.Sum([]byte(strings.Join(texts, ""))) //nolint:gosec // as above
	return hex.EncodeToString(sum[:])
}

// Verify compares a signature with the one that Sign makes, in constant time.
func (e *Envelope) Verify(signature, timestamp, nonce, encrypted string) error {
	if subtle.ConstantTimeCompare([]byte(signature), []byte(e.Sign(timestamp, nonce, encrypted))) != 1 {
		return ErrSigning
	}
	return nil
}
