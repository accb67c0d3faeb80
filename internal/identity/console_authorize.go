package identity

import (
	"context"
	"slices"

	"github.com/gatepost/gatepost/internal/apierror"
	"github.com/gatepost/gatepost/internal/app"
	"github.com/gatepost/gatepost/internal/id"
	"github.com/gatepost/gatepost/internal/op"
	"github.com/gatepost/gatepost/internal/scope"
)

// authorization operations are what the page at /oauth2/auth asks (package consent).
func (i *Identity) authorizationOperations() []op.Operation {
	return []op.Operation{
		op.Console("authorization.check", i.authorizationCheck, op.Spec{Title: "检查授权请求", TitleEN: "Check what an app asks of a person",
			Doc: "What came to /oauth2/auth: the app, its redirect URL, what it asks. Nobody is signed in yet. In demonstration and sandbox companies the first hundred people of the company are told, to be picked.",
			As:  op.Anyone, Verb: op.Read}),
		op.Console("authorization.ask", i.authorizationAsk, op.Spec{Title: "向登录者请求授权", TitleEN: "Ask whoever is signed in for consent",
			Doc: "What the person is to be asked, with a ticket for the answer; or, where the person has agreed to all of it before and prompt is not consent, where the browser goes with a code.",
			As:  op.Session, Verb: op.Write}),
		op.Console("authorization.pick", i.authorizationPick, op.Spec{Title: "以指定员工请求授权（演示与沙箱）", TitleEN: "Ask a picked person for consent (sandbox)",
			Doc: "As authorization.ask for any person of a demonstration or sandbox company, without a password and without a session.",
			As:  op.Anyone, Verb: op.Write}),
		op.Console("authorization.decide", i.authorizationDecide, op.Spec{Title: "同意或拒绝授权", TitleEN: "Give or refuse consent",
			Doc: "Takes the ticket of a question, within ten minutes and while the session that was asked lives. Remembers what was agreed to and returns where the browser goes: with a code of five minutes that works once, or with error=access_denied.",
			As:  op.Anyone, Verb: op.Write}),
		op.Console("consent.list", i.consentList, op.Spec{Title: "我的授权", TitleEN: "What I let apps do",
			Doc: "The apps that whoever is signed in has let in, with the permission points agreed to.", As: op.Session, Verb: op.Read}),
		op.Console("consent.revoke", i.consentRevoke, op.Spec{Title: "撤销我的授权", TitleEN: "Take a consent back",
			Doc: "Forgets the consent, and ends the person's tokens and codes of the app on every node within a second.", As: op.Session, Verb: op.Write}),
		op.Console("app.consent.list", i.appConsentList, op.Spec{Title: "应用获得的用户授权", TitleEN: "Who let an app in",
			Doc: "The people who consented to an app, with the permission points agreed to.", As: op.Admin, Verb: op.Read}),
		op.Console("app.consent.revoke", i.appConsentRevoke, op.Spec{Title: "撤销员工对应用的授权", TitleEN: "Take a person's consent to an app back",
			Doc: "As consent.revoke, for any person of the company.", As: op.Admin, Verb: op.Manage}),
	}
}

// authorizeRequest has the names of the query of /oauth2/auth.
type authorizeRequest struct {
	ClientID      string `json:"client_id"     required:"true" maxLen:"128" doc:"应用的 AppKey"`
	RedirectURI   string `json:"redirect_uri"  required:"true" maxLen:"2048" doc:"回调地址，须已在应用登记"`
	ResponseType  string `json:"response_type" required:"true" enum:"code" doc:"固定为 code"`
	Scope         string `json:"scope"         required:"true" maxLen:"1000" doc:"openid，或 openid corpid；其后可列出应用已开通的权限点，列出的不可取消"`
	State         string `json:"state"         maxLen:"2048" doc:"原样返回"`
	Prompt        string `json:"prompt"        enum:"consent" doc:"consent：已授权过也再次询问"`
	CodeChallenge string `json:"code_challenge" maxLen:"128" doc:"PKCE：BASE64URL(SHA256(codeVerifier))"`
	Method        string `json:"code_challenge_method" maxLen:"16" doc:"PKCE：固定为 S256"`
}

type pickItem struct {
	UserID id.User `json:"userId" grade:"R1"`
	Name   string  `json:"name"   grade:"R1"`
}

type authorizationCheckResponse struct {
	AppName     string     `json:"appName"     grade:"R1"`
	Description string     `json:"description" grade:"R1"`
	CorpID      id.Corp    `json:"corpId"      grade:"R1"`
	CorpName    string     `json:"corpName"    grade:"R1"`
	Sandbox     bool       `json:"sandbox"     grade:"R1"`
	People      []pickItem `json:"people"`
}

// picked is how many people are offered to be picked.
const picked = 100

func (i *Identity) authorizationCheck(ctx context.Context, who op.Caller, q *authorizeRequest) (*authorizationCheckResponse, error) {
	a, _, err := i.authorizing(ctx, who, q)
	if err != nil {
		return nil, err
	}
	corp, err := i.dir.Corp(ctx, a.Corp)
	if err != nil {
		return nil, err
	}
	resp := &authorizationCheckResponse{AppName: a.Name, Description: a.Description, CorpID: corp.ID, CorpName: corp.Name,
		Sandbox: corp.Sandbox || corp.Demo, People: []pickItem{}}
	if !resp.Sandbox {
		return resp, nil
	}
	people, err := i.dir.FirstPeople(ctx, corp.ID, picked)
	for _, p := range people {
		resp.People = append(resp.People, pickItem{p.ID, p.Name})
	}
	return resp, err
}

type askedScope struct {
	Scope    scope.Name  `json:"scope"    grade:"R1"`
	Title    string      `json:"title"    grade:"R1"`
	Grade    scope.Grade `json:"grade"    grade:"R1"`
	Required bool        `json:"required" grade:"R1"`
	Ticked   bool        `json:"ticked"   grade:"R1"`
}

// authorizationAskResponse has either Location or the rest.
type authorizationAskResponse struct {
	Location string       `json:"location,omitzero" grade:"R2" mask:"hide"`
	Ticket   string       `json:"ticket,omitzero"   grade:"R2" mask:"hide"`
	AppName  string       `json:"appName"  grade:"R1"`
	CorpName string       `json:"corpName" grade:"R1"`
	UserID   id.User      `json:"userId"   grade:"R1"`
	Name     string       `json:"name"     grade:"R1"`
	Scopes   []askedScope `json:"scopes"`
}

func (i *Identity) authorizationAsk(ctx context.Context, who op.Caller, q *authorizeRequest) (*authorizationAskResponse, error) {
	a, z, err := i.authorizing(ctx, who, q)
	if err != nil {
		return nil, err
	}
	if who.Corp != a.Corp {
		return nil, apierror.SessionMissing.Want("企业 %s 的登录", a.Corp).Got("企业 %s 的登录", who.Corp)
	}
	z.User = who.User
	if z.Session, err = parseSerial(who.Serial); err != nil {
		return nil, err
	}
	return i.question(ctx, who, a, z, q.Prompt)
}

type authorizationPickRequest struct {
	ClientID      string  `json:"client_id"     required:"true" maxLen:"128" doc:"应用的 AppKey"`
	RedirectURI   string  `json:"redirect_uri"  required:"true" maxLen:"2048" doc:"回调地址，须已在应用登记"`
	ResponseType  string  `json:"response_type" required:"true" enum:"code" doc:"固定为 code"`
	Scope         string  `json:"scope"         required:"true" maxLen:"1000" doc:"openid，或 openid corpid；其后可列出应用已开通的权限点，列出的不可取消"`
	State         string  `json:"state"         maxLen:"2048" doc:"原样返回"`
	Prompt        string  `json:"prompt"        enum:"consent" doc:"consent：已授权过也再次询问"`
	CodeChallenge string  `json:"code_challenge" maxLen:"128" doc:"PKCE：BASE64URL(SHA256(codeVerifier))"`
	Method        string  `json:"code_challenge_method" maxLen:"16" doc:"PKCE：固定为 S256"`
	UserID        id.User `json:"userId" required:"true" maxLen:"64" doc:"登录的员工"`
}

func (i *Identity) authorizationPick(ctx context.Context, who op.Caller, q *authorizationPickRequest) (*authorizationAskResponse, error) {
	a, z, err := i.authorizing(ctx, who, &authorizeRequest{q.ClientID, q.RedirectURI, q.ResponseType, q.Scope, q.State, q.Prompt, q.CodeChallenge, q.Method})
	if err != nil {
		return nil, err
	}
	if _, err := i.pickable(ctx, a.Corp); err != nil {
		return nil, err
	}
	z.User, who.Trace.User = q.UserID, q.UserID
	return i.question(ctx, who, a, z, q.Prompt)
}

// question is what the person is asked, or where the browser goes without.
func (i *Identity) question(ctx context.Context, who op.Caller, a *app.App, z *authorization, prompt string) (*authorizationAskResponse, error) {
	p, err := i.dir.Person(ctx, z.Corp, z.User)
	if err != nil {
		return nil, err
	}
	corp, err := i.dir.Corp(ctx, z.Corp)
	if err != nil {
		return nil, err
	}
	before, err := i.consentOf(ctx, z.Corp, z.User, z.Agent)
	if err != nil {
		return nil, err
	}
	resp := &authorizationAskResponse{AppName: a.Name, CorpName: corp.Name, UserID: p.ID, Name: p.Name, Scopes: []askedScope{}}
	if prompt == "" && before.settles(z) {
		resp.Location, err = i.agree(ctx, a, z, both(z.Asked, before.Scopes))
		return resp, err
	}
	for _, n := range z.Asked {
		s, _ := scope.Find(n)
		title := s.ZH
		if who.Lang == "en" {
			title = s.EN
		}
		required := slices.Contains(z.Required, n)
		declined := slices.Contains(before.Asked, n) && !slices.Contains(before.Scopes, n)
		resp.Scopes = append(resp.Scopes, askedScope{n, title, s.Grade, required, required || !declined})
	}
	resp.Ticket, err = i.seal(z)
	return resp, err
}

// settles reports whether a decision of before answers what is asked now.
func (c Consent) settles(z *authorization) bool {
	return !c.At.IsZero() && c.covers(z.Asked) && len(both(z.Required, c.Scopes)) == len(z.Required)
}

// both is what stands in either list, in the order of the first.
func both(list, other []scope.Name) []scope.Name {
	return slices.DeleteFunc(slices.Clone(list), func(n scope.Name) bool { return !slices.Contains(other, n) })
}

type authorizationDecideRequest struct {
	Ticket  string       `json:"ticket"  required:"true" maxLen:"16384" doc:"询问时得到的凭据"`
	Approve bool         `json:"approve" doc:"同意；否则拒绝"`
	Scopes  []scope.Name `json:"scopes"  maxItems:"200" doc:"勾选的权限点；不可取消的总在其中"`
}

type authorizationDecideResponse struct {
	Location string `json:"location" grade:"R2" mask:"hide"`
}

func (i *Identity) authorizationDecide(ctx context.Context, who op.Caller, q *authorizationDecideRequest) (*authorizationDecideResponse, error) {
	z, err := i.unseal(ctx, q.Ticket)
	if err != nil {
		return nil, err
	}
	who.Trace.User = z.User
	a, err := i.named(ctx, who, z.App, apierror.ClientInvalid)
	if err != nil {
		return nil, err
	}
	if !a.AllowsRedirect(z.Redirect) { // it may have been taken from the list meanwhile
		return nil, a.RefuseRedirect(z.Redirect, who.Call.V2())
	}
	if !q.Approve {
		return &authorizationDecideResponse{z.back("error", "access_denied")}, nil
	}
	agreed := slices.DeleteFunc(slices.Clone(z.Asked), func(n scope.Name) bool {
		return !slices.Contains(z.Required, n) && !slices.Contains(q.Scopes, n)
	})
	if err := i.decide(ctx, z.Corp, Consent{z.User, z.Agent, z.Asked, agreed, i.clk.At(z.Corp)}); err != nil {
		return nil, err
	}
	location, err := i.agree(ctx, a, z, agreed)
	return &authorizationDecideResponse{location}, err
}

type consentItem struct {
	UserID   id.User      `json:"userId"   grade:"R1"`
	AgentID  id.Agent     `json:"agentId"  grade:"R1"`
	AppName  string       `json:"appName"  grade:"R1"`
	Scopes   []scope.Name `json:"scopes"   grade:"R1"`
	Declined []scope.Name `json:"declined" grade:"R1"`
	At       int64        `json:"at"       grade:"R1"`
}

type consentListResponse struct {
	List []consentItem `json:"list"`
}

func (i *Identity) consentList(ctx context.Context, who op.Caller, _ *op.None) (*consentListResponse, error) {
	list, err := i.Consents(ctx, who.Corp, who.User)
	if err != nil {
		return nil, err
	}
	return i.consentItems(ctx, who.Corp, list)
}

func (i *Identity) appConsentList(ctx context.Context, who op.Caller, q *agentRequest) (*consentListResponse, error) {
	if _, err := i.apps.ByAgent(ctx, who.Corp, q.AgentID); err != nil {
		return nil, err
	}
	list, err := i.ConsentsTo(ctx, who.Corp, q.AgentID)
	if err != nil {
		return nil, err
	}
	return i.consentItems(ctx, who.Corp, list)
}

func (i *Identity) consentItems(ctx context.Context, corp id.Corp, list []Consent) (*consentListResponse, error) {
	resp := &consentListResponse{List: []consentItem{}}
	apps, err := i.apps.OfCorp(ctx, corp)
	for _, c := range list {
		at := slices.IndexFunc(apps, func(a *app.App) bool { return a.Agent == c.Agent })
		if at < 0 { // the app was deleted, and what it was let do with it
			continue
		}
		agreed := append([]scope.Name{}, c.Scopes...)
		declined := slices.DeleteFunc(append([]scope.Name{}, c.Asked...), func(n scope.Name) bool { return slices.Contains(agreed, n) })
		resp.List = append(resp.List, consentItem{c.User, c.Agent, apps[at].Name, agreed, declined, c.At.UnixMilli()})
	}
	return resp, err
}

func (i *Identity) consentRevoke(ctx context.Context, who op.Caller, q *agentRequest) (*tokenRevokeResponse, error) {
	n, err := i.RevokeConsent(ctx, who.Corp, who.User, q.AgentID)
	return &tokenRevokeResponse{n}, err
}

type appConsentRevokeRequest struct {
	AgentID id.Agent `json:"agentId" required:"true" doc:"应用的 AgentId"`
	UserID  id.User  `json:"userId"  required:"true" maxLen:"64" doc:"员工"`
}

func (i *Identity) appConsentRevoke(ctx context.Context, who op.Caller, q *appConsentRevokeRequest) (*tokenRevokeResponse, error) {
	n, err := i.RevokeConsent(ctx, who.Corp, q.UserID, q.AgentID)
	return &tokenRevokeResponse{n}, err
}
