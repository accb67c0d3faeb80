package dbpush

import (
	"encoding/json"
	"fmt"
	"strconv"

	"github.com/gatepost/gatepost/internal/event"
	"github.com/gatepost/gatepost/internal/id"
)

// table is one of the two tables.
type table string

const (
	high   table = "open_sync_biz_data"
	medium table = "open_sync_biz_data_medium"
)

// Object is what a row is about.
type Object string

// The kinds of objects.
const (
	Person     Object = "person"
	Department Object = "department"
	Role       Object = "role"
	Company    Object = "company"
)

// kind is how the rows about an object look (rds-push.md §3).
type kind struct {
	object  Object
	bizType int
	table   table
	created string // syncAction when it is written for the first time
	changed string // syncAction when nothing more exact is known
	gone    string // syncAction when it is no more
	idField string // of a row that tells that it is no more
}

func kinds() []kind {
	return []kind{
		{Person, 13, medium, "user_add_org", "user_modify_org", "user_leave_org", "userid"},
		{Department, 14, medium, "org_dept_create", "org_dept_modify", "org_dept_remove", "id"},
		{Role, 15, medium, "org_role_add", "org_role_modify", "org_role_remove", "role_id"},
		{Company, 16, medium, "org_update", "org_update", "org_remove", "corpid"},
	}
}

func kindOf(o Object) kind {
	for _, k := range kinds() {
		if k.object == o {
			return k
		}
	}
	panic("dbpush: no rows are about " + string(o))
}

// source is which rows follow from an event.
type source struct {
	event  event.Name
	object Object
	action string
	ids    string // field of the payload: a list
}

// sources are the events that rows follow from. What changes administrators and
// roles of people changes their rows.
func sources() []source {
	return []source{
		{event.UserAdded, Person, "user_add_org", "userId"},
		{event.UserModified, Person, "user_modify_org", "userId"},
		{event.UserActivated, Person, "user_active_org", "userId"},
		{event.UserLeft, Person, "user_leave_org", "userId"},
		{event.AdminAdded, Person, "user_role_change", "userId"},
		{event.AdminRemoved, Person, "user_role_change", "userId"},
		{event.RoleAssigned, Person, "user_role_change", "userIdList"},
		{event.DeptCreated, Department, "org_dept_create", "deptId"},
		{event.DeptModified, Department, "org_dept_modify", "deptId"},
		{event.DeptRemoved, Department, "org_dept_remove", "deptId"},
		{event.RolesAdded, Role, "org_role_add", "labelIdList"},
		{event.RolesModified, Role, "org_role_modify", "labelIdList"},
		{event.RolesRemoved, Role, "org_role_remove", "labelIdList"},
		{event.CorpChanged, Company, "org_update", ""},
		{event.CorpRemoved, Company, "org_remove", ""},
	}
}

// change is one object whose row is to be written anew.
type change struct {
	kind   kind
	id     string // as the application knows it
	action string
	event  id.Event // 0: none, it is a copy
}

// changesOf returns what is to be written of d; nothing for an event that the
// public platform has no row for.
func changesOf(d *event.Delivery) ([]change, error) {
	for _, s := range sources() {
		if s.event != d.Name {
			continue
		}
		ids := []string{string(d.Corp)}
		if s.ids != "" {
			var err error
			if ids, err = listed(d.Payload, s.ids); err != nil {
				return nil, fmt.Errorf("dbpush: payload of event %d: %w", d.ID, err)
			}
		}
		list := make([]change, len(ids))
		for i, one := range ids {
			list[i] = change{kindOf(s.object), one, s.action, d.ID}
		}
		return list, nil
	}
	return nil, nil
}

// listed returns the members of a list in a payload: texts, or numbers as text.
func listed(payload, field string) ([]string, error) {
	var all map[string]json.RawMessage
	if err := json.Unmarshal([]byte(payload), &all); err != nil {
		return nil, err
	}
	var members []json.RawMessage
	if err := json.Unmarshal(all[field], &members); err != nil {
		return nil, fmt.Errorf("%s: %w", field, err)
	}
	list := make([]string, len(members))
	for i, m := range members {
		if list[i] = string(m); m[0] == '"' {
			if err := json.Unmarshal(m, &list[i]); err != nil {
				return nil, err
			}
		}
	}
	return list, nil
}

// row is a row that is to be written, without what all rows of a batch share.
type row struct {
	table   table
	bizType int
	id      string
	data    string
	cursor  id.Event
}

// key is what there is one row of.
type key struct {
	bizType int
	id      string
}

// State is what is so of an object.
type State struct {
	There bool
	// Content is the object that a call for it answers, JSON; or, where the
	// application may not know it, what the call is refused with.
	Content string
	Errcode int
	Errmsg  string
	// Rowless says that there is no kind of row for it at all.
	Rowless bool
}

// rowOf is the row that says what is so. What the event told of decides nothing
// but the name of what happened, and only where that fits.
func rowOf(c *change, s State) (row, error) {
	r := row{table: c.kind.table, bizType: c.kind.bizType, id: c.id, cursor: c.event}
	action := c.action
	switch {
	case !s.There:
		action = c.kind.gone
	case action == c.kind.gone:
		action = c.kind.changed // it is there again
	}
	head := struct {
		Errcode *int   `json:"errcode,omitempty"`
		Errmsg  string `json:"errmsg,omitempty"`
		Action  string `json:"syncAction"`
		Event   string `json:"eventId,omitempty"`
	}{Action: action}
	if c.event != 0 {
		head.Event = strconv.FormatInt(int64(c.event), 10)
	}
	rest := s.Content
	if s.There {
		head.Errcode, head.Errmsg = &s.Errcode, s.Errmsg
	} else {
		text, err := json.Marshal(map[string]string{c.kind.idField: c.id})
		if err != nil {
			return r, err
		}
		rest = string(text)
	}
	text, err := json.Marshal(head)
	if err != nil {
		return r, err
	}
	r.data = string(text)
	if len(rest) > len("{}") { // both are objects: made one
		r.data = r.data[:len(r.data)-1] + "," + rest[1:]
	}
	return r, nil
}
