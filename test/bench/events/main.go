// Command events measures the way out: what it costs to record an event in the transaction of a change, and how fast
// events reach a receiver over HTTP, encrypted and signed, beside River on PostgreSQL and beside posting the same bodies
// without any queue. It is a module of its own, so that the tree does not depend on River. scripts/bench.sh runs it.
//
// Systems take turns, round by round, so that a slow minute of the machine falls on all alike. The receiver is a process
// of its own; CPU is that of the process that records and sends, without PostgreSQL's.
package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"log"
	"os"
	"os/exec"
	"slices"
	"strings"
	"syscall"
	"time"
)

// system is what is measured.
type system interface {
	// name is the row's.
	name() string
	// open makes an empty place for events.
	open(ctx context.Context) error
	// record changes a row and records the event of it, in one transaction that is on the disk when record returns.
	record(ctx context.Context, n int) error
	// deliver sends what is recorded, and what will be, to the receiver until stop.
	deliver(ctx context.Context, to string) (stop func(), err error)
	close()
}

// Producers and workers of all systems.
const (
	producers = 16
	workers   = 32
)

func main() {
	sink := flag.Bool("sink", false, "be the receiver")
	postgres := flag.String("postgres", os.Getenv("GATEPOST_TEST_POSTGRES"), "URL of a PostgreSQL database in which schemas can be made")
	rounds := flag.Int("rounds", 3, "how often each system takes its turn")
	count := flag.Int("count", 20_000, "events in a turn")
	rate := flag.Int("rate", 200, "events a second while latency is measured")
	seconds := flag.Int("seconds", 10, "how long latency is measured in a turn")
	only := flag.String("only", "", "systems, or shapes (many, backlog, neighbours), separated by commas; empty: all")
	backlog := flag.Int("shapes", 0, "measure instead what a backlog of so many rows, 10,000 applications and bad neighbours do")
	flag.Parse()
	if *backlog > 0 {
		if err := shapes(context.Background(), os.Stdout, *postgres, *rounds, *backlog, *only); err != nil {
			log.Fatal(err)
		}
		return
	}
	if *sink {
		log.Fatal(receive())
	}
	if err := measure(*postgres, *rounds, *count, *rate, *seconds, *only); err != nil {
		log.Fatal(err)
	}
}

// figures are what was measured of one system, a value for each round.
type figures struct{ recorded, recordCPU, drained, drainCPU, half, worst, ofLimit []float64 }

func measure(postgres string, rounds, count, rate, seconds int, only string) error {
	ctx := context.Background()
	to, end, err := startSink()
	if err != nil {
		return err
	}
	defer end()
	systems := []system{&outbox{label: "Gatepost, SQLite"}, &outbox{label: "Gatepost, PostgreSQL", postgres: postgres}, &river{postgres: postgres}}
	systems = slices.DeleteFunc(systems, func(s system) bool {
		return only != "" && !strings.Contains(only, strings.ToLower(strings.Fields(strings.ReplaceAll(s.name(), "Gatepost, ", ""))[0]))
	})
	all, limit := map[string]*figures{}, &figures{}
	for _, s := range systems {
		all[s.name()] = &figures{}
	}
	for round := range rounds {
		fmt.Fprintf(os.Stderr, "round %d of %d\n", round+1, rounds)
		raw, err := rawRate(ctx, to, count, limit)
		if err != nil {
			return err
		}
		for _, s := range systems {
			fmt.Fprintf(os.Stderr, "  %s\n", s.name())
			if err := turn(ctx, s, to, count, rate, seconds, raw, all[s.name()]); err != nil {
				return fmt.Errorf("%s: %w", s.name(), err)
			}
		}
	}
	print(os.Stdout, systems, all, limit)
	return nil
}

// turn measures one system once.
func turn(ctx context.Context, s system, to sinkAt, count, rate, seconds int, raw float64, f *figures) error {
	if err := s.open(ctx); err != nil {
		return err
	}
	defer s.close()
	if err := to.reset(); err != nil {
		return err
	}
	began, cpu := time.Now(), used()
	if err := together(producers, count, func(n int) error { return s.record(ctx, n) }); err != nil {
		return err
	}
	f.recorded = append(f.recorded, float64(count)/time.Since(began).Seconds())
	f.recordCPU = append(f.recordCPU, float64((used()-cpu).Microseconds())/float64(count))

	began, cpu = time.Now(), used()
	stop, err := s.deliver(ctx, to.url)
	if err != nil {
		return err
	}
	defer stop()
	if err := to.wait(count, 5*time.Minute); err != nil {
		return err
	}
	drained := float64(count) / time.Since(began).Seconds()
	f.drained = append(f.drained, drained)
	f.drainCPU = append(f.drainCPU, float64((used()-cpu).Microseconds())/float64(count))
	f.ofLimit = append(f.ofLimit, drained/raw)

	if err := to.reset(); err != nil {
		return err
	}
	if err := steady(rate, seconds, func(n int) error { return s.record(ctx, count+n) }); err != nil {
		return err
	}
	if err := to.wait(rate*seconds, time.Minute); err != nil {
		return err
	}
	half, worst, err := to.latency()
	f.half, f.worst = append(f.half, half), append(f.worst, worst)
	return err
}

// rawRate is how fast the same messages are posted without a queue.
func rawRate(ctx context.Context, to sinkAt, count int, f *figures) (float64, error) {
	if err := to.reset(); err != nil {
		return 0, err
	}
	post := newPoster(to.url)
	began, cpu := time.Now(), used()
	if err := together(workers, count, func(n int) error { return post.post(ctx, happened(n)) }); err != nil {
		return 0, err
	}
	rate := float64(count) / time.Since(began).Seconds()
	f.drained = append(f.drained, rate)
	f.drainCPU = append(f.drainCPU, float64((used()-cpu).Microseconds())/float64(count))
	return rate, nil
}

func print(w io.Writer, systems []system, all map[string]*figures, limit *figures) {
	fmt.Fprintf(w, "| | recorded/s | CPU µs | delivered/s | CPU µs | of the raw rate | p50 ms at 200/s | p99 ms |\n|---|---:|---:|---:|---:|---:|---:|---:|\n")
	for _, s := range systems {
		f := all[s.name()]
		fmt.Fprintf(w, "| %s | %.0f | %.0f | %.0f | %.0f | %.2f | %.1f | %.1f |\n", s.name(), median(f.recorded), median(f.recordCPU), median(f.drained),
			median(f.drainCPU), median(f.ofLimit), median(f.half), median(f.worst))
	}
	fmt.Fprintf(w, "| the same messages posted without a queue | | | %.0f | %.0f | 1 | | |\n", median(limit.drained), median(limit.drainCPU))
}

func median(v []float64) float64 {
	if len(v) == 0 {
		return 0
	}
	v = slices.Sorted(slices.Values(v))
	return v[(len(v)-1)/2]
}

// used is the CPU time of this process, user and system.
func used() time.Duration {
	var r syscall.Rusage
	_ = syscall.Getrusage(syscall.RUSAGE_SELF, &r) // fails for a wrong pointer alone
	return time.Duration(r.Utime.Nano() + r.Stime.Nano())
}

// together calls f for 0 to count-1 from n goroutines.
func together(n, count int, f func(int) error) error {
	next, failed := make(chan int), make(chan error, n)
	for range n {
		go func() {
			var err error
			for i := range next {
				if err == nil {
					err = f(i)
				}
			}
			failed <- err
		}()
	}
	for i := range count {
		next <- i
	}
	close(next)
	var first error
	for range n {
		if err := <-failed; first == nil {
			first = err
		}
	}
	return first
}

// steady calls f rate times a second.
func steady(rate, seconds int, f func(int) error) error {
	failed := make(chan error, rate*seconds)
	tick := time.NewTicker(time.Second / time.Duration(rate))
	defer tick.Stop()
	for n := range rate * seconds {
		<-tick.C
		go func() { failed <- f(n) }()
	}
	for range rate * seconds {
		if err := <-failed; err != nil {
			return err
		}
	}
	return nil
}

// startSink starts the receiver.
func startSink() (at sinkAt, end func(), err error) {
	self, err := os.Executable()
	if err != nil {
		return at, nil, err
	}
	cmd := exec.Command(self, "-sink")
	cmd.Stderr = os.Stderr
	in, err := cmd.StdinPipe()
	if err != nil {
		return at, nil, err
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		return at, nil, err
	}
	if err := cmd.Start(); err != nil {
		return at, nil, err
	}
	var address string
	if _, err := fmt.Fscanln(out, &address); err != nil {
		return at, nil, err
	}
	return sinkAt{"http://" + address}, func() { _ = in.Close(); _ = cmd.Wait() }, nil
}
