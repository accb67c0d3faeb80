package gateway

import (
	"errors"
	"slices"
	"testing"

	"github.com/gatepost/gatepost/internal/apierror"
	"github.com/gatepost/gatepost/internal/op"
	"github.com/gatepost/gatepost/internal/scope"
)

// What was shown is remembered before the answer leaves, and what cannot be
// remembered is not shown.
func TestSeen(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.caller.Grade, w.caller.Scopes = scope.R2, op.Scopes{scope.FieldMobile}
	call := func() op.Answer {
		return w.serve(request("POST", "/topapi/v2/user/get?access_token=t", `{"userid":"u1"}`))
	}
	call()
	if !slices.Equal(w.steps, []string{"identify", "permit", "limit", "invoke", "mask", "seen", "record"}) {
		t.Errorf("steps %v", w.steps)
	}
	if d := w.seen[0]; !slices.Equal(d.People, []string{"u1"}) || len(d.Fields) == 0 {
		t.Errorf("seen %+v", d)
	}
	w.unseen = errors.New("the disk is full")
	call()
	if r := w.calls[1].Refusal; r == nil || r.Rule != apierror.Internal || w.calls[1].Last != Mask {
		t.Errorf("refused with %v at %v", r, w.calls[1].Last)
	}
	w.caller.Grade, w.steps = scope.R1, nil
	call()
	if slices.Contains(w.steps, "seen") {
		t.Error("what was masked counts as seen")
	}
}
