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
const replayEvery = time.Second

// Run goes on with replays until ctx ends. Among several nodes one works.
func (d *Desk) Run(ctx context.Context) error {
	var crew sync.WaitGroup
	defer crew.Wait()
	crew.Go(func() { _ = d.share.Run(ctx) })
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
		if d.share.Owns(0) {
			if err := d.goOn(ctx); err != nil && !errors.Is(err, context.Canceled) {
				d.logger.WarnContext(ctx, "replays wait", slog.Any("err", err))
			}
		}
	}
}
