package listener

import (
	"syscall"

	"golang.org/x/sys/unix"
)

// gone reports that the peer has ended the connection, whatever he sent before.
func gone(raw syscall.RawConn) bool {
	if raw == nil {
		return false
	}
	ended := false
	err := raw.Control(func(fd uintptr) {
		fds := []unix.PollFd{{Fd: int32(fd), Events: unix.POLLRDHUP}} //nolint:gosec // a descriptor is small
		n, err := unix.Poll(fds, 0)
		ended = err == nil && n > 0 && fds[0].Revents&(unix.POLLRDHUP|unix.POLLHUP|unix.POLLERR) != 0
	})
	return err == nil && ended
}
