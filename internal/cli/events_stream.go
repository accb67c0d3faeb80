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

type connectionItem struct {
	ID       string   `json:"id"`
	AgentID  int64    `json:"agentId"`
	AppKey   string   `json:"appKey"`
	Node     int64    `json:"node"`
	Since    int64    `json:"since"`
	Remote   string   `json:"remote"`
	Local    string   `json:"local,omitzero"`
	Agent    string   `json:"userAgent,omitzero"`
	Events   bool     `json:"events"`
	Topics   []string `json:"topics,omitempty"`
	Answered int64    `json:"answeredAt,omitzero"`
}

// takes is what a connection subscribed to.
func (i *connectionItem) takes() string {
	all := i.Topics
	if i.Events {
		all = append([]string{"events"}, all...)
	}
	return strings.Join(all, ", ")
}

func (c *commands) eventsConnections() *cobra.Command {
	var app string
	cmd := &cobra.Command{Use: "connections [--app K]", Short: "List the connections that apps have open", Args: args(cobra.NoArgs), RunE: func(cmd *cobra.Command, _ []string) error {
		return c.with(cmd.Context(), func(cl *client) error {
			q := map[string]any{}
			if app != "" {
				a, err := find(cmd.Context(), cl, app)
				if err != nil {
					return err
				}
				q["agentId"] = a.AgentID
			}
			all, err := ask[struct {
				List []connectionItem `json:"list"`
			}](cmd.Context(), cl, "stream.connections", q)
			if err != nil {
				return err
			}
			return c.print(all, func(w io.Writer) {
				fmt.Fprintln(w, "ID\tAPP\tNODE\tSINCE\tFROM\tCLIENT\tTAKES\tLAST ANSWER")
				for i := range all.List {
					v := &all.List[i]
					fmt.Fprintf(w, "%s\t%s\t%d\t%s\t%s\t%s\t%s\t%s\n", v.ID, v.AppKey, v.Node, shownAt(v.Since), v.Remote, v.Agent, v.takes(), shownAt(v.Answered))
				}
			})
		})
	}}
	cmd.Flags().StringVar(&app, "app", "", "name, AppKey or AgentId; without it all apps")
	return cmd
}

// shownAt is a time as lists show it; empty for none.
func shownAt(ms int64) string {
	if ms == 0 {
		return ""
	}
	return time.UnixMilli(ms).Format("2006-01-02 15:04:05")
}

type callbackAnswer struct {
	Connection string `json:"connection"`
	Code       int64  `json:"code"`
	Message    string `json:"message"`
	Data       string `json:"data"`
	TookMS     int64  `json:"tookMs"`
}

func (c *commands) eventsCallback() *cobra.Command {
	var topic, data string
	var wait int64
	cmd := c.onApp("callback --topic T [--data JSON]", "Send a callback to one connection of an app, and show the answer; sandbox companies only", cobra.NoArgs,
		func(ctx context.Context, cl *client, a appItem, _ []string) error {
			if topic == "" {
				return usageError{errors.New("--topic is needed, for example /v1.0/im/bot/messages/get")}
			}
			got, err := ask[callbackAnswer](ctx, cl, "stream.send", map[string]any{"agentId": a.AgentID, "topic": topic, "data": data, "wait": wait})
			if err != nil {
				return err
			}
			return c.print(got, func(w io.Writer) {
				fmt.Fprintf(w, "code\t%d\nmessage\t%s\ndata\t%s\ntook\t%d ms\nconnection\t%s\n", got.Code, got.Message, got.Data, got.TookMS, got.Connection)
			})
		})
	cmd.Flags().StringVar(&topic, "topic", "", "what the app subscribed to")
	cmd.Flags().StringVar(&data, "data", "{}", "the callback's content, JSON")
	cmd.Flags().Int64Var(&wait, "wait", 5, "seconds to wait for the answer, 1 to 20")
	return cmd
}
