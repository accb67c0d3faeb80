package audit

import (
	"encoding/binary"
	"errors"
	"slices"

	"github.com/gatepost/gatepost/internal/apierror"
	"github.com/gatepost/gatepost/internal/id"
	"github.com/gatepost/gatepost/internal/op"
	"github.com/gatepost/gatepost/internal/scope"
)

// How the parts of a row are written in a segment: numbers as varints, texts
// after their length, fields in a fixed order. A new field goes to the end of
// its part, and is empty in what was written before it.

func appendText[T ~string](b []byte, s T) []byte {
	return append(binary.AppendUvarint(b, uint64(len(s))), s...)
}

func appendTexts(b []byte, list []string) []byte {
	b = binary.AppendUvarint(b, uint64(len(list)))
	for _, s := range list {
		b = appendText(b, s)
	}
	return b
}

func (w *what) append(b []byte) []byte {
	b = appendText(appendText(b, w.Method), w.Dialect)
	b = appendText(appendText(appendText(b, w.Operation), w.TitleZH), w.TitleEN)
	return appendText(appendText(b, w.Scope), w.Grade)
}

func (w *what) read(r *reader) {
	w.Method, w.Dialect = r.text(), r.text()
	w.Operation, w.TitleZH, w.TitleEN = r.text(), r.text(), r.text()
	w.Scope, w.Grade = scope.Name(r.text()), scope.Grade(r.text())
}

// append writes who called, and the app's number, which is a column of its own
// for whoever reads.
func (w *who) append(b []byte, agent id.Agent) []byte {
	b = binary.AppendVarint(b, int64(agent))
	b = appendText(appendText(appendText(b, w.App), w.User), w.IP)
	return appendText(appendText(b, w.Delegate), w.Confirmed)
}

func (w *who) read(r *reader) (agent id.Agent) {
	agent = id.Agent(r.int())
	w.App, w.User, w.IP = id.App(r.text()), id.User(r.text()), r.text()
	w.Delegate, w.Confirmed = r.text(), r.text()
	return agent
}

// append writes how a call ended, with the names of the steps it took; how long
// each took stands with the call.
func (h *how) append(b []byte, o Outcome, steps []stepDetail) []byte {
	b = appendText(b, o)
	b = binary.AppendUvarint(b, uint64(len(steps)))
	for _, s := range steps {
		b = appendText(b, s.Name)
	}
	b = appendText(b, h.Last)
	b = binary.AppendUvarint(b, uint64(h.Status))
	if h.plain() { // nearly every call
		return append(b, 0)
	}
	b = append(b, 1)
	b = appendText(appendText(b, h.Rule), h.Code)
	b = appendText(appendText(b, h.Expected), h.ExpectedEN)
	b = appendText(appendText(b, h.Found), h.FoundEN)
	b = appendText(b, h.Canonical)
	b = appendValues(b, h.Values)
	b = appendTexts(appendTexts(appendTexts(b, h.Scopes), h.Warnings), h.Masked)
	b = binary.AppendUvarint(b, uint64(len(h.Suppressed)))
	for _, s := range h.Suppressed {
		b = appendText(appendText(appendText(b, s.Field), s.Why), s.Scope)
		b = binary.AppendVarint(b, s.Rule)
	}
	b = appendFix(b, h.Fix)
	b = binary.AppendUvarint(b, uint64(len(h.IDs)))
	for _, i := range h.IDs {
		b = appendText(appendText(appendText(b, i.Kind), i.Own), i.Plain)
	}
	return appendTexts(b, h.Shadow)
}

// plain reports whether there is nothing to tell of the call's end.
func (h *how) plain() bool {
	return h.Rule == "" && h.Code == "" && h.Canonical == "" && h.Found == "" && h.Expected == "" && h.Fix == nil &&
		len(h.Values) == 0 && len(h.Scopes) == 0 && len(h.Warnings) == 0 && len(h.Masked) == 0 && len(h.Suppressed) == 0 && len(h.IDs) == 0 && len(h.Shadow) == 0
}

func appendValues(b []byte, values map[string]string) []byte {
	names := make([]string, 0, len(values))
	for k := range values {
		names = append(names, k)
	}
	slices.Sort(names)
	b = binary.AppendUvarint(b, uint64(len(names)))
	for _, k := range names {
		b = appendText(appendText(b, k), values[k])
	}
	return b
}

func appendFix(b []byte, f *apierror.Fix) []byte {
	if f == nil {
		return appendText(b, "")
	}
	b = binary.AppendVarint(appendText(b, f.Kind), f.Agent)
	return appendText(b, f.Value)
}

func (h *how) read(r *reader) (o Outcome, steps []string) {
	o = Outcome(r.text())
	for range r.count() {
		steps = append(steps, r.text())
	}
	h.Last, h.Status = r.text(), int(r.uint())
	if r.uint() == 0 {
		return o, steps
	}
	h.Rule, h.Code = r.text(), r.text()
	h.Expected, h.ExpectedEN = r.text(), r.text()
	h.Found, h.FoundEN = r.text(), r.text()
	h.Canonical = r.text()
	for range r.count() {
		if h.Values == nil {
			h.Values = map[string]string{}
		}
		k := r.text()
		h.Values[k] = r.text()
	}
	h.Scopes, h.Warnings, h.Masked = r.texts(), r.texts(), r.texts()
	for range r.count() {
		h.Suppressed = append(h.Suppressed, suppressed{Field: r.text(), Why: op.Why(r.text()), Scope: scope.Name(r.text()), Rule: r.int()})
	}
	if kind := r.text(); kind != "" {
		h.Fix = &apierror.Fix{Kind: kind, Agent: r.int(), Value: r.text()}
	}
	for range r.count() {
		h.IDs = append(h.IDs, renamed{Kind: op.IDKind(r.text()), Own: r.text(), Plain: r.text()})
	}
	h.Shadow = r.texts()
	return o, steps
}

var errSegment = errors.New("audit: a segment of the request log is damaged")

// reader reads what a writer wrote. After the first mistake it reads nothing, and
// err says so.
type reader struct {
	left []byte
	err  error
}

func (r *reader) fail() { r.left, r.err = nil, errSegment }

func (r *reader) uint() uint64 {
	v, n := binary.Uvarint(r.left)
	if n <= 0 {
		r.fail()
		return 0
	}
	r.left = r.left[n:]
	return v
}

func (r *reader) int() int64 {
	v, n := binary.Varint(r.left)
	if n <= 0 {
		r.fail()
		return 0
	}
	r.left = r.left[n:]
	return v
}

// count is how many things follow, each of a byte or more.
func (r *reader) count() int {
	n := r.uint()
	if n > uint64(len(r.left)) {
		r.fail()
		return 0
	}
	return int(n)
}

func (r *reader) bytes() []byte {
	n := r.count()
	b := r.left[:n]
	r.left = r.left[n:]
	return b
}

func (r *reader) text() string { return string(r.bytes()) }

func (r *reader) texts() (list []string) {
	for range r.count() {
		list = append(list, r.text())
	}
	return list
}
