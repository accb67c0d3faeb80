package describe

import (
	"fmt"
	"path"
	"reflect"
	"strings"
	"unicode"

	"github.com/gatepost/gatepost/internal/op"
)

// A typeKey is a Go type on one side of a call. The sides differ: what is
// required is a matter of requests, what may be absent one of answers.
type typeKey struct {
	t       reflect.Type
	request bool
}

// names are the names that documents give to the types of operations: those of
// the Go types, capitalised. A type without name has none here either.
type names map[typeKey]string

// nameTypes names every type that ops use. Two types of one name in different
// packages are handed to collide, which returns the name of the later one.
func nameTypes(ops []op.Operation, collide func(name string, first, second reflect.Type) string) names {
	ns := names{}
	taken := map[string]reflect.Type{}
	name := func(k typeKey) {
		n := exported(k.t)
		if other, used := ns[typeKey{k.t, !k.request}]; used && other == n {
			n += "Input" // requests are named last
		}
		if first, used := taken[n]; used && first != k.t {
			n = collide(n, first, k.t)
		}
		ns[k], taken[n] = n, k.t
	}
	for _, request := range []bool{false, true} {
		for i := range ops {
			sh := ops[i].Response
			if request {
				sh = ops[i].Request
			}
			visit(sh, func(sh *op.Shape) {
				k := typeKey{sh.Type, request}
				if _, done := ns[k]; !done && sh.Kind == op.Object && sh.Type.Name() != "" && !isNone(sh) {
					name(k)
				}
			})
		}
	}
	return ns
}

// visit calls f with sh and with every shape inside, the outer before the inner.
func visit(sh *op.Shape, f func(*op.Shape)) {
	f(sh)
	for i := range sh.Fields {
		visit(sh.Fields[i].Shape, f)
	}
	if sh.Elem != nil {
		visit(sh.Elem, f)
	}
}

// qualify names the second of two types after its package too.
func qualify(name string, _, second reflect.Type) string {
	return capital(path.Base(second.PkgPath())) + name
}

// forbid is for documents whose names other sources spell.
func forbid(name string, first, second reflect.Type) string {
	panic(fmt.Sprintf("describe: %s is the name of a type in %s and of one in %s: rename one", name, first.PkgPath(), second.PkgPath()))
}

// isNone reports whether sh says nothing, as op.None does.
func isNone(sh *op.Shape) bool { return sh.Kind == op.Object && len(sh.Fields) == 0 }

// exported is the name of t as an exported one. Of a generic type it is the
// type's name followed by those of its arguments, without their packages.
func exported(t reflect.Type) string {
	base, args, _ := strings.Cut(t.Name(), "[")
	n := capital(base)
	for arg := range strings.SplitSeq(strings.TrimSuffix(args, "]"), ",") {
		n += capital(arg[strings.LastIndexByte(arg, '.')+1:])
	}
	return n
}

func capital(s string) string {
	r := []rune(s)
	if len(r) > 0 {
		r[0] = unicode.ToUpper(r[0])
	}
	return string(r)
}
