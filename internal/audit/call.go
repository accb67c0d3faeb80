package audit

import (
	"net/netip"
	"time"

	"github.com/gatepost/gatepost/internal/apierror"
	"github.com/gatepost/gatepost/internal/id"
	"github.com/gatepost/gatepost/internal/op"
)

// Call is one call that was answered. It must not change once it was handed to
// the log.
type Call struct {
	ID       id.Call
	At       time.Time
	Took     time.Duration
	Steps    Steps
	Last     string // the step that answered or refused
	Method   string
	Path     string // without query
	Dialect  op.Dialect
	Op       *op.Operation // nil when no operation was found
	Known    Known         // which it would have been, when it is not offered yet
	Caller   op.Caller     // or, where no token said who it is, its Trace
	IP       netip.Addr
	Status   int
	Refusal  *apierror.Refusal // nil when the call succeeded
	Warnings []string          // unknown fields
	Masked   []op.Suppressed   // fields that were masked or left out
	Shadow   []string          // limits that only count and would have refused
	In, Out  int               // bytes of the bodies
}

// Steps are those that a call took, in order: their names, which many calls share,
// and how long each took.
type Steps struct {
	Names []string
	Took  [MaxSteps]time.Duration
}

// MaxSteps is how many steps a call can take.
const MaxSteps = 8

// Known is an operation of the public catalogues that is not offered.
type Known struct {
	Name  string
	Title string
}

// Outcome is how a call ended.
type Outcome string

// The outcomes.
const (
	OK      Outcome = "ok"
	Refused Outcome = "refused" // by a rule: the caller's matter
	Failed  Outcome = "error"   // by us: the operator's matter
)

func (c *Call) outcome() Outcome {
	switch {
	case c.Refusal == nil:
		return OK
	case c.Refusal.Rule == apierror.Internal:
		return Failed
	}
	return Refused
}

// reads reports whether the console only looked at something and was shown it.
func (c *Call) reads() bool {
	return c.Op != nil && c.Refusal == nil && c.Op.Verb == op.Read && c.Dialect == op.DialectConsole
}
