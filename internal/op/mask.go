package op

import (
	"strings"
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
	if s == "" {
		return ""
	}
	switch m {
	case MaskPhone:
		r := []rune(s)
		if len(r) < 8 {
			return "****"
		}
		return string(r[:3]) + "****" + string(r[len(r)-4:])
	case MaskEmail:
		name, host, found := strings.Cut(s, "@")
		if !found || name == "" { // no address: the host would be all of it
			return "***"
		}
		_, n := utf8.DecodeRuneInString(name)
		return name[:n] + "***@" + host
	case MaskName:
		_, n := utf8.DecodeRuneInString(s)
		if n == len(s) { // the first character is all there is
			return "**"
		}
		return s[:n] + "**"
	case MaskBankCard:
		r := []rune(s)
		if len(r) < 8 {
			return "****"
		}
		return "****" + string(r[len(r)-4:])
	case MaskIDCard:
		r := []rune(s)
		if len(r) < 3 {
			return "***"
		}
		return string(r[0]) + strings.Repeat("*", len(r)-2) + string(r[len(r)-1])
	case MaskHide, MaskPattern:
	}
	return ""
}
