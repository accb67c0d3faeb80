//go:build chaos

package chaos

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/coder/websocket"

	"github.com/gatepost/gatepost/internal/callback"
	"github.com/gatepost/gatepost/internal/id"
)

const (
	chaosToken = "token"
	chaosKey   = "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG"

	streamAgent id.Agent = 3

	takes = 20 * time.Millisecond // a receiver of callbacks for each
)

// arrival is a line that a receiver writes for each event that reaches it, before it answers.
type arrival struct {
	Event  id.Event  `json:"event"`
	Object string    `json:"object"`
	N      int       `json:"n"`
	At     time.Time `json:"at"`
}

// receiver writes what arrives to a file, and counts it.
type receiver struct {
	name string
	file string

	mu   sync.Mutex
	out  *bufio.Writer
	seen map[id.Event]int
	cuts []time.Time // when it cut a connection, or began to let one hang
}

func newReceiver(t *testing.T, dir, name string) *receiver {
	t.Helper()
	r := &receiver{name: name, file: filepath.Join(dir, name+".jsonl"), seen: map[id.Event]int{}}
	f, err := os.Create(r.file)
	if err != nil {
		t.Fatal(err)
	}
	r.out = bufio.NewWriter(f)
	t.Cleanup(func() { f.Close() })
	return r
}

func (r *receiver) take(e id.Event, payload []byte, at time.Time) error {
	var p struct {
		Time string   `json:"timeStamp"`
		User []string `json:"userId"`
	}
	if err := json.Unmarshal(payload, &p); err != nil {
		return err
	}
	n, err := strconv.Atoi(p.Time)
	if err != nil || len(p.User) != 1 {
		return fmt.Errorf("what arrived is %s", payload)
	}
	line, err := json.Marshal(arrival{e, p.User[0], n, at})
	if err != nil {
		return err
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.seen[e]++
	_, err = r.out.Write(append(line, '\n'))
	return err
}

// cut takes note that it cuts a connection.
func (r *receiver) cut() {
	r.mu.Lock()
	r.cuts = append(r.cuts, time.Now())
	r.mu.Unlock()
}

func (r *receiver) arrived() int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return len(r.seen)
}

// has reports whether an event arrived.
func (r *receiver) has(e id.Event) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.seen[e] > 0
}

// hooks is a receiver of callbacks, which takes some time for each, so that something is under way at every moment. While trouble is above 0, so many of a thousand requests are answered with 500, cut off
// before or after they were taken, or never answered.
type hooks struct {
	*receiver
	trouble  atomic.Int64
	envelope *callback.Envelope
	url      string
}

func newHooks(t *testing.T, dir, name string) *hooks {
	t.Helper()
	envelope, err := callback.NewEnvelope(chaosToken, chaosKey, string(corp))
	if err != nil {
		t.Fatal(err)
	}
	h := &hooks{receiver: newReceiver(t, dir, name), envelope: envelope}
	server := httptest.NewServer(h)
	t.Cleanup(server.Close)
	t.Cleanup(server.CloseClientConnections)
	h.url = server.URL + "/hook"
	return h
}

func (h *hooks) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	trouble := -1
	if rand.Int64N(1000) < h.trouble.Load() {
		trouble = rand.IntN(4)
	}
	switch trouble {
	case 0:
		http.Error(w, "no", http.StatusInternalServerError)
		return
	case 1: // before it was taken
		h.cut()
		panic(http.ErrAbortHandler)
	case 2: // nobody answers
		h.cut()
		_, _ = io.Copy(io.Discard, r.Body)
		<-r.Context().Done()
		panic(http.ErrAbortHandler)
	}
	time.Sleep(takes)
	var body struct {
		Encrypt string `json:"encrypt"`
	}
	q := r.URL.Query()
	err := json.NewDecoder(r.Body).Decode(&body)
	if err == nil {
		err = h.envelope.Verify(q.Get("signature"), q.Get("timestamp"), q.Get("nonce"), body.Encrypt)
	}
	var text []byte
	if err == nil {
		text, err = h.envelope.Decrypt(body.Encrypt)
	}
	var m struct {
		ID string `json:"eventId"`
	}
	if err == nil {
		err = json.Unmarshal(text, &m)
	}
	if err == nil {
		e, _ := strconv.ParseInt(m.ID, 10, 64)
		err = h.take(id.Event(e), text, time.Now())
	}
	if err != nil { // the envelope is wrong: nothing of this run would count
		panic(err)
	}
	if trouble == 3 { // after it was taken
		h.cut()
		panic(http.ErrAbortHandler)
	}
	encrypted := h.envelope.Encrypt([]byte("success"))
	now := strconv.FormatInt(time.Now().UnixMilli(), 10)
	_ = json.NewEncoder(w).Encode(map[string]string{"msg_signature": h.envelope.Sign(now, "nonce", encrypted), "timeStamp": now, "nonce": "nonce", "encrypt": encrypted})
}

// client receives over streams. It keeps a connection to one node, and cuts it now and then, before or after it answered.
type client struct {
	*receiver
	trouble atomic.Int64 // of a thousand frames, after how many it cuts the connection
}

// run connects again and again, until ctx ends.
func (c *client) run(ctx context.Context, addresses func() []string) {
	for ctx.Err() == nil {
		if all := addresses(); len(all) > 0 {
			c.connected(ctx, "ws://"+all[rand.IntN(len(all))]+"/connect")
		}
		time.Sleep(20 * time.Millisecond)
	}
}

func (c *client) connected(ctx context.Context, url string) {
	limited, cancel := context.WithTimeout(ctx, 2*time.Second)
	conn, answer, err := websocket.Dial(limited, url, nil)
	cancel()
	if err != nil {
		return
	}
	if answer != nil && answer.Body != nil {
		defer answer.Body.Close()
	}
	defer conn.CloseNow()
	for {
		_, text, err := conn.Read(ctx)
		if err != nil {
			return
		}
		var f struct {
			Type    string            `json:"type"`
			Headers map[string]string `json:"headers"`
			Data    string            `json:"data"`
		}
		if json.Unmarshal(text, &f) != nil || f.Type != "EVENT" {
			continue
		}
		e, _ := strconv.ParseInt(f.Headers["eventId"], 10, 64)
		trouble := rand.Int64N(1000) < c.trouble.Load()
		if trouble && rand.IntN(2) == 0 {
			c.cut()
			return
		}
		if err := c.take(id.Event(e), []byte(f.Data), time.Now()); err != nil {
			panic(err)
		}
		if trouble {
			c.cut()
			return
		}
		reply, _ := json.Marshal(map[string]any{"code": 200, "headers": map[string]string{"messageId": f.Headers["messageId"]}, "message": "OK",
			"data": `{"status":"SUCCESS","message":"success"}`})
		if conn.Write(ctx, websocket.MessageText, reply) != nil {
			return
		}
	}
}
