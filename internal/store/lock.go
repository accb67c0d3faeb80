package store

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// fileLock keeps a second process from opening the same SQLite file: its writer would not know of ours, and its caches not
// of our changes. The file says who holds it and stays when it is released; what counts is the lock.
type fileLock struct{ file *os.File }

func lockDir(dir string) (*fileLock, error) {
	path := filepath.Join(dir, "gatepost.lock")
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, closing("lock", err)
	}
	if err := waitLock(f); err != nil {
		defer f.Close()
		holder := "another process"
		if text, bad := os.ReadFile(path); bad == nil && len(text) > 0 {
			holder = "process " + strings.TrimSpace(string(text))
		}
		return nil, fmt.Errorf("store: %s is in use by %s (see %s): %w", dir, holder, path, err)
	}
	if err := f.Truncate(0); err == nil {
		_, err = f.WriteAt([]byte(strconv.Itoa(os.Getpid())+"\n"), 0)
		if err != nil {
			return nil, closing("lock", err)
		}
	}
	return &fileLock{f}, nil
}

// A lock outlives its holder by a moment where another process was being started: until its program runs it holds the same
// open files.
const (
	lockWait  = 500 * time.Millisecond
	lockAgain = 10 * time.Millisecond
)

func waitLock(f *os.File) (err error) {
	for waited := time.Duration(0); ; waited += lockAgain {
		if err = tryLock(f); err == nil || waited >= lockWait {
			return err
		}
		time.Sleep(lockAgain)
	}
}

func (l *fileLock) release() error { return l.file.Close() }
