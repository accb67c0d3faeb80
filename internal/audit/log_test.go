package audit_test

import (
	"context"
	"reflect"
	"slices"
	"testing"
	"time"

	"github.com/gatepost/gatepost/internal/audit"
	"github.com/gatepost/gatepost/internal/id"
	"github.com/gatepost/gatepost/internal/store"
	"github.com/gatepost/gatepost/internal/store/storetest"
)

func (r *room) count(of id.Corp) int {
	r.t.Helper()
	page, err := r.call(of, "call.list", `{"size":100}`)
	if err != nil {
		r.t.Fatal(err)
	}
	return len(page["list"].([]any))
}

// While it runs, a call is found without anybody asking for it to be written.
func TestRunWrites(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		r := newRoom(t, db)
		ctx, stop := context.WithCancel(t.Context())
		ended := make(chan error, 1)
		go func() { ended <- r.log.Run(ctx) }()
		r.log.Record(r.called())
		for deadline := time.Now().Add(5 * time.Second); r.count(corp) == 0; time.Sleep(20 * time.Millisecond) {
			if time.Now().After(deadline) {
				t.Fatal("not written in five seconds")
			}
		}
		r.log.Record(r.called())
		stop()
		if err := <-ended; err != nil {
			t.Fatal(err)
		}
		if n := r.count(corp); n != 2 {
			t.Errorf("%d calls after the end, not 2: the last was not written", n)
		}
	})
}

// Nobody writes, and nobody waits: the newest calls are kept.
func TestRecordNeverWaits(t *testing.T) {
	t.Parallel()
	r := newRoom(t, storetest.Open(t))
	const extra = 100
	var last *audit.Call
	began := time.Now()
	for r.log.Lost() < extra {
		last = r.called()
		r.log.Record(last)
	}
	if took := time.Since(began); took > 5*time.Second {
		t.Errorf("recording took %s", took)
	}
	if err := r.log.Flush(t.Context()); err != nil {
		t.Fatal(err)
	}
	if got := r.must("call.get", `{"requestId":"%s"}`, last.ID.V2()); got["id"] != last.ID.V2() {
		t.Error("the newest call is lost")
	}
	if r.log.Lost() != extra {
		t.Errorf("%d are lost", r.log.Lost())
	}
}

// What could not be written waits.
func TestAFailedWriteIsMadeUpFor(t *testing.T) {
	t.Parallel()
	r := newRoom(t, storetest.Open(t))
	for range 300 {
		r.log.Record(r.called())
	}
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	if err := r.log.Flush(ended); err == nil {
		t.Fatal("written with a context that has ended")
	}
	r.record()
	if r.count(corp) != 100 || r.log.Lost() != 0 {
		t.Errorf("%d calls on the first page, %d lost", r.count(corp), r.log.Lost())
	}
}

func TestRetention(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		r := newRoom(t, db)
		r.log.Keep = audit.Retention{Age: time.Hour, Rows: 30}
		add := func(of id.Corp, n int) {
			for range n {
				c := r.called()
				c.Caller.Corp = of
				r.record(c)
			}
		}
		add(corp, 5)
		add("dingother", 5)
		add("", 5)
		old := r.called()
		old.Caller.Corp = ""
		r.record(old)
		r.now = r.now.Add(time.Hour + time.Second)
		add(corp, 40)
		add("dingother", 2)
		if err := r.log.Sweep(t.Context()); err != nil {
			t.Fatal(err)
		}
		if a, b := r.count(corp), r.count("dingother"); a != 30 || b != 2 {
			t.Errorf("%d and %d calls are left, want 30 and 2", a, b)
		}
		if got := r.must("call.list", `{"requestId":"%s"}`, old.ID.V2())["list"].([]any); len(got) != 0 {
			t.Error("a call without corp outlived the retention")
		}
	})
}

// More than one transaction removes.
func TestRetentionOfMany(t *testing.T) {
	t.Parallel()
	r := newRoom(t, storetest.Open(t))
	r.log.Keep = audit.Retention{Age: time.Hour, Rows: 10}
	for range 2500 {
		r.log.Record(r.called())
	}
	r.record()
	if err := r.log.Sweep(t.Context()); err != nil {
		t.Fatal(err)
	}
	if n := r.count(corp); n != 10 {
		t.Errorf("%d calls are left", n)
	}
}

const (
	oldRow store.SQL = `
		INSERT INTO calls (corp, id, at, agent, outcome, path, words, detail) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)`
	segments store.SQL = `SELECT count(*) FROM call_segments WHERE corp = $1`
)

// What an older version wrote, a row for each call, is found as before.
func TestOldRowsAreBroughtOver(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		r := newRoom(t, db)
		r.now = r.now.Add(-time.Hour)
		first, last := r.calls.New(), id.Call(0)
		_, err := store.Update(t.Context(), db, func(tx *store.Tx) (struct{}, error) {
			for n := range 2200 {
				if last = first; n > 0 {
					last = r.calls.New()
				}
				detail := `{"took":1500,"steps":[{"n":"find","us":3}],"last":"permit","method":"POST","dialect":"v1","op":"user.get","zh":"查询",` +
					`"en":"Get a person","app":"dingx","ip":"203.0.113.7","status":200,"rule":"scope.missing","code":"60011",` +
					`"values":{"scope":"s","link":"l","request":"q"},"expected":"e","found":"f","in":12,"out":345}`
				if _, err := tx.Exec(oldRow, corp, last, r.now.UnixMilli(), r.app.Agent, "refused", "/topapi/v2/user/get", "", detail); err != nil {
					return struct{}{}, err
				}
			}
			_, err := tx.Exec(oldRow, id.Corp(""), last+1, r.now.UnixMilli(), 0, "ok", "/gettoken", "", `{"ip":"203.0.113.8"}`)
			return struct{}{}, err
		})
		if err != nil {
			t.Fatal(err)
		}
		ctx, stop := context.WithCancel(t.Context())
		ended := make(chan error, 1)
		go func() { ended <- r.log.Run(ctx) }()
		r.until("the oldest and the newest are found", func() bool {
			_, one := r.call(corp, "call.get", `{"requestId":"%s"}`, (last + 1).V2())
			_, two := r.call(corp, "call.get", `{"requestId":"%s"}`, last.V1())
			return one == nil && two == nil
		})
		stop()
		if err := <-ended; err != nil {
			t.Fatal(err)
		}
		got := r.must("call.get", `{"requestId":"%s"}`, first.V2())
		for k, want := range map[string]any{"title": "Get a person", "rule": "scope.missing", "step": "permit", "tookUs": 1500.0,
			"appKey": "dingx", "expected": "e", "found": "f", "requestBytes": 12.0, "at": float64(r.now.UnixMilli())} {
			if got[k] != want {
				t.Errorf("%s is %v, want %v", k, got[k], want)
			}
		}
		if n := len(r.must("call.list", `{"outcome":"refused","search":"get a person","size":100}`)["list"].([]any)); n != 100 {
			t.Errorf("%d on the first page", n)
		}
		counted := 0
		if err := r.log.Past(t.Context(), corp, r.now.Add(-time.Minute), func(time.Time, id.Agent, string) { counted++ }); err != nil || counted != 0 {
			t.Errorf("%d calls that were refused before they were counted, %v", counted, err)
		}
	})
}

// Many small segments become few, and tell the same.
func TestSegmentsArePacked(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		r := newRoom(t, db)
		for n := range 60 {
			r.now = start.Add(time.Duration(n) * 2 * time.Second)
			r.record(r.called())
		}
		r.now = start.Add(time.Hour)
		before := r.must("call.list", `{"size":100}`)
		stats := r.must("call.stats", `{"minutes":120}`)
		for range 2 { // the second time there is nothing to do
			if err := r.log.Sweep(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
		n, err := store.View(t.Context(), db, func(tx *store.Tx) (int64, error) {
			return store.One(tx, segments, func(row store.Row) (n int64, err error) { return n, row.Scan(&n) }, corp)
		})
		if err != nil || n != 3 { // two minutes from half a minute on
			t.Errorf("%d segments, %v", n, err)
		}
		if got := r.must("call.list", `{"size":100}`); !reflect.DeepEqual(got, before) {
			t.Error("packing changed the list")
		}
		if got := r.must("call.stats", `{"minutes":120}`); !reflect.DeepEqual(got, stats) {
			t.Error("packing changed the counts")
		}
	})
}

// Calls of several nodes, and calls that took long, are written in another order
// than they were made in. They are told in the order of their ids all the same.
func TestCallsInAnotherOrder(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		r := newRoom(t, db)
		var calls []*audit.Call
		for n := range 40 {
			r.now = start.Add(time.Duration(n) * 3 * time.Second)
			c := r.called()
			c.Caller.Agent = id.Agent(n % 3)
			calls = append(calls, c)
		}
		for n := range 20 {
			r.record(calls[n*7%40], calls[(n*7+20)%40]) // a minute apart, as often as not
		}
		var got, want []string
		for cursor := ""; ; {
			page := r.must("call.list", `{"size":3,"cursor":"%s"}`, cursor)
			for _, item := range page["list"].([]any) {
				got = append(got, item.(map[string]any)["id"].(string))
			}
			if page["hasMore"] == false {
				break
			}
			cursor = page["nextCursor"].(string)
		}
		for _, c := range calls {
			want = append([]string{c.ID.V2()}, want...)
		}
		if !slices.Equal(got, want) {
			t.Errorf("%d calls in another order: %v", len(got), got)
		}
		var before time.Time
		n := 0
		err := r.log.Past(t.Context(), corp, start, func(at time.Time, agent id.Agent, _ string) {
			if at.Before(before) || agent == 0 {
				t.Errorf("%s after %s, agent %d", at, before, agent)
			}
			before = at
			n++
		})
		if err != nil || n != 26 {
			t.Errorf("%d past calls, %v", n, err)
		}
		last, err := r.log.LastCalls(t.Context(), corp, []id.Agent{0, 1, 2, 3})
		if err != nil || len(last) != 3 || !last[0].Equal(calls[39].At) || !last[1].Equal(calls[37].At) || !last[2].Equal(calls[38].At) {
			t.Errorf("last calls %v, %v", last, err)
		}
	})
}

// until waits for something that happens while the log runs.
func (r *room) until(what string, yes func() bool) {
	r.t.Helper()
	for deadline := time.Now().Add(10 * time.Second); !yes(); time.Sleep(10 * time.Millisecond) {
		if time.Now().After(deadline) {
			r.t.Fatalf("ten seconds, and not yet: %s", what)
		}
	}
}

// BenchmarkRecord is what a call pays for being remembered.
func BenchmarkRecord(b *testing.B) {
	c := &audit.Call{}
	l := audit.New(storetest.Open(b), nil, nil, nil)
	for b.Loop() {
		l.Record(c)
	}
}
