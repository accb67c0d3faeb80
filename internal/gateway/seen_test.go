package gateway

import (
	"context"
	"errors"
	"slices"
	"testing"

	"github.com/gatepost/gatepost/internal/apierror"
	"github.com/gatepost/gatepost/internal/op"
	"github.com/gatepost/gatepost/internal/scope"
)

// What another system's answer shows is remembered by name. Where it cannot be, the
// answer is let go of and refused.
func TestSeenOfAnotherSystem(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	shown, let := []string{"mobile"}, false
	carry := func(context.Context, *op.Caller, op.Vars, *op.Request) (op.Answer, error) {
		return op.Answer{Status: 200, Header: [][2]string{{"X-Of-Upstream", "1"}}, Shown: shown, Stream: func(s op.Sink) (op.Passed, error) {
			_, err := s.Write([]byte("body"))
			let = err != nil
			return op.Passed{}, err
		}}, nil
	}
	shape := &op.Shape{Kind: op.Object}
	o, err := op.NewForward("GET", "/apis/hr/v1/people", op.Spec{Title: "题", Verb: op.Read, Scope: scope.Member, Group: "hr"}, scope.R2, shape, shape, carry)
	if err != nil {
		t.Fatal(err)
	}
	if err := w.Catalogue.Publish([]op.Operation{o}); err != nil {
		t.Fatal(err)
	}
	if a := w.serve(request("GET", "/apis/hr/v1/people", "")); a.Stream == nil || len(w.seen) != 1 || !slices.Equal(w.seen[0].Fields, shown) || w.seen[0].People != nil {
		t.Errorf("%+v, seen %+v", a, w.seen)
	}
	w.unseen = errors.New("the disk is full")
	if a := w.serve(request("GET", "/apis/hr/v1/people", "")); a.Stream != nil || a.Status != 500 || !let || header(a, "X-Of-Upstream") != "" || w.calls[0].Refusal == nil {
		t.Errorf("%+v, let go of %t", a, let)
	}
	w.unseen, w.seen, shown = nil, nil, nil
	w.serve(request("GET", "/apis/hr/v1/people", ""))
	if len(w.seen) != 0 {
		t.Errorf("seen %+v", w.seen)
	}
}

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
