package cli

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/spf13/cobra"

	"github.com/gatepost/gatepost/internal/platform"
)

type disclosure struct {
	Seq       int64    `json:"seq"`
	At        int64    `json:"at"`
	RequestID string   `json:"requestId"`
	As        string   `json:"as"`
	AppKey    string   `json:"appKey,omitempty"`
	AgentID   int64    `json:"agentId,omitzero"`
	UserID    string   `json:"userId,omitempty"`
	Operation string   `json:"operation"`
	Change    bool     `json:"change"`
	Fields    []string `json:"fields"`
	People    []string `json:"people"`
	Count     int      `json:"count"`
	Times     int      `json:"times"`
}

// keptSeal is a seal as `audit seal` prints it.
type keptSeal struct {
	Seq  int64  `json:"seq"`
	Hash string `json:"hash"`
	At   int64  `json:"at"`
	Sig  string `json:"sig"`
	Key  string `json:"key,omitzero"`
}

func (c *commands) audit() *cobra.Command {
	return group("audit", "Who saw or changed which graded fields of whom", c.auditList(), c.auditExport(), c.auditVerify(), c.auditSeal())
}

func (c *commands) auditList() *cobra.Command {
	var person, user, app, field, since string
	var size int
	cmd := &cobra.Command{Use: "list", Short: "List who saw what of whom, the newest first", Args: args(cobra.NoArgs), RunE: func(cmd *cobra.Command, _ []string) error {
		from, err := c.when(since)
		if err != nil {
			return err
		}
		return c.with(cmd.Context(), func(cl *client) error {
			request := map[string]any{"personId": person, "userId": user, "field": field, "since": from, "size": size}
			if app != "" {
				a, err := find(cmd.Context(), cl, app)
				if err != nil {
					return err
				}
				request["agentId"] = a.AgentID
			}
			r, err := ask[struct {
				List    []disclosure `json:"list"`
				HasMore bool         `json:"hasMore"`
			}](cmd.Context(), cl, "disclosure.list", request)
			if err != nil {
				return err
			}
			return c.print(r, func(w io.Writer) {
				fmt.Fprintln(w, "NO\tTIME\tWHO\tOPERATION\tFIELDS\tPEOPLE\tTIMES\tREQUEST")
				for _, d := range r.List {
					fmt.Fprintf(w, "%d\t%s\t%s\t%s\t%s\t%s\t%d\t%s\n", d.Seq, time.UnixMilli(d.At).UTC().Format(time.RFC3339), d.who(), d.Operation,
						strings.Join(d.Fields, ","), d.whom(), d.Times, d.RequestID)
				}
			})
		})
	}}
	f := cmd.Flags()
	f.StringVar(&person, "person", "", "only of this person or contact")
	f.StringVar(&user, "by", "", "only by this person")
	f.StringVar(&app, "app", "", "only by this application: name, AppKey or AgentId")
	f.StringVar(&field, "field", "", "only of this field, e.g. mobile")
	f.StringVar(&since, "since", "", "not older than: 24h, 2026-11-22 or 2026-11-22T08:00:00Z")
	f.IntVar(&size, "size", 20, "at most so many")
	return cmd
}

func (d *disclosure) who() string {
	if d.AppKey == "" {
		return d.As + " " + d.UserID
	}
	return strings.TrimSpace(d.AppKey + " " + d.UserID)
}

func (d *disclosure) whom() string {
	const most = 5
	if d.Count == 0 {
		return "not known"
	}
	if len(d.People) <= most {
		return strings.Join(d.People, ",")
	}
	return fmt.Sprintf("%s … %d in all", strings.Join(d.People[:most], ","), d.Count)
}

// when reads a time of a flag, in milliseconds: a duration before now, a day or a
// moment; 0 for none.
func (c *commands) when(text string) (int64, error) {
	if text == "" {
		return 0, nil
	}
	if d, err := time.ParseDuration(text); err == nil {
		return c.Now().Add(-d).UnixMilli(), nil
	}
	for _, layout := range []string{time.RFC3339, time.DateOnly} {
		if t, err := time.Parse(layout, text); err == nil {
			return t.UnixMilli(), nil
		}
	}
	return 0, usageError{fmt.Errorf("%q is no time; want e.g. 24h, 2026-11-22 or 2026-11-22T08:00:00Z", text)}
}

func (c *commands) auditExport() *cobra.Command {
	var from, to, format string
	cmd := &cobra.Command{Use: "export", Short: "Write the chain as lines of JSON, for gatepost audit verify", Args: args(cobra.NoArgs),
		Long: "Writes records with their hashes, and seals. Keep the export, or the output of gatepost audit seal, where whoever\n" +
			"can write the database cannot: it is what shows that the end of the chain was cut.",
		RunE: func(cmd *cobra.Command, _ []string) error {
			if format != "jsonl" {
				return usageError{fmt.Errorf("--format %s: there is jsonl", format)}
			}
			since, err := c.when(from)
			if err != nil {
				return err
			}
			until, err := c.when(to)
			if err != nil {
				return err
			}
			return c.with(cmd.Context(), func(cl *client) error { return c.export(cmd.Context(), cl, since, until) })
		}}
	f := cmd.Flags()
	f.StringVar(&from, "from", "", "not older than: 24h, 2026-11-22 or 2026-11-22T08:00:00Z")
	f.StringVar(&to, "to", "", "not younger than")
	f.StringVar(&format, "format", "jsonl", "jsonl")
	return cmd
}

// export writes page after page.
func (c *commands) export(ctx context.Context, cl *client, since, until int64) error {
	out := bufio.NewWriter(c.Out)
	for after := int64(0); ; {
		page, err := ask[struct {
			Lines []string `json:"lines"`
			Next  int64    `json:"next"`
		}](ctx, cl, "disclosure.export", map[string]any{"since": since, "until": until, "after": after})
		if err != nil {
			return err
		}
		for _, line := range page.Lines {
			if _, err := fmt.Fprintln(out, line); err != nil {
				return err
			}
		}
		if after = page.Next; after == 0 {
			return out.Flush()
		}
	}
}

func (c *commands) auditVerify() *cobra.Command {
	var live bool
	var key, seal string
	cmd := &cobra.Command{Use: "verify [FILE | --live]", Short: "Find the first record that does not fit", Args: args(cobra.MaximumNArgs(1)),
		Long: "Checks an export, or with --live the chain of the running platform. --key is the platform's key as gatepost audit\n" +
			"seal prints it: without it an export is believed about its own key. --seal is a file with the output of gatepost\n" +
			"audit seal --json from earlier: the chain has to hold what was under it. Exit code 1: something does not fit.",
		RunE: func(cmd *cobra.Command, given []string) error {
			if live == (len(given) == 1) {
				return usageError{errors.New("either a file or --live")}
			}
			if !live {
				return c.verifyFile(c.path(given[0]), key)
			}
			return c.with(cmd.Context(), func(cl *client) error { return c.verifyLive(cmd.Context(), cl, seal) })
		}}
	f := cmd.Flags()
	f.BoolVar(&live, "live", false, "the chain of the running platform")
	f.StringVar(&key, "key", "", "the platform's public key")
	f.StringVar(&seal, "seal", "", "file with a seal that was kept")
	return cmd
}

// path is a path as it was meant by who typed it.
func (c *commands) path(name string) string {
	if filepath.IsAbs(name) {
		return name
	}
	return filepath.Join(c.Dir, name)
}

// verified is what a check of a chain saw.
type verified struct {
	OK      bool   `json:"ok"`
	CorpID  string `json:"corpId"`
	Records int64  `json:"records"`
	First   int64  `json:"first"`
	Last    int64  `json:"last"`
	Removed int64  `json:"removed"`
	Seals   int64  `json:"seals"`
	Problem *struct {
		Seq      int64  `json:"seq"`
		What     string `json:"what"`
		Expected string `json:"expected"`
		Found    string `json:"found"`
	} `json:"problem,omitempty"`
}

func (c *commands) verifyFile(path, key string) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	raw, err := platform.VerifyExport(f, key)
	if err != nil {
		return err
	}
	var v verified
	if err := json.Unmarshal(raw, &v); err != nil {
		return err
	}
	return c.checked(v)
}

func (c *commands) verifyLive(ctx context.Context, cl *client, path string) error {
	request := map[string]any{}
	if path != "" {
		b, err := os.ReadFile(c.path(path))
		if err != nil {
			return err
		}
		var s keptSeal
		if err := json.Unmarshal(b, &s); err != nil {
			return fmt.Errorf("%s is no output of gatepost audit seal --json: %w", path, err)
		}
		request["seal"] = map[string]any{"seq": s.Seq, "hash": s.Hash, "at": s.At, "sig": s.Sig}
	}
	v, err := ask[verified](ctx, cl, "disclosure.verify", request)
	if err != nil {
		return err
	}
	return c.checked(v)
}

// checked prints what a check saw; its code is 1 when something does not fit.
func (c *commands) checked(v verified) error {
	if v.Problem != nil {
		c.code = 1
	}
	return c.print(v, func(w io.Writer) {
		if p := v.Problem; p != nil {
			fmt.Fprintf(w, "does not fit at record %d: %s\n  expected: %s\n  found:    %s\n", p.Seq, p.What, p.Expected, p.Found)
			return
		}
		fmt.Fprintf(w, "whole: %d records, %d to %d, %d removed by the retention, %d seals\n", v.Records, v.First, v.Last, v.Removed, v.Seals)
	})
}

func (c *commands) auditSeal() *cobra.Command {
	return &cobra.Command{Use: "seal", Short: "Sign the end of the chain, to be kept elsewhere", Args: args(cobra.NoArgs), RunE: func(cmd *cobra.Command, _ []string) error {
		return c.with(cmd.Context(), func(cl *client) error {
			s, err := ask[keptSeal](cmd.Context(), cl, "disclosure.seal", map[string]any{})
			if err != nil {
				return err
			}
			return c.print(s, func(w io.Writer) {
				if s.Seq == 0 {
					fmt.Fprintln(w, "nothing to sign: nobody saw or changed a graded field of anybody yet")
					return
				}
				fmt.Fprintf(w, "record %d\nhash   %s\nsigned %s\nkey    %s\n", s.Seq, s.Hash, s.Sig, s.Key)
			})
		})
	}}
}
