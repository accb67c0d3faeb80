package describe

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/gatepost/gatepost/internal/known"
	"github.com/gatepost/gatepost/internal/op"
)

// Coverage is the page that counts what is offered against what the public
// catalogues know.
func Coverage(ops []op.Operation, k *known.Catalogue) []byte {
	c := count(ops, k)
	var p page
	p.title("覆盖情况", "Coverage")
	p.text("公开目录收录的接口里，已经提供了多少。尚未提供的接口会以它的名称拒绝，而不是说地址不存在。")
	p.text("How much of what the public catalogues know is offered. A known operation that is not offered is refused by its title, not as an unknown address.")
	p.table([]string{"", "v1", "v2", "合计 · Together"}, [][]string{
		c.row("已提供 · Offered", func(t tally) int { return t.offered }),
		c.row("已收录 · Known", func(t tally) int { return t.known }),
		c.row("一级已提供 · Tier 1 offered", func(t tally) int { return t.offered1 }),
		c.row("一级 · Tier 1", func(t tally) int { return t.known1 }),
	})
	for _, d := range []op.Dialect{op.DialectV1, op.DialectV2} {
		c.dialect(&p, d, of(ops, d))
	}
	c.awaited(&p)
	return p.bytes()
}

// tally counts operations.
type tally struct{ offered, known, offered1, known1 int }

func (t tally) add(o *known.Operation, offered bool) tally {
	t.known++
	if o.Tier == 1 {
		t.known1++
	}
	if offered {
		t.offered++
		if o.Tier == 1 {
			t.offered1++
		}
	}
	return t
}

// counts are the tallies of both dialects, and of their products.
type counts struct {
	known    *known.Catalogue
	offered  map[*known.Operation]bool
	beyond   map[string]bool // offered and not known, by method and path
	total    map[op.Dialect]tally
	products map[op.Dialect]map[string]tally
}

func count(ops []op.Operation, k *known.Catalogue) *counts {
	c := &counts{known: k, offered: map[*known.Operation]bool{}, beyond: map[string]bool{}, total: map[op.Dialect]tally{},
		products: map[op.Dialect]map[string]tally{op.DialectV1: {}, op.DialectV2: {}}}
	for i := range ops {
		if o := &ops[i]; o.Dialect != op.DialectConsole {
			if found := lookUp(k, o); found != nil {
				c.offered[found] = true
			} else {
				c.beyond[o.Method+" "+o.Path] = true
			}
		}
	}
	all := k.Operations()
	for i := range all {
		o := &all[i]
		offered := c.offered[k.Find(o.Method, concrete(o.Path))]
		c.total[o.Dialect] = c.total[o.Dialect].add(o, offered)
		c.products[o.Dialect][o.Product] = c.products[o.Dialect][o.Product].add(o, offered)
	}
	return c
}

// lookUp finds an offered operation among the known ones, whatever its path
// variables are called there.
func lookUp(k *known.Catalogue, o *op.Operation) *known.Operation {
	found := k.Find(method(o), concrete(o.Path))
	if found == nil || found.Dialect != o.Dialect || concrete(found.Path) != concrete(o.Path) {
		return nil
	}
	return found
}

// concrete is a path that a template stands for.
func concrete(path string) string {
	for {
		open := strings.IndexByte(path, '{')
		end := strings.IndexByte(path, '}')
		if open < 0 || end < open {
			return path
		}
		path = path[:open] + "x7" + path[end+1:]
	}
}

func (c *counts) row(title string, of func(tally) int) []string {
	v1, v2 := of(c.total[op.DialectV1]), of(c.total[op.DialectV2])
	return []string{title, thousands(v1), thousands(v2), thousands(v1 + v2)}
}

func (c *counts) dialect(p *page, d op.Dialect, ops []op.Operation) {
	t := c.total[d]
	p.heading(2, fmt.Sprintf("%s：%s / %s", d, thousands(t.offered), thousands(t.known)))
	var rows [][]string
	for _, product := range sortedKeys(c.products[d]) {
		if t := c.products[d][product]; t.offered > 0 {
			rows = append(rows, []string{plain(product), strconv.Itoa(t.offered), strconv.Itoa(t.known)})
		}
	}
	p.table([]string{"产品 · Product", "已提供 · Offered", "已收录 · Known"}, rows)
	if none := len(c.products[d]) - len(rows); none > 0 {
		p.text("另有 %d 个产品尚无已提供的接口。%d more products with nothing offered yet.", none, none)
	}
	rows = nil
	for i := range ops {
		o := &ops[i]
		product := "不在目录中 · not in the catalogue"
		if found := lookUp(c.known, o); found != nil {
			product = found.Product
		}
		rows = append(rows, []string{code(method(o)), link(o, "api/"+chapter(o)+".md"), plain(o.Title), plain(product)})
	}
	p.table([]string{"方法 · Method", "路径 · Path", "名称 · Title", "产品 · Product"}, rows)
}

// awaited lists the known operations of tier 1 that are not offered.
func (c *counts) awaited(p *page) {
	var rows [][]string
	all := c.known.Operations()
	for i := range all {
		o := &all[i]
		if o.Tier == 1 && !c.offered[c.known.Find(o.Method, concrete(o.Path))] {
			rows = append(rows, []string{o.Dialect.String(), plain(o.Product), code(o.Method), code(o.Path), plain(o.Title)})
		}
	}
	p.heading(2, fmt.Sprintf("一级接口中尚未提供的 %d 个 · Tier 1, not offered yet", len(rows)))
	p.table([]string{"", "产品 · Product", "方法 · Method", "路径 · Path", "名称 · Title"}, rows)
}

func sortedKeys[V any](m map[string]V) []string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}

// thousands writes n as 3,232.
func thousands(n int) string {
	s := strconv.Itoa(n)
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}
