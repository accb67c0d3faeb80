package directory

import (
	"strconv"

	"github.com/go-json-experiment/json"

	"github.com/gatepost/gatepost/internal/event"
	"github.com/gatepost/gatepost/internal/id"
	"github.com/gatepost/gatepost/internal/op"
	"github.com/gatepost/gatepost/internal/store"
)

// What label_user_change calls the two directions.
const (
	roleGiven = "add"
	roleTaken = "remove"
)

// labelScope is the scope of labels that a corp has for itself.
const labelScope = "1"

// announceRole tells what happened to a role or a role group: both are labels of
// one number space.
func (d *Directory) announceRole(tx *store.Tx, corp id.Corp, n event.Name, label int64, payload any) error {
	return d.announce(tx, corp, n, "role:"+strconv.FormatInt(label, 10), payload)
}

// announceHolders tells who got or lost a role.
func (d *Directory) announceHolders(tx *store.Tx, corp id.Corp, r id.Role, payload event.RoleMembers) error {
	payload.Labels = []int64{int64(r)}
	return d.announceRole(tx, corp, event.RoleAssigned, int64(r), payload)
}

// label is a role as label_conf_modify spells it. Of level, color and extraInfo
// the source tells names only: ours are those of a role without either.
type label struct {
	ID       int64  `json:"id"`
	Name     string `json:"name"`
	Level    int64  `json:"level"`
	Scope    int64  `json:"scope"`
	Color    int64  `json:"color"`
	Hidden   bool   `json:"hidden"`
	Deleted  bool   `json:"deleted"`
	ParentID int64  `json:"parentId"`
	Extra    string `json:"extraInfo"`
}

func (r Role) label() op.JSONText {
	text, err := json.Marshal(label{ID: int64(r.ID), Name: r.Name, Scope: 1, ParentID: int64(r.Group)})
	if err != nil {
		panic(err) // names were decoded from JSON
	}
	return op.JSONText(text)
}

func scanRoleID(r store.Row) (n id.Role, err error) {
	err = r.Scan(&n)
	return n, err
}

const rolesHeld store.SQL = `SELECT role FROM role_members WHERE corp = $1 AND userid = $2 ORDER BY role`
