package encryption

import (
	"bytes"
	"strings"
	"testing"
)

// FuzzOpen opens anything: nothing that was not sealed for this owner under
// this key is opened, and nothing panics.
func FuzzOpen(f *testing.F) {
	box, err := New(bytes.Repeat([]byte("k"), KeySize))
	if err != nil {
		f.Fatal(err)
	}
	sealed := box.Seal("secret", "owner")
	f.Add(sealed, "owner")
	f.Add(sealed, "another")
	f.Add(sealed[:11], "owner")
	f.Add(sealed[:len(sealed)-1], "owner")
	f.Add([]byte(nil), "")
	f.Fuzz(func(t *testing.T, b []byte, owner string) {
		plain, err := box.Open(b, owner)
		// Another process of the same run sealed with another nonce.
		if err == nil && (plain != "secret" || owner != "owner") || err != nil && bytes.Equal(b, sealed) && owner == "owner" {
			t.Errorf("opens %x for %q as %q, %v", b, owner, plain, err)
		}
	})
}

// FuzzMAC cuts the same text in two ways: the digests differ.
func FuzzMAC(f *testing.F) {
	f.Add("ab", "c", uint8(1))
	f.Add("1:a", "", uint8(0))
	f.Add("3:1:a", "x", uint8(2))
	f.Fuzz(func(t *testing.T, first, second string, cut uint8) {
		whole := first + second
		at := min(int(cut), len(whole))
		a, b := MAC([]byte("key"), first, second), MAC([]byte("key"), whole[:at], whole[at:])
		if same := at == len(first); bytes.Equal(a, b) != same {
			t.Errorf("%q|%q and %q|%q", first, second, whole[:at], whole[at:])
		}
		if bytes.Equal(a, MAC([]byte("key"), whole)) || bytes.Equal(a, MAC([]byte("other"), first, second)) {
			t.Errorf("%q|%q is also the digest of something else", first, second)
		}
	})
}

// FuzzDecodeKey reads anything as a master key: what it accepts has the length
// of one, and a refusal does not repeat it.
func FuzzDecodeKey(f *testing.F) {
	f.Add("")
	f.Add(strings.Repeat("A", 43) + "=")
	f.Add(strings.Repeat("A", 44))
	f.Add(" " + strings.Repeat("A", 43) + "=\n")
	f.Fuzz(func(t *testing.T, text string) {
		key, err := decodeKey(text, "where")
		if err == nil && len(key) != KeySize {
			t.Errorf("%q is a key of %d bytes", text, len(key))
		}
		if err != nil && len(text) > 16 && strings.Contains(err.Error(), text) {
			t.Errorf("the refusal repeats %q", text)
		}
	})
}
