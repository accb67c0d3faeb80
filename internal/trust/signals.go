package trust

import (
	"os"
	"os/signal"
)

// signals keeps this process alive through signals that are the command's
// affair. They are caught, not ignored, because what is ignored stays ignored
// in the command.
type signals struct {
	caught chan os.Signal
}

func catchSignals() *signals {
	s := &signals{caught: make(chan os.Signal, 16)}
	for _, sig := range append(groupSignals(), passedSignals()...) {
		if !signal.Ignored(sig) { // as under nohup; the command inherits it
			signal.Notify(s.caught, sig)
		}
	}
	return s
}

// passTo passes signals on to a process until stop is called. The signals that
// a terminal sends to the whole process group have reached it already.
func (s *signals) passTo(p *os.Process) {
	passed := map[os.Signal]bool{}
	for _, sig := range passedSignals() {
		passed[sig] = true
	}
	for sig := range s.caught {
		if passed[sig] {
			_ = p.Signal(sig) // it may have ended meanwhile
		}
	}
}

func (s *signals) stop() {
	signal.Stop(s.caught)
	close(s.caught)
}
