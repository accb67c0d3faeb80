package directory

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/gatepost/gatepost/internal/apierror"
	"github.com/gatepost/gatepost/internal/id"
	"github.com/gatepost/gatepost/internal/store"
)

// importChunk is how many people share a statement where one can be shared.
const importChunk = 500

// Import creates many departments and people in one transaction, for companies
// that begin with data: all of it or, when anything is refused, nothing. Parents
// come before their children and carry ids; people carry userids. What would
// take a look at each other row is left to the database's unique indexes, so a
// duplicate is told by the index it hit and not by the refusal of its field.
func (d *Directory) Import(ctx context.Context, corp id.Corp, depts []NewDepartment, people []NewPerson) error {
	now := d.clock.At(corp)
	err := do(ctx, d, corp, func(tx *store.Tx) error {
		if err := importDepts(tx, corp, depts, now); err != nil {
			return err
		}
		there, err := store.All(tx, selectSubtree, scanDept, corp, "/1/", pathEnd("/1/"))
		if err != nil {
			return err
		}
		known := make(map[id.Dept]bool, len(there))
		for _, one := range there {
			known[one.ID] = true
		}
		for chunk := range slices.Chunk(people, importChunk) {
			if err := importPeople(tx, corp, chunk, known, now); err != nil {
				return err
			}
		}
		return nil
	})
	if on := store.ConflictOn(err); on != "" {
		return fmt.Errorf("directory: import: doubled %s: %w", on, err)
	}
	return err
}

func importDepts(tx *store.Tx, corp id.Corp, depts []NewDepartment, now time.Time) error {
	for i, n := range depts {
		if n.Sort == nil {
			place := int64(i + 1)
			n.Sort = &place
		}
		if _, err := createDept(tx, corp, n, now); err != nil {
			return fmt.Errorf("directory: import department %q: %w", n.Name, err)
		}
	}
	return nil
}

func importPeople(tx *store.Tx, corp id.Corp, chunk []NewPerson, known map[id.Dept]bool, now time.Time) error {
	people := make([]Person, len(chunk))
	for i, n := range chunk {
		p := Person{ID: n.ID, Union: n.Union, Profile: n.Profile, State: Employed, CreatedAt: now, ModifiedAt: now}
		if err := p.imported(n, known, now); err != nil {
			return fmt.Errorf("directory: import person %q: %w", n.ID, err)
		}
		people[i] = p
	}
	if err := unions(tx, people); err != nil {
		return err
	}
	var terms []string
	for _, p := range people {
		if _, err := tx.Exec(insertPerson, p.row(corp)...); err != nil {
			return err
		}
		if err := p.place(tx, corp); err != nil {
			return err
		}
		terms = append(terms, p.packed()...)
	}
	_, err := tx.Exec(putPersonTerms, corp, store.List(terms))
	return err
}

// imported holds one person to the rules that need no look at others.
func (p *Person) imported(n NewPerson, known map[id.Dept]bool, now time.Time) error {
	if err := validUser(p.ID); err != nil {
		return err
	}
	if err := p.normal(); err != nil {
		return err
	}
	if len(n.Departments) == 0 || len(n.Departments) > mostDepartments {
		return apierror.TooManyDepartments.Want("1–%d 个", mostDepartments).Got("%d", len(n.Departments))
	}
	for _, dept := range n.Departments {
		if !known[dept] {
			return apierror.DeptNotFound.Got("%d", dept)
		}
		p.Memberships = append(p.Memberships, newMembership(dept, now))
	}
	p.post(n.Posts)
	return nil
}

// unions gives unionids to those who have none: that of the same number
// anywhere on the platform, or a new one.
func unions(tx *store.Tx, people []Person) error {
	mobiles := make([]string, len(people))
	for i, p := range people {
		mobiles[i] = p.Mobile
	}
	list, err := store.All(tx, unionsOfMobiles, scanNumbered, store.List(mobiles))
	if err != nil {
		return err
	}
	known := make(map[numbered]id.Union, len(list))
	for _, n := range list {
		union := n.union
		n.union = ""
		known[n] = union
	}
	for i := range people {
		p := &people[i]
		if p.Union == "" {
			p.Union = known[numbered{mobile: p.Mobile, code: p.StateCode}]
		}
		if p.Union == "" {
			p.Union = id.NewUnion()
		}
	}
	return nil
}

// numbered is a unionid and the number it belongs to.
type numbered struct {
	mobile, code string
	union        id.Union
}

func scanNumbered(r store.Row) (n numbered, err error) {
	err = r.Scan(&n.mobile, &n.code, &n.union)
	return n, err
}

const unionsOfMobiles store.SQL = `SELECT mobile, state_code, unionid FROM people WHERE mobile IN @strings($1)
	/* all corps: one natural person has one unionid in all of them */`
