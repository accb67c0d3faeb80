package cli

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"
)

type eventItem struct {
	EventID   string `json:"eventId"`
	Name      string `json:"name"`
	Title     string `json:"title"`
	Object    string `json:"object"`
	At        int64  `json:"at"`
	MadeAt    int64  `json:"madeAt"`
	Told      int    `json:"told"`
	Waiting   int    `json:"waiting"`
	Failed    int    `json:"failed"`
	Delivered int    `json:"delivered"`
	Dead      int    `json:"dead"`
	Dropped   int    `json:"dropped"`
	Replayed  bool   `json:"replayed"`
	Injected  bool   `json:"injected"`
}

type eventPage struct {
	List       []eventItem `json:"list"`
	Traced     bool        `json:"traced"`
	NextCursor string      `json:"nextCursor,omitzero"`
	HasMore    bool        `json:"hasMore"`
}

// standing is what became of an event, in words.
func (e *eventItem) standing() string {
	var parts []string
	for _, p := range []struct {
		n    int
		what string
	}{{e.Waiting, "waiting"}, {e.Failed, "failed"}, {e.Delivered, "delivered"}, {e.Dead, "dead"}, {e.Dropped, "dropped"}} {
		if p.n > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", p.n, p.what))
		}
	}
	if e.Replayed {
		parts = append(parts, "replayed")
	}
	if e.Injected {
		parts = append(parts, "fault injected")
	}
	return cmp.Or(strings.Join(parts, ", "), fmt.Sprintf("told %d", e.Told))
}

// eventFilter is the flags that say which events are meant.
type eventFilter struct{ name, object, app, subscription, state, since, until string }

func (f *eventFilter) flags(cmd *cobra.Command) {
	cmd.Flags().StringVar(&f.name, "name", "", "only events of this name")
	cmd.Flags().StringVar(&f.object, "object", "", "only events of this object, such as person:lina")
	cmd.Flags().StringVar(&f.app, "app", "", "only those that this app was to be told of: name, AppKey or AgentId")
	cmd.Flags().StringVar(&f.subscription, "subscription", "", "only those that this subscription was to be told of")
	cmd.Flags().StringVar(&f.state, "state", "", "only those of which a delivery is waiting, failed, delivered, dead or dropped")
	cmd.Flags().StringVar(&f.since, "since", "", "not before this: 10m, or a time such as 2026-01-02T15:04:05Z")
	cmd.Flags().StringVar(&f.until, "until", "", "not after this, likewise")
}

// request is the filter as the operation takes it.
func (f *eventFilter) request(ctx context.Context, c *commands, cl *client) (map[string]any, error) {
	q := map[string]any{"name": f.name, "object": f.object, "subscriptionId": f.subscription}
	if f.state != "" {
		q["state"] = f.state
	}
	for field, given := range map[string]string{"since": f.since, "until": f.until} {
		ms, err := c.when(given)
		if err != nil {
			return nil, err
		}
		q[field] = ms
	}
	if f.app == "" {
		return q, nil
	}
	a, err := find(ctx, cl, f.app)
	q["agentId"] = a.AgentID
	return q, err
}

func (c *commands) eventsList() *cobra.Command {
	var f eventFilter
	var size int
	var cursor string
	cmd := &cobra.Command{Use: "list", Short: "List what happened, the newest first", Args: args(cobra.NoArgs), RunE: func(cmd *cobra.Command, _ []string) error {
		return c.with(cmd.Context(), func(cl *client) error {
			q, err := f.request(cmd.Context(), c, cl)
			if err != nil {
				return err
			}
			q["size"], q["cursor"] = size, cursor
			page, err := ask[eventPage](cmd.Context(), cl, "event.list", q)
			if err != nil {
				return err
			}
			return c.print(page, func(w io.Writer) {
				fmt.Fprintln(w, "AT\tEVENT\tNAME\tOBJECT\tDELIVERIES")
				for i := range page.List {
					printEvent(w, &page.List[i])
				}
				if page.HasMore {
					fmt.Fprintf(w, "… more with --cursor %s\n", page.NextCursor)
				}
			})
		})
	}}
	f.flags(cmd)
	cmd.Flags().IntVar(&size, "size", 20, "how many, up to 200")
	cmd.Flags().StringVar(&cursor, "cursor", "", "go on where a list ended")
	return cmd
}

func printEvent(w io.Writer, e *eventItem) {
	fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\n", time.UnixMilli(e.MadeAt).Format("2006-01-02 15:04:05.000"), e.EventID, e.Name, e.Object, e.standing())
}

type eventDetail struct {
	EventID    string `json:"eventId"`
	Name       string `json:"name"`
	Title      string `json:"title"`
	Object     string `json:"object"`
	At         int64  `json:"at"`
	MadeAt     int64  `json:"madeAt"`
	Told       int    `json:"told"`
	Body       string `json:"body"`
	Deliveries []struct {
		SubscriptionID string `json:"subscriptionId"`
		AgentID        int64  `json:"agentId,omitzero"`
		AppName        string `json:"appName,omitzero"`
		Way            string `json:"way,omitzero"`
		Group          string `json:"group,omitzero"`
		Target         string `json:"target,omitzero"`
		State          string `json:"state"`
		Failed         int    `json:"failed"`
		NextAt         int64  `json:"nextAt,omitzero"`
		Reason         string `json:"reason,omitzero"`
		DiedAt         int64  `json:"diedAt,omitzero"`
		Replayed       bool   `json:"replayed"`
		Attempts       []struct {
			At       int64  `json:"at"`
			TookUS   int64  `json:"tookUs"`
			Outcome  string `json:"outcome"`
			Status   int    `json:"status"`
			Answer   string `json:"answer,omitzero"`
			Injected string `json:"injected,omitzero"`
			Replayed bool   `json:"replayed"`
		} `json:"attempts"`
	} `json:"deliveries"`
	More bool `json:"more"`
}

func (c *commands) eventsShow() *cobra.Command {
	var sub string
	cmd := &cobra.Command{Use: "show EVENT", Short: "Print an event, its payload, and what became of it at each subscription", Args: args(cobra.ExactArgs(1)),
		RunE: func(cmd *cobra.Command, given []string) error {
			return c.with(cmd.Context(), func(cl *client) error {
				d, err := ask[eventDetail](cmd.Context(), cl, "event.get", map[string]any{"eventId": given[0], "subscriptionId": sub})
				if err != nil {
					return err
				}
				return c.print(d, func(w io.Writer) { tellEvent(w, &d) })
			})
		}}
	cmd.Flags().StringVar(&sub, "subscription", "", "only this subscription's delivery")
	return cmd
}

func tellEvent(w io.Writer, d *eventDetail) {
	at := func(ms int64) string { return time.UnixMilli(ms).Format("2006-01-02 15:04:05.000") }
	fmt.Fprintf(w, "event\t%s\nname\t%s  %s\nobject\t%s\nat\t%s\nbody\t%s\n", d.EventID, d.Name, d.Title, d.Object, at(d.MadeAt), d.Body)
	for i := range d.Deliveries {
		x := &d.Deliveries[i]
		fmt.Fprintf(w, "\nsubscription\t%s  %s\n", x.SubscriptionID, strings.Join(slices.DeleteFunc([]string{x.AppName, x.Way, x.Group, x.Target},
			func(s string) bool { return s == "" }), " "))
		state := x.State
		if x.Reason != "" {
			state += ": " + x.Reason
		}
		if x.NextAt != 0 {
			state += ", next try " + at(x.NextAt)
		}
		fmt.Fprintf(w, "state\t%s\n", state)
		for _, a := range x.Attempts {
			mark := ""
			if a.Replayed {
				mark = " replayed"
			}
			if a.Injected != "" {
				mark += " injected: " + a.Injected
			}
			fmt.Fprintf(w, "%s\t%s %d in %s%s  %s\n", at(a.At), a.Outcome, a.Status, time.Duration(a.TookUS)*time.Microsecond, mark, a.Answer)
		}
	}
	if d.More {
		fmt.Fprintln(w, "\n… other subscriptions with --subscription")
	}
}

type deadItem struct {
	EventID        string `json:"eventId"`
	Name           string `json:"name"`
	Title          string `json:"title"`
	Object         string `json:"object"`
	SubscriptionID string `json:"subscriptionId"`
	AgentID        int64  `json:"agentId,omitzero"`
	AppName        string `json:"appName,omitzero"`
	Failed         int    `json:"failed"`
	Reason         string `json:"reason"`
	DiedAt         int64  `json:"diedAt"`
}

func (c *commands) eventsDead() *cobra.Command {
	var app, sub, cursor string
	var size int
	cmd := &cobra.Command{Use: "dead", Short: "List deliveries that were given up", Args: args(cobra.NoArgs), RunE: func(cmd *cobra.Command, _ []string) error {
		return c.with(cmd.Context(), func(cl *client) error {
			q := map[string]any{"subscriptionId": sub, "size": size, "cursor": cursor}
			if app != "" {
				a, err := find(cmd.Context(), cl, app)
				if err != nil {
					return err
				}
				q["agentId"] = a.AgentID
			}
			page, err := ask[struct {
				List       []deadItem `json:"list"`
				NextCursor string     `json:"nextCursor,omitzero"`
				HasMore    bool       `json:"hasMore"`
			}](cmd.Context(), cl, "event.dead", q)
			if err != nil {
				return err
			}
			return c.print(page, func(w io.Writer) {
				fmt.Fprintln(w, "GIVEN UP AT\tEVENT\tNAME\tOBJECT\tSUBSCRIPTION\tAPP\tTRIES\tREASON")
				for _, x := range page.List {
					fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\t%s\t%d\t%s\n", time.UnixMilli(x.DiedAt).Format(time.DateTime), x.EventID, x.Name, x.Object,
						x.SubscriptionID, x.AppName, x.Failed, x.Reason)
				}
				if page.HasMore {
					fmt.Fprintf(w, "… more with --cursor %s\n", page.NextCursor)
				}
			})
		})
	}}
	cmd.Flags().StringVar(&app, "app", "", "only this app's: name, AppKey or AgentId")
	cmd.Flags().StringVar(&sub, "subscription", "", "only this subscription's")
	cmd.Flags().IntVar(&size, "size", 20, "how many, up to 200")
	cmd.Flags().StringVar(&cursor, "cursor", "", "go on where a list ended")
	return cmd
}

func (c *commands) eventsRepush() *cobra.Command {
	var sub string
	var dead bool
	cmd := &cobra.Command{Use: "repush EVENT --subscription S | --dead --subscription S", Short: "Deliver one event to one subscription again, or all that were given up",
		Args: args(cobra.MaximumNArgs(1)), RunE: func(cmd *cobra.Command, given []string) error {
			if sub == "" || dead == (len(given) == 1) {
				return usageError{errors.New("--subscription is needed, and either an event or --dead")}
			}
			return c.with(cmd.Context(), func(cl *client) error {
				if dead {
					return c.repushDead(cmd.Context(), cl, sub)
				}
				if _, err := ask[struct{}](cmd.Context(), cl, "event.repush", map[string]any{"eventId": given[0], "subscriptionId": sub}); err != nil {
					return err
				}
				return c.done("%s is delivered to %s again", given[0], sub)
			})
		}}
	cmd.Flags().StringVar(&sub, "subscription", "", "to whom")
	cmd.Flags().BoolVar(&dead, "dead", false, "all that were given up")
	return cmd
}

func (c *commands) repushDead(ctx context.Context, cl *client, sub string) error {
	sum := 0
	for {
		r, err := ask[struct {
			Repushed int  `json:"repushed"`
			HasMore  bool `json:"hasMore"`
		}](ctx, cl, "event.dead.repush", map[string]any{"subscriptionId": sub})
		if err != nil {
			return err
		}
		if sum += r.Repushed; !r.HasMore {
			return c.done("%d events are delivered to %s again", sum, sub)
		}
	}
}
