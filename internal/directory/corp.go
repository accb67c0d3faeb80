package directory

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/gatepost/gatepost/internal/apierror"
	"github.com/gatepost/gatepost/internal/clock"
	"github.com/gatepost/gatepost/internal/event"
	"github.com/gatepost/gatepost/internal/id"
	"github.com/gatepost/gatepost/internal/store"
)

// The states of a corp.
const (
	CorpActive   = "active"
	CorpDisabled = "disabled"
)

// maxCorpName is the length of a corp's name in characters.
const maxCorpName = 64

// Corp is an organisation.
type Corp struct {
	ID        id.Corp
	Name      string
	Sandbox   bool   // for trying things: its clock can be moved
	Demo      bool   // made with invented people
	State     string // CorpActive or CorpDisabled; empty means active when created
	Industry  string
	AuthLevel int64 // 0 not certified, 1 high, 2 middle
	CreatedAt time.Time

	// People and Departments are counts that only Corps tells.
	People, Departments int64
}

// CreateCorp creates the corp c with its root department, named like the corp,
// the system's roles and labels for external contacts. Without CreatedAt it is
// created now.
func (d *Directory) CreateCorp(ctx context.Context, c Corp) error {
	if c.ID == "" || c.Name == "" {
		return errors.New("directory: a corp needs id and name")
	}
	now := d.clock.At(c.ID)
	if c.CreatedAt.IsZero() {
		c.CreatedAt = now
	}
	if c.State == "" {
		c.State = CorpActive
	}
	return do(ctx, d, c.ID, func(tx *store.Tx) error {
		n, err := tx.Exec(insertCorp, c.ID, c.Name, c.Sandbox, c.Demo, c.State, c.Industry, c.AuthLevel, millis(c.CreatedAt))
		if err != nil {
			return err
		}
		if n == 0 {
			return fmt.Errorf("directory: corp %s exists", c.ID)
		}
		tx.Touch(clock.Topic(c.ID))
		if _, err := d.keys.In(tx, c.ID); err != nil { // made with the corp
			return err
		}
		root := Department{ID: id.RootDept, Name: c.Name, Path: pathBelow("/", id.RootDept), Depth: 1, CreatedAt: now, ModifiedAt: now}
		if err := insertDept(tx, c.ID, root); err != nil {
			return err
		}
		return d.seed(tx, c.ID)
	})
}

// RenameCorp gives a corp another name, and its root department with it.
func (d *Directory) RenameCorp(ctx context.Context, corp id.Corp, name string) error {
	name = strings.TrimSpace(name)
	if n := utf8.RuneCountInString(name); n == 0 || n > maxCorpName {
		return apierror.ParameterInvalid.With("name", "name").Want("1–%d 个字符", maxCorpName).Got("%d", n)
	}
	now := d.clock.At(corp)
	return do(ctx, d, corp, func(tx *store.Tx) error {
		c, err := corpOf(tx, corp)
		if err != nil || c.Name == name {
			return err
		}
		root, err := department(tx, corp, id.RootDept)
		if err != nil {
			return err
		}
		root.Name, root.ModifiedAt = name, now
		if _, err := tx.Exec(renameCorp, corp, name); err != nil {
			return err
		}
		if _, err := tx.Exec(updateDeptRow, root.row(corp)...); err != nil {
			return err
		}
		if err := nameDept(tx, corp, root); err != nil {
			return err
		}
		tx.Touch(clock.Topic(corp))
		if err := d.announce(tx, corp, event.CorpChanged, "corp", event.None{}); err != nil {
			return err
		}
		return d.announceDept(tx, corp, event.DeptModified, id.RootDept, nil)
	})
}

// Corp returns the corp, or apierror.CorpUnknown.
func (d *Directory) Corp(ctx context.Context, corp id.Corp) (Corp, error) {
	return store.View(ctx, d.db, func(tx *store.Tx) (Corp, error) { return corpOf(tx, corp) })
}

// Corps returns every corp of the platform with its counts, oldest first.
func (d *Directory) Corps(ctx context.Context) ([]Corp, error) {
	return store.View(ctx, d.db, func(tx *store.Tx) ([]Corp, error) { return store.All(tx, listCorps, scanCorpCounts) })
}

// RemoveCorp removes everything the directory knows of the corp, the corp
// itself included. Removing a corp that does not exist succeeds.
func (d *Directory) RemoveCorp(ctx context.Context, corp id.Corp) error {
	return do(ctx, d, corp, func(tx *store.Tx) error {
		// One statement for each table of the package.
		for _, q := range []store.SQL{
			removeLabels, removeLabelGroups, removeContacts,
			removeAdminDepartments, removeAdmins, removeRoleScopes, removeRoleMembers, removeRoles, removeRoleGroups,
			removePersonTerms, removeDepartmentTerms, removeMemberships, removePeople, removeDepartments, removeCorp,
		} {
			if _, err := tx.Exec(q, corp); err != nil {
				return err
			}
		}
		tx.Touch(clock.Topic(corp))
		return nil
	})
}

func corpOf(tx *store.Tx, corp id.Corp) (Corp, error) {
	c, err := store.One(tx, selectCorp, scanCorp, corp)
	if errors.Is(err, store.ErrNone) {
		return Corp{}, apierror.CorpUnknown.Got("%s", corp)
	}
	return c, err
}

func scanCorp(r store.Row) (c Corp, err error) {
	var created int64
	err = r.Scan(&c.ID, &c.Name, &c.Sandbox, &c.Demo, &c.State, &c.Industry, &c.AuthLevel, &created)
	c.CreatedAt = instant(created)
	return c, err
}

func scanCorpCounts(r store.Row) (c Corp, err error) {
	var created int64
	err = r.Scan(&c.ID, &c.Name, &c.Sandbox, &c.Demo, &c.State, &c.Industry, &c.AuthLevel, &created, &c.People, &c.Departments)
	c.CreatedAt = instant(created)
	return c, err
}

const (
	insertCorp store.SQL = `INSERT INTO corps (corp, name, sandbox, demo, state, industry, auth_level, created_at)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT (corp) DO NOTHING`
	renameCorp store.SQL = `UPDATE corps SET name = $2 WHERE corp = $1`
	selectCorp store.SQL = `SELECT corp, name, sandbox, demo, state, industry, auth_level, created_at FROM corps WHERE corp = $1`
	listCorps  store.SQL = `SELECT c.corp, c.name, c.sandbox, c.demo, c.state, c.industry, c.auth_level, c.created_at,
			(SELECT count(*) FROM people p WHERE p.corp = c.corp AND p.state = 'employed'),
			(SELECT count(*) FROM departments d WHERE d.corp = c.corp)
		FROM corps c ORDER BY c.created_at, c.corp /* all corps: the operator's list */ /* full scan: few corps, all wanted */`

	removeCorp             store.SQL = `DELETE FROM corps WHERE corp = $1`
	removeDepartments      store.SQL = `DELETE FROM departments WHERE corp = $1`
	removePeople           store.SQL = `DELETE FROM people WHERE corp = $1`
	removeMemberships      store.SQL = `DELETE FROM memberships WHERE corp = $1`
	removePersonTerms      store.SQL = `DELETE FROM person_terms WHERE corp = $1`
	removeRoleGroups       store.SQL = `DELETE FROM role_groups WHERE corp = $1`
	removeRoles            store.SQL = `DELETE FROM roles WHERE corp = $1`
	removeRoleMembers      store.SQL = `DELETE FROM role_members WHERE corp = $1`
	removeRoleScopes       store.SQL = `DELETE FROM role_scopes WHERE corp = $1`
	removeAdmins           store.SQL = `DELETE FROM admins WHERE corp = $1`
	removeAdminDepartments store.SQL = `DELETE FROM admin_departments WHERE corp = $1`
	removeContacts         store.SQL = `DELETE FROM ext_contacts WHERE corp = $1`
	removeLabels           store.SQL = `DELETE FROM ext_labels WHERE corp = $1`
	removeLabelGroups      store.SQL = `DELETE FROM ext_label_groups WHERE corp = $1`
	removeDepartmentTerms  store.SQL = `DELETE FROM department_terms WHERE corp = $1`
)
