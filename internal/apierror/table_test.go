package apierror

import (
	"io/fs"
	"os"
	"regexp"
	"strings"
	"testing"
)

// TestEveryRowIsGiven reads the source: a refusal that nothing gives would stand
// in the documentation as if callers could meet it.
func TestEveryRowIsGiven(t *testing.T) {
	t.Parallel()
	var source strings.Builder
	tree := os.DirFS("..")
	err := fs.WalkDir(tree, ".", func(path string, _ fs.DirEntry, err error) error {
		if err != nil || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
			return err
		}
		b, err := fs.ReadFile(tree, path)
		source.Write(b)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	table, err := os.ReadFile("table.go")
	if err != nil {
		t.Fatal(err)
	}
	text := source.String()
	rows := regexp.MustCompile(`(?m)^\t(\w+)\s*= define\(Error\{Name: "([^"]+)"`).FindAllStringSubmatch(string(table), -1)
	if len(rows) != len(All()) {
		t.Fatalf("%d rows were read from the source, the table has %d", len(rows), len(All()))
	}
	for _, row := range rows {
		given := regexp.MustCompile(`\bapierror\.` + row[1] + `\b`).MatchString(text)
		if !given && !strings.Contains(text, `rule:"`+row[2]+`"`) {
			t.Errorf("%s (%s) is given nowhere", row[1], row[2])
		}
	}
}
