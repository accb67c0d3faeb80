package publish

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"time"
	"unicode/utf8"

	"github.com/gatepost/gatepost/internal/apierror"
	"github.com/gatepost/gatepost/internal/id"
	"github.com/gatepost/gatepost/internal/op"
	"github.com/gatepost/gatepost/internal/openapi"
	"github.com/gatepost/gatepost/internal/scope"
	"github.com/gatepost/gatepost/internal/store"
)

// Bounds of versions.
const (
	maxVersions     = 20  // of one group
	maxPublications = 200 // of one version
	maxNote         = 200 // characters
)

// Source is what operations are made of: a document as it was sent, and what was
// decided beside it.
type Source struct {
	Document  string
	GradeFrom string // the extension that states grades; empty: x-gatepost-grade
	Settings  map[string]Setting
}

// Setting is what was decided about one operation beside the document. What is
// empty is as the document says.
type Setting struct {
	Grade      scope.Grade     `json:"grade,omitzero"`
	Group      string          `json:"group,omitzero"` // rate-limit group
	Masks      *[]openapi.Mask `json:"masks,omitzero"`
	Deprecated *bool           `json:"deprecated,omitzero"`
	Hidden     bool            `json:"hidden,omitzero"` // is not published
	MaxBody    int64           `json:"maxBody,omitzero"`
}

// Draft is a version as it would be published.
type Draft struct {
	Source
	Corp    id.Corp
	API     string // the group
	Version string
	Live    int64 // number of the publication that answers calls; 0: none
	By      id.User
	At      time.Time
}

// Publication is a copy of a draft that does not change.
type Publication struct {
	Source
	Number int64
	Note   string
	By     id.User
	At     time.Time
}

var versionForm = regexp.MustCompile(`^v[0-9]{1,4}$`)

// Import makes or replaces the draft of a version. It returns what was found in
// the document; where an error is among that, nothing is stored: a draft can be
// read. Settings of an earlier draft stay for the operations that are there still.
func (a *APIs) Import(ctx context.Context, who *op.Caller, in Import) ([]openapi.Finding, error) {
	if err := errors.Join(checkGroup(in.Group), checkVersion(in.Version)); err != nil {
		return nil, err
	}
	doc, findings := read(in.Document, in.GradeFrom)
	if doc == nil || openapi.Fatal(findings) || in.DryRun {
		return findings, nil
	}
	if in.Title == "" {
		in.Title = doc.Title
	}
	if n := utf8.RuneCountInString(in.Title); n > maxTitle {
		in.Title = string([]rune(in.Title)[:maxTitle])
	}
	corp := who.Corp
	if in.Platform {
		if !who.Operator {
			return nil, apierror.NotAdministrator.Want("the platform's operator").Got("%s", who.User)
		}
		corp = Platform
	}
	now := a.clk.At(corp)
	return findings, a.change(ctx, func(tx *store.Tx) error {
		g, err := ensure(tx, who, corp, in.Group, in.Title, now)
		if err != nil {
			return err
		}
		d, err := store.One(tx, selectDraft, scanDraft, g.Corp, g.Name, in.Version)
		if errors.Is(err, store.ErrNone) {
			d, err = Draft{Corp: g.Corp, API: g.Name, Version: in.Version}, roomForVersion(tx, g)
		}
		if err != nil {
			return err
		}
		d.Document, d.GradeFrom, d.By, d.At = in.Document, in.GradeFrom, who.User, now
		d.Settings = keep(d.Settings, doc)
		for key, g := range in.Grades {
			s := d.Settings[key]
			s.Grade = g
			d.Settings[key] = s
		}
		return putDraft(tx, d)
	})
}

// Import is a document to be imported.
type Import struct {
	Group, Version string
	Title          string // empty: the document's
	Document       string
	GradeFrom      string
	Grades         map[string]scope.Grade // by operation, beside those that the document states
	Platform       bool                   // the group is the operator's
	DryRun         bool                   // nothing is stored
}

func checkVersion(version string) error {
	if !versionForm.MatchString(version) {
		return invalid("version").Want("v1, v2 and so on").Got("%s", version)
	}
	return nil
}

func roomForVersion(tx *store.Tx, g Group) error {
	all, err := store.All(tx, selectVersions, scanVersion, g.Corp, g.Name)
	if err == nil && len(all) >= maxVersions {
		err = invalid("version").Want("at most %d versions", maxVersions).Got("%d", len(all)+1)
	}
	return err
}

// keep is what of the settings is about operations of doc.
func keep(settings map[string]Setting, doc *openapi.Document) map[string]Setting {
	kept := map[string]Setting{}
	for _, o := range doc.Operations {
		if s, ok := settings[o.Key()]; ok {
			kept[o.Key()] = s
		}
	}
	return kept
}

// Draft returns the draft of a version, and refuses with APIUnknown.
func (a *APIs) Draft(ctx context.Context, who *op.Caller, group, version string) (Group, Draft, error) {
	var g Group
	d, err := store.View(ctx, a.db, func(tx *store.Tx) (d Draft, err error) {
		g, d, err = draftFor(tx, who, group, version)
		return d, err
	})
	return g, d, err
}

func draftFor(tx *store.Tx, who *op.Caller, group, version string) (Group, Draft, error) {
	g, err := groupFor(tx, who, group)
	if err != nil {
		return g, Draft{}, err
	}
	d, err := store.One(tx, selectDraft, scanDraft, g.Corp, g.Name, version)
	if errors.Is(err, store.ErrNone) {
		err = apierror.APIUnknown.With("group", group+" "+version)
	}
	return g, d, err
}

// Version tells of one version of a group.
type Version struct {
	Name string
	Live int64
	By   id.User
	At   time.Time
}

// Versions returns the versions of a group.
func (a *APIs) Versions(ctx context.Context, g Group) ([]Version, error) {
	return store.View(ctx, a.db, func(tx *store.Tx) ([]Version, error) {
		return store.All(tx, selectVersions, scanVersion, g.Corp, g.Name)
	})
}

// SetOperation changes what was decided about one operation of a draft.
func (a *APIs) SetOperation(ctx context.Context, who *op.Caller, group, version, operation string, s Setting) error {
	if err := checkSetting(&s); err != nil {
		return err
	}
	return a.change(ctx, func(tx *store.Tx) error {
		_, d, err := draftFor(tx, who, group, version)
		if err != nil {
			return err
		}
		doc, _ := read(d.Document, d.GradeFrom)
		if doc == nil || find(doc, operation) == nil {
			return invalid("operation").Want("an operation of the document, such as GET /people/{id}").Got("%s", operation)
		}
		if d.Settings == nil {
			d.Settings = map[string]Setting{}
		}
		d.Settings[operation] = s
		return putDraft(tx, d)
	})
}

func find(doc *openapi.Document, key string) *openapi.Operation {
	for _, o := range doc.Operations {
		if o.Key() == key {
			return o
		}
	}
	return nil
}

var limitGroupForm = regexp.MustCompile(`^[a-z][a-z0-9.-]{0,47}$`)

func checkSetting(s *Setting) error {
	switch s.Grade {
	case "", scope.R1, scope.R2, scope.W1, scope.W2:
	default:
		return invalid("grade").Want("R1 | R2 | W1 | W2").Got("%s", s.Grade)
	}
	if s.Group != "" && !limitGroupForm.MatchString(s.Group) {
		return invalid("limitGroup").Want("up to 48 of a–z 0–9 . -, a letter first").Got("%s", s.Group)
	}
	if s.MaxBody < 0 || s.MaxBody > mostBody {
		return invalid("maxBody").Want("at most %d bytes", mostBody).Got("%d", s.MaxBody)
	}
	if s.Masks == nil {
		return nil
	}
	for _, m := range *s.Masks {
		if err := checkMask(m); err != nil {
			return invalid("masks").Want("paths such as $.list[*].mobile with a kind of mask").Got("%s", err.Error())
		}
	}
	return nil
}

// Publications returns the publications of a version, the newest first, without
// their documents.
func (a *APIs) Publications(ctx context.Context, g Group, version string) ([]Publication, error) {
	return store.View(ctx, a.db, func(tx *store.Tx) ([]Publication, error) {
		return store.All(tx, selectPublications, scanListed, g.Corp, g.Name, version)
	})
}

// Publication returns one of them with its document, and refuses with APIUnknown.
func (a *APIs) Publication(ctx context.Context, g Group, version string, number int64) (Publication, error) {
	return store.View(ctx, a.db, func(tx *store.Tx) (Publication, error) { return publication(tx, g, version, number) })
}

func publication(tx *store.Tx, g Group, version string, number int64) (Publication, error) {
	p, err := store.One(tx, selectPublication, scanPublication, g.Corp, g.Name, version, number)
	if errors.Is(err, store.ErrNone) {
		err = apierror.APIUnknown.With("group", fmt.Sprintf("%s %s #%d", g.Name, version, number))
	}
	return p, err
}

// Publish makes a publication of the draft, and has it answer calls. It refuses a
// draft with errors (APIFindings), a group without upstream (APIUpstream), and one
// that takes something away from those who call the live publication (APIBreaking)
// unless confirm is the group's name.
func (a *APIs) Publish(ctx context.Context, who *op.Caller, group, version, note, confirm string) (Publication, error) {
	g, d, err := a.Draft(ctx, who, group, version)
	if err != nil {
		return Publication{}, err
	}
	if n := utf8.RuneCountInString(note); n > maxNote {
		return Publication{}, invalid("note").Want("at most %d characters", maxNote).Got("%d", n)
	}
	next, err := a.publishable(g, version, d.Source)
	if err != nil {
		return Publication{}, err
	}
	if d.Live > 0 && confirm != group {
		now, err := a.Publication(ctx, g, version, d.Live)
		if err != nil {
			return Publication{}, err
		}
		if broken := breaks(build(g, version, now.Source), next); len(broken) > 0 {
			return Publication{}, apierror.APIBreaking.With("group", group, "changes", told(broken), "next", nextVersion(version))
		}
	}
	p := Publication{Source: d.Source, Note: note, By: who.User, At: a.clk.At(g.Corp)}
	return p, a.change(ctx, func(tx *store.Tx) error {
		last, err := store.One(tx, selectLast, scanNumber, g.Corp, g.Name, version)
		if err != nil {
			return err
		}
		if p.Number = last + 1; p.Number > maxPublications {
			return invalid("version").Want("at most %d publications", maxPublications).Got("%d", p.Number)
		}
		if err := putPublication(tx, g, version, p); err != nil {
			return err
		}
		return setLive(tx, g, version, p.Number)
	})
}

// publishable builds what a source says, and refuses what cannot be published.
func (a *APIs) publishable(g Group, version string, s Source) (*built, error) {
	if len(g.Upstream.Addresses) == 0 {
		return nil, apierror.APIUpstream.With("group", g.Name)
	}
	b := build(g, version, s)
	for _, f := range b.findings {
		if f.Severity == openapi.Error {
			return nil, apierror.APIFindings.With("group", g.Name+" "+version, "count", count(b.findings)).
				Want("%s", f.Expected).Got("%s, line %d: %s", f.Pointer, f.Line, f.Found)
		}
	}
	return b, nil
}

// count is how many errors are among findings.
func count(findings []openapi.Finding) (n int) {
	for _, f := range findings {
		if f.Severity == openapi.Error {
			n++
		}
	}
	return n
}

// Rollback has an earlier publication answer calls again.
func (a *APIs) Rollback(ctx context.Context, who *op.Caller, group, version string, number int64) error {
	g, _, err := a.Draft(ctx, who, group, version)
	if err != nil {
		return err
	}
	p, err := a.Publication(ctx, g, version, number)
	if err != nil {
		return err
	}
	if _, err := a.publishable(g, version, p.Source); err != nil {
		return err
	}
	return a.change(ctx, func(tx *store.Tx) error { return setLive(tx, g, version, number) })
}

// Withdraw ends the version's operations. Confirm has to be the group's name.
func (a *APIs) Withdraw(ctx context.Context, who *op.Caller, group, version, confirm string) error {
	if confirm != group {
		return apierror.ConfirmMismatch.With("name", group).Want("%s", group).Got("%s", confirm)
	}
	return a.change(ctx, func(tx *store.Tx) error {
		g, _, err := draftFor(tx, who, group, version)
		if err != nil {
			return err
		}
		return setLive(tx, g, version, 0)
	})
}

func setLive(tx *store.Tx, g Group, version string, number int64) error {
	_, err := tx.Exec(updateLive, g.Corp, g.Name, version, number)
	return err
}

func putDraft(tx *store.Tx, d Draft) error {
	settings, err := json.Marshal(d.Settings)
	if err != nil {
		return fmt.Errorf("encode settings: %w", err)
	}
	_, err = tx.Exec(upsertDraft, d.Corp, d.API, d.Version, d.Document, string(settings), d.GradeFrom, d.Live, d.By, d.At.UnixMilli())
	return err
}

func putPublication(tx *store.Tx, g Group, version string, p Publication) error {
	settings, err := json.Marshal(p.Settings)
	if err != nil {
		return fmt.Errorf("encode settings: %w", err)
	}
	_, err = tx.Exec(insertPublication, g.Corp, g.Name, version, p.Number, p.Document, string(settings), p.GradeFrom, p.Note, p.By, p.At.UnixMilli())
	return err
}

func scanDraft(r store.Row) (d Draft, err error) {
	var settings string
	var at int64
	if err := r.Scan(&d.Corp, &d.API, &d.Version, &d.Document, &settings, &d.GradeFrom, &d.Live, &d.By, &at); err != nil {
		return d, err
	}
	d.At = time.UnixMilli(at)
	return d, decode(settings, &d.Settings)
}

func decode(settings string, into *map[string]Setting) error {
	if err := json.Unmarshal([]byte(settings), into); err != nil {
		return fmt.Errorf("read settings: %w", err)
	}
	return nil
}

func scanVersion(r store.Row) (v Version, err error) {
	var at int64
	err = r.Scan(&v.Name, &v.Live, &v.By, &at)
	v.At = time.UnixMilli(at)
	return v, err
}

func scanListed(r store.Row) (p Publication, err error) {
	var at int64
	err = r.Scan(&p.Number, &p.Note, &p.By, &at)
	p.At = time.UnixMilli(at)
	return p, err
}

func scanPublication(r store.Row) (p Publication, err error) {
	var settings string
	var at int64
	if err := r.Scan(&p.Number, &p.Document, &settings, &p.GradeFrom, &p.Note, &p.By, &at); err != nil {
		return p, err
	}
	p.At = time.UnixMilli(at)
	return p, decode(settings, &p.Settings)
}

func scanNumber(r store.Row) (n int64, err error) { return n, r.Scan(&n) }

const (
	selectDraft store.SQL = `
		SELECT corp, api, version, document, settings, grade_from, live, drafted_by, drafted_at
		FROM api_versions WHERE corp = $1 AND api = $2 AND version = $3`
	selectVersions store.SQL = `
		SELECT version, live, drafted_by, drafted_at FROM api_versions WHERE corp = $1 AND api = $2 ORDER BY version`
	upsertDraft store.SQL = `
		INSERT INTO api_versions (corp, api, version, document, settings, grade_from, live, drafted_by, drafted_at)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
		ON CONFLICT (corp, api, version) DO UPDATE SET document = excluded.document, settings = excluded.settings,
			grade_from = excluded.grade_from, drafted_by = excluded.drafted_by, drafted_at = excluded.drafted_at`
	updateLive         store.SQL = `UPDATE api_versions SET live = $4 WHERE corp = $1 AND api = $2 AND version = $3`
	selectPublications store.SQL = `
		SELECT number, note, published_by, published_at
		FROM api_publications WHERE corp = $1 AND api = $2 AND version = $3 ORDER BY number DESC`
	selectPublication store.SQL = `
		SELECT number, document, settings, grade_from, note, published_by, published_at
		FROM api_publications WHERE corp = $1 AND api = $2 AND version = $3 AND number = $4`
	selectLast        store.SQL = `SELECT coalesce(max(number), 0) FROM api_publications WHERE corp = $1 AND api = $2 AND version = $3`
	insertPublication store.SQL = `
		INSERT INTO api_publications (corp, api, version, number, document, settings, grade_from, note, published_by, published_at)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)`
)
