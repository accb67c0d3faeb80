package trust

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
)

// replaceFile gives an existing file new content, atomically where it can. The
// file keeps its permissions, its owner and, on Linux, its SELinux label.
//
// A file that is a mount point, such as /etc/hosts in a container, cannot be
// renamed over; it is rewritten in place.
func replaceFile(path string, content []byte) error {
	path, err := filepath.EvalSymlinks(path) // replace the file, not the link
	if err != nil {
		return err
	}
	info, err := os.Stat(path)
	if err != nil {
		return err
	}
	temp, err := writeBeside(path, content, info.Mode().Perm())
	if err != nil {
		return err
	}
	defer func() { _ = os.Remove(temp) }() // gone after the rename
	if err := copyOwner(path, temp); err != nil {
		return fmt.Errorf("keep the owner of %s: %w", path, err)
	}
	err = os.Rename(temp, path)
	if errors.Is(err, syscall.EBUSY) {
		return overwrite(path, content)
	}
	return err
}

// writeFile makes or replaces a file atomically.
func writeFile(path string, content []byte, mode fs.FileMode) error {
	temp, err := writeBeside(path, content, mode)
	if err != nil {
		return err
	}
	defer func() { _ = os.Remove(temp) }() // gone after the rename
	return os.Rename(temp, path)
}

// writeBeside writes a temporary file into the directory of path, through to
// the disk, and returns its name.
func writeBeside(path string, content []byte, mode fs.FileMode) (name string, err error) {
	f, err := os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path)+".gatepost-*")
	if err != nil {
		return "", err
	}
	_, err = f.Write(content)
	err = errors.Join(err, f.Chmod(mode), f.Sync(), f.Close())
	if err != nil {
		_ = os.Remove(f.Name())
		return "", err
	}
	return f.Name(), nil
}

// overwrite writes first and truncates afterwards: whoever reads in between
// sees too much rather than too little.
func overwrite(path string, content []byte) error {
	f, err := os.OpenFile(path, os.O_WRONLY, 0)
	if err != nil {
		return err
	}
	_, err = f.Write(content)
	if err == nil {
		err = f.Truncate(int64(len(content)))
	}
	return errors.Join(err, f.Sync(), f.Close())
}
