package dbpush_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/gatepost/gatepost/internal/app"
	"github.com/gatepost/gatepost/internal/directory"
	"github.com/gatepost/gatepost/internal/id"
)

// findings are what a check answers, by level and name.
type findings map[string]map[string]any

func (s *scene) check(t testing.TB, more ...string) findings {
	t.Helper()
	all := findings{}
	answer := s.Console(s.session, "database.check", s.request(s.app, more...)).OK(t)
	for _, f := range answer["findings"].([]any) {
		one := f.(map[string]any)
		all[one["level"].(string)+" "+one["name"].(string)] = one
	}
	if answer["usable"] != !strings.Contains(fmt.Sprint(all), "level:error") {
		t.Errorf("usable is %v: %v", answer["usable"], all)
	}
	return all
}

// has wants a finding whose words and details hold all of these.
func (f findings) has(t testing.TB, name string, texts ...string) map[string]any {
	t.Helper()
	for _, text := range texts {
		if !strings.Contains(fmt.Sprint(f[name]), text) {
			t.Errorf("%s does not say %q: %v", name, text, f[name])
		}
	}
	if f[name] == nil {
		t.Errorf("there is no %s: %v", name, f)
	}
	return f[name]
}

// From an empty database to one that can be used, by nothing but what checks say.
func TestWhatIsMissingIsSaidAsStatements(t *testing.T) {
	t.Parallel()
	eachShelf(t, func(t *testing.T, sh *shelf) {
		s := newScene(t, sh)
		if sh.engine == "mysql" { // or the account could not even use the database
			s.grant("CREATE TEMPORARY TABLES", sh.database+".*")
		}
		missing := s.check(t).has(t, "error table", "open_sync_biz_data, open_sync_biz_data_medium", "缺少表")
		if got := s.Console(s.session, "database.set", s.request(s.app)); got.Rule(t) != "database.unusable" || !strings.Contains(string(got.Body), "缺少表") {
			t.Errorf("set is answered %s", got.Body)
		}
		for _, statement := range missing["sql"].([]any) {
			sh.run(statement.(string))
		}
		found := s.check(t)
		found.has(t, "ok table")
		found.has(t, "ok privilege")
		if sh.engine == "mysql" {
			found.has(t, "warning excess", "CREATE TEMPORARY TABLES", sh.database)
		} else if found["warning excess"] != nil {
			t.Errorf("the account that was asked for may too much: %v", found)
		}
		found.has(t, "warning tls", "tls=off")
		s.set(t)
	})
}

// What an account lacks and what it needlessly may is named.
func TestPrivilegesAreNamed(t *testing.T) {
	t.Parallel()
	eachShelf(t, func(t *testing.T, sh *shelf) {
		s := newScene(t, sh.tables())
		s.revoke("INSERT", both()[0])
		s.revoke("DELETE", both()[1])
		s.check(t).has(t, "error privilege", "INSERT on open_sync_biz_data, DELETE on open_sync_biz_data_medium", "GRANT SELECT, INSERT, DELETE ON")
		s.grant("INSERT, UPDATE", both()[0])
		s.grant("DELETE, TRIGGER", both()[1])
		found := s.check(t)
		found.has(t, "warning excess", "UPDATE", "TRIGGER")
		found.has(t, "ok privilege")
		if sh.engine == "mysql" {
			s.grant("DROP", sh.database+".*")
			s.run("GRANT PROCESS, SUPER ON *.* TO " + s.account())
			s.run("GRANT SELECT ON " + sh.database + ".* TO " + s.account() + " WITH GRANT OPTION")
			t.Cleanup(func() { s.run("REVOKE ALL PRIVILEGES, GRANT OPTION FROM " + s.account()) })
			s.check(t).has(t, "warning excess", "on *.*: PROCESS, SUPER", "on "+sh.database+".*: DROP, GRANT OPTION, SELECT")
			return
		}
		s.run("ALTER ROLE " + sh.user + " CREATEDB CREATEROLE")
		s.run("GRANT CREATE ON SCHEMA " + sh.schema + " TO " + sh.user)
		s.run("GRANT pg_read_all_data TO " + sh.user)
		s.run("ALTER TABLE " + both()[1] + " OWNER TO " + sh.user)
		s.check(t).has(t, "warning excess", "CREATEDB", "CREATEROLE", "member of pg_read_all_data", "CREATE on schema "+sh.schema, "on open_sync_biz_data_medium: owner, which may DROP it")
		s.run("ALTER ROLE " + sh.user + " SUPERUSER")
		s.check(t).has(t, "warning excess", "detail:SUPERUSER")
	})
}

// An account that may makes the tables itself.
func TestTablesAreMade(t *testing.T) {
	t.Parallel()
	eachShelf(t, func(t *testing.T, sh *shelf) {
		s := newScene(t, sh)
		if sh.engine == "mysql" {
			s.grant("SELECT, INSERT, DELETE", sh.database+".*")
		}
		s.check(t, `"create":true`).has(t, "error table", "未能建表", "CREATE TABLE")
		if sh.engine == "mysql" {
			s.grant("CREATE", sh.database+".*")
		} else {
			s.run("GRANT CREATE ON SCHEMA " + sh.schema + " TO " + sh.user)
		}
		s.check(t, `"create":true`).has(t, "ok created", both()[0], both()[1])
		s.set(t)
	})
}

// A table that is not as documented is told of with what differs.
func TestColumnsAreCompared(t *testing.T) {
	t.Parallel()
	eachShelf(t, func(t *testing.T, sh *shelf) {
		s := newScene(t, sh.tables())
		spoil, say := []string{"ALTER TABLE open_sync_biz_data MODIFY biz_id varchar(64) NOT NULL, MODIFY id bigint NOT NULL, DROP COLUMN open_cursor, MODIFY status varchar(9) NOT NULL",
			"ALTER TABLE open_sync_biz_data DROP INDEX uk_subscribe_corp_biz", "ALTER TABLE open_sync_biz_data ENGINE=MyISAM"},
			[]string{"biz_id holds 64 characters, not 128", "id does not number itself", "open_cursor is missing", "status is varchar", "no unique key", "its engine is MyISAM"}
		if sh.engine == "postgres" {
			spoil, say = []string{"ALTER TABLE open_sync_biz_data ALTER biz_id TYPE varchar(64), ALTER id DROP DEFAULT, DROP COLUMN open_cursor, ALTER status TYPE varchar(9)",
				"ALTER TABLE open_sync_biz_data DROP CONSTRAINT open_sync_biz_data_subscribe_id_corp_id_biz_id_biz_type_key"},
				[]string{"biz_id holds 64 characters, not 128", "id does not number itself", "open_cursor is missing", "status is character varying", "no unique key"}
		}
		for _, statement := range spoil {
			s.run(statement)
		}
		s.check(t).has(t, "error column", say...)
		if sh.engine == "mysql" {
			s.run("ALTER TABLE open_sync_biz_data_medium MODIFY biz_id varchar(128) CHARACTER SET utf8mb4 COLLATE utf8mb4_general_ci NOT NULL")
			s.check(t).has(t, "warning collation", "utf8mb4_bin")
		}
	})
}

// Wrong credentials, a database that is not there, a server without encryption,
// and addresses that may not be called.
func TestReachingTheDatabase(t *testing.T) {
	t.Parallel()
	eachShelf(t, func(t *testing.T, sh *shelf) {
		s := newScene(t, sh.tables())
		s.check(t, `"tls":"verify"`).has(t, "error tls", "ca")
		s.check(t, `"database":"no_such"`).has(t, "error database")
		s.check(t, `"address":"127.0.0.1:1"`).has(t, "error unreachable", "connection refused")
		s.check(t, `"address":"10.1.2.3:3306"`).has(t, "error address", "GATEPOST_DATABASE_ALLOW")
		s.check(t, `"address":"`+strings.TrimPrefix(s.URL, "http://")+`"`).has(t, "error address")
		if sh.engine == "mysql" { // the other server trusts everybody
			s.check(t, `"password":"wrong"`).has(t, "error login")
		}

		real, session := s.RealCorp("Real")
		other := &scene{s.World, sh, real, session, s.App(real, "crm")}
		other.check(t).has(t, "error address", "GATEPOST_DATABASE_ALLOW")
	})
}

// The password stays for the account that it is of, and is sent to nobody else.
func TestThePasswordIsKept(t *testing.T) {
	t.Parallel()
	sh := mariadbShelf(t).tables()
	s := newScene(t, sh)
	s.set(t)
	s.set(t, `"password":""`)
	if got := s.Console(s.session, "database.status", fmt.Sprintf(`{"agentId":%d}`, s.app.Agent)); strings.Contains(string(got.Body), sh.password) {
		t.Errorf("status tells the password: %s", got.Body)
	}
	for _, elsewhere := range []string{fmt.Sprintf(`"address":"localhost:%s"`, strings.Split(sh.address, ":")[1]), `"tls":"verify"`} {
		if got := s.Console(s.session, "database.set", s.request(s.app, `"password":""`, elsewhere)); got.Rule(t) != "database.unusable" {
			t.Errorf("%s: %s", elsewhere, got.Body)
		}
	}
	if got := s.Console(s.session, "database.check", fmt.Sprintf(`{"agentId":%d}`, s.app.Agent)).OK(t); got["usable"] != true {
		t.Errorf("what is set is found to be %v", got)
	}
}

// A row that cannot be written fails alone, and says what to repair; those beside
// it in the same batch are written.
func TestOneRowThatCannotBeWritten(t *testing.T) {
	t.Parallel()
	eachShelf(t, func(t *testing.T, sh *shelf) {
		s := newScene(t, sh.tables())
		s.Person(s.corp, "wang", "王伟", id.RootDept)
		s.set(t)
		narrow := "ALTER TABLE open_sync_biz_data_medium MODIFY biz_data varchar(1000) NOT NULL"
		if sh.engine == "postgres" {
			narrow = "ALTER TABLE open_sync_biz_data_medium ALTER biz_data TYPE varchar(1000)"
		}
		s.run(narrow)
		before := s.row(13, "lina")
		off, on := app.Disabled, app.Enabled
		s.Change(s.app, app.Change{State: &off})
		for user, remark := range map[id.User]string{"wang": strings.Repeat("很", 900), "lina": "短"} {
			if _, err := s.Directory.UpdatePerson(t.Context(), s.corp, directory.PersonChange{ID: user, Edit: func(p *directory.Profile) { p.Remark = remark }}); err != nil {
				t.Fatal(err)
			}
		}
		s.Change(s.app, app.Change{State: &on})
		if got := s.rewritten(t, before, 13, "lina").fields(t); got["remark"] != "短" {
			t.Errorf("the row beside it holds %v", got)
		}
		s.said(t, "MEDIUMTEXT")
	})
}
