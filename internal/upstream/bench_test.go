package upstream

import (
	"bytes"
	"io"
	"net"
	"net/http"
	"os"
	"strings"
	"testing"

	"github.com/gatepost/gatepost/internal/http1"
)

// upstreamOf is a server that answers 1 KiB of JSON from memory, or the one that
// GATEPOST_TEST_UPSTREAM names, which costs this process nothing.
func upstreamOf(b *testing.B) string {
	if url := os.Getenv("GATEPOST_TEST_UPSTREAM"); url != "" {
		return url
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { l.Close() })
	answer := []byte("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 1024\r\n\r\n" + strings.Repeat("x", 1024))
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go func() {
				r := http1.NewReader(c, make([]byte, 4096))
				for {
					if _, err := r.Head(); err != nil {
						return
					}
					c.Write(answer)
				}
			}()
		}
	}()
	return "http://" + l.Addr().String()
}

// null takes everything.
type null struct{ sink }

func (n *null) Write(b []byte) (int, error) { return len(b), nil }

func BenchmarkCarry(b *testing.B) {
	p, err := New(Config{Name: "bench", Addresses: []string{upstreamOf(b)}}, deps())
	if err != nil {
		b.Fatal(err)
	}
	defer p.Close()
	o, who := operation("GET"), person()
	b.ReportAllocs()
	b.SetParallelism(16)
	b.RunParallel(func(pb *testing.PB) {
		r, s := request("GET", "", [2]string{"Accept", "*/*"}, [2]string{"User-Agent", "bench"}), &null{}
		for pb.Next() {
			a, err := p.Carry(b.Context(), who, o, "/x", r, nil)
			if err != nil {
				b.Fatal(err)
			}
			if _, err := a.Stream(s); err != nil {
				b.Fatal(err)
			}
		}
	})
}

// BenchmarkNetHTTP is what the same costs with net/http's client.
func BenchmarkNetHTTP(b *testing.B) {
	t := &http.Transport{MaxIdleConnsPerHost: 128, DisableCompression: true}
	url := upstreamOf(b) + "/x"
	b.ReportAllocs()
	b.SetParallelism(16)
	b.RunParallel(func(pb *testing.PB) {
		var body bytes.Buffer
		for pb.Next() {
			q, err := http.NewRequestWithContext(b.Context(), http.MethodGet, url, http.NoBody)
			if err != nil {
				b.Fatal(err)
			}
			for _, name := range []string{"Accept", "X-Gatepost-Corp", "X-Gatepost-App", "X-Gatepost-User", "X-Gatepost-Request-Id", "X-Forwarded-For", "X-Forwarded-Proto"} {
				q.Header.Set(name, "value")
			}
			a, err := t.RoundTrip(q)
			if err != nil {
				b.Fatal(err)
			}
			body.Reset()
			io.Copy(&body, a.Body)
			a.Body.Close()
		}
	})
}
