package app

import (
	"context"
	"slices"
	"time"

	"github.com/gatepost/gatepost/internal/apierror"
	"github.com/gatepost/gatepost/internal/id"
	"github.com/gatepost/gatepost/internal/op"
	"github.com/gatepost/gatepost/internal/scope"
)

// keepMost bounds how long a rotated secret lives on: a rotation that never
// ends is none.
const keepMost = 30 * 24 * time.Hour

type appCreateRequest struct {
	Name        string        `json:"name" required:"true" maxLen:"64" doc:"名称，企业内唯一"`
	Description string        `json:"description" maxLen:"500" doc:"说明"`
	Scopes      *[]scope.Name `json:"scopes" maxItems:"200" doc:"权限点；不给时授予常用权限点"`
	DataGrade   scope.Grade   `json:"dataGrade" enum:"R1,R2" default:"R2" doc:"R1 时敏感字段脱敏"`
	Strict      bool          `json:"strict" doc:"拒绝未知参数"`
	Dialects    *[]Dialect    `json:"dialects" maxItems:"2" enum:"v1,v2" doc:"可用的接口方言；不给时只有 v2"`
}

type appCreateResponse struct {
	AgentID   id.Agent `json:"agentId" grade:"R1"`
	AppKey    id.App   `json:"appKey" grade:"R1"`
	AppSecret string   `json:"appSecret" grade:"R2" mask:"hide"`
}

func (c console) create(ctx context.Context, who op.Caller, q *appCreateRequest) (*appCreateResponse, error) {
	n := NewApp{Name: q.Name, Description: q.Description, Grade: q.DataGrade, Strict: q.Strict,
		Reason: "创建应用时开通", By: string(who.User)}
	if who.Lang == "en" {
		n.Reason = "granted when the app was created"
	}
	if q.Scopes != nil {
		n.Scopes = append([]scope.Name{}, *q.Scopes...) // none is not the same as the common ones
	}
	if q.Dialects != nil {
		n.Dialects = append([]Dialect{}, *q.Dialects...)
	}
	app, secret, err := c.apps.Create(ctx, who.Corp, n)
	if err != nil {
		return nil, err
	}
	return &appCreateResponse{app.Agent, app.Key, secret}, nil
}

type appUpdateRequest struct {
	AgentID      id.Agent     `json:"agentId" required:"true" doc:"应用的 AgentId"`
	Name         *string      `json:"name" maxLen:"64" doc:"名称，企业内唯一"`
	Description  *string      `json:"description" maxLen:"500" doc:"说明"`
	State        *State       `json:"state" enum:"enabled,disabled" doc:"启用或停用"`
	DataGrade    *scope.Grade `json:"dataGrade" enum:"R1,R2" doc:"R1 时敏感字段脱敏"`
	Strict       *bool        `json:"strict" doc:"拒绝未知参数"`
	IDs          *op.IDs      `json:"ids" enum:"plain,open,both" doc:"人员与企业的 ID：plain 用平台的；open 用本应用的安全 ID；both 应答为安全 ID，请求两种都收"`
	IPs          *[]string    `json:"ips" maxItems:"200" doc:"IP 白名单：IP、CIDR，或带一个 * 的 IPv4；空为不限制"`
	RedirectURLs *[]string    `json:"redirectUrls" maxItems:"100" doc:"回调地址，http 或 https，不带 #；https 的主机名首段可为 *，代表任意一段"`
	Signatures   *[]Scheme    `json:"signatures" maxItems:"20" enum:"token,gp-hmac-sha256,top-hmac-sha256,top-hmac-md5,top-md5,isv,sns,gov-hmac,gov-md5" doc:"应用证明身份的方式；不含 token 时必须签名"`
	Dialects     *[]Dialect   `json:"dialects" maxItems:"2" enum:"v1,v2" doc:"可用的接口方言：v1 为旧版，v2 为新版"`
	Development  *bool        `json:"development" doc:"开发中：签名不一致时，应答给出平台所签的原文"`
	Public       *bool        `json:"public" doc:"不能保管密钥的应用：换取用户 token 时不用 appSecret，必须使用 PKCE"`
	Range        *newRange    `json:"range" doc:"可见范围"`
}

type newRange struct {
	All         bool      `json:"all" doc:"看到全部"`
	Departments []id.Dept `json:"departments" maxItems:"1000" doc:"部门，含下级"`
	Users       []id.User `json:"users" maxItems:"1000" doc:"人员"`
}

func (c console) update(ctx context.Context, who op.Caller, q *appUpdateRequest) (*op.None, error) {
	change := Change{Name: q.Name, Description: q.Description, State: q.State, Grade: q.DataGrade, Strict: q.Strict, IDs: q.IDs,
		IPs: q.IPs, RedirectURLs: q.RedirectURLs, Signatures: q.Signatures, Dialects: q.Dialects, Development: q.Development, Public: q.Public, By: who.User}
	if q.Range != nil {
		change.Range = &op.Everything
		if !q.Range.All {
			change.Range = &op.Range{Departments: q.Range.Departments, Users: q.Range.Users}
		}
		if err := c.inCorp(ctx, who.Corp, change.Range); err != nil {
			return nil, err
		}
	}
	return done(c.apps.Update(ctx, who.Corp, q.AgentID, change))
}

type appDeleteRequest struct {
	AgentID id.Agent `json:"agentId" required:"true" doc:"应用的 AgentId"`
	Confirm string   `json:"confirm" required:"true" doc:"应用名称，以示确认"`
}

func (c console) delete(ctx context.Context, who op.Caller, q *appDeleteRequest) (*op.None, error) {
	app, err := c.apps.ByAgent(ctx, who.Corp, q.AgentID)
	if err != nil {
		return nil, err
	}
	if q.Confirm != app.Name {
		return nil, apierror.ConfirmMismatch.With("name", app.Name).Want("%s", app.Name).Got("%s", q.Confirm)
	}
	return done(c.apps.Delete(ctx, who.Corp, q.AgentID))
}

type secretRotateRequest struct {
	AgentID    id.Agent `json:"agentId" required:"true" doc:"应用的 AgentId"`
	KeepOldFor string   `json:"keepOldFor" default:"24h" doc:"旧密钥继续有效多久，如 24h、90m、0s"`
}

type secretRotateResponse struct {
	AppSecret    string `json:"appSecret" grade:"R2" mask:"hide"`
	OldExpiresAt int64  `json:"oldExpiresAt,omitzero" grade:"R1"`
}

func (c console) rotate(ctx context.Context, who op.Caller, q *secretRotateRequest) (*secretRotateResponse, error) {
	keep, err := time.ParseDuration(q.KeepOldFor)
	if err != nil || keep < 0 || keep > keepMost {
		return nil, invalid("keepOldFor").Want("a duration from 0s to %s, such as 24h", keepMost).Got("%s", q.KeepOldFor)
	}
	secret, ends, err := c.apps.RotateSecret(ctx, who.Corp, q.AgentID, keep)
	if err != nil {
		return nil, err
	}
	return &secretRotateResponse{secret, millis(ends)}, nil
}

type secretRevokeRequest struct {
	AgentID id.Agent `json:"agentId" required:"true" doc:"应用的 AgentId"`
	ID      string   `json:"id" required:"true" doc:"密钥的 id"`
}

func (c console) revokeSecret(ctx context.Context, who op.Caller, q *secretRevokeRequest) (*op.None, error) {
	return done(c.apps.RevokeSecret(ctx, who.Corp, q.AgentID, q.ID))
}

type scopeGrantRequest struct {
	AgentID id.Agent     `json:"agentId" required:"true" doc:"应用的 AgentId"`
	Scopes  []scope.Name `json:"scopes" required:"true" maxItems:"200" doc:"权限点"`
	Reason  string       `json:"reason" required:"true" maxLen:"200" doc:"理由"`
}

func (c console) grant(ctx context.Context, who op.Caller, q *scopeGrantRequest) (*op.None, error) {
	return done(c.apps.Grant(ctx, who.Corp, q.AgentID, q.Scopes, q.Reason, string(who.User)))
}

type scopeRevokeRequest struct {
	AgentID id.Agent   `json:"agentId" required:"true" doc:"应用的 AgentId"`
	Scope   scope.Name `json:"scope" required:"true" doc:"权限点"`
}

func (c console) revokeScope(ctx context.Context, who op.Caller, q *scopeRevokeRequest) (*op.None, error) {
	return done(c.apps.Revoke(ctx, who.Corp, q.AgentID, q.Scope))
}

func done(err error) (*op.None, error) {
	if err != nil {
		return nil, err
	}
	return &op.None{}, nil
}

type scopeListResponse struct {
	List []scopeEntry `json:"list"`
}

type scopeEntry struct {
	Scope      scope.Name    `json:"scope" grade:"R1"`
	Title      string        `json:"title" grade:"R1"`
	TitleEN    string        `json:"titleEn" grade:"R1"`
	Grade      scope.Grade   `json:"grade" enum:"R1,R2,W1,W2" grade:"R1"`
	Kind       scope.Kind    `json:"kind" enum:"app,person,field" grade:"R1"`
	Operations []scopeOpened `json:"operations"`
}

type scopeOpened struct {
	Method string      `json:"method" grade:"R1"`
	Path   string      `json:"path" grade:"R1"`
	Title  string      `json:"title" grade:"R1"`
	Grade  scope.Grade `json:"grade" grade:"R1"`
}

func (c console) scopes(_ context.Context, who op.Caller, _ *op.None) (*scopeListResponse, error) {
	answer := &scopeListResponse{}
	operations := c.apps.Operations()
	for _, s := range append(scope.All(), publishedScopes(who.Corp, operations)...) {
		e := scopeEntry{Scope: s.Name, Title: s.ZH, TitleEN: s.EN, Grade: s.Grade, Kind: s.Kind}
		for i := range operations {
			if o := &operations[i]; o.Scope == s.Name && o.Audience.HasCorp(who.Corp) || opens(s.Name, o.Response) {
				e.Operations = append(e.Operations, openedBy(o, who.Lang))
			}
		}
		answer.List = append(answer.List, e)
	}
	return answer, nil
}

// publishedScopes are the permission points of the published operations that are
// shown to corp.
func publishedScopes(corp id.Corp, operations []op.Operation) (list []scope.Scope) {
	for i := range operations {
		o := &operations[i]
		if o.Forward == nil || !o.Audience.HasCorp(corp) || slices.ContainsFunc(list, func(s scope.Scope) bool { return s.Name == o.Scope }) {
			continue
		}
		if s, ok := scope.Find(o.Scope); ok {
			list = append(list, s)
		}
	}
	return list
}

func openedBy(o *op.Operation, lang string) scopeOpened {
	opened := scopeOpened{o.Method, o.Path, o.Title, o.Grade}
	if o.Method == "" {
		opened.Method = "GET|POST"
	}
	if lang == "en" {
		opened.Title = o.TitleEN
	}
	return opened
}

// opens reports whether an answer has fields that n opens.
func opens(n scope.Name, sh *op.Shape) bool {
	for _, f := range sh.Fields {
		if f.Needs == n || opens(n, f.Shape) {
			return true
		}
	}
	return sh.Elem != nil && opens(n, sh.Elem)
}
