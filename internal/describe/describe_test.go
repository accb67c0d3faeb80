package describe_test

import (
	"bytes"
	"context"
	"errors"
	"flag"
	"fmt"
	"io/fs"
	"maps"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/gatepost/gatepost/internal/apierror"
	"github.com/gatepost/gatepost/internal/describe"
	"github.com/gatepost/gatepost/internal/event"
	"github.com/gatepost/gatepost/internal/known"
	"github.com/gatepost/gatepost/internal/op"
	"github.com/gatepost/gatepost/internal/scope"
)

var update = flag.Bool("update", false, "rewrite the golden files")

// golden compares got with a file of testdata, or rewrites the file.
func golden(t *testing.T, name string, got []byte) {
	t.Helper()
	file := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(file, got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want) {
		t.Errorf("%s differs; if it should, run the test with -update\n%s", file, difference(string(got), string(want)))
	}
}

// difference is the first line on which two texts part.
func difference(got, want string) string {
	g, w := strings.Split(got, "\n"), strings.Split(want, "\n")
	for i := range min(len(g), len(w)) {
		if g[i] != w[i] {
			return fmt.Sprintf("line %d\n got: %s\nwant: %s", i+1, g[i], w[i])
		}
	}
	return fmt.Sprintf("%d lines, not %d", len(g), len(w))
}

func TestGolden(t *testing.T) {
	t.Parallel()
	ops := library()
	info := describe.Info{Title: "Library", Version: "1", Server: "http://library.example"}
	v2, err := describe.OpenAPI(ops, info)
	if err != nil {
		t.Fatal(err)
	}
	v1, err := describe.V1(ops, info)
	if err != nil {
		t.Fatal(err)
	}
	golden(t, "openapi.json", v2)
	golden(t, "v1.json", v1)
	golden(t, "gen.ts", describe.TypeScript(ops))
	pages := describe.Pages(ops)
	for name, page := range pages {
		golden(t, name, page)
	}
	if names := slices.Sorted(maps.Keys(pages)); !slices.Equal(names, []string{"README.md", "cards.md", "library.md"}) {
		t.Errorf("pages %v", names)
	}
}

// shown is how events are told where nobody looks at it.
func shown(h event.Happened) (http, stream string, err error) {
	return `{"EventType":"` + string(h.Name) + `"}`, h.Payload, nil
}

// familyPages are the pages of families of which events are declared.
func familyPages(before, after string) (names []string) {
	for _, f := range event.Facts() {
		if name := before + "events-" + f.Family + after; f.State != event.Unmade && !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	return names
}

// Every event that is known has its place: on the page of its family with an
// example, or in the list of those that are not emitted yet.
func TestEventsTellEveryKnownOne(t *testing.T) {
	t.Parallel()
	pages, err := describe.Events(shown)
	if err != nil {
		t.Fatal(err)
	}
	index := string(pages["events.md"])
	emitted, rest, _ := strings.Cut(index, "\n## 尚不发出")
	for _, f := range event.Facts() {
		page := string(pages["events-"+f.Family+".md"])
		link := "| [`" + string(f.Name) + "`](events-" + f.Family + ".md#" + string(f.Name) + ") |"
		if f.State == event.Unmade {
			if !strings.Contains(rest, "| `"+string(f.Name)+"` |") || strings.Contains(page, "## `"+string(f.Name)+"`") {
				t.Errorf("%s is not in the list of what is not emitted", f.Name)
			}
			continue
		}
		if !strings.Contains(emitted, link) || !strings.Contains(page, `"EventType": "`+string(f.Name)+`"`) {
			t.Errorf("%s is not told with an example", f.Name)
		}
	}
	failing := func(event.Happened) (http, stream string, err error) { return "", "", errors.New("no") }
	if _, err := describe.Events(failing); err == nil {
		t.Error("events that cannot be shown are told")
	}
}

func TestFilesAreTheSameEveryTime(t *testing.T) {
	t.Parallel()
	k := known.Load()
	first, err := describe.Files(library(), k, shown)
	if err != nil {
		t.Fatal(err)
	}
	for range 3 {
		again, err := describe.Files(library(), k, shown)
		if err != nil {
			t.Fatal(err)
		}
		for name := range first {
			if !bytes.Equal(first[name], again[name]) {
				t.Errorf("%s: %s", name, difference(string(again[name]), string(first[name])))
			}
		}
	}
	want := []string{"docs/api/README.md", "docs/api/cards.md", "docs/api/events.md", "docs/api/library.md", "docs/api/openapi.json",
		"docs/api/refusals.md", "docs/api/scopes.md", "docs/api/v1.json", "docs/coverage.md", "web/src/api/gen.ts"}
	want = append(want, familyPages("docs/api/", ".md")...)
	slices.Sort(want)
	if names := slices.Sorted(maps.Keys(first)); !slices.Equal(names, want) {
		t.Errorf("files %v", names)
	}
}

// Every reference inside a document leads somewhere, and every name of an
// operation is its own.
func TestOpenAPIHoldsTogether(t *testing.T) {
	t.Parallel()
	for name, f := range map[string]func([]op.Operation, describe.Info) ([]byte, error){"v2": describe.OpenAPI, "v1": describe.V1} {
		doc, err := f(library(), describe.Info{Title: "t", Version: "1", Server: "http://x"})
		if err != nil || !jsontext.Value(doc).IsValid() {
			t.Fatalf("%s: %v", name, err)
		}
		text := string(doc)
		for _, ref := range regexp.MustCompile(`"\$ref": "#/components/(\w+)/(\w+)"`).FindAllStringSubmatch(text, -1) {
			if !strings.Contains(text, fmt.Sprintf("%q: {", ref[2])) {
				t.Errorf("%s: nothing is called %s", name, ref[2])
			}
		}
		ids := map[string]bool{}
		for _, id := range regexp.MustCompile(`"operationId": "(\w+)"`).FindAllStringSubmatch(text, -1) {
			if ids[id[1]] {
				t.Errorf("%s: two operations are %s", name, id[1])
			}
			ids[id[1]] = true
		}
	}
}

// Shelf has the name of library's shelf, capitalised as documents do.
type Shelf struct {
	Width int `json:"width" grade:"R1" doc:"d"`
}

type holder struct {
	S Shelf `json:"s"`
}

func TestNamesThatCollide(t *testing.T) {
	t.Parallel()
	other := op.V2("GET /v1.0/other", handle[op.None, holder], op.Spec{Title: "t", TitleEN: "t", Doc: "d", Verb: op.Read, Scope: scope.Base, Group: "g"})
	doc, err := describe.OpenAPI(append(library(), other), describe.Info{})
	if err != nil || !strings.Contains(string(doc), `"Describe_testShelf": {`) {
		t.Errorf("the second Shelf has no name of its own: %v", err)
	}

	defer func() {
		if p := fmt.Sprint(recover()); !strings.Contains(p, "Shelf is the name of a type in") {
			t.Errorf("panicked with %q", p)
		}
	}()
	console := op.Console("other.get", handle[op.None, holder], op.Spec{Title: "t", TitleEN: "t", Doc: "d", As: op.Session, Verb: op.Read})
	describe.TypeScript(append(library(), console))
}

func TestRefusalsTellEveryRow(t *testing.T) {
	t.Parallel()
	page := string(describe.Refusals())
	for _, e := range apierror.All() {
		if !strings.Contains(page, "| `"+e.Name+"` |") {
			t.Errorf("%s is not told", e.Name)
		}
	}
}

func TestScopesAndEventsTellEveryRow(t *testing.T) {
	t.Parallel()
	pages, err := describe.Events(shown)
	if err != nil {
		t.Fatal(err)
	}
	var all strings.Builder
	for _, page := range pages {
		all.Write(page)
	}
	scopes, events := string(describe.Scopes(library())), all.String()
	for _, s := range scope.All() {
		if !strings.Contains(scopes, "\n## `"+string(s.Name)+"`\n") {
			t.Errorf("%s is not told", s.Name)
		}
	}
	for _, e := range event.All() {
		if !strings.Contains(events, "\n## `"+string(e.Name)+"`\n") {
			t.Errorf("%s is not told", e.Name)
		}
	}
	for _, want := range []string{
		"- `GET` [`/v1.0/library/books/{bookId}`](library.md#查询图书--get-v10librarybooksbookid) 查询图书",
		"- `history` 字段，属于 · of [`/topapi/book/list`](library.md#图书列表--post-topapibooklist)",
		"- 事件 · event [`user_add_org`](events-directory.md#user_add_org)",
	} {
		if !strings.Contains(scopes, want) {
			t.Errorf("the scopes' page lacks %q", want)
		}
	}
}

func TestCoverageCounts(t *testing.T) {
	t.Parallel()
	read := func(context.Context, op.Caller, *op.None) (*op.None, error) { return &op.None{}, nil }
	type of struct {
		ID string `path:"id" doc:"d"`
	}
	spec := op.Spec{Title: "题", TitleEN: "t", Doc: "d", Verb: op.Read, Scope: scope.Base, Group: "directory.read"}
	page := string(describe.Coverage([]op.Operation{
		op.V1("/topapi/v2/user/get", read, spec),
		op.V1("/topapi/made/up", read, spec),
		op.V2("GET /v1.0/contact/users/{id}", handle[of, op.None], spec),
	}, known.Load()))
	for _, want := range []string{
		"| 已提供 · Offered | 1 | 1 | 2 |",
		"| 已收录 · Known | 1,190 | 3,232 | 4,422 |",
		"## v1：1 / 1,190",
		"| enterprise contacts | 1 | 87 |",
		"| contact\\_1\\_0 | 1 |",
		"| 不在目录中 · not in the catalogue |",
		"| v1 | robots | `POST` | `/robot/send` |",
	} {
		if !strings.Contains(page, want) {
			t.Errorf("coverage lacks %q", want)
		}
	}
	if strings.Contains(page, "| `POST` | `/topapi/v2/user/get` |") {
		t.Error("what is offered is listed as awaited")
	}
}

// Every open operation stands in the site where Place says.
func TestPlace(t *testing.T) {
	t.Parallel()
	ops := library()
	files, err := describe.Files(ops, known.Load(), shown)
	if err != nil {
		t.Fatal(err)
	}
	site, err := describe.Site(files)
	if err != nil {
		t.Fatal(err)
	}
	for _, o := range ops {
		if o.Dialect == op.DialectConsole {
			continue
		}
		file, anchor, _ := strings.Cut(describe.Place(&o), "#")
		page, err := fs.ReadFile(site, file)
		if err != nil || !strings.Contains(string(page), `id="`+anchor+`"`) {
			t.Errorf("%s is not at %s#%s: %v", o.Path, file, anchor, err)
		}
	}
}

func TestSite(t *testing.T) {
	t.Parallel()
	files, err := describe.Files(library(), known.Load(), shown)
	if err != nil {
		t.Fatal(err)
	}
	site, err := describe.Site(files)
	if err != nil {
		t.Fatal(err)
	}
	want := []string{"cards.html", "coverage.html", "events.html", "index.html", "library.html", "openapi.json", "refusals.html",
		"scopes.html", "search.js", "search.json", "style.css", "v1.json"}
	want = append(want, familyPages("", ".html")...)
	if err := fstest.TestFS(site, want...); err != nil {
		t.Error(err)
	}
	entries, err := fs.ReadDir(site, ".")
	if err != nil || len(entries) != len(want) {
		t.Errorf("%d files, %v", len(entries), err)
	}
	checkLinks(t, site, want)
	page, _ := fs.ReadFile(site, "library.html")
	for _, want := range []string{
		`<h2 id="查询图书--get-v10librarybooksbookid">查询图书<span class="route"><b>GET</b> /v1.0/library/books/{bookId}</span></h2>`,
		`<a href="library.html" aria-current="page">`,
		`<code class="grade r2">R2</code>`,
		`with its *reader*`,
	} {
		if !bytes.Contains(page, []byte(want)) {
			t.Errorf("library.html lacks %s", want)
		}
	}
	if opened, closed := bytes.Count(page, []byte("<div")), bytes.Count(page, []byte("</div>")); opened != closed {
		t.Errorf("%d divisions are opened, %d closed", opened, closed)
	}
	if bytes.Contains(page, []byte("<script>")) || bytes.Contains(page, []byte(" style=")) {
		t.Error("a page has code or style inside, which the content security policy forbids")
	}
}

// checkLinks follows every link of every page to its file and its anchor.
func checkLinks(t *testing.T, site fs.FS, names []string) {
	t.Helper()
	pages := map[string]string{}
	for _, name := range names {
		b, err := fs.ReadFile(site, name)
		if err != nil {
			t.Fatal(err)
		}
		pages[name] = string(b)
	}
	unescape := strings.NewReplacer("&amp;", "&")
	for name, page := range pages {
		if !strings.HasSuffix(name, ".html") {
			continue
		}
		for _, m := range regexp.MustCompile(`href="([^"]*)"`).FindAllStringSubmatch(page, -1) {
			file, id, _ := strings.Cut(unescape.Replace(unescaped(m[1])), "#")
			target, ok := pages[file]
			if file == "" {
				target, ok = page, true
			}
			if !ok || id != "" && !strings.Contains(target, `id="`+id+`"`) {
				t.Errorf("%s: nothing is at %s", name, m[1])
			}
		}
	}
}

func unescaped(s string) string {
	if u, err := url.PathUnescape(s); err == nil {
		return u
	}
	return s
}
