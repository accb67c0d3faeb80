// Package cli is the command line. It starts a platform, and speaks to a running
// one over the same operations that the console uses.
package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
	"github.com/spf13/cobra"
)

// Process is everything a command has of the process it runs in.
type Process struct {
	Args    []string // without the program's name
	Env     func(name string) (string, bool)
	Environ []string
	Dir     string // working directory
	Home    string // where profiles are kept; empty: nowhere
	In      io.Reader
	Out     io.Writer
	Err     io.Writer
	Now     func() time.Time
	Version string
}

// Run runs one command and returns the process's exit code: 0 done, 1 refused
// or failed, 2 used wrongly; of `exec`, the command's own.
func Run(ctx context.Context, p Process) int {
	c := &commands{Process: p}
	root := c.root()
	root.SetArgs(p.Args)
	root.SetIn(p.In)
	root.SetOut(p.Out)
	root.SetErr(p.Err)
	err := root.ExecuteContext(ctx)
	if err == nil {
		return c.code
	}
	if exit, ok := errors.AsType[exitError](err); ok {
		return int(exit)
	}
	c.complain(err)
	if _, used := errors.AsType[usageError](err); used {
		return 2
	}
	return 1
}

// exitError ends the process with a code and says nothing.
type exitError int

func (e exitError) Error() string { return fmt.Sprintf("exit %d", int(e)) }

// usageError is a command used wrongly.
type usageError struct{ error }

type commands struct {
	Process
	code int

	url, ca, user, password, corp string
	json                          bool
}

func (c *commands) root() *cobra.Command {
	root := &cobra.Command{
		Use: "gatepost", Short: "An enterprise open platform in one binary",
		Long: "Gatepost (门枢) is an enterprise open platform in one binary. It speaks DingTalk's wire protocols,\n" +
			"so that unmodified SDKs and apps run against it.\n\n" +
			"  gatepost up --demo        start a platform with a demonstration company\n" +
			"  gatepost app create NAME  make an application\n" +
			"  gatepost explain ID       why was this call refused",
		Args: subOnly, RunE: help, Version: c.Version, SilenceUsage: true, SilenceErrors: true,
		CompletionOptions: cobra.CompletionOptions{HiddenDefaultCmd: true},
	}
	root.SetFlagErrorFunc(func(_ *cobra.Command, err error) error { return usageError{err} })
	f := root.PersistentFlags()
	f.BoolVar(&c.json, "json", false, "print the answer as JSON")
	f.StringVar(&c.url, "url", "", "address of the running platform (GATEPOST_URL)")
	f.StringVar(&c.ca, "ca", "", "PEM file of an authority to trust beside the system's (GATEPOST_CA); without it that of a local data directory")
	f.StringVar(&c.user, "user-id", "", "administrator (ADMIN_USER)")
	f.StringVar(&c.password, "password", "", "administrator's password (ADMIN_PASSWORD)")
	f.StringVar(&c.corp, "corp", "", "act in this company (CORP_ID of an operator's session)")
	for _, hidden := range []string{"user-id", "password"} {
		if err := f.MarkHidden(hidden); err != nil {
			panic(err) // the flag was defined above
		}
	}
	root.AddCommand(c.up(), c.login(), c.logout(), c.app(), c.suites(), c.org(), c.scope(), c.operation(), c.clock(), c.limit(), c.events(), c.explain(), c.calls(),
		c.mask(), c.key(), c.audit(), c.person(), c.consent(), c.agent(), c.api(), c.trust(), c.exec(), c.doctor(), c.config(), c.move(), c.gen())
	root.AddCommand(c.up(), c.login(), c.logout(), c.app(), c.org(), c.scope(), c.operation(), c.clock(), c.limit(), c.explain(), c.calls(),
		c.mask(), c.key(), c.audit(), c.person(), c.consent(), c.agent(), c.api(), c.faults(), c.listen(), c.trust(), c.exec(), c.doctor(), c.config(), c.move(), c.gen())
	return root
}

// args turns a wrong number of arguments into a usage error that shows the form.
func args(check cobra.PositionalArgs) cobra.PositionalArgs {
	return func(cmd *cobra.Command, given []string) error {
		if err := check(cmd, given); err != nil {
			return usageError{fmt.Errorf("%w\nusage: %s", err, cmd.UseLine())}
		}
		return nil
	}
}

// group is a command that only has sub-commands.
func group(use, short string, subs ...*cobra.Command) *cobra.Command {
	cmd := &cobra.Command{Use: use, Short: short, Args: subOnly, RunE: help}
	cmd.AddCommand(subs...)
	return cmd
}

func help(cmd *cobra.Command, _ []string) error { return cmd.Help() }

// subOnly refuses what is no sub-command.
func subOnly(cmd *cobra.Command, given []string) error {
	if len(given) > 0 {
		return usageError{fmt.Errorf("unknown command %q of %s; there are: %s", given[0], cmd.CommandPath(), names(cmd))}
	}
	return nil
}

func names(cmd *cobra.Command) string {
	var ns []string
	for _, sub := range cmd.Commands() {
		ns = append(ns, sub.Name())
	}
	return strings.Join(ns, ", ")
}

// complain writes an error where people and scripts look for it.
func (c *commands) complain(err error) {
	r, refused := errors.AsType[*refusal](err)
	switch {
	case refused && c.json:
		fmt.Fprintln(c.Err, string(r.raw))
	case refused:
		fmt.Fprintf(c.Err, "gatepost: %s\n", r.Message)
		field := r.Field
		if strings.Contains(r.Message, field) {
			field = "" // it is told already
		}
		for _, part := range [][2]string{{"field", field}, {"expected", r.Expected}, {"found", r.Found}, {"to fix", r.Hint}, {"request", r.RequestID}} {
			if part[1] != "" {
				fmt.Fprintf(c.Err, "  %-9s %s\n", part[0]+":", part[1])
			}
		}
	default:
		fmt.Fprintf(c.Err, "gatepost: %v\n", err)
	}
}

// print shows an answer: as JSON where that was asked for, else by show.
func (c *commands) print(answer any, show func(w io.Writer)) error {
	if c.json {
		b, err := json.Marshal(answer, jsontext.WithIndent("  "))
		if err != nil {
			return err
		}
		_, err = fmt.Fprintln(c.Out, string(b))
		return err
	}
	w := tabwriter.NewWriter(c.Out, 0, 0, 2, ' ', 0)
	show(w)
	return w.Flush()
}
