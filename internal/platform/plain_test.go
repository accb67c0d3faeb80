package platform_test

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/gatepost/gatepost/internal/config"
	"github.com/gatepost/gatepost/internal/platformtest"
)

// Who speaks http to a port of TLS is told so; a browser is sent on.
func TestPlainHTTPOnTLS(t *testing.T) {
	t.Parallel()
	w := platformtest.Start(t, platformtest.WithConfig(func(c *config.Config) { c.TLS = config.TLSOwn }))
	address := strings.TrimPrefix(w.URL, "https://")
	for _, tc := range []struct {
		request, location string
		status            int
	}{
		{"POST /topapi/v2/user/get?access_token=x HTTP/1.1\r\nHost: gate.example\r\nContent-Length: 2\r\n\r\n{}", "", 400},
		{"GET /gettoken?appkey=a&appsecret=b HTTP/1.1\r\nHost: gate.example\r\n\r\n", "", 400},
		{"POST /console/api/session.open HTTP/1.1\r\nHost: gate.example\r\n\r\n", "", 400},
		{"GET /console/api/session.get HTTP/1.1\r\nHost: gate.example\r\n\r\n", "", 400},
		{"GET /console/apps?x=1 HTTP/1.1\r\nHost: gate.example:8443\r\n\r\n", "https://gate.example:8443/console/apps", 307},
		{"GET / HTTP/1.1\r\nHost: gate.example\r\n\r\n", "https://gate.example/", 307},
		{"GET /console/%0d%0aX:1 HTTP/1.1\r\nHost: gate.example\r\n\r\n", "https://gate.example/console/%0d%0aX:1", 307},
		{"GET //evil.example/console/ HTTP/1.1\r\nHost: gate.example\r\n\r\n", "", 400},
	} {
		conn, err := net.Dial("tcp", address)
		if err != nil {
			t.Fatal(err)
		}
		if err := conn.SetDeadline(time.Now().Add(20 * time.Second)); err != nil {
			t.Fatal(err)
		}
		if _, err := fmt.Fprint(conn, tc.request); err != nil {
			t.Fatal(err)
		}
		answer, err := http.ReadResponse(bufio.NewReader(conn), nil)
		if err != nil {
			t.Fatalf("%q: %v", tc.request, err)
		}
		text, err := io.ReadAll(answer.Body)
		if err != nil {
			t.Fatal(err)
		}
		if answer.StatusCode != tc.status || answer.Header.Get("Location") != tc.location || !strings.Contains(string(text), "https://gate.example") {
			t.Errorf("%q: %d %v %q", tc.request, answer.StatusCode, answer.Header, text)
		}
		conn.Close()
	}
	if resp, err := get(t, trusting(t, w, nil), w.URL+"/livez"); err != nil || resp.StatusCode != http.StatusOK {
		t.Errorf("over https: %v", err)
	}
}
