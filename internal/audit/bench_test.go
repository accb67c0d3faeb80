//go:build unix

package audit_test

import (
	"fmt"
	"net/netip"
	"os"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"github.com/gatepost/gatepost/internal/audit"
	"github.com/gatepost/gatepost/internal/id"
	"github.com/gatepost/gatepost/internal/store"
	"github.com/gatepost/gatepost/internal/store/storetest"
)

// traffic is how many users call from how many addresses by how many apps: what
// calls have in common decides what a segment takes.
var traffic = []struct {
	name                  string
	apps, users, machines int
}{
	{"one app", 1, 1, 1},
	{"20 apps, 10,000 users", 20, 10_000, 50},
}

// vary makes the n-th call one of traffic of that kind.
func (r *room) vary(n, apps, users, machines int) *audit.Call {
	c := r.called()
	c.Caller.Agent = id.Agent(1000 + n%apps)
	c.Caller.App = id.App(fmt.Sprintf("dingapp%013d", n%apps))
	if users > 1 {
		c.Caller.User = id.User(fmt.Sprintf("user%06d", n*7919%users))
	}
	c.IP = netip.AddrFrom4([4]byte{10, 0, 0, byte(n % machines)})
	c.Took = time.Duration(20+n%300) * time.Microsecond
	c.Out = 500 + n%90
	c.Steps.Names = []string{"find", "identify", "permit", "limit", "decode", "invoke", "mask", "answer"}
	for i := range c.Steps.Took {
		c.Steps.Took[i] = time.Duration(n%(i+2)) * time.Microsecond
	}
	return c
}

// BenchmarkLog is what a call costs that is remembered, from Record to the disk,
// in processor time of the process; and how many bytes it takes.
func BenchmarkLog(b *testing.B) {
	for _, kind := range traffic {
		b.Run(kind.name, func(b *testing.B) {
			dir := storetest.Dir(b)
			db, err := store.Open(b.Context(), store.Config{Dir: dir})
			if err != nil {
				b.Fatal(err)
			}
			defer db.Close()
			r := newRoom(b, db)
			calls := make([]*audit.Call, 10_000)
			for i := range calls {
				calls[i] = r.vary(i, kind.apps, kind.users, kind.machines)
			}
			before, size := processorTime(b), fileSize(b, dir)
			n := 0
			for b.Loop() {
				if n%100 == 0 { // ten thousand a second
					r.now = r.now.Add(10 * time.Millisecond)
				}
				c := calls[n%len(calls)]
				c.ID, c.At = r.calls.New(), r.now
				r.log.Record(c)
				if n++; n%2000 == 0 { // what 200 ms bring then
					if err := r.log.Flush(b.Context()); err != nil {
						b.Fatal(err)
					}
				}
			}
			b.ReportMetric(float64((processorTime(b)-before).Nanoseconds())/float64(n)/1000, "cpu-µs/call")
			if err := db.Close(); err != nil {
				b.Fatal(err)
			}
			b.ReportMetric(float64(fileSize(b, dir)-size)/float64(n), "bytes/call")
		})
	}
}

// BenchmarkSearch looks for calls among five million of a week.
func BenchmarkSearch(b *testing.B) {
	const calls, week = 5_000_000, 7 * 24 * time.Hour
	r := newRoom(b, storetest.Open(b))
	r.log.Keep = audit.Retention{Age: 2 * week, Rows: calls}
	var one *audit.Call
	for n := range calls {
		r.now = r.now.Add(week / calls)
		c := r.vary(n, 20, 10_000, 50)
		if n == calls/3 {
			one = c
			c.Caller.User = "rare-bird"
		}
		r.log.Record(c)
		if n%1600 == 0 { // some hundred seconds a batch: what packing makes of a quiet log
			r.record()
		}
	}
	r.record()
	b.ResetTimer()
	for _, ask := range []struct{ name, body string }{
		{"by id", fmt.Sprintf(`{"requestId":"%s"}`, one.ID.V2())},
		{"newest", `{}`},
		{"a frequent word", `{"search":"user000017"}`},
		{"a rare word", `{"search":"rare-bird"}`},
		{"a word that is nowhere", `{"search":"nowhere"}`},
		{"two letters that are nowhere", `{"search":"qq"}`},
		{"of one app", `{"agentId":1013}`},
		{"refused, of which there are none", `{"outcome":"refused"}`},
	} {
		b.Run(ask.name, func(b *testing.B) {
			for b.Loop() {
				r.must("call.list", "%s", ask.body)
			}
		})
	}
	b.Run("counted by the minute", func(b *testing.B) {
		for b.Loop() {
			r.must("call.stats", `{"minutes":1440}`)
		}
	})
}

// processorTime is what the process has used so far.
func processorTime(b *testing.B) time.Duration {
	b.Helper()
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		b.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// fileSize is how large the files of a directory are together.
func fileSize(b *testing.B, dir string) (sum int64) {
	b.Helper()
	files, err := filepath.Glob(filepath.Join(dir, "*"))
	if err != nil {
		b.Fatal(err)
	}
	for _, f := range files {
		if info, err := os.Stat(f); err == nil {
			sum += info.Size()
		}
	}
	return sum
}
