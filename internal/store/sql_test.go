package store_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/gatepost/gatepost/internal/store"
	"github.com/gatepost/gatepost/internal/store/storetest"
)

// TestEveryStatement reads every store.SQL constant in the tree and holds it to the rules of the package comment.
func TestEveryStatement(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		found, statements, err := inspect(t.Context(), "../..", db)
		if err != nil {
			t.Fatal(err)
		}
		if statements < 2 {
			t.Errorf("only %d statements were found: the test looks in the wrong place", statements)
		}
		for _, f := range found {
			t.Error(strings.TrimPrefix(f.String(), "../../"))
		}
	})
}

// Trap: PostgreSQL lets one transaction with news commit at a time. No statement of a transaction tells any; [Share.Wake]
// does, after the commit and on a connection of its own.
func TestTrapNotifyInTransaction(t *testing.T) {
	t.Parallel()
	code, err := readTree("../..")
	if err != nil {
		t.Fatal(err)
	}
	statements := code.statements()
	for _, c := range statements {
		if notify.MatchString(c.text) {
			t.Errorf("%s:%d: %s tells news in its transaction", c.pos.Filename, c.pos.Line, c.name)
		}
	}
	if len(statements) < 2 || !notify.MatchString("SELECT pg_notify($1, $2)") || !notify.MatchString("NOTIFY x") {
		t.Error("the test finds nothing at all")
	}
}

var notify = regexp.MustCompile(`(?i)notify`)

// inspect returns what is wrong in the tree at root, and how many statements it has.
func inspect(ctx context.Context, root string, db *store.DB) ([]finding, int, error) {
	code, err := readTree(root)
	if err != nil {
		return nil, 0, err
	}
	columns, err := db.Columns(ctx)
	if err != nil {
		return nil, 0, err
	}
	s := newSchema(columns)
	statements := code.statements()
	found := append(code.findings, s.findings...)
	for _, c := range statements {
		for _, reason := range append(s.read(c.text), s.plan(ctx, db, c.text)...) {
			found = append(found, finding{c.pos, c.name + ": " + reason})
		}
	}
	return append(found, s.answered(statements)...), len(statements), nil
}

// answered finds statements that write aside of remembered answers to a table that
// the directory's answers are made of.
func (s schema) answered(statements []*constant) (found []finding) {
	read := map[string]bool{}
	for _, c := range statements {
		if strings.HasSuffix(c.pkg, "/internal/directory") {
			for _, table := range tables(c.text) {
				read[table] = true
			}
		}
	}
	for _, c := range statements {
		if !strings.Contains(c.text, "/* aside:") {
			continue
		}
		for _, table := range tables(c.text) {
			if read[table] && s.corp[table] {
				found = append(found, finding{c.pos, c.name + ": writes aside to " + table + ", of which the directory's answers are made"})
			}
		}
	}
	return found
}

// schema is what the checks need to know of the tables.
type schema struct {
	corp     map[string]bool // tables with a column corp
	findings []finding
}

func newSchema(columns []store.Column) schema {
	s := schema{corp: map[string]bool{}}
	for _, c := range columns {
		if c.Name != "corp" {
			continue
		}
		s.corp[c.Table] = true
		if c.Key != 1 {
			f := finding{reason: fmt.Sprintf("table %s has a column corp, but its primary key does not begin with it", c.Table)}
			f.pos.Filename = "internal/store/schema"
			s.findings = append(s.findings, f)
		}
	}
	return s
}

var (
	comment   = regexp.MustCompile(`(?s)/\*.*?\*/`)
	quoted    = regexp.MustCompile(`'[^']*'`)
	fullScan  = regexp.MustCompile(`/\*\s*full scan:([^*]*)\*/`)
	allCorps  = regexp.MustCompile(`/\*\s*all corps:([^*]*)\*/`)
	only      = regexp.MustCompile(`/\*\s*only:\s*(\w+)\s*\*/`)
	clock     = regexp.MustCompile(`(?i)\b(now\s*\(|current_timestamp|current_date|current_time\b|datetime\s*\(|unixepoch\s*\()`)
	star      = regexp.MustCompile(`(?i)(\bselect\s+(distinct\s+)?|\breturning\s+|\b\w+\.)\*`)
	bareLike  = regexp.MustCompile(`(?i)\b(\w+\.)?(\w+)\s+(not\s+)?like\b`)
	tableList = regexp.MustCompile(`(?i)\b(?:from|join|into|update)\s+((?:\w+(?:\s+(?:as\s+)?\w+)?\s*,\s*)*\w+(?:\s+(?:as\s+)?\w+)?)`)
	corpFirst = regexp.MustCompile(`(?i)\bcorp\s*=\s*\$1\b`)
	corpGiven = regexp.MustCompile(`(?i)\binsert\s+into\s+\w+\s*(?:as\s+\w+\s*)?\(\s*corp\b[^)]*\)\s*(?:values\s*\(|select)\s*\$1\b`)
)

// bare is the statement without comments and quoted text.
func bare(text string) string {
	return quoted.ReplaceAllString(comment.ReplaceAllString(text, " "), "''")
}

// tables maps every name by which the statement knows a table to the table.
func tables(text string) map[string]string {
	names := map[string]string{}
	for _, m := range tableList.FindAllStringSubmatch(bare(text), -1) {
		for item := range strings.SplitSeq(m[1], ",") {
			words := strings.Fields(item)
			names[words[0]] = words[0]
			names[words[len(words)-1]] = words[0]
		}
	}
	return names
}

// read checks the text.
func (s schema) read(text string) (wrong []string) {
	plain := bare(text)
	if m := clock.FindString(plain); m != "" {
		wrong = append(wrong, m+" asks the database for the time: make it a parameter")
	}
	if star.MatchString(plain) {
		wrong = append(wrong, "* takes columns nobody named: list them")
	}
	if m := bareLike.FindString(plain); m != "" && only.FindString(text) == "" {
		wrong = append(wrong, m+" differs in case between the engines: write lower(x) LIKE")
	}
	for _, escape := range []*regexp.Regexp{fullScan, allCorps} {
		if m := escape.FindStringSubmatch(text); m != nil && len(strings.Fields(m[1])) < 2 {
			wrong = append(wrong, m[0]+" gives no reason")
		}
	}
	if allCorps.MatchString(text) || corpFirst.MatchString(plain) || corpGiven.MatchString(plain) {
		return wrong
	}
	for _, table := range tables(text) {
		if s.corp[table] {
			return append(wrong, fmt.Sprintf("%s is a corp's table: say corp = $1, or insert corp first as $1, or explain: /* all corps: reason */", table))
		}
	}
	return wrong
}

var (
	sqliteScan   = regexp.MustCompile(`^SCAN (?:TABLE )?(\w+)(.*)$`)
	postgresScan = regexp.MustCompile(`Seq Scan on (\w+)`)
)

// plan prepares the statement and looks for tables that are read whole.
func (s schema) plan(ctx context.Context, db *store.DB, text string) (wrong []string) {
	if m := only.FindStringSubmatch(text); m != nil && m[1] != db.Engine() {
		return nil
	}
	lines, err := db.Plan(ctx, store.SQL(text))
	if err != nil {
		return []string{fmt.Sprintf("%s does not take it: %v", db.Engine(), err)}
	}
	if fullScan.MatchString(text) {
		return nil
	}
	names := tables(text)
	for _, line := range lines {
		table := ""
		if m := postgresScan.FindStringSubmatch(line); m != nil {
			table = m[1]
		} else if m := sqliteScan.FindStringSubmatch(line); m != nil && !strings.Contains(m[2], "INDEX") {
			if table = names[m[1]]; table == "" {
				table = m[1]
			}
		}
		if s.corp[table] {
			wrong = append(wrong, fmt.Sprintf("%s reads all of %s: add an index, or explain: /* full scan: reason */", db.Engine(), table))
		}
	}
	return wrong
}

// guarded is the schema of the examples.
var guarded = fstest.MapFS{"0001_examples.sql": sqlFile(`
CREATE TABLE revisions (topic TEXT NOT NULL PRIMARY KEY, version BIGINT NOT NULL);
CREATE TABLE person (corp TEXT NOT NULL, id BIGINT NOT NULL, name TEXT NOT NULL, seen BIGINT NOT NULL, PRIMARY KEY (corp, id));
CREATE INDEX person_seen ON person (seen);
CREATE TABLE plain (id BIGINT NOT NULL PRIMARY KEY, name TEXT NOT NULL);
`)}

// Every rule catches what it is there for, and lets pass what is right.
func TestGuard(t *testing.T) {
	t.Parallel()
	declared := func(text string) string { return "const q store.SQL = `" + text + "`" }
	called := func(arg string) string {
		return "const q store.SQL = `SELECT name FROM plain WHERE id = $1`\n" +
			"const untyped = `SELECT name FROM plain WHERE id = $1`\n" +
			"func f(tx *store.Tx, given store.SQL) { v := q; w := untyped; _, _ = v, w; store.One(tx, " + arg + ", nil) }"
	}
	cases := []struct {
		name, code string
		want       string // in the only finding; empty: none
	}{
		{"by key", declared("SELECT name FROM person WHERE corp = $1 AND id = $2"), ""},
		{"by alias", declared("SELECT p.name FROM plain x JOIN person p ON p.id = x.id WHERE p.corp = $1"), ""},
		{"by list", declared("SELECT name FROM person WHERE corp = $1 AND id IN @ints($2)"), ""},
		{"insert", declared("INSERT INTO person (corp, id, name, seen) VALUES ($1, $2, $3, $4)"), ""},
		{"upsert", declared("INSERT INTO person (corp, id, name, seen) VALUES ($1, $2, $3, 0) ON CONFLICT (corp, id) DO UPDATE SET name = excluded.name RETURNING seen"), ""},
		{"insert select", declared("INSERT INTO person (corp, id, name, seen) SELECT $1, id, name, 0 FROM plain"), ""},
		{"recursive", declared("WITH RECURSIVE up AS (SELECT id, seen FROM person WHERE corp = $1 AND id = $2 UNION SELECT p.id, p.seen FROM up JOIN person p ON p.corp = $1 AND p.id = up.seen) SELECT id FROM up"), ""},
		{"sweep", declared("/* all corps: the sweeper of the platform */ DELETE FROM person WHERE seen < $1"), ""},
		{"no corp's table", declared("SELECT name FROM plain"), ""},
		{"one engine's", declared("/* only: sqlite */ SELECT name FROM sqlite_schema"), ""},
		{"concatenation", "const columns = `id, ` + more\nconst more = `name`\nconst q = store.SQL(`SELECT ` + columns + ` FROM person WHERE corp = $1`)", ""},

		{"syntax", declared("SELECT FROM WHERE"), "does not take it"},
		{"unknown column", declared("SELECT age FROM plain WHERE id = $1"), "does not take it"},
		{"no corp", declared("SELECT name FROM person WHERE id = $1 AND seen = $2"), "person is a corp's table"},
		{"corp is not first", declared("SELECT name FROM person WHERE id = $1 AND corp = $2"), "person is a corp's table"},
		{"corp is the tenth", declared("UPDATE person SET name = $1 WHERE corp = $10 AND id = $2 AND seen IN ($3, $4, $5, $6, $7, $8, $9)"), "person is a corp's table"},
		{"in a comment", declared("SELECT name FROM person WHERE seen = $1 /* corp = $1 */"), "person is a corp's table"},
		{"insert elsewhere", declared("INSERT INTO person (id, corp, name, seen) VALUES ($1, $2, $3, $4)"), "person is a corp's table"},
		{"comma join", declared("SELECT x.name FROM plain x, person p WHERE p.seen = $1 AND x.id = p.id"), "person is a corp's table"},
		{"full scan", declared("/* all corps: an example of it */ SELECT name AS n FROM person p WHERE name = $1"), "reads all of person"},
		{"no reason", declared("/* all corps: */ SELECT name FROM person WHERE seen = $1"), "gives no reason"},
		{"no reason for a scan", declared("/* full scan: why */ SELECT name FROM plain"), "gives no reason"},
		{"now", declared("UPDATE plain SET name = CURRENT_TIMESTAMP WHERE id = $1"), "asks the database for the time"},
		{"star", declared("SELECT * FROM plain WHERE id = $1"), "* takes columns"},
		{"star of an alias", declared("SELECT p.* FROM plain p WHERE id = $1"), "* takes columns"},
		{"like", declared("SELECT id FROM plain WHERE name LIKE $1"), "differs in case"},

		{"constant", called("q"), ""},
		{"variable", called("v"), ""},
		{"parameter", called("given"), ""},
		{"literal", called("`SELECT id FROM plain`"), "not a constant of type store.SQL"},
		{"untyped constant", called("untyped"), "not a constant of type store.SQL"},
		{"untyped variable", called("w"), "not a constant of type store.SQL"},
		{"put together", called("q + `x`"), "not a constant of type store.SQL"},
		{"list", declared("SELECT id FROM plain") + "\nfunc f(tx *store.Tx) { for _, x := range []store.SQL{q} { tx.Exec(x) } }", ""},
		{"list of literals", "func f(tx *store.Tx) { for _, x := range []store.SQL{`SELECT id FROM plain`} { tx.Exec(x) } }", "not a constant of type store.SQL"},
		{"literal for a parameter", "func f(tx *store.Tx, n int, x store.SQL) { tx.Exec(x) }\nfunc g() { f(nil, 0, `SELECT id FROM plain`) }", "not a constant of type store.SQL"},
		{"conversion", "func f(s string) store.SQL { return store.SQL(s) }", "hides the statement"},
		{"literal in Exec", "func f(tx *store.Tx) { tx.Exec(`DELETE FROM plain`) }", "not a constant of type store.SQL"},
		{"type argument", "func f(tx *store.Tx) { store.All[int](tx, `SELECT id FROM plain`, nil) }", "not a constant of type store.SQL"},
		{"not constant strings", "const q store.SQL = elsewhere.Text", "cannot be evaluated"},
	}
	engineCases := map[string]func(*testing.T) store.Config{
		"sqlite":   func(*testing.T) store.Config { return store.Config{} },
		"postgres": func(t *testing.T) store.Config { return store.Config{Postgres: storetest.Postgres(t)} },
	}
	for engine, config := range engineCases {
		t.Run(engine, func(t *testing.T) {
			t.Parallel()
			db, err := store.OpenWith(t.Context(), config(t), guarded)
			if err != nil {
				t.Fatal(err)
			}
			defer db.Close()
			for _, tc := range cases {
				found := examine(t, db, tc.code)
				switch {
				case tc.want == "" && len(found) > 0:
					t.Errorf("%s: %v", tc.name, found)
				case tc.want != "" && (len(found) != 1 || !strings.Contains(found[0].reason, tc.want)):
					t.Errorf("%s: %v, want %q", tc.name, found, tc.want)
				case tc.want != "" && (filepath.Base(found[0].pos.Filename) != "example.go" || found[0].pos.Line < 3):
					t.Errorf("%s: stands at %v", tc.name, found[0].pos)
				}
			}
		})
	}
}

// examine inspects a tree of one file.
func examine(t *testing.T, db *store.DB, code string) []finding {
	t.Helper()
	root := t.TempDir()
	dir := filepath.Join(root, "internal", "example")
	if err := os.MkdirAll(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	text := "package example\nimport \"" + storePath + "\"\n" + code + "\n"
	if err := os.WriteFile(filepath.Join(dir, "example.go"), []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	found, _, err := inspect(t.Context(), root, db)
	if err != nil {
		t.Fatal(err)
	}
	return found
}

func TestGuardOfKeys(t *testing.T) {
	t.Parallel()
	s := newSchema([]store.Column{{Table: "good", Name: "corp", Key: 1}, {Table: "bad", Name: "corp", Key: 2}, {Table: "worse", Name: "corp"}})
	var reasons []string
	for _, f := range s.findings {
		reasons = append(reasons, strings.Fields(f.reason)[1])
	}
	if !slices.Equal(reasons, []string{"bad", "worse"}) {
		t.Errorf("findings %v", s.findings)
	}
}
