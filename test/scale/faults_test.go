//go:build scale

package scale

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// What callers see while a part of the ground is away, and how soon all is as
// before. What was changed meanwhile is known to every node within a second of
// the end.
func TestFaults(t *testing.T) {
	g := newGround(t, "127.0.0.1")
	nodes := cluster(g, 3, true)
	up(nodes)
	c := signIn(t, nodes[0])
	row(t, "\n| fault | calls | during | p99 during | after | normal again after | changes known after |\n|---|---|---|---:|---|---:|---:|")
	f := &fault{t: t, c: c, nodes: nodes}
	f.run("Redis killed with -9 for 5 s", 5*time.Second, func() { g.redis.end(syscall.SIGKILL) }, g.startRedis)
	f.run("PostgreSQL restarted", 0, func() { g.pg.end(syscall.SIGINT) }, g.startPostgres)
	f.run("PostgreSQL killed with -9 for 5 s", 5*time.Second, func() { g.pg.end(syscall.SIGKILL) }, g.startPostgres)
}

// One node loses the way to PostgreSQL and Redis without a word: what it sends
// is lost. Callers reach it still.
func TestPartition(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("a network namespace needs root")
	}
	inside := networkNamespace(t)
	g := newGround(t, "10.77.2.1")
	nodes := cluster(g, 3, true)
	last := nodes[2]
	last.addr, last.within = strings.Replace(last.addr, "127.0.0.1", "10.77.1.2", 1), []string{"ip", "netns", "exec", inside}
	up(nodes)
	f := &fault{t: t, c: signIn(t, nodes[0]), nodes: nodes}
	f.run("one node of three without a network to PostgreSQL and Redis for 10 s", 10*time.Second,
		func() {
			run(t, strings.Fields("ip -n "+inside+" neigh replace 10.77.2.1 lladdr 02:00:00:00:00:99 dev gpground1 nud permanent")...)
		},
		func() { run(t, strings.Fields("ip -n "+inside+" neigh del 10.77.2.1 dev gpground1")...) })
}

// networkNamespace makes one with two ways out: 10.77.1.1 for callers, 10.77.2.1
// for the ground.
func networkNamespace(t *testing.T) string {
	t.Helper()
	const name = "gatepost-scale"
	run(t, "ip", "netns", "add", name)
	t.Cleanup(func() { run(t, "ip", "netns", "del", name) })
	for i, way := range []string{"gpcalls", "gpground"} {
		for _, command := range []string{
			fmt.Sprintf("ip link add %s0 type veth peer name %s1 netns %s", way, way, name),
			fmt.Sprintf("ip addr add 10.77.%d.1/30 dev %s0", i+1, way), fmt.Sprintf("ip link set %s0 up", way),
			fmt.Sprintf("ip -n %s addr add 10.77.%d.2/30 dev %s1", name, i+1, way), fmt.Sprintf("ip -n %s link set %s1 up", name, way),
		} {
			run(t, strings.Fields(command)...)
		}
	}
	run(t, "ip", "-n", name, "link", "set", "lo", "up")
	return name
}

// fault is a fault under load.
type fault struct {
	t     *testing.T
	c     *company
	nodes []*node
	count int
}

// loads are the calls that go on all the time, with their names.
type load struct {
	name      string
	caller    *caller
	perSecond int
}

// run breaks something for a time and mends it.
func (f *fault) run(name string, length time.Duration, breaks, mends func()) {
	f.t.Helper()
	f.count++
	var urls []string
	for _, n := range f.nodes {
		urls = append(urls, n.url(""))
	}
	first := f.nodes[0]
	read, sign, bound := f.c.app(first, fmt.Sprint("read", f.count)), f.c.app(first, fmt.Sprint("sign", f.count)), f.c.app(first, fmt.Sprint("bound", f.count))
	f.c.limit(first, bound, "second", 60)
	changes := f.changes(read, sign, bound)
	loads := []load{{"by token", newCaller(read, urls...), 120}, {"signed", newCaller(sign, urls...), 30}, {"limited to 60/s, 90/s offered", newCaller(bound, urls...), 90}}
	loads[1].caller.signed = true
	time.Sleep(1500 * time.Millisecond) // all nodes know of the limit

	ctx, stop := context.WithCancel(f.t.Context())
	defer stop()
	var crew sync.WaitGroup
	for _, l := range loads {
		crew.Go(func() { l.caller.steadily(ctx, l.perSecond) })
	}
	time.Sleep(3 * time.Second)
	broken := time.Now()
	breaks()
	if length > 0 {
		time.Sleep(length / 2)
		changes.make(first)
		time.Sleep(time.Until(broken.Add(length)))
	}
	mends()
	mended := time.Now()
	known := changes.known(f.nodes)
	time.Sleep(time.Until(mended.Add(5 * time.Second)))
	if changes.made {
		f.c.must(first, "operation.switch", `{"operation":"GET /v1.0/contact/users/{unionId}","state":"open"}`)
	}
	stop()
	crew.Wait()
	for i, l := range loads {
		told := "–"
		if i == 0 && length > 0 && changes.made {
			told = seconds(known)
		}
		during, after := l.caller.between(broken, mended), l.caller.between(mended, time.Now())
		expected := func(kind string) bool { return kind == "ok" || kind == "limit.app_operation" }
		var normal time.Duration
		for _, o := range after {
			if !expected(o.kind) {
				normal = max(normal, o.at.Add(o.took).Sub(mended))
			}
		}
		row(f.t, "| %s | %s | %s | %s | %s | %s | %s |", name, l.name, shown(during, mended.Sub(broken)), p99(during), shown(after, 0), seconds(normal), told)
		if normal > 3*time.Second {
			f.t.Errorf("%s, %s: normal only after %s", name, l.name, normal)
		}
		for _, o := range append(during, after...) {
			if !expected(o.kind) && o.kind != "platform.database" && o.kind != "platform.shared_state" {
				f.t.Errorf("%s, %s: node %d answered %s", name, l.name, o.node+1, o.kind)
				break
			}
		}
	}
	if known > time.Second {
		f.t.Errorf("%s: changes are known after %s", name, known)
	}
}

func seconds(d time.Duration) string { return fmt.Sprintf("%.1f s", d.Seconds()) }

// shown is outcomes by kind, the most frequent first; with a length as calls a
// second where a limit refused.
func shown(list []outcome, length time.Duration) string {
	count := kinds(list)
	var parts []string
	for _, kind := range slices.SortedFunc(maps.Keys(count), func(a, b string) int { return count[b] - count[a] }) {
		parts = append(parts, fmt.Sprintf("%d %s", count[kind], kind))
	}
	if n := count["limit.app_operation"]; n > 0 && length > 0 {
		parts = append(parts, fmt.Sprintf("%.0f/s accepted", float64(count["ok"])/length.Seconds()))
	}
	return strings.Join(parts, ", ")
}

// changes are a grant, a limit, a switch and a revocation that are made while
// something is broken.
type changes struct {
	t      *testing.T
	c      *company
	made   bool
	apps   []*client // one for each change
	others []*client // that go on
	rules  []string  // by which each app is then refused
}

func (f *fault) changes(others ...*client) *changes {
	f.t.Helper()
	ch := &changes{t: f.t, c: f.c, others: others, rules: []string{"scope.missing", "limit.app_minute", "operation.closed", "token.revoked"}}
	for i := range ch.rules {
		a := f.c.app(f.nodes[0], fmt.Sprintf("change%d-%d", f.count, i))
		ch.apps = append(ch.apps, a)
		for _, n := range f.nodes { // who never saw a token has nothing to forget
			eventually(f.t, fmt.Sprintf("node %d answers before the fault", n.number), 10*time.Second, func() error {
				if kind := newCaller(a, n.url("")).try(f.t.Context(), n.url("")); kind != "ok" {
					return errors.New(kind)
				}
				return nil
			})
		}
	}
	return ch
}

// make makes the changes, unless the database is away.
func (ch *changes) make(n *node) {
	ch.t.Helper()
	if n.ready() != nil {
		return
	}
	ch.made = true
	ch.c.must(n, "app.scope.revoke", fmt.Sprintf(`{"agentId":%d,"scope":"Contact.User.Read"}`, ch.apps[0].Agent))
	ch.c.limit(n, ch.apps[1], "minute", 0)
	var others []string // to whom the operation stays open
	for _, a := range append(ch.others, ch.apps...) {
		if a != ch.apps[2] {
			others = append(others, fmt.Sprintf("%q", a.Key))
		}
	}
	ch.c.must(n, "operation.switch", fmt.Sprintf(`{"operation":"GET /v1.0/contact/users/{unionId}","state":"allowed","apps":[%s],"reason":"for the test"}`, strings.Join(others, ",")))
	ch.c.must(n, "app.token.revoke", fmt.Sprintf(`{"agentId":%d}`, ch.apps[3].Agent))
}

// known waits until every node refuses what was changed and returns how long
// that took.
func (ch *changes) known(nodes []*node) time.Duration {
	ch.t.Helper()
	if !ch.made {
		return 0
	}
	began := time.Now()
	for i, a := range ch.apps {
		for _, n := range nodes {
			eventually(ch.t, fmt.Sprintf("node %d refuses by %s", n.number, ch.rules[i]), 20*time.Second, func() error {
				if kind := newCaller(a, n.url("")).try(ch.t.Context(), n.url("")); kind != ch.rules[i] {
					return fmt.Errorf("it answers %s", kind)
				}
				return nil
			})
		}
	}
	return time.Since(began)
}
