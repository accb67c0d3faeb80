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
		known, err := importDepts(tx, corp, depts, now)
		if err != nil {
			return err
		}
		staff, err := d.importable(tx, people, known, now)
		if err != nil {
			return err
		}
		for chunk := range slices.Chunk(staff, importChunk) {
			if err := d.importPeople(tx, corp, chunk); err != nil {
				return err
			}
		}
		return d.announceImport(tx, corp, depts, staff, now)
	})
	if on := store.ConflictOn(err); on != "" {
		return fmt.Errorf("directory: import: doubled %s: %w", on, err)
	}
	return err
}

// importDepts founds departments and returns all that the corp then has.
func importDepts(tx *store.Tx, corp id.Corp, depts []NewDepartment, now time.Time) (map[id.Dept]Department, error) {
	there, err := subtree(tx, corp, id.RootDept)
	if err != nil {
		return nil, err
	}
	known := make(map[id.Dept]Department, len(there)+len(depts))
	for _, one := range there {
		known[one.ID] = one
	}
	var terms []string
	for i, n := range depts {
		one, err := n.under(known[n.Parent], int64(i+1), now)
		if err != nil {
			return nil, fmt.Errorf("directory: import department %q: %w", n.Name, err)
		}
		if _, err := tx.Exec(insertDeptRow, one.row(corp)...); err != nil {
			return nil, err
		}
		known[one.ID] = one
		terms = append(terms, one.packed()...)
	}
	_, err = tx.Exec(putDeptTerms, corp, store.List(terms))
	return known, err
}

// under is the department to be made below parent, at place unless it has a
// sort of its own.
func (n NewDepartment) under(parent Department, place int64, now time.Time) (Department, error) {
	switch {
	case parent.ID == 0:
		return Department{}, apierror.ParentNotFound.Got("%d", n.Parent)
	case n.ID <= 0:
		return Department{}, apierror.DeptIDInvalid.Want("大于 0 的部门 id").Got("%d", n.ID)
	case parent.Depth >= deepest:
		return Department{}, apierror.DeptTooDeep.Want("最多 %d 级", deepest).Got("%d", parent.Depth+1)
	}
	set(&place, n.Sort)
	return Department{
		ID: n.ID, Parent: parent.ID, Name: n.Name, Sort: place, Path: pathBelow(parent.Path, n.ID), Depth: parent.Depth + 1,
		DepartmentSettings: n.DepartmentSettings, CreatedAt: now, ModifiedAt: now,
	}, validDeptName(n.Name)
}

// importable checks people and completes them. It looks for unionids before
// anything is written: a table that was empty a moment ago is searched badly.
func (d *Directory) importable(tx *store.Tx, people []NewPerson, known map[id.Dept]Department, now time.Time) ([]Person, error) {
	staff := make([]Person, len(people))
	for i, n := range people {
		p := Person{ID: n.ID, Union: n.Union, Profile: n.Profile, State: Employed, CreatedAt: now, ModifiedAt: now}
		if err := p.imported(n, known, now); err != nil {
			return nil, fmt.Errorf("directory: import person %q: %w", n.ID, err)
		}
		staff[i] = p
	}
	for chunk := range slices.Chunk(staff, importChunk) {
		if err := d.unions(tx, chunk); err != nil {
			return nil, err
		}
	}
	return staff, nil
}

func (d *Directory) importPeople(tx *store.Tx, corp id.Corp, people []Person) error {
	var terms []string
	for _, p := range people {
		row, err := d.row(tx, corp, &p)
		if err != nil {
			return err
		}
		if _, err := tx.Exec(insertPerson, row...); err != nil {
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
func (p *Person) imported(n NewPerson, known map[id.Dept]Department, now time.Time) error {
	if err := validUser(p.ID); err != nil {
		return err
	}
	if err := p.normal(); err != nil {
		return err
	}
	if len(n.Departments) == 0 || len(n.Departments) > mostDepartments {
		return apierror.TooManyDepartments.Want("1–%d 个部门", mostDepartments).Got("%d", len(n.Departments))
	}
	for _, dept := range n.Departments {
		if known[dept].ID == 0 {
			return apierror.DeptNotFound.Got("%d", dept)
		}
		p.Memberships = append(p.Memberships, newMembership(dept, now))
	}
	p.post(n.Posts)
	return nil
}

// unions gives unionids to those who have none: that of the same number
// anywhere on the platform, or a new one.
func (d *Directory) unions(tx *store.Tx, people []Person) error {
	indexes := make([]string, len(people))
	for i, p := range people {
		indexes[i] = d.keys.IndexOfAll(indexPerson, number(p.StateCode, p.Mobile))
	}
	list, err := store.All(tx, unionsOfMobiles, scanNumbered, store.List(indexes))
	if err != nil {
		return err
	}
	known := make(map[string]id.Union, len(list))
	for _, n := range list {
		known[n.index] = n.union
	}
	for i := range people {
		p := &people[i]
		if p.Union == "" {
			p.Union = known[indexes[i]]
		}
		if p.Union == "" {
			p.Union = id.NewUnion()
		}
	}
	return nil
}

// numbered is a unionid and the index of the number it belongs to.
type numbered struct {
	index string
	union id.Union
}

func scanNumbered(r store.Row) (n numbered, err error) {
	err = r.Scan(&n.index, &n.union)
	return n, err
}

const unionsOfMobiles store.SQL = `SELECT person_index, unionid FROM people WHERE person_index IN @strings($1)
	/* all corps: one natural person has one unionid in all of them */`
