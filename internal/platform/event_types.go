package platform

import (
	"context"
	"slices"

	"github.com/gatepost/gatepost/internal/apierror"
	"github.com/gatepost/gatepost/internal/callback"
	"github.com/gatepost/gatepost/internal/describe"
	"github.com/gatepost/gatepost/internal/event"
	"github.com/gatepost/gatepost/internal/op"
	"github.com/gatepost/gatepost/internal/scope"
	"github.com/gatepost/gatepost/internal/stream"
)

// eventOperations are what may be asked of the table of events.
func (p *Platform) eventOperations() []op.Operation {
	return []op.Operation{
		op.Console("event.types", p.eventTypes, op.Spec{Title: "查询事件类型", TitleEN: "List kinds of events",
			Doc: "Every event that is known, family by family: emitted by changes here, declared and not emitted yet, or known only. " +
				"One that is declared comes with its permission point, grade, payload and an example.", As: op.Session, Verb: op.Read}),
		op.Console("event.trigger", p.eventTrigger, op.Spec{Title: "触发事件", TitleEN: "Cause an event",
			Doc: "Records an event as if it had happened, and tells subscribers as always; nothing else changes. Demo and sandbox companies only. " +
				"What payload does not say is taken from the company's first person, department, role or app. The event itself bears no mark: the request log says which were caused so, and by whom.",
			As: op.Admin, Verb: op.Manage}),
	}
}

type eventTypesRequest struct {
	Name   event.Name      `json:"name" maxLen:"64" doc:"只要此事件"`
	Family string          `json:"family" maxLen:"32" doc:"只列此类，如 directory"`
	State  event.FactState `json:"state" enum:"emitted,declared,known" doc:"只列此状态：emitted 会发出，declared 已声明尚不发出，known 只知其名"`
}

type eventTypesResponse struct {
	List []eventType `json:"list"`
}

type eventType struct {
	Name        event.Name      `json:"name" grade:"R1"`
	Title       string          `json:"title" grade:"R1"`
	Family      string          `json:"family" grade:"R1"`
	FamilyTitle string          `json:"familyTitle" grade:"R1"`
	State       event.FactState `json:"state" enum:"emitted,declared,known" grade:"R1"`
	Silent      string          `json:"silent,omitempty" grade:"R1" doc:"已声明而不发出的原因"`
	Doc         string          `json:"doc,omitempty" grade:"R1"`
	Scope       scope.Name      `json:"scope,omitempty" grade:"R1"`
	DataGrade   scope.Grade     `json:"dataGrade,omitempty" grade:"R1"`
	Internal    bool            `json:"internal" grade:"R1" doc:"企业内部应用可收"`
	Suites      bool            `json:"suites" grade:"R1" doc:"第三方应用可收"`
	RowType     int             `json:"rowType,omitzero" grade:"R1" doc:"推送库的 biz_type"`
	Known       string          `json:"known,omitempty" grade:"R1" doc:"公开目录所知的字段：s 文本，n 整数，f 小数，b 布尔"`
	Fields      []eventField    `json:"fields"`
	Example     op.JSONText     `json:"example,omitempty" grade:"R1" doc:"内容的示例，JSON"`
}

type eventField struct {
	Name  string      `json:"name" grade:"R1" doc:"路径，如 diffInfo.curr.name"`
	Type  string      `json:"type" grade:"R1" doc:"如 string、list of string、object"`
	Grade scope.Grade `json:"grade" grade:"R1"`
	Doc   string      `json:"doc" grade:"R1"`
}

func (p *Platform) eventTypes(_ context.Context, who op.Caller, q *eventTypesRequest) (*eventTypesResponse, error) {
	if q.Name != "" {
		if _, err := knownEvents([]event.Name{q.Name}); err != nil {
			return nil, err
		}
	}
	families := map[string]event.Family{}
	var names []string
	for _, f := range event.Families() {
		families[f.Name] = f
		names = append(names, f.Name)
	}
	if q.Family != "" && !slices.Contains(names, q.Family) {
		return nil, apierror.ParameterInvalid.With("name", "family").Want("%v", names).Got("%s", q.Family)
	}
	r := &eventTypesResponse{List: []eventType{}}
	for _, f := range event.Facts() {
		if (q.Name == "" || q.Name == f.Name) && (q.Family == "" || q.Family == f.Family) && (q.State == "" || q.State == f.State) {
			r.List = append(r.List, eventTypeOf(&f, families[f.Family], who.Lang, p.Events.Event(f.Name)))
		}
	}
	return r, nil
}

func eventTypeOf(f *event.Fact, of event.Family, lang string, e *event.Event) eventType {
	t := eventType{Name: f.Name, Title: f.Title, Family: of.Name, FamilyTitle: of.Title, State: f.State, Silent: f.Silent, Internal: f.Internal,
		Suites: f.Suites, RowType: f.RowType, Known: f.Fields, Fields: []eventField{}}
	if lang == "en" {
		t.Title, t.FamilyTitle = f.TitleEN, of.TitleEN
	}
	if e == nil {
		return t
	}
	t.Doc, t.Scope, t.DataGrade, t.Example = e.Doc, e.Scope, e.Grade, op.JSONText(describe.EventExample(e))
	for name, field := range describe.EventFields(e) {
		t.Fields = append(t.Fields, eventField{name, describe.EventFieldType(field), field.Grade, field.Doc})
	}
	return t
}

// knownEvents refuses the first of the names that no event has, with the one that
// is nearest, and tells which are known and not emitted yet: who subscribes to
// one of those is told nothing until it is.
func knownEvents(names []event.Name) (silent []event.Name, err error) {
	silent, unknown, near := event.Check(names)
	if unknown != "" {
		return nil, apierror.EventNameUnknown.With("event", unknown, "near", near)
	}
	return silent, nil
}

// shownEvent is how an event goes over the wire, for the documentation.
func shownEvent(h event.Happened) (http, frame string, err error) {
	message, err := callback.Message(h)
	if err != nil {
		return "", "", err
	}
	frame, err = stream.EventFrame(h, "dingq3e8w0x1m5p7r2t4", "3f2a9c0d4b1e5f67889900aabbccddee")
	return string(message), frame, err
}
