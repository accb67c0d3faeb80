//go:build !unix

package upstream

import "syscall"

// quiet cannot be told here: connections are used for one call after another
// only while they are fresh.
func quiet(syscall.RawConn) bool { return false }
