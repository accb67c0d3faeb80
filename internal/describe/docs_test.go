package describe_test

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/go-json-experiment/json"
)

// TestDependenciesAreAccountedFor compares docs/dependencies.md with what the
// module, the console and the client tests require.
func TestDependenciesAreAccountedFor(t *testing.T) {
	t.Parallel()
	told := accounted(t)
	for section, required := range map[string][]string{
		"Go":           goModules(t),
		"Console":      packages(t, "web/package.json"),
		"Client tests": packages(t, "test/clients/package.json"),
	} {
		for _, name := range required {
			if !slices.Contains(told[section], name) {
				t.Errorf("docs/dependencies.md, %s: say why %s is there, and what was considered instead", section, name)
			}
		}
		for _, name := range told[section] {
			if !slices.Contains(required, name) {
				t.Errorf("docs/dependencies.md, %s: %s is no direct dependency", section, name)
			}
		}
	}
}

func fromRoot(t *testing.T, path string) []byte {
	t.Helper()
	b, err := os.ReadFile(filepath.Join("..", "..", filepath.FromSlash(path)))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// accounted returns the names in the tables, by the section they stand in. A row
// that does not give its reasons counts as none.
func accounted(t *testing.T) map[string][]string {
	t.Helper()
	row := regexp.MustCompile("^\\| `([^`]+)` \\| [^|]{3,} \\| [^|]+ \\|$")
	told, section := map[string][]string{}, ""
	for line := range strings.Lines(string(fromRoot(t, "docs/dependencies.md"))) {
		line = strings.TrimSpace(line)
		if title, ok := strings.CutPrefix(line, "## "); ok {
			section = title
		} else if m := row.FindStringSubmatch(line); m != nil {
			told[section] = append(told[section], m[1])
		}
	}
	return told
}

// goModules returns the modules that go.mod requires directly.
func goModules(t *testing.T) []string {
	t.Helper()
	required := regexp.MustCompile(`(?m)^(?:require )?\s*([a-z0-9.]+\.[a-z]+/\S+|[a-z0-9.]+\.[a-z]+) v\S+$`)
	var modules []string
	for _, m := range required.FindAllStringSubmatch(string(fromRoot(t, "go.mod")), -1) {
		modules = append(modules, m[1])
	}
	return modules
}

// packages returns what a package.json requires.
func packages(t *testing.T, path string) []string {
	t.Helper()
	var manifest struct {
		Dependencies    map[string]string `json:"dependencies"`
		DevDependencies map[string]string `json:"devDependencies"`
	}
	if err := json.Unmarshal(fromRoot(t, path), &manifest); err != nil {
		t.Fatalf("%s: %v", path, err)
	}
	var names []string
	for name := range manifest.Dependencies {
		names = append(names, name)
	}
	for name := range manifest.DevDependencies {
		names = append(names, name)
	}
	return names
}

// TestArchitectureTellsEveryPackage compares docs/architecture.md with the tree.
func TestArchitectureTellsEveryPackage(t *testing.T) {
	t.Parallel()
	page := string(fromRoot(t, "docs/architecture.md"))
	entries, err := os.ReadDir("..")
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		if e.IsDir() && !strings.Contains(page, "\n| `"+e.Name()+"` | ") {
			t.Errorf("docs/architecture.md does not tell what %s is about", e.Name())
		}
	}
}

// TestChaptersHaveTitles reads the generated list of operations: a chapter that
// has no titles stands there by the name of its rate-limit group.
func TestChaptersHaveTitles(t *testing.T) {
	t.Parallel()
	headings := regexp.MustCompile(`(?m)^## (.*)$`).FindAllStringSubmatch(string(fromRoot(t, "docs/api/README.md")), -1)
	if len(headings) < 2 {
		t.Fatalf("docs/api/README.md has the chapters %v", headings)
	}
	for _, h := range headings {
		if !strings.Contains(h[1], " · ") {
			t.Errorf("the chapter %q has no titles in chapterTitle", h[1])
		}
	}
}
