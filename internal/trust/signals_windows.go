package trust

import "os"

func groupSignals() []os.Signal { return []os.Signal{os.Interrupt} }

func passedSignals() []os.Signal { return nil }

func terminate(p *os.Process) error { return p.Kill() }

func exitStatus(state *os.ProcessState) int { return state.ExitCode() }
