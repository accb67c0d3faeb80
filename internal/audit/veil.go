package audit

import (
	"regexp"
	"strings"
)

// veiled stands for a value that is not kept because it is personal.
const veiled = "***"

var (
	numberLike  = regexp.MustCompile(`\b1[3-9]\d{9}\b|\+\d{1,4}-\d{5,14}\b`)
	addressLike = regexp.MustCompile(`[^\s@"'/()（）]+@[^\s@"'/()（）]+\.[^\s@"'/()（）]+`)
)

// veil leaves mobile numbers and e-mail addresses out of a text that is kept.
// Refusals that tell personal data say so themselves; this is for the number
// that a caller wrote where something else belongs.
func veil(s string) string {
	if strings.IndexByte(s, '@') >= 0 {
		s = addressLike.ReplaceAllString(s, veiled)
	}
	if digits(s) >= 8 {
		s = numberLike.ReplaceAllString(s, veiled)
	}
	return s
}

// digits counts the digits of s, so that hardly any text is searched.
func digits(s string) (n int) {
	for i := range len(s) {
		if c := s[i]; c >= '0' && c <= '9' {
			n++
		}
	}
	return n
}
