package describe

import (
	"bytes"
	"embed"
	"fmt"
	"html/template"
	"io/fs"
	"path"
	"regexp"
	"slices"
	"strings"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/extension"
	"github.com/yuin/goldmark/renderer/html"
	"github.com/yuin/goldmark/text"
)

//go:embed site
var siteFiles embed.FS

// Site renders files, as Files returned them, as a static web site: each
// Markdown page as NAME.html with README.md as index.html, openapi.json, v1.json,
// and the style and the search box, which load from the same place. All links
// are relative; the site works under any path and under a content security
// policy of 'self'.
func Site(files map[string][]byte) (fs.FS, error) {
	pages, err := render(files)
	if err != nil {
		return nil, err
	}
	site := memory{
		"openapi.json": files["docs/api/openapi.json"],
		"v1.json":      files["docs/api/v1.json"],
	}
	for _, name := range []string{"style.css", "search.js"} {
		if site[name], err = siteFiles.ReadFile("site/" + name); err != nil {
			return nil, fmt.Errorf("read the site's own files: %w", err)
		}
	}
	layout, err := template.ParseFS(siteFiles, "site/layout.html")
	if err != nil {
		return nil, fmt.Errorf("parse the site's layout: %w", err)
	}
	for _, p := range pages {
		var b bytes.Buffer
		if err := layout.ExecuteTemplate(&b, "layout.html", p.view(pages)); err != nil {
			return nil, fmt.Errorf("lay out %s: %w", p.File, err)
		}
		site[p.File] = b.Bytes()
	}
	if site["search.json"], err = json.Marshal(entries(pages), jsontext.Multiline(false)); err != nil {
		return nil, fmt.Errorf("encode the search index: %w", err)
	}
	return site, nil
}

// webPage is one page of the site.
type webPage struct {
	File   string
	ZH, EN string
	Parts  []part
	Body   template.HTML
}

// part is a second-level heading: an operation, an event, a group of rows.
type part struct {
	ID, Title, Path string
	More            string // what else it is found by
}

// render turns every Markdown page among files into a page of the site, in the
// order of the contents.
func render(files map[string][]byte) ([]*webPage, error) {
	var pages []*webPage
	for _, name := range sortedKeys(files) {
		if !strings.HasSuffix(name, ".md") {
			continue
		}
		p, err := renderPage(webName(name), files[name])
		if err != nil {
			return nil, fmt.Errorf("render %s: %w", name, err)
		}
		pages = append(pages, p)
	}
	slices.SortStableFunc(pages, func(a, b *webPage) int { return pageOrder(a.File) - pageOrder(b.File) })
	return pages, nil
}

// pageOrder puts the index first, then the product groups, then the tables; the
// families of events follow their index.
func pageOrder(file string) int {
	if file == "index.html" {
		return -1
	}
	if strings.HasPrefix(file, "events-") {
		return pageOrder("events.html") + 1
	}
	return 2 + 2*slices.Index([]string{"scopes.html", "events.html", "refusals.html", "coverage.html"}, file)
}

// webName is the file of the site that a link to a Markdown file means.
func webName(link string) string {
	name, fragment, found := strings.Cut(link, "#")
	base := path.Base(name)
	switch {
	case name == "":
		return link
	case base == "README.md":
		base = "index.html"
	case strings.HasSuffix(base, ".md"):
		base = strings.TrimSuffix(base, ".md") + ".html"
	}
	if found {
		base += "#" + fragment
	}
	return base
}

func renderPage(file string, source []byte) (*webPage, error) {
	// The source is our own, made of the declarations; its line breaks in cells
	// are HTML.
	md := goldmark.New(goldmark.WithExtensions(extension.Table), goldmark.WithRendererOptions(html.WithUnsafe()))
	doc := md.Parser().Parse(text.NewReader(source))
	p := &webPage{File: file}
	p.prepare(doc, source)
	var b bytes.Buffer
	if err := md.Renderer().Render(&b, source, doc); err != nil {
		return nil, err
	}
	p.Body = template.HTML(decorate(b.String())) //nolint:gosec // rendered from our own tables, which are escaped
	return p, nil
}

// prepare leads links to the pages of the site, gives headings their anchors and
// collects the parts.
func (p *webPage) prepare(doc ast.Node, source []byte) {
	_ = ast.Walk(doc, func(n ast.Node, entering bool) (ast.WalkStatus, error) {
		if !entering {
			return ast.WalkContinue, nil
		}
		switch n := n.(type) {
		case *ast.Link:
			if !strings.Contains(string(n.Destination), "://") {
				n.Destination = []byte(webName(string(n.Destination)))
			}
		case *ast.Heading:
			p.heading(n, plainText(n, source), source)
		case *ast.Paragraph:
			if part := p.last(); part != nil && part.More == "" {
				part.More = plainText(n, source) // the English title stands first
			}
		}
		return ast.WalkContinue, nil
	})
}

func (p *webPage) heading(n *ast.Heading, title string, source []byte) {
	zh, en, _ := strings.Cut(title, " · ")
	switch n.Level {
	case 1:
		p.ZH, p.EN = zh, en
	case 2:
		id := anchor(title)
		n.SetAttributeString("id", []byte(id))
		p.Parts = append(p.Parts, part{ID: id, Title: zh, Path: en})
		if area, ok := strings.CutSuffix(p.File, ".html"); ok && area == "refusals" {
			p.last().More = tableText(n.NextSibling(), source)
		}
	}
}

func (p *webPage) last() *part {
	if len(p.Parts) == 0 {
		return nil
	}
	return &p.Parts[len(p.Parts)-1]
}

// plainText is what a reader sees of a node.
func plainText(n ast.Node, source []byte) string {
	var b strings.Builder
	_ = ast.Walk(n, func(n ast.Node, entering bool) (ast.WalkStatus, error) {
		if t, ok := n.(*ast.Text); ok && entering {
			b.Write(t.Segment.Value(source))
		}
		return ast.WalkContinue, nil
	})
	return b.String()
}

// tableText is the text of a table's cells, for searching.
func tableText(n ast.Node, source []byte) string {
	var cells []string
	for ; n != nil && n.Kind() != ast.KindHeading; n = n.NextSibling() {
		_ = ast.Walk(n, func(n ast.Node, entering bool) (ast.WalkStatus, error) {
			if entering && n.Kind().String() == "TableCell" {
				cells = append(cells, plainText(n, source))
				return ast.WalkSkipChildren, nil
			}
			return ast.WalkContinue, nil
		})
	}
	return strings.Join(cells, " ")
}

// decorate marks up what Markdown has no words for: the two languages, grades,
// routes, tables that may scroll.
func decorate(body string) string {
	for _, d := range decorations() {
		body = d.pattern.ReplaceAllString(body, d.with)
	}
	for _, g := range []string{"R1", "R2", "W1", "W2"} {
		body = strings.ReplaceAll(body, "<code>"+g+"</code>", `<code class="grade `+strings.ToLower(g)+`">`+g+`</code>`)
	}
	return strings.NewReplacer("<table", `<div class="table"><table`, "</table>", "</table></div>").Replace(body)
}

type decoration struct {
	pattern *regexp.Regexp
	with    string
}

func decorations() []decoration {
	const both = `<span class="zh">$3</span><i class="dot"> · </i><span class="en">$4</span></$1>`
	return []decoration{
		{regexp.MustCompile(`(<h2[^>]*>)([^<]*) · ([A-Z]+) (/[^<]*)</h2>`), `$1$2<span class="route"><b>$3</b> $4</span></h2>`},
		{regexp.MustCompile(`<(th|td|h1|h2|h3)([^>]*)>([^<]*\p{Han}[^<]*?)(?: · |<br>)([^<]+)</(?:th|td|h1|h2|h3)>`), `<$1$2>` + both},
		{regexp.MustCompile(`(</code> )([^<]*\p{Han}[^<]*?) · ([^<]+)(</td>)`), `$1<span class="zh">$2</span><i class="dot"> · </i><span class="en">$3</span>$4`},
		{regexp.MustCompile(`(</a> )([^<]*\p{Han}[^<]*?) · ([^<]+)(</td>)`), `$1<span class="zh">$2</span><i class="dot"> · </i><span class="en">$3</span>$4`},
		{regexp.MustCompile(`<table>\n<thead>\n<tr>\n<th></th>\n<th></th>`), `<table class="facts"><thead><tr><th></th><th></th>`},
	}
}

// view is what the layout shows of a page.
type view struct {
	Title string
	Nav   []navEntry
	Body  template.HTML
}

type navEntry struct {
	*webPage
	Here bool
}

func (p *webPage) view(pages []*webPage) view {
	v := view{Title: p.ZH, Body: p.Body}
	if p.EN != "" {
		v.Title += " · " + p.EN
	}
	for _, other := range pages {
		v.Nav = append(v.Nav, navEntry{other, other == p})
	}
	return v
}

// entry is one thing that the search box finds.
type entry struct {
	Title string `json:"title"`
	Path  string `json:"path,omitempty"`
	More  string `json:"more,omitempty"`
	URL   string `json:"url"`
}

func entries(pages []*webPage) []entry {
	var all []entry
	for _, p := range pages {
		all = append(all, entry{Title: p.ZH, Path: p.EN, URL: p.File})
		if p.File == "index.html" || p.File == "coverage.html" {
			continue // its parts stand on other pages
		}
		for _, part := range p.Parts {
			all = append(all, entry{Title: part.Title, Path: part.Path, More: part.More, URL: p.File + "#" + part.ID})
		}
	}
	return all
}
