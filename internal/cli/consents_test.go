package cli_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/gatepost/gatepost/internal/platformtest"
	"github.com/gatepost/gatepost/internal/scope"
)

func TestConsents(t *testing.T) {
	t.Parallel()
	w := platformtest.Start(t, platformtest.WithDemo())
	c := at(t, w)
	a := w.App(w.Demo.Corp, "crm", scope.ContactUserRead, scope.ContactMobile)

	if out := c.ok(words("app set crm --redirect https://crm.example/cb --redirect https://*.crm.example/cb --public=false")...); !strings.Contains(out, "https://*.crm.example/cb") || !strings.Contains(out, "public false") {
		t.Errorf("app set prints:\n%s", out)
	}
	c.fails(1, words("app set crm --redirect https://*.example/cb"), "redirectUrls")
	c.fails(2, words("app set crm"), "--redirect", "--public")

	agree := func() {
		t.Helper()
		asked := w.Console("", "authorization.pick", fmt.Sprintf(`{"client_id":%q,"redirect_uri":"https://crm.example/cb","response_type":"code","scope":"openid","userId":%q}`, a.Key, w.Demo.Admin)).OK(t)
		w.Console("", "authorization.decide", fmt.Sprintf(`{"ticket":%q,"approve":true}`, asked["ticket"])).OK(t)
	}
	agree()
	for _, command := range []string{"consent list", "consent list --app crm"} {
		if out := c.ok(words(command)...); !strings.Contains(out, "crm") || !strings.Contains(out, string(w.Demo.Admin)) || !strings.Contains(out, "Contact.User.mobile") {
			t.Errorf("%s prints:\n%s", command, out)
		}
	}
	agent := fmt.Sprint(int64(a.Agent))
	c.ok("consent", "revoke", agent)
	c.fails(1, []string{"consent", "revoke", agent}, "consent list")
	agree()
	c.ok("consent", "revoke", agent, "--user", string(w.Demo.Admin))
	if out := c.ok(words("consent list")...); strings.Contains(out, "crm") {
		t.Errorf("what was taken back is listed:\n%s", out)
	}
	c.fails(2, words("consent revoke crm"), "AgentId")
}
