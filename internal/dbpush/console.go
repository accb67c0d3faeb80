package dbpush

import (
	"cmp"
	"context"
	"errors"
	"strconv"
	"time"

	"github.com/gatepost/gatepost/internal/apierror"
	"github.com/gatepost/gatepost/internal/event"
	"github.com/gatepost/gatepost/internal/id"
	"github.com/gatepost/gatepost/internal/op"
)

// Console returns the console's operations on databases of applications.
func (p *Push) Console() []op.Operation {
	return []op.Operation{
		op.Console("database.set", p.set, op.Spec{Title: "设置推送库", TitleEN: "Set the database of an app", As: op.Admin, Verb: op.Manage,
			Doc: "From then on what the app may know of the company is written into its own MySQL, MariaDB or PostgreSQL, into open_sync_biz_data and open_sync_biz_data_medium. The database is checked first, and nothing is stored if rows could not be written. A database that is new to the app gets a copy of the whole directory. Without password the stored one is kept while address and user stay."}),
		op.Console("database.check", p.check, op.Spec{Title: "检查推送库", TitleEN: "Check the database of an app", As: op.Admin, Verb: op.Manage,
			Doc: "Connects and reports version, encryption, tables with the statements that make what is missing, privileges that the account lacks, and those it does not need. Without address it is the app's database as it is set. Nothing is left behind but, with create, the tables."}),
		op.Console("database.sync", p.sync, op.Spec{Title: "全量同步推送库", TitleEN: "Copy the directory into the database of an app", As: op.Admin, Verb: op.Manage,
			Doc: "Writes a row for every department and person that the app may see, from the beginning, also when a copy is running. It goes on after a restart where it was."}),
		op.Console("database.status", p.status, op.Spec{Title: "查询推送库", TitleEN: "Read the database of an app", As: op.Admin, Verb: op.Read,
			Doc: "Where rows are written, whether they are, and how far the copy of the directory is."}),
	}
}

// Apps tells how apps are called, and refuses one that the corp does not have.
type Apps interface {
	AppName(ctx context.Context, corp id.Corp, agent id.Agent) (string, error)
}

type databaseRequest struct {
	AgentID  id.Agent `json:"agentId" required:"true" doc:"应用的 AgentId"`
	Engine   Engine   `json:"engine" enum:"mysql,postgres" default:"mysql" doc:"mysql（含 MariaDB）或 postgres"`
	Address  string   `json:"address" maxLen:"255" doc:"主机:端口"`
	Database string   `json:"database" maxLen:"64" default:"ding_cloud_push" doc:"库名"`
	Schema   string   `json:"schema" maxLen:"63" doc:"PostgreSQL 的 schema，默认 public"`
	User     string   `json:"user" maxLen:"80" default:"dinguser" doc:"账号"`
	Password string   `json:"password" maxLen:"256" grade:"R2" doc:"密码；不传且地址与账号未变时沿用已存的"`
	TLS      string   `json:"tls" enum:"verify,off" default:"verify" doc:"verify 加密并核对证书；off 不加密"`
	CA       string   `json:"ca" maxLen:"65536" doc:"签发数据库证书的机构，PEM；不传用系统的"`
	Create   bool     `json:"create" doc:"缺少的表由平台建立（账号须有建表权限）"`
}

// settings are what the request says, and the password.
func (q *databaseRequest) settings(stored *event.Subscription) (Settings, string, error) {
	c := Settings{Engine: q.Engine, Address: q.Address, Database: q.Database, Schema: q.Schema, User: q.User, TLS: q.TLS, CA: q.CA, Subscriber: subscriber(q.AgentID)}
	if err := c.check(); err != nil {
		return c, "", err
	}
	if stored == nil || q.Password != "" {
		return c, q.Password, nil
	}
	// Kept for the place that it was given for, so that nobody has it sent elsewhere.
	was, err := settingsOf(stored)
	if err != nil || was.Engine != c.Engine || was.Address != c.Address || was.User != c.User || was.TLS != c.TLS || was.CA != c.CA {
		return c, "", err
	}
	return c, stored.Secret, nil
}

// find is the app's database; nil if it has none.
func (p *Push) find(ctx context.Context, corp id.Corp, agent id.Agent) (*event.Subscription, error) {
	if _, err := p.Apps.AppName(ctx, corp, agent); err != nil {
		return nil, err
	}
	list, err := p.events.Subscriptions(ctx, corp, agent)
	for i := range list {
		if list[i].Way == event.Database && list[i].Group == "" {
			return &list[i], nil
		}
	}
	return nil, err
}

// sendWait bounds one batch: connecting, waiting for other writers, writing.
const sendWait = 10 * time.Second

type databaseSet struct {
	SubscriptionID string            `json:"subscriptionId" grade:"R1" doc:"订阅编号"`
	Copying        bool              `json:"copying" grade:"R1" doc:"是否开始了全量同步"`
	Findings       []databaseFinding `json:"findings" doc:"检查结果"`
}

func (p *Push) set(ctx context.Context, who op.Caller, q *databaseRequest) (*databaseSet, error) {
	s, err := p.find(ctx, who.Corp, q.AgentID)
	if err != nil {
		return nil, err
	}
	c, password, err := q.settings(s)
	if err != nil {
		return nil, err
	}
	r := p.Check(ctx, who.Corp, c, password, q.Create)
	for _, f := range r.Findings {
		if f.Level == Wrong {
			return nil, apierror.DatabaseUnusable.Got("%s（%s）", f.Words, cmp.Or(f.Detail, f.Name))
		}
	}
	text, err := c.text()
	if err != nil {
		return nil, err
	}
	fresh := s == nil || s.Target != c.target()
	if s == nil {
		s = &event.Subscription{Corp: who.Corp, Agent: q.AgentID, Way: event.Database, Origin: "console", Names: []event.Name{event.Every},
			Ordered: true, Most: event.MaxMost, Timeout: sendWait, State: event.On, Target: c.target(), Settings: text, Secret: password}
		*s, err = p.events.Subscribe(ctx, *s)
	} else {
		s.Target, s.Settings, s.Secret = c.target(), text, password
		err = p.events.Change(ctx, *s)
	}
	if err == nil && fresh {
		err = p.Start(ctx, s)
	}
	return &databaseSet{strconv.FormatInt(int64(s.ID), 10), fresh, findingsOf(&r, who.Lang)}, err
}

type databaseFinding struct {
	Level  Level    `json:"level" enum:"ok,warning,error" grade:"R1" doc:"ok 正常，warning 可用但应改进，error 不可用"`
	Name   string   `json:"name" grade:"R1" doc:"结果的名称"`
	Text   string   `json:"text" grade:"R1" doc:"发现了什么"`
	Detail string   `json:"detail,omitempty" grade:"R1" doc:"具体的列、权限，或数据库的说明"`
	Repair string   `json:"repair,omitempty" grade:"R1" doc:"如何修复"`
	SQL    []string `json:"sql,omitempty" grade:"R1" doc:"用来修复的语句"`
}

func findingsOf(r *Report, lang string) []databaseFinding {
	list := make([]databaseFinding, len(r.Findings))
	for i, f := range r.Findings {
		list[i] = databaseFinding{f.Level, f.Name, f.Words.In(lang), f.Detail, f.Repair.In(lang), f.SQL}
	}
	return list
}

type databaseReport struct {
	Usable   bool              `json:"usable" grade:"R1" doc:"能否写入"`
	Version  string            `json:"version,omitempty" grade:"R1" doc:"数据库的版本"`
	Account  string            `json:"account,omitempty" grade:"R1" doc:"数据库所认的账号"`
	TLS      string            `json:"tls,omitempty" grade:"R1" doc:"加密协议的版本；未加密时没有"`
	Findings []databaseFinding `json:"findings" doc:"检查结果"`
}

func (p *Push) check(ctx context.Context, who op.Caller, q *databaseRequest) (*databaseReport, error) {
	s, err := p.find(ctx, who.Corp, q.AgentID)
	if err != nil {
		return nil, err
	}
	var c Settings
	var password string
	switch {
	case q.Address != "":
		c, password, err = q.settings(s)
	case s == nil:
		err = apierror.DatabaseUnknown.Got("AgentId %d", q.AgentID)
	default:
		password = s.Secret
		c, err = settingsOf(s)
	}
	if err != nil {
		return nil, err
	}
	r := p.Check(ctx, who.Corp, c, password, q.Create)
	return &databaseReport{r.Usable(), r.Version, r.Account, r.TLS, findingsOf(&r, who.Lang)}, nil
}

type databaseOf struct {
	AgentID id.Agent `json:"agentId" required:"true" doc:"应用的 AgentId"`
}

// has is the app's database, or a refusal.
func (p *Push) has(ctx context.Context, who *op.Caller, agent id.Agent) (*event.Subscription, error) {
	s, err := p.find(ctx, who.Corp, agent)
	if err == nil && s == nil {
		err = apierror.DatabaseUnknown.Got("AgentId %d", agent)
	}
	return s, err
}

func (p *Push) sync(ctx context.Context, who op.Caller, q *databaseOf) (*databaseCopy, error) {
	s, err := p.has(ctx, &who, q.AgentID)
	if err != nil {
		return nil, err
	}
	if err := p.Start(ctx, s); err != nil {
		return nil, err
	}
	return p.item(ctx, s)
}

type databaseCopy struct {
	State     CopyState `json:"state" enum:"running,done" grade:"R1" doc:"running 进行中，done 已完成"`
	Object    Object    `json:"object" enum:"department,person" grade:"R1" doc:"正在写的是部门还是人员"`
	Looked    int64     `json:"looked" grade:"R1" doc:"已看过的部门与人员数；应用看得到的都已写入"`
	Total     int64     `json:"total" grade:"R1" doc:"开始时的部门与人员数"`
	Problem   string    `json:"problem,omitempty" grade:"R1" doc:"眼下不能继续的原因"`
	StartedAt int64     `json:"startedAt" grade:"R1" doc:"开始的时间，毫秒"`
	ChangedAt int64     `json:"changedAt" grade:"R1" doc:"最近一次前进的时间，毫秒"`
}

// item is how far the copy is; nil if none was ever begun.
func (p *Push) item(ctx context.Context, s *event.Subscription) (*databaseCopy, error) {
	c, err := p.copyOf(ctx, place{s.Corp, s.ID})
	if errors.Is(err, errNoCopy) {
		return nil, nil //nolint:nilnil // none is an answer
	}
	if err != nil {
		return nil, err
	}
	return &databaseCopy{c.State, c.Object, c.Looked, c.Total, c.Problem, c.Started.UnixMilli(), c.Changed.UnixMilli()}, nil
}

type databaseStatus struct {
	SubscriptionID string        `json:"subscriptionId" grade:"R1" doc:"订阅编号"`
	State          event.State   `json:"state" enum:"on,paused,off" grade:"R1" doc:"是否写入"`
	Reason         string        `json:"reason,omitempty" grade:"R1" doc:"平台停止它的原因"`
	SubscribeID    string        `json:"subscribeId" grade:"R1" doc:"各行的 subscribe_id"`
	Engine         Engine        `json:"engine" enum:"mysql,postgres" grade:"R1" doc:"数据库种类"`
	Address        string        `json:"address" grade:"R1" doc:"主机:端口"`
	Database       string        `json:"database" grade:"R1" doc:"库名"`
	Schema         string        `json:"schema,omitempty" grade:"R1" doc:"PostgreSQL 的 schema"`
	User           string        `json:"user" grade:"R1" doc:"账号"`
	TLS            string        `json:"tls" enum:"verify,off" grade:"R1" doc:"是否加密"`
	Copy           *databaseCopy `json:"sync,omitzero" doc:"全量同步"`
}

func (p *Push) status(ctx context.Context, who op.Caller, q *databaseOf) (*databaseStatus, error) {
	s, err := p.has(ctx, &who, q.AgentID)
	if err != nil {
		return nil, err
	}
	c, err := settingsOf(s)
	if err != nil {
		return nil, err
	}
	item, err := p.item(ctx, s)
	return &databaseStatus{strconv.FormatInt(int64(s.ID), 10), s.State, s.Reason, c.Subscriber, c.Engine, c.Address, c.Database, c.Schema, c.User, c.TLS, item}, err
}
