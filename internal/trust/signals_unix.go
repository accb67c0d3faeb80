//go:build unix

package trust

import (
	"os"
	"syscall"
)

func groupSignals() []os.Signal { return []os.Signal{syscall.SIGINT, syscall.SIGQUIT} }

func passedSignals() []os.Signal {
	return []os.Signal{syscall.SIGTERM, syscall.SIGHUP, syscall.SIGUSR1, syscall.SIGUSR2}
}

func terminate(p *os.Process) error { return p.Signal(syscall.SIGTERM) }

// exitStatus returns the exit code as a shell has it.
func exitStatus(state *os.ProcessState) int {
	if status, ok := state.Sys().(syscall.WaitStatus); ok && status.Signaled() {
		return 128 + int(status.Signal())
	}
	return state.ExitCode()
}
