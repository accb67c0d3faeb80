package op

import (
	"context"
	"io"
	"strings"
	"testing"

	"github.com/gatepost/gatepost/internal/scope"
)

func forward(t *testing.T, method, path string) Operation {
	t.Helper()
	o, err := NewForward(method, path, Spec{Title: "员工", Verb: Read, Scope: scope.Member, Group: "hr"}, scope.R1, &Shape{Kind: Object}, &Shape{Kind: Object},
		func(context.Context, *Caller, Vars, *Request) (Answer, error) { return Answer{}, nil })
	if err != nil {
		t.Fatal(err)
	}
	return o
}

func TestPublish(t *testing.T) {
	t.Parallel()
	c := NewCatalogue()
	get, list := forward(t, "GET", "/apis/hr/v1/people/{id}"), forward(t, "GET", "/apis/hr/v1/people")
	if o, _ := c.Find("GET", "/apis/hr/v1/people"); o != nil {
		t.Fatal("an operation is found before it is published")
	}
	if err := c.Publish([]Operation{get, list}); err != nil {
		t.Fatal(err)
	}
	o, vars := c.Find("GET", "/apis/hr/v1/people/7")
	if o == nil || o.Path != get.Path || vars.Value("id") != "7" || len(c.Operations()) != 2 {
		t.Errorf("found %v with %v among %d", o, vars, len(c.Operations()))
	}
	err := c.Publish([]Operation{forward(t, "GET", "/apis/hr/v1/a/{x}"), forward(t, "GET", "/apis/hr/v1/a/{y}")})
	if err == nil || !strings.Contains(err.Error(), "twice") {
		t.Errorf("two operations at one place: %v", err)
	}
	if o, _ = c.Find("GET", "/apis/hr/v1/people/7"); o == nil {
		t.Error("what was published is gone after a publication that failed")
	}
	if err := c.Publish(nil); err != nil || len(c.Operations()) != 0 {
		t.Errorf("withdrawn: %v, %d left", err, len(c.Operations()))
	}
	if o, _ = c.Find("GET", "/apis/hr/v1/people/7"); o != nil {
		t.Error("a withdrawn operation is found")
	}
}

func TestForwardIsHeldToItsRules(t *testing.T) {
	t.Parallel()
	good := Spec{Title: "员工", Verb: Read, Scope: scope.Member, Group: "hr"}
	empty := &Shape{Kind: Object}
	carry := func(context.Context, *Caller, Vars, *Request) (Answer, error) { return Answer{}, nil }
	without := func(change func(*Spec)) Spec { s := good; change(&s); return s }
	for name, tc := range map[string]struct {
		method, path string
		s            Spec
		g            scope.Grade
		request      *Shape
	}{
		"a path of the platform's own": {"GET", "/v1.0/contact/users", good, scope.R1, empty},
		"no method":                    {"", "/apis/hr/v1/a", good, scope.R1, empty},
		"no title":                     {"GET", "/apis/hr/v1/a", without(func(s *Spec) { s.Title = "" }), scope.R1, empty},
		"no grade":                     {"GET", "/apis/hr/v1/a", good, "", empty},
		"no permission point":          {"GET", "/apis/hr/v1/a", without(func(s *Spec) { s.Scope = "" }), scope.R1, empty},
		"no request":                   {"GET", "/apis/hr/v1/a", good, scope.R1, nil},
	} {
		if _, err := NewForward(tc.method, tc.path, tc.s, tc.g, tc.request, empty, carry); err == nil {
			t.Errorf("%s was taken", name)
		}
	}
}

func TestReaderGivesTheWholeBody(t *testing.T) {
	t.Parallel()
	r := &Request{Body: strings.NewReader("the body"), Length: -1}
	if _, err := r.Content(100); err != nil {
		t.Fatal(err)
	}
	if b, err := io.ReadAll(r.Reader()); string(b) != "the body" || err != nil {
		t.Errorf("read %q, %v after a step had read it", b, err)
	}
	if b, _ := io.ReadAll((&Request{Body: strings.NewReader("other")}).Reader()); string(b) != "other" {
		t.Errorf("read %q", b)
	}
	if (&Request{}).Reader() != nil {
		t.Error("a request without a body has one")
	}
}
