package channel

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/sha256"
	"encoding/binary"
)

// A frame is the number of its key, its sequence number under that key, and what
// AES-256-GCM made of the message. Both numbers are in the associated data with
// the direction and the session, so a frame is good for one place alone.
const (
	headSize  = 4 + 8
	keySize   = 32
	nonceSize = 12
	// Label begins every text that something is derived from or authenticated with.
	label = "gatepost channel v1"
)

// direction tells the two lines of a session apart.
type direction byte

const (
	up   direction = 'u' // from the client
	down direction = 'd' // from the platform
)

// line is one direction of a session under one key. One goroutine at a time uses it.
type line struct {
	aead   cipher.AEAD
	nonce  [nonceSize]byte
	about  []byte // the constant part of the associated data
	number uint32 // of the key
	next   uint64 // sequence number
}

// newLine is the line in direction d under the number-th secret of session.
func newLine(secret, session []byte, d direction, number uint32) *line {
	made := derive(secret, nil, "key "+string(d), keySize+nonceSize)
	block, err := aes.NewCipher(made[:keySize])
	if err != nil {
		panic(err) // the size is the cipher's
	}
	aead, err := cipher.NewGCM(block)
	if err != nil {
		panic(err) // of AES it can be made
	}
	l := &line{aead: aead, number: number, about: append([]byte(label+" "+string(d)), session...)}
	copy(l.nonce[:], made[keySize:])
	clear(made)
	return l
}

// derive is HKDF-SHA256 for one purpose.
func derive(secret, salt []byte, purpose string, size int) []byte {
	key, err := hkdf.Key(sha256.New, secret, salt, label+" "+purpose, size)
	if err != nil {
		panic(err) // the size is within HKDF's bound
	}
	return key
}

// at returns the nonce and the associated data of the frame with a head.
func (l *line) at(head []byte) (nonce, about []byte) {
	nonce = append([]byte(nil), l.nonce[:]...)
	for i, b := range head[4:headSize] {
		nonce[nonceSize-8+i] ^= b
	}
	return nonce, append(append([]byte(nil), l.about...), head...)
}

// seal makes the next frame.
func (l *line) seal(message []byte) []byte {
	frame := make([]byte, headSize, headSize+len(message)+l.aead.Overhead())
	binary.BigEndian.PutUint32(frame, l.number)
	binary.BigEndian.PutUint64(frame[4:], l.next)
	l.next++
	nonce, about := l.at(frame)
	return l.aead.Seal(frame, nonce, message, about)
}

// open returns the message of the next frame. Any other frame ends the session.
func (l *line) open(frame []byte) ([]byte, error) {
	if len(frame) < headSize+l.aead.Overhead() {
		return nil, ended(Malformed)
	}
	head := frame[:headSize]
	switch {
	case binary.BigEndian.Uint32(head) != l.number:
		return nil, ended(KeyNumber)
	case binary.BigEndian.Uint64(head[4:]) != l.next:
		return nil, ended(Sequence)
	}
	nonce, about := l.at(head)
	message, err := l.aead.Open(nil, nonce, frame[headSize:], about)
	if err != nil {
		return nil, ended(Forged)
	}
	l.next++
	return message, nil
}

// keyOf is the number of the key that a frame says it is under.
func keyOf(frame []byte) uint32 {
	if len(frame) < headSize {
		return 0
	}
	return binary.BigEndian.Uint32(frame)
}
