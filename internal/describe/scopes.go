package describe

import (
	"slices"
	"strings"

	"github.com/gatepost/gatepost/internal/event"
	"github.com/gatepost/gatepost/internal/op"
	"github.com/gatepost/gatepost/internal/scope"
)

// Scopes is the page of all permission points and what each opens.
func Scopes(ops []op.Operation) []byte {
	var p page
	p.title("权限点", "Permission points")
	p.text("应用没有某个权限点时，需要它的接口以 `scope.missing` 拒绝，并说出缺的是哪一个；需要它的字段则不出现在响应里。新应用默认得到标为“默认”的权限点。")
	p.text("Without a permission point an app is refused with `scope.missing`, which names the point; fields that need one are left out of answers. " +
		"A new app is granted the common ones.")
	var rows [][]string
	for _, s := range scope.All() {
		common := ""
		if s.Common {
			common = "是 · yes"
		}
		rows = append(rows, []string{"[`" + string(s.Name) + "`](#" + anchor(string(s.Name)) + ")", both(s.ZH, s.EN), code(string(s.Grade)), kindTitle(s.Kind), common})
	}
	p.table([]string{"权限点 · Scope", "名称 · Title", "分级 · Grade", "授予 · Granted to", "默认 · Common"}, rows)
	for _, s := range scope.All() {
		p.heading(2, code(string(s.Name)))
		p.text("%s · %s", s.ZH, s.EN)
		opens := opened(ops, s.Name)
		if len(opens) == 0 {
			p.text("目前没有已提供的接口、字段或事件需要它。Nothing that is offered needs it at present.")
			continue
		}
		p.text("%s", strings.Join(opens, "\n"))
	}
	return p.bytes()
}

// opened lists what a permission point opens.
func opened(ops []op.Operation, n scope.Name) []string {
	var lines []string
	for _, o := range append(of(ops, op.DialectV1), of(ops, op.DialectV2)...) {
		if o.Scope == n {
			lines = append(lines, "- `"+method(&o)+"` "+link(&o, chapter(&o)+".md")+" "+plain(o.Title))
		}
		var fields []string
		visit(o.Response, func(sh *op.Shape) {
			for i := range sh.Fields {
				if f := &sh.Fields[i]; f.Needs == n && !slices.Contains(fields, code(f.Name)) {
					fields = append(fields, code(f.Name))
				}
			}
		})
		if len(fields) > 0 {
			lines = append(lines, "- "+strings.Join(fields, ", ")+" 字段，属于 · of "+link(&o, chapter(&o)+".md"))
		}
	}
	for _, e := range event.All() {
		if e.Scope == n {
			lines = append(lines, "- 事件 · event "+eventLink(e.Name))
		}
	}
	return lines
}

func kindTitle(k scope.Kind) string {
	switch k {
	case scope.OfApp:
		return "应用 · an app"
	case scope.OfPerson:
		return "应用与用户 · an app and a person"
	case scope.OfField:
		return "应用，只开放字段 · an app, for fields"
	}
	return string(k)
}

// scopeLink names a permission point with its title, from another page.
func scopeLink(n scope.Name) string {
	s, _ := scope.Find(n)
	return "[`" + string(n) + "`](scopes.md#" + anchor(string(n)) + ") " + plain(s.ZH) + " · " + plain(s.EN)
}
