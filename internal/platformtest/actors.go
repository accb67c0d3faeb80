package platformtest

import (
	"fmt"
	"hash/fnv"

	"github.com/gatepost/gatepost/internal/app"
	"github.com/gatepost/gatepost/internal/directory"
	"github.com/gatepost/gatepost/internal/id"
	"github.com/gatepost/gatepost/internal/op"
	"github.com/gatepost/gatepost/internal/scope"
	"github.com/gatepost/gatepost/internal/suite"
)

// Password is every administrator's password in tests.
const Password = "correct horse"

// Corp makes a sandbox company whose administrator is the person admin, and
// signs the administrator in. The session may also act on the platform.
func (w *World) Corp(name string) (corp id.Corp, session string) {
	w.t.Helper()
	return w.found(directory.Corp{Name: name, Sandbox: true})
}

// RealCorp makes a company that is neither sandbox nor demonstration.
func (w *World) RealCorp(name string) (corp id.Corp, session string) {
	w.t.Helper()
	return w.found(directory.Corp{Name: name})
}

func (w *World) found(c directory.Corp) (corp id.Corp, session string) {
	w.t.Helper()
	corp = id.NewCorp()
	c.ID = corp
	w.must(w.Directory.CreateCorp(w.t.Context(), c))
	w.Person(corp, "admin", "管理员", id.RootDept)
	w.must(w.Directory.SetAdmin(w.t.Context(), corp, "admin", directory.LevelMain, nil))
	w.must(w.Identity.SetAccount(w.t.Context(), corp, "admin", Password, true))
	return corp, w.SignIn(corp, "admin", Password)
}

// SignIn opens a console session.
func (w *World) SignIn(corp id.Corp, user id.User, password string) string {
	w.t.Helper()
	body := fmt.Sprintf(`{"user":%q,"password":%q,"corpId":%q}`, user, password, corp)
	return w.Console("", "session.open", body).OK(w.t)["token"].(string)
}

// Person employs somebody. Mobile number and e-mail follow from the userid.
func (w *World) Person(corp id.Corp, user id.User, name string, depts ...id.Dept) directory.Person {
	w.t.Helper()
	n := directory.NewPerson{ID: user, Departments: depts}
	n.Name, n.Active, n.Email = name, true, string(user)+"@example.com"
	n.SetMobile(Mobile(user))
	p, err := w.Directory.CreatePerson(w.t.Context(), corp, n)
	w.must(err)
	return p
}

// Mobile is the mobile number of a person whom Person employs.
func Mobile(user id.User) string {
	h := fnv.New32a()
	_, _ = h.Write([]byte(user)) // documented never to fail
	return fmt.Sprintf("139%08d", h.Sum32()%100_000_000)
}

// Department makes a department with a number of the test's choice, so that
// tests can name it.
func (w *World) Department(corp id.Corp, n, parent id.Dept, name string) {
	w.t.Helper()
	w.must(w.Directory.Import(w.t.Context(), corp, []directory.NewDepartment{{ID: n, Parent: parent, Name: name}}, nil))
}

// App is an application that acts in a test.
type App struct {
	Corp   id.Corp
	Agent  id.Agent
	Key    id.App
	Secret string
}

// App makes an application with just these permission points, which calls in
// both dialects.
func (w *World) App(corp id.Corp, name string, scopes ...scope.Name) App {
	w.t.Helper()
	a, secret, err := w.Apps.Create(w.t.Context(), corp, app.NewApp{Name: name, Scopes: append([]scope.Name{}, scopes...), By: "admin", Dialects: app.Dialects()})
	w.must(err)
	return App{corp, a.Agent, a.Key, secret}
}

// Suite makes a suite of corp with what another company needs of it. Without a
// callback it is told by stream.
func (w *World) Suite(corp id.Corp, name string, to *suite.Callback, scopes ...scope.Name) (App, suite.Suite) {
	w.t.Helper()
	made, secret, err := w.Suites.Create(w.t.Context(), corp, suite.NewSuite{Name: name, Scopes: append([]scope.Name{}, scopes...), By: "admin", Callback: to})
	w.must(err)
	return App{corp, made.Agent, made.Key, secret}, made
}

// Opened has corp open a suite, with all that it asks for.
func (w *World) Opened(corp id.Corp, a App) suite.Authorization {
	w.t.Helper()
	made, err := w.Suites.Authorize(w.t.Context(), corp, a.Key, suite.Opening{Range: op.Everything, By: "admin"})
	w.must(err)
	return made
}

// SuiteToken asks for the suite's token as vendors do.
func (w *World) SuiteToken(a App, s suite.Suite) string {
	w.t.Helper()
	ticket, _ := w.Suites.Present(s)
	body := fmt.Sprintf(`{"suite_key":%q,"suite_secret":%q,"suite_ticket":%q}`, a.Key, a.Secret, ticket)
	return w.V1("", "/service/get_suite_token", body).OK(w.t)["suite_access_token"].(string)
}

// Change changes an application.
func (w *World) Change(a App, c app.Change) {
	w.t.Helper()
	w.must(w.Apps.Update(w.t.Context(), a.Corp, a.Agent, c))
}

// Token asks for the application's token as clients of the v1 dialect do.
func (w *World) Token(a App) string {
	w.t.Helper()
	return w.V1("", "/gettoken?appkey="+string(a.Key)+"&appsecret="+a.Secret, "").OK(w.t)["access_token"].(string)
}

// Code issues an in-app sign-in code for a person; without consent to all that
// the application has.
func (w *World) Code(a App, user id.User, consent ...scope.Name) string {
	w.t.Helper()
	held, err := w.Apps.ByAgent(w.t.Context(), a.Corp, a.Agent)
	w.must(err)
	c, err := w.Identity.LoginCode(w.t.Context(), held, user, consent)
	w.must(err)
	return c.Text
}

// UserToken signs a person in to the application and returns the person's token
// and refresh token.
func (w *World) UserToken(a App, user id.User, consent ...scope.Name) (access, refresh string) {
	w.t.Helper()
	body := fmt.Sprintf(`{"clientId":%q,"clientSecret":%q,"grantType":"authorization_code","code":%q}`, a.Key, a.Secret, w.Code(a, user, consent...))
	answer := w.V2("", "POST", "/v1.0/oauth2/userAccessToken", body).OK(w.t)
	return answer["accessToken"].(string), answer["refreshToken"].(string)
}

func (w *World) must(err error) {
	w.t.Helper()
	if err != nil {
		w.t.Fatal(err)
	}
}
