package kv

import (
	"errors"
	"fmt"
	"net"
	"os/exec"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/alicebob/miniredis/v2"
)

func TestMemory(t *testing.T) {
	t.Parallel()
	conform(t, func(t *testing.T) Store { return Memory() })
}

func TestRedis(t *testing.T) {
	t.Parallel()
	url := server(t)
	conform(t, func(t *testing.T) Store {
		s, err := Redis(t.Context(), url)
		if err != nil {
			t.Fatal(err)
		}
		return s
	})
}

// server starts a Redis, or a stand-in where none is installed, and returns its URL.
func server(t *testing.T) string {
	t.Helper()
	binary, err := exec.LookPath("redis-server")
	if err != nil {
		s := miniredis.RunT(t)
		tick := time.NewTicker(10 * time.Millisecond) // the stand-in's time stands still by itself
		t.Cleanup(tick.Stop)
		go func() {
			for range tick.C {
				s.FastForward(10 * time.Millisecond)
			}
		}()
		return "redis://" + s.Addr()
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	port := l.Addr().(*net.TCPAddr).Port
	l.Close()
	cmd := exec.Command(binary, "--port", strconv.Itoa(port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no",
		"--dir", t.TempDir())
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		cmd.Process.Kill()
		cmd.Wait()
	})
	url := fmt.Sprintf("redis://127.0.0.1:%d", port)
	for range 100 {
		s, err := Redis(t.Context(), url)
		if err == nil {
			s.Close()
			return url
		}
		time.Sleep(50 * time.Millisecond)
	}
	t.Fatal("redis-server does not answer")
	return ""
}

// conform is what every Store does. Each case has keys of its own: with Redis they share a server.
func conform(t *testing.T, open func(t *testing.T) Store) {
	cases := map[string]func(t *testing.T, s Store, key string){
		"absent":  absent,
		"set":     set,
		"expires": expires,
		"add":     add,
		"take":    take,
		"count":   counting,
		"lease":   leasing,
		"ttl":     lifetimes,
	}
	for name, f := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := open(t)
			t.Cleanup(func() {
				if err := s.Close(); err != nil {
					t.Error(err)
				}
			})
			f(t, s, name)
		})
	}
	t.Run("closed", func(t *testing.T) {
		s := open(t)
		for range 2 { // closing twice is no error
			if err := s.Close(); err != nil {
				t.Fatal(err)
			}
		}
		if _, err := s.Get(t.Context(), "k"); !errors.Is(err, ErrClosed) {
			t.Errorf("Get after Close: %v", err)
		}
	})
}

func absent(t *testing.T, s Store, key string) {
	if _, err := s.Get(t.Context(), key); !errors.Is(err, ErrNone) {
		t.Errorf("Get: %v, want ErrNone", err)
	}
	if _, err := s.Take(t.Context(), key); !errors.Is(err, ErrNone) {
		t.Errorf("Take: %v, want ErrNone", err)
	}
	if err := s.Delete(t.Context(), key); err != nil {
		t.Errorf("Delete: %v", err)
	}
}

func set(t *testing.T, s Store, key string) {
	for _, val := range []string{"one", "二\x00\n", ""} {
		if err := s.Set(t.Context(), key, val, time.Minute); err != nil {
			t.Fatal(err)
		}
		if got, err := s.Get(t.Context(), key); err != nil || got != val {
			t.Errorf("Get = %q, %v; want %q", got, err, val)
		}
	}
	if err := s.Delete(t.Context(), key); err != nil {
		t.Fatal(err)
	}
	absent(t, s, key)
}

func expires(t *testing.T, s Store, key string) {
	if err := s.Set(t.Context(), key, "v", 60*time.Millisecond); err != nil {
		t.Fatal(err)
	}
	time.Sleep(120 * time.Millisecond)
	absent(t, s, key)
	if added, err := s.Add(t.Context(), key, "w", time.Minute); err != nil || !added {
		t.Errorf("Add after expiry = %v, %v", added, err)
	}
}

func add(t *testing.T, s Store, key string) {
	var won atomic.Int64
	var wg sync.WaitGroup
	for i := range 16 {
		wg.Go(func() {
			added, err := s.Add(t.Context(), key, strconv.Itoa(i), time.Minute)
			if err != nil {
				t.Error(err)
			}
			if added {
				won.Add(1)
			}
		})
	}
	wg.Wait()
	if won.Load() != 1 {
		t.Errorf("%d callers added the same key", won.Load())
	}
}

func take(t *testing.T, s Store, key string) {
	if err := s.Set(t.Context(), key, "v", time.Minute); err != nil {
		t.Fatal(err)
	}
	var got atomic.Int64
	var wg sync.WaitGroup
	for range 16 {
		wg.Go(func() {
			val, err := s.Take(t.Context(), key)
			switch {
			case err == nil && val == "v":
				got.Add(1)
			case !errors.Is(err, ErrNone):
				t.Errorf("Take = %q, %v", val, err)
			}
		})
	}
	wg.Wait()
	if got.Load() != 1 {
		t.Errorf("%d callers took the same key", got.Load())
	}
}

func counting(t *testing.T, s Store, key string) {
	var wg sync.WaitGroup
	for range 16 {
		wg.Go(func() {
			if _, err := s.Count(t.Context(), key, 2, time.Minute); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if n, err := s.Count(t.Context(), key, -1, time.Minute); err != nil || n != 31 {
		t.Errorf("Count = %d, %v; want 31", n, err)
	}
	if val, err := s.Get(t.Context(), key); err != nil || val != "31" {
		t.Errorf("Get = %q, %v; want 31", val, err)
	}

	short := key + "-short" // its lifetime is that of the first Count
	for range 3 {
		if _, err := s.Count(t.Context(), short, 1, 150*time.Millisecond); err != nil {
			t.Fatal(err)
		}
		time.Sleep(80 * time.Millisecond)
	}
	if n, err := s.Count(t.Context(), short, 0, time.Minute); err != nil || n > 1 {
		t.Errorf("Count = %d, %v: a later Count prolonged the first", n, err)
	}
	if err := s.Set(t.Context(), short, "word", time.Minute); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Count(t.Context(), short, 1, time.Minute); err == nil {
		t.Error("a word was counted")
	}
}

func leasing(t *testing.T, s Store, key string) {
	ctx := t.Context()
	first, err := s.Lease(ctx, key, 400*time.Millisecond)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.Lease(ctx, key, time.Minute); !errors.Is(err, ErrHeld) {
		t.Errorf("second lease: %v, want ErrHeld", err)
	}
	if err := first.Renew(ctx); err != nil {
		t.Errorf("renew: %v", err)
	}
	time.Sleep(600 * time.Millisecond)
	second, err := s.Lease(ctx, key, time.Minute)
	if err != nil {
		t.Fatalf("lease after expiry: %v", err)
	}
	if err := first.Renew(ctx); !errors.Is(err, ErrLost) {
		t.Errorf("renew of a lost lease: %v, want ErrLost", err)
	}
	if err := first.Release(ctx); !errors.Is(err, ErrLost) {
		t.Errorf("release of a lost lease: %v, want ErrLost", err)
	}
	if err := second.Release(ctx); err != nil {
		t.Errorf("release: %v", err)
	}
	if _, err := s.Lease(ctx, key, time.Minute); err != nil {
		t.Errorf("lease after release: %v", err)
	}
}

func lifetimes(t *testing.T, s Store, key string) {
	for _, ttl := range []time.Duration{-1, 0, time.Microsecond} {
		_, addErr := s.Add(t.Context(), key, "v", ttl)
		_, countErr := s.Count(t.Context(), key, 1, ttl)
		_, leaseErr := s.Lease(t.Context(), key, ttl)
		if s.Set(t.Context(), key, "v", ttl) == nil || addErr == nil || countErr == nil || leaseErr == nil {
			t.Errorf("a lifetime of %v was accepted", ttl)
		}
	}
}

func TestMemoryIsBounded(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		m := newMemory(2)
		defer m.Close()
		ctx := t.Context()
		for i, ttl := range []time.Duration{time.Second, time.Hour} {
			if err := m.Set(ctx, strconv.Itoa(i), "v", ttl); err != nil {
				t.Fatal(err)
			}
		}
		if _, err := m.Add(ctx, "more", "v", time.Hour); !errors.Is(err, ErrFull) {
			t.Errorf("third entry: %v, want ErrFull", err)
		}
		if err := m.Set(ctx, "1", "again", time.Hour); err != nil {
			t.Errorf("replacing an entry of a full store: %v", err)
		}
		time.Sleep(2 * time.Second)
		if added, err := m.Add(ctx, "more", "v", time.Hour); err != nil || !added {
			t.Errorf("the expired entry made no room: %v, %v", added, err)
		}
		time.Sleep(2 * time.Hour)
		m.mu.Lock()
		defer m.mu.Unlock()
		if len(m.entries) != 0 || len(m.expiry) != 0 {
			t.Errorf("the sweeper left %d entries", len(m.entries))
		}
	})
}

func TestRedisHidesThePassword(t *testing.T) {
	t.Parallel()
	_, err := Redis(t.Context(), "redis://:hidden word@127.0.0.1:1")
	if err == nil {
		t.Fatal("a broken URL was accepted")
	}
	if got := err.Error(); got != "kv: the Redis URL is not of the form redis://user:password@host:port/database" {
		t.Errorf("err = %s", got)
	}
}
