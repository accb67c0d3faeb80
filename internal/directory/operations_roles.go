package directory

import (
	"github.com/gatepost/gatepost/internal/op"
	"github.com/gatepost/gatepost/internal/scope"
)

// operationsRoles are the operations on roles, of both generations.
func (d *Directory) operationsRoles() []op.Operation {
	return []op.Operation{
		op.V1("/topapi/role/list", d.roleList, op.Spec{
			Title: "获取角色列表", TitleEN: "List roles",
			Doc: "Tells the corp's role groups with their roles, the default group first. Pages count groups. offset and size count only when both are given; " +
				"without them the first 20 groups are told. The visible range does not limit which roles are told, only who is told to hold them.",
			Verb: op.Read, Scope: scope.DepartmentList, Group: groupRead}),
		op.V1("/topapi/role/simplelist", d.roleMembers, op.Spec{
			Title: "获取指定角色的员工列表", TitleEN: "List who holds a role",
			Doc: "Tells who holds the role, in the order of userids, limited to people within the app's visible range; pages count only those. " +
				"Who holds a system role follows from facts: main and sub-administrators, bosses (负责人), leaders of departments (主管).",
			Verb: op.Read, Scope: scope.DepartmentMember, Group: groupRead}),
		op.V1("/topapi/role/getrole", d.roleGet, op.Spec{
			Title: "获取角色详情", TitleEN: "Read a role",
			Doc:  "Tells one role's name and group. The parameter is roleId, in camel case.",
			Flat: true, Verb: op.Read, Scope: scope.DepartmentMember, Group: groupRead}),
		op.V1("/topapi/role/getrolegroup", d.roleGroupGet, op.Spec{
			Title: "获取角色组列表", TitleEN: "Read a role group",
			Doc:  "Tells one role group's name and roles.",
			Flat: true, Verb: op.Read, Scope: scope.DepartmentList, Group: groupRead}),
		op.V1("/topapi/role/addrolesforemps", d.rolesGive, op.Spec{
			Title: "批量增加员工角色", TitleEN: "Give people roles",
			Doc: "Every person named holds every role named afterwards; who held one keeps it with its management scope. All or nothing. " +
				"System roles are refused with 23004, people who are not employed with 46004, people outside the visible range with 50002.",
			Verb: op.Manage, Scope: scope.ManageAddresses, Group: groupWrite}),
		op.V1("/topapi/role/removerolesforemps", d.rolesTake, op.Spec{
			Title: "批量删除员工角色", TitleEN: "Take roles from people",
			Doc:  "No person named holds any role named afterwards; who did not hold one is left alone. All or nothing, refused as by addrolesforemps.",
			Verb: op.Manage, Scope: scope.ManageAddresses, Group: groupWrite}),
		op.V1("/topapi/role/deleterole", d.roleDelete, op.Spec{
			Title: "删除角色", TitleEN: "Delete a role",
			Doc:  "Removes a role that nobody holds. System roles are refused with 23004.",
			Verb: op.Manage, Scope: scope.ManageAddresses, Group: groupWrite}),
		op.V1("/topapi/role/scope/update", d.roleScope, op.Spec{
			Title: "设定角色成员管理范围", TitleEN: "Set for which departments somebody holds a role",
			Doc: "Replaces the departments for which one person holds a role; without dept_ids the person holds it for all. " +
				"An unknown role is refused with 60301, somebody who does not hold the role with 46004.",
			Verb: op.Manage, Scope: scope.ManageAddresses, Group: groupWrite}),
		op.V1("/role/add_role", d.firstRoleAdd, op.Spec{
			Title: "创建角色", TitleEN: "Create a role",
			Doc:  "Makes a role in a group other than the default one. A name is taken once in each group.",
			Verb: op.Manage, Scope: scope.ManageAddresses, Group: groupWrite}),
		op.V1("/role/update_role", d.firstRoleUpdate, op.Spec{
			Title: "更新角色名称", TitleEN: "Rename a role",
			Doc:  "Gives a role another name. System roles are refused with 23004.",
			Verb: op.Manage, Scope: scope.ManageAddresses, Group: groupWrite}),
		op.V1("/role/add_role_group", d.firstRoleGroupAdd, op.Spec{
			Title: "创建角色组", TitleEN: "Create a role group",
			Doc:  "Makes a role group. Its number is of the same number space as roles. A name is taken once in the corp.",
			Verb: op.Manage, Scope: scope.ManageAddresses, Group: groupWrite}),
	}
}

// operationsAdmins are the operations that tell who administers the corp.
func (d *Directory) operationsAdmins() []op.Operation {
	return []op.Operation{
		op.V1("/topapi/user/listadmin", d.adminList, op.Spec{
			Title: "获取管理员列表", TitleEN: "List administrators",
			Doc:  "Tells the corp's administrators, main ones first. The visible range does not limit the list: an app has to know whom to turn to.",
			Flat: true, Verb: op.Read, Scope: scope.Member, Group: groupRead}),
		op.V1("/topapi/user/get_admin_scope", d.adminScope, op.Spec{
			Title: "获取管理员通讯录权限范围", TitleEN: "Tell which departments an administrator manages",
			Doc:  "Tells the departments that somebody administers with everything below them: [1] for a main administrator, an empty list for who administers none. An unknown person is refused with 60121.",
			Flat: true, Verb: op.Read, Scope: scope.Member, Group: groupRead}),
		op.V1("/auth/scopes", d.authScopes, op.Spec{
			Title: "获取通讯录权限范围", TitleEN: "Tell which part of the directory the app may see",
			Doc: "Tells the departments and people of the app's visible range, department 1 when that is everything, and the fields of people that it may read: " +
				"mobile and stateCode with the scope fieldMobile, personal details with fieldEmail. condition_field is always empty: no field here is granted under a condition.",
			Verb: op.Read, Scope: scope.Base, Group: groupRead}),
	}
}

// operationsContacts are the operations on external contacts.
func (d *Directory) operationsContacts() []op.Operation {
	return []op.Operation{
		op.V1("/topapi/extcontact/get", d.contactGet, op.Spec{
			Title: "获取外部联系人详情", TitleEN: "Read an external contact",
			Doc:  "Tells one external contact. External contacts are in no department, so the visible range does not limit them.",
			Verb: op.Read, Scope: scope.ExternalRead, Group: groupRead}),
		op.V1("/topapi/extcontact/list", d.contactList, op.Spec{
			Title: "获取外部联系人列表", TitleEN: "List external contacts",
			Doc:  "Tells external contacts in the order they were made. offset counts contacts and begins at 0; a page shorter than size is the last.",
			Flat: true, Verb: op.Read, Scope: scope.ExternalRead, Group: groupRead}),
		op.V1("/topapi/extcontact/listlabelgroups", d.labelGroups, op.Spec{
			Title: "获取外部联系人标签列表", TitleEN: "List labels for external contacts",
			Doc:  "Tells the groups of labels that external contacts can bear. A new corp begins with two groups.",
			Flat: true, Verb: op.Read, Scope: scope.ExternalRead, Group: groupRead}),
		op.V1("/topapi/extcontact/create", d.contactCreate, op.Spec{
			Title: "添加外部联系人", TitleEN: "Add an external contact",
			Doc:  "Enters an external contact and tells the userid made for it. Follower, departments and people it is shared with have to exist, as do the labels. A mobile number with its country code is taken once among the corp's contacts.",
			Flat: true, Verb: op.Manage, Scope: scope.ExternalWrite, Group: groupWrite}),
		op.V1("/topapi/extcontact/update", d.contactUpdate, op.Spec{
			Title: "更新外部联系人", TitleEN: "Change an external contact",
			Doc:  "Changes the fields that are given and leaves the others. The mobile number is who the contact is and cannot be changed. Lists are replaced as a whole.",
			Flat: true, Verb: op.Manage, Scope: scope.ExternalWrite, Group: groupWrite}),
		op.V1("/topapi/extcontact/delete", d.contactDelete, op.Spec{
			Title: "删除外部联系人", TitleEN: "Remove an external contact",
			Doc:  "Removes an external contact.",
			Flat: true, Verb: op.Manage, Scope: scope.ExternalWrite, Group: groupWrite}),
	}
}
