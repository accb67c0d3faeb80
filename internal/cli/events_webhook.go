package cli

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/spf13/cobra"
)

type webhookItem struct {
	ID           string   `json:"id"`
	AgentID      int64    `json:"agentId"`
	Origin       string   `json:"origin"`
	URL          string   `json:"url"`
	Form         string   `json:"form"`
	Events       []string `json:"events"`
	Ordered      bool     `json:"ordered"`
	Most         int      `json:"most"`
	TimeoutMS    int64    `json:"timeoutMs"`
	TestGroup    string   `json:"testGroup,omitzero"`
	State        string   `json:"state"`
	Reason       string   `json:"reason,omitzero"`
	FailingSince int64    `json:"failingSince,omitzero"`
	CreatedAt    int64    `json:"createdAt"`
}

// note is what else there is to know about a callback.
func (i *webhookItem) note() string {
	var notes []string
	if i.TestGroup != "" {
		notes = append(notes, "test group "+i.TestGroup)
	}
	if i.FailingSince > 0 {
		notes = append(notes, "failing since "+time.UnixMilli(i.FailingSince).Format(time.DateTime))
	}
	if i.Reason != "" {
		notes = append(notes, i.Reason)
	}
	return strings.Join(notes, "; ")
}

func (c *commands) webhook() *cobra.Command {
	return group("webhook", "Events by HTTP callback", c.webhookSet(), c.webhookList(), c.webhookCheck(), c.webhookReveal())
}

func (c *commands) webhookSet() *cobra.Command {
	var url, form, token, key, secret, group, state string
	var events []string
	var unordered, unchecked bool
	var most int
	var timeout time.Duration
	var cmd *cobra.Command
	cmd = c.onApp("set [ID]", "Subscribe an app by callback, or change its callback ID", cobra.MaximumNArgs(1), func(ctx context.Context, cl *client, a appItem, given []string) error {
		request := map[string]any{"agentId": a.AgentID, "id": strings.Join(given, ""), "check": !unchecked}
		for flag, change := range map[string]struct {
			field string
			value any
		}{
			"to": {"url", url}, "form": {"form", form}, "token": {"token", token}, "aes-key": {"aesKey", key}, "secret": {"secret", secret},
			"events": {"events", events}, "unordered": {"ordered", !unordered}, "most": {"most", most}, "timeout": {"timeoutMs", timeout.Milliseconds()},
			"test-group": {"testGroup", group}, "state": {"state", state},
		} {
			if cmd.Flags().Changed(flag) {
				request[change.field] = change.value
			}
		}
		if len(given) == 0 && url == "" {
			return usageError{errors.New("--to is needed: where are events sent to?")}
		}
		made, err := ask[webhookItem](ctx, cl, "callback.set", request)
		if err != nil {
			return err
		}
		return c.print(made, func(w io.Writer) { fmt.Fprintln(w, made.ID) })
	})
	f := cmd.Flags()
	f.StringVar(&url, "to", "", "address that events are sent to, http or https")
	f.StringVar(&form, "form", "", "compatible: encrypted, as DingTalk's clients read it; webhook: plain JSON, signed as Standard Webhooks says")
	f.StringVar(&token, "token", "", "token of the compatible form; without it one is made")
	f.StringVar(&key, "aes-key", "", "AES key of the compatible form, 43 letters and digits; without it one is made")
	f.StringVar(&secret, "secret", "", "secret of the webhook form, whsec_…; without it one is made")
	f.StringSliceVar(&events, "events", nil, "names of events, comma-separated; without it all that the app may know")
	f.BoolVar(&unordered, "unordered", false, "do not wait with later events of an object until the earlier ones were accepted")
	f.IntVar(&most, "most", 8, "deliveries under way at once")
	f.DurationVar(&timeout, "timeout", 1500*time.Millisecond, "how long the receiver may take to answer, 500ms to 30s")
	f.StringVar(&group, "test-group", "", "only what is replayed to this group")
	f.StringVar(&state, "state", "", "on, paused (events are kept for later) or off (they are not)")
	f.BoolVar(&unchecked, "unchecked", false, "do not ask the receiver to answer check_url first")
	return cmd
}

func (c *commands) webhookList() *cobra.Command {
	return c.onApp("list", "List an app's callbacks", cobra.NoArgs, func(ctx context.Context, cl *client, a appItem, _ []string) error {
		all, err := ask[struct {
			List []webhookItem `json:"list"`
		}](ctx, cl, "callback.list", map[string]any{"agentId": a.AgentID})
		if err != nil {
			return err
		}
		return c.print(all, func(w io.Writer) {
			fmt.Fprintln(w, "ID\tSTATE\tFROM\tFORM\tEVENTS\tTO\tNOTE")
			for _, i := range all.List {
				fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\t%s\t%s\n", i.ID, i.State, i.Origin, i.Form, strings.Join(i.Events, ","), i.URL, i.note())
			}
		})
	})
}

func (c *commands) webhookCheck() *cobra.Command {
	return c.onApp("check [ID]", "Post check_url to a callback, without ID the app's oldest, and tell what came", cobra.MaximumNArgs(1), func(ctx context.Context, cl *client, a appItem, given []string) error {
		came, err := ask[struct {
			Accepted bool   `json:"accepted"`
			Status   int    `json:"status,omitzero"`
			TookMS   int64  `json:"tookMs"`
			Expected string `json:"expected,omitzero"`
			Found    string `json:"found"`
		}](ctx, cl, "callback.check", map[string]any{"agentId": a.AgentID, "id": strings.Join(given, "")})
		if err != nil {
			return err
		}
		if !came.Accepted {
			c.code = 1
		}
		return c.print(came, func(w io.Writer) {
			if came.Accepted {
				fmt.Fprintf(w, "accepted in %d ms: %s\n", came.TookMS, came.Found)
				return
			}
			fmt.Fprintf(w, "not accepted after %d ms\n  expected: %s\n  found:    %s\n", came.TookMS, cmp.Or(came.Expected, "an answer"), came.Found)
		})
	})
}

func (c *commands) webhookReveal() *cobra.Command {
	return c.onApp("reveal [ID]", "Print what a callback's receiver needs, without ID the app's oldest", cobra.MaximumNArgs(1), func(ctx context.Context, cl *client, a appItem, given []string) error {
		shown, err := ask[struct {
			Form   string `json:"form"`
			Token  string `json:"token,omitzero"`
			AESKey string `json:"aesKey,omitzero"`
			Owner  string `json:"ownerKey,omitzero"`
			Secret string `json:"secret,omitzero"`
		}](ctx, cl, "callback.reveal", map[string]any{"agentId": a.AgentID, "id": strings.Join(given, "")})
		if err != nil {
			return err
		}
		return c.print(shown, func(w io.Writer) {
			if shown.Secret != "" {
				fmt.Fprintf(w, "WEBHOOK_SECRET=%s\n", shown.Secret)
				return
			}
			fmt.Fprintf(w, "TOKEN=%s\nAES_KEY=%s\nOWNER_KEY=%s\n", shown.Token, shown.AESKey, shown.Owner)
		})
	})
}
