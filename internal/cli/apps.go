package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"
)

type appItem struct {
	AgentID     int64  `json:"agentId"`
	AppKey      string `json:"appKey"`
	Name        string `json:"name"`
	Description string `json:"description"`
	State       string `json:"state"`
	DataGrade   string `json:"dataGrade"`
	Scopes      int    `json:"scopes"`
	CreatedAt   int64  `json:"createdAt"`
	Suite       string `json:"suite,omitzero"`
}

type appPage struct {
	List       []appItem `json:"list"`
	HasMore    bool      `json:"hasMore"`
	NextCursor string    `json:"nextCursor,omitempty"`
	TotalCount int64     `json:"totalCount"`
}

func (c *commands) app() *cobra.Command {
	return group("app", "Applications", c.appCreate(), c.appList(), c.appGrant(), c.appRevoke(), c.appSecret(), c.appSign(), c.appSet(), c.appCode(), c.appDelete())
}

func (c *commands) appCreate() *cobra.Command {
	var scopes, dialects []string
	var description, grade string
	var strict bool
	cmd := &cobra.Command{Use: "create NAME", Short: "Make an application and print its credentials, once", Args: args(cobra.ExactArgs(1)),
		RunE: func(cmd *cobra.Command, given []string) error {
			return c.with(cmd.Context(), func(cl *client) error {
				request := map[string]any{"name": given[0], "description": description, "dataGrade": grade, "strict": strict}
				if cmd.Flags().Changed("dialects") {
					request["dialects"] = dialects
				}
				if cmd.Flags().Changed("scopes") {
					request["scopes"] = scopes
				}
				made, err := ask[struct {
					AgentID   int64  `json:"agentId"`
					AppKey    string `json:"appKey"`
					AppSecret string `json:"appSecret"`
				}](cmd.Context(), cl, "app.create", request)
				if err != nil {
					return err
				}
				return c.print(made, func(w io.Writer) {
					fmt.Fprintf(w, "AGENT_ID=%d\nAPP_KEY=%s\nAPP_SECRET=%s\n", made.AgentID, made.AppKey, made.AppSecret)
				})
			})
		}}
	cmd.Flags().StringSliceVar(&scopes, "scopes", nil, "permission points, comma-separated; without it the common ones")
	cmd.Flags().StringVar(&description, "description", "", "what it is for")
	cmd.Flags().StringVar(&grade, "grade", "R2", "R1: sensitive fields are masked; R2: they are not")
	cmd.Flags().BoolVar(&strict, "strict", false, "refuse fields that an operation does not have")
	cmd.Flags().StringSliceVar(&dialects, "dialects", nil, "v1, v2 or both, comma-separated; without it v2")
	return cmd
}

func (c *commands) appList() *cobra.Command {
	var search string
	cmd := &cobra.Command{Use: "list", Short: "List applications", Args: args(cobra.NoArgs),
		RunE: func(cmd *cobra.Command, _ []string) error {
			return c.with(cmd.Context(), func(cl *client) error {
				all, err := listApps(cmd.Context(), cl, search)
				if err != nil {
					return err
				}
				return c.print(map[string]any{"list": all}, func(w io.Writer) {
					fmt.Fprintln(w, "AGENT ID\tAPP KEY\tSTATE\tGRADE\tSCOPES\tNAME")
					for _, a := range all {
						fmt.Fprintf(w, "%d\t%s\t%s\t%s\t%d\t%s\n", a.AgentID, a.AppKey, a.State, a.DataGrade, a.Scopes, a.Name)
					}
				})
			})
		}}
	cmd.Flags().StringVar(&search, "search", "", "part of the name or key")
	return cmd
}

func listApps(ctx context.Context, cl *client, search string) ([]appItem, error) {
	all := []appItem{}
	for cursor := ""; ; {
		page, err := ask[appPage](ctx, cl, "app.list", map[string]any{"search": search, "cursor": cursor, "size": 100})
		if err != nil {
			return nil, err
		}
		all = append(all, page.List...)
		if cursor = page.NextCursor; !page.HasMore || cursor == "" {
			return all, nil
		}
	}
}

// find returns the application that name means: an AgentId, an AppKey, a name,
// or where it is empty the only one or the demonstration's.
func find(ctx context.Context, cl *client, name string) (appItem, error) {
	all, err := listApps(ctx, cl, "")
	if err != nil {
		return appItem{}, err
	}
	for _, a := range all {
		if name != "" && (a.Name == name || a.AppKey == name || fmt.Sprint(a.AgentID) == name) {
			return a, nil
		}
	}
	if name != "" {
		return appItem{}, fmt.Errorf("no application is called %q; gatepost app list shows them", name)
	}
	for _, a := range slices.Backward(all) { // the first that was made, unless it is a vendor's
		if a.Suite == "" {
			return a, nil
		}
	}
	return appItem{}, errors.New("there is no application yet; make one with gatepost app create NAME")
}

// onApp is a command about one application, named by --app.
func (c *commands) onApp(use, short string, check cobra.PositionalArgs, run func(ctx context.Context, cl *client, a appItem, given []string) error) *cobra.Command {
	var name string
	cmd := &cobra.Command{Use: use, Short: short, Args: args(check), RunE: func(cmd *cobra.Command, given []string) error {
		return c.with(cmd.Context(), func(cl *client) error {
			a, err := find(cmd.Context(), cl, name)
			if err != nil {
				return err
			}
			return run(cmd.Context(), cl, a, given)
		})
	}}
	cmd.Flags().StringVar(&name, "app", "", "name, AppKey or AgentId; without it the first application")
	return cmd
}

func (c *commands) done(format string, a ...any) error {
	text := fmt.Sprintf(format, a...)
	return c.print(map[string]any{"done": text}, func(w io.Writer) { fmt.Fprintln(w, text) })
}

func (c *commands) appGrant() *cobra.Command {
	var reason string
	cmd := c.onApp("grant SCOPE…", "Grant permission points", cobra.MinimumNArgs(1), func(ctx context.Context, cl *client, a appItem, given []string) error {
		_, err := ask[struct{}](ctx, cl, "app.scope.grant", map[string]any{"agentId": a.AgentID, "scopes": given, "reason": reason})
		if err != nil {
			return err
		}
		return c.done("%s has %s", a.Name, strings.Join(given, ", "))
	})
	cmd.Flags().StringVar(&reason, "reason", "granted on the command line", "why; kept with the grant")
	return cmd
}

func (c *commands) appRevoke() *cobra.Command {
	return c.onApp("revoke SCOPE", "Take a permission point away", cobra.ExactArgs(1), func(ctx context.Context, cl *client, a appItem, given []string) error {
		if _, err := ask[struct{}](ctx, cl, "app.scope.revoke", map[string]any{"agentId": a.AgentID, "scope": given[0]}); err != nil {
			return err
		}
		return c.done("%s no longer has %s", a.Name, given[0])
	})
}

func (c *commands) appSecret() *cobra.Command {
	var keep string
	cmd := c.onApp("secret", "Make a new secret and print it, once", cobra.NoArgs, func(ctx context.Context, cl *client, a appItem, _ []string) error {
		made, err := ask[struct {
			AppSecret    string `json:"appSecret"`
			OldExpiresAt int64  `json:"oldExpiresAt,omitzero"`
		}](ctx, cl, "app.secret.rotate", map[string]any{"agentId": a.AgentID, "keepOldFor": keep})
		if err != nil {
			return err
		}
		return c.print(made, func(w io.Writer) {
			fmt.Fprintf(w, "APP_SECRET=%s\n", made.AppSecret)
			if made.OldExpiresAt > 0 {
				fmt.Fprintf(c.Err, "the old secret works until %s\n", time.UnixMilli(made.OldExpiresAt).Format(time.DateTime))
			}
		})
	})
	cmd.Flags().StringVar(&keep, "keep-old", "24h", "how long the old secret goes on working")
	return cmd
}

func (c *commands) appSign() *cobra.Command {
	var schemes []string
	var development bool
	var cmd *cobra.Command
	cmd = c.onApp("sign", "Say how an application proves who it is", cobra.NoArgs, func(ctx context.Context, cl *client, a appItem, _ []string) error {
		request := map[string]any{"agentId": a.AgentID}
		if cmd.Flags().Changed("schemes") {
			request["signatures"] = schemes
		}
		if cmd.Flags().Changed("development") {
			request["development"] = development
		}
		if len(request) == 1 {
			return usageError{errors.New("--schemes or --development is needed: what is to be different?")}
		}
		if _, err := ask[struct{}](ctx, cl, "app.update", request); err != nil {
			return err
		}
		return c.done("%s is changed", a.Name)
	})
	cmd.Flags().StringSliceVar(&schemes, "schemes", nil, "comma-separated: token, gp-hmac-sha256, top-hmac-sha256, top-hmac-md5, top-md5, isv, sns, gov-hmac, gov-md5; without token every call has to be signed")
	cmd.Flags().BoolVar(&development, "development", false, "answer a signature that differs with the text that the platform signed")
	return cmd
}

func (c *commands) appSet() *cobra.Command {
	var name, ids, state, grade string
	var dialects, ips, redirects []string
	var strict, public bool
	cmd := &cobra.Command{Use: "set [APP]", Short: "Change how an application calls and what it is told", Args: args(cobra.MaximumNArgs(1))}
	f := cmd.Flags()
	f.StringVar(&name, "app", "", "the same as APP: name, AppKey or AgentId; without either the first application")
	f.StringSliceVar(&dialects, "dialects", nil, "v1, v2 or both, comma-separated")
	f.StringSliceVar(&ips, "ips", nil, "addresses it may call from, comma-separated: IP, CIDR, or IPv4 with one *; empty for all")
	f.StringArrayVar(&redirects, "redirect", nil, "redirect URL; once for each, all others are removed. The first label of an https host may be *")
	f.StringVar(&ids, "ids", "", "ids of people and companies: plain, the platform's; open, the app's own; both, its own in answers and either in requests")
	f.StringVar(&state, "state", "", "enabled or disabled; calls of a disabled application are refused")
	f.StringVar(&grade, "grade", "", "R1: sensitive fields are masked; R2: they are not")
	f.BoolVar(&strict, "strict", false, "refuse fields that an operation does not have")
	f.BoolVar(&public, "public", false, "the app can keep no secret: it gets people's tokens by a proof key (PKCE) instead")
	cmd.RunE = func(cmd *cobra.Command, given []string) error {
		if len(given) > 0 && name != "" {
			return usageError{errors.New("APP and --app name the same thing; give one of them")}
		}
		request := map[string]any{}
		var said []string
		for flag, change := range map[string]struct {
			field string
			value any
		}{
			"dialects": {"dialects", dialects}, "ips": {"ips", ips}, "redirect": {"redirectUrls", redirects}, "ids": {"ids", ids},
			"state": {"state", state}, "grade": {"dataGrade", grade}, "strict": {"strict", strict}, "public": {"public", public},
		} {
			if f.Changed(flag) {
				request[change.field] = change.value
				said = append(said, fmt.Sprintf("%s %v", flag, f.Lookup(flag).Value))
			}
		}
		if len(request) == 0 {
			return usageError{errors.New("--dialects, --grade, --ids, --ips, --public, --redirect, --state or --strict is needed: what is to be different?")}
		}
		slices.Sort(said)
		return c.with(cmd.Context(), func(cl *client) error {
			a, err := find(cmd.Context(), cl, name+strings.Join(given, ""))
			if err != nil {
				return err
			}
			request["agentId"] = a.AgentID
			if _, err := ask[struct{}](cmd.Context(), cl, "app.update", request); err != nil {
				return err
			}
			return c.done("%s has %s", a.Name, strings.Join(said, ", "))
		})
	}
	return cmd
}

func (c *commands) appCode() *cobra.Command {
	var user string
	var consent []string
	var admin bool
	cmd := c.onApp("code --user USERID", "Issue an in-app sign-in code for a person", cobra.NoArgs, func(ctx context.Context, cl *client, a appItem, _ []string) error {
		if user == "" {
			return usageError{errors.New("--user is needed: for whom is the code?")}
		}
		request := map[string]any{"agentId": a.AgentID, "userId": user}
		if admin {
			request["purpose"] = "admin"
		}
		if consent != nil {
			request["consent"] = consent
		}
		code, err := ask[struct {
			Code      string `json:"code"`
			ExpiresAt int64  `json:"expiresAt"`
		}](ctx, cl, "app.code", request)
		if err != nil {
			return err
		}
		return c.print(code, func(w io.Writer) { fmt.Fprintln(w, code.Code) })
	})
	cmd.Flags().StringVar(&user, "user", "", "userid of the person who signs in")
	cmd.Flags().StringSliceVar(&consent, "consent", nil, "permission points the person agrees to; without it all that the app has")
	cmd.Flags().BoolVar(&admin, "admin", false, "a code of the admin console instead")
	return cmd
}

func (c *commands) appDelete() *cobra.Command {
	var confirm string
	cmd := c.onApp("delete", "Delete an application with its tokens", cobra.NoArgs, func(ctx context.Context, cl *client, a appItem, _ []string) error {
		if confirm == "" {
			return usageError{fmt.Errorf("this ends every call of %s at once; repeat with --confirm %q", a.Name, a.Name)}
		}
		if _, err := ask[struct{}](ctx, cl, "app.delete", map[string]any{"agentId": a.AgentID, "confirm": confirm}); err != nil {
			return err
		}
		return c.done("%s is deleted", a.Name)
	})
	cmd.Flags().StringVar(&confirm, "confirm", "", "the application's name")
	return cmd
}

func (c *commands) scope() *cobra.Command {
	list := &cobra.Command{Use: "list", Short: "List permission points", Args: args(cobra.NoArgs), RunE: func(cmd *cobra.Command, _ []string) error {
		return c.with(cmd.Context(), func(cl *client) error {
			all, err := ask[struct {
				List []struct {
					Scope      string `json:"scope"`
					Title      string `json:"title"`
					TitleEN    string `json:"titleEn"`
					Grade      string `json:"grade"`
					Kind       string `json:"kind"`
					Operations []struct {
						Method string `json:"method"`
						Path   string `json:"path"`
						Title  string `json:"title"`
						Grade  string `json:"grade"`
					} `json:"operations"`
				} `json:"list"`
			}](cmd.Context(), cl, "scope.list", map[string]any{})
			if err != nil {
				return err
			}
			return c.print(all, func(w io.Writer) {
				fmt.Fprintln(w, "SCOPE\tGRADE\tKIND\tOPERATIONS\tTITLE")
				for _, s := range all.List {
					title := s.TitleEN
					if cl.lang == "zh-CN" {
						title = s.Title
					}
					fmt.Fprintf(w, "%s\t%s\t%s\t%d\t%s\n", s.Scope, s.Grade, s.Kind, len(s.Operations), title)
				}
			})
		})
	}}
	return group("scope", "Permission points", list)
}
