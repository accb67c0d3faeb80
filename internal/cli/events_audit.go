package cli

import (
	"bufio"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
	"github.com/spf13/cobra"
)

type eventHealth struct {
	CheckedAt int64 `json:"checkedAt,omitzero"`
	Since     int64 `json:"since,omitzero"`
	Checked   int64 `json:"checked"`
	Missing   int64 `json:"missing"`
	Examples  []struct {
		EventID string `json:"eventId"`
		Name    string `json:"name"`
		Object  string `json:"object"`
		Told    int64  `json:"told"`
		Traced  int64  `json:"traced"`
	} `json:"examples"`
}

func (c *commands) eventsAudit() *cobra.Command {
	var file, sub, since, until string
	cmd := &cobra.Command{Use: "audit [--received FILE --subscription S]", Short: "Compare the log with itself, or with what a receiver got",
		Long: "Without --received it compares what happened with what became of it: each event has a trace at every\n" +
			"subscription that was to be told. What is younger than a minute is left for the next time.\n\n" +
			"With --received it compares the log with what a receiver got: FILE has a JSON object with eventId on each\n" +
			"line, or an id, in the order in which they came; - is the input. A replay comes beside newer events, so the\n" +
			"order of what was replayed is not judged.\n\n" +
			"Exit code 1: an event left no trace; or one was lost, came in the wrong order, or is not in the log.",
		Args: args(cobra.NoArgs), RunE: func(cmd *cobra.Command, _ []string) error {
			switch {
			case file == "" && cmp.Or(sub, since, until) != "":
				return usageError{errors.New("--subscription, --since and --until go with --received; the log is compared with itself as a whole")}
			case file != "" && sub == "":
				return usageError{errors.New("--received needs --subscription: whose deliveries the file has")}
			}
			return c.with(cmd.Context(), func(cl *client) error {
				if file == "" {
					return c.auditLog(cmd.Context(), cl)
				}
				q := map[string]any{"subscriptionId": sub}
				for field, given := range map[string]string{"since": since, "until": until} {
					ms, err := c.when(given)
					if err != nil {
						return err
					}
					q[field] = ms
				}
				return c.auditReceived(cmd.Context(), cl, file, q)
			})
		}}
	cmd.Flags().StringVar(&file, "received", "", "what a receiver got")
	cmd.Flags().StringVar(&sub, "subscription", "", "the receiver's subscription")
	cmd.Flags().StringVar(&since, "since", "", "only events from this time on: 10m, or a time such as 2026-01-02T15:04:05Z")
	cmd.Flags().StringVar(&until, "until", "", "only events up to this time")
	return cmd
}

// auditLog compares the log with itself.
func (c *commands) auditLog(ctx context.Context, cl *client) error {
	h, err := ask[eventHealth](ctx, cl, "event.audit", map[string]any{})
	if err != nil {
		return err
	}
	if err := c.print(h, func(w io.Writer) {
		fmt.Fprintf(w, "events without any trace: %d of %d\n", h.Missing, h.Checked)
		for _, e := range h.Examples {
			fmt.Fprintf(w, "%s\t%s\t%s\t%d of %d subscriptions\n", e.EventID, e.Name, e.Object, e.Traced, e.Told)
		}
	}); err != nil {
		return err
	}
	if h.Missing > 0 {
		return exitError(1)
	}
	return nil
}

// receivedReport is what comparing a receiver's list with the log found.
type receivedReport struct {
	Log       int      `json:"log"`       // events that were to be told
	Received  int      `json:"received"`  // entries of the list
	Lost      []string `json:"lost"`      // accepted by the receiver, as the log says, and not in the list
	Disorder  []string `json:"disorder"`  // came after a later one of their object
	Strange   []string `json:"strange"`   // not in the log
	Twice     int      `json:"twice"`     // entries that came before
	Open      int      `json:"open"`      // still to be delivered
	Dead      int      `json:"dead"`      // given up
	Dropped   int      `json:"dropped"`   // not the application's to know
	Forgotten int      `json:"forgotten"` // older than anything in the log
}

func (c *commands) auditReceived(ctx context.Context, cl *client, file string, q map[string]any) error {
	received, err := c.received(file)
	if err != nil {
		return err
	}
	log, err := allEvents(ctx, cl, q)
	if err != nil {
		return err
	}
	r := compareReceived(log, received)
	if err := c.print(r, func(w io.Writer) { r.tell(w) }); err != nil {
		return err
	}
	if len(r.Lost)+len(r.Disorder)+len(r.Strange) > 0 {
		return exitError(1)
	}
	return nil
}

func (r *receivedReport) tell(w io.Writer) {
	fmt.Fprintf(w, "in the log\t%d\nreceived\t%d\nlost\t%d\nwrong order\t%d\nnot in the log\t%d\ntwice\t%d\nstill waiting\t%d\ngiven up\t%d\ndropped\t%d\nolder than the log\t%d\n",
		r.Log, r.Received, len(r.Lost), len(r.Disorder), len(r.Strange), r.Twice, r.Open, r.Dead, r.Dropped, r.Forgotten)
	for _, list := range []struct {
		what string
		ids  []string
	}{{"lost", r.Lost}, {"wrong order", r.Disorder}, {"not in the log", r.Strange}} {
		for _, e := range list.ids[:min(len(list.ids), 20)] {
			fmt.Fprintf(w, "%s\t%s\n", list.what, e)
		}
	}
}

func (c *commands) received(file string) ([]int64, error) {
	if file == "-" {
		return readReceived(c.In)
	}
	if !filepath.IsAbs(file) {
		file = filepath.Join(c.Dir, file)
	}
	f, err := os.Open(file)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return readReceived(f)
}

// readReceived reads ids of events, one on each line: bare, or the member eventId
// of an object, as text or as a number.
func readReceived(r io.Reader) ([]int64, error) {
	var ids []int64
	lines := bufio.NewScanner(r)
	lines.Buffer(nil, 16<<20)
	for n := 1; lines.Scan(); n++ {
		text := strings.TrimSpace(lines.Text())
		if text == "" {
			continue
		}
		if text[0] == '{' {
			var entry struct {
				EventID jsontext.Value `json:"eventId"`
			}
			if err := json.Unmarshal([]byte(text), &entry); err != nil {
				return nil, fmt.Errorf("line %d: %w", n, err)
			}
			if entry.EventID == nil || entry.EventID.Kind() == 'n' {
				return nil, fmt.Errorf("line %d has no eventId; leave out what is no event, such as check_url", n)
			}
			text = strings.Trim(string(entry.EventID), `"`)
		}
		e, err := strconv.ParseInt(text, 10, 64)
		if err != nil || e <= 0 {
			return nil, fmt.Errorf("line %d: %q is no event's id; want a JSON object with eventId, or an id", n, text)
		}
		ids = append(ids, e)
	}
	return ids, lines.Err()
}

// compareReceived compares what was to be delivered with what came, in the order
// in which it came.
func compareReceived(log []eventItem, received []int64) *receivedReport {
	r := &receivedReport{Log: len(log), Received: len(received)}
	known := make(map[int64]*eventItem, len(log))
	oldest := int64(1<<63 - 1)
	for i := range log {
		e, err := strconv.ParseInt(log[i].EventID, 10, 64)
		if err != nil {
			continue // no platform says so
		}
		known[e], oldest = &log[i], min(oldest, e)
	}
	came, newest := map[int64]bool{}, map[string]int64{}
	for _, e := range received {
		what := known[e]
		switch {
		case what == nil && e < oldest:
			r.Forgotten++
			continue
		case what == nil:
			r.Strange = append(r.Strange, text(e))
			continue
		case came[e]:
			r.Twice++
			continue
		case what.Replayed: // beside newer ones, in whatever order
			came[e] = true
			continue
		case e < newest[what.Object]:
			r.Disorder = append(r.Disorder, text(e))
		}
		came[e] = true
		newest[what.Object] = max(newest[what.Object], e)
	}
	for e, what := range known {
		switch {
		case what.Waiting+what.Failed > 0:
			r.Open++
		case what.Dead > 0:
			r.Dead++
		case what.Dropped > 0:
			r.Dropped++
		case !came[e]:
			r.Lost = append(r.Lost, text(e))
		}
	}
	slices.SortFunc(r.Lost, func(a, b string) int { return cmp.Or(cmp.Compare(len(a), len(b)), cmp.Compare(a, b)) })
	return r
}

func text(e int64) string { return strconv.FormatInt(e, 10) }
