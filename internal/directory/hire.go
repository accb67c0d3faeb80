package directory

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/gatepost/gatepost/internal/apierror"
	"github.com/gatepost/gatepost/internal/event"
	"github.com/gatepost/gatepost/internal/id"
	"github.com/gatepost/gatepost/internal/store"
)

// earliest is the sort of a member who joined at the epoch. A member who is
// given no order gets earliest less the milliseconds of joining, so that who
// came first stands first, and behind nobody who was given a small order.
const earliest = 10_000_000_000_000

// NewPerson is a person to be employed.
type NewPerson struct {
	ID          id.User  // empty: drawn
	Union       id.Union // empty: that of the same number in another corp, or drawn
	Profile              // mobile as for SetMobile
	Departments []id.Dept
	Posts       []Post
}

// Post is what is to be said of a person's place in one department. Nil leaves
// as is. A post in a department that the person is not in says nothing.
type Post struct {
	Dept   id.Dept
	Sort   *int64
	Title  *string
	Place  *string
	Main   *bool
	Leader *bool
}

// PersonChange is what is to change of one person. Nil leaves as is.
type PersonChange struct {
	ID          id.User
	Edit        func(*Profile) // may run more than once
	Departments []id.Dept      // all of them; those left out are left
	Posts       []Post
}

// CreatePerson employs a person. It refuses a userid, mobile number, e-mail
// address or extension number that an employee of the corp has.
func (d *Directory) CreatePerson(ctx context.Context, corp id.Corp, n NewPerson) (Person, error) {
	now := d.clock.At(corp)
	return change(ctx, d, corp, func(tx *store.Tx) (Person, error) { return d.createPerson(tx, corp, n, now) })
}

// UpdatePerson changes a person and returns the result.
func (d *Directory) UpdatePerson(ctx context.Context, corp id.Corp, c PersonChange) (Person, error) {
	now := d.clock.At(corp)
	return change(ctx, d, corp, func(tx *store.Tx) (Person, error) { return d.updatePerson(tx, corp, c, now) })
}

// RemovePerson ends the person's employment: the record stays with the time of
// leaving; memberships, roles and rights end, and with them what the person led.
func (d *Directory) RemovePerson(ctx context.Context, corp id.Corp, user id.User) error {
	now := d.clock.At(corp)
	return do(ctx, d, corp, func(tx *store.Tx) error { return d.removePerson(tx, corp, user, now) })
}

func (d *Directory) createPerson(tx *store.Tx, corp id.Corp, n NewPerson, now time.Time) (Person, error) {
	p := Person{ID: n.ID, Union: n.Union, Profile: n.Profile, State: Employed, CreatedAt: now, ModifiedAt: now}
	if err := p.normal(); err != nil {
		return Person{}, err
	}
	if err := p.named(tx, corp); err != nil {
		return Person{}, err
	}
	if err := p.unique(d, tx, corp, ""); err != nil {
		return Person{}, err
	}
	if err := p.manager(tx, corp, p.ID); err != nil {
		return Person{}, err
	}
	if err := p.join(tx, corp, n.Departments, now); err != nil {
		return Person{}, err
	}
	p.post(n.Posts)
	if p.Union == "" {
		var err error
		if p.Union, err = d.unionFor(tx, p.StateCode, p.Mobile); err != nil {
			return Person{}, err
		}
	}
	// Who left under this userid is replaced: a userid names one person.
	if _, err := tx.Exec(forgetLeft, corp, p.ID); err != nil {
		return Person{}, err
	}
	row, err := d.row(tx, corp, &p)
	if err != nil {
		return Person{}, err
	}
	if _, err := tx.Exec(insertPerson, row...); err != nil {
		return Person{}, err
	}
	if err := p.place(tx, corp); err != nil {
		return Person{}, err
	}
	if err := namePerson(tx, corp, p); err != nil {
		return Person{}, err
	}
	if err := d.announcePerson(tx, corp, event.UserAdded, p.ID, nil, now); err != nil {
		return Person{}, err
	}
	return p, d.announceLed(tx, corp, nil, &p)
}

// named checks the userid that was asked for, or draws one that is free.
func (p *Person) named(tx *store.Tx, corp id.Corp) error {
	for drawn := p.ID == ""; ; {
		if drawn {
			p.ID = id.NewUser()
		} else if err := validUser(p.ID); err != nil {
			return err
		}
		switch n, err := store.One(tx, countPerson, scanCount, corp, p.ID); {
		case err != nil || n == 0:
			return err
		case !drawn:
			return apierror.UserExists.Got("%s", p.ID)
		}
	}
}

// join gives the person memberships in just these departments, keeping those
// that are there.
func (p *Person) join(tx *store.Tx, corp id.Corp, depts []id.Dept, now time.Time) error {
	depts = slices.Compact(slices.Sorted(slices.Values(depts)))
	switch {
	case len(depts) == 0:
		return apierror.ParameterMissing.With("name", "dept_id_list").Want("至少一个部门")
	case len(depts) > mostDepartments:
		return apierror.TooManyDepartments.Want("最多 %d 个部门", mostDepartments).Got("%d", len(depts))
	}
	missing, err := missingDepts(tx, corp, depts)
	if err != nil {
		return err
	}
	if len(missing) > 0 {
		return apierror.DeptNotFound.Got("%s", numbers(missing))
	}
	p.Memberships = slices.DeleteFunc(p.Memberships, func(m Membership) bool { return !slices.Contains(depts, m.Dept) })
	for _, n := range depts {
		if !slices.Contains(p.Departments(), n) {
			p.Memberships = append(p.Memberships, newMembership(n, now))
		}
	}
	return nil
}

// newMembership is that of who joins department n now.
func newMembership(n id.Dept, now time.Time) Membership {
	return Membership{Dept: n, Sort: max(earliest-now.UnixMilli(), 0), JoinedAt: now}
}

// post applies what is said of the person's places.
func (p *Person) post(posts []Post) {
	for _, post := range posts {
		for i := range p.Memberships {
			m := &p.Memberships[i]
			if post.Main != nil && *post.Main {
				m.Main = false // there is one
			}
			if m.Dept != post.Dept {
				continue
			}
			set(&m.Sort, post.Sort)
			set(&m.Title, post.Title)
			set(&m.Place, post.Place)
			set(&m.Main, post.Main)
			set(&m.Leader, post.Leader)
		}
	}
}

// place writes the person's memberships.
func (p *Person) place(tx *store.Tx, corp id.Corp) error {
	for _, m := range p.Memberships {
		if _, err := tx.Exec(putMembership, corp, m.Dept, p.ID, m.Sort, m.Leader, m.Title, m.Main,
			millis(m.JoinedAt), millis(p.ModifiedAt)); err != nil {
			return err
		}
	}
	return nil
}

// unionFor is the unionid of whoever has the number in any corp of the
// platform, or a new one.
func (d *Directory) unionFor(tx *store.Tx, code, mobile string) (id.Union, error) {
	union, err := store.One(tx, unionOfMobile, scanUnion, d.keys.IndexOfAll(indexPerson, number(code, mobile)))
	if errors.Is(err, store.ErrNone) {
		return id.NewUnion(), nil
	}
	return union, err
}

func (d *Directory) updatePerson(tx *store.Tx, corp id.Corp, c PersonChange, now time.Time) (Person, error) {
	p, err := d.person(tx, corp, c.ID)
	if err != nil {
		return Person{}, err
	}
	before := p
	p.ModifiedAt = now
	if c.Edit != nil {
		c.Edit(&p.Profile)
		if err := p.edited(d, tx, corp, before); err != nil {
			return Person{}, err
		}
	}
	p.Memberships = slices.Clone(before.Memberships)
	if c.Departments != nil {
		if err := p.join(tx, corp, c.Departments, now); err != nil {
			return Person{}, err
		}
		if _, err := tx.Exec(leaveOthers, corp, p.ID, store.List(p.Departments())); err != nil {
			return Person{}, err
		}
	}
	p.post(c.Posts)
	row, err := d.row(tx, corp, &p)
	if err != nil {
		return Person{}, err
	}
	if _, err := tx.Exec(updatePersonRow, row...); err != nil {
		return Person{}, err
	}
	if err := p.place(tx, corp); err != nil {
		return Person{}, err
	}
	if p.Name != before.Name || p.JobNumber != before.JobNumber {
		if err := namePerson(tx, corp, p); err != nil {
			return Person{}, err
		}
	}
	return p, d.announceChange(tx, corp, &before, &p)
}

// edited holds what changed of the profile to the rules.
func (p *Person) edited(d *Directory, tx *store.Tx, corp id.Corp, before Person) error {
	if err := p.normal(); err != nil {
		return err
	}
	if err := p.unique(d, tx, corp, p.ID); err != nil {
		return err
	}
	if p.Manager == before.Manager {
		return nil // who left since may still stand there
	}
	return p.manager(tx, corp, p.ID)
}

func (d *Directory) removePerson(tx *store.Tx, corp id.Corp, user id.User, now time.Time) error {
	p, err := d.person(tx, corp, user)
	if err != nil {
		return err
	}
	was, err := placesOf(tx, corp, p.Departments())
	if err != nil {
		return err
	}
	if err := d.announceRights(tx, corp, p.ID, was, now); err != nil { // before that they left
		return err
	}
	if err := leaveRoles(tx, corp, p.ID); err != nil {
		return err
	}
	if _, err := tx.Exec(leave, corp, p.ID, millis(now)); err != nil {
		return err
	}
	for _, q := range []store.SQL{leaveAll, deletePersonTerms} {
		if _, err := tx.Exec(q, corp, p.ID); err != nil {
			return err
		}
	}
	managed, err := store.All(tx, leaveManaged, scanUser, corp, p.ID)
	if err != nil {
		return err
	}
	if err := d.announcePerson(tx, corp, event.UserLeft, p.ID, was, now); err != nil {
		return err
	}
	if err := d.announceLed(tx, corp, &p, nil); err != nil {
		return err
	}
	slices.Sort(managed)
	return d.announceTouched(tx, corp, objectOf(p.ID), managed, now)
}

// announceRights tells what somebody who leaves ceases to be: administrator, and
// holder of roles.
func (d *Directory) announceRights(tx *store.Tx, corp id.Corp, user id.User, was []id.Dept, now time.Time) error {
	level, err := adminLevel(tx, corp, user)
	if err != nil {
		return err
	}
	if err := d.announceAdmin(tx, corp, user, level, LevelNone, was, now); err != nil {
		return err
	}
	held, err := store.All(tx, rolesHeld, scanRoleID, corp, user)
	if err != nil {
		return err
	}
	for _, r := range held {
		if err := d.announceHolders(tx, corp, r, event.RoleMembers{Users: []id.User{user}, Action: roleTaken}.Was(was)); err != nil {
			return err
		}
	}
	return nil
}

// Activate notes that somebody signed in. The first time it is announced; of
// somebody who is active, or not employed, nothing happens.
func (d *Directory) Activate(ctx context.Context, corp id.Corp, user id.User) error {
	return do(ctx, d, corp, func(tx *store.Tx) error {
		rows, err := tx.Exec(activate, corp, user)
		if err != nil || rows == 0 {
			return err
		}
		return d.announce(tx, corp, event.UserActivated, objectOf(user), event.Activated{UserID: []id.User{user}})
	})
}

func scanUnion(r store.Row) (u id.Union, err error) {
	err = r.Scan(&u)
	return u, err
}

const (
	insertPerson store.SQL = `INSERT INTO people (corp, ` + personColumns + `, mobile_index, email_index, person_index,
			mobile, state_code, email, org_email, work_place, remark, extension, extension_i18n, login_id, login_email)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $23, $24, $25, $26,
			'', '', '', '', '', '', '', '', '', '')`
	updatePersonRow store.SQL = `UPDATE people SET unionid = $3, name = $4, org_email_type = $5, telephone = $6, job_number = $7, title = $8,
			avatar = $9, manager = $10, hired_at = $11, exclusive = $12, exclusive_type = $13, active = $14, boss = $15, senior = $16,
			hide_mobile = $17, state = $18, created_at = $19, modified_at = $20, left_at = $21, key_id = $22, sealed = $23,
			mobile_index = $24, email_index = $25, person_index = $26
		WHERE corp = $1 AND userid = $2`
	leave         store.SQL = `UPDATE people SET state = 'left', left_at = $3, modified_at = $3 WHERE corp = $1 AND userid = $2`
	leaveManaged  store.SQL = `UPDATE people SET manager = '' WHERE corp = $1 AND manager = $2 AND manager <> '' RETURNING userid`
	activate      store.SQL = `UPDATE people SET active = TRUE WHERE corp = $1 AND userid = $2 AND state = 'employed' AND NOT active`
	forgetLeft    store.SQL = `DELETE FROM people WHERE corp = $1 AND userid = $2 AND state = 'left'`
	unionOfMobile store.SQL = `SELECT unionid FROM people WHERE person_index = $1 ORDER BY created_at, corp LIMIT 1
		/* all corps: one natural person has one unionid in all of them */`

	putMembership store.SQL = `INSERT INTO memberships (corp, dept, userid, sort, leader, title, work_place, is_main, joined_at, modified_at)
		VALUES ($1, $2, $3, $4, $5, $6, '', $7, $8, $9)
		ON CONFLICT (corp, dept, userid) DO UPDATE SET sort = excluded.sort, leader = excluded.leader, title = excluded.title,
			is_main = excluded.is_main, modified_at = excluded.modified_at`
	leaveOthers store.SQL = `DELETE FROM memberships WHERE corp = $1 AND userid = $2 AND dept NOT IN @ints($3)`
	leaveAll    store.SQL = `DELETE FROM memberships WHERE corp = $1 AND userid = $2`
)
