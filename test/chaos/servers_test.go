//go:build chaos

package chaos

import (
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"syscall"
	"testing"
	"time"
)

// process is a server of the test, in a process group of its own.
type process struct {
	cmd  *exec.Cmd
	gone chan struct{}
}

// launch starts a server whose output goes to a log, and which ends when the test does.
func launch(t *testing.T, log string, env []string, command ...string) (*process, error) {
	out, err := os.OpenFile(log, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return nil, err
	}
	defer out.Close()
	p := &process{cmd: exec.Command(command[0], command[1:]...), gone: make(chan struct{})}
	p.cmd.Dir, p.cmd.Env, p.cmd.Stdout, p.cmd.Stderr = "/", append(os.Environ(), env...), out, out
	p.cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	in, err := p.cmd.StdinPipe()
	if err != nil {
		return nil, err
	}
	if err := p.cmd.Start(); err != nil {
		return nil, err
	}
	go func() {
		_ = p.cmd.Wait() // how it ended is in its log
		_ = in.Close()
		close(p.gone)
	}()
	t.Cleanup(func() { p.end(syscall.SIGKILL) })
	return p, nil
}

// end signals the server, with SIGKILL all of its group, and waits until it is gone.
func (p *process) end(s syscall.Signal) {
	select {
	case <-p.gone:
		return
	default:
	}
	to := p.cmd.Process.Pid
	if s == syscall.SIGKILL {
		to = -to
	}
	_ = syscall.Kill(to, s) // gone meanwhile
	<-p.gone
}

func freePort(t *testing.T) int {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().(*net.TCPAddr).Port
}

// until waits until f holds, and returns how long that took.
func until(t *testing.T, what string, most time.Duration, f func() bool) time.Duration {
	t.Helper()
	for began := time.Now(); ; time.Sleep(5 * time.Millisecond) {
		if f() {
			return time.Since(began)
		}
		if time.Since(began) > most {
			t.Fatalf("after %s still not: %s", most, what)
		}
	}
}

// nodeProcess is a node, and whether it is meant to run.
type nodeProcess struct {
	t      *testing.T
	config nodeConfig
	log    string

	mu sync.Mutex
	p  *process // nil: dead
}

func (n *nodeProcess) start() {
	n.t.Helper()
	text, err := json.Marshal(n.config)
	if err != nil {
		n.t.Fatal(err)
	}
	p, err := launch(n.t, n.log, []string{nodeVariable + "=" + string(text)}, os.Args[0])
	if err != nil {
		n.t.Fatal(err)
	}
	n.mu.Lock()
	n.p = p
	n.mu.Unlock()
}

// kill ends the node at once.
func (n *nodeProcess) kill() {
	n.mu.Lock()
	p := n.p
	n.p = nil
	n.mu.Unlock()
	if p != nil {
		p.end(syscall.SIGKILL)
	}
}

func (n *nodeProcess) alive() bool {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.p != nil
}

func (n *nodeProcess) ready() bool {
	r, err := http.Get("http://" + n.config.Listen + "/ready")
	if err != nil {
		return false
	}
	_, _ = io.Copy(io.Discard, r.Body)
	return r.Body.Close() == nil
}

// postgres is a server of the test's own.
type postgres struct {
	t    *testing.T
	dir  string
	bin  string
	as   []string
	port int
	p    *process
}

func startPostgres(t *testing.T) *postgres {
	t.Helper()
	found, err := filepath.Glob("/usr/lib/postgresql/*/bin")
	if err != nil || len(found) == 0 {
		t.Skip("there is no PostgreSQL")
	}
	dir, err := os.MkdirTemp("", "gatepost-chaos-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	pg := &postgres{t: t, dir: dir, bin: found[len(found)-1], port: freePort(t)}
	if os.Geteuid() == 0 { // which PostgreSQL refuses to be
		pg.as = []string{"setpriv", "--reuid=postgres", "--regid=postgres", "--init-groups"}
		if out, err := exec.Command("chown", "postgres", dir).CombinedOutput(); err != nil {
			t.Fatalf("chown: %v: %s", err, out)
		}
	}
	command := append(append([]string{}, pg.as...), pg.bin+"/initdb", "-D", dir+"/data", "-U", "gatepost", "-A", "trust", "-E", "UTF8", "--locale=C", "--no-sync")
	cmd := exec.Command(command[0], command[1:]...)
	cmd.Dir = dir
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("initdb: %v: %s", err, out)
	}
	pg.start()
	return pg
}

func (pg *postgres) url() string {
	return fmt.Sprintf("postgres://gatepost@127.0.0.1:%d/postgres?sslmode=disable", pg.port)
}

// start starts the server with its usual durability, and waits until it answers.
func (pg *postgres) start() {
	pg.t.Helper()
	command := append(append([]string{}, pg.as...), pg.bin+"/postgres", "-D", pg.dir+"/data", "-p", fmt.Sprint(pg.port),
		"-c", "listen_addresses=127.0.0.1", "-c", "unix_socket_directories="+pg.dir, "-c", "max_connections=200", "-c", "max_wal_size=4GB")
	p, err := launch(pg.t, filepath.Join(pg.t.TempDir(), "postgres.log"), nil, command...)
	if err != nil {
		pg.t.Fatal(err)
	}
	pg.p = p
	until(pg.t, "PostgreSQL answers", 60*time.Second, func() bool {
		return exec.Command(pg.bin+"/pg_isready", "-h", "127.0.0.1", "-p", fmt.Sprint(pg.port)).Run() == nil
	})
}
