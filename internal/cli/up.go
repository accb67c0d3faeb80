package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"runtime/debug"
	"time"

	"github.com/spf13/cobra"

	"github.com/gatepost/gatepost/internal/config"
	"github.com/gatepost/gatepost/internal/platform"
)

// settings are the flags of up that stand for options of the configuration.
var settings = []struct{ flag, option, doc string }{
	{"listen", "GATEPOST_LISTEN", "address to listen on; port 0 takes a free one"},
	{"data", "GATEPOST_DATA", "directory of the database, the keys and demo.env"},
	{"postgres", "GATEPOST_POSTGRES", "PostgreSQL URL instead of SQLite in the data directory"},
	{"redis", "GATEPOST_REDIS", "Redis URL, for several nodes"},
	{"public-url", "GATEPOST_PUBLIC_URL", "address that others use"},
	{"tls", "GATEPOST_TLS", "off, own (certificates of the local CA) or files"},
	{"tls-cert", "GATEPOST_TLS_CERT", "file of the certificate chain in PEM"},
	{"tls-key", "GATEPOST_TLS_KEY", "file of the certificate's key in PEM"},
	{"log-level", "GATEPOST_LOG_LEVEL", "debug, info, warn or error"},
}

// configuration reads flags, environment and file, in that order of weight.
func (c *commands) configuration(cmd *cobra.Command, file string) (config.Config, error) {
	flags := func(name string) (string, bool) {
		for _, s := range settings {
			if f := cmd.Flags().Lookup(s.flag); s.option == name && f != nil && f.Changed {
				return f.Value.String(), true
			}
		}
		return "", false
	}
	sources := []func(string) (string, bool){flags, c.Env}
	if file != "" {
		f, err := os.Open(filepath.Join(c.Dir, file))
		if filepath.IsAbs(file) {
			f, err = os.Open(file)
		}
		if err != nil {
			return config.Config{}, fmt.Errorf("the configuration file: %w", err)
		}
		defer f.Close()
		source, err := config.File(f)
		if err != nil {
			return config.Config{}, fmt.Errorf("%s: %w", file, err)
		}
		sources = append(sources, source)
	}
	conf, err := config.Read(sources...)
	for _, path := range []*string{&conf.Data, &conf.TLSCert, &conf.TLSKey} {
		if *path != "" && !filepath.IsAbs(*path) {
			*path = filepath.Join(c.Dir, *path)
		}
	}
	return conf, err
}

func (c *commands) up() *cobra.Command {
	var demo bool
	var file string
	cmd := &cobra.Command{Use: "up", Short: "Start a platform", Args: args(cobra.NoArgs), RunE: func(cmd *cobra.Command, _ []string) error {
		conf, err := c.configuration(cmd, file)
		if err != nil {
			return usageError{err}
		}
		return c.serve(cmd.Context(), conf, demo)
	}}
	cmd.Flags().BoolVar(&demo, "demo", false, "with a demonstration company, its people and an application")
	cmd.Flags().StringVar(&file, "config", "", "file of GATEPOST_… lines")
	for _, s := range settings {
		cmd.Flags().String(s.flag, "", s.doc+" ("+s.option+")")
	}
	return cmd
}

func (c *commands) logger(conf config.Config) *slog.Logger {
	var level slog.Level
	if err := level.UnmarshalText([]byte(conf.LogLevel)); err != nil {
		level = slog.LevelInfo // config has checked it
	}
	o := &slog.HandlerOptions{Level: level}
	if conf.LogFormat == "json" {
		return slog.New(slog.NewJSONHandler(c.Err, o))
	}
	return slog.New(slog.NewTextHandler(c.Err, o))
}

// A platform's own heap is some ten MiB, so with Go's default it would be searched
// for garbage after every few hundred calls. Searching seldom costs memory, and
// gives back a tenth of the time of a call (docs/design/010-cost.md). As the heap
// grows towards the limit, Go by itself searches more often.
const (
	garbage     = 400     // percent of the heap that may become garbage
	memoryLimit = 1 << 30 // bytes
)

// collect sets how often garbage is searched for, unless the environment does.
func (c *commands) collect() {
	if _, ok := c.Env("GOGC"); !ok {
		debug.SetGCPercent(garbage)
	}
	if _, ok := c.Env("GOMEMLIMIT"); !ok {
		debug.SetMemoryLimit(memoryLimit)
	}
}

// serve runs a platform until ctx ends.
func (c *commands) serve(ctx context.Context, conf config.Config, demo bool) (err error) {
	began := c.Now()
	c.collect()
	p, err := platform.Open(ctx, conf, c.Version, c.Now, c.logger(conf))
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, p.Close()) }()
	var company platform.Demo
	if demo {
		if company, err = p.Demo(ctx, demoPassword(conf.Data)); err != nil {
			return fmt.Errorf("make the demonstration company: %w", err)
		}
	}
	l, url, err := p.Listen(ctx)
	if err != nil {
		return err
	}
	p.DemoMade = func(d platform.Demo) error { return writeEnv(conf, url, d) }
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	served := make(chan error, 1)
	go func() { served <- p.Run(ctx, l) }()
	if err := c.welcome(ctx, p, conf, url, company, demo, c.Now().Sub(began)); err != nil {
		cancel()
		return errors.Join(err, <-served)
	}
	return <-served
}

// welcome tells what to open and what to copy. demo.env is written last, when
// calls are answered: whoever waits for the file can call at once.
func (c *commands) welcome(ctx context.Context, p *platform.Platform, conf config.Config, url string, d platform.Demo, demo bool, took time.Duration) error {
	fmt.Fprintf(c.Out, "Gatepost %s · %s · ready in %.1f s\n\n", c.Version, p.DB.Engine(), took.Seconds())
	fmt.Fprintf(c.Out, "  console   %s/console/\n  docs      %s/docs/\n", url, url)
	if !demo {
		done, err := p.Identity.HasAccounts(ctx)
		if err != nil {
			return err
		}
		if !done {
			fmt.Fprintf(c.Out, "\n  This platform is empty. Open the console to set it up; the set-up code is  %s\n", p.SetupCode)
		}
		return nil
	}
	path := filepath.Join(conf.Data, "demo.env")
	fmt.Fprintf(c.Out, "  sign in   %s / %s\n\n  company   %s (%s)\n  AgentId   %d\n  AppKey    %s\n  AppSecret %s\n\n", d.Admin, d.Password, d.CorpName, d.Corp, d.Agent, d.Key, d.Secret)
	fmt.Fprintf(c.Out, "  suite     %s, which another company opens with  gatepost suites authorize --suite %s --corp %s\n", d.Suite, d.Suite, d.Customer)
	trusting := ""
	if conf.TLS == config.TLSOwn {
		trusting = "--cacert " + authorityFile(conf.Data) + " "
	}
	fmt.Fprintf(c.Out, "  try       curl %s'%s/gettoken?appkey=%s&appsecret=%s'\n  env       set -a; . %s\n", trusting, url, d.Key, d.Secret, path)
	return writeEnv(conf, url, d)
}

// demoPassword is the administrator's password of an earlier start, so that it
// stays the same; empty if there was none.
func demoPassword(dir string) string { return readEnv(dir)["ADMIN_PASSWORD"] }

// writeEnv writes demo.env so that a reader sees either nothing or all of it.
func writeEnv(conf config.Config, url string, d platform.Demo) error {
	path := filepath.Join(conf.Data, "demo.env")
	tmp := path + ".new"
	f, err := os.OpenFile(tmp, os.O_CREATE|os.O_WRONLY|os.O_TRUNC, 0o600)
	if err != nil {
		return err
	}
	err = printEnv(f, url, d)
	if conf.TLS == config.TLSOwn && err == nil {
		_, err = fmt.Fprintf(f, "GATEPOST_CA=%s\n", authorityFile(conf.Data))
	}
	if err = errors.Join(err, f.Close()); err != nil {
		return err
	}
	return os.Rename(tmp, path)
}

func printEnv(w io.Writer, url string, d platform.Demo) error {
	_, err := fmt.Fprintf(w, "GATEPOST_URL=%s\nCORP_ID=%s\nAGENT_ID=%d\nAPP_KEY=%s\nAPP_SECRET=%s\nADMIN_USER=%s\nADMIN_PASSWORD=%s\nUSER_ID=%s\nUNION_ID=%s\nSUITE_KEY=%s\nSUITE_SECRET=%s\nCUSTOMER_CORP_ID=%s\n",
		url, d.Corp, d.Agent, d.Key, d.Secret, d.Admin, d.Password, d.User, d.Union, d.Suite, d.SuiteSecret, d.Customer)
	return err
}
