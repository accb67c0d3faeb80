package upstream

import (
	"context"
	"errors"
	"io"
	"time"

	"github.com/gatepost/gatepost/internal/op"
)

// Pool is one system, reached at several addresses.
type Pool struct{ c Config }

// New makes a pool. It returns an error that names the field that is wrong.
func New(c Config, deps Deps) (*Pool, error) {
	return &Pool{c}, errors.New("not yet")
}

// Carry carries a call to an address of the pool. Target is the path, as it is
// sent, and the query, below the base address. Refusals are of apierror.
func (p *Pool) Carry(ctx context.Context, who *op.Caller, o *op.Operation, target string, r *op.Request, body BodyMask) (op.Answer, error) {
	return op.Answer{}, errors.New("not yet")
}

// Address is how it stands with one address of a pool.
type Address struct {
	URL      string
	State    State
	Since    time.Time // when it came to this state
	InFlight int
	Failures int       // calls in a row that failed
	Until    time.Time // when an ejected address is tried again
	Last     string    // why it failed last
}

// State is whether an address is used.
type State string

// The states.
const (
	Up      State = "up"
	Down    State = "down"    // its health checks fail
	Ejected State = "ejected" // its breaker is open: calls failed in a row; left alone until Until
	Trying  State = "trying"  // ejected before; one call tries whether it is back
)

// Health tells of every address, in the order of the configuration.
func (p *Pool) Health() []Address { return nil }

// Close lets the calls in flight finish and takes no more.
func (p *Pool) Close() {}

// BodyMask masks the answers of one operation for one caller.
type BodyMask interface {
	// Accept says whether a body of this status, content type and encoding can
	// be masked; an error fails the call closed.
	Accept(status int, contentType, encoding string) error
	// Writer masks what is written to it on to w; Close tells that the body is
	// complete.
	Writer(w io.Writer) MaskWriter
}

// MaskWriter is one body on its way through a mask.
type MaskWriter interface {
	io.WriteCloser
	// Masked is what was hidden in what was written so far.
	Masked() []op.Suppressed
}
