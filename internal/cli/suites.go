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

type ownSuite struct {
	AgentID   int64    `json:"agentId"`
	SuiteKey  string   `json:"suiteKey"`
	SuiteID   int64    `json:"suiteId"`
	AppID     int64    `json:"appId"`
	Name      string   `json:"name"`
	State     string   `json:"state"`
	Scopes    []string `json:"scopes"`
	Activates bool     `json:"activates"`
	Companies int      `json:"companies"`
	CreatedAt int64    `json:"createdAt"`
}

type openedSuite struct {
	AgentID       int64    `json:"agentId"`
	SuiteKey      string   `json:"suiteKey"`
	Name          string   `json:"name"`
	Authorization string   `json:"authorization"`
	State         string   `json:"state"`
	Scopes        []string `json:"scopes"`
	OpenedBy      string   `json:"openedBy"`
	OpenedAt      int64    `json:"openedAt"`
}

type suiteList struct {
	Suites []ownSuite    `json:"suites"`
	Opened []openedSuite `json:"opened"`
}

func (c *commands) suites() *cobra.Command {
	return group("suites", "Applications that other companies open", c.suiteCreate(), c.suiteCallback(), c.suiteList(), c.suiteShow(), c.suiteTicket(),
		c.suiteAuthorize(), c.suiteChange(), c.suiteRelieve(),
		c.suiteSwitch("stop", "Switch an opened suite off in this company", "%s is switched off here"),
		c.suiteSwitch("restore", "Switch an opened suite on again", "%s is switched on again"))
}

func (c *commands) suiteCreate() *cobra.Command {
	var description, url, token, key string
	var scopes []string
	var unchecked bool
	cmd := &cobra.Command{Use: "create NAME", Short: "Make a suite and print its credentials, once", Args: args(cobra.ExactArgs(1)),
		RunE: func(cmd *cobra.Command, given []string) error {
			request := map[string]any{"name": given[0], "description": description, "callbackUrl": url, "token": token, "aesKey": key, "check": !unchecked}
			if cmd.Flags().Changed("scopes") {
				request["scopes"] = scopes
			}
			return c.with(cmd.Context(), func(cl *client) error {
				made, err := ask[struct {
					AgentID     int64  `json:"agentId"`
					SuiteKey    string `json:"suiteKey"`
					SuiteSecret string `json:"suiteSecret"`
					SuiteID     int64  `json:"suiteId"`
					AppID       int64  `json:"appId"`
				}](cmd.Context(), cl, "suite.create", request)
				if err != nil {
					return err
				}
				return c.print(made, func(w io.Writer) {
					fmt.Fprintf(w, "SUITE_KEY=%s\nSUITE_SECRET=%s\nSUITE_ID=%d\nSUITE_APP_ID=%d\n", made.SuiteKey, made.SuiteSecret, made.SuiteID, made.AppID)
				})
			})
		}}
	f := cmd.Flags()
	f.StringSliceVar(&scopes, "scopes", nil, "permission points that it asks for, comma-separated; without it the common ones")
	f.StringVar(&description, "description", "", "what it is for")
	f.StringVar(&url, "callback", "", "address that is told of events by HTTP; without it the suite is told by stream")
	f.StringVar(&token, "token", "", "token that signs callbacks, 3 to 64 letters and digits")
	f.StringVar(&key, "aes-key", "", "key that encrypts callbacks, 43 letters and digits")
	f.BoolVar(&unchecked, "no-check", false, "do not ask the receiver whether it understands what it is sent")
	return cmd
}

func (c *commands) suiteCallback() *cobra.Command {
	var url, token, key string
	var unchecked bool
	cmd := &cobra.Command{Use: "callback KEY", Short: "Change where a suite's callbacks go, and their keys", Args: args(cobra.ExactArgs(1)),
		RunE: func(cmd *cobra.Command, given []string) error {
			request := map[string]any{"suiteKey": given[0], "check": !unchecked}
			for flag, change := range map[string]struct{ field, value string }{"url": {"callbackUrl", url}, "token": {"token", token}, "aes-key": {"aesKey", key}} {
				if cmd.Flags().Changed(flag) {
					request[change.field] = change.value
				}
			}
			if len(request) == 2 {
				return usageError{errors.New("nothing to change: give --url, --token or --aes-key")}
			}
			return c.with(cmd.Context(), func(cl *client) error {
				_, err := ask[struct{}](cmd.Context(), cl, "suite.callback", request)
				if err != nil {
					return err
				}
				return c.print(struct{}{}, func(w io.Writer) { fmt.Fprintf(w, "callbacks of %s are changed\n", given[0]) })
			})
		}}
	f := cmd.Flags()
	f.StringVar(&url, "url", "", "address that is told of events")
	f.StringVar(&token, "token", "", "token that signs callbacks, 3 to 64 letters and digits")
	f.StringVar(&key, "aes-key", "", "key that encrypts callbacks, 43 letters and digits")
	f.BoolVar(&unchecked, "no-check", false, "do not ask the receiver whether it understands what it is sent")
	return cmd
}

func (c *commands) suiteList() *cobra.Command {
	return &cobra.Command{Use: "list", Short: "List the company's suites, and those that it opened", Args: args(cobra.NoArgs),
		RunE: func(cmd *cobra.Command, _ []string) error {
			return c.with(cmd.Context(), func(cl *client) error {
				all, err := ask[suiteList](cmd.Context(), cl, "suite.list", map[string]any{})
				if err != nil {
					return err
				}
				return c.print(all, func(w io.Writer) {
					fmt.Fprintln(w, "SUITE KEY\tWHOSE\tSTATE\tAGENT ID\tCOMPANIES\tNAME")
					for _, s := range all.Suites {
						fmt.Fprintf(w, "%s\town\t%s\t%d\t%d\t%s\n", s.SuiteKey, s.State, s.AgentID, s.Companies, s.Name)
					}
					for _, s := range all.Opened {
						fmt.Fprintf(w, "%s\topened\t%s, %s\t%d\t\t%s\n", s.SuiteKey, s.Authorization, s.State, s.AgentID, s.Name)
					}
				})
			})
		}}
}

func (c *commands) suiteShow() *cobra.Command {
	return &cobra.Command{Use: "show KEY", Short: "Show a suite of this company, and who opened it", Args: args(cobra.ExactArgs(1)),
		RunE: func(cmd *cobra.Command, given []string) error {
			return c.with(cmd.Context(), func(cl *client) error {
				s, err := ask[struct {
					Suite     ownSuite `json:"suite"`
					Companies []struct {
						CorpID        string `json:"corpId"`
						CorpName      string `json:"corpName"`
						AgentID       int64  `json:"agentId"`
						Authorization string `json:"authorization"`
						OpenedAt      int64  `json:"openedAt"`
					} `json:"companies"`
				}](cmd.Context(), cl, "suite.get", map[string]any{"suiteKey": given[0]})
				if err != nil {
					return err
				}
				return c.print(s, func(w io.Writer) {
					fmt.Fprintf(w, "name\t%s\nsuiteId\t%d\nappId\t%d\nstate\t%s\nasks for\t%s\n", s.Suite.Name, s.Suite.SuiteID, s.Suite.AppID,
						s.Suite.State, strings.Join(s.Suite.Scopes, ", "))
					for _, o := range s.Companies {
						fmt.Fprintf(w, "opened\t%s\t%s\t%d\t%s\n", o.CorpName, o.CorpID, o.AgentID, o.Authorization)
					}
				})
			})
		}}
}

func (c *commands) suiteTicket() *cobra.Command {
	return &cobra.Command{Use: "ticket KEY", Short: "Print the present ticket of a suite", Args: args(cobra.ExactArgs(1)),
		RunE: func(cmd *cobra.Command, given []string) error {
			return c.with(cmd.Context(), func(cl *client) error {
				t, err := ask[struct {
					SuiteTicket string `json:"suiteTicket"`
					ExpiresAt   int64  `json:"expiresAt"`
				}](cmd.Context(), cl, "suite.ticket", map[string]any{"suiteKey": given[0]})
				if err != nil {
					return err
				}
				return c.print(t, func(w io.Writer) {
					fmt.Fprintf(w, "SUITE_TICKET=%s\nends\t%s\n", t.SuiteTicket, time.UnixMilli(t.ExpiresAt).Format(time.DateTime))
				})
			})
		}}
}

// openingFlags are what a company decides of a suite that it opens.
type openingFlags struct {
	suite  string
	scopes []string
	depts  []int64
	users  []string
	all    bool
}

func (f *openingFlags) define(cmd *cobra.Command) {
	s := cmd.Flags()
	s.StringVar(&f.suite, "suite", "", "SuiteKey")
	s.StringSliceVar(&f.scopes, "scopes", nil, "permission points, comma-separated")
	s.Int64SliceVar(&f.depts, "depts", nil, "departments that it sees, with everything below them")
	s.StringSliceVar(&f.users, "users", nil, "people that it sees")
	s.BoolVar(&f.all, "all", false, "it sees everybody")
}

// request is what the flags say; what they do not say is left out.
func (f *openingFlags) request(cmd *cobra.Command) (map[string]any, error) {
	if f.suite == "" {
		return nil, usageError{errors.New("--suite is needed: the SuiteKey, which gatepost suites list shows to its vendor")}
	}
	request := map[string]any{"suiteKey": f.suite}
	if cmd.Flags().Changed("scopes") {
		request["scopes"] = f.scopes
	}
	some := len(f.depts)+len(f.users) > 0
	switch {
	case f.all && some:
		return nil, usageError{errors.New("--all and --depts or --users contradict each other")}
	case f.all:
		request["range"] = map[string]any{"all": true}
	case some:
		request["range"] = map[string]any{"departments": f.depts, "users": f.users}
	}
	return request, nil
}

func (c *commands) suiteAuthorize() *cobra.Command {
	var f openingFlags
	var name string
	cmd := &cobra.Command{Use: "authorize --suite KEY", Short: "Open a suite in this company, or in that of --corp", Args: args(cobra.NoArgs),
		RunE: func(cmd *cobra.Command, _ []string) error {
			request, err := f.request(cmd)
			if err != nil {
				return err
			}
			request["name"] = name
			return c.with(cmd.Context(), func(cl *client) error {
				made, err := ask[struct {
					AgentID       int64  `json:"agentId"`
					Authorization string `json:"authorization"`
				}](cmd.Context(), cl, "suite.authorize", request)
				if err != nil {
					return err
				}
				return c.print(made, func(w io.Writer) {
					fmt.Fprintf(w, "AGENT_ID=%d\nauthorization\t%s\n", made.AgentID, made.Authorization)
				})
			})
		}}
	f.define(cmd)
	cmd.Flags().StringVar(&name, "name", "", "name of its app in the company; without it the suite's")
	return cmd
}

func (c *commands) suiteChange() *cobra.Command {
	var f openingFlags
	cmd := &cobra.Command{Use: "change --suite KEY", Short: "Change what an opened suite sees and may", Args: args(cobra.NoArgs),
		RunE: func(cmd *cobra.Command, _ []string) error {
			request, err := f.request(cmd)
			if err != nil {
				return err
			}
			if len(request) == 1 {
				return usageError{errors.New("nothing to change: give --scopes, or --all, --depts or --users")}
			}
			return c.onSuite(cmd.Context(), "suite.change", request, "%s is changed", f.suite)
		}}
	f.define(cmd)
	return cmd
}

func (c *commands) suiteRelieve() *cobra.Command {
	var f openingFlags
	var confirm string
	cmd := &cobra.Command{Use: "relieve --suite KEY --confirm NAME", Short: "End the authorization of a suite; its app is removed from the company", Args: args(cobra.NoArgs),
		RunE: func(cmd *cobra.Command, _ []string) error {
			request, err := f.request(cmd)
			if err != nil {
				return err
			}
			if confirm == "" {
				return usageError{fmt.Errorf("this ends every call of %s in this company at once; repeat with --confirm and the name of its app, which gatepost app list shows", f.suite)}
			}
			request["confirm"] = confirm
			return c.onSuite(cmd.Context(), "suite.relieve", request, "%s is relieved", f.suite)
		}}
	cmd.Flags().StringVar(&f.suite, "suite", "", "SuiteKey")
	cmd.Flags().StringVar(&confirm, "confirm", "", "name of its app in the company, to show that it is meant")
	return cmd
}

func (c *commands) suiteSwitch(name, short, done string) *cobra.Command {
	var f openingFlags
	cmd := &cobra.Command{Use: name + " --suite KEY", Short: short, Args: args(cobra.NoArgs), RunE: func(cmd *cobra.Command, _ []string) error {
		request, err := f.request(cmd)
		if err != nil {
			return err
		}
		return c.onSuite(cmd.Context(), "suite."+name, request, done, f.suite)
	}}
	cmd.Flags().StringVar(&f.suite, "suite", "", "SuiteKey")
	return cmd
}

// onSuite asks for something that answers nothing.
func (c *commands) onSuite(ctx context.Context, operation string, request map[string]any, done string, of string) error {
	return c.with(ctx, func(cl *client) error {
		if _, err := ask[struct{}](ctx, cl, operation, request); err != nil {
			return err
		}
		return c.done(done, of)
	})
}
