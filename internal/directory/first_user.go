package directory

import (
	"context"
	"iter"
	"strconv"
	"strings"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/gatepost/gatepost/internal/apierror"
	"github.com/gatepost/gatepost/internal/id"
	"github.com/gatepost/gatepost/internal/op"
	"github.com/gatepost/gatepost/internal/store"
)

type firstUserCreateRequest struct {
	UserID    id.User     `json:"userid" id:"-" maxLen:"64" rule:"user.invalid" doc:"企业内唯一；不传则由平台生成；之后不能改"`
	Name      string      `json:"name" required:"true" maxLen:"80" rule:"user.name" doc:"姓名"`
	Mobile    string      `json:"mobile" required:"true" grade:"R2" rule:"user.mobile" doc:"手机号，企业内唯一；非大陆号码写作 +xx-xxxxxxxx"`
	Depts     op.CSVInt   `json:"department" required:"true" rule:"department.id" doc:"所属部门 id；列表，或文本 [1,2]"`
	Orders    op.JSONText `json:"orderInDepts" doc:"在各部门中的排序，如 {1:10}"`
	Positions op.JSONText `json:"positionInDepts" doc:"在各部门中的职位，如 {\"1\":\"经理\"}"`

	Position  string      `json:"position" maxLen:"200" doc:"职位"`
	JobNumber string      `json:"jobnumber" maxLen:"64" doc:"工号"`
	Telephone string      `json:"tel" maxLen:"50" doc:"分机号，企业内唯一"`
	WorkPlace string      `json:"workPlace" maxLen:"100" doc:"办公地点"`
	Remark    string      `json:"remark" maxLen:"2000" doc:"备注"`
	Email     string      `json:"email" maxLen:"64" grade:"R2" rule:"user.email" doc:"邮箱，企业内唯一"`
	OrgEmail  string      `json:"orgEmail" maxLen:"100" grade:"R2" rule:"user.email" doc:"企业邮箱"`
	Manager   id.User     `json:"managerUserid" maxLen:"64" doc:"直属主管的 userid，须为本企业员工"`
	HiredDate int64       `json:"hiredDate" min:"1" doc:"入职时间，毫秒"`
	Hide      bool        `json:"isHide" doc:"是否在资料页隐藏手机号"`
	Senior    bool        `json:"isSenior" doc:"是否高管：手机号对所有人隐藏"`
	Extension op.JSONText `json:"extattr" maxLen:"2000" doc:"扩展属性，JSON 对象，值为字符串"`
}

type firstUserCreated struct {
	UserID  id.User  `json:"userid" grade:"R1" person:"userid" doc:"userid"`
	UnionID id.Union `json:"unionId" grade:"R1" person:"unionid" doc:"unionid；此处大写 I"`
}

func (d *Directory) firstUserCreate(ctx context.Context, who op.Caller, q *firstUserCreateRequest) (*firstUserCreated, error) {
	n, err := q.person()
	if err != nil {
		return nil, err
	}
	p, err := d.employ(ctx, who, n)
	return &firstUserCreated{p.ID, p.Union}, err
}

// person is who is to be employed, active from the start as in v1.
func (q *firstUserCreateRequest) person() (NewPerson, error) {
	extension, err := parseExtension(string(q.Extension))
	if err != nil {
		return NewPerson{}, err
	}
	p := Profile{
		Name: q.Name, Title: q.Position, JobNumber: q.JobNumber, Telephone: q.Telephone, WorkPlace: q.WorkPlace, Remark: q.Remark,
		Email: q.Email, OrgEmail: q.OrgEmail, Manager: q.Manager, HiredAt: instant(q.HiredDate), Extension: extension,
		Active: true, HideMobile: q.Hide, Senior: q.Senior,
	}
	p.SetMobile(q.Mobile)
	posts, err := postsInDepts(q.Orders, q.Positions)
	return NewPerson{ID: q.UserID, Profile: p, Departments: listOf[id.Dept](q.Depts), Posts: posts}, err
}

type firstUserUpdateRequest struct {
	UserID    id.User     `json:"userid" required:"true" maxLen:"64" rule:"user.invalid" doc:"员工的 userid"`
	Name      *string     `json:"name" maxLen:"80" rule:"user.name" doc:"姓名"`
	Mobile    *string     `json:"mobile" grade:"R2" rule:"user.mobile" doc:"手机号，企业内唯一；非大陆号码写作 +xx-xxxxxxxx"`
	Depts     op.CSVInt   `json:"department" rule:"department.id" doc:"所属的全部部门 id；未列出的部门将离开"`
	Orders    op.JSONText `json:"orderInDepts" doc:"在各部门中的排序，如 {1:10}"`
	Positions op.JSONText `json:"positionInDepts" doc:"在各部门中的职位，如 {\"1\":\"经理\"}"`

	Position  *string     `json:"position" maxLen:"200" doc:"职位"`
	JobNumber *string     `json:"jobnumber" maxLen:"64" doc:"工号"`
	Telephone *string     `json:"tel" maxLen:"50" doc:"分机号，企业内唯一"`
	WorkPlace *string     `json:"workPlace" maxLen:"100" doc:"办公地点"`
	Remark    *string     `json:"remark" maxLen:"2000" doc:"备注"`
	Email     *string     `json:"email" maxLen:"64" grade:"R2" rule:"user.email" doc:"邮箱，企业内唯一"`
	OrgEmail  *string     `json:"orgEmail" maxLen:"100" grade:"R2" rule:"user.email" doc:"企业邮箱"`
	Manager   *id.User    `json:"managerUserid" maxLen:"64" doc:"直属主管的 userid，须为本企业员工；空文本清除"`
	HiredDate *int64      `json:"hiredDate" min:"1" doc:"入职时间，毫秒"`
	Hide      *bool       `json:"isHide" doc:"是否在资料页隐藏手机号"`
	Senior    *bool       `json:"isSenior" doc:"是否高管：手机号对所有人隐藏"`
	Extension op.JSONText `json:"extattr" maxLen:"2000" doc:"扩展属性，JSON 对象，值为字符串；代替全部扩展属性"`
	Lang      string      `json:"lang" doc:"不起作用：资料只有一种语言"`
}

func (d *Directory) firstUserUpdate(ctx context.Context, who op.Caller, q *firstUserUpdateRequest) (*op.None, error) {
	extension, err := parseExtension(string(q.Extension))
	if err != nil {
		return nil, err
	}
	posts, err := postsInDepts(q.Orders, q.Positions)
	if err != nil {
		return nil, err
	}
	return &op.None{}, d.amend(ctx, who, PersonChange{
		ID: q.UserID, Edit: func(p *Profile) { q.edit(p, extension) }, Departments: departmentsOrNil(q.Depts), Posts: posts,
	})
}

func (q *firstUserUpdateRequest) edit(p *Profile, extension map[string]string) {
	if q.Mobile != nil {
		p.SetMobile(*q.Mobile)
	}
	set(&p.Name, q.Name)
	set(&p.Title, q.Position)
	set(&p.JobNumber, q.JobNumber)
	set(&p.Telephone, q.Telephone)
	set(&p.WorkPlace, q.WorkPlace)
	set(&p.Remark, q.Remark)
	set(&p.Email, q.Email)
	set(&p.OrgEmail, q.OrgEmail)
	set(&p.Manager, q.Manager)
	set(&p.HideMobile, q.Hide)
	set(&p.Senior, q.Senior)
	if q.HiredDate != nil {
		p.HiredAt = instant(*q.HiredDate)
	}
	if q.Extension != "" {
		p.extend(extension, false)
	}
}

type firstUserDeleteRequest struct {
	UserID id.User `json:"userid" required:"true" maxLen:"64" rule:"user.invalid" doc:"员工的 userid"`
}

func (d *Directory) firstUserDelete(ctx context.Context, who op.Caller, q *firstUserDeleteRequest) (*op.None, error) {
	return &op.None{}, d.dismiss(ctx, who, q.UserID)
}

type firstUsersDeleteRequest struct {
	UserIDs op.CSV `json:"useridlist" id:"userid" required:"true" maxItems:"20" doc:"员工 userid 列表，最多 20 个"`
}

func (d *Directory) firstUsersDelete(ctx context.Context, who op.Caller, q *firstUsersDeleteRequest) (*op.None, error) {
	return &op.None{}, d.dismissAll(ctx, who, listOf[id.User](q.UserIDs))
}

// dismissAll is dismiss for several people, all or nothing.
func (d *Directory) dismissAll(ctx context.Context, who op.Caller, users []id.User) error {
	now := d.clock.At(who.Corp)
	return do(ctx, d, who.Corp, func(tx *store.Tx) error {
		for _, u := range users {
			if _, err := d.personIn(tx, who, u); err != nil {
				return err
			}
			if err := d.removePerson(tx, who.Corp, u, now); err != nil {
				return err
			}
		}
		return nil
	})
}

// The first generation writes maps by department as {1:10,2:20}, which is no
// JSON; clients send that, JSON, or JSON in a string.

// postsInDepts reads what a request says of single departments.
func postsInDepts(orders, positions op.JSONText) ([]Post, error) {
	var posts []Post
	err := eachInDepts("orderInDepts", orders, func(dept id.Dept, text string) bool {
		n, err := strconv.ParseInt(text, 10, 64)
		posts = append(posts, Post{Dept: dept, Sort: &n})
		return err == nil
	})
	if err != nil {
		return nil, err
	}
	err = eachInDepts("positionInDepts", positions, func(dept id.Dept, text string) bool {
		posts = append(posts, Post{Dept: dept, Title: &text})
		return true
	})
	return posts, err
}

// eachInDepts reads a map by department and calls f with each entry until f does
// not understand one.
func eachInDepts(name string, text op.JSONText, f func(dept id.Dept, value string) (ok bool)) error {
	for key, value := range entriesOf(string(text)) {
		dept, err := strconv.ParseInt(key, 10, 64)
		if err != nil || !f(id.Dept(dept), value) {
			return apierror.ParameterInvalid.With("name", name).Want("{1:10,2:20}").Got("%s", text)
		}
	}
	return nil
}

// entriesOf yields the entries of a map written as JSON, or with bare keys and
// values. What is neither yields the text itself as a key.
func entriesOf(text string) iter.Seq2[string, string] {
	var values map[string]jsontext.Value
	if json.Unmarshal([]byte(text), &values) == nil {
		return func(yield func(string, string) bool) {
			for key, v := range values {
				if !yield(key, plain(v)) {
					return
				}
			}
		}
	}
	return func(yield func(string, string) bool) {
		inner := strings.TrimSuffix(strings.TrimPrefix(strings.TrimSpace(text), "{"), "}")
		for entry := range strings.SplitSeq(inner, ",") {
			key, value, _ := strings.Cut(entry, ":")
			if entry != "" && !yield(strings.Trim(key, ` "`), strings.Trim(value, ` "`)) {
				return
			}
		}
	}
}

// plain is a string's text, or a value as it stands.
func plain(v jsontext.Value) string {
	var s string
	if json.Unmarshal(v, &s) == nil {
		return s
	}
	return string(v)
}

// inDepts writes a map by department.
func inDepts(ms []Membership, value func(Membership) string) string {
	entries := make([]string, len(ms))
	for i, m := range ms {
		entries[i] = strconv.FormatInt(int64(m.Dept), 10) + ":" + value(m)
	}
	return "{" + strings.Join(entries, ",") + "}"
}
