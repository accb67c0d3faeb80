package cli_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/gatepost/gatepost/internal/platformtest"
)

func TestFaults(t *testing.T) {
	t.Parallel()
	w := platformtest.Start(t, platformtest.WithDemo())
	c := at(t, w)

	if out := c.ok(words("faults set --app demo --kind delay --by 2s --next 5 --event user_add_org --for 30s")...); !strings.Contains(out, "delay 2s, until ") {
		t.Errorf("set prints:\n%s", out)
	}
	made := c.json(words("faults set --kind drop --percent 20 --seed 7")...)
	number := fmt.Sprint(int64(made["id"].(float64)))
	out := c.ok("faults", "list")
	for _, want := range []string{"delay 2s", "every, 5 more", "user_add_org", "20%, seed 7", number} {
		if !strings.Contains(out, want) {
			t.Errorf("list does not say %q:\n%s", want, out)
		}
	}
	c.ok("faults", "remove", number)
	c.fails(1, words("faults remove "+number), number)
	c.fails(2, words("faults remove first"), "faults list")
	c.fails(2, words("faults remove"), "--all")
	c.ok("faults", "remove", "--all")
	if left := c.json("faults", "list")["list"].([]any); len(left) != 0 {
		t.Errorf("left: %v", left)
	}
	c.fails(1, words("faults set --kind fire"), "drop")
	c.fails(1, words("faults set --kind drop --by 1s"), "byMs")
	c.fails(1, words("faults set --kind drop --app nothing"), "nothing")

	other := c.ok(words("org create Real")...)
	c.fails(1, []string{"--corp", strings.TrimSpace(strings.TrimPrefix(other, "CORP_ID=")), "faults", "set", "--kind", "drop"}, "org create --sandbox")
}
