// Package apierror is the table of refusals: every error that a caller can see
// is declared once, with its face in the v1 dialect (a number), its face in the
// v2 dialect (a status and a code), its text in Chinese and English, and a hint
// that says what to do about it.
//
// An [Error] is a row of the table. A [Refusal] is one occurrence of it: the
// row, the values its text names, what was expected and what was found. Rooms
// return refusals; every other error is for the log, and the caller is told
// [Internal].
package apierror

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
)

// Error is one row of the table. Texts may hold {placeholders}, filled by With.
type Error struct {
	Name    string // the rule's stable name, e.g. "token.expired"
	Errcode int    // v1 face
	Status  int    // v2 face: HTTP status
	Code    string // v2 face: code

	ZH, EN         string // what is wrong, as clients know the text
	HintZH, HintEN string // what to do; may be empty where the text says it
}

var all []*Error

// define enters a row. It panics on a row that is incomplete or doubled, which
// any test of the tree meets.
func define(e Error) *Error {
	if e.Name == "" || e.Errcode == 0 || e.Status < 400 || e.Status > 599 || e.Code == "" || e.ZH == "" || e.EN == "" {
		panic(fmt.Sprintf("apierror: %q is incomplete", e.Name))
	}
	if (e.HintZH == "") != (e.HintEN == "") {
		panic(fmt.Sprintf("apierror: %q has its hint in one language only", e.Name))
	}
	for _, o := range all {
		if o.Name == e.Name {
			panic(fmt.Sprintf("apierror: %q is declared twice", e.Name))
		}
	}
	all = append(all, &e)
	return &e
}

// All returns every row, in order of declaration.
func All() []*Error { return slices.Clone(all) }

// Error makes a bare row usable as an error.
func (e *Error) Error() string { return e.ZH }

// With returns an occurrence of e. Its arguments are pairs of a placeholder's
// name and its value; values are formatted as by fmt.Sprint.
func (e *Error) With(pairs ...any) *Refusal {
	r := &Refusal{Rule: e, values: make(map[string]any, len(pairs)/2)}
	for i := 0; i+1 < len(pairs); i += 2 {
		r.values[fmt.Sprint(pairs[i])] = pairs[i+1]
	}
	return r
}

// Want returns an occurrence of e that says what was expected.
func (e *Error) Want(format string, args ...any) *Refusal { return e.With().Want(format, args...) }

// Got returns an occurrence of e that says what was found.
func (e *Error) Got(format string, args ...any) *Refusal { return e.With().Got(format, args...) }

// Refusal is one occurrence of an Error.
type Refusal struct {
	Rule     *Error
	Expected string // what would have been accepted, as it was written; for readers: ExpectedIn
	Found    string // what came instead, as it was written; never a secret; for readers: FoundIn
	Field    string // the request field that it is about, if it is about one
	Scopes   []string
	Fix      *Fix

	// Signed is the canonical string that the platform made of a call whose
	// signature differs; TellSigned says that the caller may see it. It is in
	// the request log either way. It never holds a secret.
	Signed     string
	TellSigned bool

	RetryAfter time.Duration // how long to wait before the same call can succeed; 0: waiting does not help

	want, got said
	values    map[string]any
	rename    func(any) any // set by Renamed
	personal  bool
	cause     error
}

// said is a format with its arguments, kept until it is known who reads it.
type said struct {
	format string
	args   []any
}

// in renders what was said in lang, each value as rename has it; a format
// without a row stays as it is.
func (s said) in(lang string, rename func(any) any) string {
	p, ok := phraseOf[s.format]
	if !ok {
		p = phrase{s.format, s.format}
	}
	args := make([]any, len(s.args))
	for i, a := range s.args {
		if w, ok := a.(Words); ok {
			a = w.In(lang)
		}
		if rename != nil {
			a = rename(a)
		}
		args[i] = a
	}
	return fmt.Sprintf(Words(p).In(lang), args...)
}

// Fix is a repair that an administrator may apply: `gatepost explain ID --fix`.
type Fix struct {
	Kind  string `json:"kind"` // "scope", "ip", "redirectUrl" or "dialect"
	Agent int64  `json:"agent"`
	Value string `json:"value"`
}

// Want says what would have been accepted, in a format that the table of
// phrases has in both languages.
func (r *Refusal) Want(format string, args ...any) *Refusal {
	r.want = said{format, args}
	r.Expected = fmt.Sprintf(format, args...)
	return r
}

// Got says what was found, in a format that the table of phrases has in both
// languages. A value taken from a request is shortened.
func (r *Refusal) Got(format string, args ...any) *Refusal {
	r.got = said{format, args}
	r.Found = shorten(fmt.Sprintf(format, args...))
	return r
}

// ExpectedIn is what would have been accepted, in lang ("zh" or "en").
func (r *Refusal) ExpectedIn(lang string) string {
	if r.want.format == "" {
		return r.Expected
	}
	return r.want.in(lang, r.rename)
}

// FoundIn is what came instead, in lang ("zh" or "en").
func (r *Refusal) FoundIn(lang string) string {
	if r.got.format == "" {
		return r.Found
	}
	return shorten(r.got.in(lang, r.rename))
}

// About names the request field that the refusal is about.
func (r *Refusal) About(field string) *Refusal {
	r.Field = field
	return r
}

// Needs names the permission points that were missing; v2 clients read them
// from accessdenieddetail.requiredScopes.
func (r *Refusal) Needs(scopes ...string) *Refusal {
	r.Scopes = append(r.Scopes, scopes...)
	return r
}

// Repair attaches the repair that would have let the call through.
func (r *Refusal) Repair(f Fix) *Refusal {
	r.Fix = &f
	return r
}

// Retry says after how long the same call can succeed.
func (r *Refusal) Retry(after time.Duration) *Refusal {
	r.RetryAfter = after
	return r
}

// maxSigned bounds a canonical string, in bytes: enough to see where two differ.
const maxSigned = 4096

// Canonical attaches the string that the platform would have signed, and says
// whether the caller may see it.
func (r *Refusal) Canonical(text string, tell bool) *Refusal {
	if len(text) > maxSigned {
		text = text[:maxSigned] + "…"
	}
	r.Signed, r.TellSigned = strings.ToValidUTF8(text, "�"), tell
	return r
}

// Personal says that what was found, and the values of the text, are personal
// data: the caller is told what he gave, and the request log keeps none of it.
func (r *Refusal) Personal() *Refusal {
	r.personal = true
	return r
}

// IsPersonal reports whether the refusal is Personal.
func (r *Refusal) IsPersonal() bool { return r.personal }

// Because attaches the cause, which is for the log only.
func (r *Refusal) Because(err error) *Refusal {
	r.cause = err
	return r
}

func (r *Refusal) Error() string {
	s := r.Rule.Name + ": " + r.Text("zh")
	if r.cause != nil {
		s += ": " + r.cause.Error()
	}
	return s
}

// Unwrap returns the cause.
func (r *Refusal) Unwrap() error { return r.cause }

// Is makes errors.Is(err, apierror.UserNotFound) true of its occurrences.
func (r *Refusal) Is(target error) bool { e, ok := target.(*Error); return ok && e == r.Rule }

// Text is what is wrong, in lang ("zh" or "en"), without expectation and hint.
func (r *Refusal) Text(lang string) string {
	if lang == "en" {
		return r.fill(r.Rule.EN)
	}
	return r.fill(r.Rule.ZH)
}

// Hint is what to do, in lang; empty when the text says it.
func (r *Refusal) Hint(lang string) string {
	if lang == "en" {
		return r.fill(r.Rule.HintEN)
	}
	return r.fill(r.Rule.HintZH)
}

// Message is the whole text as clients show it: what is wrong, what was
// expected, what was found, what to do.
func (r *Refusal) Message(lang string) string {
	var b strings.Builder
	b.WriteString(r.Text(lang))
	words := [...]string{"；参数：", "；期望：", "；实际：", "；处理："}
	if lang == "en" {
		words = [...]string{"; parameter: ", "; expected: ", "; found: ", "; to fix: "}
	}
	field := r.Field
	if strings.Contains(b.String(), field) {
		field = "" // the text names it
	}
	for i, part := range []string{field, r.ExpectedIn(lang), r.FoundIn(lang), r.Hint(lang)} {
		if part != "" {
			b.WriteString(words[i])
			b.WriteString(part)
		}
	}
	return b.String()
}

func (r *Refusal) fill(text string) string {
	if !strings.Contains(text, "{") {
		return text
	}
	for k, v := range r.values {
		if r.rename != nil {
			v = r.rename(v)
		}
		text = strings.ReplaceAll(text, "{"+k+"}", fmt.Sprint(v))
	}
	return text
}

// Values returns the values that the text names, for the request log.
func (r *Refusal) Values() map[string]string {
	values := make(map[string]string, len(r.values))
	for k, v := range r.values {
		values[k] = fmt.Sprint(v)
	}
	return values
}

// Renamed returns the same refusal whose texts have each value as f returns it:
// for a caller who knows things by other names than the platform. The original
// stays as it is.
func (r *Refusal) Renamed(f func(value any) any) *Refusal {
	told := *r
	told.rename = f
	return &told
}

// From returns the refusal a caller may see for err. What is not a refusal
// becomes Internal, whose cause is for the log only.
func From(err error) *Refusal {
	if r, ok := errors.AsType[*Refusal](err); ok {
		return r
	}
	if e, ok := errors.AsType[*Error](err); ok {
		return e.With()
	}
	return Internal.With().Because(err)
}

func shorten(s string) string {
	const most = 200
	if len(s) <= most {
		return s
	}
	return strings.ToValidUTF8(s[:most], "") + "…"
}
