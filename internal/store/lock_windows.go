package store

import (
	"os"

	"golang.org/x/sys/windows"
)

// tryLock takes the lock that ends with the process, however it ends. It locks a byte far behind the text, which stays
// readable for others.
func tryLock(f *os.File) error {
	at := windows.Overlapped{OffsetHigh: 1}
	return windows.LockFileEx(windows.Handle(f.Fd()), windows.LOCKFILE_EXCLUSIVE_LOCK|windows.LOCKFILE_FAIL_IMMEDIATELY,
		0, 1, 0, &at)
}
