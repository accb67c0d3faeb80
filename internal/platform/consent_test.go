package platform_test

import (
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"github.com/gatepost/gatepost/internal/app"
	"github.com/gatepost/gatepost/internal/op"
	"github.com/gatepost/gatepost/internal/platformtest"
	"github.com/gatepost/gatepost/internal/scope"
)

// consentPage is a browser without scripts at the consent page.
type consentPage struct {
	*platformtest.World
	path, cookie string
}

func (p *consentPage) get(head map[string]string) platformtest.Answer {
	return p.Do(platformtest.Call{Method: "GET", Path: p.path, Head: p.with(head)})
}

func (p *consentPage) post(form url.Values, head map[string]string) platformtest.Answer {
	return p.Do(platformtest.Call{Path: p.path, Type: "application/x-www-form-urlencoded", Body: form.Encode(), Head: p.with(head)})
}

func (p *consentPage) with(head map[string]string) map[string]string {
	all := map[string]string{"Accept-Language": "en"}
	if p.cookie != "" {
		all["Cookie"] = op.SessionCookie + "=" + p.cookie
	}
	for k, v := range head {
		all[k] = v
	}
	return all
}

var ticketField = regexp.MustCompile(`name="ticket" value="([^"]+)"`)

// feature: GW-008
// feature: GW-025
func TestConsentPage(t *testing.T) {
	t.Parallel()
	platformtest.Each(t, func(t *testing.T, w *platformtest.World) {
		corp, session := w.Corp("Acme")
		a := w.App(corp, "<b>crm</b>", scope.ContactUserRead, scope.ContactMobile)
		w.Change(a, app.Change{RedirectURLs: &[]string{"https://crm.example/cb"}})
		asked := fmt.Sprintf("/oauth2/auth?client_id=%s&response_type=code&scope=openid&state=s%%26t&redirect_uri=", a.Key)
		p := &consentPage{World: w, path: asked + "https%3A%2F%2Fcrm.example%2Fcb"}
		shows := func(what string, a platformtest.Answer, status int, texts ...string) {
			t.Helper()
			if a.Status != status || a.Head.Get("Cache-Control") != "no-store" || !strings.Contains(a.Head.Get("Content-Security-Policy"), "frame-ancestors 'none'") || a.Head.Get("X-Frame-Options") != "DENY" {
				t.Errorf("%s: %d %v", what, a.Status, a.Head)
			}
			for _, text := range texts {
				if !strings.Contains(string(a.Body), text) {
					t.Errorf("%s: no %q in\n%s", what, text, a.Body)
				}
			}
			if strings.Contains(string(a.Body), "<script") || strings.Contains(string(a.Body), "<b>crm") {
				t.Errorf("%s: markup of others:\n%s", what, a.Body)
			}
		}

		wrong := &consentPage{World: w, path: asked + "https%3A%2F%2Fevil.example%2Fcb"}
		refused := wrong.get(nil)
		shows("unregistered", refused, http.StatusBadRequest, "https://crm.example/cb", "https://evil.example/cb", "gatepost explain")
		if refused.Head.Get("Location") != "" || strings.Contains(string(refused.Body), `href="https://evil`) {
			t.Errorf("it leads to where nobody registered: %v", refused.Head)
		}
		doubled := &consentPage{World: w, path: p.path + "&redirect_uri=https%3A%2F%2Fevil.example%2Fcb"}
		shows("doubled", doubled.get(nil), http.StatusBadRequest, "redirect_uri")

		shows("nobody signed in", p.get(nil), http.StatusOK, `name="password"`, "Development", `value="admin"`)
		shows("from another site", p.get(map[string]string{"Sec-Fetch-Site": "cross-site"}), http.StatusOK, "gatepost=again")
		shows("wrong password", p.post(url.Values{"do": {"signin"}, "user": {"admin"}, "password": {"guessed"}}, nil), http.StatusUnauthorized, "wrong user or password")
		in := p.post(url.Values{"do": {"signin"}, "user": {"admin"}, "password": {platformtest.Password}}, nil)
		shows("right password", in, http.StatusOK, "gatepost=again")
		if c := in.Head.Get("Set-Cookie"); !strings.Contains(c, "HttpOnly") || !strings.Contains(c, "SameSite=Strict") {
			t.Errorf("the session's cookie is %q", c)
		}

		p.cookie = session
		page := p.get(nil)
		shows("signed in", page, http.StatusOK, "&lt;b&gt;crm", "管理员 (admin)", "Acme", `value="Contact.User.mobile" checked>`, `value="Contact.User.Read" checked disabled>`)
		ticket := ticketField.FindStringSubmatch(string(page.Body))
		if ticket == nil {
			t.Fatal("the page has no ticket")
		}
		yes := url.Values{"do": {"allow"}, "ticket": {ticket[1]}, "scope": {"Contact.User.mobile"}}
		shows("form of another site", p.post(yes, map[string]string{"Sec-Fetch-Site": "cross-site"}), http.StatusForbidden, "another site")
		shows("form of another origin", p.post(yes, map[string]string{"Origin": "https://evil.example"}), http.StatusForbidden)
		shows("without ticket", p.post(url.Values{"do": {"allow"}}, nil), http.StatusBadRequest)
		shows("another ticket", p.post(url.Values{"do": {"allow"}, "ticket": {ticket[1][1:]}}, nil), http.StatusBadRequest, "no longer good")

		no := p.post(url.Values{"do": {"deny"}, "ticket": {ticket[1]}}, nil)
		shows("denied", no, http.StatusSeeOther)
		if l := no.Head.Get("Location"); l != "https://crm.example/cb?error=access_denied&state=s%26t" {
			t.Errorf("denied: to %s", l)
		}
		for what, answer := range map[string]func() platformtest.Answer{
			"allowed": func() platformtest.Answer { return p.post(yes, map[string]string{"Sec-Fetch-Site": "same-origin"}) },
			"picked":  func() platformtest.Answer { return p.post(url.Values{"do": {"pick"}, "userId": {"admin"}}, nil) },
		} {
			if what == "picked" {
				p.post(yes, nil) // agreed to before
			}
			got := answer()
			shows(what, got, http.StatusSeeOther)
			l, err := url.Parse(got.Head.Get("Location"))
			if err != nil || l.Host != "crm.example" || l.Query().Get("state") != "s&t" || l.Query().Get("authCode") == "" {
				t.Errorf("%s: to %v, %v", what, l, err)
			}
		}
		if again := p.get(nil); again.Status != http.StatusFound {
			t.Errorf("agreed to before: %d", again.Status)
		}
		p.path += "&gatepost=switch"
		shows("another account", p.get(nil), http.StatusOK, `name="password"`)
		shows("method", w.Do(platformtest.Call{Method: "PUT", Path: p.path}), http.StatusMethodNotAllowed)

		real, _ := w.RealCorp("Depot")
		shop := w.App(real, "shop", scope.ContactUserRead)
		w.Change(shop, app.Change{RedirectURLs: &[]string{"https://crm.example/cb"}})
		p.path = strings.Replace(asked, string(a.Key), string(shop.Key), 1) + "https%3A%2F%2Fcrm.example%2Fcb"
		other := p.get(nil) // signed in to another company
		shows("real company", other, http.StatusUnauthorized, `name="password"`)
		if strings.Contains(string(other.Body), "pick") || !strings.Contains(other.Head.Get("Content-Security-Policy"), "form-action 'self'") {
			t.Errorf("a real company's sign-in: %v\n%s", other.Head, other.Body)
		}
		shows("picked in a real company", p.post(url.Values{"do": {"pick"}, "userId": {"admin"}}, nil), http.StatusForbidden)
	})
}
