package app

import (
	"fmt"
	"net/url"
	"slices"
	"strings"
	"unicode"

	"github.com/gatepost/gatepost/internal/apierror"
)

// wildcard stands, in a redirect URL that an administrator wrote, for one whole
// label at the front of the host: "https://*.corp.example/cb".
const wildcard = "*"

// patternStart is how a redirect URL with a wildcard begins. What a label may
// become is then beyond doubt, as nobody can answer for it but who has the domain.
const patternStart = "https://" + wildcard + "."

// isPattern reports whether target, parsed as u, is one with a wildcard: the only
// one, in its place, and above a domain of at least two labels.
func isPattern(target string, u *url.URL) bool {
	domain, ok := strings.CutPrefix(u.Hostname(), wildcard+".")
	return ok && strings.HasPrefix(target, patternStart) && strings.Count(target, wildcard) == 1 &&
		strings.Contains(strings.Trim(domain, "."), ".") && !strings.Contains(domain, "..")
}

// AllowsRedirect reports whether a browser may be sent to target with a code of
// the app. It compares characters and understands nothing: what a browser might
// take for the same address is another one here. A wildcard is one label of
// lower-case letters, digits and inner hyphens, so nothing that ends a host, a
// name or a port can stand in it.
func (app *App) AllowsRedirect(target string) bool {
	return slices.ContainsFunc(app.RedirectURLs, func(entry string) bool { return redirectMatches(entry, target) })
}

func redirectMatches(entry, target string) bool {
	rest, ok := strings.CutPrefix(entry, patternStart)
	if !ok {
		return entry == target
	}
	label, ok := strings.CutPrefix(target, "https://")
	if !ok {
		return false
	}
	label, ok = strings.CutSuffix(label, "."+rest)
	return ok && isLabel(label)
}

// isLabel reports whether text is one label of a host.
func isLabel(text string) bool {
	if text == "" || len(text) > 63 || text[0] == '-' || text[len(text)-1] == '-' {
		return false
	}
	for _, c := range []byte(text) {
		if c != '-' && (c < '0' || c > '9') && (c < 'a' || c > 'z') {
			return false
		}
	}
	return true
}

// RefuseRedirect refuses target, which the app does not allow. The list can be
// mended by it where it is an address that one can be sent back to.
func (app *App) RefuseRedirect(target, request string) error {
	registered := "-"
	if len(app.RedirectURLs) > 0 {
		registered = strings.Join(app.RedirectURLs, ", ")
	}
	r := apierror.RedirectUnregistered.With("app", app.Key, "request", request).Want("%s", registered).Got("%s", target)
	if wrongRedirect(target) == (apierror.Words{}) && !strings.Contains(target, wildcard) {
		r = r.Repair(apierror.Fix{Kind: "redirectUrl", Agent: int64(app.Agent), Value: target})
	}
	return r
}

// checkRedirects refuses the first URL to which a browser could not be sent
// back with a code: it has to be absolute, and a fragment would swallow the
// query that carries the code.
func checkRedirects(targets []string) error {
	if len(targets) > maxURLs {
		return invalid("redirectUrls").Want("at most %d items", maxURLs).Got("%d", len(targets))
	}
	for _, t := range targets {
		if why := wrongRedirect(t); why != (apierror.Words{}) {
			return invalid("redirectUrls").Want("an absolute http or https URL without fragment; https may have * as its whole first label, above a domain of two").Got("%s (%s)", t, why)
		}
	}
	return nil
}

// wrongRedirect tells why target is none; no words where it is one.
func wrongRedirect(target string) apierror.Words {
	u, err := url.Parse(target)
	switch {
	case err != nil || strings.ContainsFunc(target, unicode.IsSpace):
		return apierror.Words{ZH: "不是 URL", EN: "not a URL"}
	case u.Scheme != "http" && u.Scheme != "https":
		return apierror.Words{ZH: fmt.Sprintf("协议 %q", u.Scheme), EN: fmt.Sprintf("scheme %q", u.Scheme)}
	case u.Hostname() == "":
		return apierror.Words{ZH: "没有主机名", EN: "no host"}
	case u.User != nil:
		return apierror.Words{ZH: "主机名前有用户名", EN: "user in front of the host"}
	case strings.Contains(target, "#"):
		return apierror.Words{ZH: "带有 #", EN: "fragment"}
	case strings.Contains(target, wildcard) && !isPattern(target, u):
		return apierror.Words{ZH: "* 的位置不对", EN: "* in the wrong place"}
	}
	return apierror.Words{}
}
