package http1

import (
	"fmt"
	"io"
	"strconv"
)

// AppendLine adds a header line to a head that is being made.
func AppendLine(b []byte, name, value string) []byte {
	b = append(b, name...)
	b = append(b, ": "...)
	b = append(b, value...)
	return append(b, "\r\n"...)
}

// AppendNumber adds a header line whose value is a number.
func AppendNumber(b []byte, name string, value int64) []byte {
	b = append(b, name...)
	b = append(b, ": "...)
	b = strconv.AppendInt(b, value, 10)
	return append(b, "\r\n"...)
}

// Sendable reports that a line can be sent: its name is a token and its value
// holds no control character, above all no end of a line.
func Sendable(name, value string) bool { return isToken(name) && isText(value) }

// room is what stands before a chunk: its length in at most six digits, CRLF.
const room = 8

// Writer writes a body in blocks: as it is, or chunked.
type Writer struct {
	dst     io.Writer
	buf     []byte // room, then what waits
	chunked bool
	Count   int64 // bytes of the body that were taken
}

// NewWriter writes to dst through buf, of which up to its capacity is used; it
// has to be more than 512 and less than 16 MiB. What buf holds already is sent
// before anything else.
func NewWriter(dst io.Writer, buf []byte, chunked bool) (*Writer, error) {
	w := &Writer{dst: dst, buf: buf, chunked: chunked}
	if chunked || cap(buf)-len(buf) < 512 {
		if _, err := dst.Write(buf); err != nil {
			return nil, fmt.Errorf("http1: write the head: %w", err)
		}
		w.buf = w.empty()
	}
	return w, nil
}

func (w *Writer) empty() []byte {
	if w.chunked {
		return w.buf[:room]
	}
	return w.buf[:0]
}

// Write implements io.Writer.
func (w *Writer) Write(p []byte) (n int, err error) {
	for len(p) > 0 {
		space := cap(w.buf) - len(w.buf) - 2 // CRLF after a chunk
		if space <= 0 {
			if err := w.Flush(); err != nil {
				return n, err
			}
			continue
		}
		k := min(space, len(p))
		w.buf = append(w.buf, p[:k]...)
		p, n = p[k:], n+k
		w.Count += int64(k)
	}
	return n, nil
}

// Flush sends what waits.
func (w *Writer) Flush() error {
	b := w.buf
	w.buf = w.empty()
	if len(b) == len(w.buf) {
		return nil
	}
	if w.chunked {
		var digits [room]byte
		d := append(strconv.AppendInt(digits[:0], int64(len(b)-room), 16), "\r\n"...)
		copy(b[room-len(d):], d)
		b = append(b[room-len(d):], "\r\n"...)
	}
	if _, err := w.dst.Write(b); err != nil {
		return fmt.Errorf("http1: write: %w", err)
	}
	return nil
}

// Close sends what waits and, of a chunked body, its end.
func (w *Writer) Close() error {
	if err := w.Flush(); err != nil || !w.chunked {
		return err
	}
	if _, err := io.WriteString(w.dst, "0\r\n\r\n"); err != nil {
		return fmt.Errorf("http1: write the end: %w", err)
	}
	return nil
}
