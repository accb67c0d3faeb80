package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/spf13/cobra"
)

type maskRule struct {
	ID           int64  `json:"id"`
	Field        string `json:"field"`
	Kind         string `json:"kind"`
	Pattern      string `json:"pattern,omitzero"`
	Replacement  string `json:"replacement,omitzero"`
	Operation    string `json:"operation,omitzero"`
	AgentID      int64  `json:"agentId,omitzero"`
	WithoutScope string `json:"withoutScope,omitzero"`
	DataGrade    string `json:"dataGrade,omitzero"`
	Enabled      bool   `json:"enabled"`
	Reason       string `json:"reason"`
	By           string `json:"by"`
	At           int64  `json:"at"`
}

func (c *commands) mask() *cobra.Command {
	return group("mask", "What is hidden from applications beyond the declarations", c.maskList(), c.maskSet(), c.maskRemove(), c.maskPreview())
}

func (c *commands) maskList() *cobra.Command {
	return &cobra.Command{Use: "list", Short: "List mask rules", Args: args(cobra.NoArgs), RunE: func(cmd *cobra.Command, _ []string) error {
		return c.with(cmd.Context(), func(cl *client) error {
			all, err := ask[struct {
				List []maskRule `json:"list"`
			}](cmd.Context(), cl, "mask.list", map[string]any{})
			if err != nil {
				return err
			}
			return c.print(all, func(w io.Writer) {
				fmt.Fprintln(w, "ID\tENABLED\tFIELD\tKIND\tOPERATION\tAGENT\tWITHOUT\tGRADE\tREASON")
				for _, r := range all.List {
					fmt.Fprintf(w, "%d\t%t\t%s\t%s\t%s\t%d\t%s\t%s\t%s\n", r.ID, r.Enabled, r.Field, r.Kind, r.Operation, r.AgentID,
						r.WithoutScope, r.DataGrade, r.Reason)
				}
			})
		})
	}}
}

// ruleFlags are what a rule is made of beside its field.
type ruleFlags struct {
	id                                  int64
	kind, pattern, replacement          string
	operation, app, without, grade, why string
	disabled                            bool
}

func (f *ruleFlags) define(cmd *cobra.Command) {
	s := cmd.Flags()
	s.Int64Var(&f.id, "id", 0, "change this rule")
	s.StringVar(&f.kind, "kind", "hide", "phone, idcard, email, name, bankcard, pattern or hide")
	s.StringVar(&f.pattern, "pattern", "", "RE2 expression, for --kind pattern")
	s.StringVar(&f.replacement, "replacement", "", "what the pattern is replaced by; $1 is the first group")
	s.StringVar(&f.operation, "op", "", "only this operation: path, or METHOD and route")
	s.StringVar(&f.app, "app", "", "only this application: name, AppKey or AgentId")
	s.StringVar(&f.without, "without-scope", "", "only callers without this permission point")
	s.StringVar(&f.grade, "grade", "", "only callers of this data grade, R1 or R2")
	s.StringVar(&f.why, "reason", "set on the command line", "why; kept with the rule")
	s.BoolVar(&f.disabled, "disabled", false, "keep the rule without applying it")
}

// request is the rule as the console's operations take it.
func (f *ruleFlags) request(ctx context.Context, cl *client, field string) (map[string]any, error) {
	request := map[string]any{"id": f.id, "field": field, "kind": f.kind, "pattern": f.pattern, "replacement": f.replacement,
		"operation": f.operation, "withoutScope": f.without, "enabled": !f.disabled, "reason": f.why}
	if f.grade != "" {
		request["dataGrade"] = f.grade
	}
	if f.app != "" {
		a, err := find(ctx, cl, f.app)
		if err != nil {
			return nil, err
		}
		request["agentId"] = a.AgentID
	}
	return request, nil
}

func (c *commands) maskSet() *cobra.Command {
	var f ruleFlags
	cmd := &cobra.Command{Use: "set FIELD", Short: "Make or change a rule on a field or path, such as mobile or list[].mobile", Args: args(cobra.ExactArgs(1)),
		RunE: func(cmd *cobra.Command, given []string) error {
			return c.with(cmd.Context(), func(cl *client) error {
				request, err := f.request(cmd.Context(), cl, given[0])
				if err != nil {
					return err
				}
				made, err := ask[maskRule](cmd.Context(), cl, "mask.set", request)
				if err != nil {
					return err
				}
				return c.print(made, func(w io.Writer) { fmt.Fprintf(w, "rule %d: %s as %s\n", made.ID, made.Field, made.Kind) })
			})
		}}
	f.define(cmd)
	return cmd
}

func (c *commands) maskRemove() *cobra.Command {
	return &cobra.Command{Use: "rm ID", Short: "Remove a rule", Args: args(cobra.ExactArgs(1)), RunE: func(cmd *cobra.Command, given []string) error {
		var n int64
		if _, err := fmt.Sscan(given[0], &n); err != nil {
			return usageError{fmt.Errorf("%q is no rule's id; gatepost mask list shows them", given[0])}
		}
		return c.with(cmd.Context(), func(cl *client) error {
			if _, err := ask[struct{}](cmd.Context(), cl, "mask.remove", map[string]any{"id": n}); err != nil {
				return err
			}
			return c.done("rule %d is removed", n)
		})
	}}
}

func (c *commands) maskPreview() *cobra.Command {
	var f ruleFlags
	var user, as string
	cmd := &cobra.Command{Use: "preview FIELD --user USERID", Short: "Show a person as an application would see them under a rule", Args: args(cobra.ExactArgs(1)),
		RunE: func(cmd *cobra.Command, given []string) error {
			if user == "" {
				return usageError{errors.New("--user is needed: whose row shall be shown?")}
			}
			return c.with(cmd.Context(), func(cl *client) error {
				rule, err := f.request(cmd.Context(), cl, given[0])
				if err != nil {
					return err
				}
				a, err := find(cmd.Context(), cl, as)
				if err != nil {
					return err
				}
				seen, err := ask[struct {
					Before  string       `json:"before"`
					After   string       `json:"after"`
					Changed []suppressed `json:"changed"`
				}](cmd.Context(), cl, "mask.preview", map[string]any{"agentId": a.AgentID, "userId": user, "operation": f.operation, "rule": rule})
				if err != nil {
					return err
				}
				return c.print(seen, func(w io.Writer) {
					fmt.Fprintf(w, "before\t%s\nafter\t%s\n", seen.Before, seen.After)
					for _, s := range seen.Changed {
						fmt.Fprintf(w, "changed\t%s\n", s)
					}
				})
			})
		}}
	f.define(cmd)
	cmd.Flags().StringVar(&user, "user", "", "userid of the person who is shown")
	cmd.Flags().StringVar(&as, "as", "", "the application that looks; without it the first one")
	return cmd
}

func (c *commands) person() *cobra.Command {
	return group("person", "Protected people", c.personProtect(), c.personUnprotect(), c.personProtected(), c.personWaive())
}

func (c *commands) personProtect() *cobra.Command {
	var reason string
	cmd := &cobra.Command{Use: "protect USERID", Short: "Show applications nothing but ids of a person", Args: args(cobra.ExactArgs(1)), RunE: func(cmd *cobra.Command, given []string) error {
		return c.with(cmd.Context(), func(cl *client) error {
			if _, err := ask[struct{}](cmd.Context(), cl, "person.protect", map[string]any{"userId": given[0], "reason": reason}); err != nil {
				return err
			}
			return c.done("%s is protected", given[0])
		})
	}}
	cmd.Flags().StringVar(&reason, "reason", "protected on the command line", "why; kept with the protection")
	return cmd
}

func (c *commands) personUnprotect() *cobra.Command {
	return &cobra.Command{Use: "unprotect USERID", Short: "End a protection and its waivers", Args: args(cobra.ExactArgs(1)), RunE: func(cmd *cobra.Command, given []string) error {
		return c.with(cmd.Context(), func(cl *client) error {
			if _, err := ask[struct{}](cmd.Context(), cl, "person.unprotect", map[string]any{"userId": given[0]}); err != nil {
				return err
			}
			return c.done("%s is no longer protected", given[0])
		})
	}}
}

func (c *commands) personProtected() *cobra.Command {
	return &cobra.Command{Use: "protected", Short: "List protected people and waivers", Args: args(cobra.NoArgs), RunE: func(cmd *cobra.Command, _ []string) error {
		return c.with(cmd.Context(), func(cl *client) error {
			all, err := ask[struct {
				List []struct {
					UserID  string `json:"userId"`
					Reason  string `json:"reason"`
					By      string `json:"by"`
					At      int64  `json:"at"`
					Waivers []struct {
						AgentID int64  `json:"agentId"`
						Until   int64  `json:"until"`
						Active  bool   `json:"active"`
						Reason  string `json:"reason"`
					} `json:"waivers"`
				} `json:"list"`
			}](cmd.Context(), cl, "person.protected.list", map[string]any{})
			if err != nil {
				return err
			}
			return c.print(all, func(w io.Writer) {
				fmt.Fprintln(w, "PERSON\tAGENT\tUNTIL\tACTIVE\tREASON")
				for _, p := range all.List {
					fmt.Fprintf(w, "%s\t\t\t\t%s\n", p.UserID, p.Reason)
					for _, v := range p.Waivers {
						fmt.Fprintf(w, "%s\t%d\t%s\t%t\t%s\n", p.UserID, v.AgentID, time.UnixMilli(v.Until).Format(time.DateTime), v.Active, v.Reason)
					}
				}
			})
		})
	}}
}

// moment reads when a waiver ends: a moment, or a day or time of this machine's zone.
func moment(text string) (time.Time, error) {
	for _, layout := range []string{time.RFC3339, time.DateTime, time.DateOnly} {
		if at, err := time.ParseInLocation(layout, text, time.Local); err == nil {
			return at, nil
		}
	}
	return time.Time{}, usageError{fmt.Errorf("--until %q is no time; want e.g. 2030-01-31, \"2030-01-31 08:00:00\" or 2030-01-31T08:00:00Z", text)}
}

func (c *commands) personWaive() *cobra.Command {
	var until, reason string
	var end bool
	cmd := c.onApp("waive USERID --until TIME", "Let one application see a protected person until a date", cobra.ExactArgs(1), func(ctx context.Context, cl *client, a appItem, given []string) error {
		if end {
			if _, err := ask[struct{}](ctx, cl, "person.waiver.remove", map[string]any{"userId": given[0], "agentId": a.AgentID}); err != nil {
				return err
			}
			return c.done("%s no longer sees %s", a.Name, given[0])
		}
		at, err := moment(until)
		if err != nil {
			return err
		}
		if _, err := ask[struct{}](ctx, cl, "person.waiver.set", map[string]any{"userId": given[0], "agentId": a.AgentID, "until": at.UnixMilli(), "reason": reason}); err != nil {
			return err
		}
		return c.done("%s sees %s until %s", a.Name, given[0], at.Format(time.DateTime))
	})
	cmd.Flags().StringVar(&until, "until", "", "when it ends, by the company's clock")
	cmd.Flags().StringVar(&reason, "reason", "waived on the command line", "why; kept with the waiver")
	cmd.Flags().BoolVar(&end, "end", false, "end the waiver at once instead")
	return cmd
}
