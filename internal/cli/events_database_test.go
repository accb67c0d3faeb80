package cli_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/gatepost/gatepost/internal/platformtest"
)

// A database that does not answer is told of with what to repair, in the language
// of the command line, and nothing is stored.
func TestEventsDatabase(t *testing.T) {
	t.Parallel()
	w := platformtest.Start(t, platformtest.WithDemo())
	c := at(t, w)
	if err := os.WriteFile(filepath.Join(c.dir, "password"), []byte("pass\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, address := range []string{"db.example.com", "oracle://u@h:1/d", "mysql://h:3306/d"} {
		c.fails(2, []string{"events", "database", "set", address}, "is no database")
	}
	c.fails(2, words("events database set mysql://u:secret@127.0.0.1:1/d"), "--password-file")
	c.fails(2, words("events database set mysql://u@127.0.0.1:1/d --password-file none"), "none")
	c.fails(1, words("events database status"), "gatepost events database set")
	c.fails(1, words("events database sync"), "gatepost events database set")
	c.fails(1, words("events database set mysql://u@127.0.0.1:1/d?tls=off --password-file password"), "gatepost events database check", "does not answer")
	c.fails(1, words("events database set mysql://u@127.0.0.1:1/d?tls=perhaps"), "tls")
	c.fails(1, words("events database set mysql://u@127.0.0.1:1/d?schema=s"), "schema")
	c.fails(1, words("events database set postgres://u@127.0.0.1/d"), "address")
	for _, engine := range []string{"mysql", "postgres"} {
		out := c.prints(1, words("events database check "+engine+"://u@127.0.0.1:1/d?tls=off --password-file password")...)
		if !strings.Contains(out, "error") || !strings.Contains(out, "-- the database does not answer: check address, port and firewall") {
			t.Errorf("check prints:\n%s", out)
		}
	}
	if out := c.prints(1, words("events database check mysql://u@169.254.169.254:80/d")...); !strings.Contains(out, "may not be called") || !strings.Contains(out, "GATEPOST_DATABASE_ALLOW") {
		t.Errorf("check of an address that may not be called prints:\n%s", out)
	}
	c.fails(1, words("events database status"), "gatepost events database set")
}
