package trust

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"net/netip"
	"os"
	"strconv"
	"sync"
	"syscall"
	"unsafe"

	"golang.org/x/sys/unix"
)

// supervisor decides the connects of the command and its children. Those to
// the sentinel it makes itself, to our ports; the others it lets go on.
//
// The addresses it decides by lie in memory the command may change meanwhile.
// That matters to sandboxes; here a program could only deceive itself.
type supervisor struct {
	notify   int // the filter's descriptor
	wake     int // an eventfd that ends the loop
	size     int // of a notification
	sentinel netip.Addr
	ports    map[uint16]uint16 // sentinel's to ours
	working  sync.WaitGroup
}

// supervise starts answering, and owns the descriptor from now on.
func supervise(notify int, sentinel netip.Addr, ports map[uint16]uint16) (*supervisor, error) {
	size, err := notifySize()
	if err != nil {
		unix.Close(notify)
		return nil, err
	}
	wake, err := unix.Eventfd(0, unix.EFD_CLOEXEC)
	if err != nil {
		unix.Close(notify)
		return nil, err
	}
	s := &supervisor{notify: notify, wake: wake, size: size, sentinel: sentinel, ports: ports}
	s.working.Go(s.loop)
	return s, nil
}

// stop ends the answering. Connects of processes that are left fail from now
// on.
func (s *supervisor) stop() {
	one := binary.NativeEndian.AppendUint64(nil, 1)
	_, _ = unix.Write(s.wake, one) // an eventfd takes it always
	s.working.Wait()
	unix.Close(s.wake)
	unix.Close(s.notify)
}

// try reports why the supervisor could not do its work on a process of ours,
// nil if it can: some containers forbid looking into other processes.
func (s *supervisor) try(pid int) error {
	fd, err := takeDescriptor(pid, 0)
	if err != nil && !errors.Is(err, unix.EBADF) { // closed stdin is no obstacle
		return fmt.Errorf("take a descriptor of the command: %w", err)
	}
	if err == nil {
		unix.Close(fd)
	}
	// Nothing is mapped at address 0, so this is refused for want of memory
	// or for want of permission.
	if _, err := readMemory(pid, 0, 1); errors.Is(err, unix.EPERM) || errors.Is(err, unix.ENOSYS) {
		return fmt.Errorf("read the command's memory: %w", err)
	}
	return nil
}

func (s *supervisor) loop() {
	for {
		fds := []unix.PollFd{{Fd: int32(s.notify), Events: unix.POLLIN}, {Fd: int32(s.wake), Events: unix.POLLIN}}
		if _, err := unix.Poll(fds, -1); err != nil {
			if errors.Is(err, unix.EINTR) {
				continue
			}
			return
		}
		if fds[1].Revents != 0 {
			return
		}
		if fds[0].Revents&unix.POLLIN == 0 {
			return // hung up: the last process under the filter is gone
		}
		n, err := receive(s.notify, s.size)
		if err != nil {
			continue // whoever called was interrupted or killed meanwhile
		}
		// One connect that blocks must not hold up the others.
		s.working.Go(func() { s.answer(n) })
	}
}

func (s *supervisor) answer(n seccompNotif) {
	r := seccompResponse{id: n.id, flags: unix.SECCOMP_USER_NOTIF_FLAG_CONTINUE}
	if errno, ours := s.redirect(n); ours {
		r = seccompResponse{id: n.id, error: -int32(errno)}
	}
	_ = respond(s.notify, r) // fails only if nobody waits any more
}

// redirect makes a connect in the command's place if it is for us, and returns
// what the call is to return.
func (s *supervisor) redirect(n seccompNotif) (result syscall.Errno, ours bool) {
	fd, address, length := int(int32(n.data.args[0])), n.data.args[1], n.data.args[2]
	if length < unix.SizeofSockaddrInet4 || length > unix.SizeofSockaddrAny {
		return 0, false
	}
	raw, err := readMemory(int(n.pid), address, int(length))
	if err != nil {
		return 0, false
	}
	target, ok := parseSockaddr(raw)
	if !ok || target.Addr().Unmap() != s.sentinel || s.ports[target.Port()] == 0 {
		return 0, false
	}
	process, err := processOf(int(n.pid))
	if err != nil {
		return 0, false
	}
	socket, err := takeDescriptor(process, fd)
	if err != nil {
		return 0, false
	}
	defer unix.Close(socket)
	if !pending(s.notify, n.id) || !isStream(socket) {
		return 0, false
	}
	return connectTo(socket, target.Addr().Is4(), s.ports[target.Port()]), true
}

// connectTo connects to a port of ours. The descriptor shares its flags with
// the command's, so that a non-blocking socket does not block here either but
// yields EINPROGRESS, which is then the command's to wait for.
func connectTo(socket int, is4 bool, port uint16) syscall.Errno {
	loopback := [4]byte{127, 0, 0, 1}
	var to unix.Sockaddr = &unix.SockaddrInet4{Port: int(port), Addr: loopback}
	if !is4 {
		to = &unix.SockaddrInet6{Port: int(port), Addr: netip.AddrFrom4(loopback).As16()}
	}
	err := unix.Connect(socket, to)
	var errno syscall.Errno
	if err != nil && !errors.As(err, &errno) {
		return unix.EINVAL
	}
	return errno
}

// isStream tells TCP from UDP, which HTTP/3 and resolvers connect as well.
func isStream(socket int) bool {
	kind, err := unix.GetsockoptInt(socket, unix.SOL_SOCKET, unix.SO_TYPE)
	return err == nil && kind == unix.SOCK_STREAM
}

// parseSockaddr reads the internet address out of a struct sockaddr. IPv4
// mapped into IPv6 stays mapped, which tells what kind of socket it is for.
func parseSockaddr(raw []byte) (netip.AddrPort, bool) {
	if len(raw) < unix.SizeofSockaddrInet4 {
		return netip.AddrPort{}, false
	}
	port := binary.BigEndian.Uint16(raw[2:])
	switch binary.NativeEndian.Uint16(raw) {
	case unix.AF_INET:
		return netip.AddrPortFrom(netip.AddrFrom4([4]byte(raw[4:8])), port), true
	case unix.AF_INET6:
		if len(raw) >= 24 { // without the scope id, as the kernel accepts it
			return netip.AddrPortFrom(netip.AddrFrom16([16]byte(raw[8:24])), port), true
		}
	}
	return netip.AddrPort{}, false
}

// readMemory reads exactly length bytes at an address of another process.
func readMemory(pid int, address uint64, length int) ([]byte, error) {
	buffer := make([]byte, length)
	local := []unix.Iovec{{Base: unsafe.SliceData(buffer)}}
	local[0].SetLen(length)
	n, err := unix.ProcessVMReadv(pid, local, []unix.RemoteIovec{{Base: uintptr(address), Len: length}}, 0)
	if err != nil {
		return nil, err
	}
	if n != length {
		return nil, unix.EFAULT
	}
	return buffer, nil
}

// takeDescriptor returns a duplicate of another process's descriptor.
func takeDescriptor(pid, fd int) (int, error) {
	process, err := unix.PidfdOpen(pid, 0)
	if err != nil {
		return -1, err
	}
	defer unix.Close(process)
	return unix.PidfdGetfd(process, fd, 0)
}

// processOf returns the process a thread belongs to: notifications name
// threads, pidfd_open takes processes.
func processOf(thread int) (int, error) {
	status, err := os.ReadFile("/proc/" + strconv.Itoa(thread) + "/status")
	if err != nil {
		return 0, err
	}
	for line := range bytes.Lines(status) {
		if value, ok := bytes.CutPrefix(line, []byte("Tgid:")); ok {
			return strconv.Atoi(string(bytes.TrimSpace(value)))
		}
	}
	return 0, errors.New("no Tgid")
}
