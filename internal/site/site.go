// Package site serves what people open in a browser: the console, the
// documentation, and the pages that machines ask for their health. Calls go past
// it to the gateway.
package site

import (
	"bytes"
	"context"
	"errors"
	"io"
	"io/fs"
	"net/http"
	"path"
	"strings"
	"time"

	"github.com/gatepost/gatepost/internal/op"
)

// Site answers browsers, hands assistants to Agents and everything else to Calls.
type Site struct {
	Calls   http.Handler
	Consent http.Handler                // where people let applications in
	Agents  http.Handler                // assistants, and what they ask for before they come in
	Channel http.Handler                // the client data channel, and where its key is told
	Stream  http.Handler                // where applications connect to be told of events
	Tunnels http.Handler                // where developers' machines connect for callbacks
	Console fs.FS                       // the built console; without console.html a page says how to build it
	Docs    fs.FS                       // the documentation pages
	Ready   func(context.Context) error // nil when calls can be answered
	Keys    []byte                      // by which upstreams verify who calls, as a JSON Web Key Set
}

// Where assistants come in, and where they learn how (package mcp); and where the
// client data channel is, and where applications and developers' machines connect.
const (
	agentsPath  = "/mcp"
	wellKnown   = "/.well-known/oauth-protected-resource"
	channelPath = "/channel"
	streamPath  = "/connect"
	listenPath  = "/listen"
	consentPath = "/oauth2/auth"
)

// policy lets pages load only what this site serves. Styles may be inline
// because the component library of the console writes them so.
const policy = "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; frame-ancestors 'none'; base-uri 'none'; form-action 'self'"

// IsCall reports whether a request for path is a call, whatever else it says.
func IsCall(path string) bool {
	switch {
	case strings.HasPrefix(path, op.ConsolePath):
		return true
	case path == "/", path == "/livez", path == "/readyz", path == "/favicon.ico", path == "/console", path == "/docs",
		path == consentPath, path == agentsPath, path == channelPath, path == streamPath, path == listenPath:
		return false
	}
	return !strings.HasPrefix(path, "/console/") && !strings.HasPrefix(path, "/docs/") && !strings.HasPrefix(path, "/.well-known/")
}

func (s *Site) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	switch p := r.URL.Path; {
	case IsCall(p):
		s.Calls.ServeHTTP(w, r)
	case s.Channel != nil && (p == channelPath || p == "/.well-known/gatepost-channel"):
		s.Channel.ServeHTTP(w, r)
	case s.Stream != nil && p == streamPath:
		s.Stream.ServeHTTP(w, r)
	case s.Tunnels != nil && p == listenPath:
		s.Tunnels.ServeHTTP(w, r)
	case p == consentPath:
		s.Consent.ServeHTTP(w, r)
	case p == "/livez":
		plain(w, http.StatusOK, "ok\n")
	case p == "/readyz":
		s.ready(w, r)
	case p == "/.well-known/jwks.json":
		w.Header().Set("Content-Type", "application/jwk-set+json")
		w.Header().Set("Cache-Control", "max-age=3600")
		_, _ = w.Write(s.Keys) // who asked is gone
	case p == "/console" || strings.HasPrefix(p, "/console/"):
		s.console(w, r, strings.TrimPrefix(strings.TrimPrefix(p, "/console"), "/"))
	case p == "/docs" || strings.HasPrefix(p, "/docs/"):
		s.docs(w, r, strings.Trim(strings.TrimPrefix(p, "/docs"), "/"))
	case p == "/" && r.Method == http.MethodGet && strings.Contains(r.Header.Get("Accept"), "text/html"):
		http.Redirect(w, r, "/console/", http.StatusFound)
	case p == agentsPath || p == wellKnown || p == wellKnown+agentsPath:
		s.Agents.ServeHTTP(w, r)
	case p == "/favicon.ico":
		s.file(w, r, s.Console, "favicon.svg", false)
	default:
		s.Calls.ServeHTTP(w, r)
	}
}

func (s *Site) ready(w http.ResponseWriter, r *http.Request) {
	ctx, cancel := context.WithTimeout(r.Context(), 2*time.Second)
	defer cancel()
	if err := s.Ready(ctx); err != nil {
		plain(w, http.StatusServiceUnavailable, "not ready: "+err.Error()+"\n")
		return
	}
	plain(w, http.StatusOK, "ok\n")
}

// console serves a built file, and the page itself for every address inside the
// console. A file with a hash in its name never changes; one that does not exist
// is not found, so that no cache keeps the page in its place.
func (s *Site) console(w http.ResponseWriter, r *http.Request, name string) {
	if strings.HasPrefix(name, "assets/") {
		s.file(w, r, s.Console, name, true)
		return
	}
	if name != "" {
		if st, err := fs.Stat(s.Console, path.Clean(name)); err == nil && !st.IsDir() {
			s.file(w, r, s.Console, name, false)
			return
		}
	}
	if _, err := fs.Stat(s.Console, "console.html"); err != nil {
		page(w, http.StatusNotFound, unbuilt)
		return
	}
	s.file(w, r, s.Console, "console.html", false)
}

const unbuilt = `<!doctype html><html lang="zh-CN"><meta charset="utf-8"><title>Gatepost</title>
<body style="font:16px/1.6 system-ui;max-width:40em;margin:4em auto;padding:0 1em">
<h1>控制台尚未构建 · The console is not built</h1>
<p>平台已在运行，接口可用。在源码目录执行 <code>make</code> 后重新启动即可打开控制台。</p>
<p>The platform runs and answers calls. Run <code>make</code> in the source tree and start again to open the console.</p>`

// docs serves the documentation; an address without an ending means the page.
func (s *Site) docs(w http.ResponseWriter, r *http.Request, name string) {
	if name == "" {
		if !strings.HasSuffix(r.URL.Path, "/") {
			http.Redirect(w, r, "/docs/", http.StatusMovedPermanently)
			return
		}
		name = "index.html"
	}
	if path.Ext(name) == "" {
		name += ".html"
	}
	s.file(w, r, s.Docs, name, false)
}

func (s *Site) file(w http.ResponseWriter, r *http.Request, from fs.FS, name string, immutable bool) {
	f, err := from.Open(path.Clean(name))
	if err != nil {
		status := http.StatusInternalServerError
		if errors.Is(err, fs.ErrNotExist) || errors.Is(err, fs.ErrInvalid) {
			status = http.StatusNotFound
		}
		plain(w, status, http.StatusText(status)+"\n")
		return
	}
	defer f.Close()
	st, err := f.Stat()
	if err != nil || st.IsDir() {
		plain(w, http.StatusNotFound, "Not Found\n")
		return
	}
	content, ok := f.(io.ReadSeeker)
	if !ok {
		b, err := io.ReadAll(f)
		if err != nil {
			plain(w, http.StatusInternalServerError, "unreadable\n")
			return
		}
		content = bytes.NewReader(b)
	}
	secure(w)
	if immutable {
		w.Header().Set("Cache-Control", "public, max-age=31536000, immutable")
	}
	http.ServeContent(w, r, st.Name(), st.ModTime(), content)
}

func secure(w http.ResponseWriter) {
	h := w.Header()
	h.Set("Content-Security-Policy", policy)
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Referrer-Policy", "same-origin")
	h.Set("Cache-Control", "no-cache")
}

func plain(w http.ResponseWriter, status int, text string) {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	_, _ = io.WriteString(w, text)
}

func page(w http.ResponseWriter, status int, html string) {
	secure(w)
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.WriteHeader(status)
	_, _ = io.WriteString(w, html)
}
