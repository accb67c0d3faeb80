package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/spf13/cobra"
)

type eventReplay struct {
	ReplayID        string   `json:"replayId"`
	AgentID         int64    `json:"agentId"`
	AppName         string   `json:"appName"`
	Group           string   `json:"group,omitzero"`
	SubscriptionIDs []string `json:"subscriptionIds"`
	Names           []string `json:"names,omitempty"`
	Since           int64    `json:"since"`
	Until           int64    `json:"until"`
	DoneAt          int64    `json:"doneAt"`
	Seen            int64    `json:"seen"`
	Made            int64    `json:"made"`
	State           string   `json:"state"`
	CreatedBy       string   `json:"createdBy"`
	CreatedAt       int64    `json:"createdAt"`
	ChangedAt       int64    `json:"changedAt"`
}

type replayAnswer struct {
	Replay  *eventReplay `json:"replay,omitzero"`
	Targets []struct {
		SubscriptionID string `json:"subscriptionId"`
		Name           string `json:"name"`
		Way            string `json:"way"`
		Deliveries     int64  `json:"deliveries"`
		Pending        int64  `json:"pending"`
	} `json:"targets"`
	Deliveries int64 `json:"deliveries"`
}

// replayPoll is how often a replay that is waited for is asked after.
const replayPoll = 100 * time.Millisecond

func (c *commands) eventsReplay() *cobra.Command {
	var app, sub, group, since, from, until string
	var names []string
	var dry, wait bool
	cmd := &cobra.Command{Use: "replay --app A [--group G] | --subscription S, --since T | --from EVENT", Short: "Have a part of the log told again",
		Args: args(cobra.NoArgs), RunE: func(cmd *cobra.Command, _ []string) error {
			if (app == "") == (sub == "") || (since == "") == (from == "") {
				return usageError{errors.New("say to whom with --app or --subscription, and from when with --since or --from")}
			}
			return c.with(cmd.Context(), func(cl *client) error {
				q := map[string]any{"subscriptionId": sub, "group": group, "fromEventId": from, "dryRun": dry}
				if len(names) > 0 {
					q["names"] = names
				}
				for field, given := range map[string]string{"since": since, "until": until} {
					ms, err := c.when(given)
					if err != nil {
						return err
					}
					q[field] = ms
				}
				if app != "" {
					a, err := find(cmd.Context(), cl, app)
					if err != nil {
						return err
					}
					q["agentId"] = a.AgentID
				}
				answer, err := ask[replayAnswer](cmd.Context(), cl, "event.replay", q)
				if err != nil {
					return err
				}
				if wait && answer.Replay != nil {
					if err := c.awaitReplay(cmd.Context(), cl, answer.Replay); err != nil {
						return err
					}
				}
				return c.print(answer, func(w io.Writer) { tellReplay(w, &answer) })
			})
		}}
	f := cmd.Flags()
	f.StringVar(&app, "app", "", "to this app's subscriptions: name, AppKey or AgentId")
	f.StringVar(&group, "group", "", "only to the app's subscriptions of this test group; without it to those in production")
	f.StringVar(&sub, "subscription", "", "to this subscription")
	f.StringVar(&since, "since", "", "from this time on: 10m, or a time such as 2026-01-02T15:04:05Z")
	f.StringVar(&from, "from", "", "from this event on, itself included")
	f.StringVar(&until, "until", "", "up to this time; without it up to now")
	f.StringSliceVar(&names, "names", nil, "only events of these names")
	f.BoolVar(&dry, "dry-run", false, "only count")
	f.BoolVar(&wait, "wait", false, "wait until every delivery is made due")
	cmd.AddCommand(c.eventsReplays(), c.eventsReplayStop())
	return cmd
}

// awaitReplay asks until a replay is over.
func (c *commands) awaitReplay(ctx context.Context, cl *client, r *eventReplay) error {
	again := time.NewTicker(replayPoll)
	defer again.Stop()
	for r.State == "running" {
		select {
		case <-again.C:
		case <-ctx.Done():
			return ctx.Err()
		}
		now, err := ask[eventReplay](ctx, cl, "event.replay.get", map[string]any{"replayId": r.ReplayID})
		if err != nil {
			return err
		}
		*r = now
	}
	return nil
}

func tellReplay(w io.Writer, a *replayAnswer) {
	for _, t := range a.Targets {
		fmt.Fprintf(w, "%s\t%s\t%d deliveries\t%d wait already\n", t.SubscriptionID, t.Name, t.Deliveries, t.Pending)
	}
	if r := a.Replay; r != nil {
		fmt.Fprintf(w, "replay %s is %s: %d events looked at, %d deliveries made\n", r.ReplayID, r.State, r.Seen, r.Made)
		return
	}
	fmt.Fprintf(w, "%d deliveries would be made\n", a.Deliveries)
}

func (c *commands) eventsReplays() *cobra.Command {
	var size int
	var cursor string
	cmd := &cobra.Command{Use: "list", Short: "List replays with how far they came", Args: args(cobra.NoArgs), RunE: func(cmd *cobra.Command, _ []string) error {
		return c.with(cmd.Context(), func(cl *client) error {
			page, err := ask[struct {
				List       []eventReplay `json:"list"`
				NextCursor string        `json:"nextCursor,omitzero"`
				HasMore    bool          `json:"hasMore"`
			}](cmd.Context(), cl, "event.replay.list", map[string]any{"size": size, "cursor": cursor})
			if err != nil {
				return err
			}
			return c.print(page, func(w io.Writer) {
				fmt.Fprintln(w, "REPLAY\tAPP\tGROUP\tFROM\tUNTIL\tSTATE\tEVENTS\tDELIVERIES\tBY")
				for _, r := range page.List {
					fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\t%s\t%d\t%d\t%s\n", r.ReplayID, r.AppName, r.Group, time.UnixMilli(r.Since).Format(time.DateTime),
						time.UnixMilli(r.Until).Format(time.DateTime), r.State, r.Seen, r.Made, r.CreatedBy)
				}
				if page.HasMore {
					fmt.Fprintf(w, "… more with --cursor %s\n", page.NextCursor)
				}
			})
		})
	}}
	cmd.Flags().IntVar(&size, "size", 20, "how many, up to 100")
	cmd.Flags().StringVar(&cursor, "cursor", "", "go on where a list ended")
	return cmd
}

func (c *commands) eventsReplayStop() *cobra.Command {
	return &cobra.Command{Use: "stop REPLAY", Short: "Stop a replay; what it made due is delivered", Args: args(cobra.ExactArgs(1)), RunE: func(cmd *cobra.Command, given []string) error {
		return c.with(cmd.Context(), func(cl *client) error {
			r, err := ask[eventReplay](cmd.Context(), cl, "event.replay.stop", map[string]any{"replayId": given[0]})
			if err != nil {
				return err
			}
			return c.print(r, func(w io.Writer) {
				fmt.Fprintf(w, "replay %s is %s: %d deliveries made\n", r.ReplayID, r.State, r.Made)
			})
		})
	}}
}
