package directory

import (
	"context"
	"errors"

	"github.com/gatepost/gatepost/internal/apierror"
	"github.com/gatepost/gatepost/internal/clock"
	"github.com/gatepost/gatepost/internal/id"
	"github.com/gatepost/gatepost/internal/store"
)

// Levels of rights in a corp, as clients read them from sys_level.
const (
	LevelNone = 0   // no rights beyond one's own
	LevelMain = 1   // main administrator: everything
	LevelSub  = 2   // sub-administrator: the departments named
	LevelBoss = 100 // boss: no administrator, but told apart by clients
)

// Admin is an administrator of a corp.
type Admin struct {
	User  id.User
	Level int // LevelMain or LevelSub
}

// Admins returns the corp's administrators: main ones first, each kind in the
// order of their userids. Bosses are none.
func (d *Directory) Admins(ctx context.Context, corp id.Corp) ([]Admin, error) {
	return store.View(ctx, d.db, func(tx *store.Tx) ([]Admin, error) {
		return store.All(tx, adminsOfCorp, scanAdmin, corp)
	})
}

// AdminLevel returns somebody's level of rights; LevelNone for who is unknown.
// A boss who is administrator as well has the administrator's level.
func (d *Directory) AdminLevel(ctx context.Context, corp id.Corp, user id.User) (int, error) {
	return store.View(ctx, d.db, func(tx *store.Tx) (int, error) { return adminLevel(tx, corp, user) })
}

// AdminDepartments returns the departments whose people and sub-departments
// somebody administers: the root for a main administrator, those named for a
// sub-administrator, none for everybody else.
func (d *Directory) AdminDepartments(ctx context.Context, corp id.Corp, user id.User) ([]id.Dept, error) {
	return store.View(ctx, d.db, func(tx *store.Tx) ([]id.Dept, error) {
		switch _, err := d.person(tx, corp, user); {
		case errors.Is(err, apierror.UserInvalid):
			return nil, apierror.UserNotFound.Got("%s", user)
		case err != nil:
			return nil, err
		}
		if level, err := adminLevel(tx, corp, user); err != nil || level == LevelMain {
			return []id.Dept{id.RootDept}, err
		}
		return store.All(tx, adminDepartments, scanDeptID, corp, user)
	})
}

// SetAdmin makes somebody main administrator (LevelMain), sub-administrator of
// depts (LevelSub) or none (LevelNone). It takes effect on every node within a
// second. A corp that has a main administrator keeps at least one: taking the
// last one's rights is refused with AdminLast.
func (d *Directory) SetAdmin(ctx context.Context, corp id.Corp, user id.User, level int, depts []id.Dept) error {
	if level < LevelNone || level > LevelSub {
		return apierror.ParameterInvalid.With("name", "level").Want("0、1 或 2").Got("%d", level)
	}
	return do(ctx, d, corp, func(tx *store.Tx) error { return d.setAdmin(tx, corp, user, level, depts) })
}

func (d *Directory) setAdmin(tx *store.Tx, corp id.Corp, user id.User, level int, depts []id.Dept) error {
	if _, err := d.person(tx, corp, user); err != nil {
		return err
	}
	if level != LevelMain {
		if err := keepMainAdmin(tx, corp, user); err != nil {
			return err
		}
	}
	if _, err := tx.Exec(clearAdminDepartments, corp, user); err != nil {
		return err
	}
	before, err := adminLevel(tx, corp, user)
	if err != nil {
		return err
	}
	if err := d.announceAdmin(tx, corp, user, before, level, nil, d.clock.At(corp)); err != nil {
		return err
	}
	tx.Touch(clock.Topic(corp))
	if level == LevelNone {
		_, err := tx.Exec(deleteAdmin, corp, user)
		return err
	}
	if _, err := tx.Exec(upsertAdmin, corp, user, level); err != nil || level == LevelMain {
		return err
	}
	if err := knownDepts(tx, corp, depts); err != nil {
		return err
	}
	for _, dept := range depts {
		if _, err := tx.Exec(addAdminDepartment, corp, user, dept); err != nil {
			return err
		}
	}
	return nil
}

func adminLevel(tx *store.Tx, corp id.Corp, user id.User) (int, error) {
	level, err := store.One(tx, levelOf, scanCount, corp, user, LevelBoss)
	if errors.Is(err, store.ErrNone) {
		return LevelNone, nil
	}
	return int(level), err
}

// adminsAmong tells which of the people are administrators.
func adminsAmong(tx *store.Tx, corp id.Corp, people []Person) (map[id.User]bool, error) {
	users := make([]id.User, len(people))
	for i, p := range people {
		users[i] = p.ID
	}
	admins, err := store.All(tx, adminsOfUsers, scanUser, corp, store.List(users))
	is := make(map[id.User]bool, len(admins))
	for _, u := range admins {
		is[u] = true
	}
	return is, err
}

// keepMainAdmin refuses when user is the corp's last main administrator.
func keepMainAdmin(tx *store.Tx, corp id.Corp, user id.User) error {
	mains, err := store.All(tx, mainAdmins, scanUser, corp)
	if err == nil && len(mains) == 1 && mains[0] == user {
		err = apierror.AdminLast.Got("%s", user)
	}
	return err
}

// leaveRoles takes from somebody who leaves the corp every role and right. The
// last main administrator cannot leave.
func leaveRoles(tx *store.Tx, corp id.Corp, user id.User) error {
	if err := keepMainAdmin(tx, corp, user); err != nil {
		return err
	}
	for _, q := range []store.SQL{deleteAdmin, clearAdminDepartments, takeAllRoles, clearAllRoleScopes} {
		if _, err := tx.Exec(q, corp, user); err != nil {
			return err
		}
	}
	return nil
}

// closeRoles takes a department that is removed out of what people administer
// and hold roles for.
func closeRoles(tx *store.Tx, corp id.Corp, dept id.Dept) error {
	for _, q := range []store.SQL{closeAdminDepartment, closeRoleScope} {
		if _, err := tx.Exec(q, corp, dept); err != nil {
			return err
		}
	}
	return nil
}

func scanAdmin(r store.Row) (a Admin, err error) {
	err = r.Scan(&a.User, &a.Level)
	return a, err
}

const (
	adminsOfCorp  store.SQL = `SELECT userid, level FROM admins WHERE corp = $1 ORDER BY level, userid`
	adminsOfUsers store.SQL = `SELECT userid FROM admins WHERE corp = $1 AND userid IN @strings($2)`
	levelOf       store.SQL = `SELECT level FROM admins WHERE corp = $1 AND userid = $2
		UNION ALL SELECT CAST($3 AS BIGINT) FROM people WHERE corp = $1 AND userid = $2 AND boss AND state = 'employed'
		ORDER BY level LIMIT 1`
	mainAdmins  store.SQL = `SELECT userid FROM admins WHERE corp = $1 AND level = 1 ORDER BY userid LIMIT 2`
	upsertAdmin store.SQL = `INSERT INTO admins (corp, userid, level) VALUES ($1, $2, $3)
		ON CONFLICT (corp, userid) DO UPDATE SET level = excluded.level`
	deleteAdmin        store.SQL = `DELETE FROM admins WHERE corp = $1 AND userid = $2`
	adminDepartments   store.SQL = `SELECT dept FROM admin_departments WHERE corp = $1 AND userid = $2 ORDER BY dept`
	addAdminDepartment store.SQL = `INSERT INTO admin_departments (corp, userid, dept) VALUES ($1, $2, $3)
		ON CONFLICT (corp, userid, dept) DO NOTHING`
	clearAdminDepartments store.SQL = `DELETE FROM admin_departments WHERE corp = $1 AND userid = $2`
	closeAdminDepartment  store.SQL = `DELETE FROM admin_departments WHERE corp = $1 AND dept = $2`
)
