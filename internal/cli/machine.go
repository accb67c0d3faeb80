package cli

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/spf13/cobra"

	"github.com/gatepost/gatepost/internal/trust"
)

func (c *commands) trust() *cobra.Command {
	var address string
	on := &cobra.Command{Use: "on", Short: "Lead the known host names to the running platform, for the whole machine", Args: args(cobra.NoArgs),
		Long: "Writes a marked block into the hosts file, puts the platform's own certificate authority into the system's store,\n" +
			"and has the running platform listen on port 443. It needs root, on the machine where the platform runs.\n" +
			"gatepost trust off undoes exactly that. To reach only one command, use gatepost exec, which touches nothing.",
		RunE: func(cmd *cobra.Command, _ []string) error {
			return c.with(cmd.Context(), func(cl *client) error { return c.trustOn(cmd.Context(), cl, address) })
		}}
	on.Flags().StringVar(&address, "address", "127.0.0.1:443", "where the platform listens for those names")
	var dir string
	off := &cobra.Command{Use: "off", Short: "Undo what trust on did", Args: args(cobra.NoArgs), RunE: func(cmd *cobra.Command, _ []string) error {
		return c.trustOff(cmd.Context(), c.trustDir(dir))
	}}
	status := &cobra.Command{Use: "status", Short: "Show what is in place", Args: args(cobra.NoArgs), RunE: func(_ *cobra.Command, _ []string) error {
		s, err := trust.Inspect(trust.Options{Dir: c.trustDir(dir)})
		if err != nil {
			return err
		}
		return c.print(s, func(w io.Writer) {
			fmt.Fprintf(w, "hosts file leads the names here\t%t\nauthority trusted by\t%s\n", s.Hosts, strings.Join(s.Trusted, ", "))
			for _, n := range s.Notes {
				fmt.Fprintln(w, n)
			}
		})
	}}
	for _, cmd := range []*cobra.Command{off, status} {
		cmd.Flags().StringVar(&dir, "data", "", "the platform's data directory (GATEPOST_DATA)")
	}
	return group("trust", "Known host names on this machine", on, off, status)
}

func (c *commands) trustDir(given string) string {
	if given == "" {
		given, _ = c.Env("GATEPOST_DATA")
	}
	if given == "" {
		given = "gatepost-data"
	}
	if filepath.IsAbs(given) {
		return given
	}
	return filepath.Join(c.Dir, given)
}

func (c *commands) trustOn(ctx context.Context, cl *client, address string) error {
	opened, err := ask[struct {
		Names     []string `json:"names"`
		Directory string   `json:"directory"`
	}](ctx, cl, "trust.open", map[string]any{"address": address})
	if err != nil {
		return err
	}
	if err := trust.On(ctx, trust.Options{Dir: opened.Directory, Address: strings.TrimSuffix(address, ":443")}); err != nil {
		_, closing := ask[struct{}](ctx, cl, "trust.close", map[string]any{})
		return errors.Join(err, closing)
	}
	return c.done("these names lead to %s now: %s\nundo with: gatepost trust off --data %s", cl.base, strings.Join(opened.Names, " "), opened.Directory)
}

// trustOff undoes the machine's part even when no platform answers.
func (c *commands) trustOff(ctx context.Context, dir string) error {
	err := trust.Off(ctx, trust.Options{Dir: dir})
	closing := c.with(ctx, func(cl *client) error {
		_, err := ask[struct{}](ctx, cl, "trust.close", map[string]any{})
		return err
	})
	if closing != nil {
		fmt.Fprintf(c.Err, "the platform was not told to stop listening: %v\n", closing)
	}
	if err != nil {
		return err
	}
	return c.done("undone")
}

func (c *commands) exec() *cobra.Command {
	var mode string
	cmd := &cobra.Command{Use: "exec -- COMMAND [ARG…]", Short: "Run one command for which the known host names lead to the platform", Args: args(cobra.MinimumNArgs(1)),
		Long: "Runs one command, with its children, in a world where the host names that SDKs have compiled in lead to the\n" +
			"running platform and where its certificate is trusted. Nothing else on the machine is touched.",
		RunE: func(cmd *cobra.Command, given []string) error {
			upstream, err := c.upstream()
			if err != nil {
				return err
			}
			dir := c.Home
			if dir == "" {
				if dir, err = os.MkdirTemp("", "gatepost-exec-"); err != nil {
					return err
				}
				defer os.RemoveAll(dir) //nolint:errcheck // a temporary directory
			}
			ca, err := trust.OpenCA(dir)
			if err != nil {
				return err
			}
			vouchers, err := c.authority()
			if err != nil {
				return err
			}
			code, err := trust.Exec(context.WithoutCancel(cmd.Context()), trust.ExecOptions{Args: given, Env: c.Environ, Upstream: upstream, Vouchers: vouchers, CA: ca,
				In: file(c.In), Out: file(c.Out), Err: file(c.Err), Mode: trust.Mode(mode)})
			if err != nil {
				fmt.Fprintf(c.Err, "gatepost: %v\n", err)
				return exitError(max(code, 1))
			}
			if code != 0 {
				return exitError(code)
			}
			return nil
		}}
	cmd.Flags().SetInterspersed(false)
	cmd.Flags().StringVar(&mode, "mode", "auto", "auto, namespace or environment")
	return cmd
}

// file hands a stream down if it is a file, as a process's own streams are.
func file(stream any) *os.File {
	f, _ := stream.(*os.File)
	return f
}

// upstream is the running platform's address; exec does not sign in.
func (c *commands) upstream() (*url.URL, error) {
	base := c.value(c.url, "GATEPOST_URL", c.demoEnv())
	if base == "" {
		saved, err := c.loadProfile()
		if err != nil {
			return nil, err
		}
		base = saved.URL
	}
	if base == "" {
		base = "http://127.0.0.1:8700"
	}
	u, err := url.Parse(base)
	if err != nil || u.Host == "" {
		return nil, usageError{fmt.Errorf("GATEPOST_URL=%q is no URL; want e.g. http://127.0.0.1:8700", base)}
	}
	return u, nil
}

// finding is one line of doctor.
type finding struct {
	Check  string `json:"check"`
	OK     bool   `json:"ok"`
	Detail string `json:"detail"`
	Fix    string `json:"fix,omitzero"`
}

func (c *commands) doctor() *cobra.Command {
	return &cobra.Command{Use: "doctor", Short: "Check that the platform can be reached and used from here", Args: args(cobra.NoArgs),
		RunE: func(cmd *cobra.Command, _ []string) error {
			found := c.examine(cmd.Context())
			err := c.print(map[string]any{"findings": found}, func(w io.Writer) {
				for _, f := range found {
					mark := "ok"
					if !f.OK {
						mark = "WRONG"
					}
					fmt.Fprintf(w, "%s\t%s\t%s\n", mark, f.Check, f.Detail)
					if f.Fix != "" {
						fmt.Fprintf(w, "\t\tto fix: %s\n", f.Fix)
					}
				}
			})
			for _, f := range found {
				if !f.OK {
					c.code = 1
				}
			}
			return err
		}}
}

// examine checks one thing after the other and stops where the next makes no sense.
func (c *commands) examine(ctx context.Context) []finding {
	var found []finding
	add := func(check string, err error, detail, fix string) bool {
		f := finding{Check: check, OK: err == nil, Detail: detail}
		if err != nil {
			f.Detail, f.Fix = err.Error(), fix
			if r, ok := errors.AsType[*refusal](err); ok {
				f.Fix = cmp.Or(r.Hint, fix)
			}
		}
		found = append(found, f)
		return err == nil
	}
	u, err := c.upstream()
	if !add("address", err, fmt.Sprint(u), "set GATEPOST_URL") {
		return found
	}
	took, skew, err := c.reach(ctx, u)
	if !add("platform answers", err, took.String(), "start it with gatepost up, or set GATEPOST_URL") {
		return found
	}
	if skew.Abs() > 30*time.Second {
		err = fmt.Errorf("this machine's clock is %s off the platform's", skew.Round(time.Second))
	}
	add("clocks agree", err, skew.Round(time.Second).String(), "set this machine's clock: signatures with timestamps are refused after a minute")
	err = c.with(ctx, func(cl *client) error {
		info, err := ask[struct {
			Version string `json:"version"`
			Engine  string `json:"engine"`
			Channel string `json:"channelFingerprint"`
		}](ctx, cl, "platform.info", map[string]any{})
		add("sign-in", err, "version "+info.Version+" on "+info.Engine, "gatepost login")
		if info.Version != c.Version && err == nil {
			add("same version", fmt.Errorf("this command is %s, the platform %s", c.Version, info.Version), "", "use the binary of the platform")
		}
		if err == nil {
			add("client data channel", c.published(ctx, u, info.Channel), "clients pin "+info.Channel, "have what stands in between pass "+keyPath+" and /channel on to the platform")
		}
		apps, err := listApps(ctx, cl, "")
		if err == nil && len(apps) == 0 {
			err = errors.New("there is none")
		}
		add("applications", err, fmt.Sprintf("%d", len(apps)), "gatepost app create NAME")
		return nil
	})
	if err != nil {
		add("sign-in", err, "", "gatepost login, or set ADMIN_USER and ADMIN_PASSWORD")
	}
	if s, err := trust.Inspect(trust.Options{Dir: c.trustDir("")}); err == nil {
		add("known host names", nil, fmt.Sprintf("whole machine: %t (gatepost trust on); one command: gatepost exec", s.Hosts), "")
	}
	return found
}

// reach asks for the platform's health and tells how far the clocks differ.
func (c *commands) reach(ctx context.Context, u *url.URL) (took, skew time.Duration, err error) {
	began := c.Now()
	resp, err := c.fetch(ctx, u, "/readyz")
	if err != nil {
		return 0, 0, err
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		return 0, 0, fmt.Errorf("it is not ready: %s", resp.Status)
	}
	took = c.Now().Sub(began)
	if there, err := http.ParseTime(resp.Header.Get("Date")); err == nil {
		skew = there.Sub(c.Now().Truncate(time.Second))
	}
	return took, skew, nil
}

// keyPath is where the platform publishes the key of the client data channel.
const keyPath = "/.well-known/gatepost-channel"

// published compares the channel key that clients are told at u with the one that
// the platform says it has.
func (c *commands) published(ctx context.Context, u *url.URL, want string) error {
	resp, err := c.fetch(ctx, u, keyPath)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	var told struct {
		Fingerprint string `json:"fingerprint"`
	}
	if err := json.UnmarshalRead(io.LimitReader(resp.Body, 64<<10), &told); err != nil || resp.StatusCode != http.StatusOK {
		return fmt.Errorf("%s does not tell the key: %s", keyPath, resp.Status)
	}
	if told.Fingerprint != want {
		return fmt.Errorf("clients are told the key %q, and the platform has %s", told.Fingerprint, want)
	}
	return nil
}

// fetch asks for something that needs no sign-in. The caller closes the body.
func (c *commands) fetch(ctx context.Context, u *url.URL, path string) (*http.Response, error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, u.JoinPath(path).String(), nil)
	if err != nil {
		return nil, err
	}
	web, err := c.web(u.String())
	if err != nil {
		return nil, err
	}
	return web.Do(r)
}
