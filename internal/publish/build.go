package publish

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/gatepost/gatepost/internal/apierror"
	"github.com/gatepost/gatepost/internal/jsonmask"
	"github.com/gatepost/gatepost/internal/op"
	"github.com/gatepost/gatepost/internal/openapi"
	"github.com/gatepost/gatepost/internal/scope"
)

// Bounds of request bodies.
const (
	defaultBody = 32 << 20
	mostBody    = 1 << 30
)

// built is a source made ready: what it says together with what was decided. It
// does not change.
type built struct {
	doc        *openapi.Document // nil: it cannot be read
	operations []*operation
	findings   []openapi.Finding
}

// operation is one operation as it would be published.
type operation struct {
	*openapi.Operation
	grade      scope.Grade // empty: nobody stated one
	stated     string      // who stated it: "document", "setting", ""
	group      string      // for limits
	masks      []openapi.Mask
	deprecated bool
	hidden     bool
	maxBody    int64
}

// read reads a document with the masks checked by what will apply them.
func read(document, gradeFrom string) (*openapi.Document, []openapi.Finding) {
	return openapi.Read([]byte(document), openapi.Options{GradeFrom: gradeFrom, CheckMask: checkMask})
}

// build makes of a source what would be published of it.
func build(g Group, version string, s Source) *built {
	b := &built{}
	b.doc, b.findings = read(s.Document, s.GradeFrom)
	if b.doc == nil {
		return b
	}
	for _, declared := range b.doc.Operations {
		o := &operation{Operation: declared}
		o.decide(s.Settings[declared.Key()], "apis."+g.Name)
		b.operations = append(b.operations, o)
		if !o.hidden {
			b.findings = append(b.findings, o.lint()...)
		}
	}
	slices.SortStableFunc(b.findings, func(x, y openapi.Finding) int { return cmp.Compare(x.Line, y.Line) })
	return b
}

// decide joins the document's word and the setting's, which goes before.
func (o *operation) decide(s Setting, group string) {
	if o.grade = o.Grade; o.grade != "" {
		o.stated = "document"
	}
	if s.Grade != "" {
		o.grade, o.stated = s.Grade, "setting"
	}
	o.group = cmp.Or(s.Group, o.Group, group)
	o.masks = o.Masks
	if s.Masks != nil {
		o.masks = *s.Masks
	}
	if o.deprecated = o.Deprecated; s.Deprecated != nil {
		o.deprecated = *s.Deprecated
	}
	o.hidden, o.maxBody = s.Hidden, cmp.Or(s.MaxBody, defaultBody)
}

// lint finds what is wrong with the operation as it would be published.
func (o *operation) lint() (found []openapi.Finding) {
	tell := func(r *openapi.Rule, format string, args ...any) {
		found = append(found, r.Find(o.Pointer, o.Line, format, args...))
	}
	reads := o.grade == scope.R1 || o.grade == scope.R2
	switch {
	case o.grade == "":
		tell(openapi.GradeMissing, "%s; suggested: %s (%s)", o.Key(), o.Suggested, o.Because)
	case o.grade == scope.R1 && o.Suggested == scope.R2, reads && slices.Contains([]string{"PUT", "PATCH", "DELETE"}, o.Method):
		tell(openapi.GradeLow, "%s; suggested: %s (%s)", o.grade, o.Suggested, o.Because)
	}
	if len(o.masks) > 0 && !slices.ContainsFunc(o.Types, openapi.IsJSON) {
		tell(openapi.MaskBody, "%s: no answer in JSON", o.Key())
	}
	if o.stated == "" || o.grade == scope.R2 && len(o.masks) == 0 {
		for _, m := range o.SuggestedMasks {
			tell(openapi.MaskSuggested, "%s as %s", m.Path, m.Kind)
		}
	}
	return found
}

// checkMask refuses a mask that cannot be.
func checkMask(m openapi.Mask) error {
	if m.Below != "" && m.Below != scope.R2 {
		return fmt.Errorf("below is R2 or nothing, not %s", m.Below)
	}
	_, err := jsonmask.Compile([]jsonmask.Rule{{Path: m.Path, Kind: m.Kind, Pattern: m.Pattern, Replacement: m.Replacement}})
	if at, ok := errors.AsType[*jsonmask.RuleError](err); ok {
		text := at.Err.Error() // begins with the package that tells it
		if name, rest, ok := strings.Cut(text, ": "); ok && !strings.Contains(name, " ") {
			text = rest
		}
		return errors.New(text)
	}
	return err
}

// root is where a version's operations are called.
func root(group, version string) string { return op.PublishedPath + group + "/" + version }

// verbOf is what an operation of the grade does.
func verbOf(g scope.Grade) op.Verb {
	switch g {
	case scope.W1:
		return op.Write
	case scope.W2:
		return op.Manage
	case scope.R1, scope.R2:
	}
	return op.Read
}

// offer makes the operation as the catalogue has it.
func (a *APIs) offer(s *served, version string, o *operation) (op.Operation, error) {
	plan, err := newMaskPlan(o.masks, o.grade)
	if err != nil {
		return op.Operation{}, err
	}
	c := &call{apis: a, pool: s.pool, root: root(s.group.Name, version), operation: o, masks: plan}
	made, err := op.NewForward(o.Method, c.root+o.Path, op.Spec{
		Title: o.Title, TitleEN: o.Title, Doc: o.Doc, As: op.AppOrPerson, Verb: verbOf(o.grade),
		Scope: scope.Published(s.group.Name, o.grade), Group: o.group, MaxBody: o.maxBody,
	}, o.grade, o.Request, o.Response, c.forward)
	if err != nil {
		return made, err
	}
	made.Audience, made.Deprecated = s.group.audience(), o.deprecated
	own := made
	c.op = &own
	return made, nil
}

func told(changes []Change) apierror.Words {
	var zh, en []string
	for _, c := range changes {
		if len(zh) == 3 {
			zh, en = append(zh, "…"), append(en, "…")
			break
		}
		zh, en = append(zh, c.Operation+" "+c.What.ZH), append(en, c.Operation+" "+c.What.EN)
	}
	return apierror.Words{ZH: strings.Join(zh, "；"), EN: strings.Join(en, "; ")}
}

// nextVersion is the version after v1: v2.
func nextVersion(version string) string {
	var n int
	if _, err := fmt.Sscanf(version, "v%d", &n); err != nil {
		return "v2"
	}
	return fmt.Sprintf("v%d", n+1)
}
