package op

import (
	"bytes"
	"errors"
	"io"
	"iter"
	"net/netip"
)

// Request is the gateway's own view of one request, whatever transport carried
// it. It is valid until the answer is written.
type Request struct {
	Method string
	Path   string // as sent: segments still percent-encoded
	Query  string // raw, without the question mark
	Host   string
	Secure bool // came over TLS
	IP     netip.Addr
	Head   Head
	Body   io.Reader // nil when there is none
	Length int64     // declared length of Body, -1 if unknown

	body   []byte
	loaded bool

	// Delegate is the program that makes the call for the person; see Caller.
	Delegate *Delegate
}

// Reader returns the whole body to be read once, also where a part of the call's
// life has read it already. It is nil when there is none.
func (r *Request) Reader() io.Reader {
	if r.loaded {
		return bytes.NewReader(r.body)
	}
	return r.Body
}

// Head reads request headers; names are matched without case.
type Head interface {
	// Get returns the first value, "" if there is none.
	Get(name string) string
	// Values returns every value: more than one when a header was sent twice.
	Values(name string) []string
}

// Lines is a Head that also lists every header line in the order it was sent,
// as a call that is carried on to another system needs.
type Lines interface {
	Head
	All() iter.Seq2[string, string]
}

// Answer is what goes back: Body, or what Stream writes.
type Answer struct {
	Status int
	Type   string // Content-Type
	Header [][2]string
	Body   []byte
	Stream Stream
	Length int64 // of what Stream writes; -1 if unknown

	// Shown is, of a call that was forwarded, the fields of grade R2 that the
	// answer may show to the caller as they are, by name; "$" is all of it.
	Shown []string
}

// Discard lets go of an answer that nobody will get.
func (a *Answer) Discard() {
	if a.Stream != nil {
		_, _ = a.Stream(nobody{}) // that nobody reads it is what is meant
	}
}

// nobody is a client that takes nothing.
type nobody struct{}

func (nobody) Write([]byte) (int, error)           { return 0, io.ErrClosedPipe }
func (nobody) Flush() error                        { return io.ErrClosedPipe }
func (nobody) Hijack() (io.ReadWriteCloser, error) { return nil, io.ErrClosedPipe }

// Stream writes a body as it comes. Whoever is given an answer calls its Stream
// exactly once, also when nobody is left to read: with a Sink whose Write fails.
// An error means that the body is not complete; the connection is then broken
// off, so that the caller can tell.
type Stream func(Sink) (Passed, error)

// Sink takes a body that is streamed.
type Sink interface {
	io.Writer
	// Flush sends what was written so far.
	Flush() error
	// Hijack hands over the connection after a switch of protocols (status 101):
	// the head is sent, and what the client sent already is read first. It fails
	// where the transport has no connection of its own to give.
	Hijack() (io.ReadWriteCloser, error)
}

// Passed is what went by while a body was streamed.
type Passed struct {
	In, Out int64 // bytes of the bodies
	Masked  []Suppressed
}

// ErrBodyTooLarge is what a Body may return when its transport has a limit of
// its own that the caller passed.
var ErrBodyTooLarge = errors.New("op: body over the limit")

// load reads the body, at most limit bytes of it.
func (r *Request) load(limit int64) ([]byte, error) {
	if r.Body == nil {
		return nil, nil
	}
	if r.loaded && int64(len(r.body)) <= limit {
		return r.body, nil
	}
	if r.loaded || r.Length > limit {
		return nil, tooLarge(limit, max(r.Length, int64(len(r.body))))
	}
	b, err := readAll(r.Body, limit+1, r.Length)
	if err != nil {
		if errors.Is(err, ErrBodyTooLarge) {
			return nil, tooLarge(limit, -1)
		}
		return nil, unreadable(err)
	}
	if int64(len(b)) > limit {
		return nil, tooLarge(limit, -1)
	}
	r.body, r.loaded = b, true
	return b, nil
}

// readAll reads at most most bytes. length is how many were announced; a body of
// that length costs one allocation.
func readAll(from io.Reader, most, length int64) ([]byte, error) {
	limited := io.LimitReader(from, most)
	if length < 0 || length > 64<<10 { // what is only announced is not worth room
		return io.ReadAll(limited)
	}
	b := make([]byte, length+1) // one more: the end is seen without another read
	n, err := io.ReadFull(limited, b)
	switch {
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return b[:n], nil
	case err != nil:
		return b[:n], err
	}
	rest, err := io.ReadAll(limited)
	return append(b, rest...), err
}

// Parts returns all that a call says beside its path, before its operation has
// read it: the parameters of the query, and a body of at most limit bytes,
// which is either a form's parameters or raw. It tells the two apart as Decode
// does for the v1 dialect, so what is signed is what is obeyed.
func (r *Request) Parts(limit int64) (query, form [][2]string, raw []byte, err error) {
	if query, err = parseText(r.Query); err != nil {
		return nil, nil, nil, err
	}
	if raw, err = r.load(limit); err != nil || len(bytes.TrimSpace(raw)) == 0 {
		return query, nil, raw, err
	}
	if isForm(r.Head.Get("Content-Type"), raw) {
		form, err = parseText(string(raw))
	}
	return query, form, raw, err
}

// Content is the body as it was sent, at most limit bytes of it.
func (r *Request) Content(limit int64) ([]byte, error) { return r.load(limit) }

// Bytes is how many bytes of the body were read.
func (r *Request) Bytes() int { return len(r.body) }
