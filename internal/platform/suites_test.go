package platform_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/gatepost/gatepost/internal/event"
	"github.com/gatepost/gatepost/internal/id"
	"github.com/gatepost/gatepost/internal/platformtest"
	"github.com/gatepost/gatepost/internal/scope"
	"github.com/gatepost/gatepost/internal/stream"
	"github.com/gatepost/gatepost/internal/suite"
)

// vendorsCallback is where a vendor of these tests is told.
func vendorsCallback() *suite.Callback {
	return &suite.Callback{URL: "http://192.0.2.1/cb", Token: "token123", AESKey: "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG"}
}

// A vendor is told of its suite in its own company, and of what happens in a
// company that opened it there, until that ends.
//
// feature: EVT-007
func TestVendorsAreTold(t *testing.T) {
	t.Parallel()
	platformtest.Each(t, func(t *testing.T, w *platformtest.World) {
		vendor, _ := w.Corp("Vendor")
		customer, admin := w.Corp("Customer")
		in := make(inbox, 16)
		w.Delivery.Ways[event.Callback] = in
		crm, _ := w.Suite(vendor, "crm", vendorsCallback(), scope.Member)
		next := func(want event.Name, corp id.Corp) map[string]any {
			t.Helper()
			d, payload := in.next(t)
			if d.Name != want || d.Corp != corp {
				t.Fatalf("told %s of %s, want %s of %s", d.Name, d.Corp, want, corp)
			}
			return payload
		}

		if got := next(event.SuiteTicket, vendor); got["suiteKey"] != string(crm.Key) || got["suiteTicket"] == "" {
			t.Errorf("told %v", got)
		}
		opened := w.Opened(customer, crm)
		if got := next(event.SuiteCode, vendor); got["authCorpId"] != string(customer) || got["authCode"] == "" {
			t.Errorf("told %v", got)
		}
		w.Person(customer, "lina", "李娜", id.RootDept)
		if got := next(event.UserAdded, customer); fmt.Sprint(got["userId"]) != "[lina]" {
			t.Errorf("told %v", got)
		}
		mirrored, err := w.Events.Subscriptions(t.Context(), customer, opened.Agent)
		if err != nil || len(mirrored) != 1 || mirrored[0].Origin != suite.Origin || mirrored[0].Target != vendorsCallback().URL || mirrored[0].Secret == "" {
			t.Errorf("its subscription there is %+v, %v", mirrored, err)
		}

		body := fmt.Sprintf(`{"suiteKey":%q`, crm.Key)
		w.Console(admin, "suite.stop", body+"}").OK(t)
		if got := next(event.MicroAppStopped, vendor); got["agentId"] != float64(opened.Agent) {
			t.Errorf("told %v", got)
		}
		w.Person(customer, "wang", "王伟", id.RootDept) // waits
		w.Console(admin, "suite.restore", body+"}").OK(t)
		got := map[event.Name]bool{}
		for range 2 { // of two companies, so in either order
			d, _ := in.next(t)
			got[d.Name] = true
		}
		if !got[event.MicroAppRestored] || !got[event.UserAdded] {
			t.Errorf("told %v", got)
		}

		w.Console(admin, "suite.relieve", body+`,"confirm":"crm"}`).OK(t)
		if got := next(event.SuiteRelieved, vendor); got["authCorpId"] != string(customer) {
			t.Errorf("told %v", got)
		}
		w.Person(customer, "zhao", "赵云", id.RootDept)
		if left, err := w.Events.Subscriptions(t.Context(), customer, 0); err != nil || len(left) != 0 {
			t.Errorf("left are %+v, %v", left, err)
		}
	})
}

// What concerns one suite is told to that suite alone: not to another one of the
// same vendor, nor to an app of the vendor that subscribed to everything.
//
// feature: EVT-007
func TestOnlyTheSuiteIsTold(t *testing.T) {
	t.Parallel()
	platformtest.Each(t, func(t *testing.T, w *platformtest.World) {
		vendor, _ := w.Corp("Vendor")
		customer, _ := w.Corp("Customer")
		in := make(inbox, 64)
		w.Delivery.Ways[event.Callback] = in
		curious := w.App(vendor, "curious", scope.Base, scope.Member)
		all, err := w.Events.Subscribe(t.Context(), event.Subscription{Corp: vendor, Agent: curious.Agent, Way: event.Callback, Names: []event.Name{event.Every}})
		if err != nil {
			t.Fatal(err)
		}
		crm, _ := w.Suite(vendor, "crm", vendorsCallback(), scope.Base)
		other, _ := w.Suite(vendor, "other", vendorsCallback(), scope.Base)
		w.Opened(customer, crm)
		w.Person(vendor, "lina", "李娜", id.RootDept) // which the curious app is told of, after all else
		told := map[string]int{}
		for range 4 {
			d, payload := in.next(t)
			sub, err := w.Events.Subscription(t.Context(), d.Corp, d.Subscription)
			if err != nil {
				t.Fatal(err)
			}
			switch {
			case d.Name == event.UserAdded && d.Subscription == all.ID:
			case sub.Agent == crm.Agent && payload["suiteKey"] == string(crm.Key), sub.Agent == other.Agent && payload["suiteKey"] == string(other.Key):
			default:
				t.Errorf("app %d is told %s %v", sub.Agent, d.Name, payload)
			}
			told[string(d.Name)]++
		}
		if fmt.Sprint(told) != "map[suite_ticket:2 tmp_auth_code:1 user_add_org:1]" {
			t.Errorf("told %v", told)
		}
		// However it is sent to him again.
		list, err := w.Events.List(t.Context(), vendor, event.Filter{Name: event.SuiteTicket}, 1)
		if err != nil || len(list) != 1 {
			t.Fatalf("%v, %v", list, err)
		}
		if told, ok, err := w.Delivery.Mask(t.Context(), &all, list[0]); ok || told.Payload != "" || err != nil {
			t.Errorf("an app of the vendor may see %s, %v", told.Payload, err)
		}
	})
}

// A ticket is announced whenever the vendor's clock has passed twenty minutes,
// whoever moved it, and once.
//
// feature: EVT-007
func TestTicketsFollowTheClock(t *testing.T) {
	t.Parallel()
	platformtest.Each(t, func(t *testing.T, w *platformtest.World) {
		w.Still()
		vendor, _ := w.Corp("Vendor")
		in := make(inbox, 64)
		w.Delivery.Ways[event.Callback] = in
		crm, made := w.Suite(vendor, "crm", vendorsCallback())
		seen := map[string]bool{}
		expect := func(why string) {
			t.Helper()
			d, payload := in.next(t)
			present, _ := w.Suites.Present(made)
			if d.Name != event.SuiteTicket || payload["suiteTicket"] != present || seen[present] {
				t.Fatalf("%s: told %s %v, present is %s", why, d.Name, payload, present)
			}
			seen[present] = true
		}
		expect("made")
		if err := w.Clock.Move(t.Context(), vendor, 20*time.Minute); err != nil {
			t.Fatal(err)
		}
		expect("the company's clock moved")
		w.Later(20 * time.Minute)
		expect("time passed")
		w.Later(6 * time.Hour)
		expect("much time passed")
		list, err := w.Events.List(t.Context(), vendor, event.Filter{Name: event.SuiteTicket}, 10)
		if err != nil || len(list) != len(seen) {
			t.Errorf("%d tickets were announced, %v; want %d", len(list), err, len(seen))
		}
		if w.SuiteToken(crm, made) == "" {
			t.Error("the present ticket gets no token")
		}
	})
}

// Two nodes announce a ticket once.
func TestTicketsAreAnnouncedOnce(t *testing.T) {
	t.Parallel()
	platformtest.Each(t, func(t *testing.T, w *platformtest.World) {
		w.Still()
		vendor, _ := w.Corp("Vendor")
		_, made := w.Suite(vendor, "crm", nil)
		w.Later(time.Hour)
		failed := make(chan error, 4)
		for range cap(failed) {
			go func() { failed <- w.Suites.Push(t.Context(), made) }()
		}
		for range cap(failed) {
			if err := <-failed; err != nil {
				t.Error(err)
			}
		}
		list, err := w.Events.List(t.Context(), vendor, event.Filter{Name: event.SuiteTicket}, 10)
		if err != nil || len(list) != 2 {
			t.Errorf("%d tickets were announced, %v; want 2", len(list), err)
		}
	})
}

// A vendor that connects is told over its connections of its suite, and of what
// happens in companies that opened it, whether they did before it came or while it
// is there.
//
// feature: EVT-007
func TestVendorsAreToldOverConnections(t *testing.T) {
	t.Parallel()
	platformtest.Each(t, func(t *testing.T, w *platformtest.World) { toldOverConnections(t, w, w) })
}

// The company opens the suite at one node, and its vendor is connected to another.
func TestVendorsAreToldByTheOtherNode(t *testing.T) {
	t.Parallel()
	one, other := twoNodes(t)
	toldOverConnections(t, one, other)
}

func toldOverConnections(t *testing.T, w, at *platformtest.World) {
	t.Helper()
	vendor, _ := w.Corp("Vendor")
	early, _ := w.Corp("Early")
	late, admin := w.Corp("Late")
	crm, _ := w.Suite(vendor, "crm", nil, scope.Member)
	w.Opened(early, crm)
	w.Person(early, "lina", "李娜", id.RootDept)

	c := connectedTo(t, at.URL, crm, everyEvent)
	next := func(want event.Name, corp id.Corp, holds string) {
		t.Helper()
		f := c.next()
		if f.Headers["eventType"] != string(want) || f.Headers["eventCorpId"] != string(corp) || f.Headers["eventUnifiedAppId"] != string(crm.Key) || !strings.Contains(f.Data, holds) {
			t.Fatalf("told %+v, want %s of %s", f, want, corp)
		}
		c.answer(f, success)
	}
	waited := map[string]bool{}
	for range 3 { // of two companies, so in no order
		f := c.next()
		waited[f.Headers["eventType"]+" "+f.Headers["eventCorpId"]] = true
		c.answer(f, success)
	}
	if !waited["suite_ticket "+string(vendor)] || !waited["org_suite_auth "+string(vendor)] || !waited["user_add_org "+string(early)] {
		t.Fatalf("what waited was %v", waited)
	}

	opened := w.Opened(late, crm)
	next(event.OrgSuiteAuth, vendor, string(late))
	w.Person(late, "wang", "王伟", id.RootDept)
	next(event.UserAdded, late, "wang")

	// What waits while the vendor is away is told when it is back.
	mirrored, err := w.Events.Subscriptions(t.Context(), late, opened.Agent)
	if err != nil || len(mirrored) != 1 || mirrored[0].Way != event.Stream || mirrored[0].Origin != suite.Origin || mirrored[0].Timeout != stream.AnswerWithin {
		t.Fatalf("its subscription there is %+v, %v", mirrored, err)
	}
	until(t, "that is delivered", func() bool { return waitingFor(t, w, mirrored[0]) == 0 })
	c.end()
	until(t, "it is gone", func() bool { return at.Stream.Count(vendor, crm.Agent) == 0 })
	w.Person(late, "zhao", "赵敏", id.RootDept)
	c = connectedTo(t, at.URL, crm, everyEvent)
	next(event.UserAdded, late, "zhao")

	w.Console(admin, "suite.relieve", fmt.Sprintf(`{"suiteKey":%q,"confirm":"crm"}`, crm.Key)).OK(t)
	next(event.OrgSuiteRelieved, vendor, string(late))
	w.Person(late, "sun", "孙悦", id.RootDept)
	w.Person(early, "sun", "孙悦", id.RootDept)
	next(event.UserAdded, early, "sun") // and not that of the other
	if left, err := w.Events.Subscriptions(t.Context(), late, opened.Agent); err != nil || len(left) != 0 {
		t.Errorf("left are %+v, %v", left, err)
	}
}

// A vendor that is told by HTTP is not told once more over connections that it
// opened for something else.
func TestVendorsAreToldInOneWay(t *testing.T) {
	t.Parallel()
	w := platformtest.Start(t)
	vendor, _ := w.Corp("Vendor")
	customer, _ := w.Corp("Customer")
	in := make(inbox, 16)
	w.Delivery.Ways[event.Callback] = in
	crm, _ := w.Suite(vendor, "crm", vendorsCallback(), scope.Member)
	c := connected(t, w, crm, everyEvent)
	until(t, "it is connected", func() bool { return w.Stream.Count(vendor, crm.Agent) == 1 })
	w.Opened(customer, crm)
	w.Person(customer, "lina", "李娜", id.RootDept)
	for range 3 {
		in.next(t)
	}
	c.silent()
	if all, err := w.Events.Subscriptions(t.Context(), vendor, crm.Agent); err != nil || len(all) != 1 {
		t.Errorf("its subscriptions are %+v, %v", all, err)
	}
}

// The receiver of a suite shows that it understands what it is sent, before its
// address is taken, by either answer that receivers know.
//
// feature: EVT-007
func TestVendorsReceiversAreAsked(t *testing.T) {
	t.Parallel()
	const testSuite = "suite4xxxxxxxxxxxxxxx"
	w := platformtest.Start(t)
	vendor, session := w.Corp("Vendor")
	customer, _ := w.Corp("Customer")
	in := newReceiver(t, hookToken, hookKey, testSuite)
	create := func(name string) platformtest.Answer {
		return w.Console(session, "suite.create", fmt.Sprintf(`{"name":%q,"callbackUrl":%q,"token":%q,"aesKey":%q}`, name, in.url, hookToken, hookKey))
	}
	asked := func(r *receiver, want, key string) {
		t.Helper()
		var got struct{ EventType, Random, TestSuiteKey string }
		if err := json.Unmarshal([]byte(r.next(t)), &got); err != nil || got.EventType != want || got.Random == "" || got.TestSuiteKey != key {
			t.Errorf("asked %+v, %v", got, err)
		}
	}

	for mode, found := range map[string]string{"another word": "received", "500": "500"} {
		in.answers(mode)
		if got := create("crm"); !strings.Contains(string(got.Body), found) || !strings.Contains(string(got.Body), `"field":"callbackUrl"`) {
			t.Errorf("%s: %s", mode, got)
		}
		asked(in, "check_create_suite_url", testSuite)
	}
	in.answers("random")
	made := create("crm").OK(t)
	asked(in, "check_create_suite_url", testSuite)
	in.answers("success")
	create("other").OK(t)
	asked(in, "check_create_suite_url", testSuite)

	key, agent := made["suiteKey"].(string), id.Agent(made["agentId"].(float64))
	opened := w.Opened(customer, platformtest.App{Corp: vendor, Key: id.App(key)})
	next := newReceiver(t, "other", hookKey, key)
	change := func(body string) platformtest.Answer {
		return w.Console(session, "suite.callback", fmt.Sprintf(`{"suiteKey":%q,%s}`, key, body))
	}
	if got := change(fmt.Sprintf(`"callbackUrl":%q`, next.url)); got.Rule(t) != "callback.unreachable" { // the token is another one
		t.Errorf("with the token of before: %s", got)
	}
	change(fmt.Sprintf(`"callbackUrl":%q,"token":"other"`, next.url)).OK(t)
	for asks := true; asks; { // what waited comes beside it
		asks = !strings.Contains(next.next(t), "check_update_suite_url")
	}
	for corp, app := range map[id.Corp]id.Agent{vendor: agent, customer: opened.Agent} {
		list, err := w.Events.Subscriptions(t.Context(), corp, app)
		if err != nil || len(list) != 1 || list[0].Target != next.url || !strings.Contains(list[0].Secret, `"other"`) || !strings.Contains(list[0].Secret, hookKey) {
			t.Errorf("in %s: %+v, %v", corp, list, err)
		}
	}
	w.Person(customer, "lina", "李娜", id.RootDept)
	for tells := true; tells; {
		tells = !strings.Contains(next.next(t), "user_add_org")
	}

	if got := change(`"token":"no"`); got.Rule(t) != "parameter.invalid" {
		t.Errorf("a token that is none: %s", got)
	}
	streamed, _ := w.Suite(vendor, "streamed", nil)
	if got := w.Console(session, "suite.callback", fmt.Sprintf(`{"suiteKey":%q}`, streamed.Key)); got.Rule(t) != "callback.unknown" {
		t.Errorf("a suite without a callback: %s", got)
	}
	_, stranger := w.Corp("Stranger")
	if got := w.Console(stranger, "suite.callback", fmt.Sprintf(`{"suiteKey":%q}`, key)); got.Rule(t) != "suite.unknown" {
		t.Errorf("the suite of another company: %s", got)
	}
}
