package cli

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// patience is how long an answer of the platform may take: making a company of
// a hundred thousand people is one call.
const patience = 5 * time.Minute

// web returns an HTTP client for the platform at base. For https it trusts,
// beside the system's authorities, the one of --ca, GATEPOST_CA or demo.env, or
// else the platform's own in the data directory of this folder.
func (c *commands) web(base string) (*http.Client, error) {
	client := &http.Client{Timeout: patience}
	if !strings.HasPrefix(base, "https:") {
		return client, nil
	}
	text, err := c.authority()
	if err != nil || text == nil {
		return client, err
	}
	pool, err := x509.SystemCertPool()
	if err != nil {
		pool = x509.NewCertPool() // a system without a store of its own
	}
	if !pool.AppendCertsFromPEM(text) {
		return nil, usageError{errors.New("the file of the authority to trust holds no PEM certificate")}
	}
	transport := http.DefaultTransport.(*http.Transport).Clone()
	transport.TLSClientConfig = &tls.Config{RootCAs: pool, MinVersion: tls.VersionTLS12}
	client.Transport = transport
	return client, nil
}

// authority is the certificate to trust beside the system's; nil for none.
func (c *commands) authority() ([]byte, error) {
	if given := c.value(c.ca, "GATEPOST_CA", c.demoEnv()); given != "" {
		if !filepath.IsAbs(given) {
			given = filepath.Join(c.Dir, given)
		}
		text, err := os.ReadFile(given)
		if err != nil {
			return nil, fmt.Errorf("the authority to trust: %w", err)
		}
		return text, nil
	}
	text, err := os.ReadFile(authorityFile(c.trustDir("")))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	return text, err
}

// authorityFile is where a data directory keeps the certificate of the
// platform's own authority.
func authorityFile(data string) string { return filepath.Join(data, "ca", "ca.pem") }
