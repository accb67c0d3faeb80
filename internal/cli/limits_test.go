package cli_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/gatepost/gatepost/internal/platformtest"
)

func TestLimits(t *testing.T) {
	t.Parallel()
	w := platformtest.Start(t, platformtest.WithDemo())
	c := at(t, w)
	demo := platformtest.App{Corp: w.Demo.Corp, Agent: w.Demo.Agent, Key: w.Demo.Key, Secret: w.Demo.Secret}
	for range 3 {
		w.V1(w.Token(demo), "/get_jsapi_ticket", "").OK(t)
	}

	if out := c.ok(words("limit try --op /get_jsapi_ticket --window day --max 1")...); !strings.Contains(out, "2 of 3 calls") {
		t.Errorf("try prints:\n%s", out)
	}
	rule := strings.TrimSpace(c.ok("limit", "set", "--app", string(demo.Key), "--op", "/get_jsapi_ticket", "--window", "day", "--max", "1"))
	w.V1(w.Token(demo), "/get_jsapi_ticket", "").OK(t)
	if got := w.V1(w.Token(demo), "/get_jsapi_ticket", "").Rule(t); got != "limit.quota" {
		t.Errorf("the second call is refused by %q", got)
	}
	if out := c.ok("limit", "list"); !strings.Contains(out, rule) || !strings.Contains(out, "1 a day") {
		t.Errorf("list prints:\n%s", out)
	}
	if out := c.ok("limit", "list"); !strings.Contains(out, "20 a second") || !strings.Contains(out, "default; shadow, would refuse 0 today; from https://") {
		t.Errorf("list has no default of the public platform:\n%s", out)
	}
	c.ok(words("limit set --platform --app each --op each --window second --max 0 --shadow")...)
	w.V2(w.Token(demo), "POST", "/v1.0/oauth2/jsapiTickets", "").OK(t)
	if out := c.ok(words("call list --shadow default")...); strings.Count(out, "jsapiTickets") != 1 {
		t.Errorf("call list --shadow prints:\n%s", out)
	}
	id := c.json(words("call list --shadow any")...)["list"].([]any)[0].(map[string]any)["id"].(string)
	if out := c.ok("explain", id); !strings.Contains(out, "would refuse") {
		t.Errorf("explain prints:\n%s", out)
	}
	if out := c.ok(words("limit try --app each --op each --window day --max 2")...); !strings.Contains(out, "3 of 6 calls") {
		t.Errorf("try of a default prints:\n%s", out)
	}
	c.ok(words("limit set --platform --app each --op each --window second --max 1000")...)
	c.ok("limit", "rm", rule)
	c.fails(1, words("limit rm "+rule), "limit list")
	c.fails(2, words("limit set --op /get_jsapi_ticket"), "--window")
	c.fails(1, words("limit set --op /no/such --window day --max 1"), "/no/such")

	c.ok(words("limit group set tickets /get_jsapi_ticket /v1.0/oauth2/jsapiTickets")...)
	if out := c.ok(words("limit group list")...); !strings.Contains(out, "/get_jsapi_ticket, ") {
		t.Errorf("group list prints:\n%s", out)
	}
	c.fails(2, words("limit package grant --amount 2"), "--app")
	granted := strings.TrimSpace(c.ok("limit", "package", "grant", "--app", string(demo.Key), "--group", "tickets", "--amount", "2", "--days", "7"))
	w.V1(w.Token(demo), "/get_jsapi_ticket", "").OK(t)
	left := c.json(words("limit package list")...)["list"].([]any)[0].(map[string]any)
	if fmt.Sprint(left["id"], left["amount"], left["remaining"]) != fmt.Sprint(granted, 2.0, 1.0) {
		t.Errorf("package list has %v", left)
	}
	c.ok("limit", "package", "rm", granted)
	c.ok(words("limit group rm tickets")...)
	c.ok(words("limit zone Europe/Berlin")...)
	c.fails(1, words("limit zone Mars/Olympus"), "Mars/Olympus")
}
