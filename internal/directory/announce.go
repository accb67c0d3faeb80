package directory

import (
	"slices"
	"strconv"
	"time"

	"github.com/gatepost/gatepost/internal/event"
	"github.com/gatepost/gatepost/internal/id"
	"github.com/gatepost/gatepost/internal/store"
)

// announce tells that n happened to object.
func (d *Directory) announce(tx *store.Tx, corp id.Corp, n event.Name, object string, payload any) error {
	if d.Events == nil {
		return nil
	}
	_, err := d.Events.Emit(tx, corp, n, object, payload)
	return err
}

// announcePerson tells what happened to a person, who was in the departments was
// if it took the person away.
func (d *Directory) announcePerson(tx *store.Tx, corp id.Corp, n event.Name, user id.User, was []id.Dept, now time.Time) error {
	return d.announce(tx, corp, n, objectOf(user), event.People{TimeStamp: stamp(now), UserID: []id.User{user}}.Was(was))
}

// objectOf is a person as events order themselves by.
func objectOf(user id.User) string { return "person:" + string(user) }

// announceAdmin tells that somebody became administrator, or is none any more.
func (d *Directory) announceAdmin(tx *store.Tx, corp id.Corp, user id.User, before, after int, was []id.Dept, now time.Time) error {
	did, does := administers(before), administers(after)
	switch {
	case does && !did:
		return d.announcePerson(tx, corp, event.AdminAdded, user, was, now)
	case did && !does:
		return d.announcePerson(tx, corp, event.AdminRemoved, user, was, now)
	}
	return nil
}

func administers(level int) bool { return level == LevelMain || level == LevelSub }

// announceChange tells what changed of a person, and of departments that have
// another leader by it.
func (d *Directory) announceChange(tx *store.Tx, corp id.Corp, before, after *Person) error {
	modified := event.PeopleModified{TimeStamp: stamp(after.ModifiedAt), UserID: []id.User{after.ID}}
	was, is := told(before), told(after)
	keepChanged(&was, &is)
	if was != is {
		modified.Diff = &event.Diff{UserID: after.ID, Before: was, After: is}
	}
	gone, err := placesOf(tx, corp, except(before.Departments(), after.Departments()))
	if err != nil {
		return err
	}
	if err := d.announce(tx, corp, event.UserModified, objectOf(after.ID), modified.Was(gone)); err != nil {
		return err
	}
	return d.announceLed(tx, corp, before, after)
}

// announceLed tells of the departments that a person leads now and did not before,
// or the other way round. Nil is somebody who is not employed.
func (d *Directory) announceLed(tx *store.Tx, corp id.Corp, before, after *Person) error {
	for _, dept := range differing(before.led(), after.led()) {
		if err := d.announceDept(tx, corp, event.DeptModified, dept, nil); err != nil {
			return err
		}
	}
	return nil
}

// led are the departments that the person leads.
func (p *Person) led() []id.Dept {
	var list []id.Dept
	if p == nil {
		return list
	}
	for _, m := range p.Memberships {
		if m.Leader {
			list = append(list, m.Dept)
		}
	}
	return list
}

// announceTouched tells that people changed by what happened to somebody, or
// something, else. Nothing of their profile is told.
func (d *Directory) announceTouched(tx *store.Tx, corp id.Corp, object string, users []id.User, now time.Time) error {
	for chunk := range slices.Chunk(users, importChunk) {
		if err := d.announce(tx, corp, event.UserModified, object, event.PeopleModified{TimeStamp: stamp(now), UserID: chunk}); err != nil {
			return err
		}
	}
	return nil
}

// announceDept tells what happened to a department, which was below the
// departments was if it was taken out of them.
func (d *Directory) announceDept(tx *store.Tx, corp id.Corp, n event.Name, dept id.Dept, was []id.Dept) error {
	return d.announce(tx, corp, n, "dept:"+strconv.FormatInt(int64(dept), 10), event.Departments{DeptID: []int64{int64(dept)}}.Was(was))
}

// announceImport tells of what was imported: not one by one, but in lists. They
// come in one order, which is not that of the single people and departments.
func (d *Directory) announceImport(tx *store.Tx, corp id.Corp, depts []NewDepartment, people []Person, now time.Time) error {
	const object = "import"
	for chunk := range slices.Chunk(depts, importChunk) {
		told := event.Departments{DeptID: make([]int64, len(chunk))}
		for i, n := range chunk {
			told.DeptID[i] = int64(n.ID)
		}
		if err := d.announce(tx, corp, event.DeptCreated, object, told); err != nil {
			return err
		}
	}
	for chunk := range slices.Chunk(people, importChunk) {
		told := event.People{TimeStamp: stamp(now), UserID: make([]id.User, len(chunk))}
		for i := range chunk {
			told.UserID[i] = chunk[i].ID
		}
		if err := d.announce(tx, corp, event.UserAdded, object, told); err != nil {
			return err
		}
	}
	return nil
}

// placesOf are departments with all above them.
func placesOf(tx *store.Tx, corp id.Corp, depts []id.Dept) ([]id.Dept, error) {
	if len(depts) == 0 {
		return nil, nil
	}
	paths, err := store.All(tx, pathsOf, scanText, corp, store.List(depts))
	var all []id.Dept
	for _, path := range paths {
		all = append(all, pathIDs(path)...)
	}
	slices.Sort(all)
	return slices.Compact(all), err
}

// except returns what of a is not in b.
func except[T comparable](a, b []T) []T {
	return slices.DeleteFunc(slices.Clone(a), func(x T) bool { return slices.Contains(b, x) })
}

// differing returns what is in one of a and b alone.
func differing[T comparable](a, b []T) []T { return append(except(a, b), except(b, a)...) }

// told are the fields of a person that a change of them is told with.
func told(p *Person) event.Profile {
	t := event.Profile{Name: p.Name, Email: p.Email, JobNumber: p.JobNumber, Telephone: p.Telephone, WorkPlace: p.WorkPlace, Manager: p.Manager}
	if !p.HiredAt.IsZero() {
		t.Hired = stamp(p.HiredAt)
	}
	return t
}

// keepChanged empties the fields that are the same on both sides.
func keepChanged(a, b *event.Profile) {
	if a.Manager == b.Manager {
		a.Manager, b.Manager = "", ""
	}
	for _, pair := range [][2]*string{{&a.Name, &b.Name}, {&a.Email, &b.Email}, {&a.JobNumber, &b.JobNumber}, {&a.Telephone, &b.Telephone},
		{&a.WorkPlace, &b.WorkPlace}, {&a.Hired, &b.Hired}} {
		if *pair[0] == *pair[1] {
			*pair[0], *pair[1] = "", ""
		}
	}
}

// stamp is a time as events spell it.
func stamp(t time.Time) string { return strconv.FormatInt(t.UnixMilli(), 10) }
