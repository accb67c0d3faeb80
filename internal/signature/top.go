package signature

import (
	"crypto/hmac"
	"crypto/md5" //nolint:gosec // the digest of the oldest clients; accepted only of apps that declare it
	"crypto/sha256"
	"encoding/hex"
	"hash"
	"strings"
)

// Digest is how a TOP signature is made of its canonical string.
type Digest string

// The digests, as sign_method spells them (topsign.md §2).
const (
	TOPMD5        Digest = "md5"
	TOPHMACMD5    Digest = "hmac"
	TOPHMACSHA256 Digest = "hmac-sha256"
)

// CanonicalTOP is the string that a TOP client signs (topsign.md §3): name and
// value of every parameter but sign, sorted by name in the order of bytes,
// without anything between them; then the raw body of calls that have one that
// is no form. A parameter that is blank on either side is left out.
//
// Because nothing stands between them, "ab"="c" and "a"="bc" are one string:
// the scheme's weakness, which no verifier can mend. See docs/design/003.
func CanonicalTOP(params [][2]string, body string) string {
	sorted := sortedBy(params, strings.Compare)
	size := len(body)
	for _, p := range sorted {
		size += len(p[0]) + len(p[1])
	}
	var b strings.Builder
	b.Grow(size)
	for _, p := range sorted {
		if p[0] != "sign" && strings.TrimSpace(p[0]) != "" && strings.TrimSpace(p[1]) != "" {
			b.WriteString(p[0])
			b.WriteString(p[1])
		}
	}
	b.WriteString(body)
	return b.String()
}

// SignTOP is the TOP signature of a canonical string in capital hex; "" for a
// digest that is none of the three. The legacy form for an unknown sign_method,
// MD5 with the secret at the end only, is not offered: it can be prolonged.
func SignTOP(d Digest, secret, canonical string) string {
	var h hash.Hash
	switch d {
	case TOPMD5:
		h = md5.New() //nolint:gosec // see above
		h.Write([]byte(secret))
	case TOPHMACMD5:
		h = hmac.New(md5.New, []byte(secret))
	case TOPHMACSHA256:
		h = hmac.New(sha256.New, []byte(secret))
	default:
		return ""
	}
	h.Write([]byte(canonical))
	if d == TOPMD5 {
		h.Write([]byte(secret))
	}
	return strings.ToUpper(hex.EncodeToString(h.Sum(nil)))
}
