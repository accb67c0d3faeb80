package audit

import (
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/gatepost/gatepost/internal/apierror"
	"github.com/gatepost/gatepost/internal/id"
	"github.com/gatepost/gatepost/internal/op"
	"github.com/gatepost/gatepost/internal/scope"
	"github.com/gatepost/gatepost/internal/store"
)

// maxText bounds what of a caller's own text is kept, in bytes.
const maxText = 512

// row is a call as it is stored.
type row struct {
	corp    id.Corp
	id      id.Call
	at      time.Time
	agent   id.Agent
	outcome Outcome
	path    string
	detail  detail
}

// detail is what nobody searches for. Its names are stored: they stay.
type detail struct {
	TookUS     int64             `json:"took"`
	Steps      []stepDetail      `json:"steps,omitempty"`
	Last       string            `json:"last"`
	Method     string            `json:"method"`
	Dialect    string            `json:"dialect"`
	Operation  string            `json:"op,omitempty"`
	TitleZH    string            `json:"zh,omitempty"`
	TitleEN    string            `json:"en,omitempty"`
	Scope      scope.Name        `json:"scope,omitempty"`
	Grade      scope.Grade       `json:"grade,omitempty"`
	App        id.App            `json:"app,omitempty"`
	User       id.User           `json:"user,omitempty"`
	IP         string            `json:"ip"`
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
	In         int               `json:"in"`
	Out        int               `json:"out"`
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

// hidden keeps what was masked: the fields, each once, and every reason.
func (d *detail) hidden(list []op.Suppressed) {
	for _, s := range list {
		if !slices.Contains(d.Masked, s.Field) {
			d.Masked = append(d.Masked, s.Field)
		}
		d.Suppressed = append(d.Suppressed, suppressed(s))
	}
}

// rowOf is what is kept of a call.
func rowOf(c *Call) row {
	r := row{corp: c.Caller.Corp, id: c.ID, at: c.At, agent: c.Caller.Agent, outcome: c.outcome(), path: clean(c.Path)}
	d := &r.detail
	*d = detail{TookUS: c.Took.Microseconds(), Last: c.Last, Method: clean(c.Method), Dialect: c.Dialect.String(),
		App: c.Caller.App, User: c.Caller.User, IP: c.IP.Unmap().String(), Status: c.Status,
		Warnings: cleaned(c.Warnings), In: c.In, Out: c.Out}
	d.hidden(c.Masked)
	if t := c.Caller.Trace; t != nil && r.corp == "" {
		r.corp, r.agent, d.App, d.User = t.Corp, t.Agent, t.App, id.User(clean(string(t.User)))
	}
	for _, s := range c.Steps {
		d.Steps = append(d.Steps, stepDetail{s.Name, s.Took.Microseconds()})
	}
	d.Operation, d.TitleZH = c.Known.Name, c.Known.Title
	if o := c.Op; o != nil {
		d.Operation, d.TitleZH, d.TitleEN, d.Scope, d.Grade = o.Name(), o.Title, o.TitleEN, o.Scope, o.Grade
	}
	if c.Refusal != nil {
		d.refused(c.Dialect, c.Refusal)
	}
	return r
}

func (d *detail) refused(dialect op.Dialect, r *apierror.Refusal) {
	d.Rule, d.Code, d.Scopes, d.Fix = r.Rule.Name, r.Rule.Code, r.Scopes, r.Fix
	if dialect == op.DialectV1 {
		d.Code = strconv.Itoa(r.Rule.Errcode)
	}
	d.Expected, d.ExpectedEN = stored(r.ExpectedIn)
	d.Found, d.FoundEN = stored(r.FoundIn)
	d.Canonical = strings.ReplaceAll(r.Signed, "\x00", "�") // bounded and valid already
	for k, v := range r.Values() {
		if d.Values == nil {
			d.Values = map[string]string{}
		}
		d.Values[k] = clean(v)
	}
}

// stored is a text in both languages; en is empty where it says the same.
func stored(text func(lang string) string) (zh, en string) {
	zh, en = clean(text("zh")), clean(text("en"))
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

// words is what a search looks through.
func (r *row) words() string {
	d := &r.detail
	return strings.ToLower(strings.Join([]string{r.path, d.Operation, d.TitleZH, d.TitleEN, string(d.App), string(d.User),
		d.IP, d.Rule, d.Code, d.Found, d.FoundEN}, " "))
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

func insert(tx *store.Tx, r row) error {
	text, err := json.Marshal(r.detail)
	if err != nil {
		return fmt.Errorf("encode call %s: %w", r.id.V2(), err)
	}
	_, err = tx.Exec(insertCall, r.corp, r.id, r.at.UnixMilli(), r.agent, r.outcome, r.path, r.words(), string(text))
	return err
}

func scanRow(corp id.Corp) func(store.Row) (row, error) {
	return func(s store.Row) (row, error) {
		r := row{corp: corp}
		var at int64
		var text string
		if err := s.Scan(&r.id, &at, &r.agent, &r.outcome, &r.path, &text); err != nil {
			return r, err
		}
		r.at = time.UnixMilli(at)
		if err := json.Unmarshal([]byte(text), &r.detail); err != nil {
			return r, fmt.Errorf("decode call %s: %w", r.id.V2(), err)
		}
		return r, nil
	}
}

// A call is written again when it is not known whether it was written.
const insertCall store.SQL = `
	INSERT INTO calls (corp, id, at, agent, outcome, path, words, detail) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
	ON CONFLICT (corp, id) DO NOTHING`
