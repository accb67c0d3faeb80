package directory

import (
	"context"
	"slices"

	"github.com/gatepost/gatepost/internal/apierror"
	"github.com/gatepost/gatepost/internal/id"
	"github.com/gatepost/gatepost/internal/op"
	"github.com/gatepost/gatepost/internal/store"
)

type deptOrder struct {
	DeptID int64  `json:"dept_id" doc:"部门 id"`
	Order  *int64 `json:"order" doc:"员工在部门中的排序，大的在前"`
}

type deptTitle struct {
	DeptID int64   `json:"dept_id" doc:"部门 id"`
	Title  *string `json:"title" maxLen:"200" doc:"员工在部门中的职位"`
}

type deptPosition struct {
	DeptID    int64   `json:"dept_id" doc:"部门 id"`
	IsMain    *bool   `json:"is_main" doc:"是否主任职部门；至多一个"`
	Title     *string `json:"title" maxLen:"200" doc:"员工在部门中的职位"`
	WorkPlace *string `json:"work_place" maxLen:"100" doc:"员工在部门中的办公地点"`
}

// posts gathers what a request says of single departments.
func posts(orders []deptOrder, titles []deptTitle, positions []deptPosition) []Post {
	var list []Post
	for _, o := range orders {
		list = append(list, Post{Dept: id.Dept(o.DeptID), Sort: o.Order})
	}
	for _, t := range titles {
		list = append(list, Post{Dept: id.Dept(t.DeptID), Title: t.Title})
	}
	for _, p := range positions {
		list = append(list, Post{Dept: id.Dept(p.DeptID), Title: p.Title, Place: p.WorkPlace, Main: p.IsMain})
	}
	return list
}

type userCreateRequest struct {
	UserID  string    `json:"userid" id:"-" maxLen:"64" rule:"user.invalid" doc:"企业内唯一，由 A–Z a–z 0–9 _ - @ . 组成；不传则由平台生成；之后不能改"`
	Name    string    `json:"name" required:"true" maxLen:"80" rule:"user.name" doc:"姓名"`
	Mobile  string    `json:"mobile" required:"true" grade:"R2" rule:"user.mobile" doc:"手机号，企业内唯一；非大陆号码写作 +xx-xxxxxxxx"`
	DeptIDs op.CSVInt `json:"dept_id_list" required:"true" rule:"department.id" doc:"所属部门 id，最多 100 个"`

	Orders    []deptOrder    `json:"dept_order_list" maxItems:"100" doc:"在各部门中的排序"`
	Titles    []deptTitle    `json:"dept_title_list" maxItems:"100" doc:"在各部门中的职位"`
	Positions []deptPosition `json:"dept_position_list" maxItems:"999" doc:"在各部门中的任职"`

	Email         string      `json:"email" maxLen:"50" grade:"R2" rule:"user.email" doc:"邮箱，企业内唯一"`
	OrgEmail      string      `json:"org_email" maxLen:"100" grade:"R2" rule:"user.email" doc:"企业邮箱"`
	OrgEmailType  string      `json:"org_email_type" doc:"企业邮箱类型：profession 标准版，base 基础版"`
	Telephone     string      `json:"telephone" maxLen:"50" doc:"分机号，企业内唯一"`
	JobNumber     string      `json:"job_number" maxLen:"50" doc:"工号"`
	Title         string      `json:"title" maxLen:"200" doc:"职位"`
	WorkPlace     string      `json:"work_place" maxLen:"100" doc:"办公地点"`
	Remark        string      `json:"remark" maxLen:"2000" doc:"备注"`
	HiredDate     int64       `json:"hired_date" min:"1" doc:"入职时间，毫秒"`
	Manager       string      `json:"manager_userid" id:"userid" doc:"直属主管的 userid，须为本企业员工"`
	HideMobile    bool        `json:"hide_mobile" doc:"是否在资料页隐藏手机号"`
	Senior        bool        `json:"senior_mode" doc:"是否高管：手机号对所有人隐藏"`
	Extension     op.JSONText `json:"extension" maxLen:"2000" doc:"扩展属性，JSON 对象，值为字符串"`
	ExtensionI18n op.JSONText `json:"extension_i18n" maxLen:"8000" doc:"扩展属性的译文，JSON 对象"`

	Exclusive     bool   `json:"exclusive_account" doc:"是否专属帐号"`
	ExclusiveType string `json:"exclusive_account_type" doc:"专属帐号类型：dingtalk 或 sso"`
	LoginID       string `json:"login_id" maxLen:"64" doc:"专属帐号的登录名"`
	LoginEmail    string `json:"login_email" maxLen:"64" rule:"user.email" doc:"登录邮箱"`
	InitPassword  string `json:"init_password" doc:"收下而不保存：平台的登录不用它"`

	ExclusiveMobile string `json:"exclusive_mobile" doc:"收下而不保存"`
	MobileVerified  string `json:"exclusive_mobile_verify_status" doc:"收下而不保存"`
	OuterCorpID     string `json:"outer_exclusive_corpid" doc:"收下而不保存"`
	OuterUserID     string `json:"outer_exclusive_userid" doc:"收下而不保存"`
}

// person is who is to be employed. Everybody is active from the start: there is
// no app to install and no invitation to accept.
func (q *userCreateRequest) person() (NewPerson, error) {
	extension, err := parseExtension(string(q.Extension))
	p := Profile{
		Name: q.Name, Email: q.Email, OrgEmail: q.OrgEmail, OrgEmailType: q.OrgEmailType,
		Telephone: q.Telephone, JobNumber: q.JobNumber, Title: q.Title, WorkPlace: q.WorkPlace, Remark: q.Remark,
		Manager: id.User(q.Manager), HiredAt: instant(q.HiredDate), Extension: extension, ExtensionI18n: string(q.ExtensionI18n),
		LoginID: q.LoginID, LoginEmail: q.LoginEmail, Exclusive: q.Exclusive, ExclusiveType: q.ExclusiveType,
		Active: true, Senior: q.Senior, HideMobile: q.HideMobile,
	}
	p.SetMobile(q.Mobile)
	return NewPerson{
		ID: id.User(q.UserID), Profile: p, Departments: listOf[id.Dept](q.DeptIDs),
		Posts: posts(q.Orders, q.Titles, q.Positions),
	}, err
}

type userCreated struct {
	UserID  string `json:"userid" grade:"R1" person:"userid" doc:"userid"`
	UnionID string `json:"unionId" grade:"R1" person:"unionid" doc:"unionid；此处大写 I"`
}

func (d *Directory) userCreate(ctx context.Context, who op.Caller, q *userCreateRequest) (*userCreated, error) {
	n, err := q.person()
	if err != nil {
		return nil, err
	}
	p, err := d.employ(ctx, who, n)
	return &userCreated{UserID: string(p.ID), UnionID: string(p.Union)}, err
}

// employ is CreatePerson for a caller, who has to see the departments.
func (d *Directory) employ(ctx context.Context, who op.Caller, n NewPerson) (Person, error) {
	now := d.clock.At(who.Corp)
	return change(ctx, d, who.Corp, func(tx *store.Tx) (Person, error) {
		if err := seesDepts(tx, who.Corp, who.Range, n.Departments); err != nil {
			return Person{}, err
		}
		return d.createPerson(tx, who.Corp, n, now)
	})
}

type userUpdateRequest struct {
	UserID  string    `json:"userid" id:"userid" required:"true" maxLen:"64" rule:"user.invalid" doc:"员工的 userid"`
	Name    *string   `json:"name" maxLen:"80" rule:"user.name" doc:"姓名"`
	Mobile  *string   `json:"mobile" grade:"R2" rule:"user.mobile" doc:"手机号，企业内唯一；非大陆号码写作 +xx-xxxxxxxx"`
	DeptIDs op.CSVInt `json:"dept_id_list" rule:"department.id" doc:"所属的全部部门 id，最多 100 个；未列出的部门将离开"`

	Orders    []deptOrder    `json:"dept_order_list" maxItems:"100" doc:"在各部门中的排序"`
	Titles    []deptTitle    `json:"dept_title_list" maxItems:"100" doc:"在各部门中的职位"`
	Positions []deptPosition `json:"dept_position_list" maxItems:"999" doc:"在各部门中的任职"`

	Email         *string     `json:"email" maxLen:"50" grade:"R2" rule:"user.email" doc:"邮箱，企业内唯一"`
	OrgEmail      *string     `json:"org_email" maxLen:"100" grade:"R2" rule:"user.email" doc:"企业邮箱"`
	OrgEmailType  *string     `json:"org_email_type" doc:"企业邮箱类型：profession 标准版，base 基础版"`
	Telephone     *string     `json:"telephone" maxLen:"50" doc:"分机号，企业内唯一"`
	JobNumber     *string     `json:"job_number" maxLen:"50" doc:"工号"`
	Title         *string     `json:"title" maxLen:"200" doc:"职位"`
	WorkPlace     *string     `json:"work_place" maxLen:"100" doc:"办公地点"`
	Remark        *string     `json:"remark" maxLen:"2000" doc:"备注"`
	HiredDate     *int64      `json:"hired_date" min:"1" doc:"入职时间，毫秒"`
	Manager       string      `json:"manager_userid" id:"userid" doc:"直属主管的 userid，须为本企业员工"`
	HideMobile    *bool       `json:"hide_mobile" doc:"是否在资料页隐藏手机号"`
	Senior        *bool       `json:"senior_mode" doc:"是否高管：手机号对所有人隐藏"`
	Extension     op.JSONText `json:"extension" maxLen:"2000" doc:"扩展属性，JSON 对象，值为字符串"`
	ExtensionMode int64       `json:"ext_attrs_update_mode" enum:"0,1" doc:"0 覆盖全部扩展属性，1 追加；缺省 0"`
	ExtensionI18n op.JSONText `json:"extension_i18n" maxLen:"8000" doc:"扩展属性的译文，JSON 对象"`
	Force         op.CSV      `json:"force_update_fields" doc:"要清空的字段：manager_userid"`
	Language      string      `json:"language" enum:"zh_CN,en_US" doc:"通讯录语言；资料只有一种语言"`

	LoginID         *string `json:"loginId" maxLen:"64" doc:"专属帐号的登录名"`
	InitPassword    string  `json:"init_password" doc:"收下而不保存：平台的登录不用它"`
	ExclusiveMobile string  `json:"exclusive_mobile" doc:"收下而不保存"`
	MobileVerified  string  `json:"exclusive_mobile_verify_status" doc:"收下而不保存"`
}

func (d *Directory) userUpdate(ctx context.Context, who op.Caller, q *userUpdateRequest) (*op.None, error) {
	c, err := q.change()
	if err != nil {
		return nil, err
	}
	return &op.None{}, d.amend(ctx, who, c)
}

// amend is UpdatePerson for a caller, who has to see the person and the new
// departments.
func (d *Directory) amend(ctx context.Context, who op.Caller, c PersonChange) error {
	now := d.clock.At(who.Corp)
	return do(ctx, d, who.Corp, func(tx *store.Tx) error {
		if _, err := d.personIn(tx, who, c.ID); err != nil {
			return err
		}
		if err := seesDepts(tx, who.Corp, who.Range, c.Departments); err != nil {
			return err
		}
		_, err := d.updatePerson(tx, who.Corp, c, now)
		return err
	})
}

func (q *userUpdateRequest) change() (PersonChange, error) {
	for _, f := range q.Force {
		if f != "manager_userid" {
			return PersonChange{}, apierror.ParameterInvalid.With("name", "force_update_fields").Want("manager_userid").Got("%s", f)
		}
	}
	extension, err := parseExtension(string(q.Extension))
	return PersonChange{
		ID: id.User(q.UserID), Edit: func(p *Profile) { q.edit(p, extension) },
		Departments: departmentsOrNil(q.DeptIDs), Posts: posts(q.Orders, q.Titles, q.Positions),
	}, err
}

// departmentsOrNil are the departments of a change, nil when it names none.
func departmentsOrNil(ids []int64) []id.Dept {
	if len(ids) == 0 {
		return nil
	}
	return listOf[id.Dept](ids)
}

func (q *userUpdateRequest) edit(p *Profile, extension map[string]string) {
	if q.Mobile != nil {
		p.SetMobile(*q.Mobile)
	}
	set(&p.Name, q.Name)
	set(&p.Email, q.Email)
	set(&p.OrgEmail, q.OrgEmail)
	set(&p.OrgEmailType, q.OrgEmailType)
	set(&p.Telephone, q.Telephone)
	set(&p.JobNumber, q.JobNumber)
	set(&p.Title, q.Title)
	set(&p.WorkPlace, q.WorkPlace)
	set(&p.Remark, q.Remark)
	set(&p.HideMobile, q.HideMobile)
	set(&p.Senior, q.Senior)
	set(&p.LoginID, q.LoginID)
	if q.HiredDate != nil {
		p.HiredAt = instant(*q.HiredDate)
	}
	if q.Manager != "" || slices.Contains(q.Force, "manager_userid") {
		p.Manager = id.User(q.Manager)
	}
	if q.Extension != "" {
		p.extend(extension, q.ExtensionMode == 1)
	}
	if q.ExtensionI18n != "" {
		p.ExtensionI18n = string(q.ExtensionI18n)
	}
}

type userRequest struct {
	UserID string `json:"userid" id:"userid" required:"true" maxLen:"64" rule:"user.invalid" doc:"员工的 userid"`
}

func (d *Directory) userDelete(ctx context.Context, who op.Caller, q *userRequest) (*op.None, error) {
	return &op.None{}, d.dismiss(ctx, who, id.User(q.UserID))
}

// dismiss is RemovePerson for a caller, who has to see the person.
func (d *Directory) dismiss(ctx context.Context, who op.Caller, user id.User) error {
	now := d.clock.At(who.Corp)
	return do(ctx, d, who.Corp, func(tx *store.Tx) error {
		if _, err := d.personIn(tx, who, user); err != nil {
			return err
		}
		return d.removePerson(tx, who.Corp, user, now)
	})
}
