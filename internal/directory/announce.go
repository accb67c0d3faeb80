package directory

import (
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

// announcePerson tells what happened to a person.
func (d *Directory) announcePerson(tx *store.Tx, corp id.Corp, n event.Name, user id.User, now time.Time) error {
	return d.announce(tx, corp, n, "person:"+string(user), event.People{TimeStamp: stamp(now), UserID: []id.User{user}})
}

// announceAdmin tells that somebody became administrator, or is none any more.
func (d *Directory) announceAdmin(tx *store.Tx, corp id.Corp, user id.User, before, after int, now time.Time) error {
	was, is := administers(before), administers(after)
	switch {
	case is && !was:
		return d.announcePerson(tx, corp, event.AdminAdded, user, now)
	case was && !is:
		return d.announcePerson(tx, corp, event.AdminRemoved, user, now)
	}
	return nil
}

func administers(level int) bool { return level == LevelMain || level == LevelSub }

// announceChange tells what changed of a person.
func (d *Directory) announceChange(tx *store.Tx, corp id.Corp, before, after *Person) error {
	modified := event.PeopleModified{TimeStamp: stamp(after.ModifiedAt), UserID: []id.User{after.ID}}
	was, is := told(before), told(after)
	keepChanged(&was, &is)
	if was != is {
		modified.Diff = &event.Diff{UserID: after.ID, Before: was, After: is}
	}
	return d.announce(tx, corp, event.UserModified, "person:"+string(after.ID), modified)
}

// announceDept tells what happened to a department.
func (d *Directory) announceDept(tx *store.Tx, corp id.Corp, n event.Name, dept id.Dept) error {
	return d.announce(tx, corp, n, "dept:"+strconv.FormatInt(int64(dept), 10), event.Departments{DeptID: []int64{int64(dept)}})
}

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
