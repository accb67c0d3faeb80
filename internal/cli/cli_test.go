package cli_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/gatepost/gatepost/internal/app"
	"github.com/gatepost/gatepost/internal/channel"
	"github.com/gatepost/gatepost/internal/cli"
	"github.com/gatepost/gatepost/internal/id"
	"github.com/gatepost/gatepost/internal/platformtest"
	"github.com/gatepost/gatepost/internal/scope"
	"github.com/gatepost/gatepost/internal/store/storetest"
)

// terminal is where somebody types commands.
type terminal struct {
	t    *testing.T
	env  map[string]string
	dir  string
	home string
	in   string
}

// at is a terminal of an administrator of w.
func at(t *testing.T, w *platformtest.World) *terminal {
	t.Helper()
	return &terminal{t: t, dir: t.TempDir(), home: t.TempDir(),
		env: map[string]string{"GATEPOST_URL": w.URL, "ADMIN_USER": string(w.Demo.Admin), "ADMIN_PASSWORD": w.Demo.Password}}
}

// run runs a command and returns its exit code and what it printed.
func (c *terminal) run(args ...string) (code int, out, errs string) {
	c.t.Helper()
	var o, e bytes.Buffer
	code = cli.Run(c.t.Context(), c.process(&o, &e, args))
	return code, o.String(), e.String()
}

func (c *terminal) process(out, errs io.Writer, args []string) cli.Process {
	return cli.Process{Args: args, Env: func(n string) (string, bool) { v, ok := c.env[n]; return v, ok },
		Dir: c.dir, Home: c.home, In: strings.NewReader(c.in), Out: out, Err: errs, Now: time.Now, Version: platformtest.Version}
}

// ok runs a command that has to succeed and returns what it printed.
func (c *terminal) ok(args ...string) string {
	c.t.Helper()
	code, out, errs := c.run(args...)
	if code != 0 {
		c.t.Fatalf("gatepost %s: exit %d\n%s%s", strings.Join(args, " "), code, out, errs)
	}
	return out
}

// json runs a command with --json and returns its answer.
func (c *terminal) json(args ...string) map[string]any {
	c.t.Helper()
	out := c.ok(append(args, "--json")...)
	var answer map[string]any
	if err := json.Unmarshal([]byte(out), &answer); err != nil {
		c.t.Fatalf("gatepost %s --json: %v:\n%s", strings.Join(args, " "), err, out)
	}
	return answer
}

// fails runs a command that has to end with code and say all of these.
func (c *terminal) fails(code int, args []string, say ...string) {
	c.t.Helper()
	got, out, errs := c.run(args...)
	if got != code {
		c.t.Errorf("gatepost %s: exit %d, want %d\n%s%s", strings.Join(args, " "), got, code, out, errs)
	}
	for _, text := range say {
		if !strings.Contains(errs, text) {
			c.t.Errorf("gatepost %s does not say %q:\n%s", strings.Join(args, " "), text, errs)
		}
	}
}

func words(s string) []string { return strings.Fields(s) }

func TestApplications(t *testing.T) {
	t.Parallel()
	w := platformtest.Start(t, platformtest.WithDemo())
	c := at(t, w)

	printed := c.ok("app", "create", "crm", "--scopes", "qyapi_base")
	if !regexp.MustCompile(`^AGENT_ID=\d+\nAPP_KEY=ding\w{16}\nAPP_SECRET=[\w-]{64}\n$`).MatchString(printed) {
		t.Errorf("create prints:\n%s", printed)
	}
	made := c.json("app", "create", "erp", "--strict", "--grade", "R1")
	erp := platformtest.App{Corp: w.Demo.Corp, Secret: made["appSecret"].(string)}
	listed := c.json("app", "list", "--search", "erp")["list"].([]any)
	if len(listed) != 1 || listed[0].(map[string]any)["appKey"] != made["appKey"] || listed[0].(map[string]any)["dataGrade"] != "R1" {
		t.Errorf("list finds %v", listed)
	}
	if out := c.ok("app", "list"); !strings.Contains(out, "crm") || !strings.Contains(out, "demo") || !strings.HasPrefix(out, "AGENT ID") {
		t.Errorf("list prints:\n%s", out)
	}

	c.ok("app", "grant", string(scope.ManageAddresses), "--app", "crm", "--reason", "imports people")
	c.fails(1, words("app grant qyapi_get_membr --app crm"), "qyapi_get_member")
	c.ok("app", "revoke", string(scope.ManageAddresses), "--app", "crm")

	// An app is found by name, key and number; without a name the first one is meant.
	for _, name := range []string{"erp", made["appKey"].(string), fmt.Sprint(int64(made["agentId"].(float64)))} {
		c.ok("app", "code", "--user", "lina", "--app", name)
	}
	demo := platformtest.App{Corp: w.Demo.Corp, Agent: w.Demo.Agent, Key: w.Demo.Key, Secret: w.Demo.Secret}
	code := strings.TrimSpace(c.ok("app", "code", "--user", "lina"))
	if got := w.V1(w.Token(demo), "/topapi/v2/user/getuserinfo", `{"code":"`+code+`"}`).Text(t, "result.userid"); got != "lina" {
		t.Errorf("the code signs %q in", got)
	}
	c.fails(2, words("app code"), "--user")
	c.fails(1, words("app code --user nobody"), "nobody")
	c.fails(1, words("app code --user lina --app nothing"), "nothing", "app list")

	erp.Secret = c.json("app", "secret", "--app", "erp", "--keep-old", "0s")["appSecret"].(string)
	if erp.Secret == made["appSecret"] {
		t.Error("the new secret is the old one")
	}
	c.fails(2, words("app delete --app erp"), `--confirm "erp"`)
	c.fails(1, words("app delete --app erp --confirm Erp"), "erp")
	c.ok("app", "delete", "--app", "erp", "--confirm", "erp")
	c.fails(1, words("app code --user lina --app erp"), "erp")
	if all := c.json("scope", "list")["list"].([]any); len(all) != len(scope.All()) {
		t.Errorf("%d permission points", len(all))
	}
}

func TestExplainAndFix(t *testing.T) {
	t.Parallel()
	w := platformtest.Start(t, platformtest.WithDemo())
	c := at(t, w)
	a := w.App(w.Demo.Corp, "crm", scope.Base)
	ask := func() platformtest.Answer { return w.V1(w.Token(a), "/topapi/v2/user/get", `{"userid":"lina"}`) }
	request := ask().Text(t, "request_id")

	for _, want := range []string{"/topapi/v2/user/get", "crm", "scope.missing", "qyapi_get_member", "repair", "--fix"} {
		if out := c.ok("explain", request); !strings.Contains(out, want) {
			t.Errorf("explain does not tell %q:\n%s", want, out)
		}
	}
	d := c.json("explain", request)
	if d["rule"] != "scope.missing" || d["step"] != "permit" || d["fix"].(map[string]any)["allowed"] != true {
		t.Errorf("%v", d)
	}
	if applied := c.json("explain", request, "--fix")["applied"]; !strings.Contains(fmt.Sprint(applied), "qyapi_get_member") {
		t.Errorf("applied: %v", applied)
	}
	if rule := ask().Rule(t); rule != "" {
		t.Errorf("repaired, and refused by %s", rule)
	}
	c.fails(1, words("explain "+request+" --fix"))
	c.fails(1, words("explain 0000000000000"))
	if out := c.ok("call", "list", "--outcome", "refused"); !strings.Contains(out, "/topapi/v2/user/get") {
		t.Errorf("call list prints:\n%s", out)
	}
}

func TestClock(t *testing.T) {
	t.Parallel()
	w := platformtest.Start(t, platformtest.WithDemo())
	c := at(t, w)
	for _, step := range []struct {
		say  string
		want time.Duration
	}{{"clock", 0}, {"clock +2h", 2 * time.Hour}, {"clock -30m", 90 * time.Minute}, {"clock 12d", 12*24*time.Hour + 90*time.Minute}, {"clock reset", 0}} {
		if got := time.Duration(c.json(words(step.say)...)["offsetMs"].(float64)) * time.Millisecond; got != step.want || w.Clock.Offset(w.Demo.Corp) != step.want {
			t.Errorf("after %s it is moved by %s, want %s", step.say, got, step.want)
		}
	}
	if out := c.ok("clock", "+1h"); !strings.Contains(out, "moved by 1h0m0s") {
		t.Errorf("clock prints %s", out)
	}
	c.fails(1, words("clock soon"), "soon", "expected")
	c.fails(2, words("clock +1h +1h"))
	c.fails(2, words("clock --sooner"), "--sooner")
}

func TestCompanies(t *testing.T) {
	t.Parallel()
	w := platformtest.Start(t, platformtest.WithDemo())
	c := at(t, w)
	made := c.json("org", "create", "Branch", "--people", "20")["corpId"].(string)
	all := c.json("org", "list")["list"].([]any)
	if len(all) != 3 || all[0].(map[string]any)["people"] != 200.0 || all[2].(map[string]any)["corpId"] != made || all[2].(map[string]any)["people"] != 20.0 {
		t.Errorf("%v", all)
	}
	// The operator acts in another company for one command.
	if apps := c.json("app", "list", "--corp", made)["list"].([]any); len(apps) != 0 {
		t.Errorf("the branch has apps: %v", apps)
	}
	c.fails(1, words("app list --corp dingnowhere"), "dingnowhere")

	c.fails(2, words("org reset"), "--confirm")
	c.fails(1, []string{"org", "reset", "--confirm", "Another Co"})
	w.Person(w.Demo.Corp, "extra", "多余", 1)
	c.ok("org", "reset", "--confirm", "Demo Co")
	c.ok("org", "reset", made, "--confirm", "Branch")
	// The demonstration comes back with a suite that its customer can open, as the
	// customer comes back with its people.
	key := c.json("suites", "list")["suites"].([]any)[0].(map[string]any)["suiteKey"].(string)
	if key == string(w.Demo.Suite) {
		t.Error("the suite survived the reset")
	}
	c.ok("suites", "authorize", "--suite", key, "--corp", string(w.Demo.Customer))
	c.ok("org", "reset", string(w.Demo.Customer), "--confirm", "Demo Customer")
	all = c.json("org", "list")["list"].([]any)
	people := map[string]any{}
	for _, corp := range all {
		people[corp.(map[string]any)["name"].(string)] = corp.(map[string]any)["people"]
	}
	if people["Demo Co"] != 200.0 || people["Demo Customer"] != 20.0 || people["Branch"] != 0.0 {
		t.Errorf("after the resets: %v", people)
	}
	if s := c.json("suites", "list"); s["suites"].([]any)[0].(map[string]any)["companies"] != 0.0 {
		t.Errorf("after the customer's reset the suite is open: %v", s)
	}
	if secret := strings.TrimSpace(c.ok("org", "sso")); len(secret) != 64 {
		t.Errorf("sso prints %q", secret)
	}
}

// Whoever uses a command wrongly is told how, and scripts can tell it from a
// refusal by the exit code.
func TestUsedWrongly(t *testing.T) {
	t.Parallel()
	c := &terminal{t: t, dir: t.TempDir(), env: map[string]string{}}
	for _, line := range []string{
		"nonsense", "app nonsense", "app create", "app create a b", "app list extra", "app list --nonsense", "explain", "org reset a b",
		"up extra", "up --listen nowhere", "up --config missing.env", "move", "gen", "exec",
	} {
		c.fails(2, words(line), "gatepost: ")
	}
	c.fails(2, words("app list"), "gatepost login", "ADMIN_USER")
	c.env["GATEPOST_URL"] = "no url"
	c.fails(2, words("app list"), "GATEPOST_URL")
	if out := c.ok("--help"); !strings.Contains(out, "gatepost up --demo") {
		t.Errorf("help prints:\n%s", out)
	}
	if out := c.ok("--version"); !strings.Contains(out, platformtest.Version) {
		t.Errorf("version prints %s", out)
	}
}

// Where a signature differs, the log tells what the platform signed.
func TestExplainSignature(t *testing.T) {
	t.Parallel()
	w := platformtest.Start(t, platformtest.WithDemo())
	c := at(t, w)
	a := w.App(w.Demo.Corp, "crm", scope.Base)
	a.Secret = "another"
	answer := w.Do(w.Signer(a, app.GPHMACSHA256).Sign(platformtest.Call{Path: "/get_jsapi_ticket"}))
	if rule := answer.Rule(t); rule != "signature.invalid" {
		t.Fatalf("a wrong signature is refused by %q", rule)
	}
	call := answer.Head.Get("X-Gatepost-Request-Id")
	if out := c.ok("explain", call); !strings.Contains(out, "GP-HMAC-SHA256\n") || !strings.Contains(out, " /get_jsapi_ticket\n") {
		t.Errorf("explain prints:\n%s", out)
	}
	if got := fmt.Sprint(c.json("explain", call)["canonical"]); !strings.HasPrefix(got, "GP-HMAC-SHA256\nPOST\n/get_jsapi_ticket\n") {
		t.Errorf("canonical is %q", got)
	}
}

// What an app declares is changed by the command line, and holds for the next call.
func TestAppSettings(t *testing.T) {
	t.Parallel()
	w := platformtest.Start(t, platformtest.WithDemo())
	c := at(t, w)
	made := c.json(words("app create erp --scopes qyapi_base")...)
	erp := platformtest.App{Corp: w.Demo.Corp, Agent: id.Agent(made["agentId"].(float64)), Key: id.App(made["appKey"].(string)), Secret: made["appSecret"].(string)}
	token := w.Token(erp)
	ticket := platformtest.Call{Path: "/get_jsapi_ticket", Token: token}

	answer := w.Do(ticket)
	if rule := answer.Rule(t); rule != "app.dialect" {
		t.Fatalf("a new app calls v1: %q", rule)
	}
	if out := c.ok("explain", answer.Head.Get("X-Gatepost-Request-Id"), "--fix"); !strings.Contains(out, "v1") {
		t.Errorf("explain --fix prints:\n%s", out)
	}
	w.Do(ticket).OK(t)
	c.ok(words("app set --app erp --state disabled")...)
	if rule := w.Do(ticket).Rule(t); rule != "app.disabled" {
		t.Errorf("a disabled app's call is refused by %q", rule)
	}
	c.ok(words("app set erp --state enabled --ips 192.0.2.1 --strict --grade R1")...)
	if rule := w.Do(ticket).Rule(t); rule != "ip.refused" {
		t.Errorf("from another address it is refused by %q", rule)
	}
	c.ok("app", "set", "erp", "--ips", "", "--strict=false", "--grade", "R2")
	w.Do(ticket).OK(t)
	c.fails(1, words("app set erp --state off"), "enabled | disabled")
	c.fails(2, words("app set erp --app erp --strict"), "one of them")
	c.ok(words("app set erp --dialects v2")...)
	if rule := w.Do(ticket).Rule(t); rule != "app.dialect" {
		t.Errorf("set back to v2, v1 is %q", rule)
	}
	c.ok("app", "set", string(erp.Key), "--dialects", "v1,v2")
	w.Do(ticket).OK(t)
	c.fails(2, words("app set erp"), "--dialects")
	c.fails(1, words("app set erp --dialects v3"), "v1", "v2")
	c.fails(1, words("app set nothing --dialects v1"), "app list")

	c.ok(words("app sign --app erp --schemes gp-hmac-sha256 --development=false")...)
	if rule := w.Do(ticket).Rule(t); rule != "signature.missing" {
		t.Errorf("with a token alone: %q", rule)
	}
	ticket.Token = ""
	signed := w.Signer(erp, app.GPHMACSHA256).Sign(ticket)
	w.Do(signed).OK(t)
	if rule := w.Do(signed).Rule(t); rule != "signature.replayed" {
		t.Errorf("the same call again: %q", rule)
	}
	if rule := w.Do(w.Signer(erp, app.TOPMD5).Sign(ticket)).Rule(t); rule != "signature.undeclared" {
		t.Errorf("in another scheme: %q", rule)
	}
	other := erp
	other.Secret = "wrong"
	if a := w.Do(w.Signer(other, app.GPHMACSHA256).Sign(ticket)); a.Rule(t) != "signature.invalid" || a.Text(t, "canonical") != "" {
		t.Errorf("with another secret: %s", a)
	}
	c.ok(words("app sign --app erp --development")...)
	if a := w.Do(w.Signer(other, app.GPHMACSHA256).Sign(ticket)); !strings.HasPrefix(a.Text(t, "canonical"), "GP-HMAC-SHA256\n") {
		t.Errorf("in development: %s", a)
	}
	c.ok(words("app sign --app erp --schemes token,gp-hmac-sha256")...)
	w.V1(token, "/get_jsapi_ticket", "").OK(t)
	c.fails(2, words("app sign --app erp"), "--schemes", "--development")
	c.fails(1, words("app sign --app erp --schemes rot13"), "gp-hmac-sha256")
}

func TestRefusals(t *testing.T) {
	t.Parallel()
	w := platformtest.Start(t, platformtest.WithDemo())
	c := at(t, w)
	c.fails(1, words("app create demo"), "expected:", "found:", "request:")
	code, out, errs := c.run("app", "create", "demo", "--json")
	var refusal map[string]any
	if err := json.Unmarshal([]byte(errs), &refusal); code != 1 || out != "" || err != nil || refusal["rule"] == "" || refusal["requestid"] == "" {
		t.Errorf("exit %d, %v, out %q, err %s", code, err, out, errs)
	}
	c.env["ADMIN_PASSWORD"] = "wrong horse"
	c.fails(1, words("app list"), "password")
	c.env["LANG"] = "zh_CN.UTF-8"
	c.fails(1, words("app list"), "密码")
	c.env["GATEPOST_URL"] = "http://127.0.0.1:1"
	c.fails(1, words("app list"), "no platform answers at http://127.0.0.1:1")
}

func TestDoctor(t *testing.T) {
	t.Parallel()
	w := platformtest.Start(t, platformtest.WithDemo())
	c := at(t, w)
	for _, f := range c.json("doctor")["findings"].([]any) {
		if f := f.(map[string]any); f["ok"] != true {
			t.Errorf("%v", f)
		}
	}
	if _, out, _ := c.run("doctor"); !strings.Contains(out, channel.Fingerprint(w.Channel.Key.Public())) {
		t.Errorf("it does not tell what clients pin:\n%s", out)
	}
	c.env["ADMIN_PASSWORD"] = "wrong horse"
	if code, out, _ := c.run("doctor"); code != 1 || !strings.Contains(out, "WRONG") || !strings.Contains(out, "gatepost login") {
		t.Errorf("exit %d:\n%s", code, out)
	}
	c.env["GATEPOST_URL"] = "http://127.0.0.1:1"
	if code, out, _ := c.run("doctor"); code != 1 || !strings.Contains(out, "gatepost up") {
		t.Errorf("exit %d:\n%s", code, out)
	}
}

// Clients are told another channel key than the platform's, or none.
func TestDoctorSeesAnotherChannelKey(t *testing.T) {
	t.Parallel()
	w := platformtest.Start(t, platformtest.WithDemo())
	c := at(t, w)
	to, err := url.Parse(c.env["GATEPOST_URL"])
	if err != nil {
		t.Fatal(err)
	}
	for told, want := range map[string]string{`{"fingerprint":"another"}`: `told the key "another"`, "<html>": "does not tell the key"} {
		proxy := &httputil.ReverseProxy{Rewrite: func(r *httputil.ProxyRequest) { r.SetURL(to) }}
		between := httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
			if r.URL.Path == channel.KeyPath {
				_, _ = io.WriteString(rw, told)
				return
			}
			proxy.ServeHTTP(rw, r)
		}))
		defer between.Close()
		c.env["GATEPOST_URL"] = between.URL
		if code, out, _ := c.run("doctor"); code != 1 || !strings.Contains(out, want) {
			t.Errorf("exit %d, want %s:\n%s", code, want, out)
		}
	}
}

func TestConfiguration(t *testing.T) {
	t.Parallel()
	c := &terminal{t: t, dir: t.TempDir(), env: map[string]string{"GATEPOST_POSTGRES": "postgres://u:hunter2@h/d", "GATEPOST_CALL_LOG_DAYS": "20"}}
	printed := c.ok("config")
	if strings.Contains(printed, "hunter2") || !strings.Contains(printed, "\nGATEPOST_CALL_LOG_DAYS=20\n") {
		t.Errorf("config prints:\n%s", printed)
	}
	options := c.json("config")["options"].([]any)
	if text := fmt.Sprint(options); strings.Contains(text, "hunter2") || !strings.Contains(text, "GATEPOST_LISTEN") {
		t.Errorf("%s", text)
	}
	c.ok("config", "check")
	c.env["GATEPOST_NODE"], c.env["GATEPOST_LOG_LEVEL"] = "4096", "loud"
	c.fails(1, words("config check"), "GATEPOST_NODE", "GATEPOST_LOG_LEVEL")
	delete(c.env, "GATEPOST_NODE")
	delete(c.env, "GATEPOST_LOG_LEVEL")
	if err := os.WriteFile(filepath.Join(c.dir, "gatepost.env"), []byte("GATEPOST_LISTN=:80\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	c.fails(1, words("config check --config gatepost.env"), "line 1", "GATEPOST_LISTN")
}

// A sign-in is saved until it is ended; an end is told to the platform.
func TestProfile(t *testing.T) {
	t.Parallel()
	w := platformtest.Start(t, platformtest.WithDemo())
	c := at(t, w)
	c.in = c.env["ADMIN_USER"] + "\n" + c.env["ADMIN_PASSWORD"] + "\n"
	delete(c.env, "ADMIN_USER")
	delete(c.env, "ADMIN_PASSWORD")
	c.fails(2, words("app list"), "gatepost login")
	c.ok("login")
	delete(c.env, "GATEPOST_URL")
	c.ok("app", "list")
	c.fails(2, words("app list --corp dingother"), "--corp")
	path := filepath.Join(c.home, "profile.json")
	saved, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("the saved sign-in can be read by others: %v", info.Mode())
	}
	if strings.Contains(string(saved), w.Demo.Password) {
		t.Error("the password is saved")
	}
	c.ok("logout")
	c.fails(2, []string{"app", "list", "--url", w.URL}, "gatepost login")
	if err := os.WriteFile(path, saved, 0o600); err != nil {
		t.Fatal(err)
	}
	c.fails(1, words("app list"), "gatepost login") // the session has ended, not only its copy
	c.in = ""
	c.fails(2, []string{"login", "--url", w.URL}, "user")
}

// up starts a platform in the terminal's directory and returns when calls are
// answered. stop ends it and returns its exit code.
func (c *terminal) up(args ...string) (env map[string]string, stop func() int) {
	c.t.Helper()
	ctx, cancel := context.WithCancel(c.t.Context())
	var errs bytes.Buffer
	ended := make(chan int, 1)
	file := filepath.Join(c.dir, "gatepost-data", "demo.env")
	earlier, _ := os.Stat(file) // of an earlier start, which is no sign of this one
	began := time.Now()
	go func() {
		ended <- cli.Run(ctx, c.process(io.Discard, &errs, append([]string{"up", "--demo", "--listen", "127.0.0.1:0"}, args...)))
	}()
	for {
		if now, err := os.Stat(file); err == nil && (earlier == nil || !os.SameFile(earlier, now)) {
			b, err := os.ReadFile(file)
			if err != nil {
				c.t.Fatal(err)
			}
			env = map[string]string{}
			for line := range strings.Lines(string(b)) {
				name, value, _ := strings.Cut(strings.TrimSpace(line), "=")
				env[name] = value
			}
			break
		}
		select {
		case code := <-ended:
			c.t.Fatalf("up ended with %d:\n%s", code, errs.String())
		case <-time.After(5 * time.Millisecond):
		}
		if time.Since(began) > 15*time.Second {
			c.t.Fatal("up is not ready after 15 seconds")
		}
	}
	stopped := false
	stop = func() int {
		if stopped {
			return 0
		}
		stopped = true
		cancel()
		return <-ended
	}
	c.t.Cleanup(func() { stop() })
	return env, stop
}

// token asks the platform that env leads to for the demonstration app's token.
func token(t *testing.T, env map[string]string) string {
	t.Helper()
	body := get(t, env["GATEPOST_URL"]+"/gettoken?appkey="+env["APP_KEY"]+"&appsecret="+env["APP_SECRET"])
	text, _ := body["access_token"].(string)
	if text == "" {
		t.Fatalf("no token: %v", body)
	}
	return text
}

func get(t *testing.T, url string) map[string]any {
	t.Helper()
	resp, err := http.Get(url) //nolint:noctx // the test's own listener
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	var body map[string]any
	if err := json.NewDecoder(resp.Body).Decode(&body); err != nil {
		t.Fatal(err)
	}
	return body
}

// The demonstration starts on an empty directory, tells all that is needed in
// demo.env, and comes back as it was.
func TestUp(t *testing.T) {
	t.Parallel()
	c := &terminal{t: t, dir: t.TempDir(), env: map[string]string{}}
	env, stop := c.up()
	for _, name := range words("GATEPOST_URL CORP_ID AGENT_ID APP_KEY APP_SECRET ADMIN_USER ADMIN_PASSWORD USER_ID UNION_ID SUITE_KEY SUITE_SECRET CUSTOMER_CORP_ID") {
		if env[name] == "" {
			t.Errorf("demo.env has no %s", name)
		}
	}
	if !strings.HasPrefix(env["CORP_ID"], "dingdemo") {
		t.Errorf("the company is %s", env["CORP_ID"])
	}
	issued := token(t, env)
	// Commands in the same directory need no set-up, and a secret that was
	// rotated is the one that the next start tells.
	secret := c.json("app", "secret", "--keep-old", "0s")["appSecret"].(string)
	if code := stop(); code != 0 {
		t.Fatalf("up ended with %d", code)
	}
	first := env
	if env, stop = c.up(); env["APP_SECRET"] != secret {
		t.Errorf("demo.env tells another secret than the last one")
	}
	for _, name := range words("CORP_ID AGENT_ID APP_KEY ADMIN_USER ADMIN_PASSWORD USER_ID UNION_ID SUITE_KEY SUITE_SECRET CUSTOMER_CORP_ID") {
		if env[name] != first[name] {
			t.Errorf("%s was %s and is %s", name, first[name], env[name])
		}
	}
	if body := get(t, env["GATEPOST_URL"]+"/get_jsapi_ticket?access_token="+issued); body["errcode"] != 0.0 {
		t.Errorf("a token from before is refused: %v", body)
	}
	other := &terminal{t: t, dir: c.dir, env: map[string]string{}}
	if code, _, errs := other.run("up", "--listen", "127.0.0.1:0"); code != 1 || !strings.Contains(errs, "gatepost") {
		t.Errorf("a second platform on the same data: exit %d, %s", code, errs)
	}
	if code := stop(); code != 0 {
		t.Errorf("up ended with %d", code)
	}
}

// An empty platform says how to set it up.
func TestUpEmpty(t *testing.T) {
	t.Parallel()
	c := &terminal{t: t, dir: t.TempDir(), env: map[string]string{}}
	ctx, cancel := context.WithCancel(t.Context())
	out, in := io.Pipe()
	ended := make(chan int, 1)
	go func() {
		ended <- cli.Run(ctx, c.process(in, io.Discard, words("up --listen 127.0.0.1:0")))
		_ = in.Close()
	}()
	var said strings.Builder
	for b := make([]byte, 512); !strings.Contains(said.String(), "set-up code"); {
		n, err := out.Read(b)
		if said.Write(b[:n]); err != nil {
			t.Fatalf("it ends with %v and says:\n%s", err, said.String())
		}
	}
	go func() { _, _ = io.Copy(io.Discard, out) }()
	address := regexp.MustCompile(`http://[\d.:]+`).FindString(said.String())
	code := regexp.MustCompile(`set-up code is\s+(\w+)`).FindStringSubmatch(said.String())
	if address == "" || code == nil {
		t.Fatalf("says:\n%s", said.String())
	}
	resp, err := http.Post(address+"/console/api/setup.create", "application/json", //nolint:noctx // the test's own listener
		strings.NewReader(`{"code":"`+code[1]+`","corpName":"Acme","userId":"root","name":"管理员","password":"long enough"}`))
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		t.Errorf("the code that was printed sets nothing up: %s", resp.Status)
	}
	cancel()
	if code := <-ended; code != 0 {
		t.Errorf("up ended with %d", code)
	}
}

// What was on SQLite goes on on PostgreSQL: also tokens that were issued before.
func TestMove(t *testing.T) {
	t.Parallel()
	url := storetest.Postgres(t)
	c := &terminal{t: t, dir: t.TempDir(), env: map[string]string{}}
	env, stop := c.up()
	issued := token(t, env)
	c.fails(1, []string{"move", "--postgres", url}, "gatepost") // it runs
	stop()
	moved := c.ok("move", "--postgres", url)
	if !strings.Contains(moved, "people") || strings.Contains(moved, "false") {
		t.Errorf("move prints:\n%s", moved)
	}
	c.fails(1, []string{"move", "--postgres", url}, "gatepost") // it is not empty any more
	after, _ := c.up("--postgres", url)
	if after["CORP_ID"] != env["CORP_ID"] || after["APP_SECRET"] != env["APP_SECRET"] {
		t.Errorf("%v is now %v", env, after)
	}
	if body := get(t, after["GATEPOST_URL"]+"/get_jsapi_ticket?access_token="+issued); body["errcode"] != 0.0 {
		t.Errorf("a token from before is refused: %v", body)
	}
}

// What is generated from the catalogue is what the tree has.
func TestGeneratedFilesAreCurrent(t *testing.T) {
	t.Parallel()
	c := &terminal{t: t, dir: filepath.Join("..", ".."), env: map[string]string{}}
	c.ok("gen", "--check")
}
