package trust

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"time"
)

// Mode is how Exec makes the names lead to the platform.
type Mode string

// The zero value of Mode is Auto.
const (
	Auto        Mode = "auto"        // Namespace where it can be had, else Environment
	Namespace   Mode = "namespace"   // for every program; Linux only
	Environment Mode = "environment" // for programs that heed proxy variables, and for Node
)

// Exit codes of Exec when the command did not run, as env(1) has them.
const (
	exitOurs     = 125 // the fault is ours
	exitCannot   = 126 // the command cannot be run
	exitNotFound = 127 // there is no such command
)

// sentinelAddress is what Names resolve to in the command's hosts file: an
// address nobody uses, on which therefore every connect is meant for us.
const sentinelAddress = "127.87.71.80"

// patience is how long the command may take to end once the context is done,
// before it is killed.
const patience = 5 * time.Second

// ExecOptions describe one command. Args, Upstream and CA must be given.
type ExecOptions struct {
	// Args are the command and its arguments. The command is looked for in the
	// PATH of this process.
	Args []string
	// Env is the command's environment, to which Exec adds.
	Env []string
	// Upstream is the running platform, an http or https URL.
	Upstream *url.URL
	// Vouchers are certificates, in PEM, of authorities that may vouch for an
	// https Upstream beside the system's and CA.
	Vouchers []byte
	// CA is the authority whose certificates the command gets to see.
	CA *CA
	// In, Out and Err are handed down as they are; nil means the null device.
	// Exec itself writes to Err only when it has to warn.
	In, Out, Err *os.File
	// Mode is Auto if empty.
	Mode Mode

	noFilter bool // for tests: as if the kernel had no user notification
}

// Exec runs one command, with all its children, in a world where Names lead to
// the platform and where CA is trusted, and waits for it. Nothing outside the
// command is changed. It calls back into its own program, whose main must call
// Stage2.
//
// The command keeps the process group and the terminal. While it runs this
// process ignores what a terminal sends to the whole group, and passes on
// SIGTERM, SIGHUP, SIGUSR1 and SIGUSR2. When ctx is done the command gets
// SIGTERM, and SIGKILL five seconds later; so ctx must not be one that an
// interrupt ends, or the command could not handle the interrupt itself.
//
// The exit code is the command's, or 128 and the number of the signal that
// ended it. An error means that the command did not run to its end by itself;
// the code is then 127 if there is no such command, 126 if it cannot be run,
// 125 if the fault is Exec's, and the command's own if ctx was done.
func Exec(ctx context.Context, o ExecOptions) (exitCode int, err error) {
	s, code, err := openSession(o)
	if err != nil {
		return code, fmt.Errorf("trust: %w", err)
	}
	defer s.close()
	// On Linux the command is to end with the thread that started it.
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	signals := catchSignals()
	defer signals.stop()
	c, err := s.start(ctx)
	if err != nil {
		return startFailure(err), fmt.Errorf("trust: %w", err)
	}
	defer c.release()
	go signals.passTo(c.cmd.Process)
	<-c.done
	return exitStatus(c.cmd.ProcessState), context.Cause(ctx)
}

// session is what one Exec keeps while its command runs.
type session struct {
	ExecOptions
	path  string // of the command
	dir   string // temporary files, removed at the end
	front *front
	files bundles
}

// openSession returns an exit code with its error.
func openSession(o ExecOptions) (*session, int, error) {
	s := &session{ExecOptions: o}
	if err := s.check(); err != nil {
		return nil, exitOurs, err
	}
	var err error
	if s.path, err = exec.LookPath(o.Args[0]); err != nil {
		return nil, startFailure(&commandError{err}), err
	}
	if s.path, err = filepath.Abs(s.path); err != nil {
		return nil, exitOurs, err
	}
	if err := s.open(); err != nil {
		s.close()
		return nil, exitOurs, err
	}
	return s, 0, nil
}

// check refuses what cannot work and fills in what was left out.
func (s *session) check() error {
	if len(s.Args) == 0 {
		return errors.New("no command given")
	}
	if s.CA == nil {
		return errors.New("no CA given")
	}
	if err := checkUpstream(s.Upstream); err != nil {
		return err
	}
	switch s.Mode {
	case "":
		s.Mode = Auto
	case Auto, Namespace, Environment:
	default:
		return fmt.Errorf("unknown mode %q, want auto, namespace or environment", s.Mode)
	}
	return nil
}

func (s *session) open() error {
	var err error
	if s.dir, err = os.MkdirTemp("", "gatepost-exec-"); err != nil {
		return err
	}
	// The command may change its user, and must still find its certificates.
	if err := os.Chmod(s.dir, 0o755); err != nil {
		return err
	}
	s.files = bundles{dir: s.dir, ca: s.CA.pem, sys: systemBundle()}
	s.front, err = openFront(s.Upstream, s.CA, s.Vouchers)
	return err
}

func (s *session) close() {
	if s.front != nil {
		s.front.close()
	}
	if s.dir != "" {
		_ = os.RemoveAll(s.dir) // temporary files, which the system clears away too
	}
}

// command is a running command.
type command struct {
	cmd     *exec.Cmd
	done    chan struct{} // closed when it has ended
	release func()        // frees what served it; call after done
}

// commandError tells that the command itself cannot be run, so that trying
// another way is of no use.
type commandError struct{ err error }

func (e *commandError) Error() string { return e.err.Error() }
func (e *commandError) Unwrap() error { return e.err }

func startFailure(err error) (exitCode int) {
	var fault *commandError
	switch {
	case !errors.As(err, &fault):
		return exitOurs
	case errors.Is(err, exec.ErrNotFound), errors.Is(err, fs.ErrNotExist):
		return exitNotFound
	}
	return exitCannot
}

// start tries the ways the mode allows, the thorough ones first.
func (s *session) start(ctx context.Context) (*command, error) {
	if s.Mode == Environment {
		return s.startWithEnvironment(ctx)
	}
	c, err := s.startInNamespace(ctx)
	var fault *commandError
	if err == nil || s.Mode == Namespace || errors.As(err, &fault) || ctx.Err() != nil {
		return c, err
	}
	s.warn(err)
	return s.startWithEnvironment(ctx)
}

// warn tells which programs the environment mode does not reach.
func (s *session) warn(err error) {
	if s.Err == nil {
		return
	}
	_, _ = fmt.Fprintf(s.Err, "gatepost: %v.\ngatepost: Falling back on environment variables. They reach Node, and programs that heed "+
		"HTTPS_PROXY and SSL_CERT_FILE, such as curl, Python and most Go programs; they do not reach programs that "+
		"ignore proxy variables or bring their own list of authorities.\n", err)
}

// startWithEnvironment runs the command with proxy and CA variables, and a
// hook for Node.
func (s *session) startWithEnvironment(ctx context.Context) (*command, error) {
	env := environ(slices.Clone(s.Env))
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	s.front.serve(listener, false, newProxy(s.front, env))
	hook, err := nodeHook(port(s.front.tls), port(s.front.plain))
	if err != nil {
		return nil, err
	}
	path, err := s.files.write("hook.cjs", hook)
	if err != nil {
		return nil, err
	}
	if err := env.trustCA(s.files); err != nil {
		return nil, err
	}
	env.useProxy("127.0.0.1", strconv.Itoa(int(port(listener))))
	env.requireInNode(path)
	cmd := s.prepare(ctx, s.path, s.Args, env)
	c, err := run(cmd)
	if err != nil {
		return nil, &commandError{err}
	}
	return c, nil
}

// prepare returns a command that is ended gently with the context.
func (s *session) prepare(ctx context.Context, path string, args []string, env environ) *exec.Cmd {
	cmd := exec.CommandContext(ctx, path)
	cmd.Args = args
	cmd.Env = env
	// A nil file in an interface would not be nil.
	if s.In != nil {
		cmd.Stdin = s.In
	}
	if s.Out != nil {
		cmd.Stdout = s.Out
	}
	if s.Err != nil {
		cmd.Stderr = s.Err
	}
	cmd.Cancel = func() error { return terminate(cmd.Process) }
	cmd.WaitDelay = patience
	dieWithParent(cmd)
	return cmd
}

func run(cmd *exec.Cmd) (*command, error) {
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	c := &command{cmd: cmd, done: make(chan struct{}), release: func() {}}
	go func() {
		_ = cmd.Wait() // its outcome is in cmd.ProcessState
		close(c.done)
	}()
	return c, nil
}
