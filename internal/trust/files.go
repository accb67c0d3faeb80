package trust

import (
	"crypto/tls"
	"fmt"
	"os"
	"sync"
	"time"
)

// lookEvery is how often at most the files of a certificate are looked at.
const lookEvery = time.Second

// Files is a certificate that others made and renew: a chain and its key in two
// PEM files. A handshake more than a second after the last look sees what stands
// in the files by then, without a restart. While the two do not belong together,
// as between the two writes of a renewal, the last good pair is shown.
//
// Its methods may be called from several goroutines.
type Files struct {
	certFile, keyFile string
	failed            func(error)
	now               func() time.Time

	mu     sync.Mutex
	looked time.Time
	seen   [2]stamp // of the pair that is shown
	pair   *tls.Certificate
}

// stamp tells one content of a file from the next.
type stamp struct {
	changed time.Time
	size    int64
}

// OpenFiles reads the pair, and fails where it cannot be used. What goes wrong
// with a later pair is told to failed.
func OpenFiles(certFile, keyFile string, failed func(error)) (*Files, error) {
	//nolint:forbidigo // the world's time: how old the last look is, no corp can move
	f := &Files{certFile: certFile, keyFile: keyFile, failed: failed, now: time.Now}
	f.looked = f.now()
	return f, f.look()
}

// TLSConfig returns a server configuration that shows the certificate and speaks
// h2 and http/1.1.
func (f *Files) TLSConfig() *tls.Config {
	return &tls.Config{
		MinVersion:     tls.VersionTLS12,
		NextProtos:     []string{"h2", "http/1.1"},
		GetCertificate: func(*tls.ClientHelloInfo) (*tls.Certificate, error) { return f.certificate(), nil },
	}
}

func (f *Files) certificate() *tls.Certificate {
	f.mu.Lock()
	defer f.mu.Unlock()
	if now := f.now(); now.Sub(f.looked) >= lookEvery {
		f.looked = now
		if err := f.look(); err != nil {
			f.failed(err)
		}
	}
	return f.pair
}

// look reads the pair if either file is another than the one that is shown.
func (f *Files) look() error {
	var found [2]stamp
	for i, name := range []string{f.certFile, f.keyFile} {
		info, err := os.Stat(name)
		if err != nil {
			return fmt.Errorf("trust: the certificate: %w", err)
		}
		found[i] = stamp{info.ModTime(), info.Size()}
	}
	if f.pair != nil && found == f.seen {
		return nil
	}
	pair, err := tls.LoadX509KeyPair(f.certFile, f.keyFile)
	if err != nil {
		return fmt.Errorf("trust: the certificate in %s with the key in %s: %w", f.certFile, f.keyFile, err)
	}
	f.pair, f.seen = &pair, found
	return nil
}
