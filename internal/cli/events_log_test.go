package cli_test

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/gatepost/gatepost/internal/cli"
	"github.com/gatepost/gatepost/internal/id"
	"github.com/gatepost/gatepost/internal/platformtest"
)

func TestEvents(t *testing.T) {
	t.Parallel()
	w := platformtest.Start(t, platformtest.WithDemo())
	c := at(t, w)
	demo := platformtest.App{Corp: w.Demo.Corp, Agent: w.Demo.Agent, Key: w.Demo.Key, Secret: w.Demo.Secret}
	sub := strings.TrimSpace(c.ok("events", "subscribe", "--app", string(demo.Key), "--names", "user_add_org"))
	qa := strings.TrimSpace(c.ok("events", "subscribe", "--app", string(demo.Key), "--group", "qa"))
	c.fails(1, words("events subscribe --names no_such"), "no_such")
	w.Person(demo.Corp, "newcomer", "新人", id.RootDept)

	list := c.json(words("events list --name user_add_org --object person:newcomer")...)["list"].([]any)
	if len(list) != 1 || list[0].(map[string]any)["waiting"] != 1.0 {
		t.Fatalf("list has %v", list)
	}
	happened := list[0].(map[string]any)["eventId"].(string)
	if out := c.ok(words("events list --since 10m --state waiting --subscription " + sub)...); !strings.Contains(out, happened) || !strings.Contains(out, "1 waiting") {
		t.Errorf("list prints:\n%s", out)
	}
	if out := c.ok(words("events list --until 2020-01-02T15:04:05Z")...); strings.Contains(out, happened) {
		t.Errorf("list of long ago prints:\n%s", out)
	}
	c.fails(2, words("events list --since yesterday"), "yesterday")
	if out := c.ok("events", "show", happened); !strings.Contains(out, `"newcomer"`) || !strings.Contains(out, "state         waiting") {
		t.Errorf("show prints:\n%s", out)
	}
	c.fails(1, words("events show 1"), "events list")

	if out := c.ok("events", "pause", sub, "--reason", "maintenance"); !strings.Contains(out, "1 events wait") {
		t.Errorf("pause prints:\n%s", out)
	}
	if out := c.ok(words("events subscriptions --app " + string(demo.Key))...); !strings.Contains(out, "paused (maintenance)") {
		t.Errorf("subscriptions prints:\n%s", out)
	}
	c.ok("events", "off", sub)
	c.fails(1, words("events repush "+happened+" --subscription "+sub), "events subscriptions")
	c.ok("events", "resume", sub)
	c.fails(2, words("events repush "+happened), "--subscription")
	c.ok("events", "repush", happened, "--subscription", sub)
	c.fails(2, words("events set "+sub), "--names")
	c.ok("events", "set", sub, "--names", "user_add_org,user_leave_org", "--most", "3", "--timeout", "5s", "--ordered=false")
	if got := c.json("events", "resume", sub); fmt.Sprint(got["most"], got["timeoutMs"], got["ordered"], got["names"]) != "3 5000 false [user_add_org user_leave_org]" {
		t.Errorf("set makes it %v", got)
	}

	c.fails(2, words("events replay --app "+string(demo.Key)), "--since")
	c.fails(1, words("events replay --since 10m --group nobody --app "+string(demo.Key)), "nobody")
	if out := c.ok(words("events replay --from " + happened + " --dry-run --subscription " + qa)...); !strings.Contains(out, "1 deliveries would be made") {
		t.Errorf("a dry run prints:\n%s", out)
	}
	if out := c.ok(words("events replay --from " + happened + " --wait --group qa --app " + string(demo.Key))...); !strings.Contains(out, "is done: 1 events looked at, 1 deliveries made") {
		t.Errorf("replay prints:\n%s", out)
	}
	replay := c.json(words("events replay list")...)["list"].([]any)[0].(map[string]any)["replayId"].(string)
	c.ok(words("events replay --from " + happened + " --wait --group qa --app " + string(demo.Key))...)
	if out := c.ok(words("events replay list --size 1")...); !strings.Contains(out, "more with --cursor") {
		t.Errorf("a page of replays prints:\n%s", out)
	}
	if out := c.ok("events", "replay", "stop", replay); !strings.Contains(out, "is done") {
		t.Errorf("stop prints:\n%s", out)
	}

	body := fmt.Sprintf(`{"subscriptionId":%q}`, sub)
	got := w.V2(w.Token(demo), "POST", "/v1.0/gatepost/events/fetch", body).OK(t)["events"].([]any)
	w.V2(w.Token(demo), "POST", "/v1.0/gatepost/events/confirm", fmt.Sprintf(`{"subscriptionId":%q,"eventIds":[%q]}`, sub, happened)).OK(t)
	if len(got) != 1 {
		t.Fatalf("fetched %v", got)
	}
	if out := c.ok("events", "stats", sub); !strings.Contains(out, "1") {
		t.Errorf("stats prints:\n%s", out)
	}
	if out := c.ok("events", "dead"); strings.Contains(out, happened) {
		t.Errorf("dead prints:\n%s", out)
	}
	c.ok("events", "repush", "--dead", "--subscription", sub)
	if out := c.ok("events", "audit"); !strings.Contains(out, "events without any trace: 0") {
		t.Errorf("audit prints:\n%s", out)
	}
	c.audits(sub, happened)
	c.fails(2, words("events remove "+sub), "--confirm")
	c.ok("events", "remove", sub, "--confirm", "demo pull")
}

// audits compares lists of a receiver with the log, in which it accepted one event.
func (c *terminal) audits(sub, happened string) {
	c.t.Helper()
	file := func(text string) string {
		if err := os.WriteFile(filepath.Join(c.dir, "received"), []byte(text), 0o600); err != nil {
			c.t.Fatal(err)
		}
		return "received"
	}
	audit := func(text string) []string {
		return words("events audit --since 10m --subscription " + sub + " --received " + file(text))
	}
	if got := c.json(audit(happened + "\n{\"eventId\":\"" + happened + "\",\"time\":1}\n\n")...); got["twice"] != 1.0 || len(got["lost"].([]any)) != 0 {
		c.t.Errorf("a list with an event twice: %v", got)
	}
	c.fails(1, audit(""))
	c.fails(1, audit(happened+"\n9000000000000000000"))
	c.fails(1, audit("who knows"), "line 1", "who knows")
	c.fails(1, audit("{\"CorpId\":\"x\"}"), "line 1 has no eventId")
	c.fails(2, words("events audit --received received"), "--subscription")
	c.fails(2, words("events audit --since 10m"), "--received")
	c.in = happened
	c.ok(words("events audit --received - --subscription " + sub)...)
	c.in = ""
}

// What happens is printed as it happens, and what happened before since is printed
// first.
func TestEventsTail(t *testing.T) {
	t.Parallel()
	w := platformtest.Start(t, platformtest.WithDemo())
	c := at(t, w)
	w.Person(w.Demo.Corp, "first", "一", id.RootDept)
	printed := newLines()
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	code := make(chan int, 1)
	go func() {
		var errs bytes.Buffer
		code <- cli.Run(ctx, c.process(printed, &errs, words("events tail --since 10m --name user_add_org --json")))
	}()
	for !strings.Contains(printed.next(t), "person:first") { // those of the demonstration company come before
	}
	w.Person(w.Demo.Corp, "second", "二", id.RootDept)
	if line := printed.next(t); !strings.Contains(line, "person:second") {
		t.Errorf("then comes %s", line)
	}
	stop()
	if got := <-code; got != 0 {
		t.Errorf("interrupted it ends with %d", got)
	}
	if out := c.ok(words("events tail --since 10m --object person:second --most 1")...); strings.Count(out, "\n") != 1 {
		t.Errorf("tail --most 1 prints:\n%s", out)
	}
}

// lines is where a command prints lines to, one in each write.
type lines chan string

func newLines() lines { return make(lines, 4096) }

func (l lines) Write(b []byte) (int, error) {
	l <- string(b)
	return len(b), nil
}

func (l lines) next(t *testing.T) string {
	t.Helper()
	select {
	case line := <-l:
		return line
	case <-t.Context().Done():
		t.Fatal("nothing more is printed")
	}
	panic("unreachable")
}
