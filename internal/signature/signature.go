package signature

import (
	"crypto/hmac"
	"crypto/sha1" //nolint:gosec // the older JSAPI algorithm, still sent by every older client
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"encoding/hex"
	"net/url"
	"strings"
)

// SNS is the signature of sign-in calls: base64(HMAC-SHA256(secret, timestamp)).
// Source: auth.md §6.1; the official client signs the timestamp alone.
func SNS(secret, timestamp string) string { return mac(secret, timestamp) }

// ISV is the signature of a vendor's calls: base64(HMAC-SHA256(secret,
// timestamp + "\n" + ticket)), the timestamp alone when there is no ticket.
// Source: auth.md §9.
func ISV(secret, timestamp, ticket string) string {
	if ticket == "" {
		return mac(secret, timestamp)
	}
	return mac(secret, timestamp+"\n"+ticket)
}

// Equal compares a signature that came with one that was computed, in time that
// does not depend on where they differ.
func Equal(came, computed string) bool {
	return subtle.ConstantTimeCompare([]byte(came), []byte(computed)) == 1
}

func mac(secret, text string) string {
	m := hmac.New(sha256.New, []byte(secret))
	m.Write([]byte(text))
	return base64.StdEncoding.EncodeToString(m.Sum(nil))
}

// JSAPI is what a page signs for dd.config (auth.md §8).
type JSAPI struct {
	Ticket, Nonce, Timestamp, URL string
}

// Texts are the strings that a correct client may have signed: the URL without
// its fragment, its query decoded as the official sample does, or as it stands.
func (j JSAPI) Texts() []string {
	page, _, _ := strings.Cut(j.URL, "#")
	raw := j.text(page)
	path, query, ok := strings.Cut(page, "?")
	if !ok {
		return []string{raw}
	}
	decoded, err := url.QueryUnescape(query)
	if err != nil || decoded == query {
		return []string{raw}
	}
	return []string{j.text(path + "?" + decoded), raw}
}

func (j JSAPI) text(page string) string {
	return "jsapi_ticket=" + j.Ticket + "&noncestr=" + j.Nonce + "&timestamp=" + j.Timestamp + "&url=" + page
}

// Verify reports whether signature is that of j by SHA-1 (40 hex digits) or
// SHA-256 (64): both algorithms are in circulation, told apart by length.
func (j JSAPI) Verify(signature string) bool {
	signature = strings.ToLower(signature)
	for _, text := range j.Texts() {
		if Equal(signature, digest(text, len(signature))) {
			return true
		}
	}
	return false
}

func digest(text string, length int) string {
	if length == hex.EncodedLen(sha256.Size) {
		sum := sha256.Sum256([]byte(text))
		return hex.EncodeToString(sum[:])
	}
	sum := sha1.Sum([]byte(text)) //nolint:gosec // see above
	return hex.EncodeToString(sum[:])
}
