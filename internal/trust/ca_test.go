package trust

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

func testCA(t *testing.T, dir string) *CA {
	t.Helper()
	ca, err := OpenCA(dir)
	if err != nil {
		t.Fatal(err)
	}
	return ca
}

func TestOpenCAKeepsWhatItMade(t *testing.T) {
	dir := t.TempDir()
	first, second := testCA(t, dir), testCA(t, dir)
	if first.Fingerprint() != second.Fingerprint() {
		t.Error("the second OpenCA made another authority")
	}
	info, err := os.Stat(filepath.Join(dir, "ca", "ca.key"))
	if err != nil || runtime.GOOS != "windows" && info.Mode().Perm() != 0o600 {
		t.Errorf("ca.key: %v, %v", info.Mode(), err)
	}
	if left, _ := filepath.Glob(filepath.Join(dir, "*.new")); len(left) > 0 {
		t.Errorf("left behind: %v", left)
	}
}

func TestOpenCAAtOnce(t *testing.T) {
	dir := t.TempDir()
	var all sync.WaitGroup
	prints := make([]string, 8)
	for i := range prints {
		all.Go(func() {
			if ca, err := OpenCA(dir); err != nil {
				t.Error(err)
			} else {
				prints[i] = ca.Fingerprint()
			}
		})
	}
	all.Wait()
	if slices.Sort(prints); prints[0] != prints[len(prints)-1] {
		t.Errorf("several authorities: %v", prints)
	}
}

func TestOpenCARefuses(t *testing.T) {
	for name, spoil := range map[string]func(home string) error{
		"no key":        func(home string) error { return os.Remove(filepath.Join(home, "ca.key")) },
		"no cert":       func(home string) error { return os.Remove(filepath.Join(home, "ca.pem")) },
		"garbled cert":  func(home string) error { return os.WriteFile(filepath.Join(home, "ca.pem"), []byte("x"), 0o644) },
		"garbled key":   func(home string) error { return os.WriteFile(filepath.Join(home, "ca.key"), []byte("x"), 0o600) },
		"open key":      func(home string) error { return os.Chmod(filepath.Join(home, "ca.key"), 0o644) },
		"not its key":   func(home string) error { return swapKey(home) },
		"empty as left": func(home string) error { return os.WriteFile(filepath.Join(home, "ca.pem"), nil, 0o644) },
	} {
		t.Run(name, func(t *testing.T) {
			if name == "open key" && runtime.GOOS == "windows" {
				t.Skip("Windows has no such modes")
			}
			dir := t.TempDir()
			testCA(t, dir)
			if err := spoil(filepath.Join(dir, "ca")); err != nil {
				t.Fatal(err)
			}
			if _, err := OpenCA(dir); err == nil {
				t.Error("no error")
			}
		})
	}
}

func swapKey(home string) error {
	_, key, err := generateCA(time.Now())
	if err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(home, "ca.key"), key, 0o600)
}

func TestOpenCAExpired(t *testing.T) {
	dir := t.TempDir()
	testCA(t, dir)
	later := func() time.Time { return time.Now().Add(caLife + time.Hour) }
	if _, err := openCA(dir, later); err == nil || !strings.Contains(err.Error(), "expired") {
		t.Errorf("got %v", err)
	}
}

func TestLeafLivesAndIsRenewed(t *testing.T) {
	now := time.Now()
	ca, err := openCA(t.TempDir(), func() time.Time { return now })
	if err != nil {
		t.Fatal(err)
	}
	leaf := func() *x509.Certificate {
		cert, err := ca.certificate(&tls.ClientHelloInfo{ServerName: "oapi.dingtalk.com"})
		if err != nil {
			t.Fatal(err)
		}
		return cert.Leaf
	}
	first := leaf()
	if life := first.NotAfter.Sub(first.NotBefore); life > 397*24*time.Hour {
		t.Errorf("a leaf lives %v", life)
	}
	if !leaf().Equal(first) {
		t.Error("the leaf is not kept")
	}
	now = first.NotAfter.Add(-24 * time.Hour)
	if renewed := leaf(); renewed.Equal(first) || !renewed.NotAfter.After(first.NotAfter) {
		t.Error("the leaf is not renewed before it expires")
	}
	now = ca.cert.NotAfter.Add(-time.Minute)
	if last := leaf(); last.NotAfter.After(ca.cert.NotAfter) {
		t.Error("a leaf outlives its authority")
	}
}

func TestStolenKeyIsWorthNothingElsewhere(t *testing.T) {
	ca := testCA(t, t.TempDir())
	for name, leaf := range map[string]*x509.Certificate{
		"another site":    {DNSNames: []string{"www.example.com"}},
		"all of DingTalk": {DNSNames: []string{"*.dingtalk.com"}},
		"another address": {IPAddresses: []net.IP{net.IPv4(10, 0, 0, 1)}},
		"any IPv6":        {IPAddresses: []net.IP{net.ParseIP("2001:db8::1")}},
	} {
		if err := verify(t, ca, leaf); err == nil {
			t.Errorf("%s: the certificate is believed", name)
		}
	}
	for _, name := range append(Names(), "localhost") {
		if err := verify(t, ca, &x509.Certificate{DNSNames: []string{name}}); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func verify(t *testing.T, ca *CA, template *x509.Certificate) error {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template.NotBefore, template.NotAfter = time.Now().Add(-time.Minute), time.Now().Add(time.Hour)
	raw, err := x509.CreateCertificate(rand.Reader, template, ca.cert, key.Public(), ca.key)
	if err != nil {
		t.Fatal(err)
	}
	leaf, err := x509.ParseCertificate(raw)
	if err != nil {
		t.Fatal(err)
	}
	_, err = leaf.Verify(x509.VerifyOptions{Roots: ca.Pool()})
	return err
}

func TestListenTLSSpeaksForEveryName(t *testing.T) {
	ca := testCA(t, t.TempDir())
	ln, err := ListenTLS("127.0.0.1:0", ca)
	if err != nil {
		t.Fatal(err)
	}
	server := &http.Server{Handler: http.NotFoundHandler(), ReadHeaderTimeout: time.Minute}
	go func() { _ = server.Serve(ln) }()
	defer server.Close()
	for _, name := range append(Names(), "localhost", "127.0.0.1") {
		for _, protocol := range []string{"h2", "http/1.1"} {
			conn, err := tls.Dial("tcp", ln.Addr().String(), &tls.Config{RootCAs: ca.Pool(), ServerName: name, NextProtos: []string{protocol}})
			if err != nil {
				t.Errorf("%s: %v", name, err)
				continue
			}
			if got := conn.ConnectionState().NegotiatedProtocol; got != protocol {
				t.Errorf("%s: %q negotiated, want %q", name, got, protocol)
			}
			conn.Close()
		}
	}
	if _, err := tls.Dial("tcp", ln.Addr().String(), &tls.Config{RootCAs: ca.Pool(), ServerName: "www.example.com"}); err == nil {
		t.Error("a certificate for www.example.com")
	}
}
