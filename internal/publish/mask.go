package publish

import (
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"sync"

	"github.com/gatepost/gatepost/internal/apierror"
	"github.com/gatepost/gatepost/internal/jsonmask"
	"github.com/gatepost/gatepost/internal/op"
	"github.com/gatepost/gatepost/internal/openapi"
	"github.com/gatepost/gatepost/internal/scope"
	"github.com/gatepost/gatepost/internal/upstream"
)

// maxPlans bounds how many plans with rules of corps one operation keeps.
const maxPlans = 64

// maskPlan is how an operation's answers are masked: by its own masks, those for
// everybody and those for callers of a lower data grade, and by rules of corps.
type maskPlan struct {
	everybody, lower *masking

	masks []openapi.Mask
	reads bool // the operation reads and is of grade R2 as a whole
	mu    sync.RWMutex
	plans map[string]*masking // with rules of corps, by what they are
}

// masking is one plan, why each of its rules is there, and what it leaves.
type masking struct {
	plan  *jsonmask.Plan // nil: nothing is masked
	why   []op.Suppressed
	shown []string // what of grade R2 it leaves as it is
}

// newMaskPlan makes the plan of an operation of grade g.
func newMaskPlan(masks []openapi.Mask, g scope.Grade) (*maskPlan, error) {
	p := &maskPlan{masks: masks, reads: g == scope.R2, plans: map[string]*masking{}}
	var err error
	if p.everybody, err = p.compile(false, nil); err != nil {
		return nil, err
	}
	p.lower, err = p.compile(true, nil)
	return p, err
}

func (p *maskPlan) compile(lower bool, hidden []Hidden) (*masking, error) {
	m := &masking{shown: p.shown(lower, hidden)}
	var rules []jsonmask.Rule
	for _, one := range p.masks {
		why := op.WhyDeclared
		if one.Below != "" {
			if why = op.WhyGrade; !lower {
				continue
			}
		}
		rules = append(rules, jsonmask.Rule{Path: one.Path, Kind: one.Kind, Pattern: one.Pattern, Replacement: one.Replacement})
		m.why = append(m.why, op.Suppressed{Field: one.Path, Why: why})
	}
	for _, h := range hidden {
		rules = append(rules, jsonmask.Rule{Path: pathOf(h.Field), Kind: h.Kind, Pattern: h.Pattern, Replacement: h.Replacement})
		m.why = append(m.why, op.Suppressed{Field: h.Field, Why: op.WhyRule, Rule: h.ID})
	}
	if len(rules) == 0 {
		return m, nil
	}
	var err error
	if m.plan, err = jsonmask.Compile(rules); err != nil {
		return nil, fmt.Errorf("compile masks: %w", err)
	}
	return m, nil
}

// shown is the names of the fields that are masked below R2 and are not masked for
// such a caller. Of an operation of grade R2 that tells no such fields it is "$",
// whatever the caller's grade: then the answer is sensitive as a whole.
func (p *maskPlan) shown(lower bool, hidden []Hidden) (names []string) {
	whole := p.reads
	for _, one := range p.masks {
		if one.Below == "" {
			continue
		}
		whole = false
		if !lower && !p.always(one.Path, hidden) {
			names = append(names, jsonmask.Name(one.Path))
		}
	}
	if whole {
		return []string{"$"}
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// always reports whether what path selects is masked for everybody, or by a rule
// of the corp.
func (p *maskPlan) always(path string, hidden []Hidden) bool {
	return slices.ContainsFunc(p.masks, func(m openapi.Mask) bool { return m.Below == "" && m.Path == path }) ||
		slices.ContainsFunc(hidden, func(h Hidden) bool { return h.Field == jsonmask.Name(path) || pathOf(h.Field) == path })
}

// pathOf is a field of a corp's rule as a JSONPath.
func pathOf(field string) string {
	if !strings.ContainsAny(field, ".[") {
		return "$.." + field
	}
	field = strings.ReplaceAll(field, "[]", "[*]")
	if strings.HasPrefix(field, "[") {
		return "$" + field
	}
	return "$." + field
}

// of returns the masking of an answer to who, under rules of who's corp.
func (p *maskPlan) of(who *op.Caller, hidden []Hidden) (*masking, error) {
	lower := who.Grade != scope.R2
	if len(hidden) == 0 {
		if lower {
			return p.lower, nil
		}
		return p.everybody, nil
	}
	key := fmt.Sprint(lower, hidden)
	p.mu.RLock()
	m := p.plans[key]
	p.mu.RUnlock()
	if m != nil {
		return m, nil
	}
	m, err := p.compile(lower, hidden)
	if err != nil {
		return nil, err
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if len(p.plans) >= maxPlans {
		clear(p.plans)
	}
	p.plans[key] = m
	return m, nil
}

// bodyMask is a masking on its way to an upstream.
type bodyMask struct {
	*masking
	api string // for refusals
}

// Accept refuses an answer that cannot be masked: what is no JSON, and what is
// compressed.
func (b bodyMask) Accept(status int, contentType, encoding string) error {
	if status == 204 || status == 304 {
		return nil // without a body
	}
	if encoding != "" && !strings.EqualFold(encoding, "identity") {
		return apierror.AnswerUndeclared.With("api", b.api).Want("an answer that is not compressed, for it has to be masked").Got("%s", encoding)
	}
	if !openapi.IsJSON(contentType) {
		return apierror.AnswerUndeclared.With("api", b.api).Want("an answer in JSON, for it has to be masked").Got("%d %s", status, contentType)
	}
	return nil
}

// Writer implements upstream.BodyMask.
func (b bodyMask) Writer(w io.Writer) upstream.MaskWriter {
	return &maskWriter{masking: b.masking, api: b.api, writer: b.plan.Writer(w)}
}

// maskWriter is one body being masked.
type maskWriter struct {
	*masking
	api    string
	writer *jsonmask.Writer // nil once it is closed
	any    bool
	seen   jsonmask.Seen
}

var errMaskClosed = errors.New("publish: the masked body is complete")

func (m *maskWriter) Write(b []byte) (int, error) {
	if m.writer == nil {
		return 0, errMaskClosed
	}
	m.any = m.any || len(b) > 0
	n, err := m.writer.Write(b)
	return n, m.refuse(err)
}

// refuse tells what is wrong with the body; that it cannot be written on is not.
func (m *maskWriter) refuse(err error) error {
	bad, ok := errors.AsType[*jsonmask.BodyError](err)
	if !ok {
		return err
	}
	return apierror.AnswerUndeclared.With("api", m.api).Want("an answer in JSON, for it has to be masked").Got("byte %d: %s", bad.At, bad.Err.Error()).Because(err)
}

// Close says that the body is complete. One that is empty has nothing to mask.
func (m *maskWriter) Close() error {
	if m.writer == nil {
		return nil
	}
	var err error
	if m.any {
		err = m.refuse(m.writer.Close())
	}
	m.seen = m.writer.Seen()
	m.writer.Release()
	m.writer = nil
	return err
}

// Masked implements upstream.MaskWriter.
func (m *maskWriter) Masked() (list []op.Suppressed) {
	seen := m.seen
	if m.writer != nil {
		seen = m.writer.Seen()
	}
	for i, why := range m.why {
		if seen.Count(i) > 0 {
			list = append(list, why)
		}
	}
	return list
}
