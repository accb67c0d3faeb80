package platform_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/coder/websocket"

	"github.com/gatepost/gatepost/internal/event"
	"github.com/gatepost/gatepost/internal/id"
	"github.com/gatepost/gatepost/internal/platformtest"
	"github.com/gatepost/gatepost/internal/scope"
)

// listening is a listener that shows what comes and forwards nothing.
type listening struct {
	conn *websocket.Conn
	got  chan string // objects
}

// listen opens a tunnel, or has one go on, at one node and connects to another.
func listen(t *testing.T, open, connect *platformtest.World, session string, a platformtest.App, again string) (l listening, sub string) {
	t.Helper()
	o := open.Console(session, "tunnel.open", fmt.Sprintf(`{"agentId":%d,"subscription":%q,"events":["user_add_org"]}`, a.Agent, again)).OK(t)
	sub = o["subscription"].(string)
	url := fmt.Sprintf("ws%s/listen?corp=%s&subscription=%s&ticket=%s", strings.TrimPrefix(connect.URL, "http"), a.Corp, sub, o["ticket"])
	conn, _, err := websocket.Dial(t.Context(), url, nil)
	if err != nil {
		t.Fatal(err)
	}
	l = listening{conn, make(chan string, 100)}
	t.Cleanup(func() { _ = conn.CloseNow() })
	go func() {
		defer close(l.got)
		for {
			_, text, err := conn.Read(t.Context())
			if err != nil {
				return
			}
			var f struct{ Type, ID, Object string }
			if json.Unmarshal(text, &f) != nil || f.Type != "delivery" {
				continue
			}
			if conn.Write(t.Context(), websocket.MessageText, []byte(`{"id":"`+f.ID+`","seen":true}`)) != nil {
				return
			}
			l.got <- f.Object
		}
	}()
	return l, sub
}

func (l listening) next(t *testing.T) string {
	t.Helper()
	select {
	case object := <-l.got:
		return object
	case <-time.After(time.Minute):
		t.Fatal("nothing came")
		return ""
	}
}

// A listener that is connected to one node is told of what happens at any, and
// goes on at another when its node stops.
func TestTunnelsOfTwoNodes(t *testing.T) {
	t.Parallel()
	one, other := twoNodes(t)
	corp, session := one.Corp("acme")
	a := one.App(corp, "crm", scope.Member)
	there, sub := listen(t, one, other, session, a, "")
	one.Person(corp, "lina", "李娜", id.RootDept)
	if got := there.next(t); got != "person:lina" {
		t.Errorf("told of %s", got)
	}
	other.Stop()
	one.Person(corp, "wang", "王伟", id.RootDept)
	here, _ := listen(t, one, one, session, a, sub)
	if got := here.next(t); got != "person:wang" {
		t.Errorf("at the next node told of %s", got)
	}
}

// The keys of an app's own callback are those that a listener's server has.
func TestTunnelHasTheKeysOfTheCallback(t *testing.T) {
	t.Parallel()
	platformtest.Each(t, func(t *testing.T, w *platformtest.World) {
		corp, session := w.Corp("acme")
		key, secret := strings.Repeat("a", 43), "whsec_"+strings.Repeat("aaaa", 8)
		for origin, owner := range map[string]func(platformtest.App) string{
			"console": func(a platformtest.App) string { return string(a.Key) },
			"api":     func(platformtest.App) string { return string(corp) },
		} {
			a := w.App(corp, origin, scope.Member)
			if _, err := w.Events.Subscribe(t.Context(), event.Subscription{Corp: corp, Agent: a.Agent, Way: event.Callback, Origin: origin,
				Secret: `{"token":"t","aesKey":"` + key + `"}`, Names: []event.Name{event.UserLeft}, State: event.Paused}); err != nil {
				t.Fatal(err)
			}
			o := w.Console(session, "tunnel.open", fmt.Sprintf(`{"agentId":%d}`, a.Agent)).OK(t)
			if o["token"] != "t" || o["aesKey"] != key || o["ownerKey"] != owner(a) || o["made"] != false {
				t.Errorf("%s: %v", origin, o)
			}
		}
		hooked := w.App(corp, "hooked", scope.Member)
		both := fmt.Sprintf(`{"token":"t","aesKey":%q,"secret":%q}`, key, secret)
		if _, err := w.Events.Subscribe(t.Context(), event.Subscription{Corp: corp, Agent: hooked.Agent, Way: event.Callback, Origin: "console",
			Settings: `{"form":"webhook"}`, Secret: both, Names: []event.Name{event.UserLeft}, State: event.Paused}); err != nil {
			t.Fatal(err)
		}
		o := w.Console(session, "tunnel.open", fmt.Sprintf(`{"agentId":%d}`, hooked.Agent)).OK(t)
		if o["form"] != "webhook" || o["secret"] != secret || o["token"] != "" || o["made"] != false {
			t.Errorf("of a webhook: %v", o)
		}
		o = w.Console(session, "tunnel.open", fmt.Sprintf(`{"agentId":%d,"form":"compatible"}`, hooked.Agent)).OK(t)
		if o["form"] != "compatible" || o["token"] == "t" || o["made"] != true {
			t.Errorf("of no such callback: %v", o)
		}
	})
}
