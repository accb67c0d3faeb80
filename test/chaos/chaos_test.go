//go:build chaos

package chaos

import (
	"context"
	"database/sql"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	_ "github.com/jackc/pgx/v5/stdlib" // the driver "pgx"

	"github.com/gatepost/gatepost/internal/event"
	"github.com/gatepost/gatepost/internal/id"
	"github.com/gatepost/gatepost/internal/store"
)

// events is how many changes are made.
func events() int {
	if n, err := strconv.Atoi(os.Getenv("CHAOS_EVENTS")); err == nil && n > 0 {
		return n
	}
	if testing.Short() {
		return 2_000
	}
	return 100_000
}

const (
	producers = 24
	objects   = 50  // of each producer
	ahead     = 100 // changes that receivers may be behind: what is measured is not how long a backlog takes
)

// world is everything that runs.
type world struct {
	t      *testing.T
	dir    string
	config store.Config
	nodes  []*nodeProcess
	pg     *postgres

	steady, troubled *hooks
	stream           *client

	mu      sync.Mutex
	acked   []id.Event
	breaks  []time.Time // when something was killed, or PostgreSQL was back
	kills   int
	made    atomic.Int64
	unknown atomic.Int64 // changes of which the caller was not told whether they were made

	begun     time.Time
	recovered []time.Duration // from the start of the next process until all that was acknowledged before had arrived
	takenOver []time.Duration // the same from the kill, where other nodes go on
}

// The 100,000 events: one process on SQLite that is killed again and again.
//
// feature: MSG-004
func TestSQLite(t *testing.T) {
	beside(t)
	w := newWorld(t, nil)
	w.addNode(0)
	w.run(func(ctx context.Context) {
		for w.pause(ctx) {
			w.killAndStart(w.nodes[0])
		}
	})
}

// The same on three nodes over PostgreSQL, of which one dies for good half-way, while PostgreSQL is restarted and killed.
//
// feature: MSG-004
func TestPostgres(t *testing.T) {
	beside(t)
	w := newWorld(t, startPostgres(t))
	for n := range 3 {
		w.addNode(n)
	}
	w.run(func(ctx context.Context) {
		for turn := 1; w.pause(ctx); turn++ {
			if half := int(w.made.Load()) > events()/2; half && w.nodes[2].alive() {
				w.kill(w.nodes[2]) // for good
				continue
			}
			switch {
			case turn%5 == 2:
				w.breakPostgres(syscall.SIGINT) // a fast shutdown
			case turn%5 == 4:
				w.breakPostgres(syscall.SIGKILL)
			default:
				w.killAndStart(w.nodes[rand.IntN(2)])
			}
		}
	})
}

// Without any trouble nothing arrives twice.
func TestNothingTwice(t *testing.T) {
	beside(t)
	w := newWorld(t, startPostgres(t))
	for n := range 2 {
		w.addNode(n)
	}
	w.quiet()
}

// beside lets the short form of a test, which mostly waits for second tries, run beside the others.
func beside(t *testing.T) {
	t.Helper()
	if testing.Short() {
		t.Parallel()
	}
}

func newWorld(t *testing.T, pg *postgres) *world {
	t.Helper()
	w := &world{t: t, dir: t.TempDir(), pg: pg}
	driver, address := "sqlite", filepath.Join(w.dir, "gatepost.db")
	if pg == nil {
		w.config.Dir = w.dir
	} else {
		driver, address = "pgx", pg.url()
		w.config.Postgres = address
	}
	w.steady, w.troubled = newHooks(t, w.dir, "steady"), newHooks(t, w.dir, "troubled")
	w.stream = &client{receiver: newReceiver(t, w.dir, "stream")}
	p, err := openPart(t.Context(), w.config, 0, nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range []event.Subscription{
		{Agent: 1, Way: event.Callback, Target: w.steady.url, Secret: chaosKey},
		{Agent: 2, Way: event.Callback, Target: w.troubled.url, Secret: chaosKey},
		{Agent: streamAgent, Way: event.Stream},
	} {
		s.Corp, s.Names, s.Ordered, s.Most, s.Settings = corp, []event.Name{event.UserAdded}, true, 32, "{}"
		if _, err := p.log.Subscribe(t.Context(), s); err != nil {
			t.Fatal(err)
		}
	}
	if err := p.db.Close(); err != nil {
		t.Fatal(err)
	}
	db, err := sql.Open(driver, address)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if _, err := db.ExecContext(t.Context(), `CREATE TABLE chaos_changes (object TEXT NOT NULL PRIMARY KEY, n BIGINT NOT NULL)`); err != nil {
		t.Fatal(err)
	}
	return w
}

func (w *world) addNode(n int) {
	node := &nodeProcess{t: w.t, log: filepath.Join(w.dir, fmt.Sprintf("node%d.log", n)),
		config: nodeConfig{Number: n + 1, Postgres: w.config.Postgres, Dir: w.config.Dir, Listen: fmt.Sprintf("127.0.0.1:%d", freePort(w.t))}}
	w.nodes = append(w.nodes, node)
	node.start()
	until(w.t, "the node is ready", time.Minute, node.ready)
}

// addresses are those of nodes that are meant to run.
func (w *world) addresses() (list []string) {
	for _, n := range w.nodes {
		if n.alive() {
			list = append(list, n.config.Listen)
		}
	}
	return list
}

// pause waits for some seconds, and reports whether changes are still made.
func (w *world) pause(ctx context.Context) bool {
	wait := 2*time.Second + rand.N(3*time.Second)
	if testing.Short() {
		wait = time.Second
	}
	select {
	case <-ctx.Done():
		return false
	case <-time.After(wait):
		return true
	}
}

func (w *world) broke() {
	w.mu.Lock()
	w.breaks = append(w.breaks, time.Now())
	w.kills++
	w.mu.Unlock()
}

// breakPostgres ends the database and starts it again. What is told meanwhile cannot be recorded.
func (w *world) breakPostgres(s syscall.Signal) {
	w.broke()
	w.pg.p.end(s)
	w.pg.start()
	w.mu.Lock()
	w.breaks = append(w.breaks, time.Now())
	w.mu.Unlock()
}

// outstanding is what was acknowledged and has not arrived where there is no trouble.
func (w *world) outstanding() (list []id.Event) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, e := range w.acked {
		if !w.steady.has(e) {
			list = append(list, e)
		}
	}
	return list
}

// kill kills a node and measures how long what was acknowledged before takes to arrive by the others.
func (w *world) kill(n *nodeProcess) {
	w.broke()
	n.kill()
	w.takenOver = append(w.takenOver, w.arrives(w.outstanding()))
}

// killAndStart kills a node and starts it again.
func (w *world) killAndStart(n *nodeProcess) {
	w.broke()
	n.kill()
	owed := w.outstanding()
	if len(w.nodes) > 1 {
		w.takenOver = append(w.takenOver, w.arrives(owed))
		n.start()
		return
	}
	n.start()
	w.recovered = append(w.recovered, w.arrives(owed))
}

// arrives waits until events have arrived where there is no trouble.
func (w *world) arrives(owed []id.Event) time.Duration {
	return until(w.t, "what was acknowledged before the kill has arrived", time.Minute, func() bool {
		owed = slices.DeleteFunc(owed, w.steady.has)
		return len(owed) == 0
	})
}

// produce makes changes of the producer's objects, one after another for each object, each until it is acknowledged.
func (w *world) produce(number, count int) {
	counters := make([]int, objects)
	for i := range count {
		o := i % objects
		counters[o]++
		query := url.Values{"object": {fmt.Sprintf("person:%d-%d", number, o)}, "n": {strconv.Itoa(counters[o])}}.Encode()
		for int(w.made.Load())-w.steady.arrived() > ahead {
			time.Sleep(5 * time.Millisecond)
		}
		for {
			if e, ok := w.change(query); ok {
				w.mu.Lock()
				w.acked = append(w.acked, e)
				w.mu.Unlock()
				w.made.Add(1)
				break
			}
			w.unknown.Add(1)
			time.Sleep(50 * time.Millisecond)
		}
	}
}

func (w *world) change(query string) (id.Event, bool) {
	all := w.addresses()
	if len(all) == 0 {
		return 0, false
	}
	r, err := http.Post("http://"+all[rand.IntN(len(all))]+"/change?"+query, "", nil)
	if err != nil {
		return 0, false
	}
	defer r.Body.Close()
	text, err := io.ReadAll(r.Body)
	if err != nil || r.StatusCode != http.StatusOK {
		return 0, false
	}
	n, err := strconv.ParseInt(string(text), 10, 64)
	return id.Event(n), err == nil
}

// run makes all changes while trouble does its work, and audits.
func (w *world) run(trouble func(ctx context.Context)) {
	w.troubled.trouble.Store(2)
	w.stream.trouble.Store(2)
	w.all(trouble)
	w.audit(false)
}

// quiet makes changes without any trouble, and audits.
func (w *world) quiet() {
	w.all(func(context.Context) {})
	w.audit(true)
}

func (w *world) all(trouble func(ctx context.Context)) {
	w.t.Helper()
	w.begun = time.Now()
	ctx, cancel := context.WithCancel(w.t.Context())
	var crew, others sync.WaitGroup
	listening, stopListening := context.WithCancel(w.t.Context())
	w.t.Cleanup(stopListening)
	go w.stream.run(listening, w.addresses)
	for number := range producers {
		count := events() / producers
		if number < events()%producers {
			count++
		}
		crew.Go(func() { w.produce(number, count) })
	}
	others.Go(func() { trouble(ctx) })
	others.Go(func() { w.progress(ctx) })
	crew.Wait()
	cancel()
	others.Wait()
	w.troubled.trouble.Store(0)
	w.stream.trouble.Store(0)
	until(w.t, "all has arrived everywhere", 6*time.Minute, func() bool { return w.left() == 0 })
}

// left is how many acknowledged events have not arrived somewhere. It is slow, and asked seldom.
func (w *world) left() (n int) {
	time.Sleep(100 * time.Millisecond)
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, e := range w.acked {
		if !w.steady.has(e) || !w.troubled.has(e) || !w.stream.has(e) {
			n++
		}
	}
	return n
}

func (w *world) progress(ctx context.Context) {
	for tick := time.NewTicker(5 * time.Second); ; {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
			w.mu.Lock()
			breaks := w.kills
			w.mu.Unlock()
			fmt.Fprintf(os.Stderr, "%s: %3.0f s, %d of %d changes made, %d times something was killed\n", w.t.Name(), time.Since(w.begun).Seconds(), w.made.Load(), events(), breaks)
		}
	}
}
