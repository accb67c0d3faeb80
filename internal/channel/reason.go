package channel

import (
	"errors"
	"fmt"

	"github.com/coder/websocket"
)

// Reason is why a session ended. It stands in the WebSocket's close message and,
// once there are keys, in a sealed frame before it.
type Reason string

// The reasons.
const (
	Done      Reason = "done"      // one side had no more to say
	BadHello  Reason = "hello"     // the handshake is malformed
	OtherKey  Reason = "other-key" // the handshake is for another channel key
	Forged    Reason = "forged"    // a frame was not sealed by the other side, or was changed
	Sequence  Reason = "sequence"  // a frame was repeated, left out or came out of order
	KeyNumber Reason = "key"       // a frame is under a key that is not in use
	Malformed Reason = "malformed" // a frame does not hold what frames hold
	Truncated Reason = "truncated" // the connection ended without a word
	Idle      Reason = "idle"      // no call for too long
	Old       Reason = "old"       // the session's life is over
	NoNewKey  Reason = "no-new-key"
	Shutdown  Reason = "shutdown" // the platform stops
	Full      Reason = "full"     // the platform has as many sessions as it takes
)

// Ended is the error of a session that is over.
type Ended struct {
	Reason Reason
	cause  error
}

func (e *Ended) Error() string {
	if e.cause != nil {
		return fmt.Sprintf("channel: the session ended: %s: %v", e.Reason, e.cause)
	}
	return "channel: the session ended: " + string(e.Reason)
}

// Unwrap returns the cause.
func (e *Ended) Unwrap() error { return e.cause }

func ended(r Reason) error { return &Ended{Reason: r} }

// reasonOf is why err ends a session.
func reasonOf(err error) Reason {
	if e, ok := errors.AsType[*Ended](err); ok {
		return e.Reason
	}
	return Truncated
}

// status is the WebSocket's own code for a reason.
func (r Reason) status() websocket.StatusCode {
	switch r {
	case Done, Idle, Old:
		return websocket.StatusNormalClosure
	case Shutdown:
		return websocket.StatusGoingAway
	case Full:
		return websocket.StatusTryAgainLater
	case BadHello, OtherKey, Forged, Sequence, KeyNumber, Malformed, Truncated, NoNewKey:
	}
	return websocket.StatusPolicyViolation
}
