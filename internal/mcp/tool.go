package mcp

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"hash/fnv"
	"net/url"
	"slices"
	"strings"

	"github.com/go-json-experiment/json/jsontext"
	sdk "github.com/modelcontextprotocol/go-sdk/mcp"

	"github.com/gatepost/gatepost/internal/describe"
	"github.com/gatepost/gatepost/internal/op"
)

// tool is an operation as programs see it.
type tool struct {
	*sdk.Tool
	op *op.Operation
}

func toolOf(o *op.Operation) (tool, error) {
	schema, err := describe.Arguments(o)
	if err != nil {
		return tool{}, fmt.Errorf("the arguments of %s: %w", o.Name(), err)
	}
	writes := o.Verb != op.Read
	text := o.TitleEN
	if o.Title != o.TitleEN {
		text += " · " + o.Title
	}
	if o.Doc != "" {
		text += "\n\n" + o.Doc
	}
	if writes {
		text += "\n\nThe person has to confirm each call."
	}
	return tool{op: o, Tool: &sdk.Tool{Name: nameOf(o), Title: o.TitleEN, Description: text, InputSchema: json.RawMessage(schema),
		Annotations: &sdk.ToolAnnotations{Title: o.TitleEN, ReadOnlyHint: !writes, DestructiveHint: &writes, IdempotentHint: idempotent(o.Method)}}}, nil
}

func idempotent(method string) bool { return method != "POST" && method != "PATCH" }

// maxName is what every client takes.
const maxName = 64

// nameOf is a tool's name: method and path, in the characters that names of tools
// have. It stays the same as long as the operation has its path.
func nameOf(o *op.Operation) string {
	name := strings.Map(func(r rune) rune {
		switch {
		case 'a' <= r && r <= 'z', 'A' <= r && r <= 'Z', '0' <= r && r <= '9', r == '-':
			return r
		case r == '{' || r == '}':
			return -1
		}
		return '_'
	}, strings.ToLower(o.Method)+o.Path)
	if len(name) <= maxName {
		return name
	}
	h := fnv.New32a()
	h.Write([]byte(name))
	return fmt.Sprintf("%s_%08x", name[:maxName-9], h.Sum32())
}

// canonical returns arguments in the one form that they have: members sorted and
// texts spelled alike. Numbers stay as they are, or long ids would be rounded.
func canonical(arguments []byte) ([]byte, error) {
	if len(bytes.TrimSpace(arguments)) == 0 {
		return []byte("{}"), nil
	}
	v := jsontext.Value(bytes.Clone(arguments))
	if err := v.Canonicalize(jsontext.CanonicalizeRawInts(false), jsontext.CanonicalizeRawFloats(false)); err != nil {
		return nil, errors.New("the arguments are no JSON object with each name once")
	}
	if v.Kind() != '{' {
		return nil, errors.New("the arguments are no JSON object")
	}
	return v, nil
}

// fill puts arguments where the operation takes them.
func fill(r *op.Request, o *op.Operation, arguments []byte) error {
	var given map[string]json.RawMessage
	if err := json.Unmarshal(arguments, &given); err != nil {
		return fmt.Errorf("the arguments are no JSON object: %w", err)
	}
	path, query, body := o.Path, url.Values{}, map[string]json.RawMessage{}
	for i := range o.Request.Fields {
		f := &o.Request.Fields[i]
		value, ok := given[f.Name]
		delete(given, f.Name)
		switch {
		case f.In == op.InPath:
			text := plain(value)
			if text == "" || text == "." || text == ".." {
				return fmt.Errorf("the argument %s is needed", f.Name)
			}
			path = strings.ReplaceAll(path, "{"+f.Name+"}", url.PathEscape(text))
		case !ok:
		case f.In == op.InQuery:
			query.Set(f.Name, plain(value))
		default:
			body[f.Name] = value
		}
	}
	if len(given) > 0 {
		return fmt.Errorf("there is no argument %s; there are: %s", first(given), names(o))
	}
	r.Path, r.Query = path, query.Encode()
	if o.Method == "GET" || o.Method == "DELETE" && len(body) == 0 {
		return nil
	}
	content, err := json.Marshal(body)
	if err != nil {
		return fmt.Errorf("the arguments are no JSON: %w", err)
	}
	r.Body, r.Length = bytes.NewReader(content), int64(len(content))
	return nil
}

// plain is a value as paths and queries spell it.
func plain(value json.RawMessage) string {
	var text string
	if json.Unmarshal(value, &text) == nil {
		return text
	}
	var list []string
	if json.Unmarshal(value, &list) == nil {
		return strings.Join(list, ",")
	}
	return string(value)
}

func first(given map[string]json.RawMessage) string {
	var all []string
	for name := range given {
		all = append(all, name)
	}
	return slices.Min(all)
}

func names(o *op.Operation) string {
	var all []string
	for i := range o.Request.Fields {
		all = append(all, o.Request.Fields[i].Name)
	}
	if len(all) == 0 {
		return "none"
	}
	return strings.Join(all, ", ")
}
