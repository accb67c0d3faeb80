package directory

import (
	"github.com/gatepost/gatepost/internal/op"
	"github.com/gatepost/gatepost/internal/scope"
)

// operationsFirstUsers are the operations of the first generation on people:
// flat answers, camel case, and maps and lists in text.
func (d *Directory) operationsFirstUsers() []op.Operation {
	return []op.Operation{
		op.V1("/user/get", d.firstUserGet, op.Spec{
			Title: "查询用户详情", TitleEN: "Read a person",
			Doc: "As /topapi/v2/user/get, flat. isLeaderInDepts and orderInDepts are texts such as {1:true}; extattr is an object; openId is the unionid, " +
				"as it always was in this generation. A role's type is 0 for the corp's own and 101 to 104 for the system's. What the platform has no fact for is absent or false.",
			Verb: op.Read, Scope: scope.Member, Group: groupRead}),
		op.V1("/user/create", d.firstUserCreate, op.Spec{
			Title: "创建用户", TitleEN: "Create a person",
			Doc: "As /topapi/v2/user/create. department is a list or the text [1,2]; orderInDepts and positionInDepts are maps by department, as text or as JSON. " +
				"Tells unionId as well, with a capital I.",
			Verb: op.Manage, Scope: scope.ManageAddresses, Group: groupWrite}),
		op.V1("/user/update", d.firstUserUpdate, op.Spec{
			Title: "更新用户信息", TitleEN: "Change a person",
			Doc:  "As /topapi/v2/user/update: absent fields keep their value. extattr replaces all attributes. An empty managerUserid clears the manager.",
			Verb: op.Manage, Scope: scope.ManageAddresses, Group: groupWrite}),
		op.V1("/user/delete", d.firstUserDelete, op.Spec{
			Title: "删除用户", TitleEN: "Remove a person",
			Doc:  "As /topapi/v2/user/delete. Clients send it as GET.",
			Verb: op.Manage, Scope: scope.ManageAddresses, Group: groupWrite}),
		op.V1("/user/batchdelete", d.firstUsersDelete, op.Spec{
			Title: "批量删除用户", TitleEN: "Remove people",
			Doc: "Removes up to 20 people, all or nothing. The documentation of this operation is gone; that it is atomic is what its clients promise. " +
				"Its scope is that of /user/delete.",
			Verb: op.Manage, Scope: scope.ManageAddresses, Group: groupWrite}),
		op.V1("/user/list", d.firstUserList, op.Spec{
			Title: "获取部门用户详情（不推荐）", TitleEN: "List a department's people",
			Doc: "Tells the people directly in a department inside the app's visible range. offset and size count only together; without them everybody is told " +
				"and hasMore is absent. department is a list, as clients in typed languages read it, though one client declares it as text.",
			Verb: op.Read, Scope: scope.DepartmentMember, Group: groupRead}),
		op.V1("/user/listbypage", d.firstUserPage, op.Spec{
			Title: "获取部门用户详情", TitleEN: "List a department's people by page",
			Doc:  "As /user/list, with offset and size required.",
			Verb: op.Read, Scope: scope.DepartmentMember, Group: groupRead}),
		op.V1("/user/simplelist", d.firstUserSimple, op.Spec{
			Title: "获取部门用户基础信息", TitleEN: "List a department's people, briefly",
			Doc:  "As /user/list, with userid and name only.",
			Verb: op.Read, Scope: scope.DepartmentMember, Group: groupRead}),
		op.V1("/user/getDeptMember", d.firstDeptMembers, op.Spec{
			Title: "获取部门用户userid列表", TitleEN: "List the userids of a department",
			Doc:  "Tells the userids of the people directly in a department. Not limited by the visible range, as /topapi/user/listid.",
			Verb: op.Read, Scope: scope.Member, Group: groupRead}),
		op.V1("/user/getUseridByUnionid", d.firstUserByUnion, op.Spec{
			Title: "根据unionid获取用户userid", TitleEN: "Find a person by unionid",
			Doc:  "Tells the userid of the employee with the unionid, inside the app's visible range.",
			Verb: op.Read, Scope: scope.Member, Group: groupRead}),
		op.V1("/user/get_by_mobile", d.firstUserByMobile, op.Spec{
			Title: "根据手机号查询用户", TitleEN: "Find a person by mobile number",
			Doc: "Tells the userid of the employee with the number, inside the app's visible range. The answer itself holds nothing sensitive, so its grade is R1; " +
				"the permission point it needs is R2.",
			Verb: op.Read, Scope: scope.MemberByMobile, Group: groupRead}),
		op.V1("/user/get_admin", d.firstAdmins, op.Spec{
			Title: "获取管理员列表", TitleEN: "List administrators",
			Doc: "As /topapi/user/listadmin, under two names: admin_list, and adminList as older clients read it. admin_mobile is not told: " +
				"whoever may read mobile numbers finds it with /user/get.",
			Verb: op.Read, Scope: scope.Member, Group: groupRead}),
		op.V1("/user/get_org_user_count", d.firstUserCount, op.Spec{
			Title: "获取员工人数", TitleEN: "Count people",
			Doc:  "Tells how many people the corp employs, or how many of them are active. Not limited by the visible range.",
			Verb: op.Read, Scope: scope.Member, Group: groupRead}),
		op.V1("/user/can_access_microapp", d.firstCanAccess, op.Spec{
			Title: "获取管理员的应用管理权限", TitleEN: "Tell whether somebody may administer an app",
			Doc:  "Main administrators may administer every app and nobody else any: sub-administrators have departments, not apps. Whether the app exists is not checked.",
			Verb: op.Read, Scope: scope.Member, Group: groupRead}),
	}
}

// operationsFirstDepartments are the operations of the first generation on
// departments.
func (d *Directory) operationsFirstDepartments() []op.Operation {
	return []op.Operation{
		op.V1("/department/get", d.firstDeptGet, op.Spec{
			Title: "获取部门详情", TitleEN: "Read a department",
			Doc: "Tells one department inside the app's visible range. Lists are text with bars: 1|2. deptPerimits and userPerimits are older spellings of " +
				"deptPermits and userPermits and say the same. The root has no parentid.",
			Verb: op.Read, Scope: scope.DepartmentList, Group: groupRead}),
		op.V1("/department/create", d.firstDeptCreate, op.Spec{
			Title: "创建部门", TitleEN: "Create a department",
			Doc:  "As /topapi/v2/department/create, with lists as text with bars. id is drawn by the platform whatever is asked for.",
			Verb: op.Manage, Scope: scope.ManageAddresses, Group: groupWrite}),
		op.V1("/department/update", d.firstDeptUpdate, op.Spec{
			Title: "更新部门", TitleEN: "Change a department",
			Doc:  "As /topapi/v2/department/update. deptManagerUseridList replaces the leaders, each of whom has to be a member; empty text clears them.",
			Verb: op.Manage, Scope: scope.ManageAddresses, Group: groupWrite}),
		op.V1("/department/delete", d.firstDeptDelete, op.Spec{
			Title: "删除部门", TitleEN: "Remove a department",
			Doc:  "Removes a department that has neither members nor sub-departments. Clients send it as GET.",
			Verb: op.Manage, Scope: scope.ManageAddresses, Group: groupWrite}),
		op.V1("/department/list", d.firstDeptList, op.Spec{
			Title: "获取部门列表", TitleEN: "List departments",
			Doc: "Tells departments inside the app's visible range, each parent before its children. With fetch_child true: all below id; false: one level. " +
				"Without fetch_child, which came later: id itself and all below it, as clients that walk the whole directory expect. " +
				"The root may be asked for by an app that sees only parts; another department outside the range is refused.",
			Verb: op.Read, Scope: scope.DepartmentList, Group: groupRead}),
		op.V1("/department/list_ids", d.firstDeptIDs, op.Spec{
			Title: "获取子部门ID列表", TitleEN: "List the ids of sub-departments",
			Doc:  "Tells the ids of the departments directly below one. Not limited by the visible range.",
			Verb: op.Read, Scope: scope.DepartmentList, Group: groupRead}),
		op.V1("/department/list_parent_depts", d.firstUserParents, op.Spec{
			Title: "获取指定用户的所有父部门列表", TitleEN: "List the parents of a person's departments",
			Doc: "Tells, for each department of a person inside the app's visible range, the ids from that department up to the root. department is a list of " +
				"lists, as clients read it, though one client declares it as text.",
			Verb: op.Read, Scope: scope.DepartmentList, Group: groupRead}),
		op.V1("/department/list_parent_depts_by_dept", d.firstDeptParents, op.Spec{
			Title: "获取指定部门的所有父部门列表", TitleEN: "List the parents of a department",
			Doc:  "Tells the ids from the department itself up to the root. The department has to be inside the app's visible range.",
			Verb: op.Read, Scope: scope.DepartmentList, Group: groupRead}),
	}
}
