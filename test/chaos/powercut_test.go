//go:build chaos

package chaos

import (
	"bufio"
	"context"
	"database/sql"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	_ "modernc.org/sqlite" // the driver "sqlite"

	"github.com/gatepost/gatepost/internal/event"
	"github.com/gatepost/gatepost/internal/id"
	"github.com/gatepost/gatepost/internal/store"
)

// The victim of the power cut records and settles events, and says so after each is acknowledged.
const (
	recorded = "recorded"
	settled  = "settled"
)

func victim(dir string) error {
	ctx := context.Background()
	p, err := openPart(ctx, store.Config{Dir: dir}, 1, slog.New(slog.DiscardHandler))
	if err != nil {
		return err
	}
	subs, err := p.log.Subscriptions(ctx, corp, 0)
	if err != nil {
		return err
	}
	count, err := strconv.Atoi(os.Getenv("GATEPOST_CHAOS_COUNT"))
	if err != nil {
		return err
	}
	var print sync.Mutex
	say := func(what string, e id.Event) {
		print.Lock()
		defer print.Unlock()
		fmt.Printf("%s %d\n", what, e)
	}
	failed := make(chan error, 4)
	for number := range 4 { // which share commits
		go func() {
			for n := range count / 4 {
				made, err := p.change(ctx, fmt.Sprintf("person:%d", number), n)
				if err != nil {
					failed <- err
					return
				}
				say(recorded, made)
				if n%3 > 0 {
					continue
				}
				due, err := p.log.Pending(ctx, corp, subs[0].ID, time.Now(), 1)
				if err != nil || len(due) == 0 {
					failed <- err
					return
				}
				if err := p.log.Settle(ctx, []event.Result{{Delivery: due[0], At: time.Now(), Outcome: event.Accepted, Status: 200}}); err != nil {
					failed <- err
					return
				}
				say(settled, due[0].ID) // perhaps by another one, in a commit that is on the disk by now
			}
			failed <- nil
		}()
	}
	for range 4 {
		err = errors.Join(err, <-failed)
	}
	return err
}

// A process on SQLite runs under strace. Then the power is cut at each of thousands of points between its writes: what was
// not yet synced is lost, or each sector of it with a chance of one half. What was acknowledged before the cut is there,
// and each event has a delivery or a try, never both or neither.
//
// feature: MSG-004
func TestPowerCut(t *testing.T) {
	beside(t)
	strace, err := exec.LookPath("strace")
	if err != nil {
		t.Skip("there is no strace")
	}
	points, count := 10_000, 600
	if testing.Short() {
		points, count = 200, 60
	}
	dir := t.TempDir()
	p, err := openPart(t.Context(), store.Config{Dir: dir}, 0, nil)
	if err != nil {
		t.Fatal(err)
	}
	_, err = p.log.Subscribe(t.Context(), event.Subscription{Corp: corp, Agent: 1, Way: event.Callback, Names: []event.Name{event.UserAdded}, Settings: "{}"})
	if err = errors.Join(err, p.db.Close()); err != nil {
		t.Fatal(err)
	}
	makeChanges(t, filepath.Join(dir, "gatepost.db"))
	disk := newDisk(t, dir)

	trace := filepath.Join(t.TempDir(), "trace")
	cmd := exec.Command(strace, "-f", "-q", "-xx", "-s", "1000000", "-e", "trace=open,openat,write,pwrite64,ftruncate,fsync,fdatasync,unlink,unlinkat", "-o", trace, os.Args[0])
	cmd.Env = append(os.Environ(), victimVariable+"="+dir, "GATEPOST_CHAOS_COUNT="+strconv.Itoa(count))
	if out, err := cmd.CombinedOutput(); err != nil {
		if strings.Contains(string(out), "PTRACE") {
			t.Skip("strace may not trace here")
		}
		t.Fatalf("%v: %s", err, out[max(0, len(out)-2000):])
	}
	total := 0
	replay(t, trace, func(call) { total++ })

	every := max(total/points, 1)
	jobs := make(chan cut)
	var workers sync.WaitGroup
	var mu sync.Mutex
	var wrong []string
	cuts, syncs := 0, 0
	for range 2 {
		workers.Go(func() {
			for c := range jobs {
				if err := c.check(); err != nil {
					mu.Lock()
					wrong = append(wrong, err.Error())
					mu.Unlock()
				}
			}
		})
	}
	began, at := time.Now(), 0
	replay(t, trace, func(c call) {
		disk.apply(c)
		if c.name == "fsync" || c.name == "fdatasync" {
			syncs++
		}
		if at++; at%every == 0 && cuts < points {
			cuts++
			jobs <- disk.cut(cuts)
			if cuts%1000 == 0 {
				fmt.Fprintf(os.Stderr, "%s: %d of %d points, %.0f s\n", t.Name(), cuts, points, time.Since(began).Seconds())
			}
		}
	})
	close(jobs)
	workers.Wait()
	fmt.Fprintf(os.Stderr, "%s: %d changes and %d results acknowledged, %d calls of which %d are syncs; the power was cut at %d points, and at %d of them something was wrong\n",
		t.Name(), len(disk.acked[recorded]), len(disk.acked[settled]), total, syncs, cuts, len(wrong))
	if len(wrong) > 0 {
		t.Errorf("%d of %d: %s", len(wrong), cuts, wrong[0])
	}
	if len(disk.acked[recorded]) != count || len(disk.acked[settled]) == 0 || cuts < points*9/10 || syncs == 0 {
		t.Errorf("the trace shows too little: %d changes of %d", len(disk.acked[recorded]), count)
	}
}

func makeChanges(t *testing.T, file string) {
	t.Helper()
	db, err := sql.Open("sqlite", file)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if _, err := db.ExecContext(t.Context(), `CREATE TABLE chaos_changes (object TEXT NOT NULL PRIMARY KEY, n BIGINT NOT NULL)`); err != nil {
		t.Fatal(err)
	}
}

// call is a system call of the trace that succeeded.
type call struct {
	name, args string
	result     int
}

var (
	whole  = regexp.MustCompile(`^(\w+)\((.*)\)\s+= (\d+)`)
	quoted = regexp.MustCompile(`"((?:\\x[0-9a-f]{2})*)"`)
)

// replay reads a trace. Calls that another thread interrupts stand where they end.
func replay(t *testing.T, trace string, f func(call)) {
	t.Helper()
	file, err := os.Open(trace)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	r, begun := bufio.NewReaderSize(file, 1<<20), map[string]string{}
	for {
		line, err := r.ReadString('\n')
		if errors.Is(err, io.EOF) {
			return
		}
		if err != nil {
			t.Fatal(err)
		}
		thread, rest, _ := strings.Cut(strings.TrimSpace(line), " ")
		rest = strings.TrimSpace(rest)
		if before, ok := strings.CutSuffix(rest, "<unfinished ...>"); ok {
			begun[thread] = strings.TrimSpace(before)
			continue
		}
		if _, after, ok := strings.Cut(rest, " resumed>"); ok && strings.HasPrefix(rest, "<... ") {
			rest = begun[thread] + after
		}
		if m := whole.FindStringSubmatch(rest); m != nil {
			n, _ := strconv.Atoi(m[3])
			f(call{m[1], m[2], n})
		}
	}
}

// disk is what is in the files of a directory, and what of it would survive a power cut.
type disk struct {
	t       *testing.T
	dir     string
	paths   map[int]string // by descriptor
	now     map[string][]byte
	durable map[string][]byte
	acked   map[string][]id.Event
}

func newDisk(t *testing.T, dir string) *disk {
	t.Helper()
	d := &disk{t: t, dir: dir, paths: map[int]string{}, now: map[string][]byte{}, durable: map[string][]byte{}, acked: map[string][]id.Event{}}
	files, err := filepath.Glob(dir + "/gatepost.db*")
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		content, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		d.now[file], d.durable[file] = content, slices.Clone(content)
	}
	return d
}

// text is the n-th quoted argument.
func (c call) text(t *testing.T) []byte {
	t.Helper()
	m := quoted.FindStringSubmatch(c.args)
	if m == nil {
		t.Fatalf("%s(%.80s)", c.name, c.args)
	}
	b, err := hex.DecodeString(strings.ReplaceAll(m[1], `\x`, ""))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// number is the n-th of the arguments around the quoted one.
func (c call) number(last bool) int {
	args := strings.Split(quoted.ReplaceAllString(c.args, ""), ",")
	one := args[0]
	if last {
		one = args[len(args)-1]
	}
	n, _ := strconv.Atoi(strings.TrimSpace(one))
	return n
}

func (d *disk) apply(c call) {
	d.t.Helper()
	path := d.paths[c.number(false)]
	switch c.name {
	case "open", "openat":
		path = string(c.text(d.t))
		d.paths[c.result] = path
		if _, known := d.now[path]; !known && strings.HasPrefix(path, d.dir+"/gatepost.db") && !strings.HasSuffix(path, "-shm") {
			d.now[path], d.durable[path] = nil, nil
		}
	case "write":
		if c.number(false) == 1 {
			d.said(string(c.text(d.t)))
		} else if _, known := d.now[path]; known {
			d.t.Fatalf("%s was written to in a way that is not replayed", path)
		}
	case "pwrite64":
		if content, known := d.now[path]; known {
			text, at := c.text(d.t)[:c.result], c.number(true)
			d.now[path] = append(grown(content, at)[:at], append(text, tail(content, at+len(text))...)...)
		}
	case "ftruncate":
		if content, known := d.now[path]; known {
			d.now[path] = grown(content, c.number(true))[:c.number(true)]
		}
	case "fsync", "fdatasync":
		if content, known := d.now[path]; known {
			d.durable[path] = slices.Clone(content)
		}
	case "unlink", "unlinkat":
		delete(d.now, string(c.text(d.t)))
		delete(d.durable, string(c.text(d.t)))
	}
}

func grown(b []byte, n int) []byte {
	if len(b) < n {
		b = append(b, make([]byte, n-len(b))...)
	}
	return b
}

func tail(b []byte, from int) []byte {
	if from >= len(b) {
		return nil
	}
	return slices.Clone(b[from:])
}

// said takes note of what was acknowledged.
func (d *disk) said(text string) {
	for line := range strings.Lines(text) {
		what, number, _ := strings.Cut(strings.TrimSpace(line), " ")
		n, err := strconv.ParseInt(number, 10, 64)
		if err == nil {
			d.acked[what] = append(d.acked[what], id.Event(n))
		}
	}
}

// cut is a disk after a power cut, and what was acknowledged before.
type cut struct {
	number int
	files  map[string][]byte
	acked  map[string][]id.Event
}

const sector = 512

func (d *disk) cut(number int) cut {
	c := cut{number, map[string][]byte{}, map[string][]id.Event{recorded: slices.Clone(d.acked[recorded]), settled: slices.Clone(d.acked[settled])}}
	for path, content := range d.durable {
		left := slices.Clone(content)
		if number%2 == 0 { // of what was not synced some sectors got there
			chance := rand.New(rand.NewPCG(uint64(number), 7))
			now := d.now[path]
			left = grown(left, len(now))
			for at := 0; at < len(now); at += sector {
				end := min(at+sector, len(now))
				if chance.IntN(2) == 0 {
					copy(left[at:end], now[at:end])
				}
			}
		}
		c.files[filepath.Base(path)] = left
	}
	return c
}

// check opens what is left and looks for what was acknowledged.
func (c cut) check() error {
	base := "/dev/shm"
	if _, err := os.Stat(base); err != nil {
		base = ""
	}
	dir, err := os.MkdirTemp(base, "gatepost-cut-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	for name, content := range c.files {
		if err := os.WriteFile(filepath.Join(dir, name), content, 0o600); err != nil {
			return err
		}
	}
	db, err := sql.Open("sqlite", "file:"+filepath.Join(dir, "gatepost.db")+"?_pragma=journal_mode(WAL)&_pragma=synchronous(OFF)")
	if err != nil {
		return err
	}
	defer db.Close()
	db.SetMaxOpenConns(1)
	var whole string
	if err := db.QueryRow("PRAGMA integrity_check").Scan(&whole); err != nil || whole != "ok" {
		return fmt.Errorf("point %d: the database is damaged: %s %w", c.number, whole, err)
	}
	of := func(query string) (map[id.Event]bool, error) {
		rows, err := db.Query(query, string(corp))
		if err != nil {
			return nil, err
		}
		defer rows.Close()
		all := map[id.Event]bool{}
		for rows.Next() {
			var e id.Event
			if err := rows.Scan(&e); err != nil {
				return nil, err
			}
			all[e] = true
		}
		return all, rows.Err()
	}
	events, err := of("SELECT id FROM events WHERE corp = ?")
	if err != nil {
		return fmt.Errorf("point %d: %w", c.number, err)
	}
	owed, err := of("SELECT event FROM deliveries WHERE corp = ?")
	if err != nil {
		return fmt.Errorf("point %d: %w", c.number, err)
	}
	tried, err := of("SELECT event FROM attempts WHERE corp = ?")
	if err != nil {
		return fmt.Errorf("point %d: %w", c.number, err)
	}
	for _, e := range c.acked[recorded] {
		if !events[e] {
			return fmt.Errorf("point %d: of %d acknowledged events %d is lost", c.number, len(c.acked[recorded]), e)
		}
	}
	for _, e := range c.acked[settled] {
		if !tried[e] || owed[e] {
			return fmt.Errorf("point %d: the result of %d is lost", c.number, e)
		}
	}
	for e := range maps.Keys(events) {
		if owed[e] == tried[e] {
			return fmt.Errorf("point %d: event %d has a delivery: %v, a try: %v", c.number, e, owed[e], tried[e])
		}
	}
	return nil
}
