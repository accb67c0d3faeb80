package main

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"time"

	"github.com/gatepost/gatepost/internal/callback"
	"github.com/gatepost/gatepost/internal/delivery"
	"github.com/gatepost/gatepost/internal/event"
	"github.com/gatepost/gatepost/internal/id"
)

// shapes measures what does not hang on the rate of one subscription: a backlog, many applications, bad neighbours. Only
// has the names of those that are wanted, separated by commas; empty: all.
func shapes(ctx context.Context, w io.Writer, postgres string, rounds, backlog int, only string) error {
	to, end, err := startSink()
	if err != nil {
		return err
	}
	defer end()
	engines := []*outbox{{label: "SQLite"}, {label: "PostgreSQL", postgres: postgres}}
	fmt.Fprintf(w, "| | SQLite | PostgreSQL |\n|---|---:|---:|\n")
	for _, row := range []struct {
		name, title string
		f           func(context.Context, *outbox, sinkAt) (float64, error)
	}{
		{"many", "one event told to 10,000 applications, seconds", fanOut},
		{"backlog", fmt.Sprintf("delivered/s in front of a backlog of %d rows, of the rate without", backlog), func(ctx context.Context, o *outbox, to sinkAt) (float64, error) {
			return behind(ctx, o, to, backlog)
		}},
		{"neighbours", "p99 of 98 receivers while one of 100 hangs and one fails, of the p99 without", neighbours},
	} {
		if only != "" && !slices.Contains(strings.Split(only, ","), row.name) {
			continue
		}
		var median3 [2]float64
		for i, o := range engines {
			var all []float64
			for round := range rounds {
				fmt.Fprintf(os.Stderr, "%s, %s, round %d of %d\n", row.name, o.label, round+1, rounds)
				v, err := row.f(ctx, o, to)
				if err != nil {
					return fmt.Errorf("%s on %s: %w", row.title, o.label, err)
				}
				all = append(all, v)
			}
			median3[i] = median(all)
		}
		fmt.Fprintf(w, "| %s | %.2f | %.2f |\n", row.title, median3[0], median3[1])
	}
	return nil
}

// counting is a way that counts what it is given.
type counting struct{ n atomic.Int64 }

func (*counting) Most() int                      { return 1 }
func (*counting) Ready(*event.Subscription) bool { return true }

func (c *counting) Send(_ context.Context, _ *event.Subscription, batch []event.Delivery) []delivery.Answer {
	c.n.Add(int64(len(batch)))
	answers := make([]delivery.Answer, len(batch))
	for i := range answers {
		answers[i].Outcome = event.Accepted
	}
	return answers
}

// fanOut is how long one event takes to 10,000 applications that were told of others before.
func fanOut(ctx context.Context, o *outbox, _ sinkAt) (float64, error) {
	if err := o.open(ctx); err != nil {
		return 0, err
	}
	defer o.close()
	const apps = 10_000
	for n := range apps - 1 { // beside the one that is there
		if _, err := o.log.Subscribe(ctx, event.Subscription{Corp: corp, Agent: id.Agent(n + 2), Way: event.Callback, Names: []event.Name{event.UserAdded}, Ordered: true, Settings: "{}"}); err != nil {
			return 0, err
		}
	}
	way := &counting{}
	stop := o.own(ctx, way)
	defer stop()
	var took time.Duration
	for turn := range 2 {
		began := time.Now()
		if err := o.record(ctx, turn); err != nil {
			return 0, err
		}
		for way.n.Load() < int64(apps*(turn+1)) {
			if time.Sleep(time.Millisecond); time.Since(began) > 5*time.Minute {
				return 0, fmt.Errorf("%d of %d were told", way.n.Load(), apps*(turn+1))
			}
		}
		took = time.Since(began)
	}
	return took.Seconds(), nil
}

func (o *outbox) own(ctx context.Context, way delivery.Way) (stop func()) {
	owner := delivery.New(o.db, o.log, time.Now, slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: slog.LevelError})))
	owner.Ways = map[event.Way]delivery.Way{event.Callback: way}
	owner.Mask = func(_ context.Context, _ *event.Subscription, h event.Happened) (event.Happened, bool, error) {
		return h, true, nil
	}
	ctx, cancel := context.WithCancel(ctx)
	done := make(chan error, 1)
	go func() { done <- owner.Run(ctx) }()
	return func() { cancel(); <-done }
}

// behind is the rate of delivery in front of so many rows, over the one without them.
func behind(ctx context.Context, o *outbox, to sinkAt, rows int) (float64, error) {
	with, err := o.drain(ctx, to, rows)
	if err != nil {
		return 0, err
	}
	without, err := o.drain(ctx, to, 0)
	return with / without, err
}

// drain is how many events a second are delivered while so many more rows stand behind them.
func (o *outbox) drain(ctx context.Context, to sinkAt, rows int) (float64, error) {
	const count = 20_000
	if err := o.open(ctx); err != nil {
		return 0, err
	}
	defer o.close()
	if err := to.reset(); err != nil {
		return 0, err
	}
	if err := together(producers, count, func(n int) error { return o.record(ctx, n) }); err != nil {
		return 0, err
	}
	if rows > 0 {
		if err := o.pile(ctx, rows); err != nil {
			return 0, err
		}
	}
	began := time.Now()
	stop, err := o.deliver(ctx, to.url)
	if err != nil {
		return 0, err
	}
	defer stop()
	// The last thousand are not waited for: what is read with them has no events.
	if err := to.wait(count-1000, 5*time.Minute); err != nil {
		return 0, err
	}
	return (count - 1000) / time.Since(began).Seconds(), nil
}

// pile puts rows behind those that are there, by hand: recording ten million events would take an hour.
func (o *outbox) pile(ctx context.Context, rows int) error {
	list, err := o.log.Subscriptions(ctx, corp, 0)
	if err != nil {
		return err
	}
	after := strconv.FormatInt(time.Now().UnixMilli(), 10)
	numbers := "WITH RECURSIVE given(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM given WHERE n < " + strconv.Itoa(rows) + ")"
	insert := numbers + " INSERT INTO deliveries (corp, subscription, event, object, next_at, attempts, replayed) SELECT '" + string(corp) + "', " +
		strconv.FormatInt(int64(list[0].ID), 10) + ", 4000000000000000000 + n, 'person:' || n, " + after + ", 0, FALSE FROM given"
	if o.postgres != "" {
		if err := run(ctx, "pgx", o.address, insert); err != nil {
			return err
		}
		return run(ctx, "pgx", o.address, "VACUUM ANALYZE deliveries")
	}
	return run(ctx, "sqlite", filepath.Join(o.dir, "gatepost.db")+"?_pragma=busy_timeout(60000)", insert)
}

// neighbours is what a receiver that hangs and one that fails cost the others.
func neighbours(ctx context.Context, o *outbox, to sinkAt) (float64, error) {
	alone, err := o.hundred(ctx, to, false)
	if err != nil {
		return 0, err
	}
	beside, err := o.hundred(ctx, to, true)
	return beside / alone, err
}

// hundred is the p99 of 98 receivers among 100, of which two are bad.
func (o *outbox) hundred(ctx context.Context, to sinkAt, bad bool) (float64, error) {
	const events = 200
	if err := o.open(ctx); err != nil {
		return 0, err
	}
	defer o.close()
	if err := to.reset(); err != nil {
		return 0, err
	}
	for n := range 99 {
		if _, err := o.log.Subscribe(ctx, event.Subscription{Corp: corp, Agent: id.Agent(n + 2), Way: event.Callback, Names: []event.Name{event.UserAdded}, Ordered: true, Settings: "{}"}); err != nil {
			return 0, err
		}
	}
	post := newPoster(to.url)
	post.way.Receiver = func(_ context.Context, s *event.Subscription) (callback.Receiver, error) {
		at := post.to
		switch {
		case s.Agent == 99 && bad:
			at.URL = to.url + "/hang"
		case s.Agent == 100 && bad:
			at.URL = to.url + "/fail"
		case s.Agent >= 99:
			at.URL = to.url + "/events?nobody=counts"
		default:
			at.URL += "?s=" + strconv.FormatInt(int64(s.Agent), 10)
		}
		return at, nil
	}
	stop := o.own(ctx, post.way)
	defer stop()
	if err := steady(10, events/10, func(n int) error { return o.record(ctx, n) }); err != nil {
		return 0, err
	}
	if err := to.wait(events*98, time.Minute); err != nil {
		return 0, err
	}
	_, worst, err := to.latency()
	return worst, err
}
