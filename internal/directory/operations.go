package directory

import (
	"slices"

	"github.com/gatepost/gatepost/internal/op"
	"github.com/gatepost/gatepost/internal/scope"
)

// The groups of operations that share a rate limit.
const (
	groupRead  = "directory.read"
	groupWrite = "directory.write"
)

// Operations returns every operation of the package. What it reads is made of rows
// of the caller's corp, whatever the time is.
func (d *Directory) Operations() []op.Operation {
	list := slices.Concat(
		d.operationsUsers(),
		d.operationsDepartments(),
		d.operationsV2(),
		d.operationsRoles(), d.operationsAdmins(), d.operationsContacts(),
		d.operationsFirstUsers(), d.operationsFirstDepartments(),
	)
	for i := range list {
		list[i].Stable = list[i].Verb == op.Read
	}
	return list
}

func (d *Directory) operationsUsers() []op.Operation {
	return []op.Operation{
		op.V1("/topapi/v2/user/create", d.userCreate, op.Spec{
			Title: "创建用户", TitleEN: "Create a person",
			Doc: "Employs a person in one or more departments, all of which have to be inside the app's visible range. mobile, email and telephone are " +
				"unique in the corp; the unionid is that of whoever has the same number in another corp of this platform. The person is active at once: " +
				"there is no invitation to accept. Without dept_order_list who came first stands first. What is said of a department that is not in " +
				"dept_id_list is ignored. A userid whose holder left can be used again. Answers unionId with a capital I, as clients expect.",
			Verb: op.Manage, Scope: scope.ManageAddresses, Group: groupWrite}),
		op.V1("/topapi/v2/user/update", d.userUpdate, op.Spec{
			Title: "更新用户信息", TitleEN: "Change a person",
			Doc: "Changes what is given and leaves the rest. dept_id_list is the whole list: departments left out are left, those kept keep order, title and " +
				"leadership. extension replaces all attributes unless ext_attrs_update_mode is 1. An empty text clears its field, except name, mobile and " +
				"manager_userid, which force_update_fields=manager_userid clears.",
			Verb: op.Manage, Scope: scope.ManageAddresses, Group: groupWrite}),
		op.V1("/topapi/v2/user/delete", d.userDelete, op.Spec{
			Title: "删除用户", TitleEN: "Remove a person",
			Doc: "Ends the person's employment with all memberships, roles and leadership; who was managed by the person has no manager afterwards. " +
				"The corp's last main administrator cannot be removed. Mobile, e-mail and extension number are free at once.",
			Verb: op.Manage, Scope: scope.ManageAddresses, Group: groupWrite}),
		op.V1("/topapi/v2/user/get", d.userGet, op.Spec{
			Title: "查询用户详情", TitleEN: "Read a person",
			Doc: "Tells one employee inside the app's visible range. mobile and state_code need fieldMobile; email, org_email, work_place, remark and " +
				"extension need fieldEmail. Empty avatar, manager_userid, org_email, extension and hired_date are absent. A unionid or mobile number given " +
				"as userid is refused with the operation that converts it.",
			Verb: op.Read, Scope: scope.Member, Group: groupRead}),
		op.V1("/topapi/v2/user/list", d.userList, op.Spec{
			Title: "获取部门用户详情", TitleEN: "List a department's members",
			Doc: "Tells the people directly in a department inside the app's visible range, without sub-departments. cursor counts members: pages shift " +
				"when somebody joins or leaves in between. Members that an order leaves equal are in the order of their userids. cursor is limited to " +
				"100,000, so further direct members cannot be paged to.",
			Verb: op.Read, Scope: scope.DepartmentMember, Group: groupRead}),
		op.V1("/topapi/user/listsimple", d.userListSimple, op.Spec{
			Title: "获取部门用户基础信息", TitleEN: "List a department's members, briefly",
			Doc:  "As /topapi/v2/user/list, with userid and name only.",
			Verb: op.Read, Scope: scope.DepartmentMember, Group: groupRead}),
		op.V1("/topapi/user/listid", d.userListID, op.Spec{
			Title: "获取部门用户userid列表", TitleEN: "List the userids of a department's members",
			Doc:  "Tells the userids of all people directly in a department, in the department's order. Not limited by the visible range.",
			Verb: op.Read, Scope: scope.Member, Group: groupRead}),
		op.V1("/topapi/user/getbyunionid", d.userByUnion, op.Spec{
			Title: "根据unionid获取用户userid", TitleEN: "Find a person by unionid",
			Doc:  "Tells the userid of the employee with the unionid, inside the app's visible range. Who left is not found.",
			Verb: op.Read, Scope: scope.Member, Group: groupRead}),
		op.V1("/topapi/v2/user/getbymobile", d.userByMobile, op.Spec{
			Title: "根据手机号查询用户", TitleEN: "Find a person by mobile number",
			Doc: "Tells the userid of the employee with the number, inside the app's visible range. A number without +xx- is one of the mainland. " +
				"Who left is not found.",
			Verb: op.Read, Scope: scope.MemberByMobile, Group: groupRead}),
		op.V1("/topapi/user/count", d.userCount, op.Spec{
			Title: "获取员工人数", TitleEN: "Count people",
			Doc:  "Tells how many employees the corp has, or how many active ones. Not limited by the visible range.",
			Verb: op.Read, Scope: scope.Member, Group: groupRead}),
	}
}

func (d *Directory) operationsDepartments() []op.Operation {
	return []op.Operation{
		op.V1("/topapi/v2/department/create", d.deptCreate, op.Spec{
			Title: "创建部门", TitleEN: "Create a department",
			Doc: "Creates a department under a parent inside the app's visible range. Its number is drawn by the platform. The tree has at most 15 levels, " +
				"the root included. The lists of permits are kept whether or not hide_dept or outer_dept makes them count.",
			Verb: op.Manage, Scope: scope.ManageAddresses, Group: groupWrite}),
		op.V1("/topapi/v2/department/update", d.deptUpdate, op.Spec{
			Title: "更新部门", TitleEN: "Change a department",
			Doc: "Changes what is given and leaves the rest. A new parent_id moves the department with everything below it; the department and the new " +
				"parent have to be inside the app's visible range. The root cannot be moved or renamed: its name is the corp's. dept_manager_userid_list " +
				"replaces the leaders, each of whom has to be a member; force_update_fields=dept_manager_userid_list clears them.",
			Verb: op.Manage, Scope: scope.ManageAddresses, Group: groupWrite}),
		op.V1("/topapi/v2/department/delete", d.deptDelete, op.Spec{
			Title: "删除部门", TitleEN: "Remove a department",
			Doc:  "Removes a department that has no members and no sub-departments. The root cannot be removed.",
			Verb: op.Manage, Scope: scope.ManageAddresses, Group: groupWrite}),
		op.V1("/topapi/v2/department/get", d.deptGet, op.Spec{
			Title: "获取部门详情", TitleEN: "Read a department",
			Doc:  "Tells one department inside the app's visible range. member_count counts everybody in it and below once.",
			Verb: op.Read, Scope: scope.DepartmentList, Group: groupRead}),
		op.V1("/topapi/v2/department/listsub", d.deptListSub, op.Spec{
			Title: "获取部门列表", TitleEN: "List sub-departments",
			Doc:  "Tells the departments directly below one that is inside the app's visible range, by order and then by number.",
			Verb: op.Read, Scope: scope.DepartmentList, Group: groupRead}),
		op.V1("/topapi/v2/department/listsubid", d.deptListSubID, op.Spec{
			Title: "获取子部门ID列表", TitleEN: "List the numbers of sub-departments",
			Doc:  "Tells the numbers of the departments directly below one, in their order. Not limited by the visible range.",
			Verb: op.Read, Scope: scope.DepartmentList, Group: groupRead}),
		op.V1("/topapi/v2/department/listparentbyuser", d.deptParentsByUser, op.Spec{
			Title: "获取指定用户的所有父部门列表", TitleEN: "List the ancestors of a person's departments",
			Doc:  "Tells, for each department of an employee inside the app's visible range, the numbers from it up to the root.",
			Verb: op.Read, Scope: scope.DepartmentList, Group: groupRead}),
		op.V1("/topapi/v2/department/listparentbydept", d.deptParentsByDept, op.Spec{
			Title: "获取指定部门的所有父部门列表", TitleEN: "List a department's ancestors",
			Doc:  "Tells the numbers from a department inside the app's visible range up to the root, itself first.",
			Verb: op.Read, Scope: scope.DepartmentList, Group: groupRead}),
	}
}

func (d *Directory) operationsV2() []op.Operation {
	return []op.Operation{
		op.V2("GET /v1.0/contact/users/{unionId}", d.profile, op.Spec{
			Title: "获取用户通讯录个人信息", TitleEN: "Read a person's profile",
			Doc: "With a person's token, me or the own unionId tells the person's own profile; others are told inside the app's visible range. With an " +
				"app's token me is refused. mobile needs Contact.User.mobile.",
			As: op.AppOrPerson, Verb: op.Read, Scope: scope.ContactUserRead, Group: groupRead}),
		op.V2("POST /v1.0/contact/users/search", d.userSearch, op.Spec{
			Title: "搜索用户userId", TitleEN: "Search people",
			Doc: "Finds people inside the app's visible range whose name has queryWord: from any Chinese character or word of the name on, as text, in " +
				"pinyin or in initials, without regard to case; or whose job number begins with it. Those whose name begins so come first. " +
				"fullMatchField 1 finds whose name is just this. The documentation calls offset a page number and shows 0 for the first page; here it " +
				"counts entries, as its name says.",
			Verb: op.Read, Scope: scope.AddressSearch, Group: groupRead}),
		op.V2("POST /v1.0/contact/departments/search", d.deptSearch, op.Spec{
			Title: "搜索部门ID", TitleEN: "Search departments",
			Doc:  "Finds departments inside the app's visible range by name, pinyin or initials, as people are found. offset counts entries.",
			Verb: op.Read, Scope: scope.AddressSearch, Group: groupRead}),
	}
}
