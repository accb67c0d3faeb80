package jsonmask

import (
	"errors"
	"fmt"
	"io"
)

// Bounds of what passes.
const (
	maxHeld  = 64 << 10 // of a text or name that has to be seen whole, as written
	maxOut   = 32 << 10 // collected before it is written
	maxDepth = 256
	maxPart  = 12 // the longest that cannot be read in parts: two escapes for one character
)

// The ways in which a body is none. A *BodyError tells where.
var (
	ErrSyntax    = errors.New("not JSON")
	ErrEncoding  = errors.New("not UTF-8")
	ErrDepth     = errors.New("nested beyond 256 levels")
	ErrLongName  = errors.New("a member's name beyond 64 KiB")
	ErrTruncated = errors.New("ended early")
	ErrTrailing  = errors.New("goes on after its end")
)

// BodyError is one of the errors above and the place where it was found, in bytes
// from the begin of the body.
type BodyError struct {
	At  int64
	Err error
}

func (e *BodyError) Error() string { return fmt.Sprintf("jsonmask: byte %d: %v", e.At, e.Err) }

func (e *BodyError) Unwrap() error { return e.Err }

// Seen counts the values that were changed, by the number of their rule. A value
// of two rules counts for both, an object that is left out counts once.
type Seen struct{ counts [MaxRules]uint32 }

// Count returns how many values a rule changed.
func (s *Seen) Count(rule int) int { return int(s.counts[rule]) }

// Any reports whether anything was changed.
func (s *Seen) Any() bool { return *s != Seen{} }

// Writer masks one body that is written to it in pieces of any size, and writes
// what is left to another writer. At the end of each Write everything has been
// passed on that can be decided.
type Writer struct {
	plan *Plan
	pass

	// Memory, kept between bodies.
	stack []frame
	held  []byte
	out   []byte
	work  [3][]byte // for making texts
	part  [64]byte
	in    []byte // for Mask
}

// pass is what a writer knows of one body.
type pass struct {
	dst  io.Writer
	err  error // the first; nothing is written after it
	seen Seen

	state stage
	next  edge    // of the value that comes
	num   numeral // of the number that is read

	// What was read and not passed on is held, then buf[from:]. From hold on it may still be left out or be blurred.
	buf     []byte
	from    int
	holding bool
	hold    int
	name    int // where the name begins in what is held
	escaped bool
	blur    *action // of the text that is held
	drop    bool    // what is read is left out, up to the end of the value at this depth
	depth   int

	passed int64 // bytes before buf
	parts  int   // of part, that could not be read yet
}

// Mask writes to dst what the plan leaves of src. An error of src or dst is
// returned as it is; one of the body is a *BodyError. Seen is right up to there.
func (p *Plan) Mask(dst io.Writer, src io.Reader) (Seen, error) {
	w := p.Writer(dst)
	defer w.Release()
	if w.in == nil {
		w.in = make([]byte, maxOut)
	}
	for {
		n, err := src.Read(w.in)
		if n > 0 {
			if _, err := w.Write(w.in[:n]); err != nil {
				return w.seen, err
			}
		}
		if errors.Is(err, io.EOF) {
			return w.seen, w.Close()
		} else if err != nil {
			return w.seen, err
		}
	}
}

// Writer returns a writer for one body. Hand it back with Release.
func (p *Plan) Writer(dst io.Writer) *Writer {
	w, _ := p.writers.Get().(*Writer)
	w.begin(dst)
	return w
}

// begin makes the writer ready for one body.
func (w *Writer) begin(dst io.Writer) {
	w.pass = pass{dst: dst, next: w.plan.root}
	w.stack, w.held, w.out = w.stack[:0], w.held[:0], w.out[:0]
}

// Release makes the writer's memory available to another body. It may not be used
// any more.
func (w *Writer) Release() {
	w.dst, w.err = nil, nil
	w.plan.writers.Put(w)
}

// Seen returns what was changed so far.
func (w *Writer) Seen() Seen { return w.seen }

// Write takes the next piece of the body. The first error is the answer to every
// later call as well.
func (w *Writer) Write(p []byte) (int, error) {
	rest := p
	for w.parts > 0 && len(rest) > 0 && w.err == nil {
		before := w.parts
		window := w.part[:before+copy(w.part[before:], rest)]
		read := w.scan(window)
		if read >= before {
			rest, w.parts = rest[read-before:], 0
			continue
		}
		rest = rest[len(window)-before:]
		w.parts = copy(w.part[:], window[read:])
	}
	if len(rest) > 0 && w.err == nil {
		read := w.scan(rest)
		w.parts = copy(w.part[:], rest[read:])
	}
	w.flush()
	if w.err != nil {
		return 0, w.err
	}
	return len(p), nil
}

// Close ends the body. It is an error if it is not complete.
func (w *Writer) Close() error {
	if w.state == inNumber && w.num.whole() && len(w.stack) == 0 {
		w.state = done
	}
	if w.err == nil && (w.state != done || w.parts > 0) {
		w.err = &BodyError{w.passed, ErrTruncated}
	}
	return w.err
}

// emit passes b on.
func (w *Writer) emit(b []byte) {
	if len(w.out)+len(b) > maxOut {
		w.flush()
	}
	if len(b) > maxOut {
		w.write(b)
		return
	}
	w.out = append(w.out, b...)
}

func (w *Writer) flush() {
	if len(w.out) > 0 {
		w.write(w.out)
		w.out = w.out[:0]
	}
}

func (w *Writer) write(b []byte) {
	if w.err == nil {
		if _, err := w.dst.Write(b); err != nil {
			w.err = err
		}
	}
}
