package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"
)

type operationItem struct {
	Operation string       `json:"operation"`
	Title     string       `json:"title"`
	TitleEN   string       `json:"titleEn"`
	Grade     string       `json:"grade"`
	Scope     string       `json:"scope"`
	State     string       `json:"state"`
	Switches  []switchItem `json:"switches"`
}

type switchItem struct {
	Platform bool     `json:"platform"`
	State    string   `json:"state"`
	Apps     []string `json:"apps"`
	Reason   string   `json:"reason"`
	By       string   `json:"by"`
	At       int64    `json:"at"`
}

type operationPage struct {
	List       []operationItem `json:"list"`
	HasMore    bool            `json:"hasMore"`
	NextCursor string          `json:"nextCursor"`
}

func (c *commands) operation() *cobra.Command {
	return group("operation", "Operations, and to whom they are open", c.operationList(), c.operationShow(), c.operationClose(), c.operationOpen(), c.operationAllow())
}

func (c *commands) operationList() *cobra.Command {
	request := map[string]any{"size": 100}
	filters := map[string]*string{}
	cmd := &cobra.Command{Use: "list", Short: "List operations and who switched them", Args: args(cobra.NoArgs), RunE: func(cmd *cobra.Command, _ []string) error {
		return c.with(cmd.Context(), func(cl *client) error {
			for name, value := range filters {
				if *value != "" {
					request[name] = *value
				}
			}
			all, err := listOperations(cmd.Context(), cl, request)
			if err != nil {
				return err
			}
			return c.print(map[string]any{"list": all}, func(w io.Writer) {
				fmt.Fprintln(w, "STATE\tGRADE\tSCOPE\tOPERATION\tTITLE")
				for _, o := range all {
					title := o.TitleEN
					if cl.lang != "en" {
						title = o.Title
					}
					fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\n", o.State, o.Grade, o.Scope, o.Operation, title)
					for _, s := range o.Switches {
						fmt.Fprintf(w, "\t\t\t  %s\n", s)
					}
				}
			})
		})
	}}
	for name, told := range map[string]string{
		"search":  "part of the path, the title or the permission point",
		"state":   "only these: open, closed or allowed",
		"dialect": "only these: v1 or v2",
		"grade":   "only these: R1, R2, W1 or W2",
		"scope":   "only those of this permission point",
		"which":   "switchable, offered (also without a token), known (not offered yet) or all; otherwise switchable",
	} {
		filters[name] = cmd.Flags().String(name, "", told)
	}
	return cmd
}

func listOperations(ctx context.Context, cl *client, request map[string]any) ([]operationItem, error) {
	all := []operationItem{}
	for {
		page, err := ask[operationPage](ctx, cl, "operation.list", request)
		if err != nil {
			return nil, err
		}
		all = append(all, page.List...)
		if request["cursor"] = page.NextCursor; !page.HasMore {
			return all, nil
		}
	}
}

type operationField struct {
	Field string `json:"field"`
	Type  string `json:"type"`
	Grade string `json:"grade,omitempty"`
	Mask  string `json:"mask,omitempty"`
	Needs string `json:"needs,omitempty"`
	Doc   string `json:"doc"`
}

func (c *commands) operationShow() *cobra.Command {
	return &cobra.Command{Use: "show OPERATION", Short: "Show an operation with its fields and their grades", Args: args(cobra.ExactArgs(1)),
		RunE: func(cmd *cobra.Command, given []string) error {
			return c.with(cmd.Context(), func(cl *client) error {
				o, err := ask[struct {
					Item    operationItem    `json:"item"`
					Doc     string           `json:"doc"`
					Docs    string           `json:"docs"`
					Request []operationField `json:"request"`
					Answer  []operationField `json:"answer"`
				}](cmd.Context(), cl, "operation.get", map[string]any{"operation": given[0]})
				if err != nil {
					return err
				}
				return c.print(o, func(w io.Writer) {
					fmt.Fprintf(w, "%s\t%s\t%s\t%s\n%s\n", o.Item.State, o.Item.Grade, o.Item.Scope, o.Item.Operation, o.Doc)
					for _, fields := range [][]operationField{o.Request, o.Answer} {
						fmt.Fprintln(w, "\nFIELD\tTYPE\tGRADE\tMASK\tNEEDS")
						for _, f := range fields {
							fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\n", f.Field, f.Type, f.Grade, f.Mask, f.Needs)
						}
					}
				})
			})
		}}
}

// String tells a switch in a line.
func (s switchItem) String() string {
	by := s.By
	if s.Platform {
		by += " for the platform"
	}
	if len(s.Apps) > 0 {
		return fmt.Sprintf("%s to %s by %s: %s", s.State, strings.Join(s.Apps, ", "), by, s.Reason)
	}
	return fmt.Sprintf("%s by %s: %s", s.State, by, s.Reason)
}

// onOperation is a command that switches one operation into a state. Apps, if
// it takes any, are for whom it is open then.
func (c *commands) onOperation(use, short, state, done string, apps *[]string) *cobra.Command {
	var reason string
	var platform bool
	form := use + " OPERATION"
	if state != "open" {
		form += " --reason WHY"
	}
	cmd := &cobra.Command{Use: form, Short: short, Args: args(cobra.ExactArgs(1)), RunE: func(cmd *cobra.Command, given []string) error {
		return c.with(cmd.Context(), func(cl *client) error {
			request := map[string]any{"operation": given[0], "state": state, "reason": reason, "platform": platform}
			if apps != nil {
				keys, err := appKeys(cmd.Context(), cl, *apps, platform)
				if err != nil {
					return err
				}
				request["apps"] = keys
			}
			if _, err := ask[struct{}](cmd.Context(), cl, "operation.switch", request); err != nil {
				return err
			}
			return c.done("%s is %s", given[0], done)
		})
	}}
	if state != "open" {
		cmd.Flags().StringVar(&reason, "reason", "", "why; told to whoever is refused")
	}
	cmd.Flags().BoolVar(&platform, "platform", false, "for every company; the platform's operator only")
	return cmd
}

// appKeys turns names of applications into keys. A platform-wide switch may
// list apps of any company, so those are given as keys.
func appKeys(ctx context.Context, cl *client, names []string, platform bool) ([]string, error) {
	if len(names) == 0 {
		return nil, usageError{errors.New("--app is needed: for which applications is it open?")}
	}
	if platform {
		return names, nil
	}
	keys := make([]string, len(names))
	for i, name := range names {
		a, err := find(ctx, cl, name)
		if err != nil {
			return nil, err
		}
		keys[i] = a.AppKey
	}
	return keys, nil
}

func (c *commands) operationClose() *cobra.Command {
	return c.onOperation("close", "Close an operation to every application", "closed", "closed", nil)
}

func (c *commands) operationOpen() *cobra.Command {
	return c.onOperation("open", "Open an operation again", "open", "open", nil)
}

func (c *commands) operationAllow() *cobra.Command {
	var apps []string
	cmd := c.onOperation("allow", "Open an operation to the named applications alone", "allowed", "open to the named applications alone", &apps)
	cmd.Flags().StringSliceVar(&apps, "app", nil, "names, AppKeys or AgentIds, comma-separated; with --platform AppKeys")
	return cmd
}
