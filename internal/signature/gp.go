package signature

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"slices"
	"strings"
)

// GPName is the name of our scheme and the first line of what it signs.
const GPName = "GP-HMAC-SHA256"

// GP is a request as our scheme signs it; see the package's documentation.
type GP struct {
	Method    string
	Path      string      // as sent
	Query     [][2]string // decoded
	Timestamp string
	Nonce     string
	Body      []byte
}

// Canonical is the string that is signed.
func (g *GP) Canonical() string {
	query := g.query()
	var b strings.Builder
	b.Grow(len(GPName) + len(g.Method) + len(g.Path) + len(query) + len(g.Timestamp) + len(g.Nonce) + hex.EncodedLen(sha256.Size) + 6)
	for _, line := range [...]string{GPName, strings.ToUpper(g.Method), g.Path, query, g.Timestamp, g.Nonce} {
		b.WriteString(line)
		b.WriteByte('\n')
	}
	sum := sha256.Sum256(g.Body)
	var digits [2 * sha256.Size]byte
	hex.Encode(digits[:], sum[:])
	b.Write(digits[:])
	return b.String()
}

// SignGP is the signature of a canonical string by our scheme.
func SignGP(secret, canonical string) string {
	m := hmac.New(sha256.New, []byte(secret))
	m.Write([]byte(canonical))
	return hex.EncodeToString(m.Sum(nil))
}

// query is the canonical query.
func (g *GP) query() string {
	if len(g.Query) == 0 {
		return ""
	}
	sorted := sortedBy(g.Query, strings.Compare)
	var b strings.Builder
	for i, p := range sorted {
		if i > 0 {
			b.WriteByte('&')
		}
		escape(&b, p[0])
		b.WriteByte('=')
		escape(&b, p[1])
	}
	return b.String()
}

// escape writes s with everything but RFC 3986's unreserved characters encoded.
func escape(b *strings.Builder, s string) {
	const digits = "0123456789ABCDEF"
	for i := range len(s) {
		c := s[i]
		switch {
		case 'a' <= c && c <= 'z', 'A' <= c && c <= 'Z', '0' <= c && c <= '9', c == '-', c == '_', c == '.', c == '~':
			b.WriteByte(c)
		default:
			b.WriteByte('%')
			b.WriteByte(digits[c>>4])
			b.WriteByte(digits[c&15])
		}
	}
}

// sortedBy returns params sorted by name, values of one name by value. The
// order of names that compare as equal is the one given.
func sortedBy(params [][2]string, compare func(a, b string) int) [][2]string {
	sorted := slices.Clone(params)
	slices.SortStableFunc(sorted, func(a, b [2]string) int {
		if c := compare(a[0], b[0]); c != 0 {
			return c
		}
		return strings.Compare(a[1], b[1])
	})
	return sorted
}

// Doubled returns the first name that params give twice; "" when none is.
// fold also takes names for the same that differ in case.
func Doubled(params [][2]string, fold bool) string {
	seen := make(map[string]struct{}, len(params))
	for _, p := range params {
		key := p[0]
		if fold {
			key = strings.ToLower(key)
		}
		if _, twice := seen[key]; twice {
			return p[0]
		}
		seen[key] = struct{}{}
	}
	return ""
}

// Blank returns the first name whose value is blank, or that is blank itself,
// and whether there is one: what is blank is in no signature of TOP or the
// government's scheme.
func Blank(params [][2]string) (name string, found bool) {
	for _, p := range params {
		if strings.TrimSpace(p[0]) == "" || strings.TrimSpace(p[1]) == "" {
			return p[0], true
		}
	}
	return "", false
}
