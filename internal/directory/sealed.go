package directory

import (
	"fmt"
	"strconv"

	"github.com/gatepost/gatepost/internal/id"
	"github.com/gatepost/gatepost/internal/keyring"
	"github.com/gatepost/gatepost/internal/store"
)

// storedPerson is a person as the database has it: what is of grade R2 is
// sealed, all of it together.
type storedPerson struct {
	Person
	key    int64
	sealed []byte
}

func placeOfPerson(u id.User) keyring.Place {
	return keyring.Place{Table: "people", Column: "sealed", Row: string(u)}
}

// personFields is how many texts a person's record has before the places of
// work, which follow in pairs of department and place.
const personFields = 10

// record is what of the person is sealed. TestSealedFields holds the list to the
// grades of the answers.
func (p *Person) record() string {
	texts := []string{p.Mobile, p.StateCode, p.Email, p.OrgEmail, p.WorkPlace, p.Remark, extensionText(p.Extension), p.ExtensionI18n,
		p.LoginID, p.LoginEmail}
	for _, m := range p.Memberships {
		if m.Place != "" {
			texts = append(texts, strconv.FormatInt(int64(m.Dept), 10), m.Place)
		}
	}
	return keyring.Pack(texts...)
}

// open returns the person with what is sealed. The memberships have their places
// by locate.
func (d *Directory) open(tx *store.Tx, corp id.Corp, s storedPerson) (p Person, places []string, err error) {
	p = s.Person
	record, err := d.keys.Open(tx, corp, s.key, placeOfPerson(p.ID), s.sealed)
	if err != nil {
		return p, nil, fmt.Errorf("directory: person %s: %w", p.ID, err)
	}
	t, err := keyring.Unpack(record, personFields)
	if err != nil {
		return p, nil, fmt.Errorf("directory: person %s: %w", p.ID, err)
	}
	p.Mobile, p.StateCode, p.Email, p.OrgEmail, p.WorkPlace, p.Remark = t[0], t[1], t[2], t[3], t[4], t[5]
	p.ExtensionI18n, p.LoginID, p.LoginEmail = t[7], t[8], t[9]
	p.Extension, err = parseExtension(t[6])
	return p, t[personFields:], err
}

// locate gives the memberships their places of work.
func (p *Person) locate(places []string) {
	for i := 0; i+1 < len(places); i += 2 {
		for j := range p.Memberships {
			if m := &p.Memberships[j]; strconv.FormatInt(int64(m.Dept), 10) == places[i] {
				m.Place = places[i+1]
			}
		}
	}
}

// The columns of which there is an index of equal values.
const (
	indexMobile  = "people.mobile"
	indexEmail   = "people.email"
	indexContact = "ext_contacts.mobile"
	indexPerson  = "person" // in all corps
)

// number is a mobile number as it is looked up; empty for none.
func number(code, mobile string) string {
	if mobile == "" {
		return ""
	}
	return code + "-" + mobile
}

// row is the person as the arguments of insertPerson and updatePersonRow.
func (d *Directory) row(tx *store.Tx, corp id.Corp, p *Person) ([]any, error) {
	k, err := d.keys.In(tx, corp)
	if err != nil {
		return nil, err
	}
	key, sealed := k.Seal(placeOfPerson(p.ID), p.record())
	mobile := number(p.StateCode, p.Mobile)
	return []any{corp, p.ID, p.Union, p.Name, p.OrgEmailType, p.Telephone, p.JobNumber, p.Title, p.Avatar, p.Manager, millis(p.HiredAt),
		p.Exclusive, p.ExclusiveType, p.Active, p.Boss, p.Senior, p.HideMobile, p.State,
		millis(p.CreatedAt), millis(p.ModifiedAt), millis(p.LeftAt), key, sealed,
		k.Index(indexMobile, mobile), k.Index(indexEmail, p.Email), d.keys.IndexOfAll(indexPerson, mobile)}, nil
}

// indexed is by what a value of a column is found in corp.
func (d *Directory) indexed(tx *store.Tx, corp id.Corp, column, value string) (string, error) {
	k, err := d.keys.In(tx, corp)
	if err != nil {
		return "", err
	}
	return k.Index(column, value), nil
}

// SealedTables are the directory's tables that have sealed columns.
func (d *Directory) SealedTables() []keyring.Table {
	return []keyring.Table{sealedPeople{d}, sealedContacts{d}}
}

type sealedPeople struct{ d *Directory }

func (sealedPeople) Name() string { return "people" }

// Reseal also seals what an older version left in clear, and empties its columns.
func (s sealedPeople) Reseal(tx *store.Tx, corp id.Corp, key int64, most int) (int, error) {
	list, err := store.All(tx, olderPeople, scanOlderPerson, corp, key, most)
	if err != nil {
		return 0, err
	}
	for i := range list {
		if err := s.one(tx, corp, &list[i]); err != nil {
			return 0, err
		}
	}
	return len(list), nil
}

// one seals a person anew.
func (s sealedPeople) one(tx *store.Tx, corp id.Corp, old *olderPerson) error {
	p, places := old.Person, []string(nil)
	var err error
	if old.key == 0 {
		p.Extension, err = parseExtension(old.extension)
	} else {
		p, places, err = s.d.open(tx, corp, old.storedPerson)
	}
	if err != nil {
		return err
	}
	held, err := store.All(tx, clearPlaces, scanPlace, corp, p.ID)
	if err != nil {
		return err
	}
	record := p.record()
	for _, h := range held {
		places = append(places, h...)
	}
	if len(places) > 0 {
		texts, err := keyring.Unpack(record, personFields)
		if err != nil {
			return err
		}
		record = keyring.Pack(append(texts, places...)...)
	}
	k, err := s.d.keys.In(tx, corp)
	if err != nil {
		return err
	}
	key, sealed := k.Seal(placeOfPerson(p.ID), record)
	mobile := number(p.StateCode, p.Mobile)
	if _, err = tx.Exec(resealPerson, corp, p.ID, key, sealed, k.Index(indexMobile, mobile), k.Index(indexEmail, p.Email),
		s.d.keys.IndexOfAll(indexPerson, mobile)); err != nil || len(held) == 0 {
		return err
	}
	_, err = tx.Exec(emptyPlaces, corp, p.ID)
	return err
}

func (sealedPeople) Older(tx *store.Tx, corp id.Corp, key int64) (older, all int64, err error) {
	return two(tx, countPeopleKeys, corp, key)
}

// two reads two counts.
func two(tx *store.Tx, q store.SQL, corp id.Corp, key int64) (a, b int64, err error) {
	n, err := store.One(tx, q, func(r store.Row) (n [2]int64, err error) { return n, r.Scan(&n[0], &n[1]) }, corp, key)
	return n[0], n[1], err
}

// olderPerson is a person under an older key, or in clear.
type olderPerson struct {
	storedPerson
	extension string
}

func scanOlderPerson(r store.Row) (o olderPerson, err error) {
	p := &o.Person
	return o, r.Scan(&p.ID, &o.key, &o.sealed, &p.Mobile, &p.StateCode, &p.Email, &p.OrgEmail, &p.WorkPlace, &p.Remark,
		&o.extension, &p.ExtensionI18n, &p.LoginID, &p.LoginEmail)
}

// scanPlace reads a place of work that stands in clear, as the record has it.
func scanPlace(r store.Row) ([]string, error) {
	var dept int64
	var place string
	err := r.Scan(&dept, &place)
	return []string{strconv.FormatInt(dept, 10), place}, err
}

type sealedContacts struct{ d *Directory }

func (sealedContacts) Name() string { return "ext_contacts" }

func (s sealedContacts) Reseal(tx *store.Tx, corp id.Corp, key int64, most int) (int, error) {
	list, err := store.All(tx, olderContacts, scanStoredContact, corp, key, most)
	if err != nil {
		return 0, err
	}
	for _, c := range list {
		if c.key != 0 {
			if c.Contact, err = s.d.openContact(tx, corp, c); err != nil {
				return 0, err
			}
		}
		k, err := s.d.keys.In(tx, corp)
		if err != nil {
			return 0, err
		}
		now, sealed := k.Seal(placeOfContact(c.User), c.record())
		if _, err := tx.Exec(resealContact, corp, c.User, now, sealed, k.Index(indexContact, number(c.StateCode, c.Mobile))); err != nil {
			return 0, err
		}
	}
	return len(list), nil
}

func (sealedContacts) Older(tx *store.Tx, corp id.Corp, key int64) (older, all int64, err error) {
	return two(tx, countContactKeys, corp, key)
}

// storedContact is a contact as the database has it.
type storedContact struct {
	Contact
	key    int64
	sealed []byte
}

func placeOfContact(u id.User) keyring.Place {
	return keyring.Place{Table: "ext_contacts", Column: "sealed", Row: string(u)}
}

const contactFields = 6

// record is what of the contact is sealed.
func (c *Contact) record() string {
	return keyring.Pack(c.Name, c.Mobile, c.StateCode, c.Address, c.Remark, c.Email)
}

// openContact returns the contact with what is sealed.
func (d *Directory) openContact(tx *store.Tx, corp id.Corp, s storedContact) (Contact, error) {
	c := s.Contact
	record, err := d.keys.Open(tx, corp, s.key, placeOfContact(c.User), s.sealed)
	if err != nil {
		return c, fmt.Errorf("directory: external contact %s: %w", c.User, err)
	}
	t, err := keyring.Unpack(record, contactFields)
	if err != nil {
		return c, fmt.Errorf("directory: external contact %s: %w", c.User, err)
	}
	c.Name, c.Mobile, c.StateCode, c.Address, c.Remark, c.Email = t[0], t[1], t[2], t[3], t[4], t[5]
	return c, nil
}

func scanStoredContact(r store.Row) (c storedContact, err error) {
	err = r.Scan(&c.User, &c.key, &c.sealed, &c.Name, &c.Mobile, &c.StateCode, &c.Address, &c.Remark, &c.Email)
	return c, err
}

const (
	olderPeople store.SQL = `SELECT userid, key_id, sealed, mobile, state_code, email, org_email, work_place, remark,
			extension, extension_i18n, login_id, login_email
		FROM people WHERE corp = $1 AND key_id < $2 ORDER BY key_id LIMIT $3`
	resealPerson store.SQL = `UPDATE people SET key_id = $3, sealed = $4, mobile_index = $5, email_index = $6, person_index = $7,
			mobile = '', state_code = '', email = '', org_email = '', work_place = '', remark = '',
			extension = '', extension_i18n = '', login_id = '', login_email = ''
		WHERE corp = $1 AND userid = $2`
	clearPlaces     store.SQL = `SELECT dept, work_place FROM memberships WHERE corp = $1 AND userid = $2 AND work_place <> ''`
	emptyPlaces     store.SQL = `UPDATE memberships SET work_place = '' WHERE corp = $1 AND userid = $2`
	countPeopleKeys store.SQL = `SELECT (SELECT count(*) FROM people WHERE corp = $1 AND key_id < $2),
		(SELECT count(*) FROM people WHERE corp = $1)`

	olderContacts store.SQL = `SELECT userid, key_id, sealed, name, mobile, state_code, address, remark, email
		FROM ext_contacts WHERE corp = $1 AND key_id < $2 ORDER BY key_id LIMIT $3`
	resealContact store.SQL = `UPDATE ext_contacts SET key_id = $3, sealed = $4, mobile_index = $5,
			name = '', mobile = '', state_code = '', address = '', remark = '', email = ''
		WHERE corp = $1 AND userid = $2`
	countContactKeys store.SQL = `SELECT (SELECT count(*) FROM ext_contacts WHERE corp = $1 AND key_id < $2),
		(SELECT count(*) FROM ext_contacts WHERE corp = $1)`
)
