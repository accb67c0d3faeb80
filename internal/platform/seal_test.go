package platform_test

import (
	"bytes"
	"database/sql"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/gatepost/gatepost/internal/config"
	"github.com/gatepost/gatepost/internal/directory"
	"github.com/gatepost/gatepost/internal/id"
	"github.com/gatepost/gatepost/internal/platformtest"
	"github.com/gatepost/gatepost/internal/scope"
	"github.com/gatepost/gatepost/internal/store"
)

// marked are values that stand in no field but the one they are for, so that
// wherever they are found they came from there.
var marked = map[string]string{
	"mobile": "13600007771", "email": "marked-mail@one.example", "orgEmail": "marked-org@two.example", "workPlace": "标记的办公地点",
	"remark": "标记的备注", "extension name": "标记的属性", "extension": "标记的属性值", "translations": "marked-translation",
	"login id": "marked_login", "login e-mail": "marked-login@three.example", "place of one department": "标记的部门办公地点",
	"changed mobile": "13600007772", "changed remark": "改过的标记",
	"contact's name": "标记的联系人", "contact's mobile": "13600007773", "contact's address": "标记的地址",
	"contact's remark": "标记的联系人备注", "contact's e-mail": "marked-contact@four.example",
	"refused mobile": "136000077", "refused e-mail": "marked-no-mail", "abroad": "15112345678", "mobile as userid": "13600007775",
	"mobile of nobody": "13600007776",
}

// feature: GW-021
//
// No sealed field is in clear in any file, table or log, whatever was done with it.
func TestNothingInClear(t *testing.T) {
	t.Parallel()
	platformtest.EachEngine(t, func(t *testing.T, engine platformtest.Option) {
		var log safeBuffer
		dir, postgres := t.TempDir(), ""
		w := platformtest.Start(t, engine, platformtest.WithLog(&log), platformtest.WithConfig(func(c *config.Config) {
			c.Data, c.Volatile, postgres = dir, false, string(c.Postgres)
		}))
		secrets := exercise(t, w)
		if postgres != "" {
			notIn(t, "the tables", dump(t, postgres), secrets)
		}
		notInFiles(t, dir, secrets) // the log of the database, too
		w.Stop()
		notInFiles(t, dir, secrets)
		notIn(t, "the log", log.Bytes(), secrets)
	})
}

// exercise does with marked values what clients and administrators do, and
// returns what must not be found.
func exercise(t *testing.T, w *platformtest.World) map[string]string {
	t.Helper()
	corp, session := w.Corp("marked")
	w.Department(corp, 7, 1, "财务")
	a := w.App(corp, "reader", scope.Member, scope.MemberByMobile, scope.DepartmentMember,
		scope.ManageAddresses, scope.ContactUserRead, scope.FieldMobile, scope.FieldEmail, scope.ContactMobile, scope.ExternalRead, scope.ExternalWrite)
	app := w.Token(a)
	fill := strings.NewReplacer(pairs()...)
	create := fill.Replace(`{"userid":"li","name":"李","mobile":"{mobile}","dept_id_list":"1,7","email":"{email}","org_email":"{orgEmail}",
		"work_place":"{workPlace}","remark":"{remark}","extension":"{\"{extension name}\":\"{extension}\"}","extension_i18n":"{\"x\":\"{translations}\"}",
		"login_id":"{login id}","login_email":"{login e-mail}","dept_position_list":[{"dept_id":7,"work_place":"{place of one department}"}]}`)
	w.V1(app, "/topapi/v2/user/create", create).OK(t)
	person := string(w.V1(app, "/topapi/v2/user/get", `{"userid":"li"}`).Body)
	for _, field := range []string{"mobile", "email", "orgEmail", "workPlace", "remark", "extension name", "extension", "place of one department"} {
		if !strings.Contains(person, marked[field]) {
			t.Errorf("the person is answered without %s:\n%s", field, person)
		}
	}
	w.V1(app, "/topapi/v2/user/list", `{"dept_id":1,"cursor":0,"size":10}`).OK(t)
	w.V1(app, "/topapi/v2/user/getbymobile", fill.Replace(`{"mobile":"{mobile}"}`)).OK(t)
	w.V1(app, "/topapi/v2/user/update", fill.Replace(`{"userid":"li","mobile":"{changed mobile}","remark":"{changed remark}"}`)).OK(t)
	w.V1(app, "/topapi/v2/user/update", fill.Replace(`{"userid":"admin","mobile":"+49-{abroad}"}`)).OK(t)
	for _, word := range []string{"{changed mobile}", "{email}"} {
		if got := string(w.Console(session, "person.search", fill.Replace(`{"query":"`+word+`"}`)).Body); !strings.Contains(got, `"li"`) {
			t.Errorf("search for %s finds %s", word, got)
		}
	}

	for _, refused := range []struct{ rule, path, body string }{
		{"user.mobile_exists", "/topapi/v2/user/create", `{"userid":"zhao","name":"赵","mobile":"{changed mobile}","dept_id_list":"1"}`},
		{"user.email_exists", "/topapi/v2/user/create", `{"userid":"zhao","name":"赵","mobile":"13911112222","email":"{email}","dept_id_list":"1"}`},
		{"user.mobile", "/topapi/v2/user/create", `{"userid":"zhao","name":"赵","mobile":"{refused mobile}","dept_id_list":"1"}`},
		{"user.email", "/topapi/v2/user/create", `{"userid":"zhao","name":"赵","mobile":"13911112222","email":"{refused e-mail}","dept_id_list":"1"}`},
		{"user.mobile_unknown", "/topapi/v2/user/getbymobile", `{"mobile":"{mobile of nobody}"}`},
		{"user.id_kind", "/topapi/v2/user/get", `{"userid":"{changed mobile}"}`},
		{"user.invalid", "/topapi/v2/user/get", `{"userid":"{mobile as userid}"}`},
	} {
		if got := w.V1(app, refused.path, fill.Replace(refused.body)).Rule(t); got != refused.rule {
			t.Errorf("%s %s is refused by %s, want %s", refused.path, refused.body, got, refused.rule)
		}
	}
	w.V2(app, "GET", "/v1.0/contact/users/"+marked["mobile as userid"], "").Rule(t)

	groups, err := w.Directory.LabelGroups(t.Context(), corp, directory.Page{Size: 1})
	if err != nil {
		t.Fatal(err)
	}
	label := strconv.FormatInt(groups[0].Labels[0].ID, 10)
	contact := fill.Replace(`{"contact":{"name":"{contact's name}","mobile":"{contact's mobile}","address":"{contact's address}","remark":"{contact's remark}",
		"email":"{contact's e-mail}","follower_user_id":"li","label_ids":[` + label + `]}}`)
	w.V1(app, "/topapi/extcontact/create", contact).OK(t)
	w.V1(app, "/topapi/extcontact/create", contact).Rule(t)
	if got := string(w.V1(app, "/topapi/extcontact/list", `{"offset":0,"size":20}`).Body); !strings.Contains(got, marked["contact's remark"]) {
		t.Errorf("contacts are %s", got)
	}
	w.V1(app, "/topapi/v2/user/delete", `{"userid":"li"}`).OK(t)

	sso := w.Console(session, "corp.sso.secret", `{}`).Text(t, "ssoSecret")
	if err := w.Log.Flush(t.Context()); err != nil {
		t.Fatal(err)
	}
	all := map[string]string{"app secret": a.Secret, "SSO secret": sso}
	for name, value := range marked {
		all[name] = value
	}
	return all
}

func pairs() []string {
	var list []string
	for name, value := range marked {
		list = append(list, "{"+name+"}", value)
	}
	return list
}

func notIn(t *testing.T, where string, b []byte, secrets map[string]string) {
	t.Helper()
	for name, value := range secrets {
		if i := bytes.Index(b, []byte(value)); i >= 0 {
			t.Errorf("%s has the %s: %q", where, name, b[max(i-60, 0):min(i+60, len(b))])
		}
	}
}

func notInFiles(t *testing.T, dir string, secrets map[string]string) {
	t.Helper()
	files := 0
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		b, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		files++
		notIn(t, filepath.Base(path), b, secrets)
		return nil
	})
	if err != nil || files == 0 {
		t.Fatalf("%d files, %v", files, err)
	}
}

// dump is every row of every table of a PostgreSQL schema, as text.
func dump(t *testing.T, url string) []byte {
	t.Helper()
	db, err := sql.Open("pgx", url)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	read := func(q string) (list []string) {
		rows, err := db.QueryContext(t.Context(), q)
		if err != nil {
			t.Fatal(err)
		}
		defer rows.Close()
		for rows.Next() {
			var s string
			if err := rows.Scan(&s); err != nil {
				t.Fatal(err)
			}
			list = append(list, s)
		}
		if err := rows.Err(); err != nil {
			t.Fatal(err)
		}
		return list
	}
	var b bytes.Buffer
	tables := read(`SELECT relname::text FROM pg_class WHERE relnamespace = current_schema()::regnamespace AND relkind = 'r'`)
	for _, table := range tables {
		for _, row := range read(`SELECT t::text FROM ` + table + ` t`) {
			fmt.Fprintln(&b, table, row)
		}
	}
	if len(tables) < 20 || b.Len() < 1000 {
		t.Fatalf("%d tables, %d bytes", len(tables), b.Len())
	}
	return b.Bytes()
}

// safeBuffer is a buffer that several goroutines write to.
type safeBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (s *safeBuffer) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.Write(p)
}

func (s *safeBuffer) Bytes() []byte {
	s.mu.Lock()
	defer s.mu.Unlock()
	return bytes.Clone(s.b.Bytes())
}

// What an older version kept in clear is sealed when the platform starts, found
// and read as before, and forgotten by the database.
func TestOldRowsAreSealed(t *testing.T) {
	t.Parallel()
	const old = "13600001111"
	platformtest.EachEngine(t, func(t *testing.T, engine platformtest.Option) {
		dir, postgres := t.TempDir(), ""
		data := platformtest.WithConfig(func(c *config.Config) { c.Data, c.Volatile, postgres = dir, false, string(c.Postgres) })
		w := platformtest.Start(t, engine, data)
		corp, _ := w.Corp("old")
		w.Department(corp, 7, 1, "财务")
		w.Person(corp, "lina", "李娜", 1, 7)
		unseal(t, w, corp, old)
		w.Stop()

		w = platformtest.Start(t, engine, data)
		p, err := w.Directory.PersonByMobile(t.Context(), corp, old)
		if err != nil {
			t.Fatal(err)
		}
		if p.ID != "lina" || p.Mobile != old || p.Email != "old-mail@one.example" || p.Extension["旧属性"] != "旧值" || p.Memberships[1].Place != "旧地点" {
			t.Errorf("%+v", p)
		}
		if s, err := w.Keys.Status(t.Context(), corp); err != nil || s.Tables[0].Older != 0 {
			t.Errorf("%+v, %v", s, err)
		}
		secrets := map[string]string{"mobile": old, "e-mail": "old-mail@one.example", "place": "旧地点", "attribute": "旧属性"}
		if postgres != "" {
			notIn(t, "the tables", dump(t, postgres), secrets)
		}
		notInFiles(t, dir, secrets)
	})
}

// unseal writes the person lina as a version without sealing did.
func unseal(t *testing.T, w *platformtest.World, corp id.Corp, mobile string) {
	t.Helper()
	const (
		person store.SQL = `UPDATE people SET key_id = 0, sealed = NULL, mobile_index = '', email_index = '', person_index = '',
			mobile = $3, state_code = '86', email = 'old-mail@one.example', extension = '{"旧属性":"旧值"}' WHERE corp = $1 AND userid = $2`
		place store.SQL = `UPDATE memberships SET work_place = '旧地点' WHERE corp = $1 AND userid = $2 AND dept = 7`
		key   store.SQL = `INSERT INTO data_keys (corp, purpose, id, state, created_at) VALUES ($1, 'data', 0, 'retiring', 0)`
	)
	_, err := store.Update(t.Context(), w.DB, func(tx *store.Tx) (int64, error) {
		if _, err := tx.Exec(person, corp, "lina", mobile); err != nil {
			return 0, err
		}
		if _, err := tx.Exec(place, corp, "lina"); err != nil {
			return 0, err
		}
		return tx.Exec(key, corp)
	})
	if err != nil {
		t.Fatal(err)
	}
}

// A company of many is rotated again and again by a process that is killed. All
// of it is read afterwards, and the next process ends the work.
func TestKillWhileRotating(t *testing.T) {
	t.Parallel()
	platformtest.EachEngine(t, func(t *testing.T, engine platformtest.Option) {
		var c config.Config
		data := platformtest.WithConfig(func(o *config.Config) {
			if c.Data == "" {
				c.Data = t.TempDir()
			}
			o.Data, o.Volatile, c.Postgres = c.Data, false, o.Postgres
		})
		w := platformtest.Start(t, engine, data)
		corp, _ := w.Corp("many")
		people := make([]directory.NewPerson, 1000)
		for i := range people {
			people[i] = directory.NewPerson{ID: id.User(fmt.Sprintf("p%04d", i)), Departments: []id.Dept{1},
				Profile: directory.Profile{Name: "人", Remark: fmt.Sprintf("remark %d", i)}}
			people[i].SetMobile(fmt.Sprintf("137%08d", i))
		}
		if err := w.Directory.Import(t.Context(), corp, nil, people); err != nil {
			t.Fatal(err)
		}
		w.Stop()
		for steps := range 2 {
			killRotating(t, c, corp, 3+4*steps)
		}
		w = platformtest.Start(t, engine, data)
		for i := range people {
			p, err := w.Directory.PersonByMobile(t.Context(), corp, fmt.Sprintf("137%08d", i))
			if err != nil || p.ID != people[i].ID || p.Remark != people[i].Remark {
				t.Fatalf("%d: %+v, %v", i, p, err)
			}
		}
		if s, err := w.Keys.Status(t.Context(), corp); err != nil || s.Key < 3 || s.Tables[0].All != 1001 {
			t.Errorf("%+v, %v", s, err)
		}
	})
}
