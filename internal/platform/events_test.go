package platform_test

import (
	"context"
	"encoding/json"
	"testing"
	"time"

	"github.com/gatepost/gatepost/internal/app"
	"github.com/gatepost/gatepost/internal/delivery"
	"github.com/gatepost/gatepost/internal/directory"
	"github.com/gatepost/gatepost/internal/event"
	"github.com/gatepost/gatepost/internal/id"
	"github.com/gatepost/gatepost/internal/mask"
	"github.com/gatepost/gatepost/internal/op"
	"github.com/gatepost/gatepost/internal/platformtest"
	"github.com/gatepost/gatepost/internal/scope"
)

// inbox is a way that gives what it is to send to the test.
type inbox chan event.Delivery

func (inbox) Most() int                      { return 1 }
func (inbox) Ready(*event.Subscription) bool { return true }

func (in inbox) Send(_ context.Context, _ *event.Subscription, batch []event.Delivery) []delivery.Answer {
	answers := make([]delivery.Answer, len(batch))
	for i, d := range batch {
		in <- d
		answers[i] = delivery.Answer{Outcome: event.Accepted}
	}
	return answers
}

func (in inbox) next(t *testing.T) (event.Delivery, map[string]any) {
	t.Helper()
	select {
	case d := <-in:
		var payload map[string]any
		if err := json.Unmarshal([]byte(d.Payload), &payload); err != nil {
			t.Fatal(err)
		}
		return d, payload
	case <-time.After(time.Minute):
		t.Fatal("nothing came")
	}
	panic("unreachable")
}

// A subscriber sees of an event what answers would show to it: by its permission
// points, its grade, the corp's rules, who is protected, and its own ids.
func TestPayloadsAreMaskedAsAnswersAre(t *testing.T) {
	t.Parallel()
	platformtest.Each(t, func(t *testing.T, w *platformtest.World) {
		corp, _ := w.Corp("Acme")
		w.Person(corp, "lina", "李娜", id.RootDept)
		w.Person(corp, "wang", "王伟", id.RootDept)
		r1, r2, own := scope.R1, scope.R2, op.IDsOpen
		grown := w.App(corp, "plain", scope.Member)
		w.Change(grown, app.Change{Grade: &r2})
		masked, renamed, deaf := w.App(corp, "masked", scope.Member), w.App(corp, "renamed", scope.Member), w.App(corp, "deaf")
		w.Change(masked, app.Change{Grade: &r1})
		w.Change(renamed, app.Change{IDs: &own})
		if err := w.Masks.Protect(t.Context(), corp, mask.Protected{User: "wang", Reason: "chief", By: "admin"}); err != nil {
			t.Fatal(err)
		}

		in := make(inbox, 16)
		w.Delivery.Ways[event.Callback] = in
		of := map[id.Subscription]string{}
		for name, a := range map[string]platformtest.App{"grown": grown, "masked": masked, "renamed": renamed, "deaf": deaf} {
			s, err := w.Events.Subscribe(t.Context(), event.Subscription{Corp: corp, Agent: a.Agent, Way: event.Callback, Names: []event.Name{event.Every}})
			if err != nil {
				t.Fatal(err)
			}
			of[s.ID] = name
		}
		rename := func(user id.User, email string) map[string]map[string]any {
			t.Helper()
			if _, err := w.Directory.UpdatePerson(t.Context(), corp, directory.PersonChange{ID: user, Edit: func(p *directory.Profile) { p.Email = email }}); err != nil {
				t.Fatal(err)
			}
			got := map[string]map[string]any{}
			for range 3 {
				d, payload := in.next(t)
				got[of[d.Subscription]] = payload
			}
			return got
		}
		diff := func(payload map[string]any) (user, email string) {
			d, _ := payload["diffInfo"].(map[string]any)
			curr, _ := d["curr"].(map[string]any)
			user, _ = d["userid"].(string)
			email, _ = curr["email"].(string)
			return user, email
		}

		got := rename("lina", "lina.li@example.com")
		if user, email := diff(got["grown"]); user != "lina" || email != "lina.li@example.com" {
			t.Errorf("an app of R2 is told %v", got["grown"])
		}
		if user, email := diff(got["masked"]); user != "lina" || email != "l***@example.com" {
			t.Errorf("an app of R1 is told %v", got["masked"])
		}
		if user, _ := diff(got["renamed"]); user == "lina" || user == "" || got["renamed"]["userId"].([]any)[0] != user {
			t.Errorf("an app with ids of its own is told %v", got["renamed"])
		}
		got = rename("wang", "w@example.com")
		if user, email := diff(got["grown"]); user != "wang" || email != "" {
			t.Errorf("of a protected person an app is told %v", got["grown"])
		}
		if len(in) > 0 {
			t.Errorf("an app without the permission point is told %+v", <-in)
		}
	})
}

// While an application is switched off its events wait.
func TestEventsWaitForAnAppThatIsOff(t *testing.T) {
	t.Parallel()
	platformtest.Each(t, func(t *testing.T, w *platformtest.World) {
		corp, _ := w.Corp("Acme")
		a := w.App(corp, "crm", scope.Member)
		in := make(inbox, 16)
		w.Delivery.Ways[event.Callback] = in
		if _, err := w.Events.Subscribe(t.Context(), event.Subscription{Corp: corp, Agent: a.Agent, Way: event.Callback, Names: []event.Name{event.UserAdded}}); err != nil {
			t.Fatal(err)
		}
		off, on := app.Disabled, app.Enabled
		w.Change(a, app.Change{State: &off})
		w.Person(corp, "lina", "李娜", id.RootDept)
		w.Person(corp, "wang", "王伟", id.RootDept)
		if len(in) > 0 {
			t.Errorf("told while it is off: %+v", <-in)
		}
		w.Change(a, app.Change{State: &on})
		first, _ := in.next(t)
		second, _ := in.next(t)
		if first.Object == second.Object || first.Attempts+second.Attempts != 0 {
			t.Errorf("told %+v and %+v", first, second)
		}
	})
}
