// Package storetest opens databases for tests.
package storetest

import (
	"context"
	"crypto/rand"
	"database/sql"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	_ "github.com/jackc/pgx/v5/stdlib" // the driver "pgx", to make and drop schemas

	"github.com/gatepost/gatepost/internal/store"
)

// PostgresVariable names the environment variable with the URL of a PostgreSQL database in which tests may make schemas.
// Without it tests run on SQLite only.
const PostgresVariable = "GATEPOST_TEST_POSTGRES"

// file is the name of the database in its directory.
const file = "gatepost.db"

// template is an empty, migrated SQLite file, made once for each test binary: copying it is cheaper than migrating again.
var template = sync.OnceValues(func() ([]byte, error) {
	dir, err := os.MkdirTemp("", "gatepost-template-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	db, err := store.Open(context.Background(), store.Config{Dir: dir, Volatile: true})
	if err != nil {
		return nil, err
	}
	if err := db.Close(); err != nil { // the log is now in the file
		return nil, err
	}
	return os.ReadFile(filepath.Join(dir, file))
})

// Open opens a fresh SQLite database that is closed at the end of the test.
func Open(t testing.TB) *store.DB {
	t.Helper()
	return open(t, store.Config{Dir: Dir(t), Volatile: true})
}

// Dir makes a directory with a fresh, migrated SQLite file, for tests that open it themselves.
func Dir(t testing.TB) string {
	t.Helper()
	content, err := template()
	if err != nil {
		t.Fatalf("make the template: %v", err)
	}
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, file), content, 0o600); err != nil {
		t.Fatal(err)
	}
	return dir
}

// Each runs f as a subtest on SQLite and, when GATEPOST_TEST_POSTGRES is set, on PostgreSQL, each with a fresh database.
// The subtests run in parallel to each other.
func Each(t *testing.T, f func(t *testing.T, db *store.DB)) {
	t.Helper()
	t.Run("sqlite", func(t *testing.T) {
		t.Parallel()
		f(t, Open(t))
	})
	if os.Getenv(PostgresVariable) == "" {
		return
	}
	t.Run("postgres", func(t *testing.T) {
		t.Parallel()
		f(t, open(t, store.Config{Postgres: Postgres(t)}))
	})
}

// Postgres makes a fresh schema and returns a URL that selects it; the schema is dropped at the end of the test. It skips
// the test when GATEPOST_TEST_POSTGRES is not set.
func Postgres(t testing.TB) string {
	t.Helper()
	base := os.Getenv(PostgresVariable)
	if base == "" {
		t.Skip(PostgresVariable + " is not set")
	}
	u, err := url.Parse(base)
	if err != nil {
		t.Fatalf("%s is not a URL", PostgresVariable) // without the error: it would print the password
	}
	name := "test_" + strings.ToLower(rand.Text())
	run(t, base, "CREATE SCHEMA "+name)
	t.Cleanup(func() { run(t, base, "DROP SCHEMA "+name+" CASCADE") })
	q := u.Query()
	q.Set("search_path", name)
	u.RawQuery = q.Encode()
	return u.String()
}

// run runs one statement on a connection of its own.
func run(t testing.TB, base, statement string) {
	t.Helper()
	db, err := sql.Open("pgx", base)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if _, err := db.ExecContext(context.Background(), statement); err != nil {
		t.Fatalf("%s: %v", statement, err)
	}
}

func open(t testing.TB, c store.Config) *store.DB {
	t.Helper()
	db, err := store.Open(context.Background(), c)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := db.Close(); err != nil {
			t.Errorf("close: %v", err)
		}
	})
	return db
}
