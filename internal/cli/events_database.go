package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/url"
	"strings"
	"time"

	"github.com/spf13/cobra"
)

func (c *commands) eventsDatabase() *cobra.Command {
	return group("database", "Rows in an application's own MySQL, MariaDB or PostgreSQL", c.databaseSet(), c.databaseCheck(), c.databaseSync(), c.databaseStatus())
}

type databaseFinding struct {
	Level  string   `json:"level"`
	Name   string   `json:"name"`
	Text   string   `json:"text"`
	Detail string   `json:"detail,omitzero"`
	Repair string   `json:"repair,omitzero"`
	SQL    []string `json:"sql,omitzero"`
}

type databaseCopy struct {
	State     string `json:"state"`
	Object    string `json:"object"`
	Looked    int64  `json:"looked"`
	Total     int64  `json:"total"`
	Problem   string `json:"problem,omitzero"`
	StartedAt int64  `json:"startedAt"`
	ChangedAt int64  `json:"changedAt"`
}

// databaseFlags are what says how a database is reached, beside its address.
type databaseFlags struct {
	password, ca string
	create       bool
}

func (f *databaseFlags) define(cmd *cobra.Command) *cobra.Command {
	s := cmd.Flags()
	s.StringVar(&f.password, "password-file", "", `file that holds the account's password; "-" reads it from the input`)
	s.StringVar(&f.ca, "ca-file", "", "PEM file of the authority that vouches for the database; without it the system's")
	s.BoolVar(&f.create, "create", false, "make tables that are missing, if the account may")
	return cmd
}

// request is a database as the console's operations take it. It is written
// mysql://user@host:3306/database, or postgres://…?schema=s; with tls=off behind
// it the connection is not encrypted.
func (f *databaseFlags) request(c *commands, a *appItem, given string) (map[string]any, error) {
	u, err := url.Parse(given)
	if err != nil || u.Host == "" || u.User.Username() == "" || u.Scheme != "mysql" && u.Scheme != "postgres" {
		return nil, usageError{fmt.Errorf("%q is no database: write mysql://user@host:3306/database or postgres://user@host:5432/database?schema=public", given)}
	}
	if _, secret := u.User.Password(); secret {
		return nil, usageError{errors.New("a password in the address would stay in the shell's history: give it with --password-file")}
	}
	q := map[string]any{"agentId": a.AgentID, "engine": u.Scheme, "address": u.Host, "database": strings.TrimPrefix(u.Path, "/"), "user": u.User.Username(),
		"schema": u.Query().Get("schema"), "create": f.create}
	if tls := u.Query().Get("tls"); tls != "" {
		q["tls"] = tls
	}
	for name, file := range map[string]string{"password": f.password, "ca": f.ca} {
		if file == "" {
			continue
		}
		text, err := c.document(file)
		if err != nil {
			return nil, err
		}
		q[name] = strings.TrimRight(text, "\r\n")
	}
	return q, nil
}

func (c *commands) databaseSet() *cobra.Command {
	var f databaseFlags
	return f.define(c.onApp("set ADDRESS", "Set where rows are written, such as mysql://user@host:3306/database; tls=off ends encryption", cobra.ExactArgs(1),
		func(ctx context.Context, cl *client, a appItem, given []string) error {
			q, err := f.request(c, &a, given[0])
			if err != nil {
				return err
			}
			set, err := ask[struct {
				SubscriptionID string            `json:"subscriptionId"`
				Copying        bool              `json:"copying"`
				Findings       []databaseFinding `json:"findings"`
			}](ctx, cl, "database.set", q)
			if err != nil {
				return err
			}
			return c.print(set, func(w io.Writer) {
				printDatabase(w, set.Findings)
				if set.Copying {
					fmt.Fprintln(w, "the directory is being copied: gatepost events database status")
				}
			})
		}))
}

func (c *commands) databaseCheck() *cobra.Command {
	var f databaseFlags
	return f.define(c.onApp("check [ADDRESS]", "Check a database, or the one that is set: tables, privileges, encryption", cobra.MaximumNArgs(1),
		func(ctx context.Context, cl *client, a appItem, given []string) error {
			q := map[string]any{"agentId": a.AgentID, "create": f.create}
			if len(given) > 0 {
				var err error
				if q, err = f.request(c, &a, given[0]); err != nil {
					return err
				}
			}
			r, err := ask[struct {
				Usable   bool              `json:"usable"`
				Version  string            `json:"version,omitzero"`
				Account  string            `json:"account,omitzero"`
				TLS      string            `json:"tls,omitzero"`
				Findings []databaseFinding `json:"findings"`
			}](ctx, cl, "database.check", q)
			if err != nil {
				return err
			}
			if !r.Usable {
				c.code = 1
			}
			return c.print(r, func(w io.Writer) { printDatabase(w, r.Findings) })
		}))
}

// printDatabase shows what was found, and the statements that repair it so that
// they can be run as they stand.
func printDatabase(w io.Writer, list []databaseFinding) {
	for _, f := range list {
		fmt.Fprintf(w, "%s\t%s\t%s\n", f.Level, f.Text, f.Detail)
	}
	for _, f := range list {
		if f.Repair == "" {
			continue
		}
		fmt.Fprintf(w, "\n-- %s: %s\n", f.Text, f.Repair)
		for _, statement := range f.SQL {
			fmt.Fprintf(w, "%s;\n", statement)
		}
	}
}

func (c *commands) databaseSync() *cobra.Command {
	return c.onApp("sync", "Write every department and person that the application may see, from the beginning", cobra.NoArgs,
		func(ctx context.Context, cl *client, a appItem, _ []string) error {
			began, err := ask[databaseCopy](ctx, cl, "database.sync", map[string]any{"agentId": a.AgentID})
			if err != nil {
				return err
			}
			return c.print(began, func(w io.Writer) {
				fmt.Fprintf(w, "%d departments and people are looked at: gatepost events database status\n", began.Total)
			})
		})
}

func (c *commands) databaseStatus() *cobra.Command {
	return c.onApp("status", "Tell where rows are written and how far a copy is", cobra.NoArgs,
		func(ctx context.Context, cl *client, a appItem, _ []string) error {
			s, err := ask[struct {
				SubscriptionID string        `json:"subscriptionId"`
				State          string        `json:"state"`
				Reason         string        `json:"reason,omitzero"`
				SubscribeID    string        `json:"subscribeId"`
				Engine         string        `json:"engine"`
				Address        string        `json:"address"`
				Database       string        `json:"database"`
				Schema         string        `json:"schema,omitzero"`
				User           string        `json:"user"`
				TLS            string        `json:"tls"`
				Copy           *databaseCopy `json:"sync,omitzero"`
			}](ctx, cl, "database.status", map[string]any{"agentId": a.AgentID})
			if err != nil {
				return err
			}
			return c.print(s, func(w io.Writer) {
				fmt.Fprintf(w, "subscription\t%s\t%s\t%s\n", s.SubscriptionID, s.State, s.Reason)
				fmt.Fprintf(w, "database\t%s://%s@%s/%s\ttls %s\n", s.Engine, s.User, s.Address, s.Database, s.TLS)
				fmt.Fprintf(w, "subscribe_id\t%s\t\n", s.SubscribeID)
				if s.Copy != nil {
					fmt.Fprintf(w, "copy\t%s, %d of %d\t%s\t%s\n", s.Copy.State, s.Copy.Looked, s.Copy.Total, time.UnixMilli(s.Copy.ChangedAt).Format(time.DateTime), s.Copy.Problem)
				}
			})
		})
}
