package eventlog

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"time"
)

// How often the node whose work it is looks after the log. Replays that are asked
// for on that node begin at once, those of other nodes within replayEvery.
const (
	replayEvery = time.Second
	tendEvery   = 10 * time.Minute
)

// Run goes on with replays, removes what is beyond the retention and compares the
// log with itself every hour, until ctx ends. Among several nodes one works.
func (d *Desk) Run(ctx context.Context) error {
	var crew sync.WaitGroup
	defer crew.Wait()
	crew.Go(func() { _ = d.share.Run(ctx) })
	crew.Go(func() { d.tends(ctx) })
	replays := time.NewTicker(replayEvery)
	defer replays.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-d.share.Changed():
		case <-d.asked:
		case <-replays.C:
		}
		if !d.share.Owns(0) {
			continue
		}
		if err := d.goOn(ctx); err != nil && !errors.Is(err, context.Canceled) {
			d.logger.WarnContext(ctx, "replays wait", slog.Any("err", err))
		}
	}
}

// tends keeps the log in bounds and compares it, beside replays, which must not
// wait for that.
func (d *Desk) tends(ctx context.Context) {
	tick := time.NewTicker(tendEvery)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		if !d.share.Owns(0) {
			continue
		}
		if err := errors.Join(d.Sweep(ctx), d.Compare(ctx)); err != nil && ctx.Err() == nil {
			d.logger.WarnContext(ctx, "the event log could not be tended", slog.Any("err", err))
		}
	}
}
