package trust

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"
)

// ways are the users and mechanisms every client is tried with.
type way struct {
	name  string
	user  int
	drive drive
}

func namespaceWays() []way {
	return []way{
		{"root, filter", 0, drive{Mode: Namespace}},
		{"root, bound ports", 0, drive{Mode: Namespace, NoFilter: true}},
		{"nobody, filter", nobody, drive{Mode: Namespace}},
	}
}

func eachWay(t *testing.T, ways []way, f func(*testing.T, *world)) {
	for _, way := range ways {
		t.Run(way.name, func(t *testing.T) {
			w := newWay(t, way)
			f(t, w)
		})
	}
}

// newWay skips where the kernel or the user we run as rules the way out.
func newWay(t *testing.T, way way) *world {
	t.Helper()
	if way.user != os.Geteuid() && os.Geteuid() != 0 {
		t.Skipf("only root can run a command as uid %d", way.user)
	}
	w := newWorld(t, way.user, way.drive)
	if way.drive.Mode != Namespace {
		return w
	}
	if r := w.run("true"); r.code == exitOurs {
		if _, err := exec.LookPath("unshare"); err == nil && w.unshareWorks() {
			t.Fatalf("unshare works, Exec does not: %s", r.errOut)
		}
		t.Skipf("the kernel refuses: %s", r.errOut)
	}
	return w
}

// unshareWorks asks another program whether namespaces are to be had at all.
func (w *world) unshareWorks() bool {
	cmd := exec.Command("unshare", "--mount", "--map-root-user", "true")
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: uint32(w.user), Gid: uint32(w.user)}}
	return cmd.Run() == nil
}

func TestNamespaceReaches(t *testing.T) {
	eachWay(t, namespaceWays(), func(t *testing.T, w *world) {
		for name, client := range clients() {
			t.Run(name, func(t *testing.T) {
				inner := *w
				inner.t = t
				client(t, &inner)
			})
		}
	})
}

func TestEnvironmentReaches(t *testing.T) {
	ways := []way{{"root", 0, drive{Mode: Environment}}, {"nobody", nobody, drive{Mode: Environment}}}
	eachWay(t, ways, func(t *testing.T, w *world) {
		for name, client := range clients() {
			t.Run(name, func(t *testing.T) {
				if name == "sockets" {
					t.Skip("programs that ignore proxy variables are out of this mode's reach")
				}
				inner := *w
				inner.t = t
				client(t, &inner)
			})
		}
	})
}

// clients are programs of all kinds that talk to DingTalk's hosts.
func clients() map[string]func(*testing.T, *world) {
	return map[string]func(*testing.T, *world){
		"curl":          curlClient,
		"curl in sh":    grandchildClient,
		"node https":    nodeHTTPS,
		"node fetch":    nodeFetch,
		"node upgrade":  nodeUpgrade,
		"node ws":       nodeWS,
		"node worker":   nodeWorker,
		"static go":     goClient,
		"python urllib": pythonClient,
		"sockets":       socketClient,
		"java":          javaClient,
		"local server":  localServer,
	}
}

func curlClient(t *testing.T, w *world) {
	need(t, "curl")
	w.wants(answer("https", "oapi.dingtalk.com", "/gettoken?appkey=a%20b;c"),
		"curl", "-sS", "https://oapi.dingtalk.com/gettoken?appkey=a%20b;c")
	w.wants(answer("http", "oapi.dingtalk.com", "/"), "curl", "-sS", "http://oapi.dingtalk.com/")
	w.wants("2", "curl", "-sS", "-o", "/dev/null", "-w", "%{http_version}", "https://api.dingtalk.io/")
}

func grandchildClient(t *testing.T, w *world) {
	need(t, "curl")
	w.wants(answer("https", "api.dingtalk.com", "/x")+"|",
		"sh", "-c", "sh -c 'curl -sS https://api.dingtalk.com/x; echo \\|' | cat")
}

func nodeHTTPS(t *testing.T, w *world) {
	need(t, "node")
	script := w.file("https.js", `
require('https').get('https://api.dingtalk.com/v1.0/x?y=1', (r) => {
  let s = ''; r.on('data', (d) => s += d); r.on('end', () => console.log(s));
});`)
	w.wants(answer("https", "api.dingtalk.com", "/v1.0/x?y=1"), "node", script)
}

func nodeFetch(t *testing.T, w *world) {
	need(t, "node")
	script := w.file("fetch.mjs", `console.log(await (await fetch('https://login.dingtalk.com/oauth2')).text());`)
	w.wants(answer("https", "login.dingtalk.com", "/oauth2"), "node", script)
}

// nodeUpgrade speaks WebSocket by hand, over a name looked up beforehand.
func nodeUpgrade(t *testing.T, w *world) {
	need(t, "node")
	script := w.file("upgrade.js", `
const host = 'wss-open-connection.dingtalk.com';
require('dns').lookup(host, (err, address) => {
  const s = require('tls').connect({ host: address, port: 443, servername: host }, () => s.write(
    'GET /connect HTTP/1.1\r\nHost: ' + host + '\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n' +
    'Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n'));
  let text = '';
  s.on('data', (d) => {
    text += d.toString('latin1');
    const m = /^HTTP\/1.1 101 [^]*s3pPLMBiTxaQ9kYGzzhZRbK\+xOo=[^]*(hello .*)$/.exec(text);
    if (m) { console.log(m[1]); s.destroy(); }
  });
});`)
	w.wants("hello wss-open-connection.dingtalk.com", "node", script)
}

func nodeWS(t *testing.T, w *world) {
	npm := need(t, "npm")
	if testing.Short() {
		t.Skip("downloads ws")
	}
	out, err := exec.CommandContext(t.Context(), npm, "install", "--prefix", w.dir, "--no-audit", "--no-fund",
		"--prefer-offline", "--fetch-retries=0", "--fetch-timeout=20000", "ws@8").CombinedOutput()
	if err != nil {
		t.Skipf("npm cannot install ws: %v\n%s", err, out)
	}
	script := w.file("ws.js", fmt.Sprintf(`
const WebSocket = require(%q);
const s = new WebSocket('wss://wss-open-connection-union.dingtalk.com/connect');
s.on('message', (m) => { console.log(String(m)); s.terminate(); });`, filepath.Join(w.dir, "node_modules", "ws")))
	w.wants("hello wss-open-connection-union.dingtalk.com", "node", script)
}

func nodeWorker(t *testing.T, w *world) {
	need(t, "node")
	script := w.file("worker.js", `
const { Worker } = require('worker_threads');
new Worker("fetch('https://oapi.dingtalk.io/w').then((r) => r.text()).then(console.log)", { eval: true });`)
	w.wants(answer("https", "oapi.dingtalk.io", "/w"), "node", script)
}

func goClient(t *testing.T, w *world) {
	program := buildGo(t, w, `package main

import (
	"fmt"
	"io"
	"net/http"
	"os"
)

func main() {
	r, err := http.Get(os.Args[1])
	if err != nil {
		fmt.Println(err)
		os.Exit(1)
	}
	io.Copy(os.Stdout, r.Body)
}
`)
	w.wants(answer("https", "account.dingtalk.com", "/go"), program, "https://account.dingtalk.com/go")
}

func buildGo(t *testing.T, w *world, source string) string {
	t.Helper()
	tool := need(t, "go")
	program := filepath.Join(w.dir, "client")
	cmd := exec.CommandContext(t.Context(), tool, "build", "-o", program, w.file("client.go", source))
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	check(t, os.Chmod(program, 0o755))
	return program
}

func pythonClient(t *testing.T, w *world) {
	need(t, "python3")
	w.wants(answer("https", "oa.dingtalk.com", "/py"), "python3", "-c",
		"import urllib.request as u; print(u.urlopen('https://oa.dingtalk.com/py').read().decode())")
}

// socketClient connects in all the ways connect(2) has.
func socketClient(t *testing.T, w *world) {
	need(t, "python3")
	script := w.file("sockets.py", `
import errno, os, select, socket, threading
address = socket.gethostbyname('oapi.dingtalk.com')
assert address.startswith('127.'), address
ask = b'GET / HTTP/1.0\r\nHost: oapi.dingtalk.com\r\n\r\n'

def talk(s):
    s.sendall(ask)
    text = b''
    while True:
        more = s.recv(4096)
        if not more: break
        text += more
    assert b'GET http://oapi.dingtalk.com/' in text, text

s = socket.socket(); s.connect((address, 80)); talk(s)

s = socket.socket(); s.setblocking(False)
code = s.connect_ex((address, 80))
assert code in (0, errno.EINPROGRESS), code
select.select([], [s], [], 10)
assert s.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR) == 0
s.setblocking(True); talk(s)

s = socket.socket(socket.AF_INET6); s.connect(('::ffff:' + address, 80)); talk(s)

def in_thread():
    s = socket.socket(); s.connect((address, 80)); talk(s)
threads = [threading.Thread(target=in_thread) for _ in range(20)]
[t.start() for t in threads]; [t.join() for t in threads]

# What is not for us goes to the kernel: other ports, UDP, bad addresses, unix sockets.
assert socket.socket().connect_ex((address, 81)) == errno.ECONNREFUSED
socket.socket(socket.AF_INET, socket.SOCK_DGRAM).connect((address, 443))
assert socket.socket(socket.AF_UNIX).connect_ex('/nonexistent') == errno.ENOENT
a = socket.socket(); a.bind(('127.0.0.1', 0)); a.listen()
socket.socket().connect(a.getsockname())
import ctypes
libc = ctypes.CDLL(None, use_errno=True)
assert libc.connect(s.fileno(), ctypes.c_void_p(8), 16) == -1 and ctypes.get_errno() == errno.EFAULT
assert libc.connect(999, ctypes.create_string_buffer(16), 16) == -1 and ctypes.get_errno() == errno.EBADF
print('ok')
`)
	w.wants("ok", "python3", script)
}

func javaClient(t *testing.T, w *world) {
	need(t, "java")
	if out, err := exec.Command("java", "--list-modules").Output(); err != nil || !strings.Contains(string(out), "jdk.compiler") {
		t.Skip("this java cannot compile")
	}
	source := w.file("Client.java", `
import java.io.*;
import java.net.*;
public class Client {
	public static void main(String[] args) throws Exception {
		try (InputStream in = new URL(args[0]).openStream()) {
			in.transferTo(System.out);
		}
	}
}`)
	w.wants(answer("https", "open-dev.dingtalk.com", "/j"), "java", source, "https://open-dev.dingtalk.com/j")
}

func localServer(t *testing.T, w *world) {
	need(t, "curl")
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { _, _ = fmt.Fprint(w, "local ", r.Host) }))
	defer server.Close()
	w.wants("local "+server.Listener.Addr().String(), "curl", "-sS", server.URL)
}

// TestCommandIsUndisturbed compares what a command sees of itself with and
// without Exec.
func TestCommandIsUndisturbed(t *testing.T) {
	const look = `id -u; id -g; pwd; umask; grep -E '^(Cap(Inh|Prm|Eff|Amb)|NoNewPrivs|Sig(Blk|Ign|Cgt)|Uid|Gid)' /proc/self/status; ulimit -n; ls -l /proc/self/fd | grep -c .; cat <&3`
	eachWay(t, namespaceWays(), func(t *testing.T, w *world) {
		see := func(cmd *exec.Cmd) result {
			third, err := os.Open(w.file("third", "descriptor 3"))
			check(t, err)
			defer third.Close()
			cmd.ExtraFiles = []*os.File{third}
			return finish(t, cmd)
		}
		under := w.command("sh", "-c", look)
		plain := exec.Command("sh", "-c", look)
		plain.Dir, plain.Env, plain.SysProcAttr = under.Dir, under.Env, under.SysProcAttr
		if want, got := see(plain), see(under); got != want {
			t.Errorf("under Exec the command sees\n%+v\nwithout it\n%+v", got, want)
		}
	})
}

func TestInputAndOutputAreInherited(t *testing.T) {
	eachWay(t, namespaceWays(), func(t *testing.T, w *world) {
		cmd := w.command("sh", "-c", "readlink /proc/$$/fd/0")
		in, err := os.Open(w.file("input", ""))
		check(t, err)
		defer in.Close()
		cmd.Stdin = in
		if r := finish(t, cmd); r.out != in.Name() {
			t.Errorf("stdin is %q, want %q; %s", r.out, in.Name(), r.errOut)
		}
	})
}

func TestExitCodes(t *testing.T) {
	ways := append(namespaceWays(), way{"root, environment", 0, drive{Mode: Environment}})
	eachWay(t, ways, func(t *testing.T, w *world) {
		broken := w.file("broken", "not a program")
		check(t, os.Chmod(broken, 0o755))
		for _, c := range []struct {
			code int
			args []string
		}{
			{0, []string{"true"}},
			{7, []string{"sh", "-c", "exit 7"}},
			{128 + 9, []string{"sh", "-c", "kill -KILL $$"}},
			{128 + 15, []string{"sh", "-c", "kill -TERM $$"}},
			{127, []string{"no-such-command"}},
			{127, []string{"./no-such-file"}},
			{126, []string{broken}},
			{126, []string{"/etc/hosts"}},
		} {
			if r := w.run(c.args...); r.code != c.code {
				t.Errorf("%q: exit code %d, want %d; %s", c.args, r.code, c.code, r.errOut)
			}
		}
	})
}

func TestSignals(t *testing.T) {
	eachWay(t, namespaceWays(), func(t *testing.T, w *world) {
		for _, c := range []struct {
			signal syscall.Signal
			group  bool // as from a terminal
			out    string
			code   int
		}{
			{syscall.SIGTERM, false, "ready\nterm", 3},
			{syscall.SIGHUP, false, "ready\nhup", 5},
			{syscall.SIGINT, true, "ready\nint", 4},
		} {
			cmd := w.command("sh", "-c", `trap 'echo term; exit 3' TERM; trap 'echo int; exit 4' INT; trap 'echo hup; exit 5' HUP
				echo ready; for i in 1 2 3 4 5 6 7 8 9 10; do sleep 1 & wait $!; done`)
			if cmd.SysProcAttr == nil {
				cmd.SysProcAttr = &syscall.SysProcAttr{}
			}
			cmd.SysProcAttr.Setpgid = true
			out, err := cmd.StdoutPipe()
			check(t, err)
			check(t, cmd.Start())
			text := readUntil(t, out, "ready\n")
			target := cmd.Process.Pid
			if c.group {
				target = -target
			}
			check(t, syscall.Kill(target, c.signal))
			text += readUntil(t, out, "")
			_ = cmd.Wait()
			if code := exitStatus(cmd.ProcessState); strings.TrimSpace(text) != c.out || code != c.code {
				t.Errorf("%v: %q and exit code %d, want %q and %d", c.signal, text, code, c.out, c.code)
			}
		}
	})
}

// readUntil reads until the text ends in something, or to the end if that is
// empty.
func readUntil(t *testing.T, r interface{ Read([]byte) (int, error) }, end string) string {
	t.Helper()
	var text []byte
	for one := make([]byte, 1); ; {
		n, err := r.Read(one)
		text = append(text, one[:n]...)
		if err != nil || end != "" && strings.HasSuffix(string(text), end) {
			return string(text)
		}
	}
}

func TestNothingIsLeft(t *testing.T) {
	eachWay(t, namespaceWays(), func(t *testing.T, w *world) {
		before, err := os.ReadFile("/etc/hosts")
		check(t, err)
		bundle := systemBundle()
		w.wants("10", "sh", "-c", "grep -c dingtalk /etc/hosts")
		after, err := os.ReadFile("/etc/hosts")
		check(t, err)
		if string(before) != string(after) || string(bundle) != string(systemBundle()) {
			t.Error("the system's files changed")
		}
		left, err := os.ReadDir(filepath.Join(w.dir, "tmp"))
		check(t, err)
		if len(left) > 0 {
			t.Errorf("left behind: %v", left)
		}
	})
}

func TestCommandEndsWhenWeAreKilled(t *testing.T) {
	eachWay(t, namespaceWays(), func(t *testing.T, w *world) {
		cmd := w.command("sh", "-c", "echo $$; exec sleep 60")
		out, err := cmd.StdoutPipe()
		check(t, err)
		check(t, cmd.Start())
		pid := strings.TrimSpace(readUntil(t, out, "\n"))
		check(t, cmd.Process.Kill())
		_ = cmd.Wait()
		for deadline := time.Now().Add(10 * time.Second); ; time.Sleep(10 * time.Millisecond) {
			status, err := os.ReadFile("/proc/" + pid + "/status")
			if err != nil || strings.Contains(string(status), "State:\tZ") {
				return
			}
			if time.Now().After(deadline) {
				t.Fatalf("the command lives on:\n%s", status)
			}
		}
	})
}

// TestNestedFallsBack runs Exec inside Exec: a process can have one supervisor
// only, so the inner one has to bind the ports.
func TestNestedFallsBack(t *testing.T) {
	need(t, "curl")
	w := newWay(t, namespaceWays()[0])
	inner := w.command("curl", "-sS", "https://oapi.dingtalk.com/nested")
	w.wants(answer("https", "oapi.dingtalk.com", "/nested"), inner.Args...)
}

// TestNoPortsToBind: without the filter an ordinary user is told what is
// missing, and in auto mode falls back on the environment.
func TestNoPortsToBind(t *testing.T) {
	way := namespaceWays()[2]
	newWay(t, way) // skips where there are no namespaces
	way.drive.NoFilter = true
	w := newWorld(t, way.user, way.drive)
	if !unprivilegedPortsStartAbove443(t) {
		t.Skip("ordinary users may bind port 443 here")
	}
	r := w.run("true")
	if r.code != exitOurs || !strings.Contains(r.errOut, "setcap") || !strings.Contains(r.errOut, "seccomp") {
		t.Errorf("exit code %d, %s", r.code, r.errOut)
	}
	need(t, "curl")
	w.drive.Mode = Auto
	r = w.run("curl", "-sS", "https://oapi.dingtalk.com/")
	if r.out != answer("https", "oapi.dingtalk.com", "/") || !strings.Contains(r.errOut, "Falling back") {
		t.Errorf("%+v", r)
	}
}

func unprivilegedPortsStartAbove443(t *testing.T) bool {
	text, err := os.ReadFile("/proc/sys/net/ipv4/ip_unprivileged_port_start")
	check(t, err)
	var start int
	_, err = fmt.Sscan(string(text), &start)
	check(t, err)
	return start > 443
}

// TestProgramWithCapabilities: a gatepost that setcap allowed to bind port 443
// can still run a command for an ordinary user.
func TestProgramWithCapabilities(t *testing.T) {
	setcap := need(t, "setcap")
	need(t, "curl")
	w := newWay(t, namespaceWays()[2])
	if out, err := exec.Command(setcap, "cap_net_bind_service=+ep", w.binary()).CombinedOutput(); err != nil {
		t.Skipf("setcap: %v: %s", err, out)
	}
	w.wants(answer("https", "oapi.dingtalk.com", "/"), "curl", "-sS", "https://oapi.dingtalk.com/")
}

// TestListenTLSRefused runs itself as an ordinary user.
func TestListenTLSRefused(t *testing.T) {
	if !unprivilegedPortsStartAbove443(t) {
		t.Skip("ordinary users may bind port 443 here")
	}
	if os.Geteuid() == 0 {
		w := newWorld(t, nobody, drive{})
		cmd := exec.Command(w.binary(), "-test.run=^TestListenTLSRefused$", "-test.v")
		cmd.Dir, cmd.Env = w.dir, append(cleanEnv(), "TMPDIR="+filepath.Join(w.dir, "tmp"))
		cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: nobody, Gid: nobody}}
		if r := finish(t, cmd); r.code != 0 || !strings.Contains(r.out, "--- PASS: TestListenTLSRefused") {
			t.Errorf("as nobody: %s %s", r.out, r.errOut)
		}
		return
	}
	_, err := ListenTLS("127.0.0.1:443", testCA(t, t.TempDir()))
	if !errors.Is(err, syscall.EACCES) || !strings.Contains(err.Error(), "setcap") || !strings.Contains(err.Error(), "ip_unprivileged_port_start") {
		t.Errorf("got %v", err)
	}
}

// TestContextEndsTheCommand also holds that Exec leaves its arguments alone.
func TestContextEndsTheCommand(t *testing.T) {
	for _, mode := range []Mode{Namespace, Environment} {
		newWay(t, way{"", os.Geteuid(), drive{Mode: mode}})
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		started := filepath.Join(t.TempDir(), "started")
		go func() { // not by a time limit: on a busy machine the command may take a second to start
			for ctx.Err() == nil {
				if _, err := os.Stat(started); err == nil {
					cancel()
				}
				time.Sleep(10 * time.Millisecond)
			}
		}()
		env := append(os.Environ(), "NO_PROXY=x", "NODE_OPTIONS=")
		before := slices.Clone(env)
		code, err := Exec(ctx, ExecOptions{
			Args: []string{"sh", "-c", `: > "$0"; exec sleep 60`, started}, Env: env, Upstream: &url.URL{Scheme: "http", Host: "127.0.0.1:1"},
			CA: testCA(t, t.TempDir()), Err: os.Stderr, Mode: mode,
		})
		if code != 128+15 || !errors.Is(err, context.Canceled) {
			t.Errorf("%s: %d, %v", mode, code, err)
		}
		if !slices.Equal(env, before) {
			t.Errorf("%s: Exec changed the caller's Env", mode)
		}
	}
}

func TestExecRefuses(t *testing.T) {
	ca, upstream := testCA(t, t.TempDir()), &url.URL{Scheme: "http", Host: "127.0.0.1:1"}
	for name, o := range map[string]ExecOptions{
		"no command":  {Upstream: upstream, CA: ca},
		"no CA":       {Args: []string{"true"}, Upstream: upstream},
		"no upstream": {Args: []string{"true"}, CA: ca},
		"odd scheme":  {Args: []string{"true"}, CA: ca, Upstream: &url.URL{Scheme: "ftp", Host: "x"}},
		"odd mode":    {Args: []string{"true"}, CA: ca, Upstream: upstream, Mode: "magic"},
	} {
		if code, err := Exec(t.Context(), o); code != exitOurs || err == nil {
			t.Errorf("%s: %d, %v", name, code, err)
		}
	}
}

func TestStage2LeavesOthersAlone(t *testing.T) {
	for _, args := range [][]string{nil, {"gatepost"}, {"gatepost", "exec", "--", "true"}, {"gatepost", stage2Mark}} {
		if Stage2(args) {
			t.Errorf("handled %q", args)
		}
	}
}

// TestMountPointIsRewritten: a hosts file that is a mount point, as in a
// container, cannot be renamed over.
func TestMountPointIsRewritten(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("only root can mount")
	}
	dir := t.TempDir()
	source, target := filepath.Join(dir, "source"), filepath.Join(dir, "target")
	check(t, os.WriteFile(source, []byte("a longer text"), 0o644))
	check(t, os.WriteFile(target, nil, 0o644))
	if err := syscall.Mount(source, target, "", syscall.MS_BIND, ""); err != nil {
		t.Skipf("mount: %v", err)
	}
	defer func() { check(t, syscall.Unmount(target, 0)) }()
	check(t, replaceFile(target, []byte("short")))
	if text, err := os.ReadFile(source); err != nil || string(text) != "short" {
		t.Errorf("%q, %v", text, err)
	}
}
