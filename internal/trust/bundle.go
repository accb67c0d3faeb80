package trust

import (
	"bytes"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"os"
	"path/filepath"

	"software.sslmate.com/src/go-pkcs12"
)

// bundlePaths are the places where systems keep all trusted authorities in one
// PEM file.
func bundlePaths() []string {
	return []string{
		"/etc/ssl/certs/ca-certificates.crt", // Debian, Alpine, Arch
		"/etc/pki/tls/certs/ca-bundle.crt",   // Fedora
		"/etc/ssl/ca-bundle.pem",             // openSUSE
		"/etc/ssl/cert.pem",                  // macOS, BSD, Alpine
	}
}

// systemBundle returns the system's trusted authorities, empty if it keeps
// none.
func systemBundle() []byte {
	for _, path := range bundlePaths() {
		if text, err := os.ReadFile(path); err == nil {
			return text
		}
	}
	return nil
}

func systemPool() (*x509.CertPool, error) { return x509.SystemCertPool() }

// joinPEM appends b to a on a line of its own.
func joinPEM(a, b []byte) []byte {
	joined := bytes.Clone(a)
	if len(joined) > 0 && joined[len(joined)-1] != '\n' {
		joined = append(joined, '\n')
	}
	return append(joined, b...)
}

// javaPassword protects nothing; Java wants one, and this is its custom.
const javaPassword = "changeit"

// javaTrustStore returns a PKCS #12 file of all authorities in a PEM bundle,
// in the old encryption that every Java since 8 reads.
func javaTrustStore(bundle []byte) ([]byte, error) {
	var entries []pkcs12.TrustStoreEntry
	for rest := bundle; ; {
		var block *pem.Block
		if block, rest = pem.Decode(rest); block == nil {
			break
		}
		cert, err := x509.ParseCertificate(block.Bytes)
		if err != nil {
			continue // bundles carry a few that Go finds malformed
		}
		entries = append(entries, pkcs12.TrustStoreEntry{
			Cert:         cert,
			FriendlyName: fmt.Sprintf("ca-%d", len(entries)), // Java drops repeated ones
		})
	}
	return pkcs12.LegacyDES.EncodeTrustStoreEntries(entries, javaPassword)
}

// bundles writes the certificate files that environment variables point to.
type bundles struct {
	dir string
	ca  []byte
	sys []byte
}

// with writes a file of the authorities in existing and ours, and returns its
// path. A file that cannot be read counts as empty, as it does for the
// programs that read such variables.
func (b bundles) with(existing, name string) (string, error) {
	base := b.sys
	if existing != "" {
		text, err := os.ReadFile(existing)
		if err != nil {
			text = nil
		}
		base = text
	}
	return b.write(name, joinPEM(base, b.ca))
}

func (b bundles) write(name string, content []byte) (string, error) {
	path := filepath.Join(b.dir, name)
	// The command may change its user; certificates are public.
	return path, os.WriteFile(path, content, 0o644)
}
