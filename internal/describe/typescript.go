package describe

import (
	"fmt"
	"path"
	"reflect"
	"slices"
	"strings"

	"github.com/gatepost/gatepost/internal/op"
	"github.com/gatepost/gatepost/internal/scope"
)

// lineWidth is where the console's formatter breaks lines.
const lineWidth = 120

// TypeScript declares the console's operations: what each is asked and what it
// answers. It panics when two packages have types of one name, because the
// console's code spells the names.
func TypeScript(ops []op.Operation) []byte {
	ops = of(ops, op.DialectConsole)
	ts := &script{names: nameTypes(ops, forbid), unions: map[string]string{}, union: map[reflect.Type]string{}, done: map[string]bool{}}
	ts.nameUnions(ops)
	for i := range ops {
		ts.declare(ops[i].Request, true)
		ts.declare(ops[i].Response, false)
	}
	ts.b.WriteString("export interface Operations {\n")
	for i := range ops {
		o := &ops[i]
		fmt.Fprintf(&ts.b, "  '%s': { request: %s; response: %s }\n", o.Name(), ts.of(o.Request, nil, true), ts.of(o.Response, nil, false))
	}
	ts.b.WriteString("}\n")
	return []byte(scriptHead + ts.aliases() + ts.b.String())
}

const scriptHead = "// Generated from the operation catalogue by `gatepost gen`; do not edit.\n" +
	"// The console's operations: what each is asked and what it answers. Times are milliseconds.\n\n" +
	"export type None = Record<string, never>\n\n"

// script is a TypeScript file being written.
type script struct {
	names  names
	unions map[string]string       // by name: what it stands for
	union  map[reflect.Type]string // of named string types: their names
	done   map[string]bool
	b      strings.Builder
}

// nameUnions finds named string types whose fields have an enum. Such a type
// gets a name here too, if every field of it has the same enum: its own, or with
// that of its package where another type has it.
func (ts *script) nameUnions(ops []op.Operation) {
	grade := reflect.TypeFor[scope.Grade]()
	of := map[reflect.Type]string{grade: union([]string{string(scope.R1), string(scope.R2), string(scope.W1), string(scope.W2)})}
	disagree := map[reflect.Type]bool{}
	note := func(sh *op.Shape) {
		for i := range sh.Fields {
			f := &sh.Fields[i]
			t := unionType(f.Shape)
			if t == nil || t == grade || len(f.Enum) == 0 {
				continue
			}
			u := union(f.Enum)
			if known, ok := of[t]; ok && known != u {
				disagree[t] = true
			}
			of[t] = u
		}
	}
	for i := range ops {
		visit(ops[i].Request, note)
		visit(ops[i].Response, note)
	}
	called := map[string]map[string]bool{} // the unions that a name would stand for
	for t, u := range of {
		if disagree[t] {
			delete(of, t)
			continue
		}
		if called[exported(t)] == nil {
			called[exported(t)] = map[string]bool{}
		}
		called[exported(t)][u] = true
	}
	for t, u := range of {
		name := exported(t)
		if len(called[name]) > 1 {
			name = capital(path.Base(t.PkgPath())) + name
		}
		ts.union[t], ts.unions[name] = name, u
	}
}

// unionType is the Go type of a string, or of a list's strings; nil for a plain
// string.
func unionType(sh *op.Shape) reflect.Type {
	for sh.Elem != nil {
		sh = sh.Elem
	}
	if sh.Kind != op.String || sh.Type.PkgPath() == "" {
		return nil
	}
	return sh.Type
}

func union(values []string) string {
	return "'" + strings.Join(values, "' | '") + "'"
}

// aliases declares the named unions.
func (ts *script) aliases() string {
	var b strings.Builder
	for _, name := range sortedKeys(ts.unions) {
		line := "export type " + name + " = " + ts.unions[name]
		if len(line) > lineWidth {
			line = "export type " + name + " =\n  | " + strings.ReplaceAll(ts.unions[name], " | ", "\n  | ")
		}
		b.WriteString(line + "\n")
	}
	b.WriteByte('\n')
	return b.String()
}

// declare writes the interfaces that sh needs, the outer before the inner.
func (ts *script) declare(sh *op.Shape, request bool) {
	visit(sh, func(sh *op.Shape) {
		name := ts.names[typeKey{sh.Type, request}]
		if name == "" || ts.done[name] {
			return
		}
		ts.done[name] = true
		fmt.Fprintf(&ts.b, "export interface %s {\n", name)
		for i := range sh.Fields {
			f := &sh.Fields[i]
			ts.b.WriteString("  " + property(f, request) + ": " + ts.of(f.Shape, f, request) + "\n")
		}
		ts.b.WriteString("}\n\n")
	})
}

// property is a field's name, marked where it may be absent.
func property(f *op.Field, request bool) string {
	name := f.Name
	if strings.Trim(strings.ToLower(name), "abcdefghijklmnopqrstuvwxyz0123456789_$") != "" {
		name = "'" + name + "'"
	}
	if request && !f.Required || !request && (f.Omit || f.Needs != "") {
		name += "?"
	}
	return name
}

// of is the type of a shape. Limits of a list's items are those of its field.
func (ts *script) of(sh *op.Shape, f *op.Field, request bool) string {
	switch sh.Kind {
	case op.String:
		return ts.str(sh, f)
	case op.Integer:
		if f != nil && len(f.Enum) > 0 {
			return strings.Join(f.Enum, " | ")
		}
		return "number"
	case op.Number:
		return "number"
	case op.Boolean:
		return "boolean"
	case op.List:
		elem := ts.of(sh.Elem, f, request)
		if strings.Contains(elem, " | ") {
			elem = "(" + elem + ")"
		}
		return elem + "[]"
	case op.Map:
		return "Record<string, " + ts.of(sh.Elem, f, request) + ">"
	case op.Object:
		if isNone(sh) {
			return "None"
		}
		if name := ts.names[typeKey{sh.Type, request}]; name != "" {
			return name
		}
		return ts.inline(sh, request)
	default:
		return "string"
	}
}

func (ts *script) str(sh *op.Shape, f *op.Field) string {
	name, named := ts.union[unionType(sh)]
	switch {
	case named && (name != "Grade" || f == nil || len(f.Enum) == 0 || slices.Equal(f.Enum, []string{"R1", "R2", "W1", "W2"})):
		return name
	case f != nil && len(f.Enum) > 0:
		return union(f.Enum)
	}
	return "string"
}

func (ts *script) inline(sh *op.Shape, request bool) string {
	var fields []string
	for i := range sh.Fields {
		f := &sh.Fields[i]
		fields = append(fields, property(f, request)+": "+ts.of(f.Shape, f, request))
	}
	return "{ " + strings.Join(fields, "; ") + " }"
}
