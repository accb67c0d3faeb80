package openapi

import (
	"bytes"
	"errors"
	"io"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/go-json-experiment/json/jsontext"
	"go.yaml.in/yaml/v3"
)

// parseYAML reads one YAML document. Aliases are followed within the bound on
// nodes; merge keys and tags of its own are not taken.
func parseYAML(source []byte) (*node, error) {
	dec := yaml.NewDecoder(bytes.NewReader(source))
	var doc, more yaml.Node
	if err := dec.Decode(&doc); err != nil {
		if errors.Is(err, io.EOF) {
			return nil, &syntaxError{1, "the document is empty"}
		}
		return nil, yamlError(err)
	}
	if err := dec.Decode(&more); !errors.Is(err, io.EOF) {
		return nil, &syntaxError{max(more.Line, 1), "more than one document in the file"}
	}
	y := yamlReader{}
	return y.node(&doc, 0)
}

var yamlLine = regexp.MustCompile(`line (\d+): (.*)`)

// yamlError takes the line out of the parser's text.
func yamlError(err error) error {
	if m := yamlLine.FindStringSubmatch(err.Error()); m != nil {
		if line, convErr := strconv.Atoi(m[1]); convErr == nil {
			return &syntaxError{line, m[2]}
		}
	}
	return &syntaxError{1, err.Error()}
}

type yamlReader struct {
	builder
	open []*yaml.Node // aliases being followed
}

func (y *yamlReader) node(from *yaml.Node, depth int) (*node, error) {
	if err := y.add(depth); err != nil {
		return nil, err
	}
	switch from.Kind {
	case yaml.DocumentNode:
		return y.node(from.Content[0], depth)
	case yaml.AliasNode:
		if slices.Contains(y.open, from.Alias) {
			return nil, &syntaxError{from.Line, "an alias stands inside what it names"}
		}
		y.open = append(y.open, from.Alias)
		n, err := y.node(from.Alias, depth)
		y.open = y.open[:len(y.open)-1]
		return n, err
	case yaml.MappingNode:
		return y.mapping(from, depth)
	case yaml.SequenceNode:
		n := &node{kind: list, line: from.Line}
		for _, item := range from.Content {
			one, err := y.node(item, depth+1)
			if err != nil {
				return nil, err
			}
			n.items = append(n.items, one)
		}
		return n, nil
	case yaml.ScalarNode:
		return scalar(from), nil
	}
	return &node{line: from.Line}, nil
}

func (y *yamlReader) mapping(from *yaml.Node, depth int) (*node, error) {
	n := &node{kind: object, line: from.Line}
	seen := map[string]bool{}
	for i := 0; i+1 < len(from.Content); i += 2 {
		key := from.Content[i]
		switch {
		case key.Kind != yaml.ScalarNode:
			return nil, &syntaxError{key.Line, "a name has to be a text"}
		case key.Tag == "!!merge":
			return nil, &syntaxError{key.Line, "merge keys (<<) are not taken: write the members out, or use $ref"}
		case seen[key.Value]:
			return nil, &syntaxError{key.Line, "the name " + strconv.Quote(key.Value) + " stands twice in one object"}
		}
		seen[key.Value] = true
		one, err := y.node(from.Content[i+1], depth+1)
		if err != nil {
			return nil, err
		}
		n.names, n.items = append(n.names, key.Value), append(n.items, one)
	}
	return n, nil
}

// scalar reads what JSON can say too; the rest, such as dates, is text.
func scalar(from *yaml.Node) *node {
	n := &node{kind: text, text: from.Value, line: from.Line}
	switch from.Tag {
	case "!!null":
		n.kind = null
	case "!!bool":
		var b bool
		if from.Decode(&b) == nil {
			n.kind, n.text = truth, strconv.FormatBool(b)
		}
	case "!!int", "!!float":
		var f float64
		if from.Decode(&f) == nil {
			n.kind = number
			if from.Tag == "!!int" {
				n.text = strconv.FormatFloat(f, 'f', -1, 64)
			}
		}
	}
	return n
}

// parseJSON reads one JSON value. Doubled names are refused.
func parseJSON(source []byte) (*node, error) {
	j := jsonReader{source: source, dec: jsontext.NewDecoder(bytes.NewReader(source)), line: 1}
	n, err := j.node(0)
	if err != nil {
		return nil, j.fail(err)
	}
	if _, err := j.dec.ReadToken(); !errors.Is(err, io.EOF) {
		return nil, &syntaxError{j.here(), "more text after the document"}
	}
	return n, nil
}

type jsonReader struct {
	builder
	source []byte
	dec    *jsontext.Decoder
	line   int
	offset int // of which line is known
}

// here is the line that was read up to.
func (j *jsonReader) here() int {
	at := min(int(j.dec.InputOffset()), len(j.source))
	j.line += bytes.Count(j.source[j.offset:at], []byte{'\n'})
	j.offset = at
	return j.line
}

func (j *jsonReader) fail(err error) error {
	if bad, ok := errors.AsType[*jsontext.SyntacticError](err); ok {
		at := min(int(bad.ByteOffset), len(j.source))
		return &syntaxError{1 + bytes.Count(j.source[:at], []byte{'\n'}), strings.TrimPrefix(err.Error(), "jsontext: ")}
	}
	return err
}

func (j *jsonReader) node(depth int) (*node, error) {
	if err := j.add(depth); err != nil {
		return nil, err
	}
	tok, err := j.dec.ReadToken()
	if err != nil {
		return nil, err
	}
	n := &node{line: j.here()}
	switch tok.Kind() {
	case 'n':
	case 't', 'f':
		n.kind, n.text = truth, tok.String()
	case '"':
		n.kind, n.text = text, tok.String()
	case '0':
		n.kind, n.text = number, tok.String()
	case '[':
		n.kind = list
		for j.dec.PeekKind() != ']' {
			item, err := j.node(depth + 1)
			if err != nil {
				return nil, err
			}
			n.items = append(n.items, item)
		}
		_, err = j.dec.ReadToken()
	case '{':
		n.kind = object
		for j.dec.PeekKind() != '}' {
			name, err := j.dec.ReadToken()
			if err != nil {
				return nil, err
			}
			key := name.String()
			item, err := j.node(depth + 1)
			if err != nil {
				return nil, err
			}
			n.names, n.items = append(n.names, key), append(n.items, item)
		}
		_, err = j.dec.ReadToken()
	default:
	}
	return n, err
}
