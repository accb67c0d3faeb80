package trust

import (
	"errors"
	"fmt"
	"runtime"
	"unsafe"

	"golang.org/x/sys/unix"
)

// seccompNotif is struct seccomp_notif of <linux/seccomp.h>.
type seccompNotif struct {
	id    uint64
	pid   uint32 // of the thread
	flags uint32
	data  struct {
		nr   int32
		arch uint32
		ip   uint64
		args [6]uint64
	}
}

// seccompResponse is struct seccomp_notif_resp.
type seccompResponse struct {
	id    uint64
	val   int64
	error int32
	flags uint32
}

// seccompSizes is struct seccomp_notif_sizes.
type seccompSizes struct{ notif, response, data uint16 }

// auditArch returns the number the kernel gives a filter for the machine's own
// architecture.
func auditArch() (uint32, bool) {
	switch runtime.GOARCH {
	case "amd64":
		return unix.AUDIT_ARCH_X86_64, true
	case "arm64":
		return unix.AUDIT_ARCH_AARCH64, true
	case "riscv64":
		return unix.AUDIT_ARCH_RISCV64, true
	}
	return 0, false
}

// connectFilter returns a program that hands connect(2) to the notification
// descriptor and allows everything else. Calls of another architecture go
// through, since their numbers mean something else.
func connectFilter(arch uint32) []unix.SockFilter {
	const (
		load = unix.BPF_LD | unix.BPF_W | unix.BPF_ABS
		jump = unix.BPF_JMP | unix.BPF_JEQ | unix.BPF_K
		ret  = unix.BPF_RET | unix.BPF_K

		offsetNr, offsetArch = 0, 4 // in struct seccomp_data
	)
	return []unix.SockFilter{
		{Code: load, K: offsetArch},
		{Code: jump, K: arch, Jt: 0, Jf: 3},
		{Code: load, K: offsetNr},
		{Code: jump, K: unix.SYS_CONNECT, Jt: 0, Jf: 1},
		{Code: ret, K: unix.SECCOMP_RET_USER_NOTIF},
		{Code: ret, K: unix.SECCOMP_RET_ALLOW},
	}
}

// installFilter puts the filter on the calling thread and returns the
// descriptor its notifications are read from. It takes CAP_SYS_ADMIN in our
// user namespace, which spares the command no_new_privs, under which sudo
// would not work.
func installFilter() (notify int, err error) {
	arch, ok := auditArch()
	if !ok {
		return -1, fmt.Errorf("not known for %s: %w", runtime.GOARCH, errors.ErrUnsupported)
	}
	program := connectFilter(arch)
	// Waiting killably keeps signals, of which Go programs send themselves
	// many, from interrupting a connect we have half made. Linux 5.19 has it.
	flags := uintptr(unix.SECCOMP_FILTER_FLAG_NEW_LISTENER | unix.SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV)
	notify, err = setFilter(program, flags)
	if errors.Is(err, unix.EINVAL) {
		notify, err = setFilter(program, unix.SECCOMP_FILTER_FLAG_NEW_LISTENER)
	}
	if errors.Is(err, unix.EBUSY) {
		return -1, fmt.Errorf("another supervisor has it already, such as an outer gatepost exec: %w", err)
	}
	return notify, err
}

func setFilter(program []unix.SockFilter, flags uintptr) (notify int, err error) {
	fprog := unix.SockFprog{Len: uint16(len(program)), Filter: &program[0]}
	fd, _, errno := unix.Syscall(unix.SYS_SECCOMP, unix.SECCOMP_SET_MODE_FILTER, flags, uintptr(unsafe.Pointer(&fprog)))
	if errno != 0 {
		return -1, errno
	}
	return int(fd), nil
}

// notifySize returns how much room the kernel wants for a notification; newer
// ones may have more to tell than we know.
func notifySize() (int, error) {
	var sizes seccompSizes
	_, _, errno := unix.Syscall(unix.SYS_SECCOMP, unix.SECCOMP_GET_NOTIF_SIZES, 0, uintptr(unsafe.Pointer(&sizes)))
	if errno != 0 {
		return 0, errno
	}
	if int(sizes.response) > int(unsafe.Sizeof(seccompResponse{})) {
		return 0, fmt.Errorf("the kernel wants answers of %d bytes: %w", sizes.response, errors.ErrUnsupported)
	}
	return max(int(sizes.notif), int(unsafe.Sizeof(seccompNotif{}))), nil
}

// receive reads one notification.
func receive(fd, size int) (seccompNotif, error) {
	buffer := make([]uint64, (size+7)/8) // zeroed, as the kernel demands, and aligned
	_, _, errno := unix.Syscall(unix.SYS_IOCTL, uintptr(fd), unix.SECCOMP_IOCTL_NOTIF_RECV, uintptr(unsafe.Pointer(&buffer[0])))
	if errno != 0 {
		return seccompNotif{}, errno
	}
	return *(*seccompNotif)(unsafe.Pointer(&buffer[0])), nil
}

// respond answers a notification.
func respond(fd int, r seccompResponse) error {
	_, _, errno := unix.Syscall(unix.SYS_IOCTL, uintptr(fd), unix.SECCOMP_IOCTL_NOTIF_SEND, uintptr(unsafe.Pointer(&r)))
	if errno != 0 {
		return errno
	}
	return nil
}

// pending reports whether the call behind a notification still waits. Only
// then what was read of its thread was really its own, and not of another that
// got the same number later.
func pending(fd int, id uint64) bool {
	_, _, errno := unix.Syscall(unix.SYS_IOCTL, uintptr(fd), unix.SECCOMP_IOCTL_NOTIF_ID_VALID, uintptr(unsafe.Pointer(&id)))
	return errno == 0
}
