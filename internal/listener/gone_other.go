//go:build !linux

package listener

import "syscall"

// gone cannot be told here: that a caller has gone is found when he is answered.
func gone(syscall.RawConn) bool { return false }
