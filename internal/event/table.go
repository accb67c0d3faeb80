package event

import "github.com/gatepost/gatepost/internal/scope"

// The events of the directory and of applications.
const (
	UserAdded       Name = "user_add_org"
	UserModified    Name = "user_modify_org"
	UserLeft        Name = "user_leave_org"
	UserActivated   Name = "user_active_org"
	AdminAdded      Name = "org_admin_add"
	AdminRemoved    Name = "org_admin_remove"
	DeptCreated     Name = "org_dept_create"
	DeptModified    Name = "org_dept_modify"
	DeptRemoved     Name = "org_dept_remove"
	CorpChanged     Name = "org_change"
	CorpRemoved     Name = "org_remove"
	RoleAssigned    Name = "label_user_change"
	RolesAdded      Name = "label_conf_add"
	RolesRemoved    Name = "label_conf_del"
	RolesModified   Name = "label_conf_modify"
	ContactAdded    Name = "contact_add_org"
	ContactModified Name = "contact_modify_org"
	ContactRemoved  Name = "contact_leave_org"
	AppReleased     Name = "inner_app_release"
	AppSwitched     Name = "inner_app_status_change"
	AppRangeChanged Name = "inner_app_scopes_change"
)

// All returns every declared event: people, administrators, departments, the
// corp, roles, external contacts, applications, suites. Made anew with each call; whoever
// asks often keeps it.
func All() []Event {
	return unique(append(suiteEvents(), []Event{
		Declare[People](UserAdded, Spec{Title: "通讯录用户增加", TitleEN: "People joined",
			Doc:   "成员加入企业后发出。批量导入不逐人发出：每个事件列出至多 500 人，先于它的是列出导入部门的 org_dept_create；导入的事件之间保持顺序，与其后单个成员的事件之间不保证顺序。",
			Scope: scope.Member, Grade: scope.R1}),
		Declare[PeopleModified](UserModified, Spec{Title: "通讯录用户更改", TitleEN: "People changed",
			Doc:   "成员的资料、部门或部门内职务变更后发出，也在其直属主管离职、部门主管改任时发出；只改动一人时 diffInfo 给出变更前后的值，只含变化的字段。成员移出应用的可见范围时，应用只得知 userid。",
			Scope: scope.Member, Grade: scope.R2}),
		Declare[People](UserLeft, Spec{Title: "通讯录用户离职", TitleEN: "People left",
			Doc:   "成员离开企业后发出，在其失去管理员身份与角色的事件之后。可见范围有限的应用只得知离职时在其范围内的成员。",
			Scope: scope.Member, Grade: scope.R1}),
		Declare[Activated](UserActivated, Spec{Title: "加入企业后用户激活", TitleEN: "People activated their account",
			Doc:   "尚未激活的成员第一次登录控制台或应用后发出；同一人只发一次。以已激活状态加入的成员不发。",
			Scope: scope.Member, Grade: scope.R1}),

		Declare[People](AdminAdded, Spec{Title: "通讯录用户被设为管理员", TitleEN: "Administrators appointed",
			Doc:   "成员被设为主管理员或子管理员后发出；两者之间改变不发。",
			Scope: scope.Member, Grade: scope.R1}),
		Declare[People](AdminRemoved, Spec{Title: "通讯录用户被取消设置管理员", TitleEN: "Administrators dismissed",
			Doc:   "成员不再是管理员后发出；离职的管理员先发本事件，再发 user_leave_org。",
			Scope: scope.Member, Grade: scope.R1}),

		Declare[Departments](DeptCreated, Spec{Title: "通讯录企业部门创建", TitleEN: "Departments created",
			Doc:   "部门创建后发出；批量导入时每个事件列出至多 500 个部门，上级在前。",
			Scope: scope.DepartmentList, Grade: scope.R1}),
		Declare[Departments](DeptModified, Spec{Title: "通讯录企业部门修改", TitleEN: "Departments changed",
			Doc:   "部门资料、上级、顺序或主管变更后发出；移动部门时只有该部门，不含其下级；企业改名时除 org_change 外也发出，deptId 为 [1]。部门移出应用的可见范围时，应用也得知。",
			Scope: scope.DepartmentList, Grade: scope.R1}),
		Declare[Departments](DeptRemoved, Spec{Title: "通讯录企业部门删除", TitleEN: "Departments removed",
			Doc:   "部门删除后发出；一次删除多个部门时列出全部 deptId，本平台一次只能删除一个没有下级的部门。可见范围有限的应用只得知删除前在其范围内的部门。",
			Scope: scope.DepartmentList, Grade: scope.R1}),

		Declare[None](CorpChanged, Spec{Title: "企业信息发生变更", TitleEN: "The company changed",
			Doc:   "企业改名后发出，随后是 deptId 为 [1] 的 org_dept_modify；是哪一家企业由信封的 CorpId 说明。",
			Scope: scope.Base, Grade: scope.R1}),
		Declare[None](CorpRemoved, Spec{Title: "企业被解散", TitleEN: "The company was dissolved",
			Doc:   "企业被解散后发出，是该企业的最后一个事件。重置演示或沙箱企业不是解散，不发任何事件。",
			Scope: scope.Base, Grade: scope.R1, Silent: "平台没有解散企业的操作 · no operation dissolves a company"}),

		Declare[RoleMembers](RoleAssigned, Spec{Title: "员工角色信息发生变更", TitleEN: "Roles assigned or taken away",
			Doc:   "成员得到或失去角色后发出，每个角色一个事件，只列出确有变化的成员；离职的成员失去全部角色。设定角色的管理范围不发。",
			Scope: scope.Member, Grade: scope.R1}),
		Declare[Roles](RolesAdded, Spec{Title: "增加角色或者角色组", TitleEN: "Roles or role groups added",
			Doc:   "创建角色或角色组后发出。角色与角色组共用一个编号空间，labelIdList 两者都可能有。",
			Scope: scope.Member, Grade: scope.R1}),
		Declare[RolesGone](RolesRemoved, Spec{Title: "删除角色或者角色组", TitleEN: "Roles or role groups removed",
			Doc:   "删除后发出；labelIdList 里的编号已查不到。",
			Scope: scope.Member, Grade: scope.R1}),
		Declare[RolesBeforeAndAfter](RolesModified, Spec{Title: "修改角色或者角色组", TitleEN: "Roles or role groups changed",
			Doc:   "修改前后的内容各为一个列表，列表的每一项是一段 JSON 文本。",
			Scope: scope.Member, Grade: scope.R1}),

		Declare[Contact](ContactAdded, Spec{Title: "企业增加外部联系人", TitleEN: "An external contact was added",
			Doc:   "添加外部联系人后发出。可见范围不限制外部联系人。",
			Scope: scope.ExternalRead, Grade: scope.R2}),
		Declare[Contact](ContactModified, Spec{Title: "外部联系人修改", TitleEN: "An external contact was changed",
			Doc:   "修改外部联系人后发出，给出变更后的值。",
			Scope: scope.ExternalRead, Grade: scope.R2}),
		Declare[ContactGone](ContactRemoved, Spec{Title: "企业删除外部联系人", TitleEN: "An external contact was removed",
			Doc:   "删除外部联系人后发出。",
			Scope: scope.ExternalRead, Grade: scope.R1}),

		Declare[AppRelease](AppReleased, Spec{Title: "企业内部应用发布", TitleEN: "An internal app was released",
			Doc:   "内部应用创建后发出：创建的应用随即启用。unifiedAppId 是 AppKey；应用没有图标，icon 为空。删除应用不发事件。",
			Scope: scope.Base, Grade: scope.R1}),
		Declare[AppStatus](AppSwitched, Spec{Title: "企业内部应用状态变更", TitleEN: "An internal app was switched on or off",
			Doc:   "内部应用启用或停用后发出，没有改变状态的修改不发。status 的取值来源未说明，这里用 enabled 与 disabled。",
			Scope: scope.Base, Grade: scope.R1}),
		Declare[AppRange](AppRangeChanged, Spec{Title: "企业内部应用可使用范围变更", TitleEN: "The visible range of an internal app changed",
			Doc:   "可见范围变更后发出，列出变更后的全部部门与成员；看到全部时 deptIds 为 [1]。范围不按角色设定，roleIds 为空。",
			Scope: scope.Base, Grade: scope.R1}),
	}...))
}
