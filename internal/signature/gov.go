package signature

import (
	"crypto/md5" //nolint:gosec // the mode of old clients; accepted only of apps that declare it
	"encoding/hex"
	"net/url"
	"slices"
	"strings"
)

// Gov is a request as the government's scheme signs it (exclusive-gov.md §3).
type Gov struct {
	Method    string
	Timestamp string // the header's value
	Nonce     string
	Path      string      // decoded, without query
	Params    [][2]string // decoded
}

// Canonicals are the strings that a correct client may have signed. The kits in
// use differ: names are sorted without case or with it, and some sign the
// encoded text. So there are one to three.
//
// A raw text is among them only where no value could be taken for a separator
// or for encoded text: "a=1&b=2" may be one parameter or two, and "%26" three
// characters or one. Then only the encoded text says which it is. A path that
// holds a line end has none: it could be taken for parameters.
func (g *Gov) Canonicals() []string {
	if strings.ContainsAny(g.Path, "\r\n") {
		return nil
	}
	head := g.Method + "\n" + g.Timestamp + "\n" + g.Nonce + "\n" + g.Path
	params := slices.DeleteFunc(slices.Clone(g.Params), func(p [2]string) bool {
		return strings.TrimSpace(p[0]) == "" || strings.TrimSpace(p[1]) == ""
	})
	if len(params) == 0 {
		return []string{head}
	}
	same := func(s string) string { return s }
	cased := sortedBy(params, strings.Compare)
	texts := make([]string, 0, 3)
	if plain(params) {
		folded := sortedBy(params, func(a, b string) int { return strings.Compare(strings.ToLower(a), strings.ToLower(b)) })
		texts = append(texts, joined(folded, same), joined(cased, same))
	}
	texts = append(texts, joined(cased, url.QueryEscape))
	for i := range texts {
		texts[i] = head + "\n" + texts[i]
	}
	return slices.Compact(texts)
}

// plain reports whether raw text says the same as encoded text would.
func plain(params [][2]string) bool {
	return !slices.ContainsFunc(params, func(p [2]string) bool {
		return strings.ContainsAny(p[0], "%+&=\r\n") || strings.ContainsAny(p[1], "%+&\r\n")
	})
}

func joined(params [][2]string, encode func(string) string) string {
	var b strings.Builder
	for i, p := range params {
		if i > 0 {
			b.WriteByte('&')
		}
		b.WriteString(encode(p[0]))
		b.WriteByte('=')
		b.WriteString(encode(p[1]))
	}
	return b.String()
}

// SignGov is the signature of a canonical string: base64(HMAC-SHA256(secret,
// canonical)).
func SignGov(secret, canonical string) string { return mac(secret, canonical) }

// SignGovMD5 is the signature in MD5 mode, which the header
// X-Hmac-Auth-Algorithm asks for: lower-case hex MD5(canonical, "\n", secret).
func SignGovMD5(secret, canonical string) string {
	sum := md5.Sum([]byte(canonical + "\n" + secret)) //nolint:gosec // see above
	return hex.EncodeToString(sum[:])
}
