package store_test

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path"
	"path/filepath"
	"strconv"
	"strings"
)

const (
	module    = "github.com/gatepost/gatepost"
	storePath = module + "/internal/store"
)

// finding is something a statement or a call does wrong.
type finding struct {
	pos    token.Position
	reason string
}

func (f finding) String() string {
	return fmt.Sprintf("%s:%d: %s", f.pos.Filename, f.pos.Line, f.reason)
}

// constant is a constant anywhere in the tree.
type constant struct {
	pkg   string // import path
	name  string
	value ast.Expr
	file  *source
	sql   bool // declared with type store.SQL
	pos   token.Position
	text  string // of SQL, once evaluated
}

// source is one file with the names by which it imports.
type source struct {
	pkg     string
	syntax  *ast.File
	imports map[string]string // name → path
}

// tree is all non-test code under internal, as syntax: types would cost a build of everything.
type tree struct {
	set       *token.FileSet
	files     []*source
	constants map[string][]*constant // by package and name
	takers    map[string]int         // function by package and name → the place of its parameter of type SQL
	findings  []finding
}

// readTree parses the files under root/internal.
func readTree(root string) (*tree, error) {
	t := &tree{set: token.NewFileSet(), constants: map[string][]*constant{}, takers: map[string]int{}}
	err := filepath.WalkDir(filepath.Join(root, "internal"), func(name string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir() && d.Name() == "testdata":
			return filepath.SkipDir
		case d.IsDir() || !strings.HasSuffix(name, ".go") || strings.HasSuffix(name, "_test.go"):
			return nil
		}
		short, err := filepath.Rel(root, name)
		if err != nil {
			return err
		}
		return t.parse(name, filepath.ToSlash(short))
	})
	if err != nil {
		return nil, err
	}
	for _, f := range t.files {
		t.declared(f)
	}
	for _, f := range t.files {
		if f.pkg == storePath || f.nameOf(storePath) != "" {
			t.calls(f)
		}
	}
	return t, nil
}

func (t *tree) parse(name, short string) error {
	syntax, err := parser.ParseFile(t.set, name, nil, parser.SkipObjectResolution)
	if err != nil {
		return err
	}
	f := &source{pkg: module + "/" + path.Dir(short), syntax: syntax, imports: map[string]string{}}
	for _, i := range syntax.Imports {
		p, _ := strconv.Unquote(i.Path.Value)
		local := path.Base(p)
		if i.Name != nil {
			local = i.Name.Name
		}
		f.imports[local] = p
	}
	t.files = append(t.files, f)
	return nil
}

// nameOf is the name by which a file imports a package, or empty.
func (f *source) nameOf(pkg string) string {
	for name, p := range f.imports {
		if p == pkg {
			return name
		}
	}
	return ""
}

// store says whether e names something of package store.
func (f *source) store(e ast.Expr, name string) bool {
	switch e := e.(type) {
	case *ast.Ident:
		return f.pkg == storePath && e.Name == name
	case *ast.SelectorExpr:
		x, ok := e.X.(*ast.Ident)
		return ok && e.Sel.Name == name && f.imports[x.Name] == storePath
	}
	return false
}

func (t *tree) find(e ast.Node, format string, args ...any) {
	t.findings = append(t.findings, finding{t.set.Position(e.Pos()), fmt.Sprintf(format, args...)})
}

// declared collects a file's constants, those inside functions too.
func (t *tree) declared(f *source) {
	for _, decl := range f.syntax.Decls {
		if fn, ok := decl.(*ast.FuncDecl); ok {
			t.taker(f, fn)
		}
	}
	ast.Inspect(f.syntax, func(n ast.Node) bool {
		decl, ok := n.(*ast.GenDecl)
		if !ok || decl.Tok != token.CONST {
			return true
		}
		for _, s := range decl.Specs {
			spec := s.(*ast.ValueSpec)
			for i, name := range spec.Names {
				if i >= len(spec.Values) {
					continue
				}
				c := &constant{pkg: f.pkg, name: name.Name, value: spec.Values[i], file: f, pos: t.set.Position(name.Pos())}
				call, converts := c.value.(*ast.CallExpr)
				c.sql = spec.Type != nil && f.store(spec.Type, "SQL") || converts && f.store(call.Fun, "SQL")
				t.constants[f.pkg+"."+name.Name] = append(t.constants[f.pkg+"."+name.Name], c)
			}
		}
		return true
	})
}

// taker notes a function that is given a statement.
func (t *tree) taker(f *source, fn *ast.FuncDecl) {
	place := 0
	for _, field := range fn.Type.Params.List {
		if f.store(field.Type, "SQL") {
			t.takers[f.pkg+"."+fn.Name.Name] = place
			return
		}
		place += max(1, len(field.Names))
	}
}

// lookup finds a constant by the expression that names it.
func (t *tree) lookup(f *source, e ast.Expr) *constant {
	var key string
	switch e := e.(type) {
	case *ast.Ident:
		key = f.pkg + "." + e.Name
	case *ast.SelectorExpr:
		x, ok := e.X.(*ast.Ident)
		if !ok {
			return nil
		}
		key = f.imports[x.Name] + "." + e.Sel.Name
	}
	if all := t.constants[key]; len(all) > 0 {
		return all[0]
	}
	return nil
}

// statements evaluates every constant of type store.SQL.
func (t *tree) statements() []*constant {
	var list []*constant
	for _, all := range t.constants {
		for _, c := range all {
			if !c.sql {
				continue
			}
			text, err := t.evaluate(c.file, c.value)
			if err != nil {
				t.findings = append(t.findings, finding{c.pos, c.name + ": " + err.Error()})
				continue
			}
			c.text = text
			list = append(list, c)
		}
	}
	return list
}

func (t *tree) evaluate(f *source, e ast.Expr) (string, error) {
	switch e := e.(type) {
	case *ast.BasicLit:
		return strconv.Unquote(e.Value)
	case *ast.ParenExpr:
		return t.evaluate(f, e.X)
	case *ast.BinaryExpr:
		left, err := t.evaluate(f, e.X)
		if err != nil {
			return "", err
		}
		right, err := t.evaluate(f, e.Y)
		return left + right, err
	case *ast.CallExpr: // a conversion: a constant can hold no other call on strings
		return t.evaluate(f, e.Args[0])
	case *ast.Ident, *ast.SelectorExpr:
		if c := t.lookup(f, e); c != nil {
			return t.evaluate(c.file, c.value)
		}
	}
	return "", fmt.Errorf("the text cannot be evaluated: put it together from constants of strings")
}

// calls checks that every statement that is run is a named constant.
func (t *tree) calls(f *source) {
	for _, decl := range f.syntax.Decls {
		if d, ok := decl.(*ast.GenDecl); ok && d.Tok == token.CONST {
			continue
		}
		ast.Inspect(decl, func(n ast.Node) bool {
			if d, ok := n.(*ast.GenDecl); ok && d.Tok == token.CONST {
				return false
			}
			call, ok := n.(*ast.CallExpr)
			if !ok {
				return true
			}
			if f.store(call.Fun, "SQL") {
				t.find(call, "a conversion to store.SQL hides the statement: declare a constant")
			}
			if arg := t.statementOf(f, call); arg != nil && !t.named(f, decl, arg) {
				t.find(arg, "the statement is not a constant of type store.SQL: give it a name")
			}
			return true
		})
	}
}

// statementOf is the argument of a call that is a statement, or nil.
func (t *tree) statementOf(f *source, call *ast.CallExpr) ast.Expr {
	fun := call.Fun
	switch x := fun.(type) { // store.All[T]
	case *ast.IndexExpr:
		fun = x.X
	case *ast.IndexListExpr:
		fun = x.X
	}
	name, place := "", -1
	switch x := fun.(type) {
	case *ast.Ident:
		name = x.Name
	case *ast.SelectorExpr:
		name = x.Sel.Name
	}
	if p, ok := t.takers[f.pkg+"."+name]; ok {
		place = p
	}
	switch {
	case f.store(fun, "All") || f.store(fun, "One"):
		place = 1
	case name == "Exec":
		place = 0
	}
	if place < 0 || place >= len(call.Args) {
		return nil
	}
	return call.Args[place]
}

// named says whether e is a constant of type SQL, a parameter of that type, or a variable that is only ever given such.
func (t *tree) named(f *source, decl ast.Decl, e ast.Expr) bool {
	if c := t.lookup(f, e); c != nil {
		return c.sql
	}
	name, ok := e.(*ast.Ident)
	if !ok {
		return false
	}
	given, good := 0, true
	ast.Inspect(decl, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.Field:
			for _, p := range n.Names {
				if p.Name == name.Name && f.store(n.Type, "SQL") {
					given++
				}
			}
		case *ast.AssignStmt:
			for i, left := range n.Lhs {
				if x, ok := left.(*ast.Ident); ok && x.Name == name.Name {
					given++
					good = good && len(n.Rhs) == len(n.Lhs) && t.sql(f, n.Rhs[i])
				}
			}
		case *ast.RangeStmt:
			if x, ok := n.Value.(*ast.Ident); ok && x.Name == name.Name {
				given++
				good = good && t.list(f, n.X)
			}
		case *ast.ValueSpec:
			for i, x := range n.Names {
				if x.Name == name.Name && i < len(n.Values) {
					given++
					good = good && t.sql(f, n.Values[i])
				}
			}
		}
		return true
	})
	return given > 0 && good
}

func (t *tree) sql(f *source, e ast.Expr) bool {
	c := t.lookup(f, e)
	return c != nil && c.sql
}

// list says whether e is a literal list of constants of type SQL.
func (t *tree) list(f *source, e ast.Expr) bool {
	literal, ok := e.(*ast.CompositeLit)
	if !ok {
		return false
	}
	for _, element := range literal.Elts {
		if !t.sql(f, element) {
			return false
		}
	}
	return true
}
