package directory

import (
	"context"
	"math"
	"strconv"

	"github.com/gatepost/gatepost/internal/id"
	"github.com/gatepost/gatepost/internal/op"
	"github.com/gatepost/gatepost/internal/store"
)

type firstUserGetRequest struct {
	UserID id.User `json:"userid" required:"true" maxLen:"64" rule:"user.invalid" doc:"员工的 userid"`
	Lang   string  `json:"lang" doc:"不起作用：资料只有一种语言"`
}

type firstUser struct {
	UserID  id.User  `json:"userid" grade:"R1" person:"userid" doc:"userid"`
	UnionID id.Union `json:"unionid" grade:"R1" person:"unionid" doc:"unionid"`
	OpenID  id.Union `json:"openId" grade:"R1" person:"keep" doc:"与 unionid 相同，如第一代接口所为"`
	Name    string   `json:"name" grade:"R1" doc:"姓名"`
	Avatar  string   `json:"avatar" grade:"R1" doc:"头像地址；默认头像为空"`

	StateCode string `json:"stateCode,omitempty" grade:"R2" mask:"hide" needs:"fieldMobile" doc:"国际电话区号"`
	Mobile    string `json:"mobile,omitempty" grade:"R2" mask:"phone" needs:"fieldMobile" doc:"手机号，不含区号"`
	Hide      bool   `json:"isHide" grade:"R1" doc:"是否在资料页隐藏手机号"`
	Telephone string `json:"tel" grade:"R1" doc:"分机号"`
	JobNumber string `json:"jobnumber" grade:"R1" doc:"工号"`
	Position  string `json:"position" grade:"R1" doc:"职位"`
	HiredDate int64  `json:"hiredDate,omitzero" grade:"R1" doc:"入职时间，毫秒"`

	Email     string            `json:"email,omitempty" grade:"R2" mask:"email" needs:"fieldEmail" doc:"邮箱"`
	OrgEmail  string            `json:"orgEmail,omitempty" grade:"R2" mask:"email" needs:"fieldEmail" doc:"企业邮箱"`
	WorkPlace string            `json:"workPlace,omitempty" grade:"R2" mask:"hide" needs:"fieldEmail" doc:"办公地点"`
	Remark    string            `json:"remark,omitempty" grade:"R2" mask:"hide" needs:"fieldEmail" doc:"备注"`
	Extension map[string]string `json:"extattr" grade:"R2" mask:"hide" needs:"fieldEmail" doc:"扩展属性"`

	Active     bool `json:"active" grade:"R1" doc:"是否激活"`
	RealAuthed bool `json:"realAuthed" grade:"R1" doc:"是否实名认证；平台没有实名认证，与 active 相同"`
	Admin      bool `json:"isAdmin" grade:"R1" doc:"是否企业的管理员"`
	Boss       bool `json:"isBoss" grade:"R1" doc:"是否企业的负责人"`
	Senior     bool `json:"isSenior" grade:"R1" doc:"是否高管"`
	Limited    bool `json:"isLimited" grade:"R1" doc:"是否访问受限；固定为 false"`
	MemberView bool `json:"memberView" grade:"R1" doc:"固定为 false"`
	Portal     bool `json:"isCustomizedPortal" grade:"R1" doc:"固定为 false"`

	Manager   id.User         `json:"managerUserid,omitempty" grade:"R1" doc:"直属主管"`
	ManagerID id.User         `json:"managerUserId,omitempty" grade:"R1" doc:"同 managerUserid；客户端写法不一"`
	Depts     []id.Dept       `json:"department" grade:"R1" doc:"所属部门"`
	Orders    string          `json:"orderInDepts" grade:"R1" doc:"在各部门中的排序，如 {1:10}"`
	Leading   string          `json:"isLeaderInDepts" grade:"R1" doc:"在各部门中是否主管，如 {1:true}"`
	Roles     []firstUserRole `json:"roles,omitempty" doc:"持有的角色"`

	DingID     string `json:"dingId,omitempty" grade:"R1" doc:"不返回"`
	Nickname   string `json:"nickname,omitempty" grade:"R1" doc:"不返回"`
	Associated string `json:"associatedUnionId,omitempty" id:"unionid" grade:"R1" doc:"不返回"`
	Invite     string `json:"inviteMobile,omitempty" grade:"R2" mask:"phone" needs:"fieldMobile" doc:"不返回"`
	MobileHash string `json:"mobileHash,omitempty" grade:"R2" mask:"hide" needs:"fieldMobile" doc:"不返回"`
}

type firstUserRole struct {
	ID    id.Role  `json:"id" grade:"R1" doc:"角色 id"`
	Name  string   `json:"name" grade:"R1" doc:"角色名称"`
	Group string   `json:"groupName" grade:"R1" doc:"角色组名称"`
	Kind  RoleKind `json:"type" grade:"R1" doc:"0 企业自己的角色，101 主管理员，102 子管理员，103 负责人，104 主管"`
}

func (d *Directory) firstUserGet(ctx context.Context, who op.Caller, q *firstUserGetRequest) (*firstUser, error) {
	return store.View(ctx, d.db, func(tx *store.Tx) (*firstUser, error) {
		p, err := d.personIn(tx, who, q.UserID)
		if err != nil {
			return nil, err
		}
		admins, err := adminsAmong(tx, who.Corp, []Person{p})
		if err != nil {
			return nil, err
		}
		roles, err := rolesOf(tx, who.Corp, p.ID)
		return firstUserOf(p, admins[p.ID], roles), err
	})
}

func firstUserOf(p Person, admin bool, roles []Role) *firstUser {
	u := &firstUser{
		UserID: p.ID, UnionID: p.Union, OpenID: p.Union, Name: p.Name, Avatar: p.Avatar,
		StateCode: p.StateCode, Mobile: p.Mobile, Hide: p.HideMobile, Telephone: p.Telephone,
		JobNumber: p.JobNumber, Position: p.Title, HiredDate: millis(p.HiredAt),
		Email: p.Email, OrgEmail: p.OrgEmail, WorkPlace: p.WorkPlace, Remark: p.Remark, Extension: p.Extension,
		Active: p.Active, RealAuthed: p.Active, Admin: admin, Boss: p.Boss, Senior: p.Senior,
		Manager: p.Manager, ManagerID: p.Manager, Depts: p.Departments(),
		Orders:  inDepts(p.Memberships, func(m Membership) string { return strconv.FormatInt(m.Sort, 10) }),
		Leading: inDepts(p.Memberships, func(m Membership) string { return strconv.FormatBool(m.Leader) }),
	}
	for _, r := range roles {
		u.Roles = append(u.Roles, firstUserRole{r.ID, r.Name, r.GroupName, r.Kind})
	}
	return u
}

type firstUserListRequest struct {
	DeptID id.Dept `json:"department_id" default:"1" rule:"department.id" doc:"部门 id，默认根部门 1"`
	Offset *int64  `json:"offset" min:"0" rule:"page.offset" doc:"偏移量，从 0 开始；与 size 同时给出才生效"`
	Size   *int64  `json:"size" min:"1" max:"100" rule:"page.size" doc:"每页人数，最多 100；与 offset 同时给出才生效"`
	Order  string  `json:"order" enum:"entry_asc,entry_desc,modify_asc,modify_desc,custom" default:"custom" doc:"排序"`
	Lang   string  `json:"lang" doc:"不起作用：资料只有一种语言"`
}

// paged reports whether the request asks for a page rather than for everybody.
func (q *firstUserListRequest) paged() bool { return q.Offset != nil && q.Size != nil }

// members reads those whom the request asks for.
func (q *firstUserListRequest) members(d *Directory, tx *store.Tx, who op.Caller) (people []Person, more *bool, err error) {
	if _, err := departmentIn(tx, who, q.DeptID); err != nil {
		return nil, nil, err
	}
	people, left, err := d.members(tx, who.Corp, q.DeptID, Order(q.Order), pageOf(q.Offset, q.Size, math.MaxInt32))
	if q.paged() {
		more = &left
	}
	return people, more, err
}

type firstUserList struct {
	More *bool           `json:"hasMore,omitempty" grade:"R1" doc:"是否还有更多；不分页时不返回"`
	List []firstUserItem `json:"userlist" doc:"部门的直属成员"`
}

type firstUserItem struct {
	UserID  id.User  `json:"userid" grade:"R1" person:"userid" doc:"userid"`
	UnionID id.Union `json:"unionid" grade:"R1" person:"unionid" doc:"unionid"`
	Name    string   `json:"name" grade:"R1" doc:"姓名"`
	Avatar  string   `json:"avatar" grade:"R1" doc:"头像地址；默认头像为空"`

	StateCode string `json:"stateCode,omitempty" grade:"R2" mask:"hide" needs:"fieldMobile" doc:"国际电话区号"`
	Mobile    string `json:"mobile,omitempty" grade:"R2" mask:"phone" needs:"fieldMobile" doc:"手机号，不含区号"`
	Hide      bool   `json:"isHide" grade:"R1" doc:"是否在资料页隐藏手机号"`
	Telephone string `json:"tel" grade:"R1" doc:"分机号"`
	JobNumber string `json:"jobnumber" grade:"R1" doc:"工号"`
	Position  string `json:"position" grade:"R1" doc:"职位"`
	HiredDate int64  `json:"hiredDate,omitzero" grade:"R1" doc:"入职时间，毫秒"`

	Email     string            `json:"email,omitempty" grade:"R2" mask:"email" needs:"fieldEmail" doc:"邮箱"`
	OrgEmail  string            `json:"orgEmail,omitempty" grade:"R2" mask:"email" needs:"fieldEmail" doc:"企业邮箱"`
	WorkPlace string            `json:"workPlace,omitempty" grade:"R2" mask:"hide" needs:"fieldEmail" doc:"办公地点"`
	Remark    string            `json:"remark,omitempty" grade:"R2" mask:"hide" needs:"fieldEmail" doc:"备注"`
	Extension map[string]string `json:"extattr" grade:"R2" mask:"hide" needs:"fieldEmail" doc:"扩展属性"`

	Active bool      `json:"active" grade:"R1" doc:"是否激活"`
	Admin  bool      `json:"isAdmin" grade:"R1" doc:"是否企业的管理员"`
	Boss   bool      `json:"isBoss" grade:"R1" doc:"是否企业的负责人"`
	Leader bool      `json:"isLeader" grade:"R1" doc:"是否所查部门的主管"`
	Order  int64     `json:"order" grade:"R1" doc:"在所查部门中的排序，大的在前"`
	Depts  []id.Dept `json:"department" grade:"R1" doc:"所属部门"`
	DingID string    `json:"dingId,omitempty" grade:"R1" doc:"不返回"`
}

func (d *Directory) firstUserList(ctx context.Context, who op.Caller, q *firstUserListRequest) (*firstUserList, error) {
	return store.View(ctx, d.db, func(tx *store.Tx) (*firstUserList, error) {
		people, more, err := q.members(d, tx, who)
		if err != nil {
			return nil, err
		}
		admins, err := adminsAmong(tx, who.Corp, people)
		res := &firstUserList{More: more}
		for _, p := range people {
			res.List = append(res.List, firstUserItemOf(p, q.DeptID, admins[p.ID]))
		}
		return res, err
	})
}

func firstUserItemOf(p Person, dept id.Dept, admin bool) firstUserItem {
	item := firstUserItem{
		UserID: p.ID, UnionID: p.Union, Name: p.Name, Avatar: p.Avatar,
		StateCode: p.StateCode, Mobile: p.Mobile, Hide: p.HideMobile, Telephone: p.Telephone,
		JobNumber: p.JobNumber, Position: p.Title, HiredDate: millis(p.HiredAt),
		Email: p.Email, OrgEmail: p.OrgEmail, WorkPlace: p.WorkPlace, Remark: p.Remark, Extension: p.Extension,
		Active: p.Active, Admin: admin, Boss: p.Boss, Depts: p.Departments(),
	}
	for _, m := range p.Memberships {
		if m.Dept == dept {
			item.Order, item.Leader = m.Sort, m.Leader
		}
	}
	return item
}

type firstUserPageRequest struct {
	DeptID id.Dept `json:"department_id" required:"true" rule:"department.id" doc:"部门 id，根部门为 1"`
	Offset *int64  `json:"offset" required:"true" min:"0" rule:"page.offset" doc:"偏移量，从 0 开始"`
	Size   *int64  `json:"size" required:"true" min:"1" max:"100" rule:"page.size" doc:"每页人数，最多 100"`
	Order  string  `json:"order" enum:"entry_asc,entry_desc,modify_asc,modify_desc,custom" default:"custom" doc:"排序"`
	Lang   string  `json:"lang" doc:"不起作用：资料只有一种语言"`
}

func (d *Directory) firstUserPage(ctx context.Context, who op.Caller, q *firstUserPageRequest) (*firstUserList, error) {
	return d.firstUserList(ctx, who, (*firstUserListRequest)(q))
}

type firstUserSimpleList struct {
	More *bool                 `json:"hasMore,omitempty" grade:"R1" doc:"是否还有更多；不分页时不返回"`
	List []firstUserSimpleItem `json:"userlist" doc:"部门的直属成员"`
}

type firstUserSimpleItem struct {
	UserID id.User `json:"userid" grade:"R1" person:"userid" doc:"userid"`
	Name   string  `json:"name" grade:"R1" doc:"姓名"`
}

func (d *Directory) firstUserSimple(ctx context.Context, who op.Caller, q *firstUserListRequest) (*firstUserSimpleList, error) {
	return store.View(ctx, d.db, func(tx *store.Tx) (*firstUserSimpleList, error) {
		people, more, err := q.members(d, tx, who)
		res := &firstUserSimpleList{More: more}
		for _, p := range people {
			res.List = append(res.List, firstUserSimpleItem{p.ID, p.Name})
		}
		return res, err
	})
}

type firstDeptMemberRequest struct {
	DeptID id.Dept `json:"deptId" required:"true" rule:"department.id" doc:"部门 id，根部门为 1"`
}

type firstDeptMembers struct {
	UserIDs []id.User `json:"userIds" grade:"R1" doc:"部门直属成员的 userid"`
}

func (d *Directory) firstDeptMembers(ctx context.Context, who op.Caller, q *firstDeptMemberRequest) (*firstDeptMembers, error) {
	users, err := d.MemberIDs(ctx, who.Corp, q.DeptID)
	return &firstDeptMembers{users}, err
}

type firstUserByUnionRequest struct {
	UnionID id.Union `json:"unionid" required:"true" maxLen:"100" doc:"员工的 unionid"`
}

type firstUserByUnion struct {
	Kind   int64   `json:"contactType" grade:"R1" doc:"0 企业员工；外部联系人没有 unionid，不出现"`
	UserID id.User `json:"userid" grade:"R1" person:"userid" doc:"userid"`
}

func (d *Directory) firstUserByUnion(ctx context.Context, who op.Caller, q *firstUserByUnionRequest) (*firstUserByUnion, error) {
	return store.View(ctx, d.db, func(tx *store.Tx) (*firstUserByUnion, error) {
		p, err := d.personByUnion(tx, who.Corp, q.UnionID)
		if err != nil {
			return nil, err
		}
		return &firstUserByUnion{UserID: p.ID}, seesPerson(tx, who.Corp, who.Range, p)
	})
}

type firstUserByMobileRequest struct {
	Mobile string `json:"mobile" required:"true" maxLen:"19" grade:"R2" rule:"user.mobile" doc:"手机号；非大陆号码写作 +xx-xxxxxxxx"`
}

type firstUserByMobile struct {
	UserID id.User `json:"userid" grade:"R1" person:"userid" doc:"userid"`
}

func (d *Directory) firstUserByMobile(ctx context.Context, who op.Caller, q *firstUserByMobileRequest) (*firstUserByMobile, error) {
	return store.View(ctx, d.db, func(tx *store.Tx) (*firstUserByMobile, error) {
		p, err := d.personByMobile(tx, who.Corp, q.Mobile)
		if err != nil {
			return nil, err
		}
		return &firstUserByMobile{p.ID}, seesPerson(tx, who.Corp, who.Range, p)
	})
}

type firstAdmins struct {
	Admins []firstAdmin `json:"admin_list" doc:"管理员"`
	Older  []firstAdmin `json:"adminList" doc:"同 admin_list；较早的客户端读这一个"`
}

type firstAdmin struct {
	UserID id.User `json:"userid" grade:"R1" person:"userid" doc:"管理员的 userid"`
	Level  int     `json:"sys_level" grade:"R1" person:"keep" doc:"1 主管理员，2 子管理员"`
}

func (d *Directory) firstAdmins(ctx context.Context, who op.Caller, _ *op.None) (*firstAdmins, error) {
	admins, err := d.Admins(ctx, who.Corp)
	list := make([]firstAdmin, len(admins))
	for i, a := range admins {
		list[i] = firstAdmin{a.User, a.Level}
	}
	return &firstAdmins{list, list}, err
}

type firstUserCountRequest struct {
	OnlyActive *int64 `json:"onlyActive" required:"true" enum:"0,1" doc:"1 只数已激活的员工，0 数全部"`
}

type firstUserCount struct {
	Count int64 `json:"count" grade:"R1" doc:"人数"`
}

func (d *Directory) firstUserCount(ctx context.Context, who op.Caller, q *firstUserCountRequest) (*firstUserCount, error) {
	n, err := d.CountPeople(ctx, who.Corp, *q.OnlyActive == 1)
	return &firstUserCount{n}, err
}

type firstCanAccessRequest struct {
	AppID  id.Agent `json:"appId" required:"true" doc:"应用的编号"`
	UserID id.User  `json:"userId" required:"true" maxLen:"64" doc:"员工的 userid"`
}

type firstCanAccess struct {
	CanAccess bool `json:"canAccess" grade:"R1" doc:"是否可以管理该应用"`
}

func (d *Directory) firstCanAccess(ctx context.Context, who op.Caller, q *firstCanAccessRequest) (*firstCanAccess, error) {
	return store.View(ctx, d.db, func(tx *store.Tx) (*firstCanAccess, error) {
		p, err := d.personIn(tx, who, q.UserID)
		if err != nil {
			return nil, err
		}
		level, err := adminLevel(tx, who.Corp, p.ID)
		return &firstCanAccess{level == LevelMain}, err
	})
}
