package trust

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/hex"
	"encoding/pem"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"time"
)

const (
	caLife = 10 * 365 * 24 * time.Hour
	// Apple's platforms refuse leaf certificates that live longer than 398
	// days, even from authorities the user added.
	leafLife  = 397 * 24 * time.Hour
	leafRenew = 30 * 24 * time.Hour // a leaf is replaced this long before it expires
	backdate  = time.Hour           // for clients whose clock is behind ours

	caOrganization = "Gatepost"
)

// CA is a local certificate authority. It can vouch for Names, localhost,
// 127.0.0.0/8 and ::1, and for nothing else: the limit stands in its
// certificate, so clients enforce it even against someone who stole the key.
//
// Its methods may be called from several goroutines.
type CA struct {
	dir  string
	cert *x509.Certificate
	key  *ecdsa.PrivateKey
	pem  []byte
	now  func() time.Time

	mu   sync.Mutex
	leaf *tls.Certificate
}

// OpenCA loads the authority in DIR/ca, and makes one first if there is none.
// Several processes may do so at once; they end up with the same one.
//
// It fails, and changes nothing, if the directory holds only part of an
// authority, if the key may be read by others, and if the authority has
// expired or does not permit all of Names.
func OpenCA(dir string) (*CA, error) {
	//nolint:forbidigo // clients hold certificates against the world's time, which no corp moves
	return openCA(dir, time.Now)
}

func openCA(dir string, now func() time.Time) (*CA, error) {
	home := filepath.Join(dir, "ca")
	if _, err := os.Stat(home); errors.Is(err, fs.ErrNotExist) {
		if err := makeCA(home, now()); err != nil {
			return nil, fmt.Errorf("trust: make the local CA: %w", err)
		}
	}
	ca, err := loadCA(home, now)
	if err != nil {
		return nil, fmt.Errorf("trust: load the local CA: %w", err)
	}
	return ca, nil
}

// File returns the path of the authority's certificate in PEM.
func (c *CA) File() string { return filepath.Join(c.dir, "ca.pem") }

// PEM returns the authority's certificate.
func (c *CA) PEM() []byte { return slices.Clone(c.pem) }

// Pool returns a pool with the authority alone.
func (c *CA) Pool() *x509.CertPool {
	pool := x509.NewCertPool()
	pool.AddCert(c.cert)
	return pool
}

// Fingerprint returns the SHA-256 of the authority's certificate in hex.
func (c *CA) Fingerprint() string {
	sum := sha256.Sum256(c.cert.Raw)
	return hex.EncodeToString(sum[:])
}

// TLSConfig returns a server configuration that shows a certificate for every
// name the authority may vouch for, renewed in time, and speaks h2 and
// http/1.1. A handshake for another name fails.
func (c *CA) TLSConfig() *tls.Config {
	return &tls.Config{
		MinVersion:     tls.VersionTLS12,
		NextProtos:     []string{"h2", "http/1.1"},
		GetCertificate: c.certificate,
	}
}

// certificate answers a handshake. All names share one leaf: it is small, and
// a client that sends no SNI is served as well.
func (c *CA) certificate(hello *tls.ClientHelloInfo) (*tls.Certificate, error) {
	if name := hello.ServerName; name != "" && name != "localhost" && !isName(name) {
		return nil, fmt.Errorf("trust: the local CA does not vouch for %s", name)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.leaf == nil || c.now().After(c.leaf.Leaf.NotAfter.Add(-leafRenew)) {
		leaf, err := c.issue()
		if err != nil {
			return nil, fmt.Errorf("trust: issue a certificate: %w", err)
		}
		c.leaf = leaf
	}
	return c.leaf, nil
}

func (c *CA) issue() (*tls.Certificate, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, err
	}
	now := c.now()
	end := now.Add(leafLife - backdate)
	if end.After(c.cert.NotAfter) {
		end = c.cert.NotAfter
	}
	raw, err := x509.CreateCertificate(rand.Reader, &x509.Certificate{
		Subject:     pkix.Name{Organization: []string{caOrganization}, CommonName: Names()[0]},
		NotBefore:   now.Add(-backdate),
		NotAfter:    end,
		KeyUsage:    x509.KeyUsageDigitalSignature,
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
		DNSNames:    permittedNames(),
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1).To4(), net.IPv6loopback},
	}, c.cert, key.Public(), c.key)
	if err != nil {
		return nil, err
	}
	leaf, err := x509.ParseCertificate(raw)
	if err != nil {
		return nil, err
	}
	return &tls.Certificate{Certificate: [][]byte{raw}, PrivateKey: key, Leaf: leaf}, nil
}

func permittedNames() []string { return append(Names(), "localhost") }

// makeCA writes a new authority beside home and renames it into place, so that
// home appears whole or not at all and the first of several makers wins.
func makeCA(home string, now time.Time) error {
	certPEM, keyPEM, err := generateCA(now)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(home), 0o755); err != nil {
		return err
	}
	temp, err := os.MkdirTemp(filepath.Dir(home), "ca-*.new")
	if err != nil {
		return err
	}
	defer func() { _ = os.RemoveAll(temp) }() // after the rename there is nothing to remove
	if err := os.WriteFile(filepath.Join(temp, "ca.key"), keyPEM, 0o600); err != nil {
		return err
	}
	if err := os.WriteFile(filepath.Join(temp, "ca.pem"), certPEM, 0o644); err != nil {
		return err
	}
	if err := os.Chmod(temp, 0o755); err != nil { // the certificate is public
		return err
	}
	err = os.Rename(temp, home)
	if _, there := os.Stat(filepath.Join(home, "ca.pem")); err != nil && there == nil {
		return nil // another process was first
	}
	return err
}

func generateCA(now time.Time) (certPEM, keyPEM []byte, err error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, nil, err
	}
	host, _ := os.Hostname() // only so that people can tell authorities apart
	template := &x509.Certificate{
		Subject: pkix.Name{
			Organization: []string{caOrganization},
			CommonName:   strings.TrimSpace("Gatepost local CA " + host),
		},
		NotBefore:             now.Add(-backdate),
		NotAfter:              now.Add(caLife),
		IsCA:                  true,
		BasicConstraintsValid: true,
		MaxPathLenZero:        true,
		KeyUsage:              x509.KeyUsageCertSign | x509.KeyUsageCRLSign,
		// Name constraints limit only the kinds of name they mention; the key
		// usage rules out mail and code signing as well.
		ExtKeyUsage:                 []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
		PermittedDNSDomainsCritical: true,
		PermittedDNSDomains:         permittedNames(),
		PermittedIPRanges: []*net.IPNet{
			{IP: net.IPv4(127, 0, 0, 0).To4(), Mask: net.CIDRMask(8, 32)},
			{IP: net.IPv6loopback, Mask: net.CIDRMask(128, 128)},
		},
	}
	raw, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		return nil, nil, err
	}
	keyRaw, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return nil, nil, err
	}
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: raw}),
		pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: keyRaw}), nil
}

func loadCA(home string, now func() time.Time) (*CA, error) {
	c := &CA{dir: home, now: now}
	var err error
	if c.pem, err = os.ReadFile(c.File()); err != nil {
		return nil, err
	}
	if c.cert, err = parseCertificate(c.pem); err != nil {
		return nil, fmt.Errorf("%s: %w", c.File(), err)
	}
	keyFile := filepath.Join(home, "ca.key")
	if c.key, err = readKey(keyFile); err != nil {
		return nil, err
	}
	if !c.key.PublicKey.Equal(c.cert.PublicKey) {
		return nil, fmt.Errorf("%s is not the key of %s", keyFile, c.File())
	}
	if err := c.usable(); err != nil {
		return nil, fmt.Errorf("%w; remove %s, and run \"gatepost trust on\" again if it was on", err, home)
	}
	return c, nil
}

func (c *CA) usable() error {
	if c.now().After(c.cert.NotAfter) {
		return fmt.Errorf("%s expired on %s", c.File(), c.cert.NotAfter.Format(time.DateOnly))
	}
	for _, name := range permittedNames() {
		if !slices.Contains(c.cert.PermittedDNSDomains, name) {
			return fmt.Errorf("%s was made by another version and does not permit %s", c.File(), name)
		}
	}
	return nil
}

func readKey(file string) (*ecdsa.PrivateKey, error) {
	info, err := os.Stat(file)
	if err != nil {
		return nil, err
	}
	if info.Mode().Perm()&0o077 != 0 && runtime.GOOS != "windows" {
		return nil, fmt.Errorf("%s may be read by others (mode %04o); run chmod 600 on it", file, info.Mode().Perm())
	}
	text, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	block, _ := pem.Decode(text)
	if block == nil {
		return nil, fmt.Errorf("%s holds no PEM block", file)
	}
	key, err := x509.ParsePKCS8PrivateKey(block.Bytes)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", file, err)
	}
	ec, ok := key.(*ecdsa.PrivateKey)
	if !ok {
		return nil, fmt.Errorf("%s holds a %T, want an ECDSA key", file, key)
	}
	return ec, nil
}

func parseCertificate(text []byte) (*x509.Certificate, error) {
	block, _ := pem.Decode(text)
	if block == nil || block.Type != "CERTIFICATE" {
		return nil, errors.New("no PEM certificate")
	}
	return x509.ParseCertificate(block.Bytes)
}
