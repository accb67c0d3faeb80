package dbpush_test

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"net/http"
	"os"
	"os/exec"
	"strconv"
	"testing"
	"time"

	"github.com/gatepost/gatepost/internal/config"
	"github.com/gatepost/gatepost/internal/directory"
	"github.com/gatepost/gatepost/internal/id"
	"github.com/gatepost/gatepost/internal/platform"
	"github.com/gatepost/gatepost/internal/platformtest"
	"github.com/gatepost/gatepost/internal/scope"
)

// What tells the test binary to be a process that is killed, and how many people
// the company has.
const (
	victimDir      = "GATEPOST_DBPUSH_VICTIM_DIR"
	victimPostgres = "GATEPOST_DBPUSH_VICTIM_POSTGRES"
	victimReader   = "GATEPOST_DBPUSH_VICTIM_READER"
	peopleVariable = "GATEPOST_TEST_PEOPLE"
)

func TestMain(m *testing.M) {
	switch {
	case os.Getenv(victimReader) != "":
		var of [3]string
		err := json.Unmarshal([]byte(os.Getenv(victimReader)), &of)
		if err == nil {
			var r *reader
			if r, err = newReader(of[0], of[1], of[2]); err == nil {
				err = r.run(context.Background())
			}
		}
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	case os.Getenv(victimDir) != "":
		fmt.Fprintln(os.Stderr, serveForever())
		os.Exit(1)
	}
	os.Exit(m.Run())
}

// serveForever is a platform that prints its address.
func serveForever() error {
	ctx := context.Background()
	conf, err := config.Read()
	if err != nil {
		return err
	}
	conf.Listen, conf.Data, conf.Postgres = "127.0.0.1:0", os.Getenv(victimDir), config.Secret(os.Getenv(victimPostgres))
	p, err := platform.Open(ctx, conf, "test", time.Now, slog.New(slog.DiscardHandler))
	if err != nil {
		return err
	}
	l, address, err := p.Listen(ctx)
	if err != nil {
		return err
	}
	fmt.Println(address)
	return p.Run(ctx, l)
}

// victim is a process that ends by being killed.
type victim struct {
	cmd *exec.Cmd
	out *bufio.Scanner
}

func spawn(t *testing.T, env ...string) *victim {
	t.Helper()
	v := &victim{cmd: exec.Command(os.Args[0])}
	v.cmd.Env, v.cmd.Stderr = append(os.Environ(), env...), os.Stderr
	out, err := v.cmd.StdoutPipe()
	if err == nil {
		err = v.cmd.Start()
	}
	if err != nil {
		t.Fatal(err)
	}
	v.out = bufio.NewScanner(out)
	t.Cleanup(v.kill)
	return v
}

func (v *victim) kill() {
	_ = v.cmd.Process.Kill() // gone already, at the end of the test
	_ = v.cmd.Wait()
}

// far is a platform in a process of its own.
type far struct {
	*victim
	t   *testing.T
	url string
}

func spawnPlatform(t *testing.T, env ...string) *far {
	t.Helper()
	f := &far{victim: spawn(t, env...), t: t}
	if !f.out.Scan() {
		t.Fatal("the platform did not start")
	}
	f.url = f.out.Text()
	return f
}

// call calls an operation and returns its answer.
func (f *far) call(path, token, body string) map[string]any {
	f.t.Helper()
	r, err := http.NewRequestWithContext(f.t.Context(), http.MethodPost, f.url+path, bytes.NewReader([]byte(body)))
	if err != nil {
		f.t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("Authorization", "Bearer "+token)
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		f.t.Fatal(err)
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	var all map[string]any
	if err == nil {
		err = json.Unmarshal(text, &all)
	}
	if code, refused := all["errcode"].(float64); err != nil || answer.StatusCode != http.StatusOK || refused && code != 0 {
		f.t.Fatalf("%s %s: %s (%v)", path, body, text, err)
	}
	return all
}

func (f *far) copied(session string, agent id.Agent) (state string, looked int) {
	f.t.Helper()
	item := f.call("/console/api/database.status", session, fmt.Sprintf(`{"agentId":%d}`, agent))["sync"].(map[string]any)
	return item["state"].(string), int(item["looked"].(float64))
}

// A company is copied while the platform and the reader are killed and started
// again, and while people come, go and change: afterwards the reader has just
// what the directory has.
//
// feature: EVT-003
func TestKilledMidway(t *testing.T) {
	t.Parallel()
	people := 5000
	if more := os.Getenv(peopleVariable); more != "" {
		var err error
		if people, err = strconv.Atoi(more); err != nil {
			t.Fatal(err)
		}
	}
	eachShelf(t, func(t *testing.T, sh *shelf) {
		sh.tables().run("CREATE TABLE mirror (kind int NOT NULL, id varchar(128) NOT NULL, name varchar(200) NOT NULL, PRIMARY KEY (kind, id))" +
			map[string]string{"mysql": " CHARACTER SET utf8mb4 COLLATE utf8mb4_bin"}[sh.engine])
		var conf config.Config
		options := []platformtest.Option{platformtest.WithConfig(func(c *config.Config) { c.Data = t.TempDir() })}
		if sh.engine == "postgres" { // and the platform itself on PostgreSQL, where nodes share the work
			options = append(options, platformtest.Postgres(t))
		}
		w := platformtest.Start(t, append(options, platformtest.WithConfig(func(c *config.Config) { conf = *c }))...)
		node := []string{victimDir + "=" + conf.Data, victimPostgres + "=" + string(conf.Postgres)}
		_, operator := w.Corp("Holder")
		corp := id.Corp(w.Console(operator, "corp.create", fmt.Sprintf(`{"name":"Acme","people":%d,"userId":"boss","password":%q}`, people, platformtest.Password)).OK(t)["corpId"].(string))
		session := w.SignIn(corp, "boss", platformtest.Password)
		a := w.App(corp, "crm", scope.Member, scope.DepartmentList, scope.ManageAddresses)
		token := w.Token(a)
		want := expected(t, w, corp)
		w.Stop()

		p := spawnPlatform(t, node...)
		began := time.Now()
		p.call("/console/api/database.set", session, sh.request(a))
		read := spawn(t, victimReader+"="+sh.reads(a))
		reach := func(part int) (looked int) {
			until(t, "the copy moves", func() bool { _, looked = p.copied(session, a.Agent); return looked >= part })
			return looked
		}
		for round, part := range []int{people / 4, people / 2} {
			looked := reach(part)
			p.kill()
			read.kill()
			p = spawnPlatform(t, node...)
			if _, now := p.copied(session, a.Agent); now < looked {
				t.Errorf("it had looked at %d, and after being killed at %d", looked, now)
			}
			p.churn(token, round, people, want)
			read = spawn(t, victimReader+"="+sh.reads(a))
		}
		until(t, "the copy is done", func() bool { state, _ := p.copied(session, a.Agent); return state == "done" })
		t.Logf("%d people were copied within %s, two kills included", people, time.Since(began).Round(time.Millisecond))
		p.churn(token, 2, people, want)
		got := sh.mirror()
		for end := time.Now().Add(patience); !maps.Equal(got, want) && time.Now().Before(end); got = sh.mirror() {
			time.Sleep(50 * time.Millisecond)
		}
		differences(t, got, want)
		t.Logf("the reader had the directory after %s", time.Since(began).Round(time.Millisecond))

		changed := time.Now()
		p.call("/topapi/v2/user/update?access_token="+token, "", `{"userid":"boss","name":"新老板"}`)
		until(t, "the reader knows the new name", func() bool {
			var name string
			return sh.db.QueryRow("SELECT name FROM mirror WHERE kind = 13 AND id = 'boss'").Scan(&name) == nil && name == "新老板"
		})
		t.Logf("a change was there after %s", time.Since(changed).Round(time.Millisecond))
	})
}

// reads is what the process that reads has to know.
func (s *shelf) reads(a platformtest.App) string {
	text, err := json.Marshal([3]string{s.driver, s.dsn, fmt.Sprintf("%d_0", a.Agent)})
	if err != nil {
		s.t.Fatal(err)
	}
	return string(text)
}

// expected is what the reader is to have.
func expected(t *testing.T, w *platformtest.World, corp id.Corp) map[string]string {
	t.Helper()
	all := map[string]string{}
	for after := id.User(""); ; {
		list, err := w.Directory.EmployeesAfter(t.Context(), corp, after, 500)
		if err != nil {
			t.Fatal(err)
		}
		if len(list) == 0 {
			break
		}
		after = list[len(list)-1]
		whole, err := w.Directory.Employees(t.Context(), corp, list)
		if err != nil {
			t.Fatal(err)
		}
		for _, p := range whole {
			all["13 "+string(p.ID)] = p.Name
		}
	}
	depts, err := w.Directory.DepartmentsAfter(t.Context(), corp, 0, 10_000)
	if err != nil {
		t.Fatal(err)
	}
	for _, n := range depts {
		var d directory.Department
		if d, err = w.Directory.Department(t.Context(), corp, n); err != nil {
			t.Fatal(err)
		}
		all[fmt.Sprintf("14 %d", n)] = d.Name
	}
	return all
}

// churn renames, dismisses and employs people, and notes it in want.
func (f *far) churn(token string, round, people int, want map[string]string) {
	f.t.Helper()
	var users []string
	for name := range want {
		if name[:3] == "13 " && name != "13 boss" {
			users = append(users, name[3:])
		}
	}
	for i, user := range users[:min(len(users), 30)] { // in the order of the map, which is none
		key := "13 " + user
		switch i % 3 {
		case 0:
			want[key] = fmt.Sprintf("改名%d-%d", round, i)
			f.call("/topapi/v2/user/update?access_token="+token, "", fmt.Sprintf(`{"userid":%q,"name":%q}`, user, want[key]))
		case 1:
			delete(want, key)
			f.call("/topapi/v2/user/delete?access_token="+token, "", fmt.Sprintf(`{"userid":%q}`, user))
		default:
			fresh := fmt.Sprintf("new%d-%d", round, i)
			want["13 "+fresh] = fresh
			f.call("/topapi/v2/user/create?access_token="+token, "", fmt.Sprintf(`{"userid":%q,"name":%q,"mobile":"1770%d%06d","dept_id_list":"1"}`, fresh, fresh, round, i))
		}
	}
}

func differences(t *testing.T, got, want map[string]string) {
	t.Helper()
	n := 0
	for name, is := range want {
		if got[name] != is {
			if n++; n <= 5 {
				t.Errorf("%s is %q, and in the reader's copy %q", name, is, got[name])
			}
		}
	}
	for name, is := range got {
		if _, there := want[name]; !there {
			if n++; n <= 5 {
				t.Errorf("%s is gone, and in the reader's copy %q", name, is)
			}
		}
	}
	if n > 0 {
		t.Fatalf("%d differences among %d", n, len(want))
	}
}
