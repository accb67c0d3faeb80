//go:build scale

package scale

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// process is a server of the test.
type process struct {
	name string
	cmd  *exec.Cmd
	gone chan struct{}
}

// start starts a server that ends with the test. What it prints is in
// NAME.log of dir.
func start(t *testing.T, dir, name string, env []string, command ...string) *process {
	t.Helper()
	out, err := os.OpenFile(filepath.Join(dir, name+".log"), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		t.Fatal(err)
	}
	p := &process{name: name, cmd: exec.Command(command[0], command[1:]...), gone: make(chan struct{})}
	p.cmd.Dir, p.cmd.Env, p.cmd.Stdout, p.cmd.Stderr = dir, append(os.Environ(), env...), out, out
	if err := p.cmd.Start(); err != nil {
		t.Fatalf("start %s: %v", name, err)
	}
	go func() {
		_ = p.cmd.Wait() // how it ended is told by its log
		out.Close()
		close(p.gone)
	}()
	t.Cleanup(func() { p.end(syscall.SIGKILL) })
	return p
}

// end signals the server and waits until it is gone.
func (p *process) end(s syscall.Signal) {
	select {
	case <-p.gone:
		return
	default:
	}
	_ = p.cmd.Process.Signal(s) // gone meanwhile
	<-p.gone
}

// ports are TCP ports that were free a moment ago.
func ports(t *testing.T, n int) []int {
	t.Helper()
	var list []int
	for range n {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		defer l.Close()
		list = append(list, l.Addr().(*net.TCPAddr).Port)
	}
	return list
}

// eventually waits until f succeeds.
func eventually(t *testing.T, what string, most time.Duration, f func() error) time.Duration {
	t.Helper()
	began := time.Now()
	for {
		err := f()
		if err == nil {
			return time.Since(began)
		}
		if time.Since(began) > most {
			t.Fatalf("%s: %v", what, err)
		}
		time.Sleep(10 * time.Millisecond)
	}
}

// ground is PostgreSQL and Redis, reached at host.
type ground struct {
	t                 *testing.T
	dir, host         string
	pgPort, redisPort int
	pg, redis         *process
	pgBin             string
	asPostgres        []string
}

func newGround(t *testing.T, host string) *ground {
	t.Helper()
	dir, err := os.MkdirTemp("", "gatepost-scale-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	p := ports(t, 2)
	g := &ground{t: t, dir: dir, host: host, pgPort: p[0], redisPort: p[1]}
	found, err := filepath.Glob("/usr/lib/postgresql/*/bin")
	if err != nil || len(found) == 0 {
		t.Skip("there is no PostgreSQL")
	}
	g.pgBin = found[len(found)-1]
	if os.Geteuid() == 0 { // which PostgreSQL refuses to be
		g.asPostgres = []string{"setpriv", "--reuid=postgres", "--regid=postgres", "--init-groups"}
		run(t, "chown", "postgres", dir)
	}
	run(t, append(g.asPostgres, g.pgBin+"/initdb", "-D", dir+"/data", "-U", "gatepost", "-A", "trust", "-E", "UTF8", "--locale=C", "--no-sync")...)
	allowed, err := os.OpenFile(dir+"/data/pg_hba.conf", os.O_APPEND|os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	_, err = allowed.WriteString("host all all 10.77.0.0/16 trust\n")
	if err = errors.Join(err, allowed.Close()); err != nil {
		t.Fatal(err)
	}
	g.startPostgres()
	g.startRedis()
	return g
}

func run(t *testing.T, command ...string) string {
	t.Helper()
	cmd := exec.Command(command[0], command[1:]...)
	cmd.Dir = "/"
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%s: %v\n%s", strings.Join(command, " "), err, out)
	}
	return string(out)
}

func (g *ground) startPostgres() {
	g.t.Helper()
	g.pg = start(g.t, g.dir, "postgres", nil, append(g.asPostgres, g.pgBin+"/postgres", "-D", g.dir+"/data", "-p", fmt.Sprint(g.pgPort),
		"-c", "listen_addresses=127.0.0.1"+g.also(), "-c", "unix_socket_directories="+g.dir, "-c", "max_connections=300", "-c", "fsync=off")...)
	eventually(g.t, "PostgreSQL", 30*time.Second, func() error {
		return exec.Command(g.pgBin+"/pg_isready", "-q", "-h", "127.0.0.1", "-p", fmt.Sprint(g.pgPort)).Run()
	})
}

func (g *ground) also() string {
	if g.host == "127.0.0.1" {
		return ""
	}
	return "," + g.host
}

func (g *ground) startRedis() {
	g.t.Helper()
	g.redis = start(g.t, g.dir, "redis", nil, append([]string{"redis-server", "--port", fmt.Sprint(g.redisPort), "--save", "", "--protected-mode", "no", "--bind"},
		strings.Split("127.0.0.1"+g.also(), ",")...)...)
	eventually(g.t, "Redis", 10*time.Second, func() error {
		c, err := net.Dial("tcp", fmt.Sprintf("127.0.0.1:%d", g.redisPort))
		if err == nil {
			c.Close()
		}
		return err
	})
}

// node is one process of the platform.
type node struct {
	*process
	ground *ground
	number int
	addr   string   // host:port
	within []string // the command that puts it into its network namespace
	env    []string
	data   string
}

func (n *node) url(path string) string { return "http://" + n.addr + path }

func (n *node) start() {
	command := append(n.within, binary(n.ground.t), "up", "--data", n.data, "--listen", n.addr)
	if n.number == 1 { // which makes the company and knows its administrator
		command = append(command, "--demo")
	}
	n.process = start(n.ground.t, n.ground.dir, fmt.Sprintf("node%d", n.number), n.env, command...)
}

func (n *node) ready() error {
	c := http.Client{Timeout: time.Second}
	r, err := c.Get(n.url("/readyz"))
	if err != nil {
		return err
	}
	defer r.Body.Close()
	if r.StatusCode != http.StatusOK {
		text, _ := io.ReadAll(r.Body)
		return errors.New(string(text))
	}
	return nil
}

// binary is the gatepost that is measured.
func binary(t *testing.T) string {
	t.Helper()
	path, err := filepath.Abs("../../bin/gatepost")
	if err == nil {
		_, err = os.Stat(path)
	}
	if err != nil {
		t.Skipf("build bin/gatepost first: %v", err)
	}
	return path
}

// cluster starts nodes over g. shared is whether they share a Redis.
func cluster(g *ground, count int, shared bool) []*node {
	g.t.Helper()
	key := make([]byte, 32)
	_, _ = rand.Read(key) // documented never to fail
	var nodes []*node
	for i, port := range ports(g.t, count) {
		n := &node{ground: g, number: i + 1, addr: fmt.Sprintf("127.0.0.1:%d", port), data: filepath.Join(g.dir, fmt.Sprintf("data%d", i+1))}
		n.env = []string{fmt.Sprintf("GATEPOST_POSTGRES=postgres://gatepost@%s:%d/postgres?sslmode=disable", g.host, g.pgPort),
			fmt.Sprintf("GATEPOST_NODE=%d", n.number), "GATEPOST_MASTER_KEY=" + base64.StdEncoding.EncodeToString(key), "GATEPOST_SHUTDOWN_DRAIN=1500ms"}
		if shared {
			n.env = append(n.env, fmt.Sprintf("GATEPOST_REDIS=redis://%s:%d/0", g.host, g.redisPort))
		}
		nodes = append(nodes, n)
	}
	return nodes
}

// up starts nodes one after the other, so that the first makes the company.
func up(nodes []*node) {
	for _, n := range nodes {
		n.start()
		eventually(n.ground.t, n.name, 60*time.Second, func() error {
			select {
			case <-n.gone:
				text, _ := os.ReadFile(filepath.Join(n.ground.dir, n.name+".log"))
				n.ground.t.Fatalf("%s ended:\n%s", n.name, text)
			default:
			}
			return n.ready()
		})
	}
	time.Sleep(3 * time.Second) // until all have counted each other
}

// balancer is HAProxy before the nodes. It asks for readiness five times a
// second, and repeats a call only whose connection could not be made.
func balancer(g *ground, nodes []*node) (url string) {
	g.t.Helper()
	if _, err := exec.LookPath("haproxy"); err != nil {
		g.t.Skip("there is no haproxy")
	}
	port := ports(g.t, 1)[0]
	var conf bytes.Buffer
	fmt.Fprintf(&conf, "global\n maxconn 2000\ndefaults\n mode http\n timeout connect 1s\n timeout client 30s\n timeout server 30s\n timeout check 1s\n retries 2\n option redispatch 1\n retry-on conn-failure\nfrontend f\n bind 127.0.0.1:%d\n default_backend b\nbackend b\n option httpchk GET /readyz\n default-server check inter 200ms fall 1 rise 1 observe layer4 error-limit 1 on-error mark-down\n", port)
	for _, n := range nodes {
		fmt.Fprintf(&conf, " server n%d %s\n", n.number, n.addr)
	}
	file := filepath.Join(g.dir, "haproxy.cfg")
	if err := os.WriteFile(file, conf.Bytes(), 0o644); err != nil {
		g.t.Fatal(err)
	}
	start(g.t, g.dir, "haproxy", nil, "haproxy", "-db", "-f", file)
	url = fmt.Sprintf("http://127.0.0.1:%d", port)
	eventually(g.t, "haproxy", 10*time.Second, func() error {
		r, err := http.Get(url + "/readyz")
		if err != nil {
			return err
		}
		r.Body.Close()
		if r.StatusCode != http.StatusOK {
			return errors.New(r.Status)
		}
		return nil
	})
	return url
}

// request makes a request with a body of JSON, which may be empty.
func request(ctx context.Context, method, url, body string, head ...string) (*http.Request, error) {
	r, err := http.NewRequestWithContext(ctx, method, url, strings.NewReader(body))
	if err != nil {
		return nil, err
	}
	if body != "" {
		r.Header.Set("Content-Type", "application/json")
	}
	for i := 0; i+1 < len(head); i += 2 {
		r.Header.Set(head[i], head[i+1])
	}
	return r, nil
}
