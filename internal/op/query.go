package op

import (
	"bytes"
	"errors"
	"net/url"
	"strings"
	"unicode/utf8"

	"github.com/gatepost/gatepost/internal/apierror"
)

// pairs are the name-value pairs of a query or form, in order.
type pairs [][2]string

func (p pairs) each(f func(name, value string) error) error {
	for _, kv := range p {
		if err := f(kv[0], kv[1]); err != nil {
			return err
		}
	}
	return nil
}

// parseText reads a query or form. A name given twice is kept twice; what that
// means is the field's matter.
func parseText(s string) (pairs, error) {
	ps := make(pairs, 0, 4)
	for part := range strings.SplitSeq(s, "&") {
		if part == "" {
			continue
		}
		k, v, _ := strings.Cut(part, "=")
		name, err1 := url.QueryUnescape(k)
		value, err2 := url.QueryUnescape(v)
		if err := errors.Join(err1, err2); err != nil || !utf8.ValidString(name) {
			return nil, apierror.ParameterInvalid.With("name", clip(strings.ToValidUTF8(k, "?"))).Want("percent-encoded UTF-8").Got("%q", part)
		}
		ps = append(ps, [2]string{name, value})
	}
	return ps, nil
}

// isForm tells a form from JSON. A brace begins no form, because form encoding
// escapes it; and command-line tools send JSON under the form's Content-Type
// unless they are told otherwise. So the first byte counts before the header.
func isForm(contentType string, raw []byte) bool {
	b := bytes.TrimSpace(raw)
	if b[0] == '{' || b[0] == '[' {
		return false
	}
	ct, _, _ := strings.Cut(strings.ToLower(contentType), ";")
	switch strings.TrimSpace(ct) {
	case "application/x-www-form-urlencoded":
		return true
	case "application/json":
		return false
	}
	return bytes.IndexByte(b, '=') > 0
}
