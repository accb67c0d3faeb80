package event

import (
	"fmt"
	"reflect"
	"strings"

	"github.com/go-json-experiment/json"

	"github.com/gatepost/gatepost/internal/op"
	"github.com/gatepost/gatepost/internal/scope"
)

// Name is an event's name as subscribers spell it.
type Name string

// Spec is what a declaration says beside its name and its payload's type.
type Spec struct {
	Title   string      // zh
	TitleEN string      // en
	Doc     string      // when it is announced, and decisions where the source facts are open
	Scope   scope.Name  // permission point that a subscriber needs
	Grade   scope.Grade // R1 or R2; never below its payload's fields
	Silent  string      // why nothing causes it yet; empty: it is emitted
}

// Event is one declared event.
type Event struct {
	Name Name
	Spec
	Payload *op.Shape

	told    op.Operation
	payload reflect.Type
}

// Told is the event as an operation whose answer is the payload: what is masked,
// noted and renamed in answers is so in payloads. Its address stays the same.
func (e *Event) Told() *op.Operation { return &e.told }

// Decode reads a payload that Emit recorded: a pointer to what the event was
// declared with.
func (e *Event) Decode(payload string) (any, error) {
	v := reflect.New(e.payload)
	if err := json.Unmarshal([]byte(payload), v.Interface()); err != nil {
		return nil, fmt.Errorf("event: payload of %s: %w", e.Name, err)
	}
	return v.Interface(), nil
}

// Encode is the payload as Emit records it.
func (e *Event) Encode(payload any) (string, error) {
	text, err := json.Marshal(payload, json.Deterministic(true))
	if err != nil {
		return "", fmt.Errorf("event: payload of %s: %w", e.Name, err)
	}
	return string(text), nil
}

// Declare declares the event called name, whose payload is a T. It panics with
// what is wrong: a name that is not lower-case words joined by underscores; no
// title, doc or known scope; a grade that is none, or below that of a field; a
// payload that is no object, or whose fields break the rules of answers.
func Declare[T any](name Name, s Spec) Event {
	defer func() {
		if p := recover(); p != nil {
			panic(fmt.Sprintf("event: %s: %v", name, p))
		}
	}()
	e := Event{Name: name, Spec: s, Payload: op.Describe[T](), payload: reflect.TypeFor[T]()}
	e.check()
	e.told = op.Event[T](string(name), s.Title, s.TitleEN, s.Doc, s.Scope)
	return e
}

func (e *Event) check() {
	_, scoped := scope.Find(e.Scope)
	switch {
	case e.Name == "" || strings.Trim(string(e.Name), "abcdefghijklmnopqrstuvwxyz_") != "":
		panic("a name is lower-case words joined by underscores")
	case e.Title == "" || e.TitleEN == "" || e.Doc == "":
		panic("Title, TitleEN and Doc must be declared")
	case !scoped:
		panic("unknown scope " + string(e.Scope))
	case e.Grade != scope.R1 && e.Grade != scope.R2:
		panic("Grade must be R1 or R2")
	case e.Payload.Kind != op.Object:
		panic("a payload is an object")
	case e.Grade == scope.R1 && sensitive(e.Payload):
		panic("Grade is R1, and a field of the payload is R2")
	}
}

func sensitive(sh *op.Shape) bool {
	for _, f := range sh.Fields {
		if f.Grade == scope.R2 || sensitive(f.Shape) {
			return true
		}
	}
	return sh.Elem != nil && sensitive(sh.Elem)
}

// Find returns the declared event called n.
func Find(n Name) (Event, bool) {
	for _, e := range All() {
		if e.Name == n {
			return e, true
		}
	}
	return Event{}, false
}

// typeOf is the type that a payload was declared with: of a pointer, what it
// points to.
func typeOf(payload any) reflect.Type {
	t := reflect.TypeOf(payload)
	if t != nil && t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	return t
}

// unique panics if two events have one name.
func unique(events []Event) []Event {
	seen := make(map[Name]bool, len(events))
	for _, e := range events {
		if seen[e.Name] {
			panic("event: declared twice: " + string(e.Name))
		}
		seen[e.Name] = true
	}
	return events
}
