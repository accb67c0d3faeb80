package cli

import (
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"time"

	"github.com/spf13/cobra"

	"github.com/gatepost/gatepost/internal/config"
	"github.com/gatepost/gatepost/internal/platform"
	"github.com/gatepost/gatepost/internal/store"
)

type keyStatus struct {
	CorpID string `json:"corpId"`
	Key    int64  `json:"key"`
	Since  int64  `json:"since"`
	Done   bool   `json:"done"`
	Tables []struct {
		Table string `json:"table"`
		Older int64  `json:"older"`
		Rows  int64  `json:"rows"`
	} `json:"tables"`
}

func (c *commands) key() *cobra.Command {
	return group("key", "The keys under which personal fields and secrets are sealed", c.keyStatus(), c.keyRotate(), c.keyRewrap())
}

func (c *commands) keyStatus() *cobra.Command {
	return &cobra.Command{Use: "status", Short: "Show the active data key, and what still stands under older ones", Args: args(cobra.NoArgs),
		RunE: func(cmd *cobra.Command, _ []string) error {
			return c.with(cmd.Context(), func(cl *client) error {
				s, err := ask[keyStatus](cmd.Context(), cl, "key.status", map[string]any{})
				if err != nil {
					return err
				}
				return c.print(s, func(w io.Writer) {
					fmt.Fprintf(w, "key %d of %s, since %s\n", s.Key, s.CorpID, time.UnixMilli(s.Since).UTC().Format(time.RFC3339))
					fmt.Fprintln(w, "TABLE\tROWS\tUNDER OLDER KEYS")
					for _, t := range s.Tables {
						fmt.Fprintf(w, "%s\t%d\t%d\n", t.Table, t.Rows, t.Older)
					}
				})
			})
		}}
}

func (c *commands) keyRotate() *cobra.Command {
	var all bool
	cmd := &cobra.Command{Use: "rotate [--all]", Short: "Make a new data key; rows are sealed anew in the background", Args: args(cobra.NoArgs),
		Long: "Makes a new data key for the company, or for one named by --corp. What is sealed under older keys stays readable.\n" +
			"gatepost key status shows how far the work is.",
		RunE: func(cmd *cobra.Command, _ []string) error {
			return c.with(cmd.Context(), func(cl *client) error {
				if all {
					r, err := ask[struct {
						Corps int64 `json:"corps"`
					}](cmd.Context(), cl, "key.rotateAll", map[string]any{})
					if err != nil {
						return err
					}
					return c.print(r, func(w io.Writer) { fmt.Fprintf(w, "%d companies have new keys\n", r.Corps) })
				}
				r, err := ask[struct {
					Key int64 `json:"key"`
				}](cmd.Context(), cl, "key.rotate", map[string]any{})
				if err != nil {
					return err
				}
				return c.print(r, func(w io.Writer) { fmt.Fprintf(w, "key %d is active\n", r.Key) })
			})
		}}
	cmd.Flags().BoolVar(&all, "all", false, "for every company of the platform")
	return cmd
}

func (c *commands) keyRewrap() *cobra.Command {
	var dir, postgres, next string
	cmd := &cobra.Command{Use: "rewrap --new-key FILE", Short: "Change the master key", Args: args(cobra.NoArgs),
		Long: "Wraps the data keys under the master key in FILE instead of the present one, which is GATEPOST_MASTER_KEY or the\n" +
			"master.key of the data directory. What is sealed is not touched. FILE is made, with a new key, if it is not there.\n" +
			"Stop every node first. A master.key in the data directory is replaced; a GATEPOST_MASTER_KEY has to be set anew\n" +
			"before the nodes start again. If it is interrupted, run it again.",
		RunE: func(cmd *cobra.Command, _ []string) (err error) {
			if next == "" {
				return usageError{errors.New("--new-key is needed: the file of the new master key")}
			}
			if !filepath.IsAbs(next) {
				next = filepath.Join(c.Dir, next)
			}
			if v, ok := c.Env("GATEPOST_POSTGRES"); ok && postgres == "" {
				postgres = v
			}
			db, err := store.Open(cmd.Context(), store.Config{Dir: c.trustDir(dir), Postgres: postgres})
			if err != nil {
				return err
			}
			defer func() { err = errors.Join(err, db.Close()) }()
			n, err := platform.Rewrap(cmd.Context(), c.keyHolder(dir), db, next)
			if err != nil {
				return err
			}
			return c.done("%d keys are under the new master key", n)
		}}
	cmd.Flags().StringVar(&dir, "data", "", "the data directory (GATEPOST_DATA)")
	cmd.Flags().StringVar(&postgres, "postgres", "", "PostgreSQL URL (GATEPOST_POSTGRES)")
	cmd.Flags().StringVar(&next, "new-key", "", "file of the new master key, 32 bytes in base64")
	return cmd
}

// keyHolder is where the master key of a stopped platform is.
func (c *commands) keyHolder(dir string) config.Config {
	master, _ := c.Env("GATEPOST_MASTER_KEY")
	return config.Config{Data: c.trustDir(dir), MasterKey: config.Secret(master)}
}
