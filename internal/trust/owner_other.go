//go:build !linux && !windows

package trust

import (
	"errors"
	"os"
	"syscall"
)

// copyOwner gives the file to the owner of the file from.
func copyOwner(from, to string) error {
	info, err := os.Stat(from)
	if err != nil {
		return err
	}
	stat, ok := info.Sys().(*syscall.Stat_t)
	if !ok {
		return errors.New("the owner cannot be told")
	}
	return os.Chown(to, int(stat.Uid), int(stat.Gid))
}
