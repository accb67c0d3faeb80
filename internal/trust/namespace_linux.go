package trust

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// filterError tells that connects cannot be redirected by a seccomp filter.
type filterError struct{ err error }

func (e *filterError) Error() string { return "no seccomp user notification: " + e.err.Error() }
func (e *filterError) Unwrap() error { return e.err }

// startInNamespace runs the command in a mount namespace of its own, with its
// connects redirected by a filter or, failing that, with the sentinel's ports
// bound.
func (s *session) startInNamespace(ctx context.Context) (*command, error) {
	env := environ(slices.Clone(s.Env))
	if err := env.trustCA(s.files); err != nil {
		return nil, fmt.Errorf("write the certificate bundles: %w", err)
	}
	c, err := s.enter(ctx, env, netip.MustParseAddr(sentinelAddress), true)
	var missing *filterError
	if !errors.As(err, &missing) {
		return c, err
	}
	address, bindErr := s.bindSentinel()
	if bindErr != nil {
		return nil, fmt.Errorf("%w; and the ports cannot be bound instead: %w; %s", missing, bindErr, allowPort())
	}
	return s.enter(ctx, env, address, false)
}

// bindSentinel serves on ports 443 and 80 of the first free address from the
// sentinel upwards; other commands may hold the ones before.
func (s *session) bindSentinel() (netip.Addr, error) {
	address := netip.MustParseAddr(sentinelAddress)
	for range 16 {
		err := s.bind(address)
		if err == nil {
			return address, nil
		}
		if !errors.Is(err, syscall.EADDRINUSE) {
			return netip.Addr{}, err
		}
		address = address.Next()
	}
	return netip.Addr{}, fmt.Errorf("ports 443 and 80 are taken on all addresses from %s", sentinelAddress)
}

func (s *session) bind(address netip.Addr) error {
	secure, err := s.front.listen(netip.AddrPortFrom(address, 443).String(), true)
	if err != nil {
		return err
	}
	if _, err := s.front.listen(netip.AddrPortFrom(address, 80).String(), false); err != nil {
		secure.Close()
		return err
	}
	return nil
}

// enter starts stage 2, has it prepare the namespace, and lets it become the
// command. Without a filter the sentinel's ports must be bound.
func (s *session) enter(ctx context.Context, env environ, sentinel netip.Addr, filter bool) (*command, error) {
	if filter && s.noFilter {
		return nil, &filterError{errors.ErrUnsupported}
	}
	overlays, err := s.overlays(sentinel)
	if err != nil {
		return nil, err
	}
	socket := filepath.Join(s.dir, "control")
	listener, err := net.ListenUnix("unixpacket", &net.UnixAddr{Name: socket, Net: "unixpacket"})
	if err != nil {
		return nil, err
	}
	defer listener.Close()
	userNamespace := !privileged()
	program, err := s.program(userNamespace)
	if err != nil {
		return nil, err
	}
	cmd := s.prepare(ctx, program, append([]string{"gatepost", stage2Mark, socket, s.path}, s.Args...), env)
	isolate(cmd.SysProcAttr, userNamespace)
	c, err := run(cmd)
	if err != nil {
		return nil, fmt.Errorf("no mount namespace: %w", err)
	}
	o := order{Overlays: overlays, Filter: filter, DropCapability: userNamespace}
	if err := s.direct(c, listener, o, sentinel); err != nil {
		_ = cmd.Process.Kill() // it may have ended by itself
		<-c.done
		return nil, err
	}
	return c, nil
}

// program returns the path of our own program.
//
// A file that carries capabilities, as allowPort recommends, loses those that
// isolate hands to it, and makes the process opaque even to us. A copy of it
// carries none.
func (s *session) program(userNamespace bool) (string, error) {
	const self = "/proc/self/exe"
	if !userNamespace {
		return self, nil
	}
	if _, err := unix.Getxattr(self, "security.capability", nil); err != nil {
		return self, nil
	}
	if err := unix.Prctl(unix.PR_SET_DUMPABLE, 1, 0, 0, 0); err != nil {
		return "", fmt.Errorf("become transparent: %w", err)
	}
	content, err := os.ReadFile(self)
	if err != nil {
		return "", err
	}
	path := filepath.Join(s.dir, "gatepost")
	return path, os.WriteFile(path, content, 0o700)
}

// isolate asks for the namespaces. Inside the user namespace the command has
// its own ids; stage 2 also gets the one capability it takes to mount.
func isolate(attr *syscall.SysProcAttr, userNamespace bool) {
	attr.Cloneflags = syscall.CLONE_NEWNS
	if !userNamespace {
		return
	}
	attr.Cloneflags |= syscall.CLONE_NEWUSER
	attr.UidMappings = []syscall.SysProcIDMap{{ContainerID: os.Geteuid(), HostID: os.Geteuid(), Size: 1}}
	attr.GidMappings = []syscall.SysProcIDMap{{ContainerID: os.Getegid(), HostID: os.Getegid(), Size: 1}}
	attr.AmbientCaps = []uintptr{unix.CAP_SYS_ADMIN}
}

// privileged reports whether we may make a mount namespace without a user
// namespace around it. Root in a container often may not.
func privileged() bool {
	if os.Geteuid() != 0 {
		return false
	}
	header := unix.CapUserHeader{Version: unix.LINUX_CAPABILITY_VERSION_3}
	var data [2]unix.CapUserData
	if err := unix.Capget(&header, &data[0]); err != nil {
		return false
	}
	return data[0].Effective&(1<<unix.CAP_SYS_ADMIN) != 0
}

// direct talks to stage 2 until it has become the command, and then serves its
// connects.
func (s *session) direct(c *command, listener *net.UnixListener, o order, sentinel netip.Addr) error {
	conn, err := accept(c, listener)
	if err != nil {
		return err
	}
	defer conn.Close()
	text, err := json.Marshal(o)
	if err != nil {
		return err
	}
	if _, err := conn.Write(text); err != nil {
		return fmt.Errorf("stage 2: %w", err)
	}
	notify, err := readReady(conn)
	if err != nil {
		return err
	}
	if o.Filter {
		watch, err := supervise(notify, sentinel, map[uint16]uint16{443: port(s.front.tls), 80: port(s.front.plain)})
		if err != nil {
			return &filterError{err}
		}
		c.release = watch.stop
		if err := watch.try(c.cmd.Process.Pid); err != nil {
			watch.stop()
			return &filterError{err}
		}
	}
	if _, err := conn.Write([]byte("go")); err != nil {
		return fmt.Errorf("stage 2: %w", err)
	}
	return readStarted(conn)
}

// accept waits for stage 2 to connect, and not for longer than it lives.
func accept(c *command, listener *net.UnixListener) (*net.UnixConn, error) {
	accepted := make(chan struct{})
	defer close(accepted)
	go func() {
		select {
		case <-c.done:
			listener.Close()
		case <-accepted:
		}
	}()
	late := time.AfterFunc(time.Minute, func() { listener.Close() })
	defer late.Stop()
	for {
		conn, err := listener.AcceptUnix()
		if err != nil {
			return nil, fmt.Errorf("stage 2 did not report (does main call trust.Stage2?): %w", err)
		}
		if peer(conn) == c.cmd.Process.Pid {
			return conn, nil
		}
		conn.Close()
	}
}

// peer returns the process at the other end, 0 if it cannot be told.
func peer(conn *net.UnixConn) int {
	raw, err := conn.SyscallConn()
	if err != nil {
		return 0
	}
	pid := 0
	err = raw.Control(func(fd uintptr) {
		if cred, err := unix.GetsockoptUcred(int(fd), unix.SOL_SOCKET, unix.SO_PEERCRED); err == nil {
			pid = int(cred.Pid)
		}
	})
	if err != nil {
		return 0
	}
	return pid
}

// readReady reads stage 2's report that all is prepared, and the filter's
// descriptor if one came along, else -1.
func readReady(conn *net.UnixConn) (notify int, err error) {
	message, control := make([]byte, maxMessage), make([]byte, unix.CmsgSpace(4))
	n, m, _, _, err := conn.ReadMsgUnix(message, control)
	if err != nil {
		return -1, fmt.Errorf("stage 2: %w", err)
	}
	if n == 0 {
		return -1, errors.New("stage 2 ended early")
	}
	if err := readReport(message[:n]); err != nil {
		return -1, err
	}
	messages, err := unix.ParseSocketControlMessage(control[:m])
	if err != nil || len(messages) == 0 {
		return -1, err
	}
	fds, err := unix.ParseUnixRights(&messages[0])
	if err != nil || len(fds) == 0 {
		return -1, err
	}
	return fds[0], nil
}

// readStarted waits for the command's start. Its success shows in the
// connection closing: stage 2's end of it closes when it becomes the command.
func readStarted(conn *net.UnixConn) error {
	message := make([]byte, maxMessage)
	n, err := conn.Read(message)
	if n == 0 {
		return nil
	}
	if err != nil {
		return fmt.Errorf("stage 2: %w", err)
	}
	return readReport(message[:n])
}

func readReport(message []byte) error {
	var r report
	if err := json.Unmarshal(message, &r); err != nil {
		return fmt.Errorf("stage 2: %w", err)
	}
	return r.failure()
}

// overlays writes the files that are to lie over the system's, and returns
// what goes where.
func (s *session) overlays(sentinel netip.Addr) ([]overlay, error) {
	const hosts = "/etc/hosts"
	old, err := os.ReadFile(hosts)
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		return nil, err
	}
	if err != nil {
		return nil, fmt.Errorf("there is no %s to lay another over", hosts)
	}
	path, err := s.files.write("hosts", privateHosts(old, sentinel.String()))
	if err != nil {
		return nil, err
	}
	list := []overlay{{From: path, To: hosts}}
	for i, to := range bundlePaths() {
		text, err := os.ReadFile(to)
		if err != nil {
			continue
		}
		path, err := s.files.write(fmt.Sprintf("system-%d.pem", i), joinPEM(text, s.CA.pem))
		if err != nil {
			return nil, err
		}
		list = append(list, overlay{From: path, To: to})
	}
	return s.silence(list)
}

// silence lays an empty file over the sockets of services that look names up
// for the C library: they live outside and read the real hosts file. Without
// them the library reads the file itself.
func (s *session) silence(list []overlay) ([]overlay, error) {
	for _, socket := range []string{"/run/systemd/resolve/io.systemd.Resolve", "/run/nscd/socket"} {
		if _, err := os.Stat(socket); err != nil {
			continue
		}
		path, err := s.files.write("empty", nil)
		if err != nil {
			return nil, err
		}
		list = append(list, overlay{From: path, To: socket})
	}
	return list, nil
}
