package audit

import (
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/gatepost/gatepost/internal/apierror"
	"github.com/gatepost/gatepost/internal/id"
	"github.com/gatepost/gatepost/internal/op"
	"github.com/gatepost/gatepost/internal/scope"
)

// maxText bounds what of a caller's own text is kept, in bytes.
const maxText = 512

// row is a call as it is kept.
type row struct {
	corp    id.Corp
	id      id.Call
	at      time.Time
	agent   id.Agent
	outcome Outcome
	path    string
	detail  detail
}

// detail is the rest of a row. What many calls have in common stands apart:
// segments keep each of it once. The names in JSON are those of rows that older
// versions wrote.
type detail struct {
	what
	who
	how
	TookUS int64        `json:"took"`
	Steps  []stepDetail `json:"steps,omitempty"`
	In     int          `json:"in"`
	Out    int          `json:"out"`
}

// what is what was called.
type what struct {
	Method    string      `json:"method"`
	Dialect   string      `json:"dialect"`
	Operation string      `json:"op,omitempty"`
	TitleZH   string      `json:"zh,omitempty"`
	TitleEN   string      `json:"en,omitempty"`
	Scope     scope.Name  `json:"scope,omitempty"`
	Grade     scope.Grade `json:"grade,omitempty"`
}

// who is who called.
type who struct {
	App  id.App  `json:"app,omitempty"`
	User id.User `json:"user,omitempty"`
	IP   string  `json:"ip"`

	Delegate  string `json:"delegate,omitempty"`  // the program that called for the person
	Confirmed string `json:"confirmed,omitempty"` // how the person confirmed it
}

// how is how the call ended.
type how struct {
	Last       string            `json:"last"`
	Status     int               `json:"status"`
	Rule       string            `json:"rule,omitempty"`
	Code       string            `json:"code,omitempty"`
	Values     map[string]string `json:"values,omitempty"`
	Expected   string            `json:"expected,omitempty"`
	ExpectedEN string            `json:"expectedEn,omitempty"`
	Found      string            `json:"found,omitempty"`
	FoundEN    string            `json:"foundEn,omitempty"`
	Canonical  string            `json:"canonical,omitempty"`
	Scopes     []string          `json:"scopes,omitempty"`
	Warnings   []string          `json:"warnings,omitempty"`
	Masked     []string          `json:"masked,omitempty"`
	Suppressed []suppressed      `json:"suppressed,omitempty"` // of Masked, why; absent in older rows
	IDs        []renamed         `json:"ids,omitempty"`        // the app's own ids that the call used
	Shadow     []string          `json:"shadow,omitempty"`     // limits that would have refused
	Fix        *apierror.Fix     `json:"fix,omitempty"`
}

type stepDetail struct {
	Name   string `json:"n"`
	TookUS int64  `json:"us"`
}

// suppressed is why a field was masked or left out.
type suppressed struct {
	Field string     `json:"f"`
	Why   op.Why     `json:"w"`
	Scope scope.Name `json:"s,omitempty"`
	Rule  int64      `json:"r,omitempty"`
}

// renamed is an id of the app's own and what the platform calls the same.
type renamed struct {
	Kind  op.IDKind `json:"k"`
	Own   string    `json:"o"`
	Plain string    `json:"p"`
}

// maxIDs bounds how many ids of one call are kept.
const maxIDs = 20

func (d *detail) renamed(list []op.Renamed) {
	for _, r := range list[:min(len(list), maxIDs)] {
		d.IDs = append(d.IDs, renamed{r.Kind, clean(r.Own), clean(r.Plain)})
	}
}

// hidden keeps what was masked: the fields, each once, and every reason.
func (d *detail) hidden(list []op.Suppressed) {
	for _, s := range list {
		if !slices.Contains(d.Masked, s.Field) {
			d.Masked = append(d.Masked, s.Field)
		}
		d.Suppressed = append(d.Suppressed, suppressed(s))
	}
}

// fill makes r what is kept of a call. What r held before is overwritten, and its
// room used again.
func (r *row) fill(c *Call) {
	*r = row{corp: c.Caller.Corp, id: c.ID, at: c.At, agent: c.Caller.Agent, outcome: c.outcome(), path: veil(clean(c.Path)),
		detail: detail{Steps: r.detail.Steps[:0]}}
	d := &r.detail
	d.TookUS, d.In, d.Out = c.Took.Microseconds(), c.In, c.Out
	d.Last, d.Status, d.Warnings = c.Last, c.Status, cleaned(c.Warnings)
	d.Method, d.Dialect = clean(c.Method), c.Dialect.String()
	d.App, d.User, d.IP = c.Caller.App, c.Caller.User, c.IP.Unmap().String()
	d.Shadow = c.Shadow
	d.hidden(c.Masked)
	if by := c.Caller.Delegate; by != nil {
		d.Delegate, d.Confirmed = clean(by.Name), clean(by.Confirmed)
	}
	if t := c.Caller.Trace; t != nil && r.corp == "" {
		r.corp, r.agent, d.App, d.User = t.Corp, t.Agent, t.App, id.User(clean(string(t.User)))
	}
	if t := c.Caller.Trace; t != nil {
		d.renamed(t.IDs)
	}
	for i, name := range c.Steps.Names {
		d.Steps = append(d.Steps, stepDetail{name, c.Steps.Took[i].Microseconds()})
	}
	d.Operation, d.TitleZH = c.Known.Name, c.Known.Title
	if o := c.Op; o != nil {
		d.Operation, d.TitleZH, d.TitleEN, d.Scope, d.Grade = o.Name(), o.Title, o.TitleEN, o.Scope, o.Grade
	}
	if c.Refusal != nil {
		d.refused(c.Dialect, c.Refusal)
	}
}

func (d *detail) refused(dialect op.Dialect, r *apierror.Refusal) {
	d.Rule, d.Code, d.Scopes, d.Fix = r.Rule.Name, r.Rule.Code, r.Scopes, r.Fix
	if dialect == op.DialectV1 {
		d.Code = strconv.Itoa(r.Rule.Errcode)
	}
	d.Expected, d.ExpectedEN = stored(r.ExpectedIn)
	d.Canonical = veil(strings.ReplaceAll(r.Signed, "\x00", "�")) // bounded and valid already
	if r.IsPersonal() {
		d.Found = veiled
	} else {
		d.Found, d.FoundEN = stored(r.FoundIn)
	}
	for k, v := range r.Values() {
		if d.Values == nil {
			d.Values = map[string]string{}
		}
		if v = veil(clean(v)); r.IsPersonal() && k != "name" && k != "convert" { // which name a field or an operation
			v = veiled
		}
		d.Values[k] = v
	}
}

// stored is a text in both languages; en is empty where it says the same.
func stored(text func(lang string) string) (zh, en string) {
	zh, en = veil(clean(text("zh"))), veil(clean(text("en")))
	if en == zh {
		en = ""
	}
	return zh, en
}

func (d *detail) expected(lang string) string { return either(lang, d.Expected, d.ExpectedEN) }
func (d *detail) found(lang string) string    { return either(lang, d.Found, d.FoundEN) }

// either is the text in lang; a text without its own English is the same in both.
func either(lang, zh, en string) string {
	if en == "" {
		return zh
	}
	return in(lang, zh, en)
}

// shadowWord begins the word by which calls are found that a shadow limit would
// have refused.
const shadowWord = "shadow:"

// A search looks through the words of the path, of what, who and how, in this
// order and in lower case.

func words(texts ...string) string { return strings.ToLower(strings.Join(texts, " ")) }

func (w *what) words() string { return words(w.Operation, w.TitleZH, w.TitleEN) }

func (w *who) words() string {
	if w.Delegate == "" { // nearly every call; an empty word would stand between two spaces
		return words(string(w.App), string(w.User), w.IP)
	}
	return words(w.Delegate, string(w.App), string(w.User), w.IP)
}

func (h *how) words() string {
	texts := []string{h.Rule, h.Code, h.Found, h.FoundEN, h.whys()}
	for _, i := range h.IDs {
		texts = append(texts, i.Own, i.Plain)
	}
	for _, rule := range h.Shadow {
		texts = append(texts, shadowWord+rule)
	}
	return words(texts...)
}

// whys names the reasons for which fields were suppressed, each once, as a search
// finds them: masked.grade, masked.scope, masked.protected, and masked.rule with
// the rule's number between dots, so that rule 1 is not found by rule 12.
func (h *how) whys() string {
	var list []string
	for _, s := range h.Suppressed {
		why := "masked." + string(s.Why)
		if s.Rule != 0 {
			why += "." + strconv.FormatInt(s.Rule, 10) + "."
		}
		if !slices.Contains(list, why) {
			list = append(list, why)
		}
	}
	return strings.Join(list, " ")
}

// refusal is what the call was refused with, to be told again; nil for none. A
// rule that this version no longer has is told by its name.
func (d *detail) refusal() *apierror.Refusal {
	if d.Rule == "" {
		return nil
	}
	pairs := make([]any, 0, 2*len(d.Values))
	for k, v := range d.Values {
		pairs = append(pairs, k, v)
	}
	for _, e := range apierror.All() {
		if e.Name == d.Rule {
			return e.With(pairs...)
		}
	}
	return (&apierror.Error{Name: d.Rule, ZH: d.Rule, EN: d.Rule}).With(pairs...)
}

// title is what the called operation is called; empty when nothing is known of it.
func (d *detail) title(lang string) string {
	return either(lang, d.TitleZH, d.TitleEN)
}

// clean makes a caller's text fit to be stored: PostgreSQL takes no NUL and no
// invalid UTF-8, and nobody takes a path of a megabyte.
func clean(s string) string {
	if len(s) > maxText {
		end := maxText
		for end > 0 && !utf8.RuneStart(s[end]) {
			end--
		}
		s = s[:end] + "…"
	}
	return strings.ReplaceAll(strings.ToValidUTF8(s, "�"), "\x00", "�")
}

// maxWarnings bounds how many unknown fields of one call are kept.
const maxWarnings = 20

func cleaned(texts []string) []string {
	var out []string
	for _, s := range texts[:min(len(texts), maxWarnings)] {
		out = append(out, clean(s))
	}
	return out
}
