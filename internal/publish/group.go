package publish

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/gatepost/gatepost/internal/apierror"
	"github.com/gatepost/gatepost/internal/id"
	"github.com/gatepost/gatepost/internal/op"
	"github.com/gatepost/gatepost/internal/scope"
	"github.com/gatepost/gatepost/internal/store"
	"github.com/gatepost/gatepost/internal/upstream"
)

// Platform stands where a corp does for groups of the platform's operator.
const Platform id.Corp = ""

// Bounds of a group.
const (
	maxGroups   = 200 // of one corp
	maxAudience = 200 // corps or apps
	maxTitle    = 120 // characters
)

// Group is an API of another system.
type Group struct {
	Corp     id.Corp // Platform: the operator's
	Name     string  // see scope.IsGroup; no other group of the platform has it
	Title    string
	Upstream upstream.Config
	Audience Audience
	By       id.User
	At       time.Time
}

// Kind says to whom a group is shown.
type Kind string

// The kinds of audience.
const (
	Everybody   Kind = "all"   // every corp; of a corp's own group, all of its apps
	ListedCorps Kind = "corps" // of the platform's groups alone
	ListedApps  Kind = "apps"
)

// Audience is to whom a group is shown.
type Audience struct {
	Kind  Kind        `json:"kind"`
	Corps []id.Corp   `json:"corps,omitempty"`
	Apps  []ListedApp `json:"apps,omitempty"`
}

// ListedApp is an app of an audience, with its corp.
type ListedApp struct {
	App  id.App  `json:"app"`
	Corp id.Corp `json:"corp"`
}

// of is the audience as operations carry it. A corp's own group is never shown to
// another corp.
func (g *Group) audience() *op.Audience {
	var a op.Audience
	switch g.Audience.Kind {
	case ListedApps:
		a.Apps, a.Corps = []id.App{}, []id.Corp{}
		for _, one := range g.Audience.Apps {
			a.Apps, a.Corps = append(a.Apps, one.App), append(a.Corps, one.Corp)
		}
	case ListedCorps:
		a.Corps = slices.Clone(g.Audience.Corps)
	case Everybody:
		if g.Corp != Platform {
			a.Corps = []id.Corp{g.Corp}
		}
	}
	return &a
}

// Groups returns the groups of corp; with all, those of every corp and of the
// platform.
func (a *APIs) Groups(ctx context.Context, corp id.Corp, all bool) ([]Group, error) {
	return store.View(ctx, a.db, func(tx *store.Tx) ([]Group, error) {
		if all {
			return store.All(tx, selectAllGroups, scanGroup)
		}
		return store.All(tx, selectGroups, scanGroup, corp)
	})
}

// Group returns the group called name if who may change it: an administrator of
// its corp, or the operator. It refuses with APIUnknown.
func (a *APIs) Group(ctx context.Context, who *op.Caller, name string) (Group, error) {
	return store.View(ctx, a.db, func(tx *store.Tx) (Group, error) { return groupFor(tx, who, name) })
}

func groupFor(tx *store.Tx, who *op.Caller, name string) (Group, error) {
	g, err := store.One(tx, selectGroup, scanGroup, name)
	if errors.Is(err, store.ErrNone) || err == nil && g.Corp != who.Corp && !who.Operator {
		return g, apierror.APIUnknown.With("group", name)
	}
	return g, err
}

// ensure returns the group called name, made for corp if there is none.
func ensure(tx *store.Tx, who *op.Caller, corp id.Corp, name, title string, now time.Time) (Group, error) {
	g, err := store.One(tx, selectGroup, scanGroup, name)
	switch {
	case err == nil && g.Corp != who.Corp && !who.Operator:
		return g, invalid("group").Want("a name that no other group of the platform has").Got("%s", name)
	case err == nil:
		return g, nil
	case !errors.Is(err, store.ErrNone):
		return g, err
	}
	all, err := store.All(tx, selectGroups, scanGroup, corp)
	if err != nil {
		return g, err
	}
	if len(all) >= maxGroups {
		return g, invalid("group").Want("at most %d groups", maxGroups).Got("%d", len(all)+1)
	}
	g = Group{Corp: corp, Name: name, Title: title, Audience: Audience{Kind: Everybody}, By: who.User, At: now}
	return g, putGroup(tx, g)
}

func checkGroup(name string) error {
	if !scope.IsGroup(name) {
		return invalid("group").Want("2 to 32 of a–z 0–9 -, a letter first").Got("%s", name)
	}
	return nil
}

// SetAudience says to whom the group is shown. It refuses corps and apps that do
// not exist, and for a corp's own group those of others (ParameterInvalid).
func (a *APIs) SetAudience(ctx context.Context, who *op.Caller, name string, audience Audience) error {
	g, err := a.Group(ctx, who, name)
	if err != nil {
		return err
	}
	if n := max(len(audience.Corps), len(audience.Apps)); n > maxAudience {
		return invalid("audience").Want("at most %d items", maxAudience).Got("%d", n)
	}
	switch audience.Kind {
	case ListedCorps:
		audience.Apps = nil
		for _, corp := range audience.Corps {
			if ok, err := a.People.HasCorp(ctx, corp); err != nil || !ok || g.Corp != Platform && corp != g.Corp {
				return errors.Join(err, invalid("corps").Want("a company of this platform, and for a company's own group itself").Got("%s", corp))
			}
		}
	case ListedApps:
		audience.Corps = nil
		for i := range audience.Apps {
			one := &audience.Apps[i]
			if one.Corp, err = a.People.CorpOf(ctx, one.App); err != nil {
				return err
			}
			if g.Corp != Platform && one.Corp != g.Corp {
				return invalid("apps").Want("an app of the group's company").Got("%s", one.App)
			}
		}
	case Everybody:
		audience.Apps, audience.Corps = nil, nil
	default:
		return invalid("audience").Want("all | corps | apps").Got("%s", audience.Kind)
	}
	return a.changeGroup(ctx, who, name, func(g *Group) error { g.Audience = audience; return nil })
}

// SetUpstream says where the group's calls are carried to. It refuses a
// configuration that cannot be. Prefixes that are otherwise closed to upstreams
// are opened by the operator alone.
func (a *APIs) SetUpstream(ctx context.Context, who *op.Caller, name string, c upstream.Config) error {
	c, err := a.reachable(who, name, c)
	if err != nil {
		return err
	}
	return a.changeGroup(ctx, who, name, func(g *Group) error { g.Upstream = c; return nil })
}

// reachable is c as it may be set by who. It refuses a configuration that cannot be.
func (a *APIs) reachable(who *op.Caller, name string, c upstream.Config) (upstream.Config, error) {
	c.Name = name
	if !who.Operator {
		c.Allow = nil
	}
	pool, err := a.Dial(c)
	if err != nil {
		return c, invalid("addresses").Because(err).Want("addresses that calls can be carried to").Got("%s", strings.TrimPrefix(err.Error(), "upstream: "))
	}
	pool.Close()
	return c, nil
}

// changeGroup stores what f makes of a group, and has every node hear of it.
func (a *APIs) changeGroup(ctx context.Context, who *op.Caller, name string, f func(*Group) error) error {
	return a.change(ctx, func(tx *store.Tx) error {
		g, err := groupFor(tx, who, name)
		if err != nil {
			return err
		}
		if err := f(&g); err != nil {
			return err
		}
		return putGroup(tx, g)
	})
}

// Remove removes the group with every version. Confirm has to be its name.
func (a *APIs) Remove(ctx context.Context, who *op.Caller, name, confirm string) error {
	if confirm != name {
		return apierror.ConfirmMismatch.With("name", name).Want("%s", name).Got("%s", confirm)
	}
	return a.change(ctx, func(tx *store.Tx) error {
		g, err := groupFor(tx, who, name)
		if err != nil {
			return err
		}
		for _, q := range []store.SQL{deletePublicationsOf, deleteVersionsOf, deleteGroup} {
			if _, err := tx.Exec(q, g.Corp, g.Name); err != nil {
				return err
			}
		}
		return nil
	})
}

// RemoveCorp removes every group of the corp.
func (a *APIs) RemoveCorp(ctx context.Context, corp id.Corp) error {
	return a.change(ctx, func(tx *store.Tx) error {
		for _, q := range []store.SQL{deleteCorpPublications, deleteCorpVersions, deleteCorpGroups} {
			if _, err := tx.Exec(q, corp); err != nil {
				return err
			}
		}
		return nil
	})
}

func putGroup(tx *store.Tx, g Group) error {
	config, err := json.Marshal(g.Upstream)
	if err != nil {
		return fmt.Errorf("encode an upstream: %w", err)
	}
	audience, err := json.Marshal(g.Audience)
	if err != nil {
		return fmt.Errorf("encode an audience: %w", err)
	}
	_, err = tx.Exec(upsertGroup, g.Corp, g.Name, g.Title, string(config), string(audience), g.By, g.At.UnixMilli())
	return err
}

func scanGroup(r store.Row) (g Group, err error) {
	var config, audience string
	var at int64
	if err := r.Scan(&g.Corp, &g.Name, &g.Title, &config, &audience, &g.By, &at); err != nil {
		return g, err
	}
	g.At = time.UnixMilli(at)
	if err := errors.Join(json.Unmarshal([]byte(config), &g.Upstream), json.Unmarshal([]byte(audience), &g.Audience)); err != nil {
		return g, fmt.Errorf("read the group %s: %w", g.Name, err)
	}
	return g, nil
}

func invalid(name string) *apierror.Refusal {
	return apierror.ParameterInvalid.With("name", name).About(name)
}

const (
	selectGroups store.SQL = `
		SELECT corp, name, title, upstream, audience, made_by, made_at FROM api_groups WHERE corp = $1 ORDER BY name`
	selectAllGroups store.SQL = `
		/* all corps: every node offers what all of them publish */ /* full scan: all of it is wanted */
		SELECT corp, name, title, upstream, audience, made_by, made_at FROM api_groups ORDER BY name`
	selectGroup store.SQL = `
		/* all corps: a group's name is one for the platform */
		SELECT corp, name, title, upstream, audience, made_by, made_at FROM api_groups WHERE name = $1`
	upsertGroup store.SQL = `
		INSERT INTO api_groups (corp, name, title, upstream, audience, made_by, made_at) VALUES ($1, $2, $3, $4, $5, $6, $7)
		ON CONFLICT (corp, name) DO UPDATE SET title = excluded.title, upstream = excluded.upstream, audience = excluded.audience`
	deleteGroup            store.SQL = `DELETE FROM api_groups WHERE corp = $1 AND name = $2`
	deleteVersionsOf       store.SQL = `DELETE FROM api_versions WHERE corp = $1 AND api = $2`
	deletePublicationsOf   store.SQL = `DELETE FROM api_publications WHERE corp = $1 AND api = $2`
	deleteCorpGroups       store.SQL = `DELETE FROM api_groups WHERE corp = $1`
	deleteCorpVersions     store.SQL = `DELETE FROM api_versions WHERE corp = $1`
	deleteCorpPublications store.SQL = `DELETE FROM api_publications WHERE corp = $1`
)
