package platform_test

import (
	"bytes"
	"encoding/base64"
	"testing"
	"time"

	"github.com/gatepost/gatepost/internal/app"
	"github.com/gatepost/gatepost/internal/config"
	"github.com/gatepost/gatepost/internal/platformtest"
	"github.com/gatepost/gatepost/internal/scope"
)

// everywhere is how soon a switch holds on every node.
const everywhere = time.Second

// A switch that was turned at node A holds at node B within a second, the
// corp's as the platform's, closing as opening.
// feature: GW-007
func TestSwitchReachesOtherNodes(t *testing.T) {
	t.Parallel()
	postgres := platformtest.Postgres(t)
	key := platformtest.WithConfig(func(c *config.Config) {
		c.MasterKey = config.Secret(base64.StdEncoding.EncodeToString(bytes.Repeat([]byte{7}, 32)))
	})
	a := platformtest.Start(t, postgres, key)
	b := platformtest.Start(t, postgres, key, platformtest.WithConfig(func(c *config.Config) { c.Node = 1 }))
	corp, session := a.Corp("acme")
	crm := a.App(corp, "crm", scope.Base)
	const path = "/get_jsapi_ticket"
	token := a.Token(crm)
	ask := func() string { return b.V1(token, path, "").Rule(t) }
	if rule := ask(); rule != "" {
		t.Fatalf("before any switch node B refuses by %s", rule)
	}

	turn := func(position app.Position) func() {
		return func() {
			a.Console(session, "operation.switch", `{"operation":"`+path+`","state":"`+string(position)+`","reason":"incident"}`).OK(t)
		}
	}
	forAll := func(position app.Position) func() {
		return func() {
			s := app.Switch{Corp: app.Platform, Route: app.Route{Path: path}, Position: position, Reason: "incident", By: "operator"}
			if err := a.Apps.SetSwitch(t.Context(), s); err != nil {
				t.Fatal(err)
			}
		}
	}
	for _, step := range []struct {
		name string
		turn func()
		want string // the rule that refuses at B
	}{
		{"the corp closes", turn(app.Closed), "operation.closed"},
		{"the corp opens", turn(app.Open), ""},
		{"the platform closes", forAll(app.Closed), "operation.closed_by_platform"},
		{"the platform opens", forAll(app.Open), ""},
	} {
		step.turn()
		for began := time.Now(); ask() != step.want; time.Sleep(5 * time.Millisecond) {
			if time.Since(began) > everywhere {
				t.Fatalf("%s at node A: after %s node B still says %q, want %q", step.name, everywhere, ask(), step.want)
			}
		}
	}
}

// What a demo or sandbox company switched is gone with everything else of it.
func TestResetOpensOperations(t *testing.T) {
	t.Parallel()
	w := platformtest.Start(t, platformtest.WithDemo())
	session := w.SignIn(w.Demo.Corp, w.Demo.Admin, w.Demo.Password)
	w.Console(session, "operation.switch", `{"operation":"/get_jsapi_ticket","state":"closed","reason":"x"}`).OK(t)
	w.Console(session, "corp.reset", `{"corpId":"`+string(w.Demo.Corp)+`","confirm":"`+w.Demo.CorpName+`"}`).OK(t)
	session = w.SignIn(w.Demo.Corp, w.Demo.Admin, w.Demo.Password)
	if left := w.Console(session, "operation.list", `{"state":"closed"}`).OK(t)["totalCount"]; left != 0.0 {
		t.Errorf("after the reset %v operations are closed", left)
	}
}
