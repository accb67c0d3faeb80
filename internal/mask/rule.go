package mask

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/gatepost/gatepost/internal/apierror"
	"github.com/gatepost/gatepost/internal/id"
	"github.com/gatepost/gatepost/internal/op"
	"github.com/gatepost/gatepost/internal/scope"
	"github.com/gatepost/gatepost/internal/store"
)

// maxRules bounds the rules of one corp, and with them what one answer may cost.
const maxRules = 200

// maxReason bounds why something was decided, in characters.
const maxReason = 200

// Rule blurs a field in answers to applications.
type Rule struct {
	ID          int64
	Field       string // a name at any depth, or a path: "list[].mobile"
	Kind        op.Mask
	Pattern     string // of op.MaskPattern: what is replaced, and by what
	Replacement string

	// What narrows the rule; empty: nothing.
	Operation string     // path, or of v2 METHOD and route
	Agent     id.Agent   // only this app
	Lacks     scope.Name // only callers without this permission point
	Grade     scope.Grade

	Enabled bool
	Reason  string
	By      string
	At      time.Time
}

// nameOf is what rules call an operation.
func nameOf(o *op.Operation) string {
	if o.Dialect == op.DialectV1 {
		return o.Path
	}
	return o.Name()
}

// of is the rule as op applies it. What cannot be understood hides.
func (r *Rule) of() op.Rule {
	blur, err := op.NewBlur(r.Kind, r.Pattern, r.Replacement)
	if err != nil {
		blur = op.Blur{}
	}
	return op.Rule{ID: r.ID, Field: r.Field, Blur: blur}
}

// holds reports whether the rule is for c.
func (r *Rule) holds(c caller) bool {
	return (r.Agent == 0 || r.Agent == c.agent) && (r.Lacks == "" || !c.scopes.Has(r.Lacks)) && (r.Grade == "" || r.Grade == c.grade)
}

// Rules returns corp's rules, by number.
func (m *Masks) Rules(ctx context.Context, corp id.Corp) ([]Rule, error) {
	return store.View(ctx, m.db, func(tx *store.Tx) ([]Rule, error) { return store.All(tx, selectRules, scanRule, corp) })
}

// SetRule stores a rule, a new one when it has no number, and returns it. It
// refuses what cannot be (ParameterInvalid, AgentUnknown, ScopeUnknown): among it
// a field that no answer has, for such a rule would promise what it does not do.
func (m *Masks) SetRule(ctx context.Context, corp id.Corp, r Rule) (Rule, error) {
	if err := m.check(ctx, corp, &r); err != nil {
		return Rule{}, err
	}
	stored := r
	err := m.change(ctx, corp, func(tx *store.Tx) error {
		all, err := store.All(tx, selectRules, scanRule, corp)
		if err != nil {
			return err
		}
		if stored.ID, err = numberFor(r.ID, all); err != nil {
			return err
		}
		_, err = tx.Exec(upsertRule, corp, stored.ID, r.Field, r.Kind, r.Pattern, r.Replacement, r.Operation, r.Agent, r.Lacks, r.Grade,
			r.Enabled, r.Reason, r.By, r.At.UnixMilli())
		return err
	})
	return stored, err
}

// numberFor is the number of a rule that is stored beside all: its own, or one
// that none of them has.
func numberFor(n int64, all []Rule) (int64, error) {
	has := func(n int64) bool { return slices.ContainsFunc(all, func(r Rule) bool { return r.ID == n }) }
	there := n != 0
	switch {
	case there && !has(n):
		return 0, unknownRule(n)
	case n == 0 && len(all) >= maxRules:
		return 0, invalid("field").Want("at most %d rules", maxRules).Got("%d", len(all)+1)
	}
	for n == 0 || !there && has(n) {
		n = id.NewNumber()
	}
	return n, nil
}

// RemoveRule removes a rule. It refuses one that is not there.
func (m *Masks) RemoveRule(ctx context.Context, corp id.Corp, n int64) error {
	return m.change(ctx, corp, func(tx *store.Tx) error {
		rows, err := tx.Exec(deleteRule, corp, n)
		if err == nil && rows == 0 {
			err = unknownRule(n)
		}
		return err
	})
}

func unknownRule(n int64) error { return invalid("id").Want("a rule of this company").Got("%d", n) }

func invalid(name string) *apierror.Refusal { return apierror.ParameterInvalid.With("name", name) }

// fieldForm is how a field or a path to one is written.
var fieldForm = regexp.MustCompile(`^(\[\])*\.?[A-Za-z_][A-Za-z0-9_]*((\[\])*\.[A-Za-z_][A-Za-z0-9_]*)*$`)

// check refuses a rule that cannot be.
func (m *Masks) check(ctx context.Context, corp id.Corp, r *Rule) error {
	r.Field, r.Reason = strings.TrimSpace(r.Field), strings.TrimSpace(r.Reason)
	if len(r.Field) > 128 || !fieldForm.MatchString(r.Field) {
		return invalid("field").Want("a field such as mobile, or a path such as list[].mobile").Got("%q", r.Field)
	}
	if err := checkReason(r.Reason); err != nil {
		return err
	}
	if err := checkBlur(r); err != nil {
		return err
	}
	if _, ok := scope.Find(r.Lacks); !ok && r.Lacks != "" {
		return apierror.ScopeUnknown.With("scope", r.Lacks)
	}
	if r.Agent != 0 {
		if _, err := m.apps.ByAgent(ctx, corp, r.Agent); err != nil {
			return err
		}
	}
	return m.checkFound(r)
}

func checkReason(reason string) error {
	if n := utf8.RuneCountInString(reason); n > maxReason || strings.ContainsRune(reason, 0) {
		return invalid("reason").Want("at most %d characters", maxReason).Got("%d", n)
	}
	return nil
}

func checkBlur(r *Rule) error {
	_, err := op.NewBlur(r.Kind, r.Pattern, r.Replacement)
	switch {
	case err == nil:
		return nil
	case errors.Is(err, op.ErrBlurKind):
		return invalid("kind").Want("phone | idcard | email | name | bankcard | pattern | hide").Got("%s", r.Kind).Because(err)
	case errors.Is(err, op.ErrBlurText):
		return invalid("replacement").Want("at most %d characters", 64).Because(err)
	}
	return invalid("pattern").Want("an RE2 expression of at most 256 bytes that finds some text, for kind pattern alone").Got("%q", r.Pattern).Because(err)
}

// checkFound refuses a rule that no answer is under.
func (m *Masks) checkFound(r *Rule) error {
	named := false
	list := m.Catalogue().Operations()
	for i := range list {
		o := &list[i]
		if o.Dialect == op.DialectConsole || r.Operation != "" && r.Operation != nameOf(o) {
			continue
		}
		named = true
		if o.PlanWith([]op.Rule{{Field: r.Field}}).Found[0] {
			return nil
		}
	}
	if !named {
		return invalid("operation").Want("an operation's path, or METHOD and route").Got("%s", r.Operation)
	}
	return invalid("field").Want("a field that these answers have").Got("%s", r.Field)
}

func scanRule(row store.Row) (r Rule, err error) {
	var at int64
	err = row.Scan(&r.ID, &r.Field, &r.Kind, &r.Pattern, &r.Replacement, &r.Operation, &r.Agent, &r.Lacks, &r.Grade, &r.Enabled,
		&r.Reason, &r.By, &at)
	if err != nil {
		return r, fmt.Errorf("read a rule: %w", err)
	}
	r.At = time.UnixMilli(at)
	return r, nil
}

const (
	selectRules store.SQL = `
		SELECT id, field, kind, pattern, replacement, operation, agent, lacks, grade, enabled, reason, created_by, created_at
		FROM mask_rules WHERE corp = $1 ORDER BY id`
	upsertRule store.SQL = `
		INSERT INTO mask_rules (corp, id, field, kind, pattern, replacement, operation, agent, lacks, grade, enabled, reason, created_by, created_at)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)
		ON CONFLICT (corp, id) DO UPDATE SET field = excluded.field, kind = excluded.kind, pattern = excluded.pattern,
			replacement = excluded.replacement, operation = excluded.operation, agent = excluded.agent, lacks = excluded.lacks,
			grade = excluded.grade, enabled = excluded.enabled, reason = excluded.reason, created_by = excluded.created_by, created_at = excluded.created_at`
	deleteRule store.SQL = `DELETE FROM mask_rules WHERE corp = $1 AND id = $2`
)
