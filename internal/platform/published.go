package platform

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"sync"

	"github.com/gatepost/gatepost/internal/apierror"
	"github.com/gatepost/gatepost/internal/describe"
	"github.com/gatepost/gatepost/internal/id"
	"github.com/gatepost/gatepost/internal/mask"
	"github.com/gatepost/gatepost/internal/op"
	"github.com/gatepost/gatepost/internal/publish"
	"github.com/gatepost/gatepost/internal/upstream"
)

// dial opens the way to an upstream.
func (p *Platform) dial(c upstream.Config) (publish.Carrier, error) {
	pool, err := upstream.New(c, p.Upstreams)
	if err != nil {
		return nil, err
	}
	return pool, nil
}

// publishedTo knows for whom APIs can be published.
type publishedTo struct{ p *Platform }

// HasCorp implements publish.People.
func (t publishedTo) HasCorp(ctx context.Context, corp id.Corp) (bool, error) {
	_, err := t.p.Directory.Corp(ctx, corp)
	if errors.Is(err, apierror.CorpUnknown) {
		return false, nil
	}
	return err == nil, err
}

// CorpOf implements publish.People.
func (t publishedTo) CorpOf(ctx context.Context, key id.App) (id.Corp, error) {
	a, err := t.p.Apps.ByKey(ctx, key)
	if err != nil {
		return "", err
	}
	return a.Corp, nil
}

// hidden tells published operations what corps mask.
type hidden struct{ masks *mask.Masks }

// Hidden implements publish.Masks.
func (h hidden) Hidden(ctx context.Context, who *op.Caller, o *op.Operation) ([]publish.Hidden, error) {
	rules, err := h.masks.RulesFor(ctx, who, o)
	if err != nil || len(rules) == 0 {
		return nil, err
	}
	list := make([]publish.Hidden, len(rules))
	for i, r := range rules {
		list[i] = publish.Hidden{ID: r.ID, Field: r.Field, Kind: r.Kind, Pattern: r.Pattern, Replacement: r.Replacement}
	}
	return list, nil
}

// docs is the documentation site. It is made when somebody first opens a file of
// it, and again when other operations are published.
type docs struct {
	platform *Platform

	mu   sync.Mutex
	of   []op.Operation // what the site tells of
	made fs.FS
}

// Open implements fs.FS.
func (d *docs) Open(name string) (fs.File, error) {
	site, err := d.site()
	if err != nil {
		return nil, &fs.PathError{Op: "open", Path: name, Err: err}
	}
	return site.Open(name)
}

func (d *docs) site() (fs.FS, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	all := d.platform.Catalogue.Operations()
	if d.made != nil && len(all) == len(d.of) && (len(all) == 0 || &all[0] == &d.of[0]) {
		return d.made, nil
	}
	// The site is read without signing in: what is not for everybody is not in it.
	public := slices.DeleteFunc(slices.Clone(all), func(o op.Operation) bool { return !o.Audience.Public() })
	files, err := describe.Files(public, d.platform.Known, shownEvent)
	if err != nil {
		return nil, fmt.Errorf("make the documentation: %w", err)
	}
	d.made, err = describe.Site(files)
	d.of = all
	return d.made, err
}
