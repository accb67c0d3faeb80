package platform_test

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/gatepost/gatepost/internal/config"
	"github.com/gatepost/gatepost/internal/platform"
	"github.com/gatepost/gatepost/internal/platformtest"
	"github.com/gatepost/gatepost/internal/scope"
	"github.com/gatepost/gatepost/internal/trust"
)

// trusting is a client that knows just the authority in the world's data.
func trusting(t *testing.T, w *platformtest.World, change func(*tls.Config)) *http.Client {
	t.Helper()
	ca, err := trust.OpenCA(w.Config.Data)
	if err != nil {
		t.Fatal(err)
	}
	conf := &tls.Config{RootCAs: ca.Pool()}
	if change != nil {
		change(conf)
	}
	transport := &http.Transport{TLSClientConfig: conf, ForceAttemptHTTP2: true}
	t.Cleanup(transport.CloseIdleConnections)
	return &http.Client{Transport: transport}
}

func get(t *testing.T, client *http.Client, address string) (*http.Response, error) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, address, nil)
	if err != nil {
		t.Fatal(err)
	}
	resp, err := client.Do(r)
	if err != nil {
		return nil, err
	}
	_, err = io.Copy(io.Discard, resp.Body)
	return resp, errors.Join(err, resp.Body.Close())
}

// feature: GW-016
func TestOwnCertificates(t *testing.T) {
	t.Parallel()
	w := platformtest.Start(t, platformtest.WithConfig(func(c *config.Config) { c.TLS = config.TLSOwn }))
	if !strings.HasPrefix(w.URL, "https://127.0.0.1:") || w.Platform.URL() != w.URL {
		t.Fatalf("the platform says it is at %s", w.URL)
	}
	resp, err := get(t, trusting(t, w, nil), w.URL+"/livez")
	if err != nil {
		t.Fatal(err)
	}
	if resp.Proto != "HTTP/2.0" || resp.TLS.Version < tls.VersionTLS12 {
		t.Errorf("%s over TLS %x", resp.Proto, resp.TLS.Version)
	}
	if resp.Header.Get("Strict-Transport-Security") != "" {
		t.Error("a development certificate binds browsers for a year")
	}
	if resp, err = get(t, trusting(t, w, nil), strings.Replace(w.URL, "127.0.0.1", "localhost", 1)+"/livez"); err != nil || resp.StatusCode != http.StatusOK {
		t.Errorf("as localhost: %v", err)
	}
	resp, err = get(t, trusting(t, w, func(c *tls.Config) { c.NextProtos = []string{"http/1.1"} }), w.URL+"/livez")
	if err != nil || resp.StatusCode != http.StatusOK {
		t.Errorf("a client of HTTP/1.1: %v", err)
	}
	old := func(c *tls.Config) { c.MinVersion, c.MaxVersion = tls.VersionTLS10, tls.VersionTLS11 } //nolint:gosec // what has to be refused
	if _, err = get(t, trusting(t, w, old), w.URL+"/livez"); err == nil {
		t.Error("TLS 1.1 is spoken")
	}
	if _, err = get(t, trusting(t, w, func(c *tls.Config) { c.RootCAs = x509.NewCertPool() }), w.URL+"/livez"); err == nil {
		t.Error("a client that does not know the authority trusts it")
	}
}

// certificates lays a development pair down as files, as a certificate manager
// would.
func certificates(t *testing.T) (certFile, keyFile string, roots *x509.CertPool) {
	t.Helper()
	dir := t.TempDir()
	certFile, keyFile = filepath.Join(dir, "tls.crt"), filepath.Join(dir, "tls.key")
	if out, err := exec.CommandContext(t.Context(), "openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
		"-days", "1", "-subj", "/CN=platform", "-addext", "subjectAltName=IP:127.0.0.1", "-keyout", keyFile, "-out", certFile).CombinedOutput(); err != nil {
		t.Skipf("no certificate without openssl: %v: %s", err, out)
	}
	text, err := os.ReadFile(certFile)
	if err != nil {
		t.Fatal(err)
	}
	roots = x509.NewCertPool()
	roots.AppendCertsFromPEM(text)
	return certFile, keyFile, roots
}

// A certificate from files, made and checked by clients that are not ours.
func TestCertificateFiles(t *testing.T) {
	t.Parallel()
	certFile, keyFile, roots := certificates(t)
	w := platformtest.Start(t, platformtest.WithConfig(func(c *config.Config) {
		c.TLS, c.TLSCert, c.TLSKey = config.TLSFiles, certFile, keyFile
	}))
	resp, err := get(t, trusting(t, w, func(c *tls.Config) { c.RootCAs = roots }), w.URL+"/livez")
	if err != nil {
		t.Fatal(err)
	}
	if got := resp.Header.Get("Strict-Transport-Security"); got != "max-age=31536000" || resp.Proto != "HTTP/2.0" {
		t.Errorf("%s with HSTS %q", resp.Proto, got)
	}
	out, err := exec.CommandContext(t.Context(), "openssl", "s_client", "-connect", strings.TrimPrefix(w.URL, "https://"),
		"-CAfile", certFile, "-verify_return_error", "-alpn", "h2,http/1.1", "-brief").CombinedOutput()
	if text := string(out); err != nil || !strings.Contains(text, "TLSv1.3") || !strings.Contains(text, "Verification: OK") {
		t.Errorf("openssl s_client: %v\n%s", err, text)
	}
}

func TestWrongCertificateFilesEndTheStart(t *testing.T) {
	t.Parallel()
	conf, err := config.Read()
	if err != nil {
		t.Fatal(err)
	}
	conf.Listen, conf.Data, conf.Volatile = "127.0.0.1:0", t.TempDir(), true
	conf.TLS, conf.TLSCert, conf.TLSKey = config.TLSFiles, "none.crt", "none.key"
	p, err := platform.Open(t.Context(), conf, platformtest.Version, time.Now, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	defer p.Close()
	if _, _, err := p.Listen(t.Context()); err == nil || !strings.Contains(err.Error(), "none.crt") {
		t.Errorf("listens with %v", err)
	}
}

// Behind a proxy that is trusted its word counts that the call came over https;
// anybody else's does not.
func TestHTTPSEndsAtTheProxy(t *testing.T) {
	t.Parallel()
	w := platformtest.Start(t, platformtest.WithConfig(func(c *config.Config) { c.Proxies = []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8")} }))
	corp, _ := w.Corp("acme")
	crm := w.App(corp, "crm", scope.Base)
	token := w.Token(crm)
	if err := w.Apps.RequireHTTPS(t.Context(), corp, true); err != nil {
		t.Fatal(err)
	}
	for _, tc := range []struct {
		name, from, proto string
		want              string // the rule that refuses
	}{
		{"straight", platformtest.Loopback, "", "transport.https"},
		{"by the proxy, over https", "10.0.0.1", "https", ""},
		{"by the proxy, over http", "10.0.0.1", "http", "transport.https"},
		{"pretending", "203.0.113.9", "https", "transport.https"},
	} {
		head := map[string]string{"X-Forwarded-For": "203.0.113.9", "X-Forwarded-Proto": tc.proto}
		for _, path := range []string{"/get_jsapi_ticket", "/gettoken?appkey=" + string(crm.Key) + "&appsecret=" + crm.Secret} {
			c := platformtest.Call{Path: path, From: tc.from, Head: head}
			if path == "/get_jsapi_ticket" {
				c.Token = token
			}
			if got := w.Do(c).Rule(t); got != tc.want {
				t.Errorf("%s: %s is refused by %q, want %q", tc.name, path, got, tc.want)
			}
		}
	}
}
