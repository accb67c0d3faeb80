//go:build !linux

package store

import "syscall"

// noticeSilence does nothing here: keep-alive notices an idle connection, and a busy one ends when the system gives up.
func noticeSilence(string, string, syscall.RawConn) error { return nil }
