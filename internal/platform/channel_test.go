package platform_test

import (
	"strings"
	"testing"
	"time"

	"github.com/gatepost/gatepost/internal/channel"
	"github.com/gatepost/gatepost/internal/config"
	"github.com/gatepost/gatepost/internal/id"
	"github.com/gatepost/gatepost/internal/platformtest"
	"github.com/gatepost/gatepost/internal/scope"
	"github.com/gatepost/gatepost/internal/store/storetest"
)

// A call over the channel obeys everything that one over http does, and is in
// the same log.
//
// feature: GW-017
func TestCallsOverTheChannel(t *testing.T) {
	t.Parallel()
	platformtest.Each(t, func(t *testing.T, w *platformtest.World) {
		corp, session := w.Corp("acme")
		w.Person(corp, "lina", "李娜", id.RootDept)
		a := w.App(corp, "crm", scope.Member)
		c, err := channel.Dial(t.Context(), "ws"+strings.TrimPrefix(w.URL, "http")+channel.Path, w.Channel.Key.Public())
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
		user := func(token string) channel.Answer {
			answer, err := c.Do(t.Context(), channel.Call{Method: "POST", Path: "/topapi/v2/user/get", Query: "access_token=" + token,
				Header: [][2]string{{"Content-Type", "application/json"}}, Body: []byte(`{"userid":"lina"}`)})
			if err != nil {
				t.Fatal(err)
			}
			return answer
		}
		token := w.Token(a)
		if got := user(token); !strings.Contains(string(got.Body), "李娜") {
			t.Errorf("%s", got.Body)
		}
		var call string
		for _, kv := range user(token).Header {
			if kv[0] == "X-Gatepost-Request-Id" {
				call = kv[1]
			}
		}
		if logged := w.Console(session, "call.get", `{"requestId":"`+call+`"}`).Text(t, "appKey"); logged != string(a.Key) {
			t.Errorf("call %q is logged for %q", call, logged)
		}
		if err := w.Apps.Revoke(t.Context(), corp, a.Agent, scope.Member); err != nil {
			t.Fatal(err)
		}
		if got := user(token); !strings.Contains(string(got.Body), `"rule":"scope.missing"`) {
			t.Errorf("without the permission point: %s", got.Body)
		}
		if got := user(w.Token(w.App(corp, "hr", scope.Member))); !strings.Contains(string(got.Body), `"rule":"channel.other_credential"`) {
			t.Errorf("with another app's token: %s", got.Body)
		}
		w.Later(time.Hour)
		for c.KeyNumber() == 1 {
			user(token)
		}
		if got := user(token); got.Status != 200 {
			t.Errorf("under the next key: %d %s", got.Status, got.Body)
		}
	})
}

// The channel key is kept: clients pin it.
func TestChannelKeyStays(t *testing.T) {
	t.Parallel()
	dir := storetest.Dir(t)
	kept := platformtest.WithConfig(func(c *config.Config) { c.Data = dir })
	first := platformtest.Start(t, kept)
	key := channel.Fingerprint(first.Channel.Key.Public())
	first.Stop()
	again := platformtest.Start(t, kept)
	if got := channel.Fingerprint(again.Channel.Key.Public()); got != key {
		t.Errorf("the channel key became %s from %s", got, key)
	}
}
