package cli_test

import (
	"strings"
	"testing"

	"github.com/gatepost/gatepost/internal/platformtest"
	"github.com/gatepost/gatepost/internal/scope"
)

func TestOwnIDs(t *testing.T) {
	t.Parallel()
	w := platformtest.Start(t, platformtest.WithDemo())
	c := at(t, w)
	a := w.App(w.Demo.Corp, "crm", scope.Member)
	userid := func() string {
		return w.V1(w.Token(a), "/topapi/v2/user/get", `{"userid":"lina"}`).Text(t, "result.userid")
	}

	if out := c.ok("app", "set", "crm", "--ids", "both"); !strings.Contains(out, "both") {
		t.Errorf("set prints:\n%s", out)
	}
	own := userid()
	if !strings.HasPrefix(own, "gpu_") {
		t.Errorf("the app is told %s", own)
	}
	call := w.V1(w.Token(a), "/topapi/v2/user/get", `{"userid":"`+own+`"}`).Text(t, "request_id")
	if out := c.ok("explain", call); !strings.Contains(out, own+" is userid lina") {
		t.Errorf("explain prints:\n%s", out)
	}
	c.ok("app", "set", string(a.Key), "--ids", "plain")
	if userid() != "lina" {
		t.Error("the app is told ids of its own after that ended")
	}
	c.fails(2, words("app set crm"), "--ids")
	c.fails(1, words("app set crm --ids some"), "ids")
	c.fails(1, words("app set nobody --ids open"), "nobody")
}
