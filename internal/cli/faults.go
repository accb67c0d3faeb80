package cli

import (
	"cmp"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"
)

type faultItem struct {
	ID           int64    `json:"id"`
	AgentID      int64    `json:"agentId,omitzero"`
	AppName      string   `json:"appName,omitzero"`
	Subscription string   `json:"subscription,omitzero"`
	Events       []string `json:"events,omitzero"`
	Kind         string   `json:"kind"`
	ByMS         int64    `json:"byMs,omitzero"`
	Percent      int64    `json:"percent"`
	Seed         int64    `json:"seed"`
	Remaining    int64    `json:"remaining"`
	EndsAt       int64    `json:"endsAt"`
}

// what is the fault in a few words: "delay 2s".
func (f *faultItem) what() string {
	if f.ByMS == 0 {
		return f.Kind
	}
	return f.Kind + " " + (time.Duration(f.ByMS) * time.Millisecond).String()
}

// hits is how many tries it hits.
func (f *faultItem) hits() string {
	text := "every"
	if f.Percent < 100 {
		text = fmt.Sprintf("%d%%, seed %d", f.Percent, f.Seed)
	}
	switch {
	case f.Remaining == 0:
		text = "used up"
	case f.Remaining > 0:
		text += fmt.Sprintf(", %d more", f.Remaining)
	}
	return text
}

func (c *commands) faults() *cobra.Command {
	return group("faults", "Break deliveries of events on purpose, in sandbox companies", c.faultsSet(), c.faultsList(), c.faultsRemove())
}

func (c *commands) faultsSet() *cobra.Command {
	var app, kind, sub string
	var events []string
	var by, lasts time.Duration
	var percent int
	var next, seed int64
	cmd := &cobra.Command{Use: "set --kind KIND", Short: "Have deliveries go wrong for a while", Args: args(cobra.NoArgs),
		Long: "Have deliveries go wrong for a while. The kinds:\n\n" +
			"  drop       nothing is sent, and the try fails\n" +
			"  lost-ack   it is sent, and the acknowledgement is lost: it comes again\n" +
			"  duplicate  it is sent twice\n" +
			"  delay      its first try comes later, by --by\n" +
			"  reorder    it is held back until another one was sent, for --by at most;\n" +
			"             events of one object keep their order where the subscription is ordered\n" +
			"  slow       the answer comes later, by --by, perhaps after the time limit\n" +
			"  half-dead  the connection swallows what is sent until the platform notices",
		Example: "  gatepost faults set --app crm --kind delay --by 2s --next 5\n" +
			"  gatepost faults set --app crm --kind drop --percent 20 --seed 7 --for 30s",
		RunE: func(cmd *cobra.Command, _ []string) error {
			return c.with(cmd.Context(), func(cl *client) error {
				q := map[string]any{"kind": kind, "subscription": sub, "events": append([]string{}, events...), "byMs": by.Milliseconds(), "percent": percent,
					"seed": seed, "next": next, "forMs": lasts.Milliseconds()}
				if app != "" {
					a, err := find(cmd.Context(), cl, app)
					if err != nil {
						return err
					}
					q["agentId"] = a.AgentID
				}
				made, err := ask[faultItem](cmd.Context(), cl, "fault.set", q)
				if err != nil {
					return err
				}
				return c.print(made, func(w io.Writer) {
					fmt.Fprintf(w, "fault %d: %s, until %s\n", made.ID, made.what(), time.UnixMilli(made.EndsAt).Format(time.TimeOnly))
				})
			})
		}}
	s := cmd.Flags()
	s.StringVar(&kind, "kind", "", "drop, lost-ack, duplicate, delay, reorder, slow or half-dead")
	s.StringVar(&app, "app", "", "only this application: name, AppKey or AgentId")
	s.StringVar(&sub, "subscription", "", "only this subscription")
	s.StringSliceVar(&events, "event", nil, "only these events, comma-separated")
	s.DurationVar(&by, "by", 0, "how long, of delay, reorder and slow; 5s unless given")
	s.IntVar(&percent, "percent", 100, "how many of a hundred tries are hit")
	s.Int64Var(&seed, "seed", 0, "decides which ones: the same seed hits the same ones")
	s.Int64Var(&next, "next", 0, "hit so many tries and no more; 0 for any number")
	s.DurationVar(&lasts, "for", 10*time.Minute, "when the fault ends")
	return cmd
}

func (c *commands) faultsList() *cobra.Command {
	return &cobra.Command{Use: "list", Short: "List faults that have not ended", Args: args(cobra.NoArgs), RunE: func(cmd *cobra.Command, _ []string) error {
		return c.with(cmd.Context(), func(cl *client) error {
			all, err := ask[struct {
				List []faultItem `json:"list"`
			}](cmd.Context(), cl, "fault.list", map[string]any{})
			if err != nil {
				return err
			}
			return c.print(all, func(w io.Writer) {
				fmt.Fprintln(w, "ID\tKIND\tAPP\tSUBSCRIPTION\tEVENTS\tHITS\tUNTIL")
				for _, f := range all.List {
					fmt.Fprintf(w, "%d\t%s\t%s\t%s\t%s\t%s\t%s\n", f.ID, f.what(), cmp.Or(f.AppName, "all"), cmp.Or(f.Subscription, "all"),
						cmp.Or(strings.Join(f.Events, ","), "all"), f.hits(), time.UnixMilli(f.EndsAt).Format(time.DateTime))
				}
			})
		})
	}}
}

func (c *commands) faultsRemove() *cobra.Command {
	var all bool
	cmd := &cobra.Command{Use: "remove ID | --all", Short: "End a fault", Args: args(cobra.MaximumNArgs(1)), RunE: func(cmd *cobra.Command, given []string) error {
		if all == (len(given) == 1) {
			return usageError{fmt.Errorf("which one? gatepost faults list shows their ids; --all ends every one")}
		}
		n := int64(0)
		if !all {
			var err error
			if n, err = strconv.ParseInt(given[0], 10, 64); err != nil || n <= 0 {
				return usageError{fmt.Errorf("%q is no fault's id; gatepost faults list shows them", given[0])}
			}
		}
		return c.with(cmd.Context(), func(cl *client) error {
			if _, err := ask[struct{}](cmd.Context(), cl, "fault.remove", map[string]any{"id": n}); err != nil {
				return err
			}
			if all {
				return c.done("no fault is left")
			}
			return c.done("fault %d has ended", n)
		})
	}}
	cmd.Flags().BoolVar(&all, "all", false, "every fault of the company")
	return cmd
}
