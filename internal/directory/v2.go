package directory

import (
	"context"

	"github.com/gatepost/gatepost/internal/apierror"
	"github.com/gatepost/gatepost/internal/id"
	"github.com/gatepost/gatepost/internal/op"
	"github.com/gatepost/gatepost/internal/store"
)

// me is what callers write for the unionid of the person whose token they use.
const me = "me"

type profileRequest struct {
	UnionID string `path:"unionId" id:"unionid" word:"me" doc:"用户的 unionId；查询授权人本人时传 me"`
}

type profile struct {
	Nick       string `json:"nick" grade:"R1" doc:"姓名"`
	AvatarURL  string `json:"avatarUrl,omitempty" grade:"R1" doc:"头像地址；默认头像不返回"`
	Mobile     string `json:"mobile,omitempty" grade:"R2" mask:"phone" needs:"Contact.User.mobile" doc:"手机号，不含区号"`
	StateCode  string `json:"stateCode,omitempty" grade:"R1" doc:"国际电话区号"`
	OpenID     string `json:"openId,omitempty" id:"openid" grade:"R1" person:"keep" doc:"用户在本应用内的标识"`
	UnionID    string `json:"unionId" grade:"R1" person:"unionid" doc:"用户在平台内的标识"`
	Email      string `json:"email,omitempty" grade:"R2" mask:"email" doc:"邮箱"`
	LoginEmail string `json:"loginEmail,omitempty" grade:"R2" mask:"email" doc:"登录邮箱"`
	Visitor    bool   `json:"visitor" grade:"R1" doc:"是否访客；平台没有访客，恒为 false"`
}

func (d *Directory) profile(ctx context.Context, who op.Caller, q *profileRequest) (*profile, error) {
	if q.UnionID == me && who.As != op.Person {
		return nil, apierror.TokenKind.Want("用户 token").Got("应用 token")
	}
	p, err := store.View(ctx, d.db, func(tx *store.Tx) (Person, error) { return d.profileOf(tx, who, q.UnionID) })
	if err != nil {
		return nil, err
	}
	res := &profile{Nick: p.Name, AvatarURL: p.Avatar, Mobile: p.Mobile, StateCode: p.StateCode, UnionID: string(p.Union),
		Email: p.Email, LoginEmail: p.LoginEmail}
	if d.OpenID != nil {
		res.OpenID = string(d.OpenID(who.App, p.Union))
	}
	return res, nil
}

// profileOf reads the person that a caller may see: oneself always, others
// inside the range.
func (d *Directory) profileOf(tx *store.Tx, who op.Caller, union string) (Person, error) {
	if union == me || who.As == op.Person && id.Union(union) == who.Union {
		return d.person(tx, who.Corp, who.User)
	}
	p, err := d.personByUnion(tx, who.Corp, id.Union(union))
	if err != nil {
		return Person{}, err
	}
	return p, seesPerson(tx, who.Corp, who.Range, p)
}

type userSearchRequest struct {
	Word   string `json:"queryWord" required:"true" maxLen:"100" doc:"姓名、拼音、拼音首字母或工号"`
	Offset int64  `json:"offset" required:"true" min:"0" max:"100000" rule:"page.offset" doc:"跳过的条数，首页为 0"`
	Size   int64  `json:"size" required:"true" min:"1" max:"100" rule:"page.size" doc:"每页条数"`
	Exact  int64  `json:"fullMatchField" enum:"0,1" doc:"1 表示姓名完全相同；不传为模糊匹配"`
}

type userSearchResult struct {
	More  bool     `json:"hasMore" grade:"R1" doc:"是否还有下一页"`
	Total int64    `json:"totalCount" grade:"R1" doc:"总条数"`
	List  []string `json:"list" id:"userid" grade:"R1" doc:"员工的 userid"`
}

func (d *Directory) userSearch(ctx context.Context, who op.Caller, q *userSearchRequest) (*userSearchResult, error) {
	s := Search{Word: q.Word, Exact: q.Exact == 1, Offset: q.Offset, Size: q.Size}
	found, err := d.SearchPeople(ctx, who.Corp, who.Range, s)
	return &userSearchResult{More: found.More(s), Total: found.Total, List: listOf[string](found.List)}, err
}

type deptSearchRequest struct {
	Word   string `json:"queryWord" required:"true" maxLen:"100" doc:"部门名称、拼音或拼音首字母"`
	Offset int64  `json:"offset" required:"true" min:"0" max:"100000" rule:"page.offset" doc:"跳过的条数，首页为 0"`
	Size   int64  `json:"size" required:"true" min:"1" max:"100" rule:"page.size" doc:"每页条数"`
}

type deptSearchResult struct {
	More  bool    `json:"hasMore" grade:"R1" doc:"是否还有下一页"`
	Total int64   `json:"totalCount" grade:"R1" doc:"总条数"`
	List  []int64 `json:"list" grade:"R1" doc:"部门 id"`
}

func (d *Directory) deptSearch(ctx context.Context, who op.Caller, q *deptSearchRequest) (*deptSearchResult, error) {
	s := Search{Word: q.Word, Offset: q.Offset, Size: q.Size}
	found, err := d.SearchDepartments(ctx, who.Corp, who.Range, s)
	return &deptSearchResult{More: found.More(s), Total: found.Total, List: listOf[int64](found.List)}, err
}
