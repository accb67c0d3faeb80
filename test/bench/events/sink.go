package main

import (
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"slices"
	"strconv"
	"sync"
	"time"

	"github.com/gatepost/gatepost/internal/callback"
)

// What both ends know.
const (
	token   = "token"
	aesKey  = "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG"
	ownerID = "dingbench"
)

func envelope() *callback.Envelope {
	e, err := callback.NewEnvelope(token, aesKey, ownerID)
	if err != nil {
		panic(err) // the key above is right
	}
	return e
}

// sink is a receiver that decrypts what comes, remembers when, and answers an encrypted success.
type sink struct {
	envelope *callback.Envelope

	mu    sync.Mutex
	seen  map[string]bool
	twice int
	took  []time.Duration
}

// receive serves until standard input ends.
func receive() error {
	s := &sink{envelope: envelope(), seen: map[string]bool{}}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	mux := http.NewServeMux()
	mux.HandleFunc("/events", s.take)
	mux.HandleFunc("/hang", func(_ http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		<-r.Context().Done()
	})
	mux.HandleFunc("/fail", func(w http.ResponseWriter, _ *http.Request) { http.Error(w, "no", http.StatusInternalServerError) })
	mux.HandleFunc("/reset", s.reset)
	mux.HandleFunc("/seen", s.report)
	fmt.Println(l.Addr())
	go func() {
		_, _ = io.Copy(io.Discard, os.Stdin)
		os.Exit(0)
	}()
	return http.Serve(l, mux)
}

func (s *sink) take(w http.ResponseWriter, r *http.Request) {
	at := time.Now()
	var body struct {
		Encrypt string `json:"encrypt"`
	}
	if err := json.NewDecoder(r.Body).Decode(&body); err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	q := r.URL.Query()
	if err := s.envelope.Verify(q.Get("msg_signature"), q.Get("timestamp"), q.Get("nonce"), body.Encrypt); err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	text, err := s.envelope.Decrypt(body.Encrypt)
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	var m struct {
		ID   string `json:"eventId"`
		Made string `json:"timeStamp"` // nanoseconds: written by recorded
	}
	if err := json.Unmarshal(text, &m); err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	made, _ := strconv.ParseInt(m.Made, 10, 64)
	key := q.Get("s") + " " + m.ID
	s.mu.Lock()
	switch {
	case q.Has("nobody"): // counts
	case s.seen[key]:
		s.twice++
	default:
		s.seen[key] = true
		s.took = append(s.took, at.Sub(time.Unix(0, made)))
	}
	s.mu.Unlock()
	encrypted := s.envelope.Encrypt([]byte("success"))
	now := strconv.FormatInt(at.UnixMilli(), 10)
	_ = json.NewEncoder(w).Encode(map[string]string{"msg_signature": s.envelope.Sign(now, "nonce", encrypted), "timeStamp": now, "nonce": "nonce", "encrypt": encrypted})
}

func (s *sink) reset(http.ResponseWriter, *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.seen, s.took, s.twice = map[string]bool{}, nil, 0
}

// tally is what a sink has seen.
type tally struct {
	Seen, Twice int
	Half, Worst float64 // ms, of every second and of the slowest of a hundred
}

func (s *sink) report(w http.ResponseWriter, _ *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	t := tally{Seen: len(s.seen), Twice: s.twice}
	if n := len(s.took); n > 0 {
		sorted := slices.Sorted(slices.Values(s.took))
		ms := func(i int) float64 { return float64(sorted[i].Microseconds()) / 1000 }
		t.Half, t.Worst = ms((n-1)/2), ms((n-1)*99/100)
	}
	_ = json.NewEncoder(w).Encode(t)
}

// sinkAt is a sink in its process.
type sinkAt struct{ url string }

func (s sinkAt) reset() error {
	r, err := http.Post(s.url+"/reset", "", nil)
	if err != nil {
		return err
	}
	return r.Body.Close()
}

func (s sinkAt) tally() (t tally, err error) {
	r, err := http.Get(s.url + "/seen")
	if err != nil {
		return t, err
	}
	defer r.Body.Close()
	return t, json.NewDecoder(r.Body).Decode(&t)
}

// wait waits until count different events have come, none of them twice.
func (s sinkAt) wait(count int, most time.Duration) error {
	for deadline := time.Now().Add(most); ; time.Sleep(5 * time.Millisecond) {
		t, err := s.tally()
		if err != nil {
			return err
		}
		switch {
		case t.Twice > 0:
			return fmt.Errorf("%d events came twice", t.Twice)
		case t.Seen >= count:
			return nil
		case time.Now().After(deadline):
			return fmt.Errorf("%d of %d events came within %s", t.Seen, count, most)
		}
	}
}

func (s sinkAt) latency() (half, worst float64, err error) {
	t, err := s.tally()
	return t.Half, t.Worst, err
}
