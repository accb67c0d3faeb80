package platform

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"syscall"
	"time"
)

// plainTolerant is a listener for TLS whose connections answer a client that
// speaks plain http to them, instead of failing in a way that says nothing.
type plainTolerant struct{ net.Listener }

func (l plainTolerant) Accept() (net.Conn, error) {
	c, err := l.Listener.Accept()
	if err != nil {
		return nil, err
	}
	return &plainConn{Conn: c}, nil
}

// plainConn looks at the first byte that comes. A handshake of TLS begins with
// 22; the method of http is capital letters.
type plainConn struct {
	net.Conn
	looked bool
}

// SyscallConn implements syscall.Conn for the connection below, if it has one.
func (c *plainConn) SyscallConn() (syscall.RawConn, error) {
	if sc, ok := c.Conn.(syscall.Conn); ok {
		return sc.SyscallConn()
	}
	return nil, errors.ErrUnsupported
}

func (c *plainConn) Read(p []byte) (int, error) {
	n, err := c.Conn.Read(p)
	if c.looked || n == 0 {
		return n, err
	}
	c.looked = true
	if p[0] < 'A' || p[0] > 'Z' {
		return n, err
	}
	c.answer(p[:n])
	return 0, io.EOF
}

// plainWait is how long a client may take to tell what it wants, and to take
// the answer.
const plainWait = 5 * time.Second

// answer answers a request that began with first. What fails leaves the client
// with a closed connection, which is what it had otherwise.
func (c *plainConn) answer(first []byte) {
	_ = c.SetDeadline(time.Now().Add(plainWait)) //nolint:forbidigo // waiting is not data
	head := io.LimitReader(io.MultiReader(bytes.NewReader(first), c.Conn), 64<<10)
	r, err := http.ReadRequest(bufio.NewReader(head))
	if err != nil {
		return
	}
	status, location, text := http.StatusBadRequest, "", fmt.Sprintf("此端口只接受 https，收到的是 http；请改用 https://%[1]s\nThis port speaks https, and the request came as http; use https://%[1]s\n", printable(r.Host))
	if page(r) {
		status, location = http.StatusTemporaryRedirect, fmt.Sprintf("Location: https://%s%s\r\n", printable(r.Host), r.URL.EscapedPath())
	}
	_, _ = fmt.Fprintf(c.Conn, "HTTP/1.1 %d %s\r\n%sContent-Type: text/plain; charset=utf-8\r\nContent-Length: %d\r\nConnection: close\r\n\r\n%s",
		status, http.StatusText(status), location, len(text), text)
}

// page reports whether r asks for what a person looks at. Calls are not sent on
// to https: whatever secret one brought has been on the wire, and a client that
// follows would never be noticed.
func page(r *http.Request) bool {
	if r.Host == "" || r.Method != http.MethodGet && r.Method != http.MethodHead {
		return false
	}
	p := r.URL.Path
	return p == "/" || p == "/docs" || strings.HasPrefix(p, "/docs/") || p == "/console" || strings.HasPrefix(p, "/console/") && !strings.HasPrefix(p, "/console/api/")
}

// printable is what of a host can stand in an answer.
func printable(host string) string {
	return strings.Map(func(r rune) rune {
		if r <= ' ' || r > '~' {
			return -1
		}
		return r
	}, host)
}
