package platform_test

import (
	"net/http"
	"os"
	"regexp"
	"testing"
	"time"

	"github.com/gatepost/gatepost/internal/app"
	"github.com/gatepost/gatepost/internal/config"
	"github.com/gatepost/gatepost/internal/platformtest"
	"github.com/gatepost/gatepost/internal/scope"
)

var firstSeen = regexp.MustCompile(`首次出现于 \d{4}-\d\d-\d\d \d\d:\d\d:\d\d`)

// redisVariable names the environment variable with the URL of a Redis for tests.
const redisVariable = "GATEPOST_TEST_REDIS"

// twoNodes are two nodes of one platform, over a PostgreSQL and a Redis.
func twoNodes(t *testing.T) (one, other *platformtest.World) {
	t.Helper()
	redis := os.Getenv(redisVariable)
	if redis == "" {
		t.Skip(redisVariable + " is not set")
	}
	database := platformtest.Postgres(t)
	node := func(n int) *platformtest.World {
		return platformtest.Start(t, database, platformtest.WithConfig(func(c *config.Config) {
			c.Redis, c.Node, c.MasterKey = config.Secret(redis), n, "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="
		}))
	}
	return node(1), node(2)
}

// A signed call that one node answered is refused by the other, with when it was
// first seen.
//
// feature: GW-015
func TestReplayOnTheOtherNode(t *testing.T) {
	t.Parallel()
	one, other := twoNodes(t)
	corp, _ := one.Corp("acme")
	lina := one.Person(corp, "lina", "李娜", 1).Union
	a := one.App(corp, "crm", scope.Member, "Contact.User.Read")
	schemes := app.Schemes()
	one.Change(a, app.Change{Signatures: &schemes})
	for _, s := range schemes[1:] {
		signed := one.Signer(a, s).Sign(signable(s, lina))
		if rule := one.Do(signed).Rule(t); rule != "" {
			t.Errorf("%s: refused by %q", s, rule)
			continue
		}
		again := other.Do(signed)
		if again.Rule(t) != "signature.replayed" {
			t.Errorf("%s on the other node: %s", s, again)
		}
		if first := firstSeen.FindString(string(again.Body)); first == "" {
			t.Errorf("%s: not told when it was first seen: %s", s, again)
		}
	}
	fresh := other.Signer(a, app.GPHMACSHA256).Sign(signable(app.GPHMACSHA256, lina))
	if rule := other.Do(fresh).Rule(t); rule != "" {
		t.Errorf("with a nonce of its own the other node refuses by %q", rule)
	}
}

// A platform that stops first says that it is not ready, and answers meanwhile:
// a balancer takes its time to notice.
func TestDrain(t *testing.T) {
	t.Parallel()
	w := platformtest.Start(t, platformtest.WithConfig(func(c *config.Config) { c.Drain = 2 * time.Second }))
	client := &http.Client{}
	stopped := make(chan struct{})
	go func() {
		defer close(stopped)
		w.Stop()
	}()
	for {
		r, err := get(t, client, w.URL+"/readyz")
		if err != nil {
			t.Fatalf("it went away without a word: %v", err)
		}
		if r.StatusCode == http.StatusServiceUnavailable {
			break
		}
	}
	if r, err := get(t, client, w.URL+"/livez"); err != nil || r.StatusCode != http.StatusOK || !r.Close {
		t.Errorf("%v, %v: not answered, or the connection stays", r, err)
	}
	<-stopped
	if _, err := get(t, client, w.URL+"/livez"); err == nil {
		t.Error("it answers after it has stopped")
	}
}
