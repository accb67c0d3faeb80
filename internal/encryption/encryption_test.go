package encryption

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"testing"
)

func TestSealOpensOnlyForItsOwner(t *testing.T) {
	t.Parallel()
	b, err := New(bytes.Repeat([]byte{7}, KeySize))
	if err != nil {
		t.Fatal(err)
	}
	sealed := b.Seal("secret", "app:1")
	if got, err := b.Open(sealed, "app:1"); err != nil || got != "secret" {
		t.Fatalf("%q, %v", got, err)
	}
	other, _ := New(bytes.Repeat([]byte{8}, KeySize))
	damaged := bytes.Clone(sealed)
	damaged[len(damaged)-1] ^= 1
	for name, open := range map[string]func() (string, error){
		"another owner": func() (string, error) { return b.Open(sealed, "app:2") },
		"another key":   func() (string, error) { return other.Open(sealed, "app:1") },
		"damage":        func() (string, error) { return b.Open(damaged, "app:1") },
		"nothing":       func() (string, error) { return b.Open(nil, "app:1") },
	} {
		if got, err := open(); !errors.Is(err, ErrSealed) {
			t.Errorf("%s: %q, %v", name, got, err)
		}
	}
}

func TestMACTellsCutsApart(t *testing.T) {
	t.Parallel()
	if bytes.Equal(MAC([]byte("k"), "ab", "c"), MAC([]byte("k"), "a", "bc")) {
		t.Error("two lists of parts have one digest")
	}
}

func TestLoadKeyMakesOneAndKeepsIt(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	first, err := LoadKey("", dir)
	if err != nil {
		t.Fatal(err)
	}
	second, err := LoadKey("", dir)
	if err != nil || !bytes.Equal(first, second) {
		t.Fatalf("the key changed: %v", err)
	}
	if st, err := os.Stat(filepath.Join(dir, "master.key")); err != nil || st.Mode().Perm() != 0o600 {
		t.Errorf("mode %v, %v", st.Mode(), err)
	}
	if _, err := LoadKey("c2hvcnQ=", dir); err == nil {
		t.Error("a short key is accepted")
	}
}
