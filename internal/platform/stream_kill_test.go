package platform_test

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/gatepost/gatepost/internal/config"
	"github.com/gatepost/gatepost/internal/id"
	"github.com/gatepost/gatepost/internal/platform"
	"github.com/gatepost/gatepost/internal/platformtest"
	"github.com/gatepost/gatepost/internal/scope"
)

// victimNode has the test binary be a node that is killed; its value is a victim
// as JSON.
const victimNode = "GATEPOST_PLATFORM_VICTIM_NODE"

type victim struct {
	Data, Postgres, Redis, Key string
	Node                       int
}

// runNode runs a node and prints its URL.
func runNode(text string) error {
	var v victim
	if err := json.Unmarshal([]byte(text), &v); err != nil {
		return err
	}
	ctx := context.Background()
	conf, err := config.Read()
	if err != nil {
		return err
	}
	conf.Listen, conf.Data, conf.Node = "127.0.0.1:0", v.Data, v.Node
	conf.Postgres, conf.Redis, conf.MasterKey = config.Secret(v.Postgres), config.Secret(v.Redis), config.Secret(v.Key)
	p, err := platform.Open(ctx, conf, "test", time.Now, slog.New(slog.DiscardHandler))
	if err != nil {
		return err
	}
	l, url, err := p.Listen(ctx)
	if err != nil {
		return err
	}
	fmt.Println(url)
	return p.Run(ctx, l)
}

// startVictim starts another node of w's platform as a process of its own.
func startVictim(t *testing.T, w *platformtest.World, node int) (url string, kill func()) {
	t.Helper()
	text, err := json.Marshal(victim{t.TempDir(), string(w.Config.Postgres), string(w.Config.Redis), string(w.Config.MasterKey), node})
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), victimNode+"="+string(text))
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	if err == nil {
		err = cmd.Start()
	}
	if err != nil {
		t.Fatal(err)
	}
	killed := false
	kill = func() {
		if killed {
			return
		}
		killed = true
		_ = cmd.Process.Kill()
		_ = cmd.Wait() // killed
	}
	t.Cleanup(kill)
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		t.Fatal(err)
	}
	return strings.TrimSpace(line), kill
}

// A node that dies without a word is replaced by another that has a connection:
// what was under way there is told here.
func TestStreamWhenANodeDies(t *testing.T) {
	t.Parallel()
	one, _ := twoNodes(t)
	corp, _ := one.Corp("acme")
	a := one.App(corp, "crm", scope.Member)
	url, kill := startVictim(t, one, 3)
	there := connectedTo(t, url, a, everyEvent)
	s := subscribed(t, one, a)
	one.Person(corp, "lina", "李娜", id.RootDept)
	unanswered := there.next() // so that node has claimed the app
	here := connected(t, one, a, everyEvent)
	until(t, "both are connected", func() bool { return one.Stream.Count(corp, a.Agent) == 1 })
	here.silent()
	died := time.Now()
	kill()
	again := here.next()
	t.Logf("told %v after the node died", time.Since(died))
	if again.Headers["eventId"] != unanswered.Headers["eventId"] {
		t.Errorf("told %+v", again)
	}
	here.answer(again, success)
	until(t, "it is delivered", func() bool { return waitingFor(t, one, s) == 0 })
}
