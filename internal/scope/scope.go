// Package scope is the table of permission points: what an application may be
// granted, each stated once with its title and grade.
package scope

import (
	"fmt"
	"slices"
)

// Name is a permission point's code as applications and refusals spell it.
type Name string

// Grade is the mission's data grade of a permission point, a field or an
// operation.
type Grade string

// The four grades, from the least to the most sensitive.
const (
	R1 Grade = "R1" // open read
	R2 Grade = "R2" // sensitive read
	W1 Grade = "W1" // write
	W2 Grade = "W2" // sensitive write
)

// Kind says to whom a permission point is granted and what it opens.
type Kind string

// The kinds of permission points.
const (
	OfApp    Kind = "app"    // an application asks in its own name
	OfPerson Kind = "person" // an application asks for a person who consented
	OfField  Kind = "field"  // opens one group of fields in answers, no operation
)

// Scope is one permission point.
type Scope struct {
	Name   Name
	ZH, EN string
	Grade  Grade
	Kind   Kind
	Common bool // granted to a new application unless it asks for less
}

// The permission points of what is offered. Codes, and which operation needs
// which, are those of the public catalogue.
const (
	Base             Name = "qyapi_base"
	Member           Name = "qyapi_get_member"
	MemberByMobile   Name = "qyapi_get_member_by_mobile"
	DepartmentList   Name = "qyapi_get_department_list"
	DepartmentMember Name = "qyapi_get_department_member"
	ManageAddresses  Name = "qyapi_manage_addresslist"
	AddressSearch    Name = "qyapi_addresslist_search"
	ExternalRead     Name = "qyapi_ext_read"
	ExternalWrite    Name = "qyapi_ext_write"
	SSOUserInfo      Name = "qyapi_get_omp_sso_userinfo"
	OpenAppBase      Name = "open_app_api_base"
	ContactUserRead  Name = "Contact.User.Read"
	FieldMobile      Name = "fieldMobile"
	FieldEmail       Name = "fieldEmail"
	ContactMobile    Name = "Contact.User.mobile"

	SecurityIDConvert Name = "Gatepost.SecurityId.Convert"
)

var table = []Scope{
	{Base, "调用企业API基础权限", "Basic access to the company's operations", R1, OfApp, true},
	{Member, "成员信息读权限", "Read people", R2, OfApp, true},
	{MemberByMobile, "根据手机号获取成员基本信息权限", "Find a person by mobile number", R2, OfApp, true},
	{DepartmentList, "通讯录部门信息读权限", "Read departments", R1, OfApp, true},
	{DepartmentMember, "通讯录部门成员读权限", "Read the members of departments", R2, OfApp, true},
	{AddressSearch, "通讯录搜索权限", "Search the directory", R1, OfApp, true},
	{ManageAddresses, "维护通讯录的接口访问权限", "Change people, departments and roles", W2, OfApp, false},
	{ExternalRead, "外部联系人读取权限", "Read external contacts", R2, OfApp, false},
	{ExternalWrite, "外部联系人写入权限", "Change external contacts", W2, OfApp, false},
	{SSOUserInfo, "应用管理后台免登权限", "Sign administrators in from the admin console", R2, OfApp, false},
	{OpenAppBase, "调用OpenApp专有API时需要具备的权限", "Basic access for sign-in", R1, OfApp, true},
	{ContactUserRead, "通讯录个人信息读权限", "Read a person's own profile", R2, OfPerson, true},
	{FieldMobile, "企业员工手机号信息", "People's mobile numbers", R2, OfField, false},
	{FieldEmail, "邮箱等个人信息", "E-mail and other personal details", R2, OfField, false},
	{SecurityIDConvert, "安全 ID 转换权限", "Convert security IDs", R2, OfApp, false},
	{ContactMobile, "个人手机号信息", "A person's own mobile number", R2, OfField, false},
}

var byName = index(table)

func index(table []Scope) map[Name]*Scope {
	m := make(map[Name]*Scope, len(table))
	for i := range table {
		s := &table[i]
		if s.Name == "" || s.ZH == "" || s.EN == "" || s.Grade == "" || s.Kind == "" || m[s.Name] != nil {
			panic(fmt.Sprintf("scope: %q is incomplete or declared twice", s.Name))
		}
		m[s.Name] = s
	}
	return m
}

// All returns the table in order of declaration.
func All() []Scope { return slices.Clone(table) }

// Find returns the permission point called n. The name of one for published APIs
// describes itself; that there is such a group is not said thereby.
func Find(n Name) (Scope, bool) {
	if s := byName[n]; s != nil {
		return *s, true
	}
	return published(n)
}

// Common returns the names that a new application is granted by default.
func Common() []Name {
	var ns []Name
	for _, s := range table {
		if s.Common {
			ns = append(ns, s.Name)
		}
	}
	return ns
}

// Nearest returns the known name that differs from n in the fewest places, for
// the hint in a refusal.
func Nearest(n Name) Name {
	best, least := Name(""), 1<<30
	for _, s := range table {
		if d := Distance(string(n), string(s.Name)); d < least {
			best, least = s.Name, d
		}
	}
	return best
}

// Distance is the number of single-character edits between a and b.
func Distance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			cost := 1
			if a[i] == b[j] {
				cost = 0
			}
			diagonal, row[j+1] = row[j+1], min(row[j+1]+1, row[j]+1, diagonal+cost)
		}
	}
	return row[len(b)]
}
