package cli

import (
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/spf13/cobra"
)

type callItem struct {
	ID      string `json:"id"`
	ShortID string `json:"shortId"`
	At      int64  `json:"at"`
	Dialect string `json:"dialect"`
	Method  string `json:"method"`
	Path    string `json:"path"`
	Title   string `json:"title"`
	AgentID int64  `json:"agentId,omitzero"`
	AppKey  string `json:"appKey,omitzero"`
	AppName string `json:"appName,omitzero"`
	UserID  string `json:"userId,omitzero"`
	Agent   string `json:"delegate,omitzero"`
	IP      string `json:"ip"`
	Status  int    `json:"status"`
	Code    string `json:"code"`
	Message string `json:"message"`
	TookUS  int64  `json:"tookUs"`

	Shadow []string `json:"shadow,omitempty"`
}

type callDetail struct {
	callItem
	Operation string `json:"operation,omitzero"`
	Scope     string `json:"scope,omitzero"`
	Grade     string `json:"grade,omitzero"`
	Rule      string `json:"rule,omitzero"`
	Step      string `json:"step,omitzero"`
	Expected  string `json:"expected,omitzero"`
	Found     string `json:"found,omitzero"`
	Canonical string `json:"canonical,omitzero"`
	Hint      string `json:"hint,omitzero"`
	Warning   string `json:"warning,omitzero"`
	Confirmed string `json:"confirmed,omitzero"`

	Suppressed []suppressed `json:"suppressed,omitempty"`
	IDs        []struct {
		Kind  string `json:"kind"`
		Own   string `json:"own"`
		Plain string `json:"plain"`
	} `json:"ids,omitempty"`

	Fix *struct {
		Kind        string `json:"kind"`
		Description string `json:"description"`
		Command     string `json:"command"`
		Allowed     bool   `json:"allowed"`
		Why         string `json:"why,omitzero"`
	} `json:"fix,omitzero"`
	Applied string `json:"applied,omitzero"`
}

// suppressed is a field that was masked or left out, and why.
type suppressed struct {
	Field  string `json:"field"`
	Why    string `json:"why"`
	Scope  string `json:"scope,omitzero"`
	RuleID int64  `json:"ruleId,omitzero"`
}

func (s suppressed) String() string {
	switch {
	case s.Scope != "":
		return s.Field + " (" + s.Why + " " + s.Scope + ")"
	case s.RuleID != 0:
		return fmt.Sprintf("%s (%s %d)", s.Field, s.Why, s.RuleID)
	}
	return s.Field + " (" + s.Why + ")"
}

func (c *commands) explain() *cobra.Command {
	var fix bool
	cmd := &cobra.Command{Use: "explain REQUEST_ID", Short: "Print a call, the rule that refused it, and how to repair it", Args: args(cobra.ExactArgs(1)),
		RunE: func(cmd *cobra.Command, given []string) error {
			return c.with(cmd.Context(), func(cl *client) error {
				d, err := ask[callDetail](cmd.Context(), cl, "call.get", map[string]any{"requestId": given[0]})
				if err != nil {
					return err
				}
				if fix {
					r, err := ask[struct {
						Applied string `json:"applied"`
					}](cmd.Context(), cl, "call.fix", map[string]any{"requestId": given[0]})
					if err != nil {
						return err
					}
					d.Applied = r.Applied
				}
				return c.print(d, func(w io.Writer) { c.tell(w, d) })
			})
		}}
	cmd.Flags().BoolVar(&fix, "fix", false, "apply the repair")
	return cmd
}

func (c *commands) tell(w io.Writer, d callDetail) {
	line := func(name string, value any) {
		if text := fmt.Sprint(value); text != "" {
			fmt.Fprintf(w, "%s\t%s\n", name, text)
		}
	}
	line("call", d.ID+"  "+d.ShortID)
	line("at", time.UnixMilli(d.At).Format("2006-01-02 15:04:05.000"))
	line("operation", d.Method+" "+d.Path+"  "+d.Title)
	if d.AppKey != "" {
		line("app", fmt.Sprintf("%s (AgentId %d, %s)", d.AppName, d.AgentID, d.AppKey))
	}
	line("person", d.UserID)
	line("agent", d.Agent)
	line("confirmed", d.Confirmed)
	line("from", d.IP)
	line("took", time.Duration(d.TookUS)*time.Microsecond)
	if d.Rule == "" {
		line("outcome", fmt.Sprintf("HTTP %d, done", d.Status))
	} else {
		line("outcome", fmt.Sprintf("HTTP %d, %s: %s", d.Status, d.Code, d.Message))
		line("refused by", d.Rule+", step "+d.Step)
	}
	line("expected", d.Expected)
	line("found", d.Found)
	line("to fix", d.Hint)
	for i, text := range strings.Split(d.Canonical, "\n") {
		if i == 0 {
			line("signed", text)
			continue
		}
		fmt.Fprintf(w, "\t%s\n", text)
	}
	line("warning", d.Warning)
	line("would refuse", strings.Join(d.Shadow, ", "))
	for _, s := range d.Suppressed {
		line("masked", s)
	}
	for _, i := range d.IDs {
		line("id", i.Own+" is "+i.Kind+" "+i.Plain)
	}
	switch {
	case d.Applied != "":
		line("applied", d.Applied)
	case d.Fix != nil && d.Fix.Allowed:
		line("repair", d.Fix.Description+"  —  "+d.Fix.Command)
	case d.Fix != nil:
		line("repair", d.Fix.Description+"  —  not yours to apply: "+d.Fix.Why)
	}
}

func (c *commands) calls() *cobra.Command {
	var outcome, path, shadow string
	var size int
	list := &cobra.Command{Use: "list", Short: "List the newest calls", Args: args(cobra.NoArgs), RunE: func(cmd *cobra.Command, _ []string) error {
		return c.with(cmd.Context(), func(cl *client) error {
			page, err := ask[struct {
				List []callItem `json:"list"`
			}](cmd.Context(), cl, "call.list", map[string]any{"outcome": outcome, "path": path, "shadow": shadow, "size": size})
			if err != nil {
				return err
			}
			return c.print(page, func(w io.Writer) {
				fmt.Fprintln(w, "AT\tREQUEST\tOUTCOME\tTOOK\tAPP\tAGENT\tCALL")
				for _, d := range page.List {
					fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\t%s\t%s %s\n", time.UnixMilli(d.At).Format(time.TimeOnly), d.ShortID, d.Code,
						time.Duration(d.TookUS)*time.Microsecond, d.AppName, d.Agent, d.Method, d.Path)
				}
			})
		})
	}}
	list.Flags().StringVar(&outcome, "outcome", "", "ok, refused or error")
	list.Flags().StringVar(&path, "path", "", "part of the path")
	list.Flags().StringVar(&shadow, "shadow", "", "only calls that this shadow limit would have refused; any for whichever")
	list.Flags().IntVar(&size, "size", 20, "how many")
	return group("call", "The request log", list)
}
