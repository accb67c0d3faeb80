package site

import (
	"context"
	"errors"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/fstest"
)

func built() *Site {
	return &Site{
		Calls: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { _, _ = w.Write([]byte("call " + r.URL.Path)) }),
		Console: fstest.MapFS{"console.html": {Data: []byte("<title>console</title>")}, "favicon.svg": {Data: []byte("<svg/>")},
			"assets/app-1a2b.js": {Data: []byte("script")}},
		Docs:  fstest.MapFS{"index.html": {Data: []byte("<title>docs</title>")}, "v1.html": {Data: []byte("<title>v1</title>")}, "openapi.json": {Data: []byte("{}")}},
		Ready: func(context.Context) error { return nil },
		Keys:  []byte(`{"keys":[]}`),
	}
}

func get(s *Site, path string, head ...string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(http.MethodGet, path, nil)
	for i := 0; i+1 < len(head); i += 2 {
		r.Header.Set(head[i], head[i+1])
	}
	w := httptest.NewRecorder()
	s.ServeHTTP(w, r)
	return w
}

// A listener that answers calls by itself has to agree with the site on what is
// one: what is a call to it must not be a page here.
func TestIsCall(t *testing.T) {
	t.Parallel()
	s := built()
	s.Agents, s.Channel, s.Tunnels = http.NotFoundHandler(), http.NotFoundHandler(), http.NotFoundHandler()
	for _, path := range []string{"/", "/console", "/console/", "/console/api", "/console/api/app.list", "/docs", "/docs/v1", "/docsx", "/consolation", "/livez", "/readyz",
		"/favicon.ico", "/.well-known/jwks.json", "/.well-known/x", "/mcp", "/mcp/x", "/channel", "/listen", "/v1.0/x", "/gettoken", "//", "/apis/hr/v1/x"} {
		called := false
		s.Calls = http.HandlerFunc(func(http.ResponseWriter, *http.Request) { called = true })
		get(s, path, "Accept", "text/html")
		if IsCall(path) && !called {
			t.Errorf("%s is a call, and the site answers it", path)
		}
	}
	if !IsCall("/console/api/app.list") || !IsCall("/v1.0/x") || IsCall("/console/apps") {
		t.Error("calls and pages are taken for each other")
	}
}

// Every address inside the console is its page, so that a link to one opens;
// what has the form of a call goes to the gateway, known or not.
func TestWhoAnswers(t *testing.T) {
	t.Parallel()
	for path, want := range map[string]string{
		"/console/":                       "200 <title>console</title>",
		"/console":                        "200 <title>console</title>",
		"/console/apps/123/scopes":        "200 <title>console</title>",
		"/console/assets/app-1a2b.js":     "200 script",
		"/console/assets/app-old.js":      "404 Not Found\n",
		"/console/../../etc/passwd":       "200 <title>console</title>",
		"/console/assets/../console.html": "200 <title>console</title>",
		"/console/api/app.list":           "200 call /console/api/app.list",
		"/docs/":                          "200 <title>docs</title>",
		"/docs/v1":                        "200 <title>v1</title>",
		"/docs/openapi.json":              "200 {}",
		"/docs/none":                      "404 Not Found\n",
		"/docs/../site.go":                "404 Not Found\n",
		"/favicon.ico":                    "200 <svg/>",
		"/livez":                          "200 ok\n",
		"/.well-known/jwks.json":          `200 {"keys":[]}`,
		"/readyz":                         "200 ok\n",
		"/gettoken":                       "200 call /gettoken",
		"/topapi/v2/user/get":             "200 call /topapi/v2/user/get",
		"/v1.0/contact/users/me":          "200 call /v1.0/contact/users/me",
		"/":                               "200 call /",
		"/consolation":                    "200 call /consolation",
	} {
		w := get(built(), path)
		if got := strings.TrimSpace(w.Result().Status[:3]) + " " + w.Body.String(); got != want {
			t.Errorf("%s: %q, want %q", path, got, want)
		}
	}
	if w := get(built(), "/", "Accept", "text/html,*/*"); w.Code != http.StatusFound || w.Header().Get("Location") != "/console/" {
		t.Errorf("a browser at / is answered %d %s", w.Code, w.Header().Get("Location"))
	}
	if w := get(built(), "/docs"); w.Header().Get("Location") != "/docs/" {
		t.Errorf("/docs leads to %q", w.Header().Get("Location"))
	}
}

// Pages are checked for anew each time; what has a hash in its name never changes.
func TestHeaders(t *testing.T) {
	t.Parallel()
	s := built()
	for _, path := range []string{"/console/", "/console/assets/app-1a2b.js", "/docs/"} {
		h := get(s, path).Header()
		if h.Get("X-Content-Type-Options") != "nosniff" || !strings.Contains(h.Get("Content-Security-Policy"), "frame-ancestors 'none'") {
			t.Errorf("%s: %v", path, h)
		}
		if immutable := strings.Contains(h.Get("Cache-Control"), "immutable"); immutable != strings.Contains(path, "assets") {
			t.Errorf("%s is kept as %s", path, h.Get("Cache-Control"))
		}
	}
	if h := get(s, "/console/assets/app-old.js").Header(); strings.Contains(h.Get("Cache-Control"), "immutable") {
		t.Error("that a file is missing is kept for ever")
	}
}

// A platform without a built console runs and says how to build it.
func TestConsoleNotBuilt(t *testing.T) {
	t.Parallel()
	s := built()
	s.Console = fstest.MapFS{}
	if w := get(s, "/console/"); w.Code != http.StatusNotFound || !strings.Contains(w.Body.String(), "make") {
		t.Errorf("%d %s", w.Code, w.Body)
	}
	if w := get(s, "/gettoken"); w.Body.String() != "call /gettoken" {
		t.Errorf("calls are answered with %s", w.Body)
	}
}

type broken struct{}

func (broken) Open(name string) (fs.File, error) {
	return nil, &fs.PathError{Op: "open", Path: name, Err: errors.New("disk on fire")}
}

// What is wrong inside is told to machines, and not mistaken for absence.
func TestNotReady(t *testing.T) {
	t.Parallel()
	s := built()
	s.Ready = func(ctx context.Context) error {
		if _, limited := ctx.Deadline(); !limited {
			t.Error("a database that hangs hangs the health check")
		}
		return errors.New("no database")
	}
	s.Docs = broken{}
	if w := get(s, "/readyz"); w.Code != http.StatusServiceUnavailable || !strings.Contains(w.Body.String(), "no database") {
		t.Errorf("%d %s", w.Code, w.Body)
	}
	if w := get(s, "/livez"); w.Code != http.StatusOK {
		t.Errorf("alive, and answers %d", w.Code)
	}
	if w := get(s, "/docs/"); w.Code != http.StatusInternalServerError {
		t.Errorf("unreadable docs answer %d", w.Code)
	}
}
