package cli

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/spf13/cobra"
)

// tailPoll is how often new events are asked for. tailOverlap is how far back each
// time: on several nodes an event can become visible after younger ones, because
// its number was given when its change began and not when it was committed.
const (
	tailPoll    = 500 * time.Millisecond
	tailOverlap = 15 * time.Second
)

// follower knows which events were shown.
type follower struct {
	shown map[string]int64 // when each was made, in milliseconds
	from  int64            // what is asked for next begins here
}

// fresh returns what of a list, the newest first, was not shown yet, the oldest
// first. What is older than what will be asked for is forgotten.
func (f *follower) fresh(list []eventItem) []eventItem {
	var fresh []eventItem
	for _, e := range slices.Backward(list) {
		if _, known := f.shown[e.EventID]; known {
			continue
		}
		f.shown[e.EventID] = e.MadeAt
		fresh = append(fresh, e)
		f.from = max(f.from, e.MadeAt-tailOverlap.Milliseconds())
	}
	maps.DeleteFunc(f.shown, func(_ string, at int64) bool { return at < f.from })
	return fresh
}

func (c *commands) eventsTail() *cobra.Command {
	var f eventFilter
	var most int
	cmd := &cobra.Command{Use: "tail", Short: "Print events as they happen", Args: args(cobra.NoArgs), RunE: func(cmd *cobra.Command, _ []string) error {
		return c.with(cmd.Context(), func(cl *client) error {
			if f.since == "" {
				f.since = "0s"
			}
			q, err := f.request(cmd.Context(), c, cl)
			if err != nil {
				return err
			}
			return c.follow(cmd.Context(), cl, q, most)
		})
	}}
	f.flags(cmd)
	cmd.Flags().IntVar(&most, "most", 0, "end after so many; without it go on until interrupted")
	return cmd
}

// follow prints events until ctx ends or most were printed.
func (c *commands) follow(ctx context.Context, cl *client, q map[string]any, most int) error {
	f := follower{shown: map[string]int64{}, from: q["since"].(int64)}
	again := time.NewTicker(tailPoll)
	defer again.Stop()
	for printed := 0; ; {
		q["since"] = f.from
		list, err := allEvents(ctx, cl, q)
		if ctx.Err() != nil {
			return nil // whoever interrupts has seen enough
		}
		if err != nil {
			return err
		}
		for _, e := range f.fresh(list) {
			if err := c.printTailed(&e); err != nil {
				return err
			}
			if printed++; printed == most {
				return nil
			}
		}
		select {
		case <-again.C:
		case <-ctx.Done():
			return nil
		}
	}
}

// printTailed prints one line, so that what reads it has it at once.
func (c *commands) printTailed(e *eventItem) error {
	if c.json {
		line, err := json.Marshal(e)
		if err != nil {
			return err
		}
		_, err = fmt.Fprintln(c.Out, string(line))
		return err
	}
	_, err := fmt.Fprintf(c.Out, "%s  %s  %s  %s  %s\n", time.UnixMilli(e.MadeAt).Format("15:04:05.000"), e.EventID, e.Name, e.Object, e.standing())
	return err
}

// allEvents reads a list to its end.
func allEvents(ctx context.Context, cl *client, q map[string]any) ([]eventItem, error) {
	q = maps.Clone(q)
	q["size"] = 200
	var all []eventItem
	for {
		page, err := ask[eventPage](ctx, cl, "event.list", q)
		if err != nil {
			return nil, err
		}
		all = append(all, page.List...)
		if !page.HasMore {
			return all, nil
		}
		q["cursor"] = page.NextCursor
	}
}
