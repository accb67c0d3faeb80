package directory

import (
	"context"
	"errors"
	"maps"
	"time"

	"github.com/gatepost/gatepost/internal/apierror"
	"github.com/gatepost/gatepost/internal/id"
	"github.com/gatepost/gatepost/internal/store"
)

// The states of a person.
const (
	Employed = "employed"
	Left     = "left"
)

// Person is an employee of one corp.
type Person struct {
	ID    id.User
	Union id.Union
	Profile
	State       string
	CreatedAt   time.Time
	ModifiedAt  time.Time
	LeftAt      time.Time    // zero while employed
	Memberships []Membership // in the order of joining
}

// Profile is what can be said of a person.
type Profile struct {
	Name      string
	Mobile    string // without country code
	StateCode string // country code without plus: "86"

	Email, OrgEmail, OrgEmailType      string
	Telephone                          string // extension number
	JobNumber, Title, WorkPlace        string
	Remark                             string
	Avatar                             string // URL; empty shows the default picture
	Manager                            id.User
	HiredAt                            time.Time         // zero: not told
	Extension                          map[string]string // further attributes
	ExtensionI18n                      string            // their translations: a JSON object, or empty
	LoginID, LoginEmail, ExclusiveType string

	Exclusive  bool // an account that belongs to the corp
	Active     bool // has signed in once, or was made ready to
	Boss       bool
	Senior     bool // an executive, whose number is hidden from everybody
	HideMobile bool // hides the number on the profile page
}

// SetMobile gives the profile a number as callers write it: 11 digits of the
// mainland, or +xx-… of elsewhere. It is checked when the profile is stored.
func (p *Profile) SetMobile(s string) { p.Mobile, p.StateCode = s, "" }

// extend replaces the further attributes, or adds to them.
func (p *Profile) extend(attributes map[string]string, add bool) {
	all := map[string]string{}
	if add {
		maps.Copy(all, p.Extension)
	}
	maps.Copy(all, attributes)
	p.Extension = all
}

// Membership is a person's place in one department.
type Membership struct {
	Dept     id.Dept
	Sort     int64 // among the members, large first
	Leader   bool
	Title    string // in this department
	Place    string // of work for this department
	Main     bool   // the main one of several
	JoinedAt time.Time
}

// Departments are the ids of the person's departments.
func (p Person) Departments() []id.Dept {
	ids := make([]id.Dept, len(p.Memberships))
	for i, m := range p.Memberships {
		ids[i] = m.Dept
	}
	return ids
}

// Person returns the employee, or apierror.UserInvalid; or apierror.UserKind
// when user is another kind of name for an employee.
func (d *Directory) Person(ctx context.Context, corp id.Corp, user id.User) (Person, error) {
	return store.View(ctx, d.db, func(tx *store.Tx) (Person, error) { return d.person(tx, corp, user) })
}

// PersonByUnion returns the employee with the unionid, or apierror.UserNotFound.
func (d *Directory) PersonByUnion(ctx context.Context, corp id.Corp, union id.Union) (Person, error) {
	return store.View(ctx, d.db, func(tx *store.Tx) (Person, error) { return d.personByUnion(tx, corp, union) })
}

// PersonByMobile returns the employee with the number, written as for
// SetMobile, or apierror.MobileUnknown.
func (d *Directory) PersonByMobile(ctx context.Context, corp id.Corp, mobile string) (Person, error) {
	return store.View(ctx, d.db, func(tx *store.Tx) (Person, error) { return d.personByMobile(tx, corp, mobile) })
}

// Employees returns those of the users who are employed, in no order.
func (d *Directory) Employees(ctx context.Context, corp id.Corp, users []id.User) ([]Person, error) {
	return store.View(ctx, d.db, func(tx *store.Tx) ([]Person, error) { return d.employees(tx, corp, users) })
}

// CountPeople returns how many employees the corp has, or how many active ones.
func (d *Directory) CountPeople(ctx context.Context, corp id.Corp, active bool) (int64, error) {
	return store.View(ctx, d.db, func(tx *store.Tx) (int64, error) { return countPeople(tx, corp, active) })
}

func countPeople(tx *store.Tx, corp id.Corp, active bool) (int64, error) {
	if active {
		return store.One(tx, countActive, scanCount, corp)
	}
	return store.One(tx, countEmployed, scanCount, corp)
}

func (d *Directory) person(tx *store.Tx, corp id.Corp, user id.User) (Person, error) {
	p, err := store.One(tx, selectPerson, scanPerson, corp, user)
	if errors.Is(err, store.ErrNone) {
		return Person{}, d.mistaken(tx, corp, string(user))
	}
	return d.whole(tx, corp, p, err)
}

// mistaken is the refusal of a name that is no userid: with the operation that
// converts it when it is an employee's unionid or mobile number.
func (d *Directory) mistaken(tx *store.Tx, corp id.Corp, given string) error {
	if id.LooksLikeUnion(given) {
		switch _, err := store.One(tx, userOfUnion, scanUser, corp, given); {
		case err == nil:
			return apierror.UserKind.With("found", "unionid "+given, "convert", pathByUnion).Want("userid").Got("unionid %s", given)
		case !errors.Is(err, store.ErrNone):
			return err
		}
	}
	if code, mobile, ok := splitMobile(given); ok {
		switch _, err := d.userOfMobile(tx, corp, code, mobile); {
		case err == nil:
			return apierror.UserKind.With("found", given, "convert", pathByMobile).Want("userid").Got("手机号 %s", given).Personal()
		case !errors.Is(err, store.ErrNone):
			return err
		}
	}
	return apierror.UserInvalid.Got("%s", given)
}

func (d *Directory) personByUnion(tx *store.Tx, corp id.Corp, union id.Union) (Person, error) {
	p, err := store.One(tx, personOfUnion, scanPerson, corp, union)
	if errors.Is(err, store.ErrNone) {
		return Person{}, apierror.UserNotFound.Want("本企业员工的 unionid").Got("%s", union)
	}
	return d.whole(tx, corp, p, err)
}

func (d *Directory) personByMobile(tx *store.Tx, corp id.Corp, mobile string) (Person, error) {
	code, digits, ok := splitMobile(mobile)
	if !ok {
		return Person{}, apierror.MobileInvalid.Want("11 位手机号，或 +xx-xxxxxxxx").Got("%s", mobile).Personal()
	}
	at, err := d.indexed(tx, corp, indexMobile, number(code, digits))
	if err != nil {
		return Person{}, err
	}
	p, err := store.One(tx, personOfMobile, scanPerson, corp, at)
	if errors.Is(err, store.ErrNone) {
		return Person{}, apierror.MobileUnknown.Got("%s", mobile).Personal()
	}
	return d.whole(tx, corp, p, err)
}

// userOfMobile is the employee with the number.
func (d *Directory) userOfMobile(tx *store.Tx, corp id.Corp, code, mobile string) (id.User, error) {
	at, err := d.indexed(tx, corp, indexMobile, number(code, mobile))
	if err != nil {
		return "", err
	}
	return store.One(tx, mobileHolder, scanUser, corp, at)
}

// whole opens a person that was read, and adds the memberships.
func (d *Directory) whole(tx *store.Tx, corp id.Corp, s storedPerson, err error) (Person, error) {
	if err != nil {
		return Person{}, err
	}
	p, places, err := d.open(tx, corp, s)
	if err != nil {
		return Person{}, err
	}
	held, err := store.All(tx, membershipsOf, scanHeld, corp, p.ID)
	for _, h := range held {
		p.Memberships = append(p.Memberships, h.Membership)
	}
	p.locate(places)
	return p, err
}

// employees returns those of the users who are employed, with memberships, in
// no order, by two statements however many they are.
func (d *Directory) employees(tx *store.Tx, corp id.Corp, users []id.User) ([]Person, error) {
	rows, err := store.All(tx, selectPeople, scanPerson, corp, store.List(users))
	if err != nil {
		return nil, err
	}
	list, places := make([]Person, len(rows)), make([][]string, len(rows))
	for i, s := range rows {
		if list[i], places[i], err = d.open(tx, corp, s); err != nil {
			return nil, err
		}
	}
	held, err := store.All(tx, membershipsOfAll, scanHeld, corp, store.List(users))
	if err != nil {
		return nil, err
	}
	at := make(map[id.User]int, len(list))
	for i, p := range list {
		at[p.ID] = i
	}
	for _, h := range held {
		if i, ok := at[h.user]; ok {
			list[i].Memberships = append(list[i].Memberships, h.Membership)
		}
	}
	for i := range list {
		list[i].locate(places[i])
	}
	return list, nil
}

// held is a membership and whose it is.
type held struct {
	user id.User
	Membership
}

func scanHeld(r store.Row) (h held, err error) {
	var joined int64
	err = r.Scan(&h.user, &h.Dept, &h.Sort, &h.Leader, &h.Title, &h.Main, &joined)
	h.JoinedAt = instant(joined)
	return h, err
}

func scanPerson(r store.Row) (s storedPerson, err error) {
	var hired, created, modified, left int64
	p := &s.Person
	err = r.Scan(&p.ID, &p.Union, &p.Name, &p.OrgEmailType, &p.Telephone, &p.JobNumber, &p.Title, &p.Avatar, &p.Manager, &hired,
		&p.Exclusive, &p.ExclusiveType, &p.Active, &p.Boss, &p.Senior, &p.HideMobile, &p.State, &created, &modified, &left,
		&s.key, &s.sealed)
	p.HiredAt, p.CreatedAt, p.ModifiedAt, p.LeftAt = instant(hired), instant(created), instant(modified), instant(left)
	return s, err
}

// Where a refusal sends whoever gave another kind of name for a userid.
const (
	pathByUnion  = "/topapi/user/getbyunionid"
	pathByMobile = "/topapi/v2/user/getbymobile"
)

// personColumns are those of a person that is sealed. The columns of the sealed
// fields are from before they were, and empty.
const personColumns = `userid, unionid, name, org_email_type, telephone, job_number, title, avatar, manager, hired_at,
	exclusive, exclusive_type, active, boss, senior, hide_mobile, state, created_at, modified_at, left_at, key_id, sealed`

const heldColumns = `userid, dept, sort, leader, title, is_main, joined_at`

const (
	selectPerson   store.SQL = `SELECT ` + personColumns + ` FROM people WHERE corp = $1 AND userid = $2 AND state = 'employed'`
	selectPeople   store.SQL = `SELECT ` + personColumns + ` FROM people WHERE corp = $1 AND userid IN @strings($2) AND state = 'employed'`
	personOfUnion  store.SQL = `SELECT ` + personColumns + ` FROM people WHERE corp = $1 AND unionid = $2 AND state = 'employed'`
	personOfMobile store.SQL = `SELECT ` + personColumns + ` FROM people WHERE corp = $1 AND mobile_index = $2
		AND mobile_index <> '' AND state = 'employed'`
	userOfUnion   store.SQL = `SELECT userid FROM people WHERE corp = $1 AND unionid = $2 AND state = 'employed'`
	countEmployed store.SQL = `SELECT count(*) FROM people WHERE corp = $1 AND state = 'employed'`
	countActive   store.SQL = `SELECT count(*) FROM people WHERE corp = $1 AND state = 'employed' AND active`

	membershipsOf    store.SQL = `SELECT ` + heldColumns + ` FROM memberships WHERE corp = $1 AND userid = $2 ORDER BY joined_at, dept`
	membershipsOfAll store.SQL = `SELECT ` + heldColumns + ` FROM memberships WHERE corp = $1 AND userid IN @strings($2)
		ORDER BY joined_at, dept`
)
