package cli

import (
	"context"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/spf13/cobra"
)

type consentItem struct {
	UserID   string   `json:"userId"`
	AgentID  int64    `json:"agentId"`
	AppName  string   `json:"appName"`
	Scopes   []string `json:"scopes"`
	Declined []string `json:"declined"`
	At       int64    `json:"at"`
}

type consentList struct {
	List []consentItem `json:"list"`
}

func (c *commands) consent() *cobra.Command {
	return group("consent", "What people let applications do", c.consentList(), c.consentRevoke())
}

func (c *commands) consentList() *cobra.Command {
	var app string
	cmd := &cobra.Command{Use: "list", Short: "List what you let applications do, or with --app who let one in", Args: args(cobra.NoArgs),
		RunE: func(cmd *cobra.Command, _ []string) error {
			return c.with(cmd.Context(), func(cl *client) error {
				operation, request := "consent.list", map[string]any{}
				if app != "" {
					a, err := find(cmd.Context(), cl, app)
					if err != nil {
						return err
					}
					operation, request = "app.consent.list", map[string]any{"agentId": a.AgentID}
				}
				all, err := ask[consentList](cmd.Context(), cl, operation, request)
				if err != nil {
					return err
				}
				return c.print(all, func(w io.Writer) {
					fmt.Fprintln(w, "AGENT ID\tAPP\tUSER\tSINCE\tAGREED\tDECLINED")
					for _, i := range all.List {
						fmt.Fprintf(w, "%d\t%s\t%s\t%s\t%s\t%s\n", i.AgentID, i.AppName, i.UserID, time.UnixMilli(i.At).Format(time.DateTime),
							strings.Join(i.Scopes, ","), strings.Join(i.Declined, ","))
					}
				})
			})
		}}
	cmd.Flags().StringVar(&app, "app", "", "name, AppKey or AgentId; for administrators")
	return cmd
}

func (c *commands) consentRevoke() *cobra.Command {
	var user string
	cmd := &cobra.Command{Use: "revoke AGENT_ID", Short: "Take your consent to an application back, or with --user a person's", Args: args(cobra.ExactArgs(1)),
		RunE: func(cmd *cobra.Command, given []string) error {
			return c.with(cmd.Context(), func(cl *client) error { return c.revokeConsent(cmd.Context(), cl, given[0], user) })
		}}
	cmd.Flags().StringVar(&user, "user", "", "userid of the person; for administrators")
	return cmd
}

func (c *commands) revokeConsent(ctx context.Context, cl *client, agent, user string) error {
	var n int64
	if _, err := fmt.Sscan(agent, &n); err != nil {
		return usageError{fmt.Errorf("%q is no AgentId; gatepost consent list shows them", agent)}
	}
	operation, request := "consent.revoke", map[string]any{"agentId": n}
	if user != "" {
		operation, request["userId"] = "app.consent.revoke", user
	}
	ended, err := ask[struct {
		Revoked int64 `json:"revoked"`
	}](ctx, cl, operation, request)
	if err != nil {
		return err
	}
	return c.done("the consent to %d is taken back; tokens ended: %d", n, ended.Revoked)
}
