package trust

import (
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/http/httputil"
	"net/url"
	"time"
)

// front is what the command reaches instead of DingTalk: a TLS listener and a
// plain one, whose requests go to the platform.
type front struct {
	tls, plain net.Listener // on 127.0.0.1, random ports
	servers    []*http.Server
	handler    http.Handler
	ca         *CA
}

func openFront(upstream *url.URL, ca *CA, vouchers []byte) (*front, error) {
	f := &front{handler: passTo(upstream, ca, vouchers), ca: ca}
	var err error
	if f.tls, err = f.listen("127.0.0.1:0", true); err != nil {
		return nil, err
	}
	if f.plain, err = f.listen("127.0.0.1:0", false); err != nil {
		f.close()
		return nil, err
	}
	return f, nil
}

// listen serves on one more address until the front is closed.
func (f *front) listen(addr string, secure bool) (net.Listener, error) {
	ln, err := net.Listen("tcp", addr)
	if err != nil {
		return nil, err
	}
	f.serve(ln, secure, f.handler)
	return ln, nil
}

func (f *front) serve(ln net.Listener, secure bool, handler http.Handler) {
	server := &http.Server{
		Handler:           handler,
		ReadHeaderTimeout: time.Minute,
		// The command owns stderr; clients report their failures themselves.
		ErrorLog: slog.NewLogLogger(slog.DiscardHandler, 0),
	}
	f.servers = append(f.servers, server)
	if secure {
		ln = tls.NewListener(ln, f.ca.TLSConfig())
	}
	go func() { _ = server.Serve(ln) }() // ends when closed
}

// close ends all connections at once: whoever used them has ended.
func (f *front) close() {
	for _, server := range f.servers {
		server.Close()
	}
}

// port returns the port of a TCP listener, 0 for any other.
func port(ln net.Listener) uint16 {
	if addr, ok := ln.Addr().(*net.TCPAddr); ok {
		return addr.AddrPort().Port()
	}
	return 0
}

// passTo returns a reverse proxy to the platform. The request arrives there as
// the command sent it, with the Host it was meant for; X-Forwarded-Host and
// X-Forwarded-Proto repeat what the command believes it talks to.
func passTo(upstream *url.URL, ca *CA, vouchers []byte) http.Handler {
	return &httputil.ReverseProxy{
		Transport:     upstreamTransport(ca, vouchers),
		FlushInterval: -1, // answers may be streams
		ErrorLog:      slog.NewLogLogger(slog.DiscardHandler, 0),
		Rewrite: func(r *httputil.ProxyRequest) {
			r.SetURL(upstream)
			r.SetXForwarded()
			if r.In.URL.Scheme == "https" { // a proxy request in the clear
				r.Out.Header.Set("X-Forwarded-Proto", "https")
			}
			r.Out.Host = r.In.Host
			r.Out.URL.RawQuery = r.In.URL.RawQuery // even what cannot be parsed
		},
		ErrorHandler: func(w http.ResponseWriter, r *http.Request, err error) {
			http.Error(w, fmt.Sprintf("gatepost exec: the platform at %s does not answer: %v", upstream.Redacted(), err),
				http.StatusBadGateway)
		},
	}
}

func upstreamTransport(ca *CA, vouchers []byte) *http.Transport {
	pool := ca.Pool()
	if system, err := systemPool(); err == nil {
		pool = system
		pool.AddCert(ca.cert)
	}
	pool.AppendCertsFromPEM(vouchers)
	return &http.Transport{
		// No Proxy: the platform is ours, and the proxy variables may be too.
		DialContext:         (&net.Dialer{Timeout: 10 * time.Second}).DialContext,
		TLSClientConfig:     &tls.Config{RootCAs: pool},
		DisableCompression:  true, // leave the encoding to the two ends
		MaxIdleConnsPerHost: 64,
		IdleConnTimeout:     time.Minute,
	}
}

func checkUpstream(u *url.URL) error {
	switch {
	case u == nil:
		return errors.New("no platform address given")
	case u.Scheme != "http" && u.Scheme != "https", u.Host == "":
		return fmt.Errorf("the platform's address %q is not an http or https URL", u.Redacted())
	}
	return nil
}
