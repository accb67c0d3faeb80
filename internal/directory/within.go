package directory

import (
	"context"
	"slices"

	"github.com/gatepost/gatepost/internal/id"
	"github.com/gatepost/gatepost/internal/op"
	"github.com/gatepost/gatepost/internal/store"
)

// Within returns those of the people and departments that are inside r now, in
// their order. Who left is inside only where r names the person alone; a
// department that is gone is inside nothing but everything.
func (d *Directory) Within(ctx context.Context, corp id.Corp, r op.Range, users []id.User, depts []id.Dept) (seen []id.User, below []id.Dept, err error) {
	if r.All {
		return users, depts, nil
	}
	_, err = store.View(ctx, d.db, func(tx *store.Tx) (struct{}, error) {
		if seen, err = usersWithin(tx, corp, r, users); err != nil {
			return struct{}{}, err
		}
		below, err = deptsWithin(tx, corp, r, depts)
		return struct{}{}, err
	})
	return seen, below, err
}

func usersWithin(tx *store.Tx, corp id.Corp, r op.Range, users []id.User) ([]id.User, error) {
	var members []id.User
	if len(users) > 0 && len(r.Departments) > 0 {
		var err error
		if members, err = store.All(tx, membersWithin, scanUser, corp, store.List(r.Departments), store.List(users)); err != nil {
			return nil, err
		}
	}
	in := make(map[id.User]bool, len(members)+len(r.Users))
	for _, u := range slices.Concat(members, r.Users) {
		in[u] = true
	}
	return slices.DeleteFunc(slices.Clone(users), func(u id.User) bool { return !in[u] }), nil
}

func deptsWithin(tx *store.Tx, corp id.Corp, r op.Range, depts []id.Dept) ([]id.Dept, error) {
	if len(depts) == 0 || len(r.Departments) == 0 {
		return nil, nil
	}
	list, err := store.All(tx, deptsOf, scanDept, corp, store.List(depts))
	if err != nil {
		return nil, err
	}
	in := make(map[id.Dept]bool, len(list))
	for _, one := range list {
		in[one.ID] = seesPath(r, one.Path)
	}
	return slices.DeleteFunc(slices.Clone(depts), func(n id.Dept) bool { return !in[n] }), nil
}

const membersWithin store.SQL = `SELECT DISTINCT m.userid FROM memberships m
	WHERE m.corp = $1 AND m.userid IN @strings($3) AND m.dept IN ` + grantedDepts
