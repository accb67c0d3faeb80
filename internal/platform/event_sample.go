package platform

import (
	"context"
	"strconv"

	"github.com/gatepost/gatepost/internal/directory"
	"github.com/gatepost/gatepost/internal/event"
	"github.com/gatepost/gatepost/internal/id"
)

// sample fills a payload with what corp has: its first person, department, role,
// external contact, application. What corp does not have stays empty.
func (p *Platform) sample(ctx context.Context, corp id.Corp, payload any) error {
	now := strconv.FormatInt(p.Clock.At(corp).UnixMilli(), 10)
	switch t := payload.(type) {
	case *event.People:
		t.TimeStamp = now
		return p.samplePeople(ctx, corp, &t.UserID)
	case *event.PeopleModified:
		t.TimeStamp = now
		return p.samplePeople(ctx, corp, &t.UserID)
	case *event.Activated:
		return p.samplePeople(ctx, corp, &t.UserID)
	case *event.Departments:
		t.DeptID = []int64{int64(id.RootDept)}
		below, err := p.Directory.Children(ctx, corp, id.RootDept)
		if len(below) > 0 {
			t.DeptID[0] = int64(below[0].ID)
		}
		return err
	case *event.Contact, *event.ContactGone:
		return p.sampleContact(ctx, corp, payload)
	case *event.AppRelease, *event.AppStatus, *event.AppRange:
		return p.sampleApp(ctx, corp, payload)
	}
	return p.sampleRole(ctx, corp, payload)
}

func (p *Platform) samplePeople(ctx context.Context, corp id.Corp, users *[]id.User) error {
	people, err := p.Directory.FirstPeople(ctx, corp, 1)
	for _, one := range people {
		*users = append(*users, one.ID)
	}
	return err
}

// sampleRole takes a role of the corp's own where there is one.
func (p *Platform) sampleRole(ctx context.Context, corp id.Corp, payload any) error {
	groups, _, err := p.Directory.RoleGroups(ctx, corp, directory.Page{Size: 20})
	if err != nil {
		return err
	}
	var labels []int64
	for _, g := range groups {
		if len(g.Roles) > 0 && (labels == nil || !g.System) {
			labels = []int64{int64(g.Roles[0].ID)}
		}
	}
	const scope = "1"
	switch t := payload.(type) {
	case *event.RoleMembers:
		t.Labels, t.Action = labels, "add"
		return p.samplePeople(ctx, corp, &t.Users)
	case *event.Roles:
		t.Labels, t.Scope = labels, scope
	case *event.RolesGone:
		t.Labels = labels
	case *event.RolesBeforeAndAfter:
		t.Labels, t.Scope = labels, scope
	}
	return nil
}

func (p *Platform) sampleContact(ctx context.Context, corp id.Corp, payload any) error {
	list, err := p.Directory.Contacts(ctx, corp, directory.Page{Size: 1})
	if err != nil {
		return err
	}
	c := directory.Contact{User: "contact-sample", StateCode: "86"}
	if len(list) > 0 {
		c = list[0]
	}
	switch t := payload.(type) {
	case *event.Contact:
		t.UserID, t.Name, t.Mobile, t.StateCode, t.Company, t.Follower, t.Labels = c.User, c.Name, c.Mobile, c.StateCode, c.Company, c.Follower, c.Labels
	case *event.ContactGone:
		t.UserID = c.User
	}
	return nil
}

func (p *Platform) sampleApp(ctx context.Context, corp id.Corp, payload any) error {
	apps, err := p.Apps.OfCorp(ctx, corp)
	if err != nil || len(apps) == 0 {
		return err
	}
	a := apps[0]
	switch t := payload.(type) {
	case *event.AppRelease:
		t.App, t.Name, t.Desc = string(a.Key), a.Name, a.Description
	case *event.AppStatus:
		t.App, t.Status = string(a.Key), string(a.State)
	case *event.AppRange:
		t.App, t.Departments = string(a.Key), []int64{int64(id.RootDept)}
	}
	return nil
}
