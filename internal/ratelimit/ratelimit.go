// Package ratelimit is flow control: how often what may be called. Its place in
// a call's life and its refusal are final; the rules it knows are one: calls of
// one operation by one application per second, counted on this node.
package ratelimit

import (
	"context"
	"strconv"
	"sync"
	"time"

	"github.com/gatepost/gatepost/internal/apierror"
	"github.com/gatepost/gatepost/internal/id"
	"github.com/gatepost/gatepost/internal/op"
)

// Limits implements gateway.Limits. It is safe for concurrent use.
type Limits struct {
	perSecond int
	now       func() time.Time

	mu     sync.Mutex
	second int64
	counts map[key]int
}

type key struct {
	app id.App
	op  *op.Operation
}

// New returns limits of perSecond calls of one operation by one application;
// with 0 there is no limit. Seconds are those of now.
func New(perSecond int, now func() time.Time) *Limits {
	return &Limits{perSecond: perSecond, now: now, counts: map[key]int{}}
}

// Take charges one call. A refused call is not charged. Calls without an
// application (sign-in, console) are not counted.
func (l *Limits) Take(_ context.Context, who *op.Caller, o *op.Operation) ([][2]string, error) {
	if l.perSecond == 0 || who.App == "" {
		return nil, nil
	}
	now := l.now()
	second := now.Unix()
	l.mu.Lock()
	if second != l.second { // counts of a second that has passed count no more
		l.second = second
		clear(l.counts)
	}
	k := key{who.App, o}
	n := l.counts[k] + 1
	if n <= l.perSecond {
		l.counts[k] = n
	}
	l.mu.Unlock()

	left := time.Unix(second+1, 0).Sub(now)
	if n > l.perSecond {
		return nil, apierror.Throttled.With("limit", l.perSecond, "after", left.Milliseconds()).
			Want("每秒最多 %d 次", l.perSecond).Got("本秒的第 %d 次", n).Retry(left)
	}
	return [][2]string{
		{"X-RateLimit-Limit", strconv.Itoa(l.perSecond)},
		{"X-RateLimit-Remaining", strconv.Itoa(l.perSecond - n)},
		{"X-RateLimit-Reset", strconv.FormatInt(second+1, 10)},
	}, nil
}
