package identity

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/gatepost/gatepost/internal/apierror"
	"github.com/gatepost/gatepost/internal/app"
	"github.com/gatepost/gatepost/internal/id"
	"github.com/gatepost/gatepost/internal/op"
	"github.com/gatepost/gatepost/internal/signature"
)

// How far the time of a signature may be from the company's.
const (
	gpWindow    = 5 * time.Minute
	govWindow   = 5 * time.Minute  // no source tells theirs (exclusive-gov.md §3)
	topWindow   = 10 * time.Minute // topsign.md §2
	timedWindow = time.Minute      // auth.md §6.1
)

// The headers of the schemes that have headers.
const (
	gpKey          = "X-Gatepost-Key"
	gpTimestamp    = "X-Gatepost-Timestamp"
	gpNonceHeader  = "X-Gatepost-Nonce"
	gpSignature    = "X-Gatepost-Signature"
	govKey         = "apiKey"
	govTimestamp   = "X-Hmac-Auth-Timestamp"
	govNonceHeader = "X-Hmac-Auth-Nonce"
	govSignature   = "X-Hmac-Auth-Signature"
	govAlgorithm   = "X-Hmac-Auth-Algorithm"
)

var (
	gpNonce  = regexp.MustCompile(`^[A-Za-z0-9_.-]{8,64}$`)
	gpDigits = regexp.MustCompile(`^[0-9a-f]{64}$`)
	govNonce = regexp.MustCompile(`^[!-~]{1,128}$`)
)

// gpProof reads a signature by our scheme (package signature).
func gpProof(o *op.Operation, r *op.Request) (*proof, error) {
	var v [4]string
	for n, name := range [...]string{gpKey, gpTimestamp, gpNonceHeader, gpSignature} {
		var err error
		if v[n], err = single(r.Head, name); err != nil {
			return nil, err
		}
	}
	at, err := milliseconds(gpTimestamp, v[1])
	switch {
	case err != nil:
		return nil, err
	case !gpNonce.MatchString(v[2]):
		return nil, apierror.SignatureParameter.With("name", gpNonceHeader).Want("8 to 64 of A–Z a–z 0–9 _ - .").Got("%q", v[2])
	case !gpDigits.MatchString(v[3]):
		return nil, apierror.SignatureParameter.With("name", gpSignature).Want("64 digits of lower-case hex").Got("%d 个字符", len(v[3]))
	}
	query, _, _, err := r.Parts(o.MaxBody)
	if err != nil {
		return nil, err
	}
	if err := unambiguous(query, false); err != nil {
		return nil, err
	}
	body, err := r.Content(o.MaxBody)
	if err != nil {
		return nil, err
	}
	g := signature.GP{Method: r.Method, Path: r.Path, Query: query, Timestamp: v[1], Nonce: v[2], Body: body}
	return &proof{key: id.App(v[0]), scheme: app.GPHMACSHA256, at: at, window: gpWindow, nonce: v[2], came: v[3],
		texts: []string{g.Canonical()}, sign: signature.SignGP, hide: tokensOf(query)}, nil
}

// topScheme is the scheme that a sign_method means; "" for none.
func topScheme(d signature.Digest) app.Scheme {
	switch d {
	case signature.TOPMD5:
		return app.TOPMD5
	case signature.TOPHMACMD5:
		return app.TOPHMACMD5
	case signature.TOPHMACSHA256:
		return app.TOPHMACSHA256
	default:
		return ""
	}
}

// topTime reads a timestamp of TOP, whose zone is GMT+8 (topsign.md §2).
func topTime(text string) (time.Time, error) {
	at, err := time.ParseInLocation(time.DateTime, text, time.FixedZone("GMT+8", 8*60*60))
	if err != nil || at.Format(time.DateTime) != text {
		return at, apierror.SignatureParameter.With("name", "timestamp").Want("yyyy-MM-dd HH:mm:ss，GMT+8").Got("%q", text)
	}
	return at, nil
}

// topProof reads a TOP signature (topsign.md). System parameters stand in the
// query, as every kit puts them. The signature covers neither path nor HTTP
// method; therefore the parameter method has to name the operation, and GET
// and POST mean the same. There is no nonce: the signature itself is one.
func topProof(o *op.Operation, r *op.Request) (*proof, error) {
	query, form, raw, err := r.Parts(o.MaxBody)
	if err != nil {
		return nil, err
	}
	params := append(query[:len(query):len(query)], form...)
	if err := flat(params, false); err != nil {
		return nil, err
	}
	v := map[string]string{}
	for _, name := range []string{"app_key", "sign", "sign_method", "timestamp", "method"} {
		if v[name] = value(query, name); v[name] == "" {
			return nil, apierror.SignatureParameter.With("name", name).Want("in the query")
		}
	}
	digest := signature.Digest(v["sign_method"])
	scheme := topScheme(digest)
	if scheme == "" {
		return nil, apierror.SignatureParameter.With("name", "sign_method").Want("md5 | hmac | hmac-sha256").Got("%q", digest)
	}
	at, err := topTime(v["timestamp"])
	if err != nil {
		return nil, err
	}
	if v["method"] != o.Name() {
		return nil, apierror.SignatureParameter.With("name", "method").Want("%s", o.Name()).Got("%q", v["method"])
	}
	body := ""
	if form == nil {
		body = string(raw)
	}
	return &proof{key: id.App(v["app_key"]), scheme: scheme, at: at, window: topWindow, nonce: v["sign"], came: v["sign"],
		texts: []string{signature.CanonicalTOP(params, body)}, hide: tokensOf(params),
		sign: func(secret, text string) string { return signature.SignTOP(digest, secret, text) }}, nil
}

// timedProof reads an SNS or ISV signature (auth.md §1.1): it proves who calls
// and when, and nothing of what is asked. A vendor asks for many companies at once,
// so of its signature what may be used once is the signature with what is asked.
func timedProof(o *op.Operation, r *op.Request) (*proof, error) {
	query, _, _, err := r.Parts(o.MaxBody)
	if err != nil {
		return nil, err
	}
	if err := unambiguous(query, false); err != nil {
		return nil, err
	}
	v := map[string]string{}
	for _, name := range []string{"accessKey", "timestamp", "signature"} {
		if v[name] = value(query, name); v[name] == "" {
			return nil, apierror.SignatureParameter.With("name", name).Want("in the query")
		}
	}
	at, err := milliseconds("timestamp", v["timestamp"])
	if err != nil {
		return nil, err
	}
	p := &proof{key: id.App(v["accessKey"]), scheme: app.SNS, at: at, window: timedWindow, nonce: v["signature"], came: v["signature"],
		texts: []string{v["timestamp"]}, sign: signature.SNS}
	if named(query, "suiteTicket") {
		ticket := value(query, "suiteTicket")
		if strings.TrimSpace(ticket) == "" {
			return nil, apierror.SignatureParameter.With("name", "suiteTicket").Want("in the query")
		}
		body, err := r.Content(o.MaxBody)
		if err != nil {
			return nil, err
		}
		asked := sha256.Sum256(append([]byte(r.Path+"\n"), body...))
		p.nonce += "/" + hex.EncodeToString(asked[:16])
		p.scheme, p.texts, p.ticket = app.ISV, []string{v["timestamp"] + "\n" + ticket}, ticket
	}
	return p, nil
}

// govProof reads a signature of the government's scheme (exclusive-gov.md §2,
// §3). What it signs are flat parameters: those of the query and the members
// of a JSON object. A body that says more than that is refused, because the
// rest of it would be signed by nobody.
func govProof(o *op.Operation, r *op.Request) (*proof, error) {
	v := map[string]string{}
	for _, name := range [...]string{govKey, govTimestamp, govNonceHeader, govSignature} {
		var err error
		if v[name], err = single(r.Head, name); err != nil {
			return nil, err
		}
	}
	p := &proof{key: id.App(v[govKey]), scheme: app.GovHMAC, window: govWindow, nonce: v[govNonceHeader], came: v[govSignature], sign: signature.SignGov}
	switch mode := r.Head.Values(govAlgorithm); {
	case len(mode) == 1 && mode[0] == "md5":
		p.scheme, p.sign = app.GovMD5, signature.SignGovMD5
	case len(mode) > 0:
		return nil, apierror.SignatureParameter.With("name", govAlgorithm).Want("md5").Got("%q", mode)
	}
	var err error
	if p.at, err = time.Parse(time.RFC3339Nano, v[govTimestamp]); err != nil {
		return nil, apierror.SignatureParameter.With("name", govTimestamp).Want("ISO 8601 with zone").Got("%q", v[govTimestamp])
	}
	if !govNonce.MatchString(p.nonce) {
		return nil, apierror.SignatureParameter.With("name", govNonceHeader).Want("1 to 128 visible characters").Got("%q", p.nonce)
	}
	path, err := url.PathUnescape(r.Path)
	if err != nil || strings.Count(path, "/") != strings.Count(r.Path, "/") || strings.ContainsAny(path, "\r\n") {
		return nil, apierror.SignatureAmbiguous.With("name", "path")
	}
	params, err := govParams(o, r)
	if err != nil {
		return nil, err
	}
	g := signature.Gov{Method: r.Method, Timestamp: v[govTimestamp], Nonce: p.nonce, Path: path, Params: params}
	p.texts, p.hide = g.Canonicals(), tokensOf(params)
	return p, nil
}

// govParams are the parameters of the query and the members of the body.
func govParams(o *op.Operation, r *op.Request) ([][2]string, error) {
	params, _, raw, err := r.Parts(o.MaxBody)
	if err != nil {
		return nil, err
	}
	if len(bytes.TrimSpace(raw)) > 0 {
		members, err := flatMembers(raw)
		if err != nil {
			return nil, err
		}
		params = append(params, members...)
	}
	return params, flat(params, true)
}

// flatMembers are the members of a JSON object as text. An object that has an
// object, a list or null within is refused.
func flatMembers(raw []byte) ([][2]string, error) {
	refusal := apierror.SignatureAmbiguous.With("name", "body").Want("a JSON object of texts, numbers and truths")
	d := jsontext.NewDecoder(bytes.NewReader(raw))
	if t, err := d.ReadToken(); err != nil || t.Kind() != '{' {
		return nil, refusal
	}
	var members [][2]string
	for d.PeekKind() != '}' {
		name, err := d.ReadToken()
		if err != nil {
			return nil, refusal.Because(err)
		}
		key := name.String()
		v, err := d.ReadToken()
		if err != nil {
			return nil, refusal.Because(err)
		}
		switch v.Kind() {
		case '"', '0', 't', 'f':
			members = append(members, [2]string{key, v.String()})
		default:
			return nil, refusal.Got("%s", key)
		}
	}
	if _, err := d.ReadToken(); err != nil {
		return nil, refusal.Because(err)
	}
	if _, err := d.ReadToken(); !errors.Is(err, io.EOF) {
		return nil, refusal
	}
	return members, nil
}

// flat refuses parameters of which a scheme that skips blanks would not sign
// everything.
func flat(params [][2]string, fold bool) error {
	if name, blank := signature.Blank(params); blank {
		return apierror.SignatureAmbiguous.With("name", name).Want("a value: what is blank is not signed")
	}
	return unambiguous(params, fold)
}

// unambiguous refuses a name that is given twice, in query and body together.
func unambiguous(params [][2]string, fold bool) error {
	if name := signature.Doubled(params, fold); name != "" {
		return apierror.SignatureAmbiguous.With("name", name).Want("每个名称只出现一次")
	}
	return nil
}

// single is the value of a header that has to be there once.
func single(h op.Head, name string) (string, error) {
	switch values := h.Values(name); {
	case len(values) > 1:
		return "", apierror.SignatureAmbiguous.With("name", name).Want("每个名称只出现一次").Got("%d", len(values))
	case len(values) == 1 && values[0] != "":
		return values[0], nil
	}
	return "", apierror.SignatureParameter.With("name", name).Want("in the headers")
}

// milliseconds reads a time in 13 digits.
func milliseconds(name, text string) (time.Time, error) {
	ms, err := strconv.ParseInt(text, 10, 64)
	if err != nil || len(text) != 13 || text[0] == '+' || text[0] == '-' {
		return time.Time{}, apierror.SignatureParameter.With("name", name).Want("13 位毫秒数").Got("%q", text)
	}
	return time.UnixMilli(ms), nil
}

func value(params [][2]string, name string) string {
	for _, p := range params {
		if p[0] == name {
			return p[1]
		}
	}
	return ""
}

// tokensOf are the values of parameters that are credentials.
func tokensOf(params [][2]string) []string {
	return []string{value(params, "access_token"), value(params, "session")}
}
