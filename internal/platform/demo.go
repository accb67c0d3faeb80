package platform

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"strconv"
	"time"

	"github.com/gatepost/gatepost/internal/app"
	"github.com/gatepost/gatepost/internal/directory"
	"github.com/gatepost/gatepost/internal/id"
	"github.com/gatepost/gatepost/internal/op"
	"github.com/gatepost/gatepost/internal/store"
	"github.com/gatepost/gatepost/internal/suite"
)

// Demo is what a developer needs of the demonstration company.
type Demo struct {
	Corp     id.Corp
	CorpName string
	Agent    id.Agent
	Key      id.App
	Secret   string
	Admin    id.User // signs in to the console; administrator and operator
	Password string
	User     id.User // an ordinary employee
	Union    id.Union

	Suite       id.App // of the demonstration company, which others can open
	SuiteSecret string
	Customer    id.Corp // another company, which can open it
}

// The people of the demonstration company whom tests and tutorials know by id.
const (
	demoName   = "Demo Co"
	demoAdmin  = id.User("admin")
	demoSecond = id.User("manager")
	demoUser   = id.User("lina")
	demoPeople = 200

	customerName   = "Demo Customer"
	customerPeople = 20
)

// Demo makes the demonstration company unless it is there, and returns what a
// developer needs of it. password is the administrator's from now on; empty
// draws one.
func (p *Platform) Demo(ctx context.Context, password string) (Demo, error) {
	if password == "" {
		password = id.NewCode()[:16]
	}
	corp, err := p.readSetting(ctx, demoSetting)
	if err != nil {
		return Demo{}, err
	}
	if corp == "" {
		if corp, err = p.newDemo(ctx, demoSetting, demoName, p.fillDemo); err != nil {
			return Demo{}, err
		}
	}
	customer, err := p.readSetting(ctx, customerSetting)
	if err != nil {
		return Demo{}, err
	}
	if customer == "" {
		if _, err = p.newDemo(ctx, customerSetting, customerName, p.fillCustomer); err != nil {
			return Demo{}, err
		}
	}
	if err := p.Identity.SetAccount(ctx, id.Corp(corp), demoAdmin, password, true); err != nil {
		return Demo{}, err
	}
	p.demoPassword = password
	return p.demo(ctx, id.Corp(corp), password)
}

// The settings that keep the ids of the demonstration company and of its customer.
const (
	demoSetting     = "demo.corp"
	customerSetting = "demo.customer"
)

// newDemo makes a company and remembers it last, so that one that was broken
// off is not taken for whole.
func (p *Platform) newDemo(ctx context.Context, setting, name string, fill func(context.Context, id.Corp) error) (string, error) {
	corp := directory.Corp{ID: id.NewDemoCorp(), Name: name, Demo: true, Sandbox: true}
	if err := p.Directory.CreateCorp(ctx, corp); err != nil {
		return "", err
	}
	if err := fill(ctx, corp.ID); err != nil {
		return "", errors.Join(err, p.Directory.RemoveCorp(context.WithoutCancel(ctx), corp.ID))
	}
	return string(corp.ID), p.keepSetting(ctx, setting, string(corp.ID))
}

// fillCustomer makes the people of the company that can open the demonstration's
// suite.
func (p *Platform) fillCustomer(ctx context.Context, corp id.Corp) error {
	if err := p.invent(ctx, corp, customerPeople); err != nil {
		return err
	}
	return p.Directory.SetAdmin(ctx, corp, demoAdmin, directory.LevelMain, nil)
}

func (p *Platform) fillDemo(ctx context.Context, corp id.Corp) error {
	if err := p.invent(ctx, corp, demoPeople); err != nil {
		return err
	}
	if err := p.Directory.SetAdmin(ctx, corp, demoAdmin, directory.LevelMain, nil); err != nil {
		return err
	}
	if err := p.Directory.SetAdmin(ctx, corp, demoSecond, directory.LevelSub, []id.Dept{id.RootDept}); err != nil {
		return err
	}
	if err := p.demoRoles(ctx, corp); err != nil {
		return err
	}
	if _, _, err := p.Apps.Create(ctx, corp, app.NewApp{Name: "demo", Description: "演示应用 · the demonstration app",
		Reason: "随演示企业创建 · comes with the demonstration", By: string(demoAdmin), Dialects: app.Dialects()}); err != nil {
		return err
	}
	_, _, err := p.Suites.Create(ctx, corp, suite.NewSuite{Name: "demo suite", Description: "演示套件 · the demonstration suite", By: string(demoAdmin)})
	return err
}

func (p *Platform) demoRoles(ctx context.Context, corp id.Corp) error {
	who := op.Caller{Corp: corp, Range: op.Everything}
	group, err := p.Directory.AddRoleGroup(ctx, corp, "岗位")
	if err != nil {
		return err
	}
	for i, name := range []string{"工程师", "销售", "财务", "人事"} {
		role, err := p.Directory.AddRole(ctx, corp, group, name)
		if err != nil {
			return err
		}
		var users []id.User
		for n := range 5 {
			users = append(users, demoID(10+i*20+n))
		}
		if err := p.Directory.GiveRoles(ctx, who, []id.Role{role}, users); err != nil {
			return err
		}
	}
	return nil
}

// demo reads what there is of the company: its first application may have been
// changed, or its secret rotated.
func (p *Platform) demo(ctx context.Context, corp id.Corp, password string) (Demo, error) {
	c, err := p.Directory.Corp(ctx, corp)
	if err != nil {
		return Demo{}, err
	}
	d := Demo{Corp: corp, CorpName: c.Name, Admin: demoAdmin, Password: password, User: demoUser}
	apps, err := p.Apps.OfCorp(ctx, corp)
	if err != nil {
		return Demo{}, err
	}
	for _, a := range apps { // the oldest first
		switch {
		case a.IsSuite() && d.Suite == "":
			d.Suite, d.SuiteSecret = a.Key, p.liveSecret(a)
		case a.Suite == "" && d.Key == "":
			d.Agent, d.Key, d.Secret = a.Agent, a.Key, p.liveSecret(a)
		}
	}
	customer, err := p.readSetting(ctx, customerSetting)
	if err != nil {
		return Demo{}, err
	}
	d.Customer = id.Corp(customer)
	if person, err := p.Directory.Person(ctx, corp, demoUser); err == nil {
		d.Union = person.Union
	}
	return d, nil
}

// liveSecret is the newest secret of an app that works; empty for none.
func (p *Platform) liveSecret(a *app.App) string {
	for _, s := range a.Secrets {
		if s.Live(p.Clock.At(a.Corp)) {
			return s.Plain
		}
	}
	return ""
}

// reset empties a company and fills a demonstration anew. Its id stays, and so
// do its main administrators, who could not sign in to it otherwise.
func (p *Platform) reset(ctx context.Context, c directory.Corp) error {
	chiefs, err := p.chiefs(ctx, c.ID)
	if err != nil {
		return err
	}
	if err := p.Suites.Leave(ctx, c.ID); err != nil {
		return err
	}
	apps, err := p.Apps.OfCorp(ctx, c.ID)
	if err != nil {
		return err
	}
	for _, a := range apps {
		if _, err := p.Identity.RevokeApp(ctx, c.ID, a.Agent); err != nil {
			return err
		}
		if err := p.Apps.Delete(ctx, c.ID, a.Agent); err != nil {
			return err
		}
	}
	err = errors.Join(p.Log.RemoveCorp(ctx, c.ID), p.Apps.RemovePolicy(ctx, c.ID), p.Limits.RemoveCorp(ctx, c.ID),
		p.Masks.RemoveCorp(ctx, c.ID), p.Delegates.RemoveCorp(ctx, c.ID), p.IDs.RemoveCorp(ctx, c.ID), p.APIs.RemoveCorp(ctx, c.ID), p.Faults.RemoveCorp(ctx, c.ID), p.Tunnels.RemoveCorp(ctx, c.ID), p.Events.RemoveCorp(ctx, c.ID), p.Databases.RemoveCorp(ctx, c.ID), p.Directory.RemoveCorp(ctx, c.ID))
	if err != nil {
		return err
	}
	if err := p.Clock.Reset(ctx, c.ID); err != nil {
		return err
	}
	if err := p.Directory.CreateCorp(ctx, directory.Corp{ID: c.ID, Name: c.Name, Sandbox: c.Sandbox, Demo: c.Demo}); err != nil {
		return err
	}
	if c.Demo {
		err = p.remakeDemo(ctx, c.ID)
	}
	for _, chief := range chiefs {
		if c.Demo || err != nil {
			break
		}
		err = p.appoint(ctx, c.ID, chief)
	}
	// A reset is no event: nobody was subscribed to how the company was filled.
	return errors.Join(err, p.Events.RemoveCorp(ctx, c.ID))
}

// remakeDemo fills the demonstration anew and tells whoever wants to know: its
// app has new credentials.
func (p *Platform) remakeDemo(ctx context.Context, corp id.Corp) error {
	customer, err := p.readSetting(ctx, customerSetting)
	if err != nil {
		return err
	}
	if string(corp) == customer {
		return p.fillCustomer(ctx, corp)
	}
	if err := p.fillDemo(ctx, corp); err != nil || p.DemoMade == nil {
		return err
	}
	d, err := p.demo(ctx, corp, p.demoPassword)
	if err != nil {
		return err
	}
	return p.DemoMade(d)
}

// chiefs are the main administrators of a company.
func (p *Platform) chiefs(ctx context.Context, corp id.Corp) ([]directory.NewPerson, error) {
	admins, err := p.Directory.Admins(ctx, corp)
	if err != nil {
		return nil, err
	}
	var chiefs []directory.NewPerson
	for _, a := range admins {
		if a.Level != directory.LevelMain {
			continue
		}
		who, err := p.Directory.Person(ctx, corp, a.User)
		if err != nil {
			return nil, err
		}
		n := directory.NewPerson{ID: who.ID, Union: who.Union, Profile: who.Profile, Departments: []id.Dept{id.RootDept}}
		n.Manager = "" // who may be gone
		chiefs = append(chiefs, n)
	}
	return chiefs, nil
}

// appoint employs a person as main administrator.
func (p *Platform) appoint(ctx context.Context, corp id.Corp, n directory.NewPerson) error {
	if _, err := p.Directory.CreatePerson(ctx, corp, n); err != nil {
		return err
	}
	return p.Directory.SetAdmin(ctx, corp, n.ID, directory.LevelMain, nil)
}

// demoDepts are the departments of an invented company: name, and index of the
// parent or -1 for the root.
var demoDepts = []struct {
	name   string
	parent int
}{
	{"总裁办", -1}, {"研发中心", -1}, {"前端组", 1}, {"后端组", 1}, {"测试组", 1}, {"产品部", -1}, {"设计部", -1},
	{"市场部", -1}, {"销售部", -1}, {"华东大区", 8}, {"华南大区", 8}, {"客户服务部", -1}, {"人力资源部", -1}, {"财务部", -1},
}

const (
	surnames = "王李张刘陈杨黄赵吴周徐孙马朱胡郭何高林罗郑梁谢宋唐许韩冯邓曹彭曾萧田董袁潘于蒋蔡余杜叶程苏魏吕丁任沈姚卢姜崔钟谭陆汪范金石廖贾夏韦付方白邹孟熊秦邱江尹薛闫段雷侯龙史陶黎贺顾毛郝龚邵万钱严覃武戴莫孔向汤"
	givens   = "伟芳娜敏静丽强磊军洋勇艳杰娟涛明超秀霞平刚桂英华玉兰飞鹏辉玲红燕雪梅佳琪子涵雨泽宇轩浩然欣怡思远晨曦嘉文博雅婷俊凯旭东志国建新海波春晓秋月冬青云天"
)

// demoID is the userid of the n-th invented person after those known by name.
func demoID(n int) id.User { return id.User(fmt.Sprintf("gp%04d", n)) }

// invent fills a company with departments and people. The same number gives the
// same names and userids, so that tests can rely on them; mobile numbers differ
// from company to company, because the same number is the same person.
func (p *Platform) invent(ctx context.Context, corp id.Corp, count int) error {
	draw := rand.New(rand.NewPCG(2026, uint64(count))) //nolint:gosec // names, not secrets
	depts, leaves := inventDepts(count)
	first := rand.Int64N(90_000_000 - int64(count)) //nolint:gosec // a number to start from
	people := make([]directory.NewPerson, count)
	hired := p.Clock.At(corp).AddDate(-3, 0, 0)
	for i := range people {
		n := &people[i]
		n.ID, n.Name = demoID(i), inventName(draw)
		dept := leaves[i%len(leaves)]
		n.Departments = []id.Dept{dept}
		leader := i >= 3 && i < 3+len(leaves) // the first of every department leads it
		n.Posts = []directory.Post{{Dept: dept, Leader: &leader}}
		n.JobNumber, n.Active = fmt.Sprintf("GP%05d", i+1), i%17 != 5
		n.SetMobile("138" + fmt.Sprintf("%08d", 10_000_000+first+int64(i)))
		n.Email = fmt.Sprintf("%s@demo.example", n.ID)
		n.Title = inventTitle(draw, leader)
		n.WorkPlace = [...]string{"杭州", "上海", "深圳", "北京"}[draw.IntN(4)]
		n.HiredAt = hired.Add(time.Duration(draw.IntN(900*24)) * time.Hour).Truncate(24 * time.Hour)
		if i > 0 {
			n.Manager = people[min(i-1, i/8)].ID
		}
	}
	known := []directory.NewPerson{{ID: demoAdmin}, {ID: demoSecond}, {ID: demoUser}}
	for i, name := range []string{"陈建国", "周敏", "李娜"} {
		if i >= count {
			break
		}
		people[i].ID, people[i].Name, people[i].Active = known[i].ID, name, true
		people[i].Email = string(known[i].ID) + "@demo.example"
	}
	renameManagers(people)
	if err := p.Directory.Import(ctx, corp, depts, people); err != nil {
		return err
	}
	return p.DB.Analyze(ctx)
}

// renameManagers points managers to those who got a known id after all.
func renameManagers(people []directory.NewPerson) {
	renamed := map[id.User]id.User{}
	for i := range people {
		renamed[demoID(i)] = people[i].ID
	}
	for i := range people {
		if m := people[i].Manager; m != "" {
			people[i].Manager = renamed[m]
		}
	}
}

// inventDepts makes the departments, and in a large company teams of fifty below
// them. It returns those that have members.
func inventDepts(count int) (depts []directory.NewDepartment, leaves []id.Dept) {
	const first = id.Dept(100_000_001)
	for i, d := range demoDepts {
		parent := id.RootDept
		if d.parent >= 0 {
			parent = first + id.Dept(d.parent)
		}
		depts = append(depts, directory.NewDepartment{ID: first + id.Dept(i), Parent: parent, Name: d.name})
		leaves = append(leaves, first+id.Dept(i))
	}
	if count <= 1000 {
		return depts, leaves
	}
	base := leaves
	leaves = nil
	for i := range count / 50 {
		n := first + id.Dept(len(demoDepts)+i)
		depts = append(depts, directory.NewDepartment{ID: n, Parent: base[i%len(base)], Name: "小组" + strconv.Itoa(i+1)})
		leaves = append(leaves, n)
	}
	return depts, leaves
}

func inventName(draw *rand.Rand) string {
	s, g := []rune(surnames), []rune(givens)
	name := string(s[draw.IntN(len(s))]) + string(g[draw.IntN(len(g))])
	if draw.IntN(3) > 0 {
		name += string(g[draw.IntN(len(g))])
	}
	return name
}

func inventTitle(draw *rand.Rand, leader bool) string {
	if leader {
		return "部门经理"
	}
	return [...]string{"工程师", "高级工程师", "专员", "主管", "顾问", "设计师"}[draw.IntN(6)]
}

func (p *Platform) readSetting(ctx context.Context, name string) (string, error) {
	value, err := store.View(ctx, p.DB, func(tx *store.Tx) (string, error) {
		return store.One(tx, selectSetting, func(r store.Row) (s string, err error) { err = r.Scan(&s); return s, err }, name)
	})
	if errors.Is(err, store.ErrNone) {
		return "", nil
	}
	if err != nil {
		return "", fmt.Errorf("read the setting %s: %w", name, err)
	}
	return value, nil
}

func (p *Platform) keepSetting(ctx context.Context, name, value string) error {
	_, err := store.Update(ctx, p.DB, func(tx *store.Tx) (int64, error) { return tx.Exec(upsertSetting, name, value) })
	if err != nil {
		return fmt.Errorf("keep the setting %s: %w", name, err)
	}
	return nil
}
