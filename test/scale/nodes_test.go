//go:build scale

package scale

import (
	"syscall"
	"testing"
	"time"
)

// One node of three is killed under load. A caller who tries once more on
// another node sees nothing of it; one behind a balancer who does not try again
// loses the calls that the node was at.
//
// feature: GW-029
func TestKilledNode(t *testing.T) {
	g := newGround(t, "127.0.0.1")
	nodes := cluster(g, 3, true)
	up(nodes)
	app := signIn(t, nodes[0]).app(nodes[0], "load")
	url := balancer(g, nodes)
	row(t, "| one of three nodes killed with -9 | calls | not answered | what became of them | p99 |\n|---|---:|---:|---|---:|")
	for _, tc := range []struct {
		name  string
		c     *caller
		retry bool
		most  float64 // of all calls
	}{
		{"three addresses, one more try on another", newCaller(app, nodes[0].url(""), nodes[1].url(""), nodes[2].url("")), true, 0},
		{"HAProxy, no second try", newCaller(app, url), false, 0.001},
	} {
		tc.c.retry = tc.retry
		tc.c.times(t.Context(), calls(), 8, func() { nodes[2].end(syscall.SIGKILL) })
		count := kinds(tc.c.calls)
		lost := len(tc.c.calls) - count["ok"]
		delete(count, "ok")
		row(t, "| %s | %d | %d | %v | %s |", tc.name, len(tc.c.calls), lost, count, p99(tc.c.calls))
		if float64(lost) > tc.most*float64(len(tc.c.calls)) {
			t.Errorf("%s: %d calls of %d are lost: %v", tc.name, lost, len(tc.c.calls), count)
		}
		nodes[2].start()
		eventually(t, "the node again", 30*time.Second, nodes[2].ready)
		time.Sleep(time.Second) // until the balancer noticed
	}
}

// Nodes are restarted one after the other, and no call is lost.
//
// feature: GW-029
func TestRollingRestart(t *testing.T) {
	g := newGround(t, "127.0.0.1")
	nodes := cluster(g, 3, true)
	up(nodes)
	app := signIn(t, nodes[0]).app(nodes[0], "load")
	c := newCaller(app, balancer(g, nodes))
	rolled := make(chan struct{})
	go func() {
		defer close(rolled)
		for _, n := range nodes {
			n.end(syscall.SIGTERM)
			n.start()
			for n.ready() != nil {
				time.Sleep(10 * time.Millisecond)
			}
			time.Sleep(time.Second)
		}
	}()
	for done := false; !done; {
		select {
		case <-rolled:
			done = true
		default:
			c.times(t.Context(), 500, 8, nil)
		}
	}
	count := kinds(c.calls)
	row(t, "\n| three nodes restarted in turn by SIGTERM behind HAProxy | calls | not answered | p99 |\n|---|---:|---:|---:|\n| readiness withdrawn for 1.5 s first | %d | %d | %s |", len(c.calls), len(c.calls)-count["ok"], p99(c.calls))
	if count["ok"] != len(c.calls) {
		t.Errorf("%v", count)
	}
}
