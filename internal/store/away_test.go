package store_test

import (
	"context"
	"database/sql/driver"
	"errors"
	"fmt"
	"io"
	"net"
	"net/url"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgconn"

	"github.com/gatepost/gatepost/internal/store"
	"github.com/gatepost/gatepost/internal/store/storetest"
)

func TestAway(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		err  error
		want bool
	}{
		{nil, false},
		{errors.New("anything"), false},
		{context.Canceled, false},
		{store.ErrNone, false},
		{&pgconn.PgError{Code: "23505"}, false},
		{&pgconn.PgError{Code: "57P01"}, true},
		{&pgconn.PgError{Code: "57P03"}, true},
		{&pgconn.PgError{Code: "08006"}, true},
		{&pgconn.PgError{Code: "53300"}, true},
		{&net.OpError{Op: "read", Err: io.EOF}, true},
		{driver.ErrBadConn, true},
		{io.ErrUnexpectedEOF, true},
		{store.ErrAway, true},
		{fmt.Errorf("%w: %w", store.ErrAway, context.Canceled), true},
	} {
		if got := store.Away(fmt.Errorf("read a person: %w", tc.err)); tc.err != nil && got != tc.want || tc.err == nil && store.Away(nil) {
			t.Errorf("%v: %t", tc.err, got)
		}
	}
}

// gate is a way to a database that can be shut.
type gate struct {
	t       *testing.T
	to      string
	address string
	l       net.Listener
	mu      sync.Mutex
	inside  []net.Conn
}

func (g *gate) open() {
	g.t.Helper()
	var err error
	if g.l, err = net.Listen("tcp", g.address); err != nil {
		g.t.Fatal(err)
	}
	g.address = g.l.Addr().String()
	go func(l net.Listener) {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			to, err := net.Dial("tcp", g.to)
			if err != nil {
				c.Close()
				continue
			}
			g.mu.Lock()
			g.inside = append(g.inside, c, to)
			g.mu.Unlock()
			go func() { _, _ = io.Copy(to, c) }()
			go func() { _, _ = io.Copy(c, to) }()
		}
	}(g.l)
}

func (g *gate) shut() {
	g.l.Close()
	g.mu.Lock()
	defer g.mu.Unlock()
	for _, c := range g.inside {
		c.Close()
	}
	g.inside = nil
}

// While PostgreSQL cannot be reached whoever asks is told so at once; when it
// can, it is found out without anybody asking.
func TestPostgresAway(t *testing.T) {
	t.Parallel()
	u, err := url.Parse(storetest.Postgres(t))
	if err != nil {
		t.Fatal(err)
	}
	g := &gate{t: t, to: u.Host, address: "127.0.0.1:0"}
	g.open()
	t.Cleanup(func() { g.shut() })
	u.Host = g.address
	db, err := store.Open(t.Context(), store.Config{Postgres: u.String()})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	if err := put(t.Context(), db, "a", "1"); err != nil {
		t.Fatal(err)
	}
	look := func() error {
		_, err := store.View(t.Context(), db, func(tx *store.Tx) (string, error) { return store.One(tx, settingValue, text, "a") })
		return err
	}
	g.shut()
	for range 2 { // the first may meet a connection that broke
		if err := look(); !store.Away(err) {
			t.Fatalf("while it is shut: %v", err)
		}
	}
	if err := look(); !errors.Is(err, store.ErrAway) {
		t.Errorf("not told at once: %v", err)
	}
	if err := put(t.Context(), db, "b", "1"); !store.Away(err) {
		t.Errorf("a change: %v", err)
	}
	g.open()
	for began := time.Now(); look() != nil; time.Sleep(10 * time.Millisecond) {
		if time.Since(began) > 20*time.Second {
			t.Fatalf("it is back and not found: %v", look())
		}
	}
	if err := put(t.Context(), db, "b", "1"); err != nil {
		t.Error(err)
	}
}
