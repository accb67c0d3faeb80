package cli

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/coder/websocket"
	"github.com/spf13/cobra"
)

// How often a lost connection is tried again, and how it is watched.
const (
	backFirst     = 200 * time.Millisecond
	backMost      = 5 * time.Second
	listenerPing  = 10 * time.Second
	maxFrame      = 8 << 20     // bytes that the platform may send at once
	maxLocal      = 64<<10 + 1  // bytes of a local answer; the platform refuses more than 64 KiB
	localPatience = time.Minute // for a local answer; the platform's own limit is shorter
	takenOver     = 4001        // a close of the platform: there is a newer listener
	removed       = 4002        // the tunnel is no more
	leavePatience = 5 * time.Second
)

// opening is what tunnel.open answers.
type opening struct {
	Subscription string `json:"subscription"`
	AppName      string `json:"appName"`
	AppKey       string `json:"appKey"`
	CorpID       string `json:"corpId"`
	Ticket       string `json:"ticket"`
	Token        string `json:"token"`
	AESKey       string `json:"aesKey"`
	OwnerKey     string `json:"ownerKey"`
	Form         string `json:"form"`
	Secret       string `json:"secret"`
	Made         bool   `json:"made"`
	Past         int64  `json:"past"`
}

// listenFlags are what a listener may say.
type listenFlags struct {
	app, forward, token, aesKey, ownerKey, form, secret string
	print, keep, plain                                  bool
	events                                              []string
	since, timeout                                      time.Duration
}

func (c *commands) listen() *cobra.Command {
	var f listenFlags
	cmd := &cobra.Command{Use: "listen --app K --forward URL", Short: "Carry an app's HTTP callbacks to this machine, without a public address", Args: args(cobra.NoArgs),
		Long: "Carry an app's HTTP callbacks to a server on this machine, over a connection that goes out from here.\n\n" +
			"The server gets the request that a callback is, in the form of the app's own callback, and its answer counts as a callback's\n" +
			"does. Each listener is told everything, beside the app's own subscriptions; with --keep what happens while\n" +
			"nobody listens comes when the same person listens again. In a terminal: r sends the last one again, as it\n" +
			"was, to the local server alone; q leaves; ? helps.",
		Example: "  gatepost listen --app crm --forward http://127.0.0.1:3000/cb\n" +
			"  gatepost listen --app crm --print --plain --since 1h",
		RunE: func(cmd *cobra.Command, _ []string) error {
			to, err := f.target()
			if err != nil {
				return err
			}
			return c.with(cmd.Context(), func(cl *client) error {
				a, err := find(cmd.Context(), cl, f.app)
				if err != nil {
					return err
				}
				return c.listener(cl, to, f.request(a, c.Now()), f.plain).run(cmd.Context())
			})
		}}
	s := cmd.Flags()
	s.StringVar(&f.app, "app", "", "name, AppKey or AgentId; without it the first one")
	s.StringVar(&f.forward, "forward", "", "where to send what comes, such as http://127.0.0.1:3000/cb")
	s.BoolVar(&f.print, "print", false, "send it nowhere: show it, and count it as told")
	s.BoolVar(&f.plain, "plain", false, "show what is inside, decrypted")
	s.StringSliceVar(&f.events, "event", nil, "only these events, comma-separated")
	s.DurationVar(&f.since, "since", 0, "begin with what happened in this time, such as 1h")
	s.BoolVar(&f.keep, "keep", false, "keep the subscription when leaving, up to seven days")
	s.StringVar(&f.token, "token", "", "token to sign with; without it that of the app's own callback, or a new one")
	s.StringVar(&f.aesKey, "aes-key", "", "AES key that goes with --token, 43 characters")
	s.StringVar(&f.ownerKey, "owner-key", "", "owner key that goes with --token; without it the AppKey")
	s.StringVar(&f.form, "form", "", "compatible: encrypted; webhook: plain JSON, signed as Standard Webhooks says; without it as the app's own callback")
	s.StringVar(&f.secret, "secret", "", "secret of the webhook form, whsec_…; without it that of the app's own callback, or a new one")
	s.DurationVar(&f.timeout, "timeout", 2500*time.Millisecond, "how long the local server may take, 30s at most")
	return cmd
}

// target is where callbacks go; nil for nowhere.
func (f *listenFlags) target() (*url.URL, error) {
	switch {
	case f.print == (f.forward != ""):
		return nil, usageError{errors.New("either --forward URL or --print: where shall what comes go?")}
	case (f.token == "") != (f.aesKey == ""):
		return nil, usageError{errors.New("--token and --aes-key go together")}
	case f.print:
		return nil, nil
	}
	to, err := url.Parse(f.forward)
	if err != nil || to.Host == "" || to.Scheme != "http" && to.Scheme != "https" {
		return nil, usageError{fmt.Errorf("--forward %q is no address; want e.g. http://127.0.0.1:3000/cb", f.forward)}
	}
	return to, nil
}

// request is what tunnel.open is asked for.
func (f *listenFlags) request(a appItem, now time.Time) map[string]any {
	q := map[string]any{"agentId": a.AgentID, "events": append([]string{}, f.events...), "keep": f.keep, "forward": f.forward,
		"token": f.token, "aesKey": f.aesKey, "ownerKey": f.ownerKey, "secret": f.secret, "timeoutMs": f.timeout.Milliseconds()}
	if f.form != "" {
		q["form"] = f.form
	}
	if f.since > 0 {
		q["since"] = now.Add(-f.since).UnixMilli()
	}
	return q
}

func (c *commands) listener(cl *client, to *url.URL, request map[string]any, plain bool) *listener {
	return &listener{commands: c, cl: cl, to: to, request: request, plain: plain, out: c.Out, waiting: map[string]*carried{},
		local: &http.Client{Timeout: localPatience, Transport: http.DefaultTransport.(*http.Transport).Clone(),
			CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}}
}

// run listens until ctx ends, the person leaves, or the platform wants no more.
func (l *listener) run(ctx context.Context) error {
	ctx, l.quit = context.WithCancel(ctx)
	defer l.quit()
	restore := l.keys(ctx)
	defer restore()
	defer l.leave(ctx)
	for wait := backFirst; ; wait = min(2*wait, backMost) {
		o, err := l.open(ctx)
		if err == nil {
			wait = backFirst
			err = l.serve(ctx, o)
		}
		switch status := websocket.CloseStatus(err); {
		case ctx.Err() != nil:
			return nil
		case status == takenOver:
			return errors.New("somebody else listens to this tunnel now; without --keep each listener has one of its own")
		case status == removed:
			return errors.New("the subscription was removed; listen anew to get another")
		case l.subscription == "", final(err):
			return err
		}
		l.note("the connection is lost; trying again")
		select {
		case <-ctx.Done():
		case <-time.After(wait):
		}
	}
}

// final reports whether trying again is of no use: the platform refused, and not
// because it is busy coming up.
func final(err error) bool {
	no, refused := errors.AsType[*refusal](err)
	return refused && no.status != http.StatusServiceUnavailable
}

// open opens the tunnel, or has it go on. A session that has ended meanwhile is
// replaced once.
func (l *listener) open(ctx context.Context) (opening, error) {
	o, err := ask[opening](ctx, l.cl, "tunnel.open", l.request)
	if no, refused := errors.AsType[*refusal](err); refused && l.subscription != "" && no.status == http.StatusUnauthorized {
		fresh, signErr := l.connect(ctx)
		if signErr != nil {
			return o, signErr
		}
		*l.cl = *fresh
		o, err = ask[opening](ctx, l.cl, "tunnel.open", l.request)
	}
	if err != nil {
		return o, err
	}
	if l.subscription == "" {
		l.subscription = o.Subscription
		l.request["subscription"] = o.Subscription
		delete(l.request, "since") // told already
		l.greet(&o)
	} else {
		l.note("connected again")
	}
	return o, nil
}

// leave closes the tunnel, which a kept one survives.
func (l *listener) leave(ctx context.Context) {
	if l.subscription == "" {
		return
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), leavePatience)
	defer cancel()
	// One that stays is removed by the platform in ten minutes.
	_, _ = ask[struct{}](ctx, l.cl, "tunnel.close", map[string]any{"agentId": l.request["agentId"], "subscription": l.subscription})
}

// serve carries what comes until the connection ends.
func (l *listener) serve(ctx context.Context, o opening) error {
	q := url.Values{"corp": {o.CorpID}, "subscription": {o.Subscription}, "ticket": {o.Ticket}}
	conn, resp, err := websocket.Dial(ctx, "ws"+strings.TrimPrefix(l.cl.base, "http")+"/listen?"+q.Encode(), &websocket.DialOptions{HTTPClient: l.cl.http})
	if resp != nil && resp.Body != nil {
		_ = resp.Body.Close()
	}
	if err != nil {
		return err
	}
	conn.SetReadLimit(maxFrame)
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	defer func() { _ = conn.Close(websocket.StatusNormalClosure, "") }()
	go watch(ctx, conn)
	return l.receive(ctx, conn)
}

// watch ends a connection whose other end is gone without a word.
func watch(ctx context.Context, conn *websocket.Conn) {
	tick := time.NewTicker(listenerPing)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		limited, cancel := context.WithTimeout(ctx, listenerPing)
		err := conn.Ping(limited)
		cancel()
		if err != nil {
			_ = conn.CloseNow()
			return
		}
	}
}
