package cli

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/spf13/cobra"
)

func (c *commands) login() *cobra.Command {
	return &cobra.Command{Use: "login", Short: "Sign in and save the session", Args: args(cobra.NoArgs), RunE: func(cmd *cobra.Command, _ []string) error {
		base := strings.TrimSuffix(c.value(c.url, "GATEPOST_URL", nil), "/")
		if base == "" {
			base = "http://127.0.0.1:8700"
		}
		in := bufio.NewReader(c.In)
		user, err := c.prompt(in, c.value(c.user, "ADMIN_USER", nil), "user: ")
		if err != nil {
			return err
		}
		password, err := c.prompt(in, c.value(c.password, "ADMIN_PASSWORD", nil), "password: ")
		if err != nil {
			return err
		}
		web, err := c.web(base)
		if err != nil {
			return err
		}
		cl := &client{base: base, http: web, lang: c.lang()}
		s, err := ask[opened](cmd.Context(), cl, "session.open", map[string]any{"user": user, "password": password})
		if err != nil {
			return err
		}
		if err := c.saveProfile(profile{base, s.Token}); err != nil {
			return err
		}
		return c.done("signed in to %s as %s of %s", base, s.Name, s.CorpName)
	}}
}

func (c *commands) prompt(in *bufio.Reader, given, ask string) (string, error) {
	if given != "" {
		return given, nil
	}
	fmt.Fprint(c.Err, ask)
	line, err := in.ReadString('\n')
	if err != nil && (!errors.Is(err, io.EOF) || line == "") {
		return "", usageError{fmt.Errorf("no answer to %q", strings.TrimSuffix(ask, ": "))}
	}
	return strings.TrimRight(line, "\r\n"), nil
}

func (c *commands) logout() *cobra.Command {
	return &cobra.Command{Use: "logout", Short: "End the saved session", Args: args(cobra.NoArgs), RunE: func(cmd *cobra.Command, _ []string) error {
		p, err := c.loadProfile()
		if err != nil {
			return err
		}
		if p.Token == "" {
			return c.done("there was no saved session")
		}
		web, err := c.web(p.URL)
		if err != nil {
			return err
		}
		cl := &client{base: p.URL, token: p.Token, http: web, lang: c.lang()}
		if _, err := ask[struct{}](cmd.Context(), cl, "session.close", map[string]any{}); err != nil {
			if _, refused := errors.AsType[*refusal](err); !refused {
				fmt.Fprintf(c.Err, "the platform could not be told: %v\n", err)
			}
		}
		if err := c.saveProfile(profile{}); err != nil {
			return err
		}
		return c.done("signed out of %s", p.URL)
	}}
}

type corpItem struct {
	CorpID      string `json:"corpId"`
	Name        string `json:"name"`
	Sandbox     bool   `json:"sandbox"`
	People      int64  `json:"people"`
	Departments int64  `json:"departments"`
}

type corpPage struct {
	List []corpItem `json:"list"`
}

func (c *commands) org() *cobra.Command {
	return group("org", "Companies", c.orgList(), c.orgCreate(), c.orgRename(), c.orgReset(), c.orgSSO(), c.orgSet())
}

func (c *commands) orgList() *cobra.Command {
	return &cobra.Command{Use: "list", Short: "List companies", Args: args(cobra.NoArgs), RunE: func(cmd *cobra.Command, _ []string) error {
		return c.with(cmd.Context(), func(cl *client) error {
			all, err := ask[corpPage](cmd.Context(), cl, "corp.list", map[string]any{})
			if err != nil {
				return err
			}
			return c.print(all, func(w io.Writer) {
				fmt.Fprintln(w, "CORP ID\tPEOPLE\tDEPARTMENTS\tSANDBOX\tNAME")
				for _, o := range all.List {
					fmt.Fprintf(w, "%s\t%d\t%d\t%t\t%s\n", o.CorpID, o.People, o.Departments, o.Sandbox, o.Name)
				}
			})
		})
	}}
}

func (c *commands) orgCreate() *cobra.Command {
	var people int
	var sandbox bool
	cmd := &cobra.Command{Use: "create NAME", Short: "Make a company", Args: args(cobra.ExactArgs(1)), RunE: func(cmd *cobra.Command, given []string) error {
		return c.with(cmd.Context(), func(cl *client) error {
			made, err := ask[struct {
				CorpID string `json:"corpId"`
			}](cmd.Context(), cl, "corp.create", map[string]any{"name": given[0], "people": people, "sandbox": sandbox})
			if err != nil {
				return err
			}
			return c.print(made, func(w io.Writer) { fmt.Fprintf(w, "CORP_ID=%s\n", made.CorpID) })
		})
	}}
	cmd.Flags().IntVar(&people, "people", 0, "fill it with so many invented people (makes a sandbox)")
	cmd.Flags().BoolVar(&sandbox, "sandbox", false, "its clock can be moved and it can be reset")
	return cmd
}

func (c *commands) orgRename() *cobra.Command {
	return &cobra.Command{Use: "rename NAME", Short: "Give the company another name", Args: args(cobra.ExactArgs(1)), RunE: func(cmd *cobra.Command, given []string) error {
		return c.with(cmd.Context(), func(cl *client) error {
			if _, err := ask[struct{}](cmd.Context(), cl, "corp.rename", map[string]any{"name": given[0]}); err != nil {
				return err
			}
			return c.done("the company is called %s", given[0])
		})
	}}
}

func (c *commands) orgReset() *cobra.Command {
	var confirm string
	cmd := &cobra.Command{Use: "reset [CORP_ID]", Short: "Empty a sandbox company; a demo is made anew", Args: args(cobra.MaximumNArgs(1)), RunE: func(cmd *cobra.Command, given []string) error {
		return c.with(cmd.Context(), func(cl *client) error {
			here, err := ask[opened](cmd.Context(), cl, "session.get", map[string]any{})
			if err != nil {
				return err
			}
			id := here.CorpID
			if len(given) > 0 {
				id = given[0]
			}
			if confirm == "" {
				return usageError{fmt.Errorf("this removes every person, application and call of %s; repeat with --confirm and the company's name", id)}
			}
			if _, err := ask[struct{}](cmd.Context(), cl, "corp.reset", map[string]any{"corpId": id, "confirm": confirm}); err != nil {
				return err
			}
			return c.done("%s is reset", confirm)
		})
	}}
	cmd.Flags().StringVar(&confirm, "confirm", "", "the company's name")
	return cmd
}

func (c *commands) orgSSO() *cobra.Command {
	return &cobra.Command{Use: "sso", Short: "Print the company's SSO secret", Args: args(cobra.NoArgs), RunE: func(cmd *cobra.Command, _ []string) error {
		return c.with(cmd.Context(), func(cl *client) error {
			s, err := ask[struct {
				SSOSecret string `json:"ssoSecret"`
			}](cmd.Context(), cl, "corp.sso.secret", map[string]any{})
			if err != nil {
				return err
			}
			return c.print(s, func(w io.Writer) { fmt.Fprintln(w, s.SSOSecret) })
		})
	}}
}

func (c *commands) orgSet() *cobra.Command {
	var https bool
	cmd := &cobra.Command{Use: "set", Short: "Show or change what the company asks of every call", Args: args(cobra.NoArgs), RunE: func(cmd *cobra.Command, _ []string) error {
		return c.with(cmd.Context(), func(cl *client) error {
			request := map[string]any{}
			if cmd.Flags().Changed("require-https") {
				request["requireHttps"] = https
			}
			s, err := ask[struct {
				RequireHTTPS bool `json:"requireHttps"`
			}](cmd.Context(), cl, "corp.settings.set", request)
			if err != nil {
				return err
			}
			return c.print(s, func(w io.Writer) { fmt.Fprintf(w, "require https\t%t\n", s.RequireHTTPS) })
		})
	}}
	cmd.Flags().BoolVar(&https, "require-https", false, "refuse calls that do not come over https")
	return cmd
}

type clockView struct {
	Now      int64 `json:"now"`
	OffsetMS int64 `json:"offsetMs"`
	Movable  bool  `json:"movable"`
}

// clock takes a duration that may begin with a minus sign, so its one argument
// is not read as flags.
func (c *commands) clock() *cobra.Command {
	cmd := &cobra.Command{Use: "clock [+2h | -30m | 12d | reset]", Short: "Show or move the company's clock", DisableFlagParsing: true,
		RunE: func(cmd *cobra.Command, given []string) error {
			given, help, err := c.clockArgs(given)
			if err != nil {
				return err
			}
			if help {
				return cmd.Help()
			}
			operation, request := "clock.get", map[string]any{}
			if len(given) == 1 {
				operation, request = "clock.move", map[string]any{"by": given[0]}
				if given[0] == "reset" {
					operation, request = "clock.reset", map[string]any{}
				}
			}
			return c.with(cmd.Context(), func(cl *client) error {
				v, err := ask[clockView](cmd.Context(), cl, operation, request)
				if err != nil {
					return err
				}
				return c.print(v, func(w io.Writer) {
					moved := "real time"
					if v.OffsetMS != 0 {
						moved = fmt.Sprintf("moved by %s", time.Duration(v.OffsetMS)*time.Millisecond)
					}
					fmt.Fprintf(w, "%s (%s)\n", time.UnixMilli(v.Now).Format(time.DateTime), moved)
				})
			})
		}}
	return cmd
}

func (c *commands) clockArgs(given []string) (rest []string, help bool, err error) {
	for i := 0; i < len(given); i++ {
		name, value, inline := strings.Cut(given[i], "=")
		target := map[string]*string{"--url": &c.url, "--corp": &c.corp}[name]
		switch {
		case name == "--json":
			c.json = true
		case name == "--help" || name == "-h":
			help = true
		case target != nil && inline:
			*target = value
		case target != nil && i+1 < len(given):
			i++
			*target = given[i]
		case strings.HasPrefix(name, "--"):
			return nil, false, usageError{fmt.Errorf("unknown flag %s of gatepost clock", name)}
		default:
			rest = append(rest, given[i])
		}
	}
	if len(rest) > 1 {
		return nil, false, usageError{fmt.Errorf("gatepost clock takes one argument, e.g. +2h or reset, not %q", rest)}
	}
	return rest, help, nil
}
