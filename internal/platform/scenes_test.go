package platform_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/gatepost/gatepost/internal/app"
	"github.com/gatepost/gatepost/internal/config"
	"github.com/gatepost/gatepost/internal/directory"
	"github.com/gatepost/gatepost/internal/event"
	"github.com/gatepost/gatepost/internal/id"
	"github.com/gatepost/gatepost/internal/op"
	"github.com/gatepost/gatepost/internal/platformtest"
	"github.com/gatepost/gatepost/internal/scope"
	"github.com/gatepost/gatepost/internal/signature"
	"github.com/gatepost/gatepost/internal/store/storetest"
	"github.com/gatepost/gatepost/internal/suite"
)

// Scenes tell what the platform does, as scripts of the calls that clients and
// administrators make. Each plays on a platform of its own. Beside the commands
// of package testscript a scene has:
//
//	config NAME=VALUE         before anything else: how the platform is configured
//	empty                     a platform that nobody has set up; $setup is its code
//	corp NAME                 make a sandbox company with the administrator admin; ${NAME} is its id
//	real NAME                 the same, but no sandbox
//	dept ID PARENT NAME       make a department
//	person USER NAME DEPT…    employ somebody; ${USER_union}, ${USER_mobile}
//	in NAME                   go on in a company that was made before
//	suite NAME WAY [SCOPE…]   make a suite that is told by callback or stream; ${NAME_key}, ${NAME_secret}, ${NAME_agent}, ${NAME_app}
//	ticket NAME               ${ticket} is the suite's present ticket; signatures of it are made with that
//	emitted EVENT             show the company's last event of this name, as if it had been answered
//	app NAME [SCOPE…]         make an application; ${NAME_key}, ${NAME_secret}, ${NAME_agent}
//	appoint USER              make somebody sub-administrator, who signs in with the usual password
//	dismiss USER, boss USER   end that; make somebody boss
//	grant APP SCOPE…          grant it permission points
//	set APP KEY=VALUE…        state, grade, strict, signatures, dialects, development, ips, redirects, public, range (all, or 100,lina)
//
//	as APP                    call with the application's token
//	as APP USER [SCOPE…]      call with the person's token, who consented to just these
//	as admin [USER]           call the console as the company's administrator
//	as token TEXT, as nobody  call with this as token; with none
//	from IP                   call from this address
//	over https                call over TLS; over http: as usual
//	lang en                   prefer this language
//
//	v1 [-get|-form] PATH [JSON]   call an operation; -get and -form spell the JSON's members as text
//	v2 METHOD PATH [JSON]
//	console OPERATION [JSON]
//	refused RULE              the last call was refused by this rule
//	header NAME REGEXP        the last answer has this header; with - for REGEXP it has not
//	keep NAME FIELD           remember a field of the last answer as ${NAME}
//	redirected                the last answer sends a browser on with a code, which is kept as ${code}
//
//	signed SCHEME APP         from now on calls are signed by the application; signed off ends it
//	again                     make the last call once more, as it was sent
//
//	code APP USER [SCOPE…]    ${code} is a new in-app sign-in code
//	admincode APP USER        ${code} is a new admin-console code
//	sign APP TEXT             ${signature} is TEXT signed as for SNS calls, escaped for a query
//	now                       ${now} is the company's time in milliseconds
//	later 2h                  time passes
//	still                     from now on it passes only so
//	happened [REGEXP…]        since the last happened there were just these events: NAME OBJECT PAYLOAD
//	label                     ${label} is a label for external contacts
//	system NAME               a system that answers what is published; ${NAME} is its address
//	receiver NAME TOKEN KEY [OWNER]   a receiver of callbacks, with '' for TOKEN of webhooks; ${NAME} is its address
//	answers NAME MODE         from now on it answers so: success, 'another word', or a status
//	received NAME             wait for the next event that it is sent, and show it
//	tried N                   wait until an event was tried N times in vain, which is recorded
//	settled                   wait until nothing is left to be delivered
//	listener NAME APP [group=G] [EVENT…]  somebody who is told of events for the application; ${NAME} is the subscription
//	replies NAME ok|fail|gone what it answers from now on
//	told NAME TEXT…           it was told just this since this was asked last: "EVENT OBJECT", with " again" of a replay
//	await REGEXP OPERATION [JSON]  ask the console until the answer matches
//	document NAME FILE        ${NAME} is a file, of the scene or of testdata/apis, for use inside JSON
//
// A call that is refused fails the scene unless it is written with "!" before
// it. ${NAME} is filled in everywhere, also inside quotes. In what a scene sees,
// ids and secrets stand as ‹NAME› and tokens are numbered as they appear, so
// that the same token has the same number.
func TestScenes(t *testing.T) {
	t.Parallel()
	t.Run("sqlite", func(t *testing.T) {
		t.Parallel()
		play(t, func(testing.TB) platformtest.Option { return platformtest.WithConfig(func(*config.Config) {}) })
	})
	if os.Getenv(storetest.PostgresVariable) == "" {
		return
	}
	t.Run("postgres", func(t *testing.T) {
		t.Parallel()
		play(t, platformtest.Postgres)
	})
}

func play(t *testing.T, engine func(testing.TB) platformtest.Option) {
	testscript.Run(t, testscript.Params{Dir: "testdata/scenes", RequireUniqueNames: true, Cmds: commands(),
		UpdateScripts: os.Getenv("UPDATE_SCENES") != "",
		Setup: func(e *testscript.Env) error {
			of, ok := e.T().(testing.TB)
			if !ok {
				return fmt.Errorf("%T is no test", e.T())
			}
			e.Values[sceneKey{}] = &scene{t: of, engine: engine, token: nobody, vars: map[string]string{}, masks: map[string]string{},
				count: map[string]int{}, apps: map[string]platformtest.App{}, suites: map[string]suite.Suite{}, receivers: map[string]*receiver{}}
			return nil
		}})
}

type sceneKey struct{}

// scene is one script being played.
type scene struct {
	t       testing.TB
	engine  func(testing.TB) platformtest.Option
	options []platformtest.Option
	world   *platformtest.World // started by the first command that needs it

	corp   id.Corp
	apps   map[string]platformtest.App
	suites map[string]suite.Suite
	admin  string        // session of the company's administrator
	token  func() string // of whoever calls
	from   string
	secure bool
	lang   string

	seen      id.Event // the last event that emitted showed
	receivers map[string]*receiver

	sent   platformtest.Call                         // the last call
	signer func(platformtest.Call) platformtest.Call // nil: calls are not signed

	told *receivers // who are told of events

	last  platformtest.Answer
	vars  map[string]string
	masks map[string]string // what is shown instead of a text
	count map[string]int    // of numbered texts, by kind
}

func commands() map[string]func(ts *testscript.TestScript, neg bool, args []string) {
	table := map[string]struct {
		least int
		run   func(s *scene, ts *testscript.TestScript, args []string)
	}{
		"config": {1, (*scene).config}, "empty": {0, (*scene).empty}, "corp": {1, (*scene).sandbox}, "real": {1, (*scene).real}, "in": {1, (*scene).in}, "suite": {2, (*scene).suite}, "ticket": {1, (*scene).ticket}, "emitted": {1, (*scene).emitted}, "dept": {3, (*scene).dept},
		"person": {3, (*scene).person}, "app": {1, (*scene).app}, "grant": {2, (*scene).grant}, "set": {2, (*scene).set},
		"appoint": {1, (*scene).appoint}, "dismiss": {1, (*scene).dismiss}, "boss": {1, (*scene).boss},
		"as": {1, (*scene).as}, "from": {1, (*scene).comeFrom}, "over": {1, (*scene).over}, "lang": {1, (*scene).speak}, "refused": {1, (*scene).refused}, "header": {2, (*scene).header}, "keep": {2, (*scene).keep}, "redirected": {0, (*scene).redirected}, "signed": {1, (*scene).signed},
		"code": {2, (*scene).code}, "admincode": {2, (*scene).adminCode}, "sign": {2, (*scene).sign}, "now": {0, (*scene).now}, "later": {1, (*scene).later}, "label": {0, (*scene).label}, "still": {0, (*scene).still}, "happened": {0, (*scene).happened},
		"system": {1, (*scene).system}, "receiver": {3, (*scene).receiver}, "answers": {2, (*scene).answers}, "received": {1, (*scene).received}, "tried": {1, (*scene).tried}, "settled": {0, (*scene).settled}, "document": {2, (*scene).document},
		"listener": {2, (*scene).listener}, "replies": {2, (*scene).replies}, "told": {1, (*scene).wasTold}, "await": {2, (*scene).await},
	}
	calls := map[string]func(s *scene, ts *testscript.TestScript, args []string) platformtest.Call{"v1": (*scene).v1, "v2": (*scene).v2, "console": (*scene).console, "again": (*scene).again}
	all := map[string]func(ts *testscript.TestScript, neg bool, args []string){}
	for name, c := range table {
		all[name] = func(ts *testscript.TestScript, neg bool, args []string) {
			s := ts.Value(sceneKey{}).(*scene)
			if neg || len(args) < c.least {
				ts.Fatalf("%s: takes at least %d words and no !", name, c.least)
			}
			c.run(s, ts, s.fill(ts, args))
		}
	}
	for name, prepare := range calls {
		all[name] = func(ts *testscript.TestScript, neg bool, args []string) {
			s := ts.Value(sceneKey{}).(*scene)
			s.call(ts, neg, prepare(s, ts, s.fill(ts, args)))
		}
	}
	return all
}

var variable = regexp.MustCompile(`\$\{(\w+)\}`)

// fill replaces ${NAME} in words.
func (s *scene) fill(ts *testscript.TestScript, words []string) []string {
	filled := make([]string, len(words))
	for i, w := range words {
		filled[i] = variable.ReplaceAllStringFunc(w, func(v string) string {
			value, ok := s.vars[v[2:len(v)-1]]
			if !ok {
				ts.Fatalf("%s was never set", v)
			}
			return value
		})
	}
	return filled
}

func nobody() string { return "" }

// here is the scene's platform.
func (s *scene) here() *platformtest.World {
	if s.world == nil {
		s.world = platformtest.Start(s.t, append(s.options, s.engine(s.t))...)
	}
	return s.world
}

// let sets ${NAME}, and hides a value that differs from run to run.
func (s *scene) let(ts *testscript.TestScript, name, value string) {
	s.vars[name] = value
	ts.Setenv(name, value)
	if len(value) >= 6 && s.masks[value] == "" {
		s.masks[value] = "‹" + name + "›"
	}
}

func (s *scene) config(ts *testscript.TestScript, args []string) {
	given := map[string]string{}
	for _, pair := range args {
		name, value, _ := strings.Cut(pair, "=")
		given[name] = value
	}
	s.options = append(s.options, platformtest.WithConfig(func(c *config.Config) {
		read, err := config.Read(func(name string) (string, bool) { v, ok := given[name]; return v, ok })
		ts.Check(err)
		read.Listen, read.Data, read.Postgres, read.Volatile = c.Listen, c.Data, c.Postgres, c.Volatile
		*c = read
	}))
}

func (s *scene) empty(ts *testscript.TestScript, _ []string) {
	s.let(ts, "setup", s.here().SetupCode)
}

func (s *scene) sandbox(ts *testscript.TestScript, args []string) {
	s.corp, s.admin = s.here().Corp(args[0])
	s.let(ts, args[0], string(s.corp))
}

func (s *scene) real(ts *testscript.TestScript, args []string) {
	s.corp, s.admin = s.here().RealCorp(args[0])
	s.let(ts, args[0], string(s.corp))
}

func (s *scene) in(ts *testscript.TestScript, args []string) {
	s.corp = id.Corp(s.vars[args[0]])
	if s.corp == "" {
		ts.Fatalf("there is no company %s", args[0])
	}
	s.admin = s.here().SignIn(s.corp, "admin", platformtest.Password)
}

func (s *scene) suite(ts *testscript.TestScript, args []string) {
	var to *suite.Callback
	if args[1] == "callback" {
		to = &suite.Callback{URL: "http://192.0.2.1/cb", Token: "token123", AESKey: strings.Repeat("a", 43)}
	}
	a, made := s.here().Suite(s.corp, args[0], to, scopes(args[2:])...)
	s.apps[args[0]], s.suites[args[0]] = a, made
	s.let(ts, args[0]+"_key", string(a.Key))
	s.let(ts, args[0]+"_secret", a.Secret)
	s.let(ts, args[0]+"_agent", strconv.FormatInt(int64(a.Agent), 10))
	s.let(ts, args[0]+"_app", strconv.FormatInt(made.App, 10))
	s.let(ts, args[0]+"_id", strconv.FormatInt(made.Number, 10))
}

func (s *scene) ticket(ts *testscript.TestScript, args []string) {
	text, _ := s.here().Suites.Present(s.suites[args[0]])
	s.let(ts, "ticket", text)
}

func (s *scene) emitted(ts *testscript.TestScript, args []string) {
	list, err := s.here().Events.List(s.t.Context(), s.corp, event.Filter{Name: event.Name(args[0])}, 1)
	ts.Check(err)
	if len(list) == 0 {
		ts.Fatalf("no %s happened", args[0])
	}
	s.last = platformtest.Answer{Status: 200, Head: http.Header{}, Body: []byte(list[0].Payload)}
	fmt.Fprint(ts.Stdout(), s.shown(ts))
}

func (s *scene) dept(ts *testscript.TestScript, args []string) {
	s.here().Department(s.corp, number[id.Dept](ts, args[0]), number[id.Dept](ts, args[1]), args[2])
}

func number[T ~int64](ts *testscript.TestScript, text string) T {
	n, err := strconv.ParseInt(text, 10, 64)
	ts.Check(err)
	return T(n)
}

func (s *scene) person(ts *testscript.TestScript, args []string) {
	var depts []id.Dept
	for _, d := range args[2:] {
		depts = append(depts, number[id.Dept](ts, d))
	}
	p := s.here().Person(s.corp, id.User(args[0]), args[1], depts...)
	s.let(ts, args[0]+"_union", string(p.Union))
	s.vars[args[0]+"_mobile"] = p.Mobile // the same in every run
}

func (s *scene) app(ts *testscript.TestScript, args []string) {
	a := s.here().App(s.corp, args[0], scopes(args[1:])...)
	s.apps[args[0]] = a
	s.let(ts, args[0]+"_key", string(a.Key))
	s.let(ts, args[0]+"_secret", a.Secret)
	s.let(ts, args[0]+"_agent", strconv.FormatInt(int64(a.Agent), 10))
}

// scopes is nil for none: an application gets none, and a person who is not
// asked consents to all.
func scopes(names []string) (list []scope.Name) {
	for _, n := range names {
		list = append(list, scope.Name(n))
	}
	return list
}

func (s *scene) named(ts *testscript.TestScript, name string) platformtest.App {
	a, ok := s.apps[name]
	if !ok {
		ts.Fatalf("there is no app %s; there are %s", name, slices.Sorted(maps.Keys(s.apps)))
	}
	return a
}

func (s *scene) appoint(ts *testscript.TestScript, args []string) {
	ts.Check(s.here().Directory.SetAdmin(s.t.Context(), s.corp, id.User(args[0]), directory.LevelSub, []id.Dept{id.RootDept}))
	ts.Check(s.here().Identity.SetAccount(s.t.Context(), s.corp, id.User(args[0]), platformtest.Password, false))
}

func (s *scene) dismiss(ts *testscript.TestScript, args []string) {
	ts.Check(s.here().Directory.SetAdmin(s.t.Context(), s.corp, id.User(args[0]), directory.LevelNone, nil))
}

func (s *scene) boss(ts *testscript.TestScript, args []string) {
	_, err := s.here().Directory.UpdatePerson(s.t.Context(), s.corp, directory.PersonChange{ID: id.User(args[0]), Edit: func(p *directory.Profile) { p.Boss = true }})
	ts.Check(err)
}

func (s *scene) grant(ts *testscript.TestScript, args []string) {
	a := s.named(ts, args[0])
	ts.Check(s.here().Apps.Grant(s.t.Context(), a.Corp, a.Agent, scopes(args[1:]), "for the scene", "admin"))
}

func (s *scene) set(ts *testscript.TestScript, args []string) {
	var c app.Change
	for _, pair := range args[1:] {
		key, value, _ := strings.Cut(pair, "=")
		switch key {
		case "state":
			c.State = new(app.State(value))
		case "grade":
			c.Grade = new(scope.Grade(value))
		case "signatures":
			schemes := []app.Scheme{}
			for _, name := range list(value) {
				schemes = append(schemes, app.Scheme(name))
			}
			c.Signatures = &schemes
		case "development":
			c.Development = new(value == "true")
		case "ids":
			c.IDs = new(op.IDs(value))
		case "dialects":
			dialects := []app.Dialect{}
			for _, name := range list(value) {
				dialects = append(dialects, app.Dialect(name))
			}
			c.Dialects = &dialects
		case "redirects":
			c.RedirectURLs = new(list(value))
		case "public":
			c.Public = new(value == "true")
		case "strict":
			c.Strict = new(value == "true")
		case "ips":
			c.IPs = new(list(value))
		case "range":
			c.Range = visible(ts, value)
		default:
			ts.Fatalf("set: no %s", key)
		}
	}
	s.here().Change(s.named(ts, args[0]), c)
}

func list(text string) []string {
	return slices.DeleteFunc(strings.Split(text, ","), func(part string) bool { return part == "" })
}

func visible(ts *testscript.TestScript, text string) *op.Range {
	r := op.Range{All: text == "all"}
	for _, part := range list(text) {
		switch n, err := strconv.ParseInt(part, 10, 64); {
		case r.All:
		case err == nil:
			r.Departments = append(r.Departments, id.Dept(n))
		default:
			r.Users = append(r.Users, id.User(part))
		}
	}
	return &r
}

func (s *scene) as(ts *testscript.TestScript, args []string) {
	switch {
	case args[0] == "nobody":
		s.token = nobody
	case args[0] == "token" && len(args) == 2:
		s.token = func() string { return args[1] }
	case args[0] == "admin" && len(args) == 2:
		session := s.here().SignIn(s.corp, id.User(args[1]), platformtest.Password)
		s.token = func() string { return session }
	case args[0] == "admin":
		s.token = func() string { return s.admin }
	case len(args) == 1:
		a := s.named(ts, args[0])
		s.token = func() string { return s.here().Token(a) } // the same until it expires
	default:
		access, _ := s.here().UserToken(s.named(ts, args[0]), id.User(args[1]), scopes(args[2:])...)
		s.token = func() string { return access }
	}
}

func (s *scene) comeFrom(_ *testscript.TestScript, args []string) { s.from = args[0] }

func (s *scene) over(_ *testscript.TestScript, args []string) { s.secure = args[0] == "https" }

func (s *scene) speak(_ *testscript.TestScript, args []string) { s.lang = args[0] }

func (s *scene) v1(ts *testscript.TestScript, args []string) platformtest.Call {
	spelling := ""
	if len(args) > 0 && (args[0] == "-get" || args[0] == "-form") {
		spelling, args = args[0], args[1:]
	}
	c := platformtest.Call{Path: word(ts, args, 0), Body: optional(args, 1)}
	switch spelling {
	case "-get":
		c.Method, c.Path, c.Body = "GET", c.Path+"?"+spelled(ts, c.Body), ""
	case "-form":
		c.Type, c.Body = "application/x-www-form-urlencoded", spelled(ts, c.Body)
	}
	return c
}

// spelled is a JSON object as text in a query or form.
func spelled(ts *testscript.TestScript, object string) string {
	var members map[string]any
	if object != "" {
		ts.Check(json.Unmarshal([]byte(object), &members))
	}
	q := url.Values{}
	for name, value := range members {
		text, ok := value.(string)
		if !ok {
			b, err := json.Marshal(value)
			ts.Check(err)
			text = string(b)
		}
		q.Set(name, text)
	}
	return q.Encode()
}

func (s *scene) v2(ts *testscript.TestScript, args []string) platformtest.Call {
	return platformtest.Call{Method: word(ts, args, 0), Path: word(ts, args, 1), Body: optional(args, 2)}
}

func (s *scene) console(ts *testscript.TestScript, args []string) platformtest.Call {
	c := platformtest.Call{Path: op.ConsolePath + word(ts, args, 0), Body: optional(args, 1)}
	if c.Body == "" {
		c.Body = "{}"
	}
	return c
}

// signed has the calls to come signed.
func (s *scene) signed(ts *testscript.TestScript, args []string) {
	if args[0] == "off" {
		s.signer = nil
		return
	}
	a := s.named(ts, word(ts, args, 1))
	s.signer = func(c platformtest.Call) platformtest.Call {
		signer := s.here().Signer(a, app.Scheme(args[0]))
		signer.Ticket = s.vars["ticket"]
		return signer.Sign(c)
	}
}

// again is the last call as it was sent: it is not signed anew.
func (s *scene) again(*testscript.TestScript, []string) platformtest.Call {
	s.signer = nil
	return s.sent
}

func word(ts *testscript.TestScript, args []string, i int) string {
	if i >= len(args) {
		ts.Fatalf("too few words")
	}
	return args[i]
}

func optional(args []string, i int) string {
	if i < len(args) {
		return args[i]
	}
	return ""
}

// call makes a call and shows its answer.
func (s *scene) call(ts *testscript.TestScript, refused bool, c platformtest.Call) {
	c.Token, c.From, c.Secure = s.token(), s.from, s.secure
	if s.lang != "" {
		c.Head = map[string]string{"Accept-Language": s.lang}
	}
	if s.signer != nil {
		c = s.signer(c)
	}
	s.sent = c
	s.last = s.here().Do(c)
	s.let(ts, "request", s.last.Head.Get("X-Gatepost-Request-Id"))
	shown := s.shown(ts)
	fmt.Fprint(ts.Stdout(), shown)
	body := s.last.JSON(s.t)
	code, v1 := body["errcode"]
	if got := s.last.Status >= 300 || v1 && code != 0.0; got != refused {
		ts.Fatalf("%s %s: refused: %t, want %t:\n%s", c.Method, c.Path, got, refused, shown)
	}
}

// numbered are the members of answers that hold a text which is new each time
// and whose sameness matters.
var numbered = regexp.MustCompile(`"(access_token|accessToken|suite_access_token|suiteTicket|authCode|permanent_code|permanentCode|suiteSecret|token|refreshToken|ticket|jsapiTicket|code|appSecret|ssoSecret)":"([A-Za-z0-9_-]{32,}(?:\.[A-Za-z0-9_-]{22})?)"`)

var (
	requestIDs = regexp.MustCompile(`"(request_id|requestid)":"[^"]+"`)
	openIDs    = regexp.MustCompile(`"(openid|openId)":"[\w-]{19}iEiE"`)
	devices    = regexp.MustCompile(`"gatepost-[\w-]{19}iEiE"`)
	instants   = regexp.MustCompile(`\d{4}-\d\d-\d\d \d\d:\d\d:\d\d`)
	millis     = regexp.MustCompile(`\b1[5-9]\d{11}\b`)
)

// shown is the last answer without what differs from run to run: a line with
// the status if that says something, and the body.
func (s *scene) shown(ts *testscript.TestScript) string {
	text := string(s.last.Body)
	for _, m := range numbered.FindAllStringSubmatch(text, -1) {
		if s.masks[m[2]] != "" {
			continue
		}
		kind := strings.ToUpper(map[string]string{"access_token": "token", "accessToken": "token", "suite_access_token": "suite token", "suiteTicket": "suite ticket", "authCode": "auth code", "permanent_code": "permanent", "permanentCode": "permanent", "suiteSecret": "suite secret", "refreshToken": "refresh", "jsapiTicket": "ticket"}[m[1]])
		if kind == "" {
			kind = strings.ToUpper(m[1])
		}
		s.count[kind]++
		s.masks[m[2]] = fmt.Sprintf("‹%s %d›", kind, s.count[kind])
	}
	text = requestIDs.ReplaceAllString(text, `"$1":"‹request›"`)
	text = openIDs.ReplaceAllString(text, `"$1":"‹open›"`)
	text = devices.ReplaceAllString(text, `"‹device›"`)
	hidden := slices.SortedFunc(maps.Keys(s.masks), func(a, b string) int { return len(b) - len(a) })
	for _, value := range hidden {
		text = strings.ReplaceAll(text, value, s.masks[value])
	}
	text = instants.ReplaceAllString(text, "‹time›")
	text = millis.ReplaceAllString(text, "‹time›")
	if s.last.Head.Get("X-Gatepost-Warning") != "" {
		text = "warning: " + s.last.Head.Get("X-Gatepost-Warning") + "\n" + text
	}
	if s.last.Status != 200 {
		text = fmt.Sprintf("HTTP %d\n%s", s.last.Status, text)
	}
	return text + "\n"
}

func (s *scene) refused(ts *testscript.TestScript, args []string) {
	if rule := s.last.Rule(s.t); rule != args[0] {
		ts.Fatalf("refused by %q, want %q:\n%s", rule, args[0], s.last)
	}
}

func (s *scene) header(ts *testscript.TestScript, args []string) {
	got := s.last.Head.Values(args[0])
	if args[1] == "-" && len(got) == 0 {
		return
	}
	want, err := regexp.Compile("^(" + args[1] + ")$")
	ts.Check(err)
	if !want.MatchString(strings.Join(got, "\n")) {
		ts.Fatalf("%s is %q, want %s", args[0], got, args[1])
	}
}

func (s *scene) keep(ts *testscript.TestScript, args []string) {
	value := s.last.Text(s.t, args[1])
	if value == "" {
		ts.Fatalf("the answer has no %s: %s", args[1], s.last)
	}
	s.let(ts, args[0], value)
}

// redirected keeps the code with which the last answer sends a browser on.
func (s *scene) redirected(ts *testscript.TestScript, _ []string) {
	u, err := url.Parse(s.last.Text(s.t, "location"))
	ts.Check(err)
	q := u.Query()
	if q.Get("code") == "" || q.Get("authCode") != q.Get("code") {
		ts.Fatalf("no code: %s", s.last)
	}
	s.let(ts, "code", q.Get("code"))
}

func (s *scene) code(ts *testscript.TestScript, args []string) {
	s.let(ts, "code", s.here().Code(s.named(ts, args[0]), id.User(args[1]), scopes(args[2:])...))
}

func (s *scene) adminCode(ts *testscript.TestScript, args []string) {
	a := s.named(ts, args[0])
	held, err := s.here().Apps.ByAgent(s.t.Context(), a.Corp, a.Agent)
	ts.Check(err)
	c, err := s.here().Identity.AdminCode(s.t.Context(), held, id.User(args[1]))
	ts.Check(err)
	s.let(ts, "code", c.Text)
}

func (s *scene) sign(ts *testscript.TestScript, args []string) {
	s.let(ts, "signature", url.QueryEscape(signature.SNS(s.named(ts, args[0]).Secret, args[1])))
}

func (s *scene) now(ts *testscript.TestScript, _ []string) {
	s.vars["now"] = strconv.FormatInt(s.here().Clock.At(s.corp).UnixMilli(), 10)
	ts.Setenv("now", s.vars["now"])
}

func (s *scene) later(ts *testscript.TestScript, args []string) {
	d, err := time.ParseDuration(args[0])
	ts.Check(err)
	s.here().Later(d)
}

func (s *scene) still(_ *testscript.TestScript, _ []string) { s.here().Still() }

func (s *scene) happened(ts *testscript.TestScript, want []string) {
	list, err := s.here().Events.List(s.t.Context(), s.corp, event.Filter{After: s.seen}, 200)
	ts.Check(err)
	slices.Reverse(list)
	var got []string
	for _, h := range list {
		got, s.seen = append(got, fmt.Sprintf("%s %s %s", h.Name, h.Object, h.Payload)), h.ID
	}
	if len(got) != len(want) {
		ts.Fatalf("%d events happened:\n%s", len(got), strings.Join(got, "\n"))
	}
	for i, line := range got {
		if ok, err := regexp.MatchString(want[i], line); err != nil || !ok {
			ts.Fatalf("event %d is %s, which %s does not match: %v", i+1, line, want[i], err)
		}
	}
}

func (s *scene) label(ts *testscript.TestScript, _ []string) {
	groups, err := s.here().Directory.LabelGroups(s.t.Context(), s.corp, directory.Page{Size: 1})
	ts.Check(err)
	s.let(ts, "label", strconv.FormatInt(int64(groups[0].Labels[0].ID), 10))
}

func (s *scene) system(ts *testscript.TestScript, args []string) { s.let(ts, args[0], hrSystem(s.t)) }

func (s *scene) document(ts *testscript.TestScript, args []string) {
	b, err := os.ReadFile(ts.MkAbs(args[1]))
	if err != nil {
		b, err = os.ReadFile("testdata/apis/" + args[1])
	}
	ts.Check(err)
	text := encoded(string(b))
	s.vars[args[0]] = text[1 : len(text)-1]
}
