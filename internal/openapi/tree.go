package openapi

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
)

// Bounds of a document.
const (
	MaxBytes = 2 << 20
	maxNodes = 200_000
	maxDepth = 100
)

// kind is what a node of a document is.
type kind int

const (
	null kind = iota
	truth
	number
	text
	list
	object
)

var kindNames = [...]string{"null", "a truth", "a number", "a text", "a list", "an object"}

func (k kind) String() string { return kindNames[k] }

// node is one value of a document.
type node struct {
	kind  kind
	text  string   // of what is no list or object
	names []string // of an object's members
	items []*node  // members or elements
	line  int
}

// get returns a member of an object, nil if there is none.
func (n *node) get(name string) *node {
	if n == nil || n.kind != object {
		return nil
	}
	for i, have := range n.names {
		if have == name {
			return n.items[i]
		}
	}
	return nil
}

// str is the text of a member, "" if it has none.
func (n *node) str(name string) string {
	if m := n.get(name); m != nil && m.kind == text {
		return m.text
	}
	return ""
}

// yes reports whether a member is true.
func (n *node) yes(name string) bool {
	m := n.get(name)
	return m != nil && m.kind == truth && m.text == "true"
}

// value is the node as encoding/json would give it, with float64 for numbers.
func (n *node) value() any {
	switch n.kind {
	case null:
		return nil
	case truth:
		return n.text == "true"
	case number:
		f, err := strconv.ParseFloat(n.text, 64)
		if err != nil {
			return n.text
		}
		return f
	case list:
		values := make([]any, len(n.items))
		for i, item := range n.items {
			values[i] = item.value()
		}
		return values
	case object:
		values := make(map[string]any, len(n.items))
		for i, item := range n.items {
			values[n.names[i]] = item.value()
		}
		return values
	case text:
	}
	return n.text
}

// syntaxError tells where a document is none.
type syntaxError struct {
	line int
	text string
}

func (e *syntaxError) Error() string { return fmt.Sprintf("line %d: %s", e.line, e.text) }

var (
	errNodes = errors.New("openapi: more than 200000 values, aliases followed")
	errDepth = errors.New("openapi: more than 100 levels")
)

// builder makes a tree within the bounds.
type builder struct{ nodes int }

func (b *builder) add(depth int) error {
	if b.nodes++; b.nodes > maxNodes {
		return errNodes
	}
	if depth > maxDepth {
		return errDepth
	}
	return nil
}

// parse reads a document: JSON where its first character is a brace, else YAML.
func parse(source []byte) (*node, error) {
	if strings.HasPrefix(strings.TrimSpace(string(source[:min(len(source), 256)])), "{") {
		return parseJSON(source)
	}
	return parseYAML(source)
}

// escape spells a name as one step of a JSON pointer.
func escape(name string) string {
	return strings.ReplaceAll(strings.ReplaceAll(name, "~", "~0"), "/", "~1")
}

// below is the pointer of a member.
func below(pointer string, names ...string) string {
	for _, name := range names {
		pointer += "/" + escape(name)
	}
	return pointer
}

// at follows a JSON pointer.
func (n *node) at(pointer string) *node {
	if pointer == "" {
		return n
	}
	for step := range strings.SplitSeq(strings.TrimPrefix(pointer, "/"), "/") {
		name := strings.ReplaceAll(strings.ReplaceAll(step, "~1", "/"), "~0", "~")
		if n == nil {
			return nil
		}
		if n.kind == list {
			i, err := strconv.Atoi(name)
			if err != nil || i < 0 || i >= len(n.items) {
				return nil
			}
			n = n.items[i]
			continue
		}
		n = n.get(name)
	}
	return n
}
