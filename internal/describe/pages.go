package describe

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/gatepost/gatepost/internal/op"
)

// Pages returns the reference of the open operations in Markdown: a page for
// each product group by its file name, and README.md as their index.
func Pages(ops []op.Operation) map[string][]byte {
	open := append(of(ops, op.DialectV1), of(ops, op.DialectV2)...)
	files := map[string][]byte{"README.md": index(open)}
	for _, name := range chapters(open) {
		files[name+".md"] = chapterPage(name, inChapter(open, name))
	}
	return files
}

// chapters are the product groups of ops, sorted.
func chapters(ops []op.Operation) []string {
	var all []string
	for i := range ops {
		all = append(all, chapter(&ops[i]))
	}
	slices.Sort(all)
	return slices.Compact(all)
}

func inChapter(ops []op.Operation, name string) []op.Operation {
	var own []op.Operation
	for _, o := range ops {
		if chapter(&o) == name {
			own = append(own, o)
		}
	}
	return own
}

// index lists every operation with the page it stands on.
func index(ops []op.Operation) []byte {
	var p page
	p.title("接口参考", "API reference")
	p.text("机器可读：[v2 的 OpenAPI](openapi.json)，[v1 的 OpenAPI](v1.json)。另见[权限点](scopes.md)、[事件](events.md)、[拒绝](refusals.md)与[覆盖情况](../coverage.md)。")
	p.text("Machine-readable: [OpenAPI of v2](openapi.json), [OpenAPI of v1](v1.json). See also [permission points](scopes.md), [events](events.md), [refusals](refusals.md) and [coverage](../coverage.md).")
	for _, name := range chapters(ops) {
		p.heading(2, bilingual(chapterTitle(name)))
		var rows [][]string
		for _, o := range inChapter(ops, name) {
			rows = append(rows, []string{code(method(&o)), link(&o, name+".md"), plain(o.Title) + "<br>" + plain(o.TitleEN), code(string(o.Grade)), code(string(o.Scope))})
		}
		p.table([]string{"方法 · Method", "路径 · Path", "名称 · Title", "分级 · Grade", "权限点 · Scope"}, rows)
	}
	return p.bytes()
}

// heading is the heading under which an operation stands on its page.
func heading(o *op.Operation) string { return o.Title + " · " + method(o) + " " + o.Path }

// link leads to an operation on a page.
func link(o *op.Operation, file string) string {
	return fmt.Sprintf("[`%s`](%s#%s)", o.Path, file, anchor(heading(o)))
}

// Place is where Site documents an open operation, relative to its root.
func Place(o *op.Operation) string {
	return chapter(o) + ".html#" + anchor(heading(o))
}

func chapterPage(name string, ops []op.Operation) []byte {
	var p page
	p.title(chapterTitle(name))
	p.text("类型后的 `?` 表示为空时不出现。")
	p.text("A `?` after a type means that the field is absent when empty.")
	for i := range ops {
		p.operation(&ops[i])
	}
	return p.bytes()
}

func (p *page) operation(o *op.Operation) {
	p.heading(2, heading(o))
	p.text("**%s**", plain(o.TitleEN))
	p.text("%s", plain(o.Doc))
	p.facts(o)
	p.heading(3, "请求 · Request")
	if rows := requestRows(o); len(rows) > 0 {
		p.table([]string{"参数 · Field", "位置 · In", "类型 · Type", "必填 · Required", "限制 · Limits", "说明 · Meaning"}, rows)
	} else {
		p.text("无参数。No parameters.")
	}
	p.code("sh", curl(o))
	p.heading(3, "响应 · Response")
	switch rows := answerRows(o.Response, ""); {
	case len(rows) == 0:
		p.text("只有成功与否。Nothing but success.")
	default:
		p.text("%s", envelope(o))
		p.table([]string{"字段 · Field", "类型 · Type", "分级 · Grade", "脱敏 · Mask", "字段权限 · Needs", "说明 · Meaning"}, rows)
	}
	p.heading(3, "拒绝 · Refusals")
	p.text("%s", refusalList(o))
}

// facts says who may call, with which permission point, and at what grade.
func (p *page) facts(o *op.Operation) {
	who, whoEN := callerTitle(o.As)
	rows := [][]string{{"调用方 · Caller", who + " · " + whoEN}}
	if o.Scope != "" {
		rows = append(rows, []string{"权限点 · Scope", scopeLink(o.Scope)})
	}
	rows = append(rows, []string{"分级 · Grade", code(string(o.Grade)) + " " + gradeTitle(o.Grade)}, []string{"流控分组 · Rate-limit group", code(o.Group)})
	if o.Dialect == op.DialectV1 {
		rows = append(rows, []string{"API 名 · API name", code(o.Name())})
	}
	if o.MaxBody != 1<<20 {
		rows = append(rows, []string{"正文上限 · Body limit", strconv.FormatInt(o.MaxBody, 10) + " bytes"})
	}
	p.table([]string{" ", " "}, rows)
}

// envelope says where in the answer the fields stand.
func envelope(o *op.Operation) string {
	switch {
	case o.Dialect != op.DialectV1 && o.Response.Kind == op.Object:
		return "HTTP 200，正文就是下列字段。HTTP 200; the body is these fields."
	case o.Dialect != op.DialectV1:
		return "HTTP 200，正文是列表，每项如下。HTTP 200; the body is a list of these."
	case o.Flat:
		return "与 `errcode`、`errmsg` 并列。Beside `errcode` and `errmsg`."
	case o.Response.Kind == op.List:
		return "`result` 是列表，每项如下。`result` is a list of these."
	}
	return "在 `result` 里。Inside `result`."
}

func requestRows(o *op.Operation) [][]string {
	var rows [][]string
	for i := range o.Request.Fields {
		f := &o.Request.Fields[i]
		rows = append(rows, requestRow(f, f.Name, place(o, f)))
		rows = append(rows, innerRows(f.Shape, f.Name)...)
	}
	return rows
}

// innerRows are the rows of the fields inside a request's field.
func innerRows(sh *op.Shape, path string) [][]string {
	sh, path = inside(sh, path)
	var rows [][]string
	for i := range sh.Fields {
		f := &sh.Fields[i]
		name := path + "." + f.Name
		rows = append(rows, requestRow(f, name, ""))
		rows = append(rows, innerRows(f.Shape, name)...)
	}
	return rows
}

// inside steps into lists and maps, and tells so in the path.
func inside(sh *op.Shape, path string) (*op.Shape, string) {
	for sh.Elem != nil {
		if sh.Kind == op.Map {
			path += ".*"
		} else {
			path += "[]"
		}
		sh = sh.Elem
	}
	return sh, path
}

func requestRow(f *op.Field, name, in string) []string {
	required := ""
	if f.Required {
		required = "是 · yes"
	}
	return []string{code(name), in, typeName(f.Shape), required, limits(f), plain(f.Doc)}
}

// place says where a field of the request goes.
func place(o *op.Operation, f *op.Field) string {
	switch {
	case f.In == op.InPath:
		return "路径 · path"
	case f.In == op.InQuery, o.Method == "GET", o.Method == "DELETE":
		return "查询 · query"
	case o.Dialect == op.DialectV1:
		return "任意 · any"
	}
	return "正文 · body"
}

func answerRows(sh *op.Shape, path string) [][]string {
	sh, path = inside(sh, path)
	var rows [][]string
	for i := range sh.Fields {
		f := &sh.Fields[i]
		name := strings.TrimPrefix(path+"."+f.Name, ".")
		typ := typeName(f.Shape)
		if f.Omit {
			typ += " ?"
		}
		rows = append(rows, []string{code(name), typ, code(string(f.Grade)), code(string(f.Mask)), code(string(f.Needs)), plain(f.Doc) + oneOf(f)})
		rows = append(rows, answerRows(f.Shape, name)...)
	}
	return rows
}

func oneOf(f *op.Field) string {
	if f.Enum == nil {
		return ""
	}
	return " " + code(strings.Join(f.Enum, " | "))
}

// typeName says what a field holds.
func typeName(sh *op.Shape) string {
	switch {
	case sh.CSV:
		return "list of " + typeName(sh.Elem) + ", or `a,b`"
	case sh.Kind == op.List:
		return "list of " + typeName(sh.Elem)
	case sh.Kind == op.Map:
		return "map of " + typeName(sh.Elem)
	}
	return sh.Kind.String()
}

// limits says which values a field takes.
func limits(f *op.Field) string {
	var parts []string
	add := func(format string, args ...any) { parts = append(parts, fmt.Sprintf(format, args...)) }
	switch {
	case f.Min != nil && f.Max != nil:
		add("%d … %d", *f.Min, *f.Max)
	case f.Min != nil:
		add("≥ %d", *f.Min)
	case f.Max != nil:
		add("≤ %d", *f.Max)
	}
	switch {
	case f.MinLen > 0 && f.MaxLen > 0:
		add("%d … %d 字符 · characters", f.MinLen, f.MaxLen)
	case f.MinLen > 0:
		add("≥ %d 字符 · characters", f.MinLen)
	case f.MaxLen > 0:
		add("≤ %d 字符 · characters", f.MaxLen)
	}
	if f.MaxItems > 0 {
		add("≤ %d 项 · items", f.MaxItems)
	}
	if f.Enum != nil {
		add("%s", code(strings.Join(f.Enum, " | ")))
	}
	if f.Default != "" {
		add("默认 · default %s", code(f.Default))
	}
	return strings.Join(parts, "; ")
}
