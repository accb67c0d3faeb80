package http1

import (
	"fmt"
	"iter"
	"strings"
)

// Bounds on a message's head.
const (
	MaxHead  = 64 << 10 // bytes
	MaxLines = 256
)

// Malformed says why a message was refused.
type Malformed struct {
	Status int // what a client is answered: 400, 431, 501 or 505
	What   string
}

func (m *Malformed) Error() string { return "http1: " + m.What }

func bad(what string) error { return &Malformed{400, what} }

// Line is one header line. Its value has no blanks around it.
type Line struct{ Name, Value string }

// Head is the head of a request or of an answer.
type Head struct {
	Method, Target string // of a request
	Status         int    // of an answer
	Minor          int    // of the version HTTP/1.Minor
	Lines          []Line

	Host    string // of a request
	Length  int64  // Content-Length; -1 if there is none
	Chunked bool
	Close   bool // the connection is not kept: said so, or HTTP/1.0 without keep-alive
	Upgrade bool // the connection may be switched to another protocol
	Expect  bool // the sender waits for 100 before it sends the body

	keep bool
}

// Get returns the first value of name, "" if there is none.
func (h *Head) Get(name string) string {
	for i := range h.Lines {
		if fold(h.Lines[i].Name, name) {
			return h.Lines[i].Value
		}
	}
	return ""
}

// Values returns every value of name.
func (h *Head) Values(name string) []string {
	var vs []string
	for i := range h.Lines {
		if fold(h.Lines[i].Name, name) {
			vs = append(vs, h.Lines[i].Value)
		}
	}
	return vs
}

// All yields every line in the order it was sent.
func (h *Head) All() iter.Seq2[string, string] {
	return func(yield func(string, string) bool) {
		for i := range h.Lines {
			if !yield(h.Lines[i].Name, h.Lines[i].Value) {
				return
			}
		}
	}
}

// fold compares ASCII names; most differ in length already.
func fold(a, b string) bool { return len(a) == len(b) && strings.EqualFold(a, b) }

// Request reads the head of a request. Text is all of it with the blank line;
// every line ends with CRLF. What h held is replaced; its strings share memory
// with text.
func (h *Head) Request(text string) error {
	line, rest := cut(text)
	*h = Head{Lines: h.Lines[:0], Length: -1}
	var version string
	var ok1, ok2 bool
	h.Method, line, ok1 = strings.Cut(line, " ")
	h.Target, version, ok2 = strings.Cut(line, " ")
	if !ok1 || !ok2 || !isToken(h.Method) || h.Target == "" {
		return bad("the first line is not METHOD TARGET VERSION")
	}
	if !isText(h.Target) || strings.IndexByte(h.Target, '\t') >= 0 {
		return bad("the target holds a control character")
	}
	if err := h.version(version); err != nil {
		return err
	}
	hosts, err := h.lines(rest)
	if err != nil {
		return err
	}
	switch {
	case hosts > 1 || hosts == 0 && h.Minor == 1:
		return bad("one Host is needed")
	case !isHost(h.Host):
		return bad("Host is no host")
	case h.Chunked && h.Minor == 0:
		return bad("Transfer-Encoding in HTTP/1.0")
	}
	h.Close = h.Close || h.Minor == 0 && !h.keep
	return nil
}

// Answer reads the head of an answer, as Request does.
func (h *Head) Answer(text string) error {
	line, rest := cut(text)
	*h = Head{Lines: h.Lines[:0], Length: -1}
	if len(line) < 12 || line[8] != ' ' || len(line) > 12 && line[12] != ' ' || !isText(line) {
		return bad("the first line is not VERSION STATUS REASON")
	}
	if err := h.version(line[:8]); err != nil {
		return err
	}
	for _, c := range []byte(line[9:12]) {
		if c < '0' || c > '9' {
			return bad("the status is no number")
		}
		h.Status = h.Status*10 + int(c-'0')
	}
	if h.Status < 100 || h.Status > 599 {
		return bad("there is no such status")
	}
	if _, err := h.lines(rest); err != nil {
		return err
	}
	if (h.Status < 200 || h.Status == 204) && h.Chunked || h.Chunked && h.Minor == 0 {
		return bad("Transfer-Encoding where none may be")
	}
	h.Close = h.Close || h.Minor == 0 && !h.keep
	return nil
}

func cut(text string) (line, rest string) {
	line, rest, _ = strings.Cut(text, "\r\n")
	return line, rest
}

func (h *Head) version(v string) error {
	switch v {
	case "HTTP/1.1":
		h.Minor = 1
	case "HTTP/1.0":
	default:
		return &Malformed{505, "the version is neither HTTP/1.1 nor HTTP/1.0"}
	}
	return nil
}

// lines reads header lines up to the blank one and returns how many are Host.
func (h *Head) lines(text string) (hosts int, err error) {
	for {
		var line string
		line, text = cut(text)
		if line == "" {
			return hosts, nil
		}
		if len(h.Lines) == MaxLines {
			return 0, &Malformed{431, fmt.Sprintf("more than %d header lines", MaxLines)}
		}
		name, value, ok := strings.Cut(line, ":")
		if !ok || !isToken(name) {
			return 0, bad("a header line is not NAME: VALUE") // also one that continues the line before
		}
		value = strings.Trim(value, " \t")
		if !isText(value) {
			return 0, bad("a header holds a control character")
		}
		h.Lines = append(h.Lines, Line{name, value})
		if err := h.framing(name, value); err != nil {
			return 0, err
		}
		if fold(name, "host") {
			h.Host = value
			hosts++
		}
	}
}

// framing takes note of what a line says about the message itself.
func (h *Head) framing(name, value string) error {
	switch {
	case fold(name, "content-length"):
		return h.length(value)
	case fold(name, "transfer-encoding"):
		if h.Length >= 0 || h.Chunked {
			return bad("the end of the body is told twice")
		}
		if !fold(value, "chunked") {
			return &Malformed{501, "a Transfer-Encoding other than chunked"}
		}
		h.Chunked = true
	case fold(name, "connection"):
		for word := range strings.SplitSeq(value, ",") {
			word = strings.Trim(word, " \t")
			h.Close = h.Close || fold(word, "close")
			h.keep = h.keep || fold(word, "keep-alive")
			h.Upgrade = h.Upgrade || fold(word, "upgrade")
		}
	case fold(name, "expect"):
		h.Expect = h.Expect || fold(value, "100-continue")
	}
	return nil
}

// length reads a Content-Length. A second one is refused also where it says the
// same: whoever is next may see a list.
func (h *Head) length(value string) error {
	if h.Length >= 0 || h.Chunked {
		return bad("the end of the body is told twice")
	}
	if value == "" || len(value) > 18 {
		return bad("Content-Length is no number")
	}
	var n int64
	for i := range len(value) {
		c := value[i]
		if c < '0' || c > '9' {
			return bad("Content-Length is no number")
		}
		n = n*10 + int64(c-'0')
	}
	h.Length = n
	return nil
}

// The characters of a token (RFC 9110 §5.6.2), as bits.
const (
	tokenLow  = 1<<'!' | 1<<'#' | 1<<'$' | 1<<'%' | 1<<'&' | 1<<'\'' | 1<<'*' | 1<<'+' | 1<<'-' | 1<<'.' | 0x3ff<<'0'
	tokenHigh = 0x3ffffff<<('A'-64) | 0x3ffffff<<('a'-64) | 1<<('^'-64) | 1<<('_'-64) | 1<<('`'-64) | 1<<('|'-64) | 1<<('~'-64)
)

func isToken(s string) bool {
	for i := range len(s) {
		switch c := s[i]; {
		case c < 64:
			if uint64(tokenLow)>>c&1 == 0 {
				return false
			}
		case c < 128:
			if uint64(tokenHigh)>>(c-64)&1 == 0 {
				return false
			}
		default:
			return false
		}
	}
	return s != ""
}

// isText reports that s holds no control character but tabs.
func isText(s string) bool {
	for i := range len(s) {
		if c := s[i]; c < ' ' && c != '\t' || c == 0x7f {
			return false
		}
	}
	return true
}

// isHost reports that s has nothing but what names, addresses and ports have.
func isHost(s string) bool {
	for i := range len(s) {
		switch c := s[i]; {
		case 'a' <= c && c <= 'z', 'A' <= c && c <= 'Z', '0' <= c && c <= '9':
		case c == '.', c == '-', c == '_', c == ':', c == '[', c == ']':
		default:
			return false
		}
	}
	return true
}
