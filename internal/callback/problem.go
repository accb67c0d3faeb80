package callback

import (
	"errors"
	"fmt"
	"net"
	"strconv"

	"github.com/gatepost/gatepost/internal/apierror"
	"github.com/gatepost/gatepost/internal/upstream"
)

// problem is what is wrong with an answer, or why there is none: told to
// developers in their language, and kept in English.
type problem struct {
	want, found apierror.Words // want may be empty
}

func (p *problem) Error() string {
	if p.want.EN == "" {
		return p.found.EN
	}
	return "expected " + p.want.EN + ", found " + p.found.EN
}

// said are words, each with the same value at its end.
func said(zh, en string, value any) apierror.Words {
	return apierror.Words{ZH: fmt.Sprintf("%s%v", zh, value), EN: fmt.Sprintf("%s%v", en, value)}
}

// same are words that are the same in both languages: numbers, names of fields.
func same(text string) apierror.Words { return apierror.Words{ZH: text, EN: text} }

// notThis is a problem of an answer whose status is not the one that was wanted.
func notThis(want string, found int, body []byte) *problem {
	return &problem{want: same(want), found: same(strconv.Itoa(found) + ": " + beginning(body))}
}

// inWords is what Verify and Decrypt say, in both languages.
func inWords(err error) apierror.Words {
	for _, known := range []struct {
		err error
		zh  string
	}{
		{ErrBase64, "encrypt 不是整块的 base64"},
		{ErrKey, "encrypt 是用另一个 aes_key 加密的"},
		{ErrLength, "解密后的长度字段不对"},
		{ErrOwner, "解密后的末尾是另一个 ownerKey"},
		{ErrSigning, "签名不是由这个 token、时间与 nonce 算出的"},
	} {
		if errors.Is(err, known.err) {
			return apierror.Words{ZH: known.zh, EN: err.Error()}
		}
	}
	if f, ok := errors.AsType[*upstream.Forbidden](err); ok {
		return f.Words()
	}
	if d, ok := errors.AsType[*net.DNSError](err); ok {
		return unnamed(d)
	}
	return same(err.Error())
}

// unnamed is why a name leads to no address. The error itself tells which name
// server the platform asks, which is nobody's concern.
func unnamed(d *net.DNSError) apierror.Words {
	switch {
	case d.IsNotFound:
		return said("查不到此域名的地址：", "no address is known for the name ", d.Name)
	case d.IsTimeout:
		return said("查询此域名的地址超时：", "looking up took too long for the name ", d.Name)
	}
	return said("查询此域名的地址失败：", "looking up failed for the name ", d.Name)
}

// because is a problem of which nothing is known but the error.
func because(err error) *problem {
	if p, ok := errors.AsType[*problem](err); ok {
		return p
	}
	return &problem{found: inWords(err)}
}
