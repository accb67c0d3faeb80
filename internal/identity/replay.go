package identity

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"sync/atomic"
	"time"

	"github.com/gatepost/gatepost/internal/apierror"
	"github.com/gatepost/gatepost/internal/kv"
)

// nonceCap bounds the nonces that one application may have remembered in the
// life of a nonce: more than three hundred signed calls a second by our scheme.
// Two such lives can overlap, so it may hold twice as many. All applications
// together are bounded by the store.
const nonceCap = 200_000

// nonces counts what package kv keeps. The zero value is ready.
type nonces struct {
	most     int64 // of one application; 0: nonceCap
	replayed atomic.Int64
	full     atomic.Int64
}

// Replays tells how many signed calls this node refused since it started:
// because their nonce was used before, and because there was no room for it.
func (i *Identity) Replays() (replayed, full int64) {
	return i.nonces.replayed.Load(), i.nonces.full.Load()
}

// once remembers that p was used, or refuses it because it was before. p is
// verified: only an application itself can use up its room. A nonce lives in
// real time for as long as its timestamp can be within the window, from as far
// ahead as it may be; moving a company's clock does not prolong it. When the
// store does not answer the call fails: a replay never passes.
func (i *Identity) once(ctx context.Context, p *proof, now time.Time) error {
	life := 2*p.window + time.Second
	key := "nonce:" + string(p.key) + ":" + string(p.scheme) + ":" + p.nonce
	fresh, err := i.Nonces.Add(ctx, key, strconv.FormatInt(now.UnixMilli(), 10), life)
	switch {
	case errors.Is(err, kv.ErrFull):
		return i.noRoom()
	case err != nil:
		return fmt.Errorf("remember a nonce: %w", err)
	case !fresh:
		return i.replay(ctx, key, now)
	}
	count, err := i.Nonces.Count(ctx, "nonces:"+string(p.key), 1, life)
	if errors.Is(err, kv.ErrFull) {
		return i.noRoom()
	}
	if err != nil {
		return fmt.Errorf("count the nonces: %w", err)
	}
	most := i.nonces.most
	if most == 0 {
		most = nonceCap
	}
	if count <= most {
		return nil
	}
	if err := i.Nonces.Delete(ctx, key); err != nil {
		return fmt.Errorf("forget a nonce: %w", err)
	}
	return i.noRoom()
}

func (i *Identity) noRoom() error {
	i.nonces.full.Add(1)
	return apierror.SignatureFull.With().Retry(time.Minute)
}

func (i *Identity) replay(ctx context.Context, key string, now time.Time) error {
	i.nonces.replayed.Add(1)
	text, err := i.Nonces.Get(ctx, key)
	if err != nil && !errors.Is(err, kv.ErrNone) { // gone since: its life ended this moment
		return fmt.Errorf("read a nonce: %w", err)
	}
	first := now
	if ms, err := strconv.ParseInt(text, 10, 64); err == nil {
		first = time.UnixMilli(ms)
	}
	return apierror.SignatureReplayed.With("first", stamp(first))
}
