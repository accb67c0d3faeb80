package ratelimit

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/gatepost/gatepost/internal/apierror"
	"github.com/gatepost/gatepost/internal/id"
	"github.com/gatepost/gatepost/internal/op"
	"github.com/gatepost/gatepost/internal/store"
)

// maxMembers bounds a group.
const maxMembers = 200

// Set makes a rule, or changes the one with the same subject and window, whose
// count goes on.
func (l *Limits) Set(ctx context.Context, r Rule) (Rule, error) {
	if err := r.check(); err != nil {
		return r, err
	}
	var err error
	if r.Subject, err = l.resolve(ctx, r.Corp, r.Subject); err != nil {
		return r, err
	}
	r.ID, r.CreatedAt = newID(), l.clk.Real()
	made, err := store.Update(ctx, l.db, func(tx *store.Tx) (Rule, error) { return put(tx, r) })
	if err != nil {
		return made, fmt.Errorf("set a limit of %q: %w", r.Corp, err)
	}
	return made, nil
}

// Remove removes a rule with its count, or refuses with LimitUnknown.
func (l *Limits) Remove(ctx context.Context, corp id.Corp, ruleID string) error {
	return l.change(ctx, func(tx *store.Tx) error { return removeRule(tx, corp, ruleID) })
}

// Rules returns corp's rules.
func (l *Limits) Rules(ctx context.Context, corp id.Corp) ([]Rule, error) {
	return store.View(ctx, l.db, func(tx *store.Tx) ([]Rule, error) { return rulesOf(tx, corp) })
}

// InForce returns corp's rules, and those of the platform that count each of its
// apps by itself.
func (l *Limits) InForce(ctx context.Context, corp id.Corp) ([]Rule, error) {
	rules, err := l.Rules(ctx, corp)
	if err != nil || corp == "" {
		return rules, err
	}
	all, err := l.Rules(ctx, "")
	return append(rules, slices.DeleteFunc(all, func(r Rule) bool { return r.Agent != EachApp })...), err
}

// SetGroup makes a named group just these operations. It refuses the name of a
// declared group, to which operations belong that are not among these.
func (l *Limits) SetGroup(ctx context.Context, corp id.Corp, name string, operations []string) ([]string, error) {
	if n := len(operations); n == 0 || n > maxMembers {
		return nil, apierror.ParameterInvalid.With("name", "operations").Want("1 to %d operations", maxMembers).Got("%d", n)
	}
	if l.declares(name) {
		return nil, apierror.ParameterInvalid.With("name", "name").Want("a name that no declared group has").Got("%s", name)
	}
	var keys []string
	for _, spelled := range operations {
		key, err := l.key(spelled)
		if err != nil {
			return nil, err
		}
		keys = append(keys, key)
	}
	slices.Sort(keys)
	keys = slices.Compact(keys)
	return keys, l.change(ctx, func(tx *store.Tx) error {
		_, err := putGroup(tx, corp, name, keys)
		return err
	})
}

// declares reports whether operations of the platform itself say that they are of
// a group. What companies publish does not count: it must not take names from others.
func (l *Limits) declares(group string) bool {
	return slices.ContainsFunc(l.Operations(), func(o op.Operation) bool { return o.Group == group && o.Forward == nil })
}

// RemoveGroup removes a named group, or refuses with LimitUnknown. Rules about
// it stay, and concern nothing until there is one of the name again.
func (l *Limits) RemoveGroup(ctx context.Context, corp id.Corp, name string) error {
	return l.change(ctx, func(tx *store.Tx) error {
		existed, err := putGroup(tx, corp, name, nil)
		if err == nil && !existed {
			err = apierror.LimitUnknown.Got("%s", name)
		}
		return err
	})
}

// Groups returns corp's named groups with their operations.
func (l *Limits) Groups(ctx context.Context, corp id.Corp) (map[string][]string, error) {
	return store.View(ctx, l.db, func(tx *store.Tx) (map[string][]string, error) { return groupsOf(tx, corp) })
}

// Grant grants a package of calls to an app.
func (l *Limits) Grant(ctx context.Context, p Package) (Package, error) {
	now := l.clk.At(p.Corp)
	if p.StartsAt.IsZero() {
		p.StartsAt = now
	}
	if !p.EndsAt.After(p.StartsAt) || !p.EndsAt.After(now) {
		return p, apierror.ParameterInvalid.With("name", "endsAt").Want("later than its start and than now").Got("%s", p.EndsAt.UTC().Format(time.DateTime))
	}
	if p.each() {
		return p, apierror.LimitSubject.Want("an app, and an operation, a group or all, for a package")
	}
	var err error
	if p.Subject, err = l.resolve(ctx, p.Corp, p.Subject); err != nil {
		return p, err
	}
	p.ID, p.CreatedAt = newID(), l.clk.Real()
	return p, l.change(ctx, func(tx *store.Tx) error { return insertPackage(tx, p) })
}

// RemovePackage takes a package back, or refuses with LimitUnknown.
func (l *Limits) RemovePackage(ctx context.Context, corp id.Corp, packageID string) error {
	return l.change(ctx, func(tx *store.Tx) error { return removePackage(tx, corp, packageID) })
}

// Packages returns corp's packages in the order in which they end, with what
// this node charged to them included.
func (l *Limits) Packages(ctx context.Context, corp id.Corp) ([]Package, error) {
	b, err := l.book(ctx, corp)
	if err != nil {
		return nil, err
	}
	if err := l.flush(ctx, b); err != nil {
		return nil, err
	}
	return store.View(ctx, l.db, func(tx *store.Tx) ([]Package, error) { return packagesOf(tx, corp) })
}

// SetZone says where corp's days begin, as an IANA time zone.
func (l *Limits) SetZone(ctx context.Context, corp id.Corp, zone string) error {
	if _, err := time.LoadLocation(zone); err != nil || zone == "" || zone == "Local" {
		return apierror.ParameterInvalid.With("name", "timeZone").Want("an IANA time zone such as Asia/Shanghai").Got("%s", zone)
	}
	return l.change(ctx, func(tx *store.Tx) error { return putZone(tx, corp, zone) })
}

// Zone is where corp's days begin.
func (l *Limits) Zone(ctx context.Context, corp id.Corp) (string, error) {
	return store.View(ctx, l.db, func(tx *store.Tx) (string, error) { return zoneOf(tx, corp) })
}

// RemoveCorp removes everything of corp.
func (l *Limits) RemoveCorp(ctx context.Context, corp id.Corp) error {
	return l.change(ctx, func(tx *store.Tx) error { return clearCorp(tx, corp) })
}

func (l *Limits) change(ctx context.Context, f func(tx *store.Tx) error) error {
	_, err := store.Update(ctx, l.db, func(tx *store.Tx) (struct{}, error) { return struct{}{}, f(tx) })
	if err != nil {
		return fmt.Errorf("change limits: %w", err)
	}
	return nil
}

// Usage is how much of a rule's present window is used. Of a default rule, which
// counts many apps or operations, it is of the one that used most.
type Usage struct {
	Rule     Rule
	Used     int64
	Shadowed int64     // calls it would have refused this day, on this node; of a default rule all together
	Reset    time.Time // real: when the window ends
}

// Usages tells how much of corp's rules, and of the platform's defaults for
// corp's apps, is used, as this node knows it.
func (l *Limits) Usages(ctx context.Context, corp id.Corp) ([]Usage, error) {
	rules, err := l.InForce(ctx, corp)
	if err != nil {
		return nil, err
	}
	b, err := l.book(ctx, corp)
	if err != nil {
		return nil, err
	}
	if l.shared != nil {
		if err := l.flush(ctx, b); err != nil {
			return nil, err
		}
	}
	var list []Usage
	for _, r := range rules {
		if u, ok := l.usageOf(b, r); ok {
			list = append(list, u)
		}
	}
	return list, nil
}

// usageOf is how much of r is used, which counts in b; not ok when it was made
// this instant.
func (l *Limits) usageOf(b *book, r Rule) (u Usage, ok bool) {
	u.Rule = r
	if b.corp == "" && r.Agent == EachApp {
		u.Used, u.Shadowed = l.mostOfAll(r.ID)
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	now, m := l.clk.At(b.corp), b.meters[r.ID]
	_, end := r.Window.at(now, b.zone)
	u.Reset = end.Add(-l.clk.Offset(b.corp))
	switch {
	case b.corp == "" && r.Agent == EachApp:
	case r.each():
		u.Used, u.Shadowed = b.most(r.ID, now)
	case m == nil:
		return u, false
	default:
		m.roll(now)
		u.Used, u.Shadowed = m.used(), m.counter.shadowed
	}
	return u, true
}

// resolve spells the subject's operation as Key does, and refuses a group that
// is neither corp's nor declared.
func (l *Limits) resolve(ctx context.Context, corp id.Corp, s Subject) (Subject, error) {
	if s.Operation != "" && s.Operation != EachOperation {
		key, err := l.key(s.Operation)
		s.Operation = key
		return s, err
	}
	if s.Group == "" || slices.ContainsFunc(l.Operations(), func(o op.Operation) bool { return o.Group == s.Group }) {
		return s, nil
	}
	groups, err := l.Groups(ctx, corp)
	if err == nil && groups[s.Group] == nil {
		err = apierror.LimitUnknown.Want("a group that exists").Got("%s", s.Group)
	}
	return s, err
}

// key finds an operation by its key, its name, or its path where only one has it.
func (l *Limits) key(spelled string) (string, error) {
	var byPath []string
	for _, o := range l.Operations() {
		o := &o
		if o.Dialect == op.DialectConsole {
			continue
		}
		switch spelled {
		case Key(o), o.Name():
			return Key(o), nil
		case o.Path:
			byPath = append(byPath, Key(o))
		}
	}
	if len(byPath) == 1 {
		return byPath[0], nil
	}
	return "", apierror.ParameterInvalid.With("name", "operation").Want("the path of an operation of this platform").
		Got("%s", strings.Join(append([]string{spelled}, byPath...), " "))
}

// newID makes the id of a rule or package.
func newID() string { return id.NewCode()[:12] }
