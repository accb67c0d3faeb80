package cli_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/gatepost/gatepost/internal/platformtest"
)

func TestSuites(t *testing.T) {
	t.Parallel()
	w := platformtest.Start(t, platformtest.WithDemo())
	c := at(t, w)
	customer := "--corp=" + string(w.Demo.Customer)
	scopes := func() string {
		return fmt.Sprint(c.json("suites", "list", customer)["opened"].([]any)[0].(map[string]any)["scopes"])
	}

	made := c.ok("suites", "create", "expenses", "--scopes", "qyapi_base", "--callback", "https://vendor.example/cb", "--token", "token123", "--aes-key", strings.Repeat("a", 43), "--no-check")
	key, _, _ := strings.Cut(strings.TrimPrefix(made, "SUITE_KEY="), "\n")
	if !strings.HasPrefix(key, "suite") || !strings.Contains(made, "SUITE_SECRET=") {
		t.Fatalf("create prints:\n%s", made)
	}
	if out := c.ok("suites", "ticket", key); !strings.HasPrefix(out, "SUITE_TICKET=") {
		t.Errorf("ticket prints:\n%s", out)
	}
	if out := c.ok("suites", "authorize", customer, "--suite", key, "--users", "admin", "--name", "spending"); !strings.Contains(out, "waiting") {
		t.Errorf("authorize prints:\n%s", out)
	}
	if out := c.ok("suites", "show", key); !strings.Contains(out, string(w.Demo.Customer)) || !strings.Contains(out, "qyapi_base") {
		t.Errorf("show prints:\n%s", out)
	}
	if out := c.ok("suites", "list", customer); !strings.Contains(out, "waiting, enabled") || !strings.Contains(out, "spending") {
		t.Errorf("list prints:\n%s", out)
	}
	c.ok("suites", "change", customer, "--suite", key, "--all", "--scopes", "qyapi_base,qyapi_get_member")
	if got := scopes(); got != "[qyapi_base qyapi_get_member]" {
		t.Errorf("changed to %s", got)
	}
	c.ok("suites", "stop", customer, "--suite", key)
	if out := c.ok("suites", "list", customer); !strings.Contains(out, "waiting, disabled") {
		t.Errorf("list prints:\n%s", out)
	}
	c.ok("suites", "restore", customer, "--suite", key)
	if out := c.ok("suites", "list"); !strings.Contains(out, key+"  own") {
		t.Errorf("list prints:\n%s", out)
	}

	if out := c.ok("suites", "callback", key, "--url", "https://vendor.example/elsewhere", "--token", "token124", "--aes-key", strings.Repeat("b", 43), "--no-check"); !strings.Contains(out, key) {
		t.Errorf("callback prints:\n%s", out)
	}
	c.fails(2, words("suites callback "+key), "--url")
	c.fails(1, words("suites callback "+key+" --url http://192.0.2.1:7/"), "1024")
	c.fails(2, words("suites authorize"), "--suite")
	c.fails(2, words("suites change --suite "+key), "nothing to change")
	c.fails(2, words("suites change --suite "+key+" --all --users lina"), "contradict")
	c.fails(1, words("suites authorize --suite suitenone "+customer), "gatepost suites list")
	c.fails(2, words("suites relieve --suite "+key+" "+customer), "--confirm")
	c.fails(1, words("suites relieve --suite "+key+" --confirm other "+customer), "spending")
	c.ok("suites", "relieve", customer, "--suite", key, "--confirm", "spending")
	c.fails(1, words("suites stop --suite "+key+" "+customer), "suites authorize")
}
