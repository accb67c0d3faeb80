//go:build unix

package store

import (
	"os"
	"syscall"
)

// tryLock takes the lock that ends with the process, however it ends.
func tryLock(f *os.File) error {
	return syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
}
