package app

import (
	"context"
	"math"
	"strconv"
	"strings"
	"time"

	"github.com/gatepost/gatepost/internal/apierror"
	"github.com/gatepost/gatepost/internal/id"
	"github.com/gatepost/gatepost/internal/op"
	"github.com/gatepost/gatepost/internal/scope"
	"github.com/gatepost/gatepost/internal/store"
)

// Names tells how departments and people are called. What it does not return
// is not in the corp.
type Names interface {
	DepartmentNames(ctx context.Context, corp id.Corp, depts []id.Dept) (map[id.Dept]string, error)
	PersonNames(ctx context.Context, corp id.Corp, users []id.User) (map[id.User]string, error)
}

// Activity tells when apps last called. What it does not return never did, or
// longer ago than is remembered.
type Activity interface {
	LastCalls(ctx context.Context, corp id.Corp, agents []id.Agent) (map[id.Agent]time.Time, error)
}

// console is what administrators do with applications.
type console struct{ apps *Apps }

// Console returns the console's operations on applications and permission points.
func (a *Apps) Console() []op.Operation {
	c := console{a}
	return append(c.policyOperations(),
		op.Console("app.list", c.list, op.Spec{Title: "查询应用列表", TitleEN: "List applications", As: op.Admin, Verb: op.Read,
			Doc: "Pages through the company's apps, the newest first; search matches name, AppKey and AgentId. lastCallAt is there as long as the request log keeps the call. suite is that of an app which is one, or was opened from one."}),
		op.Console("app.get", c.get, op.Spec{Title: "查询应用详情", TitleEN: "Get an application", As: op.Admin, Verb: op.Read,
			Doc: "Settings, secrets (their last four characters only), permission points and range. Departments and people that the company no longer has come without a name."}),
		op.Console("app.create", c.create, op.Spec{Title: "创建应用", TitleEN: "Create an application", As: op.Admin, Verb: op.Manage,
			Doc: "Creates an app of the company, under a name that no other has. Without scopes it is granted the common permission points; it sees everybody, its empty allow-list admits every address, and it calls in the v2 dialect alone unless dialects says otherwise. appSecret is told this once."}),
		op.Console("app.update", c.update, op.Spec{Title: "修改应用", TitleEN: "Change an application", As: op.Admin, Verb: op.Manage,
			Doc: "Changes only what is given; a list is replaced as a whole. With all in range the rest of it does not matter; otherwise the app sees the listed departments, with everything below them, and people."}),
		op.Console("app.delete", c.delete, op.Spec{Title: "删除应用", TitleEN: "Delete an application", As: op.Admin, Verb: op.Manage,
			Doc: "Removes the app with its secrets and grants for good; its tokens end at once. confirm has to be the app's name."}),
		op.Console("app.secret.rotate", c.rotate, op.Spec{Title: "轮换应用密钥", TitleEN: "Rotate an application's secret", As: op.Admin, Verb: op.Manage,
			Doc: "Makes a new secret and tells it this once. Older ones end after keepOldFor, 24h unless given, 720h at most, 0s at once; one that would end sooner is not prolonged."}),
		op.Console("app.secret.revoke", c.revokeSecret, op.Spec{Title: "吊销应用密钥", TitleEN: "Revoke an application's secret", As: op.Admin, Verb: op.Manage,
			Doc: "Ends a secret at once. The only live secret cannot be revoked: rotate first."}),
		op.Console("app.scope.grant", c.grant, op.Spec{Title: "开通权限点", TitleEN: "Grant permission points", As: op.Admin, Verb: op.Manage,
			Doc: "Grants permission points and notes the reason; what is granted already keeps the reason it has. If one does not exist, none is granted."}),
		op.Console("app.scope.revoke", c.revokeScope, op.Spec{Title: "关闭权限点", TitleEN: "Revoke a permission point", As: op.Admin, Verb: op.Manage,
			Doc: "Takes a permission point away at once; one that is not granted is no error."}),
		op.Console("scope.list", c.scopes, op.Spec{Title: "查询权限点", TitleEN: "List permission points", As: op.Session, Verb: op.Read,
			Doc: "Every permission point with the operations that it opens; one for fields lists the operations that answer with those fields."}),
	)
}

type appListRequest struct {
	Search string `json:"search" maxLen:"64" doc:"名称、AppKey 或 AgentId 的一部分"`
	State  State  `json:"state" enum:"enabled,disabled" doc:"只列此状态"`
	Cursor string `json:"cursor" maxLen:"64" doc:"上一页的 nextCursor"`
	Size   int    `json:"size" min:"1" max:"100" default:"20" doc:"每页条数"`
}

type appListItem struct {
	AgentID     id.Agent    `json:"agentId" grade:"R1"`
	AppKey      id.App      `json:"appKey" grade:"R1"`
	Name        string      `json:"name" grade:"R1"`
	Description string      `json:"description" grade:"R1"`
	State       State       `json:"state" grade:"R1"`
	DataGrade   scope.Grade `json:"dataGrade" grade:"R1"`
	Scopes      int         `json:"scopes" grade:"R1"`
	CreatedAt   int64       `json:"createdAt" grade:"R1"`
	LastCallAt  int64       `json:"lastCallAt,omitzero" grade:"R1"`
	Suite       id.App      `json:"suite,omitzero" grade:"R1"` // that it is, or was opened from
}

type appListResponse struct {
	List       []appListItem `json:"list"`
	NextCursor string        `json:"nextCursor,omitzero" grade:"R1"`
	HasMore    bool          `json:"hasMore" grade:"R1"`
	TotalCount int64         `json:"totalCount" grade:"R1"`
}

func (c console) list(ctx context.Context, who op.Caller, q *appListRequest) (*appListResponse, error) {
	after, err := parseCursor(q.Cursor)
	if err != nil {
		return nil, err
	}
	like := pattern(q.Search)
	answer, err := store.View(ctx, c.apps.db, func(tx *store.Tx) (*appListResponse, error) {
		rows, err := store.All(tx, appsPage, scanListItem, who.Corp, q.State, like, after.created, after.agent, q.Size+1)
		if err != nil {
			return nil, err
		}
		total, err := store.One(tx, appsCount, scanCount, who.Corp, q.State, like)
		return &appListResponse{List: rows, TotalCount: total}, err
	})
	if err != nil {
		return nil, err
	}
	if answer.HasMore = len(answer.List) > q.Size; answer.HasMore {
		answer.List = answer.List[:q.Size]
		last := answer.List[q.Size-1]
		answer.NextCursor = cursor{last.CreatedAt, last.AgentID}.String()
	}
	return answer, c.addLastCalls(ctx, who.Corp, answer.List)
}

func (c console) addLastCalls(ctx context.Context, corp id.Corp, items []appListItem) error {
	agents := make([]id.Agent, len(items))
	for i, item := range items {
		agents[i] = item.AgentID
	}
	last, err := c.apps.Activity.LastCalls(ctx, corp, agents)
	if err != nil {
		return err
	}
	for i := range items {
		items[i].LastCallAt = millis(last[items[i].AgentID])
	}
	return nil
}

type appGetRequest struct {
	AgentID id.Agent `json:"agentId" required:"true" doc:"应用的 AgentId"`
}

type secretItem struct {
	ID         string `json:"id" grade:"R1"`
	Hint       string `json:"hint" grade:"R1"`
	CreatedAt  int64  `json:"createdAt" grade:"R1"`
	ExpiresAt  int64  `json:"expiresAt,omitzero" grade:"R1"`
	LastUsedAt int64  `json:"lastUsedAt,omitzero" grade:"R1"`
}

type scopeItem struct {
	Scope     scope.Name  `json:"scope" grade:"R1"`
	Title     string      `json:"title" grade:"R1"`
	Grade     scope.Grade `json:"grade" grade:"R1"`
	Reason    string      `json:"reason" grade:"R1"`
	GrantedBy string      `json:"grantedBy" grade:"R1"`
	GrantedAt int64       `json:"grantedAt" grade:"R1"`
}

type rangeItem struct {
	All         bool              `json:"all" grade:"R1"`
	Departments []rangeDepartment `json:"departments"`
	Users       []rangePerson     `json:"users"`
}

type rangeDepartment struct {
	DeptID id.Dept `json:"deptId" grade:"R1"`
	Name   string  `json:"name" grade:"R1"`
}

type rangePerson struct {
	UserID id.User `json:"userId" grade:"R1"`
	Name   string  `json:"name" grade:"R2" mask:"name"`
}

type appGetResponse struct {
	AgentID      id.Agent     `json:"agentId" grade:"R1"`
	AppKey       id.App       `json:"appKey" grade:"R1"`
	Name         string       `json:"name" grade:"R1"`
	Description  string       `json:"description" grade:"R1"`
	State        State        `json:"state" grade:"R1"`
	DataGrade    scope.Grade  `json:"dataGrade" grade:"R1"`
	Strict       bool         `json:"strict" grade:"R1"`
	IDs          op.IDs       `json:"ids" enum:"plain,open,both" grade:"R1"`
	CreatedAt    int64        `json:"createdAt" grade:"R1"`
	Secrets      []secretItem `json:"secrets"`
	Scopes       []scopeItem  `json:"scopes"`
	Range        rangeItem    `json:"range"`
	IPs          []string     `json:"ips" grade:"R1"`
	RedirectURLs []string     `json:"redirectUrls" grade:"R1"`
	Signatures   []Scheme     `json:"signatures" grade:"R1"`
	// RequireSignature is true when token is not among the signatures.
	RequireSignature bool      `json:"requireSignature" grade:"R1"`
	Development      bool      `json:"development" grade:"R1"`
	Public           bool      `json:"public" grade:"R1"`
	Dialects         []Dialect `json:"dialects" grade:"R1"`
}

func (c console) get(ctx context.Context, who op.Caller, q *appGetRequest) (*appGetResponse, error) {
	app, err := c.fresh(ctx, who.Corp, q.AgentID)
	if err != nil {
		return nil, err
	}
	visible, err := c.rangeOf(ctx, app)
	if err != nil {
		return nil, err
	}
	return &appGetResponse{AgentID: app.Agent, AppKey: app.Key, Name: app.Name, Description: app.Description, State: app.State,
		DataGrade: app.Grade, Strict: app.Strict, IDs: app.IDs, CreatedAt: app.CreatedAt.UnixMilli(), Secrets: app.secretItems(),
		Scopes: scopeItems(app.Scopes, who.Lang), Range: visible, IPs: app.IPs, RedirectURLs: app.RedirectURLs,
		Signatures: app.Signatures, RequireSignature: app.RequiresSignature(), Development: app.Development, Public: app.Public, Dialects: app.Dialects}, nil
}

// fresh reads past the cache, for which the last use of a secret is no change.
func (c console) fresh(ctx context.Context, corp id.Corp, agent id.Agent) (*App, error) {
	return store.View(ctx, c.apps.db, func(tx *store.Tx) (*App, error) { return c.apps.load(tx, place{corp, agent}) })
}

func (app *App) secretItems() []secretItem {
	items := make([]secretItem, 0, len(app.Secrets))
	for _, s := range app.Secrets {
		used := later(s.LastUsedAt, app.uses.of(use{app.Corp, app.Agent, s.ID}))
		items = append(items, secretItem{s.ID, s.Hint, s.CreatedAt.UnixMilli(), millis(s.ExpiresAt), millis(used)})
	}
	return items
}

func scopeItems(grants []Grant, lang string) []scopeItem {
	items := make([]scopeItem, 0, len(grants))
	for _, g := range grants {
		s, ok := scope.Find(g.Scope)
		if !ok { // a point that a later version no longer has
			s = scope.Scope{Name: g.Scope, ZH: string(g.Scope), EN: string(g.Scope)}
		}
		items = append(items, scopeItem{g.Scope, title(s, lang), s.Grade, g.Reason, g.By, g.At.UnixMilli()})
	}
	return items
}

func (c console) rangeOf(ctx context.Context, app *App) (rangeItem, error) {
	visible := rangeItem{All: app.Range.All}
	depts, err := c.apps.Names.DepartmentNames(ctx, app.Corp, app.Range.Departments)
	if err != nil {
		return visible, err
	}
	for _, d := range app.Range.Departments {
		visible.Departments = append(visible.Departments, rangeDepartment{d, depts[d]})
	}
	people, err := c.apps.Names.PersonNames(ctx, app.Corp, app.Range.Users)
	for _, u := range app.Range.Users {
		visible.Users = append(visible.Users, rangePerson{u, people[u]})
	}
	return visible, err
}

// cursor is the last app of a page.
type cursor struct {
	created int64
	agent   id.Agent
}

func (c cursor) String() string {
	return strconv.FormatInt(c.created, 36) + "." + strconv.FormatInt(int64(c.agent), 36)
}

// parseCursor reads what String wrote; empty stands before the first page.
func parseCursor(s string) (cursor, error) {
	if s == "" {
		return cursor{math.MaxInt64, math.MaxInt64}, nil
	}
	created, agent, _ := strings.Cut(s, ".")
	c, err := strconv.ParseInt(created, 36, 64)
	n, err2 := strconv.ParseInt(agent, 36, 64)
	if err != nil || err2 != nil {
		return cursor{}, invalid("cursor").Want("the nextCursor of the page before").Got("%s", s)
	}
	return cursor{c, id.Agent(n)}, nil
}

// pattern is what LIKE … ESCAPE '!' takes to find part anywhere; empty for all.
func pattern(part string) string {
	if part = strings.ToLower(strings.TrimSpace(part)); part == "" {
		return ""
	}
	return "%" + strings.NewReplacer("!", "!!", "%", "!%", "_", "!_", "\x00", "").Replace(part) + "%"
}

// millis is a time on the wire; 0, which answers leave out, for none.
func millis(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixMilli()
}

// inCorp refuses departments and people that the corp does not have.
func (c console) inCorp(ctx context.Context, corp id.Corp, r *op.Range) error {
	depts, err := c.apps.Names.DepartmentNames(ctx, corp, r.Departments)
	if err != nil {
		return err
	}
	for _, d := range r.Departments {
		if _, ok := depts[d]; !ok {
			return apierror.DeptNotFound.Got("%d", d)
		}
	}
	people, err := c.apps.Names.PersonNames(ctx, corp, r.Users)
	if err != nil {
		return err
	}
	for _, u := range r.Users {
		if _, ok := people[u]; !ok {
			return apierror.UserNotFound.Got("%s", u)
		}
	}
	return nil
}

func scanListItem(r store.Row) (i appListItem, err error) {
	return i, r.Scan(&i.AgentID, &i.AppKey, &i.Name, &i.Description, &i.State, &i.DataGrade, &i.CreatedAt, &i.Suite, &i.Scopes)
}

func scanCount(r store.Row) (n int64, err error) { return n, r.Scan(&n) }

const (
	appsPage store.SQL = `
		SELECT a.agent, a.app_key, a.name, a.description, a.state, a.grade, a.created_at, a.suite,
			(SELECT count(*) FROM app_scopes s WHERE s.corp = $1 AND s.agent = a.agent)
		FROM apps a
		WHERE a.corp = $1 AND ($2 = '' OR a.state = $2)
			AND ($3 = '' OR lower(a.name) LIKE $3 ESCAPE '!' OR lower(a.app_key) LIKE $3 ESCAPE '!' OR lower(CAST(a.agent AS TEXT)) LIKE $3 ESCAPE '!')
			AND (a.created_at < $4 OR (a.created_at = $4 AND a.agent < $5))
		ORDER BY a.created_at DESC, a.agent DESC LIMIT $6`
	appsCount store.SQL = `
		SELECT count(*) FROM apps a
		WHERE a.corp = $1 AND ($2 = '' OR a.state = $2)
			AND ($3 = '' OR lower(a.name) LIKE $3 ESCAPE '!' OR lower(a.app_key) LIKE $3 ESCAPE '!' OR lower(CAST(a.agent AS TEXT)) LIKE $3 ESCAPE '!')`
)
