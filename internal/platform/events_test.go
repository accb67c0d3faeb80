package platform_test

import (
	"context"
	"encoding/json"
	"slices"
	"strings"
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
		of, corpOf := map[id.Subscription]string{}, map[string]id.Corp{}
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
				got[of[d.Subscription]], corpOf[of[d.Subscription]] = payload, d.ToldCorp()
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
		if corpOf["grown"] != corp || !strings.HasPrefix(string(corpOf["renamed"]), "gpc_") {
			t.Errorf("of the corp they are told as %v", corpOf)
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

// An application that sees a part of the directory is told of that part, and of
// what left it.
func TestPayloadsKeepToTheVisibleRange(t *testing.T) {
	t.Parallel()
	platformtest.Each(t, func(t *testing.T, w *platformtest.World) {
		ctx := t.Context()
		corp, _ := w.Corp("Acme")
		w.Department(corp, 20, id.RootDept, "sales")
		w.Department(corp, 21, 20, "east")
		w.Department(corp, 30, id.RootDept, "research")
		part, all := w.App(corp, "part", scope.Member, scope.DepartmentList, scope.Base), w.App(corp, "all", scope.Member, scope.DepartmentList, scope.Base)
		w.Change(part, app.Change{Range: &op.Range{Departments: []id.Dept{20}, Users: []id.User{"boss"}}})
		var last id.Event
		// told is what an application is told of what happened since.
		told := func(a platformtest.App, happened []event.Happened) (list []string) {
			t.Helper()
			for _, h := range happened {
				known, ok, err := w.Delivery.Mask(ctx, &event.Subscription{Corp: corp, Agent: a.Agent}, h)
				if err != nil {
					t.Fatal(err)
				}
				var payload map[string]any
				if ok {
					if err := json.Unmarshal([]byte(known.Payload), &payload); err != nil {
						t.Fatal(err)
					}
					list = append(list, short(h.Name, payload))
				}
			}
			return list
		}
		since := func() []event.Happened {
			t.Helper()
			list, err := w.Events.List(ctx, corp, event.Filter{After: last}, 100)
			if err != nil {
				t.Fatal(err)
			}
			slices.Reverse(list)
			last = list[len(list)-1].ID
			return list
		}
		since()
		must := func(err error) {
			t.Helper()
			if err != nil {
				t.Fatal(err)
			}
		}
		move := func(user id.User, to ...id.Dept) {
			t.Helper()
			_, err := w.Directory.UpdatePerson(ctx, corp, directory.PersonChange{ID: user, Departments: to, Edit: func(p *directory.Profile) { p.JobNumber = "1" + p.JobNumber }})
			must(err)
		}
		name, other := "neu", "alt"
		for _, tc := range []struct {
			name string
			do   func()
			want []string // what the app with a part is told; all others are told everything
			all  int
		}{
			{"somebody below", func() { w.Person(corp, "lina", "李娜", 21) }, []string{`user_add_org ["lina"]`}, 1},
			{"somebody else", func() { w.Person(corp, "wang", "王伟", 30) }, nil, 1},
			{"somebody alone", func() { w.Person(corp, "boss", "陈建", 30) }, []string{`user_add_org ["boss"]`}, 1},
			{"an import", func() {
				p := func(u id.User, mobile string, d id.Dept) directory.NewPerson {
					return directory.NewPerson{ID: u, Departments: []id.Dept{d}, Profile: directory.Profile{Name: "李", Mobile: mobile}}
				}
				must(w.Directory.Import(ctx, corp, []directory.NewDepartment{{ID: 22, Parent: 20, Name: "west"}, {ID: 31, Parent: 30, Name: "lab"}},
					[]directory.NewPerson{p("a", "13911110001", 22), p("b", "13911110002", 31)}))
			}, []string{`org_dept_create [22]`, `user_add_org ["a"]`}, 2},
			{"a change inside", func() { move("lina", 21) }, []string{`user_modify_org ["lina"] diff`}, 1},
			{"a move out", func() { move("lina", 30) }, []string{`user_modify_org ["lina"]`}, 1},
			{"a change outside", func() { move("lina", 30) }, nil, 1},
			{"a move in", func() { move("lina", 22) }, []string{`user_modify_org ["lina"] diff`}, 1},
			{"leaving from inside", func() { must(w.Directory.RemovePerson(ctx, corp, "lina")) }, []string{`user_leave_org ["lina"]`}, 1},
			{"leaving from outside", func() { must(w.Directory.RemovePerson(ctx, corp, "wang")) }, nil, 1},
			{"leaving of somebody alone", func() { must(w.Directory.RemovePerson(ctx, corp, "boss")) }, []string{`user_leave_org ["boss"]`}, 1},
			{"a department inside", func() { must(w.Directory.UpdateDepartment(ctx, corp, directory.DepartmentChange{ID: 21, Name: &name})) }, []string{`org_dept_modify [21]`}, 1},
			{"a department outside", func() {
				must(w.Directory.UpdateDepartment(ctx, corp, directory.DepartmentChange{ID: 31, Name: &other}))
			}, nil, 1},
			{"a department moved out", func() {
				to := id.Dept(30)
				must(w.Directory.UpdateDepartment(ctx, corp, directory.DepartmentChange{ID: 21, Parent: &to}))
			}, []string{`org_dept_modify [21]`}, 1},
			{"a department removed outside", func() { must(w.Directory.RemoveDepartment(ctx, corp, 21)) }, nil, 1},
			{"a department removed inside", func() {
				must(w.Directory.RemovePerson(ctx, corp, "a"))
				must(w.Directory.RemoveDepartment(ctx, corp, 22))
			}, []string{`user_leave_org ["a"]`, `org_dept_remove [22]`}, 2},
			{"the company", func() { must(w.Directory.RenameCorp(ctx, corp, "Neu")) }, []string{`org_change`}, 2},
			{"another app's range", func() { w.Change(all, app.Change{Range: &op.Range{Departments: []id.Dept{20, 30}}}) }, []string{`inner_app_scopes_change [20]`}, 1},
		} {
			tc.do()
			happened := since()
			if got := told(part, happened); !slices.Equal(got, tc.want) {
				t.Errorf("%s: told %q, not %q", tc.name, got, tc.want)
			}
			if got := told(all, happened); len(got) != tc.all {
				t.Errorf("%s: an app that sees everything is told %q, %d events", tc.name, got, len(happened))
			}
		}
	})
}

// Whoever was not active is announced when signing in for the first time, to an
// app or to the console, and never again.
func TestFirstSignInIsAnnounced(t *testing.T) {
	t.Parallel()
	platformtest.Each(t, func(t *testing.T, w *platformtest.World) {
		ctx := t.Context()
		corp, _ := w.Corp("Acme")
		crm := w.App(corp, "crm", scope.Base, scope.Member)
		a, err := w.Apps.ByKey(ctx, crm.Key)
		if err != nil {
			t.Fatal(err)
		}
		fresh := func(user id.User, mobile string) directory.NewPerson {
			return directory.NewPerson{ID: user, Departments: []id.Dept{id.RootDept}, Profile: directory.Profile{Name: "李", Mobile: mobile}}
		}
		if err := w.Directory.Import(ctx, corp, nil, []directory.NewPerson{fresh("lina", "13911110001"), fresh("wang", "13911110002")}); err != nil {
			t.Fatal(err)
		}
		w.Person(corp, "zhao", "赵敏", id.RootDept) // active at once
		enter := func(user id.User) {
			t.Helper()
			code, err := w.Identity.LoginCode(ctx, a, user, nil)
			if err != nil {
				t.Fatal(err)
			}
			w.V1(w.Token(crm), "/topapi/v2/user/getuserinfo", `{"code":"`+code.Text+`"}`).OK(t)
		}
		for _, user := range []id.User{"lina", "lina", "zhao"} {
			enter(user)
		}
		if err := w.Identity.SetAccount(ctx, corp, "wang", "password of wang", false); err != nil {
			t.Fatal(err)
		}
		w.SignIn(corp, "wang", "password of wang")
		enter("wang")
		list, err := w.Events.List(ctx, corp, event.Filter{Name: event.UserActivated}, 10)
		if err != nil || len(list) != 2 || list[1].Object != "person:lina" || list[0].Object != "person:wang" {
			t.Errorf("announced %+v, %v", list, err)
		}
		p, err := w.Directory.Person(ctx, corp, "lina")
		if err != nil || !p.Active {
			t.Errorf("lina is active: %v, %v", p.Active, err)
		}
	})
}

// short is an event with whom it names.
func short(n event.Name, payload map[string]any) string {
	line := string(n)
	for _, field := range []string{"userId", "deptId", "deptIds"} {
		if list, ok := payload[field]; ok {
			text, _ := json.Marshal(list)
			line += " " + string(text)
		}
	}
	if _, ok := payload["diffInfo"]; ok {
		line += " diff"
	}
	return line
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
