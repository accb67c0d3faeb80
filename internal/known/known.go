// Package known holds what the public catalogues know: every operation of both
// generations with its product and title, whether offered here or not. A call
// of one that is not offered yet is refused by its title, and coverage is
// counted against this list.
package known

import (
	_ "embed"
	"strings"

	"github.com/gatepost/gatepost/internal/op"
	"github.com/gatepost/gatepost/internal/scope"
)

// Tables of facts: product, method, path, operation, title, and for the
// operations that matter most tier, grade and permission point.
var (
	//go:embed v1.tsv
	v1 string
	//go:embed v2.tsv
	v2 string
)

// Operation is one operation that the public catalogues know.
type Operation struct {
	Dialect op.Dialect
	Product string
	Method  string
	Path    string
	Name    string // v2: the operation's name in the official clients
	Title   string
	Tier    int // 1 matters most; 0 is not ranked
	Grade   scope.Grade
	Scope   scope.Name
}

// Catalogue is every known operation, found by method and path.
type Catalogue struct {
	all    []Operation
	routes op.Tree[*Operation]
}

// Load reads the tables. It panics on a row that is not one, which any test of
// the tree meets.
func Load() *Catalogue {
	c := &Catalogue{}
	c.read(op.DialectV1, v1)
	c.read(op.DialectV2, v2)
	for i := range c.all {
		o := &c.all[i]
		if o.Dialect == op.DialectV2 {
			c.routes.Add(o.Method, o.Path, o)
			continue
		}
		// v1 answers GET and POST alike, and a few paths are listed once for each.
		for _, m := range []string{"GET", "POST"} {
			if _, _, taken := c.routes.Find(m, o.Path); !taken {
				c.routes.Add(m, o.Path, o)
			}
		}
	}
	return c
}

func (c *Catalogue) read(d op.Dialect, table string) {
	for line := range strings.Lines(table) {
		f := strings.Split(strings.TrimSuffix(line, "\n"), "\t")
		if len(f) != 8 || f[4] == "" || !strings.HasPrefix(f[2], "/") {
			panic("known: not a row: " + line)
		}
		o := Operation{Dialect: d, Product: f[0], Method: f[1], Path: f[2], Name: f[3], Title: f[4], Grade: scope.Grade(f[6]), Scope: scope.Name(f[7])}
		if f[5] != "" {
			o.Tier = int(f[5][0] - '0')
		}
		c.all = append(c.all, o)
	}
}

// Operations returns every known operation, sorted by dialect and product.
func (c *Catalogue) Operations() []Operation { return c.all }

// Find returns the known operation that method and path mean; nil if there is none.
func (c *Catalogue) Find(method, path string) *Operation {
	o, _, _ := c.routes.Find(method, path)
	return o
}
