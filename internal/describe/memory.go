package describe

import (
	"bytes"
	"io"
	"io/fs"
	"path"
	"time"
)

// memory is a flat file system of files by name. Its files have no time: what is
// generated is as old as the tables, and whoever serves it knows the build.
type memory map[string][]byte

// Open opens a file, or the one directory there is.
func (m memory) Open(name string) (fs.File, error) {
	if name == "." {
		return &folder{files: m}, nil
	}
	if b, ok := m[name]; ok {
		return &memoryFile{bytes.NewReader(b), memoryInfo{path.Base(name), int64(len(b)), 0o444}}, nil
	}
	err := fs.ErrNotExist
	if !fs.ValidPath(name) {
		err = fs.ErrInvalid
	}
	return nil, &fs.PathError{Op: "open", Path: name, Err: err}
}

type memoryFile struct {
	*bytes.Reader
	info memoryInfo
}

func (f *memoryFile) Stat() (fs.FileInfo, error) { return f.info, nil }
func (f *memoryFile) Close() error               { return nil }

// folder is the root, being read.
type folder struct {
	files memory
	next  int
}

func (d *folder) Stat() (fs.FileInfo, error) { return memoryInfo{".", 0, fs.ModeDir | 0o555}, nil }
func (d *folder) Close() error               { return nil }

func (d *folder) Read([]byte) (int, error) {
	return 0, &fs.PathError{Op: "read", Path: ".", Err: fs.ErrInvalid}
}

// ReadDir returns the next n files in order of their names; all for n ≤ 0.
func (d *folder) ReadDir(n int) ([]fs.DirEntry, error) {
	names := sortedKeys(d.files)[d.next:]
	if n > 0 && len(names) == 0 {
		return nil, io.EOF
	}
	if n > 0 && n < len(names) {
		names = names[:n]
	}
	d.next += len(names)
	list := make([]fs.DirEntry, 0, len(names))
	for _, name := range names {
		list = append(list, fs.FileInfoToDirEntry(memoryInfo{name, int64(len(d.files[name])), 0o444}))
	}
	return list, nil
}

type memoryInfo struct {
	name string
	size int64
	mode fs.FileMode
}

func (i memoryInfo) Name() string       { return i.name }
func (i memoryInfo) Size() int64        { return i.size }
func (i memoryInfo) Mode() fs.FileMode  { return i.mode }
func (i memoryInfo) ModTime() time.Time { return time.Time{} }
func (i memoryInfo) IsDir() bool        { return i.mode.IsDir() }
func (i memoryInfo) Sys() any           { return nil }
