package directory

import (
	"context"
	"slices"

	"github.com/gatepost/gatepost/internal/id"
	"github.com/gatepost/gatepost/internal/store"
)

// Order is how the members of a department are sorted.
type Order string

// The orders. Where it leaves two members equal, their userids decide.
const (
	Custom     Order = "custom" // as set for the department, large first
	EntryAsc   Order = "entry_asc"
	EntryDesc  Order = "entry_desc" // by the time of joining the department
	ModifyAsc  Order = "modify_asc"
	ModifyDesc Order = "modify_desc" // by the time of the person's last change
)

// Page is a part of a list: size entries after the first offset.
type Page struct{ Offset, Size int64 }

// Members returns one page of the people directly in a department, and whether
// more follow.
//
// A page is found by counting offset entries of an index, so the last page of
// 100,000 members costs some milliseconds, and members who join or leave
// between two calls shift what follows; a cursor that is a number, as documented,
// can name a place in no other way.
func (d *Directory) Members(ctx context.Context, corp id.Corp, n id.Dept, o Order, p Page) (people []Person, more bool, err error) {
	people, err = store.View(ctx, d.db, func(tx *store.Tx) (list []Person, err error) {
		list, more, err = d.members(tx, corp, n, o, p)
		return list, err
	})
	return people, more, err
}

// MemberIDs returns the userids of all people directly in a department, in
// Custom order.
func (d *Directory) MemberIDs(ctx context.Context, corp id.Corp, n id.Dept) ([]id.User, error) {
	return store.View(ctx, d.db, func(tx *store.Tx) ([]id.User, error) {
		if _, err := department(tx, corp, n); err != nil {
			return nil, err
		}
		return store.All(tx, memberIDs, scanUser, corp, n)
	})
}

func (d *Directory) members(tx *store.Tx, corp id.Corp, n id.Dept, o Order, p Page) (list []Person, more bool, err error) {
	ids, err := memberPage(tx, corp, n, o, Page{p.Offset, p.Size + 1})
	if err != nil {
		return nil, false, err
	}
	if more = int64(len(ids)) > p.Size; more {
		ids = ids[:p.Size]
	}
	if list, err = d.employees(tx, corp, ids); err != nil {
		return nil, false, err
	}
	at := make(map[id.User]int, len(ids))
	for i, u := range ids {
		at[u] = i
	}
	slices.SortFunc(list, func(a, b Person) int { return at[a.ID] - at[b.ID] })
	return list, more, nil
}

// memberPage returns the userids of one page, each order by its own index.
func memberPage(tx *store.Tx, corp id.Corp, n id.Dept, o Order, p Page) ([]id.User, error) {
	switch o {
	case EntryAsc:
		return store.All(tx, pageEntryAsc, scanUser, corp, n, p.Size, p.Offset)
	case EntryDesc:
		return store.All(tx, pageEntryDesc, scanUser, corp, n, p.Size, p.Offset)
	case ModifyAsc:
		return store.All(tx, pageModifyAsc, scanUser, corp, n, p.Size, p.Offset)
	case ModifyDesc:
		return store.All(tx, pageModifyDesc, scanUser, corp, n, p.Size, p.Offset)
	case Custom:
	}
	return store.All(tx, pageCustom, scanUser, corp, n, p.Size, p.Offset)
}

const (
	memberIDs store.SQL = `SELECT userid FROM memberships WHERE corp = $1 AND dept = $2 ORDER BY sort DESC, userid`

	pageCustom store.SQL = `SELECT userid FROM memberships WHERE corp = $1 AND dept = $2
		ORDER BY sort DESC, userid LIMIT $3 OFFSET $4`
	pageEntryAsc store.SQL = `SELECT userid FROM memberships WHERE corp = $1 AND dept = $2
		ORDER BY joined_at, userid LIMIT $3 OFFSET $4`
	pageEntryDesc store.SQL = `SELECT userid FROM memberships WHERE corp = $1 AND dept = $2
		ORDER BY joined_at DESC, userid DESC LIMIT $3 OFFSET $4`
	pageModifyAsc store.SQL = `SELECT userid FROM memberships WHERE corp = $1 AND dept = $2
		ORDER BY modified_at, userid LIMIT $3 OFFSET $4`
	pageModifyDesc store.SQL = `SELECT userid FROM memberships WHERE corp = $1 AND dept = $2
		ORDER BY modified_at DESC, userid DESC LIMIT $3 OFFSET $4`
)
