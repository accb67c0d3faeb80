package platform

import (
	"context"
	"crypto/subtle"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/gatepost/gatepost/internal/apierror"
	"github.com/gatepost/gatepost/internal/app"
	"github.com/gatepost/gatepost/internal/channel"
	"github.com/gatepost/gatepost/internal/directory"
	"github.com/gatepost/gatepost/internal/id"
	"github.com/gatepost/gatepost/internal/op"
	"github.com/gatepost/gatepost/internal/trust"
)

// console is what the console and the command line may ask of the platform itself.
func (p *Platform) console() []op.Operation {
	return []op.Operation{
		op.Console("setup.status", p.setupStatus, op.Spec{Title: "是否需要初始化", TitleEN: "Is the platform set up",
			Doc: "needed is true until somebody can sign in.", As: op.Anyone, Verb: op.Read}),
		op.Console("setup.create", p.setupCreate, op.Spec{Title: "初始化平台", TitleEN: "Set the platform up",
			Doc: "Creates the first company and its administrator, who is also the platform's operator. Needs the code that the platform printed when it started; works until somebody can sign in.",
			As:  op.Anyone, Verb: op.Write}),
		op.Console("platform.info", p.info, op.Spec{Title: "平台信息", TitleEN: "About this platform",
			Doc: "Version, engine, and how much of the known catalogues is offered.", As: op.Session, Verb: op.Read}),
		op.Console("corp.list", p.corpList, op.Spec{Title: "企业列表", TitleEN: "List companies",
			Doc: "The operator sees all, others their own.", As: op.Session, Verb: op.Read}),
		op.Console("corp.create", p.corpCreate, op.Spec{Title: "创建企业", TitleEN: "Create a company",
			Doc: "people > 0 makes a sandbox filled with that many invented people.", As: op.Operator, Verb: op.Manage}),
		op.Console("corp.rename", p.corpRename, op.Spec{Title: "修改企业名称", TitleEN: "Rename the company",
			Doc: "The root department is called as the company. Announced by org_change and org_dept_modify.", As: op.Admin, Verb: op.Manage}),
		op.Console("corp.reset", p.corpReset, op.Spec{Title: "重置企业", TitleEN: "Reset a sandbox company",
			Doc: "Removes people, departments, applications, tokens, subscriptions, events and calls of a demo or sandbox company and, for a demo, makes them anew. Nobody is told of it: a reset causes no events. Needs the company's name as confirmation.",
			As:  op.Operator, Verb: op.Manage}),
		op.Console("clock.get", p.clockGet, op.Spec{Title: "查看企业时钟", TitleEN: "Read the company's clock",
			Doc: "now is the company's time.", As: op.Session, Verb: op.Read}),
		op.Console("clock.move", p.clockMove, op.Spec{Title: "移动企业时钟", TitleEN: "Move the company's clock",
			Doc: "by is a duration such as 2h, -30m or 12d. Tokens, codes and time windows follow. Demo and sandbox companies only.", As: op.Admin, Verb: op.Manage}),
		op.Console("clock.reset", p.clockReset, op.Spec{Title: "复位企业时钟", TitleEN: "Put the company's clock back",
			Doc: "Back to the real time.", As: op.Admin, Verb: op.Manage}),
		op.Console("trust.open", p.trustOpen, op.Spec{Title: "打开固定域名的监听", TitleEN: "Serve the known host names",
			Doc: "Opens the TLS listener for clients whose hosts are compiled in, with a certificate of the platform's own authority. Called by gatepost trust on.", As: op.Operator, Verb: op.Manage}),
		op.Console("trust.close", p.trustClose, op.Spec{Title: "关闭固定域名的监听", TitleEN: "Stop serving the known host names",
			Doc: "Called by gatepost trust off.", As: op.Operator, Verb: op.Manage}),
	}
}

type setupStatusResponse struct {
	Needed  bool   `json:"needed"  grade:"R1"`
	Version string `json:"version" grade:"R1"`
}

func (p *Platform) setupStatus(ctx context.Context, _ op.Caller, _ *op.None) (*setupStatusResponse, error) {
	done, err := p.Identity.HasAccounts(ctx)
	return &setupStatusResponse{!done, p.Version}, err
}

type setupCreateRequest struct {
	Code     string  `json:"code"     required:"true" doc:"启动平台的终端里打印的口令"`
	CorpName string  `json:"corpName" required:"true" maxLen:"64" doc:"企业名称"`
	UserID   id.User `json:"userId"   required:"true" maxLen:"64" doc:"管理员的 userid，用于登录"`
	Name     string  `json:"name"     required:"true" maxLen:"80" doc:"管理员姓名"`
	Password string  `json:"password" required:"true" grade:"R2"  doc:"管理员密码"`
	Mobile   string  `json:"mobile"   default:"13800000000" grade:"R2" doc:"管理员手机号"`
}

type corpIDResponse struct {
	CorpID id.Corp `json:"corpId" grade:"R1"`
}

func (p *Platform) setupCreate(ctx context.Context, who op.Caller, q *setupCreateRequest) (*corpIDResponse, error) {
	if done, err := p.Identity.HasAccounts(ctx); err != nil || done {
		if err == nil {
			err = apierror.SetupClosed.With()
		}
		return nil, err
	}
	if subtle.ConstantTimeCompare([]byte(strings.TrimSpace(q.Code)), []byte(p.SetupCode)) != 1 {
		return nil, apierror.SetupCodeWrong.With()
	}
	corp := directory.Corp{ID: id.NewCorp(), Name: q.CorpName}
	who.Trace.Corp, who.Trace.User = corp.ID, q.UserID
	return &corpIDResponse{corp.ID}, p.found(ctx, corp, administrator{q.UserID, q.Name, q.Mobile, q.Password, true})
}

// administrator is the first person of a company.
type administrator struct {
	user     id.User
	name     string
	mobile   string
	password string
	operator bool
}

// found makes a company with its main administrator. What fails half way leaves
// no account, so that it can be done again.
func (p *Platform) found(ctx context.Context, corp directory.Corp, a administrator) error {
	if n := utf8.RuneCountInString(a.password); n < 8 {
		return apierror.PasswordWeak.Want("at least %d characters", 8).Got("%d 个字符", n)
	}
	if err := p.Directory.CreateCorp(ctx, corp); err != nil {
		return err
	}
	err := p.staff(ctx, corp.ID, a)
	if err != nil {
		return fmt.Errorf("%w; %w", err, p.Directory.RemoveCorp(context.WithoutCancel(ctx), corp.ID))
	}
	return nil
}

func (p *Platform) staff(ctx context.Context, corp id.Corp, a administrator) error {
	n := directory.NewPerson{ID: a.user, Departments: []id.Dept{id.RootDept}}
	n.Name, n.Active = a.name, true
	n.SetMobile(a.mobile)
	if err := p.appoint(ctx, corp, n); err != nil {
		return err
	}
	return p.Identity.SetAccount(ctx, corp, a.user, a.password, a.operator)
}

type infoResponse struct {
	Version string `json:"version" grade:"R1"`
	Engine  string `json:"engine"  enum:"sqlite,postgres" grade:"R1"`
	URL     string `json:"url"     grade:"R1"`
	Offered counts `json:"offered"`
	Known   counts `json:"known"`
	// What clients of the data channel pin.
	ChannelFingerprint string `json:"channelFingerprint" grade:"R1"`
	// Signed calls that this node refused since it started.
	ReplaysRefused int64 `json:"replaysRefused" grade:"R1"` // their nonce was used before
	NoncesRefused  int64 `json:"noncesRefused"  grade:"R1"` // no room to remember their nonce
	// Answers of reads that this node remembers.
	AnswerHits   int64 `json:"answerHits"   grade:"R1"` // calls since it started that were answered so
	AnswerMisses int64 `json:"answerMisses" grade:"R1"` // calls that might have been
	AnswerBytes  int64 `json:"answerBytes"  grade:"R1"` // held now
}

type counts struct {
	V1 int `json:"v1" grade:"R1"`
	V2 int `json:"v2" grade:"R1"`
}

func (c *counts) add(d op.Dialect) {
	switch d {
	case op.DialectV1:
		c.V1++
	case op.DialectV2:
		c.V2++
	case op.DialectConsole: // our own, no catalogue knows them
	}
}

func (p *Platform) info(_ context.Context, _ op.Caller, _ *op.None) (*infoResponse, error) {
	r := &infoResponse{Version: p.Version, Engine: p.DB.Engine(), URL: p.URL(), ChannelFingerprint: channel.Fingerprint(p.Channel.Key.Public())}
	r.ReplaysRefused, r.NoncesRefused = p.Identity.Replays()
	remembered := p.Answers.Stats()
	r.AnswerHits, r.AnswerMisses, r.AnswerBytes = remembered.Hits, remembered.Misses, remembered.Bytes
	for _, o := range p.Catalogue.Operations() {
		if o.Forward == nil { // what other systems publish is in no known catalogue
			r.Offered.add(o.Dialect)
		}
	}
	for _, o := range p.Known.Operations() {
		r.Known.add(o.Dialect)
	}
	return r, nil
}

// unoffered is what the public catalogues know and the platform does not offer,
// each once: v1 is known by its path, which a few rows name for each method.
func (p *Platform) unoffered() []app.Known {
	var list []app.Known
	seen := map[app.Route]bool{}
	for _, o := range p.Catalogue.Operations() {
		seen[app.Route{Method: o.Method, Path: o.Path}] = true
	}
	for _, k := range p.Known.Operations() {
		route := app.Route{Method: k.Method, Path: k.Path}
		if k.Dialect == op.DialectV1 {
			route.Method = ""
		}
		if !seen[route] {
			seen[route] = true
			list = append(list, app.Known{Dialect: k.Dialect, Route: route, Title: k.Title, Grade: k.Grade, Scope: k.Scope})
		}
	}
	return list
}

type corpListResponse struct {
	List []corpItem `json:"list"`
}

type corpItem struct {
	CorpID      id.Corp `json:"corpId"      grade:"R1"`
	Name        string  `json:"name"        grade:"R1"`
	Sandbox     bool    `json:"sandbox"     grade:"R1"`
	People      int64   `json:"people"      grade:"R1"`
	Departments int64   `json:"departments" grade:"R1"`
	CreatedAt   int64   `json:"createdAt"   grade:"R1"`
}

func (p *Platform) corpList(ctx context.Context, who op.Caller, _ *op.None) (*corpListResponse, error) {
	all, err := p.Directory.Corps(ctx)
	if err != nil {
		return nil, err
	}
	all = slices.DeleteFunc(all, func(c directory.Corp) bool { return !who.Operator && c.ID != who.Corp })
	r := &corpListResponse{make([]corpItem, len(all))}
	for i, c := range all {
		r.List[i] = corpItem{c.ID, c.Name, c.Sandbox || c.Demo, c.People, c.Departments, c.CreatedAt.UnixMilli()}
	}
	return r, nil
}

type corpCreateRequest struct {
	Name     string  `json:"name"     required:"true" maxLen:"64" doc:"企业名称"`
	Sandbox  bool    `json:"sandbox"  doc:"沙箱企业：时钟可移动，可重置"`
	People   int     `json:"people"   min:"0" max:"100000" doc:"虚构员工的人数；大于 0 即为沙箱"`
	UserID   id.User `json:"userId"   maxLen:"64" default:"admin" doc:"管理员的 userid"`
	Password string  `json:"password" grade:"R2" doc:"管理员密码；不填则管理员不能登录控制台，由运营者切换进入"`
}

func (p *Platform) corpCreate(ctx context.Context, _ op.Caller, q *corpCreateRequest) (*corpIDResponse, error) {
	corp := directory.Corp{ID: id.NewCorp(), Name: q.Name, Sandbox: q.Sandbox || q.People > 0}
	if err := p.Directory.CreateCorp(ctx, corp); err != nil {
		return nil, err
	}
	if q.People > 0 {
		if err := p.invent(ctx, corp.ID, q.People); err != nil {
			return nil, err
		}
	}
	if q.Password == "" {
		return &corpIDResponse{corp.ID}, nil
	}
	return &corpIDResponse{corp.ID}, p.staff(ctx, corp.ID, administrator{user: q.UserID, name: "管理员", mobile: "13800000000", password: q.Password})
}

type corpRenameRequest struct {
	Name string `json:"name" required:"true" maxLen:"64" doc:"企业名称"`
}

func (p *Platform) corpRename(ctx context.Context, who op.Caller, q *corpRenameRequest) (*op.None, error) {
	return &op.None{}, p.Directory.RenameCorp(ctx, who.Corp, q.Name)
}

type corpResetRequest struct {
	CorpID  string `json:"corpId"  required:"true" doc:"要重置的企业"`
	Confirm string `json:"confirm" required:"true" doc:"企业名称，确认用"`
}

func (p *Platform) corpReset(ctx context.Context, who op.Caller, q *corpResetRequest) (*op.None, error) {
	corp, err := p.Directory.Corp(ctx, id.Corp(q.CorpID))
	if err != nil {
		return nil, err
	}
	switch {
	case !corp.Sandbox && !corp.Demo:
		return nil, apierror.CorpFixed.Got("%s", corp.Name)
	case q.Confirm != corp.Name:
		return nil, apierror.ConfirmMismatch.With("name", corp.Name).Want("%s", corp.Name).Got("%s", q.Confirm)
	}
	return &op.None{}, p.reset(ctx, corp)
}

type clockView struct {
	Now      int64 `json:"now"      grade:"R1"`
	OffsetMS int64 `json:"offsetMs" grade:"R1"`
	Movable  bool  `json:"movable"  grade:"R1"`
}

func (p *Platform) clockGet(ctx context.Context, who op.Caller, _ *op.None) (*clockView, error) {
	corp, err := p.Directory.Corp(ctx, who.Corp)
	if err != nil {
		return nil, err
	}
	return &clockView{p.Clock.At(who.Corp).UnixMilli(), p.Clock.Offset(who.Corp).Milliseconds(), corp.Sandbox || corp.Demo}, nil
}

type clockMoveRequest struct {
	By string `json:"by" required:"true" doc:"移动多少，如 2h、-30m、12d"`
}

// farthest bounds how far a clock can be moved, so that times stay in the range
// that clients can write.
const farthest = 100 * 365 * 24 * time.Hour

func (p *Platform) clockMove(ctx context.Context, who op.Caller, q *clockMoveRequest) (*clockView, error) {
	if err := p.movable(ctx, who.Corp); err != nil {
		return nil, err
	}
	by, err := duration(q.By)
	if err != nil || (p.Clock.Offset(who.Corp)+by).Abs() > farthest {
		return nil, apierror.ParameterInvalid.With("name", "by").Want("如 2h、-30m、12d 的时长，总共不超过一百年").Got("%q", q.By)
	}
	if err := p.Clock.Move(ctx, who.Corp, by); err != nil {
		return nil, err
	}
	return p.clockGet(ctx, who, nil)
}

func (p *Platform) clockReset(ctx context.Context, who op.Caller, _ *op.None) (*clockView, error) {
	if err := p.movable(ctx, who.Corp); err != nil {
		return nil, err
	}
	if err := p.Clock.Reset(ctx, who.Corp); err != nil {
		return nil, err
	}
	return p.clockGet(ctx, who, nil)
}

func (p *Platform) movable(ctx context.Context, corp id.Corp) error {
	c, err := p.Directory.Corp(ctx, corp)
	if err != nil {
		return err
	}
	if !c.Sandbox && !c.Demo {
		return apierror.ClockFixed.Got("%s", c.Name)
	}
	return nil
}

// duration reads a duration that may also count days: 12d, -1.5d, +2h30m.
func duration(s string) (time.Duration, error) {
	s = strings.TrimPrefix(strings.TrimSpace(s), "+")
	if days, ok := strings.CutSuffix(s, "d"); ok {
		hours, err := time.ParseDuration(days + "h")
		if err != nil || hours.Abs() > farthest/24 {
			return 0, fmt.Errorf("not a number of days: %q", s)
		}
		return 24 * hours, nil
	}
	return time.ParseDuration(s)
}

type trustOpenRequest struct {
	Address string `json:"address" default:"127.0.0.1:443" doc:"监听地址"`
}

type trustOpenResponse struct {
	Names       []string `json:"names"       grade:"R1"`
	Certificate string   `json:"certificate" grade:"R1"`
	Directory   string   `json:"directory"   grade:"R1"`
}

func (p *Platform) trustOpen(ctx context.Context, _ op.Caller, q *trustOpenRequest) (*trustOpenResponse, error) {
	ca, err := p.names.open(ctx, p, q.Address)
	if err != nil {
		return nil, apierror.ListenFailed.With("address", q.Address).Got("%v", err)
	}
	return &trustOpenResponse{trust.Names(), string(ca.PEM()), p.Config.Data}, nil
}

func (p *Platform) trustClose(ctx context.Context, _ op.Caller, _ *op.None) (*op.None, error) {
	return &op.None{}, p.names.close(ctx, p)
}
