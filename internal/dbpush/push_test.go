package dbpush_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/gatepost/gatepost/internal/directory"
	"github.com/gatepost/gatepost/internal/id"
	"github.com/gatepost/gatepost/internal/op"
	"github.com/gatepost/gatepost/internal/platformtest"
	"github.com/gatepost/gatepost/internal/scope"
	"github.com/gatepost/gatepost/internal/store"
)

// patience is how long a test waits for what has to come.
const patience = time.Minute

// until waits for what has to become so.
func until(t testing.TB, what string, so func() bool) {
	t.Helper()
	for end := time.Now().Add(patience); !so(); {
		if time.Now().After(end) {
			t.Fatalf("it never came to this: %s", what)
		}
		time.Sleep(2 * time.Millisecond)
	}
}

// scene is a company with an app that has a database.
type scene struct {
	*platformtest.World
	*shelf
	corp    id.Corp
	session string
	app     platformtest.App
}

func newScene(t *testing.T, s *shelf, options ...platformtest.Option) *scene {
	t.Helper()
	w := platformtest.Start(t, options...)
	corp, session := w.Corp("Acme")
	w.Department(corp, 10, 1, "研发")
	w.Person(corp, "lina", "李娜", 10)
	return &scene{w, s, corp, session, w.App(corp, "crm", scope.Base, scope.Member, scope.DepartmentList, scope.DepartmentMember, "fieldMobile", "fieldEmail")}
}

// set gives the app its database, and waits for the copy.
func (s *scene) set(t testing.TB, more ...string) {
	t.Helper()
	s.Console(s.session, "database.set", s.request(s.app, more...)).OK(t)
	s.copied(t)
}

func (s *scene) copied(t testing.TB) {
	t.Helper()
	until(t, "the copy is done", func() bool { return s.status(t)["state"] == "done" })
}

func (s *scene) status(t testing.TB) map[string]any {
	t.Helper()
	return s.Console(s.session, "database.status", fmt.Sprintf(`{"agentId":%d}`, s.app.Agent)).OK(t)["sync"].(map[string]any)
}

// row is the row about an object; nil if there is none.
func (s *scene) row(kind int, biz string) *line {
	for _, l := range s.lines("open_sync_biz_data_medium") {
		if l.kind == kind && l.biz == biz {
			return &l
		}
	}
	return nil
}

func (l *line) fields(t testing.TB) map[string]any {
	t.Helper()
	var all map[string]any
	if err := json.Unmarshal([]byte(l.data), &all); err != nil {
		t.Fatalf("%v in %s", err, l.data)
	}
	return all
}

// rewritten waits for another row about an object than the one before.
func (s *scene) rewritten(t testing.TB, before *line, kind int, biz string) *line {
	t.Helper()
	var now *line
	until(t, fmt.Sprintf("another row about %d %s", kind, biz), func() bool {
		now = s.row(kind, biz)
		return now != nil && (before == nil || now.id > before.id)
	})
	return now
}

// The life of a person and of a department in rows.
//
// feature: EVT-003
func TestRows(t *testing.T) {
	t.Parallel()
	eachShelf(t, func(t *testing.T, sh *shelf) {
		s := newScene(t, sh.tables())
		s.set(t)

		copied := s.row(13, "lina")
		got := copied.fields(t)
		if got["syncAction"] != "user_add_org" || got["errcode"] != 0.0 || got["errmsg"] != "ok" || got["userid"] != "lina" || got["name"] != "李娜" ||
			got["isLeaderInDepts"] != "{10:false}" || got["eventId"] != nil {
			t.Errorf("a copied row holds %s", copied.data)
		}
		want := fmt.Sprintf("%d_0", s.app.Agent)
		if copied.subscriber != want || copied.corp != string(s.corp) || copied.status != 0 || copied.created != copied.modified || len(copied.created) < 19 {
			t.Errorf("a copied row is %+v", copied)
		}
		if root := s.row(14, "10").fields(t); root["syncAction"] != "org_dept_create" || root["name"] != "研发" || root["parentid"] != 1.0 || root["deptPerimits"] != "" {
			t.Errorf("the department's row holds %v", root)
		}

		sh.run("UPDATE open_sync_biz_data_medium SET status = 1")
		ctx := t.Context()
		if _, err := s.Directory.UpdatePerson(ctx, s.corp, directory.PersonChange{ID: "lina", Edit: func(p *directory.Profile) { p.Title = "架构师" }}); err != nil {
			t.Fatal(err)
		}
		changed := s.rewritten(t, copied, 13, "lina")
		got = changed.fields(t)
		if changed.status != 0 || got["syncAction"] != "user_modify_org" || got["position"] != "架构师" || got["eventId"] != fmt.Sprint(changed.cursor) || changed.cursor == 0 {
			t.Errorf("a changed row is %+v", changed)
		}
		if n := len(s.lines("open_sync_biz_data")); n > 0 {
			t.Errorf("%d rows of high priority", n)
		}

		if err := s.Directory.RemovePerson(ctx, s.corp, "lina"); err != nil {
			t.Fatal(err)
		}
		left := s.rewritten(t, changed, 13, "lina")
		if got := left.fields(t); got["syncAction"] != "user_leave_org" || got["userid"] != "lina" || got["name"] != nil || got["errcode"] != nil {
			t.Errorf("who left is told as %s", left.data)
		}
		s.Person(s.corp, "lina", "李娜", 10)
		until(t, "she is there again", func() bool { return s.row(13, "lina").fields(t)["name"] == "李娜" })

		if err := s.Directory.RemovePerson(ctx, s.corp, "lina"); err != nil {
			t.Fatal(err)
		}
		if err := s.Directory.RemoveDepartment(ctx, s.corp, 10); err != nil {
			t.Fatal(err)
		}
		until(t, "the department's row says that it is gone", func() bool { return s.row(14, "10").fields(t)["syncAction"] == "org_dept_remove" })
	})
}

// What the app may not see is told by a number; what it may see is masked as its
// answers are; a copy leaves out what it may not see.
func TestRowsHoldWhatTheAppMaySee(t *testing.T) {
	t.Parallel()
	eachShelf(t, func(t *testing.T, sh *shelf) {
		s := newScene(t, sh.tables())
		s.Person(s.corp, "wang", "王伟", id.RootDept)
		s.Console(s.session, "app.update", fmt.Sprintf(`{"agentId":%d,"dataGrade":"R1","range":{"all":false,"departments":[10]}}`, s.app.Agent)).OK(t)
		s.set(t)

		if got := s.row(13, "lina").fields(t)["mobile"].(string); !strings.Contains(got, "****") {
			t.Errorf("an app of R1 has the number %s", got)
		}
		if s.row(13, "wang") != nil || s.row(14, "1") != nil {
			t.Error("the copy has what is outside the range")
		}
		if _, err := s.Directory.UpdatePerson(t.Context(), s.corp, directory.PersonChange{ID: "wang", Edit: func(p *directory.Profile) { p.Title = "总裁" }}); err != nil {
			t.Fatal(err)
		}
		got := s.rewritten(t, nil, 13, "wang").fields(t)
		if got["errcode"] != 50002.0 || got["errmsg"] != "请求的员工userid不在授权范围内" || got["syncAction"] != "user_modify_org" || got["name"] != nil {
			t.Errorf("who is outside the range is told as %v", got)
		}
	})
}

// An app with ids of its own has rows under these ids, also of who left.
func TestRowsHaveTheIDsOfTheApp(t *testing.T) {
	t.Parallel()
	eachShelf(t, func(t *testing.T, sh *shelf) {
		s := newScene(t, sh.tables())
		s.Console(s.session, "app.update", fmt.Sprintf(`{"agentId":%d,"ids":"open"}`, s.app.Agent)).OK(t)
		s.set(t)
		var own *line
		for _, l := range s.lines("open_sync_biz_data_medium") {
			if l.kind == 13 && l.fields(t)["name"] == "李娜" {
				own = &l
			}
		}
		if own == nil || own.biz == "lina" || own.fields(t)["userid"] != own.biz || strings.Contains(own.data, `"lina"`) {
			t.Fatalf("the row is %+v", own)
		}
		if err := s.Directory.RemovePerson(t.Context(), s.corp, "lina"); err != nil {
			t.Fatal(err)
		}
		if left := s.rewritten(t, own, 13, own.biz).fields(t); left["syncAction"] != "user_leave_org" || left["userid"] != own.biz {
			t.Errorf("who left is told as %v", left)
		}
	})
}

// What fails says what to repair, and is written when it is repaired; what is only
// one row's matter delays no other row.
func TestFailuresSayWhatToRepair(t *testing.T) {
	t.Parallel()
	eachShelf(t, func(t *testing.T, sh *shelf) {
		s := newScene(t, sh.tables())
		s.set(t)
		copied := s.row(13, "lina")
		for _, c := range []struct {
			name, say     string
			spoil, repair func()
		}{
			{"a lost privilege", "grant SELECT, INSERT and DELETE", func() { sh.revoke("INSERT", both()[1]) }, func() { sh.grant("INSERT", both()[1]) }},
			{"a missing table", "gatepost events database check prints", func() { sh.run("ALTER TABLE open_sync_biz_data_medium RENAME TO gone") }, func() { sh.run("ALTER TABLE gone RENAME TO open_sync_biz_data_medium") }},
		} {
			c.spoil()
			title := "after " + c.name
			if _, err := s.Directory.UpdatePerson(t.Context(), s.corp, directory.PersonChange{ID: "lina", Edit: func(p *directory.Profile) { p.Title = title }}); err != nil {
				t.Fatal(err)
			}
			s.said(t, c.say)
			c.repair()
			s.Later(11 * time.Second)
			s.Delivery.Look()
			copied = s.rewritten(t, copied, 13, "lina")
			if copied.fields(t)["position"] != title {
				t.Errorf("%s: then the row holds %s", c.name, copied.data)
			}
		}
	})
}

const answersOf store.SQL = `SELECT answer FROM attempts WHERE corp = $1 ORDER BY id`

// said waits for a try that failed and said this.
func (s *scene) said(t testing.TB, text string) {
	t.Helper()
	until(t, "a try fails with "+text, func() bool {
		list, err := store.View(t.Context(), s.DB, func(tx *store.Tx) ([]string, error) {
			return store.All(tx, answersOf, func(r store.Row) (a string, err error) { return a, r.Scan(&a) }, s.corp)
		})
		if err != nil {
			t.Fatal(err)
		}
		return slices.ContainsFunc(list, func(answer string) bool { return strings.Contains(answer, text) })
	})
}

// Roles, who has them, and the company have rows; groups of roles have none.
func TestRowsOfRolesAndTheCompany(t *testing.T) {
	t.Parallel()
	eachShelf(t, func(t *testing.T, sh *shelf) {
		s := newScene(t, sh.tables())
		s.set(t)
		copied := s.row(13, "lina")
		ctx := t.Context()
		group, err := s.Directory.AddRoleGroup(ctx, s.corp, "岗位")
		if err != nil {
			t.Fatal(err)
		}
		role, err := s.Directory.AddRole(ctx, s.corp, group, "工程师")
		if err != nil {
			t.Fatal(err)
		}
		added := s.rewritten(t, nil, 15, fmt.Sprint(role))
		if got := added.fields(t); got["syncAction"] != "org_role_add" || got["role_name"] != "工程师" || got["group_name"] != "岗位" || got["group_id"] != float64(group) {
			t.Errorf("the role's row holds %s", added.data)
		}
		if err := s.Directory.GiveRoles(ctx, op.Caller{Corp: s.corp, Range: op.Everything}, []id.Role{role}, []id.User{"lina"}); err != nil {
			t.Fatal(err)
		}
		given := s.rewritten(t, copied, 13, "lina")
		if got := given.fields(t); got["syncAction"] != "user_role_change" || !strings.Contains(given.data, "工程师") {
			t.Errorf("who has the role is told as %v", got)
		}
		if err := s.Directory.RenameCorp(ctx, s.corp, "新名"); err != nil {
			t.Fatal(err)
		}
		company := s.rewritten(t, nil, 16, string(s.corp))
		if got := company.fields(t); got["syncAction"] != "org_update" || got["corp_name"] != "新名" || got["corpid"] != string(s.corp) {
			t.Errorf("the company's row holds %s", company.data)
		}
		if err := s.Directory.TakeRoles(ctx, op.Caller{Corp: s.corp, Range: op.Everything}, []id.Role{role}, []id.User{"lina"}); err != nil {
			t.Fatal(err)
		}
		if err := s.Directory.DeleteRole(ctx, s.corp, role); err != nil {
			t.Fatal(err)
		}
		if gone := s.rewritten(t, added, 15, fmt.Sprint(role)); gone.fields(t)["syncAction"] != "org_role_remove" || gone.fields(t)["role_id"] != fmt.Sprint(role) {
			t.Errorf("a role that is gone is told as %s", gone.data)
		}
		if s.row(15, fmt.Sprint(group)) != nil {
			t.Error("a group of roles has a row")
		}
	})
}
