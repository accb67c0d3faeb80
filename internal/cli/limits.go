package cli

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/spf13/cobra"
)

type limitItem struct {
	ID        string `json:"id"`
	Platform  bool   `json:"platform"`
	Default   bool   `json:"default"`
	Source    string `json:"source,omitzero"`
	Level     int    `json:"level"`
	AgentID   int64  `json:"agentId,omitzero"`
	AppName   string `json:"appName,omitzero"`
	Operation string `json:"operation,omitzero"`
	Group     string `json:"group,omitzero"`
	Window    string `json:"window"`
	Max       int64  `json:"max"`
	Shadow    bool   `json:"shadow"`
}

type limitUse struct {
	Rule        limitItem `json:"rule"`
	Used        int64     `json:"used"`
	Remaining   int64     `json:"remaining"`
	ResetAt     int64     `json:"resetAt"`
	WouldRefuse int64     `json:"wouldRefuse"`
}

// each is how a default names apps and operations.
const each = "each"

// app is how a rule's app is shown.
func (l *limitItem) app() string {
	if l.AgentID < 0 {
		return each
	}
	return cmp.Or(l.AppName, "all")
}

// of is how a rule's operations are shown.
func (l *limitItem) of() string {
	if l.Operation == "*" {
		return each
	}
	return cmp.Or(l.Operation, l.Group, "all")
}

// note is what else there is to know about a rule.
func (u *limitUse) note() string {
	var notes []string
	if u.Rule.Default {
		notes = append(notes, "default")
	}
	if u.Rule.Shadow {
		notes = append(notes, fmt.Sprintf("shadow, would refuse %d today", u.WouldRefuse))
	}
	if u.Rule.Source != "" {
		notes = append(notes, "from "+u.Rule.Source)
	}
	return strings.Join(notes, "; ")
}

// subject is the flags that say whose calls of what are meant.
type subject struct{ app, operation, group string }

func (s *subject) flags(cmd *cobra.Command) {
	cmd.Flags().StringVar(&s.app, "app", "", "name, AppKey or AgentId; each for a count of its own to every app; without it all apps together")
	cmd.Flags().StringVar(&s.operation, "op", "", "path of an operation; each for a count of its own to every operation")
	cmd.Flags().StringVar(&s.group, "group", "", "group of operations")
}

// request is the subject as operations take it.
func (s *subject) request(ctx context.Context, cl *client) (map[string]any, error) {
	q := map[string]any{"operation": s.operation, "group": s.group}
	if s.operation == each {
		q["operation"] = "*"
	}
	switch s.app {
	case "":
		return q, nil
	case each:
		q["agentId"] = -1
		return q, nil
	}
	a, err := find(ctx, cl, s.app)
	q["agentId"] = a.AgentID
	return q, err
}

func (c *commands) limit() *cobra.Command {
	return group("limit", "Flow control", c.limitSet(), c.limitList(), c.limitRemove(), c.limitTry(), c.limitZone(), c.limitGroup(), c.limitPackage())
}

func (c *commands) limitSet() *cobra.Command {
	var s subject
	var window string
	var most int64
	var level int
	var shadow, platform bool
	cmd := &cobra.Command{Use: "set --app K | --op PATH | --group G --window second|minute|day --max N", Short: "Make or change a rule", Args: args(cobra.NoArgs),
		RunE: func(cmd *cobra.Command, _ []string) error {
			if !cmd.Flags().Changed("max") || window == "" {
				return usageError{errors.New("--window and --max are needed")}
			}
			return c.with(cmd.Context(), func(cl *client) error {
				q, err := s.request(cmd.Context(), cl)
				if err != nil {
					return err
				}
				q["window"], q["max"], q["shadow"], q["platform"], q["level"] = window, most, shadow, platform, level
				made, err := ask[limitItem](cmd.Context(), cl, "limit.set", q)
				if err != nil {
					return err
				}
				return c.print(made, func(w io.Writer) { fmt.Fprintln(w, made.ID) })
			})
		}}
	s.flags(cmd)
	cmd.Flags().StringVar(&window, "window", "", "second, minute or day")
	cmd.Flags().Int64Var(&most, "max", 0, "calls in one window")
	cmd.Flags().IntVar(&level, "level", 0, "1 or 2, for an app by day")
	cmd.Flags().BoolVar(&shadow, "shadow", false, "count and refuse nothing")
	cmd.Flags().BoolVar(&platform, "platform", false, "for all companies together; the operator's")
	return cmd
}

func (c *commands) limitList() *cobra.Command {
	var platform bool
	cmd := &cobra.Command{Use: "list", Short: "List rules with what they have left", Args: args(cobra.NoArgs), RunE: func(cmd *cobra.Command, _ []string) error {
		return c.with(cmd.Context(), func(cl *client) error {
			all, err := ask[struct {
				List []limitUse `json:"list"`
			}](cmd.Context(), cl, "limit.usage", map[string]any{"platform": platform})
			if err != nil {
				return err
			}
			return c.print(all, func(w io.Writer) {
				fmt.Fprintln(w, "ID\tLEVEL\tAPP\tOF\tMAX\tLEFT\tRESET\tNOTE")
				for _, u := range all.List {
					r := u.Rule
					fmt.Fprintf(w, "%s\t%d\t%s\t%s\t%d a %s\t%d\t%s\t%s\n", r.ID, r.Level, r.app(), r.of(),
						r.Max, r.Window, u.Remaining, time.UnixMilli(u.ResetAt).Format(time.DateTime), u.note())
				}
			})
		})
	}}
	cmd.Flags().BoolVar(&platform, "platform", false, "those for all companies together; the operator's")
	return cmd
}

func (c *commands) limitRemove() *cobra.Command {
	var platform bool
	cmd := &cobra.Command{Use: "rm ID", Short: "Remove a rule", Args: args(cobra.ExactArgs(1)), RunE: func(cmd *cobra.Command, given []string) error {
		return c.with(cmd.Context(), func(cl *client) error {
			if _, err := ask[struct{}](cmd.Context(), cl, "limit.remove", map[string]any{"id": given[0], "platform": platform}); err != nil {
				return err
			}
			return c.done("%s is removed", given[0])
		})
	}}
	cmd.Flags().BoolVar(&platform, "platform", false, "one for all companies together; the operator's")
	return cmd
}

func (c *commands) limitTry() *cobra.Command {
	var s subject
	var window string
	var most int64
	var hours int
	cmd := &cobra.Command{Use: "try --window second|minute|day --max N", Short: "Tell which apps a rule would have refused lately", Args: args(cobra.NoArgs),
		RunE: func(cmd *cobra.Command, _ []string) error {
			return c.with(cmd.Context(), func(cl *client) error {
				q, err := s.request(cmd.Context(), cl)
				if err != nil {
					return err
				}
				q["window"], q["max"], q["hours"] = window, most, hours
				tried, err := ask[struct {
					List []struct {
						AgentID int64  `json:"agentId"`
						AppName string `json:"appName"`
						Calls   int64  `json:"calls"`
						Refused int64  `json:"refused"`
						Windows []struct {
							StartsAt int64 `json:"startsAt"`
							Refused  int64 `json:"refused"`
						} `json:"windows"`
					} `json:"list"`
					Days []struct {
						StartsAt int64 `json:"startsAt"`
						Calls    int64 `json:"calls"`
						Refused  int64 `json:"refused"`
					} `json:"days"`
				}](cmd.Context(), cl, "limit.try", q)
				if err != nil {
					return err
				}
				return c.print(tried, func(w io.Writer) {
					fmt.Fprintf(w, "%d apps would have been refused\n", len(tried.List))
					for _, d := range tried.Days {
						fmt.Fprintf(w, "%s\t%d of %d calls\n", time.UnixMilli(d.StartsAt).Format(time.DateOnly), d.Refused, d.Calls)
					}
					for _, a := range tried.List {
						fmt.Fprintf(w, "%s (AgentId %d)\t%d of %d calls\n", a.AppName, a.AgentID, a.Refused, a.Calls)
						for _, x := range a.Windows {
							fmt.Fprintf(w, "\t%s\t%d\n", time.UnixMilli(x.StartsAt).Format(time.DateTime), x.Refused)
						}
					}
				})
			})
		}}
	s.flags(cmd)
	cmd.Flags().StringVar(&window, "window", "day", "second, minute or day")
	cmd.Flags().Int64Var(&most, "max", 0, "calls in one window")
	cmd.Flags().IntVar(&hours, "hours", 24, "how far back, 720 at most")
	return cmd
}

func (c *commands) limitZone() *cobra.Command {
	return &cobra.Command{Use: "zone NAME", Short: "Say where the company's days begin, such as Asia/Shanghai", Args: args(cobra.ExactArgs(1)),
		RunE: func(cmd *cobra.Command, given []string) error {
			return c.with(cmd.Context(), func(cl *client) error {
				if _, err := ask[struct{}](cmd.Context(), cl, "limit.zone.set", map[string]any{"timeZone": given[0]}); err != nil {
					return err
				}
				return c.done("days begin at midnight in %s", given[0])
			})
		}}
}

func (c *commands) limitGroup() *cobra.Command {
	set := &cobra.Command{Use: "set NAME PATH…", Short: "Make a group just these operations", Args: args(cobra.MinimumNArgs(2)),
		RunE: func(cmd *cobra.Command, given []string) error {
			return c.with(cmd.Context(), func(cl *client) error {
				if _, err := ask[struct{}](cmd.Context(), cl, "limit.group.set", map[string]any{"name": given[0], "operations": given[1:]}); err != nil {
					return err
				}
				return c.done("%s is %d operations", given[0], len(given)-1)
			})
		}}
	list := &cobra.Command{Use: "list", Short: "List groups", Args: args(cobra.NoArgs), RunE: func(cmd *cobra.Command, _ []string) error {
		return c.with(cmd.Context(), func(cl *client) error {
			all, err := ask[struct {
				List []struct {
					Name       string   `json:"name"`
					Operations []string `json:"operations"`
				} `json:"list"`
				Declared []string `json:"declared"`
			}](cmd.Context(), cl, "limit.group.list", map[string]any{})
			if err != nil {
				return err
			}
			return c.print(all, func(w io.Writer) {
				for _, g := range all.List {
					fmt.Fprintf(w, "%s\t%s\n", g.Name, strings.Join(g.Operations, ", "))
				}
				for _, name := range all.Declared {
					fmt.Fprintf(w, "%s\tdeclared\n", name)
				}
			})
		})
	}}
	remove := &cobra.Command{Use: "rm NAME", Short: "Remove a group", Args: args(cobra.ExactArgs(1)), RunE: func(cmd *cobra.Command, given []string) error {
		return c.with(cmd.Context(), func(cl *client) error {
			if _, err := ask[struct{}](cmd.Context(), cl, "limit.group.remove", map[string]any{"name": given[0]}); err != nil {
				return err
			}
			return c.done("%s is removed", given[0])
		})
	}}
	return group("group", "Named groups of operations", set, list, remove)
}

type packageItem struct {
	ID        string `json:"id"`
	AgentID   int64  `json:"agentId"`
	AppName   string `json:"appName"`
	Operation string `json:"operation,omitzero"`
	Group     string `json:"group,omitzero"`
	Amount    int64  `json:"amount"`
	Remaining int64  `json:"remaining"`
	StartsAt  int64  `json:"startsAt"`
	EndsAt    int64  `json:"endsAt"`
}

func (c *commands) limitPackage() *cobra.Command {
	list := &cobra.Command{Use: "list", Short: "List packages in the order in which they are consumed", Args: args(cobra.NoArgs), RunE: func(cmd *cobra.Command, _ []string) error {
		return c.with(cmd.Context(), func(cl *client) error {
			all, err := ask[struct {
				List []packageItem `json:"list"`
			}](cmd.Context(), cl, "limit.package.list", map[string]any{})
			if err != nil {
				return err
			}
			return c.print(all, func(w io.Writer) {
				fmt.Fprintln(w, "ID\tAPP\tOF\tAMOUNT\tLEFT\tUNTIL")
				for _, p := range all.List {
					fmt.Fprintf(w, "%s\t%s\t%s\t%d\t%d\t%s\n", p.ID, p.AppName, cmp.Or(p.Operation, p.Group, "all"), p.Amount, p.Remaining,
						time.UnixMilli(p.EndsAt).Format(time.DateTime))
				}
			})
		})
	}}
	remove := &cobra.Command{Use: "rm ID", Short: "Take a package back", Args: args(cobra.ExactArgs(1)), RunE: func(cmd *cobra.Command, given []string) error {
		return c.with(cmd.Context(), func(cl *client) error {
			if _, err := ask[struct{}](cmd.Context(), cl, "limit.package.remove", map[string]any{"id": given[0]}); err != nil {
				return err
			}
			return c.done("%s is removed", given[0])
		})
	}}
	return group("package", "Traffic packages", c.limitPackageGrant(), list, remove)
}

func (c *commands) limitPackageGrant() *cobra.Command {
	var s subject
	var amount int64
	var days int
	cmd := &cobra.Command{Use: "grant --app K --amount N", Short: "Grant an app an amount of calls for a time", Args: args(cobra.NoArgs),
		RunE: func(cmd *cobra.Command, _ []string) error {
			if s.app == "" {
				return usageError{errors.New("--app is needed: whose package is it?")}
			}
			return c.with(cmd.Context(), func(cl *client) error {
				q, err := s.request(cmd.Context(), cl)
				if err != nil {
					return err
				}
				q["amount"], q["days"] = amount, days
				made, err := ask[packageItem](cmd.Context(), cl, "limit.package.grant", q)
				if err != nil {
					return err
				}
				return c.print(made, func(w io.Writer) { fmt.Fprintln(w, made.ID) })
			})
		}}
	cmd.Flags().StringVar(&s.app, "app", "", "name, AppKey or AgentId")
	cmd.Flags().StringVar(&s.operation, "op", "", "path of the operation; without it and --group all that the app calls")
	cmd.Flags().StringVar(&s.group, "group", "", "group of operations")
	cmd.Flags().Int64Var(&amount, "amount", 0, "how many calls")
	cmd.Flags().IntVar(&days, "days", 30, "for how many days")
	return cmd
}
