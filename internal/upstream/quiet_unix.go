//go:build unix

package upstream

import (
	"errors"
	"syscall"
)

// quiet reports that an idle connection is open and nothing has come on it.
func quiet(raw syscall.RawConn) bool {
	open := false
	err := raw.Read(func(fd uintptr) bool {
		var one [1]byte
		_, _, err := syscall.Recvfrom(int(fd), one[:], syscall.MSG_PEEK|syscall.MSG_DONTWAIT)
		open = errors.Is(err, syscall.EAGAIN) || errors.Is(err, syscall.EINTR)
		return true
	})
	return err == nil && open
}
