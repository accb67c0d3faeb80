package describe_test

import (
	"strings"
	"testing"
	"testing/fstest"

	"github.com/gatepost/gatepost/internal/describe"
)

// sources is a source tree with one more file.
func sources(path, text string) fstest.MapFS {
	tree := fstest.MapFS{}
	for _, dir := range []string{"internal", "cmd", "test", "web"} {
		tree[dir+"/doc.txt"] = &fstest.MapFile{}
	}
	tree[path] = &fstest.MapFile{Data: []byte(text)}
	return tree
}

func TestFeaturesFindsMarks(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct{ path, text, want string }{
		"Go":              {"internal/a/a_test.go", "package a\n\n// feature: GW-001\nfunc TestA(t *testing.T) {}\n", `[TestA](../internal/a/a_test.go)`},
		"Go with words":   {"internal/a/a_test.go", "// feature: GW-001\n// TestA_b shows it.\nfunc TestA_b(t *testing.T) {}\n", `[TestA\_b](../internal/a/a_test.go)`},
		"two at once":     {"internal/a/a_test.go", "// feature: GW-002 GW-001\nfunc FuzzA(f *testing.F) {}\n", `[FuzzA](../internal/a/a_test.go)`},
		"a scene":         {"internal/p/testdata/scenes/limits.txt", "# feature: GW-001\n# What it is about.\ncorp acme\n", `[limits](../internal/p/testdata/scenes/limits.txt)`},
		"a client's test": {"test/clients/a.test.js", "// feature: GW-001\ntest('a [b]', async () => {})\n", `[a (b)](../test/clients/a.test.js)`},
		"a browser's":     {"web/e2e/a.spec.mjs", "  // feature: GW-001\n  test(\"it's\", async () => {})\n", `[it's](../web/e2e/a.spec.mjs)`},
	} {
		page, err := describe.Features(sources(tc.path, tc.text))
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		row := ""
		for line := range strings.Lines(string(page)) {
			if strings.HasPrefix(line, "| GW-001 |") {
				row = line
			}
		}
		if !strings.Contains(row, tc.want) {
			t.Errorf("%s: %q", name, row)
		}
	}
}

func TestFeaturesRefusesWrongMarks(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct{ path, text, want string }{
		"no such feature":   {"internal/a/a_test.go", "// feature: GW-999\nfunc TestA(t *testing.T) {}\n", "no feature GW-999"},
		"above no test":     {"internal/a/a_test.go", "// feature: GW-001\nvar x = 1\n", "above no test"},
		"above nothing":     {"internal/a/a_test.go", "// feature: GW-001\n", "above nothing"},
		"spelled otherwise": {"internal/a/a_test.go", "// features: GW-001, GW-002\nfunc TestA(t *testing.T) {}\n", "is written"},
	} {
		if _, err := describe.Features(sources(tc.path, tc.text)); err == nil || !strings.Contains(err.Error(), tc.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
	for name, tree := range map[string]fstest.MapFS{
		"what npm installed":  sources("web/node_modules/a/a.test.js", "// feature: GW-999\n"),
		"what is not a test":  sources("internal/a/a.go", "// feature: GW-999\n"),
		"no tests whatsoever": sources("internal/a/a_test.go", ""),
	} {
		if page, err := describe.Features(tree); err != nil || !strings.Contains(string(page), "| **All** | 0 | 449 |") {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := describe.Features(fstest.MapFS{}); err == nil {
		t.Error("an empty tree was taken for a source tree")
	}
}
