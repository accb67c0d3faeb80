package describe

import (
	"bufio"
	_ "embed"
	"fmt"
	"io/fs"
	"path"
	"regexp"
	"strings"
)

// features is the table of what the platform is to offer: id, priority, title.
//
//go:embed features.tsv
var features string

// feature is a row of the table, and the tests that show it.
type feature struct {
	id, priority, title string
	shown               []proof
}

// proof is one test.
type proof struct{ file, test string }

// areas are the chapters of the table, by the letters that their ids begin with.
func areas() [][2]string {
	return [][2]string{{"GW", "Gateway"}, {"ID", "Identity"}, {"DIR", "Directory"}, {"MSG", "Messaging"}, {"EVT", "Events"},
		{"APP", "Work apps"}, {"CLT", "Client"}, {"DEV", "Developer console"}, {"MKT", "Market"}, {"CLD", "Cloud"},
		{"STB", "Stability"}, {"EDG", "Edge"}, {"RLY", "Relay"}}
}

// Features is the page that tells which test shows which feature. It reads the
// marks in the tests of a source tree: a line "feature: GW-009" in a comment at
// the top of a scene, or directly above a test. A mark that names no feature, or
// stands above nothing, is an error.
func Features(tree fs.FS) ([]byte, error) {
	table, byID := readFeatures()
	err := eachMark(tree, func(id string, by proof) error {
		f := byID[id]
		if f == nil {
			return fmt.Errorf("%s: there is no feature %s", by.file, id)
		}
		f.shown = append(f.shown, by)
		return nil
	})
	if err != nil {
		return nil, err
	}
	return featuresPage(table), nil
}

func readFeatures() (table []*feature, byID map[string]*feature) {
	byID = map[string]*feature{}
	for line := range strings.Lines(features) {
		cells := strings.Split(strings.TrimSuffix(line, "\n"), "\t")
		if len(cells) != 3 || byID[cells[0]] != nil {
			panic(fmt.Sprintf("describe: a wrong row in the table of features: %q", line))
		}
		f := &feature{id: cells[0], priority: cells[1], title: cells[2]}
		table, byID[f.id] = append(table, f), f
	}
	return table, byID
}

// What a file of tests is called, and how a mark and what it stands above are written.
var (
	testFile  = regexp.MustCompile(`(_test\.go|\.(test|spec)\.m?[jt]sx?|/scenes/[^/]+\.txt)$`)
	mark      = regexp.MustCompile(`^\s*(?:#|//) feature: ([A-Z]+-\d+(?: [A-Z]+-\d+)*)$`)
	looksMark = regexp.MustCompile(`^\s*(?:#|//)\s*features?:`)
	testName  = regexp.MustCompile(`^\s*(?:func ((?:Test|Fuzz|Benchmark)\w*)\(|(?:test|it|scene|describe)\((?:'([^']+)'|"([^"]+)"|` + "`([^`]+)`))")
)

func eachMark(tree fs.FS, found func(id string, by proof) error) error {
	for _, root := range []string{"internal", "cmd", "test", "web"} {
		if _, err := fs.Stat(tree, root); err != nil {
			return fmt.Errorf("look for tests: %w", err)
		}
		err := fs.WalkDir(tree, root, func(file string, d fs.DirEntry, err error) error {
			switch {
			case err != nil:
				return err
			case d.IsDir() && (d.Name() == "node_modules" || d.Name() == "dist"):
				return fs.SkipDir
			case d.IsDir() || !testFile.MatchString(file):
				return nil
			}
			return marksOf(tree, file, found)
		})
		if err != nil {
			return err
		}
	}
	return nil
}

func marksOf(tree fs.FS, file string, found func(id string, by proof) error) error {
	text, err := fs.ReadFile(tree, file)
	if err != nil {
		return err
	}
	var waiting []string // ids whose test has not come yet
	lines := bufio.NewScanner(strings.NewReader(string(text)))
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		line := lines.Text()
		if m := mark.FindStringSubmatch(line); m != nil {
			waiting = append(waiting, strings.Fields(m[1])...)
			continue
		} else if looksMark.MatchString(line) {
			return fmt.Errorf("%s: a mark is written %q, not %q", file, "feature: GW-001 GW-002", strings.TrimSpace(line))
		}
		if len(waiting) == 0 || isComment(line) {
			continue
		}
		name, ok := testAt(file, line)
		if !ok {
			return fmt.Errorf("%s: the mark of %s stands above no test", file, strings.Join(waiting, " "))
		}
		for _, id := range waiting {
			if err := found(id, proof{file, name}); err != nil {
				return err
			}
		}
		waiting = nil
	}
	if len(waiting) > 0 {
		return fmt.Errorf("%s: the mark of %s stands above nothing", file, strings.Join(waiting, " "))
	}
	return lines.Err()
}

func isComment(line string) bool {
	line = strings.TrimSpace(line)
	return strings.HasPrefix(line, "//") || strings.HasPrefix(line, "#")
}

// testAt is the name of the test that begins in line. A scene is one test.
func testAt(file, line string) (string, bool) {
	if strings.HasSuffix(file, ".txt") {
		return strings.TrimSuffix(path.Base(file), ".txt"), true
	}
	m := testName.FindStringSubmatch(line)
	if m == nil {
		return "", false
	}
	return strings.Join(m[1:], ""), true
}

func featuresPage(table []*feature) []byte {
	var p page
	p.line("<!-- Generated from the marks in the tests by `gatepost gen`; do not edit. -->")
	p.line("")
	p.heading(1, bilingual("功能与测试", "Features and the tests that show them"))
	p.text("每项功能由哪些测试证明。没有测试的功能尚未完成，或尚未开始。")
	p.text("Which tests show which feature. A feature without a test is not finished, or not begun.")
	var rows [][]string
	for _, a := range areas() {
		of := inArea(table, a[0])
		rows = append(rows, []string{a[1], fmt.Sprint(shownOf(of)), fmt.Sprint(len(of))})
	}
	rows = append(rows, []string{"**All**", fmt.Sprint(shownOf(table)), fmt.Sprint(len(table))})
	p.table([]string{"", "已证明 · Shown", "合计 · Of"}, rows)
	for _, a := range areas() {
		of := inArea(table, a[0])
		if shownOf(of) == 0 {
			continue
		}
		p.heading(2, a[1])
		var rows [][]string
		for _, f := range of {
			rows = append(rows, []string{f.id, f.priority, f.title, f.tests()})
		}
		p.table([]string{"", "", "Feature", "Tests"}, rows)
	}
	return p.bytes()
}

func inArea(table []*feature, letters string) []*feature {
	var of []*feature
	for _, f := range table {
		if strings.HasPrefix(f.id, letters+"-") {
			of = append(of, f)
		}
	}
	return of
}

// shownOf is how many features have a test.
func shownOf(list []*feature) (n int) {
	for _, f := range list {
		if len(f.shown) > 0 {
			n++
		}
	}
	return n
}

// tests are the tests of a feature, each a link to its file.
func (f *feature) tests() string {
	var links []string
	for _, s := range f.shown {
		links = append(links, fmt.Sprintf("[%s](../%s)", strings.NewReplacer("[", "(", "]", ")", "_", `\_`).Replace(s.test), s.file))
	}
	return strings.Join(links, "<br>")
}
