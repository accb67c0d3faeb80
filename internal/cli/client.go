package cli

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"

	"github.com/go-json-experiment/json"
)

// refusal is an answer of the platform that is not the one that was asked for.
type refusal struct {
	Code      string `json:"code"`
	Message   string `json:"message"`
	RequestID string `json:"requestid"`
	Field     string `json:"field"`
	Expected  string `json:"expected"`
	Found     string `json:"found"`
	Hint      string `json:"hint"`

	raw    []byte
	status int
}

func (r *refusal) Error() string { return r.Message }

// client speaks to a running platform as an administrator.
type client struct {
	base  string
	token string
	http  *http.Client
	lang  string
	own   bool // the session was opened for this command and ends with it
}

// profile is a saved sign-in.
type profile struct {
	URL   string `json:"url"`
	Token string `json:"token"`
}

func (c *commands) profilePath() string {
	if c.Home == "" {
		return ""
	}
	return filepath.Join(c.Home, "profile.json")
}

func (c *commands) loadProfile() (profile, error) {
	var p profile
	path := c.profilePath()
	if path == "" {
		return p, nil
	}
	b, err := os.ReadFile(path)
	if errors.Is(err, os.ErrNotExist) {
		return p, nil
	}
	if err != nil {
		return p, fmt.Errorf("read the saved sign-in: %w", err)
	}
	return p, json.Unmarshal(b, &p)
}

func (c *commands) saveProfile(p profile) error {
	path := c.profilePath()
	if path == "" {
		return errors.New("there is no home directory to save the sign-in in")
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return err
	}
	b, err := json.Marshal(p)
	if err != nil {
		return err
	}
	return os.WriteFile(path, b, 0o600)
}

// value is the first of a flag, the environment, and the file demo.env of a
// platform that was started here.
func (c *commands) value(flag, name string, demo map[string]string) string {
	if flag != "" {
		return flag
	}
	if v, ok := c.Env(name); ok && v != "" {
		return v
	}
	return demo[name]
}

// demoEnv reads demo.env of the data directory, which `up --demo` writes, so
// that commands in the same folder need no set-up.
func (c *commands) demoEnv() map[string]string {
	dir, ok := c.Env("GATEPOST_DATA")
	if !ok {
		dir = filepath.Join(c.Dir, "gatepost-data")
	}
	return readEnv(dir)
}

func readEnv(dir string) map[string]string {
	b, err := os.ReadFile(filepath.Join(dir, "demo.env"))
	if err != nil {
		return nil
	}
	values := map[string]string{}
	for line := range strings.Lines(string(b)) {
		if k, v, ok := strings.Cut(strings.TrimSpace(line), "="); ok {
			values[k] = strings.Trim(v, `'"`)
		}
	}
	return values
}

// connect finds the running platform and signs in: by flags or environment, by
// the saved sign-in, or by demo.env.
func (c *commands) connect(ctx context.Context) (*client, error) {
	saved, err := c.loadProfile()
	if err != nil {
		return nil, err
	}
	demo := c.demoEnv()
	base := c.value(c.url, "GATEPOST_URL", nil)
	user, password := c.value(c.user, "ADMIN_USER", nil), c.value(c.password, "ADMIN_PASSWORD", nil)
	if base == "" {
		base = saved.URL
	}
	if base == "" {
		base = demo["GATEPOST_URL"]
	}
	if base == "" {
		base = "http://127.0.0.1:8700"
	}
	base = strings.TrimSuffix(base, "/")
	if u, err := url.Parse(base); err != nil || u.Host == "" {
		return nil, usageError{fmt.Errorf("GATEPOST_URL=%q is no URL; want e.g. http://127.0.0.1:8700", base)}
	}
	web, err := c.web(base)
	if err != nil {
		return nil, err
	}
	cl := &client{base: base, http: web, lang: c.lang()}
	switch {
	case user != "":
	case saved.Token != "" && saved.URL == base:
		cl.token = saved.Token
	case demo["GATEPOST_URL"] == base:
		user, password = demo["ADMIN_USER"], demo["ADMIN_PASSWORD"]
	}
	if user == "" && cl.token == "" {
		return nil, usageError{fmt.Errorf("not signed in to %s: run gatepost login, or set ADMIN_USER and ADMIN_PASSWORD", base)}
	}
	if user != "" {
		if err := cl.signIn(ctx, user, password); err != nil {
			return nil, err
		}
	}
	return cl, cl.enter(ctx, c.corp)
}

type opened struct {
	Token    string `json:"token"`
	UserID   string `json:"userId"`
	Name     string `json:"name"`
	CorpID   string `json:"corpId"`
	CorpName string `json:"corpName"`
}

func (cl *client) signIn(ctx context.Context, user, password string) error {
	s, err := ask[opened](ctx, cl, "session.open", map[string]any{"user": user, "password": password})
	cl.token, cl.own = s.Token, true
	return err
}

// enter acts in another company, for an operator.
func (cl *client) enter(ctx context.Context, corp string) error {
	if corp == "" {
		return nil
	}
	if !cl.own {
		return usageError{errors.New("--corp needs ADMIN_USER and ADMIN_PASSWORD: it must not move the saved sign-in to another company")}
	}
	s, err := ask[opened](ctx, cl, "corp.switch", map[string]any{"corpId": corp})
	if err == nil {
		cl.token = s.Token
	}
	return err
}

// close ends a session that was opened for one command.
func (cl *client) close(ctx context.Context) {
	if cl.own && cl.token != "" {
		// A session that stays ends by itself.
		_, _ = ask[struct{}](context.WithoutCancel(ctx), cl, "session.close", map[string]any{})
	}
}

func (c *commands) lang() string {
	for _, name := range []string{"LC_ALL", "LANG"} {
		if v, ok := c.Env(name); ok && v != "" {
			if strings.HasPrefix(v, "zh") {
				return "zh-CN"
			}
			return "en"
		}
	}
	return "en"
}

// ask calls one operation of the console.
func ask[T any](ctx context.Context, cl *client, operation string, request any) (answer T, err error) {
	body, err := json.Marshal(request)
	if err != nil {
		return answer, err
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, cl.base+"/console/api/"+operation, bytes.NewReader(body))
	if err != nil {
		return answer, err
	}
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("Accept-Language", cl.lang)
	if cl.token != "" {
		r.Header.Set("Authorization", "Bearer "+cl.token)
	}
	resp, err := cl.http.Do(r)
	if err != nil {
		return answer, fmt.Errorf("no platform answers at %s: %w; is gatepost up running, is GATEPOST_URL right?", cl.base, errors.Unwrap(err))
	}
	defer resp.Body.Close()
	raw, err := io.ReadAll(io.LimitReader(resp.Body, 64<<20))
	if err != nil {
		return answer, fmt.Errorf("read the answer of %s: %w", operation, err)
	}
	if resp.StatusCode != http.StatusOK {
		no := &refusal{raw: raw, status: resp.StatusCode}
		if json.Unmarshal(raw, no) != nil || no.Message == "" {
			return answer, fmt.Errorf("%s answers %s to %s, which no Gatepost does", cl.base, resp.Status, operation)
		}
		return answer, no
	}
	if err := json.Unmarshal(raw, &answer); err != nil {
		return answer, fmt.Errorf("the answer of %s: %w", operation, err)
	}
	return answer, nil
}

// with runs f with a client and ends what it opened.
func (c *commands) with(ctx context.Context, f func(*client) error) error {
	cl, err := c.connect(ctx)
	if err != nil {
		return err
	}
	defer cl.close(ctx)
	return f(cl)
}
