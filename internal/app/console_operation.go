package app

import (
	"context"
	"slices"
	"strconv"
	"strings"

	"github.com/gatepost/gatepost/internal/apierror"
	"github.com/gatepost/gatepost/internal/id"
	"github.com/gatepost/gatepost/internal/op"
	"github.com/gatepost/gatepost/internal/scope"
	"github.com/gatepost/gatepost/internal/store"
)

// Known is an operation that the public catalogues know and the platform does
// not offer.
type Known struct {
	Dialect op.Dialect
	Route   Route
	Title   string
	Grade   scope.Grade // empty: not known
	Scope   scope.Name  // empty: not known
}

// Which operations a list has.
type which string

// The choices.
const (
	whichSwitchable which = "switchable"
	whichOffered    which = "offered"
	whichKnown      which = "known"
	whichAll        which = "all"
)

type operationListRequest struct {
	Search  string      `json:"search" maxLen:"64" doc:"路径、标题或权限点的一部分"`
	State   Position    `json:"state" enum:"open,closed,allowed" doc:"只列此状态"`
	Dialect string      `json:"dialect" enum:"v1,v2" doc:"只列此方言"`
	Grade   scope.Grade `json:"grade" enum:"R1,R2,W1,W2" doc:"只列此分级"`
	Scope   scope.Name  `json:"scope" maxLen:"64" doc:"只列此权限点"`
	Which   which       `json:"which" enum:"switchable,offered,known,all" default:"switchable" doc:"可开关的、已提供的、已知未提供的，或全部"`
	Cursor  string      `json:"cursor" maxLen:"64" doc:"上一页的 nextCursor"`
	Size    int         `json:"size" min:"1" max:"100" default:"20" doc:"每页条数"`
}

type operationListResponse struct {
	List       []operationItem `json:"list"`
	NextCursor string          `json:"nextCursor,omitzero" grade:"R1"`
	HasMore    bool            `json:"hasMore" grade:"R1"`
	TotalCount int             `json:"totalCount" grade:"R1"`
}

type operationItem struct {
	Operation  string       `json:"operation" grade:"R1"`
	Dialect    string       `json:"dialect" enum:"v1,v2" grade:"R1"`
	Title      string       `json:"title" grade:"R1"`
	TitleEN    string       `json:"titleEn" grade:"R1"`
	Grade      scope.Grade  `json:"grade,omitzero" enum:"R1,R2,W1,W2" grade:"R1"`
	Scope      scope.Name   `json:"scope" grade:"R1"`
	Group      string       `json:"group,omitzero" grade:"R1"`
	Offered    bool         `json:"offered" grade:"R1"`
	Switchable bool         `json:"switchable" grade:"R1"`
	State      Position     `json:"state" enum:"open,closed,allowed" grade:"R1"`
	Switches   []switchItem `json:"switches"`
}

type switchItem struct {
	Platform bool     `json:"platform" grade:"R1"`
	State    Position `json:"state" enum:"closed,allowed" grade:"R1"`
	Apps     []id.App `json:"apps" grade:"R1"`
	Reason   string   `json:"reason" grade:"R1"`
	By       id.User  `json:"by" grade:"R1"`
	At       int64    `json:"at" grade:"R1"`
}

// operations reads past the cache: a list that follows a switch on another node
// shows it.
func (c console) operations(ctx context.Context, who op.Caller, q *operationListRequest) (*operationListResponse, error) {
	from, err := offset(q.Cursor)
	if err != nil {
		return nil, err
	}
	p, err := store.View(ctx, c.apps.db, func(tx *store.Tx) (*policy, error) { return loadPolicy(tx, who.Corp) })
	if err != nil {
		return nil, err
	}
	all := c.apps.listed(who.Corp, p, q)
	answer := &operationListResponse{TotalCount: len(all)}
	answer.List = all[min(from, len(all)):min(from+q.Size, len(all))]
	if answer.HasMore = from+q.Size < len(all); answer.HasMore {
		answer.NextCursor = strconv.Itoa(from + q.Size)
	}
	return answer, nil
}

// listed is every operation that is shown to corp and that q asks for, with its
// switches in p.
func (a *Apps) listed(corp id.Corp, p *policy, q *operationListRequest) []operationItem {
	list := []operationItem{}
	if q.Which != whichKnown {
		offered := a.Operations()
		for i := range offered {
			o := &offered[i]
			if o.Dialect == op.DialectConsole || !o.Audience.HasCorp(corp) {
				continue
			}
			if item := itemOf(o, p); q.wants(&item) {
				list = append(list, item)
			}
		}
	}
	if q.Which == whichKnown || q.Which == whichAll {
		for _, k := range a.Unoffered() {
			if item := itemOfKnown(k); q.wants(&item) {
				list = append(list, item)
			}
		}
	}
	return list
}

// itemOf is an offered operation with its switches in p.
func itemOf(o *op.Operation, p *policy) operationItem {
	item := operationItem{Operation: routeOf(o).String(), Dialect: o.Dialect.String(), Title: o.Title, TitleEN: o.TitleEN, Grade: o.Grade,
		Scope: o.Scope, Group: o.Group, Offered: true, Switchable: switchable(o), State: Open}
	for _, s := range p.switches[routeOf(o)] {
		item.Switches = append(item.Switches, switchItem{s.Corp == Platform, s.Position, s.Apps, s.Reason, s.By, s.At.UnixMilli()})
		if item.State != Closed {
			item.State = s.Position
		}
	}
	return item
}

func itemOfKnown(k Known) operationItem {
	return operationItem{Operation: k.Route.String(), Dialect: k.Dialect.String(), Title: k.Title, TitleEN: k.Title, Grade: k.Grade, Scope: k.Scope, State: Open}
}

// wants reports whether q asks for the item. What is not offered has no state
// that could be asked for.
func (q *operationListRequest) wants(item *operationItem) bool {
	switch {
	case q.Which == whichSwitchable && !item.Switchable,
		q.State != "" && (q.State != item.State || !item.Switchable),
		q.Dialect != "" && q.Dialect != item.Dialect,
		q.Grade != "" && q.Grade != item.Grade,
		q.Scope != "" && q.Scope != item.Scope:
		return false
	}
	part := strings.ToLower(strings.TrimSpace(q.Search))
	return slices.ContainsFunc([]string{item.Operation, item.Title, item.TitleEN, string(item.Scope)},
		func(text string) bool { return strings.Contains(strings.ToLower(text), part) })
}

type operationGetRequest struct {
	Operation string `json:"operation" required:"true" maxLen:"300" doc:"v1 的路径，或 v2 的方法与路径"`
}

type operationGetResponse struct {
	Item    operationItem    `json:"item"`
	Doc     string           `json:"doc" grade:"R1"`
	Caller  string           `json:"caller" enum:"app,person,app or person,suite,anyone" grade:"R1"`
	Docs    string           `json:"docs,omitzero" grade:"R1"`
	Request []operationField `json:"request"`
	Answer  []operationField `json:"answer"`
}

// operationField is a field of a request or an answer; field is its path, in
// which [] stands for each of a list.
type operationField struct {
	Field    string      `json:"field" grade:"R1"`
	Type     string      `json:"type" grade:"R1"`
	Required bool        `json:"required" grade:"R1"`
	Doc      string      `json:"doc" grade:"R1"`
	Enum     []string    `json:"enum,omitempty" grade:"R1"`
	Grade    scope.Grade `json:"grade,omitzero" enum:"R1,R2,W1,W2" grade:"R1"`
	Mask     op.Mask     `json:"mask,omitzero" grade:"R1"`
	Needs    scope.Name  `json:"needs,omitzero" grade:"R1"`
}

func (c console) operation(ctx context.Context, who op.Caller, q *operationGetRequest) (*operationGetResponse, error) {
	route := parseRoute(q.Operation)
	offered := c.apps.Operations()
	at := slices.IndexFunc(offered, func(o op.Operation) bool {
		return o.Dialect != op.DialectConsole && o.Audience.HasCorp(who.Corp) && routeOf(&o) == route
	})
	if at < 0 {
		return c.apps.known(route)
	}
	p, err := store.View(ctx, c.apps.db, func(tx *store.Tx) (*policy, error) { return loadPolicy(tx, who.Corp) })
	if err != nil {
		return nil, err
	}
	o := &offered[at]
	return &operationGetResponse{Item: itemOf(o, p), Doc: o.Doc, Caller: o.As.String(), Docs: c.apps.Docs(o),
		Request: fieldsOf(o.Request, ""), Answer: fieldsOf(o.Response, "")}, nil
}

// known is an operation that is not offered.
func (a *Apps) known(route Route) (*operationGetResponse, error) {
	all := a.Unoffered()
	at := slices.IndexFunc(all, func(k Known) bool { return k.Route == route })
	if at < 0 {
		return nil, apierror.ParameterInvalid.With("name", "operation").
			Want("an operation of the catalogue, as operation.list spells it").Got("%s", route)
	}
	return &operationGetResponse{Item: itemOfKnown(all[at]), Caller: op.App.String()}, nil
}

// fieldsOf is every field inside a shape, the outer before the inner.
func fieldsOf(sh *op.Shape, path string) []operationField {
	for ; sh.Elem != nil; sh = sh.Elem {
		if sh.Kind == op.Map {
			path += ".*"
		} else {
			path += "[]"
		}
	}
	var list []operationField
	for i := range sh.Fields {
		f := &sh.Fields[i]
		name := strings.TrimPrefix(path+"."+f.Name, ".")
		list = append(list, operationField{Field: name, Type: f.Shape.Kind.String(), Required: f.Required, Doc: f.Doc, Enum: f.Enum,
			Grade: f.Grade, Mask: f.Mask, Needs: f.Needs})
		list = append(list, fieldsOf(f.Shape, name)...)
	}
	return list
}
