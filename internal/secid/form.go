package secid

import (
	"encoding/base64"
	"errors"
	"strings"

	"github.com/gatepost/gatepost/internal/op"
)

// An id is a prefix that tells its kind and base64url of
//
//	ciphertext of AES-SIV (16 bytes more than what is encrypted) | check
//
// The check is a digest under a key of the platform. It tells a genuine id from
// a made-up one without saying whose it is; what protects the id is AES-SIV.
const (
	sivSize   = 16
	checkSize = 6

	// maxText bounds an id: what clients have room for where a userid goes.
	maxText = 64
	prefix  = "gp"
	// headSize is the prefix, the letter of the kind and an underscore.
	headSize = len(prefix) + 2
	// maxInside is how many bytes fit into an id.
	maxInside = (maxText-headSize)*6/8 - sivSize - checkSize
)

// letters name the kinds in the prefix.
const letters = "unoch"

// kinds are the kinds in the order of their letters.
func kinds() [len(letters)]op.IDKind {
	return [...]op.IDKind{op.IDUser, op.IDUnion, op.IDOpen, op.IDCorp, op.IDChat}
}

func letterOf(kind op.IDKind) byte {
	for i, k := range kinds() {
		if k == kind {
			return letters[i]
		}
	}
	panic("secid: no letter for " + string(kind))
}

// errForm says that a text is no id of any application.
var errForm = errors.New("secid: no security id")

// looks reports whether s begins as an id does, and of which kind it would be.
func looks(s string) (op.IDKind, bool) {
	if len(s) < headSize || !strings.HasPrefix(s, prefix) || s[headSize-1] != '_' {
		return "", false
	}
	i := strings.IndexByte(letters, s[len(prefix)])
	if i < 0 {
		return "", false
	}
	return kinds()[i], true
}

// format spells an id.
func format(kind op.IDKind, sealed, check []byte) string {
	b := make([]byte, 0, maxText)
	b = append(b, prefix...)
	b = append(b, letterOf(kind), '_')
	body := make([]byte, 0, len(sealed)+len(check))
	return string(base64.RawURLEncoding.AppendEncode(b, append(append(body, sealed...), check...)))
}

// parse reads what format wrote; there is one text for each id.
func parse(s string) (kind op.IDKind, sealed, check []byte, err error) {
	kind, ok := looks(s)
	if !ok || len(s) > maxText {
		return "", nil, nil, errForm
	}
	body, err := base64.RawURLEncoding.Strict().DecodeString(s[headSize:])
	if err != nil || len(body) <= sivSize+checkSize || strings.ContainsAny(s, "\r\n") { // which the decoder skips
		return "", nil, nil, errForm
	}
	cut := len(body) - checkSize
	return kind, body[:cut], body[cut:], nil
}
