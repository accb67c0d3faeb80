package publish

import (
	"slices"
	"strings"

	"github.com/gatepost/gatepost/internal/apierror"
	"github.com/gatepost/gatepost/internal/op"
	"github.com/gatepost/gatepost/internal/openapi"
)

// Change is one difference between two sources, as a caller meets it.
type Change struct {
	Operation string // METHOD /path
	Field     string // empty: the operation as a whole
	Breaks    bool   // a call that was right may be refused, or an answer lack something
	What      apierror.Words
}

// breaks returns the changes that break calls.
func breaks(old, next *built) []Change {
	return slices.DeleteFunc(compare(old, next), func(c Change) bool { return !c.Breaks })
}

// compare tells what becomes different for callers.
func compare(old, next *built) []Change {
	c := comparison{}
	before, after := offered(old), offered(next)
	for _, o := range before {
		c.key = o.Key()
		if i := slices.IndexFunc(after, func(n *operation) bool { return n.Key() == o.Key() }); i < 0 {
			c.add("", true, "被移除", "is removed")
		} else {
			c.operation(o, after[i])
		}
	}
	for _, n := range after {
		if !slices.ContainsFunc(before, func(o *operation) bool { return n.Key() == o.Key() }) {
			c.key = n.Key()
			c.add("", false, "新增", "is new")
		}
	}
	return c.changes
}

func offered(b *built) []*operation {
	return slices.DeleteFunc(slices.Clone(b.operations), func(o *operation) bool { return o.hidden })
}

type comparison struct {
	key     string
	changes []Change
}

func (c *comparison) add(field string, breaks bool, zh, en string) {
	c.changes = append(c.changes, Change{c.key, field, breaks, apierror.Words{ZH: zh, EN: en}})
}

func (c *comparison) operation(old, next *operation) {
	if old.grade != next.grade {
		c.add("", true, "分级由 "+string(old.grade)+" 变为 "+string(next.grade)+"，需要另一权限点", "goes from "+string(old.grade)+" to "+string(next.grade)+": callers need another permission point")
	}
	if !old.deprecated && next.deprecated {
		c.add("", false, "标为将弃用", "is marked as deprecated")
	}
	for _, p := range next.Parameters {
		c.parameter(old, p)
	}
	if next.Body != nil && next.Body.Required && (old.Body == nil || !old.Body.Required) {
		c.add("body", true, "请求体变为必填", "needs a body now")
	}
	if old.Body != nil && next.Body != nil {
		for _, t := range old.Body.Types {
			if !openapi.Accepts(next.Body.Types, t) {
				c.add("body", true, "请求体不再接受 "+t, "no longer takes a body of "+t)
			}
		}
	}
	for _, t := range next.Types {
		if len(old.Types) > 0 && !openapi.Accepts(old.Types, t) {
			c.add("answer", true, "应答多出类型 "+t, "answers in "+t+" too")
		}
	}
	c.request(body(old), body(next), "")
	c.answer(old.Response, next.Response, "")
}

// body is the request's shape without parameters.
func body(o *operation) *op.Shape {
	sh := &op.Shape{Kind: op.Object}
	for _, f := range o.Request.Fields {
		if f.In == op.InBody {
			sh.Fields = append(sh.Fields, f)
		}
	}
	return sh
}

func (c *comparison) parameter(old *operation, p openapi.Parameter) {
	i := slices.IndexFunc(old.Parameters, func(o openapi.Parameter) bool { return o.Name == p.Name && o.In == p.In })
	switch {
	case i < 0 && p.Required:
		c.add(p.Name, true, "参数 "+p.Name+" 新增且必填", "needs the new parameter "+p.Name)
	case i < 0:
		c.add(p.Name, false, "新增参数 "+p.Name, "takes the new parameter "+p.Name)
	case p.Required && !old.Parameters[i].Required:
		c.add(p.Name, true, "参数 "+p.Name+" 变为必填", "needs the parameter "+p.Name+" now")
	case p.Kind != old.Parameters[i].Kind || p.List != old.Parameters[i].List:
		c.add(p.Name, true, "参数 "+p.Name+" 的类型改变", "has another type for the parameter "+p.Name)
	}
}

// inner steps into lists and maps of both alike.
func inner(a, b *op.Shape, path string) (left, right *op.Shape, at string) {
	for a.Elem != nil && b.Elem != nil && a.Kind == b.Kind {
		a, b, path = a.Elem, b.Elem, path+"[]"
	}
	return a, b, path
}

// request compares what is taken: nothing more may be needed, and no value less.
func (c *comparison) request(old, next *op.Shape, path string) {
	old, next, path = inner(old, next, path)
	if old.Kind != next.Kind {
		c.add(path, true, path+" 的类型改变", path+" has another type")
		return
	}
	for _, f := range next.Fields {
		name := strings.TrimPrefix(path+"."+f.Name, ".")
		i := slices.IndexFunc(old.Fields, func(o op.Field) bool { return o.Name == f.Name })
		switch {
		case i < 0 && f.Required:
			c.add(name, true, name+" 新增且必填", "needs the new field "+name)
			continue
		case i < 0:
			continue
		case f.Required && !old.Fields[i].Required:
			c.add(name, true, name+" 变为必填", "needs the field "+name+" now")
		}
		for _, e := range old.Fields[i].Enum {
			if f.Enum != nil && !slices.Contains(f.Enum, e) {
				c.add(name, true, name+" 不再接受 "+e, "no longer takes "+e+" for "+name)
			}
		}
		c.request(old.Fields[i].Shape, f.Shape, name)
	}
}

// answer compares what is told: nothing of it may be gone.
func (c *comparison) answer(old, next *op.Shape, path string) {
	old, next, path = inner(old, next, path)
	if old.Kind != next.Kind {
		c.add(path, true, "应答 "+path+" 的类型改变", "answers with another type of "+path)
		return
	}
	for _, f := range old.Fields {
		name := strings.TrimPrefix(path+"."+f.Name, ".")
		i := slices.IndexFunc(next.Fields, func(n op.Field) bool { return n.Name == f.Name })
		if i < 0 {
			c.add(name, true, "应答不再有 "+name, "no longer answers with "+name)
			continue
		}
		if f.Required && !next.Fields[i].Required {
			c.add(name, true, "应答可能没有 "+name, "may answer without "+name)
		}
		c.answer(f.Shape, next.Fields[i].Shape, name)
	}
}
