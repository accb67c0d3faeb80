package channel

import (
	"encoding/binary"

	"github.com/go-json-experiment/json"
)

// kind is what a message says.
type kind byte

const (
	kindCall    kind = iota + 1 // from the client: head a request, the whole body
	kindAnswer                  // from the platform: head in the first part, a part of the body
	kindRekey                   // from the platform: body a public key
	kindRekeyed                 // from the client: body an encapsulation to it; the last under the old key
	kindClose                   // from either: head why
)

// Flags of an answer's part.
const (
	last   = 1 // the last one
	broken = 2 // and the body is not complete
)

// message is what a frame holds: kind, call, flags, length of head, head, body.
type message struct {
	kind  kind
	call  uint32 // the client's number of a call
	flags byte
	head  []byte // JSON
	body  []byte
}

const messageSize = 1 + 4 + 1 + 4

func (m *message) encode() []byte {
	b := make([]byte, 0, messageSize+len(m.head)+len(m.body))
	b = append(b, byte(m.kind))
	b = binary.BigEndian.AppendUint32(b, m.call)
	b = append(b, m.flags)
	b = binary.BigEndian.AppendUint32(b, uint32(len(m.head)))
	return append(append(b, m.head...), m.body...)
}

// decode reads what encode wrote. The message shares b's memory.
func decode(b []byte) (message, error) {
	if len(b) < messageSize {
		return message{}, ended(Malformed)
	}
	m := message{kind: kind(b[0]), call: binary.BigEndian.Uint32(b[1:]), flags: b[5]}
	n := binary.BigEndian.Uint32(b[6:])
	b = b[messageSize:]
	if m.kind < kindCall || m.kind > kindClose || m.flags&^(last|broken) != 0 || uint64(n) > uint64(len(b)) {
		return message{}, ended(Malformed)
	}
	m.head, m.body = b[:n], b[n:]
	return m, nil
}

// Call is a request as it goes over the channel.
type Call struct {
	Method string      `json:"method"`
	Path   string      `json:"path"` // segments percent-encoded
	Query  string      `json:"query,omitempty"`
	Header [][2]string `json:"header,omitempty"`
	Body   []byte      `json:"-"`
}

// Answer is what a call is answered with.
type Answer struct {
	Status int         `json:"status"`
	Header [][2]string `json:"header"`
	Body   []byte      `json:"-"`

	broken bool
}

type closing struct {
	Reason Reason `json:"reason"`
}

// spell is JSON of a value made here.
func spell(v any) []byte {
	b, err := json.Marshal(v)
	if err != nil {
		panic(err) // of texts and numbers
	}
	return b
}
