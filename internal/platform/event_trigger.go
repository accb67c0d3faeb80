package platform

import (
	"bytes"
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/gatepost/gatepost/internal/apierror"
	"github.com/gatepost/gatepost/internal/event"
	"github.com/gatepost/gatepost/internal/id"
	"github.com/gatepost/gatepost/internal/op"
	"github.com/gatepost/gatepost/internal/store"
)

type eventTriggerRequest struct {
	Name    event.Name  `json:"name" required:"true" maxLen:"64" doc:"事件名，如 user_add_org"`
	Payload op.JSONText `json:"payload" maxLen:"65536" doc:"要指明的字段，一个 JSON 对象；列表可只给一个值；未给出的取自企业"`
}

type eventTriggerResponse struct {
	EventID string `json:"eventId" grade:"R1"`
	Object  string `json:"object" grade:"R1" doc:"事件归于何物，同物的事件保持顺序"`
}

func (p *Platform) eventTrigger(ctx context.Context, who op.Caller, q *eventTriggerRequest) (*eventTriggerResponse, error) {
	corp, err := p.Directory.Corp(ctx, who.Corp)
	if err != nil {
		return nil, err
	}
	if !corp.Sandbox && !corp.Demo {
		return nil, apierror.EventSandbox.Got("%s", corp.Name)
	}
	if _, err := knownEvents([]event.Name{q.Name}); err != nil {
		return nil, err
	}
	e := p.Events.Event(q.Name)
	if e == nil {
		return nil, apierror.EventUndeclared.With("event", q.Name)
	}
	payload, err := p.triggered(ctx, who.Corp, e, string(q.Payload))
	if err != nil {
		return nil, err
	}
	object, err := p.objectOf(ctx, who.Corp, payload)
	if err != nil {
		return nil, err
	}
	if err := p.Keys.Warm(ctx, who.Corp); err != nil {
		return nil, err
	}
	made, err := store.Update(ctx, p.DB, func(tx *store.Tx) (id.Event, error) {
		return p.Events.Emit(tx, who.Corp, e.Name, object, payload)
	})
	if err != nil {
		return nil, err
	}
	return &eventTriggerResponse{strconv.FormatInt(int64(made), 10), object}, nil
}

// triggered is the payload of e with what is given, and for the rest with what
// corp has.
func (p *Platform) triggered(ctx context.Context, corp id.Corp, e *event.Event, given string) (any, error) {
	members, err := givenMembers(e, given)
	if err != nil {
		return nil, err
	}
	payload, err := e.Decode("{}")
	if err != nil {
		return nil, err
	}
	if err := p.sample(ctx, corp, payload); err != nil {
		return nil, err
	}
	text, err := e.Encode(payload)
	if err != nil {
		return nil, err
	}
	var all map[string]jsontext.Value
	if err := json.Unmarshal([]byte(text), &all); err != nil {
		return nil, fmt.Errorf("a payload of %s: %w", e.Name, err)
	}
	for name, value := range members {
		all[name] = value
	}
	whole, err := json.Marshal(all)
	if err != nil {
		return nil, fmt.Errorf("a payload of %s: %w", e.Name, err)
	}
	return e.Decode(string(whole))
}

// givenMembers reads what is given of a payload and holds it to the declaration.
func givenMembers(e *event.Event, given string) (map[string]jsontext.Value, error) {
	var members map[string]jsontext.Value
	if given == "" {
		return members, nil
	}
	if err := json.Unmarshal([]byte(given), &members); err != nil {
		return nil, apierror.ParameterInvalid.With("name", "payload").Want("一个 JSON 对象").Got("%s", short(given)).Because(err)
	}
	for name, value := range members {
		i := slices.IndexFunc(e.Payload.Fields, func(f op.Field) bool { return f.Name == name })
		if i < 0 {
			return nil, apierror.ParameterInvalid.With("name", "payload."+name).Want("%s", strings.Join(fieldNames(e.Payload), " | ")).Got("%s", name)
		}
		f := &e.Payload.Fields[i]
		if f.Shape.Kind == op.List && value.Kind() != '[' {
			value = slices.Concat(jsontext.Value("["), value, jsontext.Value("]"))
			members[name] = value
		}
		if err := fits(f, f.Shape, "payload."+name, value); err != nil {
			return nil, err
		}
	}
	return members, nil
}

func fieldNames(sh *op.Shape) []string {
	names := make([]string, len(sh.Fields))
	for i := range sh.Fields {
		names[i] = sh.Fields[i].Name
	}
	return names
}

// fits refuses a value that a field at path does not take.
func fits(f *op.Field, sh *op.Shape, path string, value jsontext.Value) error {
	invalid := func() error {
		return apierror.ParameterInvalid.With("name", path).Want("%s", sh.Kind.Words()).Got("%s", short(string(value)))
	}
	switch sh.Kind {
	case op.String, op.Text:
		var s string
		if value.Kind() != '"' || json.Unmarshal(value, &s) != nil {
			return invalid()
		}
		if len(f.Enum) > 0 && !slices.Contains(f.Enum, s) {
			return apierror.ParameterInvalid.With("name", path).Want("%s", strings.Join(f.Enum, " | ")).Got("%s", short(s))
		}
	case op.Integer:
		var n int64
		if json.Unmarshal(value, &n) != nil {
			return invalid()
		}
	case op.Number, op.Boolean:
		if kind := value.Kind(); sh.Kind == op.Number && kind != '0' || sh.Kind == op.Boolean && kind != 't' && kind != 'f' {
			return invalid()
		}
	case op.List:
		var list []jsontext.Value
		if value.Kind() != '[' || json.Unmarshal(value, &list) != nil {
			return invalid()
		}
		for i, one := range list {
			if err := fits(f, sh.Elem, fmt.Sprintf("%s[%d]", path, i), one); err != nil {
				return err
			}
		}
	case op.Object:
		return fitsObject(sh, path, value, invalid)
	case op.Map: // no payload has one
		return invalid()
	}
	return nil
}

func fitsObject(sh *op.Shape, path string, value jsontext.Value, invalid func() error) error {
	var members map[string]jsontext.Value
	if value.Kind() != '{' || json.Unmarshal(value, &members) != nil {
		return invalid()
	}
	for name, one := range members {
		i := slices.IndexFunc(sh.Fields, func(f op.Field) bool { return f.Name == name })
		if i < 0 {
			return apierror.ParameterInvalid.With("name", path+"."+name).Want("%s", strings.Join(fieldNames(sh), " | ")).Got("%s", name)
		}
		if err := fits(&sh.Fields[i], sh.Fields[i].Shape, path+"."+name, one); err != nil {
			return err
		}
	}
	return nil
}

// short is the beginning of a text, for a refusal.
func short(s string) string {
	const most = 80
	if r := []rune(s); len(r) > most {
		return string(r[:most]) + "…"
	}
	return s
}

// objectOf is what an event with this payload is about: what the change would
// have ordered it by. It refuses a payload that names nothing, or no app of corp.
func (p *Platform) objectOf(ctx context.Context, corp id.Corp, payload any) (string, error) {
	kind, field, what := "corp", "", "-"
	switch t := payload.(type) {
	case *event.People:
		kind, field, what = "person:", "userId", first(t.UserID)
	case *event.PeopleModified:
		kind, field, what = "person:", "userId", first(t.UserID)
	case *event.Activated:
		kind, field, what = "person:", "userId", first(t.UserID)
	case *event.Departments:
		kind, field, what = "dept:", "deptId", first(t.DeptID)
	case *event.RoleMembers:
		kind, field, what = "role:", "labelIdList", first(t.Labels)
	case *event.Roles:
		kind, field, what = "role:", "labelIdList", first(t.Labels)
	case *event.RolesGone:
		kind, field, what = "role:", "labelIdList", first(t.Labels)
	case *event.RolesBeforeAndAfter:
		kind, field, what = "role:", "labelIdList", first(t.Labels)
	case *event.Contact:
		kind, field, what = "contact:", "userId", string(t.UserID)
	case *event.ContactGone:
		kind, field, what = "contact:", "userId", string(t.UserID)
	case *event.AppRelease:
		return p.appObject(ctx, corp, t.App)
	case *event.AppStatus:
		return p.appObject(ctx, corp, t.App)
	case *event.AppRange:
		return p.appObject(ctx, corp, t.App)
	}
	switch {
	case what == "":
		return "", apierror.ParameterInvalid.With("name", "payload."+field).Want("至少 1 个字符").Got("%q", "")
	case field == "":
		return kind, nil
	}
	return kind + what, nil
}

func (p *Platform) appObject(ctx context.Context, corp id.Corp, key string) (string, error) {
	a, err := p.Apps.ByKey(ctx, id.App(key))
	if err != nil || a.Corp != corp {
		return "", apierror.ParameterInvalid.With("name", "payload.unifiedAppId").Want("an AppKey of this platform").Got("%s", short(key)).Because(err)
	}
	return "app:" + strconv.FormatInt(int64(a.Agent), 10), nil
}

// first is the first id of a list as text; empty for an empty list.
func first[T any](list []T) string {
	if len(list) == 0 {
		return ""
	}
	return string(bytes.TrimSpace(fmt.Append(nil, list[0])))
}
