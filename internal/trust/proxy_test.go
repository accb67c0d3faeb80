package trust

import (
	"crypto/tls"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"
)

// TestProxyPassesOthersOn: what is not for us goes through the proxy the user
// had, and with NO_PROXY past it.
func TestProxyPassesOthersOn(t *testing.T) {
	ca := testCA(t, t.TempDir())
	other := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = fmt.Fprint(w, "other ", r.URL.RequestURI())
	}))
	defer other.Close()
	platform := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = fmt.Fprint(w, "platform ", r.Host)
	}))
	defer platform.Close()
	upstream, _ := url.Parse(platform.URL)
	front, err := openFront(upstream, ca, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer front.close()

	// The user's own proxy knows one name nobody else knows, and wants a password.
	var passed atomic.Int32
	own := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		passed.Add(1)
		if r.Header.Get("Proxy-Authorization") != "Basic dTpw" {
			http.Error(w, "who are you", http.StatusProxyAuthRequired)
			return
		}
		direct := &proxy{front: front, own: ownProxy(nil)}
		r.Host = other.Listener.Addr().String()
		direct.connect(w, r)
	}))
	defer own.Close()

	for _, c := range []struct {
		env  environ
		url  string
		want string
	}{
		{nil, other.URL + "/a?b;c", "other /a?b;c"},
		{nil, "https://oapi.dingtalk.com/", "platform oapi.dingtalk.com"},
		{nil, "http://api.dingtalk.com/", "platform api.dingtalk.com"},
		{environ{"https_proxy=http://u:p@" + own.Listener.Addr().String()}, "https://elsewhere.invalid/", "other /"},
		{environ{"HTTPS_PROXY=http://u:p@" + own.Listener.Addr().String()}, "https://oapi.dingtalk.com/", "platform oapi.dingtalk.com"},
		{environ{"HTTPS_PROXY=http://" + own.Listener.Addr().String()}, "https://elsewhere.invalid/", "Bad Gateway"},
		{environ{"HTTPS_PROXY=http://" + own.Listener.Addr().String(), "NO_PROXY=.invalid"}, "https://elsewhere.invalid/", "Bad Gateway"},
	} {
		server := httptest.NewServer(newProxy(front, c.env))
		if got := get(server.URL, c.url); !strings.Contains(got, c.want) {
			t.Errorf("%q, %s: got %q, want %q", c.env, c.url, got, c.want)
		}
		server.Close()
	}
	if passed.Load() != 2 {
		t.Errorf("the user's proxy was asked %d times, want 2", passed.Load())
	}
}

func get(proxy, target string) string {
	via, err := url.Parse(proxy)
	if err != nil {
		return err.Error()
	}
	client := &http.Client{Transport: &http.Transport{
		Proxy:           http.ProxyURL(via),
		TLSClientConfig: &tls.Config{InsecureSkipVerify: true},
	}}
	defer client.CloseIdleConnections()
	r, err := client.Get(target)
	if err != nil {
		return err.Error()
	}
	defer r.Body.Close()
	text, err := io.ReadAll(r.Body)
	return fmt.Sprint(string(text), err)
}

// TestFrontTellsWhenThePlatformIsGone: the answer names who does not answer.
func TestFrontTellsWhenThePlatformIsGone(t *testing.T) {
	gone := httptest.NewServer(http.NotFoundHandler())
	gone.Close()
	upstream, _ := url.Parse(gone.URL)
	r := httptest.NewRecorder()
	passTo(upstream, testCA(t, t.TempDir()), nil).ServeHTTP(r, httptest.NewRequest(http.MethodGet, "https://oapi.dingtalk.com/", nil))
	if r.Code != http.StatusBadGateway || !strings.Contains(r.Body.String(), gone.URL) {
		t.Errorf("%d %s", r.Code, r.Body)
	}
}
