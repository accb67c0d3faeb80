package mcp_test

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"

	sdk "github.com/modelcontextprotocol/go-sdk/mcp"

	"github.com/gatepost/gatepost/internal/app"
	"github.com/gatepost/gatepost/internal/id"
	"github.com/gatepost/gatepost/internal/op"
	"github.com/gatepost/gatepost/internal/platformtest"
	"github.com/gatepost/gatepost/internal/scope"
)

const (
	readTool  = "get_v1_0_contact_users_unionId"
	readName  = "GET /v1.0/contact/users/{unionId}"
	writeTool = "post_apis_hr_v1_leave_userId"
	writeName = "POST /apis/hr/v1/leave/{userId}"
)

// company is a company with an app, a person, and something that writes.
type company struct {
	*platformtest.World
	t       *testing.T
	corp    id.Corp
	session string // the administrator's
	app     platformtest.App
	token   string   // of the administrator as a person, who can also sign in to the console
	done    []string // what the published operation was asked
	asked   []op.Caller
}

func newCompany(t *testing.T, scopes ...scope.Name) *company {
	t.Helper()
	c := &company{World: platformtest.Start(t), t: t}
	c.corp, c.session = c.Corp("acme")
	if scopes == nil {
		scopes = []scope.Name{scope.ContactUserRead, scope.ContactMobile}
	}
	c.app = c.App(c.corp, "crm", scopes...)
	c.token, _ = c.UserToken(c.app, "admin")
	c.publish("请假", "Ask for leave")
	return c
}

// publish publishes an operation that writes.
func (c *company) publish(title, titleEN string) {
	c.t.Helper()
	text := &op.Shape{Kind: op.String}
	request := &op.Shape{Kind: op.Object, Fields: []op.Field{
		{Name: "userId", In: op.InPath, Required: true, Doc: "whose", Shape: text},
		{Name: "notify", In: op.InQuery, Shape: text},
		{Name: "days", Required: true, Shape: &op.Shape{Kind: op.Integer}}}}
	o, err := op.NewForward("POST", "/apis/hr/v1/leave/{userId}", op.Spec{Title: title, TitleEN: titleEN, As: op.Person, Verb: op.Write,
		Scope: scope.ContactUserRead, Group: "hr"}, scope.W1, request, &op.Shape{Kind: op.Object}, c.leave)
	if err == nil {
		err = c.Catalogue.Publish([]op.Operation{o})
	}
	if err != nil {
		c.t.Fatal(err)
	}
}

func (c *company) leave(_ context.Context, who *op.Caller, vars op.Vars, r *op.Request) (op.Answer, error) {
	body, err := io.ReadAll(r.Reader())
	c.done = append(c.done, vars.Value("userId")+" "+r.Query+" "+string(body))
	c.asked = append(c.asked, *who)
	return op.Answer{Status: 200, Type: "application/json", Stream: func(s op.Sink) (op.Passed, error) {
		n, err := io.WriteString(s, `{"leave":7}`)
		return op.Passed{Out: int64(n)}, err
	}}, err
}

func (c *company) allow(reads bool, operations ...string) {
	c.t.Helper()
	text, _ := json.Marshal(append([]string{}, operations...))
	c.Console(c.session, "delegation.policy.set", fmt.Sprintf(`{"agentId":%d,"reads":%t,"operations":%s}`, c.app.Agent, reads, text)).OK(c.t)
}

type bearer string

func (b bearer) RoundTrip(r *http.Request) (*http.Response, error) {
	r = r.Clone(r.Context())
	r.Header.Set("Authorization", "Bearer "+string(b))
	return http.DefaultTransport.RoundTrip(r)
}

// client connects a program.
func (c *company) client(options *sdk.ClientOptions) *sdk.ClientSession {
	c.t.Helper()
	s, err := sdk.NewClient(&sdk.Implementation{Name: "Assistant", Version: "1.0"}, options).Connect(c.t.Context(),
		&sdk.StreamableClientTransport{Endpoint: c.URL + "/mcp", HTTPClient: &http.Client{Transport: bearer(c.token)}}, nil)
	if err != nil {
		c.t.Fatal(err)
	}
	c.t.Cleanup(func() { s.Close() })
	return s
}

func tools(t *testing.T, s *sdk.ClientSession) (names []string) {
	t.Helper()
	list, err := s.ListTools(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, tool := range list.Tools {
		names = append(names, tool.Name)
	}
	return names
}

func use(t *testing.T, s *sdk.ClientSession, tool string, arguments any) (text string, refused bool) {
	t.Helper()
	r, err := s.CallTool(t.Context(), &sdk.CallToolParams{Name: tool, Arguments: arguments})
	if err != nil {
		t.Fatal(err)
	}
	return r.Content[0].(*sdk.TextContent).Text, r.IsError
}

type object = map[string]any

func TestToolsAreThoseThatMayBeCalled(t *testing.T) {
	t.Parallel()
	c := newCompany(t)
	s := c.client(nil)
	if got := tools(t, s); len(got) != 0 {
		t.Errorf("nothing was allowed, and %v is listed", got)
	}
	if text, refused := use(t, s, readTool, object{"unionId": "me"}); !refused || !strings.Contains(text, "gatepost agent allow") {
		t.Errorf("called without a policy: %s", text)
	}
	c.allow(true)
	if got := tools(t, s); !slices.Equal(got, []string{readTool}) {
		t.Errorf("all that reads was allowed, and %v is listed", got)
	}
	c.allow(true, writeName)
	if got := tools(t, s); !slices.Equal(got, []string{readTool, writeTool}) {
		t.Errorf("a writing operation was allowed, and %v is listed", got)
	}
	c.allow(false, readName)
	if got := tools(t, s); !slices.Equal(got, []string{readTool}) {
		t.Errorf("one operation was allowed, and %v is listed", got)
	}
	if a := c.Console(c.session, "delegation.policy.set", fmt.Sprintf(`{"agentId":%d,"operations":["POST /topapi/v2/user/get"]}`, c.app.Agent)); a.Rule(t) != "parameter.invalid" {
		t.Errorf("an operation that no person can call was allowed: %s", a)
	}
	c.Change(c.app, app.Change{State: ptr(app.Disabled)})
	if got := tools(t, s); len(got) != 0 {
		t.Errorf("the app is disabled, and %v is listed", got)
	}
}

func ptr[T any](v T) *T { return &v }

func TestToolsSayWhatTheyAre(t *testing.T) {
	t.Parallel()
	c := newCompany(t)
	c.allow(true, writeName)
	list, err := c.client(nil).ListTools(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, tool := range list.Tools {
		schema, _ := json.Marshal(tool.InputSchema)
		writes := tool.Name == writeTool
		if a := tool.Annotations; a.ReadOnlyHint == writes || *a.DestructiveHint != writes || tool.Title == "" || tool.Description == "" {
			t.Errorf("%s: %+v", tool.Name, tool)
		}
		if want := map[bool]string{true: `"required":["userId","days"]`, false: `"required":["unionId"]`}[writes]; !strings.Contains(string(schema), want) {
			t.Errorf("%s takes %s", tool.Name, schema)
		}
	}
}

func TestReadingIsAnOrdinaryCall(t *testing.T) {
	t.Parallel()
	c := newCompany(t)
	c.allow(true)
	s := c.client(nil)
	text, refused := use(t, s, readTool, object{"unionId": "me"})
	mobile := platformtest.Mobile("admin")
	if refused || !strings.Contains(text, mobile) {
		t.Fatalf("read %s", text)
	}
	c.Change(c.app, app.Change{Grade: ptr(scope.R1)})
	if text, _ = use(t, s, readTool, object{"unionId": "me"}); strings.Contains(text, mobile) || !strings.Contains(text, "****") {
		t.Errorf("with grade R1 it read %s", text)
	}
	for name, arguments := range map[string]object{"unionId is needed": {}, "no argument days": {"unionId": "me", "days": 1}, "needed": {"unionId": ".."}} {
		if text, refused := use(t, s, readTool, arguments); !refused || !strings.Contains(text, name) {
			t.Errorf("%v: %s", arguments, text)
		}
	}
	list := c.Console(c.session, "call.list", `{"path":"/contact/users/me"}`).OK(t)["list"].([]any)
	if call := list[0].(object); call["delegate"] != "Assistant 1.0" || call["userId"] != "admin" {
		t.Errorf("recorded %v", call)
	}
	c.Console(c.session, "limit.set", `{"operation":"`+readName+`","window":"day","max":1,"agentId":`+fmt.Sprint(c.app.Agent)+`}`).OK(t)
	use(t, s, readTool, object{"unionId": "me"})
	if text, refused = use(t, s, readTool, object{"unionId": "me"}); !refused || !strings.Contains(text, "limit") {
		t.Errorf("beyond a limit it read %s", text)
	}
}

func TestMissingScopeIsToldWithItsRepair(t *testing.T) {
	t.Parallel()
	c := newCompany(t, scope.Member)
	c.allow(true)
	s := c.client(nil)
	if got := tools(t, s); len(got) != 0 {
		t.Errorf("%v is listed without its permission point", got)
	}
	text, refused := use(t, s, readTool, object{"unionId": "me"})
	if !refused || !strings.Contains(text, `"requiredScopes":["Contact.User.Read"]`) || !strings.Contains(text, "--fix") {
		t.Errorf("read %s", text)
	}
}

func TestWritingNeedsThePerson(t *testing.T) {
	t.Parallel()
	// The number has no float64 of its own.
	leave := object{"userId": "admin", "days": 9007199254740993, "notify": "a b"}
	const did = `admin notify=a+b {"days":9007199254740993}`
	for name, action := range map[string]string{"accepted": "accept", "declined": "decline", "cancelled": "cancel"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := newCompany(t)
			c.allow(false, writeName)
			var question string
			s := c.client(&sdk.ClientOptions{ElicitationHandler: func(_ context.Context, r *sdk.ElicitRequest) (*sdk.ElicitResult, error) {
				question = r.Params.Message
				return &sdk.ElicitResult{Action: action}, nil
			}})
			text, refused := use(t, s, writeTool, leave)
			if !strings.Contains(question, "请假") || !strings.Contains(question, `"days":9007199254740993`) {
				t.Errorf("the person was asked: %s", question)
			}
			if action != "accept" {
				if !refused || len(c.done) != 0 {
					t.Errorf("%s, and %v was done", text, c.done)
				}
				return
			}
			if refused || text != `{"leave":7}` || !slices.Equal(c.done, []string{did}) {
				t.Fatalf("%s; done %q", text, c.done)
			}
			if who := c.asked[0]; who.User != "admin" || who.Delegate.Name != "Assistant 1.0" || !strings.HasPrefix(who.Delegate.Confirmed, "elicitation ") {
				t.Errorf("called by %+v", who.Delegate)
			}
		})
	}
	t.Run("without elicitation", func(t *testing.T) {
		t.Parallel()
		c := newCompany(t)
		c.allow(false, writeName)
		s := c.client(nil)
		text, refused := use(t, s, writeTool, leave)
		if !refused || !strings.Contains(text, "gatepost agent approve ") || len(c.done) != 0 {
			t.Fatalf("unconfirmed: %s; done %v", text, c.done)
		}
		again, _ := use(t, s, writeTool, object{"notify": "a b", "days": 9007199254740993, "userId": "admin"})
		waiting := c.Console(c.session, "delegation.request.list", "").OK(t)["list"].([]any)
		if len(waiting) != 1 || !strings.Contains(again, waiting[0].(object)["id"].(string)) {
			t.Fatalf("the same call is two requests: %v", waiting)
		}
		asked := waiting[0].(object)["id"].(string)
		if got := waiting[0].(object)["arguments"]; got != `{"days":9007199254740993,"notify":"a b","userId":"admin"}` {
			t.Errorf("shown are %v", got)
		}
		// Another person cannot confirm it, whatever his rights.
		c.Person(c.corp, "boss", "老板", id.RootDept)
		if err := c.Identity.SetAccount(t.Context(), c.corp, "boss", platformtest.Password, true); err != nil {
			t.Fatal(err)
		}
		other := c.SignIn(c.corp, "boss", platformtest.Password)
		if a := c.Console(other, "delegation.request.decide", `{"id":"`+asked+`","approve":true}`); a.Rule(t) != "delegate.request_unknown" {
			t.Errorf("somebody else confirmed: %s", a)
		}
		c.Console(c.session, "delegation.request.decide", `{"id":"`+asked+`","approve":true}`).OK(t)
		if text, refused = use(t, s, writeTool, object{"userId": "admin", "days": 9007199254740992, "notify": "a b"}); !refused {
			t.Errorf("other arguments were done: %s", text)
		}
		if text, refused = use(t, s, writeTool, leave); refused || !slices.Equal(c.done, []string{did}) {
			t.Errorf("confirmed: %s", text)
		}
		if _, refused = use(t, s, writeTool, leave); !refused || len(c.done) != 1 {
			t.Error("one confirmation was used twice")
		}
		detail := c.Console(c.session, "call.list", `{"path":"/apis/hr","outcome":"ok"}`).OK(t)["list"].([]any)[0].(object)
		if got := c.Console(c.session, "call.get", `{"requestId":"`+detail["id"].(string)+`"}`).Text(t, "confirmed"); got != "console "+asked {
			t.Errorf("recorded as confirmed by %q", got)
		}
	})
	t.Run("rejected, and too late", func(t *testing.T) {
		t.Parallel()
		c := newCompany(t)
		c.allow(false, writeName)
		s := c.client(nil)
		ask := func() string {
			use(t, s, writeTool, leave)
			list := c.Console(c.session, "delegation.request.list", "").OK(t)["list"].([]any)
			return list[len(list)-1].(object)["id"].(string)
		}
		c.Console(c.session, "delegation.request.decide", `{"id":"`+ask()+`"}`).OK(t)
		if _, refused := use(t, s, writeTool, leave); !refused {
			t.Error("a rejected call was done")
		}
		asked := ask()
		c.Console(c.session, "delegation.request.decide", `{"id":"`+asked+`","approve":true}`).OK(t)
		c.Later(10 * 60 * 1e9)
		if _, refused := use(t, s, writeTool, leave); !refused || len(c.done) != 0 {
			t.Error("a confirmation was used after its time")
		}
	})
}

// A program that claims an answer of its person for a question that was not asked
// of this call gets nothing done.
func TestAnswersAreForTheirQuestion(t *testing.T) {
	t.Parallel()
	c := newCompany(t)
	c.allow(false, writeName)
	s := c.client(nil)
	for _, state := range []string{"", "made-up"} {
		r, err := s.CallTool(t.Context(), &sdk.CallToolParams{Name: writeTool, Arguments: object{"userId": "admin", "days": 2}, RequestState: state,
			InputResponses: sdk.InputResponseMap{"confirm": &sdk.ElicitResult{Action: "accept"}}})
		if err == nil && !r.IsError || len(c.done) != 0 {
			t.Errorf("state %q: %+v, %v; done %v", state, r, err, c.done)
		}
	}
}

func TestClientsHearOfNewTools(t *testing.T) {
	t.Parallel()
	c := newCompany(t)
	c.allow(false, writeName)
	heard := make(chan struct{}, 8)
	s := c.client(&sdk.ClientOptions{ToolListChangedHandler: func(context.Context, *sdk.ToolListChangedRequest) { heard <- struct{}{} }})
	tools(t, s)
	c.publish("休假", "Take leave")
	select {
	case <-heard:
	case <-t.Context().Done():
		t.Fatal("nobody was told")
	}
	if err := c.Catalogue.Publish(nil); err != nil {
		t.Fatal(err)
	}
	if got := tools(t, s); len(got) != 0 {
		t.Errorf("a withdrawn operation is listed: %v", got)
	}
}

func TestTheDoorIsShutWithoutAPerson(t *testing.T) {
	t.Parallel()
	c := newCompany(t)
	for name, token := range map[string]string{"nothing": "", "the app's token": c.Token(c.app), "a session": c.session, "nonsense": "abc"} {
		head := map[string]string{"Accept": "application/json, text/event-stream"}
		if token != "" {
			head["Authorization"] = "Bearer " + token
		}
		a := c.Do(platformtest.Call{Path: "/mcp", Body: `{"jsonrpc":"2.0","id":1,"method":"ping"}`, Head: head})
		if a.Status != http.StatusUnauthorized || !strings.Contains(a.Head.Get("WWW-Authenticate"), `resource_metadata="http://gatepost.test/.well-known/oauth-protected-resource/mcp"`) {
			t.Errorf("%s: %d %v", name, a.Status, a.Head)
		}
	}
	a := c.Do(platformtest.Call{Method: "GET", Path: "/.well-known/oauth-protected-resource/mcp"})
	if a.Text(t, "resource") != "http://gatepost.test/mcp" {
		t.Errorf("metadata: %s", a)
	}
}

// A session is of the person who opened it.
func TestSessionsAreOnesOwn(t *testing.T) {
	t.Parallel()
	c := newCompany(t)
	s := c.client(nil)
	if s.ID() == "" {
		t.Fatal("there is no session")
	}
	c.Person(c.corp, "wang", "王伟", id.RootDept)
	other, _ := c.UserToken(c.app, "wang")
	a := c.Do(platformtest.Call{Path: "/mcp", Body: `{"jsonrpc":"2.0","id":9,"method":"tools/list"}`, Head: map[string]string{
		"Accept": "application/json, text/event-stream", "Authorization": "Bearer " + other, "Mcp-Session-Id": s.ID()}})
	if a.Status != http.StatusForbidden {
		t.Errorf("somebody else's session answered %d %s", a.Status, a.Body)
	}
}
