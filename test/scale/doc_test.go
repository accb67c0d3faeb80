//go:build scale

// Package scale runs real nodes over a real PostgreSQL and Redis, and breaks
// parts of it: what callers see is measured and printed as the tables of
// docs/design/009-scale.md. It is run by make scale.
package scale

import (
	"fmt"
	"os"
	"testing"
)

// calls is how many calls the tests of lost nodes make.
func calls() int {
	if testing.Short() {
		return 6_000
	}
	return 100_000
}

// row tells a line of a table to whoever reads the test, and to the file that
// SCALE_REPORT names.
func row(t *testing.T, format string, args ...any) {
	t.Helper()
	line := fmt.Sprintf(format, args...)
	t.Log(line)
	name := os.Getenv("SCALE_REPORT")
	if name == "" {
		return
	}
	f, err := os.OpenFile(name, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o644)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if _, err := fmt.Fprintln(f, line); err != nil {
		t.Fatal(err)
	}
}
