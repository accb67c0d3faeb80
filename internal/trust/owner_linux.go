package trust

import (
	"errors"
	"os"
	"syscall"

	"golang.org/x/sys/unix"
)

// copyOwner gives the file to the owner of the file from and to its SELinux
// label, without which confined services may not read a hosts file.
func copyOwner(from, to string) error {
	info, err := os.Stat(from)
	if err != nil {
		return err
	}
	stat, ok := info.Sys().(*syscall.Stat_t)
	if !ok {
		return errors.New("the owner cannot be told")
	}
	if err := os.Chown(to, int(stat.Uid), int(stat.Gid)); err != nil {
		return err
	}
	const label = "security.selinux"
	value := make([]byte, 1024)
	n, err := unix.Getxattr(from, label, value)
	if err != nil {
		return nil // no SELinux here
	}
	return unix.Setxattr(to, label, value[:n], 0)
}
