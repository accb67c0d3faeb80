package cli_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/gatepost/gatepost/internal/platformtest"
	"github.com/gatepost/gatepost/internal/scope"
)

func TestMaskRules(t *testing.T) {
	t.Parallel()
	w := platformtest.Start(t, platformtest.WithDemo())
	c := at(t, w)
	a := w.App(w.Demo.Corp, "crm", scope.Member, scope.FieldMobile)
	mobile := func() string {
		return w.V1(w.Token(a), "/topapi/v2/user/get", `{"userid":"lina"}`).Text(t, "result.mobile")
	}

	if out := c.ok("mask", "preview", "mobile", "--kind", "phone", "--user", "lina", "--as", "crm"); !strings.Contains(out, "****") || !strings.Contains(out, "mobile (rule)") {
		t.Errorf("preview prints:\n%s", out)
	}
	if strings.Contains(mobile(), "*") {
		t.Error("a preview stored its rule")
	}
	rule := c.json("mask", "set", "mobile", "--kind", "phone", "--app", "crm", "--grade", "R2")
	number := fmt.Sprint(int64(rule["id"].(float64)))
	if out := c.ok("mask", "list"); !strings.Contains(out, number) || !strings.Contains(mobile(), "****") {
		t.Errorf("list prints:\n%s", out)
	}
	call := w.V1(w.Token(a), "/topapi/v2/user/get", `{"userid":"lina"}`).Text(t, "request_id")
	if out := c.ok("explain", call); !strings.Contains(out, "mobile (rule "+number+")") || !strings.Contains(out, "email (scope fieldEmail)") {
		t.Errorf("explain prints:\n%s", out)
	}
	c.fails(2, words("mask rm first"), "mask list")
	c.fails(2, words("mask preview mobile"), "--user")
	c.fails(1, words("mask set nothing"), "nothing")
	c.ok("mask", "rm", number)
	if strings.Contains(mobile(), "*") {
		t.Error("the rule applies after it was removed")
	}
}

func TestProtectedPeople(t *testing.T) {
	t.Parallel()
	w := platformtest.Start(t, platformtest.WithDemo())
	c := at(t, w)
	a := w.App(w.Demo.Corp, "crm", scope.Member)
	name := func() string {
		return w.V1(w.Token(a), "/topapi/v2/user/get", `{"userid":"lina"}`).Text(t, "result.name")
	}

	c.ok("person", "protect", "lina", "--reason", "executive")
	if got := name(); got != "" {
		t.Errorf("a protected person's name is answered: %s", got)
	}
	c.fails(2, words("person waive lina --app crm --until soon"), "--until")
	c.ok("person", "waive", "lina", "--app", "crm", "--until", "2090-01-31 08:00:00")
	c.ok("person", "waive", "lina", "--app", "crm", "--until", "2090-01-31T08:00:00Z")
	c.ok("person", "waive", "lina", "--app", "crm", "--until", "2090-01-31")
	if out := c.ok("person", "protected"); name() == "" || !strings.Contains(out, "executive") || !strings.Contains(out, "2090-01-31") {
		t.Errorf("protected prints:\n%s", out)
	}
	c.ok("person", "waive", "lina", "--app", "crm", "--end")
	if name() != "" {
		t.Error("the waiver did not end")
	}
	c.ok("person", "unprotect", "lina")
	if name() == "" {
		t.Error("the protection did not end")
	}
}
