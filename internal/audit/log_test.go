package audit_test

import (
	"context"
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

// BenchmarkRecord is what a call pays for being remembered.
func BenchmarkRecord(b *testing.B) {
	c := &audit.Call{}
	l := audit.New(storetest.Open(b), nil, nil, nil)
	for b.Loop() {
		l.Record(c)
	}
}
