package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/spf13/cobra"
)

type eventSubscription struct {
	SubscriptionID string   `json:"subscriptionId"`
	AgentID        int64    `json:"agentId"`
	AppName        string   `json:"appName"`
	Name           string   `json:"name"`
	Way            string   `json:"way"`
	Origin         string   `json:"origin"`
	Group          string   `json:"group,omitzero"`
	Target         string   `json:"target,omitzero"`
	State          string   `json:"state"`
	Reason         string   `json:"reason,omitzero"`
	FailingSince   int64    `json:"failingSince,omitzero"`
	Names          []string `json:"names"`
	Ordered        bool     `json:"ordered"`
	Most           int      `json:"most"`
	TimeoutMS      int64    `json:"timeoutMs"`
	CreatedAt      int64    `json:"createdAt"`
	Backlog        int64    `json:"backlog"`
	OldestAt       int64    `json:"oldestAt,omitzero"`
	Dead           int64    `json:"dead"`
	Accepted       int64    `json:"accepted"`
	Failed         int64    `json:"failed"`
	Later          int64    `json:"later"`
	Dropped        int64    `json:"dropped"`
	LastSuccessAt  int64    `json:"lastSuccessAt,omitzero"`
	LastFailureAt  int64    `json:"lastFailureAt,omitzero"`
	LastError      string   `json:"lastError,omitzero"`
}

// standing is a subscription's state with what explains it, unless that is the
// last error, which is told anyway.
func (s *eventSubscription) standing() string {
	state := s.State
	if s.Reason != "" && s.Reason != s.LastError {
		state += " (" + s.Reason + ")"
	}
	if s.FailingSince != 0 {
		state += ", failing since " + time.UnixMilli(s.FailingSince).Format(time.DateTime)
	}
	return state
}

func (c *commands) eventsSubscriptions() *cobra.Command {
	var app, cursor string
	cmd := &cobra.Command{Use: "subscriptions", Short: "List who is told of events and how it fares", Args: args(cobra.NoArgs), RunE: func(cmd *cobra.Command, _ []string) error {
		return c.with(cmd.Context(), func(cl *client) error {
			q := map[string]any{"cursor": cursor}
			if app != "" {
				a, err := find(cmd.Context(), cl, app)
				if err != nil {
					return err
				}
				q["agentId"] = a.AgentID
			}
			page, err := ask[struct {
				List       []eventSubscription `json:"list"`
				NextCursor string              `json:"nextCursor,omitzero"`
				HasMore    bool                `json:"hasMore"`
			}](cmd.Context(), cl, "event.subscriptions", q)
			if err != nil {
				return err
			}
			return c.print(page, func(w io.Writer) {
				fmt.Fprintln(w, "SUBSCRIPTION\tAPP\tNAME\tWAY\tSTATE\tEVENTS\tBACKLOG\tDEAD\tACCEPTED\tFAILED\tLAST ERROR")
				for i := range page.List {
					s := &page.List[i]
					fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\t%s\t%d\t%d\t%d\t%d\t%s\n", s.SubscriptionID, s.AppName, s.Name, s.Way, s.standing(),
						strings.Join(s.Names, ","), s.Backlog, s.Dead, s.Accepted, s.Failed, s.LastError)
				}
				if page.HasMore {
					fmt.Fprintf(w, "… more with --cursor %s\n", page.NextCursor)
				}
			})
		})
	}}
	cmd.Flags().StringVar(&app, "app", "", "only this app's: name, AppKey or AgentId")
	cmd.Flags().StringVar(&cursor, "cursor", "", "go on where a list ended")
	return cmd
}

func (c *commands) eventsSubscribe() *cobra.Command {
	var names []string
	var group string
	cmd := c.onApp("subscribe", "Make a subscription from which an app fetches events by itself", cobra.NoArgs, func(ctx context.Context, cl *client, a appItem, _ []string) error {
		s, err := ask[eventSubscription](ctx, cl, "event.subscription.create", map[string]any{"agentId": a.AgentID, "names": names, "group": group})
		if err != nil {
			return err
		}
		return c.print(s, func(w io.Writer) { fmt.Fprintln(w, s.SubscriptionID) })
	})
	cmd.Flags().StringSliceVar(&names, "names", []string{"*"}, "names of events, separated by commas")
	cmd.Flags().StringVar(&group, "group", "", "test group, which gets what is replayed to it and nothing else")
	return cmd
}

func (c *commands) eventsChange() *cobra.Command {
	var names []string
	var group string
	var ordered bool
	var most int
	var timeout time.Duration
	cmd := &cobra.Command{Use: "set SUBSCRIPTION", Short: "Change what a subscription takes and how it is delivered to", Args: args(cobra.ExactArgs(1)),
		RunE: func(cmd *cobra.Command, given []string) error {
			q := map[string]any{"subscriptionId": given[0]}
			for flag, set := range map[string]func(){
				"names": func() { q["names"] = names }, "group": func() { q["group"] = group }, "ordered": func() { q["ordered"] = ordered },
				"most": func() { q["most"] = most }, "timeout": func() { q["timeoutMs"] = timeout.Milliseconds() },
			} {
				if cmd.Flags().Changed(flag) {
					set()
				}
			}
			if len(q) == 1 {
				return usageError{errors.New("say what is to be otherwise: --names, --group, --ordered, --most or --timeout")}
			}
			return c.with(cmd.Context(), func(cl *client) error {
				s, err := ask[eventSubscription](cmd.Context(), cl, "event.subscription.update", q)
				if err != nil {
					return err
				}
				return c.print(s, func(w io.Writer) { fmt.Fprintf(w, "%s is changed\n", s.Name) })
			})
		}}
	cmd.Flags().StringSliceVar(&names, "names", nil, "names of events, separated by commas; * for all")
	cmd.Flags().StringVar(&group, "group", "", "test group; empty for production")
	cmd.Flags().BoolVar(&ordered, "ordered", true, "events of one object one after another")
	cmd.Flags().IntVar(&most, "most", 0, "deliveries under way at once, 1 to 64")
	cmd.Flags().DurationVar(&timeout, "timeout", 0, "for how long a delivery is waited for, up to 30s")
	return cmd
}

func (c *commands) eventsPause() *cobra.Command {
	return c.eventsState("pause", "pause", "Deliver nothing for now, and keep what happens", "is paused")
}

func (c *commands) eventsOff() *cobra.Command {
	return c.eventsState("off", "switchoff", "Deliver nothing, and keep nothing of what happens from now on", "is off")
}

// eventsState is a command that takes a subscription out of delivery.
func (c *commands) eventsState(use, operation, short, now string) *cobra.Command {
	var reason string
	cmd := &cobra.Command{Use: use + " SUBSCRIPTION", Short: short, Args: args(cobra.ExactArgs(1)), RunE: func(cmd *cobra.Command, given []string) error {
		return c.setEventsState(cmd.Context(), operation, now, map[string]any{"subscriptionId": given[0], "reason": reason})
	}}
	cmd.Flags().StringVar(&reason, "reason", "", "why")
	return cmd
}

func (c *commands) eventsResume() *cobra.Command {
	return &cobra.Command{Use: "resume SUBSCRIPTION", Short: "Deliver again, what waits first", Args: args(cobra.ExactArgs(1)), RunE: func(cmd *cobra.Command, given []string) error {
		return c.setEventsState(cmd.Context(), "resume", "is on", map[string]any{"subscriptionId": given[0]})
	}}
}

func (c *commands) setEventsState(ctx context.Context, operation, now string, q map[string]any) error {
	return c.with(ctx, func(cl *client) error {
		s, err := ask[eventSubscription](ctx, cl, "event.subscription."+operation, q)
		if err != nil {
			return err
		}
		return c.print(s, func(w io.Writer) { fmt.Fprintf(w, "%s %s; %d events wait\n", s.Name, now, s.Backlog) })
	})
}

func (c *commands) eventsRemove() *cobra.Command {
	var confirm string
	cmd := &cobra.Command{Use: "remove SUBSCRIPTION --confirm NAME", Short: "Remove a subscription with what waits for it", Args: args(cobra.ExactArgs(1)),
		RunE: func(cmd *cobra.Command, given []string) error {
			return c.with(cmd.Context(), func(cl *client) error {
				s, err := ask[eventSubscription](cmd.Context(), cl, "event.subscription.get", map[string]any{"subscriptionId": given[0]})
				if err != nil {
					return err
				}
				if confirm == "" {
					return usageError{fmt.Errorf("%d events wait and are not delivered any more; to go on, add --confirm %q", s.Backlog, s.Name)}
				}
				if _, err := ask[struct{}](cmd.Context(), cl, "event.subscription.remove", map[string]any{"subscriptionId": given[0], "confirm": confirm}); err != nil {
					return err
				}
				return c.done("%s is removed", s.Name)
			})
		}}
	cmd.Flags().StringVar(&confirm, "confirm", "", "the subscription's name")
	return cmd
}

func (c *commands) eventsStats() *cobra.Command {
	var by string
	var hours int
	cmd := &cobra.Command{Use: "stats SUBSCRIPTION", Short: "Count a subscription's deliveries by the hour or minute", Args: args(cobra.ExactArgs(1)),
		RunE: func(cmd *cobra.Command, given []string) error {
			return c.with(cmd.Context(), func(cl *client) error {
				s, err := ask[struct {
					Buckets []struct {
						At       int64 `json:"at"`
						Sent     int64 `json:"sent"`
						Accepted int64 `json:"accepted"`
						Failed   int64 `json:"failed"`
						P50US    int64 `json:"p50Us"`
						P99US    int64 `json:"p99Us"`
					} `json:"buckets"`
					Complete bool `json:"complete"`
				}](cmd.Context(), cl, "event.stats", map[string]any{"subscriptionId": given[0], "by": by, "hours": hours})
				if err != nil {
					return err
				}
				return c.print(s, func(w io.Writer) {
					fmt.Fprintln(w, "FROM\tSENT\tACCEPTED\tFAILED\tP50\tP99")
					for _, b := range s.Buckets {
						if b.Sent > 0 {
							fmt.Fprintf(w, "%s\t%d\t%d\t%d\t%s\t%s\n", time.UnixMilli(b.At).Format("2006-01-02 15:04"), b.Sent, b.Accepted, b.Failed,
								time.Duration(b.P50US)*time.Microsecond, time.Duration(b.P99US)*time.Microsecond)
						}
					}
					if !s.Complete {
						fmt.Fprintln(w, "… only the newest deliveries were counted")
					}
				})
			})
		}}
	cmd.Flags().StringVar(&by, "by", "hour", "minute or hour")
	cmd.Flags().IntVar(&hours, "hours", 24, "how many of the last hours, up to 24")
	return cmd
}
