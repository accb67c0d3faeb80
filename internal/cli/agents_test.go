package cli_test

import (
	"strings"
	"testing"

	"github.com/gatepost/gatepost/internal/op"
	"github.com/gatepost/gatepost/internal/platformtest"
	"github.com/gatepost/gatepost/internal/scope"
)

func TestAgents(t *testing.T) {
	t.Parallel()
	w := platformtest.Start(t, platformtest.WithDemo())
	c := at(t, w)
	a := w.App(w.Demo.Corp, "crm", scope.ContactUserRead)

	for _, step := range []struct{ command, says string }{
		{"agent show --app crm", "agents may call nothing"},
		{"agent allow --app crm --reads", "agents may call what reads"},
		{"agent allow --app crm --op GET_/v1.0/contact/users/{unionId}", "agents may call GET /v1.0/contact/users/{unionId}"},
		{"agent show --app crm", "agents may call GET /v1.0/contact/users/{unionId}"},
		{"agent deny --app crm", "agents may call nothing"},
	} {
		command := words(step.command)
		for i := range command {
			command[i] = strings.Replace(command[i], "GET_", "GET ", 1)
		}
		if out := c.ok(command...); !strings.Contains(out, step.says) {
			t.Errorf("%s prints:\n%s", step.command, out)
		}
	}
	c.fails(2, words("agent allow --app crm"), "--reads")
	c.fails(1, words("agent allow --app crm --op nothing"), "nothing")

	who := &op.Caller{Corp: w.Demo.Corp, Agent: a.Agent, User: w.Demo.Admin, Delegate: &op.Delegate{Name: "Assistant 1.0"}}
	ask := func(arguments string) string {
		asked, err := w.Delegates.Ask(t.Context(), who, &w.Catalogue.Operations()[0], []byte(arguments))
		if err != nil {
			t.Fatal(err)
		}
		return asked
	}
	first, second := ask(`{"days":1}`), ask(`{"days":2}`)
	if out := c.ok("agent", "requests"); !strings.Contains(out, first) || !strings.Contains(out, `{"days":2}`) || !strings.Contains(out, "Assistant 1.0") {
		t.Errorf("requests prints:\n%s", out)
	}
	c.ok("agent", "approve", first)
	c.ok("agent", "reject", second)
	c.fails(1, words("agent approve "+second), "gatepost agent requests")
	if out := c.ok("agent", "requests"); !strings.Contains(out, "approved") || !strings.Contains(out, "rejected") {
		t.Errorf("requests prints:\n%s", out)
	}
}
