package store_test

import (
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"testing/fstest"

	"github.com/gatepost/gatepost/internal/store"
	"github.com/gatepost/gatepost/internal/store/storetest"
)

func sqlFile(text string) *fstest.MapFile { return &fstest.MapFile{Data: []byte(text)} }

const (
	firstFile = `CREATE TABLE revisions (topic TEXT NOT NULL PRIMARY KEY, version BIGINT NOT NULL);
`
	secondFile = `-- a comment; with a semicolon;
CREATE TABLE two (
	id   BIGINT NOT NULL PRIMARY KEY, -- trailing; comment
	name TEXT   NOT NULL DEFAULT 'a;b'
);

-- only: postgres
CREATE INDEX two_name ON two USING btree (name);
-- only: sqlite
CREATE INDEX two_name ON two (name COLLATE BINARY);
INSERT INTO two (id) VALUES (1);
`
)

// configs gives each engine's configuration of one database that can be opened again and again.
func configs(t *testing.T, f func(t *testing.T, c store.Config)) {
	t.Run("sqlite", func(t *testing.T) {
		t.Parallel()
		f(t, store.Config{Dir: t.TempDir(), Volatile: true})
	})
	t.Run("postgres", func(t *testing.T) {
		t.Parallel()
		f(t, store.Config{Postgres: storetest.Postgres(t)})
	})
}

func TestMigrate(t *testing.T) {
	t.Parallel()
	one := fstest.MapFS{"0001_one.sql": sqlFile(firstFile)}
	with := func(name, text string) fstest.MapFS {
		files := maps.Clone(one)
		files[name] = sqlFile(text)
		return files
	}
	steps := []struct {
		name  string
		files fs.FS
		want  string // of the error; empty: opens
	}{
		{"first", one, ""},
		{"again", one, ""},
		{"a broken one leaves nothing", with("0002_two.sql", "CREATE TABLE half (id BIGINT);\nCREATE TABLE;\n"), "0002_two: CREATE TABLE"},
		{"second", with("0002_two.sql", secondFile), ""},
		{"same with other line ends", with("0002_two.sql", strings.ReplaceAll(secondFile, "\n", "\r\n")), ""},
		{"older binary", one, "written by a newer version"},
		{"edited", with("0002_two.sql", secondFile+"-- more\n"), "not the one that was applied"},
		{"no semicolon", with("0002_two.sql", "CREATE TABLE x (id BIGINT)"), "no semicolon"},
		{"unknown fence", with("0002_two.sql", "-- only: mysql\nSELECT 1;\n"), "neither sqlite nor postgres"},
		{"same number", with("0001_two.sql", secondFile), "same number"},
		{"bad name", with("two.sql", secondFile), "NNNN_subject.sql"},
		{"older than the database", fstest.MapFS{
			"0000_zero.sql": sqlFile("CREATE TABLE zero (id BIGINT);\n"),
			"0001_one.sql":  sqlFile(firstFile), "0002_two.sql": sqlFile(secondFile)}, "give it a new number"},
	}
	configs(t, func(t *testing.T, c store.Config) {
		for _, step := range steps {
			db, err := store.OpenWith(t.Context(), c, step.files)
			switch {
			case step.want == "" && err != nil:
				t.Fatalf("%s: %v", step.name, err)
			case step.want != "" && err == nil:
				t.Errorf("%s: opened", step.name)
			case step.want != "" && !strings.Contains(err.Error(), step.want):
				t.Errorf("%s: err = %v, want it to say %q", step.name, err, step.want)
			}
			if err != nil {
				continue
			}
			if tables, err := db.Tables(t.Context()); err != nil || slices.Contains(tables, "half") || slices.Contains(tables, "schema_versions") {
				t.Errorf("%s: tables %v, %v", step.name, tables, err)
			}
			db.Close()
		}
	})
}

// Many nodes start at once: one migrates, all open.
func TestMigrateAtOnce(t *testing.T) {
	t.Parallel()
	c := store.Config{Postgres: storetest.Postgres(t)}
	var wg sync.WaitGroup
	for range 6 {
		wg.Go(func() {
			db, err := store.Open(t.Context(), c)
			if err != nil {
				t.Error(err)
				return
			}
			db.Close()
		})
	}
	wg.Wait()
}

// Both engines end with the same columns, of the types both know.
func TestSameColumns(t *testing.T) {
	t.Parallel()
	lite := storetest.Open(t)
	columns, err := lite.Columns(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range columns {
		if !slices.Contains([]string{"TEXT", "BIGINT", "BOOLEAN", "BYTEA"}, c.Type) {
			t.Errorf("%s.%s is a %s", c.Table, c.Name, c.Type)
		}
		if c.Key > 0 && c.Null {
			t.Errorf("%s.%s is in the primary key and may be NULL on SQLite: say NOT NULL", c.Table, c.Name)
		}
	}
	other, err := store.Open(t.Context(), store.Config{Postgres: storetest.Postgres(t)})
	if err != nil {
		t.Fatal(err)
	}
	defer other.Close()
	theirs, err := other.Columns(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range columns {
		if !slices.Contains(theirs, c) {
			t.Errorf("only on SQLite: %+v", c)
		}
	}
	for _, c := range theirs {
		if !slices.Contains(columns, c) {
			t.Errorf("only on PostgreSQL: %+v", c)
		}
	}
}

// Data written at any version reads correctly at head. A fixture testdata/fixtures/NNNN.sql is loaded into a database that
// has the migrations up to NNNN. After that number's migrations to head, testdata/fixtures/NNNN.TABLE.txt is what the table
// holds: a line for each row, the columns in the order of their names, joined by bars.
func TestOldDataSurvives(t *testing.T) {
	t.Parallel()
	fixtures, err := filepath.Glob("testdata/fixtures/*.sql")
	if err != nil || len(fixtures) == 0 {
		t.Fatalf("no fixtures: %v", err)
	}
	if steps, err := filepath.Glob("schema/*.sql"); err != nil || len(steps) != len(fixtures) {
		t.Errorf("%d migrations and %d fixtures, %v: write one with data of every table that the migration makes", len(steps), len(fixtures), err)
	}
	for _, fixture := range fixtures {
		number := strings.TrimSuffix(filepath.Base(fixture), ".sql")
		version, err := strconv.ParseInt(number, 10, 64)
		if err != nil {
			t.Fatalf("%s: the name is not a number", fixture)
		}
		t.Run(number, func(t *testing.T) {
			t.Parallel()
			configs(t, func(t *testing.T, c store.Config) { survives(t, c, fixture, version) })
		})
	}
}

func survives(t *testing.T, c store.Config, fixture string, version int64) {
	old, err := store.OpenAt(t.Context(), c, version)
	if err != nil {
		t.Fatal(err)
	}
	statements, err := os.ReadFile(fixture)
	if err == nil {
		err = old.Load(t.Context(), string(statements))
	}
	if err != nil {
		t.Fatal(err)
	}
	if err := old.Close(); err != nil {
		t.Fatal(err)
	}
	db, err := store.Open(t.Context(), c)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	expected, err := filepath.Glob(strings.TrimSuffix(fixture, ".sql") + ".*.txt")
	if err != nil || len(expected) == 0 {
		t.Fatalf("%s says nowhere what it becomes: %v", fixture, err)
	}
	for _, file := range expected {
		table := strings.Split(filepath.Base(file), ".")[1]
		want, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		got, err := db.Lines(t.Context(), table)
		if err != nil {
			t.Fatal(err)
		}
		if text := strings.Join(got, "\n") + "\n"; text != string(want) {
			t.Errorf("%s:\n%swant\n%s", table, text, want)
		}
	}
}
