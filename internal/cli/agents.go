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

type agentPolicy struct {
	AgentID    int64    `json:"agentId"`
	Allowed    bool     `json:"allowed"`
	Reads      bool     `json:"reads"`
	Operations []string `json:"operations"`
	By         string   `json:"by,omitzero"`
	At         int64    `json:"at,omitzero"`
}

func (p agentPolicy) String() string {
	switch {
	case !p.Allowed:
		return "agents may call nothing"
	case !p.Reads:
		return "agents may call " + strings.Join(p.Operations, ", ")
	case len(p.Operations) == 0:
		return "agents may call what reads"
	}
	return "agents may call what reads, and " + strings.Join(p.Operations, ", ")
}

func (c *commands) agent() *cobra.Command {
	return group("agent", "What programs may do for people, at /mcp", c.agentShow(), c.agentAllow(), c.agentDeny(), c.agentRequests(),
		c.agentDecide("approve", "Confirm one call that a program wants to make for you", true),
		c.agentDecide("reject", "Reject a call that a program wants to make for you", false))
}

func (c *commands) agentShow() *cobra.Command {
	return c.onApp("show", "Show what programs may call through an application", cobra.NoArgs, func(ctx context.Context, cl *client, a appItem, _ []string) error {
		p, err := ask[agentPolicy](ctx, cl, "delegation.policy.get", map[string]any{"agentId": a.AgentID})
		return c.toldPolicy(a, p, err)
	})
}

func (c *commands) agentAllow() *cobra.Command {
	var reads bool
	var operations []string
	cmd := c.onApp("allow", "Set what programs may call through an application", cobra.NoArgs, func(ctx context.Context, cl *client, a appItem, _ []string) error {
		if !reads && len(operations) == 0 {
			return usageError{errors.New("--reads or --op is needed: what shall be allowed?")}
		}
		p, err := ask[agentPolicy](ctx, cl, "delegation.policy.set", map[string]any{"agentId": a.AgentID, "reads": reads, "operations": operations})
		return c.toldPolicy(a, p, err)
	})
	cmd.Flags().BoolVar(&reads, "reads", false, "every operation that reads")
	cmd.Flags().StringArrayVar(&operations, "op", nil, "this operation, METHOD and path; once for each. What writes asks its person each time")
	return cmd
}

func (c *commands) agentDeny() *cobra.Command {
	return c.onApp("deny", "Let programs call nothing through an application", cobra.NoArgs, func(ctx context.Context, cl *client, a appItem, _ []string) error {
		p, err := ask[agentPolicy](ctx, cl, "delegation.policy.set", map[string]any{"agentId": a.AgentID})
		return c.toldPolicy(a, p, err)
	})
}

func (c *commands) toldPolicy(a appItem, p agentPolicy, err error) error {
	if err != nil {
		return err
	}
	return c.print(p, func(w io.Writer) { fmt.Fprintf(w, "%s: %s\n", a.Name, p) })
}

func (c *commands) agentRequests() *cobra.Command {
	return &cobra.Command{Use: "requests", Short: "List what programs want to do for you", Args: args(cobra.NoArgs), RunE: func(cmd *cobra.Command, _ []string) error {
		return c.with(cmd.Context(), func(cl *client) error {
			all, err := ask[struct {
				List []struct {
					ID        string `json:"id"`
					AgentID   int64  `json:"agentId"`
					Delegate  string `json:"delegate"`
					Operation string `json:"operation"`
					Arguments string `json:"arguments"`
					State     string `json:"state"`
					Until     int64  `json:"until"`
				} `json:"list"`
			}](cmd.Context(), cl, "delegation.request.list", map[string]any{})
			if err != nil {
				return err
			}
			return c.print(all, func(w io.Writer) {
				fmt.Fprintln(w, "ID\tSTATE\tUNTIL\tPROGRAM\tAPP\tCALL")
				for _, r := range all.List {
					fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%d\t%s %s\n", r.ID, r.State, time.UnixMilli(r.Until).Format(time.TimeOnly), r.Delegate, r.AgentID, r.Operation, r.Arguments)
				}
			})
		})
	}}
}

func (c *commands) agentDecide(word, short string, approve bool) *cobra.Command {
	return &cobra.Command{Use: word + " ID", Short: short, Args: args(cobra.ExactArgs(1)), RunE: func(cmd *cobra.Command, given []string) error {
		return c.with(cmd.Context(), func(cl *client) error {
			if _, err := ask[struct{}](cmd.Context(), cl, "delegation.request.decide", map[string]any{"id": given[0], "approve": approve}); err != nil {
				return err
			}
			if approve {
				return c.done("request %s is confirmed: the program may make this call once", given[0])
			}
			return c.done("request %s is rejected", given[0])
		})
	}}
}
