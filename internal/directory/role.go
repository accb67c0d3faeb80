package directory

import (
	"context"
	"errors"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/gatepost/gatepost/internal/apierror"
	"github.com/gatepost/gatepost/internal/event"
	"github.com/gatepost/gatepost/internal/id"
	"github.com/gatepost/gatepost/internal/op"
	"github.com/gatepost/gatepost/internal/store"
)

// RoleKind tells the roles that a corp made from the four that every corp has.
// The numbers are those that clients read as a role's type.
type RoleKind int64

// The kinds of roles.
const (
	RoleOwn       RoleKind = 0   // made by the corp, held by whom it was given to
	RoleMainAdmin RoleKind = 101 // 主管理员: held by main administrators
	RoleSubAdmin  RoleKind = 102 // 子管理员: held by sub-administrators
	RoleOwner     RoleKind = 103 // 负责人: held by bosses
	RoleManager   RoleKind = 104 // 主管: held by leaders of departments
)

// System reports whether every corp has the role. Who holds such a role follows
// from who is administrator, boss or leader; the role itself cannot be edited,
// deleted, given or taken.
func (k RoleKind) System() bool { return k != RoleOwn }

// Role is a label that people hold, alone or for some departments.
type Role struct {
	ID    id.Role
	Group id.RoleGroup
	Name  string
	Kind  RoleKind

	GroupName string
}

// RoleGroup is a drawer of roles. Every role is in one.
type RoleGroup struct {
	ID     id.RoleGroup
	Name   string
	System bool // the default group, which holds the system's roles and no others
	Roles  []Role
}

// maxRoleName is the length of a role's or group's name in characters.
const maxRoleName = 64

// RoleGroups returns one page of a corp's groups with their roles, and whether
// more follow. The default group comes first, the others in the order they were
// made.
func (d *Directory) RoleGroups(ctx context.Context, corp id.Corp, p Page) (groups []RoleGroup, more bool, err error) {
	groups, err = store.View(ctx, d.db, func(tx *store.Tx) ([]RoleGroup, error) {
		groups, err := store.All(tx, roleGroupPage, scanRoleGroup, corp, p.Size+1, p.Offset)
		if err != nil {
			return nil, err
		}
		roles, err := store.All(tx, rolesOfGroups, scanRole, corp, store.List(groupIDs(groups)))
		for _, r := range roles {
			i := slices.IndexFunc(groups, func(g RoleGroup) bool { return g.ID == r.Group })
			groups[i].Roles = append(groups[i].Roles, r)
		}
		return groups, err
	})
	groups, more = cut(groups, p.Size)
	return groups, more, err
}

// cut shortens a list that was read with one entry more than wanted, and tells
// whether that one was there.
func cut[T any](list []T, size int64) ([]T, bool) {
	if int64(len(list)) > size {
		return list[:size], true
	}
	return list, false
}

func groupIDs(groups []RoleGroup) []id.RoleGroup {
	ids := make([]id.RoleGroup, len(groups))
	for i, g := range groups {
		ids[i] = g.ID
	}
	return ids
}

// RoleGroup returns one group with its roles, or RoleGroupInvalid.
func (d *Directory) RoleGroup(ctx context.Context, corp id.Corp, group id.RoleGroup) (RoleGroup, error) {
	return store.View(ctx, d.db, func(tx *store.Tx) (RoleGroup, error) {
		g, err := roleGroup(tx, corp, group)
		if err != nil {
			return RoleGroup{}, err
		}
		g.Roles, err = store.All(tx, rolesOfGroups, scanRole, corp, store.List([]id.RoleGroup{group}))
		return g, err
	})
}

// Role returns one role, or RoleInvalid.
func (d *Directory) Role(ctx context.Context, corp id.Corp, n id.Role) (Role, error) {
	return store.View(ctx, d.db, func(tx *store.Tx) (Role, error) { return role(tx, corp, n) })
}

// AddRoleGroup makes a group. Its name is 1 to 64 characters and not taken.
func (d *Directory) AddRoleGroup(ctx context.Context, corp id.Corp, name string) (id.RoleGroup, error) {
	name, err := roleName(name)
	if err != nil {
		return 0, err
	}
	return change(ctx, d, corp, func(tx *store.Tx) (id.RoleGroup, error) {
		n, err := addRoleGroup(tx, corp, name, false, d.clock.At(corp).UnixMilli())
		if err != nil {
			return 0, err
		}
		return n, d.announceRole(tx, corp, event.RolesAdded, int64(n), event.Roles{Labels: []int64{int64(n)}, Scope: labelScope})
	})
}

// AddRole makes a role in a group other than the default one. Its name is 1 to
// 64 characters and not taken in the group.
func (d *Directory) AddRole(ctx context.Context, corp id.Corp, group id.RoleGroup, name string) (id.Role, error) {
	name, err := roleName(name)
	if err != nil {
		return 0, err
	}
	return change(ctx, d, corp, func(tx *store.Tx) (id.Role, error) {
		switch g, err := roleGroup(tx, corp, group); {
		case err != nil:
			return 0, err
		case g.System:
			return 0, apierror.RoleSystem.Got("%s", g.Name)
		}
		n, err := addRole(tx, corp, group, name, RoleOwn, d.clock.At(corp).UnixMilli())
		if err != nil {
			return 0, err
		}
		return n, d.announceRole(tx, corp, event.RolesAdded, int64(n), event.Roles{Labels: []int64{int64(n)}, Scope: labelScope})
	})
}

// RenameRole gives a role of the corp's own another name.
func (d *Directory) RenameRole(ctx context.Context, corp id.Corp, n id.Role, name string) error {
	name, err := roleName(name)
	if err != nil {
		return err
	}
	return do(ctx, d, corp, func(tx *store.Tx) error {
		before, err := ownRole(tx, corp, n)
		if err != nil {
			return err
		}
		if _, err := tx.Exec(renameRole, corp, n, name); err != nil {
			return nameTaken(err, name)
		}
		after := before
		after.Name = name
		return d.announceRole(tx, corp, event.RolesModified, int64(n), event.RolesBeforeAndAfter{Labels: []int64{int64(n)}, Scope: labelScope,
			Before: []op.JSONText{before.label()}, After: []op.JSONText{after.label()}})
	})
}

// DeleteRole removes a role of the corp's own that nobody holds.
func (d *Directory) DeleteRole(ctx context.Context, corp id.Corp, n id.Role) error {
	return do(ctx, d, corp, func(tx *store.Tx) error {
		if _, err := ownRole(tx, corp, n); err != nil {
			return err
		}
		switch held, err := store.One(tx, countRoleMembers, scanCount, corp, n); {
		case err != nil:
			return err
		case held > 0:
			return apierror.RoleHasMembers.Got("%d", held)
		}
		if _, err := tx.Exec(deleteRole, corp, n); err != nil {
			return err
		}
		return d.announceRole(tx, corp, event.RolesRemoved, int64(n), event.RolesGone{Labels: []int64{int64(n)}})
	})
}

// EnsureSystemRoles gives a corp its default group with the four roles that
// every corp has, and labels for external contacts. CreateCorp has done so; a
// corp that has them is left as it is.
func (d *Directory) EnsureSystemRoles(ctx context.Context, corp id.Corp) error {
	return do(ctx, d, corp, func(tx *store.Tx) error { return d.seed(tx, corp) })
}

// seed gives a corp what every corp begins with: the system's roles, and labels
// for external contacts.
func (d *Directory) seed(tx *store.Tx, corp id.Corp) error {
	if err := d.seedRoles(tx, corp); err != nil {
		return err
	}
	return seedLabels(tx, corp)
}

// seedRoles gives a corp its default group with the four roles that every corp
// has. A corp that has them is left as it is.
func (d *Directory) seedRoles(tx *store.Tx, corp id.Corp) error {
	now := d.clock.At(corp).UnixMilli()
	switch n, err := store.One(tx, countSystemGroups, scanCount, corp); {
	case err != nil:
		return err
	case n > 0:
		return nil
	}
	group, err := addRoleGroup(tx, corp, "默认", true, now)
	if err != nil {
		return err
	}
	for _, r := range [...]Role{
		{Name: "主管理员", Kind: RoleMainAdmin}, {Name: "子管理员", Kind: RoleSubAdmin},
		{Name: "负责人", Kind: RoleOwner}, {Name: "主管", Kind: RoleManager},
	} {
		if _, err := addRole(tx, corp, group, r.Name, r.Kind, now); err != nil {
			return err
		}
	}
	return nil
}

func addRoleGroup(tx *store.Tx, corp id.Corp, name string, system bool, now int64) (id.RoleGroup, error) {
	n, err := roleNumber(tx, corp)
	if err != nil {
		return 0, err
	}
	_, err = tx.Exec(insertRoleGroup, corp, n, name, system, now)
	return id.RoleGroup(n), nameTaken(err, name)
}

func addRole(tx *store.Tx, corp id.Corp, group id.RoleGroup, name string, kind RoleKind, now int64) (id.Role, error) {
	n, err := roleNumber(tx, corp)
	if err != nil {
		return 0, err
	}
	_, err = tx.Exec(insertRole, corp, n, group, name, kind, now)
	return id.Role(n), nameTaken(err, name)
}

// nameTaken tells what a unique index refused. The indexes are asked rather than
// the tables: two callers may choose one name at the same time.
func nameTaken(err error, name string) error {
	if store.Conflict(err) {
		return apierror.RoleNameExists.Got("%s", name)
	}
	return err
}

// roleNumber draws a number that no role and no group of the corp has: clients
// know both as labels, in one number space.
func roleNumber(tx *store.Tx, corp id.Corp) (int64, error) {
	for {
		n := id.NewNumber()
		taken, err := store.One(tx, countRoleNumber, scanCount, corp, n)
		if err != nil || taken == 0 {
			return n, err
		}
	}
}

// roleName trims a name and holds it to its limits.
func roleName(name string) (string, error) {
	name = strings.TrimSpace(name)
	if n := utf8.RuneCountInString(name); n == 0 || n > maxRoleName {
		return "", apierror.RoleNameInvalid.Want("1–%d 个字符", maxRoleName).Got("%d", n)
	}
	return name, nil
}

func roleGroup(tx *store.Tx, corp id.Corp, n id.RoleGroup) (RoleGroup, error) {
	g, err := store.One(tx, roleGroupByID, scanRoleGroup, corp, n)
	if errors.Is(err, store.ErrNone) {
		return g, apierror.RoleGroupInvalid.Got("%d", n)
	}
	return g, err
}

func role(tx *store.Tx, corp id.Corp, n id.Role) (Role, error) {
	r, err := store.One(tx, roleByID, scanRole, corp, n)
	if errors.Is(err, store.ErrNone) {
		return r, apierror.RoleInvalid.Got("%d", n)
	}
	return r, err
}

// ownRole returns a role that may be changed and given.
func ownRole(tx *store.Tx, corp id.Corp, n id.Role) (Role, error) {
	r, err := role(tx, corp, n)
	if err == nil && r.Kind.System() {
		err = apierror.RoleSystem.Got("%s", r.Name)
	}
	return r, err
}

func scanRoleGroup(r store.Row) (g RoleGroup, err error) {
	err = r.Scan(&g.ID, &g.Name, &g.System)
	return g, err
}

func scanRole(r store.Row) (one Role, err error) {
	err = r.Scan(&one.ID, &one.Group, &one.Name, &one.Kind, &one.GroupName)
	return one, err
}

const roleColumns = `r.id, r.group_id, r.name, r.kind, g.name
	FROM roles r JOIN role_groups g ON g.corp = $1 AND g.id = r.group_id`

const (
	roleGroupPage     store.SQL = `SELECT id, name, system FROM role_groups WHERE corp = $1 ORDER BY system DESC, created_at, id LIMIT $2 OFFSET $3`
	roleGroupByID     store.SQL = `SELECT id, name, system FROM role_groups WHERE corp = $1 AND id = $2`
	countSystemGroups store.SQL = `SELECT count(*) FROM role_groups WHERE corp = $1 AND system`
	insertRoleGroup   store.SQL = `INSERT INTO role_groups (corp, id, name, system, created_at) VALUES ($1, $2, $3, $4, $5)`

	rolesOfGroups   store.SQL = `SELECT ` + roleColumns + ` WHERE r.corp = $1 AND r.group_id IN @ints($2) ORDER BY r.kind, r.created_at, r.id`
	roleByID        store.SQL = `SELECT ` + roleColumns + ` WHERE r.corp = $1 AND r.id = $2`
	countRoleNumber store.SQL = `SELECT count(*) FROM (
			SELECT id FROM roles WHERE corp = $1 AND id = $2
			UNION ALL SELECT id FROM role_groups WHERE corp = $1 AND id = $2) taken`
	insertRole store.SQL = `INSERT INTO roles (corp, id, group_id, name, kind, created_at) VALUES ($1, $2, $3, $4, $5, $6)`
	renameRole store.SQL = `UPDATE roles SET name = $3 WHERE corp = $1 AND id = $2`
	deleteRole store.SQL = `DELETE FROM roles WHERE corp = $1 AND id = $2`
)
