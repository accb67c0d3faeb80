package jsonmask

import (
	"encoding/binary"
	"math/bits"
	"unicode/utf16"
	"unicode/utf8"
)

// How far a text could be read.
type reached uint8

const (
	closing  reached = iota // its closing quote, and past it
	short                   // the end of what is there; what is left is part of a character or an escape
	badText                 // what no text of JSON has
	badRunes                // what is not UTF-8
)

const (
	ones  = 0x0101010101010101
	highs = 0x8080808080808080
)

// text reads the inside of a text from buf[i:] up to and with its closing quote.
// It returns where it came to and whether there was an escape.
func text(buf []byte, i int) (end int, escaped bool, how reached) {
	for {
		// Eight bytes at a time, as long as none is special: the lowest marked bit is that of the first that is.
		for i+8 <= len(buf) {
			x := binary.LittleEndian.Uint64(buf[i:])
			quote, slash := x^ones*'"', x^ones*'\\'
			special := ((quote-ones)&^quote | (slash-ones)&^slash | (x-ones*0x20)&^x | x) & highs
			if special != 0 {
				i += bits.TrailingZeros64(special) >> 3
				break
			}
			i += 8
		}
		if i == len(buf) {
			return i, escaped, short
		}
		switch c := buf[i]; {
		case c == '"':
			return i + 1, escaped, closing
		case c == '\\':
			escaped = true
			_, size := escape(buf[i:])
			if size == 0 {
				return i, escaped, short
			} else if size < 0 {
				return i, escaped, badText
			}
			i += size
		case c < 0x20:
			return i, escaped, badText
		case c < utf8.RuneSelf:
			i++
		default:
			var ok bool
			if i, ok = runes(buf, i); !ok {
				if utf8.FullRune(buf[i:]) {
					return i, escaped, badRunes
				}
				return i, escaped, short
			}
		}
	}
}

// runes passes the characters beyond ASCII at buf[i:]; not ok, one that is not
// whole stands where it came to.
func runes(buf []byte, i int) (end int, ok bool) {
	for i < len(buf) && buf[i] >= utf8.RuneSelf {
		// Most Chinese characters: three bytes that can only be right.
		if c := buf[i]; c > 0xe0 && c < 0xf0 && c != 0xed && i+2 < len(buf) && buf[i+1]&0xc0 == 0x80 && buf[i+2]&0xc0 == 0x80 {
			i += 3
			continue
		}
		r, size := utf8.DecodeRune(buf[i:])
		if r == utf8.RuneError && size <= 1 {
			return i, false
		}
		i += size
	}
	return i, true
}

// escape reads the escape at the begin of b, two of them for a character beyond
// the basic plane. Its size is 0 if b ends within it and negative if it is none:
// half a pair is none.
func escape(b []byte) (r rune, size int) {
	if len(b) < 2 {
		return 0, 0
	}
	switch b[1] {
	case '"', '\\', '/':
		return rune(b[1]), 2
	case 'b':
		return '\b', 2
	case 'f':
		return '\f', 2
	case 'n':
		return '\n', 2
	case 'r':
		return '\r', 2
	case 't':
		return '\t', 2
	case 'u':
		r, size = hex4(b)
		if size <= 0 || !utf16.IsSurrogate(r) {
			return r, size
		}
		low, size := hex4(b[6:])
		if size <= 0 {
			return 0, size
		}
		if r = utf16.DecodeRune(r, low); r == utf8.RuneError {
			return 0, -1
		}
		return r, 12
	}
	return 0, -1
}

// hex4 reads \uXXXX; its size is as that of escape.
func hex4(b []byte) (r rune, size int) {
	for i := range 6 {
		if i == len(b) {
			return 0, 0
		}
		switch c := b[i]; {
		case i == 0 && c == '\\', i == 1 && c == 'u':
		case i < 2:
			return 0, -1
		case '0' <= c && c <= '9':
			r = r<<4 | rune(c-'0')
		case 'a' <= c|0x20 && c|0x20 <= 'f':
			r = r<<4 | rune(c|0x20-'a'+10)
		default:
			return 0, -1
		}
	}
	return r, 6
}

// unescape appends to dst what the inside of a text means, which was read before.
func unescape(dst, raw []byte) []byte {
	for i := 0; i < len(raw); {
		if raw[i] != '\\' {
			dst = append(dst, raw[i])
			i++
			continue
		}
		r, size := escape(raw[i:])
		dst = utf8.AppendRune(dst, r)
		i += size
	}
	return dst
}

// quote appends s as a text of JSON to dst.
func quote(dst, s []byte) []byte {
	const hex = "0123456789abcdef"
	dst = append(dst, '"')
	from := 0
	for i, c := range s {
		if c >= 0x20 && c != '"' && c != '\\' {
			continue
		}
		dst = append(dst, s[from:i]...)
		from = i + 1
		if c < 0x20 {
			dst = append(dst, '\\', 'u', '0', '0', hex[c>>4], hex[c&15])
		} else {
			dst = append(dst, '\\', c)
		}
	}
	dst = append(dst, s[from:]...)
	return append(dst, '"')
}
