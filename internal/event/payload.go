package event

import (
	"github.com/gatepost/gatepost/internal/id"
	"github.com/gatepost/gatepost/internal/op"
)

// None is the payload of an event that says all it has to say by happening.
type None struct{}

// People is the payload of an event about people. The time is text in these
// events, as subscribers know it.
type People struct {
	TimeStamp string    `json:"timeStamp" grade:"R1" doc:"发生时刻，毫秒，文本"`
	UserID    []id.User `json:"userId" grade:"R1" doc:"成员的 userid；只有一人时也是列表"`

	was []id.Dept
}

// PeopleModified is People with what changed about the one person it names.
type PeopleModified struct {
	TimeStamp string    `json:"timeStamp" grade:"R1" doc:"发生时刻，毫秒，文本"`
	UserID    []id.User `json:"userId" grade:"R1" doc:"成员的 userid；只有一人时也是列表"`
	Diff      *Diff     `json:"diffInfo,omitzero" doc:"变更前后的值；一次改动多人时没有"`

	was []id.Dept
}

// Diff is one person's record before and after a change.
type Diff struct {
	UserID id.User `json:"userid" person:"userid" grade:"R1" doc:"成员的 userid"`
	Before Profile `json:"prev" doc:"变更前"`
	After  Profile `json:"curr" doc:"变更后"`
}

// Profile holds the fields of a person's record that an event tells. Empty ones
// are left out: absence on both sides means that the field did not change.
type Profile struct {
	Name      string  `json:"name,omitempty" grade:"R2" mask:"name" doc:"姓名"`
	Email     string  `json:"email,omitempty" grade:"R2" mask:"email" doc:"邮箱"`
	JobNumber string  `json:"jobNumber,omitempty" grade:"R1" doc:"工号"`
	Telephone string  `json:"telephone,omitempty" grade:"R2" mask:"phone" doc:"分机号"`
	WorkPlace string  `json:"workPlace,omitempty" grade:"R1" doc:"办公地点"`
	Manager   id.User `json:"managerUserid,omitempty" grade:"R1" doc:"直属主管的 userid"`
	Hired     string  `json:"hiredDate,omitempty" grade:"R1" doc:"入职时间，毫秒，文本"`
}

// Activated is the payload of an activation, which has no time of its own.
type Activated struct {
	UserID []id.User `json:"userId" grade:"R1" doc:"成员的 userid；只有一人时也是列表"`
}

// Departments is the payload of an event about departments.
type Departments struct {
	DeptID []int64 `json:"deptId" grade:"R1" doc:"部门 id"`

	was []id.Dept
}

// RoleMembers tells who got or lost which roles.
type RoleMembers struct {
	Users  []id.User `json:"userIdList" grade:"R1" doc:"成员的 userid"`
	Labels []int64   `json:"labelIdList" grade:"R1" doc:"角色 id"`
	Action string    `json:"action" enum:"add,remove" grade:"R1" doc:"add 得到角色，remove 失去角色"`

	was []id.Dept
}

// Roles names roles and role groups.
type Roles struct {
	Labels []int64 `json:"labelIdList" grade:"R1" doc:"角色或角色组的 id"`
	Scope  string  `json:"scope" grade:"R1" doc:"企业内固定为 1"`
}

// RolesGone names roles and role groups that are no more.
type RolesGone struct {
	Labels []int64 `json:"labelIdList" grade:"R1" doc:"角色或角色组的 id"`
}

// RolesBeforeAndAfter tells roles and role groups as they were and as they are.
type RolesBeforeAndAfter struct {
	Labels []int64       `json:"labelIdList" grade:"R1" doc:"角色或角色组的 id"`
	Scope  string        `json:"scope" grade:"R1" doc:"企业内固定为 1"`
	Before []op.JSONText `json:"preLabelList" grade:"R1" doc:"修改前，每项为 JSON 文本：id, name, level, scope, color, hidden, deleted, parentId, extraInfo"`
	After  []op.JSONText `json:"postLabelList" grade:"R1" doc:"修改后，同上"`
}

// AppRelease tells what was released.
type AppRelease struct {
	App      string   `json:"unifiedAppId" grade:"R1" doc:"应用的统一标识"`
	Name     string   `json:"name" grade:"R1" doc:"应用名称"`
	Desc     string   `json:"desc" grade:"R1" doc:"应用简介"`
	Icon     string   `json:"icon" grade:"R1" doc:"图标地址"`
	Operator id.Union `json:"operatorUnionId" grade:"R1" doc:"操作人的 unionid"`
}

// AppStatus tells an application's new state.
type AppStatus struct {
	App      string   `json:"unifiedAppId" grade:"R1" doc:"应用的统一标识"`
	Status   string   `json:"status" enum:"enabled,disabled" grade:"R1" doc:"变更后的状态"`
	Operator id.Union `json:"operatorUnionId" grade:"R1" doc:"操作人的 unionid"`
}

// AppRange tells an application's new visible range.
type AppRange struct {
	App         string    `json:"unifiedAppId" grade:"R1" doc:"应用的统一标识"`
	Departments []int64   `json:"deptIds" grade:"R1" doc:"部门 id"`
	Users       []id.User `json:"userIds" grade:"R1" doc:"成员的 userid"`
	Roles       []int64   `json:"roleIds" grade:"R1" doc:"角色 id"`
	Operator    id.Union  `json:"operatorUnionId" grade:"R1" doc:"操作人的 unionid"`
}

// Contact is the payload of an external contact that was added or changed.
type Contact struct {
	UserID     id.User   `json:"userId" person:"other" grade:"R1" doc:"外部联系人的 userid"`
	Name       string    `json:"name" grade:"R2" mask:"name" doc:"姓名"`
	Mobile     string    `json:"mobile" grade:"R2" mask:"phone" doc:"手机号"`
	StateCode  string    `json:"stateCode" grade:"R1" doc:"手机号国家码"`
	Company    string    `json:"companyName" grade:"R1" doc:"企业名"`
	Follower   id.User   `json:"followerUserId" grade:"R1" doc:"负责人的 userid"`
	Labels     []int64   `json:"labelIds" grade:"R1" doc:"标签 id"`
	ShareUsers []id.User `json:"shareUserIds" grade:"R1" doc:"共享给的员工"`
	ShareDepts []int64   `json:"shareDeptIds" grade:"R1" doc:"共享给的部门"`
}

// ContactGone names an external contact that is no more.
type ContactGone struct {
	UserID id.User `json:"userId" grade:"R1" doc:"外部联系人的 userid"`
}
