package ratelimit

import (
	"errors"
	"testing"
	"time"

	"github.com/gatepost/gatepost/internal/apierror"
	"github.com/gatepost/gatepost/internal/id"
	"github.com/gatepost/gatepost/internal/op"
)

func TestOneOperationOfOneAppPerSecond(t *testing.T) {
	t.Parallel()
	now := time.Unix(1_800_000_000, 250e6)
	l := New(2, func() time.Time { return now })
	read, write := &op.Operation{}, &op.Operation{}
	take := func(app id.App, o *op.Operation) error {
		_, err := l.Take(t.Context(), &op.Caller{App: app}, o)
		return err
	}
	for range 2 {
		if err := take("x", read); err != nil {
			t.Fatal(err)
		}
	}
	err := take("x", read)
	if !errors.Is(err, apierror.Throttled) {
		t.Fatalf("the third call of the second passes: %v", err)
	}
	if r := apierror.From(err); r.RetryAfter != 750*time.Millisecond || r.Expected == "" || r.Found != "本秒的第 3 次" {
		t.Errorf("%+v", r)
	}
	if err := take("x", write); err != nil {
		t.Errorf("another operation: %v", err)
	}
	if err := take("y", read); err != nil {
		t.Errorf("another app: %v", err)
	}
	now = now.Add(time.Second)
	if err := take("x", read); err != nil {
		t.Errorf("the next second: %v", err)
	}
	if head, err := l.Take(t.Context(), &op.Caller{}, read); head != nil || err != nil {
		t.Errorf("a call without an app is counted: %v, %v", head, err)
	}
}
