package dbpush_test

import (
	"crypto/rand"
	"database/sql"
	"encoding/json"
	"fmt"
	"net/url"
	"os"
	"strings"
	"testing"

	_ "github.com/go-sql-driver/mysql" // the driver "mysql"
	_ "github.com/jackc/pgx/v5/stdlib" // the driver "pgx"

	"github.com/gatepost/gatepost/internal/platformtest"
	"github.com/gatepost/gatepost/internal/store/storetest"
)

// mariadbVariable names the MariaDB server that tests use: host:port, whose root
// has no password.
const mariadbVariable = "GATEPOST_TEST_MARIADB"

// shelf is an application's database: an empty one on a real server, with an
// account that may do just what is needed once the tables are there.
type shelf struct {
	t                     testing.TB
	engine, address       string
	database, schema      string
	owner, user, password string
	db                    *sql.DB // as the owner, who reads
	driver, dsn           string  // of db
	mark                  func(n int) string
}

// eachShelf runs f with a database of each engine that there is a server of.
func eachShelf(t *testing.T, f func(t *testing.T, s *shelf)) {
	t.Helper()
	for name, open := range map[string]func(testing.TB) *shelf{"mariadb": mariadbShelf, "postgres": postgresShelf} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f(t, open(t))
		})
	}
}

func mariadbShelf(t testing.TB) *shelf {
	t.Helper()
	address := os.Getenv(mariadbVariable)
	if address == "" {
		t.Skip(mariadbVariable + " is not set")
	}
	s := &shelf{t: t, engine: "mysql", address: address, database: "gp_" + strings.ToLower(rand.Text()[:10]), owner: "root", mark: func(int) string { return "?" }}
	s.user, s.password = s.database, rand.Text()
	server := s.open("mysql", "root@tcp("+address+")/")
	s.exec(server, "CREATE DATABASE "+s.database)
	s.exec(server, fmt.Sprintf("CREATE USER '%s'@'127.0.0.1' IDENTIFIED BY '%s'", s.user, s.password))
	t.Cleanup(func() {
		s.exec(server, "DROP DATABASE "+s.database)
		s.exec(server, fmt.Sprintf("DROP USER '%s'@'127.0.0.1'", s.user))
	})
	s.driver, s.dsn = "mysql", "root@tcp("+address+")/"+s.database
	s.db = s.open(s.driver, s.dsn)
	return s
}

func postgresShelf(t testing.TB) *shelf {
	t.Helper()
	server, err := url.Parse(os.Getenv(storetest.PostgresVariable))
	if err != nil || server.Host == "" {
		t.Skip(storetest.PostgresVariable + " is not set")
	}
	s := &shelf{t: t, engine: "postgres", address: server.Host, database: strings.TrimPrefix(server.Path, "/"), owner: server.User.Username(),
		mark: func(n int) string { return fmt.Sprintf("$%d", n) }}
	s.schema = "gp_" + strings.ToLower(rand.Text()[:10])
	s.user, s.password = s.schema, rand.Text()
	q := server.Query()
	q.Set("search_path", s.schema)
	server.RawQuery = q.Encode()
	s.driver, s.dsn = "pgx", server.String()
	s.db = s.open(s.driver, s.dsn)
	s.exec(s.db, "CREATE SCHEMA "+s.schema)
	s.exec(s.db, fmt.Sprintf("CREATE ROLE %s LOGIN PASSWORD '%s'", s.user, s.password))
	s.exec(s.db, fmt.Sprintf("GRANT USAGE ON SCHEMA %s TO %s", s.schema, s.user))
	t.Cleanup(func() {
		s.exec(s.db, "DROP SCHEMA "+s.schema+" CASCADE")
		s.exec(s.db, "DROP OWNED BY "+s.user)
		s.exec(s.db, "DROP ROLE "+s.user)
	})
	return s
}

func (s *shelf) open(driver, dsn string) *sql.DB {
	s.t.Helper()
	db, err := sql.Open(driver, dsn)
	if err != nil {
		s.t.Fatal(err)
	}
	s.t.Cleanup(func() { db.Close() })
	return db
}

func (s *shelf) exec(db *sql.DB, statement string, args ...any) {
	s.t.Helper()
	if _, err := db.Exec(statement, args...); err != nil {
		s.t.Fatalf("%s: %v", statement, err)
	}
}

// run runs a statement as the owner.
func (s *shelf) run(statement string, args ...any) {
	s.t.Helper()
	s.exec(s.db, statement, args...)
}

func both() []string { return []string{"open_sync_biz_data", "open_sync_biz_data_medium"} }

// tables makes the two tables as they are documented, and grants what is needed.
func (s *shelf) tables() *shelf {
	s.t.Helper()
	for _, name := range both() {
		if s.engine == "mysql" {
			s.run("CREATE TABLE " + name + ` (
				id bigint(20) NOT NULL AUTO_INCREMENT, gmt_create datetime NOT NULL, gmt_modified datetime NOT NULL,
				subscribe_id varchar(64) NOT NULL, corp_id varchar(64) NOT NULL, biz_id varchar(128) NOT NULL, biz_type int(11) NOT NULL,
				biz_data text NOT NULL, open_cursor bigint(20) NOT NULL, status int(11) NOT NULL,
				PRIMARY KEY (id), UNIQUE KEY uk_subscribe_corp_biz (subscribe_id, corp_id, biz_id, biz_type)
				) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin`)
		} else {
			s.run("CREATE TABLE " + name + ` (
				id bigserial PRIMARY KEY, gmt_create timestamp(0) NOT NULL, gmt_modified timestamp(0) NOT NULL,
				subscribe_id varchar(64) NOT NULL, corp_id varchar(64) NOT NULL, biz_id varchar(128) NOT NULL, biz_type integer NOT NULL,
				biz_data text NOT NULL, open_cursor bigint NOT NULL, status integer NOT NULL,
				UNIQUE (subscribe_id, corp_id, biz_id, biz_type))`)
			s.run("GRANT USAGE ON SEQUENCE " + name + "_id_seq TO " + s.user)
		}
		s.grant("SELECT, INSERT, DELETE", name)
	}
	return s
}

func (s *shelf) account() string {
	if s.engine == "mysql" {
		return "'" + s.user + "'@'127.0.0.1'"
	}
	return s.user
}

func (s *shelf) grant(what, name string) {
	s.t.Helper()
	s.run("GRANT " + what + " ON " + name + " TO " + s.account())
}

func (s *shelf) revoke(what, name string) {
	s.t.Helper()
	s.run("REVOKE " + what + " ON " + name + " FROM " + s.account())
}

// request is what database.set and database.check are asked with; more are
// members, as JSON, that replace others.
func (s *shelf) request(a platformtest.App, more ...string) string {
	q := map[string]any{"agentId": a.Agent, "engine": s.engine, "address": s.address, "database": s.database, "schema": s.schema,
		"user": s.user, "password": s.password, "tls": "off"}
	for _, m := range more {
		if err := json.Unmarshal([]byte("{"+m+"}"), &q); err != nil {
			s.t.Fatal(err)
		}
	}
	text, err := json.Marshal(q)
	if err != nil {
		s.t.Fatal(err)
	}
	return string(text)
}

// line is a row as its readers see it.
type line struct {
	id                    int64
	subscriber, corp, biz string
	kind, status          int
	data                  string
	cursor                int64
	created, modified     string
}

// lines reads a table in the order of ids.
func (s *shelf) lines(name string) (list []line) {
	s.t.Helper()
	rows, err := s.db.Query("SELECT id, subscribe_id, corp_id, biz_id, biz_type, status, biz_data, open_cursor, gmt_create, gmt_modified FROM " + name + " ORDER BY id")
	if err != nil {
		s.t.Fatal(err)
	}
	defer rows.Close()
	for rows.Next() {
		var l line
		if err := rows.Scan(&l.id, &l.subscriber, &l.corp, &l.biz, &l.kind, &l.status, &l.data, &l.cursor, &l.created, &l.modified); err != nil {
			s.t.Fatal(err)
		}
		list = append(list, l)
	}
	if err := rows.Err(); err != nil {
		s.t.Fatal(err)
	}
	return list
}
