package directory

import (
	"context"

	"github.com/gatepost/gatepost/internal/id"
	"github.com/gatepost/gatepost/internal/op"
)

type contactItem struct {
	UserID     id.User   `json:"userid" grade:"R1" person:"other" doc:"外部联系人的 userid"`
	Name       string    `json:"name" grade:"R2" mask:"name" doc:"姓名"`
	StateCode  string    `json:"state_code" grade:"R1" doc:"手机号国家码"`
	Mobile     string    `json:"mobile" grade:"R2" mask:"phone" doc:"手机号"`
	Email      string    `json:"email,omitempty" grade:"R2" mask:"email" doc:"邮箱"`
	Company    string    `json:"company_name" grade:"R1" doc:"企业名"`
	Title      string    `json:"title" grade:"R1" doc:"职位"`
	Address    string    `json:"address" grade:"R2" mask:"hide" doc:"地址"`
	Remark     string    `json:"remark" grade:"R2" mask:"hide" doc:"备注"`
	Follower   id.User   `json:"follower_user_id" grade:"R1" doc:"负责人的 userid"`
	Labels     []int64   `json:"label_ids" grade:"R1" doc:"标签 id"`
	ShareDepts []id.Dept `json:"share_dept_ids" grade:"R1" doc:"共享给的部门"`
	ShareUsers []id.User `json:"share_user_ids" grade:"R1" doc:"共享给的员工"`
}

func contactItemOf(c Contact) contactItem {
	return contactItem{
		UserID: c.User, Name: c.Name, StateCode: c.StateCode, Mobile: c.Mobile, Email: c.Email,
		Company: c.Company, Title: c.Title, Address: c.Address, Remark: c.Remark, Follower: c.Follower,
		Labels: c.Labels, ShareDepts: c.ShareDepts, ShareUsers: c.ShareUsers,
	}
}

type contactGetRequest struct {
	UserID id.User `json:"user_id" required:"true" maxLen:"64" doc:"外部联系人的 userid"`
}

func (d *Directory) contactGet(ctx context.Context, who op.Caller, q *contactGetRequest) (*contactItem, error) {
	c, err := d.Contact(ctx, who.Corp, q.UserID)
	item := contactItemOf(c)
	return &item, err
}

type contactListRequest struct {
	Offset int64 `json:"offset" min:"0" rule:"page.offset" doc:"偏移量，从 0 开始"`
	Size   int64 `json:"size" min:"1" max:"100" default:"20" rule:"page.size" doc:"每页条数，默认 20"`
}

type contactListResult struct {
	Results []contactItem `json:"results" doc:"外部联系人"`
}

func (d *Directory) contactList(ctx context.Context, who op.Caller, q *contactListRequest) (*contactListResult, error) {
	contacts, err := d.Contacts(ctx, who.Corp, Page{q.Offset, q.Size})
	res := &contactListResult{}
	for _, c := range contacts {
		res.Results = append(res.Results, contactItemOf(c))
	}
	return res, err
}

type labelGroupsRequest struct {
	Offset int64 `json:"offset" min:"0" rule:"page.offset" doc:"偏移量，从 0 开始"`
	Size   int64 `json:"size" min:"1" max:"100" default:"20" rule:"page.size" doc:"每页标签组数，默认 20"`
}

type labelGroupsResult struct {
	Results []labelGroupItem `json:"results" doc:"标签组"`
}

type labelGroupItem struct {
	Name   string      `json:"name" grade:"R1" doc:"标签组名称"`
	Color  int64       `json:"color" grade:"R1" doc:"颜色，32 位有符号 ARGB"`
	Labels []labelItem `json:"labels" doc:"组内标签"`
}

type labelItem struct {
	ID   int64  `json:"id" grade:"R1" doc:"标签 id"`
	Name string `json:"name" grade:"R1" doc:"标签名称"`
}

func (d *Directory) labelGroups(ctx context.Context, who op.Caller, q *labelGroupsRequest) (*labelGroupsResult, error) {
	groups, err := d.LabelGroups(ctx, who.Corp, Page{q.Offset, q.Size})
	res := &labelGroupsResult{}
	for _, g := range groups {
		item := labelGroupItem{Name: g.Name, Color: g.Color}
		for _, l := range g.Labels {
			item.Labels = append(item.Labels, labelItem{l.ID, l.Name})
		}
		res.Results = append(res.Results, item)
	}
	return res, err
}

type contactCreateRequest struct {
	Contact contactCreate `json:"contact" required:"true" doc:"外部联系人；可以是对象，也可以是 JSON 文本"`
}

type contactCreate struct {
	Name       string    `json:"name" required:"true" maxLen:"80" rule:"user.name" grade:"R2" doc:"姓名"`
	StateCode  string    `json:"state_code" default:"86" doc:"手机号国家码，默认 86"`
	Mobile     string    `json:"mobile" required:"true" grade:"R2" doc:"手机号，企业内不重复"`
	Email      string    `json:"email" maxLen:"100" grade:"R2" doc:"邮箱"`
	Company    string    `json:"company_name" maxLen:"200" doc:"企业名"`
	Title      string    `json:"title" maxLen:"200" doc:"职位"`
	Address    string    `json:"address" maxLen:"500" grade:"R2" doc:"地址"`
	Remark     string    `json:"remark" maxLen:"2000" grade:"R2" doc:"备注"`
	Follower   id.User   `json:"follower_user_id" required:"true" maxLen:"64" doc:"负责人的 userid"`
	Labels     []int64   `json:"label_ids" required:"true" maxItems:"50" doc:"标签 id，见 listlabelgroups"`
	ShareDepts []id.Dept `json:"share_dept_ids" maxItems:"100" doc:"共享给的部门"`
	ShareUsers []id.User `json:"share_user_ids" maxItems:"100" doc:"共享给的员工"`
}

type contactCreateResult struct {
	UserID id.User `json:"userid" grade:"R1" person:"other" doc:"新外部联系人的 userid"`
}

func (d *Directory) contactCreate(ctx context.Context, who op.Caller, q *contactCreateRequest) (*contactCreateResult, error) {
	c := q.Contact
	user, err := d.AddContact(ctx, who.Corp, Contact{
		Name: c.Name, StateCode: c.StateCode, Mobile: c.Mobile, Email: c.Email,
		Company: c.Company, Title: c.Title, Address: c.Address, Remark: c.Remark, Follower: c.Follower,
		Labels: c.Labels, ShareDepts: c.ShareDepts, ShareUsers: c.ShareUsers,
	})
	return &contactCreateResult{user}, err
}

type contactUpdateRequest struct {
	Contact contactUpdate `json:"contact" required:"true" doc:"要改的字段；没有给出的不变。可以是对象，也可以是 JSON 文本"`
}

type contactUpdate struct {
	UserID     id.User    `json:"user_id" required:"true" maxLen:"64" doc:"外部联系人的 userid"`
	Name       *string    `json:"name" maxLen:"80" rule:"user.name" grade:"R2" doc:"姓名"`
	Email      *string    `json:"email" maxLen:"100" grade:"R2" doc:"邮箱"`
	Company    *string    `json:"company_name" maxLen:"200" doc:"企业名"`
	Title      *string    `json:"title" maxLen:"200" doc:"职位"`
	Address    *string    `json:"address" maxLen:"500" grade:"R2" doc:"地址"`
	Remark     *string    `json:"remark" maxLen:"2000" grade:"R2" doc:"备注"`
	Follower   *id.User   `json:"follower_user_id" maxLen:"64" doc:"负责人的 userid"`
	Labels     *[]int64   `json:"label_ids" maxItems:"50" doc:"标签 id；给出即整体替换"`
	ShareDepts *[]id.Dept `json:"share_dept_ids" maxItems:"100" doc:"共享给的部门；给出即整体替换"`
	ShareUsers *[]id.User `json:"share_user_ids" maxItems:"100" doc:"共享给的员工；给出即整体替换"`
}

func (d *Directory) contactUpdate(ctx context.Context, who op.Caller, q *contactUpdateRequest) (*op.None, error) {
	c := q.Contact
	return &op.None{}, d.ChangeContact(ctx, who.Corp, c.UserID, ContactChange{
		Name: c.Name, Email: c.Email, Company: c.Company, Title: c.Title, Address: c.Address, Remark: c.Remark,
		Follower: c.Follower, Labels: c.Labels,
		ShareDepts: c.ShareDepts, ShareUsers: c.ShareUsers,
	})
}

type contactDeleteRequest struct {
	UserID id.User `json:"user_id" required:"true" maxLen:"64" doc:"外部联系人的 userid"`
}

func (d *Directory) contactDelete(ctx context.Context, who op.Caller, q *contactDeleteRequest) (*op.None, error) {
	return &op.None{}, d.DeleteContact(ctx, who.Corp, q.UserID)
}
