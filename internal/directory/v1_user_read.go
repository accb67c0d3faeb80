package directory

import (
	"context"

	"github.com/gatepost/gatepost/internal/id"
	"github.com/gatepost/gatepost/internal/op"
	"github.com/gatepost/gatepost/internal/store"
)

type userGetRequest struct {
	UserID   string `json:"userid" id:"userid" required:"true" maxLen:"64" rule:"user.invalid" doc:"员工的 userid"`
	Language string `json:"language" enum:"zh_CN,en_US" doc:"通讯录语言；资料只有一种语言"`
}

type userResult struct {
	UserID     string `json:"userid" grade:"R1" person:"userid" doc:"userid"`
	UnionID    string `json:"unionid" grade:"R1" person:"unionid" doc:"unionid，同一手机号的人在平台的各企业里相同"`
	Name       string `json:"name" grade:"R1" doc:"姓名"`
	Avatar     string `json:"avatar,omitempty" grade:"R1" doc:"头像地址；默认头像不返回"`
	StateCode  string `json:"state_code,omitempty" grade:"R2" mask:"hide" needs:"fieldMobile" doc:"国际电话区号"`
	Mobile     string `json:"mobile,omitempty" grade:"R2" mask:"phone" needs:"fieldMobile" doc:"手机号，不含区号"`
	HideMobile bool   `json:"hide_mobile" grade:"R1" doc:"是否在资料页隐藏手机号"`
	Telephone  string `json:"telephone" grade:"R1" doc:"分机号"`
	JobNumber  string `json:"job_number" grade:"R1" doc:"工号"`
	Title      string `json:"title" grade:"R1" doc:"职位"`
	Manager    string `json:"manager_userid,omitempty" id:"userid" grade:"R1" doc:"直属主管"`
	HiredDate  int64  `json:"hired_date,omitzero" grade:"R1" doc:"入职时间，毫秒"`

	Email         string `json:"email,omitempty" grade:"R2" mask:"email" needs:"fieldEmail" doc:"邮箱"`
	OrgEmail      string `json:"org_email,omitempty" grade:"R2" mask:"email" needs:"fieldEmail" doc:"企业邮箱"`
	OrgEmailType  string `json:"org_email_type,omitempty" grade:"R1" doc:"企业邮箱类型"`
	WorkPlace     string `json:"work_place,omitempty" grade:"R2" mask:"hide" needs:"fieldEmail" doc:"办公地点"`
	Remark        string `json:"remark,omitempty" grade:"R2" mask:"hide" needs:"fieldEmail" doc:"备注"`
	Extension     string `json:"extension,omitempty" grade:"R2" mask:"hide" needs:"fieldEmail" doc:"扩展属性，JSON 文本"`
	ExtensionI18n string `json:"extension_i18n,omitempty" grade:"R2" mask:"hide" needs:"fieldEmail" doc:"扩展属性的译文，JSON 文本"`

	Exclusive     bool   `json:"exclusive_account" grade:"R1" doc:"是否专属帐号"`
	ExclusiveType string `json:"exclusive_account_type,omitempty" grade:"R1" doc:"专属帐号类型"`
	LoginID       string `json:"login_id,omitempty" grade:"R2" mask:"hide" doc:"专属帐号的登录名"`
	RealAuthed    bool   `json:"real_authed" grade:"R1" doc:"是否实名认证；平台没有实名认证，与 active 相同"`
	Active        bool   `json:"active" grade:"R1" doc:"是否激活"`
	Admin         bool   `json:"admin" grade:"R1" doc:"是否企业的管理员"`
	Boss          bool   `json:"boss" grade:"R1" doc:"是否企业的负责人"`
	Senior        bool   `json:"senior" grade:"R1" doc:"是否高管"`

	DeptIDs   []int64            `json:"dept_id_list" grade:"R1" doc:"所属部门"`
	Orders    []userDeptOrder    `json:"dept_order_list" doc:"在各部门中的排序"`
	Positions []userDeptPosition `json:"dept_position_list" doc:"在各部门中的任职"`
	Leader    []userDeptLeader   `json:"leader_in_dept" doc:"在各部门中是否主管"`
	Roles     []userRole         `json:"role_list,omitempty" doc:"持有的角色"`
	Union     *userUnion         `json:"union_emp_ext,omitempty" doc:"关联组织的信息；平台没有关联组织，不返回"`
}

type userDeptOrder struct {
	DeptID int64 `json:"dept_id" grade:"R1" doc:"部门 id"`
	Order  int64 `json:"order" grade:"R1" doc:"排序，大的在前"`
}

type userDeptPosition struct {
	DeptID    int64  `json:"dept_id" grade:"R1" doc:"部门 id"`
	IsMain    bool   `json:"is_main" grade:"R1" doc:"是否主任职部门"`
	Title     string `json:"title,omitempty" grade:"R1" doc:"职位"`
	WorkPlace string `json:"work_place,omitempty" grade:"R2" mask:"hide" needs:"fieldEmail" doc:"办公地点"`
}

type userDeptLeader struct {
	DeptID int64 `json:"dept_id" grade:"R1" doc:"部门 id"`
	Leader bool  `json:"leader" grade:"R1" doc:"是否主管"`
}

type userRole struct {
	ID    int64  `json:"id" grade:"R1" doc:"角色 id"`
	Name  string `json:"name" grade:"R1" doc:"角色名称"`
	Group string `json:"group_name" grade:"R1" doc:"角色组名称"`
}

type userUnion struct {
	UserID string             `json:"userid" grade:"R1" person:"userid" doc:"员工的 userid"`
	CorpID string             `json:"corp_id" id:"corpid" grade:"R1" doc:"企业"`
	List   []userUnionPartner `json:"union_emp_map_list" doc:"关联分支组织中的信息"`
}

type userUnionPartner struct {
	UserID string `json:"userid" grade:"R1" person:"userid" doc:"分支组织里的 userid"`
	CorpID string `json:"corp_id" id:"corpid" grade:"R1" doc:"分支组织"`
}

func (d *Directory) userGet(ctx context.Context, who op.Caller, q *userGetRequest) (*userResult, error) {
	return store.View(ctx, d.db, func(tx *store.Tx) (*userResult, error) {
		p, err := d.personIn(tx, who, id.User(q.UserID))
		if err != nil {
			return nil, err
		}
		level, err := adminLevel(tx, who.Corp, p.ID)
		if err != nil {
			return nil, err
		}
		roles, err := rolesOf(tx, who.Corp, p.ID)
		return userResultOf(p, level == LevelMain || level == LevelSub, roles), err
	})
}

func userResultOf(p Person, admin bool, roles []Role) *userResult {
	r := &userResult{
		UserID: string(p.ID), UnionID: string(p.Union), Name: p.Name, Avatar: p.Avatar, StateCode: p.StateCode, Mobile: p.Mobile,
		HideMobile: p.HideMobile, Telephone: p.Telephone, JobNumber: p.JobNumber, Title: p.Title, Manager: string(p.Manager),
		HiredDate: millis(p.HiredAt), Email: p.Email, OrgEmail: p.OrgEmail, OrgEmailType: p.OrgEmailType, WorkPlace: p.WorkPlace,
		Remark: p.Remark, Extension: extensionText(p.Extension), ExtensionI18n: p.ExtensionI18n, Exclusive: p.Exclusive,
		ExclusiveType: p.ExclusiveType, LoginID: p.LoginID, RealAuthed: p.Active, Active: p.Active, Admin: admin, Boss: p.Boss,
		Senior: p.Senior, DeptIDs: listOf[int64](p.Departments()),
	}
	for _, m := range p.Memberships {
		dept := int64(m.Dept)
		r.Orders = append(r.Orders, userDeptOrder{DeptID: dept, Order: m.Sort})
		r.Positions = append(r.Positions, userDeptPosition{DeptID: dept, IsMain: m.Main, Title: m.Title, WorkPlace: m.Place})
		r.Leader = append(r.Leader, userDeptLeader{DeptID: dept, Leader: m.Leader})
	}
	for _, role := range roles {
		r.Roles = append(r.Roles, userRole{ID: int64(role.ID), Name: role.Name, Group: role.GroupName})
	}
	return r
}

type userListRequest struct {
	DeptID   int64  `json:"dept_id" required:"true" min:"1" rule:"department.id" doc:"部门 id，根部门为 1"`
	Cursor   int64  `json:"cursor" required:"true" min:"0" max:"100000" rule:"page.offset" doc:"首次传 0，之后传上次的 next_cursor"`
	Size     int64  `json:"size" required:"true" min:"1" max:"100" rule:"page.size" doc:"每页人数"`
	Order    string `json:"order_field" enum:"entry_asc,entry_desc,modify_asc,modify_desc,custom" default:"custom" doc:"排序：加入部门的先后、最近修改的先后、部门内设定的次序"`
	Limited  bool   `json:"contain_access_limit" doc:"是否包含访问受限的员工；平台没有访问受限的员工，不起作用"`
	Language string `json:"language" enum:"zh_CN,en_US" doc:"通讯录语言；资料只有一种语言"`
}

type userList struct {
	More bool       `json:"has_more" grade:"R1" doc:"是否还有下一页"`
	Next int64      `json:"next_cursor,omitzero" grade:"R1" doc:"下一页的 cursor；没有下一页则不返回"`
	List []userItem `json:"list" doc:"部门的直属成员"`
}

type userItem struct {
	UserID     string `json:"userid" grade:"R1" person:"userid" doc:"userid"`
	UnionID    string `json:"unionid" grade:"R1" person:"unionid" doc:"unionid"`
	Name       string `json:"name" grade:"R1" doc:"姓名"`
	Avatar     string `json:"avatar,omitempty" grade:"R1" doc:"头像地址；默认头像不返回"`
	StateCode  string `json:"state_code,omitempty" grade:"R2" mask:"hide" needs:"fieldMobile" doc:"国际电话区号"`
	Mobile     string `json:"mobile,omitempty" grade:"R2" mask:"phone" needs:"fieldMobile" doc:"手机号，不含区号"`
	HideMobile bool   `json:"hide_mobile" grade:"R1" doc:"是否在资料页隐藏手机号"`
	Telephone  string `json:"telephone" grade:"R1" doc:"分机号"`
	JobNumber  string `json:"job_number" grade:"R1" doc:"工号"`
	Title      string `json:"title" grade:"R1" doc:"职位"`
	HiredDate  int64  `json:"hired_date,omitzero" grade:"R1" doc:"入职时间，毫秒"`

	Email     string `json:"email,omitempty" grade:"R2" mask:"email" needs:"fieldEmail" doc:"邮箱"`
	OrgEmail  string `json:"org_email,omitempty" grade:"R2" mask:"email" needs:"fieldEmail" doc:"企业邮箱"`
	WorkPlace string `json:"work_place,omitempty" grade:"R2" mask:"hide" needs:"fieldEmail" doc:"办公地点"`
	Remark    string `json:"remark,omitempty" grade:"R2" mask:"hide" needs:"fieldEmail" doc:"备注"`
	Extension string `json:"extension,omitempty" grade:"R2" mask:"hide" needs:"fieldEmail" doc:"扩展属性，JSON 文本"`

	Exclusive     bool    `json:"exclusive_account" grade:"R1" doc:"是否专属帐号"`
	ExclusiveType string  `json:"exclusive_account_type,omitempty" grade:"R1" doc:"专属帐号类型"`
	LoginID       string  `json:"login_id,omitempty" grade:"R2" mask:"hide" doc:"专属帐号的登录名"`
	Active        bool    `json:"active" grade:"R1" doc:"是否激活"`
	Admin         bool    `json:"admin" grade:"R1" doc:"是否企业的管理员"`
	Boss          bool    `json:"boss" grade:"R1" doc:"是否企业的负责人"`
	DeptIDs       []int64 `json:"dept_id_list" grade:"R1" doc:"所属部门"`
	Order         int64   `json:"dept_order" grade:"R1" doc:"在所查部门中的排序，大的在前"`
	Leader        bool    `json:"leader" grade:"R1" doc:"是否所查部门的主管"`
}

func (d *Directory) userList(ctx context.Context, who op.Caller, q *userListRequest) (*userList, error) {
	return store.View(ctx, d.db, func(tx *store.Tx) (*userList, error) {
		people, more, err := q.members(d, tx, who)
		if err != nil {
			return nil, err
		}
		res := &userList{More: more, Next: q.next(more)}
		admin, err := adminsAmong(tx, who.Corp, people)
		res.List = make([]userItem, 0, len(people))
		for _, p := range people {
			res.List = append(res.List, userItemOf(p, id.Dept(q.DeptID), admin[p.ID]))
		}
		return res, err
	})
}

// members reads the page that the request asks for.
func (q *userListRequest) members(d *Directory, tx *store.Tx, who op.Caller) (people []Person, more bool, err error) {
	dept, err := departmentIn(tx, who, id.Dept(q.DeptID))
	if err != nil {
		return nil, false, err
	}
	return d.members(tx, who.Corp, dept.ID, Order(q.Order), Page{Offset: q.Cursor, Size: q.Size})
}

// next is the cursor of the next page, 0 when there is none.
func (q *userListRequest) next(more bool) int64 {
	if !more {
		return 0
	}
	return q.Cursor + q.Size
}

func userItemOf(p Person, dept id.Dept, admin bool) userItem {
	item := userItem{
		UserID: string(p.ID), UnionID: string(p.Union), Name: p.Name, Avatar: p.Avatar, StateCode: p.StateCode, Mobile: p.Mobile,
		HideMobile: p.HideMobile, Telephone: p.Telephone, JobNumber: p.JobNumber, Title: p.Title, HiredDate: millis(p.HiredAt),
		Email: p.Email, OrgEmail: p.OrgEmail, WorkPlace: p.WorkPlace, Remark: p.Remark, Extension: extensionText(p.Extension),
		Exclusive: p.Exclusive, ExclusiveType: p.ExclusiveType, LoginID: p.LoginID, Active: p.Active, Admin: admin, Boss: p.Boss,
		DeptIDs: listOf[int64](p.Departments()),
	}
	for _, m := range p.Memberships {
		if m.Dept == dept {
			item.Order, item.Leader = m.Sort, m.Leader
		}
	}
	return item
}

type userSimpleList struct {
	More bool             `json:"has_more" grade:"R1" doc:"是否还有下一页"`
	Next int64            `json:"next_cursor,omitzero" grade:"R1" doc:"下一页的 cursor；没有下一页则不返回"`
	List []userSimpleItem `json:"list" doc:"部门的直属成员"`
}

type userSimpleItem struct {
	UserID string `json:"userid" grade:"R1" person:"userid" doc:"userid"`
	Name   string `json:"name" grade:"R1" doc:"姓名"`
}

func (d *Directory) userListSimple(ctx context.Context, who op.Caller, q *userListRequest) (*userSimpleList, error) {
	return store.View(ctx, d.db, func(tx *store.Tx) (*userSimpleList, error) {
		people, more, err := q.members(d, tx, who)
		res := &userSimpleList{More: more, Next: q.next(more)}
		for _, p := range people {
			res.List = append(res.List, userSimpleItem{UserID: string(p.ID), Name: p.Name})
		}
		return res, err
	})
}

type userListIDRequest struct {
	DeptID int64 `json:"dept_id" required:"true" min:"1" rule:"department.id" doc:"部门 id，根部门为 1"`
}

type userIDList struct {
	UserIDs []string `json:"userid_list" id:"userid" grade:"R1" doc:"部门直属成员的 userid"`
}

func (d *Directory) userListID(ctx context.Context, who op.Caller, q *userListIDRequest) (*userIDList, error) {
	ids, err := d.MemberIDs(ctx, who.Corp, id.Dept(q.DeptID))
	return &userIDList{UserIDs: listOf[string](ids)}, err
}

type userByUnionRequest struct {
	UnionID string `json:"unionid" id:"unionid" required:"true" maxLen:"100" doc:"员工的 unionid"`
}

type userByUnion struct {
	Type   int64  `json:"contact_type" grade:"R1" doc:"0 企业员工；1 企业外部联系人，平台的外部联系人没有 unionid，不出现"`
	UserID string `json:"userid" grade:"R1" person:"userid" doc:"userid"`
}

func (d *Directory) userByUnion(ctx context.Context, who op.Caller, q *userByUnionRequest) (*userByUnion, error) {
	return store.View(ctx, d.db, func(tx *store.Tx) (*userByUnion, error) {
		p, err := d.personByUnion(tx, who.Corp, id.Union(q.UnionID))
		if err != nil {
			return nil, err
		}
		return &userByUnion{UserID: string(p.ID)}, seesPerson(tx, who.Corp, who.Range, p)
	})
}

type userByMobileRequest struct {
	Mobile    string `json:"mobile" required:"true" maxLen:"19" grade:"R2" rule:"user.mobile" doc:"手机号；非大陆号码写作 +xx-xxxxxxxx"`
	Exclusive bool   `json:"support_exclusive_account_search" doc:"是否也按手机号查找专属帐号"`
}

type userByMobile struct {
	UserID    string   `json:"userid" grade:"R1" person:"userid" doc:"userid"`
	Exclusive []string `json:"exclusive_account_userid_list" id:"userid" grade:"R2" mask:"hide" doc:"该手机号的专属帐号；只在 support_exclusive_account_search 时查找"`
}

func (d *Directory) userByMobile(ctx context.Context, who op.Caller, q *userByMobileRequest) (*userByMobile, error) {
	return store.View(ctx, d.db, func(tx *store.Tx) (*userByMobile, error) {
		p, err := d.personByMobile(tx, who.Corp, q.Mobile)
		if err != nil {
			return nil, err
		}
		res := &userByMobile{UserID: string(p.ID)}
		if q.Exclusive && p.Exclusive {
			res.Exclusive = []string{string(p.ID)}
		}
		return res, seesPerson(tx, who.Corp, who.Range, p)
	})
}

type userCountRequest struct {
	OnlyActive *bool `json:"only_active" required:"true" doc:"true 只数已激活的员工，false 数全部"`
}

type userCount struct {
	Count int64 `json:"count" grade:"R1" doc:"人数"`
}

func (d *Directory) userCount(ctx context.Context, who op.Caller, q *userCountRequest) (*userCount, error) {
	n, err := d.CountPeople(ctx, who.Corp, *q.OnlyActive)
	return &userCount{Count: n}, err
}
