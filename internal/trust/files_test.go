package trust

import (
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"os"
	"path/filepath"
	"testing"
	"time"
)

// pairFiles writes certificate and key of a new authority's leaf over the files
// in dir, and returns the leaf.
func pairFiles(t *testing.T, dir string) (certFile, keyFile string, leaf *x509.Certificate) {
	t.Helper()
	pair, err := testCA(t, t.TempDir()).certificate(&tls.ClientHelloInfo{ServerName: "localhost"})
	if err != nil {
		t.Fatal(err)
	}
	key, err := x509.MarshalPKCS8PrivateKey(pair.PrivateKey)
	if err != nil {
		t.Fatal(err)
	}
	certFile, keyFile = filepath.Join(dir, "tls.crt"), filepath.Join(dir, "tls.key")
	write(t, certFile, &pem.Block{Type: "CERTIFICATE", Bytes: pair.Certificate[0]})
	write(t, keyFile, &pem.Block{Type: "PRIVATE KEY", Bytes: key})
	return certFile, keyFile, pair.Leaf
}

func write(t *testing.T, name string, b *pem.Block) {
	t.Helper()
	if err := os.WriteFile(name, pem.EncodeToMemory(b), 0o600); err != nil {
		t.Fatal(err)
	}
}

func TestFilesAreReadAgain(t *testing.T) {
	dir := t.TempDir()
	certFile, keyFile, first := pairFiles(t, dir)
	var failures []error
	f, err := OpenFiles(certFile, keyFile, func(err error) { failures = append(failures, err) })
	if err != nil {
		t.Fatal(err)
	}
	now := time.Now()
	f.now = func() time.Time { return now }
	shows := func(want *x509.Certificate, when string) {
		t.Helper()
		now = now.Add(lookEvery)
		if shown, err := x509.ParseCertificate(f.certificate().Certificate[0]); err != nil || !shown.Equal(want) {
			t.Errorf("%s another certificate is shown (%v)", when, err)
		}
	}
	shows(first, "at first")

	// A renewal writes one file after the other; modification times may be coarse.
	other := t.TempDir()
	newCert, newKey, second := pairFiles(t, other)
	later := time.Now().Add(time.Minute)
	replace := func(from, to string) {
		t.Helper()
		if err := os.Rename(from, to); err != nil {
			t.Fatal(err)
		}
		if err := os.Chtimes(to, later, later); err != nil {
			t.Fatal(err)
		}
	}
	replace(newCert, certFile)
	shows(first, "between the two writes")
	if len(failures) != 1 {
		t.Errorf("told %v", failures)
	}
	replace(newKey, keyFile)
	shows(second, "after the renewal")
	if err := os.Remove(keyFile); err != nil {
		t.Fatal(err)
	}
	shows(second, "without the key's file")
}

func TestFilesHaveToBeAPair(t *testing.T) {
	certFile, _, _ := pairFiles(t, t.TempDir())
	_, otherKey, _ := pairFiles(t, t.TempDir())
	for _, key := range []string{otherKey, filepath.Join(t.TempDir(), "none"), certFile} {
		if _, err := OpenFiles(certFile, key, nil); err == nil {
			t.Errorf("%s passes for the key", key)
		}
	}
}
