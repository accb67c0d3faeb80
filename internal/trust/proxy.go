package trust

import (
	"bufio"
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httputil"
	"net/url"
	"strings"
	"time"

	"golang.org/x/net/http/httpproxy"
)

// proxy is the HTTP proxy of the environment mode. It sends Names to the front
// and everything else where it would have gone without us, through the user's
// own proxy if they had one.
type proxy struct {
	front   *front
	own     func(*url.URL) (*url.URL, error) // the user's proxy for a URL
	forward http.Handler
	dialer  net.Dialer
}

func newProxy(f *front, env environ) *proxy {
	p := &proxy{
		front:  f,
		own:    ownProxy(env),
		dialer: net.Dialer{Timeout: 30 * time.Second},
	}
	p.forward = &httputil.ReverseProxy{
		Transport: &http.Transport{
			Proxy:              func(r *http.Request) (*url.URL, error) { return p.own(r.URL) },
			DisableCompression: true,
		},
		FlushInterval: -1,
		ErrorLog:      slog.NewLogLogger(slog.DiscardHandler, 0),
		Rewrite:       func(r *httputil.ProxyRequest) { r.Out.URL.RawQuery = r.In.URL.RawQuery },
	}
	return p
}

// ownProxy reads the proxy variables the user had set.
func ownProxy(env environ) func(*url.URL) (*url.URL, error) {
	either := func(key string) string {
		if v := env.get(key); v != "" {
			return v
		}
		return env.get(strings.ToLower(key))
	}
	config := httpproxy.Config{
		HTTPProxy:  either("HTTP_PROXY"),
		HTTPSProxy: either("HTTPS_PROXY"),
		NoProxy:    either("NO_PROXY"),
	}
	return config.ProxyFunc()
}

// ServeHTTP serves CONNECT and requests with an absolute URL; some clients,
// axios among them, send the latter for https too.
func (p *proxy) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	switch {
	case r.Method == http.MethodConnect:
		p.connect(w, r)
	case r.URL.Host == "":
		http.Error(w, "gatepost exec: this is a proxy", http.StatusBadRequest)
	case isName(r.URL.Hostname()):
		p.front.handler.ServeHTTP(w, r)
	default:
		p.forward.ServeHTTP(w, r)
	}
}

func (p *proxy) connect(w http.ResponseWriter, r *http.Request) {
	remote, err := p.dial(r.Context(), r.Host)
	if err != nil {
		http.Error(w, "gatepost exec: "+err.Error(), http.StatusBadGateway)
		return
	}
	defer remote.Close()
	local, buffered, err := http.NewResponseController(w).Hijack()
	if err != nil {
		http.Error(w, "gatepost exec: "+err.Error(), http.StatusInternalServerError)
		return
	}
	defer local.Close()
	if _, err := io.WriteString(local, "HTTP/1.1 200 Connection established\r\n\r\n"); err != nil {
		return
	}
	// The client may have sent its first bytes along with the request.
	splice(duplex{Reader: buffered, Conn: local}, remote)
}

// dial connects to what a CONNECT asked for.
func (p *proxy) dial(ctx context.Context, target string) (net.Conn, error) {
	host, service, err := net.SplitHostPort(target)
	if err != nil {
		return nil, err
	}
	if isName(host) {
		switch service {
		case "443":
			return p.dialer.DialContext(ctx, "tcp", p.front.tls.Addr().String())
		case "80":
			return p.dialer.DialContext(ctx, "tcp", p.front.plain.Addr().String())
		}
	}
	via, err := p.own(&url.URL{Scheme: "https", Host: target})
	if err != nil {
		return nil, err
	}
	if via == nil {
		return p.dialer.DialContext(ctx, "tcp", target)
	}
	return p.dialVia(ctx, via, target)
}

// dialVia asks the user's own proxy for a tunnel.
func (p *proxy) dialVia(ctx context.Context, via *url.URL, target string) (net.Conn, error) {
	if via.Scheme != "http" {
		return nil, fmt.Errorf("cannot pass on to a proxy of kind %q", via.Scheme)
	}
	address := via.Host
	if via.Port() == "" {
		address = net.JoinHostPort(via.Hostname(), "80")
	}
	conn, err := p.dialer.DialContext(ctx, "tcp", address)
	if err != nil {
		return nil, err
	}
	request := &http.Request{Method: http.MethodConnect, URL: &url.URL{Opaque: target}, Host: target, Header: http.Header{}}
	if user := via.User; user != nil {
		password, _ := user.Password()
		request.Header.Set("Proxy-Authorization",
			"Basic "+base64.StdEncoding.EncodeToString([]byte(user.Username()+":"+password)))
	}
	reader := bufio.NewReader(conn)
	if err := exchange(conn, reader, request); err != nil {
		conn.Close()
		return nil, fmt.Errorf("proxy %s: %w", address, err)
	}
	return duplex{Reader: reader, Conn: conn}, nil
}

func exchange(conn net.Conn, reader *bufio.Reader, request *http.Request) error {
	if err := request.Write(conn); err != nil {
		return err
	}
	answer, err := http.ReadResponse(reader, request)
	if err != nil {
		return err
	}
	defer answer.Body.Close() // reads nothing: the answer to CONNECT has no body
	if answer.StatusCode != http.StatusOK {
		return errors.New(answer.Status)
	}
	return nil
}

// duplex is a connection some of whose input was read ahead.
type duplex struct {
	io.Reader
	net.Conn
}

func (d duplex) Read(p []byte) (int, error) { return d.Reader.Read(p) }

func (d duplex) CloseWrite() error { return closeWrite(d.Conn) }

// splice copies both ways until both directions have ended.
func splice(a, b net.Conn) {
	done := make(chan struct{})
	go func() {
		copyTo(a, b)
		close(done)
	}()
	copyTo(b, a)
	<-done
}

// copyTo ends with either side, and has nobody to tell a failure to but them.
func copyTo(to, from net.Conn) {
	_, _ = io.Copy(to, from)
	_ = closeWrite(to)
}

// closeWrite tells the other side that no more comes; some protocols wait for
// that while they still answer.
func closeWrite(c net.Conn) error {
	if half, ok := c.(interface{ CloseWrite() error }); ok {
		return half.CloseWrite()
	}
	return c.Close()
}
