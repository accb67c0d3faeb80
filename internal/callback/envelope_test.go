package callback

import (
	"bytes"
	"encoding/base64"
	"errors"
	"strings"
	"testing"
)

// vectors are official samples (events.md §2).
var vectors = map[string]struct {
	token, key, owner, timestamp, nonce, head, encrypted, signature, text string
}{
	"suite": {"123456", "4g5j64qlyl3zvetqxz5jiocdr586fn2zvjpa8zls3ij", "suite4xxxxxxxxxxxxxxx", "1445827045067", "nEXhMP4r", "hU3bEfGZZewzhG5a",
		"1a3NBxmCFwkCJvfoQ7WhJHB+iX3qHPsc9JbaDznE1i03peOk1LaOQoRz3+nlyGNhwmwJ3vDMG+OzrHMeiZI7gTRWVdUBmfxjZ8Ej23JVYa9VrYeJ5as7XM/ZpulX8NEQis44w53h1qAgnC3PRzM7Zc/D6Ibr0rgUathB6zRHP8PYrfgnNOS9PhSBdHlegK+AGGanfwjXuQ9+0pZcy0w9lQ==",
		"5a65ceeef9aab2d149439f82dc191dd6c5cbe2c0", `{"EventType":"check_create_suite_url","Random":"LPIdSnlF","TestSuiteKey":"suite4xxxxxxxxxxxxxxx"}`},
	"app": {"123456", "1234567890123456789012345678901234567890123", "dingsnotzck6pm5veliw", "1614767836", "A7Co0cJLMzIDtMMI", "dICkEDLj0eb6yAbc",
		"YvkvaGe4hQxd3VxRmEty0dVlnCOAqwf56xwTRHDHoOURqhalbmBJQk5FNcRk42Gl5T0YQXZNwpwWSm1xAFJ5ZA==",
		"9a95a004dd16f5c307e849b994173f76aa26e5eb", "success"},
	"made": {"666666", "TXpRMU5qYzRPVEF4TWpNME5UWTNPRGt3TVRJek5EVTI", "ding12345678901234567890123456789012", "1561081681688", "88888888", "aaaabbbbccccdddd",
		"vX4fIRZyaGG0IO7bLFB5yvsMjZkiEv2CS8JLAqRVelUHInjMVee9spSrDdnJNMxEe8EtqQ68fe5Grlz78LchUw==",
		"d7561d6c3f9a27b6ec3e0cd220e8d69c0480f7d5", "success"},
}

func TestVectors(t *testing.T) {
	t.Parallel()
	for name, v := range vectors {
		e, err := NewEnvelope(v.token, v.key, v.owner)
		if err != nil {
			t.Fatal(err)
		}
		if got := e.encrypt([]byte(v.head), []byte(v.text)); got != v.encrypted {
			t.Errorf("%s: encrypted to %s", name, got)
		}
		if text, err := e.Decrypt(v.encrypted); err != nil || string(text) != v.text {
			t.Errorf("%s: decrypted to %q, %v", name, text, err)
		}
		if got := e.Sign(v.timestamp, v.nonce, v.encrypted); got != v.signature {
			t.Errorf("%s: signed %s", name, got)
		}
		if err := e.Verify(v.signature, v.timestamp, v.nonce, v.encrypted); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if err := e.Verify(v.signature, v.timestamp+"0", v.nonce, v.encrypted); !errors.Is(err, ErrSigning) {
			t.Errorf("%s: a signature of another time is %v", name, err)
		}
	}
}

func TestWhatIsWrongIsNamed(t *testing.T) {
	t.Parallel()
	v := vectors["app"]
	e, err := NewEnvelope(v.token, v.key, v.owner)
	if err != nil {
		t.Fatal(err)
	}
	other, err := NewEnvelope(v.token, vectors["made"].key, v.owner)
	if err != nil {
		t.Fatal(err)
	}
	stranger, err := NewEnvelope(v.token, v.key, "dingsomebodyelse")
	if err != nil {
		t.Fatal(err)
	}
	for name, tc := range map[string]struct {
		text string
		want error
	}{
		"no base64":      {"%%%", ErrBase64},
		"nothing":        {"", ErrBase64},
		"half a block":   {base64.StdEncoding.EncodeToString(make([]byte, 17)), ErrBase64},
		"another key":    {other.encrypt([]byte(v.head), []byte("success")), ErrKey},
		"another owner":  {stranger.Encrypt([]byte("success")), ErrOwner},
		"a wrong length": {sealed(e, append([]byte(v.head), 0xff, 0xff, 0xff, 0xff)), ErrLength},
		"no length":      {sealed(e, []byte("short")), ErrLength},
	} {
		if _, err := e.Decrypt(tc.text); !errors.Is(err, tc.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
	for _, key := range []string{"", "short", strings.Repeat("a", 42), strings.Repeat("a", 44), strings.Repeat("-", 43)} {
		if _, err := NewEnvelope("t", key, "o"); err == nil {
			t.Errorf("the key %q was taken", key)
		}
	}
}

// sealed encrypts raw, and after it a length of zero and no owner.
func sealed(e *Envelope, raw []byte) string {
	plain := &Envelope{block: e.block, iv: e.iv}
	return plain.encrypt(raw, nil)
}

func FuzzDecrypt(f *testing.F) {
	v := vectors["app"]
	e, err := NewEnvelope(v.token, v.key, v.owner)
	if err != nil {
		f.Fatal(err)
	}
	f.Add([]byte("success"))
	f.Add([]byte{})
	f.Fuzz(func(t *testing.T, text []byte) {
		back, err := e.Decrypt(e.Encrypt(text))
		if err != nil || !bytes.Equal(back, text) {
			t.Errorf("%q came back as %q, %v", text, back, err)
		}
		_, _ = e.Decrypt(string(text)) // does not panic
		_, _ = e.Decrypt(base64.StdEncoding.EncodeToString(append(text, make([]byte, (16-len(text)%16)%16)...)))
	})
}
