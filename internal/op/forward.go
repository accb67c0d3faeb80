package op

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/gatepost/gatepost/internal/id"
	"github.com/gatepost/gatepost/internal/scope"
)

// PublishedPath is where operations of other systems are called:
// /apis/{group}/{version}/….
const PublishedPath = "/apis/"

// Audience is to whom a published operation is shown. The zero Audience is
// everybody.
type Audience struct {
	Corps []id.Corp // nil: every corp
	Apps  []id.App  // nil: every app of those corps
}

// HasCorp reports whether anybody of the corp is meant. To others there is no
// such operation.
func (a *Audience) HasCorp(corp id.Corp) bool {
	return a == nil || a.Corps == nil || slices.Contains(a.Corps, corp)
}

// HasApp reports whether the app is meant, of a corp that is.
func (a *Audience) HasApp(app id.App) bool {
	return a == nil || a.Apps == nil || slices.Contains(a.Apps, app)
}

// Public reports whether everybody is meant.
func (a *Audience) Public() bool { return a == nil || a.Corps == nil && a.Apps == nil }

// Forward carries a call that may be made to the system that answers it. It
// sees to the masks and to what the caller must not send or see.
type Forward func(ctx context.Context, who *Caller, vars Vars, r *Request) (Answer, error)

// NewForward returns an operation of another system. It speaks the v2 dialect
// where the gateway itself refuses. Unlike a declaration in code, which panics,
// it returns what is wrong: it comes from a file of somebody else.
func NewForward(method, path string, s Spec, g scope.Grade, request, response *Shape, f Forward) (Operation, error) {
	o := Operation{Method: method, Path: path, Spec: s, Grade: g, Dialect: DialectV2, Request: request, Response: response, Forward: f}
	switch {
	case !strings.HasPrefix(path, PublishedPath):
		return o, fmt.Errorf("op: %s: a published path begins with %s", path, PublishedPath)
	case method == "" || s.Title == "" || s.Group == "" || g == "" || s.Verb < Read || s.Verb > Manage:
		return o, fmt.Errorf("op: %s %s: method, title, group, grade and verb are needed", method, path)
	case s.As <= AppOrPerson && s.Scope == "":
		return o, fmt.Errorf("op: %s %s: a permission point is needed unless the operation is for anyone", method, path)
	case request == nil || response == nil || f == nil:
		return o, fmt.Errorf("op: %s %s: request, response and what carries the call are needed", method, path)
	}
	if s.TitleEN == "" {
		o.TitleEN = s.Title
	}
	return o, nil
}
