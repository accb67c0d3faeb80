package kv

import (
	"errors"
	"io"
	"net"
	"sync/atomic"
	"testing"
	"time"

	"github.com/alicebob/miniredis/v2"
)

// A Redis that keeps one call waiting for nothing does not keep the next.
func TestSilentRedis(t *testing.T) {
	t.Parallel()
	real := miniredis.RunT(t)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	var silent atomic.Bool
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			to, err := net.Dial("tcp", real.Addr())
			if err != nil {
				return
			}
			t.Cleanup(func() { c.Close(); to.Close() })
			go func() { _, _ = io.Copy(to, c) }()
			go func() {
				b := make([]byte, 4096)
				for {
					n, err := to.Read(b)
					if err != nil {
						return
					}
					if !silent.Load() {
						_, _ = c.Write(b[:n])
					}
				}
			}()
		}
	}()
	s, err := Redis(t.Context(), "redis://"+l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if err := s.Set(t.Context(), "a", "1", time.Hour); err != nil {
		t.Fatal(err)
	}
	silent.Store(true)
	if _, err := s.Get(t.Context(), "a"); !errors.Is(err, ErrAway) || errors.Is(err, errSilent) {
		t.Errorf("the first: %v", err)
	}
	if _, err := s.Get(t.Context(), "a"); !errors.Is(err, errSilent) {
		t.Errorf("the next is kept waiting: %v", err)
	}
	silent.Store(false)
	for began := time.Now(); ; time.Sleep(10 * time.Millisecond) {
		if v, err := s.Get(t.Context(), "a"); err == nil && v == "1" {
			break
		} else if time.Since(began) > 20*time.Second {
			t.Fatalf("it answers and is not asked: %v", err)
		}
	}
}
