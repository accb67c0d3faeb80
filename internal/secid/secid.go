package secid

import (
	"context"
	"errors"
	"strings"

	"github.com/gatepost/gatepost/internal/apierror"
	"github.com/gatepost/gatepost/internal/app"
	"github.com/gatepost/gatepost/internal/clock"
	"github.com/gatepost/gatepost/internal/encryption"
	"github.com/gatepost/gatepost/internal/id"
	"github.com/gatepost/gatepost/internal/op"
	"github.com/gatepost/gatepost/internal/store"
)

// IDs turns ids of the platform into those of applications and back. It is safe
// for concurrent use.
type IDs struct {
	db    *store.DB
	apps  *app.Apps
	keys  *keys
	longs *longs
}

// New returns the ids of the platform in db, whose root key is sealed by box. It
// fails when box cannot open that key.
func New(ctx context.Context, db *store.DB, box *encryption.Box, apps *app.Apps) (*IDs, error) {
	k, err := loadKeys(ctx, db, box)
	if err != nil {
		return nil, err
	}
	i := &IDs{db: db, apps: apps, keys: k, longs: &longs{db: db, known: map[longKey]string{}}}
	db.Watch(i.longs.drop)
	return i, nil
}

// holder is an application that has ids of its own, and the corp whose things
// it knows by them.
type holder struct {
	app  id.App
	corp id.Corp
}

// Read implements gateway.IDs: it turns the ids of a request into the
// platform's, and notes them in the caller's trace. It refuses an id that is
// malformed (SecurityIDInvalid), another application's (SecurityIDForeign) or,
// unless the application may use both, the platform's (SecurityIDPlain).
func (i *IDs) Read(ctx context.Context, who *op.Caller, o *op.Operation, q any) error {
	if !who.IDs.Own() {
		return nil
	}
	if who.Trace == nil {
		who.Trace = &op.Trace{}
	}
	h := holder{who.App, who.Corp}
	return o.RequestIDs().Turn(q, func(kind op.IDKind, field, text string) (string, error) {
		plain, err := i.plain(ctx, h, kind, text)
		if err == nil {
			who.Trace.IDs = append(who.Trace.IDs, op.Renamed{Kind: kind, Own: text, Plain: plain})
			return plain, nil
		}
		if _, own := looks(text); !own && errors.Is(err, errForm) {
			if who.IDs == op.IDsBoth {
				return text, nil
			}
			return "", apierror.SecurityIDPlain.With("name", field).About(field).Want("本应用的 %s", string(kind)).Got("%s", text)
		}
		return "", refusal(err, kind, field, text)
	})
}

// refusal says why a text is no id of the application.
func refusal(err error, kind op.IDKind, field, text string) error {
	switch {
	case errors.Is(err, errForeign):
		return apierror.SecurityIDForeign.With("name", field).About(field).Want("本应用的 %s", string(kind)).Got("%s", text)
	case errors.Is(err, errForm):
		return apierror.SecurityIDInvalid.With("name", field).About(field).Want("本应用的 %s", string(kind)).Got("%s", text)
	}
	return err
}

// Write implements gateway.IDs: it turns the ids of an answer into those of the
// application that gets it.
func (i *IDs) Write(ctx context.Context, who *op.Caller, o *op.Operation, resp any) error {
	plan := o.ResponseIDs()
	if plan == nil {
		return nil
	}
	h, own, err := i.holder(ctx, who)
	if err != nil || !own {
		return err
	}
	return i.turn(ctx, h, plan, resp)
}

// Payload turns the ids of an event's payload into those of the application
// that it is delivered to, if that has ids of its own. Plan is that of the
// payload's shape.
func (i *IDs) Payload(ctx context.Context, a *app.App, plan *op.IDPlan, payload any) error {
	if !a.IDs.Own() {
		return nil
	}
	return i.turn(ctx, holder{a.Key, a.Corp}, plan, payload)
}

// Corp is the id by which the application knows corp: the platform's, unless it has
// ids of its own.
func (i *IDs) Corp(ctx context.Context, a *app.App, corp id.Corp) (id.Corp, error) {
	if !a.IDs.Own() {
		return corp, nil
	}
	text, err := i.own(ctx, holder{a.Key, a.Corp}, op.IDCorp, string(corp))
	return id.Corp(text), err
}

func (i *IDs) turn(ctx context.Context, h holder, plan *op.IDPlan, v any) error {
	return plan.Turn(v, func(kind op.IDKind, _, plain string) (string, error) { return i.own(ctx, h, kind, plain) })
}

// holder is who gets an answer: the caller, or of an operation for anyone the
// application that the operation found out.
func (i *IDs) holder(ctx context.Context, who *op.Caller) (h holder, own bool, err error) {
	if who.As != op.Anyone || who.Trace == nil || who.Trace.App == "" {
		return holder{who.App, who.Corp}, who.IDs.Own(), nil
	}
	a, err := i.apps.ByKey(ctx, who.Trace.App)
	if err != nil {
		return h, false, err
	}
	return holder{a.Key, a.Corp}, a.IDs.Own(), nil
}

// Refusal is how r is told to who: in the application's ids where the platform's
// would be named. For other callers it is r itself.
func (i *IDs) Refusal(ctx context.Context, who *op.Caller, r *apierror.Refusal) *apierror.Refusal {
	if !who.IDs.Own() {
		return r
	}
	own := func(kind op.IDKind, plain string) string {
		text, err := i.own(ctx, holder{who.App, who.Corp}, kind, plain)
		if err != nil {
			return "***" // rather than the platform's
		}
		return text
	}
	names := map[string]string{}
	for _, u := range who.Range.Users { // what the app may see is told by name
		names[string(u)] = own(op.IDUser, string(u))
	}
	if who.Trace != nil { // nil: the call was refused before its ids were read
		for _, pair := range who.Trace.IDs {
			names[pair.Plain] = pair.Own
		}
	}
	return r.Renamed(func(value any) any {
		switch v := value.(type) {
		case id.User:
			return own(op.IDUser, string(v))
		case id.Union:
			return own(op.IDUnion, string(v))
		case id.Open:
			return own(op.IDOpen, string(v))
		case id.Corp:
			return own(op.IDCorp, string(v))
		case string:
			return replaceWords(v, names)
		}
		return value
	})
}

// replaceWords replaces every word of s that is an id in names.
func replaceWords(s string, names map[string]string) string {
	if len(names) == 0 {
		return s
	}
	var b strings.Builder
	for len(s) > 0 {
		n := strings.IndexFunc(s, func(r rune) bool { return !inID(r) })
		if n < 0 {
			n = len(s)
		}
		word := s[:n]
		if own, ok := names[word]; ok {
			word = own
		}
		b.WriteString(word)
		rest := strings.IndexFunc(s[n:], inID)
		if rest < 0 {
			rest = len(s) - n
		}
		b.WriteString(s[n : n+rest])
		s = s[n+rest:]
	}
	return b.String()
}

// inID reports whether ids of the platform are made of such characters.
func inID(r rune) bool {
	return 'a' <= r && r <= 'z' || 'A' <= r && r <= 'Z' || '0' <= r && r <= '9' || strings.ContainsRune("_-@.", r)
}

// own is the id that h has for what the platform calls plain.
func (i *IDs) own(ctx context.Context, h holder, kind op.IDKind, plain string) (string, error) {
	inside := plain
	if len(plain) > maxInside {
		key := i.keys.digest(h.corp, kind, plain)
		if err := i.longs.keep(ctx, key, plain); err != nil {
			return "", err
		}
		inside = string([]byte{longMark}) + key.digest
	}
	return i.keys.seal(owner{h.app, kind}, inside)
}

// plain is what the platform calls the thing of which h has the id text. It
// fails with errForm or errForeign.
func (i *IDs) plain(ctx context.Context, h holder, kind op.IDKind, text string) (string, error) {
	inside, err := i.keys.unseal(owner{h.app, kind}, text)
	if err != nil || inside[0] != longMark {
		return inside, err
	}
	return i.longs.plain(ctx, longKey{h.corp, kind, inside[1:]})
}

// RemoveCorp forgets everything that was kept of corp.
func (i *IDs) RemoveCorp(ctx context.Context, corp id.Corp) error {
	_, err := store.Update(ctx, i.db, func(tx *store.Tx) (struct{}, error) {
		tx.Touch(clock.Topic(corp))
		_, err := tx.Exec(deleteLongs, corp)
		return struct{}{}, err
	})
	return err
}
