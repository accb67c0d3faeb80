package jsonmask

import (
	"fmt"
	"strings"
	"unicode/utf8"
)

// Bounds of a path.
const (
	maxPath     = 512 // bytes
	maxSegments = 32
)

// PathError tells where a path is not one.
type PathError struct {
	Path     string
	At       int // bytes from its begin
	Expected string
	Found    string // the rest from there, shortened; empty at its end
}

func (e *PathError) Error() string {
	found := "its end"
	if e.Found != "" {
		found = "“" + e.Found + "”"
	}
	return fmt.Sprintf("jsonmask: path %s, byte %d: expected %s, found %s", e.Path, e.At, e.Expected, found)
}

// kind of a segment: what it selects of an object or a list.
type kind uint8

const (
	named   kind = iota // one member
	indexed             // one element
	every               // all of them
)

// segment is one step of a path.
type segment struct {
	kind  kind
	name  string
	index int
	deep  bool // from every depth below, not from here alone
}

// takes reports whether the segment selects a member of that name.
func (s segment) takesName(name string) bool {
	return s.kind == every || s.kind == named && s.name == name
}

func (s segment) takesIndex(index int) bool {
	return s.kind == every || s.kind == indexed && s.index == index
}

// pathParser reads a path from left to right.
type pathParser struct {
	path string
	at   int
}

func parsePath(path string) ([]segment, error) {
	p := &pathParser{path: path}
	if len(path) > maxPath {
		p.at = maxPath
		return nil, p.expected(fmt.Sprintf("the end, as a path has at most %d bytes", maxPath))
	}
	if !p.skip("$") {
		return nil, p.expected("$, the body")
	}
	var segments []segment
	for p.at < len(path) {
		if len(segments) == maxSegments {
			return nil, p.expected(fmt.Sprintf("the end, as a path has at most %d steps", maxSegments))
		}
		s, err := p.segment()
		if err != nil {
			return nil, err
		}
		segments = append(segments, s)
	}
	return segments, nil
}

// Name is the last member that path names, mobile of $.list[*].mobile[0]; "$" where
// it names none or is no path.
func Name(path string) string {
	segments, err := parsePath(path)
	for i := len(segments) - 1; i >= 0 && err == nil; i-- {
		if segments[i].kind == named {
			return segments[i].name
		}
	}
	return "$"
}

func (p *pathParser) segment() (segment, error) {
	deep := p.skip("..")
	var s segment
	var err error
	switch {
	case p.skip("["):
		s, err = p.bracket()
	case deep || p.skip("."):
		s, err = p.dotted()
	default:
		err = p.expected("., .. or [")
	}
	s.deep = deep
	return s, err
}

// dotted reads what stands after a dot: a star or a plain name.
func (p *pathParser) dotted() (segment, error) {
	if p.skip("*") {
		return segment{kind: every}, nil
	}
	start := p.at
	for p.at < len(p.path) {
		r, size := utf8.DecodeRuneInString(p.path[p.at:])
		if r == utf8.RuneError && size == 1 || !plain(r, p.at == start) {
			break
		}
		p.at += size
	}
	if p.at == start {
		return segment{}, p.expected("a name of letters, digits and _, or *; any other name is written ['name']")
	}
	return segment{kind: named, name: p.path[start:p.at]}, nil
}

// plain reports whether r may stand in a name without quotes.
func plain(r rune, first bool) bool {
	return r == '_' || 'a' <= r && r <= 'z' || 'A' <= r && r <= 'Z' || r >= utf8.RuneSelf || !first && '0' <= r && r <= '9'
}

// bracket reads what stands in brackets, and the closing one.
func (p *pathParser) bracket() (s segment, err error) {
	switch c := p.peek(); {
	case p.skip("*"):
		s.kind = every
	case c == '\'' || c == '"':
		s.kind = named
		s.name, err = p.quoted(c)
	case '0' <= c && c <= '9':
		s.kind = indexed
		s.index, err = p.number()
	default:
		err = p.expected("*, a number from 0, or a name in quotes")
	}
	if err == nil && !p.skip("]") {
		err = p.expected("]")
	}
	return s, err
}

func (p *pathParser) number() (n int, err error) {
	start := p.at
	for c := p.peek(); '0' <= c && c <= '9'; c = p.peek() {
		if n = n*10 + int(c-'0'); n > 1_000_000_000 {
			p.at = start
			return 0, p.expected("a number up to 1000000000")
		}
		p.at++
	}
	if p.path[start] == '0' && p.at > start+1 {
		p.at = start
		return 0, p.expected("a number without leading zeros")
	}
	return n, nil
}

// quoted reads a name up to its closing quote, with the escapes of JSON.
func (p *pathParser) quoted(quote byte) (string, error) {
	p.at++
	var raw []byte
	for start := p.at; p.at < len(p.path); {
		switch c := p.path[p.at]; {
		case c == quote:
			if !utf8.Valid(raw) {
				p.at = start
				return "", p.expected("a name in UTF-8")
			}
			p.at++
			return string(raw), nil
		case c == '\\' && p.at+1 < len(p.path) && p.path[p.at+1] == '\'':
			raw = append(raw, '\'')
			p.at += 2
		case c == '\\':
			r, size := escape([]byte(p.path[p.at:]))
			if size <= 0 {
				return "", p.expected("an escape of JSON")
			}
			raw = utf8.AppendRune(raw, r)
			p.at += size
		case c < 0x20:
			return "", p.expected("no control character")
		default:
			raw = append(raw, c)
			p.at++
		}
	}
	return "", p.expected("the closing " + string(quote))
}

// peek returns the next byte, or 0 at the end.
func (p *pathParser) peek() byte {
	if p.at == len(p.path) {
		return 0
	}
	return p.path[p.at]
}

func (p *pathParser) skip(prefix string) bool {
	if !strings.HasPrefix(p.path[p.at:], prefix) {
		return false
	}
	p.at += len(prefix)
	return true
}

func (p *pathParser) expected(what string) error {
	found := strings.ToValidUTF8(p.path[p.at:], "�")
	if len(found) > 20 {
		end := 20
		for !utf8.RuneStart(found[end]) {
			end--
		}
		found = found[:end] + "…"
	}
	return &PathError{Path: p.path, At: p.at, Expected: what, Found: found}
}
