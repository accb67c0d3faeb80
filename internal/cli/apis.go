package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/spf13/cobra"
)

type apiFinding struct {
	Rule     string `json:"rule"`
	Severity string `json:"severity"`
	Pointer  string `json:"pointer"`
	Line     int    `json:"line"`
	Expected string `json:"expected"`
	Found    string `json:"found"`
	Fix      string `json:"fix"`
}

func (c *commands) api() *cobra.Command {
	return group("api", "APIs of other systems that are published through the platform", c.apiImport(), c.apiLint(), c.apiList(), c.apiShow(), c.apiSet(), c.apiAudience(),
		c.apiPublish(), c.apiWithdraw(), c.apiRollback(), c.apiHistory(), c.apiDiff(), c.apiUpstream(), c.apiExport(), c.apiRemove())
}

// printFindings shows findings as compilers do: one place a line.
func printFindings(w io.Writer, file string, findings []apiFinding) {
	for _, f := range findings {
		fmt.Fprintf(w, "%s:%d: %s: %s", file, f.Line, f.Severity, f.Rule)
		if f.Pointer != "" {
			fmt.Fprintf(w, " at %s", f.Pointer)
		}
		fmt.Fprintln(w)
		for _, part := range [][2]string{{"expected", f.Expected}, {"found", f.Found}, {"to fix", f.Fix}} {
			if part[1] != "" {
				fmt.Fprintf(w, "  %-9s %s\n", part[0]+":", part[1])
			}
		}
	}
}

// document reads a file that is named on the command line; "-" is the input.
func (c *commands) document(name string) (string, error) {
	if name == "-" {
		b, err := io.ReadAll(c.In)
		return string(b), err
	}
	if !filepath.IsAbs(name) {
		name = filepath.Join(c.Dir, name)
	}
	b, err := os.ReadFile(name)
	if err != nil {
		return "", usageError{err}
	}
	return string(b), nil
}

func versionFlag(cmd *cobra.Command, version *string) *cobra.Command {
	cmd.Flags().StringVar(version, "version", "v1", "version of the API")
	return cmd
}

func (c *commands) apiImport() *cobra.Command {
	var name, version, gradeFrom, title string
	var upstreams, grades []string
	var platform, dryRun bool
	cmd := &cobra.Command{Use: "import FILE --group NAME", Short: "Draft a version of an API from an OpenAPI 3.0 or 3.1 document", Args: args(cobra.ExactArgs(1)),
		Long: "Draft a version of an API from an OpenAPI 3.0 or 3.1 document, YAML or JSON; FILE may be - for the input.\n\n" +
			"Every operation needs a grade before it can be published: x-gatepost-grade in the document (R1, R2, W1 or W2),\n" +
			"--grade 'GET /people=R2', or gatepost api set. Grades are suggested and never taken silently.",
		RunE: func(cmd *cobra.Command, given []string) error {
			if name == "" && !dryRun {
				return usageError{errors.New("--group is needed: under which name is the API called? /apis/NAME/v1/…")}
			}
			text, err := c.document(given[0])
			if err != nil {
				return err
			}
			request := map[string]any{"group": name, "version": version, "document": text, "gradeFrom": gradeFrom, "title": title, "upstream": upstreams, "platform": platform, "dryRun": dryRun}
			if request["grades"], err = gradesOf(grades); err != nil {
				return err
			}
			return c.with(cmd.Context(), func(cl *client) error { return c.imported(cmd.Context(), cl, given[0], name, version, dryRun, request) })
		}}
	f := versionFlag(cmd, &version).Flags()
	f.StringVar(&name, "group", "", "name of the API; stands in the paths of its operations")
	f.StringVar(&title, "title", "", "title; without it the document's")
	f.StringVar(&gradeFrom, "grade-from", "", "extension that states grades, instead of x-gatepost-grade")
	f.StringArrayVar(&grades, "grade", nil, "grade of one operation, such as 'GET /people=R2'; may be repeated")
	f.StringSliceVar(&upstreams, "upstream", nil, "addresses of the system that answers, comma-separated")
	f.BoolVar(&platform, "platform", false, "publish for every company; the platform's operator only")
	f.BoolVar(&dryRun, "dry-run", false, "check the document and store nothing")
	return cmd
}

func gradesOf(flags []string) (list []map[string]string, err error) {
	for _, f := range flags {
		operation, grade, ok := strings.Cut(f, "=")
		if !ok {
			return nil, usageError{fmt.Errorf("--grade %q is no grade of an operation; write 'GET /people=R2'", f)}
		}
		list = append(list, map[string]string{"operation": strings.TrimSpace(operation), "grade": strings.TrimSpace(grade)})
	}
	return list, nil
}

func (c *commands) imported(ctx context.Context, cl *client, file, name, version string, dryRun bool, request map[string]any) error {
	if dryRun && name == "" {
		request["group"] = "draft"
	}
	answer, err := ask[struct {
		Imported   bool         `json:"imported"`
		Operations int          `json:"operations"`
		Findings   []apiFinding `json:"findings"`
		Errors     int          `json:"errors"`
	}](ctx, cl, "api.import", request)
	if err != nil {
		return err
	}
	if !answer.Imported && answer.Errors > 0 {
		c.code = 1
	}
	return c.print(answer, func(w io.Writer) {
		printFindings(w, file, answer.Findings)
		switch {
		case dryRun:
			fmt.Fprintf(w, "%d operations, %d errors; nothing was stored\n", answer.Operations, answer.Errors)
		case !answer.Imported:
			fmt.Fprintf(w, "%d errors; nothing was stored\n", answer.Errors)
		case answer.Errors > 0:
			fmt.Fprintf(w, "%s %s is drafted with %d operations; %d errors have to be repaired before gatepost api publish %s\n", name, version, answer.Operations, answer.Errors, name)
		default:
			fmt.Fprintf(w, "%s %s is drafted with %d operations; gatepost api publish %s --version %s has it answer calls\n", name, version, answer.Operations, name, version)
		}
	})
}

func (c *commands) apiLint() *cobra.Command {
	var version, gradeFrom string
	cmd := &cobra.Command{Use: "lint FILE|GROUP", Short: "Check a document, or the draft of an API", Args: args(cobra.ExactArgs(1)), RunE: func(cmd *cobra.Command, given []string) error {
		request := map[string]any{"version": version, "gradeFrom": gradeFrom}
		if strings.ContainsAny(given[0], "./-") {
			text, err := c.document(given[0])
			if err != nil {
				return err
			}
			request["document"] = text
		} else {
			request["group"] = given[0]
		}
		return c.with(cmd.Context(), func(cl *client) error {
			answer, err := ask[struct {
				Findings []apiFinding `json:"findings"`
				Errors   int          `json:"errors"`
			}](cmd.Context(), cl, "api.lint", request)
			if err != nil {
				return err
			}
			if answer.Errors > 0 {
				c.code = 1
			}
			return c.print(answer, func(w io.Writer) {
				printFindings(w, given[0], answer.Findings)
				fmt.Fprintf(w, "%d errors\n", answer.Errors)
			})
		})
	}}
	cmd.Flags().StringVar(&gradeFrom, "grade-from", "", "extension that states grades, instead of x-gatepost-grade")
	return versionFlag(cmd, &version)
}

type apiGroup struct {
	Group     string   `json:"group"`
	Title     string   `json:"title"`
	CorpID    string   `json:"corpId"`
	Platform  bool     `json:"platform"`
	Audience  string   `json:"audience"`
	Corps     []string `json:"corps"`
	Apps      []string `json:"apps"`
	Addresses []string `json:"addresses"`
	Broken    string   `json:"broken,omitzero"`
	Versions  []struct {
		Version   string `json:"version"`
		Live      int64  `json:"live"`
		DraftedBy string `json:"draftedBy"`
		DraftedAt int64  `json:"draftedAt"`
		Broken    string `json:"broken,omitzero"`
	} `json:"versions"`
}

// live tells which publication answers calls.
func live(number int64) string {
	if number == 0 {
		return "-"
	}
	return fmt.Sprintf("#%d", number)
}

func (c *commands) apiList() *cobra.Command {
	return &cobra.Command{Use: "list", Short: "List APIs and their versions", Args: args(cobra.NoArgs), RunE: func(cmd *cobra.Command, _ []string) error {
		return c.with(cmd.Context(), func(cl *client) error {
			all, err := ask[struct {
				List []apiGroup `json:"list"`
			}](cmd.Context(), cl, "api.list", map[string]any{})
			if err != nil {
				return err
			}
			return c.print(all, func(w io.Writer) {
				fmt.Fprintln(w, "GROUP\tVERSION\tLIVE\tSHOWN TO\tUPSTREAM\tTITLE")
				for _, g := range all.List {
					for _, v := range g.Versions {
						fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\t%s\n", g.Group, v.Version, live(v.Live), g.Audience, strings.Join(g.Addresses, ","), g.Title)
						if broken := v.Broken + g.Broken; broken != "" {
							fmt.Fprintf(w, "\t\t\t  not offered: %s\n", broken)
						}
					}
				}
			})
		})
	}}
}

type apiOperation struct {
	Operation      string    `json:"operation"`
	Title          string    `json:"title"`
	Grade          string    `json:"grade,omitzero"`
	StatedBy       string    `json:"statedBy,omitzero"`
	Suggested      string    `json:"suggested"`
	Because        string    `json:"because"`
	Scope          string    `json:"scope,omitzero"`
	LimitGroup     string    `json:"limitGroup"`
	Masks          []apiMask `json:"masks"`
	SuggestedMasks []apiMask `json:"suggestedMasks"`
	Deprecated     bool      `json:"deprecated"`
	Hidden         bool      `json:"hidden"`
	MaxBody        int64     `json:"maxBody"`
}

type apiMask struct {
	Path        string `json:"path"`
	Kind        string `json:"kind"`
	Pattern     string `json:"pattern,omitzero"`
	Replacement string `json:"replacement,omitzero"`
	Below       string `json:"below,omitzero"`
}

func (m apiMask) String() string {
	if m.Below != "" {
		return m.Path + "=" + m.Kind + " below " + m.Below
	}
	return m.Path + "=" + m.Kind
}

func (c *commands) apiShow() *cobra.Command {
	var version string
	cmd := &cobra.Command{Use: "show GROUP", Short: "Show the operations of a version's draft", Args: args(cobra.ExactArgs(1)), RunE: func(cmd *cobra.Command, given []string) error {
		return c.with(cmd.Context(), func(cl *client) error {
			a, err := ask[struct {
				Group      apiGroup       `json:"group"`
				Version    string         `json:"version"`
				Live       int64          `json:"live"`
				Root       string         `json:"root"`
				Operations []apiOperation `json:"operations"`
				Findings   []apiFinding   `json:"findings"`
				Errors     int            `json:"errors"`
			}](cmd.Context(), cl, "api.get", map[string]any{"group": given[0], "version": version})
			if err != nil {
				return err
			}
			return c.print(a, func(w io.Writer) {
				fmt.Fprintf(w, "%s %s · %s · live %s · shown to %s · upstream %s · %d errors\n", a.Group.Group, a.Version, a.Root, live(a.Live), a.Group.Audience, strings.Join(a.Group.Addresses, ","), a.Errors)
				fmt.Fprintln(w, "GRADE\tBY\tSUGGESTED\tLIMITS\tOPERATION\tTITLE")
				for _, o := range a.Operations {
					fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\t%s\n", orDash(o.Grade), orDash(o.StatedBy), o.Suggested, o.LimitGroup, o.Operation, o.Title)
					for _, m := range o.Masks {
						fmt.Fprintf(w, "\t\t\t\t  mask %s\n", m)
					}
					if o.Hidden {
						fmt.Fprintln(w, "\t\t\t\t  is not published")
					}
				}
			})
		})
	}}
	return versionFlag(cmd, &version)
}

func orDash(s string) string {
	if s == "" {
		return "-"
	}
	return s
}

func (c *commands) apiSet() *cobra.Command {
	var version, grade, limits string
	var masks []string
	var hidden, deprecated, documentMasks bool
	cmd := &cobra.Command{Use: "set GROUP OPERATION", Short: "Set grade, limit group or masks of an operation, such as 'GET /people/{id}'", Args: args(cobra.ExactArgs(2)),
		RunE: func(cmd *cobra.Command, given []string) error {
			request := map[string]any{"group": given[0], "operation": given[1], "version": version, "resetMasks": documentMasks}
			flags := cmd.Flags()
			for name, value := range map[string]any{"grade": grade, "hidden": hidden, "deprecated": deprecated} {
				if flags.Changed(name) {
					request[name] = value
				}
			}
			if flags.Changed("limits") {
				request["limitGroup"] = limits
			}
			if flags.Changed("mask") {
				list, err := masksOf(masks)
				if err != nil {
					return err
				}
				request["masks"] = list
			}
			return c.with(cmd.Context(), func(cl *client) error {
				if _, err := ask[struct{}](cmd.Context(), cl, "api.setOperation", request); err != nil {
					return err
				}
				return c.done("%s is set; gatepost api publish %s has it hold", given[1], given[0])
			})
		}}
	f := versionFlag(cmd, &version).Flags()
	f.StringVar(&grade, "grade", "", "R1, R2, W1 or W2")
	f.StringVar(&limits, "limits", "", "limit group; empty: that of the API")
	f.StringArrayVar(&masks, "mask", nil, "all masks, one each, such as '$.list[*].mobile=phone'; add ,below=R2 for apps of data grade R1 alone; empty for none")
	f.BoolVar(&documentMasks, "document-masks", false, "take the document's masks again")
	f.BoolVar(&hidden, "hidden", false, "leave the operation out")
	f.BoolVar(&deprecated, "deprecated", false, "mark the operation as to be replaced")
	return cmd
}

func masksOf(flags []string) ([]apiMask, error) {
	list := []apiMask{}
	for _, f := range flags {
		if f == "" {
			continue
		}
		at := strings.LastIndexByte(strings.TrimSuffix(f, ",below=R2"), '=')
		if at < 0 {
			return nil, usageError{fmt.Errorf("--mask %q is no mask; write '$.list[*].mobile=phone'", f)}
		}
		kind, below := strings.CutSuffix(f[at+1:], ",below=R2")
		m := apiMask{Path: f[:at], Kind: kind}
		if below {
			m.Below = "R2"
		}
		list = append(list, m)
	}
	return list, nil
}

func (c *commands) apiAudience() *cobra.Command {
	var corps, apps []string
	cmd := &cobra.Command{Use: "audience GROUP", Short: "Say to whom an API is shown: all, or the companies or apps that are listed", Args: args(cobra.ExactArgs(1)),
		RunE: func(cmd *cobra.Command, given []string) error {
			if len(corps) > 0 && len(apps) > 0 {
				return usageError{errors.New("--corp-ids or --apps, not both: an app says which company it is of")}
			}
			request := map[string]any{"group": given[0], "audience": "all"}
			switch {
			case len(corps) > 0:
				request["audience"], request["corps"] = "corps", corps
			case len(apps) > 0:
				request["audience"], request["apps"] = "apps", apps
			}
			return c.with(cmd.Context(), func(cl *client) error {
				if _, err := ask[struct{}](cmd.Context(), cl, "api.setAudience", request); err != nil {
					return err
				}
				return c.done("%s is shown to %s", given[0], request["audience"])
			})
		}}
	cmd.Flags().StringSliceVar(&corps, "corp-ids", nil, "companies, of the platform's own API")
	cmd.Flags().StringSliceVar(&apps, "apps", nil, "AppKeys")
	return cmd
}

func (c *commands) apiPublish() *cobra.Command {
	var version, note, force string
	cmd := &cobra.Command{Use: "publish GROUP", Short: "Publish a version's draft", Args: args(cobra.ExactArgs(1)), RunE: func(cmd *cobra.Command, given []string) error {
		return c.with(cmd.Context(), func(cl *client) error {
			p, err := ask[struct {
				Number int64  `json:"number"`
				Root   string `json:"root"`
			}](cmd.Context(), cl, "api.publish", map[string]any{"group": given[0], "version": version, "note": note, "confirm": force})
			if err != nil {
				return err
			}
			return c.print(p, func(w io.Writer) {
				fmt.Fprintf(w, "%s %s is published as #%d; its operations are called under %s%s\n", given[0], version, p.Number, cl.base, p.Root)
			})
		})
	}}
	cmd.Flags().StringVar(&note, "note", "", "what is new; kept with the publication")
	cmd.Flags().StringVar(&force, "force", "", "the API's name, to publish what breaks calls that are made today")
	return versionFlag(cmd, &version)
}

func (c *commands) apiWithdraw() *cobra.Command {
	var version, confirm string
	cmd := &cobra.Command{Use: "withdraw GROUP --confirm GROUP", Short: "Have a version answer no calls any more", Args: args(cobra.ExactArgs(1)), RunE: func(cmd *cobra.Command, given []string) error {
		return c.with(cmd.Context(), func(cl *client) error {
			if _, err := ask[struct{}](cmd.Context(), cl, "api.withdraw", map[string]any{"group": given[0], "version": version, "confirm": orDash(confirm)}); err != nil {
				return err
			}
			return c.done("%s %s is withdrawn; draft and publications are kept", given[0], version)
		})
	}}
	cmd.Flags().StringVar(&confirm, "confirm", "", "the API's name")
	return versionFlag(cmd, &version)
}

func (c *commands) apiRemove() *cobra.Command {
	var confirm string
	cmd := &cobra.Command{Use: "rm GROUP --confirm GROUP", Short: "Remove an API with every version, for good", Args: args(cobra.ExactArgs(1)), RunE: func(cmd *cobra.Command, given []string) error {
		return c.with(cmd.Context(), func(cl *client) error {
			if _, err := ask[struct{}](cmd.Context(), cl, "api.remove", map[string]any{"group": given[0], "confirm": orDash(confirm)}); err != nil {
				return err
			}
			return c.done("%s is removed", given[0])
		})
	}}
	cmd.Flags().StringVar(&confirm, "confirm", "", "the API's name")
	return cmd
}

func (c *commands) apiRollback() *cobra.Command {
	var version string
	cmd := &cobra.Command{Use: "rollback GROUP NUMBER", Short: "Have an earlier publication answer calls again", Args: args(cobra.ExactArgs(2)), RunE: func(cmd *cobra.Command, given []string) error {
		var n int64
		if _, err := fmt.Sscan(strings.TrimPrefix(given[1], "#"), &n); err != nil {
			return usageError{fmt.Errorf("%q is no number of a publication; gatepost api history %s shows them", given[1], given[0])}
		}
		return c.with(cmd.Context(), func(cl *client) error {
			if _, err := ask[struct{}](cmd.Context(), cl, "api.rollback", map[string]any{"group": given[0], "version": version, "number": n}); err != nil {
				return err
			}
			return c.done("%s %s is what it was at #%d", given[0], version, n)
		})
	}}
	return versionFlag(cmd, &version)
}

func (c *commands) apiHistory() *cobra.Command {
	var version string
	cmd := &cobra.Command{Use: "history GROUP", Short: "List the publications of a version", Args: args(cobra.ExactArgs(1)), RunE: func(cmd *cobra.Command, given []string) error {
		return c.with(cmd.Context(), func(cl *client) error {
			all, err := ask[struct {
				Live int64 `json:"live"`
				List []struct {
					Number      int64  `json:"number"`
					Note        string `json:"note"`
					PublishedBy string `json:"publishedBy"`
					PublishedAt int64  `json:"publishedAt"`
				} `json:"list"`
			}](cmd.Context(), cl, "api.versions", map[string]any{"group": given[0], "version": version})
			if err != nil {
				return err
			}
			return c.print(all, func(w io.Writer) {
				fmt.Fprintln(w, "NUMBER\tLIVE\tPUBLISHED\tBY\tNOTE")
				for _, p := range all.List {
					fmt.Fprintf(w, "#%d\t%t\t%s\t%s\t%s\n", p.Number, p.Number == all.Live, time.UnixMilli(p.PublishedAt).Format(time.DateTime), p.PublishedBy, p.Note)
				}
			})
		})
	}}
	return versionFlag(cmd, &version)
}

func (c *commands) apiDiff() *cobra.Command {
	var version, to string
	var from, number int64
	cmd := &cobra.Command{Use: "diff GROUP", Short: "Tell what a draft changes for callers, and what of it breaks their calls", Args: args(cobra.ExactArgs(1)), RunE: func(cmd *cobra.Command, given []string) error {
		if to == "" {
			to = version
		}
		request := map[string]any{"group": given[0], "fromVersion": version, "toVersion": to, "toNumber": number}
		if cmd.Flags().Changed("from") {
			request["fromNumber"] = from
		}
		return c.with(cmd.Context(), func(cl *client) error {
			all, err := ask[struct {
				Breaks bool `json:"breaks"`
				List   []struct {
					Operation string `json:"operation"`
					Field     string `json:"field,omitzero"`
					Breaks    bool   `json:"breaks"`
					What      string `json:"what"`
				} `json:"list"`
			}](cmd.Context(), cl, "api.diff", request)
			if err != nil {
				return err
			}
			return c.print(all, func(w io.Writer) {
				for _, d := range all.List {
					kind := "compatible"
					if d.Breaks {
						kind = "BREAKS"
					}
					fmt.Fprintf(w, "%s\t%s\t%s\n", kind, d.Operation, d.What)
				}
				if len(all.List) == 0 {
					fmt.Fprintln(w, "nothing is different for callers")
				}
			})
		})
	}}
	cmd.Flags().StringVar(&to, "to-version", "", "another version to compare with; without it the same")
	cmd.Flags().Int64Var(&from, "from", 0, "publication to compare from; 0 is the draft; without it what is live")
	cmd.Flags().Int64Var(&number, "to", 0, "publication to compare with; 0 is the draft")
	return versionFlag(cmd, &version)
}

func (c *commands) apiExport() *cobra.Command {
	var version string
	var number int64
	cmd := &cobra.Command{Use: "export GROUP", Short: "Print the document as it was sent", Args: args(cobra.ExactArgs(1)), RunE: func(cmd *cobra.Command, given []string) error {
		return c.with(cmd.Context(), func(cl *client) error {
			a, err := ask[struct {
				Document string `json:"document"`
			}](cmd.Context(), cl, "api.export", map[string]any{"group": given[0], "version": version, "number": number})
			if err != nil {
				return err
			}
			if c.json {
				return c.print(a, nil)
			}
			_, err = io.WriteString(c.Out, a.Document)
			return err
		})
	}}
	cmd.Flags().Int64Var(&number, "number", 0, "of this publication; without it of the draft")
	return versionFlag(cmd, &version)
}

type apiUpstream struct {
	Addresses []struct {
		URL      string `json:"url"`
		State    string `json:"state"`
		Since    int64  `json:"since,omitzero"`
		InFlight int    `json:"inFlight"`
		Failures int    `json:"failures"`
		Last     string `json:"last,omitzero"`
	} `json:"addresses"`
	HealthPath string `json:"healthPath"`
	Broken     string `json:"broken,omitzero"`
}

func (c *commands) apiUpstream() *cobra.Command {
	return group("upstream", "The system that answers an API's calls", c.apiUpstreamChange("add", "Add addresses", func(have, given []string) []string { return append(have, given...) }),
		c.apiUpstreamChange("rm", "Remove addresses", without), c.apiUpstreamSet(), c.apiUpstreamHealth())
}

func without(have, given []string) []string {
	left := []string{}
	for _, h := range have {
		gone := false
		for _, g := range given {
			gone = gone || g == h
		}
		if !gone {
			left = append(left, h)
		}
	}
	return left
}

func (c *commands) apiUpstreamChange(use, short string, change func(have, given []string) []string) *cobra.Command {
	return &cobra.Command{Use: use + " GROUP URL…", Short: short, Args: args(cobra.MinimumNArgs(2)), RunE: func(cmd *cobra.Command, given []string) error {
		return c.with(cmd.Context(), func(cl *client) error {
			all, err := ask[struct {
				List []apiGroup `json:"list"`
			}](cmd.Context(), cl, "api.list", map[string]any{})
			if err != nil {
				return err
			}
			var have []string
			for _, g := range all.List {
				if g.Group == given[0] {
					have = g.Addresses
				}
			}
			next := change(have, given[1:])
			if _, err := ask[struct{}](cmd.Context(), cl, "api.upstream.set", map[string]any{"group": given[0], "addresses": next}); err != nil {
				return err
			}
			return c.done("calls of %s are carried to %s", given[0], orDash(strings.Join(next, ", ")))
		})
	}}
}

func (c *commands) apiUpstreamSet() *cobra.Command {
	var health, host string
	var timeout time.Duration
	var retries, inFlight int
	cmd := &cobra.Command{Use: "set GROUP", Short: "Set the health check and bounds of an upstream", Args: args(cobra.ExactArgs(1)), RunE: func(cmd *cobra.Command, given []string) error {
		request := map[string]any{"group": given[0]}
		for flag, member := range map[string][2]any{"health": {"healthPath", health}, "host": {"host", host}, "timeout": {"timeoutMs", timeout.Milliseconds()},
			"retries": {"retries", retries}, "max-in-flight": {"maxInFlight", inFlight}} {
			if cmd.Flags().Changed(flag) {
				request[member[0].(string)] = member[1]
			}
		}
		return c.with(cmd.Context(), func(cl *client) error {
			if _, err := ask[struct{}](cmd.Context(), cl, "api.upstream.set", request); err != nil {
				return err
			}
			return c.done("the upstream of %s is set", given[0])
		})
	}}
	f := cmd.Flags()
	f.StringVar(&health, "health", "", "path that is asked with GET every few seconds; empty: calls alone tell")
	f.StringVar(&host, "host", "", "Host that the upstream gets; empty: that of the address")
	f.DurationVar(&timeout, "timeout", time.Minute, "for a whole call")
	f.IntVar(&retries, "retries", 1, "times an idempotent call is tried again; -1 for none")
	f.IntVar(&inFlight, "max-in-flight", 1024, "calls at one time")
	return cmd
}

func (c *commands) apiUpstreamHealth() *cobra.Command {
	return &cobra.Command{Use: "health GROUP", Short: "Show how the upstream's addresses stand", Args: args(cobra.ExactArgs(1)), RunE: func(cmd *cobra.Command, given []string) error {
		return c.with(cmd.Context(), func(cl *client) error {
			u, err := ask[apiUpstream](cmd.Context(), cl, "api.upstream.health", map[string]any{"group": given[0]})
			if err != nil {
				return err
			}
			return c.print(u, func(w io.Writer) {
				fmt.Fprintln(w, "ADDRESS\tSTATE\tIN FLIGHT\tFAILURES\tLAST")
				for _, a := range u.Addresses {
					fmt.Fprintf(w, "%s\t%s\t%d\t%d\t%s\n", a.URL, a.State, a.InFlight, a.Failures, a.Last)
				}
				if u.Broken != "" {
					fmt.Fprintf(w, "cannot be used: %s\n", u.Broken)
				}
			})
		})
	}}
}
