package store

import (
	"errors"
	"syscall"

	"golang.org/x/sys/unix"
)

// noticeSilence has the kernel end a connection whose other side acknowledges nothing.
func noticeSilence(_, _ string, c syscall.RawConn) error {
	var failed error
	err := c.Control(func(fd uintptr) {
		failed = unix.SetsockoptInt(int(fd), unix.IPPROTO_TCP, unix.TCP_USER_TIMEOUT, int(silence.Milliseconds()))
	})
	if errors.Is(failed, unix.ENOPROTOOPT) || errors.Is(failed, unix.EOPNOTSUPP) { // a socket of the file system
		failed = nil
	}
	return errors.Join(err, failed)
}
