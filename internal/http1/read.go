package http1

import (
	"bytes"
	"errors"
	"io"
)

// Reader reads messages from a connection, one after the other.
type Reader struct {
	src  io.Reader
	buf  []byte
	r, w int // what was read and not yet taken is buf[r:w]
}

// NewReader reads from src. It keeps buf, and grows it for a long head.
func NewReader(src io.Reader, buf []byte) *Reader { return &Reader{src: src, buf: buf} }

// Buffered is what was read from the connection and not yet taken. It is valid
// until the next read.
func (r *Reader) Buffered() []byte { return r.buf[r.r:r.w] }

// Push puts back a byte that was read from the connection by another way. Nothing
// else may have been read.
func (r *Reader) Push(c byte) {
	r.r, r.w = 0, 1
	r.buf[0] = c
}

// fill reads more, at least one byte.
func (r *Reader) fill() error {
	if r.r == r.w {
		r.r, r.w = 0, 0
	}
	if r.w == len(r.buf) {
		if r.r > 0 {
			r.w = copy(r.buf, r.buf[r.r:r.w])
			r.r = 0
		} else {
			r.buf = append(r.buf, make([]byte, max(len(r.buf), 512))...)
		}
	}
	for range 100 {
		n, err := r.src.Read(r.buf[r.w:])
		if n > 0 {
			r.w += n
			return nil
		}
		if err != nil {
			return err
		}
	}
	return io.ErrNoProgress
}

// Wait reads until there is at least one byte. It returns io.EOF where the
// connection ended between two messages.
func (r *Reader) Wait() error {
	if r.r < r.w {
		return nil
	}
	return r.fill()
}

// Head takes the head of the next message, with its blank line. It returns
// io.ErrUnexpectedEOF where the connection ends within it.
func (r *Reader) Head() (string, error) {
	seen := 0 // bytes from r.r on that are whole lines
	for {
		for {
			i := bytes.IndexByte(r.buf[r.r+seen:r.w], '\n')
			if i < 0 {
				break
			}
			if i == 0 || r.buf[r.r+seen+i-1] != '\r' {
				return "", bad("a line does not end with CRLF")
			}
			seen += i + 1
			if i > 1 {
				continue
			}
			switch {
			case seen == 2:
				return "", bad("the first line is blank")
			case seen > MaxHead:
				return "", tooLarge()
			}
			head := string(r.buf[r.r : r.r+seen])
			r.r += seen
			return head, nil
		}
		if r.w-r.r > MaxHead {
			return "", tooLarge()
		}
		if err := r.fill(); err != nil {
			return "", early(err)
		}
	}
}

func tooLarge() error { return &Malformed{431, "the head is too large"} }

// early turns an end that came too early into io.ErrUnexpectedEOF.
func early(err error) error {
	if errors.Is(err, io.EOF) {
		return io.ErrUnexpectedEOF
	}
	return err
}

// line takes one line of at most limit bytes, without its CRLF. It is valid
// until the next read.
func (r *Reader) line(limit int) ([]byte, error) {
	for {
		b := r.buf[r.r:r.w]
		if i := bytes.IndexByte(b, '\n'); i >= 0 {
			if i == 0 || b[i-1] != '\r' || i > limit+1 {
				return nil, bad("a line of a chunked body does not end with CRLF, or is too long")
			}
			r.r += i + 1
			return b[:i-1], nil
		}
		if len(b) > limit+1 {
			return nil, bad("a line of a chunked body is too long")
		}
		if err := r.fill(); err != nil {
			return nil, early(err)
		}
	}
}

// read takes bytes as they are there; where none are, large reads go past the buffer.
func (r *Reader) read(p []byte) (int, error) {
	if r.r < r.w {
		n := copy(p, r.buf[r.r:r.w])
		r.r += n
		return n, nil
	}
	if len(p) >= len(r.buf) {
		return r.src.Read(p)
	}
	if err := r.fill(); err != nil {
		return 0, err
	}
	n := copy(p, r.buf[r.r:r.w])
	r.r += n
	return n, nil
}

// Body reads one body. The zero Body is over.
type Body struct {
	r       *Reader
	left    int64 // of the body, or of the chunk
	kind    kind
	started bool  // chunked: a chunk came before
	err     error // what every further read returns
}

type kind int

const (
	none kind = iota
	counted
	chunked
	untilEnd
)

// RequestBody is the body of the request with head h.
func (r *Reader) RequestBody(h *Head) Body {
	switch {
	case h.Chunked:
		return Body{r: r, kind: chunked}
	case h.Length > 0:
		return Body{r: r, kind: counted, left: h.Length}
	}
	return Body{err: io.EOF}
}

// AnswerBody is the body of the answer with head h to a request with method.
func (r *Reader) AnswerBody(h *Head, method string) Body {
	switch {
	case method == "HEAD" || h.Status < 200 || h.Status == 204 || h.Status == 304:
		return Body{err: io.EOF}
	case h.Chunked:
		return Body{r: r, kind: chunked}
	case h.Length > 0:
		return Body{r: r, kind: counted, left: h.Length}
	case h.Length == 0:
		return Body{err: io.EOF}
	}
	return Body{r: r, kind: untilEnd}
}

// Done reports that the whole body was read, so that the connection stands at
// the next message.
func (b *Body) Done() bool { return b.kind != untilEnd && (b.r == nil || errors.Is(b.err, io.EOF)) }

// Size is how much of the body is to be read yet, where its length was declared;
// 0 where there is none, -1 where it is not known.
func (b *Body) Size() int64 {
	switch b.kind {
	case none:
		return 0
	case counted:
		return b.left
	case chunked, untilEnd:
	}
	return -1
}

// Read implements io.Reader. A body that ends before its declared end gives
// io.ErrUnexpectedEOF.
func (b *Body) Read(p []byte) (n int, err error) {
	if b.r == nil {
		return 0, io.EOF
	}
	if b.err != nil {
		return 0, b.err
	}
	if len(p) == 0 {
		return 0, nil
	}
	switch b.kind {
	case untilEnd:
		n, err = b.r.read(p)
	case chunked:
		n, err = b.chunk(p)
	default:
		n, err = b.part(p)
		if err == nil && b.left == 0 {
			err = io.EOF
		}
	}
	b.err = err
	return n, err
}

// part reads from the body, or from the chunk, what p has room for.
func (b *Body) part(p []byte) (int, error) {
	n, err := b.r.read(p[:min(int64(len(p)), b.left)])
	b.left -= int64(n)
	if n > 0 {
		return n, nil
	}
	return n, early(err)
}

// chunk reads from a chunk; at its end it reads on to the next.
func (b *Body) chunk(p []byte) (int, error) {
	if b.left == 0 {
		if err := b.next(); err != nil {
			return 0, err
		}
	}
	return b.part(p)
}

// maxTrailer bounds, in bytes, what may follow a chunked body.
const maxTrailer = 8 << 10

// next reads the line before a chunk. After the last one it reads the trailer,
// which nobody here needs, and returns io.EOF. Extensions of chunks are refused:
// nobody sends them but who tries how they are read.
func (b *Body) next() error {
	if b.started {
		if end, err := b.r.line(0); err != nil || len(end) > 0 {
			return errors.Join(err, bad("a chunk does not end where it said"))
		}
	}
	b.started = true
	line, err := b.r.line(16)
	if err != nil {
		return err
	}
	if b.left, err = hex(line); err != nil || b.left > 0 {
		return err
	}
	for total := 0; ; {
		line, err := b.r.line(maxTrailer)
		if err != nil {
			return err
		}
		if len(line) == 0 {
			return io.EOF
		}
		name, value, ok := bytes.Cut(line, []byte(":"))
		if total += len(line); !ok || !isToken(string(name)) || !isText(string(value)) || total > maxTrailer {
			return bad("the trailer of a chunked body is malformed or too long")
		}
	}
}

// hex reads the length of a chunk.
func hex(b []byte) (n int64, err error) {
	if len(b) == 0 || len(b) > 15 {
		return 0, bad("the length of a chunk is no number")
	}
	for _, c := range b {
		switch {
		case '0' <= c && c <= '9':
			c -= '0'
		case 'a' <= c && c <= 'f':
			c -= 'a' - 10
		case 'A' <= c && c <= 'F':
			c -= 'A' - 10
		default:
			return 0, bad("the length of a chunk is no number")
		}
		n = n<<4 | int64(c)
	}
	return n, nil
}
