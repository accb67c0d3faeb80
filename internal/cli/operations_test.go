package cli_test

import (
	"strings"
	"testing"

	"github.com/gatepost/gatepost/internal/platformtest"
)

func TestOperationSwitches(t *testing.T) {
	t.Parallel()
	w := platformtest.Start(t, platformtest.WithDemo())
	c := at(t, w)
	demo := platformtest.App{Corp: w.Demo.Corp, Agent: w.Demo.Agent, Key: w.Demo.Key, Secret: w.Demo.Secret}
	const path = "/topapi/v2/user/get"
	refused := func() string { return w.V1(w.Token(demo), path, `{"userid":"lina"}`).Rule(t) }

	c.fails(1, words("operation close "+path), "reason")
	c.ok("operation", "close", path, "--reason", "incident 7")
	if got := refused(); got != "operation.closed" {
		t.Errorf("closed: refused by %q", got)
	}
	if out := c.ok("operation", "list", "--state", "closed"); !strings.Contains(out, path) || !strings.Contains(out, "incident 7") {
		t.Errorf("list prints:\n%s", out)
	}
	c.fails(2, words("operation allow "+path), "--app")
	c.fails(1, words("operation allow --app nothing "+path), "nothing")
	c.ok("operation", "allow", path, "--app", "demo", "--reason", "only the demo")
	if got := refused(); got != "" {
		t.Errorf("allowed: refused by %q", got)
	}
	if out := c.ok("operation", "list", "--search", path); !strings.Contains(out, string(demo.Key)) {
		t.Errorf("list prints:\n%s", out)
	}
	c.ok("operation", "close", "--platform", path, "--reason", "incident 8")
	if got := refused(); got != "operation.closed_by_platform" {
		t.Errorf("closed for all: refused by %q", got)
	}
	c.ok("operation", "open", "--platform", path)
	c.ok("operation", "open", path)
	if got := refused(); got != "" {
		t.Errorf("open: refused by %q", got)
	}
	c.fails(1, words("operation close --reason x /topapi/no/such"), "/topapi/no/such")
	if all := c.json("operation", "list")["list"].([]any); len(all) < 50 {
		t.Errorf("only %d operations are listed", len(all))
	}
	out := c.ok("operation", "list", "--grade", "R2", "--scope", "qyapi_get_member", "--dialect", "v1")
	if !strings.Contains(out, path) || strings.Contains(out, "W2") || strings.Contains(out, "/v1.0/") {
		t.Errorf("list by grade, scope and dialect prints:\n%s", out)
	}
	if out := c.ok("operation", "list", "--which", "known", "--search", "/v1.0/activity/meta"); !strings.Contains(out, "创建活动") {
		t.Errorf("list of what is known prints:\n%s", out)
	}
	if out := c.ok("operation", "show", path); !strings.Contains(out, "fieldMobile") || !strings.Contains(out, "phone") {
		t.Errorf("show prints:\n%s", out)
	}
	c.fails(1, words("operation show /no/such"), "/no/such")
}
