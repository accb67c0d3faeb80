package trust

import (
	"os/exec"
	"syscall"
)

// dieWithParent has the kernel end the command if we are killed: without us it
// could not open connections any more.
func dieWithParent(cmd *exec.Cmd) {
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
}
