package platform

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"slices"
	"strconv"
	"strings"

	"github.com/gatepost/gatepost/internal/apierror"
	"github.com/gatepost/gatepost/internal/app"
	"github.com/gatepost/gatepost/internal/dbpush"
	"github.com/gatepost/gatepost/internal/event"
	"github.com/gatepost/gatepost/internal/id"
	"github.com/gatepost/gatepost/internal/op"
	"github.com/gatepost/gatepost/internal/trail"
	"github.com/gatepost/gatepost/internal/upstream"
)

// dialDatabase connects to the database of an application of corp, under the rules
// of callbacks.
func (p *Platform) dialDatabase(ctx context.Context, corp id.Corp, network, address string) (net.Conn, error) {
	guard, err := p.guardOf(ctx, corp, p.guards.databases)
	if err != nil {
		return nil, err
	}
	conn, err := guard.Dial(ctx, network, address)
	if f, ok := errors.AsType[*upstream.Forbidden](err); ok {
		return nil, &dbpush.ForbiddenError{Why: apierror.Words{
			ZH: f.Address + " 不在允许的范围内；内网与回环地址可由运营者用 GATEPOST_DATABASE_ALLOW 放行",
			EN: f.Address + " may not be called; of private and loopback addresses the operator allows some with GATEPOST_DATABASE_ALLOW"}}
	}
	return conn, err
}

// rowObjects tells what of a corp an application may know, as rows in its
// database.
type rowObjects struct{ p *Platform }

// State implements dbpush.Objects.
func (o rowObjects) State(ctx context.Context, s *event.Subscription, kind dbpush.Object, name string) (dbpush.State, error) {
	a, err := o.p.Apps.ByAgent(ctx, s.Corp, s.Agent)
	if errors.Is(err, apierror.AgentUnknown) {
		return dbpush.State{Rowless: true}, nil
	}
	if err != nil {
		return dbpush.State{}, err
	}
	switch kind {
	case dbpush.Person:
		return o.answer(ctx, a, "/user/get", "userid", name, apierror.UserInvalid, apierror.UserKind)
	case dbpush.Department:
		return o.answer(ctx, a, "/department/get", "id", name, apierror.DeptNotFound)
	case dbpush.Role:
		return o.role(ctx, s.Corp, name)
	case dbpush.Company:
		return o.company(ctx, s.Corp)
	}
	return dbpush.State{}, fmt.Errorf("no rows are about %s", kind)
}

// answer is what a call of the application would be answered. gone are the
// refusals of what is no more.
func (o rowObjects) answer(ctx context.Context, a *app.App, path, field, name string, gone ...*apierror.Error) (dbpush.State, error) {
	operation, _ := o.p.Catalogue.Find("POST", path)
	who := subscriber(a)
	who.Trace = &op.Trace{}
	if !who.Scopes.Has(operation.Scope) {
		return dbpush.State{There: true, Errcode: apierror.ScopeMissing.Errcode, Errmsg: "应用没有权限点 " + string(operation.Scope), Content: "{}"}, nil
	}
	content, err := o.ask(ctx, operation, &who, field, name)
	r, refused := errors.AsType[*apierror.Refusal](err)
	switch {
	case err == nil:
		text, err := operation.Encode(content)
		return dbpush.State{There: true, Errmsg: "ok", Content: string(text)}, err
	case !refused || r.Rule == apierror.Internal || r.Rule == apierror.DatabaseAway:
		return dbpush.State{}, err
	case slices.Contains(gone, r.Rule):
		return dbpush.State{}, nil
	}
	return dbpush.State{There: true, Errcode: r.Rule.Errcode, Errmsg: r.Text("zh"), Content: "{}"}, nil
}

// ask takes the steps of a call that decide what is shown: the ids of the
// application, its range, masking, and the note of who saw what.
func (o rowObjects) ask(ctx context.Context, operation *op.Operation, who *op.Caller, field, name string) (any, error) {
	p := o.p
	body, err := json.Marshal(map[string]string{field: name})
	if err != nil {
		return nil, err
	}
	q, _, err := operation.Decode(&op.Request{Method: "POST", Path: operation.Path, Body: strings.NewReader(string(body)), Length: int64(len(body)), Head: noHead{}}, op.Vars{}, *who)
	if err != nil {
		return nil, err
	}
	if err := p.IDs.Read(ctx, who, operation, q); err != nil {
		return nil, err
	}
	content, err := operation.Invoke(ctx, *who, q)
	if err != nil {
		return nil, err
	}
	policy, err := p.Masks.Policy(ctx, who, operation)
	if err != nil {
		return nil, err
	}
	operation.Mask(content, *who, policy)
	if d := p.Catalogue.Disclosure(operation, q, content, who, policy); !d.None() {
		if err := p.Trail.Note(ctx, trail.Record{Corp: who.Corp, At: p.real().UnixMilli(), Call: p.calls.New().V2(), As: who.As.String(), App: who.App,
			Agent: who.Agent, Op: operation.Name(), Fields: d.Fields, People: d.People}, d.Guarded); err != nil {
			return nil, err
		}
	}
	return content, p.IDs.Write(ctx, who, operation, content)
}

// noHead is a request without headers.
type noHead struct{}

func (noHead) Get(string) string      { return "" }
func (noHead) Values(string) []string { return nil }

// role is what biz_type 15 tells (rds-push.md §3). Groups of roles have numbers of
// the same space and no rows.
func (o rowObjects) role(ctx context.Context, corp id.Corp, name string) (dbpush.State, error) {
	n, err := strconv.ParseInt(name, 10, 64)
	if err != nil {
		return dbpush.State{}, err
	}
	r, err := o.p.Directory.Role(ctx, corp, id.Role(n))
	if errors.Is(err, apierror.RoleInvalid) {
		_, err = o.p.Directory.RoleGroup(ctx, corp, id.RoleGroup(n))
		if errors.Is(err, apierror.RoleGroupInvalid) {
			return dbpush.State{}, nil
		}
		return dbpush.State{Rowless: true}, err
	}
	if err != nil {
		return dbpush.State{}, err
	}
	return stated(struct {
		ID        id.Role      `json:"role_id"`
		Name      string       `json:"role_name"`
		Group     id.RoleGroup `json:"group_id"`
		GroupName string       `json:"group_name"`
	}{r.ID, r.Name, r.Group, r.GroupName})
}

// company is what biz_type 16 tells. What the platform has no fact for is empty.
func (o rowObjects) company(ctx context.Context, corp id.Corp) (dbpush.State, error) {
	c, err := o.p.Directory.Corp(ctx, corp)
	if errors.Is(err, apierror.CorpUnknown) {
		return dbpush.State{}, nil
	}
	if err != nil {
		return dbpush.State{}, err
	}
	return stated(struct {
		ID            id.Corp `json:"corpid"`
		Name          string  `json:"corp_name"`
		Logo          string  `json:"corp_logo_url"`
		Industry      string  `json:"industry"`
		AuthLevel     int64   `json:"auth_level"`
		Authenticated bool    `json:"is_authenticated"`
	}{c.ID, c.Name, "", c.Industry, c.AuthLevel, c.AuthLevel > 0})
}

func stated(content any) (dbpush.State, error) {
	text, err := json.Marshal(content)
	return dbpush.State{There: true, Errmsg: "ok", Content: string(text)}, err
}

// Next implements dbpush.Objects.
func (o rowObjects) Next(ctx context.Context, s *event.Subscription, kind dbpush.Object, after string, most int) (names []string, last string, err error) {
	if kind == dbpush.Department {
		var behind int64
		if after != "" {
			if behind, err = strconv.ParseInt(after, 10, 64); err != nil {
				return nil, "", err
			}
		}
		list, err := o.p.Directory.DepartmentsAfter(ctx, s.Corp, id.Dept(behind), most)
		for _, n := range list {
			names = append(names, strconv.FormatInt(int64(n), 10))
			last = names[len(names)-1]
		}
		return names, last, err
	}
	list, err := o.p.Directory.EmployeesAfter(ctx, s.Corp, id.User(after), most)
	if err != nil || len(list) == 0 {
		return nil, "", err
	}
	last = string(list[len(list)-1])
	a, err := o.p.Apps.ByAgent(ctx, s.Corp, s.Agent)
	if errors.Is(err, apierror.AgentUnknown) {
		return nil, "", nil
	}
	if err != nil {
		return nil, "", err
	}
	named := event.People{UserID: list}
	if err := o.p.IDs.Payload(ctx, a, o.p.Events.Event(event.UserAdded).Told().ResponseIDs(), &named); err != nil {
		return nil, "", err
	}
	for _, user := range named.UserID {
		names = append(names, string(user))
	}
	return names, last, nil
}

// Count implements dbpush.Objects.
func (o rowObjects) Count(ctx context.Context, s *event.Subscription, kind dbpush.Object) (int64, error) {
	if kind == dbpush.Department {
		return o.p.Directory.CountDepartments(ctx, s.Corp)
	}
	return o.p.Directory.CountPeople(ctx, s.Corp, false)
}
