package consent

import (
	"bytes"
	"crypto/sha256"
	_ "embed"
	"encoding/base64"
	"html/template"
	"net/http"
)

//go:embed page.html
var source string

//go:embed page.css
var style string

// policy allows the page's one style and nothing else. Where a form leads is
// bounded on the page that takes a password; a browser holds against that also
// where the application sends it afterwards, so the others cannot.
func policy(form string) string {
	sum := sha256.Sum256([]byte(style))
	p := "default-src 'none'; style-src 'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'; base-uri 'none'; frame-ancestors 'none'"
	if form == "signin" {
		p += "; form-action 'self'"
	}
	return p
}

// view is what a page is made of.
type view struct {
	Lang   string
	Words  words
	Style  template.CSS
	Here   string // this page again, with what the application asks
	Switch string // the same for somebody else
	Data   any
}

func (v *visit) here(word string) string {
	q := v.asked
	if word == "" {
		return Path + "?" + q.Encode()
	}
	return Path + "?" + q.Encode() + "&" + ownWord + "=" + word
}

// show answers with a page.
func (v *visit) show(status int, name string, data any) {
	var b bytes.Buffer
	lang := map[string]string{"zh": "zh-CN", "en": "en"}[v.lang]
	err := v.page.pages.ExecuteTemplate(&b, name, view{lang, v.words, template.CSS(style), v.here(""), v.here(other), data}) //nolint:gosec // our own style
	if err != nil {
		status = http.StatusInternalServerError
		b.Reset()
	}
	v.guard(name)
	v.w.Header().Set("Content-Type", "text/html; charset=utf-8")
	v.w.WriteHeader(status)
	_, _ = v.w.Write(b.Bytes()) // who asked is gone
}

func (v *visit) guard(page string) {
	h := v.w.Header()
	h.Set("Content-Security-Policy", policy(page))
	h.Set("X-Frame-Options", "DENY")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Referrer-Policy", "same-origin")
	h.Set("Cache-Control", "no-store")
}

// away sends the browser to the application. The answer to a form is fetched, not
// sent again.
func (v *visit) away(location string) {
	v.guard("")
	v.w.Header().Set("Location", location)
	status := http.StatusFound
	if v.r.Method == http.MethodPost {
		status = http.StatusSeeOther
	}
	v.w.WriteHeader(status)
}

// hop has the browser come again from this site, with its cookies.
func (v *visit) hop() { v.show(http.StatusOK, "hop", v.here(again)) }

func (v *visit) refuse(no refusal) { v.show(no.status, "refused", no) }

// signIn asks for a password, and in a sandbox offers people instead.
func (v *visit) signIn(c check, no *refusal) {
	status, name := http.StatusOK, "signin"
	if no != nil {
		status = no.status
	}
	if c.Sandbox {
		name = "sandbox"
	}
	v.show(status, name, struct {
		check
		Refused *refusal
	}{c, no})
}
