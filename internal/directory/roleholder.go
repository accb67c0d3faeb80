package directory

import (
	"context"
	"errors"

	"github.com/gatepost/gatepost/internal/apierror"
	"github.com/gatepost/gatepost/internal/event"
	"github.com/gatepost/gatepost/internal/id"
	"github.com/gatepost/gatepost/internal/op"
	"github.com/gatepost/gatepost/internal/store"
)

// RoleMember is a person who holds a role.
type RoleMember struct {
	User   id.User
	Name   string
	Scopes []RoleScope // departments for which the person holds it; none means all
}

// RoleScope is a department for which somebody holds a role.
type RoleScope struct {
	Dept id.Dept
	Name string
}

// RoleMembers returns one page of those who hold a role and whom the caller may
// see, in the order of their userids, and whether more follow.
func (d *Directory) RoleMembers(ctx context.Context, who op.Caller, n id.Role, p Page) (members []RoleMember, more bool, err error) {
	members, err = store.View(ctx, d.db, func(tx *store.Tx) ([]RoleMember, error) {
		r, err := role(tx, who.Corp, n)
		if err != nil {
			return nil, err
		}
		return roleMembers(tx, who, r, Page{p.Offset, p.Size + 1})
	})
	members, more = cut(members, p.Size)
	return members, more, err
}

// GiveRoles lets every person hold every role; who holds one already keeps it.
// All or nothing: an unknown role or person, or one beyond the caller's range,
// changes nothing.
func (d *Directory) GiveRoles(ctx context.Context, who op.Caller, roles []id.Role, users []id.User) error {
	now := d.clock.At(who.Corp).UnixMilli()
	return d.assignRoles(ctx, who, roles, users, roleGiven, func(tx *store.Tx, r id.Role, u id.User) (bool, error) {
		rows, err := tx.Exec(giveRole, who.Corp, r, u, now)
		return rows > 0, err
	})
}

// TakeRoles takes every role from every person; who does not hold one is left
// alone. All or nothing, as GiveRoles.
func (d *Directory) TakeRoles(ctx context.Context, who op.Caller, roles []id.Role, users []id.User) error {
	return d.assignRoles(ctx, who, roles, users, roleTaken, func(tx *store.Tx, r id.Role, u id.User) (bool, error) {
		rows, err := tx.Exec(takeRole, who.Corp, r, u)
		if err != nil {
			return false, err
		}
		_, err = tx.Exec(clearRoleScope, who.Corp, r, u)
		return rows > 0, err
	})
}

// assignRoles does one for each role and person, and announces for whom it made
// a difference.
func (d *Directory) assignRoles(ctx context.Context, who op.Caller, roles []id.Role, users []id.User, action string,
	one func(*store.Tx, id.Role, id.User) (bool, error)) error {
	return do(ctx, d, who.Corp, func(tx *store.Tx) error {
		if err := d.employeesIn(tx, who, users); err != nil {
			return err
		}
		for _, r := range roles {
			if _, err := ownRole(tx, who.Corp, r); err != nil {
				return err
			}
			var changed []id.User
			for _, u := range users {
				switch did, err := one(tx, r, u); {
				case err != nil:
					return err
				case did:
					changed = append(changed, u)
				}
			}
			if len(changed) == 0 {
				continue
			}
			if err := d.announceHolders(tx, who.Corp, r, event.RoleMembers{Users: changed, Action: action}); err != nil {
				return err
			}
		}
		return nil
	})
}

// SetRoleScope says for which departments somebody holds a role; none means
// all. The person has to hold the role already.
func (d *Directory) SetRoleScope(ctx context.Context, who op.Caller, n id.Role, user id.User, depts []id.Dept) error {
	return do(ctx, d, who.Corp, func(tx *store.Tx) error {
		if err := d.canScope(tx, who, n, user); err != nil {
			return err
		}
		if err := knownDepts(tx, who.Corp, depts); err != nil {
			return err
		}
		if _, err := tx.Exec(clearRoleScope, who.Corp, n, user); err != nil {
			return err
		}
		for _, dept := range depts {
			if _, err := tx.Exec(addRoleScope, who.Corp, n, user, dept); err != nil {
				return err
			}
		}
		return nil
	})
}

// canScope refuses a role that has no scopes and a person who does not hold it.
func (d *Directory) canScope(tx *store.Tx, who op.Caller, n id.Role, user id.User) error {
	switch _, err := ownRole(tx, who.Corp, n); {
	case errors.Is(err, apierror.RoleInvalid):
		return apierror.RoleScopeInvalid.Got("%d", n)
	case err != nil:
		return err
	}
	if err := d.employeesIn(tx, who, []id.User{user}); err != nil {
		return err
	}
	holds, err := store.One(tx, holdsRole, scanCount, who.Corp, n, user)
	if err == nil && holds == 0 {
		err = apierror.EmployeeUnknown.Want("持有该角色的员工").Got("%s", user)
	}
	return err
}

// roleMembers reads a page of those who hold r and whom the caller may see.
func roleMembers(tx *store.Tx, who op.Caller, r Role, p Page) ([]RoleMember, error) {
	members, err := store.All(tx, roleMemberPage, scanRoleMember, who.Corp,
		store.List(who.Range.Departments), store.List(who.Range.Users), who.Range.All, r.ID, r.Kind, p.Size, p.Offset)
	if err != nil || r.Kind.System() {
		return members, err
	}
	at := make(map[id.User]int, len(members))
	users := make([]id.User, len(members))
	for i, m := range members {
		at[m.User], users[i] = i, m.User
	}
	scopes, err := store.All(tx, roleScopes, scanHeldScope, who.Corp, r.ID, store.List(users))
	for _, s := range scopes {
		m := &members[at[s.user]]
		m.Scopes = append(m.Scopes, s.RoleScope)
	}
	return members, err
}

// rolesOf returns the roles that somebody holds: the system's first, then the
// corp's own by group and age.
func rolesOf(tx *store.Tx, corp id.Corp, user id.User) ([]Role, error) {
	return store.All(tx, rolesOfUser, scanRole, corp, user)
}

// employeesIn refuses the first of the users who is not employed, or whom the
// caller may not see.
func (d *Directory) employeesIn(tx *store.Tx, who op.Caller, users []id.User) error {
	list, err := d.knownPeople(tx, who.Corp, users)
	if errors.Is(err, apierror.UserInvalid) {
		return apierror.EmployeeUnknown.Got("%s", apierror.From(err).Found)
	}
	for _, p := range list {
		if err := seesPerson(tx, who.Corp, who.Range, p); err != nil {
			return err
		}
	}
	return err
}

// knownPeople returns the users, and refuses the first who is not employed.
func (d *Directory) knownPeople(tx *store.Tx, corp id.Corp, users []id.User) ([]Person, error) {
	list, err := d.employees(tx, corp, users)
	if err != nil {
		return nil, err
	}
	there := make([]id.User, len(list))
	for i, p := range list {
		there[i] = p.ID
	}
	if user, missing := lacking(users, there); missing {
		return nil, d.mistaken(tx, corp, string(user))
	}
	return list, nil
}

// knownDepts refuses departments that the corp does not have.
func knownDepts(tx *store.Tx, corp id.Corp, depts []id.Dept) error {
	missing, err := missingDepts(tx, corp, depts)
	if err == nil && len(missing) > 0 {
		err = apierror.DeptNotFound.Got("%s", numbers(missing))
	}
	return err
}

// lacking returns the first of want that is not among have.
func lacking[T comparable](want, have []T) (first T, missing bool) {
	set := make(map[T]bool, len(have))
	for _, x := range have {
		set[x] = true
	}
	for _, x := range want {
		if !set[x] {
			return x, true
		}
	}
	return first, false
}

func scanRoleMember(r store.Row) (m RoleMember, err error) {
	err = r.Scan(&m.User, &m.Name)
	return m, err
}

// heldScope is a scope and who holds a role for it.
type heldScope struct {
	user id.User
	RoleScope
}

func scanHeldScope(r store.Row) (s heldScope, err error) {
	err = r.Scan(&s.user, &s.Dept, &s.Name)
	return s, err
}

// roleHolders are the userids of those who hold the role $5 of kind $6. A system
// role's kind says who: an administrator's level and 100, bosses, leaders.
const roleHolders = `(SELECT userid FROM role_members WHERE corp = $1 AND role = $5
	UNION ALL SELECT userid FROM admins WHERE corp = $1 AND level + 100 = CAST($6 AS BIGINT)
	UNION ALL SELECT userid FROM people WHERE corp = $1 AND boss AND CAST($6 AS BIGINT) = 103
	UNION ALL SELECT userid FROM memberships WHERE corp = $1 AND leader AND CAST($6 AS BIGINT) = 104)`

const (
	rolesOfUser store.SQL = `SELECT ` + roleColumns + ` WHERE r.corp = $1
			AND (r.id IN (SELECT role FROM role_members WHERE corp = $1 AND userid = $2)
				OR r.kind IN (SELECT level + 100 FROM admins WHERE corp = $1 AND userid = $2
					UNION ALL SELECT 103 FROM people WHERE corp = $1 AND userid = $2 AND boss
					UNION ALL SELECT 104 FROM memberships WHERE corp = $1 AND userid = $2 AND leader))
		ORDER BY g.system DESC, r.kind, g.created_at, r.created_at, r.id`

	roleMemberPage store.SQL = `SELECT p.userid, p.name FROM people p
		WHERE p.corp = $1 AND p.state = 'employed' AND p.userid IN ` + roleHolders + `
			AND (CAST($4 AS BOOLEAN) OR p.userid IN @strings($3) OR EXISTS (
				SELECT m.userid FROM memberships m WHERE m.corp = $1 AND m.userid = p.userid AND m.dept IN ` + grantedDepts + `))
		ORDER BY p.userid LIMIT $7 OFFSET $8`
	countRoleMembers store.SQL = `SELECT count(*) FROM role_members WHERE corp = $1 AND role = $2`
	holdsRole        store.SQL = `SELECT count(*) FROM role_members WHERE corp = $1 AND role = $2 AND userid = $3`
	giveRole         store.SQL = `INSERT INTO role_members (corp, role, userid, created_at) VALUES ($1, $2, $3, $4)
		ON CONFLICT (corp, role, userid) DO NOTHING`
	takeRole     store.SQL = `DELETE FROM role_members WHERE corp = $1 AND role = $2 AND userid = $3`
	takeAllRoles store.SQL = `DELETE FROM role_members WHERE corp = $1 AND userid = $2`

	roleScopes store.SQL = `SELECT s.userid, s.dept, d.name FROM role_scopes s
		JOIN departments d ON d.corp = $1 AND d.id = s.dept
		WHERE s.corp = $1 AND s.role = $2 AND s.userid IN @strings($3) ORDER BY s.userid, s.dept`
	addRoleScope store.SQL = `INSERT INTO role_scopes (corp, role, userid, dept) VALUES ($1, $2, $3, $4)
		ON CONFLICT (corp, role, userid, dept) DO NOTHING`
	clearRoleScope     store.SQL = `DELETE FROM role_scopes WHERE corp = $1 AND role = $2 AND userid = $3`
	clearAllRoleScopes store.SQL = `DELETE FROM role_scopes WHERE corp = $1 AND userid = $2`
	closeRoleScope     store.SQL = `DELETE FROM role_scopes WHERE corp = $1 AND dept = $2`
)
