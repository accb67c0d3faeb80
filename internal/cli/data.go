package cli

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/gatepost/gatepost/internal/config"
	"github.com/gatepost/gatepost/internal/platform"
	"github.com/gatepost/gatepost/internal/store"
)

func (c *commands) config() *cobra.Command {
	var path string
	check := &cobra.Command{Use: "check", Short: "Say what is wrong with the configuration", Args: args(cobra.NoArgs), RunE: func(cmd *cobra.Command, _ []string) error {
		if _, err := c.configuration(cmd, path); err != nil {
			return err
		}
		return c.done("the configuration is valid")
	}}
	cmd := &cobra.Command{Use: "config", Short: "Print the configuration as a file, with every option explained", Args: args(cobra.NoArgs), RunE: func(cmd *cobra.Command, _ []string) error {
		if c.json {
			options := []map[string]string{}
			for _, o := range config.Options() {
				v, ok := c.Env(o.Name)
				if o.Secret {
					v = config.Secret(v).String()
				}
				if !ok {
					v = o.Default
				}
				options = append(options, map[string]string{"name": o.Name, "value": v, "default": o.Default, "doc": o.DocEN})
			}
			return c.print(map[string]any{"options": options}, nil)
		}
		return config.Print(c.Out, c.Env)
	}}
	check.Flags().StringVar(&path, "config", "", "file of GATEPOST_… lines")
	cmd.AddCommand(check)
	return cmd
}

func (c *commands) move() *cobra.Command {
	var dir, postgres string
	var back bool
	cmd := &cobra.Command{Use: "move --data DIR --postgres URL", Short: "Copy the SQLite database into an empty PostgreSQL one", Args: args(cobra.NoArgs),
		Long: "Copies every table and compares counts and hashes on both sides. Stop the platform first. The source is not changed.\n" +
			"The data directory's master.key has to come along: set GATEPOST_MASTER_KEY or keep --data when the platform starts again.",
		RunE: func(cmd *cobra.Command, _ []string) (err error) {
			if postgres == "" {
				return usageError{errors.New("--postgres is needed: where to?")}
			}
			lite, err := store.Open(cmd.Context(), store.Config{Dir: c.trustDir(dir)})
			if err != nil {
				return err
			}
			defer func() { err = errors.Join(err, lite.Close()) }()
			server, err := store.Open(cmd.Context(), store.Config{Postgres: postgres})
			if err != nil {
				return err
			}
			defer func() { err = errors.Join(err, server.Close()) }()
			from, to := lite, server
			if back {
				from, to = server, lite
			}
			if err := platform.CheckMaster(cmd.Context(), c.keyHolder(dir), from); err != nil {
				return fmt.Errorf("nothing was copied: what is sealed could not be opened there: %w", err)
			}
			reports, moving := store.Move(cmd.Context(), from, to, func(table string, rows int64) { fmt.Fprintf(c.Err, "%s: %d\n", table, rows) })
			err = c.print(reports, func(w io.Writer) {
				fmt.Fprintln(w, "TABLE\tROWS\tSAME\tHASH")
				for _, r := range reports {
					fmt.Fprintf(w, "%s\t%d\t%t\t%.16s\n", r.Table, r.Rows, r.Same(), r.Hash)
				}
			})
			return errors.Join(moving, err)
		}}
	cmd.Flags().StringVar(&dir, "data", "", "the data directory (GATEPOST_DATA)")
	cmd.Flags().StringVar(&postgres, "postgres", "", "PostgreSQL URL")
	cmd.Flags().BoolVar(&back, "back", false, "from PostgreSQL into an empty SQLite database instead")
	return cmd
}

// gen writes what is generated from the catalogue into the source tree. It is
// for those who build Gatepost.
func (c *commands) gen() *cobra.Command {
	var check bool
	cmd := &cobra.Command{Use: "gen", Short: "Write what is generated from the catalogue into the source tree", Hidden: true, Args: args(cobra.NoArgs),
		RunE: func(_ *cobra.Command, _ []string) error {
			if _, err := os.Stat(filepath.Join(c.Dir, "go.mod")); err != nil {
				return usageError{errors.New("run it in the source tree")}
			}
			files, err := platform.Generated(os.DirFS(c.Dir))
			if err != nil {
				return err
			}
			var paths, stale []string
			for path := range files {
				paths = append(paths, path)
			}
			slices.Sort(paths)
			for _, path := range paths {
				full := filepath.Join(c.Dir, filepath.FromSlash(path))
				if old, err := os.ReadFile(full); err == nil && bytes.Equal(old, files[path]) {
					continue
				}
				stale = append(stale, path)
				if check {
					continue
				}
				if err := errors.Join(os.MkdirAll(filepath.Dir(full), 0o755), os.WriteFile(full, files[path], 0o644)); err != nil {
					return err
				}
			}
			if check && len(stale) > 0 {
				return fmt.Errorf("these files are not what the catalogue says; run make gen and commit: %s", strings.Join(stale, ", "))
			}
			return c.done("%d files, %d written", len(files), len(stale))
		}}
	cmd.Flags().BoolVar(&check, "check", false, "write nothing; fail if a file is not up to date")
	return cmd
}
