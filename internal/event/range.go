package event

import "github.com/gatepost/gatepost/internal/id"

// Named is a payload that names people and departments of the directory. A
// subscriber is told of those within its visible range. Payloads about anything
// else are not Named, and nor are those of external contacts, who are in no
// department.
type Named interface {
	// Named returns where the payload holds the ids; nil: it names none.
	Named() (users *[]id.User, depts *[]int64)
}

// placed is a payload that knows in which departments, those above included, its
// people or departments were before the change that took them away. Whoever saw
// one of these has to learn that it is gone, and afterwards nothing else tells.
type placed interface{ places() []id.Dept }

// Was returns the payload of people who were in depts before.
func (p People) Was(depts []id.Dept) People { p.was = depts; return p }

// Was returns the payload of people who were in depts before.
func (p PeopleModified) Was(depts []id.Dept) PeopleModified { p.was = depts; return p }

// Was returns the payload of departments that were in depts before.
func (p Departments) Was(depts []id.Dept) Departments { p.was = depts; return p }

// Was returns the payload of people who were in depts before.
func (p RoleMembers) Was(depts []id.Dept) RoleMembers { p.was = depts; return p }

func (p People) places() []id.Dept         { return p.was }
func (p PeopleModified) places() []id.Dept { return p.was }
func (p Departments) places() []id.Dept    { return p.was }
func (p RoleMembers) places() []id.Dept    { return p.was }

// Named implements Named.
func (p *People) Named() (users *[]id.User, depts *[]int64) { return &p.UserID, nil }

// Named implements Named.
func (p *PeopleModified) Named() (users *[]id.User, depts *[]int64) { return &p.UserID, nil }

// Named implements Named.
func (p *Activated) Named() (users *[]id.User, depts *[]int64) { return &p.UserID, nil }

// Named implements Named.
func (p *Departments) Named() (users *[]id.User, depts *[]int64) { return nil, &p.DeptID }

// Named implements Named.
func (p *RoleMembers) Named() (users *[]id.User, depts *[]int64) { return &p.Users, nil }

// Named implements Named.
func (p *AppRange) Named() (users *[]id.User, depts *[]int64) { return &p.Users, &p.Departments }
