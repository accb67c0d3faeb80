package store

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
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
	if err := tryLock(f); err != nil {
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

func (l *fileLock) release() error { return l.file.Close() }
