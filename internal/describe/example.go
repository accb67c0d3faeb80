package describe

import (
	"net/url"
	"strings"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/gatepost/gatepost/internal/op"
)

// curl is a call of o that could be typed as it is after `. demo.env`, with a
// token in TOKEN and values of the kind that real calls carry.
func curl(o *op.Operation) string {
	var b strings.Builder
	path, query := o.Path, url.Values{}
	members := ordered{}
	for i := range o.Request.Fields {
		f := &o.Request.Fields[i]
		switch where := place(o, f); {
		case f.In == op.InPath:
			path = strings.ReplaceAll(path, "{"+f.Name+"}", url.PathEscape(spelt(example(f.Shape, f))))
		case !shown(o, f):
			continue
		case strings.HasSuffix(where, "query"):
			query.Set(f.Name, spelt(example(f.Shape, f)))
		default:
			members = append(members, member{f.Name, example(f.Shape, f)})
		}
	}
	b.WriteString("curl")
	if o.Method != "" && o.Method != "GET" && o.Method != "POST" {
		b.WriteString(" -X " + o.Method)
	}
	address := "$GATEPOST_URL" + path
	if q := query.Encode(); q != "" {
		address += "?" + q
	}
	if o.Dialect == op.DialectV1 && o.As != op.Anyone {
		address += "?access_token=$TOKEN"
	}
	b.WriteString(` "` + address + `"`)
	if o.Dialect != op.DialectV1 && o.As != op.Anyone {
		b.WriteString(" \\\n  -H \"" + op.TokenHeader + ": $TOKEN\"")
	}
	if o.Method != "GET" && o.Method != "DELETE" {
		b.WriteString(" \\\n  -H 'Content-Type: application/json' \\\n  -d '" + compact(members) + "'")
	}
	return b.String()
}

// shown reports whether an example of o has f.
func shown(o *op.Operation, f *op.Field) bool {
	return f.Required || telling(f.Name) || f.Name == "code" && chapter(o) == "identity"
}

// telling are the fields that an example shows though they are not required:
// without them most calls make no sense.
func telling(name string) bool {
	switch name {
	case "appkey", "appsecret", "userid", "dept_id", "size", "cursor":
		return true
	}
	return false
}

// example is a value that a field might have.
func example(sh *op.Shape, f *op.Field) any {
	switch {
	case len(f.Enum) > 0 && sh.Elem == nil:
		return literal(sh, f.Enum[0])
	case f.Default != "" && sh.Elem == nil:
		return literal(sh, f.Default)
	}
	switch sh.Kind {
	case op.Integer, op.Number:
		return number(f)
	case op.Boolean:
		return true
	case op.List:
		return []any{example(sh.Elem, f)}
	case op.Map:
		return ordered{{"key", example(sh.Elem, f)}}
	case op.Object:
		o := ordered{}
		for i := range sh.Fields {
			if inner := &sh.Fields[i]; inner.Required || telling(inner.Name) {
				o = append(o, member{inner.Name, example(inner.Shape, inner)})
			}
		}
		return o
	case op.Text:
		return "{}"
	default:
		if f.In == op.InPath && f.Name == "unionId" {
			return "me" // what most callers of a person's own operations want
		}
		return word(f.Name)
	}
}

func number(f *op.Field) any {
	name := strings.ToLower(strings.ReplaceAll(f.Name, "_", ""))
	switch {
	case strings.Contains(name, "dep"), strings.Contains(name, "parent"), name == "id":
		return 1
	case strings.Contains(name, "role"), strings.Contains(name, "group"), strings.Contains(name, "label"):
		return 406061025
	case strings.Contains(name, "agent"):
		return 372640001
	case name == "size" || name == "maxresults":
		return 20
	case strings.Contains(name, "time"), name == "since", name == "until":
		return 1795305600000
	case f.Min != nil:
		return *f.Min
	}
	return 0
}

// word is what a string looks like, by a part of the field's name. The first
// that fits is taken.
func word(name string) string {
	name = strings.ToLower(strings.ReplaceAll(name, "_", ""))
	for _, kv := range [][2]string{
		{"appkey", "dingq3e8w0x1m5p7r2t4"}, {"clientid", "dingq3e8w0x1m5p7r2t4"}, {"secret", "…"}, {"corpid", "dingdemo0f3c2a91b7d84e65a0c1b2d3e4f5"},
		{"unionid", "kPqR7sTuVwXyZ1aBcDeiEiE"}, {"userid", "manager4220"}, {"mobile", "13800001234"}, {"email", "li.lei@example.com"},
		{"refresh", "…"}, {"code", "3f2a9c0d4b1e5f67889900aabbccddee"}, {"url", "https://app.example.com/"},
		{"rolename", "财务"}, {"groupname", "职务"}, {"name", "李雷"}, {"search", "李"}, {"query", "李"}, {"title", "工程师"}, {"cursor", "0"}, {"time", "2026-11-22"},
	} {
		if strings.Contains(name, kv[0]) {
			return kv[1]
		}
	}
	return "value"
}

// spelt is an example as a path or a query carries it.
func spelt(v any) string {
	if s, ok := v.(string); ok {
		return s
	}
	return strings.Trim(compact(v), "[]\"")
}

// compact is v as JSON on one line, with a space where a reader wants one.
func compact(v any) string {
	b, err := json.Marshal(v, jsontext.SpaceAfterColon(true), jsontext.SpaceAfterComma(true))
	if err != nil {
		panic(err) // examples are made of strings and numbers
	}
	return strings.ReplaceAll(string(b), "'", "’")
}
