//go:build chaos

package chaos

import (
	"bufio"
	"encoding/json"
	"fmt"
	"os"
	"slices"
	"testing"
	"time"

	"github.com/gatepost/gatepost/internal/id"
	"github.com/gatepost/gatepost/internal/store"
)

const (
	everyEvent  store.SQL = `SELECT id, object FROM events WHERE corp = $1`
	everyObject store.SQL = `SELECT object, n FROM chaos_changes WHERE n > $1`
	everyTry    store.SQL = `SELECT event, subscription FROM attempts WHERE corp = $1 AND outcome <> 'accepted'`
	everyTaker  store.SQL = `SELECT id, agent FROM subscriptions WHERE corp = $1`
	stillOwed   store.SQL = `SELECT (SELECT count(*) FROM deliveries WHERE corp = $1) + (SELECT count(*) FROM dead_deliveries WHERE corp = $1)`
)

// logged is what the database says at the end.
type logged struct {
	object  map[id.Event]string
	changes map[string]int
	failed  map[id.Agent]map[id.Event]bool // tries that the platform knows to have failed
	owed    int64
}

func (w *world) readLog() (l logged) {
	w.t.Helper()
	p, err := openPart(w.t.Context(), w.config, 0, nil)
	if err != nil {
		w.t.Fatal(err)
	}
	defer p.db.Close()
	l = logged{map[id.Event]string{}, map[string]int{}, map[id.Agent]map[id.Event]bool{}, 0}
	_, err = store.View(w.t.Context(), p.db, func(tx *store.Tx) (int, error) {
		none := func(r store.Row, dest ...any) (int, error) { return 0, r.Scan(dest...) }
		agents := map[id.Subscription]id.Agent{}
		if _, err := store.All(tx, everyEvent, func(r store.Row) (int, error) {
			var e id.Event
			var object string
			_, err := none(r, &e, &object)
			l.object[e] = object
			return 0, err
		}, corp); err != nil {
			return 0, err
		}
		if _, err := store.All(tx, everyObject, func(r store.Row) (int, error) {
			var object string
			var n int
			_, err := none(r, &object, &n)
			l.changes[object] = n
			return 0, err
		}, 0); err != nil {
			return 0, err
		}
		if _, err := store.All(tx, everyTaker, func(r store.Row) (int, error) {
			var s id.Subscription
			var a id.Agent
			_, err := none(r, &s, &a)
			agents[s], l.failed[a] = a, map[id.Event]bool{}
			return 0, err
		}, corp); err != nil {
			return 0, err
		}
		if _, err := store.All(tx, everyTry, func(r store.Row) (int, error) {
			var e id.Event
			var s id.Subscription
			_, err := none(r, &e, &s)
			l.failed[agents[s]][e] = true
			return 0, err
		}, corp); err != nil {
			return 0, err
		}
		var err error
		l.owed, err = store.One(tx, stillOwed, func(r store.Row) (n int64, err error) { return n, r.Scan(&n) }, corp)
		return 0, err
	})
	if err != nil {
		w.t.Fatal(err)
	}
	return l
}

// verdict is what became of the events at one receiver.
type verdict struct {
	arrived, lost, wrong                 int
	twice, afterFailure, afterKill, open int
}

// audit compares what receivers wrote down with what the database says was to be told.
func (w *world) audit(quiet bool) {
	w.t.Helper()
	time.Sleep(time.Second) // results of the last tries are on their way into the database
	for _, n := range w.nodes {
		n.kill()
	}
	l := w.readLog()
	if l.owed != 0 {
		w.t.Errorf("%d deliveries are still owed, or were given up", l.owed)
	}
	unknown := 0
	for _, e := range w.acked {
		if _, ok := l.object[e]; !ok {
			unknown++
		}
	}
	if unknown > 0 {
		w.t.Errorf("of %d acknowledged events %d are not in the log", len(w.acked), unknown)
	}
	fmt.Fprintf(os.Stderr, "\n%s: %d changes acknowledged, %d events in the log, %d times a caller was not told, %d times something was killed, %.0f s\n",
		w.t.Name(), len(w.acked), len(l.object), w.unknown.Load(), w.kills, time.Since(w.begun).Seconds())
	fmt.Fprintf(os.Stderr, "| receiver | arrived | **lost** | **wrong order** | twice | after a failed try | after a kill or cut | not explained |\n|---|---:|---:|---:|---:|---:|---:|---:|\n")
	for _, r := range []struct {
		*receiver
		agent id.Agent
	}{{w.steady.receiver, 1}, {w.troubled.receiver, 2}, {w.stream.receiver, streamAgent}} {
		v := w.judge(r.receiver, &l, l.failed[r.agent])
		fmt.Fprintf(os.Stderr, "| %s | %d | %d | %d | %d | %d | %d | %d |\n", r.name, v.arrived, v.lost, v.wrong, v.twice, v.afterFailure, v.afterKill, v.open)
		if v.lost > 0 || v.wrong > 0 || v.open > 0 || quiet && v.twice > 0 {
			w.t.Errorf("%s: %+v", r.name, v)
		}
	}
	w.times("until all acknowledged had arrived after a restart", w.recovered)
	w.times("until all acknowledged had arrived by other nodes", w.takenOver)
}

func (w *world) times(what string, list []time.Duration) {
	if len(list) == 0 {
		return
	}
	slices.Sort(list)
	fmt.Fprintf(os.Stderr, "%s: %d times, median %s, longest %s\n", what, len(list), list[len(list)/2].Round(time.Millisecond), list[len(list)-1].Round(time.Millisecond))
}

func (w *world) judge(r *receiver, l *logged, failed map[id.Event]bool) (v verdict) {
	w.t.Helper()
	newest, first := map[string]arrival{}, map[id.Event]time.Time{}
	for _, a := range r.lines(w.t) {
		at, again := first[a.Event]
		switch {
		case again:
			v.twice++
			if a.Event < newest[a.Object].Event {
				v.wrong++ // told again after what follows it
			}
			switch {
			case failed[a.Event]:
				v.afterFailure++
			case w.brokeBetween(r, at, a.At):
				v.afterKill++
			default:
				v.open++
			}
			continue
		case a.Event < newest[a.Object].Event || a.N < newest[a.Object].N:
			v.wrong++
		default:
			newest[a.Object] = a
		}
		first[a.Event] = a.At
		v.arrived++
		if l.object[a.Event] != a.Object {
			w.t.Errorf("%s: event %d of %s arrived as one of %s", r.name, a.Event, l.object[a.Event], a.Object)
		}
	}
	for e := range l.object {
		if _, ok := first[e]; !ok {
			v.lost++
		}
	}
	for object, n := range l.changes {
		if newest[object].N != n {
			v.lost++ // a change without an event
		}
	}
	return v
}

// brokeBetween reports whether something was killed, or the receiver cut a connection, between two arrivals of an event, or
// shortly before the first: an answer that was on its way then was never read.
func (w *world) brokeBetween(r *receiver, first, second time.Time) bool {
	for _, at := range slices.Concat(w.breaks, r.cuts) {
		if at.After(first.Add(-time.Second)) && at.Before(second) {
			return true
		}
	}
	return false
}

// lines is what the receiver wrote.
func (r *receiver) lines(t *testing.T) (list []arrival) {
	t.Helper()
	r.mu.Lock()
	defer r.mu.Unlock()
	if err := r.out.Flush(); err != nil {
		t.Fatal(err)
	}
	f, err := os.Open(r.file)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	for s := bufio.NewScanner(f); s.Scan(); {
		var a arrival
		if err := json.Unmarshal(s.Bytes(), &a); err != nil {
			t.Fatal(err)
		}
		list = append(list, a)
	}
	return list
}
