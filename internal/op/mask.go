package op

import (
	"bytes"
	"unicode/utf8"
)

// Mask is how a sensitive string is made unrecognisable.
type Mask string

// The masks.
const (
	MaskPhone  Mask = "phone"  // 138****1234
	MaskEmail  Mask = "email"  // l***@example.com
	MaskName   Mask = "name"   // 李**
	MaskIDCard Mask = "idcard" // 3****************4
	MaskHide   Mask = "hide"   // left out

	MaskBankCard Mask = "bankcard" // ****1234
)

func (m Mask) known() bool {
	switch m {
	case MaskPhone, MaskEmail, MaskName, MaskIDCard, MaskBankCard, MaskHide:
		return true
	case MaskPattern: // a Blur's: nothing can declare an expression
	}
	return false
}

// Apply masks s. An empty string stays empty: that there is nothing to hide is
// not hidden.
func (m Mask) Apply(s string) string {
	var room [64]byte
	return string(m.Append(room[:0], []byte(s)))
}

// Append appends what Apply makes of s, which is UTF-8, to dst. It allocates no
// more than dst needs to grow.
func (m Mask) Append(dst, s []byte) []byte {
	if len(s) == 0 {
		return dst
	}
	switch m {
	case MaskPhone:
		if utf8.RuneCount(s) < 8 {
			return append(dst, "****"...)
		}
		dst = append(dst, firstRunes(s, 3)...)
		return append(append(dst, "****"...), lastRunes(s, 4)...)
	case MaskEmail:
		name, host, found := bytes.Cut(s, []byte("@"))
		if !found || len(name) == 0 { // no address: the host would be all of it
			return append(dst, "***"...)
		}
		dst = append(append(dst, firstRunes(name, 1)...), "***@"...)
		return append(dst, host...)
	case MaskName:
		if first := firstRunes(s, 1); len(first) < len(s) { // else it is all there is
			dst = append(dst, first...)
		}
		return append(dst, "**"...)
	case MaskBankCard:
		if dst = append(dst, "****"...); utf8.RuneCount(s) < 8 {
			return dst
		}
		return append(dst, lastRunes(s, 4)...)
	case MaskIDCard:
		n := utf8.RuneCount(s)
		if n < 3 {
			return append(dst, "***"...)
		}
		dst = append(dst, firstRunes(s, 1)...)
		for range n - 2 {
			dst = append(dst, '*')
		}
		return append(dst, lastRunes(s, 1)...)
	case MaskHide, MaskPattern:
	}
	return dst
}

// firstRunes returns the first n characters of s, which has as many.
func firstRunes(s []byte, n int) []byte {
	end := 0
	for range n {
		_, size := utf8.DecodeRune(s[end:])
		end += size
	}
	return s[:end]
}

// lastRunes returns the last n characters of s, which has as many.
func lastRunes(s []byte, n int) []byte {
	start := len(s)
	for range n {
		_, size := utf8.DecodeLastRune(s[:start])
		start -= size
	}
	return s[start:]
}
