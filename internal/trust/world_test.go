//go:build unix

package trust

import (
	"bytes"
	"context"
	"crypto/sha1"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// nobody is an ordinary user on every system these tests run on.
const nobody = 65534

// world is a platform that answers with what it was asked, and a user who runs
// commands under Exec.
type world struct {
	t        *testing.T
	upstream *httptest.Server
	dir      string // readable to the user
	caDir    string // the user's own
	user     int
	drive    drive
}

func newWorld(t *testing.T, user int, d drive) *world {
	t.Helper()
	w := &world{t: t, upstream: httptest.NewServer(http.HandlerFunc(echo)), user: user, drive: d}
	t.Cleanup(w.upstream.Close)
	var err error
	if w.dir, err = os.MkdirTemp("", "trust-test-"); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { check(t, os.RemoveAll(w.dir)) })
	w.caDir = filepath.Join(w.dir, "gatepost")
	check(t, os.Mkdir(w.caDir, 0o755))
	check(t, os.Mkdir(filepath.Join(w.dir, "tmp"), 0o777))
	for _, dir := range []string{w.dir, w.caDir, filepath.Join(w.dir, "tmp")} {
		check(t, os.Chmod(dir, 0o755))
		check(t, os.Chown(dir, user, -1))
	}
	w.drive.Dir, w.drive.Upstream = w.caDir, w.upstream.URL
	return w
}

// echo answers what it was asked, and greets WebSockets with one text frame.
func echo(w http.ResponseWriter, r *http.Request) {
	if key := r.Header.Get("Sec-WebSocket-Key"); key != "" {
		sum := sha1.Sum([]byte(key + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"))
		conn, _, err := http.NewResponseController(w).Hijack()
		if err != nil {
			return
		}
		defer conn.Close()
		greeting := "hello " + r.Host
		_, _ = fmt.Fprintf(conn, "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: %s\r\n\r\n\x81%c%s",
			base64.StdEncoding.EncodeToString(sum[:]), len(greeting), greeting)
		_, _ = io.Copy(io.Discard, conn) // until the client leaves
		return
	}
	_, _ = fmt.Fprintf(w, "%s %s://%s%s via %s", r.Method, r.Header.Get("X-Forwarded-Proto"), r.Host, r.URL.RequestURI(), r.Header.Get("X-Forwarded-Host"))
}

// answer is what echo says to a GET.
func answer(scheme, host, uri string) string {
	return fmt.Sprintf("GET %s://%s%s via %s", scheme, host, uri, host)
}

// result is how a command under Exec went.
type result struct {
	code        int
	out, errOut string
}

// command returns the driver process for a command, not yet started. It runs
// from a copy of the test binary, which lies where only root may look.
func (w *world) command(args ...string) *exec.Cmd {
	w.t.Helper()
	d := w.drive
	d.Args = args
	text, err := json.Marshal(d)
	check(w.t, err)
	ctx, cancel := context.WithTimeout(w.t.Context(), 2*time.Minute)
	w.t.Cleanup(cancel)
	cmd := exec.CommandContext(ctx, w.binary(), driverMark, string(text))
	cmd.Dir = w.dir
	cmd.Env = append(cleanEnv(), "TMPDIR="+filepath.Join(w.dir, "tmp"), "HOME="+w.dir)
	if w.user != os.Geteuid() {
		cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: uint32(w.user), Gid: uint32(w.user)}}
	}
	return cmd
}

func (w *world) binary() string {
	path := filepath.Join(w.dir, "driver")
	if _, err := os.Stat(path); err == nil {
		return path
	}
	self, err := os.Executable()
	check(w.t, err)
	content, err := os.ReadFile(self)
	check(w.t, err)
	check(w.t, os.WriteFile(path, content, 0o755))
	return path
}

// cleanEnv is this process's environment without what Exec would respect.
func cleanEnv() []string {
	var env []string
	for _, entry := range os.Environ() {
		key, _, _ := strings.Cut(strings.ToUpper(entry), "=")
		switch {
		case strings.HasSuffix(key, "_PROXY"), strings.Contains(key, "CA_"), strings.HasPrefix(key, "SSL_"),
			strings.HasPrefix(key, "NODE_"), strings.HasPrefix(key, "JAVA_"), key == "GIT_SSL_CAINFO",
			key == "TMPDIR", key == "HOME":
			continue
		}
		env = append(env, entry)
	}
	return append(env, "GORACE=atexit_sleep_ms=0") // the race detector would sleep at every exit
}

func (w *world) run(args ...string) result {
	w.t.Helper()
	return finish(w.t, w.command(args...))
}

func finish(t *testing.T, cmd *exec.Cmd) result {
	t.Helper()
	var out, errOut bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errOut
	err := cmd.Run()
	if cmd.ProcessState == nil {
		t.Fatalf("%v: %v", cmd.Args, err)
	}
	return result{exitStatus(cmd.ProcessState), strings.TrimSpace(out.String()), strings.TrimSpace(errOut.String())}
}

// wants runs a command that must succeed and print want.
func (w *world) wants(want string, args ...string) {
	w.t.Helper()
	if r := w.run(args...); r.code != 0 || r.out != want {
		w.t.Errorf("%q: exit code %d\n got %q\nwant %q\nstderr: %s", args, r.code, r.out, want, r.errOut)
	}
}

// file puts a file into the user's directory.
func (w *world) file(name, content string) string {
	w.t.Helper()
	path := filepath.Join(w.dir, name)
	check(w.t, os.WriteFile(path, []byte(content), 0o644))
	return path
}
