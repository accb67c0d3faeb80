package app

import (
	"errors"
	"testing"

	"github.com/gatepost/gatepost/internal/apierror"
)

// What a browser, or a parser that is more generous, might take for the address
// that was registered is another one here.
//
// feature: GW-025
func TestRedirects(t *testing.T) {
	t.Parallel()
	held := &App{RedirectURLs: []string{"https://crm.example/cb", "http://127.0.0.1:3000/cb", "https://q.example/cb?to=1", "https://*.corp.example/cb", "https://*.port.example:8443/"}}
	for target, allowed := range map[string]bool{
		"https://crm.example/cb":          true,
		"http://127.0.0.1:3000/cb":        true,
		"https://q.example/cb?to=1":       true,
		"https://a.corp.example/cb":       true,
		"https://a-1.corp.example/cb":     true,
		"https://xn--fsq.corp.example/cb": true, // a name below the administrator's own domain
		"https://a.port.example:8443/":    true,

		"": false, "https://crm.example": false, "https://crm.example/": false, "https://crm.example/cb/": false,
		"http://crm.example/cb": false, "HTTPS://crm.example/cb": false, "https://CRM.example/cb": false, "https://crm.example/CB": false,
		"https://crm.example:443/cb": false, "https://crm.example:8443/cb": false, "http://127.0.0.1:3001/cb": false, "http://localhost:3000/cb": false,
		"https://crm.example/cb?x=1": false, "https://crm.example/cb#": false, "https://crm.example/cb#x": false, "https://q.example/cb?to=2": false, "https://q.example/cb": false,
		"https://crm.example/cb/../x": false, "https://crm.example/x/../cb": false, "https://crm.example/./cb": false, "https://crm.example//cb": false,
		"https://crm.example/%63b": false, "https://crm.example/cb%2f..": false, "https://crm.example/%2e%2e/cb": false, "https://crm.example\\cb": false,
		"https://crm.example.evil.example/cb": false, "https://evilcrm.example/cb": false, "https://crm.example@evil.example/cb": false,
		"https://user@crm.example/cb": false, "https://evil.example/https://crm.example/cb": false, "//crm.example/cb": false, "javascript://crm.example/cb": false,
		" https://crm.example/cb": false, "https://crm.example/cb ": false, "https://crm.example/cb\n": false, "https://crm.example/cb\x00": false,
		"https://crm。example/cb": false, "https://ｃrm.example/cb": false,

		"https://corp.example/cb": false, "https://.corp.example/cb": false, "https://a.b.corp.example/cb": false, "https://*.corp.example/cb": false,
		"http://a.corp.example/cb": false, "https://a.corp.example/cb/x": false, "https://a.corp.example:444/cb": false, "https://A.corp.example/cb": false,
		"https://evil.example/.corp.example/cb": false, "https://evil.example?.corp.example/cb": false, "https://evil.example#.corp.example/cb": false,
		"https://evil.example\\.corp.example/cb": false, "https://evil.example:80.corp.example/cb": false, "https://user@a.corp.example/cb": false,
		"https://evil%2eexample%2f.corp.example/cb": false, "https://a%00.corp.example/cb": false, "https://-a.corp.example/cb": false, "https://a-.corp.example/cb": false,
		"https://é.corp.example/cb": false, "https://a.corp.example.evil.example/cb": false, "https://acorp.example/cb": false, "https://a.port.example/": false,
		"https://" + string(make([]byte, 3)) + ".corp.example/cb": false,
	} {
		if got := held.AllowsRedirect(target); got != allowed {
			t.Errorf("%q: allowed %t, want %t", target, got, allowed)
		}
	}
}

// A wildcard stands for a whole label of an https host, above a domain of two.
func TestRegisteredRedirects(t *testing.T) {
	t.Parallel()
	for target, good := range map[string]bool{
		"https://*.corp.example/cb": true, "https://*.a.corp.example:8443/": true, "https://crm.example/cb": true, "http://127.0.0.1/cb": true,
		"http://*.corp.example/cb": false, "https://*/cb": false, "https://*.example/cb": false, "https://*.example./cb": false, "https://*..example/cb": false,
		"https://a*.corp.example/cb": false, "https://a.*.corp.example/cb": false, "https://*.*.corp.example/cb": false, "https://*.corp.example/*": false,
		"https://corp.example/*": false, "https://*.corp.example:*/cb": false, "HTTPS://*.corp.example/cb": false, "https://u@*.corp.example/cb": false,
		"https://crm.example/cb#": false, "ftp://crm.example/cb": false, "https:///cb": false, "/cb": false, "https://crm.example/c b": false,
	} {
		if err := checkRedirects([]string{target}); (err == nil) != good || err != nil && !errors.Is(err, apierror.ParameterInvalid) {
			t.Errorf("%q: %v, want good: %t", target, err, good)
		}
	}
}

// The refusal shows what is registered, and is repaired only by what can be an address.
func TestRefusedRedirect(t *testing.T) {
	t.Parallel()
	held := &App{Agent: 7, RedirectURLs: []string{"https://crm.example/cb"}}
	r := apierror.From(held.RefuseRedirect("https://new.example/cb", "r"))
	if r.Rule != apierror.RedirectUnregistered || r.Expected != "https://crm.example/cb" || r.Found != "https://new.example/cb" || r.Fix == nil || r.Fix.Value != "https://new.example/cb" {
		t.Errorf("%+v", r)
	}
	for _, target := range []string{"https://*.corp.example/cb", "javascript:alert(1)", "https://u@evil.example/", "/cb"} {
		if r := apierror.From((&App{}).RefuseRedirect(target, "r")); r.Fix != nil || r.Expected != "-" {
			t.Errorf("%q: %+v", target, r)
		}
	}
}
