package describe

import (
	"fmt"
	"strings"
	"unicode"
)

// page is a Markdown page being written.
type page struct{ b strings.Builder }

// title begins a page, with a note that it is not to be edited.
func (p *page) title(zh, en string) {
	p.line("<!-- Generated from the operation catalogue by `gatepost gen`; do not edit. -->")
	p.b.WriteByte('\n')
	p.heading(1, bilingual(zh, en))
}

// bilingual is a title in both languages, once where they agree.
func bilingual(zh, en string) string {
	if zh == en {
		return zh
	}
	return zh + " · " + en
}

func (p *page) line(format string, args ...any) {
	fmt.Fprintf(&p.b, format, args...)
	p.b.WriteByte('\n')
}

// text writes paragraphs.
func (p *page) text(format string, args ...any) {
	p.line(format, args...)
	p.b.WriteByte('\n')
}

func (p *page) heading(level int, text string) {
	p.text("%s %s", strings.Repeat("#", level), text)
}

// table writes a table, or nothing if it has no rows.
func (p *page) table(head []string, rows [][]string) {
	if len(rows) == 0 {
		return
	}
	p.row(head)
	p.line("|%s", strings.Repeat(" --- |", len(head)))
	for _, r := range rows {
		p.row(r)
	}
	p.b.WriteByte('\n')
}

func (p *page) row(cells []string) {
	p.b.WriteByte('|')
	for _, c := range cells {
		if c == "" {
			p.b.WriteString(" |")
			continue
		}
		p.b.WriteString(" " + cell(c) + " |")
	}
	p.b.WriteByte('\n')
}

// code writes a fenced block.
func (p *page) code(lang, text string) {
	p.text("```%s\n%s\n```", lang, strings.TrimRight(text, "\n"))
}

func (p *page) bytes() []byte { return []byte(strings.TrimRight(p.b.String(), "\n") + "\n") }

// cell keeps text inside one cell of a table.
func cell(s string) string {
	return strings.NewReplacer("|", `\|`, "\n", " ").Replace(s)
}

// code is s as code; nothing stays nothing.
func code(s string) string {
	if s == "" {
		return ""
	}
	return "`" + s + "`"
}

// plain keeps text from being read as Markdown or HTML.
func plain(s string) string {
	return strings.NewReplacer("<", `\<`, "*", `\*`, "_", `\_`, "[", `\[`, "]", `\]`).Replace(s)
}

// anchor is the id of a heading, by the rule of the site where the repository is
// read and of ours: letters and digits in lower case, spaces as hyphens, nothing
// else.
func anchor(heading string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case unicode.IsLetter(r), unicode.IsDigit(r), r == '-', r == '_':
			return unicode.ToLower(r)
		case r == ' ':
			return '-'
		}
		return -1
	}, heading)
}
