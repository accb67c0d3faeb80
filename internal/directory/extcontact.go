package directory

import (
	"context"
	"errors"
	"fmt"

	"github.com/go-json-experiment/json"

	"github.com/gatepost/gatepost/internal/apierror"
	"github.com/gatepost/gatepost/internal/event"
	"github.com/gatepost/gatepost/internal/id"
	"github.com/gatepost/gatepost/internal/store"
)

// Contact is an external contact: a person outside the corp whom it keeps in
// its books. It is in no department, so an application's visible range does not
// limit who reads it; the permission point for external contacts does.
type Contact struct {
	User      id.User // made for the contact, and no employee's
	Name      string
	StateCode string // country code without plus
	Mobile    string // without country code; with it unique among the corp's contacts
	Email     string
	Company   string
	Title     string
	Address   string
	Remark    string
	Follower  id.User // the employee who looks after the contact

	Labels     []int64
	ShareDepts []id.Dept // departments and
	ShareUsers []id.User // people who see the contact in their clients too
}

// ContactChange says what to change in a contact; nil leaves a field as it is.
type ContactChange struct {
	Name, Email, Company, Title, Address, Remark *string

	Follower   *id.User
	Labels     *[]int64
	ShareDepts *[]id.Dept
	ShareUsers *[]id.User
}

// LabelGroup is a group of labels for external contacts.
type LabelGroup struct {
	ID     int64
	Name   string
	Color  int64 // ARGB as a signed 32-bit number
	Labels []Label
}

// Label is one label for external contacts.
type Label struct {
	ID   int64
	Name string

	group int64
}

// Contacts returns one page of a corp's external contacts in the order they were
// made.
func (d *Directory) Contacts(ctx context.Context, corp id.Corp, p Page) ([]Contact, error) {
	return store.View(ctx, d.db, func(tx *store.Tx) ([]Contact, error) {
		rows, err := store.All(tx, contactPage, scanContact, corp, p.Size, p.Offset)
		if err != nil {
			return nil, err
		}
		list := make([]Contact, len(rows))
		for i, s := range rows {
			if list[i], err = d.openContact(tx, corp, s); err != nil {
				return nil, err
			}
		}
		return list, nil
	})
}

// Contact returns one external contact, or ContactNotFound.
func (d *Directory) Contact(ctx context.Context, corp id.Corp, user id.User) (Contact, error) {
	return store.View(ctx, d.db, func(tx *store.Tx) (Contact, error) { return d.contact(tx, corp, user) })
}

// AddContact enters an external contact and returns the userid made for it;
// c.User is not read. The follower and whom it is shared with have to be of the
// corp, and the labels known.
func (d *Directory) AddContact(ctx context.Context, corp id.Corp, c Contact) (id.User, error) {
	c.User = id.NewUser()
	if c.Name == "" {
		return "", apierror.NameInvalid.Want("至少 1 个字符")
	}
	if _, _, ok := splitMobile("+" + c.StateCode + "-" + c.Mobile); !ok {
		return "", apierror.MobileInvalid.Want("国家码 86 时为 11 位手机号，否则为 5–14 位数字").Got("+%s-%s", c.StateCode, c.Mobile).Personal()
	}
	return change(ctx, d, corp, func(tx *store.Tx) (id.User, error) {
		if err := d.checkContact(tx, corp, c.Labels, append([]id.User{c.Follower}, c.ShareUsers...), c.ShareDepts); err != nil {
			return "", err
		}
		k, err := d.keys.In(tx, corp)
		if err != nil {
			return "", err
		}
		key, sealed := k.Seal(placeOfContact(c.User), c.record())
		rows, err := tx.Exec(insertContact, corp, c.User, c.Company, c.Title, c.Follower, store.List(c.Labels), store.List(c.ShareDepts),
			store.List(c.ShareUsers), d.clock.At(corp).UnixMilli(), key, sealed, k.Index(indexContact, number(c.StateCode, c.Mobile)))
		if err == nil && rows == 0 {
			err = apierror.ContactExists.With()
		}
		if err != nil {
			return "", err
		}
		return c.User, d.announceContact(tx, corp, event.ContactAdded, c.User, c.told())
	})
}

// ChangeContact changes an external contact. Its mobile number is who it is and
// cannot be changed.
func (d *Directory) ChangeContact(ctx context.Context, corp id.Corp, user id.User, ch ContactChange) error {
	return do(ctx, d, corp, func(tx *store.Tx) error {
		c, err := d.contact(tx, corp, user)
		if err != nil {
			return err
		}
		ch.apply(&c)
		if c.Name == "" {
			return apierror.NameInvalid.Want("至少 1 个字符")
		}
		if err := ch.check(d, tx, corp); err != nil {
			return err
		}
		k, err := d.keys.In(tx, corp)
		if err != nil {
			return err
		}
		key, sealed := k.Seal(placeOfContact(user), c.record())
		if _, err = tx.Exec(updateContact, corp, user, c.Company, c.Title, c.Follower, store.List(c.Labels), store.List(c.ShareDepts),
			store.List(c.ShareUsers), key, sealed); err != nil {
			return err
		}
		return d.announceContact(tx, corp, event.ContactModified, user, c.told())
	})
}

func (ch ContactChange) apply(c *Contact) {
	set(&c.Name, ch.Name)
	set(&c.Email, ch.Email)
	set(&c.Company, ch.Company)
	set(&c.Title, ch.Title)
	set(&c.Address, ch.Address)
	set(&c.Remark, ch.Remark)
	set(&c.Follower, ch.Follower)
	set(&c.Labels, ch.Labels)
	set(&c.ShareDepts, ch.ShareDepts)
	set(&c.ShareUsers, ch.ShareUsers)
}

// check holds what the change names to what the corp has. What it leaves as it
// is may name people and departments that are gone since.
func (ch ContactChange) check(d *Directory, tx *store.Tx, corp id.Corp) error {
	var c Contact
	ch.apply(&c)
	people := c.ShareUsers
	if ch.Follower != nil {
		people = append([]id.User{c.Follower}, people...)
	}
	return d.checkContact(tx, corp, c.Labels, people, c.ShareDepts)
}

// DeleteContact removes an external contact.
func (d *Directory) DeleteContact(ctx context.Context, corp id.Corp, user id.User) error {
	return do(ctx, d, corp, func(tx *store.Tx) error {
		rows, err := tx.Exec(deleteContact, corp, user)
		if err == nil && rows == 0 {
			err = apierror.ContactNotFound.Got("%s", user)
		}
		if err != nil {
			return err
		}
		return d.announceContact(tx, corp, event.ContactRemoved, user, event.ContactGone{UserID: user})
	})
}

// announceContact tells what happened to an external contact.
func (d *Directory) announceContact(tx *store.Tx, corp id.Corp, n event.Name, user id.User, payload any) error {
	return d.announce(tx, corp, n, "contact:"+string(user), payload)
}

// told is a contact as events tell it.
func (c Contact) told() event.Contact {
	return event.Contact{UserID: c.User, Name: c.Name, Mobile: c.Mobile, StateCode: c.StateCode, Company: c.Company, Follower: c.Follower,
		Labels: c.Labels, ShareUsers: c.ShareUsers, ShareDepts: listOf[int64](c.ShareDepts)}
}

// LabelGroups returns one page of a corp's label groups with their labels.
func (d *Directory) LabelGroups(ctx context.Context, corp id.Corp, p Page) ([]LabelGroup, error) {
	return store.View(ctx, d.db, func(tx *store.Tx) ([]LabelGroup, error) {
		groups, err := store.All(tx, labelGroupPage, scanLabelGroup, corp, p.Size, p.Offset)
		if err != nil {
			return nil, err
		}
		at := make(map[int64]int, len(groups))
		ids := make([]int64, len(groups))
		for i, g := range groups {
			at[g.ID], ids[i] = i, g.ID
		}
		labels, err := store.All(tx, labelsOfGroups, scanLabel, corp, store.List(ids))
		for _, l := range labels {
			g := &groups[at[l.group]]
			g.Labels = append(g.Labels, l)
		}
		return groups, err
	})
}

// labelSeed are the labels that a new corp begins with.
var labelSeed = []struct {
	group  string
	color  int64
	labels []string
}{
	{"客户分级", -15220075, []string{"一般", "重要", "核心"}},
	{"关系类型", -11687445, []string{"客户", "渠道商", "供应商", "合作伙伴", "其他"}},
}

// seedLabels gives a corp that has no labels the ones to begin with.
func seedLabels(tx *store.Tx, corp id.Corp) error {
	switch n, err := store.One(tx, countLabelGroups, scanCount, corp); {
	case err != nil:
		return err
	case n > 0:
		return nil
	}
	for i, g := range labelSeed {
		group, err := labelNumber(tx, corp)
		if err != nil {
			return err
		}
		if _, err := tx.Exec(insertLabelGroup, corp, group, g.group, g.color, i); err != nil {
			return err
		}
		for j, name := range g.labels {
			n, err := labelNumber(tx, corp)
			if err != nil {
				return err
			}
			if _, err := tx.Exec(insertLabel, corp, n, group, name, j); err != nil {
				return err
			}
		}
	}
	return nil
}

// labelNumber draws a number that no label and no group of labels has.
func labelNumber(tx *store.Tx, corp id.Corp) (int64, error) {
	for {
		n := id.NewNumber()
		taken, err := store.One(tx, countLabelNumber, scanCount, corp, n)
		if err != nil || taken == 0 {
			return n, err
		}
	}
}

func (d *Directory) contact(tx *store.Tx, corp id.Corp, user id.User) (Contact, error) {
	s, err := store.One(tx, contactByUser, scanContact, corp, user)
	if errors.Is(err, store.ErrNone) {
		return Contact{}, apierror.ContactNotFound.Got("%s", user)
	}
	if err != nil {
		return Contact{}, err
	}
	return d.openContact(tx, corp, s)
}

// checkContact holds what a contact names to what the corp has.
func (d *Directory) checkContact(tx *store.Tx, corp id.Corp, labels []int64, people []id.User, depts []id.Dept) error {
	known, err := store.All(tx, labelsKnown, scanCount, corp, store.List(labels))
	if err != nil {
		return err
	}
	if n, missing := lacking(labels, known); missing {
		return apierror.ParameterInvalid.With("name", "label_ids").Want("listlabelgroups 返回的标签").Got("%d", n)
	}
	if _, err := d.knownPeople(tx, corp, people); err != nil {
		return err
	}
	return knownDepts(tx, corp, depts)
}

func scanContact(r store.Row) (c storedContact, err error) {
	var labels, depts, users string
	err = r.Scan(&c.User, &c.Company, &c.Title, &c.Follower, &labels, &depts, &users, &c.key, &c.sealed)
	if err != nil {
		return c, err
	}
	err = errors.Join(json.Unmarshal([]byte(labels), &c.Labels), json.Unmarshal([]byte(depts), &c.ShareDepts), json.Unmarshal([]byte(users), &c.ShareUsers))
	if err != nil {
		return c, fmt.Errorf("external contact %s: %w", c.User, err)
	}
	return c, nil
}

func scanLabelGroup(r store.Row) (g LabelGroup, err error) {
	err = r.Scan(&g.ID, &g.Name, &g.Color)
	return g, err
}

func scanLabel(r store.Row) (l Label, err error) {
	err = r.Scan(&l.ID, &l.group, &l.Name)
	return l, err
}

const (
	contactPage store.SQL = `SELECT userid, company_name, title, follower, labels, share_depts, share_users, key_id, sealed
		FROM ext_contacts WHERE corp = $1 ORDER BY created_at, userid LIMIT $2 OFFSET $3`
	contactByUser store.SQL = `SELECT userid, company_name, title, follower, labels, share_depts, share_users, key_id, sealed
		FROM ext_contacts WHERE corp = $1 AND userid = $2`
	// The columns of the sealed fields are from before they were, and empty.
	insertContact store.SQL = `INSERT INTO ext_contacts (corp, userid, company_name, title, follower, labels, share_depts, share_users,
			created_at, key_id, sealed, mobile_index, name, mobile, state_code, address, remark, email)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, '', '', '', '', '', '')
		ON CONFLICT (corp, mobile_index) WHERE mobile_index <> '' DO NOTHING`
	updateContact store.SQL = `UPDATE ext_contacts SET company_name = $3, title = $4, follower = $5, labels = $6, share_depts = $7,
			share_users = $8, key_id = $9, sealed = $10
		WHERE corp = $1 AND userid = $2`
	deleteContact store.SQL = `DELETE FROM ext_contacts WHERE corp = $1 AND userid = $2`

	labelGroupPage store.SQL = `SELECT id, name, color FROM ext_label_groups WHERE corp = $1
		ORDER BY position, id LIMIT $2 OFFSET $3`
	labelsOfGroups store.SQL = `SELECT id, group_id, name FROM ext_labels
		WHERE corp = $1 AND group_id IN @ints($2) ORDER BY group_id, position`
	labelsKnown      store.SQL = `SELECT id FROM ext_labels WHERE corp = $1 AND id IN @ints($2)`
	countLabelGroups store.SQL = `SELECT count(*) FROM ext_label_groups WHERE corp = $1`
	countLabelNumber store.SQL = `SELECT count(*) FROM (
			SELECT id FROM ext_labels WHERE corp = $1 AND id = $2
			UNION ALL SELECT id FROM ext_label_groups WHERE corp = $1 AND id = $2) taken`
	insertLabelGroup store.SQL = `INSERT INTO ext_label_groups (corp, id, name, color, position) VALUES ($1, $2, $3, $4, $5)`
	insertLabel      store.SQL = `INSERT INTO ext_labels (corp, id, group_id, name, position) VALUES ($1, $2, $3, $4, $5)`
)
